"""Things that move while the shutter is open: the compiled loops of motion blur."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel

FINE, COARSE = 8, 40
"""Sides in pixels of the tiles whose longest streaks their neighbourhoods look along; none is longer than two COARSE.

The fine ones find what is slow near what is fast, the coarse ones what comes from afar.
"""
LONGEST_PX = 2.0 * COARSE


@kernel
def streaks(flow, share, out):
    """Movement of each pixel during the exposure: `out` = -`share` x `flow`, 0 where unknown, at most LONGEST_PX.

    Args:
        flow: (H, W, 2) float32 backward flow, NaN where unknown.
        share: float32, exposure time over the interval of the flow.
        out: (H, W, 2) float32 output.
    """
    zero = np.float32(0.0)
    for y in range(flow.shape[0]):
        for x in range(flow.shape[1]):
            u, v = -share * flow[y, x, 0], -share * flow[y, x, 1]
            length = math.sqrt(u * u + v * v)
            if not length < np.float32(1e9):
                u, v = zero, zero
            elif length > np.float32(LONGEST_PX):
                u, v = u * np.float32(LONGEST_PX) / length, v * np.float32(LONGEST_PX) / length
            out[y, x, 0], out[y, x, 1] = u, v


@kernel
def longest_by_tile(streak, side, out):
    """The longest streak of each tile; the first in reading order of equals.

    Args:
        streak: (H, W, 2) float32.
        side: of a tile in pixels.
        out: (ceil(H / side), ceil(W / side), 2) float32 output.
    """
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            best, u, v = np.float32(-1.0), np.float32(0.0), np.float32(0.0)
            for y in range(row * side, min((row + 1) * side, streak.shape[0])):
                for x in range(column * side, min((column + 1) * side, streak.shape[1])):
                    size = streak[y, x, 0] * streak[y, x, 0] + streak[y, x, 1] * streak[y, x, 1]
                    if size > best:
                        best, u, v = size, streak[y, x, 0], streak[y, x, 1]
            out[row, column, 0], out[row, column, 1] = u, v


@inline
def _along(streak, y, x, u, v):
    """Whether a pixel moves as (u, v) does, within half of its length."""
    du, dv = streak[y, x, 0] - u, streak[y, x, 1] - v
    return du * du + dv * dv < np.float32(0.25) * (u * u + v * v)


@kernel
def longest_nearby(tiles, out):
    """The longest streak of the nine tiles around each tile, both (M, N, 2) float32."""
    for y in range(tiles.shape[0]):
        for x in range(tiles.shape[1]):
            longest, u, v = np.float32(-1.0), np.float32(0.0), np.float32(0.0)
            for row in range(max(y - 1, 0), min(y + 2, tiles.shape[0])):
                for column in range(max(x - 1, 0), min(x + 2, tiles.shape[1])):
                    size = tiles[row, column, 0] * tiles[row, column, 0] + tiles[row, column, 1] * tiles[row, column, 1]
                    if size > longest:
                        longest, u, v = size, tiles[row, column, 0], tiles[row, column, 1]
            out[y, x, 0], out[y, x, 1] = u, v


@inline
def _before(y, x, u, v, t, height, width):
    """The pixel whose surface is at (y, x) at `t`, if it moves by (u, v) in the exposure; within the picture."""
    half = np.float32(0.5)
    px = math.floor(np.float32(x) - u * t + half)
    py = math.floor(np.float32(y) - v * t + half)
    return min(max(py, 0), height - 1), min(max(px, 0), width - 1)


@inline
def _passes(depth, streak, own, y, x, py, px, u, v):
    """Whether (y, x) shows what (py, px) shows now, at the moment at which (u, v) leads from there to here.

    So it does where that moves along (u, v), and is nearer or the same thing; or where this thing moves along (u, v),
    as `own` says, has moved off, and that is the ground beside it.
    """
    nearer = depth[py, px] < np.float32(0.95) * depth[y, x]
    return own or nearer if _along(streak, py, px, u, v) else own and not nearer


@kernel
def blur(radiance, depth, streak, fine, coarse, out):
    """The mean of what each pixel sees while the shutter is open, centred on the time of the frame.

    At each moment it shows what passes along the longest streak nearby (see `_passes`), looked for near first and then
    afar, else its own surface, along its own streak. The nearer hides the farther. Every moment weighs the same.

    Args:
        radiance: (H, W, 3) float32.
        depth: (H, W) float32 z-depth, inf for the sky.
        streak: (H, W, 2) float32 of `streaks`.
        fine, coarse: of `longest_nearby`, of tiles of these sides.
        out: (H, W, 3) float32 output.
    """
    height, width = depth.shape
    for y in range(height):
        for x in range(width):
            far_u, far_v = coarse[y // COARSE, x // COARSE, 0], coarse[y // COARSE, x // COARSE, 1]
            moments = int(math.sqrt(far_u * far_u + far_v * far_v)) + 1
            if moments == 1:
                for channel in range(3):
                    out[y, x, channel] = radiance[y, x, channel]
                continue
            u, v = fine[y // FINE, x // FINE, 0], fine[y // FINE, x // FINE, 1]
            own_u, own_v = streak[y, x, 0], streak[y, x, 1]
            own, far_own = _along(streak, y, x, u, v), _along(streak, y, x, far_u, far_v)
            red, green, blue = np.float32(0.0), np.float32(0.0), np.float32(0.0)
            for moment in range(moments):
                t = (np.float32(moment) + np.float32(0.5)) / np.float32(moments) - np.float32(0.5)
                py, px = _before(y, x, u, v, t, height, width)
                if not _passes(depth, streak, own, y, x, py, px, u, v):
                    py, px = _before(y, x, far_u, far_v, t, height, width)
                    if not _passes(depth, streak, far_own, y, x, py, px, far_u, far_v):
                        py, px = _before(y, x, own_u, own_v, t, height, width)
                        if depth[py, px] < np.float32(0.95) * depth[y, x]:
                            py, px = y, x
                red += radiance[py, px, 0]
                green += radiance[py, px, 1]
                blue += radiance[py, px, 2]
            inv = np.float32(1.0) / np.float32(moments)
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = red * inv, green * inv, blue * inv
