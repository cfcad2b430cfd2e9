"""Shadows of the sun where geometry says, and contact shade of the sky beside things."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from small_stage import (
    CAMERA,
    EYE,
    OVERCAST,
    SUNNY,
    Thing,
    draw,
    floor,
    looking,
    luminance,
    matt,
    pose,
    rays,
    stage,
)

from simgen.conditions import Conditions, Light
from simgen.models.geometry import box, mesh_of_quads
from simgen.render.camera_model import CameraModel
from simgen.render.occluders import FAR_TEXELS_PER_M, FINE_FOCAL_PX, NEAR_TEXELS_PER_M, ROOM_MAPS
from simgen.render.renderer import Renderer

ALBEDO = 0.5
BOX_MIN, BOX_MAX = np.array([-1.0, -0.6, 0.0]), np.array([1.0, 0.6, 2.0])
NEAR_TEXEL_M, FAR_TEXEL_M = 1.0 / NEAR_TEXELS_PER_M, 1.0 / FAR_TEXELS_PER_M
FINE = CameraModel(480, 360, 3.0 * CAMERA.fx, 3.0 * CAMERA.fy, 239.5, 179.5)


def sun_direction(light):
    e, a = light.sun_elevation_rad, light.sun_azimuth_rad
    return np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])


def shaded(points, sun, size=1.0):
    """Whether the ray from each ground point towards the sun meets the box (slab test)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (size * BOX_MIN - points) / sun, (size * BOX_MAX - points) / sun
    return np.minimum(a, b).max(-1) < np.maximum(a, b).min(-1)


def on_ground(T_camera):
    d = rays(CAMERA) @ T_camera[:3, :3].T
    with np.errstate(divide="ignore"):
        t = np.where(d[..., 2] < 0.0, -T_camera[2, 3] / d[..., 2], np.nan)
    return T_camera[:3, 3] + t[..., None] * d


def shadow_scene(light, instance=1, size=1.0):
    block = Thing(box(tuple(size * (BOX_MAX - BOX_MIN)), matt(0.2), (0.0, 0.0, size)), EYE, instance, "car")
    return stage([Thing(floor(200.0, 0.0, matt(ALBEDO))), block], Conditions(light=light))


@pytest.mark.parametrize("instance", [1, 0])
@pytest.mark.parametrize("azimuth_deg", [0.0, 60.0, 135.0, 250.0])
@pytest.mark.parametrize("elevation_deg", [35.0, 65.0])
def test_the_suns_shadow_lies_where_geometry_says(azimuth_deg, elevation_deg, instance):
    """Half of the sunlight is lost within two texels of the edge and all of it within five."""
    light = dataclasses.replace(
        SUNNY, sun_azimuth_rad=math.radians(azimuth_deg), sun_elevation_rad=math.radians(elevation_deg)
    )
    T_camera = looking((0.0, 0.0, 8.0), (0.0, 0.0, 0.0))
    assert CAMERA.fx < FINE_FOCAL_PX < FINE.fx
    check_shadow(light, T_camera, NEAR_TEXEL_M, instance, FINE)
    if elevation_deg < 50.0:
        check_shadow(light, T_camera, 2.0 * NEAR_TEXEL_M, instance)


def test_the_far_map_continues_the_shadow():
    """The near map reaches 35 m ahead; 45 m ahead the texels are five times as large."""
    light = dataclasses.replace(SUNNY, sun_azimuth_rad=math.radians(110.0))
    T_camera = looking((-55.0, 0.0, 35.0), (0.0, 0.0, 0.0))
    check_shadow(light, T_camera, 1.1 * FAR_TEXEL_M, 1, CameraModel.from_hfov(160, 120, 0.5), size=4.0)


