"""A workshop room round a sturdy table on which arms stand."""

from __future__ import annotations

import math

import numpy as np

from simgen.models.catalogue import register_site
from simgen.models.geometry import box, cylinder, lathe, mesh_of_quads, transformed
from simgen.models.mesh import LampMount, Material, Mesh, Shape
from simgen.models.palette import GALVANISED, RUBBER, TRIM
from simgen.models.site import HeightGrid, Region, Site, SitePart
from simgen.models.sites.assembly import Assembly
from simgen.models.sites.lighting import NEUTRAL_WHITE, scaled_to_one_lux
from simgen.models.sites.parameters import checked
from simgen.models.sites.terrain import sheet

VINYL = Material("vinyl floor", (0.20, 0.215, 0.23), roughness=0.45, pattern="floor", contrast=0.35, coat=0.1)
PLASTER = Material("wall plaster", (0.62, 0.61, 0.58), roughness=0.9)
SKIRTING = Material("skirting", (0.10, 0.10, 0.105), roughness=0.5)
CEILING = Material("ceiling tiles", (0.72, 0.72, 0.70), roughness=0.9, pattern="concrete", contrast=0.15)
TOP = Material(
    "beech top", (0.44, 0.31, 0.19), (0.33, 0.22, 0.125), roughness=0.45, pattern="wood", contrast=0.5, coat=0.12
)
FRAME = Material("bench frame", (0.045, 0.06, 0.085), roughness=0.45, coat=0.1)
MAT = Material("antistatic mat", (0.035, 0.085, 0.115), roughness=0.85)
PEGBOARD = Material("pegboard", (0.30, 0.33, 0.34), roughness=0.55)
DRAWER = Material("drawer front", (0.42, 0.09, 0.03), roughness=0.4, coat=0.25)
SHELF_WOOD = Material("shelf", (0.40, 0.30, 0.20), (0.30, 0.21, 0.13), roughness=0.7, pattern="wood", contrast=0.4)
LAMP_BODY = Material("lamp housing", (0.66, 0.67, 0.68), roughness=0.4)
ROOM_LENS = Material(
    "panel diffuser", (0.7, 0.7, 0.7), roughness=0.4, emission_cd_m2=(3.6e3, 3.5e3, 3.3e3), lamp="room"
)
DOOR = Material("room door", (0.30, 0.22, 0.14), (0.24, 0.17, 0.10), roughness=0.5, pattern="wood", contrast=0.3)
BOXES = tuple(
    Material(f"box file {k}", c, roughness=0.7)
    for k, c in enumerate([(0.34, 0.05, 0.04), (0.05, 0.11, 0.24), (0.40, 0.34, 0.20), (0.06, 0.16, 0.09)])
)

WALL_M = 0.15
WINDOW_Y_M, WINDOW_Z_M = (-1.1, 1.1), (0.90, 2.10)
"""Extent of a window in the wall at +x."""
FROSTED = 0.6
"""Share of daylight that a scattering pane lets through."""
PANEL_CD = 3.5e3 * 0.58**2
"""Intensity of a ceiling panel, its luminance times its area: what the lamps' intensities are in units of."""
EDGE_M = 0.06
"""Kept clear along the edges of the table by the region `table`."""


