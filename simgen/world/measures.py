"""How near, how soon, how fast: measures between moving bodies, from their motion arrays alone.

Bodies are judged by their footprints: the rectangle that a body's box casts on the ground, along its heading, with
the heights between which it stands. All lengths in metres, times in seconds, world frame.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen import rectangles
from simgen.compiled import inline, kernel
from simgen.errors import UserError
from simgen.world.bodies import Body, Track
from simgen.world.flood import Flood
from simgen.world.frames import Array, inverse, turn
from simgen.world.solids import support_points
from simgen.world.state import Motion

TTC_HORIZON_S = 5.0
"""Times to collision beyond this are reported as inf: nobody keeps speed and course for longer."""
_STEP_S = 0.1  # arcs are followed in straight steps of this length
_STRAIGHT_RADPS = 1e-3
_CROSSING_COS = math.cos(math.radians(30.0))  # paths that meet at less than this follow each other


class Boxes(NamedTuple):
    """What does not change about N bodies: the box along the body axes that holds each one's collision shapes.

    Attributes:
        middle_m, half_m: (N, 3) of the box, body frame.
        reach_m: (N,) radius about the body's origin that holds it.
        steers: (N,) bool: whether its velocity turns with it, as that of a vehicle does and of a thrown box does not.
    """

    middle_m: Array
    half_m: Array
    reach_m: Array
    steers: NDArray[np.bool_]


class Prints(NamedTuple):
    """Footprints of N bodies.

    Attributes:
        place: (N, 8) rows as `simgen.rectangles` has them.
        velocity_mps: (N, 2) horizontal.
        yaw_rate_radps: (N,) at which the velocity turns; 0 for what does not steer.
        reach_m: (N,) half diagonal.
    """

    place: Array
    velocity_mps: Array
    yaw_rate_radps: Array
    reach_m: Array


class Trails(NamedTuple):
    """Where N bodies were: a ring of footprints.

    Attributes:
        place: (N, S, 4) middle x, y, cosine and sine of the heading.
        time_s: (S,) of the samples, -inf where none is yet.
        bounds_m: (N, 4) lowest and highest x, then y, of all footprints in the ring.
    """

    place: Array
    time_s: Array
    bounds_m: Array


def boxes_of(bodies: list[Body]) -> Boxes:
    """The boxes of bodies; a robot's is that of its model."""
    count = len(bodies)
    out = Boxes(np.zeros((count, 3)), np.zeros((count, 3)), np.zeros(count), np.zeros(count, np.bool_))
    for n, body in enumerate(bodies):
        points, radii = support_points(body.solids)
        T = inverse(body.T_model_body)
        at = turn(T[:3, :3], points) + T[:3, 3]
        low, high = (at - radii[:, None]).min(axis=0), (at + radii[:, None]).max(axis=0)
        out.middle_m[n], out.half_m[n] = 0.5 * (low + high), 0.5 * (high - low)
        farthest = np.maximum(np.abs(low), np.abs(high))
        out.reach_m[n] = math.sqrt(float((farthest * farthest).sum()))
        out.steers[n] = body.role in ("vehicle", "robot")
    return out


def new_prints(count: int) -> Prints:
    """Footprints to be filled by `stamp`."""
    return Prints(np.zeros((count, 8)), np.zeros((count, 2)), np.zeros(count), np.zeros(count))


def new_trails(count: int, samples: int) -> Trails:
    """Empty trails."""
    return Trails(np.zeros((count, samples, 4)), np.full(samples, -np.inf), np.zeros((count, 4)))


@kernel
def stamp(boxes: Boxes, motion: Motion, out: Prints) -> None:
    """Fill the footprints of N bodies from their motion."""
    for n in range(out.place.shape[0]):
        r, x, m, h = motion.rotation[n], motion.position_m[n], boxes.middle_m[n], boxes.half_m[n]
        c, s = r[0, 0], r[1, 0]
        size = math.sqrt(c * c + s * s)
        if size < 0.2:  # it stands on its nose: any heading will do, that of its left side is one
            c, s = r[1, 1], -r[0, 1]
            size = math.sqrt(c * c + s * s)
        c, s = (c / size, s / size) if size > 1e-9 else (1.0, 0.0)
        p = out.place[n]
        along = across = up = 0.0
        for k in range(3):
            along += abs(c * r[0, k] + s * r[1, k]) * h[k]
            across += abs(c * r[1, k] - s * r[0, k]) * h[k]
            up += abs(r[2, k]) * h[k]
        z = x[2] + r[2, 0] * m[0] + r[2, 1] * m[1] + r[2, 2] * m[2]
        p[0] = x[0] + r[0, 0] * m[0] + r[0, 1] * m[1] + r[0, 2] * m[2]
        p[1] = x[1] + r[1, 0] * m[0] + r[1, 1] * m[1] + r[1, 2] * m[2]
        p[2], p[3], p[4], p[5], p[6], p[7] = c, s, along, across, z - up, z + up
        out.reach_m[n] = math.sqrt(along * along + across * across)
        w = motion.angular_radps[n, 2]
        dx, dy = p[0] - x[0], p[1] - x[1]
        out.velocity_mps[n, 0] = motion.velocity_mps[n, 0] - w * dy
        out.velocity_mps[n, 1] = motion.velocity_mps[n, 1] + w * dx
        out.yaw_rate_radps[n] = w if boxes.steers[n] else 0.0


