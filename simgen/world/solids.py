"""Collision primitives as closed surfaces: volume, centre, inertia, support points and buoyancy hulls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from simgen.errors import SimgenError
from simgen.models import Model, Shape
from simgen.world.frames import Array, matrix_from_quat, turn

CYLINDER_SIDES = 32
"""Sides of the prism that stands for a cylinder; its cross-section has the circle's area."""

_BOX_CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])


@dataclass(frozen=True, eq=False)
class Solid:
    """A convex closed surface in the model frame.

    Attributes:
        vertices_m: (V, 3) float64.
        faces: (T, 3) int64, counter-clockwise seen from outside; empty for a sphere.
        center_m: (3,) centre of volume.
        volume_m3: its volume.
        inertia_m5: (3, 3) inertia tensor about `center_m` at unit density.
        radius_m: radius of a sphere, 0 for everything else.
    """

    vertices_m: Array
    faces: NDArray[np.int64]
    center_m: Array
    volume_m3: float
    inertia_m5: Array
    radius_m: float


def solid_of(shape: Shape) -> Solid:
    """The surface of a collision primitive; its arrays are shared and read-only.

    Raises:
        SimgenError: the shape's kind is unknown, or a hull has no points or no volume.
    """
    return _solid_of(shape, shape.points_m.tobytes() if shape.points_m is not None else b"")


@lru_cache(maxsize=1024)
def _solid_of(shape: Shape, points: bytes) -> Solid:
    """The same, kept by content: shapes compare without their points."""
    solid = _make_solid(shape)
    for array in (solid.vertices_m, solid.faces, solid.center_m, solid.inertia_m5):
        array.flags.writeable = False
    return solid


def _make_solid(shape: Shape) -> Solid:
    center = np.asarray(shape.center_m, dtype=np.float64)
    rotation = matrix_from_quat(shape.quat_xyzw)
    if shape.kind == "sphere":
        return _sphere(center, shape.size_m[0])
    if shape.kind == "box":
        local = _BOX_CORNERS * np.asarray(shape.size_m)
    elif shape.kind == "cylinder":
        local = _prism(shape.size_m[0], shape.size_m[2])
    elif shape.kind == "hull":
        if shape.points_m is None or len(shape.points_m) < 4:
            raise SimgenError("a collision shape of kind 'hull' needs at least 4 points in `points_m`")
        local = shape.points_m.astype(np.float64)
    else:
        raise SimgenError(f"unknown collision shape {shape.kind!r}; expected box, cylinder, sphere or hull")
    return _polyhedron(turn(rotation, local) + center)


def mass_properties(solids: list[Solid], mass_kg: float) -> Array:
    """(3, 3) inertia tensor in kg m2 about the common centre of solids of one density and a total mass."""
    volume = sum(s.volume_m3 for s in solids)
    center = np.sum([s.center_m * s.volume_m3 for s in solids], axis=0) / volume
    tensor = np.zeros((3, 3))
    for s in solids:
        d = s.center_m - center
        tensor += s.inertia_m5 + s.volume_m3 * ((d @ d) * np.eye(3) - np.outer(d, d))
    return tensor * (mass_kg / volume)


def support_points(solids: list[Solid]) -> tuple[Array, Array]:
    """Points (N, 3) with radii (N,) that bound the solids: corners, and centres of spheres."""
    points = [s.center_m[None] if s.radius_m else s.vertices_m for s in solids]
    radii = [np.full(len(p), s.radius_m) for p, s in zip(points, solids, strict=True)]
    return np.concatenate(points), np.concatenate(radii)


def bounding_box(solids: list[Solid]) -> tuple[Array, Array]:
    """Lowest and highest corner (3,) of the solids in the model frame."""
    points, radii = support_points(solids)
    return (points - radii[:, None]).min(axis=0), (points + radii[:, None]).max(axis=0)


def buoyancy_hull(model: Model, solids: list[Solid]) -> tuple[list[Solid], float]:
    """The surfaces that displace water and the share of their volume that does.

    A vehicle displaces a share of the one box around its chassis, from its ground clearance up: cabin and
    boot fill with water while the sealed remainder lifts, which is what full-scale flotation tests show.
    """
    if model.vehicle is None:
        return solids, model.displaced_volume_fraction
    low, high = bounding_box(solids)
    box = Shape("box", center_m=_triple(0.5 * (low + high)), size_m=_triple(high - low))
    return [solid_of(box)], model.vehicle.displaced_volume_fraction


def _triple(v: Array) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])


def _sphere(center: Array, radius: float) -> Solid:
    volume = 4.0 / 3.0 * math.pi * radius**3
    inertia = 0.4 * volume * radius * radius * np.eye(3)
    return Solid(center[None], np.zeros((0, 3), np.int64), center, volume, inertia, radius)


def _prism(radius: float, height: float) -> Array:
    step = 2.0 * math.pi / CYLINDER_SIDES
    r = radius * math.sqrt(step / math.sin(step))
    angle = step * np.arange(CYLINDER_SIDES)
    ring = np.stack([r * np.cos(angle), r * np.sin(angle)], -1)
    ends = [np.column_stack([ring, np.full(CYLINDER_SIDES, z)]) for z in (-0.5 * height, 0.5 * height)]
    return np.concatenate(ends)


def _polyhedron(points: Array) -> Solid:
    hull = ConvexHull(points)
    used = np.asarray(hull.vertices)
    index = np.full(len(points), -1, np.int64)
    index[used] = np.arange(len(used))
    vertices = points[used]
    faces = index[np.asarray(hull.simplices)]
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), a - vertices.mean(axis=0)) < 0.0
    faces[inward] = faces[inward][:, [0, 2, 1]]
    volume, center, inertia = _integrals(vertices, faces)
    return Solid(vertices, faces, center, volume, inertia, 0.0)


def _integrals(vertices: Array, faces: NDArray[np.int64]) -> tuple[float, Array, Array]:
    """Volume, centroid and unit-density inertia about it, by signed tetrahedra from a point inside."""
    origin = vertices.mean(axis=0)
    a, b, c = (vertices[faces[:, k]] - origin for k in range(3))
    six = np.einsum("ij,ij->i", a, np.cross(b, c))
    volume = float(six.sum()) / 6.0
    first = (six[:, None] * (a + b + c)).sum(axis=0) / 24.0
    total = a + b + c
    second = sum(np.einsum("i,ij,ik->jk", six, p, p) for p in (a, b, c, total)) / 120.0
    mean = first / volume
    second = second - volume * np.outer(mean, mean)
    inertia = np.trace(second) * np.eye(3) - second
    return volume, origin + mean, inertia
