"""Pictures on surfaces: bilinear look-ups on the two mip levels about the pixel's footprint."""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline
from simgen.render.kernels.resolve import AB, AG, AR, FU, FV, U, V

BLOCK = 256  # see `material_table.TEXEL_BLOCK`
_EXPONENT, _MANTISSA, _ONE = np.int32(0x7F800000), np.int32(0x007FFFFF), np.int32(0x3F800000)


@inline
def _level_of(footprint):
    """Level whose texels are as wide as a footprint in texels of the finest, and how far on to the next, 0 to 1."""
    bits = np.float32(max(footprint, np.float32(1.0))).view(np.int32)
    level = np.int64((bits & _EXPONENT) >> np.int32(23)) - 127
    return level, np.int32((bits & _MANTISSA) | _ONE).view(np.float32) - np.float32(1.0)


@inline
def _channel(word, shift):
    code = np.float32((word >> shift) & np.int32(1023)) * np.float32(1.0 / 1023.0)
    return code * code


@inline
def _mixed(a, b, c, d, shift, u, v):
    """Bilinear value of a channel of four texels: a b above c d."""
    top, low = _channel(a, shift), _channel(c, shift)
    top += (_channel(b, shift) - top) * u
    low += (_channel(d, shift) - low) * u
    return top + (low - top) * v


@inline
def _look_up(texels, base, width, height, level, u, v):
    """R, G, B at a place in texels of the finest level, of a texture that repeats.

    Args:
        texels: (N,) int32; base: where the texture begins.
        width, height: of its finest level; level: which to look at.
        u, v: float32 from the top left corner.
    """
    begin = base
    w, h = width, height
    for _ in range(level):
        begin += w * h
        w, h = max(w >> 1, 1), max(h >> 1, 1)
    x = np.float32(u * np.float32(w) / np.float32(width)) - np.float32(0.5)
    y = np.float32(v * np.float32(h) / np.float32(height)) - np.float32(0.5)
    fx, fy = np.floor(x), np.floor(y)
    # Sides are powers of two: the wrap around the edge is a mask, of negative numbers too.
    i, j = np.int64(fx) & (w - 1), np.int64(fy) & (h - 1)
    i1, j1 = (i + 1) & (w - 1), (j + 1) & (h - 1)
    a, b = texels[begin + j * w + i], texels[begin + j * w + i1]
    c, d = texels[begin + j1 * w + i], texels[begin + j1 * w + i1]
    s, t = x - fx, y - fy
    return (
        _mixed(a, b, c, d, np.int32(0), s, t),
        _mixed(a, b, c, d, np.int32(10), s, t),
        _mixed(a, b, c, d, np.int32(20), s, t),
    )


@inline
def paint(rec, count, m, at, texels):
    """Write the albedo of a run of records that show a picture.

    Args:
        rec: records from the run's first on; reads rows U to FV (texels), writes AR to AB; count: how many.
        m: all materials, flat; at: where the run's starts.
        texels: words of all textures.
    """
    base = np.int64(m[at + 12]) * BLOCK
    width, height, levels = np.int64(m[at + 13]), np.int64(m[at + 14]), np.int64(m[at + 15])
    fr, fg, fb = m[at + 3], m[at + 4], m[at + 5]
    most, far = np.float32(0.95), np.float32(1e6)
    for i in range(count):
        u, v = rec[U + i], rec[V + i]
        if not (abs(u) < far and abs(v) < far):  # nor a NaN
            u, v = np.float32(0.0), np.float32(0.0)
        fu, fv = rec[FU + i], rec[FV + i]
        # Between the long and the short side of the footprint: sharp enough aslant, and free of shimmer.
        level, on = _level_of(np.float32(0.7) * max(fu, fv) + np.float32(0.3) * min(fu, fv))
        if level >= levels - 1:
            level, on = levels - 1, np.float32(0.0)
        r, g, b = _look_up(texels, base, width, height, level, u, v)
        if on > np.float32(0.0):
            r1, g1, b1 = _look_up(texels, base, width, height, level + 1, u, v)
            r, g, b = r + (r1 - r) * on, g + (g1 - g) * on, b + (b1 - b) * on
        rec[AR + i] = min(r * fr, most)
        rec[AG + i] = min(g * fg, most)
        rec[AB + i] = min(b * fb, most)
