"""What a set of scenes covers: each factor's values, pairs and triples of them, and the classes of conditions."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from simgen.dataset.classes import CLASS_NAMES, scale_classes
from simgen.scenario.factors import Factor
from simgen.scenario.scene import Scene

Plain = float | str | bool

BINS = 8
"""Bins of a continuous factor; pairs and triples join two neighbours into one cell."""
_JOINED = 2
_MOST_OPTIONS = 16
_LOG_RATIO = 20.0
"""Ratio of the bounds from which bins are of equal ratio."""
_MANY = re.compile(r"actors\.[^.]*\[\d+\]\..*|.*\.colors\..*")
_LADDER = "(ladder)"


@dataclass(frozen=True)
class FactorCoverage:
    """How often each part of a factor's range occurs.

    Attributes:
        name: its path.
        unit: SI unit; "" where that is not known or there is none.
        labels: of its bins or options.
        edges: of the bins, one more than labels; empty for options.
        counts: scenes in each.
        absent: scenes that do not draw it, such as the speed of an actor that is not there.
    """

    name: str
    unit: str
    labels: tuple[str, ...]
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    absent: int

    @property
    def empty(self) -> tuple[str, ...]:
        """Labels of the bins or options that never occur."""
        return tuple(label for label, n in zip(self.labels, self.counts, strict=True) if n == 0)


@dataclass(frozen=True)
class GroupCoverage:
    """How many cells of some factors together occur.

    Attributes:
        factors: their paths.
        covered, possible: cells that occur, and all.
        empty: some cells that do not occur, each as its labels.
    """

    factors: tuple[str, ...]
    covered: int
    possible: int
    empty: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Coverage:
    """What some scenes cover.

    Attributes:
        scenes: how many.
        factors: each one's bins.
        pairs, triples: of factors; the least covered first.
        classes: standard -> class -> scenes at whose start the conditions are of that class.
    """

    scenes: int
    factors: tuple[FactorCoverage, ...]
    pairs: tuple[GroupCoverage, ...]
    triples: tuple[GroupCoverage, ...]
    classes: dict[str, dict[str, int]]


def total(groups: Sequence[GroupCoverage]) -> tuple[int, int]:
    """Cells that occur, and all, over several groups."""
    return sum(g.covered for g in groups), sum(g.possible for g in groups)


def measure_coverage(scenes: Sequence[Scene], factors: Sequence[Factor] = ()) -> Coverage:
    """What scenes cover.

    Args:
        scenes: at least one.
        factors: what could have been drawn, with bounds and options; without them what was drawn tells.
    """
    columns = _columns(scenes, tuple(f.name for f in factors))
    known = {f.name: f for f in factors}
    axes = [_axis(name, values, known.get(name)) for name, values in columns.items()]
    cells = [[_cell(axis, value) for value in values] for axis, values in zip(axes, columns.values(), strict=True)]
    covered = []
    for axis, column, values in zip(axes, cells, columns.values(), strict=True):
        counts = Counter(column)
        covered.append(
            FactorCoverage(
                axis.name,
                axis.unit,
                axis.labels,
                axis.edges,
                tuple(counts[k] for k in range(len(axis.labels))),
                sum(v is None for v in values),
            )
        )
    return Coverage(
        scenes=len(scenes),
        factors=tuple(covered),
        pairs=_groups(axes, cells, 2),
        triples=_groups(axes, cells, 3),
        classes=_classes(scenes),
    )


@dataclass(frozen=True)
class _Axis:
    """The bins or options of one factor."""

    name: str
    unit: str
    labels: tuple[str, ...]
    edges: tuple[float, ...] = ()


def _columns(scenes: Sequence[Scene], names: Sequence[str]) -> dict[str, list[Plain | None]]:
    """By path the value of every scene; what is drawn once a sample, and each such value once."""
    drawn = names or [p for p in dict.fromkeys(p for s in scenes for p in s.params) if not _MANY.fullmatch(p)]
    columns: dict[str, list[Plain | None]] = {}
    for name in drawn:
        column = [scene.params.get(name) for scene in scenes]
        if names or column not in columns.values():  # a reference repeats its parameter
            columns[name] = column
    rungs = [scene.variant.value if scene.variant is not None else None for scene in scenes]
    if any(r is not None for r in rungs):
        path = next(s.variant.path for s in scenes if s.variant is not None)
        columns.pop(path, None)
        columns[f"{path} {_LADDER}"] = list(rungs)
    return columns


def _axis(name: str, values: Sequence[Plain | None], factor: Factor | None) -> _Axis:
    seen = sorted({v for v in values if v is not None}, key=lambda v: (isinstance(v, str), v))
    unit = factor.unit if factor is not None and factor.unit != "1" else ""
    numbers = [float(v) for v in seen if not isinstance(v, (str, bool))]
    bounds = factor.bounds if factor is not None else None
    whole = factor.whole if factor is not None else all(n.is_integer() for n in numbers)
    options: list[Plain] = list(factor.options) if factor is not None else []
    if not options and whole and numbers:
        low, high = (numbers[0], numbers[-1]) if bounds is None else bounds
        options = list(range(int(low), int(high) + 1)) if high - low < _MOST_OPTIONS else []
    if options or not numbers:
        return _Axis(name, unit, tuple(_label(v) for v in options or seen))
    finite = [n for n in numbers if math.isfinite(n)] or [0.0]
    low, high = (finite[0], finite[-1]) if bounds is None else bounds
    edges = _edges(low if math.isfinite(low) else finite[0], high if math.isfinite(high) else finite[-1])
    labels = tuple(f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges))
    return _Axis(name, unit, labels, edges)


def _edges(low: float, high: float) -> tuple[float, ...]:
    if high <= low:
        return (low, low)
    if low > 0.0 and high / low >= _LOG_RATIO:
        return tuple(low * (high / low) ** (k / BINS) for k in range(BINS + 1))
    return tuple(low + (high - low) * k / BINS for k in range(BINS + 1))


def _label(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}"


def _cell(axis: _Axis, value: Plain | None) -> int | None:
    """Number of the bin or option of a value; None where it has none."""
    if value is None:
        return None
    if not axis.edges:
        return axis.labels.index(_label(value))
    number = float(value)
    above = sum(number >= e for e in axis.edges[1:-1])
    return above if math.isfinite(number) else None


def _groups(axes: Sequence[_Axis], cells: Sequence[Sequence[int | None]], size: int) -> tuple[GroupCoverage, ...]:
    """Every group of so many factors that vary."""
    joined = [_joined(axis) for axis in axes]
    step = [_JOINED if axis.edges else 1 for axis in axes]
    coarse = [[None if c is None else c // s for c in column] for column, s in zip(cells, step, strict=True)]
    varying = [k for k, labels in enumerate(joined) if len(labels) > 1]
    out = []
    for group in combinations(varying, size):
        rows = zip(*(coarse[k] for k in group), strict=True)
        found = {row for row in rows if None not in row}
        possible = math.prod(len(joined[k]) for k in group)
        names = tuple(axes[k].name for k in group)
        out.append(GroupCoverage(names, len(found), possible, _some_empty(joined, group, found)))
    return tuple(sorted(out, key=lambda g: g.covered / g.possible))


def _some_empty(
    labels: Sequence[Sequence[str]], group: Sequence[int], found: set[tuple[int | None, ...]], most: int = 3
) -> tuple[tuple[str, ...], ...]:
    empty: list[tuple[str, ...]] = []
    sizes = [len(labels[k]) for k in group]
    for n in range(math.prod(sizes)):
        if len(empty) == most:
            break
        cell, rest = [], n
        for size in reversed(sizes):
            rest, k = divmod(rest, size)
            cell.append(k)
        cell.reverse()
        if tuple(cell) not in found:
            empty.append(tuple(labels[f][k] for f, k in zip(group, cell, strict=True)))
    return tuple(empty)


def _joined(axis: _Axis) -> list[str]:
    """Labels of the cells that pairs and triples have."""
    if not axis.edges:
        return list(axis.labels)
    edges = axis.edges[::_JOINED] if len(axis.edges) > _JOINED else axis.edges
    return [f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges)]


def _classes(scenes: Sequence[Scene]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {standard: dict.fromkeys(names, 0) for standard, names in CLASS_NAMES.items()}
    for scene in scenes:
        for standard, name in scale_classes(scene.conditions).items():
            found[standard][name.decode()] += 1
    return found
