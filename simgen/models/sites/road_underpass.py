"""A road that dips under a railway bridge between retaining walls: where storm water gathers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.models.catalogue import register_site
from simgen.models.mesh import Material
from simgen.models.palette import GRAVEL
from simgen.models.site import HeightGrid, Region, Site, SitePart
from simgen.models.sites.assembly import Assembly, placed
from simgen.models.sites.bridge import Bridge, build_bridge, build_walls
from simgen.models.sites.fields import BALLAST_INDEX, LAND, patchwork
from simgen.models.sites.lighting import scaled_to_one_lux
from simgen.models.sites.parameters import checked, checked_count
from simgen.models.sites.road_straight import (
    LAMP_SPACING_M,
    X_START_M,
    carriageway_points,
    lane_between,
    road_material,
)
from simgen.models.sites.roadside import delineator, street_lamp
from simgen.models.sites.scenery import plant_country
from simgen.models.sites.signs import speed_limit, warning
from simgen.models.sites.terrain import CrossSection, Floats, Paint, RoadGround, regular, sheet
from simgen.rng import Stream

SHOULDER_M = 0.75
CROWN = 0.01
CELL_M = 2.0
BEHIND_M, AHEAD_M = 200.0, 260.0
MAX_SLOPE = 0.065
BOTTOM_M = 16.0
"""Level stretch at the bottom of the dip, under the bridge."""
CLEARANCE_M = 4.2
# Beyond the edge of the pavement: (columns of about 0.5 m, height). The first is the thickness of the walls.
_OUTSIDE = ((1, -0.02), (3, -0.06), (8, -0.10), (14, -0.06))
VERGE_M = (2.0, 6.0)


def dip_profile(x_m: Floats, center_m: float, depth_m: float) -> Floats:
    """Height of the crown: two raised-cosine ramps of at most `MAX_SLOPE` with a level bottom between."""
    ramp = ramp_length_m(depth_m)
    t = np.clip((np.abs(x_m - center_m) - 0.5 * BOTTOM_M) / ramp, 0.0, 1.0)
    out: Floats = -0.5 * depth_m * (1.0 + np.cos(math.pi * t))
    return out


def ramp_length_m(depth_m: float) -> float:
    """Length of each ramp: the steepest slope of a raised cosine is pi depth / (2 length)."""
    return max(24.0, 0.5 * math.pi * depth_m / MAX_SLOPE)


def _hills(x_m: Floats, end_m: float) -> Floats:
    ahead = np.clip((x_m - end_m - 20.0) / 190.0, 0.0, None)
    behind = np.clip((X_START_M - 20.0 - x_m) / 150.0, 0.0, None)
    out: Floats = 4.0 * (1.0 - np.cos(math.pi * ahead)) + 2.5 * (1.0 - np.cos(math.pi * behind))
    return out


def _ground(length_m: float, half_m: float, bridge: Bridge, dip_m: float, stream: Stream) -> RoadGround:
    section = CrossSection.of(half_m, CROWN, _OUTSIDE)
    # The middle of the bridge is a row of the grid, so that the creases of the embankment are rows too.
    back = math.ceil((bridge.center_m - X_START_M + BEHIND_M) / CELL_M)
    x0 = bridge.center_m - CELL_M * back
    nx = math.ceil((X_START_M + length_m + AHEAD_M - x0) / CELL_M) + 1
    x = regular(x0, CELL_M, nx)
    hills = _hills(x, X_START_M + length_m)
    road = hills + dip_profile(x, bridge.center_m, dip_m)
    side = hills + bridge.embankment_m(x)
    paved = np.abs(section.y_m) < half_m + 0.5 * section.dy_m
    grid = HeightGrid(
        x0,
        float(section.y_m[0]),
        CELL_M,
        section.dy_m,
        np.where(paved[None, :], road[:, None], side[:, None]) + section.z_m[None, :],
    )
    return RoadGround.of(section, grid, stream, bridge.creases_m, ridge_m=11.0)


def _ground_parts(ground: RoadGround, bridge: Bridge, road: Material, stream: Stream) -> tuple[SitePart, ...]:
    parts = [SitePart("road", "road", ground.road_sheet(road), "mesh")]
    near_strips = len(ground.section.knots_m) - 2
    for side, name in ((-1.0, "right"), (1.0, "left")):
        fields = patchwork(ground.grid.x0_m, near_strips, stream.child(f"fields.{name}"))

        def paint(k: int, x_m: Floats, fields: Paint = fields) -> NDArray[np.int64]:
            away = np.abs(x_m - bridge.center_m)
            out: NDArray[np.int64] = np.where(away < bridge.base_half_m, 0, fields(k, x_m))
            return np.where(away < bridge.top_half_m, BALLAST_INDEX, out)

        lines = ground.side_lines(side)
        # The strip between road and open land is a sheet of its own: at the dip it is steep, inside the wall.
        parts.append(SitePart(f"kerb.{name}", "terrain", sheet(lines[:2], [GRAVEL]), "mesh"))
        parts.append(SitePart(f"terrain.{name}", "terrain", sheet(lines[1:], LAND, paint), "mesh"))
    return tuple(parts)


def _furnish(assembly: Assembly, ground: RoadGround, bridge: Bridge, length_m: float, dip: Region) -> None:
    half = ground.section.half_width_m
    end = X_START_M + length_m
    at = ground.height_m
    behind_wall = half + ground.section.dy_m + 0.6
    for k in range(int(length_m // LAMP_SPACING_M) + 1):
        x = X_START_M + 5.0 + LAMP_SPACING_M * k
        if abs(x - bridge.center_m) > bridge.base_half_m + 2.0 and x < end:
            assembly.add_fixture("lamps", placed(street_lamp(), x, -behind_wall, at(x, -behind_wall)))
    for x in np.arange(X_START_M + 10.0, end, 25.0):
        if not dip.x_min_m - 6.0 < x < dip.x_max_m + 6.0:
            for side in (-1.0, 1.0):
                y = side * (half + 0.8)
                assembly.add_fixture("posts", placed(delineator(), float(x), y, at(float(x), y)))
    for fixture, x, side in (
        (warning(), dip.x_min_m - 9.0, -1.0),
        (speed_limit(50), dip.x_min_m - 30.0, -1.0),
        (warning(), dip.x_max_m + 9.0, 1.0),
        (speed_limit(50), dip.x_max_m + 30.0, 1.0),
    ):
        if X_START_M < x < end:
            y = side * (half + 1.3)
            assembly.add_fixture("signs", placed(fixture, x, y, at(x, y)))


@register_site("road.underpass")
def road_underpass(
    length_m: float = 240.0,
    dip_depth_m: float = 1.6,
    lane_width_m: float = 3.5,
    wear: float = 0.35,
    seed: float = 0,
) -> Site:
    """A two-lane road along +x from x = -40 m that dips under a railway half way; level outside the dip.

    Regions "road", "underpass.dip" and, before the railway, "verge.right" and "verge.left".

    Args:
        length_m: of the lanes, 160 to 1000; the bridge crosses at the middle.
        dip_depth_m: depth of the road's crown under the land beside it, 0.5 to 3; no steeper than 7 %.
        lane_width_m: 2.75 to 4.5.
        wear: of the markings, 0 new to 1 gone.
        seed: whole number; varies relief, plants and farms.

    Raises:
        UserError: a parameter is outside its range, or the dip does not fit into the length.
    """
    site = "road.underpass"
    length = checked(site, "length_m", length_m, 160.0, 1000.0)
    depth = checked(site, "dip_depth_m", dip_depth_m, 0.5, 3.0)
    width = checked(site, "lane_width_m", lane_width_m, 2.75, 4.5)
    stream = Stream(checked_count(site, "seed", seed, 0, 2**31 - 1), 0, "site.road.underpass")
    mark_wear = checked(site, "wear", wear, 0.0, 1.0, unit="")
    # Up to the rows of the grid at which the ground is level again.
    reach = CELL_M * math.ceil((0.5 * BOTTOM_M + ramp_length_m(depth)) / CELL_M)
    checked(site, "length_m", length, 2.0 * reach + 40.0, 1000.0)

    half = width + SHOULDER_M
    center = X_START_M + 0.5 * length
    bridge = Bridge(center, half, underside_m=CLEARANCE_M - depth)
    ground = _ground(length, half, bridge, depth, stream)
    grid, section, end = ground.grid, ground.section, X_START_M + length
    floor = float(grid.z_m[:, section.column(-half)].min())
    dip = Region(center - reach, center + reach, -half, half, floor)

    assembly = Assembly()
    _furnish(assembly, ground, bridge, length, dip)
    poles = tuple(assembly.lamps)
    build_walls(assembly, bridge, grid, section.dy_m, (dip.x_min_m, dip.x_max_m))
    build_bridge(assembly, bridge, section.dy_m, floor)
    under = tuple(assembly.lamps[len(poles) :])
    near = half + VERGE_M[1] + 1.0

    def clear(x_m: Floats, y_m: Floats) -> Floats:
        out: Floats = np.minimum(np.abs(y_m) - near + 1.0, np.abs(x_m - center) - bridge.base_half_m)
        return out

    railway = center - bridge.base_half_m - 9.0, center + bridge.base_half_m + 9.0
    reach_m = grid.x0_m + 20.0, end + AHEAD_M - 40.0
    plant_country(assembly, ground, reach_m, clear, stream, near_m=near, per_100_m=5.0, without_m=railway)

    roofed = carriageway_points(grid, center - bridge.deck_half_m, center + bridge.deck_half_m, width)
    first, last = poles[0].position_m[0], poles[-1].position_m[0]
    away = bridge.base_half_m + 17.0
    open_road = np.concatenate(
        [
            carriageway_points(grid, first, center - away, width),
            carriageway_points(grid, center + away, last, width),
        ]
    )
    bounds_y = half + VERGE_M[1]
    low_side = float(section.z_m.min())
    before = center - bridge.base_half_m  # beyond, the verges are the railway's embankment
    return Site(
        name=site,
        parts=(*_ground_parts(ground, bridge, road_material(width, 1, mark_wear), stream), *assembly.parts()),
        lanes={
            "main.0": lane_between(grid, X_START_M, end, -0.5 * width, width),
            "oncoming.0": lane_between(grid, end, X_START_M, 0.5 * width, width),
        },
        regions={
            "road": Region(X_START_M, end, -width, width, float(grid.at(center, width))),
            "verge.right": Region(X_START_M, before, -bounds_y, -half - VERGE_M[0], low_side),
            "verge.left": Region(X_START_M, before, half + VERGE_M[0], bounds_y, low_side),
            "underpass.dip": dip,
        },
        ground=grid,
        lamps=scaled_to_one_lux([(poles, open_road), (under, roofed)]),
        indoor=False,
        bounds=Region(X_START_M - 20.0, end + 20.0, -bounds_y, bounds_y, floor),
    )
