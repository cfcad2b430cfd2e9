"""`renderer: egl`: refusals where it cannot draw, and where it can, the same surfaces as ours and TinyRenderer's."""

from __future__ import annotations

import importlib.util
import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from small_stage import CAMERA, OVERCAST, SUNNY, Thing, floor, looking, luminance, matt, pose, stage

from simgen.conditions import Conditions, Fog
from simgen.errors import MissingDependencyError, SimgenError
from simgen.generate import render
from simgen.models import Material
from simgen.models.geometry import box, merge, mesh_of_quads
from simgen.render import egl as egl_module
from simgen.render.bullet_camera import BulletCamera
from simgen.render.bullet_renderer import BulletRenderer
from simgen.render.camera_model import CameraModel
from simgen.render.egl import require_egl
from simgen.render.renderer import Renderer
from simgen.scenario import Scenario
from simgen.snapshot import Cast, CastPart

EYE = np.eye(4)
GREY = Material("grey", (0.5, 0.5, 0.5))
CENTRED = CameraModel.from_hfov(320, 240, math.radians(70.0))
OFF_CENTRE = CameraModel(160, 120, 140.0, 130.0, 77.3, 61.8)
T_CAMERA = looking((0.0, 0.0, 1.7), (8.0, 0.3, 0.3))


@pytest.fixture(autouse=True)
def asked_anew():
    """Every test asks for EGL itself."""
    require_egl.cache_clear()
    yield
    require_egl.cache_clear()


@pytest.fixture
def with_egl() -> None:
    """Skip where this machine has no EGL."""
    try:
        require_egl()
    except MissingDependencyError as missing:
        pytest.skip(f"no EGL here: {missing}")


def cast_of(*meshes) -> Cast:
    return Cast(tuple(CastPart(m, 1, 0) for m in meshes), (), False)


def plate_at(camera, u0, v0, u1, v1, z):
    x = [(u - camera.cx) / camera.fx * z for u in (u0, u1)]
    y = [(v - camera.cy) / camera.fy * z for v in (v0, v1)]
    return mesh_of_quads([[(x[0], y[0], z), (x[0], y[1], z), (x[1], y[1], z), (x[1], y[0], z)]], GREY)


# -- where it cannot draw ------------------------------------------------------------------------------------------


def test_a_pybullet_without_the_plugin_is_named(monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"plugin 'eglRenderer', which this build of PyBullet lacks"):
        require_egl()


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import os; os.abort()", "ended with code -6"),  # what a missing libEGL does to the process that loads it
        ("print('simgen-probe False 0')", "drew without a GL context"),
        ("print('simgen-probe True 40')", "drew without a GL context"),  # TinyRenderer's pixels under EGL's flag
        ("print('GL_RENDERER=none'); print('simgen-probe True 0')", "draws nothing"),
        ("import time; time.sleep(9)", "drew no picture within 1 s"),
    ],
)
def test_what_stands_in_the_way_is_said_with_the_package_to_install(monkeypatch, program, told) -> None:
    monkeypatch.setattr(egl_module, "_PROBE", program)
    monkeypatch.setattr(egl_module, "_TIMEOUT_S", 1.0 if "sleep" in program else 20.0)
    with pytest.raises(MissingDependencyError, match="apt install libegl1") as caught:
        require_egl()
    assert told in str(caught.value)


def test_a_broken_plugin_is_found_in_a_process_of_its_own(monkeypatch, tmp_path) -> None:
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"no library")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: SimpleNamespace(origin=str(broken)))
    with pytest.raises(MissingDependencyError, match="PyBullet cannot use EGL"):
        require_egl()


