"""Puts the small stage of the renderer's tests within reach of the tests here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "render"))
