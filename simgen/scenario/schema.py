"""The language as JSON Schema (draft-07), for completion and checking in editors.

It says what can be said without drawing: closed keys, units, names. What depends on the rest of a file (lanes of its
site, mounts of its actors, which keys a part brings) is left to `simgen validate`; so nothing is required where a part
may bring it, and `null`, which removes an inherited key, may stand anywhere.
"""

from __future__ import annotations

import math
import re
from typing import Any

from simgen.scenario.families import model_sections
from simgen.scenario.forms import EXPRESSION, FORMS, Form, conditional
from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.scenario.language import Anything, Each, Either, Key, Listed, OneKey, Section, Takes
from simgen.scenario.table import SCENARIO
from simgen.units import NUMBER, Dimension, format_si, units_of

Schema = dict[str, Any]

_DECIMAL = r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
_NULL: Schema = {"type": "null", "description": "removes an inherited key"}
_REFERENCE: Schema = {"type": "string", "pattern": r"^\$[A-Za-z_][A-Za-z0-9_]*$", "description": "a parameter: $name"}


def json_schema() -> Schema:
    """The schema of a scenario file."""
    writer = _Writer()
    root = writer.section(SCENARIO)
    needed = [k.name for k in SCENARIO.keys if k.required]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "simgen scenario",
        **root,
        "required": ["simgen"],
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": needed},
        "definitions": writer.definitions,
    }


