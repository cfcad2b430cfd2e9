"""Episodes into shards, an expert or a policy commanding the ego, and back from shards to actions."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simgen.dataset.sink import Sink
from simgen.env.observation import StateVector
from simgen.env.registration import ENVIRONMENTS
from simgen.env.task import Outcome, Task, TaskName
from simgen.errors import MissingDependencyError, UserError
from simgen.generate.simulate import simulate
from simgen.scenario import Scene
from simgen.world import Action, ArmAction, World

EXPERT = "expert"


class Policy(Protocol):
    """What Stable-Baselines3's policies offer, and whoever wants to be recorded."""

    def predict(self, observation: Any, *, deterministic: bool = True) -> tuple[Any, Any]:
        """The action for an observation, and the policy's own state."""


@dataclass(frozen=True)
class Recording:
    """Simulates scenes for `simgen.generate.render(..., simulate=Recording(...))`; picklable.

    Attributes:
        task: id of an environment ("simgen/Drive-v0"), or "package.module:Class".
        policy: "expert", or the folder or file of a policy as `tools/train` saves it.
        control_hz: commands per second of simulated time.
    """

    task: str
    policy: str = EXPERT
    control_hz: int = 20

    @property
    def pilot(self) -> str:
        """Who commands the ego, as the dataset's plan tells."""
        name = self.policy if self.policy == EXPERT else Path(self.policy).name
        return f"{self.task} {name} at {self.control_hz} Hz"

    def __call__(self, scene: Scene, sink: Sink, renderer: str = "simgen") -> str:
        """Simulate a scene under the pilot; see `simgen.generate.simulate`.

        Raises:
            UserError: the scenario does not offer what the task needs, or the control rate does not divide its physics.
        """
        if scene.physics_hz % self.control_hz:
            raise UserError(
                f"{self.control_hz} commands a second do not divide the {scene.physics_hz} physics ticks per second of "
                f"scenario {scene.scenario_id!r}"
            )
        task = task_of(self.task)
        policy = None if self.policy == EXPERT else load_policy(self.policy)
        period = scene.physics_hz // self.control_hz
        return simulate(scene, sink, renderer, lambda world: TaskPilot(task(world), period, policy))


class TaskPilot:
    """Commands the ego as an environment would: one action a control period, judged at its end.

    Attributes:
        outcome: of the task; "" while it goes on.
        task: of the episode.
    """

    def __init__(self, task: Task, period_ticks: int, policy: Policy | None) -> None:
        self.outcome = ""
        self.task = task
        self._vector = StateVector(task.features)
        self._policy = policy
        self._period = period_ticks
        self._ticks = 0
        self._seen = 0
        self._command: Action | ArmAction | None = None

    def command(self, world: World) -> Action | ArmAction:
        """The command of this control period."""
        if self._command is None:
            self._command = self.task.command(self._values())
            self._seen = len(world.events)
        return self._command

    def look(self, world: World) -> None:
        """Take in a tick; at the end of a control period, judge it."""
        self._ticks += 1
        if self._ticks % self._period and not world.ended:
            return
        self._command = None
        self.task.look(world)
        outcome = self.task.judge(world.events[self._seen :]).outcome
        self.outcome = "" if outcome is Outcome.RUNNING else str(outcome)

    def _values(self) -> tuple[float, ...]:
        """As an action space would have them: float32 numbers in [-1, 1]."""
        if self._policy is None:
            action: Any = np.array(self.task.expert(), np.float32)
        else:
            action, _ = self._policy.predict(self._vector.of(self.task.state()), deterministic=True)
        kind = "discrete" if np.ndim(action) == 0 else "continuous"
        return self.task.actions.values(action, kind)


def task_of(name: str) -> type[Task]:
    """A task by the id of its environment, or by "package.module:Class".

    Raises:
        UserError: there is none.
    """
    if ":" in name and "/" not in name:
        return TaskName(name).load()
    if name in ENVIRONMENTS:
        return TaskName(ENVIRONMENTS[name]).load()
    import gymnasium

    spec = gymnasium.registry.get(name)
    task = spec.kwargs.get("task") if spec is not None else None
    if task is None:
        raise UserError(
            f"no environment {name!r}; expected one of {', '.join(ENVIRONMENTS)}, or 'package.module:Class'"
        )
    return TaskName(task).load() if isinstance(task, str) else task


def load_policy(path: str) -> Policy:
    """A policy on state as `tools/train` saves it: policy.zip, beside it statistics.pkl of its observations.

    Both are pickles: load only what you trust.

    Raises:
        UserError: there is none, or it looks at pictures.
        MissingDependencyError: Stable-Baselines3 is not installed.
    """
    folder = Path(path)
    file = folder / "policy.zip" if folder.is_dir() else folder
    if not file.is_file():
        raise UserError(f"no policy at {path!r}: expected 'expert', or a folder that tools/train made")
    try:
        from stable_baselines3 import PPO
    except ImportError as error:
        raise MissingDependencyError("policies need Stable-Baselines3: pip install 'simgen-edge[rl]'") from error
    policy = PPO.load(file, device="cpu")
    if len(policy.observation_space.shape) != 1:
        raise UserError(f"the policy at {path!r} looks at pictures; recordings are made by policies on state")
    statistics = file.with_name("statistics.pkl")
    if not statistics.is_file():
        return _Scaled(policy, _as_it_is)
    with statistics.open("rb") as opened:
        return _Scaled(policy, _scaling(pickle.load(opened)))


@dataclass(frozen=True)
class _Scaled:
    """A policy that sees observations as it was trained on."""

    inner: Any
    scale: Callable[[Any], Any]

    def predict(self, observation: Any, *, deterministic: bool = True) -> tuple[Any, Any]:
        found: tuple[Any, Any] = self.inner.predict(self.scale(observation), deterministic=deterministic)
        return found


def _scaling(statistics: Any) -> Callable[[Any], Any]:
    """What Stable-Baselines3's VecNormalize does to an observation."""
    running = statistics.obs_rms
    mean, deviation, clip = running.mean, np.sqrt(running.var + statistics.epsilon), statistics.clip_obs

    def scale(observation: Any) -> Any:
        return np.clip((observation - mean) / deviation, -clip, clip).astype(np.float32)

    return scale


def _as_it_is(observation: Any) -> Any:
    return observation


def recorded_actions(
    ego: Mapping[str, NDArray[Any]], task: type[Task], *, physics_hz: int, control_hz: int
) -> NDArray[np.float32]:
    """(N, n) the actions of a recorded scene, one a control period, for `SceneEnv.step`.

    Args:
        ego: the scene's /ego table, by column.
        task: whose actions they are.
        physics_hz: of the scene; control_hz: of the recording.

    Raises:
        UserError: the table has no such actions.
    """
    missing = [c for c in task.actions.columns if c not in ego]
    if missing:
        raise UserError(f"the scene has no recorded {', '.join(missing)}; it was not commanded by {task.__name__}")
    first = slice(1, None, physics_hz // control_hz)  # row k tells the command of the step that led to tick k
    return np.stack([ego[c][first] for c in task.actions.columns], axis=1).astype(np.float32)


__all__ = ["EXPERT", "Recording", "TaskPilot", "load_policy", "recorded_actions", "task_of"]
