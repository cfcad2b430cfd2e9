"""Domestic animals: a cow and a dog, on the legs of `_hoofed`."""

from __future__ import annotations

import math

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.bones import Vec
from simgen.models.catalogue import register_model
from simgen.models.families._hoofed import LegPlan, TrunkPlan, animal_parts
from simgen.models.families._lofts import curve, ellipsoid, mirrored_y, outer_box, painted, patches, tube
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model
from simgen.models.stance import standing_meshes

HIDE = Material("cow hide", (0.125, 0.060, 0.032), (0.075, 0.036, 0.020), roughness=0.9, pattern="fur", contrast=0.35)
WHITE = Material("white hide", (0.60, 0.57, 0.52), (0.48, 0.45, 0.40), roughness=0.9, pattern="fur", contrast=0.25)
PINK = Material("udder and muzzle", (0.50, 0.33, 0.28), roughness=0.7)
HORN = Material("horn", (0.42, 0.37, 0.28), roughness=0.5)
CLAW = Material("cow hoof", (0.045, 0.038, 0.032), roughness=0.6)
FUR = Material("dog fur", (0.16, 0.095, 0.045), (0.10, 0.058, 0.028), roughness=0.95, pattern="fur", contrast=0.5)
NOSE = Material("dog nose", (0.012, 0.011, 0.011), roughness=0.3)
TONGUE = Material("dog mouth", (0.10, 0.035, 0.030), roughness=0.6)
EYE = Material("dark eye", (0.012, 0.010, 0.009), roughness=0.15, coat=1.0)

_SIDE = (0.0, 1.0, 0.0)
_COW_KG, _COW_M = 650.0, 1.43
_DOG_KG, _DOG_M = 30.0, 0.57

_COW_Z, _COW_NECK, _COW_HEAD = 0.70, (0.470, 0.0, 0.760), (0.760, 0.0, 0.960)
_COW_FORE = LegPlan(
    (0.420, 0.800), (0.445, 0.500), (0.455, 0.290), (0.452, 0.090), 0.130, 0.22, (0.120, 0.070),
    ((0.120, 0.062), (0.080, 0.056), (0.040, 0.036), (0.026, 0.024), (0.032, 0.030)), 0.040, 1.0,
)  # fmt: skip
_COW_HIND = LegPlan(
    (-0.560, 0.790), (-0.480, 0.520), (-0.600, 0.345), (-0.575, 0.092), 0.140, 0.20, (0.165, 0.085),
    ((0.150, 0.075), (0.095, 0.060), (0.043, 0.036), (0.028, 0.026), (0.034, 0.032)), 0.041, -1.0,
)  # fmt: skip
_COW_BODY = TrunkPlan(
    _COW_Z, (0.470, 0.0, 0.060), (0.290, 0.0, 0.200), (-0.08, 0.0, 0.255, 1.30), (0.13, 0.08, 0.10, 0.34),
    (0.13, -0.08, 0.075, 0.38), (0.700, 0.065, 0.045, 0.026, 0.014, 0.038, 0.017),
)  # fmt: skip

_DOG_Z, _DOG_NECK, _DOG_HEAD = 0.76, (0.420, 0.0, 0.850), (0.600, 0.0, 1.080)
_DOG_FORE = LegPlan(
    (0.360, 0.860), (0.300, 0.560), (0.350, 0.270), (0.352, 0.085), 0.110, 0.22, (0.105, 0.060),
    ((0.110, 0.055), (0.070, 0.050), (0.042, 0.040), (0.034, 0.033), (0.038, 0.036)), 0.040, 1.0,
)  # fmt: skip
_DOG_HIND = LegPlan(
    (-0.440, 0.820), (-0.340, 0.540), (-0.500, 0.300), (-0.465, 0.085), 0.110, 0.22, (0.150, 0.075),
    ((0.130, 0.065), (0.085, 0.050), (0.042, 0.038), (0.034, 0.032), (0.038, 0.036)), 0.040, -1.0,
)  # fmt: skip
_DOG_BODY = TrunkPlan(
    _DOG_Z, (0.420, 0.0, 0.090), (0.180, 0.0, 0.230), (-0.04, -0.02, 0.185, 1.02), (0.09, 0.11, 0.095, 0.26),
    (0.12, 0.03, 0.085, 0.36), (0.640, 0.085, 0.065, 0.026, 0.014, 0.044, 0.021),
)  # fmt: skip


@register_model("animal.cow")
def cow(shoulder_m: float = _COW_M) -> Model:
    """A horned cow, brown with a white belly and face, 650 kg, that stands, walks and trots at the speed it is given.

    Args:
        shoulder_m: height of the withers above ground; 0.8 (a calf) to 1.7.

    Raises:
        UserError: a parameter outside its range.
    """
    if not 0.8 <= shoulder_m <= 1.7:
        raise UserError(f"animal.cow: shoulder_m must be 0.8 to 1.7, not {shoulder_m:g}")
    meshes: dict[str, tuple[Mesh, Vec]] = {
        "trunk": (_cow_trunk(), (0.0, 0.0, _COW_Z)), "neck": (_cow_neck(), _COW_NECK), "head": (_cow_head(), _COW_HEAD)
    }  # fmt: skip
    plans = (_COW_FORE, _COW_HIND, _COW_BODY)
    proxy = ((-0.06, 0.72, 0.27, 1.30), (0.44, 0.24), (-0.56, 0.24), ((0.88, 0.0, 0.90), (0.50, 0.24, 0.42)))
    return _animal("animal.cow", plans, meshes, (HIDE, CLAW), shoulder_m, _COW_KG * (shoulder_m / _COW_M) ** 3, proxy)


