"""Waves that drops of rain make on water: how steep, how long and how fast.

Spectrum of their height, by frequency f in Hz and rate R in mm/h: S_p exp(-pi (ln(f / f_p) f_p / width)^2) with
S_p = 6e-4 R^0.53 cm2/Hz, f_p = 5.772 - 0.0018 R and width = 4.42 + 0.0028 R, as quoted of Lemaire, Bliven, Craeye and
Sobieski, International Journal of Remote Sensing 23 (2002) 2345, from deep tanks under natural rain rates.
Their length and speed follow from the dispersion of waves under gravity and surface tension on deep water,
w^2 = g k + T k^3 / rho.
"""

from __future__ import annotations

import math
from functools import lru_cache

from simgen.conditions.rain import MM_PER_H

GRAVITY_MPS2 = 9.81
TENSION_M3PS2 = 7.28e-5
"""Surface tension over the density of water at 20 degrees C."""
_STEPS = 64


def wave_number_per_m(frequency_hz: float) -> float:
    """Wave number in rad/m of waves of a frequency, by Newton's method."""
    w2 = (2.0 * math.pi * frequency_hz) ** 2
    k = w2 / GRAVITY_MPS2  # of gravity alone: the greatest that it can be, and the left side is convex
    for _ in range(12):
        k -= (GRAVITY_MPS2 * k + TENSION_M3PS2 * k**3 - w2) / (GRAVITY_MPS2 + 3.0 * TENSION_M3PS2 * k * k)
    return k


def group_speed_mps(frequency_hz: float) -> float:
    """Speed at which a ring of such waves spreads."""
    k = wave_number_per_m(frequency_hz)
    return (GRAVITY_MPS2 + 3.0 * TENSION_M3PS2 * k * k) / (4.0 * math.pi * frequency_hz)


def peak_hz(rate_mps: float) -> float:
    """Frequency of the highest waves under rain of some rate."""
    return 5.772 - 0.0018 * rate_mps / MM_PER_H


def height_spectrum_m2phz(frequency_hz: float, rate_mps: float) -> float:
    """Spectral density of the height of the waves."""
    rate, peak = rate_mps / MM_PER_H, peak_hz(rate_mps)
    width = (4.42 + 0.0028 * rate) / peak
    highest = 6.0e-8 * math.pow(rate, 0.53)
    return highest * math.exp(-math.pi * (math.log(frequency_hz / peak) / width) ** 2)


@lru_cache(maxsize=16)
def slope_variance(rate_mps: float) -> float:
    """Mean square of the slope of the surface under steady rain, both directions together; 0 without rain.

    The integral of k^2 S from a quarter of the peak's frequency to four times it.
    """
    if rate_mps <= 0.0:
        return 0.0
    first, step = peak_hz(rate_mps) / 4.0, math.log(16.0) / _STEPS
    total = 0.0
    for n in range(_STEPS):
        f = first * math.exp((n + 0.5) * step)
        total += wave_number_per_m(f) ** 2 * height_spectrum_m2phz(f, rate_mps) * f * step
    return total
