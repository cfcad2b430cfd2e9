"""Where the sun and the moon stand, by date, hour and place on Earth.

Sun: J. Meeus, Astronomical Algorithms (2nd ed. 1998), chapter 25 (low accuracy: 0.01 degree). Moon: the largest terms
of his chapter 47 (0.05 degree). Both are seen from the surface of a spherical Earth, lifted by refraction (his 16.4,
after Saemundsson: a standard atmosphere of 1010 hPa and 10 degrees Celsius). Good from 1900 to 2100.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""The years of which the formulas are good."""
_TERRESTRIAL_S = (
    69.0  # of terrestrial over universal time in the 2020s; a minute more or less moves the sun by 0.0007 deg
)
_AU_KM, _EARTH_KM = 149_597_870.7, 6378.14
# Arguments D, M, M', F; sine of the moon's longitude (1e-6 deg) and cosine of its distance (m).
_MOON_LONGITUDE = (
    (0, 0, 1, 0, 6288774, -20905355), (2, 0, -1, 0, 1274027, -3699111), (2, 0, 0, 0, 658314, -2955968),
    (0, 0, 2, 0, 213618, -569925), (0, 1, 0, 0, -185116, 48888), (0, 0, 0, 2, -114332, -3149),
    (2, 0, -2, 0, 58793, 246158), (2, -1, -1, 0, 57066, -152138), (2, 0, 1, 0, 53322, -170733),
    (2, -1, 0, 0, 45758, -204586), (0, 1, -1, 0, -40923, -129620), (1, 0, 0, 0, -34720, 108743),
    (0, 1, 1, 0, -30383, 104755), (2, 0, 0, -2, 15327, 10321), (0, 0, 1, 2, -12528, 0), (0, 0, 1, -2, 10980, 79661),
    (4, 0, -1, 0, 10675, -34782), (0, 0, 3, 0, 10034, -23210), (4, 0, -2, 0, 8548, -21636),
    (2, 1, -1, 0, -7888, 24208), (2, 1, 0, 0, -6766, 30824), (1, 0, -1, 0, -5163, -8379), (1, 1, 0, 0, 4987, -16675),
    (2, -1, 1, 0, 4036, -12831), (2, 0, 2, 0, 3994, -10445),
)  # fmt: skip
# Arguments D, M, M', F; sine of the moon's latitude (1e-6 deg).
_MOON_LATITUDE = (
    (0, 0, 0, 1, 5128122), (0, 0, 1, 1, 280602), (0, 0, 1, -1, 277693), (2, 0, 0, -1, 173237), (2, 0, -1, 1, 55413),
    (2, 0, -1, -1, 46271), (2, 0, 0, 1, 32573), (0, 0, 2, 1, 17198), (2, 0, 1, -1, 9266), (0, 0, 2, -1, 8822),
    (2, -1, 0, -1, 8216), (2, 0, -2, -1, 4324), (2, 0, 1, 1, 4200),
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """Where a body of the sky is seen.

    Attributes:
        elevation_rad: of its centre above the horizon, lifted by refraction.
        azimuth_rad: clockwise from north, 0 to 2 pi.
        lit: share of its disc that is lit; 1 for the sun.
    """

    elevation_rad: float
    azimuth_rad: float
    lit: float


def days_of(day: date, seconds: float) -> float:
    """Days of universal time since the epoch J2000, noon of 1 January 2000, of a moment.

    Args:
        day: the date in the Gregorian calendar.
        seconds: since its midnight, in universal time; may be below 0 or above a day.
    """
    return day.toordinal() - date(2000, 1, 1).toordinal() - 0.5 + seconds / 86400.0


def sun_at(days: float, latitude_rad: float, longitude_rad: float) -> Standing:
    """The sun, as seen from a place.

    Args:
        days: see `days_of`.
        latitude_rad: north is positive.
        longitude_rad: east is positive.
    """
    century = _century(days)
    longitude, distance_km = _sun(century)
    elevation, azimuth = _horizontal(days, longitude, 0.0, distance_km, latitude_rad, longitude_rad)
    return Standing(elevation, azimuth, 1.0)


def moon_at(days: float, latitude_rad: float, longitude_rad: float) -> Standing:
    """The moon, as seen from a place; arguments as of `sun_at`."""
    century = _century(days)
    longitude, latitude, distance_km = _moon(century)
    elevation, azimuth = _horizontal(days, longitude, latitude, distance_km, latitude_rad, longitude_rad)
    sun, sun_km = _sun(century)
    elongation = math.acos(math.cos(latitude) * math.cos(longitude - sun))
    phase = math.atan2(sun_km * math.sin(elongation), distance_km - sun_km * math.cos(elongation))
    return Standing(elevation, azimuth, 0.5 * (1.0 + math.cos(phase)))


def refraction_rad(elevation_rad: float, pressure_hpa: float = 1010.0, temperature_c: float = 10.0) -> float:
    """How much the air lifts what stands at a true elevation, rad.

    From 1 to 2 degrees below the horizon it fades to nothing: what has set is not seen, twilight goes by true height.
    """
    e = math.degrees(elevation_rad)
    seen = max(e, -1.0)
    minutes = max(1.02 / math.tan(math.radians(seen + 10.3 / (seen + 5.11))), 0.0) * min(max(e + 2.0, 0.0), 1.0)
    return math.radians(minutes / 60.0) * (pressure_hpa / 1010.0) * (283.0 / (273.0 + temperature_c))


def _century(days: float) -> float:
    return (days + _TERRESTRIAL_S / 86400.0) / 36525.0


def _node(century: float) -> float:
    """Longitude of the moon's ascending node, of which nutation follows, rad."""
    return math.radians(125.04 - 1934.136 * century)


def _sun(century: float) -> tuple[float, float]:
    """Apparent longitude of the sun in rad, and its distance in km."""
    t = century
    mean = 280.46646 + 36000.76983 * t + 0.0003032 * t * t
    m = math.radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t)
    centre = (1.914602 - 0.004817 * t) * math.sin(m) + (0.019993 - 0.000101 * t) * math.sin(2.0 * m)
    centre += 0.000289 * math.sin(3.0 * m)
    e = 0.016708634 - 0.000042037 * t
    distance_au = 1.000001018 * (1.0 - e * e) / (1.0 + e * math.cos(m + math.radians(centre)))
    apparent = mean + centre - 0.00569 - 0.00478 * math.sin(_node(t))
    return math.radians(apparent), distance_au * _AU_KM


