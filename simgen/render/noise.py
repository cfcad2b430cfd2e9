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
CHANNEL = 2 * SIZE * SIZE
"""Words of a channel: the level of s x s texels takes the words s * s to 2 * s * s, so that no table is needed."""
GRAIN, CLOUD, CRACK, AGGREGATE = 0, 1, 2, 3
"""Channels, 0 to 1: white grain, fractal cloud, thin lines on black, stones of a paved surface (grain and cloud)."""
FARTHEST = (4, 7, 5, 5)
"""The last level of each channel that still varies visibly."""
MEAN = (0.5, 0.5, 0.02, 0.5)
"""What is taken for each channel beyond that level."""


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
def _levels() -> list[list[NDArray[np.uint8]]]:
    """All mip levels of all channels, 255 for 1."""
    stream = Stream(0, 0, "render.noise")
    grain = stream.array("grain", SIZE * SIZE).reshape(SIZE, SIZE)
    cloud = _normalised(_fractal(stream, "cloud", 4, 7, 0.6))
    ridge = np.abs(_fractal(stream, "crack", 6, 5, 0.55))
    crack = 1.0 - np.clip(ridge / 0.012, 0.0, 1.0)
    crack = np.where(_fractal(stream, "crackmask", 4, 3, 0.5) > 0.03, crack, 0.0)
    aggregate = np.clip(0.5 + 0.55 * (grain - 0.5) + 0.6 * (np.roll(cloud, 77, axis=0) - 0.5), 0.0, 1.0)
    channels = []
    for f in (grain, cloud, crack, aggregate):
        levels = [f]
        while len(levels) < LEVELS:
            f = 0.25 * (f[0::2, 0::2] + f[1::2, 0::2] + f[0::2, 1::2] + f[1::2, 1::2])
            levels.append(f)
        channels.append([np.rint(255.0 * level).astype(np.uint8) for level in levels])
    return channels


def field(channel: int) -> NDArray[np.uint8]:
    """(SIZE, SIZE) level 0 of a channel, 255 for 1."""
    return _levels()[channel][0]


@cache
def textures() -> NDArray[np.int32]:
    """(4 * CHANNEL,) all channels and mip levels; a word holds the 2 x 2 texels of a bilinear look-up, one a byte.

    The lowest byte is the texel itself, then its neighbours right, below, and right below, around the edge. One
    load then serves a look-up. Bytes, because the look-ups are bound by the cache.
    """
    words = np.zeros((len(MEAN), CHANNEL), np.uint32)
    for channel, levels in zip(words, _levels(), strict=True):
        for level in levels:
            corner = level.astype(np.uint32)
            pair = corner | np.roll(corner, -1, axis=1) << 8
            quad = pair | np.roll(pair, -1, axis=0) << 16
            channel[quad.size : 2 * quad.size] = quad.ravel()
    return words.ravel().view(np.int32)
