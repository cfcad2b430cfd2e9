"""People, animals and cyclists in motion: strides as published, feet that lie still, joints that stay closed."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.models import Model, build_model
from simgen.models.gait import gait_of
from simgen.models.limbs import Leg
from simgen.models.stance import cycle_m, gait_box, pose_of

PEOPLE = [("person.adult", v) for v in (0.8, 1.4, 3.0)] + [("person.child", v) for v in (0.8, 1.4, 3.0)]
ANIMALS = [(name, v) for name in ("animal.deer", "animal.boar", "animal.cow", "animal.dog") for v in (1.0, 3.0, 8.0)]
moving = pytest.mark.parametrize(("name", "speed_mps"), PEOPLE + ANIMALS)


def frames(model: Model, speed_mps: float, way_m: float) -> dict[str, NDArray[np.float64]]:
    """(4, 4) poses in the world by segment after a way along x."""
    assert model.limbs is not None
    out = {}
    for name, frame in pose_of(model.limbs, speed_mps, way_m / cycle_m(model.limbs, speed_mps)).items():
        out[name] = np.array(frame.matrix())
        out[name][0, 3] += way_m
    return out


def sole_points(leg: Leg, poses: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """(2, 3) heel and ball of a foot, on its sole, in the world."""
    T = poses[leg.foot]
    local = np.array([[leg.heel_x_m, 0.0, -leg.ankle_m], [leg.ball_x_m, 0.0, -leg.ankle_m]])
    return local @ T[:3, :3].T + T[:3, 3]


# --- strides ----------------------------------------------------------------------------------------------


def test_adults_walk_and_run_with_published_strides() -> None:
    """Steps a minute: 111 to 120 at 1.4 m/s (Winter's normal cadence), 160 to 180 when running at 3 m/s."""
    limbs = build_model("person.adult").limbs
    assert limbs is not None
    walk, run = gait_of(limbs, 1.4), gait_of(limbs, 3.0)
    assert (walk.name, run.name) == ("walk", "run")
    assert 110.0 < 120.0 * walk.cadence_hz < 122.0
    assert walk.stride_m == pytest.approx(2.0 * 0.73, rel=0.05)
    assert walk.duty == pytest.approx(0.61, abs=0.03)
    assert 160.0 < 120.0 * run.cadence_hz < 180.0
    assert run.duty < 0.40  # a flight after each step


def knees_deg(model: Model, speed_mps: float, phase: float) -> list[float]:
    """Flexion of both knees: the angle between their bones."""
    assert model.limbs is not None
    poses = pose_of(model.limbs, speed_mps, phase)
    bones = [(np.array(poses[leg.upper].matrix()), np.array(poses[leg.lower].matrix())) for leg in model.limbs.legs]
    return [math.degrees(math.acos(min(float(a[:3, 2] @ b[:3, 2]), 1.0))) for a, b in bones]


@pytest.mark.parametrize(("speed_mps", "excursion_m"), [(0.7, 0.0274), (1.6, 0.0483)])
def test_adults_rise_and_sink_as_measured(speed_mps: float, excursion_m: float) -> None:
    """Vertical way of the centre of mass while walking: Orendurff et al. 2004, J. Rehabil. Res. Dev. 41, abstract."""
    limbs = build_model("person.adult").limbs
    assert limbs is not None
    trunk = limbs.segments[0].name
    height = [pose_of(limbs, speed_mps, k / 96)[trunk].origin[2] for k in range(96)]
    assert max(height) - min(height) == pytest.approx(excursion_m, abs=0.009)  # their standard deviation at 1.6 m/s


@pytest.mark.parametrize("name", ["person.adult", "person.child"])
def test_people_walk_and_run_upright(name: str) -> None:
    """Knees of the standing leg, against the 20 degrees of Winter's walkers and the 45 of Novacheck's runners.

    Winter 1991, The biomechanics and motor control of human gait; Novacheck 1998, Gait and Posture 7. These are
    straight at 16 degrees.
    """
    model = build_model(name)
    assert model.limbs is not None
    for speed_mps, loaded_deg, mid_deg in ((0.1, 22.0, 20.0), (0.5, 30.0, 26.0), (1.4, 37.0, 28.0), (3.0, 52.0, 52.0)):
        duty = gait_of(model.limbs, speed_mps).duty
        stance = [knees_deg(model, speed_mps, share * duty)[0] for share in np.linspace(0.0, 0.6, 25)]
        assert max(stance) < loaded_deg
        assert stance[-5] < mid_deg


def test_who_sets_off_slowly_does_not_march() -> None:
    """With steps of 15 cm knees and heels hardly come up, so that the first steps go over from standing."""
    model = build_model("person.adult")
    assert max(max(knees_deg(model, 0.06, k / 24)) for k in range(24)) < 38.0
    assert max(max(knees_deg(model, 1.4, k / 48)) for k in range(48)) > 55.0  # Winter: 60 to 65 in the swing


def test_people_run_from_a_froude_number_of_one_half() -> None:
    for name, hip_m in (("person.adult", 0.91), ("person.child", 0.60)):
        limbs = build_model(name).limbs
        assert limbs is not None
        assert limbs.hip_m == pytest.approx(hip_m, abs=0.03)
        change_mps = math.sqrt(0.5 * 9.81 * limbs.hip_m)
        assert gait_of(limbs, 0.99 * change_mps).name == "walk"
        assert gait_of(limbs, 1.01 * change_mps).name == "run"
        assert gait_of(limbs, 0.99 * change_mps).duty > 0.5


@pytest.mark.parametrize(("speed_mps", "name"), [(0.0, "stand"), (1.2, "walk"), (3.3, "trot"), (9.0, "gallop")])
def test_a_deer_changes_gait_with_speed(speed_mps: float, name: str) -> None:
    limbs = build_model("animal.deer").limbs
    assert limbs is not None
    gait = gait_of(limbs, speed_mps)
    assert gait.name == name
    if speed_mps:  # Alexander 1976: log10 relative stride of 0.36 at Fr = 1
        assert gait.stride_m / limbs.hip_m == pytest.approx(2.3 * gait.froude**0.3)
    if name == "trot":
        assert gait.offsets[0] == gait.offsets[3] != gait.offsets[1] == gait.offsets[2]


# --- feet -------------------------------------------------------------------------------------------------


@moving
def test_what_stands_on_the_ground_does_not_slide(name: str, speed_mps: float) -> None:
    """Every point of a sole on the ground moves less than 2 cm along it, from landing to lift-off."""
    model = build_model(name)
    assert model.limbs is not None
    stride_m = cycle_m(model.limbs, speed_mps)
    poses = [frames(model, speed_mps, way) for way in np.linspace(0.0, 2.0 * stride_m, 240)]
    worst, steps = 0.0, 0
    for leg in model.limbs.legs:
        points = np.array([sole_points(leg, p) for p in poses])
        assert points[..., 2].min() > -0.012
        for k in range(2):
            down = points[:, k, 2] < 0.004
            edges = np.flatnonzero(np.diff(down.astype(int)))
            for start, end in pairwise(edges):
                if not down[start + 1]:
                    continue
                steps += 1
                spot = points[start + 1 : end + 1, k, :2]
                worst = max(worst, float(np.linalg.norm(spot - spot[0], axis=1).max()))
    assert steps >= 2 * len(model.limbs.legs)
    assert worst < 0.02


@moving
def test_joints_stay_closed(name: str, speed_mps: float) -> None:
    """The far end of each bone is where the next begins, and the first where its trunk has it."""
    model = build_model(name)
    assert model.limbs is not None
    trunk = model.limbs.segments[0].name
    for way in np.linspace(0.0, cycle_m(model.limbs, speed_mps), 60):
        p = frames(model, speed_mps, way)
        for leg in model.limbs.legs:
            chain = [(leg.upper, leg.upper_m, leg.lower), (leg.lower, leg.lower_m, leg.foot)]
            top = leg.upper
            if leg.girdle:
                chain.insert(0, (leg.girdle, leg.girdle_m, leg.upper))
                top = leg.girdle
            root = p[trunk] @ [*leg.root_m, 1.0]
            assert np.linalg.norm(root[:3] - p[top][:3, 3]) < 1e-3
            for bone, length, following in chain:
                end = p[bone] @ [0.0, 0.0, -length, 1.0]
                assert np.linalg.norm(end[:3] - p[following][:3, 3]) < 1e-3
        for T in p.values():
            np.testing.assert_allclose(T[:3, :3].T @ T[:3, :3], np.eye(3), atol=1e-9)


@pytest.mark.parametrize(("name", "speed_mps"), [("person.adult", 1.4), ("person.adult", 3.0), ("animal.deer", 1.2)])
def test_limbs_move_without_jumps(name: str, speed_mps: float) -> None:
    """No part moves faster than five times the body, anywhere in the cycle."""
    model = build_model(name)
    assert model.limbs is not None
    way = np.linspace(0.0, cycle_m(model.limbs, speed_mps), 400)
    poses = [frames(model, speed_mps, w) for w in way]
    for part in model.parts:
        path = np.array([p[part.name][:3, 3] for p in poses])
        speed = np.linalg.norm(np.diff(path, axis=0), axis=1) / (way[1] - way[0])
        assert speed.max() < 5.0, part.name


def test_feet_stand_on_sloping_ground() -> None:
    model = build_model("person.adult")
    assert model.limbs is not None
    for k in range(16):
        poses = pose_of(model.limbs, 1.4, k / 16, lambda x, y: 0.08 * x - 0.05 * y)
        low = []
        for leg in model.limbs.legs:
            T = np.array(poses[leg.foot].matrix())
            for x in (leg.heel_x_m, leg.ball_x_m):
                point = T @ [x, 0.0, -leg.ankle_m, 1.0]
                low.append(point[2] - (0.08 * point[0] - 0.05 * point[1]))
        assert -0.02 < min(low) < 0.005


def test_arms_swing_against_the_legs() -> None:
    model = build_model("person.adult")
    p = frames(model, 1.4, 0.0)  # the left foot lands
    assert p["foot_l"][0, 3] - p["foot_r"][0, 3] > 0.5
    assert p["hand_l"][0, 3] + 0.3 < p["hand_r"][0, 3]


def test_poses_are_pure() -> None:
    model = build_model("person.adult")
    first = frames(model, 1.4, 0.7)
    frames(model, 3.0, 0.2)
    again = frames(model, 1.4, 0.7)
    assert all(first[k].tobytes() == again[k].tobytes() for k in first)


# --- bodies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["person.adult", "person.child", "animal.deer", "animal.boar", "animal.cow", "animal.dog", "cyclist"]
)
def test_a_body_is_the_sum_of_its_segments(name: str) -> None:
    model = build_model(name)
    assert model.limbs is not None
    segments = model.limbs.segments
    assert sum(s.mass_share for s in segments) == pytest.approx(1.0, abs=1e-9)
    assert [s.name for s in segments] == [p.name for p in model.parts]
    seen: set[str] = set()
    for s in segments:
        assert not s.parent or s.parent in seen
        assert bool(s.rides) == (s.mass_share == 0.0) == (not s.shapes)
        seen.add(s.name)