def _moon(century: float) -> tuple[float, float, float]:
    """Apparent longitude and latitude of the moon in rad, and its distance in km."""
    t = century
    mean = 218.3164477 + 481267.88123421 * t
    d = math.radians(297.8501921 + 445267.1114034 * t - 0.0018819 * t * t)
    m = math.radians(357.5291092 + 35999.0502909 * t)
    own = math.radians(134.9633964 + 477198.8675055 * t + 0.0087414 * t * t)
    f = math.radians(93.2720950 + 483202.0175233 * t - 0.0036539 * t * t)
    longitude, latitude, distance_m = 0.0, 0.0, 385_000_560.0
    for a, b, c, g, sine, cosine in _MOON_LONGITUDE:
        angle = a * d + b * m + c * own + g * f
        longitude += sine * math.sin(angle)
        distance_m += cosine * math.cos(angle)
    for a, b, c, g, sine in _MOON_LATITUDE:
        latitude += sine * math.sin(a * d + b * m + c * own + g * f)
    apparent = mean + 1e-6 * longitude - 0.00478 * math.sin(_node(t))
    return math.radians(apparent), math.radians(1e-6 * latitude), distance_m / 1000.0


def _horizontal(
    days: float, longitude: float, latitude: float, distance_km: float, north_rad: float, east_rad: float
) -> tuple[float, float]:
    """Elevation above the horizon and azimuth of ecliptic coordinates, as seen from a place, in rad."""
    t = _century(days)
    tilt = math.radians(23.439291 - 0.0130042 * t + 0.00256 * math.cos(_node(t)))
    x = math.cos(latitude) * math.cos(longitude)
    y = math.cos(latitude) * math.sin(longitude) * math.cos(tilt) - math.sin(latitude) * math.sin(tilt)
    z = math.cos(latitude) * math.sin(longitude) * math.sin(tilt) + math.sin(latitude) * math.cos(tilt)
    turn = 280.46061837 + 360.98564736629 * days - 0.00478 * math.sin(_node(t)) * math.cos(tilt)
    sidereal = math.radians(math.fmod(turn, 360.0)) + east_rad
    along = x * math.cos(sidereal) + y * math.sin(sidereal)
    east = -x * math.sin(sidereal) + y * math.cos(sidereal)
    up = along * math.cos(north_rad) + z * math.sin(north_rad)
    north = -along * math.sin(north_rad) + z * math.cos(north_rad)
    # From the surface, not from the centre: the body stands lower by its parallax.
    level = math.hypot(east, north)
    elevation = math.atan2(up - _EARTH_KM / distance_km, level)
    azimuth = math.atan2(east, north) % (2.0 * math.pi)
    return elevation + refraction_rad(elevation), azimuth
