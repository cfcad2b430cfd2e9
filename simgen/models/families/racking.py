"""Pallet racking, loaded: the shelf of a warehouse."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import another_cut, outer_box
from simgen.models.families.warehouse_things import Face, Inset, carton, inlaid, pallet_mesh
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart
from simgen.models.palette import CARDBOARD, GALVANISED, WOOD
from simgen.rng import Stream

BLUE = Material("racking blue", (0.015, 0.065, 0.30), roughness=0.45)
BEAM_ORANGE = Material("racking orange", (0.72, 0.17, 0.01), roughness=0.45)
SLOT_HOLE = Material("perforation", (0.012, 0.012, 0.014), roughness=0.95)
BIN_COLORS = ((0.02, 0.10, 0.42), (0.45, 0.03, 0.03), (0.50, 0.36, 0.02), (0.06, 0.20, 0.07))
CARTON_TONES = (1.0, 0.84, 1.16, 0.70)

_POST = 0.09
_BEAM = 0.11
_FIRST_BEAM_TOP = 0.24
_PALLET_HEIGHT = 0.144


@register_model("shelf")
def shelf(length_m: float = 2.7, depth_m: float = 1.0, height_m: float = 4.0, seed: int = 0) -> Model:
    """One bay of pallet racking along x, loaded with pallets of cartons, loose cartons and bins.

    Args:
        length_m: over the uprights, 1.2 to 4.
        depth_m: over the uprights, 0.5 to 1.4; whole pallets are stored from 0.9 on.
        height_m: of the uprights, 1.5 to 8.
        seed: whole number; another seed is another load.

    Raises:
        UserError: a measure is outside its range.
    """
    limits = {
        "length_m": (length_m, 1.2, 4.0),
        "depth_m": (depth_m, 0.5, 1.4),
        "height_m": (height_m, 1.5, 8.0),
    }
    for name, (value, low, high) in limits.items():
        if not low <= value <= high:
            raise UserError(f"shelf: {name} must be {low:g} to {high:g}, not {value:g}")
    tops = _levels(height_m)
    pitch = (height_m - _FIRST_BEAM_TOP) / len(tops)
    pieces = _frames(length_m, depth_m, height_m)
    shapes = [
        Shape(
            "box",
            (sx * 0.5 * (length_m - _POST), sy * 0.5 * (depth_m - _POST), 0.5 * height_m),
            size_m=(_POST, _POST, height_m),
        )
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    stream = Stream(seed, 0, "models.shelf")
    for k, top in enumerate(tops):
        pieces.append(_level(length_m, depth_m, top))
        shapes.append(Shape("box", (0.0, 0.0, top - 0.5 * _BEAM), size_m=(length_m, depth_m, _BEAM)))
        for mesh in _load(length_m - 2 * _POST, depth_m, pitch - _BEAM - 0.08, stream.child(f"level{k}")):
            placed = g.transformed(mesh, translation_m=(0.0, 0.0, top))
            pieces.append(placed)
            size, center = outer_box([placed])
            shapes.append(Shape("box", center, size_m=size))
    mesh = g.merge(pieces)
    size, center = outer_box([mesh])
    return Model(
        name="shelf",
        class_name="shelf",
        parts=(ModelPart("body", mesh),),
        collision=tuple(shapes),
        mass_kg=120.0 + 450.0 * len(tops),
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, 0.45 * height_m),
        dynamic=False,
        friction=0.6,
    )


def _levels(height: float) -> list[float]:
    """Heights of the tops of the decks, evenly spaced, about 1.25 m apart."""
    count = max(1, round((height - _FIRST_BEAM_TOP) / 1.25))
    pitch = (height - _FIRST_BEAM_TOP) / count
    return [_FIRST_BEAM_TOP + k * pitch for k in range(count)]


# --- steel ------------------------------------------------------------------------------------------------


def _frames(length: float, depth: float, height: float) -> list[Mesh]:
    """Two end frames: perforated uprights on foot plates, joined by horizontal and diagonal braces."""
    pieces = []
    x0, y0 = 0.5 * (length - _POST), 0.5 * (depth - _POST)
    for sx in (-1.0, 1.0):
        for sy in (-1.0, 1.0):
            post = g.transformed(_upright(height), rotation=g.rotation_z(0.0 if sy < 0 else math.pi))
            pieces.append(g.transformed(post, translation_m=(sx * x0, sy * y0, 0.0)))
            plate = (length - _POST) * 0.5 + 0.5 * _POST - 0.065
            pieces.append(g.box((0.13, 0.13, 0.008), GALVANISED, (sx * plate, sy * (0.5 * depth - 0.065), 0.004)))
        rungs = np.linspace(0.20, height - 0.15, max(2, round(height / 0.9)) + 1)
        for k, z in enumerate(rungs):
            pieces.append(_brace((sx * x0, -y0, z), (sx * x0, y0, z)))
            if k + 1 < len(rungs):
                s = -1.0 if k % 2 else 1.0
                pieces.append(_brace((sx * x0, -s * y0, z + 0.03), (sx * x0, s * y0, float(rungs[k + 1]) - 0.03)))
    return pieces


def _upright(height: float) -> Mesh:
    """A square post whose face towards -y (the aisle) carries two columns of dark slots."""
    h = 0.5 * _POST
    holes: list[Inset] = []
    for z in np.arange(0.10, height - 0.08, 0.15):
        holes += [(c - 0.007, float(z), c + 0.007, float(z) + 0.045, SLOT_HOLE) for c in (0.028, 0.062)]
    faces = [Face((-h, -h, 0.0), (1, 0, 0), (0, 0, 1), (_POST, height), holes)]
    for origin, u in (((h, -h, 0.0), (0, 1, 0)), ((h, h, 0.0), (-1, 0, 0)), ((-h, h, 0.0), (0, -1, 0))):
        faces.append(Face(origin, u, (0, 0, 1), (_POST, height)))
    faces.append(Face((-h, -h, height), (1, 0, 0), (0, 1, 0), (_POST, _POST)))
    return inlaid(faces, BLUE)


def _brace(a: tuple[float, float, float], b: tuple[float, float, float]) -> Mesh:
    """A galvanised channel between two points of a frame (in its plane)."""
    (_, y0, z0), (_, y1, z1) = a, b
    bar = g.box((0.028, 0.040, math.hypot(y1 - y0, z1 - z0)), GALVANISED)
    turn = g.rotation_x(-math.atan2(y1 - y0, z1 - z0))
    return g.transformed(bar, rotation=turn, translation_m=(a[0], 0.5 * (y0 + y1), 0.5 * (z0 + z1)))


def _level(length: float, depth: float, top: float) -> Mesh:
    """Two orange beams with their end plates and a slatted wooden deck between them."""
    pieces = []
    deck = 0.018
    for sy in (-1.0, 1.0):
        y = sy * (0.5 * depth - 0.028)
        pieces.append(g.box((length - 2 * _POST, 0.05, _BEAM), BEAM_ORANGE, (0.0, y, top - 0.5 * _BEAM)))
        for sx in (-1.0, 1.0):
            plate = (sx * (0.5 * length - _POST + 0.004), y, top - 0.5 * _BEAM - 0.02)
            pieces.append(g.box((0.008, 0.055, 0.19), BEAM_ORANGE, plate))
    count = max(3, round(length / 0.26))
    step = (length - 2 * _POST) / count
    board = g.box((depth - 0.115, 0.72 * step, deck), WOOD)
    board = g.transformed(board, rotation=g.rotation_z(0.5 * math.pi))
    for k in range(count):
        x = (k + 0.5) * step - 0.5 * (length - 2 * _POST)
        plank = another_cut(board, k)
        pieces.append(g.transformed(plank, translation_m=(x, 0.0, top - 0.5 * deck - 0.004)))
    return g.merge(pieces)


# --- goods ------------------------------------------------------------------------------------------------


def _load(length: float, depth: float, clear: float, stream: Stream) -> list[Mesh]:
    """What stands on one level, left to right, each piece with its base at z = 0; some places stay empty."""
    places = max(1, int(length / 1.21))
    width = length / places
    out = []
    for k in range(places):
        s = stream.child(f"place{k}")
        kind = s.uniform("kind")
        if kind < 0.10:
            continue
        if kind < 0.62 and depth >= 0.9 and width >= 1.2:
            mesh = _loaded_pallet(clear, s)
        elif kind < 0.88:
            mesh = _loose_cartons(width - 0.08, depth - 0.12, clear, s)
        else:
            mesh = _bins(width - 0.10, depth - 0.14, clear, s)
        jitter = 0.02 * (s.uniform("y") - 0.5)
        out.append(g.transformed(mesh, translation_m=((k + 0.5) * width - 0.5 * length, jitter, 0.0)))
    return out


def _tone(stream: Stream, name: str) -> Material:
    tone = CARTON_TONES[int(stream.uniform(name) * len(CARTON_TONES))]
    a = CARDBOARD.albedo
    return replace(CARDBOARD, albedo=(a[0] * tone, a[1] * tone, a[2] * tone), slot="")


def _loaded_pallet(clear: float, stream: Stream) -> Mesh:
    """A EUR pallet with a full block of equal cartons; the last layer may be broken."""
    nx = 2 + int(3 * stream.uniform("nx"))
    ny = 2 + int(1.5 * stream.uniform("ny"))
    lx, ly = 1.18 / nx, 0.78 / ny
    lz = 0.20 + 0.20 * stream.uniform("lz")
    most = max(1, int((clear - _PALLET_HEIGHT) / lz))
    layers = max(1, math.ceil(most * (0.35 + 0.65 * stream.uniform("layers"))))
    missing = int(stream.uniform("missing") * nx) if layers > 1 else 0
    one = carton((lx - 0.006, ly - 0.006, lz - 0.003), _tone(stream, "tone"), printed=False)
    pieces = [pallet_mesh()]
    for i, j, k in np.ndindex(nx, ny, layers):
        if k == layers - 1 and i >= nx - missing and j == 0:
            continue
        at = ((i + 0.5) * lx - 0.59, (j + 0.5) * ly - 0.39, _PALLET_HEIGHT + k * lz)
        pieces.append(g.transformed(one, translation_m=at))
    return g.merge(pieces)


def _loose_cartons(width: float, depth: float, clear: float, stream: Stream) -> Mesh:
    """Columns of cartons of differing sizes side by side, slightly askew."""
    pieces = []
    x, k = -0.5 * width, 0
    while True:
        s = stream.child(f"column{k}")
        lx = 0.28 + 0.34 * s.uniform("lx")
        if x + lx > 0.5 * width:
            break
        ly = depth * (0.55 + 0.40 * s.uniform("ly"))
        base = 0.0
        for layer in range(1 + int(3 * s.uniform("layers"))):
            lz = 0.20 + 0.28 * s.uniform(f"lz{layer}")
            if base + lz > clear:
                break
            shrink = 1.0 - 0.10 * layer
            one = carton(((lx - 0.03) * shrink, ly * shrink, lz), _tone(s, f"tone{layer}"), printed=False)
            turn = g.rotation_z(0.06 * (s.uniform(f"turn{layer}") - 0.5))
            front = -0.5 * depth + 0.5 * ly + 0.02
            pieces.append(g.transformed(one, rotation=turn, translation_m=(x + 0.5 * lx, front, base)))
            base += lz
        x += lx
        k += 1
    return g.merge(pieces)


def _bins(width: float, depth: float, clear: float, stream: Stream) -> Mesh:
    """Stacks of plastic bins with a rim, three side by side."""
    count = max(1, int(width / 0.40))
    pieces = []
    for i in range(count):
        color = BIN_COLORS[int(stream.uniform(f"color{i}") * len(BIN_COLORS))]
        plastic = Material("plastic bin", color, roughness=0.5)
        for k in range(min(1 + int(3 * stream.uniform(f"stack{i}")), max(1, int(clear / 0.30)))):
            x = (i + 0.5) * width / count - 0.5 * width
            body = g.box((0.34, depth * 0.86, 0.24), plastic, (x, 0.0, 0.12 + 0.29 * k))
            rim = g.box((0.37, depth * 0.90, 0.05), plastic, (x, 0.0, 0.265 + 0.29 * k))
            pieces += [body, rim]
    return g.merge(pieces)