def test_segments_weigh_what_winter_has_them_weigh() -> None:
    limbs = build_model("person.adult").limbs
    assert limbs is not None
    share = {s.name: s.mass_share for s in limbs.segments}
    assert share["thigh_l"] == 0.100
    assert share["shank_r"] == 0.0465
    assert share["foot_l"] == 0.0145
    assert share["upper_arm_l"] == 0.028
    assert share["pelvis"] + share["chest"] == pytest.approx(0.497)  # trunk


@pytest.mark.parametrize(("name", "speed_mps"), [("person.adult", 1.4), ("animal.deer", 9.0), ("cyclist", 5.0)])
def test_the_box_holds_the_moving_body(name: str, speed_mps: float) -> None:
    model = build_model(name)
    size, center = (np.array(v) for v in gait_box(model, speed_mps))
    assert model.limbs is not None
    for k in range(31):
        poses = pose_of(model.limbs, speed_mps, k / 31)
        for part in model.parts:
            T = np.array(poses[part.name].matrix())
            v = part.mesh.vertices_m @ T[:3, :3].T + T[:3, 3]
            assert (np.abs(v - center) < 0.5 * size + 0.02).all()
    assert gait_box(model, 0.0)[0] == pytest.approx(model.size_m, abs=1e-4)


# --- cyclists ---------------------------------------------------------------------------------------------


