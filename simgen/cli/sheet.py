"""Contact sheets: pictures side by side, captioned."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simgen.cli.graphics import require_cv2
from simgen.errors import OutputError, UserError

Picture = NDArray[np.uint8]

_GAP, _BAR, _LINE = 6, 24, 18
_PAPER, _INK = (24, 24, 24), (235, 235, 235)


@dataclass(frozen=True, eq=False)
class Tile:
    """One picture of a sheet: (H, W, 3) uint8 RGB, and its caption, of one or several lines."""

    picture: Picture
    caption: str


def compose_sheet(tiles: Sequence[Tile], title: str, columns: int = 0) -> Picture:
    """All tiles in a grid, near to 16:9 by default, with captions: (H, W, 3) uint8 RGB."""
    height, width = tiles[0].picture.shape[:2]
    bar = _BAR + _LINE * max(tile.caption.count("\n") for tile in tiles)
    across = columns or _columns(len(tiles), width, height + bar)
    down = math.ceil(len(tiles) / across)
    sheet = np.empty((_BAR + _GAP + down * (height + bar + _GAP), _GAP + across * (width + _GAP), 3), np.uint8)
    sheet[:] = _PAPER
    _write(sheet, title, _GAP, _BAR - 6, sheet.shape[1])
    for k, tile in enumerate(tiles):
        x = _GAP + k % across * (width + _GAP)
        y = _BAR + _GAP + k // across * (height + bar + _GAP)
        sheet[y : y + height, x : x + width] = tile.picture
        for row, line in enumerate(tile.caption.split("\n")):
            _write(sheet, line, x + 2, y + height + _BAR - 8 + row * _LINE, x + width)
    return sheet


def expect_png(path: Path) -> None:
    """Refuse before any work is done what `write_png` could not write.

    Raises:
        UserError: the name does not end in .png, is that of a folder, or leads through a file.
        MissingDependencyError: OpenCV cannot be loaded.
    """
    expect_file(path, (".png",))
    require_cv2()


def expect_file(path: Path, suffixes: Sequence[str]) -> None:
    """Refuse a name that is not that of a file with one of these endings, or where none can be.

    Raises:
        UserError: it is so.
    """
    if path.suffix.lower() not in suffixes:
        raise UserError(f"{path} does not end in {' or '.join(suffixes)}")
    if path.is_dir():
        raise UserError(f"{path} is a folder; give the name of a picture")
    above = next(p for p in path.absolute().parents if p.exists())
    if not above.is_dir():
        raise UserError(f"cannot write {path}: {above} is a file, not a folder")


def write_png(path: Path, picture: Picture) -> None:
    """Write an RGB picture as PNG; a picture of that name stays as it was unless all of the new one is written.

    Raises:
        UserError: as `expect_png`.
        OutputError: the file cannot be written.
    """
    expect_png(path)
    cv2 = require_cv2()
    _, data = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    partial = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data.tobytes())
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError(f"cannot write {path}: {error}") from error


def _columns(count: int, width: int, height: int) -> int:
    def off(across: int) -> float:
        down = math.ceil(count / across)
        empty = across * down / count - 1.0
        return abs(math.log(across * width / (down * height) * 9.0 / 16.0)) + empty

    return min(range(1, count + 1), key=off)


def _write(sheet: Picture, text: str, x: int, y: int, stop_x: int) -> None:
    """One line of text from (x, y), cut with an ellipsis before `stop_x`."""
    cv2 = require_cv2()
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.45

    def wide(line: str) -> int:
        return int(cv2.getTextSize(line, font, scale, 1)[0][0])

    line = text.encode("ascii", "replace").decode()  # Hershey fonts have no more
    while wide(line) > stop_x - x and len(line) > 3:
        line = line[:-4] + "..."
    cv2.putText(sheet, line, (x, y), font, scale, _INK, 1, cv2.LINE_AA)
