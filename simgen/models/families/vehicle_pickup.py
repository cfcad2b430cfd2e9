"""A double-cab pickup with an open bed: 5.3 x 1.9 x 1.8 m."""

from __future__ import annotations

import numpy as np

from simgen.models.families.vehicle_body import Cut
from simgen.models.families.vehicle_car import CarDesign
from simgen.models.families.vehicle_data import VEHICLES
from simgen.models.families.vehicle_details import arch, both_sides, grown, rectangle, rounded, strip
from simgen.models.families.vehicle_materials import (
    BRAKE_LENS,
    CHASSIS,
    CLADDING,
    GLOSS_BLACK,
    GRILLE,
    LAMP_HOUSING,
    REFLECTOR,
    REVERSE_LENS,
    SEAM,
)
from simgen.models.families.vehicle_shell import Corner, Greenhouse, LowerBody
from simgen.models.families.vehicle_skin import FRONT, REAR, SIDE, TOP, WRAP
from simgen.models.families.vehicle_wheels import WheelShape
from simgen.models.geometry import box, merge, mesh_of_quads
from simgen.models.mesh import Mesh, Shape
from simgen.models.palette import CHROME, GLASS, HEAD_LENS, INDICATOR_LENS, PAINT, STEEL, TAIL_LENS, TRIM

_DATA = VEHICLES["pickup.double_cab"]
_NOSE_X = 0.5 * _DATA.length_m
_HALF = 0.5 * _DATA.width_m
_RAIL_Z = 1.17
_BED_X, _BED_HALF, _BED_FLOOR_Z = (-1.09, -2.60), 0.745, 0.80
_BODY = LowerBody(
    nose_x_m=_NOSE_X,
    tail_x_m=-_NOSE_X,
    half_width_m=_HALF,
    rows=(
        (0.00, 0.100, 0.180, 0.140),
        (0.07, 0.050, 0.085, 0.060),
        (0.18, 0.018, 0.020, 0.012),
        (0.36, 0.004, 0.000, 0.000),
        (0.56, 0.000, 0.008, 0.008),
        (0.70, 0.004, 0.016, 0.012),
        (0.81, 0.000, 0.035, 0.016),
        (0.90, 0.010, 0.070, 0.020),
        (0.96, 0.026, 0.130, 0.026),
        (1.00, 0.050, 0.230, 0.040),
    ),
    bottom=((-2.66, 0.52), (-2.1, 0.44), (-1.2, 0.385), (1.5, 0.385), (2.2, 0.40), (2.66, 0.44)),
    shoulder=((-2.66, _RAIL_Z), (-0.95, _RAIL_Z), (0.0, 1.155), (0.9, 1.15), (1.5, 1.13), (2.1, 1.09), (2.66, 1.00)),
    ridge=((-2.66, _RAIL_Z), (-0.95, _RAIL_Z), (0.0, 1.19), (0.9, 1.21), (1.25, 1.20), (1.9, 1.165), (2.66, 1.04)),
    taper=((-2.66, 0.02), (-2.0, 0.0), (0.9, 0.0), (1.7, 0.01), (2.66, 0.04)),
    nose=Corner(0.50, 3.6),
    tail=Corner(0.16, 5.0),
)
_CABIN = Greenhouse(
    base_x_m=(1.17, -1.03),
    top_x_m=(0.46, -0.93),
    roof=((-1.0, 1.775), (-0.6, 1.805), (-0.2, 1.812), (0.1, 1.80), (0.48, 1.755)),
    base_half_m=0.872,
    top_half_m=0.655,
    drop_m=0.055,
    base_taper=((-1.05, 0.02), (-0.6, 0.0), (0.0, 0.0), (0.6, 0.01), (1.2, 0.06)),
    top_taper=((-0.95, 0.02), (-0.5, 0.0), (0.0, 0.0), (0.45, 0.03)),
    screen=Corner(0.36, 3.6),
    rear=Corner(0.14, 5.0),
    bow_m=0.02,
)
_L = _BODY.ring_length_m()
_FRONT_X, _WHEEL_R = 1.665, _DATA.wheel_radius_m
_REAR_X = _FRONT_X - _DATA.wheelbase_m

