"""Importing simgen is cheap: heavy libraries load only in the rooms that need them."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROBE = "import {module}, sys; print(*sorted(set(sys.argv[1:]) & set(sys.modules)))"


def loaded(module: str, *heavy: str) -> list[str]:
    """Which of `heavy` a fresh interpreter has loaded after importing `module`."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(module=module), *heavy],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_the_probe_sees_a_loaded_module() -> None:
    assert loaded("numpy", "numpy", "pybullet") == ["numpy"]


def test_import_simgen_loads_nothing_heavy() -> None:
    assert loaded("simgen", "pybullet", "numba", "scipy", "numpy", "h5py", "cv2", "gymnasium", "pydantic") == []


@pytest.mark.parametrize(
    "module", ["simgen.scenario", "simgen.models.families", "simgen.models.sites", "simgen.env.registration"]
)
def test_describing_scenes_needs_no_physics_and_no_compiler(module: str) -> None:
    assert loaded(module, "pybullet", "numba", "scipy", "trimesh", "cv2", "h5py") == []


def test_import_prints_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", "import simgen"], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr == ""
