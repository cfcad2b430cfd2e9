"""Encounters that end without a collision: how near in time did two road users come to one?"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.held import Held, taken
from simgen.world.bodies import Body, Track
from simgen.world.events import Event
from simgen.world.frames import Array
from simgen.world.measures import (
    Boxes,
    Prints,
    Trails,
    new_prints,
    new_trails,
    post_encroachment_s,
    remember,
    stamp,
    time_to_collision_s,
)
from simgen.world.state import Motion

CRITICAL_TTC_S = 1.5
"""Time to collision below which an encounter is a conflict, as in FHWA's SSAM (2008)."""
CRITICAL_PET_S = 2.0
"""Post-encroachment time below which a crossing is one."""
LOOK_TICKS = 4
"""Ticks between looks, from the first on; at 240 Hz the arrival of the second is known to 17 ms."""
_OVER_S = 0.5  # an encounter is over after this long without danger
_MOVING_MPS = 0.5
_CLOSING_MPS = 1.0
_MAX_NEWS = 64


class Conflicts(NamedTuple):
    """The worst of each open encounter; element [i, j] of two bodies, symmetric use for i < j unless said otherwise.

    Attributes:
        ttc_s, ttc_at_s, ttc_closing_mps: least time to collision, when, at what relative speed.
        ttc_where_m: (A, A, 2) midway between the two then.
        ttc_seen_s: when it was last critical.
        pet_s, pet_at_s, pet_closing_mps, pet_where_m, pet_seen_s: the same of i first, j second.
    """

    ttc_s: Array
    ttc_at_s: Array
    ttc_closing_mps: Array
    ttc_where_m: Array
    ttc_seen_s: Array
    pet_s: Array
    pet_at_s: Array
    pet_closing_mps: Array
    pet_where_m: Array
    pet_seen_s: Array


class Encounters:
    """Follows every pair of which at least one is a road user on the move."""

    def __init__(self, bodies: list[Body], boxes: Boxes, ego_index: int, physics_hz: int) -> None:
        count = len(bodies)
        self._names = [b.spec.name for b in bodies]
        self._ego = ego_index
        self._boxes = boxes
        self._prints = new_prints(count)
        self._users = np.array([b.role in ("vehicle", "robot", "walker") for b in bodies], np.bool_)
        self._samples = math.ceil((CRITICAL_PET_S + 0.25) * physics_hz / LOOK_TICKS)
        self._trails = new_trails(count, self._samples)
        self._slot = -1
        self._met = np.zeros((count, count), np.bool_)
        rows = {name: k for k, name in enumerate(self._names)}
        for k, body in enumerate(bodies):
            if body.spec.towed_by:  # a trailer does not meet its tractor
                self.collided(k, rows[body.spec.towed_by])
        self._conflicts = _no_conflicts(count)
        self._news = np.zeros((_MAX_NEWS, 3), np.int64)
        self._meeting: tuple[Motion, Held] | None = None

    def collided(self, first: int, second: int) -> None:
        """Two actors touched: what led there is not a miss."""
        self._met[first, second] = self._met[second, first] = True

    def look(self, track: Track, tick: int, time_s: float) -> list[Event]:
        """Take in the present motion, every `LOOK_TICKS` ticks; the encounters that are over by now, as events."""
        if tick % LOOK_TICKS != 1 or not self._users.any():
            return []
        self._slot = (self._slot + 1) % self._samples
        count = _follow(self._on(track.motion), self._slot, time_s)
        return _in_order([self._event(*self._news[n].tolist()) for n in range(count)])

    def _on(self, motion: Motion) -> Held:
        """The `_Meeting` in a world's motion."""
        if self._meeting is None or self._meeting[0] is not motion:
            held = _Meeting(
                self._boxes, motion, self._prints, self._trails, self._users, self._met, self._conflicts, self._news
            )
            self._meeting = motion, Held(held)
        return self._meeting[1]

    def conclude(self) -> list[Event]:
        """The encounters that are still open, as events; a second call has none."""
        c = self._conflicts
        open_ttc, open_pet = np.isfinite(c.ttc_s) & ~self._met, np.isfinite(c.pet_s) & ~self._met
        out = [self._event(0, i, j) for i, j in np.argwhere(open_ttc).tolist()]
        out += [self._event(1, i, j) for i, j in np.argwhere(open_pet).tolist()]
        return _in_order(out)

    def _event(self, what: int, i: int, j: int) -> Event:
        c = self._conflicts
        if what == 0:
            if j == self._ego:  # the ego tells its own story
                i, j = j, i
            a, b = min(i, j), max(i, j)
            event = Event(
                float(c.ttc_at_s[a, b]), "near_miss", self._names[i], self._names[j], float(c.ttc_s[a, b]),
                (float(c.ttc_where_m[a, b, 0]), float(c.ttc_where_m[a, b, 1]), self._height(a, b)),
                float(c.ttc_closing_mps[a, b]),
            )  # fmt: skip
            c.ttc_s[a, b] = np.inf
            return event
        event = Event(
            float(c.pet_at_s[i, j]), "encroachment", self._names[j], self._names[i], float(c.pet_s[i, j]),
            (float(c.pet_where_m[i, j, 0]), float(c.pet_where_m[i, j, 1]), self._height(i, j)),
            float(c.pet_closing_mps[i, j]),
        )  # fmt: skip
        c.pet_s[i, j] = np.inf
        return event

    def _height(self, i: int, j: int) -> float:
        """Half way up the lower of two bodies."""
        low = self._prints.place[[i, j], 6:8].mean(axis=1)
        return float(low.min())


