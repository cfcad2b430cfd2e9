"""Changing a document by paths, as `Scenario.with_` does: "conditions.fog.mor", "conditions.surface.patches[0].film".

What is put in is text of the language, or plain data in its shape. It keeps a source of its own that is called as the
path, so that what is wrong with it is told in words of the path.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as Map

import yaml

from simgen.scenario.document import Mapping, Node, Sequence, describe, parse_value
from simgen.scenario.source import Mark, Problems, SourceFile, one_of

Data = str | float | bool | None | list["Data"] | dict[str, "Data"]
"""What may be put in: text as in a file ("30 m", "{uniform: [1 m, 2 m]}"), plain data; None removes."""

SECTIONS = ("params", "actors")
"""Sections whose names may stand alone: "severity" is "params.severity", "ego.speed" is "actors.ego.speed"."""
_INDEX = re.compile(r"\[(\d+)\]")


def as_yaml(data: Map[str, Data], name: str) -> SourceFile:
    """Plain data as the source of a scenario."""
    return SourceFile.from_text(name, yaml.safe_dump(_plain(data), sort_keys=False, allow_unicode=True, width=10_000))


def full_path(document: Mapping, path: str) -> str:
    """A path from the root for one that may begin with the name of a parameter or an actor."""
    head = _first_key(document, path)
    if head is not None:
        return path
    for section in SECTIONS:
        body = document.entries.get(section)
        if isinstance(body, Mapping) and _first_key(body, path) is not None:
            return f"{section}.{path}"
    return path


def replaced(document: Mapping, path: str, data: Data, problems: Problems) -> Mapping:
    """The document with another value at a path; missing maps on the way are made.

    Args:
        document: is left as it is.
        path: from the root.
        data: the value; None removes the key.
        problems: collects what is wrong with the path or with the text of the value.
    """
    value = None
    if data is not None:
        text = data if isinstance(data, str) else yaml.safe_dump(_plain(data), default_flow_style=True, width=10_000)
        text = text.strip().removesuffix("...").strip()  # the end mark that follows a bare scalar
        value = parse_value(SourceFile.from_text(path, text), problems)
    out = _Put(path, value, problems).into(document, path)
    return out if isinstance(out, Mapping) else document


def _plain(data: Data | Map[str, Data]) -> object:
    """Data that YAML writes as the language reads it."""
    if isinstance(data, float) and math.isinf(data):
        return "inf" if data > 0 else "-inf"
    if isinstance(data, Map):
        return {str(k): _plain(v) for k, v in data.items()}
    if isinstance(data, (list, tuple)):
        return [_plain(v) for v in data]
    return data


def _first_key(body: Mapping, path: str) -> str | None:
    """The longest key of a map with which a path begins: keys such as "road.straight" have dots."""
    fitting = [k for k in body.entries if path == k or path.startswith((f"{k}.", f"{k}["))]
    return max(fitting, key=len, default=None)


class _Put:
    """Puts one node at a path."""

    def __init__(self, path: str, value: Node | None, problems: Problems) -> None:
        self.path = path
        self.value = value
        self.problems = problems
        self.source = SourceFile(path, (path,))

    def mark(self, rest: str, length: int) -> Mark:
        """Where in the path the rest begins."""
        return Mark(self.source, 1, len(self.path) - len(rest) + 1, max(1, length))

    def into(self, node: Node | None, rest: str) -> Node | None:
        """A copy of a node with the value put in where the rest of the path leads."""
        if not rest:
            return self.value
        index = _INDEX.match(rest)
        if index is not None:
            return self._into_list(node, rest, index)
        if node is None:
            node = Mapping(self.mark(rest, len(rest)), {}, {})
        if not isinstance(node, Mapping):
            self.problems.add(
                self.mark(rest, len(rest)), f"{describe(node)} holds no {rest!r}", "the path ends before that"
            )
            return node
        key = _first_key(node, rest) or re.split(r"[.\[]", rest, maxsplit=1)[0]
        below = rest[len(key) :].removeprefix(".")
        mark = self.mark(rest, len(key))
        if key not in node.entries and self.value is None:
            self.problems.add(mark, f"there is no {key!r} to remove", one_of(key, node.entries))
            return node
        child = self.into(node.entries.get(key), below)
        entries, marks = dict(node.entries), dict(node.key_marks)
        if child is None:
            entries.pop(key, None)
            marks.pop(key, None)
        else:
            entries[key] = child
            marks.setdefault(key, mark)
        return Mapping(node.mark, entries, marks)

    def _into_list(self, node: Node | None, rest: str, index: re.Match[str]) -> Node | None:
        mark = self.mark(rest, index.end())
        if not isinstance(node, Sequence) or int(index[1]) >= len(node.items):
            found = f"a list of {len(node.items)}" if isinstance(node, Sequence) else "no list"
            self.problems.add(mark, f"here is {found}", "entries are counted from 0")
            return node
        if self.value is None:
            self.problems.add(mark, "an entry of a list cannot be removed", "give the whole list")
            return node
        items = list(node.items)
        child = self.into(items[int(index[1])], rest[index.end() :].removeprefix("."))
        items[int(index[1])] = child if child is not None else items[int(index[1])]
        return Sequence(node.mark, tuple(items))
