"""The forms in which a value is written besides a plain one, declared: which kinds each draws, what it takes.

`simgen.scenario.form_reading` reads them as these declarations say; the schema and the reference follow from them too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.scenario.language import Each, Either, Key, Listed, Section, Takes
from simgen.scenario.scales import SCALES

EXPRESSION = Text("an expression")
CONDITIONAL_ABOUT = "one of two values, by a condition over parameters"
CONDITIONAL_EXAMPLE = '{given: "rain > 50 mm/h", then: 0.5, else: 0.1}'
_PROBABILITY = Number(low=0.0, high=1.0)


@dataclass(frozen=True)
class Form:
    """A distribution as an author writes it, {name: body}.

    Attributes:
        name: its key.
        about: what it draws.
        example: YAML of a whole one.
        draws: whether it draws values of a kind.
        takes: its body for a kind; None is a choice, whose options are values of the kind.
    """

    name: str
    about: str
    example: str
    draws: Callable[[Kind], bool]
    takes: Callable[[Kind], Takes] | None

    def refusal(self, kind: Kind) -> str:
        """Why it does not draw values of a kind, or "" where it does."""
        if self.draws(kind):
            return ""
        whole = isinstance(kind, Number) and kind.whole
        return f"a {self.name} does not draw {'whole numbers' if whole else kind}"


def conditional(kind: Kind) -> Section:
    """A value of a kind by a condition: {given: ..., then: ..., else: ...}."""
    return Section("a value by condition", CONDITIONAL_ABOUT, (
        Key("given", "the condition", EXPRESSION, required=True),
        Key("then", "the value where it holds", kind, required=True),
        Key("else", "the value where it does not", kind, required=True),
    ))  # fmt: skip


def _is_number(kind: Kind) -> bool:
    return isinstance(kind, Number)


def _is_real(kind: Kind) -> bool:
    return isinstance(kind, Number) and not kind.whole


def _like(kind: Kind, *, low: float = -math.inf, above: bool = False, whole: bool = False) -> Number:
    """A number of the same dimension."""
    assert isinstance(kind, Number)
    return Number(kind.dimension, low, above=above, whole=whole)


def _normal(kind: Kind) -> Section:
    return Section("a normal", "A normal distribution; a clip truncates it.", (
        Key("mean", "before it is clipped", _like(kind), required=True),
        Key("sd", "standard deviation, before it is clipped", _like(kind, low=0.0, above=True), required=True),
        Key("clip", "[low, high] that it is truncated to", Listed(_like(kind), 2)),
    ))  # fmt: skip


def _poisson(kind: Kind) -> Section:
    return Section("a poisson", "Counts of rare things.", (
        Key("mean", "before it is cut off at max", Number(low=0.0, high=1000.0), required=True),
        Key("max", "the greatest count", Number(low=0.0, high=10_000.0, whole=True), required=True,
            fixed="the greatest count is fixed"),
    ))  # fmt: skip


def _lognormal(kind: Kind) -> Section:
    return Section("a lognormal", "A lognormal distribution; a clip truncates it.", (
        Key("median", "before it is clipped", _like(kind, low=0.0, above=True), required=True),
        Key("sigma", "standard deviation of the logarithm", Number(low=0.0, high=10.0, above=True), required=True),
        Key("clip", "[low, high] that it is truncated to", Listed(_like(kind, low=0.0), 2)),
    ))  # fmt: skip


def _triangular(kind: Kind) -> Takes:
    named = Section("a triangular", "A triangular distribution; a clip truncates it.", (
        Key("low", "the least", _like(kind), required=True),
        Key("mode", "the likeliest", _like(kind), required=True),
        Key("high", "the greatest", _like(kind), required=True),
        Key("clip", "[low, high] that it is truncated to", Listed(_like(kind), 2)),
    ))  # fmt: skip
    return Either((Listed(_like(kind), 3), named))


def _beta(kind: Kind) -> Section:
    shape = Number(low=0.0, high=1000.0, above=True)
    return Section("a beta", "A beta distribution; a clip truncates it.", (
        Key("a", "first shape", shape, required=True),
        Key("b", "second shape", shape, required=True),
        Key("low", "the least", _like(kind), required=True),
        Key("high", "the greatest", _like(kind), required=True),
        Key("clip", "[low, high] that it is truncated to", Listed(_like(kind), 2)),
    ))  # fmt: skip


def _class(kind: Kind) -> Section:
    own = _like(kind)
    names = {n: s.names for n, s in SCALES.items() if s.dimension.exponents == own.dimension.exponents}
    classes = Text("a class of the scale", tuple(dict.fromkeys(c for found in names.values() for c in found)))
    return Section("a class", "Named classes of a published scale.", (
        Key("scale", "whose classes", Text("a scale", tuple(names)), required=True, fixed="the scale is fixed"),
        Key("in", "a class, a list of them, or {class: weight}",
            Either((classes, Listed(classes), Each(Number(low=0.0), "a class", lambda: classes.options))),
            required=True, fixed="classes are fixed"),
        Key("within", "how values lie within a class",
            Text("how values lie within a class", ("log_uniform", "uniform")), "log_uniform",
            fixed="the distribution is fixed"),
        Key("clip", "[low, high] that the classes are cut to", Listed(own, 2), fixed="the bounds are fixed"),
    ))  # fmt: skip


_DECLARED = (
    Form("uniform", "every value from low to high is as likely; whole numbers where one is asked for",
         "{uniform: [40 km/h, 90 km/h]}", _is_number,
         lambda k: Listed(_like(k, whole=isinstance(k, Number) and k.whole), 2)),
    Form("log_uniform", "the logarithm is uniform from low to high", "{log_uniform: [30 m, 300 m]}", _is_real,
         lambda k: Listed(_like(k, low=0.0, above=True), 2)),
    Form("normal", "a normal, truncated to `clip`",
         "{normal: {mean: 40 km/h, sd: 6 km/h, clip: [20 km/h, 60 km/h]}}", _is_real, _normal),
    Form("lognormal", "the logarithm is normal about that of `median`, truncated to `clip`",
         "{lognormal: {median: 80 m, sigma: 0.5, clip: [20 m, 400 m]}}", _is_real, _lognormal),
    Form("triangular", "likeliest at the mode, in straight lines: [low, mode, high], or these by name and `clip`",
         "{triangular: [0 m/s, 0.4 m/s, 1.5 m/s]}", _is_real, _triangular),
    Form("beta", "a beta from low to high with shapes a and b, truncated to `clip`",
         "{beta: {a: 2, b: 5, low: 0 m, high: 1 m}}", _is_real, _beta),
    Form("class", "named classes of a published scale, one, several or by weight; log-uniform within one unless told",
         "{class: {scale: iso34503.rain, in: [heavy_rain, violent_rain]}}", _is_real, _class),
    Form("choice", "one of several values, by weight: a list, or {value: weight}", "{choice: {pallet: 3, crate: 1}}",
         lambda k: True, None),
    Form("bernoulli", "true with a probability", "{bernoulli: 0.4}", lambda k: isinstance(k, Truth),
         lambda k: _PROBABILITY),
    Form("poisson", "a count about a mean, at most `max`", "{poisson: {mean: 6, max: 20}}",
         lambda k: isinstance(k, Number) and k.whole, _poisson),
    Form("expr", "the value of an expression over parameters", '{expr: "0.05 m + 0.40 m * severity"}', lambda k: True,
         lambda k: EXPRESSION),
)  # fmt: skip
FORMS: dict[str, Form] = {form.name: form for form in _DECLARED}
"""All distributions by name, the expression among them."""


def is_value(keys: Collection[str]) -> bool:
    """Whether a map with these keys is one value, to be read and replaced as a whole."""
    return "given" in keys or (len(keys) == 1 and next(iter(keys)) in FORMS)
