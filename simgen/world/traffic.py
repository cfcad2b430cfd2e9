"""What all vehicles of a world do in one tick before the wheels turn: drivers decide, wheels feel for the ground."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.held import Held, taken
from simgen.world.aero import RHO_AIR
from simgen.world.attention import Attention, attend
from simgen.world.driver import Drivers, accelerate, look, steer, watch_the_road
from simgen.world.frames import Array
from simgen.world.grip import place_of, wet_grip
from simgen.world.relief import Relief, cast_on_ground, obstructed
from simgen.world.state import Fleet, Motion, Pool, Wheels, on_area
from simgen.world.tyres import ROLLING_RESISTANCE, wheel_forces, wheel_ray

_G = 9.81
_CRASH_MPS2 = 30.0
_STANDING_MPS = 0.3
_BRAKE_LIGHT_MPS2 = 0.3
_STRUCK_FACTOR = 2.0  # what a vehicle strikes goes no faster than it; twice that for what its turning adds
_SPARE_MPS = 10.0


class Commands(NamedTuple):
    """What N vehicles are told to do.

    Attributes:
        steer_rad: (N,) wanted angle of the middle of the front axle.
        accel_mps2: (N,) wanted drive (positive) or service brake (negative).
        hand_brake, parked, braking: (N,) bool; the hand brake locks the rear wheels, `parked` all of them,
            `braking` means the service brake and its lamps.
        velocity_mps: (N, 3) at the last decision, to notice crashes; NaN hides the launch.
        gear: (N,) 1 forwards, -1 backwards: which way the wheels are driven.
    """

    steer_rad: Array
    accel_mps2: Array
    hand_brake: NDArray[np.bool_]
    parked: NDArray[np.bool_]
    braking: NDArray[np.bool_]
    velocity_mps: Array
    gear: Array


class Props(NamedTuple):
    """Everything but the ground that a wheel may stand on, as spheres about the bodies' origins, noted now and then.

    Attributes:
        rows: (M,) int64 of the bodies in the motion arrays; reach_m: (M,) radius.
        position_m: (M, 3) when they were noted.
        fastest_mps: (1,) the fastest of them then.
    """

    rows: NDArray[np.int64]
    reach_m: Array
    position_m: Array
    fastest_mps: Array


class Feelers(NamedTuple):
    """The wheel rays of N vehicles and what they met.

    Attributes:
        start_m, end_m: (4N, 3).
        unsure: (4N,) bool, whether there may be more than ground in the way.
        hit: (4N,) bool; point_m, normal: (4N, 3) where, and the surface's normal there.
    """

    start_m: Array
    end_m: Array
    unsure: NDArray[np.bool_]
    hit: NDArray[np.bool_]
    point_m: Array
    normal: Array


class Convoy(NamedTuple):
    """N vehicles of a world, with everything that their kernels take tick after tick.

    Attributes:
        fleet: what they are; wheels: how those turn.
        drivers: their state; attention: whom they watch.
        commands: what they are told.
        feelers: the wheels' rays.
        relief: the ground; props: what else there is to stand on.
        motion: of all bodies; rows: (N,) int64 the vehicles' rows in it.
        ride_m: (N,) height of the centres of mass over the ground, at rest.
        force_n, torque_nm: (N, 3) of the wheels and the air, world frame, about the centres of mass.
    """

    fleet: Fleet
    wheels: Wheels
    drivers: Drivers
    attention: Attention
    commands: Commands
    feelers: Feelers
    relief: Relief
    props: Props
    motion: Motion
    rows: NDArray[np.int64]
    ride_m: Array
    force_n: Array
    torque_nm: Array


@kernel
def decide(convoy: Held, grip: Held, pool: Pool, dt_s: float, commanded: int, order: tuple[float, float, bool]) -> None:
    """Let the drivers look and decide; `order` replaces the decision of one.

    Args:
        convoy: a `Convoy`; its drivers, attention and commands are advanced.
        grip: the `Friction` of the surface.
        pool: standing water.
        dt_s: tick.
        commanded: the vehicle that is given the order, -1: none.
        order: to it: steer and accel, each in [-1, 1], and whether its hand brake is pulled.
    """
    c, friction = taken(convoy), taken(grip)
    drivers, commands, fleet, motion, rows, ride_m = c.drivers, c.commands, c.fleet, c.motion, c.rows, c.ride_m
    for n in range(rows.shape[0]):
        v, r, x = motion.velocity_mps[rows[n]], motion.rotation[rows[n]], motion.position_m[rows[n]]
        last = commands.velocity_mps[n]
        jolt = max(abs(v[0] - last[0]), abs(v[1] - last[1])) > _CRASH_MPS2 * dt_s
        for k in range(3):
            last[k] = v[k]
        if not drivers.drives[n]:
            continue
        speed = r[0, 0] * v[0] + r[1, 0] * v[1] + r[2, 0] * v[2]
        rear = fleet.wheel_m[n, 2, 0]
        look(drivers, n, x[0] + rear * r[0, 0], x[1] + rear * r[1, 0], math.atan2(r[1, 0], r[0, 0]), speed)
        if jolt:
            drivers.crashed[n] = True
    watch_the_road(drivers)
    attend(c.attention, drivers, motion, rows)
    for n in range(rows.shape[0]):
        if n == commanded:
            commands.steer_rad[n] = order[0] * fleet.max_steer_rad[n]
            top = fleet.max_drive_mps2[n] if order[1] >= 0.0 else fleet.max_brake_mps2[n]
            commands.accel_mps2[n] = order[1] * top
            commands.hand_brake[n] = order[2]
            commands.parked[n] = False
            commands.gear[n] = 1.0
        elif drivers.drives[n]:
            x, speed = motion.position_m[rows[n]], drivers.speed_mps[n]
            place = place_of(friction, x[0], x[1])
            mu = wet_grip(friction, place, abs(speed), _film(pool, x, ride_m[n]), fleet.horne_mps[n])
            drive = min(fleet.max_drive_mps2[n], fleet.power_w[n] / (fleet.drawn_kg[n] * max(abs(speed), 1.0)))
            air = 0.5 * RHO_AIR * fleet.drag_area_m2[n] * speed * abs(speed) / fleet.drawn_kg[n]
            resistance = air + _G * (ROLLING_RESISTANCE + drivers.gear[n] * motion.rotation[rows[n], 2, 0])
            commands.steer_rad[n] = steer(drivers, n, mu)
            commands.accel_mps2[n] = accelerate(drivers, n, resistance, mu, drive, dt_s)
            commands.hand_brake[n] = False
            commands.parked[n] = (drivers.crashed[n] or drivers.held[n]) and abs(speed) < _STANDING_MPS
            commands.gear[n] = drivers.gear[n]
        else:
            commands.parked[n] = True
        commands.braking[n] = commands.accel_mps2[n] < -_BRAKE_LIGHT_MPS2 and not commands.parked[n]


@inline
def _film(pool: Pool, position_m: Array, ride_m: float) -> float:
    """Depth of the pool's water over the ground under a vehicle, as its wheels would feel it."""
    x, y = position_m[0], position_m[1]
    if not on_area(pool.area_m, x, y):
        return 0.0
    return float(max(0.0, pool.level_m - (position_m[2] - ride_m)))


