"""`simgen info`: what a dataset holds."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from simgen.cli.options import DatasetArgument, JsonOption
from simgen.cli.text import number_text, size_text

if TYPE_CHECKING:
    from simgen.dataset import Dataset


def info(folder: DatasetArgument, as_json: JsonOption = False) -> None:
    """Summarise a dataset: plan, frames, conditions, objects, quarantined scenes.

    Example: simgen info out/fog --json
    """
    from simgen.dataset import Dataset

    with Dataset(folder) as dataset:
        summary = summarise(dataset)
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
    else:
        _print(folder, summary)


def summarise(dataset: Dataset) -> dict[str, Any]:
    """Everything that `simgen info` shows, as plain data."""
    import numpy as np

    from simgen.models import classes

    manifest = dataset.manifest
    plan = manifest.plan
    outcomes: Counter[str] = Counter()
    events: Counter[str] = Counter()
    objects: Counter[int] = Counter()
    conditions: dict[str, list[float]] = {}
    for view in dataset.scenes():
        outcomes[view.tables.outcome] += 1
        events.update(view.tables.events["kind"].tolist())
        if len(view.tables.tracks["tick"]):
            objects.update(view.tables.tracks["class"][0].tolist())
        for name, column in view.tables.conditions.items():
            if column.dtype.kind == "f" and name != "time_s":
                conditions.setdefault(name, []).extend(column[np.isfinite(column)].tolist())
    names = {c.id: c.name for c in classes()}
    return {
        "scenario": plan.scenario_id,
        "seed": plan.seed,
        "renderer": plan.renderer,
        "codec": plan.codec,
        "simgen_version": plan.simgen_version,
        "scenes_planned": plan.scenes,
        "scenes": len(manifest.scenes),
        "shards": len(manifest.shards),
        "bytes": sum(s.bytes for s in manifest.shards),
        "cameras": {
            c.name: {
                "width": c.width,
                "height": c.height,
                "rate_hz": c.rate_hz,
                "labels": list(c.labels),
                "frames": manifest.frames(c.name),
            }
            for c in plan.cameras
        },
        "outcomes": dict(sorted(outcomes.items())),
        "events": dict(sorted(events.items())),
        "objects": {names.get(k, str(k)): n for k, n in sorted(objects.items())},
        "conditions": {n: [min(v), max(v)] for n, v in sorted(conditions.items()) if v},
        "quarantined": [{**asdict(q), "who": list(q.who)} for q in manifest.quarantined],
    }


def _print(folder: Path, summary: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_row("dataset", str(folder))
    table.add_row("scenario", f"{summary['scenario']}, seed {summary['seed']}, renderer {summary['renderer']}")
    table.add_row("scenes", f"{summary['scenes']} of {summary['scenes_planned']}")
    table.add_row("shards", f"{summary['shards']}, {size_text(summary['bytes'])}, {summary['codec']}")
    for name, camera in summary["cameras"].items():
        table.add_row(
            f"camera {name}",
            f"{camera['frames']} frames of {camera['width']}x{camera['height']} at {camera['rate_hz']:g} Hz; "
            + (", ".join(camera["labels"]) or "no labels"),
        )
    table.add_row("outcomes", _counts(summary["outcomes"]))
    table.add_row("events", _counts(summary["events"]))
    table.add_row("objects", _counts(summary["objects"]))
    for name, (low, high) in summary["conditions"].items():
        if low != high or low != 0.0:
            table.add_row(name, number_text(low) if low == high else f"{number_text(low)} to {number_text(high)}")
    for row in summary["quarantined"]:
        table.add_row(f"quarantined scene {row['scene']}", f"{row['kind']}: {row['reason']}")
    Console(highlight=False, markup=False).print(table)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items()) or "none"
