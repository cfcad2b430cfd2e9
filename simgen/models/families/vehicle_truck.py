"""A 7.5 t box truck with a forward-control cab: 7.5 x 2.4 x 3.3 m."""

from __future__ import annotations

from dataclasses import replace

from simgen.models.families.vehicle_body import Arches, Cut, cut_all, finish, wiper
from simgen.models.families.vehicle_car import AMBER, HEADLAMP_WHITE, RED, assemble
from simgen.models.families.vehicle_data import VEHICLES
from simgen.models.families.vehicle_details import (
    both_sides,
    door_handle,
    door_mirror,
    number_plate,
    rectangle,
    rounded,
    strip,
)
from simgen.models.families.vehicle_materials import (
    GLOSS_BLACK,
    GRILLE,
    LAMP_HOUSING,
    PLATE_WHITE,
    SEAM,
)
from simgen.models.families.vehicle_shell import Corner, LowerBody
from simgen.models.families.vehicle_skin import FRONT, SIDE, WRAP, Skin
from simgen.models.families.vehicle_truck_body import BOX, running_gear, tail_board
from simgen.models.families.vehicle_wheels import WheelShape
from simgen.models.geometry import extrude, merge
from simgen.models.mesh import LampMount, Mesh, Shape
from simgen.models.model import Model
from simgen.models.palette import CHROME, GLASS, HEAD_LENS, INDICATOR_LENS, PAINT, STEEL, TRIM

_HALF = 1.08
_DATA = VEHICLES["truck.box"]
_WHEEL_R = _DATA.wheel_radius_m
FRONT_X = 2.62
_REAR_X = FRONT_X - _DATA.wheelbase_m
_ARCH_R = 0.465
FRONT_WHEEL = WheelShape(_WHEEL_R, 0.235, 0.235, 8, (0.075, 0.115), rim=STEEL, dish_m=-0.02, segments=20)
REAR_WHEEL = replace(FRONT_WHEEL, dish_m=0.09, twin=True)
CAB = LowerBody(
    nose_x_m=3.75,
    tail_x_m=2.06,
    half_width_m=_HALF,
    rows=(
        (0.00, 0.060, 0.090, 0.00),
        (0.05, 0.015, 0.030, 0.00),
        (0.12, 0.000, 0.000, 0.00),
        (0.28, 0.000, 0.000, 0.00),
        (0.44, 0.000, 0.035, 0.00),
        (0.52, 0.012, 0.070, 0.00),
        (0.70, 0.045, 0.160, 0.00),
        (0.86, 0.080, 0.260, 0.00),
        (0.94, 0.115, 0.340, 0.01),
        (0.98, 0.160, 0.430, 0.03),
        (1.00, 0.220, 0.540, 0.06),
    ),
    bottom=((2.0, 0.46), (2.7, 0.44), (3.75, 0.40)),
    shoulder=((2.0, 2.40), (3.0, 2.40), (3.75, 2.30)),
    ridge=((2.0, 2.46), (3.0, 2.46), (3.75, 2.36)),
    taper=((2.0, 0.0), (3.2, 0.0), (3.75, 0.01)),
    nose=Corner(0.50, 3.8),
    tail=Corner(0.06, 7.0),
    stations=7,
)


def build_box_truck() -> Model:
    """The model `truck.box`."""
    cab = Skin.of_nets(CAB.nets(PAINT, TRIM))
    fittings = [*finish_cab(cab), _deflector()]
    mesh = merge([cab.mesh(), *fittings, BOX.mesh(), running_gear(_REAR_X, _WHEEL_R), tail_board()])
    return assemble(
        name="truck.box",
        class_name="truck",
        mesh=mesh,
        wheels=(FRONT_WHEEL, REAR_WHEEL),
        spec=_DATA.spec(FRONT_X),
        mass_kg=_DATA.mass_kg,
        front_load=_DATA.front_load,
        collision=(
            Shape("box", (2.93, 0.0, 1.43), size_m=(1.60, 2.16, 1.98)),
            Shape("box", (-0.88, 0.0, 2.12), size_m=(5.74, 2.40, 2.32)),
            Shape("box", (-0.88, 0.0, 0.73), size_m=(5.70, 1.30, 0.46)),
        ),
        mounts=cab_mounts(cab, 3.42),
        lamps=truck_lamps(cab),
    )


def finish_cab(cab: Skin) -> list[Mesh]:
    """Cut and finish the skin of a cab; returns what is set on it, wheel wells included."""
    _cut_cab(cab)
    fittings = _cab_fittings(cab)
    return [*fittings, *finish(cab, Arches((FRONT_X,), _WHEEL_R, _ARCH_R, inner_y_m=0.72))]


def cab_mounts(cab: Skin, roof_z_m: float) -> dict[str, tuple[tuple[float, float, float], float, float]]:
    """Where cameras are fixed: behind the screen, on the bumper, and over the roof at a height."""
    screen_x = float(cab.lookup(FRONT, [[0.0, 2.05]])[0][0, 0]) + 0.02
    return {
        "windscreen": ((screen_x, 0.0, 2.05), 0.0, 0.0),
        "bumper": ((3.78, 0.0, 0.62), 0.0, 0.0),
        "roof": ((3.0, 0.0, roof_z_m), 0.0, 0.0),
    }


