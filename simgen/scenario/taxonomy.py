"""Classes that operational design domains are declared in, derived from the physical state.

ISO 34503:2023 and ASAM OSI name classes of the ambient conditions; where they give numbers the edges are those of
`simgen.scenario.scales`, and a state has exactly one class. Of the surface a state has several at once, one for each
piece of ground. ISO 34503 gives no numbers for fog and for water on the road: fog is classed as OSI does, a road is
flooded from the depth at which a flow of 1 m/s moves a small car (`simgen.flood`), and has standing water below it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simgen.conditions import Conditions
from simgen.scenario.scales import SCALES, name_of

Range = tuple[float, float]
"""Least and greatest value, SI."""


@dataclass(frozen=True)
class Extent:
    """The conditions that samples of a scenario may have, at any time.

    Attributes:
        ambient_lx, mor_m, rain_mps, snow_mps, wind_mps, film_m, depth_m: ranges of the numbers that are classed.
        snow_m: range of the depth of the snow on roads.
        kinds: kinds of surface.
        floating: kinds of matter that sources emit.
    """

    ambient_lx: Range
    mor_m: Range
    rain_mps: Range
    snow_mps: Range
    wind_mps: Range
    film_m: Range
    snow_m: Range
    depth_m: Range
    kinds: frozenset[str]
    floating: frozenset[str] = frozenset()

    @staticmethod
    def of(conditions: Conditions) -> Extent:
        """The extent of a single state."""
        surface = conditions.surface
        films = [surface.film_m, *(p.film_m for p in surface.patches)]
        snows = [surface.snow_m, *(p.snow_m for p in surface.patches)]
        depth_m = conditions.water.depth_m if conditions.water is not None else 0.0
        return Extent(
            ambient_lx=(conditions.light.ambient_lx,) * 2,
            mor_m=(conditions.least_mor_m, conditions.mor_m),
            rain_mps=(conditions.rain.rate_mps,) * 2,
            snow_mps=(conditions.snow.rate_mps,) * 2,
            wind_mps=(conditions.wind.speed_mps,) * 2,
            film_m=(min(films), max(films)),
            snow_m=(min(snows), max(snows)),
            depth_m=(depth_m,) * 2,
            kinds=frozenset([surface.kind, *(p.kind for p in surface.patches)]),
            floating=frozenset(p.kind for p in conditions.plumes if p.rate_kgps > 0.0),
        )


@dataclass(frozen=True)
class Attribute:
    """Something that is classed.

    Attributes:
        classes: its classes.
        reached: those that an extent reaches.
    """

    classes: tuple[str, ...]
    reached: Callable[[Extent], tuple[str, ...]]


def reached(taxonomy: str, extent: Extent) -> dict[str, tuple[str, ...]]:
    """The classes of every attribute of a taxonomy that an extent reaches."""
    return {name: attribute.reached(extent) for name, attribute in TAXONOMIES[taxonomy].items()}


_FLOODED_M = SCALES["simgen.flood"].edges[1]
_SURFACES = ("dry", "wet", "standing_water", "flooded", "snow", "icy", "loose")
_OF_KIND = {"snow": "snow", "ice": "icy", "gravel": "loose", "mud": "loose"}


_PARTICULATES = ("water_droplets", "sand_and_dust", "smoke_and_pollution")
_OF_MATTER = {
    "smoke": "smoke_and_pollution",
    "wood_smoke": "smoke_and_pollution",
    "dust": "sand_and_dust",
    "steam": "water_droplets",
}


def _particulates(extent: Extent) -> tuple[str, ...]:
    """The classes of what sources emit; none in clear air. Fog has an attribute of its own."""
    found = {_OF_MATTER[kind] for kind in extent.floating}
    return tuple(c for c in _PARTICULATES if c in found)


def _on(scale: str, of: Callable[[Extent], Range]) -> Attribute:
    """An attribute whose classes are those of a scale."""
    names, edges = SCALES[scale].names, SCALES[scale].edges

    def classes(extent: Extent) -> tuple[str, ...]:
        low, high = of(extent)
        first, last = name_of(scale, low), name_of(scale, high)
        if first is None:  # below the scale
            return names[: names.index(last) + 1] if last is not None else ()
        return names[names.index(first) : names.index(last) + 1] if last is not None else names[names.index(first) :]

    assert edges[-1] == math.inf, "the scale has an end, beyond which values would have no class"
    return Attribute(names, classes)


def _surface(extent: Extent) -> tuple[str, ...]:
    found = {_OF_KIND[kind] for kind in extent.kinds if kind in _OF_KIND}
    low_m, high_m = extent.film_m
    bare_m, snowed_m = extent.snow_m
    found |= {"snow"} if snowed_m > 0.0 else set()
    if "paved" in extent.kinds and bare_m <= 0.0:
        found |= {"dry"} if low_m <= 0.0 else set()
        found |= {"wet"} if high_m > 0.0 else set()
    shallow_m, deep_m = extent.depth_m
    found |= {"standing_water"} if deep_m > 0.0 and shallow_m < _FLOODED_M else set()
    found |= {"flooded"} if deep_m >= _FLOODED_M else set()
    return tuple(c for c in _SURFACES if c in found)


def _fog(extent: Extent) -> Range:
    return extent.mor_m


def _wind(extent: Extent) -> Range:
    return extent.wind_mps


def _rain(extent: Extent) -> Range:
    return extent.rain_mps


_RAIN = _on("iso34503.rain", _rain)


def _rainy(extent: Extent) -> tuple[str, ...]:
    """The classes of rain; none where it never rains, which ISO 34503 has no class for."""
    return _RAIN.reached(extent) if extent.rain_mps[1] > 0.0 else ()


_SNOW = _on("iso34503.snow_visibility", _fog)


def _snowy(extent: Extent) -> tuple[str, ...]:
    """The classes of snowfall, by how far one sees in it; none where no snow falls."""
    return _SNOW.reached(extent) if extent.snow_mps[1] > 0.0 else ()


def _light(extent: Extent) -> Range:
    return extent.ambient_lx


TAXONOMIES: Mapping[str, Mapping[str, Attribute]] = {
    "iso34503": {
        "illumination": _on("iso34503.illuminance", _light),
        "fog": _on("osi.fog", _fog),
        "rain": Attribute(_RAIN.classes, _rainy),
        "snowfall": Attribute(_SNOW.classes, _snowy),
        "wind": _on("beaufort.wind", _wind),
        "surface": Attribute(_SURFACES, _surface),
        "particulates": Attribute(_PARTICULATES, _particulates),
    },
    "osi": {
        "illumination": _on("osi.illuminance", _light),
        "fog": _on("osi.fog", _fog),
        "rain": _on("osi.rain", _rain),
        "wind": _on("beaufort.wind", _wind),
        "surface": Attribute(_SURFACES, _surface),
    },
}
"""Attributes by taxonomy."""
