"""Vehicles against things that give: momentum of a free collision, and a bound on what is wedged or driven over."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simgen.models import Model, Yielding
from simgen.models.catalogue import build_model, register_model
from simgen.scenario import ActorSpec, Scenario, list_scenarios
from simgen.world import World
from simgen.world.impulse import MAX_POINTS, Couple, Law, new_couple, put_body, resolve

sys.path.append(str(Path(__file__).resolve().parent))
from world_fakes import actor, scene

HZ = 240
CAR_KG = 1400.0


@register_model("test.crate")
def crate(
    mass_kg: float = 9.0,
    strength_n: float = 1e6,
    restitution: float = 0.1,
    height_m: float = 0.6,
    crush_share: float = 0.3,
) -> Model:
    """A box of 0.6 m that slides without friction, whose middle stands as high as a car's."""
    base = build_model("fake.box", {"length_m": 0.6, "width_m": 0.6, "height_m": height_m, "mass_kg": mass_kg})
    return replace(base, friction=0.0, yielding=Yielding(strength_n, restitution, crush_share))


def ego(speed_mps: float = 22.0, x: float = -10.0) -> ActorSpec:
    return actor("ego", "fake.car", x, 0.0, speed_mps=speed_mps, behaviour="keep_speed")


@pytest.mark.parametrize("restitution", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("mass_kg", [4.0, 60.0])
def test_an_impulse_of_two_free_bodies_is_that_of_newtons_restitution(mass_kg: float, restitution: float) -> None:
    couple = new_couple()
    inertia = np.full(3, 0.4 * mass_kg)
    put_body(couple, 0, CAR_KG, np.array([300.0, 1500.0, 1600.0]), (0.0, 0.0, 0.0, 1.0))
    put_body(couple, 1, mass_kg, inertia, (0.0, 0.0, math.sin(0.4), math.cos(0.4)))
    couple.position_m[:] = ((0.0, 0.0, 0.5), (2.4, 0.0, 0.5))
    couple.velocity_mps[0] = (22.0, 0.0, 0.0)
    for n, (y, z) in enumerate(((-0.3, 0.2), (0.3, 0.2), (-0.3, 0.8), (0.3, 0.8))):
        couple.point_m[n], couple.normal[n] = (2.1, y, z), (-1.0, 0.0, 0.0)
    left = resolve(couple, 4, 0.0, Law(restitution, 0.5, 1e9, 0.0), 1.0 / HZ)
    expected = CAR_KG * mass_kg / (CAR_KG + mass_kg) * (1.0 + restitution) * 22.0
    assert left == 0.0
    assert -couple.linear_ns[0] == pytest.approx(expected, rel=0.02)
    assert couple.velocity_mps[1, 0] - couple.velocity_mps[0, 0] == pytest.approx(22.0 * restitution, abs=0.3)
    lever = couple.position_m[1] - couple.position_m[0]  # angular momentum is kept about any point
    np.testing.assert_allclose(couple.angular_nms.sum(axis=0), np.cross(lever, couple.linear_ns), atol=1e-9)


@pytest.mark.parametrize(("mass_kg", "restitution"), [(9.0, 0.1), (9.0, 0.5), (40.0, 0.3)])
def test_a_car_that_hits_a_loose_thing_hands_over_the_momentum_of_two_bodies(
    mass_kg: float, restitution: float
) -> None:
    params = {"mass_kg": mass_kg, "restitution": restitution, "height_m": 1.0}  # middle at the car's
    with World(scene(ego(), actor("crate", "test.crate", -4.0, params=params), settle_s=0.3)) as world:
        while not world.events and world.time_s < 1.0:
            speed = world.ego_state()["speed_mps"]
            world.step()
        for _ in range(12):
            world.step()
        hit = world.events[0]
        thrown = world._mechanics.track.motion.velocity_mps[1]
    expected = CAR_KG * mass_kg / (CAR_KG + mass_kg) * (1.0 + restitution) * speed
    assert (hit.kind, hit.object) == ("collision", "crate")
    assert hit.value == pytest.approx(expected, rel=0.05)
    assert mass_kg * thrown[0] == pytest.approx(expected, rel=0.05)


def kinetic_j(couple: Couple) -> float:
    """Kinetic energy of both bodies."""
    total = 0.0
    for side in range(2):
        v, w = couple.velocity_mps[side], couple.angular_radps[side]
        total += 0.5 * float(v @ v) / float(couple.inverse_mass_per_kg[side])
        total += 0.5 * float(w @ np.linalg.inv(couple.inverse_inertia[side]) @ w)
    return total


def test_no_blow_adds_energy_and_momentum_is_kept() -> None:
    """Whatever meets whatever, with gaps or touching, strong or weak: plastic or not, an impact only takes."""
    random = np.random.default_rng(3)
    struck = 0
    for _ in range(500):
        couple, count = new_couple(), int(random.integers(1, MAX_POINTS + 1))
        for side, mass in ((0, CAR_KG), (1, float(random.uniform(2.0, 60.0)))):
            turned = random.normal(size=4)
            put_body(couple, side, mass, mass * random.uniform(0.05, 0.3, 3), tuple(turned / np.linalg.norm(turned)))
        couple.position_m[1] = (2.4, 0.0, 0.0)
        couple.velocity_mps[:] = random.normal(scale=15.0, size=(2, 3))
        couple.angular_radps[:] = random.normal(scale=3.0, size=(2, 3))
        normal = random.normal(size=3) * (0.3, 0.3, 0.3) - (1.0, 0.0, 0.0)
        couple.normal[:count] = normal / np.linalg.norm(normal)
        couple.point_m[:count] = random.uniform(-0.3, 0.3, (count, 3))
        couple.point_m[:count, 0] += 2.1
        couple.depth_m[:count] = -random.uniform(0.0, 0.05, count) * (random.random() < 0.5)
        before, momentum = kinetic_j(couple), couple.velocity_mps / couple.inverse_mass_per_kg[:, None]
        law = Law(
            float(random.uniform(0.0, 0.3)), float(random.uniform(0.0, 0.8)), float(random.uniform(1e3, 1e6)), 60.0
        )
        resolve(couple, count, 0.0, law, 1.0 / HZ)
        after = couple.velocity_mps / couple.inverse_mass_per_kg[:, None]
        assert kinetic_j(couple) <= before * (1.0 + 1e-9)
        np.testing.assert_allclose(after.sum(axis=0), momentum.sum(axis=0), rtol=1e-9, atol=1e-6)
        struck += couple.normal_ns[:count].sum() > 1.0
    assert struck > 200


def closing_mps(world: World) -> float:
    """Speed at which the ego closes in on the one thing ahead of it."""
    v = world._mechanics.track.motion.velocity_mps
    return max(float(v[0, 0] - v[1, 0]), 0.0)


def test_a_weak_thing_never_bears_more_than_its_strength_and_the_shock_of_its_crushing() -> None:
    """Reid and Peng (1997): a force S + m u^2 / (eps L), so the thing is up to speed before it is crushed by eps L.

    From v dv/dx = -(S/m + v^2 / (eps L)) the way of crushing is eps L / 2 ln(1 + m v^2 / (eps L S)).
    """
    mass, strength, span = 60.0, 5e3, 0.3 * 0.6
    params = {"mass_kg": mass, "strength_n": strength, "height_m": 1.0}
    crushed, met, most = 0.0, 0.0, 0.0
    with World(scene(ego(), actor("crate", "test.crate", -4.0, params=params), settle_s=0.3)) as world:
        for _ in range(HZ):
            u = closing_mps(world)
            world.step()
            push = sum(world._mechanics.impacts.impulses_ns.values()) * HZ
            assert push <= (strength + mass * u * u / span) * 1.01
            if push > 0.0:
                met, most = max(met, u), max(most, push)
                crushed += 0.5 * (u + closing_mps(world)) / HZ
    assert most > 2.0 * strength
    way = 0.5 * span * math.log(1.0 + mass * met * met / (span * strength))
    assert crushed == pytest.approx(way, abs=1.5 * met / HZ)  # known to about a tick


@pytest.mark.parametrize("offset_m", [0.0, 0.6])
@pytest.mark.parametrize("speed_mps", [12.0, 25.0])
def test_a_carton_runs_ahead_of_the_car_that_hit_it_and_hardly_overlaps_it(speed_mps: float, offset_m: float) -> None:
    """It leaves with (1 + e) times the car's speed at most, and is seen inside the car for no longer than a frame."""
    carton = actor("carton", "box", -3.0, offset_m, params={"length_m": 0.5, "width_m": 0.4, "height_m": 0.5})
    inside, fastest = 0, 0.0
    with World(scene(ego(speed_mps), carton, settle_s=0.3)) as world:
        car, box = world._mechanics.bodies
        assert box.model.yielding is not None
        restitution = box.model.yielding.restitution
        for _ in range(HZ):
            world.step()
            points = world._client.api.getClosestPoints(car.uid, box.uid, 0.0, physicsClientId=world._client.id)
            inside += any(-p[8] > 0.03 for p in points)
            fastest = max(fastest, float(np.linalg.norm(world._mechanics.track.motion.velocity_mps[1])))
    assert inside <= 0.1 * HZ
    assert 0.8 * speed_mps < fastest < (1.0 + restitution) * speed_mps + 0.5


@pytest.mark.parametrize("offset_m", [0.0, 0.75, -0.75])
def test_a_tyre_under_a_car_at_22_mps_takes_its_momentum_and_no_more(offset_m: float) -> None:
    """A rigid contact let it wedge there, with 10,700 N s, and rolled the car over."""
    with World(scene(ego(), actor("tyre", "tyre", -3.0, offset_m), settle_s=0.3)) as world:
        for _ in range(2 * HZ):
            world.step()
            assert world._mechanics.track.latest.rotation[0, 2, 2] > math.cos(math.radians(15.0))
        blows = [e.value for e in world.events if e.object == "tyre"]  # it may be caught up with once more
        assert blows
        assert max(blows) <= 2.0 * 9.0 * 22.0


def test_what_a_wheel_runs_over_bears_no_more_than_its_strength() -> None:
    """A plate under the left wheels: the car gets from it what it can carry, and rolls on."""
    weak = actor("plank", "test.crate", -3.0, 0.75, params={"mass_kg": 40.0, "strength_n": 2e3, "height_m": 0.1})
    tilts = {}
    for name, things in {"free": (), "plank": (weak,)}.items():
        with World(scene(ego(15.0), *things, settle_s=0.3)) as world:
            tilts[name] = 0.0
            for _ in range(HZ):
                world.step()
                tilts[name] = max(tilts[name], abs(world.ego_state()["roll_rad"]))
    assert tilts["plank"] > tilts["free"]
    assert tilts["plank"] < math.radians(2.0)


def test_an_impact_repeats_bit_for_bit() -> None:
    def end() -> bytes:
        things = [actor(f"tyre{k}", "tyre", -3.0 + 4.0 * k, 0.4 * k - 0.4) for k in range(3)]
        with World(scene(ego(), *things, settle_s=0.3)) as world:
            for _ in range(HZ):
                world.step()
            return world._mechanics.track.motion.position_m.tobytes() + repr(world.events).encode()

    assert end() == end()


def restitution_of(world: World, index: int) -> float:
    how = world._mechanics.bodies[index].model.yielding
    return how.restitution if how is not None else 0.0


def struck_pairs(world: World, mass_kg: dict[int, float], hz: float) -> set[tuple[int, int]]:
    """The loose things of which one changes the other's speed by more than 1 m/s in this tick."""
    api, cid = world._client.api, world._client.id
    contacts = [c for c in api.getContactPoints(physicsClientId=cid) if c[1] in mass_kg and c[2] in mass_kg]
    return {(c[1], c[2]) for c in contacts if c[9] / hz > 1.0 * min(mass_kg[c[1]], mass_kg[c[2]])}


@pytest.mark.soak
@pytest.mark.parametrize("first", range(0, 20, 5))
def test_no_ego_rolls_over_and_nothing_gains_more_than_a_collision_gives_on_lost_cargo(first: int) -> None:
    """What any number of cars of speed V at most hits, with restitution e, ends up no faster than (1 + 2 e) V.

    A heavy car sends what comes at it with u back with V + e (V + u), and u never exceeds V by much: the first blow
    gives (1 + e) V, an opposite one V + e (V + (1 + e) V), a little more than (1 + 2 e) V. Deflected upwards by a face
    that leans by a, a blow at closing speed c gives (1 + e) c sin a cos a at most, c / 2 (1 + e) at 45 degrees; one
    car meets things at rest with c = V, two oncoming ones with 2 V. The front of a car leans by little below its
    bonnet's edge, so most of what one car alone strikes stays low; what it takes up to its windscreen does not.
    """
    scenario = Scenario.load("driving/lost_cargo")
    alone: list[float] = []  # how high each thing rose that one car alone struck
    for k in range(first, first + 5):
        drawn = scenario.draw(77, k)
        with World(drawn) as world:
            start_m = world._mechanics.track.motion.position_m[:, 2].copy()
            things = [b for b in world._mechanics.bodies if b.role == "free"]
            cars = [b.index for b in world._mechanics.bodies if b.role == "vehicle"]
            mass_kg = {b.uid: b.mass_kg for b in things}
            car_uids = {b.uid for b in world._mechanics.bodies if b.role == "vehicle"}
            fastest_car = 0.0
            hits: dict[str, set[int]] = {b.spec.name: set() for b in things}
            names = {b.uid: b.spec.name for b in things}
            highest = dict.fromkeys(hits, 0.0)
            for tick in range(round(drawn.duration_s * drawn.physics_hz)):
                world.step()
                assert world._mechanics.track.latest.rotation[world.ego_index, 2, 2] > math.cos(math.radians(30.0)), k
                speeds = np.sqrt((world._mechanics.track.latest.velocity_mps[cars] ** 2).sum(axis=1))
                fastest_car = max(fastest_car, float(speeds.max()))
                for car, thing in world._mechanics.impacts.impulses_ns:
                    hits[names[thing]].add(car)
                for one, other in struck_pairs(world, mass_kg, drawn.physics_hz):
                    hits[names[one]].add(other)
                    hits[names[other]].add(one)
                if tick % 8:
                    continue
                motion = world._mechanics.track.motion
                for body in things:
                    name, e = body.spec.name, restitution_of(world, body.index)
                    speed = float(np.linalg.norm(motion.velocity_mps[body.index]))
                    assert speed < (1.0 + 2.0 * e + 2.0 * e * e) * fastest_car + 1.0, (k, name)
                    closing = fastest_car if len(hits[name] & car_uids) < 2 else 2.0 * fastest_car
                    risen = motion.position_m[body.index, 2] - start_m[body.index]
                    assert risen < 1.5 + (0.5 * (1.0 + e) * closing) ** 2 / (2.0 * 9.81), (k, name)
                    highest[name] = max(highest[name], float(risen))
            alone += [highest[name] for name, by in hits.items() if len(by) == 1 and by <= car_uids]
    assert len(alone) >= 3
    assert np.median(alone) < 1.0, alone


def test_the_tyre_that_rolled_a_car_over_no_longer_does() -> None:
    drawn = Scenario.load("driving/lost_cargo").draw(77, 1)
    with World(drawn) as world:
        for _ in range(round(drawn.duration_s * drawn.physics_hz)):
            world.step()
            assert world._mechanics.track.latest.rotation[world.ego_index, 2, 2] > math.cos(math.radians(30.0))
        for event in world.events:
            kilograms = {b.spec.name: b.mass_kg for b in world._mechanics.bodies}.get(event.object, 1e9)
            assert event.kind != "collision" or kilograms > 100.0 or event.value < 2.0 * kilograms * 23.0 + 50.0


def test_braked_wheels_over_a_cone_drive_it_no_faster_than_the_car_that_threw_it() -> None:
    """Tyres rubbed it forwards from 25 m/s to 30 m/s, as if it stood still under them."""
    scene = Scenario.load("driving/stopped_fire_engine").draw(23, 2)
    cone = next(n for n, a in enumerate(scene.actors) if a.name == "cones[0]")
    with World(scene) as world:
        speeds = []
        for _ in range(1400):
            world.step()
            speeds.append(float(np.linalg.norm(world._mechanics.track.latest.velocity_mps[cone])))
    struck = int(np.argmax(np.array(speeds) > 20.0))
    assert struck > 0
    assert max(speeds[struck + 60 :]) < speeds[struck + 60] + 0.5


def penetration_m(world: World) -> float:
    """How deep the deepest contact of a world goes, beyond the way that its bodies move in one tick."""
    api, cid = world._client.api, world._client.id
    tick_m = {
        b.uid: math.dist(api.getBaseVelocity(b.uid, cid)[0], (0.0, 0.0, 0.0)) / 240.0 for b in world._mechanics.bodies
    }
    contacts = api.getContactPoints(physicsClientId=cid)
    return max((-c[8] - tick_m.get(c[1], 0.0) - tick_m.get(c[2], 0.0) for c in contacts), default=0.0)


@pytest.mark.parametrize("name", [n for n, _, _ in list_scenarios()])
def test_nothing_stands_in_anything_else_after_settling(name: str) -> None:
    with World(Scenario.load(name).draw(5, 0)) as world:
        assert penetration_m(world) < 0.01
        assert not world._mechanics.impacts.impulses_ns


@pytest.mark.soak
@pytest.mark.parametrize("name", [n for n, _, _ in list_scenarios()])
def test_nothing_stands_in_anything_else_in_many_draws(name: str) -> None:
    scenario = Scenario.load(name)
    for k in range(12):
        with World(scenario.draw(11, k)) as world:
            assert penetration_m(world) < 0.01, k


@pytest.mark.parametrize(("k", "until_s"), [(2, 3.7), (6, 3.5)])
def test_litter_is_not_pressed_into_the_road(k: int, until_s: float) -> None:
    """Bags and newspapers that cars run over in a wind; a rigid bag of 23 cm under a sill of 15 cm went 14 cm down."""
    scene = Scenario.load("driving/plastic_bag_on_highway").draw(0, k)
    litter = [n for n, a in enumerate(scene.actors) if a.model in ("debris.plastic_bag", "debris.newspaper")]
    with World(scene) as world:
        bodies = world._mechanics.bodies
        api, cid = world._client.api, world._client.id
        walls = {b.uid for b in bodies}
        deepest = 0.0
        for _ in range(round(until_s * scene.physics_hz)):
            world.step()
            for n in litter:
                contacts = api.getContactPoints(bodies[n].uid, physicsClientId=cid)
                deepest = min([deepest, *(c[8] for c in contacts if c[2] not in walls)])
        struck = [e for e in world.events if e.kind == "collision"]
    assert struck
    assert deepest > -0.05
