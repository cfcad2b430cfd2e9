"""Smoke, dust and steam from sources: what floats, how it takes and turns light, how its puffs rise and spread.

Light, by kind of matter, extinction a mass (m2/g), single-scattering albedo and mean cosine of scattering:
smoke of flaming fires 8.7 +- 1.1 at 633 nm (Mulholland and Croarkin, Fire and Materials 24, 2000); of glowing wood 4.4,
0.58 of their 7.6 for flames (Seader and Einhorn, National Bureau of Standards, 1976); coarse dust 0.6 (IMPROVE
equation, Pitchford et al., Journal of the Air and Waste Management Association 57, 2007); droplets of diameter d have
3 / (density d), twice their cross section: 0.3 for steam of 10 um and 0.03 for spray of 100 um.
Bond and Bergstrom (Aerosol Science and Technology 40, 2006) have absorption of 7.5 +- 1.2 m2/g for fresh soot, which
leaves an albedo of about 0.15 of the mean above: 0.25 is within its spread. Other albedos, colours and mean cosines,
the size of droplets, how fast what falls sinks, and how long steam and spray last are our assumptions.

Spread: Briggs' formulas for open country and neutral air, class D (ATDL File 79, 1973): 0.08 x / sqrt(1 + 1e-4 x)
across and 0.06 x / sqrt(1 + 1.5e-3 x) up, after a way of x metres. They were drawn up for 100 m to 10 km; nearer they
are ours. A rise of dz adds dz / 3.5 (Pasquill 1976).
Rise: Briggs' (1975) bent-over plume, 1.6 F^(1/3) t^(2/3) u^(-1/3), which ends x_f = 49 F^(5/8) downwind (119 F^(2/5)
from F = 55 m4/s3 on); it is never faster than the plume of still air (Morton, Taylor and Turner 1956), whose middle
moves at 5 / (6 a) (9 a F / 10)^(1/3) z^(-1/3) with an entrainment a of 0.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_EDGE_M4PS3 = 55.0
_ENTRAINMENT = 0.1
_AIR_J_PER_M3 = 1.2 * 1005.0 * 293.0  # density, heat capacity and temperature of the air


@dataclass(frozen=True)
class Matter:
    """What floats.

    Attributes:
        extinction_m2pkg: extinction cross section a mass.
        albedo: linear RGB share of the light it takes that it scatters.
        asymmetry: mean cosine of the angle by which it turns light.
        settling_mps: speed at which it sinks in still air.
        lasts_s: time after which 1 / e of it is left; what evaporates is gone.
    """

    extinction_m2pkg: float
    albedo: tuple[float, float, float]
    asymmetry: float
    settling_mps: float = 0.0
    lasts_s: float = math.inf


KINDS = {
    "smoke": Matter(8700.0, (0.25, 0.25, 0.25), 0.6),
    "wood_smoke": Matter(4400.0, (0.95, 0.93, 0.89), 0.65),
    "dust": Matter(600.0, (0.97, 0.89, 0.74), 0.7, settling_mps=0.03),
    "steam": Matter(300.0, (1.0, 1.0, 1.0), 0.85, lasts_s=8.0),
}
"""Matter that a source may emit, by name."""
SPRAY = Matter(30.0, (1.0, 1.0, 1.0), 0.85, settling_mps=0.3, lasts_s=2.5)
"""Water that wheels throw up: droplets of 0.1 mm, which fall and evaporate."""


def buoyancy_flux(heat_w: float) -> float:
    """Briggs' flux of buoyancy F in m4/s3 of a source that heats the air: g Q / (pi c_p rho T)."""
    return 9.81 * heat_w / (math.pi * _AIR_J_PER_M3)


def final_rise_m(flux_m4ps3: float, wind_mps: float) -> float:
    """Rise at which a plume in neutral air of some wind levels off: 1.6 F^(1/3) x_f^(2/3) / u (Briggs 1975)."""
    return 1.6 * math.pow(flux_m4ps3, 1.0 / 3.0) * math.pow(rise_way_m(flux_m4ps3), 2.0 / 3.0) / wind_mps


def rise_way_m(flux_m4ps3: float) -> float:
    """How far downwind a plume has risen to the full: Briggs' x_f."""
    low, high = 49.0 * math.pow(flux_m4ps3, 0.625), 119.0 * math.pow(flux_m4ps3, 0.4)
    return low if flux_m4ps3 < _EDGE_M4PS3 else high


def still_speed_mps(flux_m4ps3: float, height_m: float) -> float:
    """Speed of the middle of a plume at a height above its source in still air."""
    a = _ENTRAINMENT
    return 5.0 / (6.0 * a) * math.pow(0.9 * a * flux_m4ps3 / height_m, 1.0 / 3.0)


@dataclass(frozen=True)
class Plume:
    """A steady source of smoke, dust or steam, and what has come out of it.

    Attributes:
        kind: of matter, one of `KINDS`.
        x_m, y_m: where the middle of the source is: in the world or, with an actor, in its frame (x forward).
        height_m: of the source above the ground or, with an actor, above the actor's origin.
        rate_kgps: mass of particles or droplets a second.
        heat_w: that the source gives to the air, which rises by it.
        radius_m: of a source like a ball; `size_m` makes it as wide as a rectangle of such, along x and y.
        start_s, stop_s: from when to when it emits; t = 0 is the start of the scene.
        actor: name of the thing that it moves with, "" for none; without that thing there is no plume.
        albedo: of its matter instead of the usual one, at the same hue; -1 for the usual.
        seed: whole number that the shapes of its puffs are keyed by.
    """

    kind: str
    x_m: float
    y_m: float
    rate_kgps: float
    height_m: float = 0.0
    heat_w: float = 0.0
    radius_m: float = 0.5
    size_m: tuple[float, float] = (0.0, 0.0)
    start_s: float = -60.0
    stop_s: float = math.inf
    actor: str = ""
    albedo: float = -1.0
    seed: int = 0

    @property
    def matter(self) -> Matter:
        """What floats in it."""
        return KINDS[self.kind]

    @property
    def albedo_rgb(self) -> tuple[float, float, float]:
        """Linear RGB share of the light it takes that it scatters."""
        r, g, b = self.matter.albedo
        if self.albedo < 0.0:
            return r, g, b
        scale = self.albedo / (0.2126 * r + 0.7152 * g + 0.0722 * b)
        return min(r * scale, 1.0), min(g * scale, 1.0), min(b * scale, 1.0)

    def emits(self, time_s: float) -> bool:
        """Whether it emits at a time."""
        return self.start_s <= time_s < self.stop_s
