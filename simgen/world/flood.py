"""The water of a world acting on all its bodies, and on each link of its robots."""

from __future__ import annotations

import math

import numpy as np

from simgen.areas import row_of
from simgen.conditions import Conditions
from simgen.conditions.water import Water
from simgen.models import Shape
from simgen.models.model import VehicleSpec
from simgen.world.bodies import Body, Track
from simgen.world.bullet import GRAVITY_MPS2, Client
from simgen.world.frames import inverse
from simgen.world.links import Link, links_of, read_links
from simgen.world.ragdoll import Ragdoll
from simgen.world.solids import Solid, buoyancy_hull, solid_of
from simgen.world.state import NOWHERE, Motion, Pool
from simgen.world.tyres import WIDTH_SHARE
from simgen.world.water import CD_VEHICLE, HullSpec, pack, water_forces

_DRY = np.array(NOWHERE)
_HULL_SEARCH_STEPS = 40
_WHEEL_SIDES = 8


class Flood:
    """Buoyancy, drag and current; without water it does nothing.

    The forces live on F rows: the A actors, then every link of the robots, whose own rows stay dry.

    Attributes:
        pool: where the water is at this tick.
        wet: whether there is any water, now or later.
        submerged: (A,) submerged share of each actor's hull.
        lift_n: (A,) buoyancy on each.
        force_n, torque_nm: (F, 3) on each about its centre of mass, world frame.
    """

    def __init__(self, client: Client, bodies: list[Body], conditions: Conditions) -> None:
        self._client = client
        self._area_m = _DRY if conditions.water is None else np.array(row_of(conditions.water))
        self._bodies = bodies
        self.wet = conditions.water is not None
        self.pool = Pool(0.0, _DRY)
        self._robots = [b for b in bodies if b.role == "robot"] if self.wet else []
        self._links = [(body, link) for body in self._robots for link in links_of(client, body.uid)]
        hulls = [_hull(b) for b in bodies] + [_link_hull(link, body) for body, link in self._links]
        self._hulls = pack(hulls)
        count, rows = len(bodies), len(hulls)
        self.submerged, self.lift_n = np.zeros(count), np.zeros(count)
        self.force_n, self.torque_nm = np.zeros((rows, 3)), np.zeros((rows, 3))
        self._submerged, self._lift_n = np.zeros(rows), np.zeros(rows)
        self._motion = Motion(np.zeros((rows, 3, 3)), np.zeros((rows, 3)), np.zeros((rows, 3)), np.zeros((rows, 3)))
        self._current = np.zeros(3)
        self.take(conditions.at(0.0).water, 0.0, flowing=False)

    def take(self, water: Water | None, rise_mps: float, *, flowing: bool = True) -> None:
        """Take the water as it stands now, and how fast it rises; `flowing` is whether it moves at all yet."""
        if not self.wet:
            return
        self.pool = Pool(0.0, _DRY) if water is None else Pool(float(water.level_m), self._area_m)
        self._current[:] = 0.0
        if flowing and water is not None:
            self._current[:] = *water.current_mps, rise_mps  # the rising surface lifts what floats in it

    def measure(self, track: Track, dt_s: float) -> None:
        """Refresh `submerged`, `lift_n` and the forces for the present motion."""
        if self.wet:
            self._evaluate(self._all_motion(track.motion), dt_s)

    def push(self, track: Track) -> None:
        """Hand the measured forces to Bullet, for everything that physics moves."""
        if not self.wet:
            return
        cid, world = self._client.id, self._client.api.WORLD_FRAME
        apply_force, apply_torque = self._client.api.applyExternalForce, self._client.api.applyExternalTorque
        wet = self._touched()
        for body in self._bodies:
            k = body.index
            if not wet[k] or body.role in ("fixed", "walker", "ragdoll"):
                continue
            apply_force(body.uid, -1, self.force_n[k].tolist(), track.positions_m[k], world, cid)
            apply_torque(body.uid, -1, self.torque_nm[k].tolist(), world, cid)
        for row, (_, link) in enumerate(self._links, start=len(self._bodies)):
            if wet[row]:
                at = self._motion.position_m[row].tolist()
                apply_force(link.uid, link.index, self.force_n[row].tolist(), at, world, cid)
                apply_torque(link.uid, link.index, self.torque_nm[row].tolist(), world, cid)

    def wade(self, ragdoll: Ragdoll, row: int, dt_s: float) -> None:
        """Push a ragdoll, joints and water, and note how much of it is under water; after `measure`."""
        self.submerged[row] = ragdoll.push(self.pool, self._current, dt_s)

    def float_up(self, track: Track) -> None:
        """Raise what would float to its draught, so that nothing shoots up at the start."""
        if not self.wet:
            return
        api, cid = self._client.api, self._client.id
        m = track.motion
        for body in self._bodies:
            if body.role not in ("free", "vehicle"):
                continue
            k = body.index
            weight_n = body.mass_kg * GRAVITY_MPS2
            z0 = float(m.position_m[k, 2])
            if self._lift_at(m, k, z0) <= weight_n:
                continue
            low, high = z0, self.pool.level_m + float(self._hulls.reach_m[k])
            for _ in range(_HULL_SEARCH_STEPS):
                middle = 0.5 * (low + high)
                low, high = (middle, high) if self._lift_at(m, k, middle) > weight_n else (low, middle)
            m.position_m[k, 2] = low
            api.resetBasePositionAndOrientation(
                body.uid, m.position_m[k].tolist(), track.quat_xyzw[k].tolist(), physicsClientId=cid
            )
        track.read()

    def _all_motion(self, motion: Motion) -> Motion:
        """The motion of all rows: that of the actors, and the links' behind it."""
        if not self._links:
            return motion
        count = len(self._bodies)
        for mine, theirs in zip(self._motion, motion, strict=True):
            mine[:count] = theirs
        read_links(self._client, [link for _, link in self._links], self._motion, count)
        return self._motion

    def _touched(self) -> list[bool]:
        """Which rows the water pushes."""
        out: list[bool] = ((self.force_n != 0.0).any(axis=1) | (self._submerged > 0.0)).tolist()
        return out

    def _lift_at(self, motion: Motion, k: int, z_m: float) -> float:
        position = motion.position_m.copy()
        position[k, 2] = z_m
        self._evaluate(self._all_motion(motion._replace(position_m=position)), 1.0)
        return float(self.lift_n[k])

    def _evaluate(self, motion: Motion, dt_s: float) -> None:
        water_forces(
            self._hulls,
            motion,
            self.pool,
            self._current,
            dt_s,
            self.force_n,
            self.torque_nm,
            self._submerged,
            self._lift_n,
        )
        count = len(self._bodies)
        self.submerged[:] = self._submerged[:count]
        self.lift_n[:] = self._lift_n[:count]
        for body in self._robots:
            rows = [count + n for n, (owner, _) in enumerate(self._links) if owner is body]
            displaced = self._hulls.displaced_m3[rows]
            self.submerged[body.index] = min((self._submerged[rows] * displaced).sum() / displaced.sum(), 1.0)
            self.lift_n[body.index] = self._lift_n[rows].sum()


