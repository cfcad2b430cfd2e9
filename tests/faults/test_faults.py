"""Failure is designed too: damaged shards, dying workers, full disks, exploding scenes."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from fake_scenes import FakeScenario, fake_holder, fake_simulate

from simgen.dataset import Dataset, load_manifest, verify
from simgen.dataset.digest import file_digest
from simgen.dataset.manifest import output_error
from simgen.errors import CorruptShardError, OutputError, SimgenError, UserError
from simgen.generate import QUARANTINE_EXIT_CODE, Report, render
from simgen.generate.lock import FolderLock

SCENARIO = FakeScenario()


def make(out: Path, n: int, scenario: FakeScenario = SCENARIO, **options: object) -> Report:
    options = {"workers": 1, "scenes_per_shard": 2, **options}
    return render(scenario, out, n, simulate=fake_simulate, **options)  # type: ignore[arg-type]


def shard_bytes(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.glob("shard-*"))}


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pristine") / "data"
    make(folder, 4)
    assert verify(folder) == []
    return folder


@pytest.fixture
def data(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "data"))


def kinds(folder: Path) -> set[str]:
    return {f.kind for f in verify(folder)}


def relist(folder: Path) -> None:
    """Make the manifest agree with the damaged files, so that only the deeper checks can find the damage."""
    manifest = load_manifest(folder)
    shards = tuple(
        replace(s, bytes=(folder / s.name).stat().st_size, sha256=file_digest(folder / s.name)) for s in manifest.shards
    )
    replace(manifest, shards=shards).save(folder)


def test_a_truncated_shard_is_found_and_refused(data: Path) -> None:
    path = data / "shard-00001.h5"
    path.write_bytes(path.read_bytes()[:-1000])
    assert {"size", "unreadable"} <= kinds(data)
    with Dataset(data) as dataset, pytest.raises(CorruptShardError, match=r"shard-00001\.h5 cannot be read"):
        dataset[-1]


def test_every_flipped_byte_of_a_shard_is_found(data: Path) -> None:
    path = data / "shard-00000.h5"
    whole = path.read_bytes()
    for place in np.linspace(0, len(whole) - 1, 12).astype(int):
        broken = bytearray(whole)
        broken[place] ^= 0x10
        path.write_bytes(broken)
        assert "digest" in kinds(data), place


def test_a_flipped_bit_in_a_picture_fails_its_own_checksum(data: Path) -> None:
    with h5py.File(data / "shard-00000.h5") as shard:
        chunk = shard["cameras/front/rgb"].id.get_chunk_info(3)
    path = data / "shard-00000.h5"
    broken = bytearray(path.read_bytes())
    broken[chunk.byte_offset + chunk.size // 2] ^= 1
    path.write_bytes(broken)
    relist(data)  # even with file digests that agree
    faults = verify(data)
    assert [f.kind for f in faults] == ["unreadable"]
    assert faults[0].where == "shard-00000.h5:/cameras/front/rgb"
    with Dataset(data, cameras=["front"]) as dataset:
        assert dataset[2]["rgb"].shape == (24, 32, 3)
        with pytest.raises(CorruptShardError, match="simgen verify"):
            dataset[3]


def change(path: Path, edit: Callable[[h5py.File], None]) -> None:
    with h5py.File(path, "r+") as shard:
        edit(shard)


def _offsets(shard: h5py.File) -> None:
    shard["cameras/front/objects/offsets"][2] = 1_000_000


def _pixel(shard: h5py.File) -> None:
    shard["cameras/front/semantic"][5, 0, 0] ^= 1


def _short(shard: h5py.File) -> None:
    shard["cameras/side/depth_m"].resize(4, axis=0)


def _short_table(shard: h5py.File) -> None:
    shard["objects/quat_xyzw"].resize(3, axis=0)


def _scene(shard: h5py.File) -> None:
    shard["scenes/scene_index"][0] = 77


def _seed(shard: h5py.File) -> None:
    shard.attrs["seed"] = 5


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (_offsets, "offsets"),
        (_pixel, "content-digest"),
        (_short, "counts"),
        (_short_table, "offsets"),
        (_scene, "scenes"),
        (_seed, "header"),
    ],
)
def test_wrong_content_behind_right_file_digests_is_named(
    data: Path, edit: Callable[[h5py.File], None], kind: str
) -> None:
    change(data / "shard-00000.h5", edit)
    relist(data)
    assert kind in kinds(data)


def test_missing_and_extra_files_are_named(data: Path) -> None:
    (data / "shard-00000.h5").rename(data / "shard-00009.h5")
    (data / "notes.txt").write_text("a person's own file is no fault")
    faults = {(f.kind, f.where) for f in verify(data)}
    assert faults == {("missing-shard", "shard-00000.h5"), ("extra-file", "shard-00009.h5")}
    with Dataset(data) as dataset, pytest.raises(CorruptShardError, match=r"shard-00000\.h5 is gone"):
        dataset[0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "simgen-dataset", "format_version": 1}'])
def test_a_damaged_manifest_is_a_fault_and_never_overwritten(data: Path, text: str) -> None:
    (data / "manifest.json").write_text(text)
    assert kinds(data) == {"manifest"}
    with pytest.raises(CorruptShardError, match="is damaged"):
        make(data, 4)
    assert (data / "manifest.json").read_text() == text


def test_a_folder_without_a_dataset_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Make one with `simgen render`"):
        verify(tmp_path)


def test_an_unfinished_dataset_is_incomplete_until_it_is_extended(data: Path) -> None:
    manifest = load_manifest(data)
    replace(manifest, plan=replace(manifest.plan, scenes=6)).save(data)
    assert kinds(data) == {"incomplete"}
    make(data, 6)
    assert verify(data) == []


def test_a_place_under_a_file_is_the_users_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "deep" / "out"):
        with pytest.raises(UserError, match="file is a file: a dataset needs a folder"):
            make(place, 1)


def test_an_unwritable_place_is_an_output_error() -> None:
    with pytest.raises(OutputError, match="cannot write /proc/simgen"):
        make(Path("/proc/simgen"), 1)


def test_no_space_hints_at_the_kernels_only_where_the_folder_has_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    for free, hinted in ((10 << 30, True), (4096, False)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert ("SIMGEN_CACHE_DIR" in str(output_error(tmp_path / "shard-00000.h5", error))) == hinted


def test_a_full_disk_keeps_whole_shards_and_the_rerun_goes_on(tmp_path: Path) -> None:
    """A limit on file sizes makes HDF5's own writes fail, as a full disk does."""
    code = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from fake_scenes import FakeScenario, fake_simulate
