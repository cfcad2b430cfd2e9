"""Motion against closed forms: falling, sliding, braking, floating, drifting, parking, driving."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simgen.conditions import Conditions, Water
from simgen.world import Action, World

sys.path.append(str(Path(__file__).resolve().parents[1] / "world"))
from world_fakes import FixedFriction, G, actor, flood, scene

HZ = 240
EGO = actor("ego", "fake.car", -40.0, -10.0)


def run(world: World, seconds: float, action: Action | None = None) -> None:
    for _ in range(round(seconds * HZ)):
        world.step(action)


def test_free_fall_follows_half_g_t_squared() -> None:
    with World(scene(EGO, actor("box", "fake.box", z=30.0))) as world:
        z0 = world.snapshot().T_world_object[1, 2, 3]
        run(world, 1.5)
        end = world.snapshot()
    assert z0 - end.T_world_object[1, 2, 3] == pytest.approx(0.5 * G * 1.5**2, rel=0.01)
    assert end.velocity_mps[1, 2] == pytest.approx(-G * 1.5, rel=0.01)


def test_a_projectile_flies_a_parabola() -> None:
    speed, rise, time_s = 12.0, 6.0, 2.0
    with World(scene(EGO, actor("box", "fake.box", z=20.0))) as world:
        uid, cid = world._mechanics.bodies[1].uid, world._client.id
        world._client.api.resetBaseVelocity(uid, (speed, 0.0, rise), (0.0, 0.0, 0.0), physicsClientId=cid)
        world._mechanics.track.read()
        start = world.snapshot().T_world_object[1, :3, 3]
        run(world, time_s)
        end = world.snapshot().T_world_object[1, :3, 3]
    assert end[0] - start[0] == pytest.approx(speed * time_s, rel=0.01)
    assert end[2] - start[2] == pytest.approx(rise * time_s - 0.5 * G * time_s**2, rel=0.01)


def test_a_spinning_body_keeps_its_angular_momentum_in_free_fall() -> None:
    with World(scene(EGO, actor("log", "fake.log", z=40.0))) as world:
        body = world._mechanics.bodies[1]
        world._client.api.resetBaseVelocity(body.uid, (0, 0, 0), (3.0, 1.0, 2.0), physicsClientId=world._client.id)
        world._mechanics.track.read()

        def momentum() -> np.ndarray:
            r, w = world._mechanics.track.motion.rotation[1], world._mechanics.track.motion.angular_radps[1]
            return r @ (body.inertia_kgm2 * (r.T @ w))

        before = momentum()
        run(world, 1.0)
        np.testing.assert_allclose(momentum(), before, atol=0.03 * np.linalg.norm(before))


@pytest.mark.parametrize(("slope", "mu"), [(0.5, 0.2), (0.3, 0.1)])
def test_a_block_slides_down_an_incline(slope: float, mu: float) -> None:
    block = actor("block", "fake.box", 60.0, params={"height_m": 0.4, "friction": mu})
    theta = math.atan(slope)
    with World(scene(EGO, block, slope=slope)) as world:
        run(world, 0.5)
        v0 = np.linalg.norm(world.snapshot().velocity_mps[1])
        run(world, 1.0)
        v1 = np.linalg.norm(world.snapshot().velocity_mps[1])
    assert v1 - v0 == pytest.approx(G * (math.sin(theta) - mu * math.cos(theta)), rel=0.01)


def test_a_block_with_enough_friction_stays_on_the_incline() -> None:
    block = actor("block", "fake.box", 0.0, params={"height_m": 0.4, "friction": 0.5})
    with World(scene(EGO, block, slope=0.3, settle_s=0.5)) as world:
        before = world.snapshot().T_world_object[1, :3, 3]
        run(world, 2.0)
        np.testing.assert_allclose(world.snapshot().T_world_object[1, :3, 3], before, atol=0.01)


@pytest.mark.parametrize("mu", [0.8, 0.5, 0.25, 0.1])
def test_braking_distance_is_v_squared_over_two_mu_g(mu: float) -> None:
    v = 50.0 / 3.6
    car = actor("ego", "fake.car", 0.0, -1.75, speed_mps=v, behaviour="keep_speed", lane="main.0")
    with World(scene(car, settle_s=0.5, surface=FixedFriction(mu=mu))) as world:
        x0 = world.ego_state()["x_m"]
        for _ in range(20 * HZ):
            world.step(Action(0.0, -1.0))
            if world.ego_state()["speed_mps"] <= 0.0:
                break
        end = world.ego_state()
    assert end["x_m"] - x0 == pytest.approx(v * v / (2.0 * mu * G), rel=0.05)
    assert end["y_m"] == pytest.approx(-1.75, abs=0.02)


def test_a_steady_turn_has_the_radius_of_its_steering_at_low_speed() -> None:
    car = actor("ego", "fake.car", 0.0, 0.0, speed_mps=3.0, behaviour="keep_speed")
    steer_rad = 0.2
    with World(scene(car, settle_s=0.5)) as world:
        run(world, 2.0, Action(steer_rad / 0.6, 0.03))
        state = world.ego_state()
    radius_m = math.hypot(state["speed_mps"], state["side_speed_mps"]) / state["yaw_rate_radps"]
    assert math.hypot(2.6 / math.tan(steer_rad), 1.4) == pytest.approx(radius_m, rel=0.03)


def test_the_lateral_acceleration_of_a_car_saturates_at_mu_g() -> None:
    car = actor("ego", "fake.car", 0.0, 0.0, speed_mps=12.0, behaviour="keep_speed")
    with World(scene(car, settle_s=0.5, surface=FixedFriction(mu=0.3))) as world:
        run(world, 0.8, Action(0.5, 0.0))
        before = world.snapshot().velocity_mps[0]
        run(world, 0.5, Action(0.5, 0.0))
        after = world.snapshot().velocity_mps[0]
    assert np.linalg.norm(after - before) / 0.5 <= 0.3 * G * 1.03
    assert np.linalg.norm(after - before) / 0.5 >= 0.3 * G * 0.85


@pytest.mark.parametrize("slope", [0.07, 0.2])
def test_a_parked_car_stays_on_a_slope(slope: float) -> None:
    with World(scene(actor("ego", "fake.car"), slope=slope, settle_s=0.5)) as world:
        before = world.snapshot().T_world_object[0, :3, 3]
        run(world, 5.0)
        moved = world.snapshot().T_world_object[0, :3, 3] - before
    assert np.linalg.norm(moved) < 0.005


@pytest.mark.parametrize("speed_mps", [3.0, 14.0, 35.0])
@pytest.mark.parametrize("lane", ["main.0", "oncoming.0"])
def test_the_driver_holds_speed_and_lane(speed_mps: float, lane: str) -> None:
    y, yaw, x = (-1.75, 0.0, -40.0) if lane == "main.0" else (1.75, math.pi, 320.0)
    car = actor("ego", "fake.car", x, y + 0.5, yaw=yaw, speed_mps=speed_mps, behaviour="keep_speed", lane=lane)
    with World(scene(car, settle_s=0.3)) as world:
        run(world, 4.0)
        for _ in range(3 * HZ):
            world.step()
            state = world.ego_state()
            assert state["speed_mps"] == pytest.approx(speed_mps, rel=0.03)
            assert abs(state["lateral_offset_m"]) < 0.2
        assert abs(state["heading_error_rad"]) < 0.01


def test_a_box_floats_at_its_draught() -> None:
    size = {"length_m": 2.0, "width_m": 1.5, "height_m": 0.5, "mass_kg": 600.0}
    box = actor("box", "fake.box", params=size, z=2.2)
    with World(scene(EGO, box, conditions=flood(2.0))) as world:
        run(world, 15.0)
        bottom_m = world.snapshot().T_world_object[1, 2, 3]
    assert 2.0 - bottom_m == pytest.approx(600.0 / (1000.0 * 2.0 * 1.5), rel=0.02)


def test_a_box_bobs_at_its_natural_frequency() -> None:
    box = actor("box", "fake.box", params={"length_m": 2.0, "width_m": 2.0, "mass_kg": 2000.0}, z=1.55)
    heights = []
    with World(scene(EGO, box, conditions=flood(2.0))) as world:
        for _ in range(4 * HZ):
            world.step()
            heights.append(world._mechanics.track.motion.position_m[1, 2] - 2.0)
    above = np.array(heights) > 0.0
    crossings = np.flatnonzero(above[1:] != above[:-1])
    period_s = 2.0 * np.diff(crossings).mean() / HZ
    assert period_s == pytest.approx(2.0 * math.pi / math.sqrt(1000.0 * G * 4.0 / 2000.0), rel=0.03)


@pytest.mark.parametrize(("height_m", "volume_m3"), [(0.3, 0.1130973), (1.0, 4.0 / 3.0 * math.pi * 0.125)])
def test_a_sphere_is_lifted_by_the_water_it_displaces(height_m: float, volume_m3: float) -> None:
    radius_m = 0.5
    ball = actor("ball", "fake.ball", z=5.0 - height_m, params={"radius_m": radius_m, "mass_kg": 2000.0})
    with World(scene(EGO, ball, conditions=flood(5.0))) as world:
        world._mechanics.flood.measure(world._mechanics.track, 1.0 / HZ)
        assert world._mechanics.flood.lift_n[1] == pytest.approx(1000.0 * G * volume_m3, rel=0.001)
        before = world.snapshot().velocity_mps[1, 2]
        world.step()
        gained = (world.snapshot().velocity_mps[1, 2] - before) * HZ
    assert gained == pytest.approx(1000.0 * G * volume_m3 / 2000.0 - G, rel=0.01)


@pytest.mark.parametrize("model", ["fake.box", "fake.ball", "fake.log"])
def test_flotsam_drifts_with_the_current(model: str) -> None:
    current = (0.9, -0.4)
    with World(scene(EGO, actor("flotsam", model, z=1.9), conditions=flood(2.0, current))) as world:
        run(world, 60.0)
        drift = world.snapshot().velocity_mps[1]
    assert np.linalg.norm(drift[:2] - current) < 0.02 * np.linalg.norm(current)


def test_a_light_thing_in_a_fast_current_does_not_overshoot() -> None:
    crate = actor(
        "crate", "fake.box", z=1.95, params={"mass_kg": 0.5, "length_m": 0.3, "width_m": 0.3, "height_m": 0.3}
    )
    with World(scene(EGO, crate, conditions=flood(2.0, (3.0, 0.0)))) as world:
        for _ in range(3 * HZ):
            world.step()
            assert world.snapshot().velocity_mps[1, 0] < 3.1


@pytest.mark.parametrize("mass_kg", [1050.0, 1800.0])
def test_a_car_floats_near_the_depth_measured_at_full_scale(mass_kg: float) -> None:
    """Full-scale tests: 1.05 t floats at 0.60 m, 0.1 m more once the springs have extended."""
    car = actor("ego", "fake.car", params={"mass_kg": mass_kg})
    length_m, width_m, clearance_m = 4.2, 1.7, 0.2
    expected_m = clearance_m + mass_kg / (1000.0 * 0.38 * length_m * width_m)
    assert expected_m == pytest.approx(0.60, abs=0.02) or mass_kg != 1050.0
    for depth, floats in ((0.85 * expected_m, False), (expected_m + 0.13, True)):
        with World(scene(car, settle_s=1.0, conditions=flood(depth))) as world:
            run(world, 1.0)
            kinds = [e.kind for e in world.events]
        assert ("floating" in kinds) == floats


def test_a_current_carries_off_a_car_that_the_same_still_water_leaves() -> None:
    shifts = {}
    for speed_mps in (0.0, 3.0):
        water = flood(0.55, (0.0, speed_mps))
        with World(scene(actor("ego", "fake.car"), settle_s=0.5, conditions=water)) as world:
            run(world, 3.0)
            shifts[speed_mps] = abs(world.ego_state()["y_m"])
    assert shifts[0.0] < 0.02
    assert shifts[3.0] > 0.5


def test_flood_lengthens_braking_through_the_water_film() -> None:
    stops = {}
    for name, conditions in {"dry": Conditions(), "film": flood(0.01)}.items():
        car = actor("ego", "fake.car", -40.0, -1.75, speed_mps=25.0, behaviour="keep_speed", lane="main.0")
        with World(scene(car, settle_s=0.3, conditions=conditions)) as world:
            x0 = world.ego_state()["x_m"]
            while world.ego_state()["speed_mps"] > 0.1 and world.time_s < 25.0:
                world.step(Action(0.0, -1.0))
            stops[name] = world.ego_state()["x_m"] - x0
    assert stops["film"] > 2.0 * stops["dry"]


def test_dry_ground_beside_the_water_stays_dry() -> None:
    water = Water(1.0, 1.0, 20.0, 40.0, -20.0, 20.0)
    dry, wet = actor("dry", "fake.box", 0.0), actor("wet", "fake.box", 30.0)
    with World(scene(EGO, dry, wet, settle_s=0.5, conditions=Conditions(water=water))) as world:
        snap = world.snapshot()
    assert snap.submerged_fraction[1] == 0.0
    assert snap.submerged_fraction[2] == pytest.approx(0.1, abs=0.01)  # 100 kg on 1 m2 of waterline


def test_the_husky_drives_its_heading_at_its_speed() -> None:
    yaw = 0.6
    husky = actor("ego", "fake.husky", yaw=yaw, speed_mps=0.8, behaviour="keep_speed")
    with World(scene(husky, settle_s=0.5)) as world:
        start = world.snapshot().T_world_object[0, :3, 3]
        run(world, 6.0)
        end = world.snapshot()
        state = world.ego_state()
    way = end.T_world_object[0, :3, 3] - start
    assert math.hypot(way[0], way[1]) == pytest.approx(0.8 * 6.0 - 0.5 * 0.8**2 / 1.5, rel=0.03)
    assert math.atan2(way[1], way[0]) == pytest.approx(yaw, abs=0.03)
    assert state["speed_mps"] == pytest.approx(0.8, rel=0.03)


@pytest.mark.parametrize("steer", [1.0, -0.5])
def test_the_husky_turns_at_the_commanded_rate(steer: float) -> None:
    with World(scene(actor("ego", "fake.husky"), settle_s=0.5)) as world:
        run(world, 2.0, Action(steer, 0.0))
        yaw0 = world.ego_state()["yaw_rad"]
        run(world, 1.0, Action(steer, 0.0))
        turned = math.remainder(world.ego_state()["yaw_rad"] - yaw0, 2.0 * math.pi)
    assert turned == pytest.approx(1.2 * steer, rel=0.1)


@pytest.fixture
def crowd() -> Callable[[], World]:
    """A scene of everything: vehicles, a robot, a walker, loose and fixed things, water."""

    def build() -> World:
        return World(
            scene(
                actor("ego", "fake.car", 0.0, -1.75, speed_mps=12.0, behaviour="keep_speed", lane="main.0"),
                actor(
                    "other",
                    "fake.car",
                    60.0,
                    1.75,
                    yaw=math.pi,
                    speed_mps=9.0,
                    behaviour="keep_speed",
                    lane="oncoming.0",
                ),
                actor("husky", "fake.husky", 5.0, 9.0, speed_mps=0.7, behaviour="keep_speed"),
                actor("person", "fake.person", 22.0, -6.0, yaw=1.5, speed_mps=1.4, behaviour="keep_speed"),
                actor("log", "fake.log", 30.0, -1.6, yaw=1.2),
                actor("stack", "fake.box", 33.0, -2.2, params={"mass_kg": 20.0}),
                actor("shelf", "fake.shelf", 20.0, 12.0),
                settle_s=0.25,
                conditions=Conditions(water=Water(0.3, 0.3, 24.0, 48.0, -20.0, 20.0, (0.5, 0.2))),
            )
        )

    return build


def test_the_same_scene_repeats_bit_for_bit_after_another_ran(crowd: Callable[[], World]) -> None:
    def trajectory() -> bytes:
        with crowd() as world:
            out = []
            for _ in range(4 * HZ):
                world.step()
                out.append(
                    world._mechanics.track.motion.position_m.tobytes() + world._mechanics.track.quat_xyzw.tobytes()
                )
            out.append(world.snapshot().T_world_part.tobytes())
            out.append(repr(world.events).encode())
            assert any(e.kind == "collision" for e in world.events)
        return b"".join(out)

    first = trajectory()
    with World(scene(EGO, *(actor(f"b{k}", "fake.box", 2.0 * k, 0.0, z=1.5) for k in range(9)))) as other:
        run(other, 0.5)
        assert trajectory() == first  # while another world lives
    assert trajectory() == first
