"""What kind a parameter is of: told by the first leaf of its text that tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from simgen.scenario.document import Mapping, Node, Scalar, Sequence
from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.units import UnitError, parse_quantity


def infer_kind(node: Node, kind_of_param: Callable[[str], Kind | None]) -> Kind | None:
    """The kind of a parameter's value, or None where nothing in it tells.

    Args:
        node: its text.
        kind_of_param: the kind of another parameter, None where that is unknown or at fault.
    """
    if isinstance(node, Mapping) and next(iter(node.entries), "") in ("bernoulli", "poisson"):
        return Truth() if "bernoulli" in node.entries else Number(whole=True)
    leaves = [leaf for leaf in _leaves(node) if not leaf.is_null]
    for leaf in leaves:
        kind = _told_by(leaf, kind_of_param)
        if kind is not None:
            return kind
    return Number(infinite=True) if leaves else None  # nothing but infinities, or references at fault


def _told_by(leaf: Scalar, kind_of_param: Callable[[str], Kind | None]) -> Kind | None:
    if leaf.text.startswith("$"):
        return kind_of_param(leaf.text[1:])
    if leaf.plain and leaf.text in ("true", "false"):
        return Truth()
    try:
        dimension = parse_quantity(leaf.text).dimension
    except UnitError:
        return Text("a text") if leaf.text[:1].isalpha() else Number()
    return Number(dimension, infinite=True) if dimension is not None else None


def _leaves(node: Node) -> Iterator[Scalar]:
    """The scalars under a node that stand for values: the keys of a weighted choice, not its weights."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _leaves(item)
    else:
        for key, child in node.entries.items():
            if key == "choice" and isinstance(child, Mapping):
                yield from (Scalar(child.key_marks[option], option, plain=True) for option in child.entries)
            else:
                yield from _leaves(child)
