"""The books of energy: whether any body has more than it can have come by."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.world.bullet import GRAVITY_MPS2
from simgen.world.frames import Array
from simgen.world.state import Motion

_SLACK_JPKG = 8.0  # energy that may come from nowhere: 4 m/s from rest, what untangling a shallow overlap gives
_TOUCH_M = 0.3  # closer than this, a faster body may be what pushes


class Ledger(NamedTuple):
    """Energy of N bodies, kinetic (of the centre of mass) and potential, each over its mass.

    Attributes:
        has_jpkg: (N,) at the last audit.
        may_jpkg: (N,) what it may have at most: it never rises but by what was put in.
        speed_mps: (N,) at the last audit.
        group: (N,) int64, way_m, near_mps: (N,), work space of an audit, by the order of its rows.
    """

    has_jpkg: Array
    may_jpkg: Array
    speed_mps: Array
    group: NDArray[np.int64]
    way_m: Array
    near_mps: Array


def new_ledger(count: int) -> Ledger:
    """The ledger of `count` bodies, open to whatever they have."""
    zeros = [np.zeros(count) for _ in range(4)]
    return Ledger(zeros[0], np.full(count, np.inf), zeros[1], np.zeros(count, np.int64), zeros[2], zeros[3])


@kernel
def open_books(motion: Motion, mass_kg: Array, free: NDArray[np.bool_], ledger: Ledger, pile: Array) -> None:
    """Start the ledger with what the bodies have."""
    total = mass = 0.0
    for k in range(mass_kg.shape[0]):
        v = motion.velocity_mps[k]
        v2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2]
        ledger.speed_mps[k] = math.sqrt(v2)
        ledger.has_jpkg[k] = 0.5 * v2 + GRAVITY_MPS2 * motion.position_m[k, 2]
        ledger.may_jpkg[k] = ledger.has_jpkg[k] + _SLACK_JPKG
        if free[k]:
            total += mass_kg[k] * ledger.has_jpkg[k]
            mass += mass_kg[k]
    pile[0], pile[1] = total, total + mass * _SLACK_JPKG


@kernel
def audit(
    motion: Motion,
    limbs: Array,
    rows: NDArray[np.int64],
    mass_kg: Array,
    drive_mps2: Array,
    free: NDArray[np.bool_],
    given_n: Array,
    dt_s: float,
    ledger: Ledger,
    pile: Array,
) -> int:
    """The first body that has more energy than it can have come by since the last audit; -1: none.

    What a body may have is what it had, or less after losses, and a slack that is not renewed, and what was put in:
    by its drive, by water and wind, and by a faster body near it or near to what is near it (a queue of cars is hit
    from behind: the last has its speed from the first, within one audit, by way of others that were at rest), which
    gives it at most twice its own speed (an elastic blow of a heavy one). Loose things that push only each other
    cannot gain together, so their sum is kept too: that catches piles that explode from within. `limbs` (A, 2) has
    the speed of a body's limbs and its reach.
    """
    total = mass = put_in = 0.0
    worst, worst_gain = -1, 0.0
    _fastest_near(motion, limbs, rows, dt_s, ledger)
    for m in range(rows.shape[0]):
        k = rows[m]
        v, x = motion.velocity_mps[k], motion.position_m[k]
        v2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2]
        speed = max(math.sqrt(v2), ledger.speed_mps[k])
        push = given_n[k] / mass_kg[k] + drive_mps2[k]
        work = 1.5 * push * dt_s * (speed + push * dt_s)
        blow = 2.0 * ledger.near_mps[m] * ledger.near_mps[m]
        pushed = 0.0
        for n in range(rows.shape[0]):
            j = rows[n]
            if j == k or free[j]:
                continue
            y = motion.position_m[j]
            fast = max(ledger.speed_mps[j], limbs[j, 0])
            near = limbs[k, 1] + limbs[j, 1] + _TOUCH_M + (speed + fast) * dt_s
            if (x[0] - y[0]) ** 2 + (x[1] - y[1]) ** 2 + (x[2] - y[2]) ** 2 < near * near:
                pushed = max(pushed, 2.0 * fast * fast + _SLACK_JPKG)
        has = 0.5 * v2 + GRAVITY_MPS2 * x[2]
        may = min(ledger.may_jpkg[k], ledger.has_jpkg[k] + _SLACK_JPKG) + work + blow
        if has > may and has - may > worst_gain:
            worst, worst_gain = int(k), has - may
        ledger.may_jpkg[k] = may
        ledger.has_jpkg[k] = has
        if free[k]:
            total += mass_kg[k] * has
            mass += mass_kg[k]
            put_in += mass_kg[k] * (work + pushed)
    for m in range(rows.shape[0]):
        v = motion.velocity_mps[rows[m]]
        ledger.speed_mps[rows[m]] = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    may = min(pile[1], pile[0] + mass * _SLACK_JPKG) + put_in
    if worst < 0 and total > may:
        fastest = -1.0
        for m in range(rows.shape[0]):
            if free[rows[m]] and ledger.speed_mps[rows[m]] > fastest:
                worst, fastest = int(rows[m]), ledger.speed_mps[rows[m]]
    pile[0], pile[1] = total, may
    return worst


@kernel
def _fastest_near(motion: Motion, limbs: Array, rows: NDArray[np.int64], dt_s: float, ledger: Ledger) -> None:
    """Set `near_mps` of each row: the speed, at the last audit, of the fastest that may have struck it since.

    Bodies that came within each other's reach since then form groups; alone, a body is struck by nothing.
    """
    group, way_m, near_mps = ledger.group, ledger.way_m, ledger.near_mps
    for m in range(rows.shape[0]):
        v = motion.velocity_mps[rows[m]]
        now = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
        way_m[m] = limbs[rows[m], 1] + dt_s * max(now, ledger.speed_mps[rows[m]], limbs[rows[m], 0])
        group[m] = m
        near_mps[m] = -1.0
        x = motion.position_m[rows[m]]
        for n in range(m):
            y = motion.position_m[rows[n]]
            near = way_m[m] + way_m[n] + _TOUCH_M
            if (x[0] - y[0]) ** 2 + (x[1] - y[1]) ** 2 + (x[2] - y[2]) ** 2 < near * near:
                a, b = _root(group, m), _root(group, n)
                group[max(a, b)] = min(a, b)
    for m in range(rows.shape[0]):
        first = _root(group, m)
        if first != m:
            fast = max(ledger.speed_mps[rows[m]], limbs[rows[m], 0])
            own = max(ledger.speed_mps[rows[first]], limbs[rows[first], 0])
            near_mps[first] = max(float(near_mps[first]), fast, own)
    for m in range(rows.shape[0]):
        near_mps[m] = max(float(near_mps[_root(group, m)]), 0.0)


@inline
def _root(group: NDArray[np.int64], m: int) -> int:
    """The first body of the group that body m belongs to."""
    while group[m] != m:
        group[m] = group[group[m]]
        m = group[m]
    return m
