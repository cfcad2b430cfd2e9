"""The compiled parts of encoding: XXH64 against published values, the shuffle filter against HDF5's own."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from simgen.dataset.checksum import row_checksums
from simgen.dataset.digest import RowHash
from simgen.dataset.shuffle import shuffled


def pattern(length: int) -> bytes:
    """The test buffer of the xxHash reference suite (tests/sanity_test.c): bytes of a 32-bit prime's powers."""
    prime32, prime64 = 2654435761, 11400714785074694797
    out, value = bytearray(), prime32
    for _ in range(length):
        out.append(value >> 56)
        value = value * prime64 % 2**64
    return bytes(out)


@pytest.mark.parametrize(
    ("length", "published"),
    [
        (1, 0xE934A84ADB052768),
        (4, 0x9136A0DCA57457EE),
        (14, 0x8282DCC4994E35C8),
        (222, 0xB641AE8CB691C174),
    ],
)
def test_checksums_are_the_published_values_of_xxh64(length: int, published: int) -> None:
    rows = np.frombuffer(pattern(length) * 3, np.uint8).reshape(3, length)
    assert row_checksums(rows).tolist() == [published] * 3


@pytest.mark.parametrize("dtype", ["|u1", "<u2", "<f4", "<f8", "|S48"])
def test_checksums_see_every_byte(dtype: str) -> None:
    size = np.dtype(dtype).itemsize
    data = np.frombuffer(pattern(2 * 13 * size), np.uint8).copy()
    before = row_checksums(data.view(dtype).reshape(2, 13))
    for place in range(13 * size):
        flipped = data.copy()
        flipped[place] ^= 1 << (place % 8)
        after = row_checksums(flipped.view(dtype).reshape(2, 13))
        assert after[0] != before[0], place
        assert after[1] == before[1], place


def test_checksums_do_not_depend_on_where_the_rows_lie_in_memory() -> None:
    data = np.frombuffer(pattern(400), np.uint8)
    expected = row_checksums(data[3:395].copy().reshape(4, 98))
    assert row_checksums(data[3:395].reshape(4, 98)).tolist() == expected.tolist()
    wide = np.zeros((4, 200), np.uint8)
    wide[:, ::2][:, :98] = data[3:395].reshape(4, 98)
    assert row_checksums(wide[:, ::2][:, :98]).tolist() == expected.tolist()


def test_a_digest_does_not_depend_on_how_rows_are_grouped() -> None:
    rows = np.frombuffer(pattern(20 * 24), "<f8").reshape(20, 3)
    digests = []
    for step in (1, 3, 7, 20):
        digest = RowHash()
        for first in range(0, 20, step):
            digest.update(rows[first : first + step])
        digests.append((digest.rows, digest.digest()))
    assert len(set(digests)) == 1


@pytest.mark.parametrize("dtype", ["|u1", "<u2", "<i2", "<f4", "<f8", "|S5"])
def test_the_shuffle_is_that_of_hdf5(tmp_path: Path, dtype: str) -> None:
    values = np.frombuffer(pattern(7 * 11 * np.dtype(dtype).itemsize), np.uint8).view(dtype).reshape(1, 7, 11)
    with h5py.File(tmp_path / "shuffled.h5", "w") as file:
        stored = file.create_dataset("x", data=values, chunks=values.shape, shuffle=True)
        _, chunk = stored.id.read_direct_chunk((0, 0, 0))
    assert shuffled(values).tobytes() == chunk
