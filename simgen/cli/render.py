"""`simgen render`: a scenario in bulk into a dataset."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simgen.cli.options import Codec, JsonOption, PlanOption, Renderer, RendererOption, ScenarioArgument, SeedOption
from simgen.cli.text import count_text, duration_text, size_text

if TYPE_CHECKING:
    from rich.console import Console

    from simgen.generate import Estimate, Report


def render(
    scenario: ScenarioArgument,
    out: Annotated[Path, typer.Option(help="Folder of the dataset; made if absent.")],
    scenes: Annotated[
        int | None,
        typer.Option(
            "-n", "--scenes", help="Number of samples; by default all of the plan, else 10.", min=1, show_default=False
        ),
    ] = None,
    seed: SeedOption = 0,
    workers: Annotated[
        int | None, typer.Option(help="Processes; by default one a core.", min=1, show_default=False)
    ] = None,
    plan: PlanOption = "",
    vary: Annotated[
        str,
        typer.Option(metavar="KEY=V,V,..", help="Render every sample under each of these values.", show_default=False),
    ] = "",
    renderer: RendererOption = Renderer.simgen,
    scenes_per_shard: Annotated[
        int | None,
        typer.Option(help="By default what makes about 256 MiB uncompressed.", min=1, show_default=False),
    ] = None,
    codec: Annotated[
        Codec, typer.Option(help="gzip: opens everywhere. zstd: reads faster, needs hdf5plugin.")
    ] = Codec.gzip,
    as_json: JsonOption = False,
) -> None:
    """Render scenes into a dataset. Run it again to resume; a larger -n extends it.

    Scenes that cannot be simulated are quarantined: the rest goes on, DIR/quarantine.jsonl names them, exit code 3.

    With --vary the samples are rendered once a value: all else is drawn alike, and /scenes of the shards says which
    scenes belong together.

    Example: simgen render driving/fog_highway_stalled_car --out out/fog -n 20 --vary conditions.fog.mor=inf,100m,30m
    """
    from rich.console import Console

    from simgen.cli.progress import Bar
    from simgen.generate import bulk, estimate_bytes
    from simgen.scenario import Scenario, Selection

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    chosen = Selection.of(Scenario.load(scenario), plan, vary)
    count = chosen.count(scenes)
    estimate = estimate_bytes(chosen, count, seed)
    announce(console, out, count, estimate)
    try:
        with Bar(console, estimate.frames) as bar:
            report = bulk.render(
                chosen,
                out,
                count,
                seed=seed,
                workers=workers,
                renderer=renderer.value,
                scenes_per_shard=scenes_per_shard,
                codec=codec.value,
                progress=bar.update,
            )
    except KeyboardInterrupt:
        console.print(f"interrupted; whole shards are kept in {out}: run the same command again to go on")
        sys.exit(130)
    if as_json:
        typer.echo(json.dumps(_summary(out, report), indent=2))
    else:
        conclude(console, out, report)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def announce(console: Console, out: Path, scenes: int, estimate: Estimate) -> None:
    """Say what will be written before any of it is."""
    console.print(
        f"{count_text(scenes, 'scene')}, {estimate.frames} frames: about {size_text(estimate.disk_bytes)} "
        f"({size_text(estimate.raw_bytes)} uncompressed) into {out}"
    )
    existing = next((p for p in (out, *out.absolute().parents) if p.is_dir()), None)
    if existing is not None:
        free = shutil.disk_usage(existing).free
        if free < estimate.disk_bytes:
            console.print(f"warning: only {size_text(free)} are free there", style="yellow")


def _summary(out: Path, report: Report) -> dict[str, object]:
    """What a run did, as plain data."""
    manifest = report.manifest
    return {
        "dataset": str(out),
        "scenes": len(manifest.scenes),
        "shards": len(manifest.shards),
        "bytes": sum(s.bytes for s in manifest.shards),
        "shards_kept": report.shards_kept,
        "shards_written": report.shards_written,
        "frames_rendered": report.frames,
        "seconds": round(report.seconds, 3),
        "quarantined": [{**asdict(q), "who": list(q.who)} for q in report.quarantined],
        "lost_shards": report.lost_shards,
    }


def conclude(console: Console, out: Path, report: Report) -> None:
    """Say what was done and what to do next."""
    from simgen.dataset.manifest import QUARANTINE_NAME

    manifest = report.manifest
    size = size_text(sum(s.bytes for s in manifest.shards))
    holds = f"{count_text(len(manifest.scenes), 'scene')} in {count_text(len(manifest.shards), 'shard')}"
    console.print(f"{out}: {holds}, {size}")
    if report.frames:
        rate = report.frames / report.seconds
        console.print(f"rendered {report.frames} frames in {duration_text(report.seconds)} ({rate:.1f} frames/s)")
    for q in report.quarantined:
        console.print(f"quarantined: scene {q.scene} (seed {q.seed}): {q.kind}: {q.reason}", style="yellow")
    if report.quarantined:
        count = count_text(len(report.quarantined), "scene")
        console.print(f"{count} of {manifest.plan.scenes} quarantined, see {out / QUARANTINE_NAME}", style="yellow")
    for how in report.lost_shards.values():
        console.print(f"lost: {how}; run the same command again to retry", style="red")
