"""Ground: height grids, the sheets of triangles over them, and rolling country around.

Near the road the ground is one `HeightGrid`. Its heights are sums of a profile along x and a cross-section
over y, so that every grid cell is a plane: bilinear interpolation and any triangulation of the samples then
agree exactly. Meshes take their vertices from the grid and share them along every seam.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.models.geometry import smooth_normals
from simgen.models.mesh import Material, Mesh
from simgen.models.site import HeightGrid
from simgen.rng import Stream

Floats = NDArray[np.float64]
Paint = Callable[[int, Floats], NDArray[np.int64]]
"""Material index of the triangles of strip k (between lines k and k + 1), from their centroids' x."""


def smoothstep(t: Floats) -> Floats:
    """0 below 0, 1 above 1, C1 cubic between."""
    u = np.clip(t, 0.0, 1.0)
    out: Floats = u * u * (3.0 - 2.0 * u)
    return out


def regular(start_m: float, step_m: float, count: int) -> Floats:
    """(count,) float64 positions from `start_m` on."""
    out: Floats = start_m + step_m * np.arange(count, dtype=np.float64)
    return out


def _lattice(ix: NDArray[np.int64], iy: NDArray[np.int64], key: int) -> Floats:
    """One value in [-1, 1) for each lattice point: SplitMix64 finaliser of (key, ix, iy)."""
    with np.errstate(over="ignore"):
        z = np.uint64(key) ^ (ix.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
        z = z + iy.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    out: Floats = (z >> np.uint64(11)).astype(np.float64) / float(1 << 52) - 1.0
    return out


def value_noise(x_m: Floats, y_m: Floats, key: int, wavelength_m: float, octaves: int = 3) -> Floats:
    """Fractal value noise in about [-1, 1], the same for the same key everywhere.

    Args:
        x_m: positions, any shape.
        y_m: positions, same shape.
        key: 64-bit key of a `simgen.rng.Stream`.
        wavelength_m: lattice spacing of the first octave; each further octave halves it and its strength.
        octaves: how many.
    """
    total = np.zeros(np.broadcast(x_m, y_m).shape)
    weight, scale, norm = 1.0, wavelength_m, 0.0
    for octave in range(octaves):
        u, v = np.asarray(x_m) / scale, np.asarray(y_m) / scale
        i, j = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
        a, b = smoothstep(u - i), smoothstep(v - j)
        k = (key + 0x632BE59BD9B4E019 * octave) % (1 << 64)
        low = _lattice(i, j, k) * (1 - a) + _lattice(i + 1, j, k) * a
        high = _lattice(i, j + 1, k) * (1 - a) + _lattice(i + 1, j + 1, k) * a
        total += weight * (low * (1 - b) + high * b)
        norm += weight
        weight, scale = 0.5 * weight, 0.5 * scale
    out: Floats = total / norm
    return out


@dataclass(frozen=True, eq=False)
class CrossSection:
    """Ground height over y, symmetric about the centre line, linear between columns of the grid.

    Attributes:
        dy_m: spacing of the columns; the half width of the pavement is a whole number of them.
        y_m: (NY,) float64 columns, from right (-) to left (+).
        z_m: (NY,) float64 height relative to the crown of the road.
        half_width_m: of the pavement.
        knots_m: |y| of the breaks outside the pavement, the first is its edge.
    """

    dy_m: float
    y_m: Floats
    z_m: Floats
    half_width_m: float
    knots_m: tuple[float, ...]

    @staticmethod
    def of(half_width_m: float, crown_slope: float, outside: Sequence[tuple[int, float]]) -> CrossSection:
        """A crowned pavement with ground outside of it.

        Args:
            half_width_m: of the pavement.
            crown_slope: fall from the centre line to both edges, m/m.
            outside: (columns beyond the edge, height relative to the edge in metres), outwards.
        """
        cells = max(2, round(half_width_m / 0.5))
        dy = half_width_m / cells
        edge = -crown_slope * half_width_m
        knot_y = [0.0, half_width_m] + [(cells + n) * dy for n, _ in outside]
        knot_z = [0.0, edge] + [edge + h for _, h in outside]
        reach = cells + outside[-1][0]
        y = regular(-dy * reach, dy, 2 * reach + 1)
        z: Floats = np.interp(np.abs(y), knot_y, knot_z)
        return CrossSection(dy, y, z, half_width_m, tuple(knot_y[1:]))

    def column(self, y_m: float) -> int:
        """Index of the column at `y_m`, which must be one."""
        return round((y_m - float(self.y_m[0])) / self.dy_m)


def grid_line(grid: HeightGrid, column: int) -> Floats:
    """The (NX, 3) points of one column of the grid, by ascending x."""
    nx = grid.z_m.shape[0]
    x = regular(grid.x0_m, grid.dx_m, nx)
    return np.stack([x, np.full(nx, grid.y0_m + grid.dy_m * column), grid.z_m[:, column]], axis=-1)


def sheet(lines: Sequence[Floats], materials: Sequence[Material], paint: Paint | None = None) -> Mesh:
    """Triangles over a sequence of lines of points, watertight whatever the number of points on each.

    Args:
        lines: each (N, 3), by ascending x from the same first to the same last x; successive lines by
            ascending or all by descending y.
        materials: of the triangles.
        paint: which material where; by default the first everywhere.

    Returns:
        A mesh whose faces look up, with smooth normals and uv_m = (x, y).
    """
    points = np.concatenate(lines)
    faces: list[NDArray[np.int64]] = []
    mats: list[NDArray[np.int64]] = []
    start = 0
    for k, (a, b) in enumerate(itertools.pairwise(lines)):
        tri = start + _zipped(a[:, 0], b[:, 0])
        faces.append(tri)
        x_mid = points[tri, 0].mean(axis=1)
        mats.append(np.zeros(len(tri), np.int64) if paint is None else paint(k, x_mid))
        start += len(a)
    face = np.concatenate(faces)
    p = points[face]
    down = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 2] < 0.0
    face[down] = face[down][:, ::-1]
    return Mesh(
        points.astype(np.float32),
        smooth_normals(points, face).astype(np.float32),
        points[:, :2].astype(np.float32),
        face.astype(np.int32),
        np.concatenate(mats).astype(np.int16),
        tuple(materials),
    )


