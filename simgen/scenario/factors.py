"""The factors of a scenario: what varies from sample to sample, by path, with bounds, options and distribution."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from simgen.scenario.computed import Computed
from simgen.scenario.continuous import Classes
from simgen.scenario.distributions import (
    Bernoulli,
    Choice,
    Constant,
    LogUniform,
    Normal,
    Param,
    Plain,
    Poisson,
    Uniform,
    UniformWhole,
    Value,
)
from simgen.scenario.document import Mapping, Node, Sequence
from simgen.scenario.forms import is_value
from simgen.scenario.kinds import Kind, Number, Text
from simgen.units import si_unit

_TRUE, _FALSE = (0.0, 2.0**-53), (1.0 - 2.0**-53, 1.0)
"""Uniforms from which a bernoulli draws true, and false, whatever its probability above 0 and below 1."""
_NAMES: Map[type[Value], str] = {
    Uniform: "uniform", UniformWhole: "uniform", LogUniform: "log_uniform", Normal: "normal", Choice: "choice",
    Bernoulli: "bernoulli", Poisson: "poisson", Classes: "class",
}  # fmt: skip
_MOST_OPTIONS = 64
"""Whole numbers up to which each is a level of its own."""
_MANY = re.compile(r"actors\.([^.\[\]]+)\..*")


@dataclass(frozen=True)
class Level:
    """A part of what a factor may be: one option, or a band between two quantiles.

    Attributes:
        label: the option, or the band's number.
        low, high: the uniforms that draw it.
    """

    label: Plain
    low: float
    high: float

    def inside(self, share: float) -> float:
        """The uniform at a share (0 to 1) of the level, strictly inside (0, 1)."""
        at = self.low + (self.high - self.low) * share
        return min(max(at, 2.0**-54), 1.0 - 2.0**-53)


@dataclass(frozen=True)
class Factor:
    """A value that is drawn anew in every sample, once.

    Attributes:
        name: its path in the scenario: "conditions.fog.mor", "params.severity"; `Scenario.with_` takes it.
        kind: "number", "text" or "truth".
        unit: SI unit of a number, "1" for plain ones, "" for texts and truths.
        bounds: least and greatest number that can be drawn (infinite where open); None for texts and truths.
        whole: only whole numbers.
        options: texts, truths or numbers of a discrete factor; empty for a continuous one.
        distribution: its name in the language.
    """

    name: str
    kind: str
    unit: str
    bounds: tuple[float, float] | None
    whole: bool
    options: tuple[Plain, ...]
    distribution: str
    _value: Value = field(repr=False)
    _kind: Kind = field(repr=False)

    @property
    def kind_of_value(self) -> Kind:
        """What may stand at its place."""
        return self._kind

    @property
    def random(self) -> bool:
        """Whether it varies at all: not where a plan is over something that was fixed since."""
        return self._value.random

    def at(self, uniform: float) -> Plain:
        """What is drawn from a uniform in (0, 1).

        Raises:
            LookupError: that depends on other draws too.
        """
        if isinstance(self._value, Bernoulli) and (uniform <= _TRUE[1] or uniform >= _FALSE[0]):
            return uniform <= _TRUE[1]  # whatever its probability is made from
        return self._value.draw(_Alone(self.name, uniform), self.name)

    def levels(self, bands: int | None) -> tuple[Level, ...]:
        """Its options or classes, or so many bands of equal probability; else empty, without `bands`."""
        if bands is not None and self.random:
            return tuple(Level(k, k / bands, (k + 1) / bands) for k in range(bands))
        if isinstance(self._value, Classes):
            return _shares(range(len(self._value.weights)), self._value.weights)
        return _options(self._value)

    def text(self, value: Plain) -> str:
        """A value as a scenario would write it: "30.0 m" for 30.0."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return value
        return f"{float(value)!r} {self.unit}" if self.unit not in ("", "1") else f"{value!r}"


