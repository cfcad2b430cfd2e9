"""Streaks of rain: how long, how wide, how bright, where, and the same each time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from small_stage import CAMERA, NIGHT, OVERCAST, Thing, floor, looking, luminance, matt, stage, wall

from simgen.conditions import Conditions, Rain
from simgen.conditions.rain import DROPS_PER_M4, MM_PER_H
from simgen.render.camera_model import CameraModel
from simgen.render.kernels.falling import phase
from simgen.render.kernels.lamps import LAMP_COLUMNS
from simgen.render.kernels.sources import BOUNCE_R, SKY_R, SOURCES
from simgen.render.kernels.streaks import streaks
from simgen.render.rain import FARTHEST_M, LEAST_M, NEAREST_M, drop_count, drop_diameters_m
from simgen.render.renderer import Renderer
from simgen.rng import Stream

FORWARD = looking((0.0, 0.0, 1.5), (10.0, 0.0, 1.5))
HEAVY = Rain(60.0 * MM_PER_H)
OPEN = (np.full(4, -np.inf, np.float32), np.array([1.0, 0.0, 0.0, 2.0]))


def one_streak(
    velocity=(0.0, 0.0, 0.0), depth=np.inf, shutter=0.01, at=(0.5, 0.5), cover=OPEN, pose=FORWARD, ground=1.0,
    away=5.0,
):  # fmt: skip
    """A drop of 2 mm, 5 m before a camera with a focal length of 1000 px, as the share of a picture that it covers."""
    size = 101
    image = np.zeros((size, size, 3), np.float32)
    src = np.zeros(SOURCES, np.float32)
    src[SKY_R : SKY_R + 3] = math.pi / 0.94
    src[BOUNCE_R : BOUNCE_R + 3] = ground * math.pi / 0.94
    streaks(
        image, np.full((size, size), depth, np.float32), np.array([[0.5, *at, 0.5]]), np.full(2, away),
        np.full(2, 2e-3),
        np.array([0.05, 0.05]), np.array(velocity), shutter, pose[:3].copy(), np.array([1000.0, 1000.0, 50.0, 50.0]),
        CameraModel(size, size, 1000.0, 1000.0, 50.0, 50.0).lens, np.eye(3), src,
        np.zeros((0, LAMP_COLUMNS), np.float32), *cover, np.empty(3, np.float32),
    )  # fmt: skip
    return image[..., 0].astype(np.float64)


def test_a_streak_is_as_long_as_the_drop_falls_while_the_shutter_is_open():
    """f v T / Z = 1000 * 6.548 * 0.01 / 5 = 13.10 px, 0.40 px wide, and it covers pi / 4 * 0.4^2 px in the mean."""
    seen = one_streak()
    rows, columns = np.nonzero(seen)
    assert set(columns) == {50}
    assert rows.max() - rows.min() + 1 in (14, 15)
    assert rows.mean() == pytest.approx(50.0, abs=0.5)
    assert seen.sum() == pytest.approx(math.pi / 4 * 0.4**2, rel=1e-4)
    inner = seen[47:54, 50]
    assert inner.max() == pytest.approx(math.pi / 4 * 0.4**2 / (13.10 + 0.40), rel=1e-3)


def test_twice_the_shutter_is_twice_as_long_and_half_as_bright():
    short, long = one_streak(), one_streak(shutter=0.02)
    assert (long > 0).sum() == pytest.approx(2 * (short > 0).sum(), abs=3)
    assert long.sum() == pytest.approx(short.sum(), rel=1e-4)


def test_wind_slants_a_streak_and_speed_turns_it_outwards():
    rows, columns = np.nonzero(one_streak((0.0, -6.548, 0.0)))  # to the right as fast as it falls
    assert np.polyfit(columns, rows, 1)[0] == pytest.approx(1.0, abs=0.1)
    left = np.nonzero(one_streak((-20.0, 0.0, 0.0), at=(0.1, 0.5)))  # the camera drives towards it
    slope, _ = np.polyfit(left[0], left[1], 1)
    assert slope < -0.05


@pytest.mark.parametrize("slant", [0.0, 4.0])
def test_a_near_drop_is_a_soft_band_with_round_ends(slant):
    """At 0.25 m, 8 px wide: each point is covered as long as the disc is over it, here counted out by its way."""
    seen = one_streak((0.0, -slant, 0.0), away=0.25, shutter=0.003)
    step = 1000.0 / 0.25 * 0.003 * np.array([slant, 6.548])
    row, column = np.indices(seen.shape)
    fine = 4
    expected = np.zeros_like(seen)
    for u in np.linspace(-0.5, 0.5, 401):
        for k in range(fine * fine):
            x = column - 50.0 + ((k % fine) + 0.5) / fine - 0.5 - u * step[0]
            y = row - 50.0 + ((k // fine) + 0.5) / fine - 0.5 - u * step[1]
            expected += (np.hypot(x, y) < 4.0) / (401 * fine * fine)
    assert seen.sum() == pytest.approx(math.pi / 4 * 8.0**2, rel=0.01)
    assert np.abs(seen - expected).max() < 0.02


def test_a_drop_of_either_kind_covers_as_much():
    thin, wide = one_streak(away=1.34, shutter=1e-3), one_streak(away=1.33, shutter=1e-3)
    assert wide.sum() == pytest.approx(thin.sum() * (1.34 / 1.33) ** 2, rel=0.03)


def test_no_streak_behind_things_or_under_a_roof():
    assert one_streak(depth=4.9).max() == 0.0
    assert one_streak(depth=5.1).max() > 0.0
    roof = (np.full(100, 4.0, np.float32), np.array([1.0, 0.0, 5.0, 10.0]))
    assert one_streak(cover=roof).max() == 0.0


def test_as_many_drops_as_marshall_and_palmer_count():
    number, _ = quad(lambda d: DROPS_PER_M4 * math.exp(-HEAVY.slope_per_m * d), LEAST_M, 0.03)
    volume, _ = quad(lambda z: (2 * 0.7 * z) * (2 * 0.5 * z), NEAREST_M, FARTHEST_M)
    assert drop_count(HEAVY, (0.7, 0.5)) == round(number * volume)
    sizes = drop_diameters_m(HEAVY)
    assert sizes[0] == LEAST_M
    assert np.interp(0.5, np.linspace(0, 1, len(sizes)), sizes) == pytest.approx(
        LEAST_M + math.log(2.0) / HEAVY.slope_per_m, rel=1e-4
    )


def test_a_drop_scatters_all_that_it_gets():
    total, _ = quad(lambda c: 2.0 * math.pi * float(phase(np.float32(c))), -1.0, 1.0)
    assert total == pytest.approx(1.0, rel=1e-4)


@pytest.mark.parametrize("elevation_deg", [-60.0, -20.0, 0.0, 10.0, 27.0, 60.0])
def test_a_drop_shows_the_sky_by_its_phase_function(elevation_deg):
    """Over a black ground: the integral over the sky of what the drop turns from there to the eye."""
    e = math.radians(elevation_deg)
    pose = looking((0.0, 0.0, 1.5), (10.0 * math.cos(e), 0.0, 1.5 + 10.0 * math.sin(e)))
    up, azimuth = np.meshgrid((np.arange(300) + 0.5) / 300, 2.0 * math.pi * (np.arange(300) + 0.5) / 300)
    turned = up * math.sin(e) + np.sqrt(1.0 - up * up) * np.cos(azimuth) * math.cos(e)
    b = 1.0 + 0.6**2 - 2.0 * 0.6 * turned  # Henyey and Greenstein, asymmetry 0.6
    expected = ((1.0 - 0.6**2) / (4.0 * math.pi * b**1.5)).mean() * 2.0 * math.pi
    share = one_streak(pose=pose, ground=0.0).sum() / one_streak(pose=pose).sum()
    assert share == pytest.approx(expected, abs=0.006)


def rained(tick=0, light=OVERCAST, lit=(), albedo=0.02, shutter=0.01):
    """A picture of a dark wall without the streaks, and with them."""
    things = [Thing(floor(material=matt(albedo))), Thing(wall(12.0, -60.0, 60.0, 0.0, 40.0, matt(albedo)))]
    snapshot = stage(things, Conditions(light=light, rain=HEAVY), lit=lit)
    renderer = Renderer(snapshot.cast)
    buffers = renderer.render(snapshot, CAMERA, FORWARD, antialias=1)
    before = buffers.radiance.copy()
    renderer.add_falling(buffers, snapshot, CAMERA, np.zeros(3), shutter, Stream(1, 2, f"rain.front.{tick}"))
    return before, buffers.radiance


def test_streaks_brighten_what_is_dark():
    before, after = rained()
    assert luminance(after).mean() > luminance(before).mean()
    assert (after != before).any(axis=2).mean() > 0.05


def test_drops_shine_in_the_light_of_lamps():
    beam = [((0.0, 0.0, 0.7), (1.0, 0.0, 0.0), 10000.0, 1, 0.4, 0)]
    dark = luminance(rained(light=NIGHT, shutter=1 / 30)[1])
    before, after = (luminance(p) for p in rained(light=NIGHT, lit=beam, shutter=1 / 30))
    assert (after - before).max() > 100.0 * dark.max()


def test_streaks_are_keyed_by_the_picture():
    first, again, other = rained(3)[1], rained(3)[1], rained(4)[1]
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_without_rain_nothing_is_drawn():
    snapshot = stage([Thing(floor())], Conditions(light=OVERCAST))
    renderer = Renderer(snapshot.cast)
    buffers = renderer.render(snapshot, CAMERA, FORWARD, antialias=1)
    before = buffers.radiance.copy()
    renderer.add_falling(buffers, snapshot, CAMERA, np.zeros(3), 0.01, Stream(1, 2, "rain"))
    assert np.array_equal(before, buffers.radiance)
