"""What the dynamics need to know about each vehicle, from its model."""

from __future__ import annotations

import math

import numpy as np

from simgen.conditions.surface import horne_speed_mps
from simgen.models import Model, VehicleSpec
from simgen.world.bullet import GRAVITY_MPS2
from simgen.world.frames import Array
from simgen.world.state import Fleet

_RIDE_HZ = 1.4
_DAMPING_RATIO = 0.4
_WHEEL_MASS_SHARE = 0.055  # of the mass on a corner; a 380 kg corner has a 21 kg wheel


def fleet_of(models: list[Model], towed_by: dict[int, int] | None = None) -> Fleet:
    """The arrays of these vehicles, in their order.

    Springs are set for the ride frequency and damping ratio of road cars; the centres of pressure and of mass are
    those of the models.

    Args:
        models: of the vehicles.
        towed_by: the rows of semi-trailers, each with the row of the vehicle on which its kingpin rests.
    """
    count = len(models)
    wheel_m, load_n = np.zeros((count, 4, 3)), np.zeros((count, 4))
    specs: list[VehicleSpec] = []
    pressure_m, drive_share = np.zeros((count, 3)), np.zeros((count, 4))
    for n, model in enumerate(models):
        v = model.vehicle
        assert v is not None  # only vehicles are put into a fleet
        specs.append(v)
        cx, cy, cz = model.center_of_mass_m
        pressure_m[n] = (v.pressure_x_m - cx, -cy, v.pressure_z_m - cz)
        rear_x = v.front_axle_x_m - v.wheelbase_m
        front_share = (cx - rear_x) / v.wheelbase_m
        for w, (x, side) in enumerate(
            ((v.front_axle_x_m, 1.0), (v.front_axle_x_m, -1.0), (rear_x, 1.0), (rear_x, -1.0))
        ):
            wheel_m[n, w] = (x - cx, side * 0.5 * v.track_m - cy, v.wheel_radius_m - cz)
            axle = front_share if w < 2 else 1.0 - front_share
            drive_share[n, w] = 0.5 * _axle_share(v.driven, front=w < 2)
            load_n[n, w] = model.mass_kg * GRAVITY_MPS2 * axle * (0.5 + side * cy / v.track_m)
    mass_kg = np.array([m.mass_kg for m in models])
    drawn_kg, braked_kg = mass_kg.copy(), mass_kg.copy()
    for trailer, tractor in (towed_by or {}).items():
        resting_kg = _rest(models[trailer], models[tractor], load_n[trailer], load_n[tractor])
        drawn_kg[tractor] += mass_kg[trailer]
        braked_kg[tractor] += resting_kg
        braked_kg[trailer] -= resting_kg
    corner_kg = load_n / GRAVITY_MPS2
    spring = corner_kg * (2.0 * math.pi * _RIDE_HZ) ** 2
    radius = np.array([v.wheel_radius_m for v in specs])
    return Fleet(
        mass_kg,
        drawn_kg,
        braked_kg,
        wheel_m,
        radius,
        0.6 * _WHEEL_MASS_SHARE * corner_kg.mean(axis=1) * radius**2,
        load_n,
        spring,
        2.0 * _DAMPING_RATIO * corner_kg * (2.0 * math.pi * _RIDE_HZ),
        load_n / spring,
        np.array([v.wheelbase_m for v in specs]),
        np.array([v.track_m for v in specs]),
        np.array([v.max_drive_accel_mps2 for v in specs]),
        np.array([v.max_brake_accel_mps2 for v in specs]),
        np.array([v.max_steer_rad for v in specs]),
        np.array([v.drag_coefficient * v.frontal_area_m2 for v in specs]),
        np.array([v.side_drag_coefficient * v.side_area_m2 for v in specs]),
        pressure_m,
        np.array([v.max_power_w for v in specs]),
        drive_share,
        np.array([v.abs for v in specs], np.bool_),
        np.array([v.max_steer_rate_radps for v in specs]),
        np.array([horne_speed_mps(v.tyre_pressure_pa) for v in specs]),
    )


def _rest(trailer: Model, tractor: Model, trailer_load_n: Array, tractor_load_n: Array) -> float:
    """Rest a trailer on its axles, which share alike, and on the tractor's hitch; the mass that the hitch bears.

    Args:
        trailer, tractor: the models.
        trailer_load_n, tractor_load_n: (4,) static loads of their wheels; those of the trailer are set, the
            tractor's get their shares on top.
    """
    t, v = trailer.vehicle, tractor.vehicle
    assert t is not None
    assert t.kingpin_m is not None
    assert v is not None
    assert v.hitch_m is not None
    bogie_x = t.front_axle_x_m - 0.5 * t.wheelbase_m
    on_hitch = (trailer.center_of_mass_m[0] - bogie_x) / (t.kingpin_m[0] - bogie_x)
    resting_kg = on_hitch * trailer.mass_kg
    trailer_load_n[:] = 0.25 * (trailer.mass_kg - resting_kg) * GRAVITY_MPS2
    front = (v.hitch_m[0] - v.front_axle_x_m + v.wheelbase_m) / v.wheelbase_m
    tractor_load_n[:2] += 0.5 * front * resting_kg * GRAVITY_MPS2
    tractor_load_n[2:] += 0.5 * (1.0 - front) * resting_kg * GRAVITY_MPS2
    return resting_kg


def _axle_share(driven: str, *, front: bool) -> float:
    """Share of the drive that goes to the front or rear axle; equal left and right, as an open differential does."""
    if driven == "all":
        return 0.5
    return float(driven == ("front" if front else "rear"))
