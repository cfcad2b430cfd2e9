"""The same seed, scene and actions give the same bytes, whatever ran before and beside."""

from __future__ import annotations

from typing import Any

import pytest

from simgen.env import SceneEnv
from tests.env.rollouts import EVERYTHING, TASKS, assert_same, rollout, task_of


def make(task: str, **settings: Any) -> SceneEnv:
    return SceneEnv(task=task_of(task), **settings)


@pytest.mark.parametrize("action", ["continuous", "discrete"])
@pytest.mark.parametrize("task", TASKS)
def test_twins_are_the_same_side_by_side_and_after_another_episode(task: str, action: str) -> None:
    settings: dict[str, Any] = {"observation": EVERYTHING, "labels": True, "image_size": (48, 64), "action": action}
    first, second = make(task, **settings), make(task, **settings)
    told = rollout(first, 8, seed=1)
    other = rollout(second, 3, seed=2)
    assert_same(told, rollout(second, 8, seed=1))
    rollout(first, 5, seed=2)
    assert_same(told, rollout(first, 8, seed=1))
    assert {x for _, x in told[: len(EVERYTHING)]} != {x for _, x in other[: len(EVERYTHING)]}
    first.close()
    second.close()


@pytest.mark.parametrize("observation", ["state", "camera"])
@pytest.mark.parametrize("task", TASKS)
def test_the_plain_observations_repeat_too(task: str, observation: str) -> None:
    env = make(task, observation=observation)
    told = rollout(env, 12, seed=1)
    other = rollout(env, 5, seed=2)
    assert_same(told, rollout(env, 12, seed=1))
    assert told[0][1] != other[0][1]
    env.close()


@pytest.mark.parametrize("task", TASKS)
def test_what_is_watched_does_not_change_what_happens(task: str) -> None:
    """Cameras, ground truth and rendering only look on."""
    blind, seeing = make(task), make(task, observation=["state", "front"], labels=True, render_mode="rgb_array")
    blind_told, seen_told = rollout(blind, 8, seed=5), rollout(seeing, 8, seed=5)

    def common(told: list[tuple[str, bytes]]) -> list[bytes]:
        return [x for name, x in told if name in ("info", "reward and flags")]

    assert common(blind_told) == common(seen_told)
    states = [x for name, x in seen_told if name.startswith("observation.state ")]
    assert states == [x for name, x in blind_told if name.startswith("observation ")]
    blind.close()
    seeing.close()


@pytest.mark.parametrize("task", TASKS)
def test_further_resets_take_further_scenes(task: str) -> None:
    env = make(task)
    starts = [rollout(env, 0, seed=5), *(rollout(env, 0) for _ in range(3))]
    assert len({told[0][1] for told in starts}) == len(starts)
    index = env.reset(seed=5)[1]["scene"]
    for told in starts:
        assert_same(told, rollout(env, 0, seed=5, options={"scene": index}))
        index = env.reset()[1]["scene"]
    env.close()
