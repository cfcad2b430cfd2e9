"""Vehicles against closed forms: braking, cornering, load transfer, split friction, aquaplaning, power, side wind."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from simgen.conditions import Patch, Surface
from simgen.conditions.snow import wheel_resistance_n
from simgen.conditions.surface import horne_speed_mps
from simgen.models import Model, VehicleSpec, build_model
from simgen.models.catalogue import register_model
from simgen.models.families.vehicle_data import VEHICLES
from simgen.world import Action, World
from simgen.world.solids import buoyancy_hull, solid_of
from simgen.world.tyres import WIDTH_SHARE

sys.path.append(str(Path(__file__).resolve().parents[1] / "world"))
from world_fakes import FixedFriction, G, actor, scene

HZ = 240
BRAKE = Action(0.0, -1.0)
EVERYWHERE = (-1e3, 1e3)


def _variant(name: str, **changes: object) -> None:
    @register_model(name)
    def build() -> Model:
        car = build_model("fake.car")
        assert car.vehicle is not None
        return replace(car, name=name, vehicle=replace(car.vehicle, **changes))


_variant("fake.car_without_abs", abs=False)
_variant("fake.car_in_vacuum", frontal_area_m2=0.0)
_variant("fake.car_rear", driven="rear", max_power_w=30e3)
_variant("fake.car_all", driven="all")
_variant("fake.car_strong", max_drive_accel_mps2=30.0, max_power_w=1e7)
_variant("fake.car_soft", tyre_pressure_pa=120e3)


def car(speed_mps: float = 0.0, x_m: float = -40.0, model: str = "fake.car", **more: object):
    return actor("ego", model, x_m, 0.0, speed_mps=speed_mps, **more)


def stop(world: World, action: Action = BRAKE, seconds: float = 40.0) -> float:
    """Drive to a standstill; how far that took, along x."""
    x0 = world.ego_state()["x_m"]
    while world.ego_state()["speed_mps"] > 0.0 and world.time_s < seconds:
        world.step(action)
    return world.ego_state()["x_m"] - x0


@dataclass(frozen=True)
class SplitFriction(Surface):
    """Friction by kind of surface: 0.8 on paving and 0.15 on ice, whatever the speed."""

    def friction(self, speed_mps: float, extra_film_m: float = 0.0) -> float:
        return 0.8 if self.kind == "paved" else 0.15


@pytest.mark.parametrize("kmh", [50.0, 100.0])
@pytest.mark.parametrize("mu", [0.8, 0.5, 0.25, 0.1])
def test_braking_distance_with_abs_is_v_squared_over_two_mu_g(kmh: float, mu: float) -> None:
    v = kmh / 3.6
    with World(scene(car(v, model="fake.car_in_vacuum"), settle_s=0.5, surface=FixedFriction(mu=mu))) as world:
        assert stop(world) == pytest.approx(v * v / (2.0 * mu * G), rel=0.05)


def test_the_air_shortens_a_long_stop_as_its_integral_says() -> None:
    """m dv/dt = -mu m g - k v^2 stops within m / (2 k) ln(1 + k v^2 / (mu m g))."""
    v, mu, mass, k = 100.0 / 3.6, 0.1, 1400.0, 0.5 * 1.225 * 0.30 * 2.2
    with World(scene(car(v), settle_s=0.5, surface=FixedFriction(mu=mu))) as world:
        assert stop(world) == pytest.approx(mass / (2.0 * k) * math.log1p(k * v * v / (mu * mass * G)), rel=0.02)


@pytest.mark.parametrize("mu", [0.8, 0.25])
def test_locked_wheels_stop_at_the_sliding_friction(mu: float) -> None:
    v = 50.0 / 3.6
    surface = FixedFriction(mu=mu)
    with World(scene(car(v, model="fake.car_without_abs"), settle_s=0.5, surface=surface)) as world:
        run(world, 0.3, BRAKE)
        assert np.all(world._mechanics.vehicles.wheels.spin_radps[0] == 0.0) or mu > 0.8
    brake = min(10.0, G * mu * surface.sliding_share)
    with World(scene(car(v, model="fake.car_without_abs"), settle_s=0.5, surface=surface)) as world:
        assert stop(world) == pytest.approx(v * v / (2.0 * brake), rel=0.05)


def run(world: World, seconds: float, action: Action | None = None) -> None:
    for _ in range(round(seconds * world.scene.physics_hz)):
        world.step(action)


@pytest.mark.parametrize("model", ["fake.car", "fake.car_without_abs"])
def test_halving_the_time_step_changes_the_braking_distance_by_less_than_one_percent(model: str) -> None:
    far = {}
    for hz in (240, 480):
        with World(scene(car(25.0, model=model), settle_s=0.5, surface=FixedFriction(mu=0.7), physics_hz=hz)) as world:
            far[hz] = stop(world)
    assert far[480] == pytest.approx(far[240], rel=0.01)


def test_the_forces_of_every_wheel_stay_within_the_friction_circle() -> None:
    mu = 0.6
    closest = 0.0
    with World(scene(car(25.0), settle_s=0.5, surface=FixedFriction(mu=mu))) as world:
        for k in range(2 * HZ):
            world.step(Action(0.5 * math.sin(0.05 * k), math.cos(0.02 * k)))
            wheels = world._mechanics.vehicles.wheels
            force = wheels.force_n[0]
            across = np.hypot(force[:, 0], force[:, 1])  # the ground is level
            np.testing.assert_allclose(force[:, 2], wheels.load_n[0], rtol=1e-9)
            assert np.all(across <= mu * wheels.load_n[0] * (1.0 + 1e-9))
            closest = max(closest, float((across / np.maximum(mu * wheels.load_n[0], 1.0)).max()))
    assert closest > 0.98


def test_braking_uses_up_the_grip_that_cornering_needs() -> None:
    """At the limit the squares of the two accelerations add up to (mu g)^2, and braking takes from cornering."""
    mu = 0.6
    across = {}
    for accel in (0.0, -1.0):
        with World(scene(car(20.0), settle_s=0.5, surface=FixedFriction(mu=mu))) as world:
            run(world, 0.5, Action(0.12, accel))
            before = world.snapshot().velocity_mps[0][:2]
            yaw = world.ego_state()["yaw_rad"]
            run(world, 0.1, Action(0.12, accel))
            a = (world.snapshot().velocity_mps[0][:2] - before) / 0.1
        assert float(np.hypot(*a)) <= 1.02 * mu * G
        across[accel] = float(a[1] * math.cos(yaw) - a[0] * math.sin(yaw))
    assert across[0.0] > 0.8 * mu * G
    assert 0.05 * mu * G < across[-1.0] < 0.9 * across[0.0]


def test_braking_moves_load_to_the_front_axle() -> None:
    """Moments about the centre of mass: wheelbase * transfer = height * braking force, once pitching has settled."""
    mu = 0.5
    with World(scene(car(35.0), settle_s=0.5, surface=FixedFriction(mu=mu))) as world:
        rest = world._mechanics.vehicles.wheels.load_n[0].copy()
        run(world, 2.0, BRAKE)
        moved, pushed = np.zeros(4), 0.0
        for _ in range(HZ):
            world.step(BRAKE)
            moved += (world._mechanics.vehicles.wheels.load_n[0] - rest) / HZ
            pushed += -float(world._mechanics.vehicles.wheels.force_n[0, :, 0].sum()) / HZ
        height = float(world._mechanics.track.motion.position_m[0, 2])
    assert moved[:2].sum() == pytest.approx(pushed * height / 2.6, rel=0.05)
    assert moved[2:].sum() == pytest.approx(-pushed * height / 2.6, rel=0.05)
    assert pushed == pytest.approx(mu * 1400.0 * G, rel=0.05)


def test_cornering_moves_load_to_the_outer_wheels() -> None:
    """Moments about the centre of mass, once rolling has settled: track * transfer = height * force + weight * lean.

    The lean is how far rolling has carried the centre of mass beyond the middle of the track.
    """
    with World(scene(car(12.0), settle_s=0.5, surface=FixedFriction(mu=0.9))) as world:
        wheels, motion = world._mechanics.vehicles.wheels, world._mechanics.track.motion
        rest = wheels.load_n[0].copy()
        run(world, 3.0, Action(0.15, 0.2))
        moved, across, lean_m = np.zeros(4), 0.0, 0.0
        for _ in range(HZ):
            world.step(Action(0.15, 0.2))
            left = motion.rotation[0][:2, 1] / np.hypot(*motion.rotation[0][:2, 1])
            moved += (wheels.load_n[0] - rest) / HZ
            across += float((wheels.force_n[0, :, :2] * left).sum()) / HZ
            lean_m += float((wheels.arm_m[:, :2] * left).sum()) / 4.0 / HZ
        height = float(motion.position_m[0, 2])
    assert across > 3000.0  # a left turn: the ground pushes to the left
    expected = (across * height + 1400.0 * G * lean_m) / 1.5
    assert 0.0 < 1400.0 * G * lean_m < 0.3 * across * height
    assert moved[[1, 3]].sum() == pytest.approx(expected, rel=0.05)
    assert moved[[0, 2]].sum() == pytest.approx(-expected, rel=0.05)


@pytest.mark.parametrize("name", sorted(VEHICLES))
def test_every_vehicle_brakes_as_its_friction_allows(name: str) -> None:
    v, mu = 50.0 / 3.6, 0.5
    with World(scene(car(v, model=name), settle_s=1.0, surface=FixedFriction(mu=mu))) as world:
        assert stop(world) == pytest.approx(v * v / (2.0 * mu * G), rel=0.05)
        state = world.ego_state()
    assert abs(state["y_m"]) < 0.02
    assert abs(state["roll_rad"]) < 0.01


@pytest.mark.parametrize("mu", [0.8, 0.4, 0.15])
def test_a_circle_can_be_driven_up_to_the_root_of_mu_g_r(mu: float) -> None:
    """Speed rises slowly on a circle; the car leaves it where v^2 / r reaches mu g.

    All wheels share the drive: a front axle that pulls the car through the turn on its own has less grip to steer.
    """
    radius_m = 40.0
    limit = math.sqrt(mu * G * radius_m)
    reached, slow = 0.0, 0.75 * limit
    with World(scene(car(slow, 40.0, model="fake.car_all"), settle_s=0.5, surface=FixedFriction(mu=mu))) as world:
        for _ in range(20 * HZ):
            state = world.ego_state()
            speed = math.hypot(state["speed_mps"], state["side_speed_mps"])
            curvature = state["yaw_rate_radps"] / max(speed, 1.0)
            reached = max(reached, speed * state["yaw_rate_radps"])
            wheel = math.atan(2.6 / radius_m) + 6.0 * (1.0 / radius_m - curvature)
            pull = 0.5 * (slow + 0.025 * limit * world.time_s + 0.1 - state["speed_mps"])
            world.step(Action(min(max(wheel / 0.6, -1.0), 1.0), min(max(pull, 0.0), 1.0)))
            if world.time_s > 2.0 and curvature < 0.85 / radius_m:
                break
        assert world.time_s < 19.9
    assert math.sqrt(reached * radius_m) == pytest.approx(limit, rel=0.05)


@pytest.mark.parametrize("low_side", ["left", "right"])
def test_braking_on_split_friction_turns_towards_the_side_that_grips(low_side: str) -> None:
    ice = (0.0, 1e3) if low_side == "left" else (-1e3, 0.0)
    surface = SplitFriction(patches=(Patch("ice", 0.0, *EVERYWHERE, *ice),))
    with World(scene(car(20.0), settle_s=0.5, surface=surface)) as world:
        run(world, 0.8, BRAKE)
        state = world.ego_state()
    grippy = -1.0 if low_side == "left" else 1.0  # a left turn has a positive yaw rate
    assert grippy * state["yaw_rad"] > 0.05
    assert grippy * state["yaw_rate_radps"] > 0.05


def test_a_car_on_a_patch_of_ice_slides_until_it_has_left_it() -> None:
    v, ice_m = 12.0, 20.0
    surface = SplitFriction(patches=(Patch("ice", 0.0, -60.0, -40.0 + ice_m, *EVERYWHERE),))
    with World(scene(car(v), settle_s=0.5, surface=surface)) as world:
        way = stop(world)
    left = v * v - 2.0 * 0.15 * G * ice_m
    assert way == pytest.approx(ice_m + left / (2.0 * 0.8 * G), abs=1.4)  # half a wheelbase each way


@pytest.mark.parametrize("mu", [0.8, 0.3])
def test_with_anti_lock_a_braking_car_still_steers_and_with_locked_wheels_it_does_not(mu: float) -> None:
    aside, turned = {}, {}
    for model in ("fake.car", "fake.car_without_abs"):
        with World(scene(car(20.0, model=model), settle_s=0.5, surface=FixedFriction(mu=mu))) as world:
            run(world, 0.3, BRAKE)
            run(world, 1.2, Action(0.25, -1.0))
            state = world.ego_state()
        aside[model], turned[model] = state["y_m"], state["yaw_rad"]
    assert aside["fake.car"] > 0.5
    assert turned["fake.car"] > 0.05
    assert abs(aside["fake.car_without_abs"]) < 0.05
    assert abs(turned["fake.car_without_abs"]) < 0.03


def test_the_hand_brake_locks_the_rear_wheels_and_the_tail_comes_round() -> None:
    with World(scene(car(15.0), settle_s=0.5, surface=FixedFriction(mu=0.6))) as world:
        run(world, 0.4, Action(0.2, 0.0))
        run(world, 0.2, Action(0.2, 0.0, hand_brake=True))
        spin = world._mechanics.vehicles.wheels.spin_radps[0]
        assert np.all(spin[2:] == 0.0)
        assert np.all(spin[:2] > 20.0)
        run(world, 1.0, Action(0.2, 0.0, hand_brake=True))
        state = world.ego_state()
    slip_angle = math.atan2(state["side_speed_mps"], state["speed_mps"])
    assert slip_angle < -0.3  # the nose points into the turn, the motion goes on outside


@pytest.mark.parametrize(("pressure_pa", "model"), [(230e3, "fake.car"), (120e3, "fake.car_soft")])
@pytest.mark.parametrize(("tyres", "film_m"), [("new", 9e-3), ("worn", 1.8e-3)])
def test_aquaplaning_ends_at_the_horne_speed(pressure_pa: float, model: str, tyres: str, film_m: float) -> None:
    """Horne: 10.35 sqrt(p [psi]) mph; 32 psi is 94.225 km/h."""
    assert horne_speed_mps(32.0 * 6894.757) * 3.6 == pytest.approx(94.225, abs=0.01)
    horne = 10.35 * math.sqrt(pressure_pa / 6894.757) * 0.44704
    surface = Surface(film_m=film_m, tyres=tyres)
    with World(scene(car(1.15 * horne, model=model), settle_s=0.3, surface=surface)) as world:
        run(world, 0.3, BRAKE)
        assert [e.kind for e in world.events].count("aquaplaning") == 1
        while world.ego_state()["aquaplaning"] > 0.0 and world.time_s < 60.0:
            if world.ego_state()["x_m"] > 200.0:
                break
            before = world.ego_state()["speed_mps"]
            world.step(BRAKE)
        assert world.ego_state()["speed_mps"] < before
    grips = {}
    for share in (0.95, 1.05):
        with World(scene(car(share * horne, model=model), settle_s=0.3, surface=surface)) as world:
            run(world, 0.5, BRAKE)
            grips[share] = np.hypot(*world._mechanics.vehicles.wheels.force_n[0, :, :2].sum(axis=0)) / (1400.0 * G)
            assert world.ego_state()["aquaplaning"] == (0.0 if share < 1.0 else 1.0)
    assert grips[1.05] < 0.03
    assert grips[0.95] > 1.5 * grips[1.05]


def test_a_film_that_the_tread_drains_does_not_carry_the_tyre() -> None:
    for tyres, film_m in (("new", 7.5e-3), ("worn", 1.5e-3)):
        with World(scene(car(36.0), settle_s=0.3, surface=Surface(film_m=film_m, tyres=tyres))) as world:
            run(world, 0.5)
            assert world.ego_state()["aquaplaning"] == 0.0
            assert "aquaplaning" not in [e.kind for e in world.events]


def test_drive_is_limited_by_power_and_goes_to_the_driven_wheels() -> None:
    with World(scene(car(20.0, model="fake.car_rear"), settle_s=0.5)) as world:
        before = world.ego_state()["speed_mps"]
        run(world, 2.0, Action(0.0, 1.0))
        after = world.ego_state()["speed_mps"]
        forward = world._mechanics.vehicles.wheels.force_n[0, :, 0]
        assert np.all(forward[2:] > 300.0)
        assert np.all(forward[:2] < 0.0)  # they roll, and that takes some force
    middle = 0.5 * (before + after)
    losses = 0.012 * G + 0.5 * 1.225 * 0.66 * middle**2 / 1400.0
    assert (after - before) / 2.0 == pytest.approx(30e3 / (1400.0 * middle) - losses, rel=0.05)


@pytest.mark.parametrize(("model", "driven"), [("fake.car", (0, 1)), ("fake.car_all", (0, 1, 2, 3))])
def test_the_driven_axles_push(model: str, driven: tuple[int, ...]) -> None:
    with World(scene(car(5.0, model=model), settle_s=0.5)) as world:
        run(world, 0.5, Action(0.0, 0.5))
        forward = world._mechanics.vehicles.wheels.force_n[0, :, 0]
    assert tuple(np.flatnonzero(forward > 100.0)) == driven
    assert forward.sum() == pytest.approx(1400.0 * (2.0 - 0.012 * G), rel=0.1)


def test_wheels_that_would_spin_pull_at_no_more_than_the_friction() -> None:
    mu = 0.3
    with World(scene(car(5.0, model="fake.car_strong"), settle_s=0.5, surface=FixedFriction(mu=mu))) as world:
        run(world, 1.0, Action(0.0, 1.0))
        wheels = world._mechanics.vehicles.wheels
        share = wheels.force_n[0, :2, 0].sum() / wheels.load_n[0, :2].sum()
        assert 0.9 * mu < share <= mu
        assert wheels.spin_radps[0, 0] * 0.3 < 1.5 * world.ego_state()["speed_mps"]


def test_steering_turns_no_faster_than_its_limit() -> None:
    with World(scene(car(10.0), settle_s=0.3)) as world:
        angles = []
        for _ in range(HZ // 2):
            world.step(Action(1.0, 0.0))
            angles.append(world.ego_state()["steer_rad"])
    rate = np.diff(angles) * HZ
    assert rate.max() == pytest.approx(0.8, rel=1e-6)
    assert max(angles) <= 0.6


@pytest.mark.parametrize(("name", "floats_m"), [("car.small", 0.60), ("car.offroad", 0.95)])
def test_cars_float_at_the_depths_measured_at_full_scale(name: str, floats_m: float) -> None:
    """UNSW: a small car of 1.05 t floats in 0.60 m of water, a four-wheel drive of 2.5 t in 0.95 m."""
    model = build_model(name)
    hull, share = buoyancy_hull(model, [solid_of(s) for s in model.collision])
    low, high = hull[0].vertices_m.min(axis=0), hull[0].vertices_m.max(axis=0)
    draught = model.mass_kg / (1000.0 * share * (high[0] - low[0]) * (high[1] - low[1]))
    assert low[2] + draught == pytest.approx(floats_m, rel=0.05)


class _Gust:
    """Blows across a world's vehicles from its next tick on."""

    def __init__(self, world: World, air_mps: tuple[float, float, float]) -> None:
        self.air_mps = np.tile(air_mps, (len(world._mechanics.vehicles.bodies), 1))
        self._push = world._mechanics.vehicles.push
        world._mechanics.vehicles.push = self.push  # type: ignore[method-assign]

    def push(self, *args: object) -> None:
        *others, _ = args  # the world's own air is calm
        self._push(*others, self.air_mps)  # type: ignore[arg-type]


