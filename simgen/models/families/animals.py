"""A deer: lofted barrel, neck and head on jointed legs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._hoofed import LegPlan, TrunkPlan, animal_parts
from simgen.models.families._lofts import (
    curve,
    ellipsoid,
    mirrored_y,
    outer_box,
    painted,
    patches,
    tube,
)
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model
from simgen.models.stance import standing_meshes

COAT = Material("deer coat", (0.195, 0.105, 0.052), (0.10, 0.055, 0.03), roughness=0.95, pattern="fur", contrast=0.5)
PALE = Material("deer belly", (0.42, 0.34, 0.26), (0.30, 0.22, 0.15), roughness=0.95, pattern="fur", contrast=0.4)
DARK = Material("deer muzzle", (0.045, 0.032, 0.026), roughness=0.7)
EYE = Material("deer eye", (0.012, 0.010, 0.009), roughness=0.15, coat=1.0)
HOOF = Material("hoof", (0.025, 0.021, 0.019), roughness=0.6)
ANTLER = Material("antler", (0.30, 0.225, 0.14), roughness=0.7, pattern="bark", contrast=0.3)
INNER_EAR = Material("inner ear", (0.42, 0.30, 0.25), roughness=0.95)

_SIDE = (0.0, 1.0, 0.0)


_TRUNK_Z = 0.78
_NECK = (0.300, 0.0, 0.790)
_HEAD = (0.620, 0.0, 1.250)
_FORE = LegPlan(
    (0.330, 0.860), (0.352, 0.630), (0.392, 0.320), (0.388, 0.098), 0.088, 0.25, (0.100, 0.060),
    ((0.110, 0.055), (0.072, 0.048), (0.0265, 0.0245), (0.0165, 0.0155), (0.0195, 0.0185)), 0.027, 1.0,
)  # fmt: skip
_HIND = LegPlan(
    (-0.440, 0.830), (-0.360, 0.600), (-0.490, 0.378), (-0.462, 0.100), 0.092, 0.25, (0.145, 0.078),
    ((0.130, 0.070), (0.080, 0.050), (0.0305, 0.0255), (0.0175, 0.0165), (0.0205, 0.0195)), 0.028, -1.0,
)  # fmt: skip
_BODY = TrunkPlan(
    _TRUNK_Z, (0.300, 0.0, 0.010), (0.320, 0.0, 0.460), (-0.07, -0.02, 0.185, 1.06), (0.19, 0.27, 0.085, 0.24),
    (0.13, 0.0, 0.065, 0.36), (0.660, 0.080, 0.040, 0.026, 0.014, 0.048, 0.022),
)  # fmt: skip


@register_model("animal.deer")
def deer(shoulder_m: float = 1.05) -> Model:
    """A deer stag that stands, walks, trots (from about 2 m/s) and gallops (from about 4.6 m/s).

    Args:
        shoulder_m: height of the withers above ground; 0.6 to 1.5.

    Raises:
        UserError: a parameter outside its range.
    """
    if not 0.6 <= shoulder_m <= 1.5:
        raise UserError(f"animal.deer: shoulder_m must be 0.6 to 1.5, not {shoulder_m:g}")
    s = shoulder_m
    meshes = {"trunk": (_trunk(), (0.0, 0.0, _TRUNK_Z)), "neck": (_neck(), _NECK), "head": (_head(), _HEAD)}
    limbs, parts = animal_parts(_FORE, _HIND, _BODY, meshes, COAT, HOOF, s)
    size, center = outer_box(standing_meshes(parts))
    return Model(
        name="animal.deer",
        class_name="animal",
        parts=parts,
        collision=_proxy(s),
        mass_kg=80.0 * (s / 1.05) ** 3,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.05 * s, 0.0, 0.74 * s),
        kinematic=True,
        displaced_volume_fraction=0.45,
        friction=0.6,
        limbs=limbs,
    )


def _proxy(s: float) -> tuple[Shape, ...]:
    """Barrel, neck with head, and one box a pair of legs."""
    lying = (0.0, math.sqrt(0.5), 0.0, math.sqrt(0.5))
    leg_top = 0.58 * s
    return (
        Shape("cylinder", (-0.02 * s, 0.0, 0.765 * s), lying, (0.20 * s, 0.20 * s, 1.02 * s)),
        Shape("box", (0.40 * s, 0.0, 0.5 * leg_top), size_m=(0.16 * s, 0.26 * s, leg_top)),
        Shape("box", (-0.42 * s, 0.0, 0.5 * leg_top), size_m=(0.18 * s, 0.26 * s, leg_top)),
        Shape("box", (0.64 * s, 0.0, 1.12 * s), size_m=(0.24 * s, 0.20 * s, 0.62 * s)),
    )


def _trunk() -> Mesh:
    rows = [  # x, y, z, half width, half height, in shoulder heights
        (-0.590, 0, 0.800, 0.070, 0.085),
        (-0.540, 0, 0.790, 0.130, 0.145),
        (-0.430, 0, 0.780, 0.170, 0.190),
        (-0.260, 0, 0.775, 0.165, 0.190),
        (-0.080, 0, 0.755, 0.180, 0.200),
        (0.120, 0, 0.745, 0.178, 0.215),
        (0.300, 0, 0.765, 0.158, 0.215),
        (0.400, 0, 0.785, 0.122, 0.175),
        (0.450, 0, 0.795, 0.080, 0.115),
    ]
    barrel = tube(curve(rows, 17), COAT, side=_SIDE, segments=18, power=2.1)
    c, n = patches(barrel)
    belly = (n[:, 2] < -0.80) & (np.abs(c[:, 0]) < 0.42)
    rump = (c[:, 0] < -0.575) & (c[:, 2] < 0.90)
    tail = curve(
        [
            (-0.560, 0, 0.895, 0.035, 0.030),
            (-0.625, 0, 0.850, 0.034, 0.022),
            (-0.640, 0, 0.740, 0.014, 0.012),
        ],
        6,
    )
    white = g.transformed(
        tube(tail, PALE, side=_SIDE, segments=8), scale=(1.0, 0.86, 1.0), translation_m=(0.012, 0, -0.012)
    )
    return g.merge([painted(painted(barrel, belly, PALE), rump, PALE), tube(tail, COAT, side=_SIDE, segments=8), white])


def _neck() -> Mesh:
    rows = [
        (0.300, 0, 0.790, 0.140, 0.205),
        (0.420, 0, 0.890, 0.108, 0.165),
        (0.530, 0, 1.030, 0.078, 0.112),
        (0.605, 0, 1.160, 0.062, 0.084),
        (0.640, 0, 1.250, 0.058, 0.076),
    ]
    neck = tube(curve(rows, 10), COAT, side=_SIDE, segments=16)
    c, n = patches(neck)
    return painted(neck, (n[:, 0] > 0.75) & (c[:, 2] > 1.02), PALE)


def _head() -> Mesh:
    rows = [
        (0.575, 0, 1.290, 0.050, 0.055),
        (0.630, 0, 1.292, 0.070, 0.082),
        (0.700, 0, 1.272, 0.068, 0.078),
        (0.770, 0, 1.235, 0.050, 0.060),
        (0.850, 0, 1.193, 0.037, 0.046),
        (0.915, 0, 1.160, 0.034, 0.039),
        (0.935, 0, 1.149, 0.031, 0.033),
    ]
    skull = tube(curve(rows, 13), COAT, side=_SIDE, segments=14, power=2.2)
    c, n = patches(skull)
    skull = painted(skull, (n[:, 2] < -0.55) & (c[:, 0] > 0.66), PALE)
    skull = painted(skull, c[:, 0] > 0.928, DARK)
    eye = ellipsoid((0.712, 0.058, 1.300), (0.021, 0.014, 0.018), EYE, 8)
    return g.merge([skull, mirrored_y(g.merge([eye, _ear(), _antler()]))])


def _ear() -> Mesh:
    """A leaf-shaped cup, dark outside and pale inside, pointing out, up and a little back."""
    rows = curve(
        [
            (0, 0, 0, 0.014, 0.014),
            (0, 0, 0.05, 0.034, 0.016),
            (0, 0, 0.105, 0.036, 0.014),
            (0, 0, 0.185, 0.006, 0.005),
        ],
        7,
    )
    outer = tube(rows, COAT, side=(0.0, 1.0, 0.0), segments=10)
    inner = ellipsoid((0.0125, 0.0, 0.088), (0.006, 0.025, 0.062), INNER_EAR, 8)
    turn = g.rotation_x(-0.95) @ g.rotation_y(-0.25) @ g.rotation_z(0.35)
    return g.transformed(g.merge([outer, inner]), rotation=turn, translation_m=(0.605, 0.052, 1.345))


def _antler() -> Mesh:
    beam: list[Sequence[float]] = [
        (0.640, 0.035, 1.355, 0.020, 0.020),
        (0.600, 0.075, 1.450, 0.016, 0.016),
        (0.555, 0.160, 1.560, 0.0145, 0.0145),
        (0.590, 0.215, 1.690, 0.012, 0.012),
        (0.680, 0.205, 1.790, 0.005, 0.005),
    ]
    tines: list[list[Sequence[float]]] = [
        [
            (0.615, 0.058, 1.410, 0.011, 0.011),
            (0.690, 0.070, 1.440, 0.009, 0.009),
            (0.735, 0.072, 1.510, 0.003, 0.003),
        ],
        [
            (0.562, 0.145, 1.540, 0.011, 0.011),
            (0.640, 0.165, 1.570, 0.009, 0.009),
            (0.690, 0.160, 1.650, 0.003, 0.003),
        ],
        [
            (0.575, 0.200, 1.645, 0.010, 0.010),
            (0.540, 0.235, 1.710, 0.008, 0.008),
            (0.545, 0.235, 1.790, 0.003, 0.003),
        ],
    ]
    pieces = [tube(curve(beam, 12), ANTLER, side=_SIDE, segments=7, dome_rows=1)]
    pieces += [tube(curve(t, 5), ANTLER, side=_SIDE, segments=6, dome_rows=1) for t in tines]
    return g.merge(pieces)
