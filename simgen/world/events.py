"""What happened in a world, worth a row in the events table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.world.frames import Array

KINDS = (
    "collision",
    "loss_of_traction",
    "left_road",
    "floating",
    "aquaplaning",
    "near_miss",
    "encroachment",
    "tip_over",
    "fall",
    "stopped",
    "stop",
)
NOWHERE = (math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Event:
    """One occurrence.

    Attributes:
        time_s: simulated time of it; of an encounter, when it was at its most critical.
        kind: one of `KINDS`, or what a timeline calls it.
            "collision": two actors, or an actor and a wall, touched; contacts of the same two within a second of each
            other are one. A vehicle or the ego counts however slow, others from 0.1 m/s.
            "loss_of_traction": half a driven vehicle's wheels or more at their friction limit or unloaded for 0.1 s
            (hard braking into the anti-lock counts).
            "left_road": a driven vehicle's centre of mass crossed an edge of the region "road".
            "floating": water carries more than 95 % of a vehicle's weight.
            "aquaplaning": water deeper than the tread has carried half a vehicle's wheels or more for 0.1 s.
            "near_miss": time to collision (Hayward 1972) fell below 1.5 s and no collision followed; noted half a
            second after the danger is over, or at the end of the scene.
            "encroachment": paths crossed and the second arrived less than 2 s after the first had left, its
            post-encroachment time (Allen et al. 1978).
            "tip_over": the weight of something that stood points past the edge of its base, so that it cannot come
            back by itself.
            "fall": a person or animal lies, tilted by 45 degrees or more, or something fell freely by 0.2 m or more;
            whoever has fallen can fall again only after lying still for half a second.
            "stopped": something that drives or walks came to rest for half a second.
            "stop": the scenario's timeline ended the scene; its reason is in `object`. The events that a timeline emits
            have the names that it gives them, and happen to nobody.
        subject: name of the actor that it happened to; of two, the ego, else the faster; of an encroachment the second.
        object: the other party: an actor's name or "site:PART"; "" when there is none.
        value: collision: impulse in N s, summed over the first 0.1 s of contact and growing until then;
            loss_of_traction: share of wheels; left_road: lateral distance from the lane in m, left positive;
            floating: submerged fraction; aquaplaning: share of wheels; near_miss, encroachment: least TTC, PET in s;
            tip_over: tilt in rad; fall: height fallen in m; stopped: highest speed since it last stood, in m/s.
        position_m: where, world frame: the point of contact, midway between two, else the centre of mass.
        speed_mps: collision: approach speed at the point of contact; near_miss, encroachment: relative speed; else
            the subject's own speed.
    """

    time_s: float
    kind: str
    subject: str
    object: str
    value: float
    position_m: tuple[float, float, float] = NOWHERE
    speed_mps: float = math.nan


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
