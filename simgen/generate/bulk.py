"""Renders a scenario in bulk into a dataset: resumes, extends, survives its workers."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from simgen.dataset.manifest import Manifest, Quarantined, load_manifest
from simgen.errors import CorruptShardError, UserError
from simgen.generate.lock import FolderLock
from simgen.generate.plan import (
    ScenarioLike,
    estimate_scene,
    make_plan,
    outstanding,
    remove_leftovers,
    resume,
)
from simgen.generate.pool import Died, run_shards
from simgen.generate.simulate import Simulate, simulate
from simgen.generate.worker import Done, Failed, Frame, Task, raise_failure
from simgen.render.egl import require_egl

QUARANTINE_EXIT_CODE = 3
"""Of a run that did all it could, but some of whose scenes could not be simulated."""


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        frames_done, frames_total: frames of this run; the total is judged by the first scene.
        shards_done, shards_total: shards of the whole dataset, whole ones that were kept included.
        note: something to tell once, "" mostly: a worker died, a scene was quarantined, shards were kept.
    """

    frames_done: int
    frames_total: int
    shards_done: int
    shards_total: int
    note: str = ""


@dataclass(frozen=True)
class Report:
    """What a run did.

    Attributes:
        manifest: of the dataset as it now stands.
        shards_kept: whole shards of earlier runs.
        shards_written: shards of this run.
        frames: frames rendered by this run.
        seconds: wall time of this run.
        lost_shards: shard -> what happened to its workers, for those given up.
    """

    manifest: Manifest
    shards_kept: int
    shards_written: int
    frames: int
    seconds: float
    lost_shards: dict[int, str] = field(default_factory=dict)

    @property
    def quarantined(self) -> tuple[Quarantined, ...]:
        """Scenes that could not be simulated."""
        return self.manifest.quarantined

    @property
    def exit_code(self) -> int:
        """0: every scene of the plan is there; 1: shards were lost; 3: all but quarantined scenes are there."""
        if self.lost_shards:
            return 1
        return QUARANTINE_EXIT_CODE if self.quarantined else 0


def render(
    scenario: ScenarioLike,
    out: str | Path,
    n: int,
    *,
    seed: int = 0,
    workers: int | None = None,
    renderer: str = "simgen",
    scenes_per_shard: int | None = None,
    codec: str = "gzip",
    progress: Callable[[Progress], None] | None = None,
    simulate: Simulate = simulate,
    pilot: str = "",
) -> Report:
    """Render scenes 0 to `n` - 1 of `scenario` into the dataset folder `out`.

    Running it again with the same arguments goes on where it stopped; a larger `n` extends. The shards' bytes
    do not depend on the number of workers, nor on interruptions.

    Args:
        scenario: usually `Scenario.load(...)`; it travels to the workers, so it must pickle.
        out: the folder; made if absent.
        n: number of scenes.
        seed: scene k is drawn with (seed, k).
        workers: processes; one a usable core by default.
        renderer: a member of `simgen.generate.RENDERERS`.
        scenes_per_shard: by default what an existing dataset has, else what makes about 256 MiB uncompressed.
        codec: "gzip" or "zstd".
        progress: called in this process after every frame and whenever there is something to tell.
        simulate: simulates one scene; must be importable by the workers, which run a script that defines it again, so
            guard what that does by `if __name__ == "__main__":`.
        pilot: who commands the ego where `simulate` lets somebody; part of the dataset's identity.

    Raises:
        UserError: an option is out of range.
        PlanMismatchError: the folder holds another dataset.
        OutputError: the folder cannot be written or the disk is full; whole shards stay.
        MissingDependencyError: `renderer` is "egl" and EGL cannot be used here.
    """
    if workers is not None and workers < 1:
        raise UserError(f"the number of workers is {workers}; expected at least 1")
    if renderer == "egl":
        require_egl()  # before workers start: each of them would only say the same
    folder = Path(out)
    with FolderLock(folder) as lock:
        plan = make_plan(
            scenario,
            n=n,
            seed=seed,
            renderer=renderer,
            scenes_per_shard=_existing_scenes_per_shard(folder) if scenes_per_shard is None else scenes_per_shard,
            codec=codec,
            pilot=pilot,
        )
        manifest, notes = resume(folder, plan)
        run = _Run(folder, manifest, estimate_scene(scenario.draw(seed, 0), 1).frames, progress)
        for note in notes:
            run.tell(note)
        task = Task(scenario, plan, folder, simulate, lock)
        count = max(1, min(workers or usable_cores(), len(run.todo)))
        try:
            with closing(run_shards(task, run.todo, count)) as messages:
                for shard, message in messages:
                    run.take(shard, message)
        finally:
            remove_leftovers(folder)  # of workers that were stopped or killed
        return run.end(count)


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Run:
    """The parent's books: the manifest on disk, what is counted, what is told."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        frames_per_scene: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._folder = folder
        self._manifest = manifest
        self._progress = progress
        self._started = time.perf_counter()
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._frames: dict[int, int] = {}
        self._lost: dict[int, str] = {}
        self._written = 0
        self.todo = outstanding(manifest)
        shards = manifest.plan.shard_scenes()
        self._shards = len(shards)
        self._kept = len(shards) - len(self.todo)
        self._expected = frames_per_scene * sum(len(shards[k]) for k in self.todo)
        manifest.save(folder)
        if self._kept:
            self.tell(f"{self._kept} of {self._shards} shards are there already")

    def take(self, shard: int, message: Frame | Done | Failed | Died) -> None:
        """Book one message of a worker."""
        if isinstance(message, Frame):
            self._frames[shard] = self._frames.get(shard, 0) + 1
            self.tell("")
        elif isinstance(message, Done):
            self._written += 1
            self._frames[shard] = sum(message.entry.frames.values())
            self._manifest = self._manifest.with_shard(message.entry, message.quarantined)
            self._manifest.save(self._folder)
            for q in message.quarantined:
                self.tell(f"scene {q.scene} is quarantined: {q.kind}: {q.reason}")
            self.tell("")
        elif isinstance(message, Died):
            self._frames.pop(shard, None)
            how = f"the worker of shard {shard} {message.how}"
            if message.final:
                self._lost[shard] = how
            self.tell(f"{how}; " + ("given up" if message.final else "trying once more"))
        else:
            raise_failure(message)

    def tell(self, note: str) -> None:
        """Report how far the run is."""
        if self._progress is not None:
            done = sum(self._frames.values())
            total = max(done, self._expected)
            self._progress(Progress(done, total, self._kept + self._written, self._shards, note))

    def end(self, workers: int) -> Report:
        """Close the books."""
        seconds = time.perf_counter() - self._started
        run = {
            "started": self._started_at,
            "seconds": round(seconds, 3),
            "workers": workers,
            "frames": sum(self._frames.values()),
            "host": platform.node(),
            "platform": platform.platform(),
            "python": platform.python_version(),
            "lost_shards": {str(k): how for k, how in self._lost.items()},
        }
        if self._written or self._lost:
            self._manifest = replace(self._manifest, run=run)
            self._manifest.save(self._folder)
        frames = sum(self._frames.values())
        return Report(self._manifest, self._kept, self._written, frames, seconds, dict(self._lost))


def _existing_scenes_per_shard(folder: Path) -> int | None:
    try:
        return load_manifest(folder).plan.scenes_per_shard
    except (UserError, CorruptShardError):
        return None  # nothing to go on from; a damaged manifest is refused by `resume`
