"""The air against published numbers and quadrature: layered fog, banks, funnels, and what wheels throw up."""

from __future__ import annotations

import dataclasses
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from simgen.conditions import Conditions, Fog, FogBank, Rain, Surface, Tornado, between, with_settings
from simgen.conditions.plumes import SPRAY
from simgen.conditions.wind import tornado_drop_m, tornado_radius_m, tornado_swirl_mps
from simgen.models import build_site
from simgen.render.puffs import optical_depths
from simgen.world.fixed_clouds import bank_puffs, funnel_puffs
from simgen.world.plumes import thrown_up

sys.path.append(str(Path(__file__).resolve().parents[1] / "render"))
from small_stage import CAMERA, OVERCAST, Thing, draw, floor, looking, luminance, matt, stage, wall

LN20 = math.log(20.0)
LAYER = Fog(mor_m=LN20 / 0.05, scale_height_m=10.0)
FIELD = build_site("field", {})


def test_height_fog() -> None:
    """b = 0.05/m, H = 10 m, from 2 m to 12 m over 100 m: optical depth 2.587683, transmittance 0.0751941."""
    assert LAYER.optical_depth(2.0, 12.0, 100.0) == pytest.approx(2.587683, rel=1e-6)
    assert math.exp(-LAYER.optical_depth(2.0, 12.0, 100.0)) == pytest.approx(0.0751941, rel=1e-5)
    assert LAYER.optical_depth(3.0, 3.0, 100.0) == pytest.approx(5.0 * math.exp(-0.3), rel=1e-9)
    assert Fog(mor_m=LN20 / 0.05).optical_depth(2.0, 12.0, 100.0) == pytest.approx(5.0)


def test_height_fog_in_labels_and_picture() -> None:
    """A camera 2 m up sees a wall: each pixel has the closed form between its eye and its place."""
    snapshot = stage([Thing(wall(80.0, -99, 99, 0, 60, matt(0.0)))], Conditions(light=OVERCAST, fog=LAYER))
    eye = looking((0.0, 0.0, 2.0), (80.0, 0.0, 12.0))
    seen = draw(snapshot, eye)
    solid = np.isfinite(seen.depth_m)
    rows, columns = np.nonzero(solid)
    rays = np.stack([(columns - CAMERA.cx) / CAMERA.fx, (rows - CAMERA.cy) / CAMERA.fy, np.ones(len(rows))])
    z = 2.0 + (eye[:3, :3] @ rays)[2] * seen.depth_m[solid]
    expected = [LAYER.optical_depth(2.0, float(b), float(d)) for b, d in zip(z, seen.distance_m[solid], strict=True)]
    np.testing.assert_allclose(seen.transmittance[solid], np.exp(-np.array(expected)), rtol=2e-3)
    bright = luminance(seen.radiance)[solid] / luminance(seen.radiance)[solid].max()
    assert np.corrcoef(bright, 1.0 - seen.transmittance[solid])[0, 1] > 0.98


def test_what_is_above_the_layer_is_clear() -> None:
    """Rays up leave the layer; from above it the ground is hidden and the sky is not."""
    snapshot = stage([Thing(floor(half_m=500.0))], Conditions(light=OVERCAST, fog=LAYER))
    up = draw(snapshot, looking((0.0, 0.0, 2.0), (10.0, 0.0, 12.0)))
    assert up.transmittance[60, 80] == pytest.approx(math.exp(-0.5 * math.exp(-0.2) / math.sin(math.pi / 4)), rel=0.02)
    high = draw(snapshot, looking((0.0, 0.0, 60.0), (10.0, 0.0, 60.0)))
    assert high.transmittance[0, 80] > 0.99
    assert high.transmittance[119, 80] == pytest.approx(math.exp(-0.5 / 0.5), abs=0.3)


def test_rain_in_layered_fog_is_even() -> None:
    rain = Rain(20.0 / 3.6e6)
    snapshot = stage([Thing(wall(80.0, -99, 99, -99, 99))], Conditions(light=OVERCAST, fog=LAYER, rain=rain))
    seen = draw(snapshot, looking((0.0, 0.0, 40.0), (80.0, 0.0, 40.0)))
    expected = rain.extinction_per_m * 80.0 + 4.0 * math.exp(-4.0)
    assert -math.log(seen.transmittance[60, 80]) == pytest.approx(expected, rel=0.02)


def test_a_layer_comes_and_goes_evenly() -> None:
    assert between("fog.scale_height", math.inf, 10.0, 0.5) == pytest.approx(20.0)
    fog = with_settings(Conditions(fog=LAYER), {"fog.scale_height": 5.0}).fog
    assert fog == dataclasses.replace(LAYER, scale_height_m=5.0)


