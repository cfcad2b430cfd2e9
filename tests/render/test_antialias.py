"""Edges of the picture: a pixel's radiance is the mean over its samples, and no more than that."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_stage import CAMERA, NIGHT, OVERCAST, Thing, draw, looking, luminance, matt, rays, stage, wall

from simgen.conditions import Conditions
from simgen.models import Material
from simgen.models.geometry import mesh_of_quads
from simgen.render.visibility import SAMPLE_OFFSETS

FORWARD = looking((0.0, 0.0, 1.5), (10.0, 0.0, 1.5))


def glowing(mesh_points, emission=100.0):
    material = Material("glow", (0.0, 0.0, 0.0), roughness=1.0, f0=0.0, emission_cd_m2=(emission,) * 3)
    return Thing(mesh_of_quads([mesh_points], material))


def test_the_share_of_an_edge_pixel_is_that_of_its_four_samples():
    """A slanted glowing plate before black: count the samples on it in NumPy."""
    back = Thing(wall(20.0, -90, 90, -90, 90, matt(0.0)))
    plate = glowing([(8, 3, 0.2), (8, -2, -1.3), (8, -3, 3.1), (8, 2, 4.2)])
    seen = luminance(draw(stage([back, plate], Conditions(light=NIGHT)), FORWARD, antialias=4).radiance)
    corners = np.array([(3, 0.2), (-2, -1.3), (-3, 3.1), (2, 4.2)])
    count = np.zeros(seen.shape)
    margin = np.full(seen.shape, np.inf)
    for s in range(4):
        dx, dy = SAMPLE_OFFSETS[4][s], (s + 0.5) / 4 - 0.5
        d = rays(CAMERA) + np.array([dx / CAMERA.fx, dy / CAMERA.fy, 0.0])
        y, z = -8.0 * d[..., 0], 1.5 - 8.0 * d[..., 1]
        inside = np.ones(seen.shape, bool)
        for k in range(4):
            a, b = corners[k], corners[(k + 1) % 4]
            side = (b[0] - a[0]) * (z - a[1]) - (b[1] - a[1]) * (y - a[0])
            inside &= side < 0.0
            margin = np.minimum(margin, np.abs(side))
        count += inside
    sure = margin > 1e-4
    assert set(np.unique(count)) == {0.0, 1.0, 2.0, 3.0, 4.0}
    assert np.abs(seen - 25.0 * count)[sure].max() < 1e-2


def test_samples_are_spread_in_both_directions():
    x, y = SAMPLE_OFFSETS[4], (np.arange(4) + 0.5) / 4 - 0.5
    assert len(set(x)) == 4
    assert x.mean() == pytest.approx(0.0)
    assert y.mean() == pytest.approx(0.0)
    assert np.abs(x).max() < 0.5
    assert sorted(x) == pytest.approx(list(y))


def test_a_plain_picture_gains_nothing_from_more_samples():
    """Inside of one surface, and in the sky, both are the same bits."""
    ground = Thing(mesh_of_quads([[(-90, -90, 0), (90, -90, 0), (90, 90, 0), (-90, 90, 0)]], matt(0.4)))
    snapshot = stage([ground], Conditions(light=OVERCAST))
    one, four = (draw(snapshot, FORWARD, antialias=n).radiance for n in (1, 4))
    same = (one == four).all(-1)
    rows = np.flatnonzero(~same.all(axis=1))
    assert len(rows) <= 2  # the horizon
    assert abs(rows.mean() - CAMERA.cy) < 2.0 if len(rows) else True


def test_a_thin_rod_keeps_its_mean_brightness():
    """A quarter pixel wide and slanted: the sum over the picture is its area, however it falls on the pixels."""
    width = 0.25 * 8.0 / CAMERA.fx
    lean = 0.05
    rod = glowing([(8, width, 0.0), (8, 0, 0.0), (8, lean, 3.0), (8, lean + width, 3.0)])
    back = Thing(wall(20.0, -90, 90, -90, 90, matt(0.0)))
    seen = luminance(draw(stage([back, rod], Conditions(light=NIGHT)), FORWARD, antialias=4).radiance)
    area = 0.25 * 3.0 / 8.0 * CAMERA.fy
    assert seen.sum() / 100.0 == pytest.approx(area, rel=0.25)
    assert math.isfinite(seen.max())
    assert seen.max() <= 100.01
