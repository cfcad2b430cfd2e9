"""Wet ground: how dark, how smooth, what it mirrors, and where."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from small_stage import (
    CAMERA,
    NIGHT,
    OVERCAST,
    Thing,
    draw,
    floor,
    looking,
    luminance,
    matt,
    pose,
    project,
    stage,
    wall,
)

from simgen.conditions import Conditions, Patch, Surface, Water
from simgen.conditions.water import N_ICE, fresnel_unpolarised
from simgen.conditions.wetness import wet_albedo
from simgen.models import Material, class_by_name
from simgen.models.geometry import box
from simgen.render.camera_model import CameraModel
from simgen.render.film import UNEVEN_M, puddle_level_m
from simgen.render.kernels.film import PUDDLES
from simgen.render.noise import CLOUD, field
from simgen.scenario.distortion import Distortion

FORWARD = looking((0.0, 0.0, 1.5), (12.0, 0.0, 0.0))
DOWN = looking((0.0, 0.0, 4.0), (0.01, 0.0, 0.0))
SOIL = Material("soil", (0.2, 0.2, 0.2), roughness=1.0, f0=0.0, pattern="soil", contrast=0.0)
BLACK, WHITE = matt(0.0), matt(0.8)


def road(film_m, *things, material=BLACK, patches=(), light=OVERCAST, lit=()):
    """A flat road under a film with things on it."""
    surface = Surface(film_m=film_m, patches=tuple(patches))
    return stage([Thing(floor(material=material)), *things], Conditions(light=light, surface=surface), lit=lit)


def test_a_film_on_soil_darkens_it_by_the_published_law_and_adds_no_gloss():
    dry, wet = (luminance(draw(road(f, material=SOIL), DOWN).radiance) for f in (0.0, 1e-3))
    assert wet / dry == pytest.approx(wet_albedo(0.2) / 0.2, rel=1e-4)


def test_a_deep_film_mirrors_a_wall_by_fresnel():
    """On black ground all that is seen is the mirror image: F(angle) times the wall's radiance."""
    far = Thing(wall(20.0, -99.0, 99.0, 0.0, 60.0, WHITE), class_name="building")
    snapshot = road(0.04, far)
    seen = luminance(draw(snapshot, FORWARD).radiance)
    on_wall = seen[40, 80]
    for x_m in (6.0, 10.0, 14.0):
        (u, v) = project(CAMERA, FORWARD, (x_m, 0.0, 0.0))
        cosine = 1.5 / math.hypot(1.5, x_m)
        assert seen[round(v), round(u)] / on_wall == pytest.approx(fresnel_unpolarised(cosine), rel=0.06), x_m


def test_a_mirror_image_stands_upright_below_its_thing():
    """A white post on black ground: its image is as far below the foot as the post is tall, and nowhere else."""
    post = Thing(wall(10.0, -0.3, 0.3, 0.0, 0.9, WHITE), class_name="building")
    with_post, without = (
        luminance(
            draw(
                road(0.04, *things, light=NIGHT, lit=[((8.0, 0.0, 6.0), (0.3, 0.0, -1.0), 900.0, 0, 1.0, 0)]), FORWARD
            ).radiance
        )
        for things in ((post,), ())
    )
    u, v = (round(float(p)) for p in project(CAMERA, FORWARD, (10.0, 0.0, -0.45)))
    assert with_post[v, u] > 1.5 * without[v, u]
    assert with_post[v, u + 12] == pytest.approx(without[v, u + 12], rel=0.05)


def test_a_film_draws_lamps_out_into_streaks():
    """Seen against the lamp, wet asphalt is brighter than dry, and the light patch is taller than wide."""
    lamp = [((40.0, 0.0, 0.7), (-1.0, 0.0, -0.05), 5000.0, 0, 1.0, 0)]
    asphalt = Material("asphalt", (0.08,) * 3, roughness=0.9, pattern="asphalt", contrast=0.0)
    dry, wet = (
        luminance(draw(road(f, material=asphalt, light=NIGHT, lit=lamp), FORWARD).radiance) for f in (0.0, 1.5e-3)
    )
    below = wet[61:, 80]
    assert below.max() > 5.0 * dry[61:, 80].max()
    bright = wet[61:] > 0.1 * below.max()
    assert bright.any(axis=1).sum() > 2 * bright.any(axis=0).sum()


