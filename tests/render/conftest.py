"""Puts the small stage within reach of the tests here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))
