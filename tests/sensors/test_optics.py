"""The lens: energy is conserved, scatter follows the law of Stiles and Holladay, fall-off that of cos^4; the sun."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from small_stage import LUMA, OVERCAST, SUNNY, Thing, camera_spec, looking, matt, pose, stage, wall

from simgen.conditions import Conditions, Fog, Light
from simgen.models.geometry import box
from simgen.render.camera_model import CameraModel
from simgen.render.renderer import Renderer
from simgen.sensors.optics import OCTAVES, Lens, level_weights, natural_falloff
from simgen.sensors.sun import SUN_RADIUS_RAD, with_disc

MODEL = CameraModel.from_hfov(640, 480, math.radians(70.0))


def lens(model=MODEL, **camera):
    return Lens(camera_spec(width=model.width, height=model.height, **camera), model)


def point(x, y, level=1.0, model=MODEL):
    picture = np.zeros((model.height, model.width, 3), np.float32)
    picture[y, x] = level
    return picture


def test_natural_falloff_is_that_of_cos4():
    """45 degrees off the axis cos^4 is 1/4; with half of it 5/8 (a picture of 90 degrees, its left edge)."""
    wide = CameraModel.from_hfov(641, 481, math.radians(90.0))
    falloff = natural_falloff(wide, 1.0).reshape(481, 641)
    assert falloff[240, 320] == 1.0
    angle = math.atan(320.0 / wide.fx)
    assert falloff[240, 0] == pytest.approx(math.cos(angle) ** 4, rel=1e-5)
    assert falloff[240, 0] == pytest.approx(0.25, abs=2e-3)
    assert falloff[0, 0] == pytest.approx(math.cos(math.atan(400.0 / wide.fx)) ** 4, rel=1e-5)
    assert natural_falloff(wide, 0.5).reshape(481, 641)[240, 0] == pytest.approx(0.5 + 0.5 * falloff[240, 0], rel=1e-5)
    seen = lens(wide, vignetting=1.0).through(np.full((481, 641, 3), 7.0, np.float32))
    np.testing.assert_allclose(seen[..., 1], 7.0 * falloff, rtol=1e-6)


def test_an_ideal_lens_changes_nothing():
    picture = np.random.default_rng(1).random((480, 640, 3)).astype(np.float32)
    assert lens().through(picture) is picture
    assert np.all(lens().veil_share(picture, picture) == 0.0)


@pytest.mark.parametrize("hfov_deg", [8.0, 70.0, 140.0])
@pytest.mark.parametrize("size", [(640, 480), (64, 48), (101, 37), (8, 8)])
def test_all_the_light_of_a_point_is_still_there(size, hfov_deg):
    model = CameraModel.from_hfov(*size, math.radians(hfov_deg))
    weights = level_weights(0.1, model)
    assert sum(weights) == pytest.approx(1.0, abs=1e-12)
    assert weights[0] >= 0.9
    # A flat picture stays flat: the kernel of every pixel adds up to 1, at the borders too.
    flat = np.full((size[1], size[0], 3), 3.0, np.float32)
    np.testing.assert_allclose(lens(model, veiling_glare=0.1).through(flat), flat, rtol=1e-5)


def test_scatter_loses_no_light_and_makes_none():
    """What a point became adds up to the point, wherever it is; sizes that do not halve evenly cost a little."""
    even = CameraModel.from_hfov(512, 256, math.radians(70.0))
    for x, y in ((256, 128), (0, 0), (511, 100)):
        seen = lens(even, veiling_glare=0.1).through(point(x, y, model=even))
        assert seen.sum(dtype=float) == pytest.approx(3.0, rel=1e-5)
    seen = lens(veiling_glare=0.1).through(point(320, 240)).astype(float)
    assert seen.sum(axis=(0, 1)) == pytest.approx(np.ones(3), rel=0.01)
    assert np.all(seen >= 0.0)
    assert seen[240, 320, 0] == pytest.approx(0.9, abs=0.03)
    assert np.array_equal(seen[..., 0], seen[..., 2])


@pytest.mark.parametrize(("hfov_deg", "width", "angle_deg"), [
    (70.0, 640, 2.0), (70.0, 640, 5.0), (70.0, 640, 10.0), (70.0, 1280, 5.0), (40.0, 320, 5.0), (100.0, 640, 10.0),
])  # fmt: skip
def test_the_veil_is_that_of_stiles_and_holladay(hfov_deg, width, angle_deg):
    """With as much scatter an octave as the eye, 1 lx makes 10 / angle^2 cd/m2: 0.4 at 5 degrees, at any resolution."""
    an_octave = 10.0 * 2.0 * math.pi * math.log(2.0) * math.radians(1.0) ** 2
    model = CameraModel.from_hfov(width, width * 3 // 4, math.radians(hfov_deg))
    x, y = width // 2, width * 3 // 8
    level = model.fx**2  # 1 cd/m2 fills 1 / f^2 sr: 1 lx in one pixel of the axis
    seen = lens(model, veiling_glare=an_octave * OCTAVES).through(point(x, y, level, model))[..., 0]
    v, u = np.mgrid[0 : model.height, 0 : model.width]
    angle = np.degrees(np.arctan(np.hypot(u - x, v - y) / model.fx))
    ring = np.abs(angle - angle_deg) < 0.05 * angle_deg
    assert seen[ring].mean() == pytest.approx(10.0 / angle_deg**2, rel=0.25)
    assert seen[ring].std() < 0.25 * seen[ring].mean()  # round, and the same on all sides


def test_the_veil_moves_smoothly_with_its_lamp():
    """One pixel on, the veil 5 degrees away changes by a few per cent, not by steps of the pyramid."""
    glass = lens(veiling_glare=0.05)
    seen = [glass.through(point(300 + k, 240, 1e6))[240, 340 + k, 0] for k in range(33)]
    assert np.ptp(seen) < 0.3 * np.mean(seen)


def test_share_of_the_veil():
    """Beside a lamp nearly all light is veil, in the lamp nearly none; in a flat picture as much as is scattered."""
    glass = lens(veiling_glare=0.04)
    scene = point(320, 240, 1e7) + np.float32(1.0)
    share = glass.veil_share(scene, glass.through(scene))
    assert share[240, 330] > 0.9
    assert share[240, 320] < 0.01
    assert share[20, 20] < share[240, 420]
    flat = np.full((480, 640, 3), 5.0, np.float32)
    stayed = level_weights(0.04, MODEL)[0]
    assert glass.veil_share(flat, glass.through(flat)) == pytest.approx(1.0 - stayed, abs=1e-4)
    black = np.zeros((480, 640, 3), np.float32)
    assert np.all(glass.veil_share(black, glass.through(black)) == 0.0)
    dim = lens(veiling_glare=0.04, vignetting=1.0)
    assert dim.veil_share(flat, dim.through(flat)).mean() == pytest.approx(1.0 - stayed, abs=5e-3)


def sunlit(T_camera, things=(), light=SUNNY, fog=None, model=MODEL, indoor=False):
    snapshot = stage(list(things) or [Thing(wall(50.0, -1, 1, -1, 0))], Conditions(light=light, fog=fog or Fog()))
    if indoor:
        snapshot = dataclasses.replace(snapshot, cast=dataclasses.replace(snapshot.cast, indoor=True))
    buffers = Renderer(snapshot.cast).render(snapshot, model, T_camera, antialias=1)
    return buffers, with_disc(buffers, snapshot, model, T_camera) - buffers.radiance


def toward_sun(light=SUNNY, turn_rad=0.0):
    e, a = light.sun_elevation_rad, light.sun_azimuth_rad + turn_rad
    return looking((0.0, 0.0, 1.5), (math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), 1.5 + math.sin(e)))


@pytest.mark.parametrize("width", [64, 640])
@pytest.mark.parametrize("turn_deg", [0.0, 20.0])
def test_the_disc_of_the_sun_lights_as_the_sun_does(width, turn_deg):
    """Its luminance over its solid angle is the illuminance of the direct sun; it is 0.533 degrees wide."""
    model = CameraModel.from_hfov(width, width * 3 // 4, math.radians(70.0))
    buffers, disc = sunlit(toward_sun(turn_rad=math.radians(turn_deg)), model=model)
    v, u = np.mgrid[0 : model.height, 0 : model.width]
    r2 = ((u - model.cx) / model.fx) ** 2 + ((v - model.cy) / model.fy) ** 2
    solid_angle_sr = (1.0 + r2) ** -1.5 / model.fx**2
    assert np.all(np.isinf(buffers.depth_m[disc[..., 1] > 0.0]))
    lit = ((disc @ LUMA) * solid_angle_sr).sum()
    assert lit == pytest.approx(SUNNY.sun_lx, rel=0.02 if width == 640 else 0.05)
    if width == 640:
        extent = np.ptp(np.nonzero((disc[..., 1] > 0.0).any(axis=0))[0])
        assert extent >= 2.0 * SUN_RADIUS_RAD * model.fx - 2.0


def half_moon(lit, sun_azimuth_deg):
    """A moon at the height of the test's sun; the sun below the horizon, to the left or right of it."""
    return Light(
        sun_elevation_rad=-0.01,
        sun_azimuth_rad=SUNNY.sun_azimuth_rad + math.radians(sun_azimuth_deg),
        clouds=0.0,
        natural_lx=0.2,
        moon_elevation_rad=SUNNY.sun_elevation_rad,
        moon_azimuth_rad=SUNNY.sun_azimuth_rad,
        moon_lit=lit,
    )


