"""`simgen record`: episodes of an expert or a policy into a dataset."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simgen.cli.options import Codec, ScenarioArgument, SeedOption


def record(
    scenario: ScenarioArgument,
    out: Annotated[Path, typer.Option(help="Folder of the dataset; made if absent.")],
    task: Annotated[str, typer.Option(help="Id of an environment, or package.module:Class.")] = "simgen/Drive-v0",
    policy: Annotated[str, typer.Option(help="'expert', or the folder of a policy that tools/train made.")] = "expert",
    scenes: Annotated[int, typer.Option("-n", "--scenes", help="Number of episodes.", min=1)] = 10,
    seed: SeedOption = 0,
    control_hz: Annotated[int, typer.Option(help="Actions per second of simulated time.", min=1)] = 20,
    workers: Annotated[
        int | None, typer.Option(help="Processes; by default one a core.", min=1, show_default=False)
    ] = None,
    codec: Annotated[
        Codec, typer.Option(help="gzip: opens everywhere. zstd: reads faster, needs hdf5plugin.")
    ] = Codec.gzip,
) -> None:
    """Record episodes into a dataset: frames, labels and the actions, /ego/action_*.

    An episode ends with its task, at the latest with the scenario's duration. Stepping the environment through the
    recorded actions gives the same frames.

    Example: simgen record driving/stationary_car_ahead --task simgen/EmergencyBrake-v0 --out out/brake -n 20
    """
    from rich.console import Console

    from simgen.cli.progress import Bar
    from simgen.cli.render import announce, conclude
    from simgen.env.recording import EXPERT, Recording, load_policy, task_of
    from simgen.generate import bulk, estimate_bytes
    from simgen.scenario import Scenario

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    chosen = Scenario.load(scenario)
    task_of(task)
    if policy != EXPERT:
        load_policy(policy)
    recording = Recording(task, policy, control_hz)
    estimate = estimate_bytes(chosen, scenes, seed)
    announce(console, out, scenes, estimate)
    try:
        with Bar(console, estimate.frames) as bar:
            report = bulk.render(
                chosen,
                out,
                scenes,
                seed=seed,
                workers=workers,
                codec=codec.value,
                progress=bar.update,
                simulate=recording,
                pilot=recording.pilot,
            )
    except KeyboardInterrupt:
        console.print(f"interrupted; whole shards are kept in {out}: run the same command again to go on")
        sys.exit(130)
    conclude(console, out, report)
    if report.exit_code:
        raise typer.Exit(report.exit_code)
