"""People, animals and cyclists that were struck: a chain of rigid bodies on ball joints with limits.

Each segment with a mass of its own becomes a Bullet body; point-to-point constraints join them. The limits of the
joints and their drag (slack muscle) are torques of ours: a share of what would stop the joint within the tick, so
that they never add energy whatever the tick's length.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simgen.models import Shape
from simgen.models.limbs import Segment
from simgen.models.model import Model
from simgen.world.air import AirField, air_velocity
from simgen.world.bodies import Body
from simgen.world.bullet import (
    GROUP_FREE,
    GROUP_GROUND,
    GROUP_RAGDOLL,
    GROUP_STATIC,
    GROUP_VEHICLE,
    GROUP_WALKER,
    GROUP_YIELDING,
    Client,
    in_frame,
)
from simgen.world.frames import Array, compose, inverse, matrix_from_quat, pose, quat_from_matrix, turn
from simgen.world.limits import Chain, joint_torques
from simgen.world.solids import mass_properties, solid_of
from simgen.world.state import Motion, Pool
from simgen.world.water import HullSpec, pack, water_forces
from simgen.world.wind import drag_forces, sails_of

_MASK = GROUP_FREE | GROUP_STATIC | GROUP_VEHICLE | GROUP_WALKER | GROUP_GROUND | GROUP_YIELDING
_LEAST_MOMENT = 0.25  # of a body's largest: thin rods that spin about themselves shake a chain apart
_JOINT_N = 2e5  # more than any blow: joints do not come apart
_DENSITY_KGPM3 = 985.0  # of people with air in their lungs, who just float
_SWEPT_SHARE = 0.6  # of a body's thickness, as the sphere that Bullet sweeps to keep it from tunnelling


class Link(NamedTuple):
    """One rigid body of a ragdoll.

    Attributes:
        uid: Bullet's id.
        parent: row of the body it hangs on, -1 for none.
        T_segment_body: (4, 4) pose of the body frame (centre of mass) in its segment's frame.
        pivot: (3,) its joint in its own body frame; pivot_parent: the same in the parent's.
    """

    uid: int
    parent: int
    T_segment_body: Array
    pivot: Array
    pivot_parent: Array


class Ragdoll:
    """A body with limbs that has come loose. Its first body carries the model frame.

    Attributes:
        links: its bodies, parents first.
        masses_kg: (N,) of them.
        T_model_root: (4, 4) pose of the first body's frame in the model frame, for who reads the actor's pose.
    """

    def __init__(
        self,
        client: Client,
        body: Body,
        T_world_model: Array,
        T_world_segment: Array,
        velocity_mps: Array,
        angular_radps: Array,
        center_m: Array,
        friction: float,
    ) -> None:
        """Take the place of a walker's proxy.

        Args:
            client: the physics.
            body: the actor; its proxy must be gone.
            T_world_model: (4, 4) pose of the model frame.
            T_world_segment: (S, 4, 4) poses of its segments at this moment.
            velocity_mps, angular_radps: (3,) of the proxy, which all parts keep, so that momentum does.
            center_m: (3,) point that moves with `velocity_mps`.
            friction: contact friction of the parts.
        """
        limbs = body.model.limbs
        assert limbs is not None
        self._client = client
        segments = limbs.segments
        row = {s.name: k for k, s in enumerate(segments)}
        owners = [s for s in segments if not s.rides]
        self._owner = {s.name: n for n, s in enumerate(owners)}
        self._ride = np.array([self._owner[s.rides or s.name] for s in segments], np.int64)
        total = sum(s.mass_share for s in owners)
        self.links: list[Link] = []
        moments: list[Array] = []
        masses: list[float] = []
        specs: list[HullSpec] = []
        for s in owners:
            T = T_world_segment[row[s.name]]
            mass = body.mass_kg * s.mass_share / total
            solids = [solid_of(_prism(shape)) for shape in s.shapes]
            own = np.diag(mass_properties(solids, mass))
            own = np.maximum(own, _LEAST_MOMENT * own.max())
            link = self._add(s, T, mass, own, friction, row)
            masses.append(mass)
            moments.append(own)
            self.links.append(link)
            share = mass / (_DENSITY_KGPM3 * sum(solid.volume_m3 for solid in solids))
            specs.append(HullSpec(solids, share, None, inverse(link.T_segment_body), mass, own))
            at = compose(T, link.T_segment_body)[:3, 3]
            v = velocity_mps + np.cross(angular_radps, at - center_m)
            client.api.resetBaseVelocity(link.uid, v.tolist(), angular_radps.tolist(), client.id)
        self._T_ride = np.array(
            [
                compose(inverse(T_world_segment[row[owners[self._ride[k]].name]]), T_world_segment[k])
                for k in range(len(segments))
            ]
        )
        T_root = T_world_segment[row[owners[0].name]]
        root_of_model = compose(inverse(T_world_model), T_root)
        self.T_model_root = compose(root_of_model, self.links[0].T_segment_body)
        self._chain = _chain(self.links, owners, moments, body.model)
        count = len(owners)
        self._hulls = pack(specs)
        self._motion = Motion(np.zeros((count, 3, 3)), np.zeros((count, 3)), np.zeros((count, 3)), np.zeros((count, 3)))
        self._torques, self._water_n, self._water_nm = (np.zeros((count, 3)) for _ in range(3))
        self._wet, self._lift_n = np.zeros(count), np.zeros(count)
        self._sails = sails_of(specs, range(count))
        self._air, self._air_n, self._air_nm = (np.zeros((count, 3)) for _ in range(3))
        self.masses_kg = np.array(masses)

    @property
    def uid(self) -> int:
        """Bullet's id of the first body."""
        return self.links[0].uid

    def read(self) -> None:
        """Take in the present motion, before `blow` and `push`."""
        api, cid, m = self._client.api, self._client.id, self._motion
        for k, link in enumerate(self.links):
            m.position_m[k], quat = api.getBasePositionAndOrientation(link.uid, cid)
            m.velocity_mps[k], m.angular_radps[k] = api.getBaseVelocity(link.uid, cid)
            m.rotation[k] = matrix_from_quat(quat)

    def blow(self, field: AirField, time_s: float, dt_s: float) -> None:
        """Hand the air's forces on every limb to Bullet, before a step."""
        m = self._motion
        air_velocity(field, m.position_m, time_s, self._air)
        drag_forces(self._sails, m, self._air, dt_s, self._air_n, self._air_nm)
        self._apply(self._air_n, self._air_nm)

    def push(self, pool: Pool, current_mps: Array, dt_s: float) -> float:
        """Hand the torques of the joints and the water's forces to Bullet, before a step.

        Returns:
            The submerged share of the body.
        """
        m = self._motion
        joint_torques(self._chain, m.rotation, m.angular_radps, dt_s, self._torques)
        if pool.area_m[0] <= pool.area_m[1]:
            water_forces(
                self._hulls, m, pool, current_mps, dt_s, self._water_n, self._water_nm, self._wet, self._lift_n
            )
            self._torques += self._water_nm
        self._apply(self._water_n, self._torques)
        return float((self._wet * self.masses_kg).sum() / self.masses_kg.sum())

    def _apply(self, force_n: Array, torque_nm: Array) -> None:
        api, cid = self._client.api, self._client.id
        rows = zip(self.links, force_n.tolist(), torque_nm.tolist(), self._motion.position_m.tolist(), strict=True)
        for link, force, torque, at in rows:
            if any(force):
                api.applyExternalForce(link.uid, -1, force, at, api.WORLD_FRAME, cid)
            api.applyExternalTorque(link.uid, -1, torque, api.WORLD_FRAME, cid)

    def limb_poses(self) -> Array:
        """(S, 4, 4) poses in the world of all segments; joints are closed exactly, from the first body outward."""
        api, cid = self._client.api, self._client.id
        bodies: list[Array] = []
        for link in self.links:
            position, quat = api.getBasePositionAndOrientation(link.uid, cid)
            T = pose(matrix_from_quat(quat), position)
            if link.parent >= 0:
                joint = turn(bodies[link.parent][:3, :3], link.pivot_parent) + bodies[link.parent][:3, 3]
                T[:3, 3] = joint - turn(T[:3, :3], link.pivot)
            bodies.append(T)
        owned = np.array([compose(T, inverse(link.T_segment_body)) for T, link in zip(bodies, self.links, strict=True)])
        return compose(owned[self._ride], self._T_ride)

    def _add(self, s: Segment, T: Array, mass_kg: float, moments: Array, friction: float, row: dict[str, int]) -> Link:
        """One body at its segment's pose, joined to its parent."""
        T_segment_body = pose(np.eye(3), s.center_of_mass_m)
        T_body = compose(T, T_segment_body)
        client = self._client
        uid = client.add_body(
            in_frame(s.shapes, inverse(T_segment_body)),
            position_m=T_body[:3, 3],
            quat_xyzw=quat_from_matrix(T_body[:3, :3]),
            mass_kg=mass_kg,
            inertia_kgm2=moments,
            friction=friction,
        )
        client.set_group(uid, GROUP_RAGDOLL, _MASK)
        client.sweep(uid, _SWEPT_SHARE * min(_thickness(shape) for shape in s.shapes))
        if not s.parent:
            return Link(uid, -1, T_segment_body, np.zeros(3), np.zeros(3))
        parent = int(self._ride[row[s.parent]])
        T_parent = self._body_pose(self.links[parent].uid)
        pivot = turn(T_body[:3, :3].T, T[:3, 3] - T_body[:3, 3])
        pivot_parent = turn(T_parent[:3, :3].T, T[:3, 3] - T_parent[:3, 3])
        client.join(self.links[parent].uid, uid, pivot_parent, pivot, _JOINT_N)
        return Link(uid, parent, T_segment_body, pivot, pivot_parent)

    def _body_pose(self, uid: int) -> Array:
        position, quat = self._client.api.getBasePositionAndOrientation(uid, self._client.id)
        return pose(matrix_from_quat(quat), position)


