"""From a corridor, the land about it and its furniture to a whole site."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simgen.models.mesh import LampMount, Material
from simgen.models.site import Lane, Region, Site, SitePart
from simgen.models.sites.alignment import Floats
from simgen.models.sites.corridor import Corridor
from simgen.models.sites.wide_land import Cover, Relief, grid_of, land_mesh, land_points

Box = tuple[float, float, float, float]
"""x_min, x_max, y_min, y_max."""
BEHIND_M, AHEAD_M = 150.0, 210.0
"""How far a road goes on beyond the ends of its lanes."""


def crest(s_m: Floats, end_m: float, rise_m: float = 2.4) -> Floats:
    """Level between stations 0 and `end_m`, with a crest beyond either end that hides where the road stops."""
    out: Floats = np.zeros(len(s_m))
    for away, reach in ((s_m - end_m, AHEAD_M), (-s_m, BEHIND_M)):
        t = np.clip((away - 15.0) / (0.62 * reach), 0.0, 1.5)
        out = out + rise_m * (1.0 - np.cos(math.pi * t))
    return out


def around(points: Floats, margin_m: float) -> Box:
    """The rectangle about (N, 2 or 3) points with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    return (
        float(low[0]) - margin_m, float(high[0]) + margin_m, float(low[1]) - margin_m, float(high[1]) + margin_m,
    )  # fmt: skip


def strip_region(corridor: Corridor, from_s_m: float, to_s_m: float, from_d_m: float, to_d_m: float) -> Region:
    """The region between two stations and two offsets of a corridor, with its lowest height."""
    s = np.linspace(from_s_m, to_s_m, max(2, math.ceil(abs(to_s_m - from_s_m)) + 1))
    offsets = [from_d_m, *(b for b in corridor.borders_m if from_d_m < b < to_d_m), to_d_m]
    floor = min(float(corridor.height_m(s, float(d)).min()) for d in offsets)
    return Region.of(corridor.outline(from_s_m, to_s_m, from_d_m, to_d_m), floor, strip=True)


@dataclass(frozen=True, eq=False)
class Terrain:
    """The land around a road.

    Attributes:
        relief: its heights.
        cover: what it is covered with.
        materials: by the indices of `cover`.
        box: its extent.
        cell_m: size of its triangles near the road.
    """

    relief: Relief
    cover: Cover
    materials: Sequence[Material]
    box: Box
    cell_m: float


def corridor_parts(corridor: Corridor) -> tuple[SitePart, ...]:
    """The ground parts of a corridor's bands."""
    return tuple(SitePart(name, kind, mesh, "mesh") for (name, kind), mesh in corridor.meshes().items())


def terrain_part(terrain: Terrain, rims: Sequence[Floats]) -> SitePart:
    """The land between the outlines (K, 3) of what is built and the horizon."""
    outlines = [rim[:, :2] for rim in rims]
    points = land_points(np.concatenate(outlines), terrain.box, terrain.cell_m, outlines)
    mesh = land_mesh(rims, points, terrain.relief, terrain.cover, terrain.materials)
    return SitePart("terrain", "terrain", mesh, "mesh")


def road_site(
    name: str,
    ground_parts: Sequence[SitePart],
    other_parts: Sequence[SitePart],
    lanes: Mapping[str, Lane],
    regions: Mapping[str, Region],
    lamps: Sequence[LampMount],
    *,
    beside_m: float,
    cell_m: float = 1.0,
) -> Site:
    """The site of finished parts.

    Args:
        name: registered name.
        ground_parts: what bodies rest on.
        other_parts: everything else.
        lanes: by name.
        regions: by name.
        lamps: scaled to 1 lx.
        beside_m: how far from the lanes things may be.
        cell_m: spacing of the height grid.
    """
    box = around(np.concatenate([lane.points_m for lane in lanes.values()]), beside_m)
    # Regions may reach further than the lanes.
    box = (
        min(box[0], *(r.x_min_m for r in regions.values())),
        max(box[1], *(r.x_max_m for r in regions.values())),
        min(box[2], *(r.y_min_m for r in regions.values())),
        max(box[3], *(r.y_max_m for r in regions.values())),
    )
    margin = 12.0
    grid = grid_of(ground_parts, (box[0] - margin, box[1] + margin, box[2] - margin, box[3] + margin), cell_m)
    return Site(
        name=name,
        parts=(*ground_parts, *other_parts),
        lanes=dict(lanes),
        regions=dict(regions),
        ground=grid,
        lamps=tuple(lamps),
        indoor=False,
        bounds=Region(*box, float(grid.z_m.min())),
    )
