"""A low-floor city bus: 12.1 x 2.55 x 3.1 m."""

from __future__ import annotations

from dataclasses import replace

from simgen.models.families.vehicle_body import Arches, Cut, cut_all, finish, wiper
from simgen.models.families.vehicle_car import assemble, road_lamps
from simgen.models.families.vehicle_data import VEHICLES
from simgen.models.families.vehicle_details import (
    both_sides,
    door_mirror,
    number_plate,
    rectangle,
    rod,
    rounded,
    strip,
)
from simgen.models.families.vehicle_materials import (
    BRAKE_LENS,
    DISPLAY,
    DOOR_GLASS,
    GLOSS_BLACK,
    GRILLE,
    LAMP_HOUSING,
    MARKER_LENS,
    PLATE_WHITE,
    PLATE_YELLOW,
    REFLECTOR,
    REVERSE_LENS,
    SEAM,
)
from simgen.models.families.vehicle_shell import Corner, LowerBody
from simgen.models.families.vehicle_skin import FRONT, REAR, SIDE, WRAP, Skin
from simgen.models.families.vehicle_wheels import WheelShape
from simgen.models.geometry import box, merge
from simgen.models.mesh import Mesh, Shape
from simgen.models.model import Model
from simgen.models.palette import GLASS, HEAD_LENS, INDICATOR_LENS, PAINT, STEEL, TAIL_LENS, TRIM

_DATA = VEHICLES["bus.city"]
_WHEEL_R = _DATA.wheel_radius_m
_NOSE_X = 0.5 * _DATA.length_m
_HALF = 0.5 * _DATA.width_m
_FRONT_X = 3.35
_REAR_X = _FRONT_X - _DATA.wheelbase_m
_ARCHES = Arches((_FRONT_X, _REAR_X), _WHEEL_R, _WHEEL_R + 0.07, inner_y_m=0.66)
_BODY = LowerBody(
    nose_x_m=_NOSE_X,
    tail_x_m=-_NOSE_X,
    half_width_m=_HALF,
    rows=(
        (0.00, 0.050, 0.090, 0.080),
        (0.03, 0.015, 0.025, 0.025),
        (0.08, 0.000, 0.000, 0.000),
        (0.22, 0.000, 0.000, 0.000),
        (0.34, 0.000, 0.015, 0.000),
        (0.60, 0.010, 0.060, 0.008),
        (0.84, 0.030, 0.120, 0.025),
        (0.93, 0.045, 0.160, 0.045),
        (0.975, 0.080, 0.220, 0.085),
        (0.993, 0.140, 0.300, 0.140),
        (1.00, 0.220, 0.390, 0.210),
    ),
    bottom=((-6.0, 0.36), (-4.5, 0.31), (5.0, 0.30), (6.0, 0.32)),
    shoulder=((-6.0, 2.97), (6.0, 2.97)),
    ridge=((-6.0, 3.06), (6.0, 3.06)),
    taper=((-6.0, 0.0), (6.0, 0.0)),
    nose=Corner(0.52, 3.6),
    tail=Corner(0.22, 4.6),
    stations=9,
)
_BELT, _TOP = 1.17, 2.44  # lower and upper edge of the band of windows
_PANES_X = (-5.55, -4.20, -2.80, -1.42, -0.05, 1.32, 2.70, 4.06)
_DOORS_X = ((4.20, 5.45), (-0.62, 0.68))  # on the right


def build_bus() -> Model:
    """The model `bus.city`."""
    body = Skin.of_nets(_BODY.nets(PAINT, TRIM))
    cut_all(body, _cuts())
    fittings = _fittings(body)
    wells = finish(body, _ARCHES)
    front = WheelShape(_WHEEL_R, 0.275, 0.290, 8, (0.090, 0.140), rim=STEEL, dish_m=-0.03, segments=20)
    screen_x = float(body.lookup(FRONT, [[0.0, 1.85]])[0][0, 0])
    return assemble(
        name="bus.city",
        class_name="bus",
        mesh=merge([body.mesh(), *wells, *fittings]),
        wheels=(front, replace(front, dish_m=0.10, twin=True)),
        spec=_DATA.spec(_FRONT_X),
        mass_kg=_DATA.mass_kg,
        front_load=_DATA.front_load,
        collision=(
            Shape("box", (0.0, 0.0, 1.72), size_m=(2.0 * _NOSE_X - 0.20, 2.0 * _HALF - 0.06, 2.72)),
            Shape("box", (_NOSE_X - 0.10, 0.0, 0.80), size_m=(0.18, 1.70, 0.80)),
            Shape("box", (0.10 - _NOSE_X, 0.0, 0.80), size_m=(0.18, 2.00, 0.80)),
        ),
        mounts={
            "windscreen": ((screen_x + 0.03, 0.0, 1.85), 0.0, 0.0),
            "bumper": ((_NOSE_X + 0.03, 0.0, 0.60), 0.0, 0.0),
            "roof": ((4.0, 0.0, 3.26), 0.0, 0.0),
        },
        lamps=road_lamps(body, head_at=(0.86, 0.66), tail_at=(1.105, 1.15), indicator_at=(1.08, 0.66)),
    )


