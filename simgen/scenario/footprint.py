"""Footprints: oriented rectangles on the ground with a range of heights, and whether two of them meet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from simgen.models import Model, Shape, Site
from simgen.rectangles import corner_gap_m2, meet_s

_TOUCH_M = 0.05
"""Height by which things may overlap without being said to meet: kerbs, crowns and resting contact."""


@dataclass(frozen=True)
class Footprint:
    """An upright box over an oriented rectangle.

    Attributes:
        x_m, y_m: centre of the rectangle.
        yaw_rad: direction of its length.
        half_length_m, half_width_m: half extents.
        low_m, high_m: heights of bottom and top.
    """

    x_m: float
    y_m: float
    yaw_rad: float
    half_length_m: float
    half_width_m: float
    low_m: float
    high_m: float

    @property
    def reach_m(self) -> tuple[float, float]:
        """Half extents of the axis-aligned rectangle around it."""
        c, s = abs(math.cos(self.yaw_rad)), abs(math.sin(self.yaw_rad))
        return self.half_length_m * c + self.half_width_m * s, self.half_length_m * s + self.half_width_m * c

    def meets(self, other: Footprint, gap_m: float = 0.0) -> bool:
        """Whether they overlap, or come closer than `gap_m` on the ground while their heights overlap.

        The separating axis theorem on the rectangles: they are apart when an edge normal of one of them
        separates their projections. With a gap they are apart by at least that along such an axis.
        """
        if self.low_m > other.high_m - _TOUCH_M or other.low_m > self.high_m - _TOUCH_M:
            return False
        dx, dy = other.x_m - self.x_m, other.y_m - self.y_m
        far = math.hypot(self.half_length_m, self.half_width_m) + math.hypot(other.half_length_m, other.half_width_m)
        if math.hypot(dx, dy) > far + gap_m:
            return False
        for yaw in (self.yaw_rad, self.yaw_rad + 0.5 * math.pi, other.yaw_rad, other.yaw_rad + 0.5 * math.pi):
            c, s = math.cos(yaw), math.sin(yaw)
            if abs(dx * c + dy * s) >= self._half_along(yaw) + other._half_along(yaw) + gap_m:
                return False
        return True

    @property
    def radius_m(self) -> float:
        """Half the diagonal of the rectangle."""
        return math.hypot(self.half_length_m, self.half_width_m)

    def meets_s(self, other: Footprint, vx_mps: float, vy_mps: float) -> float:
        """When it first meets another over ground, moving at a velocity relative to it, neither turning; inf: never.

        0 if they overlap already; inf where their heights do not.
        """
        if self.low_m > other.high_m or other.low_m > self.high_m:
            return math.inf
        return _meet_s(self.row(), other.row(), vx_mps, vy_mps)

    def gap_m(self, other: Footprint) -> float:
        """Free distance between the two boxes; 0 where they overlap. Exact."""
        up = max(self.low_m - other.high_m, other.low_m - self.high_m, 0.0)
        a, b = self.row(), other.row()
        if _meet_s(a, b, 0.0, 0.0) == 0.0:
            return up
        return math.sqrt(min(corner_gap_m2(a, b), corner_gap_m2(b, a)) + up * up)

    def row(self) -> tuple[float, ...]:
        """Itself as `simgen.rectangles` has boxes."""
        c, s = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        return self.x_m, self.y_m, c, s, self.half_length_m, self.half_width_m, self.low_m, self.high_m

    def _half_along(self, yaw: float) -> float:
        turn = yaw - self.yaw_rad
        return self.half_length_m * abs(math.cos(turn)) + self.half_width_m * abs(math.sin(turn))


def _meet_s(a: tuple[float, ...], b: tuple[float, ...], vx_mps: float, vy_mps: float) -> float:
    return meet_s(a[0], a[1], a[2], a[3], a, b[0], b[1], b[2], b[3], b, vx_mps, vy_mps, math.inf)


Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


def rotation(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Matrix:
    """Rz(yaw) Ry(pitch) Rx(roll): heading, then nose down, then roll about the nose."""
    cy, sy, cp, sp = math.cos(yaw_rad), math.sin(yaw_rad), math.cos(pitch_rad), math.sin(pitch_rad)
    cr, sr = math.cos(roll_rad), math.sin(roll_rad)
    return (
        (cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr),
        (sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr),
        (-sp, cp * sr, cp * cr),
    )


def upright(model: Model, x_m: float, y_m: float, z_m: float, yaw_rad: float) -> Footprint:
    """The footprint of a model that stands with its origin at a point."""
    cx, cy, cz = model.box_center_m
    length, width, height = model.size_m
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    low = z_m + cz - 0.5 * height
    return Footprint(
        x_m + c * cx - s * cy, y_m + s * cx + c * cy, yaw_rad, 0.5 * length, 0.5 * width, low, low + height
    )


def tumbled(model: Model, x_m: float, y_m: float, low_m: float, turn: Matrix) -> tuple[Footprint, float]:
    """The axis-aligned footprint of a model turned any way, lowest corner at `low_m`, and its origin's z."""
    corners = [
        tuple(sum(row[k] * (model.box_center_m[k] + sign[k] * 0.5 * model.size_m[k]) for k in range(3)) for row in turn)
        for sign in product((-1.0, 1.0), repeat=3)
    ]
    low, high = [min(c[k] for c in corners) for k in range(3)], [max(c[k] for c in corners) for k in range(3)]
    half = [0.5 * (high[k] - low[k]) for k in range(3)]
    center = [0.5 * (high[k] + low[k]) for k in range(2)]
    print_ = Footprint(x_m + center[0], y_m + center[1], 0.0, half[0], half[1], low_m, low_m + 2.0 * half[2])
    return print_, low_m - low[2]


