"""Things that move while the shutter is open: the compiled loops of motion blur."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel

SIDE = 8
"""Side in pixels of the tiles, each of which looks along one streak from near it and one from afar."""
LONGEST_PX = 80.0
LONGEST_U, LONGEST_V, LEAST_U, MOST_U, LEAST_V, MOST_V = 0, 1, 2, 3, 4, 5
"""Columns of a tile's streaks."""
TILE_COLUMNS = 6
NEAR_U, NEAR_V, FAR_U, FAR_V, CALM = 0, 1, 2, 3, 4
"""Columns of a tile's paths: see `choose`."""
PATH_COLUMNS = 5


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
def survey(streak, out):
    """The longest streak of each tile, the first in reading order of equals, and the bounds of all its streaks.

    Args:
        streak: (H, W, 2) float32.
        out: (ceil(H / SIDE), ceil(W / SIDE), TILE_COLUMNS) float32 output.

    Returns:
        The length of the longest of all.
    """
    longest = np.float32(0.0)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            best, best_u, best_v = np.float32(-1.0), np.float32(0.0), np.float32(0.0)
            u0, u1, v0, v1 = np.float32(1e9), np.float32(-1e9), np.float32(1e9), np.float32(-1e9)
            for y in range(row * SIDE, min((row + 1) * SIDE, streak.shape[0])):
                for x in range(column * SIDE, min((column + 1) * SIDE, streak.shape[1])):
                    u, v = streak[y, x, 0], streak[y, x, 1]
                    size = u * u + v * v
                    if size > best:
                        best, best_u, best_v = size, u, v
                    u0, u1, v0, v1 = min(u0, u), max(u1, u), min(v0, v), max(v1, v)
            tile = out[row, column]
            tile[LONGEST_U], tile[LONGEST_V] = best_u, best_v
            tile[LEAST_U], tile[MOST_U], tile[LEAST_V], tile[MOST_V] = u0, u1, v0, v1
            longest = max(longest, best)
    return math.sqrt(longest)


@kernel
def choose(tiles, longest, out):
    """The paths that each tile looks along.

    Near: the longest streak of the nine tiles around. Far: the longest of all that reach the tile, which are those that
    begin no farther off than half of their length. Calm is a tile if all that its near path crosses moves along it.

    Args:
        tiles: (M, N, TILE_COLUMNS) float32 of `survey`; longest: what it returned.
        out: (M, N, PATH_COLUMNS) float32 output.
    """
    reach = int(0.5 * longest + 1.0) // SIDE + 1
    for y in range(tiles.shape[0]):
        for x in range(tiles.shape[1]):
            near, u, v = np.float32(-1.0), np.float32(0.0), np.float32(0.0)
            far, far_u, far_v = np.float32(-1.0), np.float32(0.0), np.float32(0.0)
            for row in range(max(y - reach, 0), min(y + reach + 1, tiles.shape[0])):
                for column in range(max(x - reach, 0), min(x + reach + 1, tiles.shape[1])):
                    tu, tv = tiles[row, column, LONGEST_U], tiles[row, column, LONGEST_V]
                    size = tu * tu + tv * tv
                    if size <= far and size <= near:
                        continue
                    down, right = abs(row - y), abs(column - x)
                    if size > near and max(down, right) <= 1:
                        near, u, v = size, tu, tv
                    if size > far and _gap(right) <= 0.5 * abs(tu) + 1.0 and _gap(down) <= 0.5 * abs(tv) + 1.0:
                        far, far_u, far_v = size, tu, tv
            path = out[y, x]
            path[NEAR_U], path[NEAR_V], path[FAR_U], path[FAR_V] = u, v, far_u, far_v
            path[CALM] = np.float32(1.0 if _calm(tiles, y, x, u, v) else 0.0)


@inline
def _gap(tiles):
    """Pixels from a tile to the nearest of one so many tiles on."""
    return max(SIDE * (tiles - 1) + 1, 0)


