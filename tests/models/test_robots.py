"""The Husky against Bullet's own reading of its URDF, and the mesh clean-up behind it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pybullet
import pybullet_data
import pytest
from numpy.typing import NDArray
from pybullet_utils.bullet_client import BulletClient

from simgen.errors import SimgenError
from simgen.models import build_model
from simgen.models import geometry as g
from simgen.models.families._links import coarser
from simgen.models.families._lofts import between, curve, tube
from simgen.models.families._urdf import creased, read_links
from simgen.models.mesh import Material, Mesh

GREY = Material("grey", (0.2, 0.2, 0.2))


def soup_of(mesh: Mesh) -> NDArray[np.float64]:
    return mesh.vertices_m[mesh.faces].astype(np.float64)


def volume(soup: NDArray[np.float64]) -> float:
    return float(np.einsum("tc,tc->t", soup[:, 0], np.cross(soup[:, 1], soup[:, 2])).sum() / 6.0)


def open_edges(soup: NDArray[np.float64]) -> int:
    _, index = np.unique(np.round(soup.reshape(-1, 3), 6), axis=0, return_inverse=True)
    faces = index.reshape(-1, 3)
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    return int((np.unique(edges, axis=0, return_counts=True)[1] != 2).sum())


def test_parts_stand_where_bullet_puts_the_links_and_mass_agrees() -> None:
    client = BulletClient(pybullet.DIRECT)
    body = client.loadURDF(str(Path(pybullet_data.getDataPath()) / "husky" / "husky.urdf"))
    model = build_model("robot.husky")
    pose, mass = {}, 0.0
    for joint in range(client.getNumJoints(body)):
        name = client.getJointInfo(body, joint)[12].decode()
        state = client.getLinkState(body, joint)
        pose[name] = (state[4], state[5])
        loaded = client.getDynamicsInfo(body, joint)[0]
        mass += loaded if loaded != 1.0 else 0.0  # Bullet gives 1 kg to links that state no inertia
    client.disconnect()
    assert model.mass_kg == pytest.approx(mass, abs=1e-3)
    assert model.parts[0].name == "base_link"
    assert len(model.parts) == 9
    for part in model.parts:
        position, quat = pose[part.name]
        np.testing.assert_allclose(part.position_m, position, atol=1e-5)
        assert abs(np.dot(part.quat_xyzw, quat)) == pytest.approx(1.0, abs=1e-5)


def test_wheels_touch_the_ground() -> None:
    for part in build_model("robot.husky").parts:
        if part.name.endswith("wheel_link"):
            assert part.position_m[2] + part.mesh.bounds_m[0][2] == pytest.approx(0.0, abs=1e-3)


def test_front_camera_and_lamp_look_ahead_of_everything() -> None:
    model = build_model("robot.husky")
    (position, yaw, pitch), lamp = model.mounts["front"], model.lamps[0]
    assert (yaw, pitch) == (0.0, 0.0)
    assert position[2] == pytest.approx(0.6, abs=0.05)
    foremost = max(
        float((p.mesh.vertices_m @ g.rotation_z(2 * math.atan2(p.quat_xyzw[2], p.quat_xyzw[3])).T)[:, 0].max())
        + p.position_m[0]
        for p in model.parts
    )
    assert position[0] > foremost
    assert lamp.position_m[0] > foremost
    assert lamp.kind == "head"
    assert lamp.beam == "spot"
    assert lamp.direction == (1.0, 0.0, 0.0)


def test_a_missing_description_is_named() -> None:
    with pytest.raises(SimgenError, match=r"nowhere\.urdf"):
        read_links("husky/nowhere.urdf")


def coarsened(mesh: Mesh, within_m: float) -> NDArray[np.float64]:
    return coarser(soup_of(mesh), np.zeros(len(mesh.faces), np.int64), within_m)[0]


@pytest.mark.parametrize("within_m", [0.005, 0.02])
def test_a_coarser_ball_stays_closed_and_within_the_bound(within_m: float) -> None:
    ball = g.sphere(1.0, GREY, 80)
    less = coarsened(ball, within_m)
    assert len(less) < 0.6 * len(ball.faces)
    assert open_edges(soup_of(ball)) == open_edges(less) == 0
    assert 0.0 < volume(soup_of(ball)) - volume(less) < 4.0 * math.pi * 2.0 * within_m
    assert 1.0 - np.linalg.norm(less.mean(axis=1), axis=1).min() < 2.0 * within_m + 0.001  # the ball's faces: 0.8 mm
    assert np.abs(np.linalg.norm(less.reshape(-1, 3), axis=1) - 1.0).max() < 1e-5  # no new places


def test_what_is_flat_becomes_two_triangles() -> None:
    x, y = np.meshgrid(np.linspace(0, 1, 11), np.linspace(0, 1, 11), indexing="ij")
    less = coarsened(g.surface(np.stack([x, y, 0 * x], -1), GREY), 1e-4)
    cross = np.cross(less[:, 1] - less[:, 0], less[:, 2] - less[:, 0])
    assert len(less) == 2
    assert 0.5 * cross[:, 2] == pytest.approx([0.5, 0.5], abs=1e-6)


def test_a_line_between_pieces_stays_where_it_is() -> None:
    tube = soup_of(g.lathe([(0.05, 0.0), (0.05, 0.1), (0.05, 0.2)], GREY, 96))
    upper = (tube[..., 2].mean(axis=1) > 0.1).astype(np.int64)
    less, of = coarser(tube, upper, 0.001)
    assert len(less) < 0.5 * len(tube)
    assert less[of == 0][..., 2].max() == pytest.approx(0.1, abs=1e-6)
    assert less[of == 1][..., 2].min() == pytest.approx(0.1, abs=1e-6)


def test_creases_split_a_cube_and_not_a_ball() -> None:
    vertices, normals, faces = creased(soup_of(g.box((1.0, 1.0, 1.0), GREY)), math.radians(30))
    assert (len(vertices), len(faces)) == (24, 12)
    assert np.isclose(np.abs(normals), 1.0).sum() == 24
    vertices, normals, _ = creased(soup_of(g.sphere(1.0, GREY, 32)), math.radians(30))
    assert ((vertices * normals).sum(axis=1) > 0.995).all()


def test_curve_meets_its_controls_and_a_straight_tube_is_a_cylinder() -> None:
    controls = np.array([(0, 0, 0, 0.1, 0.1), (0, 0, 0.5, 0.1, 0.1), (0, 0, 2.0, 0.1, 0.1)])
    path = curve(controls, 9)
    np.testing.assert_allclose(path[[0, 2, -1]], controls, atol=1e-12)
    rod = tube(path, GREY, side=(1.0, 0.0, 0.0), segments=64, ends=("flat", "flat"))
    assert open_edges(soup_of(rod)) == 0
    assert volume(soup_of(rod)) == pytest.approx(math.pi * 0.01 * 2.0, rel=0.01)


@pytest.mark.parametrize("end", [(1.0, 2.0, -0.5), (0.0, 0.0, 2.0), (0.0, 0.0, -3.0), (-1.0, 0.0, 0.0)])
def test_between_turns_z_to_the_direction(end: tuple[float, float, float]) -> None:
    (x, y, z, w), length = between((0.0, 0.0, 0.0), end)
    turned = np.array([2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y)])
    np.testing.assert_allclose(turned * length, end, atol=1e-9)