def test_a_bank_is_as_dense_as_stated() -> None:
    """Its middle has its range of sight; half the length away, and at its depth, it is half as dense."""
    bank = FogBank(0.0, 0.0, 80.0, 60.0, 5.0, 30.0, seed=4)
    puffs = bank_puffs(bank, Fog(), FIELD.ground)
    assert len(puffs) > 20
    ground = FIELD.ground.at(0.0, 0.0)
    whole = LN20 / 30.0 * (2.0 * math.pi) ** 0.5 * 40.0 / math.sqrt(2.0 * math.log(2.0))
    ends = np.array([[300.0, 0.0, ground]])
    along = optical_depths(puffs, np.array([-300.0, 0.0, ground]), ends)[0]
    assert along == pytest.approx(whole, rel=0.25)  # of one bank; its swathes are uneven
    section = puffs.cross_section_m2.sum() / ((2.0 * math.pi) ** 1.5 * 40.0 * 30.0 * 5.0) * math.log(4.0) ** 1.5
    assert section == pytest.approx(LN20 / 30.0, rel=1e-9)
    spread = np.sqrt((puffs.center_m[:, 0] ** 2 + puffs.spread_m[:, 0] ** 2).mean())
    assert spread == pytest.approx(40.0 / math.sqrt(2.0 * math.log(2.0)), rel=0.08)


def test_the_drop_of_pressure_in_a_vortex() -> None:
    """1 / g int v^2 / r dr by quadrature; on the axis 1.7018 V^2 / g, and far out that of a free vortex."""
    tornado = Tornado(0.0, 0.0, 20.0, 60.0, cloud_base_m=400.0)
    for radius in (0.5, 8.0, 20.0, 70.0):
        expected = quad(lambda r: tornado_swirl_mps(tornado, r) ** 2 / r / 9.81, radius, np.inf, limit=200)[0]
        assert tornado_drop_m(tornado, radius) == pytest.approx(expected, rel=1e-3)
    assert tornado_drop_m(tornado, 0.0) == pytest.approx(
        1.397953**2 * 1.256431 * math.log(2.0) * 3600.0 / 9.81, rel=1e-4
    )
    assert tornado_swirl_mps(tornado, 20.0) == pytest.approx(60.0, rel=1e-5)
    assert tornado_swirl_mps(tornado, 40.0) == pytest.approx(0.69439 * 60.0, rel=1e-4)


def test_a_funnel_hangs_as_deep_as_the_pressure_falls() -> None:
    tornado = Tornado(0.0, 0.0, 20.0, 60.0, cloud_base_m=400.0)
    radii = [tornado_radius_m(tornado, z) for z in (0.0, 100.0, 200.0, 300.0, 390.0)]
    assert radii[0] > 0.0
    assert radii == sorted(radii)
    assert tornado_drop_m(tornado, radii[2]) == pytest.approx(200.0, rel=1e-3)
    assert tornado_radius_m(dataclasses.replace(tornado, max_speed_mps=40.0), 0.0) == 0.0
    assert len(funnel_puffs(dataclasses.replace(tornado, cloud_base_m=0.0), FIELD.ground, 0.0)) == 0


def test_a_funnel_stands_over_its_foot_and_turns() -> None:
    tornado = Tornado(100.0, 50.0, 20.0, 60.0, (10.0, 0.0), cloud_base_m=400.0, dust_kgpm3=5e-4)
    now, later = (funnel_puffs(tornado, FIELD.ground, t) for t in (2.0, 2.05))
    low = now.center_m[:, 2] < 40.0
    foot = now.center_m[low, :2].mean(axis=0)
    np.testing.assert_allclose(foot, (120.0, 50.0), atol=6.0)
    arm, moved = now.center_m[low, :2] - (120.0, 50.0), later.center_m[low, :2] - now.center_m[low, :2] - (0.5, 0.0)
    turned = arm[:, 0] * moved[:, 1] - arm[:, 1] * moved[:, 0]
    away = np.hypot(*arm.T) > 8.0
    assert (turned[away] > 0.0).mean() > 0.95
    assert (np.hypot(*moved[away].T) <= 60.0 * 0.05 * 1.1).all()
    assert (now.albedo[:, 0] > now.albedo[:, 2]).all()


@pytest.mark.parametrize(("film_mm", "speed"), [(0.5, 15.0), (1.0, 25.0), (2.0, 35.0)])
def test_spray(film_mm: float, speed: float) -> None:
    """All of the water below the tyres, and 2 % of it afloat at 25 m/s."""
    matter, rate = thrown_up(Surface(film_m=film_mm * 1e-3), speed, 0.32)
    assert matter == SPRAY
    squeezed = 2.0 * 0.208 * film_mm * speed  # kg/s under two tyres 0.208 m wide
    assert rate == pytest.approx(squeezed * 0.02 * (speed / 25.0) ** 2)


def test_wheels_on_dry_ground() -> None:
    """EPA AP-42 13.2.2: at 30 mph on gravel of 6.4 % silt 3.2 lb a mile, 0.902 kg a km; on dry asphalt nothing."""
    _, rate = thrown_up(Surface(kind="gravel"), 13.4112, 0.32)
    assert rate / 13.4112 == pytest.approx(0.902e-3, rel=1e-3)
    assert thrown_up(Surface(), 30.0, 0.32)[1] == 0.0
    assert thrown_up(Surface(kind="snow"), 30.0, 0.32)[1] == 0.0
