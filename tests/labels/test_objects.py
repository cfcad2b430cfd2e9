"""Object labels against geometry derived another way: rays in NumPy, closed forms, integer rectangles."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from simgen.conditions import Conditions, Fog
from simgen.errors import SimgenError
from simgen.labels.objects import CONTRAST_THRESHOLD, ObjectLabeller
from simgen.models import Material, Mesh
from simgen.models.geometry import box, mesh_of_quads
from simgen.render.buffers import Buffers
from simgen.render.camera_model import CameraModel
from simgen.snapshot import Cast, CastObject, CastPart, Lamps, Snapshot

GREY = Material("grey", (0.5, 0.5, 0.5))
CAMERA = CameraModel.from_hfov(320, 240, math.radians(70.0))
EYE = np.eye(4)


def pose(position_m=(0.0, 0.0, 0.0), rotation_vector=(0.0, 0.0, 0.0)):
    out = np.eye(4)
    out[:3, :3] = Rotation.from_rotvec(rotation_vector).as_matrix()
    out[:3, 3] = position_m
    return out


def sphere_mesh(radius_m, rings=96):
    """Circumscribed to the eye within a radius error of (pi / rings)^2 / 2."""
    polar = np.linspace(0.0, np.pi, rings + 1)
    around = np.linspace(0.0, 2.0 * np.pi, 2 * rings, endpoint=False)
    t, p = np.meshgrid(polar, around, indexing="ij")
    v = radius_m * np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(rings), np.arange(2 * rings), indexing="ij")
    a, b = i * 2 * rings + j, i * 2 * rings + (j + 1) % (2 * rings)
    faces = np.concatenate([
        np.stack([a, a + 2 * rings, b + 2 * rings], -1).reshape(-1, 3),
        np.stack([a, b + 2 * rings, b], -1).reshape(-1, 3),
    ])  # fmt: skip
    v = v.astype(np.float32)
    count = len(faces)
    return Mesh(v, v / radius_m, v[:, :2], faces.astype(np.int32), np.zeros(count, np.int16), (GREY,))


def plate(corners):
    return mesh_of_quads([corners], GREY)


def world(meshes, poses, sizes=None, conditions=None, velocity=None):
    """A cast with one part an object, and its snapshot."""
    n = len(meshes)
    sizes = sizes or [(1.0, 1.0, 1.0)] * n
    cast = Cast(
        parts=tuple(CastPart(m, 26, k + 1) for k, m in enumerate(meshes)),
        objects=tuple(CastObject(f"o{k}", "test", 26, sizes[k], (0.0, 0.0, 0.0), {}) for k in range(n)),
        indoor=False,
    )
    T = np.array(poses, np.float64).reshape(n, 4, 4)
    none = np.zeros((0, 3))
    lamps = Lamps(none, none, none, np.zeros(0, np.uint8), np.zeros(0), np.zeros(0, np.uint16))
    zero = np.zeros((n, 3))
    snapshot = Snapshot(
        cast=cast, tick=0, time_s=0.0, T_world_part=T, part_lit=np.zeros(n, np.uint8), T_world_object=T.copy(),
        velocity_mps=zero if velocity is None else velocity, angular_velocity_radps=zero,
        submerged_fraction=np.zeros(n), lamps=lamps, conditions=conditions or Conditions(),
    )  # fmt: skip
    return cast, snapshot


def buffers(instance, transmittance=1.0, radiance=None):
    parts = 64  # more than any stage here has
    h, w = instance.shape
    unseen = np.full((h, w), np.nan, np.float32)
    return Buffers(
        radiance, unseen, unseen, instance.astype(np.uint16), np.zeros((h, w), np.uint8), None, None,
        np.broadcast_to(np.float32(transmittance), (h, w)).copy(), unseen, np.zeros(parts, np.uint8),
    )  # fmt: skip


def empty(camera=CAMERA):
    return np.zeros((camera.height, camera.width), np.uint16)


def rays(camera):
    u, v = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    return np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], -1)


def box_depth(camera, T, size_m):
    """z-depth of the nearest hit of every pixel's ray with an oriented box, inf for a miss (slab test)."""
    d = rays(camera) @ T[:3, :3]
    o = -T[:3, :3].T @ T[:3, 3]
    with np.errstate(divide="ignore"):
        a, b = (-0.5 * np.array(size_m) - o) / d, (0.5 * np.array(size_m) - o) / d
    t0, t1 = np.minimum(a, b).max(-1), np.maximum(a, b).min(-1)
    return np.where((t0 <= t1) & (t0 > 0.0), t0, np.inf)


