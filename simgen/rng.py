"""Keyed randomness: every draw is a pure function of (seed, path, index), so nothing shifts anything else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TWO_53 = float(1 << 53)


def key64(seed: int, path: str, index: int = 0) -> int:
    """A 64-bit key from (seed, path, index), stable across processes, platforms and versions (blake2b)."""
    text = f"{int(seed)}\x1f{path}\x1f{int(index)}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def uniform(seed: int, path: str, index: int = 0) -> float:
    """A float64 in the open interval (0, 1): the argument for an inverse CDF."""
    return ((key64(seed, path, index) >> 11) + 0.5) / _TWO_53


@dataclass(frozen=True)
class Stream:
    """A named source of draws within one sample: `Stream(seed, index).child("actors").uniform("ego.speed")`."""

    seed: int
    index: int
    path: str = ""

    def child(self, name: str) -> Stream:
        """The stream of a sub-path."""
        return Stream(self.seed, self.index, f"{self.path}.{name}" if self.path else name)

    def uniform(self, name: str) -> float:
        """One float64 in (0, 1), the same whatever else was drawn."""
        return uniform(self.seed, f"{self.path}.{name}" if self.path else name, self.index)

    def key(self, name: str) -> int:
        """A 64-bit key, for counter-based noise in kernels."""
        return key64(self.seed, f"{self.path}.{name}" if self.path else name, self.index)

    def array(self, name: str, count: int) -> NDArray[np.float64]:
        """`count` float64 values in (0, 1): SplitMix64 counted from the key (vectorised, order-free)."""
        with np.errstate(over="ignore"):
            z = np.uint64(self.key(name)) + np.uint64(0x9E3779B97F4A7C15) * np.arange(1, count + 1, dtype=np.uint64)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z = z ^ (z >> np.uint64(31))
        out: NDArray[np.float64] = ((z >> np.uint64(11)).astype(np.float64) + 0.5) / _TWO_53
        return out
