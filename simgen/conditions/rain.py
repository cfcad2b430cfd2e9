"""Rain: drops, how fast they fall, the light they take, and the water they leave on a road.

Drop sizes: Marshall and Palmer, The distribution of raindrops with size, Journal of Meteorology 5 (1948): N(D) =
8000 exp(-slope D) m^-3 mm^-1, slope = 4.1 R^-0.21 mm^-1 for R in mm/h. Fall speed: Atlas, Srivastava and Sekhon,
Reviews of Geophysics 11 (1973): 9.65 - 10.3 exp(-0.6 D) m/s for D in mm.
Depth on a road: Gallaway et al., FHWA-RD-79-31 (1979), in SI units: 0.103 T^0.11 L^0.43 R^0.59 / S^0.42 - T in mm, for
a texture T in mm, a way L in m that the water runs, and a slope S in per cent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MM_PER_H = 1e-3 / 3600.0
"""One mm/h in m/s."""
DROPS_PER_M4 = 8.0e6
"""Marshall and Palmer's N0."""
TEXTURE_M, RUN_M, CROSSFALL = 0.8e-3, 5.0, 0.025
"""The road that films follow from the rain on: mean texture depth, half its width, and its crossfall."""
DAMP_M = 1.0e-4
"""The least film in rain: water that wets the tops of the stones."""


def fall_speed_mps(diameter_m: float) -> float:
    """Terminal speed of a drop in still air, m/s; 0 below the 0.11 mm at which the formula ends."""
    return max(9.65 - 10.3 * math.exp(-600.0 * diameter_m), 0.0)


def film_depth_m(rate_mps: float) -> float:
    """Depth of the water above the texture of a paved road in steady rain, in m; 0 without rain.

    Where the texture would hold all of the water, it still wets the stones: `DAMP_M`, or all that there is.
    """
    if rate_mps <= 0.0:
        return 0.0
    texture_mm, rate_mm_per_h = 1e3 * TEXTURE_M, rate_mps / MM_PER_H
    depth_mm = 0.103 * math.pow(texture_mm, 0.11) * math.pow(RUN_M, 0.43) * math.pow(rate_mm_per_h, 0.59)
    depth_mm /= math.pow(100.0 * CROSSFALL, 0.42)
    return max(1e-3 * depth_mm - TEXTURE_M, min(DAMP_M, 1e-3 * depth_mm))


@dataclass(frozen=True)
class Rain:
    """Steady rain over the whole site.

    Attributes:
        rate_mps: rainfall rate in m/s (1 mm/h is 2.78e-7 m/s); 0 is dry.
    """

    rate_mps: float = 0.0

    @property
    def slope_per_m(self) -> float:
        """How fast the number of drops falls with their diameter, 1/m; inf without rain."""
        return 4.1e3 * math.pow(self.rate_mps / MM_PER_H, -0.21) if self.rate_mps > 0.0 else math.inf

    @property
    def extinction_per_m(self) -> float:
        """Extinction coefficient in 1/m: twice the drops' cross section (large spheres), pi N0 / slope^3."""
        return math.pi * DROPS_PER_M4 / self.slope_per_m**3

    def drops_per_m3(self, least_m: float) -> float:
        """How many drops of at least some diameter are in a cubic metre of air."""
        slope = self.slope_per_m
        return DROPS_PER_M4 / slope * math.exp(-slope * least_m) if self.rate_mps > 0.0 else 0.0

    def impacts_per_m2s(self, least_m: float) -> float:
        """How many drops of at least some diameter, 0.11 mm or more, fall on a square metre a second in still air.

        The integral of N v over the diameters, with v as `fall_speed_mps`.
        """
        if self.rate_mps <= 0.0:
            return 0.0
        slope = self.slope_per_m
        fastest = 9.65 * math.exp(-slope * least_m) / slope
        slower = 10.3 * math.exp(-(slope + 600.0) * least_m) / (slope + 600.0)
        return DROPS_PER_M4 * (fastest - slower)