def _cuts() -> list[Cut]:
    """Outlines in the order they are cut: bumpers, screens, panes, lamps, flaps."""
    return [
        Cut(FRONT, [(-0.1, 0.2), (1.4, 0.2), (1.4, 0.46), (-0.1, 0.46)], TRIM),
        Cut(SIDE, [(-6.2, 0.2), (6.2, 0.2), (6.2, 0.40), (-6.2, 0.40)], TRIM),
        Cut(REAR, [(-0.1, 0.2), (1.4, 0.2), (1.4, 0.52), (-0.1, 0.52)], TRIM),
        # the big screen with the destination display over it
        Cut(
            FRONT,
            rounded([(-0.1, 1.02), (1.10, 1.02), (1.235, 1.20), (1.21, 2.62), (1.08, 2.90), (-0.1, 2.92)], 0.06),
            GLOSS_BLACK),
        Cut(FRONT, rounded([(-0.1, 1.08), (1.06, 1.08), (1.17, 1.24), (1.15, 2.46), (-0.1, 2.48)], 0.06), GLASS),
        Cut(FRONT, rectangle(-0.1, 0.80, 2.575, 2.80), DISPLAY, (GLOSS_BLACK,)),
        # windows: a dark band with panes between narrow pillars
        Cut(SIDE, rounded([(-5.80, 1.12), (5.66, 1.12), (5.66, 2.52), (-5.80, 2.52)], 0.06), GLOSS_BLACK),
        *(
            Cut(SIDE, rounded(rectangle(x0 + 0.035, x1 - 0.035, _BELT, _TOP), 0.05), GLASS, (GLOSS_BLACK,))
            for x0, x1 in zip(_PANES_X, (*_PANES_X[1:], 5.56), strict=True)
        ),
        *(
            Cut(SIDE, strip((x0 + 0.05, 2.05), (x1 - 0.05, 2.05), 0.022), GLOSS_BLACK, (GLASS,))
            for x0, x1 in zip(_PANES_X[1:-1:2], _PANES_X[2::2], strict=True)
        ),
        # lamps and nose
        Cut(FRONT, rounded([(-0.1, 0.54), (0.56, 0.54), (0.60, 0.78), (-0.1, 0.80)], 0.03), GRILLE),
        Cut(WRAP, rounded([(0.70, 0.55), (1.28, 0.55), (1.46, 0.66), (1.28, 0.80), (0.74, 0.80)], 0.06),
         LAMP_HOUSING),
        Cut(WRAP, rounded([(0.77, 0.585), (0.96, 0.585), (0.96, 0.755), (0.77, 0.755)], 0.05), HEAD_LENS),
        Cut(WRAP, rounded([(1.00, 0.585), (1.24, 0.585), (1.36, 0.67), (1.24, 0.755), (1.00, 0.755)], 0.04),
         INDICATOR_LENS),
        Cut(FRONT, strip((-0.1, 0.93), (1.20, 0.93), 0.014), SEAM, (PAINT,)),
        # tail: window, engine flap with grille, columns of lamps
        Cut(REAR, rounded([(-0.1, 1.55), (0.98, 1.55), (1.06, 1.66), (1.02, 2.46), (-0.1, 2.48)], 0.06),
         GLOSS_BLACK),
        Cut(REAR, rounded([(-0.1, 1.61), (0.95, 1.61), (1.00, 1.70), (0.97, 2.40), (-0.1, 2.42)], 0.06), GLASS),
        Cut(REAR, rectangle(-0.1, 0.62, 2.60, 2.80), GLOSS_BLACK),
        Cut(REAR, rectangle(-0.1, 0.40, 2.62, 2.78), DISPLAY, (GLOSS_BLACK,)),
        Cut(REAR, rounded([(-0.1, 1.14), (0.72, 1.14), (0.72, 1.42), (-0.1, 1.42)], 0.03), GRILLE),
        *(Cut(REAR, strip((-0.1, z), (0.70, z), 0.016), TRIM, (GRILLE,)) for z in (1.21, 1.28, 1.35)),
        Cut(REAR, strip((-0.1, 1.48), (0.92, 1.48), 0.014), SEAM, (PAINT,)),
        Cut(REAR, strip((0.92, 0.60), (0.92, 1.48), 0.014), SEAM, (PAINT,)),
        Cut(REAR, strip((-0.1, 0.60), (0.92, 0.60), 0.014), SEAM, (PAINT,)),
        Cut(REAR, rounded([(1.02, 0.74), (1.19, 0.74), (1.19, 1.46), (1.02, 1.46)], 0.03), LAMP_HOUSING),
        Cut(REAR, rounded(rectangle(1.035, 1.175, 1.28, 1.43), 0.03), INDICATOR_LENS),
        Cut(REAR, rounded(rectangle(1.035, 1.175, 1.10, 1.25), 0.03), BRAKE_LENS),
        Cut(REAR, rounded(rectangle(1.035, 1.175, 0.92, 1.07), 0.03), TAIL_LENS),
        Cut(REAR, rounded(rectangle(1.035, 1.175, 0.77, 0.89), 0.03), REVERSE_LENS),
        Cut(REAR, rectangle(0.98, 1.16, 0.57, 0.62), REFLECTOR),
        # flaps and joints along the side
        *(Cut(SIDE, strip((x, 0.44), (x, 1.10), 0.012), SEAM, (PAINT,))
          for x in (-5.2, -4.1, -1.5, -0.1, 1.3, 2.6, 4.2)),
        Cut(SIDE, strip((-5.9, 1.08), (5.6, 1.08), 0.012), SEAM, (PAINT,)),
        Cut(SIDE, strip((-5.9, 2.58), (5.6, 2.58), 0.014), SEAM, (PAINT,)),
        *(Cut(SIDE, rectangle(x - 0.05, x + 0.05, 0.50, 0.54), MARKER_LENS, (PAINT,)) for x in (-5.4, -0.8, 1.9, 4.6)),
    ]  # fmt: skip


