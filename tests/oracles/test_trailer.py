"""A tractor with a semi-trailer against closed forms: statics, steady turns, stopping, and what holds them together."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.errors import UserError
from simgen.models import build_model
from simgen.scenario.scene import ActorSpec
from simgen.world import Action, World

sys.path.append(str(Path(__file__).resolve().parents[1] / "world"))
from world_fakes import FixedFriction, G, actor, scene

TRACTOR, TRAILER = build_model("truck.tractor"), build_model("trailer.box")
HITCH, PIN = np.array(TRACTOR.vehicle.hitch_m), np.array(TRAILER.vehicle.kingpin_m)
BOGIE_X = TRAILER.vehicle.front_axle_x_m - 0.5 * TRAILER.vehicle.wheelbase_m
REAR_X = TRACTOR.vehicle.front_axle_x_m - TRACTOR.vehicle.wheelbase_m


def rig(speed_mps: float = 0.0, folded_rad: float = 0.0, **more: object) -> tuple[ActorSpec, ActorSpec]:
    """A tractor at the origin that heads along x, and its trailer."""
    c, s = math.cos(folded_rad), math.sin(folded_rad)
    trailer = actor("trailer", "trailer.box", HITCH[0] - c * PIN[0], -s * PIN[0], yaw=folded_rad)
    return (
        actor("ego", "truck.tractor", 0.0, 0.0, speed_mps=speed_mps, **more),
        replace(trailer, speed_mps=speed_mps, towed_by="ego"),
    )


def places(world: World) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(4, 4) poses of tractor and trailer."""
    T = world.poses().T_world_object
    return T[0], T[1]


def pin_gap_m(world: World) -> float:
    """Distance of the kingpin from where the hitch takes it."""
    a, b = places(world)
    return float(np.linalg.norm(a[:3, :3] @ HITCH + a[:3, 3] - b[:3, :3] @ PIN - b[:3, 3]))


def point_speed(world: World, k: int, x_m: float) -> float:
    """Horizontal speed of the point on the middle line of an object, `x_m` ahead of its origin."""
    model, poses = (TRACTOR, TRAILER)[k], world.poses()
    arm = poses.T_world_object[k][:3, :3] @ (np.array([x_m, 0.0, 0.0]) - np.array(model.center_of_mass_m))
    velocity = poses.velocity_mps[k] + np.cross(poses.angular_velocity_radps[k], arm)
    return float(np.hypot(*velocity[:2]))


def test_standing_wheels_bear_what_the_levers_say() -> None:
    with World(scene(*rig(), settle_s=2.0)) as world:
        load = world._mechanics.vehicles.wheels.load_n
        resting = TRAILER.mass_kg * (TRAILER.center_of_mass_m[0] - BOGIE_X) / (PIN[0] - BOGIE_X)
        ahead = (TRACTOR.center_of_mass_m[0] - REAR_X) * TRACTOR.mass_kg + (HITCH[0] - REAR_X) * resting
        front_kg = ahead / TRACTOR.vehicle.wheelbase_m
        assert load[0, :2].sum() == pytest.approx(front_kg * G, rel=0.01)
        assert load[0, 2:].sum() == pytest.approx((TRACTOR.mass_kg + resting - front_kg) * G, rel=0.01)
        assert load[1].sum() == pytest.approx((TRAILER.mass_kg - resting) * G, rel=0.01)
        assert abs(places(world)[1][2, 0]) < 0.002  # level


@pytest.mark.parametrize("steer", [0.15, 0.25, 0.30])
def test_in_a_steady_turn_the_trailer_cuts_in_as_far_as_its_length_says(steer: float) -> None:
    """About one centre: R_trailer^2 = R_rear^2 + e^2 - L^2, e from rear axle to hitch, L from kingpin to axles.

    Axles that scrub, d before and behind their middle, turn as one at L (1 + d^2 / L^2) (Winkler, Vehicle System
    Dynamics 29, 1998, for tyres of one cornering stiffness, so not for tighter turns, in which they slide).
    """
    lead, length = HITCH[0] - REAR_X, PIN[0] - BOGIE_X
    length *= 1.0 + (0.5 * TRAILER.vehicle.wheelbase_m / length) ** 2
    seen = []
    with World(scene(*rig(2.5), settle_s=1.0)) as world:
        while world.time_s < 40.0:
            world.step(Action(steer, min(max(0.3 + 2.0 * (2.5 - world.ego_state()["speed_mps"]), 0.0), 1.0)))
            if world.time_s > 30.0:
                rates = world.poses().angular_velocity_radps[:, 2].tolist()
                seen.append((point_speed(world, 0, REAR_X), point_speed(world, 1, BOGIE_X), *rates))
    rear_mps, trailer_mps, *rates = np.mean(seen, axis=0)
    assert rates[0] == pytest.approx(rates[1], rel=0.005)  # steady
    rear, trailer = rear_mps / rates[0], trailer_mps / rates[1]
    assert 0.8 < rear - trailer == pytest.approx(rear - math.sqrt(rear**2 + lead**2 - length**2), rel=0.05)


