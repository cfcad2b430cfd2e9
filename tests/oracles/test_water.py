"""Floating, drifting and rising water against closed forms and full-scale tests."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from simgen.conditions import Conditions, Water
from simgen.models import Model, Shape, VehicleSpec
from simgen.models.catalogue import build_model, register_model
from simgen.world import World

sys.path.append(str(Path(__file__).resolve().parents[1] / "world"))
from world_fakes import G, actor, flood, scene

HZ = 240
EGO = actor("ego", "fake.car", -40.0, -10.0)
HUSKY_M3 = 1.0074 * 0.5709 * 0.2675 + 4.0 * math.pi * 0.17775**2 * 0.1143
"""Volume of the collision shapes that husky.urdf states: the chassis and four wheels."""


def everywhere(depth_m: float, **more: object) -> Conditions:
    return Conditions(water=Water(depth_m, depth_m, -1e3, 1e3, -1e3, 1e3, **more))  # type: ignore[arg-type]


def _tested(name: str, length_m: float, width_m: float, clearance_m: float, mass_kg: float) -> Model:
    """A car of the size of one that was floated at full scale: chassis box and cabin."""
    base = build_model("fake.car")
    high = 0.55
    shapes = (
        Shape("box", (0.0, 0.0, clearance_m + 0.5 * high), size_m=(length_m, width_m, high)),
        Shape("box", (-0.2, 0.0, clearance_m + high + 0.3), size_m=(0.5 * length_m, 0.85 * width_m, 0.6)),
    )
    spec = VehicleSpec(0.6 * length_m, 0.88 * width_m, 0.33, 0.3 * length_m, 0.55)
    return Model(
        name, "car", base.parts, shapes, mass_kg, (length_m, width_m, 1.5), (0, 0, 0.75), (0, 0, 0.55), vehicle=spec
    )


@register_model("test.small_car")
def small_car() -> Model:
    return _tested("test.small_car", 4.30, 1.69, 0.15, 1050.0)


@register_model("test.four_wheel_drive")
def four_wheel_drive() -> Model:
    return _tested("test.four_wheel_drive", 5.00, 1.93, 0.22, 2500.0)


@pytest.mark.parametrize(("model", "depth_m"), [("test.small_car", 0.60), ("test.four_wheel_drive", 0.95)])
def test_rising_water_floats_a_car_at_the_depth_measured_at_full_scale(model: str, depth_m: float) -> None:
    """UNSW full-scale tests: 1.05 t floats at 0.60 m, 2.5 t at 0.95 m."""
    water = everywhere(depth_m - 0.15, rise_mps=0.03)
    with World(scene(actor("ego", model), settle_s=1.0, conditions=water)) as world:
        while not any(e.kind == "floating" for e in world.events) and world.time_s < 12.0:
            world.step()
        assert world.snapshot().conditions.water.depth_m == pytest.approx(depth_m, rel=0.10)


@pytest.mark.parametrize(
    ("model", "least_m", "most_m"), [("test.small_car", 0.15, 0.60), ("test.four_wheel_drive", 0.45, 0.95)]
)
def test_a_car_in_a_rising_stream_starts_to_slide_between_the_measured_depths(
    model: str, least_m: float, most_m: float
) -> None:
    """UNSW full-scale tests at 1 m/s: the first motion, and floating in still water."""
    water = everywhere(0.7 * least_m, current_mps=(0.0, 1.0), rise_mps=0.04)
    with World(scene(actor("ego", model), settle_s=1.0, conditions=water)) as world:
        y0 = world.ego_state()["y_m"]
        while world.ego_state()["y_m"] - y0 < 0.1 and world.time_s < 25.0:
            world.step()
        assert least_m < world.snapshot().conditions.water.depth_m < most_m
        depth_then = world.time_s
        while world.time_s < depth_then + 8.0:
            world.step()
        assert world.snapshot().velocity_mps[0, 1] == pytest.approx(1.0, abs=0.15)  # it floats and drifts


def test_what_floats_rises_and_falls_with_the_level() -> None:
    box = actor("box", "fake.box", params={"length_m": 2.0, "width_m": 1.5, "height_m": 0.5, "mass_kg": 600.0})
    water = everywhere(0.5, course=((4.0, 0.9), (6.0, 0.9), (8.0, 0.3)))
    with World(scene(EGO, box, settle_s=1.0, conditions=water)) as world:
        for until_s, depth_m, bottom_m in ((4.0, 0.9, 0.7), (6.0, 0.9, 0.7), (8.0, 0.3, 0.1), (12.0, 0.3, 0.1)):
            while world.time_s < until_s - 1e-9:
                world.step()
            snapshot = world.snapshot()
            assert snapshot.conditions.water.depth_m == pytest.approx(depth_m)
            assert snapshot.conditions.water.level_m == pytest.approx(depth_m)
            assert snapshot.T_world_object[1, 2, 3] == pytest.approx(bottom_m, abs=0.02)
            assert snapshot.submerged_fraction[1] == pytest.approx(0.4, abs=0.04)


def test_water_that_runs_off_leaves_things_dry_and_the_conditions_without_water() -> None:
    box = actor("box", "fake.box", params={"mass_kg": 200.0})
    with World(scene(EGO, box, settle_s=0.5, conditions=everywhere(0.4, rise_mps=-0.2))) as world:
        assert world.snapshot().submerged_fraction[1] > 0.1
        while world.time_s < 2.5:
            world.step()
        snapshot = world.snapshot()
    assert snapshot.conditions.water is None
    assert snapshot.submerged_fraction[1] == 0.0
    assert snapshot.T_world_object[1, 2, 3] == pytest.approx(0.0, abs=0.01)


def test_each_link_of_a_robot_is_lifted_by_what_it_displaces() -> None:
    husky = actor("husky", "fake.husky", z=3.0)
    with World(scene(EGO, husky, conditions=flood(10.0))) as world:
        world._mechanics.flood.measure(world._mechanics.track, 1.0 / HZ)
        assert world._mechanics.flood.submerged[1] == pytest.approx(1.0)
        assert world._mechanics.flood.lift_n[1] == pytest.approx(1000.0 * G * HUSKY_M3, rel=0.01)
        before = world.snapshot().velocity_mps[1, 2]
        world.step()
        gained = (world.snapshot().velocity_mps[1, 2] - before) * HZ
    assert gained == pytest.approx(1000.0 * G * HUSKY_M3 / 44.003 - G, rel=0.03)


def test_a_robot_wades_with_the_lift_of_its_wheels_below_the_line() -> None:
    """In water to the axles half of each wheel is under, and nothing of the chassis."""
    with World(scene(EGO, actor("husky", "fake.husky"), settle_s=0.5, conditions=flood(0.1))) as world:
        world.step()
        lift_n = world._mechanics.flood.lift_n[1]
        axle_m = world._mechanics.flood._motion.position_m[-1, 2]
    h, r = 0.1 - (axle_m - 0.17775), 0.17775
    segment_m2 = r * r * math.acos((r - h) / r) - (r - h) * math.sqrt(2.0 * r * h - h * h)
    assert lift_n == pytest.approx(1000.0 * G * 4.0 * segment_m2 * 0.1143, rel=0.03)


def test_a_floating_robot_drifts_with_the_current_and_stays_level() -> None:
    husky = actor("husky", "fake.husky", z=1.85, yaw=0.7)
    with World(scene(EGO, husky, conditions=flood(2.0, (0.6, -0.3)))) as world:
        for _ in range(25 * HZ):
            world.step()
        snapshot = world.snapshot()
    np.testing.assert_allclose(snapshot.velocity_mps[1, :2], (0.6, -0.3), atol=0.02)
    assert snapshot.T_world_object[1, 2, 2] > 0.95
    assert snapshot.submerged_fraction[1] == pytest.approx(44.003 / 1000.0 / HUSKY_M3, rel=0.02)


def test_halving_the_time_step_does_not_change_a_floating_path() -> None:
    paths = {}
    for hz in (240, 480):
        raft = actor("raft", "fake.box", z=1.8, yaw=0.4, params={"length_m": 2.0, "mass_kg": 400.0})
        with World(scene(EGO, raft, physics_hz=hz, conditions=flood(2.0, (1.2, -0.5)))) as world:
            start = world.snapshot().T_world_object[1, :3, 3]
            for _ in range(8 * hz):
                world.step()
            paths[hz] = world.snapshot().T_world_object[1, :3, 3] - start
    assert np.linalg.norm(paths[240] - paths[480]) < 0.01 * np.linalg.norm(paths[480])
    assert np.linalg.norm(paths[480]) > 5.0


def test_a_wading_car_is_slowed_by_its_wheels_before_its_floor_is_wet() -> None:
    """In 0.15 m of water under a clearance of 0.20 m only the wheels drag."""
    speeds = {}
    for name, conditions in {"dry": Conditions(), "wet": flood(0.15)}.items():
        car = actor("ego", "fake.car", -40.0, -1.75, speed_mps=8.0)
        with World(scene(car, settle_s=0.3, conditions=conditions)) as world:
            world._mechanics.vehicles.park()
            before = world.ego_state()["speed_mps"]
            force = world._mechanics.flood.force_n[0, 0]
            speeds[name] = before
            if name == "wet":
                world._mechanics.flood.measure(world._mechanics.track, 1.0 / HZ)
                force = world._mechanics.flood.force_n[0, 0]
                area_m2 = 4.0 * 0.65 * 0.3 * 0.15
                assert world._mechanics.flood.submerged[0] == 0.0
                assert -force == pytest.approx(0.5 * 1000.0 * 0.6 * area_m2 * 8.0**2, rel=0.15)
            else:
                assert force == 0.0


def test_a_pendulum_swings_with_its_period() -> None:
    radius_m, arm_m, start_rad = 0.1, 2.0, 0.2
    ball = actor("ball", "fake.ball", z=10.0, params={"radius_m": radius_m, "mass_kg": 5.0})
    with World(scene(EGO, ball)) as world:
        api, cid, uid = world._client.api, world._client.id, world._mechanics.bodies[1].uid
        at = (arm_m * math.sin(start_rad), 0.0, 10.0 - arm_m * math.cos(start_rad))
        tilt = (0.0, math.sin(-0.5 * start_rad), 0.0, math.cos(-0.5 * start_rad))
        api.resetBasePositionAndOrientation(uid, at, tilt, physicsClientId=cid)
        hook = world._client.add_body(
            [Shape("sphere", size_m=(0.1, 0.1, 0.1))], position_m=np.array([0.0, 0.0, 12.0]), quat_xyzw=np.eye(4)[3]
        )
        api.createConstraint(
            uid, -1, hook, -1, api.JOINT_POINT2POINT, (0, 0, 0), (0, 0, arm_m), (0, 0, -2.0), physicsClientId=cid
        )
        x = []
        for _ in range(12 * HZ):
            world.step()
            x.append(api.getBasePositionAndOrientation(uid, physicsClientId=cid)[0][0])
    track = np.array(x)
    down = np.flatnonzero((track[:-1] > 0.0) & (track[1:] <= 0.0))
    crossings = down + track[down] / (track[down] - track[down + 1])
    length_m = arm_m + 0.4 * radius_m**2 / arm_m
    expected_s = 2.0 * math.pi * math.sqrt(length_m / G) * (1.0 + start_rad**2 / 16.0)
    assert len(crossings) >= 3
    assert np.diff(crossings).mean() / HZ == pytest.approx(expected_s, rel=0.01)
