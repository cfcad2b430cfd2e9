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
from simgen.cli.graphics import require_cv2
from simgen.cli.main import main
from simgen.cli.sheet import Tile, compose_sheet, overlaid, write_png
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
    row["bbox_visible_px"][0] = (20, 10, 40, 50)
    return replace(
        base,
        rgb=np.zeros((60, 80, 3), np.uint8),
        instance=instance,
        semantic=np.where(inside, class_by_name("box").id, 0).astype(np.uint8),
        depth_m=np.where(inside, 5.0, np.inf).astype(np.float32),
        objects=row,
    )


def test_boxes_frame_the_visible_pixels_in_the_class_colour() -> None:
    picture = overlaid(frame(), SCENE, "boxes")
    color = picture[10, 20]
    assert np.argsort(color).tolist() == np.argsort(class_by_name("box").color).tolist()
    assert color.max() == 255
    for y, x in ((10, 20), (10, 39), (49, 20), (49, 39), (30, 20), (30, 39), (49, 30)):
        np.testing.assert_array_equal(picture[y, x], color)
    assert not picture[20:45, 22:38].any()
    assert not picture[51:].any()


def test_the_car_that_carries_the_camera_gets_no_box() -> None:
    carried = replace(SCENE, cameras=(replace(FRONT, actor="crate"),))
    assert not overlaid(frame(), carried, "boxes").any()


def test_masks_colour_classes_and_outline_objects() -> None:
    picture = overlaid(frame(), SCENE, "masks")
    np.testing.assert_array_equal(picture[30, 30], (0.6 * np.array(class_by_name("box").color)).astype(int))
    np.testing.assert_array_equal(picture[30, 20], [255, 255, 255])


def test_depth_is_black_where_nothing_is() -> None:
    picture = overlaid(frame(), SCENE, "depth")
    assert not picture[0, 0].any()
    assert picture[30, 30].any()


@pytest.mark.parametrize(("overlay", "label"), [("boxes", "objects"), ("masks", "semantic"), ("depth", "depth_m")])
def test_an_overlay_without_its_label_is_refused(overlay: str, label: str) -> None:
    with pytest.raises(UserError, match="cannot be drawn"):
        overlaid(replace(frame(), **{label: None}), SCENE, overlay)  # type: ignore[arg-type]


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
