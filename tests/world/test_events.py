"""Every kind of event, staged so that its size is known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from world_fakes import FixedFriction, G, actor, scene

from simgen.world import Action, Event, World

HZ = 240


def run(world: World, seconds: float, action: Action | None = None) -> None:
    for _ in range(round(seconds * HZ)):
        world.step(action)


def of_kind(world: World, kind: str) -> list[Event]:
    return [e for e in world.events if e.kind == kind]


def car(name: str, x: float, y: float, speed: float, yaw: float = 0.0) -> object:
    return actor(name, "fake.car", x, y, yaw=yaw, speed_mps=speed, behaviour="keep_speed")


def test_a_head_on_collision_has_the_impulse_of_both_masses() -> None:
    """Plastic: J = m/2 * (v1 + v2) for equal masses; cars whose tyres add next to nothing in 0.1 s on ice."""
    things = car("ego", 0.0, 0.0, 10.0), car("other", 14.2, 0.0, 6.0, math.pi)
    with World(scene(*things, surface=FixedFriction(mu=0.02))) as world:
        run(world, 1.2)
        events = of_kind(world, "collision")
        assert of_kind(world, "near_miss") == []
    assert len(events) == 1  # contacts that come and go are merged
    (e,) = events
    assert (e.subject, e.object) == ("ego", "other")
    assert e.value == pytest.approx(0.5 * 1400.0 * 16.0, rel=0.05)
    assert e.speed_mps == pytest.approx(16.0, rel=0.02)
    assert e.time_s == pytest.approx(10.0 / 16.0, abs=0.02)
    assert e.position_m[0] == pytest.approx(2.1 + 10.0 * e.time_s, abs=0.15)
    assert abs(e.position_m[1]) < 0.2
    assert 0.2 < e.position_m[2] < 1.4


def test_collisions_of_others_are_noted_too() -> None:
    ego = actor("ego", "fake.car", -40.0, 12.0)
    with World(scene(ego, car("fast", 0.0, 0.0, 8.0), actor("slow", "fake.car", 12.0, 0.0))) as world:
        run(world, 1.5, Action(0.0, 0.0))
        assert [(e.subject, e.object) for e in of_kind(world, "collision")] == [("fast", "slow")]


def test_things_that_rest_on_each_other_do_not_collide() -> None:
    stack = actor("low", "fake.box", 10.0, 8.0), actor("high", "fake.box", 10.0, 8.0, 1.01)
    with World(scene(actor("ego", "fake.car"), *stack, settle_s=0.5)) as world:
        run(world, 1.5)
        assert of_kind(world, "collision") == []


def test_a_thing_that_drops_on_another_collides_with_it() -> None:
    dropped = actor("under", "fake.box", 20.0, 8.0), actor("drop", "fake.box", 20.0, 8.0, 3.0)
    with World(scene(actor("ego", "fake.car"), *dropped)) as world:
        run(world, 1.5)
        (e,) = of_kind(world, "collision")
    assert (e.subject, e.object) == ("drop", "under")
    fall = math.sqrt(2.0 * 2.0 / G)
    assert e.time_s == pytest.approx(fall, abs=0.02)
    assert e.speed_mps == pytest.approx(G * fall, rel=0.03)
    assert e.value == pytest.approx(100.0 * G * fall, rel=0.25)  # and the weight it carries within 0.1 s
    assert e.position_m[2] == pytest.approx(1.0, abs=0.05)


def test_events_do_not_depend_on_how_often_someone_looks() -> None:
    """A car brakes behind a box that slides ahead of it: the motion of loose things is read only when asked for."""
    things = car("ego", 0.0, 0.0, 10.0), actor("box", "fake.box", 10.6, 0.0, speed_mps=3.0)
    seen: list[list[Event]] = []
    for look_ticks in (1, 7, 1000):
        with World(scene(*things)) as world:
            for tick in range(round(2.5 * HZ)):
                world.step(Action(0.0, -1.0))
                if tick % look_ticks == 0:
                    world.snapshot()
            seen.append(world.events)
    assert [(e.kind, e.subject, e.object) for e in seen[0] if e.kind == "near_miss"] == [("near_miss", "ego", "box")]
    assert seen[0] == seen[1] == seen[2]


def test_passing_each_other_on_two_lanes_is_nothing_to_note() -> None:
    with World(scene(car("ego", 0.0, -1.75, 12.0), car("other", 60.0, 1.75, 12.0, math.pi))) as world:
        run(world, 3.5)
        assert world.events == []


def test_a_car_that_brakes_just_in_time_has_a_near_miss() -> None:
    """Braking at a to stop s short, TTC = (s + v^2 / 2a) / v: least sqrt(2 s / a), where v = sqrt(2 a s)."""
    things = car("ego", 0.0, 0.0, 15.0), actor("wreck", "fake.car", 31.0, 0.0)
    with World(scene(*things, surface=FixedFriction(mu=0.5))) as world:
        moved = [(0.0, 15.0)]
        for _ in range(6 * HZ):
            world.step(Action(0.0, -0.6))
            moved.append((world.ego_state()["x_m"], world.measures.speed_mps("ego")))
        short_m = world.measures.clearance_m("ego", "wreck")
        (e,) = of_kind(world, "near_miss")
        assert of_kind(world, "collision") == []
        (stop,) = of_kind(world, "stopped")
    x, v = np.array(moved).T
    late = (v > 2.0) & (v < 12.0)  # after the brakes have bitten
    brake_mps2 = -np.polyfit(x[late], 0.5 * v[late] ** 2, 1)[0]
    assert 0.5 < short_m < 4.0
    assert (e.subject, e.object) == ("ego", "wreck")
    assert e.value == pytest.approx(math.sqrt(2.0 * short_m / brake_mps2), rel=0.02)
    assert e.speed_mps == pytest.approx(math.sqrt(2.0 * short_m * brake_mps2), rel=0.05)
    assert (stop.subject, stop.value) == ("ego", pytest.approx(15.0, rel=0.01))


def test_an_encounter_that_the_end_cuts_off_is_noted_at_its_worst() -> None:
    """21.8 m behind the wreck's tail at 15 m/s: half a second on, TTC is (21.8 - 7.5) / 15, and nothing is over."""
    things = car("ego", 0.0, 0.0, 15.0), actor("wreck", "fake.car", 26.0, 0.0)
    with World(scene(*things)) as world:
        run(world, 0.5)
        assert world.events == []
        world.conclude()
        (e,) = world.events
        ahead_m = world.measures.clearance_m("ego", "wreck")
        world.conclude()
        assert len(world.events) == 1
    assert (e.kind, e.subject, e.object) == ("near_miss", "ego", "wreck")
    assert e.value == pytest.approx(ahead_m / 15.0, abs=0.02)
    assert e.time_s > 0.45