def mask_box(mask):
    ys, xs = np.nonzero(mask)
    return [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]


def rectangle_solid_angle(x0, x1, y0, y1, z):
    """Of an axis-aligned rectangle at distance z in front of the eye (closed form)."""

    def corner(x, y):
        return math.atan(x * y / (z * math.sqrt(x * x + y * y + z * z)))

    return corner(x1, y1) - corner(x0, y1) - corner(x1, y0) + corner(x0, y0)


def scattered_boxes(count=12, seed=4):
    rng = np.random.default_rng(seed)
    sizes = [tuple(rng.uniform(0.6, 2.5, 3)) for _ in range(count)]
    poses = [
        pose((rng.uniform(-4, 4), rng.uniform(-2.5, 2.5), rng.uniform(6, 20)), rng.normal(size=3)) for _ in range(count)
    ]
    return sizes, poses


def test_visible_boxes_match_numpy_on_noise():
    rng = np.random.default_rng(0)
    instance = rng.integers(0, 9, (37, 53)).astype(np.uint16) * (rng.random((37, 53)) < 0.2)
    instance = instance.astype(np.uint16)
    instance[instance == 5] = 0
    cast, _ = world([], np.zeros((0, 4, 4)))
    bbox, counts = ObjectLabeller(cast).visible_boxes(instance, 10)
    assert bbox.dtype == np.float32
    assert counts.tolist() == [int((instance == k).sum()) for k in range(1, 11)]
    for k in range(1, 11):
        expected = mask_box(instance == k) if (instance == k).any() else [0, 0, 0, 0]
        assert bbox[k - 1].tolist() == expected
    with pytest.raises(SimgenError, match="id 8, but there are only 7 objects"):
        ObjectLabeller(cast).visible_boxes(instance, 7)


@pytest.mark.parametrize("width", [31, 64, 200])
def test_visible_boxes_match_numpy_on_long_runs(width):
    """Runs of every length from 1 up, which begin and end at every place relative to blocks of 16 pixels."""
    rng = np.random.default_rng(width)
    bounds = np.cumsum(rng.integers(1, 70, 40 * width))
    instance = (np.searchsorted(bounds, np.arange(40 * width), side="right") % 6).astype(np.uint16).reshape(40, width)
    cast, _ = world([], np.zeros((0, 4, 4)))
    bbox, counts = ObjectLabeller(cast).visible_boxes(instance, 5)
    assert counts.tolist() == [int((instance == k).sum()) for k in range(1, 6)]
    assert bbox.tolist() == [mask_box(instance == k) for k in range(1, 6)]


def test_scattered_boxes_match_rays():
    sizes, poses = scattered_boxes()
    depth = np.stack([box_depth(CAMERA, T, s) for T, s in zip(poses, sizes, strict=True)])
    alone = np.isfinite(depth)
    instance = np.where(alone.any(0), depth.argmin(0) + 1, 0)
    cast, snapshot = world([box(s, GREY) for s in sizes], poses, sizes)
    table = ObjectLabeller(cast).table(buffers(instance), snapshot, CAMERA, EYE)
    rows = [k for k in range(len(sizes)) if alone[k].any()]
    assert table["instance"].tolist() == [k + 1 for k in rows]
    visible = [int((instance == k + 1).sum()) for k in rows]
    assert 0 < sum(v < alone[k].sum() for k, v in zip(rows, visible, strict=True)) < len(rows)
    assert table["visible_px"].tolist() == visible
    for row, k in enumerate(rows):
        # Vertices are float32: a ray through an edge may fall on either side of it.
        assert abs(int(table["amodal_px"][row]) - int(alone[k].sum())) <= 1
        assert table["bbox_amodal_px"][row].tolist() == mask_box(alone[k])
        assert table["visibility"][row] == pytest.approx(visible[row] / alone[k].sum(), abs=2e-3)
        x0, y0, x1, y1 = table["bbox_visible_px"][row]
        a0, b0, a1, b1 = table["bbox_amodal_px"][row]
        assert visible[row] == 0 or (a0 <= x0 < x1 <= a1 and b0 <= y0 < y1 <= b1)


