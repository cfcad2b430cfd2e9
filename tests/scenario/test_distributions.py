"""Every distribution against scipy's, over many keyed draws, and exactly at given uniforms."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from simgen.rng import Stream
from simgen.scenario import continuous as more
from simgen.scenario import distributions as d
from simgen.scenario.normal import normal_cdf, normal_ppf, truncated_normal_ppf

N = 4000


class Keyed:
    """A source of sample k."""

    def __init__(self, k: int) -> None:
        self.stream = Stream(11, k)

    def uniform(self, path: str) -> float:
        return self.stream.uniform(path)

    def param(self, name: str) -> d.Plain:
        raise AssertionError(f"no parameter {name} here")


class Fixed(Keyed):
    """A source whose every uniform is the same."""

    def __init__(self, u: float) -> None:
        self.u = u

    def uniform(self, path: str) -> float:
        return self.u


def c(value: float) -> d.Constant:
    return d.Constant(value)


def sample(value: d.Value) -> np.ndarray:
    return np.array([value.draw(Keyed(k), "x") for k in range(N)])


FREE = (c(-math.inf), c(math.inf))

CONTINUOUS = [
    (d.Uniform(c(-2.0), c(3.0)), stats.uniform(-2.0, 5.0)),
    (d.LogUniform(c(30.0), c(300.0)), stats.loguniform(30.0, 300.0)),
    (d.Normal(c(5.0), c(2.0), c(-math.inf), c(math.inf)), stats.norm(5.0, 2.0)),
    (d.Normal(c(40.0), c(6.0), c(20.0), c(45.0)), stats.truncnorm(-20 / 6, 5 / 6, 40.0, 6.0)),
    (d.Normal(c(0.0), c(1.0), c(3.0), c(9.0)), stats.truncnorm(3.0, 9.0)),
    (d.Normal(c(0.0), c(1.0), c(-math.inf), c(-2.0)), stats.truncnorm(-math.inf, -2.0)),
    (more.Lognormal(c(80.0), c(0.5), c(0.0), c(math.inf)), stats.lognorm(0.5, scale=80.0)),
    (more.Triangular(c(0.0), c(0.4), c(1.5), *FREE), stats.triang(0.4 / 1.5, 0.0, 1.5)),
    (more.Triangular(c(2.0), c(2.0), c(5.0), *FREE), stats.triang(0.0, 2.0, 3.0)),
    (more.Triangular(c(-5.0), c(-2.0), c(-2.0), *FREE), stats.triang(1.0, -5.0, 3.0)),
    (more.Beta(c(2.0), c(5.0), c(-1.0), c(3.0), *FREE), stats.beta(2.0, 5.0, -1.0, 4.0)),
    (more.Beta(c(0.5), c(0.5), c(0.0), c(1.0), *FREE), stats.beta(0.5, 0.5)),
    (more.Classes(((2.0, 20.0),), (3.0,)), stats.loguniform(2.0, 20.0)),
    (more.Classes(((2.0, 20.0),), (3.0,), even=True), stats.uniform(2.0, 18.0)),
]

# truncated: the law that is cut, and the bounds
TRUNCATED = [
    (d.Normal(c(40.0), c(6.0), c(38.0), c(45.0)), stats.norm(40.0, 6.0), 38.0, 45.0),
    (more.Lognormal(c(80.0), c(0.5), c(20.0), c(100.0)), stats.lognorm(0.5, scale=80.0), 20.0, 100.0),
    (more.Lognormal(c(80.0), c(0.5), c(200.0), c(math.inf)), stats.lognorm(0.5, scale=80.0), 200.0, math.inf),
    (more.Triangular(c(0.0), c(0.4), c(1.5), c(0.1), c(0.3)), stats.triang(0.4 / 1.5, 0.0, 1.5), 0.1, 0.3),
    (more.Triangular(c(0.0), c(0.4), c(1.5), c(0.2), c(9.0)), stats.triang(0.4 / 1.5, 0.0, 1.5), 0.2, 1.5),
    (more.Beta(c(2.0), c(5.0), c(-1.0), c(3.0), c(0.0), c(1.0)), stats.beta(2.0, 5.0, -1.0, 4.0), 0.0, 1.0),
]


@pytest.mark.parametrize(("value", "law"), CONTINUOUS)
def test_draws_follow_the_law(value: d.Value, law: stats.rv_continuous) -> None:
    assert stats.kstest(sample(value), law.cdf).pvalue > 1e-3


@pytest.mark.parametrize(("value", "law"), CONTINUOUS)
@pytest.mark.parametrize("u", [1e-12, 1e-3, 0.1, 0.5, 0.77, 1 - 1e-9])
def test_a_uniform_becomes_its_quantile(value: d.Value, law: stats.rv_continuous, u: float) -> None:
    assert value.draw(Fixed(u), "x") == pytest.approx(law.ppf(u), rel=1e-9, abs=1e-11)


@pytest.mark.parametrize(("value", "law"), CONTINUOUS)
@pytest.mark.parametrize("u", [1e-16, 1.0])
def test_draws_stay_within_their_support(value: d.Value, law: stats.rv_continuous, u: float) -> None:
    low, high = value.support()
    assert (low, high) == pytest.approx(law.support())
    assert low <= float(value.draw(Fixed(u), "x")) <= high


@pytest.mark.parametrize(("value", "law", "low", "high"), TRUNCATED)
def test_truncation_renormalises(value: d.Value, law: stats.rv_continuous, low: float, high: float) -> None:
    below, above = law.cdf(low), law.cdf(high)
    drawn = sample(value)
    assert stats.kstest(drawn, lambda x: (law.cdf(x) - below) / (above - below)).pvalue > 1e-3
    assert len(np.unique(drawn)) == N  # clamping would pile draws up at an edge
    assert value.support() == (low, high)
    for u in (1e-9, 0.2, 0.5, 0.97):
        expected = law.ppf(below + u * (above - below))
        assert value.draw(Fixed(u), "x") == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("value", [v for v, *_ in CONTINUOUS + TRUNCATED])
def test_a_ranked_value_rises_with_its_uniform(value: d.Value) -> None:
    assert value.ranked
    drawn = [float(value.draw(Fixed(u), "x")) for u in np.linspace(0.001, 0.999, 300)]
    assert all(a < b for a, b in pairwise(drawn))


def test_settings_that_are_drawn_make_a_value_unranked() -> None:
    drawn = d.Uniform(c(1.0), c(2.0))
    assert not d.Uniform(c(0.0), drawn).ranked
    assert not d.Normal(drawn, c(1.0), *FREE).ranked
    assert not more.Lognormal(c(1.0), drawn, c(0.0), c(9.0)).ranked
    assert not more.Triangular(c(0.0), drawn, c(9.0), *FREE).ranked
    assert not more.Beta(c(1.0), c(1.0), c(0.0), c(9.0), drawn, c(9.0)).ranked
    assert not d.UniformWhole(c(0), c(5)).ranked


def test_classes_have_their_shares_and_are_log_uniform_within() -> None:
    value = more.Classes(((1.0, 10.0), (10.0, 1000.0), (2000.0, 4000.0)), (1.0, 2.0, 5.0))
    drawn = sample(value)
    for (low, high), share in zip(value.ranges, (1 / 8, 2 / 8, 5 / 8), strict=True):
        inside = drawn[(drawn >= low) & (drawn < high)]
        assert stats.binomtest(len(inside), N, share).pvalue > 1e-3
        assert stats.kstest(inside, stats.loguniform(low, high).cdf).pvalue > 1e-3
    assert not ((drawn >= 1000.0) & (drawn < 2000.0)).any()


def test_poisson_is_conditioned_on_its_maximum() -> None:
    value = d.Poisson(c(3.5), 6)
    pmf = stats.poisson(3.5).pmf(np.arange(7))
    expected = pmf / pmf.sum() * N
    counts = Counter(sample(value).tolist())
    observed = [counts[k] for k in range(7)]
    assert sum(observed) == N
    assert stats.chisquare(observed, expected).pvalue > 1e-3
    assert d.Poisson(c(0.0), 6).draw(Fixed(0.9), "x") == 0
    assert d.Poisson(c(900.0), 1000).draw(Fixed(0.5), "x") == stats.poisson(900.0).ppf(0.5)


def test_bernoulli_and_choice_have_their_shares() -> None:
    hits = sample(d.Bernoulli(c(0.3))).sum()
    assert stats.binomtest(int(hits), N, 0.3).pvalue > 1e-3
    options = tuple(d.Constant(t) for t in ("a", "b", "c"))
    counts = Counter(sample(d.Choice(options, (5.0, 3.0, 0.0))).tolist())
    assert counts["c"] == 0
    assert stats.binomtest(counts["a"], N, 5 / 8).pvalue > 1e-3


def test_whole_uniform_reaches_both_ends_alike() -> None:
    counts = Counter(sample(d.UniformWhole(c(2), c(5))).tolist())
    assert sorted(counts) == [2, 3, 4, 5]
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3
    assert all(isinstance(d.UniformWhole(c(2), c(5)).draw(Keyed(k), "x"), int) for k in range(9))


def test_bounds_may_be_drawn_under_keys_of_their_own() -> None:
    nested = d.Uniform(d.Uniform(c(0.0), c(1.0)), c(1.0))
    low = Stream(11, 3).uniform("x.low")
    assert nested.draw(Keyed(3), "x") == low + (1.0 - low) * Stream(11, 3).uniform("x")
    assert nested.support() == (0.0, 1.0)


def test_normal_quantile_and_cdf_match_scipy() -> None:
    p = np.concatenate([np.logspace(-300, -1, 200), np.linspace(0.1, 0.9, 101), 1 - np.logspace(-1, -15, 40)])
    ours = np.array([normal_ppf(float(x)) for x in p])
    np.testing.assert_allclose(ours, stats.norm.ppf(p), rtol=2e-14, atol=2e-16)
    x = np.linspace(-37.0, 8.0, 300)
    np.testing.assert_allclose([normal_cdf(float(v)) for v in x], stats.norm.cdf(x), rtol=1e-12)


@pytest.mark.parametrize(("low", "high"), [(-8.0, -6.0), (6.0, 8.0), (30.0, 31.0), (-1.0, 1.0), (5.0, math.inf)])
@pytest.mark.parametrize("u", [0.01, 0.5, 0.99])
def test_truncated_normal_holds_in_the_tails(low: float, high: float, u: float) -> None:
    expected = stats.truncnorm(low, high).ppf(u)
    assert truncated_normal_ppf(u, low, high) == pytest.approx(expected, rel=1e-7)


def test_truncation_beyond_all_digits_gives_the_nearer_edge() -> None:
    assert truncated_normal_ppf(0.5, 50.0, 60.0) == 50.0
    assert truncated_normal_ppf(0.5, -60.0, -50.0) == -50.0
