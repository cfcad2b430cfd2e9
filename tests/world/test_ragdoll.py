"""Walkers with limbs in the world: feet on the ground while they walk, ragdolls when they are struck."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from world_fakes import actor, flood, scene

from simgen.conditions import Conditions
from simgen.scenario.scene import Scene, SiteSpec
from simgen.world import Action, World

HZ = 240
BRAKE = Action(0.0, -1.0)


def crossing(model: str, speed_mps: float, car_mps: float = 10.0, **more: object) -> Scene:
    """A car that meets something that crosses its lane about 0.75 s from the start."""
    ego = actor("ego", "car.sedan", -4.0, -1.75, speed_mps=car_mps, behaviour="keep_speed")
    start = -1.75 - 0.75 * speed_mps
    walker = actor("walker", model, 6.0, start, yaw=0.5 * math.pi, speed_mps=speed_mps, behaviour="keep_speed")
    return replace(scene(ego, walker, settle_s=0.2, **more), site=SiteSpec("road.straight"))


class Fall:
    """A strike and the seconds after it; energy is measured four times a second."""

    def __init__(self, what: Scene, seconds: float = 2.6) -> None:
        self.energy_j: list[float] = []
        self.gap_m = 0.0
        with World(what) as world:
            walker = world._mechanics.walkers[0]
            ticks = 0
            while ticks < seconds * HZ:
                struck = walker.ragdoll is not None
                world.step(BRAKE if struck else None)
                ticks += struck
                if struck and ticks % 60 == 1:
                    self.energy_j.append(kinetic_j(world))
                if struck and ticks % 10 == 0:
                    self.gap_m = max(self.gap_m, joint_gap_m(world))
            self.sunk_m = sunk_m(world)
            self.events = list(world.events)
            self.snapshot = world.snapshot()


def bodies(world: World) -> list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Position, linear and angular velocity of each body of the ragdoll."""
    doll = world._mechanics.walkers[0].ragdoll
    assert doll is not None
    api, cid = world._client.api, world._client.id
    out = []
    for link in doll.links:
        v, w = api.getBaseVelocity(link.uid, cid)
        out.append((np.array(api.getBasePositionAndOrientation(link.uid, cid)[0]), np.array(v), np.array(w)))
    return out


def kinetic_j(world: World) -> float:
    doll = world._mechanics.walkers[0].ragdoll
    assert doll is not None
    masses = doll.masses_kg
    assert masses.sum() == pytest.approx(world._mechanics.walkers[0].body.mass_kg)
    return float(sum(0.5 * m * (v @ v) for m, (_, v, _) in zip(masses, bodies(world), strict=True)))


def joint_gap_m(world: World) -> float:
    """How far apart the two halves of the worst joint are in Bullet."""
    doll = world._mechanics.walkers[0].ragdoll
    assert doll is not None
    api, cid = world._client.api, world._client.id

    def at(uid: int, local: NDArray[np.float64]) -> NDArray[np.float64]:
        position, quat = api.getBasePositionAndOrientation(uid, cid)
        rotation = np.array(api.getMatrixFromQuaternion(quat)).reshape(3, 3)
        return rotation @ local + position

    worst = 0.0
    for link in doll.links:
        if link.parent >= 0:
            gap = at(link.uid, link.pivot) - at(doll.links[link.parent].uid, link.pivot_parent)
            worst = max(worst, float(np.linalg.norm(gap)))
    return worst


def sunk_m(world: World) -> float:
    """How deep below the ground the axis end or centre of the lowest body is, less its thickness."""
    doll = world._mechanics.walkers[0].ragdoll
    assert doll is not None
    api, cid = world._client.api, world._client.id
    worst = -math.inf
    segments = [s for s in world._mechanics.walkers[0].body.model.limbs.segments if not s.rides]
    for link, s in zip(doll.links, segments, strict=True):
        p, q = api.getBasePositionAndOrientation(link.uid, cid)
        turn = np.array(api.getMatrixFromQuaternion(q)).reshape(3, 3)
        for shape in s.shapes:
            x, y, z, w = shape.quat_xyzw
            own = np.array(api.getMatrixFromQuaternion((x, y, z, w))).reshape(3, 3)
            half = 0.5 * shape.size_m[2] if shape.kind == "capsule" else 0.0
            for end in (-half, half):
                local = own @ [0.0, 0.0, end] + np.array(shape.center_m) - s.center_of_mass_m
                at = turn @ local + p
                thick = shape.size_m[0] if shape.kind in ("capsule", "sphere") else 0.0
                worst = max(worst, world.site.ground.at(at[0], at[1]) - (at[2] - thick))
    return worst


@pytest.mark.parametrize(
    ("model", "speed_mps"),
    [
        ("person.adult", 1.4),
        ("person.child", 2.5),
        ("animal.deer", 2.0),
        ("animal.cow", 1.0),
        ("animal.dog", 1.5),
        ("cyclist", 4.0),
    ],
)
def test_a_struck_body_falls_settles_and_stays_whole(model: str, speed_mps: float) -> None:
    fall = Fall(crossing(model, speed_mps))
    assert fall.energy_j[-1] < 0.02 * fall.energy_j[0]
    assert max(fall.energy_j) < 1.25 * fall.energy_j[0]  # the car may push once more
    assert fall.sunk_m < 0.03
    assert fall.gap_m < 0.05  # Bullet's joints; what is seen is closed exactly
    hit = next(e for e in fall.events if e.kind == "collision")
    assert (hit.subject, hit.object) == ("ego", "walker")
    assert hit.value > 150.0
    assert [e.object for e in fall.events if e.kind == "collision"].count("walker") == 1
    assert [e.subject for e in fall.events if e.kind == "fall"] == ["walker"]


