"""The clothed pieces of a human body by segment, at body height 1: what is worn is cut into them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import ArrayLike

from simgen.models import geometry as g
from simgen.models.families._head import head
from simgen.models.families._headwear import headwear, long_hair
from simgen.models.families._lofts import curve, painted, tube
from simgen.models.families._outfit import Outfit
from simgen.models.families._shoe import shoe, toe_cap
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import SKIN

TOP = Material("jacket", (0.055, 0.11, 0.23), roughness=0.85, pattern="cloth", contrast=0.5, slot="top")
TROUSERS = Material("trousers", (0.045, 0.047, 0.055), roughness=0.9, pattern="cloth", contrast=0.4, slot="trousers")
HAIR = Material("hair", (0.030, 0.020, 0.014), roughness=0.6, pattern="fur", contrast=0.4, slot="hair")
SHOES = Material("shoes", (0.040, 0.028, 0.022), roughness=0.5, slot="shoes")
_PACK = Material("backpack", (0.06, 0.06, 0.065), roughness=0.8, pattern="cloth", contrast=0.4, slot="pack")
_VEST = Material("warning vest", (0.62, 0.80, 0.03), roughness=0.8, slot="vest")
_BAND = Material("reflective band", (0.72, 0.73, 0.74), roughness=0.5)

HIP_Z, CHEST_Z, NECK_Z = 0.520, 0.600, 0.862
THIGH, SHANK = 0.240, 0.246
UPPER_ARM, FOREARM = 0.178, 0.142
"""Joints of the standing body and lengths of its bones."""

_SIDE = (0.0, 1.0, 0.0)
_AHEAD = (1.0, 0.0, 0.0)


@lru_cache(maxsize=256)
def head_mesh(head_share: float, outfit: Outfit) -> Mesh:
    """The head on its neck, of a person 1 m tall, with hair and what is on it."""
    pieces = [_skull(head_share)]
    if outfit.hair == "long" and outfit.headwear != "hood":
        pieces.append(long_hair(head_share, HAIR))
    pieces += headwear(outfit.headwear, head_share, TOP)
    return g.transformed(g.merge(pieces), translation_m=(0.012, 0.0, 0.870 - NECK_Z))


@lru_cache(maxsize=64)
def _skull(head_share: float) -> Mesh:
    return head(head_share, SKIN, HAIR)


@lru_cache(maxsize=256)
def body_meshes(outfit: Outfit) -> dict[str, Mesh]:
    """Everything below the neck by segment; bodies of every height are these, enlarged."""
    coat, bare_arms = outfit.top == "coat", outfit.top == "shirt"
    over = (
        outfit.top if outfit.top in ("hoodie", "vest") and (outfit.top, outfit.headwear) != ("hoodie", "hood") else ""
    )
    out = {
        "pelvis": _pelvis(outfit.legs == "skirt" and not coat, coat),
        "chest": _chest(over, outfit.carries == "backpack"),
    }
    pairs = {
        "upper_arm": _both(_upper_arm, bare_arms), "forearm": _both(_forearm, bare_arms), "hand": _both(_hand),
        "thigh": _both(_thigh, outfit.legs, coat), "shank": _both(_shank, outfit.legs != "trousers"),
        "foot": _both(shoe, SHOES), "toes": _both(toe_cap, SHOES),
    }  # fmt: skip
    for kind, (left, right) in pairs.items():
        out[f"{kind}_l"], out[f"{kind}_r"] = left, right
    return out


@cache
def _both(piece: Callable[..., Mesh], *how: object) -> tuple[Mesh, Mesh]:
    """A left piece and its mirror image."""
    left = piece(*how)
    return left, g.transformed(left, scale=(1.0, -1.0, 1.0))


def _thigh(legs: str, coat: bool) -> Mesh:
    """A leg of trousers, or the bare one under shorts or a skirt; a coat hangs over it as far as the middle."""
    rows = [
        (0, 0, 0.012, 0.046, 0.056),
        (0, 0, -0.12 * THIGH, 0.047, 0.056),
        (0, 0, -0.40 * THIGH, 0.044, 0.050),
        (0, 0, -0.75 * THIGH, 0.037, 0.041),
        (0, 0, -THIGH, 0.033, 0.036),
    ]
    bare = legs != "trousers"
    leg = np.array(rows) * [1.0, 1.0, 1.0, *((0.90,) * 2 if bare else (1.0,) * 2)]
    pieces = [tube(curve(leg, 7), SKIN if bare else TROUSERS, side=_SIDE, segments=12, dome_rows=2)]
    if legs == "shorts":
        pieces.append(_hanging([(0.0, 0.012, 0.048, 0.058), (0.0, -0.4 * THIGH, 0.050, 0.057),
                                (0.0, -0.80 * THIGH, 0.052, 0.057)], TROUSERS))  # fmt: skip
    if legs == "skirt":
        pieces.append(_hanging([(0.0, 0.012, 0.050, 0.060), (-0.006, -0.4 * THIGH, 0.058, 0.064),
                                (-0.010, -0.86 * THIGH, 0.068, 0.074)], TROUSERS))  # fmt: skip
    if coat:
        pieces.append(_hanging([(0.0, 0.014, 0.056, 0.066), (-0.003, -0.3 * THIGH, 0.060, 0.069),
                                (-0.005, -0.64 * THIGH, 0.062, 0.072)], TOP))  # fmt: skip
    return g.merge(pieces)


def _hanging(rows: list[tuple[float, float, float, float]], cloth: Material) -> Mesh:
    """Cloth about a left thigh through rows of y, z, half width and half depth, open below but for a lining."""
    path = [(0.0, y, z, across, deep) for y, z, across, deep in rows]
    return tube(curve(path, 5), cloth, side=_SIDE, segments=14, ends=("round", "flat"), dome_rows=2)


def _shank(bare: bool) -> Mesh:
    if not bare:
        rows = [
            (0, 0, 0, 0.033, 0.036),
            (-0.008, 0, -0.30 * SHANK, 0.033, 0.037),
            (-0.002, 0, -0.65 * SHANK, 0.030, 0.032),
            (0, 0, -0.96 * SHANK, 0.029, 0.031),
        ]
        return tube(curve(rows, 7), TROUSERS, side=_SIDE, segments=12, ends=("round", "flat"), dome_rows=2)
    calf = [
        (0, 0, 0, 0.029, 0.032),
        (-0.011, 0, -0.28 * SHANK, 0.030, 0.034),
        (-0.006, 0, -0.62 * SHANK, 0.023, 0.025),
        (-0.002, 0, -0.93 * SHANK, 0.018, 0.021),
    ]
    return tube(curve(calf, 7), SKIN, side=_SIDE, segments=12, ends=("round", "flat"), dome_rows=2)


def _upper_arm(bare: bool) -> Mesh:
    """The sleeve from inside the jacket over the shoulder to the elbow, or half way; the joint is the origin."""
    rows = [
        (-0.002, -0.054, 0.010, 0.034, 0.022),
        (-0.001, -0.028, 0.003, 0.037, 0.0245),
        (0.0, -0.008, -0.012, 0.038, 0.0285),
        (0.0, 0.0, -0.042, 0.037, 0.031),
        (0.0, 0.0, -0.40 * UPPER_ARM, 0.033, 0.029),
        (0.0, 0.0, -UPPER_ARM, 0.028, 0.026),
    ]
    if not bare:
        return tube(curve(rows, 9), TOP, side=_AHEAD, segments=10, dome_rows=2)
    sleeve = [*rows[:4], (0.0, 0.0, -0.55 * UPPER_ARM, 0.035, 0.033)]
    arm = [(0.0, 0.0, -0.25 * UPPER_ARM, 0.026, 0.024), (0.0, 0.0, -UPPER_ARM, 0.022, 0.020)]
    return g.merge(
        [
            tube(curve(sleeve, 8), TOP, side=_AHEAD, segments=10, ends=("round", "flat"), dome_rows=2),
            tube(arm, SKIN, side=_AHEAD, segments=10, dome_rows=2),
        ]
    )


def _forearm(bare: bool) -> Mesh:
    sleeve = [
        (0, 0, 0, 0.028, 0.026),
        (0, 0, -0.4 * FOREARM, 0.026, 0.0245),
        (0, 0, -FOREARM, 0.021, 0.019),
    ]
    arm = [(0, 0, 0, 0.022, 0.020), (0, 0, -0.35 * FOREARM, 0.0225, 0.020), (0, 0, -FOREARM, 0.015, 0.013)]
    rows, cloth = (arm, SKIN) if bare else (sleeve, TOP)
    return tube(curve(rows, 5), cloth, side=_AHEAD, segments=10, ends=("round", "flat"), dome_rows=2)


def _hand() -> Mesh:
    """A relaxed left hand, palm to the thigh: fingers along -z and the thumb forward."""
    palm = curve([(0, 0, 0.012, 0.0105, 0.014), (0, 0, -0.012, 0.0095, 0.0165), (0.001, 0, -0.045, 0.0085, 0.022)], 5)
    pieces = [tube(palm, SKIN, side=_SIDE, segments=8, dome_rows=2)]
    for k, length in enumerate((0.040, 0.045, 0.043, 0.034)):
        start = 0.0165 - 0.0108 * k
        curl = 0.010 + 0.003 * k
        points = [
            (start, 0.0, -0.046),
            (start, -0.003, -0.046 - 0.55 * length),
            (start, -curl, -0.046 - length),
        ]
        pieces.append(_finger(points, 0.0054))
    pieces.append(_finger([(0.016, -0.001, -0.014), (0.027, -0.005, -0.030), (0.029, -0.009, -0.050)], 0.0065))
    return g.merge(pieces)


def _finger(points: ArrayLike, radius: float) -> Mesh:
    p = np.asarray(points, dtype=np.float64)
    taper = np.linspace(1.0, 0.75, len(p)) * radius
    return tube(np.column_stack([p, taper, taper]), SKIN, side=_SIDE, segments=5, dome_rows=1)


@cache
def _pelvis(skirt: bool, coat: bool) -> Mesh:
    """Hips in trousers or skirt; a coat hangs over them."""
    hips = [
        (-0.004, 0, 0.474, 0.034, 0.034),
        (-0.006, 0, 0.500, 0.078, 0.054),
        (-0.006, 0, 0.530, 0.098, 0.064),
        (-0.004, 0, 0.580, 0.088, 0.062),
        (-0.002, 0, 0.620, 0.082, 0.058),
    ]
    pieces = [tube(curve(hips, 6), TROUSERS, side=_SIDE, segments=12, ends=("round", "round"), power=2.3, dome_rows=2)]
    if skirt:
        fall = [(-0.004, 0, 0.600, 0.084, 0.060), (-0.004, 0, 0.535, 0.096, 0.069), (-0.002, 0, 0.430, 0.116, 0.082)]
        pieces.append(tube(fall, TROUSERS, side=_SIDE, segments=16, ends=("round", "flat"), power=2.2, dome_rows=1))
    if coat:
        fall = [(-0.004, 0, 0.600, 0.100, 0.072), (-0.004, 0, 0.520, 0.113, 0.084), (-0.002, 0, 0.445, 0.120, 0.090)]
        pieces.append(tube(fall, TOP, side=_SIDE, segments=16, ends=("round", "flat"), power=2.2, dome_rows=1))
    return g.transformed(g.merge(pieces), translation_m=(0.0, 0.0, -HIP_Z))


@cache
def _chest(over: str, pack: bool) -> Mesh:
    """A jacket down over the hips, its collar and the neck, and what is worn over it."""
    jacket = [
        (-0.004, 0, 0.522, 0.1080, 0.0790),
        (-0.006, 0, 0.550, 0.1040, 0.0760),
        (-0.002, 0, 0.600, 0.0920, 0.0660),
        (0.002, 0, 0.650, 0.0930, 0.0640),
        (0.004, 0, 0.710, 0.1030, 0.0690),
        (0.002, 0, 0.765, 0.1110, 0.0690),
        (-0.004, 0, 0.798, 0.0990, 0.0600),
        (-0.008, 0, 0.824, 0.0720, 0.0490),
        (-0.006, 0, 0.846, 0.0420, 0.0420),
    ]
    collar = [(-0.006, 0, 0.836, 0.040, 0.042), (-0.002, 0, 0.862, 0.0365, 0.0390)]
    neck = [
        (-0.008, 0, 0.820, 0.034, 0.036),
        (-0.002, 0, 0.862, 0.030, 0.034),
        (0.006, 0, 0.905, 0.030, 0.034),
    ]
    pieces = [
        tube(curve(jacket, 13), TOP, side=_SIDE, segments=18, ends=("flat", "flat"), power=2.4),
        tube(curve(collar, 3), TOP, side=_SIDE, segments=16, ends=("open", "flat")),
        tube(curve(neck, 4), SKIN, side=_SIDE, segments=12, ends=("open", "round"), dome_rows=2),
    ]
    if over == "hoodie":
        pieces.append(_hood_down())
    if over == "vest":
        pieces.append(_vest(np.array(jacket)))
    if pack:
        pieces += _backpack()
    return g.transformed(g.merge(pieces), translation_m=(0.0, 0.0, -CHEST_Z))


def _hood_down() -> Mesh:
    """A hood that lies on the back, round the neck."""
    rows = [
        (0.030, 0.046, 0.838, 0.013, 0.013),
        (-0.012, 0.060, 0.842, 0.019, 0.022),
        (-0.055, 0.034, 0.832, 0.024, 0.032),
        (-0.066, 0.0, 0.824, 0.026, 0.036),
        (-0.055, -0.034, 0.832, 0.024, 0.032),
        (-0.012, -0.060, 0.842, 0.019, 0.022),
        (0.030, -0.046, 0.838, 0.013, 0.013),
    ]
    return tube(curve(rows, 11), TOP, side=(0.0, 0.0, 1.0), segments=8, dome_rows=1)


def _vest(jacket: ArrayLike) -> Mesh:
    """A warning vest over the jacket with two reflective bands (EN ISO 20471: 50 mm wide, round the trunk)."""
    rows = np.asarray(jacket, dtype=np.float64)
    z = np.array([0.535, 0.590, 0.619, 0.665, 0.694, 0.735, 0.765, 0.790, 0.812])
    smooth = curve(rows, 80)
    over = np.column_stack([np.interp(z, smooth[:, 2], smooth[:, k]) for k in range(5)])
    over[:, 3:] += 0.005
    mesh = tube(over, _VEST, side=_SIDE, segments=18, ends=("flat", "flat"), power=2.4)
    middle = mesh.vertices_m[mesh.faces][:, :, 2].mean(axis=1)
    band = ((middle > z[1]) & (middle < z[2])) | ((middle > z[3]) & (middle < z[4]))
    return painted(mesh, band, _BAND)


def _backpack() -> list[Mesh]:
    """A day pack with a pocket and two straps over the shoulders."""
    bag = [(-0.100, 0, 0.600, 0.078, 0.040), (-0.108, 0, 0.650, 0.086, 0.050), (-0.104, 0, 0.740, 0.082, 0.046),
           (-0.092, 0, 0.815, 0.066, 0.032)]  # fmt: skip
    pocket = [(-0.150, 0, 0.615, 0.058, 0.016), (-0.156, 0, 0.655, 0.062, 0.020), (-0.150, 0, 0.700, 0.056, 0.014)]
    strap = [
        (-0.072, 0.048, 0.800, 0.012, 0.005),
        (-0.030, 0.058, 0.843, 0.012, 0.006),
        (0.030, 0.060, 0.822, 0.012, 0.006),
        (0.067, 0.062, 0.745, 0.012, 0.006),
        (0.058, 0.076, 0.660, 0.011, 0.006),
        (-0.020, 0.098, 0.630, 0.009, 0.006),
    ]
    left = tube(curve(strap, 12), _PACK, side=_SIDE, segments=6, dome_rows=1)
    return [
        tube(curve(bag, 7), _PACK, side=_SIDE, segments=14, power=3.0, dome_rows=2),
        tube(curve(pocket, 4), _PACK, side=_SIDE, segments=10, power=3.0, dome_rows=1),
        left,
        g.transformed(left, scale=(1.0, -1.0, 1.0)),
    ]
