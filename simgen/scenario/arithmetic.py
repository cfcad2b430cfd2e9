"""The functions that every expression may call: how they are typed, bounded and computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from simgen.scenario.bounds import Bounds
from simgen.scenario.distributions import Plain
from simgen.scenario.kinds import Number
from simgen.scenario.terms import NoValueError, Scope, Term
from simgen.units import ANGLE, NUMBER, dimension_of


@dataclass(frozen=True)
class BuiltIn:
    """A function of numbers.

    Attributes:
        fewest, most: how many arguments it takes.
        argument: what an argument has to measure; None is anything, and the result measures the same. All
            arguments measure the same.
        domain: least and greatest argument that it is defined for.
        bound: bounds of the result from those of the arguments.
        compute: the result.
        whole: whether the result is whole; None: if all arguments are.
        description: for the reference.
    """

    fewest: int
    most: int
    argument: Number | None
    bound: Callable[[Sequence[Bounds]], Bounds]
    compute: Callable[..., float]
    description: str
    whole: bool | None = False
    domain: Bounds = (-math.inf, math.inf)

    def result(self, kinds: Sequence[Number]) -> Number:
        """The kind of the result."""
        low, high = self.bound([(k.low, k.high) for k in kinds])
        whole = all(k.whole for k in kinds) if self.whole is None else self.whole
        dimension = kinds[0].dimension if self.argument is None else NUMBER
        return Number(dimension, low, high, whole=whole, infinite=any(k.infinite for k in kinds))


def _clip(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


def _rising(compute: Callable[[float], float]) -> Callable[[Sequence[Bounds]], Bounds]:
    return lambda bounds: (compute(bounds[0][0]), compute(bounds[0][1]))


def _absolute(bounds: Sequence[Bounds]) -> Bounds:
    low, high = bounds[0]
    return (0.0 if low <= 0.0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))


def _each(pick: Callable[..., float]) -> Callable[[Sequence[Bounds]], Bounds]:
    """Bounds of a function that rises in every argument."""
    return lambda bounds: (pick(*(b[0] for b in bounds)), pick(*(b[1] for b in bounds)))


def _exp(x: float) -> float:
    return math.exp(x) if x < 709.0 else math.inf


def _log(x: float) -> float:
    return math.log(x) if x > 0.0 else -math.inf


def _stepped(step: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: x if math.isinf(x) else float(step(x))


_floor = _stepped(math.floor)
_ceil = _stepped(math.ceil)
_round = _stepped(lambda x: math.floor(x + 0.5))


def _wave(compute: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: math.nan if math.isinf(x) else compute(x)


def _one(bounds: Sequence[Bounds]) -> Bounds:
    return -1.0, 1.0


_PLAIN, _ANGLE = Number(NUMBER), Number(ANGLE)
_MANY = 8

BUILT_IN: dict[str, BuiltIn] = {
    "min": BuiltIn(2, _MANY, None, _each(min), min, "the least of its arguments", None),
    "max": BuiltIn(2, _MANY, None, _each(max), max, "the greatest of its arguments", None),
    "clip": BuiltIn(3, 3, None, _each(_clip), _clip, "clip(x, low, high): x held within [low, high]", None),
    "abs": BuiltIn(1, 1, None, _absolute, abs, "the amount without its sign", None),
    "exp": BuiltIn(1, 1, _PLAIN, _rising(_exp), _exp, "e to a plain number"),
    "log": BuiltIn(1, 1, _PLAIN, _rising(_log), _log, "natural logarithm of a plain number", domain=(0.0, math.inf)),
    "floor": BuiltIn(1, 1, _PLAIN, _rising(_floor), _floor, "the whole number below", True),
    "ceil": BuiltIn(1, 1, _PLAIN, _rising(_ceil), _ceil, "the whole number above", True),
    "round": BuiltIn(1, 1, _PLAIN, _rising(_round), _round, "the nearest whole number, halves upwards", True),
    "sin": BuiltIn(1, 1, _ANGLE, _one, _wave(math.sin), "sine of an angle"),
    "cos": BuiltIn(1, 1, _ANGLE, _one, _wave(math.cos), "cosine of an angle"),
    "sqrt": BuiltIn(
        1, 1, None, _rising(lambda x: math.sqrt(max(x, 0.0))), math.sqrt, "square root: of an area, a length",
        domain=(0.0, math.inf),
    ),
}  # fmt: skip
"""Functions by name."""


def root_kind(kind: Number) -> Number | None:
    """The kind of a square root, or None where the powers of its units are odd."""
    powers = kind.dimension.exponents
    if any(e % 2 for e in powers):
        return None
    m, s, kg, rad, lx, cd = (e // 2 for e in powers)
    halved = dimension_of((m, s, kg, rad, lx, cd))
    return replace(BUILT_IN["sqrt"].result([kind]), dimension=halved)


@dataclass(frozen=True)
class BuiltInCall(Term):
    """A call of a built-in function."""

    name: str
    arguments: tuple[Term, ...]

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102
        function = BUILT_IN[self.name]
        values = [a.number(scope) for a in self.arguments]
        low, high = function.domain
        if not all(low <= v <= high for v in values):
            raise NoValueError
        return function.compute(*values)

    def parts(self) -> tuple[Term, ...]:  # noqa: D102
        return self.arguments
