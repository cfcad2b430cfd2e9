"""Walls, frame, roof and fittings of an industrial hall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from simgen.models.geometry import box, lathe, merge, mesh_of_quads, rotation_x, transformed
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.palette import CONCRETE, GLASS, STEEL, TRIM, WOOD
from simgen.models.sites.assembly import Assembly
from simgen.models.sites.signs import HAZARD

BAY_M = 8.0
PLINTH_M = 1.2
WALL_M = 0.2
TRUSS_M = 0.8
SHEET = Material("wall sheet", (0.50, 0.53, 0.55), roughness=0.5, pattern="corrugated", contrast=0.6)
ROOF_SHEET = Material("roof sheet", (0.42, 0.43, 0.44), roughness=0.6, pattern="corrugated", contrast=0.6)
FRAME = replace(STEEL, name="frame steel", albedo=(0.12, 0.17, 0.25), metallic=0.0)
TRUSS = replace(STEEL, name="truss steel", albedo=(0.40, 0.41, 0.42), metallic=0.0)
SHUTTER = Material("roller door", (0.36, 0.38, 0.40), roughness=0.45, pattern="corrugated", contrast=0.9)
DOOR = Material("door leaf", (0.16, 0.24, 0.19), roughness=0.5)
PANE = Material("light band", (0.50, 0.56, 0.60), roughness=0.25, coat=0.4, made_of="glass")
BOLLARD = Material("bollard yellow", (0.75, 0.50, 0.03), roughness=0.5)
BLACK = Material("black band", (0.02, 0.02, 0.02), roughness=0.6)
SAFETY_RED = Material("safety red", (0.50, 0.02, 0.02), roughness=0.35, coat=0.4)
WHITE = Material("sign white", (0.78, 0.78, 0.76), roughness=0.4)
EXIT_GREEN = Material("exit sign", (0.02, 0.35, 0.14), roughness=0.4, emission_cd_m2=(5.0, 90.0, 35.0))
CABINET = Material("cabinet", (0.42, 0.44, 0.45), roughness=0.4)


@dataclass(frozen=True)
class Hall:
    """Inner dimensions, centred on the world origin.

    Attributes:
        half_length_m: half the extent along x.
        half_width_m: half the extent along y.
        height_m: from the floor to the roof sheet.
    """

    half_length_m: float
    half_width_m: float
    height_m: float

    @property
    def racks_half_m(self) -> float:
        """|x| up to which racks stand; beyond is room to turn."""
        return self.half_length_m - 5.0

    @property
    def frames_m(self) -> tuple[float, ...]:
        """X of the frames, equal bays of about 8 m, the end frames against the gable walls."""
        bays = max(2, round(2.0 * self.half_length_m / BAY_M))
        end = self.half_length_m - 0.2
        return tuple(float(x) for x in np.linspace(-end, end, bays + 1))

    @property
    def bay_middles_m(self) -> tuple[float, ...]:
        """X between neighbouring frames."""
        f = self.frames_m
        return tuple(0.5 * (a + b) for a, b in pairwise(f))

    @property
    def lamp_rows_m(self) -> tuple[float, ...]:
        """Y of the rows of lamps: one over the middle aisle, the others over the side aisles."""
        pairs = max(1, round((self.half_width_m - 4.0) / 8.0))
        step = (self.half_width_m - 3.0) / pairs
        return tuple(step * k for k in range(-pairs, pairs + 1))

    @property
    def lamp_height_m(self) -> float:
        """Height of the lamps' lenses: under the trusses."""
        return self.height_m - TRUSS_M - 0.35

    @property
    def door_y_m(self) -> float:
        """Middle of the personnel door in the far wall."""
        return -0.5 * self.half_width_m - 1.5


ROLLER_M = (4.0, 4.2)
"""Width and height of the roller door in the middle of the wall at +x."""


