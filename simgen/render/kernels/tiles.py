"""Maps along parallel rays as tiles that lie still in the world.

A map is a torus of TILES x TILES slots of SIZE x SIZE texels. Tile (i, j) of the endless lattice lives in the slot
(i mod TILES, j mod TILES): as the window moves on, new tiles take the slots of those left behind. Each tile holds
the first texels of its neighbours too, so that a look-up of three by three texels stays in one tile.

`Place` of a map, nine numbers: texels a metre; texel coordinates of the world's origin, counted from the first tile
of the window; the window in which the map is used, low u, v and high u, v; slot of the window's first tile.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.raster import raster_parallel

SIZE, TILES = 256, 8
STRIDE = SIZE + 2
_TEXELS = STRIDE * STRIDE
BLOCK = 16
ACROSS = -(-STRIDE // BLOCK)
"""Texels a side of the blocks in which tiles are kept and put back, and how many there are across a tile."""


@inline
def texel_index(i, j, slot_x, slot_y):
    """Index in the flat array of texel (i, j) of the window, all whole float32, exact below 2^24."""
    size, tiles = np.float32(SIZE), np.float32(TILES)
    x, y = np.floor(i * np.float32(1.0 / SIZE)), np.floor(j * np.float32(1.0 / SIZE))
    a, b = x + slot_x, y + slot_y
    a -= tiles * np.floor(a * np.float32(1.0 / TILES))
    b -= tiles * np.floor(b * np.float32(1.0 / TILES))
    return (b * tiles + a) * np.float32(_TEXELS) + (j - y * size) * np.float32(STRIDE) + (i - x * size)


@kernel
def footprints(center, radius, part, matrix, visible, scale, clusters, boxes):
    """Texels of the lattice that each visible cluster can touch.

    Args:
        center, radius, part, matrix, visible: as in `transform.cull`; the frame is that of the rays.
        scale: texels a metre.
        clusters: (C,) int64 output, which clusters are visible.
        boxes: (C, 4) int64 output, for each of those half-open x0 y0 x1 y1.

    Returns:
        How many are visible.
    """
    count = 0
    for c in range(center.shape[0]):
        if not visible[c]:
            continue
        m = matrix[part[c]]
        x, y, z = center[c, 0], center[c, 1], center[c, 2]
        cx = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
        cy = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
        r = radius[c] + 1.0 / scale
        if not (abs(cx) + r < 1e8 and abs(cy) + r < 1e8):
            continue
        clusters[count] = c
        boxes[count, 0], boxes[count, 1] = math.floor((cx - r) * scale), math.floor((cy - r) * scale)
        boxes[count, 2], boxes[count, 3] = math.ceil((cx + r) * scale), math.ceil((cy + r) * scale)
        count += 1
    return count


@inline
def _mark(boxes, c, x0, y0, marks):
    """Mark the blocks of the tile at texel (x0, y0) that a box touches."""
    low_x, low_y = max(boxes[c, 0] - x0, 0), max(boxes[c, 1] - y0, 0)
    high_x, high_y = min(boxes[c, 2] - x0, STRIDE), min(boxes[c, 3] - y0, STRIDE)
    for j in range(low_y // BLOCK, (high_y - 1) // BLOCK + 1):
        for i in range(low_x // BLOCK, (high_x - 1) // BLOCK + 1):
            marks[j, i] = 1


@inline
def _copy_block(tile, block, store, k, back):
    """Copy a block of a tile to place k of the store, or back."""
    y, x = block // ACROSS * BLOCK, block % ACROSS * BLOCK
    height, width = min(STRIDE - y, BLOCK), min(STRIDE - x, BLOCK)
    for j in range(height):
        row, kept = tile[y + j, x : x + width], store[k, j]
        if back:
            for i in range(row.shape[0]):
                row[i] = kept[i]
        else:
            for i in range(row.shape[0]):
                kept[i] = row[i]


@kernel
def lay_over(
    tiles, camera, faces, cluster_faces, cluster_closed, clusters, boxes, scale, first_x, first_y, last_x, last_y,
    in_tile, marks, no_keys, offset, todo, center, hidden, store,
):  # fmt: skip
    """Draw moving things over the tiles of a window, keeping the blocks that they touch.

    Args:
        tiles: (TILES * TILES, STRIDE, STRIDE) float32.
        camera, faces, cluster_faces, cluster_closed, no_keys, offset, todo: as in `raster_parallel`.
        clusters, boxes: (K,), (K, 4) int64 from `footprints`.
        scale: texels a metre; first_x .. last_y: the tiles of the window, inclusive.
        in_tile, marks, center: (C,) int64, (ACROSS, ACROSS) uint8, (2,) float64 scratch.
        hidden: (N, 2) int64 output: slot and block of what is kept.
        store: (N, BLOCK, BLOCK) float32 output: what is kept.

    Returns:
        How many blocks there are; where that is more than there is room for, the drawing is not complete.
    """
    count = 0
    for ty in range(first_y, last_y + 1):
        for tx in range(first_x, last_x + 1):
            slot = (ty % TILES) * TILES + tx % TILES
            here = 0
            for k in range(clusters.shape[0]):
                x0, y0 = tx * SIZE, ty * SIZE
                if boxes[k, 0] >= x0 + STRIDE or boxes[k, 1] >= y0 + STRIDE or boxes[k, 2] <= x0 or boxes[k, 3] <= y0:
                    continue
                if here == 0:
                    marks[:, :] = 0
                _mark(boxes, k, x0, y0, marks)
                in_tile[here] = clusters[k]
                here += 1
            if here == 0:
                continue
            for block in range(ACROSS * ACROSS):
                if marks[block // ACROSS, block % ACROSS] == 0:
                    continue
                if count < hidden.shape[0]:
                    hidden[count, 0], hidden[count, 1] = slot, block
                    _copy_block(tiles[slot], block, store, count, False)
                count += 1
            if count > hidden.shape[0]:
                continue
            center[0], center[1] = -float(tx * SIZE), -float(ty * SIZE)
            raster_parallel(
                camera, faces, cluster_faces, cluster_closed, in_tile[:here], scale, center, offset, todo, tiles[slot],
                no_keys,
            )  # fmt: skip
    return count


@kernel
def next_stale(owner, start, first_x, first_y, last_x, last_y):
    """Give a tile of a window its slot where it has none yet.

    Args:
        owner: (TILES * TILES, 2) int64 tile in each slot; updated.
        start: number of the tile to begin with, row by row.
        first_x .. last_y: the tiles of the window, inclusive.

    Returns:
        Number of the tile that must be drawn anew, -1 if there is none from `start` on.
    """
    across = last_x - first_x + 1
    for k in range(start, across * (last_y - first_y + 1)):
        x, y = first_x + k % across, first_y + k // across
        slot = (y % TILES) * TILES + x % TILES
        if owner[slot, 0] != x or owner[slot, 1] != y:
            owner[slot, 0], owner[slot, 1] = x, y
            return k
    return -1


@kernel
def take_off(tiles, hidden, count, store):
    """Undo `lay_over`."""
    for k in range(count):
        _copy_block(tiles[hidden[k, 0]], hidden[k, 1], store, k, True)
