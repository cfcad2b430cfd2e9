"""Four-legged robots: a trot from a central pattern generator, leg inverse kinematics, and a levelled body."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.conditions import Surface
from simgen.errors import UserError
from simgen.models import Model
from simgen.models.robot_spec import Leg, LegsSpec
from simgen.models.urdf import chain_to
from simgen.scenario.scene import ActorSpec
from simgen.world.bullet import Client
from simgen.world.control import Action, ArmAction
from simgen.world.frames import Array
from simgen.world.robots.articulation import Articulation, BaseState, JointState
from simgen.world.robots.footing import Footing

MAX_SPEED_MPS = 0.8
MAX_ACCEL_MPS2 = 0.8
MAX_YAW_RATE_RADPS = 0.8
_HEADING_GAIN_PER_S = 1.5
_PERIOD_S = 0.5  # of a trot: two steps
_STANCE = 0.55  # share of the period that a foot stands
_LIFT_M = 0.06
_PHASES = (0.0, 0.5, 0.5, 0.0)  # front right with rear left, front left with rear right
_CAPTURE_S = 0.12  # Raibert (1986): a foot lands further out by this times the excess velocity
_LEVEL_GAIN = 0.35  # of foot heights against roll and pitch
_LEVEL_RATE_S = 0.03
_POSITION_GAIN = 0.35
_VELOCITY_GAIN = 0.8
_AT_REST = 0.02  # m/s or rad/s below which it stands


@dataclass(frozen=True)
class LegGeometry:
    """Measures of a leg, from its description.

    Attributes:
        hip_m: (x, y, z) of the hip joint in the trunk.
        side_m: from the hip to the plane of thigh and shank, positive to the left.
        thigh_m, shank_m: lengths.
    """

    hip_m: tuple[float, float, float]
    side_m: float
    thigh_m: float
    shank_m: float

    def angles(self, x_m: float, y_m: float, z_m: float) -> tuple[float, float, float]:
        """Joint angles (hip, thigh, shank) that put the foot at a point of the hip's frame; the knee bends back.

        A point out of reach gives the angles of the farthest one in its direction.
        """
        across = max(y_m * y_m + z_m * z_m - self.side_m * self.side_m, 1e-6)
        down = math.sqrt(across)  # distance of the foot below the thigh joint, in the leg's plane
        hip = math.atan2(z_m, y_m) + math.atan2(down, self.side_m)
        a, b = self.thigh_m, self.shank_m
        reach2 = min(x_m * x_m + across, (0.995 * (a + b)) ** 2)
        bend = math.acos(min(max((reach2 - a * a - b * b) / (2.0 * a * b), -1.0), 1.0))
        thigh = math.atan2(-x_m, down) + math.atan2(b * math.sin(bend), a + b * math.cos(bend))
        return math.atan2(math.sin(hip), math.cos(hip)), thigh, -bend


def leg_geometry(urdf: str, leg: Leg) -> LegGeometry:
    """The measures of a leg in a description."""
    chain = {j.name: j for j in chain_to(urdf, leg.toe)}
    hip, thigh, shank = (chain[n].T_parent_child[:3, 3] for n in leg.joints)
    toe = chain_to(urdf, leg.toe)[-1].T_parent_child[:3, 3]
    return LegGeometry(
        (float(hip[0]), float(hip[1]), float(hip[2])), float(thigh[1]), abs(float(shank[2])), abs(float(toe[2]))
    )


class Quadruped:
    """A robot on four legs.

    Attributes:
        body: its links and joints.
        speed_command_mps: speed forward that it is asked for.
    """

    def __init__(
        self, client: Client, spec: ActorSpec, model: Model, legs: LegsSpec, T_world_model: Array, surface: Surface
    ) -> None:
        self._client = client
        self._spec = spec
        self._legs = legs
        self._geometry = [leg_geometry(model.urdf, leg) for leg in legs.legs]
        self._names = tuple(n for leg in legs.legs for n in leg.joints)
        stand = [a for g in self._geometry for a in g.angles(0.0, g.side_m, legs.foot_radius_m - legs.stand_m)]
        start = dict(zip(self._names, stand, strict=True))
        self.body = Articulation(client, model, T_world_model, fixed=False, start=start)
        self.footing = Footing(self.body, tuple(leg.toe for leg in legs.legs), surface)
        self._indices = [self.body.joints[n] for n in self._names]
        self._targets = list(stand)
        self._phase = 0.0
        self._idle_s = _PERIOD_S
        self.speed_command_mps = 0.0
        self._feet = [(g.hip_m[0], g.hip_m[1] + g.side_m) for g in self._geometry]  # where each stands, trunk frame
        self._landed = list(self._feet)
        self._pose(stand)

    def hold(self) -> None:
        """Stand: finish the step, then keep all feet down."""
        self.speed_command_mps = 0.0
        self._pose(self._targets)

    def act(self, command: Action | ArmAction, base: BaseState, dt_s: float) -> None:
        """One tick of a command: `accel` changes the speed asked for, `steer` is a share of top yaw rate."""
        if isinstance(command, ArmAction):
            raise UserError(f"actor {self._spec.name!r} ({self._spec.model}) has no arm: give an Action")
        wanted = self.speed_command_mps + command.accel * MAX_ACCEL_MPS2 * dt_s
        self.speed_command_mps = min(max(wanted, -0.5 * MAX_SPEED_MPS), MAX_SPEED_MPS)
        self._walk(base, command.steer * MAX_YAW_RATE_RADPS, dt_s)

    def follow(self, base: BaseState, dt_s: float) -> None:
        """One tick of its own behaviour: towards its speed along its heading, or standing."""
        wanted = self._spec.speed_mps if self._spec.behaviour == "keep_speed" else 0.0
        step = MAX_ACCEL_MPS2 * dt_s
        self.speed_command_mps += min(max(min(wanted, MAX_SPEED_MPS) - self.speed_command_mps, -step), step)
        turn = 0.0
        if self._spec.behaviour == "keep_speed":
            yaw = math.atan2(base.rotation[1, 0], base.rotation[0, 0])
            error = math.atan2(math.sin(self._spec.yaw_rad - yaw), math.cos(self._spec.yaw_rad - yaw))
            turn = min(max(_HEADING_GAIN_PER_S * error, -MAX_YAW_RATE_RADPS), MAX_YAW_RATE_RADPS)
        self._walk(base, turn, dt_s)

    def joints(self) -> JointState:
        """Hip, thigh and shank of each leg."""
        return self.body.state(self._names)

    def _walk(self, base: BaseState, yaw_rate_radps: float, dt_s: float) -> None:
        """Advance the pattern by one tick and send the joints where it says."""
        self._idle_s += dt_s
        if max(abs(self.speed_command_mps), abs(yaw_rate_radps)) > _AT_REST:
            self._idle_s = 0.0
        step = dt_s / _PERIOD_S
        walking = self._idle_s < _PERIOD_S or self._phase >= step  # steps in place until its feet are under it
        self._phase = (self._phase + step) % 1.0 if walking else 0.0
        r = base.rotation
        yaw = math.atan2(r[1, 0], r[0, 0])
        cy, sy = math.cos(yaw), math.sin(yaw)
        vx, vy = base.velocity_mps[0], base.velocity_mps[1]
        ahead, aside = cy * vx + sy * vy, cy * vy - sy * vx
        pitch = math.asin(min(max(-r[2, 0], -1.0), 1.0))  # nose down positive
        roll = math.atan2(r[2, 1], r[2, 2])  # left side up positive
        wx, wy = base.angular_radps[0], base.angular_radps[1]
        roll_rate, pitch_rate = cy * wx + sy * wy, cy * wy - sy * wx
        targets: list[float] = []
        for k, g in enumerate(self._geometry):
            home_x, home_y = self._feet[k]
            want_x = self.speed_command_mps - yaw_rate_radps * home_y
            want_y = yaw_rate_radps * home_x
            phase = (self._phase + _PHASES[k]) % 1.0
            lift = 0.0
            x, y = self._landed[k]
            if walking and phase >= _STANCE:
                s = (phase - _STANCE) / (1.0 - _STANCE)
                half = 0.5 * _STANCE * _PERIOD_S
                to_x = home_x + half * want_x + _CAPTURE_S * (ahead - self.speed_command_mps)
                to_y = home_y + half * want_y + _CAPTURE_S * aside
                share = min(1.0, dt_s / max((0.8 - s) * (1.0 - _STANCE) * _PERIOD_S, dt_s))  # there before it lands
                x += (to_x - x) * share
                y += (to_y - y) * share
                lift = _LIFT_M * math.sin(math.pi * s)
            elif walking:
                x -= want_x * dt_s
                y -= want_y * dt_s
            self._landed[k] = (x, y)
            level = _LEVEL_GAIN * (x * (pitch + _LEVEL_RATE_S * pitch_rate) - y * (roll + _LEVEL_RATE_S * roll_rate))
            z = self._legs.foot_radius_m - self._legs.stand_m + lift - min(max(level, -0.05), 0.05)
            targets += g.angles(x - g.hip_m[0], y - g.hip_m[1], z - g.hip_m[2])
        self._pose(targets)

    def _pose(self, targets: list[float]) -> None:
        self.footing.feel()
        self._targets = targets
        api = self._client.api
        api.setJointMotorControlArray(
            self.body.uid,
            self._indices,
            api.POSITION_CONTROL,
            targetPositions=targets,
            positionGains=[_POSITION_GAIN] * len(targets),
            velocityGains=[_VELOCITY_GAIN] * len(targets),
            forces=[self._legs.torque_nm] * len(targets),
            physicsClientId=self._client.id,
        )
