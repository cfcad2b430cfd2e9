"""Stable-Baselines3's own checker finds nothing, where it is installed (`pip install -e '.[rl]'`)."""

from __future__ import annotations

import warnings

import gymnasium
import pytest

import simgen
from simgen.env.registration import ENVIRONMENTS

stable_baselines3 = pytest.importorskip("stable_baselines3")
layers = pytest.importorskip("stable_baselines3.common.torch_layers")
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


def test_what_is_uint8_of_a_camera_is_a_picture_to_stable_baselines_with_one_channel_too() -> None:
    keys = ["state", "front", "front/semantic", "front/transmittance"]
    env = gymnasium.make("simgen/EmergencyBrake-v0", observation=keys).unwrapped
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checker.check_env(env, skip_render_check=True)
        policy = stable_baselines3.PPO("MultiInputPolicy", env, n_steps=4, batch_size=4, n_epochs=1, device="cpu")
    channels = {
        key: made.cnn[0].in_channels
        for key, made in policy.policy.features_extractor.extractors.items()
        if isinstance(made, layers.NatureCNN)
    }
    assert channels == {"front": 3, "front/semantic": 1, "front/transmittance": 1}
    env.close()


def test_stable_baselines_warns_of_nothing_but_the_dtype_and_range_of_the_other_measurements() -> None:
    others = ["front/depth", "front/instance", "front/normal", "front/flow"]
    env = gymnasium.make("simgen/EmergencyBrake-v0", observation=["state", *others]).unwrapped
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        checker.check_env(env, skip_render_check=True)
    said = [str(w.message) for w in caught]
    assert all("has to be `np.uint8`" in s or "not in [0, 255]" in s for s in said), said
    assert all(any(key in s for s in said) for key in others)
    env.close()
