"""Bilinear look-ups in the noise textures, at the mip level that the pixel's footprint asks for."""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline
from simgen.render.noise import CHANNEL, ROOM, SIZE

_EXPONENT = np.int32(0x7F800000)
ADDRESS = np.int32(ROOM * CHANNEL - 1)
"""Mask that keeps an address inside the textures."""
_UNIT = np.float32(1.0 / 255.0)


@inline
def place(base, nearest, u, v, footprint):
    """Where a bilinear look-up finds its texels.

    Args:
        base: where the channel starts in the textures, see `render.noise.textures`.
        nearest: the smallest scale, 2^-level, at which the channel still varies.
        u, v: texel position; footprint: how many texels the pixel covers. All float32.

    Returns:
        (address, a, b): the word, and the weights of the right and the lower texels; `a` is -1 where the filter
        has averaged the noise away, so that its mean is due.
    """
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    # Powers of two straight from the exponent: the level's scale and its inverse.
    exponent = np.int32(np.float32(footprint * np.float32(0.714)).view(np.int32) & _EXPONENT)
    shrink = np.float32(min(np.int32(np.int32(253 << 23) - exponent).view(np.float32), one))
    seen = (shrink >= nearest) & (abs(u) < np.float32(1e8)) & (abs(v) < np.float32(1e8))
    shrink = np.float32(shrink if seen else one)
    grow = np.int32(np.int32(254 << 23) - shrink.view(np.int32)).view(np.float32)
    u = (u if seen else zero) * shrink - half
    v = (v if seen else zero) * shrink - half
    x = np.floor(u)
    y = np.floor(v)
    a = u - x if seen else -one
    b = v - y
    # Sizes are powers of two: the wrap around the edge and the address are exact.
    size = shrink * np.float32(SIZE)
    inverse = grow * np.float32(1.0 / SIZE)
    x -= size * np.floor(x * inverse)
    y -= size * np.floor(y * inverse)
    return np.int32(base + (size + y) * size + x), a, b


@inline
def blend(quad, a, b, mean):
    """Bilinear value, 0 to 1, of the four texels of a word; arguments as `place` returned them."""
    byte = np.int32(255)
    t00 = np.float32(np.int32(quad & byte))
    t10 = np.float32(np.int32((quad >> np.int32(8)) & byte))
    t01 = np.float32(np.int32((quad >> np.int32(16)) & byte))
    t11 = np.float32(np.int32((quad >> np.int32(24)) & byte))
    top = t00 + (t10 - t00) * a
    low = t01 + (t11 - t01) * a
    return (top + (low - top) * b) * _UNIT if a >= np.float32(0.0) else mean


@inline
def noise(quads, base, nearest, mean, u, v, footprint):
    """Value of a noise channel at one texel position; arguments as in `place` and `blend`."""
    address, a, b = place(base, nearest, u, v, footprint)
    return blend(quads[address & ADDRESS], a, b, mean)
