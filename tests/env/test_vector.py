"""Many environments at once, in one process and in several; specs and pickles that make them."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv

from simgen.env import EmergencyBrake, SceneEnv, register_task
from simgen.env.registration import ENTRY_POINT
from simgen.errors import UserError
from tests.env.rollouts import IDS, arrays, assert_same, rollout

STEPS = 14
DICT = ["state", "front", "front/depth"]


class Hasty(EmergencyBrake):
    """A task of a user's own."""

    scenario = "driving/fog_highway_stalled_car"


def make(mode: str, autoreset: AutoresetMode, **settings: Any) -> VectorEnv[Any, Any, Any]:
    return gymnasium.make_vec(
        "simgen/EmergencyBrake-v0",
        num_envs=2,
        vectorization_mode=mode,
        vector_kwargs={"autoreset_mode": autoreset},
        max_duration_s=0.5,  # ten steps: everyone starts anew on the way
        image_size=(16, 24),
        **settings,
    )


def told(envs: VectorEnv[Any, Any, Any]) -> list[tuple[str, bytes]]:
    """What two environments tell over the ends of their first episodes."""
    observation, info = envs.reset(seed=7)
    out = [(name, array.tobytes()) for name, array in arrays(observation)]
    out.append(("scene", info["scene"].tobytes()))
    ends = 0
    for k in range(STEPS):
        action = np.array([[0.1 * k - 0.5], [0.05]], np.float32)
        observation, reward, terminated, truncated, info = envs.step(action)
        rest = {"reward": reward, "terminated": terminated, "truncated": truncated, "scene": info["scene"]}
        if "final_obs" in info:
            for n, last in enumerate(info["final_obs"]):
                out += [(f"{n} {name}", array.tobytes()) for name, array in arrays(last)]
        out += [(name, array.tobytes()) for name, array in [*arrays(observation), *arrays(rest, "rest")]]
        ends += int((terminated | truncated).sum())
    assert ends == 2
    envs.close()
    return out


@pytest.mark.parametrize("observation", ["state", DICT], ids=["state", "dict"])
@pytest.mark.parametrize("autoreset", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP], ids=str)
def test_processes_tell_what_one_process_tells(autoreset: AutoresetMode, observation: Any) -> None:
    sync, parallel = (make(mode, autoreset, observation=observation) for mode in ("sync", "async"))
    assert isinstance(sync, SyncVectorEnv)
    assert isinstance(parallel, AsyncVectorEnv)
    assert_same(told(sync), told(parallel))


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_the_next_episode_is_the_next_scene(mode: str) -> None:
    envs = make(mode, AutoresetMode.SAME_STEP, observation="state")
    _, info = envs.reset(seed=7)
    assert (info["seed"].tolist(), info["scene"].tolist()) == ([7, 8], [0, 0])
    for k in range(10):
        *_, truncated, info = envs.step(np.zeros((2, 1), np.float32))
        assert truncated.tolist() == [k == 9, k == 9]
    assert (info["seed"].tolist(), info["scene"].tolist()) == ([7, 8], [1, 1])
    assert info["final_info"]["outcome"].tolist() == ["time", "time"]
    envs.close()


def test_ground_truth_crosses_to_other_processes() -> None:
    envs = make("async", AutoresetMode.NEXT_STEP, labels=True)
    _, info = envs.reset(seed=1)
    assert np.shape(info["labels"]["front"]["depth_m"]) == (2, 16, 24)
    *_, info = envs.step(np.zeros((2, 1), np.float32))
    assert np.shape(info["labels"]["front"]["instance"]) == (2, 16, 24)
    assert all(isinstance(row["instance"], np.integer) for rows in info["labels"]["front"]["objects"] for row in rows)
    envs.close()


@pytest.mark.parametrize("name", IDS)
def test_a_spec_survives_pickling_and_json(name: str) -> None:
    env = gymnasium.make(name, observation=DICT, action="discrete", image_size=(16, 24))
    first = rollout(env.unwrapped, 2, seed=3)  # type: ignore[arg-type]
    env.close()
    assert env.spec is not None
    for spec in (pickle.loads(pickle.dumps(env.spec)), type(env.spec).from_json(env.spec.to_json())):
        again = gymnasium.make(spec)
        assert again.observation_space == env.observation_space
        assert_same(first, rollout(again.unwrapped, 2, seed=3))  # type: ignore[arg-type]
        again.close()
    assert pickle.loads(pickle.dumps(gymnasium.spec(name))) == gymnasium.spec(name)


def test_a_closed_environment_can_be_used_again() -> None:
    env = SceneEnv("driving/stationary_car_ahead", observation=DICT, image_size=(16, 24))
    first = rollout(env, 3, seed=3)
    env.close()
    assert_same(first, rollout(env, 3, seed=3))
    env.close()


def test_a_task_of_ones_own_is_an_environment_too() -> None:
    register_task("tests/Hasty-v0", Hasty, control_hz=10)
    try:
        assert gymnasium.spec("tests/Hasty-v0").entry_point == ENTRY_POINT
        env = gymnasium.make("tests/Hasty-v0")
        assert isinstance(env.unwrapped, SceneEnv)
        assert env.unwrapped.metadata["render_fps"] == 10
        assert env.reset(seed=0)[1]["scenario"] == "driving/fog_highway_stalled_car"
        env.close()
    finally:
        del gymnasium.registry["tests/Hasty-v0"]
    with pytest.raises(UserError, match="is no task"):
        register_task("tests/Dict-v0", dict)  # type: ignore[arg-type]
    assert "tests/Dict-v0" not in gymnasium.registry
