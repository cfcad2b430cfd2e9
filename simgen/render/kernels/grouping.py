"""A block's points, material by material.

Where foliage or a crowd is seen, what shows changes every few pixels. Materials are worked out in vectors, one material
after the other, and what few points need (gloss, clear coat, the sun's shadows) is passed over by chunks: both want
points of one material together.
"""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline, kernel
from simgen.held import taken


@kernel
def group(runs, x, y, face, held, least, tally, places, order_and_face):
    """Bring the runs of a block, which stay whole, into the order of their materials, nothing first.

    Args:
        runs, held: see `setups.find_runs`; the runs are changed to those of the new order.
        x, y, face: (B,) the block's points.
        least: changes of material within the block below which there is too little to gain.
        tally: (materials + 1,) int64 zeros; scratch.
        places: (2, B) float32 output: x and y in the new order.
        order_and_face: (2, B) int32 output: which of the block's points each is, and its triangle.

    Returns:
        Whether there was enough to gain; if not, nothing has changed and the outputs are not written.
    """
    setups = taken(held)
    first, row, old_first, old_row = setups.first, setups.row, setups.old_first, setups.old_row
    slots, turn = tally.shape[0], setups.place
    changes, last = np.int64(0), np.int64(-1)
    for r in range(runs):
        slot = _slot(setups, row[r])
        tally[slot] += 1
        changes += np.int64(slot != last)
        last = slot
    if changes < least:
        return False
    before = np.int64(0)
    for slot in range(slots):
        here = tally[slot]
        tally[slot] = before
        before += here
    for r in range(runs):
        slot = _slot(setups, row[r])
        turn[tally[slot]] = r
        tally[slot] += 1
        old_first[r], old_row[r] = first[r], row[r]
    old_first[runs] = first[runs]
    xs, ys, order, faces = places[0], places[1], order_and_face[0], order_and_face[1]
    o = np.int32(0)
    for n in range(runs):
        r = turn[n]
        first[n], row[n] = o, old_row[r]
        for k in range(old_first[r], old_first[r + 1]):
            xs[o], ys[o], faces[o], order[o] = x[k], y[k], face[k], k
            o += np.int32(1)
    return True


@inline
def _slot(setups, w):
    """Where runs of the material of a row of the table are counted: 0 for nothing."""
    return np.int64(setups.material[w]) + 1 if w >= 0 else np.int64(0)
