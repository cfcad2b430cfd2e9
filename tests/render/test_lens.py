"""Lenses that bend straight lines: published points, OpenCV, and every label recomputed along the pixels' own rays."""

from __future__ import annotations

import dataclasses
import math

import cv2
import numpy as np
import pytest
from small_stage import (
    OVERCAST,
    SUNNY,
    Thing,
    cast_rays,
    floor,
    looking,
    luminance,
    matt,
    pose,
    stage,
    triangles_in_world,
    wall,
)

from simgen.conditions import Conditions, Fog, Rain, Snow, Water
from simgen.labels.objects import ObjectLabeller
from simgen.models import build_model, class_by_name
from simgen.models.geometry import box
from simgen.render.bullet_renderer import BulletRenderer
from simgen.render.camera_model import CameraModel
from simgen.render.lens_map import NOWHERE, lens_map
from simgen.render.renderer import Renderer
from simgen.render.surface import Previous
from simgen.rng import Stream
from simgen.scenario.distortion import Distortion

BARREL = Distortion("brown_conrady", (-0.3, 0.1, 0.001, -0.0005, 0.0))
PINCUSHION = Distortion("brown_conrady", (0.25, 0.05, -0.002, 0.001, 0.01))
FISHEYE = Distortion("fisheye", (-0.01, 0.002, 0.0, 0.0))
EQUIDISTANT = Distortion("fisheye", (0.0, 0.0, 0.0, 0.0))
CAMERAS = {
    "barrel": CameraModel.from_hfov(160, 120, math.radians(80.0), BARREL),
    "pincushion": CameraModel.from_hfov(160, 120, math.radians(60.0), PINCUSHION),
    "fisheye": CameraModel.from_hfov(160, 120, math.radians(136.0), FISHEYE),
    "hemisphere": CameraModel.from_hfov(160, 120, math.radians(180.0), EQUIDISTANT),
}
EYE = looking((-2.0, 0.0, 1.6), (10.0, 0.5, 1.2))


def pixels(camera):
    v, u = np.mgrid[0 : camera.height, 0 : camera.width].reshape(2, -1).astype(float)
    return np.stack([u, v], axis=1)


def opencv(camera, points):
    """Pixels (N, 2) of points (N, 3) of the camera frame, by OpenCV."""
    k = np.array(camera.distortion.coefficients)
    still = np.zeros(3)
    if camera.distortion.model == "fisheye":
        return cv2.fisheye.projectPoints(np.asarray(points)[None], still, still, camera.K, k)[0].reshape(-1, 2)
    return cv2.projectPoints(np.asarray(points)[:, None], still, still, camera.K, k)[0].reshape(-1, 2)


def yard(**conditions):
    """Posts on a floor, each an object, before and beside the camera."""
    things = [Thing(floor())]
    places = [(x, y) for y in (-9, -6, -3, 0, 3, 6, 9) for x in (-1, 3, 7)]
    for n, (x, y) in enumerate(places):
        things.append(Thing(box((0.6, 0.6, 2.5), matt(0.3), (0.0, 0.0, 1.25)), pose((x, y, 0.0)), n + 1, "pole"))
    return stage(things, Conditions(light=OVERCAST, **conditions))


def test_published_points():
    """f 1000, centre (640, 360), the point (1, 0.5, 4): OpenCV's documentation, executed by cv2."""
    point = np.array([[1.0, 0.5, 4.0]])
    for lens, pixel in ((BARREL, (884.254150, 482.224731)), (FISHEYE, (883.600301, 481.800151))):
        camera = CameraModel(1280, 720, 1000.0, 1000.0, 640.0, 360.0, lens, 1.5)
        assert camera.project(point)[0] == pytest.approx(pixel, abs=1e-5)


@pytest.mark.parametrize("name", CAMERAS)
def test_rays_are_those_that_opencv_projects_onto_the_pixels(name):
    camera = CAMERAS[name]
    places = pixels(camera)
    rays = camera.rays(places)
    seen = rays[:, 2] > 0.0
    assert seen.all() == (name != "hemisphere")
    assert np.linalg.norm(rays[seen], axis=1) == pytest.approx(1.0, abs=1e-12)
    assert np.abs(opencv(camera, 7.0 * rays[seen]) - places[seen]).max() < 1e-6
    assert np.abs(camera.project(7.0 * rays[seen]) - places[seen]).max() < 1e-6


