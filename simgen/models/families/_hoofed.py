"""Four legs with hooves: their bones from joints at rest, meshes, limbs and masses; deer and boar are made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simgen.models import geometry as g
from simgen.models.bones import Vec
from simgen.models.families._lofts import Floats, curve, tube
from simgen.models.limbs import Leg, Limbs, Segment
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import ModelPart
from simgen.models.stance import standing_parts

_SIDE = (0.0, 1.0, 0.0)
_LOW: Vec = (-0.25, -0.9, -0.2)
_HIGH: Vec = (0.25, 0.9, 0.2)
_STRETCH = 0.985  # of the two lower bones of a standing leg


@dataclass(frozen=True)
class LegPlan:
    """A leg at rest, in shares of the shoulder height.

    Attributes:
        top, elbow, knee, fetlock: x and z of its joints; y: of the leg at the top, taper: share of it lost at the hoof.
        radii: (radius along x, across) at the top of the girdle bone, elbow, knee, middle of the cannon and fetlock.
        muscle: radii in the upper half of the girdle bone.
        bend: 1 where the knee goes forward (carpus), -1 where it goes back (hock).
    """

    top: tuple[float, float]
    elbow: tuple[float, float]
    knee: tuple[float, float]
    fetlock: tuple[float, float]
    y: float
    taper: float
    muscle: tuple[float, float]
    radii: tuple[tuple[float, float], ...]
    hoof: float
    bend: float


@dataclass(frozen=True)
class TrunkPlan:
    """Trunk, neck and head of an animal, in shares of the shoulder height and of its mass.

    Attributes:
        origin_z: height of the trunk's frame; neck, head: joints in the trunk's frame and in the neck's.
        barrel, neck_ball, head_ball: (centre x, z, radius, length along x) of their collision shapes in their frames.
        shares: of the mass: trunk, neck, head, and one leg's upper piece and cannon with hoof, fore and hind.
    """

    origin_z: float
    neck: Vec
    head: Vec
    barrel: tuple[float, float, float, float]
    neck_ball: tuple[float, float, float, float]
    head_ball: tuple[float, float, float, float]
    shares: tuple[float, float, float, float, float, float, float]


def limbs_of(fore: LegPlan, hind: LegPlan, trunk: TrunkPlan, s: float) -> Limbs:
    """The limbs of an animal whose shoulder is `s` metres high."""
    z0 = trunk.origin_z
    legs = tuple(
        _leg(plan, f"{end}{k}", side, z0, s)
        for plan, end in ((fore, "fore_"), (hind, "hind_"))
        for k, side in (("l", 1.0), ("r", -1.0))
    )
    hip = 0.5 * (fore.top[1] + hind.top[1]) * s
    bones = {"neck": _times(trunk.neck, s), "head": _times(trunk.head, s)}
    return Limbs("quadruped", _segments(fore, hind, trunk, s), legs, (), hip, z0 * s, bones)


def leg_meshes(plan: LegPlan, end: str, coat: Material, hoof: Material, s: float) -> dict[str, Mesh]:
    """The pieces of a pair of legs by segment name, in metres."""
    girdle, upper, lower, _ = _lengths(plan)
    top, elbow, knee, cannon, fetlock = plan.radii
    ball = plan.muscle
    pieces = {
        "shoulder": _limb(
            [(0, 0, 0.35 * top[0], *top), (0, 0, -0.45 * girdle, *ball), (0, 0, -girdle, *elbow)], coat
        ),
        "upper": _limb(
            [(0, 0, 0, *elbow), (0, 0, -0.5 * upper, *_mean(elbow, knee, 0.58)), (0, 0, -upper, *knee)], coat
        ),
        "cannon": _limb([(0, 0, 0, *knee), (0, 0, -0.45 * lower, *cannon), (0, 0, -lower, *fetlock)], coat),
        "hoof": _hoof(plan, coat, hoof),
    }  # fmt: skip
    out = {}
    for kind, mesh in pieces.items():
        out[f"{kind}_{end}_l"] = mesh.enlarged(s)
        out[f"{kind}_{end}_r"] = g.transformed(mesh, scale=(1.0, -1.0, 1.0)).enlarged(s)
    return out


def _limb(rows: list[tuple[float, ...]], coat: Material) -> Mesh:
    path: Floats = np.array([[x, y, z, across, along] for x, y, z, along, across in rows])
    return tube(curve(path, 7), coat, side=_SIDE, segments=10, dome_rows=2)


def _hoof(plan: LegPlan, coat: Material, horn: Material) -> Mesh:
    """Pastern and hoof about the fetlock joint."""
    rx, ry = plan.radii[4]
    h, k = plan.fetlock[1], plan.hoof
    pastern = tube(
        curve([(0, 0, 0, ry, rx), (0.35 * h, 0, -0.62 * h, 0.92 * ry, 0.92 * rx)], 4), coat, side=_SIDE, segments=10,
        ends=("round", "round"), dome_rows=2,
    )  # fmt: skip
    shell = g.lathe([(1.0 * k, -h), (0.9 * k, -0.62 * h), (0.62 * k, -0.38 * h)], horn, 10)
    shell = g.transformed(shell, scale=(1.25, 0.85, 1.0), translation_m=(0.36 * h, 0.0, 0.0))
    return g.merge([pastern, shell])


def _lengths(plan: LegPlan) -> tuple[float, float, float, float]:
    girdle = math.dist(plan.top, plan.elbow)
    upper, lower = math.dist(plan.elbow, plan.knee), math.dist(plan.knee, plan.fetlock)
    lean = math.atan2(plan.elbow[0] - plan.top[0], plan.top[1] - plan.elbow[1])
    return girdle, upper, lower, lean


def _leg(plan: LegPlan, end: str, side: float, z0: float, s: float) -> Leg:
    girdle, upper, lower, lean = _lengths(plan)
    return Leg(
        girdle=f"shoulder_{end}", upper=f"upper_{end}", lower=f"cannon_{end}", foot=f"hoof_{end}", toes="",
        root_m=(plan.top[0] * s, side * plan.y * s, (plan.top[1] - z0) * s), girdle_m=girdle * s, upper_m=upper * s,
        lower_m=lower * s, girdle_rad=lean, rest_x_m=plan.fetlock[0] * s,
        rest_y_m=side * plan.y * (1.0 - plan.taper) * s, ankle_m=plan.fetlock[1] * s,
        heel_x_m=0.0, ball_x_m=(0.36 * plan.fetlock[1] + 1.0 * plan.hoof) * s, toe_out_rad=0.0, bend=plan.bend,
        lead=-0.09 if plan.bend > 0.0 else 0.03,
    )  # fmt: skip


def _segments(fore: LegPlan, hind: LegPlan, trunk: TrunkPlan, s: float) -> tuple[Segment, ...]:
    def lying(of: tuple[float, float, float, float]) -> tuple[Shape, ...]:
        x, z, radius, length = (v * s for v in of)
        turn = (0.0, math.sqrt(0.5), 0.0, math.sqrt(0.5))
        straight = max(length - 2.0 * radius, 0.01 * s)
        return (Shape("capsule", (x, 0.0, z), turn, (radius, radius, straight)),)

    def limb(length: float, radius: float) -> tuple[Shape, ...]:
        half = 0.5 * length * s
        return (Shape("capsule", (0.0, 0.0, -half), size_m=(radius * s, radius * s, length * s)),)

    m = trunk.shares
    names = ("trunk", "neck", "head")
    shapes = (lying(trunk.barrel), lying(trunk.neck_ball), lying(trunk.head_ball))
    com = [(shape[0].center_m[0], 0.0, shape[0].center_m[2]) for shape in shapes]
    out = [
        Segment(names[0], "", m[0], shapes[0], com[0]),
        Segment(names[1], "trunk", m[1], shapes[1], com[1], "", (-0.4, -0.5, -0.6), (0.4, 0.9, 0.6)),
        Segment(names[2], "neck", m[2], shapes[2], com[2], "", (-0.3, -0.6, -0.4), (0.3, 0.6, 0.4)),
    ]
    for plan, end, upper_share, cannon_share in ((fore, "fore", m[3], m[4]), (hind, "hind", m[5], m[6])):
        _, upper, lower, _ = _lengths(plan)
        whole = lower + plan.fetlock[1] - plan.radii[4][0]
        for k in "lr":
            e = f"{end}_{k}"
            high = upper_share, limb(upper, plan.radii[2][0]), (0.0, 0.0, -0.4 * upper * s)
            low = cannon_share, limb(whole, plan.radii[4][0]), (0.0, 0.0, -0.45 * whole * s)
            out += [
                Segment(f"shoulder_{e}", "trunk", rides="trunk"),
                Segment(f"upper_{e}", f"shoulder_{e}", *high, "", _LOW, _HIGH),
                Segment(
                    f"cannon_{e}",
                    f"upper_{e}",
                    *low,
                    "",
                    (-0.06, *_fold(plan.bend)[:1], -0.1),
                    (0.06, *_fold(plan.bend)[1:], 0.1),
                ),
                Segment(f"hoof_{e}", f"cannon_{e}", rides=f"cannon_{e}"),
            ]
    return tuple(out)


def _fold(bend: float) -> tuple[float, float]:
    """How far the middle joint turns about y: a carpus folds the cannon back, a hock forward."""
    return (-0.1, 1.6) if bend > 0.0 else (-1.6, 0.2)


def _mean(a: tuple[float, float], b: tuple[float, float], share: float) -> tuple[float, float]:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _times(v: Vec, s: float) -> Vec:
    return v[0] * s, v[1] * s, v[2] * s


def animal_parts(
    fore: LegPlan,
    hind: LegPlan,
    body: TrunkPlan,
    meshes: Mapping[str, tuple[Mesh, Vec]],
    coat: Material,
    hoof: Material,
    shoulder_m: float,
) -> tuple[Limbs, tuple[ModelPart, ...]]:
    """Limbs and standing parts of an animal.

    Args:
        fore, hind, body: its plans, in shares of the shoulder height.
        meshes: "trunk", "neck" and "head" in the model frame, each with the place of its joint there.
        coat, hoof: of the legs.
        shoulder_m: height of the withers.
    """
    placed = {
        name: g.transformed(mesh, translation_m=(-at[0], -at[1], -at[2])).enlarged(shoulder_m)
        for name, (mesh, at) in meshes.items()
    }
    placed |= leg_meshes(fore, "fore", coat, hoof, shoulder_m) | leg_meshes(hind, "hind", coat, hoof, shoulder_m)
    limbs = limbs_of(fore, hind, body, shoulder_m)
    return limbs, standing_parts(limbs, placed)
