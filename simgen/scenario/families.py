"""Parameters of model and site families as an author writes them: no unit suffix, units checked."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Node
from simgen.scenario.fields import Fields
from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.scenario.reading import Reader
from simgen.scenario.source import Mark
from simgen.units import LENGTH, MASS, split_suffix


@dataclass(frozen=True)
class Parameter:
    """One parameter of a family: the builder's keyword, what may stand there, whether it must be given."""

    keyword: str
    kind: Kind
    required: bool


def parameters(signature: Mapping[str, inspect.Parameter]) -> dict[str, Parameter]:
    """The parameters of a builder by the name an author writes: keyword `length_m` is `length`."""
    out = {}
    for keyword, parameter in signature.items():
        name, dimension = split_suffix(keyword)
        required = parameter.default is inspect.Parameter.empty
        written = str(getattr(parameter.annotation, "__name__", parameter.annotation))
        of = written if required else type(parameter.default).__name__
        kind: Kind
        if of == "bool":
            kind = Truth()
        elif of == "str":
            kind = Text("a text")
        else:
            low = 0.0 if dimension in (LENGTH, MASS) else -float("inf")
            kind = Number(dimension, low, whole=of == "int" and name == keyword)
        out[name] = Parameter(keyword, kind, required)
    return out


def read_parameters(
    reader: Reader, node: Node | None, family: str, signature: Mapping[str, inspect.Parameter], mark: Mark
) -> dict[str, Value]:
    """Values by builder keyword from the map that an author wrote under a family's name.

    Args:
        reader: of the scenario.
        node: the map, or None where the author wrote none.
        family: its name, for messages.
        signature: the builder's parameters.
        mark: where to say that a required one is missing.
    """
    known = parameters(signature)
    if node is None:
        for name, parameter in known.items():
            if parameter.required:
                reader.problems.add(
                    mark, f"{family} lacks the parameter {name!r}", f"expected {name}: {parameter.kind}"
                )
        return {}
    fields = Fields(reader, node, f"{family}", known, mark)
    out: dict[str, Value] = {}
    for name, parameter in known.items():
        if name in fields or parameter.required:
            out[parameter.keyword] = fields.value(name, parameter.kind)
    return out


def defaults(values: Mapping[str, Value]) -> dict[str, float | str]:
    """The constant ones among drawn parameters, to build a family as an example before anything is drawn."""
    return {k: v.value for k, v in values.items() if isinstance(v, Constant)}
