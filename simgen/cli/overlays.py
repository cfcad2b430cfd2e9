"""Labels drawn over a picture: boxes, masks, and maps of depth and transmittance with their scales."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simgen.cli.graphics import require_cv2
from simgen.errors import UserError
from simgen.models import classes
from simgen.scenario.source import one_of

if TYPE_CHECKING:
    from simgen.labels.frame import CameraFrame
    from simgen.scenario.scene import Scene

Picture = NDArray[np.uint8]

_MAPS = ("depth", "transmittance")
OVERLAYS = ("boxes", "masks", *_MAPS)
"""Names of what can be drawn, several joined by commas."""

_NEAR_M, _FAR_M = 0.3, 300.0
_NOTHING = (70, 70, 70)
_PLATE, _INK = (20, 20, 20), (240, 240, 240)
_LETTERS = 0.38  # of OpenCV's font: capitals of 8 px
_GAP = 4


def parse_overlays(text: str) -> tuple[str, ...]:
    """The names in "boxes,depth", each once; "" is none.

    Raises:
        UserError: one of them is not a member of `OVERLAYS`.
    """
    names = tuple(dict.fromkeys(part.strip() for part in text.split(","))) if text.strip() else ()
    for name in names:
        if name not in OVERLAYS:
            raise UserError(f"no overlay {name!r}: {one_of(name, OVERLAYS)}; join several by commas")
    return names


def overlaid(frame: CameraFrame, scene: Scene, overlays: Sequence[str]) -> Picture:
    """The frame's picture with labels drawn over it: (H, W', 3) uint8 RGB.

    Depth and transmittance take the place of the picture; both, or one beside masks, stand side by side. Boxes are
    drawn on all of them.

    Args:
        frame: with the labels that the overlays need.
        scene: it was taken in; tells which actor carries the camera.
        overlays: members of `OVERLAYS`; none leaves the picture as it is.

    Raises:
        UserError: the camera does not have a label.
    """
    panels = [] if set(overlays) & set(_MAPS) and "masks" not in overlays else [frame.rgb.copy()]
    if "masks" in overlays:
        panels = [_masks(frame)]
    maps: dict[str, Callable[[CameraFrame], Picture]] = {"depth": _depth, "transmittance": _transmittance}
    panels += [maps[name](frame) for name in overlays if name in maps]
    if "boxes" in overlays:
        for panel in panels:
            _draw_boxes(panel, frame, scene)
    gap = np.zeros((frame.rgb.shape[0], _GAP, 3), np.uint8)
    return np.hstack([part for panel in panels for part in (gap, panel)][1:])


def _need(frame: CameraFrame, overlay: str, *labels: str) -> None:
    missing = [n for n in labels if getattr(frame, {"depth": "depth_m"}.get(n, n)) is None]
    if missing:
        raise UserError(
            f"camera {frame.name!r} has no label {', '.join(missing)}: {overlay} cannot be drawn; "
            f"add it to the 'labels' of the camera, or leave --overlay {overlay} out"
        )


def _draw_boxes(picture: Picture, frame: CameraFrame, scene: Scene) -> None:
    """Boxes of all that can be seen, far to near: visible solid, amodal dashed where it is larger."""
    _need(frame, "boxes", "objects", "instance", "semantic")
    assert frame.objects is not None
    assert frame.instance is not None
    assert frame.semantic is not None
    cv2 = require_cv2()
    known = {c.id: c for c in classes()}
    carrier = next(c.actor for c in scene.cameras if c.name == frame.name)  # fills half the picture: left out
    order = np.argsort(-frame.objects["distance_m"].astype(np.float64), kind="stable")
    plates = []
    for row in order:
        instance = int(frame.objects["instance"][row])
        if not frame.objects["visible_px"][row] or scene.actors[instance - 1].name == carrier:
            continue
        seen = known[int(np.bincount(frame.semantic[frame.instance == instance]).argmax())]
        color = _bright(seen.color)
        x0, y0, x1, y1 = (int(v) for v in frame.objects["bbox_visible_px"][row])
        whole = tuple(int(v) for v in frame.objects["bbox_amodal_px"][row])
        if whole != (x0, y0, x1, y1):
            _dashed(picture, whole, color)
        cv2.rectangle(picture, (x0, y0), (x1 - 1, y1 - 1), color, 1)
        text = f"{seen.name.replace('_', ' ')} {float(frame.objects['distance_m'][row]):.3g} m"
        plates.append((text, x0, y0, y1))
    taken: list[tuple[int, int, int, int]] = []
    for text, x0, y0, y1 in reversed(plates):  # the nearest first: it gets the place it wants
        if y1 - y0 >= 8:
            _label(picture, text, x0, (y0, y1), taken)


def _label(
    picture: Picture,
    text: str,
    x: int,
    box_y: tuple[int, int],
    taken: list[tuple[int, int, int, int]],
) -> None:
    """A text on a dark plate above its box, else under or in it; left out where all three places are taken."""
    cv2 = require_cv2()
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, _LETTERS, 1)
    tall = high + 5
    left = max(0, min(x, picture.shape[1] - wide - 4))
    for top in (box_y[0] - tall, box_y[1] + 1, box_y[0] + 1):
        place = (left, top, left + wide + 4, top + tall)
        free = all(place[2] <= t[0] or place[0] >= t[2] or place[3] <= t[1] or place[1] >= t[3] for t in taken)
        if top >= 0 and place[3] <= picture.shape[0] and free:
            taken.append(place)
            plate = picture[top : place[3], left : place[2]]
            plate[:] = (plate * 0.3 + np.array(_PLATE) * 0.7).astype(np.uint8)
            where = (left + 2, top + high + 2)
            cv2.putText(picture, text, where, cv2.FONT_HERSHEY_SIMPLEX, _LETTERS, _INK, 1, cv2.LINE_AA)
            return


def _dashed(picture: Picture, box: tuple[int, ...], color: tuple[int, int, int]) -> None:
    """The border of a half-open box in dashes of 4 px."""
    x0, y0, x1, y1 = box
    xs, ys = np.arange(x0, x1), np.arange(y0, y1)
    xs, ys = xs[(xs - x0) % 8 < 4], ys[(ys - y0) % 8 < 4]
    for y in (y0, y1 - 1):
        picture[y, xs] = color
    for x in (x0, x1 - 1):
        picture[ys, x] = color


def _masks(frame: CameraFrame) -> Picture:
    """Every object in a colour of its own, outlined; the rest darkened."""
    _need(frame, "masks", "instance")
    assert frame.instance is not None
    top = int(frame.instance.max())
    colors = np.array([_instance_color(k) for k in range(top + 1)], np.float64)[frame.instance]
    inside = (frame.instance > 0)[..., None]
    out: Picture = np.where(inside, frame.rgb * 0.35 + colors * 0.65, frame.rgb * 0.6).astype(np.uint8)
    edge = np.zeros(frame.instance.shape, bool)
    edge[:, 1:] |= frame.instance[:, 1:] != frame.instance[:, :-1]
    edge[1:] |= frame.instance[1:] != frame.instance[:-1]
    out[edge] = (out[edge] * 0.4 + 255.0 * 0.6).astype(np.uint8)
    return out


def _instance_color(instance: int) -> tuple[int, int, int]:
    """The RGB of an id: neighbours lie a golden angle apart on the colour circle."""
    r, g, b = colorsys.hsv_to_rgb(instance * 0.6180339887498949 % 1.0, 0.75 if instance % 2 else 0.5, 1.0)
    return round(255 * r), round(255 * g), round(255 * b)


def _depth(frame: CameraFrame) -> Picture:
    """Z-depth on a logarithmic scale, near bright; grey where nothing is."""
    _need(frame, "depth", "depth")
    assert frame.depth_m is not None
    cv2 = require_cv2()
    reach = math.log(_FAR_M / _NEAR_M)
    share = np.log(np.clip(frame.depth_m, _NEAR_M, _FAR_M) / _NEAR_M) / reach
    out = _colored(1.0 - share, cv2.COLORMAP_VIRIDIS)
    out[np.isinf(frame.depth_m)] = _NOTHING
    ramp = _colored(np.linspace(1.0, 0.0, _scale_width(out))[None], cv2.COLORMAP_VIRIDIS)
    _scale(out, ramp, {math.log(m / _NEAR_M) / reach: f"{m:g}" for m in (1.0, 10.0, 100.0)}, "depth, m")
    return out


def _transmittance(frame: CameraFrame) -> Picture:
    """The share of light that the air lets through along the ray, clear bright."""
    _need(frame, "transmittance", "transmittance")
    assert frame.transmittance is not None
    cv2 = require_cv2()
    out = _colored(frame.transmittance / 255.0, cv2.COLORMAP_CIVIDIS)
    ramp = _colored(np.linspace(0.0, 1.0, _scale_width(out))[None], cv2.COLORMAP_CIVIDIS)
    _scale(out, ramp, {0.0: "0", 0.5: "0.5", 1.0: "1"}, "transmittance")
    return out


def _colored(share: NDArray[np.floating], colormap: int) -> Picture:
    """(H, W, 3) RGB of shares (H, W) from 0 to 1."""
    colors: Picture = require_cv2().applyColorMap(np.round(255.0 * share).astype(np.uint8), colormap)[..., ::-1].copy()
    return colors


def _scale_width(picture: Picture) -> int:
    wide: int = max(8, min(180, picture.shape[1] - 24))
    return wide


def _scale(picture: Picture, ramp: Picture, ticks: dict[float, str], title: str) -> None:
    """A legend on a dark plate at the lower left: title, colours, and texts at shares of their width."""
    cv2 = require_cv2()
    wide = ramp.shape[1]
    top, left = picture.shape[0] - 46, 12
    if picture.shape[0] < 120:
        return  # it would hide most of a thumbnail
    picture[top:, : wide + 2 * left] = _PLATE

    def write(text: str, x: int, y: int) -> None:
        cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, _LETTERS, _INK, 1, cv2.LINE_AA)

    write(title, left, top + 12)
    picture[top + 18 : top + 28, left : left + wide] = ramp
    for share, text in ticks.items():
        x = left + min(round(share * wide), wide - 1)
        picture[top + 16 : top + 30, x] = _INK
        size = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, _LETTERS, 1)[0][0]
        write(text, max(2, x - size // 2), top + 42)


def _bright(color: Sequence[int]) -> tuple[int, int, int]:
    """A class colour light enough to be read on any picture: full brightness, half white."""
    full = np.array(color, np.float64) * 255.0 / max(*color, 1)
    r, g, b = (int(v) for v in full * 0.5 + 255.0 * 0.5)
    return r, g, b