meet_s = kernel(rectangles.meet_s)
"""`simgen.rectangles.meet_s`, compiled."""
_corner_gap_m2 = inline(rectangles.corner_gap_m2)


@inline
def _travel(vx: float, vy: float, w: float, t: float) -> tuple[float, float, float, float]:
    """Displacement after a time at constant speed and turn rate, and cosine and sine of the turn."""
    if abs(w) < _STRAIGHT_RADPS:
        return vx * t, vy * t, 1.0, 0.0
    c, s = math.cos(w * t), math.sin(w * t)
    return (s * vx - (1.0 - c) * vy) / w, ((1.0 - c) * vx + s * vy) / w, c, s


@kernel
def time_to_collision_s(prints: Prints, i: int, j: int, horizon_s: float) -> float:
    """Time until the footprints of bodies i and j touch if both hold speed and turn rate; inf: not within the horizon.

    Hayward (1972): the time required for two vehicles to collide if they continue at their present speeds and on the
    same path. A path is the arc of the present turn rate. Bodies whose heights do not overlap pass each other.
    """
    a, b = prints.place[i], prints.place[j]
    if a[6] > b[7] or b[6] > a[7]:
        return math.inf
    va, vb = prints.velocity_mps[i], prints.velocity_mps[j]
    wa, wb = prints.yaw_rate_radps[i], prints.yaw_rate_radps[j]
    if abs(wa) < _STRAIGHT_RADPS and abs(wb) < _STRAIGHT_RADPS:
        return float(
            meet_s(a[0], a[1], a[2], a[3], a, b[0], b[1], b[2], b[3], b, va[0] - vb[0], va[1] - vb[1], horizon_s)
        )
    steps = int(horizon_s / _STEP_S + 0.999)
    for k in range(steps):
        t0 = k * _STEP_S
        ax0, ay0, _, _ = _travel(va[0], va[1], wa, t0)
        ax1, ay1, _, _ = _travel(va[0], va[1], wa, t0 + _STEP_S)
        bx0, by0, _, _ = _travel(vb[0], vb[1], wb, t0)
        bx1, by1, _, _ = _travel(vb[0], vb[1], wb, t0 + _STEP_S)
        _, _, ca, sa = _travel(va[0], va[1], wa, t0 + 0.5 * _STEP_S)
        _, _, cb, sb = _travel(vb[0], vb[1], wb, t0 + 0.5 * _STEP_S)
        vx, vy = (ax1 - ax0 - bx1 + bx0) / _STEP_S, (ay1 - ay0 - by1 + by0) / _STEP_S
        met = meet_s(
            a[0] + ax0, a[1] + ay0, a[2] * ca - a[3] * sa, a[3] * ca + a[2] * sa, a,
            b[0] + bx0, b[1] + by0, b[2] * cb - b[3] * sb, b[3] * cb + b[2] * sb, b, vx, vy, _STEP_S,
        )  # fmt: skip
        if met <= _STEP_S:
            return float(min(t0 + met, horizon_s))
    return math.inf


@kernel
def gap_m(a: Array, b: Array) -> float:
    """Free distance between two upright boxes given as rows (8,) of `Prints.place`; 0 where they overlap. Exact."""
    up = max(a[6] - b[7], b[6] - a[7], 0.0)
    flat2 = 0.0
    if meet_s(a[0], a[1], a[2], a[3], a, b[0], b[1], b[2], b[3], b, 0.0, 0.0, 0.0) > 0.0:
        flat2 = min(_corner_gap_m2(a, b), _corner_gap_m2(b, a))
    return math.sqrt(flat2 + up * up)


@kernel
def remember(trails: Trails, prints: Prints, slot: int, time_s: float) -> None:
    """Put the present footprints into a slot of the ring and renew the bounds."""
    trails.time_s[slot] = time_s
    for n in range(trails.place.shape[0]):
        for k in range(4):
            trails.place[n, slot, k] = prints.place[n, k]
        bounds = trails.bounds_m[n]
        bounds[0] = bounds[2] = math.inf
        bounds[1] = bounds[3] = -math.inf
        reach = math.sqrt(prints.place[n, 4] ** 2 + prints.place[n, 5] ** 2)
        for k in range(trails.time_s.shape[0]):
            if trails.time_s[k] >= 0.0:
                x, y = trails.place[n, k, 0], trails.place[n, k, 1]
                bounds[0], bounds[1] = min(bounds[0], x - reach), max(bounds[1], x + reach)
                bounds[2], bounds[3] = min(bounds[2], y - reach), max(bounds[3], y + reach)


