"""Wind and tornado under `conditions`: as written, and one draw of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from simgen.conditions import Tornado, Wind
from simgen.scenario.distributions import Constant, Value
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields

_WIND = "conditions.wind"
_TORNADO = "conditions.tornado"


@dataclass(frozen=True)
class WindPlan:
    """A wind as values by key, and those of its gusts, which are another passage in every sample."""

    values: Mapping[str, Value]
    gust: Mapping[str, Value]

    def draw(self, draws: Draws) -> Wind:
        """The wind of one sample."""
        drawn, gust = draws.numbers(self.values, _WIND), draws.numbers(self.gust, f"{_WIND}.gust")
        return Wind(
            speed_mps=drawn["speed"],
            direction_rad=drawn["direction"],
            roughness_m=drawn["roughness"],
            gust_intensity=gust["intensity"],
            gust_length_m=gust["length"],
            gust_seed=draws.seed_at(f"{_WIND}.gust.seed"),
        )


@dataclass(frozen=True)
class TornadoPlan:
    """A tornado as values by key: where it is at the start, its size and strength, and how it moves on."""

    values: Mapping[str, Value]

    def draw(self, draws: Draws) -> Tornado:
        """The tornado of one sample."""
        drawn = draws.numbers(self.values, _TORNADO)
        speed_mps, direction_rad = drawn["speed"], drawn["direction"]
        return Tornado(
            x_m=drawn["x"],
            y_m=drawn["y"],
            core_radius_m=drawn["core_radius"],
            max_speed_mps=drawn["max_speed"],
            velocity_mps=(speed_mps * math.cos(direction_rad), speed_mps * math.sin(direction_rad)),
            inflow=drawn["inflow"],
            cloud_base_m=drawn["cloud_base"],
            dust_kgpm3=drawn["dust"],
        )


def read_wind(conditions: Fields) -> WindPlan | None:
    """The wind under `conditions`, or None for calm air."""
    fields = conditions.map("wind")
    if fields is None:
        return None
    gust = fields.sub("gust")
    intensity = gust.value("intensity") if "gust" in fields else Constant(Wind.gust_intensity)
    return WindPlan(fields.values("speed", "direction", "roughness"), {"intensity": intensity, **gust.values("length")})


def read_tornado(conditions: Fields) -> TornadoPlan | None:
    """The tornado under `conditions`, or None."""
    fields = conditions.map("tornado")
    if fields is None:
        return None
    return TornadoPlan(
        fields.values("speed", "direction", "x", "y", "core_radius", "max_speed", "inflow", "cloud_base", "dust")
    )
