"""The load carrier of the box truck: box, chassis, guards, rear doors and lamp bar."""

from __future__ import annotations

import math

import numpy as np

from simgen.models.families.vehicle_details import both_sides, number_plate, rectangle, rod, strip
from simgen.models.families.vehicle_materials import (
    BOX_PANEL,
    BRAKE_LENS,
    CHASSIS,
    MARKER_LENS,
    PLATE_YELLOW,
    REVERSE_LENS,
    SEAM,
    TAPE_RED,
    TAPE_YELLOW,
)
from simgen.models.families.vehicle_shell import Array, Net
from simgen.models.families.vehicle_skin import FRONT, REAR, SIDE, Skin
from simgen.models.geometry import box, cylinder, extrude, merge, mesh_of_quads, transformed
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import GALVANISED, INDICATOR_LENS, PAINT, STEEL, TAIL_LENS, TRIM

_X0, _X1 = -3.74, 2.00  # rear and front of the box
_Z0, _Z1 = 0.96, 3.30
_HALF = 1.20
_BAR_X = -3.66


def box_body() -> Mesh:
    """The box with its rails, panel joints, stripe, rear doors, bars and markers."""
    skin = Skin.of_nets(_walls(), crease_deg=20.0)
    rail = 0.09
    for z0, z1 in ((_Z0, _Z0 + rail), (_Z1 - rail, _Z1)):
        for view, low, high in ((SIDE, _X0, _X1), (FRONT, -0.1, _HALF), (REAR, -0.1, _HALF)):
            skin.cut(view, rectangle(low, high, z0, z1), GALVANISED)
    for x0, x1 in ((_X0, _X0 + 0.07), (_X1 - 0.07, _X1)):
        skin.cut(SIDE, rectangle(x0, x1, _Z0, _Z1), GALVANISED, (BOX_PANEL,))
    for view in (FRONT, REAR):
        skin.cut(view, rectangle(_HALF - 0.07, _HALF, _Z0, _Z1), GALVANISED, (BOX_PANEL,))
    # livery: a broad band that kicks up towards the rear
    skin.cut(SIDE, [(_X1 - 0.07, 1.30), (-1.3, 1.30), (-1.0, 1.75), (_X1 - 0.07, 1.75)], PAINT, (BOX_PANEL,))
    skin.cut(SIDE, [(-1.3, 1.30), (-1.0, 1.75), (-2.2, 3.21), (-2.9, 3.21)], PAINT, (BOX_PANEL,))
    skin.cut(SIDE, [(-1.55, 1.30), (-1.75, 1.30), (-3.35, 3.21), (-3.15, 3.21)], PAINT, (BOX_PANEL,))
    for x in np.linspace(_X0 + 0.07, _X1 - 0.07, 6)[1:-1]:
        skin.cut(SIDE, strip((float(x), _Z0 + rail), (float(x), _Z1 - rail), 0.012), SEAM)
    skin.cut(SIDE, rectangle(_X0 + 0.08, _X1 - 0.08, _Z0 + 0.02, _Z0 + 0.07), TAPE_YELLOW, (GALVANISED,))
    _cut_doors(skin)
    skin.finish()
    return merge([skin.mesh(), _door_bars(), _markers()])


def _walls() -> list[Net]:
    """The half box as nets: side, roof, floor, front and rear."""
    x = np.linspace(_X1, _X0, 7)
    z = np.linspace(_Z0, _Z1, 4)
    y = np.linspace(_HALF, 0.0, 4)

    def net(points: Array, axes: tuple[int, int], m: Material) -> Net:
        return points, points[..., list(axes)].copy(), m

    def grid(a: Array, b: Array, build: str, c: float) -> Array:
        p, q = np.meshgrid(a, b, indexing="ij")
        fixed = np.full_like(p, c)
        planes = {"xz": (p, fixed, q), "xy": (p, q, fixed), "yz": (fixed, p, q)}
        return np.stack(planes[build], axis=-1)

    return [
        net(grid(x, z, "xz", _HALF), (0, 2), BOX_PANEL),
        net(grid(x, y, "xy", _Z1), (0, 1), BOX_PANEL),
        net(grid(x[::-1], y, "xy", _Z0), (0, 1), CHASSIS),
        net(grid(y[::-1], z, "yz", _X1), (1, 2), BOX_PANEL),
        net(grid(y, z, "yz", _X0), (1, 2), BOX_PANEL),
    ]


def _cut_doors(skin: Skin) -> None:
    """Two rear doors: a gap down the middle, frame gaps, hinges' side rails and a tape along the foot."""
    skin.cut(REAR, rectangle(-0.1, 0.008, _Z0 + 0.09, _Z1 - 0.09), SEAM)
    for line in (
        strip((0.0, _Z1 - 0.10), (_HALF - 0.08, _Z1 - 0.10), 0.016),
        strip((0.0, _Z0 + 0.10), (_HALF - 0.08, _Z0 + 0.10), 0.016),
        strip((_HALF - 0.08, _Z0 + 0.09), (_HALF - 0.08, _Z1 - 0.09), 0.016),
    ):
        skin.cut(REAR, line, SEAM)
    skin.cut(REAR, rectangle(0.30, 1.08, _Z0 + 0.16, _Z0 + 0.21), TAPE_RED, (BOX_PANEL,))
    skin.cut(REAR, rectangle(-0.1, _HALF - 0.07, 1.40, 1.75), PAINT, (BOX_PANEL,))


