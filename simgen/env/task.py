"""The driving task: goal, reward, costs and ends of an episode, as plain data and functions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from simgen.env.situation import Road, Situation, safe_speed_mps
from simgen.errors import UserError
from simgen.scenario.scene import Scene

PROGRESS_WEIGHT = 1.0
SPEED_WEIGHT = 0.5
COMFORT_WEIGHT = 0.2
LANE_WEIGHT = 0.2
OUTCOME_REWARD = 20.0
"""Added on reaching the goal, subtracted on a collision or on leaving the road."""
COMFORT_ACCEL_MPS2 = 3.0
"""Horizontal acceleration at which the whole comfort term is lost."""
BEYOND_HAZARD_M = 30.0
"""The goal lies at least this far beyond everything that stands in the ego's lane at the start."""
LANE_END_M = 15.0
"""The goal lies at least this far before the end of the lane."""
SPARE_FACTOR = 2.0
SPARE_S = 5.0


class Outcome(StrEnum):
    """How an episode stands: still driving, or why it ended."""

    DRIVING = "driving"
    GOAL = "goal"
    COLLISION = "collision"
    LEFT_ROAD = "left_road"
    TIME = "time"


@dataclass(frozen=True)
class DriveTask:
    """Drive along the ego's lane to the goal, past whatever stands in the way.

    Attributes:
        goal_s_m: arc length to reach.
        target_speed_mps: the speed that the scenario gave the ego; the safe speed may be lower.
        max_duration_s: simulated time after which the episode is truncated.
        lane_width_m: width of the ego's lane.
    """

    goal_s_m: float
    target_speed_mps: float
    max_duration_s: float
    lane_width_m: float

    @staticmethod
    def of(scene: Scene, road: Road, start: Situation, max_duration_s: float | None = None) -> DriveTask:
        """The task of a scene.

        The goal lies where the ego would be at its target speed after the scene's duration, or
        `BEYOND_HAZARD_M` past the last obstacle reported in its lane, whichever is further, but before the
        lane's end. Without `max_duration_s` the time limit is `SPARE_FACTOR` times the time this takes at the
        target speed, and `SPARE_S` more.

        Raises:
            UserError: the ego has no speed, or no lane is left ahead of it.
        """
        speed = scene.actors[road.ego_index].speed_mps
        if not speed > 0.0:
            raise UserError(
                f"scenario {scene.scenario_id!r}: the ego's speed is {speed:g} m/s, and the task's target "
                "speed is taken from it; give the ego a `speed` above 0 m/s"
            )
        obstacle = max((n.gap_m for n in start.in_lane), default=-BEYOND_HAZARD_M)
        wanted = start.s_m + max(speed * scene.duration_s, obstacle + BEYOND_HAZARD_M)
        goal = min(wanted, road.length_m - LANE_END_M)
        if goal <= start.s_m:
            raise UserError(
                f"scenario {scene.scenario_id!r}: the ego starts at s = {start.s_m:.1f} m of a lane of "
                f"{road.length_m:.1f} m and has nowhere to drive; start it earlier or lengthen the site"
            )
        if max_duration_s is None:
            max_duration_s = SPARE_FACTOR * (goal - start.s_m) / speed + SPARE_S
        return DriveTask(goal, speed, max_duration_s, road.lane.width_m)

    def remaining_m(self, situation: Situation) -> float:
        """Distance along the lane to the goal; negative beyond it."""
        return self.goal_s_m - situation.s_m

    def safe_speed_mps(self, situation: Situation) -> float:
        """The target speed, or what visibility and friction allow if that is less."""
        return safe_speed_mps(situation.conditions, situation.water_depth_ahead_m, self.target_speed_mps)


@dataclass(frozen=True)
class Verdict:
    """What one control step was worth.

    Attributes:
        reward_terms: name -> weighted share; the reward is their sum.
        costs: "collision" 0 or 1, "off_road" the share of footprint corners off the drivable surface.
        outcome: how the episode stands after the step.
    """

    reward_terms: dict[str, float]
    costs: dict[str, float]
    outcome: Outcome

    @property
    def reward(self) -> float:
        """Sum of the terms."""
        return sum(self.reward_terms.values())


def judge(task: DriveTask, before: Situation, after: Situation, *, accel_mps2: float, collided: bool) -> Verdict:
    """Reward, costs and outcome of the control step between two situations.

    Each term but the outcome lies within its weight, so that an episode's return grows by about
    `PROGRESS_WEIGHT` a step of good driving:

    - progress: distance along the lane over what the safe speed would cover, in [-1, 1];
    - speed: minus the relative excess over the safe speed, in [-1, 0];
    - comfort: minus (horizontal acceleration / `COMFORT_ACCEL_MPS2`)^2, in [-1, 0];
    - lane: minus (lateral offset / lane width)^2, in [-1, 0];
    - outcome: plus or minus `OUTCOME_REWARD` at the end, else 0.

    Args:
        task: the task.
        before: situation at the last control step.
        after: situation now.
        accel_mps2: mean longitudinal acceleration over the step.
        collided: the ego touched another object during the step.
    """
    safe = max(task.safe_speed_mps(after), 0.5)
    travelled = (after.s_m - before.s_m) / (safe * (after.time_s - before.time_s))
    lateral_mps2 = after.speed_mps * after.yaw_rate_radps
    discomfort = (accel_mps2**2 + lateral_mps2**2) / COMFORT_ACCEL_MPS2**2
    outcome = _outcome(task, after, collided)
    ending = {Outcome.GOAL: 1.0, Outcome.COLLISION: -1.0, Outcome.LEFT_ROAD: -1.0}
    terms = {
        "progress": PROGRESS_WEIGHT * min(max(travelled, -1.0), 1.0),
        "speed": -SPEED_WEIGHT * min(max(after.speed_mps / safe - 1.0, 0.0), 1.0),
        "comfort": -COMFORT_WEIGHT * min(discomfort, 1.0),
        "lane": -LANE_WEIGHT * min((after.lateral_offset_m / task.lane_width_m) ** 2, 1.0),
        "outcome": OUTCOME_REWARD * ending.get(outcome, 0.0),
    }
    costs = {"collision": float(collided), "off_road": after.off_road_share}
    return Verdict(terms, costs, outcome)


def _outcome(task: DriveTask, after: Situation, collided: bool) -> Outcome:
    if collided:
        return Outcome.COLLISION
    if after.left_road:
        return Outcome.LEFT_ROAD
    if task.remaining_m(after) <= 0.0:
        return Outcome.GOAL
    if after.time_s >= task.max_duration_s - 1e-9:
        return Outcome.TIME
    return Outcome.DRIVING