@register_site("room.table")
def table_room(
    length_m: float = 6.0,
    width_m: float = 5.0,
    height_m: float = 2.8,
    table_length_m: float = 1.8,
    table_width_m: float = 1.1,
    table_height_m: float = 0.76,
    window_lx: float = 0.0,
) -> Site:
    """A room round the world origin, over which the middle of a table's top lies, its long side along x.

    Regions: `floor`; `table` (the top), `work` (its half towards +x, before an arm at the other end), `bin` (a place
    for a tote at the right, -y, side). The conditions' room lights give the mean illuminance on the table's top,
    that of daylight through a window included.

    Args:
        length_m: of the room along x, 4 to 15.
        width_m: of the room along y, 4 to 15.
        height_m: to the ceiling, 2.4 to 5.
        table_length_m: along x, 1 to 2.6.
        table_width_m: along y, 0.7 to 1.6.
        table_height_m: to its top, 0.5 to 1.1.
        window_lx: daylight on the outside of a frosted window behind the table, at +x, to 100,000; 0 has none. It is
            as bright as that makes it, whatever the room lights give on the table.

    Raises:
        UserError: a parameter is outside its range.
    """
    site = "room.table"
    x, y = 0.5 * checked(site, "length_m", length_m, 4.0, 15.0), 0.5 * checked(site, "width_m", width_m, 4.0, 15.0)
    height = checked(site, "height_m", height_m, 2.4, 5.0)
    tx = 0.5 * checked(site, "table_length_m", table_length_m, 1.0, 2.6)
    ty = 0.5 * checked(site, "table_width_m", table_width_m, 0.7, 1.6)
    top = checked(site, "table_height_m", table_height_m, 0.5, 1.1)
    daylight = checked(site, "window_lx", window_lx, 0.0, 1e5, "lx")
    grid, floor = _floor(x, y)
    assembly = Assembly()
    _raise_walls(assembly, x, y, height)
    _stand_table(assembly, tx, ty, top)
    _furnish(assembly, x, y)
    _hang_lamps(assembly, x, y, height)
    if daylight > 0.0:
        _glaze(assembly, x, daylight)
    else:
        _put_up_shelves(assembly, x)
    nx, ny = (31, 31) if daylight > 0.0 else (9, 7)  # light from the side falls off unevenly
    on_top = [(a, b, top) for a in np.linspace(-tx, tx, nx) for b in np.linspace(-ty, ty, ny)]
    return Site(
        name=site,
        parts=(SitePart("floor", "floor", floor, "mesh"), *assembly.parts(roofs=("ceiling", "lamps"))),
        lanes={},
        regions={
            "floor": Region(-x + 0.5, x - 0.5, -y + 0.5, y - 0.5, 0.0),
            "table": Region(-tx + EDGE_M, tx - EDGE_M, -ty + EDGE_M, ty - EDGE_M, top),
            "work": Region(-0.15 * tx, tx - EDGE_M, -0.15 * ty, ty - EDGE_M, top),
            "bin": Region(-0.30 * tx, 0.30 * tx, -ty + EDGE_M, -0.20 * ty, top),
        },
        ground=grid,
        lamps=scaled_to_one_lux([(assembly.lamps, np.array(on_top))]),
        indoor=True,
        bounds=Region(-x, x, -y, y, 0.0),
    )


def _floor(x: float, y: float) -> tuple[HeightGrid, Mesh]:
    """The level floor, which goes on under the walls."""
    nx, ny = math.ceil(2.0 * x), math.ceil(2.0 * y)
    grid = HeightGrid(-x, -y, 2.0 * x / nx, 2.0 * y / ny, np.zeros((nx + 1, ny + 1)))
    xs = np.linspace(-x - WALL_M, x + WALL_M, nx + 1)
    lines = [
        np.stack([xs, np.full(len(xs), v), np.zeros(len(xs))], axis=-1)
        for v in np.linspace(-y - WALL_M, y + WALL_M, ny + 1)
    ]
    return grid, sheet(lines, [VINYL])


