"""Contact sheets and overlays, pixel by pixel."""

from __future__ import annotations

import builtins
import errno
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fake_scenes import FRONT, FakeScenario, fake_frame

import simgen.generate
import simgen.scenario
from simgen.cli.captions import captions
from simgen.cli.graphics import require_cv2
from simgen.cli.main import main
from simgen.cli.overlays import overlaid, parse_overlays
from simgen.cli.sheet import Tile, compose_sheet, write_png
from simgen.errors import MissingDependencyError, OutputError, UserError
from simgen.labels.frame import CameraFrame
from simgen.models import class_by_name

SCENE = FakeScenario().draw(0, 0)


def frame() -> CameraFrame:
    """60 x 80: a box (instance 2) in columns 20 to 39, rows 10 to 49, in front of sky."""
    camera = replace(FRONT, width=80, height=60)
    base = fake_frame(SCENE, camera, 0)
    instance = np.zeros((60, 80), np.uint16)
    instance[10:50, 20:40] = 2
    inside = instance == 2
    assert base.objects is not None
    row = {n: np.zeros((1, *c.shape[1:]), c.dtype) for n, c in base.objects.items()}
    row["instance"][0], row["visible_px"][0], row["distance_m"][0] = 2, inside.sum(), 12.3
    row["bbox_visible_px"][0] = row["bbox_amodal_px"][0] = (20, 10, 40, 50)
    return replace(
        base,
        rgb=np.zeros((60, 80, 3), np.uint8),
        instance=instance,
        semantic=np.where(inside, class_by_name("box").id, 0).astype(np.uint8),
        depth_m=np.where(inside, 5.0, np.inf).astype(np.float32),
        objects=row,
    )


def test_boxes_frame_the_visible_pixels_in_the_class_colour() -> None:
    picture = overlaid(frame(), SCENE, ["boxes"])
    color = picture[10, 20]
    assert np.argsort(color).tolist() == np.argsort(class_by_name("box").color).tolist()
    assert color.max() == 255
    for y, x in ((10, 20), (10, 39), (49, 20), (49, 39), (30, 20), (30, 39), (49, 30)):
        np.testing.assert_array_equal(picture[y, x], color)
    assert picture[12:24, 22:60].any()  # no room above or below: class and distance stand in the box
    assert not picture[30:45, 22:38].any()
    assert not picture[51:].any()


def test_the_hidden_part_of_a_box_is_dashed() -> None:
    base = frame()
    assert base.objects is not None
    base.objects["bbox_amodal_px"][0] = (20, 10, 72, 50)
    picture = overlaid(base, SCENE, ["boxes"])
    drawn = (picture[10:50, 71] == picture[10, 20]).all(axis=-1)
    assert drawn[16:39].tolist() == ([True] * 4 + [False] * 4) * 2 + [True] * 4 + [False] * 3
    assert picture[10:50, 39].any(axis=-1).all()


def test_the_car_that_carries_the_camera_gets_no_box() -> None:
    carried = replace(SCENE, cameras=(replace(FRONT, actor="crate"),))
    assert not overlaid(frame(), carried, ["boxes"]).any()


def test_masks_have_a_colour_an_id_that_stays_and_outlines() -> None:
    picture = overlaid(frame(), SCENE, ["masks"])
    assert picture[30, 30].any()
    assert picture[30, 20].min() >= 153  # a border that lets some of its object through, so that thin things show
    assert picture[30, 30].min() < 153
    assert not picture[5, 5].any()
    both = frame()
    assert both.instance is not None
    both.instance[10:50, 60:70] = 3
    other = overlaid(both, SCENE, ["masks"])
    np.testing.assert_array_equal(other[30, 30], picture[30, 30])
    assert (other[30, 65] != other[30, 30]).any()


def test_depth_is_brighter_near_and_grey_where_nothing_is() -> None:
    near, far = frame(), frame()
    assert far.depth_m is not None
    far.depth_m[30, 30] = 200.0
    a, b = (overlaid(f, SCENE, ["depth"]) for f in (near, far))
    assert a[30, 30].sum() > b[30, 30].sum()
    assert len(set(a[0, 0].tolist())) == 1


def test_the_scale_of_a_map_has_the_colours_of_the_map() -> None:
    depth_m = np.full((240, 320), 10.0, np.float32)
    depth_m[0] = 0.3
    depth_m[1] = 300.0
    picture = overlaid(replace(frame(), rgb=np.zeros((240, 320, 3), np.uint8), depth_m=depth_m), SCENE, ["depth"])
    ramp = picture[240 - 24, 12 : 12 + 180]
    np.testing.assert_array_equal(ramp[[0, -1]], picture[[0, 1], 160])
    assert abs(np.abs(ramp.astype(int) - picture[100, 160]).sum(axis=1).argmin() - 0.508 * 180) < 2.0


def test_transmittance_is_brighter_where_the_air_is_clear() -> None:
    base = frame()
    assert base.transmittance is not None
    base.transmittance[5, :3] = 0, 128, 255
    light = overlaid(base, SCENE, ["transmittance"])[5, :3].sum(axis=1)
    assert light[0] < light[1] < light[2]


