"""What happened in a world, worth a row in the events table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.world.frames import Array

KINDS = ("collision", "loss_of_traction", "left_road", "floating", "aquaplaning")


@dataclass(frozen=True)
class Event:
    """One occurrence.

    Attributes:
        time_s: simulated time.
        kind: one of `KINDS`. "collision": first contact of the ego with an actor or a wall.
            "loss_of_traction": half a driven vehicle's wheels or more at their friction limit or unloaded for
            0.1 s (hard braking into the anti-lock counts). "left_road": a driven vehicle's centre of mass
            crossed an edge of the region "road". "floating": water carries more than 95 % of a vehicle's weight.
            "aquaplaning": water deeper than the tread has carried half a vehicle's wheels or more for 0.1 s.
        subject: name of the actor that it happened to.
        object: the other party: an actor's name or "site:PART"; "" when there is none.
        value: collision: impulse in N s, summed over the first 0.1 s of contact and growing until then;
            loss_of_traction: share of wheels; left_road: lateral distance from the lane in m, left positive;
            floating: submerged fraction; aquaplaning: share of wheels.
    """

    time_s: float
    kind: str
    subject: str
    object: str
    value: float


class Latches(NamedTuple):
    """Makes one event of each of N lasting conditions: fires after `hold_s` of it, re-arms after `rearm_s` without.

    Attributes:
        hold_s, rearm_s: see above.
        held_s, clear_s: (N,) how long each has lasted or been over.
        armed: (N,) bool.
    """

    hold_s: float
    rearm_s: float
    held_s: Array
    clear_s: Array
    armed: NDArray[np.bool_]


def new_latches(count: int, *, hold_s: float, rearm_s: float) -> Latches:
    """Latches for `count` conditions, armed."""
    return Latches(hold_s, rearm_s, np.zeros(count), np.zeros(count), np.ones(count, np.bool_))


@kernel
def fires(latches: Latches, n: int, active: bool, dt_s: float) -> bool:
    """Advance condition n by one tick; True on the tick at which its event fires."""
    if active:
        latches.held_s[n] += dt_s
        latches.clear_s[n] = 0.0
    else:
        latches.held_s[n] = 0.0
        latches.clear_s[n] += dt_s
        if latches.clear_s[n] >= latches.rearm_s:
            latches.armed[n] = True
    if latches.armed[n] and active and latches.held_s[n] >= latches.hold_s - 1e-9:
        latches.armed[n] = False
        return True
    return False
