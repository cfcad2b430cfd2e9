"""A two-axle tractor for semi-trailers with a long-haul cab: 5.9 x 2.5 x 3.9 m."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from simgen.models.families.vehicle_body import Arches, Cut, cut_all, finish, wiper
from simgen.models.families.vehicle_car import AMBER, HEADLAMP_WHITE, RED, assemble
from simgen.models.families.vehicle_data import VEHICLES
from simgen.models.families.vehicle_details import (
    both_sides,
    door_handle,
    door_mirror,
    number_plate,
    rectangle,
    rod,
    rounded,
    strip,
)
from simgen.models.families.vehicle_materials import (
    BRAKE_LENS,
    CHASSIS,
    GLOSS_BLACK,
    GRILLE,
    LAMP_HOUSING,
    MARKER_LENS,
    PLATE_WHITE,
    REVERSE_LENS,
    SEAM,
    TREAD_PLATE,
)
from simgen.models.families.vehicle_shell import Corner, LowerBody
from simgen.models.families.vehicle_skin import FRONT, SIDE, WRAP, Skin
from simgen.models.families.vehicle_truck_body import mudguard
from simgen.models.families.vehicle_wheels import WheelShape
from simgen.models.geometry import box, cylinder, extrude, merge, transformed
from simgen.models.mesh import LampMount, Mesh, Shape
from simgen.models.model import Model
from simgen.models.palette import (
    CHROME,
    GALVANISED,
    GLASS,
    HEAD_LENS,
    INDICATOR_LENS,
    PAINT,
    STEEL,
    TAIL_LENS,
    TRIM,
)

_DATA = VEHICLES["truck.tractor"]
_WHEEL_R = _DATA.wheel_radius_m
_NOSE_X = 0.5 * _DATA.length_m
_FRONT_X = _NOSE_X - 1.40
_REAR_X = _FRONT_X - _DATA.wheelbase_m
_CAB_X = 0.62  # its rear wall
_HALF = 0.5 * _DATA.width_m
HITCH_M = (_NOSE_X - 4.50, 0.0, 1.15)
"""The fifth wheel: where it takes the kingpin."""
_FRONT_WHEEL = WheelShape(_WHEEL_R, 0.315, 0.290, 10, (0.085, 0.125), rim=STEEL, dish_m=-0.03, segments=20)
_REAR_WHEEL = replace(_FRONT_WHEEL, width_m=0.28, dish_m=0.10, twin=True)
_CAB = LowerBody(
    nose_x_m=_NOSE_X,
    tail_x_m=_CAB_X,
    half_width_m=_HALF,
    rows=(
        (0.00, 0.060, 0.080, 0.00),
        (0.03, 0.015, 0.025, 0.00),
        (0.08, 0.000, 0.000, 0.00),
        (0.24, 0.000, 0.000, 0.00),
        (0.38, 0.000, 0.030, 0.00),
        (0.46, 0.005, 0.055, 0.00),
        (0.64, 0.020, 0.130, 0.00),
        (0.80, 0.040, 0.220, 0.00),
        (0.92, 0.070, 0.360, 0.01),
        (0.97, 0.110, 0.500, 0.03),
        (1.00, 0.170, 0.640, 0.06),
    ),
    bottom=((0.5, 0.42), (1.5, 0.40), (_NOSE_X, 0.30)),
    shoulder=((0.5, 3.62), (2.0, 3.62), (_NOSE_X, 3.50)),
    ridge=((0.5, 3.68), (2.0, 3.68), (_NOSE_X, 3.56)),
    taper=((0.5, 0.0), (2.4, 0.0), (_NOSE_X, 0.01)),
    nose=Corner(0.46, 3.8),
    tail=Corner(0.06, 7.0),
    stations=8,
)


def build_tractor() -> Model:
    """The model `truck.tractor`."""
    cab = Skin.of_nets(_CAB.nets(PAINT, TRIM))
    cut_all(cab, _cuts())
    fittings = _fittings(cab)
    wells = finish(cab, Arches((_FRONT_X,), _WHEEL_R, _WHEEL_R + 0.09, inner_y_m=0.76))
    screen_x = float(cab.lookup(FRONT, [[0.0, 2.40]])[0][0, 0]) + 0.03
    return assemble(
        name="truck.tractor",
        class_name="truck",
        mesh=merge([cab.mesh(), *wells, *fittings, *_air_guides(), _frame(), _fifth_wheel(), _tail()]),
        wheels=(_FRONT_WHEEL, _REAR_WHEEL),
        spec=replace(_DATA.spec(_FRONT_X), hitch_m=HITCH_M),
        mass_kg=_DATA.mass_kg,
        front_load=_DATA.front_load,
        collision=(
            Shape("box", (0.5 * (_NOSE_X + _CAB_X), 0.0, 2.02), size_m=(_NOSE_X - _CAB_X - 0.10, 2.44, 3.20)),
            Shape("box", (0.5 * (_CAB_X - _NOSE_X), 0.0, 0.74), size_m=(_NOSE_X + _CAB_X - 0.06, 1.10, 0.50)),
            Shape("box", (-0.25, 0.0, 0.72), size_m=(1.60, 2.30, 0.50)),
        ),
        mounts={
            "windscreen": ((screen_x, 0.0, 2.40), 0.0, 0.0),
            "bumper": ((_NOSE_X + 0.03, 0.0, 0.62), 0.0, 0.0),
            "roof": ((2.0, 0.0, 4.02), 0.0, 0.0),
        },
        lamps=_lamps(cab),
    )


def _cuts() -> tuple[Cut, ...]:
    """Bumper, grille, lamps, screens and doors."""
    n = _NOSE_X
    return (
        Cut(FRONT, [(-0.1, 0.2), (1.4, 0.2), (1.4, 0.46), (-0.1, 0.46)], TRIM),
        Cut(SIDE, [(0.3, 0.2), (n + 0.1, 0.2), (n + 0.1, 0.46), (0.3, 0.46)], TRIM),
        Cut(FRONT, rounded([(-0.1, 0.52), (0.60, 0.52), (0.64, 0.84), (-0.1, 0.86)], 0.03), GRILLE),
        *(Cut(FRONT, strip((-0.1, z), (0.62, z), 0.024), PAINT, (GRILLE,)) for z in (0.62, 0.74)),
        Cut(FRONT, rounded([(-0.1, 0.95), (0.84, 0.95), (0.90, 1.66), (-0.1, 1.70)], 0.05), GRILLE),
        *(Cut(FRONT, strip((-0.1, z), (0.88, z), 0.030), PAINT, (GRILLE,)) for z in (1.08, 1.22, 1.36, 1.50)),
        Cut(FRONT, rectangle(-0.1, 0.16, 1.56, 1.64), CHROME, (GRILLE,)),
        # lamps
        Cut(WRAP, rounded([(0.72, 0.55), (1.24, 0.55), (1.52, 0.62), (1.46, 0.88), (0.74, 0.86)], 0.05), LAMP_HOUSING),
        Cut(WRAP, rounded([(0.78, 0.585), (0.98, 0.585), (0.98, 0.80), (0.78, 0.80)], 0.05), HEAD_LENS),
        Cut(WRAP, rounded([(1.01, 0.60), (1.18, 0.60), (1.18, 0.80), (1.01, 0.80)], 0.05), HEAD_LENS),
        Cut(WRAP, [(1.22, 0.61), (1.46, 0.65), (1.42, 0.82), (1.22, 0.80)], INDICATOR_LENS),
        # screens
        Cut(FRONT, rounded([(-0.1, 1.80), (1.16, 1.80), (1.14, 2.10), (1.08, 2.86), (-0.1, 2.92)], 0.06), GLOSS_BLACK),
        Cut(FRONT, rounded([(-0.1, 1.90), (1.12, 1.90), (1.10, 2.10), (1.05, 2.78), (-0.1, 2.84)], 0.06), GLASS),
        Cut(SIDE, rounded([(1.58, 1.92), (2.46, 1.80), (2.56, 1.92), (2.38, 2.72), (1.58, 2.76)], 0.06), GLOSS_BLACK),
        Cut(SIDE, rounded([(1.62, 1.96), (2.45, 1.85), (2.51, 1.95), (2.35, 2.68), (1.62, 2.72)], 0.05), GLASS),
        # doors, lockers
        Cut(SIDE, strip((1.48, 2.86), (1.48, 1.02), 0.014), SEAM),
        Cut(SIDE, strip((2.50, 1.02), (2.68, 1.80), 0.014), SEAM),
        Cut(SIDE, strip((2.66, 1.80), (2.42, 2.86), 0.014), SEAM),
        Cut(SIDE, strip((1.48, 2.86), (2.42, 2.86), 0.014), SEAM),
        Cut(SIDE, strip((1.48, 1.02), (2.50, 1.02), 0.014), SEAM),
        Cut(SIDE, strip((0.70, 1.55), (1.40, 1.55), 0.012), SEAM),
        Cut(SIDE, strip((0.70, 1.10), (1.40, 1.10), 0.012), SEAM),
        Cut(SIDE, strip((1.40, 1.10), (1.40, 1.55), 0.012), SEAM),
        Cut(FRONT, strip((-0.1, 3.02), (0.98, 3.00), 0.014), SEAM),
    )


def _fittings(cab: Skin) -> list[Mesh]:
    """Mirrors, handles, steps, visor, markers, plate and wipers."""
    handle = door_handle(cab, 1.62, 1.48, TRIM)
    mirror = door_mirror((2.52, 1.16, 2.20), 0.22, (0.12, 0.22, 0.62), TRIM)
    kerb = door_mirror((2.46, 1.16, 2.66), 0.18, (0.12, 0.20, 0.20), TRIM)
    steps = [
        extrude([(2.14, z), (2.46, z), (2.46, z + 0.05), (2.14, z + 0.05)], 1.02, 1.24, TREAD_PLATE)
        for z in (0.44, 0.78)
    ]
    front = float(cab.lookup(FRONT, [[0.0, 2.95]])[0][0, 0])
    visor = extrude(
        [(front - 0.06, 2.93), (front + 0.20, 2.84), (front + 0.22, 2.87), (front - 0.06, 3.02)],
        -1.02,
        1.02,
        GLOSS_BLACK,
    )
    roof = float(cab.lookup(FRONT, [[0.0, 3.30]])[0][0, 0])
    markers = [box((0.06, 0.16, 0.05), MARKER_LENS, (roof, y, 3.30)) for y in (0.40, 0.80)]
    plate_x = float(cab.lookup(FRONT, [[0.0, 0.49]])[0][0, 0]) + 0.008
    wipers = [wiper(cab, (y, 1.93), (y - 0.62, 2.06), 0.022) for y in (0.95, 0.25)]
    return [
        *(both_sides(m) for m in (handle, mirror, kerb, *steps, *markers)),
        visor,
        number_plate((plate_x, 0.0, 0.49), 1, PLATE_WHITE),
        *wipers,
    ]


def _air_guides() -> list[Mesh]:
    """What leads the air over and past the gap between cab and trailer."""
    outline = [(_CAB_X + 0.02, 3.60), (2.05, 3.62), (1.90, 3.72), (1.40, 3.85), (_CAB_X + 0.02, _DATA.height_m)]
    roof = extrude(outline, -1.06, 1.06, PAINT, smooth_deg=40.0)
    side = extrude([(0.22, 1.05), (0.66, 1.05), (0.66, 3.50), (0.22, 3.44)], 1.17, 1.215, PAINT)
    return [roof, both_sides(side)]


def _frame() -> Mesh:
    """Rails, cross members, axles, tanks with their covers, mudguards and the lines to the trailer."""
    length = _CAB_X + _NOSE_X - 0.06
    left = [
        box((length, 0.07, 0.27), CHASSIS, (_CAB_X - 0.5 * length, 0.40, 0.83)),
        box((2.2, 0.07, 0.22), CHASSIS, (1.6, 0.40, 0.72)),
        mudguard(_REAR_X, _WHEEL_R, (0.66, 1.20)),
        transformed(cylinder(0.32, 1.10, GALVANISED, 18, axis="x"), translation_m=(-0.22, 0.83, 0.72)),
        *(box((0.05, 0.68, 0.68), TRIM, (x, 0.83, 0.72)) for x in (-0.56, 0.10)),
        box((0.42, 0.40, 0.52), TRIM, (0.46, 0.94, 0.70)),
    ]
    cross = [box((0.08, 0.80, 0.20), CHASSIS, (x, 0.0, 0.84)) for x in (0.3, -0.7, -2.75)]
    axle = transformed(cylinder(0.10, 1.6, CHASSIS, 10, axis="y"), translation_m=(_REAR_X, 0.0, _WHEEL_R))
    differential = transformed(
        cylinder(0.24, 0.36, CHASSIS, 14, axis="y"), translation_m=(_REAR_X, 0.0, _WHEEL_R + 0.02)
    )
    front = transformed(cylinder(0.08, 1.6, CHASSIS, 8, axis="y"), translation_m=(_FRONT_X, 0.0, _WHEEL_R))
    shaft = rod((_FRONT_X, 0.0, 0.66), (_REAR_X, 0.0, _WHEEL_R), 0.10, CHASSIS)
    deck = box((0.60, 0.80, 0.02), TREAD_PLATE, (0.26, 0.0, 1.00))
    mast = box((0.06, 0.60, 0.06), CHASSIS, (_CAB_X - 0.06, 0.0, 1.90))
    lines = [
        rod((_CAB_X - 0.08, y, 1.88), (0.02, 0.4 * y, 1.30), 0.025, material)
        for y, material in ((0.2, TAIL_LENS), (0.0, INDICATOR_LENS), (-0.2, TRIM))
    ]
    return merge([both_sides(merge(left)), *cross, axle, differential, front, shaft, deck, mast, *lines])


def _fifth_wheel() -> Mesh:
    """The plate on which the trailer rests, split to the rear for the kingpin, on its brackets."""
    x, _, z = HITCH_M
    ang = np.radians(np.linspace(22.0, 338.0, 22))
    rim = [(x - 0.46 * math.cos(a), 0.46 * math.sin(a)) for a in ang]
    outline = [*rim, (x - 0.10, -0.06), (x + 0.06, 0.0), (x - 0.10, 0.06)]
    flat = extrude([(px, py) for px, py in outline[::-1]], -0.5 * 0.07, 0.5 * 0.07, STEEL)
    up = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])  # from the plane of extrusion to level
    turn = up if float((up @ np.array([0.0, 1.0, 0.0]))[2]) > 0.0 else up.T
    plate = transformed(flat, rotation=turn, translation_m=(0.0, 0.0, z - 0.035))
    bracket = both_sides(box((0.34, 0.08, 0.14), CHASSIS, (x, 0.34, z - 0.13)))
    return merge([plate, bracket])


def _tail() -> Mesh:
    """Cross member with lamp clusters and plate."""
    x = -_NOSE_X + 0.03
    left = [
        box((0.05, width - 0.008, 0.13), material, (x - 0.005, y, 0.86))
        for y, width, material in (
            (1.10, 0.10, INDICATOR_LENS),
            (0.99, 0.11, TAIL_LENS),
            (0.88, 0.10, BRAKE_LENS),
            (0.79, 0.07, REVERSE_LENS),
        )
    ]
    return merge([box((0.04, 2.30, 0.18), CHASSIS, (x + 0.04, 0.0, 0.86)), both_sides(merge(left))])


def _lamps(cab: Skin) -> tuple[LampMount, ...]:
    lamps = []
    head_x = float(cab.lookup(FRONT, [[0.88, 0.70]])[0][0, 0]) + 0.01
    blink_x = float(cab.lookup(FRONT, [[1.14, 0.70]])[0][0, 0]) + 0.01
    for side in (1.0, -1.0):
        tail = (-_NOSE_X, side * 0.99, 0.86)
        lamps += [
            LampMount("head", (head_x, side * 0.88, 0.70), (1.0, 0.0, 0.0), 21000.0, HEADLAMP_WHITE, "lowbeam"),
            LampMount("tail", tail, (-1.0, 0.0, 0.0), 6.0, RED),
            LampMount("brake", tail, (-1.0, 0.0, 0.0), 60.0, RED),
            LampMount("indicator", (blink_x, side * 1.14, 0.70), (1.0, 0.0, 0.0), 200.0, AMBER),
            LampMount("indicator", tail, (-1.0, 0.0, 0.0), 200.0, AMBER),
        ]
    return tuple(lamps)