def _wall(
    length_m: float, height_m: float, openings: Sequence[tuple[float, float, float, float]], outer: Material
) -> list[Mesh]:
    """A wall along x, inner face at y = 0 looking at -y, floor at z = 0, middle at x = 0; with a plinth.

    Openings (x0, x1, z0, z1) are left out of the inner face.
    """
    xs = sorted({-0.5 * length_m, 0.5 * length_m, *(x for o in openings for x in o[:2])})
    zs = sorted({0.0, PLINTH_M, height_m, *(z for o in openings for z in o[2:])})
    by: dict[str, list[list[list[float]]]] = {"plinth": [], "sheet": []}
    for x0, x1 in pairwise(xs):
        for z0, z1 in pairwise(zs):
            x, z = 0.5 * (x0 + x1), 0.5 * (z0 + z1)
            if any(o[0] < x < o[1] and o[2] < z < o[3] for o in openings):
                continue
            n = max(1, math.ceil((x1 - x0) / 4.0))
            cut = np.linspace(x0, x1, n + 1)
            y = -0.08 if z < PLINTH_M else 0.0
            kind = "plinth" if z < PLINTH_M else "sheet"
            by[kind] += [[[a, y, z0], [b, y, z0], [b, y, z1], [a, y, z1]] for a, b in pairwise(cut)]
    pieces = []
    for kind, material in (("plinth", CONCRETE), ("sheet", SHEET)):
        quads = np.array(by[kind])
        pieces.append(mesh_of_quads(quads, material, quads[..., [0, 2]]))
    h, t = 0.5 * length_m, WALL_M
    ledge = [[-h, -0.08, PLINTH_M], [h, -0.08, PLINTH_M], [h, 0.0, PLINTH_M], [-h, 0.0, PLINTH_M]]
    outside = [[h, t, 0.0], [-h, t, 0.0], [-h, t, height_m], [h, t, height_m]]
    pieces.append(mesh_of_quads([ledge], CONCRETE))
    pieces.append(
        mesh_of_quads([outside], outer, [[[0.0, 0.0], [length_m, 0.0], [length_m, height_m], [0.0, height_m]]])
    )
    return pieces


def raise_walls(assembly: Assembly, hall: Hall) -> None:
    """Four walls with a roller door, a personnel door and high light bands; class wall, boxes to collide."""
    lx, ly, h = 2.0 * hall.half_length_m, 2.0 * hall.half_width_m, hall.height_m
    band = (0.62 * h, 0.62 * h + 1.1)
    bands = [(x - 0.5 * BAY_M + 1.2, x + 0.5 * BAY_M - 1.2, *band) for x in hall.bay_middles_m]
    door = (hall.door_y_m - 0.5, hall.door_y_m + 0.5, 0.0, 2.1)
    roller = (-0.5 * ROLLER_M[0], 0.5 * ROLLER_M[0], 0.0, ROLLER_M[1])
    # Turning a wall that looks at -y: about z by the angle, then out to its place.
    for angle, offset, length, openings in (
        (0.0, hall.half_width_m, lx, bands),
        (math.pi, hall.half_width_m, lx, bands),
        (-0.5 * math.pi, hall.half_length_m, ly, [roller, (-door[1], -door[0], door[2], door[3])]),
        (0.5 * math.pi, hall.half_length_m, ly, []),
    ):
        c, s = math.cos(angle), math.sin(angle)
        turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        out = turn @ np.array([0.0, offset, 0.0])
        pieces = _wall(length, h, openings, SHEET)
        for o in openings:
            pieces += _filled(o, door, roller)
        half = 0.5 * length
        center = turn @ np.array([0.0, offset + 0.5 * WALL_M - 0.04, 0.5 * h])
        along = abs(s) < 0.5
        extent = (2.0 * half, WALL_M + 0.08, h) if along else (WALL_M + 0.08, 2.0 * half, h)
        shape = Shape("box", (float(center[0]), float(center[1]), float(center[2])), size_m=extent)
        place = (float(out[0]), float(out[1]), 0.0)
        assembly.add("walls", "wall", [transformed(m, turn, place) for m in pieces], [shape])


def _filled(
    o: tuple[float, float, float, float],
    door: tuple[float, float, float, float],
    roller: tuple[float, float, float, float],
) -> list[Mesh]:
    """What closes an opening of a wall that looks at -y: shutter, door leaf or pane, with its frame."""
    x0, x1, z0, z1 = o
    w, h, x, z = x1 - x0, z1 - z0, 0.5 * (x0 + x1), 0.5 * (z0 + z1)
    if o == roller:
        quad = [[x0, 0.1, z0], [x1, 0.1, z0], [x1, 0.1, z1], [x0, 0.1, z1]]
        pieces = [mesh_of_quads([quad], SHUTTER, [[[0.0, 0.0], [0.0, w], [h, w], [h, 0.0]]])]
        pieces += [
            transformed(box((h, 0.24, 0.22), HAZARD), np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]), (sx, 0.0, z))
            for sx in (x0 - 0.11, x1 + 0.11)
        ]
        pieces.append(box((w + 0.7, 0.55, 0.5), TRIM, (x, -0.18, z1 + 0.25)))
        return pieces
    leaf = DOOR if o[3] == door[3] else PANE
    quad = [[x0, 0.06, z0], [x1, 0.06, z0], [x1, 0.06, z1], [x0, 0.06, z1]]
    pieces = [mesh_of_quads([quad], leaf)]
    pieces += [box((0.09, 0.22, h), TRIM, (sx, 0.0, z)) for sx in (x0 + 0.045, x1 - 0.045)]
    pieces.append(box((w, 0.22, 0.09), TRIM, (x, 0.0, z1 - 0.045)))
    if leaf is PANE:
        pieces.append(box((w, 0.22, 0.09), TRIM, (x, 0.0, z0 + 0.045)))
        pieces += [box((0.05, 0.12, h), TRIM, (float(sx), 0.0, z)) for sx in np.linspace(x0, x1, 5)[1:-1]]
    else:
        pieces.append(box((0.14, 0.05, 0.04), STEEL, (x0 + 0.2, 0.02, 1.05)))
        pieces.append(box((0.3, 0.03, 0.45), GLASS, (x, 0.055, 1.6)))
        pieces.append(box((0.6, 0.06, 0.25), EXIT_GREEN, (x, -0.05, z1 + 0.3)))
    return pieces


