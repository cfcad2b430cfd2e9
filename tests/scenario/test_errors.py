"""Mistakes that authors make: each is named at its exact place, with what was expected; all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simgen.errors import ScenarioError
from simgen.scenario import Scenario
from simgen.scenario.source import nearest

Read = Callable[[str], Scenario]

GOOD = """\
simgen: 1
id: test/good
params:
  gap: {uniform: [20 m, 40 m]}
  n: {poisson: {mean: 2, max: 5}}
  hue: {choice: {red: 2, blue: 1}}
site:
  toy.road: {length: 200 m, lanes: 2, dip: 0.5 m}
conditions:
  sun: {elevation: 20 deg}
  sky: {clouds: 0.4}
  fog: {mor: {log_uniform: [30 m, 300 m]}}
  water: {region: dip, depth: 0.3 m}
  surface: {kind: paved, film: 1 mm}
actors:
  ego:
    model: toy.car
    place: {lane: main.0, s: 40 m}
    speed: 10 m/s
  other:
    model: toy.car
    place: {ahead_of: ego, by: $gap}
    lights: {hazard: true}
    colors: {paint: $hue}
  crowd:
    model: toy.block
    count: $n
    place: {in: verge, facing: any}
sensors:
  front:
    camera: {width: 64, height: 48, hfov: 70 deg}
    mount: ego.windscreen
    labels: [depth, flow]
