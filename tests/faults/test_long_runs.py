"""Long runs with the real renderer: memory, kills, every shipped scenario."""

import gc
import hashlib
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from simgen.dataset.sink import Sink
from simgen.generate import simulate
from simgen.scenario import Scenario, list_scenarios
from simgen.world import World

pytestmark = pytest.mark.soak
SHIPPED = [identity for identity, _, _ in list_scenarios()]


class Nowhere(Sink):
    """A sink that forgets everything but counts."""

    frames = 0

    def begin_scene(self, scene):
        pass

    def add_frame(self, frame):
        self.frames += 1

    def add_state(self, snapshot):
        pass

    def add_ego(self, tick, time_s, state):
        pass

    def add_event(self, event):
        pass

    def end_scene(self, outcome):
        pass

    def drop_scene(self):
        pass


def resident_mb():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1e6


def small(scene):
    cameras = tuple(replace(c, width=96, height=72) for c in scene.cameras)
    return replace(scene, cameras=cameras, duration_s=0.2, settle_s=0.1)


@pytest.mark.parametrize(("renderer", "scenes", "limit_mb"), [("simgen", 200, 40.0), ("tiny", 24, 120.0)])
def test_memory_is_flat(renderer, scenes, limit_mb):
    """Scenes of all shipped scenarios in turn; what one leaves behind would add up."""
    loaded = [Scenario.load(s) for s in SHIPPED]
    sink = Nowhere()
    warm = None
    for k in range(scenes):
        simulate(small(loaded[k % len(loaded)].draw(1, k // len(loaded))), sink, renderer)
        if k == scenes // 4:
            gc.collect()
            warm = resident_mb()
    gc.collect()
    grown = resident_mb() - warm
    print(f"{renderer}: {scenes} scenes, {sink.frames} frames, {grown:.1f} MB more than after a quarter")
    assert sink.frames >= scenes
    assert grown < limit_mb


@pytest.mark.parametrize("identity", SHIPPED)
def test_shipped_scenarios_run_to_their_end(identity):
    scenario = Scenario.load(identity)
    for index in range(4):
        scene = scenario.draw(17, index)
        with World(scene) as world:
            while world.time_s < scene.duration_s:
                world.step()


def render_command(out, workers):
    job = ["render", "driving/lost_cargo", "--out", str(out), "-n", "3", "--seed", "5"]
    return [sys.executable, "-m", "simgen.cli.main", *job, "--workers", str(workers), "--scenes-per-shard", "1"]


def digests(folder: Path):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.glob("*.h5"))}


def test_kill_and_resume_make_the_bytes_of_an_undisturbed_run(tmp_path):
    """kill -9 of the whole job as soon as one shard is whole, then the same command again."""
    run = subprocess.Popen(
        render_command(tmp_path / "killed", 2),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 300.0
    while not list((tmp_path / "killed").glob("shard-*.h5")):
        assert run.poll() is None, "the job ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    first = digests(tmp_path / "killed")
    assert len(first) < 3
    subprocess.run(render_command(tmp_path / "killed", 2), check=True, capture_output=True)
    subprocess.run(render_command(tmp_path / "one", 1), check=True, capture_output=True)
    again = digests(tmp_path / "killed")
    assert len(again) == 3
    assert again == digests(tmp_path / "one")
    assert all(again[name] == digest for name, digest in first.items())
