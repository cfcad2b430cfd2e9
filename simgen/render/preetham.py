"""The clear daylight sky: luminance and colour of every direction, relative to the zenith.

A. J. Preetham, P. Shirley, B. Smits, A Practical Analytic Model for Daylight, SIGGRAPH 1999, appendix A.2, on the five
parameters of R. Perez, R. Seals, J. Michalsky, Solar Energy 50 (1993). Chromaticity is CIE 1931 (x, y).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simgen.render.kernels.sky import STEPS, WIDTH, clear_colours

TURBIDITY = 3.0
"""Of a clear day: how much thicker the air with its haze is than air alone."""
LUMA = np.array([0.2126, 0.7152, 0.0722])
_XYZ_TO_RGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)
_LEAST_PURE = 0.02  # least share of a primary in a colour of luminance 1: what no screen can show stays a colour
_BLUE_HOUR, _BLUE_AS = math.radians(5.0), math.radians(45.0)  # the depth at which twilight is as blue as under this sun

Coefficients = tuple[float, float, float, float, float]


def perez_coefficients(turbidity: float) -> Coefficients:
    """A to E of the Perez formula of the luminance."""
    t = turbidity
    return (
        0.1787 * t - 1.4630,
        -0.3554 * t + 0.4275,
        -0.0227 * t + 5.3251,
        0.1206 * t - 2.5771,
        -0.0670 * t + 0.3703,
    )


def chromaticity_coefficients(turbidity: float) -> tuple[Coefficients, Coefficients]:
    """A to E of the Perez formulas of x and of y."""
    t = turbidity
    x = (
        -0.0193 * t - 0.2592,
        -0.0665 * t + 0.0008,
        -0.0004 * t + 0.2125,
        -0.0641 * t - 0.8989,
        -0.0033 * t + 0.0452,
    )
    y = (
        -0.0167 * t - 0.2608,
        -0.0950 * t + 0.0092,
        -0.0079 * t + 0.2102,
        -0.0441 * t - 1.6537,
        -0.0109 * t + 0.0529,
    )
    return x, y


def zenith_chromaticity(turbidity: float, sun_zenith_rad: float) -> tuple[float, float]:
    """X and y straight overhead, for a sun at an angle from there of up to 90 degrees."""
    angles = np.array([sun_zenith_rad**3, sun_zenith_rad**2, sun_zenith_rad, 1.0])
    powers = np.array([turbidity**2, turbidity, 1.0])
    x = np.array(
        [
            [0.00166, -0.00375, 0.00209, 0.0],
            [-0.02903, 0.06377, -0.03202, 0.00394],
            [0.11693, -0.21196, 0.06052, 0.25886],
        ]
    )
    y = np.array(
        [
            [0.00275, -0.00610, 0.00317, 0.0],
            [-0.04214, 0.08970, -0.04153, 0.00516],
            [0.15346, -0.26756, 0.06670, 0.26688],
        ]
    )
    return float((x * powers[:, None] * angles).sum()), float((y * powers[:, None] * angles).sum())


def perez(
    cos_zenith: NDArray[np.float64], gamma: NDArray[np.float64], coefficients: Coefficients
) -> NDArray[np.float64]:
    """The Perez function F(theta, gamma); arrays of cosine of zenith angle and angle to the sun in radians."""
    _, _, c, d, e = coefficients
    return perez_zenith(cos_zenith, coefficients) * (1 + c * np.exp(d * gamma) + e * np.cos(gamma) ** 2)


def perez_zenith(cos_zenith: NDArray[np.float64], coefficients: Coefficients) -> NDArray[np.float64]:
    """The factor of the Perez function that does not depend on where the sun is, 1 + A exp(B / cos theta)."""
    a, b, *_ = coefficients
    out: NDArray[np.float64] = 1 + a * np.exp(b / np.maximum(cos_zenith, 0.02))
    return out


def above_all(cos_zenith: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, N) `perez_zenith` of x, y and luminance for (N,) cosines of zenith angles."""
    return np.array([perez_zenith(cos_zenith, c) for c in _formulas()])


def clear_sky(
    toward: NDArray[np.float64], above: NDArray[np.float64], body: NDArray[np.float64], elevation_rad: float
) -> NDArray[np.float64]:
    """Linear RGB (N, 3) of a clear sky, of luminance F(theta, gamma): only the shape and the colours matter.

    Args:
        toward: (3, N) directions.
        above: (3, N) what `above_all` gives for them.
        body: (3,) direction of the sun.
        elevation_rad: of the sun. Below the horizon, of which the model says nothing, ozone turns the sky as blue
            again as it is by day (E. O. Hulburt, J. Opt. Soc. Am. 43 (1953)): within `_BLUE_HOUR`.
    """
    height = elevation_rad if elevation_rad >= 0.0 else min(-elevation_rad / _BLUE_HOUR, 1.0) * _BLUE_AS
    sun_zenith = math.pi / 2.0 - height
    formulas = _formulas()
    overhead = [float(perez(np.ones(1), np.full(1, sun_zenith), c)[0]) for c in formulas[:2]]
    out = np.empty((toward.shape[1], 3))
    clear_colours(
        toward, above, body, _falls(), np.array(formulas), np.array(zenith_chromaticity(TURBIDITY, sun_zenith)),
        np.array(overhead), _XYZ_TO_RGB, LUMA, _LEAST_PURE, out,
    )  # fmt: skip
    return out


def fall_off(rate: float) -> NDArray[np.float64]:
    """(STEPS + 2,) table of exp(rate gamma) for the kernels, see `simgen.render.kernels.sky`."""
    at = np.minimum(np.arange(STEPS + 2) / STEPS, 1.0) * WIDTH
    gamma = 2.0 * np.arcsin(np.minimum(at, WIDTH - at))
    gamma = np.where(at <= 0.5 * WIDTH, gamma, math.pi - gamma)
    out: NDArray[np.float64] = np.exp(rate * gamma)
    return out


@cache
def _falls() -> NDArray[np.float64]:
    """(3, STEPS + 2) of x, y and luminance."""
    return np.array([fall_off(c[3]) for c in _formulas()])


def _formulas() -> tuple[Coefficients, Coefficients, Coefficients]:
    """A to E of x, y and luminance."""
    return *chromaticity_coefficients(TURBIDITY), perez_coefficients(TURBIDITY)
