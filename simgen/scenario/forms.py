"""How each distribution is written: `{name: body}` read as a value. Every fault is noted where it stands."""

from __future__ import annotations

import math
from collections.abc import Callable

from simgen.scenario.continuous import Beta, Classes, Lognormal, Triangular
from simgen.scenario.distributions import (
    Bernoulli,
    Choice,
    Constant,
    LogUniform,
    Normal,
    Poisson,
    Uniform,
    UniformWhole,
    Value,
)
from simgen.scenario.document import Mapping, Node, Scalar, Sequence, describe
from simgen.scenario.form_parts import (
    NEVER,
    ValueReader,
    clip_of,
    fixed_clip,
    named,
    ordered,
    overlap,
    pair_of,
    positive,
    weight_of,
)
from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.scenario.scales import SCALES, Scale

_PROBABILITY = Number(low=0.0, high=1.0)
_SHAPE = Number(low=0.0, high=1000.0, above=True)


def read_form(reader: ValueReader, name: str, body: Node, kind: Kind) -> Value | None:
    """The value of a distribution, one of `DISTRIBUTIONS` but for "expr"; None after noting what is wrong.

    Args:
        reader: of the scenario.
        name: of the distribution.
        body: what is written under it.
        kind: of the value, which the distribution is known to draw.
    """
    if name == "choice":
        return _choice(reader, body, kind)
    if name == "bernoulli":
        probability = reader.value(body, _PROBABILITY)
        return Bernoulli(probability) if probability is not None else None
    assert isinstance(kind, Number)  # as `draws` says
    return _NUMBERS[name](reader, body, kind)


def draws(name: str, kind: Kind) -> str:
    """Why a distribution does not draw a kind, or "" where it does."""
    if name in ("choice", "expr") or (name == "bernoulli" and isinstance(kind, Truth)):
        return ""
    if name == "bernoulli" or not isinstance(kind, Number) or (name == "poisson" and not kind.whole):
        return f"a {name} does not draw {kind}"
    if kind.whole and name not in ("uniform", "poisson"):
        return f"a {name} does not draw whole numbers"
    return ""


def _uniform(reader: ValueReader, body: Node, kind: Number) -> Value | None:
    bounds = pair_of(reader, body, Number(kind.dimension, whole=kind.whole))
    if bounds is None:
        return None
    return UniformWhole(*bounds) if kind.whole else Uniform(*bounds)


def _log_uniform(reader: ValueReader, body: Node, kind: Number) -> Value | None:
    bounds = pair_of(reader, body, positive(kind))
    return LogUniform(*bounds) if bounds is not None else None


def _normal(reader: ValueReader, body: Node, kind: Number) -> Value | None:
    fields = named(reader, body, ("mean", "sd", "clip"), ("mean", "sd"), "a normal")
    if fields is None:
        return None
    mean = reader.value(fields["mean"], Number(kind.dimension))
    sd = reader.value(fields["sd"], positive(kind))
    clip = clip_of(reader, fields, Number(kind.dimension))
    return Normal(mean, sd, *clip) if mean is not None and sd is not None and clip is not None else None


def _lognormal(reader: ValueReader, body: Node, kind: Number) -> Value | None:
    fields = named(reader, body, ("median", "sigma", "clip"), ("median", "sigma"), "a lognormal")
    if fields is None:
        return None
    median = reader.value(fields["median"], positive(kind))
    sigma = reader.value(fields["sigma"], Number(low=0.0, high=10.0, above=True))
    clip = clip_of(reader, fields, Number(kind.dimension, 0.0))
    if median is None or sigma is None or clip is None:
        return None
    low, high = clip
    return Lognormal(median, sigma, Constant(0.0) if low is NEVER[0] else low, high)


def _triangular(reader: ValueReader, body: Node, kind: Number) -> Value | None:
    keys = ("low", "mode", "high", "clip")
    fields: dict[str, Node] | None
    if isinstance(body, Sequence) and len(body.items) == 3:
        fields = dict(zip(keys, body.items, strict=False))
    elif isinstance(body, Mapping):
        fields = named(reader, body, keys, keys[:3], "a triangular")
    else:
        reader.problems.add(body.mark, f"{describe(body)} is not a triangle", "expected [low, mode, high]")
        return None
    if fields is None:
        return None
    low, mode, high = (reader.value(fields[k], Number(kind.dimension)) for k in keys[:3])
    clip = clip_of(reader, fields, Number(kind.dimension))
    if low is None or mode is None or high is None or clip is None:
        return None
    for (a, lower), (b, upper) in ((("low", low), ("mode", mode)), (("mode", mode), ("high", high))):
        if lower.support()[1] > upper.support()[0]:
            reader.problems.add(fields[a].mark, f"{a!r} can exceed {b!r}", "expected [low, mode, high]")
            return None
    if not overlap(reader, fields, low, high, clip):
        return None
    return Triangular(low, mode, high, *clip)