def _hull(body: Body) -> HullSpec:
    """Hull of a body; a robot's own is empty, its links have theirs."""
    mass = max(body.mass_kg, 1e-3)  # fixed bodies are measured but not pushed
    T_body_model = inverse(body.T_model_body)
    if body.role == "robot":
        return HullSpec([], 1.0, None, T_body_model, mass, body.inertia_kgm2)
    solids, fraction = buoyancy_hull(body.model, body.solids)
    vehicle = body.model.vehicle
    if vehicle is None:
        return HullSpec(solids, fraction, None, T_body_model, mass, body.inertia_kgm2)
    wheels = _wheels(vehicle)
    return HullSpec(solids, fraction, CD_VEHICLE, T_body_model, mass, body.inertia_kgm2, wheels)


def _link_hull(link: Link, body: Body) -> HullSpec:
    fraction = body.model.displaced_volume_fraction
    return HullSpec(link.solids, fraction, None, np.eye(4), link.mass_kg, link.inertia_kgm2)


def _wheels(v: VehicleSpec) -> tuple[Solid, ...]:
    """The wheels at rest as prisms in the model frame: they wade, and lift nothing.

    What they displace is within the displaced share of the body, which full-scale tests of whole cars gave.
    """
    angle = (np.arange(_WHEEL_SIDES) + 0.5) * (2.0 * math.pi / _WHEEL_SIDES)
    half = 0.5 * WIDTH_SHARE * v.wheel_radius_m
    corner_m = v.wheel_radius_m / math.cos(math.pi / _WHEEL_SIDES)  # a side lies on the ground
    x, z = corner_m * np.cos(angle), corner_m * np.sin(angle)
    ring = np.concatenate([np.column_stack([x, np.full(_WHEEL_SIDES, y), z]) for y in (-half, half)])
    centers = [
        (axle, side * 0.5 * v.track_m, v.wheel_radius_m)
        for axle in (v.front_axle_x_m, v.front_axle_x_m - v.wheelbase_m)
        for side in (1.0, -1.0)
    ]
    return tuple(solid_of(Shape("hull", c, points_m=ring.astype(np.float32))) for c in centers)
