"""The pieces of the world on their own: solids, water geometry, tyres, paths, latches, frames."""

from __future__ import annotations

import math

import numpy as np
import pytest
from world_fakes import FixedFriction

from simgen.conditions import Surface
from simgen.models import Lane, Shape
from simgen.world.events import fires, new_latches
from simgen.world.frames import compose, inverse, matrix_from_quat, pose, principal_axes, quat_from_matrix
from simgen.world.grip import friction_at, friction_table
from simgen.world.path import locate, path_of_lane, point_beside, straight_path
from simgen.world.solids import mass_properties, solid_of
from simgen.world.state import Motion, Pool
from simgen.world.tyres import brush_force
from simgen.world.water import HullSpec, pack, water_forces

RNG = np.random.default_rng(7)


def random_quat() -> np.ndarray:
    q = RNG.normal(size=4)
    return q / np.linalg.norm(q)


def test_quaternions_and_matrices_are_inverse() -> None:
    for _ in range(50):
        q = random_quat()
        back = quat_from_matrix(matrix_from_quat(q))
        np.testing.assert_allclose(back, q if q[3] >= 0 else -q, atol=1e-12)
    turn_x = quat_from_matrix(np.diag([1.0, -1.0, -1.0]))
    np.testing.assert_allclose(turn_x, [1.0, 0.0, 0.0, 0.0], atol=1e-12)


