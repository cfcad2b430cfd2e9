"""`simgen schema`, `docs`, `new` and `expand`: the language for editors and readers, and files in it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from simgen.cli.options import ScenarioArgument


class Starter(StrEnum):
    """The members of `simgen.scenario.starter.KINDS`, here so that `--help` loads nothing heavy."""

    driving = "driving"
    robotics = "robotics"


def schema() -> None:
    """Print the JSON Schema (draft-07) of scenario files, for completion and checking in editors.

    Example: simgen schema > scenario.schema.json
    """
    from simgen.scenario.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=1, ensure_ascii=False))


def docs() -> None:
    """Print the reference of the scenario language as Markdown.

    Example: simgen docs > language.md
    """
    from simgen.scenario.reference import reference

    typer.echo(reference(), nl=False)


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the scenario; NAME.yaml is written.")],
    kind: Annotated[Starter, typer.Option(help="What it begins with.")] = Starter.driving,
) -> None:
    """Write a small commented scenario to begin with.

    Example: simgen new night_crossing --kind driving
    """
    from simgen.scenario.starter import write_starter

    path = write_starter(name, kind.value, Path())
    typer.echo(f"{path}: check it with `simgen validate {path}`, see it with `simgen preview {path} --out sheet.png`")


def expand(scenario: ScenarioArgument) -> None:
    """Print a scenario with everything that it extends written out, and the file and line of every value.

    Example: simgen expand driving/lost_cargo > lost_cargo_expanded.yaml
    """
    from simgen.scenario.expanding import expand_file

    typer.echo(expand_file(scenario), nl=False)
