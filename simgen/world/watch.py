"""What to look out for after each step: collisions, grip, the road, floating, and broken physics."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.errors import PhysicsError
from simgen.models import Region, Site
from simgen.world.bodies import Body, Track
from simgen.world.bullet import GRAVITY_MPS2, Client
from simgen.world.events import Event, Latches, fires, new_latches
from simgen.world.flood import Flood
from simgen.world.frames import Array
from simgen.world.ground import Heights, height_at, heights_of
from simgen.world.impacts import Impacts
from simgen.world.state import Motion
from simgen.world.vehicle import Vehicles

_SLIP_HOLD_S = 0.1
_REARM_S = 1.0
_IMPACT_S = 0.1
_SLIP_SHARE = 0.5
_SLIP_SPEED_MPS = 1.0
_AFLOAT_SHARE = 0.95
_AQUAPLANING_SHARE = 0.5
_MAX_SPEED_MPS = 200.0
_MAX_SINK_M = 5.0
_CHECK_TICKS = 12


class Strip(NamedTuple):
    """Bounds of a region; one that is nowhere has x_min > x_max."""

    x_min_m: float
    x_max_m: float
    y_min_m: float
    y_max_m: float


def _strip(region: Region | None) -> Strip:
    if region is None:
        return Strip(1.0, 0.0, 1.0, 0.0)
    return Strip(*(float(v) for v in (region.x_min_m, region.x_max_m, region.y_min_m, region.y_max_m)))


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
        self._bodies = bodies
        self._vehicles = vehicles
        self._ego = ego
        self._others = {b.uid: b.spec.name for b in bodies if b.uid != ego.uid} | walls
        self._met: dict[str, int] = {}  # name -> row in `events`
        self._blows: dict[str, float] = {}  # name -> impulse of a body that has become a ragdoll since
        count = len(vehicles.bodies)
        self._slip = new_latches(count, hold_s=_SLIP_HOLD_S, rearm_s=_REARM_S)
        self._afloat = new_latches(count, hold_s=_SLIP_HOLD_S, rearm_s=_REARM_S)
        self._carried = new_latches(count, hold_s=_SLIP_HOLD_S, rearm_s=_REARM_S)
        self._on_road = np.zeros(count, np.bool_)
        self._news = np.zeros((count, 4), np.bool_)
        self._followed = vehicles.drivers.drives | np.array([b is ego for b in vehicles.bodies], np.bool_)
        self._afloat_n = np.array([_AFLOAT_SHARE * b.mass_kg * GRAVITY_MPS2 for b in vehicles.bodies], np.float64)
        self._road = _strip(site.regions.get("road"))
        self._ground = heights_of(site.ground)
        self._lowest_m = float(site.ground.z_m.min()) - _MAX_SINK_M
        self._all = np.arange(len(bodies), dtype=np.int64)
        self._movable = np.array([b.index for b in bodies if b.role != "fixed"], np.int64)

    def look(self, track: Track, flood: Flood, impacts: Impacts, time_s: float, dt_s: float) -> None:
        """Note what happened within the last step."""
        self._collisions(impacts, time_s, dt_s)
        vehicles, news = self._vehicles, self._news
        count = _survey(
            vehicles.wheels.slip_share,
            vehicles.wheels.aquaplaning,
            self._followed,
            track.latest,
            vehicles.rows,
            flood.lift_n,
            self._afloat_n,
            self._road,
            self._slip,
            self._on_road,
            self._afloat,
            self._carried,
            dt_s,
            news,
        )
        if not count:
            return
        for n, body in enumerate(vehicles.bodies):
            name = body.spec.name
            if news[n, 0]:
                self._add(time_s, "loss_of_traction", name, "", float(vehicles.wheels.slip_share[n]))
            if news[n, 1]:
                self._add(time_s, "left_road", name, "", self._away(n, track))
            if news[n, 2]:
                self._add(time_s, "floating", name, "", float(flood.submerged[body.index]))
            if news[n, 3]:
                self._add(time_s, "aquaplaning", name, "", float(vehicles.wheels.aquaplaning[n]))

    def check(self, track: Track, tick: int) -> None:
        """Refuse to go on with a state that is not physical.

        Vehicles, robots and walkers are looked at every tick; loose things, and the ground under everything,
        in the first tick and every twelfth after it.

        Args:
            track: the present motion.
            tick: the clock.

        Raises:
            PhysicsError: a pose or velocity is NaN, a body is faster than 200 m/s, or 5 m under the ground.
        """
        if tick % _CHECK_TICKS == 1:
            self.check_all(track, tick)
            return
        bad = _unphysical(track.latest, track.pushed, self._lowest_m)
        if bad >= 0:
            self._refuse(self._bodies[bad], track, tick)

    def check_all(self, track: Track, tick: int) -> None:
        """As `check`, with everything looked at now."""
        motion = track.motion
        bad = _unphysical(motion, self._all, self._lowest_m)
        if bad < 0:
            bad = _sunk(motion, self._movable, self._ground)
        if bad >= 0:
            self._refuse(self._bodies[bad], track, tick)

    def _refuse(self, body: Body, track: Track, tick: int) -> None:
        m, k = track.motion, body.index
        raise PhysicsError(
            f"actor {body.spec.name!r} ({body.spec.model}) left the physical at tick {tick}: position_m "
            f"{m.position_m[k].round(2).tolist()}, velocity_mps {m.velocity_mps[k].round(2).tolist()}; expected "
            f"finite, below {_MAX_SPEED_MPS:.0f} m/s, at most {_MAX_SINK_M:.0f} m under the ground. Check "
            "that it starts on the site and does not overlap another actor"
        )

    def _collisions(self, impacts: Impacts, time_s: float, dt_s: float) -> None:
        contacts = self._client.api.getContactPoints(bodyA=self._ego.uid, physicsClientId=self._client.id)
        if not contacts and not self._blows and not impacts.impulses_ns:
            return
        impulse, self._blows = self._blows, {}
        for (car, thing), j in impacts.impulses_ns.items():
            if car == self._ego.uid and j > 0.0:
                name = self._others[thing]
                impulse[name] = impulse.get(name, 0.0) + j
        for c in contacts:
            other = c[2] if c[1] == self._ego.uid else c[1]
            if other in self._others and c[9] > 0.0:
                name = self._others[other]
                impulse[name] = impulse.get(name, 0.0) + c[9] * dt_s
        for name in sorted(impulse):
            if name not in self._met:
                self._met[name] = len(self.events)
                self._add(time_s, "collision", self._ego.spec.name, name, impulse[name])
                continue
            event = self.events[self._met[name]]
            if time_s - event.time_s < _IMPACT_S:
                self.events[self._met[name]] = replace(event, value=event.value + impulse[name])

    def blow(self, body: Body, dt_s: float) -> None:
        """Keep the impulse that the ego just gave a body which is about to be taken out of the world."""
        pair = {"bodyA": self._ego.uid, "bodyB": body.uid, "physicsClientId": self._client.id}
        contacts = self._client.api.getContactPoints(**pair) if body is not self._ego else ()
        total = sum(c[9] for c in contacts) * dt_s
        if total > 0.0:
            self._blows[body.spec.name] = total

    def rename(self, old: int, new: list[int], body: Body) -> None:
        """An actor's body has become several others, by their Bullet ids."""
        self._others.pop(old, None)
        if body is not self._ego:
            self._others |= dict.fromkeys(new, body.spec.name)

    def _away(self, n: int, track: Track) -> float:
        """How far left of its lane, or beyond the road's edge, a vehicle is."""
        x, y, _ = track.latest.position_m[self._vehicles.rows[n]].tolist()
        away = self._vehicles.off_path_m(n, x, y)
        return max(self._road.y_min_m - y, y - self._road.y_max_m) if away is None else away

    def _add(self, time_s: float, kind: str, subject: str, other: str, value: float) -> None:
        self.events.append(Event(time_s, kind, subject, other, value))


