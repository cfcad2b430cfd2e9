"""What Gymnasium asks of an environment, for every task, observation and kind of action."""

from __future__ import annotations

import itertools
import math
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete
from gymnasium.utils.env_checker import check_env
from gymnasium.utils.passive_env_checker import env_render_passive_checker
from numpy.typing import NDArray

from simgen.env import SceneEnv
from simgen.env.observation import FARTHEST_M
from simgen.env.task import TaskName
from tests.env.rollouts import EVERYTHING, IDS, TASKS, action_at, arrays, task_of

OBSERVATIONS: dict[str, tuple[Any, tuple[int, int] | None]] = {
    "state": ("state", (84, 84)),
    "camera": ("camera", (84, 84)),
    "dict": (["state", "front", "front/depth", "front/instance"], (60, 80)),
    "everything": (EVERYTHING, (24, 32)),
    "own_size": (["front", "front/semantic"], None),
}


EVERY_DAY = {("state", "discrete"), ("camera", "continuous"), ("everything", "continuous")}
"""Observations and kinds of action that are checked in every run; the others of all ids are too, in the long one."""
MODES = [
    pytest.param(name, wanted, action, marks=() if (wanted, action) in EVERY_DAY else pytest.mark.soak)
    for name, wanted, action in itertools.product(IDS, OBSERVATIONS, ("continuous", "discrete"))
]


@pytest.mark.parametrize(("name", "observation", "action"), MODES)
def test_gymnasiums_own_checker_finds_nothing(name: str, observation: str, action: str) -> None:
    wanted, size = OBSERVATIONS[observation]
    made = gymnasium.make(name, observation=wanted, action=action, image_size=size)
    check_env(made.unwrapped, skip_render_check=True)  # it would open windows
    made.close()


@pytest.mark.parametrize("name", IDS)
def test_the_checker_of_pictures_finds_nothing(name: str) -> None:
    made = gymnasium.make(name, render_mode="rgb_array")
    made.reset(seed=0)
    env_render_passive_checker(made.unwrapped)
    made.close()


@pytest.mark.parametrize("observation", OBSERVATIONS)
def test_spaces_are_those_of_the_table(observation: str) -> None:
    wanted, size = OBSERVATIONS[observation]
    env = SceneEnv(observation=wanted, image_size=size)
    space = env.observation_space
    boxes = space.spaces if isinstance(space, Dict) else {wanted: space}
    assert set(boxes) == ({wanted} if isinstance(wanted, str) else set(wanted))
    height, width = size or (480, 640)
    shapes = {
        "state": ((len(env.task.features),), np.float32),
        "camera": ((height, width, 3), np.uint8),
        "front": ((height, width, 3), np.uint8),
        "front/depth": ((height, width, 1), np.float32),
        "front/instance": ((height, width, 1), np.uint16),
        "front/semantic": ((height, width, 1), np.uint8),
        "front/normal": ((height, width, 3), np.int8),
        "front/flow": ((height, width, 2), np.int16),
        "front/transmittance": ((height, width, 1), np.uint8),
    }
    for key, box in boxes.items():
        assert isinstance(box, Box)
        shape, dtype = shapes[key]
        assert box.shape == shape
        assert box.dtype == dtype
    env.close()


@pytest.mark.parametrize("task", TASKS)
def test_nothing_is_shared_between_steps_nor_with_the_ground_truth(task: str) -> None:
    env = SceneEnv(task=task_of(task), observation=EVERYTHING, labels=True, image_size=(24, 32))
    observation, info = env.reset(seed=3)
    kept = []
    for k in range(4):
        held = [*arrays(observation), *arrays(info["labels"], "labels")]
        kept.append([(name, array, array.copy()) for name, array in held])
        observation, *_, info = env.step(action_at(env, k))
    env.reset(seed=4)
    for name, array, copy in itertools.chain(*kept):
        assert array.tobytes() == copy.tobytes(), name
    everything = [(name, array) for name, array, _ in itertools.chain(*kept)]
    shared = [(a, b) for (a, x), (b, y) in itertools.combinations(everything, 2) if np.may_share_memory(x, y)]
    assert shared == []
    env.close()


