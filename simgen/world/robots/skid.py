"""Skid-steered robots: wheels under velocity control, heading held by feedback on yaw."""

from __future__ import annotations

import math

from simgen.conditions import Surface
from simgen.errors import PhysicsError, SimgenError, UserError
from simgen.models import Model
from simgen.scenario.scene import ActorSpec
from simgen.world.bullet import Client
from simgen.world.control import Action, ArmAction
from simgen.world.frames import Array
from simgen.world.robots.articulation import Articulation, BaseState, JointState
from simgen.world.robots.footing import Footing

MAX_SPEED_MPS = 1.5
MAX_ACCEL_MPS2 = 1.5
MAX_YAW_RATE_RADPS = 1.2
_HEADING_GAIN_PER_S = 2.0
_YAW_RATE_GAIN = 1.5
_YAW_INTEGRAL_GAIN_PER_S = 2.0
_SKID_FACTOR = 1.6  # track that steers over track that is, measured on dry ground; feedback does the rest
_WHEEL_TORQUE_NM = 40.0


class SkidSteer:
    """A robot whose continuous wheel joints are named "...left..." and "...right...".

    Attributes:
        body: its links and joints.
        speed_command_mps: speed that the wheels are asked for, before yaw.
    """

    def __init__(self, client: Client, spec: ActorSpec, model: Model, T_world_model: Array, surface: Surface) -> None:
        self._client = client
        self._spec = spec
        self.body = Articulation(client, model, T_world_model, fixed=False)
        api, cid = client.api, client.id
        turning = [
            name
            for name, j in self.body.joints.items()
            if api.getJointInfo(self.body.uid, j, physicsClientId=cid)[2] == api.JOINT_REVOLUTE
        ]
        self._left = [self.body.joints[n] for n in turning if "left" in n]
        self._right = [self.body.joints[n] for n in turning if "right" in n]
        if not self._left or not self._right:
            raise SimgenError(f"robot {model.name!r}: {model.urdf} has no left and right wheel joints to drive")
        wheels = {*self._left, *self._right}
        self._names = tuple(n for n, j in self.body.joints.items() if j in wheels)
        self.footing = Footing(self.body, tuple(n for n, j in self.body.links.items() if j in wheels), surface)
        self._radius_m, self._track_m = self._wheel_geometry()
        self.speed_command_mps = 0.0
        self._yaw_integral = 0.0

    def hold(self) -> None:
        """Lock the wheels."""
        self.speed_command_mps = 0.0
        self._yaw_integral = 0.0
        self._turn_wheels(0.0, 0.0)

    def act(self, command: Action | ArmAction, base: BaseState, dt_s: float) -> None:
        """One tick of a command: `accel` changes the speed asked for, `steer` is a share of top yaw rate."""
        if isinstance(command, ArmAction):
            raise UserError(f"actor {self._spec.name!r} ({self._spec.model}) has no arm: give an Action")
        wanted = self.speed_command_mps + command.accel * MAX_ACCEL_MPS2 * dt_s
        self.speed_command_mps = min(max(wanted, -MAX_SPEED_MPS), MAX_SPEED_MPS)
        self._turn(command.steer * MAX_YAW_RATE_RADPS, float(base.angular_radps[2]), dt_s)

    def follow(self, base: BaseState, dt_s: float) -> None:
        """One tick of its own behaviour: towards its speed along its heading, or standing still."""
        if self._spec.behaviour != "keep_speed":
            self.hold()
            return
        step = MAX_ACCEL_MPS2 * dt_s
        self.speed_command_mps += min(max(self._spec.speed_mps - self.speed_command_mps, -step), step)
        yaw = math.atan2(base.rotation[1, 0], base.rotation[0, 0])
        error = math.atan2(math.sin(self._spec.yaw_rad - yaw), math.cos(self._spec.yaw_rad - yaw))
        self._turn(_HEADING_GAIN_PER_S * error, float(base.angular_radps[2]), dt_s)

    def joints(self) -> JointState:
        """Its wheels."""
        return self.body.state(self._names)

    def _turn(self, yaw_rate_radps: float, present_radps: float, dt_s: float) -> None:
        """Set the wheels; skidding wheels turn the chassis too little, so feedback makes up for it."""
        wanted = min(max(yaw_rate_radps, -MAX_YAW_RATE_RADPS), MAX_YAW_RATE_RADPS)
        error = wanted - present_radps
        self._yaw_integral += _YAW_INTEGRAL_GAIN_PER_S * error * dt_s
        self._yaw_integral = min(max(self._yaw_integral, -2.0), 2.0)
        self._turn_wheels(self.speed_command_mps, _SKID_FACTOR * wanted + _YAW_RATE_GAIN * error + self._yaw_integral)

    def _turn_wheels(self, speed_mps: float, yaw_rate_radps: float) -> None:
        self.footing.feel()
        half = 0.5 * self._track_m * yaw_rate_radps
        left, right = (speed_mps - half) / self._radius_m, (speed_mps + half) / self._radius_m
        api = self._client.api
        wheels = self._left + self._right
        api.setJointMotorControlArray(
            self.body.uid,
            wheels,
            api.VELOCITY_CONTROL,
            targetVelocities=[left] * len(self._left) + [right] * len(self._right),
            forces=[_WHEEL_TORQUE_NM] * len(wheels),
            physicsClientId=self._client.id,
        )

    def _wheel_geometry(self) -> tuple[float, float]:
        """Radius and track of the wheels, from their collision cylinders and joint positions."""
        api, cid = self._client.api, self._client.id
        data = api.getCollisionShapeData(self.body.uid, self._left[0], physicsClientId=cid)
        states = [
            api.getLinkState(self.body.uid, j, computeForwardKinematics=1, physicsClientId=cid)[4]
            for j in (self._left[0], self._right[0])
        ]
        if not data or data[0][2] != api.GEOM_CYLINDER:
            raise PhysicsError("a robot's wheels must collide as cylinders; check its URDF")
        return float(data[0][3][1]), abs(float(states[0][1] - states[1][1]))
