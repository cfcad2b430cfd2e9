"""Goal, reward terms and ends of the driving task."""

from __future__ import annotations

import dataclasses
import math

import pytest

from simgen.conditions import Conditions, Fog
from simgen.env.situation import Situation
from simgen.env.task import (
    BEYOND_HAZARD_M,
    COMFORT_WEIGHT,
    LANE_END_M,
    LANE_WEIGHT,
    OUTCOME_REWARD,
    PROGRESS_WEIGHT,
    SPEED_WEIGHT,
    DriveTask,
    Outcome,
    judge,
)
from simgen.errors import UserError
from tests.env.conftest import LANE_WIDTH_M, Placed, Stage

TASK = DriveTask(goal_s_m=100.0, target_speed_mps=20.0, max_duration_s=30.0, lane_width_m=LANE_WIDTH_M)


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


def test_perfect_driving_earns_exactly_the_progress_weight() -> None:
    verdict = judge(TASK, BEFORE, AFTER, accel_mps2=0.0, collided=False)
    assert verdict.reward == pytest.approx(PROGRESS_WEIGHT)
    assert verdict.costs == {"collision": 0.0, "off_road": 0.0}
    assert verdict.outcome is Outcome.DRIVING


def test_each_term_by_hand() -> None:
    after = situation(time_s=1.05, s_m=20.5, speed_mps=25.0, yaw_rate_radps=0.08, lateral_offset_m=-0.7)
    terms = judge(TASK, BEFORE, after, accel_mps2=1.5, collided=False).reward_terms
    assert terms["progress"] == pytest.approx(PROGRESS_WEIGHT * 0.5)
    assert terms["speed"] == pytest.approx(-SPEED_WEIGHT * 0.25)
    assert terms["comfort"] == pytest.approx(-COMFORT_WEIGHT * (1.5**2 + 2.0**2) / 9.0)
    assert terms["lane"] == pytest.approx(-LANE_WEIGHT * (0.7 / LANE_WIDTH_M) ** 2)
    assert terms["outcome"] == 0.0


def test_terms_stay_within_their_weights_however_wild_the_motion() -> None:
    wild = situation(time_s=1.05, s_m=-400.0, speed_mps=300.0, yaw_rate_radps=50.0, lateral_offset_m=90.0)
    terms = judge(TASK, BEFORE, wild, accel_mps2=-900.0, collided=False).reward_terms
    assert terms["progress"] == -PROGRESS_WEIGHT
    assert terms["speed"] == -SPEED_WEIGHT
    assert terms["comfort"] == -COMFORT_WEIGHT
    assert terms["lane"] == -LANE_WEIGHT


def test_fog_lowers_the_speed_that_pays() -> None:
    fog = Conditions(fog=Fog(mor_m=25.0))
    clear_terms = judge(TASK, BEFORE, AFTER, accel_mps2=0.0, collided=False).reward_terms
    before, after = (dataclasses.replace(s, conditions=fog) for s in (BEFORE, AFTER))
    fog_terms = judge(TASK, before, after, accel_mps2=0.0, collided=False).reward_terms
    assert clear_terms["speed"] == 0.0
    assert fog_terms["speed"] < -0.1


@pytest.mark.parametrize(
    ("changes", "collided", "outcome", "bonus"),
    [
        ({"s_m": 100.0}, False, Outcome.GOAL, OUTCOME_REWARD),
        ({}, True, Outcome.COLLISION, -OUTCOME_REWARD),
        ({"s_m": 100.0}, True, Outcome.COLLISION, -OUTCOME_REWARD),
        ({"left_road": True, "off_road_share": 0.5}, False, Outcome.LEFT_ROAD, -OUTCOME_REWARD),
        ({"time_s": 30.0}, False, Outcome.TIME, 0.0),
        ({"time_s": 30.0, "s_m": 100.0}, False, Outcome.GOAL, OUTCOME_REWARD),
    ],
)
def test_ends(changes: dict[str, object], collided: bool, outcome: Outcome, bonus: float) -> None:
    after = dataclasses.replace(AFTER, **changes)  # type: ignore[arg-type]
    verdict = judge(TASK, BEFORE, after, accel_mps2=0.0, collided=collided)
    assert verdict.outcome is outcome
    assert verdict.reward_terms["outcome"] == bonus
    assert verdict.costs == {"collision": float(collided), "off_road": after.off_road_share}


def test_the_goal_lies_beyond_the_obstacle_in_the_lane(stage: Stage) -> None:
    scene, road, snapshot = stage(Placed(20.0, 0.0), [Placed(90.0, 0.0)], speed_mps=10.0, duration_s=4.0)
    task = DriveTask.of(scene, road, road.look(snapshot))
    assert task.goal_s_m == pytest.approx(20.0 + (70.0 - 4.0) + BEYOND_HAZARD_M)
    assert task.max_duration_s > (task.goal_s_m - 20.0) / 10.0
    assert math.isclose(task.remaining_m(road.look(snapshot)), task.goal_s_m - 20.0)


def test_without_obstacles_the_goal_is_the_scenes_own_length(stage: Stage) -> None:
    scene, road, snapshot = stage(Placed(20.0, 0.0), speed_mps=10.0, duration_s=4.0)
    assert DriveTask.of(scene, road, road.look(snapshot)).goal_s_m == pytest.approx(60.0)


def test_the_goal_stays_on_the_lane(stage: Stage) -> None:
    scene, road, snapshot = stage(Placed(20.0, 0.0), speed_mps=30.0, duration_s=60.0)
    assert DriveTask.of(scene, road, road.look(snapshot)).goal_s_m == pytest.approx(200.0 - LANE_END_M)


def test_an_explicit_time_limit_is_kept(stage: Stage) -> None:
    scene, road, snapshot = stage(Placed(20.0, 0.0))
    assert DriveTask.of(scene, road, road.look(snapshot), 2.5).max_duration_s == 2.5


def test_a_parked_ego_and_a_used_up_lane_are_refused(stage: Stage) -> None:
    scene, road, snapshot = stage(Placed(20.0, 0.0), speed_mps=0.0)
    with pytest.raises(UserError, match="give the ego a `speed`"):
        DriveTask.of(scene, road, road.look(snapshot))
    scene, road, snapshot = stage(Placed(190.0, 0.0))
    with pytest.raises(UserError, match="nowhere to drive"):
        DriveTask.of(scene, road, road.look(snapshot))
