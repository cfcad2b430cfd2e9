"""`simgen validate`: every mistake of every file at once."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from simgen.cli.options import JsonOption
from simgen.cli.text import count_text, wrapped


def validate(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="YAML files, folders of them, or ids.")],
    as_json: JsonOption = False,
) -> None:
    """Check scenarios and show every mistake with its place; also draws one scene of each.

    In a folder, every .yaml file below it is checked, but those of folders called `lib`, which hold parts. The exit
    code is 2 if anything is wrong.

    Example: simgen validate my_scenario.yaml my_folder driving/lost_cargo
    """
    from simgen.scenario.library import find_scenarios

    problems = {name: _problems(name) for name in find_scenarios(scenarios)}
    found = sum(len(p) for p in problems.values())
    if as_json:
        typer.echo(json.dumps([{"scenario": n, "problems": p} for n, p in problems.items()], indent=2))
    else:
        for name, texts in problems.items():
            for text in texts:
                typer.echo(wrapped(text, sys.stderr) + "\n", err=True)
            typer.echo(f"{name}: {'ok' if not texts else count_text(len(texts), 'problem')}")
        if len(problems) > 1:
            wrong = sum(bool(p) for p in problems.values())
            typer.echo(f"{count_text(len(problems), 'scenario')}, {wrong or 'none'} with problems")
    if found:
        raise typer.Exit(2)


def _problems(name: str) -> list[str]:
    from simgen.errors import ScenarioError, UserError
    from simgen.scenario import Scenario

    try:
        Scenario.load(name).draw(0, 0)
    except ScenarioError as error:
        return list(error.problems)
    except UserError as error:
        return [str(error)]
    return []
