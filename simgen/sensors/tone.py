"""From a sensor's signal to the numbers of a picture: white balance and tone curve."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

NEUTRAL_K = 6504.0
"""Colour temperature at which linear sRGB is neutral (D65)."""
_KNEE = 0.5


def planckian_xy(temperature_k: float) -> tuple[float, float]:
    """CIE 1931 chromaticity of a black body from 1667 to 25,000 K (cubic splines of Kim et al., US 7,024,034)."""
    t = 1000.0 / temperature_k
    if temperature_k <= 4000.0:
        x = ((-0.2661239 * t - 0.2343589) * t + 0.8776956) * t + 0.179910
    else:
        x = ((-3.0258469 * t + 2.1070379) * t + 0.2226347) * t + 0.240390
    if temperature_k <= 2222.0:
        y = ((-1.1063814 * x - 1.34811020) * x + 2.18555832) * x - 0.20219683
    elif temperature_k <= 4000.0:
        y = ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867
    else:
        y = ((3.0817580 * x - 5.87338670) * x + 3.75112997) * x - 0.37001483
    return x, y


def white_balance_gains(temperature_k: float) -> tuple[float, float, float]:
    """Factors on red, green and blue that turn the light of a black body neutral, the least of them 1.

    With no factor below 1, what saturates the sensor is white.
    """
    neutral, white = _linear_srgb(NEUTRAL_K), _linear_srgb(temperature_k)
    # Light warmer than 1,900 K has no blue that sRGB could hold: its factor stays finite.
    red, green, blue = (n / max(w, 0.02) for n, w in zip(neutral, white, strict=True))
    least = min(red, green, blue)
    return red / least, green / least, blue / least


def _linear_srgb(temperature_k: float) -> tuple[float, float, float]:
    """Linear sRGB (IEC 61966-2-1) of a black body's light at luminance 1."""
    x, y = planckian_xy(temperature_k)
    X, Z = x / y, (1.0 - x - y) / y
    return (
        3.2406 * X - 1.5372 - 0.4986 * Z,
        -0.9689 * X + 1.8758 + 0.0415 * Z,
        0.0557 * X - 0.2040 + 1.0570 * Z,
    )


def tone_table(size: int = 4096, factor: float = 1.0) -> NDArray[np.uint8]:
    """The camera's response: linear up to half of saturation, a soft shoulder above, then the sRGB curve.

    Args:
        size: steps of the converter.
        factor: on the signal before it, of the white balance.

    Returns:
        (size,) uint8 over 0..1 of saturation.
    """
    x = np.minimum(np.linspace(0.0, 1.0, size) * factor, 1.0)
    shoulder = _KNEE + (1.0 - _KNEE) * np.tanh((x - _KNEE) / (1.0 - _KNEE) * 1.15) / math.tanh(1.15)
    y = np.clip(np.where(x < _KNEE, x, shoulder), 0.0, 1.0)
    srgb = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1.0 / 2.4) - 0.055)
    out: NDArray[np.uint8] = np.round(255.0 * srgb).astype(np.uint8)
    return out


@lru_cache(maxsize=64)
def tone_tables(bits: int, white_balance_k: float) -> NDArray[np.uint8]:
    """(3, 2^bits) uint8: what a picture shows of each step of the converter, by channel."""
    return np.stack([tone_table(1 << bits, gain) for gain in white_balance_gains(white_balance_k)])
