"""Kernels run without a place to keep them; the loss is told in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
