"""Places: the fixed geometry in which a scene happens, with named lanes and regions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simgen.areas import Corners
from simgen.models.mesh import LampMount, Mesh, Shape, Version


@dataclass(frozen=True, eq=False)
class SitePart:
    """Fixed geometry of one class: road, terrain, walls.

    Attributes:
        name: unique in the site.
        class_name: a name of assets/classes.yaml.
        mesh: triangles in world coordinates.
        collision: "mesh" (the triangles collide: ground), "none" (only seen), or "shapes".
        shapes: primitives in world coordinates for "shapes".
        keeps: primitives in world coordinates that nothing is placed in though nothing collides with them: posts that
            fold, ends of rails that lead into the ground.
        roof: True where it closes the place from above (ceiling): it does not block the daylight grid.
        chunks: the mesh cut into places of some 30 m, each with its versions, finest first, so that what is far away
            is drawn coarser than what is near; () where it has only one version.
    """

    name: str
    class_name: str
    mesh: Mesh
    collision: str = "none"
    shapes: tuple[Shape, ...] = ()
    roof: bool = False
    chunks: tuple[tuple[Version, ...], ...] = ()
    keeps: tuple[Shape, ...] = ()


@dataclass(frozen=True, eq=False)
class Lane:
    """A lane's centre line.

    Attributes:
        points_m: (N, 3) float64 in driving direction, world frame, at most 2 m apart.
        width_m: lane width.
    """

    points_m: NDArray[np.float64]
    width_m: float

    @cached_property
    def _measured(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The segments (N - 1, 3), their lengths on the ground (N - 1,) and the arc lengths of the points (N,)."""
        seg = np.diff(self.points_m, axis=0)
        length = np.hypot(seg[:, 0], seg[:, 1])
        return seg, length, np.concatenate(([0.0], np.cumsum(length)))

    def at(self, s_m: float, offset_m: float = 0.0) -> tuple[float, float, float, float]:
        """Point at arc length `s_m` (extrapolated beyond the ends) and `offset_m` to the left: x, y, z, yaw."""
        p = self.points_m
        seg, length, cum = self._measured
        k = min(max(int(np.searchsorted(cum, s_m, side="right")) - 1, 0), len(seg) - 1)
        t = (s_m - cum[k]) / length[k]
        q = p[k] + seg[k] * t
        yaw = float(np.arctan2(seg[k, 1], seg[k, 0]))
        return float(q[0] - offset_m * np.sin(yaw)), float(q[1] + offset_m * np.cos(yaw)), float(q[2]), yaw

    def project(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Arc length and left offset of the closest point of the centre line to (x, y)."""
        p = self.points_m[:, :2]
        seg, length, cum = self._measured
        seg = seg[:, :2]
        rel = np.array([x_m, y_m]) - p[:-1]
        t = np.clip((rel * seg).sum(axis=1) / length**2, 0.0, 1.0)
        gap = rel - seg * t[:, None]
        k = int(np.argmin((gap**2).sum(axis=1)))
        side = (seg[k, 0] * rel[k, 1] - seg[k, 1] * rel[k, 0]) / length[k]
        along = float((rel[k] * seg[k]).sum() / length[k])  # unclamped: runs past the ends
        clamped = min(max(along, 0.0 if k else -np.inf), length[k] if k < len(seg) - 1 else np.inf)
        return float(cum[k] + clamped), float(side)


@dataclass(frozen=True)
class Region:
    """A named horizontal piece of the site, with the height of its lowest ground, or of the table that it lies on.

    Attributes:
        x_min_m, x_max_m, y_min_m, y_max_m: bounds in the world frame.
        floor_m: height of the lowest ground inside (a flood's depth is counted from here), or of a table's top.
        outline_m: corners (x, y) of the polygon inside these bounds that it really is; () is all of the rectangle.
        strip: the outline goes along the right border of a piece of road and, point by point, back along its left.
    """

    x_min_m: float
    x_max_m: float
    y_min_m: float
    y_max_m: float
    floor_m: float
    outline_m: Corners = ()
    strip: bool = False

    @staticmethod
    def of(outline_m: NDArray[np.float64], floor_m: float, *, strip: bool = False) -> Region:
        """The region of a polygon (K, 2); one that fills its bounds, as along a straight road, needs no outline."""
        (x0, y0), (x1, y1) = outline_m.min(axis=0).tolist(), outline_m.max(axis=0).tolist()
        x, y = outline_m.T
        area_m2 = 0.5 * abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()))
        if math.isclose(area_m2, (x1 - x0) * (y1 - y0), rel_tol=1e-9):
            return Region(x0, x1, y0, y1, floor_m)
        return Region(x0, x1, y0, y1, floor_m, tuple((a, b) for a, b in outline_m.tolist()), strip)

    def part(self, start_m: float, length_m: float | None, side: str) -> Region:
        """A stretch of it, from `start_m` on: all the rest without a length.

        Counted along its middle where it is a strip that bends, else from the low end along world +x.

        Args:
            start_m: where the stretch begins; past the end there is none.
            length_m: of the stretch.
            side: "both", or the half to the "left" or "right" of that way.
        """
        if not self.strip:
            low_m = min(self.x_min_m + start_m, self.x_max_m)
            high_m = self.x_max_m if length_m is None else min(low_m + length_m, self.x_max_m)
            middle_m = 0.5 * (self.y_min_m + self.y_max_m)
            y_min_m = middle_m if side == "left" else self.y_min_m
            y_max_m = middle_m if side == "right" else self.y_max_m
            return Region(low_m, high_m, y_min_m, y_max_m, self.floor_m, self.outline_m)
        corners = np.array(self.outline_m)
        right, left = corners[: len(corners) // 2], corners[: len(corners) // 2 - 1 : -1]
        middle = 0.5 * (right + left)
        run = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(middle, axis=0).T))))
        low_m = min(start_m, run[-1])
        high_m = run[-1] if length_m is None else min(low_m + length_m, run[-1])
        s = np.concatenate(([low_m], run[(run > low_m) & (run < high_m)], [high_m]))
        borders = middle if side == "left" else right, middle if side == "right" else left
        right, left = (np.column_stack([np.interp(s, run, border[:, k]) for k in (0, 1)]) for border in borders)
        return Region.of(np.concatenate([right, left[::-1]]), self.floor_m, strip=True)


@dataclass(frozen=True, eq=False)
class HeightGrid:
    """Ground height on a regular grid; the physics ground mesh is made from the same samples.

    Attributes:
        x0_m, y0_m: position of sample [0, 0].
        dx_m, dy_m: spacing.
        z_m: (NX, NY) float64 heights.
    """

    x0_m: float
    y0_m: float
    dx_m: float
    dy_m: float
    z_m: NDArray[np.float64]

    def at(self, x_m: float, y_m: float) -> float:
        """Bilinear height at a point, clamped to the grid."""
        nx, ny = self.z_m.shape
        u = min(max((x_m - self.x0_m) / self.dx_m, 0.0), nx - 1.0)
        v = min(max((y_m - self.y0_m) / self.dy_m, 0.0), ny - 1.0)
        i, j = min(int(u), nx - 2), min(int(v), ny - 2)
        a, b = u - i, v - j
        z = self.z_m
        return float(
            (z[i, j] * (1 - a) + z[i + 1, j] * a) * (1 - b) + (z[i, j + 1] * (1 - a) + z[i + 1, j + 1] * a) * b
        )


@dataclass(frozen=True, eq=False)
class Site:
    """A place.

    Attributes:
        name: registered name, "road.straight".
        parts: everything visible and fixed.
        lanes: by name; index 0 of a road is "main.0", the rightmost in +x direction.
        regions: by name.
        ground: ground heights.
        lamps: street or ceiling lamps in the world frame, of kind "street" or "room", whose `intensity_cd` gives
            a mean illuminance of 1 lx on the road, floor or table; conditions scale it.
        indoor: True where there is no sky overhead: sun and sky give no light.
        bounds: region within which things may be.
    """

    name: str
    parts: tuple[SitePart, ...]
    lanes: dict[str, Lane]
    regions: dict[str, Region]
    ground: HeightGrid
    lamps: tuple[LampMount, ...]
    indoor: bool
    bounds: Region
