"""Timelines in running worlds: each verb, and that one state drives what is seen, pushed and labelled."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from world_fakes import G, actor, flood, scene

from simgen.conditions import Conditions, Light, Surface, Water, Wind
from simgen.errors import UserError
from simgen.scenario.opening import Opening
from simgen.scenario.scene import Change, Scene, Step
from simgen.world import World
from simgen.world.air import air_field, air_velocity
from simgen.world.wind import Gale

HZ = 240
EGO = actor("ego", "fake.car", 0.0, -1.75)
DRIVER = actor("ego", "fake.car", 0.0, -1.75, speed_mps=15.0, behaviour="keep_speed", lane="main.0")
BOX = actor("box", "fake.box", 30.0, 8.0)


def run(world: World, seconds: float) -> None:
    for _ in range(round(seconds * HZ)):
        world.step()


def kinds(world: World) -> list[tuple[float, str]]:
    return [(e.time_s, e.kind) for e in world.events]


def test_a_set_is_in_the_snapshot_of_its_tick_and_in_none_before() -> None:
    step = Step(at_s=0.1, changes=(Change("street_lights.illuminance", 12.0), Change("fog.mor", 70.0)))
    with World(scene(EGO, timeline=(step,))) as world:
        run(world, 0.1 - 1 / HZ)
        before = world.snapshot()
        world.step()
        after = world.snapshot()
    assert after.tick == 24
    assert (before.conditions.fog.mor_m, after.conditions.fog.mor_m) == (math.inf, 70.0)
    assert (len(before.lamps.position_m), len(after.lamps.position_m)) == (0, 1)
    assert after.lamps.intensity_cd[0] == pytest.approx(250.0 * 12.0 * np.ones(3))
    assert set(before.part_lit[:2].tolist()) == {0}
    lit = Conditions(light=Light(street_lights_lx=12.0))
    with World(scene(EGO, conditions=lit)) as world:
        assert np.array_equal(world.snapshot().part_lit[:2], after.part_lit[:2])


def test_a_set_at_the_start_is_there_in_the_first_snapshot() -> None:
    with World(scene(EGO, timeline=(Step(at_s=0.0, changes=(Change("wind.speed", 9.0),)),))) as world:
        assert world.snapshot().conditions.wind.speed_mps == 9.0


def test_a_ramp_of_the_water_is_its_course() -> None:
    """The same rise, once told by the water's own course and once by the timeline, moves everything alike."""
    wet, crate = flood(0.2), replace(BOX, params={"mass_kg": 60.0})
    assert wet.water is not None
    course = replace(wet, water=replace(wet.water, course=((0.5, 0.2), (1.5, 0.8))))
    with World(scene(EGO, crate, conditions=course)) as world:
        run(world, 2.0)
        own = world.snapshot()
    step = Step(at_s=0.5, changes=(Change("water.depth", 0.6, relative=True, over_s=1.0),))
    with World(scene(EGO, crate, conditions=wet, timeline=(step,))) as world:
        run(world, 1.0)
        middle = world.snapshot().conditions.water
        run(world, 1.0)
        told = world.snapshot()
    assert middle is not None
    assert middle.depth_m == pytest.approx(0.5)
    assert told.conditions.water is not None
    assert told.conditions.water.level_m == pytest.approx(0.8)
    assert told.submerged_fraction == pytest.approx(own.submerged_fraction, abs=1e-6)
    assert told.T_world_object == pytest.approx(own.T_world_object, abs=1e-6)
    assert told.submerged_fraction[1] > 0.05


def test_a_flood_can_come_where_there_was_none_and_go() -> None:
    dry = flood(0.0)
    steps = (
        Step(at_s=0.2, changes=(Change("water.depth", 0.4),)),
        Step(at_s=0.6, changes=(Change("water.depth", 0.0),)),
    )
    heavy = replace(BOX, params={"mass_kg": 900.0})
    with World(scene(EGO, heavy, conditions=dry, timeline=steps)) as world:
        assert world.snapshot().conditions.water is None
        run(world, 0.4)
        assert world.snapshot().submerged_fraction[1] == pytest.approx(0.4, abs=0.02)
        run(world, 0.4)
        assert world.snapshot().conditions.water is None
        assert world.snapshot().submerged_fraction[1] == 0.0


