"""A timeline all the way into a shard: pictures, labels, series and events say the same."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from simgen.conditions import Fog
from simgen.dataset import Dataset, verify
from simgen.generate import render
from simgen.labels.capture import Rig
from simgen.scenario import Scenario
from simgen.world import World

TEXT = """
simgen: 1
id: test/course
description: Fog comes in, the street goes dark and the scene ends early.
site: {road.straight: {}}
odd: {taxonomy: iso34503, inside: {fog: [excellent_visibility]}, outside_ok: [fog.thick]}
conditions:
  street_lights: {illuminance: 10 lx}
  sun: {elevation: -20 deg}
actors:
  ego: {model: car.sedan, place: {lane: main.0, s: 40 m}, speed: 10 m/s}
  crate: {model: box, place: {ahead_of: ego, by: 14 m}}
sensors:
  front: {camera: {width: 96, height: 72, hfov: 70 deg}, mount: ego.windscreen, labels: all, rate: 20 Hz}
require:
  - {that: "clearance(ego, all) > 1 m", why: no overlap}
timeline:
  - {at: 0.1 s, set: {conditions.fog.mor: 60 m, conditions.street_lights.illuminance: 0 lx}, emit: fog_came}
  - {stop: "t > 0.16 s", why: enough seen}
duration: 5 s
rate: 20 Hz
"""


def test_labels_and_picture_change_with_the_conditions() -> None:
    """Before the set transmittance is 1, from it on exp(-ln 20 d / 60 m) along each ray, and the light is gone."""
    scene = Scenario.from_text(TEXT, "course.yaml").draw(0, 0)
    frames = {}
    with World(scene) as world, Rig(scene, world.cast) as rig:
        for tick in range(25):
            if tick:
                world.step()
            if tick in (12, 24):
                snapshot = world.snapshot()
                frames[tick] = rig.capture("front", snapshot), len(snapshot.lamps.position_m)
    clear, lamps_before = frames[12]
    fogged, lamps_after = frames[24]
    assert lamps_before > lamps_after == 0
    assert clear.transmittance is not None
    assert fogged.transmittance is not None
    assert fogged.depth_m is not None
    assert clear.transmittance.min() == 255
    near = np.isfinite(fogged.depth_m) & (fogged.depth_m < 40.0)
    v, u = np.nonzero(near)
    K = fogged.K
    slant = np.sqrt(1.0 + ((u - K[0, 2]) / K[0, 0]) ** 2 + ((v - K[1, 2]) / K[1, 1]) ** 2)
    wanted = np.exp(-math.log(20.0) / 60.0 * fogged.depth_m[near] * slant)
    assert fogged.transmittance[near] / 255.0 == pytest.approx(wanted, abs=0.6 / 255.0)
    assert fogged.objects is not None
    crate = fogged.objects["instance"].tolist().index(2)
    seen = math.exp(-Fog(60.0).extinction_per_m * float(fogged.objects["distance_m"][crate]))
    assert float(fogged.objects["transmittance"][crate]) == pytest.approx(seen, abs=0.02)  # a mean over its pixels


def test_a_shard_holds_the_course_and_the_end(tmp_path: Path) -> None:
    scenario = Scenario.from_text(TEXT, "course.yaml")
    report = render(scenario, tmp_path / "data", 1, seed=0, workers=1, scenes_per_shard=1)
    assert report.exit_code == 0
    assert verify(tmp_path / "data") == []
    with Dataset(tmp_path / "data") as dataset:
        (view,) = list(dataset.scenes())
        tables = view.tables
    assert tables.outcome == "stopped"
    assert tables.scene == scenario.draw(0, 0)
    assert tables.conditions["time_s"].tolist() == pytest.approx([0.0, 0.05, 0.1, 0.15])
    assert tables.conditions["fog_mor_m"].tolist() == [math.inf, math.inf, 60.0, 60.0]
    assert tables.conditions["street_lights_illuminance_lx"].tolist() == [10.0, 10.0, 0.0, 0.0]
    assert tables.conditions["osi_fog"].tolist() == [b"excellent_visibility"] * 2 + [b"thick"] * 2
    assert tables.conditions["outside_odd"].tolist() == [b"", b"", b"fog.thick", b"fog.thick"]
    assert tables.conditions["iso34503_illumination"].tolist() == [b"low_ambient"] * 2 + [b"night"] * 2
    events = list(zip(tables.events["kind"].tolist(), tables.events["time_s"].tolist(), strict=True))
    told = [(k, t) for k, t in events if k in ("fog_came", "stop")]
    assert told == [("fog_came", 0.1), ("stop", pytest.approx(0.1625, abs=0.006))]
    assert json.loads(tables.scene.to_json())["timeline"][1]["why"] == "enough seen"


STORM = """
simgen: 1
id: test/storm
description: A tornado grows beside a fire that flares up.
site: {field: {}}
conditions:
  plumes: [{kind: dust, at: [6 m, 0 m], rate: 0 g/s, start: 0 s}]
  tornado: {x: 150 m, y: 0 m, core_radius: 20 m, max_speed: 10 m/s, cloud_base: 200 m, dust: 1 g/m^3}
actors:
  ego: {model: robot.husky, place: {at: [0 m, 0 m]}}
sensors:
  front: {camera: {width: 96, height: 72, hfov: 70 deg}, mount: ego.front}
timeline:
  - at: 0.25 s
    set: {conditions.tornado.x: -50 m, conditions.tornado.max_speed: 60 m/s, "conditions.plumes[0].rate": 200 g/s}
duration: 2 s
rate: 10 Hz
"""


def test_a_tornado_moves_and_a_source_begins_when_the_timeline_says_so() -> None:
    """Air, puffs and the series follow at once."""
    scene = Scenario.from_text(STORM, "storm.yaml").draw(0, 0)
    with World(scene) as world:
        before = world.snapshot()
        for _ in range(scene.physics_hz):
            world.step()
        after = world.snapshot()
    assert before.puffs.center_m[:, 0].mean() > 100.0
    assert (after.puffs.center_m[:, 0] < 0.0).sum() > 0.9 * len(before.puffs)
    assert len(after.puffs) > len(before.puffs)
    series = after.conditions.scalars()
    assert series["tornado_max_speed_mps"] == 60.0
    assert series["plumes_rate_kgps"] == pytest.approx(0.2)
