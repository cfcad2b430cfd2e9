"""Wheels: ray-suspended, with transient brush tyres. One kernel for all vehicles of a world.

Suspension: spring and damper along the ground normal under each wheel. Tyre: the contact patch is a brush
that the slip velocity deflects and rolling relaxes over the relaxation length (first-order transient slip,
Pacejka, Tyre and Vehicle Dynamics, ch. 7); the deflection divided by that length is the slip, combined in
both directions, and the force is the isotropic brush curve, which saturates at friction times load (ch. 3).
Beyond saturation it falls towards the sliding friction, reached when the wheel is locked or spins on the spot.
At standstill the deflection is a spring, so a parked car holds on a slope instead of creeping.

Snow holds back the wheels that lead through it, at the contact point; below 1 m/s in proportion to the speed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.conditions.snow import wheel_resistance_n
from simgen.world.aero import air_force
from simgen.world.grip import aquaplanes, place_of, wet_grip
from simgen.world.state import Fleet, Friction, Motion, Pool, Wheels, on_area

Array = NDArray[np.float64]

SUBSTEPS = 8
"""Wheel spin is stiff against slip (a few ms at walking pace): it is integrated this often a tick."""
_STIFFNESS = 18.0  # slip stiffness per unit load; saturates at slip mu / 6
_RELAXATION_M = 0.25
_CREEP_DAMPING_S = 3.0  # damping of the standing tyre as a share of load per m/s
ROLLING_RESISTANCE = 0.012
_BUMP_STOP_M = 0.07
_BUMP_STOP_FACTOR = 8.0
_MAX_LOAD_FACTOR = 8.0
_LIMIT_DEMAND = 1.0
_SLIP_LIMIT = 1.15  # of the saturation slip: where anti-lock and traction control let go
_UNLOADED_SHARE = 0.10
_POWER_MIN_MPS = 1.0  # below this the drive's own limit holds, not its power
WIDTH_SHARE = 0.65
"""Width of a tyre as a share of its radius: 205 mm on 316 mm."""
_plough = inline(wheel_resistance_n)
RAY_UP_M = 0.30
"""Wheel rays start this far above the wheel's rest centre."""


@inline
def wheel_ray(fleet: Fleet, motion: Motion, row: int, n: int, w: int, start_m: Array, end_m: Array) -> None:
    """Fill the ends (3,) of a wheel's ray, down the body's axis from above the wheel centre; `row` in `motion`."""
    r = motion.rotation[row]
    down = fleet.radius_m[n] + fleet.droop_m[n, w]
    for k in range(3):
        c = motion.position_m[row, k]
        for j in range(3):
            c += r[k, j] * fleet.wheel_m[n, w, j]
        start_m[k] = c + RAY_UP_M * r[k, 2]
        end_m[k] = c - down * r[k, 2]


@kernel
def brush_force(slip: float, mu: float) -> float:
    """Force as a share of load on the brush curve: mu (3 s - 3 s^2 + s^3), s = slip / saturation."""
    s = slip * _STIFFNESS / (3.0 * mu)
    if s >= 1.0:
        return mu
    return mu * s * (3.0 - s * (3.0 - s))


@inline
def _steer(fleet: Fleet, wheels: Wheels, n: int, target_rad: float, dt_s: float) -> None:
    """Move the rack towards its target within the rate limit; Ackermann angles for the two front wheels."""
    limit = fleet.max_steer_rad[n]
    goal = min(max(target_rad, -limit), limit)
    step = fleet.steer_rate_radps[n] * dt_s
    rack = wheels.rack_rad[n] + min(max(goal - wheels.rack_rad[n], -step), step)
    wheels.rack_rad[n] = rack
    t = math.tan(rack)
    half = 0.5 * fleet.track_m[n] * t / fleet.wheelbase_m[n]
    wheels.steer_rad[n, 0] = math.atan(t / (1.0 - half))
    wheels.steer_rad[n, 1] = math.atan(t / (1.0 + half))


