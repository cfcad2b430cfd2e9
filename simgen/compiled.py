"""How all numba kernels are compiled and where their machine code is kept.

Numba's disk cache knows a function by its own source file alone: an edit in a module that the function calls
goes unnoticed and stale code runs. So the cache folder is keyed by a digest of the sources of every room (or
of its part) that holds kernels; any edit starts an empty folder.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import config

_ROOMS = ("models/kernels", "render", "sensors", "labels", "world", "dataset")
_KEPT = 4  # cache folders of former versions that are kept

Kernel = Callable[..., Any]


@cache
def cache_folder() -> Path:
    """The folder of this version's compiled kernels, made if missing; in a temporary place if need be."""
    digest = hashlib.blake2b(f"numba {numba.__version__}".encode(), digest_size=8)
    package = Path(__file__).resolve().parent
    for path in (Path(__file__), *sorted(p for room in _ROOMS for p in (package / room).rglob("*.py"))):
        digest.update(path.resolve().relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    base = os.environ.get("SIMGEN_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    for root in (Path(base) / "simgen" / "kernels", Path(tempfile.gettempdir()) / f"simgen-kernels-{user}"):
        folder = root / digest.hexdigest()
        try:
            fresh = not folder.is_dir()
            folder.mkdir(parents=True, exist_ok=True)
            if fresh:
                _forget_old(root, keep=folder)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="simgen-kernels-"))


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
    # Numba reads the setting while it decorates; other users of numba in this process keep theirs.
    settings = vars(config)
    before = settings["CACHE_DIR"]
    settings["CACHE_DIR"] = str(cache_folder())
    try:
        jit: Any = numba.njit  # its stubs know no keyword dictionaries
        made: Kernel = jit(cache=True, nogil=True, error_model="numpy", **options)(function)
    finally:
        settings["CACHE_DIR"] = before
    return made
