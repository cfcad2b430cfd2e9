"""`simgen preview`: a contact sheet of a scenario's draws."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from simgen.cli.options import PlanOption, Renderer, RendererOption, ScenarioArgument, SeedOption
from simgen.cli.text import count_text, number_text

_DRAWS = 6
"""Draws where the user does not say how many, and a plan has as many."""


class Overlay(StrEnum):
    """What to draw over the pictures."""

    none = "none"
    boxes = "boxes"
    masks = "masks"
    depth = "depth"


def preview(
    scenario: ScenarioArgument,
    out: Annotated[Path, typer.Option(help="PNG file to write.")],
    draws: Annotated[
        int | None,
        typer.Option("-n", "--draws", help="Number of draws; by default 6.", min=1, max=100, show_default=False),
    ] = None,
    seed: SeedOption = 0,
    plan: PlanOption = "",
    at: Annotated[
        float | None,
        typer.Option(help="Simulated time in seconds; half way by default.", min=0.0, show_default=False),
    ] = None,
    camera: Annotated[str, typer.Option(help="Camera; the first by default.", show_default=False)] = "",
    overlay: Annotated[Overlay, typer.Option(help="Labels to draw over the pictures.")] = Overlay.none,
    renderer: RendererOption = Renderer.simgen,
) -> None:
    """Draw a few scenes of a scenario onto one picture, to see at once what it makes.

    Example: simgen preview driving/lost_cargo --out sheet.png -n 6 --overlay boxes
    """
    from simgen.cli.sheet import Tile, compose_sheet, expect_png, overlaid, write_png
    from simgen.generate import still
    from simgen.scenario import Scenario

    expect_png(out)
    loaded = Scenario.load(scenario)
    count = draws if draws is not None else min(_DRAWS, loaded.plan(plan).count) if plan else _DRAWS
    tiles = []
    for index in range(count):
        scene = loaded.draw(seed, index, plan)
        frame = still(scene, scene.duration_s / 2.0 if at is None else at, renderer.value, camera)
        tiles.append(Tile(overlaid(frame, scene, overlay.value), f"{index}: {_caption(scene.conditions.scalars())}"))
        typer.echo(f"drawn {index + 1} of {count}", err=True)
    write_png(out, compose_sheet(tiles, title=f"{loaded.id}, seed {seed}" + (f", plan {plan}" if plan else "")))
    typer.echo(f"{out}: {count_text(count, 'draw')} of {loaded.id}")


def _caption(conditions: dict[str, float]) -> str:
    """The conditions that tell scenes apart, in a few words."""
    words = [f"{number_text(conditions['ambient_illuminance_lx'])} lx"]
    if conditions["fog_mor_m"] < 20_000.0:
        words.append(f"MOR {conditions['fog_mor_m']:.0f} m")
    if conditions["water_depth_m"] > 0.0:
        words.append(f"water {conditions['water_depth_m']:.2f} m")
    if conditions["surface_film_m"] > 0.0:
        words.append(f"film {conditions['surface_film_m'] * 1e3:.1f} mm")
    if conditions["wind_speed_mps"] > 0.0:
        words.append(f"wind {conditions['wind_speed_mps']:.0f} m/s")
    if conditions["tornado_max_speed_mps"] > 0.0:
        words.append(f"tornado {conditions['tornado_max_speed_mps']:.0f} m/s")
    return ", ".join(words)