from simgen.dataset import CameraPlan, Plan, ShardWriter
from simgen.errors import OutputError
scenario = FakeScenario()
cameras = tuple(map(CameraPlan.of, scenario.cameras))
plan = Plan("test/fake", "d0", 0, "simgen", 9, 9, "gzip", cameras, "0.1.0")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    with ShardWriter(Path(sys.argv[1]), plan, 0) as writer:
        for k in range(9):
            fake_simulate(scenario.draw(0, k), writer)
        writer.finish()
except OutputError as error:
    print(error)
    print(sorted(p.name for p in Path(sys.argv[1]).iterdir()))
"""
    fakes = str(Path(__file__).parents[1] / "dataset")
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path), fakes], capture_output=True, text=True, check=True)
    assert "cannot write" in run.stdout
    assert "run the same command again" in run.stdout
    assert run.stdout.endswith("[]\n")  # the temporary file is gone


def test_no_space_in_a_worker_stops_the_run_and_keeps_whole_shards(tmp_path: Path) -> None:
    """The write fails in scene 3, so in shard 1: shard 0 stays, and with space again the rerun goes on."""
    with pytest.raises(OutputError, match="No space left on device"):
        make(tmp_path / "a", 4, FakeScenario(params={"full": 3}))
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["manifest.json", "shard-00000.h5"]
    assert kinds(tmp_path / "a") == {"incomplete"}
    assert make(tmp_path / "a", 4, FakeScenario(params={"full": 99})).shards_written == 1
    assert verify(tmp_path / "a") == []


def test_an_exploding_scene_is_quarantined_and_the_rest_goes_on(tmp_path: Path) -> None:
    report = make(tmp_path / "a", 4, FakeScenario(params={"explode": 1}), workers=2)
    assert report.exit_code == QUARANTINE_EXIT_CODE == 3
    (q,) = load_manifest(tmp_path / "a").quarantined
    assert (q.scene, q.seed, q.kind, q.fault, q.tick, q.who) == (1, 0, "PhysicsError", "energy", 100, ("crate",))
    assert "crate" in q.reason
    assert verify(tmp_path / "a") == []
    with Dataset(tmp_path / "a") as dataset:
        assert [v.index for v in dataset.scenes()] == [0, 2, 3]
        assert {s["scene"] for s in dataset} == {0, 2, 3}
    again = make(tmp_path / "b", 4, FakeScenario(params={"explode": 1}))
    assert shard_bytes(tmp_path / "a") == shard_bytes(tmp_path / "b")
    assert again.quarantined == report.quarantined
    rerun = make(tmp_path / "a", 4, FakeScenario(params={"explode": 1}))
    assert (rerun.shards_written, rerun.exit_code) == (0, 3)  # still told


def quarantine(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "quarantine.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_of_six_lists_its_one_fault_and_resumes_to_the_same_bytes(tmp_path: Path, workers: int) -> None:
    """The faulty scene is alone in its shard, so that shard is whole and empty, not half-written."""
    faulty = FakeScenario(params={"explode": 2})
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    report = make(whole, 6, faulty, workers=workers, scenes_per_shard=1)
    assert (len(report.manifest.scenes), len(report.manifest.shards), report.exit_code) == (5, 6, 3)
    assert verify(whole) == []
    (line,) = quarantine(whole)
    assert (line["scene"], line["seed"], line["fault"], line["tick"], line["who"]) == (2, 0, "energy", 100, ["crate"])
    make(cut, 3, faulty, workers=workers, scenes_per_shard=1)
    shutil.copy(cut / "shard-00001.h5", cut / "shard-00004.h5.part")  # as a killed run leaves one
    (cut / "quarantine.jsonl").unlink()  # killed between the two files
    assert kinds(cut) == {"quarantine", "extra-file"}
    make(cut, 6, faulty, workers=workers, scenes_per_shard=1)
    assert shard_bytes(cut) == shard_bytes(whole)
    assert (cut / "quarantine.jsonl").read_bytes() == (whole / "quarantine.jsonl").read_bytes()
    assert verify(cut) == []


def test_a_list_of_quarantined_scenes_that_contradicts_the_manifest_is_a_fault(tmp_path: Path) -> None:
    make(tmp_path, 4, FakeScenario(params={"explode": 1}))
    path = tmp_path / "quarantine.jsonl"
    path.write_text(path.read_text() * 2)
    assert [(f.kind, f.where) for f in verify(tmp_path)] == [("quarantine", "quarantine.jsonl")]
    make(tmp_path, 4, FakeScenario(params={"explode": 1}))
    assert len(quarantine(tmp_path)) == 1
    assert verify(tmp_path) == []


def test_a_dataset_without_faults_has_no_list(data: Path) -> None:
    assert not (data / "quarantine.jsonl").exists()


def test_a_killed_worker_is_replaced_and_the_bytes_are_the_same(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    once = FakeScenario(params={"suicide_once": 3, "marker": str(marker)})
    notes: list[str] = []
    report = make(tmp_path / "a", 4, once, progress=lambda p: notes.append(p.note))
    assert marker.exists()
    assert report.exit_code == 0
    assert any("killed by SIGKILL" in n and "trying once more" in n for n in notes)
    make(tmp_path / "b", 4, once)
    assert shard_bytes(tmp_path / "a") == shard_bytes(tmp_path / "b")
    assert verify(tmp_path / "a") == []


def test_a_worker_that_always_dies_loses_only_its_shard(tmp_path: Path) -> None:
    report = make(tmp_path, 6, FakeScenario(params={"suicide": 2}), workers=2)
    assert list(report.lost_shards) == [1]
    assert "SIGKILL" in report.lost_shards[1]
    assert report.exit_code == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["manifest.json", "shard-00000.h5", "shard-00002.h5"]
    assert kinds(tmp_path) == {"incomplete"}


def test_a_fault_of_the_code_names_shard_and_line(tmp_path: Path) -> None:
    with pytest.raises(SimgenError, match=r"shard 0 \(scenes 0 to 1\) failed by a fault of simgen") as caught:
        make(tmp_path, 2, FakeScenario(params={"bug": 1}))
    assert "ZeroDivisionError: a fault in the code" in str(caught.value)
    assert "fake_scenes.py" in str(caught.value)


_RUN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs tests in the background ignores it
sys.path.insert(0, sys.argv[2])
from fake_scenes import FakeScenario, fake_simulate
from simgen.generate import render
if __name__ == "__main__":
    slow = FakeScenario(params={"nap_s": 0.3})
    render(slow, sys.argv[1], 8, workers=2, scenes_per_shard=1, simulate=fake_simulate)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_killed_anywhere_resumes_to_the_same_bytes(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "run.py"
    script.write_text(_RUN)
    fakes = str(Path(__file__).parents[1] / "dataset")
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, str(script), str(out), fakes], stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 30
    while not list(out.glob("shard-*.h5")) and time.monotonic() < deadline:
        time.sleep(0.02)
    if how is signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does: to parent and workers alike
    else:
        process.kill()
    assert process.wait(10) != 0
    if how is signal.SIGINT:
        assert list(out.glob("*.part")) == []
    assert 1 <= len(list(out.glob("shard-*.h5"))) < 8
    slow = FakeScenario(params={"nap_s": 0.3})
    deadline = time.monotonic() + 20
    while True:  # orphaned workers of a killed parent notice at their next frame
        try:
            make(out, 8, slow, scenes_per_shard=1, workers=2)
            break
        except OutputError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    make(tmp_path / "fresh", 8, slow, scenes_per_shard=1, workers=2)
    assert shard_bytes(out) == shard_bytes(tmp_path / "fresh")
    assert verify(out) == []


_QUARANTINING = """
import sys
sys.path.insert(0, sys.argv[2])
from fake_scenes import FakeScenario, fake_simulate
from simgen.generate import render
if __name__ == "__main__":
    faulty = FakeScenario(params={"nap_s": 0.05, "explode": 0})
    report = render(faulty, sys.argv[1], 6, workers=2, scenes_per_shard=1, simulate=fake_simulate)
    sys.exit(report.exit_code)
