"""YAML text as a tree of nodes that know where they stand. Nothing is ever constructed or executed.

Only events of the YAML parser are read, so tags cannot name a type; size, depth and alias expansion are
bounded while reading. All scalars stay text: YAML 1.1's readings of `no`, `22:30` or `012` do not happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from simgen.errors import ScenarioError
from simgen.scenario.source import Mark, Problems, SourceFile

MAX_BYTES = 1 << 20
"""Largest accepted file."""
MAX_DEPTH = 24
"""Deepest accepted nesting."""
MAX_NODES = 20_000
"""Most nodes of one file after its aliases are expanded."""
_TAB = "found character '\\t'"  # how the parser words it


@dataclass(frozen=True, eq=False)
class Scalar:
    """A leaf: its text, and whether it stands without quotes (only then `true` and `null` are special)."""

    mark: Mark
    text: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Whether it is YAML's null."""
        return self.plain and self.text in ("", "~", "null")


@dataclass(frozen=True, eq=False)
class Sequence:
    """A list of nodes."""

    mark: Mark
    items: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Mapping:
    """A map from text keys to nodes, in document order, with the marks of its keys."""

    mark: Mark
    entries: dict[str, Node]
    key_marks: dict[str, Mark]


Node = Scalar | Sequence | Mapping


def describe(node: Node) -> str:
    """What a node is, for messages."""
    if isinstance(node, Mapping):
        return "a map"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing" if node.is_null else f"{node.text!r}"


def parse_document(source: SourceFile, problems: Problems) -> Mapping:
    """The one document of a source, whose root is a map. Local faults go to `problems`.

    Raises:
        ScenarioError: the text is not YAML, or breaks a bound, so that reading cannot go on.
    """
    builder = _Builder(source, problems)
    root = _built(builder)
    if not isinstance(root, Mapping):
        raise builder.fatal(root.mark, f"a scenario is a map, this is {describe(root)}", "begin with 'simgen: 1'")
    return root


def parse_value(source: SourceFile, problems: Problems) -> Node:
    """The one value of a source: a scalar, a list or a map. Local faults go to `problems`.

    Raises:
        ScenarioError: as `parse_document`.
    """
    return _built(_Builder(source, problems))


def _built(builder: _Builder) -> Node:
    source = builder.source
    try:
        return builder.root()
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = builder.mark(at) if at is not None else Mark(source, 1, 1)
        message = (error.problem or error.context or "cannot be read").replace("\n", " ")
        if _TAB in message:
            raise builder.fatal(mark, "a tab begins this line's text", "YAML is indented with spaces") from None
        start = error.context_mark
        opened = f"it was {error.context}, begun at {builder.mark(start)}" if start is not None else ""
        raise builder.fatal(mark, f"this is not valid YAML: {message}", opened) from None
    except yaml.reader.ReaderError as error:
        text = "\n".join(source.lines)[: error.position]
        mark = Mark(source, text.count("\n") + 1, error.position - text.rfind("\n"))
        raise builder.fatal(mark, f"the character U+{error.character:04X} is not allowed in YAML") from None


def _height(node: Node) -> int:
    children = node.items if isinstance(node, Sequence) else ()
    if isinstance(node, Mapping):
        children = tuple(node.entries.values())
    return 1 + max((_height(child) for child in children), default=0)


class _Builder:
    """Builds nodes from the parser's events, within bounds."""

    def __init__(self, source: SourceFile, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.open_anchors: set[str] = set()
        self.count = 0

    def mark(self, at: Any, end: Any = None) -> Mark:
        """The mark of a YAML position (counted from 0); a stretch over several lines is cut to its first."""
        line = self.source.lines[at.line] if at.line < len(self.source.lines) else ""
        stop = end.column if end is not None and end.line == at.line else len(line.rstrip())
        return Mark(self.source, at.line + 1, at.column + 1, max(1, stop - at.column) if end is not None else 1)

    def fatal(self, mark: Mark, message: str, expected: str = "") -> ScenarioError:
        """The error that ends reading here, with everything noted before."""
        self.problems.add(mark, message, expected)
        try:
            self.problems.raise_if_any()
        except ScenarioError as error:
            return error
        raise AssertionError("unreachable: a problem was just added")

    def root(self) -> Node:
        """The root of the one document."""
        events = yaml.parse("\n".join(self.source.lines), Loader=yaml.SafeLoader)
        event = next(events)
        while isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            event = next(events)
        if isinstance(event, yaml.StreamEndEvent):
            raise self.fatal(
                Mark(self.source, 1, 1), "the file holds no scenario", "a scenario begins with 'simgen: 1'"
            )
        root = self._node(event, events, 1)
        while not isinstance(event, yaml.StreamEndEvent):
            event = next(events)
            if isinstance(event, yaml.DocumentStartEvent):
                raise self.fatal(self.mark(event.start_mark), "a second document begins here", "one file, one document")
        return root

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        mark = self.mark(event.start_mark, event.end_mark)
        self._count(1, mark)
        if depth > MAX_DEPTH:
            raise self.fatal(mark, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor, mark, depth)
        if event.tag is not None:
            self.problems.add(mark, f"the tag {event.tag!r} is not allowed", "values carry no tags; remove it")
        before = self.count
        if event.anchor is not None:
            self.open_anchors.add(event.anchor)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(mark, event.value, event.style is None)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(self.mark(event.start_mark), events, depth)
        else:
            node = self._mapping(self.mark(event.start_mark), events, depth)
        if event.anchor is not None:
            self.open_anchors.discard(event.anchor)
            self.anchors[event.anchor] = (node, self.count - before + 1)
        return node

    def _count(self, more: int, mark: Mark) -> None:
        self.count += more
        if self.count > MAX_NODES:
            raise self.fatal(mark, f"more than {MAX_NODES} values, aliases expanded")

    def _alias(self, anchor: str | None, mark: Mark, depth: int) -> Node:
        if anchor in self.open_anchors:
            raise self.fatal(mark, f"the alias *{anchor} contains itself")
        if anchor is None or anchor not in self.anchors:
            raise self.fatal(mark, f"no anchor &{anchor} before this alias")
        node, size = self.anchors[anchor]
        self._count(size, mark)
        if depth + _height(node) - 1 > MAX_DEPTH:
            raise self.fatal(mark, f"nested deeper than {MAX_DEPTH} levels, aliases expanded")
        return node

    def _sequence(self, mark: Mark, events: Iterator[Any], depth: int) -> Sequence:
        items = []
        event = next(events)
        while not isinstance(event, yaml.SequenceEndEvent):
            items.append(self._node(event, events, depth + 1))
            event = next(events)
        return Sequence(mark, tuple(items))

    def _mapping(self, mark: Mark, events: Iterator[Any], depth: int) -> Mapping:
        entries: dict[str, Node] = {}
        marks: dict[str, Mark] = {}
        event = next(events)
        while not isinstance(event, yaml.MappingEndEvent):
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                self.problems.add(key.mark, f"a key is plain text, this is {describe(key)}")
            elif key.text == "<<" and key.plain:
                self.problems.add(key.mark, "YAML merge keys are not supported", "use 'extends' to share parts")
            elif key.text in entries:
                first = marks[key.text]
                self.problems.add(key.mark, f"duplicate key {key.text!r}", f"it stands at {first} already; keep one")
            else:
                entries[key.text] = value
                marks[key.text] = key.mark
            event = next(events)
        return Mapping(mark, entries, marks)
