"""The height grid: ground, what hangs over it, what stands on it, and how much of the sky the ground still sees."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel

_REACH = (-2, -1, 0, 1, 2)  # the surroundings that cover is counted in: five by five places,
_STEP_M = 0.8  # this far apart
_HEADROOM_M = np.float32(2.2)


@kernel
def cover_grid(ground, cover, cell, asked, roofed):
    """How much fixed geometry hangs over the surroundings of each cell.

    Args:
        ground: (G, G) float32 ground height, -inf where there is none.
        cover: (G, G) float32 height of fixed geometry overhead, -inf where there is none.
        cell: metres a cell.
        asked: (G, G) float32 scratch.
        roofed: (G, G) float32 output: share of the ground within 1.6 m that has cover well above it.
    """
    n = ground.shape[0]
    roofed[:, :] = np.float32(0.0)
    asked[:, :] = np.float32(0.0)
    for a in _REACH:
        for b in _REACH:
            di, dj = int(a * _STEP_M / cell), int(b * _STEP_M / cell)
            j0, j1 = max(-dj, 0), min(n - dj, n)
            if j0 >= j1:
                continue
            for i in range(max(-di, 0), min(n - di, n)):
                over, base = cover[i + di, j0 + dj : j1 + dj], ground[i, j0:j1]
                hidden, count = roofed[i, j0:j1], asked[i, j0:j1]
                for j in range(base.shape[0]):
                    hidden[j] += np.float32(1.0) if over[j] > base[j] + _HEADROOM_M else np.float32(0.0)
                    count[j] += np.float32(1.0)
    for i in range(n):
        row, count = roofed[i], asked[i]
        for j in range(row.shape[0]):
            row[j] /= max(count[j], np.float32(1.0))


TILE = 8
"""Cells a side of the tiles by which empty ground is skipped."""


@kernel
def box_heights(poses, sizes, centers, grid, top, foot, busy):
    """Heights of the tops and the feet of the objects' boxes over the cells that they cover.

    Args:
        poses: (O, 4, 4) float64 model frames in the world.
        sizes, centers: (O, 3) float64 boxes in the model frame.
        grid: (3,) float64 cells a metre, and cell coordinates of the world's origin.
        top, foot: (G, G) float32, -inf and inf where no box is yet; output.
        busy: (G / TILE, G / TILE) uint8 zeros; output: 1 for tiles on which boxes stand.
    """
    n = top.shape[0]
    scale, ox, oy = grid[0], grid[1], grid[2]
    for k in range(poses.shape[0]):
        hx, hy, hz = 0.5 * sizes[k, 0], 0.5 * sizes[k, 1], 0.5 * sizes[k, 2]
        a, b, c = centers[k, 0], centers[k, 1], centers[k, 2]
        x = poses[k, 0, 0] * a + poses[k, 0, 1] * b + poses[k, 0, 2] * c + poses[k, 0, 3]
        y = poses[k, 1, 0] * a + poses[k, 1, 1] * b + poses[k, 1, 2] * c + poses[k, 1, 3]
        z = poses[k, 2, 0] * a + poses[k, 2, 1] * b + poses[k, 2, 2] * c + poses[k, 2, 3]
        ex = abs(poses[k, 0, 0]) * hx + abs(poses[k, 0, 1]) * hy + abs(poses[k, 0, 2]) * hz
        ey = abs(poses[k, 1, 0]) * hx + abs(poses[k, 1, 1]) * hy + abs(poses[k, 1, 2]) * hz
        ez = abs(poses[k, 2, 0]) * hx + abs(poses[k, 2, 1]) * hy + abs(poses[k, 2, 2]) * hz
        # The box as it stands on its most upright face: a rectangle turned by the heading of its longest axis.
        cx, sx = poses[k, 0, 0], poses[k, 1, 0]
        length = math.sqrt(cx * cx + sx * sx)
        upright = length > 0.8 and poses[k, 2, 2] * poses[k, 2, 2] > 0.64
        j0, j1 = max(int((x - ex) * scale + ox), 0), min(int((x + ex) * scale + ox) + 1, n)
        i0, i1 = max(int(oy - (y + ey) * scale), 0), min(int(oy - (y - ey) * scale) + 1, n)
        for i in range(i0, i1):
            for j in range(j0, j1):
                dx, dy = (j - ox) / scale - x, (oy - i) / scale - y
                if upright:
                    along = (dx * cx + dy * sx) / length
                    across = (dy * cx - dx * sx) / length
                    if abs(along) > hx or abs(across) > hy:
                        continue
                top[i, j] = max(top[i, j], np.float32(z + ez))
                foot[i, j] = min(foot[i, j], np.float32(z - ez))
                busy[i // TILE, j // TILE] = 1


@kernel
def tiles_about(busy, about):
    """List the tiles on which objects stand and those next to them.

    Args:
        busy: (G / TILE, G / TILE) uint8 from `box_heights`.
        about: (G / TILE * G / TILE, 2) int64 output: row and column of each.

    Returns:
        How many there are.
    """
    tiles = busy.shape[0]
    count = 0
    for a in range(tiles):
        for b in range(tiles):
            near = 0
            for p in range(max(a - 1, 0), min(a + 2, tiles)):
                for q in range(max(b - 1, 0), min(b + 2, tiles)):
                    near |= busy[p, q]
            about[count, 0], about[count, 1] = a, b
            count += near
    return count


@kernel
def clear_tiles(about, busy, top, foot, sky):
    """Make everything empty again on the tiles `about` which objects stood (see `tiles_about`)."""
    for t in range(about.shape[0]):
        a, b = about[t, 0], about[t, 1]
        busy[a, b] = 0
        for i in range(a * TILE, a * TILE + TILE):
            for j in range(b * TILE, b * TILE + TILE):
                top[i, j] = np.float32(-np.inf)
                foot[i, j] = np.float32(np.inf)
                sky[i, j] = np.float32(1.0)


@inline
def _occlude(i, j, ground, top, foot, rings, reach2, tiles, hidden):
    """Let what stands on a cell take its share of the sky from the cells around it, one direction at a time."""
    n = ground.shape[0]
    for d in range(8):
        for ring in range(reach2.shape[0]):
            ii, jj = i - rings[d, ring, 0], j - rings[d, ring, 1]
            if ii < 0 or jj < 0 or ii >= n or jj >= n:
                continue
            h = top[i, j] - ground[ii, jj]
            if not (np.float32(0.02) < h < np.float32(1e6)):
                continue
            # Sine squared of an elevation: the share of a cosine-weighted slice below it. What hangs in the air lets
            # the sky in underneath.
            low = max(foot[i, j] - ground[ii, jj], np.float32(0.0))
            tile = ii // TILE * tiles + jj // TILE
            cell = ii % TILE * TILE + jj % TILE
            highest, lowest = hidden[tile, d, 0], hidden[tile, d, 1]
            highest[cell] = max(highest[cell], h * h / (h * h + reach2[ring]))
            lowest[cell] = min(lowest[cell], low * low / (low * low + reach2[ring]))


@kernel
def occlusion_grid(ground, top, foot, rings, reach2, about, busy, hidden, sky):
    """How much of the dome the ground still sees beside the things that stand on it.

    Args:
        ground: (G, G) float32 ground height, -inf where there is none.
        top, foot, busy: from `box_heights`; about: (K, 2) int64 from `tiles_about`.
        rings: (8, R, 2) int64 cells to look at: eight directions, nearest first, less than a tile away.
        reach2: (R,) float32 their squared distances in m2.
        hidden: (G / TILE * G / TILE, 8, 2, TILE * TILE) float32 scratch: per tile and direction
            the upper and the lower edge of what hides the sky.
        sky: (G, G) float32 ones on entry; output: sky view factor at ground level due to objects, 0 to 1.
    """
    tiles = busy.shape[0]
    none = np.float32(-1e6)
    for t in range(about.shape[0]):
        shares = hidden[about[t, 0] * tiles + about[t, 1]]
        shares[:, 0] = np.float32(0.0)
        shares[:, 1] = np.float32(1.0)
    for t in range(about.shape[0]):
        a, b = about[t, 0], about[t, 1]
        if busy[a, b] == 0:
            continue
        for i in range(a * TILE, a * TILE + TILE):
            for j in range(b * TILE, b * TILE + TILE):
                if top[i, j] > none:
                    _occlude(i, j, ground, top, foot, rings, reach2, tiles, hidden)
    for t in range(about.shape[0]):
        a, b = about[t, 0], about[t, 1]
        shares = hidden[a * tiles + b]
        for i in range(TILE):
            row = sky[a * TILE + i, b * TILE : b * TILE + TILE]
            for j in range(TILE):
                blocked = np.float32(0.0)
                for d in range(8):
                    highest, lowest = shares[d, 0, i * TILE + j], shares[d, 1, i * TILE + j]
                    blocked += max(highest - lowest, np.float32(0.0))
                row[j] = np.float32(1.0) - np.float32(0.125) * blocked


@kernel
def mark_shaded(sky, about, shaded):
    """Mark the cells from which, or from whose neighbours to the right and below, objects hide some of the sky.

    Args:
        sky, about: see `occlusion_grid`.
        shaded: (G, G) uint8, in and out; its last row and column are never asked for, and its first cell, which
            stands for all that is off the grid, stays as it is.
    """
    last = sky.shape[0] - 1
    kept = shaded[0, 0]
    for t in range(about.shape[0]):
        j0, j1 = max(about[t, 1] * TILE - 1, 0), min(about[t, 1] * TILE + TILE, last)
        for i in range(max(about[t, 0] * TILE - 1, 0), min(about[t, 0] * TILE + TILE, last)):
            here, below, row = sky[i, j0 : j1 + 1], sky[i + 1, j0 : j1 + 1], shaded[i, j0:j1]
            for j in range(row.shape[0]):
                low = min(min(here[j], here[j + 1]), min(below[j], below[j + 1]))
                row[j] = np.uint8(row[j] | np.uint8(low < np.float32(1.0)))
    shaded[0, 0] = kept


@kernel
def shade(
    ground, under_roof, poses, rows, sizes, centers, place, rings, reach2, listed, about, busy, top, foot, hidden, sky,
    shaded,
):  # fmt: skip
    """The share of the sky over the grid, with what stands on the ground now: all of the above in one call.

    Args:
        ground, under_roof: of the scenery; poses: (O, 4, 4) of all objects, of which `rows` count.
        listed: (N, 2) int64 tiles about objects, in and out; about: how many there were.
        sky, shaded: outputs; for the others see the single steps.

    Returns:
        How many tiles there now are about objects.
    """
    clear_tiles(listed[:about], busy, top, foot, sky)
    for k in range(rows.shape[0]):
        box_heights(poses[rows[k] : rows[k] + 1], sizes[k : k + 1], centers[k : k + 1], place, top, foot, busy)
    count = tiles_about(busy, listed)
    occlusion_grid(ground, top, foot, rings, reach2, listed[:count], busy, hidden, sky)
    for i in range(shaded.shape[0]):
        for j in range(shaded.shape[1]):
            shaded[i, j] = under_roof[i, j]
    mark_shaded(sky, listed[:count], shaded)
    return count
