"""Road works furniture: cone, striped barrier, concrete barrier."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import Floats, outer_box
from simgen.models.mesh import LampMount, Material, Mesh, Shape
from simgen.models.model import Model, ModelPart, Yielding
from simgen.models.palette import CONCRETE, INDICATOR_LENS, TRIM

ORANGE = Material("cone orange", (0.75, 0.105, 0.012), roughness=0.55)
REFLECTIVE_WHITE = Material("reflective white", (0.82, 0.82, 0.80), roughness=0.35)
BOARD_RED = Material("reflective red", (0.52, 0.018, 0.018), roughness=0.4)
LAMP_YELLOW = Material("lamp housing", (0.72, 0.42, 0.02), roughness=0.5)
POST_STEEL = Material("galvanised post", (0.42, 0.43, 0.45), roughness=0.5, metallic=0.6)
BASE_RUBBER = Material("recycled rubber", (0.030, 0.030, 0.031), roughness=0.95, pattern="rubber", contrast=0.3)

_PVC_DENSITY = 1300.0
_RECYCLED_RUBBER_DENSITY = 1150.0
_CONCRETE_DENSITY = 2400.0


@register_model("cone")
def cone(height_m: float = 0.75) -> Model:
    """A traffic cone with two reflective bands on a square rubber foot.

    Args:
        height_m: 0.3 to 1.2.

    Raises:
        UserError: the height is outside its range.
    """
    if not 0.3 <= height_m <= 1.2:
        raise UserError(f"cone: height_m must be 0.3 to 1.2, not {height_m:g}")
    h = height_m
    profile = np.array(  # share of the height: radius, z; a band ends where a colour changes
        [
            (0.205, 0.055),
            (0.192, 0.075),
            (0.176, 0.13),
            (0.150, 0.33),
            (0.126, 0.50),
            (0.108, 0.63),
            (0.089, 0.77),
            (0.060, 0.985),
            (0.054, 1.0),
            (0.044, 0.997),
            (0.042, 0.96),
        ]
    )
    bands = (
        (0, 3, ORANGE),
        (3, 4, REFLECTIVE_WHITE),
        (4, 5, ORANGE),
        (5, 6, REFLECTIVE_WHITE),
        (6, 10, ORANGE),
    )
    smooth = g.lathe(profile * h, ORANGE, 32, caps=False)
    pieces = [_rows_of_lathe(smooth, 32, len(profile), first, last, m) for first, last, m in bands]
    hole = g.polygon([(0.042 * h * math.cos(a), 0.042 * h * math.sin(a), 0.96 * h) for a in _turn(16)], TRIM)
    half, thick = 0.265 * h, 0.055 * h
    foot = g.merge([_chamfered_slab(half, thick, 0.25 * thick, 0.14 * h), hole])
    mesh = g.merge([*pieces, foot])
    size, center = outer_box([mesh])
    ring = [(0.19 * h * math.cos(a), 0.19 * h * math.sin(a), thick) for a in _turn(12)]
    tip = [(0.055 * h * math.cos(a), 0.055 * h * math.sin(a), h) for a in _turn(12)]
    shapes = (
        Shape("box", (0.0, 0.0, 0.5 * thick), size_m=(2 * half, 2 * half, thick)),
        Shape("hull", points_m=np.array(ring + tip, np.float32)),
    )
    mass = 4.3 * (h / 0.75) ** 2
    frustum = math.pi / 3.0 * (h - thick) * h * h * (0.19**2 + 0.19 * 0.055 + 0.055**2)
    return Model(
        name="cone",
        class_name="cone",
        parts=(ModelPart("body", mesh),),
        collision=shapes,
        mass_kg=mass,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, 0.17 * h),
        displaced_volume_fraction=mass / _PVC_DENSITY / (frustum + 4 * half * half * thick),
        friction=0.8,
        yielding=Yielding(strength_n=10e3),
    )


def _turn(count: int) -> list[float]:
    return [2.0 * math.pi * k / count for k in range(count)]


def _rows_of_lathe(mesh: Mesh, segments: int, rows: int, first: int, last: int, material: Material) -> Mesh:
    """The part of an open lathe between two rows of its profile, with the normals of the whole."""
    v = mesh.vertices_m.reshape(segments + 1, rows, 3)[:, first : last + 1]
    n = mesh.normals.reshape(segments + 1, rows, 3)[:, first : last + 1]
    uv = mesh.uv_m.reshape(segments + 1, rows, 2)[:, first : last + 1]
    strip = g.surface(v.astype(np.float64), material, uv.astype(np.float64))
    return Mesh(strip.vertices_m, n.reshape(-1, 3), strip.uv_m, strip.faces, strip.face_material, (material,))


def _chamfered_slab(half: float, thick: float, bevel: float, hole: float) -> Mesh:
    """A square slab on the ground with its top edge bevelled and a round hole (hidden under the cone)."""
    low = [(-half, -half), (half, -half), (half, half), (-half, half)]
    top = [(x * (1 - bevel / half), y * (1 - bevel / half)) for x, y in low]
    rings = [[(*p, z) for p in ring] for ring, z in ((low, 0.0), (low, thick - bevel), (top, thick))]
    sides = [[a[k], a[(k + 1) % 4], b[(k + 1) % 4], b[k]] for a, b in pairwise(rings) for k in range(4)]
    sides.append(rings[0][::-1])
    square = rings[2]
    inner = [(hole * math.cos(a), hole * math.sin(a), thick) for a in (-2.356194, -0.785398, 0.785398, 2.356194)]
    sides += [[square[k], square[(k + 1) % 4], inner[(k + 1) % 4], inner[k]] for k in range(4)]
    return g.mesh_of_quads(sides, BASE_RUBBER)


# --- barriers ---------------------------------------------------------------------------------------------


@register_model("barrier")
def barrier(width_m: float = 2.0) -> Model:
    """A work-zone barrier: two striped boards across the road (along y) on two feet, with an amber lamp.

    Args:
        width_m: length of the boards, 1 to 4.

    Raises:
        UserError: the width is outside its range.
    """
    if not 1.0 <= width_m <= 4.0:
        raise UserError(f"barrier: width_m must be 1 to 4, not {width_m:g}")
    w = width_m
    boards = ((0.76, 1.01), (0.38, 0.53))
    y_post = 0.5 * w - 0.22
    pieces = [_striped_board(w, low, high) for low, high in boards]
    for y in (-y_post, y_post):
        pieces.append(g.box((0.04, 0.04, 0.98), POST_STEEL, (-0.036, y, 0.56)))
        pieces.append(_foot(y))
    pieces.append(_warning_lamp())
    mesh = g.merge(pieces)
    size, center = outer_box([mesh])
    shapes = [Shape("box", (0.0, 0.0, 0.5 * (a + b)), size_m=(0.032, w, b - a)) for a, b in boards]
    for y in (-y_post, y_post):
        shapes.append(Shape("box", (-0.036, y, 0.56), size_m=(0.04, 0.04, 0.98)))
        shapes.append(Shape("box", (0.0, y, 0.05), size_m=(0.80, 0.13, 0.10)))
    mass = 24.0 + 4.5 * w
    volume = sum(math.prod(s.size_m) for s in shapes)
    lens_z = 1.155
    return Model(
        name="barrier",
        class_name="barrier",
        parts=(ModelPart("body", mesh),),
        collision=tuple(shapes),
        mass_kg=mass,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, 0.27),
        displaced_volume_fraction=mass / _RECYCLED_RUBBER_DENSITY / volume,
        friction=0.8,
        yielding=Yielding(strength_n=10e3),
        lamps=tuple(
            LampMount("indicator", (sx * 0.075, 0.0, lens_z), (sx, 0.0, 0.0), 180.0, (2.05, 0.78, 0.05))
            for sx in (1.0, -1.0)
        ),
    )


def _striped_board(width: float, low: float, high: float) -> Mesh:
    """A plank across y whose two faces carry red and white stripes at 45 degrees, as separate polygons."""
    t, half, pitch = 0.016, 0.5 * width, 0.20
    quads = [
        [(-t, -half, low), (-t, half, low), (t, half, low), (t, -half, low)],
        [(-t, -half, high), (t, -half, high), (t, half, high), (-t, half, high)],
        [(-t, -half, low), (t, -half, low), (t, -half, high), (-t, -half, high)],
        [(t, half, low), (-t, half, low), (-t, half, high), (t, half, high)],
    ]
    pieces = [g.mesh_of_quads(quads, REFLECTIVE_WHITE)]
    rectangle = np.array([(-half, low), (half, low), (half, high), (-half, high)])
    first, last = math.floor((-half + low) / pitch), math.ceil((half + high) / pitch)
    for k in range(first, last):
        stripe = _clipped(_clipped(rectangle, k * pitch, 1.0), -(k + 1) * pitch, -1.0)
        if len(stripe) < 3:
            continue
        material = BOARD_RED if k % 2 else REFLECTIVE_WHITE
        front = np.column_stack([np.full(len(stripe), t), stripe])
        pieces.append(g.polygon(front, material))
        pieces.append(g.polygon((front * [-1.0, 1.0, 1.0])[::-1], material))
    return g.merge(pieces)


def _clipped(polygon: Floats, limit: float, sign: float) -> Floats:
    """The part of a convex polygon in (y, z) where sign * (y + z) >= limit, without double corners."""
    out: list[Floats] = []
    for a, b in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        da, db = sign * a.sum() - limit, sign * b.sum() - limit
        if da >= 0.0:
            out.append(a)
        if (da > 0.0) != (db > 0.0) and abs(da - db) > 1e-12:
            out.append(a + (b - a) * (da / (da - db)))
    kept = [p for k, p in enumerate(out) if np.linalg.norm(p - out[k - 1]) > 1e-6]
    return np.array(kept).reshape(-1, 2)


def _foot(y: float) -> Mesh:
    outline = [(-0.40, 0.0), (0.40, 0.0), (0.40, 0.05), (0.32, 0.10), (-0.32, 0.10), (-0.40, 0.05)]
    return g.extrude(outline, y - 0.065, y + 0.065, BASE_RUBBER)


def _warning_lamp() -> Mesh:
    """A yellow battery box above the top board with a round amber lens to either side."""
    rim = g.lathe([(0.0, 0.0), (0.097, 0.0), (0.097, 0.05), (0.088, 0.055)], LAMP_YELLOW, 24, "x", caps=False)
    lens = g.lathe([(0.088, 0.055), (0.082, 0.066), (0.055, 0.076), (0.0, 0.081)], INDICATOR_LENS, 24, "x", caps=False)
    side = g.transformed(g.merge([rim, lens]), translation_m=(0.0, 0.0, 1.155))
    back = g.transformed(side, rotation=g.rotation_z(math.pi))
    return g.merge([side, back, g.box((0.085, 0.15, 0.075), LAMP_YELLOW, (0.0, 0.0, 1.0475))])


@register_model("barrier.concrete")
def concrete_barrier(length_m: float = 3.0) -> Model:
    """A New Jersey safety barrier along x: 813 mm high, 610 mm wide (FHWA profile: 55 and 84 degree faces).

    Args:
        length_m: 1 to 6.

    Raises:
        UserError: the length is outside its range.
    """
    if not 1.0 <= length_m <= 6.0:
        raise UserError(f"barrier.concrete: length_m must be 1 to 6, not {length_m:g}")
    half, notch = 0.5 * length_m, 0.18
    side = [(0.305, 0.0), (0.305, 0.076), (0.127, 0.330), (0.078, 0.795), (0.062, 0.813)]
    whole = np.array(side + [(-x, z) for x, z in side[::-1]])
    raised = whole.copy()
    raised[[0, -1], 1] = 0.07  # forklift and drainage openings under the edge
    raised[[1, -2], 1] = 0.076
    cuts = [-half, -0.5 * half - notch, -0.5 * half + notch, 0.5 * half - notch, 0.5 * half + notch, half]
    pieces = [
        g.extrude(raised if k % 2 else whole, a, b, CONCRETE, smooth_deg=5.0) for k, (a, b) in enumerate(pairwise(cuts))
    ]
    for y in np.linspace(-half + 0.4, half - 0.4, max(2, round(length_m))):
        for turn in (0.0, math.pi):
            reflector = g.box((0.012, 0.10, 0.06), LAMP_YELLOW, (0.106, y if turn == 0.0 else -y, 0.58))
            pieces.append(g.transformed(reflector, rotation=g.rotation_z(turn)))
    mesh = g.transformed(g.merge(pieces), rotation=g.rotation_z(-0.5 * math.pi))
    size, center = outer_box([mesh])
    shapes = (_prism(whole[[0, 1, 2, -3, -2, -1]], half), _prism(whole[2:-2], half))
    x, z = whole[:, 0], whole[:, 1]
    cross = x * np.roll(z, -1) - np.roll(x, -1) * z
    area = 0.5 * float(cross.sum())
    com_z = float(((z + np.roll(z, -1)) * cross).sum()) / (6.0 * area)
    return Model(
        name="barrier.concrete",
        class_name="barrier",
        parts=(ModelPart("body", mesh),),
        collision=shapes,
        mass_kg=_CONCRETE_DENSITY * area * length_m,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, com_z),
        friction=0.7,
    )


def _prism(yz: Floats, half: float) -> Shape:
    points = [(x, y, z) for x in (-half, half) for y, z in yz]
    return Shape("hull", points_m=np.array(points, np.float32))
