"""Values that follow from other values: expressions, and one of two values by a condition."""

from __future__ import annotations

from dataclasses import dataclass

from simgen.scenario.distributions import Plain, Source, Value
from simgen.scenario.expressions import Expression
from simgen.scenario.kinds import Number, Text


@dataclass(frozen=True)
class _Params:
    """The drawn parameters of one sample, as an expression asks for them."""

    source: Source

    def value(self, name: str) -> Plain:
        return self.source.param(name)

    def call(self, name: str, arguments: tuple[Plain, ...]) -> Plain:
        raise TypeError(f"no function {name} is lent to a parameter")


@dataclass(frozen=True)
class Computed(Value):
    """The value of an expression over parameters; `drawn` tells whether any of them is random."""

    expression: Expression
    drawn: bool

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102  (as the base says, here and below)
        return self.expression.evaluate(_Params(source))

    @property
    def random(self) -> bool:  # noqa: D102
        return self.drawn

    @property
    def redrawable(self) -> bool:  # noqa: D102
        return False

    @property
    def whole(self) -> bool:  # noqa: D102
        return isinstance(self.expression.kind, Number) and self.expression.kind.whole

    @property
    def infinite(self) -> bool:  # noqa: D102
        return isinstance(self.expression.kind, Number) and self.expression.kind.infinite

    def support(self) -> tuple[float, float]:  # noqa: D102
        kind = self.expression.kind
        return (kind.low, kind.high) if isinstance(kind, Number) else super().support()

    def texts(self) -> tuple[str, ...]:  # noqa: D102
        return self.expression.kind.options if isinstance(self.expression.kind, Text) else ()


@dataclass(frozen=True)
class Given(Value):
    """`then` where a condition over parameters holds, else `other`; both draw from the same keyed uniform."""

    condition: Computed
    then: Value
    other: Value

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        holds = self.condition.draw(source, path)
        return (self.then if holds else self.other).draw(source, path)

    @property
    def random(self) -> bool:  # noqa: D102
        return self.condition.random or self.then.random or self.other.random

    @property
    def redrawable(self) -> bool:  # noqa: D102
        return self.then.redrawable or self.other.redrawable

    @property
    def whole(self) -> bool:  # noqa: D102
        return self.then.whole and self.other.whole

    @property
    def infinite(self) -> bool:  # noqa: D102
        return self.then.infinite or self.other.infinite

    def support(self) -> tuple[float, float]:  # noqa: D102
        then, other = self.then.support(), self.other.support()
        return min(then[0], other[0]), max(then[1], other[1])

    def texts(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(dict.fromkeys([*self.then.texts(), *self.other.texts()]))
