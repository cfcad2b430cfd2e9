"""Vehicles against loose things that give: cartons crush, tyres and cones yield, barriers break away.

Bullet's contacts are rigid: what is squeezed between a car and the road bears any load, and a 9 kg tyre rolls
a car over. So these pairs are taken out of Bullet and solved here, once a tick, under one bound that a rigid
contact lacks, that of a body which crushes as the front of a shock runs through it (Reid and Peng, International
Journal of Impact Engineering 19, 1997: a rigid, perfectly plastic, locking solid): stress sigma_c + rho u^2 / eps,
so force S + m u^2 / (eps L) for a thing of strength S, mass m, length L along the contact and crush share eps that
closes at speed u. So a free thing takes on the speed of what hits it before it is crushed by eps L, with restitution
and the energy of crushing lost; what is wedged, and closes slowly, bears its strength and is dragged along. A
thing crushed by more than eps L (against another one, that has its own inertia) hardens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.models import Yielding
from simgen.world.bodies import Body, Track
from simgen.world.bullet import GRAVITY_MPS2, Client
from simgen.world.frames import Array, fill_matrix, inverse, turn
from simgen.world.impulse import MAX_POINTS, Couple, Law, Triple, new_couple, put_body, put_motion, resolve
from simgen.world.solids import support_points
from simgen.world.state import Motion

_SURVEY_TICKS = 12
_SPARE_MPS = 10.0
_SOLID = 10.0  # times its strength that a thing bears more once it is crushed by twice the way it gives
_FLAT_M = 0.02  # corners that are this much less deep than the deepest belong to the same face
_LIMP = 5.0  # times its weight: what bears less lies down under a car
_GAP = itemgetter(8)  # of Bullet's closest points


@dataclass(frozen=True, eq=False)
class _Shape:
    """A body and the box, along its axes and about its origin, that holds its collision shapes.

    Attributes:
        middle_m, half_m: (3,) of the box, body frame; reach_m: radius of a ball about the origin that holds it.
        corner_m: (C, 3) points whose hull, each with its radius of radius_m (C,), holds its collision shapes.
        deep_m: (C,) scratch.
    """

    body: Body
    middle_m: Array
    half_m: Array
    reach_m: float
    corner_m: Array
    radius_m: Array
    deep_m: Array


class _Pairs(NamedTuple):
    """Every vehicle with every loose thing that yields: P pairs, vehicle by vehicle.

    Attributes:
        car, thing: (P,) int64 rows of the motion arrays.
        middle_m, half_m: (P, 3) of the vehicle's box; car_reach_m, thing_reach_m: (P,) of the two.
        due: (P,) int64 ticks after the last survey in which they cannot have met yet.
    """

    car: NDArray[np.int64]
    thing: NDArray[np.int64]
    middle_m: Array
    half_m: Array
    car_reach_m: Array
    thing_reach_m: Array
    due: NDArray[np.int64]


class Impacts:
    """Contacts between vehicles and loose things whose model yields.

    Attributes:
        impulses_ns: (uid of the vehicle, uid of the thing) -> normal impulse in N s within the last tick, of the
            pairs that press on each other.
    """

    def __init__(self, client: Client, bodies: list[Body]) -> None:
        self._client = client
        self._cars = [_shape(b) for b in bodies if b.role == "vehicle"]
        things = [(b, b.model.yielding) for b in bodies if b.role == "free"]
        self._things = [(_shape(b), law) for b, law in things if law is not None]
        self._met = [(car, thing, law) for car in self._cars for thing, law in self._things]
        self._pairs = _pairs_of([(car, thing) for car, thing, _ in self._met])
        self._near: list[tuple[int, _Shape, _Shape, Yielding]] = []
        self._age = _SURVEY_TICKS
        self._unfinished: dict[tuple[int, int], float] = {}  # pairs, with the speed that they met at
        self._couple = new_couple()
        self._length_m = 0.0  # of the thing along its contact
        self.impulses_ns: dict[tuple[int, int], float] = {}

    def push(self, track: Track, dt_s: float) -> None:
        """Hand the contact forces of this tick to Bullet."""
        self.impulses_ns = {}
        if not self._met:
            return
        if self._age >= _SURVEY_TICKS:
            _survey(self._pairs, track.motion, dt_s)
            near = np.flatnonzero(self._pairs.due < _SURVEY_TICKS)
            self._near = [(int(self._pairs.due[p]), *self._met[p]) for p in near]
            self._age = 0
        before, self._unfinished = self._unfinished, {}
        for due, car, thing, how in self._near:
            count = self._meet(car, thing, track, dt_s) if self._age >= due else 0
            if not count:
                continue
            pair = (car.body.uid, thing.body.uid)
            give_m = how.crush_share * self._length_m
            shut = max(float(self._couple.depth_m[0]) / give_m - 1.0, 0.0)
            law = Law(
                how.restitution,
                car.body.model.friction * thing.body.model.friction,
                how.strength_n * (1.0 + _SOLID * shut),
                thing.body.mass_kg / give_m,
            )
            left = resolve(self._couple, count, before.get(pair, 0.0), law, dt_s)
            if left > 0.0:
                self._unfinished[pair] = left
            impulse = float(self._couple.normal_ns[:count].sum())
            if impulse > 0.0:
                self.impulses_ns[pair] = impulse
                weight_n = thing.body.mass_kg * GRAVITY_MPS2
                if how.strength_n < _LIMP * weight_n:  # it folds instead of being driven into the road
                    couple = self._couple
                    couple.linear_ns[2] = min(couple.linear_ns[2], weight_n * dt_s)
                    couple.angular_nms[1] = 0.0
                self._apply(car.body, 0, 1.0 / dt_s)
                self._apply(thing.body, 1, 1.0 / dt_s)
        self._age += 1

    def _meet(self, car: _Shape, thing: _Shape, track: Track, dt_s: float) -> int:
        """Where a pair touches or may within the tick, in `_couple` along with its motion; the number of points."""
        api, cid, uid = self._client.api, self._client.id, thing.body.uid
        motion, k = track.latest, car.body.index
        at, quat = api.getBasePositionAndOrientation(uid, cid)
        velocity, angular = api.getBaseVelocity(uid, cid)
        margin = _margin_m(
            motion.position_m, motion.rotation, motion.velocity_mps, motion.angular_radps, k, car.middle_m, car.half_m,
            car.reach_m, at, velocity, angular, thing.reach_m, dt_s,
        )  # fmt: skip
        if margin < 0.0:
            return 0
        contacts = api.getClosestPoints(car.body.uid, uid, margin, physicsClientId=cid)
        if not contacts:
            return 0
        nearest = sorted(contacts, key=_GAP)[: MAX_POINTS // 2]
        couple = self._couple
        put_motion(couple, 0, motion.position_m[k], motion.velocity_mps[k], motion.angular_radps[k])
        put_motion(couple, 1, at, velocity, angular)
        put_body(couple, 0, car.body.mass_kg, car.body.inertia_kgm2, tuple(track.quat_xyzw[k].tolist()))
        put_body(couple, 1, thing.body.mass_kg, thing.body.inertia_kgm2, quat)
        for n, c in enumerate(nearest):
            couple.point_m[n], couple.normal[n], couple.depth_m[n] = c[6], c[7], -c[8]
        count, self._length_m = _patch(
            couple, len(nearest), nearest[0][5], motion.rotation[k], car.middle_m, car.half_m, quat, thing.corner_m,
            thing.radius_m, thing.half_m, thing.deep_m,
        )  # fmt: skip
        return int(count)

    def _apply(self, body: Body, side: int, per_tick: float) -> None:
        api, cid, couple = self._client.api, self._client.id, self._couple
        sign = per_tick if side == 0 else -per_tick
        force, torque = (sign * couple.linear_ns).tolist(), (per_tick * couple.angular_nms[side]).tolist()
        at = couple.position_m[side].tolist()
        api.applyExternalForce(body.uid, -1, force, at, api.WORLD_FRAME, cid)
        api.applyExternalTorque(body.uid, -1, torque, api.WORLD_FRAME, cid)


def _pairs_of(pairs: list[tuple[_Shape, _Shape]]) -> _Pairs:
    cars, things = [car for car, _ in pairs], [thing for _, thing in pairs]
    return _Pairs(
        np.array([s.body.index for s in cars], np.int64),
        np.array([s.body.index for s in things], np.int64),
        np.array([s.middle_m for s in cars]).reshape(-1, 3),
        np.array([s.half_m for s in cars]).reshape(-1, 3),
        np.array([s.reach_m for s in cars], np.float64),
        np.array([s.reach_m for s in things], np.float64),
        np.zeros(len(pairs), np.int64),
    )


@kernel
def _box_gap_m(rotation: Array, position_m: Array, middle_m: Array, half_m: Array, at: Triple) -> float:
    """Distance of a world point from a box, about `middle_m` in the frame of a body."""
    x, y, z = at[0] - position_m[0], at[1] - position_m[1], at[2] - position_m[2]
    gap2 = 0.0
    for k in range(3):
        local = rotation[0, k] * x + rotation[1, k] * y + rotation[2, k] * z - middle_m[k]
        beyond = max(abs(local) - half_m[k], 0.0)
        gap2 += beyond * beyond
    return math.sqrt(gap2)


@kernel
def _margin_m(
    position_m: Array, rotation: Array, velocity_mps: Array, angular_radps: Array, k: int, middle_m: Array,
    half_m: Array, car_reach_m: float, at: Triple, velocity: Triple, angular: Triple, reach_m: float, dt_s: float,
) -> float:  # fmt: skip
    """How near a vehicle and a thing may come to each other within a tick by their speeds; -1 if they cannot touch.

    Args:
        position_m, rotation, velocity_mps, angular_radps: of all bodies; row k is the vehicle.
        middle_m, half_m: (3,) of its box.
        at, velocity, angular: of the thing, whose ball has the radius `reach_m`.
    """
    v2, car_w2, thing_w2 = 0.0, 0.0, 0.0
    for c in range(3):
        v2 += (velocity[c] - velocity_mps[k, c]) ** 2
        car_w2 += angular_radps[k, c] ** 2
        thing_w2 += angular[c] ** 2
    margin = dt_s * (math.sqrt(v2) + car_reach_m * math.sqrt(car_w2) + reach_m * math.sqrt(thing_w2))
    gap = _box_gap_m(rotation[k], position_m[k], middle_m, half_m, at)
    return margin if gap <= reach_m + margin else -1.0


@kernel
def _patch(
    couple: Couple, count: int, on_car: Triple, rotation: Array, middle_m: Array, half_m: Array,
    quat_xyzw: tuple[float, float, float, float], corner_m: Array, radius_m: Array, thing_half_m: Array,
    deep: Array,
) -> tuple[int, float]:  # fmt: skip
    """Add points of contact to those that Bullet found.

    Bullet finds but the nearest point of two hulls. Where a face of the thing lies against that point's plane,
    its corners are points too, those that reach beyond the car's box drawn in to its sides.

    Args:
        couple: has both bodies and `count` points, nearest first.
        on_car: Bullet's nearest point on the car.
        rotation: (3, 3) of the car; middle_m, half_m: (3,) of its box.
        quat_xyzw: of the thing; corner_m, radius_m: (C, 3), (C,) of its corners; thing_half_m: (3,) of its box.
        deep: scratch (C,).

    Returns:
        The number of points now, and the thing's length along the contact in metres.
    """
    r = couple.scratch
    fill_matrix(quat_xyzw, r)
    normal, depth = couple.normal[0], couple.depth_m[0]
    length = 0.0
    for k in range(3):
        length += 2.0 * thing_half_m[k] * abs(r[0, k] * normal[0] + r[1, k] * normal[1] + r[2, k] * normal[2])
    corners = corner_m.shape[0]
    close = 0
    for c in range(corners):
        deep[c] = radius_m[c]
        for i in range(3):
            at = r[i, 0] * corner_m[c, 0] + r[i, 1] * corner_m[c, 1] + r[i, 2] * corner_m[c, 2]
            deep[c] += (at + couple.position_m[1, i] - on_car[i]) * normal[i]
        if deep[c] > depth - _FLAT_M:
            close += 1
    if close < 2:
        return count, length
    end = min(count + close, MAX_POINTS)
    local, ahead = couple.scratch[3], couple.scratch[4]
    for k in range(3):
        ahead[k] = rotation[0, k] * normal[0] + rotation[1, k] * normal[1] + rotation[2, k] * normal[2]
    for n in range(count, end):
        best = 0
        for c in range(1, corners):  # the deepest that is left
            if deep[c] > deep[best]:
                best = c
        for i in range(3):
            at = r[i, 0] * corner_m[best, 0] + r[i, 1] * corner_m[best, 1] + r[i, 2] * corner_m[best, 2]
            couple.point_m[n, i] = at + couple.position_m[1, i]
            couple.normal[n, i] = normal[i]
        couple.depth_m[n] = min(deep[best], depth)
        deep[best] = -math.inf
        along = 0.0
        for k in range(3):
            at = -middle_m[k]
            for i in range(3):
                at += rotation[i, k] * (couple.point_m[n, i] - couple.position_m[0, i])
            local[k] = min(max(at, -half_m[k]), half_m[k]) - at
            along += local[k] * ahead[k]
        for k in range(3):
            local[k] -= along * ahead[k]  # within the plane
        for i in range(3):
            couple.point_m[n, i] += rotation[i, 0] * local[0] + rotation[i, 1] * local[1] + rotation[i, 2] * local[2]
    return end, length


@inline
def _size(v: Array) -> float:
    return math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])


@kernel
def _survey(pairs: _Pairs, motion: Motion, dt_s: float) -> None:
    """For how many ticks no pair can meet within the next, whatever strikes either: one of them, or something slow."""
    fastest = 0.0
    for p in range(pairs.due.shape[0]):
        fastest = max(fastest, _size(motion.velocity_mps[pairs.car[p]]), _size(motion.velocity_mps[pairs.thing[p]]))
    for p in range(pairs.due.shape[0]):
        i, j = pairs.car[p], pairs.thing[p]
        x = motion.position_m[j]
        gap = _box_gap_m(
            motion.rotation[i], motion.position_m[i], pairs.middle_m[p], pairs.half_m[p], (x[0], x[1], x[2])
        )
        closing = 2.0 * fastest + _SPARE_MPS + _size(motion.angular_radps[i]) * pairs.car_reach_m[p]
        ticks = (gap - pairs.thing_reach_m[p]) / (closing * dt_s) - 1.0
        pairs.due[p] = int(min(ticks, float(_SURVEY_TICKS))) if ticks > 0.0 else 0


def _shape(body: Body) -> _Shape:
    T = inverse(body.T_model_body)
    points, radii = support_points(body.solids)
    local = turn(T[:3, :3], points) + T[:3, 3]
    low, high = (local - radii[:, None]).min(axis=0), (local + radii[:, None]).max(axis=0)
    reach = float((np.sqrt((local * local).sum(axis=1)) + radii).max())
    return _Shape(body, 0.5 * (low + high), 0.5 * (high - low), reach, local, radii, np.empty(len(radii)))
