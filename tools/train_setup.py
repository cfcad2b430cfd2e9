"""What a training run is: its settings, its worlds in worker processes, and the weather they are driven in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import gymnasium
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecEnv, VecFrameStack, VecNormalize
from torch import nn

import simgen  # registers the environments
from simgen.env import SceneEnv
from simgen.env.registration import ENVIRONMENTS
from simgen.env.task import TaskName

BRAKE = "simgen/EmergencyBrake-v0"
CLEAR, OWN, ALL = "clear", "own", "all"
"""The scenario as it is, where there are weathers to compare; the same where there are none; all of them in turn."""
_ICE = {
    "region": "road",
    "start": {"expr": "44 m + ego_speed * reach - 26 m"},  # the ego begins at 40 m, the middles are 4 m more apart
    "length": {"uniform": ["6 m", "14 m"]},
    "kind": "ice",
}
"""From about 22 m before the standing car on, and 8 m to 16 m short of it dry again: who brakes in time still stops."""
WEATHERS: Mapping[str, Mapping[str, Any]] = {
    CLEAR: {},
    "fog": {"conditions.fog.mor": "40 m"},
    "night": {"conditions.sun.elevation": "-25 deg", "conditions.street_lights.illuminance": "0 lx"},
    "ice": {"conditions.surface.patches": [_ICE]},
    "flood": {"conditions.water.region": "road", "conditions.water.depth": "0.1 m"},
}
"""By name, values of the scenario: what `reset(options={"params": ...})` takes."""
LEARNT_ACTION = "discrete"
"""What policies choose among: few choices keep on exploring where the noise of a continuous action averages out."""
SIZE = (84, 84)
FRAMES = 3
"""Successive pictures that a policy sees at once, because one alone tells no speed."""
POLICY, STATISTICS, SETTINGS = "policy.zip", "statistics.pkl", "settings.json"

_PPO: Mapping[str, Mapping[str, Any]] = {
    "state": {"n_steps": 512, "batch_size": 64, "n_epochs": 10, "gamma": 0.99},
    "camera": {"n_steps": 512, "batch_size": 128, "n_epochs": 4, "gamma": 0.99},
}
_RATE = 3e-4
_STEPS = {"state": 250_000, "camera": 200_000}


@dataclass(frozen=True)
class Setup:
    """The settings of a run, kept beside the policy.

    Attributes:
        env_id: of the environment.
        observation: "state" or "camera".
        weather: one of `weathers_of` the environment to train in, or "all" for all of them in turn.
        seed: of the scenes, the policy's first weights and its exploration.
        steps: of training.
        minutes: after which training ends even so; 0 is no limit.
        workers: processes with a world each.
        learning: arguments of PPO.
    """

    env_id: str
    observation: str
    weather: str
    seed: int
    steps: int
    minutes: float
    workers: int = 2
    learning: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(env_id: str, observation: str, weather: str, seed: int, steps: int, minutes: float) -> Setup:
        """With the defaults of an observation; `steps` 0 takes the default too."""
        return Setup(
            env_id, observation, weather, seed, steps or _STEPS[observation], minutes, learning=_PPO[observation]
        )

    @staticmethod
    def load(folder: Path) -> Setup:
        """Those of a policy's folder."""
        return Setup(**json.loads((folder / SETTINGS).read_text(encoding="utf-8")))

    def save(self, folder: Path) -> None:
        """Into a policy's folder."""
        (folder / SETTINGS).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


class Told(gymnasium.Wrapper[Any, Any, Any, Any]):
    """An environment in one weather that tells only what is counted: a whole info is slow to send to another process.

    Args:
        env: a `SceneEnv`.
        weather: values of the scenario, for every episode.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], weather: Mapping[str, Any]) -> None:
        super().__init__(env)
        self._params = dict(weather)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode in the weather."""
        observation, _ = self.env.reset(seed=seed, options={**(options or {}), "params": self._params})
        return observation, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """One control period; `info` has "is_success" and the costs."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        told = {"is_success": bool(info["success"]), **{name: float(c) for name, c in info["costs"].items()}}
        return observation, float(reward), terminated, truncated, told

    def expert_action(self) -> Any:
        """What the task's scripted expert would do."""
        base = self.env.unwrapped
        assert isinstance(base, SceneEnv)
        return base.expert_action()


