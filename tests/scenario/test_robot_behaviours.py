"""Behaviours of arms in YAML: settings with units, and what is wrong with them."""

from __future__ import annotations

import pytest

from simgen.errors import ScenarioError
from simgen.scenario import Scenario

TEXT = """
simgen: 1
site: {{room.table: {{}}}}
actors:
  ego: {{model: {model}, place: {{at: [-0.6 m, 0 m], drop: 0.76 m}}, behaviour: {behaviour}}}
  thing: {{model: tabletop.can, place: {{in: table, x: 0.1 m, y: 0.1 m}}}}
sensors:
  front: {{camera: {{width: 64, height: 48, hfov: 60 deg}}, mount: {{at: [1 m, 0 m, 1.5 m], yaw: 180 deg}}}}
duration: 1 s
"""


def scenario(behaviour: str, model: str = "robot.panda") -> Scenario:
    return Scenario.from_text(TEXT.format(model=model, behaviour=behaviour), "arm.yaml")


def test_settings_are_drawn_in_si_units_with_their_defaults() -> None:
    given = scenario("{reach: {x: {uniform: [40 cm, 50 cm]}, y: 0 m, z: 20 cm, speed: 0.4 m/s}}")
    drawn = [given.draw(1, k).actors[0] for k in range(4)]
    (act,) = drawn[0].acts
    assert (act.name, drawn[0].behaviour) == ("reach", "reach")
    assert act.params | {"x_m": 0.0} == {
        "x_m": 0.0, "y_m": 0.0, "z_m": 0.2, "speed_mps": 0.4, "dwell_s": 0.5, "back": True,
    }  # fmt: skip
    assert len({a.acts[0].params["x_m"] for a in drawn}) == 4
    assert all(0.4 <= float(a.acts[0].params["x_m"]) <= 0.5 for a in drawn)


def test_things_stand_on_the_table() -> None:
    scene = scenario("parked").draw(0, 0)
    assert scene.actors[0].position_m[2] == scene.actors[1].position_m[2] == 0.76


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        ("{reach: {x: 0.4, y: 0 m, z: 0.2 m}}", "0.4"),
        ("{reach: {x: 0.4 m, y: 0 m}}", "lacks the key 'z'"),
        ("{reach: {x: 0.4 m, y: 0 m, z: 0.2 m, sped: 1 m/s}}", "unknown key 'sped'"),
        ("{reach: 3}", "settings of 'reach' are a map"),
        ("{grab: {object: thing}}", "'grab'"),
        ("sweep", "lacks the key"),
    ],
)
def test_what_is_wrong_with_a_behaviour_is_named(behaviour: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        scenario(behaviour)


def test_only_arms_reach() -> None:
    with pytest.raises(ScenarioError, match="'reach' is for arms"):
        scenario("{reach: {x: 0.4 m, y: 0 m, z: 0.2 m}}", "robot.husky")
