"""A middle-weight naked motorcycle in pieces: what is sprung, and its two wheels; metres, model frame."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simgen.models import geometry as g
from simgen.models.bones import Vec
from simgen.models.families._lofts import curve, ellipsoid, mirrored_y, tube
from simgen.models.families.vehicle_details import number_plate
from simgen.models.families.vehicle_materials import (
    ALLOY,
    BRAKE_DISC,
    BRAKE_LENS,
    CHASSIS,
    GLOSS_BLACK,
    PLATE_YELLOW,
)
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import CHROME, HEAD_LENS, INDICATOR_LENS, PAINT, RUBBER, STEEL, TAIL_LENS, TRIM

WHEEL_M = 0.305
FRONT_X, REAR_X = 0.715, -0.695
GRIP: Vec = (0.335, 0.345, 1.035)
"""Middle of the left grip; PEG: of the left foot peg; SEAT: top of the seat under the rider."""
PEG: Vec = (-0.115, 0.215, 0.355)
SEAT: Vec = (-0.215, 0.0, 0.785)
HEAD_LAMP: Vec = (0.615, 0.0, 0.885)
TAIL_LAMP: Vec = (-0.845, 0.0, 0.845)
INDICATORS: tuple[Vec, Vec] = ((0.545, 0.215, 0.845), (-0.83, 0.165, 0.755))
"""Where the left lamps are, front and rear."""

_SIDE = (0.0, 1.0, 0.0)
_CROWN = (0.425, 0.0, 0.930)  # where the fork's legs begin; they run to the front axle
_ENGINE = Material("engine casing", (0.10, 0.10, 0.105), roughness=0.45, metallic=0.5)
_LEATHER = Material("seat cover", (0.018, 0.018, 0.019), roughness=0.75)
_TREAD = 28
_FENDER = Material("mudguard", (0.030, 0.030, 0.032), roughness=0.45)


def motorcycle_body() -> Mesh:
    """Everything but the wheels."""
    return g.merge([_tank_and_seat(), _engine(), _frame(), _front(), _controls(), _rear()])


def front_wheel() -> Mesh:
    """Tyre 120/70-17 about the axle, which is y, with two discs."""
    return _wheel(0.060, discs=(-0.062, 0.062))


def rear_wheel() -> Mesh:
    """Tyre 160/60-17 about the axle, which is y, with a disc and the sprocket."""
    return _wheel(0.080, discs=(-0.088, 0.088))


def _rod(points: Sequence[Vec], radius: float, material: Material, segments: int = 8) -> Mesh:
    p = np.array([[*q, radius, radius] for q in points])
    d = p[-1, :3] - p[0, :3]
    side = _SIDE if abs(d[1]) < 0.7 * float(np.linalg.norm(d)) else (1.0, 0.0, 0.0)
    rows = curve(p, 3 * len(points)) if len(points) > 2 else p
    return tube(rows, material, side=side, segments=segments, dome_rows=1)


def _loft(rows: Sequence[tuple[float, float, float, float]], material: Material, count: int, power: float) -> Mesh:
    """A tube along x through rows of x, z of its middle, half width and half height."""
    path = [(x, 0.0, z, across, high) for x, z, across, high in rows]
    return tube(curve(path, count), material, side=_SIDE, segments=16, power=power, dome_rows=2)


def _tank_and_seat() -> Mesh:
    tank = [
        (-0.09, 0.845, 0.085, 0.055),
        (0.00, 0.885, 0.125, 0.090),
        (0.12, 0.915, 0.150, 0.115),
        (0.25, 0.915, 0.148, 0.115),
        (0.34, 0.895, 0.110, 0.080),
    ]
    shroud = [(0.16, 0.80, 0.030, 0.050), (0.30, 0.80, 0.034, 0.085), (0.46, 0.79, 0.020, 0.055)]
    seat = [
        (-0.06, 0.800, 0.085, 0.045),
        (-0.20, 0.752, 0.135, 0.036),
        (-0.36, 0.755, 0.135, 0.040),
        (-0.46, 0.810, 0.120, 0.050),
        (-0.66, 0.850, 0.095, 0.035),
    ]
    tail = [(-0.30, 0.720, 0.105, 0.035), (-0.55, 0.775, 0.105, 0.050), (-0.80, 0.840, 0.065, 0.032)]
    wing = g.transformed(_loft(shroud, PAINT, 6, 2.4), translation_m=(0.0, 0.135, 0.0))
    return g.merge(
        [_loft(tank, PAINT, 9, 2.3), _loft(seat, _LEATHER, 9, 2.6), _loft(tail, PAINT, 6, 2.4), mirrored_y(wing)]
    )


def _engine() -> Mesh:
    """Crankcase, two cylinders that lean forward, radiator, header pipes and silencer."""
    lean = g.rotation_y(0.35)
    pieces = [
        g.transformed(g.lathe(
            [(0.0, -0.17), (0.13, -0.17), (0.155, -0.13), (0.155, 0.13), (0.13, 0.17), (0.0, 0.17)], _ENGINE, 16, "y"
        ), translation_m=(0.02, 0.0, 0.42)),
        g.box((0.40, 0.26, 0.20), _ENGINE, (-0.07, 0.0, 0.40)),
        g.box((0.36, 0.20, 0.10), CHASSIS, (0.00, 0.0, 0.26)),
        g.transformed(g.box((0.20, 0.30, 0.30), _ENGINE), rotation=lean, translation_m=(0.17, 0.0, 0.60)),
        g.transformed(g.box((0.035, 0.36, 0.27), CHASSIS), rotation=g.rotation_y(-0.25),
                      translation_m=(0.385, 0.0, 0.62)),
        g.box((0.34, 0.20, 0.16), TRIM, (-0.20, 0.0, 0.63)),
        _rod([(-0.20, -0.13, 0.26), (-0.38, -0.16, 0.29), (-0.47, -0.17, 0.34)], 0.030, STEEL),
        tube(curve([(-0.46, -0.175, 0.335, 0.034, 0.040), (-0.56, -0.18, 0.39, 0.044, 0.052),
                    (-0.78, -0.185, 0.52, 0.042, 0.048)], 6), STEEL, side=_SIDE, segments=12, ends=("round", "flat"),
             dome_rows=1),
    ]  # fmt: skip
    for y in (-0.075, 0.075):
        pieces.append(_rod([(0.29, y, 0.53), (0.36, y, 0.42), (0.27, y, 0.24), (-0.20, -0.10, 0.24)], 0.021, CHROME))
    return g.merge(pieces)


def _frame() -> Mesh:
    """Spars from the steering head to the swing arm's pivot, the rear frame, the swing arm, pegs and side stand."""
    spar = [(0.37, 0.045, 0.86), (0.18, 0.145, 0.74), (-0.10, 0.135, 0.62), (-0.18, 0.115, 0.43)]
    left = [
        _rod(spar, 0.028, STEEL),
        _rod([(-0.12, 0.11, 0.63), (-0.45, 0.085, 0.75)], 0.015, STEEL, 6),
        _rod([(-0.18, 0.115, 0.47), (-0.42, 0.095, 0.70)], 0.013, STEEL, 6),
        _rod([(-0.17, 0.125, 0.42), (-0.42, 0.125, 0.38), (REAR_X, 0.118, WHEEL_M)], 0.026, CHASSIS),
        _rod([(PEG[0], 0.13, PEG[2] - 0.012), (PEG[0], PEG[1] + 0.055, PEG[2] - 0.012)], 0.012, RUBBER, 6),
        g.box((0.10, 0.020, 0.14), TRIM, (-0.14, 0.145, 0.38)),
    ]
    chain = g.box((0.50, 0.014, 0.085), CHASSIS, (-0.45, 0.105, 0.355))
    stand = _rod([(-0.06, 0.15, 0.24), (-0.30, 0.20, 0.21)], 0.011, STEEL, 6)
    shock = _rod([(-0.34, 0.0, 0.40), (-0.24, 0.0, 0.72)], 0.040, CHASSIS)
    return g.merge([mirrored_y(g.merge(left)), chain, stand, shock])


