"""Numbers and messages as people read them."""

from __future__ import annotations

import shutil
import textwrap
from typing import TextIO


def size_text(count: float) -> str:
    """A number of bytes: "812 B", "1.5 GB" (powers of ten, as disks are sold)."""
    if count < 1000:
        return f"{count:.0f} B"
    for unit in ("kB", "MB", "GB"):
        count /= 1000.0
        if count < 999.5:
            return f"{count:.3g} {unit}"
    return f"{count / 1000.0:.3g} TB"


def count_text(n: int, what: str) -> str:
    """A number of things: "1 scene", "12 scenes"."""
    return f"{n} {what}" + ("" if n == 1 else "s")


def number_text(value: float) -> str:
    """Three significant digits without an exponent where that reads well: "68,500", "0.0123", "1.2e-05"."""
    if 1000.0 <= abs(value) < 1e9:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def duration_text(seconds: float) -> str:
    """A duration: "4.2 s", "3 min 20 s", "2 h 05 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def wrapped(message: str, stream: TextIO) -> str:
    """A message with its long lines broken between words, if `stream` is a terminal; quoted source stays as it is."""
    if not stream.isatty():
        return message
    width = max(40, shutil.get_terminal_size().columns)
    lines = []
    for line in message.split("\n"):
        if len(line) <= width or line.startswith("    "):  # four spaces: source lines and the carets under them
            lines.append(line)
        else:
            lines += textwrap.wrap(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
