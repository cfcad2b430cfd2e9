"""`extends`: a scenario built from parts. Maps merge deeply, later wins, lists replace, null removes.

A distribution is a value and replaces as a whole; so do the one-of-many forms `site`, `place`, `behaviour`
and `sun` when their form changes. Every node keeps the mark of the file where its text stands.
"""

from __future__ import annotations

from pathlib import Path

from simgen.scenario.document import Mapping, Node, Scalar, Sequence, describe, parse_document
from simgen.scenario.forms import is_value
from simgen.scenario.library import find_part, locate, read_source
from simgen.scenario.source import Problems, SourceFile

MAX_EXTENDS = 8
"""Longest chain of files that extend each other."""
PLACE_FORMS = ("lane", "ahead_of", "in", "at", "towed_by")
"""Keys that say which form a place has."""
SUN_ANGLES = ("elevation", "azimuth")
"""Keys of a sun that stands by its angles; all others say the date, the hour and the place that it stands by."""
_NAMED = ("params", "actors", "sensors")  # maps by names of the author's own, be they "beta" or "given"
_OWN = ("id", "description", "extends", "simgen")


def resolve(source: SourceFile, path: Path | None, roots: tuple[Path, ...], problems: Problems) -> Mapping:
    """The document of a source with everything it extends merged in.

    Args:
        source: the text.
        path: of its file, or None.
        roots: folders that its parts may lie in, besides the shipped library.
        problems: collects what is wrong.
    """
    return _Resolver(roots, problems).resolve(source, path, ())


def resolve_file(id_or_path: str | Path) -> Mapping:
    """The document of a shipped id or a file with everything it extends merged in.

    Raises:
        UserError: there is none, or it cannot be read.
        ScenarioError: it is not YAML, or its parts cannot be merged.
    """
    located = locate(id_or_path)
    problems = Problems()
    document = resolve(read_source(located.path), located.path, located.roots, problems)
    problems.raise_if_any()
    return document


class _Resolver:
    def __init__(self, roots: tuple[Path, ...], problems: Problems) -> None:
        self.roots = roots
        self.problems = problems

    def resolve(self, source: SourceFile, path: Path | None, chain: tuple[Path, ...]) -> Mapping:
        document = parse_document(source, self.problems)
        self._check_version(document)
        below: Mapping | None = None
        for reference in self._references(document):
            part = self._part(reference, path, chain + ((path,) if path is not None else ()))
            if part is not None:
                below = part if below is None else self._merge(below, part)
        return self._merge(below, document)

    def _check_version(self, document: Mapping) -> None:
        version = document.entries.get("simgen")
        if version is None:
            self.problems.add(
                document.mark, "the key 'simgen' is missing", "expected 'simgen: 1', the language version"
            )
        elif not (isinstance(version, Scalar) and version.text == "1"):
            self.problems.add(version.mark, f"unknown language version {describe(version)}", "expected 'simgen: 1'")

    def _references(self, document: Mapping) -> list[Scalar]:
        node = document.entries.get("extends")
        if node is None:
            return []
        items = node.items if isinstance(node, Sequence) else (node,)
        good = [i for i in items if isinstance(i, Scalar) and not i.is_null]
        for item in items:
            if item not in good:
                self.problems.add(
                    item.mark, f"{describe(item)} cannot be extended", "expected a path or a list of paths"
                )
        return good

    def _part(self, reference: Scalar, path: Path | None, chain: tuple[Path, ...]) -> Mapping | None:
        found = find_part(reference.text, path.parent if path is not None else None, self.roots)
        if isinstance(found, str):
            self.problems.part_missing = True
            self.problems.add(reference.mark, f"cannot extend {reference.text!r}", found)
            return None
        if found in chain:
            names = " -> ".join(p.name for p in (*chain[chain.index(found) :], found))
            self.problems.add(reference.mark, f"'extends' runs in a circle: {names}", "remove one of these")
            return None
        if len(chain) >= MAX_EXTENDS:
            self.problems.add(reference.mark, f"'extends' reaches more than {MAX_EXTENDS} files deep")
            return None
        part = self.resolve(read_source(found), found, chain)
        kept = {k: v for k, v in part.entries.items() if k not in _OWN}
        return Mapping(part.mark, kept, part.key_marks)

    def _merge(self, below: Mapping | None, above: Mapping, key: str = "") -> Mapping:
        entries: dict[str, Node] = dict(below.entries) if below is not None else {}
        marks = dict(below.key_marks) if below is not None else {}
        for name, node in above.entries.items():
            if isinstance(node, Scalar) and node.is_null:
                if name in entries:
                    del entries[name]
                else:
                    self.problems.add(
                        above.key_marks[name],
                        f"{name!r} has no value",
                        "null removes an inherited key; none is inherited",
                    )
                continue
            old = entries.get(name)
            if isinstance(node, Mapping) and not _is_value(name, node):
                under = old if isinstance(old, Mapping) and _mergeable(name, key, old, node) else None
                node = self._merge(under, node, name)
            entries[name] = node
            marks[name] = above.key_marks[name]
        return Mapping(above.mark, entries, marks)


def _is_value(name: str, node: Mapping) -> bool:
    return name not in _NAMED and is_value(node.entries)


def _mergeable(name: str, parent: str, old: Mapping, new: Mapping) -> bool:
    if _is_value(name, old):
        return False
    if name == "place":
        forms = [{f for f in PLACE_FORMS if f in m.entries} for m in (old, new)]
        return not forms[1] or forms[0] == forms[1]
    if name == "sun" and parent == "conditions":
        return len({k in SUN_ANGLES for m in (old, new) for k in m.entries}) == 1
    if name == "behaviour" or (name == "site" and parent == ""):
        return old.entries.keys() == new.entries.keys()
    return True
