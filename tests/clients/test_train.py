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
    assert "clear     expert" in said
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
    in_clear = {r["player"]: r for r in rows if r["weather"] == "clear"}
    assert float(in_clear["brakes never"]["collision"]) == 1.0
    assert float(in_clear["expert"]["success"]) == 1.0
    assert (tmp_path / "brake.png").stat().st_size < 60_000


@pytest.mark.parametrize("env_id", ["simgen/Drive-v0", "simgen/Reach-v0"])
def test_pictures_and_other_tasks_train_too(env_id: str, tmp_path: Path) -> None:
    said = train("--env", env_id, "--observation", "camera", "--steps", "8", "--episodes", "1",
                 "--out", tmp_path / "run")  # fmt: skip
    assert "policy" in said
