"""Wind and tornado under `conditions`: as written, and one draw of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.conditions import Tornado, Wind
from simgen.scenario.distributions import Constant, Value
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields

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
    cloud_base: Value
    dust: Value

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
            cloud_base_m=draws.number(self.cloud_base, f"{_TORNADO}.cloud_base"),
            dust_kgpm3=draws.number(self.dust, f"{_TORNADO}.dust"),
        )


def read_wind(conditions: Fields) -> WindPlan | None:
    """The wind under `conditions`, or None for calm air."""
    fields = conditions.map("wind")
    if fields is None:
        return None
    gust = fields.sub("gust")
    return WindPlan(
        speed=fields.value("speed"),
        direction=fields.value("direction"),
        roughness=fields.value("roughness"),
        intensity=gust.value("intensity") if "gust" in fields else Constant(Wind.gust_intensity),
        length=gust.value("length"),
    )


def read_tornado(conditions: Fields) -> TornadoPlan | None:
    """The tornado under `conditions`, or None."""
    fields = conditions.map("tornado")
    if fields is None:
        return None
    return TornadoPlan(
        x=fields.value("x"),
        y=fields.value("y"),
        core_radius=fields.value("core_radius"),
        max_speed=fields.value("max_speed"),
        speed=fields.value("speed"),
        direction=fields.value("direction"),
        inflow=fields.value("inflow"),
        cloud_base=fields.value("cloud_base"),
        dust=fields.value("dust"),
    )
