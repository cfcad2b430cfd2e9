"""The draws of one sample: keyed uniforms, parameters drawn once, and a record of what was drawn."""

from __future__ import annotations

from collections.abc import Mapping

from simgen.rng import Stream
from simgen.scenario.correlation import Correlation
from simgen.scenario.distributions import Plain, Value, draw_number

STREAM = "layout"
"""Name of the stream that lays out a scene; behaviour, physics and sensor noise have their own."""


class Draws:
    """Draws values of sample `index`; every number depends only on (seed, index, path).

    Attributes:
        seed, index: of the sample.
        record: what was drawn, by path, in SI units.
    """

    def __init__(self, seed: int, index: int, params: Mapping[str, Value], correlation: Correlation) -> None:
        self.seed = seed
        self.index = index
        self._stream = Stream(seed, index, STREAM)
        self._correlation = correlation
        self._values = params
        self._drawn: dict[str, Plain] = {}
        self.record: dict[str, Plain] = {}

    def uniform(self, path: str) -> float:
        """A float in (0, 1)."""
        return self._correlation.uniform(path, self._stream.uniform)

    def param(self, name: str) -> Plain:
        """A parameter of the scenario, drawn on first use."""
        if name not in self._drawn:
            self._drawn[name] = self._values[name].draw(self, f"params.{name}")
        return self._drawn[name]

    def number(self, value: Value, path: str, *, note: bool = True) -> float:
        """Draw a number and note it."""
        drawn = draw_number(value, self, path)
        if note and value.random:
            self.record[path] = drawn
        return drawn

    def text(self, value: Value, path: str) -> str:
        """Draw a text and note it."""
        drawn = str(value.draw(self, path))
        if value.random:
            self.record[path] = drawn
        return drawn

    def truth(self, value: Value, path: str) -> bool:
        """Draw a truth value and note it."""
        drawn = bool(value.draw(self, path))
        if value.random:
            self.record[path] = drawn
        return drawn

    def family(self, values: Mapping[str, Value], path: str) -> dict[str, float | str]:
        """Draw the parameters of a family, by keyword."""
        out: dict[str, float | str] = {}
        for keyword, value in values.items():
            drawn = value.draw(self, f"{path}.{keyword}")
            out[keyword] = drawn
            if value.random:
                self.record[f"{path}.{keyword}"] = drawn
        return out