@register_model("animal.dog")
def dog(shoulder_m: float = _DOG_M) -> Model:
    """A dog of a retriever's build, 30 kg, that stands, walks, trots and gallops at the speed it is given.

    Args:
        shoulder_m: height of the withers above ground; 0.25 to 0.9.

    Raises:
        UserError: a parameter outside its range.
    """
    if not 0.25 <= shoulder_m <= 0.9:
        raise UserError(f"animal.dog: shoulder_m must be 0.25 to 0.9, not {shoulder_m:g}")
    meshes: dict[str, tuple[Mesh, Vec]] = {
        "trunk": (_dog_trunk(), (0.0, 0.0, _DOG_Z)), "neck": (_dog_neck(), _DOG_NECK), "head": (_dog_head(), _DOG_HEAD)
    }  # fmt: skip
    plans = (_DOG_FORE, _DOG_HIND, _DOG_BODY)
    proxy = ((-0.03, 0.74, 0.20, 1.02), (0.33, 0.22), (-0.44, 0.22), ((0.66, 0.0, 1.08), (0.40, 0.22, 0.34)))
    return _animal("animal.dog", plans, meshes, (FUR, FUR), shoulder_m, _DOG_KG * (shoulder_m / _DOG_M) ** 3, proxy)


Proxy = tuple[tuple[float, float, float, float], tuple[float, float], tuple[float, float], tuple[Vec, Vec]]
"""Barrel (x, z, radius, length), a pair of legs before and behind (x, width), and the head's box (centre, size)."""


def _animal(
    name: str,
    plans: tuple[LegPlan, LegPlan, TrunkPlan],
    meshes: dict[str, tuple[Mesh, Vec]],
    coat_and_hoof: tuple[Material, Material],
    s: float,
    mass_kg: float,
    proxy: Proxy,
) -> Model:
    fore, hind, body = plans
    limbs, parts = animal_parts(fore, hind, body, meshes, *coat_and_hoof, s)
    size, center = outer_box(standing_meshes(parts))
    (x, z, radius, length), before, behind, (at, box) = proxy
    legs = tuple(
        Shape("box", (lx * s, 0.0, 0.28 * s), size_m=(0.16 * s, width * s, 0.56 * s)) for lx, width in (before, behind)
    )
    barrel = Shape(
        "cylinder",
        (x * s, 0.0, z * s),
        (0.0, math.sqrt(0.5), 0.0, math.sqrt(0.5)),
        (radius * s, radius * s, length * s),
    )
    return Model(
        name=name,
        class_name="animal",
        parts=parts,
        collision=(barrel, *legs, Shape("box", _times(at, s), size_m=_times(box, s))),
        mass_kg=mass_kg,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.04 * s, 0.0, z * s),
        kinematic=True,
        displaced_volume_fraction=0.45,
        friction=0.6,
        limbs=limbs,
    )


def _times(v: Vec, s: float) -> Vec:
    return v[0] * s, v[1] * s, v[2] * s


# --- cow --------------------------------------------------------------------------------------------------


def _cow_trunk() -> Mesh:
    rows = [  # x, y, z, half width, half height, in shoulder heights
        (-0.740, 0, 0.800, 0.090, 0.110),
        (-0.690, 0, 0.770, 0.165, 0.190),
        (-0.560, 0, 0.740, 0.200, 0.245),
        (-0.300, 0, 0.690, 0.215, 0.275),
        (0.000, 0, 0.670, 0.225, 0.290),
        (0.250, 0, 0.690, 0.205, 0.290),
        (0.430, 0, 0.720, 0.170, 0.265),
        (0.540, 0, 0.740, 0.120, 0.190),
        (0.590, 0, 0.745, 0.070, 0.110),
    ]
    barrel = tube(curve(rows, 18), HIDE, side=_SIDE, segments=18, power=2.3)
    c, n = patches(barrel)
    barrel = painted(barrel, (n[:, 2] < -0.55) & (c[:, 0] > -0.60), WHITE)
    tail = curve(
        [(-0.735, 0, 0.880, 0.024, 0.024), (-0.795, 0, 0.740, 0.016, 0.016), (-0.790, 0, 0.420, 0.012, 0.012)], 7
    )
    brush = curve(
        [(-0.790, 0, 0.430, 0.014, 0.014), (-0.785, 0, 0.350, 0.030, 0.026), (-0.780, 0, 0.250, 0.010, 0.010)], 5
    )
    udder = ellipsoid((-0.430, 0.0, 0.445), (0.130, 0.105, 0.075), PINK, 10)
    teat = mirrored_y(g.merge([ellipsoid((x, 0.05, 0.375), (0.014, 0.014, 0.030), PINK, 6) for x in (-0.49, -0.38)]))
    pieces = [tube(p, m, side=_SIDE, segments=8, dome_rows=1) for p, m in ((tail, HIDE), (brush, WHITE))]
    return g.merge([barrel, *pieces, udder, teat])


