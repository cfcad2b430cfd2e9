"""The actors of a scene as Bullet bodies, and their motion as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Conditions
from simgen.errors import UserError
from simgen.models import HeightGrid, Model, build_model
from simgen.scenario.scene import ActorSpec
from simgen.world.bullet import (
    GROUP_FREE,
    GROUP_STATIC,
    GROUP_VEHICLE,
    GROUP_WALKER,
    Client,
    in_frame,
)
from simgen.world.frames import (
    Array,
    compose,
    inverse,
    matrix_from_quat,
    pose,
    principal_axes,
    quat_from_matrix,
)
from simgen.world.placement import initial_pose
from simgen.world.robot import Robot
from simgen.world.solids import Solid, mass_properties, solid_of
from simgen.world.tyres import Motion

_DRY_PAVED_FRICTION = 0.85  # model frictions are for dry ground; other surfaces scale them by this


@dataclass(eq=False)
class Body:
    """One actor in the simulation.

    Attributes:
        index: of the actor.
        spec, model: what it is.
        role: "fixed" (part of the world), "free", "vehicle", "robot" or "walker" (moved by its behaviour).
        uid: Bullet's id.
        solids: its collision surfaces in the model frame.
        T_model_body: (4, 4) pose of the body frame, whose origin is the centre of mass and whose axes are
            principal, in the model frame; for robots the frame of the base link.
        mass_kg: 0 for fixed bodies.
        inertia_kgm2: (3,) principal moments.
        robot: the driven joints, on robots.
    """

    index: int
    spec: ActorSpec
    model: Model
    role: str
    uid: int
    solids: list[Solid]
    T_model_body: Array
    mass_kg: float
    inertia_kgm2: Array
    robot: Robot | None = None


def role_of(spec: ActorSpec, model: Model) -> str:
    """How physics treats the actor."""
    if spec.behaviour == "static" or not model.dynamic:
        return "fixed"
    if model.kinematic:
        return "walker"
    if model.urdf:
        return "robot"
    return "vehicle" if model.vehicle is not None else "free"


def add_actor(client: Client, index: int, spec: ActorSpec, ground: HeightGrid, conditions: Conditions) -> Body:
    """Build the actor's body at its initial pose.

    Raises:
        UserError: its behaviour cannot move such a model, or the model has no collision shapes.
    """
    model = build_model(spec.model, spec.params)
    role = role_of(spec, model)
    if not model.collision:
        raise UserError(f"actor {spec.name!r}: model {spec.model!r} has no collision shapes to simulate")
    solids = [solid_of(s) for s in model.collision]
    T_world_model = initial_pose(spec, model, solids, ground)
    friction = model.friction * ground_friction_share(conditions)
    if role == "robot":
        robot = Robot(client, model, T_world_model, wheel_friction=conditions.surface.friction(0.0))
        return Body(
            index,
            spec,
            model,
            role,
            robot.uid,
            solids,
            robot.T_model_base,
            robot.mass_kg,
            robot.inertia_kgm2,
            robot,
        )
    tensor = mass_properties(solids, max(model.mass_kg, 1e-3))
    if role in ("free", "walker"):
        moments, axes = principal_axes(tensor)
    else:  # vehicles keep their axes: forward, left, up
        moments, axes = np.diag(tensor).copy(), np.eye(3)
    T_model_body = pose(axes, model.center_of_mass_m)
    T_world_body = compose(T_world_model, T_model_body)
    mass = 0.0 if role == "fixed" else model.mass_kg
    uid = client.add_body(
        in_frame(model.collision, inverse(T_model_body)),
        position_m=T_world_body[:3, 3],
        quat_xyzw=quat_from_matrix(T_world_body[:3, :3]),
        mass_kg=mass,
        inertia_kgm2=moments,
        friction=friction,
    )
    if role == "vehicle":
        client.set_group(uid, GROUP_VEHICLE, -1)
    elif role == "walker":
        client.set_group(uid, GROUP_WALKER, GROUP_FREE | GROUP_VEHICLE)
    return Body(index, spec, model, role, uid, solids, T_model_body, mass, moments)


def ground_friction_share(conditions: Conditions) -> float:
    """Contact friction of loose things on this surface as a share of that on dry paving."""
    return conditions.surface.friction(0.0) / _DRY_PAVED_FRICTION


def release_walker(client: Client, body: Body) -> None:
    """Let a struck person or animal fall as a free body that meets everything."""
    client.set_group(body.uid, GROUP_WALKER, GROUP_FREE | GROUP_STATIC | GROUP_VEHICLE | GROUP_WALKER)
    body.role = "free"


class Track:
    """Motion of all bodies as arrays, read from Bullet after each step.

    Attributes:
        quat_xyzw: (A, 4) of the body frames.
        motion: rotation (A, 3, 3), position and velocities (A, 3) of the body frames.
    """

    def __init__(self, client: Client, bodies: list[Body]) -> None:
        self._client = client
        count = len(bodies)
        self.quat_xyzw = np.zeros((count, 4))
        self.motion = Motion(np.zeros((count, 3, 3)), np.zeros((count, 3)), np.zeros((count, 3)), np.zeros((count, 3)))
        self._T_body_model = np.array([inverse(b.T_model_body) for b in bodies]).reshape(count, 4, 4)
        self._read([(b.index, b.uid) for b in bodies])
        self._moving = [(b.index, b.uid) for b in bodies if b.role != "fixed"]
        self._rows = np.array([i for i, _ in self._moving], np.int64)

    def read(self) -> None:
        """Refresh everything that can move."""
        self._read(self._moving)

    def _read(self, items: list[tuple[int, int]]) -> None:
        if not items:
            return
        api, cid = self._client.api, self._client.id
        flat: list[float] = []
        for _, uid in items:
            position, quat = api.getBasePositionAndOrientation(uid, physicsClientId=cid)
            linear, angular = api.getBaseVelocity(uid, physicsClientId=cid)
            flat += position
            flat += quat
            flat += linear
            flat += angular
        table = np.array(flat).reshape(len(items), 13)
        rows: NDArray[np.int64] = np.array([i for i, _ in items], np.int64)
        self.motion.position_m[rows] = table[:, 0:3]
        self.quat_xyzw[rows] = table[:, 3:7]
        self.motion.rotation[rows] = matrix_from_quat(table[:, 3:7])
        self.motion.velocity_mps[rows] = table[:, 7:10]
        self.motion.angular_radps[rows] = table[:, 10:13]

    def model_poses(self) -> Array:
        """(A, 4, 4) poses of the model frames in the world."""
        T_world_body = np.zeros((len(self.quat_xyzw), 4, 4))
        T_world_body[:, :3, :3] = self.motion.rotation
        T_world_body[:, :3, 3] = self.motion.position_m
        T_world_body[:, 3, 3] = 1.0
        return compose(T_world_body, self._T_body_model)

    def rows(self, index: NDArray[np.int64]) -> Motion:
        """The motion of some bodies, copied."""
        m = self.motion
        return Motion(m.rotation[index], m.position_m[index], m.velocity_mps[index], m.angular_radps[index])