def test_a_thin_post_is_one_streak_on_wet_asphalt():
    """Facets of every slant blur its image into one dark streak that is nowhere darker aside; no copies of it."""
    asphalt = Material("asphalt", (0.08,) * 3, roughness=0.6, pattern="asphalt", contrast=0.0)
    post = Thing(wall(20.0, -0.1, 0.1, 0.0, 12.0, BLACK), class_name="building")
    camera = CameraModel(640, 480, 457.0, 457.0, 319.5, 239.5)
    with_post, without = (
        luminance(draw(road(1e-4, *things, material=asphalt), FORWARD, camera).radiance) for things in ((post,), ())
    )
    for row in (330, 380, 430):
        lost = 1.0 - with_post[row] / without[row]
        assert lost.max() > 0.002
        for side in (lost[320:], lost[319::-1]):
            assert (side - np.minimum.accumulate(side)).max() < 0.15 * lost.max()


def test_only_the_patch_is_wet():
    patch = Patch("paved", 1e-3, 4.0, 8.0, -2.0, 2.0)
    snapshot = road(0.0, material=matt(0.3), patches=[patch])
    wet, dry = draw(snapshot, FORWARD), draw(road(0.0, material=matt(0.3)), FORWARD)
    inside, outside = ((round(float(v)), round(float(u))) for u, v in project(CAMERA, FORWARD, [(6, 0, 0), (9, 0, 0)]))
    assert wet.radiance[inside].max() < 0.97 * dry.radiance[inside].max()
    assert np.array_equal(wet.radiance[outside], dry.radiance[outside])
    assert np.array_equal(wet.depth_m, dry.depth_m)


def test_things_on_the_ground_stay_dry():
    thing = Thing(floor(0.5, 0.3, matt(0.3), (6.0, 0.0)), instance=1, class_name="car")
    wet, dry = (draw(road(f, thing, material=matt(0.3)), FORWARD) for f in (1e-3, 0.0))
    on = dry.instance == 1
    assert on.sum() > 50
    assert np.array_equal(wet.radiance[on], dry.radiance[on])
    assert not np.array_equal(wet.radiance[~on], dry.radiance[~on])


@pytest.mark.parametrize("film_m", [1e-4, 5e-4, 2e-3, 2e-2])
def test_puddles_hold_as_much_water_as_the_film(film_m):
    level = puddle_level_m(film_m, UNEVEN_M)
    held = np.maximum(level - UNEVEN_M * field(CLOUD) / 255.0, 0.0).mean()
    assert held == pytest.approx(float(PUDDLES) * film_m, rel=1e-6)


def test_the_same_bits_twice():
    snapshot = road(7e-4, Thing(wall(20.0, -5.0, 5.0, 0.0, 4.0, WHITE), class_name="building"), material=matt(0.2))
    assert (
        draw(snapshot, FORWARD, antialias=4).radiance.tobytes()
        == draw(snapshot, FORWARD, antialias=4).radiance.tobytes()
    )


def test_ice_mirrors_by_its_own_index_and_lies_without_puddles():
    """Fresnel's equations for n = 1.31 give 5 to 10 % less than for water, and water on top gives water's."""
    far = Thing(wall(20.0, -99.0, 99.0, 0.0, 60.0, WHITE), class_name="building")
    smooth = matt(0.0, roughness=0.2)
    iced, flooded = (
        luminance(draw(stage([Thing(floor(material=smooth)), far], Conditions(
            light=OVERCAST, surface=Surface(kind="ice", film_m=film_m))), FORWARD).radiance)
        for film_m in (0.0, 0.04)
    )  # fmt: skip
    on_wall = iced[40, 80]
    u, v = (round(float(p)) for p in project(CAMERA, FORWARD, (6.0, 0.0, 0.0)))
    cosine = 1.5 / math.hypot(1.5, 6.0)
    assert flooded[v, u] / on_wall == pytest.approx(fresnel_unpolarised(cosine), rel=0.06)
    assert iced[v, u] / flooded[v, u] == pytest.approx(
        fresnel_unpolarised(cosine, N_ICE) / fresnel_unpolarised(cosine), abs=0.02
    )


