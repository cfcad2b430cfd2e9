"""A five-seat sport utility vehicle: 4.70 x 1.90 x 1.70 m."""

from __future__ import annotations

from simgen.models.families.vehicle_body import Cut
from simgen.models.families.vehicle_car import CarDesign
from simgen.models.families.vehicle_data import VEHICLES
from simgen.models.families.vehicle_details import (
    arch,
    both_sides,
    grown,
    rectangle,
    rod,
    roof_spoiler,
    rounded,
    strip,
)
from simgen.models.families.vehicle_materials import (
    BRAKE_LENS,
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
from simgen.models.geometry import merge
from simgen.models.palette import CHROME, GLASS, HEAD_LENS, INDICATOR_LENS, PAINT, STEEL, TAIL_LENS

_DATA = VEHICLES["car.suv"]
_BODY = LowerBody(
    nose_x_m=2.35,
    tail_x_m=-2.35,
    half_width_m=0.95,
    rows=(
        (0.00, 0.100, 0.160, 0.160),
        (0.07, 0.050, 0.085, 0.085),
        (0.18, 0.020, 0.020, 0.020),
        (0.36, 0.006, 0.000, 0.000),
        (0.56, 0.000, 0.010, 0.025),
        (0.70, 0.006, 0.020, 0.040),
        (0.81, 0.000, 0.040, 0.050),
        (0.90, 0.018, 0.075, 0.060),
        (0.96, 0.040, 0.130, 0.070),
        (1.00, 0.070, 0.220, 0.095),
    ),
    bottom=((-2.35, 0.36), (-1.9, 0.30), (-1.2, 0.235), (1.4, 0.235), (2.0, 0.26), (2.35, 0.29)),
    shoulder=(
        (-2.35, 1.13),
        (-1.8, 1.15),
        (-1.0, 1.12),
        (0.0, 1.085),
        (0.8, 1.065),
        (1.4, 1.035),
        (1.9, 0.985),
        (2.35, 0.90),
    ),
    ridge=(
        (-2.35, 1.15),
        (-1.0, 1.14),
        (0.0, 1.12),
        (0.8, 1.12),
        (1.1, 1.11),
        (1.6, 1.075),
        (2.05, 1.015),
        (2.35, 0.94),
    ),
    taper=((-2.35, 0.05), (-1.5, 0.01), (-0.6, 0.0), (0.8, 0.0), (1.5, 0.01), (2.35, 0.04)),
    nose=Corner(0.54, 3.5),
    tail=Corner(0.42, 3.8),
)
_CABIN = Greenhouse(
    base_x_m=(1.08, -2.28),
    top_x_m=(0.44, -2.04),
    roof=((-2.1, 1.605), (-1.4, 1.655), (-0.6, 1.672), (-0.2, 1.67), (0.1, 1.662), (0.45, 1.625)),
    base_half_m=0.892,
    top_half_m=0.66,
    drop_m=0.055,
    base_taper=((-2.25, 0.05), (-1.4, 0.01), (0.0, 0.0), (0.6, 0.01), (1.1, 0.06)),
    top_taper=((-2.1, 0.05), (-0.9, 0.01), (-0.2, 0.0), (0.4, 0.03)),
    screen=Corner(0.36, 3.6),
    rear=Corner(0.26, 3.8),
    bow_m=0.02,
)
_L = _BODY.ring_length_m()
_FRONT_X, _WHEEL_R = 1.42, _DATA.wheel_radius_m
_REAR_X = _FRONT_X - _DATA.wheelbase_m

_TAIL = [(_L - 0.44, 0.87), (_L - 0.48, 1.08), (_L - 0.86, 1.075), (_L - 1.06, 1.03), (_L - 0.78, 0.86)]
_BODY_CUTS = (
    # cladding round the lower edge and the arches
    Cut(SIDE, [(-3.0, 0.0), (3.0, 0.0), (3.0, 0.40), (-3.0, 0.40)], CLADDING),
    Cut(FRONT, [(-0.1, 0.0), (1.0, 0.0), (1.0, 0.40), (-0.1, 0.40)], CLADDING),
    Cut(REAR, [(-0.1, 0.0), (1.0, 0.0), (1.0, 0.50), (-0.1, 0.50)], CLADDING),
    *(Cut(SIDE, arch(x, _WHEEL_R, _WHEEL_R + 0.125, 12), CLADDING) for x in (_FRONT_X, _REAR_X)),
    # nose: tall upright grille with bars, slim lamps at the bonnet's edge
    Cut(FRONT, rounded([(-0.1, 0.56), (0.40, 0.56), (0.50, 0.70), (0.47, 0.86), (-0.1, 0.875)], 0.04), CHROME),
    Cut(
        FRONT,
        rounded([(-0.1, 0.58), (0.385, 0.58), (0.478, 0.70), (0.452, 0.84), (-0.1, 0.855)], 0.04),
        GRILLE,
    ),
    *(Cut(FRONT, strip((-0.1, z), (0.46, z), 0.022), STEEL, (GRILLE,)) for z in (0.64, 0.71, 0.78)),
    Cut(FRONT, rounded([(-0.1, 0.40), (0.55, 0.40), (0.48, 0.50), (-0.1, 0.51)], 0.03), GRILLE),
    Cut(FRONT, rounded([(-0.1, 0.31), (0.48, 0.31), (0.42, 0.37), (-0.1, 0.37)], 0.02), STEEL),
    Cut(FRONT, rounded([(0.60, 0.44), (0.84, 0.46), (0.83, 0.60), (0.66, 0.58)], 0.03), GLOSS_BLACK),
    Cut(FRONT, rectangle(0.67, 0.78, 0.49, 0.54), HEAD_LENS),
    Cut(
        WRAP,
        rounded([(0.54, 0.80), (0.56, 0.755), (0.98, 0.765), (1.20, 0.87), (1.00, 0.895), (0.53, 0.865)], 0.03),
        LAMP_HOUSING,
    ),
    Cut(WRAP, rounded([(0.59, 0.785), (0.75, 0.775), (0.77, 0.852), (0.59, 0.845)], 0.02), HEAD_LENS),
    Cut(WRAP, rounded([(0.79, 0.775), (0.95, 0.785), (0.99, 0.868), (0.81, 0.855)], 0.02), HEAD_LENS),
    Cut(WRAP, [(0.99, 0.795), (1.06, 0.815), (1.15, 0.868), (1.03, 0.875)], INDICATOR_LENS),
    # tail: lamps at the corners joined by a bright strip
    Cut(WRAP, grown(rounded(_TAIL, 0.03), 0.014), GLOSS_BLACK),
    Cut(WRAP, rounded(_TAIL, 0.03), TAIL_LENS),
    Cut(
        WRAP,
        rounded([(_L - 0.50, 0.885), (_L - 0.51, 0.93), (_L - 0.76, 0.935), (_L - 0.73, 0.88)], 0.01),
        REVERSE_LENS,
    ),
    Cut(
        WRAP,
        rounded([(_L - 0.52, 0.955), (_L - 0.53, 0.995), (_L - 0.84, 0.995), (_L - 0.80, 0.955)], 0.01),
        INDICATOR_LENS,
    ),
    Cut(
        WRAP,
        rounded([(_L - 0.53, 1.015), (_L - 0.54, 1.06), (_L - 0.84, 1.055), (_L - 0.86, 1.015)], 0.01),
        BRAKE_LENS,
    ),
    Cut(REAR, rounded([(-0.1, 0.965), (0.42, 0.965), (0.43, 1.0), (-0.1, 1.0)], 0.01), CHROME),
    Cut(REAR, rounded([(-0.1, 0.38), (0.50, 0.38), (0.46, 0.45), (-0.1, 0.45)], 0.02), STEEL),
    Cut(REAR, rectangle(0.62, 0.78, 0.54, 0.575), REFLECTOR),
    Cut(REAR, strip((-0.1, 0.66), (0.64, 0.66), 0.012), SEAM, (PAINT,)),
    Cut(WRAP, strip((_L - 0.64, 0.66), (_L - 0.52, 0.87), 0.012), SEAM, (PAINT,)),
    Cut(TOP, strip((1.02, 0.76), (1.98, 0.70), 0.012), SEAM, (PAINT,)),
    # doors
    Cut(SIDE, strip((0.90, 1.07), (0.92, 0.42), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-0.17, 1.10), (-0.15, 0.42), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-1.16, 1.13), (-0.98, 0.86), 0.010), SEAM, (PAINT,)),
    Cut(SIDE, strip((-0.98, 0.86), (-0.78, 0.60), 0.010), SEAM, (PAINT,)),
)
_DAYLIGHT = [
    (0.76, 1.125),
    (0.72, 1.10),
    (-1.70, 1.18),
    (-2.00, 1.23),
    (-1.95, 1.32),
    (-1.66, 1.52),
    (-0.50, 1.575),
    (0.28, 1.558),
]
_CABIN_CUTS = (
    Cut(FRONT, [(-0.1, 1.0), (0.85, 1.0), (0.81, 1.115), (-0.1, 1.14)], GLOSS_BLACK),
    Cut(
        FRONT,
        rounded([(-0.1, 1.13), (0.775, 1.105), (0.745, 1.15), (0.625, 1.555), (0.52, 1.592), (-0.1, 1.602)], 0.04),
        GLASS,
    ),
    Cut(
        REAR,
        rounded([(-0.1, 1.20), (0.68, 1.21), (0.70, 1.25), (0.59, 1.50), (0.48, 1.53), (-0.1, 1.54)], 0.04),
        GLASS,
    ),
    Cut(SIDE, rounded(_DAYLIGHT, 0.03), GLOSS_BLACK),
    Cut(
        SIDE,
        rounded([(0.68, 1.12), (-0.08, 1.148), (-0.08, 1.548), (0.26, 1.538)], 0.03),
        GLASS,
        (GLOSS_BLACK,),
    ),
    Cut(
        SIDE,
        rounded([(-0.16, 1.15), (-0.98, 1.178), (-1.00, 1.528), (-0.50, 1.555), (-0.16, 1.55)], 0.03),
        GLASS,
        (GLOSS_BLACK,),
    ),
    Cut(
        SIDE,
        rounded(
            [(-1.06, 1.18), (-1.68, 1.20), (-1.94, 1.245), (-1.90, 1.31), (-1.64, 1.495), (-1.08, 1.525)],
            0.03,
        ),
        GLASS,
        (GLOSS_BLACK,),
    ),
)


