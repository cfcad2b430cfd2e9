"""The noise that breaks the edges of puffs."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline
from simgen.render.kernels.maths import smooth
from simgen.render.kernels.puffs import FREQUENCY, KEY, NOISE, RAGGED

_OCTAVES = 5
_COARSE, _FINE = np.float32(1.5), np.float32(4.0)
"""Rays from node to node up to which an octave is left out, and from which it counts in full: between rays light is
interpolated straight, which shows lumps of two or three rays as squares."""


@inline
def _noise(field, x, y, z):
    """Smoothly interpolated periodic noise of mean 1 at a place in nodes."""
    fx, fy, fz = math.floor(x), math.floor(y), math.floor(z)
    a, b, c = x - fx, y - fy, z - fz
    a, b, c = a * a * (3.0 - 2.0 * a), b * b * (3.0 - 2.0 * b), c * c * (3.0 - 2.0 * c)
    mask = NOISE - 1
    i, j, k = int(fx) & mask, int(fy) & mask, int(fz) & mask
    i1, j1, k1 = (i + 1) & mask, (j + 1) & mask, (k + 1) & mask
    low = (field[i, j, k] * (1.0 - a) + field[i1, j, k] * a) * (1.0 - b)
    low += (field[i, j1, k] * (1.0 - a) + field[i1, j1, k] * a) * b
    high = (field[i, j, k1] * (1.0 - a) + field[i1, j, k1] * a) * (1.0 - b)
    high += (field[i, j1, k1] * (1.0 - a) + field[i1, j1, k1] * a) * b
    return low * (1.0 - c) + high * c


@inline
def broken_by(field, row, x, y, z, rays_per_m):
    """Noise of mean 1 at a place from a puff's centre; octaves whose nodes are closer than the rays are left out."""
    scale = 0.45 * row[FREQUENCY]
    u, v, w = x * scale + row[KEY], y * scale + row[KEY + 1], z * scale + row[KEY + 2]
    out = 1.0
    for _ in range(_OCTAVES):
        keep = row[RAGGED] * float(smooth(_COARSE, _FINE, np.float32(rays_per_m / scale)))
        if keep <= 0.0:
            break
        out *= 1.0 + (_noise(field, u, v, w) - 1.0) * keep
        u, v, w = 2.3 * (0.8 * v - 0.6 * w) + 7.7, 2.3 * (0.6 * v + 0.8 * w) + 3.1, 2.3 * u + 5.3
        scale *= 2.3
    return out