_TAIL = [(_L - 0.86, 0.80), (_L - 0.86, 1.13), (_L - 1.01, 1.12), (_L - 1.02, 0.82)]
_BODY_CUTS = (
    Cut(TOP, rectangle(_BED_X[1], _BED_X[0], -0.1, _BED_HALF), None),
    # flares over the wheels and cladding on sills and bumpers
    Cut(SIDE, [(-3.0, 0.0), (3.0, 0.0), (3.0, 0.49), (-3.0, 0.49)], CLADDING),
    Cut(FRONT, [(-0.1, 0.0), (1.0, 0.0), (1.0, 0.54), (-0.1, 0.54)], CLADDING),
    *(Cut(SIDE, arch(x, _WHEEL_R, _WHEEL_R + 0.125, 12), CLADDING) for x in (_FRONT_X, _REAR_X)),
    # nose: a broad grille with two bars between slim lamps, a second mouth below
    Cut(FRONT, rounded([(-0.1, 0.69), (0.44, 0.69), (0.55, 0.82), (0.52, 0.95), (-0.1, 0.965)], 0.04), CHROME),
    Cut(FRONT, rounded([(-0.1, 0.715), (0.425, 0.715), (0.525, 0.82), (0.50, 0.93), (-0.1, 0.94)], 0.04), GRILLE),
    *(Cut(FRONT, strip((-0.1, z), (0.51, z), 0.026), CHROME, (GRILLE,)) for z in (0.785, 0.865)),
    Cut(FRONT, rounded([(-0.1, 0.55), (0.56, 0.55), (0.50, 0.64), (-0.1, 0.65)], 0.03), GRILLE),
    Cut(FRONT, rounded([(0.64, 0.54), (0.84, 0.56), (0.83, 0.69), (0.70, 0.68)], 0.03), GLOSS_BLACK),
    Cut(FRONT, rectangle(0.70, 0.79, 0.595, 0.645), HEAD_LENS),
    Cut(
        WRAP,
        rounded([(0.57, 0.90), (0.59, 0.83), (1.00, 0.84), (1.20, 0.965), (1.00, 0.985), (0.56, 0.955)], 0.03),
        LAMP_HOUSING,
    ),
    Cut(WRAP, rounded([(0.62, 0.86), (0.78, 0.852), (0.80, 0.94), (0.62, 0.935)], 0.02), HEAD_LENS),
    Cut(WRAP, rounded([(0.82, 0.855), (0.97, 0.865), (1.01, 0.955), (0.84, 0.945)], 0.02), HEAD_LENS),
    Cut(WRAP, [(1.02, 0.875), (1.08, 0.905), (1.16, 0.96), (1.05, 0.962)], INDICATOR_LENS),
    Cut(TOP, strip((1.10, 0.78), (2.30, 0.72), 0.012), SEAM, (PAINT,)),
    # tail: a step bumper, the tailgate with its handle, upright lamps
    Cut(REAR, [(-0.1, 0.3), (1.0, 0.3), (1.0, 0.64), (-0.1, 0.64)], STEEL),
    Cut(SIDE, [(-2.9, 0.3), (-2.42, 0.3), (-2.42, 0.64), (-2.9, 0.64)], STEEL),
    Cut(REAR, rectangle(-0.1, 0.30, 0.46, 0.615), TRIM),
    Cut(WRAP, grown(rounded(_TAIL, 0.02), 0.012), GLOSS_BLACK),
    Cut(WRAP, rounded(_TAIL, 0.02), TAIL_LENS),
    Cut(WRAP, rectangle(_L - 1.00, _L - 0.88, 0.835, 0.895), REVERSE_LENS),
    Cut(WRAP, rectangle(_L - 1.00, _L - 0.88, 0.925, 1.005), BRAKE_LENS),
    Cut(WRAP, rectangle(_L - 1.00, _L - 0.88, 1.03, 1.10), INDICATOR_LENS),
    Cut(REAR, strip((0.745, 0.66), (0.745, 1.16), 0.014), SEAM, (PAINT,)),
    Cut(REAR, strip((-0.1, 0.665), (0.745, 0.665), 0.014), SEAM, (PAINT,)),
    Cut(REAR, rounded([(-0.1, 1.005), (0.11, 1.005), (0.13, 1.035), (0.11, 1.085), (-0.1, 1.085)], 0.02), GLOSS_BLACK),
    Cut(REAR, rectangle(0.66, 0.80, 0.53, 0.57), REFLECTOR),
    # doors, and the gap between cab and bed
    Cut(SIDE, strip((0.98, 1.13), (0.98, 0.52), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-0.05, 1.15), (-0.03, 0.52), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-0.86, 1.15), (-0.84, 0.80), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-1.06, 1.20), (-1.06, 0.50), 0.022), SEAM, (PAINT,)),
)
_DAYLIGHT = [(0.86, 1.20), (0.82, 1.175), (-0.86, 1.225), (-0.92, 1.26), (-0.86, 1.66), (-0.50, 1.70), (0.34, 1.685)]
_CABIN_CUTS = (
    Cut(FRONT, [(-0.1, 1.08), (0.85, 1.08), (0.81, 1.19), (-0.1, 1.225)], GLOSS_BLACK),
    Cut(
        FRONT,
        rounded([(-0.1, 1.225), (0.77, 1.19), (0.745, 1.235), (0.625, 1.68), (0.52, 1.715), (-0.1, 1.73)], 0.04),
        GLASS,
    ),
    Cut(
        REAR,
        rounded([(-0.1, 1.26), (0.68, 1.26), (0.69, 1.30), (0.60, 1.63), (0.52, 1.655), (-0.1, 1.665)], 0.04),
        GLASS,
    ),
    Cut(SIDE, rounded(_DAYLIGHT, 0.03), GLOSS_BLACK),
    Cut(SIDE, rounded([(0.77, 1.20), (0.03, 1.225), (0.03, 1.672), (0.32, 1.662)], 0.03), GLASS, (GLOSS_BLACK,)),
    Cut(SIDE, rounded([(-0.05, 1.23), (-0.82, 1.25), (-0.82, 1.645), (-0.50, 1.675), (-0.05, 1.675)], 0.03), GLASS,
        (GLOSS_BLACK,)),
)  # fmt: skip


