"""Animals: a deer, lofted from barrel, neck, head and jointed legs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import (
    Floats,
    curve,
    ellipsoid,
    enlarged,
    mirrored_y,
    outer_box,
    painted,
    patches,
    tube,
)
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart

COAT = Material("deer coat", (0.195, 0.105, 0.052), (0.10, 0.055, 0.03), roughness=0.95, pattern="fur", contrast=0.5)
PALE = Material("deer belly", (0.42, 0.34, 0.26), (0.30, 0.22, 0.15), roughness=0.95, pattern="fur", contrast=0.4)
DARK = Material("deer muzzle", (0.045, 0.032, 0.026), roughness=0.7)
EYE = Material("deer eye", (0.012, 0.010, 0.009), roughness=0.15, coat=1.0)
HOOF = Material("hoof", (0.025, 0.021, 0.019), roughness=0.6)
ANTLER = Material("antler", (0.30, 0.225, 0.14), roughness=0.7, pattern="bark", contrast=0.3)
INNER_EAR = Material("inner ear", (0.42, 0.30, 0.25), roughness=0.95)

_SIDE = (0.0, 1.0, 0.0)


@register_model("animal.deer")
def deer(shoulder_m: float = 1.05, stride_rad: float = 0.22) -> Model:
    """A deer stag, walking; a kinematic proxy moved by its behaviour.

    Args:
        shoulder_m: height of the withers above ground; 0.6 to 1.5.
        stride_rad: swing of the legs about the vertical in a diagonal gait (left fore with right hind);
            positive leads with the left fore leg, 0 stands; within -0.5 to 0.5.

    Raises:
        UserError: a parameter outside its range.
    """
    if not 0.6 <= shoulder_m <= 1.5:
        raise UserError(f"animal.deer: shoulder_m must be 0.6 to 1.5, not {shoulder_m:g}")
    if not -0.5 <= stride_rad <= 0.5:
        raise UserError(f"animal.deer: stride_rad must be -0.5 to 0.5, not {stride_rad:g}")
    mesh = g.merge([_trunk(), _neck(), _head(), *_legs(stride_rad)])
    lift = -float(mesh.vertices_m[:, 2].min())
    mesh = enlarged(mesh, shoulder_m, lift * shoulder_m)
    size, center = outer_box([mesh])
    s = shoulder_m
    return Model(
        name="animal.deer",
        class_name="animal",
        parts=(ModelPart("body", mesh),),
        collision=_proxy(s, lift * s),
        mass_kg=80.0 * (s / 1.05) ** 3,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.05 * s, 0.0, 0.74 * s),
        kinematic=True,
        displaced_volume_fraction=0.45,
        friction=0.6,
    )


def _proxy(s: float, lift: float) -> tuple[Shape, ...]:
    """Barrel, neck with head, and one box a pair of legs."""
    lying = (0.0, math.sqrt(0.5), 0.0, math.sqrt(0.5))
    leg_top = 0.58 * s + lift
    return (
        Shape("cylinder", (-0.02 * s, 0.0, 0.765 * s + lift), lying, (0.20 * s, 0.20 * s, 1.02 * s)),
        Shape("box", (0.40 * s, 0.0, 0.5 * leg_top), size_m=(0.16 * s, 0.26 * s, leg_top)),
        Shape("box", (-0.42 * s, 0.0, 0.5 * leg_top), size_m=(0.18 * s, 0.26 * s, leg_top)),
        Shape("box", (0.64 * s, 0.0, 1.12 * s + lift), size_m=(0.24 * s, 0.20 * s, 0.62 * s)),
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


# --- legs -------------------------------------------------------------------------------------------------

# Joints of the legs at rest: x, z, radius along x, radius along y; in shoulder heights.
_FORE: tuple[tuple[float, float, float, float], ...] = (
    (0.340, 0.780, 0.115, 0.060),
    (0.355, 0.640, 0.085, 0.055),
    (0.375, 0.540, 0.052, 0.040),
    (0.385, 0.440, 0.033, 0.029),
    (0.392, 0.335, 0.027, 0.025),
    (0.392, 0.285, 0.022, 0.020),
    (0.388, 0.180, 0.0165, 0.0155),
    (0.388, 0.095, 0.020, 0.019),
    (0.402, 0.045, 0.018, 0.018),
)
_HIND: tuple[tuple[float, float, float, float], ...] = (
    (-0.400, 0.810, 0.150, 0.075),
    (-0.370, 0.680, 0.130, 0.068),
    (-0.365, 0.580, 0.085, 0.052),
    (-0.425, 0.480, 0.048, 0.036),
    (-0.490, 0.385, 0.031, 0.026),
    (-0.487, 0.310, 0.024, 0.021),
    (-0.472, 0.195, 0.0175, 0.0165),
    (-0.462, 0.100, 0.0205, 0.0195),
    (-0.446, 0.045, 0.018, 0.018),
)


def _legs(stride: float) -> list[Mesh]:
    return [
        _leg(_FORE, 0.088, stride),
        _leg(_FORE, -0.088, -stride),
        _leg(_HIND, 0.092, -stride),
        _leg(_HIND, -0.092, stride),
    ]


def _leg(joints: tuple[tuple[float, float, float, float], ...], y: float, swing: float) -> Mesh:
    """A leg swung about its top; a trailing leg folds at the middle joint, and the hoof stays level."""
    rest = np.array(joints)
    xz = rest[:, :2].copy()
    middle = 4
    xz = _turned(xz, 0, swing)
    xz = _turned(xz, middle, -0.55 * abs(swing) if swing < 0 else 0.35 * swing)
    xz = _turned(xz, len(xz) - 2, -swing)
    inward = np.linspace(0.0, 0.25 * y, len(xz))
    path = np.column_stack([xz[:, 0], y - inward, xz[:, 1], rest[:, 3], rest[:, 2]])
    limb = tube(curve(path, 18), COAT, side=_SIDE, segments=10, ends=("round", "round"), dome_rows=2)
    toe = xz[-1]
    hoof = g.lathe([(0.028, -0.045), (0.025, -0.015), (0.017, 0.012)], HOOF, 10)
    hoof = g.transformed(hoof, scale=(1.25, 0.85, 1.0), translation_m=(toe[0] + 0.008, y - inward[-1], toe[1]))
    return g.merge([limb, hoof])


def _turned(xz: Floats, pivot: int, angle: float) -> Floats:
    """The chain with everything beyond `pivot` turned about it; positive swings forward."""
    out = xz.copy()
    rel = xz[pivot + 1 :] - xz[pivot]
    c, s = math.cos(angle), math.sin(angle)
    out[pivot + 1 :] = xz[pivot] + np.column_stack([c * rel[:, 0] - s * rel[:, 1], s * rel[:, 0] + c * rel[:, 1]])
    return out