def _i_section(height_m: float) -> list[Mesh]:
    """A standing I-section column at the origin, 0.26 x 0.24 m."""
    z = 0.5 * height_m
    return [
        box((0.02, 0.24, height_m), FRAME, (-0.12, 0.0, z)),
        box((0.02, 0.24, height_m), FRAME, (0.12, 0.0, z)),
        box((0.22, 0.016, height_m), FRAME, (0.0, 0.0, z)),
        box((0.42, 0.42, 0.03), FRAME, (0.0, 0.0, 0.015)),
    ]


def raise_frame(assembly: Assembly, hall: Hall, row_m: float) -> None:
    """Columns along the walls and in two rows at |y| = `row_m`; class pole, boxes to collide."""
    top = hall.height_m - TRUSS_M
    wall = hall.half_width_m - 0.28
    for k, x in enumerate(hall.frames_m):
        inner = 0 < k < len(hall.frames_m) - 1
        for y in (-wall, wall, *((-row_m, row_m) if inner else ())):
            meshes = [transformed(m, translation_m=(x, y, 0.0)) for m in _i_section(top)]
            shape = Shape("box", (x, y, 0.5 * top), size_m=(0.28, 0.26, top))
            assembly.add("columns", "pole", meshes, [shape])
            if abs(y) < wall:
                guard = box((0.5, 0.5, 0.45), HAZARD, (x, y, 0.225))
                assembly.add("columns", "pole", [guard], [Shape("box", (x, y, 0.225), size_m=(0.5, 0.5, 0.45))])


def raise_roof(assembly: Assembly, hall: Hall) -> None:
    """The roof sheet and its purlins, and a truss across every frame."""
    x, y, h = hall.half_length_m, hall.half_width_m, hall.height_m
    under = [[[a, -y, h], [a, y, h], [b, y, h], [b, -y, h]] for a, b in pairwise(np.linspace(-x, x, 9))]
    uv = [[[q[0], q[1]] for q in quad] for quad in under]
    assembly.add("roof", "ceiling", [mesh_of_quads(under, ROOF_SHEET, uv)])
    over = [
        [-x - 0.3, -y - 0.3, h + 0.2],
        [x + 0.3, -y - 0.3, h + 0.2],
        [x + 0.3, y + 0.3, h + 0.2],
        [-x - 0.3, y + 0.3, h + 0.2],
    ]
    assembly.add("roof", "ceiling", [mesh_of_quads([over], ROOF_SHEET)])
    for yp in np.arange(-y + 1.0, y, 2.5):
        assembly.add("trusses", "ceiling", [box((2.0 * x, 0.07, 0.16), TRUSS, (0.0, float(yp), h - 0.08))])
    z0, z1 = h - TRUSS_M, h - 0.22
    for xf in hall.frames_m:
        pieces = [box((0.16, 2.0 * y, 0.10), TRUSS, (xf, 0.0, z)) for z in (z0 + 0.05, z1)]
        knots = np.linspace(-y + 0.3, y - 0.3, 2 * max(4, round(y / 1.4)) + 1)
        for k, (a, b) in enumerate(pairwise(knots)):
            rise = (z1 - z0 - 0.05) * (1.0 if k % 2 else -1.0)
            bar = box((0.07, math.hypot(b - a, rise), 0.07), TRUSS)
            tilt = rotation_x(math.atan2(rise, b - a))
            pieces.append(transformed(bar, tilt, (xf, 0.5 * (a + b), 0.5 * (z0 + z1) + 0.025)))
        assembly.add("trusses", "ceiling", pieces)


