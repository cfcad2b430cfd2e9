"""A panel van with a high roof: 5.9 x 2.0 x 2.7 m."""

from __future__ import annotations

import numpy as np

from simgen.models.families.vehicle_body import Arches, Cut, cut_all, finish, wiper
from simgen.models.families.vehicle_car import assemble, road_lamps
from simgen.models.families.vehicle_data import VEHICLES
from simgen.models.families.vehicle_details import (
    arch,
    both_sides,
    door_handle,
    door_mirror,
    grown,
    number_plate,
    rectangle,
    rounded,
    strip,
)
from simgen.models.families.vehicle_materials import (
    BRAKE_LENS,
    CLADDING,
    GLOSS_BLACK,
    GRILLE,
    LAMP_HOUSING,
    PLATE_WHITE,
    PLATE_YELLOW,
    REFLECTOR,
    REVERSE_LENS,
    SEAM,
)
from simgen.models.families.vehicle_shell import Corner, LowerBody
from simgen.models.families.vehicle_skin import FRONT, REAR, SIDE, TOP, WRAP, Skin
from simgen.models.families.vehicle_wheels import WheelShape
from simgen.models.geometry import box, merge
from simgen.models.mesh import Mesh, Shape
from simgen.models.model import Model
from simgen.models.palette import CHROME, GLASS, HEAD_LENS, INDICATOR_LENS, PAINT, STEEL, TAIL_LENS, TRIM

_DATA = VEHICLES["van.panel"]
_WHEEL_R = _DATA.wheel_radius_m
_FRONT_X = 1.93
_REAR_X = _FRONT_X - _DATA.wheelbase_m
_ARCHES = Arches((_FRONT_X, _REAR_X), _WHEEL_R, _WHEEL_R + 0.055, inner_y_m=0.66)
_NOSE_X = 0.5 * _DATA.length_m
_BODY = LowerBody(
    nose_x_m=_NOSE_X,
    tail_x_m=-_NOSE_X,
    half_width_m=0.5 * _DATA.width_m,
    rows=(
        (0.000, 0.060, 0.120, 0.080),
        (0.050, 0.020, 0.040, 0.030),
        (0.130, 0.000, 0.000, 0.000),
        (0.240, 0.000, 0.020, 0.000),
        (0.305, 0.002, 0.075, 0.000),
        (0.345, 0.006, 0.190, 0.000),
        (0.385, 0.012, 0.480, 0.000),
        (0.420, 0.018, 0.800, 0.004),
        (0.560, 0.026, 1.080, 0.012),
        (0.720, 0.048, 1.410, 0.026),
        (0.845, 0.075, 1.680, 0.040),
        (0.920, 0.098, 1.900, 0.055),
        (0.965, 0.130, 2.080, 0.085),
        (0.990, 0.180, 2.220, 0.130),
        (1.000, 0.250, 2.340, 0.190),
    ),
    bottom=((-2.9, 0.32), (-2.2, 0.26), (0.0, 0.23), (2.0, 0.22), (2.9, 0.25)),
    shoulder=((-2.95, 2.57), (-1.0, 2.60), (0.4, 2.58), (2.95, 2.54)),
    ridge=((-2.95, 2.68), (-1.0, 2.70), (0.4, 2.68), (2.95, 2.62)),
    taper=((-2.95, 0.035), (-2.2, 0.0), (1.2, 0.0), (2.0, 0.02), (2.95, 0.09)),
    nose=Corner(0.56, 3.0),
    tail=Corner(0.16, 5.0),
    stations=13,
)
_L = _BODY.ring_length_m()
_TAIL = [(_L - 0.87, 0.98), (_L - 0.87, 1.62), (_L - 1.02, 1.60), (_L - 1.03, 1.00)]
_LAMP = [(0.50, 0.83), (0.60, 0.76), (0.98, 0.80), (1.32, 1.02), (1.06, 1.06), (0.56, 0.95)]
_DOOR_X = (0.62, 1.86)  # rear and front edge of the front door at the sill


def build_van() -> Model:
    """The model `van.panel`."""
    body = Skin.of_nets(_BODY.nets(PAINT, TRIM))
    cut_all(body, _cuts())
    fittings = _fittings(body)
    wells = finish(body, _ARCHES)
    wheel = WheelShape(_WHEEL_R, 0.235, 0.215, 8, (0.070, 0.100), rim=STEEL, dish_m=0.0, segments=20)
    screen_x = float(body.lookup(FRONT, [[0.0, 1.90]])[0][0, 0])
    return assemble(
        name="van.panel",
        class_name="car",  # vans of one continuous body count as cars in the Cityscapes taxonomy
        mesh=merge([body.mesh(), *wells, *fittings]),
        wheels=(wheel, wheel),
        spec=_DATA.spec(_FRONT_X),
        mass_kg=_DATA.mass_kg,
        front_load=_DATA.front_load,
        collision=_collision(),
        mounts={
            "windscreen": ((screen_x + 0.30, 0.0, 1.92), 0.0, 0.0),
            "bumper": ((_NOSE_X + 0.03, 0.0, 0.56), 0.0, 0.0),
            "roof": ((0.30, 0.0, 2.83), 0.0, 0.0),
        },
        lamps=road_lamps(body, head_at=(0.66, 0.86), tail_at=(0.95, 1.22), indicator_at=(0.86, 0.93)),
    )


