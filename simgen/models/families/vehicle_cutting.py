"""Splitting single triangles: the steps beneath `vehicle_skin`.

A corner is a row of eight numbers: position, normal and two surface coordinates; a polygon is (N, 8) of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simgen.models.geometry import joined

Array = NDArray[np.float64]

_SNAP_M = 2.0e-4  # corners this close to a cutting line count as on it: no slivers


def areas(corners: Array) -> Array:
    """Areas (T,) in square metres of triangles (T, 3, 8)."""
    a, b = (corners[:, 1, :3] - corners[:, 0, :3]).T, (corners[:, 2, :3] - corners[:, 0, :3]).T
    x, y, z = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    out: Array = 0.5 * np.sqrt(x * x + y * y + z * z)
    return out


def places(points: Array) -> NDArray[np.int64]:
    """The same number for points at the same place."""
    return joined(points, 5)[1]


def mix(a: Array, b: Array, share: float) -> Array:
    """The corner at `share` of the way from a to b."""
    out: Array = a + share * (b - a)
    return out


def split(tri: Array, ring: Array, axes: tuple[int, int]) -> tuple[Array | None, list[Array]]:
    """The part of a triangle inside a counter-clockwise convex ring (None if negligible) and the rest."""
    inside = tri
    outside: list[Array] = []
    for p, q in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        edge = (q - p) / np.linalg.norm(q - p)
        rel = inside[:, list(axes)] - p
        side = edge[0] * rel[:, 1] - edge[1] * rel[:, 0]
        side[np.abs(side) < _SNAP_M] = 0.0
        if np.all(side >= 0.0):
            continue
        if np.all(side <= 0.0):
            return None, []
        left, right = [], []
        for k in range(len(inside)):
            j = (k + 1) % len(inside)
            if side[k] >= 0.0:
                left.append(inside[k])
            if side[k] <= 0.0:
                right.append(inside[k])
            if side[k] * side[j] < 0.0:
                # the same end first for both triangles of an edge: bitwise the same corner
                a, b = (k, j) if tuple(inside[k, :3]) < tuple(inside[j, :3]) else (j, k)
                corner = mix(inside[a], inside[b], float(side[a] / (side[a] - side[b])))
                left.append(corner)
                right.append(corner)
        outside.append(np.array(right))
        inside = np.array(left)
    return inside, outside


def fan(polygon: Array) -> list[Array]:
    """Triangles of a convex polygon, from the corner that makes the smallest of them largest."""
    count = len(polygon)
    first = np.arange(count if count > 3 else 1)[:, None]
    step = np.arange(1, count - 1)[None, :]
    table = np.stack(np.broadcast_arrays(first, (first + step) % count, (first + step + 1) % count), axis=-1)
    tris = polygon[table]  # (choice of corner, triangle, 3, 8)
    sizes = areas(tris.reshape(-1, 3, 8)).reshape(len(first), -1)
    best = int(np.argmax(sizes.min(axis=1)))
    return list(tris[best][sizes[best] > 1e-9])


def loose_corners(xyz: Array, place: NDArray[np.int64]) -> dict[int, tuple[int, float, Array]]:
    """For triangles with another's corner on an edge: the edge, the share along it, the corner."""
    start, end = place.reshape(-1), np.roll(place, -1, axis=1).reshape(-1)
    key = np.minimum(start, end) * (int(place.max()) + 1) + np.maximum(start, end)
    _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    loose = np.flatnonzero(counts[inverse.reshape(-1)] == 1)
    if not len(loose):
        return {}
    ends = np.concatenate([start[loose], end[loose]])
    _, first = np.unique(ends, return_index=True)
    a = xyz.reshape(-1, 3)[loose]
    b = np.roll(xyz, -1, axis=1).reshape(-1, 3)[loose]
    points = np.concatenate([a, b])[first]
    splits: dict[int, tuple[int, float, Array]] = {}
    for e, a_m, b_m in zip(loose, a, b, strict=True):
        t = int(e) // 3
        along = b_m - a_m
        length = float(np.linalg.norm(along))
        if t in splits or length < 2e-5:
            continue
        share = (points - a_m) @ along / length**2
        gap = np.linalg.norm(points - a_m - share[:, None] * along, axis=1)
        on = np.flatnonzero((gap < 3e-5) & (share * length > 2e-5) & ((1.0 - share) * length > 2e-5))
        if len(on):
            best = on[np.argmin(np.abs(share[on] - 0.5))]
            splits[t] = (int(e) % 3, float(share[best]), points[best])
    return splits
