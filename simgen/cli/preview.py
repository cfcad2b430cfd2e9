"""`simgen preview`: a contact sheet of a scenario's draws."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simgen.cli.options import PlanOption, Renderer, RendererOption, ScenarioArgument, SeedOption
from simgen.cli.text import count_text

_DRAWS = 6
"""Draws where the user does not say how many, and a plan has as many."""


def preview(
    scenario: ScenarioArgument,
    out: Annotated[Path, typer.Option(help="PNG file to write.")],
    draws: Annotated[
        int | None,
        typer.Option("-n", "--draws", help="Number of draws; by default 6.", min=1, max=100, show_default=False),
    ] = None,
    seed: SeedOption = 0,
    plan: PlanOption = "",
    time: Annotated[
        float | None,
        typer.Option(help="Simulated time in seconds; half of the duration by default.", min=0.0, show_default=False),
    ] = None,
    camera: Annotated[str, typer.Option(help="Camera; the first by default.", show_default=False)] = "",
    overlay: Annotated[
        str,
        typer.Option(
            metavar="NAME,..",
            help="Labels to draw: boxes, masks, depth, transmittance; join several by commas.",
            show_default=False,
        ),
    ] = "",
    renderer: RendererOption = Renderer.simgen,
) -> None:
    """Draw a few scenes of a scenario onto one picture, to see at once what it makes.

    Example: simgen preview driving/lost_cargo --out sheet.png -n 6 --overlay boxes,depth
    """
    from simgen.cli.captions import captions
    from simgen.cli.overlays import overlaid, parse_overlays
    from simgen.cli.sheet import Tile, compose_sheet, expect_png, write_png
    from simgen.generate import still
    from simgen.scenario import Scenario

    overlays = parse_overlays(overlay)
    expect_png(out)
    loaded = Scenario.load(scenario)
    count = draws if draws is not None else min(_DRAWS, loaded.plan(plan).count) if plan else _DRAWS
    scenes = [loaded.draw(seed, index, plan) for index in range(count)]
    units = {factor.name: factor.unit for factor in loaded.param_space()}
    moment_s = loaded.duration_s / 2.0 if time is None else time
    tiles = []
    for scene, caption in zip(scenes, captions(scenes, units), strict=True):
        frame = still(scene, moment_s, renderer.value, camera)
        tiles.append(Tile(overlaid(frame, scene, overlays), f"{scene.index}: {caption}"))
        typer.echo(f"drawn {scene.index + 1} of {count}", err=True)
    title = f"{loaded.id}, seed {seed}" + (f", plan {plan}" if plan else "") + f", at {moment_s:g} s"
    write_png(out, compose_sheet(tiles, title))
    typer.echo(f"{out}: {count_text(count, 'draw')} of {loaded.id}, at {moment_s:g} s of {loaded.duration_s:g} s")