def _door_bars() -> Mesh:
    """Four locking bars with keepers and handles, and hinges."""
    x = _X0 - 0.022
    pieces = []
    for y in (0.16, 0.84):
        pieces.append(rod((x, y, _Z0 + 0.03), (x, y, _Z1 - 0.03), 0.030, GALVANISED))
        for z in (_Z0 + 0.05, 2.10, _Z1 - 0.05):
            pieces.append(box((0.040, 0.075, 0.05), GALVANISED, (_X0 - 0.016, y, z)))
        pieces.append(box((0.022, 0.26, 0.035), STEEL, (x - 0.018, y + 0.10, 1.50)))
    for z in (1.25, 1.85, 2.45, 3.05):
        pieces.append(box((0.024, 0.13, 0.05), GALVANISED, (_X0 - 0.008, _HALF - 0.09, z)))
    return both_sides(merge(pieces))


def _markers() -> Mesh:
    """Side markers along the lower rail, white and red markers at the top corners."""
    pieces = [box((0.10, 0.024, 0.035), MARKER_LENS, (x, _HALF - 0.006, _Z0 - 0.035)) for x in (-3.4, -1.9, -0.2, 1.6)]
    pieces += [box((0.024, 0.10, 0.035), TAIL_LENS, (_X0 - 0.004, 1.08, _Z1 - 0.045))]
    pieces += [box((0.024, 0.10, 0.035), MARKER_LENS, (_X1 + 0.004, 1.08, _Z1 - 0.045))]
    return both_sides(merge(pieces))


def running_gear(rear_x_m: float, wheel_radius_m: float) -> Mesh:
    """Chassis frame, cross members, rear axle, tank, battery box, side guards and mudguards."""
    left = [
        box((5.55, 0.07, 0.22), CHASSIS, (-0.80, 0.42, 0.74)),
        box((2.0, 0.07, 0.18), CHASSIS, (2.6, 0.42, 0.62)),
        _mudguard(rear_x_m, wheel_radius_m),
    ]
    for x in np.linspace(_X0 + 0.3, _X1 - 0.3, 4):
        left.append(box((0.06, _HALF - 0.03, 0.11), CHASSIS, (float(x), 0.5 * _HALF, _Z0 - 0.055)))
    guard_x = (rear_x_m + 0.62, 1.90)
    for z in (0.52, 0.74):
        left.append(rod((guard_x[0], 1.12, z), (guard_x[1], 1.12, z), 0.075, GALVANISED))
    for x in (guard_x[0] + 0.12, 0.5, guard_x[1] - 0.12):
        left.append(box((0.05, 0.04, 0.50), CHASSIS, (x, 1.06, 0.71)))
    tank = transformed(cylinder(0.27, 1.0, GALVANISED, 14, axis="x"), translation_m=(0.75, 0.76, 0.62))
    battery = box((0.75, 0.42, 0.42), TRIM, (0.75, -0.76, 0.62))
    axle = transformed(cylinder(0.10, 1.7, CHASSIS, 10, axis="y"), translation_m=(rear_x_m, 0.0, wheel_radius_m))
    differential = transformed(
        cylinder(0.20, 0.34, CHASSIS, 12, axis="x"), translation_m=(rear_x_m, 0.0, wheel_radius_m)
    )
    shaft = transformed(cylinder(0.05, 3.6, CHASSIS, 8, axis="x"), translation_m=(rear_x_m + 1.9, 0.0, 0.55))
    front = transformed(cylinder(0.07, 1.6, CHASSIS, 8, axis="y"), translation_m=(2.62, 0.0, wheel_radius_m))
    return merge([both_sides(merge(left)), tank, battery, axle, differential, shaft, front])


def _mudguard(x_m: float, wheel_radius_m: float) -> Mesh:
    """A plastic arc over the twin wheels of the left side, with a flap behind."""
    ang = np.linspace(math.radians(8.0), math.radians(172.0), 8)
    outer, inner = wheel_radius_m + 0.085, wheel_radius_m + 0.065
    arc = [(x_m + outer * math.cos(a), wheel_radius_m + outer * math.sin(a)) for a in ang]
    back = [(x_m + inner * math.cos(a), wheel_radius_m + inner * math.sin(a)) for a in ang[::-1]]
    guard = extrude([*arc, *back], 0.52, 1.09, TRIM)
    flap = box((0.015, 0.55, 0.36), TRIM, (x_m - outer - 0.01, 0.80, 0.36))
    return merge([guard, flap])


def _tape(x_m: float, y0: float, y1: float, z0: float, z1: float, material: Material) -> Mesh:
    """A flat strip that faces back."""
    return mesh_of_quads([[[x_m, y1, z0], [x_m, y0, z0], [x_m, y0, z1], [x_m, y1, z1]]], material)


def tail_board() -> Mesh:
    """Under-run bar with striped ends, lamp clusters, number plate and marking boards."""
    bar = box((0.08, 2.16, 0.13), STEEL, (_BAR_X, 0.0, 0.50))
    carrier = box((0.05, 2.20, 0.20), CHASSIS, (_BAR_X, 0.0, 0.78))
    stays = both_sides(box((0.07, 0.07, 0.40), CHASSIS, (_BAR_X + 0.04, 0.42, 0.66)))
    left = []
    x = _BAR_X - 0.045
    for y, width, material in (
        (1.00, 0.10, INDICATOR_LENS),
        (0.89, 0.11, TAIL_LENS),
        (0.78, 0.10, BRAKE_LENS),
        (0.69, 0.07, REVERSE_LENS),
    ):
        left.append(box((0.05, width - 0.008, 0.13), material, (x, y, 0.78)))
    for k in range(6):
        material = TAPE_RED if k % 2 else TAPE_YELLOW
        y = 1.08 - 0.16 * k
        left.append(_tape(_BAR_X - 0.045, y - 0.16, y, 0.45, 0.55, material))
    return merge(
        [
            bar,
            carrier,
            stays,
            both_sides(merge(left)),
            number_plate((_BAR_X - 0.04, 0.0, 0.78), -1, PLATE_YELLOW),
        ]
    )