class _Writer:
    """Writes declarations as schemas; shared parts go to `definitions`."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {"reference": _REFERENCE}
        self._sections: dict[str, Section] = {}

    def section(self, section: Section, *, whole: bool = False) -> Schema:
        """A map with closed keys; `whole` where no part can bring some of them."""
        properties = {}
        for key in section.keys:
            if section.what == "an actor" and key.name == "params":
                takes: Takes = Section("params", key.about, _all_parameters())
            else:
                takes = key.takes
            properties[key.name] = {**_any([self.takes(takes, key), _NULL]), "description": told(key)}
        out: Schema = {
            "type": "object",
            "description": section.about,
            "properties": properties,
            "additionalProperties": False,
        }
        needed = [k.name for k in section.keys if k.required and not k.forms]
        return {**out, "required": needed} if whole and needed else out

    def takes(self, takes: Takes, key: Key) -> Schema:
        """What may stand under a key."""
        if isinstance(takes, Section):
            return self._shared(takes)
        if isinstance(takes, Each):
            return {"type": "object", "additionalProperties": _any([self.takes(takes.of, key), _NULL])}
        if isinstance(takes, Listed):
            of = takes.of
            items = self.section(of, whole=True) if isinstance(of, Section) else self.takes(of, key)
            out: Schema = {"type": "array", "items": items}
            return out if takes.count is None else {**out, "minItems": takes.count, "maxItems": takes.count}
        if isinstance(takes, Either):
            return _any([self.takes(option, key) for option in takes.options])
        if isinstance(takes, OneKey):
            return self._one_key(takes)
        if isinstance(takes, Anything):
            return {"type": ["string", "number", "boolean", "object"]}
        if takes == EXPRESSION:
            return {"type": ["string", "number"], "description": EXPRESSION.what}
        kind = Text(takes.what, key.names()) if isinstance(takes, Text) and key.names is not None else takes
        return self._leaf(kind) if key.fixed else self.value(kind)

    def value(self, kind: Kind) -> Schema:
        """A value, a distribution of such values, or a parameter."""
        name = _name(kind)
        if name not in self.definitions:
            self.definitions[name] = {}  # a distribution's own numbers may refer to it
            forms = [form for form in FORMS.values() if form.draws(kind)]
            drawn: list[Schema] = []
            if forms:
                drawn = [
                    {
                        "type": "object",
                        "description": "a distribution",
                        "properties": {f.name: {**self._form(f, kind), "description": f.about} for f in forms},
                        "additionalProperties": False,
                        "minProperties": 1,
                        "maxProperties": 1,
                    }
                ]
            by_condition = self.section(conditional(kind), whole=True)
            plain = [self._leaf(kind), {"$ref": "#/definitions/reference"}]
            self.definitions[name] = _any([*plain, *drawn, by_condition])
        return {"$ref": f"#/definitions/{name}"}

    def _form(self, form: Form, kind: Kind) -> Schema:
        if form.takes is None:  # options of a choice: a list, or {value: weight}
            keys = {"enum": ["true", "false"]} if isinstance(kind, Truth) else self._leaf(kind)
            weights: Schema = {
                "type": "object",
                "minProperties": 1,
                "propertyNames": _any([keys, {"$ref": "#/definitions/reference"}]),
                "additionalProperties": self._leaf(Number(low=0.0)),
            }
            return _any([{"type": "array", "minItems": 1, "items": self.value(kind)}, weights])
        takes = form.takes(kind)
        shapes = takes.options if isinstance(takes, Either) else (takes,)
        key = Key(form.name, form.about, takes)
        return _any([self.section(s, whole=True) if isinstance(s, Section) else self.takes(s, key) for s in shapes])

    def _one_key(self, takes: OneKey) -> Schema:
        sections = takes.sections()
        forms: Schema = {
            "type": "object",
            "properties": {n: {**self._shared(s), "description": s.about} for n, s in sections.items()},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        return _any([forms, {"enum": list(sections)}]) if takes.bare else forms

    def _shared(self, section: Section) -> Schema:
        plain = re.sub(r"[^a-z0-9_.]+", "_", section.what.lower()).strip("_")
        names = [plain, *(f"{plain}.{k}" for k in range(2, 100))]  # triggers of several behaviours differ
        name = next(n for n in names if self._sections.get(n, section) == section)
        if name not in self._sections:
            self._sections[name] = section
            self.definitions[name] = self.section(section)
        return {"$ref": f"#/definitions/{name}"}

    def _leaf(self, kind: Kind) -> Schema:
        if isinstance(kind, Truth):
            return {"type": "boolean"}
        if isinstance(kind, Text):
            if not kind.options:
                return {"type": ["string", "number", "boolean"], "description": kind.what}
            numeric = [float(o) for o in kind.options if o.isdigit()]  # YAML reads 4 as a number
            return {"enum": [*kind.options, *numeric], "description": kind.what}
        return self._quantity(kind)

    def _quantity(self, kind: Number) -> Schema:
        options: list[Schema] = [{"type": "string", "pattern": quantity_pattern(kind.dimension)}]
        if kind.infinite:
            options.append({"enum": ["inf", "-inf"]})
        if kind.dimension == NUMBER:
            number: Schema = {"type": "integer" if kind.whole else "number"}
            if math.isfinite(kind.low):
                number["exclusiveMinimum" if kind.above else "minimum"] = kind.low
            if math.isfinite(kind.high):
                number["maximum"] = kind.high
            options.append(number)
        return {**_any(options), "description": str(kind)}


def quantity_pattern(dimension: Dimension) -> str:
    """A regular expression (ECMA) for quantities of a dimension: a number and one of its usual units."""
    units = [re.escape(u).replace(r"\/", "/") for u in units_of(dimension)]
    if dimension == NUMBER:
        units.append("")
    return f"^ *{_DECIMAL} *({'|'.join(units)}) *$"


def told(key: Key) -> str:
    """The description of a key with its kind, default and example."""
    parts = [key.about[:1].upper() + key.about[1:]]
    if isinstance(key.takes, Number | Truth) or (isinstance(key.takes, Text) and key.takes.options):
        parts.append(expectation(key.takes))
    default = default_text(key)
    if default:
        parts.append(f"default {default}")
    elif key.required:
        parts.append("must be given")
    if key.fixed:
        parts.append("the same in every sample")
    if key.example:
        parts.append(f"for example {key.example}")
    return "; ".join(parts) + "."


def expectation(kind: Kind) -> str:
    """What may stand there: a range with units, or the names."""
    return f"one of {', '.join(kind.options)}" if isinstance(kind, Text) and kind.options else str(kind)


def default_text(key: Key) -> str:
    """The default of a key as an author would write it, "" without one."""
    if key.default is None:
        return ""
    if isinstance(key.default, bool):
        return str(key.default).lower()
    if isinstance(key.default, str):
        return key.default
    kind = key.kind()
    return format_si(float(key.default), kind.dimension if isinstance(kind, Number) else NUMBER)


def _all_parameters() -> tuple[Key, ...]:
    """Parameters of every model family; which of them a model takes is told by its description."""
    merged: dict[str, list[tuple[str, Key]]] = {}
    for family, section in model_sections().items():
        for key in section.keys:
            merged.setdefault(key.name, []).append((family, key))
    out = []
    for name, found in sorted(merged.items()):
        kinds = tuple(dict.fromkeys(k.kind() for _, k in found))
        about = "; ".join(dict.fromkeys(f"{k.about or name} ({f})" for f, k in found))
        out.append(Key(name, about, kinds[0] if len(kinds) == 1 else Either(kinds)))
    return tuple(out)


def _any(options: list[Schema]) -> Schema:
    flat = [o for option in options for o in (option["anyOf"] if set(option) == {"anyOf"} else [option])]
    unique = [o for k, o in enumerate(flat) if o not in flat[:k]]
    return unique[0] if len(unique) == 1 else {"anyOf": unique}


def _name(kind: Kind) -> str:
    """A name for the definition of a value of a kind, the same for the same kind."""
    if isinstance(kind, Truth):
        return "value.truth"
    if isinstance(kind, Text):
        return "value.text." + re.sub(r"[^a-z0-9]+", "_", f"{kind.what} {len(kind.options)}".lower()).strip("_")
    bounds = f"{format_si(kind.low, kind.dimension)}_{format_si(kind.high, kind.dimension)}"
    flags = "".join(f for f, on in (("a", kind.above), ("w", kind.whole), ("i", kind.infinite)) if on)
    return "value." + re.sub(r"[^a-z0-9.+-]+", "_", f"{kind.dimension.name}_{bounds}_{flags}").strip("_")
