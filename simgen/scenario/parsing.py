"""From the words of an expression to its terms: the grammar, by recursive descent within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NoReturn

from simgen.scenario.calls import Calls
from simgen.scenario.checks import ANY, Part
from simgen.scenario.kinds import Number
from simgen.scenario.meaning import MAX_POWER, Meaning
from simgen.scenario.terms import ORDERINGS, Term
from simgen.scenario.tokens import Token, tokenize
from simgen.scenario.vocabulary import ActorArgument, Names
from simgen.units import NUMBER

MAX_LENGTH = 500
"""Longest expression, in characters."""
MAX_DEPTH = 24
"""Deepest nesting of an expression."""


class _StopError(Exception):
    """Raised inside the parser after a fault from which it cannot go on."""


class Parser:
    """Reads one expression; a recursive descent over its words."""

    def __init__(self, text: str, names: Names, fault: Callable[[int, int, str, str], None]) -> None:
        """Prepare to read.

        Args:
            text: of the expression.
            names: what it may name.
            fault: takes start, end, message and what is expected.
        """
        self._text = text
        self._fault = fault
        self._meaning = Meaning(text, names, fault)
        self._calls = Calls(text, names, fault)
        self._tokens: list[Token] = []
        self._at = 0
        self._depth = 0

    def whole(self) -> Term | None:
        """The meaning of the whole text, or None after noting what is wrong."""
        tokens = tokenize(self._text, self._fault)
        if tokens is None:
            return None
        self._tokens = tokens
        try:
            part = self._expression()
            token = self._token
            if token.sort != "end":
                self._stop(token, f"{token.text!r} does not belong here", "expected an operator, or the end")
        except _StopError:
            return None
        term = part.term
        if term is not None and isinstance(term.kind, Number) and term.kind.dimension is ANY:
            return replace(term, kind=replace(term.kind, dimension=NUMBER))
        return term

    # -- words ---------------------------------------------------------------------------------------------

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, *texts: str) -> Token | None:
        """The next word if it is one of these signs or words."""
        token = self._token
        if token.sort in ("sign", "word") and token.text in texts:
            self._at += 1
            return token
        return None

    def _need(self, text: str, why: str) -> Token:
        if self._token.text != text:
            self._stop(self._token, f"{text!r} is missing", why)
        return self._next()

    def _stop(self, token: Token, message: str, expected: str) -> NoReturn:
        start = min(token.start, max(len(self._text) - 1, 0))
        self._fault(start, max(token.end, start + 1), message, expected)
        raise _StopError

    # -- grammar -------------------------------------------------------------------------------------------

    def _expression(self) -> Part:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            hint = "give its parts names under 'params'"
            self._stop(self._token, f"an expression nests at most {MAX_DEPTH} deep", hint)
        part = self._either()
        if self._take("if"):
            condition = self._either()
            self._need("else", "expected A if CONDITION else B")
            part = self._meaning.conditional(part, condition, self._expression())
        self._depth -= 1
        return part

    def _either(self) -> Part:
        parts, _ = self._chain(("or",), self._both)
        return self._meaning.logic(parts, either=True)

    def _both(self) -> Part:
        parts, _ = self._chain(("and",), self._not)
        return self._meaning.logic(parts, either=False)

    def _not(self) -> Part:
        words = self._all("not")
        part = self._comparison()
        return self._meaning.opposite(part, words[0].start, len(words)) if words else part

    def _comparison(self) -> Part:
        parts, signs = self._chain(tuple(ORDERINGS), self._sum)
        return self._meaning.comparison(parts, signs) if signs else parts[0]

    def _sum(self) -> Part:
        parts, signs = self._chain(("+", "-"), self._product)
        total = parts[0]
        for part, sign in zip(parts[1:], signs, strict=True):
            total = self._meaning.added(total, part, sign)
        return total

    def _product(self) -> Part:
        parts, signs = self._chain(("*", "/"), self._signed)
        total = parts[0]
        for part, sign in zip(parts[1:], signs, strict=True):
            total = self._meaning.multiplied(total, part, sign)
        return total

    def _signed(self) -> Part:
        signs = self._all("-", "+")
        part = self._power()
        if not signs:
            return part
        return self._meaning.signed(part, signs[0].start, minus=sum(s.text == "-" for s in signs) % 2 == 1)

    def _power(self) -> Part:
        part = self._atom()
        if not self._take("^"):
            return part
        minus = self._take("-") is not None
        token = self._token
        if not token.text.isdecimal() or len(token.text) > 1 or int(token.text) > MAX_POWER:
            self._stop(token, "a power is a whole number", f"expected one from {-MAX_POWER} to {MAX_POWER}")
        self._at += 1
        if again := self._take("^"):
            self._stop(again, "a power of a power needs parentheses", "expected (a^2)^3")
        return self._meaning.raised(part, -int(token.text) if minus else int(token.text), token.end)

    def _atom(self) -> Part:
        token = self._token
        if self._take("("):
            part = self._expression()
            return Part(part.term, token.start, self._need(")", f"'(' stands at character {token.start + 1}").end)
        if token.sort not in ("quantity", "text", "name") and token.text not in ("true", "false", "inf"):
            found = f"{token.text!r} stands where a value is needed" if token.text else "the expression ends too early"
            self._stop(token, found, "expected a quantity, a name, a call or ( )")
        self._at += 1
        if token.sort == "name":
            return self._call(token) if self._take("(") else self._meaning.name(token)
        return self._meaning.literal(token)

    def _call(self, name: Token) -> Part:
        """A call whose name and opening parenthesis have been read."""
        function = self._calls.function(name.text)
        wanted = function.arguments if function is not None else ()
        arguments: list[Part] = []
        while not arguments or self._take(","):
            argument = wanted[len(arguments)] if len(arguments) < len(wanted) else None
            if isinstance(argument, ActorArgument) and self._token.sort == "name":
                arguments.append(self._calls.actor(self._next(), argument))
            else:
                arguments.append(self._expression())
        return self._calls.call(name, arguments, self._need(")", "expected , or )").end)

    def _chain(self, signs: Iterable[str], below: Callable[[], Part]) -> tuple[list[Part], list[Token]]:
        parts, found = [below()], []
        while sign := self._take(*signs):
            found.append(sign)
            parts.append(below())
        return parts, found

    def _all(self, *texts: str) -> list[Token]:
        found = []
        while token := self._take(*texts):
            found.append(token)
        return found
