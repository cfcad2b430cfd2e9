"""Snow against the published numbers."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from scipy.integrate import quad

from simgen.conditions import Conditions, Fog, Patch, Rain, Snow, Surface, with_settings
from simgen.conditions.rain import MM_PER_H
from simgen.conditions.snow import (
    covered_share,
    drifting_share,
    fall_speed_mps,
    flake_diameter_m,
    retained_share,
    wheel_resistance_n,
)


def _falling(rate_mm_per_h: float) -> Snow:
    return Snow(rate_mps=rate_mm_per_h * MM_PER_H)


def _over_sizes(snow: Snow, of: object) -> float:
    """Integral of a function of the melted diameter over all flakes of a cubic metre."""
    assert callable(of)
    n0, slope = snow.flakes_per_m4, snow.slope_per_m
    return float(quad(lambda d: n0 * math.exp(-slope * d) * of(d), 0.0, 40.0 / slope, limit=400)[0])


def test_sekhon_and_srivastava() -> None:
    """Slope of 15.162 per cm at 2.5 mm/h; below Gunn and Marshall's 25.5 R^-0.48 = 16.426."""
    snow = _falling(2.5)
    assert snow.slope_per_m * 1e-2 == pytest.approx(15.162, rel=1e-4)
    assert snow.flakes_per_m4 * 1e-3 == pytest.approx(2500.0 * 2.5**-0.94, rel=1e-9)
    assert snow.flakes_per_m3(0.0) == pytest.approx(_over_sizes(snow, lambda d: 1.0), rel=1e-6)
    assert snow.flakes_per_m3(1e-3) == pytest.approx(snow.flakes_per_m3(0.0) * math.exp(-1.5162), rel=1e-4)


@pytest.mark.parametrize("rate", [0.3, 1.0, 2.5, 6.0])
def test_the_flakes_bring_the_snow(rate: float) -> None:
    """Sizes and fall speeds are from different papers: their flux is the rate within 10 %."""
    snow = _falling(rate)
    flux = _over_sizes(snow, lambda d: math.pi / 6.0 * d**3 * fall_speed_mps(d))
    assert flux / MM_PER_H == pytest.approx(rate, rel=0.10)
    assert snow.water_kg_per_m3 == pytest.approx(_over_sizes(snow, lambda d: math.pi / 6.0 * d**3 * 1e3), rel=1e-6)


def test_flakes_fall_at_half_a_metre_to_two_a_second() -> None:
    speeds = [fall_speed_mps(1e-3 * d) for d in (0.3, 1.0, 2.0, 5.0)]
    assert speeds == sorted(speeds)
    assert 0.5 < speeds[0] < speeds[-1] < 2.0
    assert speeds[1] == pytest.approx(0.784, abs=1e-3)  # 160 * 0.1^0.31 cm/s


@pytest.mark.parametrize("melted_mm", [0.5, 1.0, 3.0])
def test_a_flake_weighs_what_its_drop_does(melted_mm: float) -> None:
    melted_m = 1e-3 * melted_mm
    flake_m = flake_diameter_m(melted_m)
    density = 0.17 / flake_m
    assert density * flake_m**3 == pytest.approx(1000.0 * melted_m**3, rel=1e-9)
    assert 10.0 < density < 200.0


def test_extinction_is_twice_the_cross_section_of_all_flakes() -> None:
    snow = _falling(2.0)
    area = _over_sizes(snow, lambda d: math.pi / 4.0 * flake_diameter_m(d) ** 2)
    assert snow.extinction_per_m == pytest.approx(2.0 * area, rel=1e-6)


def test_extinction_grows_with_the_rate_and_meets_the_bands_of_fmh1() -> None:
    """Light from 3/4 mile on (2.482 per km), heavy to 1/4 mile (7.446), at rates that are called so."""
    found = [1e3 * _falling(rate).extinction_per_m for rate in (0.1, 0.4, 1.0, 2.5, 5.0, 10.0)]
    assert found == sorted(found)
    assert found[1] < 2.482 < found[2] < 7.446 < found[3]


def test_no_snow_is_clear_air() -> None:
    assert Snow().extinction_per_m == 0.0
    assert Snow().flakes_per_m3(1e-3) == 0.0
    assert Conditions(fog=Fog(80.0)).mor_m == 80.0


def test_fog_rain_and_snow_take_light_together() -> None:
    all_three = Conditions(fog=Fog(1000.0), rain=Rain(2.0 * MM_PER_H), snow=_falling(1.0))
    parts = all_three.fog, all_three.rain, all_three.snow
    assert all_three.extinction_per_m == pytest.approx(sum(p.extinction_per_m for p in parts))
    assert all_three.mor_m == pytest.approx(math.log(20.0) / all_three.extinction_per_m)


def test_thin_snow_leaves_ground_bare() -> None:
    """tanh(1) = 0.7616 at 2.5 roughness lengths: 25 mm on bare soil of z0 = 1 cm."""
    assert covered_share(0.0, 0.01) == 0.0
    assert covered_share(0.025, 0.01) == pytest.approx(0.76159, abs=1e-5)
    assert covered_share(0.2, 0.01) > 0.999


@pytest.mark.parametrize(("slope_deg", "share"), [(0, 1.0), (30, 1.0), (45, 0.5), (60, 0.0), (90, 0.0)])
def test_snow_slides_off_steep_roofs(slope_deg: float, share: float) -> None:
    """EN 1991-1-3: mu = 0.8, 0.8 (60 - a) / 30, 0."""
    assert retained_share(math.radians(slope_deg)) == pytest.approx(share)


