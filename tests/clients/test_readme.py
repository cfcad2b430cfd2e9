"""What the README shows works as it is printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from simgen.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The README's fenced blocks of a language ("" for plain ones)."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    return [block for named, block in fenced if named == language]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_scenario_is_valid_and_draws() -> None:
    (text,) = blocks("yaml")
    scenario = Scenario.from_text(text, "README.md")
    scene = scenario.draw(seed=1, index=0)
    assert {"ego", "stalled"} <= {actor.name for actor in scene.actors}
    fog = {scenario.draw(seed=1, index=k).conditions.fog.mor_m for k in range(4)}
    assert len(fog) == 4


def test_every_command_shown_exists_with_its_options() -> None:
    lines = [
        line.partition("  ")[0].split()
        for block in blocks("")
        for line in block.splitlines()
        if line.startswith("simgen ")
    ]
    assert len(lines) >= 6
    for command in lines:
        usage = run(Path(sys.executable).parent / "simgen", command[1], "--help", cwd=ROOT)
        for option in (word for word in command[2:] if word.startswith("-")):
            assert option in usage, f"`simgen {command[1]}` has no {option}"


def test_linked_files_are_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists() and "gallery" not in link] == []


@pytest.mark.soak
def test_the_python_blocks_run(tmp_path: Path) -> None:
    python = blocks("python")
    assert len(python) == 5
    simgen = Path(sys.executable).parent / "simgen"
    run(
        simgen,
        "render",
        "driving/fog_highway_stalled_car",
        "--out",
        "out/demo/dataset",
        "-n",
        "1",
        cwd=tmp_path,
    )
    for code in python:
        (tmp_path / "script.py").write_text(code, encoding="utf-8")
        assert run(sys.executable, "script.py", cwd=tmp_path).strip()