@pytest.mark.parametrize("name", CAMERAS)
def test_hfov_is_from_the_left_edge_to_the_right(name):
    camera = CAMERAS[name]
    hfov = math.radians({"barrel": 80.0, "pincushion": 60.0, "fisheye": 136.0, "hemisphere": 180.0}[name])
    straight = Distortion(camera.distortion.model, tuple(
        0.0 if camera.distortion.model == "brown_conrady" and n in (2, 3) else k
        for n, k in enumerate(camera.distortion.coefficients)
    ))  # fmt: skip
    camera = CameraModel.from_hfov(camera.width, camera.height, hfov, straight)
    ends = camera.rays(np.array([[-0.5 + 1e-9, camera.cy], [camera.width - 0.5 - 1e-9, camera.cy]]))
    assert math.acos(ends[0] @ ends[1]) == pytest.approx(hfov, abs=1e-6)


@pytest.mark.parametrize("name", CAMERAS)
def test_every_label_belongs_to_the_own_ray_of_its_pixel(name):
    """Depth, ids, normals and transmittance by casting the pixels' rays at all triangles."""
    camera, snapshot = CAMERAS[name], yard(fog=Fog(40.0))
    found = Renderer(snapshot.cast).render(snapshot, camera, EYE)
    rays = camera.rays(pixels(camera)).reshape(camera.height, camera.width, 3)
    inside = rays[..., 2] > 0.0
    corners, part = triangles_in_world(snapshot)
    far, who = cast_rays(EYE[:3, 3], rays @ EYE[:3, :3].T, corners, near=1e-3)
    instance = np.where(who >= 0, np.array([p.instance for p in snapshot.cast.parts])[part[who]], 0)
    same = (found.instance == instance) & inside
    edge = cv2.dilate((cv2.Laplacian(instance.astype(np.float32), cv2.CV_32F) != 0).astype(np.uint8), np.ones((3, 3)))
    assert same[inside & (edge == 0)].all()
    assert same[inside].mean() > 0.97
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    solid = same & np.isfinite(far) & (edge == 0)
    camera_normal = normals[who] @ EYE[:3, :3]
    camera_normal *= -np.sign((camera_normal * rays).sum(-1, keepdims=True))
    facing = (found.normal * camera_normal).sum(-1) > 0.999
    assert facing[solid].mean() > 0.97  # a quarter of a pixel may lie on the next side of a post
    solid &= facing
    assert found.distance_m[solid] == pytest.approx(far[solid], rel=2e-4)
    assert found.depth_m[solid] == pytest.approx(far[solid] * rays[solid][:, 2], rel=2e-4)
    beta = snapshot.conditions.extinction_per_m
    assert found.transmittance[solid] == pytest.approx(np.exp(-beta * far[solid]), abs=2e-4)
    sky = inside & np.isinf(far) & (edge == 0)
    assert np.isinf(found.depth_m[sky]).mean() > 0.99
    assert (found.depth_m[inside] > 0.0).all()


def test_beyond_the_circle_of_a_fisheye_nothing_is_seen():
    camera, snapshot = CAMERAS["hemisphere"], yard()
    found = Renderer(snapshot.cast).render(snapshot, camera, EYE)
    beyond = (camera.rays(pixels(camera))[:, 2] == 0.0).reshape(camera.height, -1)
    radius = np.hypot(pixels(camera)[:, 0] - camera.cx, pixels(camera)[:, 1] - camera.cy).reshape(camera.height, -1)
    assert np.array_equal(beyond, radius > camera.width / 2.0)
    assert 0.05 < beyond.mean() < 0.2
    assert (found.radiance[beyond] == 0.0).all()
    assert np.isinf(found.depth_m[beyond]).all()
    assert (found.instance[beyond] == 0).all()
    assert (found.normal[beyond] == 0.0).all()
    assert (found.radiance[~beyond] > 0.0).all()


