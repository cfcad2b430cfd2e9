"""The rig: it delivers the labels asked for and no others, packed so that they unpack to what was rendered."""

from __future__ import annotations

import dataclasses
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from simgen.conditions import Conditions, Fog, Light
from simgen.errors import UserError
from simgen.labels.capture import Rig, make_renderer, pack_flow, pack_normal, pack_share
from simgen.labels.frame import FLOW_SCALE, FLOW_UNKNOWN, CameraFrame
from simgen.models.geometry import box
from simgen.render.camera_model import CameraModel
from simgen.render.renderer import Renderer
from simgen.render.surface import Previous
from simgen.scenario import LABELS, Scene, SiteSpec
from simgen.scenario.distortion import Distortion
from simgen.scenario.scene import STANDARD_LABELS
from simgen.sensors.camera import CameraSensor as Exposed
from simgen.sensors.camera import camera_pose
from simgen.sensors.sun import with_disc

sys.path.append(str(Path(__file__).resolve().parents[1] / "render"))
from small_stage import EYE, GREY, OVERCAST, SUNNY, Thing, camera_spec, floor, looking, pose, stage

FOG = Conditions(light=OVERCAST, fog=Fog(60.0))
OF_LABEL = {"depth": "depth_m"}


def street(tick=0, shift_m=0.0, side_m=0.0):
    block = Thing(box((1.0, 1.0, 1.0), GREY, (0.0, 0.0, 0.5)), pose((6.0 + shift_m, 0.5 + side_m, 0.0)), 1, "car")
    return stage([Thing(floor()), block], FOG, tick=tick)


def scene(*cameras, seed=4, index=2):
    return Scene("test/rig", "0", seed, index, SiteSpec("none"), (), FOG, tuple(cameras), 1.0)


FRONT = camera_spec(offset_m=(0.0, 0.0, 1.5))


@pytest.mark.parametrize(
    "labels", [(), ("depth",), ("flow",), ("instance", "objects"), ("normal", "transmittance"), LABELS]
)
def test_labels_asked_for_and_no_others(labels):
    spec = camera_spec(offset_m=(0.0, 0.0, 1.5), labels=labels)
    snapshot = street()
    frame = Rig(scene(spec), snapshot.cast).capture("front", snapshot)
    for label in LABELS:
        value = getattr(frame, OF_LABEL.get(label, label))
        assert (value is not None) == (label in labels), label
    assert frame.rgb.shape == (48, 64, 3)
    assert np.array_equal(frame.K, CameraModel.from_hfov(64, 48, 1.2).K)
    assert np.array_equal(frame.T_world_camera, camera_pose(snapshot, snapshot.cast, spec))


def test_a_label_is_the_same_whichever_others_are_asked_for():
    snapshot = street()
    every = Rig(scene(FRONT), snapshot.cast).capture("front", snapshot)
    for label in ("depth", "instance", "semantic", "normal", "flow", "transmittance"):
        spec = camera_spec(offset_m=(0.0, 0.0, 1.5), labels=(label,))
        alone = Rig(scene(spec), snapshot.cast).capture("front", snapshot)
        name = OF_LABEL.get(label, label)
        assert np.array_equal(getattr(alone, name), getattr(every, name)), label
        assert np.array_equal(alone.rgb, every.rgb), label


def test_types_and_units_of_a_frame():
    snapshot = street(tick=48)
    frame: CameraFrame = Rig(scene(FRONT), snapshot.cast).capture("front", snapshot)
    kinds = {
        "rgb": np.uint8, "depth_m": np.float32, "instance": np.uint16, "semantic": np.uint8, "normal": np.int8,
        "flow": np.int16, "transmittance": np.uint8,
    }  # fmt: skip
    for name, kind in kinds.items():
        assert getattr(frame, name).dtype == kind, name
        assert getattr(frame, name).shape[:2] == (48, 64), name
    assert (frame.tick, frame.time_s) == (48, 0.2)
    assert (frame.instance == 1).any()
    assert np.isinf(frame.depth_m).any()
    assert frame.objects["instance"].tolist() == [1]
    assert frame.exposure_s > 0.0
    assert frame.gain >= 1.0


