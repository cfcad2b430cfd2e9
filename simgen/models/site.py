"""Places: the fixed geometry in which a scene happens, with named lanes and regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.models.mesh import LampMount, Mesh, Shape


@dataclass(frozen=True, eq=False)
class SitePart:
    """Fixed geometry of one class: road, terrain, walls.

    Attributes:
        name: unique in the site.
        class_name: a name of assets/classes.yaml.
        mesh: triangles in world coordinates.
        collision: "mesh" (the triangles collide: ground), "none" (only seen), or "shapes".
        shapes: primitives in world coordinates for "shapes".
        roof: True where it closes the place from above (ceiling): it does not block the daylight grid.
    """

    name: str
    class_name: str
    mesh: Mesh
    collision: str = "none"
    shapes: tuple[Shape, ...] = ()
    roof: bool = False


@dataclass(frozen=True, eq=False)
class Lane:
    """A lane's centre line.

    Attributes:
        points_m: (N, 3) float64 in driving direction, world frame, at most 2 m apart.
        width_m: lane width.
    """

    points_m: NDArray[np.float64]
    width_m: float

    def at(self, s_m: float, offset_m: float = 0.0) -> tuple[float, float, float, float]:
        """Point at arc length `s_m` (extrapolated beyond the ends) and `offset_m` to the left: x, y, z, yaw."""
        p = self.points_m
        seg = np.diff(p, axis=0)
        length = np.hypot(seg[:, 0], seg[:, 1])
        cum = np.concatenate(([0.0], np.cumsum(length)))
        k = int(np.clip(np.searchsorted(cum, s_m, side="right") - 1, 0, len(seg) - 1))
        t = (s_m - cum[k]) / length[k]
        q = p[k] + seg[k] * t
        yaw = float(np.arctan2(seg[k, 1], seg[k, 0]))
        return float(q[0] - offset_m * np.sin(yaw)), float(q[1] + offset_m * np.cos(yaw)), float(q[2]), yaw

    def project(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Arc length and left offset of the closest point of the centre line to (x, y)."""
        p = self.points_m[:, :2]
        seg = np.diff(p, axis=0)
        length = np.hypot(seg[:, 0], seg[:, 1])
        cum = np.concatenate(([0.0], np.cumsum(length)))
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
    """A named horizontal rectangle of the site, with the height of its lowest ground, or of the table that it lies on.

    Attributes:
        x_min_m, x_max_m, y_min_m, y_max_m: bounds in the world frame.
        floor_m: height of the lowest ground inside (a flood's depth is counted from here), or of a table's top.
        outline_m: corners (x, y) of the polygon inside these bounds that it really is; () is all of the rectangle.
    """

    x_min_m: float
    x_max_m: float
    y_min_m: float
    y_max_m: float
    floor_m: float
    outline_m: tuple[tuple[float, float], ...] = ()

    def contains(self, x_m: float, y_m: float) -> bool:
        """Whether a point lies inside, by the parity of crossings of the outline."""
        if not (self.x_min_m <= x_m <= self.x_max_m and self.y_min_m <= y_m <= self.y_max_m):
            return False
        if not self.outline_m:
            return True
        inside = False
        bx, by = self.outline_m[-1]
        for ax, ay in self.outline_m:
            if (ay > y_m) != (by > y_m) and x_m < ax + (y_m - ay) * (bx - ax) / (by - ay):
                inside = not inside
            bx, by = ax, ay
        return inside


@dataclass(frozen=True, eq=False)
class HeightGrid:
    """Ground height on a regular grid; the physics ground mesh is made from the same samples.

    Attributes:
        x0_m, y0_m: position of sample [0, 0].
        dx_m, dy_m: spacing.
        z_m: (NX, NY) float64 heights.
        firm: (NX, NY) bool, where things come and must not be pressed through the ground; None is everywhere.
    """

    x0_m: float
    y0_m: float
    dx_m: float
    dy_m: float
    z_m: NDArray[np.float64]
    firm: NDArray[np.bool_] | None = None

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
