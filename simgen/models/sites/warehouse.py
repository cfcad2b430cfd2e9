"""A storage hall: painted concrete floor, sheet walls on a plinth, steel frame and roof, rows of lamps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simgen.models.catalogue import register_site
from simgen.models.geometry import box
from simgen.models.mesh import LampMount, Material, Mesh
from simgen.models.site import HeightGrid, Region, Site, SitePart
from simgen.models.sites.assembly import Assembly
from simgen.models.sites.hall import WALL_M, Hall, furnish, raise_frame, raise_roof, raise_walls
from simgen.models.sites.lighting import NEUTRAL_WHITE, scaled_to_one_lux
from simgen.models.sites.parameters import checked
from simgen.models.sites.road_straight import carriageway_points, lane_between
from simgen.models.sites.terrain import sheet

Floats = NDArray[np.float64]

FLOOR = Material("hall floor", (0.30, 0.30, 0.29), roughness=0.45, pattern="floor", contrast=0.4, coat=0.12)
LINE_YELLOW = Material("floor line yellow", (0.60, 0.42, 0.03), roughness=0.5, pattern="floor", contrast=0.6)
LINE_WHITE = Material("floor line white", (0.62, 0.62, 0.60), roughness=0.5, pattern="floor", contrast=0.6)
LAMP_BODY = Material("lamp housing", (0.66, 0.67, 0.68), roughness=0.4)
ROOM_LENS = Material(
    "hall lamp diffuser", (0.7, 0.7, 0.7), roughness=0.4, emission_cd_m2=(5.2e3, 5.0e3, 4.7e3), lamp="room"
)
AISLE_HALF_M = 2.0
"""Free width each side of the middle line; the yellow lines lie outside of it."""
LINE_M = 0.1
SHELVES_M = (2.4, 5.4)
"""|y| between which racks stand: two rows back to back."""
ROOFS = ("roof", "trusses", "lamps")
WALL_GAP_M = 0.6
"""Kept clear along the walls by the region `floor`."""


@dataclass(frozen=True)
class _Stripe:
    """A painted rectangle of floor."""

    x_m: tuple[float, float]
    y_m: tuple[float, float]
    material: int


def _stripes(hall: Hall) -> list[_Stripe]:
    """Aisle lines, rack fields, a crossing at either end, and a keep-clear box at the roller door."""
    end = hall.racks_half_m
    out = []
    for side in (-1.0, 1.0):
        for y, x_half in ((AISLE_HALF_M + 0.1, hall.half_length_m - 1.5), (SHELVES_M[1] + 0.15, end)):
            a, b = sorted((side * y, side * (y + LINE_M)))
            out.append(_Stripe((-x_half, x_half), (a, b), 1))
        for k in range(8):  # a zebra across the aisle before the racks begin
            y0 = -AISLE_HALF_M + 0.15 + 0.5 * k
            x0, x1 = sorted((side * (end + 0.8), side * (end + 2.8)))
            out.append(_Stripe((x0, x1), (y0, y0 + 0.25), 2))
    return out


def _floor(hall: Hall) -> tuple[HeightGrid, Mesh]:
    """The level floor: its grid, and one sheet cut along the painted lines."""
    stripes = _stripes(hall)
    # The slab goes on under the walls, so that no gap shows at the feet of recessed doors.
    x_end, y_end = hall.half_length_m + WALL_M, hall.half_width_m + WALL_M
    xs = _cuts([-x_end, x_end], [x for s in stripes for x in s.x_m], 2.5)
    ys = _cuts([-y_end, y_end], [y for s in stripes for y in s.y_m], 2.5)
    lines = [np.stack([xs, np.full(len(xs), y), np.zeros(len(xs))], axis=-1) for y in ys]

    def paint(k: int, x: Floats) -> NDArray[np.int64]:
        out = np.zeros(len(x), np.int64)
        y = 0.5 * (ys[k] + ys[k + 1])
        for s in stripes:
            if s.y_m[0] < y < s.y_m[1]:
                out[(x > s.x_m[0]) & (x < s.x_m[1])] = s.material
        return out

    cells_x, cells_y = math.ceil(hall.half_length_m), math.ceil(hall.half_width_m)
    grid = HeightGrid(
        -hall.half_length_m,
        -hall.half_width_m,
        hall.half_length_m / cells_x,
        hall.half_width_m / cells_y,
        np.zeros((2 * cells_x + 1, 2 * cells_y + 1)),
    )
    return grid, sheet(lines, [FLOOR, LINE_YELLOW, LINE_WHITE], paint)


def _cuts(ends: list[float], inner: list[float], longest_m: float) -> Floats:
    """Sorted distinct positions, with more between wherever two are further apart than `longest_m`."""
    marks = np.unique(np.round([*ends, *inner], 6))
    pieces = [np.linspace(a, b, max(1, math.ceil((b - a) / longest_m)), endpoint=False) for a, b in pairwise(marks)]
    return np.concatenate([*pieces, marks[-1:]])


def _hang_lamps(assembly: Assembly, hall: Hall) -> None:
    """Long luminaires in rows under the trusses, their middles between the frames."""
    z = hall.lamp_height_m
    for x in hall.bay_middles_m:
        for y in hall.lamp_rows_m:
            body = box((1.6, 0.34, 0.10), LAMP_BODY, (x, y, z + 0.055))
            lens = box((1.5, 0.26, 0.02), ROOM_LENS, (x, y, z))
            rods = [
                box(
                    (0.02, 0.02, hall.height_m - z - 0.1),
                    LAMP_BODY,
                    (x + d, y, 0.5 * (hall.height_m + z) + 0.05),
                )
                for d in (-0.6, 0.6)
            ]
            assembly.add("lamps", "ceiling", [body, lens, *rods])
            assembly.lamps.append(LampMount("room", (x, y, z - 0.03), (0.0, 0.0, -1.0), 1.0, NEUTRAL_WHITE))


@register_site("room.warehouse")
def warehouse(length_m: float = 40.0, width_m: float = 24.0, height_m: float = 7.0) -> Site:
    """A hall round the world origin, its long side and its aisle along x; racks are actors, not part of it.

    Args:
        length_m: inside, 20 to 120.
        width_m: inside, 16 to 60.
        height_m: from the floor to the roof sheet, 5 to 14.

    Raises:
        UserError: a parameter is outside its range.
    """
    site = "room.warehouse"
    hall = Hall(
        0.5 * checked(site, "length_m", length_m, 20.0, 120.0),
        0.5 * checked(site, "width_m", width_m, 16.0, 60.0),
        checked(site, "height_m", height_m, 5.0, 14.0),
    )
    grid, floor = _floor(hall)
    assembly = Assembly()
    raise_walls(assembly, hall)
    raise_frame(assembly, hall, SHELVES_M[1] + 0.55)
    furnish(assembly, hall, SHELVES_M[1] + 0.55)
    raise_roof(assembly, hall)
    _hang_lamps(assembly, hall)
    x, y = hall.half_length_m, hall.half_width_m
    spots = carriageway_points(grid, -x, x, y)
    racks = hall.racks_half_m
    gap = WALL_GAP_M
    return Site(
        name=site,
        parts=(
            SitePart("floor", "floor", floor, "mesh"),
            *assembly.parts(roofs=ROOFS),
        ),
        lanes={"aisle.0": lane_between(grid, -x + 2.0, x - 2.0, 0.0, 2.0 * AISLE_HALF_M)},
        regions={
            "floor": Region(-x + gap, x - gap, -y + gap, y - gap, 0.0),
            "aisle": Region(-x + 2.0, x - 2.0, -AISLE_HALF_M, AISLE_HALF_M, 0.0),
            "shelves.left": Region(-racks, racks, SHELVES_M[0], SHELVES_M[1], 0.0),
            "shelves.right": Region(-racks, racks, -SHELVES_M[1], -SHELVES_M[0], 0.0),
        },
        ground=grid,
        lamps=scaled_to_one_lux([(assembly.lamps, spots)]),
        indoor=True,
        bounds=Region(-x, x, -y, y, 0.0),
    )