def test_ice_takes_the_grip_of_boxes_and_tyres() -> None:
    """A sliding box slows by mu g: its friction times that of the ground, before and after the ground freezes."""
    flat = {"height_m": 0.2}
    sliding = actor("box", "fake.box", 30.0, 8.0, z=0.0, speed_mps=8.0, behaviour="parked", params=flat)
    step = Step(at_s=0.3, changes=(Change("surface.kind", "ice"),))
    with World(scene(DRIVER, sliding, timeline=(step,))) as world:
        speeds = []
        for _ in range(7):
            speeds.append(world.measures.speed_mps("box"))
            run(world, 0.1)
        grip = world._mechanics.vehicles.friction.mu.max()
    dry = (speeds[1] - speeds[3]) / 0.2 / G
    iced = (speeds[4] - speeds[6]) / 0.2 / G
    assert dry == pytest.approx(0.5, rel=0.15)
    assert iced == pytest.approx(0.5 * 0.08 / 0.85, rel=0.3)
    assert grip == 0.08


def test_ice_reaches_a_robots_wheels() -> None:
    husky = actor("husky", "fake.husky", 8.0, 4.0)
    step = Step(at_s=0.05, changes=(Change("surface.kind", "ice"),))
    with World(scene(EGO, husky, timeline=(step,))) as world:
        run(world, 0.1)
        api, body = world._client.api, world._mechanics.bodies[1]
        link = body.robot.body.links["front_left_wheel_link"]
        assert api.getDynamicsInfo(body.uid, link, physicsClientId=world._client.id)[1] == pytest.approx(0.08)


def test_a_wind_that_rises_pushes() -> None:
    sheet = replace(BOX, params={"mass_kg": 4.0, "height_m": 2.0, "friction": 0.1})
    step = Step(at_s=0.3, changes=(Change("wind.speed", 30.0),))
    with World(scene(EGO, sheet, timeline=(step,))) as world:
        run(world, 0.3)
        before = world.measures.speed_mps("box")
        run(world, 0.5)
        after = world.measures.speed_mps("box")
    assert before < 0.01
    assert after > 1.0


def test_gusts_go_on_when_the_wind_freshens() -> None:
    """Frozen waves: at the moment of change the air's deviation from its mean, as a share of it, stays the same."""
    first = Wind(speed_mps=8.0, gust_intensity=0.2, gust_seed=7)
    second = replace(first, speed_mps=16.0)
    with World(scene(EGO, conditions=Conditions(wind=first))) as world:
        gale: Gale = world._mechanics.gale
        points, out = np.array([[40.0, 3.0, 10.0]]), np.zeros((1, 3))
        for t in (0.0, 7.3):
            gale.field = air_field(Conditions(wind=first), gale.field.ground)
            air_velocity(gale.field, points, t, out)
            before = out[0, 0] / 8.0
            gale.take(Conditions(wind=second), t)
            air_velocity(gale.field, points, t, out)
            assert out[0, 0] / 16.0 == pytest.approx(before, rel=1e-9)


def test_an_expression_has_to_hold_for_its_time_and_happens_once() -> None:
    """The car passes x = 3 m at 15 m/s after 0.2 s (its centre of mass is 0.1 m ahead of its origin)."""
    held = Step(when="ego.x > 3.1 m", hold_s=0.25, emit="passed")
    broken = Step(when="ego.x > 3.1 m and ego.x < 6 m", hold_s=0.25, emit="never")
    at_once = Step(when="t >= 0.1 s", emit="first")
    with World(scene(DRIVER, timeline=(held, broken, at_once))) as world:
        run(world, 1.0)
        found = [k for k in kinds(world) if k[1] in ("passed", "never", "first")]
    assert [k for _, k in found] == ["first", "passed"]
    assert [t for t, _ in found] == pytest.approx([0.1, 0.45], abs=1.5 / HZ)


def test_what_a_step_changes_the_next_one_sees() -> None:
    steps = (
        Step(at_s=0.1, changes=(Change("fog.mor", 40.0),)),
        Step(when="conditions.fog.mor < 50 m", emit="dense"),
        Step(when="conditions.surface.kind == 'ice' or conditions.water.depth > 1 mm", emit="never"),
    )
    with World(scene(EGO, timeline=steps)) as world:
        run(world, 0.3)
        assert kinds(world) == [(pytest.approx(0.1, abs=1.5 / HZ), "dense")]


def test_a_later_change_takes_over_from_where_the_earlier_one_is() -> None:
    steps = (
        Step(at_s=0.0, changes=(Change("sky.clouds", 1.0, over_s=1.0),)),
        Step(at_s=0.5, changes=(Change("sky.clouds", -2.0, relative=True, over_s=0.5),)),
    )
    with World(scene(EGO, conditions=Conditions(light=Light(clouds=0.0)), timeline=steps)) as world:
        seen = []
        for _ in range(5):
            run(world, 0.25)
            seen.append(world.conditions.light.clouds)
    assert seen == pytest.approx([0.25, 0.5, 0.25, 0.0, 0.0], abs=1e-9)  # and no further than there can be