@kernel
def note(props: Props, motion: Motion) -> None:
    """Note where the props are; what is noted may not depend on who else asks when, or bits would."""
    fastest = 0.0
    for m in range(props.rows.shape[0]):
        fastest = max(fastest, _speed(motion.velocity_mps[props.rows[m]]))
        for k in range(3):
            props.position_m[m, k] = motion.position_m[props.rows[m], k]
    props.fastest_mps[0] = fastest


@kernel
def feel(convoy: Held, age_s: float) -> int:
    """Shoot all wheel rays at the ground; the number that Bullet must shoot because more may be in the way.

    Args:
        convoy: a `Convoy`, whose feelers are the result; only the vehicles' motion is looked at.
        age_s: how long ago the props were noted.
    """
    c = taken(convoy)
    feelers, fleet, relief, props, motion, rows = c.feelers, c.fleet, c.relief, c.props, c.motion, c.rows
    fastest = props.fastest_mps[0]
    for n in range(rows.shape[0]):
        fastest = max(fastest, _speed(motion.velocity_mps[rows[n]]))
    slack = age_s * (_STRUCK_FACTOR * fastest + _SPARE_MPS)
    unsure = 0
    for n in range(rows.shape[0]):
        for w in range(4):
            i = 4 * n + w
            start, end = feelers.start_m[i], feelers.end_m[i]
            wheel_ray(fleet, motion, rows[n], n, w, start, end)
            feelers.hit[i] = cast_on_ground(relief, start, end, feelers.point_m[i], feelers.normal[i])
            feelers.unsure[i] = _crowded(props, start, end, slack) or obstructed(relief, start, end)
            if feelers.unsure[i]:
                unsure += 1
    return unsure


@kernel
def drive(convoy: Held, grip: Held, pool: Pool, air_mps: Array, dt_s: float) -> None:
    """Advance the wheels of a `Convoy` on what they feel, under its commands; see `wheel_forces`."""
    c = taken(convoy)
    wheel_forces(
        c.fleet, c.wheels, c.motion, c.rows, c.feelers.hit, c.feelers.point_m, c.feelers.normal, c.commands.steer_rad,
        c.commands.accel_mps2, c.commands.hand_brake, c.commands.parked, taken(grip), pool, air_mps, dt_s, c.force_n,
        c.torque_nm,
    )  # fmt: skip


@inline
def _speed(v: Array) -> float:
    return math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])


@inline
def _crowded(props: Props, start: Array, end: Array, slack_m: float) -> bool:
    """Whether a prop may have come within reach of a ray; also where a position is not a number."""
    hx, hy, hz = 0.5 * (end[0] - start[0]), 0.5 * (end[1] - start[1]), 0.5 * (end[2] - start[2])
    cx, cy, cz = start[0] + hx, start[1] + hy, start[2] + hz
    near = slack_m + math.sqrt(hx * hx + hy * hy + hz * hz)
    for m in range(props.rows.shape[0]):
        p = props.position_m[m]
        x, y, z = p[0] - cx, p[1] - cy, p[2] - cz
        gap = near + props.reach_m[m]
        if not (x * x + y * y + z * z > gap * gap):
            return True
    return False
