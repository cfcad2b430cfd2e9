"""What a policy sees that follows a lane: the state vector of the driving tasks."""

from __future__ import annotations

import math

from simgen.env.task import Feature
from simgen.env.tasks.situation import BEHIND_M, HORIZON_M, Neighbour, Situation

IN_LANE = 4
"""Objects ahead in the ego's lane that the state holds, nearest first."""
BESIDE = 4
"""Objects beside the ego's lane that the state holds, nearest first."""


_EGO = (
    Feature("speed_mps", -10.0, 60.0, "forward speed"),
    Feature("lateral_offset_m", -10.0, 10.0, "left of the lane's centre line"),
    Feature("heading_error_rad", -math.pi, math.pi, "heading minus the lane's direction"),
    Feature("yaw_rate_radps", -3.0, 3.0, "counter-clockwise"),
    Feature("steer_rad", -1.0, 1.0, "angle of the steered wheels, left positive; 0 where there are none"),
    Feature("accel_mps2", -20.0, 20.0, "mean longitudinal acceleration since the last control step"),
    Feature("goal_m", 0.0, 1000.0, "distance along the lane to the goal"),
    Feature("target_speed_mps", 0.0, 60.0, "the scenario's speed for the ego"),
    Feature("safe_speed_mps", 0.0, 60.0, "target speed, or less where visibility and friction ask for it"),
    Feature("visibility_m", 0.0, 2000.0, "meteorological optical range (MOR)"),
    Feature("illuminance_log10_lx", -4.0, 5.5, "log10 of natural plus lamp illuminance"),
    Feature("friction", 0.0, 1.2, "peak tyre friction coefficient here at this speed"),
    Feature("water_depth_m", 0.0, 3.0, "standing water at the ego"),
    Feature("water_depth_ahead_m", 0.0, 3.0, "deepest water in the next 30 m of the lane"),
)


def _neighbour_features(name: str, where: str, nearest_m: float) -> tuple[Feature, ...]:
    return (
        Feature(f"{name}_present", 0.0, 1.0, f"1 if there is such an object {where}, else 0 and the rest neutral"),
        Feature(f"{name}_gap_m", nearest_m, HORIZON_M, "free distance along the lane; the upper bound when absent"),
        Feature(f"{name}_relative_speed_mps", -120.0, 60.0, "its speed along the lane minus the ego's"),
        Feature(f"{name}_lateral_m", -12.0, 12.0, "its middle, left of the lane's centre line"),
        Feature(f"{name}_width_m", 0.0, 20.0, "its extent across the lane"),
    )


_LONGEST_M = 30.0

FEATURES: tuple[Feature, ...] = (
    _EGO
    + tuple(feature for k in range(IN_LANE) for feature in _neighbour_features(f"in_lane_{k}", "ahead", -_LONGEST_M))
    + tuple(
        feature
        for k in range(BESIDE)
        for feature in _neighbour_features(f"beside_{k}", "beside the lane", -BEHIND_M - _LONGEST_M)
    )
)
"""The state vector, entry by entry."""


def lane_state(
    situation: Situation,
    *,
    goal_m: float,
    target_mps: float,
    safe_mps: float,
    steer_rad: float,
    accel_mps2: float,
    sight_m: float = math.inf,
) -> list[float]:
    """The entries of `FEATURES`, SI units.

    Args:
        situation: of the ego.
        goal_m: distance to the goal along the lane.
        target_mps, safe_mps: the scenario's speed for the ego, and what visibility and friction allow of it.
        steer_rad: angle of the steered wheels; accel_mps2: since the last control step.
        sight_m: things further ahead than this are not told.
    """
    conditions = situation.conditions
    values = [
        situation.speed_mps,
        situation.lateral_offset_m,
        situation.heading_error_rad,
        situation.yaw_rate_radps,
        steer_rad,
        accel_mps2,
        goal_m,
        target_mps,
        safe_mps,
        conditions.mor_m,
        math.log10(max(conditions.light.ambient_lx, 1e-4)),
        situation.friction,
        situation.water_depth_m,
        situation.water_depth_ahead_m,
    ]
    values += _neighbours(situation.in_lane, IN_LANE, sight_m)
    values += _neighbours(situation.beside, BESIDE, sight_m)
    return values


def _neighbours(found: tuple[Neighbour, ...], count: int, sight_m: float) -> list[float]:
    seen = [n for n in found if n.gap_m <= sight_m][:count]
    values: list[float] = []
    for n in seen:
        values += [1.0, n.gap_m, n.relative_speed_mps, n.lateral_m, n.width_m]
    values += [0.0, HORIZON_M, 0.0, 0.0, 0.0] * (count - len(seen))
    return values