def _cuts() -> list[Cut]:
    """Outlines in the order they are cut: trim, nose, screens, doors, tail."""
    return [
        # bumpers, sills and the rubbing strip
        Cut(FRONT, [(-0.1, 0.1), (1.1, 0.1), (1.1, 0.60), (-0.1, 0.60)], CLADDING),
        Cut(SIDE, [(2.36, 0.1), (3.1, 0.1), (3.1, 0.60), (2.36, 0.60)], CLADDING),
        Cut(REAR, [(-0.1, 0.1), (1.1, 0.1), (1.1, 0.56), (-0.1, 0.56)], CLADDING),
        Cut(SIDE, [(-3.1, 0.1), (-2.20, 0.1), (-2.20, 0.56), (-3.1, 0.56)], CLADDING),
        Cut(SIDE, [(-3.0, 0.70), (2.30, 0.70), (2.30, 0.82), (-3.0, 0.82)], CLADDING),
        *(Cut(SIDE, arch(x, _WHEEL_R, _ARCHES.radius_m + 0.07, 12), CLADDING) for x in (_FRONT_X, _REAR_X)),
        # nose
        Cut(FRONT, rounded([(-0.1, 0.64), (0.40, 0.64), (0.47, 0.90), (-0.1, 0.96)], 0.04), GRILLE),
        *(Cut(FRONT, strip((-0.1, z), (0.45, z), 0.026), CHROME, (GRILLE,)) for z in (0.72, 0.81, 0.89)),
        Cut(FRONT, rounded([(-0.1, 0.36), (0.62, 0.36), (0.70, 0.50), (-0.1, 0.52)], 0.03), GRILLE),
        Cut(FRONT, rounded([(0.72, 0.40), (0.86, 0.41), (0.86, 0.50), (0.74, 0.50)], 0.02), GLOSS_BLACK),
        Cut(WRAP, rounded(_LAMP, 0.03), LAMP_HOUSING),
        Cut(WRAP, rounded([(0.59, 0.80), (0.80, 0.805), (0.84, 0.94), (0.62, 0.93)], 0.03), HEAD_LENS),
        Cut(WRAP, [(0.87, 0.83), (1.00, 0.86), (1.18, 0.98), (0.92, 0.98)], INDICATOR_LENS),
        Cut(TOP, strip((2.76, 0.70), (2.14, 0.86), 0.014), SEAM, (PAINT,)),
        Cut(FRONT, strip((-0.1, 1.085), (0.64, 1.065), 0.014), SEAM, (PAINT,)),
        # screens
        Cut(FRONT, [(-0.1, 1.20), (0.90, 1.18), (0.89, 1.34), (-0.1, 1.36)], TRIM),
        Cut(
            FRONT,
            rounded([(-0.1, 1.28), (0.885, 1.26), (0.87, 1.40), (0.76, 2.12), (0.60, 2.18), (-0.1, 2.21)], 0.05),
            GLOSS_BLACK),
        Cut(
            FRONT,
            rounded([(-0.1, 1.34), (0.835, 1.32), (0.82, 1.45), (0.715, 2.06), (0.57, 2.115), (-0.1, 2.145)], 0.05),
            GLASS),
        Cut(
            SIDE,
            rounded([(0.70, 1.36), (1.64, 1.30), (1.74, 1.36), (1.16, 2.06), (0.70, 2.09)], 0.05),
            GLOSS_BLACK),
        Cut(SIDE, rounded([(0.74, 1.40), (1.60, 1.345), (1.655, 1.38), (1.13, 2.02), (0.74, 2.045)], 0.04), GLASS),
        Cut(SIDE, strip((1.42, 1.33), (1.42, 1.70), 0.03), GLOSS_BLACK, (GLASS,)),
        # front doors, sliding door with its rail, roof joint
        Cut(SIDE, strip((_DOOR_X[0], 2.16), (_DOOR_X[0], 0.40), 0.014), SEAM, (PAINT, CLADDING)),
        Cut(SIDE, strip((_DOOR_X[0], 2.16), (1.18, 2.12), 0.014), SEAM, (PAINT,)),
        Cut(SIDE, strip((_DOOR_X[1], 1.22), (1.50, 0.80), 0.014), SEAM, (PAINT,)),
        Cut(SIDE, strip((1.50, 0.80), (1.46, 0.40), 0.014), SEAM, (PAINT, CLADDING)),
        Cut(SIDE, strip((_DOOR_X[0], 0.40), (1.46, 0.40), 0.014), SEAM, (PAINT,)),
        Cut(SIDE, strip((-0.78, 2.20), (-0.78, 0.40), 0.014), SEAM, (PAINT, CLADDING)),
        Cut(SIDE, strip((-0.78, 0.40), (_DOOR_X[0], 0.40), 0.014), SEAM, (PAINT,)),
        Cut(SIDE, strip((-0.78, 2.20), (_DOOR_X[0], 2.20), 0.014), SEAM, (PAINT,)),
        Cut(SIDE, strip((-2.55, 1.28), (-0.78, 1.28), 0.030), SEAM, (PAINT,)),
        Cut(SIDE, strip((-2.85, 2.34), (0.9, 2.34), 0.016), SEAM, (PAINT,)),
        # pressed fields where other versions have windows
        *(
            Cut(SIDE, strip(a, b, 0.016), SEAM, (PAINT,))
            for x0, x1 in ((-0.66, 0.50), (-2.62, -0.92))
            for a, b in (((x0, 1.42), (x1, 1.42)), ((x0, 2.06), (x1, 2.06)), ((x0, 1.42), (x0, 2.06)),
                         ((x1, 1.42), (x1, 2.06)))
        ),
        # tail: two doors with windows, upright lamps
        Cut(WRAP, grown(rounded(_TAIL, 0.02), 0.012), GLOSS_BLACK),
        Cut(WRAP, rounded(_TAIL, 0.02), TAIL_LENS),
        Cut(WRAP, rectangle(_L - 1.01, _L - 0.885, 1.02, 1.11), REVERSE_LENS),
        Cut(WRAP, rectangle(_L - 1.01, _L - 0.885, 1.15, 1.28), BRAKE_LENS),
        Cut(WRAP, rectangle(_L - 1.01, _L - 0.885, 1.32, 1.43), INDICATOR_LENS),
        Cut(REAR, rounded([(0.09, 1.42), (0.72, 1.42), (0.70, 2.06), (0.09, 2.08)], 0.05), GLOSS_BLACK),
        Cut(REAR, rounded([(0.13, 1.46), (0.68, 1.46), (0.66, 2.02), (0.13, 2.04)], 0.04), GLASS),
        Cut(REAR, strip((0.0, 0.58), (0.0, 2.46), 0.016), SEAM, (PAINT,)),
        Cut(REAR, strip((-0.1, 2.44), (0.80, 2.42), 0.014), SEAM, (PAINT,)),
        Cut(REAR, strip((0.83, 0.58), (0.80, 2.42), 0.014), SEAM, (PAINT,)),
        Cut(REAR, rectangle(0.60, 0.78, 0.45, 0.49), REFLECTOR),
    ]  # fmt: skip


