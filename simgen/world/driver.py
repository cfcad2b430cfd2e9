"""Drivers: keep the lane by pure pursuit, hold the speed by PI control, ask for no more grip than there is.

Pure pursuit after Coulter (CMU-RI-TR-92-01): steer on the circle through a goal point on the lane ahead. A
driver with no lane follows the straight line of its first heading.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import allocating_kernel
from simgen.models import Lane

Array = NDArray[np.float64]

_PREVIEW_S = 0.9
_PREVIEW_MIN_M = 4.0
_PREVIEW_MAX_M = 30.0
_SPEED_GAIN_PER_S = 0.9
_INTEGRAL_GAIN_PER_S2 = 0.25
_GRIP_SHARE_STEER = 0.6
_GRIP_SHARE_DRIVE = 0.5
_GRIP_SHARE_BRAKE = 0.8
_COMFORT_BRAKE_MPS2 = 3.5
_CRASH_BRAKE_MPS2 = 5.0
_STANDSTILL_GAP_M = 2.0
_TIME_GAP_S = 1.0
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


@allocating_kernel
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


@allocating_kernel
def point_at(path: Path, s_m: float, hint: int) -> tuple[float, float]:
    """Position at an arc length, searched forward from segment `hint`; extrapolated beyond the ends."""
    p = path.points_m
    k = hint
    while k < p.shape[0] - 2 and s_m > path.s_m[k + 1]:
        k += 1
    t = (s_m - path.s_m[k]) / (path.s_m[k + 1] - path.s_m[k])
    return p[k, 0] + t * (p[k + 1, 0] - p[k, 0]), p[k, 1] + t * (p[k + 1, 1] - p[k, 1])


@allocating_kernel
def pursue(
    path: Path,
    hint: int,
    rear_x_m: float,
    rear_y_m: float,
    yaw_rad: float,
    speed_mps: float,
    wheelbase_m: float,
) -> tuple[int, float, float, float, float]:
    """Steering angle of pure pursuit from the middle of the rear axle.

    Returns:
        Segment (the next hint), steering angle in rad, arc length and left offset in m, heading error in
        rad (-pi, pi].
    """
    k, s, offset, heading = locate(path, rear_x_m, rear_y_m, hint)
    preview = min(max(_PREVIEW_S * speed_mps, _PREVIEW_MIN_M), _PREVIEW_MAX_M) + wheelbase_m
    gx, gy = point_at(path, s + preview, k)
    dx, dy = gx - rear_x_m, gy - rear_y_m
    away = math.sqrt(dx * dx + dy * dy)
    bearing = math.atan2(dy, dx) - yaw_rad
    steer = math.atan2(2.0 * wheelbase_m * math.sin(bearing), max(away, 1.0))
    error = yaw_rad - heading
    return k, steer, s, offset, math.atan2(math.sin(error), math.cos(error))


class Seat(NamedTuple):
    """Where a driver sits: wheelbase, and how far the bumpers reach ahead of and behind the rear axle, in m."""

    wheelbase_m: float
    ahead_m: float
    behind_m: float


class Driver:
    """Drives one vehicle along a path at a speed.

    It slows down for a slower driver ahead on the same lane and stops after a crash. It does not react to what
    stands or lies in the way: such an encounter is what a scenario stages.

    Attributes:
        path: what it follows; lane: the lane's name, "" for a heading.
        target_mps: speed it holds.
        seat: dimensions of the vehicle.
        s_m, offset_m, heading_error_rad: where the rear axle is on the path, as last seen.
        speed_mps: forward, as last seen.
        gap_m, ahead_mps: bumper distance to the next driver on the lane and its speed; inf when there is none.
        crashed: something stopped the vehicle harder than its tyres could.
    """

    def __init__(self, path: Path, lane: str, target_mps: float, seat: Seat, start_xy_m: tuple[float, float]) -> None:
        self.path = path
        self.lane = lane
        self.target_mps = target_mps
        self.seat = seat
        self.s_m = self.offset_m = self.heading_error_rad = 0.0
        self.speed_mps = 0.0
        self.gap_m = self.ahead_mps = math.inf
        self.crashed = False
        away = np.hypot(path.points_m[:, 0] - start_xy_m[0], path.points_m[:, 1] - start_xy_m[1])
        self._hint = int(np.argmin(away))
        self._integral_mps2 = 0.0
        self._steer_rad = 0.0

    def look(self, rear_m: tuple[float, float], yaw_rad: float, speed_mps: float) -> None:
        """Note where the vehicle is and how fast."""
        self.speed_mps = speed_mps
        self._hint, self._steer_rad, self.s_m, self.offset_m, self.heading_error_rad = pursue(
            self.path, self._hint, rear_m[0], rear_m[1], yaw_rad, max(speed_mps, 0.0), self.seat.wheelbase_m
        )

    def offset_of(self, x_m: float, y_m: float) -> float:
        """How far left of the path a point near the vehicle lies, in m."""
        return float(locate(self.path, x_m, y_m, self._hint)[2])

    def steer(self, mu: float) -> float:
        """Wanted steering angle in rad, cut to a lateral acceleration that friction `mu` can carry."""
        fast = max(self.speed_mps * self.speed_mps, 1.0)
        most = math.atan(_GRIP_SHARE_STEER * mu * _G * self.seat.wheelbase_m / fast)
        return min(max(self._steer_rad, -most), most)

    def accelerate(self, resistance_mps2: float, mu: float, limit_mps2: float, dt_s: float) -> float:
        """Wanted acceleration of the wheels in m/s2, negative to brake.

        Args:
            resistance_mps2: deceleration by air, rolling and slope, made up for in advance.
            mu: friction of the surface.
            limit_mps2: of the drive.
            dt_s: tick.
        """
        hard = _GRIP_SHARE_BRAKE * mu * _G
        if self.crashed:
            return -min(_CRASH_BRAKE_MPS2, hard)
        target = self.target_mps
        if self.gap_m < _STANDSTILL_GAP_M + _TIME_GAP_S * self.speed_mps:
            target = min(target, self.ahead_mps)
        error = target - self.speed_mps
        wanted = resistance_mps2 + _SPEED_GAIN_PER_S * error + self._integral_mps2
        most = min(limit_mps2, _GRIP_SHARE_DRIVE * mu * _G)
        least = -min(_COMFORT_BRAKE_MPS2, _GRIP_SHARE_DRIVE * mu * _G)
        if least < wanted < most or wanted * error < 0.0:  # do not wind up at the limits
            self._integral_mps2 += _INTEGRAL_GAIN_PER_S2 * error * dt_s
        needed = self._needed_brake()
        if needed > _COMFORT_BRAKE_MPS2 / 2.0:
            return -min(1.2 * needed, hard)
        return min(max(wanted, least), most)

    def _needed_brake(self) -> float:
        """Deceleration that meets the speed of the driver ahead at the standstill gap."""
        closing = self.speed_mps - self.ahead_mps
        if closing <= 0.0:
            return 0.0
        return closing * closing / (2.0 * max(self.gap_m - _STANDSTILL_GAP_M, 0.5))


def watch_the_road(drivers: list[Driver]) -> None:
    """Tell each driver how far the next driver ahead on its lane is, and how fast."""
    lanes: dict[str, list[Driver]] = {}
    for driver in drivers:
        driver.gap_m = driver.ahead_mps = math.inf
        if driver.lane:
            lanes.setdefault(driver.lane, []).append(driver)
    for column in lanes.values():
        column.sort(key=lambda d: d.s_m)
        for driver, ahead in pairwise(column):
            driver.gap_m = ahead.s_m - ahead.seat.behind_m - driver.s_m - driver.seat.ahead_m
            driver.ahead_mps = ahead.speed_mps
