"""What to look out for after each step: what happened to whom, and whether physics is still sound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.areas import row_of
from simgen.compiled import inline, kernel
from simgen.held import Held, taken
from simgen.models import Site
from simgen.world.bodies import Body, Track
from simgen.world.bullet import GRAVITY_MPS2, Client
from simgen.world.collisions import Collisions
from simgen.world.encounters import Encounters
from simgen.world.events import Event, Latches, fires, new_latches
from simgen.world.flood import Flood
from simgen.world.frames import Array
from simgen.world.ground import Wall
from simgen.world.health import Health
from simgen.world.impacts import Impacts
from simgen.world.measures import boxes_of
from simgen.world.mishaps import Mishaps
from simgen.world.state import NOWHERE, Motion, on_area
from simgen.world.vehicle import Vehicles

_SLIP_HOLD_S = 0.1
_REARM_S = 1.0
_SLIP_SHARE = 0.5
_SLIP_SPEED_MPS = 1.0
_AFLOAT_SHARE = 0.95
_AQUAPLANING_SHARE = 0.5
_END_SLACK_M = 0.01
_END_REACH_M = 3.0  # more than anything drives in a tick


class Carriageway(NamedTuple):
    """The region "road", which its lanes enter and leave by its ends.

    Attributes:
        area_m: its row (see `simgen.areas.row_of`), `NOWHERE` without such a region.
        end_m: (E, 5) first and last points of the lanes: x, y, the direction out of the lane (x, y), and its width.
    """

    area_m: Array
    end_m: Array


def carriageway_of(site: Site) -> Carriageway:
    """The carriageway of a site."""
    road, ends = site.regions.get("road"), []
    for lane in site.lanes.values():
        for (x, y, _), (inner_x, inner_y, _) in (lane.points_m[[-1, -2]].tolist(), lane.points_m[[0, 1]].tolist()):
            run_m = math.hypot(x - inner_x, y - inner_y)
            ends.append((x, y, (x - inner_x) / run_m, (y - inner_y) / run_m, lane.width_m))
    return Carriageway(
        np.array(NOWHERE if road is None else row_of(road)), np.array(ends, np.float64).reshape(len(ends), 5)
    )


class Watch:
    """Collects events and stops the world when it leaves the physical.

    Attributes:
        events: in the order in which they were noted.
        health: what refuses to go on.
    """

    def __init__(
        self,
        client: Client,
        site: Site,
        bodies: list[Body],
        vehicles: Vehicles,
        walls: dict[int, Wall],
        ego: Body,
        physics_hz: int,
    ) -> None:
        self.events: list[Event] = []
        self._vehicles = vehicles
        self._ego = ego
        boxes = boxes_of(bodies)
        self.health = Health(client, site, bodies, boxes, walls)
        self._collisions = Collisions(client, bodies, boxes, walls, ego)
        self._encounters = Encounters(bodies, boxes, ego.index, physics_hz)
        self._mishaps = Mishaps(bodies, boxes)
        count = len(vehicles.bodies)
        self._slip = new_latches(count, hold_s=_SLIP_HOLD_S, rearm_s=_REARM_S)
        self._afloat = new_latches(count, hold_s=_SLIP_HOLD_S, rearm_s=_REARM_S)
        self._carried = new_latches(count, hold_s=_SLIP_HOLD_S, rearm_s=_REARM_S)
        self._on_road = np.zeros(count, np.bool_)
        self._news = np.zeros((count, 4), np.bool_)
        self._followed = vehicles.drivers.drives | np.array([b is ego for b in vehicles.bodies], np.bool_)
        self._afloat_n = np.array([_AFLOAT_SHARE * b.mass_kg * GRAVITY_MPS2 for b in vehicles.bodies], np.float64)
        self._lanes = site.lanes
        self._road = carriageway_of(site)
        self._traffic: tuple[Motion, Held] | None = None

    def begin(self, track: Track) -> None:
        """Take in the state at t = 0.

        Raises:
            PhysicsError: it is not physical.
        """
        self.health.begin(track)
        self._collisions.start(track)
        self._mishaps.start(track)

    def look(self, track: Track, flood: Flood, impacts: Impacts, time_s: float, dt_s: float) -> None:
        """Note what happened within the last step."""
        tick = round(time_s / dt_s)
        for first, second in self._collisions.look(track, self.events, time_s, dt_s, impacts.impulses_ns):
            self._encounters.collided(first, second)
        self.events += self._encounters.look(track, tick, time_s)
        self.events += self._mishaps.look(track, tick, time_s, dt_s)
        vehicles, news = self._vehicles, self._news
        if not _survey(self._on(track.latest), flood.lift_n, dt_s):
            return
        for n, body in enumerate(vehicles.bodies):
            if news[n, 0]:
                self._add(track, body, time_s, "loss_of_traction", float(vehicles.wheels.slip_share[n]))
            if news[n, 1]:
                self._add(track, body, time_s, "left_road", self._away(n, track))
            if news[n, 2]:
                self._add(track, body, time_s, "floating", float(flood.submerged[body.index]))
            if news[n, 3]:
                self._add(track, body, time_s, "aquaplaning", float(vehicles.wheels.aquaplaning[n]))

    def _on(self, motion: Motion) -> Held:
        """The `_Traffic` in a world's motion."""
        if self._traffic is None or self._traffic[0] is not motion:
            wheels = self._vehicles.wheels
            held = _Traffic(
                wheels.slip_share, wheels.aquaplaning, self._followed, motion, self._vehicles.rows, self._afloat_n,
                self._road, self._slip, self._on_road, self._afloat, self._carried, self._news,
            )  # fmt: skip
            self._traffic = motion, Held(held)
        return self._traffic[1]

    def conclude(self) -> None:
        """Note what is still open at the end of the scene."""
        self.events += self._encounters.conclude()

    def check(self, track: Track, tick: int, dt_s: float, forces_n: Sequence[Array]) -> None:
        """Refuse to go on with a state that is not physical; see `Health.check`."""
        self.health.check(track, tick, dt_s, forces_n)

    def check_all(self, track: Track, tick: int) -> None:
        """As `check`, with everything looked at now but the energy."""
        self.health.check_all(track, tick)

    def blow(self, body: Body, dt_s: float) -> None:
        """Keep the impulses just given to a body which is about to be taken out of the world."""
        self._collisions.blow(body, dt_s)

    def rename(self, old: int, new: list[int], body: Body) -> None:
        """An actor's body has become several others, by their Bullet ids."""
        self._collisions.rename(old, new, body)

    def _away(self, n: int, track: Track) -> float:
        """How far left of its driver's path a vehicle is; without a driver of its lane, or of the one next to it."""
        x, y, _ = track.latest.position_m[self._vehicles.rows[n]].tolist()
        away = self._vehicles.off_path_m(n, x, y)
        if away is not None:
            return away
        own = self._vehicles.bodies[n].spec.lane
        lanes = [self._lanes[own]] if own else self._lanes.values()
        return min((lane.project(x, y)[1] for lane in lanes), key=abs, default=0.0)

    def _add(self, track: Track, body: Body, time_s: float, kind: str, value: float) -> None:
        x, y, z = track.latest.position_m[body.index].tolist()
        speed = math.sqrt(float((track.latest.velocity_mps[body.index] ** 2).sum()))
        self.events.append(Event(time_s, kind, body.spec.name, "", value, (x, y, z), speed))