def test_a_lens_bends_the_frame_and_comes_with_it():
    snapshot = street()
    lens = Distortion("brown_conrady", (-0.2, 0.05, 0.001, 0.0, 0.0))
    spec = dataclasses.replace(FRONT, distortion=lens)
    straight = Rig(scene(FRONT), snapshot.cast).capture("front", snapshot)
    for renderer in ("simgen", "tiny"):
        with Rig(scene(spec), snapshot.cast, renderer) as rig:
            frame = rig.capture("front", snapshot)
        model = CameraModel.from_hfov(64, 48, FRONT.hfov_rad, lens)
        assert np.array_equal(frame.distortion, [-0.2, 0.05, 0.001, 0.0, 0.0])
        assert np.array_equal(frame.K, model.K)
        assert frame.K[0, 0] > straight.K[0, 0]  # bent inwards it is longer for the same field of view
        assert (frame.instance == 1).sum() > (straight.instance == 1).sum()
        assert frame.objects["visible_px"].tolist() == [(frame.instance == 1).sum()]
        assert not np.array_equal(frame.rgb, straight.rgb)
    assert straight.distortion is None


def test_a_lens_that_folds_in_a_taller_picture_is_refused():
    """An observation may be squarer than the scenario's picture: its corners lie farther out."""
    lens = Distortion("brown_conrady", (-0.34, 0.0, 0.0, 0.0, 0.0))
    wide = dataclasses.replace(FRONT, height=8, hfov_rad=1.3, distortion=lens)
    assert lens.fault(wide.width, wide.height, wide.hfov_rad) == ""
    snapshot = street()
    with pytest.raises(UserError, match=r"'front' of 64x64 pixels: the lens brown_conrady .* turns back"):
        Rig(scene(dataclasses.replace(wide, height=64)), snapshot.cast)


def test_the_sun_shines_where_the_lens_puts_it():
    """Its disc through a scattering fisheye: about the projected place, with the light that the sun gives."""
    sunny = Conditions(light=SUNNY)
    snapshot = stage([Thing(floor())], sunny)
    lens = Distortion("fisheye", (0.0, 0.0, 0.0, 0.0))
    model = CameraModel.from_hfov(320, 240, 3.0, lens)
    at = looking((0.0, 0.0, 1.5), (1.0, 0.4, 1.7))
    buffers = Renderer(snapshot.cast).render(snapshot, model, at)
    disc = with_disc(buffers, snapshot, model, at) - buffers.radiance
    e, a = SUNNY.sun_elevation_rad, SUNNY.sun_azimuth_rad
    toward = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)]) @ at[:3, :3]
    expected = model.project(toward[None])[0]
    light = disc.sum(axis=2)
    v, u = np.nonzero(light)
    weights = light[v, u]
    assert ((u * weights).sum() / weights.sum(), (v * weights).sum() / weights.sum()) == pytest.approx(
        expected, abs=0.2
    )
    theta = math.acos(toward[2])
    pixel_sr = math.sin(theta) / theta / model.fx**2  # equidistant
    lux = light.sum() / 3.0 * pixel_sr
    assert lux == pytest.approx(SUNNY.sun_lx, rel=0.06)


def test_flow_refers_to_the_frame_before_of_the_same_camera():
    other = camera_spec("side", offset_m=(0.0, -2.0, 1.5), yaw_rad=0.3)
    first, second = street(0), street(24, 0.3)
    rig = Rig(scene(FRONT, other), first.cast)
    assert np.all(rig.capture("front", first).flow == FLOW_UNKNOWN)
    moved = rig.capture("front", second)
    assert np.all(rig.capture("side", second).flow == FLOW_UNKNOWN)  # its first frame
    model = CameraModel.from_hfov(64, 48, 1.2)
    T = camera_pose(second, second.cast, FRONT)
    before = Previous(first.T_world_part, camera_pose(first, first.cast, FRONT))
    buffers = Renderer(second.cast).render(second, model, T, previous=before, radiance=False)
    assert np.array_equal(moved.flow, pack_flow(buffers.flow_px))
    block = moved.instance == 1
    assert np.abs(moved.flow[block]).max() > FLOW_SCALE // 2
    assert np.abs(moved.flow[~block]).max() <= 1
    assert np.abs(rig.capture("front", second).flow).max() <= 1  # now the second frame is the one before


def test_frames_repeat_bit_by_bit_and_noise_changes_with_the_tick():
    one, two = (Rig(scene(FRONT), street().cast).capture("front", street()) for _ in range(2))
    assert np.array_equal(one.rgb, two.rgb)
    later = Rig(scene(FRONT), street().cast).capture("front", street(1))
    assert not np.array_equal(one.rgb, later.rgb)
    assert np.array_equal(one.depth_m, later.depth_m)
    reseeded = Rig(scene(FRONT, seed=5), street().cast).capture("front", street())
    assert (one.rgb != reseeded.rgb).mean() > 0.3


