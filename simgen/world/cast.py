"""What can be seen of a world: the fixed cast of meshes, and their poses, lights and lamps at one tick."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.conditions import Conditions
from simgen.models import LAMP_KINDS, Site, Version, class_by_name
from simgen.models.finish import Finish
from simgen.models.stance import gait_box
from simgen.snapshot import Cast, CastObject, CastPart, Lamps
from simgen.world.bodies import Body
from simgen.world.bullet import Client
from simgen.world.frames import Array, matrix_from_quat, multiply, pose
from simgen.world.vehicle import CORNER_OF, Vehicles
from simgen.world.walker import Walker

_BEAMS = {"area": 0, "spot": 1, "lowbeam": 2}
_INDICATOR = np.uint8(1 << LAMP_KINDS.index("indicator"))
_BEACON = np.uint8(1 << LAMP_KINDS.index("beacon"))
_BRAKE = np.uint8(1 << LAMP_KINDS.index("brake"))
_PLACE = np.array([255], np.uint8)  # the site's lamps that are off are not among the bulbs
_WARM = ("person", "animal", "cyclist", "motorcycle", "robot")
_FLASH_HZ = 1.5  # UN R48, 6.5: 90 flashes a minute
_BEACON_HZ = 3.0  # UN R65 allows 2 to 4


class _Joints(NamedTuple):
    """The parts of vehicles that move against their model: W wheels.

    Attributes:
        part: (W,) int64 index among the actors' parts; row, corner: (W,) int64 of the wheel in the fleet.
        turned, moved: (4, 4), work space of the kernel.
    """

    part: NDArray[np.int64]
    row: NDArray[np.int64]
    corner: NDArray[np.int64]
    turned: Array
    moved: Array


class _Bulbs(NamedTuple):
    """All lamps of a scene, lit or not, those of the site first; vectors in the frame of their owner.

    Attributes:
        owner: (L,) uint16 instance id, 0 for the site; bit: (L,) uint8 of its kind in the masks.
        position_m, direction, intensity_cd: (L, 3); beam: (L,) uint8; cosine: (L,).
    """

    owner: NDArray[np.uint16]
    bit: NDArray[np.uint8]
    position_m: Array
    direction: Array
    intensity_cd: Array
    beam: NDArray[np.uint8]
    cosine: Array


class Stage:
    """Turns the state of a world into what looks at it.

    Attributes:
        cast: the parts and objects, scenery first.
    """

    def __init__(
        self,
        site: Site,
        bodies: list[Body],
        vehicles: Vehicles,
        walkers: list[Walker],
        conditions: Conditions,
        finishes: Mapping[str, Finish],
    ) -> None:
        parts = [
            CastPart(finest.mesh, class_by_name(p.class_name).id, 0, (), p.roof, tuple(coarser))
            for p in site.parts
            for finest, *coarser in (p.chunks or ((Version(p.mesh, 0.0),),))
        ]
        self._scenery = len(parts)
        self._vehicles = vehicles
        row = {b.index: n for n, b in enumerate(vehicles.bodies)}
        owner: list[int] = []
        rest: list[Array] = []
        wheels: list[tuple[int, int, int]] = []
        self._links: list[tuple[int, int, int]] = []  # part, Bullet id, link
        limbed = {w.body.index: w for w in walkers if w.body.model.limbs is not None}
        first = list(accumulate((len(b.model.parts) for b in bodies), initial=len(parts)))[:-1]
        self._limbed = [(first[k], w) for k, w in limbed.items()]
        for body in bodies:
            class_id = class_by_name(body.model.class_name).id
            tint = tuple(sorted(body.spec.colors.items()))
            for part in body.model.parts:
                if body.role == "vehicle" and part.name in CORNER_OF:
                    wheels.append((len(owner), row[body.index], CORNER_OF[part.name]))
                elif body.robot is not None and body.robot.body.links.get(part.name, -1) >= 0:
                    self._links.append((len(parts), body.uid, body.robot.body.links[part.name]))
                owner.append(body.index)
                rest.append(pose(matrix_from_quat(part.quat_xyzw), part.position_m))
                parts.append(CastPart(part.mesh, class_id, body.index + 1, tint))
        self._owner = np.array(owner, np.int64)
        self._rest = np.array(rest).reshape(-1, 4, 4)
        table = np.array(wheels, np.int64).reshape(-1, 3).T.copy()
        self._joints = _Joints(table[0], table[1], table[2], np.eye(4), np.eye(4))
        self._site, self._bodies = site, bodies
        self.light(conditions)
        self._lights = np.array([_mask(set(b.spec.lights)) for b in bodies], np.uint8)
        self.cast = Cast(tuple(parts), tuple(map(_object, bodies, first)), site.indoor, finishes)

    def light(self, conditions: Conditions) -> None:
        """Give the site's lamps the conditions' illuminance."""
        self._bulbs = _bulbs(self._site, self._bodies, conditions)
        self._place = _mask(_site_kinds(conditions))

    def part_poses(self, client: Client, T_world_object: Array) -> Array:
        """(P, 4, 4) poses of all parts; wheels steer, spin and ride, links follow their joints."""
        out = np.empty((len(self.cast.parts), 4, 4))
        out[: self._scenery] = np.eye(4)
        w = self._vehicles.wheels
        state = (w.steer_rad, w.spin_rad, w.travel_m)
        _pose_parts(T_world_object, self._owner, self._rest, self._joints, state, out[self._scenery :])
        for part, uid, link in self._links:
            seen = client.api.getLinkState(uid, link, computeForwardKinematics=1, physicsClientId=client.id)
            out[part] = pose(matrix_from_quat(seen[5]), seen[4])
        for part, walker in self._limbed:
            limbs = walker.limb_poses(T_world_object[walker.body.index])
            out[part : part + len(limbs)] = limbs
        return out

    def lit(self, time_s: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(P,) bit masks over `LAMP_KINDS` of the lamp kinds that are on, and (A,) those of the actors themselves.

        The author's, indicators and beacons only while they flash, brake lamps while braking.
        """
        own = self._lights.copy()
        if (time_s * _FLASH_HZ) % 1.0 >= 0.5:
            own &= ~_INDICATOR
        if (time_s * _BEACON_HZ) % 1.0 >= 0.5:
            own &= ~_BEACON
        own[self._vehicles.rows[self._vehicles.commands.braking]] |= _BRAKE
        rows = self._vehicles.rows
        for trailer, tractor in self._vehicles.couplings.towed_by.items():  # its lamps are wired to the tractor's
            own[rows[trailer]] = own[rows[tractor]]
        masks = np.full(len(self.cast.parts), self._place, np.uint8)
        masks[self._scenery :] |= own[self._owner]
        return masks, own

    def switch(self, index: int, kind: int, *, lit: bool) -> None:
        """Switch the lamps of a kind, an index into `LAMP_KINDS`, on an actor."""
        bit = np.uint8(1 << kind)
        self._lights[index] = self._lights[index] | bit if lit else self._lights[index] & ~bit

    def lamps(self, own: NDArray[np.uint8], T_world_object: Array) -> Lamps:
        """The lit lamps of the site, scaled to the conditions' illuminance, and of the actors with masks `own`."""
        b = self._bulbs
        on = (np.concatenate([_PLACE, own])[b.owner] & b.bit) != 0
        owner = b.owner[on]
        position, direction = b.position_m[on], b.direction[on]
        _aim(T_world_object, owner, position, direction)
        return Lamps(position, direction, b.intensity_cd[on], b.beam[on], b.cosine[on], owner)