def test_stop_ends_the_scene_with_its_reason() -> None:
    stop = Step(when="stopped(ego) > 0.4 s", stop=True, why="the ego stands")
    with World(scene(EGO, settle_s=0.5, timeline=(stop,))) as world:
        ticks = 0
        while not world.ended:
            world.step()
            ticks += 1
        assert world.ended == "the ego stands"
        assert ticks / HZ == pytest.approx(0.4, abs=2.5 / HZ)
        assert [(e.kind, e.object) for e in world.events][-1] == ("stop", "the ego stands")


def test_a_collision_is_known_at_its_tick() -> None:
    wall = actor("box", "fake.box", 8.0, -1.75)
    stop = Step(when="collision(ego)", stop=True)
    with World(scene(DRIVER, wall, timeline=(stop,))) as world:
        while not world.ended and world.time_s < 2.0:
            world.step()
        first = next(e for e in world.events if e.kind == "collision")
        assert world.ended == "collision(ego)"
        assert world.time_s == pytest.approx(first.time_s, abs=1.5 / HZ)


def test_an_absent_actor_is_far_and_does_nothing() -> None:
    steps = (
        Step(when="clearance(ego, cat) == inf and distance(ego, cat) == inf and ttc(ego, all) == inf", emit="far"),
        Step(when="collision(cat) or submerged(cat) > 0 or stopped(cat) > 0 s or tilt(cat) > 0 deg", emit="near"),
    )
    with World(scene(EGO, timeline=steps, absent=("cat",))) as world:
        run(world, 0.1)
        assert [k for _, k in kinds(world)] == ["far"]


def test_a_step_that_names_nobody_is_refused() -> None:
    with pytest.raises(UserError, match="'dog' is not the name of another actor"):
        World(scene(EGO, timeline=(Step(when="clearance(ego, dog) > 1 m", emit="x"),)))


def test_a_scene_opens_with_the_measures_that_its_world_has() -> None:
    """What requirements are judged by is what the running world measures at t = 0, for boxes turned any way."""
    actors = (
        actor("ego", "fake.car", 0.0, -1.75, speed_mps=15.0, behaviour="keep_speed", lane="main.0"),
        actor("slow", "fake.car", 40.0, -1.0, yaw=0.3, speed_mps=4.0, behaviour="keep_speed"),
        actor("crate", "fake.box", 25.0, -3.2, yaw=0.7),
        actor("shelf", "fake.shelf", 12.0, 7.0, yaw=-1.1, behaviour="static"),
    )
    drawn = scene(*actors, settle_s=0.0)
    drawn = replace(drawn, actors=tuple(replace(a, position_m=(*a.position_m[:2], 0.0)) for a in actors))
    with World(drawn) as world:
        opening = Opening(drawn)
        for first in ("ego", "slow"):
            for second in {"ego", "slow", "crate", "shelf"} - {first}:
                measures = world.measures
                found = [opening.between(m, first, second) for m in ("clearance", "distance", "ttc")]
                wanted = [
                    measures.clearance_m(first, second),
                    measures.distance_m(first, second),
                    measures.ttc_s(first, second, 30.0),
                ]
                assert found == pytest.approx(wanted, abs=0.02), (first, second)
        assert math.isfinite(opening.between("ttc", "ego", "crate"))


def test_a_world_with_a_timeline_is_the_same_every_time_and_from_json() -> None:
    water = Water(0.3, 0.3, -1e3, 1e3, -1e3, 1e3)
    steps = (
        Step(at_s=0.2, changes=(Change("water.depth", 0.5, over_s=0.5), Change("surface.film", 1e-3, over_s=0.3))),
        Step(when="ego.x > 4 m", changes=(Change("wind.speed", 20.0),), emit="windy"),
    )
    drawn = scene(DRIVER, BOX, conditions=Conditions(water=water, surface=Surface(tyres="worn")), timeline=steps)
    assert Scene.from_json(drawn.to_json()) == drawn
    poses = []
    for again in (drawn, Scene.from_json(drawn.to_json()), drawn):
        with World(again) as world:
            run(world, 1.0)
            poses.append((world.snapshot().T_world_object.tobytes(), tuple(world.events)))
    assert poses[0] == poses[1] == poses[2]
    assert poses[0][1]
