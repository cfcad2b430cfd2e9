"""Plumes on their way: mass, rise and spread by published formulas, ceilings, and things that they go with."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simgen.conditions import Conditions, Plume, Surface, Wind
from simgen.conditions.plumes import KINDS, SPRAY, buoyancy_flux, final_rise_m, rise_way_m, still_speed_mps
from simgen.models import build_site
from simgen.scenario import Scenario
from simgen.snapshot import Puffs
from simgen.world import World
from simgen.world.air import air_field
from simgen.world.ground import heights_of
from simgen.world.plumes import Plumes, Riders

FIELD, HALL = build_site("field", {}), build_site("room.warehouse", {})
NOTHING, DRY = Riders(np.zeros((0, 4, 4)), np.zeros((0, 3))), Surface()
EVEN = Wind(5.0, roughness_m=0.0)


def floating(plume: Plume, wind: Wind, time_s: float, site=FIELD) -> Puffs:
    """What floats at a time."""
    plumes = Plumes([plume], site)
    field = air_field(Conditions(wind=wind), heights_of(site.ground))
    plumes.advance(field, time_s, NOTHING, DRY)
    return plumes.puffs(field, time_s)


def seen_once(puffs: Puffs) -> np.ndarray:
    """Rows without the images below the ground, by height."""
    return puffs.center_m[:, 2] > 0.0


def test_published_numbers() -> None:
    """Briggs' flux is 8.9e-6 m4/s3 a watt (his 3.7e-5 a cal/s); x_f is 600 m where its two laws meet."""
    assert buoyancy_flux(1e6) == pytest.approx(8.9, rel=0.03)
    assert rise_way_m(54.999) == pytest.approx(rise_way_m(55.001), rel=0.02)
    assert rise_way_m(54.999) == pytest.approx(600.0, rel=0.01)
    assert final_rise_m(10.0, 5.0) == pytest.approx(21.425 * 10.0**0.75 / 5.0, rel=0.01)  # EPA, ISC3 equation 1-8
    assert still_speed_mps(1.0, 1.0) == pytest.approx(25.0 / 3.0 * 0.09 ** (1.0 / 3.0))
    assert KINDS["smoke"].extinction_m2pkg * 1e-4 * 5.0 == pytest.approx(-math.log(0.012907), rel=1e-4)
    assert KINDS["steam"].extinction_m2pkg == pytest.approx(3.0 / (1000.0 * 10e-6))
    assert SPRAY.extinction_m2pkg == pytest.approx(3.0 / (1000.0 * 100e-6))


@pytest.mark.parametrize("time_s", [0.0, 0.35, 4.0, 9.95])
@pytest.mark.parametrize(("start_s", "stop_s"), [(-60.0, math.inf), (-2.0, 3.0), (1.0, math.inf)])
def test_what_was_emitted_is_there(time_s: float, start_s: float, stop_s: float) -> None:
    plume = Plume("smoke", 0.0, 0.0, 0.02, height_m=30.0, start_s=start_s, stop_s=stop_s)
    puffs = floating(plume, EVEN, time_s)
    emitted_kg = 0.02 * max(min(time_s, stop_s) - start_s, 0.0)
    once = seen_once(puffs)
    assert puffs.cross_section_m2[once].sum() == pytest.approx(emitted_kg * 8700.0, rel=1e-6, abs=1e-9)


def test_steam_is_gone_after_a_while() -> None:
    """A source of constant rate holds rate times lifetime in the end."""
    puffs = floating(Plume("steam", 0.0, 0.0, 0.01, height_m=30.0, start_s=-300.0), EVEN, 0.0)
    once = seen_once(puffs)
    assert puffs.cross_section_m2[once].sum() == pytest.approx(0.01 * 8.0 * 300.0, rel=0.02)


def test_a_plume_spreads_as_measured() -> None:
    """Second moments 200 m downwind of many plumes are those of Briggs' formulas for neutral air."""
    rows = []
    for seed in range(40):
        plume = Plume("smoke", 0.0, 0.0, 0.02, height_m=150.0, radius_m=0.02, start_s=-50.0, seed=seed)
        puffs = floating(plume, EVEN, 0.0)
        near = seen_once(puffs) & (abs(puffs.center_m[:, 0] - 200.0) < 25.0)
        x, y, z = puffs.center_m[near].T
        a, b = puffs.spread_m[near].T
        rows += list(zip(x, y**2 + a**2, (z - 150.0) ** 2 + b**2, strict=True))
    x, across2, up2 = np.array(rows).T
    assert math.sqrt(across2.mean()) == pytest.approx(0.08 * 200.0 / math.sqrt(1.02), rel=0.08)
    assert math.sqrt(up2.mean()) == pytest.approx(0.06 * 200.0 / math.sqrt(1.3), rel=0.08)
    assert x.mean() == pytest.approx(200.0, abs=4.0)


def test_hot_smoke_rises_as_briggs_has_it() -> None:
    """The mean height of many plumes beyond x_f; near the source the plume of still air holds it back a little."""
    heat_w = 2e6
    flux = buoyancy_flux(heat_w)
    hot, cold = [], []
    for seed in range(12):
        plume = Plume("smoke", 0.0, 0.0, 0.02, height_m=40.0, heat_w=heat_w, radius_m=0.1, start_s=-120.0, seed=seed)
        for heights, source in ((hot, plume), (cold, replace(plume, heat_w=0.0))):
            puffs = floating(source, EVEN, 0.0)
            far = seen_once(puffs) & (abs(puffs.center_m[:, 0] - 1.4 * rise_way_m(flux)) < 50.0)
            heights += (puffs.center_m[far, 2] - 40.0).tolist()
    assert np.mean(hot) == pytest.approx(final_rise_m(flux, 5.0), rel=0.1)
    assert abs(np.mean(cold)) < 0.1 * final_rise_m(flux, 5.0)


