"""Under the load of trucks: chassis, guards, mudguards and lamp bar; and the box of the box truck."""

from __future__ import annotations

import math

import numpy as np

from simgen.models.families.vehicle_box_body import BoxBody
from simgen.models.families.vehicle_details import both_sides, number_plate, rod
from simgen.models.families.vehicle_materials import (
    BRAKE_LENS,
    CHASSIS,
    PLATE_YELLOW,
    REVERSE_LENS,
    TAPE_RED,
    TAPE_YELLOW,
)
from simgen.models.geometry import box, cylinder, extrude, merge, mesh_of_quads, transformed
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import GALVANISED, INDICATOR_LENS, STEEL, TAIL_LENS, TRIM

_X0, _X1, _Z0, _HALF = -3.74, 2.00, 0.96, 1.20  # rear, front, floor and half width of the box
BOX = BoxBody(
    rear_x_m=_X0,
    front_x_m=_X1,
    floor_m=_Z0,
    top_m=3.30,
    half_m=_HALF,
    livery=(  # a broad band that kicks up towards the rear
        ((_X1 - 0.07, 1.30), (-1.3, 1.30), (-1.0, 1.75), (_X1 - 0.07, 1.75)),
        ((-1.3, 1.30), (-1.0, 1.75), (-2.2, 3.21), (-2.9, 3.21)),
        ((-1.55, 1.30), (-1.75, 1.30), (-3.35, 3.21), (-3.15, 3.21)),
    ),
    panels=5,
    markers_x_m=(-3.4, -1.9, -0.2, 1.6),
)
BAR_X_M = -3.66
"""Where the under-run bar is."""


def running_gear(rear_x_m: float, wheel_radius_m: float) -> Mesh:
    """Chassis frame, cross members, rear axle, tank, battery box, side guards and mudguards."""
    left = [
        box((5.55, 0.07, 0.22), CHASSIS, (-0.80, 0.42, 0.74)),
        box((2.0, 0.07, 0.18), CHASSIS, (2.6, 0.42, 0.62)),
        mudguard(rear_x_m, wheel_radius_m),
    ]
    for x in np.linspace(_X0 + 0.3, _X1 - 0.3, 4):
        left.append(box((0.06, _HALF - 0.03, 0.11), CHASSIS, (float(x), 0.5 * _HALF, _Z0 - 0.055)))
    guard_x = (rear_x_m + 0.62, 1.90)
    for z in (0.52, 0.74):
        left.append(rod((guard_x[0], 1.12, z), (guard_x[1], 1.12, z), 0.075, GALVANISED))
    for x in (guard_x[0] + 0.12, 0.5, guard_x[1] - 0.12):
        left.append(box((0.05, 0.04, 0.50), CHASSIS, (x, 1.06, 0.71)))
    tank = transformed(cylinder(0.27, 1.0, GALVANISED, 14, axis="x"), translation_m=(0.75, 0.76, 0.62))
    battery = box((0.75, 0.42, 0.42), TRIM, (0.75, -0.76, 0.62))
    axle = transformed(cylinder(0.10, 1.7, CHASSIS, 10, axis="y"), translation_m=(rear_x_m, 0.0, wheel_radius_m))
    differential = transformed(
        cylinder(0.20, 0.34, CHASSIS, 12, axis="x"), translation_m=(rear_x_m, 0.0, wheel_radius_m)
    )
    shaft = transformed(cylinder(0.05, 3.6, CHASSIS, 8, axis="x"), translation_m=(rear_x_m + 1.9, 0.0, 0.55))
    front = transformed(cylinder(0.07, 1.6, CHASSIS, 8, axis="y"), translation_m=(2.62, 0.0, wheel_radius_m))
    return merge([both_sides(merge(left)), tank, battery, axle, differential, shaft, front])


def mudguard(x_m: float, wheel_radius_m: float, y_m: tuple[float, float] = (0.52, 1.09)) -> Mesh:
    """A plastic arc over wheels of the left side between two distances from the middle, with a flap behind."""
    ang = np.linspace(math.radians(8.0), math.radians(172.0), 8)
    outer, inner = wheel_radius_m + 0.085, wheel_radius_m + 0.065
    arc = [(x_m + outer * math.cos(a), wheel_radius_m + outer * math.sin(a)) for a in ang]
    back = [(x_m + inner * math.cos(a), wheel_radius_m + inner * math.sin(a)) for a in ang[::-1]]
    guard = extrude([*arc, *back], *y_m, TRIM)
    flap = box((0.015, y_m[1] - y_m[0] - 0.02, 0.36), TRIM, (x_m - outer - 0.01, 0.5 * sum(y_m), 0.36))
    return merge([guard, flap])


def _tape(x_m: float, y0: float, y1: float, z0: float, z1: float, material: Material) -> Mesh:
    """A flat strip that faces back."""
    return mesh_of_quads([[[x_m, y1, z0], [x_m, y0, z0], [x_m, y0, z1], [x_m, y1, z1]]], material)


def tail_board() -> Mesh:
    """Under-run bar with striped ends, lamp clusters, number plate and marking boards."""
    bar = box((0.08, 2.16, 0.13), STEEL, (BAR_X_M, 0.0, 0.50))
    carrier = box((0.05, 2.20, 0.20), CHASSIS, (BAR_X_M, 0.0, 0.78))
    stays = both_sides(box((0.07, 0.07, 0.40), CHASSIS, (BAR_X_M + 0.04, 0.42, 0.66)))
    left = []
    x = BAR_X_M - 0.045
    for y, width, material in (
        (1.00, 0.10, INDICATOR_LENS),
        (0.89, 0.11, TAIL_LENS),
        (0.78, 0.10, BRAKE_LENS),
        (0.69, 0.07, REVERSE_LENS),
    ):
        left.append(box((0.05, width - 0.008, 0.13), material, (x, y, 0.78)))
    for k in range(6):
        material = TAPE_RED if k % 2 else TAPE_YELLOW
        y = 1.08 - 0.16 * k
        left.append(_tape(BAR_X_M - 0.045, y - 0.16, y, 0.45, 0.55, material))
    return merge(
        [
            bar,
            carrier,
            stays,
            both_sides(merge(left)),
            number_plate((BAR_X_M - 0.04, 0.0, 0.78), -1, PLATE_YELLOW),
        ]
    )
