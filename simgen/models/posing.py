"""Poses of people and animals: pure functions of the limbs, the gait, its phase and the ground."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from simgen.models.bones import UPRIGHT, Frame, Vec, two_bones
from simgen.models.gait import Gait, gait_of
from simgen.models.limbs import Arm, Leg, Limbs
from simgen.models.steps import Foot, Ground, Roll, foot_at, roll_of

_REACH = 0.990  # share of its length to which a leg on the ground is stretched, just within `STRETCH`
_SAMPLES = 48
_GIRDLE_GAIN, _GIRDLE_RAD = 0.85, 0.50  # how girdle bones follow the foot, and how far
_TAU = math.tau


class Carriage(NamedTuple):
    """How a body carries itself at one speed: its gait and how far its trunk sinks for the feet to reach the ground."""

    gait: Gait
    roll: Roll
    drop_m: float


def level(_x: float, _y: float) -> float:
    """Flat ground through the origin."""
    return 0.0


@lru_cache(maxsize=512)
def carriage(limbs: Limbs, speed_mps: float) -> Carriage:
    """The carriage of people or animals at a speed."""
    gait = gait_of(limbs, speed_mps)
    roll = roll_of(gait, hooves=limbs.kind == "quadruped", hip_m=limbs.hip_m)
    plain = Carriage(gait, roll, 0.0)
    lack = max(_lack(limbs, plain, k / _SAMPLES, level) for k in range(_SAMPLES))
    return Carriage(gait, roll, max(lack, 0.0))


def posed(limbs: Limbs, how: Carriage, phase: float, ground: Ground = level) -> dict[str, Frame]:
    """Frames of all segments in the model frame (origin on the ground under the body, x forward, z up).

    Args:
        limbs: of a biped or quadruped.
        how: its carriage.
        phase: of the stride, cycles; it has to grow by one every `gait.stride_m` walked.
        ground: height under the feet.

    Returns:
        Frame by segment name.
    """
    feet = _feet(limbs, how, phase, ground)
    sunk = max(_lacks(limbs, _trunk(limbs, how, phase, 0.0), feet), default=0.0)
    trunk = _trunk(limbs, how, phase, max(sunk, 0.0))
    out = {limbs.segments[0].name: trunk}
    if limbs.kind == "quadruped":
        _quadruped_trunk(limbs, how, phase, trunk, out)
    else:
        _upper_body(limbs, how, phase, trunk, out)
    for leg, foot in zip(limbs.legs, feet, strict=True):
        pose_leg(leg, trunk, foot, out)
    return out


def pose_leg(leg: Leg, trunk: Frame, foot: Foot, out: dict[str, Frame]) -> None:
    """Add a leg's frames to `out`: its foot as given, its bones from the trunk to it."""
    root = trunk.at(leg.root_m)
    if leg.girdle:
        blade, root = _girdle(leg, trunk, foot)
        out[leg.girdle] = blade
    # knees turn out with the feet
    forward = UPRIGHT.child((0.0, 0.0, 0.0), yaw=leg.toe_out_rad).x
    upper, lower, ankle = two_bones(root, foot.ankle, leg.upper_m, leg.lower_m, forward, leg.bend)
    out[leg.upper], out[leg.lower] = upper, lower
    sole = UPRIGHT.child(ankle, yaw=leg.toe_out_rad, pitch=foot.pitch)
    out[leg.foot] = sole
    if leg.toes:
        out[leg.toes] = sole.child((leg.ball_x_m, 0.0, -leg.ankle_m), pitch=-foot.bend)


def pose_arm(arm: Arm, chest: Frame, swing: float, spread: float, bend: float, out: dict[str, Frame]) -> None:
    """Add an arm's frames: swung forward, spread outward and bent at the elbow by angles in radians."""
    upper = chest.child(arm.root_m, pitch=-swing, roll=arm.side * spread)
    lower = upper.child((0.0, 0.0, -arm.upper_m), pitch=-bend, roll=-0.6 * arm.side * spread)
    out[arm.upper], out[arm.lower] = upper, lower
    out[arm.hand] = lower.child((0.0, 0.0, -arm.lower_m), pitch=-0.12)


def hold_arm(arm: Arm, chest: Frame, out: dict[str, Frame]) -> None:
    """Add the frames of an arm that holds something up before the chest."""
    pose_arm(arm, chest, 0.30, 0.10, 2.05, out)


def _girdle(leg: Leg, trunk: Frame, foot: Foot) -> tuple[Frame, Vec]:
    """The girdle bone, swung along with the foot, and its lower end."""
    length = leg.girdle_m + leg.upper_m + leg.lower_m
    swing = min(max(leg.girdle_rad + _GIRDLE_GAIN * foot.reach / length, -_GIRDLE_RAD), _GIRDLE_RAD)
    blade = trunk.child(leg.root_m, pitch=-swing)
    return blade, blade.at((0.0, 0.0, -leg.girdle_m))


def _feet(limbs: Limbs, how: Carriage, phase: float, ground: Ground) -> list[Foot]:
    g = how.gait
    return [foot_at(leg, g, how.roll, phase, offset, ground) for leg, offset in zip(limbs.legs, g.offsets, strict=True)]


