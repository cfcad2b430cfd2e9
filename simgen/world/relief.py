"""The ground under the wheels, cast by our own kernel; Bullet casts the rays that may meet more than ground.

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
from simgen.models import HeightGrid, Site
from simgen.world.frames import Array
from simgen.world.ground import bounds_of, ground_sheets

_CELL_M = 2.0
_EDGE = 1e-9  # rays on an edge meet both its triangles rather than none


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
    """The grid of a site's ground and shapes; the apron beyond it is in the cells at its border."""
    g = site.ground
    high_x, high_y = g.x0_m + g.dx_m * (g.z_m.shape[0] - 1), g.y0_m + g.dy_m * (g.z_m.shape[1] - 1)
    corner = np.concatenate([vertices[faces] for vertices, faces in ground_sheets(site)])
    shape = (max(1, math.floor((high_x - g.x0_m) / _CELL_M)), max(1, math.floor((high_y - g.y0_m) / _CELL_M)))
    low, high = _cells(corner.min(axis=1), g, shape), _cells(corner.max(axis=1), g, shape)
    count = np.zeros(shape, np.int64)
    _count(low, high, count)
    end = np.cumsum(count).reshape(shape)
    member = np.zeros(int(count.sum()), np.int32)
    filled = (end - count).copy()
    _fill(low, high, filled, member)
    lowest = np.full(shape, np.inf)
    for part in site.parts:
        for box in bounds_of(part.shapes) if part.collision == "shapes" else ():
            (i0, j0), (i1, j1) = _cells(box.reshape(2, 3), g, shape).tolist()
            area = lowest[i0 : i1 + 1, j0 : j1 + 1]
            np.minimum(area, box[2], out=area)
    return Relief(float(g.x0_m), float(g.y0_m), _CELL_M, np.ascontiguousarray(corner), end - count, end, member, lowest)


def _cells(points_m: Array, grid: HeightGrid, shape: tuple[int, int]) -> NDArray[np.int64]:
    """(N, 2) cells of (N, 3) points; what lies outside is in the cells at the border."""
    cells = np.floor((points_m[:, :2] - (grid.x0_m, grid.y0_m)) / _CELL_M).astype(np.int64)
    return np.clip(cells, 0, np.array(shape) - 1)


@kernel
def _count(low: NDArray[np.int64], high: NDArray[np.int64], count: NDArray[np.int64]) -> None:
    for t in range(low.shape[0]):
        for i in range(low[t, 0], high[t, 0] + 1):
            for j in range(low[t, 1], high[t, 1] + 1):
                count[i, j] += 1


@kernel
def _fill(
    low: NDArray[np.int64], high: NDArray[np.int64], filled: NDArray[np.int64], member: NDArray[np.int32]
) -> None:
    for t in range(low.shape[0]):
        for i in range(low[t, 0], high[t, 0] + 1):
            for j in range(low[t, 1], high[t, 1] + 1):
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
def _cell(at_m: float, corner_m: float, cell_m: float, count: int) -> int:
    """Row or column of the cell of a coordinate, the first or last for what is outside or not a number."""
    cells = (at_m - corner_m) / cell_m
    return int(min(cells, count - 1.0)) if cells > 0.0 else 0


@inline
def _span(relief: Relief, start_m: Array, end_m: Array) -> tuple[int, int, int, int]:
    """First and last row, first and last column of the cells that a ray may cross."""
    count_x, count_y = relief.first.shape
    return (
        _cell(min(start_m[0], end_m[0]), relief.x0_m, relief.cell_m, count_x),
        _cell(max(start_m[0], end_m[0]), relief.x0_m, relief.cell_m, count_x),
        _cell(min(start_m[1], end_m[1]), relief.y0_m, relief.cell_m, count_y),
        _cell(max(start_m[1], end_m[1]), relief.y0_m, relief.cell_m, count_y),
    )


@inline
def obstructed(relief: Relief, start_m: Array, end_m: Array) -> bool:
    """Whether an obstacle of the site may be in the way of a short ray, (3,) ends."""
    i0, i1, j0, j1 = _span(relief, start_m, end_m)
    top = max(start_m[2], end_m[2])
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            if relief.lowest_m[i, j] <= top:
                return True
    return False


@inline
def cast_on_ground(relief: Relief, start_m: Array, end_m: Array, point_m: Array, normal: Array) -> bool:
    """Where a short ray first meets the ground.

    Args:
        relief: the ground.
        start_m: (3,) upper end of the ray.
        end_m: (3,) its other end.
        point_m: (3,) result, where it met; set when it does.
        normal: (3,) result, the triangle's unit normal towards the ray's start; set when it does.

    Returns:
        Whether it meets it.
    """
    low_y, high_y = min(start_m[1], end_m[1]), max(start_m[1], end_m[1])
    i0, i1, j0, j1 = _span(relief, start_m, end_m)
    dx, dy, dz = end_m[0] - start_m[0], end_m[1] - start_m[1], end_m[2] - start_m[2]
    best = 2.0
    met = -1
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            for e in range(relief.first[i, j], relief.end[i, j]):
                tri = relief.corner_m[relief.member[e]]
                if min(tri[0, 1], tri[1, 1], tri[2, 1]) > high_y or max(tri[0, 1], tri[1, 1], tri[2, 1]) < low_y:
                    continue
                t = _meet(tri[0], tri[1], tri[2], start_m, dx, dy, dz)
                if t < best:
                    best = t
                    met = relief.member[e]
    if met < 0:
        return False
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
    return True