@dataclass(frozen=True, eq=False)
class _Around:
    """Circles around what stands on a site: centres and radii, (N,) float64 each."""

    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    radius_m: NDArray[np.float64]


@lru_cache(maxsize=16)
def _around(site: Site) -> _Around:
    prints = [footprint for _, footprint in obstacles(site)]
    return _Around(
        np.array([p.x_m for p in prints]), np.array([p.y_m for p in prints]), np.array([p.radius_m for p in prints])
    )


def obstacle_met(site: Site, footprint: Footprint) -> str | None:
    """Name of the first part of a site that a footprint meets, or None."""
    circles = _around(site)
    dx, dy = circles.x_m - footprint.x_m, circles.y_m - footprint.y_m
    far = circles.radius_m + footprint.radius_m
    standing = obstacles(site)
    for k in np.flatnonzero(dx * dx + dy * dy <= far * far * (1.0 + 1e-9)).tolist():
        part, other = standing[k]
        if footprint.meets(other):
            return part
    return None


@lru_cache(maxsize=16)
def obstacles(site: Site) -> tuple[tuple[str, Footprint], ...]:
    """Footprints of what stands on a site, each with the name of its part; ground meshes are left out.

    What only keeps its place clear is among them.
    """
    return tuple(
        (part.name, _of_shape(shape))
        for part in site.parts
        for shape in (*(part.shapes if part.collision == "shapes" else ()), *part.keeps)
    )


def _of_shape(shape: Shape) -> Footprint:
    x, y, z, w = shape.quat_xyzw
    flat = abs(x) < 1e-9 and abs(y) < 1e-9
    yaw = 2.0 * math.atan2(z, w) if flat else math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
    if shape.kind == "hull" and shape.points_m is not None:
        local = [(float(p[0]), float(p[1]), float(p[2])) for p in shape.points_m]
    else:
        a, b, c = shape.size_m
        half = {"box": (0.5 * a, 0.5 * b, 0.5 * c), "cylinder": (a, b, 0.5 * c), "sphere": (a, b, c)}[shape.kind]
        local = [(i * half[0], j * half[1], k * half[2]) for i, j, k in product((-1, 1), repeat=3)]
    # What is tilted keeps its heading: a rail up a grade fills its own strip and not a square about it.
    back = (0.0, 0.0, -math.sin(0.5 * yaw), math.cos(0.5 * yaw))
    points = local if flat else [_turned(_turned(p, shape.quat_xyzw), back) for p in local]
    low, high = [min(p[k] for p in points) for k in range(3)], [max(p[k] for p in points) for k in range(3)]
    mid = [0.5 * (low[k] + high[k]) for k in range(3)]
    cos, sin = math.cos(yaw), math.sin(yaw)
    cx, cy, cz = shape.center_m
    return Footprint(
        cx + cos * mid[0] - sin * mid[1],
        cy + sin * mid[0] + cos * mid[1],
        yaw,
        0.5 * (high[0] - low[0]),
        0.5 * (high[1] - low[1]),
        cz + low[2],
        cz + high[2],
    )


def _turned(p: tuple[float, float, float], q: tuple[float, float, float, float]) -> tuple[float, float, float]:
    x, y, z, w = q
    tx, ty, tz = 2 * (y * p[2] - z * p[1]), 2 * (z * p[0] - x * p[2]), 2 * (x * p[1] - y * p[0])
    return (
        p[0] + w * tx + y * tz - z * ty,
        p[1] + w * ty + z * tx - x * tz,
        p[2] + w * tz + x * ty - y * tx,
    )
