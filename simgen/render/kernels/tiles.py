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
def footprints(center, radius, part, matrix, visible, scale, boxes):
    """Texels of the lattice that each visible cluster can touch.

    Args:
        center, radius, part, matrix, visible: as in `transform.cull`; the frame is that of the rays.
        scale: texels a metre.
        boxes: (C, 4) int64 output, half-open x0 y0 x1 y1; empty where not visible.
    """
    for c in range(center.shape[0]):
        boxes[c, 0], boxes[c, 1], boxes[c, 2], boxes[c, 3] = 0, 0, 0, 0
        if not visible[c]:
            continue
        m = matrix[part[c]]
        x, y, z = center[c, 0], center[c, 1], center[c, 2]
        cx = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
        cy = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
        r = radius[c] + 1.0 / scale
        if not (abs(cx) + r < 1e8 and abs(cy) + r < 1e8):
            continue
        boxes[c, 0], boxes[c, 1] = math.floor((cx - r) * scale), math.floor((cy - r) * scale)
        boxes[c, 2], boxes[c, 3] = math.ceil((cx + r) * scale), math.ceil((cy + r) * scale)


@inline
def _mark(boxes, c, x0, y0, marks):
    """Mark the blocks of the tile at texel (x0, y0) that a box touches; whether there is any."""
    low_x, low_y = max(boxes[c, 0] - x0, 0), max(boxes[c, 1] - y0, 0)
    high_x, high_y = min(boxes[c, 2] - x0, STRIDE), min(boxes[c, 3] - y0, STRIDE)
    if low_x >= high_x or low_y >= high_y:
        return False
    for j in range(low_y // BLOCK, (high_y - 1) // BLOCK + 1):
        for i in range(low_x // BLOCK, (high_x - 1) // BLOCK + 1):
            marks[j, i] = 1
    return True


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
    tiles, camera, faces, cluster_faces, cluster_closed, boxes, scale, first_x, first_y, last_x, last_y, in_tile,
    marks, no_keys, offset, todo, center, hidden, store,
):  # fmt: skip
    """Draw moving things over the tiles of a window, keeping the blocks that they touch.

    Args:
        tiles: (TILES * TILES, STRIDE, STRIDE) float32.
        camera, faces, cluster_faces, cluster_closed, no_keys, offset, todo: as in `raster_parallel`.
        boxes: (C, 4) int64 from `footprints`.
        scale: texels a metre; first_x .. last_y: the tiles of the window, inclusive.
        in_tile, marks, center: (C,) bool, (ACROSS, ACROSS) uint8, (2,) float64 scratch.
        hidden: (N, 2) int64 output: slot and block of what is kept.
        store: (N, BLOCK, BLOCK) float32 output: what is kept.

    Returns:
        How many blocks there are; where that is more than there is room for, the drawing is not complete.
    """
    count = 0
    for ty in range(first_y, last_y + 1):
        for tx in range(first_x, last_x + 1):
            slot = (ty % TILES) * TILES + tx % TILES
            marks[:, :] = 0
            touched = False
            for c in range(boxes.shape[0]):
                in_tile[c] = _mark(boxes, c, tx * SIZE, ty * SIZE, marks)
                touched = touched or in_tile[c]
            if not touched:
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
                camera, faces, cluster_faces, cluster_closed, in_tile, scale, center, offset, todo, tiles[slot], no_keys
            )
    return count


@kernel
def take_off(tiles, hidden, count, store):
    """Undo `lay_over`."""
    for k in range(count):
        _copy_block(tiles[hidden[k, 0]], hidden[k, 1], store, k, True)
