"""Moving contact sheets: GIF or MP4, picture by picture."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from simgen.cli.graphics import require_cv2
from simgen.cli.sheet import Picture, expect_file
from simgen.errors import OutputError

SUFFIXES = (".gif", ".mp4")
WIDEST = {".gif": 960, ".mp4": 1920}
"""Pixels across beyond which sheets are reduced: players and pages have no more room, and GIFs grow large."""


def expect_animation(path: Path) -> None:
    """Refuse before any work is done what `write_animation` could not write.

    Raises:
        UserError: the name does not end in .gif or .mp4, is that of a folder, or leads through a file.
        MissingDependencyError: OpenCV cannot be loaded.
    """
    expect_file(path, SUFFIXES)
    require_cv2()


def write_animation(path: Path, pictures: Iterator[Picture], rate_hz: float) -> int:
    """Write RGB pictures of one size as a film; one of that name stays as it was unless all is written.

    Args:
        path: ends in .gif or .mp4; a GIF repeats for ever.
        pictures: (H, W, 3) uint8, taken one by one.
        rate_hz: pictures a second.

    Returns:
        Number of pictures.

    Raises:
        UserError, MissingDependencyError: as `expect_animation`.
        OutputError: the file cannot be written.
    """
    expect_animation(path)
    suffix = path.suffix.lower()
    partial = path.with_name(f"{path.name}.part{suffix}")
    frames = (_fitted(picture, WIDEST[suffix]) for picture in pictures)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        count = (_write_gif if suffix == ".gif" else _write_mp4)(partial, frames, rate_hz)
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return count


def _write_gif(path: Path, frames: Iterator[Picture], rate_hz: float) -> int:
    # Not by OpenCV, which has one palette for all films: skies come out in bands.
    images = [Image.fromarray(frame).quantize(256, method=Image.Quantize.MEDIANCUT) for frame in frames]
    ms = 10 * round(100.0 / rate_hz)  # a GIF counts in hundredths of a second
    images[0].save(path, "GIF", save_all=True, append_images=images[1:], duration=ms, loop=0)
    return len(images)


def _write_mp4(path: Path, frames: Iterator[Picture], rate_hz: float) -> int:
    cv2 = require_cv2()
    first = next(frames)
    height, width = first.shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), rate_hz, (width, height))
    count = 0
    try:
        if not writer.isOpened():
            raise OSError("OpenCV could not open it as MPEG-4 video")
        for count, frame in enumerate(_chained(first, frames), 1):  # noqa: B007
            writer.write(np.ascontiguousarray(frame[..., ::-1]))
    finally:
        writer.release()
    if not path.exists() or path.stat().st_size == 0:
        raise OSError("OpenCV wrote nothing")
    return count


def _chained(first: Picture, rest: Iterator[Picture]) -> Iterator[Picture]:
    yield first
    yield from rest


def _fitted(picture: Picture, widest: int) -> Picture:
    """A picture no wider than that and of even sides, as video codecs need."""
    cv2 = require_cv2()
    height, width = picture.shape[:2]
    scale = min(widest / width, 1.0)
    size = (2 * math.floor(width * scale / 2), 2 * math.floor(height * scale / 2))
    out = picture[: size[1], : size[0]] if scale == 1.0 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(out)
