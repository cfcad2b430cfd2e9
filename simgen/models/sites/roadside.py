"""Road furniture: street lamps, guard rails, delineators and signs.

Everything is built for the right-hand side of a road along +x: it stands at negative y and looks at the
road on its left (+y). `simgen.models.sites.assembly.placed` turns it for the other side.
"""

from __future__ import annotations

import numpy as np

from simgen.models.geometry import (
    box,
    cylinder,
    lathe,
    merge,
    mesh_of_quads,
    surface,
    transformed,
)
from simgen.models.mesh import LampMount, Material, Mesh, Shape
from simgen.models.palette import GALVANISED, TRIM
from simgen.models.sites.assembly import Fixture
from simgen.models.sites.lighting import WARM_WHITE

LAMP_HEIGHT_M = 8.0
ARM_M = 2.0
STREET_LENS = Material(
    "street lamp lens", (0.6, 0.6, 0.58), roughness=0.2, emission_cd_m2=(1.46e4, 1.17e4, 6.7e3), lamp="street"
)
POST_WHITE = Material("white post", (0.72, 0.72, 0.70), roughness=0.5)
POST_BLACK = Material("black band", (0.02, 0.02, 0.02), roughness=0.6)
REFLECTOR = Material("reflector", (0.85, 0.85, 0.85), roughness=0.15, coat=1.0)


def street_lamp() -> Fixture:
    """A tapered pole of 8 m with a 2 m arm and a flat luminaire that looks straight down."""
    h = LAMP_HEIGHT_M
    pole = lathe([(0.11, -0.3), (0.11, 1.2), (0.085, 1.25), (0.05, h + 0.12)], GALVANISED, segments=10)
    arm = transformed(cylinder(0.035, ARM_M, GALVANISED, 6, axis="y"), translation_m=(0.0, 0.5 * ARM_M, h + 0.09))
    head = box((0.28, 0.75, 0.10), GALVANISED, (0.0, ARM_M, h + 0.06))
    y0, y1, z = ARM_M - 0.3, ARM_M + 0.3, h
    panel = mesh_of_quads([[[-0.11, y0, z], [-0.11, y1, z], [0.11, y1, z], [0.11, y0, z]]], STREET_LENS)
    lamp = LampMount("street", (0.0, ARM_M, h - 0.02), (0.0, 0.0, -1.0), 1.0, WARM_WHITE)
    shape = Shape("cylinder", (0.0, 0.0, 0.5 * h), size_m=(0.11, 0.11, h))
    return Fixture((("pole", merge([pole, arm, head, panel])),), (shape,), (lamp,))


W_BEAM = (
    (0.0, 0.44),
    (0.08, 0.50),
    (0.08, 0.57),
    (0.01, 0.61),
    (0.01, 0.65),
    (0.08, 0.69),
    (0.08, 0.76),
    (0.0, 0.82),
)
"""Outline of a W-beam: (towards the road, height), metres."""
_PANEL_M = 4.0
_TERMINAL_M = 8.0


def guard_rail(length_m: float) -> Fixture:
    """A W-beam on posts along +x from the origin, both ends led into the ground over 8 m."""
    count = max(5, round(length_m / _PANEL_M) + 1)
    x = np.linspace(0.0, length_m, count)
    rise = np.clip(np.minimum(x, length_m - x) / _TERMINAL_M, 0.0, 1.0)
    outline = np.array(W_BEAM)
    y = np.broadcast_to(outline[:, 0], (count, len(outline)))
    z = outline[:, 1] - 0.85 * (1.0 - rise[:, None])
    net = np.stack([np.broadcast_to(x[:, None], y.shape), y, z], axis=-1)
    pieces = [surface(net[:, ::-1], GALVANISED), surface(net - [0.0, 0.012, 0.0], GALVANISED)]
    for xp, up in zip(x, rise, strict=True):
        top = 0.84 - 0.85 * (1.0 - up)
        if top > 0.1:
            pieces.append(box((0.10, 0.12, top + 0.4), GALVANISED, (float(xp), -0.08, 0.5 * top - 0.2)))
    shape = Shape("box", (0.5 * length_m, -0.03, 0.41), size_m=(length_m - _TERMINAL_M, 0.22, 0.84))
    half = 0.5 * _TERMINAL_M  # the ends reach so far beyond the box, half as high
    ends = tuple(
        Shape("box", (x_m, -0.03, 0.21), size_m=(half, 0.22, 0.42)) for x_m in (0.5 * half, length_m - 0.5 * half)
    )
    return Fixture((("guard_rail", merge(pieces)),), (shape,), keeps=ends)


def delineator() -> Fixture:
    """A white roadside post with a black band and a reflector; it folds when hit: no collision, but kept clear."""
    pieces = [
        box((0.08, 0.12, 0.95), POST_WHITE, (0.0, 0.0, 0.275)),
        box((0.082, 0.122, 0.20), POST_BLACK, (0.0, 0.0, 0.83)),
        box((0.08, 0.12, 0.06), POST_WHITE, (0.0, 0.0, 0.96)),
        mesh_of_quads(
            [[[-0.0425, 0.02, 0.75], [-0.0425, -0.02, 0.75], [-0.0425, -0.02, 0.91], [-0.0425, 0.02, 0.91]]],
            REFLECTOR,
        ),
        mesh_of_quads(
            [[[0.0425, -0.02, 0.75], [0.0425, 0.02, 0.75], [0.0425, 0.02, 0.91], [0.0425, -0.02, 0.91]]],
            REFLECTOR,
        ),
    ]
    keep = Shape("box", (0.0, 0.0, 0.495), size_m=(0.08, 0.12, 0.99))
    return Fixture((("pole", merge(pieces)),), keeps=(keep,))


def mast(height_m: float) -> Mesh:
    """A steel overhead-line mast with its cantilever towards +y."""
    return merge(
        [
            box((0.22, 0.22, height_m + 1.0), TRIM, (0.0, 0.0, 0.5 * height_m - 0.5)),
            box((0.08, 3.2, 0.08), TRIM, (0.0, 1.5, height_m - 0.6)),
            box((0.06, 2.4, 0.06), TRIM, (0.0, 1.2, height_m - 1.5)),
        ]
    )