def test_smoke_gathers_under_the_roof() -> None:
    roof_m = max(float(p.mesh.vertices_m[:, 2].max()) for p in HALL.parts if p.roof)
    plume = Plume("smoke", 0.0, 0.0, 0.002, heat_w=5e4, start_s=-120.0)
    puffs = floating(plume, Wind(), 0.0, HALL)
    inside = (puffs.center_m[:, 2] > 0.0) & (puffs.center_m[:, 2] < roof_m)
    assert puffs.cross_section_m2[inside].sum() == pytest.approx(0.002 * 120.0 * 8700.0, rel=1e-6)
    old = inside & (puffs.spread_m[:, 0] > 2.0)
    assert old.sum() > 20
    assert np.median(puffs.center_m[old, 2]) > 0.65 * roof_m
    b = HALL.bounds
    assert (puffs.center_m[inside, 0] > b.x_min_m - 4.0).all()
    assert (puffs.center_m[inside, 0] < b.x_max_m + 4.0).all()
    assert (puffs.center_m[:, 2] > roof_m).any()  # its images above the roof press it down


def test_the_same_puffs_whenever_one_looks() -> None:
    field = air_field(Conditions(wind=Wind(6.0, 0.4, gust_intensity=0.2)), heights_of(FIELD.ground))
    plume = Plume("dust", 3.0, 1.0, 0.02, size_m=(4.0, 2.0), start_s=-10.0)
    often, once = Plumes([plume], FIELD), Plumes([plume], FIELD)
    for tick in range(1200):
        often.advance(field, tick / 240.0, NOTHING, DRY)
        often.puffs(field, tick / 240.0)
    once.advance(field, 1199 / 240.0, NOTHING, DRY)
    a, b = often.puffs(field, 1199 / 240.0), once.puffs(field, 1199 / 240.0)
    np.testing.assert_array_equal(a.center_m, b.center_m)
    np.testing.assert_array_equal(a.cross_section_m2, b.cross_section_m2)
    other = Plumes([replace(plume, seed=1)], FIELD)
    other.advance(field, 1.0, NOTHING, DRY)
    assert not np.array_equal(other.puffs(field, 1.0).center_m[:5], a.center_m[:5])


def test_nothing_jumps() -> None:
    """From frame to frame every puff moves by no more than the air, and what is emitted comes gradually."""
    field = air_field(Conditions(wind=EVEN), heights_of(FIELD.ground))
    plumes = Plumes([Plume("smoke", 0.0, 0.0, 0.02, height_m=30.0, heat_w=1e6, start_s=-20.0)], FIELD)
    before = None
    for tick in range(0, 240, 3):
        plumes.advance(field, tick / 240.0, NOTHING, DRY)
        now = plumes.puffs(field, tick / 240.0)
        if before is not None:
            count = len(before)
            moved = np.linalg.norm(now.center_m[:count] - before.center_m, axis=1)
            assert moved.max() < 0.3
            assert abs(now.cross_section_m2[:count] - before.cross_section_m2).max() < 0.02 * 8700.0 * 0.0126
        before = now


def test_a_burning_car_takes_its_smoke_along() -> None:
    plume = Plume("smoke", 0.0, 0.0, 0.02, height_m=1.0, start_s=0.0, actor="ego")
    scene = Scenario.load("driving/lost_cargo").draw(0, 0)
    scene = replace(scene, conditions=replace(scene.conditions, plumes=(plume, replace(plume, actor="nobody"))))
    with World(scene) as world:
        for _ in range(240):
            world.step()
        snapshot = world.snapshot()
    ego = snapshot.T_world_object[world.ego_index][:3, 3]
    puffs = snapshot.puffs
    assert puffs.cross_section_m2[seen_once(puffs)].sum() == pytest.approx(0.02 * 8700.0, rel=0.01)
    assert np.linalg.norm(puffs.center_m - ego, axis=1).min() < 3.0
    behind = ego[0] - puffs.center_m[:, 0]
    assert behind.max() > 10.0


def test_a_source_emits_as_much_as_its_rate_of_the_moment() -> None:
    """Nothing at first, then twice and half as much: the cross sections afloat are the masses times that of a mass."""
    plume = Plume("smoke", 0.0, 0.0, 0.0, height_m=30.0, start_s=0.0)
    plumes, air = Plumes([plume], FIELD, changing=[0]), air_field(Conditions(), heights_of(FIELD.ground))
    afloat = []
    for time_s, rate_kgps in ((1.0, 0.0), (6.0, 0.02), (11.0, 0.005)):
        plumes.take([replace(plume, rate_kgps=rate_kgps)])
        plumes.advance(air, time_s, NOTHING, DRY)
        afloat.append(float(plumes.puffs(air, time_s).cross_section_m2.sum()))
    assert afloat[0] == 0.0
    assert afloat[1] == pytest.approx(5.0 * 0.02 * KINDS["smoke"].extinction_m2pkg, rel=0.25)
    assert afloat[2] - afloat[1] == pytest.approx(5.0 * 0.005 * KINDS["smoke"].extinction_m2pkg, rel=0.25)