@inline
def _past_end(road: Carriageway, x_m: float, y_m: float) -> bool:
    """Whether a point that is not on the road lies just past an end of a lane: beyond what is modelled, not beside."""
    for e in range(road.end_m.shape[0]):
        end = road.end_m[e]
        dx, dy = x_m - end[0], y_m - end[1]
        ahead, aside = dx * end[2] + dy * end[3], dy * end[2] - dx * end[3]
        if -_END_SLACK_M < ahead < _END_REACH_M and abs(aside) < end[4]:
            return True
    return False


class _Traffic(NamedTuple):
    """What may befall N vehicles.

    Attributes:
        slip_share, aquaplaning: (N,) of their wheels.
        followed: (N,) bool whose grip and road are watched.
        motion: of all bodies; rows: (N,) int64 the vehicles' rows in it.
        afloat_n: (N,) buoyancy from which one floats.
        road: what they may leave; on_road: (N,) bool whether they were on it.
        slip, afloat, carried: what already goes on.
        news: (N, 4) bool events of a tick: traction lost, road left, floating, aquaplaning.
    """

    slip_share: Array
    aquaplaning: Array
    followed: NDArray[np.bool_]
    motion: Motion
    rows: NDArray[np.int64]
    afloat_n: Array
    road: Carriageway
    slip: Latches
    on_road: NDArray[np.bool_]
    afloat: Latches
    carried: Latches
    news: NDArray[np.bool_]


@kernel
def _survey(traffic: Held, lift_n: Array, dt_s: float) -> int:
    """Number of events of a `_Traffic` in this tick, which go to its news; `lift_n` is the buoyancy of all bodies."""
    t = taken(traffic)
    slip_share, aquaplaning, followed, news = t.slip_share, t.aquaplaning, t.followed, t.news
    motion, rows, road, on_road, afloat_n = t.motion, t.rows, t.road, t.on_road, t.afloat_n
    slip, afloat, carried = t.slip, t.afloat, t.carried
    count = 0
    for n in range(rows.shape[0]):
        x, v = motion.position_m[rows[n]], motion.velocity_mps[rows[n]]
        news[n, 0] = news[n, 1] = False
        if followed[n]:
            fast = math.sqrt(v[0] * v[0] + v[1] * v[1]) > _SLIP_SPEED_MPS
            news[n, 0] = fires(slip, n, slip_share[n] >= _SLIP_SHARE and fast, dt_s)
            on = on_area(road.area_m, x[0], x[1])
            news[n, 1] = on_road[n] and not on and not _past_end(road, x[0], x[1])
            on_road[n] = on
        news[n, 2] = fires(afloat, n, lift_n[rows[n]] > afloat_n[n], dt_s)
        news[n, 3] = fires(carried, n, aquaplaning[n] >= _AQUAPLANING_SHARE, dt_s)
        count += int(news[n, 0]) + int(news[n, 1]) + int(news[n, 2]) + int(news[n, 3])
    return count
