"""Natural and artificial light levels in lux.

Sources: clear-sky illuminance against solar elevation follows the tabulated daylight and twilight levels of
the US Naval Observatory circular 171 (Janiczek & DeYoung 1987), interpolated in log lux; overcast reduces
daylight by up to 90 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

# Solar elevation (deg) against clear-sky horizontal illuminance (lx), no moon.
_ELEVATION_DEG = (-18.0, -12.0, -6.0, -3.0, -0.8, 5.0, 10.0, 20.0, 30.0, 40.0, 60.0, 90.0)
_ILLUMINANCE_LX = (6.5e-4, 8.3e-3, 3.4, 60.0, 453.0, 4760.0, 10900.0, 27300.0, 46500.0, 66700.0, 103000.0, 127000.0)

NIGHT_SKY_LX = 2.0e-3
"""Airglow and starlight on a moonless night, horizontal."""


def clear_sky_illuminance_lx(elevation_rad: float) -> float:
    """Horizontal illuminance of sun and clear sky in lux at a solar elevation in radians."""
    e = math.degrees(elevation_rad)
    if e <= _ELEVATION_DEG[0]:
        return NIGHT_SKY_LX
    if e >= _ELEVATION_DEG[-1]:
        return _ILLUMINANCE_LX[-1]
    for (e0, e1), (l0, l1) in zip(pairwise(_ELEVATION_DEG), pairwise(_ILLUMINANCE_LX), strict=True):
        if e <= e1:
            t = (e - e0) / (e1 - e0)
            return max(NIGHT_SKY_LX, math.exp(math.log(l0) * (1.0 - t) + math.log(l1) * t))
    raise AssertionError("unreachable: the table spans all elevations")


@dataclass(frozen=True)
class Light:
    """Where light comes from and how much, all illuminances horizontal and in lux.

    Attributes:
        sun_elevation_rad: solar elevation above the horizon.
        sun_azimuth_rad: direction towards the sun, counter-clockwise from world +x.
        clouds: cloud cover, 0 clear to 1 overcast.
        natural_lx: illuminance of sun and sky together; 0 indoors.
        street_lights_lx: mean illuminance under the site's street lamps when lit; 0 is off.
        room_lights_lx: mean illuminance under the site's ceiling lamps when lit; 0 is off.
    """

    sun_elevation_rad: float = math.radians(45.0)
    sun_azimuth_rad: float = math.radians(120.0)
    clouds: float = 0.3
    natural_lx: float = 70000.0
    street_lights_lx: float = 0.0
    room_lights_lx: float = 0.0

    @staticmethod
    def natural_illuminance_lx(elevation_rad: float, clouds: float) -> float:
        """Natural horizontal illuminance in lux under the given cloud cover."""
        return clear_sky_illuminance_lx(elevation_rad) * (1.0 - 0.88 * clouds**2)

    @property
    def ambient_lx(self) -> float:
        """Mean horizontal illuminance of everything that lights the place: daylight, street or room lights."""
        return self.natural_lx + self.street_lights_lx + self.room_lights_lx

    @property
    def sun_lx(self) -> float:
        """Illuminance of the direct sun on a surface that faces it; 0 when below the horizon or overcast."""
        if self.sun_elevation_rad <= 0.0:
            return 0.0
        horizontal = self.natural_lx * self.direct_share
        return horizontal / max(math.sin(self.sun_elevation_rad), 0.02)

    @property
    def direct_share(self) -> float:
        """Share of the natural horizontal illuminance that comes straight from the sun's disc."""
        e = math.degrees(self.sun_elevation_rad)
        clear = 0.78 * min(max(e / 25.0, 0.0), 1.0) ** 0.6
        veil = max(0.0, 1.0 - max(0.0, self.clouds - 0.4) / 0.45)  # broken clouds leave the disc free
        return float(clear * veil)

    @property
    def sky_lx(self) -> float:
        """Horizontal illuminance from the sky dome alone."""
        return self.natural_lx * (1.0 - (self.direct_share if self.sun_elevation_rad > 0.0 else 0.0))
