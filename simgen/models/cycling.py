"""Poses of a cyclist: wheels and cranks turned by the way, feet on the pedals, hands on the bars."""

from __future__ import annotations

import math

from simgen.models.bones import UPRIGHT, Frame, Vec, two_bones
from simgen.models.limbs import Arm, Bicycle, Leg, Limbs
from simgen.models.posing import pose_leg
from simgen.models.steps import Foot, Ground

_TAU = math.tau
_RIDING_MPS = 0.3
_LEAN_RAD = 0.62  # of the trunk over a city bicycle's bars
_FLAT = 0.12  # pitch of the foot at the top of the stroke, and how much it dips round it
_WEAVE_RAD_MPS = 0.06  # amplitude of the steering that keeps a bicycle up, times the speed


def ride(limbs: Limbs, speed_mps: float, phase: float, ground: Ground) -> dict[str, Frame]:
    """Frames of all segments in the model frame.

    Args:
        limbs: of a cyclist.
        speed_mps: along the heading; below 0.3 m/s the rider stands astride the bicycle.
        phase: turns of the cranks, 0 with the left pedal on top; grows by one every `development_m`.
        ground: height under the wheels and feet.
    """
    b = limbs.bicycle
    assert b is not None
    riding = abs(speed_mps) >= _RIDING_MPS
    steer = _WEAVE_RAD_MPS / max(abs(speed_mps), 1.0) * math.sin(_TAU * phase) if riding else 0.18
    frame = _on_wheels(b, ground, -0.35 * steer if riding else 0.0)
    way = phase * b.development_m
    out: dict[str, Frame] = {}
    out["frame"] = frame
    fork = frame.child(b.head_m, pitch=-b.head_rad).child((0.0, 0.0, 0.0), yaw=steer)
    out["fork"] = fork
    out["wheel_front"] = fork.child(b.front_axle_m, pitch=way / b.wheel_radius_m)
    out["wheel_rear"] = frame.child(b.rear_axle_m, pitch=way / b.wheel_radius_m)
    crank = _TAU * phase if riding else 0.5 * math.pi
    cranks = frame.child(b.bottom_bracket_m, pitch=crank)
    out["cranks"] = cranks
    tilt = [_FLAT - 0.25 * math.sin(crank + half) for half in (0.0, math.pi)] if riding else [0.0, 0.0]
    for name, side, nod in (("pedal_l", 1.0, tilt[0]), ("pedal_r", -1.0, tilt[1])):
        at = cranks.at((0.0, side * b.pedal_y_m, side * b.crank_m))
        out[name] = UPRIGHT.child(at, pitch=nod)
    if riding:
        pelvis = frame.child(b.saddle_m, pitch=0.35)
        feet = [_on_pedal(leg, out[f"pedal_{k}"], nod) for leg, k, nod in zip(limbs.legs, "lr", tilt, strict=True)]
        lean = _LEAN_RAD - 0.35
    else:
        pelvis = frame.child((b.saddle_m[0] + 0.24, 0.0, _astride(limbs)), pitch=0.22)
        feet = [
            _on_ground(leg, pelvis.origin[0], side, ground) for leg, side in zip(limbs.legs, (1.0, -1.0), strict=True)
        ]
        lean = 0.35
    out["pelvis"] = pelvis
    chest = pelvis.child(limbs.bones["chest"], pitch=lean)
    out["chest"] = chest
    out["head"] = chest.child(limbs.bones["head"], pitch=-0.85 * (lean + 0.3))
    for leg, foot in zip(limbs.legs, feet, strict=True):
        pose_leg(leg, pelvis, foot, out)
    for arm in limbs.arms:
        grip = (b.grip_m[0], arm.side * b.grip_m[1], b.grip_m[2])
        hold(arm, chest, fork.at(grip), out)
    return out


def _on_wheels(b: Bicycle, ground: Ground, roll: float) -> Frame:
    """The bicycle's frame with both wheels on the ground, rolled about the line they stand on."""
    c, s = math.cos(b.head_rad), math.sin(b.head_rad)
    rear = b.rear_axle_m[0]
    front = b.head_m[0] + c * b.front_axle_m[0] - s * b.front_axle_m[2]
    low, high = ground(rear, 0.0), ground(front, 0.0)
    slope = (high - low) / (front - rear)
    return UPRIGHT.child((0.0, 0.0, low - slope * rear), pitch=-math.atan(slope), roll=roll)


def _on_pedal(leg: Leg, pedal: Frame, pitch: float) -> Foot:
    """The foot whose ball is on a pedal."""
    c, s = math.cos(pitch), math.sin(pitch)
    x, z = -leg.ball_x_m, leg.ankle_m + 0.012
    ankle = (pedal.origin[0] + c * x + s * z, pedal.origin[1], pedal.origin[2] - s * x + c * z)
    return Foot(ankle, pitch, 0.0, False, 0.0)


def _on_ground(leg: Leg, x: float, side: float, ground: Ground) -> Foot:
    at = (x + 0.02, side * 0.16)
    return Foot((*at, ground(*at) + leg.ankle_m), 0.0, 0.0, True, 0.0)


def _astride(limbs: Limbs) -> float:
    """Height of the hips over legs a little apart."""
    leg = limbs.legs[0]
    out = 0.16 - abs(leg.root_m[1])
    return leg.ankle_m + math.sqrt((0.985 * (leg.upper_m + leg.lower_m)) ** 2 - out * out)


def hold(arm: Arm, chest: Frame, grip: Vec, out: dict[str, Frame]) -> None:
    """Add the frames of an arm whose hand is on the bars: elbows low and a little out."""
    root = chest.at(arm.root_m)
    inward = (0.2, -0.35 * arm.side, 0.85)
    wrist = (grip[0] - 0.065, grip[1], grip[2] + 0.035)
    upper, lower, end = two_bones(root, wrist, arm.upper_m, arm.lower_m, inward, -1.0)
    out[arm.upper], out[arm.lower] = upper, lower
    out[arm.hand] = UPRIGHT.child(end, pitch=-1.15)
