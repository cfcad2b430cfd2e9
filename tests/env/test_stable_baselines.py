"""Stable-Baselines3's own checker finds nothing, where it is installed (`pip install simgen[rl]`)."""

from __future__ import annotations

import warnings

import gymnasium
import pytest

import simgen
from simgen.env.registration import ENVIRONMENTS

checker = pytest.importorskip("stable_baselines3.common.env_checker")


@pytest.mark.parametrize("action", ["continuous", "discrete"])
@pytest.mark.parametrize("observation", ["state", "camera", "dict"])
@pytest.mark.parametrize("env_id", sorted(ENVIRONMENTS))
def test_the_checker_of_stable_baselines_finds_nothing(env_id: str, observation: str, action: str) -> None:
    env = gymnasium.make(env_id).unwrapped
    scenario = env.scenes.scenarios[0]  # type: ignore[attr-defined]
    keys = ["state", scenario.draw(0, 0).cameras[0].name]
    assert isinstance(scenario, simgen.Scenario)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = gymnasium.make(env_id, observation=keys if observation == "dict" else observation, action=action)
        checker.check_env(made.unwrapped, skip_render_check=True)
        made.close()
