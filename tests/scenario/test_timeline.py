"""The timeline as it is written and drawn."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from simgen.errors import ScenarioError
from simgen.scenario import Scenario, Scene
from simgen.scenario.scene import Change, Step

Of = Callable[[str], Scenario]
WATER = "conditions: {water: {region: dip, depth: 0 m, direction: 90 deg}}\n"


def test_steps_are_drawn_as_they_are_written(of: Of, base: str) -> None:
    text = base + (
        "params: {rain: {uniform: [10 mm/h, 60 mm/h]}, dead: {bernoulli: 0.5}}\n"
        "timeline:\n"
        "  - {at: 1 s, ramp: {conditions.fog.mor: 50 m, conditions.sky.clouds: +0.2}, over: 500 ms}\n"
        '  - {when: "rain > 50 mm/h and not dead and t > 1 s", for: 0.5 s,'
        " set: {conditions.surface.kind: ice}, emit: icy}\n"
        '  - {stop: "stopped(ego) > 4 s", why: the ego stands}\n'
    )
    scene = of(text).draw(0, 0)
    assert scene.timeline == (
        Step(at_s=1.0, changes=(Change("sky.clouds", 0.2, True, 0.5), Change("fog.mor", 50.0, False, 0.5))),
        Step(
            when="rain > 50 mm/h and not dead and t > 1 s",
            hold_s=0.5,
            changes=(Change("surface.kind", "ice"),),
            emit="icy",
            units={"rain": "m^1*s^-1", "dead": "truth"},
        ),
        Step(when="stopped(ego) > 4 s", stop=True, why="the ego stands"),
    )
    assert Scene.from_json(scene.to_json()) == scene
    assert scene.timeline[1].at_s == math.inf


def test_by_an_amount_is_not_to_it(of: Of, base: str) -> None:
    """The digest tells them apart, and knows both ways to write an amount."""
    texts = ("0.2", "+0.2", "{by: 0.2}", "{by: -0.2}")
    found = [of(base + f"timeline: [{{at: 1 s, set: {{conditions.sky.clouds: {t}}}}}]\n") for t in texts]
    changes = [s.draw(0, 0).timeline[0].changes[0] for s in found]
    assert [(c.value, c.relative) for c in changes] == [(0.2, False), (0.2, True), (0.2, True), (-0.2, True)]
    assert found[1].digest == found[2].digest
    assert len({s.digest for s in found}) == 3


def test_times_and_values_are_drawn_under_their_own_keys(of: Of, base: str) -> None:
    line = "{at: {uniform: [0.1 s, 1 s]}, set: {conditions.fog.mor: {log_uniform: [20 m, 200 m]}}}"
    scenes = [of(base + f"timeline: [{line}]\n").draw(5, k) for k in range(20)]
    steps = [s.timeline[0] for s in scenes]
    assert len({s.at_s for s in steps}) == 20
    assert all(0.1 <= s.at_s <= 1.0 and 20.0 <= float(s.changes[0].value) <= 200.0 for s in steps)
    assert scenes[3].params["timeline[0].at"] == steps[3].at_s
    assert scenes[3].params["timeline[0].set.conditions.fog.mor"] == steps[3].changes[0].value
    assert scenes[3].actors == of(base).draw(5, 3).actors  # nothing else is shifted


def test_a_flood_to_come_keeps_its_place_and_its_direction(of: Of, base: str) -> None:
    assert of(base + WATER).draw(0, 0).conditions.water is None
    line = "timeline: [{at: 1 s, ramp: {conditions.water.depth: +0.3 m, conditions.water.flow: 1 m/s}, over: 1 s}]\n"
    scene = of(base + WATER + line).draw(0, 0)
    assert scene.conditions.water is not None
    assert scene.conditions.water.depth_m == 0.0
    assert scene.conditions.at(0.0).water is None
    heading = scene.timeline[0].changes[0]
    assert (heading.name, heading.value) == ("water.direction", pytest.approx(math.pi / 2))


def test_plumes_and_a_tornado_change_in_their_units(of: Of, base: str) -> None:
    text = base + (
        "conditions:\n"
        "  plumes: [{kind: smoke, at: [9 m, 1 m], rate: 2 g/s}, {kind: dust, at: [9 m, 1 m], rate: 0 g/s}]\n"
        "  tornado: {x: 200 m, y: 0 m, core_radius: 20 m, max_speed: 20 m/s}\n"
        "timeline:\n"
        "  - at: 0.5 s\n"
        "    set: {conditions.tornado.x: +50 m}\n"
        '    ramp: {conditions.tornado.max_speed: 60 m/s, "conditions.plumes[1].rate": {uniform: [1 kg/s, 2 kg/s]}}\n'
        "    over: 1 s\n"
        '  - {when: "conditions.plumes[1].rate > 0.5 kg/s and conditions.tornado.max_speed > 40 m/s", emit: fierce}\n'
    )
    scene = of(text).draw(0, 0)
    changes = {c.name: c for c in scene.timeline[0].changes}
    assert changes["tornado.x"] == Change("tornado.x", 50.0, True, 0.0)
    assert changes["tornado.max_speed"] == Change("tornado.max_speed", 60.0, False, 1.0)
    assert 1.0 <= float(changes["plumes[1].rate"].value) <= 2.0
    assert Scene.from_json(scene.to_json()) == scene


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        ("{at: 1 s, set: {conditions.fog.more: 50 m}}", 28, ["did you mean 'conditions.fog.mor'?"]),
        ("{at: 1 s, set: {actors.ego.speed: 5 m/s}}", 28, ["unknown key 'actors.ego.speed' of 'set'"]),
        ("{at: 1 s, set: {conditions.fog.mor: 50 s}}", 48, ["'50 s' is a time; expected a length"]),
        ("{at: 1 s, ramp: {conditions.fog.mor: 0.1 m}, over: 1 s}", 49, ["out of range"]),
        ("{at: 1 s, ramp: {conditions.water.depth: +0.1 m}, over: 1 s}", 29, ["does not say where its water is"]),
        ("{at: 1 s, set: {conditions.tornado.max_speed: 50 m/s}}", 28, ["no tornado", "which may be 0 m/s"]),
        ('{at: 1 s, set: {"conditions.plumes[1].rate": 5 g/s}}', 28, ["no plumes[1]", "the first is plumes[0]"]),
        ("{at: 1 s, ramp: {conditions.surface.kind: ice}, over: 1 s}", 29, ["unknown key", "of 'ramp'"]),
        ("{at: 1 s, ramp: {conditions.fog.mor: 50 m}}", 12, ["lacks the key 'over'"]),
        ("{at: 1 s, set: {conditions.fog.mor: 50 m}, over: 1 s}", 55, ["'over' has no place", "'ramp'"]),
        ("{at: 1 s, for: 1 s, emit: x}", 22, ["'for' has no place", "'when'"]),
        ("{at: 9 s, emit: x}", 13, ["this step is at 9 s, the scene lasts 2 s"]),
        ("{at: 1 s}", 12, ["nothing happens in this step"]),
        ("{emit: x}", 12, ["a step has one of 'at', 'when', 'stop'; here is none of them"]),
        ('{at: 1 s, when: "t > 1 s", emit: x}', 12, ["here is 'at' and 'when'"]),
        ('{stop: "t > 1 s", emit: x}', 30, ["'emit' has no place", "the scene ends here"]),
        ('{when: "t", emit: x}', 19, ["is a time, not true or false"]),
        ('{when: "clearance(ego, cat) > 1 m", emit: x}', 35, ["'cat' is not the name of another actor"]),
        ("{at: 1 s, emit: No Good}", 28, ["'No Good' cannot name an event"]),
        ("{at: 1 s, emits: x}", 22, ["did you mean 'emit'?"]),
    ],
)
def test_a_fault_is_told_where_it_stands(of: Of, base: str, line: str, column: int, expected: list[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        of(base + f"timeline: [{line}]\n")
    found = [p for p in caught.value.problems if p.startswith(f"t.yaml:9:{column}:")]
    assert found, caught.value.problems
    for text in expected:
        assert any(text in p for p in found), found