def test_one_of_two_cameras():
    rear = camera_spec("rear", offset_m=(0.0, 0.0, 1.5), yaw_rad=np.pi)
    rig = Rig(scene(FRONT, rear), street().cast, cameras=("rear",))
    assert list(rig.cameras) == ["rear"]
    assert not (rig.capture("rear", street()).instance == 1).any()


def test_wrong_names_are_refused():
    with pytest.raises(UserError, match=r"no camera 'back'; it has: front"):
        Rig(scene(FRONT), street().cast, cameras=("back",))
    with pytest.raises(UserError, match=r"no renderer called 'vulkan'; known: simgen, tiny, egl"):
        make_renderer("vulkan", street().cast)


def test_both_renderers_deliver_the_same_labels():
    snapshot = street()
    ours, tiny = (Rig(scene(FRONT), snapshot.cast, name).capture("front", snapshot) for name in ("simgen", "tiny"))
    assert (ours.instance == tiny.instance).mean() > 0.999
    assert (ours.semantic == tiny.semantic).mean() > 0.999
    same = np.isfinite(ours.depth_m) & np.isfinite(tiny.depth_m)
    assert np.median(np.abs(ours.depth_m[same] / tiny.depth_m[same] - 1.0)) < 1e-5
    assert np.abs(ours.transmittance.astype(int) - tiny.transmittance)[same].max() <= 1
    assert np.abs(ours.rgb.astype(int) - tiny.rgb).mean() < 12.0


def test_normals_survive_packing():
    rng = np.random.default_rng(1)
    n = rng.normal(size=(40, 50, 3))
    n = (n / np.linalg.norm(n, axis=-1, keepdims=True)).astype(np.float32)
    n[:5] = 0.0
    packed = pack_normal(n)
    assert packed.dtype == np.int8
    assert np.abs(packed / 127.0 - n).max() <= 0.5 / 127.0 + 1e-6
    assert not packed[:5].any()
    assert pack_normal(np.array([[[1.0, -1.0, 0.0]]], np.float32)).tolist() == [[[127, -127, 0]]]


def test_flow_survives_packing_and_the_unrepresentable_is_marked():
    rng = np.random.default_rng(2)
    flow = rng.uniform(-1000.0, 1000.0, (40, 50, 2)).astype(np.float32)
    flow[0, 0] = np.nan
    flow[0, 1] = (np.nan, 1.0)
    flow[0, 2] = (1.0, 2000.0)
    flow[0, 3] = (-1e9, 0.0)
    flow[0, 4] = (np.inf, 0.0)
    packed = pack_flow(flow)
    assert packed.dtype == np.int16
    assert np.all(packed[0, :5] == FLOW_UNKNOWN)
    good = np.ones((40, 50), bool)
    good[0, :5] = False
    assert np.abs(packed[good] / FLOW_SCALE - flow[good]).max() <= 0.5 / FLOW_SCALE + 1e-4
    assert (packed[good] != FLOW_UNKNOWN).all()
    largest = pack_flow(np.array([[[32766 / FLOW_SCALE, -32766 / FLOW_SCALE]]], np.float32))
    assert largest.tolist() == [[[32766, -32766]]]


def test_transmittance_survives_packing():
    t = np.linspace(0.0, 1.0, 5000, dtype=np.float32).reshape(50, 100)
    packed = pack_share(t)
    assert np.abs(packed / 255.0 - t).max() <= 1.0 / 510.0 + 1e-6
    assert packed[0, 0] == 0
    assert packed[-1, -1] == 255


def test_capture_takes_the_carrier_along():
    """A camera on an object sees the world move, not its carrier."""
    snapshot = street()
    spec = camera_spec(actor="object1", offset_m=(2.0, 0.0, 1.0))
    frame = Rig(scene(spec), snapshot.cast).capture("front", snapshot)
    assert frame.T_world_camera[:3, 3] == pytest.approx([8.0, 0.5, 1.0])
    assert not (frame.instance == 1).any()
    assert np.array_equal(EYE[3], frame.T_world_camera[3])


