"""Horizontal paths: lanes' centre lines and straight lines, with arc lengths."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.models import Lane

Array = NDArray[np.float64]


class Path(NamedTuple):
    """A lane's centre line with its arc length: points_m (K, 2), s_m (K,)."""

    points_m: Array
    s_m: Array


def path_of_lane(lane: Lane, *, against: bool = False) -> Path:
    """The horizontal path of a lane, or that of one who drives against it."""
    p = np.ascontiguousarray(lane.points_m[:: -1 if against else 1, :2], dtype=np.float64)
    length = np.hypot(*np.diff(p, axis=0).T)
    return Path(p, np.concatenate(([0.0], np.cumsum(length))))


def straight_path(x_m: float, y_m: float, yaw_rad: float) -> Path:
    """The line through a point along a heading; paths extend beyond their ends."""
    d = np.array([math.cos(yaw_rad), math.sin(yaw_rad)])
    start = np.array([x_m, y_m])
    return Path(np.stack([start, start + d]), np.array([0.0, 1.0]))


@kernel
def locate(path: Path, x_m: float, y_m: float, hint: int) -> tuple[int, float, float, float]:
    """Segment, arc length, left offset and heading of the path point nearest to (x, y).

    The search walks from segment `hint` downhill in distance and so costs a step or two a tick.
    """
    p = path.points_m
    last = p.shape[0] - 2
    k = min(max(hint, 0), last)
    best = -1.0
    moved = 0
    while True:
        ex, ey = p[k + 1, 0] - p[k, 0], p[k + 1, 1] - p[k, 1]
        rx, ry = x_m - p[k, 0], y_m - p[k, 1]
        size = math.sqrt(ex * ex + ey * ey)
        along = (ex * rx + ey * ry) / size
        best = along
        if along > size and k < last and moved >= 0:
            k += 1
            moved = 1
        elif along < 0.0 and k > 0 and moved <= 0:
            k -= 1
            moved = -1
        else:
            return k, path.s_m[k] + best, (ex * ry - ey * rx) / size, math.atan2(ey, ex)


@kernel
def point_beside(path: Path, s_m: float, hint: int, left_m: float) -> tuple[float, float]:
    """Position at an arc length, `left_m` to the left of the path, searched forward from segment `hint`.

    Extrapolated beyond the ends.
    """
    p = path.points_m
    k = hint
    while k < p.shape[0] - 2 and s_m > path.s_m[k + 1]:
        k += 1
    size = path.s_m[k + 1] - path.s_m[k]
    ex, ey = p[k + 1, 0] - p[k, 0], p[k + 1, 1] - p[k, 1]
    t, aside = (s_m - path.s_m[k]) / size, left_m / size
    return p[k, 0] + t * ex - aside * ey, p[k, 1] + t * ey + aside * ex
