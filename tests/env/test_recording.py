"""Episodes into shards, and back: the recorded actions give the same frames."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import numpy as np
import pytest

import simgen
from simgen.env.environment import SceneEnv
from simgen.env.recording import Recording, load_policy, recorded_actions, task_of
from simgen.errors import PlanMismatchError, UserError
from simgen.generate import render
from simgen.scenario import Scenario

EPISODES = [
    ("simgen/EmergencyBrake-v0", "driving/stationary_car_ahead"),
    ("simgen/Drive-v0", "driving/fog_highway_stalled_car"),
    ("simgen/Navigate-v0", "robotics/warehouse_blackout"),
    ("simgen/Reach-v0", "robotics/arm_reach_moving_obstacle"),
]


def short(scenario: str) -> tuple[Scenario, str]:
    """A scenario of a second with small pictures, and the name of its first camera."""
    whole = Scenario.load(scenario)
    camera = whole.draw(0, 0).cameras[0].name
    size = {f"sensors.{camera}.camera.width": 96, f"sensors.{camera}.camera.height": 72}
    return whole.with_({"duration": "1 s", **size}), camera


@pytest.mark.parametrize(("task", "scenario"), EPISODES, ids=[task for task, _ in EPISODES])
def test_stepping_through_recorded_actions_gives_the_recorded_frames(tmp_path: Path, task: str, scenario: str) -> None:
    chosen, camera = short(scenario)
    first = chosen.draw(0, 0)
    control_hz = round(first.cameras[0].rate_hz)
    recording = Recording(task, control_hz=control_hz)
    render(chosen, tmp_path, 1, workers=1, simulate=recording, pilot=recording.pilot)
    with simgen.Dataset(tmp_path, cameras=[camera]) as dataset:
        scene = next(iter(dataset.scenes()))
        frames = [frame["rgb"] for frame in scene.frames]
    actions = recorded_actions(scene.tables.ego, task_of(task), physics_hz=first.physics_hz, control_hz=control_hz)
    made = gymnasium.make(task, scenario=chosen, observation=[camera], image_size=None, control_hz=control_hz)
    env = made.unwrapped
    assert isinstance(env, SceneEnv)
    seen = [env.reset(seed=0)[0][camera]]
    for action in actions[: len(frames) - 1]:
        seen.append(env.step(action)[0][camera])
    env.close()
    assert len(frames) >= 10
    assert np.abs(actions).max() > 0.0
    for recorded, replayed in zip(frames, seen, strict=True):
        np.testing.assert_array_equal(recorded, replayed)


def test_an_episode_ends_with_its_task(tmp_path: Path) -> None:
    chosen, camera = short("driving/stationary_car_ahead")
    near = {"duration": "9 s", "ego.speed": "20 km/h", "target.place.by": "26 m", f"sensors.{camera}.labels": []}
    chosen = chosen.with_({**near, "rate": "2 Hz"})
    recording = Recording("simgen/EmergencyBrake-v0")
    render(chosen, tmp_path, 1, workers=1, simulate=recording, pilot=recording.pilot)
    with simgen.Dataset(tmp_path) as dataset:
        scene = next(iter(dataset.scenes()))
    assert scene.tables.outcome == "goal"
    assert scene.tables.ego["time_s"][-1] < 9.0 - 0.1
    assert scene.tables.ego["speed_mps"][-1] < 0.3


def test_a_dataset_keeps_to_its_pilot(tmp_path: Path) -> None:
    chosen, _ = short("driving/stationary_car_ahead")
    recording = Recording("simgen/EmergencyBrake-v0")
    render(chosen, tmp_path, 1, workers=1, simulate=recording, pilot=recording.pilot)
    with pytest.raises(PlanMismatchError, match="pilot"):
        render(chosen, tmp_path, 2, workers=1)


@pytest.mark.parametrize("name", ["simgen/Drvie-v0", "simgen.env.tasks.drive:Drvie", "nowhere:Drive"])
def test_unknown_tasks_are_named(name: str) -> None:
    with pytest.raises(UserError, match="expected"):
        task_of(name)


def test_a_missing_policy_and_missing_actions_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected 'expert'"):
        load_policy(str(tmp_path / "nothing"))
    with pytest.raises(UserError, match="action_move_x"):
        recorded_actions({"action_steer": np.zeros(3)}, task_of("simgen/Reach-v0"), physics_hz=240, control_hz=20)
