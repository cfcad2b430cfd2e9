"""Skid-steered robots loaded from URDF: wheels under velocity control, heading held by feedback on yaw."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np

from simgen.errors import PhysicsError, SimgenError
from simgen.models import Model
from simgen.world.bullet import Client, quiet
from simgen.world.frames import Array, compose, matrix_from_quat, pose, quat_from_matrix

MAX_SPEED_MPS = 1.5
_MAX_ACCEL_MPS2 = 1.5
_MAX_YAW_RATE_RADPS = 1.2
_HEADING_GAIN_PER_S = 2.0
_YAW_RATE_GAIN = 1.5
_YAW_INTEGRAL_GAIN_PER_S = 2.0
_SKID_FACTOR = 1.6  # track that steers over track that is, measured on dry ground; feedback does the rest
_WHEEL_TORQUE_NM = 40.0
_MARKER_MASS_KG = 0.01  # URDF links without inertia (frames, plates) get 1 kg and 1 kg m2 from Bullet's loader


class Robot:
    """A URDF robot whose continuous wheel joints are named "...left..." and "...right...".

    Attributes:
        uid: Bullet's id.
        T_model_base: (4, 4) pose of the base link in the model frame: that of the model's part of its name.
        links: link name -> Bullet's link index.
        mass_kg: total; inertia_kgm2: (3,) of the box around the collision shapes, for the water.
        speed_command_mps: speed that the wheels are asked for, before yaw.
    """

    def __init__(self, client: Client, model: Model, T_world_model: Array, *, wheel_friction: float) -> None:
        self._client = client
        api, cid = client.api, client.id
        path = _urdf_path(model.urdf)
        with quiet():
            self.uid: int = api.loadURDF(
                str(path),
                flags=api.URDF_IGNORE_VISUAL_SHAPES
                | api.URDF_USE_INERTIA_FROM_FILE
                | api.URDF_USE_IMPLICIT_CYLINDER,  # else wheels are faceted hulls and the robot shakes
                physicsClientId=cid,
            )
        base = api.getBodyInfo(self.uid, physicsClientId=cid)[0].decode()
        rest = {p.name: pose(matrix_from_quat(p.quat_xyzw), p.position_m) for p in model.parts}
        self.T_model_base = rest.get(base, np.eye(4))
        joints = [api.getJointInfo(self.uid, j, physicsClientId=cid) for j in range(self._joint_count())]
        self.links = {base: -1} | {info[12].decode(): j for j, info in enumerate(joints)}
        self._left = [j for j, i in enumerate(joints) if i[2] == api.JOINT_REVOLUTE and b"left" in i[1]]
        self._right = [j for j, i in enumerate(joints) if i[2] == api.JOINT_REVOLUTE and b"right" in i[1]]
        if not self._left or not self._right:
            raise SimgenError(f"robot {model.name!r}: {path} has no left and right wheel joints to drive")
        self._tune(wheel_friction, _links_without_inertia(path))
        self.mass_kg = sum(
            api.getDynamicsInfo(self.uid, j, physicsClientId=cid)[0] for j in range(-1, self._joint_count())
        )
        self.inertia_kgm2 = (
            self.mass_kg
            / 12.0
            * np.array(
                [
                    model.size_m[1] ** 2 + model.size_m[2] ** 2,
                    model.size_m[0] ** 2 + model.size_m[2] ** 2,
                    model.size_m[0] ** 2 + model.size_m[1] ** 2,
                ]
            )
        )
        self._radius_m, self._track_m = self._wheel_geometry()
        self.speed_command_mps = 0.0
        self._yaw_integral = 0.0
        T_world_base = compose(T_world_model, self.T_model_base)
        api.resetBasePositionAndOrientation(
            self.uid,
            T_world_base[:3, 3].tolist(),
            quat_from_matrix(T_world_base[:3, :3]).tolist(),
            physicsClientId=cid,
        )

    def hold(self) -> None:
        """Lock the wheels."""
        self.speed_command_mps = 0.0
        self._yaw_integral = 0.0
        self._turn_wheels(0.0, 0.0)

    def follow(self, speed_mps: float, heading_rad: float, yaw_rad: float, yaw_rate_radps: float, dt_s: float) -> None:
        """One tick towards a speed along a heading."""
        self._approach(speed_mps, dt_s)
        error = math.atan2(math.sin(heading_rad - yaw_rad), math.cos(heading_rad - yaw_rad))
        self._turn(_HEADING_GAIN_PER_S * error, yaw_rate_radps, dt_s)

    def act(self, steer: float, accel: float, yaw_rate_radps: float, dt_s: float) -> None:
        """One tick of a command: `accel` changes the speed asked for, `steer` is a share of top yaw rate."""
        wanted = self.speed_command_mps + accel * _MAX_ACCEL_MPS2 * dt_s
        self.speed_command_mps = min(max(wanted, -MAX_SPEED_MPS), MAX_SPEED_MPS)
        self._turn(steer * _MAX_YAW_RATE_RADPS, yaw_rate_radps, dt_s)

    def _approach(self, speed_mps: float, dt_s: float) -> None:
        step = _MAX_ACCEL_MPS2 * dt_s
        self.speed_command_mps += min(max(speed_mps - self.speed_command_mps, -step), step)

    def _turn(self, yaw_rate_radps: float, present_radps: float, dt_s: float) -> None:
        """Set the wheels; skidding wheels turn the chassis too little, so feedback makes up for it."""
        wanted = min(max(yaw_rate_radps, -_MAX_YAW_RATE_RADPS), _MAX_YAW_RATE_RADPS)
        error = wanted - present_radps
        self._yaw_integral += _YAW_INTEGRAL_GAIN_PER_S * error * dt_s
        self._yaw_integral = min(max(self._yaw_integral, -2.0), 2.0)
        self._turn_wheels(self.speed_command_mps, _SKID_FACTOR * wanted + _YAW_RATE_GAIN * error + self._yaw_integral)

    def _turn_wheels(self, speed_mps: float, yaw_rate_radps: float) -> None:
        half = 0.5 * self._track_m * yaw_rate_radps
        left, right = (speed_mps - half) / self._radius_m, (speed_mps + half) / self._radius_m
        api = self._client.api
        wheels = self._left + self._right
        api.setJointMotorControlArray(
            self.uid,
            wheels,
            api.VELOCITY_CONTROL,
            targetVelocities=[left] * len(self._left) + [right] * len(self._right),
            forces=[_WHEEL_TORQUE_NM] * len(wheels),
            physicsClientId=self._client.id,
        )

    def _joint_count(self) -> int:
        count: int = self._client.api.getNumJoints(self.uid, physicsClientId=self._client.id)
        return count

    def _tune(self, wheel_friction: float, markers: set[str]) -> None:
        """Take Bullet's default damping away, give marker links next to no mass, set the tyres' friction."""
        api, cid = self._client.api, self._client.id
        wheels = {*self._left, *self._right}
        for name, j in self.links.items():
            extra = {"mass": _MARKER_MASS_KG, "localInertiaDiagonal": [1e-4] * 3} if name in markers else {}
            api.changeDynamics(
                self.uid,
                j,
                linearDamping=0.0,
                angularDamping=0.0,
                jointDamping=0.0,
                restitution=0.0,
                lateralFriction=wheel_friction if j in wheels else 0.5,
                physicsClientId=cid,
                **extra,
            )

    def _wheel_geometry(self) -> tuple[float, float]:
        """Radius and track of the wheels, from their collision cylinders and joint positions."""
        api, cid = self._client.api, self._client.id
        data = api.getCollisionShapeData(self.uid, self._left[0], physicsClientId=cid)
        states = [
            api.getLinkState(self.uid, j, computeForwardKinematics=1, physicsClientId=cid)[4]
            for j in (self._left[0], self._right[0])
        ]
        if not data or data[0][2] != api.GEOM_CYLINDER:
            raise PhysicsError("a robot's wheels must collide as cylinders; check its URDF")
        return float(data[0][3][1]), abs(float(states[0][1] - states[1][1]))


def _urdf_path(relative: str) -> Path:
    with quiet():
        import pybullet_data
    path = Path(pybullet_data.getDataPath()) / relative
    if not path.is_file():
        raise SimgenError(f"the robot file {relative!r} is not in pybullet_data ({path}); reinstall pybullet")
    return path


def _links_without_inertia(urdf: Path) -> set[str]:
    root = ElementTree.parse(urdf).getroot()
    return {link.attrib["name"] for link in root.iter("link") if link.find("inertial") is None}