def _raise_walls(assembly: Assembly, x: float, y: float, height: float) -> None:
    """Four plastered walls with a skirting, a door in the one at -x, and the ceiling."""
    t = WALL_M
    for size, center in (
        ((2.0 * (x + t), t, height), (0.0, y + 0.5 * t, 0.5 * height)),
        ((2.0 * (x + t), t, height), (0.0, -y - 0.5 * t, 0.5 * height)),
        ((t, 2.0 * y, height), (x + 0.5 * t, 0.0, 0.5 * height)),
        ((t, 2.0 * y, height), (-x - 0.5 * t, 0.0, 0.5 * height)),
    ):
        assembly.add("walls", "wall", [box(size, PLASTER, center)], [Shape("box", center, size_m=size)])
    for s in (-1.0, 1.0):
        assembly.add("walls", "wall", [box((2.0 * x, 0.012, 0.07), SKIRTING, (0.0, s * (y - 0.006), 0.035))])
        assembly.add("walls", "wall", [box((0.012, 2.0 * y - 0.024, 0.07), SKIRTING, (s * (x - 0.006), 0.0, 0.035))])
    door_y = -y + 0.9
    assembly.add(
        "door",
        "wall",
        [
            box((0.03, 1.02, 2.08), GALVANISED, (-x + 0.006, door_y, 1.04)),
            box((0.04, 0.92, 2.02), DOOR, (-x + 0.015, door_y, 1.01)),
            transformed(cylinder(0.011, 0.12, TRIM, 12, "y"), translation_m=(-x + 0.08, door_y + 0.36, 1.05)),
            transformed(cylinder(0.009, 0.05, TRIM, 12, "x"), translation_m=(-x + 0.055, door_y + 0.41, 1.05)),
        ],
    )
    under = [[[-x - t, -y - t, height], [-x - t, y + t, height], [x + t, y + t, height], [x + t, -y - t, height]]]
    uv = [[[q[0], q[1]] for q in quad] for quad in under]
    over = box((2.0 * (x + t), 2.0 * (y + t), 0.1), CEILING, (0.0, 0.0, height + 0.055))
    assembly.add("ceiling", "ceiling", [mesh_of_quads(under, CEILING, uv), over])


def _stand_table(assembly: Assembly, tx: float, ty: float, top: float) -> None:
    """A thick beech top on a steel frame with a shelf underneath; an antistatic mat is let into the top."""
    thick, leg = 0.045, 0.07
    plate = (2.0 * tx, 2.0 * ty, thick)
    center = (0.0, 0.0, top - 0.5 * thick)
    mx, my = tx - 0.10, ty - 0.10
    pieces = [box(plate, TOP, center), box((2.0 * mx, 2.0 * my, 0.0012), MAT, (0.0, 0.0, top - 0.0002))]
    shapes = [Shape("box", center, size_m=plate)]
    lx, ly, h = tx - 0.10, ty - 0.09, top - thick
    for sx in (-1.0, 1.0):
        for sy in (-1.0, 1.0):
            at, size = (sx * lx, sy * ly, 0.5 * h + 0.01), (leg, leg, h - 0.02)
            pieces.append(box(size, FRAME, at))
            pieces.append(
                transformed(
                    lathe([(0.035, 0.0), (0.04, 0.012), (0.02, 0.02)], RUBBER, 16), translation_m=(at[0], at[1], 0.0)
                )
            )
            shapes.append(Shape("box", (at[0], at[1], 0.5 * h), size_m=(leg, leg, h)))
    for sy in (-1.0, 1.0):
        for z in (h - 0.04, 0.22):
            pieces.append(box((2.0 * lx - leg, 0.04, 0.06), FRAME, (0.0, sy * ly, z)))
    for sx in (-1.0, 1.0):
        for z in (h - 0.04, 0.22):
            pieces.append(box((0.04, 2.0 * ly - leg, 0.06), FRAME, (sx * lx, 0.0, z)))
    shelf, at = (2.0 * lx - 0.02, 2.0 * ly - 0.05, 0.022), (0.0, 0.0, 0.261)
    pieces.append(box(shelf, SHELF_WOOD, at))
    shapes.append(Shape("box", at, size_m=shelf))
    assembly.add("table", "furniture", pieces, shapes)


