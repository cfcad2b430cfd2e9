"""The visibility buffer against geometry: depths of planes, the near plane, coverage, mirrors, culling."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial import Delaunay
from small_stage import (
    CAMERA,
    EYE,
    GREY,
    Thing,
    cast_rays,
    floor,
    looking,
    pose,
    rasterised,
    rays,
    stage,
    triangles_in_world,
)

from simgen.models import Mesh
from simgen.models.geometry import box, mesh_of_quads, sphere, transformed
from simgen.render.camera_model import CameraModel
from simgen.render.kernels.raster import NEAR_M
from simgen.render.renderer import Renderer
from simgen.render.view import camera_view, mirrored
from simgen.render.visibility import SAMPLE_OFFSETS

OFF_CENTRE = CameraModel(160, 120, 140.0, 131.0, 77.3, 61.8)


@pytest.fixture(autouse=True)
def _whole_meshes(monkeypatch):
    """What is compared here is exact: every thing is drawn as it is (coarser versions have their own tests)."""
    monkeypatch.setattr("simgen.render.visibility.DETAIL_PX", 0.0)


def labels(snapshot, T_world_camera, camera=CAMERA):
    return Renderer(snapshot.cast).render(snapshot, camera, T_world_camera, radiance=False, geometry=False)


@pytest.mark.parametrize("seed", range(5))
def test_depth_of_a_slanted_plane(seed):
    rng = np.random.default_rng(seed)
    T_camera = pose(rng.uniform(-300, 300, 3), rng.normal(size=3))
    T = T_camera @ pose((rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(5, 60)), rng.normal(size=3) * 0.7)
    plate = mesh_of_quads([[(-40, -40, 0), (40, -40, 0), (40, 40, 0), (-40, 40, 0)]], GREY)
    seen = labels(stage([Thing(plate, T)]), T_camera, OFF_CENTRE)
    local = np.linalg.inv(T_camera) @ T
    normal, origin = local[:3, 2], local[:3, 3]
    d = rays(OFF_CENTRE)
    z = (normal @ origin) / (d @ normal)
    hit = np.isfinite(seen.depth_m)
    assert hit.sum() > 2000
    assert np.abs(seen.depth_m[hit] / z[hit] - 1.0).max() < 1e-5
    assert np.abs(seen.distance_m[hit] / (z * np.linalg.norm(d, axis=-1))[hit] - 1.0).max() < 1e-5
    # Inside and outside of the plate are told apart to a hundredth of a pixel.
    p = (d * z[..., None] - origin) @ local[:3, :3]
    pixel_m = np.abs(z) / OFF_CENTRE.fx
    edge = np.abs(np.abs(p[..., :2]).max(-1) - 40.0) < 0.05 * np.maximum(pixel_m, 1.0)
    inside = (np.abs(p[..., :2]).max(-1) < 40.0) & (z > NEAR_M)
    assert np.array_equal(hit[~edge], inside[~edge])


@pytest.mark.parametrize(("z0", "z1"), [(0.5, 300.0), (-20.0, 300.0), (0.02, 50.0)])
def test_ground_through_the_near_plane(z0, z1):
    """A plane below the camera, in front of, beside and behind it: z = height / slope wherever the ray meets it."""
    corners = [(-60.0, 1.5, z0), (60.0, 1.5, z0), (60.0, 1.5, z1), (-60.0, 1.5, z1)]
    seen = labels(stage([Thing(mesh_of_quads([corners], GREY))]), EYE)
    d = rays(CAMERA)
    with np.errstate(divide="ignore"):
        z = np.where(d[..., 1] > 0.0, 1.5 / d[..., 1], np.inf)
    hit = (z < z1) & (z > max(z0, NEAR_M))
    hit[hit] &= np.abs(d[..., 0][hit] * z[hit]) < 60.0
    assert hit.sum() > 7000
    assert np.array_equal(np.isfinite(seen.depth_m), hit)
    assert np.abs(seen.depth_m[hit] / z[hit] - 1.0).max() < 1e-5


def test_nothing_nearer_than_the_near_plane_and_everything_beyond_it():
    """A wall that leans through the near plane: cut where its depth is exactly NEAR_M."""
    wall = mesh_of_quads([[(-9, -9, -0.2), (9, -9, -0.2), (9, 9, 0.4), (-9, 9, 0.4)]], GREY)
    seen = labels(stage([Thing(wall)]), EYE)
    d = rays(CAMERA)
    # z = -0.2 + (y + 9) / 30 and y = d_y z, so z (1 - d_y / 30) = 0.1.
    z = 0.1 / (1.0 - d[..., 1] / 30.0)
    assert np.abs(seen.depth_m / z - 1.0).max() < 1e-5
    shifted = pose((0.0, 0.0, -0.1))  # now z (1 - d_y / 30) = 0, behind the near plane everywhere
    assert np.isinf(labels(stage([Thing(wall, shifted)]), EYE).depth_m).all()


def cover_count(corners, camera, samples):
    """How many of the triangles (T, 3, 3), each drawn alone, cover each sample."""
    count = np.zeros((camera.height * samples, camera.width), int)
    for t in corners:
        count += rasterised(t, [[0, 1, 2]], camera, SAMPLE_OFFSETS[samples])[1] >= 0
    return count


@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("slant", [0.0, 0.6])
def test_adjacent_triangles_share_no_sample_and_leave_none_out(samples, slant):
    """A Delaunay mesh over more than the picture: each sample belongs to exactly one triangle."""
    camera = CameraModel(48, 36, 40.0, 40.0, 23.0, 17.0)
    rng = np.random.default_rng(5)
    xy = np.concatenate([rng.uniform(-4, 4, (140, 2)), [(-5, -5), (5, -5), (5, 5), (-5, 5)]])
    xy[:40] = (np.round(xy[:40] * 10.0) * 0.1).astype(np.float32)  # many on pixel centres at z = 4
    z = 4.0 + slant * xy[:, 0]
    points = np.column_stack([xy[:, 0] * z / 4.0, xy[:, 1] * z / 4.0, z])
    corners = points[Delaunay(xy).simplices]
    assert np.all(cover_count(corners, camera, samples) == 1)


def test_vertices_and_edges_on_pixel_centres():
    """A fan whose centre and spokes run through pixel centres exactly."""
    camera = CameraModel(33, 33, 16.0, 16.0, 16.0, 16.0)
    rim = [(-2, -2), (0, -2), (2, -2), (2, 0), (2, 2), (0, 2), (-2, 2), (-2, 0)]
    corners = np.array([[(0, 0, 1), (*rim[k], 1), (*rim[(k + 1) % 8], 1)] for k in range(8)], float)
    count = cover_count(corners, camera, 1)
    assert np.all(count == 1)
    assert np.all(cover_count(corners[:, ::-1], camera, 1) == 1)  # turned over


def test_clipped_neighbours_share_no_sample():
    """Triangles of a ground that passes under and behind the camera."""
    camera = CameraModel(64, 48, 30.0, 30.0, 31.5, 4.0)
    rng = np.random.default_rng(2)
    xz = np.concatenate([rng.uniform(-3, 3, (60, 2)), [(-90, -90), (90, -90), (90, 900), (-90, 900)]])
    points = np.column_stack([xz[:, 0], np.full(len(xz), 0.7), xz[:, 1]])
    count = cover_count(points[Delaunay(xz).simplices], camera, 1)
    assert np.all(count[camera.cy + 1 < np.arange(48)] == 1)


def test_a_corner_on_the_edge_of_a_larger_face_leaves_no_hole():
    """Two small quads against one long edge (a T junction at a representable place)."""
    camera = CameraModel(65, 65, 32.0, 32.0, 32.0, 32.0)
    quads = [[(-2, 0, 1), (2, 0, 1), (2, 2, 1), (-2, 2, 1)]]
    quads += [[(-2, -2, 1), (0, -2, 1), (0, 0, 1), (-2, 0, 1)], [(0, -2, 1), (2, -2, 1), (2, 0, 1), (0, 0, 1)]]
    mesh = mesh_of_quads(quads, GREY)
    assert np.all(cover_count(mesh.vertices_m[mesh.faces], camera, 1) == 1)


def scattered(seed, count=26):
    """Boxes, balls and open plates around the origin, also behind the camera and around it."""
    rng = np.random.default_rng(seed)
    things = [Thing(floor(30.0, -2.0))]
    for k in range(count):
        kind = k % 3
        if kind == 0:
            mesh = box(tuple(rng.uniform(0.3, 2.0, 3)), GREY)
        elif kind == 1:
            mesh = sphere(rng.uniform(0.3, 1.5), GREY, 12)
        else:
            mesh = mesh_of_quads([[(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]], GREY)
        things.append(Thing(mesh, pose(rng.uniform((-14, -14, -2), (14, 14, 6)), rng.normal(size=3)), k + 1, "car"))
    return stage(things)


def brute_force(snapshot, camera, T_world_camera):
    """Depth and instance by rays, and where no edge is within a thousandth of a pixel."""
    corners, part = triangles_in_world(snapshot)
    instance_of = np.array([p.instance for p in snapshot.cast.parts] + [0])
    part = np.append(part, len(instance_of) - 1)
    d = rays(camera)
    depth, who = cast_rays(T_world_camera[:3, 3], d @ T_world_camera[:3, :3].T, corners, NEAR_M)
    sure = np.ones(who.shape, bool)
    for dx, dy in ((-1e-3, -1e-3), (1e-3, -1e-3), (-1e-3, 1e-3), (1e-3, 1e-3)):
        shifted = d + np.array([dx / camera.fx, dy / camera.fy, 0.0])
        _, other = cast_rays(T_world_camera[:3, 3], shifted @ T_world_camera[:3, :3].T, corners, NEAR_M)
        sure &= part[other] == part[who]
    return depth, instance_of[part[who]], sure


@pytest.mark.parametrize("seed", range(3))
def test_pictures_equal_rays_and_culling_removes_nothing_visible(seed):
    rng = np.random.default_rng(100 + seed)
    snapshot = scattered(seed)
    camera = CameraModel.from_hfov(64, 48, math.radians(80.0))
    T_camera = looking((9.0 * math.cos(seed), 9.0 * math.sin(seed), 3.0), rng.uniform((-3, -3, -1), (3, 3, 1)))
    depth, instance, sure = brute_force(snapshot, camera, T_camera)
    renderer = Renderer(snapshot.cast)
    seen = renderer.render(snapshot, camera, T_camera, radiance=False, geometry=False)
    assert sure.mean() > 0.98
    assert len(np.unique(instance)) > 5
    assert 0 < renderer.visibility.visible.sum() < len(renderer.visibility.visible)
    assert np.array_equal(seen.instance[sure], instance[sure])
    both = sure & np.isfinite(depth)
    assert np.array_equal(np.isfinite(seen.depth_m[sure]), np.isfinite(depth[sure]))
    assert np.abs(seen.depth_m[both] / depth[both] - 1.0).max() < 1e-4


@pytest.mark.parametrize("seed", range(8))
def test_drawing_every_cluster_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    snapshot = scattered(seed, 60)
    renderer = Renderer(snapshot.cast)
    view = camera_view(CAMERA, looking(rng.uniform(-6, 6, 3), rng.uniform(-6, 6, 3)))
    used, depth, *_ = renderer.visibility.see(view, snapshot, "main")
    w = 1.0 / depth
    drawn = int(renderer.visibility.visible.sum())
    g = renderer.geometry
    pose_of = np.einsum("ij,pjk->pik", view.to_camera[:, :3], snapshot.T_world_part[:, :3])
    pose_of[:, :, 3] += view.to_camera[:, 3]
    assert drawn < 0.8 * (g.cluster_version == renderer.visibility.version[g.cluster_part]).sum()
    part = np.zeros(g.vertices_m.shape[1], np.int64)
    part[g.faces] = g.face_part[:, None]
    vertices = np.einsum("vij,jv->vi", pose_of[part, :, :3], g.vertices_m.astype(float)) + pose_of[part, :, 3]
    # Clusters of versions that were not chosen hold no triangle here.
    chosen = np.repeat(g.cluster_version == renderer.visibility.version[g.cluster_part], np.diff(g.cluster_faces))
    faces = np.where(chosen[:, None], g.faces, g.faces[:, :1])
    all_w, all_face = rasterised(
        vertices, faces, CAMERA, SAMPLE_OFFSETS[1], cluster_faces=g.cluster_faces, closed=g.cluster_closed
    )
    assert (used.face != all_face).mean() < 1e-3  # float32 vertices rounded once more may move an edge by 1e-6 px
    assert ((w > 0.0) != (all_w > 0.0)).mean() < 1e-3
    assert np.quantile(np.abs(w - all_w), 0.999) < 1e-6


def test_a_mirrored_view_is_a_view_of_the_mirrored_world():
    level = 0.25
    rng = np.random.default_rng(9)
    things, turned = [], []
    for k in range(14):
        mesh = box(tuple(rng.uniform(0.4, 1.6, 3)), GREY) if k % 2 else sphere(rng.uniform(0.3, 0.9), GREY, 10)
        T = pose(rng.uniform((4, -5, 1.8), (16, 5, 4)), rng.normal(size=3))
        world = transformed(mesh, rotation=T[:3, :3], translation_m=T[:3, 3])
        flipped = transformed(world, scale=(1.0, 1.0, -1.0), translation_m=(0.0, 0.0, 2.0 * level))
        things.append(Thing(mesh, T, k + 1, "car"))
        turned.append(Thing(flipped, EYE, k + 1, "car"))
    submerged = box((3.0, 3.0, 0.2), GREY, (6.0, 0.0, -0.3))  # below the plane: must not hide the mirror picture
    T_camera = looking((0.0, 0.0, 1.5), (9.0, 0.0, -1.5))
    snapshot = stage([*things, Thing(submerged, EYE, 15, "car")])
    renderer = Renderer(snapshot.cast)
    below = mirrored(camera_view(CAMERA, T_camera), CAMERA, level)
    surface, w_depth, *_ = renderer.visibility.see(below, snapshot, "mirror")
    w = 1.0 / w_depth
    instance = np.where(surface.face >= 0, renderer.visibility.face_instance[surface.face], 0)
    direct = labels(stage(turned), T_camera)
    assert (direct.instance > 0).sum() > 1500
    assert not (instance == 15).any()
    differs = instance != direct.instance
    assert differs.mean() < 2e-3  # edge pixels, by float32 rounding of the mirrored meshes
    both = (direct.instance > 0) & ~differs
    assert np.abs(1.0 / w[both] / direct.depth_m[both] - 1.0).max() < 1e-4
    eye = T_camera[:3, 3]
    assert below.eye == pytest.approx([eye[0], eye[1], 2 * level - eye[2]])


def test_a_mirrored_view_cuts_at_the_plane():
    """A pole through the water: only its dry part is mirrored."""
    pole = box((0.2, 0.2, 4.0), GREY, (6.0, 0.0, 0.0))
    snapshot = stage([Thing(pole, EYE, 1, "car")])
    renderer = Renderer(snapshot.cast)
    T_camera = looking((0.0, 0.0, 1.5), (6.0, 0.0, 0.0))
    surface, w_depth, *_ = renderer.visibility.see(
        mirrored(camera_view(CAMERA, T_camera), CAMERA, 0.0), snapshot, "mirror"
    )
    w = 1.0 / w_depth
    d = rays(CAMERA) @ T_camera[:3, :3].T
    with np.errstate(invalid="ignore", divide="ignore"):
        z = T_camera[2, 3] + d[..., 2] / np.where(w > 0, w, np.nan)
    seen = surface.face >= 0
    assert seen.sum() > 100
    assert z[seen].max() < 0.01  # the mirror picture lies below the plane
    assert z[seen].max() > -0.06
    assert z[seen].min() == pytest.approx(-2.0, abs=0.06)


def test_triangle_ids_and_depth_belong_together():
    snapshot = scattered(4, 40)
    renderer = Renderer(snapshot.cast)
    T_camera = looking((0.0, 0.0, 0.5), (4.0, 1.0, 0.0))
    surface, w_depth, *_ = renderer.visibility.see(camera_view(CAMERA, T_camera), snapshot, "main")
    w = 1.0 / w_depth
    corners, _ = triangles_in_world(snapshot)
    seen = surface.face >= 0
    g = renderer.geometry
    own = np.flatnonzero(np.repeat(g.cluster_version == 0, np.diff(g.cluster_faces)))  # of the meshes themselves
    tri = corners[np.searchsorted(own, surface.face[seen])]
    n = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])
    d = (rays(CAMERA) @ T_camera[:3, :3].T)[seen]
    z = ((tri[:, 0] - T_camera[:3, 3]) * n).sum(-1) / (d * n).sum(-1)
    assert np.quantile(np.abs(1.0 / w[seen] / z - 1.0), 0.999) < 1e-4
    assert np.array_equal(w[~seen], np.zeros((~seen).sum(), np.float32))


def test_an_empty_and_a_hidden_cast():
    nothing = labels(stage([Thing(box((1.0, 1.0, 1.0), GREY, (0.0, 0.0, -5.0)), EYE, 1, "car")]), EYE)
    assert np.isinf(nothing.depth_m).all()
    assert np.isinf(nothing.distance_m).all()
    assert not nothing.instance.any()
    assert not nothing.semantic.any()


def test_many_clusters_of_one_mesh_are_all_there():
    """A ball of 960 triangles: its silhouette is the cone's, wherever its clusters fall."""
    ball: Mesh = sphere(1.0, GREY, 32)
    assert len(ball.faces) > 900
    for where in ((0.0, 0.0, 5.0), (2.0, 1.0, 4.0), (-1.0, -0.5, 2.5)):
        seen = labels(stage([Thing(ball, pose(where), 1, "car")]), EYE)
        d = rays(CAMERA)
        c = np.array(where)
        d /= np.linalg.norm(d, axis=-1, keepdims=True)
        gap = np.sqrt(np.maximum(c @ c - (d @ c) ** 2, 0.0))
        assert (seen.instance == 1)[(gap < 0.97) & (d @ c > 0)].all()
        assert not (seen.instance == 1)[gap > 1.0].any()
