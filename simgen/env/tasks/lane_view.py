"""Where things are along a lane and on its ground: the geometry of a control step, compiled."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.world.ground import Heights, height_at
from simgen.world.path import Path, point_beside
from simgen.world.state import on_area

Array = NDArray[np.float64]

X, Y, YAW, HALF_LENGTH, HALF_WIDTH, S, LATERAL, HEADING, ALONG, ACROSS, SPEED = range(11)
"""Columns of what `look_around` finds of an object: middle and heading of its box and half its length and width; arc
length, offset to the left and direction of the lane there; half its extent along and across the lane; its speed along
it."""
COLUMNS = 11


class Boxes(NamedTuple):
    """The objects' 3D boxes in their own frames: center_m, size_m (N, 3)."""

    center_m: Array
    size_m: Array


@inline
def _nearest(path: Path, x_m: float, y_m: float) -> tuple[int, float, float]:
    """Segment, arc length (extrapolated beyond the ends) and left offset of the path point nearest to (x, y)."""
    p = path.points_m
    last = p.shape[0] - 2
    best, closest = 0, math.inf
    for k in range(last + 1):
        ex, ey = p[k + 1, 0] - p[k, 0], p[k + 1, 1] - p[k, 1]
        rx, ry = x_m - p[k, 0], y_m - p[k, 1]
        t = min(max((rx * ex + ry * ey) / (ex * ex + ey * ey), 0.0), 1.0)
        gx, gy = rx - t * ex, ry - t * ey
        gap2 = gx * gx + gy * gy
        if gap2 < closest:
            best, closest = k, gap2
    ex, ey = p[best + 1, 0] - p[best, 0], p[best + 1, 1] - p[best, 1]
    rx, ry = x_m - p[best, 0], y_m - p[best, 1]
    size = math.sqrt(ex * ex + ey * ey)
    along = (ex * rx + ey * ry) / size
    if best > 0:
        along = max(along, 0.0)
    if best < last:
        along = min(along, size)
    return best, path.s_m[best] + along, (ex * ry - ey * rx) / size


@kernel
def look_around(path: Path, boxes: Boxes, poses: Array, velocities_mps: Array, out: Array) -> None:
    """Fill (N, `COLUMNS`) with where N objects are along a path.

    Args:
        path: the lane.
        boxes: of the objects.
        poses: (N, 4, 4) of the objects in the world.
        velocities_mps: (N, 3) world frame.
        out: result; see `X` and the names beside it.
    """
    for n in range(out.shape[0]):
        T, c = poses[n], boxes.center_m[n]
        x = T[0, 0] * c[0] + T[0, 1] * c[1] + T[0, 2] * c[2] + T[0, 3]
        y = T[1, 0] * c[0] + T[1, 1] * c[1] + T[1, 2] * c[2] + T[1, 3]
        yaw = math.atan2(T[1, 0], T[0, 0])
        k, s, left = _nearest(path, x, y)
        ex, ey = path.points_m[k + 1, 0] - path.points_m[k, 0], path.points_m[k + 1, 1] - path.points_m[k, 1]
        heading = math.atan2(ey, ex)
        cosine, sine = abs(math.cos(yaw - heading)), abs(math.sin(yaw - heading))
        half_length, half_width = 0.5 * boxes.size_m[n, 0], 0.5 * boxes.size_m[n, 1]
        row = out[n]
        row[X], row[Y], row[YAW], row[HALF_LENGTH], row[HALF_WIDTH] = x, y, yaw, half_length, half_width
        row[S], row[LATERAL], row[HEADING] = s, left, heading
        row[ALONG] = cosine * half_length + sine * half_width
        row[ACROSS] = sine * half_length + cosine * half_width
        row[SPEED] = math.cos(heading) * velocities_mps[n, 0] + math.sin(heading) * velocities_mps[n, 1]


@kernel
def corners_off(area_m: Array, box: Array) -> int:
    """How many of a footprint's four corners lie off an area.

    Args:
        area_m: the area's row (see `simgen.areas.row_of`).
        box: (`COLUMNS`,) a row of `look_around`.
    """
    cosine, sine = math.cos(box[YAW]), math.sin(box[YAW])
    off = 0
    for a in range(2):
        for b in range(2):
            along = box[HALF_LENGTH] if a else -box[HALF_LENGTH]
            left = box[HALF_WIDTH] if b else -box[HALF_WIDTH]
            if not on_area(area_m, box[X] + cosine * along - sine * left, box[Y] + sine * along + cosine * left):
                off += 1
    return off


@kernel
def depth_at(area_m: Array, level_m: float, ground: Heights, x_m: float, y_m: float) -> float:
    """Depth of standing water at a point: 0 off its area and on dry land."""
    if not on_area(area_m, x_m, y_m):
        return 0.0
    return float(max(0.0, level_m - height_at(ground, x_m, y_m)))


@kernel
def deepest_ahead(area_m: Array, level_m: float, ground: Heights, path: Path, s_m: float, reach_m: float) -> float:
    """The greatest `depth_at` at every metre of the next `reach_m` of a path."""
    deepest = 0.0
    for step in range(int(reach_m) + 1):
        x, y = point_beside(path, s_m + float(step), 0, 0.0)
        deepest = max(deepest, depth_at(area_m, level_m, ground, x, y))
    return deepest
