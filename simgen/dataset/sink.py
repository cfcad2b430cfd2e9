"""What a simulation hands its results to, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from simgen.labels.frame import CameraFrame
    from simgen.scenario.scene import Scene
    from simgen.snapshot import Snapshot


class EventLike(Protocol):
    """What happened in a world: `simgen.world.Event`, by shape, so that reading needs no physics."""

    @property
    def time_s(self) -> float:
        """Simulated time."""

    @property
    def kind(self) -> str:
        """What happened."""

    @property
    def subject(self) -> str:
        """Name of the actor it happened to."""

    @property
    def object(self) -> str:
        """Name of the other actor; empty if none."""

    @property
    def value(self) -> float:
        """Its size, in the SI unit of the kind."""

    @property
    def position_m(self) -> tuple[float, float, float]:
        """Where, world frame."""

    @property
    def speed_mps(self) -> float:
        """Relative speed of two, else that of the one."""


class Sink(Protocol):
    """Takes a scene's measurements in order of time; a scene is kept whole or dropped whole."""

    def begin_scene(self, scene: Scene) -> None:
        """A new scene starts."""

    def add_frame(self, frame: CameraFrame) -> None:
        """A camera frame."""

    def add_state(self, snapshot: Snapshot) -> None:
        """The true state of all objects and the conditions at one tick."""

    def add_ego(self, tick: int, time_s: float, state: Mapping[str, float]) -> None:
        """The ego's true state and the action applied in the tick that led here."""

    def add_event(self, event: EventLike) -> None:
        """Something happened."""

    def end_scene(self, outcome: str) -> None:
        """The scene is complete: keep it."""

    def drop_scene(self) -> None:
        """The scene failed: forget all of it."""
