"""The dome: its integral, its shape, its colours, against quadrature and the CIE and Perez distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_stage import LUMA, Thing, draw, floor, looking, luminance, matt, rays, stage

from simgen.conditions import Conditions, Light
from simgen.render.preetham import above_all, clear_sky, perez, perez_coefficients
from simgen.render.sky import MAP, build_sky, sun_color

TEXEL_RAD = 2.0 / 0.995 / (MAP - 1)  # of the map, at the horizon
CASES = [(60.0, 0.0), (25.0, 0.4), (8.0, 0.7), (40.0, 1.0), (2.0, 0.0), (-5.0, 0.3), (-30.0, 0.0)]


def state(elevation_deg, clouds, lux=20000.0):
    return Light(math.radians(elevation_deg), math.radians(70.0), clouds, lux)


def look_up(sky_map, z, azimuth):
    """Bilinear radiance of a stereographic map whose horizon circle has 0.995 of the half width."""
    r = np.sqrt(np.maximum(1.0 - z * z, 0.0)) / (1.0 + z)
    n = len(sky_map)
    half = 0.5 * (n - 1)
    u, v = half * (1.0 + 0.995 * r * np.cos(azimuth)), half * (1.0 + 0.995 * r * np.sin(azimuth))
    i, j = np.minimum(u.astype(int), n - 2), np.minimum(v.astype(int), n - 2)
    a, b = (u - i)[..., None], (v - j)[..., None]
    top = sky_map[j, i] * (1 - a) + sky_map[j, i + 1] * a
    low = sky_map[j + 1, i] * (1 - a) + sky_map[j + 1, i + 1] * a
    return (top * (1 - b) + low * b).astype(float)


def quadrature(sky_map, weight):
    """Integral over the dome of radiance x weight(z): Gauss-Legendre in z, even steps in azimuth; RGB."""
    nodes, w = np.polynomial.legendre.leggauss(160)
    z, w = 0.5 * (nodes + 1.0), 0.5 * w
    azimuth = (np.arange(720) + 0.5) * (2.0 * math.pi / 720)
    zz, aa = np.meshgrid(z, azimuth, indexing="ij")
    radiance = look_up(sky_map, zz, aa)
    return (radiance * (weight(zz) * w[:, None])[..., None]).sum(axis=(0, 1)) * (2.0 * math.pi / 720)


@pytest.mark.parametrize(("elevation", "clouds"), CASES)
def test_the_dome_integrates_to_the_skys_illuminance(elevation, clouds):
    light = state(elevation, clouds)
    sky = build_sky(light)
    on_the_horizontal = quadrature(sky.sharp, lambda z: z)
    assert on_the_horizontal @ LUMA == pytest.approx(light.sky_lx, rel=0.01)
    assert sky.irradiance == pytest.approx(on_the_horizontal, rel=0.01)
    assert sky.sharp.min() >= 0.0
    assert np.isfinite(sky.sharp).all()
    assert sky.sharp.dtype == sky.blurred.dtype == np.float32


@pytest.mark.parametrize(("elevation", "clouds"), CASES)
def test_sun_and_sky_share_the_natural_light(elevation, clouds):
    light = state(elevation, clouds)
    sky = build_sky(light)
    total = sky.irradiance @ LUMA + sky.beam_rgb @ LUMA * max(math.sin(light.sun_elevation_rad), 0.0)
    assert total == pytest.approx(light.natural_lx, rel=1e-3)
    assert sky.beam_rgb @ LUMA == pytest.approx(light.sun_lx, rel=1e-6)


def test_perez_against_the_formula_written_out():
    """F = (1 + A e^(B / cos t)) (1 + C e^(D g) + E cos^2 g) with Preetham's coefficients at T = 3."""
    a, b, c, d, e = -0.9269, -0.6387, 5.2570, -2.2153, 0.1693
    assert perez_coefficients(3.0) == pytest.approx((a, b, c, d, e), abs=1e-9)
    for theta, gamma in ((0.0, 0.8), (1.0, 0.1), (1.3, 2.5)):
        expected = (1 + a * math.exp(b / math.cos(theta))) * (1 + c * math.exp(d * gamma) + e * math.cos(gamma) ** 2)
        got = perez(np.array([math.cos(theta)]), np.array([gamma]), perez_coefficients(3.0))
        assert got[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("elevation_deg", [-2.0, 0.0, 12.0, 60.0, 90.0])
def test_a_clear_dome_is_that_of_the_formulas(elevation_deg):
    """Luminance by `perez`, which knows nothing of tables; directions towards the sun and opposite among them."""
    e, a = math.radians(elevation_deg), 0.7
    body = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    rng = np.random.default_rng(3)
    some = rng.normal(size=(3, 5000))
    some[:, :3] = np.array([body, -body, body + 1e-7]).T
    some /= np.sqrt((some**2).sum(axis=0))
    expected = perez(some[2], np.arccos(np.clip(body @ some, -1.0, 1.0)), perez_coefficients(3.0))
    got = clear_sky(some, above_all(some[2]), body, e) @ LUMA
    assert got == pytest.approx(expected, rel=2e-6)


def test_an_overcast_dome_is_three_times_as_bright_overhead():
    """CIE overcast: L(t) proportional to 1 + 2 cos t, once the clouds' mottling is averaged round the azimuth."""
    sky = build_sky(state(40.0, 1.0)).sharp
    azimuth = np.linspace(0.0, 2.0 * math.pi, 720, endpoint=False)
    zeniths = np.radians([5.0, 30.0, 60.0, 80.0])
    rings = [(look_up(sky, np.full(720, math.cos(t)), azimuth) @ LUMA).mean() for t in zeniths]
    expected = 9.0 * 20000.0 / (7.0 * math.pi) * (1.0 + 2.0 * np.cos(zeniths)) / 3.0
    assert np.all(np.diff(rings) < 0.0)
    assert rings == pytest.approx(expected, rel=0.2)


def test_a_clear_dome_is_brightest_around_the_sun_and_blue_away_from_it():
    light = state(30.0, 0.0)
    sky = build_sky(light).sharp
    azimuth = np.array([light.sun_azimuth_rad, light.sun_azimuth_rad + math.pi])
    z = np.full(2, math.sin(light.sun_elevation_rad))
    toward, away = look_up(sky, z, azimuth)
    assert toward @ LUMA > 3.0 * (away @ LUMA)
    overhead = look_up(sky, np.array([0.999]), np.array([0.0]))[0]
    assert overhead[2] > 1.5 * overhead[0]


def test_a_low_sun_is_redder():
    ratio = [sun_color(math.radians(e))[0] / sun_color(math.radians(e))[2] for e in (60.0, 20.0, 5.0, 1.0)]
    assert np.all(np.diff(ratio) > 0.0)
    for e in (0.5, 30.0, 89.0):
        assert sun_color(math.radians(e)) @ LUMA == pytest.approx(1.0)


def moonlit(elevation_deg, clouds=0.0, lux=0.2):
    return Light(
        math.radians(-30.0), 0.0, clouds, lux,
        moon_elevation_rad=math.radians(elevation_deg), moon_azimuth_rad=math.radians(70.0),
    )  # fmt: skip


@pytest.mark.parametrize(("elevation", "clouds"), [(50.0, 0.0), (8.0, 0.5), (30.0, 1.0)])
def test_a_moonlit_dome_and_its_moon_share_the_natural_light(elevation, clouds):
    light = moonlit(elevation, clouds)
    sky = build_sky(light)
    assert quadrature(sky.sharp, lambda z: z) @ LUMA == pytest.approx(light.sky_lx, rel=0.01)
    total = sky.irradiance @ LUMA + sky.beam_rgb @ LUMA * math.sin(math.radians(elevation))
    assert total == pytest.approx(light.natural_lx, rel=1e-3)
    assert sky.beam_rgb @ LUMA == pytest.approx(light.moon_lx, rel=1e-6)


def test_a_moonlit_sky_is_brightest_around_the_moon_and_redder_than_by_day():
    light = moonlit(30.0)
    sky = build_sky(light)
    azimuth = np.array([light.moon_azimuth_rad, light.moon_azimuth_rad + math.pi])
    toward, away = look_up(sky.sharp, np.full(2, math.sin(light.moon_elevation_rad)), azimuth)
    assert toward @ LUMA > 3.0 * (away @ LUMA)
    by_day = build_sky(state(30.0, 0.0))
    assert sky.beam_rgb[0] / sky.beam_rgb[2] > 1.2 * by_day.beam_rgb[0] / by_day.beam_rgb[2]
    assert sky.irradiance[0] / sky.irradiance[2] > by_day.irradiance[0] / by_day.irradiance[2]


def test_a_moon_in_the_daylight_changes_nothing():
    day = Light(math.radians(40.0), 0.5, 0.0, 50000.0)
    with_moon = Light(math.radians(40.0), 0.5, 0.0, 50000.0, moon_elevation_rad=0.6)
    assert np.allclose(build_sky(with_moon).sharp, build_sky(day).sharp, rtol=1e-4)
    assert not with_moon.beam.moon


def test_the_same_light_makes_the_same_dome():
    one, two = build_sky(state(25.0, 0.4)), build_sky(state(25.0, 0.4))
    assert np.array_equal(one.sharp, two.sharp)
    assert np.array_equal(one.blurred, two.blurred)


def test_the_picture_shows_the_dome_where_the_map_has_it():
    """Pixel directions against the map, looked up in NumPy."""
    light = state(35.0, 0.3)
    T_camera = looking((0.0, 0.0, 2.0), (3.0, 4.0, 6.0))
    seen = draw(stage([Thing(floor(5.0, -50.0, matt(0.2)))], Conditions(light=light)), T_camera)
    from small_stage import CAMERA

    d = rays(CAMERA) @ T_camera[:3, :3].T
    d /= np.linalg.norm(d, axis=-1, keepdims=True)
    assert d[..., 2].min() > 0.0
    dome = build_sky(light).seen(1.0 / CAMERA.fx)
    expected = look_up(dome, d[..., 2], np.arctan2(d[..., 1], d[..., 0]))
    assert np.abs(seen.radiance / expected - 1.0).max() < 2e-3
    assert luminance(seen.radiance).std() > 0.0


@pytest.mark.parametrize(("elevation", "clouds"), CASES)
def test_pixels_see_a_map_as_fine_as_themselves_with_the_same_light(elevation, clouds):
    sky = build_sky(state(elevation, clouds))
    assert sky.seen(0.5 * TEXEL_RAD) is sky.sharp
    for halvings in (1, 2, 3):
        pixel_rad = 1.01 * 2.0**halvings * TEXEL_RAD
        dome = sky.seen(pixel_rad)
        assert len(dome) == MAP >> halvings
        assert sky.seen(1.9 * pixel_rad) is dome
        on_the_horizontal = quadrature(dome, lambda z: z)
        assert on_the_horizontal == pytest.approx(sky.irradiance, rel=0.03)
    assert sky.seen(3.0) is sky.blurred
    assert sky.blurred == pytest.approx(sky.sharp.reshape(MAP // 16, 16, MAP // 16, 16, 3).mean(axis=(1, 3)), rel=1e-5)
