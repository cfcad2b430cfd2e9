"""A five-door small car: 4.10 x 1.75 x 1.48 m."""

from __future__ import annotations

from simgen.models.families.vehicle_body import Cut
from simgen.models.families.vehicle_car import CarDesign
from simgen.models.families.vehicle_data import VEHICLES
from simgen.models.families.vehicle_details import grown, rectangle, roof_spoiler, rounded, strip
from simgen.models.families.vehicle_materials import (
    BRAKE_LENS,
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
from simgen.models.palette import CHROME, GLASS, HEAD_LENS, INDICATOR_LENS, PAINT, TAIL_LENS, TRIM

_DATA = VEHICLES["car.hatchback"]
_BODY = LowerBody(
    nose_x_m=2.05,
    tail_x_m=-2.05,
    half_width_m=0.875,
    rows=(
        (0.00, 0.100, 0.120, 0.120),
        (0.07, 0.055, 0.050, 0.050),
        (0.18, 0.025, 0.010, 0.012),
        (0.36, 0.008, 0.000, 0.000),
        (0.56, 0.000, 0.015, 0.018),
        (0.70, 0.004, 0.045, 0.030),
        (0.81, 0.000, 0.085, 0.040),
        (0.90, 0.022, 0.140, 0.050),
        (0.96, 0.045, 0.205, 0.060),
        (1.00, 0.075, 0.285, 0.085),
    ),
    bottom=((-2.05, 0.27), (-1.7, 0.23), (-1.1, 0.18), (1.3, 0.18), (1.8, 0.19), (2.05, 0.20)),
    shoulder=(
        (-2.05, 0.99),
        (-1.6, 1.01),
        (-0.9, 0.98),
        (0.0, 0.945),
        (0.7, 0.92),
        (1.3, 0.87),
        (1.7, 0.80),
        (2.05, 0.72),
    ),
    ridge=(
        (-2.05, 1.01),
        (-1.0, 1.00),
        (0.0, 0.98),
        (0.7, 0.975),
        (1.0, 0.965),
        (1.4, 0.915),
        (1.8, 0.825),
        (2.05, 0.755),
    ),
    taper=((-2.05, 0.04), (-1.4, 0.01), (-0.6, 0.0), (0.8, 0.0), (1.3, 0.01), (2.05, 0.045)),
    nose=Corner(0.64, 2.9),
    tail=Corner(0.42, 3.4),
)
_CABIN = Greenhouse(
    base_x_m=(1.14, -1.97),
    top_x_m=(0.32, -1.66),
    roof=((-1.7, 1.40), (-1.2, 1.455), (-0.6, 1.48), (-0.2, 1.478), (0.1, 1.462), (0.34, 1.43)),
    base_half_m=0.812,
    top_half_m=0.575,
    drop_m=0.055,
    base_taper=((-1.95, 0.05), (-1.2, 0.01), (0.0, 0.0), (0.6, 0.01), (1.1, 0.06)),
    top_taper=((-1.7, 0.06), (-0.8, 0.01), (-0.2, 0.0), (0.3, 0.03)),
    screen=Corner(0.36, 3.4),
    rear=Corner(0.26, 3.6),
    bow_m=0.022,
)
_L = _BODY.ring_length_m()

_TAIL = [(_L - 0.46, 0.70), (_L - 0.50, 0.965), (_L - 0.78, 0.96), (_L - 0.98, 0.93), (_L - 0.72, 0.69)]
_BODY_CUTS = (
    # nose: a thin upper grille between the lamps and a wide mouth below
    Cut(FRONT, rounded([(-0.1, 0.645), (0.40, 0.65), (0.44, 0.685), (-0.1, 0.70)], 0.015), GLOSS_BLACK),
    Cut(FRONT, strip((-0.1, 0.672), (0.41, 0.668), 0.014), CHROME),
    Cut(
        FRONT,
        rounded([(-0.1, 0.255), (0.50, 0.265), (0.60, 0.42), (0.50, 0.455), (-0.1, 0.465)], 0.03),
        GRILLE,
    ),
    *(Cut(FRONT, strip((-0.1, z), (0.56, z), 0.012), GLOSS_BLACK, (GRILLE,)) for z in (0.31, 0.355, 0.40)),
    Cut(FRONT, rounded([(0.64, 0.29), (0.76, 0.31), (0.75, 0.42), (0.66, 0.41)], 0.02), GLOSS_BLACK),
    Cut(FRONT, rectangle(0.67, 0.735, 0.33, 0.38), HEAD_LENS),
    Cut(
        WRAP,
        rounded([(0.47, 0.64), (0.60, 0.595), (0.92, 0.615), (1.16, 0.775), (0.95, 0.79), (0.48, 0.715)], 0.03),
        LAMP_HOUSING,
    ),
    Cut(WRAP, rounded([(0.53, 0.645), (0.68, 0.61), (0.73, 0.705), (0.55, 0.70)], 0.03), HEAD_LENS),
    Cut(WRAP, rounded([(0.75, 0.617), (0.88, 0.63), (0.96, 0.735), (0.80, 0.72)], 0.03), HEAD_LENS),
    Cut(WRAP, [(0.93, 0.65), (0.99, 0.68), (1.11, 0.765), (1.02, 0.765)], INDICATOR_LENS),
    # tail: upright lamps high on the corners, hatch opening to the bumper
    Cut(WRAP, grown(rounded(_TAIL, 0.03), 0.014), GLOSS_BLACK),
    Cut(WRAP, rounded(_TAIL, 0.03), TAIL_LENS),
    Cut(
        WRAP,
        rounded([(_L - 0.51, 0.72), (_L - 0.52, 0.775), (_L - 0.70, 0.775), (_L - 0.67, 0.715)], 0.01),
        REVERSE_LENS,
    ),
    Cut(
        WRAP,
        rounded([(_L - 0.525, 0.80), (_L - 0.53, 0.85), (_L - 0.77, 0.85), (_L - 0.73, 0.80)], 0.01),
        INDICATOR_LENS,
    ),
    Cut(
        WRAP,
        rounded([(_L - 0.535, 0.875), (_L - 0.54, 0.94), (_L - 0.76, 0.935), (_L - 0.76, 0.875)], 0.01),
        BRAKE_LENS,
    ),
    Cut(REAR, strip((-0.1, 0.90), (0.22, 0.90), 0.02), CHROME),
    Cut(REAR, rounded([(-0.1, 0.28), (0.62, 0.30), (0.50, 0.42), (-0.1, 0.42)], 0.03), TRIM),
    Cut(REAR, rectangle(0.56, 0.70, 0.45, 0.485), REFLECTOR),
    Cut(REAR, strip((-0.1, 0.57), (0.56, 0.57), 0.012), SEAM, (PAINT,)),
    Cut(WRAP, strip((_L - 0.56, 0.57), (_L - 0.48, 0.72), 0.012), SEAM, (PAINT,)),
    Cut(TOP, strip((1.05, 0.68), (1.66, 0.62), 0.012), SEAM, (PAINT,)),
    # doors
    Cut(SIDE, strip((0.93, 0.92), (0.95, 0.27), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-0.12, 0.96), (-0.10, 0.27), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-1.10, 1.00), (-0.93, 0.70), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-0.93, 0.70), (-0.78, 0.275), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-0.79, 0.275), (0.95, 0.275), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, [(-0.86, 0.1), (1.00, 0.1), (1.00, 0.235), (-0.86, 0.235)], TRIM),
)
_DAYLIGHT = [
    (0.75, 0.985),
    (0.70, 0.955),
    (-1.00, 1.03),
    (-1.28, 1.14),
    (-1.24, 1.20),
    (-1.02, 1.325),
    (-0.40, 1.38),
    (0.22, 1.362),
]
_CABIN_CUTS = (
    Cut(FRONT, [(-0.1, 0.85), (0.78, 0.85), (0.74, 0.975), (-0.1, 1.0)], TRIM),
    Cut(
        FRONT,
        rounded([(-0.1, 0.985), (0.70, 0.965), (0.67, 1.01), (0.535, 1.37), (0.44, 1.402), (-0.1, 1.412)], 0.04),
        GLASS,
    ),
    Cut(
        REAR,
        rounded([(-0.1, 1.05), (0.64, 1.06), (0.655, 1.11), (0.555, 1.33), (0.47, 1.36), (-0.1, 1.37)], 0.04),
        GLASS,
    ),
    Cut(SIDE, rounded(_DAYLIGHT, 0.03), GLOSS_BLACK),
    Cut(
        SIDE,
        rounded([(0.66, 0.98), (-0.03, 1.008), (-0.03, 1.35), (0.20, 1.342)], 0.03),
        GLASS,
        (GLOSS_BLACK,),
    ),
    Cut(
        SIDE,
        rounded([(-0.11, 1.01), (-0.86, 1.04), (-0.90, 1.30), (-0.40, 1.355), (-0.11, 1.352)], 0.03),
        GLASS,
        (GLOSS_BLACK,),
    ),
    Cut(
        SIDE,
        rounded([(-0.93, 1.05), (-1.00, 1.055), (-1.23, 1.145), (-1.20, 1.19), (-0.96, 1.29)], 0.03),
        GLASS,
        (GLOSS_BLACK,),
    ),
)

HATCHBACK = CarDesign(
    name="car.hatchback",
    body=_BODY,
    cabin=_CABIN,
    body_cuts=_BODY_CUTS,
    cabin_cuts=_CABIN_CUTS,
    wheel=WheelShape(_DATA.wheel_radius_m, 0.195, 0.215, spokes=5, spoke_width_m=(0.075, 0.105)),
    spec=_DATA.spec(1.27),
    mass_kg=_DATA.mass_kg,
    front_load=_DATA.front_load,
    arch_gap_m=0.045,
    mirror_foot_m=(0.60, 0.80, 0.96),
    handles=((0.08, 0.82), (-0.82, 0.85)),
    handle=PAINT,
    plates=((0.54, 0.0), (0.76, 0.0)),
    head_at=(0.60, 0.66),
    tail_at=(0.66, 0.90),
    indicator_at=(0.76, 0.70),
    extras=(roof_spoiler(_CABIN.roof_z, (-1.46, -1.84), 0.53),),
)  # fmt: skip
