"""The progress bar of bulk rendering."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from simgen.generate import Progress as Done

_WARMING = "warming up (compiles kernels the first time)"


class _Rate(ProgressColumn):
    """Frames per second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f} frames/s")


class Bar:
    """Shows frames, rate and time left on a terminal, and notes as lines; a context manager."""

    def __init__(self, console: Console, frames: int) -> None:
        self._console = console
        self._shards = -1  # unknown until the first report: shards of earlier runs are no news
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} frames"),
            _Rate(),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(_WARMING, total=frames)

    def update(self, done: Done) -> None:
        """Take in how far the run is."""
        if done.note:
            self._console.print(done.note)
        if not self._console.is_terminal and 0 <= self._shards < done.shards_done:  # in a log: a line a shard
            self._console.print(f"shard {done.shards_done}/{done.shards_total}, {done.frames_done} frames")
        self._shards = done.shards_done
        text = f"shard {done.shards_done}/{done.shards_total}" if done.frames_done else _WARMING
        self._bar.update(self._task, completed=done.frames_done, total=done.frames_total, description=text)

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop drawing and remove the bar."""
        self._bar.stop()
