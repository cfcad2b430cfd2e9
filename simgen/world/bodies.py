"""The actors of a scene as Bullet bodies, and their motion as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.conditions import Conditions, Surface
from simgen.errors import UserError
from simgen.held import Held, taken
from simgen.models import HeightGrid, Model, build_model
from simgen.scenario.scene import ActorSpec
from simgen.world.bullet import (
    GROUP_FREE,
    GROUP_RAGDOLL,
    GROUP_VEHICLE,
    GROUP_WALKER,
    GROUP_YIELDING,
    Client,
    in_frame,
)
from simgen.world.frames import (
    Array,
    compose,
    inverse,
    place,
    pose,
    principal_axes,
    quat_from_matrix,
)
from simgen.world.placement import initial_pose
from simgen.world.robots import Robot, build_robot
from simgen.world.solids import Solid, mass_properties, solid_of
from simgen.world.state import Motion

_DRY_PAVED_FRICTION = 0.85  # model frictions are for dry ground; other surfaces scale them by this


@dataclass(eq=False)
class Body:
    """One actor in the simulation.

    Attributes:
        index: of the actor.
        spec, model: what it is.
        role: "fixed" (part of the world), "free", "vehicle", "robot", "walker" (moved by its behaviour) or
            "ragdoll" (a struck walker with limbs; `uid` and `T_model_body` are those of its trunk).
        uid: Bullet's id.
        solids: its collision surfaces in the model frame.
        T_model_body: (4, 4) pose of the body frame, whose origin is the centre of mass and whose axes are
            principal, in the model frame; for robots that of the base link alone.
        mass_kg: 0 for fixed bodies.
        inertia_kgm2: (3,) principal moments.
        robot: what drives it, on robots.
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


def add_actor(
    client: Client, index: int, spec: ActorSpec, ground: HeightGrid, conditions: Conditions, dt_s: float
) -> Body:
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
    friction = model.friction * ground_friction_share(conditions.surface)
    if role == "robot":
        robot = build_robot(client, spec, model, T_world_model, conditions, dt_s)
        of = robot.body
        return Body(index, spec, model, role, of.uid, solids, of.T_model_base, of.mass_kg, of.inertia_kgm2, robot)
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
        client.set_group(uid, GROUP_VEHICLE, ~GROUP_YIELDING)
    elif role == "walker":
        client.set_group(uid, GROUP_WALKER, GROUP_FREE | GROUP_VEHICLE | GROUP_RAGDOLL | GROUP_YIELDING)
    elif role == "free" and model.yielding is not None:
        client.set_group(uid, GROUP_YIELDING, ~GROUP_VEHICLE)
    return Body(index, spec, model, role, uid, solids, T_model_body, mass, moments)


def ground_friction_share(surface: Surface) -> float:
    """Contact friction of loose things on a surface as a share of that on dry paving."""
    return surface.friction(0.0) / _DRY_PAVED_FRICTION


def release_walker(client: Client, body: Body) -> None:
    """Let a struck walker without limbs fall as a free body that meets everything."""
    client.set_group(body.uid, GROUP_WALKER, -1)
    body.role = "free"


class Track:
    """Motion of all bodies as arrays, read from Bullet after each step.

    Loose things on dry ground need no forces, so they are read only when someone asks for their motion, but for
    those with an index in `watched`.

    Attributes:
        latest: rotation (A, 3, 3), position and velocities (A, 3) of the body frames; rows of loose things are
            those of when they were last asked for.
        quat_xyzw: (A, 4) of the body frames, as old as `latest`.
        positions_m: the same positions as plain tuples, for handing back to Bullet.
        pushed: (M,) int64 rows that `latest` always has anew.
    """

    def __init__(self, client: Client, bodies: list[Body], watched: set[int], *, wet: bool) -> None:
        self._client = client
        count = len(bodies)
        self.quat_xyzw = np.zeros((count, 4))
        self.latest = Motion(np.zeros((count, 3, 3)), np.zeros((count, 3)), np.zeros((count, 3)), np.zeros((count, 3)))
        self.positions_m: list[tuple[float, float, float]] = [(0.0, 0.0, 0.0)] * count
        self._T_body_model = np.array([inverse(b.T_model_body) for b in bodies]).reshape(count, 4, 4)
        self._to_model = self._T_body_model[:, :3, 3].tolist()
        self._stale = False
        _Batch(bodies).read(self)
        loose = [b for b in bodies if b.role == "free" and not wet and b.index not in watched]
        self._pushed = _Batch([b for b in bodies if b.role != "fixed" and b not in loose])
        self._loose = _Batch(loose)
        self.pushed = self._pushed.rows

    @property
    def motion(self) -> Motion:
        """`latest`, with loose things read anew."""
        if self._stale:
            self._loose.read(self)
            self._stale = False
        return self.latest

    def read(self) -> None:
        """Refresh after a step."""
        self._pushed.read(self)
        self._stale = True

    def renew(self, rows: list[int]) -> None:
        """Refresh `latest` for some loose things."""
        if self._stale and rows:
            self._loose.read_some(self, rows)

    def rebind(self, body: Body) -> None:
        """Read another Bullet body for an actor from now on, and now."""
        self._T_body_model[body.index] = inverse(body.T_model_body)
        self._to_model[body.index] = self._T_body_model[body.index, :3, 3].tolist()
        self._pushed.rebind(body)
        self._pushed.read(self)

    def model_poses(self) -> Array:
        """(A, 4, 4) poses of the model frames in the world."""
        motion = self.motion
        out = np.empty_like(self._T_body_model)
        place(motion.rotation, motion.position_m, self._T_body_model, out)
        return out

    def model_position_m(self, index: int) -> tuple[float, float, float]:
        """Position of one body's model frame in the world; not for loose things."""
        motion = self.latest
        a, b, c = self._to_model[index]
        x, y, z = (
            r[0] * a + r[1] * b + r[2] * c + p
            for r, p in zip(motion.rotation[index].tolist(), motion.position_m[index].tolist(), strict=True)
        )
        return x, y, z


