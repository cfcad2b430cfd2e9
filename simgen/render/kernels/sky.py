"""Loops over the directions of the sky dome.

What falls off with the angle from the sun is looked up in tables, by what needs no arc cosine: half the angle's sine,
or beyond a right angle as far from the other end of the table as half the rest's sine.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel

Floats = NDArray[np.float64]

STEPS = 4096
"""Of a table, which has `STEPS` + 2 values: read between them it is right to a millionth."""
WIDTH = math.sqrt(2.0)
"""Of a table: half a right angle's sine, twice."""


@inline
def _cosine(toward, body, i):
    """Of the angle between the direction with number `i` of (3, N) and a body (3,)."""
    c = toward[0, i] * body[0] + toward[1, i] * body[1] + toward[2, i] * body[2]
    return min(max(c, -1.0), 1.0)


@inline
def _place(cosine):
    """Where in a table, 0 to `STEPS`, an angle is."""
    half = math.sqrt(0.5 - 0.5 * abs(cosine))
    return (half if cosine >= 0.0 else WIDTH - half) * (STEPS / WIDTH)


@inline
def _between(table, at):
    """The value of a table at a place of 0 to `STEPS`."""
    k = np.uint32(at)
    return table[k] + (table[k + np.uint32(1)] - table[k]) * (at - float(k))


@kernel
def clear_colours(
    toward: Floats,
    above: Floats,
    body: Floats,
    fall: Floats,
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
        toward: (3, N) directions.
        above: (3, N) first factors of the formulas, 1 + A exp(B / cos theta).
        body: (3,) direction of the sun.
        fall: (3, STEPS + 2) tables of exp(D gamma).
        coefficients: (3, 5) A to E.
        zenith: (2,) x and y straight overhead.
        overhead: (2,) their formulas there.
        to_rgb: (3, 3) from XYZ.
        luma: (3,) shares of luminance.
        least_pure: least share of a primary in a colour of luminance 1.
        out: (N, 3) result.
    """
    scale_x, scale_y = zenith[0] / overhead[0], zenith[1] / overhead[1]
    for i in range(toward.shape[1]):
        cosine = _cosine(toward, body, i)
        square = cosine * cosine
        at = _place(cosine)
        x = above[0, i] * (1.0 + coefficients[0, 2] * _between(fall[0], at) + coefficients[0, 4] * square)
        y = above[1, i] * (1.0 + coefficients[1, 2] * _between(fall[1], at) + coefficients[1, 4] * square)
        luminance = above[2, i] * (1.0 + coefficients[2, 2] * _between(fall[2], at) + coefficients[2, 4] * square)
        x *= scale_x
        per_y = 1.0 / (y * scale_y)  # divisions take most of the time
        ratio, rest = x * per_y, (1.0 - x) * per_y - 1.0
        r = max(to_rgb[0, 0] * ratio + to_rgb[0, 1] + to_rgb[0, 2] * rest, least_pure)
        g = max(to_rgb[1, 0] * ratio + to_rgb[1, 1] + to_rgb[1, 2] * rest, least_pure)
        b = max(to_rgb[2, 0] * ratio + to_rgb[2, 1] + to_rgb[2, 2] * rest, least_pure)
        bright = luminance / (r * luma[0] + g * luma[1] + b * luma[2])
        out[i, 0] = r * bright
        out[i, 1] = g * bright
        out[i, 2] = b * bright


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
    toward: Floats,
    overcast: Floats,
    overcast_horizontal: float,
    body: Floats,
    fall: Floats,
    cover: Floats,
    tone: Floats,
    dull: float,
    white: Floats,
) -> None:
    """Mix a clear sky with an overcast one and put clouds before it, in place.

    Args:
        clear: (N, 3) the clear sky, which gives `horizontal` on the horizontal; result.
        horizontal: illuminance, as `overcast_horizontal` of the overcast sky.
        toward: (3, N) directions.
        overcast: (3,) colour of the overcast sky.
        overcast_horizontal: see `horizontal`.
        body: (3,) direction of the sun.
        fall: (STEPS + 2,) table of how much of it shines through clouds, 0 to 1.
        cover: (N,) opacity of the clouds.
        tone: (N,) their brightness.
        dull: share of the overcast sky.
        white: (3,) colour of sunlit clouds.
    """
    bare, grey = (1.0 - dull) / horizontal, dull / overcast_horizontal / 3.0
    for i in range(tone.shape[0]):
        shine = _between(fall, _place(_cosine(toward, body, i))) * (1.0 - dull)
        bright = (0.55 + 0.75 * tone[i]) * (1.0 + 0.9 * shine) * 0.42 * (1.0 - dull)
        dark = (0.72 + 0.5 * tone[i]) * dull
        even = (1.0 + 2.0 * toward[2, i]) * grey
        for c in range(3):
            base = clear[i, c] * bare + even * overcast[c]
            clear[i, c] = base * (1.0 - cover[i]) + (bright * white[c] + base * dark) * cover[i]


@kernel
def irradiance(dome: Floats, weight: Floats, out: Floats) -> None:
    """Light (3,) of a dome (N, 3) on the horizontal, to which its directions add by their weights (N,)."""
    r = g = b = 0.0
    for i in range(weight.shape[0]):
        r += dome[i, 0] * weight[i]
        g += dome[i, 1] * weight[i]
        b += dome[i, 2] * weight[i]
    out[0], out[1], out[2] = r, g, b
