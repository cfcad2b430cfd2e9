"""Drops and dirt on the glass: drops are lenses by Snell's law, as many as rain brings; dirt covers what it should."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import quad
from small_stage import OVERCAST, Thing, camera_spec, floor, matt, pose, stage, wall

from simgen.conditions import Conditions, Rain, Wind
from simgen.conditions.rain import MM_PER_H, fall_speed_mps
from simgen.labels.capture import Rig
from simgen.models.geometry import box
from simgen.render.camera_model import CameraModel
from simgen.render.lens_map import NOWHERE, lens_map
from simgen.rng import Stream
from simgen.scenario import ActorSpec, Scene, SiteSpec
from simgen.scenario.camera_spec import GlassSpec
from simgen.scenario.distortion import Distortion
from simgen.sensors import glass as room
from simgen.sensors.glass import Glass, cap_radius_m, focal_length_m, profile, toward_mps

MODEL = CameraModel.from_hfov(320, 240, math.radians(70.0))
DRY = Rain()
HEAVY = Rain(20.0 * MM_PER_H)
SHARP = 1e6  # an aperture so small that nothing on the glass is out of focus


def glass(model=MODEL, key="a", toward=0.0, f_number=2.0, **of):
    spec = camera_spec(width=model.width, height=model.height, f_number=f_number, glass=GlassSpec(**of))
    return Glass(spec, model, Stream(1, 2, f"glass.{key}"), toward)


def one_drop(monkeypatch, x, y, radius_m, **of):
    made = glass(drops=1.0, **of)
    monkeypatch.setattr(made, "drops", lambda rain, time_s: np.array([[x, y, radius_m]]))
    return made


def test_focal_length_of_a_drop():
    """R = 2 mm gives R / (n - 1) = 6.006 mm; near its middle a drop turns light by h / f."""
    assert focal_length_m(2e-3) == pytest.approx(6.006e-3, abs=1e-6)
    assert profile()[1, 0] == pytest.approx(room.WATER_INDEX - 1.0, rel=1e-4)
    # Snell's law at the edge, and Fresnel's at the middle: a share of ((n - 1) / (n + 1))^2 is lost.
    inside = room.CONTACT_RAD
    assert profile()[-1, 0] * math.sin(inside) == pytest.approx(
        math.tan(math.asin(1.333 * math.sin(inside)) - inside), rel=1e-4
    )
    assert profile()[0, 1] == pytest.approx(1.0 - 0.02037, abs=1e-4)


def test_a_drop_on_the_glass_has_the_volume_that_it_had_in_the_air():
    a = cap_radius_m(1e-3)
    curvature = a / math.sin(room.CONTACT_RAD)
    bottom = curvature * math.cos(room.CONTACT_RAD)
    volume, _ = quad(lambda z: math.pi * (curvature**2 - z**2), bottom, curvature)
    assert volume == pytest.approx(math.pi / 6.0 * 1e-9, rel=1e-6)
    assert cap_radius_m(6e-3) == room.CAPILLARY_M


def test_the_scene_stands_on_its_head_in_a_drop(monkeypatch):
    """A bright place at (dx, dy) from the drop is seen at -(dx, dy) / (D / f - 1) from its middle."""
    radius_m, distance_m = 2e-3, 0.03
    scene = np.zeros((240, 320, 3), np.float32)
    x0, y0, dx, dy = 150, 120, 14, -9
    scene[y0 + dy - 2 : y0 + dy + 3, x0 + dx - 2 : x0 + dx + 3] = 100.0
    made = one_drop(monkeypatch, x0, y0, radius_m, f_number=SHARP)
    seen, share = made.through(scene, DRY, 0.0)
    seen = seen[..., 0] * (share > 0.5)
    v, u = np.nonzero(seen)
    weights = seen[v, u]
    minified = distance_m / focal_length_m(radius_m / math.sin(room.CONTACT_RAD)) - 1.0
    at = (u * weights).sum() / weights.sum() - x0, (v * weights).sum() / weights.sum() - y0
    assert at[0] == pytest.approx(-dx / minified, abs=1.0)
    assert at[1] == pytest.approx(-dy / minified, abs=1.0)
    # It covers the disc of its edge, and the label says so.
    px = radius_m * MODEL.fx / distance_m
    assert share.sum() == pytest.approx(math.pi * px**2, rel=0.02)


def test_out_of_focus_a_drop_is_as_wide_as_the_pupil_blurs_it(monkeypatch):
    """Its share of the light is the same in sum; it reaches half a blur farther: A f_x / D with A = f / N."""
    radius_m, distance_m = 2e-3, 0.03
    made = one_drop(monkeypatch, 150, 120, radius_m)
    aperture_m = MODEL.fx * 3.0e-6 / 2.0
    assert made.blur_px == pytest.approx(MODEL.fx * aperture_m / distance_m, rel=1e-9)
    _, share = made.through(np.ones((240, 320, 3), np.float32), DRY, 0.0)
    px = radius_m * MODEL.fx / distance_m
    assert share.sum() == pytest.approx(math.pi * px**2, rel=0.03)
    row = np.flatnonzero(share[120] > 0.0)
    assert row.max() - row.min() == pytest.approx(2.0 * px + made.blur_px, abs=3.0)
    assert share.max() == pytest.approx(1.0)


def test_no_drop_makes_light():
    """Before an even scene a drop takes what Fresnel's law says; before any scene no pixel outshines it."""
    flat = np.full((240, 320, 3), 7.0, np.float32)
    made = glass(drops=80.0)
    seen, share = made.through(flat, DRY, 3.0)
    assert (share > 0.05).mean() > 0.05
    assert seen.max() <= 7.0 * (1.0 + 1e-5)
    lost = 1.0 - seen[..., 0] / 7.0
    assert (lost <= share * (1.0 - profile()[-1, 1]) + 1e-5).all()
    assert (lost >= share * (1.0 - profile()[0, 1]) * 0.99 - 1e-5).all()
    scene = np.random.default_rng(0).random((240, 320, 3)).astype(np.float32)
    both = glass(drops=80.0, dirt=0.1)
    assert both.through(scene, DRY, 3.0)[0].max() <= scene.max() * (1.0 + 1e-5)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("distance_m", [0.015, 0.15])
