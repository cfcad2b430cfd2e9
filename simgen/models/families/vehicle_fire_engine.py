"""A fire engine on the chassis of the box truck: crew cab, lockers with roller shutters, ladder, blue beacons.

Beacons: UN Regulation 65 (blue, flashing 2 to 4 times a second, some hundred candela). The chevrons of the rear are
those of NFPA 1901, 15.9.3: red and yellow, sloping down and away from the middle.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from simgen.models.families.vehicle_body import Arches, finish
from simgen.models.families.vehicle_car import assemble
from simgen.models.families.vehicle_data import VEHICLES
from simgen.models.families.vehicle_details import both_sides, rectangle, rod, rounded, strip
from simgen.models.families.vehicle_materials import (
    BEACON_LENS,
    BOX_PANEL,
    CHASSIS,
    FIRE_RED,
    GLOSS_BLACK,
    SEAM,
    SHUTTER,
    TAPE_RED,
    TAPE_YELLOW,
    TREAD_PLATE,
)
from simgen.models.families.vehicle_shell import Array, Net
from simgen.models.families.vehicle_skin import REAR, SIDE, Skin
from simgen.models.families.vehicle_truck import (
    CAB,
    FRONT_WHEEL,
    FRONT_X,
    REAR_WHEEL,
    cab_mounts,
    finish_cab,
    truck_lamps,
)
from simgen.models.families.vehicle_truck_body import running_gear, tail_board
from simgen.models.geometry import box, cylinder, merge, transformed
from simgen.models.mesh import LampMount, Material, Mesh, Shape
from simgen.models.model import Model
from simgen.models.palette import GALVANISED, GLASS, PAINT, TRIM

BLUE = (0.15, 0.60, 7.465)
"""Colour of the beacons' light, linear RGB of luminance 1."""
_BEACON_CD = 400.0
_DATA = VEHICLES["fire_engine"]
_WHEEL_R = _DATA.wheel_radius_m
_REAR_X = FRONT_X - _DATA.wheelbase_m
_ARCH_R = 0.50
_X0, _X1 = -3.70, 0.70  # rear and front of the lockers
_Z0, _Z1 = 0.56, 3.04
_HALF = 1.20
_BAR = (2.80, 0.0, 2.56)  # middle of the light bar
_CREW_CAB = replace(CAB, tail_x_m=0.78, bottom=((0.7, 0.46), *CAB.bottom), stations=10)


def build_fire_engine() -> Model:
    """The model `fire_engine`."""
    cab = Skin.of_nets(_CREW_CAB.nets(FIRE_RED, TRIM))
    _cut_crew_doors(cab)
    fittings = finish_cab(cab)
    pieces = [
        cab.mesh(),
        *fittings,
        _lockers(),
        running_gear(_REAR_X, _WHEEL_R),
        tail_board(),
        _light_bar(),
        _rear_beacons(),
        _ladder(),
    ]
    model = assemble(
        name="fire_engine",
        class_name="truck",
        mesh=_repainted(merge(pieces)),
        wheels=(FRONT_WHEEL, REAR_WHEEL),
        spec=_DATA.spec(FRONT_X),
        mass_kg=_DATA.mass_kg,
        front_load=_DATA.front_load,
        collision=(
            Shape("box", (2.26, 0.0, 1.43), size_m=(2.94, 2.16, 1.98)),
            Shape("box", (-1.50, 0.0, 1.92), size_m=(4.40, 2.40, 2.24)),
            Shape("box", (-1.50, 0.0, 0.68), size_m=(4.40, 1.30, 0.36)),
        ),
        mounts=cab_mounts(cab, 3.42),
        lamps=(*truck_lamps(cab), *_beacons()),
    )
    return replace(model, slots=())


def _repainted(mesh: Mesh) -> Mesh:
    """What a truck has in its own colour is red."""
    return replace(mesh, materials=tuple(FIRE_RED if m == PAINT else m for m in mesh.materials))


def _cut_crew_doors(cab: Skin) -> None:
    """The second door with its window, and a white band along both doors."""
    cab.cut(SIDE, rectangle(0.0, 3.30, 0.92, 1.06), BOX_PANEL, (FIRE_RED,))
    cab.cut(SIDE, rounded(rectangle(1.00, 2.30, 1.44, 2.12), 0.05), GLOSS_BLACK)
    cab.cut(SIDE, rounded(rectangle(1.04, 2.26, 1.48, 2.09), 0.04), GLASS)
    for x in (0.92, 2.34):
        cab.cut(SIDE, strip((x, 2.20), (x, 0.66), 0.014), SEAM)
    cab.cut(SIDE, strip((0.92, 2.20), (2.34, 2.20), 0.014), SEAM)
    cab.cut(SIDE, strip((0.92, 0.66), (2.34, 0.66), 0.014), SEAM)


def _lockers() -> Mesh:
    """The body: three shutters a side round the rear wheels, one at the back between chevrons."""
    skin = Skin.of_nets(_walls(), crease_deg=20.0)
    for x0, x1, z0 in ((-0.92, 0.58, _Z0 + 0.16), (-2.20, -1.02, 1.06), (-3.60, -2.30, _Z0 + 0.16)):
        skin.cut(SIDE, rectangle(x0, x1, z0, 2.80), GALVANISED)
        skin.cut(SIDE, rectangle(x0 + 0.03, x1 - 0.03, z0 + 0.03, 2.77), SHUTTER)
        skin.cut(SIDE, rectangle(x0 + 0.03, x1 - 0.03, z0 + 0.03, z0 + 0.09), TRIM, (SHUTTER,))  # the pull bar
    skin.cut(SIDE, rectangle(_X0, _X1, _Z0 + 0.03, _Z0 + 0.11), TAPE_YELLOW, (FIRE_RED,))
    skin.cut(SIDE, rectangle(_X0, _X1, 2.85, 2.95), BOX_PANEL, (FIRE_RED,))
    _cut_rear(skin)
    wells = finish(skin, Arches((_REAR_X,), _WHEEL_R, _ARCH_R, inner_y_m=0.60))
    rail = both_sides(box((_X1 - _X0 - 0.02, 0.05, 0.12), FIRE_RED, (0.5 * (_X0 + _X1), _HALF - 0.03, _Z1 + 0.06)))
    return merge([skin.mesh(), *wells, rail])


