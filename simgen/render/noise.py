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
GRAIN, CLOUD, CRACK, AGGREGATE, STONES = 0, 1, 2, 3, 4
"""Channels, 0 to 1: white grain, fractal cloud, thin lines on black, stones of a paved surface (grain and cloud),
rounded stones of some 8 texels with dark gaps between them."""
FARTHEST = (4, 7, 5, 5, 6)
"""The last level of each channel that still varies visibly."""
MEAN = (0.5, 0.5, 0.0256, 0.5, 0.5)
"""Mean of each channel, taken beyond that level."""
ROOM = 8
"""Channels that there is room for: a power of two, so that an address can be kept inside by a mask."""


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


def _stones(stream: Stream, cells: int) -> NDArray[np.float64]:
    """Cells about scattered points (Worley), each of one tone, rounded off towards the gaps between them."""
    jitter = stream.array("points", 2 * cells * cells).reshape(2, cells, cells)
    tones = stream.array("tones", cells * cells).reshape(cells, cells)
    pos = (np.arange(SIZE) + 0.5) * (cells / SIZE)
    home = pos.astype(int)
    nearest = np.full((SIZE, SIZE), np.inf)
    second = nearest.copy()
    tone = np.zeros((SIZE, SIZE))
    for a in (-1, 0, 1):
        for b in (-1, 0, 1):
            at = np.ix_((home + a) % cells, (home + b) % cells)
            dy = (home + a)[:, None] + jitter[0][at] - pos[:, None]
            dx = (home + b)[None, :] + jitter[1][at] - pos[None, :]
            d = np.sqrt(dx * dx + dy * dy)
            closer = d < nearest
            second = np.where(closer, nearest, np.minimum(second, d))
            tone = np.where(closer, tones[at], tone)
            nearest = np.where(closer, d, nearest)
    round_off = np.clip((second - nearest) / 0.45, 0.0, 1.0)
    out: NDArray[np.float64] = (0.35 + 0.65 * tone) * (0.15 + 0.85 * round_off * (2.0 - round_off))
    return out


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
    stones = _normalised(_stones(stream.child("stones"), SIZE // 8))
    for f in (grain, cloud, crack, aggregate, stones):
        levels = [f]
        while len(levels) < LEVELS:
            f = 0.25 * (f[0::2, 0::2] + f[1::2, 0::2] + f[0::2, 1::2] + f[1::2, 1::2])
            levels.append(f)
        channels.append([np.rint(255.0 * level).astype(np.uint8) for level in levels])
    return channels


@cache
def _stone_values() -> NDArray[np.float64]:
    """How often bilinear look-ups of the stones give each of 256 values."""
    texel = field(AGGREGATE).astype(np.float64) / 255.0
    counts = np.zeros(256)
    for a in (0.17, 0.5, 0.83):
        row = texel + (np.roll(texel, -1, axis=0) - texel) * a
        for b in (0.17, 0.5, 0.83):
            values = row + (np.roll(row, -1, axis=1) - row) * b
            counts += np.bincount(np.rint(255.0 * values).astype(np.int64).ravel(), minlength=256)
    out: NDArray[np.float64] = counts / counts.sum()
    return out


def worn_share(wear: float) -> float:
    """Share of painted stones that are bare where markings are worn, 0 to 1 (see `kernels.patterns`)."""
    t = np.clip((np.arange(256) / 255.0 - (0.75 - 0.5 * wear)) / 0.2, 0.0, 1.0)
    return float((_stone_values() * t * t * (3.0 - 2.0 * t)).sum())


def field(channel: int) -> NDArray[np.uint8]:
    """(SIZE, SIZE) level 0 of a channel, 255 for 1."""
    return _levels()[channel][0]


@cache
def textures() -> NDArray[np.int32]:
    """(ROOM * CHANNEL,) all channels and mip levels; a word holds the 2 x 2 texels of a bilinear look-up, one a byte.

    The lowest byte is the texel itself, then its neighbours right, below, and right below, around the edge. One
    load then serves a look-up. Bytes, because the look-ups are bound by the cache.
    """
    words = np.zeros((ROOM, CHANNEL), np.uint32)
    for channel, levels in zip(words[: len(MEAN)], _levels(), strict=True):
        for level in levels:
            corner = level.astype(np.uint32)
            pair = corner | np.roll(corner, -1, axis=1) << 8
            quad = pair | np.roll(pair, -1, axis=0) << 16
            channel[quad.size : 2 * quad.size] = quad.ravel()
    return words.ravel().view(np.int32)
