"""Guard rails that follow a road through its bends."""

from __future__ import annotations

import math

import numpy as np

from simgen.models.geometry import box, merge, rotation_z, surface, transformed
from simgen.models.mesh import Shape
from simgen.models.palette import GALVANISED
from simgen.models.sites.assembly import Fixture
from simgen.models.sites.corridor import Corridor
from simgen.models.sites.roadside import W_BEAM

PANEL_M = 4.0


def bent_rail(corridor: Corridor, from_s_m: float, to_s_m: float, d_m: float) -> Fixture:
    """A W-beam on posts at `d_m` left of the centre line; it faces the road, one collision box a panel.

    Args:
        corridor: of the road.
        from_s_m, to_s_m: stations between which it stands.
        d_m: offset of its face.
    """
    line = corridor.line
    inwards = -1.0 if d_m > 0.0 else 1.0  # from the rail to the road, in metres left of the centre line
    s = np.linspace(from_s_m, to_s_m, max(3, round((to_s_m - from_s_m) / (0.5 * PANEL_M)) + 1))
    foot = corridor.height_m(s, d_m)
    rows = []
    for towards, up in W_BEAM:
        xy = line.plan(s, np.full(len(s), d_m + inwards * towards))
        rows.append(np.column_stack([xy, foot + up]))
    net = np.stack(rows, axis=1)
    back = net.copy()
    shift = line.plan(s, np.full(len(s), d_m - 0.012 * inwards)) - line.plan(s, np.full(len(s), d_m))
    back[:, :, :2] += shift[:, None]
    front, rear = (net, back[:, ::-1]) if d_m > 0.0 else (net[:, ::-1], back)
    pieces = [surface(front, GALVANISED), surface(rear, GALVANISED)]
    shapes = []
    for k in range(0, len(s) - 1, 2):
        x, y = (float(v) for v in line.plan(s[k], np.array(d_m - 0.08 * inwards)))
        yaw = float(np.interp(s[k], line.s_m, line.heading_rad))
        post = box((0.10, 0.12, 1.24), GALVANISED, (0.0, 0.0, 0.20))
        pieces.append(transformed(post, rotation_z(yaw), (x, y, float(foot[k]))))
        far = min(k + 2, len(s) - 1)
        a, b = line.plan(s[k], np.array(d_m)), line.plan(s[far], np.array(d_m))
        length = math.hypot(float(b[0] - a[0]), float(b[1] - a[1]))
        turn = math.atan2(float(b[1] - a[1]), float(b[0] - a[0]))
        rise = math.atan2(float(foot[far] - foot[k]), length)
        shapes.append(
            Shape(
                "box",
                (0.5 * float(a[0] + b[0]), 0.5 * float(a[1] + b[1]), 0.5 * float(foot[k] + foot[far]) + 0.43),
                _turned(turn, rise),
                (math.hypot(length, float(foot[far] - foot[k])), 0.20, 0.80),
            )
        )
    return Fixture((("guard_rail", merge(pieces)),), tuple(shapes))


def _turned(yaw_rad: float, rise_rad: float) -> tuple[float, float, float, float]:
    """Quaternion xyzw of a turn about z after lifting the nose."""
    cy, sy = math.cos(0.5 * yaw_rad), math.sin(0.5 * yaw_rad)
    cp, sp = math.cos(0.5 * rise_rad), math.sin(0.5 * rise_rad)
    return sp * sy, -sp * cy, cp * sy, cp * cy
