"""Upright boxes over oriented rectangles on the ground: when two of them meet, and how far apart they are.

A box is a row of eight numbers, a tuple or an array: x and y of its middle, cosine and sine of its heading, half its
length and width, its lowest and highest z. As in `simgen.areas`, this is plain Python, so that drawing a scene needs
no compiler; the rooms that ask at every tick compile these very functions, which therefore call nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Row = Sequence[float] | Any


def meet_s(
    ax: float, ay: float, ac: float, as_: float, a: Row,
    bx: float, by: float, bc: float, bs: float, b: Row,
    vx: float, vy: float, limit_s: float,
) -> float:  # fmt: skip
    """When two rectangles first overlap, A moving at a velocity relative to B, neither turning; inf: not in time.

    Separating axes (Gottschalk 1996) with the projections moving: on each of the four axes they overlap during an
    interval of time, and the rectangles do where all four intervals do. Exact. 0 if they overlap already.

    Args:
        ax, ay, ac, as_: middle of A, cosine and sine of its heading; of the row `a` only the size counts.
        bx, by, bc, bs, b: the same of B.
        vx, vy: velocity of A relative to B.
        limit_s: how far to look ahead.
    """
    first, last = 0.0, limit_s
    dx, dy = bx - ax, by - ay
    for k in range(4):
        c, s = (ac, as_) if k < 2 else (bc, bs)
        nx, ny = (c, s) if k % 2 == 0 else (-s, c)
        gap = dx * nx + dy * ny
        reach_a = abs(nx * ac + ny * as_) * a[4] + abs(ny * ac - nx * as_) * a[5]
        reach_b = abs(nx * bc + ny * bs) * b[4] + abs(ny * bc - nx * bs) * b[5]
        reach = reach_a + reach_b
        speed = vx * nx + vy * ny
        if abs(speed) < 1e-12:
            if abs(gap) > reach:
                return math.inf
            continue
        t0, t1 = (gap - reach) / speed, (gap + reach) / speed
        first, last = max(first, min(t0, t1)), min(last, max(t0, t1))
        if first > last:
            return math.inf
    return first


def corner_gap_m2(a: Row, b: Row) -> float:
    """Least squared distance of A's corners from rectangle B."""
    best = math.inf
    for k in range(4):
        u = a[4] if k < 2 else -a[4]
        v = a[5] if k % 2 == 0 else -a[5]
        x, y = a[0] + a[2] * u - a[3] * v - b[0], a[1] + a[3] * u + a[2] * v - b[1]
        p, q = max(abs(b[2] * x + b[3] * y) - b[4], 0.0), max(abs(b[2] * y - b[3] * x) - b[5], 0.0)
        best = min(best, p * p + q * q)
    return best
