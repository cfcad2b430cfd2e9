"""Reading a distribution, `{name: body}`, as its declaration says. Every fault is noted where it stands."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simgen.scenario.continuous import Beta, Classes, Lognormal, Triangular
from simgen.scenario.distributions import (
    Bernoulli,
    Choice,
    Constant,
    LogUniform,
    Normal,
    Plain,
    Poisson,
    Uniform,
    UniformWhole,
    Value,
)
from simgen.scenario.document import Mapping, Node, Scalar, Sequence, describe
from simgen.scenario.forms import Form
from simgen.scenario.inference import scale_of
from simgen.scenario.kinds import Kind, Number, Text
from simgen.scenario.language import Either, Key, Listed, Section
from simgen.scenario.scales import SCALES
from simgen.scenario.source import Problems, one_of

_Pair = tuple[Value, Value]
_NEVER: _Pair = (Constant(-math.inf), Constant(math.inf))
"""The clip of what is not truncated."""


class ValueReader(Protocol):
    """What the reader of a form needs: the values inside it, and where faults go."""

    problems: Problems

    def value(self, node: Node, kind: Kind) -> Value | None:
        """The value that a node means, or None after noting why it means none."""
        ...

    def constant(self, node: Node, kind: Kind, why: str) -> float | str | bool | None:
        """A value that must be the same in every sample, or None after noting why it is not."""
        ...


def read_form(reader: ValueReader, form: Form, body: Node, kind: Kind) -> Value | None:
    """The value of a distribution, one of `FORMS` but for "expr"; None after noting what is wrong.

    Args:
        reader: of the scenario.
        form: which distribution; draws the kind.
        body: what is written under its name.
        kind: of the value.
    """
    if form.takes is None:
        return _choice(reader, body, kind)
    takes = form.takes(kind)
    if isinstance(takes, Listed):
        bounds = _pair(reader, body, takes)
        return None if bounds is None else _between(form.name, bounds, kind)
    if isinstance(takes, Number):
        probability = reader.value(body, takes)
        return None if probability is None else Bernoulli(probability)
    if isinstance(takes, Either):
        return _triangular(reader, body, takes)
    assert isinstance(takes, Section)
    nodes = entries(reader, body, takes)
    return None if nodes is None else _BY_NAME[form.name](_Settings(reader, nodes, takes))


def entries(reader: ValueReader, node: Node, section: Section) -> dict[str, Node] | None:
    """The entries of a map as its section declares them, all that it needs; None after noting a fault."""
    keys, what = section.names(), section.what
    expected = f"expected {{{', '.join(keys)}}}"
    if not isinstance(node, Mapping):
        reader.problems.add(node.mark, f"{what} needs its numbers by name", expected)
        return None
    for key in node.entries:
        if key not in keys:
            reader.problems.add(node.key_marks[key], f"unknown key {key!r} of {what}", one_of(key, keys))
    needed = [key.name for key in section.keys if key.required]
    for name in needed:
        if name not in node.entries:
            reader.problems.add(node.mark, f"{what} lacks {name!r}", expected)
    return node.entries if all(name in node.entries for name in needed) else None


@dataclass(frozen=True)
class _Settings:
    """The settings of a distribution that are given by name."""

    reader: ValueReader
    nodes: dict[str, Node]
    section: Section

    def value(self, name: str) -> Value | None:
        """A setting that must be there, None after noting what is wrong with it."""
        return self.reader.value(self.nodes[name], self.section[name].kind())

    def constant(self, name: str, kind: Kind | None = None) -> Plain | None:
        """A setting that is the same in every sample, its default without one; None after noting a fault."""
        key = self.section[name]
        if name not in self.nodes:
            return key.default
        return self.reader.constant(self.nodes[name], kind or key.kind(), key.fixed)

    def clip(self) -> _Pair | None:
        """The bounds to truncate to, infinite where there are none; None after noting a fault."""
        if "clip" not in self.nodes:
            return _NEVER
        takes = self.section["clip"].takes
        assert isinstance(takes, Listed)
        return _pair(self.reader, self.nodes["clip"], takes)

    def overlap(self, low: Value, high: Value, clip: _Pair) -> bool:
        """Whether something is always left of [low, high] within the clip."""
        if clip[0].support()[1] < high.support()[0] and clip[1].support()[0] > low.support()[1]:
            return True
        if "clip" not in self.nodes:
            return True
        message = "the clip can leave nothing of [low, high]"
        self.reader.problems.add(self.nodes["clip"].mark, message, "expected it to overlap")
        return False


def _pair(reader: ValueReader, node: Node, takes: Listed) -> _Pair | None:
    """A list [low, high], the first of which never exceeds the second."""
    if not isinstance(node, Sequence) or len(node.items) != 2:
        reader.problems.add(node.mark, f"{describe(node)} is not a pair of bounds", "expected [low, high]")
        return None
    assert isinstance(takes.of, Number)
    low, high = (reader.value(item, takes.of) for item in node.items)
    if low is None or high is None or not _rises(reader, node.items[0], low, high):
        return None
    return low, high


def _rises(
    reader: ValueReader, node: Node, low: Value, high: Value, message: str = "the lower bound can exceed the upper"
) -> bool:
    """Whether a value, written at the node, never exceeds another."""
    if low.support()[1] <= high.support()[0]:
        return True
    reader.problems.add(node.mark, message, "expected [low, high]")
    return False


def _between(name: str, bounds: _Pair, kind: Kind) -> Value:
    if name == "log_uniform":
        return LogUniform(*bounds)
    return UniformWhole(*bounds) if isinstance(kind, Number) and kind.whole else Uniform(*bounds)


def _normal(settings: _Settings) -> Value | None:
    mean, sd, clip = settings.value("mean"), settings.value("sd"), settings.clip()
    return Normal(mean, sd, *clip) if mean is not None and sd is not None and clip is not None else None


def _lognormal(settings: _Settings) -> Value | None:
    median, sigma, clip = settings.value("median"), settings.value("sigma"), settings.clip()
    if median is None or sigma is None or clip is None:
        return None
    return Lognormal(median, sigma, Constant(0.0) if clip is _NEVER else clip[0], clip[1])


def _triangular(reader: ValueReader, body: Node, takes: Either) -> Value | None:
    named = next(shape for shape in takes.options if isinstance(shape, Section))
    keys = ("low", "mode", "high")
    found: dict[str, Node] | None
    if isinstance(body, Sequence) and len(body.items) == len(keys):
        found = dict(zip(keys, body.items, strict=True))
    elif isinstance(body, Mapping):
        found = entries(reader, body, named)
    else:
        reader.problems.add(body.mark, f"{describe(body)} is not a triangle", "expected [low, mode, high]")
        return None
    if found is None:
        return None
    settings = _Settings(reader, found, named)
    (low, mode, high), clip = map(settings.value, keys), settings.clip()
    if low is None or mode is None or high is None or clip is None:
        return None
    if not _rises(reader, found["low"], low, mode, "'low' can exceed 'mode'"):
        return None
    if not _rises(reader, found["mode"], mode, high, "'mode' can exceed 'high'"):
        return None
    return Triangular(low, mode, high, *clip) if settings.overlap(low, high, clip) else None


def _beta(settings: _Settings) -> Value | None:
    (a, b, low, high), clip = map(settings.value, ("a", "b", "low", "high")), settings.clip()
    if a is None or b is None or low is None or high is None or clip is None:
        return None
    fits = _rises(settings.reader, settings.nodes["low"], low, high) and settings.overlap(low, high, clip)
    return Beta(a, b, low, high, *clip) if fits else None


def _poisson(settings: _Settings) -> Value | None:
    mean, maximum = settings.value("mean"), settings.constant("max")
    return Poisson(mean, int(maximum)) if mean is not None and isinstance(maximum, (int, float)) else None


def _class(settings: _Settings) -> Value | None:
    reader, nodes = settings.reader, settings.nodes
    own = settings.section["clip"].row()[0]
    assert isinstance(own, Number)
    scale = scale_of(nodes["scale"])
    name = settings.constant("scale", Text("a scale", tuple(SCALES)))
    if scale is None:
        return None
    if scale.dimension.exponents != own.dimension.exponents:
        reader.problems.add(nodes["scale"].mark, f"{name} is a scale of {scale.dimension}", f"expected {own}")
        return None
    within = settings.constant("within")
    weights = _weights_of_classes(reader, nodes["in"], Text(f"a class of {name}", scale.names), settings.section["in"])
    clip = _fixed_clip(settings)
    if within is None or weights is None or clip is None:
        return None
    ranges = {n: scale.range_of(n) for n in scale.names if weights.get(n, 0.0) > 0.0}
    cut = {n: (max(low, clip[0]), min(high, clip[1])) for n, (low, high) in ranges.items()}
    for n, (low, high) in cut.items():
        if low >= high:
            reader.problems.add(nodes["clip"].mark, f"nothing of {n!r} is left", "leave the class out, or clip wider")
            return None
    return Classes(tuple(cut.values()), tuple(weights[n] for n in cut), within == "uniform")


def _fixed_clip(settings: _Settings) -> tuple[float, float] | None:
    """The bounds to truncate to, the same in every sample; None after noting a fault."""
    clip = settings.clip()
    if clip is None:
        return None
    if clip[0].random or clip[1].random:
        message = "the clip of a class may not be drawn"
        settings.reader.problems.add(settings.nodes["clip"].mark, message, "expected fixed bounds")
        return None
    return clip[0].support()[0], clip[1].support()[1]


def _weights_of_classes(reader: ValueReader, node: Node, kind: Text, key: Key) -> dict[str, float] | None:
    if isinstance(node, Mapping) and node.entries:
        pairs = [(Scalar(node.key_marks[k], k, plain=True), v) for k, v in node.entries.items()]
        given = [(reader.constant(k, kind, key.fixed), _weight(reader, v)) for k, v in pairs]
    else:
        items = node.items if isinstance(node, Sequence) else (node,)
        given = [(reader.constant(item, kind, key.fixed), 1.0) for item in items]
    weights = {k: w for k, w in given if isinstance(k, str)}
    if len(weights) < len(given):
        twice = len(given) > len({k for k, _ in given}) and None not in {k for k, _ in given}
        if twice:
            reader.problems.add(node.mark, "a class stands twice in the list", "keep one")
        return None
    if not 0.0 < sum(weights.values()) < math.inf:
        hint = "expected a class, a list of classes, or {class: weight}"
        reader.problems.add(node.mark, "no class is given a weight above 0", hint)
        return None
    return weights


def _choice(reader: ValueReader, body: Node, kind: Kind) -> Value | None:
    if isinstance(body, Sequence) and body.items:
        options = [reader.value(item, kind) for item in body.items]
        weights = [1.0] * len(options)
    elif isinstance(body, Mapping) and body.entries:
        options = [reader.value(Scalar(body.key_marks[k], k, plain=True), kind) for k in body.entries]
        weights = [_weight(reader, v) for v in body.entries.values()]
    else:
        hint = "expected a list, or {value: weight}"
        reader.problems.add(body.mark, f"{describe(body)} gives nothing to choose from", hint)
        return None
    if not 0.0 < sum(weights) < math.inf:
        hint = "expected {value: weight}"
        reader.problems.add(body.mark, "the weights of a choice add up to a number above 0", hint)
        return None
    good = [o for o in options if o is not None]
    return Choice(tuple(good), tuple(weights)) if len(good) == len(options) else None


def _weight(reader: ValueReader, node: Node) -> float:
    """A weight, the same in every sample."""
    found = reader.constant(node, Number(low=0.0), "weights are fixed")
    return float(found) if isinstance(found, (int, float)) else 1.0


_BY_NAME: dict[str, Callable[[_Settings], Value | None]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "beta": _beta,
    "poisson": _poisson,
    "class": _class,
}
