"""How all numba kernels are compiled and where their machine code is kept.

Numba's disk cache knows a function by its own source file alone: an edit in a module that the function calls
goes unnoticed and stale code runs. So the cache folder is keyed by a digest of the sources of everything that
holds kernels, or constants that kernels have built in; any edit starts an empty folder. A disk that is full or may not
be written to costs the compiling, at every start, and one line of warning; never the run.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import config

_ROOMS = ("models/kernels", "render", "sensors", "labels", "world", "dataset", "env")
_CONSTANTS = ("conditions/*.py", "models/appearance.py", "scenario/behaviours.py")  # that kernels have built in
_SOURCES = ("areas.py", "rectangles.py", "compiled.py", "held.py", *(f"{room}/**/*.py" for room in _ROOMS), *_CONSTANTS)
_LOG = logging.getLogger(__name__)
_ROOM_BYTES = 1 << 18  # what must fit for a folder to count as one with room
_KEPT = 4  # cache folders of former versions that are kept

_warned: list[str] = []

Kernel = Callable[..., Any]


@cache
def cache_folder() -> Path | None:
    """The folder of this version's compiled kernels, made if missing; in a temporary place if need be.

    None where nothing can be written.
    """
    digest = hashlib.blake2b(f"numba {numba.__version__}".encode(), digest_size=8)
    package = Path(__file__).resolve().parent
    for path in sorted(p for pattern in _SOURCES for p in package.glob(pattern)):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    base = os.environ.get("SIMGEN_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "simgen" / "kernels" / digest.hexdigest()
    try:
        return _with_room(folder)
    except OSError as error:
        try:
            user = os.getuid() if hasattr(os, "getuid") else "user"
            return _with_room(Path(tempfile.gettempdir()) / f"simgen-kernels-{user}" / digest.hexdigest())
        except OSError:
            _not_kept(error, folder)
            return None


def _with_room(folder: Path) -> Path:
    """The folder, made if missing, once something was written there.

    Raises:
        OSError: nothing can be.
    """
    fresh = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(_ROOM_BYTES))
    if fresh:
        _forget_old(folder.parent, keep=folder)
    return folder


def _not_kept(error: Exception, where: object) -> None:
    """Warn, once a process, that compiled kernels cannot be kept."""
    if not _warned:
        _warned.append(str(where))
        _LOG.warning(
            "simgen: compiled kernels cannot be kept in %s (%s), so every start compiles them again; free space there "
            "or set SIMGEN_CACHE_DIR to a folder that can be written to",
            where,
            error,
        )


def _forget_old(root: Path, keep: Path) -> None:
    """Remove the oldest folders of other versions."""
    others = sorted((p for p in root.iterdir() if p.is_dir() and p != keep), key=lambda p: p.stat().st_mtime)
    for folder in others[: max(0, len(others) - _KEPT)]:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        folder.rmdir()


def kernel(function: Kernel) -> Kernel:
    """Compile a loop the way kernels are: cached, releasing the GIL, NumPy division, strict IEEE.

    It must not make arrays: without reference counting the arrays that it hands to inlined helpers cost nothing
    (with it, half a dozen atomic operations a point).
    """
    return _compile(function, _nrt=False)


def inline(function: Kernel) -> Kernel:
    """Compile a helper that LLVM inlines into the loops that call it; it must not make arrays."""
    return _compile(function, _nrt=False, forceinline=True)


def allocating_kernel(function: Kernel) -> Kernel:
    """Compile a function that makes arrays of its own; otherwise as `kernel`."""
    return _compile(function)


def _compile(function: Kernel, **options: bool) -> Kernel:
    folder = cache_folder()
    # Numba reads the setting while it decorates; other users of numba in this process keep theirs.
    settings = vars(config)
    before = settings["CACHE_DIR"]
    jit: Any = numba.njit  # its stubs know no keyword dictionaries
    all_options: dict[str, Any] = {"nogil": True, "error_model": "numpy", **options}
    try:
        if folder is not None:
            settings["CACHE_DIR"] = str(folder)
            return _kept(jit(cache=True, **all_options)(function), folder)
    except RuntimeError as error:  # numba: "cannot cache function", the disk filled up since the folder was made
        _not_kept(error, folder)
    finally:
        settings["CACHE_DIR"] = before
    made: Kernel = jit(**all_options)(function)
    return made


def _kept(made: Any, folder: Path) -> Kernel:
    """The kernel, which goes on without its file where that can be neither read nor written."""

    def forgiving(use: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            try:
                return use(*args)
            except OSError as error:
                _not_kept(error, folder)
                return None

        return run

    made._cache.load_overload = forgiving(made._cache.load_overload)
    made._cache.save_overload = forgiving(made._cache.save_overload)
    kernel: Kernel = made
    return kernel