def test_a_lens_changes_the_picture_and_its_glare_and_no_other_label():
    """The share of the veil is highest where the street is dark; without scatter there is none."""
    snapshot = street()
    sharp = camera_spec(offset_m=(0.0, 0.0, 1.5), labels=LABELS)
    hazy = camera_spec(offset_m=(0.0, 0.0, 1.5), labels=LABELS, veiling_glare=0.3, vignetting=1.0)
    one, two = (Rig(scene(c), snapshot.cast).capture("front", snapshot) for c in (sharp, hazy))
    assert not np.array_equal(one.rgb, two.rgb)
    assert one.glare.max() == 0
    assert two.glare.dtype == np.uint8
    dark, bright = np.percentile(one.rgb[..., 1], (10, 90))
    assert two.glare[one.rgb[..., 1] <= dark].mean() > 1.1 * two.glare[one.rgb[..., 1] >= bright].mean() > 0.0
    for label in STANDARD_LABELS[:-1]:
        name = OF_LABEL.get(label, label)
        assert np.array_equal(getattr(one, name), getattr(two, name)), label
    for column, values in one.objects.items():
        assert np.array_equal(values, two.objects[column]), column


def test_motion_blur_smears_what_moves_in_the_first_frame_too_and_changes_no_label():
    """A block that crosses at 20 m/s, exposed for 30 ms: 0.6 m are 5 px of the picture at 6 m."""
    still, later = street(), street(tick=24, side_m=2.0)
    first, second = (dataclasses.replace(s, velocity_mps=np.array([[0.0, 20.0, 0.0]])) for s in (still, later))
    plain = camera_spec(offset_m=(0.0, 0.0, 1.5), exposure_s=0.03, f_number=11.0)
    blurring = dataclasses.replace(plain, motion_blur=True)
    sharp, smeared = (Rig(scene(c), still.cast) for c in (plain, blurring))
    for snapshot in (first, second):
        one, two = sharp.capture("front", snapshot), smeared.capture("front", snapshot)
        changed = np.abs(one.rgb.astype(int) - two.rgb).max(axis=-1) > 1  # one step may be rounding
        columns = np.nonzero((one.instance == 1).any(axis=0))[0]
        seen = np.nonzero(changed.any(axis=0))[0]
        assert changed.sum() > 40
        assert columns[0] - 6 <= seen[0] < columns[0] <= columns[-1] < seen[-1] <= columns[-1] + 6
        for label in STANDARD_LABELS[:-1]:
            name = OF_LABEL.get(label, label)
            assert np.array_equal(getattr(one, name), getattr(two, name)), label
    quiet = Rig(scene(blurring), still.cast).capture("front", still)
    assert np.array_equal(quiet.rgb, Rig(scene(plain), still.cast).capture("front", still).rgb)


def facing_the_sun(**optics):
    """A frame of a camera that looks at the sun, low over a floor, and one with the sun hidden by its own state."""
    light = Light(sun_elevation_rad=0.12, sun_azimuth_rad=0.0, clouds=0.0, natural_lx=8000.0)
    snapshot = stage([Thing(floor())], Conditions(light=light))
    spec = camera_spec(offset_m=(0.0, 0.0, 1.5), **optics)
    return Rig(scene(spec), snapshot.cast).capture("front", snapshot), spec, light


def test_the_disc_of_the_sun_is_in_the_picture_without_a_lens_that_scatters_and_tells_no_exposure():
    frame, spec, light = facing_the_sun()
    model = CameraModel.from_hfov(spec.width, spec.height, spec.hfov_rad)
    v, u = round(model.cy - model.fy * math.tan(light.sun_elevation_rad)), round(model.cx)
    assert frame.rgb[v, u].tolist() == [255, 255, 255]  # it saturates
    assert frame.rgb[v, u - 8].min() < 250
    snapshot = stage([Thing(floor())], Conditions(light=light))
    plain = Renderer(snapshot.cast).render(snapshot, model, frame.T_world_camera)
    assert frame.exposure_s == Exposed(spec, 4, 2).settle(plain.radiance, 0.0).time_s
    veiled, _, _ = facing_the_sun(veiling_glare=0.03)
    assert veiled.exposure_s < frame.exposure_s  # its veil is light that the sensor has


def test_asking_for_less_leaves_the_sun_where_it_is():
    every, *_ = facing_the_sun()
    few, *_ = facing_the_sun(labels=())
    assert np.array_equal(every.rgb, few.rgb)
    assert few.transmittance is None
