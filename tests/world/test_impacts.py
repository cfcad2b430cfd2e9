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
from simgen.world.impulse import new_couple, put_body, resolve

sys.path.append(str(Path(__file__).resolve().parent))
from world_fakes import actor, scene

HZ = 240
CAR_KG = 1400.0


@register_model("test.crate")
def crate(mass_kg: float = 9.0, strength_n: float = 1e6, restitution: float = 0.1, height_m: float = 0.6) -> Model:
    """A box of 0.6 m that slides without friction, whose middle stands as high as a car's."""
    base = build_model("fake.box", {"length_m": 0.6, "width_m": 0.6, "height_m": height_m, "mass_kg": mass_kg})
    return replace(base, friction=0.0, yielding=Yielding(strength_n, restitution))


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
    left = resolve(couple, 4, 0.0, restitution, 0.5, 1e9, 1.0 / HZ)
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
        thrown = world._track.motion.velocity_mps[1]
    expected = CAR_KG * mass_kg / (CAR_KG + mass_kg) * (1.0 + restitution) * speed
    assert (hit.kind, hit.object) == ("collision", "crate")
    assert hit.value == pytest.approx(expected, rel=0.05)
    assert mass_kg * thrown[0] == pytest.approx(expected, rel=0.05)


def test_a_weak_thing_never_bears_more_than_its_strength() -> None:
    params = {"mass_kg": 60.0, "strength_n": 5e3}
    pushes = []
    with World(scene(ego(), actor("crate", "test.crate", -4.0, params=params), settle_s=0.3)) as world:
        for _ in range(HZ):
            world.step()
            pushes += list(world._impacts.impulses_ns.values())
    assert max(pushes) * HZ == pytest.approx(5e3, rel=1e-6)
    assert sum(p * HZ > 4.9e3 for p in pushes) > 3  # the bound lasts, a rigid contact would be over in one tick


@pytest.mark.parametrize("offset_m", [0.0, 0.75, -0.75])
def test_a_tyre_under_a_car_at_22_mps_takes_its_momentum_and_no_more(offset_m: float) -> None:
    """A rigid contact let it wedge there, with 10,700 N s, and rolled the car over."""
    with World(scene(ego(), actor("tyre", "tyre", -3.0, offset_m), settle_s=0.3)) as world:
        for _ in range(2 * HZ):
            world.step()
            assert world._track.latest.rotation[0, 2, 2] > math.cos(math.radians(15.0))
        assert sum(e.value for e in world.events if e.object == "tyre") <= 2.0 * 9.0 * 22.0


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
            return world._track.motion.position_m.tobytes() + repr(world.events).encode()

    assert end() == end()


@pytest.mark.soak
def test_no_ego_rolls_over_and_nothing_light_flies_high_on_lost_cargo() -> None:
    scenario = Scenario.load("driving/lost_cargo")
    for k in range(20):
        drawn = scenario.draw(77, k)
        with World(drawn) as world:
            start_m = world._track.motion.position_m[:, 2].copy()
            for tick in range(round(drawn.duration_s * drawn.physics_hz)):
                world.step()
                assert world._track.latest.rotation[world.ego_index, 2, 2] > math.cos(math.radians(30.0)), k
                if tick % 8 == 0:
                    risen = world._track.motion.position_m[:, 2] - start_m
                    for body in world._bodies:
                        assert body.mass_kg > 100.0 or risen[body.index] < 3.0, (k, body.spec.name)


def test_the_tyre_that_rolled_a_car_over_no_longer_does() -> None:
    drawn = Scenario.load("driving/lost_cargo").draw(77, 1)
    with World(drawn) as world:
        for _ in range(round(drawn.duration_s * drawn.physics_hz)):
            world.step()
            assert world._track.latest.rotation[world.ego_index, 2, 2] > math.cos(math.radians(30.0))
        for event in world.events:
            kilograms = {b.spec.name: b.mass_kg for b in world._bodies}.get(event.object, 1e9)
            assert event.kind != "collision" or kilograms > 100.0 or event.value < 2.0 * kilograms * 23.0 + 50.0


def penetration_m(world: World) -> float:
    """How deep the deepest contact of a world goes."""
    contacts = world._client.api.getContactPoints(physicsClientId=world._client.id)
    return max((-c[8] for c in contacts), default=0.0)


@pytest.mark.parametrize("name", [n for n, _, _ in list_scenarios()])
def test_nothing_stands_in_anything_else_after_settling(name: str) -> None:
    with World(Scenario.load(name).draw(5, 0)) as world:
        assert penetration_m(world) < 0.01
        assert not world._impacts.impulses_ns


@pytest.mark.soak
@pytest.mark.parametrize("name", [n for n, _, _ in list_scenarios()])
def test_nothing_stands_in_anything_else_in_many_draws(name: str) -> None:
    scenario = Scenario.load(name)
    for k in range(12):
        with World(scenario.draw(11, k)) as world:
            assert penetration_m(world) < 0.01, k
