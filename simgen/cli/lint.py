"""`simgen lint`: what is valid but cannot be meant."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from simgen.cli.options import JsonOption
from simgen.cli.text import count_text

if TYPE_CHECKING:
    from simgen.scenario.linting import Report


def lint(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="YAML files, folders of them, or ids.")],
    draws: Annotated[int, typer.Option("-n", "--draws", help="Scenes to draw of each.", min=10, max=100_000)] = 1000,
    as_json: JsonOption = False,
) -> None:
    """Find branches that no draw takes, parameters that change nothing, and draws that fail. No physics runs.

    Also how often each requirement holds, and what leaves the declared operational design domain.

    The exit code is 1 with findings, and 2 if a scenario is not even valid.

    Example: simgen lint my_scenario.yaml
    """
    from simgen.scenario.library import find_scenarios
    from simgen.scenario.linting import lint as check

    reports = []
    for name in find_scenarios(scenarios):
        report = check(name, draws, lambda done, name=name: _progress(name, done, draws))  # type: ignore[misc]
        reports.append(report)
        if not as_json:
            _print(report)
    if as_json:
        typer.echo(json.dumps([asdict(r) for r in reports], indent=2))
    if any(r.findings for r in reports):
        raise typer.Exit(1)


def _progress(name: str, done: int, draws: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{name}: {done} of {draws} draws" + ("\n" if done == draws else ""), err=True, nl=False)


def _print(report: Report) -> None:
    drawn = f"{report.drawn} of {report.draws} scenes drawn"
    found = count_text(len(report.findings), "finding") if report.findings else "nothing found"
    typer.echo(f"{report.name}: {found}, {drawn}")
    for text, held in report.held.items():
        typer.echo(f"  required: {text} held in {held} of {report.drawn} scenes before any was rejected")
    wide = max((len(f.where) for f in report.findings), default=0)
    for finding in report.findings:  # the place first, which editors and terminals follow
        typer.echo(f"{finding.where:<{wide}}  {finding.check:<9}  {finding.message}")
