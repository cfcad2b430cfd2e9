"""Films of scenes side by side: read back as they were written, whole or not at all."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fake_scenes import FRONT, FakeScenario, fake_frame
from numpy.typing import NDArray
from PIL import Image, ImageSequence

import simgen.generate
import simgen.scenario
from simgen.cli.animation import WIDEST, expect_animation, write_animation
from simgen.cli.main import main
from simgen.errors import OutputError, UserError
from simgen.labels.frame import CameraFrame

GREYS = (20, 120, 220)


def pictures(width: int = 101, height: int = 61) -> Iterator[NDArray[np.uint8]]:
    """Even greys with a red left half."""
    for grey in GREYS:
        picture = np.full((height, width, 3), grey, np.uint8)
        picture[:, : width // 2] = (200, 30, 30)
        yield picture


def read(path: Path) -> tuple[list[NDArray[np.uint8]], float]:
    """Pictures as BGR, and their rate."""
    if path.suffix == ".gif":
        with Image.open(path) as film:
            assert film.info["loop"] == 0  # for ever
            frames = [np.asarray(f.convert("RGB"))[..., ::-1] for f in ImageSequence.Iterator(film)]
            return frames, 1000.0 / film.info["duration"]
    video = cv2.VideoCapture(str(path))
    found = []
    while (shot := video.read())[0]:
        found.append(shot[1])
    return found, video.get(cv2.CAP_PROP_FPS)


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_a_film_is_read_back_picture_by_picture(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "new" / f"film{suffix}"
    assert write_animation(path, pictures(), 20.0) == 3
    frames, rate = read(path)
    assert rate == pytest.approx(20.0)
    assert [f.shape for f in frames] == [(60, 100, 3)] * 3  # codecs need even sides
    for frame, grey in zip(frames, GREYS, strict=True):
        assert np.abs(frame[20:40, 60:90].astype(int) - grey).max() < 12
        assert np.abs(frame[20:40, 10:40].astype(int) - (30, 30, 200)).max() < 25
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_wide_sheets_are_reduced(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    write_animation(path, pictures(3000, 301), 10.0)
    assert read(path)[0][0].shape == (2 * (301 * WIDEST[suffix] // 3000 // 2), WIDEST[suffix], 3)


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_an_older_film_stays_until_the_new_one_is_whole(tmp_path: Path, suffix: str) -> None:
    def broken() -> Iterator[NDArray[np.uint8]]:
        yield from pictures()
        raise KeyboardInterrupt

    path = tmp_path / f"film{suffix}"
    path.write_bytes(b"older")
    with pytest.raises(KeyboardInterrupt):
        write_animation(path, broken(), 10.0)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {path.name: b"older"}


def test_what_cannot_be_written_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"film\.avi does not end in \.gif or \.mp4"):
        expect_animation(tmp_path / "film.avi")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="is a file, not a folder"):
        expect_animation(tmp_path / "file" / "film.mp4")
    expect_animation(tmp_path / "film.mp4")


def test_a_full_disk_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OutputError, match=r"cannot write .*film\.gif: .*No space left"):
        write_animation(tmp_path / "film.gif", pictures(), 10.0)
    monkeypatch.setattr(cv2, "VideoWriter", lambda *_: cv2.VideoCapture())  # one that does not open
    with pytest.raises(OutputError, match=r"cannot write .*film\.mp4: OpenCV could not open it"):
        write_animation(tmp_path / "film.mp4", pictures(), 10.0)
    assert list(tmp_path.iterdir()) == []


def test_colours_of_a_gif_are_chosen_for_its_pictures(tmp_path: Path) -> None:
    """A smooth sky in 200 near shades comes back within two steps a channel."""
    sky = np.repeat(np.linspace(150.0, 200.0, 60)[:, None, None], 100, 1) + np.array([0.0, 8.0, 20.0])
    write_animation(tmp_path / "sky.gif", iter([sky.astype(np.uint8)]), 10.0)
    frames, _ = read(tmp_path / "sky.gif")
    assert np.abs(frames[0][..., ::-1].astype(int) - sky.astype(np.uint8)).max() <= 2


def test_scenes_run_side_by_side_and_one_that_has_ended_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = FakeScenario()
    lasts = {0: 2, 1: 4}
    camera = replace(FRONT, width=64, height=48)

    def frames_of(scene, renderer: str, name: str) -> Iterator[CameraFrame]:
        for tick in range(lasts[scene.index]):
            frame = fake_frame(scene, camera, tick)
            yield replace(frame, rgb=np.full((48, 64, 3), 40 + 50 * tick, np.uint8))

    monkeypatch.setattr(simgen.scenario.Scenario, "load", lambda *_: scenario)
    monkeypatch.setattr(simgen.generate, "frames_of", frames_of)
    out = tmp_path / "film.gif"

    def preview(*options: str) -> object:
        monkeypatch.setattr(sys, "argv", ["simgen", "preview", "any", "--animate", "--out", str(out), *options])
        with pytest.raises(SystemExit) as stop:
            main()
        return stop.value.code

    assert preview("-n", "2") == 0
    frames, _ = read(out)
    assert len(frames) == 4
    greys = [[int(f[50, x, 0]) for x in (30, 100)] for f in frames]
    assert np.abs(np.array(greys) - [[40, 40], [90, 90], [90, 140], [90, 190]]).max() < 8
    assert "4 pictures" in capsys.readouterr().out
    assert preview("--time", "1") == 2
    assert "--time is one moment" in capsys.readouterr().err