@pytest.mark.parametrize("mu", [0.8, 0.25])
def test_the_whole_combination_stops_as_its_brakes_and_the_road_say(mu: float) -> None:
    v, share = 60.0 / 3.6, 0.5
    least = min(share * TRACTOR.vehicle.max_brake_accel_mps2, mu * G)
    with World(scene(*rig(v), settle_s=1.0, surface=FixedFriction(mu=mu))) as world:
        gap, x0 = 0.0, world.ego_state()["x_m"]
        while world.ego_state()["speed_mps"] > 0.05 and world.time_s < 20.0:
            world.step(Action(0.0, -share))
            gap = max(gap, pin_gap_m(world))
        assert world.ego_state()["x_m"] - x0 == pytest.approx(v * v / (2.0 * least), rel=0.07)
        assert gap < 0.02


def test_a_fast_turn_leans_tractor_and_trailer_together() -> None:
    """At 3 m/s2 to the side both roll outwards, within two degrees of each other, and the kingpin stays in place."""
    with World(scene(*rig(14.0), settle_s=1.0)) as world:
        for _ in range(6 * 240):
            world.step(Action(0.075, 0.3))
            assert pin_gap_m(world) < 0.03
        rolls = [math.degrees(math.atan2(T[2, 1], T[2, 2])) for T in places(world)]
        assert 0.5 < rolls[0] < 6.0  # turning left: the left side comes up
        assert rolls[1] == pytest.approx(rolls[0], abs=2.5)


def test_a_folded_trailer_stays_folded_at_rest_and_keeps_rolling_without_a_jerk() -> None:
    with World(scene(*rig(0.0, 1.0), settle_s=1.5)) as world:
        _, b = places(world)
        assert math.atan2(b[1, 0], b[0, 0]) == pytest.approx(1.0, abs=0.02)
        assert pin_gap_m(world) < 0.02
    with World(scene(*rig(3.0, 0.5), settle_s=1.0)) as world:
        before = world.ego_state()["speed_mps"]
        world.step(Action(0.0, 0.0))
        assert world.ego_state()["speed_mps"] == pytest.approx(before, abs=0.03)


def test_a_trailer_brakes_and_shines_as_its_tractor_does() -> None:
    with World(scene(*rig(10.0, lights=("tail", "head")), settle_s=0.5)) as world:
        for _ in range(24):
            world.step(Action(0.0, -0.5))
        snapshot = world.snapshot()
        lit = {part.instance: int(snapshot.part_lit[k]) for k, part in enumerate(snapshot.cast.parts)}
        assert lit[1] == lit[2] != 0
        assert (snapshot.lamps.owner == 2).sum() == 4  # tail and brake lamps on both sides


def test_what_cannot_be_towed_or_tow_is_refused() -> None:
    tractor, trailer = rig()
    with pytest.raises(UserError, match="no wheels in front"):
        World(scene(tractor, replace(trailer, towed_by="")))
    with pytest.raises(UserError, match="no hitch"):
        World(scene(replace(tractor, model="car.sedan"), trailer))
    with pytest.raises(UserError, match="no kingpin"):
        World(scene(tractor, replace(trailer, model="car.sedan")))


def test_a_trailer_and_its_tractor_do_not_meet() -> None:
    with World(scene(*rig(5.0), settle_s=0.5)) as world:
        for _ in range(480):
            world.step(Action(0.3, 0.3))
        world.conclude()
        assert not [e for e in world.events if "trailer" in (e.subject, e.object)]
