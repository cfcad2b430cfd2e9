"""All conditions of a scene at one moment."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simgen.areas import Corners
from simgen.conditions.fog import LN20, Fog, FogBank
from simgen.conditions.light import Light
from simgen.conditions.plumes import Plume
from simgen.conditions.rain import Rain
from simgen.conditions.snow import Snow
from simgen.conditions.surface import Patch, Surface
from simgen.conditions.water import Water
from simgen.conditions.wind import Tornado, Wind


@dataclass(frozen=True)
class Conditions:
    """The state of light, air, water, surface and wind, in SI units; plain data with a JSON round trip."""

    light: Light = field(default_factory=Light)
    fog: Fog = field(default_factory=Fog)
    water: Water | None = None
    surface: Surface = field(default_factory=Surface)
    wind: Wind = field(default_factory=Wind)
    tornado: Tornado | None = None
    rain: Rain = field(default_factory=Rain)
    snow: Snow = field(default_factory=Snow)
    plumes: tuple[Plume, ...] = ()

    def optical_depths(
        self, z0_m: float, z1_m: NDArray[np.float64], distance_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(N,) of fog, rain and snow along straight rays from one height to others, without plumes and banks."""
        falling_per_m = self.rain.extinction_per_m + self.snow.extinction_per_m
        if math.isinf(self.fog.scale_height_m):
            return self.fog.extinction_per_m * distance_m + falling_per_m * distance_m
        rays = zip(z1_m.tolist(), distance_m.tolist(), strict=True)
        fog: NDArray[np.float64] = np.array([self.fog.optical_depth(z0_m, z_m, d_m) for z_m, d_m in rays])
        return fog + falling_per_m * distance_m

    @property
    def extinction_per_m(self) -> float:
        """Extinction coefficient of the air at z = 0 in 1/m, that of fog, rain and snow together."""
        return self.fog.extinction_per_m + self.rain.extinction_per_m + self.snow.extinction_per_m

    @property
    def mor_m(self) -> float:
        """Meteorological optical range through fog, rain and snow together."""
        falls = self.rain.rate_mps > 0.0 or self.snow.rate_mps > 0.0
        return LN20 / self.extinction_per_m if falls else self.fog.mor_m

    @property
    def least_mor_m(self) -> float:
        """Meteorological optical range in the middle of the densest bank of fog, or without banks anywhere."""
        banked = max((bank.extinction_per_m for bank in self.fog.banks), default=0.0)
        return self.mor_m if banked == 0.0 else LN20 / (self.extinction_per_m + banked)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; an infinite range is written as the string "inf"."""
        out = asdict(self)
        for key in ("mor_m", "scale_height_m"):
            if math.isinf(out["fog"][key]):
                out["fog"][key] = "inf"
        for plume in out["plumes"]:
            if math.isinf(plume["stop_s"]):
                plume["stop_s"] = "inf"
        return out

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Conditions:
        """Inverse of `to_dict`."""
        water, surface, tornado = data["water"], data["surface"], data.get("tornado")
        return Conditions(
            light=Light(**data["light"]),
            fog=_fog(data["fog"]),
            water=None if water is None else _water(water),
            surface=Surface(**{**surface, "patches": tuple(_patch(p) for p in surface.get("patches", ()))}),
            wind=Wind(**data.get("wind", {})),
            rain=Rain(**data.get("rain", {})),
            snow=Snow(**data.get("snow", {})),
            tornado=None if tornado is None else Tornado(**{**tornado, "velocity_mps": tuple(tornado["velocity_mps"])}),
            plumes=tuple(_plume(p) for p in data.get("plumes", ())),
        )

    def at(self, time_s: float) -> Conditions:
        """The conditions at a time after the start: what changes by itself has its value of then."""
        if self.water is None:
            return self
        water = self.water.at(time_s)
        return self if water is self.water else replace(self, water=water)

    def scalars(self) -> dict[str, float]:
        """Every numeric condition by SI-suffixed name, for time series; what is absent has depth or speed 0."""
        w, tornado = self.water, self.tornado
        return {
            "sun_elevation_rad": self.light.sun_elevation_rad,
            "sun_azimuth_rad": self.light.sun_azimuth_rad,
            "moon_elevation_rad": self.light.moon_elevation_rad,
            "moon_azimuth_rad": self.light.moon_azimuth_rad,
            "moon_lit": self.light.moon_lit,
            "clouds": self.light.clouds,
            "ambient_illuminance_lx": self.light.ambient_lx,
            "natural_illuminance_lx": self.light.natural_lx,
            "street_lights_illuminance_lx": self.light.street_lights_lx,
            "room_lights_illuminance_lx": self.light.room_lights_lx,
            "fog_mor_m": self.fog.mor_m,
            "fog_extinction_per_m": self.fog.extinction_per_m,
            "fog_scale_height_m": self.fog.scale_height_m,
            "rain_rate_mps": self.rain.rate_mps,
            "rain_extinction_per_m": self.rain.extinction_per_m,
            "snow_depth_m": self.snow.depth_m,
            "snow_rate_mps": self.snow.rate_mps,
            "snow_extinction_per_m": self.snow.extinction_per_m,
            "plumes_rate_kgps": sum(p.rate_kgps for p in self.plumes),
            "water_depth_m": 0.0 if w is None else w.depth_m,
            "water_level_m": math.nan if w is None else w.level_m,
            "water_current_x_mps": 0.0 if w is None else w.current_mps[0],
            "water_current_y_mps": 0.0 if w is None else w.current_mps[1],
            "water_secchi_m": math.nan if w is None else w.secchi_m,
            "surface_film_m": self.surface.film_m,
            "surface_snow_m": self.surface.snow_m,
            "wind_speed_mps": self.wind.speed_mps,
            "wind_direction_rad": self.wind.direction_rad,
            "wind_gust_intensity": self.wind.gust_intensity,
            "tornado_max_speed_mps": 0.0 if tornado is None else tornado.max_speed_mps,
            "tornado_core_radius_m": 0.0 if tornado is None else tornado.core_radius_m,
        }


def _fog(data: dict[str, Any]) -> Fog:
    numbers = {k: float(v) for k, v in data.items() if k != "banks"}
    return Fog(**numbers, banks=tuple(FogBank(**bank) for bank in data.get("banks", ())))


def _plume(data: dict[str, Any]) -> Plume:
    along, across = data["size_m"]
    return Plume(**{**data, "size_m": (float(along), float(across)), "stop_s": float(data["stop_s"])})


def _water(data: dict[str, Any]) -> Water:
    course = tuple((float(t), float(d)) for t, d in data["course"])
    pairs = {"current_mps": tuple(data["current_mps"]), "course": course, "outline_m": _corners(data)}
    return Water(**{**data, **pairs})


def _patch(data: dict[str, Any]) -> Patch:
    return Patch(**{**data, "outline_m": _corners(data)})


def _corners(data: dict[str, Any]) -> Corners:
    return tuple((float(x), float(y)) for x, y in data.get("outline_m", ()))