def test_snow_survives_json() -> None:
    state = Conditions(snow=Snow(0.04, 3e-7), surface=Surface(snow_m=0.02, tracks=0.5, patches=(
        Patch("paved", 0.0, 0, 1, 0, 1, snow_m=0.01),
    )))  # fmt: skip
    assert Conditions.from_dict(json.loads(json.dumps(state.to_dict()))) == state
    old = state.to_dict()
    del old["snow"]
    assert Conditions.from_dict(old) == replace(state, snow=Snow())


# -- what it does to the grip --------------------------------------------------------------------------------------


def test_a_snowed_road_grips_like_packed_snow() -> None:
    """Tyre vendors give 0.25 to 0.35, the driving handbook 0.20 to 0.35."""
    for speed_mps in (5.0, 25.0):
        assert 0.25 <= Surface(snow_m=0.04).friction(speed_mps) <= 0.35
    assert Surface(snow_m=0.04).sliding_share == pytest.approx(Surface(kind="snow").sliding_share, rel=1e-3)


def test_grip_goes_with_the_covered_share() -> None:
    grips = [Surface(snow_m=depth_m, tracks=0.0).friction(14.0) for depth_m in (0.0, 5e-4, 1e-3, 3e-3, 2e-2)]
    assert grips == sorted(grips, reverse=True)
    assert grips[0] == Surface().friction(14.0)
    dry, packed = Surface().friction(14.0), Surface(kind="snow").friction(14.0)
    share = covered_share(1e-3, 1e-3)
    assert grips[2] == pytest.approx(dry + (packed - dry) * share)


def test_wheels_roll_where_wheels_have_rolled() -> None:
    grips = [Surface(snow_m=0.02, tracks=share).friction(14.0) for share in (0.0, 0.9, 0.97, 1.0)]
    assert grips == sorted(grips)
    assert grips[-1] == Surface().friction(14.0)
    left = Surface(snow_m=0.002, tracks=0.0).friction(14.0)
    assert Surface(snow_m=0.02, tracks=0.9).friction(14.0) == pytest.approx(left)


def test_snow_on_ice_and_a_cleared_patch() -> None:
    cleared = Patch("paved", 0.0, 0, 1, 0, 1)
    icy = Patch("ice", 0.0, 2, 3, 0, 1, snow_m=0.01)
    road = Surface(snow_m=0.03, patches=(cleared, icy))
    assert road.at(0.5, 0.5).friction(10.0) == Surface().friction(10.0)
    assert road.at(2.5, 0.5).friction(10.0) == Surface(kind="ice").friction(10.0)  # snow on ice does not help
    assert road.at(9.0, 9.0).friction(10.0) == pytest.approx(0.28, abs=1e-3)


def test_the_snow_on_the_road_follows_unless_it_was_cleared() -> None:
    patch = Patch("paved", 0.0, 0, 1, 0, 1)
    state = Conditions(snow=Snow(0.02), surface=Surface(snow_m=0.02, patches=(patch,)))
    deeper = with_settings(state, {"snow.depth": 0.05})
    assert deeper.snow.depth_m == 0.05
    assert [deeper.surface.snow_m, deeper.surface.patches[0].snow_m] == [0.05, 0.0]
    ploughed = replace(state, surface=Surface(snow_m=0.003))
    assert with_settings(ploughed, {"snow.depth": 0.05}).surface.snow_m == 0.003
    assert with_settings(state, {"surface.snow": 0.0}).surface.snow_m == 0.0


MEASURED = [  # depth m, density kg/m3, resistance as a share of the load: CRREL TR-01-16, table 11, radius 38 cm
    (0.13, 160.0, 0.05), (0.16, 160.0, 0.06), (0.15, 170.0, 0.05), (0.19, 170.0, 0.08), (0.18, 170.0, 0.06),
    (0.21, 220.0, 0.09), (0.20, 220.0, 0.07), (0.14, 110.0, 0.02),
]  # fmt: skip


@pytest.mark.parametrize(("depth_m", "density", "share"), MEASURED)
def test_wheels_are_held_back_as_measured(depth_m: float, density: float, share: float, monkeypatch: Any) -> None:
    """Tyres 27.2 cm wide under 6.8 kN; sinkage 0.7 to 0.9 of the depth."""
    monkeypatch.setattr("simgen.conditions.snow.FRESH_KG_PER_M3", density)
    found = wheel_resistance_n(depth_m, 0.38, 0.272) / 6800.0
    assert found == pytest.approx(share, abs=0.025)


def test_new_snow_of_a_hand_holds_a_car_back_by_a_few_percent_of_its_weight() -> None:
    held = [2.0 * wheel_resistance_n(depth_m, 0.32, 0.205) / (1500.0 * 9.81) for depth_m in (0.0, 0.05, 0.1, 0.2, 0.4)]
    assert held[0] == 0.0
    assert held == sorted(held)
    assert 0.003 < held[1] < held[3] < 0.04
    assert wheel_resistance_n(1.0, 0.32, 0.2) == wheel_resistance_n(0.9, 0.32, 0.2)  # it sinks in to the axle


def test_snow_drifts_from_the_published_wind_on() -> None:
    assert drifting_share(0.0) == drifting_share(7.6) == 0.0
    shares = [drifting_share(speed_mps) for speed_mps in (8.0, 12.0, 25.0)]
    assert shares == sorted(shares)
    assert shares[1] == pytest.approx(1.0 - (7.7 / 12.0) ** 2)
    assert shares[-1] < 1.0
