"""Finds the files that ship with simgen, from a source checkout or from an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from simgen.errors import SimgenError

_PACKAGE = Path(__file__).resolve().parent


@cache
def shipped(name: str) -> Path:
    """The folder `scenarios` or `assets`: inside the wheel, else beside the package in a checkout.

    Raises:
        SimgenError: neither place holds it, so the installation is incomplete.
    """
    for root in (_PACKAGE / "_shipped", _PACKAGE.parent):
        if (root / name).is_dir():
            return root / name
    raise SimgenError(f"the shipped folder {name!r} is missing; reinstall simgen")


def scenarios_dir() -> Path:
    """The shipped scenario library."""
    return shipped("scenarios")


def assets_dir() -> Path:
    """The shipped data files: class taxonomy and the like."""
    return shipped("assets")
