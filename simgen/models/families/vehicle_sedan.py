"""A four-door saloon of the middle class: 4.70 x 1.82 x 1.45 m."""

from __future__ import annotations

from simgen.models.families.vehicle_body import Cut
from simgen.models.families.vehicle_car import CarDesign
from simgen.models.families.vehicle_data import VEHICLES
from simgen.models.families.vehicle_details import grown, rectangle, rounded, strip
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

_DATA = VEHICLES["car.sedan"]
_BODY = LowerBody(
    nose_x_m=2.35,
    tail_x_m=-2.35,
    half_width_m=0.91,
    rows=(
        (0.00, 0.110, 0.130, 0.150),
        (0.07, 0.060, 0.060, 0.070),
        (0.18, 0.030, 0.015, 0.020),
        (0.36, 0.010, 0.000, 0.000),
        (0.56, 0.000, 0.012, 0.020),
        (0.71, 0.003, 0.035, 0.045),
        (0.82, 0.000, 0.065, 0.055),
        (0.90, 0.022, 0.110, 0.065),
        (0.96, 0.050, 0.175, 0.080),
        (1.00, 0.085, 0.260, 0.115),
    ),
    bottom=((-2.35, 0.27), (-1.9, 0.22), (-1.2, 0.18), (1.4, 0.18), (2.1, 0.19), (2.35, 0.20)),
    shoulder=(
        (-2.35, 0.955),
        (-1.9, 0.975),
        (-1.2, 0.965),
        (-0.3, 0.935),
        (0.6, 0.905),
        (1.3, 0.845),
        (1.9, 0.775),
        (2.35, 0.70),
    ),
    ridge=(
        (-2.35, 1.0),
        (-2.2, 1.025),
        (-1.7, 1.03),
        (-0.5, 0.97),
        (0.5, 0.96),
        (1.0, 0.935),
        (1.5, 0.885),
        (2.0, 0.805),
        (2.35, 0.73),
    ),
    taper=((-2.35, 0.05), (-1.5, 0.02), (-0.6, 0.0), (0.8, 0.0), (1.5, 0.015), (2.35, 0.05)),
    nose=Corner(0.72, 3.0),
    tail=Corner(0.50, 3.6),
)
_CABIN = Greenhouse(
    base_x_m=(1.12, -1.72),
    top_x_m=(0.22, -0.98),
    roof=((-1.0, 1.385), (-0.6, 1.432), (-0.2, 1.45), (0.0, 1.445), (0.25, 1.405)),
    base_half_m=0.838,
    top_half_m=0.585,
    drop_m=0.06,
    base_taper=((-1.7, 0.10), (-0.9, 0.03), (0.0, 0.0), (0.6, 0.01), (1.1, 0.06)),
    top_taper=((-1.0, 0.04), (-0.4, 0.0), (0.2, 0.03)),
    screen=Corner(0.36, 3.4),
    rear=Corner(0.34, 3.4),
    bow_m=0.025,
)
_L = _BODY.ring_length_m()

