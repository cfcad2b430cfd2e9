"""`simgen/Drive-v0`: drive the ego of a scenario."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.spaces import Box
from numpy.typing import NDArray

from simgen.env.observation import camera_space, state_space, state_vector
from simgen.env.situation import Road, Situation
from simgen.env.task import DriveTask, Outcome, Verdict, judge
from simgen.errors import PlacementError, UserError
from simgen.scenario import CameraSpec, Scenario, Scene
from simgen.snapshot import Cast
from simgen.world import Action, Event, World

if TYPE_CHECKING:
    from simgen.labels.capture import Rig

OBSERVATIONS = ("state", "camera")
MAX_SKIPPED = 20
"""Scenes in a row that `reset` passes over because their actors find no place, before it gives up."""
_RENDER = "render"


class DriveEnv(gymnasium.Env[NDArray[Any], NDArray[np.float32]]):
    """Drive the actor "ego" of a scenario along its lane to the goal, through fog, flood, night and debris.

    **Actions**: `Box(-1, 1, (2,), float32)`: steer (left positive) and acceleration (negative brakes), as
    shares of what the vehicle can do. Finite values outside are clipped.

    **Observations**: `observation="state"`: float32 vector in SI units, one entry a row of
    `simgen.env.observation.FEATURES`: the true state, also of what fog hides. `observation="camera"`: uint8
    (height, width, 3) picture of the scenario's first camera, made by the same rig as the datasets.

    **Reward**: progress, speed, comfort, lane and outcome, defined in `simgen.env.task.judge`; the terms are
    in `info["reward_terms"]`, the costs "collision" and "off_road" in `info["costs"]`.

    **Ends**: terminated on the goal, a collision or the ego's middle leaving the road; truncated on time.
    `info["outcome"]` says which; `info["events"]` lists what happened since the last step (`simgen.world.Event`).

    **Seeding**: `reset(seed=s)` starts scene 0 of seed s; each further `reset()` takes the next scene;
    `reset(options={"scene": k})` takes scene k. The same seed, scene and actions give the same bytes. Now and
    then a scenario draws a scene whose things find no free place: without an explicit scene the next one is
    taken instead, and `info["skipped"]` lists those passed over.

    Args:
        scenario: id of a shipped scenario, path of a YAML file, or a `Scenario`.
        observation: "state" or "camera".
        render_mode: None, or "rgb_array" for pictures of the first camera at its own size.
        control_hz: actions per second of simulated time; divides the scene's physics rate.
        image_size: (height, width) of camera observations in pixels.
        max_duration_s: simulated time limit; None takes the task's own.

    Raises:
        UserError: an argument is wrong, or the scenario is not one to drive in (raised by `reset`).
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012  (Gymnasium's contract)

    def __init__(
        self,
        scenario: str | Path | Scenario = "driving/fog_highway_stalled_car",
        *,
        observation: str = "state",
        render_mode: str | None = None,
        control_hz: int = 20,
        image_size: tuple[int, int] = (84, 84),
        max_duration_s: float | None = None,
    ) -> None:
        if observation not in OBSERVATIONS:
            raise UserError(f"observation is {observation!r}; expected one of {', '.join(OBSERVATIONS)}")
        if render_mode not in (None, "rgb_array"):
            raise UserError(f"render_mode is {render_mode!r}; expected None or 'rgb_array'")
        if control_hz < 1:
            raise UserError(f"control_hz is {control_hz}; expected at least 1")
        if len(image_size) != 2 or min(image_size) < 8:
            raise UserError(f"image_size is {image_size}; expected (height, width), each at least 8 pixels")
        if max_duration_s is not None and not max_duration_s > 0.0:
            raise UserError(f"max_duration_s is {max_duration_s}; expected a time above 0 s, or None")
        self.scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
        self.observation = observation
        self.render_mode = render_mode
        self.control_hz = control_hz
        self.image_size = (int(image_size[0]), int(image_size[1]))
        self.max_duration_s = max_duration_s
        self.metadata = {**type(self).metadata, "render_fps": control_hz}
        self.action_space = Box(-1.0, 1.0, (2,), dtype=np.float32)
        self.observation_space = camera_space(self.image_size) if observation == "camera" else state_space()
        self._seed: int | None = None
        self._scene_index = 0
        self._episode: _Episode | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Start an episode; see the class for how scenes are chosen.

        Raises:
            UserError: an option is unknown, or the scenario is not one to drive in.
            PlacementError: the scene's actors find no place, nor do those of `MAX_SKIPPED` scenes after it.
        """
        super().reset(seed=seed)
        options = dict(options or {})
        index = options.pop("scene", None)
        if options:
            raise UserError(f"reset got unknown options {sorted(options)}; known: 'scene' (a scene index)")
        if index is not None and (not isinstance(index, (int, np.integer)) or index < 0):
            raise UserError(f"reset option 'scene' is {index!r}; expected a scene index, 0 or above")
        if seed is not None:
            self._seed, self._scene_index = seed, 0
        elif self._seed is None:  # nobody has chosen: Gymnasium's own entropy, once
            self._seed, self._scene_index = int(self.np_random.integers(2**31)), 0
        else:
            self._scene_index += 1
        if index is not None:
            self._scene_index = int(index)
        self.close()
        scene, skipped = self._draw(self._seed, tries=1 if index is not None else MAX_SKIPPED + 1)
        self._episode = _Episode(scene, self)
        return self._observe(self._episode), {**self._info(self._episode), "skipped": skipped}

    def step(self, action: NDArray[np.float32]) -> tuple[NDArray[Any], float, bool, bool, dict[str, Any]]:
        """Apply an action for one control period.

        Raises:
            ResetNeeded: no episode is running.
            ValueError: the action is not two finite numbers.
            PhysicsError: the simulation left the physical.
        """
        episode = self._episode
        if episode is None or episode.outcome is not Outcome.DRIVING:
            raise ResetNeeded("no episode is running; call reset() before step()")
        steer, accel = _checked(action)
        verdict = episode.advance(Action(steer=steer, accel=accel))
        truncated = verdict.outcome is Outcome.TIME
        terminated = verdict.outcome not in (Outcome.DRIVING, Outcome.TIME)
        info = self._info(episode)
        info["reward_terms"] = dict(verdict.reward_terms)
        info["costs"] = dict(verdict.costs)
        return self._observe(episode), verdict.reward, terminated, truncated, info

    def render(self) -> NDArray[np.uint8] | None:
        """(H, W, 3) uint8 sRGB of the scenario's first camera; None without a render mode.

        Raises:
            ResetNeeded: no episode has been started.
        """
        if self.render_mode is None:
            return None
        if self._episode is None:
            raise ResetNeeded("nothing to render; call reset() first")
        return self._episode.picture(_RENDER)

    def close(self) -> None:
        """Free the physics world; may be called any number of times."""
        if self._episode is not None:
            self._episode.world.close()
            self._episode = None

    def _draw(self, seed: int, *, tries: int) -> tuple[Scene, list[int]]:
        """The scene to play, and the indices of those before it that could not be drawn."""
        skipped: list[int] = []
        while True:
            try:
                return self.scenario.draw(seed, self._scene_index), skipped
            except PlacementError:
                skipped.append(self._scene_index)
                if len(skipped) == tries:
                    raise
                self._scene_index += 1

    def _observe(self, episode: _Episode) -> NDArray[Any]:
        if self.observation == "camera":
            return episode.picture(episode.camera)
        return state_vector(episode.task, episode.now, steer_rad=episode.steer_rad, accel_mps2=episode.accel_mps2)

    def _info(self, episode: _Episode) -> dict[str, Any]:
        return {
            "scenario": self.scenario.id,
            "seed": episode.world.scene.seed,
            "scene": episode.world.scene.index,
            "time_s": episode.now.time_s,
            "goal_m": episode.task.remaining_m(episode.now),
            "speed_mps": episode.now.speed_mps,
            "lateral_offset_m": episode.now.lateral_offset_m,
            "outcome": str(episode.outcome),
            "events": list(episode.events),
        }


class _Episode:
    """One scene being driven: its world, its rig if pictures are wanted, and the task's state."""

    def __init__(self, scene: Scene, env: DriveEnv) -> None:
        if scene.physics_hz % env.control_hz:
            raise UserError(
                f"control_hz is {env.control_hz}, which does not divide the {scene.physics_hz} physics ticks "
                f"per second of scenario {scene.scenario_id!r}; choose a divisor, or set its physics_rate"
            )
        self.road = Road(scene)
        cameras = _cameras(scene, env)
        self.camera = cameras[0].name if cameras else ""
        self.outcome = Outcome.DRIVING
        self.accel_mps2 = 0.0
        self.events: list[Event] = []  # noted in the last control period
        self._ticks = scene.physics_hz // env.control_hz
        self.world = World(scene)
        try:
            self.now: Situation = self.road.look(self.world.poses())
            self.task = DriveTask.of(scene, self.road, self.now, env.max_duration_s)
            self._rig = _rig(scene, cameras, self.world.cast) if cameras else None
        except BaseException:
            self.world.close()
            raise

    @property
    def steer_rad(self) -> float:
        """Angle of the steered wheels; 0 for a robot without any."""
        return self.world.ego_state()["steer_rad"]

    def advance(self, action: Action) -> Verdict:
        """One control period under an action."""
        seen = len(self.world.events)
        for _ in range(self._ticks):
            self.world.step(action)
            if self.world.ended:
                break
        before = self.now
        self.now = self.road.look(self.world.poses())
        self.accel_mps2 = (self.now.speed_mps - before.speed_mps) / (self.now.time_s - before.time_s)
        collided = any(
            event.kind == "collision" and "ego" in (event.subject, event.object) for event in self.world.events[seen:]
        )
        verdict = judge(self.task, before, self.now, accel_mps2=self.accel_mps2, collided=collided)
        if self.world.ended and verdict.outcome is Outcome.DRIVING:
            verdict = dataclasses.replace(verdict, outcome=Outcome.TIME)
        self.outcome = verdict.outcome
        if self.outcome is not Outcome.DRIVING:
            self.world.conclude()
        self.events = self.world.events[seen:]
        return verdict

    def picture(self, camera: str) -> NDArray[np.uint8]:
        """What a camera of the rig sees now: (H, W, 3) uint8."""
        if self._rig is None:
            raise AssertionError("pictures are asked for only where cameras were rigged")
        return self._rig.capture(camera, self.world.snapshot()).rgb


def _rig(scene: Scene, cameras: tuple[CameraSpec, ...], cast: Cast) -> Rig:
    from simgen.labels.capture import Rig  # state observations should not load the renderer

    return Rig(dataclasses.replace(scene, cameras=cameras), cast)


def _cameras(scene: Scene, env: DriveEnv) -> tuple[CameraSpec, ...]:
    """The observation camera under its own name (its noise is keyed by it), then the one that renders."""
    wanted: list[CameraSpec] = []
    if env.observation == "state" and env.render_mode is None:
        return ()
    if not scene.cameras:
        raise UserError(f"scenario {scene.scenario_id!r} has no camera; add one under `sensors`")
    first = scene.cameras[0]
    if env.observation == "camera":
        height, width = env.image_size
        wanted.append(dataclasses.replace(first, width=width, height=height, labels=(), rate_hz=float(env.control_hz)))
    if env.render_mode is not None:
        wanted.append(dataclasses.replace(first, name=_RENDER, labels=(), rate_hz=float(env.control_hz)))
    return tuple(wanted)


def _checked(action: NDArray[np.float32]) -> tuple[float, float]:
    values = np.asarray(action, dtype=np.float64)
    if values.shape != (2,):
        raise ValueError(f"action has shape {values.shape}; expected (2,): steer and acceleration")
    if not np.isfinite(values).all():
        raise ValueError(f"action is {values.tolist()}; expected two finite numbers: steer and acceleration")
    steer, accel = np.clip(values, -1.0, 1.0)
    return float(steer), float(accel)