def test_dirt_covers_the_wanted_share_and_dims_by_it(share, distance_m):
    made = glass(dirt=share, distance_m=distance_m)
    flat = np.full((240, 320, 3), 10.0, np.float32)
    seen, covered = made.through(flat, DRY, 0.0)
    assert covered.mean() == pytest.approx(share, rel=0.25)  # blotches at the border count for more once blurred
    expected = 10.0 * (1.0 - covered * room.OPACITY * (1.0 - room.DULLNESS[1]))
    assert seen[..., 1] == pytest.approx(expected, rel=1e-4)
    again, _ = made.through(flat, HEAVY, 8.0)
    assert np.array_equal(seen, again)  # it stays
    assert not np.array_equal(seen, glass(key="b", dirt=share, distance_m=distance_m).through(flat, DRY, 0.0)[0])


def inside(drops):
    return ((drops[:, 0] >= 0) & (drops[:, 0] < 320) & (drops[:, 1] >= 0) & (drops[:, 1] < 240)).sum()


def test_as_many_drops_as_asked_for():
    counts = [inside(glass(key=str(k), drops=30.0).drops(DRY, 5.0)) for k in range(60)]
    assert np.mean(counts) == pytest.approx(30.0, abs=3.0 * math.sqrt(30.0 / 60))
    assert np.var(counts) == pytest.approx(30.0, rel=0.6)  # of Poisson's distribution


def test_as_many_drops_as_the_rain_brings_and_of_their_sizes():
    """Flux of Marshall and Palmer's drops of 0.4 mm and more on the glass in view, over the ten seconds they stay."""
    toward, distance_m = 5.0, 0.02
    slope = 4.1 * 20.0**-0.21
    number_m3, _ = quad(lambda d: 8000.0 * math.exp(-slope * d), 0.4, 20.0)
    area_m2 = (320 * distance_m / MODEL.fx) * (240 * distance_m / MODEL.fx)
    expected = number_m3 * toward * area_m2 * 10.0
    found = [glass(key=str(k), toward=toward, drops=-1.0, distance_m=distance_m).drops(HEAVY, 2.0) for k in range(20)]
    mean = np.mean([inside(d) for d in found])
    assert mean == pytest.approx(expected, abs=4.0 * math.sqrt(expected / 20))
    radii = np.concatenate(found)[:, 2]
    mean_m = (0.4 + 1.0 / slope) * 1e-3 * cap_radius_m(1e-3) / 1e-3
    assert radii.mean() == pytest.approx(mean_m, rel=0.05)
    assert len(glass(toward=toward, drops=-1.0).drops(DRY, 2.0)) == 0
    assert len(glass(toward=-3.0, drops=-1.0).drops(HEAVY, 2.0)) == 0


