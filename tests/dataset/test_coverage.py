"""Coverage: counts are those of the scenes, empty cells are named, pairs and triples are counted exactly."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from fake_scenes import FakeScenario

from simgen.conditions import Conditions, Fog
from simgen.dataset.coverage import measure_coverage, total
from simgen.scenario import Scenario, Scene, Variant

TEXT = """\
simgen: 1
id: test/coverage
params:
  gap: {uniform: [20 m, 100 m]}
  mor: {log_uniform: [30 m, 3000 m]}
  dark: {bernoulli: 0.2}
  hue: {choice: {red: 1, green: 1, blue: 1}}
site: {road.straight: {}}
actors:
  ego: {model: car.sedan, place: {lane: main.0, s: 40 m}}
  ahead:
    model: car.sedan
    include: {bernoulli: 0.5}
    place: {ahead_of: ego, by: $gap}
    speed: {uniform: [1 m/s, 9 m/s]}
  things: {model: pallet, count: {uniform: [1, 3]}, place: {in: verge.left}}
sensors:
  front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen}
duration: 1 s
"""


def scene_of(**params: float | str | bool) -> Scene:
    return replace(FakeScenario().draw(0, 0), params=params)


def test_a_grid_of_known_scenes_is_counted_exactly() -> None:
    scenes = [scene_of(a=float(a), b=b, c=c) for a in (0, 10) for b in ("x", "y") for c in (True, False)][:-1]
    found = measure_coverage(scenes)
    assert found.scenes == 7
    assert [f.name for f in found.factors] == ["a", "b", "c"]
    a, b, c = found.factors
    assert (a.labels, a.counts) == (tuple(str(k) for k in range(11)), (4, *[0] * 9, 3))
    assert a.empty == tuple(str(k) for k in range(1, 10))
    assert (b.labels, b.counts, c.labels, c.counts) == (("x", "y"), (4, 3), ("false", "true"), (3, 4))
    pairs = {p.factors: (p.covered, p.possible) for p in found.pairs}
    assert pairs == {("a", "b"): (4, 22), ("a", "c"): (4, 22), ("b", "c"): (4, 4)}
    assert total(found.triples) == (7, 44)
    assert found.pairs[0].empty[0] == ("1", "x")


def test_bins_count_every_scene_that_draws_the_factor() -> None:
    scenario = Scenario.from_text(TEXT, "t.yaml")
    scenes = [scenario.draw(3, k) for k in range(60)]
    found = {f.name: f for f in measure_coverage(scenes, scenario.param_space()).factors}
    assert set(found) == {f.name for f in scenario.param_space()}
    gap, mor = found["params.gap"], found["params.mor"]
    assert (gap.edges[0], gap.edges[-1], len(gap.counts), sum(gap.counts)) == (20.0, 100.0, 8, 60)
    values = [float(s.params["params.gap"]) for s in scenes]
    assert gap.counts == tuple(sum(a <= v < b for v in values) for a, b in zip(gap.edges, gap.edges[1:], strict=False))
    assert abs(mor.edges[4] - 300.0) < 1e-9  # bins of equal ratio over two decades
    speed = found["actors.ahead.speed"]
    absent = sum(all(a.name != "ahead" for a in s.actors) for s in scenes)
    assert (speed.absent, sum(speed.counts)) == (absent, 60 - absent)
    assert 0 < absent < 60
    hues = Counter(str(s.params["params.hue"]) for s in scenes)
    assert dict(zip(found["params.hue"].labels, found["params.hue"].counts, strict=True)) == dict(hues)
    assert found["actors.things.count"].labels == ("1", "2", "3")


def test_an_option_that_never_occurs_is_named() -> None:
    scenario = Scenario.from_text(TEXT, "t.yaml")
    few = [s for s in (scenario.draw(0, k) for k in range(40)) if s.params["params.hue"] != "green"]
    hue = {f.name: f for f in measure_coverage(few, scenario.param_space()).factors}["params.hue"]
    assert hue.empty == ("green",)
    pairs = {p.factors: p for p in measure_coverage(few, scenario.param_space()).pairs}
    assert pairs["params.dark", "params.hue"].covered < pairs["params.dark", "params.hue"].possible


def test_references_and_single_things_are_no_factors_of_a_dataset() -> None:
    scenes = [
        scene_of(**{"params.gap": k * 1.5, "actors.b.place.by": k * 1.5, "actors.c[0].speed": 1.0 * k, "params.n": -k})
        for k in range(5)
    ]
    assert [f.name for f in measure_coverage(scenes).factors] == ["params.gap", "params.n"]


def test_the_rungs_of_a_ladder_are_a_factor() -> None:
    scenes = [
        replace(scene_of(gap=float(k)), variant=Variant("conditions.fog.mor", v, k))
        for k in range(3)
        for v in ("inf", "30 m")
    ]
    ladder = measure_coverage(scenes).factors[-1]
    assert (ladder.name, ladder.labels, ladder.counts) == ("conditions.fog.mor (ladder)", ("30 m", "inf"), (3, 3))


def test_classes_of_conditions_are_counted() -> None:
    scenes = [replace(scene_of(a=1.0), conditions=Conditions(fog=Fog(mor_m=m))) for m in (20.0, 30.0, 150.0, 1500.0)]
    fog = measure_coverage(scenes).classes["osi_fog"]
    assert (fog["dense"], fog["thick"], fog["fog"], fog["mist"]) == (2, 1, 0, 1)
    assert sum(fog.values()) == 4
