"""What drivers are told from tick to tick: what a cue changes, and stops on the way."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.world.driver import Drivers, Seat, lane_names, path_of, preview_m
from simgen.world.orders import UNCHANGED
from simgen.world.path import Array, locate
from simgen.world.state import Motion

_BEFORE, _DURING, _AFTER = 0, 1, 2
_STANDING_MPS = 0.15
_CLOSE_M = 0.02


class Script(NamedTuple):
    """The orders of the drivers of N vehicles that take effect later.

    Attributes:
        cue: (N,) int64 row of the cue, -1: none; phase: (N,) int64 how far it has got.
        cued_mps, cued_brake_mps2: (N,) speed to take up, `UNCHANGED` for none, and deceleration to it.
        cued_first: (N, 2) int64 where the path to change to starts and ends among the drivers' points, equal: none.
        cued_lane: (N,) int64 its lane; duration_s: (N,) of the change; from_m: (N,) how far left of it that began.
        stop_m: (N,) arc length at which the bumper stops, inf: nowhere; stop_mps2: (N,) deceleration on the way.
        hold_s: (N,) how long it stands there; stood_s: (N,) since when, inf: not yet; stop_phase: (N,) int64.
        cruise_mps: (N,) speed that it had before the stop.
    """

    cue: NDArray[np.int64]
    phase: NDArray[np.int64]
    cued_mps: Array
    cued_brake_mps2: Array
    cued_first: NDArray[np.int64]
    cued_lane: NDArray[np.int64]
    duration_s: Array
    from_m: Array
    stop_m: Array
    stop_mps2: Array
    hold_s: Array
    stood_s: Array
    stop_phase: NDArray[np.int64]
    cruise_mps: Array


def new_script(seats: list[Seat | None], cues: list[int]) -> Script:
    """The script of N vehicles; `cues` (N,) are the rows of their cues, -1 for none."""
    count = len(seats)
    lanes = lane_names(seats)
    script = Script(
        cue=np.array(cues, np.int64),
        phase=np.zeros(count, np.int64),
        cued_mps=np.full(count, UNCHANGED),
        cued_brake_mps2=np.zeros(count),
        cued_first=np.zeros((count, 2), np.int64),
        cued_lane=np.full(count, -1, np.int64),
        duration_s=np.ones(count),
        from_m=np.zeros(count),
        stop_m=np.full(count, math.inf),
        stop_mps2=np.ones(count),
        hold_s=np.full(count, math.inf),
        stood_s=np.full(count, math.inf),
        stop_phase=np.zeros(count, np.int64),
        cruise_mps=np.zeros(count),
    )
    start = sum(len(s.path.points_m) for s in seats if s is not None)
    for n, seat in enumerate(seats):
        if seat is None:
            continue
        o = seat.orders
        script.cued_mps[n], script.cued_brake_mps2[n], script.duration_s[n] = (
            o.cued_mps,
            o.cued_brake_mps2,
            o.duration_s,
        )
        script.stop_m[n], script.stop_mps2[n], script.hold_s[n] = o.stop_s_m, o.stop_mps2, o.stop_hold_s
        if seat.cued_path is not None:
            size = len(seat.cued_path.points_m)
            script.cued_first[n] = start, start + size
            script.cued_lane[n] = lanes.index(seat.cued_lane)
            start += size
    return script


@kernel
def direct(
    script: Script, drivers: Drivers, fired_s: Array, motion: Motion, rows: NDArray[np.int64], time_s: float
) -> None:
    """Tell the drivers what the script says for now; `fired_s` (C,) is when each cue fired."""
    for n in range(rows.shape[0]):
        c = script.cue[n]
        if c >= 0 and fired_s[c] < math.inf:
            if script.phase[n] == _BEFORE:
                _begin(script, drivers, n, motion.position_m[rows[n]])
            if script.phase[n] == _DURING:
                _go_on(script, drivers, n, time_s - fired_s[c])
        if script.stop_m[n] < math.inf and script.stop_phase[n] != _AFTER:
            _stop(script, drivers, n, time_s)


@inline
def _begin(script: Script, drivers: Drivers, n: int, position_m: Array) -> None:
    """The cue has fired: new speed, new lane."""
    script.phase[n] = _DURING
    drivers.held[n] = False
    if script.cued_mps[n] != UNCHANGED:
        drivers.target_mps[n] = script.cued_mps[n]
        drivers.brake_mps2[n] = script.cued_brake_mps2[n]
        drivers.integral_mps2[n] = 0.0
    if script.cued_first[n, 1] > script.cued_first[n, 0]:
        drivers.first[n, 0] = script.cued_first[n, 0]
        drivers.first[n, 1] = script.cued_first[n, 1]
        drivers.lane[n] = script.cued_lane[n]
        hint, _, left, _ = locate(path_of(drivers, n), position_m[0], position_m[1], drivers.hint[n])
        drivers.hint[n] = hint
        script.from_m[n] = left


@inline
def _go_on(script: Script, drivers: Drivers, n: int, since_s: float) -> None:
    """Come across to the new lane on a quintic (no jump in speed or acceleration); stand when braked to a stop.

    For small angles pure pursuit makes y'' = 2 (goal - y) / tau^2 - 2 y' / tau, where tau is the time to the goal
    point; so the goal y + tau y' + tau^2 y'' / 2 makes it follow y.
    """
    if script.cued_first[n, 1] > script.cued_first[n, 0]:
        duration = script.duration_s[n]
        t = min(since_s / duration, 1.0)
        share = t * t * t * (10.0 - t * (15.0 - 6.0 * t))
        rate = 30.0 * t * t * (1.0 - t) * (1.0 - t)
        bend = 60.0 * t * (1.0 - t) * (1.0 - 2.0 * t)
        speed = max(drivers.speed_mps[n], 0.5)
        tau = preview_m(speed, drivers.wheelbase_m[n]) / speed / duration
        drivers.left_m[n] = script.from_m[n] * (1.0 - share - tau * (rate + 0.5 * tau * bend))
        if t >= 1.0:
            script.phase[n] = _AFTER
    elif script.cued_mps[n] == 0.0:
        if drivers.speed_mps[n] < _STANDING_MPS:
            drivers.held[n] = True
            script.phase[n] = _AFTER
    else:
        script.phase[n] = _AFTER


@inline
def _stop(script: Script, drivers: Drivers, n: int, time_s: float) -> None:
    """Brake so that the bumper comes to rest at the stop, stand there, then take up the speed from before."""
    if script.stood_s[n] < math.inf:
        if time_s - script.stood_s[n] >= script.hold_s[n] - 1e-9:
            drivers.held[n] = False
            script.stop_phase[n] = _AFTER
        return
    speed = drivers.speed_mps[n]
    away = script.stop_m[n] - drivers.at_m[n] - drivers.ahead_m[n]
    if script.stop_phase[n] == _BEFORE:
        if away < -_CLOSE_M:  # it starts beyond the stop
            script.stop_phase[n] = _AFTER
            return
        if speed * speed < 2.0 * script.stop_mps2[n] * away:
            return
        script.stop_phase[n] = _DURING
        script.cruise_mps[n] = drivers.target_mps[n]
        drivers.target_mps[n] = 0.0
    if speed < _STANDING_MPS:
        drivers.held[n] = True
        drivers.brake_mps2[n] = 0.0
        drivers.target_mps[n] = script.cruise_mps[n]
        script.stood_s[n] = time_s
        return
    drivers.brake_mps2[n] = speed * speed / (2.0 * max(away, _CLOSE_M))
