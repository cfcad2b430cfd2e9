"""Further continuous distributions, truncated by their CDF so that the density within the clip keeps its shape."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from simgen.scenario.distributions import Plain, Source, Value, draw_number
from simgen.scenario.normal import truncated_normal_ppf


@dataclass(frozen=True)
class Lognormal(Value):
    """The logarithm is normal with standard deviation `sigma` around that of `median`, truncated to [low, high]."""

    median: Value
    sigma: Value
    low: Value
    high: Value

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102  (as the base says, here and below)
        median = draw_number(self.median, source, f"{path}.median")
        sigma = draw_number(self.sigma, source, f"{path}.sigma")
        low, high = draw_number(self.low, source, f"{path}.low"), draw_number(self.high, source, f"{path}.high")
        z_low = math.log(low / median) / sigma if low > 0.0 else -math.inf
        z_high = math.log(high / median) / sigma
        return min(max(median * math.exp(sigma * truncated_normal_ppf(source.uniform(path), z_low, z_high)), low), high)

    @property
    def ranked(self) -> bool:  # noqa: D102
        return not any(v.random for v in (self.median, self.sigma, self.low, self.high))

    def support(self) -> tuple[float, float]:  # noqa: D102
        return self.low.support()[0], self.high.support()[1]


@dataclass(frozen=True)
class Triangular(Value):
    """Density that rises from `low` to `mode` and falls to `high`, truncated to [clip_low, clip_high]."""

    low: Value
    mode: Value
    high: Value
    clip_low: Value
    clip_high: Value

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        a, m, b = (
            draw_number(v, source, f"{path}.{k}") for k, v in zip("amb", (self.low, self.mode, self.high), strict=True)
        )
        low = max(a, draw_number(self.clip_low, source, f"{path}.low"))
        high = min(b, draw_number(self.clip_high, source, f"{path}.high"))
        below, above = _triangular_cdf(low, a, m, b), _triangular_cdf(high, a, m, b)
        share = below + source.uniform(path) * (above - below)
        if share <= _triangular_cdf(m, a, m, b):
            drawn = a + math.sqrt(share * (b - a) * (m - a))
        else:
            drawn = b - math.sqrt((1.0 - share) * (b - a) * (b - m))
        return min(max(drawn, low), high)

    @property
    def ranked(self) -> bool:  # noqa: D102
        return not any(v.random for v in (self.low, self.mode, self.high, self.clip_low, self.clip_high))

    def support(self) -> tuple[float, float]:  # noqa: D102
        low = max(self.low.support()[0], self.clip_low.support()[0])
        return low, min(self.high.support()[1], self.clip_high.support()[1])


def _triangular_cdf(x: float, a: float, m: float, b: float) -> float:
    if x <= a:
        return 0.0
    if x >= b:
        return 1.0
    if x <= m:
        return (x - a) ** 2 / ((b - a) * (m - a))
    return 1.0 - (b - x) ** 2 / ((b - a) * (b - m))


@dataclass(frozen=True)
class Beta(Value):
    """A beta distribution of shapes `a` and `b`, stretched over [low, high] and truncated to [clip_low, clip_high]."""

    a: Value
    b: Value
    low: Value
    high: Value
    clip_low: Value
    clip_high: Value

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        from scipy import special  # here: reading a scenario needs none of it

        a, b = draw_number(self.a, source, f"{path}.a"), draw_number(self.b, source, f"{path}.b")
        start, end = draw_number(self.low, source, f"{path}.from"), draw_number(self.high, source, f"{path}.to")
        low = max(start, draw_number(self.clip_low, source, f"{path}.low"))
        high = min(end, draw_number(self.clip_high, source, f"{path}.high"))
        if end <= start:
            return start
        below = float(special.betainc(a, b, (low - start) / (end - start)))
        above = float(special.betainc(a, b, (high - start) / (end - start)))
        share = below + source.uniform(path) * (above - below)
        drawn = start + (end - start) * float(special.betaincinv(a, b, share))
        return min(max(drawn, low), high)

    @property
    def ranked(self) -> bool:  # noqa: D102
        return not any(v.random for v in (self.a, self.b, self.low, self.high, self.clip_low, self.clip_high))

    def support(self) -> tuple[float, float]:  # noqa: D102
        low = max(self.low.support()[0], self.clip_low.support()[0])
        return low, min(self.high.support()[1], self.clip_high.support()[1])


@dataclass(frozen=True)
class Classes(Value):
    """A value of one of several classes of a scale, drawn log-uniformly (or uniformly) within the class.

    Attributes:
        ranges: bounds of each class, ascending, SI, positive and finite.
        weights: of the classes; they need not add up to 1.
        even: whether the value itself is uniform within its class, and not its logarithm.
    """

    ranges: tuple[tuple[float, float], ...]
    weights: tuple[float, ...]
    even: bool = False

    def draw(self, source: Source, path: str) -> Plain:  # noqa: D102
        cumulative = list(accumulate(self.weights))
        point = source.uniform(path) * cumulative[-1]
        k = min(bisect_right(cumulative, point), len(cumulative) - 1)
        share = (point - (cumulative[k] - self.weights[k])) / self.weights[k]
        low, high = self.ranges[k]
        drawn = low + (high - low) * share if self.even else low * math.exp(share * math.log(high / low))
        return min(max(drawn, low), high)

    @property
    def ranked(self) -> bool:  # noqa: D102
        return True

    def support(self) -> tuple[float, float]:  # noqa: D102
        return min(low for low, _ in self.ranges), max(high for _, high in self.ranges)