def _cut_cab(cab: Skin) -> None:
    """Screens, doors, grille and lamps of the cab."""
    cuts = (
        # bumper and grille
        Cut(FRONT, [(-0.1, 0.3), (1.2, 0.3), (1.2, 0.80), (-0.1, 0.80)], TRIM),
        Cut(SIDE, [(3.12, 0.3), (4.0, 0.3), (4.0, 0.80), (3.12, 0.80)], TRIM),
        Cut(FRONT, rounded([(-0.1, 0.92), (0.72, 0.92), (0.80, 1.18), (-0.1, 1.20)], 0.03), GRILLE),
        *(Cut(FRONT, strip((-0.1, z), (0.78, z), 0.022), PAINT) for z in (0.99, 1.06, 1.13)),
        Cut(FRONT, rectangle(-0.1, 0.13, 1.215, 1.26), CHROME),
        Cut(
            WRAP,
            rounded([(0.66, 0.56), (1.16, 0.56), (1.32, 0.60), (1.30, 0.76), (0.68, 0.76)], 0.04),
            LAMP_HOUSING,
        ),
        Cut(WRAP, rounded([(0.71, 0.585), (0.90, 0.585), (0.91, 0.735), (0.72, 0.735)], 0.05), HEAD_LENS),
        Cut(WRAP, rounded([(0.93, 0.585), (1.10, 0.585), (1.11, 0.735), (0.94, 0.735)], 0.05), HEAD_LENS),
        Cut(WRAP, [(1.13, 0.59), (1.28, 0.62), (1.27, 0.73), (1.13, 0.735)], INDICATOR_LENS),
        Cut(FRONT, rounded([(-0.1, 0.46), (0.55, 0.46), (0.52, 0.54), (-0.1, 0.54)], 0.02), GRILLE),
        # screens
        Cut(
            FRONT,
            rounded([(-0.1, 1.28), (1.02, 1.28), (0.98, 1.50), (0.92, 2.16), (-0.1, 2.20)], 0.05),
            GLOSS_BLACK,
        ),
        Cut(
            FRONT,
            rounded([(-0.1, 1.38), (0.985, 1.38), (0.95, 1.50), (0.89, 2.12), (-0.1, 2.16)], 0.05),
            GLASS,
        ),
        Cut(
            SIDE,
            rounded([(2.48, 1.46), (3.24, 1.36), (3.36, 1.46), (3.14, 2.10), (2.48, 2.12)], 0.05),
            GLOSS_BLACK,
        ),
        Cut(SIDE, rounded([(2.51, 1.50), (3.23, 1.40), (3.31, 1.48), (3.12, 2.07), (2.51, 2.09)], 0.04), GLASS),
        # doors
        Cut(SIDE, strip((2.40, 2.20), (2.40, 0.86), 0.014), SEAM),
        Cut(SIDE, strip((3.16, 0.80), (3.42, 1.40), 0.014), SEAM),
        Cut(SIDE, strip((3.40, 1.40), (3.15, 2.20), 0.014), SEAM),
        Cut(SIDE, strip((2.40, 2.20), (3.15, 2.20), 0.014), SEAM),
        Cut(SIDE, [(2.0, 0.3), (2.2, 0.3), (2.2, 0.80), (2.0, 0.80)], TRIM),
    )
    cut_all(cab, cuts)


def _cab_fittings(cab: Skin) -> list[Mesh]:
    handle = door_handle(cab, 2.56, 1.18, TRIM)
    mirror = door_mirror((3.30, 1.00, 1.62), 0.20, (0.10, 0.20, 0.42), TRIM)
    step = extrude([(2.95, 0.34), (3.22, 0.34), (3.22, 0.40), (2.95, 0.40)], 0.80, 1.05, TRIM)
    plate_x = float(cab.lookup(FRONT, [[0.0, 0.66]])[0][0, 0]) + 0.006
    wipers = [wiper(cab, (y, 1.40), (y - 0.48, 1.52)) for y in (0.80, 0.20)]
    return [
        *(both_sides(m) for m in (handle, mirror, step)),
        number_plate((plate_x, 0.0, 0.66), 1, PLATE_WHITE),
        *wipers,
    ]


def _deflector() -> Mesh:
    """What leads the air from the cab's roof over the box."""
    outline = [(2.20, 2.42), (3.12, 2.42), (3.05, 2.58), (2.80, 2.86), (2.50, 3.08), (2.20, 3.16)]
    return extrude(outline, -0.86, 0.86, PAINT, smooth_deg=40.0)


def truck_lamps(cab: Skin) -> tuple[LampMount, ...]:
    """Head lamps and indicators on the cab, tail, brake and indicator lamps on the tail board."""
    lamps = []
    for side in (1.0, -1.0):
        x = float(cab.lookup(FRONT, [[0.80, 0.66]])[0][0, 0]) + 0.01
        blink = cab.lookup(FRONT, [[1.02, 0.66]])[0][0]
        tail = (-3.77, side * 0.93, 0.78)
        lamps += [
            LampMount("head", (x, side * 0.80, 0.66), (1.0, 0.0, 0.0), 21000.0, HEADLAMP_WHITE, "lowbeam"),
            LampMount("tail", tail, (-1.0, 0.0, 0.0), 6.0, RED),
            LampMount("brake", tail, (-1.0, 0.0, 0.0), 60.0, RED),
            LampMount("indicator", (float(blink[0]) + 0.01, side * 1.02, 0.66), (1.0, 0.0, 0.0), 200.0, AMBER),
            LampMount("indicator", tail, (-1.0, 0.0, 0.0), 200.0, AMBER),
        ]
    return tuple(lamps)
