"""Sampling plans: fill their space, keep the distributions, cover every allowed combination, and say what is wrong."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from simgen.errors import ScenarioError, UserError
from simgen.scenario import Scenario, Scene
from simgen.scenario.covering import Allowed, count_tuples, cover

Read = Callable[[str], Scenario]

TEXT = """\
simgen: 1
id: test/plans
params:
  severity: {uniform: [0, 1]}
  rain: {log_uniform: [1 mm/h, 100 mm/h]}
  fog_mor: {log_uniform: [30 m, 300 m]}
  flow: {normal: {mean: 0.5 m/s, sd: 0.2 m/s, clip: [0 m/s, 1 m/s]}}
  lamp_dead: {bernoulli: 0.1}
  trim: {choice: {plain: 8, gt: 1, lux: 1}}
  leaning: {uniform: [0, $severity]}
site: {toy.road: {length: 200 m, dip: 1 m}}
conditions: {fog: {mor: $fog_mor}}
actors:
  ego:
    model: toy.car
    params: {doors: {uniform: [2, 5]}, trim: $trim}
    place: {lane: main.0, s: 40 m}
    speed: {uniform: [10 m/s, 20 m/s]}
  other: {model: toy.car, include: {bernoulli: 0.4}, place: {ahead_of: ego, by: {uniform: [20 m, 60 m]}}}
  things: {model: toy.block, count: {poisson: {mean: 2, max: 4}}, place: {in: verge}}
sensors:
  front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen}
