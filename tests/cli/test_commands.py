"""The commands: answers on stdout, the rest on stderr, exit codes 0, 1 and 2, never a traceback."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_scenes import FakeScenario, fake_simulate

import simgen.generate.bulk
import simgen.scenario
from simgen.cli.main import main
from simgen.cli.text import count_text, duration_text, number_text, size_text
from simgen.generate import render

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command as the shell does: (exit code, stdout, stderr)."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["simgen", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return int(stop.value.code or 0), out, err

    return call


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeScenario], None]:
    """Let every scenario be the fake, and every simulation too."""

    def use(scenario: FakeScenario) -> None:
        monkeypatch.setattr(simgen.scenario.Scenario, "load", staticmethod(lambda _: scenario))
        with_fake = functools.partial(render, simulate=fake_simulate)
        monkeypatch.setattr(simgen.generate.bulk, "render", with_fake)

    return use


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    render(FakeScenario(), tmp_path / "data", 3, workers=1, scenes_per_shard=2, simulate=fake_simulate)
    return tmp_path / "data"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, simgen.cli.main; heavy = ('numpy', 'numba', 'pybullet', 'h5py', 'cv2', 'yaml');"
        "print([m for m in heavy if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("command", ["list", "validate", "preview", "render", "verify", "info"])
def test_every_command_shows_an_example(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"Example: simgen {command}" in " ".join(out.split())


def test_list_names_the_shipped_scenarios_for_people_and_programs(run: Run) -> None:
    code, text, _ = run("list")
    assert code == 0
    assert "driving/lost_cargo" in text
    _, out, _ = run("list", "--json")
    rows = {r["id"]: r for r in json.loads(out)}
    assert rows["driving/lost_cargo"]["description"].endswith(".")
    assert Path(rows["driving/lost_cargo"]["path"]).is_file()


def test_validate_shows_all_mistakes_of_all_files(run: Run, tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("simgen: 1\nid: test/one\nbogus: 3\nduration: 6 miles\n")
    two.write_text("simgen: 1\nid: test/two\ndurration: 3 s\n")
    code, out, err = run("validate", one, two)
    assert code == 2
    assert "one.yaml:3:1" in err
    assert "one.yaml:4" in err
    assert "two.yaml:3:1" in err
    assert "problem" in out
    code, out, _ = run("validate", one, "--json")
    assert code == 2
    (row,) = json.loads(out)
    assert len(row["problems"]) >= 2


def test_an_unknown_scenario_is_the_users_error(run: Run, tmp_path: Path) -> None:
    code, out, err = run("render", "driving/lost_cargoo", "--out", tmp_path / "x", "-n", 1)
    assert (code, out) == (2, "")
    assert err.startswith("error:")
    assert "driving/lost_cargo" in err
    assert not (tmp_path / "x").exists()


def test_an_unknown_option_is_the_users_error(run: Run) -> None:
    code, _, err = run("list", "--verbose")
    assert code == 2
    assert "No such option" in err


def test_render_states_the_size_first_and_sums_up(run: Run, fake: Callable[..., None], tmp_path: Path) -> None:
    fake(FakeScenario())
    out = tmp_path / "data"
    code, stdout, err = run("render", "any", "--out", out, "-n", 3, "--workers", 1, "--scenes-per-shard", 2)
    assert (code, stdout) == (0, "")
    lines = err.splitlines()
    assert lines[0].startswith("3 scenes, 45 frames: about ")
    assert "uncompressed) into " in lines[0]
    assert f"{out}: 3 scenes in 2 shards" in err
    assert "frames/s" in lines[-1]
    code, stdout, _ = run("render", "any", "--out", out, "-n", 3, "--scenes-per-shard", 2, "--json")
    summary = json.loads(stdout)
    assert (code, summary["shards_kept"], summary["shards_written"]) == (0, 2, 0)


def test_render_with_quarantined_scenes_exits_1_and_says_which(
    run: Run, fake: Callable[..., None], tmp_path: Path
) -> None:
    fake(FakeScenario(params={"explode": 1}))
    code, out, err = run("render", "any", "--out", tmp_path / "data", "-n", 2, "--workers", 1, "--json")
    assert code == 1
    assert [q["scene"] for q in json.loads(out)["quarantined"]] == [1]
    assert "scene 1 is quarantined: PhysicsError" in err


def test_render_into_another_dataset_is_the_users_error(run: Run, fake: Callable[..., None], dataset: Path) -> None:
    fake(FakeScenario())
    code, _, err = run("render", "any", "--out", dataset, "-n", 3, "--seed", 4)
    assert code == 2
    assert "seed is 0, not 4" in err


def test_verify_is_silent_about_good_and_names_the_bad(run: Run, dataset: Path) -> None:
    code, out, _ = run("verify", dataset)
    assert code == 0
    assert "3 scenes in 2 shards, all whole" in out
    (dataset / "shard-00001.h5").unlink()
    code, out, _ = run("verify", dataset)
    assert code == 1
    assert out.startswith("missing-shard: shard-00001.h5")
    code, out, _ = run("verify", dataset, "--json")
    assert code == 1
    assert json.loads(out)[0]["kind"] == "missing-shard"
    code, _, err = run("verify", dataset / "nowhere")
    assert code == 2
    assert "simgen render" in err


def test_info_summarises(run: Run, dataset: Path) -> None:
    code, out, _ = run("info", dataset, "--json")
    summary = json.loads(out)
    assert code == 0
    assert summary["scenes"] == 3
    assert summary["cameras"]["front"]["frames"] == 30
    assert summary["outcomes"] == {"collision": 3}
    assert summary["objects"] == {"box": 9}
    assert summary["conditions"]["fog_mor_m"] == [50.0, 52.0]
    assert summary["bytes"] == sum(p.stat().st_size for p in dataset.glob("*.h5"))
    code, out, _ = run("info", dataset)
    assert code == 0
    assert "30 frames of 32x24 at 10 Hz" in out
    assert "50 to 52" in out


def test_numbers_read_well() -> None:
    assert [size_text(n) for n in (0, 812, 1500, 2.5e6, 9.996e8, 3e12)] == [
        "0 B", "812 B", "1.5 kB", "2.5 MB", "1 GB", "3 TB",
    ]  # fmt: skip
    assert [count_text(n, "scene") for n in (0, 1, 2)] == ["0 scenes", "1 scene", "2 scenes"]
    values = (68460.0, 0.01234, 1000.0, -1234.5, 999.0)
    assert [number_text(v) for v in values] == ["68,500", "0.0123", "1,000", "-1,230", "999"]
    assert [duration_text(s) for s in (4.2, 200, 7500)] == ["4.2 s", "3 min 20 s", "2 h 05 min"]