duration: 2 s
rate: 10 Hz
"""

# what is replaced, by what, line and column of the problem, its message, what it says was expected (a part)
MISTAKES = [
    ("simgen: 1", "simgen: 2", "1:9", "unknown language version '2'", "expected 'simgen: 1'"),
    ("conditions:", "conditons:", "9:1", "unknown key 'conditons' of a scenario", "did you mean 'conditions'?"),
    ("duration: 2 s\n", "", "1:1", "a scenario lacks the key 'duration'", "expected duration: a time"),
    ("duration: 2 s", "duration: 2", "34:11", "the unit is missing", "as in '2 s'"),
    ("duration: 2 s", "duration: 2 m", "34:11", "'2 m' is a length", "expected a time (s, ms, min)"),
    ("duration: 2 s", "duration: {uniform: [1 s, 2 s]}", "34:11", "may not be drawn", "every sample lasts as long"),
    ("duration: 2 s", "duration: inf", "34:11", "'inf' may be infinite", "finite"),
    ("rate: 10 Hz", "rate: 7 Hz", "35:1", "a period of 34.2857 physics ticks", "a divisor of 240 Hz"),
    ("toy.road:", "toy.rod:", "8:3", "no site is called 'toy.rod'", "did you mean 'toy.road'?"),
    ("lanes: 2", "lanes: 1.5", "8:36", "'1.5' need not be a whole number", "expected a whole number"),
    ("lanes: 2", "wet: 2", "8:29", "unknown key 'wet' of toy.road", "expected one of: dip, kind, lanes, length"),
    ("length: 200 m", "length: 200 s", "8:22", "'200 s' is a time", "expected a length"),
    ("elevation: 20 deg", "elevation: 20 degrees", "10:20", "unknown unit 'degrees'", "did you mean 'deg'?"),
    ("elevation: 20 deg", "elevation: 200 deg", "10:20", "'200 deg' is out of range", "from -90 deg to 90 deg"),
    ("clouds: 0.4", "clouds: {normal: {mean: 0.4, sd: 0.2}}", "11:17", "may be drawn from -inf to inf", "'clip'"),
    ("clouds: 0.4", "clouds: .nan", "11:17", "'.nan' is not a number", "a plain number from 0 to 1"),
    ("log_uniform", "loguniform", "12:15", "no distribution is called 'loguniform'", "did you mean 'log_uniform'?"),
    ("[30 m, 300 m]", "[300 m, 30 m]", "12:29", "the lower bound can exceed the upper", "[low, high]"),
    ("[30 m, 300 m]", "[0 m, 300 m]", "12:29", "'0 m' is out of range", "a length (m, km, cm, mm) above 0 m"),
    ("[30 m, 300 m]", "[30 m]", "12:28", "a list is not a pair of bounds", "expected [low, high]"),
    ("region: dip", "region: dipp", "13:19", "'dipp' is not a region of the site", "did you mean 'dip'?"),
    (", depth: 0.3 m", "", "13:3", "'water' lacks the key 'depth'", "expected depth: a length"),
    ("depth: 0.3 m", "depth: 0.3 m, rise: 3 cm", "13:44", "'3 cm' is a length", "expected a speed"),
    ("depth: 0.3 m", "depth: 0.3 m, rise: []", "13:44", "'rise' has no points", "{at: 3 s, depth: 0.4 m}"),
    ("depth: 0.3 m", "depth: 0.3 m, rise: [{at: 1 s}]", "13:45", "lacks the key 'depth'", "depth: a length"),
    ("depth: 0.3 m", "depth: 0.3 m, rise: [{at: 2 s, depth: 1 m}, {at: 2 s, depth: 0 m}]", "13:68",
     "at 2 s, the one before it at 2 s", "points in order of time"),
    ("depth: 0.3 m", "depth: 0.3 m, rise: [{at: {uniform: [1 s, 2 s]}, depth: 1 m}]", "13:50",
     "may not be drawn", "the times of a rise are fixed"),
    ("kind: paved", "kind: no", "14:19", "'no' is not a kind of surface", "one of: gravel, ice, mud, paved, snow"),
    ("film: 1 mm", "patches: {}", "14:35", "a map is not a list", "expected patches: [{region"),
    ("film: 1 mm", "patches: [{region: dp, kind: ice}]", "14:45", "'dp' is not a region", "did you mean 'dip'?"),
    ("film: 1 mm", "patches: [{region: dip}]", "14:36", "is like the surface around it", "kind:, film: or snow:"),
    ("film: 1 mm", "patches: [{region: dip, kind: ise}]", "14:56", "'ise' is not a kind", "did you mean 'ice'?"),
    ("film: 1 mm", "patches: [{region: dip, film: 1 mm, side: top}]", "14:68", "'top' is not a side", "left, right"),
    ("film: 1 mm", "patches: [{region: dip, kind: ice, wet: 1 mm}]", "14:61", "unknown key 'wet' of a patch", "film"),
    ("toy.car\n    place: {lane", "toy.cart\n    place: {lane", "17:12", "'toy.cart' is not a model", "'toy.car'?"),
    ("lane: main.0", "lane: main.2", "18:19", "'main.2' is not a lane of the site", "main.0, main.1, oncoming.0"),
    ("s: 40 m}", "s: 40 m, by: 3 m}", "18:36", "'by' does not go with 'lane'", "expected one of: lane, s, offset"),
    ("{lane: main.0, s: 40 m}", "{s: 40 m}", "18:5", "a place has one of lane, ahead_of, in, at", ""),
    ("speed: 10 m/s", "sped: 10 m/s", "19:5", "unknown key 'sped' of the actor 'ego'", "did you mean 'speed'?"),
    ("speed: 10 m/s", "behaviour: fly", "19:16", "'fly' is not a behaviour", "freeze, keep_speed, oncoming"),
    ("ahead_of: ego", "ahead_of: eggo", "22:23", "'eggo' is not an actor", "did you mean 'ego'?"),
    ("ahead_of: ego", "ahead_of: other", "22:23", "'other' is this actor itself", "expected one of: ego"),
    ("ahead_of: ego", "ahead_of: crowd", "22:23", "'crowd' has a count", "expected one of: ego"),
    ("by: $gap", "by: $gab", "22:32", "no parameter is called 'gab'", "did you mean 'gap'?"),
    ("by: $gap", "by: $n", "22:32", "$n is a plain number (at t.yaml:5:3)", "expected a length"),
    ("hazard: true", "hazard: yes", "23:22", "'yes' is not a truth value", "'yes', 'no', 'on' and 'off' are"),
    ("hazard: true", "hazzard: true", "23:14", "unknown key 'hazzard'", "did you mean 'hazard'?"),
    ("paint: $hue", "pain: $hue", "24:14", "unknown key 'pain'", "did you mean 'paint'?"),
    ("paint: $hue", "paint: [0.1, 0.2]", "24:21", "a list is not a list of 3", "each a plain number from 0 to 1"),
    ("{red: 2, blue: 1}", "{rde: 2, blue: 1}", "24:21", "$hue is a text (at t.yaml:6:3)", "a named colour"),
    ("count: $n", "count: $gap", "27:12", "$gap is a length (at t.yaml:4:3)", "expected a whole number"),
    ("count: $n", "count: -1", "27:12", "'-1' is out of range", "from 0 to 500"),
    ("in: verge", "in: verg", "28:17", "'verg' is not a region of the site", "did you mean 'verge'?"),
    ("width: 64", "width: 64 px", "31:21", "unknown unit 'px'", "expected a whole number from 8 to 8192"),
    ("height: 48, ", "", "31:5", "the camera of 'front' lacks the key 'height'", "expected height: a whole number"),
    ("ego.windscreen", "ego.windscren", "32:12", "'ego' has no mount 'windscren'", "did you mean 'ego.windscreen'?"),
    ("ego.windscreen", "crowd.roof", "32:12", "no actor 'crowd' can carry a sensor", "expected one of: ego, other"),
    ("[depth, flow]", "[depth, flw]", "33:21", "'flw' is not a label", "did you mean 'flow'?"),
    ("[depth, flow]", "depth", "33:13", "'depth' is not a list", "expected all, or a list of: depth"),
    ("[20 m, 40 m]", "[$gap, 40 m]", "4:19", "parameters refer to each other in a circle: gap -> gap", ""),
    ("mean: 2", "mean: $m", "5:23", "no parameter is called 'm'", "expected one of: gap, hue, n"),
    ("{red: 2, blue: 1}", "{red: -2, blue: 1}", "6:23", "'-2' is out of range", "of at least 0"),
    ("{red: 2, blue: 1}", "{red: 0, blue: 0}", "6:17", "add up to a number above 0", "{value: weight}"),
    ("sky: {clouds: 0.4}", "sun: {azimuth: 3 deg}", "11:3", "duplicate key 'sun'", "stands at t.yaml:10:3 already"),
    ("sky: {clouds: 0.4}", "sky: null", "11:3", "'sky' has no value", "null removes an inherited key"),
    ("duration: 2 s", "duration: !!str 2 s", "34:11", "the tag 'tag:yaml.org,2002:str' is not allowed", "remove it"),
    ("sky: {clouds: 0.4}", "sky: bright", "11:8", "'sky' is a map, this is 'bright'", "keys: clouds, illuminance"),
    ("id: test/good", "id: Test Good", "2:5", "'Test Good' is not an id", "lower-case names joined by /"),
    ("ego:\n", "Ego:\n", "16:3", "'Ego' cannot name an actor", "expected lower-case letters"),
    ("ego.windscreen", "{on: ego.rof}", "32:17", "'ego' has no mount 'rof'", "did you mean 'ego.roof'?"),
    ("ego.windscreen", "{yaw: 3 deg}", "32:5", "the mount of 'front' lacks the key 'at'", "[x, y, z], each a length"),
    ("ego.windscreen", "{at: [1 m, 2 m]}", "32:17", "a list is not a list of 3", "expected 3 values, each a length"),
    ("ego.windscreen", "{on: ego, pitch: 2 rad}", "32:29", "'2 rad' is out of range", "from -90 deg to 90 deg"),
    ("    mount: ego.windscreen\n", "", "30:3", "the sensor 'front' lacks the key 'mount'", "ACTOR.MOUNT, or {at:"),
    ("hfov: 70 deg", "hfov: 70 deg, exposure: 2 s", "31:61",
     "'2 s' is out of range", "a time (s, ms, min) from 1e-06 s"),
    ("hfov: 70 deg", "hfov: 70 deg, antialias: 2", "31:62", "'2' is not 1 or 4 samples a pixel", "one of: 1, 4"),
    ("hfov: 70 deg", "lens: wide, hfov: 70 deg", "31:37", "unknown key 'lens' of the camera of 'front'", "f_number"),
    ("[depth, flow]", "[depth, depth]", "33:21", "'depth' stands twice in the list", "keep one"),
    ("sky: {clouds: 0.4}", "wind: {}", "11:3", "'wind' lacks the key 'speed'", "expected speed: a speed (m/s, km/h"),
    ("sky: {clouds: 0.4}", "wind: {speed: 3 m/s, gust: {}}", "11:24",
     "'gust' lacks the key 'intensity'", "from 0 to 0.6"),
    ("sky: {clouds: 0.4}", "wind: {speed: 3 m/s, gust: 2}", "11:30",
     "'gust' is a map, this is '2'", "intensity, length"),
    ("sky: {clouds: 0.4}", "tornado: {x: 0 m, y: 0 m, core_radius: 9 m}", "11:3",
     "lacks the key 'max_speed'", "a speed"),
    ("speed: 10 m/s", "behaviour: {brake_on_cue: {}}", "19:17", "lacks the key 'trigger'", "{time | distance | ttc"),
    ("speed: 10 m/s", "behaviour: {brake_on_cue: {trigger: {}}}", "19:32", "here is none of them", "actor: ego}"),
    ("speed: 10 m/s", "behaviour: {brake_on_cue: {trigger: {time: 1 s, at: [0 m, 0 m]}}}", "19:53",
     "'at' does not go with 'time'", "leave it out"),
    ("speed: 10 m/s", "behaviour: {brake_on_cue: {trigger: {ttc: 1 s, actor: me}}}", "19:59",
     "'me' is not another single actor", "expected one of: other"),
    ("speed: 10 m/s", "behaviour: {brake_on_cue: {trigger: {time: 1 s}, to: 1 m}}", "19:58",
     "'1 m' is a length", "a speed"),
    ("speed: 10 m/s", "behaviour: walk", "19:16", "'walk' is for people and animals", "expected one of: brake_on_cue"),
    ("speed: 10 m/s", "behaviour: [keep_speed, {oncoming: {}}]", "19:30",
     "cannot go together with", "one behaviour moves"),
    ("n: {poisson: {mean: 2, max: 5}}", "n: {poisson: {mean: 2}}", "5:16", "a poisson lacks 'max'", "{mean, max}"),
    ("n: {poisson: {mean: 2, max: 5}}", "n: {poisson: {mean: 2, max: {uniform: [1, 2]}}}", "5:31", "may not be drawn",
     "the greatest count is fixed"),
    ("uniform: [20 m, 40 m]", "normal: {mean: 20 m, sd: 0 m}", "4:34", "'0 m' is out of range", "above 0 m"),
    ("uniform: [20 m, 40 m]", "normal: {mean: 20 m, sd: 1 m, cut: 3 m}", "4:39",
     "unknown key 'cut' of a normal", "clip"),
    ("uniform: [20 m, 40 m]", "uniform: [20 m, 40 s]", "4:25", "'40 s' is a time", "expected a length"),
    ("uniform: [20 m, 40 m]", "uniform: [20 m, 40 m], clip: [1 m, 2 m]", "4:32",
     "no distribution is called 'clip'", ""),
    ("speed: 10 m/s", "count: {uniform: [1.5, 3]}", "19:23", "'1.5' need not be a whole number", "a whole number"),
    ("rate: 10 Hz", "physics_rate: 50 Hz", "35:15", "'50 Hz' is out of range", "from 60 Hz to 2000 Hz"),
    ("rate: 10 Hz", "settle: -1 s", "35:9", "'-1 s' is out of range", "a time (s, ms, min) from 0 s to 60 s"),
    ("rate: 10 Hz", "extends: lib/nothing.yaml", "35:10", "cannot extend 'lib/nothing.yaml'", "there is no such file"),
    ("rate: 10 Hz", "extends: {a: b}", "35:10", "a map cannot be extended", "a path or a list of paths"),
    ("simgen: 1\n", "", "1:1", "the key 'simgen' is missing", "'simgen: 1', the language version"),
    ("actors:\n", "actors: []\nthings:\n", "15:9", "'actors' is a map of named actors", "{name: {model: ...}}"),
    ("s: 40 m}", "s: 40 m, step: [1 m, 2 m]}", "18:42", "a list stands where one value is needed", "a length"),
    ("s: 40 m}", "s: 40 m, min_gap: -1 m}", "18:45", "'-1 m' is out of range", "from 0 m to 100 m"),
    ("s: 40 m}", "s: 40 m, tumble: maybe}", "18:44", "'maybe' is not a truth value", "expected true or false"),
    ("{lane: main.0, s: 40 m}", "{lane: main.0, at: [1 m, 2 m]}", "18:5",
     "here is 'lane' and 'at'", "a place has one of"),
    ("{lane: main.0, s: 40 m}", "{lane: main.0}", "18:5", "lacks the key 's'", "expected s: a length"),
    ("{lane: main.0, s: 40 m}", "{at: [1 m]}", "18:17", "a list is not a list of 2", "expected 2 values"),
    ("count: $n", "params: {lenght: 1 m}", "27:14", "unknown key 'lenght' of toy.block", "did you mean 'length'?"),
    ("hazard: true", "hazard: {bernoulli: 1.2}", "23:34", "'1.2' is out of range", "from 0 to 1"),
    ("hazard: true", "hazard: {uniform: [0, 1]}", "23:23",
     "a uniform does not draw true or false", "another distribution"),
    ("sky: {clouds: 0.4}", "<<: {a: 1}", "11:3", "YAML merge keys are not supported", "use 'extends'"),
]  # fmt: skip


def test_there_are_many_kinds_of_mistake() -> None:
    assert len(MISTAKES) >= 110
    assert len({(message, expected) for *_, message, expected in MISTAKES}) >= 100


def problems(read: Read, text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read(text)
    return caught.value.problems


def test_the_good_one_is_good(of: Read) -> None:
    scene = of(GOOD).draw(1, 0)
    assert [a.name for a in scene.actors][:2] == ["ego", "other"]


@pytest.mark.parametrize(("old", "new", "place", "message", "expected"), MISTAKES)
def test_a_mistake_is_named_at_its_place(of: Read, old: str, new: str, place: str, message: str, expected: str) -> None:
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)
    found = [p for p in problems(of, text) if p.startswith(f"t.yaml:{place}: ")]
    assert len(found) == 1, "\n".join(problems(of, text))
    head, source, carets, *rest = found[0].split("\n")
    line, column = (int(n) for n in place.split(":"))
    assert message in head
    assert source == "    " + text.split("\n")[line - 1]
    assert carets.rstrip("^") == " " * (4 + column - 1)
    assert carets.endswith("^")
    assert expected in head + " ".join(rest)


def test_the_underline_covers_the_word(of: Read) -> None:
    (found,) = problems(of, GOOD.replace("conditions:", "conditons:"))
    assert found == (
        "t.yaml:9:1: unknown key 'conditons' of a scenario\n"
        "    conditons:\n"
        "    ^^^^^^^^^\n"
        "  did you mean 'conditions'? expected one of: actors, conditions, correlate, description, duration, extends, "
        "id, materials, odd, params, physics_rate, plan, rate, require, sensors, settle, simgen, site, timeline"
    )


def test_everything_wrong_is_said_at_once_in_order_of_place(of: Read) -> None:
    text = GOOD.replace("20 deg", "20").replace("region: dip", "region: pit").replace("64", "3").replace("2 s", "2 m")
    places = [p.split(": ")[0] for p in problems(of, text)]
    assert places == ["t.yaml:10:20", "t.yaml:13:19", "t.yaml:31:21", "t.yaml:34:11"]


def test_a_mistaken_parameter_is_reported_once_however_often_it_is_used(of: Read) -> None:
    text = GOOD.replace("{uniform: [20 m, 40 m]}", "20 feet").replace("s: 40 m", "s: $gap")
    (found,) = problems(of, text)
    assert found.startswith("t.yaml:4:8: unknown unit 'feet' in '20 feet': units are SI (1 ft = 0.3048 m)")


def test_a_circle_of_parameters_names_its_members(of: Read) -> None:
    text = GOOD.replace("{uniform: [20 m, 40 m]}", "$a\n  a: $b\n  b: {uniform: [$gap, 90 m]}")
    (found,) = problems(of, text)
    assert found.startswith("t.yaml:6:17: parameters refer to each other in a circle: gap -> a -> b -> gap")


def test_a_circle_of_places_is_noticed(of: Read) -> None:
    text = GOOD.replace("{lane: main.0, s: 40 m}", "{ahead_of: other, by: 5 m}")
    (found,) = problems(of, text)
    assert found.startswith("t.yaml:16:3: actors are placed ahead of each other in a circle: ego -> other -> ego")


def test_a_tabbed_or_very_long_line_keeps_its_caret(of: Read) -> None:
    padding = " " * 200
    (found,) = problems(of, GOOD.replace("duration: 2 s", f"duration: {padding} 2 m {padding}"))
    _, source, carets, _ = found.split("\n")
    assert len(source) <= 124
    assert source[carets.index("^") :].startswith("2 m")


def test_physics_rate_is_whole_and_sensors_may_have_their_own_rate(of: Read) -> None:
    (found,) = problems(of, GOOD + "physics_rate: 100.5 Hz\n".replace("rate: 10", "rate: 10"))[:1]
    assert "100.5" in found or "ticks" in found
    text = GOOD.replace("labels: [depth, flow]", "rate: 11 Hz")
    (found,) = problems(of, text)
    assert found.startswith("t.yaml:33:5: a period of 21.8182 physics ticks is not a whole number of them")


def test_a_tab_is_named(of: Read) -> None:
    (found,) = problems(of, GOOD.replace("  sky:", "\tsky:"))
    assert found.startswith("t.yaml:11:1: a tab begins this line's text\n")
    assert found.endswith("YAML is indented with spaces")


def test_what_a_missing_part_may_hold_is_not_missed(of: Read) -> None:
    text = "simgen: 1\nextends: lib/road/contry.yaml\nduration: 2 m\n"
    assert [p.split("\n")[0] for p in problems(of, text)] == [
        "t.yaml:2:10: cannot extend 'lib/road/contry.yaml'",
        "t.yaml:3:11: '2 m' is a length; expected a time (s, ms, min)",
    ]


def test_the_beginning_of_a_name_is_recognised() -> None:
    known = ("driving/lost_cargo", "driving/fog_highway_stalled_car", "driving/flooded_underpass_night")
    for begun in ("driving/fog", "driving/fogg", "driving/fog_highway"):
        assert nearest(begun, known) == "did you mean 'driving/fog_highway_stalled_car'? "
    assert nearest("driving/f", known) != "did you mean 'driving/fog_highway_stalled_car'? "
    assert nearest("driving/lost_cargoo", known) == "did you mean 'driving/lost_cargo'? "


CHAIN = {
    "weather.yaml": "simgen: 1\nconditions:\n  fog: {mor: {log_uniform: [30 m, 300 m]}}\n  sun: {elevation: 20 deg}\n",
    "road.yaml": "simgen: 1\nextends: weather.yaml\nsite: {toy.road: {length: 200 m}}\nduration: 2 s\n",
    "top.yaml": (
        "simgen: 1\nextends: [road.yaml, lib/rigs/front_camera.yaml]\nactors:\n"
        "  ego: {model: toy.car, place: {lane: main.0, s: 40 m}}\n"
    ),
}

# file, what is replaced, by what, place of the problem, its message: parts are read as if they stood in one file
CHAINED = [
    ("weather.yaml", "log_uniform", "loguniform", "3:15", "no distribution is called 'loguniform'"),
    ("weather.yaml", "20 deg", "20", "4:20", "the unit is missing"),
    ("weather.yaml", "fog:", "fogg:", "3:3", "unknown key 'fogg' of 'conditions'"),
    ("weather.yaml", "elevation", "elevaton", "4:9", "unknown key 'elevaton' of 'sun'"),
    ("weather.yaml", "simgen: 1", "simgen: 0", "1:9", "unknown language version '0'"),
    ("weather.yaml", "conditions:", "condition:", "2:1", "unknown key 'condition' of a scenario"),
    ("weather.yaml", "  sun", "\tsun", "4:1", "a tab begins this line's text"),
    ("weather.yaml", "300 m]", "300 m", "3:40", "this is not valid YAML"),
    ("weather.yaml", "{elevation: 20 deg}", "null", "4:3", "'sun' has no value"),
    ("road.yaml", "weather.yaml", "wether.yaml", "2:10", "cannot extend 'wether.yaml'"),
    ("road.yaml", "weather.yaml", "road.yaml", "2:10", "'extends' runs in a circle"),
    ("road.yaml", "length: 200 m", "length: 200 kg", "3:27", "'200 kg' is a mass"),
    ("road.yaml", "length: 200 m", "width: 2 m", "3:19", "unknown key 'width' of toy.road"),
    ("road.yaml", "duration: 2 s", "duration: 2 s\nduration: 3 s", "5:1", "duplicate key 'duration'"),
    ("top.yaml", "main.0", "main.7", "4:39", "'main.7' is not a lane of the site"),
    ("top.yaml", "actors:", "site: {toy.rod: {}}\nactors:", "3:8", "no site is called 'toy.rod'"),
    ("top.yaml", "s: 40 m}", "s: 40 m}, speed: fast", "4:64", "'fast' is not a number with a unit"),
    ("top.yaml", "actors:", "conditions: {fog: {mor: 0 m}}\nactors:", "3:25", "'0 m' is out of range"),
    ("top.yaml", "actors:", "conditions: {rain: null}\nactors:", "3:14", "'rain' has no value"),
]


@pytest.mark.parametrize(("name", "old", "new", "place", "message"), CHAINED)
def test_a_mistake_in_a_chain_of_parts_is_named_where_its_text_stands(
    tmp_path: Path, name: str, old: str, new: str, place: str, message: str
) -> None:
    assert CHAIN[name].count(old) == 1
    for part, text in CHAIN.items():
        (tmp_path / part).write_text(text.replace(old, new) if part == name else text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(tmp_path / "top.yaml")
    found = [p for p in caught.value.problems if p.startswith(f"{tmp_path / name}:{place}: {message}")]
    assert len(found) == 1, "\n".join(caught.value.problems)
    line = (tmp_path / name).read_text(encoding="utf-8").split("\n")[int(place.split(":")[0]) - 1]
    assert found[0].split("\n")[1] == "    " + line.replace("\t", " ")


def test_a_fault_between_parts_stands_where_the_reference_is(tmp_path: Path) -> None:
    for part, text in CHAIN.items():
        (tmp_path / part).write_text(text.replace("toy.car", "toy.block"), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(tmp_path / "top.yaml")
    (found,) = caught.value.problems
    assert "lib/rigs/front_camera.yaml:" in found
    assert "'ego' has no mount 'windscreen'" in found
