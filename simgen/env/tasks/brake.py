"""`simgen/EmergencyBrake-v0`: stop for what stands in the lane, and for nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from simgen.conditions import Conditions
from simgen.env.actions import PEDALS, ActionSet
from simgen.env.task import Outcome, UnfitSceneError, Verdict, collided
from simgen.env.tasks.lane import LaneTask
from simgen.env.tasks.situation import Situation
from simgen.world import Action, Event, World

STANDING_MPS = 0.3
"""Slower than this the ego stands."""
NEAR_M = 20.0
"""Standing further from the obstacle than this is stopping for nothing."""
LOW_BEAM_M = 60.0
"""How far a low beam shows a dark obstacle on an unlit road: 45 to 75 m in the literature on seeing distances
(P. L. Olson and M. Sivak, Human Factors 25 (1983)), here one value."""
DAYLIGHT_LX = 3.0
"""With more light than this (the limit of civil twilight) lamps are not what shows things."""
COMFORT_ACCEL_MPS2 = 3.0
_TIME_FACTOR, _SPARE_S = 2.0, 6.0


class EmergencyBrake(LaneTask):
    """Drive at the scenario's speed and stop, unharmed, before whatever stands in the lane. Steering is done for you.

    The state tells of things only within sight: the meteorological optical range, at night the reach of a low beam.

    **Reward terms** (weight):

    - progress (1): distance covered over what the target speed would cover, in [-1, 1];
    - comfort (0.1): minus (acceleration / `COMFORT_ACCEL_MPS2`)^2, in [-1, 0];
    - outcome (50): 1 when standing within `NEAR_M` of the obstacle; on a collision minus the share of its speed that
      the ego still had, at least 0.3; else 0.

    **Costs**: "collision" 0 or 1; "impact_mps" the speed at which the ego struck.

    **Ends**: terminated when it stands near the obstacle, collides or leaves the road; truncated on time, as when it
    stops for nothing.
    """

    scenario: ClassVar[str] = "driving/stationary_car_ahead"
    actions: ClassVar[ActionSet] = PEDALS
    weights: ClassVar[Mapping[str, float]] = {"progress": 1.0, "comfort": 0.1, "outcome": 50.0}

    def __init__(self, world: World) -> None:
        super().__init__(world)
        ahead = self.now.in_lane
        if not ahead:
            raise UnfitSceneError(
                f"scenario {world.scene.scenario_id!r}: nothing is in the ego's lane to brake for; place an actor "
                "ahead of it on its lane"
            )
        gap = ahead[0].gap_m
        self.goal_s_m = self.now.s_m + gap
        self.time_limit_s = _TIME_FACTOR * gap / self.target_mps + _SPARE_S

    def sight_m(self, situation: Situation) -> float:
        """How far ahead things can be made out."""
        return seen_to_m(situation.conditions)

    def command(self, values: Sequence[float]) -> Action:
        """The pedals, and the steering that keeps the lane."""
        return Action(steer=self.steer_to(), accel=values[0])

    def judge(self, events: Sequence[Event]) -> Verdict:
        """What the last control step was worth."""
        before, now = self.before, self.now
        struck = collided(events)
        outcome = self._outcome(struck)
        covered = (now.s_m - before.s_m) / (self.target_mps * (now.time_s - before.time_s))
        impact = max(before.speed_mps, now.speed_mps, 0.0) if struck else 0.0
        ending = {Outcome.GOAL: 1.0, Outcome.COLLISION: -max(impact / self.target_mps, 0.3), Outcome.LEFT_ROAD: -1.0}
        terms = {
            "progress": min(max(covered, -1.0), 1.0),
            "comfort": -min((self.accel_mps2 / COMFORT_ACCEL_MPS2) ** 2, 1.0),
            "outcome": ending.get(outcome, 0.0),
        }
        return Verdict(terms, {"collision": float(struck), "impact_mps": impact}, outcome)

    def expert(self) -> Sequence[float]:
        """Drives no faster than it can stop within sight, and stops behind what it sees."""
        sight = self.sight_m(self.now)
        seen = next((n for n in self.now.in_lane if n.gap_m <= sight), None)
        return (self.follow(self.safe_mps, seen, gap_kept_m=6.0),)

    def _outcome(self, struck: bool) -> Outcome:
        if struck:
            return Outcome.COLLISION
        if self.now.left_road:
            return Outcome.LEFT_ROAD
        near = any(n.gap_m < NEAR_M for n in self.now.in_lane)
        if near and abs(self.now.speed_mps) < STANDING_MPS:
            return Outcome.GOAL
        return Outcome.RUNNING


def seen_to_m(conditions: Conditions) -> float:
    """How far ahead an obstacle can be made out: the MOR by day, no further than the low beam at night."""
    lit = math.inf if conditions.light.ambient_lx > DAYLIGHT_LX else LOW_BEAM_M
    return min(conditions.mor_m, lit)
