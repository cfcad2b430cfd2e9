"""Shards: what goes in comes out, with plain h5py too, and the same content makes the same bytes."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from fake_scenes import CAST, FRONT, SIDE, FakeEvent, FakeScenario, fake_frame, fake_simulate, fake_snapshot
from hypothesis import given
from hypothesis import strategies as st

from simgen.dataset import (
    CameraPlan,
    Dataset,
    Manifest,
    Plan,
    ShardWriter,
    film_m,
    flow_px,
    transmittance,
    unit_normals,
)
from simgen.dataset.manifest import ShardEntry
from simgen.dataset.rotation import quat_xyzw_from_matrix
from simgen.dataset.verify import verify
from simgen.errors import SimgenError, UserError
from simgen.scenario.distortion import Distortion

SCENARIO = FakeScenario()


def plan(scenes: int = 2, codec: str = "gzip", cameras: tuple[CameraPlan, ...] | None = None) -> Plan:
    cameras = cameras or tuple(CameraPlan.of(c) for c in SCENARIO.cameras)
    return Plan("test/fake", "d0", 0, "simgen", scenes, scenes, codec, cameras, "0.1.0")


def write(folder: Path, scenes: int = 2, codec: str = "gzip") -> ShardEntry:
    folder.mkdir(exist_ok=True)
    with ShardWriter(folder, plan(scenes, codec), 0) as writer:
        for k in range(scenes):
            fake_simulate(SCENARIO.draw(0, k), writer)
        entry = writer.finish()
    Manifest(plan(scenes, codec), (entry,)).save(folder)
    return entry


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_the_same_content_makes_the_same_bytes_at_another_time(tmp_path: Path, codec: str) -> None:
    first = write(tmp_path / "a", codec=codec)
    time.sleep(1.1)  # HDF5 timestamps have seconds
    assert write(tmp_path / "b", codec=codec) == first
    assert (tmp_path / "a" / first.name).read_bytes() == (tmp_path / "b" / first.name).read_bytes()


def test_the_content_digest_does_not_depend_on_the_codec(tmp_path: Path) -> None:
    assert write(tmp_path / "a").content_digest == write(tmp_path / "b", codec="zstd").content_digest


def test_every_dataset_says_its_unit_frame_and_meaning(tmp_path: Path) -> None:
    entry = write(tmp_path)
    seen = []
    with h5py.File(tmp_path / entry.name) as shard:

        def check(name: str, item: object) -> None:
            if isinstance(item, h5py.Dataset):
                seen.append(name)
                for attribute in ("unit", "frame", "description"):
                    assert isinstance(item.attrs[attribute], str), name
                    assert item.attrs[attribute], name

        shard.visititems(check)
        assert shard.attrs["format"] == "simgen-shard"
        assert shard.attrs["format_version"] == 1
        assert shard["ego/speed_mps"].attrs["unit"] == "m/s"
        assert shard["conditions/fog_mor_m"].attrs["unit"] == "m"
    assert {"cameras/front/rgb", "objects/offsets", "events/kind", "conditions/osi_fog"} <= set(seen)


def test_plain_h5py_in_a_process_without_plugins_reads_gzip_shards(tmp_path: Path) -> None:
    entry = write(tmp_path, scenes=1)
    script = (
        "import sys, h5py; f = h5py.File(sys.argv[1]); d = f['cameras/front/depth_m'];"
        "assert 'hdf5plugin' not in sys.modules and 'simgen' not in sys.modules;"
        "assert d.chunks == (1, 24, 32) and d.compression == 'gzip' and d.shuffle;"
        "print(d[3].tobytes().hex()[:4000])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / entry.name)], capture_output=True, text=True, check=True
    )
    expected = fake_frame(SCENARIO.draw(0, 0), FRONT, 72).depth_m
    assert expected is not None
    assert run.stdout.strip() == expected.tobytes().hex()[:4000]


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_frames_and_object_rows_round_trip(tmp_path: Path, codec: str) -> None:
    write(tmp_path, codec=codec)
    with Dataset(tmp_path, cameras=["front"]) as dataset:
        assert len(dataset) == 20
        for k in (0, 7, 10, 19, -1):
            sample = dataset[k]
            frame = fake_frame(SCENARIO.draw(0, sample["scene"]), FRONT, sample["tick"])
            assert sample["time_s"] == sample["tick"] / 240
            np.testing.assert_array_equal(sample["depth_m"], frame.depth_m)
            np.testing.assert_array_equal(sample["K"], frame.K)
            np.testing.assert_array_equal(sample["T_world_camera"], frame.T_world_camera)
            assert (sample["exposure_s"], sample["gain"]) == (0.01, 2.0)
            assert frame.objects is not None
            for name, column in frame.objects.items():
                np.testing.assert_array_equal(sample["objects"][name], column)
        with pytest.raises(IndexError, match="frame 20 of a dataset of 20"):
            dataset[20]


def test_a_lens_is_kept_with_every_frame_of_its_camera(tmp_path: Path) -> None:
    lens = Distortion("fisheye", (-0.01, 0.002, 0.0, 0.0))
    round_one = replace(FRONT, distortion=lens)
    scenario = FakeScenario(cameras=(round_one, SIDE))
    cameras = tuple(CameraPlan.of(c) for c in scenario.cameras)
    assert Plan.from_dict(plan(1, cameras=cameras).to_dict()) == plan(1, cameras=cameras)
    assert "lens" not in plan().to_dict()["cameras"][0]
    with ShardWriter(tmp_path, plan(1, cameras=cameras), 0) as writer:
        fake_simulate(scenario.draw(0, 0), writer)
        entry = writer.finish()
    Manifest(plan(1, cameras=cameras), (entry,)).save(tmp_path)
    assert verify(tmp_path) == []
    with h5py.File(tmp_path / entry.name) as file:
        assert file["cameras/front"].attrs["lens_model"] == "fisheye"
        assert "k1 k2 k3 k4" in file["cameras/front/distortion"].attrs["description"]
        assert "distortion" not in file["cameras/side"]
    with Dataset(tmp_path) as dataset:
        for sample in dataset:
            if sample["camera"] == "front":
                np.testing.assert_array_equal(sample["distortion"], np.array(lens.coefficients) + sample["tick"])
            else:
                assert "distortion" not in sample


def test_scenes_carry_spec_tracks_series_and_events(tmp_path: Path) -> None:
    write(tmp_path)
    with Dataset(tmp_path) as dataset:
        views = list(dataset.scenes())
        assert [v.index for v in views] == [0, 1]
        tables = views[1].tables
        assert tables.scene == SCENARIO.draw(0, 1)
        assert tables.outcome == "collision"
        np.testing.assert_array_equal(tables.tracks["tick"], np.arange(0, 240, 24))
        assert tables.tracks["position_m"].shape == (10, len(CAST.objects), 3)
        expected = fake_snapshot(tables.scene, 48).T_world_object[:, :3, 3]
        np.testing.assert_array_equal(tables.tracks["position_m"][2], expected)
        np.testing.assert_array_equal(tables.tracks["model"][0], [b"box"] * 3)
        # The box stands 1.5 m above the model's origin and the pose turns about z only.
        raised = expected + np.array([0.0, 0.0, 1.5])
        np.testing.assert_allclose(tables.tracks["box_center_m"][2], raised, atol=1e-12)
        np.testing.assert_array_equal(tables.ego["tick"], np.arange(0, 240, 4))
        np.testing.assert_array_equal(tables.ego["speed_mps"], np.arange(0, 240, 4) * 0.5)
        assert set(tables.conditions["fog_mor_m"]) == {51.0}
        assert set(tables.conditions["osi_fog"]) == {b"thick"}
        assert tables.events["object"].tolist() == ["tyre[1]"]
        assert tables.events["value"].tolist() == [7.5]
        frames = list(views[1].frames)
        assert [(f["camera"], f["scene"]) for f in frames] == [("front", 1)] * 10 + [("side", 1)] * 5


def test_labels_and_cameras_can_be_chosen(tmp_path: Path) -> None:
    write(tmp_path)
    with Dataset(tmp_path, cameras=["side"], labels=["depth"]) as dataset:
        assert len(dataset) == 10
        assert "depth_m" in dataset[0]
        assert "semantic" not in dataset[0]
    with pytest.raises(UserError, match="no camera 'rear' in this dataset; it has: front, side"):
        Dataset(tmp_path, cameras=["rear"])
    with pytest.raises(UserError, match="camera 'side' was rendered without flow; it has: depth, semantic"):
        Dataset(tmp_path, labels=["flow"])


def test_a_pickled_dataset_opens_its_own_handles(tmp_path: Path) -> None:
    write(tmp_path)
    with Dataset(tmp_path) as dataset:
        before = dataset[3]["rgb"]
        data = pickle.dumps(dataset)
        code = (
            "import pickle, sys; dataset = pickle.loads(sys.stdin.buffer.read());"
            "sys.stdout.write(dataset[3]['rgb'].tobytes().hex())"
        )
        run = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
        assert run.stdout.decode() == before.tobytes().hex()


def test_a_dropped_scene_leaves_no_trace(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, plan(3), 0) as writer:
        fake_simulate(SCENARIO.draw(0, 0), writer)
        scene = SCENARIO.draw(0, 1)
        writer.begin_scene(scene)
        for tick in (0, 24):
            writer.add_state(fake_snapshot(scene, tick))
            writer.add_frame(fake_frame(scene, FRONT, tick))
            writer.add_ego(tick, 0.0, {"speed_mps": 1.0, "only_here_m": 2.0})
            writer.add_event(FakeEvent(0.0, "collision", "ego", "crate", 1.0))
        writer.drop_scene()
        fake_simulate(SCENARIO.draw(0, 2), writer)
        entry = writer.finish()
    clean = tmp_path / "clean"
    clean.mkdir()
    with ShardWriter(clean, plan(3), 0) as writer:
        fake_simulate(SCENARIO.draw(0, 0), writer)
        fake_simulate(SCENARIO.draw(0, 2), writer)
        expected = writer.finish()
    assert entry.scenes == (0, 2)
    assert entry.frames == {"front": 20, "side": 10}
    assert entry.content_digest == expected.content_digest


def test_a_series_that_appears_late_reads_nan_before(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, plan(2), 0) as writer:
        for k, state in enumerate(({"speed_mps": 1.0}, {"speed_mps": 2.0, "yaw_rate_radps": 3.0})):
            writer.begin_scene(SCENARIO.draw(0, k))
            writer.add_ego(0, 0.0, state)
            writer.end_scene("completed")
        entry = writer.finish()
    with h5py.File(tmp_path / entry.name) as shard:
        np.testing.assert_array_equal(shard["ego/speed_mps"][:], [1.0, 2.0])
        np.testing.assert_array_equal(shard["ego/yaw_rate_radps"][:], [np.nan, 3.0])


def test_cameras_that_change_between_scenes_are_refused(tmp_path: Path) -> None:
    wide = FakeScenario(cameras=(replace(FRONT, width=40), SIDE))
    with (
        ShardWriter(tmp_path, plan(), 0) as writer,
        pytest.raises(UserError, match=r"'front' is .*width=40.* in scene 0"),
    ):
        writer.begin_scene(wide.draw(0, 0))


def test_a_frame_of_the_wrong_shape_is_refused_by_name(tmp_path: Path) -> None:
    scene = SCENARIO.draw(0, 0)
    frame = fake_frame(scene, FRONT, 0)
    with ShardWriter(tmp_path, plan(), 0) as writer:
        writer.begin_scene(scene)
        with pytest.raises(
            SimgenError, match=r"/cameras/front/rgb: got uint8 \(24, 31, 3\), expected uint8 \(24, 32, 3\)"
        ):
            writer.add_frame(replace(frame, rgb=frame.rgb[:, :-1]))
        with pytest.raises(SimgenError, match="the plan asks for depth_m, the frame has none"):
            writer.add_frame(replace(frame, depth_m=None))


@pytest.mark.soak
def test_gzip_chunks_do_not_depend_on_where_memory_lies() -> None:
    """Address randomisation changes between processes; a compressor that looks at addresses is found out."""
    code = """
