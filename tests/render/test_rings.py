"""Rings of drops on water: as many as fall, as steep as measured, no mean, and nothing finer than pixels show."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from small_stage import CAMERA, OVERCAST, Thing, draw, floor, looking, luminance, matt, stage, wall

from simgen.compiled import kernel
from simgen.conditions import Conditions, Rain, Surface, Water
from simgen.conditions.rain import MM_PER_H, fall_speed_mps
from simgen.conditions.ring_waves import group_speed_mps, slope_variance, wave_number_per_m
from simgen.render.kernels import rings as kernels
from simgen.render.rings import LEAST_M, drawn_per_m2s, ring_table

RATES = (2.0, 10.0, 50.0)
CELLS_M2 = 9.0 * kernels.SQUARE_M**2


@kernel
def slopes(table, near, x, y, across, along, out):
    """Slopes at places, each with its own rings, and how many rings are near."""
    for n in range(x.shape[0]):
        count = kernels.gather_rings(table, kernels.square_of(x[n]), kernels.square_of(y[n]), near)
        sx, sy = kernels.ring_slope(
            near, count, x[n], y[n], np.float32(1.0), np.float32(0.0), np.float32(across), np.float32(along)
        )
        out[n, 0], out[n, 1], out[n, 2] = sx, sy, count


def sampled(rate_mm_per_h: float, across_m: float = 0.0, along_m: float = 0.0, time_s: float = 7.3) -> np.ndarray:
    """(N, 3) slopes and numbers of rings at places over 60 m x 60 m, either side of the origin."""
    x, y = np.random.default_rng(5).uniform(-30.0, 30.0, size=(2, 200_000)).astype(np.float32)
    out = np.full((len(x), 3), np.nan)
    near = np.full(kernels.SCRATCH, np.nan, np.float32)
    slopes(ring_table(Rain(rate_mm_per_h * MM_PER_H), time_s), near, x, y, across_m, along_m, out)
    return out


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("least_m", [1e-3, 2e-3])
def test_impacts_are_the_flux_of_the_drops(rate, least_m):
    """Number density times fall speed, integrated over the diameters."""
    rain = Rain(rate * MM_PER_H)
    slope = 4.1e3 * rate**-0.21
    expected, _ = quad(lambda d: 8.0e6 * math.exp(-slope * d) * fall_speed_mps(d), least_m, 0.05, points=[2e-3, 5e-3])
    assert rain.impacts_per_m2s(least_m) == pytest.approx(expected, rel=1e-6)
    assert Rain(0.0).impacts_per_m2s(least_m) == 0.0


def test_waves_disperse_as_under_gravity_and_tension():
    """The slowest waves on water are 1.7 cm long and run at 23 cm/s; a group's speed is dw / dk."""
    k = math.sqrt(9.81 / 7.28e-5)
    slowest_hz = math.sqrt(9.81 * k + 7.28e-5 * k**3) / (2.0 * math.pi)
    assert wave_number_per_m(slowest_hz) == pytest.approx(k, rel=1e-9)
    assert 2.0 * math.pi / k == pytest.approx(0.0171, rel=0.01)
    assert 2.0 * math.pi * slowest_hz / k == pytest.approx(0.231, rel=0.01)
    for f in (2.0, 5.7, 12.0):
        derived = 2.0 * math.pi * 2e-4 / (wave_number_per_m(f + 1e-4) - wave_number_per_m(f - 1e-4))
        assert group_speed_mps(f) == pytest.approx(derived, rel=1e-6)


@pytest.mark.parametrize("rate", RATES)
def test_slope_variance_is_the_second_moment_of_the_spectrum(rate):
    def integrand(f):
        k = brentq(lambda v: 9.81 * v + 7.28e-5 * v**3 - (2.0 * math.pi * f) ** 2, 0.0, 1e4)
        peak, width = 5.772 - 0.0018 * rate, 4.42 + 0.0028 * rate
        return k * k * 6e-8 * rate**0.53 * math.exp(-math.pi * (math.log(f / peak) * peak / width) ** 2)

    expected, _ = quad(integrand, 5.772 / 4.0, 5.772 * 4.0)
    assert slope_variance(rate * MM_PER_H) == pytest.approx(expected, rel=2e-3)
    assert slope_variance(0.0) == 0.0


@pytest.mark.parametrize("rate", RATES)
def test_as_many_rings_are_alive_as_drops_fall_in_a_life(rate):
    count = sampled(rate)[:, 2].mean()
    assert count == pytest.approx(drawn_per_m2s(Rain(rate * MM_PER_H)) * kernels.LIFE_S * CELLS_M2, rel=0.02)


