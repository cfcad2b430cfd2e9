"""What befalls single bodies: they tip over, fall, or come to a stop."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.world.bodies import Body, Track
from simgen.world.bullet import GRAVITY_MPS2
from simgen.world.events import Event, Latches, fires, new_latches
from simgen.world.frames import Array
from simgen.world.measures import Boxes
from simgen.world.state import Motion

LOOK_TICKS = 12
"""Ticks between looks: as often as the motion of loose things is read anyway."""
MIN_FALL_M = 0.2
"""Heights below this are a step, not a fall."""
_LYING_COS = math.cos(math.radians(45.0))
_FREE_FALL = 0.5  # of gravity; water and air may take the rest
_MOVING_MPS = 0.5
_REST_MPS = 0.05
_REST_S = 0.5
_TIP, _FALL, _STOP = 0, 1, 2


class Bases(NamedTuple):
    """What N bodies stand on, and what may befall them.

    Attributes:
        base_m: (N, 4) from the centre of mass to the edges of the base: ahead, behind, left, right, all positive.
        height_m: (N,) of the centre of mass above the base.
        axes: (N, 3, 3) forward, left, up of the model in the body frame, as columns.
        tips, lies, falls, stops: (N,) bool: which may happen to it.
    """

    base_m: Array
    height_m: Array
    axes: Array
    tips: NDArray[np.bool_]
    lies: NDArray[np.bool_]
    falls: NDArray[np.bool_]
    stops: NDArray[np.bool_]


class Course(NamedTuple):
    """How N bodies fare: what they did at the last look.

    Attributes:
        sink_mps: (N,) vertical velocity then, up positive.
        dropped_from_m: (N,) height at which a free fall began; NaN when it does not fall.
        top_mps: (N,) highest speed since it last stood.
        down_s: (N,) how long a person or animal has lain still since it fell; NaN when it has not fallen.
    """

    sink_mps: Array
    dropped_from_m: Array
    top_mps: Array
    down_s: Array


class Mishaps:
    """Looks at every body that can move."""

    def __init__(self, bodies: list[Body], boxes: Boxes) -> None:
        count = len(bodies)
        self._bodies = bodies
        self._bases = _bases(bodies, boxes)
        self._course = Course(np.zeros(count), np.full(count, np.nan), np.zeros(count), np.full(count, np.nan))
        self._latches = tuple(
            new_latches(count, hold_s=hold, rearm_s=rearm) for hold, rearm in ((0.0, 1.0), (0.0, 1.0), (_REST_S, 0.0))
        )
        self._value = np.full((count, 3), np.nan)

    def start(self, track: Track) -> None:
        """Take in how everything stands at t = 0: what lies already has not tipped over."""
        tip, fall, stop = self._latches
        _fare(track.motion, self._bases, self._course, tip, fall, stop, 0.0, self._value)

    def look(self, track: Track, tick: int, time_s: float, dt_s: float) -> list[Event]:
        """What happened since the last look, every `LOOK_TICKS` ticks."""
        if tick % LOOK_TICKS != 1:
            return []
        motion = track.motion
        tip, fall, stop = self._latches
        if not _fare(motion, self._bases, self._course, tip, fall, stop, dt_s * LOOK_TICKS, self._value):
            return []
        out = []
        for k in np.flatnonzero(np.isfinite(self._value).any(axis=1)).tolist():
            for what, kind in ((_TIP, "tip_over"), (_FALL, "fall"), (_STOP, "stopped")):
                value = float(self._value[k, what])
                if math.isfinite(value):
                    x, y, z = motion.position_m[k].tolist()
                    speed = math.sqrt(float((motion.velocity_mps[k] ** 2).sum()))
                    out.append(Event(time_s, kind, self._bodies[k].spec.name, "", value, (x, y, z), speed))
        return out


def _bases(bodies: list[Body], boxes: Boxes) -> Bases:
    count = len(bodies)
    out = Bases(
        np.ones((count, 4)), np.ones(count), np.zeros((count, 3, 3)),
        *(np.zeros(count, np.bool_) for _ in range(4)),
    )  # fmt: skip
    for n, body in enumerate(bodies):
        model = body.model
        out.axes[n] = body.T_model_body[:3, :3].T
        x, y, z = model.center_of_mass_m
        v = model.vehicle
        if v is not None:
            front, half = v.front_axle_x_m, 0.5 * v.track_m
            edges = (front - x, x - front + v.wheelbase_m, half - y, half + y)
            bottom = 0.0
        else:
            (mx, my, mz), (length, width, height) = model.box_center_m, model.size_m
            edges = (mx + 0.5 * length - x, x - mx + 0.5 * length, my + 0.5 * width - y, y - my + 0.5 * width)
            bottom = mz - 0.5 * height
        out.base_m[n], out.height_m[n] = edges, max(z - bottom, 1e-3)
        rolls = any(s.kind in ("sphere", "cylinder") for s in model.collision)
        mobile = body.role != "fixed"
        out.tips[n] = mobile and body.role != "walker" and min(edges) > 0.0 and not (rolls and body.role == "free")
        out.lies[n] = body.role == "walker"
        out.falls[n] = mobile
        out.stops[n] = body.role in ("vehicle", "robot", "walker")
    return out


@inline
def _up(motion: Motion, axes: Array, k: int, column: int) -> float:
    """The vertical's component along an axis of body k's model."""
    r = motion.rotation[k]
    return float(r[2, 0] * axes[0, column] + r[2, 1] * axes[1, column] + r[2, 2] * axes[2, column])


@kernel
def _fare(
    motion: Motion, bases: Bases, course: Course, tip: Latches, fall: Latches, stop: Latches, dt_s: float, value: Array
) -> int:
    """Number of mishaps since the last look; `value` (N, 3) has their size by kind, NaN elsewhere."""
    count = 0
    for k in range(value.shape[0]):
        value[k, _TIP] = value[k, _FALL] = value[k, _STOP] = math.nan
        if not bases.falls[k]:
            continue
        axes, base, v = bases.axes[k], bases.base_m[k], motion.velocity_mps[k]
        ahead, left, up = _up(motion, axes, k, 0), _up(motion, axes, k, 1), _up(motion, axes, k, 2)
        speed = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
        if bases.tips[k]:
            # The plumb line from the centre of mass meets the plane of the base at -up_xy * height / up_z.
            over = up <= 0.0
            if not over:
                x, y = -ahead * bases.height_m[k] / up, -left * bases.height_m[k] / up
                over = x > base[0] or -x > base[1] or y > base[2] or -y > base[3]
            if fires(tip, k, over, dt_s):
                value[k, _TIP] = math.acos(min(max(up, -1.0), 1.0))
                count += 1
        again = True  # it may fall, or fall again
        if bases.lies[k]:
            again = math.isnan(course.down_s[k]) or course.down_s[k] >= _REST_S
            if not again:
                course.down_s[k] = course.down_s[k] + dt_s if speed < _REST_MPS else 0.0
            if fires(fall, k, up < _LYING_COS, dt_s) and again:
                value[k, _FALL] = bases.height_m[k] * (1.0 - up)
                course.down_s[k] = 0.0
                count += 1
        dropping = v[2] - course.sink_mps[k] < -_FREE_FALL * GRAVITY_MPS2 * dt_s and v[2] < 0.0
        z = motion.position_m[k, 2]
        if dropping:
            if math.isnan(course.dropped_from_m[k]):
                # It let go within the last look: as high as a free fall to this speed began.
                course.dropped_from_m[k] = z + v[2] * v[2] / (2.0 * GRAVITY_MPS2)
        elif not math.isnan(course.dropped_from_m[k]) and v[2] - course.sink_mps[k] > 0.0:
            height = course.dropped_from_m[k] - z
            course.dropped_from_m[k] = math.nan
            if height >= MIN_FALL_M and again and math.isnan(value[k, _FALL]):
                value[k, _FALL] = height
                course.down_s[k] = 0.0
                count += 1
        course.sink_mps[k] = v[2]
        if bases.stops[k]:
            course.top_mps[k] = max(course.top_mps[k], speed)
            if fires(stop, k, speed < _REST_MPS, dt_s):
                if course.top_mps[k] > _MOVING_MPS:
                    value[k, _STOP] = course.top_mps[k]
                    count += 1
                course.top_mps[k] = 0.0
    return count
