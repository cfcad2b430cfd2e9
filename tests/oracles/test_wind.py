"""Wind against published numbers and closed forms: vortex, gusts, drag, and the speeds that slide and tip a van."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simgen.conditions import Conditions, Surface, Tornado, Wind
from simgen.conditions.wind import beaufort
from simgen.models import Model, build_model
from simgen.models.catalogue import register_model
from simgen.world import World
from simgen.world.air import air_field, air_velocity
from simgen.world.ground import Heights
from simgen.world.solids import solid_of
from simgen.world.wind import shown_area

sys.path.append(str(Path(__file__).resolve().parents[1] / "world"))
from world_fakes import FixedFriction, G, actor, scene

RHO = 1.225
EGO = actor("ego", "fake.car", -40.0, behaviour="parked")


@register_model("fake.van")
def _van() -> Model:
    """1500 kg on a track of 1.5 m, 6 m2 of side with its centre 0.6 m up, level with and above nothing else."""
    car = build_model("fake.car", {"mass_kg": 1500.0})
    assert car.vehicle is not None
    air = {"side_area_m2": 6.0, "side_drag_coefficient": 1.0, "pressure_x_m": 0.0, "pressure_z_m": 0.6}
    middle = (0.0, 0.0, car.center_of_mass_m[2])
    return replace(car, name="fake.van", center_of_mass_m=middle, vehicle=replace(car.vehicle, **air))


def blowing(speed_mps: float, *actors: object, surface: Surface | None = None, **more: float) -> object:
    """A scene in a wind towards +y that is the same at every height."""
    wind = Wind(speed_mps, math.pi / 2, 0.0, **more)
    return scene(*actors, settle_s=1.0, conditions=Conditions(surface=surface or Surface(), wind=wind))


def velocity(conditions: Conditions, points: object, time_s: float = 0.0, ground_m: float = 0.0) -> np.ndarray:
    points = np.asarray(points, np.float64)
    out = np.empty_like(points)
    flat = Heights(-1e3, -1e3, 2e3, 2e3, np.full((2, 2), ground_m))
    air_velocity(air_field(conditions, flat), points, time_s, out)
    return out


def van_in(speed_mps: float, mu: float, ramp_s: float = 4.0) -> dict[str, float]:
    """What a parked van does in a side wind that rises to a speed and then holds for a second.

    The closed forms are of a rigid body, so its springs are ten times as stiff: on soft ones it leans, and the wind
    on its leaning side presses it down and tips it at another speed.
    """
    van = actor("ego", "fake.van", behaviour="parked")
    with World(blowing(speed_mps, van, surface=FixedFriction(mu=mu))) as world:
        world._mechanics.vehicles.fleet.spring_npm[:] *= 10.0
        world._mechanics.vehicles.fleet.damper_nspm[:] *= math.sqrt(10.0)
        for k in range(round((ramp_s + 1.0) * 240)):
            world._mechanics.gale.field.mean[0] = speed_mps * min(1.0, math.sqrt((k + 1) / (ramp_s * 240)))
            world.step()
        return world.ego_state()


def test_side_wind_slides_a_van_at_the_closed_form_speed() -> None:
    """sqrt(2 mu m g / (rho C A)) = 56.60 m/s."""
    assert math.sqrt(2.0 * 0.8 * 1500.0 * G / (RHO * 6.0)) == pytest.approx(56.60, abs=0.01)
    still, slid = van_in(0.95 * 56.60, 0.8), van_in(1.05 * 56.60, 0.8)
    assert abs(still["y_m"]) < 0.1
    assert abs(still["side_speed_mps"]) < 0.02
    assert slid["side_speed_mps"] > 0.2
    assert abs(slid["roll_rad"]) < 0.2


def test_side_wind_tips_a_van_at_the_closed_form_speed() -> None:
    """sqrt(m g track / (rho C A height)) = 70.75 m/s."""
    assert math.sqrt(1500.0 * G * 1.5 / (RHO * 6.0 * 0.6)) == pytest.approx(70.75, abs=0.01)
    stands, tipped = van_in(0.95 * 70.75, 3.0), van_in(1.05 * 70.75, 3.0)
    assert abs(stands["roll_rad"]) < 0.2
    assert abs(tipped["roll_rad"]) > 0.3


def test_burgers_rott_has_the_published_profile() -> None:
    vortex = Conditions(tornado=Tornado(10.0, -5.0, 30.0, 70.0, inflow=0.0))
    share = {0.0: 0.0, 0.5: 0.75366, 1.0: 1.0, 2.0: 0.69439, 4.0: 0.34949}
    points = [(10.0 + 30.0 * p, -5.0, 2.0) for p in share]
    found = velocity(vortex, points)
    assert found[:, 1] / 70.0 == pytest.approx(list(share.values()), abs=1e-4)
    assert np.all(np.abs(found[:, [0, 2]]) < 1e-9)


def test_a_tornado_carries_its_air_along() -> None:
    moving = Conditions(tornado=Tornado(0.0, 0.0, 30.0, 70.0, (6.0, 8.0)))
    at_rest = Conditions(tornado=Tornado(12.0, 16.0, 30.0, 70.0))
    points = [(40.0, 7.0, 3.0), (12.0, 16.0, 9.0)]
    assert velocity(moving, points, 2.0) == pytest.approx(
        velocity(at_rest, points) + np.array([6.0, 8.0, 0.0]), abs=1e-9
    )


def test_inflow_and_updraft_conserve_air_and_stay_bounded() -> None:
    vortex = Conditions(tornado=Tornado(0.0, 0.0, 30.0, 70.0, inflow=0.4))
    step = 1e-3
    for point in ((5.0, 3.0, 1.0), (30.0, -10.0, 8.0), (80.0, 0.0, 40.0)):
        shift = step * np.eye(3)
        slope = (velocity(vortex, point + shift) - velocity(vortex, point - shift)) / (2.0 * step)
        assert float(np.trace(slope)) == pytest.approx(0.0, abs=1e-6)
    high = velocity(vortex, [(0.0, 0.0, 1e4), (30.0, 0.0, 0.0)])
    assert high[0] == pytest.approx([0.0, 0.0, 56.0], abs=1e-6)
    assert high[1] == pytest.approx([-28.0, 70.0, 0.0], abs=1e-3)


def test_the_mean_wind_follows_the_log_law() -> None:
    wind = Wind(20.0, 0.0, 0.03)
    found = velocity(Conditions(wind=wind), [(0.0, 0.0, z) for z in (0.0, 2.0, 10.0, 30.0)])
    expected = [20.0 * math.log((z + 0.03) / 0.03) / math.log(10.03 / 0.03) for z in (0.0, 2.0, 10.0, 30.0)]
    assert found[:, 0] == pytest.approx(expected, abs=1e-9)
    assert [20.0 * wind.profile(z) for z in (0.0, 2.0, 10.0, 30.0)] == pytest.approx(expected, abs=1e-9)


def test_the_wind_profile_begins_at_the_ground_under_each_point() -> None:
    wind = Conditions(wind=Wind(10.0, 0.0, 0.03))
    low, high = (velocity(wind, [[0.0, 0.0, ground_m + 2.0]], ground_m=ground_m) for ground_m in (-3.0, 40.0))
    assert low == pytest.approx(high, rel=1e-12)
    assert low[0, 0] > 5.0


@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_gusts_have_their_mean_deviation_and_spectrum(seed: int) -> None:
    """Sampled as frozen waves along the wind: 400 km are about 7000 length scales."""
    wind = Wind(20.0, 0.0, 0.0, 0.2, 60.0, seed)
    x = np.arange(0.0, 400e3, 5.0)
    found = velocity(Conditions(wind=wind), np.column_stack([x, 0.0 * x, 0.0 * x + 10.0]))
    assert found[:, 0].mean() == pytest.approx(20.0, abs=0.1)
    assert found[:, 0].std() == pytest.approx(4.0, rel=0.03)
    assert found[:, 1].mean() == pytest.approx(0.0, abs=0.1)
    assert found[:, 1].std() == pytest.approx(3.2, rel=0.03)
    # share of the variance below n = f L / u: the integral of the Kaimal spectrum by trapezoids
    power = np.abs(np.fft.rfft((found[:, 0] - 20.0) * np.hanning(len(x)))) ** 2
    n = np.fft.rfftfreq(len(x), 5.0) * 60.0
    for cut in (0.05, 0.2, 1.0):
        grid = np.linspace(0.0, cut, 20001)
        expected = np.trapezoid(4.0 / (1.0 + 6.0 * grid) ** (5.0 / 3.0), grid)
        assert power[n < cut].sum() / power.sum() == pytest.approx(expected, abs=0.06)


def test_gusts_are_keyed_by_their_seed() -> None:
    one, again, other = (
        velocity(Conditions(wind=Wind(20.0, 0.3, 0.03, 0.2, 60.0, k)), [(1.0, 2.0, 3.0)]) for k in (1, 1, 2)
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_ball_carried_by_wind_falls_at_its_terminal_speed_and_drifts_with_the_air() -> None:
    mass, radius = 0.5, 0.25
    fall = math.sqrt(2.0 * mass * G / (RHO * 0.47 * math.pi * radius**2))
    ball = actor("ball", "fake.ball", z=120.0, params={"radius_m": radius, "mass_kg": mass})
    with World(blowing(15.0, EGO, ball)) as world:
        for _ in range(6 * 240):
            world.step()
        vx, vy, vz = world.snapshot().velocity_mps[1]
    assert -vz == pytest.approx(fall, rel=0.03)
    assert vy == pytest.approx(15.0, rel=0.03)
    assert abs(vx) < 1e-6


@pytest.mark.parametrize("share", [0.9, 1.1])
def test_a_box_stays_at_rest_below_the_speed_that_slides_it(share: float) -> None:
    mass, mu = 4.0, 0.5 * Surface().friction(0.0) / 0.85
    speed = share * math.sqrt(2.0 * mu * mass * G / (RHO * 1.05 * 1.0 * 0.3))
    block = actor("block", "fake.box", params={"height_m": 0.3, "mass_kg": mass, "friction": 0.5})
    with World(blowing(speed, EGO, block)) as world:
        y0 = world.snapshot().T_world_object[1, 1, 3]
        for _ in range(2 * 240):
            world.step()
        moved = world.snapshot().T_world_object[1, 1, 3] - y0
    assert (abs(moved) < 0.02) if share < 1.0 else (moved > 0.2)


@pytest.mark.parametrize("share", [0.9, 1.1])
def test_a_lying_sheet_takes_off_where_its_uplift_exceeds_its_weight(share: float) -> None:
    """At sqrt(2 m g / (rho A)), 8.0 m/s for 4 kg/m2."""
    sheet = actor("sheet", "fake.box", params={"height_m": 0.02, "mass_kg": 4.0, "friction": 0.5})
    with World(blowing(share * math.sqrt(2.0 * 4.0 * G / RHO), EGO, sheet)) as world:
        world.step()
        lift = float(world._mechanics.gale.force_n[0, 2])
    assert lift == pytest.approx(share**2 * 4.0 * G, rel=0.03)


def test_a_sheet_flies_in_a_storm_and_a_thick_box_of_its_weight_does_not() -> None:
    sheet = actor("sheet", "fake.box", params={"height_m": 0.02, "mass_kg": 4.0})
    block = actor("block", "fake.box", -20.0, params={"height_m": 0.5, "width_m": 0.5, "length_m": 0.5, "mass_kg": 4.0})
    highest = np.zeros(2)
    with World(blowing(14.0, EGO, sheet, block)) as world:
        for _ in range(2 * 240):
            world.step()
            highest = np.maximum(highest, world.snapshot().T_world_object[1:, 2, 3])
    assert highest[0] > 0.4
    assert highest[1] < 0.3


def test_a_breeze_lifts_a_newspaper_and_rolls_a_plastic_bag_along() -> None:
    """Two leaves of 45 g/m2 weigh 0.9 Pa, the uplift at 5 m/s is 15 Pa; nothing is carried faster than the air."""
    paper, bag = actor("paper", "debris.newspaper"), actor("bag", "debris.plastic_bag", -20.0)
    highest, fastest = np.zeros(2), np.zeros(2)
    with World(blowing(5.0, EGO, paper, bag)) as world:
        start = world.snapshot().T_world_object[1:, :3, 3].copy()
        for _ in range(3 * 240):
            world.step()
            now = world.snapshot()
            highest = np.maximum(highest, now.T_world_object[1:, 2, 3])
            fastest = np.maximum(fastest, np.hypot(*now.velocity_mps[1:, :2].T))
        moved = np.hypot(*(now.T_world_object[1:, :2, 3] - start[:, :2]).T)
    assert highest[0] > 0.4
    assert (moved > 5.0).all()
    assert (fastest < 5.0 * 1.25).all()


def test_a_sheet_of_paper_in_a_hurricane_stays_slower_than_the_air() -> None:
    size = {"length_m": 0.3, "width_m": 0.21, "height_m": 0.01, "mass_kg": 0.005}
    paper = actor("paper", "fake.box", z=3.0, params=size)
    with World(blowing(60.0, EGO, paper)) as world:
        for _ in range(240):
            world.step()
            assert np.linalg.norm(world.snapshot().velocity_mps[1]) < 75.0


def person_in(speed_mps: float, model: str = "person.adult", seconds: float = 1.5) -> World:
    """Somebody who stands in a wind for a while."""
    world = World(blowing(speed_mps, EGO, actor("person", model, 0.0, 3.0)))
    for _ in range(round(seconds * 240)):
        world.step()
    return world


@pytest.mark.parametrize(
    ("model", "stands_mps", "falls_mps"), [("person.adult", 25.0, 30.0), ("person.child", 19.0, 25.0)]
)
def test_people_are_blown_over_by_storms_and_not_by_gales(model: str, stands_mps: float, falls_mps: float) -> None:
    """23 m/s is where people begin to be (Melbourne 1978); 30 m/s nobody withstands. Children are lighter."""
    with person_in(stands_mps, model) as world:
        assert world._mechanics.walkers[0].ragdoll is None
        assert world.events == []
    with person_in(falls_mps, model) as world:
        doll = world._mechanics.walkers[0].ragdoll
        assert doll is not None
        (fall,) = (e for e in world.events if e.kind == "fall")
        assert fall.subject == "person"
        assert fall.time_s > 0.5  # a shorter gust passes
        doll.read()
        middle_m = (doll.masses_kg[:, None] * doll._motion.position_m).sum(axis=0) / doll.masses_kg.sum()
        assert middle_m[1] > 3.15  # downwind


def test_a_gust_that_is_over_in_less_than_half_a_second_is_withstood() -> None:
    with World(blowing(35.0, EGO, actor("person", "person.adult", 0.0, 3.0))) as world:
        for k in range(480):
            world._mechanics.gale.field.mean[0] = 35.0 if k < 100 else 10.0
            world.step()
        assert world._mechanics.walkers[0].ragdoll is None


def test_the_limbs_of_a_fallen_body_feel_the_drag_of_their_areas() -> None:
    """Far above the ground and at rest in the air, F = rho / 2 C A u^2 in all; A is about what somebody shows."""
    with person_in(40.0, seconds=0.7) as world:
        doll = world._mechanics.walkers[0].ragdoll
        assert doll is not None
        doll._motion.velocity_mps[:] = doll._motion.angular_radps[:] = 0.0
        doll.blow(world._mechanics.gale.field, 0.0, 1e-9)
        force = doll._air_n.sum(axis=0)
    areas = force / (0.5 * RHO * 1.05 * 40.0**2)
    assert 0.3 < areas[1] < 1.1  # m2: that of a person upright is 0.7
    assert abs(force[0]) < 0.3 * force[1]


def test_shown_area_of_one_solid_and_of_several() -> None:
    (log_, knob) = (solid_of(s) for s in build_model("fake.log").collision)
    assert shown_area([log_], 2)[0] == pytest.approx(0.3 * 2.0, rel=0.02)
    box = solid_of(build_model("fake.box", {"length_m": 2.0, "width_m": 3.0}).collision[0])
    assert [shown_area([box], k)[0] for k in range(3)] == pytest.approx([3.0, 2.0, 6.0])
    assert [shown_area([box, box], k)[0] for k in range(3)] == pytest.approx([3.0, 2.0, 6.0], rel=0.01)
    assert shown_area([log_, knob], 2)[0] > shown_area([log_], 2)[0]


def test_a_calm_scene_hands_nothing_to_bullet() -> None:
    trajectories = []
    for conditions in (Conditions(), Conditions(wind=Wind(0.0, 1.0, 0.1, 0.3, 40.0, 7))):
        box = actor("box", "fake.box", 20.0, z=3.0)
        with World(scene(EGO, box, conditions=conditions)) as world:
            assert not world._mechanics.gale.blows
            assert world._mechanics.gale.at_vehicles(world._mechanics.track, 0.0) is None
            for _ in range(120):
                world.step()
            trajectories.append(world.snapshot().T_world_object)
    assert np.array_equal(*trajectories)


def test_the_same_storm_blows_the_same_twice() -> None:
    storm = Conditions(wind=Wind(25.0, 1.0, 0.03, 0.2), tornado=Tornado(0.0, 0.0, 20.0, 50.0, (3.0, 0.0)))
    log = actor("log", "fake.log", 5.0, z=3.0)
    ends = []
    for _ in range(2):
        with World(scene(EGO, log, conditions=storm)) as world:
            for _ in range(240):
                world.step()
            ends.append(world.snapshot().T_world_object)
    assert np.array_equal(*ends)


def test_scales_of_wind() -> None:
    assert [beaufort(v) for v in (0.1, 1.0, 8.0, 24.0, 33.0)] == [0, 1, 5, 9, 12]
    swirls = (20.0, 33.0, 40.0, 55.0, 65.0, 80.0, 95.0)
    assert [Tornado(0.0, 0.0, 30.0, v).ef_class for v in swirls] == [-1, 0, 1, 2, 3, 4, 5]
    assert Tornado(0.0, 0.0, 30.0, 33.0, (6.0, 8.0)).ef_class == 1


def test_conditions_with_wind_survive_json() -> None:
    storm = Conditions(wind=Wind(25.0, 1.0, 0.03, 0.2, 60.0, 9), tornado=Tornado(1.0, 2.0, 20.0, 50.0, (3.0, 0.0), 0.2))
    assert Conditions.from_dict(storm.to_dict()) == storm
    assert storm.scalars()["tornado_max_speed_mps"] == 50.0
