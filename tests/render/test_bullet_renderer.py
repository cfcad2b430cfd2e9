"""`renderer: tiny` draws the same light, air and water on PyBullet's surfaces as we do on ours."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from small_stage import CAMERA, OVERCAST, SUNNY, Thing, everything, floor, looking, luminance, matt, pose, stage
from test_repeatability import Poisoned, differing

from simgen.conditions import Conditions, Fog, Water
from simgen.models.geometry import box
from simgen.render import bullet_renderer as bullet_module
from simgen.render import renderer as renderer_module
from simgen.render import shading, visibility
from simgen.render.bullet_renderer import BulletRenderer
from simgen.render.renderer import Renderer

T_CAMERA = looking((0.0, 0.0, 1.7), (8.0, 0.3, 0.3))
POND = Water(0.15, 0.2, -50.0, 50.0, -50.0, -1.0, (0.0, 0.0), 0.3)


def boxes(conditions):
    """Of the roughness and reflectance that everything has through PyBullet's camera."""
    ground, block = (matt(a, roughness=0.8, f0=0.04) for a in (0.3, 0.5))
    things = [Thing(floor(60.0, 0.0, ground))]
    for k, (x, y, turn) in enumerate([(6.0, 1.2, 0.3), (9.0, -1.5, 1.0), (12.0, 2.5, 0.1)]):
        things.append(Thing(box((1.2, 1.2, 1.2), block), pose((x, y, 0.6), (0, 0, turn)), k + 1, "car"))
    return stage(things, conditions)


def both(snapshot):
    ours = Renderer(snapshot.cast).render(snapshot, CAMERA, T_CAMERA, antialias=1)
    tiny = BulletRenderer(snapshot.cast)
    try:
        return ours, tiny.render(snapshot, CAMERA, T_CAMERA)
    finally:
        tiny.close()


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(light=OVERCAST),
        Conditions(light=SUNNY),
        Conditions(light=OVERCAST, fog=Fog(40.0)),
        Conditions(light=OVERCAST, water=POND),
    ],
    ids=["overcast", "sun", "fog", "water"],
)
def test_plain_surfaces_look_the_same_through_both(conditions):
    ours, tiny = both(boxes(conditions))
    assert (ours.instance == tiny.instance).mean() > 0.999
    assert (ours.semantic == tiny.semantic).mean() > 0.999
    one, two = luminance(ours.radiance), luminance(tiny.radiance)
    assert (np.abs(one / two - 1.0) < 0.01).mean() > 0.98
    seen = np.isfinite(ours.depth_m) & np.isfinite(tiny.depth_m)
    degrees = np.degrees(np.arccos(np.clip((ours.normal * tiny.normal).sum(-1)[seen], -1.0, 1.0)))
    assert (degrees < 1.0).mean() > 0.98
    assert np.median(np.abs(ours.water_depth_m - tiny.water_depth_m)) < 1e-4


def test_flow_is_the_same_through_both():
    snapshot, previous, T = everything()
    dry = dataclasses.replace(snapshot, conditions=Conditions(light=OVERCAST))
    ours = Renderer(dry.cast).render(dry, CAMERA, T, previous=previous, radiance=False)
    tiny = BulletRenderer(dry.cast)
    theirs = tiny.render(dry, CAMERA, T, previous=previous, radiance=False)
    tiny.close()
    same = (ours.instance == theirs.instance) & np.isfinite(ours.depth_m) & np.isfinite(theirs.depth_m)
    assert same.mean() > 0.5
    gap = np.abs(ours.flow_px - theirs.flow_px)[same].max(-1)
    assert np.quantile(gap, 0.999) < 1.0 / 32.0
    assert math.isfinite(gap.max())


def test_uninitialised_memory_never_shows(monkeypatch):
    snapshot, previous, T = everything()
    pictures = []
    for fill in (0x00, 0xFF):
        poisoned = Poisoned(fill)
        for module in (renderer_module, visibility, shading, bullet_module):
            monkeypatch.setattr(module, "np", poisoned)
        tiny = BulletRenderer(snapshot.cast)
        pictures.append(tiny.render(snapshot, CAMERA, T, previous=previous))
        tiny.close()
        monkeypatch.undo()
        assert poisoned.made > 5
    assert differing(*pictures) == []
