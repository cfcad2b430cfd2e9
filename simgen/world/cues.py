"""Cues: what starts an act. All those of a world are looked at once a tick; each fires once."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.scenario.behaviours import CUE_FORMS
from simgen.world.bodies import Body
from simgen.world.driver import Drivers, path_of
from simgen.world.orders import CueOrder
from simgen.world.path import Array, locate
from simgen.world.state import Motion

_FORMS = tuple(CUE_FORMS)
_TIME, _DISTANCE, _TTC, _ARRIVAL, _MEET = (_FORMS.index(f) for f in ("time", "distance", "ttc", "arrival", "meet"))
_STILL_MPS = 0.05


class Cues(NamedTuple):
    """The C cues of a world.

    Attributes:
        form: (C,) int64 index into `simgen.scenario.behaviours.CUE_FORMS`; value: (C,) its number, SI.
        actor, other: (C,) int64 rows in the motion arrays of who acts and who is watched; -1: not in the scene.
        driver: (C,) int64 vehicle row of the watched one's driver, -1: none.
        point_m: (C, 2) where it arrives; hint: (C,) int64 segment of the driver's path there.
        lead_s: (C,) how long before that the acting one sets off.
        middle_m, half_m: (C, 2), (C, 2) of the acting one: x and y from its centre of mass to the middle of its box,
            half its length and width; front_m: (C,) how far ahead of the centre of mass the watched one reaches.
        fired_s: (C,) when it fired, inf: not yet.
    """

    form: NDArray[np.int64]
    value: Array
    actor: NDArray[np.int64]
    other: NDArray[np.int64]
    driver: NDArray[np.int64]
    point_m: Array
    hint: NDArray[np.int64]
    lead_s: Array
    middle_m: Array
    half_m: Array
    front_m: Array
    fired_s: Array


def new_cues(orders: list[tuple[int, CueOrder]], bodies: list[Body], vehicle_row: dict[int, int]) -> Cues:
    """The cues of acting bodies (index, order); `vehicle_row` has the row of each vehicle's body index."""
    index = {b.spec.name: b.index for b in bodies}
    others = [index.get(order.actor, -1) for _, order in orders]
    count = len(orders)
    cues = Cues(
        form=np.array([_FORMS.index(order.form) for _, order in orders], np.int64),
        value=np.array([order.value for _, order in orders], np.float64),
        actor=np.array([k for k, _ in orders], np.int64),
        other=np.array(others, np.int64),
        driver=np.array([vehicle_row.get(k, -1) for k in others], np.int64),
        point_m=np.array([order.point_m for _, order in orders], np.float64).reshape(count, 2),
        hint=np.zeros(count, np.int64),
        lead_s=np.array([order.lead_s for _, order in orders], np.float64),
        middle_m=np.zeros((count, 2)),
        half_m=np.zeros((count, 2)),
        front_m=np.zeros(count),
        fired_s=np.full(count, math.inf),
    )
    for c, (k, _) in enumerate(orders):
        cues.middle_m[c] = _middle(bodies[k])
        cues.half_m[c] = 0.5 * bodies[k].model.size_m[0], 0.5 * bodies[k].model.size_m[1]
        if others[c] >= 0:
            other = bodies[others[c]]
            cues.front_m[c] = _middle(other)[0] + 0.5 * other.model.size_m[0]
    return cues


def _middle(body: Body) -> tuple[float, float]:
    """Middle of a body's box from its centre of mass, forward and left."""
    box, mass = body.model.box_center_m, body.model.center_of_mass_m
    return box[0] - mass[0], box[1] - mass[1]


@kernel
def watch_cues(cues: Cues, drivers: Drivers, motion: Motion, time_s: float) -> int:
    """Note when cues fire; how many did so now."""
    fired = 0
    for c in range(cues.form.shape[0]):
        if cues.fired_s[c] < math.inf:
            continue
        if cues.form[c] == _TIME:
            now = time_s >= cues.value[c] - 1e-9
        else:
            now = cues.other[c] >= 0 and _reached(cues, c, drivers, motion)
        if now:
            cues.fired_s[c] = time_s
            fired += 1
    return fired


@inline
def _reached(cues: Cues, c: int, drivers: Drivers, motion: Motion) -> bool:
    """Whether the watched actor is near enough, in space or time."""
    a, b = cues.actor[c], cues.other[c]
    dx = motion.position_m[a, 0] - motion.position_m[b, 0]
    dy = motion.position_m[a, 1] - motion.position_m[b, 1]
    if cues.form[c] == _DISTANCE:
        return bool(math.sqrt(dx * dx + dy * dy) <= cues.value[c])
    if cues.form[c] == _TTC:
        return bool(_to_contact_s(cues, c, dx, dy, motion) <= cues.value[c])
    limit = cues.value[c] + (cues.lead_s[c] if cues.form[c] == _MEET else 0.0)
    return bool(_to_point_s(cues, c, drivers, motion) <= limit)


@inline
def _to_contact_s(cues: Cues, c: int, dx: float, dy: float, motion: Motion) -> float:
    """Time until the watched actor is bumper to bumper with the acting one, along the former's heading."""
    a, b = cues.actor[c], cues.other[c]
    ra, rb = motion.rotation[a], motion.rotation[b]
    size = max(math.sqrt(rb[0, 0] * rb[0, 0] + rb[1, 0] * rb[1, 0]), 1e-9)
    hx, hy = rb[0, 0] / size, rb[1, 0] / size
    along = hx * ra[0, 0] + hy * ra[1, 0]
    across = hx * ra[0, 1] + hy * ra[1, 1]
    middle = along * cues.middle_m[c, 0] + across * cues.middle_m[c, 1]
    reach = abs(along) * cues.half_m[c, 0] + abs(across) * cues.half_m[c, 1]
    ahead = hx * dx + hy * dy + middle
    gap = ahead - reach - cues.front_m[c]
    va, vb = motion.velocity_mps[a], motion.velocity_mps[b]
    closing = hx * (vb[0] - va[0]) + hy * (vb[1] - va[1])
    if ahead <= 0.0 or closing < _STILL_MPS:
        return math.inf
    return float(max(gap, 0.0) / closing)


@inline
def _to_point_s(cues: Cues, c: int, drivers: Drivers, motion: Motion) -> float:
    """Time until the front of the watched actor is at the cue's point: along its driver's path, or straight on."""
    b, n = cues.other[c], cues.driver[c]
    x, v = motion.position_m[b], motion.velocity_mps[b]
    px, py = cues.point_m[c, 0], cues.point_m[c, 1]
    speed = math.sqrt(v[0] * v[0] + v[1] * v[1])
    if speed < _STILL_MPS:
        return math.inf
    if n >= 0 and drivers.drives[n]:
        path = path_of(drivers, n)
        _, here, _, _ = locate(path, x[0], x[1], drivers.hint[n])
        cues.hint[c], there, _, _ = locate(path, px, py, cues.hint[c])
        away = there - here
    else:
        away = ((px - x[0]) * v[0] + (py - x[1]) * v[1]) / speed
    if away < 0.0:
        return math.inf
    return float(max(away - cues.front_m[c], 0.0) / speed)
