"""One scene being played: its world, its task, its cameras if pictures are wanted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simgen.env.observation import Observation, StateVector, camera_of
from simgen.env.task import Outcome, Task, Verdict
from simgen.errors import UserError
from simgen.scenario import CameraSpec, Scene
from simgen.world import Event, World

if TYPE_CHECKING:
    from simgen.labels.capture import Rig
    from simgen.labels.frame import CameraFrame

RENDER = "(render)"
"""Name of the camera that `render` looks through, a copy of the scene's first; no scenario can call its own so."""
LABELS = ("depth", "instance", "semantic", "transmittance", "objects")
"""Ground truth of each observed camera in `info["labels"]`."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What of an environment's arguments an episode needs.

    Attributes:
        task: what is asked of the ego.
        observation: what is observed.
        control_hz: control steps per second of simulated time.
        renders: whether `render` will be called.
        labels: whether ground truth is wanted.
        max_duration_s: simulated time limit; None takes the task's own.
    """

    task: type[Task]
    observation: Observation
    control_hz: int
    renders: bool
    labels: bool
    max_duration_s: float | None


class Episode:
    """A scene from its start to its end under a policy.

    Attributes:
        world, task: of the scene.
        outcome: how it stands.
        events: what happened in the last control step.

    Raises:
        UserError: the scenario does not offer what the task or the observation needs.
    """

    def __init__(self, scene: Scene, settings: Settings) -> None:
        if scene.physics_hz % settings.control_hz:
            raise UserError(
                f"control_hz is {settings.control_hz}, which does not divide the {scene.physics_hz} physics ticks "
                f"per second of scenario {scene.scenario_id!r}; choose a divisor, or set its physics_rate"
            )
        self._settings = settings
        self._vector = StateVector(settings.task.features)
        self._watched, cameras = _cameras(scene, settings)
        self.outcome = Outcome.RUNNING
        self.events: list[Event] = []
        self._ticks = scene.physics_hz // settings.control_hz
        self.world = World(scene)
        self._rig: Rig | None = None
        try:
            self.task = settings.task(self.world)
            limit_s = settings.max_duration_s
            self.time_limit_s = self.task.time_limit_s if limit_s is None else limit_s
            self._rig = _rig(scene, cameras, self.world) if cameras else None
        except BaseException:
            self.world.close()
            raise
        self._frames: dict[str, CameraFrame] = {}

    def close(self) -> None:
        """Free the physics world and what renders it."""
        if self._rig is not None:
            self._rig.close()
        self.world.close()

    def advance(self, values: Sequence[float]) -> Verdict:
        """One control step under an action's values."""
        seen = len(self.world.events)
        command = self.task.command(values)
        for _ in range(self._ticks):
            self.world.step(command)
            if self.world.ended:
                break
        self.task.look(self.world)
        verdict = self.task.judge(self.world.events[seen:])
        over = self.world.time_s >= self.time_limit_s - 1e-9 or bool(self.world.ended)
        if verdict.outcome is Outcome.RUNNING and over:
            verdict = dataclasses.replace(verdict, outcome=Outcome.TIME)
        self.outcome = verdict.outcome
        if self.outcome is not Outcome.RUNNING:
            self.world.conclude()
        self.events = self.world.events[seen:]
        return verdict

    def observe(self) -> Any:
        """What the policy sees now."""
        wanted = self._settings.observation
        if self._watched:
            assert self._rig is not None
            snapshot = self.world.snapshot()
            self._frames = {name: self._rig.capture(name, snapshot) for name in self._watched}
        state = self._vector.of(self.task.state()) if wanted.state else None
        return wanted.take(state, self._frames, self.world.scene)

    def labels(self) -> dict[str, dict[str, Any]]:
        """Ground truth of the frames observed last, by camera, copied from what is observed; see `LABELS`.

        `objects` is a list with a dict for each object in view: vectors of environments stack only equal shapes.
        """
        return {
            name: {
                "depth_m": frame.depth_m,
                "instance": np.array(frame.instance),
                "semantic": np.array(frame.semantic),
                "transmittance": np.array(frame.transmittance),
                "objects": _rows(frame.objects or {}),
                "names": [o.name for o in self.world.cast.objects],
            }
            for name, frame in self._frames.items()
        }

    def picture(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 sRGB of the scene's first camera now."""
        if self._rig is None:
            raise AssertionError("pictures are asked for only where cameras were rigged")
        return self._rig.capture(RENDER, self.world.snapshot()).rgb


def _rows(table: Mapping[str, NDArray[Any]]) -> list[dict[str, Any]]:
    """The rows of a table by column."""
    count = len(next(iter(table.values()), ()))
    return [{name: column[k] for name, column in table.items()} for k in range(count)]


def _cameras(scene: Scene, settings: Settings) -> tuple[tuple[str, ...], tuple[CameraSpec, ...]]:
    """Names of the observed cameras, which keep them (their noise is keyed by them), and all, that of `render` last."""
    rate_hz = float(settings.control_hz)
    wanted = settings.observation
    if settings.labels and not wanted.views:
        wanted = dataclasses.replace(Observation.of("camera", wanted.image_size), state=wanted.state)
    watched = list(wanted.cameras(scene, rate_hz, LABELS if settings.labels else ()))
    names = tuple(c.name for c in watched)
    if settings.renders:
        first = camera_of(scene, "")
        watched.append(dataclasses.replace(first, name=RENDER, labels=(), rate_hz=rate_hz))
    return names, tuple(watched)


def _rig(scene: Scene, cameras: tuple[CameraSpec, ...], world: World) -> Rig:
    from simgen.labels.capture import Rig  # state observations should not load the renderer

    return Rig(dataclasses.replace(scene, cameras=cameras), world.cast)
