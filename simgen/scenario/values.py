"""The distributions of the language, declared: which kinds each draws, what it needs, what it means."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from simgen.scenario.kinds import Kind, Number, Truth
from simgen.scenario.language import Key, Listed, Section, Takes

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


_DECLARED = (
    Form("uniform", "every value from low to high is as likely; whole numbers where one is asked for",
         "{uniform: [40 km/h, 90 km/h]}", _is_number,
         lambda k: Listed(_like(k, whole=isinstance(k, Number) and k.whole), 2)),
    Form("log_uniform", "the logarithm is uniform from low to high", "{log_uniform: [30 m, 300 m]}", _is_real,
         lambda k: Listed(_like(k, low=0.0, above=True), 2)),
    Form("normal", "a normal, truncated to `clip`",
         "{normal: {mean: 40 km/h, sd: 6 km/h, clip: [20 km/h, 60 km/h]}}", _is_real, _normal),
    Form("choice", "one of several values, by weight: a list, or {value: weight}", "{choice: {pallet: 3, crate: 1}}",
         lambda k: True, None),
    Form("bernoulli", "true with a probability", "{bernoulli: 0.4}", lambda k: isinstance(k, Truth),
         lambda k: _PROBABILITY),
    Form("poisson", "a count about a mean, at most `max`", "{poisson: {mean: 6, max: 20}}",
         lambda k: isinstance(k, Number) and k.whole, _poisson),
)  # fmt: skip
FORMS: dict[str, Form] = {form.name: form for form in _DECLARED}
"""All distributions by name."""
