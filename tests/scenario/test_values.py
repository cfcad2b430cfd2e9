"""Values as they are written: every form reaches the scene, params refer to each other, mistakes are placed."""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Callable

import pytest

from simgen.errors import ScenarioError, UserError
from simgen.rng import Stream
from simgen.scenario import Scenario
from simgen.scenario.draws import STREAM
from simgen.scenario.forms import FORMS
from simgen.scenario.scales import bounds

Read = Callable[[str], Scenario]
MM_H = 1e-3 / 3600.0

PARAMS = """\
params:
  depth: {expr: "0.05 m + 0.40 m * severity"}
  severity: {uniform: [0, 1]}
  rain: {class: {scale: iso34503.rain, in: [heavy_rain, violent_rain]}}
  fog_mor: {lognormal: {sigma: 0.5, median: 80 m, clip: [20 m, 400 m]}}
  flow: {triangular: [0 m/s, 0.4 m/s, 1.5 m/s]}
  push: {beta: {a: 2, b: 5, low: 0 m, high: 9 m}}
  lamp_dead: {bernoulli: {given: "rain > 50 mm/h", then: 0.9, else: 0.1}}
  hue: {given: lamp_dead, then: {choice: {red: 3, blue: 1}}, else: white}
  wet: {expr: "rain > 50 mm/h and not lamp_dead"}
  n: {expr: "round(4 * severity)"}
  gap: {given: "hue == 'red' or wet", then: {uniform: [5 m, 9 m]}, else: {expr: "30 m - depth * 2"}}
"""
CONDITIONS = """\
conditions:
  street_lights: {illuminance: {expr: "0.5 lx if lamp_dead else 8 lx"}}
  fog: {mor: $fog_mor}
  water: {region: dip, depth: $depth, flow: {expr: "min(flow, 1 m/s)"}}
"""
LINES = """\
other: {model: toy.car, place: {ahead_of: ego, by: $gap}, include: $wet, colors: {paint: $hue}}
crowd: {model: toy.block, count: $n, place: {in: verge, facing: any}, include: {expr: "severity > 0.1"}}
"""


@pytest.fixture
def text(with_actor: Callable[[str], str]) -> str:
    return with_actor(LINES) + PARAMS + CONDITIONS


def test_every_form_reaches_the_scene(of: Read, text: str) -> None:
    scenario = of(text)
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    seen = set()
    for k in range(60):
        scene = scenario.draw(3, k)
        p = {name.removeprefix("params."): v for name, v in scene.params.items() if name.startswith("params.")}
        severity, rain, depth = float(p["severity"]), float(p["rain"]), float(p["depth"])
        assert depth == 0.05 + 0.40 * severity
        assert scene.conditions.water is not None
        assert scene.conditions.water.depth_m == depth
        assert math.hypot(*scene.conditions.water.current_mps) == pytest.approx(min(float(p["flow"]), 1.0))
        assert scene.conditions.fog.mor_m == p["fog_mor"]
        assert scene.conditions.light.street_lights_lx == (0.5 if p["lamp_dead"] else 8.0)
        assert bounds("iso34503.rain", "heavy_rain")[0] <= rain <= 100.0 * MM_H
        assert p["wet"] is (rain > 50.0 * MM_H and not p["lamp_dead"])
        assert p["hue"] in (("red", "blue") if p["lamp_dead"] else ("white",))
        assert p["n"] == math.floor(4.0 * severity + 0.5)
        cast = [a.name for a in scene.actors]
        assert ("other" in cast) == p["wet"]
        assert sum(name.startswith("crowd") for name in cast) == (p["n"] if severity > 0.1 else 0)
        near = p["hue"] == "red" or p["wet"]
        u = Stream(3, k, STREAM).uniform("params.gap")
        assert p["gap"] == (5.0 + 4.0 * u if near else 30.0 - depth * 2)
        u = Stream(3, k, STREAM).uniform("params.lamp_dead")
        assert p["lamp_dead"] == (u < (0.9 if rain > 50.0 * MM_H else 0.1))
        seen.add((p["hue"], p["wet"]))
    assert {hue for hue, _ in seen} == {"red", "blue", "white"}
    assert {wet for _, wet in seen} == {True, False}