@pytest.mark.parametrize("task", TASKS)
def test_wild_actions_stay_in_space_and_finite(task: str) -> None:
    keys = ["state", "front", "front/depth"]
    env = SceneEnv(task=task_of(task), observation=keys, image_size=(16, 24), max_duration_s=2.0)
    shape = env.action_space.shape
    assert shape is not None
    env.action_space.seed(1)
    wild = [np.full(shape, v, np.float32) for v in (1.0, -1.0, 3e38, -3e38)]
    wild.append(np.where(np.arange(shape[0]) % 2, 1.0, -1.0).astype(np.float32))
    ends = set()
    for seed, action in enumerate([*wild, None, None]):
        observation, _ = env.reset(seed=seed)
        terminated = truncated = False
        while not (terminated or truncated):
            chosen = env.action_space.sample() if action is None else action
            observation, reward, terminated, truncated, info = env.step(chosen)
            assert env.observation_space.contains(observation)
            assert np.isfinite(observation["state"]).all()
            assert observation["front/depth"].max() <= FARTHEST_M
            assert math.isfinite(reward)
            assert math.isclose(reward, sum(info["reward_terms"].values()), abs_tol=1e-9)
            assert all(math.isfinite(cost) and cost >= 0.0 for cost in info["costs"].values())
        ends.add(info["outcome"])
        assert info["success"] == (info["outcome"] == "goal")
    assert "running" not in ends
    env.close()


ON_ROADS = ("flash_flood_crossing", "fog_patch_convoy", "aquaplaning_curve", "wrong_way_driver", "stationary_car_ahead")
VARIED = {
    "Drive": [f"driving/{name}" for name in ON_ROADS],
    "EmergencyBrake": [f"driving/{name}" for name in ON_ROADS],
    "Navigate": ["robotics/warehouse_flooded_floor", "robotics/warehouse_blackout"],
    "Reach": ["robotics/arm_reach_moving_obstacle"],
}
"""Scenarios that together have water, fog, night, full and empty lanes."""


@pytest.mark.parametrize("task", TASKS)
def test_no_entry_of_the_state_is_constant(task: str) -> None:
    seen: list[NDArray[np.float32]] = []
    for scenario in VARIED[task]:
        env = SceneEnv(scenario, task=task_of(task))
        assert env.action_space.shape is not None
        env.action_space.seed(1)
        for seed in range(3):
            observation, _ = env.reset(seed=seed)
            seen.append(observation)
            terminated = truncated = False
            for k in range(80):
                if terminated or truncated:
                    break
                action = env.action_space.sample() if k % 3 == 0 else env.expert_action()
                if seed == 2:  # round and round
                    action = np.linspace(1.0, 0.1, env.action_space.shape[0])
                observation, _, terminated, truncated, _ = env.step(action)
                seen.append(observation)
        env.close()
    ranges = np.ptp(np.array(seen), axis=0)
    assert [f.name for f, spread in zip(env.task.features, ranges, strict=True) if spread == 0.0] == []


@pytest.mark.parametrize("action", ["continuous", "discrete"])
@pytest.mark.parametrize("task", TASKS)
def test_what_is_no_action_is_refused(task: str, action: str) -> None:
    env = SceneEnv(task=task_of(task), action=action)
    env.reset(seed=1)
    space = env.action_space
    wrong: list[Any]
    if isinstance(space, Discrete):
        wrong = [-1, int(space.n), 0.5, np.nan, None, "left", [0], np.array([0, 0])]
    else:
        assert space.shape is not None
        n = space.shape[0]
        wrong = [[math.nan] * n, [math.inf] * n, [0.0] * (n + 1), [[0.0] * n], 0.0, [0.0] * (n - 1) + [-math.inf]]
    for given in wrong:
        with pytest.raises(ValueError, match="action"):
            env.step(given)
    env.step(action_at(env, 0))  # the episode goes on
    env.close()


def test_each_choice_is_what_its_values_are() -> None:
    discrete, continuous = SceneEnv(action="discrete"), SceneEnv()
    choices = continuous.task.actions.choices
    assert discrete.action_space == Discrete(len(choices))
    for k, values in enumerate(choices):
        discrete.reset(seed=1)
        continuous.reset(seed=1)
        chosen, told = discrete.step(k), continuous.step(np.array(values))
        assert (chosen[0].tobytes(), chosen[1]) == (told[0].tobytes(), told[1])
        assert continuous.task.actions.nearest(values) == k
    discrete.close()
    continuous.close()


def test_a_task_name_loads_its_class() -> None:
    assert [TaskName(task_of(task)).load().__name__ for task in TASKS] == list(TASKS)
