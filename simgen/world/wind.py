"""The moving air of a world acting on all its bodies.

Vehicles take the air's velocity in their own force law. Everything else is met by the area that its collision
shapes show along each of its model's axes: F_i = 0.5 rho |u| u_i (C A)_i at that area's centroid, where u is the
air's velocity relative to that point. Turning is braked by the same pressure integrated over the turning faces, and
both are integrated implicitly, so that nothing overshoots however light it is.

A flat plate near the ground is also lifted, at the quarter chord on its windward side, by the suction of the flow
over its upper face: after Wills, Lee and Wyatt (Journal of Wind Engineering 90, 2002) loose sheets fly where
0.5 rho u^2 C_F exceeds their weight per area, with C_F near 1.

People and animals that walk are held up by their legs until the push is too much for them (`Walker.brace`);
those that have fallen are blown limb by limb.

In scenes without wind all of this is left out, drag of falling things included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.conditions import Conditions
from simgen.world.aero import RHO_AIR
from simgen.world.air import air_field, air_velocity, blows
from simgen.world.bodies import Body, Track
from simgen.world.bullet import Client
from simgen.world.frames import Array, inverse, turn
from simgen.world.ground import Heights, height_at
from simgen.world.solids import Solid
from simgen.world.state import Motion
from simgen.world.water import CD_BLUFF, CD_SPHERE, HullSpec

_CF_LYING = 1.0  # uplift coefficient of a plate on the ground
_LIFT_REACH = 0.25  # height above ground, as a share of the chord, at which that uplift has died away
_PLATE = 0.1  # least side over middle side, below which a body is a plate
_LIFT_SHARE = 0.1  # most that uplift may add in one tick, as a share of the air's speed
_CELLS = 160  # along each side of the raster that a shape of several solids is projected onto


class Sails(NamedTuple):
    """What the air acts on: N bodies, in their body frames.

    Attributes:
        rows: (N,) int64 rows of the motion arrays.
        axes: (N, 3, 3) unit axes of the model as columns.
        drag_area_m2: (N, 3) drag coefficient times area across each axis.
        pressure_m: (N, 3, 3) centroid of the area across each axis.
        spin_m5: (N, 3) integral of C |arm|^3 over the faces that turning about each axis drives through the air.
        mass_kg: (N,); inertia_kgm2: (N,) least principal moment.
        flat: (N,) int64 axis across a plate; -1 for everything else.
        area_m2: (N,) of a plate; half_m: (N,) half its thickness.
    """

    rows: NDArray[np.int64]
    axes: Array
    drag_area_m2: Array
    pressure_m: Array
    spin_m5: Array
    mass_kg: Array
    inertia_kgm2: Array
    flat: NDArray[np.int64]
    area_m2: Array
    half_m: Array


class Gale:
    """Wind and tornado on bodies; in calm scenes it does nothing.

    Attributes:
        blows: whether any air moves in this scene, now or later.
        field: the air.
        force_n, torque_nm: (N, 3) on the bodies that are not vehicles, about their centres of mass, at this tick.
        actor_force_n: (A, 3) the same by actor, on walkers what they have to withstand; zeros where there is none.
    """

    def __init__(
        self,
        client: Client,
        bodies: list[Body],
        vehicles: list[Body],
        ground: Heights,
        conditions: Conditions,
        *,
        later: bool = False,
    ) -> None:
        """Take the air of a scene; `later` is whether a wind may rise in it that does not blow yet."""
        self._client, self._ground = client, ground
        self.blows = later or blows(conditions)
        self.field = air_field(conditions, ground)
        self._bodies = [b for b in bodies if b.role not in ("vehicle", "fixed")] if self.blows else []
        self._sails = sails_of([_sail(b) for b in self._bodies], [b.index for b in self._bodies])
        self._vehicle_rows = np.array([b.index for b in vehicles], np.int64)
        self._vehicle_air = np.zeros((len(vehicles), 3))
        count = len(self._bodies)
        self._air = np.zeros((count, 3))
        self.force_n, self.torque_nm = np.zeros((count, 3)), np.zeros((count, 3))
        self.actor_force_n = np.zeros((len(bodies), 3))

    def take(self, conditions: Conditions, time_s: float) -> None:
        """Take another wind: its gusts go on from where those of the old one have got to, however fast they pass."""
        old, new = self.field.waves, air_field(conditions, self._ground)
        new.waves[:, :, 2] = old[:, :, 2] + (old[:, :, 1] - new.waves[:, :, 1]) * time_s
        self.field = new

    def at_vehicles(self, track: Track, time_s: float) -> Array | None:
        """(N, 3) velocity of the air at each vehicle's centre of mass; None in calm scenes."""
        if not self.blows:
            return None
        air_velocity(self.field, track.latest.position_m[self._vehicle_rows], time_s, self._vehicle_air)
        return self._vehicle_air

    def push(self, track: Track, time_s: float, dt_s: float, *, still: bool = False) -> None:
        """Hand the air's forces on everything but vehicles, walkers and ragdolls to Bullet; `still` air but slows."""
        if not self._bodies:
            return
        motion = track.motion
        if still:
            self._air.fill(0.0)
        else:
            air_velocity(self.field, motion.position_m[self._sails.rows], time_s, self._air)
        drag_forces(self._sails, motion, self._air, dt_s, self.force_n, self.torque_nm)
        _lift(self._sails, motion, self._air, self._ground, dt_s, self.force_n, self.torque_nm)
        self.actor_force_n[self._sails.rows] = self.force_n
        cid, world = self._client.id, self._client.api.WORLD_FRAME
        apply_force, apply_torque = self._client.api.applyExternalForce, self._client.api.applyExternalTorque
        forces, torques = self.force_n.tolist(), self.torque_nm.tolist()
        for n, body in enumerate(self._bodies):
            if body.role in ("walker", "ragdoll"):
                continue
            apply_force(body.uid, -1, forces[n], track.positions_m[body.index], world, cid)
            apply_torque(body.uid, -1, torques[n], world, cid)


