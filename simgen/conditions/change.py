"""Conditions that change while a scene runs: what can be turned, and the state with other settings.

A setting has the name of its key in a scenario, without `conditions.`, and a number in SI units or a name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from simgen.conditions.fog import LN20, extinction_from_mor
from simgen.conditions.light import Light
from simgen.conditions.rain import Rain, film_depth_m
from simgen.conditions.snow import Snow
from simgen.conditions.state import Conditions
from simgen.conditions.surface import Surface
from simgen.conditions.water import Water
from simgen.conditions.wind import Tornado, Wind

Setting = float | str

_READ: dict[str, Callable[[Conditions], Setting]] = {
    "sun.elevation": lambda c: c.light.sun_elevation_rad,
    "sun.azimuth": lambda c: c.light.sun_azimuth_rad,
    "moon.elevation": lambda c: c.light.moon_elevation_rad,
    "moon.azimuth": lambda c: c.light.moon_azimuth_rad,
    "moon.lit": lambda c: c.light.moon_lit,
    "sky.clouds": lambda c: c.light.clouds,
    "sky.illuminance": lambda c: c.light.natural_lx,
    "street_lights.illuminance": lambda c: c.light.street_lights_lx,
    "room_lights.illuminance": lambda c: c.light.room_lights_lx,
    "fog.mor": lambda c: c.fog.mor_m,
    "fog.albedo": lambda c: c.fog.albedo,
    "fog.scale_height": lambda c: c.fog.scale_height_m,
    "rain.rate": lambda c: c.rain.rate_mps,
    "snow.depth": lambda c: c.snow.depth_m,
    "snow.rate": lambda c: c.snow.rate_mps,
    "water.depth": lambda c: c.water.depth_m if c.water is not None else 0.0,
    "water.flow": lambda c: math.hypot(*c.water.current_mps) if c.water is not None else 0.0,
    "water.direction": lambda c: _heading(c.water),
    "water.turbidity.secchi": lambda c: c.water.secchi_m if c.water is not None else math.inf,
    "surface.kind": lambda c: c.surface.kind,
    "surface.film": lambda c: c.surface.film_m,
    "surface.snow": lambda c: c.surface.snow_m,
    "wind.speed": lambda c: c.wind.speed_mps,
    "wind.direction": lambda c: c.wind.direction_rad,
    "wind.gust.intensity": lambda c: c.wind.gust_intensity,
    "tornado.x": lambda c: c.tornado.x_m if c.tornado is not None else 0.0,
    "tornado.y": lambda c: c.tornado.y_m if c.tornado is not None else 0.0,
    "tornado.core_radius": lambda c: c.tornado.core_radius_m if c.tornado is not None else 0.0,
    "tornado.max_speed": lambda c: c.tornado.max_speed_mps if c.tornado is not None else 0.0,
    "tornado.dust": lambda c: c.tornado.dust_kgpm3 if c.tornado is not None else 0.0,
}
PLUMES = 8
"""How many plumes, the first ones, have rates that can change."""


def _rate_of(k: int) -> Callable[[Conditions], Setting]:
    return lambda c: c.plumes[k].rate_kgps if k < len(c.plumes) else 0.0


_READ |= {f"plumes[{k}].rate": _rate_of(k) for k in range(PLUMES)}
SETTINGS = tuple(_READ)
"""Names of what can change while a scene runs."""
_OF_THE_GROUND = ("surface.kind", "surface.film", "surface.snow", "rain.rate", "snow.depth")


def setting(conditions: Conditions, name: str) -> Setting:
    """The present value of one of `SETTINGS`; what is not there has 0, and water that is not there is clear."""
    return _READ[name](conditions)


def with_settings(conditions: Conditions, settings: Mapping[str, Setting]) -> Conditions:
    """The conditions with some settings at other values.

    What follows from a setting follows: the natural light from sun, moon and clouds (in proportion, where
    an author has given an illuminance of its own), the level of the water from its depth, the film on the ground
    from the rain and the snow on it from the snow where they did so before, and the film, snow and kind of a patch that
    has those of the ground around it.

    Args:
        conditions: the state at the start; a scene without `Water`, `Tornado` or some plume stays without.
        settings: values by name, members of `SETTINGS`. A depth ends the course that the water would have taken.
    """
    if not settings:
        return conditions
    water = conditions.water
    return replace(
        conditions,
        light=_light(conditions.light, settings),
        fog=replace(
            conditions.fog,
            mor_m=_number(settings, "fog.mor", conditions.fog.mor_m),
            albedo=_number(settings, "fog.albedo", conditions.fog.albedo),
            scale_height_m=_number(settings, "fog.scale_height", conditions.fog.scale_height_m),
        ),
        water=None if water is None else _water(water, settings),
        surface=_surface(conditions, settings),
        rain=Rain(_number(settings, "rain.rate", conditions.rain.rate_mps)),
        snow=Snow(
            depth_m=_number(settings, "snow.depth", conditions.snow.depth_m),
            rate_mps=_number(settings, "snow.rate", conditions.snow.rate_mps),
        ),
        wind=_wind(conditions.wind, settings),
        tornado=None if conditions.tornado is None else _tornado(conditions.tornado, settings),
        plumes=tuple(
            replace(p, rate_kgps=_number(settings, f"plumes[{k}].rate", p.rate_kgps))
            for k, p in enumerate(conditions.plumes)
        ),
    )


def between(name: str, first: Setting, last: Setting, share: float) -> Setting:
    """A setting on its way from one value to another, at a share of it from 0 to 1.

    Straight in the quantity itself; a visibility straight in the extinction coefficient, as when fog is mixed in
    at an even rate, so that it may begin or end at inf. Names change at the end.
    """
    if isinstance(first, str) or isinstance(last, str):
        return last if share >= 1.0 else first
    if share >= 1.0:
        return last
    if name == "fog.scale_height":  # even in 1 / H, so that it may begin or end at inf
        steep = (1.0 - share) / first + share / last
        return math.inf if steep == 0.0 else 1.0 / steep
    if name == "fog.mor":
        extinction = extinction_from_mor(first) * (1.0 - share) + extinction_from_mor(last) * share
        return math.inf if extinction == 0.0 else LN20 / extinction
    return first + (last - first) * share


def _number(settings: Mapping[str, Setting], name: str, otherwise: float) -> float:
    return float(settings.get(name, otherwise))


def _heading(water: Water | None) -> float:
    return math.atan2(water.current_mps[1], water.current_mps[0]) if water is not None else 0.0


def _light(light: Light, settings: Mapping[str, Setting]) -> Light:
    after = replace(
        light,
        sun_elevation_rad=_number(settings, "sun.elevation", light.sun_elevation_rad),
        sun_azimuth_rad=_number(settings, "sun.azimuth", light.sun_azimuth_rad),
        moon_elevation_rad=_number(settings, "moon.elevation", light.moon_elevation_rad),
        moon_azimuth_rad=_number(settings, "moon.azimuth", light.moon_azimuth_rad),
        moon_lit=_number(settings, "moon.lit", light.moon_lit),
        clouds=_number(settings, "sky.clouds", light.clouds),
    )
    natural_lx = light.natural_lx * (after.usual_lx / light.usual_lx)
    if light.natural_lx > 0.0:  # indoors no daylight gets in, whatever the sky does
        natural_lx = _number(settings, "sky.illuminance", natural_lx)
    return replace(
        after,
        natural_lx=natural_lx,
        street_lights_lx=_number(settings, "street_lights.illuminance", light.street_lights_lx),
        room_lights_lx=_number(settings, "room_lights.illuminance", light.room_lights_lx),
    )


def _water(water: Water, settings: Mapping[str, Setting]) -> Water:
    if "water.depth" in settings:  # from now on the level does not go its own way any more
        depth_m = _number(settings, "water.depth", 0.0)
        level_m = water.level_m + (depth_m - water.depth_m)
        water = replace(water, depth_m=depth_m, level_m=level_m, rise_mps=0.0, course=())
    current_mps = water.current_mps
    if "water.flow" in settings or "water.direction" in settings:
        flow_mps = _number(settings, "water.flow", math.hypot(*current_mps))
        direction_rad = _number(settings, "water.direction", _heading(water))
        current_mps = flow_mps * math.cos(direction_rad), flow_mps * math.sin(direction_rad)
    return replace(water, current_mps=current_mps, secchi_m=_number(settings, "water.turbidity.secchi", water.secchi_m))


def _surface(conditions: Conditions, settings: Mapping[str, Setting]) -> Surface:
    surface, before_mps = conditions.surface, conditions.rain.rate_mps
    if not any(name in settings for name in _OF_THE_GROUND):
        return surface
    film_m, snow_m = surface.film_m, surface.snow_m
    if film_m == film_depth_m(before_mps):
        film_m = film_depth_m(_number(settings, "rain.rate", before_mps))
    if snow_m == conditions.snow.depth_m:
        snow_m = _number(settings, "snow.depth", snow_m)
    kind, film_m = str(settings.get("surface.kind", surface.kind)), _number(settings, "surface.film", film_m)
    snow_m = _number(settings, "surface.snow", snow_m)
    patches = tuple(
        replace(
            p,
            kind=kind if p.kind == surface.kind else p.kind,
            film_m=film_m if p.film_m == surface.film_m else p.film_m,
            snow_m=snow_m if p.snow_m == surface.snow_m else p.snow_m,
        )
        for p in surface.patches
    )
    return replace(surface, kind=kind, film_m=film_m, snow_m=snow_m, patches=patches)


def _wind(wind: Wind, settings: Mapping[str, Setting]) -> Wind:
    return replace(
        wind,
        speed_mps=_number(settings, "wind.speed", wind.speed_mps),
        direction_rad=_number(settings, "wind.direction", wind.direction_rad),
        gust_intensity=_number(settings, "wind.gust.intensity", wind.gust_intensity),
    )


def _tornado(tornado: Tornado, settings: Mapping[str, Setting]) -> Tornado:
    """With another place at t = 0 its whole way shifts: it goes on from there as it did."""
    return replace(
        tornado,
        x_m=_number(settings, "tornado.x", tornado.x_m),
        y_m=_number(settings, "tornado.y", tornado.y_m),
        core_radius_m=_number(settings, "tornado.core_radius", tornado.core_radius_m),
        max_speed_mps=_number(settings, "tornado.max_speed", tornado.max_speed_mps),
        dust_kgpm3=_number(settings, "tornado.dust", tornado.dust_kgpm3),
    )
