"""Drivers: keep the lane by pure pursuit, hold the speed by PI control, ask for no more grip than there is.

Pure pursuit after Coulter (CMU-RI-TR-92-01): steer on the circle through a goal point on the lane ahead. A
driver with no lane follows the straight line of its first heading.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.models import Lane
from simgen.world.kernel import kernel

Array = NDArray[np.float64]

_PREVIEW_S = 0.9
_PREVIEW_MIN_M = 4.0
_PREVIEW_MAX_M = 30.0
_SPEED_GAIN_PER_S = 0.9
_INTEGRAL_GAIN_PER_S2 = 0.25
_GRIP_SHARE_STEER = 0.6
_GRIP_SHARE_DRIVE = 0.5
_COMFORT_BRAKE_MPS2 = 3.5
_G = 9.81


class Path(NamedTuple):
    """A lane's centre line with its arc length: points_m (K, 2), s_m (K,)."""

    points_m: Array
    s_m: Array


def path_of_lane(lane: Lane) -> Path:
    """The horizontal path of a lane."""
    p = np.ascontiguousarray(lane.points_m[:, :2], dtype=np.float64)
    length = np.hypot(*np.diff(p, axis=0).T)
    return Path(p, np.concatenate(([0.0], np.cumsum(length))))


def straight_path(x_m: float, y_m: float, yaw_rad: float) -> Path:
    """The line through a point along a heading; paths extend beyond their ends."""
    d = np.array([math.cos(yaw_rad), math.sin(yaw_rad)])
    start = np.array([x_m, y_m])
    return Path(np.stack([start, start + d]), np.array([0.0, 1.0]))


@kernel
def locate(path: Path, x_m: float, y_m: float, hint: int) -> tuple[int, float, float, float]:
    """Segment, arc length, left offset and heading of the path point nearest to (x, y).

    The search walks from segment `hint` downhill in distance and so costs a step or two a tick.
    """
    p = path.points_m
    last = p.shape[0] - 2
    k = min(max(hint, 0), last)
    best = -1.0
    moved = 0
    while True:
        ex, ey = p[k + 1, 0] - p[k, 0], p[k + 1, 1] - p[k, 1]
        rx, ry = x_m - p[k, 0], y_m - p[k, 1]
        size = math.sqrt(ex * ex + ey * ey)
        along = (ex * rx + ey * ry) / size
        best = along
        if along > size and k < last and moved >= 0:
            k += 1
            moved = 1
        elif along < 0.0 and k > 0 and moved <= 0:
            k -= 1
            moved = -1
        else:
            return k, path.s_m[k] + best, (ex * ry - ey * rx) / size, math.atan2(ey, ex)


@kernel
def point_at(path: Path, s_m: float, hint: int) -> tuple[float, float]:
    """Position at an arc length, searched forward from segment `hint`; extrapolated beyond the ends."""
    p = path.points_m
    k = hint
    while k < p.shape[0] - 2 and s_m > path.s_m[k + 1]:
        k += 1
    t = (s_m - path.s_m[k]) / (path.s_m[k + 1] - path.s_m[k])
    return p[k, 0] + t * (p[k + 1, 0] - p[k, 0]), p[k, 1] + t * (p[k + 1, 1] - p[k, 1])


@kernel
def pursue(
    path: Path,
    hint: int,
    rear_x_m: float,
    rear_y_m: float,
    yaw_rad: float,
    speed_mps: float,
    wheelbase_m: float,
) -> tuple[int, float, float, float]:
    """Steering angle of pure pursuit from the middle of the rear axle.

    Returns:
        Segment (the next hint), steering angle in rad, left offset in m, heading error in rad (-pi, pi].
    """
    k, s, offset, heading = locate(path, rear_x_m, rear_y_m, hint)
    preview = min(max(_PREVIEW_S * speed_mps, _PREVIEW_MIN_M), _PREVIEW_MAX_M) + wheelbase_m
    gx, gy = point_at(path, s + preview, k)
    dx, dy = gx - rear_x_m, gy - rear_y_m
    away = math.sqrt(dx * dx + dy * dy)
    bearing = math.atan2(dy, dx) - yaw_rad
    steer = math.atan2(2.0 * wheelbase_m * math.sin(bearing), max(away, 1.0))
    error = yaw_rad - heading
    return k, steer, offset, math.atan2(math.sin(error), math.cos(error))


class Driver:
    """Drives one vehicle along a path at a speed.

    Attributes:
        path: what it follows.
        target_mps: speed it holds.
        offset_m, heading_error_rad: where the rear axle is on the path, as last seen.
    """

    def __init__(
        self, path: Path, target_mps: float, wheelbase_m: float, start_xy_m: tuple[float, float]
    ) -> None:
        self.path = path
        self.target_mps = target_mps
        self.offset_m = 0.0
        self.heading_error_rad = 0.0
        self._wheelbase_m = wheelbase_m
        away = np.hypot(path.points_m[:, 0] - start_xy_m[0], path.points_m[:, 1] - start_xy_m[1])
        self._hint = int(np.argmin(away))
        self._integral_mps2 = 0.0

    def look(self, rear_m: tuple[float, float], yaw_rad: float, speed_mps: float) -> float:
        """Note where the vehicle is; the steering angle in rad that pure pursuit asks for."""
        self._hint, steer, self.offset_m, self.heading_error_rad = pursue(
            self.path, self._hint, rear_m[0], rear_m[1], yaw_rad, speed_mps, self._wheelbase_m
        )
        return steer

    def offset_of(self, x_m: float, y_m: float) -> float:
        """How far left of the path a point near the vehicle lies, in m."""
        return locate(self.path, x_m, y_m, self._hint)[2]

    def limited_steer(self, steer_rad: float, speed_mps: float, mu: float) -> float:
        """The steering angle cut to a lateral acceleration that the surface can carry."""
        most = math.atan(_GRIP_SHARE_STEER * mu * _G * self._wheelbase_m / max(speed_mps * speed_mps, 1.0))
        return min(max(steer_rad, -most), most)

    def accelerate(
        self, speed_mps: float, resistance_mps2: float, mu: float, limit_mps2: float, dt_s: float
    ) -> float:
        """Wanted acceleration of the wheels in m/s2, negative to brake.

        Args:
            speed_mps: present forward speed.
            resistance_mps2: deceleration by air, rolling and slope, made up for in advance.
            mu: friction of the surface.
            limit_mps2: of the drive.
            dt_s: tick.
        """
        error = self.target_mps - speed_mps
        wanted = resistance_mps2 + _SPEED_GAIN_PER_S * error + self._integral_mps2
        most = min(limit_mps2, _GRIP_SHARE_DRIVE * mu * _G)
        least = -min(_COMFORT_BRAKE_MPS2, _GRIP_SHARE_DRIVE * mu * _G)
        if least < wanted < most or wanted * error < 0.0:  # do not wind up at the limits
            self._integral_mps2 += _INTEGRAL_GAIN_PER_S2 * error * dt_s
        return min(max(wanted, least), most)
