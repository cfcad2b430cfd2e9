"""The conditions against published numbers."""

import json
import math
from itertools import pairwise

import pytest

from simgen.areas import covers
from simgen.conditions import Conditions, Fog, Light, Surface, Water
from simgen.conditions.fog import contrast, extinction_from_mor, transmittance
from simgen.conditions.light import clear_sky_illuminance_lx, moonlight_lx
from simgen.conditions.water import attenuation_from_secchi, fresnel_unpolarised


@pytest.mark.parametrize(("mor_m", "extinction"), [(299.573, 0.01), (149.787, 0.02), (math.inf, 0.0)])
def test_extinction_is_ln_20_over_mor(mor_m, extinction):
    assert extinction_from_mor(mor_m) == pytest.approx(extinction, rel=1e-5)
    assert Fog(mor_m=mor_m).extinction_per_m == pytest.approx(extinction, rel=1e-5)


def test_contrast_is_five_percent_at_the_optical_range():
    assert contrast(1.0, extinction_from_mor(120.0), 120.0) == pytest.approx(0.05, rel=1e-12)


def test_koschmieder_example():
    # J 0.2, A 0.8, 0.02 1/m, 50 m: Foggy Cityscapes' own numbers.
    t = transmittance(0.02, 50.0)
    assert t == pytest.approx(0.367879, abs=1e-6)
    assert 0.2 * t + 0.8 * (1.0 - t) == pytest.approx(0.579272, abs=1e-6)


@pytest.mark.parametrize(
    ("angle_deg", "reflectance"),
    [(0, 0.02037), (45, 0.02790), (60, 0.05969), (75, 0.21238), (80, 0.34792), (85, 0.58352)],
)
def test_fresnel_of_water(angle_deg, reflectance):
    assert fresnel_unpolarised(math.cos(math.radians(angle_deg))) == pytest.approx(reflectance, abs=1e-5)


def test_fresnel_is_total_beyond_the_critical_angle():
    inside = 1.0 / 1.333
    assert fresnel_unpolarised(math.cos(math.radians(48.7)), inside) == 1.0
    assert fresnel_unpolarised(math.cos(math.radians(48.5)), inside) < 1.0


def test_attenuation_of_a_secchi_depth():
    assert attenuation_from_secchi(0.1) == pytest.approx(14.5)


@pytest.mark.parametrize(
    ("elevation_deg", "lux"),
    [
        (90, 129e3),
        (60, 103e3),
        (40, 66.7e3),
        (30, 46.5e3),
        (20, 27.3e3),
        (10, 10.9e3),
        (5, 4760),
        (-0.8, 453),
        (-6, 3.4),
    ],
)
def test_daylight_and_twilight_are_the_naval_observatorys(elevation_deg, lux):
    """Table of Circular 171 (Janiczek and DeYoung 1987), which its cubics follow within 6 %."""
    assert clear_sky_illuminance_lx(math.radians(elevation_deg)) == pytest.approx(lux, rel=0.06)


@pytest.mark.parametrize(("elevation_deg", "lux"), [(90, 0.267), (45, 0.164), (20, 0.0575), (10, 0.0236), (5, 0.0101)])
def test_a_full_moon_gives_a_quarter_of_a_lux(elevation_deg, lux):
    """0.267 lx overhead (Krisciunas and Schaefer 1991: about 0.27); lower down the cubics of Circular 171 by hand."""
    assert moonlight_lx(math.radians(elevation_deg), 1.0) == pytest.approx(lux, rel=0.02)


def test_a_half_moon_gives_a_ninth_of_a_full_one():
    """At a phase of 90 degrees 2.5 lg(full / half) is 2.31 mag (C. W. Allen: 0.026 * 90 + 4e-9 * 90^4 = 2.60)."""
    full, half = (moonlight_lx(math.radians(50.0), lit) for lit in (1.0, 0.5))
    assert 2.5 * math.log10(full / half) == pytest.approx(2.31, abs=0.02)
    assert moonlight_lx(math.radians(50.0), 0.0) == moonlight_lx(math.radians(-1.0), 1.0) == 0.0


@pytest.mark.parametrize("clouds", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("sun_deg", "moon_deg"), [(-30, 40), (-30, 2), (-8, 40), (20, 30), (-30, -10)])
def test_sun_moon_and_sky_add_up_to_the_natural_illuminance(sun_deg, moon_deg, clouds):
    sun, moon = math.radians(sun_deg), math.radians(moon_deg)
    light = Light(sun_elevation_rad=sun, moon_elevation_rad=moon, clouds=clouds, natural_lx=0.2)
    beam = light.beam
    assert light.sky_lx + beam.lx * max(math.sin(beam.elevation_rad), 0.02) == pytest.approx(0.2, rel=1e-9)
    assert beam.moon == (sun_deg <= 0 < moon_deg)
    assert (light.moon_lx > 0.0) == (beam.moon and clouds < 1.0)
    assert light.moon_lx == 0.0 or light.sun_lx == 0.0
    assert 0.0 <= light.moonlit_sky_lx <= light.sky_lx


