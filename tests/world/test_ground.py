"""The ground in Bullet: its surface is that of the site, and it is too thick to be passed through within a tick."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from world_fakes import actor, scene

from simgen.models import Shape, Site, build_site
from simgen.world import World
from simgen.world.bullet import GROUP_GROUND, Client
from simgen.world.frames import matrix_from_angles, quat_from_matrix
from simgen.world.ground import add_site, ground_cores, ground_sheets

THICK_M = 0.15
HZ = 240
UPRIGHT = np.array([0.0, 0.0, 0.0, 1.0])
PLACES = ("road.straight", "road.underpass", "road.mountain", "road.intersection", "field", "room.warehouse")


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client(HZ)
    yield client
    client.close()


def points_on(site: Site, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 3) of the ground within the site's bounds, evenly over its area, and normals (N, 3)."""
    vertices, faces = ground_sheets(site)[0]
    tri = vertices[faces]
    normal = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])
    area, middle, b = np.linalg.norm(normal, axis=1), tri.mean(axis=1), site.bounds
    inside = (middle[:, 0] > b.x_min_m) & (middle[:, 0] < b.x_max_m)
    inside &= (middle[:, 1] > b.y_min_m) & (middle[:, 1] < b.y_max_m) & (area > 1e-8)
    rng = np.random.default_rng(4)
    k = rng.choice(np.flatnonzero(inside), count, p=area[inside] / area[inside].sum())
    return (rng.dirichlet((1.0, 1.0, 1.0), count)[:, :, None] * tri[k]).sum(axis=1), normal[k] / area[k, None]


@pytest.mark.parametrize("name", PLACES)
def test_the_surface_of_the_thick_sheets_is_the_ground(name: str, client: Client) -> None:
    """A point of the ground is as far from the core as the sheet is thick; edges are rounded, so some are further."""
    site = build_site(name, {})
    for vertices, faces in ground_cores(site):
        client.add_ground(vertices, faces, 0.0)
    sheets = range(client.api.getNumBodies(physicsClientId=client.id))
    radius = 0.001
    probe = client.add_body([Shape("sphere", size_m=(radius,) * 3)], position_m=np.zeros(3), quat_xyzw=UPRIGHT)
    gaps = []
    for point in points_on(site, 600)[0]:
        client.api.resetBasePositionAndOrientation(probe, point.tolist(), UPRIGHT.tolist(), physicsClientId=client.id)
        met = [c[8] for k in sheets for c in client.api.getClosestPoints(probe, k, 0.5, physicsClientId=client.id)]
        gaps.append(min(met) + radius)
    assert np.quantile(gaps, [0.02, 0.98]) == pytest.approx(THICK_M, abs=0.003)
    assert min(gaps) > THICK_M - 0.01
    assert max(gaps) < math.hypot(THICK_M, THICK_M)  # within the rounding of a right-angled kerb


@pytest.mark.parametrize("speed_mps", [3.0, 10.0, 15.0, 20.0])
@pytest.mark.parametrize("name", ["road.straight", "road.curve", "field", "room.warehouse"])
def test_thin_boards_shot_at_the_ground_end_upon_it(name: str, speed_mps: float, client: Client) -> None:
    """Two centimetres thick, up to 8 cm in a tick, edge on or flat: none is in the ground once it is at rest."""
    site = build_site(name, {})
    add_site(client, site)
    points, _ = points_on(site, 12)
    rng = np.random.default_rng(7)
    boards = []
    for point in points:
        uid = client.add_body(
            [Shape("box", size_m=(1.2, 0.15, 0.02))],
            position_m=point + np.array([0.0, 0.0, 1.5]),
            quat_xyzw=quat_from_matrix(matrix_from_angles(*rng.uniform(-1.5, 1.5, 3))),
            mass_kg=2.0,
            inertia_kgm2=2.0 / 12.0 * np.array([0.15**2 + 0.02**2, 1.2**2 + 0.02**2, 1.2**2 + 0.15**2]),
        )
        way = (*rng.uniform(-2.0, 2.0, 2), -speed_mps)
        spin = rng.uniform(-4.0, 4.0, 3).tolist()
        client.api.resetBaseVelocity(uid, way, spin, physicsClientId=client.id)
        boards.append(uid)
    for _ in range(3 * HZ):
        client.api.stepSimulation(physicsClientId=client.id)
    for uid in boards:
        (x, y, z), _ = client.api.getBasePositionAndOrientation(uid, physicsClientId=client.id)
        below = client.api.rayTest(
            (x, y, z), (x, y, z - 5.0), collisionFilterMask=GROUP_GROUND, physicsClientId=client.id
        )[0]
        assert below[0] >= 0, (x, y, z)
        assert z - below[3][2] > 0.9 * THICK_M  # the ray meets the core


def test_a_ball_rests_on_the_ground_as_high_as_it_is() -> None:
    ego = actor("ego", "fake.car", 0.0, -1.75)
    with World(scene(ego, actor("ball", "fake.ball", 10.0, 3.0), settle_s=1.0)) as world:
        ball = world._mechanics.bodies[1]
        radius = ball.solids[0].radius_m
        x, y, z = world._mechanics.track.motion.position_m[1].tolist()
        assert z - world.site.ground.at(x, y) == pytest.approx(radius, abs=2e-3)
