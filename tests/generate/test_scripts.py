"""Rendering from a Python script of the user's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simgen.dataset import verify

PLAIN = """
from pathlib import Path
from fake_scenes import FakeScenario, fake_simulate
from simgen.generate import render

print("started")
report = render(FakeScenario(), Path("out"), 3, workers=2, scenes_per_shard=1, simulate=fake_simulate)
print("frames", report.frames)
"""
OWN_SIMULATE = """
from pathlib import Path
from fake_scenes import FakeScenario, fake_simulate
from simgen.generate import render

def own(scene, sink, renderer="simgen"):
    return fake_simulate(scene, sink, renderer)

if __name__ == "__main__":
    print("started")
    report = render(FakeScenario(), Path("out"), 3, workers=2, scenes_per_shard=1, simulate=own)
    print("frames", report.frames)
"""


@pytest.mark.parametrize("script", [PLAIN, OWN_SIMULATE], ids=["without_a_guard", "with_something_of_its_own"])
def test_a_script_renders_once(tmp_path: Path, script: str) -> None:
    (tmp_path / "script.py").write_text(script)
    tests = Path(__file__).resolve().parents[1]
    search = os.pathsep.join([str(tests / "dataset"), str(tests.parent)])
    run = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": search}, capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    first, last = run.stdout.splitlines()
    assert first == "started"
    assert int(last.split()[1]) > 0
    assert run.stderr == ""
    assert verify(tmp_path / "out") == []
