"""Clothes in scenes: drawn by key where the author names none, as named where the author does."""

from __future__ import annotations

from collections import Counter

import pytest

from simgen.errors import ScenarioError
from simgen.models import model_choices
from simgen.scenario import Scenario, Scene

STREET = """\
simgen: 1
id: test/street
site: {road.straight: {length: 200 m}}
actors:
  ego: {model: car.sedan, place: {lane: main.0, s: 40 m}}
  people: {model: person.adult, count: 4, place: {in: verge.left}%s}
sensors:
  front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen}
duration: 1 s
"""


def street(more: str = "") -> Scenario:
    return Scenario.from_text(STREET % more, "test/street")


def worn(scene: Scene) -> list[dict[str, float | str]]:
    return [a.params for a in scene.actors if a.name.startswith("people")]


def test_people_are_dressed_as_often_as_the_shares_say() -> None:
    scenario = street()
    count = 100
    outfits = [o for k in range(count) for o in worn(scenario.draw(1, k))]
    assert len({str(o) for o in outfits}) > 40
    for keyword, shares in model_choices("person.adult").items():
        met = Counter(o[keyword] for o in outfits)
        total = sum(shares.values())
        for text, share in shares.items():
            expected = 4 * count * share / total
            # five standard deviations of a binomial count; what has no share never comes
            assert abs(met[text] - expected) <= 5.0 * (expected * (1.0 - share / total)) ** 0.5


def test_the_same_sample_wears_the_same_and_a_named_garment_shifts_no_other() -> None:
    plain, named = street().draw(3, 7), street(", params: {top: vest}").draw(3, 7)
    assert worn(plain) == worn(street().draw(3, 7))
    assert [o["top"] for o in worn(named)] == ["vest"] * 4
    for a, b in zip(worn(plain), worn(named), strict=True):
        assert {k: v for k, v in a.items() if k != "top"} == {k: v for k, v in b.items() if k != "top"}
    for a, b in zip(plain.actors, named.actors, strict=True):
        assert a.position_m == pytest.approx(b.position_m, abs=0.05)  # a region keeps people in by their clothes, too


def test_garments_may_be_distributions_and_their_colours_are_the_authors() -> None:
    scenario = street(", params: {headwear: {choice: {hat: 1, cap: 1}}}, colors: {hat: red}")
    scenes = [scenario.draw(0, k) for k in range(8)]
    assert {o["headwear"] for s in scenes for o in worn(s)} == {"hat", "cap"}
    hats = {a.colors["hat"] for s in scenes for a in s.actors if a.name.startswith("people")}
    assert len(hats) == 1
    assert Scene.from_json(scenes[0].to_json()) == scenes[0]


def test_no_such_garment_is_said_where_it_stands() -> None:
    with pytest.raises(ScenarioError, match="one of jacket, coat, hoodie, shirt, vest") as error:
        street(", params: {top: armour}")
    assert "armour" in str(error.value)
