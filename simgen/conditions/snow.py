"""Snow: flakes, how fast they fall, the light they take, and how what has fallen lies on the ground and on things.

Flake sizes: Sekhon and Srivastava, Snow size spectra and radar reflectivity, Journal of the Atmospheric Sciences 27
(1970): N(d) = N0 exp(-slope d) over the diameter d of the drop that a flake melts to, N0 = 2500 R^-0.94 m^-3 mm^-1,
slope = 22.9 R^-0.45 cm^-1 for R in mm/h of water.
Flake density: 0.017 g cm^-2 over the flake's own diameter D (Holroyd 1971; dry snow in Rasmussen et al., The
estimation of snowfall rate using visibility, Journal of Applied Meteorology 38, 1999):
rho_water d^3 = D^2 0.17 kg m^-2.
Fall speed: Langleben, The terminal velocity of snowflakes, Quarterly Journal 80 (1954): 160 d^0.31 cm/s for d in cm,
aggregates of dendrites.
On slopes: the shape coefficient of a roof, EN 1991-1-3, table 5.2: all that lies up to 30 degrees, none from 60 on.
Before wheels: Richmond, Motion resistance of wheeled vehicles in snow, CRREL Report 95-7 (1995): 13.6 (rho w a)^1.26 N
on a wheel that leads through undisturbed snow, with rho w a in kg/m: density, width of the tyre, length of its arc in
the snow. It sinks until the snow below it has the density that its contact pressure makes, 500 kg/m3 for a car's.
Blown: dry snow starts to drift at a wind of 7.7 m/s, 10 m above the ground (mean of Li and Pomeroy, Journal of Applied
Meteorology 36, 1997); what it does not need to hold that up carries grains (Owen 1964; Pomeroy and Gray 1990).
On rough ground: Yang, Dickinson, Robock and Vinnikov, Journal of Climate 10 (1997): tanh(depth / (2.5 z0)) is covered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.conditions.rain import MM_PER_H

SURFACE_KG_PER_M2 = 0.17
"""Density of a flake times its diameter."""
FRESH_KG_PER_M3 = 100.0
"""Density of new snow on the ground: ten times as deep as its water."""
DRIFT_MPS = 7.7
"""Wind speed from which dry snow drifts."""
ROAD_ROUGHNESS_M = 1.0e-3
"""Roughness length of a paved road, for `covered_share`."""
_WATER_KG_PER_M3 = 1000.0
_ROLLED_KG_PER_M3 = 500.0
_ALL_STAYS_RAD, _ALL_SLIDES_RAD = math.radians(30.0), math.radians(60.0)


def fall_speed_mps(melted_m: float) -> float:
    """Terminal speed in still air of the flake that melts to a drop of this diameter, m/s."""
    return 1.60 * math.pow(100.0 * melted_m, 0.31)


def flake_diameter_m(melted_m: float) -> float:
    """Diameter of the flake that melts to a drop of this diameter."""
    return math.sqrt(_WATER_KG_PER_M3 * melted_m**3 / SURFACE_KG_PER_M2)


def covered_share(depth_m: float, roughness_m: float) -> float:
    """Share of the ground that snow of a mean depth hides; `roughness_m` is the roughness length of the ground."""
    return math.tanh(depth_m / (2.5 * roughness_m))


def retained_share(slope_rad: float) -> float:
    """Share of the snow that stays on a surface that is tilted by this angle from the horizontal."""
    share = (_ALL_SLIDES_RAD - slope_rad) / (_ALL_SLIDES_RAD - _ALL_STAYS_RAD)
    return min(max(share, 0.0), 1.0)


def drifting_share(wind_mps: float) -> float:
    """Share of the wind's push on the ground that drifting grains take, for its mean speed at 10 m; 0 below 7.7 m/s."""
    return max(1.0 - (DRIFT_MPS / wind_mps) ** 2, 0.0) if wind_mps > 0.0 else 0.0


def wheel_resistance_n(depth_m: float, radius_m: float, width_m: float) -> float:
    """Force that holds back a wheel of a car that rolls through snow in which none has rolled before it, N."""
    sinkage_m = min(depth_m * (1.0 - FRESH_KG_PER_M3 / _ROLLED_KG_PER_M3), radius_m)
    arc_m = radius_m * math.acos(1.0 - sinkage_m / radius_m)
    return 13.6041 * math.pow(FRESH_KG_PER_M3 * width_m * arc_m, 1.26)


@dataclass(frozen=True)
class Snow:
    """Snow over the whole site.

    Attributes:
        depth_m: of the snow that lies on level ground where nobody has gone or driven.
        rate_mps: of snowfall, as water, in m/s (1 mm/h is 2.78e-7 m/s).
    """

    depth_m: float = 0.0
    rate_mps: float = 0.0

    @property
    def slope_per_m(self) -> float:
        """How fast the number of flakes falls with their melted diameter, 1/m; inf without snowfall."""
        return 2290.0 * math.pow(self.rate_mps / MM_PER_H, -0.45) if self.rate_mps > 0.0 else math.inf

    @property
    def flakes_per_m4(self) -> float:
        """Number of flakes a cubic metre and metre of melted diameter, extrapolated to none: N0; 0 without snowfall."""
        return 2.5e6 * math.pow(self.rate_mps / MM_PER_H, -0.94) if self.rate_mps > 0.0 else 0.0

    @property
    def water_kg_per_m3(self) -> float:
        """Mass of the flakes in the air: pi rho_water N0 / slope^4."""
        return math.pi * _WATER_KG_PER_M3 * self.flakes_per_m4 / self.slope_per_m**4

    @property
    def extinction_per_m(self) -> float:
        """Extinction coefficient in 1/m: twice the flakes' cross section, 3 / 0.17 kg m^-2 times their mass in the air.

        At one rate, storms differ by factors of 3 to 10 with the shape and wetness of their flakes (Rasmussen 1999).
        """
        return 3.0 / SURFACE_KG_PER_M2 * self.water_kg_per_m3

    def flakes_per_m3(self, least_melted_m: float) -> float:
        """How many flakes of at least some melted diameter are in a cubic metre of air."""
        if self.rate_mps <= 0.0:
            return 0.0
        return self.flakes_per_m4 / self.slope_per_m * math.exp(-self.slope_per_m * least_melted_m)