def _fittings(body: Skin) -> list[Mesh]:
    """Handles, mirrors, plates, wipers, hinges of the rear doors and the step in the bumper."""
    handles = [door_handle(body, x, z, TRIM) for x, z in ((0.80, 1.10), (-0.62, 1.10))]
    mirror = door_mirror((1.62, 0.93, 1.40), 0.16, (0.12, 0.20, 0.34), TRIM)
    front_x = float(body.lookup(FRONT, [[0.0, 0.56]])[0][0, 0])
    rear_x = float(body.lookup(REAR, [[0.0, 1.10]])[0][0, 0])
    hinge_x = 0.30 - _NOSE_X
    sides = [float(body.lookup(SIDE, [[hinge_x, z]])[0][0, 1]) for z in (1.00, 1.78, 2.22)]
    hinges = [box((0.13, 0.024, 0.05), TRIM, (hinge_x, y, z)) for y, z in zip(sides, (1.00, 1.78, 2.22), strict=True)]
    step = box((0.10, 0.90, 0.035), TRIM, (-_NOSE_X + 0.03, 0.0, 0.555))
    bar = box((0.03, 0.22, 0.03), TRIM, (-_NOSE_X - 0.012, 0.20, 1.20))
    wipers = [wiper(body, (y, 1.34), (y - 0.52, 1.46)) for y in (0.72, 0.12)]
    return [
        *(both_sides(m) for m in (*handles, mirror, *hinges)),
        number_plate((front_x + 0.012, 0.0, 0.56), 1, PLATE_WHITE),
        number_plate((rear_x - 0.012, -0.36, 1.02), -1, PLATE_YELLOW),
        step,
        bar,
        *wipers,
    ]


def _collision() -> tuple[Shape, ...]:
    """A box for the load space, one for the bonnet and a wedge for the cab."""
    half = 0.5 * _DATA.width_m - 0.02
    cab = [
        (x, side * y, z)
        for side in (1.0, -1.0)
        for x, y, z in ((0.60, half, 1.15), (0.60, half - 0.12, 2.50), (2.12, half - 0.10, 1.22), (0.95, 0.80, 2.46))
    ]
    return (
        Shape("box", (-1.16, 0.0, 1.44), size_m=(3.54, 2.0 * half, 2.32)),
        Shape("box", (1.75, 0.0, 0.72), size_m=(2.32, 2.0 * half, 0.90)),
        Shape("hull", points_m=np.array(cab, np.float32)),
    )
