"""Gymnasium environments over scenarios: tasks, spaces, registration.

Importing simgen registers the ids of `simgen.env.registration`; the classes load with the first `gymnasium.make`, or
with the first use of a name of this module.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simgen.env.actions import DRIVE, PEDALS, TOOL, ActionSet
    from simgen.env.describe import describe
    from simgen.env.environment import SceneEnv
    from simgen.env.registration import register_task
    from simgen.env.scenes import Schedule, split_scenarios
    from simgen.env.task import Feature, Outcome, Task, Verdict
    from simgen.env.tasks.brake import EmergencyBrake
    from simgen.env.tasks.drive import Drive
    from simgen.env.tasks.navigate import Navigate
    from simgen.env.tasks.reach import Reach

_HOMES = {
    "DRIVE": "actions",
    "PEDALS": "actions",
    "TOOL": "actions",
    "ActionSet": "actions",
    "describe": "describe",
    "SceneEnv": "environment",
    "register_task": "registration",
    "Schedule": "scenes",
    "split_scenarios": "scenes",
    "Feature": "task",
    "Outcome": "task",
    "Task": "task",
    "Verdict": "task",
    "Drive": "tasks.drive",
    "EmergencyBrake": "tasks.brake",
    "Navigate": "tasks.navigate",
    "Reach": "tasks.reach",
}

__all__ = [
    "DRIVE",
    "PEDALS",
    "TOOL",
    "ActionSet",
    "Drive",
    "EmergencyBrake",
    "Feature",
    "Navigate",
    "Outcome",
    "Reach",
    "SceneEnv",
    "Schedule",
    "Task",
    "Verdict",
    "describe",
    "register_task",
    "split_scenarios",
]


def __getattr__(name: str) -> Any:
    """Load what is asked for, so that `import simgen` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
