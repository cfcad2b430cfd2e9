"""Makes the fake scenario importable here and, because spawned children inherit the path, in workers."""

from __future__ import annotations

import sys
from pathlib import Path

_FAKES = str(Path(__file__).resolve().parents[1] / "dataset")
if _FAKES not in sys.path:
    sys.path.insert(0, _FAKES)
