"""`simgen validate`: every mistake of every file at once."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from simgen.cli.options import JsonOption
from simgen.cli.text import count_text, wrapped


def validate(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="YAML files or ids.")],
    as_json: JsonOption = False,
) -> None:
    """Check scenarios and show every mistake with its place; also draws one scene of each.

    Example: simgen validate my_scenario.yaml driving/lost_cargo
    """
    from simgen.errors import ScenarioError, UserError
    from simgen.scenario import Scenario

    problems: dict[str, list[str]] = {}
    for name in scenarios:
        problems[name] = []
        try:
            Scenario.load(name).draw(0, 0)
        except ScenarioError as error:
            problems[name] = list(error.problems)
        except UserError as error:
            problems[name] = [str(error)]
    found = sum(len(p) for p in problems.values())
    if as_json:
        typer.echo(json.dumps([{"scenario": n, "problems": p} for n, p in problems.items()], indent=2))
    else:
        for name, texts in problems.items():
            for text in texts:
                typer.echo(wrapped(text, sys.stderr) + "\n", err=True)
            typer.echo(f"{name}: {'ok' if not texts else count_text(len(texts), 'problem')}")
    if found:
        raise typer.Exit(2)
