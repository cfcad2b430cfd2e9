"""Bulk rendering: the same bytes whatever the workers, interruptions and extensions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_scenes import FRONT, SIDE, FakeScenario, fake_frame, fake_simulate

from simgen.dataset import Dataset, load_manifest, verify
from simgen.errors import PlanMismatchError, UserError
from simgen.generate import Progress, Report, estimate_bytes, render

SCENARIO = FakeScenario()


def make(out: Path, n: int, scenario: FakeScenario = SCENARIO, **options: object) -> Report:
    options = {"workers": 1, "scenes_per_shard": 2, **options}
    return render(scenario, out, n, simulate=fake_simulate, **options)  # type: ignore[arg-type]


def shard_bytes(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.glob("shard-*"))}


def plain(folder: Path) -> dict[str, object]:
    """The manifest without its `run` section."""
    data = json.loads((folder / "manifest.json").read_text())
    del data["run"]
    return data


def test_one_and_two_workers_make_the_same_bytes(tmp_path: Path) -> None:
    make(tmp_path / "a", 5)
    make(tmp_path / "b", 5, workers=2)
    assert len(shard_bytes(tmp_path / "a")) == 3
    assert shard_bytes(tmp_path / "a") == shard_bytes(tmp_path / "b")
    assert plain(tmp_path / "a") == plain(tmp_path / "b")
    assert verify(tmp_path / "a") == []


def test_extension_equals_a_fresh_run_of_more_scenes(tmp_path: Path) -> None:
    make(tmp_path / "grown", 3)
    before = shard_bytes(tmp_path / "grown")
    report = make(tmp_path / "grown", 6, scenes_per_shard=None)
    make(tmp_path / "fresh", 6)
    assert shard_bytes(tmp_path / "grown") == shard_bytes(tmp_path / "fresh")
    assert plain(tmp_path / "grown") == plain(tmp_path / "fresh")
    assert (report.shards_kept, report.shards_written) == (1, 2)  # the half-full last shard is rendered again
    assert before["shard-00000.h5"] == shard_bytes(tmp_path / "grown")["shard-00000.h5"]


def test_the_same_command_again_does_nothing(tmp_path: Path) -> None:
    make(tmp_path, 4)
    times = {p: p.stat().st_mtime_ns for p in tmp_path.glob("shard-*")}
    report = make(tmp_path, 4)
    assert (report.shards_kept, report.shards_written, report.frames) == (2, 0, 0)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.glob("shard-*")} == times


def test_a_lost_and_a_damaged_shard_are_rendered_again(tmp_path: Path) -> None:
    make(tmp_path, 6)
    whole = shard_bytes(tmp_path)
    (tmp_path / "shard-00000.h5").unlink()
    data = bytearray(whole["shard-00002.h5"])
    data[len(data) // 2] ^= 1
    (tmp_path / "shard-00002.h5").write_bytes(data)
    notes: list[str] = []
    report = make(tmp_path, 6, progress=lambda p: notes.append(p.note))
    assert report.shards_written == 2
    assert shard_bytes(tmp_path) == whole
    assert any(n.startswith("missing-shard: shard-00000.h5") for n in notes)
    assert any(n.startswith("digest: shard-00002.h5") for n in notes)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 1}, "seed is 0, not 1"),
        ({"renderer": "tiny"}, "renderer is simgen, not tiny"),
        ({"codec": "zstd"}, "codec is gzip, not zstd"),
        ({"scenes_per_shard": 3}, "scenes_per_shard is 2, not 3"),
        ({"scenario": FakeScenario(digest="d1")}, "scenario_digest is d0, not d1"),
        ({"n": 3}, "holds a dataset of 4 scenes, 3 were asked for"),
    ],
)
def test_another_plan_is_refused_and_nothing_changes(tmp_path: Path, change: dict[str, object], says: str) -> None:
    make(tmp_path, 4)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(PlanMismatchError, match=says):
        make(tmp_path, **{"n": 4, **change})  # type: ignore[arg-type]
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(PlanMismatchError, match=r"holds no dataset \(thesis.tex\)"):
        make(tmp_path, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_shards_without_a_manifest_are_never_overwritten(tmp_path: Path) -> None:
    make(tmp_path, 4)
    (tmp_path / "manifest.json").unlink()
    before = shard_bytes(tmp_path)
    with pytest.raises(PlanMismatchError, match=r"holds shards \(shard-00000.h5\) but no manifest.json"):
        make(tmp_path, 4)
    assert shard_bytes(tmp_path) == before
    assert not (tmp_path / "manifest.json").exists()


def test_another_scenario_is_named_without_what_follows_from_it(tmp_path: Path) -> None:
    make(tmp_path, 2)
    other = replace(SCENARIO, id="test/other", digest="d1", cameras=(replace(FRONT, width=32),))
    with pytest.raises(PlanMismatchError) as caught:
        make(tmp_path, 2, other)
    assert str(caught.value) == (
        f"{tmp_path} holds another dataset: scenario_id is test/fake, not test/other. "
        "Use a new folder, or the same options"
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n": 0}, "number of scenes is 0"),
        ({"workers": 0}, "number of workers is 0"),
        ({"seed": -1}, "the seed is -1; expected 0 to"),
        ({"seed": 1 << 63}, "expected 0 to 9223372036854775807"),
        ({"scenes_per_shard": 0}, "scenes per shard is 0"),
        ({"codec": "lzma"}, "no codec 'lzma'; expected one of gzip, zstd"),
        ({"renderer": "vulkan"}, "no renderer 'vulkan'; expected one of simgen, tiny, egl"),
        ({"scenario": replace(SCENARIO, cameras=())}, "has no camera"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=says):
        make(tmp_path / "out", **{"n": 1, **options})  # type: ignore[arg-type]


def test_a_camera_rate_that_does_not_divide_the_ticks_is_refused(tmp_path: Path) -> None:
    scenario = replace(SCENARIO, cameras=(replace(FRONT, rate_hz=7.0),))
    with pytest.raises(UserError, match=r"7 Hz does not divide the physics rate of 240 Hz; the nearest .* 7\.05"):
        make(tmp_path, 1, scenario)


def test_every_frame_reads_back_as_it_was_rendered(tmp_path: Path) -> None:
    make(tmp_path, 3)
    with Dataset(tmp_path) as dataset:
        assert len(dataset) == 3 * (10 + 5)
        for sample in dataset:
            scene = SCENARIO.draw(0, sample["scene"])
            camera = {"front": FRONT, "side": SIDE}[sample["camera"]]
            frame = fake_frame(scene, camera, sample["tick"])
            for name in ("rgb", "depth_m", "instance", "semantic", "normal", "flow", "transmittance"):
                expected = getattr(frame, name)
                assert (name in sample) == (expected is not None)
                if expected is not None:
                    assert sample[name].dtype == expected.dtype
                    np.testing.assert_array_equal(sample[name], expected)


def test_progress_counts_every_frame_and_shard(tmp_path: Path) -> None:
    seen: list[Progress] = []
    report = make(tmp_path, 4, progress=seen.append)
    assert report.frames == 60
    assert [p.frames_done for p in seen] == sorted(p.frames_done for p in seen)
    assert (seen[-1].frames_done, seen[-1].frames_total) == (60, 60)
    assert (seen[-1].shards_done, seen[-1].shards_total) == (2, 2)


def test_a_scene_is_the_same_alone_and_in_company(tmp_path: Path) -> None:
    make(tmp_path / "all", 4, scenes_per_shard=4)
    make(tmp_path / "apart", 4, scenes_per_shard=1)
    with Dataset(tmp_path / "all") as together, Dataset(tmp_path / "apart") as apart:
        for a, b in zip(together.scenes(), apart.scenes(), strict=True):
            assert a.tables.scene == b.tables.scene
            for left, right in zip(a.frames, b.frames, strict=True):
                np.testing.assert_array_equal(left["rgb"], right["rgb"])
            np.testing.assert_array_equal(a.tables.tracks["position_m"], b.tables.tracks["position_m"])


def test_shards_take_their_size_from_the_estimate_and_keep_it(tmp_path: Path) -> None:
    make(tmp_path, 2, scenes_per_shard=None)
    plan = load_manifest(tmp_path).plan
    per_scene = 10 * 32 * 24 * (3 + 4 + 2 + 1 + 3 + 4 + 1) + 5 * 16 * 8 * (3 + 4 + 1)
    assert plan.scenes_per_shard == (256 << 20) // per_scene


def test_the_estimate_counts_what_is_not_pictures(tmp_path: Path) -> None:
    """Of tiny pictures, nearly all that a shard holds."""
    tiny = replace(SCENARIO, cameras=(replace(FRONT, width=8, height=6),))
    make(tmp_path, 4, tiny, scenes_per_shard=4)
    size = (tmp_path / "shard-00000.h5").stat().st_size
    assert 0.5 < estimate_bytes(tiny, 4).disk_bytes / size < 2.0
