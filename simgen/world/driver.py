"""Drivers: keep the lane by pure pursuit, hold the speed by PI control, ask for no more grip than there is.

Pure pursuit after Coulter (CMU-RI-TR-92-01): steer on the circle through a goal point on the lane ahead. A
driver with no lane follows the straight line of its first heading. They slow down for a slower driver ahead on the
same lane and stop after a crash. They do not react to what stands or lies in the way: such an encounter is what
a scenario stages.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.models import Lane

Array = NDArray[np.float64]

_PREVIEW_S = 0.9
_PREVIEW_MIN_M = 4.0
_PREVIEW_MAX_M = 30.0
_OFFSET_GAIN_PER_S = 0.3
_OFFSET_MIN_MPS = 8.0
_SPEED_GAIN_PER_S = 0.9
_INTEGRAL_GAIN_PER_S2 = 0.25
_GRIP_SHARE_STEER = 0.85
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


@inline
def pursue(
    path: Path,
    hint: int,
    rear_x_m: float,
    rear_y_m: float,
    yaw_rad: float,
    speed_mps: float,
    wheelbase_m: float,
) -> tuple[int, float, float]:
    """Segment (the next hint), steering angle in rad and arc length of pure pursuit from the rear axle's middle."""
    k, s, left, _ = locate(path, rear_x_m, rear_y_m, hint)
    preview = min(max(_PREVIEW_S * speed_mps, _PREVIEW_MIN_M), _PREVIEW_MAX_M) + wheelbase_m
    gx, gy = point_at(path, s + preview, k)
    dx, dy = gx - rear_x_m, gy - rear_y_m
    away = math.sqrt(dx * dx + dy * dy)
    bearing = math.atan2(dy, dx) - yaw_rad
    circle = math.atan2(2.0 * wheelbase_m * math.sin(bearing), max(away, 1.0))
    # Tyres slip in a bend, so that the circle alone runs wide: the offset that remains is steered against.
    return k, circle - math.atan(_OFFSET_GAIN_PER_S * left / max(speed_mps, _OFFSET_MIN_MPS)), s


class Drivers(NamedTuple):
    """The drivers of N vehicles; rows without one (parked) have `drives` False and are left alone.

    Attributes:
        drives: (N,) bool.
        points_m, s_m: (K, 2), (K,) all paths end to end; first: (N, 2) int64 where each driver's path starts, ends.
        lane: (N,) int64, equal for drivers on one lane; -1 for a heading.
        target_mps: (N,) speed to hold.
        wheelbase_m, ahead_m, behind_m: (N,) and how far the bumpers reach ahead of and behind the rear axle.
        hint: (N,) int64 path segment where the rear axle was last seen, of the driver's own path.
        at_m: (N,) its arc length; speed_mps: (N,) forward; pursuit_rad: (N,) steering angle of pure pursuit.
        gap_m, leader_mps: (N,) bumper distance to the next driver on the lane and its speed; inf without one.
        integral_mps2: (N,) of the speed control.
        crashed: (N,) bool, something stopped the vehicle harder than its tyres could.
    """

    drives: NDArray[np.bool_]
    points_m: Array
    s_m: Array
    first: NDArray[np.int64]
    lane: NDArray[np.int64]
    target_mps: Array
    wheelbase_m: Array
    ahead_m: Array
    behind_m: Array
    hint: NDArray[np.int64]
    at_m: Array
    speed_mps: Array
    pursuit_rad: Array
    gap_m: Array
    leader_mps: Array
    integral_mps2: Array
    crashed: NDArray[np.bool_]


class Seat(NamedTuple):
    """One driver: where it starts, what it follows how fast, and the dimensions of its vehicle, as `Drivers` has."""

    path: Path
    lane: str
    target_mps: float
    start_xy_m: tuple[float, float]
    wheelbase_m: float
    ahead_m: float
    behind_m: float


def hire(seats: list[Seat | None]) -> Drivers:
    """Drivers for N vehicles, None for parked ones."""
    count = len(seats)
    lanes = sorted({s.lane for s in seats if s is not None and s.lane})
    d = Drivers(
        drives=np.array([s is not None for s in seats], np.bool_),
        points_m=np.concatenate([s.path.points_m for s in seats if s is not None] or [np.zeros((0, 2))]),
        s_m=np.concatenate([s.path.s_m for s in seats if s is not None] or [np.zeros(0)]),
        first=np.zeros((count, 2), np.int64),
        lane=np.full(count, -1, np.int64),
        target_mps=np.zeros(count),
        wheelbase_m=np.zeros(count),
        ahead_m=np.zeros(count),
        behind_m=np.zeros(count),
        hint=np.zeros(count, np.int64),
        at_m=np.zeros(count),
        speed_mps=np.zeros(count),
        pursuit_rad=np.zeros(count),
        gap_m=np.full(count, math.inf),
        leader_mps=np.full(count, math.inf),
        integral_mps2=np.zeros(count),
        crashed=np.zeros(count, np.bool_),
    )
    start = 0
    for n, seat in enumerate(seats):
        if seat is None:
            continue
        points = seat.path.points_m
        d.first[n] = start, start + len(points)
        start += len(points)
        d.lane[n] = lanes.index(seat.lane) if seat.lane else -1
        d.target_mps[n] = seat.target_mps
        d.wheelbase_m[n], d.ahead_m[n], d.behind_m[n] = seat.wheelbase_m, seat.ahead_m, seat.behind_m
        away = np.hypot(points[:, 0] - seat.start_xy_m[0], points[:, 1] - seat.start_xy_m[1])
        d.hint[n] = int(np.argmin(away))
    return d


