"""Goal, reward terms and ends of the driving task, by hand and without physics."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import pytest

from simgen.conditions import Conditions, Fog
from simgen.env.task import Outcome, Verdict
from simgen.env.tasks.drive import BEYOND_HAZARD_M, LANE_END_M, Drive, Route, judge
from simgen.env.tasks.situation import Situation
from simgen.errors import UserError
from simgen.snapshot import Snapshot
from tests.env.conftest import LANE_WIDTH_M, Placed, Stage

ROUTE = Route(goal_s_m=100.0, target_mps=20.0, time_limit_s=30.0, lane_width_m=LANE_WIDTH_M)


def weighted(verdict: Verdict) -> dict[str, float]:
    """The terms as the reward has them."""
    assert verdict.terms.keys() == Drive.weights.keys()
    return {name: Drive.weights[name] * term for name, term in verdict.terms.items()}


def situation(**changes: object) -> Situation:
    """Driving well in the middle of the lane, with changes."""
    base = Situation(
        time_s=1.0,
        s_m=20.0,
        speed_mps=20.0,
        lateral_offset_m=0.0,
        heading_error_rad=0.0,
        yaw_rate_radps=0.0,
        off_road_share=0.0,
        left_road=False,
        conditions=Conditions(),
        friction=0.85,
        water_depth_m=0.0,
        water_depth_ahead_m=0.0,
        in_lane=(),
        beside=(),
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


BEFORE = situation()
AFTER = situation(time_s=1.05, s_m=21.0)


def test_the_weights_are_those_of_the_table() -> None:
    assert Drive.weights == {"progress": 1.0, "speed": 0.5, "comfort": 0.2, "lane": 0.2, "outcome": 20.0}


def test_perfect_driving_earns_exactly_the_progress_weight() -> None:
    verdict = judge(ROUTE, BEFORE, AFTER, accel_mps2=0.0, collided=False)
    assert sum(weighted(verdict).values()) == pytest.approx(1.0)
    assert verdict.costs == {"collision": 0.0, "off_road": 0.0}
    assert verdict.outcome is Outcome.RUNNING


def test_each_term_by_hand() -> None:
    after = situation(time_s=1.05, s_m=20.5, speed_mps=25.0, yaw_rate_radps=0.08, lateral_offset_m=-0.7)
    terms = weighted(judge(ROUTE, BEFORE, after, accel_mps2=1.5, collided=False))
    assert terms["progress"] == pytest.approx(0.5)
    assert terms["speed"] == pytest.approx(-0.5 * 0.25)
    assert terms["comfort"] == pytest.approx(-0.2 * (1.5**2 + 2.0**2) / 9.0)
    assert terms["lane"] == pytest.approx(-0.2 * (0.7 / LANE_WIDTH_M) ** 2)
    assert terms["outcome"] == 0.0


def test_terms_stay_within_their_weights_however_wild_the_motion() -> None:
    wild = situation(time_s=1.05, s_m=-400.0, speed_mps=300.0, yaw_rate_radps=50.0, lateral_offset_m=90.0)
    terms = judge(ROUTE, BEFORE, wild, accel_mps2=-900.0, collided=False).terms
    assert [terms[name] for name in ("progress", "speed", "comfort", "lane")] == [-1.0, -1.0, -1.0, -1.0]


def test_fog_lowers_the_speed_that_pays() -> None:
    fog = Conditions(fog=Fog(mor_m=25.0))
    clear = weighted(judge(ROUTE, BEFORE, AFTER, accel_mps2=0.0, collided=False))
    before, after = (dataclasses.replace(s, conditions=fog) for s in (BEFORE, AFTER))
    foggy = weighted(judge(ROUTE, before, after, accel_mps2=0.0, collided=False))
    assert clear["speed"] == 0.0
    assert foggy["speed"] < -0.1


@pytest.mark.parametrize(
    ("changes", "collided", "outcome", "bonus"),
    [
        ({"s_m": 100.0}, False, Outcome.GOAL, 20.0),
        ({}, True, Outcome.COLLISION, -20.0),
        ({"s_m": 100.0}, True, Outcome.COLLISION, -20.0),
        ({"left_road": True, "off_road_share": 0.5}, False, Outcome.LEFT_ROAD, -20.0),
        ({"time_s": 30.0, "s_m": 100.0}, False, Outcome.GOAL, 20.0),
    ],
)
def test_ends(changes: dict[str, object], collided: bool, outcome: Outcome, bonus: float) -> None:
    after = dataclasses.replace(AFTER, **changes)  # type: ignore[arg-type]
    verdict = judge(ROUTE, BEFORE, after, accel_mps2=0.0, collided=collided)
    assert verdict.outcome is outcome
    assert weighted(verdict)["outcome"] == bonus
    assert verdict.costs == {"collision": float(collided), "off_road": after.off_road_share}


def test_the_goal_lies_beyond_the_obstacle_in_the_lane(stage: Stage) -> None:
    scene, road, snapshot = stage(Placed(20.0, 0.0), [Placed(90.0, 0.0)], speed_mps=10.0, duration_s=4.0)
    route = Route.of(scene, road, road.look(snapshot))
    assert route.goal_s_m == pytest.approx(20.0 + (70.0 - 4.0) + BEYOND_HAZARD_M)
    assert route.time_limit_s > (route.goal_s_m - 20.0) / 10.0
    assert math.isclose(route.target_mps, 10.0)


def test_without_obstacles_the_goal_is_the_scenes_own_length(stage: Stage) -> None:
    scene, road, snapshot = stage(Placed(20.0, 0.0), speed_mps=10.0, duration_s=4.0)
    assert Route.of(scene, road, road.look(snapshot)).goal_s_m == pytest.approx(60.0)


def test_the_goal_stays_on_the_lane(stage: Stage) -> None:
    scene, road, snapshot = stage(Placed(20.0, 0.0), speed_mps=30.0, duration_s=60.0)
    assert Route.of(scene, road, road.look(snapshot)).goal_s_m == pytest.approx(200.0 - LANE_END_M)


def test_a_parked_ego_and_a_used_up_lane_are_refused(stage: Stage) -> None:
    scene, _, snapshot = stage(Placed(20.0, 0.0), speed_mps=0.0)

    def poses() -> Snapshot:
        return snapshot

    with pytest.raises(UserError, match="give the ego a `speed`"):
        Drive(SimpleNamespace(scene=scene, poses=poses))  # type: ignore[arg-type]
    scene, road, snapshot = stage(Placed(190.0, 0.0))
    with pytest.raises(UserError, match="nowhere to drive"):
        Route.of(scene, road, road.look(snapshot))
