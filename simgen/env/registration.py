"""Tells Gymnasium about simgen's environments without importing either one's heavy parts."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simgen.env.task import Task

ENTRY_POINT = "simgen.env.environment:SceneEnv"
ENVIRONMENTS = {
    "simgen/Drive-v0": "simgen.env.tasks.drive:Drive",
    "simgen/EmergencyBrake-v0": "simgen.env.tasks.brake:EmergencyBrake",
    "simgen/Navigate-v0": "simgen.env.tasks.navigate:Navigate",
    "simgen/Reach-v0": "simgen.env.tasks.reach:Reach",
}
"""Environment id -> task, loaded by `gymnasium.make`."""


def announce() -> None:
    """Register the environments now if Gymnasium is loaded, else as soon as somebody imports it.

    Importing Gymnasium for its own sake would make `import simgen` ten times slower, and Gymnasium no longer
    reads plug-in entry points; so its import is watched for, once.
    """
    loaded = sys.modules.get("gymnasium")
    if loaded is not None and hasattr(loaded, "register"):
        _register()
    elif not any(isinstance(finder, _Watch) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


def register_task(name: str, task: type[Task], **settings: Any) -> None:
    """Make a task an environment: `gymnasium.make(name)`.

    Other processes (as of `AsyncVectorEnv`) find the class by its module, so define it in one and not in a notebook's
    cell.

    Args:
        name: id of the environment, as "mine/Crawl-v0".
        task: the class.
        settings: arguments of `SceneEnv` that shall be other than its defaults, as `scenario`.

    Raises:
        UserError: the class is no task.
    """
    import gymnasium

    from simgen.env.task import checked_task

    gymnasium.register(id=name, entry_point=ENTRY_POINT, kwargs={"task": checked_task(task), **settings})


def _register() -> None:
    import gymnasium

    for name, task in ENVIRONMENTS.items():
        if name not in gymnasium.registry:
            gymnasium.register(id=name, entry_point=ENTRY_POINT, kwargs={"task": task})


class _Watch(importlib.abc.MetaPathFinder):
    """Finds only `gymnasium`, the way it would have been found anyway, and then steps aside for good."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "gymnasium":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _ThenRegister(spec.loader)
        return spec


class _ThenRegister(importlib.abc.Loader):
    """Loads a module as its own loader would, then registers the environments."""

    def __init__(self, inner: importlib.abc.Loader) -> None:
        self._inner = inner

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            spec.loader = module.__loader__ = self._inner
        self._inner.exec_module(module)
        _register()
