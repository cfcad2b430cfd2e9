"""The JSON Schema: valid draft-07, true of every shipped file, and as strict as the language where it can be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simgen.resources import scenarios_dir
from simgen.scenario.schema import json_schema, quantity_pattern
from simgen.units import DIMENSIONS, NUMBER, Dimension, parse_quantity, units_of

FILES = sorted(scenarios_dir().rglob("*.yaml"))


class Core(yaml.SafeLoader):
    """Reads YAML 1.2's core schema, as editors do: `no` and `22:30` are text."""


Core.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in [
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+0123456789."),
]:
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    schema = json.loads(json.dumps(json_schema()))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def errors(validator: jsonschema.Draft7Validator, text: str) -> list[str]:
    return [e.message for e in validator.iter_errors(yaml.load(text, Loader=Core))]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_shipped_file_is_accepted(validator: jsonschema.Draft7Validator, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if "lib" in path.parts:  # a part lacks what scenarios bring; the extending file is whole
        text += "\nextends: other.yaml\n" if "extends:" not in text else ""
    assert errors(validator, text) == []


GOOD = """\
simgen: 1
extends: [lib/road/country.yaml, lib/rigs/front_camera.yaml]
params: {gap: {uniform: [20 m, 40 m]}, half: 0.5}
conditions:
  fog: {mor: {log_uniform: [30 m, 300 m]}, albedo: 0.5}
  sky: null
  wind: {speed: 3 m/s, gust: {intensity: 20 %}}
actors:
  ego: {model: car, place: {lane: main.0, s: 30 m}, speed: {normal: {mean: 10 m/s, sd: 1 m/s, clip: [5 m/s, 15 m/s]}}}
  box: {model: {choice: {pallet: 2, box: 1}}, count: {poisson: {mean: 3, max: 9}}, place: {in: road, facing: any}}
  man: {model: person.adult, place: {at: [20 m, 3 m]}, behaviour: {cross: {trigger: {meet: -1 s}, pace: $gap}}}
  rock: {model: rock, place: {in: road, min_gap: {lognormal: {median: 2 m, sigma: 0.5}}}, include: {bernoulli: $half}}
  bag: {model: box, place: {at: [{triangular: [1 m, 2 m, 9 m]}, {expr: "gap / 2"}]}}
  cone: {model: cone, include: {given: "gap > 30 m", then: true, else: {bernoulli: 0.2}}, place: {in: road}}
duration: 2 s
"""

STRICT = [
    ("median: 2 m", "mean: 2 m"),
    ("[1 m, 2 m, 9 m]", "[1 m, 9 m]"),
    ("then: true,", ""),
    ("{lognormal:", "{log_normal:"),
    ("fog:", "fogg:"),
    ("mor:", "more:"),
    ("log_uniform", "loguniform"),
    ("[30 m, 300 m]", "[30 m]"),
    ("[30 m, 300 m]", "[30, 300]"),
    ("[30 m, 300 m]", "[30 s, 300 s]"),
    ("albedo: 0.5", "albedo: 1.5"),
    ("albedo: 0.5", "albedo: bright"),
    ("model: car,", "model: carr,"),
    ("pallet: 2", "palet: 2"),
    ("pallet: 2", "pallet: many"),
    ("max: 9", "max: 9.5"),
    (", max: 9", ""),
    ("mean: 3,", ""),
    ("speed: 3 m/s", "speed: fast"),
    ("speed: 3 m/s", "speed: 3 mph"),
    ("at: [20 m, 3 m]", "at: [20 m, 3 m, 1 m]"),
    ("cross:", "crosss:"),
    ("meet: -1 s", "meat: -1 s"),
    ("pace: $gap", "pase: $gap"),
    ("duration: 2 s", "duration: {uniform: [1 s, 2 s]}"),
    ("duration: 2 s", "durration: 2 s"),
    ("simgen: 1", "simgen: 2"),
    ("simgen: 1\n", ""),
    ("extends: [lib/road/country.yaml, lib/rigs/front_camera.yaml]\n", ""),  # now site and sensors are missing
]


def test_the_good_file_is_accepted(validator: jsonschema.Draft7Validator) -> None:
    assert errors(validator, GOOD) == []


@pytest.mark.parametrize(("old", "new"), STRICT)
def test_a_mistake_is_refused(validator: jsonschema.Draft7Validator, old: str, new: str) -> None:
    assert GOOD.count(old) == 1
    assert errors(validator, GOOD.replace(old, new))


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=str)
def test_every_usual_unit_matches_its_dimension_and_no_other(dimension: Dimension) -> None:
    pattern = re.compile(quantity_pattern(dimension))
    units = units_of(dimension)
    assert units
    for unit in units:
        assert pattern.match(f"-1.5e-3 {unit}")
        found = parse_quantity(f"2 {unit}").dimension
        assert found is not None
        assert found.exponents == dimension.exponents
    for other in DIMENSIONS:
        if other.exponents != dimension.exponents:
            assert not any(pattern.match(f"2 {u}") for u in units_of(other))
    assert bool(pattern.match("2")) == (dimension == NUMBER)


@given(st.floats(-1e100, 1e100), st.sampled_from(DIMENSIONS), st.data())
def test_what_a_pattern_matches_is_a_quantity(value: float, dimension: Dimension, data: st.DataObject) -> None:
    text = f"{value!r} {data.draw(st.sampled_from(units_of(dimension)))}"
    matched: Any = re.match(quantity_pattern(dimension), text)
    assert matched is not None
    assert parse_quantity(text).dimension is not None