duration: 2 s
plan:
"""
OVER = "[severity, fog_mor, rain, flow, ego.speed]"


def uniforms(scenario: Scenario, plan: str, seed: int, count: int) -> np.ndarray:
    drawn = [scenario.plan(plan).uniforms(seed, k) for k in range(count)]
    return np.array([list(u.values()) for u in drawn])


@pytest.fixture
def planned(of: Read) -> Callable[[str], Scenario]:
    """The scenario with one plan, "p", of this body."""
    return lambda body: of(f"{TEXT}  p: {body}\n")


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_sobol_fills_the_cube_evenly(planned: Read, seed: int) -> None:
    points = uniforms(planned(f"{{method: sobol, n: 128, over: {OVER}}}"), "p", seed, 128)
    assert points.shape == (128, 5)
    assert points.min() > 0.0
    assert points.max() < 1.0
    assert qmc.discrepancy(points, method="CD") < 0.001
    by_chance = np.random.default_rng(seed).random((128, 5))
    assert qmc.discrepancy(by_chance, method="CD") > 0.005


def test_a_latin_hypercube_has_one_sample_a_stratum(planned: Read) -> None:
    points = uniforms(planned(f"{{method: latin_hypercube, n: 37, over: {OVER}}}"), "p", 3, 37)
    for column in points.T:
        assert sorted((column * 37).astype(int)) == list(range(37))


def test_the_distributions_of_factors_are_kept(planned: Read) -> None:
    scenario = planned("{method: sobol, n: 256, over: [severity, fog_mor, lamp_dead, trim, other.include]}")
    scenes = [scenario.draw(5, k, plan="p") for k in range(256)]
    logs = np.sort([math.log(float(s.params["params.fog_mor"]) / 30.0) / math.log(10.0) for s in scenes])
    assert np.abs(logs - (np.arange(256) + 0.5) / 256).max() < 2 / 256
    assert abs(sum(bool(s.params["params.lamp_dead"]) for s in scenes) - 25.6) <= 1.5
    assert abs(sum(s.params["params.trim"] == "plain" for s in scenes) - 204.8) <= 1.5
    assert abs(sum(any(a.name == "other" for a in s.actors) for s in scenes) - 102.4) <= 1.5


def test_other_draws_are_those_without_a_plan(planned: Read) -> None:
    scenario = planned("{method: sobol, n: 16, over: [severity, fog_mor]}")
    for k in range(16):
        free, bound = scenario.draw(2, k), scenario.draw(2, k, plan="p")
        differing = {p for p in free.params if free.params[p] != bound.params[p]}
        assert {"params.severity", "params.fog_mor"} <= differing
        assert differing <= {"params.severity", "params.fog_mor", "conditions.fog.mor", "params.leaning"}
        assert (bound.plan, bound.index, free.plan) == ("p", k, "")
        assert Scene.from_json(bound.to_json()) == bound


def test_a_random_plan_is_chance_with_a_number(planned: Read) -> None:
    scenario = planned("{method: random, n: 4}")
    assert scenario.plan("p").count == 4
    assert scenario.draw(1, 3, plan="p").params == scenario.draw(1, 3).params


def test_a_grid_takes_the_middles_of_all_levels(planned: Read) -> None:
    scenario = planned("{method: grid, over: [fog_mor, lamp_dead, trim, ego.params.doors], levels: {fog_mor: 3}}")
    assert scenario.plan("p").count == 3 * 2 * 3 * 4
    rows = [scenario.draw(0, k, plan="p").params for k in range(72)]
    paths = ("params.fog_mor", "params.lamp_dead", "params.trim", "actors.ego.params.doors")
    seen = {tuple(r[p] for p in paths) for r in rows}
    middles = [30.0 * 10.0 ** ((k + 0.5) / 3) for k in range(3)]
    fog = sorted({float(t[0]) for t in seen})
    assert fog == pytest.approx(middles)
    assert seen == set(product(fog, (True, False), ("plain", "gt", "lux"), (2, 3, 4, 5)))


COVER = "{strength: 3, over: [rain, lamp_dead, other.include, fog_mor, trim], levels: {rain: 3, fog_mor: 4}, never: %s}"


def cells(params: dict[str, float | str | bool]) -> tuple[object, ...]:
    """The levels of a sample, found from its values alone."""
    rain = math.log(float(params["params.rain"]) * 3.6e6) / math.log(100.0)
    fog = math.log(float(params["params.fog_mor"]) / 30.0) / math.log(10.0)
    return (
        int(rain * 3),
        params["params.lamp_dead"],
        params["actors.other.include"],
        int(fog * 4),
        params["params.trim"],
    )


ALL = [(0, 1, 2), (True, False), (True, False), (0, 1, 2, 3), ("plain", "gt", "lux")]


@pytest.mark.parametrize(
    ("never", "forbidden"),
    [
        ('["rain < 0 mm/h"]', lambda row: False),
        # Rain above 50 mm/h is a part of the third band (21.5 to 100 mm/h): every combination stays possible.
        ('["rain > 50 mm/h and lamp_dead"]', lambda row: False),
        # Above 10 mm/h forbids the third band with dead lamps, and a part of the second.
        ('["rain > 10 mm/h and lamp_dead"]', lambda row: row[0] == 2 and row[1] is True),
        # Together they leave no dead lamp at all in dense fog: not to be seen in either alone.
        (
            '["lamp_dead and fog_mor < 54 m and rain < 22 mm/h", "lamp_dead and rain > 21 mm/h"]',
            lambda row: row[1] is True and (row[3] == 0 or row[0] == 2),
        ),
        ("[\"trim == 'gt' and not other.include\"]", lambda row: row[4] == "gt" and not row[2]),
    ],
)
def test_every_allowed_triple_is_covered(
    planned: Read, never: str, forbidden: Callable[[tuple[object, ...]], bool]
) -> None:
    scenario = planned(COVER % never)
    count = scenario.plan("p").count
    rows = [cells(scenario.draw(4, k, plan="p").params) for k in range(count)]
    possible = [row for row in product(*ALL) if not forbidden(row)]
    for group in combinations(range(5), 3):
        wanted = {tuple(row[f] for f in group) for row in possible}
        assert {tuple(row[f] for f in group) for row in rows} == wanted
    assert count < 60  # of 144 combinations; the largest triple alone needs 36


def test_no_sample_meets_a_forbidden_condition(planned: Read) -> None:
    scenario = planned(COVER % '["rain > 50 mm/h and lamp_dead", "fog_mor < 40 m and rain > 30 mm/h"]')
    for seed in range(5):
        for k in range(scenario.plan("p").count):
            p = scenario.draw(seed, k, plan="p").params
            rain_mmph = float(p["params.rain"]) * 3.6e6
            assert not (rain_mmph > 50.0 and p["params.lamp_dead"])
            assert not (float(p["params.fog_mor"]) < 40.0 and rain_mmph > 30.0)


@pytest.mark.parametrize(("sizes", "strength"), [((3, 3, 3, 3), 2), ((2, 3, 4, 5), 3), ((2,) * 8, 4), ((4, 1, 3), 2)])
def test_covering_arrays_hold_every_combination(sizes: tuple[int, ...], strength: int) -> None:
    rows = cover(sizes, strength, Allowed())
    total = 0
    for group in combinations(range(len(sizes)), strength):
        found = {tuple(row[f] for f in group) for row in rows}
        assert found == set(product(*(range(sizes[f]) for f in group)))
        total += len(found)
    assert count_tuples(sizes, strength) == total
    assert len(rows) < math.prod(sizes) or 1 in sizes


def test_plans_depend_on_the_seed_and_nothing_else(planned: Read) -> None:
    text = f"{{method: sobol, n: 16, over: {OVER}}}"
    assert (uniforms(planned(text), "p", 1, 16) == uniforms(planned(text), "p", 1, 16)).all()
    assert (uniforms(planned(text), "p", 1, 16) != uniforms(planned(text), "p", 2, 16)).all()
    scenario = planned(COVER % '["rain > 10 mm/h and lamp_dead"]')
    again = pickle.loads(pickle.dumps(scenario))
    assert [again.draw(3, k, plan="p") for k in range(30)] == [scenario.draw(3, k, plan="p") for k in range(30)]


def test_a_sample_beyond_the_plan_is_refused(planned: Read) -> None:
    scenario = planned("{method: sobol, n: 8, over: [severity]}")
    with pytest.raises(UserError, match="'p' has samples 0 to 7, 8 was asked for"):
        scenario.draw(0, 8, plan="p")
    with pytest.raises(UserError, match="no plan 'q': expected one of: p"):
        scenario.draw(0, 0, plan="q")


FAULTS = [
    ("{method: sobbol, n: 8, over: [severity]}", "did you mean 'sobol'"),
    ("{method: sobol, n: 100, over: [severity]}", "powers of two, not 100[^$]*expected 64 or 128"),
    ("{method: sobol, n: 8, over: [severty]}", "'severty' is no factor[^$]*did you mean 'severity'"),
    ("{method: sobol, n: 8, over: [things.place.x]}", "not drawn for each thing of a count"),
    ("{method: sobol, n: 8, over: [severity, params.severity]}", "stands twice"),
    ("{method: sobol, n: 8, over: []}", "lists no factors"),
    ("{method: sobol, over: [severity]}", "lacks the key 'n'"),
    ("{n: 8, over: [severity]}", "lacks the key 'method'"),
    ("{method: grid, over: [severity]}", "continuous and its number of levels is not given"),
    ("{method: grid, n: 9, over: [lamp_dead]}", "its samples follow from the levels"),
    ("{method: random, n: 9, over: [lamp_dead]}", "draws every factor by chance"),
    ("{strength: 3, over: [lamp_dead, trim]}", "combinations of 3 need as many factors, here are 2"),
    ("{strength: 2, over: [lamp_dead, trim], levels: {trim: 4}}", "has options and no bands: plain, gt, lux"),
    ("{strength: 2, over: [lamp_dead, trim], never: [rain > 1 m]}", "nothing is called 'rain'"),
    ("{strength: 2, over: [lamp_dead, severity], levels: {severity: 3}, never: [severity + 1]}", "true or false"),
    ("{strength: 2, over: [lamp_dead, trim], never: [lamp_dead or not lamp_dead]}", "leaves no combination"),
    ("{strength: 2, over: [lamp_dead, leaning], levels: {leaning: 3}, never: [leaning > 0.5]}", "'params.severity'"),
    ("{strength: 9, over: [lamp_dead, trim]}", "from 2 to 4"),
]


@pytest.mark.parametrize(("body", "message"), FAULTS)
def test_faults_are_told_where_they_stand(planned: Read, body: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message) as caught:
        planned(body)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith("t.yaml:25:")


CORRELATED = """\
simgen: 1
id: test/correlated
params:
  rain: {class: {scale: iso34503.rain, in: [light_rain, heavy_rain, violent_rain]}}
  flow: {triangular: [0 m/s, 0.4 m/s, 1.5 m/s]}
  other: {uniform: [0, 1]}
  lamp_dead: {bernoulli: {given: "rain > 50 mm/h", then: 0.5, else: 0.1}}
  depth: {expr: "0.05 m + 0.40 m * other"}
