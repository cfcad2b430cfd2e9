"""A straight two-way country road through fields, with verges, ditches, trees, lamps and farms."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.models.catalogue import register_site
from simgen.models.mesh import Material
from simgen.models.site import HeightGrid, Lane, Region, Site, SitePart
from simgen.models.sites.assembly import Assembly, placed
from simgen.models.sites.fields import GRAVEL_INDEX, LAND, patchwork
from simgen.models.sites.lighting import scaled_to_one_lux
from simgen.models.sites.parameters import checked, checked_count
from simgen.models.sites.roadside import delineator, guard_rail, street_lamp
from simgen.models.sites.scenery import plant_country
from simgen.models.sites.signs import speed_limit, warning
from simgen.models.sites.terrain import CrossSection, Floats, Paint, RoadGround, regular, sheet
from simgen.rng import Stream

X_START_M = -40.0
"""Where the lanes begin, so that an actor at s = 40 m stands at x = 0."""
SHOULDER_M = 0.5
"""Paved strip outside the edge line."""
CROWN = 0.02
CELL_M = 4.0
BEHIND_M, AHEAD_M = 240.0, 320.0
"""How far road and land go on beyond the ends of the lanes."""
LAMP_SPACING_M = 30.0
# Beyond the edge of the pavement: (columns of about 0.5 m, height): gravel, ditch, meadow.
_OUTSIDE = ((2, -0.05), (5, -0.38), (6, -0.40), (10, -0.10), (16, -0.06))
VERGE_M = (2.0, 6.0)
"""Strip free of furniture and trees, from the edge of the pavement."""


def road_material(lane_width_m: float, lanes: int, wear: float) -> Material:
    """Asphalt with lane markings."""
    return Material(
        "road",
        (0.085, 0.085, 0.088),
        (0.53, 0.53, 0.51),
        roughness=0.85,
        pattern="road",
        contrast=0.5,
        params=(lane_width_m, float(lanes), 3.0, 6.0, 0.15, wear),
    )


def _profile(x_m: Floats, length_m: float) -> Floats:
    """Level along the lanes, then a hill at either end that closes the view."""
    end = X_START_M + length_m
    ahead = np.clip((x_m - end - 20.0) / 240.0, 0.0, None)
    behind = np.clip((X_START_M - 20.0 - x_m) / 180.0, 0.0, None)
    out: Floats = 4.5 * (1.0 - np.cos(math.pi * ahead)) + 3.0 * (1.0 - np.cos(math.pi * behind))
    return out


def _ground(length_m: float, half_m: float, stream: Stream) -> RoadGround:
    section = CrossSection.of(half_m, CROWN, _OUTSIDE)
    x0 = X_START_M - BEHIND_M
    x = regular(x0, CELL_M, math.ceil((length_m + BEHIND_M + AHEAD_M) / CELL_M) + 1)
    z = _profile(x, length_m)[:, None] + section.z_m[None, :]
    grid = HeightGrid(x0, float(section.y_m[0]), CELL_M, section.dy_m, z)
    return RoadGround.of(section, grid, stream)


def _ground_parts(ground: RoadGround, road: Material, stream: Stream) -> tuple[SitePart, ...]:
    parts = [SitePart("road", "road", ground.road_sheet(road), "mesh")]
    near_strips = len(ground.section.knots_m) - 1
    for side, name in ((-1.0, "right"), (1.0, "left")):
        fields = patchwork(ground.grid.x0_m, near_strips, stream.child(f"fields.{name}"))

        def paint(k: int, x_m: Floats, fields: Paint = fields) -> NDArray[np.int64]:
            return np.full(len(x_m), GRAVEL_INDEX) if k == 0 else fields(k, x_m)

        parts.append(SitePart(f"terrain.{name}", "terrain", sheet(ground.side_lines(side), LAND, paint), "mesh"))
    return tuple(parts)


def lane_between(grid: HeightGrid, x_from_m: float, x_to_m: float, y_m: float, width_m: float) -> Lane:
    """A straight lane on the grid's surface, with a point at least every metre along x."""
    count = math.ceil(abs(x_to_m - x_from_m)) + 1
    x = np.linspace(x_from_m, x_to_m, count)
    z = np.array([grid.at(float(xk), y_m) for xk in x])
    return Lane(np.stack([x, np.full(count, y_m), z], axis=-1), width_m)


