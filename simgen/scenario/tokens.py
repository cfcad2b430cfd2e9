"""The words of an expression: quantities with their units, texts in quotes, names, words and signs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from simgen.units import Quantity, UnitError, is_unit, parse_quantity

WORDS = ("and", "or", "not", "if", "else", "true", "false", "inf")
"""Names that mean something themselves."""
SIGNS = ("<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "^", "(", ")", ",")
"""Operators and brackets, longer ones first."""

_SPACE = re.compile(r"[ \t\n]+")
_DECIMAL = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SYMBOL = r"(?:[A-Za-zµ]+|°|%)(?:\^-?[0-9]+|[²³])?"
_UNIT = re.compile(rf"(\s*)((?:1?/)?{_SYMBOL}(?:[/·]{_SYMBOL})*)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[[0-9]{1,4}\])?(?:\.[A-Za-z0-9_]+(?:\[[0-9]{1,4}\])?)*")
_TEXT = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_MEANT = {"=": "a comparison is written ==", "&": "write 'and'", "|": "write 'or'", "!": "write 'not'",
          "$": "a parameter is named without $ in an expression", "?": "write A if CONDITION else B",
          "[": "lists have no place in an expression", "{": "maps have no place in an expression"}  # fmt: skip


@dataclass(frozen=True)
class Token:
    """A word of an expression.

    Attributes:
        sort: "quantity", "text", "name", "word", "sign" or "end".
        text: as it is written; of a text, without its quotes.
        start, end: where it stands, counted from 0.
        quantity: its value, where it is one.
    """

    sort: str
    text: str
    start: int
    end: int
    quantity: Quantity | None = None


def tokenize(text: str, fault: Callable[[int, int, str, str], None]) -> list[Token] | None:
    """The words of a text, the last one an "end"; None after reporting the first that is none.

    A unit follows its number, and its signs stand without spaces: `12 m/s^2` is one quantity, `12 m / s` a
    division by what is named `s`. `*` always multiplies.

    Args:
        text: of the expression.
        fault: takes start, end, message and what is expected.
    """
    tokens: list[Token] = []
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at == len(text):
            return [*tokens, Token("end", "", at, at)]
        token = _next(text, at, fault)
        if token is None:
            return None
        tokens.append(token)
        at = token.end


def _next(text: str, at: int, fault: Callable[[int, int, str, str], None]) -> Token | None:
    if match := _DECIMAL.match(text, at):
        return _quantity(text, at, match.end(), fault)
    if match := _NAME.match(text, at):
        return Token("word" if match[0] in WORDS else "name", match[0], at, match.end())
    if match := _TEXT.match(text, at):
        return Token("text", match[1] or match[2] or "", at, match.end())
    for sign in SIGNS:
        if text.startswith(sign, at):
            if sign == "*" and text.startswith("**", at):
                fault(at, at + 2, "'**' has no meaning in an expression", "a power is written ^")
                return None
            return Token("sign", sign, at, at + len(sign))
    quote = text[at] in "'\""
    message = "this text has no closing quote" if quote else f"{text[at]!r} has no meaning in an expression"
    fault(at, at + 1, message, _MEANT.get(text[at], "expected a quantity, a name, or one of + - * / ^ < > ( )"))
    return None


def _quantity(text: str, at: int, end: int, fault: Callable[[int, int, str, str], None]) -> Token | None:
    """The number that ends at `end`, with the unit that may follow it."""
    rest = text[end : end + 1]
    unit = _UNIT.match(text, end)
    per = False
    if rest in ("_", ".", ":") or rest.isdigit():
        unit = None
        end += 1
    elif unit is not None and _belongs(unit[1], unit[2]):
        end = unit.end()
        per = unit[2].startswith("/")  # 0.3/m is 0.3 1/m
    written = text[at:end]
    try:
        quantity = parse_quantity(written.replace("/", " 1/", 1) if per else written)
    except UnitError as error:
        hint = "; to divide by a name, put spaces around /" if "/" in written else ""
        fault(at, end, str(error), f"expected a number with its unit, as in 12 m/s^2{hint}")
        return None
    return Token("quantity", written, at, end, quantity)


def _belongs(space: str, unit: str) -> bool:
    """Whether what follows a number is its unit, and not a word or a division."""
    first = re.split(r"[/·^²³]", unit.removeprefix("1/").removeprefix("/"))[0]
    if unit.startswith("/"):
        return not space and is_unit(first)  # 0.3/m; but 0.3 / m divides by what is named m
    return first not in WORDS