def _furnish(assembly: Assembly, x: float, y: float) -> None:
    """A tool cabinet and a pegboard with tools' outlines, along the wall at +y."""
    cab, at = (0.9, 0.5, 0.9), (-x + 1.4, y - 0.26, 0.45)
    pieces = [box(cab, FRAME, at)]
    for k in range(4):
        z = 0.16 + 0.2 * k
        pieces.append(box((0.84, 0.02, 0.17), DRAWER, (at[0], at[1] - 0.26, z)))
        pieces.append(box((0.30, 0.018, 0.018), GALVANISED, (at[0], at[1] - 0.28, z + 0.05)))
    assembly.add("cabinet", "furniture", pieces, [Shape("box", at, size_m=cab)])
    board = [box((2.0, 0.02, 0.95), PEGBOARD, (0.6, y - 0.011, 1.55))]
    for k in range(9):  # hanging tools: a shaft and a handle each
        px, long = -0.2 + 0.2 * k, 0.16 + 0.035 * (k * 5 % 7)
        board.append(box((0.012, 0.012, long), GALVANISED, (px, y - 0.032, 1.86 - 0.5 * long)))
        board.append(box((0.026, 0.020, 0.10), BOXES[k % 4], (px, y - 0.034, 1.86 - long - 0.05)))
    assembly.add("pegboard", "furniture", board)


def _put_up_shelves(assembly: Assembly, x: float) -> None:
    """Shelves of files on the wall at +x."""
    for z in (1.25, 1.75):
        size, at = (0.30, 2.2, 0.025), (x - 0.15, 0.2, z)
        pieces = [box(size, SHELF_WOOD, at)]
        for k in range(14):
            width, tall = 0.055 + 0.012 * (k * 3 % 4), 0.24 + 0.02 * (k * 7 % 5)
            if (k + round(z)) % 6 == 5:
                continue
            fy = 0.2 - 0.98 + 0.145 * k
            pieces.append(
                box((0.22, width, tall), BOXES[(k * 3 + round(2 * z)) % 4], (x - 0.13, fy, z + 0.0125 + 0.5 * tall))
            )
        assembly.add("shelves", "furniture", pieces, [Shape("box", at, size_m=size)])


def _glaze(assembly: Assembly, x: float, daylight_lx: float) -> None:
    """A window of four frosted panes in the wall at +x, as bright as a diffuser under that daylight: L = tau E / pi."""
    (y0, y1), (z0, z1) = WINDOW_Y_M, WINDOW_Z_M
    luminance = FROSTED * daylight_lx / math.pi
    glow = (0.94 * luminance, 1.0 * luminance, 1.12 * luminance)
    pane = Material("frosted pane", (0.7, 0.7, 0.7), roughness=0.5, emission_cd_m2=glow, lamp="room")
    my, mz, face = 0.5 * (y0 + y1), 0.5 * (z0 + z1), x - 0.008
    quad = [[face, y1, z0], [face, y0, z0], [face, y0, z1], [face, y1, z1]]
    pieces = [mesh_of_quads([quad], pane)]
    for y in (y0, my, y1):
        pieces.append(box((0.05, 0.06, z1 - z0 + 0.06), LAMP_BODY, (x - 0.02, y, mz)))
    for z in (z0, mz, z1):
        pieces.append(box((0.048, y1 - y0, 0.06), LAMP_BODY, (x - 0.02, my, z)))
    pieces.append(box((0.20, y1 - y0 + 0.2, 0.03), LAMP_BODY, (x - 0.10, my, z0 - 0.05)))
    assembly.add("window", "wall", pieces)
    share = luminance * (y1 - y0) * (z1 - z0) / PANEL_CD
    assembly.lamps.append(LampMount("room", (x - 0.03, my, mz), (-1.0, 0.0, 0.0), share, (0.94, 1.0, 1.12)))


def _hang_lamps(assembly: Assembly, x: float, y: float, height: float) -> None:
    """Square panels flush under the ceiling in two rows, none straight over the middle of the table."""
    for px in (-0.5 * x, 0.5 * x):
        for py in (-0.42 * y, 0.42 * y):
            body = box((0.62, 0.62, 0.03), LAMP_BODY, (px, py, height - 0.016))
            lens = box((0.58, 0.58, 0.008), ROOM_LENS, (px, py, height - 0.034))
            assembly.add("lamps", "ceiling", [body, lens])
            assembly.lamps.append(LampMount("room", (px, py, height - 0.045), (0.0, 0.0, -1.0), 1.0, NEUTRAL_WHITE))