def test_unhidden_object_is_its_silhouette():
    for k, (size, T) in enumerate(zip(*scattered_boxes(8, seed=9), strict=True)):
        instance = np.isfinite(box_depth(CAMERA, T, size)).astype(np.uint16)
        cast, snapshot = world([box(size, GREY)], [T], [size])
        table = ObjectLabeller(cast).table(buffers(instance), snapshot, CAMERA, EYE)
        assert table["visibility"].tolist() == [1.0], k
        assert np.array_equal(table["bbox_amodal_px"], table["bbox_visible_px"])


def test_pixels_that_the_renderer_rounds_outwards_belong_to_the_silhouette():
    camera = CameraModel(200, 100, 100.0, 100.0, 100.0, 50.0)
    x0, x1, y0, y1 = -0.605, -0.205, -0.305, 0.095  # 40 x 40 pixels from (40, 20)
    cast, snapshot = world([plate([(x0, y0, 1), (x1, y0, 1), (x1, y1, 1), (x0, y1, 1)])], [EYE])
    instance = np.zeros((100, 200), np.uint16)
    instance[20:60, 40:81] = 1
    table = ObjectLabeller(cast).table(buffers(instance), snapshot, camera, EYE)
    assert table["amodal_px"].tolist() == table["visible_px"].tolist() == [40 * 41]
    assert table["bbox_amodal_px"].tolist() == table["bbox_visible_px"].tolist() == [[40, 20, 81, 60]]
    alone = ObjectLabeller(cast).table(buffers(empty(camera)), snapshot, camera, EYE)
    assert alone["amodal_px"].tolist() == [40 * 40]
    assert alone["bbox_amodal_px"].tolist() == [[40, 20, 80, 60]]


def test_overlapping_plates_hide_a_known_fraction():
    """Face-on boxes cover integer rectangles: every count is arithmetic."""
    camera = CameraModel(200, 100, 100.0, 100.0, 100.0, 50.0)

    def face(x0, x1, y0, y1, z):  # corners half a pixel outside the first and last pixel centres
        x0, x1, y0, y1 = ((x0 - 100.5) / 100, (x1 - 100.5) / 100, (y0 - 50.5) / 100, (y1 - 50.5) / 100)
        return plate([(x0 * z, y0 * z, z), (x1 * z, y0 * z, z), (x1 * z, y1 * z, z), (x0 * z, y1 * z, z)])

    cast, snapshot = world([face(40, 80, 20, 60, 2.0), face(60, 120, 30, 50, 4.0)], [EYE, EYE])
    instance = np.zeros((100, 200), np.uint16)
    instance[30:50, 60:120] = 2
    instance[20:60, 40:80] = 1
    table = ObjectLabeller(cast).table(buffers(instance), snapshot, camera, EYE)
    assert table["amodal_px"].tolist() == [40 * 40, 60 * 20]
    assert table["visible_px"].tolist() == [40 * 40, 40 * 20]
    assert table["visibility"].tolist() == [1.0, pytest.approx(2.0 / 3.0)]
    assert table["bbox_visible_px"].tolist() == [[40, 20, 80, 60], [80, 30, 120, 50]]
    assert table["bbox_amodal_px"].tolist() == [[40, 20, 80, 60], [60, 30, 120, 50]]
    assert table["truncation"].tolist() == [0.0, 0.0]