def test_overlays_join_maps_side_by_side_with_boxes_on_all() -> None:
    assert overlaid(frame(), SCENE, ["boxes", "masks"]).shape == (60, 80, 3)
    assert overlaid(frame(), SCENE, ["depth"]).shape == (60, 80, 3)
    picture = overlaid(frame(), SCENE, ["boxes", "masks", "depth", "transmittance"])
    assert picture.shape == (60, 3 * 80 + 2 * 4, 3)
    for x in (20, 104, 188):
        np.testing.assert_array_equal(picture[12, x], picture[12, 20])


def test_an_unknown_overlay_names_the_nearest() -> None:
    assert parse_overlays("") == ()
    assert parse_overlays("boxes, depth,boxes") == ("boxes", "depth")
    with pytest.raises(UserError, match=r"no overlay 'boxs'.*boxes.*masks"):
        parse_overlays("boxs")


@pytest.mark.parametrize(
    ("overlay", "label"),
    [("boxes", "objects"), ("masks", "instance"), ("depth", "depth_m"), ("transmittance", "transmittance")],
)
def test_an_overlay_without_its_label_is_refused(overlay: str, label: str) -> None:
    with pytest.raises(UserError, match="cannot be drawn"):
        overlaid(replace(frame(), **{label: None}), SCENE, [overlay])  # type: ignore[arg-type]


def test_captions_tell_what_differs_in_the_units_of_authors() -> None:
    told = [
        {"params.speed": 20.0, "params.same": 1.0, "conditions.fog.mor": 51.2},
        {"params.speed": 10.0, "params.same": 1.0, "conditions.fog.mor": 99.0, "params.on": True},
    ]
    units = {"params.speed": "m/s", "params.same": "1", "conditions.fog.mor": "m"}
    scenes = [replace(SCENE, params=p) for p in told]  # type: ignore[arg-type]
    assert captions(scenes, units) == ["speed 72 km/h, fog mor 51.2 m", "speed 36 km/h, fog mor 99 m, on yes"]


def test_a_sheet_holds_every_picture_unchanged() -> None:
    rng = np.random.default_rng(3)
    pictures = [rng.integers(0, 256, (90, 120, 3), dtype=np.uint8) for _ in range(6)]
    sheet = compose_sheet([Tile(p, f"draw {k} \u2013 fog") for k, p in enumerate(pictures)], "title")
    assert 1.2 < sheet.shape[1] / sheet.shape[0] < 2.4
    windows = np.lib.stride_tricks.sliding_window_view(sheet[..., 0], (1, 120))[:, :, 0]
    for picture in pictures:
        rows = [(windows == picture[r, :, 0]).all(axis=-1).any(axis=1).argmax() for r in (0, 45, 89)]
        assert rows[1] - rows[0] == 45
        assert rows[2] - rows[0] == 89


def test_png_keeps_the_colour_order(tmp_path: Path) -> None:
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[..., 0] = 200  # red
    write_png(tmp_path / "deep" / "x.png", picture)
    assert cv2.imread(str(tmp_path / "deep" / "x.png"))[0, 0].tolist() == [0, 0, 200]
    with pytest.raises(UserError, match=r"does not end in \.png"):
        write_png(tmp_path / "x.jpg", picture)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="file is a file, not a folder"):
        write_png(tmp_path / "file" / "x.png", picture)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UserError, match=r"folder\.png is a folder"):
        write_png(tmp_path / "folder.png", picture)


def test_a_picture_survives_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new picture fails half-way: the old one stays whole and nothing else is left."""
    picture = np.zeros((4, 4, 3), np.uint8)
    write_png(tmp_path / "x.png", picture)
    before = (tmp_path / "x.png").read_bytes()

    def half(path: Path, data: bytes) -> int:
        with path.open("wb") as stream:
            stream.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OutputError, match=r"cannot write .*x\.png: .*No space left"):
        write_png(tmp_path / "x.png", picture + 9)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"x.png": before}


def test_preview_writes_the_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def still(scene: object, time_s: float, renderer: str, camera: str) -> CameraFrame:
        asked.append((scene.index, time_s, renderer, camera))  # type: ignore[attr-defined]
        return frame()

    monkeypatch.setattr(simgen.generate, "still", still)
    monkeypatch.setattr(simgen.scenario.Scenario, "load", staticmethod(lambda _: FakeScenario()))
    out = tmp_path / "sheet.png"
    monkeypatch.setattr(sys, "argv", ["simgen", "preview", "any", "--out", str(out), "-n", "4", "--overlay", "boxes"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    assert asked == [(k, 0.5, "simgen", "") for k in range(4)]
    picture = cv2.imread(str(out))
    assert picture.shape[0] >= 120
    assert "4 draws of test/fake" in capsys.readouterr().out


def test_a_missing_libgl_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = builtins.__import__

    def broken(name: str, *rest: object) -> object:
        if name == "cv2":
            raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")
        return genuine(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", broken)
    monkeypatch.setattr(simgen.generate, "still", lambda *_: pytest.fail("rendered before OpenCV was tried"))
    monkeypatch.setattr(sys, "argv", ["simgen", "preview", "driving/lost_cargo", "--out", "x.png"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 1
    with pytest.raises(MissingDependencyError, match=r"apt-get install libgl1 .*opencv-python-headless"):
        require_cv2()
