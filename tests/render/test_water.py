"""The flood's surface: Fresnel, labels where it is opaque, depths, the mirror picture, what shines through."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion
from small_stage import (
    CAMERA,
    EYE,
    NIGHT,
    OVERCAST,
    Thing,
    cast_rays,
    draw,
    floor,
    looking,
    luminance,
    matt,
    project,
    rays,
    stage,
    triangles_in_world,
)

from simgen.conditions import Conditions, Fog, Water
from simgen.conditions.water import fresnel_unpolarised
from simgen.models import Material, class_by_name
from simgen.models.geometry import box, mesh_of_quads
from simgen.render import renderer as renderer_module
from simgen.render.kernels import water as columns
from simgen.render.kernels.water import fresnel

LEVEL = 0.3
POND = Water(LEVEL, 0.5, -40.0, 40.0, -30.0, 8.0, (0.0, 0.0), 1.0)
WATER = class_by_name("water").id
T_CAMERA = looking((0.0, 0.0, 1.8), (8.0, 0.0, 0.0))


def shore(things=(), water=POND):
    """A ground that rises gently to the left and ahead, under the pond, with a wall behind."""
    slope = mesh_of_quads([[(-50, -50, -0.9), (50, -50, -0.4), (50, 50, 0.9), (-50, 50, 0.4)]], matt(0.3))
    wall = Thing(box((1.0, 60.0, 6.0), matt(0.4), (25.0, 0.0, 3.0)), class_name="building")
    return stage([Thing(slope, class_name="terrain"), wall, *things], Conditions(light=OVERCAST, water=water))


def expected_water(snapshot, water, T_camera=T_CAMERA, camera=CAMERA):
    """By rays in NumPy: z-depth of the surface (inf for none), opacity, vertical depth of the water."""
    d = rays(camera) @ T_camera[:3, :3].T
    eye = T_camera[:3, 3]
    corners, _ = triangles_in_world(snapshot)
    opaque, _ = cast_rays(eye, d, corners)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(d[..., 2] < 0.0, (water.level_m - eye[2]) / d[..., 2], np.inf)
        at = eye + z[..., None] * d
        hit = (z < opaque) & (at[..., 0] > water.x_min_m) & (at[..., 0] < water.x_max_m)
        hit &= (at[..., 1] > water.y_min_m) & (at[..., 1] < water.y_max_m)
        below = np.where(hit & np.isfinite(opaque), -(opaque - z) * d[..., 2], 0.0)
    cosine = np.where(hit, -d[..., 2] / np.linalg.norm(d, axis=-1), 1.0)
    reflected = np.vectorize(fresnel_unpolarised)(cosine)
    path = below / np.sqrt(1.0 - (1.0 - cosine**2) / 1.333**2)
    through = np.where(np.isfinite(opaque), np.exp(-1.45 / water.secchi_m * (path + below)), 0.0)
    return np.where(hit, z, np.inf), np.where(hit, 1.0 - (1.0 - reflected) * through, 0.0), below, opaque


def test_fresnel_kernel_against_the_exact_formula():
    for c in np.linspace(0.0, 1.0, 201):
        assert fresnel(np.float32(c)) == pytest.approx(fresnel_unpolarised(float(c)), abs=2e-6)


def test_a_pond_with_an_outline_is_seen_and_labelled_within_it_alone():
    """A triangle in plan: its sides are straight lines through the points seen."""
    outline = ((2.0, -6.0), (20.0, -6.0), (2.0, 6.0))
    pond = dataclasses.replace(POND, x_min_m=2.0, x_max_m=20.0, y_min_m=-6.0, y_max_m=6.0, outline_m=outline)
    snapshot = shore(water=pond)
    z, _, below, _ = expected_water(snapshot, pond)
    d = rays(CAMERA) @ T_CAMERA[:3, :3].T
    at = T_CAMERA[:3, 3] + np.where(np.isfinite(z), z, 0.0)[..., None] * d
    edge_m = 12.0 * (20.0 - at[..., 0]) / 18.0 - 6.0 - at[..., 1]  # to the left of a point, along y, to the long side
    seen = draw(snapshot, T_CAMERA, radiance=False).water_depth_m
    inside = np.isfinite(z) & (edge_m > 0.02) & (below > 1e-3)
    outside = ~np.isfinite(z) | (edge_m < -0.02)
    assert inside.sum() > 300
    assert (np.isfinite(z) & outside & (below > 1e-3)).sum() > 100  # what its rectangle would have shown
    np.testing.assert_allclose(seen[inside], below[inside], rtol=1e-3, atol=1e-3)
    assert (seen[outside] == 0.0).all()


@pytest.mark.parametrize("secchi", [0.15, 1.0, 4.0])
def test_labels_describe_the_water_where_it_hides_more_than_half(secchi):
    water = dataclasses.replace(POND, secchi_m=secchi)
    block = Thing(box((1.0, 1.0, 1.0), matt(0.5), (5.0, -0.5, 0.1)), EYE, 1, "car")
    snapshot = shore([block], water)
    seen = draw(snapshot, T_CAMERA, radiance=False)
    z, opacity, below, opaque = expected_water(snapshot, water)
    sure = np.abs(opacity - 0.5) > 2e-4
    both = np.isfinite(z) & np.isfinite(opaque)
    sure[both] &= np.abs(z[both] - opaque[both]) > 1e-3
    assert sure.mean() > 0.97
    label = opacity > 0.5
    assert 500 < label.sum() < label.size - 500
    assert np.array_equal((seen.semantic == WATER)[sure], label[sure])
    on, off = sure & label, sure & ~label
    assert np.abs(seen.depth_m[on] / z[on] - 1.0).max() < 1e-5
    assert not seen.instance[on].any()
    dry = off & np.isfinite(opaque)
    assert np.abs(seen.depth_m[dry] / opaque[dry] - 1.0).max() < 1e-4
    assert (seen.instance[off] == 1).any()
    up = T_CAMERA[2, :3]
    assert np.abs(seen.normal[on] - up).max() < 1e-6
    assert np.abs(seen.water_depth_m - below)[sure].max() < 2e-3


def test_depth_of_the_water_is_its_level_minus_the_ground():
    flat = stage([Thing(floor(90.0, -0.2), class_name="terrain")], Conditions(light=OVERCAST, water=POND))
    seen = draw(flat, T_CAMERA, radiance=False)
    z, _, _, _ = expected_water(flat, POND)
    wet = np.isfinite(z)
    assert wet.sum() > 5000
    assert np.abs(seen.water_depth_m[wet] - 0.5).max() < 2e-4
    assert not seen.water_depth_m[~wet].any()


def test_no_water_where_the_level_is_below_the_ground():
    low = dataclasses.replace(POND, level_m=-2.0)
    wet, dry = draw(shore(water=low), T_CAMERA), draw(shore(water=None), T_CAMERA)
    for name in ("radiance", "depth_m", "semantic", "instance", "normal", "water_depth_m"):
        assert np.array_equal(getattr(wet, name), getattr(dry, name)), name


@pytest.fixture
def still(monkeypatch):
    """Water without ripples."""
    original = renderer_module.water_table

    def table(*args):
        out = original(*args)
        out[columns.RIPPLE] = 0.0
        return out

    monkeypatch.setattr(renderer_module, "water_table", table)


def black(emission=0.0):
    return Material("glow", (0.0, 0.0, 0.0), roughness=1.0, f0=0.0, emission_cd_m2=(emission,) * 3)


SEA = dataclasses.replace(POND, level_m=0.0, x_min_m=-90, x_max_m=90, y_min_m=-90, y_max_m=90, secchi_m=0.2)


@pytest.mark.usefixtures("still")
def test_a_box_is_mirrored_at_its_mirrored_place_with_fresnels_share():
    """At night over opaque water a glowing box is seen at (x, y, -z) with F(angle) of its luminance."""
    low, high = np.array([11.0, -1.0, 0.6]), np.array([12.0, 0.6, 1.6])
    glow = Thing(box(tuple(high - low), black(1000.0), tuple(0.5 * (low + high))), EYE, 1, "car")
    snapshot = stage([Thing(floor(90.0, -3.0, black())), glow], Conditions(light=NIGHT, water=SEA))
    T_camera = looking((0.0, 0.0, 1.4), (12.0, 0.0, -0.6))
    seen = luminance(draw(snapshot, T_camera).radiance)
    d = rays(CAMERA) @ T_camera[:3, :3].T
    eye = T_camera[:3, 3]
    mirrored_low, mirrored_high = low * [1, 1, -1], high * [1, 1, -1]
    with np.errstate(divide="ignore"):
        a, b = (mirrored_low - eye) / d, (mirrored_high - eye) / d
        direct = (low - eye) / d, (high - eye) / d
    inside = np.minimum(a, b).max(-1) < np.maximum(a, b).min(-1)
    straight = np.minimum(*direct).max(-1) < np.maximum(*direct).min(-1)
    core = binary_erosion(inside, np.ones((3, 3)), 2)  # the mirror picture has half the resolution
    near = binary_dilation(inside, np.ones((3, 3)), 2)
    assert core.sum() > 60
    cosine = (-d[..., 2] / np.linalg.norm(d, axis=-1))[core]
    share = np.array([fresnel_unpolarised(c) for c in cosine])
    assert np.abs(seen[core] / (1000.0 * share) - 1.0).max() < 0.01
    assert seen[~near & ~straight].max() < 0.1
    assert np.abs(seen[straight & ~near] - 1000.0).max() < 1e-2


def test_ripples_move_the_mirror_picture_about_its_place():
    glow = Thing(box((0.5, 0.5, 0.5), black(1000.0), (12.0, 0.0, 1.5)), EYE, 1, "car")
    snapshot = stage([Thing(floor(90.0, -3.0, black())), glow], Conditions(light=NIGHT, water=SEA))
    T_camera = looking((0.0, 0.0, 1.4), (12.0, 0.0, -0.6))
    seen = luminance(draw(snapshot, T_camera).radiance)
    v, u = np.mgrid[0 : CAMERA.height, 0 : CAMERA.width]
    weight = np.where(v > project(CAMERA, T_camera, (12.0, 0.0, 0.0))[1], seen, 0.0)
    centre = (weight * u).sum() / weight.sum(), (weight * v).sum() / weight.sum()
    expected = project(CAMERA, T_camera, (12.0, 0.0, -1.5))
    assert abs(centre[0] - expected[0]) < 4.0
    assert abs(centre[1] - expected[1]) < 12.0


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("secchi", [0.3, 3.0])
def test_what_shines_through_is_taken_by_the_water(secchi):
    """A glowing bottom at night: (1 - F) exp(-k (refracted path + depth)) of its luminance, nothing mirrored."""
    water = dataclasses.replace(SEA, secchi_m=secchi)
    snapshot = stage([Thing(floor(90.0, -0.4, black(1000.0)))], Conditions(light=NIGHT, water=water))
    T_camera = looking((0.0, 0.0, 1.4), (3.0, 0.0, -0.4))
    seen = luminance(draw(snapshot, T_camera).radiance)
    _, opacity, _, _ = expected_water(snapshot, water, T_camera)
    wet = opacity > 0.0
    assert wet.sum() > 9000
    assert np.abs(seen[wet] - 1000.0 * (1.0 - opacity[wet])).max() < 1.0


@pytest.mark.usefixtures("still")
def test_the_mirror_picture_lies_behind_the_air_of_its_whole_path():
    """Fog dims the reflection by the path over the mirror: t(eye to the mirrored box)."""
    glow = Thing(box((0.6, 3.0, 1.5), black(1000.0), (12.0, 0.0, 1.25)), EYE, 1, "car")
    things = [Thing(floor(90.0, -3.0, black())), glow]
    T_camera = looking((0.0, 0.0, 1.4), (12.0, 0.0, -1.0))
    clear, dim = (
        luminance(draw(stage(things, Conditions(light=NIGHT, water=SEA, fog=f)), T_camera).radiance)
        for f in (Fog(), Fog(30.0))
    )
    u, v = np.rint(project(CAMERA, T_camera, (11.7, 0.0, -1.25))).astype(int)
    path = np.linalg.norm(np.array([11.7, 0.0, -1.25]) - T_camera[:3, 3])
    assert clear[v, u] > 10.0
    assert dim[v, u] / clear[v, u] == pytest.approx(math.exp(-math.log(20.0) * path / 30.0), rel=0.02)


def test_turbid_water_under_the_sky_is_not_black_and_clear_water_is_darker():
    level = []
    for secchi in (0.1, 5.0):
        water = dataclasses.replace(SEA, secchi_m=secchi)
        snapshot = stage([Thing(floor(90.0, -9.0, matt(0.1)))], Conditions(light=OVERCAST, water=water))
        level.append(luminance(draw(snapshot, looking((0, 0, 3.0), (1.0, 0, 0))).radiance)[60:, 60:100].mean())
    assert level[1] < 0.8 * level[0]
    assert 0.02 * OVERCAST.sky_lx / math.pi < level[1] < level[0] < 0.3 * OVERCAST.sky_lx / math.pi
