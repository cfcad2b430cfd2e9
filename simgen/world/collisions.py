"""Who touched whom, where, how hard and how fast: contacts of a step, merged into one event a collision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.held import Held, taken
from simgen.world.bodies import Body, Track
from simgen.world.bullet import Client
from simgen.world.events import Event
from simgen.world.frames import Array
from simgen.world.ground import Wall
from simgen.world.measures import Boxes, Prints, gap_m, new_prints, stamp
from simgen.world.state import Motion

IMPACT_S = 0.1
"""How long the impulse of a collision adds up."""
MERGE_S = 1.0
"""Contacts of the same two within this time of each other are one collision."""
_TOUCH_MPS = 0.1  # slower contacts of loose things and robots are handling, not collisions
_STILL_MPS = 0.05
_MARGIN_M = 0.1
_LIMBS_M = 1.2  # how far a robot's links may reach beyond the box of its model
_STALE_TICKS = 12  # motion of loose things may be this old
_MAX_PAIRS = 512


class Collisions:
    """Finds contacts cheaply: only pairs whose boxes all but touch, one of which moves, are asked of Bullet."""

    def __init__(self, client: Client, bodies: list[Body], boxes: Boxes, walls: dict[int, Wall], ego: Body) -> None:
        count = len(bodies)
        self._client = client
        self._bodies = bodies
        self._boxes = boxes
        self._ego = ego
        self._prints = new_prints(count)
        self._still = np.array([b.role == "fixed" for b in bodies], np.bool_)
        self._stale_ticks = np.ones(count)
        self._spare_m = np.array([_LIMBS_M if b.role == "robot" else 0.0 for b in bodies], np.float64)
        self._walls = list(walls.items())
        bounds = [wall.bounds_m for wall in walls.values()]
        self._wall_m = np.concatenate([np.zeros((0, 6)), *bounds])
        self._wall_of = np.repeat(np.arange(len(bounds), dtype=np.int64), [len(b) for b in bounds])
        self._row = {b.uid: b.index for b in bodies}
        self._uids = [[b.uid] for b in bodies]
        self._blows: dict[tuple[int, int], tuple[float, Array]] = {}
        self._pairs = np.zeros((_MAX_PAIRS, 2), np.int64)
        self._loose = np.zeros(count, np.bool_)
        self._before_mps, self._before_radps = np.zeros((count, 3)), np.zeros((count, 3))
        self._open: dict[tuple[int, int], _Open] = {}
        self._field: tuple[Motion, Held] | None = None

    def look(
        self, track: Track, events: list[Event], time_s: float, dt_s: float, given: Mapping[tuple[int, int], float]
    ) -> list[tuple[int, int]]:
        """Add the collisions that begin in this tick to `events`, and impulse to those that last.

        Args:
            track: motion after the step.
            events: to add to.
            time_s: simulated time.
            dt_s: of a step.
            given: (Bullet id, Bullet id) -> impulse in N s within the step of pairs that are not solved by Bullet.

        Returns:
            Pairs of actors that began to touch; walls are left out.
        """
        count = _candidates(self._on(track), dt_s)
        touched: list[tuple[int, int]] = []
        pairs = self._pairs[:count].tolist()
        for i, j in pairs:
            impulse, where = self._touch(i, j, dt_s)
            if impulse > 0.0 and self._book(i, j, impulse, where / impulse, events, time_s) and j >= 0:
                touched.append((i, j))
        for (i, j), (impulse, where) in self._blows.items():
            if self._book(i, j, impulse, where, events, time_s):
                touched.append((i, j))
        self._blows.clear()
        for (first, second), impulse in given.items():
            i, j = self._row.get(first, -1), self._row.get(second, -1)
            if impulse > 0.0 and i >= 0 and j >= 0:
                where = 0.5 * (track.latest.position_m[i] + track.latest.position_m[j])
                if self._book(i, j, impulse, where, events, time_s):
                    touched.append((i, j))
        # Speeds of loose things are read when someone asks: here, those of what is about to be hit.
        if pairs:
            track.renew(sorted({k for pair in pairs for k in pair if k >= 0 and self._loose[k]}))
        _note(self._on(track))
        return touched

    def start(self, track: Track) -> None:
        """Take the velocities at t = 0 for those before the first step."""
        self._loose[:] = True
        self._loose[track.pushed] = False
        self._loose &= ~self._still
        self._stale_ticks[self._loose] = _STALE_TICKS
        self._before_mps[:] = track.motion.velocity_mps
        self._before_radps[:] = track.motion.angular_radps

    def _on(self, track: Track) -> Held:
        """Everything that kernels look at in a world's motion."""
        if self._field is None or self._field[0] is not track.latest:
            held = _Field(
                self._boxes, track.latest, self._prints, self._still, self._spare_m, self._stale_ticks, self._wall_m,
                self._wall_of, self._pairs, self._before_mps, self._before_radps,
            )  # fmt: skip
            self._field = track.latest, Held(held)
        return self._field[1]

    def _touch(self, i: int, j: int, dt_s: float) -> tuple[float, Array]:
        """Normal impulse within the last step, and the points of contact weighted by it."""
        impulse, where = 0.0, np.zeros(3)
        ask, cid = self._client.api.getContactPoints, self._client.id
        for mine in self._uids[i]:
            for other in self._uids[j] if j >= 0 else (self._walls[-1 - j][0],):
                for c in ask(mine, other, physicsClientId=cid):
                    if c[9] > 0.0:
                        impulse += c[9] * dt_s
                        where += c[9] * dt_s * np.array(c[5])
        return impulse, where

    def blow(self, body: Body, dt_s: float) -> None:
        """Keep what a body, about to be taken out of Bullet within a step, was given in it."""
        for other in self._bodies:
            if other is not body:
                i, j = sorted((body.index, other.index))
                impulse, where = self._touch(i, j, dt_s)
                if impulse > 0.0:
                    self._blows[i, j] = impulse, where / impulse

    def rename(self, old: int, new: list[int], body: Body) -> None:
        """A body has become several in Bullet, by their ids."""
        self._row.pop(old, None)
        self._row |= dict.fromkeys(new, body.index)
        self._uids[body.index] = list(new)

    def _approach(self, i: int, j: int, where: Array) -> float:
        """Relative speed before the step, of the two bodies' material at a point."""
        v = self._at(i, where) - (self._at(j, where) if j >= 0 else np.zeros(3))
        return math.sqrt(float((v * v).sum()))

    def _at(self, k: int, where: Array) -> Array:
        w, arm = self._before_radps[k], where - self._prints_middle(k)
        turning = np.array(
            [w[1] * arm[2] - w[2] * arm[1], w[2] * arm[0] - w[0] * arm[2], w[0] * arm[1] - w[1] * arm[0]]
        )
        out: Array = self._before_mps[k] + turning
        return out

    def _prints_middle(self, k: int) -> Array:
        p = self._prints.place[k]
        return np.array([p[0], p[1], 0.5 * (p[6] + p[7])])

    def _book(self, i: int, j: int, impulse: float, where: Array, events: list[Event], time_s: float) -> bool:
        """Note a contact of body i and j (a body, or wall -1 - j) at a point; True when it begins a collision."""
        known = self._open.get((i, j))
        if known is not None and time_s - known.last_s < MERGE_S:
            known.last_s = time_s
            event = events[known.event]
            if time_s - event.time_s < IMPACT_S - 1e-9:
                events[known.event] = replace(event, value=event.value + impulse)
            return False
        approach = self._approach(i, j, where)
        driven = self._bodies[i].role == "vehicle" or (j >= 0 and self._bodies[j].role == "vehicle")
        counts = driven or self._ego.index in (i, j)
        if approach < _TOUCH_MPS and (known is not None or not counts):
            if known is not None:
                known.last_s = time_s
            return False
        first, second = i, j
        if j == self._ego.index or (j >= 0 and i != self._ego.index and self._speed(j) > self._speed(i)):
            first, second = j, i
        other = self._bodies[second].spec.name if second >= 0 else self._walls[-1 - second][1].name
        self._open[i, j] = _Open(len(events), time_s)
        at = float(where[0]), float(where[1]), float(where[2])
        events.append(Event(time_s, "collision", self._bodies[first].spec.name, other, impulse, at, approach))
        return True

    def _speed(self, k: int) -> float:
        v = self._before_mps[k]
        return float((v * v).sum())