def furnish(assembly: Assembly, hall: Hall, row_m: float) -> None:
    """Bollards at the roller door, extinguishers on columns, a workbench, cabinets and a cabin."""
    x_wall, y_wall = hall.half_length_m, hall.half_width_m
    for side in (-1.0, 1.0):
        at = (x_wall - 1.0, side * (0.5 * ROLLER_M[0] + 0.45), 0.0)
        post = merge(
            [
                lathe([(0.09, 0.0), (0.09, 1.05), (0.06, 1.1)], BOLLARD, 14),
                *(lathe([(0.093, z), (0.093, z + 0.14)], BLACK, 14, caps=False) for z in (0.42, 0.74)),
            ]
        )
        shape = Shape("cylinder", (at[0], at[1], 0.55), size_m=(0.09, 0.09, 1.1))
        assembly.add("bollards", "pole", [transformed(post, translation_m=at)], [shape])
    inner = hall.frames_m[1:-1]
    for k, x in enumerate(inner):
        y = row_m if k % 2 else -row_m
        assembly.add(
            "safety",
            "wall",
            [transformed(m, translation_m=(x, y, 0.0)) for m in _extinguisher(1.0 if y < 0 else -1.0)],
        )
    bench_x = -x_wall + 3.0
    bench = [
        box((3.0, 0.8, 0.06), WOOD, (bench_x, y_wall - 0.65, 0.92)),
        box((2.9, 0.7, 0.04), CABINET, (bench_x, y_wall - 0.65, 0.25)),
        box((2.9, 0.03, 0.8), CABINET, (bench_x, y_wall - 0.27, 1.45)),
        box((0.5, 0.35, 0.3), SAFETY_RED, (bench_x - 0.9, y_wall - 0.6, 1.10)),
        box((0.35, 0.3, 0.22), CABINET, (bench_x + 0.7, y_wall - 0.6, 1.06)),
    ]
    bench += [
        box((0.07, 0.07, 0.9), FRAME, (bench_x + a, y_wall - 0.65 + b, 0.45))
        for a in (-1.4, 1.4)
        for b in (-0.33, 0.33)
    ]
    shape = Shape("box", (bench_x, y_wall - 0.65, 0.48), size_m=(3.0, 0.8, 0.95))
    assembly.add("fittings", "wall", bench, [shape])
    for k in range(3):
        x = x_wall - 3.0 - 0.92 * k
        meshes = [
            box((0.9, 0.45, 2.0), CABINET, (x, y_wall - 0.38, 1.0)),
            box((0.02, 0.02, 1.9), TRIM, (x, y_wall - 0.61, 1.0)),
        ]
        assembly.add("fittings", "wall", meshes, [Shape("box", (x, y_wall - 0.38, 1.0), size_m=(0.9, 0.45, 2.0))])
    _office(assembly, hall)


def _extinguisher(towards: float) -> list[Mesh]:
    """A fire extinguisher on the aisle side of a column with its sign above; `towards` is the sign of y."""
    y = 0.2 * towards
    body = lathe([(0.075, 0.0), (0.08, 0.03), (0.08, 0.42), (0.03, 0.5), (0.03, 0.55)], SAFETY_RED, 12)
    sign = box((0.3, 0.02, 0.3), SAFETY_RED, (0.0, y * 0.7, 2.2))
    mark = box((0.08, 0.026, 0.18), WHITE, (0.0, y * 0.7, 2.18))
    return [transformed(body, translation_m=(0.0, y, 0.75)), sign, mark]


def _office(assembly: Assembly, hall: Hall) -> None:
    """The foreman's cabin in the corner at -x, -y: walls with a window band and a door; class building."""
    lx, ly, h = 4.0, 3.0, 2.7
    x, y = -hall.half_length_m + 0.1 + 0.5 * lx, -hall.half_width_m + 0.6 + 0.5 * ly
    plain = Material("cabin wall", (0.60, 0.60, 0.57), roughness=0.6)
    fy, fx = y + 0.5 * ly, x + 0.5 * lx
    meshes = [
        box((lx, ly, h), plain, (x, y, 0.5 * h)),
        box((lx + 0.1, ly + 0.1, 0.12), TRIM, (x, y, h + 0.06)),
        box((2.1, 0.06, 1.1), TRIM, (x - 0.6, fy, 1.55)),
        box((2.0, 0.08, 1.0), GLASS, (x - 0.6, fy, 1.55)),
        box((0.9, 0.06, 2.05), DOOR, (x + 1.2, fy, 1.025)),
        box((0.06, 2.0, 1.1), TRIM, (fx, y, 1.55)),
        box((0.08, 1.9, 1.0), GLASS, (fx, y, 1.55)),
    ]
    assembly.add("office", "building", meshes, [Shape("box", (x, y, 0.5 * h), size_m=(lx, ly, h))])