@pytest.mark.parametrize("lit", [1.0, 0.5, 0.2, 0.8])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_the_moon_shows_the_side_that_looks_to_the_sun(lit, side):
    """It lights as the direct moon does, with so much of its disc, whose middle lies towards the sun."""
    model = CameraModel.from_hfov(320, 240, math.radians(4.0))
    light = half_moon(lit, 60.0 * side)
    _, disc = sunlit(toward_sun(), light=light, model=model)
    bright = disc @ LUMA
    assert bright.sum() / model.fx**2 == pytest.approx(light.moon_lx, rel=0.01)
    whole = math.pi * (SUN_RADIUS_RAD * model.fx) ** 2
    assert bright.sum() / bright.max() == pytest.approx(lit * whole, rel=0.02)
    middle = (np.arange(model.width) * bright).sum() / bright.sum() - model.cx
    assert middle * side <= 0.05  # azimuth grows to the left
    assert abs(middle) == pytest.approx(abs(_middle(lit)) * SUN_RADIUS_RAD * model.fx, rel=0.5, abs=0.5)


def _middle(lit):
    """Centroid of a phase across the terminator's axis, in radii, if the sun stood square beside: by quadrature."""
    y = np.linspace(-1.0, 1.0, 2001)
    rim = np.sqrt(1.0 - y * y)
    width = rim - (1.0 - 2.0 * lit) * rim
    return float((width * 0.5 * (rim + (1.0 - 2.0 * lit) * rim)).sum() / width.sum())


def test_the_sun_hides_behind_things_in_fog_indoors_and_behind_the_camera():
    e, a = SUNNY.sun_elevation_rad, SUNNY.sun_azimuth_rad
    eye = toward_sun()
    clear = sunlit(eye)[1].max()
    assert clear > 1e8
    far = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)]) * 50.0
    big = Thing(box((20.0, 20.0, 20.0), matt(0.5)), pose(far))
    assert np.all(sunlit(eye, [big])[1] == 0.0)
    assert 0.0 < sunlit(eye, fog=Fog(500.0))[1].max() < 0.9 * clear
    assert np.all(sunlit(eye, indoor=True)[1] == 0.0)
    assert np.all(sunlit(toward_sun(turn_rad=math.pi / 2))[1] == 0.0)
    assert np.all(sunlit(eye, light=dataclasses.replace(OVERCAST, clouds=1.0))[1] == 0.0)
