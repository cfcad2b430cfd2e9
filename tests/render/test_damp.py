"""Rain on things: what catches it, what stays dry, how soaked and smooth surfaces change, and the label."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from small_stage import CAMERA, OVERCAST, Thing, draw, floor, looking, luminance, matt, project, stage, wall

from simgen.conditions import Conditions, Rain, Wind
from simgen.conditions.rain import MM_PER_H
from simgen.conditions.wetness import wet_albedo
from simgen.models import Material
from simgen.models.geometry import box
from simgen.render.damp import rain_of
from simgen.render.kernels.maths import cube_root

FORWARD = looking((0.0, 0.0, 1.5), (12.0, 0.0, 1.5))
CLOTH = Material("cloth", (0.3,) * 3, roughness=1.0, f0=0.0, pattern="cloth", contrast=0.0)
SHEET = Material("plastic", (0.3,) * 3, roughness=0.6)


def rainy(rate_mm_per_h, *things, wind=None, light=OVERCAST):
    conditions = Conditions(light=light, rain=Rain(rate_mm_per_h * MM_PER_H), wind=wind or Wind())
    return stage([Thing(floor()), *things], conditions)


def test_cube_roots():
    for x in (1e-14, 3e-12, 1e-10, 0.5, 8.0):
        assert float(cube_root(np.float32(x))) == pytest.approx(x ** (1.0 / 3.0), rel=2e-6)


def test_driving_rain_is_that_of_the_standard():
    """ISO 15927-3: 2/9 v r^(8/9) across the wall; eddies of 0.5 m/s wet all walls."""
    conditions = Conditions(rain=Rain(20.0 * MM_PER_H), wind=Wind(10.0, roughness_m=0.0))
    level, front, back, x, y = rain_of(conditions)
    assert level == pytest.approx(20.0 * MM_PER_H, rel=1e-6)
    assert (front - back) / MM_PER_H == pytest.approx(2.0 / 9.0 * 10.0 * 20.0 ** (8.0 / 9.0), rel=1e-5)
    assert back == pytest.approx(0.05 * (front - back), rel=1e-5)
    assert (x, y) == pytest.approx((1.0, 0.0))


def test_films_are_those_of_running_water_and_roofs_keep_dry():
    """On a level top: h^3 = 3 nu r L / g; below a roof, and under the thing, nothing."""
    top = Thing(box((2.0, 2.0, 1.0), SHEET, (8.0, 0.0, 0.5)), instance=1, class_name="car")
    for rate in (2.0, 10.0):
        open_air = draw(rainy(rate, top), looking((4.0, 0.0, 4.0), (8.0, 0.0, 1.0)), wetness=True)
        films = open_air.wetness_m[open_air.instance == 1]
        expected = (3.0 * 1.0e-6 * rate * MM_PER_H * 1.0 / 9.81) ** (1.0 / 3.0)
        assert np.median(films) == pytest.approx(expected, rel=0.02)
    roof = Thing(box((12.0, 12.0, 0.3), matt(0.3), (8.0, 0.0, 6.0)), class_name="bridge")
    below = draw(rainy(10.0, top, roof), looking((4.0, 0.0, 4.0), (8.0, 0.0, 1.0)), wetness=True)
    assert (below.instance == 1).sum() > 500
    assert below.wetness_m[below.instance == 1].max() == 0.0
    dry = draw(rainy(0.0, top), looking((4.0, 0.0, 4.0), (8.0, 0.0, 1.0)), wetness=True)
    assert dry.wetness_m.max() == 0.0


def test_soaked_cloth_darkens_by_the_published_law():
    things = Thing(wall(8.0, -3.0, 3.0, 0.0, 4.0, CLOTH), instance=1, class_name="car")
    storm = Wind(30.0, direction_rad=0.0)  # on to the wall
    wet, dry = (luminance(draw(rainy(r, things, wind=storm), FORWARD).radiance) for r in (60.0, 0.0))
    u, v = (round(float(p)) for p in project(CAMERA, FORWARD, (8.0, 0.0, 2.5)))
    # What the rain in 8 m of air takes and adds is told by a wall that does not change.
    still = dataclasses.replace(CLOTH, albedo=(0.0,) * 3)
    black = Thing(wall(8.0, -3.0, 3.0, 0.0, 4.0, still), instance=1, class_name="car")
    haze, none = (luminance(draw(rainy(r, black, wind=storm), FORWARD).radiance) for r in (60.0, 0.0))
    through = math.exp(-Rain(60.0 * MM_PER_H).extinction_per_m * 8.0)
    assert none[v, u] == pytest.approx(0.0, abs=1e-3 * dry[v, u])
    assert (wet[v, u] - haze[v, u]) / through / dry[v, u] == pytest.approx(wet_albedo(0.3) / 0.3, rel=0.02)


def test_the_lee_is_drier_than_what_faces_the_wind():
    things = Thing(wall(8.0, -3.0, 3.0, 0.0, 4.0, CLOTH), instance=1, class_name="car")
    seen = {}
    for degrees in (0.0, 90.0, 180.0):
        wind = Wind(12.0, direction_rad=math.radians(degrees))
        b = draw(rainy(5.0, things, wind=wind), FORWARD, wetness=True)
        seen[degrees] = float(np.median(b.wetness_m[b.instance == 1]))
    assert seen[0.0] > seen[90.0] > seen[180.0] > 0.0
    assert seen[180.0] < 0.5 * seen[0.0]


def test_smooth_things_get_a_sheen_and_keep_their_colour():
    """Aslant, a wet top mirrors the sky as water does; from above hardly more than a dry one."""
    top = Thing(box((30.0, 8.0, 0.5), dataclasses.replace(SHEET, albedo=(0.02,) * 3), (20.0, 0.0, 0.25)), instance=1,
                class_name="car")  # fmt: skip
    eye = looking((0.0, 0.0, 1.6), (14.0, 0.0, 0.5))
    wet, dry = (luminance(draw(rainy(r, top), eye).radiance) for r in (4.0, 0.0))
    u, v = (round(float(p)) for p in project(CAMERA, eye, (16.0, 0.0, 0.5)))
    assert wet[v, u] > 1.3 * dry[v, u]


def test_the_same_bits_twice_and_none_changed_without_rain():
    things = Thing(wall(8.0, -3.0, 3.0, 0.0, 4.0, CLOTH), instance=1, class_name="car")
    a, b = (draw(rainy(9.0, things), FORWARD, antialias=4).radiance for _ in range(2))
    assert a.tobytes() == b.tobytes()
