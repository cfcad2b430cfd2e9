"""Named classes of rain, fog, light, wind and water: values are SI, names are derived, scales are namespaced.

The same word means different ranges on different scales, so a class is always told with its scale. A class
holds its lower edge and not its upper one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.errors import UserError
from simgen.scenario.source import one_of
from simgen.units import ILLUMINANCE, LENGTH, SPEED, Dimension

_MM_PER_H = 1e-3 / 3600.0
_MPH = 0.44704


@dataclass(frozen=True)
class Scale:
    """Classes that follow each other without a gap.

    Attributes:
        dimension: of what is classed.
        names: of the classes, from the least values up.
        edges: of the classes, SI, one more than names; the outermost may be 0 or infinite.
        least, greatest: ends, SI, within which a value of an outermost class is drawn.
        source: where the edges are published, and the ends.
    """

    dimension: Dimension
    names: tuple[str, ...]
    edges: tuple[float, ...]
    least: float
    greatest: float
    source: str

    def bounds(self, name: str) -> tuple[float, float]:
        """Lower and upper edge of a class, SI; it holds the lower one."""
        k = self.names.index(name)
        return self.edges[k], self.edges[k + 1]

    def range_of(self, name: str) -> tuple[float, float]:
        """Bounds within which a value of a class is drawn, SI: positive and finite."""
        low, high = self.bounds(name)
        return max(low, self.least), min(high, self.greatest)


def _scale(
    dimension: Dimension,
    unit: float,
    classes: dict[str, float],
    *,
    start: float = 0.0,
    ends: tuple[float, float],
    source: str,
) -> Scale:
    """A scale from the upper edge of every class, in a unit given in SI."""
    edges = (start * unit, *(high * unit for high in classes.values()))
    return Scale(dimension, tuple(classes), edges, ends[0] * unit, ends[1] * unit, source)


_INF = math.inf
_RECORD_RAIN = "ends: 0.1 mm/h as OSI's 'none', and 305 mm in one hour (Holt, Missouri, 1947; WMO archive of extremes)"

SCALES: dict[str, Scale] = {
    "iso34503.rain": _scale(
        SPEED, _MM_PER_H,
        {"light_rain": 2.5, "moderate_rain": 7.6, "heavy_rain": 50.0, "violent_rain": 100.0, "cloudburst": _INF},
        ends=(0.1, 305.0), source=f"ISO 34503:2023, rainfall; {_RECORD_RAIN}",
    ),
    "osi.rain": _scale(
        SPEED, _MM_PER_H,
        {"none": 0.1, "very_light": 0.5, "light": 1.9, "moderate": 8.1, "heavy": 34.0, "very_heavy": 149.0,
         "extreme": _INF},
        ends=(0.01, 305.0), source=f"ASAM OSI, EnvironmentalConditions.Precipitation; {_RECORD_RAIN}",
    ),
    "osi.fog": _scale(
        LENGTH, 1.0,
        {"dense": 50.0, "thick": 200.0, "fog": 1e3, "mist": 2e3, "poor_visibility": 4e3, "moderate_visibility": 1e4,
         "good_visibility": 4e4, "excellent_visibility": _INF},
        ends=(10.0, 1e5),
        source="ASAM OSI, EnvironmentalConditions.Fog, as meteorological optical range; ends: 10 m and 100 km of ours",
    ),
    "iso34503.snow_visibility": _scale(
        LENGTH, 1.0, {"heavy_snow": 500.0, "moderate_snow": 1000.0, "light_snow": _INF},
        ends=(20.0, 1e4), source="ISO 34503:2023, snowfall by visibility; ends: 20 m and 10 km of ours",
    ),
    "fmh1.snow_visibility": _scale(
        LENGTH, 1609.344, {"heavy_snow": 0.25, "moderate_snow": 0.75, "light_snow": _INF},
        ends=(0.01, 6.0),
        source="Federal Meteorological Handbook No. 1, snowfall by visibility, statute miles; ends of ours",
    ),
    "faa.snow": _scale(
        SPEED, _MM_PER_H, {"very_light_snow": 0.4, "light_snow": 1.0, "moderate_snow": 2.5, "heavy_snow": _INF},
        ends=(0.05, 6.0),
        source="FAA holdover time guidelines, snowfall as water: 4, 10 and 25 g/dm2/h; ends: trace and 6 mm/h of ours",
    ),
    "iso34503.illuminance": _scale(
        ILLUMINANCE, 1.0, {"night": 1.0, "low_ambient": 2000.0, "day": _INF},
        ends=(1e-4, 1.2e5),
        source="ISO 34503:2023, illumination; ends: overcast night without a moon, and full sun",
    ),
    "osi.illuminance": _scale(
        ILLUMINANCE, 1.0,
        {"level1": 0.01, "level2": 1.0, "level3": 3.0, "level4": 10.0, "level5": 20.0, "level6": 400.0,
         "level7": 1e3, "level8": 1e4, "level9": _INF},
        start=0.001, ends=(0.001, 1.2e5), source="ASAM OSI, AmbientIllumination; end: full sun",
    ),
    "beaufort.wind": _scale(
        SPEED, 1.0,
        {"calm": 0.2, "light_air": 1.5, "light_breeze": 3.3, "gentle_breeze": 5.4, "moderate_breeze": 7.9,
         "fresh_breeze": 10.7, "strong_breeze": 13.8, "near_gale": 17.1, "gale": 20.7, "strong_gale": 24.4,
         "storm": 28.4, "violent_storm": 32.6, "hurricane": _INF},
        ends=(0.02, 87.5),
        source="Beaufort scale as in ISO 34503:2023; ends: 0.02 m/s of ours, and 170 kn over one minute (Haiyan, 2013)",
    ),
    "ef.tornado": _scale(
        SPEED, _MPH,
        {"ef0": 86.0, "ef1": 111.0, "ef2": 136.0, "ef3": 166.0, "ef4": 201.0, "ef5": _INF},
        start=65.0, ends=(65.0, 301.0),
        source="NOAA, Enhanced Fujita scale, three-second gusts; end: 301 mph (Bridge Creek, 1999, by radar)",
    ),
    "simgen.flood": _scale(
        LENGTH, 1.0,
        {"all_stand": 0.15, "small_car_moves": 0.30, "car_moves": 0.45, "off_roader_moves": 0.60,
         "small_car_floats": 0.95, "off_roader_floats": _INF},
        ends=(0.01, 2.0),
        source="of ours, from full-scale tests of parked vehicles in a flow of 1 m/s (1.05 t, 1.5 t, 2.5 t); no "
        "taxonomy has classes of water depth; ends of ours",
    ),
}  # fmt: skip
"""Every scale by its namespaced name."""


def find_scale(name: str) -> Scale:
    """The scale of a name.

    Raises:
        UserError: there is none.
    """
    if name not in SCALES:
        raise UserError(f"no scale is called {name!r}: {one_of(name, SCALES)}")
    return SCALES[name]


def name_of(scale: str, value: float) -> str | None:
    """The class that an SI value belongs to, or None where the scale does not reach.

    Raises:
        UserError: there is no such scale, or the value is not a number.
    """
    found = find_scale(scale)
    if math.isnan(value):
        raise UserError(f"nan belongs to no class of {scale}: expected {found.dimension.article} in SI units")
    for name, low, high in zip(found.names, found.edges, found.edges[1:], strict=False):
        if low <= value < high or value == high == math.inf:
            return name
    return None


def bounds(scale: str, name: str) -> tuple[float, float]:
    """Lower and upper edge of a class in SI units; it holds the lower one, the upper may be infinite.

    Raises:
        UserError: there is no such scale, or no such class on it.
    """
    found = find_scale(scale)
    if name not in found.names:
        raise UserError(f"{scale} has no class {name!r}: {one_of(name, found.names)}")
    return found.bounds(name)
