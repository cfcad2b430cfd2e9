"""Arguments that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Renderer(StrEnum):
    """The members of `simgen.generate.RENDERERS`, here so that `--help` loads nothing heavy."""

    simgen = "simgen"
    tiny = "tiny"
    egl = "egl"


class Codec(StrEnum):
    """The members of `simgen.dataset.layout.CODECS`."""

    gzip = "gzip"
    zstd = "zstd"


ScenarioArgument = Annotated[
    str,
    typer.Argument(metavar="SCENARIO", help="Id of a shipped scenario (see `simgen list`) or a YAML file."),
]
DatasetArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a rendered dataset.")]
SeedOption = Annotated[int, typer.Option(help="Seed; scene k is drawn with (seed, k).", min=0)]
PlanOption = Annotated[
    str, typer.Option(help="Sampling plan of the scenario; by default all is drawn by chance.", show_default=False)
]
RendererOption = Annotated[
    Renderer,
    typer.Option(
        help="Who finds the surfaces. simgen: our own renderer. tiny: PyBullet's TinyRenderer. egl: PyBullet by OpenGL."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]
