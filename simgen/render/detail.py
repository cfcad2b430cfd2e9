"""Coarser versions of meshes, for things whose details lie between the pixels.

Each version comes with a bound on how far its surface may lie from the mesh's own. A view takes the coarsest version
whose bound is a small share of its pixels; picture and labels take the same one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from simgen.models import Mesh
from simgen.render.kernels.collapse import MOST_NEIGHBOURS, collapse_pass

_BOUNDS_M = tuple(0.001 * 2.0 ** (k / 2.0) for k in range(15))  # 1 mm to 128 mm
_FEWEST_FACES = 48  # a mesh of fewer costs next to nothing
_WORTH = 0.8  # a version that keeps more of the faces of the one before is left out
_STEPS = (0.5, 1.0)  # shares of a bound, so that what costs little goes first
_SPACING_M, _MOST_STEPS = 0.05, 6  # of the points that stand for the original, along an edge


@dataclass(frozen=True, eq=False)
class Version:
    """A mesh at some detail.

    Attributes:
        mesh: the triangles.
        error_m: how far points of the original may lie from it, 0 for the original itself; its own points may lie
            twice as far from the original.
    """

    mesh: Mesh
    error_m: float


@lru_cache(maxsize=512)  # models are built once and shared by many scenes
def versions(mesh: Mesh) -> tuple[Version, ...]:
    """The mesh and its coarser versions, finest first."""
    found = [Version(mesh, 0.0)]
    if len(mesh.faces) < _FEWEST_FACES:
        return tuple(found)
    work = _Work(mesh)
    for bound in _BOUNDS_M:
        work.coarsen(bound)
        if work.count <= _WORTH * len(found[-1].mesh.faces):
            found.append(Version(work.mesh(), bound))
        if work.count < _FEWEST_FACES:
            break
    return tuple(found)


class _Work:
    """The state of a mesh that gets coarser and coarser."""

    def __init__(self, mesh: Mesh) -> None:
        self.source = mesh
        self.points, place = np.unique(mesh.vertices_m.astype(np.float64).round(5), axis=0, return_inverse=True)
        faces = place.reshape(-1)[mesh.faces].astype(np.int64)
        distinct = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
        self.faces = np.ascontiguousarray(faces[distinct])
        self.wedge = np.ascontiguousarray(mesh.faces[distinct].astype(np.int64))
        self.material = mesh.face_material[distinct]
        self.alive = np.ones(len(self.faces), np.bool_)
        self.crease = _creases(self.faces, self.material)
        self.strayed = np.zeros(len(self.points))
        self.samples, of = _samples(self.points[self.faces])
        self.head = np.searchsorted(of, np.arange(len(self.faces))).astype(np.int64)
        last = np.append(of[1:] != of[:-1], True)
        self.after = np.where(last, -1, np.arange(1, len(of) + 1)).astype(np.int64)
        self.reached = np.zeros(len(self.faces))

    @property
    def count(self) -> int:
        """Faces left."""
        return int(self.alive.sum())

    def coarsen(self, bound_m: float) -> None:
        """Collapse edges until the bound allows no more; drop pieces smaller than it."""
        count = len(self.points)
        scratch = (
            np.empty(MOST_NEIGHBOURS, np.int64),
            np.empty(MOST_NEIGHBOURS, np.int64),
            np.empty(MOST_NEIGHBOURS, np.bool_),
            np.empty(MOST_NEIGHBOURS, np.int64),
        )
        for share in _STEPS:
            collapses = 1
            while collapses:
                start, around = _faces_around(self.faces, count)
                collapses = collapse_pass(
                    self.points, self.faces, self.wedge, self.alive, start, around, self.crease, self.source.normals,
                    self.source.uv_m, self.samples, self.head, self.after, self.reached, self.strayed, share * bound_m,
                    np.zeros(count, np.bool_), *scratch,
                )  # fmt: skip
                self._compact()
        self._drop_crumbs(bound_m)

    def _compact(self) -> None:
        keep = self.alive
        self.faces, self.wedge, self.material = self.faces[keep], self.wedge[keep], self.material[keep]
        self.head, self.crease, self.reached = self.head[keep], self.crease[keep], self.reached[keep]
        self.alive = np.ones(len(self.faces), np.bool_)

    def _drop_crumbs(self, bound_m: float) -> None:
        """Drop connected pieces that fit into a ball as wide as the bound."""
        f = self.faces
        n = len(self.points)
        if not len(f):
            return
        ends = np.concatenate([f[:, [0, 1]], f[:, [1, 2]]])
        graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(n, n))
        pieces, label = connected_components(graph, directed=False)
        low, high = np.full((pieces, 3), np.inf), np.full((pieces, 3), -np.inf)
        np.minimum.at(low, label, self.points)
        np.maximum.at(high, label, self.points)
        small = np.sqrt(((high - low) ** 2).sum(axis=1)) <= bound_m
        self.alive = ~small[label[f[:, 0]]]
        self._compact()

    def mesh(self) -> Mesh:
        """What is left, with the vertices that it uses."""
        used, index = np.unique(self.wedge, return_inverse=True)
        source = self.source
        return replace(
            source,
            vertices_m=source.vertices_m[used],
            normals=source.normals[used],
            uv_m=source.uv_m[used],
            faces=index.reshape(-1, 3).astype(np.int32),
            face_material=self.material.copy(),
        )


def _faces_around(faces: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(V + 1,) ranges and (3 T,) faces about each vertex."""
    corner = faces.ravel()
    order = np.argsort(corner, kind="stable")
    start = np.searchsorted(corner[order], np.arange(count + 1))
    return start.astype(np.int64), order // 3


def _samples(corners: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points on a lattice over each of (T, 3, 3) triangles, (S, 3), and the triangle of each, ascending (S,)."""
    longest = np.sqrt(((corners - np.roll(corners, 1, axis=1)) ** 2).sum(axis=2)).max(axis=1)
    steps = np.clip(np.ceil(longest / _SPACING_M), 2, _MOST_STEPS).astype(np.int64)
    points, of = [], []
    for n in range(2, _MOST_STEPS + 1):
        which = np.flatnonzero(steps == n)
        i, j = (k.ravel() for k in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
        a, b = i[i + j <= n] / n, j[i + j <= n] / n
        lattice = np.stack([1.0 - a - b, a, b], axis=1)
        points.append((lattice[None, :, :, None] * corners[which][:, None]).sum(axis=2).reshape(-1, 3))
        of.append(np.repeat(which, len(lattice)))
    order = np.argsort(np.concatenate(of), kind="stable")
    return np.ascontiguousarray(np.concatenate(points)[order]), np.concatenate(of)[order]


def _creases(faces: NDArray[np.int64], material: NDArray[np.int16]) -> NDArray[np.bool_]:
    """(T, 3) whether the edge from corner i to i + 1 is a border, has more than two faces, or parts materials."""
    edges = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    _, index, count = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True)
    index = index.reshape(-1)
    of = np.repeat(material.astype(np.int64), 3)
    low, high = np.full(len(count), np.iinfo(np.int64).max), np.full(len(count), -1)
    np.minimum.at(low, index, of)
    np.maximum.at(high, index, of)
    marked: NDArray[np.bool_] = ((count != 2) | (low != high))[index].reshape(-1, 3)
    return marked
