"""The picture of a coverage: a histogram of every factor, the classes of conditions, and pairs of factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simgen.cli.graphics import require_cv2
from simgen.cli.sheet import Picture, Tile, compose_sheet

if TYPE_CHECKING:
    from simgen.dataset.coverage import Coverage, FactorCoverage

_WIDTH, _HEIGHT = 420, 200
_LEFT, _FOOT, _TOP = 10, 44, 16
_GROUND, _BAR, _NONE, _INK = (38, 38, 38), (92, 156, 214), (196, 84, 72), (220, 220, 220)


def draw_coverage(coverage: Coverage, title: str) -> Picture:
    """(H, W, 3) uint8 RGB: one panel a factor and a standard, and one of all pairs; what never occurs is red."""
    tiles = []
    for factor in coverage.factors:
        absent = f", absent in {factor.absent}" if factor.absent else ""
        unit = f" [{factor.unit}]" if factor.unit else ""
        tiles.append(Tile(_factor(factor), f"{factor.name}{unit}{absent}"))
    for standard, counts in coverage.classes.items():
        tiles.append(Tile(_bars(list(counts.values()), list(counts)), standard))
    if coverage.pairs:
        covered, possible = (sum(getattr(p, k) for p in coverage.pairs) for k in ("covered", "possible"))
        tiles.append(Tile(_pairs(coverage), f"pairs of factors: {covered} of {possible} cells, least covered in red"))
    return compose_sheet(tiles, f"{title}: {coverage.scenes} scenes")


def _factor(factor: FactorCoverage) -> Picture:
    if not factor.edges:
        return _bars(factor.counts, factor.labels)
    ends = [""] * len(factor.counts)
    panel = _bars(factor.counts, ends)
    _text(panel, f"{factor.edges[0]:.4g}", _LEFT, _HEIGHT - _FOOT + 16)
    _text(panel, f"{factor.edges[-1]:.4g}", _WIDTH - _LEFT - 52, _HEIGHT - _FOOT + 16)
    return panel


def _bars(counts: tuple[int, ...] | list[int], labels: tuple[str, ...] | list[str]) -> Picture:
    """Bars over their labels; a thin red one for what never occurs."""
    panel = np.full((_HEIGHT, _WIDTH, 3), _GROUND, np.uint8)
    step = (_WIDTH - 2 * _LEFT) / max(len(counts), 1)
    high = _HEIGHT - _FOOT - _TOP
    top = max(*counts, 1)
    for k, (n, label) in enumerate(zip(counts, labels, strict=True)):
        x0, x1 = round(_LEFT + k * step) + 1, round(_LEFT + (k + 1) * step) - 1
        tall = round(high * n / top) if n else 3
        foot = _HEIGHT - _FOOT
        panel[foot - tall : foot, x0 : max(x1, x0 + 1)] = _BAR if n else _NONE
        _text(panel, str(n), x0, foot - tall - 3, stop=x1 + 2)
        _text(panel, label, x0, foot + 14 + 14 * (k % 2), stop=round(_LEFT + (k + 2) * step))  # two rows by turns
    return panel


def _pairs(coverage: Coverage) -> Picture:
    """A square a pair: blue where all its cells occur, towards red the fewer do."""
    names = [f.name for f in coverage.factors if any(f.name in p.factors for p in coverage.pairs)]
    panel = np.full((_HEIGHT, _WIDTH, 3), _GROUND, np.uint8)
    side = min((_HEIGHT - 8) // len(names), 24)
    row_of = {name: k for k, name in enumerate(names)}
    for pair in coverage.pairs:
        share = pair.covered / pair.possible
        color = share * np.array(_BAR) + (1.0 - share) * np.array(_NONE)
        i, j = sorted(row_of[name] for name in pair.factors)
        panel[4 + j * side + 1 : 4 + (j + 1) * side, 4 + i * side + 1 : 4 + (i + 1) * side] = color.astype(np.uint8)
    for name, k in row_of.items():
        if side >= 9:
            _text(panel, name, 4 + (k + 1) * side + 4, 4 + k * side + side // 2 + 4)
    return panel


def _text(panel: Picture, text: str, x: int, y: int, stop: int = _WIDTH) -> None:
    """A line of small text, cut before `stop`."""
    cv2 = require_cv2()
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.36
    line = text.encode("ascii", "replace").decode()
    while line and x + cv2.getTextSize(line, font, scale, 1)[0][0] > stop:
        line = line[:-1]
    cv2.putText(panel, line, (x, y), font, scale, _INK, 1, cv2.LINE_AA)