def _bed() -> Mesh:
    """The lined inside of the bed with its wheel houses, caps on its rails, the chassis and what lies under it."""
    (x0, x1), y, low = _BED_X, _BED_HALF, _BED_FLOOR_Z
    inside = [
        [(x1, -y, low), (x0, -y, low), (x0, y, low), (x1, y, low)],
        [(x0, -y, low), (x0, -y, _RAIL_Z), (x0, y, _RAIL_Z), (x0, y, low)],
        [(x1, -y, low), (x1, y, low), (x1, y, _RAIL_Z), (x1, -y, _RAIL_Z)],
        [(x0, y, low), (x0, y, _RAIL_Z), (x1, y, _RAIL_Z), (x1, y, low)],
        [(x1, -y, low), (x1, -y, _RAIL_Z), (x0, -y, _RAIL_Z), (x0, -y, low)],
    ]
    middle = 0.5 * (x0 + x1)
    left = [
        box((0.86, 0.20, 0.20), CLADDING, (_REAR_X, y - 0.10, low + 0.10)),
        box((x0 - x1 - 0.02, 0.09, 0.022), CLADDING, (middle, y + 0.035, _RAIL_Z + 0.011)),
        box((4.6, 0.09, 0.13), CHASSIS, (-0.10, 0.46, 0.395)),
    ]
    return merge(
        [
            mesh_of_quads(np.array(inside), CLADDING),
            *(both_sides(m) for m in left),
            box((0.05, 1.40, 0.022), CLADDING, (x1 - 0.012, 0.0, _RAIL_Z + 0.011)),
            box((0.14, 1.30, 0.12), CHASSIS, (_REAR_X, 0.0, _WHEEL_R)),
        ]
    )


def _collision() -> tuple[Shape, ...]:
    """Boxes for the nose and for floor and walls of the bed, so that it holds what lies in it; a hull for the cab."""
    (x0, x1), half, low = _BED_X, _HALF - 0.02, 0.385
    cab = [
        (x, side * y, z)
        for side in (1.0, -1.0)
        for x, y, z in ((1.17, 0.84, 1.10), (-1.03, 0.86, 1.10), (0.42, 0.63, 1.74), (-0.92, 0.64, 1.77))
    ]
    front = x0, _NOSE_X - 0.05
    tail = 0.03 - _NOSE_X
    wall = half - _BED_HALF
    sides = tuple(
        Shape("box", (0.5 * (x0 + x1), side * (_BED_HALF + 0.5 * wall), 0.5 * (_BED_FLOOR_Z + _RAIL_Z)),
              size_m=(x0 - x1, wall, _RAIL_Z - _BED_FLOOR_Z))
        for side in (1.0, -1.0)
    )  # fmt: skip
    return (
        Shape("box", (0.5 * sum(front), 0.0, 0.5 * (low + 1.13)), size_m=(front[1] - front[0], 2.0 * half, 1.13 - low)),
        Shape("box", (0.5 * (x0 + tail), 0.0, 0.5 * (low + _BED_FLOOR_Z)),
              size_m=(x0 - tail, 2.0 * half, _BED_FLOOR_Z - low)),
        *sides,
        Shape("box", (0.5 * (x1 + tail), 0.0, 0.5 * (_BED_FLOOR_Z + _RAIL_Z)),
              size_m=(x1 - tail, 2.0 * half, _RAIL_Z - _BED_FLOOR_Z)),
        Shape("hull", points_m=np.array(cab, np.float32)),
    )  # fmt: skip


PICKUP = CarDesign(
    name="pickup.double_cab",
    class_name="truck",  # Cityscapes counts pickups as trucks
    body=_BODY,
    cabin=_CABIN,
    body_cuts=_BODY_CUTS,
    cabin_cuts=_CABIN_CUTS,
    wheel=WheelShape(_WHEEL_R, 0.265, 0.232, spokes=6, spoke_width_m=(0.070, 0.100)),
    spec=_DATA.spec(_FRONT_X),
    mass_kg=_DATA.mass_kg,
    front_load=_DATA.front_load,
    arch_gap_m=0.065,
    mirror_foot_m=(0.66, 0.87, 1.18),
    handles=((0.12, 1.02), (-0.70, 1.03)),
    handle=CHROME,
    plates=((0.60, 0.0), (0.54, 0.0)),
    head_at=(0.70, 0.895),
    tail_at=(0.86, 0.96),
    indicator_at=(0.85, 0.93),
    extras=(_bed(),),
    collision=_collision(),
)