def test_fill_rule_shares_no_pixel_and_leaves_no_gap():
    """Plates that meet on pixel centres: each centre belongs to the one on its right or below."""
    camera = CameraModel(64, 64, 32.0, 32.0, 32.0, 32.0)
    edges = [-0.5, -0.25, 0.0, 0.25, 0.5]  # 16, 24, 32, 40, 48 px
    meshes = [
        plate([(x0, y0, 1.0), (x1, y0, 1.0), (x1, y1, 1.0), (x0, y1, 1.0)])
        for y0, y1 in pairwise(edges)
        for x0, x1 in pairwise(edges)
    ]
    cast, snapshot = world(meshes, [EYE] * 16)
    table = ObjectLabeller(cast).table(buffers(empty(camera)), snapshot, camera, EYE)
    assert table["amodal_px"].tolist() == [64] * 16
    assert table["bbox_amodal_px"][0].tolist() == [16, 16, 24, 24]
    assert table["bbox_amodal_px"][15].tolist() == [40, 40, 48, 48]


def test_sphere_matches_its_ellipse():
    """The picture of a sphere is the cut of its tangent cone: box from tangents, area from the quadric."""
    radius, centre = 1.3, np.array([1.7, -0.9, 6.0])
    cast, snapshot = world([sphere_mesh(radius)], [pose(centre)])
    table = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)
    r = rays(CAMERA)
    cone = (r @ centre) ** 2 - (r * r).sum(-1) * (centre @ centre - radius**2) >= 0.0
    assert table["amodal_px"][0] == pytest.approx(cone.sum(), rel=2e-3)
    bounds = []
    for axis, f, c in ((0, CAMERA.fx, CAMERA.cx), (1, CAMERA.fy, CAMERA.cy)):
        angle = math.atan2(centre[axis], centre[2])
        half = math.asin(radius / math.hypot(centre[axis], centre[2]))
        bounds.append([f * math.tan(angle - half) + c, f * math.tan(angle + half) + c])
    expected = [
        math.ceil(bounds[0][0]),
        math.ceil(bounds[1][0]),
        bounds[0][1] // 1 + 1,
        bounds[1][1] // 1 + 1,
    ]
    assert table["bbox_amodal_px"][0] == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
def test_truncation_of_a_plate_over_the_right_edge(cut):
    edge = (CAMERA.width - 0.5 - CAMERA.cx) / CAMERA.fx
    z, width, half = 4.0, 1.5, 0.4
    x0 = edge * z - (1.0 - cut) * width
    x1 = x0 + width
    cast, snapshot = world([plate([(x0, -half, z), (x1, -half, z), (x1, half, z), (x0, half, z)])], [EYE])
    table = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)
    out = rectangle_solid_angle(edge * z, x1, -half, half, z) / rectangle_solid_angle(x0, x1, -half, half, z)
    assert table["truncation"][0] == pytest.approx(out, abs=4e-3)


def test_truncation_of_a_wall_that_runs_past_the_camera():
    """A wall at x = 1 from 3 m behind to 3 m ahead: the picture holds what lies beyond its right edge."""
    edge = (CAMERA.width - 0.5 - CAMERA.cx) / CAMERA.fx
    half = 0.3
    wall = plate([(1.0, -half, -3.0), (1.0, -half, 3.0), (1.0, half, 3.0), (1.0, half, -3.0)])
    cast, snapshot = world([wall], [EYE])
    table = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)
    inside = rectangle_solid_angle(1.0 / edge, 3.0, -half, half, 1.0)
    total = rectangle_solid_angle(-3.0, 3.0, -half, half, 1.0)
    assert table["truncation"][0] == pytest.approx(1.0 - inside / total, abs=4e-3)