def _sail(body: Body) -> HullSpec:
    return HullSpec(
        body.solids, 1.0, None, inverse(body.T_model_body), max(body.model.mass_kg, 1e-3), body.inertia_kgm2
    )


def sails_of(specs: list[HullSpec], rows: Sequence[int]) -> Sails:
    """What the air meets of bodies, by their hulls and their rows of the motion arrays."""
    count = len(specs)
    sails = Sails(
        np.array(rows, np.int64),
        np.zeros((count, 3, 3)),
        np.zeros((count, 3)),
        np.zeros((count, 3, 3)),
        np.zeros((count, 3)),
        np.array([s.mass_kg for s in specs], np.float64),
        np.array([float(s.inertia_kgm2.min()) for s in specs], np.float64),
        np.full(count, -1, np.int64),
        np.zeros(count),
        np.zeros(count),
    )
    for n, spec in enumerate(specs):
        T_body_model, solids = spec.T_body_model, spec.solids
        coefficient = CD_SPHERE if all(s.radius_m > 0.0 for s in solids) else CD_BLUFF
        low, high = _bounds(solids)
        half = 0.5 * (high - low)
        sails.axes[n] = T_body_model[:3, :3]
        area, centroid = np.zeros(3), np.zeros((3, 3))
        for axis in range(3):
            area[axis], centroid[axis] = shown_area(solids, axis)
        sails.drag_area_m2[n] = coefficient * area
        sails.pressure_m[n] = turn(T_body_model[:3, :3], centroid) + T_body_model[:3, 3]
        thin = int(np.argmin(half))
        if half[thin] < _PLATE * float(np.median(half)):
            sails.flat[n], sails.area_m2[n], sails.half_m[n] = thin, area[thin], half[thin]
        for axis in range(3) if coefficient == CD_BLUFF else ():  # a sphere turns in its own air
            a, b = (axis + 1) % 3, (axis + 2) % 3
            # face across a, arm along b: mean |arm|^3 over [-h, h] is h^3 / 4; and the other way round
            sails.spin_m5[n, axis] = coefficient * (area[a] * half[b] ** 3 + area[b] * half[a] ** 3) / 4.0
    return sails


def shown_area(solids: list[Solid], axis: int) -> tuple[float, Array]:
    """Area in m2 that solids show along an axis of the model, and its centroid (3,) in the model frame.

    Along the axis the centroid is in the middle of their extent. One convex solid is exact (Cauchy: half the
    projected area of its faces); of several, which may hide each other, the union is counted on a raster.
    """
    low, high = _bounds(solids)
    center = 0.5 * (low + high)
    a, b = (axis + 1) % 3, (axis + 2) % 3
    if len(solids) == 1:
        s = solids[0]
        if s.radius_m > 0.0:
            return math.pi * s.radius_m**2, center
        corner = s.vertices_m[s.faces]
        u, v = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        area = 0.25 * float(np.abs(u[:, a] * v[:, b] - u[:, b] * v[:, a]).sum())
        return area, center
    step = (high - low) / _CELLS
    x = (low[a] + (np.arange(_CELLS) + 0.5) * step[a])[:, None]
    y = (low[b] + (np.arange(_CELLS) + 0.5) * step[b])[None, :]
    covered = np.zeros((_CELLS, _CELLS), np.bool_)
    for s in solids:
        if s.radius_m > 0.0:
            covered |= (x - s.center_m[a]) ** 2 + (y - s.center_m[b]) ** 2 <= s.radius_m**2
            continue
        for p, q, r in s.vertices_m[s.faces]:
            side = [(j[a] - i[a]) * (y - i[b]) - (j[b] - i[b]) * (x - i[a]) for i, j in ((p, q), (q, r), (r, p))]
            flat = (q[a] - p[a]) * (r[b] - p[b]) - (q[b] - p[b]) * (r[a] - p[a])
            if abs(flat) > 1e-12:
                covered |= np.all([k * math.copysign(1.0, flat) >= 0.0 for k in side], axis=0)
    cells = int(covered.sum())
    if cells > 0:
        i, j = np.nonzero(covered)
        center[a], center[b] = low[a] + (i.mean() + 0.5) * step[a], low[b] + (j.mean() + 0.5) * step[b]
    return cells * float(step[a] * step[b]), center


