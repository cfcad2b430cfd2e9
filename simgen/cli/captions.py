"""What tells the scenes of one scenario apart, in a line or two each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from simgen.cli.text import number_text

if TYPE_CHECKING:
    from simgen.scenario.scene import Scene

_LINES, _WIDE = 2, 80
_UNITS = {"rad": (math.degrees(1.0), "deg"), "1": (1.0, ""), "lx": (1.0, "lx")}
"""SI unit -> (factor, unit) as authors write it, where these differ."""


def captions(scenes: Sequence[Scene], units: Mapping[str, str]) -> list[str]:
    """For each scene the params and conditions that are not the same in all, in order of the scenario.

    Args:
        scenes: of one scenario.
        units: SI unit of each drawn number by path, as `Scenario.units` has them.

    Returns:
        Up to two lines each, of about 80 characters; what does not fit is left out.
    """
    told = [_told(scene) for scene in scenes]
    names = dict.fromkeys(name for values in told for name in values)
    differing = [n for n in names if len(told) == 1 or len({str(values.get(n)) for values in told}) > 1]
    return [_lines([_text(n, v[n], units.get(n, "")) for n in differing if n in v]) for v in told]


def _told(scene: Scene) -> dict[str, float | str | bool]:
    """Params, then the conditions that are not one of them under another name."""
    params = {n: v for n, v in scene.params.items() if n.startswith("params.")}
    shown = set(params.values())
    conditions = {n: v for n, v in scene.params.items() if n.startswith("conditions.") and v not in shown}
    return {**params, **conditions}


def _text(path: str, value: float | str | bool, unit: str) -> str:
    """One value: "gap 94.1 m", "fog mor 51.2 m", "hazard no"."""
    name = path.partition(".")[2].replace("_", " ").replace(".", " ")
    if isinstance(value, bool):
        return f"{name} {'yes' if value else 'no'}"
    if isinstance(value, str):
        return f"{name} {value}"
    return f"{name} {_quantity(value, unit)}"


def _quantity(value: float, unit: str) -> str:
    factor, written = _UNITS.get(unit, (1.0, unit))
    if unit == "m" and 0.0 < abs(value) < 0.01:
        factor, written = 1e3, "mm"
    elif unit == "s" and 0.0 < abs(value) < 0.1:
        factor, written = 1e3, "ms"
    elif unit == "m/s" and 0.0 < abs(value) < 1e-4:
        factor, written = 3.6e6, "mm/h"
    elif unit == "m/s" and abs(value) >= 5.0:
        factor, written = 3.6, "km/h"
    return f"{number_text(value * factor)} {written}".strip()


def _lines(words: Sequence[str]) -> str:
    lines = [""]
    for word in words:
        longer = f"{lines[-1]}, {word}" if lines[-1] else word
        if len(longer) <= _WIDE:
            lines[-1] = longer
        elif len(lines) < _LINES:
            lines.append(word)
        else:
            break
    return "\n".join(lines)
