"""One environment in a stranger's hands: seeds, scenes, controls, ends, arguments; on the default task."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from simgen.env import Outcome, SceneEnv, Verdict
from simgen.env.tasks.drive import Drive
from simgen.env.tasks.lane_features import FEATURES
from simgen.errors import PlacementError, UserError
from simgen.scenario import Scenario, Scene
from simgen.scenario.scene import Step
from simgen.world import Event

NAMES = [feature.name for feature in FEATURES]
STRAIGHT_ON = np.array([0.0, 0.3], dtype=np.float32)


@pytest.fixture
def env() -> Iterator[SceneEnv]:
    made = SceneEnv()
    yield made
    made.close()


def draw_from(env: SceneEnv, scenario: object) -> None:
    """Let the environment draw its scenes from something else."""
    env.scenes = dataclasses.replace(env.scenes, scenarios=(scenario,))  # type: ignore[arg-type]


def test_a_module_prefix_in_the_id_is_enough() -> None:
    made = gymnasium.make("simgen:simgen/Drive-v0", control_hz=10)
    assert isinstance(made.unwrapped, SceneEnv)
    assert made.unwrapped.task is Drive
    assert made.unwrapped.metadata["render_fps"] == 10
    made.close()


def test_seeds_and_scene_indices(env: SceneEnv) -> None:
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


def test_scenes_without_room_are_passed_over_and_named(env: SceneEnv) -> None:
    draw_from(env, Crowded(3))
    observation, info = env.reset(seed=4)
    assert (info["scene"], info["skipped"]) == (0, [])
    observation, info = env.reset()
    assert (info["scene"], info["skipped"]) == (3, [1, 2])
    again, info = env.reset(options={"scene": 3})
    assert observation.tobytes() == again.tobytes()
    with pytest.raises(PlacementError, match="scene 4 is full"):
        env.reset(options={"scene": 4})
    draw_from(env, Crowded(1000))
    env.reset(seed=4)
    with pytest.raises(PlacementError, match="scene 21 is full"):
        env.reset()


def test_two_unseeded_environments_differ() -> None:
    seeds = []
    for _ in range(2):
        made = SceneEnv()
        seeds.append(made.reset()[1]["seed"])
        made.close()
    assert seeds[0] != seeds[1]


def test_the_controls_do_what_they_say(env: SceneEnv) -> None:
    speed = NAMES.index("speed_mps")
    steer, offset = NAMES.index("steer_rad"), NAMES.index("lateral_offset_m")

    def after(action: list[float]) -> NDArray[np.float32]:
        env.reset(seed=1)
        for _ in range(10):
            observation, _, terminated, _, _ = env.step(np.array(action, dtype=np.float32))
            assert not terminated
        out: NDArray[np.float32] = observation
        return out

    coasting, braking, pushing = after([0.0, 0.0]), after([0.0, -0.5]), after([0.0, 1.0])
    assert braking[speed] < coasting[speed] - 1.0
    assert pushing[speed] > coasting[speed]
    left, right = after([0.05, 0.0]), after([-0.05, 0.0])
    assert left[steer] > 0.0 > right[steer]
    assert left[offset] > coasting[offset] > right[offset]


def test_time_truncates() -> None:
    env = SceneEnv(max_duration_s=0.5)
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


class Punctual(Drive):
    """Reaches its goal with the last tick that it has."""

    def judge(self, events: Sequence[Event]) -> Verdict:
        verdict = super().judge(events)
        return dataclasses.replace(verdict, outcome=Outcome.GOAL) if self.now.time_s > 0.499 else verdict


def test_the_goal_in_the_last_tick_counts_as_the_goal() -> None:
    env = SceneEnv(task=Punctual, max_duration_s=0.5)
    env.reset(seed=1)
    for _ in range(10):
        _, _, terminated, truncated, info = env.step(STRAIGHT_ON)
    assert (terminated, truncated) == (True, False)
    assert (info["outcome"], info["success"]) == ("goal", True)
    env.close()


def test_a_timeline_that_stops_the_scene_truncates(env: SceneEnv) -> None:
    class Stopping:
        id = "driving/fog_highway_stalled_car"

        def draw(self, seed: int, index: int) -> Scene:
            stop = Step(when="t > 0.22 s", stop=True)
            return dataclasses.replace(Scenario.load(self.id).draw(seed, index), timeline=(stop,))

    draw_from(env, Stopping())
    env.reset(seed=1)
    truncated = False
    while not truncated:
        _, _, terminated, truncated, info = env.step(STRAIGHT_ON)
        assert not terminated
    assert info["outcome"] == "time"
    assert 0.22 < info["time_s"] < 0.22 + 2.5 / 240  # at its own tick, in the middle of a control period
    assert [e.kind for e in info["events"]][-1] == "stop"


def test_steering_off_ends_beside_the_road(env: SceneEnv) -> None:
    env.reset(seed=1)
    for _ in range(200):
        _, reward, terminated, _, info = env.step(np.array([-0.15, 0.0], dtype=np.float32))
        if terminated:
            break
    assert info["outcome"] == "left_road"
    assert info["costs"]["off_road"] >= 0.25
    assert info["reward_terms"]["outcome"] < 0.0
    assert reward < 0.0


def test_holding_speed_towards_the_stalled_car_ends_in_it(env: SceneEnv) -> None:
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
def test_actions_that_are_not_two_finite_numbers(env: SceneEnv, action: list[float]) -> None:
    env.reset(seed=1)
    with pytest.raises(ValueError, match="action"):
        env.step(np.array(action, dtype=np.float32))


def test_actions_beyond_the_box_act_as_its_edge(env: SceneEnv) -> None:
    ends = []
    for throttle in (1.0, 40.0):
        env.reset(seed=1)
        ends.append(env.step(np.array([0.0, throttle], dtype=np.float32))[0])
    assert ends[0].tobytes() == ends[1].tobytes()


def test_closing_twice_and_using_it_afterwards(env: SceneEnv) -> None:
    env.close()
    env.reset(seed=1)
    env.close()
    env.close()
    with pytest.raises(ResetNeeded):
        env.step(STRAIGHT_ON)
    observation, _ = env.reset(seed=1)
    assert env.observation_space.contains(observation)


def test_render_is_the_scenarios_own_picture() -> None:
    env = SceneEnv(render_mode="rgb_array")
    with pytest.raises(ResetNeeded):
        env.render()
    env.reset(seed=1)
    picture = env.render()
    camera = Scenario.load("driving/fog_highway_stalled_car").draw(1, 0).cameras[0]
    assert picture is not None
    assert picture.shape == (camera.height, camera.width, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 2.0
    again = env.render()
    assert again is not None
    np.testing.assert_array_equal(picture, again)
    env.close()


def test_image_size_is_height_then_width() -> None:
    env = SceneEnv(observation="camera", image_size=(48, 96))
    observation, _ = env.reset(seed=1)
    assert observation.shape == (48, 96, 3)
    env.close()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"observation": "lidar"}, "expected 'state', 'camera', or a list"),
        ({"observation": []}, "expected 'state', 'camera', or a list"),
        ({"observation": ["state", "front/range"]}, "cameras measure rgb, depth, .*not 'range'"),
        ({"observation": ["state", "rear"], "image_size": None}, "has no camera 'rear'; it has: front"),
        ({"action": "joystick"}, "expected one of continuous, discrete"),
        ({"render_mode": "ansi"}, "expected None or one of rgb_array, human"),
        ({"control_hz": 0}, "at least 1"),
        ({"image_size": (84, 2)}, "at least 8 pixels"),
        ({"max_duration_s": 0.0}, "above 0 s"),
        ({"max_duration_s": math.nan}, "above 0 s"),
        ({"scenario": "driving/fog_highway_stalled_cat"}, "driving/fog_highway_stalled_car"),
        ({"scenario": []}, "a list of pairs"),
        ({"scenario": [("driving/lost_cargo", 0.0)]}, "weight above 0"),
        ({"reward": {"progres": 1.0}}, "no terms .'progres'.; its terms: progress, speed"),
        ({"reward": {"progress": math.inf}}, "finite"),
        ({"schedule": {"fog_mor": [(5, "80 m"), (5, "40 m")]}}, "rising"),
        ({"schedule": {"fog_mor": []}}, "pairs"),
        ({"schedule": {"fog_mor": [(-1, "80 m")]}}, "rising"),
        ({"split": "validation"}, "expected one of train, test"),
        ({"task": "simgen.env.tasks.drive:Fly"}, "package.module:Class"),
        ({"task": "simgen.env.tasks.fly:Fly"}, "package.module:Class"),
        ({"task": "Drive"}, "package.module:Class"),
        ({"task": ""}, "package.module:Class"),
        ({"task": dict}, "is no task"),
    ],
    ids=str,
)
def test_wrong_arguments_say_what_was_expected(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        SceneEnv(**arguments)


def test_a_camera_that_the_scene_lacks_is_refused_at_the_latest_by_reset() -> None:
    env = SceneEnv(observation=["state", "rear"])
    with pytest.raises(UserError, match="has no camera 'rear'; it has: front"):
        env.reset(seed=0)
    env.close()


def test_wrong_reset_options(env: SceneEnv) -> None:
    with pytest.raises(UserError, match="unknown options"):
        env.reset(options={"scnee": 1})
    with pytest.raises(UserError, match="scene index"):
        env.reset(options={"scene": -1})
    with pytest.raises(UserError, match="values by path"):
        env.reset(options={"params": "fog_mor"})
    with pytest.raises(UserError, match="fog_mor"):
        env.reset(options={"params": {"fog_more": "40 m"}})
    with pytest.raises(UserError, match="fog_mor"):
        env.reset(options={"params": {"fog_mor": "40 kg"}})


def test_a_control_rate_that_does_not_divide_the_physics() -> None:
    odd = SceneEnv(control_hz=7)
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
    env = SceneEnv(Scenario.load(scenario))
    starts: list[bytes] = []
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
