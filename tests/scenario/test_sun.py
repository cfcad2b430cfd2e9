"""Sun and moon of a scenario: by angles or by date and place, drawn, inherited, judged, changed, and refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simgen.conditions import with_settings
from simgen.conditions.light import moonlight_lx
from simgen.errors import ScenarioError
from simgen.scenario import Scenario, Scene

Of = Callable[[str], Scenario]

HEAD = """\
simgen: 1
id: test/sky
site: {toy.road: {length: 200 m}}
actors:
  ego: {model: toy.car, place: {lane: main.0, s: 40 m}}
sensors:
  front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen}
duration: 2 s
"""
MUNICH = "date: 2024-06-21, time: 14 h, utc_offset: 2 h, latitude: 48 deg, longitude: 11 deg"


def sky(text: str) -> str:
    return f"{HEAD}conditions: {{{text}}}\n"


def test_a_date_and_a_place_say_where_the_sun_stands(of: Of) -> None:
    """48 N 11 E, 21 June 2024, 12:00 UTC: elevation 64.0501 (true), azimuth 202.508 from north (NREL's SPA)."""
    scene = of(sky(f"sun: {{{MUNICH}}}")).draw(0, 0)
    light = scene.conditions.light
    assert math.degrees(light.sun_elevation_rad) == pytest.approx(64.0501 + 0.0083, abs=0.01)
    assert math.degrees(light.sun_azimuth_rad) == pytest.approx(90.0 - 202.508, abs=0.02)  # +x is east, +y north
    turned = of(sky(f"sun: {{{MUNICH}, north: 0 deg}}")).draw(0, 0).conditions.light
    assert math.degrees(turned.sun_azimuth_rad) == pytest.approx(360.0 - 202.508, abs=0.02)  # +x is north
    assert light.natural_lx == light.usual_lx
    assert Scene.from_json(scene.to_json()) == scene


def test_the_hour_is_drawn_and_is_a_factor(of: Of) -> None:
    scenario = of(sky(f"sun: {{{MUNICH.replace('time: 14 h', 'time: {uniform: [6 h, 20 h]}')}}}"))
    scenes = [scenario.draw(5, k) for k in range(12)]
    hours = [float(s.params["conditions.sun.time"]) / 3600.0 for s in scenes]
    assert all(6.0 <= h <= 20.0 for h in hours)
    noon = 13.3  # by this clock the sun is highest at 13.3 h
    order = sorted(range(12), key=lambda k: abs(hours[k] - noon))
    heights = [scenes[k].conditions.light.sun_elevation_rad for k in order]
    assert heights[0] > heights[5] > heights[-1]


def test_a_date_brings_its_moon_unless_there_is_another(of: Of) -> None:
    """25 January 2024, 22:00 UTC: the moon was full (17:54 UTC) and 57.6 degrees high over Munich (PyEphem)."""
    night = "date: 2024-01-25, time: 23 h, utc_offset: 1 h, latitude: 48.14 deg, longitude: 11.58 deg"
    full = of(sky(f"sun: {{{night}}}, sky: {{clouds: 0}}")).draw(0, 0).conditions.light
    assert math.degrees(full.moon_elevation_rad) == pytest.approx(57.60, abs=0.1)
    assert full.moon_lit > 0.99
    assert 0.15 < full.natural_lx < 0.30
    own = of(sky(f"sun: {{{night}}}, moon: {{elevation: 10 deg, azimuth: 30 deg, lit: 0.5}}")).draw(0, 0)
    light = own.conditions.light
    assert (light.moon_elevation_rad, light.moon_azimuth_rad, light.moon_lit) == pytest.approx(
        (math.radians(10.0), math.radians(30.0), 0.5)
    )


def test_no_moon_is_up_unless_an_author_says_so(of: Of) -> None:
    light = of(sky("sun: {elevation: -30 deg}")).draw(0, 0).conditions.light
    assert light.moon_elevation_rad < 0.0
    assert light.moon_lx == light.moonlit_lx == 0.0


def test_one_form_of_the_sun_replaces_the_other(tmp_path: Path) -> None:
    (tmp_path / "angles.yaml").write_text(sky("sun: {elevation: 5 deg, azimuth: 9 deg}, sky: {clouds: 0.2}"))
    (tmp_path / "dated.yaml").write_text(f"simgen: 1\nextends: angles.yaml\nconditions: {{sun: {{{MUNICH}}}}}\n")
    dated = Scenario.load(tmp_path / "dated.yaml").draw(0, 0).conditions.light
    assert math.degrees(dated.sun_elevation_rad) > 60.0
    assert dated.clouds == 0.2
    later = "conditions: {sun: {time: 20 h}}\n"
    (tmp_path / "later.yaml").write_text(f"simgen: 1\nextends: dated.yaml\n{later}")
    evening = Scenario.load(tmp_path / "later.yaml").draw(0, 0).conditions.light
    assert 5.0 < math.degrees(evening.sun_elevation_rad) < 15.0
    (tmp_path / "back.yaml").write_text("simgen: 1\nextends: dated.yaml\nconditions: {sun: {elevation: 7 deg}}\n")
    back = Scenario.load(tmp_path / "back.yaml").draw(0, 0).conditions.light
    assert math.degrees(back.sun_elevation_rad) == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("sun", "message", "hint"),
    [
        (
            f"{MUNICH}, elevation: 3 deg",
            "'elevation' does not go with 'date'",
            "expected elevation and azimuth, or date",
        ),
        (MUNICH.replace("2024-06-21", "2024-06-31"), "'2024-06-31' is no date", "as in 2024-06-21"),
        (MUNICH.replace("2024-06-21", "21.6.2024"), "'21.6.2024' is no date", "as in 2024-06-21"),
        (MUNICH.replace("2024", "1812"), "'1812-06-21' is no date", "from 1900 to 2100"),
        (MUNICH.replace("14 h", "25 h"), "25 h", "from 0 s to 86400 s"),
        (MUNICH.replace("48 deg", "98 deg"), "98 deg", "from -90 deg to 90 deg"),
        ("date: 2024-06-21", "'sun' lacks the key 'time'", "a time"),
        ("time: 12 h, latitude: 3 deg, longitude: 3 deg", "'sun' lacks the key 'date'", "a date"),
    ],
)
def test_what_is_wrong_with_a_sun_is_said(of: Of, sun: str, message: str, hint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        of(sky(f"sun: {{{sun}}}"))
    assert message in str(caught.value)
    assert hint in str(caught.value)


def test_a_moon_needs_its_elevation(of: Of) -> None:
    with pytest.raises(ScenarioError, match="'moon' lacks the key 'elevation'"):
        of(sky("moon: {lit: 0.5}"))


def test_what_a_date_may_bring_is_judged(of: Of) -> None:
    """A night of full moon is night in ISO 34503, an hour from noon to midnight reaches day and night."""
    domain = "odd: {taxonomy: iso34503, inside: {illumination: [night]}}\n"
    night = "date: 2024-01-25, time: 23 h, latitude: 48.14 deg, longitude: 11.58 deg"
    assert of(domain + sky(f"sun: {{{night}}}")).outside_odd() == []
    long = night.replace("23 h", "{uniform: [12 h, 23 h]}")
    assert {f.name for f in of(domain + sky(f"sun: {{{long}}}")).outside_odd()} == {
        "illumination.day",
        "illumination.low_ambient",
    }


def test_a_moon_may_rise_in_a_timeline(of: Of) -> None:
    rise = "timeline: [{at: 1 s, set: {conditions.moon.elevation: 40 deg}}]\n"
    scene = of(rise + sky("sun: {elevation: -30 deg}, moon: {elevation: -5 deg}, sky: {clouds: 0}")).draw(0, 0)
    before = scene.conditions
    after = with_settings(before, {"moon.elevation": math.radians(40.0)})
    assert after.light.natural_lx == pytest.approx(before.light.natural_lx + moonlight_lx(math.radians(40.0), 1.0))
    half = with_settings(before, {"moon.elevation": math.radians(40.0), "moon.lit": 0.5})
    assert before.light.natural_lx < half.light.natural_lx < after.light.natural_lx
    assert replace(half.light, moon_azimuth_rad=1.0).natural_lx == half.light.natural_lx
