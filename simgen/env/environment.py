"""The Gymnasium environment of every task: scenes in, observations, rewards, costs and ground truth out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from simgen.env.episode import Episode, Settings
from simgen.env.observation import Observation
from simgen.env.scenes import MAX_SKIPPED, Scenes
from simgen.env.task import Outcome, Task, TaskName, UnfitSceneError, checked_task
from simgen.errors import MissingDependencyError, UserError

RENDER_MODES = ("rgb_array", "human")
_WINDOW = [sys.executable, "-c", "import cv2; cv2.namedWindow('simgen'); cv2.destroyAllWindows()"]


class SceneEnv(gymnasium.Env[Any, Any]):
    """A task in the scenes of one or several scenarios, through fog, flood, night and debris.

    The task's own docstring tells its reward terms, costs and ends; `simgen.env.describe` prints all of it as tables.

    **Actions**: `action="continuous"`: `Box(-1, 1, (n,), float32)`, the values of `task.actions`, as shares of what the
    ego can do; finite values outside are clipped. `"discrete"`: `Discrete(m)`, one of `task.actions.choices`.

    **Observations**: `"state"`: float32 vector in SI units, one entry a row of `task.features`. `"camera"`: uint8
    (height, width, 3) picture of the scenario's first camera, made by the same rig as the datasets. A list of keys,
    "state", "CAMERA" or "CAMERA/MODALITY" (depth, instance, semantic, normal, flow, transmittance): a Dict of them.
    Measurements are (height, width, channels) too: depth (1, float32, metres), instance (1, uint16), semantic and
    transmittance (1, uint8), normal (3, int8) and flow (2, int16, 1/32 px). Ground truth in info has no axis of one.

    **Info**: `reward_terms` (weighted; the reward is their sum), `costs`, `success`, `outcome`, `events` (since the
    last step), `conditions` (`simgen.conditions.Conditions` of now), `scenario`, `seed`, `scene`, `time_s`, what the
    task tells, and with `labels=True` `labels`: ground truth of the observed cameras.

    **Seeding**: `reset(seed=s)` starts scene 0 of seed s; each further `reset()` takes the next scene;
    `reset(options={"scene": k})` takes scene k, `options={"params": {...}}` sets values of the scenario for one
    episode. The same seed, scene and actions give the same bytes. Now and then a scenario draws a scene whose things
    find no free place: without an explicit scene the next one is taken instead, and `info["skipped"]` lists those
    passed over.

    Args:
        scenario: id of a shipped scenario, path of a YAML file, a `Scenario`, or a list of those or of pairs with
            weights; None takes the task's own.
        task: a `Task`, or "package.module:Class".
        observation, action: see above.
        render_mode: None, "rgb_array" for pictures of the first camera at its own size, "human" for a window.
        reward: weights of reward terms that differ from the task's.
        labels: whether ground truth is put into info.
        control_hz: actions per second of simulated time; divides the scene's physics rate.
        image_size: (height, width) of observed pictures in pixels; None leaves each camera its own.
        max_duration_s: simulated time limit; None takes the task's own.
        schedule: a curriculum, see `simgen.env.scenes.Schedule`.
        split: "train" or "test" keep to their own scenes.

    Raises:
        UserError: an argument is wrong, or the scenario does not offer what the task needs (raised by `reset`).
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 20}  # noqa: RUF012  (Gymnasium's contract)

    def __init__(
        self,
        scenario: Any = None,
        *,
        task: str | type[Task] = "simgen.env.tasks.drive:Drive",
        observation: str | Sequence[str] = "state",
        action: str = "continuous",
        render_mode: str | None = None,
        reward: Mapping[str, float] | None = None,
        labels: bool = False,
        control_hz: int = 20,
        image_size: tuple[int, int] | None = (84, 84),
        max_duration_s: float | None = None,
        schedule: Any = None,
        split: str | None = None,
    ) -> None:
        if render_mode is not None and render_mode not in RENDER_MODES:
            raise UserError(f"render_mode is {render_mode!r}; expected None or one of {', '.join(RENDER_MODES)}")
        if isinstance(control_hz, bool) or not isinstance(control_hz, (int, np.integer)) or control_hz < 1:
            raise UserError(f"control_hz is {control_hz!r}; expected a whole number, at least 1")
        if max_duration_s is not None and not (isinstance(max_duration_s, (int, float)) and max_duration_s > 0.0):
            raise UserError(f"max_duration_s is {max_duration_s!r}; expected a time above 0 s, or None")
        self.task = TaskName(task).load() if isinstance(task, str) else checked_task(task)
        self.weights = _weights(self.task, reward or {})
        self.scenes = Scenes.of(self.task.scenario if scenario is None else scenario, schedule, split)
        self.render_mode = render_mode
        self.action_kind = action
        self.settings = Settings(
            self.task,
            Observation.of(observation, image_size),
            int(control_hz),
            renders=render_mode is not None,
            labels=bool(labels),
            max_duration_s=max_duration_s,
        )
        self.metadata = {**type(self).metadata, "render_fps": control_hz}
        self.action_space = self.task.actions.space(action)
        own_sizes = image_size is None and bool(self.settings.observation.views)
        example = self._example() if own_sizes else None
        self.observation_space = self.settings.observation.space(self.task.features, example)
        self._seed: int | None = None
        self._scene_index = 0
        self._episode: Episode | None = None
        self._window = ""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode; see the class for how scenes are chosen.

        Raises:
            UserError: an option is unknown, or the scenario does not offer what the task needs.
            PlacementError: the scene's actors find no place, nor do those of `MAX_SKIPPED` scenes after it.
        """
        super().reset(seed=seed)
        index, params = _options(options or {})
        if seed is not None:
            self._seed, self._scene_index = seed, 0
        elif self._seed is None:  # nobody has chosen: Gymnasium's own entropy, once
            self._seed, self._scene_index = int(self.np_random.integers(2**31)), 0
        else:
            self._scene_index += 1
        if index is not None and not self.scenes.holds(index):
            raise UserError(f"reset option 'scene' is {index}, which is not of the split {self.scenes.split!r}")
        self._scene_index = self.scenes.first(self._scene_index) if index is None else index
        self._end_episode()
        self._episode, skipped = self._begin(self._seed, params, tries=1 if index is not None else MAX_SKIPPED + 1)
        observation = self._episode.observe()
        self._check_sizes(observation)
        info = {**self._info(self._episode), "skipped": skipped}
        self._show()
        return observation, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Apply an action for one control period.

        Raises:
            ResetNeeded: no episode is running.
            ValueError: the action is not of the space: its shape, numbers that are not finite.
            PhysicsError: the simulation left the physical.
        """
        episode = self._episode
        if episode is None or episode.outcome is not Outcome.RUNNING:
            raise ResetNeeded("no episode is running; call reset() before step()")
        verdict = episode.advance(self.task.actions.values(action, self.action_kind))
        terms = {name: weight * verdict.terms[name] for name, weight in self.weights.items()}
        observation = episode.observe()
        info = {**self._info(episode), "reward_terms": terms, "costs": dict(verdict.costs)}
        self._show()
        truncated = verdict.outcome is Outcome.TIME
        terminated = verdict.outcome not in (Outcome.RUNNING, Outcome.TIME)
        return observation, float(sum(terms.values())), terminated, truncated, info

    def expert_action(self) -> Any:
        """What the task's scripted expert would do now, in the action space.

        Raises:
            ResetNeeded: no episode is running.
        """
        if self._episode is None:
            raise ResetNeeded("no episode is running; call reset() first")
        values = self._episode.task.expert()
        if self.action_kind == "discrete":
            return np.int64(self.task.actions.nearest(values))
        return np.array(values, dtype=np.float32)

    def render(self) -> NDArray[np.uint8] | None:
        """(H, W, 3) uint8 sRGB of the scenario's first camera in the mode "rgb_array"; None otherwise.

        Raises:
            ResetNeeded: no episode has been started.
        """
        if self.render_mode is None:
            return None
        if self._episode is None:
            raise ResetNeeded("nothing to render; call reset() first")
        if self.render_mode == "human":
            self._show()
            return None
        return self._episode.picture()

    def close(self) -> None:
        """Free the physics world and the window; may be called any number of times."""
        self._end_episode()
        if self._window:
            import cv2

            cv2.destroyWindow(self._window)
            self._window = ""

    def _begin(self, seed: int, params: dict[str, Any], *, tries: int) -> tuple[Episode, list[int]]:
        """The episode of the next scene that can be drawn and is fit for the task, and the indices passed over."""
        skipped: list[int] = []
        while True:
            scene, full = self.scenes.draw(seed, self._scene_index, params, tries=tries - len(skipped))
            skipped += full
            self._scene_index = scene.index
            try:
                return Episode(scene, self.settings), skipped
            except UnfitSceneError:
                skipped.append(scene.index)
                if len(skipped) >= tries:
                    raise
                self._scene_index = self.scenes.first(scene.index + 1)

    def _check_sizes(self, observation: Any) -> None:
        """Refuse a scenario whose cameras have other sizes than the observation space."""
        spaces: Any = self.observation_space
        seen = observation
        pairs = [(spaces[k], seen[k]) for k in seen] if isinstance(seen, dict) else [(spaces, seen)]
        if any(space.shape != array.shape for space, array in pairs):
            raise UserError(
                "the scenarios' cameras differ in size, so image_size=None gives no one observation space; give an "
                "image_size"
            )

    def _end_episode(self) -> None:
        if self._episode is not None:
            self._episode.close()
            self._episode = None

    def _example(self) -> Any:
        """A scene that has the scenario's cameras."""
        return self.scenes.draw(0, 0, {}, tries=MAX_SKIPPED + 1)[0]

    def _show(self) -> None:
        """Show the present picture in the window."""
        if self.render_mode != "human" or self._episode is None:
            return
        import cv2

        try:
            if not self._window:
                subprocess.run(_WINDOW, check=True, capture_output=True)  # without a display Qt ends the process
                self._window = f"simgen {self._episode.world.scene.scenario_id}"
                cv2.namedWindow(self._window, cv2.WINDOW_AUTOSIZE)
            cv2.imshow(self._window, np.ascontiguousarray(self._episode.picture()[:, :, ::-1]))
            cv2.waitKey(1)
        except (cv2.error, subprocess.CalledProcessError) as error:
            self._window = ""
            raise MissingDependencyError(
                "render_mode='human' needs OpenCV with windows and a display, which are not to be had here; use "
                "render_mode='rgb_array' (pip: opencv-python, not opencv-python-headless)"
            ) from error

    def _info(self, episode: Episode) -> dict[str, Any]:
        scene = episode.world.scene
        info: dict[str, Any] = {
            "scenario": scene.scenario_id,
            "seed": scene.seed,
            "scene": scene.index,
            "time_s": episode.world.time_s,
            "conditions": episode.world.conditions,
            "success": episode.outcome is Outcome.GOAL,
            "outcome": str(episode.outcome),
            "events": list(episode.events),
            **episode.task.info(),
        }
        if self.settings.labels:
            info["labels"] = episode.labels()
        return info


