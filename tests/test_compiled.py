"""Kernels are kept as long as nothing in them changes, and run where there is no place to keep them."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from numba.core.dispatcher import Dispatcher

import simgen
from simgen import compiled

PACKAGE = Path(simgen.__file__).resolve().parent
DIGESTED = {path for pattern in compiled._SOURCES for path in PACKAGE.glob(pattern)}

KERNELS = """
import errno, os, tempfile
{before}
from simgen.compiled import cache_folder, kernel
{after}

@kernel
def double(x):
    return 2.0 * x

@kernel
def triple(x):
    return 3.0 * x

print(double(2.0), triple(2.0))
"""
FULL_FROM_THE_START = """
def full(**_):
    raise OSError(errno.ENOSPC, "No space left on device")
tempfile.TemporaryFile = full
"""
FILLS_UP_BEFORE_DECORATING = """
cache_folder()
def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")
tempfile.TemporaryFile = full
"""
FILLS_UP_WHILE_SAVING = """
from numba.core.caching import IndexDataCacheFile
def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")
IndexDataCacheFile.save = full
"""


def run(tmp_path: Path, *, before: str = "", after: str = "") -> subprocess.CompletedProcess[str]:
    script = tmp_path / "script.py"
    script.write_text(KERNELS.format(before=before, after=after), encoding="utf-8")
    environment = {**os.environ, "SIMGEN_CACHE_DIR": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)}
    return subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, env=environment)


def test_with_room_kernels_are_kept_and_nothing_is_said(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.stdout.split(), done.stderr) == (["4.0", "6.0"], "")
    assert list((tmp_path / "cache").rglob("*.nbc"))


@pytest.mark.parametrize(
    ("before", "after"),
    [(FULL_FROM_THE_START, ""), ("", FILLS_UP_BEFORE_DECORATING), ("", FILLS_UP_WHILE_SAVING)],
    ids=["full from the start", "fills up before decorating", "fills up while saving"],
)
def test_on_a_full_disk_kernels_run_unkept_after_one_line(tmp_path: Path, before: str, after: str) -> None:
    done = run(tmp_path, before=before, after=after)
    assert done.stdout.split() == ["4.0", "6.0"]
    assert len(done.stderr.splitlines()) == 1
    for word in ("cannot be kept", str(tmp_path), "SIMGEN_CACHE_DIR"):
        assert word in done.stderr
    assert not list((tmp_path / "cache").rglob("*.nbc"))


def test_where_no_folder_can_be_made_kernels_go_to_the_temporary_one(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder", encoding="utf-8")
    done = run(tmp_path)
    assert (done.stdout.split(), done.stderr) == (["4.0", "6.0"], "")
    assert list(tmp_path.glob("simgen-kernels-*/**/*.nbc"))


def _name(path: Path) -> str:
    return ".".join(("simgen", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def _in_kernels(module: ModuleType) -> set[str]:
    """Names that the kernels of a module refer to."""
    own = [v for v in vars(module).values() if isinstance(v, Dispatcher) and v.py_func.__module__ == module.__name__]
    return {name for kernel in own for name in kernel.py_func.__code__.co_names}


def _sources_of_constants(module: ModuleType, tree: ast.Module) -> dict[str, set[Path]]:
    """Each name of a module -> the modules of the package that it is, or is worked out, from."""
    found: dict[str, set[Path]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("simgen"):
            for alias in node.names:
                value = getattr(module, alias.asname or alias.name)
                where = (
                    _defining(node.module or "", alias.name) if not isinstance(value, ModuleType) else value.__name__
                )
                found[alias.asname or alias.name] = {Path(str(sys.modules[where].__file__)).resolve()}
        elif isinstance(node, ast.Assign):
            parts = [found[n.id] for n in ast.walk(node.value) if isinstance(n, ast.Name) and n.id in found]
            for name in (n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)):
                found.setdefault(name, set()).update(*parts)
    return found


def _defining(module: str, name: str) -> str:
    """The module that defines what another one may only hand on."""
    tree = ast.parse(Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and name in {alias.asname or alias.name for alias in node.names}:
            return _defining(str(node.module), name)
    return module


def test_an_edit_of_whatever_is_built_into_kernels_starts_an_empty_folder() -> None:
    holders = [p for p in sorted(PACKAGE.rglob("*.py")) if "simgen.compiled import" in p.read_text(encoding="utf-8")]
    checked = 0
    for path in holders:
        assert path in DIGESTED
        module = importlib.import_module(_name(path))
        constants = _sources_of_constants(module, ast.parse(path.read_text(encoding="utf-8")))
        for name in _in_kernels(module) & set(constants):
            checked += len(constants[name])
            assert constants[name] <= DIGESTED, f"{path.name}: {name}"
    assert checked > 500
