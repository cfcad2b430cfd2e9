"""Holds a dataset folder against a second writer, for as long as any process of a run lives."""

from __future__ import annotations

import fcntl
import os
from multiprocessing import reduction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simgen.dataset.manifest import output_error
from simgen.errors import OutputError, UserError


class FolderLock:
    """An advisory lock on a folder, which is made if absent; a context manager.

    A lock that travels to a spawned process is the same lock: it is free only when every holder has closed it
    or died. So the workers of a killed run, which stop at their next frame, cannot write among those of the run
    that takes its place.

    Raises:
        UserError: a file stands where the folder should be.
        OutputError: the folder cannot be opened, or another run holds it.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        except (FileExistsError, NotADirectoryError):
            file = next(p for p in (folder, *folder.parents) if p.exists())
            raise UserError(f"{file} is a file: a dataset needs a folder. Choose another place for it") from None
        except OSError as error:
            raise output_error(folder, error) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise OutputError(
                f"another run is writing to {folder}, or the workers of one just killed are stopping; "
                "wait for it, or stop it first"
            ) from None

    def close(self) -> None:
        """Let go, as far as this process is concerned."""
        os.close(self._handle)

    def __enter__(self) -> Self:
        """The lock itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to a process that is being spawned, as the same open file."""
        return _received, (reduction.DupFd(self._handle),)


def _received(handle: Any) -> FolderLock:
    lock = FolderLock.__new__(FolderLock)
    lock._handle = handle.detach()
    return lock
