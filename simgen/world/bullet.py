"""One PyBullet DIRECT client: made fresh for each world, told everything explicitly, closed with it.

A fresh client costs about 1 ms; keeping one and calling resetSimulation leaves counters and pools behind, and
the same scene must give the same trajectory whatever ran before it.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import hashlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simgen.errors import PhysicsError
from simgen.models import Shape
from simgen.world.frames import Array, matrix_from_quat, quat_from_matrix, turn
from simgen.world.solids import solid_of

_LIBC = ctypes.CDLL(None)
_LOG = logging.getLogger(__name__)

GROUP_FREE = 1
GROUP_STATIC = 2
GROUP_VEHICLE = 64
GROUP_WALKER = 128
GROUP_GROUND = 256  # its sheets lie below it: rays look past them
GROUP_RAGDOLL = 512
GROUP_YIELDING = 1024  # loose things whose contacts with vehicles are solved outside Bullet
"""Collision groups; 1 is what Bullet gives the links of robots by itself."""
_EVERYTHING = -1
GRAVITY_MPS2 = 9.81
_ROLLING_FRICTION_M = 0.005
_SOLVER_ITERATIONS = 50
POINT_M = 1e-6
"""Length of a capsule that is a ball: Bullet's own way with balls knows nothing of how thick the ground is."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Send what C code prints (`b3Warning`, build banners) to the log instead of the terminal."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    with tempfile.TemporaryFile() as sink:
        try:
            os.dup2(sink.fileno(), 1)
            os.dup2(sink.fileno(), 2)
            yield
        finally:
            _LIBC.fflush(None)  # what C still buffers must land in the sink
            for fd, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, fd)
                os.close(copy)
            sink.seek(0)
            text = sink.read().decode(errors="replace").strip()
            if text:
                _LOG.debug("bullet: %s", text)


with quiet():
    import pybullet