def _zipped(xa: Floats, xb: Floats) -> NDArray[np.int64]:
    """Triangles between two lines, (len(xa) + len(xb) - 2, 3); points of the second count on from the first.

    Walks both lines by ascending x; each step along one makes a triangle with the current point of the other,
    so that points at the same x are joined by an edge.
    """
    x = np.concatenate([xa[1:], xb[1:]])
    second = np.concatenate([np.zeros(len(xa) - 1, np.int64), np.ones(len(xb) - 1, np.int64)])
    second = second[np.lexsort((second, x))]
    i, j = np.cumsum(1 - second), np.cumsum(second) + len(xa)
    out: NDArray[np.int64] = np.where(second[:, None] == 0, np.stack([i - 1, i, j], -1), np.stack([i, j, j - 1], -1))
    return out


@dataclass(frozen=True, eq=False)
class Country:
    """The wide land on one side of a road: lines of points parallel to it, ever coarser outwards.

    Attributes:
        lines: each (N, 3), the first is the outermost column of the height grid; by growing |y|.
    """

    lines: tuple[Floats, ...]

    def height_m(self, x_m: float, y_m: float) -> float:
        """Height of the land, interpolated along and between the two lines around the point."""
        ys = np.array([abs(float(line[0, 1])) for line in self.lines])
        k = int(np.clip(np.searchsorted(ys, abs(y_m), side="right") - 1, 0, len(ys) - 2))
        z = [float(np.interp(x_m, line[:, 0], line[:, 2])) for line in self.lines[k : k + 2]]
        return float(np.interp(abs(y_m), ys[k : k + 2], z))


