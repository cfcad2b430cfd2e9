"""Serial arms with a two-finger gripper: joints, tool and fingers under position control."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from simgen.errors import UserError
from simgen.models import Model
from simgen.models.robot_spec import ArmSpec
from simgen.models.urdf import chain_to, read_joints
from simgen.scenario.scene import ActorSpec
from simgen.world.bullet import Client
from simgen.world.control import Action, ArmAction
from simgen.world.frames import Array, compose, inverse
from simgen.world.robots.articulation import Articulation, BaseState, JointState, driven_joints
from simgen.world.robots.chain import approach, chain_of, tool_pose

TOP_SPEED_MPS = 0.5
"""Of the tool under an `ArmAction`."""
TOP_TURN_RADPS = 1.5
_RATE_SHARE = 0.8  # of the joints' greatest rates
_FALLBACK_RATE_RADPS = 2.0
_FINGER_RATE_MPS = 0.1
_IK_STEPS = 2  # a tick; the pose asked for moves little from one to the next
_NEARING = 0.02  # of the way to a limit a tick: brakes at 5 times the rate, which weak wrists can
_POSITION_GAIN = 0.4
_FINGER_FRICTION = 1.2  # rubber pads
_PAD_SPIN_M = 0.002  # a pad's patch of contact resists turning: about a third of its radius
_GEAR_N = 60.0
_SETTLED_M = 1e-4
_SETTLED_RAD = 1e-3
_PATIENCE_S = 1.5
_DONE = object()


class Arm:
    """An arm bolted to where it stands.

    Attributes:
        body: its links and joints.
        spec: its joints, tool and fingers.
        T_world_foot: (4, 4) where it stands.
        target: (4, 4) tool pose in the world that it is moving to.
        grip: whether the fingers close.
    """

    def __init__(
        self, client: Client, actor: ActorSpec, model: Model, spec: ArmSpec, T_world_model: Array, dt_s: float
    ) -> None:
        self._client = client
        self._actor = actor
        self.spec = spec
        self.footing = None
        self.T_world_foot = T_world_model
        self._from_world = inverse(T_world_model)
        opened = dict.fromkeys(spec.fingers, spec.open_m)
        start = dict(zip(spec.joints, spec.home_rad, strict=True)) | opened
        self.body = Articulation(client, model, T_world_model, fixed=True, start=start)
        chain = chain_to(model.urdf, spec.tool)
        self._chain = chain_of(chain, spec.joints, spec.home_rad)
        limits = driven_joints(model.urdf, spec.joints)
        rates = np.array([r if math.isfinite(r) and r > 0.0 else _FALLBACK_RATE_RADPS for *_, r in limits])
        self._most_rad = _RATE_SHARE * np.minimum(rates, 3.0) * dt_s
        self._forces = [e if math.isfinite(e) and e > 0.0 else 100.0 for _, _, e, _ in limits]
        self._indices = [self.body.joints[n] for n in spec.joints]
        self._fingers = [self.body.joints[n] for n in spec.fingers]
        self._dt_s = dt_s
        self._q = np.array(spec.home_rad, np.float64)
        self._script: Iterator[None] | None = None
        self.grip = False
        pads = [j.child for j in read_joints(model.urdf) if j.name in spec.fingers]
        self.body.set_friction(pads, _FINGER_FRICTION, spinning_m=_PAD_SPIN_M)
        self._gear()
        tool = np.empty((4, 4))
        tool_pose(self._chain, self._q, tool)
        self.target = compose(T_world_model, tool)
        self.home = self.target.copy()

    def hold(self) -> None:
        """Stay where it is told to be."""
        self._drive([0.0] * len(self._indices))

    def act(self, command: Action | ArmAction, base: BaseState, dt_s: float) -> None:
        """One tick of a command: the tool's pose asked for moves at a velocity.

        Raises:
            UserError: the command is for wheels.
        """
        if isinstance(command, Action):
            raise UserError(f"actor {self._actor.name!r} ({self._actor.model}) has no wheels: give an ArmAction")
        move = np.array(command.move) * (TOP_SPEED_MPS * dt_s)
        self.target[:3, 3] += move
        self.target[:3, :3] = _turned(self.target[:3, :3], np.array(command.turn) * (TOP_TURN_RADPS * dt_s))
        self.grip = command.grip > 0.0
        self.seek()
        # What the arm cannot follow is not asked for: else a command at the edge of its reach winds up.
        reached = self.commanded_pose()
        away = self.target[:3, 3] - reached[:3, 3]
        far = float(np.sqrt((away * away).sum()))
        if far > 0.05:
            self.target[:3, 3] = reached[:3, 3] + away * (0.05 / far)

    def follow(self, base: BaseState, dt_s: float) -> None:
        """One tick of what it is set to do; without a task it stays."""
        if self._script is None or next(self._script, _DONE) is _DONE:
            self._script = None
            self.seek()

    def assign(self, script: Iterator[None]) -> None:
        """Give it a task: an iterator that sets `target` and `grip` and calls `seek` before each yield."""
        self._script = script

    def joints(self) -> JointState:
        """Joints of the arm, then of the fingers."""
        return self.body.state((*self.spec.joints, *self.spec.fingers))

    def set_joints(self, angles_rad: Sequence[float]) -> None:
        """One tick in joint space: motors to angles (J,), within the limits and at no more than the joints' rates."""
        low, high = self._chain.low, self._chain.high
        wanted = np.clip(np.asarray(angles_rad, np.float64), low, high)
        down, up = np.minimum(self._most_rad, _NEARING * np.stack([self._q - low, high - self._q]))
        step = np.clip(wanted - self._q, -down, up)
        self._q += step
        self._drive((step / self._dt_s).tolist())
        self.target = self.commanded_pose()

    def seek(self) -> float:
        """One tick towards `target`; returns the error that inverse kinematics leaves, in m or rad."""
        before = self._q.copy()
        goal = compose(self._from_world, self.target)
        left = float(approach(self._chain, self._q, goal, self._most_rad, _NEARING, _IK_STEPS))
        self._drive(((self._q - before) / self._dt_s).tolist())
        return left

    def commanded_pose(self) -> Array:
        """(4, 4) tool pose in the world of the joint angles that the motors are asked for."""
        tool = np.empty((4, 4))
        tool_pose(self._chain, self._q, tool)
        return compose(self.T_world_foot, tool)

    def tool_pose(self) -> Array:
        """(4, 4) tool pose in the world, as physics has it."""
        return self.body.link_pose(self.spec.tool)

    def move(self, pose: Array, *, speed_mps: float, turn_radps: float = 1.2) -> Iterator[None]:
        """Tool on a straight line to a pose in the world, smoothly (minimum jerk), then until it has arrived."""
        start = self.target.copy()
        way = pose[:3, 3] - start[:3, 3]
        axis = _rotation_vector(start[:3, :3], pose[:3, :3])
        far, angle = math.sqrt(float((way * way).sum())), math.sqrt(float((axis * axis).sum()))
        ticks = max(1, math.ceil(1.875 * max(far / speed_mps, angle / turn_radps) / self._dt_s))  # peak is 1.875 mean
        for k in range(1, ticks + 1):
            t = k / ticks
            s = t * t * t * (10.0 - 15.0 * t + 6.0 * t * t)
            self.target = start.copy()
            self.target[:3, 3] += s * way
            self.target[:3, :3] = _turned(start[:3, :3], s * axis)
            self.seek()
            yield
        self.target = pose.copy()
        for _ in range(round(_PATIENCE_S / self._dt_s)):
            if self.seek() < _SETTLED_M + _SETTLED_RAD:
                break
            yield

    def wait(self, duration_s: float) -> Iterator[None]:
        """Stay at the target for a time."""
        for _ in range(round(duration_s / self._dt_s)):
            self.seek()
            yield

    def _drive(self, rates: Sequence[float]) -> None:
        api, cid = self._client.api, self._client.id
        api.setJointMotorControlArray(
            self.body.uid,
            self._indices,
            api.POSITION_CONTROL,
            targetPositions=self._q.tolist(),
            targetVelocities=list(rates),
            positionGains=[_POSITION_GAIN] * len(self._indices),
            velocityGains=[1.0] * len(self._indices),
            forces=self._forces,
            physicsClientId=cid,
        )
        for joint in self._fingers:
            api.setJointMotorControl2(
                self.body.uid,
                joint,
                api.POSITION_CONTROL,
                targetPosition=0.0 if self.grip else self.spec.open_m,
                positionGain=0.3,
                velocityGain=1.0,
                force=self.spec.grip_n,
                maxVelocity=_FINGER_RATE_MPS,
                physicsClientId=cid,
            )

    def _gear(self) -> None:
        """Couple the fingers, as their one motor does: what they hold stays in the middle."""
        api, cid = self._client.api, self._client.id
        first, second = self._fingers
        gear = api.createConstraint(
            self.body.uid,
            first,
            self.body.uid,
            second,
            api.JOINT_GEAR,
            jointAxis=[1, 0, 0],
            parentFramePosition=[0, 0, 0],
            childFramePosition=[0, 0, 0],
            physicsClientId=cid,
        )
        api.changeConstraint(gear, gearRatio=-1, erp=0.1, maxForce=_GEAR_N, physicsClientId=cid)


