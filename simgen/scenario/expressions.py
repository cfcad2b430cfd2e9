"""Expressions: a small language of quantities, checked for units when it is read. Nothing is ever executed.

    A if C else B | or | and | not | < <= > >= == != (may be chained) | + - | * / | - (sign) | ^ whole power

and quantities ("12 m/s^2"), 'texts', true, false, inf, names with dots, calls and parentheses. Numbers are
SI when they are evaluated; the kind of an expression knows its dimension and the bounds of its values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.errors import UserError
from simgen.scenario.distributions import Plain
from simgen.scenario.document import Scalar
from simgen.scenario.kinds import Kind, Number
from simgen.scenario.parsing import MAX_DEPTH, MAX_LENGTH, Parser
from simgen.scenario.source import Mark, Problems
from simgen.scenario.terms import Call, Name, NoValueError, Scope, Term
from simgen.scenario.vocabulary import ActorArgument, Function, Names

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "ActorArgument",
    "Expression",
    "Function",
    "Names",
    "Scope",
    "parse_expression",
]


@dataclass(frozen=True)
class Expression:
    """A checked expression. Immutable, picklable.

    Attributes:
        text: as it is written.
        kind: of its values; a number knows its bounds.
        where: its place in the source, for messages.
        term: its meaning.
    """

    text: str
    kind: Kind
    where: str
    term: Term

    def evaluate(self, scope: Scope) -> Plain:
        """Its value, numbers in SI.

        Raises:
            UserError: arithmetic has no result (0 / 0, inf - inf), or overflows.
        """
        try:
            if not isinstance(self.kind, Number):
                return self.term.evaluate(scope)
            value = self.term.number(scope)
        except NoValueError:
            raise UserError(f"{self.where}: '{self.text}' has no value here (0 / 0, or inf - inf)") from None
        if math.isinf(value) and not self.kind.infinite:
            raise UserError(f"{self.where}: '{self.text}' is too large for a number here")
        return int(value) if self.kind.whole and math.isfinite(value) else value

    def names(self) -> frozenset[str]:
        """The names that it reads."""
        return frozenset(t.name for t in self.term.walk() if isinstance(t, Name))

    def functions(self) -> frozenset[str]:
        """The functions that it calls beside the built-in ones."""
        return frozenset(t.name for t in self.term.walk() if isinstance(t, Call))


def parse_expression(node: Scalar, names: Names, problems: Problems) -> Expression | None:
    """The expression that a text means, or None after noting every fault at its own column."""
    if node.is_null or not node.text.strip():
        problems.add(node.mark, "an expression is missing", "expected one, as in '0.05 m + 0.40 m * severity'")
        return None
    if len(node.text) > MAX_LENGTH:
        message = f"an expression has at most {MAX_LENGTH} characters, this one has {len(node.text)}"
        problems.add(node.mark, message, "give its parts names under 'params'")
        return None
    begin = _begin(node)

    def fault(start: int, end: int, message: str, expected: str) -> None:
        mark = node.mark if begin is None else Mark(node.mark.source, node.mark.line, begin + start, end - start)
        problems.add(mark, message, expected)

    term = Parser(node.text, names, fault).whole()
    return Expression(node.text, term.kind, str(node.mark), term) if term is not None else None


def _begin(node: Scalar) -> int | None:
    """The column of the text's first character; None where it does not stand on its line as it is read."""
    lines = node.mark.source.lines
    line = lines[node.mark.line - 1] if node.mark.line <= len(lines) else ""
    begin = node.mark.column + (0 if node.plain else 1)
    return begin if line.startswith(node.text, begin - 1) else None
