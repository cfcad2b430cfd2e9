"""Behaviours of people and animals."""

from __future__ import annotations

import math
from dataclasses import replace

from simgen.world.behaviours.registry import Role, register_behaviour
from simgen.world.orders import CueOrder, Orders, StepOrders
from simgen.world.path import Path


@register_behaviour("walk")
@register_behaviour("run")
def walk(role: Role) -> Orders:
    """Set off at the cue."""
    return StepOrders(
        role.spec.speed_mps,
        role.cue(),
        cued_mps=role.number("pace_mps"),
        acceleration_mps2=role.number("acceleration_mps2"),
    )


@register_behaviour("cross")
def cross(role: Role) -> Orders:
    """Set off at the cue, by default so as to meet someone."""
    pace, acceleration, cue = role.number("pace_mps"), role.number("acceleration_mps2"), role.cue()
    if cue.form == "meet":
        cue = _to_meet(role, cue, pace, acceleration)
    return StepOrders(0.0, cue, cued_mps=pace, acceleration_mps2=acceleration, length_m=role.number("length_m"))


@register_behaviour("freeze")
def freeze(role: Role) -> Orders:
    """Stop dead at the cue, perhaps go on."""
    return StepOrders(
        role.spec.speed_mps,
        role.cue(),
        cued_mps=0.0,
        acceleration_mps2=role.number("acceleration_mps2"),
        for_s=role.number("for_s"),
    )


@register_behaviour("flee")
def flee(role: Role) -> Orders:
    """Run away from an actor."""
    return StepOrders(
        role.spec.speed_mps,
        role.cue(),
        cued_mps=role.number("pace_mps"),
        acceleration_mps2=role.number("acceleration_mps2"),
        flee_from=role.text("from"),
        turn_radps=role.number("turn_radps"),
    )


def _to_meet(role: Role, cue: CueOrder, pace_mps: float, acceleration_mps2: float) -> CueOrder:
    """The cue with the point where the ways cross, and the time that one needs to get there from a standstill."""
    path = role.path_of(cue.actor)
    if path is None:
        return cue
    x, y, _ = role.spec.position_m
    away = crossing_m(path, x, y, role.spec.yaw_rad)
    if not away < math.inf:
        raise role.refuse(f"its heading never meets the path of {cue.actor!r}; turn it by its place's 'facing'")
    speeding_m = pace_mps * pace_mps / (2.0 * acceleration_mps2)
    if away >= speeding_m:
        lead = away / pace_mps + 0.5 * pace_mps / acceleration_mps2
    else:
        lead = math.sqrt(2.0 * away / acceleration_mps2)
    yaw = role.spec.yaw_rad
    return replace(cue, point_m=(x + away * math.cos(yaw), y + away * math.sin(yaw)), lead_s=lead)


def crossing_m(path: Path, x_m: float, y_m: float, yaw_rad: float) -> float:
    """How far along a heading from (x, y) a path is first crossed, inf: never; paths go on beyond their ends."""
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    points = path.points_m.tolist()
    last = len(points) - 2
    nearest = math.inf
    for k in range(last + 1):
        (ax, ay), (bx, by) = points[k], points[k + 1]
        ex, ey = bx - ax, by - ay
        turn = c * ey - s * ex
        if abs(turn) < 1e-9 * math.hypot(ex, ey):
            continue
        away = ((ax - x_m) * ey - (ay - y_m) * ex) / turn
        share = ((ax - x_m) * s - (ay - y_m) * c) / turn
        within = (share >= -1e-9 or k == 0) and (share <= 1.0 + 1e-9 or k == last)
        if within and 0.0 <= away < nearest:
            nearest = away
    return nearest
