"""Kept geometry: bit for bit what was built, rebuilt when damaged, bounded, and never in the way."""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simgen.models import build_model, detail
from simgen.models import kept as module
from simgen.models.families import vehicles
from simgen.models.kept import kept
from simgen.models.sharing import digest_of

SOURCE = vehicles.__file__


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, in which everything is kept however fast it was built."""
    monkeypatch.setenv("SIMGEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(module, "SLOW_S", 0.0)
    module._folder.cache_clear()
    module._not_kept.cache_clear()
    yield tmp_path / "simgen" / "models"
    module._folder.cache_clear()


class Builder:
    """Builds something and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, object]:
        self.times += 1
        return {"points": np.linspace(0.0, 1.0, 1000, dtype=np.float32), "name": "x"}


def test_what_was_built_once_is_read_back_bit_for_bit(folder: Path) -> None:
    build = Builder()
    first, second = kept("a", build, SOURCE), kept("a", build, SOURCE)
    assert build.times == 1
    assert pickle.dumps(first) == pickle.dumps(second)
    kept("b", build, SOURCE)
    assert build.times == 2
    (version,) = folder.iterdir()
    assert len(list(version.glob("*.pickle"))) == 2
    assert not list(version.glob("*.part"))


def test_what_builds_fast_or_comes_from_elsewhere_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = Builder()
    kept("a", build, __file__)
    kept("a", build, __file__)
    assert build.times == 2
    monkeypatch.setattr(module, "SLOW_S", 10.0)
    kept("b", build, SOURCE)
    kept("b", build, SOURCE)
    assert build.times == 4
    assert list(folder.rglob("*.pickle")) == []


def test_a_damaged_file_is_built_anew_with_a_warning(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    build = Builder()
    kept("a", build, SOURCE)
    (path,) = folder.rglob("*.pickle")
    path.write_bytes(path.read_bytes()[:100])
    with caplog.at_level(logging.WARNING):
        kept("a", build, SOURCE)
    assert "is built anew" in caplog.text
    assert build.times == 2
    kept("a", build, SOURCE)
    assert build.times == 2


def test_a_folder_that_cannot_be_made_costs_the_building_and_one_warning(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SIMGEN_CACHE_DIR", str(tmp_path / "file"))
    module._folder.cache_clear()
    build = Builder()
    with caplog.at_level(logging.WARNING):
        kept("a", build, SOURCE)
        kept("a", build, SOURCE)
    assert build.times == 2
    assert caplog.text.count("geometry cannot be kept") == 1


def test_the_folder_forgets_what_was_not_used_for_longest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = Builder()
    kept("first", build, SOURCE)
    (first,) = folder.rglob("*.pickle")
    monkeypatch.setattr(module, "MOST_BYTES", int(4.5 * first.stat().st_size))
    for k in range(3):
        kept(str(k), build, SOURCE)
    for age, path in enumerate(sorted(folder.rglob("*.pickle"))):
        os.utime(path, (1000.0 + age, 1000.0 + age))
    kept("first", build, SOURCE)  # used: now the newest
    kept("fifth", build, SOURCE)
    names = {p.name for p in folder.rglob("*.pickle")}
    assert first.name in names
    assert len(names) == 3
    assert sum(p.stat().st_size for p in folder.rglob("*.pickle")) <= 0.75 * module.MOST_BYTES


def test_folders_of_former_versions_are_forgotten(folder: Path) -> None:
    for k in range(6):
        (folder / f"old{k}").mkdir(parents=True)
        os.utime(folder / f"old{k}", (1000.0 + k, 1000.0 + k))
    kept("a", Builder(), SOURCE)
    assert sorted(p.name for p in folder.iterdir() if p.name.startswith("old")) == ["old3", "old4", "old5"]


def test_versions_are_read_back_as_they_were_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By another mesh of the same triangles, and with that one's materials."""
    monkeypatch.setattr(detail, "_SLOW_S", 0.0)
    mesh = build_model("tyre").parts[0].mesh
    others = set(folder.rglob("*.pickle"))
    found = detail.versions(replace(mesh))
    (path,) = set(folder.rglob("*.pickle")) - others
    other = replace(mesh, materials=tuple(replace(m, roughness=0.123) for m in mesh.materials))
    written = path.read_bytes()
    monkeypatch.setattr(detail, "Coarsening", None)
    again = detail.versions(other)
    assert len(again) == len(found) > 2
    assert path.read_bytes() == written
    for one, two in zip(again, found, strict=True):
        assert one.error_m == two.error_m
        assert one.mesh.materials is other.materials
        for name in ("vertices_m", "normals", "uv_m", "faces", "face_material"):
            assert np.array_equal(getattr(one.mesh, name), getattr(two.mesh, name))
            assert getattr(one.mesh, name).dtype == getattr(two.mesh, name).dtype


def test_other_triangles_have_other_versions() -> None:
    mesh = build_model("tyre").parts[0].mesh
    digest = digest_of(mesh)
    assert digest_of(replace(mesh)) == digest
    for name in ("vertices_m", "normals", "uv_m", "faces", "face_material"):
        changed = getattr(mesh, name).copy()
        changed[0] += 1
        assert digest_of(replace(mesh, **{name: changed})) != digest