_HEAD = [(0.52, 0.615), (0.66, 0.585), (1.04, 0.615), (1.30, 0.735), (1.02, 0.735), (0.53, 0.685)]
_TAIL = [(_L - 0.44, 0.80), (_L - 0.46, 0.915), (_L - 0.95, 0.905), (_L - 1.12, 0.87), (_L - 0.85, 0.785)]
_BODY_CUTS = (
    # nose
    Cut(FRONT, rounded([(-0.1, 0.47), (0.36, 0.47), (0.47, 0.60), (0.44, 0.665), (-0.1, 0.675)], 0.03), CHROME),
    Cut(
        FRONT,
        rounded([(-0.1, 0.485), (0.35, 0.485), (0.452, 0.60), (0.428, 0.65), (-0.1, 0.66)], 0.03),
        GRILLE,
    ),
    *(Cut(FRONT, strip((-0.1, z), (0.42, z), 0.012), GLOSS_BLACK, (GRILLE,)) for z in (0.53, 0.565, 0.60, 0.632)),
    Cut(FRONT, rounded([(-0.1, 0.255), (0.50, 0.255), (0.44, 0.36), (-0.1, 0.37)], 0.03), GRILLE),
    Cut(FRONT, rounded([(0.56, 0.26), (0.80, 0.28), (0.78, 0.42), (0.62, 0.40)], 0.03), GLOSS_BLACK),
    Cut(FRONT, rectangle(0.63, 0.73, 0.31, 0.355), HEAD_LENS),
    Cut(WRAP, rounded(_HEAD, 0.02), LAMP_HOUSING),
    Cut(WRAP, rounded([(0.57, 0.622), (0.75, 0.602), (0.78, 0.675), (0.58, 0.665)], 0.02), HEAD_LENS),
    Cut(WRAP, rounded([(0.80, 0.607), (0.97, 0.622), (1.00, 0.70), (0.82, 0.68)], 0.02), HEAD_LENS),
    Cut(WRAP, [(1.02, 0.635), (1.10, 0.66), (1.23, 0.725), (1.04, 0.72)], INDICATOR_LENS),
    # tail
    Cut(WRAP, grown(rounded(_TAIL, 0.02), 0.012), GLOSS_BLACK),
    Cut(WRAP, rounded(_TAIL, 0.02), TAIL_LENS),
    Cut(
        WRAP,
        rounded([(_L - 0.50, 0.815), (_L - 0.52, 0.845), (_L - 0.74, 0.84), (_L - 0.72, 0.81)], 0.01),
        REVERSE_LENS,
    ),
    Cut(
        WRAP,
        rounded([(_L - 0.76, 0.81), (_L - 0.78, 0.845), (_L - 0.93, 0.85), (_L - 0.87, 0.81)], 0.01),
        INDICATOR_LENS,
    ),
    Cut(
        WRAP,
        rounded([(_L - 0.52, 0.865), (_L - 0.53, 0.89), (_L - 0.9, 0.885), (_L - 0.9, 0.865)], 0.01),
        BRAKE_LENS,
    ),
    Cut(REAR, rounded([(-0.1, 0.845), (0.30, 0.845), (0.30, 0.87), (-0.1, 0.87)], 0.01), CHROME),
    Cut(REAR, rounded([(-0.1, 0.28), (0.55, 0.28), (0.48, 0.38), (-0.1, 0.38)], 0.03), TRIM),
    Cut(REAR, rectangle(0.58, 0.74, 0.43, 0.465), REFLECTOR),
    Cut(REAR, strip((-0.1, 0.60), (0.62, 0.60), 0.012), SEAM, (PAINT,)),
    Cut(WRAP, strip((_L - 0.62, 0.60), (_L - 0.50, 0.80), 0.012), SEAM, (PAINT,)),
    # bonnet and boot lids
    Cut(TOP, strip((1.02, 0.70), (1.95, 0.63), 0.012), SEAM, (PAINT,)),
    Cut(TOP, strip((-1.75, 0.66), (-2.25, 0.60), 0.012), SEAM, (PAINT,)),
    # doors
    Cut(SIDE, strip((1.00, 0.90), (1.02, 0.27), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-0.05, 0.95), (-0.03, 0.27), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-1.15, 0.98), (-0.98, 0.72), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-0.98, 0.72), (-0.80, 0.27), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-0.80, 0.275), (1.02, 0.275), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, [(-0.86, 0.1), (1.08, 0.1), (1.08, 0.235), (-0.86, 0.235)], TRIM),
)
_DAYLIGHT = [
    (0.72, 0.975),
    (0.68, 0.94),
    (-0.85, 0.985),
    (-1.20, 1.02),
    (-1.02, 1.16),
    (-0.70, 1.31),
    (-0.20, 1.345),
    (0.17, 1.335),
]
_CABIN_CUTS = (
    Cut(FRONT, [(-0.1, 0.85), (0.80, 0.85), (0.76, 0.955), (-0.1, 0.975)], TRIM),
    Cut(
        FRONT,
        rounded([(-0.1, 0.955), (0.71, 0.94), (0.68, 0.99), (0.545, 1.35), (0.45, 1.378), (-0.1, 1.39)], 0.04),
        GLASS,
    ),
    Cut(
        REAR,
        rounded([(-0.1, 0.98), (0.64, 1.02), (0.60, 1.09), (0.47, 1.33), (0.40, 1.352), (-0.1, 1.365)], 0.04),
        GLASS,
    ),
    Cut(SIDE, rounded(_DAYLIGHT, 0.03), GLOSS_BLACK),
    Cut(
        SIDE,
        rounded([(0.64, 0.965), (0.04, 0.985), (0.04, 1.32), (0.15, 1.318)], 0.03),
        GLASS,
        (GLOSS_BLACK,),
    ),
    Cut(
        SIDE,
        rounded(
            [(-0.04, 0.985), (-0.82, 1.005), (-0.84, 1.24), (-0.68, 1.295), (-0.20, 1.325), (-0.04, 1.324)],
            0.03,
        ),
        GLASS,
        (GLOSS_BLACK,),
    ),
    Cut(
        SIDE,
        rounded([(-0.88, 1.02), (-1.13, 1.04), (-1.0, 1.14), (-0.89, 1.215)], 0.02),
        GLASS,
        (GLOSS_BLACK,),
    ),
)

SEDAN = CarDesign(
    name="car.sedan",
    body=_BODY,
    cabin=_CABIN,
    body_cuts=_BODY_CUTS,
    cabin_cuts=_CABIN_CUTS,
    wheel=WheelShape(_DATA.wheel_radius_m, 0.205, 0.228, spokes=10, spoke_width_m=(0.030, 0.045)),
    spec=_DATA.spec(1.47),
    mass_kg=_DATA.mass_kg,
    front_load=_DATA.front_load,
    arch_gap_m=0.045,
    mirror_foot_m=(0.60, 0.82, 0.935),
    handles=((0.16, 0.80), (-0.80, 0.83)),
    handle=PAINT,
    plates=((0.44, 0.0), (0.70, 0.0)),
    head_at=(0.62, 0.64),
    tail_at=(0.66, 0.85),
    indicator_at=(0.76, 0.655),
)  # fmt: skip
