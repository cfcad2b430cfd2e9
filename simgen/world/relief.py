"""The ground under the wheels, cast by our own kernel; Bullet casts only the rays that may meet more than ground.

A ray test through Bullet costs 1.3 us, most of it in handing over tuples, and 28 of them cost more than its step.
Nearly every wheel has nothing under it but ground, and the ground's triangles are the same for us and for Bullet.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.models import Site
from simgen.world.frames import Array
from simgen.world.ground import bounds_of

_CELL_M = 2.0
_EDGE = 1e-9  # rays on an edge meet both its triangles rather than none
MISS, HIT, UNSURE = 0, 1, 2


class Relief(NamedTuple):
    """Ground triangles and the obstacles of the site over a grid of square cells, x first.

    Attributes:
        x0_m, y0_m, cell_m: corner of the grid and size of a cell.
        corner_m: (T, 3, 3) world triangles.
        first: (NX, NY) int64 where a cell's triangles start in `member`; end: (NX, NY) where they end.
        member: (E,) int32 triangles by cell: all whose bounds meet it.
        lowest_m: (NX, NY) height of the lowest obstacle over each cell, inf where there is none.
    """

    x0_m: float
    y0_m: float
    cell_m: float
    corner_m: Array
    first: NDArray[np.int64]
    end: NDArray[np.int64]
    member: NDArray[np.int32]
    lowest_m: Array


@lru_cache(maxsize=4)
def relief_of(site: Site) -> Relief:
    """The grid of a site's collision meshes and shapes; the apron beyond its ground grid is left to Bullet."""
    g = site.ground
    high_x, high_y = g.x0_m + g.dx_m * (g.z_m.shape[0] - 1), g.y0_m + g.dy_m * (g.z_m.shape[1] - 1)
    corners = [
        p.mesh.vertices_m.astype(np.float64)[p.mesh.faces.astype(np.int64)] for p in site.parts if p.collision == "mesh"
    ]
    corner: Array = np.concatenate(corners) if corners else np.zeros((0, 3, 3))
    shape = (max(1, math.floor((high_x - g.x0_m) / _CELL_M)), max(1, math.floor((high_y - g.y0_m) / _CELL_M)))
    low, high = _cells(corner.min(axis=1), g.x0_m, g.y0_m), _cells(corner.max(axis=1), g.x0_m, g.y0_m)
    count = np.zeros(shape, np.int64)
    _count(low, high, count)
    end = np.cumsum(count).reshape(shape)
    member = np.zeros(int(count.sum()), np.int32)
    filled = (end - count).copy()
    _fill(low, high, filled, member)
    lowest = np.full(shape, np.inf)
    for part in site.parts:
        for box in bounds_of(part.shapes) if part.collision == "shapes" else ():
            (i0, j0), (i1, j1) = _cells(box.reshape(2, 3), g.x0_m, g.y0_m).tolist()
            area = lowest[max(i0, 0) : max(i1 + 1, 0), max(j0, 0) : max(j1 + 1, 0)]
            np.minimum(area, box[2], out=area)
    return Relief(float(g.x0_m), float(g.y0_m), _CELL_M, np.ascontiguousarray(corner), end - count, end, member, lowest)


def _cells(points_m: Array, x0_m: float, y0_m: float) -> NDArray[np.int64]:
    """(N, 2) cells of (N, 3) points."""
    return np.floor((points_m[:, :2] - (x0_m, y0_m)) / _CELL_M).astype(np.int64)


@kernel
def _count(low: NDArray[np.int64], high: NDArray[np.int64], count: NDArray[np.int64]) -> None:
    for t in range(low.shape[0]):
        for i in range(max(low[t, 0], 0), min(high[t, 0] + 1, count.shape[0])):
            for j in range(max(low[t, 1], 0), min(high[t, 1] + 1, count.shape[1])):
                count[i, j] += 1


