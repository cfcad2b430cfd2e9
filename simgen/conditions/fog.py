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
class FogBank:
    """A bank of fog that lies on the ground: densest in its middle, thinning out like a Gaussian.

    Attributes:
        x_m, y_m: its middle, world frame.
        length_m, width_m: over which it is denser than half as much as in its middle, along x and y.
        depth_m: height above the ground at which it is half as dense.
        mor_m: meteorological optical range in its middle, by itself.
        seed: whole number that its swathes are keyed by.
    """

    x_m: float
    y_m: float
    length_m: float
    width_m: float
    depth_m: float
    mor_m: float
    seed: int = 0

    @property
    def extinction_per_m(self) -> float:
        """Extinction coefficient in its middle, on the ground, in 1/m."""
        return extinction_from_mor(self.mor_m)


@dataclass(frozen=True)
class Fog:
    """Fog or haze: even, or thinning out with height, with banks that come on top.

    Attributes:
        mor_m: meteorological optical range in metres (5 % contrast distance) at z = 0; inf means clear.
        albedo: single-scattering albedo; 1 scatters all (water fog), below 1 absorbs (smoke).
        scale_height_m: height over which the extinction falls to 1 / e; inf is as dense at any height.
        banks: where it is denser.
    """

    mor_m: float = math.inf
    albedo: float = 0.98
    scale_height_m: float = math.inf
    banks: tuple[FogBank, ...] = ()

    @property
    def extinction_per_m(self) -> float:
        """Extinction coefficient in 1/m."""
        return extinction_from_mor(self.mor_m)

    def optical_depth(self, z0_m: float, z1_m: float, distance_m: float) -> float:
        """Optical depth along a straight ray between two heights, without the banks.

        With b(z) = b0 exp(-z / H) it is b0 H L (exp(-z0 / H) - exp(-z1 / H)) / (z1 - z0).
        """
        if math.isinf(self.scale_height_m):
            return self.extinction_per_m * distance_m
        x = (z1_m - z0_m) / self.scale_height_m
        mean = 1.0 - 0.5 * x if abs(x) < 1e-6 else -math.expm1(-x) / x
        return self.extinction_per_m * math.exp(-z0_m / self.scale_height_m) * distance_m * mean

    @property
    def layer_top_m(self) -> float:
        """Height above the viewer at which the layer ends: fog is tens of metres deep, haze fills the mixed layer.

        Rays that leave the scene upwards cross the layer once; below its top the air is homogeneous.
        """
        return min(1500.0, 50.0 * max(1.0, self.mor_m / 500.0))