class _Batch:
    """Bodies that are read together."""

    def __init__(self, bodies: list[Body]) -> None:
        self.rows = np.array([b.index for b in bodies], np.int64)
        self._items = [(b.index, b.uid) for b in bodies]
        self._uid = dict(self._items)
        self._table = np.zeros((len(bodies), 13))
        self._target: tuple[Motion, Held] | None = None
        self._pack = Struct(f"{13 * len(bodies)}d").pack_into
        self._flat = self._table.reshape(-1).data  # a view: packing a list is twice as fast as assigning it

    def rebind(self, body: Body) -> None:
        """Take the present Bullet id of one of the bodies."""
        self._uid[body.index] = body.uid
        self._items = list(self._uid.items())

    def read(self, track: Track) -> None:
        """Fill the bodies' rows of a track."""
        if not self._items:
            return
        self._pack(self._flat, 0, *self._ask(track, self._items))
        if self._target is None or self._target[0] is not track.latest:
            self._target = track.latest, Held(_Reading(self._table, self.rows, track.latest, track.quat_xyzw))
        _unpack(self._target[1])

    def read_some(self, track: Track, rows: list[int]) -> None:
        """Fill these rows of a track only."""
        table = np.array(self._ask(track, [(index, self._uid[index]) for index in rows])).reshape(-1, 13)
        _spread(table, np.array(rows, np.int64), track.latest, track.quat_xyzw)

    @staticmethod
    def _ask(track: Track, items: list[tuple[int, int]]) -> list[float]:
        """Position, quaternion xyzw and velocities of bodies, one after the other; the track gets the positions."""
        client = track._client
        pose_of, velocity_of, cid = client.api.getBasePositionAndOrientation, client.api.getBaseVelocity, client.id
        positions = track.positions_m
        flat: list[float] = []
        for index, uid in items:
            position, quat = pose_of(uid, cid)
            linear, angular = velocity_of(uid, cid)
            positions[index] = position
            flat += (*position, *quat, *linear, *angular)
        return flat


class _Reading(NamedTuple):
    """What was read of M bodies, and where it goes.

    Attributes:
        table: (M, 13) position, quaternion xyzw and velocities.
        rows: (M,) int64 of the bodies in `motion` and `quat_xyzw` (A, 4).
    """

    table: Array
    rows: NDArray[np.int64]
    motion: Motion
    quat_xyzw: Array


@kernel
def _unpack(reading: Held) -> None:
    """`_spread` a `_Reading`."""
    r = taken(reading)
    _spread(r.table, r.rows, r.motion, r.quat_xyzw)


@kernel
def _spread(table: Array, rows: NDArray[np.int64], motion: Motion, quat_xyzw: Array) -> None:
    """Spread (M, 13) position, quaternion xyzw and velocities over the rows of motion arrays."""
    for m in range(rows.shape[0]):
        n = rows[m]
        for k in range(3):
            motion.position_m[n, k] = table[m, k]
            motion.velocity_mps[n, k] = table[m, 7 + k]
            motion.angular_radps[n, k] = table[m, 10 + k]
        for k in range(4):
            quat_xyzw[n, k] = table[m, 3 + k]
        x, y, z, w = table[m, 3], table[m, 4], table[m, 5], table[m, 6]
        r = motion.rotation[n]
        r[0, 0] = 1.0 - 2.0 * (y * y + z * z)
        r[0, 1] = 2.0 * (x * y - z * w)
        r[0, 2] = 2.0 * (x * z + y * w)
        r[1, 0] = 2.0 * (x * y + z * w)
        r[1, 1] = 1.0 - 2.0 * (x * x + z * z)
        r[1, 2] = 2.0 * (y * z - x * w)
        r[2, 0] = 2.0 * (x * z - y * w)
        r[2, 1] = 2.0 * (y * z + x * w)
        r[2, 2] = 1.0 - 2.0 * (x * x + y * y)
