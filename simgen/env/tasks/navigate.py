"""`simgen/Navigate-v0`: a mobile robot to a goal, around people and things."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from simgen.areas import row_of
from simgen.env.actions import DRIVE, ActionSet
from simgen.env.task import Feature, Outcome, Task, Verdict, collided
from simgen.env.tasks.situation import Road
from simgen.errors import UserError
from simgen.world import Event, World
from simgen.world.state import on_area

SECTORS = 24
"""Directions, evenly around the robot from straight ahead on, in which the state tells how far it is free."""
RANGE_M = 8.0
"""No further than this."""
ARRIVED_M = 0.6
"""This near the goal it is reached."""
LEAST_M, MOST_M = 3.0, 12.0
"""How far along its lane the goal lies, by the scenario's duration and speed."""
LANE_END_M = 1.0
TOP_SPEED_MPS = 1.5
HEIGHTS_M = (0.1, 0.35)
"""Above the ground under the robot: things lower than the first, or only between them, are not told of."""
NEAR_M = 0.5
"""Nearer than this to anything, the clearance term counts (ISO 3691-4 asks for 0.5 m beside a truck)."""
_TIME_FACTOR, _SPARE_S = 4.0, 10.0


class Navigate(Task):
    """Drive a mobile robot to a goal on its lane, without touching anything and without tipping over.

    **Reward terms** (weight):

    - progress (1): way made towards the goal over what 1.5 m/s would make, in [-1, 1];
    - clearance (0.5): minus the share of `NEAR_M` that is missing to the nearest thing, in [-1, 0];
    - turning (0.05): minus the square of the yaw rate in rad/s, in [-1, 0];
    - time (0.1): -1 a step;
    - outcome (20): 1 at the goal, -1 on a collision, off the floor or tipped over, else 0.

    **Costs**: "collision" 0 or 1; "intrusion" the share of `NEAR_M` that is missing.

    **Ends**: terminated at the goal, on a collision, off the floor, tipped over; truncated on time.
    """

    scenario: ClassVar[str] = "robotics/warehouse_blackout"
    actions: ClassVar[ActionSet] = DRIVE
    features: ClassVar[tuple[Feature, ...]] = (
        Feature("goal_distance_m", 0.0, 100.0, "to the goal, straight"),
        Feature("goal_ahead", -1.0, 1.0, "cosine of the goal's direction from the robot's heading"),
        Feature("goal_left", -1.0, 1.0, "sine of the goal's direction from the robot's heading"),
        Feature("speed_mps", -3.0, 3.0, "forwards"),
        Feature("yaw_rate_radps", -3.0, 3.0, "counter-clockwise"),
        Feature("pitch_rad", -math.pi, math.pi, "nose up"),
        Feature("roll_rad", -math.pi, math.pi, "left side up"),
        Feature("visibility_m", 0.0, 2000.0, "meteorological optical range (MOR)"),
        Feature("illuminance_log10_lx", -4.0, 5.5, "log10 of natural plus lamp illuminance"),
        Feature("submerged", 0.0, 1.0, "share of the robot under water"),
        *(
            Feature(f"free_{k}_m", 0.0, RANGE_M, f"free way to the nearest thing {360 * k // SECTORS} degrees left")
            for k in range(SECTORS)
        ),
    )
    weights: ClassVar[Mapping[str, float]] = {
        "progress": 1.0,
        "clearance": 0.5,
        "turning": 0.05,
        "time": 0.1,
        "outcome": 20.0,
    }

    def __init__(self, world: World) -> None:
        scene = world.scene
        road = Road(scene)
        now = road.look(world.poses())
        ego = scene.actors[road.ego_index]
        if not ego.model.startswith("robot."):
            raise UserError(
                f"scenario {scene.scenario_id!r}: the ego is a {ego.model!r}, which is no mobile robot; "
                "simgen/Drive-v0 is for vehicles"
            )
        wanted = min(max((ego.speed_mps or TOP_SPEED_MPS) * scene.duration_s, LEAST_M), MOST_M)
        s = min(now.s_m + wanted, road.length_m - LANE_END_M)
        if s - now.s_m < LEAST_M - 1e-9:
            raise UserError(
                f"scenario {scene.scenario_id!r}: {max(s - now.s_m, 0.0):.1f} m of the robot's lane are left ahead of "
                f"it, {LEAST_M:g} m are needed; start it earlier"
            )
        self.goal_m = np.array(road.point_m(s))
        self.time_limit_s = _TIME_FACTOR * wanted / TOP_SPEED_MPS + _SPARE_S
        self._ego = road.ego_index
        self._floor = np.array(row_of(road.surface))
        self._fan = _fan(world, road.ego_index)
        self._tell(world)
        self._made_mps = 0.0

    def look(self, world: World) -> None:
        """Take in the state after a control step."""
        before_m, before_s = self._distance_m, self._time_s
        self._tell(world)
        self._made_mps = (before_m - self._distance_m) / (self._time_s - before_s)

    def state(self) -> Sequence[float]:
        """The entries of `features`."""
        e, c = self._state, self._conditions
        return [
            self._distance_m,
            math.cos(self._bearing_rad),
            math.sin(self._bearing_rad),
            e["speed_mps"],
            e["yaw_rate_radps"],
            e["pitch_rad"],
            e["roll_rad"],
            c.mor_m,
            math.log10(max(c.light.ambient_lx, 1e-4)),
            e["submerged_fraction"],
            *self._free_m.tolist(),
        ]

    def judge(self, events: Sequence[Event]) -> Verdict:
        """What the last control step was worth."""
        outcome = self._outcome(events)
        intrusion = 1.0 - min(float(self._free_m.min()) / NEAR_M, 1.0)
        terms = {
            "progress": min(max(self._made_mps / TOP_SPEED_MPS, -1.0), 1.0),
            "clearance": -intrusion,
            "turning": -min(self._state["yaw_rate_radps"] ** 2, 1.0),
            "time": -1.0,
            "outcome": 1.0 if outcome is Outcome.GOAL else 0.0 if outcome is Outcome.RUNNING else -1.0,
        }
        return Verdict(terms, {"collision": float(collided(events)), "intrusion": intrusion}, outcome)

    def expert(self) -> Sequence[float]:
        """Heads for the freest direction near that of the goal, the slower the nearer things are ahead."""
        angles = 2.0 * math.pi * np.arange(SECTORS) / SECTORS
        away = np.abs(np.angle(np.exp(1j * (angles - self._bearing_rad))))
        # Beside the way, too, there must be room for the robot's width.
        free = np.minimum(self._free_m, np.minimum(np.roll(self._free_m, 1), np.roll(self._free_m, -1)) + 0.3)
        worth = np.minimum(free, self._distance_m + 0.5) / 2.5 - away
        k = int(np.argmax(np.where(away < 0.6 * math.pi, worth, -np.inf)))
        turn = math.remainder(float(angles[k]), 2.0 * math.pi)
        if abs(turn - self._bearing_rad) < math.pi / SECTORS:
            turn = self._bearing_rad
        ahead = float(min(self._free_m[0], self._free_m[1] + 0.2, self._free_m[-1] + 0.2))
        wanted = 0.0 if abs(turn) > 0.9 else min(0.8, 0.5 * ahead, 0.6 * self._distance_m + 0.15)
        return min(max(1.6 * turn, -1.0), 1.0), min(max(2.0 * (wanted - self._state["speed_mps"]), -1.0), 1.0)

    def info(self) -> dict[str, Any]:
        """Distance to the goal and speed."""
        return {"goal_m": self._distance_m, "speed_mps": self._state["speed_mps"]}

    def _tell(self, world: World) -> None:
        self._time_s, self._conditions = world.time_s, world.conditions
        self._state = e = world.ego_state()
        dx, dy = self.goal_m[0] - e["x_m"], self.goal_m[1] - e["y_m"]
        self._distance_m = math.hypot(dx, dy)
        self._bearing_rad = math.remainder(math.atan2(dy, dx) - e["yaw_rad"], 2.0 * math.pi)
        c, s = math.cos(e["yaw_rad"]), math.sin(e["yaw_rad"])
        turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        at = np.array([e["x_m"], e["y_m"], e["z_m"]])
        start, end = ((p[:, None, :] * turn).sum(axis=2) + at for p in self._fan)
        shares = world.free_shares(start, end).reshape(len(HEIGHTS_M), SECTORS)
        self._free_m: NDArray[np.float64] = RANGE_M * shares.min(axis=0)

    def _outcome(self, events: Sequence[Event]) -> Outcome:
        if collided(events):
            return Outcome.COLLISION
        if any(e.kind in ("tip_over", "fall") and e.subject == "ego" for e in events):
            return Outcome.TIPPED_OVER
        if not on_area(self._floor, self._state["x_m"], self._state["y_m"]):
            return Outcome.LEFT_ROAD
        return Outcome.GOAL if self._distance_m < ARRIVED_M else Outcome.RUNNING


def _fan(world: World, ego: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the rays begin, on the robot's hull, and end, in its model frame: (heights * SECTORS, 3) each."""
    thing = world.cast.objects[ego]
    half_length, half_width = 0.5 * thing.size_m[0], 0.5 * thing.size_m[1]
    angle = 2.0 * math.pi * np.arange(SECTORS) / SECTORS
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    # From the middle to the side of the box, and a finger's breadth beyond.
    hull = np.minimum(half_length / np.maximum(abs(way[:, 0]), 1e-9), half_width / np.maximum(abs(way[:, 1]), 1e-9))
    middle = np.array(thing.box_center_m[:2])
    near, far = middle + way * (hull + 0.02)[:, None], middle + way * (hull + 0.02 + RANGE_M)[:, None]
    base = thing.box_center_m[2] - 0.5 * thing.size_m[2]
    rows = [np.concatenate([p, np.full((SECTORS, 1), base + h)], axis=1) for p in (near, far) for h in HEIGHTS_M]
    count = len(HEIGHTS_M)
    return np.concatenate(rows[:count]), np.concatenate(rows[count:])