def _options(options: Mapping[str, Any]) -> tuple[int | None, dict[str, Any]]:
    """The scene index and the parameters of a reset.

    Raises:
        UserError: one is unknown or wrong.
    """
    unknown = sorted(set(options) - {"scene", "params"})
    if unknown:
        raise UserError(
            f"reset got unknown options {unknown}; known: 'scene' (a scene index), 'params' (values by path)"
        )
    index, params = options.get("scene"), options.get("params") or {}
    if index is not None and (isinstance(index, bool) or not isinstance(index, (int, np.integer)) or index < 0):
        raise UserError(f"reset option 'scene' is {index!r}; expected a scene index, 0 or above")
    if not isinstance(params, Mapping):
        raise UserError(f"reset option 'params' is {params!r}; expected values by path, as in {{'fog_mor': '40 m'}}")
    return None if index is None else int(index), dict(params)


def _weights(task: type[Task], changed: Mapping[str, float]) -> dict[str, float]:
    """The weights of a task's reward terms, some of them changed.

    Raises:
        UserError: there is no such term, or the weight is no finite number.
    """
    if not isinstance(changed, Mapping) or not all(isinstance(w, (int, float)) for w in changed.values()):
        raise UserError(f"reward is {changed!r}; expected weights by term: {', '.join(task.weights)}")
    unknown = sorted(set(changed) - set(task.weights))
    if unknown:
        raise UserError(f"reward: {task.__name__} has no terms {unknown}; its terms: {', '.join(task.weights)}")
    out = {name: float(changed.get(name, weight)) for name, weight in task.weights.items()}
    if not np.isfinite(list(out.values())).all():
        raise UserError(f"reward: weights must be finite numbers, not {dict(changed)}")
    return out