@pytest.mark.parametrize("name", CAMERAS)
def test_flow_is_where_opencv_saw_the_point_before(name):
    camera, snapshot = CAMERAS[name], yard()
    before = EYE.copy()
    before[:3, 3] += (-0.4, 0.1, 0.02)
    before[:3, :3] = before[:3, :3] @ cv2.Rodrigues(np.array([0.0, 0.02, 0.01]))[0]
    previous = Previous(snapshot.T_world_part, before)
    found = Renderer(snapshot.cast).render(snapshot, camera, EYE, previous=previous)
    rays = camera.rays(pixels(camera)).reshape(camera.height, camera.width, 3)
    known = np.isfinite(found.flow_px[..., 0]) & np.isfinite(found.depth_m)
    assert known.mean() > 0.35
    points = (found.distance_m[known][:, None] * rays[known]) @ EYE[:3, :3].T + EYE[:3, 3]
    there = opencv(camera, (points - before[:3, 3]) @ before[:3, :3])
    expected = there - pixels(camera).reshape(camera.height, -1, 2)[known]
    assert np.abs(found.flow_px[known] - expected).max() < 0.01
    sky = np.isinf(found.depth_m) & np.isfinite(found.flow_px[..., 0])
    turned = rays[sky] @ EYE[:3, :3].T @ before[:3, :3]
    expected = opencv(camera, turned) - pixels(camera).reshape(camera.height, -1, 2)[sky]
    assert sky.any()
    assert np.abs(found.flow_px[sky] - expected).max() < 0.01


def test_a_lens_without_coefficients_is_a_pinhole():
    """The other way to the same picture: labels agree but at edges, light to a hundredth."""
    flat = Distortion("brown_conrady", (0.0,) * 5)
    snapshot = yard(fog=Fog(200.0))
    sunny = dataclasses.replace(snapshot, conditions=Conditions(light=SUNNY))
    for state in (snapshot, sunny):
        renderer = Renderer(state.cast)
        lens = renderer.render(state, CameraModel.from_hfov(160, 120, 1.2, flat), EYE)
        plain = renderer.render(state, CameraModel.from_hfov(160, 120, 1.2), EYE)
        same = lens.instance == plain.instance
        assert same.mean() > 0.98
        solid = same & np.isfinite(plain.depth_m) & np.isfinite(lens.depth_m)
        close = np.zeros(solid.shape, bool)
        close[solid] = np.abs(lens.depth_m[solid] / plain.depth_m[solid] - 1.0) < 1e-4
        assert close[solid].mean() > 0.99
        assert lens.transmittance[solid & close] == pytest.approx(plain.transmittance[solid & close], abs=1e-4)
        ratio = luminance(lens.radiance) / luminance(plain.radiance)
        assert np.median(np.abs(ratio - 1.0)) < 1e-3
        assert (np.abs(ratio - 1.0) < 0.02).mean() > 0.95
        assert luminance(lens.radiance).mean() == pytest.approx(luminance(plain.radiance).mean(), rel=2e-3)


@pytest.mark.parametrize("name", CAMERAS)
def test_boxes_hold_the_projected_corners_and_unhidden_things_are_wholly_visible(name):
    camera = CAMERAS[name]
    size, at = (0.8, 0.6, 1.1), (3.0, -1.5, 0.8)
    thing = Thing(box(size, matt(0.3)), pose(at, (0.2, 0.3, 0.4)), 1, "car")
    snapshot = stage([Thing(floor()), thing], Conditions(light=OVERCAST))
    buffers = Renderer(snapshot.cast).render(snapshot, camera, EYE)
    table = ObjectLabeller(snapshot.cast).table(buffers, snapshot, camera, EYE)
    assert table["visibility"] == 1.0
    assert table["truncation"] == 0.0
    assert np.array_equal(table["bbox_visible_px"], table["bbox_amodal_px"])
    t = np.linspace(-0.5, 0.5, 41)
    cube = np.stack(np.meshgrid(t, t, t), -1).reshape(-1, 3) * size
    T = thing.pose
    world = cube @ T[:3, :3].T + T[:3, 3]
    places = opencv(camera, (world - EYE[:3, 3]) @ EYE[:3, :3])
    low, high = np.ceil(places.min(axis=0)), np.floor(places.max(axis=0)) + 1.0  # pixel centres
    assert table["bbox_amodal_px"][0, :2] == pytest.approx(low, abs=1.0)
    assert table["bbox_amodal_px"][0, 2:] == pytest.approx(high, abs=1.0)