def _fittings(body: Skin) -> list[Mesh]:
    """Doors on the right, mirrors, wipers, plates and what stands on the roof."""
    mirror = door_mirror((_NOSE_X - 0.40, _HALF - 0.06, 2.06), 0.17, (0.14, 0.20, 0.40), TRIM)
    rear_x = float(body.lookup(REAR, [[0.0, 0.80]])[0][0, 0])
    wipers = [wiper(body, (y, 1.11), (y - 0.70, 1.24), 0.022) for y in (0.98, 0.10)]
    cooler = box((2.6, 1.30, 0.16), PAINT, (0.6, 0.0, 3.04))
    return [
        *(_door(x0, x1) for x0, x1 in _DOORS_X),
        both_sides(mirror),
        number_plate((_NOSE_X + 0.010, 0.0, 0.42), 1, PLATE_WHITE),
        number_plate((rear_x - 0.012, 0.0, 0.80), -1, PLATE_YELLOW),
        *wipers,
        cooler,
    ]


def _door(x0: float, x1: float) -> Mesh:
    """A double door in the right side: dark frame, two glazed leaves, a rubber joint."""
    middle, y, low, high = 0.5 * (x0 + x1), -_HALF, 0.36, 2.50
    pieces = [box((x1 - x0, 0.030, high - low), GLOSS_BLACK, (middle, y + 0.009, 0.5 * (low + high)))]
    for a, b in ((x0 + 0.05, middle - 0.025), (middle + 0.025, x1 - 0.05)):
        pieces.append(
            box((b - a, 0.014, high - low - 0.16), DOOR_GLASS, (0.5 * (a + b), y - 0.008, 0.5 * (low + high)))
        )
        pieces.append(rod((a + 0.06, y - 0.022, 1.05), (b - 0.06, y - 0.022, 1.05), 0.020, STEEL))
    return merge(pieces)