class _Alone:
    """A source of one uniform, for a value that depends on nothing else."""

    def __init__(self, path: str, uniform: float) -> None:
        self._path = path
        self._uniform = uniform

    def uniform(self, path: str) -> float:
        """The uniform of the one path."""
        if path != self._path:
            raise LookupError(path)
        return self._uniform

    def param(self, name: str) -> Plain:
        """There are none."""
        raise LookupError(f"params.{name}")


@dataclass(frozen=True)
class Found:
    """A node that was read as a value."""

    node: Node
    kind: Kind
    value: Value


def find_factors(document: Mapping, values: Map[int, Found], fixed: Collection[str] = ()) -> dict[str, Factor]:
    """Every factor of a document by path.

    A reference to a parameter is no factor of its own, and neither is what is drawn for each thing of a count.

    Args:
        document: resolved.
        values: by identity of its node, what was read as a value.
        fixed: paths of values that are factors even where they are always the same: of one level, then.
    """
    found: dict[str, Factor] = {}
    counted = _counted(document)
    for path, node in _values(document, ""):
        entry = values.get(id(node))
        if entry is None or not (entry.value.random or path in fixed):
            continue
        if isinstance(entry.value, (Param, Computed)) or each_of_many(path, counted):
            continue
        number = isinstance(entry.kind, Number)
        found[path] = Factor(
            name=path,
            kind="number" if number else "text" if isinstance(entry.kind, Text) else "truth",
            unit=si_unit(entry.kind.dimension) if isinstance(entry.kind, Number) else "",
            bounds=entry.value.support() if number else None,
            whole=entry.value.whole,
            options=tuple(level.label for level in _options(entry.value)),
            distribution=_NAMES.get(type(entry.value), type(entry.value).__name__.lower()),
            _value=entry.value,
            _kind=entry.kind,
        )
    return found


def each_of_many(path: str, counted: frozenset[str]) -> bool:
    """Whether a path is drawn for each thing of an actor with a count."""
    match = _MANY.fullmatch(path)
    return match is not None and match[1] in counted and path != f"actors.{match[1]}.count"


def _counted(document: Mapping) -> frozenset[str]:
    actors = document.entries.get("actors")
    if not isinstance(actors, Mapping):
        return frozenset()
    return frozenset(n for n, body in actors.entries.items() if isinstance(body, Mapping) and "count" in body.entries)


def _values(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Paths and nodes down to where a value or a distribution stands."""
    if isinstance(node, Mapping) and not is_value(node.entries):
        for key, child in node.entries.items():
            yield from _values(child, f"{path}.{key}" if path else key)
    elif isinstance(node, Sequence):
        for k, item in enumerate(node.items):
            yield from _values(item, f"{path}[{k}]")
    else:
        yield path, node


def _options(value: Value) -> tuple[Level, ...]:
    """The options of a discrete value; empty for a continuous one, or where they depend on other draws."""
    if isinstance(value, Constant):
        return (Level(value.value, 0.0, 1.0),)
    if isinstance(value, Bernoulli):
        share = value.probability.support()
        return tuple(
            Level(truth, *ends)
            for truth, ends, possible in ((True, _TRUE, share[1] > 0.0), (False, _FALSE, share[0] < 1.0))
            if possible
        )
    if isinstance(value, Choice):
        labels = [o.value if isinstance(o, Constant) else f"option {k}" for k, o in enumerate(value.options)]
        return _shares(labels, value.weights)
    if isinstance(value, UniformWhole) and isinstance(value.low, Constant) and isinstance(value.high, Constant):
        low, high = (int(end) for end in value.support())
        count = high - low + 1
        return _shares(range(low, high + 1), (1.0,) * count) if count <= _MOST_OPTIONS else ()
    return ()


def _shares(labels: Iterable[Plain], weights: tuple[float, ...]) -> tuple[Level, ...]:
    total, below = sum(weights), 0.0
    out = []
    for label, weight in zip(labels, weights, strict=True):
        if weight > 0.0:
            out.append(Level(label, below / total, (below + weight) / total))
        below += weight
    return tuple(out)
