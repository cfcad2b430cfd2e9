"""What the parts of an expression mean together: units, bounds and names are checked where they meet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from simgen.scenario import bounds as b
from simgen.scenario.arithmetic import BUILT_IN
from simgen.scenario.checks import ANY, Checker, Part, called_so, hull
from simgen.scenario.kinds import Kind, Number, Text, Truth, called
from simgen.scenario.source import one_of
from simgen.scenario.terms import Both, Comparison, Conditional, Literal, Name, Not, Power, Product, Sum, Term
from simgen.scenario.tokens import Token
from simgen.units import Dimension, dimension_of, is_unit

MAX_POWER = 8
"""Greatest power of an expression, either way."""
_STEEPEST = 16  # power of a base unit


class Meaning(Checker):
    """Joins the parts of one text."""

    # -- leaves --------------------------------------------------------------------------------------------

    def literal(self, token: Token) -> Part:
        """A quantity, a text in quotes, a truth or an infinity."""
        term: Term
        if token.sort == "text":
            term = Literal(Text("a text", (token.text,)), token.text)
        elif token.text in ("true", "false"):
            term = Literal(Truth(), token.text == "true")
        elif token.text == "inf":
            term = Literal(Number(ANY, math.inf, math.inf, infinite=True), math.inf)
        else:
            found = token.quantity
            assert found is not None  # the token is a quantity
            kind = Number(found.dimension or ANY, found.value, found.value, whole=found.value.is_integer())
            term = Literal(kind, found.value)
        return Part(term, token.start, token.end)

    def name(self, token: Token) -> Part:
        """A name, whose kind the names tell."""
        kind = self.names.kind_of(token.text)
        is_function = self.names.function(token.text) is not None or token.text in BUILT_IN
        known = [] if kind is not None else [n for n in self.names.known() if self.names.function(n) is None]
        if kind is None and token.text not in known:
            hint = one_of(token.text, known) if known else "there is nothing here that it could name"
            if is_function:
                hint = f"a function is called: {token.text}(...)"
            elif is_unit(token.text):
                hint = f"a unit follows its number, without spaces: 12 m/s; {hint}"
            self.fault(token.start, token.end, f"nothing is called {token.text!r}", hint)
        return Part(Name(kind, token.text) if kind is not None else None, token.start, token.end)

    # -- truths --------------------------------------------------------------------------------------------

    def logic(self, parts: Sequence[Part], *, either: bool) -> Part:
        """All of some truths, or with `either` any of them; one part is itself."""
        if len(parts) == 1:
            return parts[0]
        terms = [self.truth(part) for part in parts]
        good = tuple(t for t in terms if t is not None)
        term = Both(Truth(), good, either) if len(good) == len(terms) else None
        return Part(term, parts[0].start, parts[-1].end)

    def opposite(self, part: Part, start: int, times: int) -> Part:
        """A truth negated some times."""
        operand = self.truth(part)
        negated = operand is not None and times % 2 == 1
        return Part(Not(Truth(), operand) if operand is not None and negated else operand, start, part.end)

    def comparison(self, parts: Sequence[Part], signs: Sequence[Token]) -> Part:
        """A chain of comparisons, each between things of one kind."""
        fine = [self._comparable(x, y, sign) for x, y, sign in zip(parts, parts[1:], signs, strict=False)]
        terms = tuple(p.term for p in parts if p.term is not None)
        whole = all(fine) and len(terms) == len(parts)
        term = Comparison(Truth(), terms, tuple(s.text for s in signs)) if whole else None
        return Part(term, parts[0].start, parts[-1].end)

    def _comparable(self, left: Part, right: Part, sign: Token) -> bool:
        if left.term is None or right.term is None:
            return False
        x, y = left.term.kind, right.term.kind
        if isinstance(x, Number) and isinstance(y, Number):
            return self.alike(left, right, sign, "compare {right} with {left}") is not None
        if type(x) is not type(y) or sign.text not in ("==", "!="):
            if type(x) is type(y):
                message, hint = f"{called(x)} has no order", "expected == or !="
            else:
                message, hint = f"cannot compare {called_so(y)} with {called_so(x)}", self.both_are(left, right)
            self.fault(sign.start, sign.end, message, hint)
            return False
        if isinstance(x, Text) and isinstance(y, Text) and x.options and y.options and not {*x.options} & {*y.options}:
            stray, known = (right, x.options) if isinstance(right.term, Literal) else (left, y.options)
            text = self.text[stray.start : stray.end].strip("'\"")
            self.fault(stray.start, stray.end, f"this is never {text!r}", one_of(text, known))
            return False
        return True

    def conditional(self, then: Part, condition: Part, other: Part) -> Part:
        """One of two values of one kind, as a condition tells."""
        truth = self.truth(condition)
        kind = self._common(then, other)
        if truth is None or kind is None or then.term is None or other.term is None:
            return Part(None, then.start, other.end)
        return Part(Conditional(kind, truth, then.term, other.term), then.start, other.end)

    def _common(self, left: Part, right: Part) -> Kind | None:
        """The kind of what is one of two values."""
        if left.term is None or right.term is None:
            return None
        x, y = left.term.kind, right.term.kind
        if isinstance(x, Number) and isinstance(y, Number):
            dimension = self.alike(left, right, None, "choose between {left} and {right}")
            return None if dimension is None else hull(dimension, (x, y))
        if isinstance(x, Text) and isinstance(y, Text):
            return Text("a text", tuple(dict.fromkeys([*x.options, *y.options])) if x.options and y.options else ())
        if type(x) is type(y):
            return x
        message = f"cannot choose between {called_so(x)} and {called_so(y)}"
        self.fault(right.start, right.end, message, self.both_are(left, right))
        return None

    # -- numbers -------------------------------------------------------------------------------------------

    def signed(self, part: Part, start: int, *, minus: bool) -> Part:
        """A number with signs before it."""
        kind = self.number(part)
        if kind is None or part.term is None or not minus:
            return Part(part.term if kind is not None else None, start, part.end)
        low, high = b.negated((kind.low, kind.high))
        return Part(Sum(replace(kind, low=low, high=high), (part.term,), (True,)), start, part.end)

    def added(self, left: Part, right: Part, sign: Token) -> Part:
        """A sum or difference of two numbers of one dimension."""
        minus = sign.text == "-"
        verb = "subtract {right} from {left}" if minus else "add {right} to {left}"
        dimension = self.alike(left, right, sign, verb)
        x, y = left.term, right.term
        if dimension is None or x is None or y is None:
            return Part(None, left.start, right.end)
        assert isinstance(x.kind, Number)  # both are, being alike
        assert isinstance(y.kind, Number)
        other = (y.kind.low, y.kind.high)
        low, high = b.added((x.kind.low, x.kind.high), b.negated(other) if minus else other)
        kind = replace(hull(dimension, (x.kind, y.kind)), low=low, high=high)
        before = (x.terms, x.minus) if isinstance(x, Sum) else ((x,), (False,))
        return Part(Sum(kind, (*before[0], y), (*before[1], minus)), left.start, right.end)

    def multiplied(self, left: Part, right: Part, sign: Token) -> Part:
        """A product or quotient of two numbers."""
        x, y = self.measured(left), self.measured(right)
        if x is None or y is None or left.term is None or right.term is None:
            return Part(None, left.start, right.end)
        under = sign.text == "/"
        power = -1 if under else 1
        dimension = self._dimension(x, y, power, sign)
        if dimension is None:
            return Part(None, left.start, right.end)
        if under and y.low == y.high == 0.0:
            self.fault(right.start, right.end, "this divides by 0", "expected a divisor that is not 0")
            return Part(None, left.start, right.end)
        limits = (y.low, y.high)
        low, high = b.multiplied((x.low, x.high), b.inverted(limits) if under else limits)
        infinite = x.infinite or (under and b.holds_zero(limits)) or (not under and y.infinite)
        kind = Number(dimension, low, high, whole=x.whole and y.whole and not under, infinite=infinite)
        t = left.term
        before = (t.factors, t.under) if isinstance(t, Product) else ((t,), (False,))
        term = Product(kind, (*before[0], right.term), (*before[1], under))
        return Part(term, left.start, right.end)

    def raised(self, part: Part, power: int, end: int) -> Part:
        """A number to a whole power."""
        kind = self.measured(part)
        if kind is None or part.term is None:
            return Part(None, part.start, end)
        m, s, kg, rad, lx, cd = (e * power for e in kind.dimension.exponents)
        dimension = dimension_of((m, s, kg, rad, lx, cd))
        if max(map(abs, dimension.exponents)) > _STEEPEST:
            self.fault(part.start, end, "this is too high a power of a unit", f"expected at most {_STEEPEST}")
            return Part(None, part.start, end)
        limits = (kind.low, kind.high)
        low, high = b.raised(limits, power)
        infinite = (kind.infinite and power > 0) or (power < 0 and b.holds_zero(limits))
        whole = kind.whole and power >= 0
        term = Power(Number(dimension, low, high, whole=whole, infinite=infinite), part.term, power)
        return Part(term, part.start, end)

    def _dimension(self, x: Number, y: Number, power: int, sign: Token) -> Dimension | None:
        pairs = zip(x.dimension.exponents, y.dimension.exponents, strict=True)
        m, s, kg, rad, lx, cd = (i + power * j for i, j in pairs)
        dimension = dimension_of((m, s, kg, rad, lx, cd))
        if max(map(abs, dimension.exponents)) > _STEEPEST:
            self.fault(sign.start, sign.end, "this is too high a power of a unit", f"expected at most {_STEEPEST}")
            return None
        return dimension
