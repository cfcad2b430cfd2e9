"""Snow that lies in pictures: how much it hides, where it stays, where wheels have taken it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from small_stage import CAMERA, OVERCAST, Thing, draw, floor, looking, luminance, matt, pose, project, stage, wall

from simgen.conditions import Conditions, Patch, Snow, Surface, Wind
from simgen.conditions.snow import ROAD_ROUGHNESS_M, covered_share, retained_share
from simgen.models import Material
from simgen.models.geometry import box, mesh_of_quads
from simgen.render.kernels.snow import covered
from simgen.render.snow import quantiles

DOWN = looking((0.0, 0.0, 6.0), (0.01, 0.0, 0.0))
FORWARD = looking((0.0, 0.0, 1.5), (12.0, 0.0, 0.6))
BLACK = matt(0.0)
DEEP_M = 0.3
LANE_M = 4.0
LANES = Material(
    "lanes", (0.0, 0.0, 0.0), roughness=1.0, f0=0.0, pattern="road", contrast=0.0, params=(LANE_M, 1, 3, 6, 0.12, 0.5)
)


def snowed(depth_m, *things, road_m=None, material=BLACK, class_name="road", tracks=0.0, patches=(), kind="paved"):
    """A flat place under snow, with things on it."""
    surface = Surface(kind=kind, snow_m=depth_m if road_m is None else road_m, tracks=tracks, patches=tuple(patches))
    conditions = Conditions(light=OVERCAST, snow=Snow(depth_m), surface=surface)
    return stage([Thing(floor(material=material), class_name=class_name), *things], conditions)


def whiteness(snapshot, pose_=DOWN, **options):
    """(H, W) luminance as a share of that of deep snow on the level, by the same light."""
    state = snapshot.conditions
    white = luminance(draw(snowed(DEEP_M), DOWN).radiance).mean()
    dark = dataclasses.replace(state, snow=Snow(), surface=Surface())
    bare = luminance(draw(dataclasses.replace(snapshot, conditions=dark), pose_, **options).radiance)
    return (luminance(draw(snapshot, pose_, **options).radiance) - bare) / white


@pytest.mark.parametrize("depth_m", [5e-4, 1e-3, 2e-3, 4e-3])
def test_thin_snow_hides_the_share_that_is_published(depth_m):
    """Seen from above in patches, and far ahead as a mean."""
    share = covered_share(depth_m, ROAD_ROUGHNESS_M)
    wide = dataclasses.replace(CAMERA, fx=CAMERA.fx * 0.5, fy=CAMERA.fy * 0.5)
    assert whiteness(snowed(depth_m), looking((0.0, 0.0, 14.0), (0.01, 0.0, 0.0)), camera=wide).mean() == (
        pytest.approx(share, abs=0.06)
    )
    band = whiteness(snowed(depth_m), FORWARD)[64:74]
    assert band.mean() == pytest.approx(share, abs=0.05)


def test_patches_near_by_are_white_or_bare_and_far_ones_are_evened_out():
    near = whiteness(snowed(1.5e-3), looking((0.0, 0.0, 2.0), (0.01, 0.0, 0.0)))
    assert ((near < 0.1) | (near > 0.85)).mean() > 0.6
    far = whiteness(snowed(1.5e-3), FORWARD)[55:57]  # 35 m and more ahead
    assert far.std() < 0.1


def test_the_kernel_has_the_published_share():
    for depth_m in (0.0, 1e-3, 5e-3, 0.1):
        assert float(covered.py_func(np.float32(depth_m), np.float32(2e-3))) == pytest.approx(
            covered_share(depth_m, 2e-3), abs=1e-5
        )


def test_quantiles_of_the_noise_are_its_own():
    q = quantiles()
    assert (np.diff(q) >= 0.0).all()
    assert q[0] == 0.0
    assert q[len(q) // 2] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("slope_deg", [0.0, 35.0, 45.0, 55.0, 70.0])
def test_slopes_keep_what_eurocode_leaves_them(slope_deg):
    """A plane of so thin a cover that its share tells the depth; thick snow lies on all slopes up to 60 degrees."""
    tilt = math.radians(slope_deg)
    depth_m = 2e-3
    plane = Thing(floor(60.0, material=BLACK), pose((0.0, 0.0, 90.0), (0.0, tilt, 0.0)), class_name="building")
    facing = looking((30.0 * math.sin(tilt), 0.0, 90.0 + 30.0 * math.cos(tilt)), (0.0, 0.0, 90.0))
    seen = whiteness(snowed(depth_m, plane), facing)[20:100, 20:140].mean()
    light = 0.5 + 0.5 * math.cos(tilt)  # of a dome
    expected = covered_share(depth_m * retained_share(tilt), ROAD_ROUGHNESS_M)
    assert seen / light == pytest.approx(expected, abs=0.12)


def test_walls_stay_bare_and_the_ground_under_a_bridge_too():
    front = Thing(wall(9.0, -3.0, 3.0, 0.0, 4.0, BLACK), class_name="building")
    assert whiteness(snowed(DEEP_M, front), FORWARD)[50:60, 70:90].max() < 0.02
    deck = Thing(box((12.0, 40.0, 0.5), BLACK, (30.0, 0.0, 6.0)), class_name="bridge")
    seen = whiteness(snowed(DEEP_M, deck), FORWARD)
    for x_m, white in ((8.6, True), (12.0, True), (30.0, False), (42.0, True)):
        u, v = project(CAMERA, FORWARD, (x_m, 0.0, 0.0))
        assert (seen[round(v), round(u)] > 0.3) == white, x_m


def test_wheels_leave_two_tracks_a_lane():
    """At 0.78 m to either side of a lane's middle, here 2 m off the centre line."""
    square = [(-60.0, -60.0), (60.0, -60.0), (60.0, 60.0), (-60.0, 60.0)]
    road = mesh_of_quads([[(x, y, 0.0) for x, y in square]], LANES, [square])

    def seen(tracks):
        surface = Surface(snow_m=0.01, tracks=tracks)
        return whiteness(stage([Thing(road)], Conditions(light=OVERCAST, snow=Snow(0.01), surface=surface)))

    def at(snowy, y_m):
        along = np.stack([np.linspace(-1.0, 1.0, 9), np.full(9, y_m), np.zeros(9)], -1)
        u, v = np.rint(project(CAMERA, DOWN, along)).astype(int).T
        return snowy[v, u].mean()

    pressed, bare = seen(0.6), seen(1.0)
    for y_m in (2.0 - 0.78, 2.0 + 0.78, -2.0 + 0.78):
        assert at(pressed, y_m) < 0.8
        assert at(bare, y_m) < 0.15
    assert at(pressed, 2.0) > 0.9
    assert at(bare, 2.0) > 0.9


