"""Scenarios in Python: from data, with other values, their factors; all of it survives pickling."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable

import pytest

from simgen.errors import ScenarioError, UserError
from simgen.scenario import Scenario, Selection, list_scenarios
from tests.scenario.test_draw import RICH

Read = Callable[[str], Scenario]


def test_a_value_is_replaced_and_the_other_draws_stay(of: Read) -> None:
    scenario = of(RICH)
    clear = scenario.with_({"conditions.fog.mor": "30 m"})
    for k in range(10):
        before, after = scenario.draw(1, k), clear.draw(1, k)
        assert after.conditions.fog.mor_m == 30.0
        assert after.actors == before.actors
        assert after.cameras == before.cameras
        assert after.params == {p: v for p, v in before.params.items() if p != "conditions.fog.mor"}
    assert scenario.draw(1, 0).conditions.fog.mor_m != 30.0  # left as it was
    assert clear.digest != scenario.digest
    assert clear == pickle.loads(pickle.dumps(clear))


def test_values_may_be_text_data_or_nothing(of: Read) -> None:
    scenario = of(RICH)
    changed = scenario.with_(
        {
            "gap": {"uniform": ["25 m", "26 m"]},
            "ego.speed": "{uniform: [50 km/h, 51 km/h]}",
            "conditions.sky.clouds": 0.25,
            "conditions.water": None,
            "conditions.fog.mor": math.inf,
            "things.count": 3,
            "sensors.front.labels": ["depth"],
            "conditions.street_lights": {"illuminance": "8 lx"},
            "conditions.surface.patches": [{"region": "road", "kind": "ice"}],
        }
    )
    scene = changed.draw(0, 0)
    assert 25.0 <= float(scene.params["params.gap"]) <= 26.0
    assert 50 / 3.6 <= float(scene.params["actors.ego.speed"]) <= 51 / 3.6
    assert (scene.conditions.light.clouds, scene.conditions.water) == (0.25, None)
    assert math.isinf(scene.conditions.fog.mor_m)
    assert sum(a.name.startswith("things[") for a in scene.actors) == 3
    assert scene.cameras[0].labels == ("depth",)
    assert scene.conditions.light.street_lights_lx == 8.0
    assert changed.with_({"conditions.surface.patches[0].kind": "snow"}).draw(0, 0).conditions.surface.patches[0].kind


FAULTS = [
    ({"conditions.fog.mor": "30 furlong"}, r"^conditions\.fog\.mor:1:1: unknown unit 'furlong'"),
    ({"conditions.fgo.mor": "30 m"}, r"^conditions\.fgo\.mor:1:12: unknown key 'fgo'[^$]*did you mean 'fog'"),
    ({"ego.sped": "3 m/s"}, r"^actors\.ego\.sped:1:12: unknown key 'sped'"),
    ({"ego.speed.top": "3 m/s"}, r"^actors\.ego\.speed\.top:1:18: unknown key|^actors\.ego\.speed\.top:1:\d+: "),
    ({"duration.x": "3 s"}, r"^duration\.x:1:10: '2 s' holds no 'x'"),
    ({"lorry": None}, r"^lorry:1:1: there is no 'lorry' to remove"),
    ({"ego.speed": "{uniform: [1 m/s"}, r"^actors\.ego\.speed:1:\d+: this is not valid YAML"),
    ({"conditions.surface.patches[2].kind": "ice"}, r"^conditions\.surface\.patches\[2\]\.kind:1:27: here is no list"),
]


@pytest.mark.parametrize(("changes", "message"), FAULTS)
def test_faults_are_told_in_words_of_the_path(of: Read, changes: dict[str, str | None], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        of(RICH).with_(changes)


def test_all_faults_of_several_changes_come_at_once(of: Read) -> None:
    with pytest.raises(ScenarioError) as caught:
        of(RICH).with_({"conditions.fog.mor": "3 s", "ego.speed": "fast", "conditions.sky.clouds": 3})
    assert len(caught.value.problems) == 3


def test_data_reads_as_its_text_does(of: Read) -> None:
    data = {
        "simgen": 1,
        "id": "test/base",
        "site": {"toy.road": {"length": "200 m", "dip": "1 m"}},
        "conditions": {"fog": {"mor": math.inf}},
        "actors": {
            "ego": {
                "model": "toy.car",
                "place": {"lane": "main.0", "s": "40 m"},
                "speed": {"uniform": ["1 m/s", "9 m/s"]},
            }
        },
        "sensors": {"front": {"camera": {"width": 64, "height": 48, "hfov": "70 deg"}, "mount": "ego.windscreen"}},
        "duration": "2 s",
    }
    scenario = Scenario.from_dict(data)
    assert (
        scenario.draw(3, 2).params["actors.ego.speed"]
        == of(RICH).with_({"ego.speed": "{uniform: [1 m/s, 9 m/s]}"}).draw(3, 2).params["actors.ego.speed"]
    )
    with pytest.raises(ScenarioError, match=r"^mine:\d+:\d+: unknown key 'colour'[^$]*\n +colour: red\n +\^\^\^\^\^\^"):
        Scenario.from_dict({**data, "colour": "red"}, "mine")


def test_the_factors_of_a_scenario(of: Read) -> None:
    space = {f.name: f for f in of(RICH).param_space()}
    assert set(space) == {
        "params.gap", "params.twice", "site.toy.road.dip", "conditions.sun.elevation", "conditions.sun.azimuth",
        "conditions.sky.clouds", "conditions.fog.mor", "conditions.water.depth", "conditions.water.flow",
        "actors.ego.speed", "actors.other.include", "actors.other.place.offset", "actors.things.count",
        "sensors.front.camera.hfov",
    }  # fmt: skip
    fog, include, count = space["conditions.fog.mor"], space["actors.other.include"], space["actors.things.count"]
    assert (fog.kind, fog.unit, fog.bounds, fog.options) == ("number", "m", (30.0, 300.0), ())
    assert (fog.distribution, space["actors.ego.speed"].unit) == ("log_uniform", "m/s")
    assert (include.kind, include.unit, include.bounds, include.options) == ("truth", "", None, (True, False))
    assert (count.distribution, count.whole, count.bounds) == ("poisson", True, (0.0, 9.0))
    assert space["params.twice"].bounds == (15.0, 60.0)
    hfov = space["sensors.front.camera.hfov"]
    assert (hfov.unit, hfov.bounds) == ("rad", pytest.approx((math.radians(60), math.radians(90))))
    assert pickle.loads(pickle.dumps(of(RICH).param_space())) == of(RICH).param_space()


def test_units_tell_of_every_parameter_drawn_or_computed(of: Read, base: str) -> None:
    drawn = "depth: {uniform: [0.1 m, 0.4 m]}, dry: true"
    units = of(base + f"params: {{{drawn}, twice: {{expr: '2 * depth'}}, share: {{expr: 'depth / (1 m)'}}}}\n").units
    assert [units[f"params.{name}"] for name in ("depth", "twice", "share", "dry")] == ["m", "m", "1", ""]


def test_a_chosen_value_of_every_factor_can_be_put_in(of: Read) -> None:
    scenario = of(RICH)
    for factor in scenario.param_space():
        if factor.name == "params.twice":
            continue  # its value depends on another draw
        value = factor.at(0.25)
        fixed = scenario.with_({factor.name: factor.text(value)})
        assert factor.name not in {f.name for f in fixed.param_space()}
        drawn = scenario.draw(0, 0).params[factor.name]
        assert type(drawn) is type(value)


@pytest.mark.parametrize("name", [name for name, *_ in list_scenarios()])
def test_factors_of_shipped_scenarios_are_drawn_under_their_names(name: str) -> None:
    scenario = Scenario.load(name)
    everywhere = {f.name for f in scenario.param_space()}
    seen: set[str] = set()
    for k in range(12):
        if everywhere <= seen:
            break
        seen |= set(scenario.draw(0, k).params)
    assert everywhere <= seen


def test_a_ladder_draws_each_sample_under_each_value(of: Read) -> None:
    ladder = Selection.of(of(RICH), vary="conditions.fog.mor=inf, 400m,{log_uniform: [30 m, 31 m]}")
    assert ladder.count(5) == 15
    for base in range(5):
        rungs = [ladder.draw(7, 3 * base + k) for k in range(3)]
        assert [s.index for s in rungs] == [3 * base, 3 * base + 1, 3 * base + 2]
        assert [s.sample for s in rungs] == [base] * 3
        assert [s.conditions.fog.mor_m for s in rungs][:2] == [math.inf, 400.0]
        assert 30.0 <= rungs[2].conditions.fog.mor_m <= 31.0
        plain = of(RICH).draw(7, base)
        for scene, value in zip(rungs, ("inf", "400m", "{log_uniform: [30 m, 31 m]}"), strict=True):
            assert scene.variant is not None
            assert (scene.variant.path, scene.variant.value) == ("conditions.fog.mor", value)
            assert (scene.actors, scene.cameras, scene.site) == (plain.actors, plain.cameras, plain.site)
            assert type(scene).from_json(scene.to_json()) == scene


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ("conditions.fog.mor", "expected KEY=V,V"),
        ("conditions.fog.mor=3 m", "two values or more"),
        ("conditions.fog.mor=3 m,,4 m", "expected KEY=V,V"),
        ("conditions.fog.mor=3 m,3 m", "the value '3 m' twice"),
        ("conditions.fog.mor=3 m,3 s", "^conditions.fog.mor:1:1: '3 s' is a time"),
    ],
)
def test_a_ladder_that_cannot_stand_is_refused(of: Read, vary: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Selection.of(of(RICH), vary=vary)
