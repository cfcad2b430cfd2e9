"""The commands: answers on stdout, the rest on stderr, exit codes 0, 1 and 2, never a traceback."""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_scenes import FakeScenario, fake_simulate

import simgen.generate.bulk
import simgen.scenario
from simgen.cli.main import interrupts_kept, main
from simgen.cli.options import Codec, Renderer
from simgen.cli.text import count_text, duration_text, number_text, size_text, wrapped
from simgen.dataset.layout import CODECS
from simgen.generate import RENDERERS, render

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


@pytest.mark.parametrize(
    "command",
    [
        "list",
        "validate",
        "new",
        "lint",
        "expand",
        "schema",
        "docs",
        "preview",
        "render",
        "verify",
        "info",
    ],
)
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


def test_validate_takes_folders_and_leaves_parts_out(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "part.yaml").write_text("simgen: 1\nbogus: 1\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "bad.yml").write_text("simgen: 1\nbogus: 1\n")
    code, out, err = run("validate", tmp_path, tmp_path / "deep" / "bad.yml")
    assert code == 2
    assert "bad.yml:2:1" in err
    assert "part.yaml" not in out + err
    assert out.count("bad.yml") == 1
    (tmp_path / "empty").mkdir()
    code, _, err = run("validate", tmp_path / "empty")
    assert code == 2
    assert "holds no scenario" in err


def test_a_new_file_validates_lints_clean_and_expands(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("new", "mine", "--kind", "robotics")
    assert (code, out.split(":")[0]) == (0, "mine.yaml")
    code, _, err = run("new", "mine")
    assert code == 2
    assert "is there already" in err
    assert run("validate", "mine.yaml")[:2] == (0, "mine.yaml: ok\n")
    code, out, _ = run("lint", "mine.yaml", "-n", 30)
    assert (code, out) == (0, "mine.yaml: nothing found, 30 of 30 scenes drawn\n")
    code, out, _ = run("expand", "mine.yaml")
    assert code == 0
    (tmp_path / "whole.yaml").write_text(out)
    assert run("validate", "whole.yaml", ".")[0] == 0


def test_lint_shows_findings_with_their_places_and_exits_1(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(
        "simgen: 1\nextends: [lib/road/country.yaml, lib/rigs/front_camera.yaml]\nparams: {unused: 3 m}\n"
        "actors: {ego: {model: car.sedan, place: {lane: main.0, s: 30 m}}}\nduration: 2 s\n"
    )
    code, out, _ = run("lint", path, "-n", 10)
    assert code == 1
    assert f"{path}:3:10" in out
    assert "nothing refers to 'unused'" in " ".join(out.split())
    code, out, _ = run("lint", path, "-n", 10, "--json")
    assert code == 1
    (report,) = json.loads(out)
    assert report["findings"][0]["check"] == "parameter"
    assert report["drawn"] == 10
    path.write_text("simgen: 1\nbogus: 1\n")
    code, _, err = run("lint", path)
    assert code == 2
    assert "unknown key 'bogus'" in err


def test_schema_and_docs_say_the_same(run: Run) -> None:
    code, out, _ = run("schema")
    assert code == 0
    schema = json.loads(out)
    fog = schema["definitions"]["fog"]["properties"]["mor"]["description"]
    code, text, _ = run("docs")
    assert code == 0
    assert fog.split(";")[0].removeprefix("M") in text
    for name in schema["properties"]:
        assert f"| `{name}` |" in text


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


def test_render_with_quarantined_scenes_exits_3_and_says_which(
    run: Run, fake: Callable[..., None], tmp_path: Path
) -> None:
    fake(FakeScenario(params={"explode": 1}))
    code, out, err = run("render", "any", "--out", tmp_path / "data", "-n", 2, "--workers", 1, "--json")
    assert code == 3
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


def test_the_options_offer_every_renderer_and_codec() -> None:
    assert [r.value for r in Renderer] == list(RENDERERS)
    assert sorted(c.value for c in Codec) == sorted(CODECS)


@pytest.mark.parametrize(("option", "known"), [("--renderer", "tiny"), ("--codec", "zstd")])
def test_an_unknown_choice_is_refused_before_anything_is_made(
    run: Run, tmp_path: Path, option: str, known: str
) -> None:
    code, out, err = run("render", "driving/lost_cargo", "--out", tmp_path / "x", option, "foo")
    assert (code, out) == (2, "")
    assert "foo" in err
    assert known in err
    assert not (tmp_path / "x").exists()


def test_a_seed_that_a_shard_cannot_hold_is_the_users_error(
    run: Run, fake: Callable[..., None], tmp_path: Path
) -> None:
    fake(FakeScenario())
    code, _, err = run("render", "any", "--out", tmp_path / "x", "-n", 1, "--seed", 1 << 63)
    assert code == 2
    assert f"the seed is {1 << 63}; expected 0 to {(1 << 63) - 1}" in err


def test_a_folder_and_a_place_under_a_file_are_the_users_error(
    run: Run, fake: Callable[..., None], tmp_path: Path
) -> None:
    (tmp_path / "folder.yaml").mkdir()
    code, _, err = run("render", tmp_path / "folder.yaml", "--out", tmp_path / "x")
    assert code == 2
    assert "is not a file; give an existing .yaml file" in err
    fake(FakeScenario())
    (tmp_path / "file").write_text("mine")
    code, _, err = run("render", "any", "--out", tmp_path / "file" / "deep" / "data", "-n", 1)
    assert code == 2
    assert f"{tmp_path / 'file'} is a file: a dataset needs a folder" in err
    assert (tmp_path / "file").read_text() == "mine"


def test_a_full_disk_outside_the_dataset_is_one_message(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The compiled kernels' cache raises a bare OSError from within numba."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(simgen.generate, "still", full)
    code, _, err = run("preview", "driving/lost_cargo", "--out", tmp_path / "x.png", "-n", 1)
    assert code == 1
    assert "No space left on device" in err
    assert "SIMGEN_CACHE_DIR" in err


def test_ctrl_c_says_so(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(simgen.generate, "still", interrupted)
    code, _, err = run("preview", "driving/lost_cargo", "--out", tmp_path / "x.png", "-n", 1)
    assert (code, err.split()[-1]) == (130, "interrupted")
    assert not (tmp_path / "x.png").exists()


def test_a_ctrl_c_while_libraries_load_is_kept_until_they_have() -> None:
    """Code that loads in C may swallow the exception; so it is raised only after."""
    seen: list[str] = []

    def load() -> None:
        with interrupts_kept():
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            seen.append("loaded")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert seen == ["loaded"]
    assert signal.getsignal(signal.SIGINT) is before


def test_problems_of_a_scenario_begin_with_their_place(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("simgen: 1\nid: bad\n")
    for command in ("preview", "render"):
        code, _, err = run(command, bad, "--out", tmp_path / "x.png", "-n", 1)
        assert code == 2
        assert err.startswith(f"{bad}:1:1: ")


def test_quarantined_scenes_are_counted_and_have_their_own_exit_code(
    run: Run, fake: Callable[..., None], tmp_path: Path
) -> None:
    fake(FakeScenario(params={"explode": 1}))
    code, _, err = run("render", "any", "--out", tmp_path / "d", "-n", 3, "--workers", 1)
    assert code == 3
    assert f"1 scene of 3 quarantined, see {tmp_path / 'd' / 'quarantine.jsonl'}" in err
    code, out, _ = run("verify", tmp_path / "d")
    assert (code, "1 scene quarantined" in out) == (0, True)
    _, out, _ = run("info", tmp_path / "d", "--json")
    (row,) = json.loads(out)["quarantined"]
    assert (row["scene"], row["fault"], row["tick"], row["who"]) == (1, "energy", 100, ["crate"])


def test_a_rerun_tells_only_of_new_shards(run: Run, fake: Callable[..., None], dataset: Path) -> None:
    fake(FakeScenario())
    code, _, err = run("render", "any", "--out", dataset, "-n", 5, "--workers", 1)
    assert code == 0
    lines = err.splitlines()
    assert lines[1] == "1 of 3 shards are there already"
    assert [line for line in lines if line.startswith("shard ")] == ["shard 2/3, 30 frames", "shard 3/3, 45 frames"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_long_lines_break_between_words_on_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))
    names = ", ".join(f"barrier.concrete{k}" for k in range(20))
    source = "    " + "x" * 200
    text = f"a.yaml:1:1: wrong\n{source}\n  expected one of: {names}"
    assert wrapped(text, io.StringIO()) == text
    head, quoted, *rest = wrapped(text, Terminal()).split("\n")
    assert (head, quoted) == ("a.yaml:1:1: wrong", source)
    assert all(len(line) <= 80 for line in rest)
    assert " ".join(" ".join(rest).split()) == f"expected one of: {names}"
