"""Where scenes come from: scenarios with weights, schedules, splits, options of a reset; weights of rewards."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simgen.env import Drive, SceneEnv, Schedule, split_scenarios
from simgen.env.scenes import TEST_SHARE, Scenes, in_test
from simgen.errors import ScenarioError, UserError
from tests.env.rollouts import action_at, assert_same, rollout, task_of

FOG = "driving/fog_highway_stalled_car"
CAR = "driving/stationary_car_ahead"
BOAR = "driving/boar_under_full_moon"


def chosen(scenes: Scenes, seed: int, count: int) -> list[str]:
    return [scenes.scenarios[scenes._choose(seed, k)].id for k in range(count)]


def test_scenarios_come_by_their_weights() -> None:
    scenes = Scenes.of([(FOG, 1.0), (CAR, 3.0)])
    share = chosen(scenes, 5, 2000).count(CAR) / 2000
    assert share == pytest.approx(0.75, abs=3.0 * math.sqrt(0.75 * 0.25 / 2000))
    even = chosen(Scenes.of([FOG, CAR, BOAR]), 5, 1500)
    assert all(400 < even.count(name) < 600 for name in (FOG, CAR, BOAR))


def test_which_scenario_comes_is_keyed_by_seed_and_index() -> None:
    scenes = Scenes.of([FOG, CAR])
    assert chosen(scenes, 1, 40) == chosen(Scenes.of([FOG, CAR]), 1, 40)
    assert chosen(scenes, 1, 40) != chosen(scenes, 2, 40)
    env = SceneEnv([FOG, CAR])
    told = [env.reset(seed=1)[1]["scenario"], *(env.reset()[1]["scenario"] for _ in range(5))]
    assert told == chosen(scenes, 1, 6)
    assert env.reset(options={"scene": 3})[1]["scenario"] == told[3]
    env.close()


def test_a_scene_of_several_scenarios_is_that_of_its_own() -> None:
    mixed, alone = SceneEnv([FOG, CAR]), SceneEnv(CAR)
    index = chosen(mixed.scenes, 4, 20).index(CAR)
    where = {"seed": 4, "options": {"scene": index}}
    assert_same(rollout(mixed, 3, **where), rollout(alone, 3, **where))
    mixed.close()
    alone.close()


@pytest.mark.parametrize(
    ("index", "value"), [(0, 1.0), (10, 1.0), (15, 2.0), (20, 3.0), (24, 3.0), (30, 3.0), (1000, 3.0)]
)
def test_numbers_of_a_schedule_change_evenly_between_its_steps(index: int, value: float) -> None:
    schedule = Schedule({"severity": [(10, 1.0), (20, 3.0), (30, 3.0)]})
    assert schedule.at(index) == {"severity": pytest.approx(value)}


def test_quantities_of_a_schedule_change_in_their_units() -> None:
    def metres(index: int) -> float:
        value, unit = Schedule({"fog_mor": [(0, "100 m"), (30, "0.04 km")]}).at(index)["fog_mor"].split()
        return float(value) * {"m": 1.0, "km": 1000.0}[unit]

    assert [metres(k) for k in (0, 10, 15, 30, 99)] == pytest.approx([100.0, 80.0, 70.0, 40.0, 40.0])


def test_other_values_of_a_schedule_change_at_once() -> None:
    schedule = Schedule({"kind": [(0, "dry"), (10, "ice")], "lit": [(0, False), (10, True)]})
    assert schedule.at(9) == {"kind": "dry", "lit": False}
    assert schedule.at(10) == {"kind": "ice", "lit": True}


def test_a_schedule_reaches_the_scenes_by_their_index_alone() -> None:
    env = SceneEnv(CAR, schedule={"fog_mor": [(0, "400 m"), (4, "40 m")]})
    seen = [env.reset(seed=3)[1], *(env.reset()[1] for _ in range(5))]
    assert [i["conditions"].mor_m for i in seen] == pytest.approx([400.0, 310.0, 220.0, 130.0, 40.0, 40.0])
    for index in (3, 0):
        _, info = env.reset(seed=3, options={"scene": index})
        assert info["conditions"] == seen[index]["conditions"]
    env.close()


def test_a_schedule_that_stands_still_is_the_value_itself() -> None:
    scheduled, given = SceneEnv(CAR, schedule={"fog_mor": [(0, "90 m")]}), SceneEnv(CAR)
    assert_same(rollout(scheduled, 3, seed=2), rollout(given, 3, seed=2, options={"params": {"fog_mor": "90 m"}}))
    scheduled.close()
    given.close()


def test_params_hold_for_one_episode_and_beat_the_schedule() -> None:
    env = SceneEnv(CAR, schedule={"fog_mor": [(0, "400 m"), (4, "40 m")]})
    plain = rollout(env, 3, seed=3)
    foggy = {"params": {"fog_mor": "25 m", "ego_speed": "45 km/h"}}
    observation, info = env.reset(seed=3, options=foggy)
    assert info["conditions"].mor_m == pytest.approx(25.0)
    names = [feature.name for feature in env.task.features]
    assert observation[names.index("target_speed_mps")] == pytest.approx(12.5)
    assert_same(plain, rollout(env, 3, seed=3))
    env.close()


@pytest.mark.parametrize(
    "params", [{"fog_more": "40 m"}, {"fog_mor": "40 kg"}, {"ego_speed": "fast"}, {"actors.nobody.speed": "3 m/s"}]
)
def test_params_that_the_scenario_does_not_have_are_told_by_name(params: dict[str, Any]) -> None:
    env = SceneEnv(CAR)
    with pytest.raises(ScenarioError, match=next(iter(params)).rpartition(".")[0] or next(iter(params))):
        env.reset(seed=0, options={"params": params})
    observation, _ = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    env.close()


def test_the_splits_are_disjoint_and_of_their_shares() -> None:
    sides: dict[str, set[int]] = {}
    for split in ("train", "test"):
        scenes = Scenes.of(CAR, None, split)
        index, found = -1, set()
        while index < 3000:
            index = scenes.first(index + 1)
            found.add(index)
        sides[split] = {k for k in found if k < 3000}
    assert sides["train"] & sides["test"] == set()
    assert sides["train"] | sides["test"] == set(range(3000))
    assert sides["test"] == {k for k in range(3000) if in_test(k)}
    spread = 3.0 * math.sqrt(TEST_SHARE * (1.0 - TEST_SHARE) / 3000)
    assert len(sides["test"]) / 3000 == pytest.approx(TEST_SHARE, abs=spread)


@pytest.mark.parametrize("split", ["train", "test"])
def test_an_environment_keeps_to_its_split_under_every_seed(split: str) -> None:
    env = SceneEnv(CAR, split=split)
    for seed in (0, 7):
        indices = [env.reset(seed=seed)[1]["scene"], *(env.reset()[1]["scene"] for _ in range(4))]
        assert all(in_test(k) == (split == "test") for k in indices)
        assert indices == sorted(set(indices))
    env.close()


def test_scenarios_are_held_out_by_name() -> None:
    ids = [f"a/{k}" for k in range(20)]
    train, test = split_scenarios(ids, 0.25, seed=3)
    assert (len(train), len(test)) == (15, 5)
    assert {*train, *test} == set(ids)
    assert train == [i for i in ids if i in train]
    again = split_scenarios(ids[::-1], 0.25, seed=3)
    assert (set(again[0]), set(again[1])) == (set(train), set(test))
    assert set(split_scenarios(ids, 0.25, seed=4)[1]) != set(test)
    with pytest.raises(UserError, match="leave one side empty"):
        split_scenarios(ids[:2], 0.1)


def test_weights_of_the_reward_change_the_reward_and_nothing_else() -> None:
    plain, changed = SceneEnv(CAR), SceneEnv(CAR, reward={"progress": 3.0, "comfort": 0.0})
    plain.reset(seed=1)
    changed.reset(seed=1)
    for k in range(5):
        action = action_at(plain, k)
        a, reward, *_, info = plain.step(action)
        b, other_reward, *_, other = changed.step(action)
        assert a.tobytes() == b.tobytes()
        terms, other_terms = info["reward_terms"], other["reward_terms"]
        assert other_terms == pytest.approx({**terms, "progress": 3.0 * terms["progress"], "comfort": 0.0})
        assert (reward, other_reward) == pytest.approx((sum(terms.values()), sum(other_terms.values())))
        assert reward != other_reward
    assert Drive.weights["progress"] == 1.0
    plain.close()
    changed.close()


def test_ground_truth_is_that_of_the_observed_picture() -> None:
    """Depth in the observation ends at its farthest value, the ground truth's does not."""
    keys = ["front", "front/depth", "front/instance", "front/semantic", "front/transmittance"]
    env = SceneEnv(CAR, observation=keys, labels=True, image_size=(60, 80), task=task_of("EmergencyBrake"))
    observation, info = env.reset(seed=2)
    for k in range(3):
        truth = info["labels"]["front"]
        assert set(info["labels"]) == {"front"}
        near = np.minimum(truth["depth_m"], np.float32(1000.0))
        np.testing.assert_array_equal(observation["front/depth"][:, :, 0], near)
        for name in ("instance", "semantic", "transmittance"):
            np.testing.assert_array_equal(observation[f"front/{name}"][:, :, 0], truth[name])
        assert np.isinf(truth["depth_m"]).any()
        target = truth["names"].index("target")
        pixels = truth["depth_m"][truth["instance"] == target + 1]
        assert pixels.size > 0
        assert pixels.min() == pytest.approx(info["goal_m"], abs=8.0)  # the gap to it, from the lens, not the bumper
        observation, *_, info = env.step(action_at(env, k))
    env.close()


def test_ground_truth_comes_with_state_observations_too() -> None:
    env = SceneEnv(CAR, labels=True, image_size=(60, 80))
    observation, info = env.reset(seed=2)
    assert env.observation_space.contains(observation)
    assert info["labels"]["front"]["depth_m"].shape == (60, 80)
    env.close()
    plain = SceneEnv(CAR)
    assert "labels" not in plain.reset(seed=2)[1]
    plain.close()
