"""Air between surface and eye: labels and pictures against Beer-Lambert and Koschmieder along the ray."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from small_stage import CAMERA, NIGHT, OVERCAST, Thing, draw, looking, luminance, matt, pose, rays, stage, wall

from simgen.conditions import Conditions, Fog, Light
from simgen.labels.capture import pack_share
from simgen.models.geometry import mesh_of_quads
from simgen.render.kernels import media, sources
from simgen.render.kernels.media import air_labels
from simgen.render.kernels.resolve import BLOCK, DISTANCE, PZ, ROWS, Z
from simgen.render.renderer import Renderer

FORWARD = looking((0.0, 0.0, 1.5), (10.0, 0.0, 1.5))


def plates(distance_m, fog=None, light_=OVERCAST):
    """A black plate on the left half of the picture and a white one on the right."""
    left = wall(distance_m, 0.0, 99.0, -99.0, 99.0, matt(0.0))
    right = wall(distance_m, -99.0, 0.0, -99.0, 99.0, matt(0.8))
    return stage([Thing(left), Thing(right)], Conditions(light=light_, fog=fog or Fog()))


@pytest.mark.parametrize("mor_m", [20.0, 80.0, 500.0])
def test_transmittance_label_follows_the_ray_distance(mor_m):
    """exp(-ln 20 / MOR x ray distance), to half a step of the stored byte, on a slanted plane."""
    plane = mesh_of_quads([[(2, 90, -30), (2, -90, -30), (80, -90, 60), (80, 90, 60)]], matt(0.5))
    seen = draw(stage([Thing(plane)], Conditions(light=OVERCAST, fog=Fog(mor_m))), FORWARD, radiance=False)
    hit = np.isfinite(seen.depth_m)
    assert hit.sum() > 8000
    length = np.linalg.norm(rays(CAMERA), axis=-1)
    expected = np.exp(-math.log(20.0) / mor_m * seen.depth_m.astype(float) * length)[hit]
    stored = pack_share(seen.transmittance)[hit] / 255.0
    assert np.ptp(expected) > 0.03
    assert np.abs(stored - expected).max() <= 1.0 / 510.0 + 1e-6
    assert np.abs(seen.transmittance[hit] / expected - 1.0).max() < 2e-5


def test_clear_air_hides_nothing():
    seen = draw(plates(50.0), FORWARD, radiance=False)
    assert np.all(seen.transmittance == 1.0)


def test_contrast_of_black_and_white_falls_as_koschmieder_says():
    """L_white - L_black at a distance is t times what it is in clear air: airlight is added equally to both."""
    fog = Fog(120.0)
    factor = np.linalg.norm(rays(CAMERA), axis=-1)
    for distance in (5.0, 30.0, 120.0):
        clear, dim = (luminance(draw(plates(distance, f), FORWARD).radiance) for f in (Fog(), fog))
        mirrored = (slice(None), slice(None, None, -1))  # the same distance on the other plate
        half = np.s_[:, 85:]
        contrast = (dim - dim[mirrored])[half] / (clear - clear[mirrored])[half]
        expected = np.exp(-math.log(20.0) / 120.0 * distance * factor)[half]
        assert np.abs(contrast / expected - 1.0).max() < 2e-3


def test_five_per_cent_is_left_at_the_optical_range():
    clear, dim = (luminance(draw(plates(90.0, f), FORWARD).radiance) for f in (Fog(), Fog(90.0)))
    row = slice(59, 61)
    ratio = (dim[row, 82] - dim[row, 77]) / (clear[row, 82] - clear[row, 77])
    assert ratio.mean() == pytest.approx(0.05, rel=0.005)


@pytest.mark.parametrize(("elevation_deg", "share"), [(4.0, 1.0), (15.0, 0.5), (30.0, 0.0)])
def test_air_before_a_low_sun_is_bright_by_henyey_and_greenstein(elevation_deg, share):
    """What a black plate 2 km ahead gains when the sun comes round from behind: w E (p - 1 / 4 pi) (t(100 m) - t)."""
    fog, sun, away = Fog(20e3), math.radians(elevation_deg), 2000.0
    plate = Thing(wall(away, -900.0, 900.0, -900.0, 900.0, matt(0.0)))
    skies = [Light(sun, azimuth, 0.0, 8000.0) for azimuth in (0.0, math.pi)]
    before, behind = (draw(stage([plate], Conditions(light=sky, fog=fog)), FORWARD).radiance for sky in skies)
    gained = luminance(before - behind)[40:80, 60:100]
    ray = rays(CAMERA)[40:80, 60:100]
    length = np.linalg.norm(ray, axis=-1)
    cosine = (ray[..., 2] * math.cos(sun) - ray[..., 1] * math.sin(sun)) / length
    phase = (1.0 - 0.7**2) / (4.0 * math.pi * (1.0 + 0.7**2 - 1.4 * cosine) ** 1.5) - 1.0 / (4.0 * math.pi)
    beta = math.log(20.0) / 20e3
    facing_lx = skies[0].sun_lx * math.exp(-beta * 1000.0 / max(math.sin(sun), 0.05))  # through a kilometre of haze
    expected = share * fog.albedo * facing_lx * phase * (math.exp(-beta * 100.0) - np.exp(-beta * away * length))
    assert gained == pytest.approx(expected, rel=0.02, abs=2.0)
    assert (share == 0.0) == (gained.max() < 2.0)


@pytest.mark.parametrize("albedo", [1.0, 0.5])
def test_airlight_of_a_long_path_is_the_light_that_the_fog_scatters(albedo):
    """A black plate shows A (1 - t); under an even dome A = albedo x E / pi."""
    fog = Fog(40.0, albedo)
    seen = draw(plates(25.0, fog), FORWARD)
    level = luminance(seen.radiance)[59:61, :78]
    expected = albedo * OVERCAST.sky_lx / math.pi * (1.0 - seen.transmittance[59:61, :78])
    assert np.abs(level / expected - 1.0).max() < 0.01


def test_the_picture_uses_the_transmittance_of_the_label():
    fog = Fog(60.0)
    dim, clear = draw(plates(20.0, fog), FORWARD), draw(plates(20.0), FORWARD)
    right, left = np.s_[:, 81:], np.s_[:, 78::-1]
    ratio = (luminance(dim.radiance)[right] - luminance(dim.radiance)[left]) / (
        luminance(clear.radiance)[right] - luminance(clear.radiance)[left]
    )
    assert np.abs(ratio / dim.transmittance[right] - 1.0).max() < 1e-3


def test_sky_is_hidden_at_the_horizon_and_seen_through_the_layer_overhead():
    fog = Fog(150.0)
    nothing = stage([Thing(wall(-50.0, -1, 1, -1, 1))], Conditions(light=OVERCAST, fog=fog))
    level = draw(nothing, FORWARD, radiance=False)
    assert np.isinf(level.depth_m).all()
    assert level.transmittance[CAMERA.height // 2 :].max() < 1e-12
    up = draw(nothing, looking((0, 0, 1.5), (0.0, 0.0, 9.0)), radiance=False)
    rise = 1.0 / np.linalg.norm(rays(CAMERA), axis=-1)
    expected = np.exp(-fog.extinction_per_m * fog.layer_top_m / rise)
    assert np.abs(up.transmittance / expected - 1.0).max() < 1e-4


def test_fog_changes_no_geometry():
    clear, dim = draw(plates(30.0), FORWARD), draw(plates(30.0, Fog(50.0)), FORWARD)
    for name in ("depth_m", "distance_m", "instance", "semantic", "normal"):
        assert np.array_equal(getattr(clear, name), getattr(dim, name))


def test_more_fog_never_shows_more():
    views = [draw(plates(40.0, Fog(m)), FORWARD, radiance=False).transmittance for m in (1000.0, 200.0, 60.0, 20.0)]
    assert all((b < a).all() for a, b in itertools.pairwise(views))


def test_fog_at_night_adds_no_light_of_its_own():
    seen = luminance(draw(plates(30.0, Fog(50.0), NIGHT), FORWARD).radiance)
    assert seen.max() <= 1.01 * NIGHT.sky_lx / math.pi * 1.35


def test_a_room_has_no_sky_in_its_haze():
    snapshot = plates(8.0, Fog(20.0))
    room = dataclasses.replace(snapshot, cast=dataclasses.replace(snapshot.cast, indoor=True))
    dark = Renderer(room.cast).render(room, CAMERA, FORWARD, antialias=1)
    assert not dark.radiance.any()
    assert dark.transmittance[59, 79] == pytest.approx(math.exp(-math.log(20.0) * 8.0 / 20.0), rel=1e-3)


@pytest.mark.parametrize("poison", [np.nan, np.inf, -1e30])
def test_air_labels_write_every_pixel(poison):
    depth = np.full((7, 9), 20.0, np.float32)
    depth[2:4, 3:] = np.inf
    outputs = []
    for fill in (0.0, poison):
        distance, share = np.full(depth.shape, fill, np.float32), np.full(depth.shape, fill, np.float32)
        k = np.array([10.0, 10.0, 4.0, 3.0])
        even = np.array([0.02, 100.0, 0.0, 0.0], np.float32)
        air_labels(depth, k, pose((0, 0, 2), (0.3, 0, 0))[:3].copy(), even, distance, share)
        outputs.append((distance, share))
    assert all(np.array_equal(a, b) for a, b in zip(*outputs, strict=True))
    assert np.isfinite(outputs[1][1]).all()


def test_air_stage_reads_only_the_block():
    """Records beyond the block hold garbage; what lies beyond in the output stays as it was."""
    src = np.zeros(sources.SOURCES, np.float32)
    src[sources.EXTINCTION], src[sources.LAYER] = 0.05, 80.0
    src[sources.AIR_R : sources.AIR_B + 1] = (3.0, 2.0, 1.0)
    src[sources.EYE_Z] = 2.0
    records = np.full(ROWS * BLOCK, np.nan, np.float32)
    count = 5
    d = np.linspace(5.0, 60.0, count)
    records[Z : Z + count] = 10.0
    records[DISTANCE : DISTANCE + count] = d
    records[PZ : PZ + count] = 2.0  # level with the eye
    out = np.full(3 * BLOCK, 7.0, np.float32)
    media.air(records, count, src, out)
    t = np.exp(-0.05 * d)
    for c, air in enumerate((3.0, 2.0, 1.0)):
        assert out[c * BLOCK : c * BLOCK + count] == pytest.approx(7.0 * t + air * (1.0 - t), rel=1e-5)
        assert np.all(out[c * BLOCK + count : (c + 1) * BLOCK] == 7.0)
