"""Plumes in a scenario: what is written is what is drawn, and mistakes are named at their place."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from simgen.conditions import Conditions, Plume
from simgen.errors import ScenarioError
from simgen.scenario import Scenario
from simgen.scenario.scene import Scene

Read = Callable[[str], Scenario]
PLUME = (
    "{kind: dust, at: [60 m, -4 m], rate: 20 g/s, height: 1.5 m, heat: 500 kW, radius: 2 m, size: [10 m, 3 m], "
    "start: -2 min, stop: 4 s, albedo: 0.4, actor: ego}"
)


def _drawn(of: Read, base: str, text: str, index: int = 0) -> Conditions:
    scene = of(base.replace("duration: 2 s", f"duration: 2 s\nconditions: {{{text}}}")).draw(0, index)
    assert Scene.from_json(scene.to_json()) == scene
    return scene.conditions


def test_a_plume_is_drawn_as_written(of: Read, base: str) -> None:
    (plume,) = _drawn(of, base, f"plumes: [{PLUME}]").plumes
    assert plume == Plume(
        "dust", 60.0, -4.0, 0.02, 1.5, 5e5, 2.0, (10.0, 3.0), -120.0, 4.0, "ego", 0.4, plume.seed
    )  # fmt: skip
    r, g, b = plume.albedo_rgb
    assert 0.2126 * r + 0.7152 * g + 0.0722 * b == pytest.approx(0.4)
    assert r > g > b


def test_what_is_not_said(of: Read, base: str) -> None:
    assert _drawn(of, base, "sky: {clouds: 0.5}").plumes == ()
    conditions = _drawn(of, base, "plumes: [{kind: smoke, at: [1 m, 2 m], rate: 3 g/s}]")
    (plume,) = conditions.plumes
    assert plume == Plume("smoke", 1.0, 2.0, 0.003, seed=plume.seed)
    assert plume.stop_s == math.inf
    assert plume.albedo_rgb == plume.matter.albedo
    assert conditions.scalars()["plumes_rate_kgps"] == pytest.approx(0.003)


def test_every_value_may_be_drawn_and_every_sample_has_other_shapes(of: Read, base: str) -> None:
    text = (
        "plumes: [{kind: {choice: [smoke, steam]}, at: [{uniform: [1 m, 9 m]}, 2 m], rate: {uniform: [1 g/s, 9 g/s]}}]"
    )
    plumes = [_drawn(of, base, text, k).plumes[0] for k in range(12)]
    assert {p.kind for p in plumes} == {"smoke", "steam"}
    assert len({p.x_m for p in plumes}) == len({p.rate_kgps for p in plumes}) == len({p.seed for p in plumes}) == 12


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("plumes: {kind: smoke}", "is not a list"),
        ("plumes: [{kind: smoek, at: [1 m, 2 m], rate: 3 g/s}]", "smoek"),
        ("plumes: [{kind: smoke, rate: 3 g/s}]", "lacks the key 'at'"),
        ("plumes: [{kind: smoke, at: [1 m], rate: 3 g/s}]", "not a list of 2"),
        ("plumes: [{kind: smoke, at: [1 m, 2 m], rate: 3 kg}]", "mass rate"),
        ("plumes: [{kind: smoke, at: [1 m, 2 m], rate: 3 g/s, heat: 3 K}]", "unknown unit 'K'"),
        ("plumes: [{kind: smoke, at: [1 m, 2 m], rate: 3 g/s, actor: nobody}]", "nobody"),
        ("plumes: [{kind: smoke, at: [1 m, 2 m], rate: 3 g/s, puffs: 3}]", "unknown key 'puffs'"),
    ],
)
def test_mistakes_are_named(of: Read, base: str, text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        _drawn(of, base, text)
