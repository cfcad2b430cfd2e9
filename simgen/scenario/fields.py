"""Reading one map of a scenario: closed keys, each of a kind; faults are noted and reading goes on."""

from __future__ import annotations

import math
from collections.abc import Iterable

from simgen.scenario.distributions import Constant, Plain, Value
from simgen.scenario.document import Mapping, Node, Scalar, Sequence, describe
from simgen.scenario.kinds import Kind, Number, Text
from simgen.scenario.reading import Reader
from simgen.scenario.source import Mark, one_of


class Fields:
    """The entries of one map.

    A value that cannot be read is noted and replaced by a placeholder, so that everything wrong is found at
    once; the scenario is refused in the end, and no placeholder is ever drawn.
    """

    def __init__(self, reader: Reader, node: Node, what: str, keys: Iterable[str], mark: Mark | None = None) -> None:
        """Check that a node is a map with known keys.

        Args:
            reader: of the scenario.
            node: should be a map.
            what: what it describes, for messages: "an actor".
            keys: the allowed keys.
            mark: where to say that a key is missing; by default at the node.
        """
        self.reader = reader
        self.what = what
        self.mark = mark or node.mark
        known = tuple(keys)
        if isinstance(node, Mapping):
            self.node = node
            for key in node.entries:
                if key not in known:
                    reader.problems.add(node.key_marks[key], f"unknown key {key!r} of {what}", one_of(key, known))
        else:
            self.node = Mapping(node.mark, {}, {})
            reader.problems.add(
                node.mark, f"{what} is a map, this is {describe(node)}", f"expected keys: {', '.join(known)}"
            )
            self._reported = True
            return
        self._reported = False

    def __contains__(self, key: str) -> bool:
        return key in self.node.entries

    def key_mark(self, key: str) -> Mark:
        """Where a present key stands."""
        return self.node.key_marks[key]

    def get(self, key: str) -> Node | None:
        """The node of a key, or None."""
        return self.node.entries.get(key)

    def need(self, key: str, expected: str) -> Node | None:
        """The node of a key that must be there, or None after noting that it is missing."""
        node = self.get(key)
        if node is None and not self._reported and not self.reader.problems.part_missing:
            self.reader.problems.add(self.mark, f"{self.what} lacks the key {key!r}", f"expected {key}: {expected}")
        return node

    def value(self, key: str, kind: Kind, default: Plain | None = None) -> Value:
        """The value of a key; without it the default, and without a default a fault."""
        node = self.get(key) if default is not None else self.need(key, str(kind))
        if node is None:
            return Constant(default if default is not None else math.nan)
        return self.reader.value(node, kind) or Constant(math.nan)

    def optional(self, key: str, kind: Kind) -> Value | None:
        """The value of a key, or None where it is absent."""
        node = self.get(key)
        return None if node is None else (self.reader.value(node, kind) or Constant(math.nan))

    def number(self, key: str, kind: Number, default: float | None, why: str) -> float:
        """A number that must be the same in every sample, for the reason `why`."""
        node = self.get(key) if default is not None else self.need(key, str(kind))
        if node is None:
            return math.nan if default is None else default
        found = self.reader.constant(node, kind, why)
        return float(found) if isinstance(found, (int, float)) else math.nan

    def name(self, key: str, kind: Text, default: str | None, why: str) -> str:
        """A text that must be the same in every sample, for the reason `why`."""
        node = self.get(key) if default is not None else self.need(key, str(kind))
        if node is None:
            return default or ""
        found = self.reader.constant(node, kind, why)
        return found if isinstance(found, str) else ""

    def map(self, key: str, what: str, keys: Iterable[str]) -> Fields | None:
        """The map under a key, or None where it is absent."""
        node = self.get(key)
        return None if node is None else Fields(self.reader, node, what, keys, self.key_mark(key))

    def nothing(self) -> Fields:
        """A map without entries, as if an author had left it out."""
        return Fields(self.reader, Mapping(self.mark, {}, {}), self.what, (), self.mark)

    def triple(self, key: str, kind: Number, default: tuple[float, float, float] | None) -> tuple[Value, Value, Value]:
        """Three values [x, y, z] under a key."""
        node = self.get(key) if default is not None else self.need(key, f"[x, y, z], each {kind}")
        if node is None:
            a, b, c = default or (math.nan,) * 3
            return Constant(a), Constant(b), Constant(c)
        first, second, third = self.several(node, kind, 3)
        return first, second, third

    def several(self, node: Node, kind: Kind, count: int) -> tuple[Value, ...]:
        """A list of exactly `count` values."""
        if not isinstance(node, Sequence) or len(node.items) != count:
            self.reader.problems.add(
                node.mark,
                f"{describe(node)} is not a list of {count}",
                f"expected {count} values, each {kind}",
            )
            return (Constant(math.nan),) * count
        return tuple(self.reader.value(item, kind) or Constant(math.nan) for item in node.items)


def single_entry(reader: Reader, node: Node, what: str, example: str) -> tuple[str, Node, Mark] | None:
    """The one entry of a one-key map as (key, node, mark of the key), or None after noting the fault."""
    if isinstance(node, Mapping) and len(node.entries) == 1:
        key, body = next(iter(node.entries.items()))
        return key, body, node.key_marks[key]
    found = f"a map of {len(node.entries)} keys" if isinstance(node, Mapping) else describe(node)
    reader.problems.add(node.mark, f"{what} is a map of one key, this is {found}", f"expected {example}")
    return None


def text_list(reader: Reader, node: Node, kind: Text) -> list[str]:
    """A list of names, each one of the kind's options and none twice."""
    if not isinstance(node, Sequence):
        reader.problems.add(node.mark, f"{describe(node)} is not a list", f"expected a list of {kind}")
        return []
    names: list[str] = []
    for item in node.items:
        found = reader.constant(item, kind, "the list is fixed")
        if isinstance(found, str):
            if found in names and isinstance(item, Scalar):
                reader.problems.add(item.mark, f"{found!r} stands twice in the list", "keep one")
            names.append(found)
    return names
