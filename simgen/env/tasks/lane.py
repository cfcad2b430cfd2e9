"""What the tasks share whose ego follows a lane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from simgen.env.task import Feature, Task
from simgen.env.tasks.lane_features import FEATURES, lane_state
from simgen.env.tasks.situation import Neighbour, Road, Situation, safe_speed_mps
from simgen.errors import UserError
from simgen.models import build_model
from simgen.models.robot_spec import LegsSpec
from simgen.world import World
from simgen.world.robots import legs, skid

PREVIEW_S = 0.9
"""How far ahead the lane keeper aims, in seconds of its way."""
_NEAREST_AIM_M, _FARTHEST_AIM_M = 2.0, 40.0
_WALKING_MPS = 0.3  # a robot that stands still turns as if it went at this speed


class LaneTask(Task):
    """The ego is on a lane and its goal lies along it.

    Attributes:
        road: the lane; now, before: the situation after the last control step and after the one before it.
        accel_mps2: mean longitudinal acceleration over the last control step.
        target_mps: the speed that the scenario gave the ego; the safe speed may be lower.
        goal_s_m: arc length to reach.
    """

    features: ClassVar[tuple[Feature, ...]] = FEATURES

    def __init__(self, world: World) -> None:
        scene = world.scene
        self.road = Road(scene)
        self.now = self.before = self.road.look(world.poses())
        self.accel_mps2 = self._steer_rad = 0.0
        actor = scene.actors[self.road.ego_index]
        self.target_mps = actor.speed_mps
        if not self.target_mps > 0.0:
            raise UserError(
                f"scenario {scene.scenario_id!r}: the ego's speed is {self.target_mps:g} m/s, and the task's target "
                "speed is taken from it; give the ego a `speed` above 0 m/s"
            )
        model = build_model(actor.model, actor.params)
        self._vehicle = model.vehicle
        self._gait = legs if isinstance(model.robot, LegsSpec) else skid  # says what a robot's full command is
        self.width_m = model.size_m[1]
        self.goal_s_m = self.road.length_m

    def look(self, world: World) -> None:
        """Take in the state after a control step."""
        self.before = self.now
        self.now = self.road.look(world.poses())
        self.accel_mps2 = (self.now.speed_mps - self.before.speed_mps) / (self.now.time_s - self.before.time_s)
        self._steer_rad = world.ego_state()["steer_rad"]

    @property
    def remaining_m(self) -> float:
        """Distance along the lane to the goal; negative beyond it."""
        return self.goal_s_m - self.now.s_m

    @property
    def safe_mps(self) -> float:
        """The target speed, or what visibility and friction allow if that is less."""
        return safe_speed_mps(self.now.conditions, self.now.water_depth_ahead_m, self.target_mps)

    def state(self) -> Sequence[float]:
        """The entries of `FEATURES`."""
        return lane_state(
            self.now,
            goal_m=self.remaining_m,
            target_mps=self.target_mps,
            safe_mps=self.safe_mps,
            steer_rad=self._steer_rad,
            accel_mps2=self.accel_mps2,
            sight_m=self.sight_m(self.now),
        )

    def sight_m(self, situation: Situation) -> float:
        """How far ahead things are told of; the driving tasks tell the true state."""
        return math.inf

    def info(self) -> dict[str, Any]:
        """Distance to the goal, speed and place in the lane."""
        return {
            "goal_m": self.remaining_m,
            "speed_mps": self.now.speed_mps,
            "lateral_offset_m": self.now.lateral_offset_m,
        }

    def steer_to(self, left_m: float = 0.0) -> float:
        """Share of full steering that leads to a line `left_m` left of the lane's middle (pure pursuit)."""
        speed = abs(self.now.speed_mps)
        ahead = min(max(PREVIEW_S * speed, _NEAREST_AIM_M + 0.5 * self.width_m), _FARTHEST_AIM_M)
        curvature = self.road.pursuit_per_m(ahead, left_m)
        if self._vehicle is not None:
            share = math.atan(self._vehicle.wheelbase_m * curvature) / self._vehicle.max_steer_rad
        else:
            share = curvature * max(speed, _WALKING_MPS) / self._gait.MAX_YAW_RATE_RADPS
        return min(max(share, -1.0), 1.0)

    def follow(self, wanted_mps: float, leader: Neighbour | None, gap_kept_m: float = 4.0) -> float:
        """Share of drive or braking that takes up a speed and stops `gap_kept_m` short of what is ahead."""
        now = self.now
        accel = 0.8 * (wanted_mps - now.speed_mps)
        if leader is not None:
            closing = max(-leader.relative_speed_mps, 0.0)
            room = max(leader.gap_m - gap_kept_m, 0.05)
            needed = -(closing**2) / (2.0 * room)
            # Brakes late and firmly, but not so late that the grip does not suffice.
            if needed < -0.45 * now.friction * 9.81 or leader.gap_m < gap_kept_m:
                accel = min(accel, 1.15 * needed - 0.3)
        top, brake = self._limits()
        return min(max(accel / (top if accel > 0.0 else brake), -1.0), 1.0)

    def _limits(self) -> tuple[float, float]:
        """Greatest drive and braking in m/s2."""
        v = self._vehicle
        if v is None:
            return self._gait.MAX_ACCEL_MPS2, self._gait.MAX_ACCEL_MPS2
        return v.max_drive_accel_mps2, v.max_brake_accel_mps2