def test_a_ploughed_road_in_snowy_land_and_a_cleared_patch():
    assert whiteness(snowed(DEEP_M, road_m=0.0)).max() < 0.02
    assert whiteness(snowed(DEEP_M, road_m=0.0, class_name="terrain")).mean() > 0.9
    cleared = Patch("paved", 0.0, -1.0, 1.0, -1.0, 1.0)
    seen = whiteness(snowed(DEEP_M, patches=[cleared]))
    assert seen[60, 80] < 0.02
    assert seen[10, 10] > 0.9


def test_ground_of_the_kind_snow_looks_like_packed_snow():
    packed = whiteness(snowed(0.0, kind="snow"))
    assert packed.mean() == pytest.approx(0.55, abs=0.06)  # grey beside fresh snow


def test_what_stands_still_is_snowed_and_what_is_driven_is_not():
    top = Thing(mesh_of_quads([[(-2, -2, 1), (2, -2, 1), (2, 2, 1), (-2, 2, 1)]], BLACK), instance=1, class_name="car")
    snapshot = snowed(DEEP_M, top)
    assert whiteness(snapshot)[60, 80] < 0.02
    laden = tuple(dataclasses.replace(o, laden=True) for o in snapshot.cast.objects)
    parked = dataclasses.replace(snapshot, cast=dataclasses.replace(snapshot.cast, objects=laden))
    assert whiteness(parked)[60, 80] > 0.9


def test_snow_on_the_land_lights_what_faces_down():
    ceiling = Thing(mesh_of_quads([[(8, -3, 3), (8, 3, 3), (14, 3, 3), (14, -3, 3)]], matt(0.5)), class_name="building")
    seen = [luminance(draw(snowed(d, ceiling), FORWARD).radiance)[36, 80] for d in (0.0, DEEP_M)]
    assert seen[1] > 2.0 * seen[0]


def test_labels_are_those_of_the_ground_below():
    plain, white = draw(snowed(0.0), FORWARD), draw(snowed(DEEP_M), FORWARD)
    for name in ("depth_m", "instance", "semantic", "normal", "distance_m", "transmittance"):
        assert np.array_equal(getattr(plain, name), getattr(white, name), equal_nan=True), name


def test_no_light_comes_off_snow_under_a_roof():
    """Deep below a deck its underside is lit about as much by snowy land as by bare, not five times."""
    deck = Thing(box((60.0, 60.0, 0.5), matt(0.5), (10.0, 0.0, 4.0)), class_name="bridge")
    up = looking((10.0, 0.0, 1.5), (10.5, 0.0, 4.0))
    bare, snowy = (luminance(draw(snowed(d, deck), up).radiance)[60, 80] for d in (0.0, DEEP_M))
    assert snowy < 1.6 * bare


def test_snow_drifts_over_a_bare_road_in_streamers_that_go_with_the_wind():
    """At 15 m/s; what was here is there 0.1 s later, along the wind, and is the same after a period of the noise."""

    def seen(speed_mps, time_s, pose_=DOWN):
        surface = Surface(snow_m=0.0)
        wind = Wind(speed_mps=speed_mps, direction_rad=0.0, roughness_m=0.0)
        conditions = Conditions(light=OVERCAST, snow=Snow(DEEP_M), surface=surface, wind=wind)
        snapshot = dataclasses.replace(stage([Thing(floor(material=BLACK))], conditions), time_s=time_s)
        return luminance(draw(snapshot, pose_).radiance)

    assert seen(7.0, 0.0).max() < 0.02 * seen(15.0, 0.0).max()
    first, later = seen(15.0, 1.0), seen(15.0, 1.1)
    assert first.std() > 0.3 * first.mean()
    u0, v0 = project(CAMERA, DOWN, (0.0, 0.0, 0.0))
    u1, v1 = project(CAMERA, DOWN, (1.5, 0.0, 0.0))
    dv, du = round(v1 - v0), round(u1 - u0)
    assert abs(du) <= 1
    assert abs(dv) > 10
    moved = np.roll(first, dv, axis=0)[40:-40]
    assert np.corrcoef(moved.ravel(), later[40:-40].ravel())[0, 1] > 0.9
    ahead = np.mean([seen(15.0, time_s, FORWARD) for time_s in (0.0, 1.0, 2.0, 3.0, 4.0)], axis=0)
    assert ahead[56:60].mean() > 1.5 * ahead[100:].mean()  # looked at flat, they hide more
