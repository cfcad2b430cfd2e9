"""Flakes before the camera: how large, how far drawn out, how bright, where, and the same each time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from small_stage import CAMERA, NIGHT, OVERCAST, Thing, draw, floor, looking, luminance, matt, stage, wall

from simgen.conditions import Conditions, Snow
from simgen.conditions.rain import MM_PER_H
from simgen.conditions.snow import fall_speed_mps, flake_diameter_m
from simgen.render.camera_model import CameraModel
from simgen.render.kernels.falling import scattered
from simgen.render.kernels.flakes import DRAWS, MATT, flakes
from simgen.render.kernels.lamps import LAMP_COLUMNS
from simgen.render.kernels.sources import BOUNCE_R, SKY_R, SOURCES
from simgen.render.renderer import Renderer
from simgen.render.snowfall import FARTHEST_M, LEAST_MELTED_M, NEAREST_M, flake_count, flake_sizes
from simgen.rng import Stream

FORWARD = looking((0.0, 0.0, 1.5), (10.0, 0.0, 1.5))
HEAVY = Snow(rate_mps=3.0 * MM_PER_H)
OPEN = (np.full(4, -np.inf, np.float32), np.array([1.0, 0.0, 0.0, 2.0]))


def one_flake(velocity=(0.0, 0.0, 0.0), depth=np.inf, shutter=0.01, at=(0.5, 0.5), cover=OPEN, size_m=5e-3, fall=1.0):
    """A flake 5 m before a camera with a focal length of 1000 px, as the share of a picture that it covers."""
    size = 101
    image = np.zeros((size, size, 3), np.float32)
    src = np.zeros(SOURCES, np.float32)
    src[SKY_R : SKY_R + 3] = src[BOUNCE_R : BOUNCE_R + 3] = math.pi
    draws = np.full((1, DRAWS), 0.5)
    draws[0, 1:3] = at
    flakes(
        image, np.full((size, size), depth, np.float32), draws, np.full(2, 5.0), np.full(2, size_m), np.full(2, fall),
        np.array([0.05, 0.05]), np.array(velocity), shutter, FORWARD[:3].copy(), np.array([1000.0, 1000.0, 50.0, 50.0]),
        CameraModel(size, size, 1000.0, 1000.0, 50.0, 50.0).lens, np.eye(3), src,
        np.zeros((0, LAMP_COLUMNS), np.float32), *cover, np.empty(3, np.float32),
    )  # fmt: skip
    return image[..., 0].astype(np.float64)


@pytest.mark.parametrize("size_m", [2e-3, 5e-3, 8e-3])
@pytest.mark.parametrize("shutter", [1e-4, 0.02, 0.05])
def test_a_flake_covers_its_disc_however_far_it_moves(size_m, shutter):
    """Pi / 4 (f D / Z)^2 square pixels, in the mean over the places that it may have in a pixel."""
    wide = 1000.0 * size_m / 5.0
    places = [(0.5 + 0.01 * i / 6, 0.5 + 0.01 * j / 6) for i in range(6) for j in range(6)]
    seen = [one_flake(size_m=size_m, shutter=shutter, at=at) for at in places]
    assert np.mean([s.sum() for s in seen]) == pytest.approx(math.pi / 4 * wide**2, rel=0.06)
    assert np.max(seen) <= 0.95


def test_a_flake_is_drawn_out_as_far_as_it_falls():
    """f v T / Z = 1000 * 1 * 0.05 / 5 = 10 px, between points whose blob is 1.2 px in radius."""
    rows, columns = np.nonzero(one_flake(shutter=0.05) > 1e-3)
    assert 10 <= rows.max() - rows.min() <= 10 + 4
    assert columns.max() - columns.min() <= 4
    assert rows.mean() == pytest.approx(50.0, abs=0.5)


def test_wind_slants_a_trail_and_speed_turns_it_outwards():
    rows, columns = np.nonzero(one_flake((0.0, -1.0, 0.0), shutter=0.05) > 0.01)  # to the right as fast as it falls
    assert np.polyfit(columns, rows, 1)[0] == pytest.approx(1.0, abs=0.15)
    left = np.nonzero(one_flake((-25.0, 0.0, 0.0), at=(0.1, 0.5), fall=0.0, shutter=0.02) > 0.005)  # 90 km/h
    assert left[1].max() - left[1].min() > 3
    assert np.ptp(left[0]) <= 4


def test_a_large_flake_at_rest_is_no_disc():
    seen = one_flake(size_m=0.06, shutter=1e-6) > 0.3
    rows, columns = np.nonzero(seen)
    r = np.hypot(rows - 50.0, columns - 50.0)
    edge = [r[(np.arctan2(rows - 50.0, columns - 50.0) // (math.pi / 4)) == k].max() for k in range(-4, 4)]
    assert max(edge) > 1.15 * min(edge)


def test_no_flake_behind_things_or_under_a_roof():
    assert one_flake(depth=4.9).max() == 0.0
    assert one_flake(depth=5.1).max() > 0.0
    roof = (np.full(100, 4.0, np.float32), np.array([1.0, 0.0, 5.0, 10.0]))
    assert one_flake(cover=roof).max() == 0.0


def test_as_many_flakes_as_sekhon_and_srivastava_count():
    number, _ = quad(lambda d: HEAVY.flakes_per_m4 * math.exp(-HEAVY.slope_per_m * d), LEAST_MELTED_M, 0.03)
    volume, _ = quad(lambda z: (2 * 0.7 * z) * (2 * 0.5 * z), NEAREST_M, FARTHEST_M)
    assert flake_count(HEAVY, (0.7, 0.5)) == round(number * volume)
    sizes_m, speeds_mps = flake_sizes(HEAVY)
    median_m = LEAST_MELTED_M + math.log(2.0) / HEAVY.slope_per_m
    assert np.interp(0.5, np.linspace(0, 1, len(sizes_m)), sizes_m) == pytest.approx(
        flake_diameter_m(median_m), rel=1e-4
    )
    assert np.interp(0.5, np.linspace(0, 1, len(sizes_m)), speeds_mps) == pytest.approx(
        fall_speed_mps(median_m), rel=1e-4
    )


def test_a_flake_scatters_all_that_it_gets_and_more_of_it_back_than_a_drop():
    total, _ = quad(lambda c: 2.0 * math.pi * float(scattered(np.float32(c), MATT)), -1.0, 1.0)
    assert total == pytest.approx(1.0, rel=0.01)
    back, drop = (float(scattered(np.float32(-1.0), np.float32(m))) for m in (MATT, 0.0))
    assert back > 5.0 * drop


@pytest.mark.parametrize("angle_deg", [10.0, 60.0, 90.0, 150.0, 180.0])
def test_a_white_ball_by_its_own_law(angle_deg):
    """8 / (3 pi) (sin t - t cos t) / 4 pi for a Lambertian ball and the angle t by which light is turned."""
    t = math.radians(angle_deg)
    law = 8.0 / (3.0 * math.pi) * (math.sin(t) - t * math.cos(t)) / (4.0 * math.pi)
    found = float(scattered(np.float32(math.cos(t)), np.float32(1.0)))
    assert found == pytest.approx(law, abs=0.03 * 8.0 / 3.0 / (4.0 * math.pi))


def snowing(tick=0, light=OVERCAST, lit=(), albedo=0.02, shutter=0.01, snow=HEAVY):
    """A picture of a dark wall without flakes, and with them."""
    things = [Thing(floor(material=matt(albedo))), Thing(wall(12.0, -60.0, 60.0, 0.0, 40.0, matt(albedo)))]
    snapshot = stage(things, Conditions(light=light, snow=snow), lit=lit)
    renderer = Renderer(snapshot.cast)
    buffers = renderer.render(snapshot, CAMERA, FORWARD, antialias=1)
    before = buffers.radiance.copy()
    renderer.add_falling(buffers, snapshot, CAMERA, np.zeros(3), shutter, Stream(1, 2, f"rain.front.{tick}"))
    return before, buffers.radiance


def test_flakes_are_bright_before_dark_things_and_dark_before_a_bright_sky():
    before, after = (luminance(p) for p in snowing())
    on_wall = np.s_[40:80]
    assert after[on_wall].mean() > 1.05 * before[on_wall].mean()
    open_sky = stage([Thing(floor())], Conditions(light=OVERCAST, snow=HEAVY))
    renderer = Renderer(open_sky.cast)
    up = looking((0.0, 0.0, 1.5), (10.0, 0.0, 12.0))
    buffers = renderer.render(open_sky, CAMERA, up, antialias=1)
    sky = luminance(buffers.radiance)
    renderer.add_falling(buffers, open_sky, CAMERA, np.zeros(3), 0.01, Stream(1, 2, "rain"))
    assert luminance(buffers.radiance).mean() < 0.995 * sky.mean()


def test_flakes_shine_in_the_light_of_lamps():
    beam = [((0.0, 0.0, 0.7), (1.0, 0.0, 0.0), 10000.0, 1, 0.4, 0)]
    dark = luminance(snowing(light=NIGHT, shutter=1 / 30)[1])
    before, after = (luminance(p) for p in snowing(light=NIGHT, lit=beam, shutter=1 / 30))
    assert (after - before).max() > 100.0 * dark.max()


def test_flakes_are_keyed_by_the_picture():
    first, again, other = snowing(3)[1], snowing(3)[1], snowing(4)[1]
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_falling_snow_takes_contrast_and_says_so():
    snapshot = stage([Thing(wall(80.0, -99.0, 99.0, 0.0, 60.0, matt(0.0)))], Conditions(light=OVERCAST, snow=HEAVY))
    buffers = draw(snapshot, FORWARD)
    t = math.exp(-HEAVY.extinction_per_m * 80.0)
    assert buffers.transmittance[60, 80] == pytest.approx(t, rel=1e-3)
    seen = luminance(buffers.radiance)
    clear = luminance(
        draw(
            stage([Thing(wall(80.0, -99.0, 99.0, 0.0, 60.0, matt(0.0)))], Conditions(light=OVERCAST)), FORWARD
        ).radiance
    )
    assert seen[50, 80] > clear[50, 80] + 0.5 * (1.0 - t) * OVERCAST.natural_lx / math.pi


def test_without_snowfall_nothing_is_drawn():
    before, after = snowing(snow=Snow(depth_m=0.05))
    assert np.array_equal(before, after)
