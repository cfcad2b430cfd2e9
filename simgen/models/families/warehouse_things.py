"""Goods of a warehouse: cardboard box and EUR pallet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import another_cut, outer_box
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart, Yielding
from simgen.models.palette import CARDBOARD, WOOD

TAPE = Material("packing tape", (0.30, 0.19, 0.095), roughness=0.35, coat=0.4)
LABEL = Material("paper label", (0.75, 0.75, 0.73), roughness=0.7)
PRINT = Material("print", (0.05, 0.045, 0.04), roughness=0.8)
BLOCK_WOOD = Material(
    "pressed block", (0.34, 0.235, 0.14), (0.20, 0.13, 0.075), roughness=0.9, pattern="soil", contrast=0.4
)

_LOADED_CARTON_DENSITY = 130.0
_EDGE_CRUSH_NPM = 8406.0  # "48 ECT" double wall, 48 lbf/in, as heavy goods are packed in
_BOARD_M = 0.0066  # its caliper: B and C flutes
_PINE_DENSITY = 550.0

Inset = tuple[float, float, float, float, Material]
"""A rectangle u0, v0, u1, v1 in metres on a face, in another material."""
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Face:
    """A flat rectangle, facing u x v.

    Attributes:
        origin_m: its corner at u = v = 0.
        u, v: unit vectors along its edges.
        size_m: extents along u and v.
        insets: what is cut into it; the last one that holds a place wins.
    """

    origin_m: Point
    u: Point
    v: Point
    size_m: tuple[float, float]
    insets: Sequence[Inset] = ()

    def at(self, u_m: float, v_m: float) -> Point:
        """The point at these metres along its edges."""
        (x, y, z), (ux, uy, uz), (vx, vy, vz) = self.origin_m, self.u, self.v
        return x + u_m * ux + v_m * vx, y + u_m * uy + v_m * vy, z + u_m * uz + v_m * vz


@register_model("box")
def cardboard_box(length_m: float = 0.6, width_m: float = 0.4, height_m: float = 0.4) -> Model:
    """A closed, loaded cardboard box with tape over the seam, a label and arrows.

    Args:
        length_m: along x, 0.1 to 2.
        width_m: along y, 0.1 to 2.
        height_m: 0.1 to 2.

    Raises:
        UserError: a measure is outside its range.
    """
    for name, value in (("length_m", length_m), ("width_m", width_m), ("height_m", height_m)):
        if not 0.1 <= value <= 2.0:
            raise UserError(f"box: {name} must be 0.1 to 2, not {value:g}")
    size = (length_m, width_m, height_m)
    return Model(
        name="box",
        class_name="box",
        parts=(ModelPart("body", carton(size)),),
        collision=(Shape("box", (0.0, 0.0, 0.5 * height_m), size_m=size),),
        mass_kg=_LOADED_CARTON_DENSITY * math.prod(size),
        size_m=size,
        box_center_m=(0.0, 0.0, 0.5 * height_m),
        center_of_mass_m=(0.0, 0.0, 0.45 * height_m),
        friction=0.5,
        yielding=Yielding(strength_n=_carton_strength_n(length_m, width_m)),
        slots=("carton",),
    )


def _carton_strength_n(length_m: float, width_m: float) -> float:
    """Force that crushes an upright box of double-wall board, by McKee, Gander and Wachuta (1963), simplified.

    5.87 ECT sqrt(caliper * perimeter); 6 kN for 0.6 m by 0.4 m.
    """
    return 5.87 * _EDGE_CRUSH_NPM * math.sqrt(_BOARD_M * 2.0 * (length_m + width_m))


def carton(size_m: tuple[float, float, float], material: Material = CARDBOARD, printed: bool = True) -> Mesh:
    """A taped carton standing at the origin; markings are inlaid, so nothing overlaps.

    Args:
        size_m: length, width, height.
        material: of the board.
        printed: with print on the label and arrows on the short sides.
    """
    lx, ly, lz = size_m
    band, drop = min(0.06, 0.25 * ly), min(0.09, 0.4 * lz)
    hx, hy = 0.5 * lx, 0.5 * ly
    seam: list[Inset] = [(0.0, hy - 0.5 * band, lx, hy + 0.5 * band, TAPE)]
    end: list[Inset] = [(hy - 0.5 * band, lz - drop, hy + 0.5 * band, lz, TAPE)]
    side: list[Inset] = []
    if min(size_m) >= 0.2:
        side.append((0.62 * lx, 0.42 * lz, 0.90 * lx, 0.82 * lz, LABEL))
    if printed and min(size_m) >= 0.2:
        side.append((0.65 * lx, 0.47 * lz, 0.84 * lx, 0.56 * lz, PRINT))
        end += [(a * ly, 0.16 * lz, (a + 0.045) * ly, 0.36 * lz, PRINT) for a in (0.14, 0.25)]
    return inlaid(
        [
            Face((-hx, -hy, lz), (1, 0, 0), (0, 1, 0), (lx, ly), seam),
            Face((-hx, hy, 0.0), (1, 0, 0), (0, -1, 0), (lx, ly), seam),
            Face((-hx, -hy, 0.0), (1, 0, 0), (0, 0, 1), (lx, lz), side),
            Face((hx, hy, 0.0), (-1, 0, 0), (0, 0, 1), (lx, lz), side),
            Face((hx, -hy, 0.0), (0, 1, 0), (0, 0, 1), (ly, lz), end),
            Face((-hx, hy, 0.0), (0, -1, 0), (0, 0, 1), (ly, lz), end),
        ],
        material,
    )


def inlaid(faces: Sequence[Face], material: Material) -> Mesh:
    """Flat rectangles whose insets are cut into them: one coplanar layer each, no overlap.

    All of them become arrays at once: boxes of drawn sizes are built for every scene.

    Args:
        faces: the rectangles.
        material: where no inset lies.
    """
    quads: list[list[Point]] = []
    uvs: list[list[tuple[float, float]]] = []
    materials: list[Material] = []
    for face in faces:
        tiles = _tiles(face, material)
        for one in {id(m): m for *_, m in tiles}.values():  # a material's hash takes longer than a tile
            for u0, v0, u1, v1, here in tiles:
                if here is one:
                    corners = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
                    quads.append([face.at(a, b) for a, b in corners])
                    uvs.append(corners)
                    materials.append(here)
    return g.mesh_of_quads(quads, materials, uvs)


def _tiles(face: Face, material: Material) -> list[Inset]:
    """The rectangles of one material each that fill a face, row by row, as few as there can be in a row."""
    us = sorted({0.0, face.size_m[0], *(a for i in face.insets for a in (i[0], i[2]))})
    vs = sorted({0.0, face.size_m[1], *(a for i in face.insets for a in (i[1], i[3]))})
    tiles: list[Inset] = []
    for v0, v1 in pairwise(vs):
        row: list[Inset] = []
        for u0, u1 in pairwise(us):
            here = material
            for i in face.insets:
                if i[0] <= u0 and u1 <= i[2] and i[1] <= v0 and v1 <= i[3]:
                    here = i[4]
            if row and row[-1][4] is here:
                row[-1] = (row[-1][0], v0, u1, v1, here)
            else:
                row.append((u0, v0, u1, v1, here))
        tiles += row
    return tiles


# --- pallet -----------------------------------------------------------------------------------------------

_BOARD = 0.022
_BLOCK = 0.078


@register_model("pallet")
def pallet() -> Model:
    """A EUR pallet (EN 13698-1): 1200 x 800 x 144 mm of pine, long side along x."""
    mesh = pallet_mesh()
    size, center = outer_box([mesh])
    runners = tuple(Shape("box", (0.0, y, 0.05), size_m=(1.2, w, 0.10)) for y, w in _RUNNERS)
    deck = Shape("box", (0.0, 0.0, 0.122), size_m=(1.2, 0.8, 0.044))
    shapes = (deck, *runners)
    wood = sum(math.prod(s) for s, _, _ in _pallet_pieces())
    return Model(
        name="pallet",
        class_name="pallet",
        parts=(ModelPart("body", mesh),),
        collision=shapes,
        mass_kg=_PINE_DENSITY * wood,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, 0.085),
        displaced_volume_fraction=wood / sum(math.prod(s.size_m) for s in shapes),
        friction=0.6,
        yielding=Yielding(strength_n=30e3),
    )


_RUNNERS = ((-0.35, 0.10), (0.0, 0.145), (0.35, 0.10))
_Piece = tuple[tuple[float, float, float], tuple[float, float, float], str]


def _pallet_pieces() -> list[_Piece]:
    """Size, centre and kind ("x" board, "y" board, "block") of every piece of wood."""
    out: list[_Piece] = []
    for y, w in _RUNNERS:
        out.append(((1.2, w, _BOARD), (0.0, y, 0.5 * _BOARD), "x"))
        for x in (-0.5275, 0.0, 0.5275):
            out.append(((0.145, w, _BLOCK), (x, y, _BOARD + 0.5 * _BLOCK), "block"))
    z = _BOARD + _BLOCK
    for x in (-0.5275, 0.0, 0.5275):
        out.append(((0.145, 0.8, _BOARD), (x, 0.0, z + 0.5 * _BOARD), "y"))
    for y, w in ((-0.3275, 0.145), (-0.1625, 0.10), (0.0, 0.145), (0.1625, 0.10), (0.3275, 0.145)):
        out.append(((1.2, w, _BOARD), (0.0, y, z + 1.5 * _BOARD), "x"))
    return out


def pallet_mesh() -> Mesh:
    """The wood of a EUR pallet, standing at the origin; boards differ a little in tone."""
    meshes = []
    for k, (size, center, kind) in enumerate(_pallet_pieces()):
        tone = (1.0, 0.86, 1.12, 0.93, 1.05)[k % 5]
        base = BLOCK_WOOD if kind == "block" else WOOD
        shade = replace(base, albedo=(base.albedo[0] * tone, base.albedo[1] * tone, base.albedo[2] * tone))
        if kind == "y":  # the grain runs along the board
            turned = another_cut(g.box((size[1], size[0], size[2]), shade), k)
            meshes.append(g.transformed(turned, rotation=g.rotation_z(0.5 * math.pi), translation_m=center))
        else:
            meshes.append(another_cut(g.box(size, shade, center), k))
    return g.merge(meshes)
