"""The draws of one sample: keyed uniforms, parameters drawn once, and a record of what was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simgen.rng import Stream
from simgen.scenario.correlation import Correlation
from simgen.scenario.distributions import Plain, Value, draw_number
from simgen.units import split_suffix

STREAM = "layout"
"""Name of the stream that lays out a scene; behaviour, physics and sensor noise have their own."""


@dataclass(frozen=True)
class Steered:
    """Uniforms that stand in place of keyed ones.

    Attributes:
        uniforms: by path, in (0, 1).
        final: whether these are the quantiles themselves, as for the levels of a grid; else they are what a
            correlation between parameters is made from, so that the joint distribution is kept.
    """

    uniforms: Mapping[str, float] = field(default_factory=dict)
    final: bool = False


class Draws:
    """Draws values of sample `index`; every number depends only on (seed, index, path).

    Attributes:
        seed, index: of the sample.
        record: what was drawn, by path, in SI units.
    """

    def __init__(
        self,
        seed: int,
        index: int,
        params: Mapping[str, Value],
        correlation: Correlation,
        steered: Steered | None = None,
        attempt: int = 0,
    ) -> None:
        """Begin a sample.

        Args:
            seed, index: of the sample.
            params: the scenario's parameters.
            correlation: between some of them.
            steered: uniforms that a sampling plan gives in place of keyed ones.
            attempt: how often the sample has been rejected before; each attempt draws under keys of its own, but for
                what a plan gives.
        """
        self.seed = seed
        self.index = index
        self._stream = Stream(seed, index, f"{STREAM}~{attempt}" if attempt else STREAM)
        self._correlation = correlation
        self._steered = steered or Steered()
        self._values = params
        self._drawn: dict[str, Plain] = {}
        self.record: dict[str, Plain] = {}

    def uniform(self, path: str) -> float:
        """A float in (0, 1)."""
        if self._steered.final and path in self._steered.uniforms:
            return self._steered.uniforms[path]
        return self._correlation.uniform(path, self._own)

    def _own(self, path: str) -> float:
        """The independent uniform of a path."""
        given = self._steered.uniforms.get(path)
        if given is None:
            return self._stream.uniform(path)
        return self._correlation.independent(path, given, self._own) if self._steered.final else given

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

    def numbers(self, values: Mapping[str, Value], path: str) -> dict[str, float]:
        """Draw the numbers of a map at a path, by key, and note them."""
        return {key: self.number(value, f"{path}.{key}") for key, value in values.items()}

    def seed_at(self, path: str) -> int:
        """A seed below 2^31 that is another in every sample."""
        return int(self.uniform(path) * (1 << 31))

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
            key = f"{path}.{split_suffix(keyword)[0]}"  # as an author writes it
            drawn = value.draw(self, key)
            out[keyword] = drawn
            if value.random:
                self.record[key] = drawn
        return out
