"""The whole way: YAML, physics, renderer, shards. Small pictures of short scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simgen.dataset import CameraPlan, Dataset, Plan, ShardWriter, flow_px, verify
from simgen.generate import render, simulate, still, worker
from simgen.labels.capture import Rig
from simgen.labels.frame import CameraFrame
from simgen.models import classes
from simgen.scenario import Scenario
from simgen.snapshot import Snapshot
from simgen.world import Action, World

TEXT = """
simgen: 1
id: test/mini
description: A car drives towards a carton in haze.
site: {road.straight: {}}
conditions:
  fog: {mor: {log_uniform: [100 m, 300 m]}}
actors:
  ego: {model: car.sedan, place: {lane: main.0, s: 40 m}, speed: {uniform: [10 m/s, 15 m/s]}}
  crate: {model: box, place: {ahead_of: ego, by: {uniform: [12 m, 20 m]}}}
sensors:
  front: {camera: {width: 96, height: 72, hfov: 70 deg}, mount: ego.windscreen, labels: all, rate: 20 Hz}
  slow: {camera: {width: 48, height: 36, hfov: 90 deg}, mount: ego.roof, labels: [depth], rate: 10 Hz}
duration: 0.3 s
rate: 10 Hz
"""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return Scenario.from_text(TEXT, "mini.yaml")


@pytest.fixture(scope="module")
def folder(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("real") / "data"
    report = render(scenario, out, 2, seed=3, workers=2, scenes_per_shard=1)
    assert report.exit_code == 0
    return out


def test_workers_make_the_bytes_that_this_process_makes(scenario: Scenario, folder: Path, tmp_path: Path) -> None:
    """Scene 1 alone, in a process that has run scene 1 and a still of scene 0 before, is the shard's twin."""
    still(scenario.draw(3, 0), 0.1)
    scene = scenario.draw(3, 1)
    with Dataset(folder) as dataset:
        plan = dataset.manifest.plan
    assert plan == Plan(
        "test/mini", scenario.digest, 3, "simgen", 2, 1, "gzip",
        tuple(map(CameraPlan.of, scene.cameras)), plan.simgen_version,
    )  # fmt: skip
    with ShardWriter(tmp_path, plan, 1) as writer:
        simulate(scene, writer)
        writer.finish()
    name = "shard-00001.h5"
    assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_a_rehearsal_takes_a_frame_of_every_camera_for_nobody(
    scenario: Scenario, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    taken: list[str] = []
    capture = Rig.capture

    def noted(rig: Rig, name: str, snapshot: Snapshot) -> CameraFrame:
        taken.append(name)
        return capture(rig, name, snapshot)

    monkeypatch.setattr(Rig, "capture", noted)
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    with Dataset(folder) as dataset:
        plan = dataset.manifest.plan
    monkeypatch.chdir(tmp_path)
    worker.rehearse(scenario, plan, 0)
    assert taken == ["front", "slow"]
    # Nothing can stand there: it is the worker that says so.
    worker.rehearse(scenario.with_({"actors.crate.place.by": "1 m"}), plan, 0)
    assert len(taken) == 2
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().err == ""


def test_the_dataset_is_whole_and_complete(folder: Path) -> None:
    assert verify(folder) == []
    with Dataset(folder) as dataset:
        assert [(c, dataset.manifest.frames(c)) for c in dataset.cameras] == [("front", 12), ("slow", 6)]
        ticks = [s["tick"] for s in dataset if s["camera"] == "front" and s["scene"] == 0]
    assert ticks == [0, 12, 24, 36, 48, 60]


def test_labels_agree_with_the_state_of_the_world(folder: Path, scenario: Scenario) -> None:
    known = {c.id for c in classes()}
    with Dataset(folder, cameras=["front"]) as dataset:
        for view in dataset.scenes():
            tracks = view.tables.tracks
            for k, sample in enumerate(view.frames):
                assert set(np.unique(sample["semantic"])) <= known
                assert np.isnan(flow_px(sample["flow"])).all() == (k == 0)
                row = list(sample["objects"]["instance"]).index(2)
                # The crate's box centre from the tracks, seen through the stored pose, is the labelled centre.
                pose = sample["T_world_camera"]
                center = pose[:3, :3].T @ (tracks["box_center_m"][k, 1] - pose[:3, 3])
                np.testing.assert_allclose(sample["objects"]["box3d_center_camera_m"][row], center, atol=1e-3)
                u, v, w = sample["K"] @ center
                assert sample["instance"][round(v / w), round(u / w)] == 2
                assert abs(sample["depth_m"][round(v / w), round(u / w)] - center[2]) < 1.0


def test_recorded_actions_replay_the_recorded_motion(folder: Path) -> None:
    with Dataset(folder) as dataset:
        tables = next(dataset.scenes()).tables
    ego = tables.ego
    assert len(ego["tick"]) == 72
    with World(tables.scene) as world:
        for k in range(1, 72):
            world.step(Action(float(ego["action_steer"][k]), float(ego["action_accel"][k])))
            assert world.ego_state()["x_m"] == ego["x_m"][k]


def test_a_still_is_the_datasets_frame_but_for_its_history(folder: Path, scenario: Scenario) -> None:
    frame = still(scenario.draw(3, 0), 12 / 240)
    with Dataset(folder, cameras=["front"]) as dataset:
        sample = dataset[1]
    assert (frame.name, frame.tick) == (sample["camera"], sample["tick"])
    np.testing.assert_array_equal(frame.depth_m, sample["depth_m"])
    np.testing.assert_array_equal(frame.instance, sample["instance"])