def test_daylight_rises_with_the_sun():
    levels = [clear_sky_illuminance_lx(math.radians(e)) for e in range(-20, 91)]
    assert all(a <= b for a, b in pairwise(levels))
    assert levels[0] == pytest.approx(0.002)


@pytest.mark.parametrize("clouds", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("elevation_deg", [-10, 2, 30, 80])
def test_sun_and_sky_add_up_to_the_natural_illuminance(clouds, elevation_deg):
    e = math.radians(elevation_deg)
    light = Light(sun_elevation_rad=e, clouds=clouds, natural_lx=1000.0)
    horizontal = light.sun_lx * max(math.sin(e), 0.02) if e > 0 else 0.0
    assert horizontal + light.sky_lx == pytest.approx(1000.0, rel=1e-9)
    assert light.sky_lx > 0.0


def test_ambient_counts_every_source():
    assert Light(natural_lx=1.0, street_lights_lx=2.0, room_lights_lx=4.0).ambient_lx == 7.0


@pytest.mark.parametrize(
    ("tyres", "kmh", "film_mm", "mu"),
    [("new", 50, 0, 0.85), ("new", 90, 1, 0.30), ("worn", 50, 2, 0.25), ("worn", 130, 0, 0.90), ("new", 130, 2, 0.02)],
)
def test_tyre_friction_at_the_published_points(tyres, kmh, film_mm, mu):
    assert Surface(film_m=film_mm * 1e-3, tyres=tyres).friction(kmh / 3.6) == pytest.approx(mu)


def test_friction_falls_with_film_and_speed_and_ice_is_slippery():
    s = Surface()
    assert s.friction(20.0) > s.friction(20.0, extra_film_m=0.5e-3) > s.friction(20.0, extra_film_m=2e-3)
    assert s.friction(14.0) > s.friction(36.0)
    assert Surface(kind="ice").friction(14.0) <= 0.1
    assert 0.2 <= Surface(kind="snow").friction(14.0) <= 0.35


def test_water_covers_its_rectangle():
    water = Water(level_m=0.0, depth_m=0.5, x_min_m=0.0, x_max_m=10.0, y_min_m=-2.0, y_max_m=2.0)
    assert covers(water, 5.0, 0.0)
    assert not covers(water, 5.0, 2.1)


@pytest.mark.parametrize(
    ("time_s", "depth_m", "rise_mps"),
    [(0.0, 0.4, 0.1), (1.0, 0.5, 0.1), (2.0, 0.6, -0.5), (3.0, 0.1, 0.02), (8.0, 0.2, 0.02)],
)
def test_water_passes_through_its_points_and_rises_beyond_the_last(time_s, depth_m, rise_mps):
    water = Water(-1.0, 0.4, 0.0, 9.0, -3.0, 3.0, rise_mps=0.02, course=((2.0, 0.6), (3.0, 0.1)))
    now = water.at(time_s)
    assert now.depth_m == pytest.approx(depth_m)
    assert now.level_m == pytest.approx(-1.4 + depth_m)
    assert water.rise_at(time_s) == pytest.approx(rise_mps)


def test_water_that_falls_runs_off_and_still_water_stays():
    falling = Water(0.0, 0.4, 0.0, 9.0, -3.0, 3.0, rise_mps=-0.1)
    assert falling.at(3.9).depth_m == pytest.approx(0.01)
    assert falling.at(4.1) is None
    assert falling.rise_at(4.1) == 0.0
    still = Conditions(water=Water(0.0, 0.4, 0.0, 9.0, -3.0, 3.0))
    assert still.at(77.0) is still


def test_round_trip_through_json():
    course = ((2.0, 0.6), (5.0, 0.1))
    for water in (None, Water(-1.0, 0.4, 0.0, 9.0, -3.0, 3.0, (0.2, -0.1), 0.15, rise_mps=-0.01, course=course)):
        state = Conditions(water=water)
        again = Conditions.from_dict(json.loads(json.dumps(state.to_dict(), allow_nan=False)))
        assert again == state
        assert math.isinf(again.fog.mor_m)


def test_fog_layer_is_tens_of_metres_and_haze_fills_the_mixed_layer():
    assert Fog(mor_m=100.0).layer_top_m == 50.0
    assert Fog(mor_m=2.0e4).layer_top_m == 1500.0
