"""People: a walking adult, built from lofted limbs posed at one phase of the gait."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._head import head
from simgen.models.families._lofts import Floats, curve, enlarged, outer_box, tube
from simgen.models.families._shoe import BALL_X, HEEL_X, SOLE_Z, shoe
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart
from simgen.models.palette import SKIN

TOP = Material("jacket", (0.055, 0.11, 0.23), roughness=0.85, pattern="cloth", contrast=0.5, slot="top")
TROUSERS = Material("trousers", (0.045, 0.047, 0.055), roughness=0.9, pattern="cloth", contrast=0.4, slot="trousers")
HAIR = Material("hair", (0.030, 0.020, 0.014), roughness=0.6, pattern="fur", contrast=0.4, slot="hair")
SHOES = Material("shoes", (0.040, 0.028, 0.022), roughness=0.5, slot="shoes")

_BMI = 23.5
_SIDE = (0.0, 1.0, 0.0)


@dataclass(frozen=True)
class _Leg:
    """Joint positions of a leg, metres, and the pitch of its shoe (heel up is positive)."""

    hip: Floats
    knee: Floats
    ankle: Floats
    heel_up_rad: float


@register_model("person.adult")
def adult(height_m: float = 1.75, stride_rad: float = 0.35) -> Model:
    """A walking adult in jacket, trousers and shoes; a kinematic proxy moved by its behaviour.

    Segment lengths are the shares of body height of Drillis & Contini (1966), as tabulated by Winter.

    Args:
        height_m: body height, standing upright; 1.2 to 2.2.
        stride_rad: swing of the leading leg forward of the vertical; the other trails by as much and the arms
            swing against them. Positive leads with the left leg; 0 stands; within -0.7 to 0.7.

    Raises:
        UserError: a parameter outside its range.
    """
    if not 1.2 <= height_m <= 2.2:
        raise UserError(f"person.adult: height_m must be 1.2 to 2.2, not {height_m:g}")
    if not -0.7 <= stride_rad <= 0.7:
        raise UserError(f"person.adult: stride_rad must be -0.7 to 0.7, not {stride_rad:g}")
    mesh = _body(stride_rad)
    lift = -float(mesh.vertices_m[:, 2].min())
    mesh = enlarged(mesh, height_m, lift * height_m)
    size, center = outer_box([mesh])
    return Model(
        name="person.adult",
        class_name="person",
        parts=(ModelPart("body", mesh),),
        collision=_capsule(0.125 * height_m, size[2]),
        mass_kg=_BMI * height_m**2,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, 0.56 * height_m),
        kinematic=True,
        displaced_volume_fraction=0.5,
        friction=0.7,
        slots=("skin", "top", "trousers", "hair", "shoes"),
    )


def _capsule(radius_m: float, height_m: float) -> tuple[Shape, ...]:
    straight = height_m - 2.0 * radius_m
    ball = (radius_m, radius_m, radius_m)
    return (
        Shape("cylinder", (0.0, 0.0, 0.5 * height_m), size_m=(radius_m, radius_m, straight)),
        Shape("sphere", (0.0, 0.0, radius_m), size_m=ball),
        Shape("sphere", (0.0, 0.0, height_m - radius_m), size_m=ball),
    )


def _body(stride: float) -> Mesh:
    """The whole figure at body height 1, ground near z = 0."""
    legs = [_posed_leg(0.049, stride), _posed_leg(-0.049, -stride)]
    trailing = min(legs, key=lambda leg: leg.ankle[0])
    ground = min(_shoe_bottom(leg, 0.0 if leg is trailing else leg.heel_up_rad) for leg in legs)
    legs = [_heel_lifted(leg, ground) if leg is trailing else leg for leg in legs]
    return g.merge(
        [
            *(_leg_mesh(leg) for leg in legs),
            _arm(1.0, -stride),
            _arm(-1.0, stride),
            *_torso(),
            g.transformed(head(0.130, SKIN, HAIR), translation_m=(0.012, 0.0, 0.870)),
        ]
    )


# --- legs -------------------------------------------------------------------------------------------------


def _posed_leg(y: float, swing: float) -> _Leg:
    bend = 0.06 + (0.10 * swing if swing > 0 else -0.45 * swing)  # the trailing knee gives more
    hip = np.array([0.0, y, 0.520])
    thigh = swing + 0.4 * bend
    knee = hip + 0.240 * np.array([math.sin(thigh), 0.0, -math.cos(thigh)])
    shank = thigh - bend
    ankle = knee + 0.246 * np.array([math.sin(shank), 0.0, -math.cos(shank)])
    return _Leg(hip, knee, ankle, -0.45 * swing if swing > 0 else 0.0)


def _shoe_bottom(leg: _Leg, heel_up: float) -> float:
    """Height of the lowest point of the sole."""
    s, c = math.sin(heel_up), math.cos(heel_up)
    return float(leg.ankle[2]) + min(-s * x + c * SOLE_Z for x in (BALL_X, HEEL_X))


def _heel_lifted(leg: _Leg, ground: float) -> _Leg:
    """The leg with its heel raised until the ball of the foot meets the ground (bisection)."""
    low, high = 0.0, 1.2
    for _ in range(40):
        mid = 0.5 * (low + high)
        low, high = (low, mid) if _shoe_bottom(leg, mid) < ground else (mid, high)
    return _Leg(leg.hip, leg.knee, leg.ankle, low)


def _leg_mesh(leg: _Leg) -> Mesh:
    top = leg.hip + np.array([0.0, 0.0, 0.012])
    thigh = leg.knee - leg.hip
    shank = leg.ankle - leg.knee
    behind = np.array([-0.008, 0.0, 0.0])
    rows = [
        [*top, 0.046, 0.056],
        [*(leg.hip + 0.12 * thigh), 0.047, 0.056],
        [*(leg.hip + 0.40 * thigh), 0.044, 0.050],
        [*(leg.hip + 0.75 * thigh), 0.037, 0.041],
        [*leg.knee, 0.033, 0.036],
        [*(leg.knee + 0.30 * shank + behind), 0.033, 0.037],
        [*(leg.knee + 0.65 * shank), 0.030, 0.032],
        [*(leg.knee + 0.96 * shank), 0.029, 0.031],
    ]
    cloth = tube(curve(rows, 10), TROUSERS, side=_SIDE, segments=12, ends=("round", "flat"))
    return g.merge([cloth, _shoe(leg)])


def _shoe(leg: _Leg) -> Mesh:
    """The shoe at the end of a leg, toes a little outward, bent flat to the ground when the heel is up."""
    outward = math.copysign(0.12, float(leg.hip[1]))
    turn = g.rotation_y(leg.heel_up_rad) @ g.rotation_z(outward)
    return g.transformed(shoe(max(leg.heel_up_rad, 0.0), SHOES), rotation=turn, translation_m=leg.ankle.tolist())


# --- arms -------------------------------------------------------------------------------------------------


def _arm(side: float, swing: float) -> Mesh:
    """A sleeve from the shoulder to the wrist, and the hand; built for the left and mirrored."""
    shoulder = np.array([-0.004, 0.104, 0.800])
    upper = 0.85 * swing + 0.02
    fore = upper + 0.22 + 0.35 * max(swing, 0.0)
    elbow = shoulder + 0.178 * np.array([math.sin(upper), 0.10, -math.cos(upper)])
    direction = np.array([math.sin(fore), 0.02, -math.cos(fore)])
    wrist = elbow + 0.142 * direction
    rows = [
        [-0.006, 0.050, 0.806, 0.034, 0.022],
        [-0.005, 0.076, 0.797, 0.037, 0.0245],
        [-0.004, 0.096, 0.783, 0.038, 0.0285],
        [*(shoulder + np.array([0.0, 0.003, -0.040])), 0.037, 0.031],
        [*(0.6 * shoulder + 0.4 * elbow), 0.033, 0.029],
        [*elbow, 0.028, 0.025],
        [*(0.6 * elbow + 0.4 * wrist), 0.026, 0.0245],
        [*wrist, 0.021, 0.019],
    ]
    sleeve = tube(curve(rows, 12), TOP, side=(1.0, 0.0, 0.0), segments=10, ends=("round", "flat"))
    arm = g.merge([sleeve, _hand(wrist, direction)])
    return arm if side > 0 else g.transformed(arm, scale=(1.0, -1.0, 1.0))


def _hand(wrist: Floats, direction: Floats) -> Mesh:
    """A relaxed left hand, palm to the thigh: its own frame has fingers along -z and the thumb forward."""
    along = direction / np.linalg.norm(direction)
    x = np.cross([0.0, 1.0, 0.0], -along)
    x /= np.linalg.norm(x)
    turn = np.column_stack([x, np.cross(-along, x), -along])
    palm = curve([(0, 0, 0.012, 0.0105, 0.014), (0, 0, -0.012, 0.0095, 0.0165), (0.001, 0, -0.045, 0.0085, 0.022)], 5)
    pieces = [tube(palm, SKIN, side=_SIDE, segments=8, dome_rows=2)]
    for k, length in enumerate((0.040, 0.045, 0.043, 0.034)):
        start = 0.0165 - 0.0108 * k
        curl = 0.010 + 0.003 * k
        pieces.append(
            _finger(
                [
                    (start, 0.0, -0.046),
                    (start, -0.003, -0.046 - 0.55 * length),
                    (start, -curl, -0.046 - length),
                ],
                0.0054,
            )
        )
    pieces.append(_finger([(0.016, -0.001, -0.014), (0.027, -0.005, -0.030), (0.029, -0.009, -0.050)], 0.0065))
    return g.transformed(g.merge(pieces), rotation=turn, translation_m=wrist.tolist())


def _finger(points: ArrayLike, radius: float) -> Mesh:
    p = np.asarray(points, dtype=np.float64)
    taper = np.linspace(1.0, 0.75, len(p)) * radius
    return tube(np.column_stack([p, taper, taper]), SKIN, side=_SIDE, segments=5, dome_rows=1)


# --- trunk ------------------------------------------------------------------------------------------------


def _torso() -> list[Mesh]:
    """Hips in trousers, a jacket over them, its collar and the neck."""
    hips = [
        (-0.004, 0, 0.474, 0.034, 0.034),
        (-0.006, 0, 0.500, 0.078, 0.054),
        (-0.006, 0, 0.530, 0.098, 0.064),
        (-0.004, 0, 0.580, 0.088, 0.062),
    ]
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
    return [
        tube(curve(hips, 5), TROUSERS, side=_SIDE, segments=12, ends=("round", "open"), power=2.3),
        tube(curve(jacket, 13), TOP, side=_SIDE, segments=18, ends=("flat", "flat"), power=2.4),
        tube(curve(collar, 3), TOP, side=_SIDE, segments=16, ends=("open", "flat")),
        tube(curve(neck, 4), SKIN, side=_SIDE, segments=12, ends=("open", "open")),
    ]
