"""Windows, and what is told where there is none."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HUMAN = """
import simgen, gymnasium
from simgen.errors import MissingDependencyError
env = gymnasium.make("simgen/EmergencyBrake-v0", render_mode="human")
try:
    env.reset(seed=0)
except MissingDependencyError as error:
    print(error)
env.close()
"""


@pytest.mark.parametrize("display", [None, ":12345"])
def test_a_window_without_a_display_is_refused_in_words(display: str | None) -> None:
    """In a process of its own: Qt ends the process that asks it for a window in vain."""
    gone = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {k: v for k, v in os.environ.items() if k not in gone} | ({"DISPLAY": display} if display else {})
    command = [sys.executable, "-c", HUMAN]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "rgb_array" in done.stdout
