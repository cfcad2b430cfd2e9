"""The ego's situation against geometry worked out by hand."""

from __future__ import annotations

import math

import pytest

from simgen.conditions import Conditions, Fog, Surface, Water
from simgen.env.tasks.situation import safe_speed_mps
from simgen.errors import UserError
from tests.env.conftest import Placed, Stage


def test_on_a_curve_offset_heading_and_speed_are_those_of_the_circle(stage: Stage) -> None:
    angle, offset, drift = math.radians(30.0), 0.8, math.radians(5.0)
    radius = 100.0 - offset  # left of the line is nearer the centre (0, 100)
    yaw = angle + drift
    ego = Placed(
        radius * math.sin(angle),
        100.0 - radius * math.cos(angle),
        yaw,
        (20.0 * math.cos(yaw), 20.0 * math.sin(yaw)),
        yaw_rate_radps=0.2,
    )
    _, road, snapshot = stage(ego, site="test.env_curve")
    now = road.look(snapshot)
    assert now.s_m == pytest.approx(100.0 * angle, abs=0.02)
    assert now.lateral_offset_m == pytest.approx(offset, abs=0.002)
    assert now.heading_error_rad == pytest.approx(drift, abs=0.002)
    assert now.speed_mps == pytest.approx(20.0)
    assert now.yaw_rate_radps == pytest.approx(0.2)
    assert road.length_m == pytest.approx(50.0 * math.pi, rel=1e-5)


def test_reverse_is_negative_speed_and_heading_wraps(stage: Stage) -> None:
    _, road, snapshot = stage(Placed(50.0, 0.0, math.pi - 0.1, (3.0, 0.0)))
    now = road.look(snapshot)
    assert now.speed_mps == pytest.approx(-3.0 * math.cos(0.1))
    assert now.heading_error_rad == pytest.approx(math.pi - 0.1)


def test_gaps_are_bumper_to_bumper_and_nearest_comes_first(stage: Stage) -> None:
    crosswise = Placed(60.0, 0.0, math.pi / 2)  # its half width of 1 m faces the ego
    lengthwise = Placed(40.0, 0.5, 0.0, (6.0, 0.0))
    behind = Placed(5.0, 0.0)
    _, road, snapshot = stage(Placed(20.0, 0.0, 0.0, (10.0, 0.0)), [crosswise, lengthwise, behind])
    now = road.look(snapshot)
    assert [n.name for n in now.in_lane] == ["other1", "other0"]
    near, far = now.in_lane
    assert near.gap_m == pytest.approx(20.0 - 2.0 - 2.0)
    assert near.relative_speed_mps == pytest.approx(-4.0)
    assert near.lateral_m == pytest.approx(0.5)
    assert near.width_m == pytest.approx(2.0)
    assert far.gap_m == pytest.approx(40.0 - 2.0 - 1.0)
    assert far.width_m == pytest.approx(4.0)
    assert now.beside == ()


def test_the_lane_edge_decides_between_in_lane_and_beside(stage: Stage) -> None:
    reaches_in = Placed(60.0, 2.7)  # right side at y = 1.7, inside the edge at 1.75
    stays_out = Placed(50.0, 2.8, math.pi, (-15.0, 0.0))
    too_far = Placed(50.0, 6.5)  # right side at 5.5, beyond one more lane width
    _, road, snapshot = stage(Placed(20.0, 0.0, 0.0, (10.0, 0.0)), [reaches_in, stays_out, too_far])
    now = road.look(snapshot)
    assert [n.name for n in now.in_lane] == ["other0"]
    assert [n.name for n in now.beside] == ["other1"]
    assert now.beside[0].relative_speed_mps == pytest.approx(-25.0)


@pytest.mark.parametrize(
    ("y_m", "yaw_rad", "share", "left"),
    [
        (0.0, 0.0, 0.0, False),
        (-0.8, 0.0, 0.5, False),  # right wheels at -1.8, the edge is at -1.75
        (-0.70, 0.05, 0.25, False),  # nose to the left: only the rear right corner is out
        (-1.80, 0.0, 0.5, True),
        (-3.0, 0.0, 1.0, True),
    ],
)
def test_off_road_counts_corners(stage: Stage, y_m: float, yaw_rad: float, share: float, left: bool) -> None:
    _, road, snapshot = stage(Placed(30.0, y_m, yaw_rad))
    now = road.look(snapshot)
    assert now.off_road_share == share
    assert now.left_road is left


