"""Road wheels: tyre, rim and spokes about the local y axis, origin at the wheel centre."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.models.families.vehicle_materials import ALLOY, BRAKE_DISC, WELL
from simgen.models.geometry import lathe, merge, mesh_of_quads, transformed
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import RUBBER, TRIM


@dataclass(frozen=True)
class WheelShape:
    """A wheel.

    Attributes:
        radius_m, width_m: of the tyre; the tyre stands on the ground at `radius_m` below the centre.
        rim_radius_m: where the tyre meets the rim.
        spokes: how many, evenly spaced.
        spoke_width_m: (at the hub, at the rim).
        rim: material of rim and spokes.
        dish_m: how far the hub lies inside the rim's outer edge.
        twin: two tyres side by side (rear axle of a truck); `width_m` is that of one.
        segments: chords round the tyre.
    """

    radius_m: float
    width_m: float
    rim_radius_m: float
    spokes: int = 5
    spoke_width_m: tuple[float, float] = (0.055, 0.085)
    rim: Material = ALLOY
    dish_m: float = 0.03
    twin: bool = False
    segments: int = 24


def wheel(shape: WheelShape, side: int) -> Mesh:
    """One wheel.

    Args:
        shape: its dimensions.
        side: +1 shows its face to the left (+y), -1 to the right.

    Returns:
        the mesh in the wheel's frame; it spins about local y.
    """
    pieces = _tyre(shape) + _rim(shape)
    if shape.twin:
        inner = merge(_tyre(shape))
        pieces.append(transformed(inner, translation_m=(0.0, -1.12 * shape.width_m, 0.0)))
    left = merge(pieces)
    return left if side > 0 else transformed(left, scale=(1.0, -1.0, 1.0))


def _tyre(s: WheelShape) -> list[Mesh]:
    segments = s.segments
    h, r, wall = 0.5 * s.width_m, s.radius_m, s.radius_m - s.rim_radius_m
    # a lathe's outline runs from low to high: here from the inner face (-y) to the outer (+y)
    tread = [(s.rim_radius_m * 0.9, -h), (r - 0.10 * wall, -h), (r, -h * 0.74), (r, h * 0.74)]
    outer = [(r, h * 0.74), (r - 0.22 * wall, h), (s.rim_radius_m, h * 0.90)]
    turned = _phase(segments)
    inner = lathe(tread, RUBBER, segments, axis="y", caps=False)
    side = lathe(outer, RUBBER, segments, axis="y", caps=False)
    back = transformed(_disc(s.rim_radius_m * 0.9, segments, WELL), rotation=np.diag([1.0, -1.0, -1.0]))
    back = transformed(back, translation_m=(0.0, -h, 0.0))
    return [transformed(m, rotation=turned) for m in (inner, side, back)]


def _phase(segments: int) -> NDArray[np.float64]:
    """Rotation about y that puts a corner of the tyre's polygon exactly at the ground."""
    quarter = 0.5 * math.pi
    step = 2.0 * math.pi / segments
    a = quarter - step * round(quarter / step)
    return np.array([[math.cos(a), 0.0, math.sin(a)], [0.0, 1.0, 0.0], [-math.sin(a), 0.0, math.cos(a)]])


def _disc(radius_m: float, segments: int, material: Material) -> Mesh:
    """A flat disc at y = 0 that faces +y."""
    ang = -2.0 * math.pi * np.arange(segments) / segments
    ring = np.stack([radius_m * np.cos(ang), np.zeros(segments), radius_m * np.sin(ang)], axis=-1)
    faces = np.stack([np.zeros(segments - 2), np.arange(1, segments - 1), np.arange(2, segments)], axis=-1)
    normals = np.tile([0.0, 1.0, 0.0], (segments, 1))
    return Mesh(
        ring.astype(np.float32),
        normals.astype(np.float32),
        ring[:, [0, 2]].astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (material,),
    )


def _rim(s: WheelShape) -> list[Mesh]:
    segments = s.segments
    h, rim = 0.5 * s.width_m, s.rim_radius_m
    face, floor = h * 0.86, h * 0.25
    lip = lathe([(rim, h * 0.90), (rim * 0.955, h * 0.96)], s.rim, segments, axis="y", caps=False)
    barrel = lathe([(rim * 0.955, h * 0.96), (rim * 0.92, floor)], TRIM, segments, axis="y", caps=False)
    turned = _phase(segments)
    pieces = [transformed(m, rotation=turned) for m in (lip, barrel)]
    pieces.append(transformed(_disc(rim * 0.93, segments, WELL), translation_m=(0.0, floor, 0.0)))
    pieces.append(transformed(_disc(rim * 0.62, 16, BRAKE_DISC), translation_m=(0.0, floor + 0.012, 0.0)))
    hub = face - s.dish_m
    for k in range(s.spokes):
        a = 2.0 * math.pi * k / s.spokes + 0.5 * math.pi
        pieces.append(_spoke(s, a, hub, face))
    cap = lathe([(rim * 0.27, floor), (rim * 0.21, hub + 0.010)], s.rim, 8, axis="y", caps=False)
    centre = transformed(_disc(rim * 0.21, 8, s.rim), translation_m=(0.0, hub + 0.010, 0.0))
    badge = transformed(_disc(rim * 0.12, 8, TRIM), translation_m=(0.0, hub + 0.015, 0.0))
    return [*pieces, cap, centre, badge]


def _spoke(s: WheelShape, angle_rad: float, hub_y: float, rim_y: float) -> Mesh:
    """A tapered bar from the hub to the rim: a face and two flanks."""
    out = np.array([math.cos(angle_rad), 0.0, math.sin(angle_rad)])
    across = np.array([-math.sin(angle_rad), 0.0, math.cos(angle_rad)])
    up = np.array([0.0, 1.0, 0.0])
    r0, r1 = 0.18 * s.rim_radius_m, 0.96 * s.rim_radius_m
    w0, w1 = 0.5 * s.spoke_width_m[0], 0.5 * s.spoke_width_m[1]
    a, b = out * r0 - across * w0 + up * hub_y, out * r1 - across * w1 + up * rim_y
    c, d = out * r1 + across * w1 + up * rim_y, out * r0 + across * w0 + up * hub_y
    deep = up * -0.035
    flare = across * 0.008
    quads = [
        [a, d, c, b],
        [a, b, b + deep - flare, a + deep - flare],
        [d, d + deep + flare, c + deep + flare, c],
    ]
    return mesh_of_quads(quads, s.rim)