def test_composing_with_the_inverse_gives_identity() -> None:
    T = np.array([pose(matrix_from_quat(random_quat()), RNG.normal(size=3)) for _ in range(4)])
    np.testing.assert_allclose(compose(T, np.array([inverse(t) for t in T])), np.tile(np.eye(4), (4, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(compose(T[0], T[1]), T[0] @ T[1], atol=1e-12)


def test_principal_axes_rebuild_the_tensor() -> None:
    m = RNG.normal(size=(3, 3))
    tensor = m @ m.T + np.eye(3)
    moments, axes = principal_axes(tensor)
    np.testing.assert_allclose(axes @ np.diag(moments) @ axes.T, tensor, atol=1e-8)
    np.testing.assert_allclose(np.linalg.det(axes), 1.0)
    np.testing.assert_array_equal(principal_axes(np.diag([3.0, 1.0, 2.0]))[1], np.eye(3))


def test_inertias_are_the_textbook_ones() -> None:
    box = mass_properties([solid_of(Shape("box", (5.0, 1.0, 2.0), size_m=(1.0, 2.0, 3.0)))], 12.0)
    np.testing.assert_allclose(box, np.diag([13.0, 10.0, 5.0]), atol=1e-9)
    ball = mass_properties([solid_of(Shape("sphere", size_m=(0.5,) * 3))], 10.0)
    np.testing.assert_allclose(ball, np.eye(3), atol=1e-12)
    rod = mass_properties([solid_of(Shape("cylinder", size_m=(0.1, 0.1, 2.0)))], 3.0)
    np.testing.assert_allclose(np.diag(rod), [1.0075, 1.0075, 0.015], rtol=0.01)
    tetra = solid_of(Shape("hull", points_m=np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)))
    assert tetra.volume_m3 == pytest.approx(1.0 / 6.0)
    np.testing.assert_allclose(tetra.center_m, 0.25)
    np.testing.assert_allclose(np.diag(tetra.inertia_m5), 2.0 * 3.0 / 80.0 / 6.0, rtol=1e-6)


def test_two_bodies_of_a_compound_follow_the_parallel_axis_theorem() -> None:
    pair = [solid_of(Shape("sphere", (x, 0.0, 0.0), size_m=(0.1,) * 3)) for x in (-1.0, 1.0)]
    tensor = mass_properties(pair, 2.0)
    np.testing.assert_allclose(np.diag(tensor), [0.008, 2.008, 2.008], atol=1e-12)


@pytest.mark.parametrize("kind", ["box", "cylinder", "sphere", "hull"])
def test_submerged_volume_and_centroid_match_a_million_random_points(kind: str) -> None:
    points = RNG.normal(size=(20, 3)).astype(np.float32) if kind == "hull" else None
    size = (0.7, 0.7, 0.7) if kind == "sphere" else (0.6, 0.6, 1.7)
    shape = Shape(kind, (0.2, -0.1, 0.3), tuple(random_quat()), size, points)
    solid = solid_of(shape)
    rotation, position = matrix_from_quat(random_quat()), np.array([10.0, -4.0, 3.05])
    low, high = (solid.vertices_m.min(axis=0), solid.vertices_m.max(axis=0))
    low, high = low - solid.radius_m - 1e-3, high + solid.radius_m + 1e-3
    sample = RNG.uniform(low, high, size=(1_000_000, 3))
    local = (sample - shape.center_m) @ matrix_from_quat(shape.quat_xyzw)
    if kind == "box":
        inside = (np.abs(local) < 0.5 * np.array(size)).all(axis=1)
    elif kind == "cylinder":
        inside = (np.hypot(local[:, 0], local[:, 1]) < size[0]) & (np.abs(local[:, 2]) < 0.5 * size[2])
    elif kind == "sphere":
        inside = (local**2).sum(axis=1) < size[0] ** 2
    else:
        a = solid.vertices_m[solid.faces]
        normal = np.cross(a[:, 1] - a[:, 0], a[:, 2] - a[:, 0])
        inside = ((sample @ normal.T - (normal * a[:, 0]).sum(axis=1)) < 0.0).all(axis=1)
    world = sample[inside] @ rotation.T + position
    wet = world[world[:, 2] < 3.0]
    volume = float(np.prod(high - low)) * len(wet) / len(sample)

    body = HullSpec([solid], 1.0, None, np.eye(4), 1e9, np.full(3, 1e9))
    motion = Motion(rotation[None], position[None], np.zeros((1, 3)), np.zeros((1, 3)))
    force, torque, share, lift = np.zeros((1, 3)), np.zeros((1, 3)), np.zeros(1), np.zeros(1)
    pool = Pool(3.0, np.array([-99.0, 99.0, -99.0, 99.0]))
    water_forces(pack([body]), motion, pool, np.zeros(3), 1 / 240, force, torque, share, lift)
    assert lift[0] == pytest.approx(1000.0 * 9.81 * volume, rel=0.01)
    assert share[0] == pytest.approx(len(wet) / len(world), abs=0.005)
    center = wet.mean(axis=0) - position
    np.testing.assert_allclose(torque[0], np.cross(center, [0.0, 0.0, lift[0]]), atol=0.02 * lift[0])


def test_drag_on_a_plate_is_half_rho_cd_a_v_squared() -> None:
    """A car's side of 1.2 m2 in 1 m/s: 660 N."""
    plate = solid_of(Shape("box", size_m=(2.0, 0.5, 0.6)))
    body = HullSpec([plate], 0.4, 1.1, np.eye(4), 1e7, np.full(3, 1e7))
    motion = Motion(np.eye(3)[None], np.zeros((1, 3)), np.zeros((1, 3)), np.zeros((1, 3)))
    out = [np.zeros((1, 3)), np.zeros((1, 3)), np.zeros(1), np.zeros(1)]
    current = np.array([0.0, 1.0, 0.0])
    water_forces(pack([body]), motion, Pool(5.0, np.array([-9.0, 9.0, -9.0, 9.0])), current, 1e-9, *out)
    linear_n = 0.3 * 1e7 * 1.0  # the weak linear damping of so heavy a body
    assert out[0][0, 1] - linear_n == pytest.approx(660.0, rel=1e-3)


def test_no_water_no_force() -> None:
    body = HullSpec([solid_of(Shape("box"))], 1.0, None, np.eye(4), 1.0, np.ones(3))
    motion = Motion(np.eye(3)[None], np.zeros((1, 3)), np.zeros((1, 3)), np.zeros((1, 3)))
    out = [np.full((1, 3), np.nan), np.full((1, 3), np.nan), np.full(1, np.nan), np.full(1, np.nan)]
    water_forces(pack([body]), motion, Pool(5.0, np.array([1.0, 2.0, 1.0, 2.0])), np.zeros(3), 0.01, *out)
    assert all((o == 0.0).all() for o in out)


def test_the_brush_rises_with_its_stiffness_and_saturates_at_mu() -> None:
    mu = 0.7
    assert brush_force(1e-6, mu) / 1e-6 == pytest.approx(18.0, rel=1e-3)
    assert brush_force(3.0 * mu / 18.0, mu) == pytest.approx(mu)
    assert brush_force(1.0, mu) == mu
    forces = [brush_force(s, mu) for s in np.linspace(0.0, 0.2, 50)]
    assert (np.diff(forces) >= 0.0).all()


@pytest.mark.parametrize("surface", [Surface(), Surface(film_m=0.4e-3, tyres="worn"), Surface(kind="snow")])
def test_the_friction_table_agrees_with_the_surface(surface: Surface) -> None:
    table = friction_table(surface)
    for speed in (0.0, 10.0, 22.0, 33.0, 90.0):
        for film in (0.0, 0.15e-3, 0.8e-3, 2.0e-3, 0.4):
            assert friction_at(table, 0, speed, film) == pytest.approx(surface.friction(speed, film), abs=0.03)
    assert friction_at(friction_table(FixedFriction(mu=0.31)), 0, 17.3, 0.7e-3) == pytest.approx(0.31)


def test_paths_are_followed_and_extended() -> None:
    angle = np.linspace(0.0, math.pi / 2.0, 60)
    arc = Lane(np.stack([50.0 * np.sin(angle), 50.0 * (1.0 - np.cos(angle)), 0.0 * angle], -1), 3.5)
    path = path_of_lane(arc)
    for turn in (0.2, 0.8, 1.4):
        x, y = 48.0 * math.sin(turn), 50.0 - 48.0 * math.cos(turn)  # 2 m inside the left-hand bend
        for hint in (0, 30, 58):
            _, s, offset, heading = locate(path, x, y, hint)
            s_lane, offset_lane = arc.project(x, y)
            assert (s, offset) == (pytest.approx(s_lane, abs=0.02), pytest.approx(offset_lane, abs=1e-3))
            assert offset == pytest.approx(2.0, abs=0.02)
            assert heading == pytest.approx(turn, abs=0.03)
    line = straight_path(3.0, 4.0, 0.5)
    assert locate(line, 3.0 + 70.0 * math.cos(0.5), 4.0 + 70.0 * math.sin(0.5), 0)[1] == pytest.approx(70.0)
    assert point_beside(line, 20.0, 0, 0.0) == pytest.approx((3.0 + 20.0 * math.cos(0.5), 4.0 + 20.0 * math.sin(0.5)))


def test_a_latch_fires_once_and_rearms() -> None:
    latch = new_latches(1, hold_s=0.3, rearm_s=0.2)
    pattern = [1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1]
    fired = [k for k, active in enumerate(pattern) if fires(latch, 0, bool(active), 0.1)]
    assert fired == [5, 15]
