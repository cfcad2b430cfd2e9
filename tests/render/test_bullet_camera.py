"""PyBullet's camera against closed forms: edges to a twentieth of a pixel, depths of planes, part ids."""

from __future__ import annotations

import math

import numpy as np
import pybullet
import pytest
from scipy.spatial.transform import Rotation

from simgen.conditions import Conditions
from simgen.errors import SimgenError
from simgen.labels.objects import ObjectLabeller
from simgen.models import Material, Mesh, class_by_name
from simgen.models.geometry import box, merge, mesh_of_quads
from simgen.render import bullet_shapes
from simgen.render.bullet_camera import BulletCamera
from simgen.render.camera_model import CameraModel
from simgen.render.depth_range import Seen, depth_range, rigid_inverse
from simgen.render.one_sided import is_one_sided
from simgen.render.renderer import Renderer
from simgen.snapshot import Cast, CastObject, CastPart, Lamps, Snapshot

GREY = Material("grey", (0.5, 0.5, 0.5))
EYE = np.eye(4)
OFF_CENTRE = CameraModel(160, 120, 140.0, 130.0, 77.3, 61.8)
CENTRED = CameraModel.from_hfov(320, 240, math.radians(70.0))


def pose(position_m=(0.0, 0.0, 0.0), rotation_vector=(0.0, 0.0, 0.0)):
    out = np.eye(4)
    out[:3, :3] = Rotation.from_rotvec(rotation_vector).as_matrix()
    out[:3, 3] = position_m
    return out


def cast_of(*meshes, tints=None):
    tints = tints or [()] * len(meshes)
    return Cast(tuple(CastPart(m, 1, 0, t) for m, t in zip(meshes, tints, strict=True)), (), False)


def view(camera, meshes, poses, T_world_camera=EYE, tints=None):
    with BulletCamera(cast_of(*meshes, tints=tints)) as bullet:
        return bullet.capture(np.array(poses), camera, T_world_camera)


