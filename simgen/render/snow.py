"""The snow that lies in a scene as the kernels take it: on what it may lie, how deep, and what keeps it off.

Labels are not touched: a snowed road is a road, and a snowed marking is none of its own class anyway.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simgen.areas import row_of
from simgen.conditions import Conditions
from simgen.conditions.snow import ROAD_ROUGHNESS_M, drifting_share
from simgen.models import PATTERNS, class_by_name
from simgen.render.geometry import Geometry
from simgen.render.kernels.snow import ALONG_PER_M, FOLIAGE, LAND, NOWHERE, ROAD, THING
from simgen.render.noise import CLOUD, SIZE, field
from simgen.render.parallel_maps import Caster
from simgen.snapshot import Cast

PACKED_M = 0.02
"""Depth of ground of the kind `snow`: it hides what it lies on."""
DRIFT_DEPTH, DRIFTS_AT_M = 0.12, 0.3
"""Greatest optical depth of drifting snow seen from above (10 cm of 0.05 kg/m3, grains of 0.1 mm), and the height whose
wind carries it."""
_ROUGHNESS_M = {"grass": 0.02, "leaves": 0.006, "soil": 0.008, "gravel": 0.008, "fur": 0.01, "bark": 0.004}
"""Roughness lengths by pattern: short grass, twigs, tilled soil (Davenport's classes, Oke 1987)."""
_ROLLED_ON = ("road", "floor")
_BARE = ("water", "ceiling")
_ROOFS = ("building", "bridge", "wall", "ceiling")
_SHARES = 65  # of the quantiles of the noise
_CELLS, _CELLS_PER_M = 1024, 4.0  # most cells a side of the map of roofs, and most cells a metre
_FROM_ABOVE = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])  # rows right, down, away


@dataclass(frozen=True, eq=False)
class Bed:
    """On what snow may lie, by surface; see `kernels.snow.lie`.

    Attributes:
        rough_m: (T,) float32 roughness length; where: (T,) uint8.
    """

    rough_m: NDArray[np.float32]
    where: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Depths:
    """How deep snow lies; see `kernels.snow.lie`."""

    deep_m: np.float32
    taken: np.float32
    areas: NDArray[np.float32]
    first: NDArray[np.int64]
    lying: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Roofs:
    """What keeps snow off what is below it; see `kernels.snow.lie`."""

    height_m: NDArray[np.float32]
    grid: NDArray[np.float64]


@lru_cache(maxsize=4)
def depths_of(conditions: Conditions) -> Depths | None:
    """The depths of a state, None where no snow lies."""
    surface, deep_m = conditions.surface, conditions.snow.depth_m
    places = [(surface.kind, surface.snow_m), *((p.kind, p.snow_m) for p in surface.patches)]
    rows = [(max(depth_m, PACKED_M), 1.0) if kind == "snow" else (depth_m, 0.0) for kind, depth_m in places]
    if deep_m <= 0.0 and max(depth_m for depth_m, _ in rows) <= 0.0:
        return None
    outlines = [row_of(p) for p in surface.patches]
    return Depths(
        deep_m=np.float32(deep_m),
        taken=np.float32(surface.tracks),
        areas=np.array([v for row in outlines for v in row], np.float32),
        first=np.cumsum([0, *(len(row) for row in outlines)], dtype=np.int64),
        lying=np.array(rows, np.float32),
    )


def drift_of(conditions: Conditions, time_s: float) -> NDArray[np.float32] | None:
    """How snow drifts over the ground at a time, see `kernels.snow.blow`; None where it does not."""
    wind = conditions.wind
    share = drifting_share(wind.speed_mps) if conditions.snow.depth_m > 0.0 else 0.0
    if share <= 0.0:
        return None
    gone_m = wind.speed_mps * wind.profile(DRIFTS_AT_M) * time_s
    period_m = SIZE / float(ALONG_PER_M)  # of the noise
    direction = math.cos(wind.direction_rad), math.sin(wind.direction_rad)
    return np.array([DRIFT_DEPTH * share, *direction, gone_m % period_m], np.float32)


