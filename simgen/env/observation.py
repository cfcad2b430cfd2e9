"""What a policy sees: the spaces of both observation modes and the state vector."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import NDArray

from simgen.env.situation import BEHIND_M, HORIZON_M, Neighbour, Situation
from simgen.env.task import DriveTask

IN_LANE = 4
"""Objects ahead in the ego's lane that the state holds, nearest first."""
BESIDE = 4
"""Objects beside the ego's lane that the state holds, nearest first."""


@dataclass(frozen=True)
class Feature:
    """One entry of the state vector; values beyond the bounds are clipped to them.

    Attributes:
        name: unique; carries the unit.
        low, high: bounds of the observation space.
        meaning: one line for people.
    """

    name: str
    low: float
    high: float
    meaning: str


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

_LOW = np.array([f.low for f in FEATURES], dtype=np.float32)
_HIGH = np.array([f.high for f in FEATURES], dtype=np.float32)


def state_space() -> Box:
    """Box of shape (len(FEATURES),) float32 in SI units with the bounds of `FEATURES`."""
    return Box(_LOW.copy(), _HIGH.copy(), dtype=np.float32)


def camera_space(image_size: tuple[int, int]) -> Box:
    """Box of shape (height, width, 3) uint8 sRGB."""
    return Box(0, 255, (*image_size, 3), dtype=np.uint8)


def state_vector(task: DriveTask, situation: Situation, *, steer_rad: float, accel_mps2: float) -> NDArray[np.float32]:
    """The entries of `FEATURES`, clipped to their bounds: (len(FEATURES),) float32, SI units."""
    conditions = situation.conditions
    illuminance_lx = conditions.light.ambient_lx
    values = [
        situation.speed_mps,
        situation.lateral_offset_m,
        situation.heading_error_rad,
        situation.yaw_rate_radps,
        steer_rad,
        accel_mps2,
        task.remaining_m(situation),
        task.target_speed_mps,
        task.safe_speed_mps(situation),
        conditions.mor_m,
        math.log10(max(illuminance_lx, 1e-4)),
        situation.friction,
        situation.water_depth_m,
        situation.water_depth_ahead_m,
    ]
    values += _neighbours(situation.in_lane, IN_LANE)
    values += _neighbours(situation.beside, BESIDE)
    state: NDArray[np.float32] = np.clip(np.array(values), _LOW, _HIGH).astype(np.float32)
    return state


def _neighbours(found: tuple[Neighbour, ...], count: int) -> list[float]:
    values: list[float] = []
    for n in found[:count]:
        values += [1.0, n.gap_m, n.relative_speed_mps, n.lateral_m, n.width_m]
    values += [0.0, HORIZON_M, 0.0, 0.0, 0.0] * (count - min(len(found), count))
    return values
