"""The water of a world acting on all its bodies."""

from __future__ import annotations

import numpy as np

from simgen.conditions import Conditions
from simgen.world.bodies import Body, Track
from simgen.world.bullet import GRAVITY_MPS2, Client
from simgen.world.frames import Array, inverse
from simgen.world.ragdoll import Ragdoll
from simgen.world.solids import buoyancy_hull
from simgen.world.state import Motion
from simgen.world.water import CD_VEHICLE, HullSpec, pack, pool_of, water_forces

_HULL_SEARCH_STEPS = 40


class Flood:
    """Buoyancy, drag and current; without water it does nothing.

    Attributes:
        pool: where the water is.
        wet: whether there is any water.
        submerged: (A,) submerged share of each actor's hull.
        lift_n: (A,) buoyancy on each.
    """

    def __init__(self, client: Client, bodies: list[Body], conditions: Conditions) -> None:
        self._client = client
        self.pool = pool_of(conditions.water)
        current = (0.0, 0.0) if conditions.water is None else conditions.water.current_mps
        self._current = np.array([current[0], current[1], 0.0])
        self._still = np.zeros(3)
        self.wet = conditions.water is not None
        count = len(bodies)
        self.submerged, self.lift_n = np.zeros(count), np.zeros(count)
        self.force_n, self.torque_nm = np.zeros((count, 3)), np.zeros((count, 3))
        self._bodies = bodies
        self._hulls = pack([_hull(b) for b in bodies])

    def measure(self, track: Track, dt_s: float, *, flowing: bool) -> None:
        """Refresh `submerged`, `lift_n` and the forces for the present motion."""
        if not self.wet:
            return
        self._evaluate(track.motion, dt_s, self._current if flowing else self._still)

    def push(self, track: Track) -> None:
        """Hand the measured forces to Bullet, for everything that physics moves."""
        if not self.wet:
            return
        cid, world = self._client.id, self._client.api.WORLD_FRAME
        apply_force, apply_torque = self._client.api.applyExternalForce, self._client.api.applyExternalTorque
        wet = self.submerged.tolist()
        for body in self._bodies:
            k = body.index
            if wet[k] <= 0.0 or body.role in ("fixed", "walker", "ragdoll"):
                continue
            apply_force(body.uid, -1, self.force_n[k].tolist(), track.positions_m[k], world, cid)
            apply_torque(body.uid, -1, self.torque_nm[k].tolist(), world, cid)

    def wade(self, ragdoll: Ragdoll, row: int, dt_s: float, *, flowing: bool) -> None:
        """Push a ragdoll, joints and water, and note how much of it is under water; after `measure`."""
        self.submerged[row] = ragdoll.push(self.pool, self._current if flowing else self._still, dt_s)

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

    def _lift_at(self, motion: Motion, k: int, z_m: float) -> float:
        position = motion.position_m.copy()
        position[k, 2] = z_m
        self._evaluate(motion._replace(position_m=position), 1.0, self._still)
        return float(self.lift_n[k])

    def _evaluate(self, motion: Motion, dt_s: float, current: Array) -> None:
        water_forces(
            self._hulls,
            motion,
            self.pool,
            current,
            dt_s,
            self.force_n,
            self.torque_nm,
            self.submerged,
            self.lift_n,
        )


def _hull(body: Body) -> HullSpec:
    solids, fraction = buoyancy_hull(body.model, body.solids)
    mass = max(body.mass_kg, 1e-3)  # fixed bodies are measured but not pushed
    coefficient = CD_VEHICLE if body.model.vehicle is not None else None
    return HullSpec(solids, fraction, coefficient, inverse(body.T_model_body), mass, body.inertia_kgm2)
