"""Covering arrays: few rows in which every allowed combination of any t factors' levels occurs.

Rows are built one at a time (Cohen et al., "The AETG system", IEEE Trans. Software Eng. 23 (1997) 437-444): each
begins with a combination that is still missing and takes, factor by factor, the level that covers most of what is.
Combinations that no allowed row can hold are told apart beforehand and exactly, which is why this is ours: a level
here may be a band of values of which a condition forbids a part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, product

MAX_TUPLES = 300_000
"""Most combinations of levels to be covered."""

Levels = tuple[int, ...]


@dataclass
class Allowed:
    """Which combinations of levels an allowed row can hold.

    Attributes:
        factors: the factors that conditions are about, ascending.
        rows: their allowed levels, jointly; None where nothing is forbidden.
    """

    factors: tuple[int, ...] = ()
    rows: frozenset[Levels] | None = None
    _seen: dict[tuple[int, ...], frozenset[Levels]] = field(default_factory=dict)

    def holds(self, fixed: dict[int, int]) -> bool:
        """Whether some allowed row has these levels by factor."""
        if self.rows is None:
            return True
        places = tuple(k for k, f in enumerate(self.factors) if f in fixed)
        if places not in self._seen:
            self._seen[places] = frozenset(tuple(row[k] for k in places) for row in self.rows)
        return tuple(fixed[self.factors[k]] for k in places) in self._seen[places]


def count_tuples(sizes: Sequence[int], strength: int) -> int:
    """Number of combinations of levels of any `strength` factors that have so many levels each."""
    ways = [1] + [0] * strength  # ways[j]: of any j of the factors so far
    for size in sizes:
        for j in range(strength, 0, -1):
            ways[j] += ways[j - 1] * size
    return ways[strength]


def cover(sizes: Sequence[int], strength: int, allowed: Allowed) -> tuple[Levels, ...]:
    """Rows of one level a factor that together hold every allowed combination of any `strength` factors.

    Args:
        sizes: number of levels of each factor; at least `strength` factors.
        strength: factors of a combination.
        allowed: what a row may hold.
    """
    missing = {c: _combinations(c, sizes, allowed) for c in combinations(range(len(sizes)), strength)}
    used = [[0] * size for size in sizes]
    rows = []
    while any(missing.values()):
        row = _row(sizes, strength, allowed, missing, used)
        for group, levels in missing.items():
            levels.pop(tuple(row[f] for f in group), None)
        for f, level in enumerate(row):
            used[f][level] += 1
        rows.append(row)
    return tuple(rows)


def _combinations(group: tuple[int, ...], sizes: Sequence[int], allowed: Allowed) -> dict[Levels, None]:
    every = product(*(range(sizes[f]) for f in group))
    return {levels: None for levels in every if allowed.holds(dict(zip(group, levels, strict=True)))}


def _row(
    sizes: Sequence[int],
    strength: int,
    allowed: Allowed,
    missing: dict[tuple[int, ...], dict[Levels, None]],
    used: list[list[int]],
) -> Levels:
    group = max(missing, key=lambda g: len(missing[g]))
    row = dict(zip(group, next(iter(missing[group])), strict=True))
    waiting = {f: sum(len(levels) for g, levels in missing.items() if f in g) for f in range(len(sizes))}
    for f in sorted(set(range(len(sizes))) - set(row), key=lambda f: (-waiting[f], f)):
        groups = [tuple(sorted((*others, f))) for others in combinations(sorted(row), strength - 1)]
        best = (-1, 0)
        chosen = -1
        for level in range(sizes[f]):
            row[f] = level
            if not allowed.holds(row):
                continue
            gain = sum(tuple(row[k] for k in g) in missing[g] for g in groups)
            if (gain, -used[f][level]) > best or chosen < 0:
                best, chosen = (gain, -used[f][level]), level
        row[f] = chosen
    return tuple(row[f] for f in range(len(sizes)))
