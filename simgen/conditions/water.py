"""Standing and flowing water: level, current and clarity."""

from __future__ import annotations

import math
from dataclasses import dataclass

RHO_WATER = 1000.0
"""Density of fresh water, kg/m3."""
N_WATER = 1.333
"""Refractive index of water against air."""


def fresnel_unpolarised(cos_incidence: float, n: float = N_WATER) -> float:
    """Exact Fresnel reflectance of unpolarised light entering a dielectric of relative index `n`."""
    c = min(max(abs(cos_incidence), 0.0), 1.0)
    s2 = (1.0 - c * c) / (n * n)
    if s2 >= 1.0:
        return 1.0
    ct = math.sqrt(1.0 - s2)
    rs = (c - n * ct) / (c + n * ct)
    rp = (n * c - ct) / (n * c + ct)
    return 0.5 * (rs * rs + rp * rp)


def attenuation_from_secchi(secchi_m: float) -> float:
    """Diffuse attenuation coefficient in 1/m of a Secchi depth: 1.45 / Z (Kirk, turbid water)."""
    return 1.45 / secchi_m


@dataclass(frozen=True)
class Water:
    """A body of water over part of the site.

    Attributes:
        level_m: world height of the free surface.
        depth_m: depth over the deepest point of its region (what the author asked for).
        x_min_m, x_max_m, y_min_m, y_max_m: horizontal bounds; the ground decides the shoreline inside them.
        current_mps: (vx, vy) of the water in the world frame.
        secchi_m: Secchi depth, the clarity.
    """

    level_m: float
    depth_m: float
    x_min_m: float
    x_max_m: float
    y_min_m: float
    y_max_m: float
    current_mps: tuple[float, float] = (0.0, 0.0)
    secchi_m: float = 0.3

    @property
    def attenuation_per_m(self) -> float:
        """Attenuation coefficient of the water in 1/m."""
        return attenuation_from_secchi(self.secchi_m)

    def covers(self, x_m: float, y_m: float) -> bool:
        """Whether the point lies within the horizontal bounds."""
        return self.x_min_m <= x_m <= self.x_max_m and self.y_min_m <= y_m <= self.y_max_m
