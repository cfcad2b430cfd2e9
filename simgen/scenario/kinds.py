"""Kinds of values: what may stand at a place in a scenario."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.scenario.distributions import Constant, Value
from simgen.units import NUMBER, Dimension, format_si


@dataclass(frozen=True)
class Number:
    """A quantity of a dimension within bounds.

    Attributes:
        dimension: what it measures; bounds are in its SI unit.
        low, high: least and greatest value.
        above: the least value itself is excluded.
        whole: only whole numbers.
        infinite: "inf" may stand here.
    """

    dimension: Dimension = NUMBER
    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    whole: bool = False
    infinite: bool = False

    def __str__(self) -> str:
        text = "a whole number" if self.whole else self.dimension.expectation
        low, high = format_si(self.low, self.dimension), format_si(self.high, self.dimension)
        if math.isfinite(self.low) and math.isfinite(self.high):
            return f"{text} above {low} and up to {high}" if self.above else f"{text} from {low} to {high}"
        if math.isfinite(self.low):
            return f"{text} {'above' if self.above else 'of at least'} {low}"
        return f"{text} of at most {high}" if math.isfinite(self.high) else text

    def admits(self, low: float, high: float) -> bool:
        """Whether every value of [low, high] is within the bounds."""
        below = low <= self.low if self.above else low < self.low
        return not below and high <= self.high


@dataclass(frozen=True)
class Text:
    """One of several names, or any text when there are none."""

    what: str
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Truth:
    """true or false."""

    def __str__(self) -> str:
        return "true or false"


Kind = Number | Text | Truth


def called(kind: Kind) -> str:
    """What a value of a kind is called: "a length", "a text"."""
    if isinstance(kind, Number):
        return kind.dimension.article
    return "a text" if isinstance(kind, Text) else str(kind)


def fits(found: Kind, kind: Kind, value: Value) -> bool:
    """Whether a value that was found to be of one kind may stand where another is asked for."""
    if isinstance(found, Number) and isinstance(kind, Number):
        infinite = isinstance(value, Constant) and math.isinf(float(value.value))
        return infinite or found.dimension.exponents == kind.dimension.exponents
    if isinstance(kind, Text) and isinstance(found, Text):
        return not kind.options or all(t in kind.options for t in value.texts())
    return type(found) is type(kind)