def test_truncation_from_inside_a_room():
    room = box((4.0, 4.0, 4.0), GREY)
    inward = dataclasses.replace(room, faces=room.faces[:, ::-1].copy())
    cast, snapshot = world([inward], [pose((0.4, -0.2, 0.3))])
    table = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)
    assert table["amodal_px"][0] == CAMERA.width * CAMERA.height
    x, y = 0.5 * CAMERA.width / CAMERA.fx, 0.5 * CAMERA.height / CAMERA.fy
    share = rectangle_solid_angle(-x, x, -y, y, 1.0) / (4.0 * math.pi)
    assert table["truncation"][0] == pytest.approx(1.0 - share, abs=2e-3)


def directions(count):
    """(count, 3) unit vectors spread evenly over the sphere (Fibonacci spiral)."""
    z = 1.0 - (2.0 * np.arange(count) + 1.0) / count
    turn = np.pi * (3.0 - math.sqrt(5.0)) * np.arange(count)
    r = np.sqrt(1.0 - z * z)
    return np.stack([r * np.cos(turn), r * np.sin(turn), z], -1)


@pytest.mark.parametrize(
    ("size", "T"),
    [
        ((4.5, 0.3, 0.2), pose((0.5, 0.1, 1.7), (0.1, 0.3, 0.2))),  # a beam: little solid angle
        ((4.5, 1.8, 1.4), pose((1.3, 1.1, 0.6), (0.0, 1.2, 0.1))),  # a body beside and behind: much of the sphere
        ((1.2, 1.0, 0.8), pose((1.6, 0.2, 2.4), (0.4, -0.3, 0.8))),  # seen as a whole by one view
    ],
)
def test_truncation_of_near_boxes_matches_rays_in_all_directions(size, T):
    d = directions(1_000_000)
    local, eye = d @ T[:3, :3], -T[:3, :3].T @ T[:3, 3]
    a, b = (-0.5 * np.array(size) - eye) / local, (0.5 * np.array(size) - eye) / local
    near, far = np.minimum(a, b).max(-1), np.maximum(a, b).min(-1)
    x, y, z = d[(near <= far) & (near > 0.0)].T
    inside = (z > 0.0) & (np.abs(CAMERA.fx * x) < 0.5 * CAMERA.width * z)
    inside &= np.abs(CAMERA.fy * y) < 0.5 * CAMERA.height * z
    cast, snapshot = world([box(size, GREY)], [T])
    table = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)
    assert 0.1 < 1.0 - inside.mean() < 0.95
    assert table["truncation"][0] == pytest.approx(1.0 - inside.mean(), abs=3e-3)


def test_truncation_around_the_camera_does_not_depend_on_what_was_labelled_before():
    """Parts about the camera keep what they stamped: a body stands still, its wheels turn, another comes and goes."""
    sizes = [(4.5, 1.8, 1.4), (0.7, 0.7, 0.2), (1.6, 2.2, 1.9)]
    meshes = [box(s, GREY) for s in sizes]

    def at(k):
        turning = pose((0.4, 1.0, -0.2), (0.0, 0.0, 0.37 * k))
        passing = pose((0.9 - 0.2 * (k % 4), 0.1, 0.3), (0.1, 0.2 * (k % 3), 0.0))
        return world(meshes, [pose((1.0, 0.8, 0.5), (0.0, 1.2, 0.1)), turning, passing])

    cast, _ = at(0)
    kept = ObjectLabeller(cast)
    for k in [*range(40), 3, 3, 17, 0]:
        snapshot = at(k)[1]
        fresh = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)
        assert len(fresh["instance"])
        np.testing.assert_array_equal(
            kept.table(buffers(empty()), snapshot, CAMERA, EYE)["truncation"], fresh["truncation"]
        )


def test_near_plane_cuts_a_deck_under_the_camera():
    size, T = (3.0, 0.5, 30.0), pose((0.3, 1.2, 5.0))
    depth = box_depth(CAMERA, T, size)
    cast, snapshot = world([box(size, GREY)], [T])
    table = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)
    assert int(table["amodal_px"][0]) == pytest.approx(int(np.isfinite(depth).sum()), abs=2)
    assert table["truncation"][0] > 0.5


