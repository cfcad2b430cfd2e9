"""Houses and barns with pitched roofs, for the middle distance."""

from __future__ import annotations

import math

import numpy as np

from simgen.models.appearance import BAY_M, BRICK_COURSE_M
from simgen.models.geometry import box, merge, mesh_of_quads, polygon
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import WOOD
from simgen.rng import Stream

_RENDER = ((0.55, 0.50, 0.41), (0.62, 0.60, 0.56), (0.50, 0.38, 0.27), (0.58, 0.53, 0.36))
_BRICKS = (  # with their mortar: red, brown, yellow
    ((0.235, 0.088, 0.058), (0.36, 0.34, 0.31)),
    ((0.150, 0.075, 0.055), (0.29, 0.27, 0.25)),
    ((0.390, 0.290, 0.170), (0.42, 0.40, 0.36)),
)
BRICK_SHARE = 0.35
"""Of the houses, how many are of brick."""
WINDOW_DARK = (0.018, 0.020, 0.024)
_PANE = Material("house window", WINDOW_DARK, roughness=0.06, coat=1.0, made_of="glass")
_FRAME = Material("window frame", (0.62, 0.62, 0.60), roughness=0.5)
_LINTEL = Material("lintel", (0.40, 0.37, 0.33), roughness=0.85, pattern="concrete", contrast=0.3)
TILES = tuple(
    Material(f"roof tiles {k}", light, dark, roughness=0.8, pattern="brick", contrast=0.5)
    for k, (light, dark) in enumerate(
        (
            ((0.26, 0.085, 0.05), (0.13, 0.043, 0.025)),
            ((0.19, 0.075, 0.05), (0.095, 0.038, 0.025)),
            ((0.09, 0.085, 0.085), (0.045, 0.043, 0.043)),
        )
    )
)
CHIMNEY = Material("chimney brick", (0.25, 0.10, 0.07), (0.35, 0.33, 0.30), pattern="brick", contrast=0.5)
SHEET_ROOF = Material("sheet roof", (0.22, 0.23, 0.24), roughness=0.5, metallic=0.3, pattern="corrugated")
BARN_DOOR = Material(
    "barn door", (0.10, 0.055, 0.035), (0.06, 0.03, 0.02), pattern="wood", contrast=0.5, params=(0.14,)
)


def _gabled(size_m: tuple[float, float, float, float], walls: Material, gable: Material, roof: Material) -> list[Mesh]:
    """Walls and a ridge roof along x; size is length, width, wall height, ridge height above the walls.

    The windows of a facade are a little wider or narrower, so that every long wall has whole bays of them.
    """
    lx, ly, h, ridge = size_m
    hx, hy = 0.5 * lx, 0.5 * ly
    foot = -0.8
    sides = [
        [[-hx, -hy, foot], [hx, -hy, foot], [hx, -hy, h], [-hx, -hy, h]],
        [[hx, hy, foot], [-hx, hy, foot], [-hx, hy, h], [hx, hy, h]],
    ]
    along = BAY_M * _bays(lx) if walls.pattern == "facade" else lx
    uv = [[0.0, foot], [along, foot], [along, h], [0.0, h]]
    pieces = [mesh_of_quads(sides, walls, [uv, uv])]
    for s in (1.0, -1.0):
        ring = [
            [s * hx, -s * hy, foot],
            [s * hx, s * hy, foot],
            [s * hx, s * hy, h],
            [s * hx, 0, h + ridge],
            [s * hx, -s * hy, h],
        ]
        pieces.append(polygon(ring, gable))
    out = 0.45
    run = math.hypot(hy, ridge)
    tx, ex = hx + 0.4, out / run
    for s in (1.0, -1.0):
        eave = np.array([0.0, -s * hy * (1 + ex), h - ridge * ex])
        top = np.array([0.0, 0.0, h + ridge + 0.02])
        a, b = np.array([-s * tx, 0, 0]), np.array([s * tx, 0, 0])
        up = np.array([0.0, -s * ridge, hy]) / run * 0.16
        quad = [eave + a + up, eave + b + up, top + b + [0, 0, 0.16], top + a + [0, 0, 0.16]]
        under = [eave + b, eave + a, top + a, top + b]
        fascia = [eave + a, eave + b, eave + b + up, eave + a + up]
        pieces += [mesh_of_quads([quad], roof), mesh_of_quads([under, fascia], WOOD)]
        for end, t in ((b, 1.0), (a, -1.0)):
            rake = [eave + end, top + end, top + end + [0, 0, 0.16], eave + end + up]
            pieces.append(mesh_of_quads([rake if t > 0 else rake[::-1]], WOOD))
    return pieces


