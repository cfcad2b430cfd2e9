"""The scripted experts show that the tasks can be done."""

from __future__ import annotations

import pytest

from simgen.env import SceneEnv
from tests.env.rollouts import task_of

ENOUGH = {"EmergencyBrake": 9, "Navigate": 8, "Reach": 8, "Drive": 8}


def outcomes(task: str, seeds: range) -> list[str]:
    env = SceneEnv("driving/stationary_car_ahead" if task == "Drive" else None, task=task_of(task))
    ended = []
    for seed in seeds:
        env.reset(seed=seed)
        terminated = truncated = False
        while not (terminated or truncated):
            action = env.expert_action()
            assert env.action_space.contains(action)
            _, _, terminated, truncated, info = env.step(action)
        ended.append(info["outcome"])
    env.close()
    return ended


@pytest.mark.soak
@pytest.mark.parametrize("task", ENOUGH)
def test_the_expert_succeeds(task: str) -> None:
    ended = outcomes(task, range(10))
    assert ended.count("goal") >= ENOUGH[task], ended


@pytest.mark.parametrize("task", ENOUGH)
def test_the_expert_reaches_a_goal(task: str) -> None:
    assert "goal" in outcomes(task, range(2))


@pytest.mark.parametrize("scene", [5, 54])
def test_the_expert_is_past_a_stalled_car_in_time(scene: int) -> None:
    """Scenes with a cone in front of the car, where all of the way past at walking pace took too long."""
    env = SceneEnv(task=task_of("Drive"))
    env.reset(seed=0, options={"scene": scene})
    terminated = truncated = False
    while not (terminated or truncated):
        _, _, terminated, truncated, info = env.step(env.expert_action())
    assert info["outcome"] == "goal"
    env.close()