def _rail_point(x_m: float, up_m: float) -> tuple[float, float, float]:
    y = 0.60
    return x_m, y, float(_CABIN.roof_z(x_m, y)) + up_m


_RAIL_X = (0.20, 0.05, -0.55, -1.15, -1.65, -1.80)
_RAIL_UP = (-0.01, 0.045, 0.045, 0.045, 0.045, -0.01)
_RAILS = both_sides(
    merge(
        [
            rod(
                _rail_point(_RAIL_X[k], _RAIL_UP[k]),
                _rail_point(_RAIL_X[k + 1], _RAIL_UP[k + 1]),
                0.032,
                STEEL,
            )
            for k in range(len(_RAIL_X) - 1)
        ]
    )
)

SUV = CarDesign(
    name="car.suv",
    body=_BODY,
    cabin=_CABIN,
    body_cuts=_BODY_CUTS,
    cabin_cuts=_CABIN_CUTS,
    wheel=WheelShape(_DATA.wheel_radius_m, 0.235, 0.250, spokes=6, spoke_width_m=(0.060, 0.085)),
    spec=_DATA.spec(_FRONT_X),
    mass_kg=_DATA.mass_kg,
    front_load=_DATA.front_load,
    arch_gap_m=0.055,
    mirror_foot_m=(0.58, 0.87, 1.10),
    handles=((0.04, 0.95), (-0.86, 0.98)),
    handle=PAINT,
    plates=((0.50, 0.0), (0.82, 0.0)),
    head_at=(0.66, 0.81),
    tail_at=(0.72, 1.03),
    indicator_at=(0.83, 0.84),
    extras=(_RAILS, roof_spoiler(_CABIN.roof_z, (-1.86, -2.17), 0.60)),
)  # fmt: skip
