"""Digests: of a file's bytes, and of a shard's content whatever its compression."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

_SLAB_BYTES = 8 << 20
_DIGEST_BYTES = 32


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class RowHash:
    """A running digest of one dataset's rows; a copy is a save point.

    BLAKE2b over the XXH64 of every row: the pictures of a frame are millions of bytes, which BLAKE2b alone would
    read for longer than compressing them takes.
    """

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        self.rows = 0

    def copy(self) -> RowHash:
        """An independent digest of the rows so far."""
        out = RowHash()
        out._hash = self._hash.copy()
        out.rows = self.rows
        return out

    def update(self, rows: NDArray[Any]) -> None:
        """Add rows of a numeric or fixed-length dataset."""
        from simgen.dataset.checksum import row_checksums  # numba: readers can do without

        self._hash.update(row_checksums(rows).tobytes())
        self.rows += len(rows)

    def update_texts(self, texts: Iterable[str]) -> None:
        """Add rows of a text dataset, each with its length so that boundaries count."""
        for text in texts:
            data = text.encode()
            self._hash.update(len(data).to_bytes(8, "little") + data)
            self.rows += 1

    def digest(self) -> bytes:
        """The digest so far."""
        return self._hash.digest()


def combine(parts: Mapping[str, tuple[str, RowHash]]) -> str:
    """The content digest of a shard from {dataset path: (type, digest of its rows)}, in order of path."""
    total = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for path in sorted(parts):
        kind, rows = parts[path]
        total.update(f"{path}\x1f{kind}\x1f{rows.rows}\n".encode() + rows.digest())
    return total.hexdigest()


def row_kind(dtype: str, shape: tuple[int, ...]) -> str:
    """The type of a dataset's rows as it enters the content digest."""
    return f"{dtype}{list(shape)}"


def content_digest(shard: h5py.File) -> str:
    """Recompute a shard's content digest from its datasets.

    Raises:
        OSError: a chunk cannot be read.
    """
    parts: dict[str, tuple[str, RowHash]] = {}

    def add(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if not isinstance(item, h5py.Dataset):
            return
        rows = RowHash()
        if h5py.check_string_dtype(item.dtype) is not None and item.dtype.kind == "O":
            rows.update_texts(item.asstr()[:])
            parts[f"/{name}"] = ("str", rows)
            return
        step = max(1, _SLAB_BYTES // max(1, item.dtype.itemsize * int(np.prod(item.shape[1:]))))
        chunk = item.chunks[0] if item.chunks else 1
        step = max(chunk, step // chunk * chunk)
        for first in range(0, len(item), step):
            rows.update(item[first : first + step])
        parts[f"/{name}"] = (row_kind(item.dtype.str, item.shape[1:]), rows)

    shard.visititems(add)
    return combine(parts)
