"""Rendering from a Python script of the user's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from simgen.dataset import verify

SCRIPT = """
from pathlib import Path
from fake_scenes import FakeScenario, fake_simulate
from simgen.generate import render

print("started")
report = render(FakeScenario(), Path("out"), 3, workers=2, simulate=fake_simulate)
print("frames", report.frames)
"""


def test_a_script_without_a_guard_renders_once(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
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