def test_wheels_roll_and_feet_stay_on_the_pedals() -> None:
    model = build_model("cyclist")
    assert model.limbs is not None
    b = model.limbs.bicycle
    assert b is not None
    for way in np.linspace(0.0, b.development_m, 40):
        p = frames(model, 5.0, way)
        spin = math.atan2(-p["wheel_rear"][2, 0], p["wheel_rear"][0, 0])
        assert math.remainder(spin - way / b.wheel_radius_m, math.tau) == pytest.approx(0.0, abs=0.01)
        for leg, pedal in zip(model.limbs.legs, ("pedal_l", "pedal_r"), strict=True):
            ball = p[leg.foot] @ [leg.ball_x_m, 0.0, -leg.ankle_m, 1.0]
            assert np.linalg.norm(ball[:3] - p[pedal][:3, 3]) < 0.03
        for arm in model.limbs.arms:
            end = p[arm.lower] @ [0.0, 0.0, -arm.lower_m, 1.0]
            assert np.linalg.norm(end[:3] - p[arm.hand][:3, 3]) < 1e-3
            grip = p["fork"] @ [b.grip_m[0], arm.side * b.grip_m[1], b.grip_m[2], 1.0]
            assert np.linalg.norm(grip[:3] - p[arm.hand][:3, 3]) < 0.10
        for wheel in ("wheel_front", "wheel_rear"):
            assert p[wheel][2, 3] == pytest.approx(b.wheel_radius_m, abs=0.005)


def test_a_cyclist_who_stands_has_both_feet_on_the_ground() -> None:
    model = build_model("cyclist")
    assert model.limbs is not None
    p = frames(model, 0.0, 0.0)
    for leg in model.limbs.legs:
        assert sole_points(leg, p)[:, 2] == pytest.approx(0.0, abs=1e-9)
