"""The bright air about a low sun."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.media import even_path, way
from simgen.render.kernels.resolve import BLUE, GREEN, PX, PY, PZ, RED, Z
from simgen.render.kernels.sources import (
    EXTINCTION,
    EYE_X,
    EYE_Y,
    EYE_Z,
    LOW_B,
    LOW_G,
    LOW_R,
    PER_HEIGHT,
    SUN_X,
    SUN_Y,
    SUN_Z,
    THINNING,
)

FORWARD = 0.7
"""Mean cosine of what haze scatters: continental aerosol."""
SHADED_M = 100.0
"""Air nearer than this counts as shaded by what stands there: houses, trees, the tunnel about the eye."""
_MEAN = np.float32(0.25 / math.pi)
_LOBE = np.float32((1.0 - FORWARD * FORWARD) / (4.0 * math.pi))
_SQUARES, _TWICE = np.float32(1.0 + FORWARD * FORWARD), np.float32(2.0 * FORWARD)


@kernel
def aureole(rec, count, src, out):
    """Add what the air scatters towards the eye from a low sun, above the mean of all directions.

    Single scattering, E (p - 1 / 4 pi) (1 - t) after Henyey and Greenstein; the mean is in the airlight already.

    Args:
        rec, count, src, out: as in `media.air`, after it.
    """
    shade = exp32(-src[EXTINCTION] * np.float32(SHADED_M))
    # Two loops, as in `media.air`.
    if src[PER_HEIGHT] > np.float32(0.0):
        for o in range(count):
            d, rise = way(rec, o, src)
            d = even_path(d, rise, rec[Z + o] < np.float32(1e9), src[THINNING], src[PER_HEIGHT])
            _shine(rec, o, d, shade, src, out)
    else:
        for o in range(count):
            d, _ = way(rec, o, src)
            _shine(rec, o, d, shade, src, out)


@inline
def _shine(rec, o, d, shade, src, out):
    """Add what a way of so much even air scatters towards the eye; `shade` is the transmittance of its shaded part."""
    zero = np.float32(0.0)
    solid = rec[Z + o] < np.float32(1e9)
    # A sky point has its direction there. A factor, because a choice of what is taken off keeps loops from vectors.
    placed = np.float32(1.0) if solid else zero
    x, y, z = rec[PX + o] - src[EYE_X] * placed, rec[PY + o] - src[EYE_Y] * placed, rec[PZ + o] - src[EYE_Z] * placed
    away = np.float32(math.sqrt(max(x * x + y * y + z * z, np.float32(1e-6))))
    c = max(_SQUARES - _TWICE * (x * src[SUN_X] + y * src[SUN_Y] + z * src[SUN_Z]) / away, np.float32(1e-3))
    p = max(_LOBE / (c * np.float32(math.sqrt(c))) - _MEAN, zero)
    p *= max(shade - exp32(-src[EXTINCTION] * d), zero)
    out[RED + o] += src[LOW_R] * p
    out[GREEN + o] += src[LOW_G] * p
    out[BLUE + o] += src[LOW_B] * p