@kernel
def _fill(
    low: NDArray[np.int64], high: NDArray[np.int64], filled: NDArray[np.int64], member: NDArray[np.int32]
) -> None:
    for t in range(low.shape[0]):
        for i in range(max(low[t, 0], 0), min(high[t, 0] + 1, filled.shape[0])):
            for j in range(max(low[t, 1], 0), min(high[t, 1] + 1, filled.shape[1])):
                member[filled[i, j]] = t
                filled[i, j] += 1


@inline
def _meet(a: Array, b: Array, c: Array, start: Array, dx: float, dy: float, dz: float) -> float:
    """Share of the ray start + t d at which it crosses a triangle, 2 when it does not (Moller and Trumbore)."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    px, py, pz = dy * vz - dz * vy, dz * vx - dx * vz, dx * vy - dy * vx
    det = ux * px + uy * py + uz * pz
    if abs(det) < 1e-12:
        return 2.0
    sx, sy, sz = start[0] - a[0], start[1] - a[1], start[2] - a[2]
    u = (sx * px + sy * py + sz * pz) / det
    if u < -_EDGE or u > 1.0 + _EDGE:
        return 2.0
    qx, qy, qz = sy * uz - sz * uy, sz * ux - sx * uz, sx * uy - sy * ux
    v = (dx * qx + dy * qy + dz * qz) / det
    if v < -_EDGE or u + v > 1.0 + _EDGE:
        return 2.0
    t = (vx * qx + vy * qy + vz * qz) / det
    return t if 0.0 <= t <= 1.0 else 2.0


@inline
def cast_on_ground(relief: Relief, start_m: Array, end_m: Array, point_m: Array, normal: Array) -> int:
    """Where a short ray first meets the ground.

    Args:
        relief: the ground.
        start_m: (3,) upper end of the ray.
        end_m: (3,) its other end.
        point_m: (3,) result, where it met; set on HIT only.
        normal: (3,) result, the triangle's unit normal towards the ray's start; set on HIT only.

    Returns:
        HIT, MISS, or UNSURE where an obstacle of the site may be in the way or the ray leaves the grid.
    """
    low_x, high_x = min(start_m[0], end_m[0]), max(start_m[0], end_m[0])
    low_y, high_y = min(start_m[1], end_m[1]), max(start_m[1], end_m[1])
    i0 = math.floor((low_x - relief.x0_m) / relief.cell_m)
    i1 = math.floor((high_x - relief.x0_m) / relief.cell_m)
    j0 = math.floor((low_y - relief.y0_m) / relief.cell_m)
    j1 = math.floor((high_y - relief.y0_m) / relief.cell_m)
    if not (i0 >= 0 and j0 >= 0 and i1 < relief.first.shape[0] and j1 < relief.first.shape[1]):
        return UNSURE
    dx, dy, dz = end_m[0] - start_m[0], end_m[1] - start_m[1], end_m[2] - start_m[2]
    top = max(start_m[2], end_m[2])
    best = 2.0
    met = -1
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            if relief.lowest_m[i, j] <= top:
                return UNSURE
            for e in range(relief.first[i, j], relief.end[i, j]):
                tri = relief.corner_m[relief.member[e]]
                if min(tri[0, 1], tri[1, 1], tri[2, 1]) > high_y or max(tri[0, 1], tri[1, 1], tri[2, 1]) < low_y:
                    continue
                t = _meet(tri[0], tri[1], tri[2], start_m, dx, dy, dz)
                if t < best:
                    best = t
                    met = relief.member[e]
    if met < 0:
        return MISS
    a, b, c = relief.corner_m[met, 0], relief.corner_m[met, 1], relief.corner_m[met, 2]
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    size = math.sqrt(nx * nx + ny * ny + nz * nz)
    if nx * dx + ny * dy + nz * dz > 0.0:
        size = -size
    normal[0], normal[1], normal[2] = nx / size, ny / size, nz / size
    point_m[0] = start_m[0] + best * dx
    point_m[1] = start_m[1] + best * dy
    point_m[2] = start_m[2] + best * dz
    return HIT
