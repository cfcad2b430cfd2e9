"""Means of a picture over boxes, by a table of its sums: what surfaces of some roughness mirror of it.

The relief's facets turn a mirrored ray by twice their slope: up and down in the picture by that angle, sideways by
it times the sine of the grazing angle, which makes the upright streaks of wet roads. Two boxes, one within the other,
stand for the tail and the core of their lobe, at the same price for a puddle as for rough asphalt.
"""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline, kernel

SLOPE = np.float32(0.7071)
"""Rms slope of the facets of a surface of GGX roughness 1, along one direction."""
CORE = 0.35
"""Size of the box that stands for the core of the lobe, as a share of that of its tail."""
WIDE = 1.4
"""Width of the boxes, as a share of what facets of the rms slope turn a ray by: of equal variance with them."""


@kernel
def sum_areas(image, sums):
    """Summed-area table of a picture.

    Args:
        image: (H, W, 3) float32.
        sums: (H + 1, W + 1, 3) float64 output; [r, c] is the sum over the rows before r and the columns before c.
    """
    for i in range(sums.shape[1]):
        for c in range(3):
            sums[0, i, c] = 0.0
    for j in range(image.shape[0]):
        for c in range(3):
            sums[j + 1, 0, c] = 0.0
            row = 0.0
            for i in range(image.shape[1]):
                row += float(image[j, i, c])
                sums[j + 1, i + 1, c] = sums[j, i + 1, c] + row


@inline
def _before(sums, row, column, c):
    """Sum of a picture above and left of a point that lies between rows and columns."""
    j, i = min(int(row), sums.shape[0] - 2), min(int(column), sums.shape[1] - 2)
    a, b = column - i, row - j
    top = sums[j, i, c] + (sums[j, i + 1, c] - sums[j, i, c]) * a
    low = sums[j + 1, i, c] + (sums[j + 1, i + 1, c] - sums[j + 1, i, c]) * a
    return top + (low - top) * b


@inline
def mean(sums, top, bottom, left, right, c):
    """Mean of a picture over a box."""
    low = _before(sums, bottom, right, c) - _before(sums, bottom, left, c)
    above = _before(sums, top, right, c) - _before(sums, top, left, c)
    return (low - above) / ((bottom - top) * (right - left))


@inline
def within(middle, reach, begin, end):
    """From where to where a box reaches that lies between `begin` and `end`, at least one pixel."""
    low = max(min(max(middle - max(reach, 0.5), begin), end - 1.0), 0.0)
    return low, max(min(middle + max(reach, 0.5), end), low + 1.0)
