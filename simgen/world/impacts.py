"""Vehicles against loose things that give: cartons crush, tyres and cones yield, barriers break away.

Bullet's contacts are rigid: what is squeezed between a car and the road bears any load, and a 9 kg tyre rolls
a car over. So these pairs are taken out of Bullet and solved here, once a tick, under one bound that a rigid
contact lacks: the force on a thing never exceeds the strength of its model. A free collision is that of two
bodies with restitution; what is wedged is crushed and dragged along.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simgen.models import Yielding
from simgen.world.bodies import Body, Track
from simgen.world.bullet import Client
from simgen.world.frames import Array, inverse, turn
from simgen.world.impulse import MAX_POINTS, new_couple, put_body, resolve
from simgen.world.solids import support_points

_SURVEY_TICKS = 12
_SPARE_MPS = 10.0


@dataclass(frozen=True, eq=False)
class _Shape:
    """A body and the box, along its axes and about its origin, that holds its collision shapes.

    Attributes:
        middle_m, half_m: (3,) of the box, body frame; reach_m: radius of a ball about the origin that holds it.
    """

    body: Body
    middle_m: Array
    half_m: Array
    reach_m: float


class Impacts:
    """Contacts between vehicles and loose things whose model yields.

    Attributes:
        impulses_ns: (uid of the vehicle, uid of the thing) -> normal impulse in N s within the last tick, of the
            pairs that touch.
    """

    def __init__(self, client: Client, bodies: list[Body]) -> None:
        self._client = client
        self._cars = [_shape(b) for b in bodies if b.role == "vehicle"]
        things = [(b, b.model.yielding) for b in bodies if b.role == "free"]
        self._things = [(_shape(b), law) for b, law in things if law is not None]
        self._near: list[tuple[_Shape, _Shape, Yielding]] = []
        self._age = _SURVEY_TICKS
        self._unfinished: dict[tuple[int, int], float] = {}  # pairs, with the speed that they met at
        self._couple = new_couple()
        self.impulses_ns: dict[tuple[int, int], float] = {}

    def push(self, track: Track, dt_s: float) -> None:
        """Hand the contact forces of this tick to Bullet."""
        self.impulses_ns = {}
        if not self._cars or not self._things:
            return
        if self._age >= _SURVEY_TICKS:
            self._survey(track, dt_s)
            self._age = 0
        self._age += 1
        before, self._unfinished = self._unfinished, {}
        for car, thing, law in self._near:
            count = self._touch(car, thing, track)
            if not count:
                continue
            pair = (car.body.uid, thing.body.uid)
            friction = car.body.model.friction * thing.body.model.friction
            left = resolve(
                self._couple,
                count,
                before.get(pair, 0.0),
                law.restitution,
                friction,
                law.strength_n * dt_s,
                dt_s,
            )
            if left > 0.0:
                self._unfinished[pair] = left
            self.impulses_ns[pair] = float(self._couple.normal_ns[:count].sum())
            self._apply(car.body, 0, 1.0 / dt_s)
            self._apply(thing.body, 1, 1.0 / dt_s)

    def _survey(self, track: Track, dt_s: float) -> None:
        """Find the pairs that may touch before the next survey."""
        position, velocity = track.motion.position_m, track.motion.velocity_mps
        rows = [s.body.index for s in (*self._cars, *(t for t, _ in self._things))]
        fastest = float(np.sqrt((velocity[rows] * velocity[rows]).sum(axis=1)).max())
        slack = _SURVEY_TICKS * dt_s * (2.0 * fastest + _SPARE_MPS)
        self._near = []
        for car in self._cars:
            for thing, law in self._things:
                d = position[car.body.index] - position[thing.body.index]
                if math.sqrt(float((d * d).sum())) < car.reach_m + thing.reach_m + slack:
                    self._near.append((car, thing, law))

    def _touch(self, car: _Shape, thing: _Shape, track: Track) -> int:
        """Where a pair overlaps, in `_couple` along with its motion; the number of points."""
        api, cid, uid = self._client.api, self._client.id, thing.body.uid
        motion, k, couple = track.latest, car.body.index, self._couple
        at, quat = api.getBasePositionAndOrientation(uid, cid)
        couple.position_m[0], couple.position_m[1] = motion.position_m[k], at
        away = couple.position_m[1] - couple.position_m[0]
        local = (motion.rotation[k] * away[:, None]).sum(axis=0) - car.middle_m
        if (np.abs(local) > car.half_m + thing.reach_m).any():
            return 0
        contacts = api.getClosestPoints(car.body.uid, uid, 0.0, physicsClientId=cid)[:MAX_POINTS]
        if not contacts:
            return 0
        for n, contact in enumerate(contacts):
            couple.point_m[n] = contact[6]
            couple.normal[n] = contact[7]
            couple.depth_m[n] = -contact[8]
        couple.velocity_mps[0], couple.angular_radps[0] = motion.velocity_mps[k], motion.angular_radps[k]
        couple.velocity_mps[1], couple.angular_radps[1] = api.getBaseVelocity(uid, cid)
        put_body(couple, 0, car.body.mass_kg, car.body.inertia_kgm2, tuple(track.quat_xyzw[k].tolist()))
        put_body(couple, 1, thing.body.mass_kg, thing.body.inertia_kgm2, quat)
        return len(contacts)

    def _apply(self, body: Body, side: int, per_tick: float) -> None:
        api, cid, couple = self._client.api, self._client.id, self._couple
        sign = per_tick if side == 0 else -per_tick
        force, torque = (sign * couple.linear_ns).tolist(), (per_tick * couple.angular_nms[side]).tolist()
        at = couple.position_m[side].tolist()
        api.applyExternalForce(body.uid, -1, force, at, api.WORLD_FRAME, cid)
        api.applyExternalTorque(body.uid, -1, torque, api.WORLD_FRAME, cid)


def _shape(body: Body) -> _Shape:
    T = inverse(body.T_model_body)
    points, radii = support_points(body.solids)
    local = turn(T[:3, :3], points) + T[:3, 3]
    low, high = (local - radii[:, None]).min(axis=0), (local + radii[:, None]).max(axis=0)
    reach = float((np.sqrt((local * local).sum(axis=1)) + radii).max())
    return _Shape(body, 0.5 * (low + high), 0.5 * (high - low), reach)