def _bays(length_m: float) -> int:
    """How many windows stand side by side in a wall of a facade."""
    return max(round(length_m / BAY_M), 1)


def house(stream: Stream) -> Mesh:
    """A house of one or two storeys, rendered or of brick, with a tiled roof and a chimney, ridge along x."""
    u = stream.array("house", 6)
    storeys = 1 + int(2.0 * u[0])
    lx, ly, h = 9.0 + 6.0 * u[1], 7.5 + 2.0 * u[2], 2.9 * storeys + 0.3
    roof = TILES[int(len(TILES) * u[4])]
    of_brick = stream.uniform("brick") < BRICK_SHARE
    if of_brick:
        brick, mortar = _BRICKS[int(len(_BRICKS) * u[3])]
        walls = plain = Material("brick wall", brick, mortar, roughness=0.9, pattern="brick", contrast=0.6)
    else:
        tone = _RENDER[int(len(_RENDER) * u[3])]
        walls = Material("rendered wall", tone, WINDOW_DARK, roughness=0.9, pattern="facade", contrast=0.9)
        plain = Material("rendered gable", tone, roughness=0.9, pattern="concrete", contrast=0.2)
    pieces = _gabled((lx, ly, h, 0.42 * ly), walls, plain, roof)
    if of_brick:
        pieces += _windows(lx, ly, storeys)
        door_x = 0.05 * lx
    else:  # between two windows
        bays = _bays(lx)
        door_x = lx * (bays // 2 / bays - 0.5)
    top = h + 0.42 * ly
    pieces.append(box((0.7, 0.6, 2.2), CHIMNEY, (lx * (0.3 * u[5] - 0.15), 0.8, top)))
    pieces.append(box((1.1, 0.10, 2.1), BARN_DOOR, (door_x, -0.5 * ly - 0.03, 1.05)))
    return merge(pieces)


def _windows(length_m: float, depth_m: float, storeys: int) -> list[Mesh]:
    """Windows of both long walls, in rows over each other: panes in frames under lintels, over sills."""
    count = max(2, int((length_m - 1.2) / 2.4))
    wide, high, course = 1.10, 1.35, BRICK_COURSE_M
    quads: dict[Material, list[list[list[float]]]] = {_LINTEL: [], _FRAME: [], _PANE: []}

    def rectangle(side: float, out_m: float, x: float, z: float, half_m: float, tall_m: float) -> list[list[float]]:
        y, a = side * (0.5 * depth_m + out_m), side * half_m
        return [[x + a, y, z], [x - a, y, z], [x - a, y, z + tall_m], [x + a, y, z + tall_m]]

    for side in (1.0, -1.0):
        for x in (length_m * ((np.arange(count) + 0.5) / count - 0.5)).tolist():
            for floor in range(storeys):
                z = 0.95 + 2.9 * floor
                if side < 0.0 and floor == 0 and abs(x - 0.05 * length_m) < 1.2:
                    continue  # the door's place
                quads[_LINTEL].append(rectangle(side, 0.020, x, z + high, 0.5 * wide + 0.12, 2.0 * course))
                quads[_LINTEL].append(rectangle(side, 0.045, x, z - course, 0.5 * wide + 0.08, course))
                quads[_FRAME].append(rectangle(side, 0.012, x, z, 0.5 * wide, high))
                for pane in (-0.25, 0.25):
                    quads[_PANE].append(
                        rectangle(side, 0.024, x + pane * wide, z + 0.07, 0.25 * wide - 0.05, high - 0.14)
                    )
    return [mesh_of_quads(np.array(q), material) for material, q in quads.items()]


def barn(stream: Stream) -> Mesh:
    """A wooden barn with a sheet roof and large doors, ridge along x."""
    u = stream.array("barn", 2)
    lx, ly, h = 18.0 + 8.0 * u[0], 11.0 + 3.0 * u[1], 4.6
    boards = Material(
        "boards", (0.17, 0.085, 0.055), (0.10, 0.05, 0.035), roughness=0.9, pattern="wood", contrast=0.6, params=(0.16,)
    )
    pieces = _gabled((lx, ly, h, 0.33 * ly), boards, boards, SHEET_ROOF)
    for s in (-1.0, 1.0):
        pieces.append(box((4.2, 0.12, 3.8), BARN_DOOR, (0.1 * lx, s * (0.5 * ly + 0.03), 1.9)))
    return merge(pieces)
