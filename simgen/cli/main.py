"""The `simgen` command. Commands import what they need when they run, so that `--help` is instant."""

from __future__ import annotations

import errno
import functools
import importlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

import typer

from simgen.cli import coverage, info, language, lint, list_, preview, record, render, validate, verify
from simgen.cli.text import wrapped
from simgen.errors import ScenarioError, SimgenError

P = ParamSpec("P")

_HEAVY = ("scipy.spatial",)
"""Libraries whose loading, half a second in C, swallows a Ctrl-C; loaded here where none can be lost."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors of a full disk, wherever they strike: a cache of compiled kernels fills up too."""

app = typer.Typer(
    name="simgen",
    help="Physics simulation of robotics and driving edge cases: YAML scenarios become labelled HDF5 shards.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _interruptible(command: Callable[P, None]) -> Callable[P, None]:
    """Say so after Ctrl-C; left to itself, typer would exit without a word."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt:
            print_error("interrupted")
            raise typer.Exit(INTERRUPTED) from None

    return run


def _loads_physics(command: Callable[P, None]) -> Callable[P, None]:
    """Load what a command needs for simulating before it starts."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with interrupts_kept():
            for name in _HEAVY:
                importlib.import_module(name)
        command(*args, **kwargs)

    return run


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Hold a Ctrl-C back until the end of the block and raise it there: inside it may be lost.

    Raises:
        KeyboardInterrupt: Ctrl-C came within the block.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears Ctrl-C
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


app.command("list")(_interruptible(list_.list_scenarios))
app.command("validate")(_interruptible(validate.validate))
app.command("new")(_interruptible(language.new))
app.command("lint")(_interruptible(lint.lint))
app.command("expand")(_interruptible(language.expand))
app.command("schema")(_interruptible(language.schema))
app.command("docs")(_interruptible(language.docs))
app.command("preview")(_interruptible(_loads_physics(preview.preview)))
app.command("render")(_interruptible(_loads_physics(render.render)))
app.command("record")(_interruptible(_loads_physics(record.record)))
app.command("verify")(_interruptible(verify.verify))
app.command("coverage")(_interruptible(coverage.coverage))
app.command("info")(_interruptible(info.info))


def main() -> None:
    """Run a command; deliberate errors become one message on stderr and an exit code, never a traceback."""
    try:
        app()
    except ScenarioError as error:  # its problems begin with their places, which editors and terminals follow
        print(wrapped(str(error), sys.stderr), file=sys.stderr)
        sys.exit(error.exit_code)
    except SimgenError as error:
        print_error(str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        where = f" ({error.filename})" if error.filename else ""
        print_error(
            f"cannot write: {error.strerror}{where}. Free space where the output goes and where compiled kernels are "
            "kept (~/.cache/simgen; SIMGEN_CACHE_DIR names another folder), then run the same command again"
        )
        sys.exit(1)
    except KeyboardInterrupt:
        print_error("interrupted")
        sys.exit(INTERRUPTED)


def print_error(message: str) -> None:
    """One message on stderr."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("error:", style="bold red", end=" ")
    console.print(wrapped(message, sys.stderr), markup=False)


if __name__ == "__main__":
    main()
