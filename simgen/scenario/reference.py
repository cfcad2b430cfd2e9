"""The reference of the language as Markdown, written from its declarations."""

from __future__ import annotations

from collections.abc import Iterable

from simgen.scenario.families import model_sections, site_sections
from simgen.scenario.forms import CONDITIONAL_ABOUT, CONDITIONAL_EXAMPLE, FORMS
from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.scenario.language import Anything, Each, Either, Key, Listed, OneKey, Section, Takes
from simgen.scenario.schema import default_text, expectation
from simgen.scenario.table import BEHAVIOUR, SCENARIO
from simgen.units import DIMENSIONS

_HEAD = """\
# The scenario language

A scenario is a YAML file. Quantities carry their units (`80 m`, `40 km/h`, `0.5 1/m`); wherever a value may be drawn a
distribution or a parameter (`$name`) may stand in its place. Keys that are not listed here are errors.
"""


def reference() -> str:
    """The whole reference."""
    parts = [_HEAD, _values(), _units()]
    parts += [_section(title, section, level) for title, section, level in _sections(SCENARIO, "", 2)]
    parts.append("## Behaviours\n")
    parts += [_section(n, s, 3) for n, s in BEHAVIOUR.sections().items()]
    parts.append("## Sites\n")
    parts += [_section(n, s, 3) for n, s in site_sections().items()]
    parts.append("## Models\n")
    parts += [_section(n, s, 3) for n, s in model_sections().items()]
    return "\n".join(parts)


def _sections(section: Section, path: str, level: int) -> Iterable[tuple[str, Section, int]]:
    """A section and those below it, with their paths."""
    yield path or "The file", section, level
    for key in section.keys:
        here = f"{path}.{key.name}" if path else key.name
        for suffix, below in _below(key.takes):
            yield from _sections(below, here + suffix, min(level + 1, 4))


def _below(takes: Takes) -> Iterable[tuple[str, Section]]:
    if isinstance(takes, Section):
        yield "", takes
    elif isinstance(takes, Each):
        yield from ((f".NAME{suffix}", section) for suffix, section in _below(takes.of))
    elif isinstance(takes, Listed):
        yield from ((f"[]{suffix}", section) for suffix, section in _below(takes.of))
    elif isinstance(takes, Either):
        for option in takes.options:
            yield from _below(option)


def _section(title: str, section: Section, level: int) -> str:
    lines = [f"{'#' * level} {title if title == 'The file' else f'`{title}`'}", "", _cell(section.about), ""]
    if section.keys:
        lines += ["| key | meaning | value | default | example |", "| --- | --- | --- | --- | --- |"]
        lines += [_row(key, section) for key in section.keys]
        lines.append("")
    return "\n".join(lines)


def _row(key: Key, section: Section) -> str:
    about = key.about
    if key.forms and key.forms != (key.name,):
        about += f" (with {' or '.join(f'`{f}`' for f in key.forms)})"
    if key.fixed:
        about += "; the same in every sample"
    default = default_text(key)
    if not default and key.required:
        default = "one of these" if key.forms == (key.name,) else "must be given"
    example = f"`{key.example}`" if key.example else ""
    return "| " + " | ".join(_cell(c) for c in (f"`{key.name}`", about, _takes(key.takes), default, example)) + " |"


def _takes(takes: Takes) -> str:
    """What may stand there, in words."""
    if isinstance(takes, Number | Text | Truth):
        return _kind(takes)
    if isinstance(takes, Section):
        return "a map, below"
    if isinstance(takes, Each):
        return f"a map: name of {takes.name} → {_takes(takes.of)}"
    if isinstance(takes, Listed):
        of = "maps, below" if isinstance(takes.of, Section) else _takes(takes.of)
        return f"a list of {of}" if takes.count is None else f"a list of {takes.count}, each {of}"
    if isinstance(takes, OneKey):
        return f"the name of {takes.what}, or" * takes.bare + " {name: {settings}}"
    if isinstance(takes, Anything):
        return "a value of any kind"
    return "; or ".join(_takes(option) for option in takes.options)


def _kind(kind: Kind) -> str:
    text = expectation(kind)
    return f"{text}, or inf" if isinstance(kind, Number) and kind.infinite else text


def _values() -> str:
    lines = ["## Distributions", "", "| distribution | draws | example |", "| --- | --- | --- |"]
    lines += [f"| `{f.name}` | {_cell(f.about)} | `{f.example}` |" for f in FORMS.values()]
    lines.append(f"| `given` | {CONDITIONAL_ABOUT} | `{CONDITIONAL_EXAMPLE}` |")
    return "\n".join([*lines, ""])


def _units() -> str:
    lines = ["## Units", "", "| quantity | units |", "| --- | --- |"]
    lines += [f"| {d.name} | {', '.join(f'`{u}`' for u in d.examples) or 'none; `%`'} |" for d in DIMENSIONS]
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
