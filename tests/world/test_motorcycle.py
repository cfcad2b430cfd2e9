"""Motorcycles: balanced by their riders, leaning as turns ask for, thrown down by slides and blows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from world_fakes import actor, scene

from simgen.conditions import Conditions, Surface
from simgen.scenario.scene import Act, ActorSpec, SiteSpec
from simgen.world import World
from simgen.world.control import Action

HZ = 240
G = 9.81


def run(world: World, seconds: float) -> None:
    for _ in range(round(seconds * HZ)):
        world.step()


def rider(speed_mps: float = 14.0, **more: object) -> ActorSpec:
    return actor("ego", "motorcycle", -30.0, -1.75, speed_mps=speed_mps, behaviour="keep_speed", lane="main.0", **more)


def roll_of(world: World, k: int = 0) -> float:
    """How far the seen object leans, left side up positive."""
    T = world.snapshot().T_world_object[k]
    return math.atan2(float(T[2, 1]), float(T[2, 2]))


@pytest.mark.parametrize("site", ["road.straight", "road.underpass"])
def test_a_motorcycle_follows_its_lane(site: str) -> None:
    with World(replace(scene(rider(), settle_s=0.5), site=SiteSpec(site))) as world:
        for _ in range(5 * HZ):
            world.step()
            state = world.ego_state()
            assert state["speed_mps"] == pytest.approx(14.0, rel=0.03)
            assert abs(state["lateral_offset_m"]) < 0.2
            assert abs(state["roll_rad"]) < 0.02
            assert abs(state["z_m"] - world.site.ground.at(state["x_m"], state["y_m"])) < 0.05
        assert world.events == []


def test_it_leans_into_a_turn_until_weight_and_centrifugal_force_pass_through_its_tyres() -> None:
    """tan(lean) = v^2 / (r g) for thin tyres; on a steady circle of the fake plane."""
    with World(scene(actor("ego", "motorcycle", speed_mps=10.0, behaviour="keep_speed"))) as world:
        for _ in range(4 * HZ):
            world.step(Action(0.10, 0.03))
        path = []
        for _ in range(HZ):
            world.step(Action(0.10, 0.03))
            state = world.ego_state()
            path.append((state["x_m"], state["y_m"], state["speed_mps"]))
        x, y, v = np.array(path[:: HZ // 8]).T
        # radius from three points far apart on the way: |ab||bc||ca| / (4 area)
        a, b, c = (np.array([x[k], y[k]]) for k in (0, 3, 7))
        area = 0.5 * abs((b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0])
        radius = math.dist(a, b) * math.dist(b, c) * math.dist(c, a) / (4.0 * area)
        expected = math.atan(float(v.mean()) ** 2 / (radius * G))
        assert expected > 0.1
        assert -roll_of(world) == pytest.approx(expected, rel=0.05)
        # the tyres still stand on the ground: leaning is about their line
        front_axle = world.snapshot().T_world_part[-2]
        assert front_axle[2, 3] == pytest.approx(0.305 * math.cos(expected), abs=0.03)


def test_a_brisk_change_of_lane_leans_it_both_ways_and_leaves_it_upright() -> None:
    """Over 3.5 m in 2.4 s: a sideways push of about 3.8 m/s2 one way, then the other."""
    settings = {"trigger": "time", "trigger.value": 0.2, "lane": "main.1", "duration_s": 2.4}
    spec = replace(rider(25.0), position_m=(-30.0, -5.25, -1e6), behaviour="cut_in", acts=(Act("cut_in", settings),))
    two_lanes = SiteSpec("road.straight", {"lanes": 2, "length_m": 500.0})
    with World(replace(scene(spec, settle_s=0.5), site=two_lanes)) as world:
        start_y, leans = world.ego_state()["y_m"], []
        for _ in range(round(4.5 * HZ)):
            world.step()
            leans.append(roll_of(world) if world.tick % 24 == 0 else 0.0)
        state = world.ego_state()
        assert 3.0 < state["y_m"] - start_y < 4.0
        assert abs(state["heading_error_rad"]) < 0.03
        assert -0.55 < min(leans) < -0.2
        assert 0.2 < max(leans) < 0.55
        assert abs(roll_of(world)) < 0.15


def test_it_stops_as_its_tyres_can() -> None:
    stop = Act("brake_on_cue", {"trigger": "time", "trigger.value": 0.0, "deceleration_mps2": 12.0, "to_mps": 0.0})
    spec = replace(rider(15.0), behaviour="brake_on_cue", acts=(stop,))
    with World(replace(scene(spec, settle_s=0.5), site=SiteSpec("road.straight"))) as world:
        start = world.ego_state()["x_m"]
        run(world, 5.0)
        state = world.ego_state()
        assert state["speed_mps"] == pytest.approx(0.0, abs=0.05)
        # between full grip of dry asphalt (0.85) and a rather weak stop
        assert 15.0**2 / (2.0 * 0.95 * G) < state["x_m"] - start < 15.0**2 / (2.0 * 0.6 * G)
        assert abs(state["roll_rad"]) < 0.02


def test_ice_in_a_turn_throws_it_down() -> None:
    icy = Conditions(surface=Surface("ice"))
    with World(scene(actor("ego", "motorcycle", speed_mps=12.0, behaviour="keep_speed"), conditions=icy)) as world:
        for _ in range(6 * HZ):
            world.step(Action(0.6, 0.0, hand_brake=True))
        assert abs(world.ego_state()["roll_rad"]) > 1.0
        assert abs(abs(roll_of(world)) - abs(world.ego_state()["roll_rad"])) < 0.05
        assert "tip_over" in {e.kind for e in world.events}


def test_a_car_that_strikes_its_side_knocks_it_over() -> None:
    car = actor("car", "car.sedan", 0.0, -9.0, yaw=0.5 * math.pi, speed_mps=8.0, behaviour="keep_speed")
    with World(scene(actor("ego", "motorcycle"), car, settle_s=0.3)) as world:
        run(world, 4.0)
        assert abs(world.ego_state()["roll_rad"]) > 1.0
        assert any(e.kind == "collision" and {"ego", "car"} == {e.subject, e.object} for e in world.events)


@pytest.mark.parametrize("with_rider", [True, False])
def test_it_stands_where_it_is_parked(with_rider: bool) -> None:
    with World(scene(actor("ego", "motorcycle", params={"rider": with_rider}), settle_s=0.5)) as world:
        before = world.snapshot().T_world_object[0]
        run(world, 2.0)
        np.testing.assert_allclose(world.snapshot().T_world_object[0], before, atol=0.01)
        assert abs(roll_of(world)) < 0.01
