"""`simgen coverage`: what the draws of a scenario, or the scenes of a dataset, cover."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simgen.cli.options import JsonOption, PlanOption, SeedOption
from simgen.cli.text import count_text

if TYPE_CHECKING:
    from rich.console import Console

    from simgen.dataset.coverage import Coverage, FactorCoverage, GroupCoverage
    from simgen.scenario import Factor, Scene

_BARS = " ▁▂▃▄▅▆▇█"
_SHOWN = 8
"""Pairs of factors that are listed, the least covered first."""


def coverage(
    target: Annotated[
        str, typer.Argument(metavar="SCENARIO|DIR", help="Id of a shipped scenario, a YAML file, or a dataset.")
    ],
    plan: PlanOption = "",
    draws: Annotated[
        int | None,
        typer.Option(
            "-n", "--draws", help="Number of draws; by default all of the plan, else 200.", min=1, show_default=False
        ),
    ] = None,
    seed: SeedOption = 0,
    png: Annotated[Path | None, typer.Option(help="PNG file of histograms to write.", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is covered: each factor's values, pairs and triples of them, classes of conditions, empty cells.

    A scenario is only drawn, not rendered. Continuous factors have 8 bins, and 4 in pairs and triples.

    Example: simgen coverage driving/fog_highway_stalled_car -n 500 --png coverage.png
    """
    from simgen.dataset.coverage import measure_coverage

    if png is not None:
        from simgen.cli.sheet import expect_png

        expect_png(png)
    title, scenes, factors, missed = _scenes(target, plan, draws, seed)
    found = measure_coverage(scenes, factors)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
    else:
        _print(title, found)
    if missed:
        typer.echo(f"{count_text(missed, 'sample')} could not be placed and are left out", err=True)
    if png is not None:
        from simgen.cli.coverage_sheet import draw_coverage
        from simgen.cli.sheet import write_png

        write_png(png, draw_coverage(found, title))
        typer.echo(f"{png}: {count_text(len(found.factors), 'factor')}", err=True)


def _scenes(target: str, plan: str, draws: int | None, seed: int) -> tuple[str, list[Scene], tuple[Factor, ...], int]:
    """Title, scenes, factors where they are known, and how many samples could not be placed."""
    from simgen.dataset import Dataset
    from simgen.errors import PlacementError, UserError
    from simgen.scenario import Scenario, Selection

    if Path(target).is_dir():
        if plan or draws is not None:
            raise UserError(f"{target} is a dataset, its scenes are drawn already; leave out --plan and -n")
        with Dataset(target) as dataset:
            stored = [view.tables.scene for view in dataset.scenes()]
        if not stored:
            raise UserError(f"{target} holds no whole scene yet; run the same `simgen render` again")
        return f"{target}: {stored[0].scenario_id}", stored, (), 0
    scenario = Scenario.load(target)
    chosen = Selection.of(scenario, plan)
    count = draws if draws is not None else chosen.count(None if plan else _DRAWS)
    scenes, missed = [], 0
    for index in range(count):
        try:
            scenes.append(chosen.draw(seed, index))
        except PlacementError as error:
            missed += 1
            last = error
    if not scenes:
        raise last
    title = f"{scenario.id}, seed {seed}" + (f", plan {plan}" if plan else "")
    return title, scenes, scenario.param_space(), missed


_DRAWS = 200
"""Draws where neither the user nor a plan says how many."""


def _print(title: str, found: Coverage) -> None:
    from rich.console import Console
    from rich.table import Table

    from simgen.dataset.coverage import total

    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{title}: {count_text(found.scenes, 'scene')}, {count_text(len(found.factors), 'factor')}\n")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("factor", no_wrap=True)
    table.add_column("values")
    table.add_column("never")
    for factor in found.factors:
        table.add_row(factor.name, _values(factor), ", ".join(factor.empty) or "-")
    console.print(table)
    for what, groups in (("pairs", found.pairs), ("triples", found.triples)):
        covered, possible = total(groups)
        if possible:
            console.print(f"\n{what}: {covered} of {possible} cells ({100.0 * covered / possible:.1f} %)")
        if what == "pairs":
            _print_least(console, groups)
    for standard, counts in found.classes.items():
        seen = ", ".join(f"{name} {n}" for name, n in counts.items() if n)
        never = ", ".join(name for name, n in counts.items() if not n)
        console.print(f"\n{standard}: {seen}; never: {never or '-'}")


def _values(factor: FactorCoverage) -> str:
    """A histogram, or how often each option occurs."""
    absent = f"  (absent in {factor.absent})" if factor.absent else ""
    if not factor.edges:
        return ", ".join(f"{label} {n}" for label, n in zip(factor.labels, factor.counts, strict=True)) + absent
    top = max(max(factor.counts), 1)
    bars = "".join(_BARS[-(-n * (len(_BARS) - 1) // top)] for n in factor.counts)
    return f"{factor.edges[0]:.4g} |{bars}| {factor.edges[-1]:.4g} {factor.unit}".rstrip() + absent


def _print_least(console: Console, pairs: tuple[GroupCoverage, ...]) -> None:
    for pair in [p for p in pairs if p.covered < p.possible][:_SHOWN]:
        example = " with ".join(pair.empty[0])
        console.print(f"  {pair.covered:3d} of {pair.possible:3d}  {' x '.join(pair.factors)}; never {example}")