def _front() -> Mesh:
    """Fork, mudguard, head lamp and instruments."""
    axle = (FRONT_X, 0.0, WHEEL_M)
    fraction = 0.52
    joint = tuple(_CROWN[k] + fraction * (axle[k] - _CROWN[k]) for k in range(3))
    y = 0.098
    leg = [
        _rod([(_CROWN[0] - 0.03, y, _CROWN[2] + 0.07), (joint[0], y, joint[2])], 0.0215, CHROME, 10),
        _rod([(joint[0], y, joint[2]), (axle[0], y, axle[2])], 0.030, GLOSS_BLACK, 10),
    ]
    guard = [
        g.transformed(
            g.box((0.085, 0.145, 0.006), _FENDER),
            rotation=g.rotation_y(-a),
            translation_m=(FRONT_X - 0.325 * math.sin(a), 0.0, WHEEL_M + 0.325 * math.cos(a)),
        )
        for a in np.linspace(-0.35, 1.15, 7)
    ]
    crowns = [
        g.box((0.075, 0.255, 0.030), CHASSIS, (_CROWN[0] + dx, 0.0, _CROWN[2] + dz))
        for dx, dz in ((-0.025, 0.055), (0.06, -0.13))
    ]
    bowl = [(0.0, -0.145), (0.070, -0.12), (0.095, -0.05), (0.100, -0.004), (0.088, 0.0)]
    lens = [(0.088, 0.0), (0.060, 0.018), (0.0, 0.026)]
    lamp = g.transformed(
        g.merge([g.lathe(bowl, PAINT, 16, "x"), g.lathe(lens, HEAD_LENS, 16, "x")]),
        translation_m=(HEAD_LAMP[0] - 0.02, 0.0, HEAD_LAMP[2]),
    )  # fmt: skip
    screen = g.transformed(g.box((0.010, 0.17, 0.10), TRIM), rotation=g.rotation_y(-0.6),
                           translation_m=(0.50, 0.0, 1.015))  # fmt: skip
    return g.merge([mirrored_y(g.merge(leg)), *guard, *crowns, lamp, screen])


