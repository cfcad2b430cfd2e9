"""Contact sheets: frames with their labels drawn over, side by side, captioned."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simgen.cli.graphics import require_cv2
from simgen.errors import OutputError, UserError
from simgen.models import classes

if TYPE_CHECKING:
    from simgen.labels.frame import CameraFrame
    from simgen.scenario.scene import Scene

Picture = NDArray[np.uint8]

_GAP, _BAR = 6, 24
_PAPER, _INK = (24, 24, 24), (235, 235, 235)
_DEPTH_NEAR_M, _DEPTH_FAR_M = 1.0, 300.0


@dataclass(frozen=True, eq=False)
class Tile:
    """One picture of a sheet: (H, W, 3) uint8 RGB, and its caption."""

    picture: Picture
    caption: str


def overlaid(frame: CameraFrame, scene: Scene, overlay: str) -> Picture:
    """The frame's picture with its labels drawn over it.

    Args:
        frame: with the labels that the overlay needs.
        scene: it was taken in; names the objects.
        overlay: "none", "boxes" (visible boxes by class colour), "masks" (class colours with object outlines)
            or "depth" (near is warm, far is cold, logarithmic).

    Raises:
        UserError: the camera does not have the label.
    """
    if overlay == "boxes":
        return _boxes(frame, scene)
    if overlay == "masks":
        return _masks(frame)
    if overlay == "depth":
        return _depth(frame)
    return frame.rgb


def compose_sheet(tiles: Sequence[Tile], title: str, columns: int = 0) -> Picture:
    """All tiles in a grid, near to 16:9 by default, with captions: (H, W, 3) uint8 RGB."""
    height, width = tiles[0].picture.shape[:2]
    across = columns or _columns(len(tiles), width, height + _BAR)
    down = math.ceil(len(tiles) / across)
    sheet = np.empty((_BAR + _GAP + down * (height + _BAR + _GAP), _GAP + across * (width + _GAP), 3), np.uint8)
    sheet[:] = _PAPER
    _write(sheet, title, _GAP, _BAR - 6, sheet.shape[1])
    for k, tile in enumerate(tiles):
        x = _GAP + k % across * (width + _GAP)
        y = _BAR + _GAP + k // across * (height + _BAR + _GAP)
        sheet[y : y + height, x : x + width] = tile.picture
        _write(sheet, tile.caption, x + 2, y + height + _BAR - 8, x + width)
    return sheet


def expect_png(path: Path) -> None:
    """Refuse before any work is done what `write_png` could not write.

    Raises:
        UserError: the name does not end in .png, is that of a folder, or leads through a file.
        MissingDependencyError: OpenCV cannot be loaded.
    """
    if path.suffix.lower() != ".png":
        raise UserError(f"{path} does not end in .png")
    if path.is_dir():
        raise UserError(f"{path} is a folder; give the name of a picture")
    above = next(p for p in path.absolute().parents if p.exists())
    if not above.is_dir():
        raise UserError(f"cannot write {path}: {above} is a file, not a folder")
    require_cv2()


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


def _bright(color: Picture) -> list[int]:
    """A class colour light enough to be read on any picture: full brightness, a third white."""
    full = color.astype(np.float64) * 255.0 / max(int(color.max()), 1)
    return [int(v) for v in full * 0.65 + 255.0 * 0.35]


def _palette() -> Picture:
    """(256, 3) uint8 RGB by class id."""
    colors = np.zeros((256, 3), np.uint8)
    for c in classes():
        colors[c.id] = c.color
    return colors


def _boxes(frame: CameraFrame, scene: Scene) -> Picture:
    if frame.objects is None or frame.semantic is None or frame.instance is None:
        raise UserError(f"camera {frame.name!r} lacks objects, instance or semantic: boxes cannot be drawn")
    cv2 = require_cv2()
    picture, palette = frame.rgb.copy(), _palette()
    carrier = next(c.actor for c in scene.cameras if c.name == frame.name)  # fills half the picture: left out
    order = np.argsort(-frame.objects["distance_m"].astype(np.float64), kind="stable")
    for row in order:
        instance = int(frame.objects["instance"][row])
        name = scene.actors[instance - 1].name
        if not frame.objects["visible_px"][row] or name == carrier:
            continue
        seen = frame.semantic[frame.instance == instance]
        color = _bright(palette[int(np.bincount(seen).argmax())])
        x0, y0, x1, y1 = (int(v) for v in frame.objects["bbox_visible_px"][row])
        cv2.rectangle(picture, (x0, y0), (x1 - 1, y1 - 1), color, 1)
        if y1 - y0 >= 8:
            text = f"{name} {float(frame.objects['distance_m'][row]):.0f} m"
            place = (x0, max(y0 - 3, 9))
            cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.33, color, 1, cv2.LINE_AA)
    return picture


def _masks(frame: CameraFrame) -> Picture:
    if frame.semantic is None:
        raise UserError(f"camera {frame.name!r} has no semantic label: masks cannot be drawn")
    out = (frame.rgb * 0.4 + _palette()[frame.semantic] * 0.6).astype(np.uint8)
    if frame.instance is not None:
        edge = np.zeros(frame.instance.shape, bool)
        edge[:, 1:] |= frame.instance[:, 1:] != frame.instance[:, :-1]
        edge[1:] |= frame.instance[1:] != frame.instance[:-1]
        out[edge] = 255
    return out


def _depth(frame: CameraFrame) -> Picture:
    if frame.depth_m is None:
        raise UserError(f"camera {frame.name!r} has no depth label: depth cannot be drawn")
    cv2 = require_cv2()
    with np.errstate(divide="ignore"):
        share = np.log(frame.depth_m / _DEPTH_NEAR_M) / math.log(_DEPTH_FAR_M / _DEPTH_NEAR_M)
    grey = (255.0 * (1.0 - np.clip(share, 0.0, 1.0))).astype(np.uint8)
    colors: Picture = cv2.applyColorMap(grey, cv2.COLORMAP_TURBO)[..., ::-1].copy()
    colors[np.isinf(frame.depth_m)] = 0
    return colors
