"""What can be seen of a world: the fixed cast of meshes, and their poses, lights and lamps at one tick."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Conditions
from simgen.models import LAMP_KINDS, LampMount, Site, class_by_name
from simgen.snapshot import Cast, CastObject, CastPart, Lamps
from simgen.world.bodies import Body
from simgen.world.bullet import Client
from simgen.world.frames import Array, compose, matrix_from_quat, pose, turn
from simgen.world.vehicle import WHEELS, Vehicles

_BEAMS = {"area": 0, "spot": 1, "lowbeam": 2}
_FLASH_HZ = 1.5  # UN R48, 6.5: 90 flashes a minute


@dataclass(frozen=True, eq=False)
class _Joint:
    """A part that moves against its model: a wheel (row, corner) or a robot's link (uid, index)."""

    part: int
    owner: int
    rest: Array
    wheel: tuple[int, int] | None
    link: tuple[int, int] | None


class Stage:
    """Turns the state of a world into what looks at it.

    Attributes:
        cast: the parts and objects, scenery first.
    """

    def __init__(self, site: Site, bodies: list[Body], vehicles: Vehicles) -> None:
        parts = [CastPart(p.mesh, class_by_name(p.class_name).id, 0, (), p.roof) for p in site.parts]
        self._scenery = len(parts)
        self._site, self._bodies, self._vehicles = site, bodies, vehicles
        row = {b.index: n for n, b in enumerate(vehicles.bodies)}
        owner: list[int] = []
        rest: list[Array] = []
        self._joints: list[_Joint] = []
        for body in bodies:
            class_id = class_by_name(body.model.class_name).id
            tint = tuple(sorted(body.spec.colors.items()))
            for part in body.model.parts:
                T_rest = pose(matrix_from_quat(part.quat_xyzw), part.position_m)
                wheel = link = None
                if body.role == "vehicle" and part.name in WHEELS:
                    wheel = (row[body.index], WHEELS.index(part.name))
                elif body.robot is not None and body.robot.links.get(part.name, -1) >= 0:
                    link = (body.uid, body.robot.links[part.name])
                if wheel or link:
                    self._joints.append(_Joint(len(parts), body.index, T_rest, wheel, link))
                owner.append(body.index)
                rest.append(T_rest)
                parts.append(CastPart(part.mesh, class_id, body.index + 1, tint))
        self._owner = np.array(owner, np.int64)
        self._rest = np.array(rest).reshape(-1, 4, 4)
        self.cast = Cast(tuple(parts), tuple(_object(b) for b in bodies), site.indoor)

    def part_poses(self, client: Client, T_world_object: Array) -> Array:
        """(P, 4, 4) poses of all parts; wheels steer, spin and ride, links follow their joints."""
        out = np.tile(np.eye(4), (len(self.cast.parts), 1, 1))
        if len(self._owner):
            out[self._scenery :] = compose(T_world_object[self._owner], self._rest)
        for joint in self._joints:
            if joint.wheel is not None:
                out[joint.part] = compose(T_world_object[joint.owner], self._wheel(joint.wheel, joint.rest))
            elif joint.link is not None:
                state = client.api.getLinkState(
                    joint.link[0], joint.link[1], computeForwardKinematics=1, physicsClientId=client.id
                )
                out[joint.part] = pose(matrix_from_quat(state[5]), state[4])
        return out

    def lit(self, conditions: Conditions, time_s: float) -> tuple[NDArray[np.uint8], list[set[str]]]:
        """(P,) bit masks over `LAMP_KINDS` of the lamp kinds that are on, and the kinds by actor."""
        place = _site_kinds(conditions)
        by_actor = [self._actor_kinds(b, time_s) for b in self._bodies]
        masks = [_mask(place)] * self._scenery + [_mask(place | by_actor[k]) for k in self._owner.tolist()]
        return np.array(masks, np.uint8), by_actor

    def lamps(self, conditions: Conditions, by_actor: list[set[str]], T_world_object: Array) -> Lamps:
        """The lit lamps of the site, scaled to the conditions' illuminance, and of the actors."""
        position, direction, intensity, beam, cosine, owner = [], [], [], [], [], []
        lux = {"street": conditions.light.street_lights_lx, "room": conditions.light.room_lights_lx}

        def add(lamp: LampMount, T_world_owner: Array, scale: float, instance: int) -> None:
            position.append(turn(T_world_owner[:3, :3], lamp.position_m) + T_world_owner[:3, 3])
            direction.append(turn(T_world_owner[:3, :3], lamp.direction))
            intensity.append(lamp.intensity_cd * scale * np.asarray(lamp.color))
            beam.append(_BEAMS[lamp.beam])
            cosine.append(math.cos(lamp.half_angle_rad))
            owner.append(instance)

        for lamp in self._site.lamps:
            if lux.get(lamp.kind, 0.0) > 0.0:
                add(lamp, np.eye(4), lux[lamp.kind], 0)
        for body, kinds in zip(self._bodies, by_actor, strict=True):
            for lamp in body.model.lamps:
                if lamp.kind in kinds:
                    add(lamp, T_world_object[body.index], 1.0, body.index + 1)
        return Lamps(
            np.array(position, np.float64).reshape(-1, 3),
            np.array(direction, np.float64).reshape(-1, 3),
            np.array(intensity, np.float64).reshape(-1, 3),
            np.array(beam, np.uint8),
            np.array(cosine, np.float64),
            np.array(owner, np.uint16),
        )

    def _actor_kinds(self, body: Body, time_s: float) -> set[str]:
        """Lamp kinds now on: the author's, indicators only while they flash, brake lamps while braking."""
        kinds = set(body.spec.lights)
        if (time_s * _FLASH_HZ) % 1.0 >= 0.5:
            kinds.discard("indicator")
        if body.role == "vehicle" and self._vehicles.commands.braking[self._vehicles.bodies.index(body)]:
            kinds.add("brake")
        return kinds

    def _wheel(self, wheel: tuple[int, int], rest: Array) -> Array:
        """(4, 4) pose of a wheel in the model frame: up by its travel, steered about z, rolled about y."""
        w = self._vehicles.wheels
        steer, spin = float(w.steer_rad[wheel]), float(w.spin_rad[wheel])
        cs, ss, cr, sr = math.cos(steer), math.sin(steer), math.cos(spin), math.sin(spin)
        rolled = np.array([[cs * cr, -ss, cs * sr], [ss * cr, cs, ss * sr], [-sr, 0.0, cr]])
        moved = pose(rolled, rest[:3, 3] + np.array([0.0, 0.0, float(w.travel_m[wheel])]))
        return compose(moved, pose(rest[:3, :3], (0.0, 0.0, 0.0)))


def _object(body: Body) -> CastObject:
    m = body.model
    return CastObject(
        body.spec.name, body.spec.model, class_by_name(m.class_name).id, m.size_m, m.box_center_m, m.mounts
    )


def _site_kinds(conditions: Conditions) -> set[str]:
    kinds = {"street"} if conditions.light.street_lights_lx > 0.0 else set()
    return kinds | ({"room"} if conditions.light.room_lights_lx > 0.0 else set())


def _mask(kinds: set[str]) -> int:
    return sum(1 << LAMP_KINDS.index(k) for k in kinds)