def test_no_dataset_is_begun_and_no_other_renderer_stands_in(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(egl_module, "_PROBE", "import os; os.abort()")
    scenario = Scenario.load("robotics/wet_floor_slip")
    with pytest.raises(MissingDependencyError, match="or use --renderer simgen or tiny"):
        render(scenario, tmp_path / "set", n=1, seed=0, renderer="egl")
    assert not (tmp_path / "set").exists()


# -- where it can --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("with_egl")
@pytest.mark.parametrize("camera", [OFF_CENTRE, CENTRED, CameraModel(97, 75, 80.0, 80.0, 48.0, 37.0)])
@pytest.mark.parametrize("offset", [0.05, 0.5, 0.95])
def test_edges_fall_between_the_right_pixels(camera, offset) -> None:
    plate = plate_at(camera, 20 + offset, 30 + offset, 70 + offset, 60 + offset, 5.0)
    with BulletCamera(cast_of(plate), egl=True) as bullet:
        seen = bullet.capture(EYE[None], camera, EYE)
    expected = np.full((camera.height, camera.width), -1)
    expected[31:61, 21:71] = 0
    assert np.array_equal(seen.part, expected)
    assert np.abs(seen.depth_m[seen.part == 0] - 5.0).max() < 2e-5
    assert np.isinf(seen.depth_m[seen.part < 0]).all()


@pytest.mark.usefixtures("with_egl")
def test_depth_and_part_are_tinyrenderers(capfd) -> None:
    """A ground plane under and behind the camera, turned boxes with several colours, an open plate from behind."""
    ground = mesh_of_quads([[(-60, 1.5, -20), (60, 1.5, -20), (60, 1.5, 300), (-60, 1.5, 300)]], GREY)
    two = merge([box((1, 1, 1), GREY, (-1, 0, 5)), box((1, 1, 1), Material("blue", (0.0, 0.1, 0.8)), (1, 0, 5))])
    plate = mesh_of_quads([[(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]], GREY)
    T = np.array([EYE, pose((0.2, 0.1, 2.0), (0.3, 0.5, 0.1)), pose((2.5, -1.0, 8.0), (0.0, math.pi, 0.0))])
    cast = cast_of(ground, two, plate)
    with BulletCamera(cast) as bullet:
        tiny = bullet.capture(T, CENTRED, EYE)
    with BulletCamera(cast, egl=True) as bullet:
        seen = bullet.capture(T, CENTRED, EYE)
        again = bullet.capture(T, CENTRED, EYE)
    same = seen.part == tiny.part
    assert same.mean() > 0.999  # what differs are outlines that pass through pixel centres
    assert len(np.unique(seen.part)) == 4
    hit = same & (seen.part >= 0)
    error = np.abs(seen.depth_m[hit] / tiny.depth_m[hit] - 1.0)
    assert np.median(error) < 5e-5
    assert error.max() < 1e-3  # 24 bits of 1/z, at 200 m
    assert np.array_equal(seen.albedo[same], tiny.albedo[same])
    assert np.array_equal(seen.part, again.part)
    assert np.array_equal(seen.depth_m, again.depth_m)
    assert capfd.readouterr() == ("", "")  # Bullet and its GL loader are kept quiet


@pytest.mark.usefixtures("with_egl")
@pytest.mark.parametrize("conditions", [Conditions(light=OVERCAST), Conditions(light=SUNNY, fog=Fog(40.0))])
def test_pictures_and_labels_are_those_of_our_renderer(conditions) -> None:
    ground, block = (matt(a, roughness=0.8, f0=0.04) for a in (0.3, 0.5))
    things = [Thing(floor(60.0, 0.0, ground))]
    for k, (x, y, turn) in enumerate([(6.0, 1.2, 0.3), (9.0, -1.5, 1.0), (12.0, 2.5, 0.1)]):
        things.append(Thing(box((1.2, 1.2, 1.2), block), pose((x, y, 0.6), (0, 0, turn)), k + 1, "car"))
    snapshot = stage(things, conditions)
    ours = Renderer(snapshot.cast).render(snapshot, CAMERA, T_CAMERA, antialias=1)
    other = BulletRenderer(snapshot.cast, egl=True)
    try:
        theirs = other.render(snapshot, CAMERA, T_CAMERA)
    finally:
        other.close()
    assert (ours.instance == theirs.instance).mean() > 0.999
    assert (ours.semantic == theirs.semantic).mean() > 0.999
    assert (np.abs(luminance(ours.radiance) / luminance(theirs.radiance) - 1.0) < 0.01).mean() > 0.98


@pytest.mark.usefixtures("with_egl")
def test_a_process_has_one_at_a_time_and_another_after_it() -> None:
    cube = box((1.0, 1.0, 1.0), GREY)
    T = pose((0, 0, 4))[None]
    with BulletCamera(cast_of(cube), egl=True) as first:
        before = first.capture(T, CENTRED, EYE)
        with pytest.raises(SimgenError, match="one scene at a time"):
            BulletCamera(cast_of(cube, cube), egl=True)
        with BulletCamera(cast_of(cube)) as tiny:
            beside = tiny.capture(T, CENTRED, EYE)
        after = first.capture(T, CENTRED, EYE)
    with BulletCamera(cast_of(cube), egl=True) as second:
        anew = second.capture(T, CENTRED, EYE)
    for other in (after, anew):
        assert np.array_equal(before.part, other.part)
        assert np.array_equal(before.depth_m, other.depth_m)
    assert (beside.part == before.part).mean() > 0.99


@pytest.mark.usefixtures("with_egl")
def test_a_dataset_is_drawn_through_it(tmp_path) -> None:
    """The command, from YAML to shards, in processes of its own."""
    out = tmp_path / "set"
    code = (
        "from simgen.generate import render; from simgen.scenario import Scenario; "
        f"render(Scenario.load({str(small(tmp_path))!r}), {str(out)!r}, n=2, seed=0, workers=1, renderer='egl')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=110)
    assert len(list(out.glob("*.h5"))) + len(list(out.glob("*/*.h5"))) >= 1


def small(folder):
    path = folder / "small.yaml"
    path.write_text(
        "simgen: 1\n"
        "site: {road.straight: {length: 120 m}}\n"
        "actors:\n  ego: {model: car.small, place: {lane: main.0, s: 20 m}}\n"
        "sensors:\n  front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen}\n"
        "duration: 0.2 s\n",
        encoding="utf-8",
    )
    return path
