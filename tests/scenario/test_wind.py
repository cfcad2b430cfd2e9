"""Wind and tornado in a scenario: what is written is what is drawn, and mistakes are named at their place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simgen.conditions import Conditions, Tornado, Wind
from simgen.errors import ScenarioError
from simgen.scenario import Scenario
from simgen.scenario.scene import Scene

Read = Callable[[str], Scenario]
WIND = "{speed: 36 km/h, direction: 90 deg, roughness: 0.1 m, gust: {intensity: 0.2, length: 80 m}}"
TORNADO = "{x: 60 m, y: -40 m, core_radius: 30 m, max_speed: 60 m/s, speed: 15 m/s, direction: 90 deg, inflow: 0.3}"


def _drawn(of: Read, base: str, text: str, index: int = 0) -> Conditions:
    scene = of(base.replace("duration: 2 s", f"duration: 2 s\nconditions: {{{text}}}")).draw(0, index)
    assert Scene.from_json(scene.to_json()) == scene
    return scene.conditions


def test_a_wind_is_drawn_as_written(of: Read, base: str) -> None:
    wind = _drawn(of, base, f"wind: {WIND}").wind
    assert wind.speed_mps == 10.0
    assert wind.direction_rad == pytest.approx(1.5707963)
    assert (wind.roughness_m, wind.gust_intensity, wind.gust_length_m) == (0.1, 0.2, 80.0)


def test_what_is_not_said_is_steady_or_calm(of: Read, base: str) -> None:
    calm = _drawn(of, base, "sky: {clouds: 0.5}")
    assert calm.wind == Wind()
    assert calm.tornado is None
    wind = _drawn(of, base, "wind: {speed: 5 m/s}").wind
    assert wind == Wind(5.0, gust_seed=wind.gust_seed)


def test_every_sample_has_other_gusts(of: Read, base: str) -> None:
    seeds = {_drawn(of, base, f"wind: {WIND}", k).wind.gust_seed for k in range(8)}
    assert len(seeds) == 8
    assert seeds == {_drawn(of, base, f"wind: {WIND}", k).wind.gust_seed for k in range(8)}


def test_a_tornado_is_drawn_as_written(of: Read, base: str) -> None:
    tornado = _drawn(of, base, f"tornado: {TORNADO}").tornado
    assert tornado is not None
    assert tornado.velocity_mps == pytest.approx((0.0, 15.0), abs=1e-12)
    assert tornado == Tornado(60.0, -40.0, 30.0, 60.0, tornado.velocity_mps, 0.3)


@pytest.mark.parametrize(
    ("text", "message", "expected"),
    [
        ("wind: {direction: 90 deg}", "'wind' lacks the key 'speed'", "expected speed: a speed"),
        ("wind: {speed: 200 m/s}", "'200 m/s' is out of range", "from 0 m/s to 90 m/s"),
        ("wind: {speed: 5 m/s, gusts: 2}", "unknown key 'gusts' of 'wind'", "did you mean 'gust'?"),
        (
            "wind: {speed: 5 m/s, gust: {length: 50 m}}",
            "'gust' lacks the key 'intensity'",
            "from 0 to 0.6",
        ),
        ("tornado: {x: 0 m, y: 0 m, max_speed: 50 m/s}", "'tornado' lacks the key 'core_radius'", "a length"),
        ("tornado: {x: 0 m, y: 0 m, core_radius: 9 m, max_speed: 50 m}", "'50 m' is a length", "expected a speed"),
    ],
)
def test_mistakes_are_named(of: Read, base: str, text: str, message: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        of(base.replace("duration: 2 s", f"duration: 2 s\nconditions: {{{text}}}"))
    assert message in str(caught.value)
    assert expected in str(caught.value)