@kernel
def _pose_parts(
    T_world_object: Array,
    owner: NDArray[np.int64],
    rest: Array,
    joints: _Joints,
    state: tuple[Array, Array, Array],
    out: Array,
) -> None:
    """Poses (P, 4, 4) of the actors' parts.

    A wheel goes up by its travel, is steered about z and rolled about y; `state` has the three, (N, 4) each.
    """
    for p in range(owner.shape[0]):
        multiply(T_world_object[owner[p]], rest[p], out[p])
    steer, spin, travel = state
    turned, moved = joints.turned, joints.moved
    for k in range(joints.part.shape[0]):
        p, n, w = joints.part[k], joints.row[k], joints.corner[k]
        cs, ss = math.cos(steer[n, w]), math.sin(steer[n, w])
        cr, sr = math.cos(spin[n, w]), math.sin(spin[n, w])
        turned[0, 0], turned[0, 1], turned[0, 2] = cs * cr, -ss, cs * sr
        turned[1, 0], turned[1, 1], turned[1, 2] = ss * cr, cs, ss * sr
        turned[2, 0], turned[2, 1], turned[2, 2] = -sr, 0.0, cr
        multiply(turned, rest[p], moved)
        moved[0, 3], moved[1, 3], moved[2, 3] = rest[p, 0, 3], rest[p, 1, 3], rest[p, 2, 3] + travel[n, w]
        multiply(T_world_object[owner[p]], moved, out[p])


