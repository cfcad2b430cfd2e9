"""Calls in an expression: the built-in functions and those that its surroundings lend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simgen.scenario.arithmetic import BUILT_IN, BuiltInCall, root_kind
from simgen.scenario.checks import ANY, Checker, Part, called_so
from simgen.scenario.kinds import Kind, Number, Text, called
from simgen.scenario.source import one_of
from simgen.scenario.terms import Call, Literal, Term
from simgen.scenario.tokens import Token
from simgen.scenario.vocabulary import ActorArgument, Function
from simgen.units import NUMBER


class Calls(Checker):
    """Reads calls of one text."""

    def function(self, name: str) -> Function | None:
        """A function that is not built in."""
        return self.names.function(name)

    def call(self, name: Token, arguments: Sequence[Part], end: int) -> Part:
        """A call of a function, built in or not."""
        function = self.names.function(name.text)
        if name.text in BUILT_IN:
            term = self._built_in(name, arguments)
        elif function is not None:
            term = self._measure(name, function, arguments)
        else:
            known = [*BUILT_IN, *(n for n in self.names.known() if self.names.function(n) is not None)]
            self.fault(name.start, name.end, f"no function is called {name.text!r}", one_of(name.text, known))
            term = None
        return Part(term, name.start, end)

    def actor(self, token: Token, argument: ActorArgument) -> Part:
        """A name that is an argument itself."""
        if token.text not in argument.options:
            hint = one_of(token.text, argument.options)
            self.fault(token.start, token.end, f"{token.text!r} is not {argument.what}", hint)
            return Part(None, token.start, token.end)
        return Part(Literal(Text(argument.what, (token.text,)), token.text), token.start, token.end)

    def _count(self, name: Token, arguments: Sequence[Part], fewest: int, most: int, what: str) -> bool:
        if fewest <= len(arguments) <= most:
            return True
        wanted = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        self.fault(name.start, name.end, f"{name.text} takes {wanted} arguments, here are {len(arguments)}", what)
        return False

    def _measure(self, name: Token, function: Function, arguments: Sequence[Part]) -> Term | None:
        wanted = function.arguments
        form = f"expected {name.text}({', '.join(_article(w) for w in wanted)})"
        if not self._count(name, arguments, len(wanted), len(wanted), form):
            return None
        fine = [self._suits(part, argument) for part, argument in zip(arguments, wanted, strict=True)]
        terms = tuple(p.term for p in arguments if p.term is not None)
        return Call(function.result, name.text, terms) if all(fine) else None

    def _suits(self, part: Part, argument: Kind | ActorArgument) -> bool:
        if part.term is None:
            return False
        found = part.term.kind
        if isinstance(argument, ActorArgument):
            if isinstance(found, Text) and found.what == argument.what:
                return True
            options = f"expected one of: {', '.join(argument.options)}"
            self.fault(part.start, part.end, f"{self.quoted(part)} is not {argument.what}", options)
            return False
        if isinstance(argument, Number) and isinstance(found, Number):
            good = found.dimension is ANY or found.dimension.exponents == argument.dimension.exponents
        else:
            good = type(found) is type(argument)
        if not good:
            self.fault(part.start, part.end, f"{self.quoted(part)} is {called_so(found)}", f"expected {argument}")
        return good

    def _built_in(self, name: Token, arguments: Sequence[Part]) -> Term | None:
        function = BUILT_IN[name.text]
        if not self._count(name, arguments, function.fewest, function.most, f"{name.text}: {function.description}"):
            return None
        kinds = [k for k in map(self.number, arguments) if k is not None]
        if len(kinds) < len(arguments):
            return None
        for part in arguments[1:]:
            dimension = self.alike(arguments[0], part, None, f"take the {name.text} of {{left}} and {{right}}")
            if dimension is None:
                return None
        if function.argument is not None and not self._suits(arguments[0], function.argument):
            return None
        low, high = function.domain
        if not (low <= kinds[0].low and kinds[0].high <= high):
            part = arguments[0]
            hint = f"expected a value that is never below 0: max(0, {self.text[part.start : part.end]})"
            self.fault(part.start, part.end, f"{self.quoted(part)} may be below 0", hint)
            return None
        fitting = [k for k in kinds if k.dimension is not ANY] or kinds
        kind = replace(function.result(kinds), dimension=NUMBER if function.argument else fitting[0].dimension)
        if name.text == "sqrt":
            root = root_kind(kinds[0])
            if root is None:
                message = f"the square root of {called_so(kinds[0])} has no unit"
                self.fault(name.start, name.end, message, "expected an area, a squared speed, ...")
                return None
            kind = root
        return BuiltInCall(kind, name.text, tuple(p.term for p in arguments if p.term is not None))


def _article(argument: Kind | ActorArgument) -> str:
    return str(argument) if isinstance(argument, ActorArgument) else called(argument)
