"""Loops over the directions of the sky dome; what takes exponentials and angles is made before them, by NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel

Floats = NDArray[np.float64]


@kernel
def clear_colours(
    above: Floats,
    near: Floats,
    cos2: Floats,
    coefficients: Floats,
    zenith: Floats,
    overhead: Floats,
    to_rgb: Floats,
    luma: Floats,
    least_pure: float,
    out: Floats,
) -> None:
    """Linear RGB of a clear sky by the Perez formulas of x, y and luminance, rows 0 to 2 of what has three.

    Args:
        above: (3, N) first factors of the formulas, 1 + A exp(B / cos theta).
        near: (3, N) exp(D gamma).
        cos2: (N,) squared cosine of the angle from the sun.
        coefficients: (3, 5) A to E.
        zenith: (2,) x and y straight overhead.
        overhead: (2,) their formulas there.
        to_rgb: (3, 3) from XYZ.
        luma: (3,) shares of luminance.
        least_pure: least share of a primary in a colour of luminance 1.
        out: (N, 3) result.
    """
    for i in range(cos2.shape[0]):
        square = cos2[i]
        x = above[0, i] * (1.0 + coefficients[0, 2] * near[0, i] + coefficients[0, 4] * square)
        y = above[1, i] * (1.0 + coefficients[1, 2] * near[1, i] + coefficients[1, 4] * square)
        luminance = above[2, i] * (1.0 + coefficients[2, 2] * near[2, i] + coefficients[2, 4] * square)
        x = zenith[0] * x / overhead[0]
        y = zenith[1] * y / overhead[1]
        ratio, rest = x / y, (1.0 - x - y) / y
        r = max(to_rgb[0, 0] * ratio + to_rgb[0, 1] + to_rgb[0, 2] * rest, least_pure)
        g = max(to_rgb[1, 0] * ratio + to_rgb[1, 1] + to_rgb[1, 2] * rest, least_pure)
        b = max(to_rgb[2, 0] * ratio + to_rgb[2, 1] + to_rgb[2, 2] * rest, least_pure)
        whole = r * luma[0] + g * luma[1] + b * luma[2]
        out[i, 0] = r / whole * luminance
        out[i, 1] = g / whole * luminance
        out[i, 2] = b / whole * luminance


@kernel
def clouds(density: Floats, edge: float, most: float, cover: Floats, tone: Floats) -> None:
    """Opacity `cover` and brightness `tone` (N,) of clouds where their density (N,) is above an edge; `most` covers."""
    for i in range(density.shape[0]):
        over = density[i] - edge
        c = min(max(over / 0.14, 0.0), 1.0)
        cover[i] = c * c * (3.0 - 2.0 * c) * most
        tone[i] = min(max(1.0 - over * 1.6, 0.0), 1.0)


@kernel
def cover_up(
    clear: Floats,
    horizontal: float,
    z: Floats,
    overcast: Floats,
    overcast_horizontal: float,
    toward: Floats,
    cover: Floats,
    tone: Floats,
    dull: float,
    white: Floats,
) -> None:
    """Mix a clear sky with an overcast one and put clouds before it, in place.

    Args:
        clear: (N, 3) the clear sky, which gives `horizontal` on the horizontal; result.
        horizontal: illuminance, as `overcast_horizontal` of the overcast sky.
        z: (N,) cosine of the angle from the zenith.
        overcast: (3,) colour of the overcast sky.
        overcast_horizontal: see `horizontal`.
        toward: (N,) how near the sun is, 0 to 1: what shines through clouds.
        cover: (N,) opacity of the clouds.
        tone: (N,) their brightness.
        dull: share of the overcast sky.
        white: (3,) colour of sunlit clouds.
    """
    for i in range(z.shape[0]):
        bright = (0.55 + 0.75 * tone[i]) * (1.0 + 0.9 * (toward[i] * (1.0 - dull)))
        dark = 0.72 + 0.5 * tone[i]
        even = (1.0 + 2.0 * z[i]) / 3.0
        for c in range(3):
            base = clear[i, c] / horizontal * (1.0 - dull) + even * overcast[c] / overcast_horizontal * dull
            cloud = bright * white[c] * 0.42 * (1.0 - dull) + base * dark * dull
            clear[i, c] = base * (1.0 - cover[i]) + cloud * cover[i]
