"""How arrays become chunks and back: plain gzip through isal as direct chunks, or zstd with fletcher32."""

from __future__ import annotations

import math
from typing import Any

import h5py
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from simgen.dataset.layout import Field

_NOISE_LEVEL, _CLEAN_LEVEL = 3, 0
"""Levels of ISA-L for pictures with sensor noise, which level 0 leaves a third larger, and for everything else, where
level 0 takes less than half the time of level 3 for files a tenth larger.

Levels 1 and 2 will not do: their match finder depends on where the process's memory lies. In 5 of 150 processes some
chunk came out with other (valid) bytes, in none with address randomisation off. Level 3 gave the same bytes in 450
processes and level 0 in 1000, half of them on heaps filled with garbage.
"""

_InflateError: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its stub names an instance
_ZSTD_LEVEL = 1  # level 3 takes half as long again and saves 4 %


def create_dataset(group: h5py.Group, field: Field, chunk_rows: int, codec: str) -> h5py.Dataset:
    """An empty, extensible dataset for rows of `field`, described by its attributes.

    The declared filters are HDF5's own shuffle and gzip, so that any reader opens what `write_chunk` wrote.
    """
    dtype = np.dtype(field.dtype)
    options: dict[str, Any] = {"shuffle": dtype.itemsize > 1}
    if codec == "gzip":
        options |= {"compression": "gzip", "compression_opts": _NOISE_LEVEL}
    else:
        import hdf5plugin

        options |= {**hdf5plugin.Zstd(clevel=_ZSTD_LEVEL), "fletcher32": True}
    dataset = group.create_dataset(
        field.name,
        shape=(0, *field.shape),
        maxshape=(None, *field.shape),
        chunks=(chunk_rows, *field.shape),
        dtype=dtype,
        track_times=False,
        **options,
    )
    describe(dataset, field)
    return dataset


def describe(dataset: h5py.Dataset, field: Field) -> None:
    """Write the attributes `unit`, `frame`, `description` and the field's own."""
    dataset.attrs["unit"] = field.unit
    dataset.attrs["frame"] = field.frame
    dataset.attrs["description"] = field.description
    for name, value in field.attrs:
        dataset.attrs[name] = value


def write_chunk(dataset: h5py.Dataset, field: Field, first_row: int, rows: NDArray[Any], codec: str) -> None:
    """Write `rows` of `field`, at most one chunk, at the chunk boundary `first_row`; the extent must reach there."""
    if codec != "gzip":
        dataset[first_row : first_row + len(rows)] = rows
        return
    chunk_rows = dataset.chunks[0]
    if len(rows) < chunk_rows:
        padded = np.zeros((chunk_rows, *rows.shape[1:]), rows.dtype)
        padded[: len(rows)] = rows
        rows = padded
    from simgen.dataset.shuffle import shuffled  # numba: only writers need it

    origin = (first_row,) + (0,) * (rows.ndim - 1)
    level = _NOISE_LEVEL if field.noisy else _CLEAN_LEVEL
    dataset.id.write_direct_chunk(origin, isal_zlib.compress(shuffled(rows), level))


def read_row(dataset: h5py.Dataset, row: int, codec: str) -> NDArray[Any]:
    """Row `row` of a dataset with one row a chunk; gzip is inflated by isal, about twice as fast as zlib.

    Raises:
        OSError: the chunk cannot be read or its checksum does not hold.
    """
    out: NDArray[Any]
    if codec != "gzip":
        out = dataset[row]
        return out
    shape = dataset.shape[1:]
    try:
        _, packed = dataset.id.read_direct_chunk((row,) + (0,) * len(shape))
        raw = np.frombuffer(isal_zlib.decompress(packed), np.uint8)
    except (_InflateError, RuntimeError) as error:
        raise OSError(f"chunk {row} of {dataset.name}: {error}") from error
    size = dataset.dtype.itemsize
    if raw.size != size * math.prod(shape):
        raise OSError(f"chunk {row} of {dataset.name}: {raw.size} bytes, expected {size * math.prod(shape)}")
    if size > 1:
        raw = np.ascontiguousarray(raw.reshape(size, -1).T)
    out = raw.reshape(-1).view(dataset.dtype).reshape(shape).copy()
    return out
