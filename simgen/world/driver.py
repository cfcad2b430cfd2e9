"""Drivers: keep the lane by pure pursuit, choose a speed, ask for no more grip than there is.

Pure pursuit after Coulter (CMU-RI-TR-92-01): steer on the circle through a goal point on the path ahead. A
driver with no lane follows the straight line of its first heading. There are two ways to choose a speed: to hold
one by PI control, slowing only for a slower driver ahead on the same lane, so that what stands in the way is met
(such an encounter is what a scenario stages); or the Intelligent Driver Model, for whatever vehicle is in the way.
Both stop after a crash.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.world.orders import FOLLOW, DriverOrders
from simgen.world.path import Array, Path, locate, point_beside

_PREVIEW_S = 0.9
_PREVIEW_MIN_M = 4.0
_PREVIEW_MAX_M = 30.0
_OFFSET_GAIN_PER_S = 0.3
_OFFSET_MIN_MPS = 8.0
_OFFSET_CALM_MPS = 26.0  # beyond, the rack and the tyres lag too far behind for the whole gain
_SPEED_GAIN_PER_S = 0.9
_INTEGRAL_GAIN_PER_S2 = 0.25
_GRIP_SHARE_STEER = 0.85
_GRIP_SHARE_DRIVE = 0.5
_GRIP_SHARE_BRAKE = 0.8
_COMFORT_BRAKE_MPS2 = 3.5
_CRASH_BRAKE_MPS2 = 5.0
_STANDSTILL_GAP_M = 2.0
_TIME_GAP_S = 1.0
_IDM_EXPONENT = 4.0
_G = 9.81


@inline
def preview_m(speed_mps: float, wheelbase_m: float) -> float:
    """How far ahead of the rear axle pure pursuit has its goal."""
    return min(max(_PREVIEW_S * speed_mps, _PREVIEW_MIN_M), _PREVIEW_MAX_M) + wheelbase_m


@inline
def pursue(
    path: Path,
    hint: int,
    rear_x_m: float,
    rear_y_m: float,
    yaw_rad: float,
    speed_mps: float,
    wheelbase_m: float,
    left_m: float,
) -> tuple[int, float, float]:
    """Segment (the next hint), steering angle in rad and arc length of pure pursuit from the rear axle's middle.

    The goal lies `left_m` to the left of the path.
    """
    k, s, left, _ = locate(path, rear_x_m, rear_y_m, hint)
    gx, gy = point_beside(path, s + preview_m(speed_mps, wheelbase_m), k, left_m)
    dx, dy = gx - rear_x_m, gy - rear_y_m
    away = math.sqrt(dx * dx + dy * dy)
    bearing = math.atan2(dy, dx) - yaw_rad
    circle = math.atan2(2.0 * wheelbase_m * math.sin(bearing), max(away, 1.0))
    # Tyres slip in a bend, so that the circle alone runs wide: the offset that remains is steered against. A driver
    # on the way to another line has its goal ahead of where it is meant to be, and no such offset.
    offset = left if left_m == 0.0 else 0.0
    gain = _OFFSET_GAIN_PER_S * min(1.0, (_OFFSET_CALM_MPS / max(speed_mps, 1.0)) ** 3)
    return k, circle - math.atan(gain * offset / max(speed_mps, _OFFSET_MIN_MPS)), s


class Drivers(NamedTuple):
    """The drivers of N vehicles; rows without one (parked) have `drives` False and are left alone.

    Attributes:
        drives: (N,) bool.
        points_m, s_m: (K, 2), (K,) all paths end to end; first: (N, 2) int64 where each driver's path starts, ends.
        lane: (N,) int64, equal for drivers on one lane in one direction; -1 for a heading.
        target_mps: (N,) speed to hold.
        wheelbase_m, ahead_m, behind_m: (N,) and how far the vehicle reaches ahead of and behind the rear axle, in
            its direction of travel.
        hint: (N,) int64 path segment where the rear axle was last seen, of the driver's own path.
        at_m: (N,) its arc length; speed_mps: (N,) in the direction of travel; pursuit_rad: (N,) steering angle of
            pure pursuit.
        gap_m, leader_mps: (N,) bumper distance to the next one ahead and its speed; inf without one.
        integral_mps2: (N,) of the speed control.
        crashed: (N,) bool, something stopped the vehicle harder than its tyres could.
        law: (N,) int64 how it chooses its speed; idm: (N, 4) T, s0, a and b of that model.
        gear: (N,) 1 forwards, -1 backwards, which is also the direction of travel.
        left_m: (N,) how far left of its path it wants to be.
        brake_mps2: (N,) deceleration down to `target_mps` that it is told; 0: its own choice.
        held: (N,) bool, it is told to stand.
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
    law: NDArray[np.int64]
    idm: Array
    gear: Array
    left_m: Array
    brake_mps2: Array
    held: NDArray[np.bool_]


class Seat(NamedTuple):
    """One driver: its orders, what it follows, and the dimensions of its vehicle, as `Drivers` has.

    `cued_path` and `cued_lane` are what it follows after a change of lane.
    """

    orders: DriverOrders
    path: Path
    lane: str
    start_xy_m: tuple[float, float]
    wheelbase_m: float
    ahead_m: float
    behind_m: float
    cued_path: Path | None = None
    cued_lane: str = ""


