"""The table of the language: whole, described, and read by nobody but its readers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from simgen.models.finish import KINDS
from simgen.resources import scenarios_dir
from simgen.scenario import Scenario, list_scenarios
from simgen.scenario.document import Mapping, parse_document
from simgen.scenario.fields import Fields
from simgen.scenario.forms import FORMS
from simgen.scenario.kinds import Number, Text, Truth
from simgen.scenario.language import Each, Either, Key, Listed, OneKey, Section, Takes, walk
from simgen.scenario.reading import Reader
from simgen.scenario.source import Problems, SourceFile
from simgen.scenario.table import SCENARIO

KEYS = dict(walk(SCENARIO))

EVERYTHING = """\
simgen: 1
id: test/everything
params: {gap: {uniform: [20 m, 40 m]}, far: {uniform: [1 m, 2 m]}}
correlate: {gaussian_copula: [[gap, far, 0.5]]}
site: {toy.road: {length: 200 m, lanes: 2, dip: 0.5 m}}
conditions:
  sun: {elevation: 20 deg}
  moon: {elevation: 35 deg}
  water: {region: dip, depth: 0.3 m, turbidity: {secchi: 1 m}, rise: [{at: 1 s, depth: 0.4 m}]}
  surface: {patches: [{region: dip, kind: ice}]}
  fog: {mor: 90 m, banks: [{at: [1 m, 1 m], length: 9 m, width: 9 m, depth: 3 m, mor: 30 m}]}
  plumes: [{kind: smoke, at: [1 m, 1 m], size: [1 m, 1 m], rate: 1 g/s, albedo: 0.5, actor: ego}]
  wind: {speed: 3 m/s, gust: {intensity: 0.2}}
  tornado: {x: 0 m, y: 0 m, core_radius: 20 m, max_speed: 40 m/s}
materials: MATERIALS
actors:
  ego: {model: toy.car, place: {lane: main.0, s: 40 m}, lights: {head: true}, colors: {paint: red}}
  ahead: {model: toy.car, place: {ahead_of: ego, by: $gap}}
  inside: {model: toy.block, place: {in: verge}, count: 2, include: true}
  there: {model: toy.block, place: {at: [1 m, 1 m], step: [2 m, 0 m]}, params: {length: 1 m}}
odd: {taxonomy: iso34503, inside: {fog: [excellent_visibility]}, outside_ok: [surface.flooded]}
require: [{that: "clearance(ego, ahead) > 1 m"}]
timeline: [{at: 1 s, set: {conditions.fog.mor: {by: -1 km}}, ramp: {conditions.water.depth: +0.1 m}, over: 1 s}]
sensors:
  front: {camera: {width: 64, height: 48, hfov: 70 deg, distortion: {fisheye: {}}}, mount: ego.windscreen}
  pole:
    camera: {width: 64, height: 48, hfov: 70 deg, distortion: {brown_conrady: {}}}
    mount: {at: [0 m, 0 m, 3 m]}
    rate: 20 Hz
plan:
  seen: {method: grid, over: [gap], levels: {gap: 4}}
  drawn: {method: sobol, n: 64, over: [gap]}
  covered: {strength: 2, over: [gap, far], levels: {gap: 2, far: 2}, never: [gap > 38 m]}
duration: 2 s
""".replace("MATERIALS", str({kind: {"brightness": 1.2} for kind in KINDS}))


def sections(takes: Takes) -> list[Section]:
    """Every section below a declaration."""
    if isinstance(takes, Section):
        return [takes, *(s for key in takes.keys for s in sections(key.takes))]
    if isinstance(takes, Each | Listed):
        return sections(takes.of)
    return [s for option in takes.options for s in sections(option)] if isinstance(takes, Either) else []


def test_every_key_says_what_it_means() -> None:
    assert len(KEYS) > 90
    for path, key in KEYS.items():
        assert key.about, path
        assert not key.about.endswith("."), path
        assert key.example or isinstance(key.takes, Section), path
        assert not (key.required and key.default is not None), path
    for section in sections(SCENARIO):
        assert section.about.endswith("."), section.what
        assert len(set(section.names())) == len(section.keys)


@pytest.mark.parametrize("path", [p for p, k in KEYS.items() if isinstance(k.takes, Number | Text | Truth)])
def test_every_example_can_be_read(path: str) -> None:
    key = KEYS[path]
    problems = Problems()
    node = parse_document(SourceFile.from_text("t", f"x: {key.example}"), problems).entries["x"]
    kind = Text(key.takes.what, key.names()) if isinstance(key.takes, Text) and key.names else key.takes
    assert not isinstance(kind, Section | Each | Listed | Either | OneKey)
    value = Reader(problems, None).value(node, kind)
    problems.raise_if_any()
    assert value is not None


@pytest.mark.parametrize("path", [p for p, k in KEYS.items() if isinstance(k.default, float)])
def test_every_default_may_be_written(path: str) -> None:
    key = KEYS[path]
    kind = key.kind()
    assert isinstance(kind, Number)
    assert key.default is not None
    assert kind.admits(float(key.default), float(key.default))


def test_every_key_that_is_declared_is_read(monkeypatch: pytest.MonkeyPatch, of: Callable[[str], Scenario]) -> None:
    asked: set[tuple[str, str]] = set()
    inside = Fields.__contains__

    def get(self: Fields, key: str) -> object:
        asked.add((self.section.what, key))
        return self.node.entries.get(key)

    def contains(self: Fields, key: str) -> bool:
        asked.add((self.section.what, key))
        return inside(self, key)

    monkeypatch.setattr(Fields, "get", get)
    monkeypatch.setattr(Fields, "__contains__", contains)
    of(EVERYTHING)
    elsewhere = {("a scenario", "simgen"), ("a scenario", "extends"), ("a scenario", "params")}  # before or by others
    declared = {(s.what, k.name) for s in sections(SCENARIO) for k in s.keys if isinstance(k, Key)}
    assert declared - asked == elsewhere


def test_every_distribution_is_declared() -> None:
    for name, form in FORMS.items():
        assert list(yaml.safe_load(form.example)) == [name]
        assert form.about
        assert any(form.draws(kind) for kind in (Number(), Number(whole=True), Text("x"), Truth()))


def test_nothing_that_ships_uses_a_key_outside_the_table() -> None:
    for path in [p for _, _, p in list_scenarios()] + sorted((scenarios_dir() / "lib").rglob("*.yaml")):
        document = parse_document(SourceFile.from_text(path.name, path.read_text(encoding="utf-8")), Problems())
        assert set(document.entries) <= set(SCENARIO.names())
        actors = document.entries.get("actors")
        for actor in actors.entries.values() if isinstance(actors, Mapping) else ():
            assert not isinstance(actor, Mapping) or set(actor.entries) <= {
                p.removeprefix("actors.NAME.") for p in KEYS if p.startswith("actors.NAME.")
            }
