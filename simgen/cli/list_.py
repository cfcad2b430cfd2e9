"""`simgen list`: the shipped scenarios."""

from __future__ import annotations

import json

import typer

from simgen.cli.options import JsonOption


def list_scenarios(as_json: JsonOption = False) -> None:
    """List the shipped scenarios.

    Example: simgen list
    """
    from simgen.scenario import list_scenarios as shipped

    rows = [{"id": name, "description": _one_line(text), "path": str(path)} for name, text, path in shipped()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("scenario", no_wrap=True)
    table.add_column("what happens")
    for row in rows:
        table.add_row(row["id"], row["description"])
    Console(highlight=False).print(table)


def _one_line(text: str) -> str:
    """The first sentence, on one line."""
    flat = " ".join(text.split())
    end = flat.find(". ")
    return flat if end < 0 else flat[: end + 1]