def check_shadow(light, T_camera, texel_m, instance, camera=CAMERA, size=1.0):
    seen = draw(shadow_scene(light, instance, size), T_camera, camera)
    d = rays(camera) @ T_camera[:3, :3].T
    points = T_camera[:3, 3] - T_camera[2, 3] / d[..., 2:] * d
    points[..., 2] = 0.0
    sun = sun_direction(light)
    dark = shaded(points, sun, size)
    ground = seen.semantic == 1

    def away_from_edge(margin_m):
        out = ground.copy()
        for k in range(16):
            step = margin_m * np.array([math.cos(k * math.pi / 8), math.sin(k * math.pi / 8), 0.0])
            out &= shaded(points + step, sun, size) == dark
        return out

    sky = ALBEDO * light.sky_lx / math.pi
    sunlight = ALBEDO * light.sun_lx * sun[2] / math.pi
    share = (luminance(seen.radiance) - sky) / sunlight
    two, five = away_from_edge(2.0 * texel_m), away_from_edge(5.0 * texel_m)
    assert (two & dark).sum() > 80
    assert (five & dark).sum() > 20
    assert share[two & dark].max() < 0.5
    assert share[two & ~dark].min() > 0.5
    assert share[five & dark].max() < 1e-3
    assert share[five & ~dark].min() > 0.7  # beside the box it sees less of the sky


def test_no_surface_shades_itself():
    """An undulating ground and a slanted plate under a low sun: no acne anywhere."""
    light = dataclasses.replace(SUNNY, sun_elevation_rad=math.radians(12.0), sun_azimuth_rad=math.radians(200.0))
    for slope in (0.0, 0.3, -0.15):
        quad = [(-40, -40, -40 * slope), (40, -40, 40 * slope), (40, 40, 40 * slope), (-40, 40, -40 * slope)]
        ground = mesh_of_quads([quad], matt(ALBEDO))
        T_camera = looking((-6.0, 0.0, 8.0), (6.0, 0.0, 6.0 * slope))
        seen = luminance(draw(stage([Thing(ground)], Conditions(light=light)), T_camera).radiance)
        hit = rays(CAMERA) @ T_camera[:3, :3].T
        ground_px = hit[..., 2] < -0.35
        assert ground_px.sum() > 3000
        n = np.array([-slope, 0.0, 1.0]) / math.hypot(slope, 1.0)
        sunlight = ALBEDO * light.sun_lx * max(float(n @ sun_direction(light)), 0.0) / math.pi
        assert np.ptp(seen[ground_px]) < 0.02 * max(sunlight, seen[ground_px].mean())


def test_no_direct_sun_when_overcast_or_at_night():
    for change in ({"clouds": 1.0}, {"sun_elevation_rad": -0.1, "natural_lx": 50.0}):
        light = dataclasses.replace(SUNNY, **change)
        T_camera = looking((0.0, 0.0, 30.0), (0.0, 0.0, 0.0))
        seen = draw(shadow_scene(light), T_camera)
        far = (np.linalg.norm(on_ground(T_camera)[..., :2], axis=-1) > 4.0) & (seen.semantic == 1)
        assert np.ptp(luminance(seen.radiance)[far]) < 1e-3 * luminance(seen.radiance)[far].mean()


def test_a_box_darkens_the_ground_beside_it_and_not_far_away():
    T_camera = looking((0.0, 0.0, 9.0), (0.0, 0.0, 0.0))
    beside, alone = (
        luminance(draw(s, T_camera).radiance)
        for s in (shadow_scene(OVERCAST), stage([Thing(floor(200.0, 0.0, matt(ALBEDO)))]))
    )
    p = on_ground(T_camera)
    gap = np.linalg.norm(np.maximum(np.abs(p[..., :2]) - BOX_MAX[:2], 0.0), axis=-1)
    outside = np.abs(p[..., :2]).max(-1) > 1.7  # what the camera sees of the box covers more than its foot
    share = beside / alone
    near, middle, far = (share[(gap > a) & (gap < b) & outside] for a, b in ((0.1, 0.8), (0.8, 1.6), (3.0, 9.0)))
    assert near.size > 30
    assert near.mean() < 0.9
    assert near.mean() < middle.mean() < far.mean()
    assert np.abs(far - 1.0).max() < 1e-3
    assert share.min() >= 0.05


def test_shade_is_deeper_under_a_vehicle():
    """A plate 0.3 m above the ground: nearly no sky below it."""
    plate = Thing(box((4.0, 1.8, 0.2), matt(0.2), (0.0, 0.0, 0.4)), EYE, 1, "car")
    snapshot = stage([Thing(floor(60.0, 0.0, matt(ALBEDO))), plate])
    T_camera = looking((-6.0, 0.0, 0.12), (0.0, 0.0, 0.02))
    seen = draw(snapshot, T_camera)
    p = on_ground(T_camera)
    under = (np.abs(p[..., 0]) < 1.0) & (np.abs(p[..., 1]) < 0.5) & (seen.semantic == 1)
    assert under.sum() > 10
    open_ground = ALBEDO * OVERCAST.sky_lx / math.pi
    assert luminance(seen.radiance)[under].max() < 0.35 * open_ground


