"""A file that HDF5 can always write to: failures are kept for us to raise, because HDF5 crashes on them."""

from __future__ import annotations

import os
from pathlib import Path


class ShieldedFile:
    """A binary file for h5py's `fileobj` driver whose writes never fail from where HDF5 stands.

    When the disk is full, HDF5 cannot flush its metadata, and closing the file then takes the process down
    (measured with HDF5 2.0: a segmentation fault). So the first error is remembered, later writes go nowhere,
    and the owner calls `check` after every operation and gives the file up.
    """

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        self._place = 0
        self._error: OSError | None = None

    def check(self) -> None:
        """Raise the first error that a write met.

        Raises:
            OSError: that error.
        """
        if self._error is not None:
            raise self._error

    def sync(self) -> None:
        """Make the content durable.

        Raises:
            OSError: it could not be.
        """
        os.fsync(self._fd)

    def close(self) -> None:
        """Close the file; HDF5 must have closed before."""
        os.close(self._fd)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to an offset, as files do."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: os.fstat(self._fd).st_size}[whence]
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        """The current offset."""
        return self._place

    def write(self, data: memoryview) -> int:
        """Write all of `data`, or remember why not."""
        size = len(data)
        written = 0
        while written < size and self._error is None:
            try:
                written += os.pwrite(self._fd, data[written:], self._place + written)
            except OSError as error:
                self._error = error
        self._place += size
        return size

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer`; what was never written reads as zeros."""
        size = len(buffer)
        data = os.pread(self._fd, size, self._place)
        buffer[: len(data)] = data
        buffer[len(data) :] = bytes(size - len(data))
        self._place += size
        return size

    def read(self, size: int) -> bytes:
        """The next `size` bytes; h5py knows a file by this method."""
        data = bytearray(size)
        self.readinto(memoryview(data))
        return bytes(data)

    def truncate(self, size: int | None = None) -> int:
        """Set the size, or remember why not."""
        size = self._place if size is None else size
        try:
            if self._error is None:
                os.ftruncate(self._fd, size)
        except OSError as error:
            self._error = error
        return size

    def flush(self) -> None:
        """Nothing is buffered here."""
