# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
"""Images of bits: rows of uint64 words, a bit a pixel from the lowest on."""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline

_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)


@inline
def set_run(row, left, right, width):
    """Set the bits of a row from `left` up to and without `right`; none where that is not larger."""
    i, j = min(left, width - 1) >> 6, (right - 1) >> 6
    first = _ONES << np.uint64(left & 63)
    last = _ONES >> np.uint64(63 - ((right - 1) & 63))
    if j <= i:
        row[i] |= first & last if left < right else np.uint64(0)
    else:
        row[i] |= first
        for k in range(i + 1, j):
            row[k] = _ONES
        row[j] |= last


@inline
def ones_in(word):
    """How many bits of a uint64 are set."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@inline
def zeros_below(word):
    """How many zeros a uint64 has below its lowest one; 64 if there is none."""
    return ones_in(~word & (word - np.uint64(1)))


@inline
def stamp_visible(stamp, instance, name, box):
    """Stamp the pixels that show the instance `name`, all of which lie within the box."""
    width = instance.shape[1]
    for y in range(box[1], box[3]):
        for k in range(box[0] >> 6, ((box[2] - 1) >> 6) + 1):
            seen = instance[y, k << 6 : min((k + 1) << 6, width)]
            word = np.uint64(0)
            for i in range(seen.shape[0]):
                word |= np.uint64(seen[i] == name) << np.uint64(i)
            stamp[y, k] |= word


@inline
def take(stamp, around, box):
    """Number of stamped pixels, all of which lie within `around`, and their `box`; zeroes the stamp."""
    total = np.int64(0)
    left, top, right, bottom = np.int64(-1), around[3], np.int64(0), np.int64(0)
    for k in range(around[0] >> 6, ((around[2] - 1) >> 6) + 1):
        either = np.uint64(0)
        for y in range(around[1], around[3]):
            word = stamp[y, k]
            if word != 0:
                stamp[y, k] = np.uint64(0)
                total += ones_in(word)
                either |= word
                top, bottom = min(top, np.int64(y)), max(bottom, np.int64(y + 1))
        if either != 0:
            left = (k << 6) + zeros_below(either) if left < 0 else left
            for shift in range(6):
                either |= either >> np.uint64(1 << shift)
            right = (k << 6) + ones_in(either)
    if total == 0:
        left, top = np.int64(0), np.int64(0)
    box[0], box[1], box[2], box[3] = left, top, right, bottom
    return total