def test_the_parts_of_a_fallen_body_hang_together() -> None:
    fall = Fall(crossing("person.adult", 1.4), seconds=0.6)
    snap = fall.snapshot
    first = next(k for k, p in enumerate(snap.cast.parts) if p.instance == 2)
    with World(crossing("person.adult", 1.4)) as world:
        limbs = world._mechanics.walkers[0].body.model.limbs
    assert limbs is not None
    at = {s.name: snap.T_world_part[first + k] for k, s in enumerate(limbs.segments)}
    for leg in limbs.legs:
        for bone, length, following in ((leg.upper, leg.upper_m, leg.lower), (leg.lower, leg.lower_m, leg.foot)):
            end = at[bone] @ [0.0, 0.0, -length, 1.0]
            assert np.linalg.norm(end[:3] - at[following][:3, 3]) < 1e-3
    np.testing.assert_allclose(snap.T_world_object[1][:3, :3], at["pelvis"][:3, :3], atol=0.15)


def test_a_fall_repeats_bit_for_bit() -> None:
    what = crossing("person.adult", 1.4)
    first, again = Fall(what, 1.0), Fall(what, 1.0)
    assert first.snapshot.T_world_part.tobytes() == again.snapshot.T_world_part.tobytes()
    assert first.energy_j == again.energy_j


def test_momentum_passes_from_the_proxy_to_the_ragdoll() -> None:
    with World(crossing("person.adult", 1.4)) as world:
        walker = world._mechanics.walkers[0]
        body = walker.body
        before = np.zeros(3)
        while walker.ragdoll is None:
            before = world._mechanics.track.latest.velocity_mps[0] * world._mechanics.bodies[0].mass_kg
            world.step()
        lost = before - world._mechanics.track.latest.velocity_mps[0] * world._mechanics.bodies[0].mass_kg
        total = sum(m * v for m, (_, v, _) in zip(walker.ragdoll.masses_kg, bodies(world), strict=True))
        gained = total - body.mass_kg * np.array([0.0, 1.4, 0.0])
        assert gained[0] == pytest.approx(lost[0], rel=0.15)  # what the car lost, but for its tyres


def test_a_fallen_person_floats() -> None:
    deep = Conditions(water=flood(1.2).water)
    ego = actor("ego", "fake.car", -30.0, 12.0)
    log = actor("box", "fake.box", 3.0, 8.0, z=2.0, params={"mass_kg": 40.0, "length_m": 0.4, "width_m": 0.4})
    person = actor("walker", "person.adult", 6.0, 8.0, speed_mps=0.0)
    with World(scene(ego, log, person, conditions=deep)) as world:
        api, cid = world._client.api, world._client.id
        uid = world._mechanics.bodies[1].uid
        api.resetBasePositionAndOrientation(uid, (5.3, 8.0, 1.5), (0, 0, 0, 1), cid)
        api.resetBaseVelocity(uid, (6.0, 0.0, 0.0), (0, 0, 0), cid)
        for _ in range(5 * HZ):
            world.step()
        assert world._mechanics.walkers[0].ragdoll is not None
        snap = world.snapshot()
        assert max(p[2] for p, _, _ in bodies(world)) > 0.9
        assert 0.5 < snap.submerged_fraction[2] <= 1.0
        assert kinetic_j(world) < 40.0


@pytest.mark.parametrize("speed_mps", [0.8, 1.4, 3.0])
def test_planted_feet_lie_still_in_the_world(speed_mps: float) -> None:
    walker = actor("walker", "person.adult", 4.0, 3.0, yaw=0.6, speed_mps=speed_mps, behaviour="keep_speed")
    with World(scene(actor("ego", "fake.car", -20.0, -5.0), walker, slope=0.04)) as world:
        limbs = world._mechanics.walkers[0].body.model.limbs
        assert limbs is not None
        names = [s.name for s in limbs.segments]
        spots: list[list[NDArray[np.float64]]] = [[], []]
        for _ in range(2 * HZ):  # a whole step of each foot, wherever in their stride they begin
            world.step()
            poses = world._mechanics.walkers[0].limb_poses(world._mechanics.track.model_poses()[1])
            for k, leg in enumerate(limbs.legs):
                spots[k].append((poses[names.index(leg.foot)] @ [leg.ball_x_m, 0.0, -leg.ankle_m, 1.0])[:3])
    worst, planted = 0.0, 0
    for track in spots:
        path = np.array(track)
        down = path[:, 2] - 0.04 * path[:, 0] < 0.003
        edges = np.flatnonzero(np.diff(down.astype(int)))
        for start, end in pairwise(edges):
            if down[start + 1] and end - start > 10:
                planted += 1
                still = path[start + 1 : end + 1, :2]
                worst = max(worst, float(np.linalg.norm(still - still[0], axis=1).max()))
    assert planted >= 1
    assert worst < 0.02


def test_ten_walkers_cost_next_to_nothing_a_tick() -> None:
    def tick_s(count: int) -> float:
        people = [
            actor(f"p{k}", "person.adult", 5.0 + k, 8.0, speed_mps=1.3, behaviour="keep_speed") for k in range(count)
        ]
        with World(scene(actor("ego", "fake.car", -20.0, -5.0), *people)) as world:
            best = math.inf
            for _ in range(12):
                start = time.perf_counter()
                for _ in range(40):
                    world.step()
                best = min(best, (time.perf_counter() - start) / 40)
        return best

    assert tick_s(10) < 8.0 * tick_s(0)  # twice on an idle machine