class _Open:
    """A collision that may go on: which event it is, and when the two last touched."""

    def __init__(self, event: int, last_s: float) -> None:
        self.event = event
        self.last_s = last_s


class _Field(NamedTuple):
    """N bodies among walls.

    Attributes:
        boxes: of the bodies; motion: theirs; prints: their footprints.
        still: (N,) bool, what never moves.
        spare_m: (N,) how far limbs reach beyond boxes; stale_ticks: (N,) how old their motion may be.
        wall_m: (S, 6) bounds of the walls' shapes; wall_of: (S,) int64 whose they are, rising.
        pairs: (M, 2) int64 those that may touch.
        before_mps, before_radps: (N, 3) velocities before the step.
    """

    boxes: Boxes
    motion: Motion
    prints: Prints
    still: NDArray[np.bool_]
    spare_m: Array
    stale_ticks: Array
    wall_m: Array
    wall_of: NDArray[np.int64]
    pairs: NDArray[np.int64]
    before_mps: Array
    before_radps: Array


@kernel
def _note(field: Held) -> None:
    """Keep the velocities of a `_Field` for the next step."""
    f = taken(field)
    for n in range(f.before_mps.shape[0]):
        for k in range(3):
            f.before_mps[n, k] = f.motion.velocity_mps[n, k]
            f.before_radps[n, k] = f.motion.angular_radps[n, k]