@pytest.mark.parametrize("name", CAMERAS)
def test_what_is_hidden_and_what_is_outside(name):
    """Amodal masks by casting rays at each object alone; truncation by the directions of a fine sphere."""
    camera, snapshot = CAMERAS[name], yard()
    buffers = Renderer(snapshot.cast).render(snapshot, camera, EYE)
    table = ObjectLabeller(snapshot.cast).table(buffers, snapshot, camera, EYE)
    rays = camera.rays(pixels(camera))
    inside = rays[:, 2] > 0.0
    corners, part = triangles_in_world(snapshot)
    n = 20000  # a Fibonacci sphere
    z = 1.0 - (2.0 * np.arange(n) + 1.0) / n
    turn = np.arange(n) * math.pi * (3.0 - math.sqrt(5.0))
    sphere = np.stack([np.sqrt(1.0 - z * z) * np.cos(turn), np.sqrt(1.0 - z * z) * np.sin(turn), z], axis=1)
    places = camera.project(sphere @ EYE[:3, :3])
    with np.errstate(invalid="ignore"):
        pictured = (np.abs(places - (camera.cx, camera.cy)) <= (camera.width / 2, camera.height / 2)).all(axis=1)
    for row, k in enumerate(table["instance"]):
        own = corners[part == k]
        with np.errstate(invalid="ignore"):
            alone, _ = cast_rays(EYE[:3, 3], rays[inside] @ EYE[:3, :3].T, own, near=1e-3)
        count = np.isfinite(alone).sum()
        x0, y0, x1, y1 = table["bbox_amodal_px"][row]
        border = 2.0 * (x1 - x0 + y1 - y0)  # along which the sample lies up to a quarter of a pixel beside the ray
        assert table["amodal_px"][row] == pytest.approx(count, abs=4.0 + 0.5 * float(border))
        with np.errstate(invalid="ignore"):
            around, _ = cast_rays(EYE[:3, 3], sphere, own, near=1e-3)
        hit = np.isfinite(around)
        if hit.sum() > 100:
            share = 1.0 - pictured[hit].mean()
            assert table["truncation"][row] == pytest.approx(share, abs=0.03 + 2.0 / math.sqrt(hit.sum())), k
        assert table["visible_px"][row] <= table["amodal_px"][row]
    assert len(table["instance"]) >= 8


def test_a_wall_under_the_faces_of_a_fisheye_has_no_seams():
    """An even wall, sky and floor in overcast light: the picture changes across a seam as within a face."""
    camera = CAMERAS["hemisphere"]
    things = [Thing(floor(material=matt(0.4))), Thing(wall(6.0, -40.0, 40.0, 0.0, 5.0, matt(0.4)))]
    snapshot = stage(things, Conditions(light=OVERCAST, fog=Fog(80.0)))
    image = luminance(Renderer(snapshot.cast).render(snapshot, camera, EYE).radiance)
    faces = lens_map(camera).face.reshape(image.shape)
    assert len(set(faces.ravel()) - {NOWHERE}) == 5
    for axis in (0, 1):
        step = np.abs(np.diff(np.log(np.maximum(image, 1e-6)), axis=axis))
        a, b = (faces[:-1], faces[1:]) if axis == 0 else (faces[:, :-1], faces[:, 1:])
        seam = (a != b) & (a != NOWHERE) & (b != NOWHERE)
        within = (a == b) & (a != NOWHERE)
        assert seam.sum() > 40
        assert np.median(step[seam]) <= 2.0 * np.median(step[within]) + 1e-3
        assert np.quantile(step[seam], 0.9) < 0.05


def test_all_faces_of_a_fisheye_draw_a_thing_in_the_same_version():
    """Cars all round: by their distance and not by how far along the axis of a face they stand."""
    camera = CAMERAS["hemisphere"]
    mesh = build_model("car.sedan").parts[0].mesh
    around = [(r, math.radians(a)) for r in (4.0, 12.0, 40.0, 160.0) for a in range(-80, 81, 20)]
    places = [(EYE[0, 3] + r * math.cos(a), EYE[1, 3] + r * math.sin(a), 0.0) for r, a in around]
    snapshot = stage([Thing(floor()), *(Thing(mesh, pose(p), n + 1, "car") for n, p in enumerate(places))])
    version = Renderer(snapshot.cast).render(snapshot, camera, EYE).part_version
    assert len(version) == 5
    assert (version == version[0]).all()
    rings = version[0, 1:].reshape(4, -1)
    assert (np.diff(rings.astype(int), axis=0) >= 0).all()
    assert rings[3].min() > rings[0].max()
    assert (rings == rings[:, :1]).all()


