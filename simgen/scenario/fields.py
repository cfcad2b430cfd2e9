"""Reading one map of a scenario: the keys that its section declares; faults are noted and reading goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence as Seq

from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Mapping, Node, Scalar, Sequence, describe
from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.scenario.language import Key, Listed, Section
from simgen.scenario.reading import Reader
from simgen.scenario.source import Mark, one_of


class Fields:
    """The entries of one map.

    Kinds, defaults and whether a key must be given come from the declared section. A value that cannot be read is
    noted and replaced by a placeholder, so that everything wrong is found at once; the scenario is refused in the
    end, and no placeholder is ever drawn.
    """

    def __init__(
        self, reader: Reader, node: Node | None, section: Section, *, what: str = "", mark: Mark | None = None
    ) -> None:
        """Check that a node is a map with known keys.

        Args:
            reader: of the scenario.
            node: should be a map; None is a map that an author has left out, of which nothing is missed.
            section: declares the keys.
            what: what messages call it, if not as the section: "the actor 'ego'".
            mark: where to say that a key is missing; by default at the node. Must be given without a node.
        """
        self.reader = reader
        self.section = section
        self.what = what or section.what
        at = mark or (node.mark if node is not None else None)
        assert at is not None
        self.mark = at
        self._quiet = not isinstance(node, Mapping)
        self.node = node if isinstance(node, Mapping) else Mapping(at, {}, {})
        known = section.names()
        if node is not None and not isinstance(node, Mapping):
            reader.problems.add(
                node.mark, f"{self.what} is a map, this is {describe(node)}", f"expected keys: {', '.join(known)}"
            )
        for key, key_mark in self.node.key_marks.items():
            if key not in known:
                reader.problems.add(key_mark, f"unknown key {key!r} of {self.what}", one_of(key, known))

    def __contains__(self, key: str) -> bool:
        return key in self.node.entries

    def key_mark(self, key: str) -> Mark:
        """Where a present key stands."""
        return self.node.key_marks[key]

    def get(self, key: str) -> Node | None:
        """The node of a key, or None."""
        return self.node.entries.get(key)

    def need(self, key: str, expected: str = "") -> Node | None:
        """The node of a key that must be there, or None after noting that it is missing.

        Args:
            key: declared by the section.
            expected: what should stand there, if not as its declaration says.
        """
        node = self.get(key)
        if node is None and not self._quiet and not self.reader.problems.part_missing:
            hint = expected or _expected(self.section[key])
            self.reader.problems.add(self.mark, f"{self.what} lacks the key {key!r}", f"expected {key}: {hint}")
        return node

    def value(self, key: str, kind: Kind | None = None) -> Value:
        """The value of a key; without it the declared default, and without a default a fault.

        Args:
            key: declared by the section.
            kind: what may stand there where the declaration leaves it open, as the names of this site.
        """
        declared = self.section[key]
        node = self.get(key) if declared.default is not None else self.need(key, str(kind or ""))
        if node is None:
            return Constant(declared.default if declared.default is not None else math.nan)
        return self.reader.value(node, kind or _kind(declared)) or Constant(math.nan)

    def values(self, *keys: str) -> dict[str, Value]:
        """The values of several keys, by key."""
        return {key: self.value(key) for key in keys}

    def optional(self, key: str, kind: Kind | None = None) -> Value | None:
        """The value of a key, or None where it is absent; `kind` as for `value`."""
        node = self.get(key)
        declared = self.section[key]
        return None if node is None else (self.reader.value(node, kind or _kind(declared)) or Constant(math.nan))

    def number(self, key: str) -> float:
        """A number that is declared to be the same in every sample."""
        declared = self.section[key]
        node = self.get(key) if declared.default is not None else self.need(key)
        if node is None:
            return math.nan if declared.default is None else float(declared.default)
        found = self.reader.constant(node, _kind(declared), declared.fixed)
        return float(found) if isinstance(found, (int, float)) else math.nan

    def name(self, key: str, kind: Text | None = None) -> str:
        """A text that is declared to be the same in every sample, "" without one; `kind` as for `value`."""
        declared = self.section[key]
        node = self.need(key, str(kind or "")) if declared.required else self.get(key)
        if node is None:
            return str(declared.default or "")
        found = self.reader.constant(node, kind or _kind(declared), declared.fixed)
        return found if isinstance(found, str) else ""

    def map(self, key: str, what: str = "") -> Fields | None:
        """The map under a key, or None where it is absent."""
        node = self.get(key)
        return None if node is None else self._below(key, node, what)

    def sub(self, key: str, what: str = "") -> Fields:
        """The map under a key; where it is absent, one in which nothing stands and nothing is missed."""
        return self._below(key, self.get(key), what)

    def row(self, key: str) -> tuple[Value, ...]:
        """The list of fixed length under a key; placeholders without it."""
        kind, count = self.section[key].row()
        node = self.get(key)
        return (Constant(math.nan),) * count if node is None else read_several(self.reader, node, kind, count)

    def _below(self, key: str, node: Node | None, what: str) -> Fields:
        section = self.section[key].takes
        assert isinstance(section, Section)
        mark = self.key_mark(key) if key in self else self.mark
        return Fields(self.reader, node, section, what=what, mark=mark)


def _kind(key: Key) -> Kind:
    kind = key.kind()
    return Text(kind.what, key.names()) if isinstance(kind, Text) and key.names is not None else kind


def _expected(key: Key) -> str:
    """What should stand under a missing key."""
    if isinstance(key.takes, Number | Text | Truth):
        return str(key.takes)
    if isinstance(key.takes, Listed) and key.takes.count is not None:
        kind, count = key.row()
        return f"[{', '.join('xyzw'[:count])}], each {kind}"
    return key.example or key.about


def read_several(reader: Reader, node: Node, kind: Kind, count: int) -> tuple[Value, ...]:
    """A list of exactly `count` values, placeholders after noting that it is none."""
    if not isinstance(node, Sequence) or len(node.items) != count:
        reader.problems.add(
            node.mark, f"{describe(node)} is not a list of {count}", f"expected {count} values, each {kind}"
        )
        return (Constant(math.nan),) * count
    return tuple(reader.value(item, kind) or Constant(math.nan) for item in node.items)


def single_entry(reader: Reader, node: Node, what: str, example: str) -> tuple[str, Node, Mark] | None:
    """The one entry of a one-key map as (key, node, mark of the key), or None after noting the fault."""
    if isinstance(node, Mapping) and len(node.entries) == 1:
        key, body = next(iter(node.entries.items()))
        return key, body, node.key_marks[key]
    found = f"a map of {len(node.entries)} keys" if isinstance(node, Mapping) else describe(node)
    reader.problems.add(node.mark, f"{what} is a map of one key, this is {found}", f"expected {example}")
    return None


def text_list(reader: Reader, node: Node, kind: Text, why: str) -> list[str]:
    """A list of names that is the same in every sample for the reason `why`, of the kind's options, none twice."""
    if not isinstance(node, Sequence):
        reader.problems.add(node.mark, f"{describe(node)} is not a list", f"expected a list of {kind}")
        return []
    names: Seq[str] = [n for item in node.items if isinstance(n := reader.constant(item, kind, why), str)]
    for k, item in enumerate(node.items):
        if isinstance(item, Scalar) and item.text in [i.text for i in node.items[:k] if isinstance(i, Scalar)]:
            reader.problems.add(item.mark, f"{item.text!r} stands twice in the list", "keep one")
    return list(dict.fromkeys(names))
