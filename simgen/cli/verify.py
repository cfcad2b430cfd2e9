"""`simgen verify`: is every byte what it should be."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from simgen.cli.options import DatasetArgument, JsonOption
from simgen.cli.text import count_text

if TYPE_CHECKING:
    from simgen.dataset import Manifest


def verify(folder: DatasetArgument, as_json: JsonOption = False) -> None:
    """Check every byte, chunk, index and digest of a dataset; exit code 1 names the faults.

    Example: simgen verify out/fog
    """
    from simgen.dataset import load_manifest
    from simgen.dataset import verify as find_faults

    faults = find_faults(folder)
    if as_json:
        typer.echo(json.dumps([asdict(f) for f in faults], indent=2))
    elif faults:
        for fault in faults:
            typer.echo(str(fault))
    else:
        manifest = load_manifest(folder)
        scenes = count_text(len(manifest.scenes), "scene")
        typer.echo(
            f"{folder}: {scenes} in {count_text(len(manifest.shards), 'shard')}, all whole" + _quarantined(manifest)
        )
    if faults:
        raise typer.Exit(1)


def _quarantined(manifest: Manifest) -> str:
    count = len(manifest.quarantined)
    return f"; {count_text(count, 'scene')} quarantined, see quarantine.jsonl" if count else ""