@cache
def quantiles() -> NDArray[np.float32]:
    """(Q,) values of the noise that even shares of it lie below, 0 to 1."""
    values = np.sort(field(CLOUD).ravel()).astype(np.float64) / 255.0
    at = np.rint(np.linspace(0.0, len(values) - 1.0, _SHARES)).astype(np.int64)
    return values[at].astype(np.float32)


def bed_of(g: Geometry, cast: Cast) -> Bed:
    """On what snow may lie, by triangle."""
    return _bed(g, cast, g.face_material, g.face_part)


def bed_of_parts(g: Geometry, cast: Cast) -> Bed:
    """The same by part: its first triangle's."""
    first = np.zeros(len(g.part_instance), np.int64)
    first[g.face_part[::-1]] = np.arange(len(g.face_part) - 1, -1, -1)
    return _bed(g, cast, g.face_material[first], np.arange(len(first)))


def _bed(g: Geometry, cast: Cast, material: NDArray[Any], part: NDArray[Any]) -> Bed:
    """Of surfaces of these materials and parts."""
    by_pattern = np.array([_ROUGHNESS_M.get(name, ROAD_ROUGHNESS_M) for name in PATTERNS], np.float32)
    pattern = g.materials[material, 10].astype(np.int64)
    where = _where_by_part(g, cast)[part]
    where[(where == THING) & (pattern == PATTERNS.index("leaves"))] = FOLIAGE
    return Bed(by_pattern[pattern], where)


def _where_by_part(g: Geometry, cast: Cast) -> NDArray[np.uint8]:
    where = np.where(g.part_ground, LAND, THING).astype(np.uint8)
    where[np.isin(g.part_class, [class_by_name(n).id for n in _ROLLED_ON]) & g.part_ground] = ROAD
    where[np.isin(g.part_class, [class_by_name(n).id for n in _BARE])] = NOWHERE
    laden = np.array([True, *(o.laden for o in cast.objects)])
    where[~laden[g.part_instance]] = NOWHERE
    return where


def roofs_of(g: Geometry) -> Roofs:
    """The roofs, bridges and tunnels of a cast, seen from above; scenery stands still."""
    roofs = np.isin(g.part_class, [class_by_name(n).id for n in _ROOFS]) | g.part_roof
    roofs &= (g.part_instance == 0) & ~g.part_ground
    if not roofs.any():
        return Roofs(np.full((1, 1), -np.inf, np.float32), np.array([0.0, 0.0, 0.0]))
    center, radius = g.part_sphere[roofs, :3], g.part_sphere[roofs, 3:]
    low, high = (center - radius).min(axis=0), (center + radius).max(axis=0)
    side_m = float((high - low)[:2].max()) + 2.0
    scale = min(_CELLS_PER_M, _CELLS / side_m)
    cells = math.ceil(side_m * scale)
    x_m, y_m = float(low[0]) - 1.0, float(high[1]) + 1.0  # of the first cell; rows run towards -y
    grid = np.array([scale, -x_m * scale, y_m * scale])
    height_m = np.full((cells, cells), -np.inf, np.float32)
    caster = Caster(g)
    poses = np.tile(np.eye(4), (len(g.part_instance), 1, 1))
    caster.place(_FROM_ABOVE, poses, scale, (x_m, x_m + side_m, -y_m, -y_m + side_m), roofs)
    caster.raster(scale, grid[1:].copy(), height_m)
    return Roofs(_without_walls(height_m), grid)


def _without_walls(height_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """The least height of each cell and its eight neighbours: what is no wider than two cells shelters nothing."""
    out = np.full_like(height_m, -np.inf)
    rows, columns = (side - 2 for side in height_m.shape)
    out[1:-1, 1:-1] = np.min([height_m[i : i + rows, j : j + columns] for i in range(3) for j in range(3)], axis=0)
    return out
