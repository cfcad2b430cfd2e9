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

import numpy as np
import pytest

from simgen.dataset.sink import Sink
from simgen.generate import simulate
from simgen.scenario import Scenario, list_scenarios
from simgen.world import World
from simgen.world.relief import cast_on_ground, relief_of

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


@pytest.mark.parametrize(("renderer", "rounds", "limit_mb"), [("simgen", 8, 40.0), ("tiny", 3, 120.0)])
def test_memory_is_flat(renderer, rounds, limit_mb):
    """Scenes of all shipped scenarios, round after round; what one leaves behind would add up.

    A round ends with the same scenario as every other, so its readings compare. The first round fills the caches;
    what a round holds varies with its draws, so means of several are compared.
    """
    loaded = [Scenario.load(s) for s in SHIPPED]
    sink = Nowhere()
    after_mb = []
    for k in range(rounds):
        for scenario in loaded:
            simulate(small(scenario.draw(1, k)), sink, renderer)
        gc.collect()
        after_mb.append(resident_mb())
    part = max(1, (rounds - 1) // 2)
    grown = float(np.mean(after_mb[-part:]) - np.mean(after_mb[1 : 1 + part]))
    print(f"{renderer}: {sink.frames} frames, {grown:.1f} MB grown; after each round {np.round(after_mb)}")
    assert sink.frames >= rounds * len(loaded)
    assert grown < limit_mb


DEEP_M = 0.01
CRASH_S = 0.5
SEEDS = (3, 17, 29, 41, 59, 83)


class Overlaps:
    """For how long at a stretch each two bodies of a world stand more than a centimetre inside each other."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._since: dict[tuple[int, int], float] = {}
        self.longest: dict[tuple[int, int], float] = {}

    def look(self) -> None:
        client, now = self._world._client, self._world.time_s
        deep = set()
        for c in client.api.getContactPoints(physicsClientId=client.id):
            if c[1] != c[2] and -c[8] > DEEP_M:
                deep.add((min(c[1], c[2]), max(c[1], c[2])))
        for pair in deep:
            self.longest[pair] = max(self.longest.get(pair, 0.0), now - self._since.setdefault(pair, now))
        for pair in list(self._since):
            if pair not in deep:
                del self._since[pair]


def on_ground(world: World, at_m: np.ndarray) -> bool:
    """Whether there is ground below a point, or less than 5 cm above it, where it may be pressed in for a moment.

    By the triangles: on a cliff the height grid says less.
    """
    point, normal = np.zeros(3), np.zeros(3)
    start, end = at_m + np.array([0.0, 0.0, 0.05]), at_m - np.array([0.0, 0.0, 500.0])
    return bool(cast_on_ground(relief_of(world.site), start, end, point, normal))


@pytest.mark.parametrize("identity", SHIPPED)
def test_shipped_scenarios_stay_sound_to_their_end_at_many_seeds(identity):
    """No fault, no NaN, nothing under the ground, and nothing inside anything else but while it crashes."""
    scenario = Scenario.load(identity)
    for seed in SEEDS:
        scene = scenario.draw(seed, 0)
        with World(scene) as world:  # a fault of physics raises
            assert [b.spec.name for b in world._mechanics.bodies] == [a.name for a in scene.actors]
            assert "ego" in {o.name for o in world.cast.objects}
            overlaps, names = Overlaps(world), {b.uid: b.spec.name for b in world._mechanics.bodies}
            while world.time_s < scene.duration_s - 1e-9:
                world.step()
                if world.tick % 12:
                    continue
                overlaps.look()
                motion = world._mechanics.track.motion
                for array in motion:
                    assert np.isfinite(array).all(), (seed, world.time_s)
                for body in world._mechanics.bodies:
                    assert body.role == "fixed" or on_ground(world, motion.position_m[body.index]), (
                        seed,
                        body.spec.name,
                    )
            late = {
                (names.get(a, a), names.get(b, b)): round(s, 2) for (a, b), s in overlaps.longest.items() if s > CRASH_S
            }
            assert late == {}, seed


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
