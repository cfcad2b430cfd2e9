"""Rain against the published numbers."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from scipy.integrate import quad

from simgen.conditions import Conditions, Fog, Patch, Rain, Surface, with_settings
from simgen.conditions.rain import DAMP_M, DROPS_PER_M4, MM_PER_H, fall_speed_mps, film_depth_m


@pytest.mark.parametrize(
    ("rate", "slope_per_mm", "drops", "extinction_per_km"),
    [(1.0, 4.1, 1951.2, 0.3647), (10.0, 2.5280, 3164.5, 1.5556), (50.0, 1.8030, 4437.0, 4.288)],
)
def test_marshall_palmer(rate: float, slope_per_mm: float, drops: float, extinction_per_km: float) -> None:
    rain = Rain(rate * MM_PER_H)
    assert rain.slope_per_m * 1e-3 == pytest.approx(slope_per_mm, rel=1e-4)
    assert rain.drops_per_m3(0.0) == pytest.approx(drops, rel=1e-4)
    assert rain.extinction_per_m * 1e3 == pytest.approx(extinction_per_km, rel=1e-3)


@pytest.mark.parametrize(("rate", "tolerance"), [(1.0, 0.17), (10.0, 0.08), (50.0, 0.08)])
def test_extinction_is_near_what_was_measured(rate: float, tolerance: float) -> None:
    """Ulbrich and Atlas 1.45 R^0.64 dB/km, Weber 0.312 R^0.67 1/km."""
    found = 1e3 * Rain(rate * MM_PER_H).extinction_per_m
    assert found == pytest.approx(1.45 * rate**0.64 * math.log(10.0) / 10.0, rel=tolerance)
    assert found == pytest.approx(0.312 * rate**0.67, rel=tolerance)


def test_extinction_is_twice_the_cross_section_of_all_drops() -> None:
    rain = Rain(20.0 * MM_PER_H)
    area, _ = quad(lambda d: math.pi / 4 * d**2 * DROPS_PER_M4 * math.exp(-rain.slope_per_m * d), 0.0, 0.02)
    assert rain.extinction_per_m == pytest.approx(2.0 * area, rel=1e-6)


@pytest.mark.parametrize(("d_mm", "speed"), [(1, 3.997), (2, 6.548), (3, 7.947), (4, 8.716), (5, 9.137)])
def test_fall_speed(d_mm: int, speed: float) -> None:
    assert fall_speed_mps(1e-3 * d_mm) == pytest.approx(speed, abs=1e-3)


def test_the_drops_bring_the_rain() -> None:
    """The flux of the drops at 10 mm/h comes to 11.64 mm/h: the two laws disagree by 16 %."""
    rain = Rain(10.0 * MM_PER_H)

    def flux(d: float) -> float:
        return math.pi / 6 * d**3 * fall_speed_mps(d) * DROPS_PER_M4 * math.exp(-rain.slope_per_m * d)

    assert quad(flux, 0.0, 0.03, limit=400)[0] / MM_PER_H == pytest.approx(11.64, abs=0.05)


def test_no_rain_is_clear_air_on_dry_ground() -> None:
    assert Rain().extinction_per_m == 0.0
    assert Rain().drops_per_m3(1e-3) == 0.0
    assert film_depth_m(0.0) == 0.0
    assert Conditions(fog=Fog(80.0)).mor_m == 80.0


@pytest.mark.parametrize("rate", [50.0, 100.0, 200.0])
def test_film_by_gallaways_own_units(rate: float) -> None:
    """In inches, feet and inches an hour: 0.00338 T^0.11 L^0.43 I^0.59 / S^0.42 - T."""
    inch = 0.0254
    texture = 0.8e-3 / inch
    way, intensity = 5.0 / 0.3048, rate * 1e-3 / inch
    depth = 0.00338 * texture**0.11 * way**0.43 * intensity**0.59 / 0.025**0.42 - texture
    assert film_depth_m(rate * MM_PER_H) == pytest.approx(depth * inch, rel=0.02)


def test_film_grows_with_the_rain_and_wets_the_road_in_drizzle() -> None:
    films = [film_depth_m(rate * MM_PER_H) for rate in (0.1, 0.5, 2.0, 20.0, 60.0, 150.0)]
    assert films == sorted(films)
    assert 0.0 < films[0] < films[2] == DAMP_M < films[-1]


def test_fog_and_rain_take_light_together() -> None:
    both = Conditions(fog=Fog(1000.0), rain=Rain(20.0 * MM_PER_H))
    assert both.extinction_per_m == both.fog.extinction_per_m + both.rain.extinction_per_m
    assert both.mor_m == pytest.approx(math.log(20.0) / both.extinction_per_m)
    assert both.mor_m < 1000.0


def test_rain_survives_json() -> None:
    state = Conditions(rain=Rain(3e-6))
    assert Conditions.from_dict(json.loads(json.dumps(state.to_dict()))) == state
    old = state.to_dict()
    del old["rain"]
    assert Conditions.from_dict(old) == replace(state, rain=Rain())


def test_the_film_follows_the_rain_unless_the_author_gave_one() -> None:
    patch = Patch("paved", 0.002, 0, 1, 0, 1)
    rate = 80.0 * MM_PER_H
    wet = with_settings(Conditions(surface=Surface(patches=(patch,))), {"rain.rate": rate})
    assert wet.rain.rate_mps == rate
    assert [wet.surface.film_m, wet.surface.patches[0].film_m] == [film_depth_m(rate), 0.002]
    assert with_settings(wet, {"rain.rate": 0.0}).surface.film_m == 0.0
    assert with_settings(wet, {"rain.rate": 0.0, "surface.film": 1e-4}).surface.film_m == 1e-4
    own = Conditions(surface=Surface(film_m=5e-4))
    assert with_settings(own, {"rain.rate": rate}).surface.film_m == 5e-4
