"""`simgen/Drive-v0` as a stranger uses it."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Iterator

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env

from simgen.env.drive import DriveEnv
from simgen.env.observation import FEATURES
from simgen.errors import PlacementError, UserError
from simgen.scenario import Scenario, Scene
from simgen.scenario.scene import Step

NAMES = [feature.name for feature in FEATURES]
STRAIGHT_ON = np.array([0.0, 0.3], dtype=np.float32)


@pytest.fixture
def env() -> Iterator[DriveEnv]:
    made = DriveEnv()
    yield made
    made.close()


def rollout(env: DriveEnv, count: int) -> list[np.ndarray]:
    """Observations, rewards and flags of `count` steps with actions that depend only on the step."""
    seen: list[np.ndarray] = []
    for k in range(count):
        action = np.array([0.05 * math.sin(0.7 * k), 0.4 * math.cos(0.3 * k)], dtype=np.float32)
        observation, reward, terminated, truncated, info = env.step(action)
        seen += [observation, np.array([reward, terminated, truncated, info["time_s"], info["goal_m"]])]
        if terminated or truncated:
            break
    return seen


def assert_same(first: list[np.ndarray], second: list[np.ndarray]) -> None:
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("observation", ["state", "camera"])
def test_gymnasiums_own_checker_finds_nothing(observation: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = gymnasium.make("simgen/Drive-v0", observation=observation)
        check_env(made.unwrapped)
        made.close()


def test_a_module_prefix_in_the_id_is_enough() -> None:
    made = gymnasium.make("simgen:simgen/Drive-v0", control_hz=10)
    assert isinstance(made.unwrapped, DriveEnv)
    assert made.unwrapped.metadata["render_fps"] == 10
    made.close()


@pytest.mark.parametrize("observation", ["state", "camera"])
def test_the_same_seed_gives_the_same_bytes_after_another_episode(observation: str) -> None:
    env = DriveEnv(observation=observation)
    first, _ = env.reset(seed=1)
    first_run = [first, *rollout(env, 12)]
    other, _ = env.reset(seed=2)
    rollout(env, 5)
    again, _ = env.reset(seed=1)
    assert_same(first_run, [again, *rollout(env, 12)])
    assert other.tobytes() != first.tobytes()
    env.close()


def test_observations_are_inside_the_space_and_not_shared(env: DriveEnv) -> None:
    observation, _ = env.reset(seed=3)
    kept, copy = observation, observation.copy()
    for _ in range(20):
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation)
        assert math.isclose(reward, sum(info["reward_terms"].values()), abs_tol=1e-12)
        assert math.isfinite(reward)
        if terminated or truncated:
            break
    np.testing.assert_array_equal(kept, copy)


def test_seeds_and_scene_indices(env: DriveEnv) -> None:
    first, info = env.reset(seed=5)
    assert (info["seed"], info["scene"]) == (5, 0)
    second, info = env.reset()
    assert (info["seed"], info["scene"]) == (5, 1)
    assert first.tobytes() != second.tobytes()
    third, info = env.reset(options={"scene": 1})
    assert (info["seed"], info["scene"]) == (5, 1)
    assert third.tobytes() == second.tobytes()
    _, info = env.reset(seed=5, options={"scene": 7})
    assert (info["seed"], info["scene"]) == (5, 7)
    _, info = env.reset()
    assert info["scene"] == 8


class Crowded:
    """A scenario of which only every `every`-th scene can be drawn."""

    def __init__(self, every: int) -> None:
        self.inner = Scenario.load("driving/fog_highway_stalled_car")
        self.id = self.inner.id
        self.every = every

    def draw(self, seed: int, index: int) -> Scene:
        if index % self.every:
            raise PlacementError(f"scene {index} is full")
        return self.inner.draw(seed, index)


def test_scenes_without_room_are_passed_over_and_named(env: DriveEnv) -> None:
    env.scenario = Crowded(3)  # type: ignore[assignment]
    observation, info = env.reset(seed=4)
    assert (info["scene"], info["skipped"]) == (0, [])
    observation, info = env.reset()
    assert (info["scene"], info["skipped"]) == (3, [1, 2])
    again, info = env.reset(options={"scene": 3})
    assert observation.tobytes() == again.tobytes()
    with pytest.raises(PlacementError, match="scene 4 is full"):
        env.reset(options={"scene": 4})
    env.scenario = Crowded(1000)  # type: ignore[assignment]
    env.reset(seed=4)
    with pytest.raises(PlacementError, match="scene 21 is full"):
        env.reset()


def test_two_unseeded_environments_differ() -> None:
    seeds = []
    for _ in range(2):
        made = DriveEnv()
        seeds.append(made.reset()[1]["seed"])
        made.close()
    assert seeds[0] != seeds[1]


def test_the_controls_do_what_they_say(env: DriveEnv) -> None:
    speed = NAMES.index("speed_mps")
    steer, offset = NAMES.index("steer_rad"), NAMES.index("lateral_offset_m")

    def after(action: list[float]) -> np.ndarray:
        env.reset(seed=1)
        for _ in range(10):
            observation, _, terminated, _, _ = env.step(np.array(action, dtype=np.float32))
            assert not terminated
        return observation

    coasting, braking, pushing = after([0.0, 0.0]), after([0.0, -0.5]), after([0.0, 1.0])
    assert braking[speed] < coasting[speed] - 1.0
    assert pushing[speed] > coasting[speed]
    left, right = after([0.05, 0.0]), after([-0.05, 0.0])
    assert left[steer] > 0.0 > right[steer]
    assert left[offset] > coasting[offset] > right[offset]


def test_time_truncates() -> None:
    env = DriveEnv(max_duration_s=0.5)
    env.reset(seed=1)
    for k in range(10):
        _, _, terminated, truncated, info = env.step(STRAIGHT_ON)
        assert not terminated
        assert truncated == (k == 9)
    assert info["outcome"] == "time"
    assert math.isclose(info["time_s"], 0.5)
    with pytest.raises(ResetNeeded):
        env.step(STRAIGHT_ON)
    env.close()


def test_a_timeline_that_stops_the_scene_truncates(env: DriveEnv) -> None:
    class Stopping:
        id = env.scenario.id

        def draw(self, seed: int, index: int) -> Scene:
            stop = Step(when="t > 0.22 s", stop=True)
            return dataclasses.replace(Scenario.load(self.id).draw(seed, index), timeline=(stop,))

    env.scenario = Stopping()  # type: ignore[assignment]
    env.reset(seed=1)
    truncated = False
    while not truncated:
        _, _, terminated, truncated, info = env.step(STRAIGHT_ON)
        assert not terminated
    assert info["outcome"] == "time"
    assert 0.22 < info["time_s"] < 0.22 + 2.5 / 240  # at its own tick, in the middle of a control period
    assert [e.kind for e in info["events"]][-1] == "stop"


def test_steering_off_ends_beside_the_road(env: DriveEnv) -> None:
    env.reset(seed=1)
    for _ in range(200):
        _, reward, terminated, _, info = env.step(np.array([-0.15, 0.0], dtype=np.float32))
        if terminated:
            break
    assert info["outcome"] == "left_road"
    assert info["costs"]["off_road"] >= 0.25
    assert info["reward_terms"]["outcome"] < 0.0
    assert reward < 0.0


def test_holding_speed_towards_the_stalled_car_ends_in_it(env: DriveEnv) -> None:
    observation, _ = env.reset(seed=1)
    gap = NAMES.index("in_lane_0_gap_m")
    gaps = [observation[gap]]
    for _ in range(600):
        steer = (
            -0.08 * observation[NAMES.index("lateral_offset_m")] - 0.6 * observation[NAMES.index("heading_error_rad")]
        )
        action = np.array([np.clip(steer, -1.0, 1.0), 0.3], dtype=np.float32)
        observation, _, terminated, truncated, info = env.step(action)
        gaps.append(observation[gap])
        if terminated or truncated:
            break
    assert info["outcome"] == "collision"
    assert info["costs"]["collision"] == 1.0
    assert min(gaps) < 1.5
    assert gaps[0] > gaps[-1]


@pytest.mark.parametrize("action", [[math.nan, 0.0], [0.0, math.inf], [0.0], [0.0, 0.0, 0.0], [[0.0, 0.0]]], ids=str)
def test_actions_that_are_not_two_finite_numbers(env: DriveEnv, action: list[float]) -> None:
    env.reset(seed=1)
    with pytest.raises(ValueError, match="action"):
        env.step(np.array(action, dtype=np.float32))


def test_actions_beyond_the_box_act_as_its_edge(env: DriveEnv) -> None:
    ends = []
    for throttle in (1.0, 40.0):
        env.reset(seed=1)
        ends.append(env.step(np.array([0.0, throttle], dtype=np.float32))[0])
    assert ends[0].tobytes() == ends[1].tobytes()


def test_closing_twice_and_using_it_afterwards(env: DriveEnv) -> None:
    env.close()
    env.reset(seed=1)
    env.close()
    env.close()
    with pytest.raises(ResetNeeded):
        env.step(STRAIGHT_ON)
    observation, _ = env.reset(seed=1)
    assert env.observation_space.contains(observation)


def test_render_is_the_scenarios_own_picture() -> None:
    env = DriveEnv(render_mode="rgb_array")
    with pytest.raises(ResetNeeded):
        env.render()
    env.reset(seed=1)
    picture = env.render()
    camera = env.scenario.draw(1, 0).cameras[0]
    assert picture.shape == (camera.height, camera.width, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 2.0
    np.testing.assert_array_equal(picture, env.render())
    env.close()


def test_image_size_is_height_then_width() -> None:
    env = DriveEnv(observation="camera", image_size=(48, 96))
    observation, _ = env.reset(seed=1)
    assert observation.shape == (48, 96, 3)
    env.close()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"observation": "lidar"}, "expected one of state, camera"),
        ({"render_mode": "human"}, "rgb_array"),
        ({"control_hz": 0}, "at least 1"),
        ({"image_size": (84, 2)}, "at least 8 pixels"),
        ({"max_duration_s": 0.0}, "above 0 s"),
        ({"scenario": "driving/fog_highway_stalled_cat"}, "driving/fog_highway_stalled_car"),
    ],
)
def test_wrong_arguments_say_what_was_expected(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        DriveEnv(**arguments)  # type: ignore[arg-type]


def test_wrong_reset_options(env: DriveEnv) -> None:
    with pytest.raises(UserError, match="unknown options"):
        env.reset(options={"scnee": 1})
    with pytest.raises(UserError, match="scene index"):
        env.reset(options={"scene": -1})


def test_a_control_rate_that_does_not_divide_the_physics(env: DriveEnv) -> None:
    odd = DriveEnv(control_hz=7)
    with pytest.raises(UserError, match="does not divide"):
        odd.reset(seed=1)


@pytest.mark.parametrize(
    "scenario",
    [
        "driving/fog_highway_stalled_car",
        "driving/flooded_underpass_night",
        "driving/lost_cargo",
        "robotics/warehouse_blackout",
        "robotics/warehouse_flooded_floor",
        "robotics/fallen_pallets",
    ],
)
def test_every_shipped_scenario_can_be_driven(scenario: str) -> None:
    env = DriveEnv(Scenario.load(scenario))
    starts = []
    for _ in range(2):
        observation, _ = env.reset(seed=11) if not starts else env.reset()
        starts.append(observation.tobytes())
        for _ in range(10):
            observation, reward, terminated, truncated, _ = env.step(STRAIGHT_ON)
            assert env.observation_space.contains(observation)
            assert math.isfinite(reward)
            if terminated or truncated:
                break
    assert starts[0] != starts[1]
    env.close()