INSERTIONS = [
    ("params:\n", "params:\n  extra: {uniform: [0 m, 1 m]}\n"),
    ("  flow:", "  extra: {expr: \"flow * 2\"}\n  flow:"),
    ("  fog: {mor", "  sun: {elevation: {uniform: [1 deg, 9 deg]}}\n  fog: {mor"),
    ("params:\n", "correlate: {gaussian_copula: [[flow, fog_mor, 0.4]]}\nparams:\n"),
    ("include: $wet", "include: $wet, speed: {triangular: [1 m/s, 2 m/s, 3 m/s]}"),
    ("sigma: 0.5", "sigma: {given: \"severity > 2\", then: {uniform: [0.1, 0.2]}, else: 0.5}"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), INSERTIONS)
def test_an_added_key_leaves_every_other_draw_bit_equal(of: Read, text: str, old: str, new: str) -> None:
    assert text.count(old) == 1
    before, after = of(text), of(text.replace(old, new))
    moved = {"params.flow", "conditions.water.flow"} if "correlate" in new else set()
    for k in range(25):
        a, b = before.draw(9, k).params, after.draw(9, k).params
        assert {n: v for n, v in b.items() if n in a and n not in moved} == {
            n: v for n, v in a.items() if n not in moved
        }
        assert not moved or b["params.flow"] != a["params.flow"]


def test_both_branches_draw_from_one_uniform(of: Read, base: str) -> None:
    scenario = of(base + "params:\n  s: {uniform: [0, 1]}\n  x: {given: \"s > 0.5\", then: {uniform: [0 m, 1 m]}, "
                  "else: {uniform: [0 m, 1 m]}}\n")  # fmt: skip
    for k in range(20):
        assert scenario.draw(1, k).params["params.x"] == Stream(1, k, STREAM).uniform("params.x")


def test_class_of_one_name_weights_law_and_clip(of: Read, base: str) -> None:
    def values(body: str) -> list[float]:
        scenario = of(f"{base}params: {{rain: {{class: {body}}}}}\n")
        return [float(scenario.draw(1, k).params["params.rain"]) / MM_H for k in range(300)]

    heavy = values("{scale: iso34503.rain, in: heavy_rain}")
    assert 7.6 <= min(heavy) < 8.0
    assert 45.0 < max(heavy) <= 50.0
    assert sorted(heavy)[150] == pytest.approx(math.sqrt(7.6 * 50.0), rel=0.1)
    even = values("{scale: iso34503.rain, in: heavy_rain, within: uniform}")
    assert sorted(even)[150] == pytest.approx(28.8, rel=0.1)
    open_end = values("{scale: iso34503.rain, in: cloudburst, clip: [10 mm/h, 150 mm/h]}")
    assert 100.0 <= min(open_end) < max(open_end) <= 150.0
    assert 150.0 < max(values("{scale: iso34503.rain, in: cloudburst}")) <= 305.0
    mixed = values("{scale: iso34503.rain, in: {violent_rain: 1, light_rain: 3}}")
    assert sum(v < 2.5 for v in mixed) == pytest.approx(225, abs=25)
    assert not any(2.5 < v < 50.0 for v in mixed)


def test_a_value_by_condition_is_replaced_as_a_whole(of: Read, base: str) -> None:
    fog = 'conditions: {fog: {mor: {given: "s > 0.5", then: 30 m, else: 90 m}}}\nparams: {s: {uniform: [0, 1]}}\n'
    assert {of(base + fog).draw(1, k).conditions.fog.mor_m for k in range(20)} == {30.0, 90.0}


def test_parameters_may_stand_in_any_order_and_follow_each_other(of: Read, base: str) -> None:
    scenario = of(base + 'params:\n  c: {expr: "a + b"}\n  b: {expr: "2 * a"}\n  a: {uniform: [1 m, 2 m]}\n')
    p = scenario.draw(1, 0).params
    assert p["params.c"] == float(p["params.a"]) + float(p["params.b"])
    assert p["params.b"] == 2.0 * float(p["params.a"])


