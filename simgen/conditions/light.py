"""Natural and artificial light levels in lux.

Sunlight, twilight and moonlight under a clear sky: P. M. Janiczek and J. A. DeYoung, Computer Programs for Sun and Moon
Illuminance, US Naval Observatory Circular 171 (1987): cubics of the elevation for the logarithm, within some per cent
of the tabulated levels. Clouds reduce daylight by up to 88 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Below an elevation in degrees: log10 of lux is a cubic of the elevation over 90 degrees.
_SUN = (
    (-12.0, (13.84, 262.72, 1447.42, 2797.93)),
    (-5.0, (2.70, 12.17, -431.69, -1899.83)),
    (-0.8, (2.88, 21.81, -258.11, -858.36)),
    (5.0, (2.88, 22.26, -207.64, 1034.30)),
    (20.0, (3.05, 13.28, -45.98, 64.33)),
    (90.0, (3.74, 3.97, -4.07, 1.47)),
)
_MOON = (
    (5.0, (-2.79, 24.27, -252.95, 1321.29)),
    (20.0, (-2.58, 12.58, -42.58, 59.06)),
    (90.0, (-1.95, 4.06, -4.24, 1.56)),
)
_NIGHT_DEG, _MOONSET_DEG = -18.0, -0.8

NIGHT_SKY_LX = 2.0e-3
"""Airglow and starlight on a moonless night, horizontal."""


def clear_sky_illuminance_lx(elevation_rad: float) -> float:
    """Horizontal illuminance of sun and clear sky, without a moon, in lux at a solar elevation in radians."""
    e = math.degrees(elevation_rad)
    return max(NIGHT_SKY_LX, _level(_SUN, e)) if e > _NIGHT_DEG else NIGHT_SKY_LX


def moonlight_lx(elevation_rad: float, lit: float) -> float:
    """Horizontal illuminance of the moon and of the clear sky that it lights, in lux; 0.27 lx at most.

    Args:
        elevation_rad: of the moon, at its mean distance.
        lit: share of its disc that is lit, 1 when full.
    """
    e = math.degrees(elevation_rad)
    if e <= _MOONSET_DEG or lit <= 0.0:
        return 0.0
    phase_deg = math.degrees(math.acos(min(max(2.0 * lit - 1.0, -1.0), 1.0)))
    return float(_level(_MOON, e) * 10.0 ** (-8.68e-3 * phase_deg - 2.2e-9 * phase_deg**4))


def _level(pieces: tuple[tuple[float, tuple[float, float, float, float]], ...], elevation_deg: float) -> float:
    a, b, c, d = next(cubic for top, cubic in pieces if elevation_deg <= top or top == 90.0)
    x = elevation_deg / 90.0
    return float(10.0 ** (a + x * (b + x * (c + x * d))))


@dataclass(frozen=True)
class Beam:
    """Direct light of the one body of the sky that casts shadows.

    Attributes:
        elevation_rad: above the horizon.
        azimuth_rad: direction towards it, counter-clockwise from world +x.
        lx: illuminance on a surface that faces it; 0 where none shines.
        moon: it is the moon's.
    """

    elevation_rad: float
    azimuth_rad: float
    lx: float
    moon: bool


@dataclass(frozen=True)
class Light:
    """Where light comes from and how much, all illuminances horizontal and in lux.

    Attributes:
        sun_elevation_rad: solar elevation above the horizon.
        sun_azimuth_rad: direction towards the sun, counter-clockwise from world +x.
        clouds: cloud cover, 0 clear to 1 overcast.
        natural_lx: illuminance of sun, moon and sky together; 0 indoors.
        street_lights_lx: mean illuminance under the site's street lamps when lit; 0 is off.
        room_lights_lx: mean illuminance under the site's ceiling lamps when lit; 0 is off.
        moon_elevation_rad: of the moon above the horizon; by default it is not up.
        moon_azimuth_rad: direction towards the moon, counter-clockwise from world +x.
        moon_lit: share of the moon's disc that is lit, 1 when full.
    """

    sun_elevation_rad: float = math.radians(45.0)
    sun_azimuth_rad: float = math.radians(120.0)
    clouds: float = 0.3
    natural_lx: float = 70000.0
    street_lights_lx: float = 0.0
    room_lights_lx: float = 0.0
    moon_elevation_rad: float = -math.pi / 2.0
    moon_azimuth_rad: float = 0.0
    moon_lit: float = 1.0

    @property
    def usual_lx(self) -> float:
        """The natural illuminance that follows from sun, moon and clouds."""
        clear = clear_sky_illuminance_lx(self.sun_elevation_rad)
        clear += moonlight_lx(self.moon_elevation_rad, self.moon_lit)
        return clear * (1.0 - 0.88 * self.clouds**2)

    @property
    def ambient_lx(self) -> float:
        """Mean horizontal illuminance of everything that lights the place: daylight, street or room lights."""
        return self.natural_lx + self.street_lights_lx + self.room_lights_lx

    @property
    def moonlit_lx(self) -> float:
        """The part of the natural illuminance that is moonlight, straight or by way of the sky."""
        moon = moonlight_lx(self.moon_elevation_rad, self.moon_lit)
        return self.natural_lx * moon / (moon + clear_sky_illuminance_lx(self.sun_elevation_rad))

    @property
    def sun_lx(self) -> float:
        """Illuminance of the direct sun on a surface that faces it; 0 when below the horizon or overcast."""
        return self._facing(self.natural_lx - self.moonlit_lx, self.sun_elevation_rad)

    @property
    def moon_lx(self) -> float:
        """Illuminance of the direct moon on a surface that faces it; by day it counts as the sky's."""
        return 0.0 if self.sun_elevation_rad > 0.0 else self._facing(self.moonlit_lx, self.moon_elevation_rad)

    @property
    def beam(self) -> Beam:
        """The direct light of the sun, or of the moon when the sun is down and the moon is not."""
        if self.sun_elevation_rad <= 0.0 and self.moon_elevation_rad > 0.0:
            return Beam(self.moon_elevation_rad, self.moon_azimuth_rad, self.moon_lx, True)
        return Beam(self.sun_elevation_rad, self.sun_azimuth_rad, self.sun_lx, False)

    @property
    def moonlit_sky_lx(self) -> float:
        """Horizontal illuminance from the sky dome by the moon's light alone."""
        return self.moonlit_lx * (1.0 - (self._direct(self.moon_elevation_rad) if self.beam.moon else 0.0))

    @property
    def sky_lx(self) -> float:
        """Horizontal illuminance from the sky dome alone, by all of its light."""
        share = self._direct(self.sun_elevation_rad)
        return (self.natural_lx - self.moonlit_lx) * (1.0 - share) + self.moonlit_sky_lx

    def _facing(self, horizontal_lx: float, elevation_rad: float) -> float:
        """Direct illuminance across the beam of a body that, with its sky, gives so much on the horizontal."""
        return horizontal_lx * self._direct(elevation_rad) / max(math.sin(elevation_rad), 0.02)

    def _direct(self, elevation_rad: float) -> float:
        """Share of a body's horizontal illuminance that comes straight from its disc; 0 below the horizon."""
        clear = 0.78 * min(max(math.degrees(elevation_rad) / 25.0, 0.0), 1.0) ** 0.6
        veil = max(0.0, 1.0 - max(0.0, self.clouds - 0.4) / 0.45)  # broken clouds leave the disc free
        return float(clear * veil)
