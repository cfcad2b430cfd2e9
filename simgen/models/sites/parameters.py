"""Checks of the numbers that a place is built with."""

from __future__ import annotations

import math

from simgen.errors import UserError


def checked(site: str, name: str, value: float, low: float, high: float, unit: str = "m") -> float:
    """`value` as a float, if it lies within [low, high].

    Raises:
        UserError: it does not, or is not a number.
    """
    if isinstance(value, (int, float)) and math.isfinite(value) and low <= value <= high:
        return float(value)
    expected = f"a number from {low:g} to {high:g} {unit}".rstrip()
    raise UserError(f"site {site}: parameter {name} is {value!r}, expected {expected}; correct it in the site")


def checked_count(site: str, name: str, value: float, low: int, high: int) -> int:
    """`value` as an int, if it is a whole number within [low, high].

    Raises:
        UserError: it is not.
    """
    number = checked(site, name, value, low, high, unit="")
    if number != int(number):
        raise UserError(f"site {site}: parameter {name} is {value!r}, expected a whole number; correct it in the site")
    return int(number)
