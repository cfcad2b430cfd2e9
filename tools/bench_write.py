"""`tools/bench write`: what encoding costs, how small it gets, and frames a second from scenes to shards."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from simgen.dataset import CameraPlan, Plan, ShardWriter, columns
from simgen.dataset.digest import RowHash
from simgen.dataset.layout import CODECS
from simgen.generate import Progress, frame_ticks, render, simulate, usable_cores
from simgen.labels.capture import Rig
from simgen.labels.frame import CameraFrame
from simgen.scenario import Scenario, Scene
from simgen.world import World
from tools.bench_common import PICKS, StageClock, draw, film, machine_text, resized, stage_table, staged

SIZE = (640, 480)
ENCODE_MS_TARGET = 10.0
RATE_TARGET = 40.0
WORKERS = 2
HASH = "content digest"
PARTS: Mapping[str, tuple[object, str]] = {
    "world set-up": (World, "__init__"),
    "physics": (World, "step"),
    "snapshot": (World, "snapshot"),
    "renderer set-up": (Rig, "__init__"),
    "rendering and labels": (Rig, "capture"),
    "encoding and writing": (ShardWriter, "add_frame"),
    "finishing the shard": (ShardWriter, "finish"),
}
"""What the time of a whole scene is told apart by: name -> owner, attribute."""


@dataclass(frozen=True, eq=False)
class Encoding:
    """What writing some frames took.

    Attributes:
        cpu_ms: CPU time a frame of `ShardWriter.add_frame`.
        frames_per_s: by wall time, from the first frame until the shard is closed, synced and renamed.
        step_ms: CPU time a frame by what it went into: a dataset's shuffle, compression and write, or the digest.
        raw_mb, stored_mb: MB (10^6 bytes) a frame by dataset.
    """

    cpu_ms: float
    frames_per_s: float
    step_ms: dict[str, float]
    raw_mb: dict[str, float]
    stored_mb: dict[str, float]


def frames_in_memory(scene: Scene, start_s: float, count: int) -> list[CameraFrame]:
    """Successive frames with every label."""
    take = film(scene, scene.cameras[0], start_s, count)
    rig = Rig(scene, take.cast)
    name = scene.cameras[0].name
    rig.capture(name, take.before)
    return [rig.capture(name, snapshot) for snapshot in take.snapshots]


def plan_of(scene: Scene, codec: str) -> Plan:
    """A plan of this scene alone."""
    cameras = tuple(CameraPlan.of(c) for c in scene.cameras)
    return Plan(
        scene.scenario_id, "bench", scene.seed, "simgen", scene.index + 1, scene.index + 1, codec, cameras, "bench"
    )


@contextmanager
def accounted(cpu_s: dict[str, float]) -> Iterator[None]:
    """Count the CPU time of every dataset's chunks and of the digests into `cpu_s`."""

    def timed(key: Callable[..., str], function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            begin = time.thread_time()
            result = function(*args)
            cpu_s[key(*args)] += time.thread_time() - begin
            return result

        return run

    with ExitStack() as undo:
        for owner, attribute, key in (
            (columns, "write_chunk", lambda dataset, *_: str(dataset.name).rsplit("/", 1)[-1]),
            (RowHash, "update", lambda *_: HASH),
        ):
            function = vars(owner)[attribute]
            undo.callback(setattr, owner, attribute, function)
            setattr(owner, attribute, timed(key, function))
        yield


def write_once(folder: Path, scene: Scene, frames: Sequence[CameraFrame], codec: str) -> tuple[float, float, Path]:
    """CPU seconds of adding the frames, wall seconds until the shard is whole, and the shard."""
    with ShardWriter(folder, plan_of(scene, codec), 0) as writer:
        writer.begin_scene(scene)
        began, cpu = time.perf_counter(), time.process_time()
        for frame in frames:
            writer.add_frame(frame)
        cpu = time.process_time() - cpu
        writer.end_scene("completed")
        entry = writer.finish()
        return cpu, time.perf_counter() - began, folder / entry.name


def encode(scene: Scene, frames: Sequence[CameraFrame], codec: str, repeats: int) -> Encoding:
    """Write the frames several times; the least counts."""
    count = len(frames)
    cpu, wall = [], []
    with tempfile.TemporaryDirectory(prefix="simgen-bench-") as folder:
        for _ in range(repeats):
            cpu_s, wall_s, shard = write_once(Path(folder), scene, frames, codec)
            cpu.append(cpu_s)
            wall.append(wall_s)
        raw, stored = sizes(shard, scene.cameras[0].name)
        steps: dict[str, float] = defaultdict(float)
        with accounted(steps):
            write_once(Path(folder), scene, frames, codec)
    return Encoding(
        cpu_ms=1e3 * min(cpu) / count,
        frames_per_s=count / min(wall),
        step_ms={name: 1e3 * seconds / count for name, seconds in steps.items()},
        raw_mb={name: size / count / 1e6 for name, size in raw.items()},
        stored_mb={name: size / count / 1e6 for name, size in stored.items()},
    )


def sizes(shard: Path, camera: str) -> tuple[dict[str, int], dict[str, int]]:
    """Raw and stored bytes of a camera's per-pixel datasets."""
    raw, stored = {}, {}
    with h5py.File(shard) as file:
        for name, item in file[f"cameras/{camera}"].items():
            if isinstance(item, h5py.Dataset) and item.ndim >= 3 and item.shape[1:] not in ((3, 3), (4, 4)):
                raw[name], stored[name] = item.nbytes, item.id.get_storage_size()
    return raw, stored


def encoding_text(codec: str, e: Encoding) -> str:
    """The table of one codec."""
    rows = [f"{codec}: {e.cpu_ms:.1f} ms of CPU a frame, {e.frames_per_s:.0f} frames/s written by one process"]
    rows[0] += f"   target <= {ENCODE_MS_TARGET:.0f} ms: {'met' if e.cpu_ms <= ENCODE_MS_TARGET else 'MISSED'}"
    rows.append(f"    {'':16} {'raw MB':>8} {'stored MB':>10} {'ratio':>7} {'CPU ms':>8}")
    for name in sorted(e.raw_mb, key=lambda n: -e.step_ms[n]):
        raw, stored = e.raw_mb[name], e.stored_mb[name]
        rows.append(f"    {name:16} {raw:8.3f} {stored:10.4f} {raw / stored:7.1f} {e.step_ms[name]:8.2f}")
    raw, stored = sum(e.raw_mb.values()), sum(e.stored_mb.values())
    rest = sum(ms for name, ms in e.step_ms.items() if name not in e.raw_mb and name != HASH)
    rows.append(f"    {'a frame':16} {raw:8.3f} {stored:10.4f} {raw / stored:7.1f}")
    rows.append(f"    {HASH:16} {'':8} {'':10} {'':7} {e.step_ms[HASH]:8.2f}")
    rows.append(f"    {'tables':16} {'':8} {'':10} {'':7} {rest:8.2f}")
    return "\n".join(rows)


def whole_way(scenario: Scenario, scenes: int) -> str:
    """`simgen render` with two workers: frames a second overall, and once both are at work."""
    stamps: list[tuple[float, int]] = []

    def note(progress: Progress) -> None:
        stamps.append((time.perf_counter(), progress.frames_done))

    with tempfile.TemporaryDirectory(prefix="simgen-bench-") as folder:
        report = render(scenario, Path(folder) / "out", scenes, workers=WORKERS, progress=note)
    # The first scene of each worker loads kernels and builds meshes: the middle half is what a long job runs at.
    total = report.frames
    middle = [(at, done) for at, done in stamps if total * 0.25 <= done <= total * 0.75]
    steady = (middle[-1][1] - middle[0][1]) / (middle[-1][0] - middle[0][0])
    verdict = "met" if steady >= RATE_TARGET else "MISSED"
    return (
        f"simgen render {scenario.id} -n {scenes} --workers {WORKERS} on {usable_cores()} cores: {total} frames in "
        f"{report.seconds:.1f} s, {total / report.seconds:.1f} frames/s start-up included; "
        f"steady {steady:.1f} frames/s   target >= {RATE_TARGET:.0f}: {verdict}"
    )


def one_scene(scene: Scene) -> str:
    """CPU time of a whole scene by part, in this process."""
    clock = StageClock()
    with (
        tempfile.TemporaryDirectory(prefix="simgen-bench-") as folder,
        ShardWriter(Path(folder), plan_of(scene, "gzip"), 0) as writer,
        staged(clock, (), PARTS),
    ):
        clock.wrap("the rest", simulate, scope=False)(scene, writer)
        writer.finish()
    frames = len(frame_ticks(scene.cameras[0], scene))
    total = sum(clock.seconds.values()) / frames * 1e3
    return f"one scene of {frames} frames, CPU time a frame: {total:.1f} ms\n{stage_table(clock, frames, top=9)}"


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="tools/bench write", description=__doc__)
    parser.add_argument("--scenario", default="driving/lost_cargo", help=f"tuned draws: {', '.join(PICKS)}")
    parser.add_argument("--frames", type=int, default=40, help="frames encoded from memory (default 40)")
    parser.add_argument("--repeats", type=int, default=3, help="times they are written (default 3)")
    parser.add_argument("--scenes", type=int, default=12, help="scenes of the whole way (default 12)")
    options = parser.parse_args()
    if min(options.frames, options.repeats, options.scenes) < 1:
        parser.error("--frames, --repeats and --scenes must be at least 1")
    scene, pick = draw(options.scenario)
    print(machine_text())
    everything = resized(scene, *SIZE, scene.cameras[0].antialias)
    frames = frames_in_memory(everything, pick.start_s, options.frames)
    what = f"{scene.scenario_id}, seed {scene.seed}, scene {scene.index}"
    print(f"{what}: {len(frames)} frames {SIZE[0]}x{SIZE[1]}, all labels")
    for codec in CODECS:
        print(encoding_text(codec, encode(everything, frames, codec, options.repeats)))
    print(one_scene(everything))
    print(whole_way(Scenario.load(options.scenario), options.scenes))


if __name__ == "__main__":
    main()