@inline
def _calm(tiles, y, x, u, v):
    """Whether all pixels that the path (u, v) crosses from a tile's pixels surely move as `_along` asks."""
    right, down = int(0.5 * abs(u) + 0.5 + SIDE) // SIDE, int(0.5 * abs(v) + 0.5 + SIDE) // SIDE
    most = np.float32(0.25) * (u * u + v * v)
    for row in range(max(y - down, 0), min(y + down + 1, tiles.shape[0])):
        for column in range(max(x - right, 0), min(x + right + 1, tiles.shape[1])):
            tile = tiles[row, column]
            du = max(tile[MOST_U] - u, u - tile[LEAST_U])
            dv = max(tile[MOST_V] - v, v - tile[LEAST_V])
            if not du * du + dv * dv < most:
                return False
    return True


@inline
def _along(streak, y, x, u, v):
    """Whether a pixel moves as (u, v) does, within half of its length."""
    du, dv = streak[y, x, 0] - u, streak[y, x, 1] - v
    return du * du + dv * dv < np.float32(0.25) * (u * u + v * v)


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
def blur(radiance, depth, streak, paths, out):
    """The mean of what each pixel sees while the shutter is open, centred on the time of the frame.

    At each moment it shows what passes along the longest streak nearby (see `_passes`), looked for near first and then
    afar, else its own surface, along its own streak. The nearer hides the farther. Every moment weighs the same.

    Args:
        radiance: (H, W, 3) float32.
        depth: (H, W) float32 z-depth, inf for the sky.
        streak: (H, W, 2) float32 of `streaks`.
        paths: of `choose`.
        out: (H, W, 3) float32 output.
    """
    height, width = depth.shape
    for row in range(paths.shape[0]):
        for column in range(paths.shape[1]):
            path = paths[row, column]
            y0, x0 = row * SIDE, column * SIDE
            y1, x1 = min(y0 + SIDE, height), min(x0 + SIDE, width)
            u, v, far_u, far_v = path[NEAR_U], path[NEAR_V], path[FAR_U], path[FAR_V]
            if path[CALM] > np.float32(0.0):
                moments = int(math.sqrt(u * u + v * v)) + 1
                _together(radiance, y0, y1, x0, x1, u, v, moments, out)
                continue
            moments = int(math.sqrt(max(far_u * far_u + far_v * far_v, u * u + v * v))) + 1
            if moments == 1:
                _together(radiance, y0, y1, x0, x1, np.float32(0.0), np.float32(0.0), 1, out)
                continue
            for y in range(y0, y1):
                for x in range(x0, x1):
                    _apart(radiance, depth, streak, y, x, u, v, far_u, far_v, moments, out)


@inline
def _together(radiance, y0, y1, x0, x1, u, v, moments, out):
    """Blur a tile whose pixels all look along (u, v) and at nothing else."""
    height, width = radiance.shape[0], radiance.shape[1]
    inv = np.float32(1.0) / np.float32(moments)
    for y in range(y0, y1):
        for x in range(x0, x1):
            for channel in range(3):
                out[y, x, channel] = np.float32(0.0)
    for moment in range(moments):
        t = (np.float32(moment) + np.float32(0.5)) * inv - np.float32(0.5)
        down, right = math.floor(np.float32(0.5) - v * t), math.floor(np.float32(0.5) - u * t)
        for y in range(y0, y1):
            py = min(max(y + down, 0), height - 1)
            if x0 + right >= 0 and x1 + right <= width:
                for x in range(x0, x1):
                    for channel in range(3):
                        out[y, x, channel] += radiance[py, x + right, channel]
            else:
                for x in range(x0, x1):
                    px = min(max(x + right, 0), width - 1)
                    for channel in range(3):
                        out[y, x, channel] += radiance[py, px, channel]
    for y in range(y0, y1):
        for x in range(x0, x1):
            for channel in range(3):
                out[y, x, channel] *= inv


@inline
def _apart(radiance, depth, streak, y, x, u, v, far_u, far_v, moments, out):
    """Blur a pixel near which things move in several ways."""
    height, width = depth.shape
    own_u, own_v = streak[y, x, 0], streak[y, x, 1]
    own, far_own = _along(streak, y, x, u, v), _along(streak, y, x, far_u, far_v)
    red, green, blue = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    inv = np.float32(1.0) / np.float32(moments)
    for moment in range(moments):
        t = (np.float32(moment) + np.float32(0.5)) * inv - np.float32(0.5)
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
    out[y, x, 0], out[y, x, 1], out[y, x, 2] = red * inv, green * inv, blue * inv
