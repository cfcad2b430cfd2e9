"""What the parts of an expression have to be: numbers of one dimension, truths; faults are noted where they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simgen.scenario.kinds import Kind, Number, Truth, called
from simgen.scenario.terms import Literal, Term
from simgen.scenario.tokens import Token
from simgen.scenario.vocabulary import Names
from simgen.units import NUMBER, Dimension

ANY = Dimension("infinity", (0, 0, 0, 0, 0, 0))
"""Of a bare "inf", which fits every dimension."""


@dataclass(frozen=True)
class Part:
    """A stretch of the text and its meaning; None where a fault in it has been noted."""

    term: Term | None
    start: int
    end: int


class Checker:
    """Checks the parts of one text; says what is wrong with them and goes on without a meaning."""

    def __init__(self, text: str, names: Names, fault: Callable[[int, int, str, str], None]) -> None:
        self.text = text
        self.names = names
        self.fault = fault

    def quoted(self, part: Part) -> str:
        """A part as it is written."""
        return f"'{self.text[part.start : part.end]}'"

    def both_are(self, left: Part, right: Part) -> str:
        """What two parts are, for a hint."""
        said = [f"{self.quoted(p)} is {called_so(p.term.kind)}" for p in (left, right) if p.term is not None]
        return ", ".join(said)

    def truth(self, part: Part) -> Term | None:
        """Its term, where it is a truth."""
        if part.term is None or isinstance(part.term.kind, Truth):
            return part.term
        message = f"{self.quoted(part)} is {called_so(part.term.kind)}, not true or false"
        self.fault(part.start, part.end, message, "expected a comparison, as in rain > 50 mm/h")
        return None

    def number(self, part: Part) -> Number | None:
        """Its kind, where it is a number."""
        if part.term is None:
            return None
        if isinstance(part.term.kind, Number):
            return part.term.kind
        self.fault(part.start, part.end, f"{self.quoted(part)} is {called_so(part.term.kind)}", "expected a number")
        return None

    def measured(self, part: Part) -> Number | None:
        """The kind of a number that measures something; a bare infinity does not."""
        kind = self.number(part)
        if kind is not None and kind.dimension is ANY:
            self.fault(part.start, part.end, "inf has no unit to calculate with", "expected a finite quantity")
            return None
        return kind

    def alike(self, left: Part, right: Part, sign: Token | None, verb: str) -> Dimension | None:
        """The dimension of two numbers that have to share it, or None after noting that they do not."""
        x, y = self.number(left), self.number(right)
        if x is None or y is None:
            return None
        if ANY in (x.dimension, y.dimension):
            return y.dimension if x.dimension is ANY else x.dimension
        if x.dimension.exponents == y.dimension.exponents:
            return x.dimension
        start, end = (right.start, right.end) if sign is None else (sign.start, sign.end)
        hint = self.both_are(left, right)
        plain = right if y.dimension.exponents == NUMBER.exponents else left
        if isinstance(plain.term, Literal) and (x.dimension.exponents == NUMBER.exponents or plain is right):
            unit = (x if plain is right else y).dimension.examples
            hint += f"; with its unit: {self.text[plain.start : plain.end]} {unit[0]}" if unit else ""
        said = verb.format(left=x.dimension.article, right=y.dimension.article)
        self.fault(start, end, f"cannot {said}", hint)
        return None


def hull(dimension: Dimension, kinds: Sequence[Number]) -> Number:
    """The kind of a number that is one of several."""
    low, high = min(k.low for k in kinds), max(k.high for k in kinds)
    whole, infinite = all(k.whole for k in kinds), any(k.infinite for k in kinds)
    return Number(dimension, low, high, whole=whole, infinite=infinite)


def called_so(kind: Kind) -> str:
    """What a value of a kind is called in an expression."""
    return "infinite" if isinstance(kind, Number) and kind.dimension is ANY else called(kind)
