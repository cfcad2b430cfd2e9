"""How a lens bends straight lines: Brown and Conrady's law, and the fisheye of Kannala and Brandt, as OpenCV has them.

With x = X / Z, y = Y / Z and r^2 = x^2 + y^2 the first puts a point at (OpenCV, camera calibration)

    x'' = x (1 + k1 r^2 + k2 r^4 + k3 r^6) + 2 p1 x y + p2 (r^2 + 2 x^2)
    y'' = y (1 + k1 r^2 + k2 r^4 + k3 r^6) + p1 (r^2 + 2 y^2) + 2 p2 x y

and the second, with the angle theta of its ray from the axis, at the distance

    theta_d = theta (1 + k1 theta^2 + k2 theta^4 + k3 theta^6 + k4 theta^8)

from the middle, in the direction of (x, y); both in focal lengths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

BROWN_CONRADY, FISHEYE = "brown_conrady", "fisheye"
COEFFICIENTS = {BROWN_CONRADY: ("k1", "k2", "p1", "p2", "k3"), FISHEYE: ("k1", "k2", "k3", "k4")}
"""Coefficients of each model, in OpenCV's order."""
WIDEST_RAD = math.radians(170.0)
"""Greatest field of view of a picture that is not a fisheye's."""

_STEEPEST = math.tan(0.5 * WIDEST_RAD)
_STEP = 1.0e-3  # of the search along the radius, in focal lengths or radians
_BEYOND = 1.3  # how far beyond the corners, as a factor, points are still followed


@dataclass(frozen=True)
class Distortion:
    """A lens's model and coefficients.

    Attributes:
        model: "" for an ideal pinhole, `BROWN_CONRADY` or `FISHEYE`.
        coefficients: in the order of `COEFFICIENTS`.
    """

    model: str = ""
    coefficients: tuple[float, ...] = ()

    def __bool__(self) -> bool:
        return self.model != ""

    @property
    def tangential(self) -> tuple[float, float]:
        """Brown and Conrady's p1 and p2; zeros for a fisheye."""
        return (self.coefficients[2], self.coefficients[3]) if self.model == BROWN_CONRADY else (0.0, 0.0)

    @property
    def radial(self) -> tuple[float, ...]:
        """The coefficients of the even powers."""
        c = self.coefficients
        return (c[0], c[1], c[4]) if self.model == BROWN_CONRADY else c

    def radius(self, r: float) -> float:
        """Distance from the middle in focal lengths of what lies at `r`: a tangent, for a fisheye an angle in rad."""
        factor = 0.0
        for k in reversed(self.radial):
            factor = (factor + k) * r * r
        return r * (1.0 + factor)

    def slope(self, r: float) -> float:
        """Least derivative of the distance from the middle along any direction."""
        factor, power = 1.0, 1.0
        for n, k in enumerate(self.radial):
            power *= r * r
            factor += (2 * n + 3) * k * power
        return factor - 6.0 * (abs(self.tangential[0]) + abs(self.tangential[1])) * r

    def focal_px(self, width: int, hfov_rad: float) -> float:
        """Focal length with which a picture shows `hfov_rad` from its left edge to its right."""
        half = 0.5 * hfov_rad
        return 0.5 * width / self.radius(half if self.model == FISHEYE else math.tan(half))

    def limit(self, width: int, height: int, hfov_rad: float) -> float:
        """Tangent (of a fisheye: angle) up to which points are in order and may lie in the picture."""
        end, _ = self._follow(width, height, hfov_rad)
        return end

    def fault(self, width: int, height: int, hfov_rad: float) -> str:
        """Why no picture of this size can be made, "" where it can."""
        if self.model != FISHEYE and hfov_rad > WIDEST_RAD + 1e-9:
            widest = f"{math.degrees(WIDEST_RAD):g} deg"
            return f"a camera without a fisheye shows at most {widest}, this one {math.degrees(hfov_rad):g} deg"
        return self._follow(width, height, hfov_rad)[1] if self else ""

    def _follow(self, width: int, height: int, hfov_rad: float) -> tuple[float, str]:
        """Along the radius to the picture's corner: how far it goes, and why it ends too early."""
        fisheye = self.model == FISHEYE
        half = 0.5 * hfov_rad
        edge = half if fisheye else math.tan(half)
        last = 0.5 * math.pi if fisheye else _STEEPEST
        r, n = 0.0, 0
        while r < edge or self.radius(r) * 0.5 * width < self.radius(edge) * 0.5 * math.hypot(width, height) * _BEYOND:
            if self.slope(r) <= 0.0:
                inside = r < edge or self.radius(r) * width < self.radius(edge) * math.hypot(width, height)
                angle = math.degrees(r if fisheye else math.atan(r))
                text = (
                    f"the lens {self.model} with {list(self.coefficients)} turns back {angle:.3g} deg from its axis, "
                    "within the picture: nothing can be seen beyond; use smaller coefficients or a narrower hfov"
                )
                return r, text if inside else ""
            if r >= last:
                return last, "" if fisheye else (
                    f"the corners of the picture lie more than {math.degrees(0.5 * WIDEST_RAD):g} deg off the axis; "
                    "use a narrower hfov, or distortion: fisheye"
                )
            n += 1
            r = n * _STEP
        return min(r, last), ""
