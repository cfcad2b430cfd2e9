"""HDF5's shuffle filter, compiled: all first bytes of the elements, then all second bytes, and so on.

Neighbours of a picture agree in their high bytes, which deflate then finds side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel


@kernel
def _shuffle(elements: Any, size: int, out: Any) -> None:
    """(N,) unsigned integers of `size` bytes -> their bytes (size, N), the lowest first."""
    for byte in range(size):
        shift = 8 * byte
        row = out[byte]
        for k in range(elements.shape[0]):
            row[k] = np.uint8((elements[k] >> shift) & 0xFF)


def shuffled(rows: NDArray[Any]) -> NDArray[np.uint8]:
    """The bytes of an array as the shuffle filter of HDF5 arranges them; little-endian elements of any size."""
    size = rows.dtype.itemsize
    flat = np.ascontiguousarray(rows).reshape(-1)
    raw = flat.view(np.uint8)
    if size == 1:
        return raw
    if size not in (2, 4) or flat.ctypes.data % size:
        return np.ascontiguousarray(raw.reshape(-1, size).T).reshape(-1)
    out = np.empty((size, flat.size), np.uint8)
    _shuffle(flat.view(f"<u{size}"), size, out)
    return out.reshape(-1)
