"""Finding scenario files: shipped ones by id, others by path; parts stay inside their folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simgen.errors import UserError
from simgen.resources import scenarios_dir
from simgen.scenario.document import MAX_BYTES, Scalar, parse_document
from simgen.scenario.source import Problems, SourceFile, nearest

PARTS = "lib"
"""Folder of the shipped library that holds parts to extend, not scenarios."""
ID = re.compile(r"[a-z0-9][a-z0-9_\-]*(/[a-z0-9][a-z0-9_\-]*)*")
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Located:
    """A scenario file that was found.

    Attributes:
        path: the file, links resolved.
        roots: folders that its parts must lie in, besides the shipped library.
        shipped_id: its id when it belongs to the shipped library, else "".
    """

    path: Path
    roots: tuple[Path, ...]
    shipped_id: str = ""


def shipped_ids() -> tuple[str, ...]:
    """Ids of the shipped scenarios, sorted; parts are left out."""
    root = scenarios_dir()
    paths = (p.relative_to(root) for p in root.rglob("*.yaml"))
    return tuple(sorted(p.with_suffix("").as_posix() for p in paths if p.parts[0] != PARTS))


def list_scenarios() -> list[tuple[str, str, Path]]:
    """The shipped scenarios as (id, description, path), sorted by id.

    Raises:
        ScenarioError: a shipped file is not even YAML.
    """
    out = []
    for name in shipped_ids():
        path = locate(name).path
        entry = parse_document(read_source(path), Problems()).entries.get("description")
        out.append((name, " ".join(entry.text.split()) if isinstance(entry, Scalar) else "", path))
    return out


def locate(id_or_path: str | Path) -> Located:
    """The file of a scenario that is named by id or by path.

    Raises:
        UserError: there is none; the message names the nearest id.
    """
    text = str(id_or_path)
    root = scenarios_dir().resolve()
    if ID.fullmatch(text) and not text.endswith(SUFFIXES):
        path = root / f"{text}.yaml"
        if os.path.isfile(path) and not text.startswith(f"{PARTS}/"):
            return Located(path, (), text)
    if text.endswith(SUFFIXES) and "\0" not in text:
        path = Path(text).expanduser().resolve()
        if os.path.isfile(path):
            inside = path.is_relative_to(root)
            return Located(path, (path.parent,), path.relative_to(root).with_suffix("").as_posix() if inside else "")
        known = ", ".join(shipped_ids())
        if os.path.exists(path):
            raise UserError(f"{text!r} is not a file; give an existing .yaml file, or an id: {known}")
        raise UserError(f"no scenario file {text!r}; give an existing .yaml file, or an id: {known}")
    if text.startswith(f"{PARTS}/"):
        raise UserError(f"{text!r} is a part that scenarios extend, not a scenario; known: {', '.join(shipped_ids())}")
    hint = nearest(text, shipped_ids())
    raise UserError(
        f"no scenario called {text!r}; {hint}known: {', '.join(shipped_ids())}. "
        "A file is named by its path, ending in .yaml"
    )


def find_scenarios(names: Iterable[str]) -> list[str]:
    """Ids and files from a mixture of ids, files and folders, each once, folders sorted.

    A folder stands for every .yaml file below it, but for those in a folder called `lib`, which are parts.

    Raises:
        UserError: a folder holds no scenario.
    """
    found: list[str] = []
    for name in names:
        folder = Path(name)
        if (ID.fullmatch(name) and not name.endswith(SUFFIXES) and name in shipped_ids()) or not os.path.isdir(folder):
            found.append(name)
            continue
        paths = sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.is_file())
        inside = [str(p) for p in paths if PARTS not in p.relative_to(folder).parts[:-1]]
        if not inside:
            raise UserError(f"the folder {name!r} holds no scenario; give one with .yaml files, or a file")
        found += inside
    return list(dict.fromkeys(found))


def find_part(reference: str, folder: Path | None, roots: tuple[Path, ...]) -> Path | str:
    """The file that `extends: reference` means, or the reason why there is none.

    Args:
        reference: path relative to the shipped library or to `folder`.
        folder: of the file that says `extends`; None for a text without a place.
        roots: folders that the part may lie in, besides the shipped library.
    """
    if not reference.endswith(SUFFIXES):
        return "a part is named by its path, ending in .yaml"
    if "\0" in reference or os.path.isabs(reference) or reference.startswith("~"):
        return "a part is named by a path relative to the shipped scenarios or to this file"
    shipped = scenarios_dir().resolve()
    explicit = reference.startswith(("./", "../"))
    bases = ([] if explicit else [shipped]) + ([folder] if folder is not None else [])
    outside = False
    for base in bases:
        path = (base / reference).resolve()
        if not any(path.is_relative_to(root) for root in (shipped, *roots)):
            outside = True
        elif os.path.isfile(path):  # unlike pathlib's it takes a name that is too long for a name of nothing
            return path
    if outside:
        return "it leads out of the folder of the scenario and of the shipped scenarios"
    return f"there is no such file. {nearest(reference, part_names())}expected one of: {', '.join(part_names())}"


def part_names() -> tuple[str, ...]:
    """Paths of the shipped parts, as `extends` names them."""
    root = scenarios_dir()
    return tuple(sorted(p.relative_to(root).as_posix() for p in (root / PARTS).rglob("*.yaml")))


def read_source(path: Path) -> SourceFile:
    """The text of a scenario file; its name in messages is relative to the working directory where possible.

    Raises:
        UserError: not readable, too large, or not UTF-8.
    """
    name = os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{name}:1:1: the file is larger than {MAX_BYTES >> 20} MiB, too large for a scenario")
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{name}:1:1: cannot be read: {error.strerror}") from None
    try:
        return SourceFile.from_text(name, data.decode("utf-8-sig"), path.parent)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - data[: error.start].rfind(b"\n")
        raise UserError(f"{name}:{line}:{column}: not UTF-8 text (byte 0x{data[error.start]:02x})") from None