@kernel
def _survey(
    slip_share: Array,
    aquaplaning: Array,
    followed: NDArray[np.bool_],
    motion: Motion,
    rows: NDArray[np.int64],
    lift_n: Array,
    afloat_n: Array,
    road: Strip,
    slip: Latches,
    on_road: NDArray[np.bool_],
    afloat: Latches,
    carried: Latches,
    dt_s: float,
    news: NDArray[np.bool_],
) -> int:
    """Number of events of vehicles in this tick.

    Which ones goes to `news` (N, 4): traction lost, road left, floating, aquaplaning.
    """
    count = 0
    for n in range(rows.shape[0]):
        x, v = motion.position_m[rows[n]], motion.velocity_mps[rows[n]]
        news[n, 0] = news[n, 1] = False
        if followed[n]:
            fast = math.sqrt(v[0] * v[0] + v[1] * v[1]) > _SLIP_SPEED_MPS
            news[n, 0] = fires(slip, n, slip_share[n] >= _SLIP_SHARE and fast, dt_s)
            if road.x_min_m <= x[0] <= road.x_max_m:  # else beyond the end of what is modelled
                inside = road.y_min_m <= x[1] <= road.y_max_m
                news[n, 1] = on_road[n] and not inside
                on_road[n] = inside
        news[n, 2] = fires(afloat, n, lift_n[rows[n]] > afloat_n[n], dt_s)
        news[n, 3] = fires(carried, n, aquaplaning[n] >= _AQUAPLANING_SHARE, dt_s)
        count += int(news[n, 0]) + int(news[n, 1]) + int(news[n, 2]) + int(news[n, 3])
    return count


@kernel
def _unphysical(motion: Motion, rows: NDArray[np.int64], lowest_m: float) -> int:
    """The first of some bodies that is not a number somewhere, too fast or too low; -1: none."""
    for m in range(rows.shape[0]):
        x, v = motion.position_m[rows[m]], motion.velocity_mps[rows[m]]
        speed = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
        if not (speed <= _MAX_SPEED_MPS and x[2] >= lowest_m and math.isfinite(x[0] + x[1] + x[2])):
            return int(rows[m])
    return -1


@kernel
def _sunk(motion: Motion, rows: NDArray[np.int64], ground: Heights) -> int:
    """The first of some bodies that is far under the ground; -1: none."""
    for m in range(rows.shape[0]):
        x = motion.position_m[rows[m]]
        if x[2] < height_at(ground, x[0], x[1]) - _MAX_SINK_M:
            return int(rows[m])
    return -1
