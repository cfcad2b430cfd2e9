"""Cuts meshes and their coarser versions into clusters: runs of triangles that are culled as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from simgen.models import Material, Mesh, Version
from simgen.models.detail import versions
from simgen.models.mesh import times

Floats = NDArray[np.float64]

CLUSTER = 128
"""Triangles a cluster: the unit of culling."""


@dataclass(frozen=True, eq=False)
class MeshRun:
    """A mesh and its coarser versions one behind the other, in clusters: what does not depend on the cast.

    V vertices, T triangles, C clusters, all versions together.

    Attributes:
        vertices_m: (3, V) float32; looks: (V, 5) float32 normals and surface coordinates.
        faces: (T, 3) int32; face_normal: (T, 3) float32; face_material: (T,) int32 into the materials.
        materials: of all versions.
        errors_m: how far each version may lie from the mesh.
        sphere: (4,) float64 bounding sphere x y z r of the mesh.
        first: (C,) int64 first faces of the clusters; vertices: (C, 2) int64 ranges of theirs; version: (C,) uint8.
        center_m, radius_m: (C, 3), (C,) float64 bounding spheres.
    """

    vertices_m: NDArray[np.float32]
    looks: NDArray[np.float32]
    faces: NDArray[np.int32]
    face_normal: NDArray[np.float32]
    face_material: NDArray[np.int32]
    materials: tuple[Material, ...]
    errors_m: list[float]
    sphere: Floats
    first: NDArray[np.int64]
    vertices: NDArray[np.int64]
    version: NDArray[np.uint8]
    center_m: Floats
    radius_m: Floats


_RUNS: WeakKeyDictionary[Mesh, MeshRun] = WeakKeyDictionary()


def run_of(mesh: Mesh) -> MeshRun:
    """The run of a thing's mesh, made once: models serve many scenes."""
    found = _RUNS.get(mesh)
    if found is None:
        found = run_of_versions(versions(mesh)) if mesh.original is None else _enlarged(*mesh.original)
        _RUNS[mesh] = found
    return found


def _enlarged(original: Mesh, factor: float) -> MeshRun:
    """The run of a mesh's enlarged copy: no more than is another there."""
    small = run_of(original)
    looks = small.looks.copy()
    looks[:, 3:] *= np.float32(factor)
    return replace(
        small,
        vertices_m=times(small.vertices_m, factor),
        looks=looks,
        errors_m=[e * factor for e in small.errors_m],
        sphere=small.sphere * factor,
        center_m=small.center_m * factor,
        radius_m=small.radius_m * factor,
    )


def run_of_versions(of: Sequence[Version]) -> MeshRun:
    """The run of the versions of a mesh, finest first."""
    meshes = [v.mesh for v in of]
    cuts = [_cut(m) for m in meshes]
    materials: tuple[Material, ...] = ()
    face_material = []
    for mesh in meshes:
        shared = materials[: len(mesh.materials)] == mesh.materials  # as those of thinned meshes are
        face_material.append(mesh.face_material.astype(np.int32) + np.int32(0 if shared else len(materials)))
        materials = materials if shared else materials + mesh.materials
    vertex_start = np.cumsum([0] + [len(m.vertices_m) for m in meshes])[:-1]
    face_start = np.cumsum([0] + [len(m.faces) for m in meshes])[:-1]
    return MeshRun(
        np.concatenate([c.vertices_m for c in cuts], axis=1),
        np.concatenate([np.column_stack([m.normals, m.uv_m]) for m in meshes]),
        np.concatenate([m.faces + np.int32(s) for m, s in zip(meshes, vertex_start, strict=True)]),
        np.concatenate([c.face_normal for c in cuts]),
        np.concatenate(face_material),
        materials,
        [v.error_m for v in of],
        _bounding_sphere(cuts[0].vertices_m.astype(np.float64)),
        np.concatenate([c.first + s for c, s in zip(cuts, face_start, strict=True)]),
        np.concatenate([c.vertices + s for c, s in zip(cuts, vertex_start, strict=True)]),
        np.repeat(np.arange(len(cuts)), [len(c.first) for c in cuts]).astype(np.uint8),
        np.concatenate([c.center_m for c in cuts]),
        np.concatenate([c.radius_m for c in cuts]),
    )


@dataclass(frozen=True, eq=False)
class _Cut:
    """One version in clusters; see `MeshRun`."""

    vertices_m: NDArray[np.float32]
    face_normal: NDArray[np.float32]
    first: NDArray[np.int64]
    vertices: NDArray[np.int64]
    center_m: Floats
    radius_m: Floats


def _cut(mesh: Mesh) -> _Cut:
    first = np.arange(0, len(mesh.faces), CLUSTER)
    vertices_m = np.ascontiguousarray(mesh.vertices_m.T)
    corner = vertices_m.astype(np.float64)[:, mesh.faces.T]
    center, radius = _spheres(corner, first)
    face_normal, _ = _face_normals(corner)
    return _Cut(vertices_m, face_normal, first, _ranges(mesh.faces, first, len(mesh.vertices_m)), center, radius)


_AREAS: WeakKeyDictionary[Mesh, float] = WeakKeyDictionary()


def surface_m2(mesh: Mesh) -> float:
    """Area of all faces of a mesh."""
    found = _AREAS.get(mesh)
    if found is None:
        corner = mesh.vertices_m.astype(np.float64).T[:, mesh.faces.T]
        found = _AREAS[mesh] = 0.5 * float(_face_normals(corner)[1].sum())
    return found


def _spheres(corner: Floats, first: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Centres (C, 3) and radii (C,) of spheres about runs of triangles, (3, 3, T) as x y z of corners."""
    low = np.minimum.reduceat(corner.min(axis=1), first, axis=1)
    high = np.maximum.reduceat(corner.max(axis=1), first, axis=1)
    center = 0.5 * (low + high)
    at = np.repeat(center, np.diff(np.append(first, corner.shape[2])), axis=1)
    x, y, z = corner - at[:, None]
    away2 = np.maximum.reduceat((x * x + y * y + z * z).max(axis=0), first)
    return np.ascontiguousarray(center.T), np.sqrt(away2)


def _face_normals(corner: Floats) -> tuple[NDArray[np.float32], Floats]:
    """Unit normals (T, 3) of triangles, (3, 3, T) as x y z of corners, and twice their areas (T,)."""
    (ax, ay, az), (bx, by, bz) = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    size = np.maximum(np.sqrt(x * x + y * y + z * z), 1e-20)
    return np.stack([x / size, y / size, z / size], axis=1).astype(np.float32), size


def _ranges(faces: NDArray[np.int32], first: NDArray[np.int64], vertices: int) -> NDArray[np.int64]:
    """(C, 2) ranges of the vertices of clusters; all of the mesh's where they lie scattered."""
    low = np.minimum.reduceat(faces.min(axis=1), first).astype(np.int64)
    high = np.maximum.reduceat(faces.max(axis=1), first).astype(np.int64) + 1
    scattered = high - low > 12 * CLUSTER
    return np.stack([np.where(scattered, 0, low), np.where(scattered, vertices, high)], axis=1)


def _bounding_sphere(points: Floats) -> Floats:
    """X y z r of a sphere about points, (3, V)."""
    center = 0.5 * (points.min(axis=1) + points.max(axis=1))
    x, y, z = points - center[:, None]
    return np.array([*center, np.sqrt((x * x + y * y + z * z).max())])