def _rotation_vector(start: Array, end: Array) -> Array:
    """(3,) axis times angle that turns one (3, 3) orientation into another, in the world."""
    r = np.zeros((3, 3))
    for k in range(3):
        r += end[:, k, None] * start[None, :, k]
    v = 0.5 * np.array([r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]])
    sine = math.sqrt(float((v * v).sum()))
    angle = math.atan2(sine, 0.5 * (r[0, 0] + r[1, 1] + r[2, 2] - 1.0))
    if sine > 1e-7:
        return v * (angle / sine)
    if angle < 1.0:
        return v
    k = int(np.argmax(np.diag(r)))  # half a turn: the axis is a column of r + I
    axis = r[:, k].copy()
    axis[k] += 1.0
    return axis * (angle / math.sqrt(float((axis * axis).sum())))


def _turned(rotation: Array, vector: Array) -> Array:
    """A (3, 3) orientation turned in the world by axis times angle (3,); Rodrigues."""
    angle = math.sqrt(float((vector * vector).sum()))
    if angle < 1e-12:
        return rotation.copy()
    x, y, z = (vector / angle).tolist()
    c, s = math.cos(angle), math.sin(angle)
    v = 1.0 - c
    r = np.array(
        [
            [c + x * x * v, x * y * v - z * s, x * z * v + y * s],
            [y * x * v + z * s, c + y * y * v, y * z * v - x * s],
            [z * x * v - y * s, z * y * v + x * s, c + z * z * v],
        ]
    )
    out = np.zeros((3, 3))
    for k in range(3):
        out += r[:, k, None] * rotation[None, k, :]
    return out
