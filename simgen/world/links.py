"""The links of a jointed robot as bodies of their own: their solids, masses and motion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simgen.errors import SimgenError
from simgen.models import Shape
from simgen.world.bullet import POINT_M, Client, quiet
from simgen.world.frames import Array, matrix_from_quat
from simgen.world.solids import Solid, solid_of
from simgen.world.state import Motion

_HULL_POINTS = 48  # support points that stand for a mesh: a hull of them lacks 3 % of a sphere's volume

_LEAST_INERTIA_KGM2 = 1e-6  # some files state none


@dataclass(frozen=True, eq=False)
class Link:
    """One link with a volume, in its inertial frame (origin at its centre of mass, axes principal).

    Attributes:
        uid: Bullet's id of the robot; index: Bullet's link index, -1 for the base.
        solids: its collision surfaces; a mesh counts as its convex hull.
        mass_kg: of the link; inertia_kgm2: (3,) its principal moments.
    """

    uid: int
    index: int
    solids: list[Solid]
    mass_kg: float
    inertia_kgm2: Array


def links_of(client: Client, uid: int) -> list[Link]:
    """The links of a multibody that have collision shapes and a mass, base first.

    Raises:
        SimgenError: a collision mesh cannot be read, or a shape is of a kind that has no volume.
    """
    api, cid = client.api, client.id
    out = []
    for index in range(-1, api.getNumJoints(uid, physicsClientId=cid)):
        dynamics = api.getDynamicsInfo(uid, index, physicsClientId=cid)
        with quiet():
            shapes = api.getCollisionShapeData(uid, index, physicsClientId=cid)
        solids = [solid_of(_shape(client, s)) for s in shapes or ()]
        mass, inertia = float(dynamics[0]), np.array(dynamics[2])
        if solids and mass > 0.0:
            out.append(Link(uid, index, solids, mass, np.maximum(inertia, _LEAST_INERTIA_KGM2)))
    return out


def read_links(client: Client, links: list[Link], motion: Motion, first: int) -> None:
    """Fill rows `first` and on of motion arrays with the links' motion, of their inertial frames."""
    api, cid = client.api, client.id
    for n, link in enumerate(links, start=first):
        if link.index < 0:
            position, quat = api.getBasePositionAndOrientation(link.uid, cid)
            linear, angular = api.getBaseVelocity(link.uid, cid)
        else:
            state = api.getLinkState(link.uid, link.index, computeLinkVelocity=1, physicsClientId=cid)
            position, quat, linear, angular = state[0], state[1], state[6], state[7]
        motion.position_m[n] = position
        motion.rotation[n] = matrix_from_quat(quat)
        motion.velocity_mps[n] = linear
        motion.angular_radps[n] = angular


def _shape(client: Client, data: tuple[Any, ...]) -> Shape:
    """A collision shape of Bullet's, in the inertial frame of its link."""
    api = client.api
    kind, size, file, center, quat = data[2], data[3], data[4].decode(), data[5], data[6]
    if kind == api.GEOM_BOX:
        return Shape("box", center, quat, size)
    if kind == api.GEOM_CYLINDER:  # Bullet says (length, radius, 0)
        return Shape("cylinder", center, quat, (size[1], size[1], size[0]))
    if kind == api.GEOM_CAPSULE and size[0] <= POINT_M:
        return Shape("sphere", center, quat, (size[1],) * 3)
    if kind == api.GEOM_CAPSULE:
        return Shape("hull", center, quat, points_m=_capsule(size[1], size[0]).astype(np.float32))
    if kind == api.GEOM_MESH:
        return Shape("hull", center, quat, points_m=_mesh_points(Path(file), size).astype(np.float32))
    raise SimgenError(f"a robot's link collides as Bullet's shape {kind}; water needs a box, ball, cylinder or mesh")


def _capsule(radius: float, length: float) -> Array:
    rays = radius * _directions()
    shift = np.where(rays[:, 2:] >= 0.0, 0.5 * length, -0.5 * length) * np.array([0.0, 0.0, 1.0])
    out: Array = rays + shift
    return out


def _mesh_points(path: Path, scale: tuple[float, float, float]) -> Array:
    """The farthest points of a mesh in evenly spread directions: the corners of a lean hull."""
    if not path.is_file():
        raise SimgenError(f"the collision mesh {str(path)!r} of a robot is not there; reinstall what ships it")
    import trimesh  # only for robots: it takes as long to load as the rest of the world

    mesh = trimesh.load_mesh(path, process=False)
    vertices: Array = np.asarray(mesh.vertices, np.float64) * np.asarray(scale)
    reach = (_directions()[:, None, :] * vertices[None]).sum(axis=2)
    out: Array = vertices[np.unique(reach.argmax(axis=1))]
    return out


def _directions() -> Array:
    """(N, 3) unit vectors spread by the golden angle, and the six axes."""
    k = np.arange(_HULL_POINTS)
    z = 1.0 - (2.0 * k + 1.0) / _HULL_POINTS
    ring, turn = np.sqrt(1.0 - z * z), k * np.pi * (3.0 - np.sqrt(5.0))
    spread = np.column_stack([ring * np.cos(turn), ring * np.sin(turn), z])
    return np.concatenate([spread, np.eye(3), -np.eye(3)])
