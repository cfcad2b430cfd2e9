"""Reading nodes as values: leaves, distributions, parameters. Every fault is noted where it stands."""

from __future__ import annotations

import math

from simgen.scenario.distributions import (
    DISTRIBUTIONS,
    Bernoulli,
    Choice,
    Constant,
    LogUniform,
    Normal,
    Param,
    Poisson,
    Uniform,
    UniformWhole,
    Value,
)
from simgen.scenario.document import Mapping, Node, Scalar, Sequence, describe
from simgen.scenario.inference import infer_kind
from simgen.scenario.kinds import Kind, Number, Text, Truth, called, fits
from simgen.scenario.source import Problems, nearest, one_of
from simgen.units import UnitError, format_si, to_si

_PROBABILITY = Number(low=0.0, high=1.0)


class Reader:
    """Reads values of one scenario; holds its problems and its parameters."""

    def __init__(self, problems: Problems, params: Mapping | None) -> None:
        self.problems = problems
        self._param_nodes = params.entries if params is not None else {}
        self._param_marks = params.key_marks if params is not None else {}
        self._params: dict[str, tuple[Value, Kind] | None] = {}
        self._open: list[str] = []

    def params(self) -> dict[str, Value]:
        """All parameters by name, in document order."""
        found = {name: self._param(name) for name in self._param_nodes}
        return {name: entry[0] for name, entry in found.items() if entry is not None}

    def value(self, node: Node, kind: Kind) -> Value | None:
        """The value that a node means, or None after noting why it means none."""
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
            clip = "; a 'clip' bounds a normal" if isinstance(value, Normal) else ""
            self.problems.add(node.mark, message, f"expected {kind}{clip}")
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

    # -- distributions -------------------------------------------------------------------------------------

    def _distribution(self, node: Mapping, kind: Kind) -> Value | None:
        if len(node.entries) != 1 or next(iter(node.entries)) not in DISTRIBUTIONS:
            unknown = next((k for k in node.entries if k not in DISTRIBUTIONS), None)
            mark = node.key_marks[unknown] if unknown is not None else node.mark
            message = f"no distribution is called {unknown!r}" if unknown is not None else "one distribution is needed"
            hint = nearest(unknown or "", DISTRIBUTIONS)
            self.problems.add(mark, message, f"{hint}expected {kind}, or one of: {', '.join(DISTRIBUTIONS)}")
            return None
        name, body = next(iter(node.entries.items()))
        fits = {"bernoulli": Truth, "choice": object}.get(name, Number)
        if not isinstance(kind, fits) or (name == "poisson" and isinstance(kind, Number) and not kind.whole):
            self.problems.add(node.key_marks[name], f"a {name} does not draw {kind}", "take another distribution")
            return None
        if name == "choice":
            return self._choice(body, kind)
        if name == "bernoulli":
            probability = self.value(body, _PROBABILITY)
            return Bernoulli(probability) if probability is not None else None
        assert isinstance(kind, Number)  # by the check above
        if name == "normal":
            return self._normal(body, kind)
        return self._poisson(body) if name == "poisson" else self._between(name, body, kind)

    def _between(self, name: str, body: Node, kind: Number) -> Value | None:
        end = Number(kind.dimension, 0.0, math.inf, above=True) if name == "log_uniform" else Number(kind.dimension)
        if kind.whole:
            end = Number(kind.dimension, whole=True)
            if name == "log_uniform":
                self.problems.add(body.mark, "a log_uniform does not draw whole numbers", "expected uniform or choice")
                return None
        bounds = self._pair(body, end)
        if bounds is None:
            return None
        low, high = bounds
        if name == "log_uniform":
            return LogUniform(low, high)
        return UniformWhole(low, high) if kind.whole else Uniform(low, high)

    def _pair(self, node: Node, kind: Number) -> tuple[Value, Value] | None:
        if not isinstance(node, Sequence) or len(node.items) != 2:
            self.problems.add(node.mark, f"{describe(node)} is not a pair of bounds", "expected [low, high]")
            return None
        low, high = self.value(node.items[0], kind), self.value(node.items[1], kind)
        if low is None or high is None:
            return None
        if low.support()[1] > high.support()[0]:
            self.problems.add(node.items[0].mark, "the lower bound can exceed the upper", "expected [low, high]")
            return None
        return low, high

    def _normal(self, node: Node, kind: Number) -> Value | None:
        if kind.whole:
            self.problems.add(node.mark, "a normal does not draw whole numbers", "expected poisson, uniform or choice")
            return None
        fields = self._map(node, ("mean", "sd", "clip"), ("mean", "sd"), "a normal")
        if fields is None:
            return None
        mean = self.value(fields["mean"], Number(kind.dimension))
        sd = self.value(fields["sd"], Number(kind.dimension, 0.0, above=True))
        low: Value = Constant(-math.inf)
        high: Value = Constant(math.inf)
        if "clip" in fields:
            bounds = self._pair(fields["clip"], Number(kind.dimension))
            if bounds is None:
                return None
            low, high = bounds
        return Normal(mean, sd, low, high) if mean is not None and sd is not None else None

    def _poisson(self, node: Node) -> Value | None:
        fields = self._map(node, ("mean", "max"), ("mean", "max"), "a poisson")
        if fields is None:
            return None
        mean = self.value(fields["mean"], Number(low=0.0, high=1000.0))
        maximum = self.constant(
            fields["max"], Number(low=0.0, high=10_000.0, whole=True), "the greatest count is fixed"
        )
        return Poisson(mean, int(maximum)) if mean is not None and isinstance(maximum, (int, float)) else None

    def _choice(self, node: Node, kind: Kind) -> Value | None:
        if isinstance(node, Sequence) and node.items:
            options = [self.value(item, kind) for item in node.items]
            weights = [1.0] * len(options)
        elif isinstance(node, Mapping) and node.entries:
            options = [self.value(Scalar(node.key_marks[k], k, plain=True), kind) for k in node.entries]
            read = [self.constant(v, Number(low=0.0), "weights are fixed") for v in node.entries.values()]
            weights = [float(w) if isinstance(w, (int, float)) else 1.0 for w in read]
        else:
            self.problems.add(
                node.mark,
                f"{describe(node)} gives nothing to choose from",
                "expected a list, or {value: weight}",
            )
            return None
        total = sum(weights)
        if not 0.0 < total < math.inf:
            self.problems.add(
                node.mark, "the weights of a choice add up to a number above 0", "expected {value: weight}"
            )
            return None
        good = [o for o in options if o is not None]
        return Choice(tuple(good), tuple(weights)) if len(good) == len(options) else None

    def _map(self, node: Node, keys: tuple[str, ...], needed: tuple[str, ...], what: str) -> dict[str, Node] | None:
        if not isinstance(node, Mapping):
            self.problems.add(node.mark, f"{what} needs its numbers by name", f"expected {{{', '.join(keys)}}}")
            return None
        for key in node.entries:
            if key not in keys:
                self.problems.add(node.key_marks[key], f"unknown key {key!r} of {what}", one_of(key, keys))
        for key in needed:
            if key not in node.entries:
                self.problems.add(node.mark, f"{what} lacks {key!r}", f"expected {{{', '.join(keys)}}}")
        return node.entries if all(k in node.entries for k in needed) else None

    # -- parameters ----------------------------------------------------------------------------------------

    def _reference(self, node: Scalar, kind: Kind) -> Value | None:
        name = node.text[1:]
        if name not in self._param_nodes:
            known = one_of(name, self._param_nodes) if self._param_nodes else "there is no 'params' here"
            self.problems.add(node.mark, f"no parameter is called {name!r}", known)
            return None
        if name in self._open:
            ring = " -> ".join([*self._open[self._open.index(name) :], name])
            self.problems.add(
                node.mark, f"parameters refer to each other in a circle: {ring}", "give one of them a value"
            )
            return None
        entry = self._param(name)
        if entry is None:
            return None
        value, found = entry
        if not fits(found, kind, value):
            where = self._param_marks[name]
            self.problems.add(node.mark, f"${name} is {called(found)} (at {where})", f"expected {kind}")
            return None
        return Param(name, value)

    def _param(self, name: str) -> tuple[Value, Kind] | None:
        if name not in self._params:
            self._open.append(name)
            node = self._param_nodes[name]
            kind = infer_kind(node, self._kind_of)
            if kind is None:
                hint = "expected a quantity, text, truth or distribution"
                self.problems.add(node.mark, "a parameter has a value", hint)
            value = self._value(node, kind) if kind is not None else None
            self._open.pop()
            self._params[name] = (value, kind) if value is not None and kind is not None else None
        return self._params[name]

    def _kind_of(self, name: str) -> Kind | None:
        if name not in self._param_nodes or name in self._open:
            return None
        entry = self._param(name)
        return entry[1] if entry is not None else None


_LOOKS_TRUE = ("yes", "no", "on", "off", "true", "false", "y", "n")


def _subject(node: Node) -> str:
    return describe(node) if isinstance(node, Scalar) else "the value"
