"""The terms of an expression, checked already: each knows its kind and how to find its value."""

from __future__ import annotations

import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from simgen.scenario.bounds import raised_number
from simgen.scenario.distributions import Plain
from simgen.scenario.kinds import Kind


class Scope(Protocol):
    """Where the values of names come from when an expression is evaluated; numbers are SI."""

    def value(self, name: str) -> Plain:
        """The value of a name."""
        ...

    def call(self, name: str, arguments: tuple[Plain, ...]) -> Plain:
        """The result of a function that is not built in; an actor is given by its name."""
        ...


class NoValueError(ArithmeticError):
    """Raised where arithmetic has no result: 0 / 0, inf - inf."""


@dataclass(frozen=True)
class Term(ABC):
    """A part of an expression; `kind` tells its dimension and bounds."""

    kind: Kind

    @abstractmethod
    def evaluate(self, scope: Scope) -> Plain:
        """Its value."""

    def parts(self) -> tuple[Term, ...]:
        """The terms it is made of."""
        return ()

    def walk(self) -> Iterator[Term]:
        """Itself and all below."""
        yield self
        for part in self.parts():
            yield from part.walk()

    def number(self, scope: Scope) -> float:
        """Its value, where it is known to be a number.

        Raises:
            NoValueError: arithmetic has no result.
        """
        value = float(self.evaluate(scope))
        if math.isnan(value):
            raise NoValueError
        return value


@dataclass(frozen=True)
class Literal(Term):
    """A quantity, text or truth as it is written; the name of an actor."""

    value: Plain

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102  (as the base says, here and below)
        return self.value


@dataclass(frozen=True)
class Name(Term):
    """A name, whose value the scope tells."""

    name: str

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102
        return scope.value(self.name)


@dataclass(frozen=True)
class Sum(Term):
    """Terms that are added, or subtracted where `minus` says so."""

    terms: tuple[Term, ...]
    minus: tuple[bool, ...]

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102
        total = 0.0
        for term, minus in zip(self.terms, self.minus, strict=True):
            total = total - term.number(scope) if minus else total + term.number(scope)
        return total

    def parts(self) -> tuple[Term, ...]:  # noqa: D102
        return self.terms


@dataclass(frozen=True)
class Product(Term):
    """Factors that are multiplied, or divided by where `under` says so; x / 0 is infinite, with the sign of x."""

    factors: tuple[Term, ...]
    under: tuple[bool, ...]

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102
        total = 1.0
        for factor, under in zip(self.factors, self.under, strict=True):
            x = factor.number(scope)
            if not under:
                total *= x
            elif x != 0.0:
                total /= x
            else:
                total *= math.inf  # of 0: not a number, which `number` reports
        return total

    def parts(self) -> tuple[Term, ...]:  # noqa: D102
        return self.factors


@dataclass(frozen=True)
class Power(Term):
    """A whole power."""

    base: Term
    exponent: int

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102
        return raised_number(self.base.number(scope), self.exponent)

    def parts(self) -> tuple[Term, ...]:  # noqa: D102
        return (self.base,)


ORDERINGS: dict[str, Callable[[Plain, Plain], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
"""Comparisons by how they are written."""


@dataclass(frozen=True)
class Comparison(Term):
    """A chain of comparisons, all of which must hold: `a < b <= c`."""

    operands: tuple[Term, ...]
    signs: tuple[str, ...]

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102
        values = [operand.evaluate(scope) for operand in self.operands]
        if any(isinstance(v, float) and math.isnan(v) for v in values):
            raise NoValueError
        pairs = zip(values, values[1:], self.signs, strict=False)
        return all(ORDERINGS[sign](a, b) for a, b, sign in pairs)

    def parts(self) -> tuple[Term, ...]:  # noqa: D102
        return self.operands


@dataclass(frozen=True)
class Both(Term):
    """`and`, or with `either` an `or`; what decides first is all that is evaluated."""

    operands: tuple[Term, ...]
    either: bool

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102
        found = (bool(operand.evaluate(scope)) for operand in self.operands)
        return any(found) if self.either else all(found)

    def parts(self) -> tuple[Term, ...]:  # noqa: D102
        return self.operands


@dataclass(frozen=True)
class Not(Term):
    """The opposite truth."""

    operand: Term

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102
        return not self.operand.evaluate(scope)

    def parts(self) -> tuple[Term, ...]:  # noqa: D102
        return (self.operand,)


@dataclass(frozen=True)
class Conditional(Term):
    """`then if condition else other`; only the one that is taken is evaluated."""

    condition: Term
    then: Term
    other: Term

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102
        return (self.then if self.condition.evaluate(scope) else self.other).evaluate(scope)

    def parts(self) -> tuple[Term, ...]:  # noqa: D102
        return self.condition, self.then, self.other


@dataclass(frozen=True)
class Call(Term):
    """A call of a function that the scope knows, such as a measure."""

    name: str
    arguments: tuple[Term, ...]

    def evaluate(self, scope: Scope) -> Plain:  # noqa: D102
        return scope.call(self.name, tuple(a.evaluate(scope) for a in self.arguments))

    def parts(self) -> tuple[Term, ...]:  # noqa: D102
        return self.arguments
