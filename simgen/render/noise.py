"""Tileable noise textures with mip maps, the raw material of all procedural patterns.

Made by adding octaves of smoothly interpolated random lattices: additions and multiplications only, so that
the bits are the same on every processor.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from simgen.rng import Stream

SIZE = 512
"""Texels a side of level 0."""
LEVELS = 10
GRAIN, CLOUD, CRACK, AGGREGATE = 0, 1, 2, 3
"""Channels, 0 to 1: white grain, fractal cloud, thin lines on black, stones of a paved surface (grain and cloud)."""


def _lattice(stream: Stream, name: str, cells: int) -> NDArray[np.float64]:
    """A periodic SIZE x SIZE field of random values at `cells` nodes a side, smoothstep between them."""
    nodes = stream.array(name, cells * cells).reshape(cells, cells)
    pos = np.arange(SIZE) * (cells / SIZE)
    i = pos.astype(int)
    t = pos - i
    t = t * t * (3.0 - 2.0 * t)
    j = (i + 1) % cells
    rows = nodes[i] * (1.0 - t)[:, None] + nodes[j] * t[:, None]
    out: NDArray[np.float64] = rows[:, i] * (1.0 - t)[None, :] + rows[:, j] * t[None, :]
    return out


def _fractal(stream: Stream, name: str, cells: int, octaves: int, gain: float) -> NDArray[np.float64]:
    total = np.zeros((SIZE, SIZE))
    norm = 0.0
    amplitude = 1.0
    for k in range(octaves):
        total += amplitude * (_lattice(stream, f"{name}.{k}", cells << k) - 0.5)
        norm += amplitude
        amplitude *= gain
    return total / norm


def _normalised(field: NDArray[np.float64]) -> NDArray[np.float64]:
    lo, hi = float(field.min()), float(field.max())
    out = (field - lo) / (hi - lo)
    return np.clip(out + (0.5 - float(out.mean())), 0.0, 1.0)


@cache
def textures() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All channels and mip levels: (4 * total,) uint8 texels, 255 for 1, and (LEVELS,) offsets of the levels.

    Bytes, because the lookups are bound by the cache: all channels together fit into its second level.
    """
    stream = Stream(0, 0, "render.noise")
    grain = stream.array("grain", SIZE * SIZE).reshape(SIZE, SIZE)
    cloud = _normalised(_fractal(stream, "cloud", 4, 7, 0.6))
    ridge = np.abs(_fractal(stream, "crack", 6, 5, 0.55))
    crack = 1.0 - np.clip(ridge / 0.012, 0.0, 1.0)
    crack = np.where(_fractal(stream, "crackmask", 4, 3, 0.5) > 0.03, crack, 0.0)
    aggregate = np.clip(0.5 + 0.55 * (grain - 0.5) + 0.6 * (np.roll(cloud, 77, axis=0) - 0.5), 0.0, 1.0)
    channels = []
    for field in (grain, cloud, crack, aggregate):
        levels = [field]
        while levels[-1].shape[0] > 1:
            f = levels[-1]
            levels.append(0.25 * (f[0::2, 0::2] + f[1::2, 0::2] + f[0::2, 1::2] + f[1::2, 1::2]))
        channels.append(np.concatenate([v.ravel() for v in levels]))
    offsets = np.concatenate([[0], np.cumsum([(SIZE >> k) ** 2 for k in range(LEVELS)])])[:LEVELS]
    texels = np.rint(255.0 * np.array(channels)).astype(np.uint8)
    return np.ascontiguousarray(texels.ravel()), offsets.astype(np.int64)