def ray_slopes(camera):
    u, v = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    return (u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy


def rectangle_at(camera, u0, v0, u1, v1, z):
    """A plate that faces the camera and projects to the pixel rectangle."""
    x = [(u - camera.cx) / camera.fx * z for u in (u0, u1)]
    y = [(v - camera.cy) / camera.fy * z for v in (v0, v1)]
    return mesh_of_quads([[(x[0], y[0], z), (x[0], y[1], z), (x[1], y[1], z), (x[1], y[0], z)]], GREY)


def ground(y, z0, z1, half_width=60.0):
    """A plane below the camera (OpenCV axes: y down)."""
    corners = [(-half_width, y, z0), (half_width, y, z0), (half_width, y, z1), (-half_width, y, z1)]
    return mesh_of_quads([corners], GREY)


@pytest.mark.parametrize("camera", [OFF_CENTRE, CENTRED, CameraModel(97, 75, 80.0, 80.0, 48.0, 37.0)])
@pytest.mark.parametrize("offset", [0.05, 0.5, 0.95])
def test_edges_fall_between_the_right_pixels(camera, offset):
    plate = rectangle_at(camera, 20 + offset, 30 + offset, 70 + offset, 60 + offset, 5.0)
    seen = view(camera, [plate], [EYE])
    expected = np.full((camera.height, camera.width), -1)
    expected[31:61, 21:71] = 0
    assert np.array_equal(seen.part, expected)
    assert np.abs(seen.depth_m[seen.part == 0] - 5.0).max() < 2e-6


@pytest.mark.parametrize(("z0", "z1"), [(0.5, 300.0), (-20.0, 300.0), (-200.0, 500.0)])
def test_ground_plane_depth(z0, z1):
    """z = y / slope, also of triangles that pass under and behind the camera."""
    x, y = ray_slopes(CENTRED)
    seen = view(CENTRED, [ground(1.5, z0, z1)], [EYE])
    with np.errstate(divide="ignore"):
        z = np.where(y > 0.0, 1.5 / y, np.inf)
    hit = (z < z1) & (z > z0)
    hit[hit] &= np.abs((x * np.where(hit, z, 0.0))[hit]) < 60.0
    assert hit.sum() > 30_000
    assert np.array_equal(seen.part == 0, hit)
    assert np.abs(seen.depth_m[hit] / z[hit] - 1.0).max() < 1e-5
    assert np.isinf(seen.depth_m[~hit]).all()


def test_slanted_plane_depth_from_a_posed_camera():
    T_world_camera = pose((30.0, -12.0, 4.0), (-1.7, 0.3, 0.4))
    T = T_world_camera @ pose((0.4, -0.3, 7.0), (0.5, -0.8, 0.2))
    size = 3.0
    plate = mesh_of_quads([[(-size, -size, 0), (size, -size, 0), (size, size, 0), (-size, size, 0)]], GREY)
    seen = view(OFF_CENTRE, [plate], [T], T_world_camera)
    local = rigid_inverse(T_world_camera) @ T
    normal, origin = local[:3, 2], local[:3, 3]
    x, y = ray_slopes(OFF_CENTRE)
    z = (normal @ origin) / (normal[0] * x + normal[1] * y + normal[2])
    p = (np.stack([x * z, y * z, z], -1) - origin) @ local[:3, :3]
    margin = np.abs(np.abs(p[..., :2]).max(-1) - size) > 1e-4  # float32 poses decide nearer ones
    inside = np.abs(p[..., :2]).max(-1) < size
    assert inside.sum() > 3000
    assert np.array_equal((seen.part == 0)[margin], inside[margin])
    both = inside & margin
    assert np.abs(seen.depth_m[both] - z[both]).max() < 2e-5


def test_nearest_part_wins_and_albedo_is_exact():
    red = Material("red", (0.31, 0.012, 0.007))
    paint = Material("paint", (0.1, 0.1, 0.1), slot="paint")
    near = merge([rectangle_at(CENTRED, 40.5, 40.5, 80.5, 80.5, 3.0)])
    far = Mesh(**{**vars(rectangle_at(CENTRED, 60.5, 60.5, 120.5, 100.5, 6.0)), "materials": (paint,)})
    side = Mesh(**{**vars(rectangle_at(CENTRED, 200.5, 60.5, 240.5, 100.5, 6.0)), "materials": (red,)})
    tints = [(), (("paint", (0.9, 0.4, 0.05)),), ()]
    with BulletCamera(cast_of(near, far, side, tints=tints)) as bullet:
        seen = bullet.capture(np.array([EYE] * 3), CENTRED, EYE)
        own = bullet._draw(
            np.array([EYE] * 3), CENTRED, EYE,
            lightAmbientCoeff=1.0, lightDiffuseCoeff=0.0, lightSpecularCoeff=0.0, shadow=0,
        ).rgb  # fmt: skip
    part = np.full((240, 320), -1)
    part[61:101, 61:121] = 1
    part[41:81, 41:81] = 0
    part[61:101, 201:241] = 2
    assert np.array_equal(seen.part, part)
    table = np.array([(0.5,) * 3, (0.9, 0.4, 0.05), red.albedo, (0.0,) * 3], np.float32)
    assert np.array_equal(seen.albedo, table[part])
    assert seen.albedo.dtype == seen.depth_m.dtype == np.float32
    assert seen.part.dtype == np.int32
    # TinyRenderer's own unlit picture holds the same colours, to its 8 bits.
    code = own[part >= 0] / 255.0
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    assert np.abs(linear - seen.albedo[part >= 0]).max() < 0.01


def test_materials_of_one_part_keep_their_colours():
    left, right = (
        box((1, 1, 1), GREY, (-1, 0, 5)),
        box((1, 1, 1), Material("blue", (0.0, 0.1, 0.8)), (1, 0, 5)),
    )
    seen = view(CENTRED, [merge([left, right])], [EYE])
    x, _ = ray_slopes(CENTRED)
    assert set(np.unique(seen.part)) == {-1, 0}
    assert np.all(seen.albedo[(seen.part == 0) & (x < 0)] == np.float32(0.5))
    assert np.all(seen.albedo[(seen.part == 0) & (x > 0)] == np.array([0.0, 0.1, 0.8], np.float32))


def test_open_plates_have_two_sides_and_closed_bodies_one():
    plate = mesh_of_quads([[(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]], GREY)
    cube = box((4.0, 4.0, 4.0), GREY)
    assert is_one_sided(cube)
    assert not is_one_sided(plate)
    half_turn = pose((2.0, 0.0, 8.0), (0.0, math.pi, 0.0))
    seen = view(CENTRED, [cube, plate, plate], [EYE, pose((-2.0, 0.0, 8.0)), half_turn])
    assert (seen.part == 0).sum() == 0  # the camera is inside: every face is turned away
    assert (seen.part == 1).sum() > 3000
    assert abs(int((seen.part == 1).sum()) - int((seen.part == 2).sum())) < 120


def test_without_backs_a_plate_has_one_side():
    plate = mesh_of_quads([[(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]], GREY)
    half_turn = pose((2.0, 0.0, 8.0), (0.0, math.pi, 0.0))
    with BulletCamera(cast_of(plate, plate), backs=False) as bullet:
        seen = bullet.capture(np.array([pose((-2.0, 0.0, 8.0)), half_turn]), CENTRED, EYE)
    assert (seen.part == 0).sum() == 0
    assert (seen.part == 1).sum() > 3000


def test_parts_move_between_pictures():
    cube = box((1.0, 1.0, 1.0), GREY)
    with BulletCamera(cast_of(cube, cube)) as bullet:
        first = bullet.capture(np.array([pose((-1, 0, 6)), pose((1, 0, 6))]), CENTRED, EYE)
        moved = bullet.capture(np.array([pose((-1, 0, 6)), pose((1, 0.8, 9), (0, 0, 0.5))]), CENTRED, EYE)
        again = bullet.capture(np.array([pose((-1, 0, 6)), pose((1, 0, 6))]), CENTRED, EYE)
    assert np.array_equal(first.part == 0, moved.part == 0)
    assert (moved.part == 1).sum() < 0.6 * (first.part == 1).sum()
    assert np.array_equal(first.part, again.part)
    assert np.array_equal(first.depth_m, again.depth_m)


def fine_grid(cells):
    """A face of 2 cells^2 triangles, 4 m wide, 5 m before the camera."""
    x = np.linspace(-2.0, 2.0, cells + 1)
    gx, gy = np.meshgrid(x, x, indexing="ij")
    v = np.stack([gx, gy, np.full(gx.shape, 5.0)], -1).reshape(-1, 3).astype(np.float32)
    i = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = (s.ravel() for s in (i[:-1, :-1], i[1:, :-1], i[1:, 1:], i[:-1, 1:]))
    f = np.concatenate([np.stack([a, c, b], -1), np.stack([a, d, c], -1)]).astype(np.int32)
    n = np.tile(np.array([0, 0, -1], np.float32), (len(v), 1))
    return Mesh(v, n, v[:, :2], f, np.zeros(len(f), np.int16), (GREY,))


def test_a_mesh_beyond_bullets_limits_is_split():
    mesh = fine_grid(370)
    assert len(mesh.vertices_m) > 131_072
    assert 3 * len(mesh.faces) > 524_288
    seen = view(CENTRED, [mesh], [EYE])
    x, y = ray_slopes(CENTRED)
    assert np.array_equal(seen.part == 0, np.maximum(np.abs(x), np.abs(y)) * 5.0 <= 2.0)


def test_a_refused_mesh_is_reported_and_bullet_kept_quiet(monkeypatch, capfd):
    monkeypatch.setattr(bullet_shapes, "CHUNK", 1_000_000)
    with pytest.raises(SimgenError, match=r"137641 vertices and 273800 triangles.*createVisualShape failed"):
        BulletCamera(cast_of(fine_grid(370)))
    assert capfd.readouterr() == ("", "")


def test_near_plane_lies_just_before_what_is_seen():
    rng = np.random.default_rng(3)
    for trial in range(20):
        size = rng.uniform(0.3, 8.0, 3)
        T = pose(rng.uniform((-3, -2, -2), (3, 2, 12)), rng.normal(size=3))
        mesh = box(tuple(size), GREY)
        x, y = ray_slopes(CENTRED)
        rays = np.stack([x, y, np.ones(x.shape)], -1) @ T[:3, :3]
        o = -T[:3, :3].T @ T[:3, 3]
        a, b = (-0.5 * size - o) / rays, (0.5 * size - o) / rays
        t0, t1 = np.minimum(a, b).max(-1), np.maximum(a, b).min(-1)
        hit = (t0 <= t1) & (t0 > 0.05)
        near, far = depth_range([Seen(mesh, one_sided=True)], EYE, T[None], CENTRED)
        assert 0.05 <= near < far
        if hit.any():
            assert near <= t0[hit].min(), trial
            assert near > 0.9 * t0[hit].min() - 0.05, trial
            assert far > t0[hit].max()


def test_ground_under_the_camera_does_not_pull_the_near_plane_in():
    mesh = ground(1.5, -20.0, 300.0)
    near, _ = depth_range([Seen(mesh, one_sided=False)], EYE, EYE[None], CENTRED)
    lowest_row = (CENTRED.height - 1 - CENTRED.cy) / CENTRED.fy
    assert near == pytest.approx(0.98 * 1.5 / lowest_row, rel=0.02)


def test_shaded_picture_and_its_shadow():
    floor, cube = ground(1.5, 2.0, 30.0), box((1.0, 1.0, 1.0), GREY, (0.0, 1.0, 5.0))
    upright = pose((0.0, 0.0, 0.0), (-math.pi / 2, 0.0, 0.0))  # camera y down is world z down
    with BulletCamera(cast_of(floor, cube)) as bullet:
        T = np.array([upright, upright])
        lit = bullet.shaded(T, CENTRED, upright, shadow=False)
        dark = bullet.shaded(T, CENTRED, upright)
        part = bullet.capture(T, CENTRED, upright).part
    assert lit.shape == (240, 320, 3)
    assert lit.dtype == np.uint8
    assert len(np.unique(lit[part == 1][:, 0])) >= 2  # faces of the cube differ
    assert np.all(dark <= lit)
    assert (dark < lit).any()


def test_clients_do_not_disturb_each_other():
    other = pybullet.connect(pybullet.DIRECT)
    try:
        ball = pybullet.createMultiBody(1.0, physicsClientId=other)
        cube = box((1.0, 1.0, 1.0), GREY)
        one, two = BulletCamera(cast_of(cube)), BulletCamera(cast_of(cube, cube))
        a = one.capture(np.array([pose((0, 0, 4))]), CENTRED, EYE)
        b = two.capture(np.array([pose((0, 0, 4)), pose((2, 0, 4))]), CENTRED, EYE)
        one.close()
        c = two.capture(np.array([pose((0, 0, 4)), pose((2, 0, 4))]), CENTRED, EYE)
        two.close()
        assert np.array_equal(a.part == 0, b.part == 0)
        assert np.array_equal(b.part, c.part)
        assert pybullet.getNumBodies(physicsClientId=other) == 1
        assert ball == 0
    finally:
        pybullet.disconnect(other)


def test_misuse_is_refused():
    bullet = BulletCamera(cast_of(box((1.0, 1.0, 1.0), GREY)))
    with pytest.raises(SimgenError, match=r"\(2, 4, 4\), expected \(1, 4, 4\)"):
        bullet.capture(np.array([EYE, EYE]), CENTRED, EYE)
    bullet.close()
    bullet.close()
    with pytest.raises(SimgenError, match="is closed"):
        bullet.capture(np.array([EYE]), CENTRED, EYE)


def test_our_renderer_and_labels_agree_with_bullet_to_the_pixel():
    """Two rasterisers that share no code: same mask, same depth; an unhidden silhouette is its mask."""
    rng = np.random.default_rng(11)
    count = 14
    meshes = [box(tuple(rng.uniform(0.5, 2.0, 3)), GREY) for _ in range(count)]
    poses = [pose(rng.uniform((-5, -3, 5), (5, -0.3, 18)), rng.normal(size=3)) for _ in range(count)]
    car = class_by_name("car").id
    cast = Cast(
        (
            CastPart(ground(1.0, -30.0, 200.0), class_by_name("road").id, 0),
            *(CastPart(m, car, k + 1) for k, m in enumerate(meshes)),
        ),
        tuple(CastObject(f"o{k}", "box", car, (1, 1, 1), (0, 0, 0), {}) for k in range(count)),
        False,
    )
    T = np.array([EYE, *poses])
    none, zero = np.zeros((0, 3)), np.zeros((count, 3))
    lamps = Lamps(none, none, none, np.zeros(0, np.uint8), np.zeros(0), np.zeros(0, np.uint16))
    snapshot = Snapshot(
        cast=cast,
        tick=0,
        time_s=0.0,
        T_world_part=T,
        part_lit=np.zeros(count + 1, np.uint8),
        T_world_object=T[1:],
        velocity_mps=zero,
        angular_velocity_radps=zero,
        submerged_fraction=np.zeros(count),
        lamps=lamps,
        conditions=Conditions(),
    )
    ours = Renderer(cast).render(snapshot, CENTRED, EYE, radiance=False, geometry=False)
    with BulletCamera(cast) as bullet:
        theirs = bullet.capture(T, CENTRED, EYE)
    assert len(np.unique(ours.instance)) > 10
    assert np.array_equal(theirs.part < 0, np.isinf(ours.depth_m))
    assert np.array_equal(np.maximum(theirs.part, 0), ours.instance)
    seen = theirs.part >= 0
    assert np.abs(theirs.depth_m[seen] / ours.depth_m[seen] - 1.0).max() < 2e-5
    table = ObjectLabeller(cast).table(ours, snapshot, CENTRED, EYE)
    whole = 0
    for row, k in enumerate(table["instance"].astype(int)):
        with BulletCamera(Cast((cast.parts[k],), (), False)) as bullet:
            alone = int((bullet.capture(T[k : k + 1], CENTRED, EYE).part == 0).sum())
        assert int(table["amodal_px"][row]) == alone
        whole += int(table["visibility"][row] == 1.0)
    assert 3 <= whole < len(table["instance"])


def test_an_empty_cast_shows_nothing():
    seen = view(CENTRED, [], np.zeros((0, 4, 4)))
    assert np.all(seen.part == -1)
    assert np.isinf(seen.depth_m).all()
    assert not seen.albedo.any()
