"""Sun and moon by date and place, against two almanacs of other people."""

from __future__ import annotations

import itertools
import math
from datetime import date

import pytest

from simgen.conditions.ephemeris import days_of, moon_at, refraction_rad, sun_at

# Place, UTC date and hour, latitude and longitude in degrees; elevation (unrefracted below -1 degree, else apparent, at
# 1010 hPa and 10 degrees Celsius) and azimuth in degrees by pvlib 0.16.1, `spa.solar_position_numpy` (NREL's SPA).
SUN = [
    ("Golden", (2003, 10, 17), 19.5083, 39.742476, -105.1786, 39.8922, 194.3402),
    ("Munich", (2024, 6, 21), 12, 48, 11, 64.0583, 202.5083),
    ("Munich", (2024, 12, 21), 12, 48, 11, 17.8768, 191.0079),
    ("Reykjavik", (1975, 3, 20), 5.25, 64.1466, -21.9426, -14.9140, 57.8112),
    ("Singapore", (1999, 8, 11), 8, 1.3521, 103.8198, 45.8190, 290.8505),
    ("Sydney", (2000, 1, 1), 1.5, -33.8688, 151.2093, 77.5540, 31.6387),
    ("Ushuaia", (2008, 2, 29), 16.75, -54.8019, -68.303, 42.8538, 0.2161),
    ("Tromso", (2012, 12, 21), 11, 69.6492, 18.9553, -3.1411, 184.0283),
    ("Quito", (2016, 5, 4), 22.333333, -0.1807, -78.4678, 12.1477, 286.7127),
    ("Tokyo", (2019, 9, 23), 3.1, 35.6762, 139.6503, 53.6392, 193.5860),
    ("Cape Town", (2020, 6, 20), 9.9, -33.9249, 18.4241, 31.2464, 14.4977),
    ("Denver", (2021, 11, 5), 18.5, 39.7392, -104.9903, 34.2860, 176.0548),
    ("Fairbanks", (2022, 4, 14), 20, 64.8378, -147.7164, 31.5067, 147.4099),
    ("Mumbai", (2023, 7, 30), 12.6, 19.076, 72.8777, 14.8544, 284.8204),
    ("Berlin", (2024, 1, 15), 6.8, 52.52, 13.405, -3.6880, 120.7707),
    ("Auckland", (2025, 10, 3), 21.4, -36.8509, 174.7645, 40.0585, 59.5523),
    ("Longyearbyen", (2030, 8, 8), 0.5, 78.2232, 15.6267, 5.3474, 20.8827),
    ("London", (2035, 5, 19), 15.15, 51.5074, -0.1278, 41.1074, 248.0464),
    ("Lima", (2040, 12, 31), 13, -12.0464, -77.0428, 29.5185, 109.8004),
    ("McMurdo", (2050, 3, 1), 4.4, -77.8419, 166.6863, 15.3236, 308.4860),
]
# Elevation and azimuth in degrees and lit share of the moon by PyEphem 4.2.1 (libastro: VSOP87 and Moshier's moon).
MOON = [
    ("Golden", (2003, 10, 17), 19.5083, 39.742476, -105.1786, 5.298, 300.060, 0.5709),
    ("Munich", (2024, 6, 21), 12, 48, 11, -65.928, 41.856, 0.9947),
    ("Munich", (2024, 12, 21), 12, 48, 11, -11.594, 294.134, 0.6358),
    ("Singapore", (1999, 8, 11), 8, 1.3521, 103.8198, 43.429, 291.455, 0.0002),
    ("Sydney", (2000, 1, 1), 1.5, -33.8688, 151.2093, 32.189, 281.790, 0.2663),
    ("Ushuaia", (2008, 2, 29), 16.75, -54.8019, -68.303, 23.561, 255.801, 0.4443),
    ("Tromso", (2012, 12, 21), 11, 69.6492, 18.9553, 4.954, 80.131, 0.6231),
    ("Quito", (2016, 5, 4), 22.333333, -0.1807, -78.4678, -13.089, 274.982, 0.0541),
    ("Tokyo", (2019, 9, 23), 3.1, 35.6762, 139.6503, 16.552, 285.794, 0.3916),
    ("Cape Town", (2020, 6, 20), 9.9, -33.9249, 18.4241, 33.176, 2.678, 0.0081),
    ("Denver", (2021, 11, 5), 18.5, 39.7392, -104.9903, 28.760, 162.422, 0.0118),
    ("Fairbanks", (2022, 4, 14), 20, 64.8378, -147.7164, -21.903, 353.570, 0.9511),
    ("Mumbai", (2023, 7, 30), 12.6, 19.076, 72.8777, 9.599, 124.617, 0.9243),
    ("Berlin", (2024, 1, 15), 6.8, 52.52, 13.405, -24.582, 70.746, 0.1942),
    ("Auckland", (2025, 10, 3), 21.4, -36.8509, 174.7645, -39.700, 181.961, 0.8624),
    ("Longyearbyen", (2030, 8, 8), 0.5, 78.2232, 15.6267, -23.998, 274.091, 0.6512),
    ("London", (2035, 5, 19), 15.15, 51.5074, -0.1278, -16.411, 83.164, 0.9388),
    ("Lima", (2040, 12, 31), 13, -12.0464, -77.0428, 59.708, 116.077, 0.0718),
    ("McMurdo", (2050, 3, 1), 4.4, -77.8419, 166.6863, -13.133, 43.691, 0.5718),
]