def test_watertight_body_around_the_camera_is_not_seen():
    size, T = (4.0, 2.0, 2.0), pose((0.0, 0.0, 0.5))
    cast, snapshot = world([box(size, GREY)], [T])
    assert len(ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)["instance"]) == 0


def test_open_plate_is_seen_from_both_sides():
    corners = [(-1.0, -1.0, 0.0), (1.0, -1.0, 0.0), (1.0, 1.0, 0.0), (-1.0, 1.0, 0.0)]
    poses = [pose((-1.5, 0.0, 6.0)), pose((1.5, 0.0, 6.0), (0.0, math.pi, 0.0))]
    cast, snapshot = world([plate(corners), plate(corners)], poses)
    table = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)
    assert table["amodal_px"][0] > 1000
    assert abs(int(table["amodal_px"][0]) - int(table["amodal_px"][1])) <= 80  # mirrored about a half pixel


def test_boxes_3d_reproject_around_the_masks():
    sizes, poses = scattered_boxes(6, seed=2)
    T_world_camera = pose((3.0, -7.0, 1.5), (-1.2, 0.4, 0.3))
    camera_poses = poses
    world_poses = [T_world_camera @ T for T in camera_poses]
    depth = np.stack([box_depth(CAMERA, T, s) for T, s in zip(camera_poses, sizes, strict=True)])
    instance = np.where(np.isfinite(depth).any(0), depth.argmin(0) + 1, 0)
    velocity = np.arange(18.0).reshape(6, 3)
    cast, snapshot = world([box(s, GREY) for s in sizes], world_poses, sizes, velocity=velocity)
    table = ObjectLabeller(cast).table(buffers(instance), snapshot, CAMERA, T_world_camera)
    corner = np.stack(np.meshgrid([-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5]), -1).reshape(-1, 3)
    assert len(table["instance"]) >= 5
    for row, k in enumerate(table["instance"].astype(int) - 1):
        quat = table["box3d_quat_camera_xyzw"][row]
        assert quat[3] >= 0.0
        assert np.allclose(Rotation.from_quat(quat).as_matrix(), camera_poses[k][:3, :3], atol=1e-5)
        p = (corner * table["box3d_size_m"][row]) @ Rotation.from_quat(quat).as_matrix().T
        p += table["box3d_center_camera_m"][row]
        u, v = CAMERA.fx * p[:, 0] / p[:, 2] + CAMERA.cx, CAMERA.fy * p[:, 1] / p[:, 2] + CAMERA.cy
        x0, y0, x1, y1 = table["bbox_amodal_px"][row]
        tolerance = 1e-3
        assert max(u.min(), 0.0) - tolerance <= x0
        assert x1 - 1.0 <= u.max() + tolerance
        assert max(v.min(), 0.0) - tolerance <= y0
        assert y1 - 1.0 <= v.max() + tolerance
        assert table["distance_m"][row] == pytest.approx(np.linalg.norm(camera_poses[k][:3, 3]), rel=1e-6)
        assert table["velocity_mps"][row].tolist() == velocity[k].tolist()


@pytest.mark.parametrize("turn", [(3.1, 0.0, 0.0), (0.0, 3.1, 0.0), (0.0, 0.0, 3.1), (0.3, -0.2, 0.1)])
def test_quaternion_of_every_branch(turn):
    T = pose((0.0, 0.0, 5.0), turn)
    cast, snapshot = world([box((1, 1, 1), GREY)], [T])
    quat = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)["box3d_quat_camera_xyzw"][0]
    expected = Rotation.from_rotvec(turn).as_quat(canonical=True)
    assert quat == pytest.approx(expected, abs=1e-6)


