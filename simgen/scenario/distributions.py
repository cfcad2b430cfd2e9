"""Values that may be drawn: constants, distributions, references; by inverse CDF from keyed uniforms."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from simgen.scenario.normal import truncated_normal_ppf

Plain = float | str | bool
"""A drawn value: SI number, text or truth."""


class Source(Protocol):
    """Where draws come from: keyed uniforms, and the drawn parameters of the scenario."""

    def uniform(self, path: str) -> float:
        """A float in (0, 1) that depends only on the path (and the sample)."""
        ...

    def param(self, name: str) -> Plain:
        """The drawn value of a parameter."""
        ...


class Value(ABC):
    """A value in a scenario; numbers are SI."""

    @abstractmethod
    def draw(self, source: Source, path: str) -> Plain:
        """The value of this sample, keyed by `path`."""

    @property
    def random(self) -> bool:
        """Whether it may differ between samples."""
        return True

    @property
    def redrawable(self) -> bool:
        """Whether drawing it under another path may give another value (a parameter's does not)."""
        return self.random

    @property
    def ranked(self) -> bool:
        """Whether it is a continuous rising function of its keyed uniform, the same in every sample."""
        return False

    @property
    def whole(self) -> bool:
        """Whether it is always a whole number."""
        return False

    @property
    def infinite(self) -> bool:
        """Whether an infinity can be drawn."""
        return False

    def support(self) -> tuple[float, float]:
        """Least and greatest number that can be drawn."""
        return -math.inf, math.inf

    def texts(self) -> tuple[str, ...]:
        """All texts that can be drawn; none for numbers and truths."""
        return ()


def draw_number(value: Value, source: Source, path: str) -> float:
    """Draw a value that is known to be a number."""
    drawn = value.draw(source, path)
    if isinstance(drawn, str):
        raise TypeError(f"{path} draws the text {drawn!r} where a number was promised")
    return drawn


@dataclass(frozen=True)
class Constant(Value):
    """Always the same."""

    value: Plain

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102  (as the base says, here and below)
        return self.value

    @property
    def random(self) -> bool:  # noqa: D102
        return False

    @property
    def whole(self) -> bool:  # noqa: D102
        return isinstance(self.value, (int, float)) and float(self.value).is_integer()

    @property
    def infinite(self) -> bool:  # noqa: D102
        return isinstance(self.value, float) and math.isinf(self.value)

    def support(self) -> tuple[float, float]:  # noqa: D102
        return (-math.inf, math.inf) if isinstance(self.value, str) else (float(self.value), float(self.value))

    def texts(self) -> tuple[str, ...]:  # noqa: D102
        return (self.value,) if isinstance(self.value, str) else ()


@dataclass(frozen=True)
class Param(Value):
    """A reference `$name` to a parameter, which is drawn once a sample."""

    name: str
    value: Value

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        return source.param(self.name)

    @property
    def random(self) -> bool:  # noqa: D102
        return self.value.random

    @property
    def redrawable(self) -> bool:  # noqa: D102
        return False

    @property
    def whole(self) -> bool:  # noqa: D102
        return self.value.whole

    @property
    def infinite(self) -> bool:  # noqa: D102
        return self.value.infinite

    def support(self) -> tuple[float, float]:  # noqa: D102
        return self.value.support()

    def texts(self) -> tuple[str, ...]:  # noqa: D102
        return self.value.texts()


@dataclass(frozen=True)
class Between(Value):
    """Something on [low, high], whose bounds may be drawn themselves."""

    low: Value
    high: Value

    def limits(self, source: Source, path: str) -> tuple[float, float]:
        """The bounds of this sample."""
        return draw_number(self.low, source, f"{path}.low"), draw_number(self.high, source, f"{path}.high")

    @property
    def ranked(self) -> bool:  # noqa: D102
        return not (self.low.random or self.high.random)

    def support(self) -> tuple[float, float]:  # noqa: D102
        return self.low.support()[0], self.high.support()[1]


@dataclass(frozen=True)
class Uniform(Between):
    """Uniform on [low, high]."""

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        low, high = self.limits(source, path)
        return low + (high - low) * source.uniform(path)


@dataclass(frozen=True)
class UniformWhole(Between):
    """Each whole number from low to high, both included, is as likely."""

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        low, high = self.limits(source, path)
        return int(low + math.floor((high - low + 1) * source.uniform(path)))

    @property
    def ranked(self) -> bool:  # noqa: D102
        return False  # ties

    @property
    def whole(self) -> bool:  # noqa: D102
        return True


@dataclass(frozen=True)
class LogUniform(Between):
    """The logarithm is uniform between those of low and high, which are above 0."""

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        low, high = self.limits(source, path)
        drawn = math.exp(math.log(low) + (math.log(high) - math.log(low)) * source.uniform(path))
        return min(max(drawn, low), high)


@dataclass(frozen=True)
class Normal(Value):
    """Normal with `mean` and standard deviation `sd`, truncated (not clamped) to [low, high]."""

    mean: Value
    sd: Value
    low: Value
    high: Value

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        mean, sd = draw_number(self.mean, source, f"{path}.mean"), draw_number(self.sd, source, f"{path}.sd")
        low, high = (
            draw_number(self.low, source, f"{path}.low"),
            draw_number(self.high, source, f"{path}.high"),
        )
        z = truncated_normal_ppf(source.uniform(path), (low - mean) / sd, (high - mean) / sd)
        return min(max(mean + sd * z, low), high)

    @property
    def ranked(self) -> bool:  # noqa: D102
        return not (self.mean.random or self.sd.random or self.low.random or self.high.random)

    def support(self) -> tuple[float, float]:  # noqa: D102
        return self.low.support()[0], self.high.support()[1]


@dataclass(frozen=True)
class Choice(Value):
    """One of several values, by weight (weights need not add up to 1)."""

    options: tuple[Value, ...]
    weights: tuple[float, ...]

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        cumulative = list(accumulate(self.weights))
        point = source.uniform(path) * cumulative[-1]
        k = min(bisect_right(cumulative, point), len(cumulative) - 1)
        return self.options[k].draw(source, f"{path}[{k}]")

    @property
    def whole(self) -> bool:  # noqa: D102
        return all(o.whole for o in self.options)

    @property
    def infinite(self) -> bool:  # noqa: D102
        return any(o.infinite for o in self.options)

    def support(self) -> tuple[float, float]:  # noqa: D102
        bounds = [o.support() for o in self.options]
        return min(b[0] for b in bounds), max(b[1] for b in bounds)

    def texts(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(dict.fromkeys(t for o in self.options for t in o.texts()))


def weighted(shares: Mapping[str, float]) -> Choice:
    """One of several texts, by weight; one of weight 0 is never drawn."""
    drawn = {text: float(weight) for text, weight in shares.items() if weight > 0.0}
    return Choice(tuple(Constant(text) for text in drawn), tuple(drawn.values()))


@dataclass(frozen=True)
class Bernoulli(Value):
    """True with a probability."""

    probability: Value

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        return source.uniform(path) < draw_number(self.probability, source, f"{path}.p")


@dataclass(frozen=True)
class Poisson(Value):
    """Poisson with `mean`, conditioned on being at most `maximum`."""

    mean: Value
    maximum: int

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        mean = draw_number(self.mean, source, f"{path}.mean")
        if mean <= 0.0:
            return 0
        log_pmf = [k * math.log(mean) - math.lgamma(k + 1) for k in range(self.maximum + 1)]
        peak = max(log_pmf)
        cumulative = list(accumulate(math.exp(v - peak) for v in log_pmf))
        point = source.uniform(path) * cumulative[-1]
        return min(bisect_right(cumulative, point), self.maximum)

    @property
    def whole(self) -> bool:  # noqa: D102
        return True

    def support(self) -> tuple[float, float]:  # noqa: D102
        return 0.0, float(self.maximum)