def test_texts_that_are_called_like_parameters_are_no_references(of: Read, base: str) -> None:
    scenario = of(base + "params:\n  a: {choice: [b, c]}\n  b: $a\n  c: {given: \"b == 'c'\", then: 1 m, else: 2 m}\n")
    for k in range(9):
        p = scenario.draw(1, k).params
        assert p["params.b"] == p["params.a"] in ("b", "c")
        assert p["params.c"] == (1.0 if p["params.a"] == "c" else 2.0)


def test_what_cannot_be_computed_in_a_sample_is_a_users_error(of: Read, base: str) -> None:
    text = 'params:\n  a: {uniform: [0, 1]}\n  b: {expr: "(a - a) / (a - a) * 1 m"}\n'
    with pytest.raises(UserError, match=r"t\.yaml:11:13: '\(a - a\) / \(a - a\) \* 1 m' has no value here"):
        of(base + text).draw(1, 0)


MISTAKES = [
    ("0.40 m * severity", "0.40 s * severity", "+ 0.40 s", "cannot add a time to a length", ""),
    ("m * severity", "m * severty", "severty", "nothing is called 'severty'", "did you mean 'severity'?"),
    ("0.40 m * severity", "4 m * gap / 1 m", '"30 m', "in a circle: depth -> gap -> depth", "give one"),
    ("{uniform: [0, 1]}", '{expr: "severity"}', '"severity"', "in a circle: severity -> severity", ""),
    ('"rain > 50 mm/h", then: 0.9', "depth, then: 0.9", "depth, then", "the condition 'depth' is a length", "rain >"),
    ("then: 0.9,", "then: 1.2,", "1.2", "'1.2' is out of range", "from 0 to 1"),
    ("then: 0.9, else: 0.1", "then: 0.9", '{given: "rain', "a value by condition lacks 'else'", "{given, then, else}"),
    ("then: 0.9,", "than: 0.9,", "than", "unknown key 'than' of a value by condition", "did you mean 'then'?"),
    ('given: "rain > 50 mm/h"', "given: [1]", "[1]", "a list is not an expression", ""),
    ("scale: iso34503.rain", "scale: iso34503.rian", "iso34503.rian", "is not a scale", "mean 'iso34503.rain'?"),
    ("scale: iso34503.rain", "scale: osi.rain", "heavy_rain", "is not a class of osi.rain", "expected one of: extreme"),
    ("[heavy_rain, violent_rain]", "[heavy_rain, heavy_rain]", "[heavy", "a class stands twice", "keep one"),
    ("[heavy_rain, violent_rain]", "{heavy_rain: 0}", "{heavy", "no class is given a weight above 0", ""),
    ("violent_rain]}", "violent_rain], clip: [10 mm/h, 40 mm/h]}", "[10 mm", "nothing of 'violent_rain' is left", ""),
    ("violent_rain]}", "violent_rain], within: normal}", "normal}}", "'normal' is not how values lie", "log_uniform"),
    ("median: 80 m, ", "", "{sigma", "a lognormal lacks 'median'", ""),
    ("sigma: 0.5", "sigma: 0", "0, median", "'0' is out of range", "above 0"),
    ("median: 80 m", "median: 0 m", "0 m, clip", "'0 m' is out of range", "above 0 m"),
    (", clip: [20 m, 400 m]", "", "$fog_mor", "may be drawn from 0 m to inf", "a 'clip' bounds it"),
    ("[0 m/s, 0.4 m/s, 1.5 m/s]", "[0 m/s, 2 m/s, 1.5 m/s]", "2 m/s, 1.5", "'mode' can exceed 'high'", ""),
    ("[0 m/s, 0.4 m/s, 1.5 m/s]", "[0 m/s, 2 m/s]", "[0 m/s, 2", "a list is not a triangle", "[low, mode, high]"),
    ("[0 m/s, 0.4 m/s, 1.5 m/s]", "{low: 0 m/s, mode: 1 m/s, high: 2 m/s, clip: [3 m/s, 4 m/s]}", "[3 m",
     "the clip can leave nothing", ""),
    ("high: 9 m}", "high: -9 m}", "0 m, high: -9", "the lower bound can exceed the upper", ""),
    ("a: 2, b", "a: -2, b", "-2, b", "'-2' is out of range", "above 0"),
    ("count: $n", 'count: {expr: "4 * severity"}', '{expr: "4', "need not be a whole number", ""),
    ("count: $n", 'count: {expr: "1 m"}', '"1 m"', "'1 m' is a length", "expected a whole number"),
    ('"min(flow, 1 m/s)"', '"flow - 1 m/s"', '{expr: "flow - 1', "may be drawn from -1 m/s to 0.5 m/s", "clip(x"),
    ('"min(flow, 1 m/s)"', '"1 m/s / severity"', '{expr: "1 m/s', "may be infinite", ""),
    ("mor: $fog_mor", 'mor: {expr: "$fog_mor"}', "$fog_mor", "'$' has no meaning", "named without $"),
    ("mor: $fog_mor", "mor: {given: wet, then: 30 m, else: 3 s}", "3 s", "'3 s' is a time", "expected a length"),
    ("colors: {paint: $hue}", "colors: {paint: {expr: \"'red' if wet else 'rde'\"}}", '"\'red', "is a text", ""),
    ("uniform: [0, 1]", "unifrm: [0, 1]", "unifrm", "no distribution is called 'unifrm'", "did you mean 'uniform'?"),
    ("include: $wet", "include: {lognormal: {median: 1, sigma: 1}}", "lognormal: {median: 1", "does not draw true", ""),
    ("count: $n", "count: {beta: {a: 1, b: 1, low: 0, high: 3}}", "beta: {a: 1", "does not draw whole", "poisson"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "at", "message", "expected"), MISTAKES)
