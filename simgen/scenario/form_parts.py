"""Parts that the written forms of distributions share: pairs of bounds, clips, weights, named numbers."""

from __future__ import annotations

import math
from typing import Protocol

from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Mapping, Node, Sequence, describe
from simgen.scenario.kinds import Kind, Number
from simgen.scenario.source import Problems, one_of

NEVER = (Constant(-math.inf), Constant(math.inf))
"""The clip of what is not truncated."""


class ValueReader(Protocol):
    """What the reader of a form needs: the values inside it, and where faults go."""

    problems: Problems

    def value(self, node: Node, kind: Kind) -> Value | None:
        """The value that a node means, or None after noting why it means none."""
        ...

    def constant(self, node: Node, kind: Kind, why: str) -> float | str | bool | None:
        """A value that must be the same in every sample, or None after noting why it is not."""
        ...


def positive(kind: Number) -> Number:
    """A quantity of the same dimension above 0."""
    return Number(kind.dimension, 0.0, math.inf, above=True)


def weight_of(reader: ValueReader, node: Node) -> float:
    """A weight, the same in every sample."""
    found = reader.constant(node, Number(low=0.0), "weights are fixed")
    return float(found) if isinstance(found, (int, float)) else 1.0


def pair_of(reader: ValueReader, node: Node, kind: Number) -> tuple[Value, Value] | None:
    """A list [low, high]."""
    if not isinstance(node, Sequence) or len(node.items) != 2:
        reader.problems.add(node.mark, f"{describe(node)} is not a pair of bounds", "expected [low, high]")
        return None
    return ordered(reader, node.items[0], node.items[1], kind)


def ordered(reader: ValueReader, first: Node, second: Node, kind: Number) -> tuple[Value, Value] | None:
    """Two values, the first of which never exceeds the second."""
    low, high = reader.value(first, kind), reader.value(second, kind)
    if low is None or high is None:
        return None
    if low.support()[1] > high.support()[0]:
        reader.problems.add(first.mark, "the lower bound can exceed the upper", "expected [low, high]")
        return None
    return low, high


def clip_of(reader: ValueReader, fields: dict[str, Node], kind: Number) -> tuple[Value, Value] | None:
    """The bounds to truncate to, infinite where there are none; None after noting a fault."""
    return pair_of(reader, fields["clip"], kind) if "clip" in fields else NEVER


def fixed_clip(reader: ValueReader, fields: dict[str, Node], kind: Number) -> tuple[float, float] | None:
    """The bounds to truncate to, the same in every sample; None after noting a fault."""
    clip = clip_of(reader, fields, Number(kind.dimension))
    if clip is None:
        return None
    if clip[0].random or clip[1].random:
        reader.problems.add(fields["clip"].mark, "the clip of a class may not be drawn", "expected fixed bounds")
        return None
    return clip[0].support()[0], clip[1].support()[1]


def overlap(reader: ValueReader, fields: dict[str, Node], low: Value, high: Value, clip: tuple[Value, Value]) -> bool:
    """Whether something is always left of [low, high] within the clip."""
    if clip[0].support()[1] < high.support()[0] and clip[1].support()[0] > low.support()[1]:
        return True
    if clip is NEVER or "clip" not in fields:
        return True
    reader.problems.add(fields["clip"].mark, "the clip can leave nothing of [low, high]", "expected it to overlap")
    return False


def named(
    reader: ValueReader, node: Node, keys: tuple[str, ...], needed: tuple[str, ...], what: str
) -> dict[str, Node] | None:
    """The entries of a map with known keys, some of them needed; None after noting a fault."""
    if not isinstance(node, Mapping):
        expected = f"expected {{{', '.join(keys)}}}"
        reader.problems.add(node.mark, f"{what} needs its numbers by name", expected)
        return None
    for key in node.entries:
        if key not in keys:
            reader.problems.add(node.key_marks[key], f"unknown key {key!r} of {what}", one_of(key, keys))
    for key in needed:
        if key not in node.entries:
            reader.problems.add(node.mark, f"{what} lacks {key!r}", f"expected {{{', '.join(keys)}}}")
    return node.entries if all(k in node.entries for k in needed) else None
