"""The clocks behind tools/bench: what they attribute to whom, and that they leave the package as it was."""

from __future__ import annotations

import time
import types
from collections.abc import Callable

import numpy as np
import pytest

from simgen.labels import kernels
from simgen.render.bullet_renderer import plain
from simgen.world import World
from tools.bench_common import PICKS, StageClock, draw, film, interleave, staged, triangles


def busy(seconds: float) -> Callable[[], None]:
    def work() -> None:
        stop = time.thread_time() + seconds
        while time.thread_time() < stop:
            pass

    return work


def test_interleaving_takes_every_frame_by_every_contender_in_turn() -> None:
    order: list[str] = []
    waits = {"a": iter([5.0, 1.0, 3.0, 9.0, 2.0, 4.0]), "b": iter([1.0] * 6)}

    def contender(name: str) -> Callable[[int], float]:
        def run(frame: int) -> float:
            order.append(f"{name}{frame}")
            return next(waits[name])

        return run

    times = interleave({n: contender(n) for n in waits}, frames=2, repeats=3, reset=lambda: order.append("|"))
    assert order == ["|", "a0", "b0", "a1", "b1"] * 3
    # Frame 0 took 5, 3, 2 s and frame 1 took 1, 9, 4 s.
    assert times["a"].least_ms == pytest.approx(1e3 * (2 + 1) / 2)
    assert times["a"].median_ms == pytest.approx(1e3 * (3 + 4) / 2)
    assert times["b"].least_ms == times["b"].median_ms == 1e3


def test_a_stage_counts_its_own_time_alone() -> None:
    clock = StageClock()
    inner = clock.wrap("inner", busy(0.02), scope=False)
    own = busy(0.01)

    def outer() -> None:
        own()
        inner()

    clock.wrap("outer", outer, scope=True)()
    inner()
    assert set(clock.seconds) == {"outer", "outer: inner", "inner"}
    assert clock.seconds["outer"] == pytest.approx(0.01, abs=0.004)
    assert clock.seconds["outer: inner"] == pytest.approx(0.02, abs=0.004)
    with clock.paused():
        inner()
    assert clock.seconds["inner"] == pytest.approx(0.02, abs=0.004)


def test_staging_times_kernels_by_name_and_puts_everything_back() -> None:
    owner = types.SimpleNamespace(act=lambda: 7)
    act, kernel = owner.act, kernels.visible_boxes
    instance, box, count = np.ones((2, 3), np.uint16), np.empty((1, 4), np.int64), np.empty(2, np.int64)
    kernel(instance, box, count)
    clock = StageClock()
    with staged(clock, ("simgen.labels",), {"acting": (owner, "act")}):
        kernels.visible_boxes(instance, box, count)
        assert owner.act() == 7
    assert set(clock.seconds) == {"acting", "visible_boxes"}
    assert kernels.visible_boxes is kernel
    assert owner.act is act


def test_the_tuned_draws_are_as_large_as_they_say() -> None:
    for name in PICKS:
        scene, _ = draw(name)
        with World(scene) as world:
            assert 65_000 < triangles(plain(world.cast)) < 115_000, name


def test_film_keeps_successive_frames_of_the_camera() -> None:
    scene, _ = draw("driving/lost_cargo")
    take = film(scene, scene.cameras[0], start_s=0.2, frames=2)
    assert [s.time_s for s in (take.before, *take.snapshots)] == pytest.approx([0.1, 0.2, 0.3])