@inline
def _suspend(fleet: Fleet, wheels: Wheels, n: int, w: int, distance_m: float, closing_mps: float) -> float:
    """Load of a wheel whose rest centre is `distance_m` from the ground, approaching it at `closing_mps`."""
    travel = fleet.radius_m[n] - distance_m
    rest = fleet.load_n[n, w]
    spring = fleet.spring_npm[n, w]
    force = rest + spring * travel + fleet.damper_nspm[n, w] * closing_mps
    if travel > _BUMP_STOP_M:
        force += _BUMP_STOP_FACTOR * spring * (travel - _BUMP_STOP_M)
    wheels.travel_m[n, w] = max(travel, -fleet.droop_m[n, w])
    return float(min(max(force, 0.0), _MAX_LOAD_FACTOR * rest))


@inline
def _roll(
    fleet: Fleet,
    wheels: Wheels,
    n: int,
    w: int,
    mu: float,
    sliding: float,
    along_mps: float,
    left_mps: float,
    drive_nm: float,
    brake_nm: float,
    dt_s: float,
) -> tuple[float, float]:
    """Advance one wheel's spin and brush by a tick; mean force forward and left, in newtons.

    Drive is released in a substep in which it pushes the slip past saturation, an ideal traction control, and so
    are the brakes of a vehicle with anti-lock. A brake that locks the wheel (`brake_nm` infinite) is not.
    """
    h = dt_s / SUBSTEPS
    radius, inertia = fleet.radius_m[n], fleet.spin_inertia_kgm2[n]
    load = wheels.load_n[n, w]
    spin = wheels.spin_radps[n, w]
    bx, by = wheels.brush_m[n, w, 0], wheels.brush_m[n, w, 1]
    saturation = 3.0 * mu / _STIFFNESS
    most = _RELAXATION_M * saturation
    slip_limit = _SLIP_LIMIT * saturation + 0.01
    sum_x = 0.0
    sum_y = 0.0
    demand = 0.0
    held = math.isinf(brake_nm) or not fleet.abs[n]
    for _ in range(SUBSTEPS):
        rolling = max(abs(along_mps), abs(spin * radius), abs(left_mps))
        slip_x, slip_y = spin * radius - along_mps, -left_mps
        relax = 1.0 + h * rolling / _RELAXATION_M
        bx = (bx + h * slip_x) / relax
        by = (by + h * slip_y) / relax
        size = math.sqrt(bx * bx + by * by)
        slip = math.sqrt(slip_x * slip_x + slip_y * slip_y) / max(rolling, 1.0)
        demand += max(size / most, slip / saturation)
        if size > most:
            bx *= most / size
            by *= most / size
            size = most
        share = brush_force(size / _RELAXATION_M, mu) / max(size, 1e-9)
        still = _CREEP_DAMPING_S * max(0.0, 1.0 - rolling)
        fx = load * (share * bx + still * slip_x)
        fy = load * (share * by + still * slip_y)
        slide = min(max((slip - saturation) / (1.0 - saturation), 0.0), 1.0)
        grip = mu * load * (1.0 - (1.0 - sliding) * slide)
        total = math.sqrt(fx * fx + fy * fy)
        if total > grip:
            fx *= grip / total
            fy *= grip / total
        sum_x += fx
        sum_y += fy
        kappa = slip_x / max(rolling, 0.1)
        torque = drive_nm if not (drive_nm > 0.0 and kappa > slip_limit) else 0.0
        stop = brake_nm if held or not (kappa < -slip_limit and rolling > 1.0) else 0.0
        stop += ROLLING_RESISTANCE * load * radius
        spin += h / inertia * (torque - fx * radius)
        drop = h / inertia * stop
        spin = 0.0 if abs(spin) <= drop else spin - math.copysign(drop, spin)
        wheels.spin_rad[n, w] += h * spin
    wheels.spin_radps[n, w] = spin
    wheels.brush_m[n, w, 0] = bx
    wheels.brush_m[n, w, 1] = by
    wheels.demand[n, w] = demand / SUBSTEPS
    return sum_x / SUBSTEPS, sum_y / SUBSTEPS