@pytest.mark.parametrize("delay_s", [0.5, 1.2])
def test_crossing_behind_another_has_its_post_encroachment_time(delay_s: float) -> None:
    """First east, then north: lengths 4.2, widths 1.7. First's rear leaves x = 0.85 when it is at x = 2.95."""
    v1, v2 = 10.0, 8.0
    leaves_s = (30.0 + 0.85 + 2.1) / v1
    y = -0.85 - 2.1 - v2 * (leaves_s + delay_s)
    things = car("first", -30.0, 0.0, v1), car("ego", 0.0, y, v2, 0.5 * math.pi)
    with World(scene(*things)) as world:
        run(world, leaves_s + delay_s + 1.5)
        (e,) = of_kind(world, "encroachment")
    assert (e.subject, e.object) == ("ego", "first")
    assert e.value == pytest.approx(delay_s, abs=0.05)
    assert e.time_s == pytest.approx(leaves_s + delay_s, abs=0.05)


@pytest.mark.parametrize("push", [0.9, 1.15])
def test_a_box_tips_over_where_its_weight_leaves_the_base(push: float) -> None:
    """A 0.5 x 0.5 x 2 m box balances at atan(0.25 / 1.0): let go short of it it comes back, past it it tips over."""
    edge = math.atan2(0.25, 1.0)
    size = {"length_m": 0.5, "width_m": 0.5, "height_m": 2.0, "friction": 1.0}
    box = actor("box", "fake.box", 8.0, 0.0, 0.0, params=size)
    with World(scene(actor("ego", "fake.car"), box, settle_s=0.3)) as world:
        body, api, cid = world._mechanics.bodies[1], world._client.api, world._client.id
        tilt = push * edge
        corner = np.array([8.0 + 0.25, 0.0, 0.0])
        c, s = math.cos(tilt), math.sin(tilt)
        centre = corner + np.array([-0.25 * c + 1.0 * s, 0.0, 0.25 * s + 1.0 * c])
        api.resetBasePositionAndOrientation(
            body.uid, centre, (0.0, math.sin(0.5 * tilt), 0.0, math.cos(0.5 * tilt)), physicsClientId=cid
        )
        run(world, 3.0)
        events = of_kind(world, "tip_over")
        lies = world.measures.tilt_rad("box") > 1.0
    assert lies == (push > 1.0)
    assert len(events) == (1 if lies else 0)
    if events:
        assert events[0].subject == "box"
        assert edge < events[0].value < edge + 0.35


def test_a_thing_that_falls_off_a_table_has_its_height() -> None:
    table = actor("table", "fake.shelf", 10.0, 8.0)
    box = actor("box", "fake.box", 11.2, 8.0, 3.01, params={"length_m": 0.3, "width_m": 0.3, "height_m": 0.3})
    with World(scene(actor("ego", "fake.car"), table, box)) as world:
        run(world, 1.5)
        (e,) = of_kind(world, "fall")
    assert e.subject == "box"
    assert e.value == pytest.approx(3.01, abs=0.1)
    assert e.time_s == pytest.approx(math.sqrt(2.0 * 3.01 / G), abs=0.1)


def test_a_struck_person_falls() -> None:
    ego = car("ego", 0.0, 0.0, 12.0)
    with World(scene(ego, actor("person", "fake.person", 12.0, 0.0))) as world:
        run(world, 2.5, Action(0.0, 0.0))
        (fall,) = (e for e in of_kind(world, "fall") if e.subject == "person")
        assert fall.time_s > of_kind(world, "collision")[0].time_s


def test_the_same_scene_has_the_same_events_bit_for_bit() -> None:
    def events() -> list[Event]:
        things = car("ego", 0.0, 0.0, 10.0), car("other", 14.2, 0.3, 6.0, math.pi)
        with World(scene(*things, actor("box", "fake.box", 7.0, 3.0, 2.0))) as world:
            run(world, 1.5)
            return world.events

    first = events()
    assert repr(first) == repr(events())
    assert {e.kind for e in first} >= {"collision", "fall"}
