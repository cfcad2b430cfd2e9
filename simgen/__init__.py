"""Physics simulation of robotics and driving edge cases.

One YAML scenario becomes labelled HDF5 shards and a Gymnasium environment. Importing this package is
cheap: heavy rooms (physics, rendering) load on first use.
"""

from __future__ import annotations

import importlib
from typing import Any

from simgen.env.registration import announce

__version__ = "0.1.0"

_LAZY = {
    "Scenario": "simgen.scenario",
    "Scene": "simgen.scenario",
    "Dataset": "simgen.dataset",
    "simulate": "simgen.generate",
}

__all__ = ["Dataset", "Scenario", "Scene", "__version__", "simulate"]


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'simgen' has no attribute {name!r}")


announce()
