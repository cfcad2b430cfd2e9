"""Roads, patches and water that bend: what acts within an outline acts nowhere else in its bounding rectangle."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simgen.areas import covers, inside, row_of
from simgen.conditions import Conditions, Patch, Surface, Water
from simgen.models import Lane, Region, build_site
from simgen.scenario import Scenario
from simgen.scenario.scene import ActorSpec, Scene, SiteSpec
from simgen.world import Action, World
from simgen.world.grip import friction_table, place_of
from simgen.world.state import on_area

CURVE = build_site("road.curve")
HALF_M = 3.5
"""Half the width of the region "road": two lanes."""
CENTER = Lane(0.5 * (CURVE.lanes["main.0"].points_m + CURVE.lanes["oncoming.0"].points_m[::-1]), 2.0 * HALF_M)
BEND_S_M = 150.0
"""Within the bend: the road turns left from 60 m to 210 m or so."""


def on_curve(s_m: float, left_m: float, speed_mps: float = 0.0, **conditions: object) -> Scene:
    """A car beside the centre line of the curve, heading along it."""
    x, y, _, yaw = CENTER.at(s_m, left_m)
    ego = ActorSpec("ego", "car.sedan", (x, y, -1e6), yaw, speed_mps=speed_mps)
    given = Conditions(**conditions)  # type: ignore[arg-type]
    return Scene("tests/regions", "0", 0, 0, SiteSpec("road.curve"), (ego,), given, (), 10.0, settle_s=0.1)


def patch_of(region: Region, kind: str = "ice") -> Patch:
    return Patch(kind, 0.0, region.x_min_m, region.x_max_m, region.y_min_m, region.y_max_m, region.outline_m)


def test_a_point_is_on_an_arc_of_road_where_its_distance_from_the_centre_says_so() -> None:
    """A quarter ring about the origin between radii 40 m and 47 m, as a polygon of 400 sides."""
    a = np.linspace(0.0, 0.5 * math.pi, 201)
    ring = np.stack([np.cos(a), np.sin(a)], axis=1)
    region = Region.of(np.concatenate([47.0 * ring, 40.0 * ring[::-1]]), 0.0, strip=True)
    row = np.array(row_of(region))
    assert row[:4] == pytest.approx([0.0, 47.0, 0.0, 47.0], abs=1e-9)
    points = np.random.default_rng(0).uniform(-5.0, 52.0, (3000, 2))
    radius = np.hypot(*points.T)
    clear = np.minimum(np.abs(radius - 47.0), np.abs(radius - 40.0)) > 1e-3
    expected = (radius > 40.0) & (radius < 47.0) & (points > 0.0).all(axis=1)
    assert 300 < expected.sum() < 800
    for (x, y), on in zip(points[clear].tolist(), expected[clear].tolist(), strict=True):
        assert covers(region, x, y) == on
        assert on_area(row, x, y) == on == inside(row.tolist(), x, y)


def test_a_stretch_of_a_bend_is_counted_along_its_middle_and_its_halves_lie_left_and_right() -> None:
    a = np.linspace(0.0, 0.5 * math.pi, 2001)
    ring = np.stack([np.cos(a), np.sin(a)], axis=1)  # counter-clockwise: the right border is the outer one
    region = Region.of(np.concatenate([47.0 * ring, 40.0 * ring[::-1]]), 0.0, strip=True)
    from_rad, to_rad = 10.0 / 43.5, 25.0 / 43.5
    for side, low, high in (("both", 40.0, 47.0), ("left", 40.0, 43.5), ("right", 43.5, 47.0)):
        part = region.part(10.0, 15.0, side)
        for angle in (from_rad - 0.01, from_rad + 0.01, to_rad - 0.01, to_rad + 0.01):
            for radius in (low - 0.1, low + 0.1, high - 0.1, high + 0.1):
                on = from_rad < angle < to_rad and low < radius < high
                assert covers(part, radius * math.cos(angle), radius * math.sin(angle)) == on, (side, angle, radius)


def drive_off(side: float) -> tuple[list[float], list[float], list[float]]:
    """Steer off the bend: times of `left_road`, its values, and the times at which the middle crossed the edge."""
    with World(on_curve(BEND_S_M, -1.75, 8.0)) as world:
        crossed, was_on = [], True
        for _ in range(3 * 240):
            world.step(Action(side, 0.0))
            state = world._mechanics.track.latest.position_m[0]
            on = abs(CENTER.project(float(state[0]), float(state[1]))[1]) < HALF_M
            if was_on and not on:
                crossed.append(world.time_s)
            was_on = on
            if crossed and world.time_s > crossed[0] + 0.3:
                break
        events = [e for e in world.events if e.kind == "left_road"]
    return [e.time_s for e in events], [e.value for e in events], crossed


@pytest.mark.parametrize("side", [-0.15, 0.3])
def test_a_car_leaves_a_bent_road_where_its_edge_is(side: float) -> None:
    """Outwards and inwards, all within the bounding rectangle of the road."""
    noted, values, crossed = drive_off(side)
    assert len(noted) == len(crossed) == 1
    assert noted[0] == pytest.approx(crossed[0], abs=0.02)  # the outline is a polygon of 3 m
    assert values[0] == pytest.approx(-1.75, abs=0.1)  # right of the lane next to it, whichever way that one runs


@pytest.mark.parametrize(
    ("site", "lane"), [("road.curve", "main.0"), ("road.mountain", "main.0"), ("road.intersection", "south.left")]
)
def test_a_car_that_keeps_its_lane_never_leaves_the_road_not_even_past_its_end(site: str, lane: str) -> None:
    way = build_site(site).lanes[lane]
    length = float(np.hypot(*np.diff(way.points_m[:, :2], axis=0).T).sum())
    for s in (length - 115.0, length - 12.0):  # through what bends, and over the end of the lane
        x, y, _, yaw = way.at(s)
        ego = ActorSpec("ego", "car.sedan", (x, y, -1e6), yaw, speed_mps=7.0, lane=lane, behaviour="keep_speed")
        scene = Scene("tests/regions", "0", 0, 0, SiteSpec(site), (ego,), Conditions(), (), 10.0, settle_s=0.1)
        with World(scene) as world:
            for _ in range(5 * 240):
                world.step()
            assert [e.kind for e in world.events if e.kind == "left_road"] == []
            assert world.ego_state()["lane_s_m"] > s + 25.0


def test_ice_on_one_half_of_a_bend_takes_the_grip_of_the_wheels_on_that_half() -> None:
    ice = CURVE.regions["curve"].part(0.0, None, "left")
    surface = Surface(patches=(patch_of(ice),))
    with World(on_curve(BEND_S_M, 0.0, 10.0, surface=surface)) as world:
        for _ in range(30):
            world.step(Action(0.0, -1.0))
        vehicles = world._mechanics.vehicles
        force, load = vehicles.wheels.force_n[0], vehicles.wheels.load_n[0]
        at = (
            world._mechanics.track.latest.position_m[0, :2]
            + (vehicles.fleet.wheel_m[0] @ world._mechanics.track.latest.rotation[0].T)[:, :2]
        )
    grip = np.hypot(force[:, 0], force[:, 1]) / load
    assert all(ice.x_min_m < x < ice.x_max_m and ice.y_min_m < y < ice.y_max_m for x, y in at)
    assert (grip[[0, 2]] < 0.12).all()  # left wheels, on ice of 0.08; the anti-lock brake swings about it
    assert (grip[[1, 3]] > 0.4).all()


def test_the_table_of_friction_knows_patches_of_any_shape() -> None:
    bend = CURVE.regions["curve"]
    table = friction_table(Surface(patches=(patch_of(bend), Patch("mud", 0.0, -30.0, -20.0, -1.0, 1.0))))
    first, last = CENTER.project(*bend.outline_m[0])[0], CENTER.project(*bend.outline_m[len(bend.outline_m) // 2])[0]
    rows = []
    for s in np.arange(5.5, 350.0, 7.0):
        for d in (-4.0, -3.0, 0.0, 3.0, 4.0):
            x, y, _, _ = CENTER.at(float(s), d)
            expected = 1 if abs(d) < HALF_M and first < s < last else 2 if -30 <= x <= -20 and abs(y) <= 1 else 0
            rows.append(expected)
            assert place_of(table, x, y) == expected, (s, d)
    assert set(rows) == {0, 1, 2}


def test_water_on_a_bend_floods_the_road_and_not_the_land_that_it_bends_about() -> None:
    bend = CURVE.regions["curve"]
    level = bend.floor_m + 2.5
    water = Water(level, 2.5, bend.x_min_m, bend.x_max_m, bend.y_min_m, bend.y_max_m, outline_m=bend.outline_m)
    wet = []
    for left in (0.0, 9.0):
        scene = on_curve(BEND_S_M, left, water=water)
        x, y, _ = scene.actors[0].position_m
        assert bend.x_min_m < x < bend.x_max_m
        assert bend.y_min_m < y < bend.y_max_m
        with World(scene) as world:
            world.step(Action(0.0, 0.0))
            wet.append(world.ego_state()["submerged_fraction"])
    assert wet[0] > 0.3
    assert wet[1] == 0.0


def test_areas_survive_the_scene_file() -> None:
    bend = CURVE.regions["curve"]
    water = Water(1.0, 0.5, bend.x_min_m, bend.x_max_m, bend.y_min_m, bend.y_max_m, outline_m=bend.outline_m)
    scene = on_curve(BEND_S_M, 0.0, water=water, surface=Surface(patches=(patch_of(bend),)))
    assert Scene.from_json(scene.to_json()) == scene


def test_the_bridge_of_black_ice_is_dry_road_before_and_after_its_deck() -> None:
    """On wheels: braked hard all the way from 20 m before the deck, which lies between x = 90 m and 160 m."""
    drawn = Scenario.load("driving/black_ice_bridge").draw(0, 0)
    ego = ActorSpec("ego", "car.sedan", (70.0, -1.75, -1e6), 0.0, speed_mps=24.0)
    scene = Scene("tests/regions", "0", 0, 0, drawn.site, (ego,), drawn.conditions, (), 10.0, settle_s=0.1)
    grip: dict[str, list[float]] = {"before": [], "deck": [], "after": []}
    with World(scene) as world:
        while world.time_s < 12.0 and world.ego_state()["x_m"] < 166.0:
            x, speed = world.ego_state()["x_m"], world.ego_state()["speed_mps"]
            world.step(Action(0.0, -1.0 if x < 88.0 or 95.0 < x < 150.0 or x > 164.0 else max(0.0, 0.2 - 0.1 * speed)))
            wheels = world._mechanics.vehicles.wheels
            share = float(np.hypot(*wheels.force_n[0, :, :2].T).sum() / max(wheels.load_n[0].sum(), 1.0))
            place = "before" if 75.0 < x < 86.0 else "deck" if 98.0 < x < 148.0 else "after" if x > 165.0 else ""
            if place:
                grip[place].append(share)
    assert np.mean(grip["before"]) > 0.55
    assert np.mean(grip["deck"]) < 0.1
    assert np.mean(grip["after"]) > 0.55
