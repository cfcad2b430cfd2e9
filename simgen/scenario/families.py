"""Parameters of model and site families as an author writes them: no unit suffix, units checked."""

from __future__ import annotations

from collections.abc import Mapping

from simgen.models.catalogue import (
    model_choices,
    model_description,
    model_names,
    model_parameters,
    site_description,
    site_names,
    site_parameters,
)
from simgen.scenario.declared import family_section, keywords
from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Mapping as Map
from simgen.scenario.document import Node
from simgen.scenario.fields import Fields
from simgen.scenario.language import Section
from simgen.scenario.reading import Reader
from simgen.scenario.source import Mark


def model_sections() -> dict[str, Section]:
    """The parameters of every model family, by its name."""
    return {n: _model_section(n) for n in model_names()}


def site_sections() -> dict[str, Section]:
    """The parameters of every site family, by its name."""
    return {n: family_section(n, site_parameters(n), site_description(n)) for n in site_names()}


def read_model_parameters(reader: Reader, node: Node | None, family: str, mark: Mark) -> dict[str, Value]:
    """Values by keyword of a model's builder from the map that an author wrote, or None where there is none.

    Args:
        reader: of the scenario.
        node: the map.
        family: registered name.
        mark: where to say that a required one is missing.
    """
    return _read(reader, node, _model_section(family), keywords(model_parameters(family)), mark)


def _model_section(family: str) -> Section:
    return family_section(family, model_parameters(family), model_description(family), model_choices(family))


def read_site_parameters(reader: Reader, node: Node, family: str, mark: Mark) -> dict[str, Value]:
    """Values by keyword of a site's builder; arguments as for `read_model_parameters`."""
    signature = site_parameters(family)
    return _read(reader, node, family_section(family, signature), keywords(signature), mark)


def _read(
    reader: Reader, node: Node | None, section: Section, names: Mapping[str, str], mark: Mark
) -> dict[str, Value]:
    fields = Fields(reader, node if node is not None else Map(mark, {}, {}), section, mark=mark)
    # A parameter that is not given stays out: its default is the builder's affair.
    return {names[k.name]: fields.value(k.name) for k in section.keys if k.name in fields or k.required}


def defaults(values: Mapping[str, Value]) -> dict[str, float | str]:
    """The constant ones among drawn parameters, to build a family as an example before anything is drawn."""
    return {k: v.value for k, v in values.items() if isinstance(v, Constant)}