"""


def test_a_run_with_a_quarantined_scene_killed_anywhere_resumes_to_the_same_bytes_and_code(tmp_path: Path) -> None:
    """kill -9 after the empty shard of the faulty scene is written: the rerun still tells, and exits with 3."""
    script = tmp_path / "run.py"
    script.write_text(_QUARANTINING)
    command = [sys.executable, str(script), str(tmp_path / "out"), str(Path(__file__).parents[1] / "dataset")]
    out = tmp_path / "out"
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 60.0
    while not (out / "quarantine.jsonl").exists() or len(list(out.glob("shard-*.h5"))) < 2:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)  # workers and all
    assert process.wait(10) == -signal.SIGKILL
    assert len(list(out.glob("shard-*.h5"))) < 6
    again = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=100)
    assert again.returncode == QUARANTINE_EXIT_CODE == 3, again.stderr
    faulty = FakeScenario(params={"nap_s": 0.05, "explode": 0})
    assert make(tmp_path / "fresh", 6, faulty, scenes_per_shard=1).exit_code == 3
    assert shard_bytes(out) == shard_bytes(tmp_path / "fresh")
    assert (out / "quarantine.jsonl").read_bytes() == (tmp_path / "fresh" / "quarantine.jsonl").read_bytes()
    assert [line["scene"] for line in quarantine(out)] == [0]
    assert verify(out) == []


def test_a_folder_is_free_only_when_the_last_worker_is_gone(tmp_path: Path) -> None:
    """The workers of a killed run must not write among those of the next."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    lock = FolderLock(tmp_path)
    worker = context.Process(target=fake_holder, args=(lock, theirs))
    worker.start()
    assert ours.recv() == "held"
    lock.close()  # as when the parent dies
    with pytest.raises(OutputError, match="another run is writing to"):
        FolderLock(tmp_path)
    worker.kill()
    worker.join()
    FolderLock(tmp_path).close()


def test_two_runs_into_one_folder_are_refused(tmp_path: Path) -> None:
    def second(_: object) -> None:
        with pytest.raises(OutputError, match="another run is writing to"):
            make(tmp_path, 1, scenes_per_shard=1)
        seen.append(True)

    seen: list[bool] = []
    make(tmp_path, 1, scenes_per_shard=1, progress=second)
    assert seen
