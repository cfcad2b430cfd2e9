"""What a task is: what a policy sees, what it may do, how each step is judged; as a class to derive from."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from simgen.env.actions import ActionSet
from simgen.errors import UserError
from simgen.world import Action, ArmAction, Event, World


class Outcome(StrEnum):
    """How an episode stands: still going on, or why it ended."""

    RUNNING = "running"
    GOAL = "goal"
    COLLISION = "collision"
    LEFT_ROAD = "left_road"
    TIPPED_OVER = "tipped_over"
    TIME = "time"


class UnfitSceneError(UserError):
    """A scene, not its scenario, does not offer what a task needs: another one is taken."""


@dataclass(frozen=True)
class Feature:
    """One entry of the state vector; values beyond the bounds are clipped to them.

    Attributes:
        name: unique; carries the unit.
        low, high: bounds of the observation space.
        meaning: one line for people.
    """

    name: str
    low: float
    high: float
    meaning: str


@dataclass(frozen=True)
class Verdict:
    """What one control step was worth.

    Attributes:
        terms: reward term by name, before its weight.
        costs: by name, for safe reinforcement learning: 0 is safe.
        outcome: how the episode stands after the step.
    """

    terms: Mapping[str, float]
    costs: Mapping[str, float]
    outcome: Outcome


class Task(ABC):
    """What is asked of the ego in one episode. Derive from it, or from a task, and `register_task` it.

    One object lives as long as its episode: it is made from the world at its start, looks at the world after every
    control step, and then tells what the policy sees and what the step was worth.

    Attributes:
        scenario: id of the scenario that is taken where none is given.
        actions: what a policy may do.
        features: the state vector, entry by entry.
        weights: of the reward terms; what `reward=` overrides.
        time_limit_s: simulated time after which an episode is cut off.
    """

    scenario: ClassVar[str]
    actions: ClassVar[ActionSet]
    features: ClassVar[tuple[Feature, ...]]
    weights: ClassVar[Mapping[str, float]]
    time_limit_s: float

    @abstractmethod
    def __init__(self, world: World) -> None:
        """Set the task of a world that is at its start.

        Raises:
            UserError: the scenario does not offer what the task needs.
            UnfitSceneError: only this scene does not.
        """

    @abstractmethod
    def look(self, world: World) -> None:
        """Take in the state after a control step."""

    @abstractmethod
    def state(self) -> Sequence[float]:
        """The entries of `features` as seen last, SI units; the environment clips them."""

    @abstractmethod
    def judge(self, events: Sequence[Event]) -> Verdict:
        """What the last control step was worth.

        Args:
            events: what happened in it.
        """

    @abstractmethod
    def expert(self) -> Sequence[float]:
        """What a scripted driver would do now: values of `actions`, in [-1, 1]."""

    def command(self, values: Sequence[float]) -> Action | ArmAction:
        """The command of an action's values, each in [-1, 1]."""
        return self.actions.command(values)

    def info(self) -> dict[str, Any]:
        """What else to tell about the state; no observation."""
        return {}


@dataclass(frozen=True)
class TaskName:
    """A task by "package.module:Class", loaded when it is needed."""

    path: str
    _found: list[type[Task]] = field(default_factory=list, compare=False, repr=False)

    def load(self) -> type[Task]:
        """The class.

        Raises:
            UserError: there is none of that name, or it is no task.
        """
        module, _, name = self.path.partition(":")
        try:
            found = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise UserError(f"no task {self.path!r}: {error}; expected 'package.module:Class'") from error
        return checked_task(found)


def checked_task(task: object) -> type[Task]:
    """A class that can be played.

    Raises:
        UserError: it is no task, or lacks something.
    """
    if not (isinstance(task, type) and issubclass(task, Task)):
        raise UserError(f"{task!r} is no task; derive a class from simgen.env.Task, or from one of its tasks")
    missing = sorted(task.__abstractmethods__) + [
        name for name in ("scenario", "actions", "features", "weights") if not hasattr(task, name)
    ]
    if missing:
        raise UserError(f"the task {task.__name__} lacks {', '.join(missing)}")
    return task


def collided(events: Sequence[Event]) -> bool:
    """Whether the ego touched something."""
    return any(e.kind == "collision" and "ego" in (e.subject, e.object) for e in events)
