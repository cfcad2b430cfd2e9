"""`simgen/Drive-v0`: reach the end of the route safely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from simgen.env.actions import DRIVE, ActionSet
from simgen.env.task import Outcome, Verdict, collided
from simgen.env.tasks.lane import LaneTask
from simgen.env.tasks.situation import Neighbour, Road, Situation, safe_speed_mps
from simgen.errors import UserError
from simgen.scenario.scene import Scene
from simgen.world import Event, World

COMFORT_ACCEL_MPS2 = 3.0
"""Horizontal acceleration at which the whole comfort term is lost."""
BEYOND_HAZARD_M = 30.0
"""The goal lies at least this far beyond everything that stands in the ego's lane at the start."""
LANE_END_M = 15.0
"""The goal lies at least this far before the end of the lane."""
SPARE_FACTOR = 2.0
SPARE_S = 5.0
_PASSING_M = 60.0  # the expert begins to go round what stands in its lane
_STANDING_MPS = 1.0
_BESIDE_M = 0.7  # what it leaves beside
_ASIDE_MPS, _BESIDE_MPS = 3.0, 6.0  # least speeds: still moving aside, and with nothing but the way past ahead


@dataclass(frozen=True)
class Route:
    """Where to, how fast at most, and for how long.

    Attributes:
        goal_s_m: arc length to reach.
        target_mps: the speed that the scenario gave the ego; the safe speed may be lower.
        time_limit_s: simulated time after which the episode is cut off.
        lane_width_m: width of the ego's lane.
    """

    goal_s_m: float
    target_mps: float
    time_limit_s: float
    lane_width_m: float

    @staticmethod
    def of(scene: Scene, road: Road, start: Situation) -> Route:
        """The route of a scene.

        The goal lies where the ego would be at its target speed after the scene's duration, or
        `BEYOND_HAZARD_M` past the last obstacle reported in its lane, whichever is further, but before the
        lane's end. The time limit is `SPARE_FACTOR` times the time this takes at the target speed, and `SPARE_S` more.

        Raises:
            UserError: no lane is left ahead of the ego.
        """
        speed = scene.actors[road.ego_index].speed_mps
        obstacle = max((n.gap_m for n in start.in_lane), default=-BEYOND_HAZARD_M)
        wanted = start.s_m + max(speed * scene.duration_s, obstacle + BEYOND_HAZARD_M)
        goal = min(wanted, road.length_m - LANE_END_M)
        if goal <= start.s_m:
            raise UserError(
                f"scenario {scene.scenario_id!r}: the ego starts at s = {start.s_m:.1f} m of a lane of "
                f"{road.length_m:.1f} m and has nowhere to drive; start it earlier or lengthen the site"
            )
        return Route(goal, speed, SPARE_FACTOR * (goal - start.s_m) / speed + SPARE_S, road.lane.width_m)


class Drive(LaneTask):
    """Drive the ego along its lane to the goal, past whatever stands in the way.

    **Reward terms** (weight):

    - progress (1): distance along the lane over what the safe speed would cover, in [-1, 1];
    - speed (0.5): minus the relative excess over the safe speed, in [-1, 0];
    - comfort (0.2): minus (horizontal acceleration / `COMFORT_ACCEL_MPS2`)^2, in [-1, 0];
    - lane (0.2): minus (lateral offset / lane width)^2, in [-1, 0];
    - outcome (20): 1 at the goal, -1 on a collision or off the road, else 0.

    **Costs**: "collision" 0 or 1; "off_road" the share of the footprint's corners off the drivable surface.

    **Ends**: terminated at the goal, on a collision, or when the ego's middle leaves the road; truncated on time.
    """

    scenario: ClassVar[str] = "driving/fog_highway_stalled_car"
    actions: ClassVar[ActionSet] = DRIVE
    weights: ClassVar[Mapping[str, float]] = {
        "progress": 1.0,
        "speed": 0.5,
        "comfort": 0.2,
        "lane": 0.2,
        "outcome": 20.0,
    }

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.route = Route.of(world.scene, self.road, self.now)
        self.goal_s_m, self.time_limit_s = self.route.goal_s_m, self.route.time_limit_s

    def judge(self, events: Sequence[Event]) -> Verdict:
        """What the last control step was worth."""
        return judge(self.route, self.before, self.now, accel_mps2=self.accel_mps2, collided=collided(events))

    def expert(self) -> Sequence[float]:
        """Keeps its lane at the safe speed, goes round what stands in it, and stops behind what does not stand."""
        now = self.now
        blocking = next((n for n in now.in_lane if n.gap_m < _PASSING_M), None)
        standing = blocking is not None and blocking.relative_speed_mps < _STANDING_MPS - now.speed_mps
        if blocking is None or not standing:
            return self.steer_to(), self.follow(self.safe_mps, blocking)
        left_m = self._way_round(blocking)
        if left_m is None:
            return self.steer_to(), self.follow(self.safe_mps, blocking)
        in_the_way = abs(now.lateral_offset_m - blocking.lateral_m) < 0.5 * (blocking.width_m + self.width_m) + 0.3
        slowly = min(self.safe_mps, max(_ASIDE_MPS if in_the_way else _BESIDE_MPS, 0.35 * blocking.gap_m))
        return self.steer_to(left_m), self.follow(slowly, blocking if in_the_way else None, gap_kept_m=1.0)

    def _way_round(self, thing: Neighbour) -> float | None:
        """How far left of the lane's middle there is road to pass something: where that asks for less, if anywhere."""
        aside = 0.5 * (thing.width_m + self.width_m) + _BESIDE_M
        at_m = self.now.s_m + max(thing.gap_m, 0.0)
        ways = [
            left_m
            for left_m in (thing.lateral_m + aside, thing.lateral_m - aside)
            if self.road.has_room(at_m, left_m, self.width_m + 0.4)
        ]
        return min(ways, key=abs, default=None)


def judge(route: Route, before: Situation, after: Situation, *, accel_mps2: float, collided: bool) -> Verdict:
    """Terms, costs and outcome of the control step between two situations, see `Drive`.

    Args:
        route: to follow.
        before: situation at the last control step.
        after: situation now.
        accel_mps2: mean longitudinal acceleration over the step.
        collided: the ego touched another object during the step.
    """
    safe = max(safe_speed_mps(after.conditions, after.water_depth_ahead_m, route.target_mps), 0.5)
    travelled = (after.s_m - before.s_m) / (safe * (after.time_s - before.time_s))
    lateral_mps2 = after.speed_mps * after.yaw_rate_radps
    discomfort = (accel_mps2**2 + lateral_mps2**2) / COMFORT_ACCEL_MPS2**2
    outcome = _outcome(route, after, collided)
    ending = {Outcome.GOAL: 1.0, Outcome.COLLISION: -1.0, Outcome.LEFT_ROAD: -1.0}
    terms = {
        "progress": min(max(travelled, -1.0), 1.0),
        "speed": -min(max(after.speed_mps / safe - 1.0, 0.0), 1.0),
        "comfort": -min(discomfort, 1.0),
        "lane": -min((after.lateral_offset_m / route.lane_width_m) ** 2, 1.0),
        "outcome": ending.get(outcome, 0.0),
    }
    return Verdict(terms, {"collision": float(collided), "off_road": after.off_road_share}, outcome)


def _outcome(route: Route, after: Situation, collided: bool) -> Outcome:
    if collided:
        return Outcome.COLLISION
    if after.left_road:
        return Outcome.LEFT_ROAD
    if route.goal_s_m <= after.s_m:
        return Outcome.GOAL
    return Outcome.RUNNING
