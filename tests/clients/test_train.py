"""`tools/train` from the first step to the table of what its policy does."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("stable_baselines3", reason="the extra rl is not installed")
pytestmark = pytest.mark.soak

ROOT = Path(__file__).resolve().parents[2]


def train(*arguments: str | Path) -> str:
    setting = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tools.train_ppo", *(str(a) for a in arguments)]
    done = subprocess.run(command, cwd=ROOT, env=setting, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("train") / "brake"
    said = train("--steps", "300", "--episodes", "2", "--out", out, "--seed", "5")
    assert "clear" in said
    assert "expert" in said
    return out


def test_a_run_keeps_its_policy_statistics_settings_and_logs(folder: Path) -> None:
    assert {"policy.zip", "statistics.pkl", "settings.json", "tensorboard"} <= {p.name for p in folder.iterdir()}
    assert list((folder / "tensorboard").rglob("events.*"))
    settings = json.loads((folder / "settings.json").read_text())
    assert (settings["env_id"], settings["seed"], settings["steps"]) == ("simgen/EmergencyBrake-v0", 5, 300)


def test_the_same_seed_learns_the_same(folder: Path, tmp_path: Path) -> None:
    from stable_baselines3 import PPO

    train("--steps", "300", "--episodes", "1", "--out", tmp_path / "again", "--seed", "5")
    first, again = (PPO.load(f / "policy.zip", device="cpu").get_parameters() for f in (folder, tmp_path / "again"))
    assert all((again["policy"][k] == v).all() for k, v in first["policy"].items())


def test_an_evaluation_counts_every_player_in_every_weather(folder: Path, tmp_path: Path) -> None:
    train("--evaluate", folder, "--episodes", "2", "--out", tmp_path / "brake")
    with (tmp_path / "brake.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {r["weather"] for r in rows} == {"clear", "fog", "night", "ice", "flood"}
    assert {r["player"] for r in rows} == {"policy", "expert", "brakes always", "brakes never"}
    assert len(rows) == 20
    for weather in ("clear", "ice"):
        met = {r["player"]: r for r in rows if r["weather"] == weather}
        assert float(met["brakes never"]["collision"]) == 1.0
        assert float(met["expert"]["success"]) == 1.0
    assert (tmp_path / "brake.png").stat().st_size < 60_000


def test_one_weather_of_an_evaluation_is_played_alone(folder: Path, tmp_path: Path) -> None:
    train("--evaluate", folder, "--weather", "fog", "--episodes", "1", "--out", tmp_path / "fog")
    with (tmp_path / "fog.csv").open(encoding="utf-8") as file:
        assert {r["weather"] for r in csv.DictReader(file)} == {"fog"}


def test_every_task_is_played_by_its_expert_and_by_the_policies_of_folders(folder: Path, tmp_path: Path) -> None:
    train("--tasks", folder, "--episodes", "1", "--out", tmp_path)
    with (tmp_path / "tasks.csv").open(encoding="utf-8") as file:
        rows = [(r["environment"], r["player"]) for r in csv.DictReader(file)]
    assert rows == [
        ("simgen/Drive-v0", "expert"),
        ("simgen/Drive-v0", "does nothing"),
        ("simgen/EmergencyBrake-v0", "policy"),
        ("simgen/EmergencyBrake-v0", "expert"),
        ("simgen/EmergencyBrake-v0", "brakes always"),
        ("simgen/EmergencyBrake-v0", "brakes never"),
        ("simgen/Navigate-v0", "expert"),
        ("simgen/Navigate-v0", "does nothing"),
        ("simgen/Reach-v0", "expert"),
        ("simgen/Reach-v0", "does nothing"),
    ]


@pytest.mark.parametrize("env_id", ["simgen/Drive-v0", "simgen/Reach-v0"])
def test_pictures_and_other_tasks_train_too(env_id: str, tmp_path: Path) -> None:
    said = train("--env", env_id, "--observation", "camera", "--steps", "8", "--episodes", "1",
                 "--out", tmp_path / "run")  # fmt: skip
    assert "policy" in said
