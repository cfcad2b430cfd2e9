"""Geometry that is kept on disk between runs: building a car takes a second, reading it back some milliseconds.

What is kept is exactly what was built, so nothing else changes. The folder is keyed by a digest of every source and
data file that geometry is made from, as the folder of compiled kernels is; any edit starts an empty one.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from simgen.resources import assets_dir

T = TypeVar("T")

SLOW_S = 0.1
"""Building time from which most results are kept."""
MOST_BYTES = 256 << 20
"""Size of a folder beyond which what was not used for longest is forgotten: drawn parameters would fill any disk."""
_BESIDE = ("areas.py", "compiled.py", "rng.py")  # what models are built with, outside their room
_FOLDERS = 4  # folders of former versions that are kept
_LIBRARIES = ("numpy", "pybullet", "trimesh")  # the geometry of robots is theirs
_LOG = logging.getLogger(__name__)


def kept(name: str, build: Callable[[], T], source: str, slow_s: float | None = None) -> T:
    """What `build` gives, from the disk if it was built before.

    Args:
        name: says which, with every parameter.
        build: makes it.
        source: file of the builder; only builders of ours are kept. Outside this room their `name` must tell their
            code too.
        slow_s: building time from which on it is; `SLOW_S` by default.
    """
    folder = _folder()
    if folder is None or not Path(source).is_relative_to(_PACKAGE.parent):
        return build()
    path = folder / f"{hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}.pickle"
    try:
        found: T = pickle.loads(path.read_bytes())
        os.utime(path)
        return found
    except FileNotFoundError:
        pass
    except Exception as error:  # whatever a damaged file makes of pickle; it is built anew and replaced
        _LOG.warning("simgen: the kept geometry %s cannot be read (%s) and is built anew", path, error)
    start = time.perf_counter()
    built = build()
    if time.perf_counter() - start >= (SLOW_S if slow_s is None else slow_s):
        _write(path, built)
    return built


_PACKAGE = Path(__file__).resolve().parent


@cache
def _folder() -> Path | None:
    """The folder of this version, made if missing; None where nothing can be written."""
    digest = hashlib.blake2b(repr((sys.version_info[:2], _versions())).encode(), digest_size=8)
    room = _PACKAGE.parent
    for path in sorted([*_PACKAGE.rglob("*.py"), *(room / name for name in _BESIDE)]):
        digest.update(path.relative_to(room).as_posix().encode())
        digest.update(path.read_bytes())
    data = assets_dir()
    for path in sorted(p for p in data.rglob("*") if p.is_file() and p.suffix != ".png"):
        digest.update(path.relative_to(data).as_posix().encode())
        digest.update(path.read_bytes())
    base = os.environ.get("SIMGEN_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "simgen" / "models" / digest.hexdigest()
    try:
        fresh = not folder.is_dir()
        folder.mkdir(parents=True, exist_ok=True)
        if fresh:
            _forget_old(folder)
    except OSError as error:
        _not_kept(folder, error)
        return None
    return folder


def _versions() -> list[str]:
    """Names with versions of the libraries; read from their folders, for `importlib.metadata` takes long to load."""
    installed = Path(np.__file__).resolve().parents[1]
    return sorted(p.name for name in _LIBRARIES for p in installed.glob(f"{name}-*.dist-info"))


def _forget_old(folder: Path) -> None:
    others = [p for p in folder.parent.iterdir() if p.is_dir() and p != folder]
    for old in sorted(others, key=lambda p: p.stat().st_mtime, reverse=True)[_FOLDERS - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, built: object) -> None:
    """Write whole or not at all, so that another process never reads half a file."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                pickle.dump(built, file, protocol=pickle.HIGHEST_PROTOCOL)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _make_room(path.parent)
    except OSError as error:
        _not_kept(path.parent, error)


def _make_room(folder: Path) -> None:
    """Forget what was not used for longest until a quarter of the room is free again."""
    files = sorted(((p.stat().st_mtime, p) for p in folder.glob("*.pickle")), reverse=True)
    sizes = [p.stat().st_size for _, p in files]
    if sum(sizes) <= MOST_BYTES:
        return
    total = 0
    for (_, path), size in zip(files, sizes, strict=True):
        total += size
        if total > 0.75 * MOST_BYTES:
            path.unlink(missing_ok=True)


@cache
def _not_kept(folder: Path, error: OSError) -> None:
    """Say once that geometry cannot be kept."""
    _LOG.warning(
        "simgen: geometry cannot be kept in %s (%s), so every start builds it again; free space there or set "
        "SIMGEN_CACHE_DIR to a folder that can be written to",
        folder,
        error,
    )