OUTWARD_M = (6.0, 16.0, 30.0, 48.0, 72.0, 104.0, 144.0, 192.0, 250.0, 318.0, 392.0)
"""Distance of the country's lines from the edge of the height grid."""
_STEPS = (2, 2, 4, 4, 8, 8, 8, 8, 16, 16, 16)
"""How many columns of the grid each line spans between its points, at 4 m spacing of the grid."""


def country(edge: Floats, side: float, key: int, breaks_x_m: Sequence[float] = (), ridge_m: float = 16.0) -> Country:
    """Rolling land that joins the height grid at `edge` and rises to wooded ridges.

    Args:
        edge: (N, 3) outermost column of the grid; its profile along x is kept on the way out.
        side: +1 left (y > 0), -1 right.
        key: 64-bit key of the relief.
        breaks_x_m: x of creases of the profile (an embankment) that every line must have a point at.
        ridge_m: mean height of the ridges.
    """
    x = edge[:, 0]
    every = max(1, round(4.0 / float(x[1] - x[0])))
    must = {int(np.argmin(np.abs(x - b))) for b in breaks_x_m} | {0, len(x) - 1}
    lines = [edge]
    for out, step in zip(OUTWARD_M, _STEPS, strict=True):
        rows = np.array(sorted(must | set(range(0, len(x), every * step))))
        xs = x[rows]
        away = np.full(len(xs), out)
        ys = float(edge[0, 1]) + side * away
        ridge = smoothstep((away - 90.0) / 190.0) - 0.5 * smoothstep((away - 320.0) / 80.0)
        relief = 2.2 * smoothstep(away / 70.0) * value_noise(xs, ys, key, 85.0) + ridge_m * ridge * (
            0.75 + 0.6 * value_noise(xs, ys, key ^ 0x5BF03635, 240.0, octaves=2)
        )
        lines.append(np.stack([xs, ys, edge[rows, 2] + relief], axis=-1))
    return Country(tuple(lines))


@dataclass(frozen=True, eq=False)
class RoadGround:
    """The ground of a road site: the grid along the road and the country on both sides.

    Attributes:
        section: of the road and its verges.
        grid: heights where things stand.
        right: the country at y < 0.
        left: the country at y > 0.
    """

    section: CrossSection
    grid: HeightGrid
    right: Country
    left: Country

    @staticmethod
    def of(
        section: CrossSection,
        grid: HeightGrid,
        stream: Stream,
        breaks_x_m: Sequence[float] = (),
        ridge_m: float = 16.0,
    ) -> RoadGround:
        """Adds the country to a grid; see `country`."""
        last = len(section.y_m) - 1
        return RoadGround(
            section,
            grid,
            country(grid_line(grid, 0), -1.0, stream.key("relief.right"), breaks_x_m, ridge_m),
            country(grid_line(grid, last), 1.0, stream.key("relief.left"), breaks_x_m, ridge_m),
        )

    def height_m(self, x_m: float, y_m: float) -> float:
        """Height of the drawn ground anywhere."""
        if abs(y_m) <= float(self.section.y_m[-1]):
            return self.grid.at(x_m, y_m)
        return (self.left if y_m > 0.0 else self.right).height_m(x_m, y_m)

    def road_sheet(self, road: Material) -> Mesh:
        """The paved strip: one sheet whose uv_m runs along x and left of the centre line."""
        half = self.section.half_width_m
        columns = [self.section.column(y) for y in (-half, -0.5 * half, 0.0, 0.5 * half, half)]
        return sheet([grid_line(self.grid, c) for c in columns], [road])

    def side_lines(self, side: float) -> list[Floats]:
        """Lines of one side (-1 right, +1 left) from the pavement's edge outwards, the country's last."""
        knots = self.section.knots_m[:-1]
        near = [grid_line(self.grid, self.section.column(side * k)) for k in knots]
        return near + list((self.left if side > 0.0 else self.right).lines)
