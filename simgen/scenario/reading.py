"""Reading nodes as values: leaves, distributions, parameters. Every fault is noted where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from simgen.scenario.computed import Computed, Given
from simgen.scenario.continuous import Lognormal
from simgen.scenario.distributions import Constant, Normal, Param, Value
from simgen.scenario.document import Mapping, Node, Scalar, describe
from simgen.scenario.expressions import Expression, Function, parse_expression
from simgen.scenario.factors import Found
from simgen.scenario.form_reading import entries, read_form
from simgen.scenario.forms import FORMS, conditional, is_value
from simgen.scenario.inference import infer_kind
from simgen.scenario.kinds import Kind, Number, Text, Truth, called, fits
from simgen.scenario.param_order import dependency_order
from simgen.scenario.source import Problems, nearest, one_of
from simgen.units import UnitError, format_si, to_si


class Reader:
    """Reads values of one scenario; holds its problems, its parameters and what it found.

    Attributes:
        problems: everything that is wrong.
        fixed: paths that were set since the file was read; what spoke of them as drawn may still do so.
        found: by identity of its node, what was read as a value.
    """

    def __init__(self, problems: Problems, params: Mapping | None, fixed: frozenset[str] = frozenset()) -> None:
        self.problems = problems
        self.fixed = fixed
        self._param_nodes = params.entries if params is not None else {}
        self._param_marks = params.key_marks if params is not None else {}
        self._params: dict[str, tuple[Value, Kind] | None] = {}
        self.found: dict[int, Found] = {}
        self._expressions: dict[Scalar, Expression | None] = {}
        self._order = dependency_order(self._param_nodes, problems)
        for name in self._order:
            self._params[name] = self._read_param(name)

    def params(self) -> dict[str, Value]:
        """All parameters that can be read by name, each after those that it follows from."""
        entries = ((name, self._params[name]) for name in self._order)
        return {name: entry[0] for name, entry in entries if entry is not None}

    def param_names(self) -> tuple[str, ...]:
        """The names of all parameters in document order, those at fault too."""
        return tuple(self._param_nodes)

    def param(self, name: str) -> tuple[Value, Kind] | None:
        """A parameter with its kind, or None where there is none, or it is at fault."""
        return self._params.get(name)

    def value(self, node: Node, kind: Kind) -> Value | None:
        """The value that a node means, or None after noting why it means none."""
        value = self._checked(node, kind)
        if value is not None:
            self.found[id(node)] = Found(node, kind, value)
        return value

    def _checked(self, node: Node, kind: Kind) -> Value | None:
        value = self._value(node, kind)
        if value is None or not isinstance(kind, Number):
            return value
        if kind.whole and not value.whole:
            self.problems.add(node.mark, f"{_subject(node)} need not be a whole number", f"expected {kind}")
            return None
        if value.infinite and not kind.infinite:
            self.problems.add(node.mark, f"{_subject(node)} may be infinite", f"expected {kind}, finite")
            return None
        low, high = value.support()
        if not kind.admits(low, high):
            drawn = f"may be drawn from {format_si(low, kind.dimension)} to {format_si(high, kind.dimension)}"
            message = f"{_subject(node)} {drawn}" if value.random else f"{_subject(node)} is out of range"
            self.problems.add(node.mark, message, f"expected {kind}{_remedy(value)}")
            return None
        return value

    def constant(self, node: Node, kind: Kind, why: str) -> float | str | bool | None:
        """A value that must be the same in every sample, or None after noting why it is not."""
        value = self.value(node, kind)
        if isinstance(value, Constant):
            return value.value
        if value is not None:
            self.problems.add(
                node.mark, f"{_subject(node)} may not be drawn or referenced here", f"{why}; expected {kind}"
            )
        return None

    def _value(self, node: Node, kind: Kind) -> Value | None:
        if isinstance(node, Scalar):
            return self._reference(node, kind) if node.text.startswith("$") else self._leaf(node, kind)
        if isinstance(node, Mapping):
            return self._distribution(node, kind)
        self.problems.add(node.mark, "a list stands where one value is needed", f"expected {kind}, or a distribution")
        return None

    def _leaf(self, node: Scalar, kind: Kind) -> Value | None:
        if isinstance(kind, Truth):
            if node.plain and node.text in ("true", "false"):
                return Constant(node.text == "true")
            hint = "; 'yes', 'no', 'on' and 'off' are plain text" if node.text.lower() in _LOOKS_TRUE else ""
            self.problems.add(node.mark, f"{describe(node)} is not a truth value", f"expected {kind}{hint}")
            return None
        if isinstance(kind, Text):
            if node.is_null or (kind.options and node.text not in kind.options):
                expected = one_of(node.text, kind.options) if kind.options else f"expected {kind.what}"
                self.problems.add(node.mark, f"{describe(node)} is not {kind.what}", expected)
                return None
            return Constant(node.text)
        try:
            if node.is_null:
                raise UnitError("a value is missing")
            number = to_si(node.text, kind.dimension)
        except UnitError as error:
            self.problems.add(node.mark, str(error), f"expected {kind}")
            return None
        return Constant(int(number) if kind.whole and number.is_integer() else number)

    # -- distributions, expressions, conditions ---------------------------------------------------------------

    def _distribution(self, node: Mapping, kind: Kind) -> Value | None:
        if "given" in node.entries:
            return self._given(node, kind)
        if not is_value(node.entries):
            unknown = next((k for k in node.entries if k not in FORMS), None)
            mark = node.key_marks[unknown] if unknown is not None else node.mark
            message = f"no distribution is called {unknown!r}" if unknown is not None else "one distribution is needed"
            hint = nearest(unknown or "", FORMS)
            known = f"{', '.join(FORMS)}, or {{{', '.join(conditional(kind).names())}}}"
            self.problems.add(mark, message, f"{hint}expected {kind}, or one of: {known}")
            return None
        name, body = next(iter(node.entries.items()))
        if refusal := FORMS[name].refusal(kind):
            hint = "expected poisson, uniform or choice" if "whole" in refusal else "take another distribution"
            self.problems.add(node.key_marks[name], refusal, hint)
            return None
        return self._computed(body, kind) if name == "expr" else read_form(self, FORMS[name], body, kind)

    def _given(self, node: Mapping, kind: Kind) -> Value | None:
        fields = entries(self, node, conditional(kind))
        if fields is None:
            return None
        condition = self.expression(fields["given"])
        then, other = self.value(fields["then"], kind), self.value(fields["else"], kind)
        if condition is not None and not isinstance(condition.kind, Truth):
            message = f"the condition {condition.text!r} is {called(condition.kind)}"
            self.problems.add(fields["given"].mark, message, 'expected true or false, as in "rain > 50 mm/h"')
            return None
        if condition is None or then is None or other is None:
            return None
        return Given(Computed(condition, self._varies(condition)), then, other)

    def _computed(self, node: Node, kind: Kind) -> Value | None:
        expression = self.expression(node)
        if expression is None:
            return None
        value = Computed(expression, self._varies(expression))
        if not fits(expression.kind, kind, value):
            message = f"{expression.text!r} is {called(expression.kind)}"
            self.problems.add(node.mark, message, f"expected {kind}")
            return None
        return value

    def expression(self, node: Node) -> Expression | None:
        """The expression over parameters that a node means, or None after noting why it means none."""
        if not isinstance(node, Scalar):
            self.problems.add(node.mark, f"{describe(node)} is not an expression", 'expected "0.4 m * severity"')
            return None
        if node not in self._expressions:
            self._expressions[node] = parse_expression(node, _ParamNames(self), self.problems)
        return self._expressions[node]

    def _varies(self, expression: Expression) -> bool:
        entries = (self.param(name) for name in expression.names())
        return any(entry is not None and entry[0].random for entry in entries)

    # -- parameters ----------------------------------------------------------------------------------------

    def _reference(self, node: Scalar, kind: Kind) -> Value | None:
        name = node.text[1:]
        if name not in self._param_nodes:
            known = one_of(name, self._param_nodes) if self._param_nodes else "there is no 'params' here"
            self.problems.add(node.mark, f"no parameter is called {name!r}", known)
            return None
        entry = self.param(name)
        if entry is None:
            return None
        value, found = entry
        if not fits(found, kind, value):
            where = self._param_marks[name]
            self.problems.add(node.mark, f"${name} is {called(found)} (at {where})", f"expected {kind}")
            return None
        return Param(name, value)

    def _read_param(self, name: str) -> tuple[Value, Kind] | None:
        node = self._param_nodes[name]
        kind = infer_kind(node, self._kind_of, self._kind_of_expression)
        if kind is None:
            hint = "expected a quantity, text, truth or distribution"
            self.problems.add(node.mark, "a parameter has a value", hint)
        value = self._value(node, kind) if kind is not None else None
        if value is None or kind is None:
            return None
        self.found[id(node)] = Found(node, kind, value)
        return value, kind

    def _kind_of(self, name: str) -> Kind | None:
        entry = self.param(name)
        return entry[1] if entry is not None else None

    def _kind_of_expression(self, node: Node) -> Kind | None:
        expression = self.expression(node)
        return expression.kind if expression is not None else None


@dataclass(frozen=True)
class _ParamNames:
    """The parameters, as an expression names them."""

    reader: Reader

    def kind_of(self, name: str) -> Kind | None:
        entry = self.reader.param(name)
        if entry is None:
            return None
        value, kind = entry
        if isinstance(kind, Number):
            low, high = value.support()
            return Number(kind.dimension, low, high, whole=value.whole, infinite=value.infinite)
        return Text(kind.what, value.texts()) if isinstance(kind, Text) else kind

    def known(self) -> tuple[str, ...]:
        return self.reader.param_names()

    def function(self, name: str) -> Function | None:
        return None


_LOOKS_TRUE = ("yes", "no", "on", "off", "true", "false", "y", "n")


def _subject(node: Node) -> str:
    return describe(node) if isinstance(node, Scalar) else "the value"


def _remedy(value: Value) -> str:
    """How a value that leaves its bounds may be held within them."""
    while isinstance(value, Param):
        value = value.value
    if isinstance(value, Computed):
        return "; clip(x, low, high) holds an expression within"
    return "; a 'clip' bounds it" if isinstance(value, (Normal, Lognormal)) else ""
