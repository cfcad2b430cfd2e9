"""XXH64 of the rows of an array, compiled: a fast fingerprint of what is stored, not a seal against forgers.

Source: the XXH64 algorithm of the xxHash specification, version 0.1.1 (github.com/Cyan4973/xxHash,
doc/xxhash_spec.md), with seed 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel

_P1 = np.uint64(0x9E3779B185EBCA87)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
_P3 = np.uint64(0x165667B19E3779F9)
_P4 = np.uint64(0x85EBCA77C2B2AE63)
_P5 = np.uint64(0x27D4EB2F165667C5)
_START_1 = np.uint64(0x60EA27EEADC0B5D6)  # _P1 + _P2 modulo 2^64
_START_4 = np.uint64(0x61C8864E7A143579)  # -_P1 modulo 2^64
_STRIPE = 4  # words of 8 bytes that the four accumulators take at a time


@inline
def _left(x: Any, bits: int) -> Any:
    return (x << np.uint64(bits)) | (x >> np.uint64(64 - bits))


@inline
def _round(lane: Any, word: Any) -> Any:
    return _left(lane + word * _P2, 31) * _P1


@inline
def _merge(total: Any, lane: Any) -> Any:
    return (total ^ _round(np.uint64(0), lane)) * _P1 + _P4


@kernel
def _xxh64(words: Any, tail: Any, out: Any) -> None:
    """Hashes (N,) uint64 of rows given as whole words (N, A) uint64 and up to 7 bytes more (N, B) uint8."""
    rows, count = words.shape
    left = tail.shape[1]
    striped = count // _STRIPE * _STRIPE
    for r in range(rows):
        if striped > 0:
            a, b, c, d = _START_1, _P2, np.uint64(0), _START_4
            for k in range(0, striped, _STRIPE):
                a = _round(a, words[r, k])
                b = _round(b, words[r, k + 1])
                c = _round(c, words[r, k + 2])
                d = _round(d, words[r, k + 3])
            h = _left(a, 1) + _left(b, 7) + _left(c, 12) + _left(d, 18)
            h = _merge(_merge(_merge(_merge(h, a), b), c), d)
        else:
            h = _P5
        h += np.uint64(8 * count + left)
        for k in range(striped, count):
            h = _left(h ^ _round(np.uint64(0), words[r, k]), 27) * _P1 + _P4
        begin = 0
        if left >= 4:
            half = np.uint64(0)
            for k in range(4):
                half |= np.uint64(tail[r, k]) << np.uint64(8 * k)
            h = _left(h ^ (half * _P1), 23) * _P2 + _P3
            begin = 4
        for k in range(begin, left):
            h = _left(h ^ (np.uint64(tail[r, k]) * _P5), 11) * _P1
        h = (h ^ (h >> np.uint64(33))) * _P2
        h = (h ^ (h >> np.uint64(29))) * _P3
        out[r] = h ^ (h >> np.uint64(32))


def row_checksums(rows: NDArray[Any]) -> NDArray[np.uint64]:
    """XXH64 of the bytes of every row.

    Args:
        rows: (N, ...) of any fixed-size dtype.

    Returns:
        (N,) little-endian uint64.
    """
    count = len(rows)
    out = np.empty(count, "<u8")
    if count == 0:
        return out
    raw = np.ascontiguousarray(rows).reshape(-1).view(np.uint8).reshape(count, -1)
    whole = raw.shape[1] // 8 * 8
    words = np.ascontiguousarray(raw[:, :whole]).reshape(-1)
    if words.ctypes.data % 8:
        words = words.copy()
    _xxh64(words.view("<u8").reshape(count, -1), np.ascontiguousarray(raw[:, whole:]), out)
    return out
