"""What to look out for after each step: collisions, grip, the road, floating, and broken physics."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from simgen.errors import PhysicsError
from simgen.models import Region, Site
from simgen.world.bodies import Body, Track
from simgen.world.bullet import GRAVITY_MPS2, Client
from simgen.world.events import Event, Latch
from simgen.world.flood import Flood
from simgen.world.vehicle import Vehicles

_SLIP_HOLD_S = 0.1
_REARM_S = 1.0
_IMPACT_S = 0.1
_SLIP_SHARE = 0.5
_SLIP_SPEED_MPS = 1.0
_AFLOAT_SHARE = 0.95
_MAX_SPEED_MPS = 200.0
_MAX_SINK_M = 5.0


class Watch:
    """Collects events and stops the world when it leaves the physical.

    Attributes:
        events: in order of time.
    """

    def __init__(
        self,
        client: Client,
        site: Site,
        bodies: list[Body],
        vehicles: Vehicles,
        walls: dict[int, str],
        ego: Body,
    ) -> None:
        self.events: list[Event] = []
        self._client = client
        self._site = site
        self._bodies = bodies
        self._vehicles = vehicles
        self._ego = ego
        self._others = {b.uid: b.spec.name for b in bodies if b.uid != ego.uid} | walls
        self._met: dict[int, int] = {}  # Bullet id -> row in `events`
        count = len(vehicles.bodies)
        self._slip = [Latch(hold_s=_SLIP_HOLD_S, rearm_s=_REARM_S) for _ in range(count)]
        self._on_road = [False] * count
        self._afloat = [Latch(hold_s=_SLIP_HOLD_S, rearm_s=_REARM_S) for _ in range(count)]

    def look(self, track: Track, flood: Flood, time_s: float, dt_s: float) -> None:
        """Note what happened within the last step."""
        self._collisions(time_s, dt_s)
        road = self._site.regions.get("road")
        for n, body in enumerate(self._vehicles.bodies):
            driver = self._vehicles.drivers[n]
            if driver is not None or body is self._ego:
                self._grip(n, body, track, time_s, dt_s)
                if road is not None:
                    self._road(n, body, track, road, time_s)
            k = body.index
            afloat = flood.lift_n[k] > _AFLOAT_SHARE * body.mass_kg * GRAVITY_MPS2
            if self._afloat[n].update(bool(afloat), dt_s):
                self._add(time_s, "floating", body.spec.name, "", float(flood.submerged[k]))

    def check(self, track: Track, tick: int, *, ground: bool = True) -> None:
        """Refuse to go on with a state that is not physical.

        Args:
            track: the present motion.
            tick: the clock, for the message.
            ground: look up the ground under each body; without, only the site's lowest ground counts.

        Raises:
            PhysicsError: a pose or velocity is NaN, a body is faster than 200 m/s, or 5 m under the ground.
        """
        m = track.motion
        finite = np.isfinite(m.position_m).all(axis=1) & np.isfinite(m.velocity_mps).all(axis=1)
        speed = np.sqrt((m.velocity_mps * m.velocity_mps).sum(axis=1))
        lowest = float(self._site.ground.z_m.min()) - _MAX_SINK_M
        bad = ~finite | ~(speed <= _MAX_SPEED_MPS) | ~(m.position_m[:, 2] >= lowest)
        if bad.any():
            self._refuse(self._bodies[int(np.argmax(bad))], track, tick)
        if not ground:
            return
        for body in self._bodies:
            x, y, z = m.position_m[body.index].tolist()
            if body.role != "fixed" and z < self._site.ground.at(x, y) - _MAX_SINK_M:
                self._refuse(body, track, tick)

    def _refuse(self, body: Body, track: Track, tick: int) -> None:
        m, k = track.motion, body.index
        raise PhysicsError(
            f"actor {body.spec.name!r} ({body.spec.model}) left the physical at tick {tick}: position_m "
            f"{m.position_m[k].round(2).tolist()}, velocity_mps {m.velocity_mps[k].round(2).tolist()}; expected "
            f"finite, below {_MAX_SPEED_MPS:.0f} m/s, at most {_MAX_SINK_M:.0f} m under the ground. Check "
            "that it starts on the site and does not overlap another actor"
        )

    def _collisions(self, time_s: float, dt_s: float) -> None:
        contacts = self._client.api.getContactPoints(bodyA=self._ego.uid, physicsClientId=self._client.id)
        impulse: dict[int, float] = {}
        for c in contacts:
            other = c[2] if c[1] == self._ego.uid else c[1]
            if other in self._others and c[9] > 0.0:
                impulse[other] = impulse.get(other, 0.0) + c[9] * dt_s
        for uid in sorted(impulse):
            if uid not in self._met:
                self._met[uid] = len(self.events)
                self._add(time_s, "collision", self._ego.spec.name, self._others[uid], impulse[uid])
                continue
            event = self.events[self._met[uid]]
            if time_s - event.time_s < _IMPACT_S:
                self.events[self._met[uid]] = replace(event, value=event.value + impulse[uid])

    def _grip(self, n: int, body: Body, track: Track, time_s: float, dt_s: float) -> None:
        vx, vy, _ = track.motion.velocity_mps[body.index].tolist()
        share = self._vehicles.slipping(n)
        if self._slip[n].update(share >= _SLIP_SHARE and math.hypot(vx, vy) > _SLIP_SPEED_MPS, dt_s):
            self._add(time_s, "loss_of_traction", body.spec.name, "", share)

    def _road(self, n: int, body: Body, track: Track, road: Region, time_s: float) -> None:
        x, y, _ = track.motion.position_m[body.index].tolist()
        if not road.x_min_m <= x <= road.x_max_m:
            return  # beyond the end of what is modelled
        inside = road.y_min_m <= y <= road.y_max_m
        if self._on_road[n] and not inside:
            driver = self._vehicles.drivers[n]
            away = driver.offset_of(x, y) if driver is not None else max(road.y_min_m - y, y - road.y_max_m)
            self._add(time_s, "left_road", body.spec.name, "", float(away))
        self._on_road[n] = inside

    def _add(self, time_s: float, kind: str, subject: str, other: str, value: float) -> None:
        self.events.append(Event(time_s, kind, subject, other, value))
