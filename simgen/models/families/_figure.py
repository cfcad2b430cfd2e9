"""The pieces of a human figure and how they hang together, at body height 1; people and riders are made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.models.bones import Vec
from simgen.models.families._clothes import (
    CHEST_Z,
    FOREARM,
    HIP_Z,
    NECK_Z,
    SHANK,
    THIGH,
    UPPER_ARM,
    body_meshes,
    head_mesh,
)
from simgen.models.families._outfit import PLAIN, Outfit
from simgen.models.families._shoe import BALL_X, HEEL_X, SOLE_Z
from simgen.models.families._umbrella import umbrella
from simgen.models.geometry import merge
from simgen.models.limbs import Arm, Leg, Limbs, Segment
from simgen.models.mesh import Mesh, Shape

ADULT_HEAD = 0.130
_HIP_Y = 0.049
_SHOULDER = (-0.004, 0.106, 0.796)
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


def figure(height_m: float, head_share: float = ADULT_HEAD, outfit: Outfit = PLAIN) -> Figure:
    """A person of a height, without hat, whose head (chin to crown) is a share of it, dressed in an outfit.

    Lengths are the shares of body height of Drillis & Contini (1966) and masses those of Dempster, both as
    tabulated by Winter (2009, table 4.1); a larger head leaves less for the rest.
    """
    body = height_m * (1.0 - head_share) / (1.0 - ADULT_HEAD)
    meshes = {name: mesh.enlarged(body) for name, mesh in body_meshes(outfit).items()}
    meshes["head"] = head_mesh(head_share, outfit).enlarged(height_m)
    limbs = _limbs(body, head_share * height_m, holds=outfit.carries == "umbrella")
    if limbs.arms[1].holds:
        one = _limbs(1.0, head_share * height_m / body, holds=True)
        crown = NECK_Z - CHEST_Z + head_share * height_m / body
        meshes["hand_r"] = merge([meshes["hand_r"], umbrella(one.arms[1], crown).enlarged(body)])
    return Figure({s.name: meshes[s.name] for s in limbs.segments}, limbs)


def _limbs(body: float, head_m: float, *, holds: bool = False) -> Limbs:
    ankle = -SOLE_Z * body
    legs = tuple(
        Leg(
            girdle="", upper=f"thigh_{k}", lower=f"shank_{k}", foot=f"foot_{k}", toes=f"toes_{k}",
            root_m=(0.0, side * _HIP_Y * body, 0.0), girdle_m=0.0, upper_m=THIGH * body, lower_m=SHANK * body,
            girdle_rad=0.0, rest_x_m=0.012 * body, rest_y_m=side * 0.046 * body, ankle_m=ankle,
            heel_x_m=HEEL_X * body, ball_x_m=BALL_X * body, toe_out_rad=side * _TOE_OUT, bend=1.0,
        )
        for k, side in (("l", 1.0), ("r", -1.0))
    )  # fmt: skip
    x, y, z = _SHOULDER
    arms = tuple(
        Arm(
            f"upper_arm_{k}", f"forearm_{k}", f"hand_{k}", (x * body, side * y * body, (z - CHEST_Z) * body),
            UPPER_ARM * body, FOREARM * body, side, holds=holds and side < 0.0,
        )
        for k, side in (("l", 1.0), ("r", -1.0))
    )  # fmt: skip
    hip = ankle + _STANDING * (THIGH + SHANK) * body
    bones = {"chest": (0.0, 0.0, (CHEST_Z - HIP_Z) * body), "head": (0.0, 0.0, (NECK_Z - CHEST_Z) * body)}
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

        arm = limb(FOREARM + 0.06, 0.024)
        out += [
            own("upper_arm", "chest", 0.028, limb(UPPER_ARM, 0.028), (0.0, 0.0, -0.436 * UPPER_ARM * b)),
            own("forearm", f"upper_arm_{k}", 0.022, arm, (0.0, 0.0, -0.682 * FOREARM * b)),
            Segment(f"hand_{k}", f"forearm_{k}", rides=f"forearm_{k}"),
            own("thigh", "pelvis", 0.100, limb(THIGH, 0.049), (0.0, 0.0, -0.433 * THIGH * b)),
            own("shank", f"thigh_{k}", 0.0465, limb(SHANK, 0.034), (0.0, 0.0, -0.433 * SHANK * b)),
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
