"""The order in which parameters follow from each other; a circle is noted with its members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simgen.scenario.document import Mapping as Map
from simgen.scenario.document import Node, Scalar, Sequence
from simgen.scenario.source import Problems
from simgen.scenario.tokens import tokenize

_EXPRESSIONS = ("expr", "given")


def dependency_order(params: Mapping[str, Node], problems: Problems) -> list[str]:
    """The names so that each stands after all it refers to, else in document order.

    Without recursion: a chain may be as long as the document.

    Args:
        params: text of each parameter, in document order.
        problems: collects circles; the rest of their members' text is read without the reference that closes one.
    """
    order: list[str] = []
    done: set[str] = set()
    for first in params:
        path: dict[str, Iterator[tuple[str, Scalar]]] = {} if first in done else {first: _references(params[first])}
        while path:
            name = next(reversed(path))
            found = next((r for r in path[name] if r[0] in params and r[0] not in done), None)
            if found is None:
                order.append(name)
                done.add(name)
                del path[name]
            elif found[0] in path:
                _note_circle(list(path), found, problems)
            else:
                path[found[0]] = _references(params[found[0]])
    return order


def _note_circle(path: list[str], closing: tuple[str, Scalar], problems: Problems) -> None:
    ring = [*path[path.index(closing[0]) :], closing[0]]
    if len(ring) > 9:
        ring = [*ring[:4], f"... {len(ring) - 8} more ...", *ring[-4:]]
    message = f"parameters refer to each other in a circle: {' -> '.join(ring)}"
    problems.add(closing[1].mark, message, "give one of them a value")


def _references(node: Node, key: str = "") -> Iterator[tuple[str, Scalar]]:
    """The parameters that a text refers to, by `$name` or in an expression, each with where it does."""
    if isinstance(node, Scalar):
        if key in _EXPRESSIONS:
            words = tokenize(node.text, lambda *_: None) or []
            yield from ((word.text, node) for word in words if word.sort == "name")
        elif node.text.startswith("$"):
            yield node.text[1:], node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _references(item)
    else:
        yield from _weighted(node)
        for name, child in node.entries.items():
            yield from _references(child, name)


def _weighted(node: Map) -> Iterator[tuple[str, Scalar]]:
    """References among the keys of a weighted choice."""
    for key, mark in node.key_marks.items():
        if key.startswith("$"):
            yield key[1:], Scalar(mark, key, plain=True)
