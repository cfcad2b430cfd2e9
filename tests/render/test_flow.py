"""Backward flow and normals against rigid motion worked out in NumPy, and against the pictures themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from small_stage import (
    CAMERA,
    EYE,
    GREY,
    OVERCAST,
    Thing,
    cast_rays,
    draw,
    everything,
    floor,
    looking,
    luminance,
    pose,
    project,
    rays,
    stage,
    triangles_in_world,
)

from simgen.conditions import Conditions
from simgen.labels.capture import pack_flow
from simgen.labels.frame import FLOW_SCALE, FLOW_UNKNOWN
from simgen.models import Material
from simgen.models.geometry import box, sphere
from simgen.render.renderer import Renderer
from simgen.render.surface import Previous

V, U = np.mgrid[0 : CAMERA.height, 0 : CAMERA.width].astype(float)


def moving_stage():
    rng = np.random.default_rng(3)
    things = [Thing(floor(60.0, 0.0))]
    for k in range(8):
        mesh = box(tuple(rng.uniform(0.5, 2.0, 3)), GREY) if k % 2 else sphere(rng.uniform(0.4, 0.9), GREY, 16)
        things.append(Thing(mesh, pose(rng.uniform((5, -5, 0.5), (14, 5, 2.5)), rng.normal(size=3)), k + 1, "car"))
    now = stage(things)
    before = now.T_world_part.copy()
    for k in range(1, len(before)):
        before[k] = before[k] @ pose(rng.uniform(-0.2, 0.2, 3), rng.normal(size=3) * 0.1)
    return now, before


def expected_flow(now, before, T_now, T_before):
    """(H, W, 2) flow of every pixel that rays find on something, its z-depth, and its part."""
    corners, part_of = triangles_in_world(now)
    d = rays(CAMERA) @ T_now[:3, :3].T
    depth, who = cast_rays(T_now[:3, 3], d, corners)
    point = T_now[:3, 3] + np.where(np.isfinite(depth), depth, 0.0)[..., None] * d
    part = part_of[who]
    motion = before @ np.linalg.inv(now.T_world_part)
    was = np.einsum("hwij,hwj->hwi", motion[part, :3, :3], point) + motion[part, :3, 3]
    with np.errstate(invalid="ignore", divide="ignore"):
        return project(CAMERA, T_before, was) - np.stack([U, V], -1), depth, part


def test_flow_of_moving_camera_and_objects_is_the_difference_of_projections():
    now, before = moving_stage()
    T_now = looking((0.0, 0.0, 1.6), (10.0, 0.5, 0.8))
    T_before = looking((-0.4, 0.1, 1.55), (9.5, 0.2, 0.9))
    seen = draw(now, T_now, previous=Previous(before, T_before), radiance=False)
    flow, depth, part = expected_flow(now, before, T_now, T_before)
    instance = np.array([p.instance for p in now.cast.parts])
    sure = np.isfinite(depth) & np.isfinite(seen.depth_m) & (instance[part] == seen.instance)
    sure[sure] &= np.abs(seen.depth_m[sure] / depth[sure] - 1.0) < 1e-4
    assert sure.sum() > 12000
    assert (seen.instance[sure] > 0).sum() > 1000
    assert np.linalg.norm(flow[sure], axis=-1).max() > 3.0
    assert np.abs(seen.flow_px[sure] - flow[sure]).max() < 1.0 / FLOW_SCALE


def test_flow_is_the_same_with_and_without_the_picture():
    now, before = moving_stage()
    T_now, T_before = looking((0.0, 0.0, 1.6), (10.0, 0.5, 0.8)), looking((-0.4, 0.1, 1.5), (9.5, 0.2, 0.9))
    one, two = (draw(now, T_now, previous=Previous(before, T_before), radiance=r) for r in (True, False))
    assert np.array_equal(one.flow_px, two.flow_px, equal_nan=True)
    assert np.array_equal(one.normal, two.normal)


def test_nothing_that_stands_still_moves():
    now, _ = moving_stage()
    T = looking((0.0, 0.0, 1.6), (10.0, 0.5, 0.8))
    seen = draw(now, T, previous=Previous(now.T_world_part, T), radiance=False)
    assert np.abs(seen.flow_px).max() < 1e-3


def test_the_sky_turns_with_the_camera_and_ignores_its_shift():
    now = stage([Thing(floor(5.0, -30.0))])
    T_now = looking((0.0, 0.0, 2.0), (5.0, 0.5, 4.5))
    T_before = looking((-7.0, 3.0, 1.0), (-2.0, 3.2, 3.4))
    seen = draw(now, T_now, previous=Previous(now.T_world_part, T_before), radiance=False)
    assert np.isinf(seen.depth_m).all()
    d = rays(CAMERA) @ T_now[:3, :3].T @ T_before[:3, :3]
    slope = d[..., :2] / d[..., 2:]
    expected = slope * [CAMERA.fx, CAMERA.fy] + [CAMERA.cx, CAMERA.cy] - np.stack([U, V], -1)
    assert np.abs(seen.flow_px - expected).max() < 1e-3
    assert np.abs(expected).max() > 1.0


def test_the_first_frame_and_what_was_behind_the_camera_are_unknown():
    now, _ = moving_stage()
    T = looking((0.0, 0.0, 1.6), (10.0, 0.5, 0.8))
    first = draw(now, T, radiance=False)
    assert np.isnan(first.flow_px).all()
    assert np.all(pack_flow(first.flow_px) == FLOW_UNKNOWN)
    away = looking((0.0, 0.0, 1.6), (-10.0, 0.5, 0.8))
    turned = draw(now, T, previous=Previous(now.T_world_part, away), radiance=False)
    assert np.isnan(turned.flow_px).mean() > 0.9
    assert np.all(pack_flow(turned.flow_px)[np.isnan(turned.flow_px).any(-1)] == FLOW_UNKNOWN)


@pytest.mark.parametrize("pattern", ["asphalt", "stripes"])
def test_warping_the_previous_frame_gives_the_present_one(pattern):
    """Picture and depth of frame t - 1 sampled at p + flow; the light is even, so a point keeps its radiance."""
    paint = Material("paint", (0.4, 0.4, 0.4), (0.05, 0.05, 0.05), 1.0, 0.0, pattern=pattern, params=(1.5, 0.3))
    things = [Thing(floor(90.0, 0.0, paint)), Thing(box((2.0, 2.0, 2.0), paint, (8.0, 1.0, 1.0)), EYE, 1, "car")]
    snapshot = stage(things, Conditions(light=OVERCAST))
    T_before, T_now = looking((0.0, 0.0, 2.2), (9.0, 0.0, 0.5)), looking((0.5, 0.05, 2.2), (9.5, 0.4, 0.5))
    renderer = Renderer(snapshot.cast)
    last = renderer.render(snapshot, CAMERA, T_before)
    now = renderer.render(snapshot, CAMERA, T_now, previous=Previous(snapshot.T_world_part, T_before))
    at = np.stack([V + now.flow_px[..., 1], U + now.flow_px[..., 0]])
    inside = (at[0] > 0) & (at[0] < CAMERA.height - 1) & (at[1] > 0) & (at[1] < CAMERA.width - 1)
    inside &= np.isfinite(now.depth_m) & (now.depth_m < 20.0)
    assert inside.sum() > 8000
    warped = map_coordinates(luminance(last.radiance), at, order=1)
    scale = luminance(now.radiance)[inside].mean()
    assert luminance(now.radiance)[inside].std() > 0.05 * scale
    assert np.median(np.abs(warped - luminance(now.radiance))[inside]) < 0.02 * scale
    # Depth: of the same point, seen from the previous camera; inverse depth is linear on the screen.
    point = T_now[:3, 3] + now.depth_m[inside][:, None] * (rays(CAMERA)[inside] @ T_now[:3, :3].T)
    was = (point - T_before[:3, 3]) @ T_before[:3, 2]
    sampled = 1.0 / map_coordinates(1.0 / last.depth_m.astype(float), at, order=1)[inside]
    assert np.median(np.abs(sampled / was - 1.0)) < 1e-4
    assert (np.abs(sampled / was - 1.0) < 0.02).mean() > 0.9


def test_water_flows_with_the_world_and_not_with_the_ground_below():
    snapshot, previous, T_now = everything()
    seen = Renderer(snapshot.cast).render(snapshot, CAMERA, T_now, previous=previous, radiance=False)
    wet = seen.semantic == 10
    assert wet.sum() > 2000
    point = T_now[:3, 3] + seen.depth_m[wet][:, None] * (rays(CAMERA)[wet] @ T_now[:3, :3].T)
    assert np.abs(point[:, 2]).max() < 1e-4
    expected = project(CAMERA, previous.T_world_camera, point) - np.stack([U[wet], V[wet]], -1)
    assert np.abs(seen.flow_px[wet] - expected).max() < 2e-3


def test_normals_are_those_of_the_faces_in_the_camera_frame():
    now, _ = moving_stage()
    T = looking((0.0, 0.0, 1.6), (10.0, 0.5, 0.8))
    seen = draw(now, T, radiance=False)
    length = np.linalg.norm(seen.normal, axis=-1)
    nothing = ~np.isfinite(seen.depth_m)
    assert np.abs(length[~nothing] - 1.0).max() < 1e-5
    assert not length[nothing].any()
    ground = seen.semantic == 1
    assert np.abs(seen.normal[ground] - T[2, :3]).max() < 1e-6
    toward = (seen.normal * rays(CAMERA)).sum(-1)
    flat = np.isin(seen.instance, [2, 4, 6, 8])
    assert toward[flat].max() < 0.0
    # A ball's normal points from its centre to the surface.
    for k in (1, 3, 5, 7):
        on = seen.instance == k
        if on.sum() > 30:
            centre = (now.T_world_part[k, :3, 3] - T[:3, 3]) @ T[:3, :3]
            radial = rays(CAMERA)[on] * seen.depth_m[on][:, None] - centre
            radial /= np.linalg.norm(radial, axis=-1, keepdims=True)
            angle = np.degrees(np.arccos(np.clip((radial * seen.normal[on]).sum(-1), -1, 1)))
            assert np.median(angle) < 3.0
            assert math.isfinite(angle.max())
