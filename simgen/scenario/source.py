"""Where text stands, and how a problem with it is shown: `file:line:column`, the line, a caret."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from simgen.errors import ScenarioError

_WIDEST_LINE = 120
_TELLING = 4  # letters from which the beginning of a name says which is meant


@dataclass(frozen=True, eq=False)
class SourceFile:
    """A scenario text.

    Attributes:
        name: how messages call it: an id-like path of the shipped library, or the path that was given.
        lines: its lines without their ends.
        folder: in which it lies, for files that it names; None for a text without a place.
    """

    name: str
    lines: tuple[str, ...]
    folder: Path | None = None

    @staticmethod
    def from_text(name: str, text: str, folder: Path | None = None) -> SourceFile:
        """Split a text at YAML's line ends."""
        return SourceFile(name, tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")), folder)


@dataclass(frozen=True, eq=False)
class Mark:
    """A stretch of one line of a source.

    Attributes:
        source: the file.
        line, column: of its first character, both counted from 1.
        length: characters to underline, at least 1.
    """

    source: SourceFile
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"

    def excerpt(self) -> str:
        """The source line with a caret under the place; a very long line is cut around it."""
        line = self.source.lines[self.line - 1] if self.line <= len(self.source.lines) else ""
        line = "".join(c if c.isprintable() else " " for c in line)  # tabs would misplace the caret
        start = 0
        if len(line) > _WIDEST_LINE:
            start = max(0, min(self.column - 1 - _WIDEST_LINE // 2, len(line) - _WIDEST_LINE))
            line = line[start : start + _WIDEST_LINE]
        carets = max(1, min(self.length, len(line) - (self.column - 1 - start)))
        return f"    {line}\n    {' ' * (self.column - 1 - start)}{'^' * carets}"


@dataclass
class Problems:
    """Collects everything wrong with a scenario, so that an author sees all of it at once.

    Attributes:
        part_missing: whether a part that is extended could not be read, so that absent keys are no fault of
            their own: they may stand in that part.
    """

    part_missing: bool = False
    _found: list[tuple[str, int, int, str]] = field(default_factory=list)

    def add(self, mark: Mark, message: str, expected: str = "") -> None:
        """Note one problem.

        Args:
            mark: where.
            message: what is wrong.
            expected: what should stand there, and the nearest valid name.
        """
        text = f"{mark}: {message}\n{mark.excerpt()}"
        if expected:
            text += f"\n  {expected}"
        entry = (mark.source.name, mark.line, mark.column, text)
        if entry not in self._found:  # a part that is extended twice has its problems once
            self._found.append(entry)

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self) -> None:
        """Raise them all, in the order of the files and lines.

        Raises:
            ScenarioError: something was noted.
        """
        if self._found:
            names = list(dict.fromkeys(name for name, *_ in self._found))
            ordered = sorted(self._found, key=lambda e: (names.index(e[0]), e[1], e[2]))
            raise ScenarioError([text for *_, text in ordered])


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name: "did you mean 'x'? ", or nothing."""
    options = list(known)
    begin = max(_TELLING, len(name) - 1)  # the last letter may be the mistake
    begun = [o for o in options if o.startswith(name[:begin])] if len(name) >= _TELLING else []
    if len(begun) == 1:  # the beginning of one name says more than a likeness of letters
        return f"did you mean {begun[0]!r}? "
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.6)
    if not close:
        folded = {o.lower(): o for o in options}
        close = [folded[k] for k in difflib.get_close_matches(name.lower(), list(folded), n=1, cutoff=0.6)]
    return f"did you mean {close[0]!r}? " if close else ""


def one_of(name: str, known: Iterable[str]) -> str:
    """The hint for a name that is not one of `known`."""
    options = sorted(known)
    listed = ", ".join(options) if options else "nothing"
    return f"{nearest(name, options)}expected one of: {listed}"
