"""What kind a parameter is of: told by the first leaf of its text that tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simgen.scenario.document import Mapping, Node, Scalar, Sequence
from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.scenario.scales import SCALES, Scale
from simgen.units import UnitError, parse_quantity

_TELLING = {
    "lognormal": ("median", "clip"),
    "triangular": ("low", "mode", "high", "clip"),
    "normal": ("mean", "sd", "clip"),
    "beta": ("low", "high", "clip"),
}
"""Settings that are of the kind of what is drawn, by distribution."""


def infer_kind(
    node: Node, kind_of_param: Callable[[str], Kind | None], kind_of_expression: Callable[[Node], Kind | None]
) -> Kind | None:
    """The kind of a parameter's value, or None where nothing in it tells.

    Args:
        node: its text.
        kind_of_param: the kind of another parameter, None where that is unknown or at fault.
        kind_of_expression: the kind of an expression, None where it is at fault.
    """
    told = _Inference(kind_of_param, kind_of_expression).kind(node)
    # nothing but infinities, or references at fault
    return told or (Number(infinite=True) if _has_leaf(node) else None)


@dataclass(frozen=True)
class _Inference:
    param: Callable[[str], Kind | None]
    expression: Callable[[Node], Kind | None]

    def kind(self, node: Node) -> Kind | None:
        """What a node tells."""
        if isinstance(node, Scalar):
            return None if node.is_null else self._leaf(node)
        if isinstance(node, Sequence):
            return self._first(node.items)
        if "given" in node.entries:
            return self._first(node.entries[k] for k in ("then", "else") if k in node.entries)
        if len(node.entries) == 1:
            name, body = next(iter(node.entries.items()))
            return self._form(name, body)
        return self._first(node.entries.values())

    def _first(self, nodes: Iterable[Node]) -> Kind | None:
        return next((k for k in map(self.kind, nodes) if k is not None), None)

    def _form(self, name: str, body: Node) -> Kind | None:
        if name == "bernoulli":
            return Truth()
        if name == "poisson":
            return Number(whole=True)
        if name == "expr":
            return _unbounded(self.expression(body))
        if not isinstance(body, Mapping):
            return self.kind(body)
        if name == "choice":  # the keys are its values, not the weights
            return self._first(Scalar(body.key_marks[k], k, plain=True) for k in body.entries)
        if name == "class" and "scale" in body.entries:
            scale = scale_of(body.entries["scale"])
            return Number(scale.dimension) if scale is not None else None
        telling = _TELLING.get(name, tuple(body.entries))
        return self._first(body.entries[k] for k in telling if k in body.entries)

    def _leaf(self, leaf: Scalar) -> Kind | None:
        if leaf.text.startswith("$"):
            return self.param(leaf.text[1:])
        if leaf.plain and leaf.text in ("true", "false"):
            return Truth()
        try:
            dimension = parse_quantity(leaf.text).dimension
        except UnitError:
            return Text("a text") if leaf.text[:1].isalpha() else Number()
        return Number(dimension, infinite=True) if dimension is not None else None


def scale_of(node: Node) -> Scale | None:
    """The scale that a node names, or None."""
    return SCALES.get(node.text) if isinstance(node, Scalar) else None


def _unbounded(kind: Kind | None) -> Kind | None:
    """A kind without the bounds of the one value that it was told by."""
    if isinstance(kind, Number):
        return Number(kind.dimension, infinite=True)
    return Text("a text") if isinstance(kind, Text) else kind


def _has_leaf(node: Node) -> bool:
    if isinstance(node, Scalar):
        return not node.is_null
    return any(map(_has_leaf, node.items if isinstance(node, Sequence) else node.entries.values()))
