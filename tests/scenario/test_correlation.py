"""Correlated parameters: ranks correlate as asked, margins stay, and earlier draws never move."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from simgen.errors import ScenarioError
from simgen.rng import Stream
from simgen.scenario import Scenario
from simgen.scenario.correlation import correlate, linear_correlation
from simgen.scenario.draws import STREAM, Draws

Read = Callable[[str], Scenario]

PARAMS = """\
params:
  severity: {uniform: [0, 1]}
  rain: {class: {scale: iso34503.rain, in: [heavy_rain, violent_rain]}}
  fog_mor: {lognormal: {median: 80 m, sigma: 0.5, clip: [20 m, 400 m]}}
  flow: {triangular: [0 m/s, 0.4 m/s, 1.5 m/s]}
  push: {beta: {a: 2, b: 5, low: 0 m, high: 9 m}}
"""
N = 10_000


def drawn(scenario: Scenario, n: int, seed: int = 5) -> dict[str, np.ndarray]:
    rows = [Draws(seed, k, scenario.params, scenario._content.correlation) for k in range(n)]
    return {name: np.array([row.param(name) for row in rows]) for name in scenario.params}


def test_ranks_correlate_as_asked_and_margins_stay(of: Read, base: str) -> None:
    asked = {("rain", "flow"): 0.6, ("rain", "fog_mor"): -0.3, ("flow", "push"): 0.5, ("severity", "push"): 0.1}
    pairs = ", ".join(f"[{a}, {b}, {rho}]" for (a, b), rho in asked.items())
    got = drawn(of(base + PARAMS + f"correlate: {{gaussian_copula: [{pairs}]}}\n"), N)
    names = list(got)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            rho = asked.get((a, b), asked.get((b, a), 0.0))
            assert stats.spearmanr(got[a], got[b]).statistic == pytest.approx(rho, abs=0.03), (a, b)
    z = np.log(np.array([20.0, 400.0]) / 80.0) / 0.5
    margins = {
        "flow": stats.triang(0.4 / 1.5, 0.0, 1.5),
        "push": stats.beta(2.0, 5.0, 0.0, 9.0),
        "severity": stats.uniform(),
    }
    for name, law in margins.items():
        assert stats.kstest(got[name], law.cdf).pvalue > 1e-3
    assert stats.kstest(np.log(got["fog_mor"] / 80.0) / 0.5, stats.truncnorm(*z).cdf).pvalue > 1e-3


@pytest.mark.parametrize("rho", [-0.95, -0.5, 0.2, 0.9])
def test_pearsons_formula_turns_ranks_into_the_normals_correlation(rho: float) -> None:
    """Against Spearman's rho of bivariate normals by quadrature: 12 E[Phi(X) Phi(Y)] - 3."""
    x, w = np.polynomial.hermite_e.hermegauss(120)
    w = w / w.sum()
    r = linear_correlation(rho)
    y = r * x[:, None] + np.sqrt(1.0 - r * r) * x[None, :]
    mean = np.sum(w[:, None] * w[None, :] * stats.norm.cdf(x)[:, None] * stats.norm.cdf(y))
    assert 12.0 * mean - 3.0 == pytest.approx(rho, abs=1e-9)


def test_rows_are_the_cholesky_factor() -> None:
    names = ["a", "b", "c", "d"]
    ranks = {frozenset("ab"): 0.5, frozenset("bc"): -0.4, frozenset("ad"): 0.3, frozenset("cd"): 0.2}
    matrix = np.eye(4)
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            if i != j:
                matrix[i, j] = 2.0 * np.sin(np.pi * ranks.get(frozenset((a, b)), 0.0) / 6.0)
    expected = np.linalg.cholesky(matrix)
    found = correlate(names, ranks)
    assert found is not None
    assert "a" not in found.rows
    for i, name in enumerate(names[1:], 1):
        row = dict(found.rows[name])
        np.testing.assert_allclose([row.get(m, 0.0) for m in names], expected[i], atol=1e-15)


def test_what_stands_earlier_never_moves(of: Read, base: str) -> None:
    def text(params: str, pairs: str) -> str:
        return base + params + (f"correlate: {{gaussian_copula: [{pairs}]}}\n" if pairs else "")

    plain = drawn(of(text(PARAMS, "")), 40)
    one = drawn(of(text(PARAMS, "[rain, flow, 0.6]")), 40)
    zero = drawn(of(text(PARAMS, "[rain, flow, 0.6], [severity, fog_mor, 0], [severity, flow, 0.0]")), 40)
    more = drawn(of(text(PARAMS, "[flow, push, 0.5], [flow, rain, 0.6]")), 40)
    grown = drawn(of(text(PARAMS + "  extra: {uniform: [0 m, 1 m]}\n", "[rain, flow, 0.6], [extra, flow, 0.3]")), 40)
    for name in ("severity", "rain", "fog_mor", "push"):
        assert np.array_equal(one[name], plain[name])  # the first of a group and all outside keep their own uniform
    assert not np.array_equal(one["flow"], plain["flow"])
    for name in one:
        assert np.array_equal(zero[name], one[name])
        assert np.array_equal(grown[name], one[name])
        assert np.array_equal(more[name], one[name]) == (name != "push")