def _prism(shape: Shape) -> Shape:
    """A cylinder of the capsule's length for its inertia."""
    if shape.kind != "capsule":
        return shape
    r, _, straight = shape.size_m
    return Shape("cylinder", shape.center_m, shape.quat_xyzw, (r, r, straight + 4.0 / 3.0 * r))


def _thickness(shape: Shape) -> float:
    return 0.5 * min(shape.size_m) if shape.kind == "box" else shape.size_m[0]


def _chain(links: list[Link], owners: list[Segment], moments: list[Array], model: Model) -> Chain:
    """The joints as the kernel takes them; ranges are about the standing pose."""
    rest = {p.name: matrix_from_quat(p.quat_xyzw) for p in model.parts}
    count = len(links)
    parent = np.array([link.parent for link in links], np.int64)
    turns, low, high = np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 3)), np.zeros((count, 3))
    child, holder = np.tile(np.eye(3), (count, 1, 1)), np.ones((count, 3))
    for k, (link, s) in enumerate(zip(links, owners, strict=True)):
        low[k], high[k] = s.low_rad, s.high_rad
        if link.parent < 0:
            continue
        turns[k] = _product(rest[owners[link.parent].name].T, rest[s.name])
        child[k] = np.diag(moments[k])
        holder[k] = moments[link.parent]
    work = (np.zeros((3, 3)), np.zeros((3, 3)), np.zeros(3), np.zeros(3))
    return Chain(parent, turns, low, high, child, holder, *work)


def _product(a: Array, b: Array) -> Array:
    out = np.zeros((3, 3))
    for k in range(3):
        out += a[:, k, None] * b[None, k, :]
    return out