def weathers_of(env_id: str) -> Mapping[str, Mapping[str, Any]]:
    """The weathers that an environment is played in, the scenario as it is first."""
    return WEATHERS if env_id == BRAKE else {OWN: {}}


def make_env(setup: Setup, weather: str, *, split: str, action: str) -> Monitor[Any, Any]:
    """One environment of a split of the scenes, in one weather or in "all"."""
    settings: dict[str, Any] = {
        "observation": setup.observation,
        "image_size": SIZE,
        "action": action,
        "split": split,
    }
    known = weathers_of(setup.env_id)
    if weather == ALL:
        scenario = simgen.Scenario.load(TaskName(ENVIRONMENTS[setup.env_id]).load().scenario)
        settings["scenario"] = [scenario.with_(dict(values)) for values in known.values()]
    values = {} if weather == ALL else known[weather]
    env = gymnasium.make(setup.env_id, disable_env_checker=True, **settings)
    return Monitor(Told(env, values), info_keywords=())


def training_worlds(setup: Setup) -> VecNormalize:
    """The workers' environments, observations and rewards normalised by what they meet."""
    makers: list[Callable[[], gymnasium.Env[Any, Any]]] = [
        lambda: make_env(setup, setup.weather, split="train", action=LEARNT_ACTION) for _ in range(setup.workers)
    ]
    worlds: VecEnv = SubprocVecEnv(makers)
    worlds.seed(setup.seed)
    pictures = setup.observation == "camera"
    if pictures:
        worlds = VecFrameStack(worlds, FRAMES)
    return VecNormalize(worlds, norm_obs=not pictures, clip_obs=5.0, gamma=setup.learning["gamma"])


def held_out_world(setup: Setup, weather: str, folder: Path | None) -> VecEnv:
    """One environment of the test split.

    Args:
        setup: of the policy.
        weather: one of `weathers_of` the environment.
        folder: of the policy that acts, whose normalisation and kind of action are used; None for other players,
            who act by continuous values.
    """
    action = "continuous" if folder is None else LEARNT_ACTION
    worlds: VecEnv = DummyVecEnv([lambda: make_env(setup, weather, split="test", action=action)])
    worlds.seed(setup.seed)
    if setup.observation == "camera":
        worlds = VecFrameStack(worlds, FRAMES)
    if folder is None:
        return worlds
    known = VecNormalize.load(str(folder / STATISTICS), worlds)
    known.training = known.norm_reward = False
    return known


class SmallCnn(BaseFeaturesExtractor):
    """Three convolutions and a layer of 128: a fraction of the weights of SB3's own, for learning without a GPU."""

    def __init__(self, observation_space: gymnasium.spaces.Box) -> None:
        super().__init__(observation_space, features_dim=128)
        channels = observation_space.shape[0]
        stack = [nn.Conv2d(channels, 16, 8, stride=4), nn.ReLU(), nn.Conv2d(16, 32, 4, stride=2), nn.ReLU()]
        stack += [nn.Conv2d(32, 32, 3, stride=2), nn.ReLU(), nn.Flatten()]
        self.layers = nn.Sequential(*stack)
        with torch.no_grad():
            width = self.layers(torch.zeros(1, *observation_space.shape)).shape[1]
        self.head = nn.Sequential(nn.Linear(width, 128), nn.ReLU())

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(N, 128) features of (N, C, H, W) pictures in [0, 1]."""
        out: torch.Tensor = self.head(self.layers(pictures))
        return out


def new_policy(setup: Setup, worlds: VecEnv, folder: Path) -> PPO:
    """PPO at its start, logging to TensorBoard."""
    pictures = setup.observation == "camera"
    kind, shape = ("CnnPolicy", {"features_extractor_class": SmallCnn}) if pictures else ("MlpPolicy", {})
    return PPO(
        kind,
        worlds,
        seed=setup.seed,
        device="auto" if pictures else "cpu",
        policy_kwargs=shape,
        learning_rate=LinearSchedule(_RATE, 0.1 * _RATE, 1.0),  # small steps at the end keep what was learnt
        tensorboard_log=str(folder / "tensorboard"),
        **setup.learning,
    )


def one_thread() -> None:
    """One thread a process: sums come out the same everywhere, and workers do not fight for the cores."""
    torch.set_num_threads(1)
