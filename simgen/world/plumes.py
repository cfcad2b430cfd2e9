"""Where puffs of smoke, dust and steam come from: the sources of a scene, and wheels on wet or dusty ground.

A puff stands for what a source emits between two moments. Wheels squeeze out all of the water below them; a share of
it, 2 % at 25 m/s and in proportion to the square of the speed, floats on as fine spray (the share is ours: it leaves
about a sixth of the light along 50 m of wake on a film of 1 mm, as trucks were seen to do). On dry gravel a car raises
6 lb of dust a mile times silt / 12 % times (speed / 30 mph)^0.3 (EPA AP-42, section 13.2.2, equation 1b, at 0.5 % of
moisture), with the mean silt of gravel roads, 6.4 %.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Plume, Surface
from simgen.conditions.plumes import KINDS, SPRAY, Matter, buoyancy_flux
from simgen.models import Site
from simgen.rng import Stream
from simgen.snapshot import Puffs
from simgen.world import floating as columns
from simgen.world.air import AirField
from simgen.world.floating import Floating, fresh
from simgen.world.frames import Array
from simgen.world.vehicle import Vehicles

STEP_S = 0.1
"""Time between two moves of all puffs."""
_COARSER = 0.06  # of its age at t = 0, for how long a puff stands that was emitted before
_HISTORY = 0.01  # of the time before t = 0, that a step then lasts
_PUFF_S = 0.2  # for how long a puff of wheels or of a source stands
_SLOWEST_MPS = 5.0  # below which wheels throw nothing up
_AFLOAT, _AT_MPS = 0.02, 25.0
_LEAST_FILM_M = 1.0e-4
_DUST_KGPM = 6.0 * 6.4 / 12.0 * 0.4536 / 1609.344
_DUST_MPS = 30.0 * 0.44704
_DUST_S = 12.0  # as long as a cloud of road dust is followed: it is thin by then
_TYRE_SHARE = 0.65  # width of a tyre over the radius of its wheel
_MIXED = 0.5  # raggedness of what the wake of a vehicle stirs
_DRAGGED = 0.5  # of a vehicle's speed that its wake has


@dataclass(frozen=True, eq=False)
class Riders:
    """What puffs come from that moves: poses and velocities of all things at one moment.

    Attributes:
        T_world_object: (O, 4, 4).
        velocity_mps: (O, 3).
    """

    T_world_object: Array
    velocity_mps: Array


@dataclass(frozen=True)
class Roller:
    """A vehicle that may throw water or dust up.

    Attributes:
        index: of the thing.
        rear_m: (x, z) of the middle of its rear axle in its frame.
        wheel_radius_m, width_m: of it.
    """

    index: int
    rear_m: tuple[float, float]
    wheel_radius_m: float
    width_m: float


def rollers_of(vehicles: Vehicles) -> list[Roller]:
    """The vehicles of a world as what may throw water or dust up."""
    out = []
    for n, body in enumerate(vehicles.bodies):
        rear = vehicles.fleet.wheel_m[n, 2] + np.array(body.model.center_of_mass_m)
        out.append(
            Roller(
                index=body.index,
                rear_m=(float(rear[0]), float(rear[2])),
                wheel_radius_m=float(vehicles.fleet.radius_m[n]),
                width_m=float(body.model.size_m[1]),
            )
        )
    return out


@dataclass(frozen=True, eq=False)
class _Source:
    """A plume of a scene with what it needs while it emits."""

    plume: Plume
    number: int
    body: int
    stream: Stream


class Plumes:
    """All puffs of a scene; does nothing where nothing is emitted.

    Args:
        plumes: the scene's sources.
        site: over whose ground, and under whose roof, they float.
        names: of the actors, by index.
        rollers: the vehicles.
        seed: keys the shapes of what wheels throw up.
        changing: numbers of the sources whose rates may change.
    """

    def __init__(
        self,
        plumes: Sequence[Plume],
        site: Site,
        names: Sequence[str] = (),
        rollers: Sequence[Roller] = (),
        seed: int = 0,
        changing: Collection[int] = (),
    ) -> None:
        index = {name: k for k, name in enumerate(names)}
        self._sources = [
            _Source(p, k, index[p.actor] if p.actor else -1, Stream(p.seed, k, "world.plumes"))
            for k, p in enumerate(plumes)
            if (p.rate_kgps > 0.0 or k in changing) and (not p.actor or p.actor in index)
        ]
        self._rollers = tuple(rollers)
        self._wheels = Stream(seed, 0, "world.wheels")
        self._floating = Floating(site)
        self._count = [0] * (len(self._sources) + len(self._rollers))
        self._next_s = [s.plume.start_s for s in self._sources]
        self._wheels_s = 0.0
        self._time_s = min([0.0, *self._next_s])
        self._rates_kgps = [p.rate_kgps for p in plumes]

    def due(self, time_s: float) -> bool:
        """Whether `advance` would do anything."""
        return bool(self._sources or self._rollers) and self._time_s + STEP_S <= time_s + 1e-9

    def take(self, plumes: Sequence[Plume]) -> None:
        """Take other rates of the same sources, for what they emit from now on."""
        self._rates_kgps = [p.rate_kgps for p in plumes]

    def advance(self, field: AirField, time_s: float, riders: Riders, surface: Surface) -> None:
        """Move on to a time, in whole steps; what has been emitted before t = 0 comes first.

        Args:
            field: the air of now.
            time_s: to go to.
            riders: where things are at that time.
            surface: the ground that wheels are on.
        """
        while True:
            step_s = max(STEP_S, -_HISTORY * self._time_s)
            if self._time_s + step_s > time_s + 1e-9:
                return
            self._floating.add(self._emitted(self._time_s + 2.0 * step_s, time_s, riders))
            if self._rollers and self._time_s >= self._wheels_s - 1e-9:
                self._floating.add(self._thrown(riders, surface))
                self._wheels_s += _PUFF_S
            self._floating.move(field, self._time_s, step_s)
            self._time_s += step_s

    def puffs(self, field: AirField, time_s: float) -> Puffs:
        """What floats at a time that is less than a step from where `advance` has got to."""
        return self._floating.puffs(field, time_s - self._time_s)

    def _emitted(self, until_s: float, now_s: float, riders: Riders) -> list[NDArray[np.float64]]:
        """The puffs that sources begin until a time, seen from a moment at which places and velocities are known."""
        new = []
        for k, source in enumerate(self._sources):
            while self._next_s[k] < until_s:
                at_s = self._next_s[k]
                if at_s >= source.plume.stop_s:
                    self._next_s[k] = math.inf
                    break
                stands_s = min(max(_PUFF_S, -_COARSER * at_s), source.plume.stop_s - at_s)
                rate_kgps = self._rates_kgps[source.number]
                if rate_kgps > 0.0:
                    row = _of_source(source, self._count[k], rate_kgps * stands_s, stands_s, riders, at_s, now_s)
                    row[columns.AGE] = self._time_s - at_s
                    new.append(row)
                self._count[k] += 1
                self._next_s[k] = at_s + stands_s
        return new

    def _thrown(self, riders: Riders, surface: Surface) -> list[NDArray[np.float64]]:
        """The puffs of all wheels that begin now."""
        new = []
        for k, roller in enumerate(self._rollers):
            T, velocity = riders.T_world_object[roller.index], riders.velocity_mps[roller.index]
            speed = math.hypot(float(velocity[0]), float(velocity[1]))
            if speed < _SLOWEST_MPS:
                continue
            x, y, z = (T[:3, :3] * [roller.rear_m[0], 0.0, roller.rear_m[1]]).sum(axis=1) + T[:3, 3]
            matter, rate_kgps = thrown_up(surface.at(float(x), float(y)), speed, roller.wheel_radius_m)
            if rate_kgps <= 0.0:
                continue
            number = len(self._sources) + k
            row = fresh(self._wheels.array(f"{k}.{self._count[number]}", 15))
            self._count[number] += 1
            row[columns.X : columns.VX] = x, y, z
            row[columns.RADIUS] = 0.5 * roller.width_m
            row[columns.STANDS], row[columns.MASS] = _PUFF_S, rate_kgps * _PUFF_S
            row[columns.WAKE : columns.SOURCE] = _DRAGGED * velocity[:2]
            row[columns.SOURCE : columns.RAGGED] = velocity
            row[columns.RAGGED] = _MIXED
            _fill(row, matter, matter.albedo)
            row[columns.LASTS] = min(matter.lasts_s, _DUST_S)
            new.append(row)
        return new


def thrown_up(surface: Surface, speed_mps: float, wheel_radius_m: float) -> tuple[Matter, float]:
    """What the wheels of a vehicle throw up from the ground that they are on, and how much of it floats, in kg/s."""
    if surface.kind in ("paved", "gravel") and surface.film_m >= _LEAST_FILM_M:
        squeezed_kgps = 1000.0 * 2.0 * _TYRE_SHARE * wheel_radius_m * surface.film_m * speed_mps
        return SPRAY, squeezed_kgps * _AFLOAT * (speed_mps / _AT_MPS) ** 2
    if surface.kind == "gravel":
        return KINDS["dust"], _DUST_KGPM * math.pow(speed_mps / _DUST_MPS, 0.3) * speed_mps
    return SPRAY, 0.0


def _of_source(
    source: _Source, number: int, mass_kg: float, stands_s: float, riders: Riders, at_s: float, now_s: float
) -> NDArray[np.float64]:
    """The state of a puff that a source begins."""
    plume = source.plume
    u = source.stream.array(f"puff.{number}", 17)
    row = fresh(u[2:])
    along, across = (2.0 * float(v) - 1.0 for v in u[:2])
    place = np.array(
        [plume.x_m + 0.5 * along * plume.size_m[0], plume.y_m + 0.5 * across * plume.size_m[1], plume.height_m, 1.0]
    )
    if source.body < 0:
        row[columns.X : columns.VX] = place[:3]
        row[columns.GROUNDED] = 1.0
    else:
        row[columns.X : columns.VX] = (riders.T_world_object[source.body][:3] * place).sum(axis=1)
        if at_s > 0.0:  # before the start all things stand
            velocity = riders.velocity_mps[source.body]
            row[columns.X : columns.VX] += velocity * (at_s - now_s)
            row[columns.SOURCE : columns.RAGGED] = velocity
    row[columns.FLUX], row[columns.HEAT_KW] = buoyancy_flux(plume.heat_w), 1e-3 * plume.heat_w
    row[columns.RADIUS] = plume.radius_m
    row[columns.STANDS], row[columns.MASS] = stands_s, mass_kg
    _fill(row, plume.matter, plume.albedo_rgb)
    return row


def _fill(row: NDArray[np.float64], matter: Matter, albedo: tuple[float, float, float]) -> None:
    """Give a puff its matter."""
    row[columns.SETTLING], row[columns.LASTS] = matter.settling_mps, matter.lasts_s
    row[columns.SECTION], row[columns.ASYMMETRY] = matter.extinction_m2pkg, matter.asymmetry
    row[columns.ALBEDO : columns.KEY] = albedo