@pytest.mark.parametrize("name", ["barrel", "hemisphere"])
def test_bullets_camera_gives_the_same_labels_through_the_same_lens(name):
    camera, snapshot = CAMERAS[name], yard(fog=Fog(60.0))
    ours = Renderer(snapshot.cast).render(snapshot, camera, EYE, antialias=1)
    tiny = BulletRenderer(snapshot.cast)
    theirs = tiny.render(snapshot, camera, EYE, antialias=1)
    tiny.close()
    same = ours.instance == theirs.instance
    assert same.mean() > 0.97
    solid = same & np.isfinite(ours.depth_m) & np.isfinite(theirs.depth_m)
    assert (np.abs(theirs.depth_m[solid] / ours.depth_m[solid] - 1.0) < 5e-3).mean() > 0.97
    assert (np.abs(theirs.transmittance - ours.transmittance) < 5e-3)[solid].mean() > 0.97
    assert ((ours.normal * theirs.normal).sum(-1) > 0.99)[solid].mean() > 0.95


@pytest.mark.parametrize("name", ["barrel", "hemisphere"])
def test_water_is_labelled_where_the_own_ray_meets_it(name):
    """Muddy water hides the floor: its depth and normal are those of the level plane, to the shore."""
    camera, level_m = CAMERAS[name], 0.3
    pond = Water(level_m, 0.3, -30.0, 30.0, -20.0, 20.0, (0.0, 0.0), 0.05)
    snapshot = stage([Thing(floor())], Conditions(light=OVERCAST, water=pond))
    found = Renderer(snapshot.cast).render(snapshot, camera, EYE)
    rays = camera.rays(pixels(camera)).reshape(camera.height, camera.width, 3)
    fall = (rays @ EYE[:3, :3].T)[..., 2]
    wet = found.semantic == class_by_name("water").id
    far = (level_m - EYE[2, 3]) / fall[wet]
    assert wet.mean() > 0.2
    assert found.distance_m[wet] == pytest.approx(far, rel=1e-5)
    assert found.depth_m[wet] == pytest.approx(far * rays[wet][:, 2], rel=1e-4)
    assert found.normal[wet] == pytest.approx(np.broadcast_to(EYE[2, :3], (wet.sum(), 3)), abs=1e-6)
    assert found.water_depth_m[wet] == pytest.approx(level_m, abs=1e-4)


@pytest.mark.parametrize("falling", [{"rain": Rain(30.0 / 3.6e6)}, {"snow": Snow(rate_mps=3.0 / 3.6e6)}])
def test_rain_and_snow_fall_along_the_bent_picture_and_are_keyed(falling):
    snapshot = yard(**falling)
    for camera in CAMERAS.values():
        renderer = Renderer(snapshot.cast)
        pictures = []
        for _ in range(2):
            buffers = renderer.render(snapshot, camera, EYE)
            before = buffers.radiance.copy()
            renderer.add_falling(buffers, snapshot, camera, np.zeros(3), 0.02, Stream(1, 2, "rain"))
            pictures.append(buffers.radiance)
        beyond = (camera.rays(pixels(camera))[:, 2] == 0.0).reshape(camera.height, -1)
        assert pictures[0].tobytes() == pictures[1].tobytes()
        changed = (pictures[0] != before).any(axis=2)
        assert changed.mean() > 0.02
        assert not changed[beyond].any()


def test_lenses_that_cannot_make_a_picture_say_why():
    assert "turns back" in Distortion("brown_conrady", (-0.5, 0.0, 0.0, 0.0, 0.0)).fault(640, 480, 1.6)
    assert "at most 170 deg" in Distortion().fault(640, 480, math.radians(175.0))
    assert "distortion: fisheye" in Distortion("brown_conrady", (0.0, 0.0, 0.0, 0.0, 0.0)).fault(640, 480, 2.9)
    assert "turns back" in Distortion("fisheye", (-0.4, 0.0, 0.0, 0.0)).fault(640, 480, 2.9)
    for camera in CAMERAS.values():
        hfov = 2.0 * math.acos(camera.rays(np.array([[0.0, camera.cy]]))[0, 2])
        assert camera.distortion.fault(camera.width, camera.height, hfov) == ""
