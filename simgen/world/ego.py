"""The ego as its agent sees it: what it does, as scalars."""

from __future__ import annotations

import math

import numpy as np

from simgen.errors import UserError
from simgen.models import Site
from simgen.scenario.scene import Scene
from simgen.world.control import Action, ArmAction
from simgen.world.mechanics import Mechanics
from simgen.world.path import Path, locate, path_of_lane, straight_path
from simgen.world.robots import Arm

_ARM_KEYS = (*(f"action_{what}_{axis}" for what in ("move", "turn") for axis in "xyz"), "action_grip")


class Ego:
    """Where the ego is, along its lane or first heading, and how it moves.

    Attributes:
        index: of the actor named "ego".
        row: among the vehicles, -1 where it is none.
    """

    def __init__(self, scene: Scene, site: Site, mechanics: Mechanics, index: int) -> None:
        self.index = index
        self._mechanics = mechanics
        body = mechanics.bodies[index]
        cars = mechanics.vehicles.bodies
        self.row = cars.index(body) if body in cars else -1
        self._before_mps = 0.0
        self._path = _path(scene, site, index)
        self._hint = int(np.argmin(np.hypot(*(self._path.points_m - body.spec.position_m[:2]).T)))

    def begin_step(self) -> None:
        """Remember the speed that it has before a step."""
        self._before_mps = self._speed_mps()

    def own_action(self) -> Action:
        """What its driver has decided; nothing for what has none."""
        return Action(*self._mechanics.vehicles.command(self.row)) if self.row >= 0 else Action(0.0, 0.0)

    def state(self, action: Action | ArmAction) -> dict[str, float]:
        """See `World.ego_state`; `action` is the last command."""
        mechanics, k, n = self._mechanics, self.index, self.row
        m, wheels = mechanics.track.latest, mechanics.vehicles.wheels
        r = m.rotation[k].tolist()
        vx, vy, vz = m.velocity_mps[k].tolist()
        x, y, z = mechanics.track.model_position_m(k)
        cx, cy, _ = m.position_m[k].tolist()
        speed = self._speed_mps()
        yaw = math.atan2(r[1][0], r[0][0])
        self._hint, s, offset, heading = locate(self._path, cx, cy, self._hint)
        error = yaw - heading
        return {
            "x_m": x,
            "y_m": y,
            "z_m": z,
            "yaw_rad": yaw,
            "pitch_rad": math.asin(min(max(r[2][0], -1.0), 1.0)),
            "roll_rad": math.atan2(r[2][1], r[2][2]),
            "speed_mps": speed,
            "side_speed_mps": r[0][1] * vx + r[1][1] * vy + r[2][1] * vz,
            "accel_mps2": (speed - self._before_mps) / mechanics.dt_s,
            "yaw_rate_radps": float(m.angular_radps[k, 2]),
            "steer_rad": float(wheels.rack_rad[n]) if n >= 0 else 0.0,
            "lane_s_m": s,
            "lateral_offset_m": offset,
            "heading_error_rad": math.atan2(math.sin(error), math.cos(error)),
            "submerged_fraction": float(mechanics.flood.submerged[k]),
            "slip_share": float(wheels.slip_share[n]) if n >= 0 else 0.0,
            "aquaplaning": float(wheels.aquaplaning[n]) if n >= 0 else 0.0,
            **_told(action, arm=isinstance(mechanics.bodies[k].robot, Arm)),
        }

    def _speed_mps(self) -> float:
        """Speed along its heading."""
        m, k = self._mechanics.track.latest, self.index
        (a, _, _), (b, _, _), (c, _, _) = m.rotation[k].tolist()
        vx, vy, vz = m.velocity_mps[k].tolist()
        return float(a * vx + b * vy + c * vz)


def _told(action: Action | ArmAction, *, arm: bool) -> dict[str, float]:
    """A command as scalars."""
    if isinstance(action, Action):
        out = {
            "action_steer": action.steer,
            "action_accel": action.accel,
            "action_hand_brake": float(action.hand_brake),
        }
        return out | (dict.fromkeys(_ARM_KEYS, math.nan) if arm else {})
    moved = dict(zip(_ARM_KEYS, (*action.move, *action.turn, action.grip), strict=True))
    return {"action_steer": 0.0, "action_accel": 0.0, "action_hand_brake": 0.0} | moved


def ego_index(scene: Scene) -> int:
    """The index of the actor named "ego".

    Raises:
        UserError: there is none.
    """
    for k, actor in enumerate(scene.actors):
        if actor.name == "ego":
            return k
    names = ", ".join(a.name for a in scene.actors) or "none"
    raise UserError(f"scene {scene.scenario_id!r} has no actor named 'ego'; its actors: {names}")


def _path(scene: Scene, site: Site, index: int) -> Path:
    actor = scene.actors[index]
    if actor.lane:
        return path_of_lane(site.lanes[actor.lane])
    return straight_path(actor.position_m[0], actor.position_m[1], actor.yaw_rad)
