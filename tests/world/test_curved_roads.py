"""Drivers on lanes that bend, climb and turn."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simgen.models import build_site
from simgen.scenario import Scenario
from simgen.world import World

TEXT = """simgen: 1
description: a car on a lane
extends: [lib/weather/clear_day.yaml, lib/rigs/front_camera.yaml]
site: {{{site}: {{}}}}
conditions: {{sun: {{elevation: 30 deg, azimuth: 0 deg}}}}
actors:
  ego: {{model: car.sedan, place: {{lane: {lane}, s: {s} m}}, speed: {speed} m/s}}
duration: {seconds} s
"""
MU = 0.8
"""A little below the dry friction of the tyres at these speeds."""


@pytest.mark.parametrize(
    ("site", "lane", "s", "speed", "seconds", "most_m"),
    [
        ("road.curve", "main.0", 80, 0.8 * math.sqrt(MU * 9.81 * 120.0), 7, 0.75),
        ("road.mountain", "main.0", 60, 14.0, 9, 0.6),
        ("road.intersection", "south.left", 70, 7.0, 8, 0.75),
    ],
)
def test_a_car_keeps_its_lane(
    tmp_path, site: str, lane: str, s: float, speed: float, seconds: float, most_m: float
) -> None:
    """At 80 % of the speed sqrt(mu g R) that the bend could carry; up the grade; and through a turn."""
    path = tmp_path / "drive.yaml"
    path.write_text(TEXT.format(site=site, lane=lane, s=s, speed=round(speed, 3), seconds=seconds), encoding="utf-8")
    scene = Scenario.load(path).draw(0, 0)
    way = build_site(site).lanes[lane]
    world = World(scene)
    offsets, at = [], 0.0
    for tick in range(240 * int(seconds)):
        world.step()
        if tick % 24 == 0:
            snapshot = world.snapshot()
            at, offset = way.project(*snapshot.T_world_object[0, :2, 3])
            offsets.append(offset)
    assert np.abs(offsets).max() < most_m
    assert np.linalg.norm(snapshot.velocity_mps[0]) == pytest.approx(speed, rel=0.03)
    assert at - s > 0.95 * speed * (seconds - 1.0)
