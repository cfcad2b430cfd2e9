"""Where one foot is at each phase of the stride: planted, rolling over its sole, or swinging to its next place."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from simgen.models.bones import Vec
from simgen.models.gait import Gait
from simgen.models.limbs import Leg

Ground = Callable[[float, float], float]
"""Height of the ground at (x, y) of the model frame, relative to its origin, metres."""


class Foot(NamedTuple):
    """A foot in the model frame.

    Attributes:
        ankle: the joint.
        pitch: heel up is positive, radians; bend: turns the toes up against the foot.
        planted: on the ground.
        reach: ankle of the flat foot ahead of its place under the body, metres: what the girdle follows.
    """

    ankle: Vec
    pitch: float
    bend: float
    planted: bool
    reach: float


@dataclass(frozen=True)
class Roll:
    """How a foot lands, rolls off and swings.

    Attributes:
        strike_rad: toes up at touch-down; strike_share: share of the stance until the foot is flat.
        off_rad: heel up at lift-off; off_share: share of the stance at which the heel rises.
        lift: height of the swing over the straight way, as a share of the leg's bones; early: its peak comes early.
        fold_rad: further pitch of the foot in the middle of the swing.
        lead: touch-down moved forward, as a share of the sweep.
        land: speed of the foot against the ground just before it lands, as a share of the body's.
    """

    strike_rad: float
    strike_share: float
    off_rad: float
    off_share: float
    lift: float
    fold_rad: float
    lead: float
    land: float


_ROLLS = {
    "stand": Roll(0.0, 0.1, 0.0, 0.9, 0.0, 0.0, 0.0, 0.0),
    "walk": Roll(0.32, 0.14, 1.0, 0.50, 0.035, 0.0, -0.135, 0.4),
    "run": Roll(0.10, 0.12, 1.05, 0.42, 0.26, 0.55, -0.18, 0.5),
}
_FULL_STRIDE = 1.58
"""Walking stride in heights of the hip, that of 1.4 m/s: who takes shorter steps rolls and lifts the feet less."""
_HOOVES = {
    "stand": _ROLLS["stand"],
    "walk": Roll(0.05, 0.1, 0.95, 0.45, 0.05, 0.35, -0.10, 0.4),
    "trot": Roll(0.05, 0.1, 1.0, 0.45, 0.20, 0.70, -0.06, 0.5),
    "gallop": Roll(0.05, 0.1, 1.1, 0.42, 0.30, 0.90, 0.0, 0.5),
}


def roll_of(gait: Gait, *, hooves: bool, hip_m: float) -> Roll:
    """How the feet of a body with hips at that height move in a gait."""
    roll = (_HOOVES if hooves else _ROLLS)[gait.name]
    if hooves or gait.name != "walk":
        return roll
    share = min(gait.stride_m / (_FULL_STRIDE * hip_m), 1.0)
    return replace(roll, strike_rad=share * roll.strike_rad, off_rad=share * roll.off_rad, lift=share * roll.lift)


def foot_at(leg: Leg, gait: Gait, roll: Roll, phase: float, offset: float, ground: Ground) -> Foot:
    """The foot of a leg.

    While it is planted, what touches the ground lies still in the world: the body moves `stride_m` over it a
    cycle. So phase must grow with the distance walked.

    Args:
        leg: whose.
        gait: its timing.
        roll: how it rolls.
        phase: of the stride, in cycles.
        offset: phase at which this foot lands.
        ground: under it.
    """
    u = (phase - offset) % 1.0
    sweep = gait.duty * gait.stride_m
    if gait.stride_m == 0.0:
        return _planted(leg, roll, leg.rest_x_m, 0.5, ground, 0.0)
    lead = leg.rest_x_m + (roll.lead + leg.lead) * sweep
    if u < gait.duty:
        s = u / gait.duty
        return _planted(leg, roll, lead + sweep * (0.5 - s), s, ground, sweep * (0.5 - s))
    w = (u - gait.duty) / (1.0 - gait.duty)
    ahead = gait.stride_m * (1.0 - gait.duty)  # what the body covers while this foot swings
    left = _planted(leg, roll, lead - 0.5 * sweep - ahead * w, 1.0, ground, 0.0)
    next_ = _planted(leg, roll, lead + 0.5 * sweep + ahead * (1.0 - w), 0.0, ground, 0.0)
    return _swung(leg, roll, left, next_, w, ahead, 0.5 * sweep)


def _planted(leg: Leg, roll: Roll, x: float, s: float, ground: Ground, reach: float) -> Foot:
    """A foot whose flat ankle is at x, at share s of its stance: on the heel, flat, then on the ball."""
    if s < roll.strike_share:
        pitch, pivot = -roll.strike_rad * (1.0 - s / roll.strike_share), leg.heel_x_m
    else:
        rise = max((s - roll.off_share) / (1.0 - roll.off_share), 0.0)
        pitch, pivot = roll.off_rad * rise**1.6, leg.ball_x_m
    c, sn = math.cos(pitch), math.sin(pitch)
    heading = math.cos(leg.toe_out_rad)
    side = math.sin(leg.toe_out_rad)
    px, py = x + pivot * heading, leg.rest_y_m + pivot * side
    back = -pivot * c + leg.ankle_m * sn  # of the ankle from the pivot, along the foot
    up = pivot * sn + leg.ankle_m * c
    ankle = (px + back * heading, py + back * side, ground(px, py) + up)
    return Foot(ankle, pitch, max(pitch, 0.0), True, reach)


def _swung(leg: Leg, roll: Roll, left: Foot, next_: Foot, w: float, ahead: float, half: float) -> Foot:
    """Between lift-off and landing: along a cubic whose ends move over the ground as the foot does."""
    smooth = w * w * (3.0 - 2.0 * w)
    slope = roll.land * ahead * w * w * (1.0 - w)  # slows down before it lands
    a, b = left.ankle, next_.ankle
    bump = 4.0 * w * (1.0 - w)
    early = bump * (1.5 - w) if roll.lift > 0.1 else bump
    lift = roll.lift * (leg.upper_m + leg.lower_m) * early
    ankle = (
        a[0] + (b[0] - a[0]) * smooth + slope,
        a[1] + (b[1] - a[1]) * smooth,
        a[2] + (b[2] - a[2]) * smooth + lift,
    )
    quick = min(1.6 * w, 1.0)
    down = quick * quick * (3.0 - 2.0 * quick)
    pitch = left.pitch + (next_.pitch - left.pitch) * down + roll.fold_rad * bump * (1.0 - 0.5 * w)
    bend = left.bend * (1.0 - min(4.0 * w, 1.0))
    return Foot(ankle, pitch, bend, False, half * (2.0 * smooth - 1.0))
