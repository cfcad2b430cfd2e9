"""The `simgen` command. Commands import what they need when they run, so that `--help` is instant."""

from __future__ import annotations

import sys

import typer

from simgen.cli import info, list_, preview, render, validate, verify
from simgen.errors import SimgenError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

app = typer.Typer(
    name="simgen",
    help="Physics simulation of robotics and driving edge cases: YAML scenarios become labelled HDF5 shards.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.command("list")(list_.list_scenarios)
app.command("validate")(validate.validate)
app.command("preview")(preview.preview)
app.command("render")(render.render)
app.command("verify")(verify.verify)
app.command("info")(info.info)


def main() -> None:
    """Run a command; deliberate errors become one message on stderr and an exit code, never a traceback."""
    try:
        app()
    except SimgenError as error:
        print_error(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print_error("interrupted")
        sys.exit(INTERRUPTED)


def print_error(message: str) -> None:
    """One message on stderr."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("error:", style="bold red", end=" ")
    console.print(message, markup=False)


if __name__ == "__main__":
    main()
