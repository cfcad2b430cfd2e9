"""How people and animals move along: speed and heading of each, once a tick."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.world.orders import StepOrders
from simgen.world.path import Array
from simgen.world.state import Motion


class Movers(NamedTuple):
    """M people and animals.

    Attributes:
        rows: (M,) int64 in the motion arrays; cue: (M,) int64 row of the cue, -1: none.
        first_mps, cued_mps, acceleration_mps2, length_m, for_s, turn_radps: (M,) as `StepOrders` has.
        flee_from: (M,) int64 row of whom it runs away from, -1: nobody.
        speed_mps, yaw_rad: (M,) now; gone_m: (M,) way since the cue.
    """

    rows: NDArray[np.int64]
    cue: NDArray[np.int64]
    first_mps: Array
    cued_mps: Array
    acceleration_mps2: Array
    length_m: Array
    for_s: Array
    turn_radps: Array
    flee_from: NDArray[np.int64]
    speed_mps: Array
    yaw_rad: Array
    gone_m: Array


def new_movers(
    orders: list[StepOrders], rows: list[int], cues: list[int], yaw_rad: list[float], index: dict[str, int]
) -> Movers:
    """Movers with their orders, rows, rows of cues (-1: none) and headings; `index` has the row of each actor."""

    def of(name: str) -> Array:
        return np.array([getattr(o, name) for o in orders], np.float64)

    return Movers(
        rows=np.array(rows, np.int64),
        cue=np.array(cues, np.int64),
        first_mps=of("speed_mps"),
        cued_mps=of("cued_mps"),
        acceleration_mps2=of("acceleration_mps2"),
        length_m=of("length_m"),
        for_s=of("for_s"),
        turn_radps=of("turn_radps"),
        flee_from=np.array([index.get(o.flee_from, -1) for o in orders], np.int64),
        speed_mps=of("speed_mps"),
        yaw_rad=np.array(yaw_rad, np.float64),
        gone_m=np.zeros(len(orders)),
    )


@kernel
def move(movers: Movers, fired_s: Array, motion: Motion, time_s: float, dt_s: float) -> None:
    """Advance speeds and headings by a tick; `fired_s` (C,) is when each cue fired."""
    for m in range(movers.rows.shape[0]):
        c = movers.cue[m]
        if c < 0 or not fired_s[c] < math.inf:
            continue
        wanted = movers.cued_mps[m]
        if time_s - fired_s[c] >= movers.for_s[m] - 1e-9:
            wanted = movers.first_mps[m]
        left = movers.length_m[m] - movers.gone_m[m]
        if left < math.inf:
            wanted = min(wanted, math.sqrt(2.0 * movers.acceleration_mps2[m] * max(left, 0.0)))
        step = movers.acceleration_mps2[m] * dt_s
        before = movers.speed_mps[m]
        speed = before + min(max(wanted - before, -step), step)
        movers.speed_mps[m] = min(speed, max(left, 0.0) / dt_s)
        movers.gone_m[m] += movers.speed_mps[m] * dt_s
        if movers.flee_from[m] >= 0:
            _turn_away(movers, m, motion, dt_s)


@inline
def _turn_away(movers: Movers, m: int, motion: Motion, dt_s: float) -> None:
    """Turn towards the direction away from whom it flees."""
    a, b = movers.rows[m], movers.flee_from[m]
    away = math.atan2(
        motion.position_m[a, 1] - motion.position_m[b, 1], motion.position_m[a, 0] - motion.position_m[b, 0]
    )
    error = away - movers.yaw_rad[m]
    error = math.atan2(math.sin(error), math.cos(error))
    most = movers.turn_radps[m] * dt_s
    movers.yaw_rad[m] += min(max(error, -most), most)
