"""Fewer triangles for meshes from files: edge collapse by quadric error (Garland & Heckbert 1997)."""

from __future__ import annotations

import heapq
import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FLIP_COS = 0.8
"""A collapse that turns a face further than acos of this is refused."""
_BORDER_WEIGHT = 1000.0


def decimated(soup_m: Floats, max_faces: int) -> Floats:
    """The triangles with the cheapest edges collapsed until at most `max_faces` are left.

    Each collapse keeps one of the edge's two ends (so no new positions appear), keeps the surface a manifold
    where it was one (link condition), and turns no face over. It stops early when no edge may be collapsed.

    Args:
        soup_m: (T, 3, 3) triangle corners in metres; corners within 1 micrometre are one vertex.
        max_faces: target.

    Returns:
        (T', 3, 3) float64.
    """
    points, index = np.unique(np.round(soup_m.reshape(-1, 3), 6), axis=0, return_inverse=True)
    faces = index.reshape(-1, 3)
    distinct = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    work = _Collapse(points, faces[distinct])
    work.run(max_faces)
    out: Floats = points[np.array([f for f in work.faces if f is not None], dtype=np.int64).reshape(-1, 3)]
    return out


class _Collapse:
    """State of one decimation: plain lists, since the work is a long chain of tiny steps."""

    def __init__(self, points: Floats, faces: NDArray[np.int64]) -> None:
        self.p: list[tuple[float, float, float]] = [(float(a), float(b), float(c)) for a, b, c in points]
        self.faces: list[tuple[int, int, int] | None] = [(int(a), int(b), int(c)) for a, b, c in faces]
        self.of: list[set[int]] = [set() for _ in self.p]
        for k, f in enumerate(faces.tolist()):
            for v in f:
                self.of[v].add(k)
        self.q = _quadrics(points, faces)
        self.version = [0] * len(self.p)
        self.heap: list[tuple[float, int, int, int, int]] = []
        for v in range(len(self.p)):
            for w in self.neighbours(v):
                self.push(v, w)
        heapq.heapify(self.heap)

    def run(self, max_faces: int) -> None:
        """Collapse until few enough faces are left."""
        left = len(self.faces)
        while left > max_faces and self.heap:
            _, v, w, stamp_v, stamp_w = heapq.heappop(self.heap)
            if self.version[v] != stamp_v or self.version[w] != stamp_w or not self.allowed(v, w):
                continue
            left -= self.collapse(v, w)

    def neighbours(self, v: int) -> set[int]:
        near = {w for k in self.of[v] for w in self.faces[k] or ()}
        near.discard(v)
        return near

    def push(self, v: int, w: int) -> None:
        """Queue the removal of v into w, at the quadric error of w's place for both."""
        x, y, z = self.p[w]
        a = [s + t for s, t in zip(self.q[v], self.q[w], strict=True)]
        cost = (
            a[0] * x * x + a[4] * y * y + a[7] * z * z + a[9]
            + 2.0 * (a[1] * x * y + a[2] * x * z + a[5] * y * z + a[3] * x + a[6] * y + a[8] * z)
        )  # fmt: skip
        (vx, vy, vz) = self.p[v]
        tie = 1e-9 * ((x - vx) ** 2 + (y - vy) ** 2 + (z - vz) ** 2)
        heapq.heappush(self.heap, (max(cost, 0.0) + tie, v, w, self.version[v], self.version[w]))

    def allowed(self, v: int, w: int) -> bool:
        shared = self.of[v] & self.of[w]
        if not 1 <= len(shared) <= 2:
            return False
        apex = {u for k in shared for u in self.faces[k] or ()} - {v, w}
        if self.neighbours(v) & self.neighbours(w) != apex:
            return False
        return all(self.keeps_side(k, v, w) for k in self.of[v] - shared)

    def keeps_side(self, k: int, v: int, w: int) -> bool:
        face = self.faces[k]
        if face is None:
            return True
        before = _cross(*(self.p[u] for u in face))
        after = _cross(*(self.p[w if u == v else u] for u in face))
        dot = sum(a * b for a, b in zip(before, after, strict=True))
        size = math.sqrt(sum(a * a for a in before) * sum(a * a for a in after))
        return size > 1e-20 and dot > _FLIP_COS * size

    def collapse(self, v: int, w: int) -> int:
        """Move v's faces to w; returns how many faces vanished."""
        gone = self.of[v] & self.of[w]
        for k in gone:
            for u in self.faces[k] or ():
                if u != v:
                    self.of[u].discard(k)
            self.faces[k] = None
        for k in self.of[v] - gone:
            face = self.faces[k]
            if face is not None:
                a, b, c = (w if u == v else u for u in face)
                self.faces[k] = (a, b, c)
                self.of[w].add(k)
        self.of[v] = set()
        self.q[w] = [s + t for s, t in zip(self.q[v], self.q[w], strict=True)]
        self.version[v] += 1
        self.version[w] += 1
        for u in self.neighbours(w):
            self.push(u, w)
            self.push(w, u)
        return len(gone)


def _cross(
    a: tuple[float, float, float], b: tuple[float, float, float], c: tuple[float, float, float]
) -> tuple[float, float, float]:
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


def _quadrics(points: Floats, faces: NDArray[np.int64]) -> list[list[float]]:
    """The ten numbers of each vertex's quadric: area-weighted planes of its faces, walls along open edges."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    n = np.cross(b - a, c - a)
    area = np.linalg.norm(n, axis=1)
    n = n / np.maximum(area, 1e-20)[:, None]
    out = np.zeros((len(points), 10))
    plane = _plane(n, a) * area[:, None]
    for k in range(3):
        np.add.at(out, faces[:, k], plane)
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, first, count = np.unique(edges, axis=0, return_index=True, return_counts=True)
    border = first[count == 1]
    s, e = points[edges[border, 0]], points[edges[border, 1]]
    wall = np.cross(e - s, n[border // 3])
    length = np.linalg.norm(wall, axis=1)
    fence = _plane(wall / np.maximum(length, 1e-20)[:, None], s) * (_BORDER_WEIGHT * length**2)[:, None]
    for k in range(2):
        np.add.at(out, edges[border, k], fence)
    result: list[list[float]] = out.tolist()
    return result


def _plane(n: Floats, at: Floats) -> Floats:
    d = -(n * at).sum(axis=1)
    x, y, z = n.T
    return np.stack([x * x, x * y, x * z, x * d, y * y, y * z, y * d, z * z, z * d, d * d], axis=1)
