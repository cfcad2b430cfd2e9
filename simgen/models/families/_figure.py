"""The pieces of a human figure and how they hang together, at body height 1; people and riders are made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import ArrayLike

from simgen.models import geometry as g
from simgen.models.bones import Vec
from simgen.models.families._head import head
from simgen.models.families._lofts import curve, enlarged, tube
from simgen.models.families._shoe import BALL_X, HEEL_X, SOLE_Z, shoe, toe_cap
from simgen.models.limbs import Arm, Leg, Limbs, Segment
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.palette import SKIN

TOP = Material("jacket", (0.055, 0.11, 0.23), roughness=0.85, pattern="cloth", contrast=0.5, slot="top")
TROUSERS = Material("trousers", (0.045, 0.047, 0.055), roughness=0.9, pattern="cloth", contrast=0.4, slot="trousers")
HAIR = Material("hair", (0.030, 0.020, 0.014), roughness=0.6, pattern="fur", contrast=0.4, slot="hair")
SHOES = Material("shoes", (0.040, 0.028, 0.022), roughness=0.5, slot="shoes")
SLOTS = ("skin", "top", "trousers", "hair", "shoes")

ADULT_HEAD = 0.130
_SIDE = (0.0, 1.0, 0.0)
_HIP_Y, _HIP_Z, _CHEST_Z, _NECK_Z = 0.049, 0.520, 0.600, 0.862
_THIGH, _SHANK = 0.240, 0.246
_SHOULDER = (-0.004, 0.106, 0.796)
_UPPER_ARM, _FOREARM = 0.178, 0.142
_TOE_OUT = 0.12
_STANDING = 0.994  # length of a standing leg as a share of its bones

# Joint ranges about (x: outward of a left limb, y: backward, z: inward) from standing, as physiotherapy tables have
# them, rounded; the ragdoll stays within.
_RANGES: dict[str, tuple[Vec, Vec]] = {
    "chest": ((-0.45, -0.35, -0.5), (0.45, 0.9, 0.5)),
    "head": ((-0.5, -0.6, -0.9), (0.5, 0.6, 0.9)),
    "upper_arm": ((-0.25, -2.4, -0.8), (2.2, 0.9, 0.8)),
    "forearm": ((-0.1, -2.3, -0.3), (0.1, 0.05, 0.3)),
    "thigh": ((-0.35, -1.9, -0.4), (0.7, 0.35, 0.4)),
    "shank": ((-0.08, -0.05, -0.1), (0.08, 2.2, 0.1)),
    "foot": ((-0.3, -0.4, -0.3), (0.3, 0.8, 0.3)),
}


@dataclass(frozen=True, eq=False)
class Figure:
    """A person in pieces: meshes by segment name, in metres, and the limbs."""

    meshes: dict[str, Mesh]
    limbs: Limbs


def figure(height_m: float, head_share: float = ADULT_HEAD) -> Figure:
    """A person of a height whose head (chin to crown) is a share of it.

    Lengths are the shares of body height of Drillis & Contini (1966) and masses those of Dempster, both as
    tabulated by Winter (2009, table 4.1); a larger head leaves less for the rest.
    """
    body = height_m * (1.0 - head_share) / (1.0 - ADULT_HEAD)
    unit = _unit_meshes()
    meshes = {name: enlarged(mesh, body) for name, mesh in unit.items()}
    meshes["head"] = enlarged(_skull(head_share), height_m)
    limbs = _limbs(body, head_share * height_m)
    return Figure({s.name: meshes[s.name] for s in limbs.segments}, limbs)


@lru_cache(maxsize=64)
def _skull(head_share: float) -> Mesh:
    """The head on its neck, of a person 1 m tall."""
    return g.transformed(head(head_share, SKIN, HAIR), translation_m=(0.012, 0.0, 0.870 - _NECK_Z))


def _limbs(body: float, head_m: float) -> Limbs:
    ankle = -SOLE_Z * body
    legs = tuple(
        Leg(
            girdle="", upper=f"thigh_{k}", lower=f"shank_{k}", foot=f"foot_{k}", toes=f"toes_{k}",
            root_m=(0.0, side * _HIP_Y * body, 0.0), girdle_m=0.0, upper_m=_THIGH * body, lower_m=_SHANK * body,
            girdle_rad=0.0, rest_x_m=0.012 * body, rest_y_m=side * 0.046 * body, ankle_m=ankle,
            heel_x_m=HEEL_X * body, ball_x_m=BALL_X * body, toe_out_rad=side * _TOE_OUT, bend=1.0,
        )
        for k, side in (("l", 1.0), ("r", -1.0))
    )  # fmt: skip
    x, y, z = _SHOULDER
    arms = tuple(
        Arm(
            f"upper_arm_{k}", f"forearm_{k}", f"hand_{k}", (x * body, side * y * body, (z - _CHEST_Z) * body),
            _UPPER_ARM * body, _FOREARM * body, side,
        )
        for k, side in (("l", 1.0), ("r", -1.0))
    )  # fmt: skip
    hip = ankle + _STANDING * (_THIGH + _SHANK) * body
    bones = {"chest": (0.0, 0.0, (_CHEST_Z - _HIP_Z) * body), "head": (0.0, 0.0, (_NECK_Z - _CHEST_Z) * body)}
    return Limbs("biped", _segments(body, head_m), legs, arms, hip, hip, bones)


def _segments(b: float, head_m: float) -> tuple[Segment, ...]:
    def lying(x: float, z: float, radius: float, across: float) -> tuple[Shape, ...]:
        turn = (math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5))
        return (Shape("capsule", (x * b, 0.0, z * b), turn, (radius * b, radius * b, across * b)),)

    def limb(length: float, radius: float) -> tuple[Shape, ...]:
        return (
            Shape("capsule", (0.0, 0.0, -0.5 * length * b), size_m=(radius * b, radius * b, (length - radius) * b)),
        )

    chest = (
        *lying(0.0, 0.045, 0.072, 0.06),
        *lying(0.0, 0.150, 0.070, 0.09),
    )
    skull = (Shape("sphere", (0.0, 0.0, 0.55 * head_m), size_m=(0.50 * head_m,) * 3),)
    sole = (Shape("box", (0.040 * b, 0.0, -0.016 * b), size_m=(0.145 * b, 0.046 * b, 0.036 * b)),)
    out = [
        Segment("pelvis", "", 0.142, lying(0.0, 0.010, 0.072, 0.06), (0.0, 0.0, 0.015 * b)),
        Segment("chest", "pelvis", 0.355, chest, (0.0, 0.0, 0.110 * b), "", *_RANGES["chest"]),
        Segment("head", "chest", 0.081, skull, (0.0, 0.0, 0.50 * head_m), "", *_RANGES["head"]),
    ]
    for k, side in (("l", 1.0), ("r", -1.0)):
        low = {n: _sided(r, side)[0] for n, r in _RANGES.items()}
        high = {n: _sided(r, side)[1] for n, r in _RANGES.items()}

        def own(
            kind: str, parent: str, share: float, shapes: tuple[Shape, ...], com: Vec, k: str = k,
            low: dict[str, Vec] = low, high: dict[str, Vec] = high,
        ) -> Segment:  # fmt: skip
            return Segment(f"{kind}_{k}", parent, share, shapes, com, "", low[kind], high[kind])

        arm = limb(_FOREARM + 0.06, 0.024)
        out += [
            own("upper_arm", "chest", 0.028, limb(_UPPER_ARM, 0.028), (0.0, 0.0, -0.436 * _UPPER_ARM * b)),
            own("forearm", f"upper_arm_{k}", 0.022, arm, (0.0, 0.0, -0.682 * _FOREARM * b)),
            Segment(f"hand_{k}", f"forearm_{k}", rides=f"forearm_{k}"),
            own("thigh", "pelvis", 0.100, limb(_THIGH, 0.049), (0.0, 0.0, -0.433 * _THIGH * b)),
            own("shank", f"thigh_{k}", 0.0465, limb(_SHANK, 0.034), (0.0, 0.0, -0.433 * _SHANK * b)),
            own("foot", f"shank_{k}", 0.0145, sole, (0.035 * b, 0.0, -0.018 * b)),
            Segment(f"toes_{k}", f"foot_{k}", rides=f"foot_{k}"),
        ]
    return tuple(out)


def _sided(ranges: tuple[Vec, Vec], side: float) -> tuple[Vec, Vec]:
    """Ranges of a left joint, mirrored for the right."""
    low, high = ranges
    if side > 0.0:
        return low, high
    return (-high[0], low[1], -high[2]), (-low[0], high[1], -low[2])


# --- meshes -----------------------------------------------------------------------------------------------


@cache
def _unit_meshes() -> dict[str, Mesh]:
    # Once: bodies of every height are these, enlarged.
    out = {"pelvis": _pelvis(), "chest": _chest()}
    left = {
        "upper_arm": _upper_arm(), "forearm": _forearm(), "hand": _hand(),
        "thigh": _thigh(), "shank": _shank(), "foot": shoe(SHOES), "toes": toe_cap(SHOES),
    }  # fmt: skip
    for kind, mesh in left.items():
        out[f"{kind}_l"] = mesh
        out[f"{kind}_r"] = g.transformed(mesh, scale=(1.0, -1.0, 1.0))
    return out


def _thigh() -> Mesh:
    rows = [
        (0, 0, 0.012, 0.046, 0.056),
        (0, 0, -0.12 * _THIGH, 0.047, 0.056),
        (0, 0, -0.40 * _THIGH, 0.044, 0.050),
        (0, 0, -0.75 * _THIGH, 0.037, 0.041),
        (0, 0, -_THIGH, 0.033, 0.036),
    ]
    return tube(curve(rows, 7), TROUSERS, side=_SIDE, segments=12, dome_rows=2)


def _shank() -> Mesh:
    rows = [
        (0, 0, 0, 0.033, 0.036),
        (-0.008, 0, -0.30 * _SHANK, 0.033, 0.037),
        (-0.002, 0, -0.65 * _SHANK, 0.030, 0.032),
        (0, 0, -0.96 * _SHANK, 0.029, 0.031),
    ]
    return tube(curve(rows, 7), TROUSERS, side=_SIDE, segments=12, ends=("round", "flat"), dome_rows=2)


def _upper_arm() -> Mesh:
    """The sleeve from inside the jacket over the shoulder to the elbow; the joint is the origin."""
    rows = [
        (-0.002, -0.054, 0.010, 0.034, 0.022),
        (-0.001, -0.028, 0.003, 0.037, 0.0245),
        (0.0, -0.008, -0.012, 0.038, 0.0285),
        (0.0, 0.0, -0.042, 0.037, 0.031),
        (0.0, 0.0, -0.40 * _UPPER_ARM, 0.033, 0.029),
        (0.0, 0.0, -_UPPER_ARM, 0.028, 0.026),
    ]
    return tube(curve(rows, 9), TOP, side=(1.0, 0.0, 0.0), segments=10, dome_rows=2)


def _forearm() -> Mesh:
    rows = [
        (0, 0, 0, 0.028, 0.026),
        (0, 0, -0.4 * _FOREARM, 0.026, 0.0245),
        (0, 0, -_FOREARM, 0.021, 0.019),
    ]
    return tube(curve(rows, 5), TOP, side=(1.0, 0.0, 0.0), segments=10, ends=("round", "flat"), dome_rows=2)


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


def _pelvis() -> Mesh:
    hips = [
        (-0.004, 0, 0.474, 0.034, 0.034),
        (-0.006, 0, 0.500, 0.078, 0.054),
        (-0.006, 0, 0.530, 0.098, 0.064),
        (-0.004, 0, 0.580, 0.088, 0.062),
        (-0.002, 0, 0.620, 0.082, 0.058),
    ]
    mesh = tube(curve(hips, 6), TROUSERS, side=_SIDE, segments=12, ends=("round", "round"), power=2.3, dome_rows=2)
    return g.transformed(mesh, translation_m=(0.0, 0.0, -_HIP_Z))


def _chest() -> Mesh:
    """A jacket down over the hips, its collar and the neck."""
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
    mesh = g.merge(
        [
            tube(curve(jacket, 13), TOP, side=_SIDE, segments=18, ends=("flat", "flat"), power=2.4),
            tube(curve(collar, 3), TOP, side=_SIDE, segments=16, ends=("open", "flat")),
            tube(curve(neck, 4), SKIN, side=_SIDE, segments=12, ends=("open", "round"), dome_rows=2),
        ]
    )
    return g.transformed(mesh, translation_m=(0.0, 0.0, -_CHEST_Z))
