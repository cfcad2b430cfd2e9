"""Meshes with fewer triangles, never further from what they were than a bound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simgen.models.geometry import joined
from simgen.models.kernels.coarsen import close_up, coarsen, count_samples, crumbs, lay_samples
from simgen.models.kernels.collapse import MOST_NEIGHBOURS
from simgen.models.mesh import Mesh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STEPS = (0.5, 1.0)  # shares of a bound, so that what costs little goes first
_SPACING_M, _MOST_STEPS = 0.05, 6  # of the points that stand for the original, along an edge


class Coarsening:
    """A mesh that gets coarser and coarser.

    Vertices within about 10 micrometres are one corner, with a look (normal and surface coordinates) for each face.

    Args:
        mesh: where it starts from; it is not changed.
        least_steps: parts that the edges of its smallest triangles are cut into by the points that stand for it; 1
            takes no more than their corners.
    """

    def __init__(self, mesh: Mesh, least_steps: int = 2) -> None:
        self._source = mesh
        self._points, place = joined(mesh.vertices_m.astype(np.float64), 5)
        faces = place[mesh.faces]
        distinct = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
        self._faces = np.ascontiguousarray(faces[distinct])
        self._wedge = np.ascontiguousarray(mesh.faces[distinct].astype(np.int64))
        self._material = mesh.face_material[distinct]
        self._crease = _creases(self._faces, self._material, _on_pictures(mesh)[self._wedge], len(self._points))
        steps = np.empty(len(self._faces), np.int64)
        count = count_samples(self._points, self._faces, _SPACING_M, least_steps, _MOST_STEPS, steps)
        self._samples, self._after = np.empty((count, 3)), np.empty(count, np.int64)
        self._head = np.empty(len(self._faces), np.int64)
        lay_samples(self._points, self._faces, steps, self._samples, self._head, self._after)
        self.count = len(self._faces)
        """Triangles left."""
        vertices = len(self._points)
        self._reached, self._strayed, self._needed = np.zeros(self.count), np.zeros(vertices), np.zeros(vertices)
        self._alive, self._touched = np.empty(self.count, np.bool_), np.empty(vertices, np.bool_)
        self._start, self._around = np.empty(vertices + 1, np.int64), np.empty(3 * self.count, np.int64)
        self._parent = np.empty(vertices, np.int64)
        self._low, self._high = np.empty((vertices, 3)), np.empty((vertices, 3))
        self._star = (
            np.empty(MOST_NEIGHBOURS, np.int64),
            np.empty(MOST_NEIGHBOURS, np.int64),
            np.empty(MOST_NEIGHBOURS, np.bool_),
            np.empty(MOST_NEIGHBOURS, np.int64),
            np.empty(MOST_NEIGHBOURS),
            np.empty(MOST_NEIGHBOURS),
        )

    def to(self, bound_m: float) -> None:
        """Collapse edges until the bound allows no more; drop pieces smaller than it.

        No point of the mesh that this started from lies further than the bound from what is left, and nothing of
        what is left more than twice as far from that mesh.
        """
        rows = (self._faces, self._wedge, self._material, self._crease, self._reached, self._head)
        for share in _STEPS:
            self.count = coarsen(
                self._points, *rows, self.count, self._source.normals, self._source.uv_m, self._samples, self._after,
                self._strayed, self._needed, share * bound_m, self._alive, self._start, self._around, self._touched,
                *self._star,
            )  # fmt: skip
        crumbs(self._points, self._faces, self.count, bound_m, self._parent, self._low, self._high, self._alive)
        self.count = close_up(*rows, self.count, self._alive)

    def mesh(self) -> Mesh:
        """What is left, with the vertices that it uses."""
        source, wedge = self._source, self._wedge[: self.count]
        used = np.zeros(len(source.vertices_m), np.bool_)
        used[wedge] = True
        return Mesh(
            source.vertices_m[used],
            source.normals[used],
            source.uv_m[used],
            (np.cumsum(used) - 1)[wedge].astype(np.int32),
            self._material[: self.count].copy(),
            source.materials,
        )


def _on_pictures(mesh: Mesh) -> Ints:
    """(V,) number of the place on its texture of each vertex; 0 where there is none."""
    out = np.zeros(len(mesh.vertices_m), np.int64)
    pictured = np.array([m.texture is not None for m in mesh.materials], np.bool_)
    if pictured.any():
        of = np.unique(np.round(mesh.uv_m * 16.0), axis=0, return_inverse=True)[1].reshape(-1)
        used = np.unique(mesh.faces[pictured[mesh.face_material]])
        out[used] = of[used] + 1
    return out


def _creases(faces: Ints, material: NDArray[np.int16], picture: Ints, count: int) -> NDArray[np.bool_]:
    """(T, 3) whether the edge from corner i to i + 1 is a border, has more than two faces, or parts materials.

    Or parts places on a texture, `picture` (T, 3) of the corners.
    """
    nxt = np.roll(faces, -1, axis=1)
    then = np.roll(picture, -1, axis=1)
    places = int(picture.max(initial=0)) + 1
    ends = np.where(faces < nxt, picture * places + then, then * places + picture)
    edge = (np.minimum(faces, nxt) * count + np.maximum(faces, nxt)).ravel()
    order = np.argsort(edge, kind="stable")
    ranked, of, seen = edge[order], np.repeat(material, 3)[order], ends.ravel()[order]
    first = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])) if len(ranked) else np.empty(0, np.int64)
    shared = np.diff(np.append(first, len(ranked)))
    last = np.maximum(first + shared - 1, 0)
    sharp = (shared != 2) | (of[first] != of[last]) | (seen[first] != seen[last])
    marked = np.empty(len(edge), np.bool_)
    marked[order] = np.repeat(sharp, shared)
    return marked.reshape(-1, 3)
