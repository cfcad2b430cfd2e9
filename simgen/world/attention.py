"""Which vehicle is in an attentive driver's way: looked for now and then, kept in view in between."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline
from simgen.world.driver import Drivers, path_of
from simgen.world.orders import FOLLOW
from simgen.world.path import Array, locate
from simgen.world.state import Motion

_LOOK_TICKS = 12
_SIDE_M = 0.25  # room that a driver wants on either side
_RANGE_M = 250.0


class Attention(NamedTuple):
    """What the drivers of N vehicles have an eye on.

    Attributes:
        middle_m: (N,) how far ahead of the centre of mass the middle of each vehicle is.
        half_length_m, half_width_m: (N,) of each vehicle.
        leader: (N,) int64 the vehicle ahead that each driver watches, -1: none.
        hint: (N,) int64 segment of the driver's path where that one was last seen.
        ticks: (1,) int64 since the drivers last looked around.
    """

    middle_m: Array
    half_length_m: Array
    half_width_m: Array
    leader: NDArray[np.int64]
    hint: NDArray[np.int64]
    ticks: NDArray[np.int64]


def new_attention(middle_m: Array, half_length_m: Array, half_width_m: Array) -> Attention:
    """The attention of N drivers before they have looked, of vehicles with these dimensions (N,)."""
    count = len(middle_m)
    return Attention(
        middle_m,
        half_length_m,
        half_width_m,
        np.full(count, -1, np.int64),
        np.zeros(count, np.int64),
        np.full(1, _LOOK_TICKS, np.int64),
    )


@inline
def attend(attention: Attention, drivers: Drivers, motion: Motion, rows: NDArray[np.int64]) -> None:
    """Tell each attentive driver the bumper distance to the vehicle ahead in its way, and its speed along the path.

    In the way is whatever vehicle overlaps the strip that the driver's own needs, whoever drives it and whether it
    moves or not.
    """
    around = attention.ticks[0] >= _LOOK_TICKS
    attention.ticks[0] = 1 if around else attention.ticks[0] + 1
    for n in range(rows.shape[0]):
        if drivers.law[n] != FOLLOW or not drivers.drives[n]:
            continue
        if around:
            attention.leader[n] = -1
            nearest = math.inf
            for k in range(rows.shape[0]):
                if k == n:
                    continue
                hint, gap, _ = _seen(attention, drivers, motion, rows, n, k, drivers.hint[n])
                if gap < nearest:
                    nearest = gap
                    attention.leader[n] = k
                    attention.hint[n] = hint
        drivers.gap_m[n] = math.inf
        drivers.leader_mps[n] = math.inf
        leader = attention.leader[n]
        if leader >= 0:
            hint, gap, speed = _seen(attention, drivers, motion, rows, n, leader, attention.hint[n])
            attention.hint[n] = hint
            if gap < math.inf:
                drivers.gap_m[n] = gap
                drivers.leader_mps[n] = speed


@inline
def _seen(
    attention: Attention, drivers: Drivers, motion: Motion, rows: NDArray[np.int64], n: int, k: int, hint: int
) -> tuple[int, float, float]:
    """Segment, bumper distance and speed along driver n's path of vehicle k; infinitely far if not in the way."""
    x, r, v = motion.position_m[rows[k]], motion.rotation[rows[k]], motion.velocity_mps[rows[k]]
    own = motion.position_m[rows[n]]
    dx, dy = x[0] - own[0], x[1] - own[1]
    if dx * dx + dy * dy > _RANGE_M * _RANGE_M:
        return hint, math.inf, 0.0
    middle = attention.middle_m[k]
    found, s, left, heading = locate(path_of(drivers, n), x[0] + middle * r[0, 0], x[1] + middle * r[1, 0], hint)
    c, d = math.cos(heading), math.sin(heading)
    along = abs(c * r[0, 0] + d * r[1, 0])
    across = abs(c * r[1, 0] - d * r[0, 0])
    reach = along * attention.half_length_m[k] + across * attention.half_width_m[k]
    breadth = across * attention.half_length_m[k] + along * attention.half_width_m[k]
    if s <= drivers.at_m[n] or abs(left) > breadth + attention.half_width_m[n] + _SIDE_M:
        return found, math.inf, 0.0
    return found, s - reach - drivers.at_m[n] - drivers.ahead_m[n], c * v[0] + d * v[1]