@pytest.mark.parametrize("middle_m", [96.0, 98.0, 98.75, 100.0, 104.0, 105.0, 106.0])
@pytest.mark.parametrize("turned", [0.0, 0.2])
def test_off_road_counts_corners_beyond_the_edge_of_a_bend(stage: Stage, middle_m: float, turned: float) -> None:
    """All of it within the road's bounding rectangle: what counts is each corner's distance from the bend's centre."""
    angle = math.radians(25.0)
    ego = Placed(middle_m * math.sin(angle), 100.0 - middle_m * math.cos(angle), angle + turned)
    _, road, snapshot = stage(ego, site="test.env_bend")
    off = 0
    for along, left in ((2.0, 1.0), (2.0, -1.0), (-2.0, 1.0), (-2.0, -1.0)):
        x = ego.x_m + along * math.cos(ego.yaw_rad) - left * math.sin(ego.yaw_rad)
        y = ego.y_m + along * math.sin(ego.yaw_rad) + left * math.cos(ego.yaw_rad)
        assert road.surface.x_min_m < x < road.surface.x_max_m
        assert road.surface.y_min_m < y < road.surface.y_max_m
        off += not 98.25 < math.hypot(x, y - 100.0) < 105.25
    now = road.look(snapshot)
    assert now.off_road_share == off / 4.0
    assert now.left_road is not (98.25 < middle_m < 105.25)


def test_water_is_seen_ahead_and_takes_the_friction_where_it_stands(stage: Stage) -> None:
    water = Water(level_m=-0.6, depth_m=0.4, x_min_m=45.0, x_max_m=65.0, y_min_m=-5.0, y_max_m=5.0)
    wet = Conditions(water=water)
    _, road, dry_snapshot = stage(Placed(15.0, 0.0), conditions=wet)
    dry = road.look(dry_snapshot)
    assert (dry.water_depth_m, dry.water_depth_ahead_m) == (0.0, 0.0)
    assert dry.friction == pytest.approx(0.85)
    _, road, near_snapshot = stage(Placed(30.0, 0.0), conditions=wet)
    assert road.look(near_snapshot).water_depth_ahead_m == pytest.approx(0.4)
    _, road, in_snapshot = stage(Placed(55.0, 0.0, 0.0, (10.0, 0.0)), conditions=wet)
    inside = road.look(in_snapshot)
    assert inside.water_depth_m == pytest.approx(0.4)
    assert inside.friction == pytest.approx(0.50)  # 2 mm and more at up to 50 km/h, new tyres


@pytest.mark.parametrize(("kind", "mu"), [("gravel", 0.60), ("snow", 0.28), ("ice", 0.08)])
@pytest.mark.parametrize("mor_m", [20.0, 60.0, 200.0])
def test_safe_speed_solves_the_stopping_equation(kind: str, mu: float, mor_m: float) -> None:
    conditions = Conditions(fog=Fog(mor_m=mor_m), surface=Surface(kind=kind))
    decel = mu * 9.81
    closed_form = -decel + math.sqrt(decel**2 + 2.0 * decel * mor_m)  # v * 1 s + v^2 / (2 a) = mor
    assert safe_speed_mps(conditions, 0.0, 100.0) == pytest.approx(closed_form, abs=0.02)


def test_safe_speed_is_the_limit_in_clear_air_and_falls_with_water() -> None:
    assert safe_speed_mps(Conditions(), 0.0, 25.0) == 25.0
    fog = Conditions(fog=Fog(mor_m=80.0))
    assert safe_speed_mps(fog, 2e-3, 40.0) < safe_speed_mps(fog, 0.0, 40.0) - 3.0


def test_a_scene_without_an_ego_or_lane_is_refused(stage: Stage) -> None:
    with pytest.raises(UserError, match=r"place it with .*main\.0"):
        stage(Placed(0.0, 0.0), lane="")