def test_a_thing_in_the_air_shades_less_than_one_on_the_ground():
    T_camera = looking((0.0, 0.0, 14.0), (0.0, 0.0, 0.0))
    ground = Thing(floor(60.0, 0.0, matt(ALBEDO)))
    shares = []
    for lift_m in (0.0, 0.8, 4.0):
        block = Thing(box((1.2, 1.2, 1.0), matt(0.2), (0.0, 0.0, 0.5 + lift_m)), EYE, 1, "car")
        seen = draw(stage([ground, block]), T_camera)
        gap = np.abs(on_ground(T_camera)[..., :2]).max(-1) - 0.6
        beside = (seen.semantic == 1) & (gap > 0.05) & (gap < 1.0)
        shares.append(luminance(seen.radiance)[beside].mean() * math.pi / (ALBEDO * OVERCAST.sky_lx))
    assert shares[0] < 0.9
    assert shares[0] < shares[1] < shares[2]
    assert shares[2] > 0.97


def test_a_roof_keeps_the_daylight_out_and_a_grid_roof_does_not():
    """Fixed geometry high overhead darkens the ground below; parts marked as roof are left out of the grid."""
    bridge = box((30.0, 30.0, 0.5), matt(0.3), (6.0, 0.0, 5.0))
    T_camera = looking((0.0, 0.0, 1.6), (8.0, 0.0, 0.0))
    light = [
        luminance(draw(stage([Thing(floor(60.0, 0.0, matt(ALBEDO))), *extra]), T_camera).radiance)[70:110, 40:120]
        for extra in ([], [Thing(bridge, class_name="bridge")], [Thing(bridge, class_name="ceiling", roof=True)])
    ]
    assert light[1].max() < 0.5 * light[0].min()
    assert light[2] == pytest.approx(light[0])


def test_what_the_maps_showed_before_leaves_no_trace():
    """A renderer that has followed a drive of 400 m makes the picture that a fresh one makes, bit for bit."""
    rng = np.random.default_rng(3)
    light = dataclasses.replace(SUNNY, sun_elevation_rad=math.radians(25.0), sun_azimuth_rad=math.radians(70.0))
    where = np.column_stack([rng.uniform(0.0, 420.0, 60), rng.uniform(-25.0, 25.0, 60)])
    blocks = [
        Thing(box((2.0, 1.0, 3.0), matt(0.3), (0.0, 0.0, 1.5)), pose((x, y, 0.0), rng.normal(size=3)), k % 40, "car")
        for k, (x, y) in enumerate(where)
    ]
    snapshot = stage([Thing(floor(500.0, 0.0, matt(ALBEDO))), *blocks], Conditions(light=light))
    travelled = Renderer(snapshot.cast)
    dark = 0
    for x in range(0, 400, 7):
        T_camera = looking((float(x), 1.0, 1.6), (x + 10.0, -2.0 + 0.02 * x, 0.5))
        moved = snapshot.T_world_part.copy()
        moved[1:, :2, 3] += rng.uniform(-4.0, 4.0, (len(moved) - 1, 2)) * (np.arange(1, len(moved)) < 41)[:, None]
        now = dataclasses.replace(snapshot, T_world_part=moved)
        seen = travelled.render(now, CAMERA, T_camera, antialias=1)
        if x % 49 == 0:
            fresh = Renderer(snapshot.cast).render(now, CAMERA, T_camera, antialias=1)
            assert np.array_equal(seen.radiance, fresh.radiance)
            shade = luminance(seen.radiance)[seen.semantic == 1]
            dark += int((shade < 0.7 * np.median(shade)).sum())
    assert dark > 300  # there are shadows to be wrong about


HEIGHT_M = 3.0


def room(positions, things=()):
    """A floor lit by panels of 500 cd that look down from 3 m, with no other light but what walls throw back."""
    lit = [((x, y, HEIGHT_M), (0.0, 0.0, -1.0), (500.0,) * 3, 0, 1.2, 0) for x, y in positions]
    return stage([Thing(floor(12.0, 0.0, matt(ALBEDO))), *things], DARK_ROOM, lit=lit, indoor=True)