@pytest.mark.parametrize("rate", RATES)
def test_their_slopes_have_the_variance_that_is_due_and_no_mean(rate):
    table = ring_table(Rain(rate * MM_PER_H), 0.0)
    seen = sampled(rate)[:, :2]
    due = float(table[kernels.SHOWN])
    assert seen.var(axis=0) == pytest.approx([due] * 2, rel=0.06)
    assert np.abs(seen.mean(axis=0)).max() < 0.02 * math.sqrt(due)
    share = min(drawn_per_m2s(Rain(rate * MM_PER_H)) / Rain(rate * MM_PER_H).impacts_per_m2s(LEAST_M), 1.0)
    assert due == pytest.approx(0.5 * share * slope_variance(rate * MM_PER_H), rel=1e-5)


def test_pixels_that_cover_a_wave_show_none_and_those_along_the_sight_go_first():
    length = 2.0 * math.pi / kernels.NUMBER_PER_M
    fine = sampled(10.0)[:, :2].var(axis=0)
    coarse = sampled(10.0, length, length)[:, :2]
    assert (coarse == 0.0).all()
    slanted = sampled(10.0, 0.0, 0.45 * length)[:, :2].var(axis=0)
    assert slanted[0] < 0.5 * slanted[1] < 0.5 * fine[1]
    assert (sampled(10.0, 0.0, 0.05)[:, :2] == 0.0).all()


def test_a_ring_grows_at_the_speed_of_its_group_and_is_gone_at_its_end():
    """A moment later the same rings are there, each wider; after two lives there are others."""
    near = [np.full(kernels.SCRATCH, np.nan, np.float32) for _ in range(3)]
    rain, i = Rain(5.0 * MM_PER_H), np.int32(-3)
    counts = [
        kernels.gather_rings(ring_table(rain, t), i, np.int32(4), n)
        for t, n in zip((9.1, 9.2, 10.1), near, strict=True)
    ]
    first, then, later = (
        {tuple(r[:2]): r[2] for r in n[: 5 * c].reshape(-1, 5)} for n, c in zip(near, counts, strict=True)
    )
    both = first.keys() & then.keys()
    assert len(both) > 0.5 * len(first)
    for place in both:
        assert then[place] - first[place] == pytest.approx(0.1 * group_speed_mps(5.7), rel=1e-3)
    assert not first.keys() & later.keys()


FORWARD = looking((0.0, 0.0, 1.3), (3.0, 0.0, 0.0))


def pond(rate_mm_per_h: float, roof: bool = False, tick: int = 240):
    """Deep water before a bright wall, in rain or not."""
    things = [Thing(floor(90.0, -3.0, matt(0.0))), Thing(wall(30.0, -99, 99, 0, 9, matt(0.7)), class_name="building")]
    if roof:
        things.append(Thing(floor(40.0, 9.0, matt(0.5)), roof=True, class_name="building"))
    water = Water(level_m=0.0, depth_m=3.0, x_min_m=-90, x_max_m=90, y_min_m=-90, y_max_m=90, secchi_m=0.2)
    return stage(things, Conditions(light=OVERCAST, water=water, rain=Rain(rate_mm_per_h * MM_PER_H)), tick=tick)


def test_rain_wrinkles_water_near_by_and_moves_on_it():
    calm, wet, later = (draw(s, FORWARD).radiance for s in (pond(0.0), pond(10.0), pond(10.0, tick=300)))
    near = np.s_[70:, :, 1]
    rough_calm, rough_wet = (float(np.diff(i[near], axis=1).std()) for i in (calm, wet))
    assert rough_wet > 1.5 * rough_calm
    assert np.abs(wet[near] - later[near]).std() > rough_calm
    assert luminance(wet)[70:].mean() == pytest.approx(luminance(calm)[70:].mean(), rel=0.25)


def test_no_ring_on_a_thin_film():
    """Rain on 0.2 mm of water on rough ground leaves the normals of the picture alone: the same at any moment."""
    surface = Surface(film_m=1e-4)
    ground = [Thing(floor(material=matt(0.1)))]
    scenes = [
        stage(ground, Conditions(light=OVERCAST, surface=surface, rain=Rain(10.0 * MM_PER_H)), tick=t)
        for t in (240, 300)
    ]
    a, b = (draw(s, FORWARD).radiance for s in scenes)
    assert np.array_equal(a, b)


def test_the_same_bits_twice_and_from_a_used_renderer():
    a, b = (draw(pond(10.0), FORWARD, CAMERA).radiance for _ in range(2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, draw(dataclasses.replace(pond(10.0), time_s=2.0), FORWARD).radiance)
