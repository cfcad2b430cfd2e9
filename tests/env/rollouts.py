"""Episodes under actions that depend only on the step, and their comparison byte by byte."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete
from numpy.typing import NDArray

from simgen.env import SceneEnv
from simgen.env.observation import MODALITIES

TASKS = ("Drive", "EmergencyBrake", "Navigate", "Reach")
IDS = tuple(f"simgen/{name}-v0" for name in TASKS)
EVERYTHING = ("state", *("front" if m == "rgb" else f"front/{m}" for m in MODALITIES))
"""The state and all that the camera of the shipped rigs can measure."""


def task_of(name: str) -> str:
    """ "package.module:Class" of a shipped task."""
    modules = {"Drive": "drive", "EmergencyBrake": "brake", "Navigate": "navigate", "Reach": "reach"}
    return f"simgen.env.tasks.{modules[name]}:{name}"


def action_at(env: Any, k: int) -> Any:
    """An action that depends only on the step, gentle enough for some way."""
    space = env.action_space
    if isinstance(space, Discrete):
        return np.int64((5 * k + 2) % space.n)
    return np.array([0.1 * math.sin(0.7 * k + j) + 0.2 * (j == 1) for j in range(space.shape[0])], dtype=np.float32)


def arrays(observation: Any, path: str = "observation") -> Iterator[tuple[str, NDArray[Any]]]:
    """The arrays of an observation or of ground truth by path."""
    if isinstance(observation, dict):
        for key in observation:
            yield from arrays(observation[key], f"{path}.{key}")
    elif isinstance(observation, np.ndarray):
        yield path, observation


def rollout(env: SceneEnv, steps: int, **reset: Any) -> list[tuple[str, bytes]]:
    """Everything that an episode's start and some steps tell, as bytes with their names."""
    observation, info = env.reset(**reset)
    told = list(_told(observation, info, 0.0, False, False))
    for k in range(steps):
        observation, reward, terminated, truncated, info = env.step(action_at(env, k))
        told += _told(observation, info, reward, terminated, truncated)
        if terminated or truncated:
            break
    return told


def assert_same(first: list[tuple[str, bytes]], second: list[tuple[str, bytes]]) -> None:
    """Two episodes are the same, byte by byte."""
    assert len(first) == len(second)
    for (a, x), (b, y) in zip(first, second, strict=True):
        assert a == b
        assert x == y, f"{a} differs"


def _told(observation: Any, info: dict[str, Any], *rest: float) -> Iterator[tuple[str, bytes]]:
    for path, array in [*arrays(observation), *arrays(info.get("labels", {}), "labels")]:
        yield f"{path} {array.dtype} {array.shape}", array.tobytes()
    told = {k: v for k, v in info.items() if k != "labels"}
    yield "info", repr(sorted(told.items())).encode()
    yield "reward and flags", np.array(rest, np.float64).tobytes()
