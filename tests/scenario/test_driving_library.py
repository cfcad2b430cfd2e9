"""The shipped driving scenarios as models for authors: sources, requirements that hold often enough, plans, parts."""

from __future__ import annotations

import re

import pytest

from simgen.resources import scenarios_dir
from simgen.scenario import Scenario, list_scenarios
from simgen.scenario.document import Scalar, Sequence, parse_document
from simgen.scenario.library import read_source
from simgen.scenario.linting import lint
from simgen.scenario.source import Problems

DRIVING = {name: text for name, text, _ in list_scenarios() if name.startswith("driving/")}
DRAWS = 60
ACCEPTED = 0.3
"""Least share of the draws in which a requirement holds, or drawing wastes most of its time."""


def extended(text_of: str) -> set[str]:
    """The parts that a file below `scenarios/` extends, directly or through others."""
    problems = Problems()
    document = parse_document(read_source(scenarios_dir() / text_of), problems)
    problems.raise_if_any()
    node = document.entries.get("extends")
    if node is None:
        return set()
    items = node.items if isinstance(node, Sequence) else (node,)
    direct = {item.text for item in items if isinstance(item, Scalar)}
    return direct.union(*(extended(part) for part in direct))


def test_there_are_at_least_the_cases_that_the_library_promises() -> None:
    assert len(DRIVING) >= 23
    assert {
        "driving/night_unlit_pedestrian",
        "driving/broken_street_lights",
        "driving/shed_truck_tyre",
    } <= DRIVING.keys()


@pytest.mark.parametrize("name", DRIVING)
def test_each_says_what_happens_why_it_is_an_edge_case_and_where_that_is_known_from(name: str) -> None:
    text = DRIVING[name]
    happens, _, source = text.partition("Source: ")
    assert "edge case because" in " ".join(happens.split())
    assert re.search(r"\d", source), "a source has a number or a year"
    assert source.rstrip().endswith(".")


@pytest.mark.parametrize("name", DRIVING)
def test_each_has_plans_and_requirements_with_reasons_that_hold_often_enough(name: str) -> None:
    scenario = Scenario.load(name)
    assert len(scenario.requirements) >= 2
    assert all(r.why for r in scenario.requirements)
    assert {"explore", "cover"} <= set(scenario.plan_names)
    explore, cover = scenario.plan("explore"), scenario.plan("cover")
    assert explore.method == "sobol"
    assert len(explore.factors) >= 3
    assert cover.strength >= 2
    report = lint(name, DRAWS)
    assert report.findings == ()
    assert report.drawn == DRAWS
    rare = {that: held for that, held in report.held.items() if held < ACCEPTED * DRAWS}
    assert rare == {}


@pytest.mark.parametrize("name", DRIVING)
def test_every_sample_of_its_plans_can_meet_the_requirements(name: str) -> None:
    scenario = Scenario.load(name)
    always = {k for k, r in enumerate(scenario.requirements) if r.probability >= 1.0}
    for plan, most in (("explore", 8), ("cover", 64)):
        for index in range(min(most, scenario.plan(plan).count)):
            scene = scenario.draw(3, index, plan=plan)  # raises where a plan holds what no draw can meet
            assert not set(scenario.failing(scene)) & always


def test_every_part_for_roads_traffic_and_weather_is_used_by_a_scenario() -> None:
    used = set().union(*(extended(f"{name}.yaml") for name, _, _ in list_scenarios()))
    library = scenarios_dir()
    parts = {
        str(path.relative_to(library))
        for folder in ("road", "traffic", "weather")
        for path in (library / "lib" / folder).glob("*.yaml")
    }
    assert len(parts) >= 20
    assert parts - used == set()