class Client:
    """A physics client; `api` is the pybullet module and `id` its client number."""

    def __init__(self, physics_hz: int) -> None:
        self.api = pybullet
        with quiet():
            self.id: int = pybullet.connect(pybullet.DIRECT)
        if self.id < 0:
            raise PhysicsError("PyBullet refused another DIRECT client; close worlds that are no longer needed")
        pybullet.setGravity(0.0, 0.0, -GRAVITY_MPS2, physicsClientId=self.id)
        pybullet.setPhysicsEngineParameter(
            fixedTimeStep=1.0 / physics_hz,
            numSubSteps=0,
            numSolverIterations=_SOLVER_ITERATIONS,
            deterministicOverlappingPairs=1,
            collisionFilterMode=0,  # both bodies must agree to meet; by default one is enough
            enableConeFriction=0,  # the other setting all but stops skid steering along the compass axes
            physicsClientId=self.id,
        )
        # Without one of its own Bullet makes a body's visual shape from its collision shape: 1 ms for a compound.
        self._unseen: int = pybullet.createVisualShape(
            pybullet.GEOM_BOX, halfExtents=[0.01, 0.01, 0.01], physicsClientId=self.id
        )

    def close(self) -> None:
        """Disconnect; a second call does nothing."""
        if self.id >= 0:
            pybullet.disconnect(physicsClientId=self.id)
            self.id = -1

    def add_ground(self, vertices_m: Array, faces: NDArray[np.int64], thick_m: float) -> None:
        """A fixed concave mesh of world triangles, (V, 3) and (T, 3), of friction 1: Bullet multiplies.

        Things rest `thick_m` above it, on either side. Bullet refuses index buffers of more than 524,288. The arrays
        must not change later: worlds of one site share the lists made of them.
        """
        rows, indices = _SHEETS.of(vertices_m, faces)
        shape = pybullet.createCollisionShape(
            pybullet.GEOM_MESH,
            vertices=rows,
            indices=indices,
            flags=pybullet.GEOM_FORCE_CONCAVE_TRIMESH,
            physicsClientId=self.id,
        )
        uid = self._create(shape, 0.0, np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
        pybullet.changeDynamics(uid, -1, collisionMargin=thick_m, physicsClientId=self.id)
        self._surface(uid, friction=1.0, rolling_m=0.0)
        self.set_group(uid, GROUP_GROUND, ~(GROUP_STATIC | GROUP_GROUND))

    def add_body(
        self,
        shapes: Sequence[Shape],
        *,
        position_m: Array,
        quat_xyzw: Array,
        mass_kg: float = 0.0,
        inertia_kgm2: Array | None = None,
        friction: float = 1.0,
    ) -> int:
        """A rigid body of primitives given in its own frame, whose origin is the centre of mass.

        Args:
            shapes: the primitives.
            position_m: (3,) of the body frame in the world.
            quat_xyzw: (4,) its orientation.
            mass_kg: 0 fixes it to the world.
            inertia_kgm2: (3,) principal moments along the body axes; needed when it has mass.
            friction: contact friction; Bullet multiplies it with the other body's.
        """
        uid = self._create(self._compound(shapes), mass_kg, position_m, quat_xyzw)
        if mass_kg > 0.0:
            assert inertia_kgm2 is not None
            pybullet.changeDynamics(
                uid,
                -1,
                mass=mass_kg,  # without it Bullet sets the mass to zero along with the inertia
                localInertiaDiagonal=inertia_kgm2.tolist(),
                linearDamping=0.0,
                angularDamping=0.0,
                activationState=pybullet.ACTIVATION_STATE_DISABLE_SLEEPING,
                physicsClientId=self.id,
            )
        rolls = any(s.kind != "box" for s in shapes)
        self._surface(uid, friction=friction, rolling_m=_ROLLING_FRICTION_M if rolls else 0.0)
        return uid

    def set_group(self, uid: int, group: int, mask: int) -> None:
        """Put a body into a collision group and say with which groups it collides."""
        pybullet.setCollisionFilterGroupMask(uid, -1, group, mask, physicsClientId=self.id)

    def set_friction(self, uid: int, friction: float) -> None:
        """Change a body's contact friction."""
        pybullet.changeDynamics(uid, -1, lateralFriction=friction, physicsClientId=self.id)

    def join(self, parent: int, child: int, pivot_parent_m: Array, pivot_child_m: Array, most_n: float) -> None:
        """Tie a point of one body to a point of another, (3,) each in its own body frame: a ball joint."""
        joint = pybullet.createConstraint(
            parent,
            -1,
            child,
            -1,
            pybullet.JOINT_POINT2POINT,
            [0, 0, 0],
            pivot_parent_m.tolist(),
            pivot_child_m.tolist(),
            physicsClientId=self.id,
        )
        pybullet.changeConstraint(joint, maxForce=most_n, physicsClientId=self.id)

    def sweep(self, uid: int, radius_m: float) -> None:
        """Keep a fast thin body from passing through surfaces: a sphere of this radius is swept along its way."""
        pybullet.changeDynamics(uid, -1, ccdSweptSphereRadius=radius_m, physicsClientId=self.id)

    def remove(self, uid: int) -> None:
        """Take a body out of the world."""
        pybullet.removeBody(uid, physicsClientId=self.id)

    def _create(self, shape: int, mass_kg: float, position_m: Array, quat_xyzw: Array) -> int:
        if shape < 0:
            raise PhysicsError("Bullet refused a collision shape; check its sizes and that its points span a volume")
        uid: int = pybullet.createMultiBody(
            baseMass=mass_kg,
            baseCollisionShapeIndex=shape,
            baseVisualShapeIndex=self._unseen,
            basePosition=position_m.tolist(),
            baseOrientation=quat_xyzw.tolist(),
            useMaximalCoordinates=1,  # plain rigid bodies: no hidden damping, a fifth faster to step
            physicsClientId=self.id,
        )
        fixed = mass_kg == 0.0  # Bullet itself would put fixed rigid bodies among the moving ones
        self.set_group(
            uid, GROUP_STATIC if fixed else GROUP_FREE, ~(GROUP_STATIC | GROUP_GROUND) if fixed else _EVERYTHING
        )
        return uid

    def _surface(self, uid: int, *, friction: float, rolling_m: float) -> None:
        pybullet.changeDynamics(
            uid,
            -1,
            lateralFriction=friction,
            rollingFriction=rolling_m,
            spinningFriction=0.0,
            restitution=0.0,
            physicsClientId=self.id,
        )

    def _compound(self, shapes: Sequence[Shape]) -> int:
        kinds, extents, radii, lengths, files = [], [], [], [], []
        for s in shapes:
            kinds.append(_KIND[s.kind])
            extents.append([0.5 * v for v in s.size_m])
            radii.append(s.size_m[0])
            lengths.append(POINT_M if s.kind == "sphere" else s.size_m[2])
            files.append(_hull_file(s) if s.kind == "hull" else "")
        with quiet() if any(files) else contextlib.nullcontext():
            shape: int = pybullet.createCollisionShapeArray(
                shapeTypes=kinds,
                halfExtents=extents,
                radii=radii,
                lengths=lengths,
                fileNames=files,
                meshScales=[[1.0, 1.0, 1.0]] * len(shapes),
                collisionFramePositions=[list(s.center_m) for s in shapes],
                collisionFrameOrientations=[list(s.quat_xyzw) for s in shapes],
                physicsClientId=self.id,
            )
        return shape


_KIND = {
    "box": pybullet.GEOM_BOX,
    "cylinder": pybullet.GEOM_CYLINDER,
    "sphere": pybullet.GEOM_CAPSULE,  # see POINT_M
    "capsule": pybullet.GEOM_CAPSULE,
    "hull": pybullet.GEOM_MESH,
}


class _Lists:
    """Sheets of triangles as the lists that createCollisionShape takes.

    It never gives back what it is handed (it keeps two references to each list, rows included): half a megabyte a
    world. So the lists of a sheet are kept, for the next world of the site, and refilled for another sheet later.

    Args:
        most: sheets whose lists are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._sheets: dict[tuple[int, int], tuple[Array, NDArray[np.int64], list[list[float]], list[int]]] = {}
        self._rows: list[list[float]] = []  # that no sheet has at the moment

    def of(self, vertices_m: Array, faces: NDArray[np.int64]) -> tuple[list[list[float]], list[int]]:
        """Vertices by rows, and indices; arrays that were handed in before must not have been changed since."""
        key = id(vertices_m), id(faces)
        found = self._sheets.pop(key, None)
        if found is None:
            found = vertices_m, faces, *self._fill(vertices_m, faces)
        self._sheets[key] = found
        return found[2], found[3]

    def _fill(self, vertices_m: Array, faces: NDArray[np.int64]) -> tuple[list[list[float]], list[int]]:
        rows: list[list[float]] = []
        indices: list[int] = []
        if len(self._sheets) >= self._most:
            _, _, rows, indices = self._sheets.pop(next(iter(self._sheets)))
            self._rows += rows
        while len(self._rows) < len(vertices_m):
            self._rows.append([0.0, 0.0, 0.0])
        first = len(self._rows) - len(vertices_m)
        rows[:] = self._rows[first:]
        del self._rows[first:]
        for row, vertex in zip(rows, vertices_m.tolist(), strict=True):
            row[:] = vertex
        indices[:] = faces.reshape(-1).tolist()
        return rows, indices


_SHEETS = _Lists(most=20)  # of four sites


def in_frame(shapes: Sequence[Shape], T_frame_model: Array) -> list[Shape]:
    """The same primitives given in another frame; (4, 4) transform from the model frame to it."""
    out = []
    for s in shapes:
        center = turn(T_frame_model[:3, :3], s.center_m) + T_frame_model[:3, 3]
        quat = quat_from_matrix(turn(T_frame_model[:3, :3], matrix_from_quat(s.quat_xyzw).T).T)
        out.append(
            Shape(
                s.kind,
                (float(center[0]), float(center[1]), float(center[2])),
                (float(quat[0]), float(quat[1]), float(quat[2]), float(quat[3])),
                s.size_m,
                s.points_m,
            )
        )
    return out


def _hull_file(shape: Shape) -> str:
    """Write a hull where Bullet can read it: compounds take meshes only from files.

    The name carries a digest of the points because Bullet caches mesh files by name.
    """
    assert shape.points_m is not None
    text, name = _hull_text(shape.points_m.astype(np.float32).tobytes())
    path = _hull_folder() / name
    if not path.exists():  # what clears temporary folders may have been here since
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="ascii")
    return str(path)


@lru_cache(maxsize=1)
def _hull_folder() -> Path:
    """This process's folder of hulls, removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="simgen-hull-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@lru_cache(maxsize=256)
def _hull_text(points: bytes) -> tuple[str, str]:
    """A hull around (N, 3) float32 points as Wavefront OBJ, and the name of its file."""
    solid = solid_of(Shape("hull", points_m=np.frombuffer(points, np.float32).reshape(-1, 3)))
    lines = ["v {:.7g} {:.7g} {:.7g}".format(*v) for v in solid.vertices_m]
    lines += ["f {} {} {}".format(*(f + 1)) for f in solid.faces]
    text = "\n".join(lines) + "\n"
    return text, f"{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}.obj"
