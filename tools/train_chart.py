"""The chart of an evaluation: bars of success and of impact speed, by weather and player."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Row = tuple[str, str, float, float]
"""Weather, player, share of success, mean impact in m/s."""

_SIZE = 860, 470
_LEFT, _RIGHT = 64, 16
_PANELS = (("success", 70, 210), ("impact speed, m/s, of the collisions", 270, 410))
_COLOURS = ("#1f6fb2", "#e08a1e", "#7a7a7a", "#b9b9b9")
_INK, _GRID = "#222222", "#dddddd"


def chart(path: Path, rows: Sequence[Row]) -> None:
    """Draw and write a PNG."""
    weathers, players = _unique(r[0] for r in rows), _unique(r[1] for r in rows)
    image = Image.new("RGB", _SIZE, "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(14)
    for k, player in enumerate(players):
        key = _LEFT + 170 * k
        draw.rectangle((key, 18, key + 14, 32), fill=_COLOURS[k])
        draw.text((key + 20, 17), player, fill=_INK, font=font)
    fastest = max([4.0, *(r[3] for r in rows)])
    for (title, top, bottom), column, highest in zip(_PANELS, (2, 3), (1.0, 4.0 * -(-fastest // 4.0)), strict=True):
        _axes(draw, font, title, top, bottom, highest)
        wide = (_SIZE[0] - _LEFT - _RIGHT) / len(weathers)
        bar = 0.8 * wide / len(players)
        for weather, player, *values in rows:
            at = weathers.index(weather), players.index(player)
            x = _LEFT + at[0] * wide + 0.1 * wide + at[1] * bar
            y = bottom - values[column - 2] / highest * (bottom - top)
            draw.rectangle((x, min(y, bottom - 1), x + bar - 3, bottom), fill=_COLOURS[at[1]])
        for k, weather in enumerate(weathers):
            draw.text((_LEFT + (k + 0.5) * wide, bottom + 6), weather, fill=_INK, font=font, anchor="ma")
    image.quantize(32).save(path, optimize=True)


def _axes(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    title: str,
    top: int,
    bottom: int,
    highest: float,
) -> None:
    draw.text((_LEFT, top - 20), title, fill=_INK, font=font)
    for k in range(5):
        y = bottom - k / 4 * (bottom - top)
        value = highest * k / 4
        draw.line((_LEFT, y, _SIZE[0] - _RIGHT, y), fill=_GRID if k else _INK)
        text = f"{value:.0%}" if highest == 1.0 else f"{value:g}"
        draw.text((_LEFT - 8, y), text, fill=_INK, font=font, anchor="rm")


def _unique(names: object) -> list[str]:
    return list(dict.fromkeys(names))  # type: ignore[call-overload]