@kernel
def wheel_forces(
    fleet: Fleet,
    wheels: Wheels,
    motion: Motion,
    rows: NDArray[np.int64],
    hit: NDArray[np.bool_],
    hit_m: Array,
    hit_normal: Array,
    steer_rad: Array,
    accel_mps2: Array,
    hand_brake: NDArray[np.bool_],
    parked: NDArray[np.bool_],
    friction: Friction,
    pool: Pool,
    air_mps: Array,
    dt_s: float,
    force_n: Array,
    torque_nm: Array,
) -> None:
    """Advance all wheels by one tick and sum their forces and the air's on each body.

    Stages for each vehicle: steer; for each wheel load from the ray hit; limit the drive by power and share it over
    the driven wheels, share the brakes by load; for each wheel find its ground and roll in the ground plane; sum
    force and torque about the centre of mass on those of the air.

    Args:
        fleet: the N vehicles.
        wheels: their wheels; advanced.
        motion: of all bodies.
        rows: (N,) the vehicles' rows in `motion`.
        hit: (4N,) whether each wheel's ray met something.
        hit_m: (4N, 3) where.
        hit_normal: (4N, 3) the surface's normal there.
        steer_rad: (N,) wanted angle of the middle of the front axle.
        accel_mps2: (N,) wanted drive (positive) or service brake (negative).
        hand_brake: (N,) rear wheels locked, no drive.
        parked: (N,) all wheels locked.
        friction: table of the surface.
        pool: where there is water to roll through.
        air_mps: (N, 3) velocity of the air at each vehicle, world frame.
        dt_s: tick.
        force_n: (N, 3) result, world frame.
        torque_nm: (N, 3) result about the centres of mass, world frame.
    """
    normal, arm = wheels.normal, wheels.arm_m
    ahead, left = wheels.axes[0], wheels.axes[1]
    for n in range(fleet.mass_kg.shape[0]):
        row = rows[n]
        x, r = motion.position_m[row], motion.rotation[row]
        v, om = motion.velocity_mps[row], motion.angular_radps[row]
        speed = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
        _steer(fleet, wheels, n, steer_rad[n], dt_s)
        total_load = 0.0
        for w in range(4):
            i = 4 * n + w
            wheels.load_n[n, w] = 0.0
            wheels.travel_m[n, w] = -fleet.droop_m[n, w]
            if not hit[i]:
                continue
            facing = hit_normal[i, 0] * r[0, 2] + hit_normal[i, 1] * r[1, 2] + hit_normal[i, 2] * r[2, 2]
            distance = -RAY_UP_M
            start = 0.0
            for k in range(3):
                normal[w, k] = hit_normal[i, k] if facing > 0.3 else r[k, 2]
                arm[w, k] = hit_m[i, k] - x[k]
                c = x[k] + RAY_UP_M * r[k, 2]
                for j in range(3):
                    c += r[k, j] * fleet.wheel_m[n, w, j]
                start += (c - hit_m[i, k]) * r[k, 2]
            distance += start
            facing = max(facing, 0.3)
            vx = v[0] + om[1] * arm[w, 2] - om[2] * arm[w, 1]
            vy = v[1] + om[2] * arm[w, 0] - om[0] * arm[w, 2]
            vz = v[2] + om[0] * arm[w, 1] - om[1] * arm[w, 0]
            closing = -(vx * normal[w, 0] + vy * normal[w, 1] + vz * normal[w, 2]) / facing
            wheels.load_n[n, w] = _suspend(fleet, wheels, n, w, distance, closing)
            total_load += wheels.load_n[n, w]
        air_force(fleet, n, r, v, om, air_mps[n], force_n[n], torque_nm[n])
        ground_speed = abs(v[0] * r[0, 0] + v[1] * r[1, 0] + v[2] * r[2, 0])
        most = fleet.power_w[n] / (fleet.drawn_kg[n] * max(ground_speed, _POWER_MIN_MPS))
        drive_mps2 = min(min(max(accel_mps2[n], 0.0), fleet.max_drive_mps2[n]), most)
        carried = 0
        for w in range(4):
            i = 4 * n + w
            share = wheels.load_n[n, w] / total_load if total_load > 0.0 else 0.25
            drive = wheels.gear[n] * (fleet.drawn_kg[n] * fleet.radius_m[n]) * fleet.drive_share[n, w] * drive_mps2
            brake = (
                fleet.braked_kg[n] * fleet.radius_m[n] * share * min(max(-accel_mps2[n], 0.0), fleet.max_brake_mps2[n])
            )
            if parked[n] or hand_brake[n]:
                drive = 0.0
                if parked[n] or w >= 2:
                    brake = math.inf
            along = 0.0
            sideways = 0.0
            mu, sliding, pushed = 1.0, 1.0, 0.0
            if wheels.load_n[n, w] > 0.0:
                cs, sn = math.cos(wheels.steer_rad[n, w]), math.sin(wheels.steer_rad[n, w])
                dot = 0.0
                for k in range(3):
                    ahead[k] = cs * r[k, 0] + sn * r[k, 1]
                    dot += ahead[k] * normal[w, k]
                size = 0.0
                for k in range(3):
                    ahead[k] -= dot * normal[w, k]
                    size += ahead[k] * ahead[k]
                size = math.sqrt(size)
                for k in range(3):
                    ahead[k] /= size
                left[0] = normal[w, 1] * ahead[2] - normal[w, 2] * ahead[1]
                left[1] = normal[w, 2] * ahead[0] - normal[w, 0] * ahead[2]
                left[2] = normal[w, 0] * ahead[1] - normal[w, 1] * ahead[0]
                vx = v[0] + om[1] * arm[w, 2] - om[2] * arm[w, 1]
                vy = v[1] + om[2] * arm[w, 0] - om[0] * arm[w, 2]
                vz = v[2] + om[0] * arm[w, 1] - om[1] * arm[w, 0]
                along = vx * ahead[0] + vy * ahead[1] + vz * ahead[2]
                sideways = vx * left[0] + vy * left[1] + vz * left[2]
                film = 0.0
                if on_area(pool.area_m, hit_m[i, 0], hit_m[i, 1]):
                    film = max(0.0, pool.level_m - hit_m[i, 2])
                place = place_of(friction, hit_m[i, 0], hit_m[i, 1])
                mu = wet_grip(friction, place, speed, film, fleet.horne_mps[n])
                sliding = float(friction.sliding[place])
                if aquaplanes(friction, place, speed, film, fleet.horne_mps[n]):
                    carried += 1
                snow = friction.snow_m[place]
                if snow > 0.0 and (w < 2) == (along >= 0.0):  # those behind roll in the ruts
                    width = WIDTH_SHARE * fleet.radius_m[n]
                    pushed = _plough(snow, fleet.radius_m[n], width) * along / max(abs(along), 1.0)
            fx, fy = _roll(fleet, wheels, n, w, mu, sliding, along, sideways, drive, brake, dt_s)
            if wheels.load_n[n, w] <= 0.0:
                wheels.demand[n, w] = 0.0
                for k in range(3):
                    wheels.force_n[n, w, k] = 0.0
                continue
            for k in range(3):
                f = wheels.load_n[n, w] * normal[w, k] + (fx - pushed) * ahead[k] + fy * left[k]
                wheels.force_n[n, w, k] = f
                force_n[n, k] += f
            f3 = wheels.force_n[n, w]
            torque_nm[n, 0] += arm[w, 1] * f3[2] - arm[w, 2] * f3[1]
            torque_nm[n, 1] += arm[w, 2] * f3[0] - arm[w, 0] * f3[2]
            torque_nm[n, 2] += arm[w, 0] * f3[1] - arm[w, 1] * f3[0]
        slipping = 0
        for w in range(4):
            if wheels.demand[n, w] > _LIMIT_DEMAND or wheels.load_n[n, w] < _UNLOADED_SHARE * fleet.load_n[n, w]:
                slipping += 1
        wheels.slip_share[n] = slipping / 4.0
        wheels.aquaplaning[n] = carried / 4.0
