"""A box semi-trailer with three axles: 13.6 x 2.55 x 4.0 m; 16.5 m behind a tractor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simgen.models.families.vehicle_box_body import BoxBody
from simgen.models.families.vehicle_car import AMBER, RED, assemble
from simgen.models.families.vehicle_data import SEMI_TRAILER
from simgen.models.families.vehicle_details import both_sides, rod
from simgen.models.families.vehicle_materials import CHASSIS
from simgen.models.families.vehicle_truck_body import BAR_X_M, mudguard, tail_board
from simgen.models.families.vehicle_wheels import WheelShape
from simgen.models.geometry import box, cylinder, merge, transformed
from simgen.models.mesh import LampMount, Mesh, Shape
from simgen.models.model import Model
from simgen.models.palette import GALVANISED, STEEL, TRIM

_D = SEMI_TRAILER
_R = _D.wheel_radius_m
_NOSE_X = 0.5 * _D.length_m
_FLOOR, _HALF = 1.22, 0.5 * _D.width_m
_KINGPIN_X = _NOSE_X - 1.59  # the corners of the front then lie 2.04 m from it
_BOGIE_X = _KINGPIN_X - 7.70
_SPACING = 1.31
_MASS_BEHIND_M = 5.20  # centre of mass behind the kingpin, half laden
_WHEEL = WheelShape(_R, 0.385, 0.290, 10, (0.085, 0.125), rim=STEEL, dish_m=0.05, segments=20)
_BOX = BoxBody(
    rear_x_m=-_NOSE_X + 0.06,
    front_x_m=_NOSE_X - 0.016,
    floor_m=_FLOOR,
    top_m=_D.height_m,
    half_m=_HALF,
    livery=(
        ((_NOSE_X - 0.07, 1.66), (-2.6, 1.66), (-2.2, 2.30), (_NOSE_X - 0.07, 2.30)),
        ((-2.6, 1.66), (-2.2, 2.30), (-3.9, 3.91), (-4.9, 3.91)),
        ((-2.95, 1.66), (-3.25, 1.66), (-5.55, 3.91), (-5.25, 3.91)),
    ),
    panels=9,
    markers_x_m=(-6.2, -4.4, -0.6, 1.4, 3.4, 5.6),
)


def build_trailer() -> Model:
    """The model `trailer.box`."""
    spec = replace(
        _D.spec(_BOGIE_X + 0.5 * _D.wheelbase_m),
        kingpin_m=(_KINGPIN_X, 0.0, 1.15),
        pressure_x_m=_D.pressure_ahead_m + _BOGIE_X,
    )
    back = -_NOSE_X + 0.07 - BAR_X_M
    model = assemble(
        name="trailer.box",
        class_name="trailer",
        mesh=merge([_BOX.mesh(), _running_gear(), transformed(tail_board(), translation_m=(back, 0.0, 0.0))]),
        wheels=(_WHEEL, _WHEEL),
        spec=spec,
        mass_kg=_D.mass_kg,
        front_load=_D.front_load,
        collision=(
            Shape("box", (0.0, 0.0, 0.5 * (_FLOOR + _D.height_m)), size_m=(_D.length_m - 0.06, 2.53, 2.76)),
            Shape("box", (0.5 * (2.6 - _NOSE_X), 0.0, 0.84), size_m=(2.6 + _NOSE_X - 0.10, 1.30, 0.72)),
            Shape("box", (0.5 * (1.9 + _BOGIE_X + 2.0), 0.0, 0.80), size_m=(1.9 - _BOGIE_X - 2.0, 2.40, 0.64)),
        ),
        mounts={"rear": ((-_NOSE_X - 0.06, 0.0, 3.60), np.pi, -0.3)},
        lamps=_lamps(back + BAR_X_M - 0.07),
        axles_x_m={"f": _BOGIE_X + _SPACING, "m": _BOGIE_X, "r": _BOGIE_X - _SPACING},
    )
    return replace(model, center_of_mass_m=(_KINGPIN_X - _MASS_BEHIND_M, 0.0, _D.cg_height_m))


def _running_gear() -> Mesh:
    """Frame with a goose neck, kingpin, cross members, axles, mudguards, raised landing gear and side guards."""
    left = [
        box((9.4, 0.07, 0.30), CHASSIS, (-1.90, 0.55, 1.04)),
        box((3.9, 0.07, 0.11), CHASSIS, (4.70, 0.55, 1.16)),
    ]
    for x in (_BOGIE_X + _SPACING, _BOGIE_X, _BOGIE_X - _SPACING):
        left.append(mudguard(x, _R, (0.82, 1.24)))
    for x in np.linspace(-6.4, 6.4, 9):
        left.append(box((0.07, _HALF - 0.04, 0.10), CHASSIS, (float(x), 0.5 * _HALF, _FLOOR - 0.05)))
    legs_x = _KINGPIN_X - 2.55
    left += [
        box((0.14, 0.14, 0.62), STEEL, (legs_x, 0.72, 0.90)),
        box((0.26, 0.26, 0.04), STEEL, (legs_x, 0.72, 0.57)),
    ]
    guard = (_BOGIE_X + _SPACING + 0.75, legs_x - 0.45)
    for z in (0.52, 0.78, 1.02):
        left.append(rod((guard[0], 1.22, z), (guard[1], 1.22, z), 0.09, GALVANISED))
    for x in np.linspace(guard[0] + 0.1, guard[1] - 0.1, 4):
        left.append(box((0.05, 0.05, 0.72), CHASSIS, (float(x), 1.16, 0.86)))
    axles = [
        transformed(cylinder(0.075, 1.70, CHASSIS, 10, axis="y"), translation_m=(x, 0.0, _R))
        for x in (_BOGIE_X + _SPACING, _BOGIE_X, _BOGIE_X - _SPACING)
    ]
    braces = rod((legs_x, -0.70, 0.70), (legs_x, 0.70, 1.05), 0.05, STEEL)
    pallets = box((1.5, 0.8, 0.45), TRIM, (-0.1, 0.85, 0.84))
    skid = box((1.9, 1.60, 0.06), CHASSIS, (_KINGPIN_X, 0.0, 1.18))
    pin = transformed(cylinder(0.045, 0.10, STEEL, 10), translation_m=(_KINGPIN_X, 0.0, 1.11))
    return merge([both_sides(merge(left)), *axles, braces, both_sides(pallets), skid, pin])


def _lamps(x_m: float) -> tuple[LampMount, ...]:
    lamps = []
    for side in (1.0, -1.0):
        tail = (x_m, side * 0.93, 0.78)
        for kind, intensity, color in (("tail", 6.0, RED), ("brake", 60.0, RED), ("indicator", 200.0, AMBER)):
            lamps.append(LampMount(kind, tail, (-1.0, 0.0, 0.0), intensity, color))
    return tuple(lamps)
