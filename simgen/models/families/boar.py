"""A wild boar: a heavy wedge of a body on short legs."""

from __future__ import annotations

import math

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._hoofed import LegPlan, TrunkPlan, animal_parts
from simgen.models.families._lofts import curve, ellipsoid, mirrored_y, outer_box, painted, patches, tube
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model
from simgen.models.stance import standing_meshes

COAT = Material("boar coat", (0.060, 0.047, 0.037), (0.028, 0.021, 0.017), roughness=0.95, pattern="fur", contrast=0.7)
MANE = Material("boar mane", (0.026, 0.020, 0.016), roughness=0.95, pattern="fur", contrast=0.5)
SNOUT = Material("boar snout", (0.085, 0.055, 0.047), roughness=0.7)
EYE = Material("boar eye", (0.012, 0.010, 0.009), roughness=0.15, coat=1.0)
TUSK = Material("tusk", (0.60, 0.55, 0.43), roughness=0.4)
HOOF = Material("boar hoof", (0.022, 0.018, 0.016), roughness=0.6)

_SIDE = (0.0, 1.0, 0.0)
_TRUNK_Z = 0.66
_NECK = (0.430, 0.0, 0.690)
_HEAD = (0.640, 0.0, 0.690)
_FORE = LegPlan(
    (0.360, 0.700), (0.380, 0.450), (0.395, 0.250), (0.392, 0.085), 0.115, 0.20, (0.125, 0.075),
    ((0.120, 0.060), (0.086, 0.062), (0.038, 0.034), (0.027, 0.025), (0.030, 0.028)), 0.036, 1.0,
)  # fmt: skip
_HIND = LegPlan(
    (-0.470, 0.660), (-0.400, 0.430), (-0.520, 0.290), (-0.490, 0.088), 0.115, 0.20, (0.170, 0.095),
    ((0.150, 0.075), (0.105, 0.066), (0.041, 0.035), (0.027, 0.025), (0.030, 0.028)), 0.036, -1.0,
)  # fmt: skip
_BODY = TrunkPlan(
    _TRUNK_Z, (0.430, 0.0, 0.030), (0.210, 0.0, 0.0), (-0.06, 0.03, 0.225, 1.22), (0.10, 0.0, 0.17, 0.36),
    (0.20, -0.08, 0.085, 0.48), (0.640, 0.110, 0.070, 0.024, 0.012, 0.038, 0.016),
)  # fmt: skip


@register_model("animal.boar")
def boar(shoulder_m: float = 0.85) -> Model:
    """A wild boar that stands, walks, trots and gallops at the speed it is given.

    Args:
        shoulder_m: height of the withers above ground; 0.4 to 1.1.

    Raises:
        UserError: a parameter outside its range.
    """
    if not 0.4 <= shoulder_m <= 1.1:
        raise UserError(f"animal.boar: shoulder_m must be 0.4 to 1.1, not {shoulder_m:g}")
    s = shoulder_m
    meshes = {"trunk": (_trunk(), (0.0, 0.0, _TRUNK_Z)), "neck": (_neck(), _NECK), "head": (_head(), _HEAD)}
    limbs, parts = animal_parts(_FORE, _HIND, _BODY, meshes, COAT, HOOF, s)
    size, center = outer_box(standing_meshes(parts))
    lying = (0.0, math.sqrt(0.5), 0.0, math.sqrt(0.5))
    return Model(
        name="animal.boar",
        class_name="animal",
        parts=parts,
        collision=(
            Shape("cylinder", (-0.05 * s, 0.0, 0.69 * s), lying, (0.24 * s, 0.24 * s, 1.15 * s)),
            Shape("box", (0.38 * s, 0.0, 0.24 * s), size_m=(0.16 * s, 0.30 * s, 0.48 * s)),
            Shape("box", (-0.47 * s, 0.0, 0.24 * s), size_m=(0.18 * s, 0.30 * s, 0.48 * s)),
            Shape("box", (0.80 * s, 0.0, 0.60 * s), size_m=(0.44 * s, 0.24 * s, 0.30 * s)),
        ),
        mass_kg=85.0 * (s / 0.85) ** 3,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.06 * s, 0.0, 0.62 * s),
        kinematic=True,
        displaced_volume_fraction=0.45,
        friction=0.6,
        limbs=limbs,
    )


def _trunk() -> Mesh:
    rows = [  # x, y, z, half width, half height, in shoulder heights
        (-0.660, 0, 0.640, 0.070, 0.090),
        (-0.600, 0, 0.640, 0.150, 0.165),
        (-0.460, 0, 0.650, 0.195, 0.220),
        (-0.200, 0, 0.645, 0.205, 0.245),
        (0.080, 0, 0.655, 0.215, 0.280),
        (0.300, 0, 0.680, 0.205, 0.300),
        (0.440, 0, 0.690, 0.170, 0.260),
        (0.520, 0, 0.690, 0.110, 0.180),
    ]
    barrel = tube(curve(rows, 16), COAT, side=_SIDE, segments=18, power=2.1)
    c, n = patches(barrel)
    barrel = painted(barrel, (n[:, 2] > 0.86) & (c[:, 0] > -0.45), MANE)
    tail = curve([(-0.665, 0, 0.70, 0.018, 0.018), (-0.715, 0, 0.62, 0.012, 0.012), (-0.720, 0, 0.44, 0.020, 0.012)], 6)
    return g.merge([barrel, tube(tail, MANE, side=_SIDE, segments=7, dome_rows=1)])


def _neck() -> Mesh:
    rows = [
        (0.360, 0, 0.690, 0.165, 0.255),
        (0.480, 0, 0.690, 0.150, 0.225),
        (0.600, 0, 0.685, 0.125, 0.175),
        (0.680, 0, 0.680, 0.110, 0.145),
    ]
    neck = tube(curve(rows, 7), COAT, side=_SIDE, segments=16)
    return painted(neck, patches(neck)[1][:, 2] > 0.88, MANE)


def _head() -> Mesh:
    rows = [
        (0.600, 0, 0.690, 0.100, 0.130),
        (0.680, 0, 0.680, 0.108, 0.140),
        (0.770, 0, 0.640, 0.088, 0.115),
        (0.880, 0, 0.580, 0.062, 0.080),
        (0.980, 0, 0.530, 0.050, 0.062),
        (1.045, 0, 0.500, 0.047, 0.055),
    ]
    skull = tube(curve(rows, 11), COAT, side=_SIDE, segments=14, power=2.2)
    skull = painted(skull, patches(skull)[0][:, 0] > 1.045, SNOUT)
    ear = g.transformed(
        ellipsoid((0.0, 0.0, 0.075), (0.020, 0.042, 0.088), COAT, 8),
        rotation=g.rotation_x(-0.45) @ g.rotation_y(-0.15),
        translation_m=(0.655, 0.070, 0.780),
    )
    bow = [
        (0.93, 0.050, 0.535, 0.011, 0.011),
        (0.955, 0.078, 0.555, 0.009, 0.009),
        (0.945, 0.086, 0.610, 0.003, 0.003),
    ]
    tusk = tube(curve(bow, 6), TUSK, side=(1.0, 0.0, 0.0), segments=6, dome_rows=1)
    eye = ellipsoid((0.800, 0.066, 0.690), (0.015, 0.010, 0.013), EYE, 8)
    return g.merge([skull, mirrored_y(g.merge([ear, tusk, eye]))])