def fogged(mor_m, distance_m, inherent=0.0, airlight=200.0):
    """A unit plate before a foggy horizon, its buffers by Koschmieder's law."""
    T = pose((0.0, 0.0, distance_m))
    mesh = plate([(-1.0, -1.0, 0.0), (1.0, -1.0, 0.0), (1.0, 1.0, 0.0), (-1.0, 1.0, 0.0)])
    cast, snapshot = world([mesh], [T], conditions=Conditions(fog=Fog(mor_m=mor_m)))
    camera = CameraModel(100, 100, 400.0, 400.0, 49.5, 49.5)
    instance = np.isfinite(box_depth(camera, T, (2.0, 2.0, 1e-6))).astype(np.uint16)
    t = math.exp(-math.log(20.0) / mor_m * distance_m)
    value = np.where(instance == 1, inherent * t + airlight * (1.0 - t), airlight).astype(np.float32)
    radiance = np.repeat(value[..., None], 3, axis=2)
    return cast, snapshot, camera, instance, t, radiance


@pytest.mark.parametrize("with_radiance", [False, True])
@pytest.mark.parametrize(("factor", "detectable"), [(0.98, 1), (1.02, 0)])
def test_a_black_target_is_detectable_to_the_visibility(with_radiance, factor, detectable):
    cast, snapshot, camera, instance, t, radiance = fogged(60.0, 60.0 * factor)
    given = buffers(instance, t, radiance if with_radiance else None)
    table = ObjectLabeller(cast).table(given, snapshot, camera, EYE)
    assert table["transmittance"][0] == pytest.approx(t, rel=1e-6)
    assert table["contrast"][0] == pytest.approx(t, rel=1e-4)
    assert (t >= CONTRAST_THRESHOLD) == bool(detectable)
    assert table["detectable"].tolist() == [detectable]


def test_contrast_falls_by_the_transmittance():
    clear = fogged(1e9, 30.0, inherent=320.0)
    foggy = fogged(50.0, 30.0, inherent=320.0)
    values = []
    for cast, snapshot, camera, instance, t, radiance in (clear, foggy):
        table = ObjectLabeller(cast).table(buffers(instance, t, radiance), snapshot, camera, EYE)
        values.append(float(table["contrast"][0]))
    assert values[0] == pytest.approx(0.6, rel=1e-5)
    assert values[1] / values[0] == pytest.approx(foggy[4], rel=1e-4)


def test_stripes_that_average_to_the_background_keep_their_contrast():
    cast, snapshot, camera, instance, t, radiance = fogged(1e9, 30.0)
    stripes = 100.0 + 200.0 * (np.arange(100) % 2)
    radiance[instance == 1] = np.broadcast_to(stripes[None, :, None], radiance.shape)[instance == 1]
    table = ObjectLabeller(cast).table(buffers(instance, t, radiance), snapshot, camera, EYE)
    assert table["contrast"][0] == pytest.approx(0.5, rel=1e-3)


def test_blended_edge_pixels_do_not_enter_the_background():
    cast, snapshot, camera, instance, t, radiance = fogged(1e9, 30.0, inherent=400.0)
    around = np.zeros(instance.shape, bool)
    for axis in (0, 1):
        for step in (1, -1):
            around |= np.roll(instance, step, axis) == 1
    radiance[around & (instance == 0)] = 300.0
    table = ObjectLabeller(cast).table(buffers(instance, t, radiance), snapshot, camera, EYE)
    assert table["contrast"][0] == pytest.approx(1.0, rel=1e-5)


def test_hidden_object_keeps_a_row():
    cast, snapshot, camera, _, t, radiance = fogged(60.0, 30.0)
    table = ObjectLabeller(cast).table(buffers(empty(camera), 0.7, radiance), snapshot, camera, EYE)
    assert table["visible_px"].tolist() == [0]
    assert table["visibility"].tolist() == [0.0]
    assert table["bbox_visible_px"].tolist() == [[0, 0, 0, 0]]
    assert table["transmittance"][0] == pytest.approx(t, rel=1e-6)
    assert table["contrast"][0] == table["transmittance"][0]
    assert table["detectable"].tolist() == [0]


