"""Sun and moon under `conditions`: by their angles, or by the date, the hour and a place on Earth."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from simgen.conditions.ephemeris import FIRST_YEAR, LAST_YEAR, Standing, days_of, moon_at, sun_at
from simgen.conditions.light import Light
from simgen.scenario.computed import Computed
from simgen.scenario.distributions import Value
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.inherit import SUN_ANGLES
from simgen.scenario.table import SUN

_SUN, _MOON = "conditions.sun", "conditions.moon"
_STEPS = 48
"""Into how many parts the range of an hour is cut to find how high sun and moon may stand; a place into 2."""

Range = tuple[float, float]
Angles = tuple[float, float]


@dataclass(frozen=True)
class AnglePlan:
    """A body by elevation and azimuth."""

    elevation: Value
    azimuth: Value

    def draw(self, draws: Draws, path: str) -> Angles:
        """Elevation and azimuth (counter-clockwise from +x) of one sample, in rad."""
        return draws.number(self.elevation, f"{path}.elevation"), draws.number(self.azimuth, f"{path}.azimuth")


@dataclass(frozen=True)
class MoonPlan:
    """A moon by its angles and phase."""

    angles: AnglePlan
    lit: Value


@dataclass(frozen=True)
class DatePlan:
    """The date, the hour and the place that sun and moon stand by.

    Attributes:
        north: its direction, counter-clockwise from +x.
    """

    date: Value
    time: Value
    utc_offset: Value
    latitude: Value
    longitude: Value
    north: Value

    def draw(self, draws: Draws) -> tuple[Standing, Standing, float]:
        """Sun and moon of one sample, and the direction of north in rad."""
        day = date.fromisoformat(draws.text(self.date, f"{_SUN}.date"))
        seconds = draws.number(self.time, f"{_SUN}.time") - draws.number(self.utc_offset, f"{_SUN}.utc_offset")
        days = days_of(day, seconds)
        latitude = draws.number(self.latitude, f"{_SUN}.latitude")
        longitude = draws.number(self.longitude, f"{_SUN}.longitude")
        north = draws.number(self.north, f"{_SUN}.north")
        return sun_at(days, latitude, longitude), moon_at(days, latitude, longitude), north

    def standings(self) -> Iterator[tuple[Standing, Standing]]:
        """Sun and moon at the corners and along the ranges of what may be drawn."""
        days = [date.fromisoformat(text) for text in self.date.texts()]
        hours, offsets = _along(self.time, _STEPS), _along(self.utc_offset, 1)
        places = itertools.product(_along(self.latitude, 2), _along(self.longitude, 2))
        for day, hour, offset, (north, east) in itertools.product(days, hours, offsets, list(places)):
            at = days_of(day, hour - offset)
            yield sun_at(at, north, east), moon_at(at, north, east)


@dataclass(frozen=True)
class SunPlan:
    """Sun and moon as values that may be drawn; a date gives the moon too, unless the author has."""

    sun: AnglePlan | DatePlan
    moon: MoonPlan | None

    def draw(self, draws: Draws) -> Light:
        """A light with sun and moon of one sample, and nothing else."""
        usual = Light()
        moon = usual.moon_elevation_rad, usual.moon_azimuth_rad
        lit = usual.moon_lit
        if isinstance(self.sun, DatePlan):
            by_sun, by_moon, north = self.sun.draw(draws)
            sun, moon, lit = _turned(by_sun, north), _turned(by_moon, north), by_moon.lit
        else:
            sun = self.sun.draw(draws, _SUN)
        if self.moon is not None:
            moon, lit = self.moon.angles.draw(draws, _MOON), draws.number(self.moon.lit, f"{_MOON}.lit")
        return Light(
            sun_elevation_rad=sun[0],
            sun_azimuth_rad=sun[1],
            moon_elevation_rad=moon[0],
            moon_azimuth_rad=moon[1],
            moon_lit=lit,
        )

    def ranges(self) -> dict[str, Range]:
        """Least and greatest of `sun.elevation`, `moon.elevation` and `moon.lit`."""
        usual = Light()
        found: dict[str, Range] = {
            "moon.elevation": (usual.moon_elevation_rad,) * 2,
            "moon.lit": (usual.moon_lit,) * 2,
        }
        if isinstance(self.sun, DatePlan):
            pairs = list(self.sun.standings())
            found["sun.elevation"] = _ends([s.elevation_rad for s, _ in pairs])
            found["moon.elevation"] = _ends([m.elevation_rad for _, m in pairs])
            found["moon.lit"] = _ends([m.lit for _, m in pairs])
        else:
            found["sun.elevation"] = self.sun.elevation.support()
        if self.moon is not None:
            found["moon.elevation"], found["moon.lit"] = self.moon.angles.elevation.support(), self.moon.lit.support()
        return found


def read_sun(conditions: Fields) -> SunPlan:
    """Sun and moon under `conditions`."""
    fields, moon = conditions.sub("sun"), conditions.map("moon")
    return SunPlan(
        sun=_read_date(fields) if _has_date(fields) else _read_angles(fields),
        moon=None if moon is None else MoonPlan(_read_angles(moon), moon.value("lit")),
    )


def _has_date(sun: Fields) -> bool:
    """Whether a sun stands by a date, after noting keys of its other form."""
    by_date = [key for key in SUN.names() if key in sun and key not in SUN_ANGLES]
    for key in SUN_ANGLES:
        if key in sun and by_date:
            text = f"{key!r} does not go with {by_date[0]!r}"
            hint = "expected elevation and azimuth, or date, time, latitude and longitude"
            sun.reader.problems.add(sun.key_mark(key), text, hint)
    return bool(by_date)


def _read_angles(fields: Fields) -> AnglePlan:
    return AnglePlan(fields.value("elevation"), fields.value("azimuth"))


def _read_date(sun: Fields) -> DatePlan:
    plan = DatePlan(
        date=sun.value("date"),
        time=sun.value("time"),
        utc_offset=sun.value("utc_offset"),
        latitude=sun.value("latitude"),
        longitude=sun.value("longitude"),
        north=sun.value("north"),
    )
    node, hint = sun.get("date"), f"expected year, month and day from {FIRST_YEAR} to {LAST_YEAR}, as in 2024-06-21"
    if node is not None:
        for text in plan.date.texts():
            if not _is_date(text):
                sun.reader.problems.add(node.mark, f"{text!r} is no date", hint)
        if isinstance(plan.date, Computed):
            sun.reader.problems.add(node.mark, "a date is not computed", f"{hint}, or a choice of such")
    return plan


def _is_date(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10 and FIRST_YEAR <= day.year <= LAST_YEAR


def _turned(body: Standing, north_rad: float) -> Angles:
    """Elevation and azimuth counter-clockwise from +x."""
    return body.elevation_rad, math.remainder(north_rad - body.azimuth_rad, 2.0 * math.pi)


def _along(value: Value, parts: int) -> list[float]:
    low, high = value.support()
    return [low] if low == high else [low + (high - low) * k / parts for k in range(parts + 1)]


def _ends(values: list[float]) -> Range:
    return min(values), max(values)
