"""A city bicycle in pieces: frame, fork with bars, two wheels, cranks and pedals; metres."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simgen.models import geometry as g
from simgen.models.bones import Vec
from simgen.models.families._lofts import curve, ellipsoid, mirrored_y, tube
from simgen.models.limbs import Bicycle, Segment
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.palette import CHROME, PAINT, RUBBER, STEEL, TRIM

MASS_KG = 16.0
WHEEL_M = 0.34
_REFLECTOR = Material("bicycle reflector", (0.40, 0.02, 0.02), roughness=0.2, coat=1.0)
_FRAME = Material("bicycle frame", PAINT.albedo, roughness=0.35, coat=1.0, pattern="paint", slot="paint")
_SPOKE = Material("spokes", (0.42, 0.42, 0.43), roughness=0.35, metallic=0.9)

_REAR = (-0.50, 0.0, WHEEL_M)
_BRACKET = (-0.06, 0.0, 0.285)
_HEAD = (0.330, 0.0, 0.900)
_HEAD_RAD = 0.33
_AXLE = (0.045, 0.0, -0.607)  # in the fork's frame
_SEAT_LEAN = 0.28
_SIDE = (0.0, 1.0, 0.0)
PIECES = ("frame", "fork", "wheel_front", "wheel_rear", "cranks", "pedal_l", "pedal_r")


def bicycle(hip_z_m: float) -> Bicycle:
    """The measures of a bicycle whose saddle carries hip joints at a height."""
    back = _BRACKET[0] - (hip_z_m - 0.09 - _BRACKET[2]) * math.tan(_SEAT_LEAN)
    return Bicycle(
        wheel_radius_m=WHEEL_M, rear_axle_m=_REAR, bottom_bracket_m=_BRACKET, head_m=_HEAD, head_rad=_HEAD_RAD,
        front_axle_m=_AXLE, crank_m=0.17, pedal_y_m=0.125, grip_m=(-0.145, 0.285, 0.105),
        saddle_m=(back + 0.02, 0.0, hip_z_m), development_m=5.4,
    )  # fmt: skip


def bicycle_segments(share: float) -> tuple[Segment, ...]:
    """Its segments; the whole bicycle is one body when it falls."""
    upright = (math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5))
    front = 0.569
    shapes = (
        Shape("cylinder", _REAR, upright, (WHEEL_M, WHEEL_M, 0.05)),
        Shape("cylinder", (front, 0.0, WHEEL_M), upright, (WHEEL_M, WHEEL_M, 0.05)),
        Shape("box", (0.0, 0.0, 0.60), size_m=(0.75, 0.08, 0.42)),
        Shape("box", (0.22, 0.0, 1.0), size_m=(0.10, 0.58, 0.06)),
    )
    first = Segment("frame", "", share, shapes, (0.02, 0.0, 0.52))
    return (first, *(Segment(name, "frame", rides="frame") for name in PIECES[1:]))


def bicycle_meshes(of: Bicycle) -> dict[str, Mesh]:
    """Its pieces by segment name, each in the frame of its segment."""
    wheel = _wheel()
    return {
        "frame": _frame(of),
        "fork": _fork(),
        "wheel_front": wheel,
        "wheel_rear": wheel,
        "cranks": _cranks(of),
        "pedal_l": g.box((0.09, 0.09, 0.022), TRIM),
        "pedal_r": g.box((0.09, 0.09, 0.022), TRIM),
    }


def _rod(points: Sequence[Vec], radius: float, material: Material, segments: int = 8) -> Mesh:
    p = np.array([[*q, radius, radius] for q in points])
    d = p[-1, :3] - p[0, :3]
    side = (0.0, 1.0, 0.0) if abs(d[1]) < 0.7 * float(np.linalg.norm(d)) else (1.0, 0.0, 0.0)
    rows = curve(p, 3 * len(points)) if len(points) > 2 else np.linspace(p[0], p[1], 2)
    return tube(rows, material, side=side, segments=segments, dome_rows=1)


def _frame(of: Bicycle) -> Mesh:
    hx, _, hz = of.saddle_m
    top_z = hz - 0.09
    seat = (_BRACKET[0] - (0.80 - _BRACKET[2]) * math.tan(_SEAT_LEAN), 0.0, 0.80)
    post = (hx - 0.02, 0.0, top_z - 0.05)
    head_low = (_HEAD[0] + 0.17 * math.sin(_HEAD_RAD), 0.0, _HEAD[2] - 0.17 * math.cos(_HEAD_RAD))
    stays = []
    for end in (_BRACKET, (seat[0], 0.0, seat[2] - 0.04)):
        stays.append(_rod([(end[0], 0.02, end[2]), (_REAR[0], 0.06, _REAR[2])], 0.009, _FRAME, 6))
    seats = [(-0.13, 0.085, 0.026), (-0.02, 0.070, 0.024), (0.13, 0.022, 0.018)]
    rows = [(hx + x, 0.0, top_z, across, high) for x, across, high in seats]
    saddle = tube(curve(rows, 7), TRIM, side=_SIDE, segments=12, dome_rows=2)
    plate = g.box((0.125, 0.055, 0.004), TRIM)
    guard = [
        g.transformed(
            plate,
            rotation=g.rotation_y(-a),
            translation_m=(_REAR[0] - 0.375 * math.sin(a), 0.0, _REAR[2] + 0.375 * math.cos(a)),
        )
        for a in np.linspace(-0.25, 2.15, 9)
    ]
    pieces = [
        _rod([_HEAD, head_low], 0.021, _FRAME, 10),
        _rod([(_HEAD[0] + 0.01, 0.0, _HEAD[2] - 0.03), (seat[0], 0.0, seat[2] - 0.02)], 0.016, _FRAME, 10),
        _rod([(head_low[0], 0.0, head_low[2] + 0.02), _BRACKET], 0.019, _FRAME, 10),
        _rod([_BRACKET, seat], 0.016, _FRAME, 10),
        _rod([seat, post], 0.013, CHROME, 8),
        g.transformed(g.cylinder(0.025, 0.075, STEEL, 12, "y"), translation_m=_BRACKET),
        mirrored_y(g.merge(stays)),
        saddle,
        *guard,
        ellipsoid((_REAR[0] - 0.385, 0.0, _REAR[2] + 0.13), (0.012, 0.028, 0.035), _REFLECTOR, 8),
        g.transformed(g.cylinder(0.0045, 0.13, STEEL, 8, "y"), translation_m=_REAR),
    ]
    return g.merge(pieces)


def _fork() -> Mesh:
    """Legs, stem and bars about the steering head; its -z is the steering axis."""
    crown = (0.0, 0.0, -0.215)
    leg = _rod(
        [(0.0, 0.045, crown[2]), (0.012, 0.05, -0.42), (_AXLE[0], 0.052, _AXLE[2])], 0.011, _FRAME, 8
    )  # fmt: skip
    half = [(0.03, 0.0, 0.10), (0.05, 0.10, 0.115), (0.0, 0.21, 0.125), (-0.09, 0.265, 0.11), (-0.19, 0.285, 0.10)]
    bar = _rod(half, 0.0115, CHROME, 8)
    grip = _rod([(-0.095, 0.268, 0.109), (-0.205, 0.287, 0.098)], 0.0165, RUBBER, 8)
    pieces = [
        _rod([(0.0, 0.0, -0.23), (0.0, 0.0, 0.09)], 0.0125, CHROME, 8),
        _rod([(0.0, 0.0, 0.085), (0.032, 0.0, 0.10)], 0.014, CHROME, 8),
        _rod([(0.0, -0.052, crown[2]), (0.0, 0.052, crown[2])], 0.013, _FRAME, 8),
        mirrored_y(g.merge([leg, bar, grip])),
        g.transformed(g.cylinder(0.0045, 0.12, STEEL, 8, "y"), translation_m=_AXLE),
        ellipsoid((0.07, 0.0, 0.02), (0.035, 0.030, 0.030), CHROME, 8),
    ]
    return g.merge(pieces)


def _wheel() -> Mesh:
    """Tyre, rim, hub and crossed spokes about the axle, which is y."""
    pieces = [_ring(WHEEL_M - 0.020, 0.020, 0.020, RUBBER, 10), _ring(WHEEL_M - 0.046, 0.010, 0.012, CHROME, 6)]
    pieces.append(g.cylinder(0.020, 0.07, STEEL, 10, "y"))
    count = 20
    for k in range(count):
        a = math.tau * k / count
        b = a + (0.35 if k % 2 else -0.35)
        y = 0.028 if k % 4 < 2 else -0.028
        start = (0.018 * math.sin(b), y, 0.018 * math.cos(b))
        end = ((WHEEL_M - 0.05) * math.sin(a), 0.0, (WHEEL_M - 0.05) * math.cos(a))
        pieces.append(_rod([start, end], 0.0017, _SPOKE, 3))
    return g.merge(pieces)


def _ring(radius: float, half_height: float, half_width: float, material: Material, segments: int) -> Mesh:
    a = np.linspace(0.0, math.tau, segments + 1) - 0.5 * math.pi
    profile = np.column_stack([radius + half_height * np.cos(a), half_width * np.sin(a)])
    profile[-1] = profile[0]
    return g.lathe(profile, material, 36, "y", caps=False)


def _cranks(of: Bicycle) -> Mesh:
    y = of.pedal_y_m - 0.055
    pieces = [
        _rod([(0.0, y, 0.0), (0.0, y, of.crank_m)], 0.011, CHROME, 8),
        _rod([(0.0, -y, 0.0), (0.0, -y, -of.crank_m)], 0.011, CHROME, 8),
        _rod([(0.0, -y, 0.0), (0.0, y, 0.0)], 0.009, STEEL, 8),
        _rod([(0.0, y, of.crank_m), (0.0, of.pedal_y_m + 0.03, of.crank_m)], 0.006, STEEL, 6),
        _rod([(0.0, -y, -of.crank_m), (0.0, -of.pedal_y_m - 0.03, -of.crank_m)], 0.006, STEEL, 6),
        g.transformed(_ring(0.085, 0.006, 0.003, STEEL, 5), translation_m=(0.0, -0.048, 0.0)),
    ]
    for k in range(4):
        a = math.tau * k / 4 + 0.4
        end = (0.085 * math.sin(a), -0.048, 0.085 * math.cos(a))
        pieces.append(_rod([(0.0, -0.048, 0.0), end], 0.006, STEEL, 5))
    return g.merge(pieces)
