"""Growing datasets with save points: what a scene adds is either kept whole or taken back whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from simgen.dataset.codec import create_dataset, describe, write_chunk
from simgen.dataset.digest import RowHash, row_kind
from simgen.dataset.layout import Field
from simgen.errors import SimgenError

_CHUNK_BYTES = 32 << 10


class Stack:
    """Pictures: one row a chunk, written as they come, so that memory stays flat."""

    def __init__(self, group: h5py.Group, field: Field, codec: str) -> None:
        self.field = field
        self._codec = codec
        self._dataset = create_dataset(group, field, 1, codec)
        self._dtype = np.dtype(field.dtype)
        self._hash = RowHash()
        self._saved = self._hash.copy()

    def append(self, picture: NDArray[Any]) -> None:
        """Write one row of exactly the declared shape and dtype."""
        if picture.shape != self.field.shape or picture.dtype != self._dtype:
            raise SimgenError(
                f"{self._dataset.name}: got {picture.dtype} {picture.shape}, expected {self._dtype} {self.field.shape}"
            )
        row = self._hash.rows
        self._dataset.resize(row + 1, axis=0)
        write_chunk(self._dataset, self.field, row, picture[None], self._codec)
        self._hash.update(picture[None])

    def commit(self) -> None:
        """Keep everything appended so far."""
        self._saved = self._hash.copy()

    def rollback(self) -> None:
        """Take back what was appended since the last commit."""
        self._hash = self._saved.copy()
        self._dataset.resize(self._hash.rows, axis=0)

    def finish(self) -> tuple[str, tuple[str, RowHash]]:
        """Path and digest of the finished dataset."""
        return self._dataset.name, (row_kind(self._dtype.str, self.field.shape), self._saved)


class Column:
    """Rows of a table: held until the scene is committed, then written chunk by chunk."""

    def __init__(self, group: h5py.Group, field: Field, codec: str) -> None:
        self.field = field
        self._codec = codec
        self._dtype = np.dtype(field.dtype)
        row_bytes = self._dtype.itemsize * int(np.prod(field.shape))
        self._chunk_rows = max(1, _CHUNK_BYTES // row_bytes)
        self._dataset = create_dataset(group, field, self._chunk_rows, codec)
        self._hash = RowHash()
        self._written = 0
        self._pending: list[NDArray[Any]] = []
        self._tail = np.empty((0, *field.shape), self._dtype)

    def extend(self, rows: NDArray[Any]) -> None:
        """Add rows; their dtype must convert without loss of kind."""
        if rows.shape[1:] != self.field.shape or not np.can_cast(rows.dtype, self._dtype, "same_kind"):
            raise SimgenError(
                f"{self._dataset.name}: got rows {rows.dtype} {rows.shape[1:]}, "
                f"expected {self._dtype} {self.field.shape}"
            )
        self._pending.append(rows.astype(self._dtype))

    def commit(self) -> None:
        """Keep the rows added so far; whole chunks go to the file."""
        if not self._pending:
            return
        rows = np.concatenate(self._pending)
        self._pending.clear()
        self._hash.update(rows)
        self._tail = np.concatenate([self._tail, rows])
        while len(self._tail) >= self._chunk_rows:
            self._flush(self._tail[: self._chunk_rows])
            self._tail = self._tail[self._chunk_rows :]

    def rollback(self) -> None:
        """Forget the rows added since the last commit."""
        self._pending.clear()

    def finish(self) -> tuple[str, tuple[str, RowHash]]:
        """Write the last partial chunk; path and digest of the finished dataset."""
        if len(self._tail):
            self._flush(self._tail)
            self._tail = self._tail[:0]
        return self._dataset.name, (row_kind(self._dtype.str, self.field.shape), self._hash)

    def _flush(self, rows: NDArray[Any]) -> None:
        self._dataset.resize(self._written + len(rows), axis=0)
        write_chunk(self._dataset, self.field, self._written, rows, self._codec)
        self._written += len(rows)


class TextColumn:
    """Rows of variable-length UTF-8 text, held until the scene is committed."""

    def __init__(self, group: h5py.Group, field: Field) -> None:
        self.field = field
        self._dataset = group.create_dataset(
            field.name,
            shape=(0,),
            maxshape=(None,),
            chunks=(64,),
            dtype=h5py.string_dtype(),
            track_times=False,
        )
        describe(self._dataset, field)
        self._hash = RowHash()
        self._pending: list[str] = []

    def append(self, text: str) -> None:
        """Add one row."""
        self._pending.append(text)

    def commit(self) -> None:
        """Write the rows added so far."""
        if not self._pending:
            return
        first = self._hash.rows
        self._dataset.resize(first + len(self._pending), axis=0)
        self._dataset[first:] = self._pending
        self._hash.update_texts(self._pending)
        self._pending.clear()

    def rollback(self) -> None:
        """Forget the rows added since the last commit."""
        self._pending.clear()

    def finish(self) -> tuple[str, tuple[str, RowHash]]:
        """Path and digest of the finished dataset."""
        return self._dataset.name, ("str", self._hash)


class Series:
    """A float64 time series whose columns appear as they are first named; rows without a value hold NaN."""

    def __init__(
        self, group: h5py.Group, base: tuple[Field, ...], make_field: Callable[[str], Field], codec: str
    ) -> None:
        self._group = group
        self._make_field = make_field
        self._codec = codec
        self._base = {f.name: Column(group, f, codec) for f in base}
        self._columns: dict[str, Column] = {}
        self._rows: list[tuple[dict[str, float], dict[str, float]]] = []
        self._committed = 0

    def append(self, base: Mapping[str, Any], values: Mapping[str, float]) -> None:
        """Add one row."""
        self._rows.append((dict(base), {k: float(v) for k, v in values.items()}))

    def commit(self) -> None:
        """Keep the rows added so far."""
        if not self._rows:
            return
        for name in sorted({name for _, values in self._rows for name in values} - set(self._columns)):
            self._columns[name] = Column(self._group, self._make_field(name), self._codec)
            self._columns[name].extend(np.full(self._committed, np.nan))
        for name, column in self._base.items():
            column.extend(np.array([base[name] for base, _ in self._rows], column.field.dtype))
        for name, column in self._columns.items():
            column.extend(np.array([values.get(name, np.nan) for _, values in self._rows]))
        for column in self.columns():
            column.commit()
        self._committed += len(self._rows)
        self._rows.clear()

    def rollback(self) -> None:
        """Forget the rows added since the last commit."""
        self._rows.clear()

    def columns(self) -> tuple[Column, ...]:
        """All columns so far."""
        return (*self._base.values(), *self._columns.values())
