"""The `file` of a thing from a user's own mesh: read while the scenario is, and named by its content from then on."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import replace
from pathlib import Path

from simgen.errors import UserError
from simgen.models import build_model
from simgen.scenario.distributions import Choice, Constant, Value
from simgen.scenario.document import Mapping
from simgen.scenario.families import defaults
from simgen.scenario.fields import Fields
from simgen.scenario.source import Mark

OWN_MESH = "mesh"
"""The family of models that are users' own files."""


def read_mesh(actor: Fields, params: Map[str, Value]) -> dict[str, Value]:
    """The parameters of an own mesh with the names of its files replaced by those of their content.

    What is wrong with a file, or with what is asked of it, is noted; then they name no file.
    """
    unread = {k: v for k, v in params.items() if k != "file"}
    node, file = actor.get("params"), params.get("file")
    at = node.entries.get("file") if isinstance(node, Mapping) else None
    if file is None or at is None:
        return unread
    found = _imported(actor, file, at.mark)
    if found is None:
        return unread
    out = {**params, "file": found}
    example = {"file": found.texts()[0]}
    try:
        build_model(OWN_MESH, {**defaults(out), **example})
    except UserError as error:
        actor.reader.problems.add(actor.key_mark("params"), str(error), "")
        return unread
    return out


def _imported(actor: Fields, file: Value, mark: Mark) -> Value | None:
    """A name, or a choice of names, with each file read; None after noting what is wrong."""
    if isinstance(file, Constant) and isinstance(file.value, str):
        named = _import(actor, file.value, mark)
        return None if named is None else Constant(named)
    if isinstance(file, Choice):
        options = [_imported(actor, option, mark) for option in file.options]
        return None if None in options else replace(file, options=tuple(o for o in options if o is not None))
    actor.reader.problems.add(mark, "the file of a mesh is not computed", "expected a path, or a choice of paths")
    return None


def _import(actor: Fields, name: str, mark: Mark) -> str | None:
    from simgen.models.mesh_files import import_mesh  # trimesh only where a scenario has a mesh of its own

    folder: Path | None = mark.source.folder
    if folder is None:
        text = f"{name!r} cannot be found: this text lies in no folder"
        actor.reader.problems.add(mark, text, "expected a scenario in a file, with the mesh beside it or below")
        return None
    try:
        return import_mesh(name, folder)
    except UserError as error:
        actor.reader.problems.add(
            mark, str(error), "expected a path such as meshes/pump.glb, beside this file or below"
        )
        return None