@kernel
def post_encroachment_s(trails: Trails, slot: int, prints: Prints, i: int, j: int) -> float:
    """Time since body i left the place on which body j stands now; inf if it never was there or still is.

    Allen et al. (1978): the time from the end of one road user's encroachment on the area of conflict to the arrival
    of the other. Its least value over an encounter is that of the encounter. Only where the paths cross at 30 degrees
    or more: less is following, which has a headway. The moment of leaving is found to a millisecond by bisection.

    Args:
        trails: their past; `slot` is where the present stands.
        slot: see above.
        prints: the present.
        i, j: who was there first, who came second.
    """
    a, b = prints.place[i], prints.place[j]
    bounds, reach = trails.bounds_m[i], prints.reach_m[j]
    if b[0] + reach < bounds[0] or b[0] - reach > bounds[1] or b[1] + reach < bounds[2] or b[1] - reach > bounds[3]:
        return math.inf
    if a[6] > b[7] or b[6] > a[7]:
        return math.inf
    count, far2 = trails.time_s.shape[0], (prints.reach_m[i] + reach) ** 2
    for back in range(count):
        k = (slot - back + count) % count
        p = trails.place[i, k]
        if trails.time_s[k] < 0.0:
            return math.inf
        if (p[0] - b[0]) ** 2 + (p[1] - b[1]) ** 2 > far2:
            continue
        if meet_s(p[0], p[1], p[2], p[3], a, b[0], b[1], b[2], b[3], b, 0.0, 0.0, 0.0) > 0.0:
            continue
        if back == 0 or abs(p[2] * b[2] + p[3] * b[3]) > _CROSSING_COS:
            return math.inf
        later = trails.place[i, (k + 1) % count]
        inside, outside = 0.0, 1.0
        for _ in range(5):
            m = 0.5 * (inside + outside)
            x, y = p[0] + m * (later[0] - p[0]), p[1] + m * (later[1] - p[1])
            if meet_s(x, y, p[2], p[3], a, b[0], b[1], b[2], b[3], b, 0.0, 0.0, 0.0) > 0.0:
                outside = m
            else:
                inside = m
        left = trails.time_s[k] + inside * (trails.time_s[(k + 1) % count] - trails.time_s[k])
        return float(trails.time_s[slot] - left)
    return math.inf


class Measures:
    """Measures of a running world by the names of its actors.

    Attributes:
        boxes: of all bodies, in the actors' order.
    """

    def __init__(self, bodies: list[Body], track: Track, flood: Flood) -> None:
        self.boxes = boxes_of(bodies)
        self._rows = {b.spec.name: b.index for b in bodies}
        self._track = track
        self._flood = flood
        self._prints = new_prints(len(bodies))

    def ttc_s(self, first: str, second: str, horizon_s: float = TTC_HORIZON_S) -> float:
        """See `time_to_collision_s`."""
        return float(time_to_collision_s(self._stamped(), self._row(first), self._row(second), horizon_s))

    def clearance_m(self, first: str, second: str) -> float:
        """Free distance between two actors' boxes; 0 where they overlap."""
        place = self._stamped().place
        return float(gap_m(place[self._row(first)], place[self._row(second)]))

    def distance_m(self, first: str, second: str) -> float:
        """Distance between two actors' centres of mass."""
        x = self._track.motion.position_m
        d = x[self._row(first)] - x[self._row(second)]
        return math.sqrt(float((d * d).sum()))

    def speed_mps(self, name: str) -> float:
        """Speed of an actor's centre of mass."""
        v = self._track.motion.velocity_mps[self._row(name)]
        return math.sqrt(float((v * v).sum()))

    def tilt_rad(self, name: str) -> float:
        """Angle between an actor's up axis (that of its model) and the vertical, 0 to pi."""
        k = self._row(name)
        return math.acos(min(max(float(self._track.model_poses()[k, 2, 2]), -1.0), 1.0))

    def submerged(self, name: str) -> float:
        """Share of an actor's volume under water, 0 to 1."""
        return float(self._flood.submerged[self._row(name)])

    def _row(self, name: str) -> int:
        if name not in self._rows:
            raise UserError(f"no actor {name!r} to measure; the actors: {', '.join(self._rows)}")
        return self._rows[name]

    def _stamped(self) -> Prints:
        stamp(self.boxes, self._track.motion, self._prints)
        return self._prints
