"""The ids are known to Gymnasium whichever of the two is imported first."""

from __future__ import annotations

import subprocess
import sys

import pytest

IDS = ["simgen/Drive-v0", "simgen/EmergencyBrake-v0", "simgen/Navigate-v0", "simgen/Reach-v0"]
KNOWN = (
    "print(sorted(k for k in gymnasium.registry if k.startswith('simgen/')), "
    "any(m in sys.modules for m in ('simgen.env.environment', 'simgen.env.task', 'simgen.env.tasks')))"
)


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "imports",
    [
        "import sys, gymnasium, simgen",
        "import sys, simgen, gymnasium",
        "import sys, simgen, gymnasium.spaces, gymnasium",
        "import sys, simgen, importlib; gymnasium = importlib.import_module('gymnasium')",
        "import sys, gymnasium, simgen, importlib; importlib.reload(simgen)",
    ],
)
def test_either_import_order_registers_without_loading_the_environment(imports: str) -> None:
    assert python(f"{imports}; {KNOWN}") == f"{IDS} False"


def test_the_watch_leaves_no_trace() -> None:
    code = (
        "import sys; before = list(sys.meta_path); import simgen, gymnasium; "
        "print(sys.meta_path[-len(before):] == before, type(gymnasium.__spec__.loader).__name__, "
        "any(type(f).__module__.startswith('simgen') for f in sys.meta_path))"
    )
    assert python(code) == "True SourceFileLoader False"