def test_a_mistake_is_named_at_its_place(
    of: Read, text: str, old: str, new: str, at: str, message: str, expected: str
) -> None:
    assert text.count(old) == 1
    wrong = text.replace(old, new)
    assert wrong.count(at) == 1
    place = wrong.index(at)
    line, column = wrong.count("\n", 0, place) + 1, place - wrong.rfind("\n", 0, place)
    with pytest.raises(ScenarioError) as caught:
        of(wrong)
    found = [p for p in caught.value.problems if p.startswith(f"t.yaml:{line}:{column}: ")]
    assert found, f"{line}:{column}\n" + "\n".join(caught.value.problems)
    assert message in found[0].split("\n")[0]
    assert expected in found[0]


def test_a_ring_names_its_members_once(of: Read, base: str) -> None:
    ring = '  a: {expr: "b * 2"}\n  b: {uniform: [$c, 9 m]}\n  c: {given: "a > 1 m", then: 1 m, else: 2 m}\n'
    with pytest.raises(ScenarioError) as caught:
        of(f"{base}params:\n{ring}")
    (problem,) = caught.value.problems
    assert "parameters refer to each other in a circle: a -> b -> c -> a" in problem


def test_long_chains_are_read_and_drawn_and_long_rings_are_named_at_once(of: Read, base: str) -> None:
    links = "".join(f'  p{k}: {{expr: "{"(" * 20}p{k + 1}{")" * 20} + 1 m"}}\n' for k in range(1000))
    start = time.process_time()
    p = of(f"{base}params:\n{links}  p1000: {{uniform: [1 m, 2 m]}}\n").draw(1, 0).params
    assert p["params.p0"] == pytest.approx(float(p["params.p1000"]) + 1000.0)
    with pytest.raises(ScenarioError) as caught:
        of(f"{base}params:\n{links}  p1000: $p0\n")
    (problem,) = caught.value.problems
    assert "circle: p0 -> p1 -> p2 -> p3 -> ... 994 more ... -> p998 -> p999 -> p1000 -> p0" in problem
    assert time.process_time() - start < 60.0  # a second or two; work that doubles with each link never ends


def test_every_distribution_is_drawn_by_some_form() -> None:
    written = PARAMS + "{log_uniform: } {normal: } {poisson: }"
    assert all(f"{{{name}: " in written for name in FORMS)
