"""The arrays that the world's kernels share: motion of bodies, vehicles and their wheels, friction, standing water."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.areas import inside
from simgen.compiled import inline

Array = NDArray[np.float64]


class Fleet(NamedTuple):
    """What does not change about N vehicles; wheels in the order fl, fr, rl, rr, from the centre of mass.

    Attributes:
        mass_kg: (N,).
        drawn_kg: (N,) the same with what it tows: what its engine drives.
        braked_kg: (N,) what rests on its wheels: what its brakes stop.
        wheel_m: (N, 4, 3) rest position of the wheel centres.
        radius_m: (N,).
        spin_inertia_kgm2: (N,) of one wheel.
        load_n: (N, 4) static wheel loads.
        spring_npm, damper_nspm: (N, 4).
        droop_m: (N, 4) travel below rest at which a spring is slack.
        wheelbase_m, track_m: (N,).
        max_drive_mps2, max_brake_mps2, max_steer_rad: (N,).
        drag_area_m2: (N,) drag coefficient times frontal area.
        side_area_m2: (N,) drag coefficient times area of the side.
        pressure_m: (N, 3) centre of pressure of the air, from the centre of mass.
        power_w: (N,) at the driven wheels.
        drive_share: (N, 4) share of the drive that each wheel takes while all are on the ground.
        abs: (N,) bool, service brakes are held below wheel lock.
        steer_rate_radps: (N,).
        horne_mps: (N,) speed at which water deeper than the tread carries the tyres.
    """

    mass_kg: Array
    drawn_kg: Array
    braked_kg: Array
    wheel_m: Array
    radius_m: Array
    spin_inertia_kgm2: Array
    load_n: Array
    spring_npm: Array
    damper_nspm: Array
    droop_m: Array
    wheelbase_m: Array
    track_m: Array
    max_drive_mps2: Array
    max_brake_mps2: Array
    max_steer_rad: Array
    drag_area_m2: Array
    side_area_m2: Array
    pressure_m: Array
    power_w: Array
    drive_share: Array
    abs: NDArray[np.bool_]
    steer_rate_radps: Array
    horne_mps: Array


class Wheels(NamedTuple):
    """What changes: the state of N vehicles' wheels.

    Attributes:
        rack_rad: (N,) steering angle of the middle of the front axle, left positive.
        steer_rad, spin_rad, spin_radps, travel_m: (N, 4); travel is up, from rest.
        brush_m: (N, 4, 2) deflection of the contact patch, forward and left.
        load_n: (N, 4) present wheel loads.
        demand: (N, 4) slip as a share of the slip at which the tyre saturates.
        force_n: (N, 4, 3) force of the ground on each wheel, world frame, mean over the tick.
        slip_share: (N,) share of the wheels at their friction limit or carrying next to no load.
        aquaplaning: (N,) share of the wheels that water carries.
        gear: (N,) 1 forwards, -1 backwards: which way they are driven.
        normal, arm_m: (4, 3) and axes: (2, 3), work space of the kernel.
    """

    rack_rad: Array
    steer_rad: Array
    spin_rad: Array
    spin_radps: Array
    travel_m: Array
    brush_m: Array
    load_n: Array
    demand: Array
    force_n: Array
    slip_share: Array
    aquaplaning: Array
    normal: Array
    arm_m: Array
    axes: Array
    gear: Array


def new_wheels(count: int) -> Wheels:
    """The wheels of `count` vehicles at rest."""
    return Wheels(
        rack_rad=np.zeros(count),
        steer_rad=np.zeros((count, 4)),
        spin_rad=np.zeros((count, 4)),
        spin_radps=np.zeros((count, 4)),
        travel_m=np.zeros((count, 4)),
        brush_m=np.zeros((count, 4, 2)),
        load_n=np.zeros((count, 4)),
        demand=np.zeros((count, 4)),
        force_n=np.zeros((count, 4, 3)),
        slip_share=np.zeros(count),
        aquaplaning=np.zeros(count),
        normal=np.zeros((4, 3)),
        arm_m=np.zeros((4, 3)),
        axes=np.zeros((2, 3)),
        gear=np.ones(count),
    )


class Friction(NamedTuple):
    """Tyre friction of a surface (row 0) and its P patches (rows 1 to P).

    Attributes:
        speed_step_mps, film_m, mu: peak friction mu[place, i, j] at speed i * speed_step_mps under the extra film_m[j].
        patch_m: the P patches' rows one behind the other (see `simgen.areas.row_of`); a later one lies on top.
        patch_first: (P + 1,) int64 where each begins.
        own_film_m: (P + 1,) water film that is part of each.
        sliding: (P + 1,) friction of a fully sliding tyre as a share of the peak.
        tread_m: depth of the tyres' tread.
        snow_m: (P + 1,) depth of the snow that wheels have to push through.
    """

    speed_step_mps: float
    film_m: Array
    mu: Array
    patch_m: Array
    patch_first: NDArray[np.int64]
    own_film_m: Array
    sliding: Array
    tread_m: float
    snow_m: Array


class Pool(NamedTuple):
    """Standing water.

    Attributes:
        level_m: world height of its surface.
        area_m: the row of the area that it covers (see `simgen.areas.row_of`), `NOWHERE` where there is none.
    """

    level_m: float
    area_m: Array


NOWHERE = (1.0, 0.0, 1.0, 0.0)
"""The row of an area that holds no point."""

on_area = inline(inside)
"""`simgen.areas.inside`, compiled."""


class Motion(NamedTuple):
    """Motion of N bodies: rotation (N, 3, 3), position (N, 3) of the centre of mass, velocities (N, 3)."""

    rotation: Array
    position_m: Array
    velocity_mps: Array
    angular_radps: Array