def rows(drops):
    return {tuple(d) for d in drops.tolist()}


def test_drops_stay_from_frame_to_frame_until_the_wiper_comes():
    made, wiped = glass(drops=100.0), glass(drops=100.0, wiper_s=1.5)
    now, later = rows(made.drops(DRY, 4.0)), rows(made.drops(DRY, 4.1))
    assert len(now & later) > 0.9 * len(now)
    assert rows(glass(drops=100.0).drops(DRY, 4.1)) == later  # whatever was asked for before
    assert not rows(made.drops(DRY, 4.0)) & rows(made.drops(DRY, 14.5))
    assert len(wiped.drops(DRY, 1.5)) == 0
    assert rows(wiped.drops(DRY, 2.9)) <= rows(made.drops(DRY, 2.9))
    assert 0 < len(wiped.drops(DRY, 2.9)) < 0.3 * len(made.drops(DRY, 2.9))


def test_drops_meet_the_glass_as_fast_as_the_car_drives_into_them():
    snapshot = stage([Thing(floor()), Thing(box((4.0, 1.8, 1.4), matt(0.3)), pose(), 1, "car")])
    cast = dataclasses.replace(snapshot.cast, objects=(dataclasses.replace(snapshot.cast.objects[0], name="ego"),))
    actor = ActorSpec("ego", "box", (0.0, 0.0, 0.0), 0.5, speed_mps=20.0)
    wind = Wind(speed_mps=4.0, direction_rad=0.5, roughness_m=0.0)
    scene = Scene("t", "0", 1, 2, SiteSpec("none"), (actor,), Conditions(light=OVERCAST, wind=wind), (), 1.0)
    ahead = camera_spec(actor="ego")
    fall = fall_speed_mps(1.5e-3)
    assert toward_mps(ahead, scene, cast) == pytest.approx(16.0)  # the wind is behind it
    assert toward_mps(dataclasses.replace(ahead, yaw_rad=math.pi), scene, cast) == pytest.approx(-16.0)
    assert toward_mps(dataclasses.replace(ahead, pitch_rad=math.pi / 2), scene, cast) == pytest.approx(fall)
    assert toward_mps(camera_spec(pitch_rad=math.pi / 2), scene, cast) == pytest.approx(fall)


def test_a_camera_behind_a_soiled_glass_has_it_in_picture_and_label():
    snapshot = stage([Thing(floor()), Thing(wall(8.0, -9.0, 9.0, 0.0, 5.0, matt(0.2)))], Conditions(light=OVERCAST))
    spec = camera_spec(offset_m=(0.0, 0.0, 1.5), exposure_s=2e-4, labels=("lens",))
    scene = Scene("t", "0", 1, 2, SiteSpec("none"), (), Conditions(light=OVERCAST), (), 1.0)
    frames = {}
    for name, of in {"clean": GlassSpec(), "soiled": GlassSpec(dirt=0.2, drops=20.0)}.items():
        for blur in (False, True):
            camera = dataclasses.replace(spec, glass=of, motion_blur=blur)
            frames[name, blur] = Rig(dataclasses.replace(scene, cameras=(camera,)), snapshot.cast).capture(
                "front", snapshot
            )
    assert (frames["clean", False].lens == 0).all()
    covered = frames["soiled", False].lens > 128
    assert 0.1 < covered.mean() < 0.7
    assert np.array_equal(frames["soiled", True].lens, frames["soiled", False].lens)
    clean, soiled = (frames[n, False].rgb.astype(float) for n in ("clean", "soiled"))
    clear = frames["soiled", False].lens == 0
    assert np.abs(clean - soiled)[clear].mean() < 1.0  # other places see as before (noise has the same key)
    assert np.abs(clean - soiled)[covered].mean() > 8.0


def test_beyond_the_circle_of_a_fisheye_there_is_no_glass_to_see():
    model = CameraModel.from_hfov(160, 120, math.pi, Distortion("fisheye", (0.0,) * 4))
    seen, share = glass(model, drops=200.0, dirt=0.3).through(np.ones((120, 160, 3), np.float32), DRY, 1.0)
    beyond = (lens_map(model).face == NOWHERE).reshape(120, 160)
    assert beyond.any()
    assert (seen[beyond] == 0.0).all()
    assert (share[beyond] == 0.0).all()
    assert share[~beyond].mean() > 0.2