@kernel
def _candidates(field: Held, dt_s: float) -> int:
    """Stamp the footprints of a `_Field`; number of pairs that may touch, listed in `pairs`, in order.

    They are (body, body) or (body, -1 - wall).
    """
    f = taken(field)
    prints, still, spare_m, stale_ticks, pairs = f.prints, f.still, f.spare_m, f.stale_ticks, f.pairs
    wall_m, wall_of, velocity_mps = f.wall_m, f.wall_of, f.motion.velocity_mps
    stamp(f.boxes, f.motion, prints)
    count = 0
    for i in range(still.shape[0]):
        vi = velocity_mps[i]
        speed_i = math.sqrt(vi[0] * vi[0] + vi[1] * vi[1] + vi[2] * vi[2])
        a = prints.place[i]
        for j in range(i + 1, still.shape[0]):
            if still[i] and still[j]:
                continue
            vj = velocity_mps[j]
            speed_j = math.sqrt(vj[0] * vj[0] + vj[1] * vj[1] + vj[2] * vj[2])
            if speed_i < _STILL_MPS and speed_j < _STILL_MPS:
                continue
            margin = _MARGIN_M + spare_m[i] + spare_m[j]
            margin += dt_s * (stale_ticks[i] * speed_i + stale_ticks[j] * speed_j)
            dx, dy = a[0] - prints.place[j, 0], a[1] - prints.place[j, 1]
            reach = prints.reach_m[i] + prints.reach_m[j] + margin
            if dx * dx + dy * dy > reach * reach or gap_m(a, prints.place[j]) > margin:
                continue
            if count < pairs.shape[0]:
                pairs[count, 0], pairs[count, 1] = i, j
                count += 1
        if still[i] or speed_i < _STILL_MPS:
            continue
        margin = _MARGIN_M + spare_m[i] + stale_ticks[i] * dt_s * speed_i
        reach = prints.reach_m[i] + margin
        for w in range(wall_m.shape[0]):
            b = wall_m[w]
            x, y = min(max(a[0], b[0]), b[3]) - a[0], min(max(a[1], b[1]), b[4]) - a[1]
            if x * x + y * y > reach * reach or a[6] - margin > b[5] or a[7] + margin < b[2]:
                continue
            wall = -1 - wall_of[w]
            listed = count > 0 and pairs[count - 1, 0] == i and pairs[count - 1, 1] == wall
            if not listed and count < pairs.shape[0]:
                pairs[count, 0], pairs[count, 1] = i, wall
                count += 1
    return count
