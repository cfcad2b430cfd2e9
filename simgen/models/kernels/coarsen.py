"""Passes of edge collapses until a bound allows no more, on arrays that get shorter in place."""

from __future__ import annotations

import math

from simgen.compiled import inline, kernel
from simgen.models.kernels.collapse import collapse_pass


@kernel
def coarsen(
    points, faces, wedge, material, crease, reached, head, live, normals, uv, samples, after, strayed, needed, bound,
    alive, start, around, touched, ring, edge_faces, feature, star, cost, stray,
):  # fmt: skip
    """Collapse edges with ever smaller gains until none is left; gives the number of faces left.

    Args:
        points: (V, 3) float64.
        faces, wedge, material, crease, reached, head: of the faces as in `collapse_pass`, material (T,) int16; the
            first `live` rows count, and those of vanished faces are closed up.
        live: faces on entry.
        normals, uv, samples, after, strayed, needed: as in `collapse_pass`.
        bound: metres.
        alive, start, around, touched: scratch (T,) bool, (V + 1,), (3 T,) int64, (V,) bool.
        ring, edge_faces, feature, star, cost, stray: scratch as in `collapse_pass`.
    """
    while True:
        _faces_around(faces, live, start, around)
        for f in range(live):
            alive[f] = True
        for v in range(points.shape[0]):
            touched[v] = False
        collapses = collapse_pass(
            points, faces, wedge, alive, start, around, crease, normals, uv, samples, head, after, reached, strayed,
            needed, bound, touched, ring, edge_faces, feature, star, cost, stray,
        )  # fmt: skip
        if collapses == 0:
            return live
        live = close_up(faces, wedge, material, crease, reached, head, live, alive)


@inline
def _faces_around(faces, live, start, around):
    """Ranges and faces about each vertex, ascending."""
    count = start.shape[0] - 1
    for v in range(count + 1):
        start[v] = 0
    for f in range(live):
        for i in range(3):
            start[faces[f, i] + 1] += 1
    for v in range(count):
        start[v + 1] += start[v]
    for f in range(live):
        for i in range(3):
            around[start[faces[f, i]]] = f
            start[faces[f, i]] += 1  # on to the next vertex's start once all are in
    for v in range(count, 0, -1):
        start[v] = start[v - 1]
    start[0] = 0


@kernel
def close_up(faces, wedge, material, crease, reached, head, live, alive):
    """Move the faces that are alive to the front; gives their number."""
    kept = 0
    for f in range(live):
        if not alive[f]:
            continue
        if kept < f:
            for i in range(3):
                faces[kept, i] = faces[f, i]
                wedge[kept, i] = wedge[f, i]
                crease[kept, i] = crease[f, i]
            material[kept] = material[f]
            reached[kept] = reached[f]
            head[kept] = head[f]
        kept += 1
    return kept


@inline
def _root(parent, v):
    while parent[v] != v:
        parent[v] = parent[parent[v]]
        v = parent[v]
    return v


@kernel
def crumbs(points, faces, live, size, parent, low, high, alive):
    """Mark as not alive the connected pieces whose bounding boxes have diagonals up to a size.

    Args:
        points: (V, 3) float64.
        faces: (T, 3) int64, of which the first `live` count.
        live: faces.
        size: metres.
        parent, low, high: scratch (V,) int64, (V, 3), (V, 3) float64.
        alive: (T,) bool, written.
    """
    for v in range(points.shape[0]):
        parent[v] = v
        for c in range(3):
            low[v, c] = math.inf
            high[v, c] = -math.inf
    for f in range(live):
        for i in range(2):
            a, b = _root(parent, faces[f, i]), _root(parent, faces[f, i + 1])
            parent[max(a, b)] = min(a, b)
    for f in range(live):
        root = _root(parent, faces[f, 0])
        for i in range(3):
            for c in range(3):
                low[root, c] = min(low[root, c], points[faces[f, i], c])
                high[root, c] = max(high[root, c], points[faces[f, i], c])
    for f in range(live):
        root = _root(parent, faces[f, 0])
        x, y, z = high[root, 0] - low[root, 0], high[root, 1] - low[root, 1], high[root, 2] - low[root, 2]
        alive[f] = math.sqrt(x * x + y * y + z * z) > size


@kernel
def count_samples(points, faces, spacing, least, most, steps):
    """Number of the samples that stand for faces.

    Args:
        points: (V, 3) float64.
        faces: (T, 3) int64.
        spacing: metres between samples along the longest edge of a face.
        least, most: parts that this edge is cut into.
        steps: (T,) int64 output, those parts.
    """
    count = 0
    for f in range(faces.shape[0]):
        longest = 0.0
        for k in range(3):
            a, b = faces[f, k], faces[f, k - 1 if k else 2]
            x, y, z = points[a, 0] - points[b, 0], points[a, 1] - points[b, 1], points[a, 2] - points[b, 2]
            longest = max(longest, math.sqrt(x * x + y * y + z * z))
        n = int(min(max(math.ceil(longest / spacing), least), most))
        steps[f] = n
        count += (n + 1) * (n + 2) // 2
    return count


@kernel
def lay_samples(points, faces, steps, samples, head, after):
    """Lay samples on a lattice over each face, those of one face behind the other.

    Args:
        points: (V, 3) float64.
        faces: (T, 3) int64.
        steps: (T,) int64 of `count_samples`, with as many `samples` (S, 3) float64 as that gives; written.
        head, after: (T,), (S,) int64 first sample of each face and the next of each sample, -1 at the end; written.
    """
    s = 0
    for f in range(faces.shape[0]):
        a, b, c = points[faces[f, 0]], points[faces[f, 1]], points[faces[f, 2]]
        n = steps[f]
        head[f] = s
        for j in range(n + 1):
            for i in range(n + 1 - j):
                u, v = i / n, j / n
                for k in range(3):
                    samples[s, k] = (1.0 - u - v) * a[k] + u * b[k] + v * c[k]
                after[s] = s + 1
                s += 1
        after[s - 1] = -1