def hire(seats: list[Seat | None]) -> Drivers:
    """Drivers for N vehicles, None for parked ones; paths that follow a cue come after all the others."""
    count = len(seats)
    lanes = lane_names(seats)
    paths = [s.path for s in seats if s is not None] + cued_paths(seats)
    d = Drivers(
        drives=np.array([s is not None for s in seats], np.bool_),
        points_m=np.concatenate([p.points_m for p in paths] or [np.zeros((0, 2))]),
        s_m=np.concatenate([p.s_m for p in paths] or [np.zeros(0)]),
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
        law=np.zeros(count, np.int64),
        idm=np.zeros((count, 4)),
        gear=np.ones(count),
        left_m=np.zeros(count),
        brake_mps2=np.zeros(count),
        held=np.zeros(count, np.bool_),
    )
    start = 0
    for n, seat in enumerate(seats):
        if seat is None:
            continue
        points, orders = seat.path.points_m, seat.orders
        d.first[n] = start, start + len(points)
        start += len(points)
        d.lane[n] = lanes.index(seat.lane) if seat.lane else -1
        d.target_mps[n] = orders.speed_mps
        d.wheelbase_m[n], d.ahead_m[n], d.behind_m[n] = seat.wheelbase_m, seat.ahead_m, seat.behind_m
        away = np.hypot(points[:, 0] - seat.start_xy_m[0], points[:, 1] - seat.start_xy_m[1])
        d.hint[n] = int(np.argmin(away))
        d.law[n] = orders.law
        d.idm[n] = orders.time_gap_s, orders.min_gap_m, orders.acceleration_mps2, orders.braking_mps2
        d.gear[n] = -1.0 if orders.backwards else 1.0
        d.held[n] = orders.held
    return d


def lane_names(seats: list[Seat | None]) -> list[str]:
    """Names of the lanes that drivers follow now or after a cue; `Drivers.lane` counts through them."""
    return sorted({name for s in seats if s is not None for name in (s.lane, s.cued_lane) if name})


def cued_paths(seats: list[Seat | None]) -> list[Path]:
    """The paths that drivers follow after a cue, in the drivers' order."""
    return [s.cued_path for s in seats if s is not None and s.cued_path is not None]


@inline
def path_of(drivers: Drivers, n: int) -> Path:
    """The path that driver n follows now."""
    a, b = drivers.first[n, 0], drivers.first[n, 1]
    return Path(drivers.points_m[a:b], drivers.s_m[a:b])


@kernel
def offset_of(drivers: Drivers, n: int, x_m: float, y_m: float) -> float:
    """How far left of driver n's path a point near its vehicle lies, in m."""
    return float(locate(path_of(drivers, n), x_m, y_m, drivers.hint[n])[2])


@inline
def look(drivers: Drivers, n: int, rear_x_m: float, rear_y_m: float, yaw_rad: float, speed_mps: float) -> None:
    """Driver n notes where its vehicle's rear axle is on the path and how fast it goes, forwards positive.

    Backwards the rear axle is pulled along its circle to the goal, with the wheels turned the other way.
    """
    gear = drivers.gear[n]
    travel = gear * speed_mps
    drivers.speed_mps[n] = travel
    hint, steer, s = pursue(
        path_of(drivers, n),
        drivers.hint[n],
        rear_x_m,
        rear_y_m,
        yaw_rad if gear > 0.0 else yaw_rad + math.pi,
        max(travel, 0.0),
        drivers.wheelbase_m[n],
        drivers.left_m[n],
    )
    drivers.hint[n] = hint
    drivers.pursuit_rad[n] = gear * steer
    drivers.at_m[n] = s


@inline
def watch_the_road(drivers: Drivers) -> None:
    """Tell each driver who holds its speed how far the next driver ahead on its lane is, and how fast."""
    for n in range(drivers.drives.shape[0]):
        if drivers.law[n] == FOLLOW:
            continue
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
    if drivers.brake_mps2[n] > 0.0 and speed > target:
        return float(max(min(resistance_mps2 - drivers.brake_mps2[n], 0.0), -hard))
    if drivers.law[n] == FOLLOW:
        wanted = resistance_mps2 + idm_acceleration(speed, target, gap, speed - leader, drivers.idm[n])
        return float(min(max(wanted, -hard), min(limit_mps2, _GRIP_SHARE_DRIVE * mu * _G)))
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


@kernel
def idm_acceleration(speed_mps: float, desired_mps: float, gap_m: float, closing_mps: float, model: Array) -> float:
    """Acceleration in m/s2 of the Intelligent Driver Model; `gap_m` is infinite on a free road.

    Treiber, Hennecke, Helbing, Phys. Rev. E 62 (2000) 1805, eqs. 2 and 3, with the exponent 4. `model` (4,) has the
    time gap T, the standstill gap s0, and the accelerations a and b.
    """
    time_gap, standstill, a, b = model[0], model[1], model[2], model[3]
    speed = max(speed_mps, 0.0)
    free = 1.0 - (speed / max(desired_mps, 0.1)) ** _IDM_EXPONENT
    if not gap_m < math.inf:
        return float(a * free)
    wanted = standstill + max(0.0, speed * time_gap + speed * closing_mps / (2.0 * math.sqrt(a * b)))
    share = wanted / max(gap_m, 0.1)
    return float(a * (free - share * share))
