"""`simgen preview`: a contact sheet of a scenario's draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simgen.cli.options import PlanOption, Renderer, RendererOption, ScenarioArgument, SeedOption
from simgen.cli.text import count_text

if TYPE_CHECKING:
    from simgen.cli.sheet import Picture
    from simgen.labels.frame import CameraFrame
    from simgen.scenario import Scene

_DRAWS = 6
"""Draws where the user does not say how many, and a plan has as many."""


def preview(
    scenario: ScenarioArgument,
    out: Annotated[Path, typer.Option(help="File to write: PNG, or GIF or MP4 with --animate.")],
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
    animate: Annotated[
        bool, typer.Option("--animate", help="Film the scenes from beginning to end, at the camera's rate.")
    ] = False,
    renderer: RendererOption = Renderer.simgen,
) -> None:
    """Draw a few scenes of a scenario onto one picture or film, to see at once what it makes.

    Example: simgen preview driving/lost_cargo --out sheet.png -n 6 --overlay boxes,depth

    And as a film: simgen preview driving/lost_cargo --out film.mp4 -n 4 --animate
    """
    from simgen.cli.animation import expect_animation, write_animation
    from simgen.cli.captions import captions
    from simgen.cli.overlays import overlaid, parse_overlays
    from simgen.cli.sheet import Tile, compose_sheet, expect_png, write_png
    from simgen.errors import UserError
    from simgen.generate import frames_of, still
    from simgen.scenario import Scenario

    overlays = parse_overlays(overlay)
    if animate and time is not None:
        raise UserError("--time is one moment, and --animate films the whole scene; give one of them")
    (expect_animation if animate else expect_png)(out)
    loaded = Scenario.load(scenario)
    count = draws if draws is not None else min(_DRAWS, loaded.plan(plan).count) if plan else _DRAWS
    scenes = [loaded.draw(seed, index, plan) for index in range(count)]
    texts = [f"{scene.index}: {caption}" for scene, caption in zip(scenes, captions(scenes, loaded.units), strict=True)]
    title = f"{loaded.id}, seed {seed}" + (f", plan {plan}" if plan else "")
    if animate:
        reels = [frames_of(scene, renderer.value, camera) for scene in scenes]
        rate_hz = next((c.rate_hz for c in scenes[0].cameras if c.name == camera), scenes[0].cameras[0].rate_hz)
        shown = write_animation(out, _sheets(reels, scenes, texts, title, overlays), rate_hz)
        typer.echo(f"{out}: {count_text(count, 'draw')} of {loaded.id}, {count_text(shown, 'picture')}")
        return
    moment_s = loaded.duration_s / 2.0 if time is None else time
    tiles = []
    for scene, text in zip(scenes, texts, strict=True):
        frame = still(scene, moment_s, renderer.value, camera)
        tiles.append(Tile(overlaid(frame, scene, overlays), text))
        typer.echo(f"drawn {scene.index + 1} of {count}", err=True)
    write_png(out, compose_sheet(tiles, f"{title}, at {moment_s:g} s"))
    typer.echo(f"{out}: {count_text(count, 'draw')} of {loaded.id}, at {moment_s:g} s of {loaded.duration_s:g} s")


def _sheets(
    reels: Sequence[Iterator[CameraFrame]],
    scenes: Sequence[Scene],
    texts: Sequence[str],
    title: str,
    overlays: Sequence[str],
) -> Iterator[Picture]:
    """The sheets of a film: all scenes a frame further in each; one that has ended stands still."""
    from simgen.cli.overlays import overlaid
    from simgen.cli.sheet import Tile, compose_sheet

    shown: list[Picture] = []
    while True:
        frames = [next(reel, None) for reel in reels]
        times = [frame.time_s for frame in frames if frame is not None]
        if not times:
            return
        pictures = [overlaid(f, s, overlays) if f is not None else None for f, s in zip(frames, scenes, strict=True)]
        shown = [p if p is not None else shown[k] for k, p in enumerate(pictures)]
        tiles = [Tile(picture, text) for picture, text in zip(shown, texts, strict=True)]
        typer.echo(f"filmed {max(times):.1f} s", err=True)
        yield compose_sheet(tiles, f"{title}, {max(times):.1f} s")
