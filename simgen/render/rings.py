"""Rings of drops on the water of a scene as the kernels take them: how many, how steep, and which moment it is."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Rain
from simgen.conditions.ring_waves import slope_variance
from simgen.render.kernels import rings as kernels

LEAST_M = 1.0e-3
"""Smaller drops leave no ring that is seen."""
MOST_PER_M2S = 250.0
"""Drops a second and m2 whose rings are drawn one by one; the waves of the others make the surface rough."""
_VARIED = 1.0 + 1.0 / 12.0  # mean square of the factor, 0.5 to 1.5, by which rings differ


def drawn_per_m2s(rain: Rain) -> float:
    """How many rings begin on a square metre a second."""
    return min(rain.impacts_per_m2s(LEAST_M), MOST_PER_M2S)


def ring_table(rain: Rain, time_s: float) -> NDArray[np.float32]:
    """(kernels.TABLE,) float32, see `kernels.rings`.

    By Campbell's theorem n rings a second and m2 of slope a have a mean square slope of n a^2 times the integral of a
    ring's squared shape over its life and plane. All drops together have that of the spectrum, and equal shares of it.
    """
    out = np.zeros(kernels.TABLE, np.float32)
    out[kernels.NONE] = 1.0
    drawn = drawn_per_m2s(rain)
    if drawn <= 0.0:
        return out
    whole = slope_variance(rain.rate_mps)
    each = whole / rain.impacts_per_m2s(LEAST_M)
    span = math.floor(time_s / kernels.LIFE_S)
    out[kernels.SPAN], out[kernels.INTO] = span, time_s - span * kernels.LIFE_S
    out[kernels.NONE] = math.exp(-drawn * kernels.SQUARE_M**2 * kernels.LIFE_S)
    out[kernels.AMPLITUDE] = math.sqrt(each / (_VARIED * squared_shape_m2s()))
    out[kernels.SHOWN], out[kernels.WHOLE] = 0.5 * each * drawn, 0.5 * whole
    return out


@cache
def squared_shape_m2s() -> float:
    """The integral of a ring's squared slope over its life and plane, for a slope of 1 at its beginning."""
    t = (np.arange(400) + 0.5)[:, None] * (kernels.LIFE_S / 400)
    r = (np.arange(800) + 0.5)[None, :] * (kernels.SQUARE_M / 800)
    radius = kernels.SPEED_MPS * t
    high2 = kernels.BEGIN_M / (kernels.BEGIN_M + radius) * (1.0 - t / kernels.LIFE_S) ** 2
    shape = np.clip(1.0 - ((r - radius) / kernels.WIDTH_M) ** 2, 0.0, None) ** 2
    shape = shape * (r * r / (r * r + kernels.CORE_M**2))
    wave = np.cos(kernels.NUMBER_PER_M * r - 2.0 * math.pi * kernels.FREQUENCY_HZ * t)
    total = (high2 * (shape * wave) ** 2 * 2.0 * math.pi * r).sum()
    return float(total) * (kernels.LIFE_S / 400) * (kernels.SQUARE_M / 800)