def _bounds(solids: list[Solid]) -> tuple[Array, Array]:
    lows = [s.center_m - s.radius_m if s.radius_m > 0.0 else s.vertices_m.min(axis=0) for s in solids]
    highs = [s.center_m + s.radius_m if s.radius_m > 0.0 else s.vertices_m.max(axis=0) for s in solids]
    return np.min(lows, axis=0), np.max(highs, axis=0)


@kernel
def drag_forces(sails: Sails, motion: Motion, air_mps: Array, dt_s: float, force_n: Array, torque_nm: Array) -> None:
    """Set force and torque (N, 3) of the air on each body, about its centre of mass, world frame."""
    for n in range(sails.rows.shape[0]):
        row = sails.rows[n]
        r, v, om = motion.rotation[row], motion.velocity_mps[row], motion.angular_radps[row]
        force_n[n] = 0.0
        torque_nm[n] = 0.0
        for i in range(3):
            q, p = sails.axes[n], sails.pressure_m[n, i]
            ex = r[0, 0] * q[0, i] + r[0, 1] * q[1, i] + r[0, 2] * q[2, i]
            ey = r[1, 0] * q[0, i] + r[1, 1] * q[1, i] + r[1, 2] * q[2, i]
            ez = r[2, 0] * q[0, i] + r[2, 1] * q[1, i] + r[2, 2] * q[2, i]
            ax = r[0, 0] * p[0] + r[0, 1] * p[1] + r[0, 2] * p[2]
            ay = r[1, 0] * p[0] + r[1, 1] * p[1] + r[1, 2] * p[2]
            az = r[2, 0] * p[0] + r[2, 1] * p[1] + r[2, 2] * p[2]
            ux = air_mps[n, 0] - (v[0] + om[1] * az - om[2] * ay)
            uy = air_mps[n, 1] - (v[1] + om[2] * ax - om[0] * az)
            uz = air_mps[n, 2] - (v[2] + om[0] * ay - om[1] * ax)
            grip = 0.5 * RHO_AIR * math.sqrt(ux * ux + uy * uy + uz * uz) * sails.drag_area_m2[n, i]
            give = 1.0 / sails.mass_kg[n] + (ax * ax + ay * ay + az * az) / sails.inertia_kgm2[n]
            push = grip * (ux * ex + uy * ey + uz * ez) / (1.0 + grip * give * dt_s)
            fx, fy, fz = push * ex, push * ey, push * ez
            force_n[n, 0] += fx
            force_n[n, 1] += fy
            force_n[n, 2] += fz
            turning = om[0] * ex + om[1] * ey + om[2] * ez
            brake = 0.5 * RHO_AIR * sails.spin_m5[n, i] * abs(turning)
            slow = brake * turning / (1.0 + brake * dt_s / sails.inertia_kgm2[n])
            torque_nm[n, 0] += ay * fz - az * fy - slow * ex
            torque_nm[n, 1] += az * fx - ax * fz - slow * ey
            torque_nm[n, 2] += ax * fy - ay * fx - slow * ez


@kernel
def _lift(
    sails: Sails, motion: Motion, air_mps: Array, ground: Heights, dt_s: float, force_n: Array, torque_nm: Array
) -> None:
    """Add the uplift of plates that lie on or just above the ground, about their centres of mass, world frame."""
    for n in range(sails.rows.shape[0]):
        flat = sails.flat[n]
        if flat < 0:
            continue
        row = sails.rows[n]
        r, q, x = motion.rotation[row], sails.axes[n], motion.position_m[row]
        level = abs(r[2, 0] * q[0, flat] + r[2, 1] * q[1, flat] + r[2, 2] * q[2, flat])
        chord = math.sqrt(sails.area_m2[n])
        gap = max(x[2] - height_at(ground, x[0], x[1]) - sails.half_m[n], 0.0)
        near = level * (1.0 - gap / (_LIFT_REACH * chord))
        ux, uy = air_mps[n, 0] - motion.velocity_mps[row, 0], air_mps[n, 1] - motion.velocity_mps[row, 1]
        speed = math.sqrt(ux * ux + uy * uy)
        if near <= 0.0 or speed <= 0.0:
            continue
        lift = 0.5 * RHO_AIR * _CF_LYING * near * sails.area_m2[n] * speed * speed
        lift = min(lift, _LIFT_SHARE * speed * sails.mass_kg[n] / dt_s)
        arm = 0.25 * chord * level / speed
        force_n[n, 2] += lift
        torque_nm[n, 0] -= arm * uy * lift
        torque_nm[n, 1] += arm * ux * lift