def moment(day: tuple[int, int, int], hour: float) -> float:
    return days_of(date(*day), 3600.0 * hour)


@pytest.mark.parametrize(("place", "day", "hour", "north", "east", "elevation", "azimuth"), SUN)
def test_the_sun_stands_where_the_solar_position_algorithm_has_it(place, day, hour, north, east, elevation, azimuth):
    found = sun_at(moment(day, hour), math.radians(north), math.radians(east))
    assert math.degrees(found.elevation_rad) == pytest.approx(elevation, abs=0.02)
    off = math.degrees(math.remainder(found.azimuth_rad - math.radians(azimuth), 2.0 * math.pi))
    assert abs(off) * math.cos(math.radians(elevation)) < 0.02
    assert found.lit == 1.0


@pytest.mark.parametrize(("place", "day", "hour", "north", "east", "elevation", "azimuth", "lit"), MOON)
def test_the_moon_stands_where_an_almanac_has_it(place, day, hour, north, east, elevation, azimuth, lit):
    found = moon_at(moment(day, hour), math.radians(north), math.radians(east))
    assert math.degrees(found.elevation_rad) == pytest.approx(elevation, abs=0.07)
    off = math.degrees(math.remainder(found.azimuth_rad - math.radians(azimuth), 2.0 * math.pi))
    assert abs(off) * math.cos(math.radians(elevation)) < 0.05
    assert found.lit == pytest.approx(lit, abs=1e-3)


def test_nrels_own_example() -> None:
    """Reda and Andreas, NREL/TP-560-34302, table A5.1: zenith 50.11162 at 820 hPa and 11 degrees, azimuth 194.34024."""
    found = sun_at(moment((2003, 10, 17), 19.508333), math.radians(39.742476), math.radians(-105.1786))
    assert math.degrees(found.azimuth_rad) == pytest.approx(194.34024, abs=0.01)
    true = found.elevation_rad - refraction_rad(math.radians(39.872046))
    assert math.degrees(true) == pytest.approx(39.872046, abs=0.01)
    lifted = math.degrees(refraction_rad(math.radians(39.872046), pressure_hpa=820.0, temperature_c=11.0))
    assert lifted == pytest.approx(39.888378 - 39.872046, abs=1e-5)


def test_refraction_is_34_minutes_at_the_horizon_and_none_overhead_or_in_twilight() -> None:
    """Bennett's horizontal refraction is 34.5 minutes of arc; the apparent horizon is 0.57 degree down."""
    horizon = math.radians(-0.575)
    assert math.degrees(horizon + refraction_rad(horizon)) == pytest.approx(0.0, abs=0.02)
    assert math.degrees(refraction_rad(math.radians(90.0))) == pytest.approx(0.0, abs=1e-3)
    assert refraction_rad(math.radians(-2.0)) == 0.0
    seen = [math.radians(0.05 * k) + refraction_rad(math.radians(0.05 * k)) for k in range(-100, 100)]
    assert all(a < b for a, b in itertools.pairwise(seen))


def test_a_day_is_a_day_whatever_the_clock() -> None:
    assert moment((2000, 1, 1), 12.0) == 0.0
    assert moment((2024, 2, 29), 30.0) == moment((2024, 3, 1), 6.0)
    assert moment((2024, 3, 1), -1.0) == moment((2024, 2, 29), 23.0)