@kernel
def _aim(T_world_object: Array, owner: NDArray[np.uint16], position_m: Array, direction: Array) -> None:
    """Carry lamps' (L, 3) positions and directions, in place, from the frames of their owners to the world."""
    for n in range(owner.shape[0]):
        if owner[n] == 0:
            continue
        T = T_world_object[owner[n] - 1]
        x, y, z = position_m[n, 0], position_m[n, 1], position_m[n, 2]
        u, v, w = direction[n, 0], direction[n, 1], direction[n, 2]
        for k in range(3):
            position_m[n, k] = x * T[k, 0] + y * T[k, 1] + z * T[k, 2] + T[k, 3]
            direction[n, k] = u * T[k, 0] + v * T[k, 1] + w * T[k, 2]


def _bulbs(site: Site, bodies: list[Body], conditions: Conditions) -> _Bulbs:
    lux = {"street": conditions.light.street_lights_lx, "room": conditions.light.room_lights_lx}
    lamps = [(lamp, 0, lux[lamp.kind]) for lamp in site.lamps if lux.get(lamp.kind, 0.0) > 0.0]
    lamps += [(lamp, b.index + 1, 1.0) for b in bodies for lamp in b.model.lamps]
    return _Bulbs(
        np.array([owner for _, owner, _ in lamps], np.uint16),
        np.array([_mask({lamp.kind}) for lamp, _, _ in lamps], np.uint8),
        np.array([lamp.position_m for lamp, _, _ in lamps], np.float64).reshape(-1, 3),
        np.array([lamp.direction for lamp, _, _ in lamps], np.float64).reshape(-1, 3),
        np.array([lamp.intensity_cd * x * np.asarray(lamp.color) for lamp, _, x in lamps], np.float64).reshape(-1, 3),
        np.array([_BEAMS[lamp.beam] for lamp, _, _ in lamps], np.uint8),
        np.array([math.cos(lamp.half_angle_rad) for lamp, _, _ in lamps], np.float64),
    )


def _object(body: Body, first_part: int) -> CastObject:
    """The actor as something that is seen; its parts begin at an index of the cast's."""
    m = body.model
    index = {part.name: first_part + k for k, part in enumerate(m.parts)}
    mount_parts = {mount: index[name] for mount, name in m.mount_parts.items()}
    size, center = gait_box(m, body.spec.speed_mps if body.role == "walker" else 0.0)
    parked = body.spec.speed_mps == 0.0 and body.role in ("vehicle", "free", "fixed") and body.spec.name != "ego"
    return CastObject(
        body.spec.name, body.spec.model, class_by_name(m.class_name).id, size, center, m.mounts, mount_parts,
        parked and m.class_name not in _WARM,
    )  # fmt: skip


def _site_kinds(conditions: Conditions) -> set[str]:
    kinds = {"street"} if conditions.light.street_lights_lx > 0.0 else set()
    return kinds | ({"room"} if conditions.light.room_lights_lx > 0.0 else set())


def _mask(kinds: set[str]) -> int:
    return sum(1 << LAMP_KINDS.index(k) for k in kinds)