def _cut_rear(skin: Skin) -> None:
    skin.cut(REAR, rectangle(-0.1, 0.66, 0.98, 2.60), GALVANISED)
    skin.cut(REAR, rectangle(-0.1, 0.63, 1.01, 2.57), SHUTTER)
    skin.cut(REAR, rectangle(-0.1, 0.63, 1.01, 1.07), TRIM, (SHUTTER,))
    rise = 0.15 * math.sqrt(2.0)  # of bands 15 cm wide at 45 degrees
    for k in range(-2, 18):
        z, y = _Z0 + rise * k, _HALF + 0.1  # height at the middle of the vehicle
        band = [(0.0, z), (y, z - y), (y, z - y + rise), (0.0, z + rise)]
        skin.cut(REAR, band, TAPE_RED if k % 2 else TAPE_YELLOW, (FIRE_RED,))


def _walls() -> list[Net]:
    """Half of the lockers' outside as nets whose surface coordinates begin with the height: slats lie level."""
    x, z, y = np.linspace(_X1, _X0, 7), np.linspace(_Z0, _Z1, 4), np.linspace(_HALF, 0.0, 4)

    def net(a: Array, b: Array, build: str, c: float, m: Material) -> Net:
        p, q = np.meshgrid(a, b, indexing="ij")
        fixed = np.full_like(p, c)
        points = np.stack({"xz": (p, fixed, q), "xy": (p, q, fixed), "yz": (fixed, p, q)}[build], axis=-1)
        return points, np.stack([q, p], axis=-1), m

    return [
        net(x, z, "xz", _HALF, FIRE_RED),
        net(x, y, "xy", _Z1, TREAD_PLATE),
        net(x[::-1], y, "xy", _Z0, CHASSIS),
        net(y[::-1], z, "yz", _X1, FIRE_RED),
        net(y, z, "yz", _X0, FIRE_RED),
    ]


def _light_bar() -> Mesh:
    """A bar across the cab's roof: a foot, a dark middle and blue ends."""
    x, _, z = _BAR
    ends = both_sides(box((0.26, 0.46, 0.14), BEACON_LENS, (x, 0.57, z)))
    middle = box((0.24, 0.68, 0.12), TRIM, (x, 0.0, z - 0.01))
    feet = both_sides(box((0.12, 0.10, 0.12), TRIM, (x, 0.45, z - 0.11)))
    return merge([ends, middle, feet])


def _rear_beacons() -> Mesh:
    """A blue lamp on a foot at each rear corner of the roof."""
    lamp = transformed(cylinder(0.075, 0.13, BEACON_LENS, 14), translation_m=(_X0 + 0.16, 1.02, _Z1 + 0.115))
    foot = transformed(cylinder(0.085, 0.05, TRIM, 14), translation_m=(_X0 + 0.16, 1.02, _Z1 + 0.025))
    return both_sides(merge([lamp, foot]))


def _ladder() -> Mesh:
    """A two-part ladder lying on stands along the roof, its side rails on edge."""
    y0, low, high = -0.35, _Z1 + 0.10, _DATA.height_m - 0.03
    pieces = [
        box((4.1, 0.03, 0.07), GALVANISED, (-1.50, y0 + dy, z))
        for z in (low + 0.035, high - 0.005)
        for dy in ((-0.22, 0.22) if z < high - 0.1 else (-0.17, 0.17))
    ]
    for x in np.arange(-3.40, 0.50, 0.30):
        pieces.append(rod((x, y0 - 0.21, low + 0.035), (x, y0 + 0.21, low + 0.035), 0.03, GALVANISED))
        pieces.append(rod((x, y0 - 0.16, high - 0.005), (x, y0 + 0.16, high - 0.005), 0.03, GALVANISED))
    pieces += [box((0.08, 0.56, 0.10), TRIM, (x, y0, _Z1 + 0.05)) for x in (-3.0, -0.1)]
    pieces += [
        box((0.06, 0.03, 0.16), GALVANISED, (x, y0 + dy, _Z1 + 0.14)) for x in (-3.0, -0.1) for dy in (-0.2, 0.2)
    ]
    chest = box((2.6, 0.55, 0.20), TREAD_PLATE, (-1.4, 0.62, _Z1 + 0.10))
    return merge([*pieces, chest])


def _beacons() -> tuple[LampMount, ...]:
    x, _, z = _BAR
    out = []
    for side in (1.0, -1.0):
        for way in (1.0, -1.0):
            at = (x + way * 0.14, side * 0.57, z)
            out.append(LampMount("beacon", at, (way, 0.0, 0.0), _BEACON_CD, BLUE))
        rear = (_X0 + 0.07, side * 1.02, _Z1 + 0.115)
        out.append(LampMount("beacon", rear, (-1.0, 0.0, 0.0), _BEACON_CD, BLUE))
    return tuple(out)
