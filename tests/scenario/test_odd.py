"""Operational design domains: classes of a state, what samples can reach, and what is said about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from simgen.conditions import Conditions, Fog, Light, Patch, Snow, Surface, Water, Wind
from simgen.conditions.rain import MM_PER_H
from simgen.errors import ScenarioError
from simgen.scenario import Scenario, Scene
from simgen.scenario.odd_plan import outside_of
from simgen.scenario.scene import Odd
from simgen.scenario.taxonomy import Extent, reached

Of = Callable[[str], Scenario]


def lit(lux: float) -> Conditions:
    return Conditions(light=Light(natural_lx=lux))


def pool(depth_m: float) -> Conditions:
    return Conditions(water=Water(depth_m, depth_m, 0, 1, 0, 1))


@pytest.mark.parametrize(
    ("state", "attribute", "names"),
    [
        (lit(0.5), "illumination", ("night",)),
        (lit(1999.0), "illumination", ("low_ambient",)),
        (lit(2000.0), "illumination", ("day",)),
        (Conditions(fog=Fog(120.0)), "fog", ("thick",)),
        (Conditions(), "fog", ("excellent_visibility",)),
        (Conditions(wind=Wind(18.0)), "wind", ("gale",)),
        (Conditions(), "surface", ("dry",)),
        (Conditions(surface=Surface(film_m=1e-3)), "surface", ("wet",)),
        (pool(0.1), "surface", ("dry", "standing_water")),
        (pool(0.15), "surface", ("dry", "flooded")),
        (Conditions(surface=Surface(patches=(Patch("ice", 0.0, 0, 1, 0, 1),))), "surface", ("dry", "icy")),
    ],
)
def test_a_state_has_the_classes_of_the_standard(state: Conditions, attribute: str, names: tuple[str, ...]) -> None:
    """ISO 34503: day from 2,000 lx, night up to 1 lx; OSI: thick fog from 50 m to 200 m; Beaufort 8: 17.2 m/s."""
    assert reached("iso34503", Extent.of(state))[attribute] == names


def test_outside_is_what_is_not_listed_and_what_is_said_to_be() -> None:
    odd = Odd("iso34503", {"illumination": ("day", "low_ambient")}, ("surface.flooded",))
    assert outside_of(odd, lit(5000.0)) == ()
    assert outside_of(odd, lit(0.1)) == ("illumination.night",)
    assert outside_of(odd, replace(pool(0.4), light=Light(natural_lx=0.1))) == ("illumination.night", "surface.flooded")


ODD = "odd: {taxonomy: iso34503, inside: {illumination: [day], fog: [mist, fog]}, outside_ok: [surface.flooded]}\n"
FINE = "conditions: {fog: {mor: {uniform: [300 m, 1500 m]}}, water: {region: dip, depth: {uniform: [0 m, 0.4 m]}}}\n"


def test_ranges_within_the_domain_are_fine(of: Of, base: str) -> None:
    scenario = of(base + ODD + FINE)
    assert scenario.outside_odd() == []
    scene = scenario.draw(0, 0)
    assert scene.odd == Odd("iso34503", {"illumination": ("day",), "fog": ("mist", "fog")}, ("surface.flooded",))
    assert Scene.from_json(scene.to_json()) == scene
    assert of(base + FINE).outside_odd() == []


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        (FINE.replace("300 m", "60 m"), ["fog.thick"]),
        (FINE.replace("0.4 m", "0.1 m"), ["surface.flooded"]),  # said, and never reached
        (FINE.replace("{fog", "{sun: {elevation: {uniform: [-20 deg, 40 deg]}}, fog"),
         ["illumination.night", "illumination.low_ambient"]),
        (FINE + "timeline: [{at: 1 s, ramp: {conditions.fog.mor: 40 m}, over: 1 s}]\n", ["fog.dense", "fog.thick"]),
        (FINE + "timeline: [{at: 1 s, set: {conditions.fog.mor: {by: -250 m}}}]\n", ["fog.thick"]),
    ],
)  # fmt: skip
def test_what_leaves_the_domain_is_found(of: Of, base: str, conditions: str, names: list[str]) -> None:
    findings = of(base + ODD + conditions).outside_odd()
    assert [f.name for f in findings] == names
    assert all(str(f).startswith("t.yaml:9:1: ") for f in findings)


def test_the_extent_holds_every_sample(of: Of, base: str) -> None:
    """What 200 samples have at their start is within what is said that they can reach."""
    text = (
        base
        + ODD.replace("outside_ok: [surface.flooded]", "outside_ok: []")
        + (
            "conditions: {sun: {elevation: {uniform: [-15 deg, 60 deg]}}, sky: {clouds: {uniform: [0, 1]}},"
            " street_lights: {illuminance: {uniform: [0 lx, 20 lx]}}, fog: {mor: {log_uniform: [30 m, 20 km]}}}\n"
        )
    )
    scenario = of(text)
    said = {f.name for f in scenario.outside_odd()}
    seen = {name for k in range(200) for name in outside_of(scenario._content.odd.odd, scenario.draw(1, k).conditions)}
    assert seen
    assert seen <= said


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("odd: {taxonomy: iso34502}", "did you mean 'iso34503'?"),
        ("odd: {taxonomy: iso34503, outside_ok: [surface.flooding]}", "did you mean 'surface.flooded'?"),
        ("odd: {taxonomy: iso34503, inside: {ilumination: [day]}}", "did you mean 'illumination'?"),
        ("odd: {taxonomy: iso34503, inside: {illumination: [dusk]}}", "'dusk' is not a class of illumination"),
        ("odd: {taxonomy: osi, inside: {fog: [fog]}, outside_ok: [fog.fog]}", "also listed as inside"),
        ("odd: {inside: {}}", "lacks the key 'taxonomy'"),
    ],
)
def test_a_fault_is_told(of: Of, base: str, line: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        of(base + line + "\n")
    assert len(caught.value.problems) == 1
    assert expected in caught.value.problems[0]


def test_an_infinite_visibility_has_a_class() -> None:
    assert Extent.of(Conditions()).mor_m == (math.inf, math.inf)


def test_snow_is_a_surface_and_snowfall_is_classed_by_how_far_one_sees() -> None:
    still = Extent.of(Conditions(snow=Snow(depth_m=0.03), surface=Surface(snow_m=0.03)))
    assert reached("iso34503", still)["surface"] == ("snow",)
    assert reached("iso34503", still)["snowfall"] == ()
    light, heavy = (Conditions(snow=Snow(rate_mps=rate * MM_PER_H)) for rate in (0.3, 2.5))
    assert reached("iso34503", Extent.of(light))["snowfall"] == ("light_snow",)
    assert reached("iso34503", Extent.of(heavy))["snowfall"] == ("heavy_snow",)
    assert reached("osi", Extent.of(heavy))["fog"] == ("fog",)  # one range of sight, whatever takes the light
