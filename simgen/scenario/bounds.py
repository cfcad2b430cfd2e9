"""Interval arithmetic: the least and greatest number that an expression can be, from those of its parts.

The bounds are sound and not always tight: `x - x` is bounded as if both could differ.
"""

from __future__ import annotations

import math

Bounds = tuple[float, float]
"""Least and greatest value, either may be infinite."""


def added(a: Bounds, b: Bounds) -> Bounds:
    """Bounds of a sum."""
    low, high = a[0] + b[0], a[1] + b[1]
    return (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)


def negated(a: Bounds) -> Bounds:
    """Bounds of the negative."""
    return -a[1], -a[0]


def multiplied(a: Bounds, b: Bounds) -> Bounds:
    """Bounds of a product; a bound of 0 times an unbounded one is 0, as for every finite value."""
    corners = [0.0 if x == 0.0 or y == 0.0 else x * y for x in a for y in b]
    return min(corners), max(corners)


def inverted(a: Bounds) -> Bounds:
    """Bounds of 1 / a."""
    if a[0] < 0.0 < a[1] or a == (0.0, 0.0):
        return -math.inf, math.inf
    low = -math.inf if a[1] == 0.0 else 1.0 / a[1]
    high = math.inf if a[0] == 0.0 else 1.0 / a[0]
    return low, high


def raised(a: Bounds, power: int) -> Bounds:
    """Bounds of a whole power."""
    if power < 0:
        return inverted(raised(a, -power))
    low, high = raised_number(a[0], power), raised_number(a[1], power)
    if power % 2:
        return low, high
    return (0.0 if a[0] <= 0.0 <= a[1] and power else min(low, high)), max(low, high)


def raised_number(x: float, power: int) -> float:
    """A whole power of a number; one that is too large for a float is infinite."""
    if x == 0.0 and power < 0:
        return math.inf
    try:
        return float(x) ** power
    except OverflowError:
        return math.inf if x > 0.0 or power % 2 == 0 else -math.inf


def holds_zero(a: Bounds) -> bool:
    """Whether 0 is within the bounds."""
    return a[0] <= 0.0 <= a[1]