def _beta(reader: ValueReader, body: Node, kind: Number) -> Value | None:
    keys = ("a", "b", "low", "high", "clip")
    fields = named(reader, body, keys, keys[:4], "a beta")
    if fields is None:
        return None
    a, b = reader.value(fields["a"], _SHAPE), reader.value(fields["b"], _SHAPE)
    ends = ordered(reader, fields["low"], fields["high"], Number(kind.dimension))
    clip = clip_of(reader, fields, Number(kind.dimension))
    if a is None or b is None or ends is None or clip is None or not overlap(reader, fields, *ends, clip):
        return None
    return Beta(a, b, *ends, *clip)


def _poisson(reader: ValueReader, body: Node, kind: Number) -> Value | None:
    fields = named(reader, body, ("mean", "max"), ("mean", "max"), "a poisson")
    if fields is None:
        return None
    mean = reader.value(fields["mean"], Number(low=0.0, high=1000.0))
    maximum = reader.constant(fields["max"], Number(low=0.0, high=10_000.0, whole=True), "the greatest count is fixed")
    return Poisson(mean, int(maximum)) if mean is not None and isinstance(maximum, (int, float)) else None


def _class(reader: ValueReader, body: Node, kind: Number) -> Value | None:
    fields = named(reader, body, ("scale", "in", "within", "clip"), ("scale", "in"), "a class")
    if fields is None:
        return None
    scale = scale_of(fields["scale"])
    name = reader.constant(fields["scale"], Text("a scale", tuple(SCALES)), "the scale is fixed")
    if scale is None:
        return None
    if scale.dimension.exponents != kind.dimension.exponents:
        message = f"{name} is a scale of {scale.dimension}"
        reader.problems.add(fields["scale"].mark, message, f"expected {kind}")
        return None
    within = _within(reader, fields)
    weights = _weights_of_classes(reader, fields["in"], scale, str(name))
    clip = fixed_clip(reader, fields, kind)
    if within is None or weights is None or clip is None:
        return None
    ranges = {n: scale.range_of(n) for n in scale.names if weights.get(n, 0.0) > 0.0}
    cut = {n: (max(low, clip[0]), min(high, clip[1])) for n, (low, high) in ranges.items()}
    for n, (low, high) in cut.items():
        if low >= high:
            reader.problems.add(fields["clip"].mark, f"nothing of {n!r} is left", "leave the class out, or clip wider")
            return None
    return Classes(tuple(cut.values()), tuple(weights[n] for n in cut), within == "uniform")


def scale_of(node: Node) -> Scale | None:
    """The scale that a node names, or None."""
    return SCALES.get(node.text) if isinstance(node, Scalar) else None


def _within(reader: ValueReader, fields: dict[str, Node]) -> str | None:
    if "within" not in fields:
        return "log_uniform"
    kind = Text("how values lie within a class", ("log_uniform", "uniform"))
    found = reader.constant(fields["within"], kind, "the distribution is fixed")
    return found if isinstance(found, str) else None


def _weights_of_classes(reader: ValueReader, node: Node, scale: Scale, name: str) -> dict[str, float] | None:
    kind = Text(f"a class of {name}", scale.names)
    if isinstance(node, Mapping) and node.entries:
        pairs = [(Scalar(node.key_marks[k], k, plain=True), v) for k, v in node.entries.items()]
        given = [(reader.constant(k, kind, "classes are fixed"), weight_of(reader, v)) for k, v in pairs]
    else:
        items = node.items if isinstance(node, Sequence) else (node,)
        given = [(reader.constant(item, kind, "classes are fixed"), 1.0) for item in items]
    weights = {k: w for k, w in given if isinstance(k, str)}
    if len(weights) < len(given):
        twice = len(given) > len({k for k, _ in given}) and None not in {k for k, _ in given}
        if twice:
            reader.problems.add(node.mark, "a class stands twice in the list", "keep one")
        return None
    if not 0.0 < sum(weights.values()) < math.inf:
        reader.problems.add(node.mark, "no class is given a weight above 0", "expected a class, a list of classes, or "
                            "{class: weight}")  # fmt: skip
        return None
    return weights


def _choice(reader: ValueReader, body: Node, kind: Kind) -> Value | None:
    if isinstance(body, Sequence) and body.items:
        options = [reader.value(item, kind) for item in body.items]
        weights = [1.0] * len(options)
    elif isinstance(body, Mapping) and body.entries:
        options = [reader.value(Scalar(body.key_marks[k], k, plain=True), kind) for k in body.entries]
        weights = [weight_of(reader, v) for v in body.entries.values()]
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


_NUMBERS: dict[str, Callable[[ValueReader, Node, Number], Value | None]] = {
    "uniform": _uniform,
    "log_uniform": _log_uniform,
    "normal": _normal,
    "lognormal": _lognormal,
    "triangular": _triangular,
    "beta": _beta,
    "class": _class,
    "poisson": _poisson,
}
