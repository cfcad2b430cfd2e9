"""A wheel built from the checkout works where there is no checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    """The command's standard output; a failure shows everything it printed."""
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment with the wheel in it and the dependencies of this one.

    The dependencies come through a path file, whose folder's own path files are not read: the editable
    install of this environment stays invisible.
    """
    home = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", home / "dist", ROOT, cwd=home)
    wheels = list((home / "dist").glob("*.whl"))
    assert len(wheels) == 1
    venv.create(home / "env", with_pip=False)
    site = next((home / "env").glob("lib/python3.*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    python = home / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", wheels[0], cwd=home)
    return home / "env" / "bin"


@pytest.mark.soak
def test_the_wheel_is_what_runs(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import simgen; print(simgen.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)


@pytest.mark.soak
def test_shipped_scenarios_are_found_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    listing = run(installed / "simgen", "list", cwd=tmp_path)
    for scenario in (ROOT / "scenarios" / "driving").glob("*.yaml"):
        assert f"driving/{scenario.stem}" in listing
    assert "driving/fog_highway_stalled_car" in listing


@pytest.mark.soak
def test_a_scene_draws_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "from simgen import Scenario; "
        "print(Scenario.load('driving/fog_highway_stalled_car').draw(seed=1, index=0).to_json())"
    )
    assert '"name":"ego"' in run(installed / "python", "-c", code, cwd=tmp_path)