DARK_ROOM = Conditions(light=Light(natural_lx=0.0, room_lights_lx=0.0))


@pytest.mark.parametrize("size_m", [0.08, 0.4, 1.0])
def test_a_lamp_of_the_ceiling_throws_shadows_where_geometry_says(size_m):
    """A cube on the floor, 1 m beside one lamp at 3 m: what the lamp does not see is dark, all else lit as before."""
    lamp = np.array([0.0, 0.0, HEIGHT_M])
    cube = Thing(box((size_m,) * 3, matt(0.2), (0.0, 0.0, 0.5 * size_m)), pose((1.0, 0.2, 0.0)), 1, "box")
    T_camera = looking((1.0 + 2.0 * size_m, 0.2, 2.5 * size_m), (1.0 + 0.6 * size_m, 0.2, 0.0))
    seen = draw(room([(0.0, 0.0)], [cube]), T_camera)
    bare = draw(room([(0.0, 0.0)]), T_camera)
    p = on_ground(T_camera)
    d = lamp - p
    low, high = (
        np.array([1.0 - 0.5 * size_m, 0.2 - 0.5 * size_m, 0.0]),
        np.array([1.0, 0.2, 0.5 * size_m]) + 0.5 * size_m,
    )

    def through(slack_m):
        """How much of the way to the lamp, as a share of it, lies in the cube grown by so much."""
        with np.errstate(divide="ignore", invalid="ignore"):
            a, b = (low - slack_m - p) / d, (high + slack_m - p) / d
        return np.maximum(a, b).min(-1) - np.maximum(np.minimum(a, b).max(-1), 0.0)

    on_floor = (seen.semantic == bare.semantic) & np.isfinite(seen.depth_m)
    level = luminance(seen.radiance) / np.maximum(luminance(bare.radiance), 1e-12)
    deep = on_floor & (through(0.0) > 0.6 * size_m / HEIGHT_M)
    assert deep.sum() > 30
    assert np.median(level[deep]) < 0.02
    free = on_floor & (through(0.03) <= 0.0)
    assert free.sum() > 1000
    assert np.abs(level[free] - 1.0).max() < 0.02


def test_many_lamps_light_as_an_even_ceiling_does_and_shade_at_the_foot_of_things():
    block = Thing(box((1.2, 1.2, 1.0), matt(0.2), (0.0, 0.0, 0.5)), EYE, 1, "box")
    many = [(2.0 * x, 2.0 * y) for x in range(-1, 2) for y in range(-1, 2)]
    assert len(many) > ROOM_MAPS
    T_camera = looking((0.0, 0.0, 14.0), (0.0, 0.0, 0.0))
    seen, bare = draw(room(many, [block]), T_camera), draw(room(many), T_camera)
    gap = np.abs(on_ground(T_camera)[..., :2]).max(-1) - 0.6
    share = luminance(seen.radiance) / np.maximum(luminance(bare.radiance), 1e-12)
    near = share[(seen.semantic == bare.semantic) & (gap > 0.05) & (gap < 0.3)].mean()
    far = share[(gap > 3.0) & np.isfinite(seen.depth_m)]
    assert near < 0.85
    assert np.abs(far - 1.0).max() < 0.01


def test_lamps_of_a_room_keep_no_trace_of_what_has_moved():
    cube = Thing(box((0.4, 0.4, 0.4), matt(0.2), (0.0, 0.0, 0.2)), pose((1.0, 0.2, 0.0)), 1, "box")
    snapshot = room([(0.0, 0.0), (1.5, 1.0)], [cube])
    T_camera = looking((1.0, -2.0, 1.5), (1.0, 0.2, 0.0))
    travelled = Renderer(snapshot.cast)
    travelled.render(snapshot, CAMERA, T_camera, antialias=1)
    moved = snapshot.T_world_part.copy()
    moved[1, :2, 3] += 0.7
    now = dataclasses.replace(snapshot, T_world_part=moved)
    seen = travelled.render(now, CAMERA, T_camera, antialias=1)
    assert np.array_equal(seen.radiance, Renderer(snapshot.cast).render(now, CAMERA, T_camera, antialias=1).radiance)
