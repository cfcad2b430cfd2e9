"""The worker process: takes shard numbers from a pipe, renders them, reports back."""

from __future__ import annotations

import errno
import signal
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from simgen.dataset.manifest import Quarantined, ShardEntry, output_error
from simgen.dataset.plan import Plan
from simgen.dataset.sink import EventLike
from simgen.dataset.writer import ShardWriter
from simgen.errors import OutputError, PhysicsError, PlacementError, SimgenError, UserError
from simgen.generate.lock import FolderLock
from simgen.generate.plan import ScenarioLike
from simgen.generate.simulate import Simulate

if TYPE_CHECKING:
    from simgen.labels.frame import CameraFrame
    from simgen.scenario.scene import Scene
    from simgen.snapshot import Snapshot


@dataclass(frozen=True)
class Task:
    """All that a worker needs to render any shard of a plan; travels to it when it is spawned."""

    scenario: ScenarioLike
    plan: Plan
    folder: Path
    simulate: Simulate
    lock: FolderLock


@dataclass(frozen=True)
class Frame:
    """Message: a frame of scene `scene` is stored."""

    scene: int


@dataclass(frozen=True)
class Done:
    """Message: the shard is whole."""

    entry: ShardEntry
    quarantined: tuple[Quarantined, ...]


@dataclass(frozen=True)
class Failed:
    """Message: the shard cannot be rendered; `kind` names the error, `text` is for the user."""

    kind: str
    text: str


Message = Frame | Done | Failed

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""Errors of a full or read-only disk, wherever they strike: a compiled-kernel cache fills up too."""

_RAISED: dict[str, type[SimgenError]] = {c.__name__: c for c in (OutputError, UserError, SimgenError)}


def raise_failure(failed: Failed) -> None:
    """Raise in the parent what went wrong in a worker."""
    raise _RAISED.get(failed.kind, SimgenError)(failed.text)


class _Counted:
    """A sink that passes everything on to the shard and tells of every frame."""

    def __init__(self, shard: ShardWriter, tell: Callable[[Message], None]) -> None:
        self._shard = shard
        self._tell = tell
        self._scene = -1

    def begin_scene(self, scene: Scene) -> None:
        self._scene = scene.index
        self._shard.begin_scene(scene)

    def add_frame(self, frame: CameraFrame) -> None:
        self._shard.add_frame(frame)
        self._tell(Frame(self._scene))

    def add_state(self, snapshot: Snapshot) -> None:
        self._shard.add_state(snapshot)

    def add_ego(self, tick: int, time_s: float, state: Mapping[str, float]) -> None:
        self._shard.add_ego(tick, time_s, state)

    def add_event(self, event: EventLike) -> None:
        self._shard.add_event(event)

    def end_scene(self, outcome: str) -> None:
        self._shard.end_scene(outcome)

    def drop_scene(self) -> None:
        self._shard.drop_scene()


def render_shard(task: Task, shard: int, tell: Callable[[Message], None]) -> Done:
    """Render one shard; a scene that cannot be placed or leaves the physical is quarantined.

    Raises:
        OutputError: the folder cannot be written.
        SimgenError: anything else that simgen refuses.
    """
    plan = task.plan
    quarantined: list[Quarantined] = []
    with ShardWriter(task.folder, plan, shard) as writer:
        sink = _Counted(writer, tell)
        for index in plan.shard_scenes()[shard]:
            try:
                task.simulate(task.scenario.draw(plan.seed, index), sink, plan.renderer)
            except (PhysicsError, PlacementError) as error:
                writer.drop_scene()
                quarantined.append(_quarantined(index, plan.seed, error))
        return Done(writer.finish(), tuple(quarantined))


def _quarantined(index: int, seed: int, error: PhysicsError | PlacementError) -> Quarantined:
    kind, text = type(error).__name__, str(error)
    if isinstance(error, PhysicsError):
        return Quarantined(index, seed, kind, text, error.reason, error.tick, error.who)
    return Quarantined(index, seed, kind, text)


def rehearse(scenario: ScenarioLike, plan: Plan, shard: int) -> None:
    """Take one frame of a shard's first scene, for nobody; it holds no lock and touches no folder but the kernels'.

    Beside the first worker, which compiles what physics needs before what pictures need: this begins with pictures.
    What is wrong with the scene is the worker's to say.
    """
    from simgen.labels.capture import Rig
    from simgen.world import World

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(Exception):
        scene = scenario.draw(plan.seed, plan.shard_scenes()[shard][0])
        unsettled = replace(scene, settle_s=0.0)
        with World(unsettled) as world, Rig(unsettled, world.cast, plan.renderer) as rig:
            snapshot = world.snapshot()
            for camera in unsettled.cameras:
                rig.capture(camera.name, snapshot)


def run_worker(pipe: Connection, task: Task) -> None:
    """Body of a worker process: shard numbers in, messages out, until None comes or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    try:
        while (shard := pipe.recv()) is not None:
            pipe.send(_attempt(task, shard, pipe.send))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent died; what is whole is in the folder


def _attempt(task: Task, shard: int, tell: Callable[[Message], None]) -> Message:
    try:
        return render_shard(task, shard, tell)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except SimgenError as error:
        name = next((c.__name__ for c in type(error).__mro__ if c.__name__ in _RAISED), "SimgenError")
        return Failed(name, str(error))
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return Failed("OutputError", str(output_error(task.folder, error)))
        scenes = task.plan.shard_scenes()[shard]
        return Failed(
            "SimgenError",
            f"shard {shard} (scenes {scenes.start} to {scenes.stop - 1}) failed by a fault of simgen itself; "
            f"please report it:\n{traceback.format_exc()}",
        )