def _in_order(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda e: (e.time_s, e.kind, e.subject, e.object))


def _no_conflicts(count: int) -> Conflicts:
    def pairs(value: float) -> Array:
        return np.full((count, count), value)

    never = -np.inf
    return Conflicts(
        ttc_s=pairs(np.inf), ttc_at_s=pairs(0.0), ttc_closing_mps=pairs(0.0),
        ttc_where_m=np.zeros((count, count, 2)), ttc_seen_s=pairs(never),
        pet_s=pairs(np.inf), pet_at_s=pairs(0.0), pet_closing_mps=pairs(0.0),
        pet_where_m=np.zeros((count, count, 2)), pet_seen_s=pairs(never),
    )  # fmt: skip


class _Meeting(NamedTuple):
    """N bodies that may meet.

    Attributes:
        boxes: theirs; motion: theirs; prints: their footprints; trails: where those were.
        users: (N,) bool, the road users; met: (N, N) bool, who touched whom.
        worst: of each open encounter; news: (M, 3) int64 those that are over.
    """

    boxes: Boxes
    motion: Motion
    prints: Prints
    trails: Trails
    users: NDArray[np.bool_]
    met: NDArray[np.bool_]
    worst: Conflicts
    news: NDArray[np.int64]


@kernel
def _follow(meeting: Held, slot: int, time_s: float) -> int:
    """Renew the footprints, trails (at a slot) and the worst of every encounter of a `_Meeting`.

    Gives the number of those over, listed in `news` as (0 TTC or 1 PET, i, j).
    """
    m = taken(meeting)
    prints, trails, users, met, worst, news = m.prints, m.trails, m.users, m.met, m.worst, m.news
    stamp(m.boxes, m.motion, prints)
    remember(trails, prints, slot, time_s)
    count = 0
    for i in range(users.shape[0]):
        vi = prints.velocity_mps[i]
        moves = users[i] and vi[0] * vi[0] + vi[1] * vi[1] > _MOVING_MPS * _MOVING_MPS
        for j in range(i + 1, users.shape[0]):
            vj = prints.velocity_mps[j]
            both = users[i] and users[j]
            if moves or (users[j] and vj[0] * vj[0] + vj[1] * vj[1] > _MOVING_MPS * _MOVING_MPS):
                dx, dy = prints.place[j, 0] - prints.place[i, 0], prints.place[j, 1] - prints.place[i, 1]
                ux, uy = vi[0] - vj[0], vi[1] - vj[1]
                closing = math.sqrt(ux * ux + uy * uy)
                # Arcs of two bodies keep within the sum of their speeds, whichever way they turn.
                fastest = math.sqrt(vi[0] * vi[0] + vi[1] * vi[1]) + math.sqrt(vj[0] * vj[0] + vj[1] * vj[1])
                near = prints.reach_m[i] + prints.reach_m[j] + fastest * CRITICAL_TTC_S
                if closing > _CLOSING_MPS and dx * dx + dy * dy < near * near and not met[i, j]:
                    ttc = time_to_collision_s(prints, i, j, CRITICAL_TTC_S)
                    if ttc < CRITICAL_TTC_S:
                        worst.ttc_seen_s[i, j] = time_s
                        if ttc < worst.ttc_s[i, j]:
                            worst.ttc_s[i, j], worst.ttc_at_s[i, j] = ttc, time_s
                            worst.ttc_closing_mps[i, j] = closing
                            worst.ttc_where_m[i, j, 0] = prints.place[i, 0] + 0.5 * dx
                            worst.ttc_where_m[i, j, 1] = prints.place[i, 1] + 0.5 * dy
                if both and not met[i, j]:
                    for turn_about in range(2):
                        a, b = (i, j) if turn_about == 0 else (j, i)
                        pet = post_encroachment_s(trails, slot, prints, a, b)
                        if pet < CRITICAL_PET_S:
                            worst.pet_seen_s[a, b] = time_s
                            if pet < worst.pet_s[a, b]:
                                worst.pet_s[a, b], worst.pet_at_s[a, b] = pet, time_s
                                worst.pet_closing_mps[a, b] = closing
                                worst.pet_where_m[a, b, 0] = prints.place[b, 0]
                                worst.pet_where_m[a, b, 1] = prints.place[b, 1]
            for what in range(3):
                a, b = (j, i) if what == 2 else (i, j)
                value = worst.ttc_s[a, b] if what == 0 else worst.pet_s[a, b]
                seen = worst.ttc_seen_s[a, b] if what == 0 else worst.pet_seen_s[a, b]
                if value == math.inf:
                    continue
                if met[a, b]:
                    if what == 0:
                        worst.ttc_s[a, b] = math.inf
                    else:
                        worst.pet_s[a, b] = math.inf
                elif time_s - seen >= _OVER_S and count < news.shape[0]:
                    news[count, 0], news[count, 1], news[count, 2] = min(what, 1), a, b
                    count += 1
    return count
