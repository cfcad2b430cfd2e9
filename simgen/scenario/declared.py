"""Declarations that follow from others: parameters of models and sites, settings of behaviours."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

from simgen.scenario.behaviours import CUE_FORMS, ActorName, Behaviour, Cue, Lane, Setting
from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.scenario.language import Key, Listed, Section
from simgen.units import LENGTH, MASS, split_suffix

_POINT = Listed(Number(LENGTH, -1e5, 1e5), 2)


def family_section(
    family: str,
    signature: Mapping[str, inspect.Parameter],
    builder_doc: str = "",
    choices: Mapping[str, Mapping[str, float]] | None = None,
) -> Section:
    """The parameters of a family of models or sites, from its builder's signature and docstring.

    Those in `choices` are one of its texts, and drawn where they are not given.
    """
    told = _arguments(builder_doc)
    keys = []
    for keyword, parameter in signature.items():
        name, _ = split_suffix(keyword)
        given = parameter.default is not inspect.Parameter.empty
        default = parameter.default if given and isinstance(parameter.default, (int, float, str, bool)) else None
        options = tuple((choices or {}).get(keyword, ()))
        about = f"{told.get(keyword, '')}; drawn where it is not given" if options else told.get(keyword, "")
        kind = Text(f"one of {', '.join(options)}", options) if options else _kind(keyword, parameter)
        keys.append(Key(name, about, kind, None if options else default, required=not given))
    return Section(family, builder_doc.strip().partition("\n")[0], tuple(keys))


def keywords(signature: Mapping[str, inspect.Parameter]) -> dict[str, str]:
    """The builder's keyword by the name an author writes: `length` is `length_m`."""
    return {split_suffix(keyword)[0]: keyword for keyword in signature}


def behaviour_section(behaviour: Behaviour) -> Section:
    """The settings of a behaviour."""
    return Section(repr(behaviour.name), behaviour.about, tuple(_setting(s) for s in behaviour.settings))


def cue_section(name: str, cue: Cue) -> Section:
    """What starts an act: one of the cue's forms, and whom it watches."""
    watching = tuple(f for f in cue.forms if f != "time")
    forms = tuple(Key(f, _FORMS[f], CUE_FORMS[f], forms=(f,), required=True) for f in cue.forms)
    actor = Key("actor", "whom it watches", Text("the name of an actor"), "ego", fixed="it refers to one actor",
                forms=watching)  # fmt: skip
    at = Key("at", "the point [x, y] that it reaches; where the acting one stands without it", _POINT,
             forms=("arrival",))  # fmt: skip
    return Section(f"a {name}", "What starts an act: one of its forms.", (*forms, actor, at))


_FORMS = {
    "time": "so long after the start",
    "distance": "the watched one is no further away, centre to centre",
    "ttc": "the watched one, at present speeds and along its heading, is bumper to bumper within that time",
    "arrival": "the front bumper of the watched one reaches the point `at` within that time",
    "meet": "setting off now, it reaches the crossing with the path of the watched one that much before its bumper",
}


def _setting(setting: Setting) -> Key:
    kind = setting.kind
    if isinstance(kind, Cue):
        required = kind.default is None
        return Key(setting.name, setting.about, cue_section(setting.name, kind), required=required, example=str(kind))
    if isinstance(kind, ActorName):
        fixed = "it refers to one actor"
        return Key(setting.name, setting.about, Text("the name of an actor"), kind.default, fixed=fixed)
    if isinstance(kind, Lane):
        return Key(setting.name, f"{setting.about}: {kind}", Text("a lane to change to"), required=True)
    required = setting.default is None and not setting.optional
    return Key(setting.name, setting.about, kind, setting.default, required)


def _kind(keyword: str, parameter: inspect.Parameter) -> Kind:
    name, dimension = split_suffix(keyword)
    written = str(getattr(parameter.annotation, "__name__", parameter.annotation))
    of = written if parameter.default is inspect.Parameter.empty else type(parameter.default).__name__
    if of == "bool":
        return Truth()
    if of == "str":
        return Text("a text")
    low = 0.0 if dimension in (LENGTH, MASS) else -float("inf")
    return Number(dimension, low, whole=of == "int" and name == keyword)


def _arguments(docstring: str) -> dict[str, str]:
    """What a docstring's `Args:` says of each argument."""
    _, _, body = inspect.cleandoc(docstring).partition("Args:\n")
    out: dict[str, str] = {}
    for names, text in re.findall(r"^    (\w[\w, ]*): (.*(?:\n      +.*)*)", body, re.MULTILINE):
        for name in names.split(", "):
            out[name] = " ".join(text.split()).rstrip(".")
    return out