import hashlib
import numpy as np
from isal import isal_zlib
from simgen.dataset.codec import _CLEAN_LEVEL, _NOISE_LEVEL
rng = np.random.default_rng(0)
digest = hashlib.md5()
for k in range(800):  # short records padded with zeros, as in partial chunks of tables
    rows = np.zeros((4, 8190 if k % 2 else 384), np.uint8)
    n = int(rng.integers(1, 60))
    rows[:, :n] = rng.integers(0, 256, (4, n))
    rows[:, n : n + 9] = rng.integers(0, 3, (4, 9))
    for level in (_CLEAN_LEVEL, _NOISE_LEVEL):
        digest.update(isal_zlib.compress(rows, level))
print(digest.hexdigest())
"""
    seen = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(100)
    }
    assert len(seen) == 1


def test_memory_stays_flat_while_frames_stream(tmp_path: Path) -> None:
    """120 frames of 640x480 are 664 MB uncompressed; writing them must not hold even a tenth of that."""
    code = """
import resource, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from fake_scenes import FRONT, FakeScenario, fake_frame
from simgen.dataset import CameraPlan, Plan, ShardWriter
camera = replace(FRONT, width=640, height=480)
scene = FakeScenario(cameras=(camera,)).draw(0, 0)
plan = Plan("test/fake", "d0", 0, "simgen", 1, 1, "gzip", (CameraPlan.of(camera),), "0.1.0")
frame = fake_frame(scene, camera, 0)
with ShardWriter(Path(sys.argv[1]), plan, 0) as writer:
    writer.begin_scene(scene)
    for k in range(10):
        writer.add_frame(replace(frame, tick=k))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for k in range(10, 60):
        writer.add_frame(replace(frame, tick=k))
    writer.end_scene("completed")
    writer.finish()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""
    fakes = str(Path(__file__).parent)
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path), fakes], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 20e6


def test_stored_maps_decode_to_physical_numbers() -> None:
    flow = np.array([[[32, -16], [-32768, -32768]]], np.int16)
    np.testing.assert_array_equal(flow_px(flow), np.array([[[1.0, -0.5], [np.nan, np.nan]]], np.float32))
    normal = np.array([[[0, 0, -127], [0, 0, 0]]], np.int8)
    np.testing.assert_allclose(film_m(np.array([[0, 1500]], np.uint16)), [[0.0, 1.5e-3]], rtol=1e-6)
    np.testing.assert_array_equal(unit_normals(normal), np.array([[[0, 0, -1], [0, 0, 0]]], np.float32))
    np.testing.assert_allclose(transmittance(np.array([[0, 51, 255]], np.uint8)), [[0.0, 0.2, 1.0]], rtol=1e-6)


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: sum(x * x for x in q) > 0.01))
def test_quaternions_turn_vectors_like_their_matrix(raw: list[float]) -> None:
    x, y, z, w = q = np.array(raw) / np.linalg.norm(raw)
    matrix = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    got = quat_xyzw_from_matrix(matrix[None])[0]
    assert got[3] >= 0.0
    assert min(np.abs(got - q).max(), np.abs(got + q).max()) < 1e-9