@inline
def _path_of(drivers: Drivers, n: int) -> Path:
    a, b = drivers.first[n, 0], drivers.first[n, 1]
    return Path(drivers.points_m[a:b], drivers.s_m[a:b])


@kernel
def offset_of(drivers: Drivers, n: int, x_m: float, y_m: float) -> float:
    """How far left of driver n's path a point near its vehicle lies, in m."""
    return float(locate(_path_of(drivers, n), x_m, y_m, drivers.hint[n])[2])


@inline
def look(drivers: Drivers, n: int, rear_x_m: float, rear_y_m: float, yaw_rad: float, speed_mps: float) -> None:
    """Driver n notes where its vehicle's rear axle is on the path and how fast it goes."""
    drivers.speed_mps[n] = speed_mps
    hint, steer, s = pursue(
        _path_of(drivers, n),
        drivers.hint[n],
        rear_x_m,
        rear_y_m,
        yaw_rad,
        max(speed_mps, 0.0),
        drivers.wheelbase_m[n],
    )
    drivers.hint[n] = hint
    drivers.pursuit_rad[n] = steer
    drivers.at_m[n] = s


@inline
def watch_the_road(drivers: Drivers) -> None:
    """Tell each driver how far the next driver ahead on its lane is, and how fast."""
    for n in range(drivers.drives.shape[0]):
        drivers.gap_m[n] = math.inf
        drivers.leader_mps[n] = math.inf
        if not drivers.drives[n] or drivers.lane[n] < 0:
            continue
        leader = -1
        for k in range(drivers.drives.shape[0]):
            if k == n or not drivers.drives[k] or drivers.lane[k] != drivers.lane[n]:
                continue
            ahead = drivers.at_m[k] > drivers.at_m[n] or (drivers.at_m[k] == drivers.at_m[n] and k > n)
            if ahead and (leader < 0 or drivers.at_m[k] < drivers.at_m[leader]):
                leader = k
        if leader >= 0:
            rear = drivers.at_m[leader] - drivers.behind_m[leader]
            drivers.gap_m[n] = rear - drivers.at_m[n] - drivers.ahead_m[n]
            drivers.leader_mps[n] = drivers.speed_mps[leader]


@inline
def steer(drivers: Drivers, n: int, mu: float) -> float:
    """Steering angle that driver n wants, cut to a lateral acceleration that friction `mu` can carry."""
    fast = max(drivers.speed_mps[n] * drivers.speed_mps[n], 1.0)
    most = math.atan(_GRIP_SHARE_STEER * mu * _G * drivers.wheelbase_m[n] / fast)
    return float(min(max(drivers.pursuit_rad[n], -most), most))


@inline
def accelerate(drivers: Drivers, n: int, resistance_mps2: float, mu: float, limit_mps2: float, dt_s: float) -> float:
    """Acceleration of the wheels that driver n wants in m/s2, negative to brake.

    Args:
        drivers: all of them.
        n: row.
        resistance_mps2: deceleration by air, rolling and slope, made up for in advance.
        mu: friction of the surface.
        limit_mps2: of the drive.
        dt_s: tick.
    """
    hard = _GRIP_SHARE_BRAKE * mu * _G
    if drivers.crashed[n]:
        return -min(_CRASH_BRAKE_MPS2, hard)
    speed, gap, leader = drivers.speed_mps[n], drivers.gap_m[n], drivers.leader_mps[n]
    target = drivers.target_mps[n]
    if gap < _STANDSTILL_GAP_M + _TIME_GAP_S * speed:
        target = min(target, leader)
    error = target - speed
    wanted = resistance_mps2 + _SPEED_GAIN_PER_S * error + drivers.integral_mps2[n]
    most = min(limit_mps2, _GRIP_SHARE_DRIVE * mu * _G)
    least = -min(_COMFORT_BRAKE_MPS2, _GRIP_SHARE_DRIVE * mu * _G)
    if least < wanted < most or wanted * error < 0.0:  # do not wind up at the limits
        drivers.integral_mps2[n] += _INTEGRAL_GAIN_PER_S2 * error * dt_s
    closing = speed - leader
    needed = 0.0  # deceleration that meets the leader's speed at the standstill gap
    if closing > 0.0:
        needed = closing * closing / (2.0 * max(gap - _STANDSTILL_GAP_M, 0.5))
    if needed > _COMFORT_BRAKE_MPS2 / 2.0:
        return -min(1.2 * needed, hard)
    return float(min(max(wanted, least), most))
