"""Settings of conditions: what each changes, what follows from it, and the way from one to another."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from simgen.conditions import (
    SETTINGS,
    Conditions,
    Fog,
    Light,
    Patch,
    Plume,
    Surface,
    Tornado,
    Water,
    between,
    setting,
    with_settings,
)
from simgen.conditions.change import PLUMES

WATER = Water(
    level_m=-0.4, depth_m=0.6, x_min_m=0, x_max_m=9, y_min_m=0, y_max_m=9, current_mps=(0.0, 2.0), rise_mps=0.01
)
STATE = Conditions(
    light=Light(natural_lx=Light().usual_lx),
    water=WATER,
    tornado=Tornado(40.0, -20.0, 30.0, 45.0, velocity_mps=(8.0, 0.0), dust_kgpm3=1e-3),
    plumes=tuple(Plume("smoke", 0.0, 0.0, 1e-3 * (k + 1)) for k in range(PLUMES)),
)
OTHER = dict.fromkeys(SETTINGS, 0.3) | {"surface.kind": "ice"}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_read_back_and_leaves_the_others(name: str) -> None:
    changed = with_settings(STATE, {name: OTHER[name]})
    assert setting(changed, name) == (pytest.approx(0.3) if name != "surface.kind" else "ice")
    follows = {
        "sun.elevation": {"sky.illuminance"},
        "sky.clouds": {"sky.illuminance"},
        "rain.rate": {"surface.film"},
        "snow.depth": {"surface.snow"},
    }.get(name, set())
    for other in set(SETTINGS) - {name} - follows:
        assert setting(changed, other) == pytest.approx(setting(STATE, other)), other


def test_what_is_not_there_does_not_come() -> None:
    bare = Conditions()
    changed = with_settings(bare, {"tornado.max_speed": 30.0, "plumes[2].rate": 0.1, "tornado.x": 4.0})
    assert changed == bare
    assert setting(changed, "tornado.max_speed") == setting(changed, "plumes[2].rate") == 0.0


def test_no_setting_changes_nothing() -> None:
    assert with_settings(STATE, {}) is STATE


def test_daylight_follows_the_sun_and_an_authors_own_in_proportion() -> None:
    low = math.radians(5.0)
    dull = 1 - 0.88 * 0.09
    assert with_settings(STATE, {"sun.elevation": low}).light.natural_lx == pytest.approx(4500.0 * dull, rel=0.01)
    half = replace(STATE, light=replace(STATE.light, natural_lx=0.5 * STATE.light.natural_lx))
    assert with_settings(half, {"sun.elevation": low}).light.natural_lx == pytest.approx(2250.0 * dull, rel=0.01)
    indoors = replace(STATE, light=replace(STATE.light, natural_lx=0.0))
    assert with_settings(indoors, {"sun.elevation": low, "sky.illuminance": 9e4}).light.natural_lx == 0.0


def test_a_depth_moves_the_level_and_ends_the_waters_own_course() -> None:
    later = with_settings(STATE, {"water.depth": 0.25}).at(30.0).water
    assert later is not None
    assert (later.depth_m, later.level_m) == pytest.approx((0.25, -0.75))
    assert with_settings(STATE, {"water.depth": 0.0}).at(1.0).water is None
    unchanged = with_settings(STATE, {"water.flow": 1.0}).at(10.0).water
    assert unchanged is not None
    assert unchanged.depth_m == pytest.approx(0.7)
    assert unchanged.current_mps == pytest.approx((0.0, 1.0))


def test_a_patch_keeps_what_it_has_of_its_own() -> None:
    ice, puddle = Patch("ice", 0.0, 0, 1, 0, 1), Patch("paved", 0.002, 0, 1, 0, 1)
    wet = with_settings(Conditions(surface=Surface(patches=(ice, puddle))), {"surface.film": 1e-3}).surface
    assert [wet.film_m, *(p.film_m for p in wet.patches)] == [1e-3, 1e-3, 0.002]
    snowed = with_settings(Conditions(surface=Surface(patches=(ice, puddle))), {"surface.kind": "snow"}).surface
    assert [snowed.kind, *(p.kind for p in snowed.patches)] == ["snow", "ice", "snow"]


def test_fog_comes_from_clear_air_at_an_even_rate_of_extinction() -> None:
    full = Fog(50.0).extinction_per_m
    for share in (0.0, 0.25, 0.5, 1.0):
        mor_m = between("fog.mor", math.inf, 50.0, share)
        assert isinstance(mor_m, float)
        assert Fog(mor_m).extinction_per_m == pytest.approx(share * full)
    assert between("fog.mor", math.inf, 50.0, 0.0) == math.inf
    assert between("fog.mor", math.inf, 50.0, 1.0) == 50.0  # the very number that was asked for


def test_quantities_go_straight_and_names_at_the_end() -> None:
    assert between("water.depth", 0.2, 0.6, 0.25) == pytest.approx(0.3)
    assert between("surface.kind", "paved", "ice", 0.99) == "paved"
    assert between("surface.kind", "paved", "ice", 1.0) == "ice"