def _air_force(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Force of the air on the first vehicle and its moment: what its wheels did not do."""
    vehicles = world._mechanics.vehicles
    wheels = vehicles.wheels.force_n[0]
    return vehicles.force_n[0] - wheels.sum(axis=0), vehicles.torque_nm[0]


@pytest.fixture
def gale() -> Iterator[World]:
    """A car that stands in a wind of 20 m/s from its right."""
    with World(scene(car(), settle_s=1.0)) as world:
        _Gust(world, (0.0, 20.0, 0.0))
        world.step()
        yield world


def test_side_wind_pushes_with_half_rho_c_a_v_squared(gale: World) -> None:
    spec = VehicleSpec(2.6, 1.5, 0.3, 1.3, 0.5)
    force, _ = _air_force(gale)
    expected = 0.5 * 1.225 * spec.side_drag_coefficient * spec.side_area_m2 * 20.0**2
    assert force[1] == pytest.approx(expected, rel=0.01)
    assert abs(force[0]) < 0.01 * expected


def test_a_car_that_rolls_in_a_side_wind_turns_away_from_it() -> None:
    """The centre of pressure lies ahead of the centre of mass."""
    with World(scene(car(25.0), settle_s=0.5, surface=FixedFriction(mu=0.5))) as world:
        _Gust(world, (0.0, 25.0, 0.0))
        run(world, 1.0, Action(0.0, 0.0))
        state = world.ego_state()
    assert state["yaw_rad"] > 0.002
    assert state["y_m"] > 0.1


def test_head_wind_adds_to_the_air_that_a_car_meets() -> None:
    area = 0.30 * 2.2
    for wind in (0.0, -15.0):
        with World(scene(car(30.0), settle_s=0.5)) as world:
            _Gust(world, (wind, 0.0, 0.0))
            world.step(Action(0.0, 0.0))
            force, _ = _air_force(world)
        assert force[0] == pytest.approx(-0.5 * 1.225 * area * (30.0 - wind) ** 2, rel=0.01)


def test_untouched_snow_holds_a_rolling_car_back_by_the_published_force() -> None:
    """Two leading wheels: a = 2 R / m on top of what a cleared road takes, and nothing in bare tracks."""
    slowed = {}
    for tracks in (0.0, 1.0):
        with World(scene(car(10.0), settle_s=0.5, surface=Surface(snow_m=0.2, tracks=tracks))) as world:
            before = world.ego_state()["speed_mps"]
            run(world, 2.0, Action(0.0, 0.0))
            slowed[tracks] = (before - world.ego_state()["speed_mps"]) / 2.0
    model = build_model("fake.car")
    assert model.vehicle is not None
    radius_m = model.vehicle.wheel_radius_m
    expected = 2.0 * wheel_resistance_n(0.2, radius_m, WIDTH_SHARE * radius_m) / model.mass_kg
    assert slowed[0.0] - slowed[1.0] == pytest.approx(expected, rel=0.05)