def _furnish(assembly: Assembly, ground: RoadGround, length_m: float, stream: Stream) -> None:
    half = ground.section.half_width_m
    end = X_START_M + length_m
    at = ground.height_m
    for k in range(int(length_m // LAMP_SPACING_M) + 1):
        x, y = X_START_M + 5.0 + LAMP_SPACING_M * k, -(half + 1.5)
        assembly.add_fixture("lamps", placed(street_lamp(), x, y, at(x, y)))
    rails = []
    u = stream.array("rails", 4)
    for side, share, extent in ((1.0, 0.10 + 0.06 * u[0], 56.0), (-1.0, 0.52 + 0.10 * u[1], 72.0)):
        x = X_START_M + share * length_m
        extent = min(extent + 16.0 * float(u[2]), 0.4 * length_m)
        y = side * (half + 0.75)
        start = x + extent if side > 0.0 else x  # turned half round on the left
        assembly.add_fixture("rails", placed(guard_rail(extent), start, y, at(x, y)))
        rails.append((side, x - 1.0, x + extent + 1.0))
    for x in np.arange(X_START_M + 10.0, end, 50.0):
        for side in (-1.0, 1.0):
            if not any(s == side and lo <= x <= hi for s, lo, hi in rails):
                y = side * (half + 0.6)
                assembly.add_fixture("posts", placed(delineator(), float(x), y, at(float(x), y)))
    limit = (70, 80, 100)[int(3.0 * stream.uniform("limit"))]
    signs = (
        (speed_limit(limit), 0.17, -1.0),
        (warning(), 0.36, -1.0),
        (speed_limit(limit), 0.83, 1.0),
        (warning(), 0.62, 1.0),
    )
    for fixture, share, side in signs:
        x, y = X_START_M + share * length_m, side * (half + 1.3)
        assembly.add_fixture("signs", placed(fixture, x, y, at(x, y)))


@register_site("road.straight")
def road_straight(
    length_m: float = 400.0, lanes: float = 1, lane_width_m: float = 3.5, wear: float = 0.35, seed: float = 0
) -> Site:
    """A straight, level country road along +x from x = -40 m, right-hand traffic.

    Args:
        length_m: of the lanes, 120 to 2000; road and land go on beyond both ends.
        lanes: per direction, 1 to 3.
        lane_width_m: 2.5 to 5.
        wear: of the markings, 0 new to 1 gone.
        seed: whole number; varies relief, plants, farms, rails and signs.

    Raises:
        UserError: a parameter is outside its range.
    """
    length = checked("road.straight", "length_m", length_m, 120.0, 2000.0)
    count = checked_count("road.straight", "lanes", lanes, 1, 3)
    width = checked("road.straight", "lane_width_m", lane_width_m, 2.5, 5.0)
    stream = Stream(checked_count("road.straight", "seed", seed, 0, 2**31 - 1), 0, "site.road.straight")
    road = road_material(width, count, checked("road.straight", "wear", wear, 0.0, 1.0, unit=""))

    half = count * width + SHOULDER_M
    ground = _ground(length, half, stream)
    assembly = Assembly()
    _furnish(assembly, ground, length, stream.child("furniture"))
    near = half + VERGE_M[1] + 1.0
    x_lo, x_hi = ground.grid.x0_m + 20.0, X_START_M + length + AHEAD_M - 40.0

    def clear(x_m: Floats, y_m: Floats) -> Floats:
        return np.abs(y_m) - near + 1.0

    plant_country(assembly, ground, (x_lo, x_hi), clear, stream, near_m=near, per_100_m=4.0)

    grid, end = ground.grid, X_START_M + length
    lane_map = {}
    for k in range(count):
        y = (count - 0.5 - k) * width
        lane_map[f"main.{k}"] = lane_between(grid, X_START_M, end, -y, width)
        lane_map[f"oncoming.{k}"] = lane_between(grid, end, X_START_M, y, width)
    bounds_y = half + VERGE_M[1]
    lowest = float(ground.section.z_m.min())
    edge = -CROWN * count * width
    lamp_x = [lamp.position_m[0] for lamp in assembly.lamps]
    points = carriageway_points(grid, lamp_x[0], lamp_x[-1], count * width)
    return Site(
        name="road.straight",
        parts=(*_ground_parts(ground, road, stream), *assembly.parts()),
        lanes=lane_map,
        regions={
            "road": Region(X_START_M, end, -count * width, count * width, edge),
            "verge.right": Region(X_START_M, end, -bounds_y, -half - VERGE_M[0], lowest),
            "verge.left": Region(X_START_M, end, half + VERGE_M[0], bounds_y, lowest),
        },
        ground=grid,
        lamps=scaled_to_one_lux([(assembly.lamps, points)]),
        indoor=False,
        bounds=Region(X_START_M - 20.0, end + 20.0, -bounds_y, bounds_y, lowest),
    )


def carriageway_points(grid: HeightGrid, x0_m: float, x1_m: float, half_width_m: float) -> Floats:
    """(N, 3) points at the middles of equal cells of about 1 m x 0.5 m on the carriageway."""
    nx, ny = max(1, round(x1_m - x0_m)), max(2, round(4.0 * half_width_m))
    x = x0_m + (x1_m - x0_m) * (np.arange(nx) + 0.5) / nx
    y = half_width_m * (2.0 * (np.arange(ny) + 0.5) / ny - 1.0)
    return np.array([(xk, yk, grid.at(float(xk), float(yk))) for xk in x for yk in y])
