"""A scenario with everything that it extends written out, and where each value comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from simgen.scenario.document import Mapping, Node, Scalar, Sequence
from simgen.scenario.inherit import resolve_file
from simgen.scenario.scenario import Scenario
from simgen.scenario.source import Mark
from simgen.scenario.table import SCENARIO

_PLAIN = re.compile(r"[A-Za-z0-9_$./+\-°%^*µ²³ ()<>=]+")
_RESERVED = ("", "~", "null", "true", "false")
_WIDEST = 100


def expand_file(id_or_path: str | Path) -> str:
    """A scenario, by id or file, with everything that it extends written out (see `expand`).

    Raises:
        UserError: there is none, or it cannot be read.
        ScenarioError: it is not valid.
    """
    Scenario.load(id_or_path)
    return expand(resolve_file(id_or_path))


def expand(document: Mapping) -> str:
    """YAML of a resolved document; the comment after each value names the file and line where it stands.

    Values whose text stands on one line stay on one; the text that results means the same as the document.
    """
    known = [k for k in SCENARIO.names() if k in document.entries and k != "extends"]
    entries = {k: document.entries[k] for k in known}
    return "\n".join(_map(Mapping(document.mark, entries, document.key_marks), 0)) + "\n"


def _map(node: Mapping, indent: int) -> Iterator[str]:
    for key, child in node.entries.items():
        yield from _entry(f"{' ' * indent}{_text(key, plain=True)}:", child, indent, node.key_marks[key])


def _entry(head: str, node: Node, indent: int, mark: Mark) -> Iterator[str]:
    line = f"{head} {_flow(node)}"
    places = {(m.source.name, m.line) for m in _marks(node)}
    empty = not isinstance(node, Scalar) and not _children(node)
    if isinstance(node, Scalar) or empty or (len(places) == 1 and len(line) <= _WIDEST):
        at = node.mark if isinstance(node, Scalar) else next(iter(_marks(node)), mark)
        yield f"{line}  # {at.source.name}:{at.line}"
    elif isinstance(node, Mapping):
        yield head
        yield from _map(node, indent + 2)
    else:
        yield head
        for item in node.items:
            yield from _item(item, indent + 2)


def _item(node: Node, indent: int) -> Iterator[str]:
    """An entry of a list; one that is a map begins on the line of its dash."""
    if isinstance(node, Mapping) and node.entries:
        lines = list(_map(node, indent + 2))
        yield f"{' ' * indent}- {lines[0].lstrip()}"
        yield from lines[1:]
    else:
        yield from _entry(f"{' ' * indent}-", node, indent, node.mark)


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Mapping):
        return tuple(node.entries.values())
    return node.items if isinstance(node, Sequence) else ()


def _marks(node: Node) -> Iterator[Mark]:
    """Where the leaves below a node stand."""
    if isinstance(node, Scalar):
        yield node.mark
    for child in _children(node):
        yield from _marks(child)


def _flow(node: Node) -> str:
    if isinstance(node, Mapping):
        return "{" + ", ".join(f"{_text(k, plain=True)}: {_flow(v)}" for k, v in node.entries.items()) + "}"
    if isinstance(node, Sequence):
        return "[" + ", ".join(_flow(item) for item in node.items) + "]"
    return _text(node.text, plain=node.plain)


def _text(text: str, *, plain: bool) -> str:
    """A scalar as YAML; quotes are kept where they tell a text from a truth value."""
    bare = (_PLAIN.fullmatch(text) is not None and text == text.strip() and text[:1] not in "-%*<>=^") or _signed(text)
    if bare and (plain or text not in _RESERVED):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in quoted)


def _signed(text: str) -> bool:
    return re.fullmatch(r"-[0-9.][A-Za-z0-9_./+\-°%^*µ²³ ]*(?<! )", text) is not None