correlate: {gaussian_copula: [[rain, flow, 0.8], [flow, other, 0.5]]}
site: {toy.road: {length: 200 m, dip: 1 m}}
actors:
  ego: {model: toy.car, place: {lane: main.0, s: 40 m}}
sensors:
  front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen}
duration: 2 s
plan:
  explore: {method: sobol, n: 512, over: [rain, flow]}
  cover:
    strength: 2
    over: [rain, flow, lamp_dead]
    levels: {flow: 3}
    never: ["rain > 50 mm/h and lamp_dead"]
"""


def test_a_sobol_plan_keeps_the_correlation_and_the_margins(of: Read) -> None:
    scenario = of(CORRELATED)
    assert "params.depth" not in {f.name for f in scenario.param_space()}  # it follows from another
    drawn = [scenario.draw(1, k, plan="explore").params for k in range(512)]
    rain, flow, other = ([float(p[f"params.{n}"]) for p in drawn] for n in ("rain", "flow", "other"))
    assert stats.spearmanr(rain, flow).statistic == pytest.approx(0.8, abs=0.02)
    assert stats.spearmanr(flow, other).statistic == pytest.approx(0.5, abs=0.1)
    assert stats.kstest(flow, stats.triang(0.4 / 1.5, 0.0, 1.5).cdf).statistic < 0.02


def test_a_covering_plan_hits_its_levels_in_spite_of_a_correlation(of: Read) -> None:
    scenario = of(CORRELATED)
    flow = stats.triang(0.4 / 1.5, 0.0, 1.5)
    seen = set()
    for seed in range(20):
        for k in range(scenario.plan("cover").count):
            p = scenario.draw(seed, k, plan="cover").params
            rain_mmph = float(p["params.rain"]) * 3.6e6
            rain = 0 if rain_mmph < 2.5 else 1 if rain_mmph < 50.0 else 2
            assert not (rain_mmph > 50.0 and p["params.lamp_dead"])
            row = (rain, int(flow.cdf(float(p["params.flow"])) * 3), p["params.lamp_dead"])
            seen |= {(0, row[0], row[1]), (1, row[0], row[2]), (2, row[1], row[2])}
    pairs = {(0, r, f) for r in range(3) for f in range(3)}
    pairs |= {(1, r, d) for r in range(3) for d in (True, False)} - {(1, 2, True)}
    assert seen == pairs | {(2, f, d) for f in range(3) for d in (True, False)}


def test_what_a_covering_plan_leaves_follows_the_copula_given_its_levels(of: Read) -> None:
    """The conditional normal law: mean b (z_rain, z_flow), b = (0, r) R^-1, variance 1 - b (0, r)."""
    text = CORRELATED.replace(
        "class: {scale: iso34503.rain, in: [light_rain, heavy_rain, violent_rain]}", "uniform: [0 mm/h, 90 mm/h]"
    )
    scenario = of(text.replace("levels: {flow: 3}", "levels: {rain: 3, flow: 3}"))
    r_rain, r = (2.0 * math.sin(math.pi * rho / 6.0) for rho in (0.8, 0.5))
    b = np.linalg.solve([[1.0, r_rain], [r_rain, 1.0]], [0.0, r])
    flow = stats.triang(0.4 / 1.5, 0.0, 1.5)
    rest = []
    for seed in range(300):
        for k in range(scenario.plan("cover").count):
            p = scenario.draw(seed, k, plan="cover").params
            shares = float(p["params.rain"]) * 3.6e6 / 90.0, flow.cdf(float(p["params.flow"])), float(p["params.other"])
            z = stats.norm.ppf(shares)
            if 1e-9 < shares[2] < 1.0 - 1e-9:
                rest.append((z[2] - b @ z[:2]) / math.sqrt(1.0 - b[1] * r))
    assert len(rest) > 2600
    assert stats.kstest(rest, stats.norm.cdf).pvalue > 0.01


def test_what_is_fixed_stays_in_its_plan_as_a_factor_of_one_level(planned: Callable[[str], Scenario]) -> None:
    """A grid then has fewer samples, and a covering plan still keeps its exclusions."""
    grid = planned("{method: grid, over: [lamp_dead, trim, severity], levels: {severity: 4}}")
    assert grid.plan("p").count == 24
    fixed = grid.with_({"severity": 0.25})
    assert fixed.plan("p").count == 6
    assert {fixed.draw(1, k, "p").params["params.trim"] for k in range(6)} == {"plain", "gt", "lux"}
    assert "params.severity" not in {f.name for f in fixed.param_space()}
    body = '{strength: 2, over: [rain, lamp_dead, trim], levels: {rain: 4}, never: ["rain > 50 mm/h and lamp_dead"]}'
    wet = planned(body).with_({"rain": "80 mm/h"})
    assert not any(wet.draw(1, k, "p").params["params.lamp_dead"] for k in range(wet.plan("p").count))
    sobol = planned(f"{{method: sobol, n: 8, over: {OVER}}}")
    names = [f.name for f in sobol.plan("p").factors]
    kept = [n != "params.rain" for n in names]
    before = uniforms(sobol, "p", 3, 8)[:, kept]
    assert np.array_equal(uniforms(sobol.with_({"rain": "5 mm/h"}), "p", 3, 8)[:, kept], before)
