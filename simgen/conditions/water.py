"""Standing and flowing water: level and how it changes, current and clarity."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from simgen.areas import Corners

RHO_WATER = 1000.0
"""Density of fresh water, kg/m3."""
N_WATER = 1.333
"""Refractive index of water against air."""
N_ICE = 1.31
"""The same of ice at 550 nm (Warren and Brandt, 2008)."""


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
        outline_m: corners of the polygon inside these bounds where it really is; () is all of the rectangle.
        current_mps: (vx, vy) of the water in the world frame.
        secchi_m: Secchi depth, the clarity.
        rise_mps: how fast the level rises (falls when negative) from t = 0, or from the last point of `course`.
        course: points (time_s, depth_m) in order of time that the depth passes through, straight between them,
            from `depth_m` at t = 0.

    Example:
        >>> Water(0.3, 0.3, 0, 1, 0, 1, rise_mps=0.01).at(10.0).depth_m
        0.4
    """

    level_m: float
    depth_m: float
    x_min_m: float
    x_max_m: float
    y_min_m: float
    y_max_m: float
    current_mps: tuple[float, float] = (0.0, 0.0)
    secchi_m: float = 0.3
    rise_mps: float = 0.0
    course: tuple[tuple[float, float], ...] = ()
    outline_m: Corners = ()

    @property
    def still(self) -> bool:
        """Whether the level stays what it is."""
        return self.rise_mps == 0.0 and not self.course

    def depth_at(self, time_s: float) -> float:
        """Depth over the deepest point at a time, in m; 0 once the water has run off."""
        before_s, before_m = 0.0, self.depth_m
        for at_s, at_m in self.course:
            if time_s < at_s:
                return before_m + (at_m - before_m) * (time_s - before_s) / (at_s - before_s)
            before_s, before_m = at_s, at_m
        return max(0.0, before_m + self.rise_mps * (time_s - before_s))

    def rise_at(self, time_s: float) -> float:
        """Vertical speed of the surface at a time, in m/s."""
        before_s, before_m = 0.0, self.depth_m
        for at_s, at_m in self.course:
            if time_s < at_s:
                return (at_m - before_m) / (at_s - before_s)
            before_s, before_m = at_s, at_m
        return self.rise_mps if self.depth_at(time_s) > 0.0 else 0.0

    def at(self, time_s: float) -> Water | None:
        """This water as it stands at a time, its level and depth those of the moment; None once it is gone."""
        if self.still:
            return self if self.depth_m > 0.0 else None
        depth_m = self.depth_at(time_s)
        if depth_m <= 0.0:
            return None
        return replace(self, level_m=self.level_m + (depth_m - self.depth_m), depth_m=depth_m)

    @property
    def attenuation_per_m(self) -> float:
        """Attenuation coefficient of the water in 1/m."""
        return attenuation_from_secchi(self.secchi_m)