def _cow_neck() -> Mesh:
    rows = [
        (0.440, 0, 0.740, 0.145, 0.235),
        (0.570, 0, 0.800, 0.115, 0.190),
        (0.690, 0, 0.880, 0.090, 0.140),
        (0.780, 0, 0.950, 0.080, 0.110),
    ]
    return tube(curve(rows, 8), HIDE, side=_SIDE, segments=16)


def _cow_head() -> Mesh:
    rows = [
        (0.745, 0, 1.000, 0.075, 0.085),
        (0.800, 0, 0.985, 0.098, 0.115),
        (0.880, 0, 0.935, 0.090, 0.108),
        (0.970, 0, 0.860, 0.068, 0.085),
        (1.050, 0, 0.790, 0.066, 0.075),
        (1.085, 0, 0.760, 0.060, 0.062),
    ]
    skull = tube(curve(rows, 12), HIDE, side=_SIDE, segments=14, power=2.3)
    c, n = patches(skull)
    skull = painted(skull, (n[:, 0] * 0.65 + n[:, 2] * 0.76 > 0.72) & (c[:, 0] > 0.80), WHITE)
    skull = painted(skull, c[:, 0] > 1.055, PINK)
    eye = ellipsoid((0.855, 0.085, 0.980), (0.022, 0.012, 0.018), EYE, 8)
    horn = curve(
        [(0.765, 0.060, 1.075, 0.024, 0.024), (0.770, 0.165, 1.110, 0.019, 0.019), (0.800, 0.225, 1.185, 0.006, 0.006)],
        7,
    )
    ear = g.transformed(
        ellipsoid((0.0, 0.085, 0.0), (0.022, 0.085, 0.042), HIDE, 8),
        rotation=g.rotation_x(-0.12),
        translation_m=(0.765, 0.070, 1.030),
    )
    return g.merge(
        [skull, mirrored_y(g.merge([eye, ear, tube(horn, HORN, side=(1.0, 0.0, 0.0), segments=7, dome_rows=1)]))]
    )


# --- dog --------------------------------------------------------------------------------------------------


def _dog_trunk() -> Mesh:
    rows = [
        (-0.560, 0, 0.840, 0.070, 0.085),
        (-0.500, 0, 0.820, 0.125, 0.140),
        (-0.360, 0, 0.800, 0.150, 0.165),
        (-0.150, 0, 0.775, 0.145, 0.160),
        (0.100, 0, 0.735, 0.170, 0.210),
        (0.290, 0, 0.740, 0.165, 0.230),
        (0.420, 0, 0.780, 0.125, 0.190),
        (0.480, 0, 0.800, 0.080, 0.120),
    ]
    barrel = tube(curve(rows, 16), FUR, side=_SIDE, segments=16)
    tail = curve(
        [(-0.550, 0, 0.880, 0.036, 0.036), (-0.720, 0, 0.860, 0.030, 0.034), (-0.900, 0, 0.930, 0.012, 0.014)], 7
    )
    return g.merge([barrel, tube(tail, FUR, side=_SIDE, segments=8, dome_rows=1)])


def _dog_neck() -> Mesh:
    rows = [
        (0.390, 0, 0.830, 0.120, 0.170),
        (0.480, 0, 0.920, 0.105, 0.140),
        (0.560, 0, 1.020, 0.095, 0.115),
        (0.610, 0, 1.085, 0.090, 0.100),
    ]
    return tube(curve(rows, 7), FUR, side=_SIDE, segments=14)


def _dog_head() -> Mesh:
    rows = [
        (0.560, 0, 1.130, 0.090, 0.095),
        (0.630, 0, 1.145, 0.118, 0.125),
        (0.710, 0, 1.130, 0.108, 0.115),
        (0.775, 0, 1.090, 0.070, 0.085),
        (0.860, 0, 1.065, 0.056, 0.068),
        (0.935, 0, 1.055, 0.048, 0.055),
    ]
    skull = tube(curve(rows, 13), FUR, side=_SIDE, segments=14)
    nose = ellipsoid((0.972, 0.0, 1.085), (0.026, 0.032, 0.024), NOSE, 8)
    mouth = ellipsoid((0.880, 0.0, 1.012), (0.075, 0.036, 0.016), TONGUE, 8)
    eye = ellipsoid((0.752, 0.062, 1.162), (0.016, 0.014, 0.016), EYE, 8)
    ear = g.transformed(
        ellipsoid((0.0, 0.0, -0.085), (0.058, 0.018, 0.100), FUR, 8),
        rotation=g.rotation_x(0.22),
        translation_m=(0.630, 0.112, 1.215),
    )
    return g.merge([skull, nose, mouth, mirrored_y(g.merge([eye, ear]))])
