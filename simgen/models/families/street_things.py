"""What stands on pavements: benches, litter bins, hydrants, post boxes, bus stops and bollards.

They look along +x, to the road where they stand at its edge. Measures are those of catalogues of street furniture and
of EN 14339 (hydrants); a bench and a bin can be knocked over, the rest is anchored in the ground.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import outer_box
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart, Yielding
from simgen.models.palette import GALVANISED, STEEL, TRIM

SLATS = Material("bench slats", (0.28, 0.17, 0.09), (0.20, 0.12, 0.06), roughness=0.7, pattern="wood", contrast=0.5)
IRON = Material("cast iron", (0.028, 0.032, 0.030), roughness=0.55)
BIN = Material("litter bin", (0.05, 0.09, 0.06), roughness=0.5, coat=0.2, slot="bin")
LINER = Material("bin opening", (0.012, 0.012, 0.012), roughness=0.9)
HYDRANT = Material("hydrant paint", (0.45, 0.02, 0.015), roughness=0.4, coat=0.5, slot="hydrant")
POST_BOX = Material("post box paint", (0.45, 0.02, 0.015), roughness=0.35, coat=0.7, slot="post_box")
NOTICE = Material("notice", (0.70, 0.70, 0.66), roughness=0.5)
PANES = Material("shelter pane", (0.30, 0.34, 0.35), roughness=0.08, coat=0.8)
STOP_GREEN = Material("stop sign, green", (0.02, 0.22, 0.08), roughness=0.4)
STOP_YELLOW = Material("stop sign, yellow", (0.72, 0.50, 0.02), roughness=0.4)
BOLLARD = Material("bollard", (0.035, 0.038, 0.040), roughness=0.45, coat=0.3)
BAND = Material("bollard band", (0.78, 0.78, 0.76), roughness=0.4)


def _thing(
    name: str,
    pieces: Sequence[Mesh],
    shapes: tuple[Shape, ...],
    mass_kg: float,
    low_share: float,
    *,
    loose: bool = False,
    strength_n: float = 0.0,
) -> Model:
    """A model whose centre of mass is at `low_share` of its height over the middle of its footprint."""
    mesh = g.merge(pieces)
    size, center = outer_box([mesh])
    shift = (-center[0], -center[1], 0.0)
    mesh = g.transformed(mesh, translation_m=shift)
    moved = tuple(
        Shape(s.kind, (s.center_m[0] + shift[0], s.center_m[1] + shift[1], s.center_m[2]), s.quat_xyzw, s.size_m)
        for s in shapes
    )
    slots = tuple(dict.fromkeys(m.slot for m in mesh.materials if m.slot))
    return Model(
        name=name,
        class_name="street_furniture",
        parts=(ModelPart("body", mesh),),
        collision=moved,
        mass_kg=mass_kg,
        size_m=size,
        box_center_m=(0.0, 0.0, center[2]),
        center_of_mass_m=(0.0, 0.0, low_share * size[2]),
        dynamic=loose,
        displaced_volume_fraction=0.5,
        friction=0.6,
        slots=slots,
        yielding=Yielding(strength_n=strength_n) if strength_n else None,
    )


def _within(name: str, what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UserError(f"{name}: {what} must be {low:g} to {high:g}, not {value:g}")


@register_model("street.bench")
def bench(length_m: float = 1.8) -> Model:
    """A bench of wooden slats on cast-iron ends, 65 kg, that looks along +x.

    Args:
        length_m: along y, 1 to 3.

    Raises:
        UserError: the length is outside its range.
    """
    _within("street.bench", "length_m", length_m, 1.0, 3.0)
    return _thing("street.bench", *_bench(length_m), 36.0 * length_m, 0.42, loose=True, strength_n=12e3)


def _bench(length_m: float) -> tuple[list[Mesh], tuple[Shape, ...]]:
    pieces = [g.box((0.085, length_m, 0.035), SLATS, (x, 0.0, 0.445)) for x in (0.21, 0.105, 0.0, -0.105)]
    lean = g.rotation_y(-0.22)
    for up in (0.13, 0.25, 0.37):
        slat = g.transformed(g.box((0.030, length_m, 0.085), SLATS), rotation=lean)
        pieces.append(g.transformed(slat, translation_m=(-0.165 - 0.22 * up, 0.0, 0.44 + up)))
    for y in (-0.5 * length_m + 0.22, 0.5 * length_m - 0.22):
        pieces += [
            g.box((0.42, 0.05, 0.045), IRON, (0.045, y, 0.405)),
            g.box((0.045, 0.05, 0.385), IRON, (0.20, y, 0.1925)),
            g.box((0.045, 0.05, 0.385), IRON, (-0.13, y, 0.1925)),
            g.transformed(g.box((0.035, 0.05, 0.52), IRON), rotation=lean, translation_m=(-0.215, y, 0.66)),
            g.box((0.36, 0.04, 0.035), IRON, (0.03, y, 0.62)),
            g.box((0.035, 0.04, 0.20), IRON, (0.19, y, 0.52)),
        ]
    shapes = (
        Shape("box", (0.045, 0.0, 0.23), size_m=(0.42, length_m, 0.46)),
        Shape("box", (-0.22, 0.0, 0.62), size_m=(0.12, length_m, 0.40)),
    )
    return pieces, shapes


@register_model("street.bin")
def bin_() -> Model:
    """A litter bin of 50 l on a post, 28 kg."""
    return _thing("street.bin", *_bin(), 28.0, 0.48, loose=True, strength_n=6e3)


def _bin() -> tuple[list[Mesh], tuple[Shape, ...]]:
    shell = [(0.175, 0.38), (0.205, 0.40), (0.215, 0.86), (0.20, 0.875)]
    lid = [(0.225, 0.965), (0.225, 0.985), (0.12, 1.04), (0.0, 1.05)]
    struts = [
        g.box((0.02, 0.02, 0.11), IRON, (0.17 * c, 0.17 * s, 0.92)) for c, s in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    pieces = [
        g.cylinder(0.16, 0.03, IRON, 10),
        g.transformed(g.cylinder(0.04, 0.40, IRON, 8), translation_m=(0.0, 0.0, 0.20)),
        g.lathe(shell, BIN, 14),
        g.transformed(g.cylinder(0.185, 0.01, LINER, 14), translation_m=(0.0, 0.0, 0.876)),
        g.lathe(lid, BIN, 14),
        *struts,
    ]
    pieces[0] = g.transformed(pieces[0], translation_m=(0.0, 0.0, 0.015))
    shapes = (
        Shape("cylinder", (0.0, 0.0, 0.70), size_m=(0.215, 0.215, 0.66)),
        Shape("cylinder", (0.0, 0.0, 0.19), size_m=(0.16, 0.16, 0.38)),
    )
    return pieces, shapes


@register_model("street.hydrant")
def hydrant() -> Model:
    """A pillar hydrant with two outlets and a bonnet, 0.78 m (EN 14384, DN 80), anchored."""
    return _thing("street.hydrant", *_hydrant(), 75.0, 0.45)


def _hydrant() -> tuple[list[Mesh], tuple[Shape, ...]]:
    body = [(0.15, 0.0), (0.15, 0.03), (0.095, 0.05), (0.090, 0.48), (0.125, 0.50), (0.125, 0.54), (0.115, 0.62),
            (0.075, 0.70), (0.035, 0.72), (0.035, 0.78), (0.0, 0.78)]  # fmt: skip
    side = g.merge(
        [
            g.transformed(g.cylinder(0.055, 0.10, HYDRANT, 8, "y"), translation_m=(0.0, 0.13, 0.42)),
            g.transformed(g.cylinder(0.065, 0.035, IRON, 8, "y"), translation_m=(0.0, 0.19, 0.42)),
        ]
    )
    front = g.transformed(g.cylinder(0.075, 0.09, IRON, 10, "x"), translation_m=(0.125, 0.0, 0.36))
    pieces = [g.lathe(body, HYDRANT, 12), side, g.transformed(side, scale=(1.0, -1.0, 1.0)), front]
    return pieces, (Shape("cylinder", (0.0, 0.0, 0.39), size_m=(0.125, 0.125, 0.78)),)


@register_model("street.post_box")
def post_box() -> Model:
    """A pillar box with its slot towards +x, 1.35 m, anchored."""
    return _thing("street.post_box", *_post_box(), 90.0, 0.48)


def _post_box() -> tuple[list[Mesh], tuple[Shape, ...]]:
    base = g.box((0.40, 0.48, 0.10), IRON, (0.0, 0.0, 0.05))
    body = g.box((0.36, 0.44, 1.16), POST_BOX, (0.0, 0.0, 0.68))
    a = np.linspace(0.0, math.pi, 9)
    arch = [(0.20 * math.cos(t), 1.26 + 0.09 * math.sin(t)) for t in a]
    roof = g.extrude(arch, -0.235, 0.235, POST_BOX)
    pieces = [
        base,
        body,
        roof,
        g.box((0.012, 0.26, 0.035), LINER, (0.182, 0.0, 1.16)),
        g.box((0.03, 0.30, 0.02), IRON, (0.19, 0.0, 1.195)),
        g.box((0.008, 0.16, 0.20), NOTICE, (0.183, 0.0, 0.98)),
        g.box((0.006, 0.34, 0.46), POST_BOX, (0.183, 0.0, 0.52)),
        g.box((0.014, 0.02, 0.05), IRON, (0.186, 0.14, 0.55)),
    ]
    return pieces, (Shape("box", (0.0, 0.0, 0.67), size_m=(0.40, 0.47, 1.34)),)


@register_model("street.bus_stop")
def bus_stop(length_m: float = 3.6) -> Model:
    """A shelter of panes on posts, open to +x, with a bench and the sign of the stop at its end, anchored.

    Args:
        length_m: of the shelter along y, 2.4 to 5.

    Raises:
        UserError: the length is outside its range.
    """
    _within("street.bus_stop", "length_m", length_m, 2.4, 5.0)
    return _thing("street.bus_stop", *_bus_stop(length_m), 420.0, 0.45)


def _bus_stop(length_m: float) -> tuple[list[Mesh], tuple[Shape, ...]]:
    half, depth, high = 0.5 * length_m, 1.45, 2.35
    back, count = -0.5 * depth + 0.04, max(2, round(length_m / 1.2))
    edges = np.linspace(-half + 0.04, half - 0.04, count + 1)
    pieces = [g.box((depth + 0.25, length_m + 0.2, 0.09), TRIM, (0.06, 0.0, high + 0.045))]
    shapes = [Shape("box", (0.06, 0.0, high + 0.045), size_m=(depth + 0.25, length_m + 0.2, 0.09))]
    for y in edges:
        pieces.append(g.box((0.07, 0.07, high), STEEL, (back, float(y), 0.5 * high)))
    for a, b in pairwise(edges):
        pieces.append(g.box((0.014, float(b - a) - 0.09, 1.85), PANES, (back, 0.5 * float(a + b), 1.18)))
    shapes.append(Shape("box", (back, 0.0, 0.5 * high), size_m=(0.07, length_m, high)))
    for y in (float(edges[0]), float(edges[-1])):
        pieces.append(g.box((0.85, 0.014, 1.85), PANES, (back + 0.50, y, 1.18)))
        pieces.append(g.box((0.06, 0.06, high), STEEL, (back + 0.95, y, 0.5 * high)))
        shapes.append(Shape("box", (back + 0.49, y, 0.5 * high), size_m=(0.98, 0.06, high)))
    pieces.append(g.box((0.34, length_m - 1.0, 0.05), SLATS, (back + 0.26, 0.0, 0.47)))
    pieces += [g.box((0.30, 0.05, 0.45), IRON, (back + 0.22, y, 0.225)) for y in (-half + 0.8, half - 0.8)]
    shapes.append(Shape("box", (back + 0.24, 0.0, 0.25), size_m=(0.38, length_m - 1.0, 0.50)))
    at = (0.5 * depth - 0.10, half + 0.45)
    ring = [(0.21, -0.015), (0.21, 0.015)]
    for material, grow, x in ((STOP_GREEN, 1.0, 0.0), (STOP_YELLOW, 0.82, 0.004), (STOP_GREEN, 0.30, 0.008)):
        disc = g.lathe([(r * grow, z + math.copysign(x, z)) for r, z in ring], material, 20, "y")
        pieces.append(g.transformed(disc, translation_m=(at[0], at[1], 2.55)))
    pieces.append(g.transformed(g.cylinder(0.035, 2.5, GALVANISED, 10), translation_m=(*at, 1.25)))
    pieces.append(g.box((0.03, 0.30, 0.42), NOTICE, (at[0] + 0.04, at[1], 1.45)))
    shapes.append(Shape("cylinder", (*at, 1.38), size_m=(0.035, 0.035, 2.76)))
    return pieces, tuple(shapes)


@register_model("street.bollard")
def bollard(height_m: float = 0.9) -> Model:
    """A steel bollard with a bright band, anchored.

    Args:
        height_m: 0.4 to 1.3.

    Raises:
        UserError: the height is outside its range.
    """
    _within("street.bollard", "height_m", height_m, 0.4, 1.3)
    return _thing("street.bollard", *_bollard(height_m), 22.0 * height_m / 0.9, 0.48)


def _bollard(height_m: float) -> tuple[list[Mesh], tuple[Shape, ...]]:
    h = height_m
    pieces = [
        g.lathe(
            [(0.075, 0.0), (0.075, 0.02), (0.052, 0.035), (0.050, h - 0.05), (0.035, h - 0.012), (0.0, h)], BOLLARD, 14
        ),
        g.lathe([(0.0525, h - 0.20), (0.0525, h - 0.12)], BAND, 10, caps=False),
    ]
    return pieces, (Shape("cylinder", (0.0, 0.0, 0.5 * h), size_m=(0.052, 0.052, h)),)