def _lack(limbs: Limbs, how: Carriage, phase: float, ground: Ground) -> float:
    """How far the trunk must sink for every planted foot to be reached."""
    return max(_lacks(limbs, _trunk(limbs, how, phase, 0.0), _feet(limbs, how, phase, ground)), default=0.0)


def _lacks(limbs: Limbs, trunk: Frame, feet: list[Foot]) -> list[float]:
    out = []
    for leg, foot in zip(limbs.legs, feet, strict=True):
        if not foot.planted:
            continue
        root = _girdle(leg, trunk, foot)[1] if leg.girdle else trunk.at(leg.root_m)
        length = _REACH * (leg.upper_m + leg.lower_m)
        across = math.hypot(root[0] - foot.ankle[0], root[1] - foot.ankle[1])
        out.append(root[2] - foot.ankle[2] - math.sqrt(max(length * length - across * across, 1e-4)))
    return out


def _trunk(limbs: Limbs, how: Carriage, phase: float, sunk_m: float) -> Frame:
    """The pelvis of people, the trunk of animals: it bobs twice a stride, sways to the planted leg, turns and nods."""
    gait, hip = how.gait, limbs.hip_m
    if gait.name == "stand":
        return UPRIGHT.child((0.0, 0.0, limbs.trunk_m - how.drop_m - sunk_m))
    brisk = min(math.sqrt(gait.froude) / 0.5, 1.0)
    mid = 2.0 * _TAU * (phase - 0.5 * gait.duty)  # 0 in the middle of each stance
    if gait.name in ("gallop",):
        bob, nod = 0.05 * hip * math.cos(_TAU * (phase - 0.80)), 0.09 * math.cos(_TAU * (phase - 0.12))
        return UPRIGHT.child((0.0, 0.0, limbs.trunk_m + bob - how.drop_m - sunk_m), pitch=nod)
    bob = {"walk": 0.025, "run": -0.030, "trot": -0.022}[gait.name] * hip * brisk * math.cos(mid)
    left = _TAU * phase
    if limbs.kind == "quadruped":
        roll = 0.015 * math.sin(left)
        return UPRIGHT.child((0.0, 0.0, limbs.trunk_m + 0.3 * bob - how.drop_m - sunk_m), roll=roll)
    sway = 0.022 * hip * (1.0 if gait.name == "walk" else 0.4) * math.cos(left - math.pi * gait.duty)
    yaw, roll = -0.09 * brisk * math.cos(left), 0.04 * brisk * math.sin(left + 0.3)
    pitch = 0.02 if gait.name == "walk" else 0.10
    return UPRIGHT.child((0.0, sway, limbs.trunk_m + bob - how.drop_m - sunk_m), yaw, pitch, roll)


def _upper_body(limbs: Limbs, how: Carriage, phase: float, pelvis: Frame, out: dict[str, Frame]) -> None:
    """Chest against the pelvis, head level, arms against the legs."""
    gait = how.gait
    standing, running = gait.name == "stand", gait.name == "run"
    c = 0.0 if standing else math.cos(_TAU * phase)
    lean = 0.0 if standing else (0.06 if running else 0.03)
    brisk = min(gait.speed_mps / math.sqrt(limbs.hip_m) / 1.5, 1.4)
    yaw, pitch = 0.16 * brisk * c, 0.10 * running + 0.02 * (not standing)
    chest = pelvis.child(limbs.bones["chest"], yaw=yaw, pitch=lean)
    chest_name, head_name = limbs.segments[1].name, limbs.segments[2].name
    out[chest_name] = chest
    out[head_name] = chest.child(limbs.bones["head"], yaw=-0.6 * yaw, pitch=-(lean + pitch))
    for arm in limbs.arms:
        swing = -arm.side * (0.75 if running else 0.42) * brisk * c
        ahead = max(swing, 0.0)
        if arm.holds:
            hold_arm(arm, chest, out)
        elif standing:
            pose_arm(arm, chest, 0.03, 0.10, 0.18 + 0.06 * arm.side, out)
        elif running:
            pose_arm(arm, chest, 0.55 * swing - 0.22, 0.20, 1.45 + 0.25 * swing, out)
        else:
            pose_arm(arm, chest, swing - 0.03, 0.09, 0.22 + 0.55 * ahead, out)


def _quadruped_trunk(limbs: Limbs, how: Carriage, phase: float, trunk: Frame, out: dict[str, Frame]) -> None:
    """Neck and head: the neck nods with the steps and lies lower at speed; the head keeps its slope."""
    gait = how.gait
    low = {"stand": 0.0, "walk": 0.06, "trot": 0.04, "gallop": 0.32}[gait.name]
    often = 1.0 if gait.name == "gallop" else 2.0
    nod = 0.0 if gait.name == "stand" else 0.035 * math.cos(often * _TAU * (phase - 0.2))
    neck = trunk.child(limbs.bones["neck"], pitch=low + nod)
    out[limbs.segments[1].name] = neck
    out[limbs.segments[2].name] = neck.child(limbs.bones["head"], pitch=-0.8 * (low + nod))