def test_black_ice_can_be_seen_on_a_dry_road_and_only_where_it_lies():
    """Darker from above, by the law of wetted ground; brighter against the sky than the road around it."""
    asphalt = Material("asphalt", (0.1, 0.1, 0.1), roughness=0.9, f0=0.0)
    patch = Patch("ice", 0.0, -60.0, 60.0, 0.0, 60.0)
    seen = luminance(draw(road(0.0, material=asphalt, patches=[patch]), DOWN).radiance)
    left, right = seen[:, :40].mean(), seen[:, -40:].mean()
    assert left < 0.9 * right
    ahead = luminance(draw(road(0.0, material=asphalt, patches=[patch]), FORWARD).radiance)
    assert ahead[70:80, :40].mean() > 1.1 * ahead[70:80, -40:].mean()


def label(snapshot, camera, T, **options):
    return draw(snapshot, T, camera, wetness=True, **options).wetness_m


@pytest.mark.parametrize("film_m", [2e-4, 1e-3, 5e-3])
def test_the_label_of_a_wet_road_holds_as_much_water_as_the_film(film_m):
    """From high above the mean over the road is the film; hollows hold more than humps, which keep their share."""
    high = looking((0.0, 0.0, 50.0), (0.01, 0.0, 0.0))
    found = label(road(film_m), CAMERA, high)
    assert found.mean() == pytest.approx(film_m, rel=0.15)
    assert found.min() >= (1.0 - PUDDLES) * film_m * 0.999
    assert found.max() > 1.2 * found.min()
    soaked = label(road(film_m, material=SOIL), CAMERA, high)
    assert soaked == pytest.approx(film_m, rel=1e-6)


def test_only_wet_ground_is_labelled_wet_and_where_the_picture_shows_it():
    patch = Patch("paved", 2e-3, 4.0, 9.0, -2.0, 2.0)
    block = Thing(box((1.0, 1.0, 1.0), WHITE, (0.0, 0.0, 0.5)), pose((6.0, 0.0, 0.0)), 1, "car")
    wet, dry = road(0.0, block, patches=[patch]), road(0.0, block)
    buffers = draw(wet, FORWARD, wetness=True)
    shown = np.abs(luminance(buffers.radiance) - luminance(draw(dry, FORWARD).radiance)) > 0.0
    found = buffers.wetness_m > 0.0
    assert found.any()
    assert (found == shown).mean() > 0.99
    assert not found[buffers.instance == 1].any()
    assert not found[np.isinf(buffers.depth_m)].any()
    assert (label(dry, CAMERA, FORWARD) == 0.0).all()
    assert draw(wet, FORWARD).wetness_m is None


def test_ice_is_no_film_of_water():
    snapshot = stage([Thing(floor(material=BLACK))], Conditions(light=OVERCAST, surface=Surface(kind="ice")))
    assert (label(snapshot, CAMERA, FORWARD) == 0.0).all()
    thawing = Conditions(light=OVERCAST, surface=Surface(kind="ice", film_m=1e-3))
    assert (label(stage([Thing(floor(material=BLACK))], thawing), CAMERA, DOWN) > 0.0).any()


def test_under_a_flood_and_through_a_lens():
    flooded = dataclasses.replace(
        road(1e-3),
        conditions=Conditions(
            light=OVERCAST, surface=Surface(film_m=1e-3), water=Water(0.2, 0.2, 3.0, 9.0, -9.0, 9.0, (0.0, 0.0), 0.05)
        ),
    )
    buffers = draw(flooded, FORWARD, wetness=True)
    water = buffers.semantic == class_by_name("water").id
    assert water.any()
    assert (buffers.wetness_m[water] == 0.0).all()
    assert (buffers.wetness_m[~water & np.isfinite(buffers.depth_m)] > 0.0).all()
    bent = CameraModel.from_hfov(160, 120, math.radians(70.0), Distortion("brown_conrady", (0.0,) * 5))
    through = draw(flooded, FORWARD, bent, wetness=True)
    same = (through.semantic == buffers.semantic) & np.isfinite(buffers.depth_m) & ~water
    assert through.wetness_m[same] == pytest.approx(buffers.wetness_m[same], rel=2e-2, abs=1e-6)
    assert (through.wetness_m[through.semantic == class_by_name("water").id] == 0.0).all()