def test_the_first_member_keeps_its_keyed_uniform(of: Read, base: str) -> None:
    scenario = of(base + PARAMS + "correlate: {gaussian_copula: [[flow, severity, 0.9]]}\n")
    for k in range(20):
        assert Draws(5, k, scenario.params, scenario._content.correlation).param("severity") == Stream(
            5, k, STREAM
        ).uniform("params.severity")


def test_the_order_of_correlated_params_is_part_of_the_digest(of: Read, base: str) -> None:
    a, b = "  a: {uniform: [0, 1]}\n", "  b: {uniform: [0, 1]}\n"
    pair = "correlate: {gaussian_copula: [[a, b, 0.5]]}\n"
    assert of(f"{base}params:\n{a}{b}{pair}").digest != of(f"{base}params:\n{b}{a}{pair}").digest
    assert of(f"{base}params:\n{a}{b}").digest == of(f"{base}params:\n{b}{a}").digest


MISTAKES = [
    ("[[rain, flow, 0.9], [rain, push, 0.9], [flow, push, -0.9]]", 30, "not positive definite", "% of each"),
    ("[[rain, flow, 1]]", 44, "'1' is out of range", "from -0.99 to 0.99"),
    ("[[rain, flw, 0.5]]", 38, "no parameter is called 'flw'", "did you mean 'flow'?"),
    ("[[rain, rain, 0.5]]", 38, "'rain' is paired with itself", ""),
    ("[[rain, flow, 0.5], [flow, rain, 0.4]]", 50, "the pair flow, rain stands twice", "keep one"),
    ("[[rain, flow]]", 31, "a list is not a correlation", "[param, param, rank correlation]"),
    ("[[rain, dead, 0.5]]", 38, "'dead' cannot be correlated", "'given'"),
    ("[[rain, n, 0.5]]", 38, "'n' cannot be correlated", "continuous"),
    ("[[rain, twice, 0.5]]", 38, "'twice' cannot be correlated", "continuous"),
    ("[[rain, nested, 0.5]]", 38, "'nested' cannot be correlated", "continuous"),
    ("[[rain, flow, $half]]", 44, "may not be drawn or referenced", "a correlation is fixed"),
    ("none", 30, "'none' is not a list of correlations", "[[rain, flow, 0.6], ...]"),
]
FURTHER = """\
  dead: {bernoulli: 0.5}
  n: {poisson: {mean: 2, max: 5}}
  twice: {expr: "2 * severity"}
  half: 0.5
  nested: {uniform: [$severity, 2]}
"""


@pytest.mark.parametrize(("pairs", "column", "message", "expected"), MISTAKES)
def test_mistakes_are_placed(of: Read, base: str, pairs: str, column: int, message: str, expected: str) -> None:
    line = base.count("\n") + PARAMS.count("\n") + FURTHER.count("\n") + 1
    with pytest.raises(ScenarioError) as caught:
        of(base + PARAMS + FURTHER + f"correlate: {{gaussian_copula: {pairs}}}\n")
    (problem,) = caught.value.problems
    assert problem.startswith(f"t.yaml:{line}:{column}: "), problem
    assert message in problem.split("\n")[0]
    assert expected in problem


def test_the_advice_for_contradicting_correlations_helps(of: Read, base: str) -> None:
    def text(share: float) -> str:
        pairs = f"[[rain, flow, {0.9 * share}], [rain, push, {0.9 * share}], [flow, push, {-0.9 * share}]]"
        return base + PARAMS + f"correlate: {{gaussian_copula: {pairs}}}\n"

    with pytest.raises(ScenarioError) as caught:
        of(text(1.0))
    percent = int(caught.value.problems[0].split("expected weaker ones: ")[1].split(" %")[0])
    assert of(text(percent / 100.0))._content.correlation.rows
    with pytest.raises(ScenarioError):
        of(text((percent + 1) / 100.0))


def test_fixing_one_member_moves_none_of_the_others(of: Read, base: str) -> None:
    """A ladder over a correlated parameter keeps the rest of its samples; no file may correlate a constant."""
    scenario = of(base + PARAMS + "correlate: {gaussian_copula: [[rain, flow, 0.6], [rain, fog_mor, -0.3]]}\n")
    before, after = drawn(scenario, 50), drawn(scenario.with_({"rain": "30 mm/h"}), 50)
    for name in ("severity", "fog_mor", "flow", "push"):
        assert np.array_equal(before[name], after[name]), name
    assert len(set(after["rain"])) == 1
    with pytest.raises(ScenarioError, match="'rain' cannot be correlated"):
        of(
            base
            + "params: {rain: 30 mm/h, flow: {uniform: [0, 1]}}\ncorrelate: {gaussian_copula: [[rain, flow, 0.6]]}\n"
        )
