"""Light on its way through a lens: the compiled loops of fall-off and scatter."""

from __future__ import annotations

import numpy as np

from simgen.compiled import kernel


@kernel
def shade(radiance, falloff, out):
    """`out` (N, 3) = `radiance` (N, 3) times `falloff` (N,), all float32."""
    for i in range(radiance.shape[0]):
        for channel in range(3):
            out[i, channel] = radiance[i, channel] * falloff[i]


@kernel
def halve(fine, row, coarse):
    """The next level of a pyramid: binomial 1 3 3 1 in both directions; borders are repeated.

    Every element of `fine` away from the borders gives a quarter of itself to `coarse`.

    Args:
        fine: (H, W, 3) float32.
        row: (at least W, 3) float32 scratch.
        coarse: (ceil(H / 2), ceil(W / 2), 3) float32 output.
    """
    height, width = fine.shape[0], fine.shape[1]
    eighth, three = np.float32(0.125), np.float32(0.375)
    for y in range(coarse.shape[0]):
        above, below = max(2 * y - 1, 0), min(2 * y + 1, height - 1)
        last = min(2 * y + 2, height - 1)
        for x in range(width):
            for channel in range(3):
                row[x, channel] = eighth * (fine[above, x, channel] + fine[last, x, channel]) + three * (
                    fine[2 * y, x, channel] + fine[below, x, channel]
                )
        for x in range(coarse.shape[1]):
            left, right = max(2 * x - 1, 0), min(2 * x + 1, width - 1)
            end = min(2 * x + 2, width - 1)
            for channel in range(3):
                coarse[y, x, channel] = eighth * (row[left, channel] + row[end, channel]) + three * (
                    row[2 * x, channel] + row[right, channel]
                )


@kernel
def spread(coarse, row, own, others, fine):
    """`fine` (H, W, 3) float32 becomes `own` x itself + `others` x `coarse` between its pixels (bilinear).

    Every element of `coarse` away from the borders gives four times itself to `fine`: one, spread over four pixels.

    Args:
        coarse: (ceil(H / 2), ceil(W / 2), 3) float32.
        row: (at least ceil(W / 2), 3) float32 scratch.
        own, others: float32 weights.
        fine: input and output.
    """
    near, far = np.float32(0.75) * others, np.float32(0.25) * others
    quarters, quarter = np.float32(0.75), np.float32(0.25)
    width = coarse.shape[1]
    for y in range(fine.shape[0]):
        at = y // 2
        beside = max(at - 1, 0) if y % 2 == 0 else min(at + 1, coarse.shape[0] - 1)
        for x in range(width):
            for channel in range(3):
                row[x, channel] = near * coarse[at, x, channel] + far * coarse[beside, x, channel]
        for x in range(fine.shape[1]):
            at = x // 2
            to = max(at - 1, 0) if x % 2 == 0 else min(at + 1, width - 1)
            for channel in range(3):
                light = quarters * row[at, channel] + quarter * row[to, channel]
                fine[y, x, channel] = own * fine[y, x, channel] + light


@kernel
def scattered_share(before, own, after, share):
    """Which share of each pixel's luminance came by scatter.

    Args:
        before: (N, 3) float32 picture without scatter.
        own: float32, share of a pixel's light that stays in it.
        after: (N, 3) float32 picture with scatter.
        share: (N,) float32 output, 0 to 1; 0 where all is black.
    """
    for i in range(before.shape[0]):
        kept = np.float32(0.2126) * before[i, 0] + np.float32(0.7152) * before[i, 1] + np.float32(0.0722) * before[i, 2]
        whole = np.float32(0.2126) * after[i, 0] + np.float32(0.7152) * after[i, 1] + np.float32(0.0722) * after[i, 2]
        lit = whole > np.float32(0.0)
        part = np.float32(1.0) - own * kept / whole if lit else np.float32(0.0)
        share[i] = min(max(part, np.float32(0.0)), np.float32(1.0))