def _controls() -> Mesh:
    """Bars with grips, levers and mirrors, and the front indicators."""
    x, y, z = GRIP
    bar = _rod([(0.42, 0.04, 1.005), (0.41, 0.13, 1.03), (x + 0.02, y - 0.09, z + 0.005), (x, y, z)], 0.012, CHASSIS)
    grip = _rod([(x + 0.013, y - 0.06, z + 0.003), (x - 0.013, y + 0.05, z - 0.002)], 0.018, RUBBER)
    lever = _rod([(x + 0.055, y - 0.09, z + 0.01), (x + 0.065, y + 0.04, z)], 0.007, CHROME, 5)
    stalk = _rod([(x + 0.03, y - 0.10, z + 0.01), (x + 0.03, y - 0.03, z + 0.135)], 0.006, TRIM, 5)
    mirror = ellipsoid((x + 0.03, y + 0.005, z + 0.155), (0.018, 0.070, 0.042), TRIM, 10)
    foot = (INDICATORS[0][0] - 0.05, 0.09, INDICATORS[0][2])
    blink = [
        _rod([foot, INDICATORS[0]], 0.007, TRIM, 5),
        ellipsoid(INDICATORS[0], (0.028, 0.022, 0.018), INDICATOR_LENS),
    ]
    return mirrored_y(g.merge([bar, grip, lever, stalk, mirror, *blink]))


def _rear() -> Mesh:
    """Tail and brake lamps, indicators, and the plate on its carrier behind the wheel."""
    x, _, z = TAIL_LAMP
    left = g.merge(
        [
            _rod([(-0.80, 0.03, 0.765), INDICATORS[1]], 0.007, TRIM, 5),
            ellipsoid(INDICATORS[1], (0.028, 0.022, 0.018), INDICATOR_LENS),
        ]
    )
    carrier = _rod([(-0.74, 0.0, 0.80), (-0.84, 0.0, 0.74), (-0.935, 0.0, 0.62)], 0.020, TRIM)
    plate = g.transformed(number_plate((0.0, 0.0, 0.0), -1, PLATE_YELLOW), scale=(1.0, 0.40, 1.40))
    return g.merge(
        [
            g.box((0.03, 0.12, 0.045), TAIL_LENS, (x + 0.012, 0.0, z)),
            g.box((0.008, 0.07, 0.030), BRAKE_LENS, (x - 0.006, 0.0, z)),
            mirrored_y(left),
            carrier,
            g.transformed(plate, rotation=g.rotation_y(-0.30), translation_m=(-0.960, 0.0, 0.615)),
        ]
    )


def _wheel(half_width: float, discs: tuple[float, float]) -> Mesh:
    rim, inside, edge = 0.213, 0.191, 0.5 * half_width
    a = np.linspace(-2.05, 2.05, 9)
    wall = np.column_stack([WHEEL_M - 0.072 + 0.072 * np.cos(a), half_width * np.sin(a)])
    outlines = [
        ([(rim - 0.012, -edge), *wall.tolist(), (rim - 0.012, edge)], RUBBER),
        ([(inside, edge), (inside, -edge)], ALLOY),
        ([(rim, edge), (inside, edge)], ALLOY),
        ([(inside, -edge), (rim, -edge)], ALLOY),
    ]
    pieces = [_on_ground(g.lathe(outline, material, _TREAD, "y", caps=False)) for outline, material in outlines]
    pieces.append(g.cylinder(0.045, 1.9 * half_width, CHASSIS, 12, "y"))
    for k in range(5):
        turn = math.tau * k / 5
        for fork in (-0.17, 0.17):
            start = (0.035 * math.sin(turn), 0.0, 0.035 * math.cos(turn))
            end = ((rim - 0.015) * math.sin(turn + fork), 0.0, (rim - 0.015) * math.cos(turn + fork))
            pieces.append(_rod([start, end], 0.011, ALLOY, 5))
    for y in discs:
        low, high = y - 0.003, y + 0.003
        ring = [(0.085, low), (0.150, low), (0.150, high), (0.085, high)]
        pieces += [g.lathe(ring[k : k + 2], BRAKE_DISC, 20, "y", caps=False) for k in range(3)]
        pieces.append(g.cylinder(0.030, abs(y), CHASSIS, 10, "y"))
    return g.merge(pieces)


def _on_ground(mesh: Mesh) -> Mesh:
    """A corner of the polygon exactly at the ground: chords of the tyre must not leave it floating."""
    quarter, step = 0.5 * math.pi, math.tau / _TREAD
    return g.transformed(mesh, rotation=g.rotation_y(quarter - step * round(quarter / step)))
