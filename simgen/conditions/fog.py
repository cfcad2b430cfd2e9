"""Fog and haze: one extinction coefficient for camera, range sensors and labels."""

from __future__ import annotations

import math
from dataclasses import dataclass

LN20 = math.log(20.0)


def extinction_from_mor(mor_m: float) -> float:
    """Extinction coefficient in 1/m of a meteorological optical range: ln 20 / MOR (CIE e-ILV 17-31-018)."""
    return 0.0 if math.isinf(mor_m) else LN20 / mor_m


def transmittance(extinction_per_m: float, ray_distance_m: float) -> float:
    """Beer-Lambert transmittance along a ray; distance along the ray, not z-depth."""
    return math.exp(-extinction_per_m * ray_distance_m)


def contrast(inherent: float, extinction_per_m: float, ray_distance_m: float) -> float:
    """Koschmieder's apparent contrast of a target against the horizon, in linear light."""
    return inherent * transmittance(extinction_per_m, ray_distance_m)


@dataclass(frozen=True)
class Fog:
    """Homogeneous fog or haze.

    Attributes:
        mor_m: meteorological optical range in metres (5 % contrast distance); inf means clear.
        albedo: single-scattering albedo; 1 scatters all (water fog), below 1 absorbs (smoke).
    """

    mor_m: float = math.inf
    albedo: float = 0.98

    @property
    def extinction_per_m(self) -> float:
        """Extinction coefficient in 1/m."""
        return extinction_from_mor(self.mor_m)

    @property
    def layer_top_m(self) -> float:
        """Height above the viewer at which the layer ends: fog is tens of metres deep, haze fills the mixed layer.

        Rays that leave the scene upwards cross the layer once; below its top the air is homogeneous.
        """
        return min(1500.0, 50.0 * max(1.0, self.mor_m / 500.0))
