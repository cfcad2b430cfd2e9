"""Parts of the ground seen from above, and the one way to ask whether a point lies on one.

`inside` is plain Python over a row of numbers, so that drawing a scene needs no compiler; the rooms that ask at every
tick or pixel compile this very function.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

Corners = tuple[tuple[float, float], ...]


class Area(Protocol):
    """A horizontal rectangle, or a polygon within it.

    Attributes:
        x_min_m, x_max_m, y_min_m, y_max_m: bounds in the world frame.
        outline_m: corners (x, y) of the polygon inside these bounds that it really is; () is all of the rectangle.
    """

    @property
    def x_min_m(self) -> float:
        """West bound."""

    @property
    def x_max_m(self) -> float:
        """East bound."""

    @property
    def y_min_m(self) -> float:
        """South bound."""

    @property
    def y_max_m(self) -> float:
        """North bound."""

    @property
    def outline_m(self) -> Corners:
        """Corners of the polygon."""


def row_of(area: Area) -> tuple[float, ...]:
    """An area as `inside` takes it: x_min, x_max, y_min, y_max, then x and y of each corner of its outline."""
    bounds = float(area.x_min_m), float(area.x_max_m), float(area.y_min_m), float(area.y_max_m)
    return bounds + tuple(float(v) for corner in area.outline_m for v in corner)


def inside(row: Sequence[float] | Any, x_m: float, y_m: float) -> bool:
    """Whether a point lies on an area: within its bounds and, by the parity of crossings, within its outline.

    Args:
        row: from `row_of`, a tuple or an array.
        x_m, y_m: the point, world frame.
    """
    if not (row[0] <= x_m <= row[1] and row[2] <= y_m <= row[3]):
        return False
    last = len(row)
    if last == 4:
        return True
    odd = False
    bx, by = row[last - 2], row[last - 1]
    for k in range(4, last, 2):
        ax, ay = row[k], row[k + 1]
        if (ay > y_m) != (by > y_m) and x_m < ax + (y_m - ay) * (bx - ax) / (by - ay):
            odd = not odd
        bx, by = ax, ay
    return odd


def covers(area: Area, x_m: float, y_m: float) -> bool:
    """As `inside`, of an area itself."""
    return inside(row_of(area), x_m, y_m)


def distance_m(area: Area, x_m: float, y_m: float) -> float:
    """Horizontal distance of a point from an area; 0 on it."""
    if covers(area, x_m, y_m):
        return 0.0
    west, east, south, north = area.x_min_m, area.x_max_m, area.y_min_m, area.y_max_m
    corners = area.outline_m or ((west, south), (east, south), (east, north), (west, north))
    best2 = math.inf
    for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
        ux, uy, px, py = bx - ax, by - ay, x_m - ax, y_m - ay
        size2 = ux * ux + uy * uy
        along = min(max((px * ux + py * uy) / size2, 0.0), 1.0) if size2 > 0.0 else 0.0
        best2 = min(best2, (px - along * ux) ** 2 + (py - along * uy) ** 2)
    return math.sqrt(best2)