def test_parts_move_apart_and_count_once():
    mesh = box((1.0, 1.0, 1.0), GREY)
    cast = Cast(
        (CastPart(mesh, 7, 0), CastPart(mesh, 26, 2), CastPart(mesh, 26, 1), CastPart(mesh, 26, 2)),
        tuple(CastObject(f"o{k}", "test", 26, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), {}) for k in range(2)),
        False,
    )
    _, blank = world([mesh, mesh], [EYE, EYE])
    T = np.array([pose((0, 0, 3)), pose((-2.03, 0, 8.01)), pose((2.52, 0, 8.01)), pose((-1.6, 0.3, 8.4))])
    snapshot = dataclasses.replace(blank, cast=cast, T_world_part=T, T_world_object=T[[2, 1]])
    table = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)
    hit = [np.isfinite(box_depth(CAMERA, t, (1.0, 1.0, 1.0))) for t in T]
    assert table["instance"].tolist() == [1, 2]
    assert table["amodal_px"].tolist() == [hit[2].sum(), (hit[1] | hit[3]).sum()]
    assert table["bbox_amodal_px"].tolist() == [mask_box(hit[2]), mask_box(hit[1] | hit[3])]


def test_repeats_exactly_and_at_other_sizes():
    sizes, poses = scattered_boxes()
    cast, snapshot = world([box(s, GREY) for s in sizes], poses, sizes)
    labeller = ObjectLabeller(cast)
    first = labeller.table(buffers(empty()), snapshot, CAMERA, EYE)
    small = CameraModel.from_hfov(96, 64, 1.0)
    fresh = ObjectLabeller(cast).table(buffers(empty(small)), snapshot, small, EYE)
    again = labeller.table(buffers(empty(small)), snapshot, small, EYE)
    third = labeller.table(buffers(empty()), snapshot, CAMERA, EYE)
    for name in first:
        assert np.array_equal(first[name], third[name]), name
        assert np.array_equal(fresh[name], again[name]), name


def test_dtypes_and_an_empty_cast():
    floats = (
        "bbox_visible_px bbox_amodal_px visibility truncation distance_m transmittance contrast "
        "box3d_center_camera_m box3d_size_m box3d_quat_camera_xyzw velocity_mps"
    )
    dtypes = {"instance": "uint16", "visible_px": "uint32", "amodal_px": "uint32", "detectable": "uint8"}
    dtypes |= dict.fromkeys(floats.split(), "float32")
    cast, snapshot = world([], np.zeros((0, 4, 4)))
    table = ObjectLabeller(cast).table(buffers(empty()), snapshot, CAMERA, EYE)
    assert {name: str(column.dtype) for name, column in table.items()} == dtypes
    assert all(len(column) == 0 for column in table.values())
    assert table["bbox_visible_px"].shape == (0, 4)


def test_wrong_buffers_are_refused():
    cast, snapshot = world([box((1, 1, 1), GREY)], [pose((0, 0, 5))])
    labeller = ObjectLabeller(cast)
    with pytest.raises(SimgenError, match="240 rows of 320 pixels"):
        labeller.table(buffers(np.zeros((320, 240), np.uint16)), snapshot, CAMERA, EYE)
    with pytest.raises(SimgenError, match="no transmittance"):
        labeller.table(dataclasses.replace(buffers(empty()), transmittance=None), snapshot, CAMERA, EYE)
    wide = CameraModel(40_000, 1, 100.0, 100.0, 20_000.0, 0.0)
    with pytest.raises(SimgenError, match="at most 32767 pixels a side"):
        labeller.table(buffers(empty(wide)), snapshot, wide, EYE)
    foreign = empty()
    foreign[3, 4] = 2
    with pytest.raises(SimgenError, match="holds id 2"):
        labeller.table(buffers(foreign), snapshot, CAMERA, EYE)
    with pytest.raises(SimgenError, match="has instance 3, but there are 1 objects"):
        ObjectLabeller(dataclasses.replace(cast, parts=(CastPart(cast.parts[0].mesh, 26, 3),)))
