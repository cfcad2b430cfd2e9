"""Wind and tornado under `conditions`: as written, and one draw of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.conditions import Tornado, Wind
from simgen.scenario.distributions import Value
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.kinds import Number
from simgen.units import ANGLE, LENGTH, SPEED

WIND_KEYS = ("speed", "direction", "roughness", "gust")
GUST_KEYS = ("intensity", "length")
TORNADO_KEYS = ("x", "y", "core_radius", "max_speed", "speed", "direction", "inflow")

_TURN = Number(ANGLE, -2.0 * math.pi, 2.0 * math.pi)
_WIND = "conditions.wind"
_TORNADO = "conditions.tornado"
_SEEDS = 1 << 31


@dataclass(frozen=True)
class WindPlan:
    """A wind; its gusts are another passage of the same statistics in every sample."""

    speed: Value
    direction: Value
    roughness: Value
    intensity: Value
    length: Value

    def draw(self, draws: Draws) -> Wind:
        """The wind of one sample."""
        return Wind(
            speed_mps=draws.number(self.speed, f"{_WIND}.speed"),
            direction_rad=draws.number(self.direction, f"{_WIND}.direction"),
            roughness_m=draws.number(self.roughness, f"{_WIND}.roughness"),
            gust_intensity=draws.number(self.intensity, f"{_WIND}.gust.intensity"),
            gust_length_m=draws.number(self.length, f"{_WIND}.gust.length"),
            gust_seed=int(draws.uniform(f"{_WIND}.gust.seed") * _SEEDS),
        )


@dataclass(frozen=True)
class TornadoPlan:
    """A tornado: where it is at the start, its size and strength, and how it moves on."""

    x: Value
    y: Value
    core_radius: Value
    max_speed: Value
    speed: Value
    direction: Value
    inflow: Value

    def draw(self, draws: Draws) -> Tornado:
        """The tornado of one sample."""
        speed_mps = draws.number(self.speed, f"{_TORNADO}.speed")
        direction_rad = draws.number(self.direction, f"{_TORNADO}.direction")
        return Tornado(
            x_m=draws.number(self.x, f"{_TORNADO}.x"),
            y_m=draws.number(self.y, f"{_TORNADO}.y"),
            core_radius_m=draws.number(self.core_radius, f"{_TORNADO}.core_radius"),
            max_speed_mps=draws.number(self.max_speed, f"{_TORNADO}.max_speed"),
            velocity_mps=(speed_mps * math.cos(direction_rad), speed_mps * math.sin(direction_rad)),
            inflow=draws.number(self.inflow, f"{_TORNADO}.inflow"),
        )


def read_wind(conditions: Fields) -> WindPlan | None:
    """The wind under `conditions`, or None for calm air; a wind needs at least its speed."""
    fields = conditions.map("wind", "'wind'", WIND_KEYS)
    if fields is None:
        return None
    gust = fields.map("gust", "'gust'", GUST_KEYS)
    steady = Wind()
    return WindPlan(
        speed=fields.value("speed", Number(SPEED, 0.0, 90.0)),
        direction=fields.value("direction", _TURN, steady.direction_rad),
        roughness=fields.value("roughness", Number(LENGTH, 0.0, 3.0), steady.roughness_m),
        intensity=(gust or fields.nothing()).value(
            "intensity", Number(low=0.0, high=0.6), None if gust is not None else steady.gust_intensity
        ),
        length=(gust or fields.nothing()).value("length", Number(LENGTH, 5.0, 1000.0), steady.gust_length_m),
    )


def read_tornado(conditions: Fields) -> TornadoPlan | None:
    """The tornado under `conditions`, or None; it needs a place, a core radius and its greatest swirl."""
    fields = conditions.map("tornado", "'tornado'", TORNADO_KEYS)
    if fields is None:
        return None
    return TornadoPlan(
        x=fields.value("x", Number(LENGTH, -2000.0, 2000.0)),
        y=fields.value("y", Number(LENGTH, -2000.0, 2000.0)),
        core_radius=fields.value("core_radius", Number(LENGTH, 2.0, 1000.0)),
        max_speed=fields.value("max_speed", Number(SPEED, 0.0, 150.0)),
        speed=fields.value("speed", Number(SPEED, 0.0, 40.0), 0.0),
        direction=fields.value("direction", _TURN, 0.0),
        inflow=fields.value("inflow", Number(low=0.0, high=1.0), Tornado(0.0, 0.0, 1.0, 0.0).inflow),
    )
