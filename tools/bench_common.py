"""What the benchmarks share: the scenes, the machine, interleaved timing, and time by compiled kernel."""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
from numba.core.dispatcher import Dispatcher

from simgen.render.camera_model import CameraModel
from simgen.scenario import CameraSpec, Scenario, Scene
from simgen.scenario.scene import STANDARD_LABELS
from simgen.snapshot import Cast, Snapshot
from simgen.world import World


@dataclass(frozen=True)
class Pick:
    """Which draw of a scenario to use, and the time at which its measured frames begin."""

    index: int
    start_s: float
    seed: int = 0


EVERYTHING = "bench/everything"
OWN = {EVERYTHING: Path(__file__).with_name("bench_everything.yaml")}
"""Scenarios of the benchmarks' own."""
PICKS: Mapping[str, Pick] = {
    "driving/lost_cargo": Pick(index=3, start_s=1.0),
    EVERYTHING: Pick(index=3, start_s=1.0),
    "driving/flooded_underpass_night": Pick(index=1, start_s=1.0),
}
"""Draws of 65,000 to 100,000 triangles for PyBullet, in which much is in view; other scenarios use scene 0."""


def draw(scenario_id: str) -> tuple[Scene, Pick]:
    """The scene that stands for a scenario."""
    pick = PICKS.get(scenario_id, Pick(index=0, start_s=1.0))
    return Scenario.load(OWN.get(scenario_id, scenario_id)).draw(pick.seed, pick.index), pick


@dataclass(frozen=True, eq=False)
class Take:
    """A run of a camera's successive frames, and the snapshot one period before the first."""

    cast: Cast
    before: Snapshot
    snapshots: tuple[Snapshot, ...]


def film(scene: Scene, camera: CameraSpec, start_s: float, frames: int) -> Take:
    """Simulate a scene and keep its state whenever `camera` takes a picture, from `start_s` on."""
    period = round(scene.physics_hz / camera.rate_hz)
    first = max(1, round(start_s * camera.rate_hz))
    kept: list[Snapshot] = []
    with World(scene) as world:
        for tick in range((first + frames - 1) * period + 1):
            if tick:
                world.step()
            if tick % period == 0 and tick >= (first - 1) * period:
                kept.append(world.snapshot())
        return Take(world.cast, kept[0], tuple(kept[1:]))


def resized(scene: Scene, width: int, height: int, antialias: int) -> Scene:
    """The scene with its first camera alone, at another size and with every label."""
    camera = replace(scene.cameras[0], width=width, height=height, antialias=antialias, labels=STANDARD_LABELS)
    return replace(scene, cameras=(camera,))


def pinhole(camera: CameraSpec) -> CameraModel:
    """The ideal camera of a spec."""
    return CameraModel.from_hfov(camera.width, camera.height, camera.hfov_rad)


def triangles(cast: Cast) -> int:
    """Triangles of a cast."""
    return sum(len(part.mesh.faces) for part in cast.parts)


def machine_text() -> str:
    """The processor and the libraries that decide the numbers."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = f"{names[0]}, {len(names)} logical cores" if names else model
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{model}\npython {python}, numpy {np.__version__}, numba {numba.__version__}"


@dataclass(frozen=True)
class Timing:
    """Milliseconds a frame: the mean over the frames of each frame's least, and of each frame's median."""

    least_ms: float
    median_ms: float


def interleave(
    contenders: Mapping[str, Callable[[int], float]], frames: int, repeats: int, reset: Callable[[], None]
) -> dict[str, Timing]:
    """Time contenders in turn on every frame, so that whatever else loads the machine meets all alike.

    Args:
        contenders: name -> function that handles frame k and returns the seconds that count.
        frames: k runs over 0..frames - 1.
        repeats: passes over the frames.
        reset: called before each pass, untimed.
    """
    seconds: dict[str, list[list[float]]] = {name: [[] for _ in range(frames)] for name in contenders}
    for _ in range(repeats):
        reset()
        for k in range(frames):
            for name, run in contenders.items():
                seconds[name][k].append(run(k))
    return {
        name: Timing(
            1e3 * statistics.fmean(min(s) for s in of_frame),
            1e3 * statistics.fmean(statistics.median(s) for s in of_frame),
        )
        for name, of_frame in seconds.items()
    }


class StageClock:
    """Exclusive CPU time of compiled kernels and of chosen functions, measured from outside the package.

    CPU time, unlike wall time, leaves out what else ran on the machine meanwhile.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._scopes: list[str] = []
        self._inner = [0.0]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing that happens inside counts."""
        kept = dict(self.seconds)
        yield
        self.seconds.clear()
        self.seconds.update(kept)

    def wrap(self, name: str, function: Callable[..., Any], *, scope: bool) -> Callable[..., Any]:
        """`function`, timed; a scope's name stands before the names of what runs within it."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            label = f"{self._scopes[-1]}: {name}" if self._scopes and not scope else name
            if scope:
                self._scopes.append(name)
            self._inner.append(0.0)
            begin = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                taken = time.thread_time() - begin
                self.seconds[label] += taken - self._inner.pop()
                self._inner[-1] += taken
                if scope:
                    self._scopes.pop()

        return timed


@contextmanager
def staged(clock: StageClock, packages: Sequence[str], scopes: Mapping[str, tuple[object, str]]) -> Iterator[None]:
    """Time all compiled kernels that Python code of `packages` calls, and `scopes` (name -> owner, attribute).

    Everything must have run before, because a kernel cannot be compiled while those it calls are wrapped.
    """
    undo: list[tuple[Any, str, Any]] = []
    modules = [m for n, m in list(sys.modules.items()) if isinstance(m, ModuleType) and n.startswith(tuple(packages))]
    try:
        for module in modules:
            for attribute, value in list(vars(module).items()):
                if isinstance(value, Dispatcher):
                    undo.append((module, attribute, value))
                    setattr(module, attribute, clock.wrap(value.__name__, value, scope=False))
        for name, (owner, attribute) in scopes.items():
            undo.append((owner, attribute, vars(owner)[attribute]))
            setattr(owner, attribute, clock.wrap(name, vars(owner)[attribute], scope=True))
        yield
    finally:
        for owner, attribute, value in undo:
            setattr(owner, attribute, value)


def stage_table(clock: StageClock, frames: int, top: int) -> str:
    """Rows of milliseconds a frame and share, the largest first; what is below `top` rows is summed up."""
    total = sum(clock.seconds.values())
    rows = sorted(clock.seconds.items(), key=lambda row: -row[1])
    rest = sum(seconds for _, seconds in rows[top:])
    shown = rows[:top] + ([(f"{len(rows) - top} more", rest)] if rest else [])
    return "\n".join(f"    {s / frames * 1e3:8.2f} ms {s / total:5.0%}  {name}" for name, s in shown)
