"""Behaviours as an author writes them: what they come to, and mistakes named at their place."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from simgen.errors import ScenarioError, UserError
from simgen.scenario import Scenario
from simgen.scenario.behaviours import BEHAVIOURS
from simgen.scenario.scene import Act, ActorSpec

Read = Callable[[str], Scenario]
With = Callable[[str], str]


def of_x(of: Read, with_actor: With, lines: str, index: int = 0) -> ActorSpec:
    """The actor `x` of one draw."""
    return next(a for a in of(with_actor(lines)).draw(3, index).actors if a.name == "x")


def faults(of: Read, text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        of(text)
    return caught.value.problems


CAR = "x: {model: toy.car, speed: 8 m/s, place: {lane: main.0, s: 80 m}, behaviour: "


def test_the_short_form_has_the_defaults(of: Read, with_actor: With) -> None:
    x = of_x(of, with_actor, CAR + "follow_lane}")
    assert (x.behaviour, x.lane) == ("follow_lane", "main.0")
    assert x.acts == (
        Act("follow_lane", {"time_gap_s": 1.5, "min_gap_m": 2.0, "acceleration_mps2": 1.5, "braking_mps2": 2.0}),
    )
    assert of_x(of, with_actor, CAR + "keep_speed}").acts == ()


def test_settings_are_read_with_units_and_drawn(of: Read, with_actor: With) -> None:
    text = CAR + "{brake_on_cue: {trigger: {ttc: {uniform: [2 s, 4 s]}}, deceleration: 5 m/s^2, to: 18 km/h}}}"
    acts = [of_x(of, with_actor, text, k).acts[0].params for k in range(5)]
    for params in acts:
        assert (params["trigger"], params["trigger.actor"]) == ("ttc", "ego")
        assert 2.0 <= float(params["trigger.value"]) <= 4.0
        assert (params["deceleration_mps2"], params["to_mps"]) == (5.0, pytest.approx(5.0))
    assert len({p["trigger.value"] for p in acts}) == 5
    scene = of(with_actor(text)).draw(3, 0)
    assert scene.params["actors.x.behaviour.brake_on_cue.trigger.ttc"] == acts[0]["trigger.value"]


def test_a_lane_to_the_side_is_found_where_the_actor_stands(of: Read, with_actor: With) -> None:
    two = "site: {toy.road: {length: 200 m, lanes: 2}}"
    lines = CAR + "{cut_in: {lane: right, trigger: {time: 1 s}}}}"
    text = with_actor(lines).replace("site: {toy.road: {length: 200 m, dip: 1 m}}", two)
    (x,) = [a for a in of(text).draw(0, 0).actors if a.name == "x"]
    assert x.acts[0].params["lane"] == "main.1"
    with pytest.raises(UserError, match=r"t\.yaml:6:\d+: .*no lane left of 'main.0' runs in its direction"):
        of(text.replace("lane: right", "lane: left")).draw(0, 0)


def test_a_wrong_way_driver_faces_the_traffic_by_itself(of: Read, with_actor: With) -> None:
    x = of_x(of, with_actor, CAR + "oncoming}")
    assert (abs(x.yaw_rad), x.lane) == (pytest.approx(math.pi), "main.0")
    turned = CAR.replace("s: 80 m", "s: 80 m, facing: 20 deg") + "oncoming}"
    with pytest.raises(UserError, match="does not face against its lane"):
        of_x(of, with_actor, turned)


def test_a_list_adds_what_goes_with_the_driving(of: Read, with_actor: With) -> None:
    lamp = "{switch_lamp: {lamp: hazard, trigger: {distance: 30 m}}}"
    x = of_x(of, with_actor, CAR + f"[{lamp}, {{stop_at: {{s: 120 m, hold: 2 s}}}}]}}")
    assert (x.behaviour, [a.name for a in x.acts]) == ("stop_at", ["stop_at", "switch_lamp"])
    assert x.acts[1].params == {
        "trigger": "distance", "trigger.value": 30.0, "trigger.actor": "ego", "lamp": "hazard", "lit": True,
    }  # fmt: skip


def test_a_cue_may_name_a_point_and_another_actor(of: Read, with_actor: With) -> None:
    walker = "{walk: {pace: 1.2 m/s, trigger: {arrival: 2 s, actor: y, at: [60 m, -1.75 m]}}}"
    lines = f"x: {{model: toy.walker, place: {{in: verge}}, behaviour: {walker}}}\n"
    lines += "y: {model: toy.car, place: {lane: main.0, s: 10 m}}"
    params = of_x(of, with_actor, lines).acts[0].params
    assert [params[k] for k in ("trigger.actor", "trigger.x_m", "trigger.y_m", "pace_mps")] == ["y", 60.0, -1.75, 1.2]


WALKER = "x: {model: toy.walker, place: {in: verge}, behaviour: "
BLOCK = "x: {model: toy.block, place: {in: verge}, behaviour: "
CUE = "trigger: {time: 1 s}"
MISTAKES = [
    (CAR, "fly}", "fly", "'fly' is not a behaviour", "expected one of: brake_on_cue, cross, cut_in"),
    (CAR, "{cutin: {}}}", "cutin", "'cutin' is not a behaviour", "did you mean 'cut_in'?"),
    (CAR, "{cut_in: 3}}", "3", "the settings of 'cut_in' are a map", "lane: left, right or a lane of the site"),
    (CAR, "cut_in}", "cut_in", "'cut_in' lacks the key 'trigger'", "{time | distance | ttc | arrival: ..."),
    (CAR, f"{{cut_in: {{{CUE}, lane: main.9}}}}}}", "main.9", "not a lane to change to", "left, main.0, oncoming.0, r"),
    (CAR, f"{{cut_in: {{{CUE}, lane: left, durration: 2 s}}}}}}", "durration", "unknown key", "'duration'?"),
    (CAR, f"{{brake_on_cue: {{{CUE}, deceleration: 5}}}}}}", "5}", "the unit is missing", "an acceleration"),
    (CAR, f"{{brake_on_cue: {{{CUE}, deceleration: 40 m/s^2}}}}}}", "40 m/s^2", "out of range", "up to 12 m/s^2"),
    (CAR, "{brake_on_cue: {trigger: {ttc: 3 m}}}}", "3 m", "'3 m' is a length", "expected a time"),
    (CAR, "{brake_on_cue: {trigger: {ttc: 3 s, time: 2 s}}}}", "trigger", "'time' and 'ttc'", "expected {time |"),
    (CAR, "{brake_on_cue: {trigger: {meet: 3 s}}}}", "meet", "unknown key 'meet'", "arrival, at, distance"),
    (CAR, "{brake_on_cue: {trigger: {time: 3 s, actor: ego}}}}", "actor", "'actor' does not go with 'time'", "out"),
    (CAR, "{brake_on_cue: {trigger: {ttc: 3 s, actor: x}}}}", "x}", "'x' is not another single actor", "ego"),
    (CAR, "{walk: {}}}", "walk", "'walk' is for people and animals", "brake_on_cue, cut_in, follow_lane"),
    (CAR, "[follow_lane, keep_speed]}", "keep_speed", "cannot go together with 'follow_lane'", "'switch_lamp'"),
    (CAR, "reverse}", "speed", "'reverse' begins at a standstill", "leave out 'speed' and give a 'pace'"),
    (WALKER, "{cross: {pace: 0 m/s}}}", "0 m/s", "out of range", "above 0 m/s"),
    (WALKER, "{flee: {trigger: {time: 1 s}, from: deer}}}", "deer", "'deer' is not another single actor", "ego"),
    (BLOCK, "cross}", "cross", "'cross' is for people and animals", "fall, keep_speed, parked, roll, static"),
    (BLOCK, "fall}", "fall", "'fall' lacks the key 'trigger'", "expected trigger:"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "behaviour", "at", "message", "expected"), MISTAKES)
def test_a_mistake_is_named_at_its_place(
    of: Read, with_actor: With, before: str, behaviour: str, at: str, message: str, expected: str
) -> None:
    text = with_actor(before + behaviour)
    found = [p for p in faults(of, text) if message in p]
    assert len(found) == 1, faults(of, text)
    line = next(n for n, row in enumerate(text.split("\n"), 1) if row.startswith("  x:"))
    row = text.split("\n")[line - 1]
    start = 0 if at == "speed" else row.index("behaviour: ") + len("behaviour: ")
    assert found[0].startswith(f"t.yaml:{line}:{row.index(at, start) + 1}: ")
    assert expected in found[0]


def test_the_ego_does_not_reverse(of: Read, base: str) -> None:
    text = base.replace(", speed: 10 m/s}", ", behaviour: reverse}")
    assert "an action cannot tell the ego to drive backwards" in faults(of, text)[0]


@pytest.mark.parametrize("name", sorted(BEHAVIOURS))
def test_every_setting_says_what_it_is(name: str) -> None:
    behaviour = BEHAVIOURS[name]
    assert behaviour.about.endswith(".")
    assert len({s.name for s in behaviour.settings}) == len(behaviour.settings)
    for setting in behaviour.settings:
        assert setting.about
        assert str(setting.kind)


def test_the_readme_knows_every_behaviour_and_setting() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    table = readme[readme.index("### What actors do") :]
    for behaviour in BEHAVIOURS.values():
        row = next(line for line in table.split("\n") if f"`{behaviour.name}`" in line)
        assert all(f"`{s.name}`" in row for s in behaviour.settings), behaviour.name


def test_another_behaviour_replaces_an_inherited_one(of: Read, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("s")
    actor = "  x: {model: toy.car, place: {lane: main.0, s: 80 m}, behaviour: "
    body = "site: {toy.road: {length: 200 m}}\nduration: 2 s\nactors:\n"
    body += "  ego: {model: toy.car, place: {at: [0 m, 0 m]}}\n"
    camera = "sensors: {front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.roof}}\n"
    (folder / "part.yaml").write_text(f"simgen: 1\n{body}{actor}{{stop_at: {{s: 90 m}}}}}}\n{camera}")
    (folder / "mine.yaml").write_text(
        "simgen: 1\nextends: part.yaml\nactors: {x: {behaviour: {stop_at: {hold: 1 s}}}}\n"
    )
    (folder / "other.yaml").write_text("simgen: 1\nextends: part.yaml\nactors: {x: {behaviour: {follow_lane: {}}}}\n")
    merged = Scenario.load(folder / "mine.yaml").draw(0, 0).actors[1]
    assert (merged.acts[0].params["s_m"], merged.acts[0].params["hold_s"]) == (90.0, 1.0)
    assert Scenario.load(folder / "other.yaml").draw(0, 0).actors[1].behaviour == "follow_lane"
