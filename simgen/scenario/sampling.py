"""Sampling plans: which uniforms the factors of sample k get, so that samples together fill what they are over.

A plan says nothing of distributions: it gives each of its factors a uniform in (0, 1), from which the factor is
drawn as always. Everything that it is not over is drawn by its own key, as without a plan.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from simgen.errors import UserError
from simgen.rng import Stream, key64
from simgen.scenario.covering import Allowed, Levels, cover
from simgen.scenario.draws import Steered
from simgen.scenario.exclusion import Exclusion
from simgen.scenario.factors import Factor, Level

COVERING = "covering"
"""The method of a plan with a strength."""
_TRIES = 64
_SOBOL_BITS = 30


@dataclass(frozen=True)
class SamplingPlan:
    """A named way to choose the samples of a scenario. Immutable and picklable.

    Attributes:
        name: as the scenario calls it.
        method: a member of `METHODS`, or `COVERING`.
        factors: what it is over; none for "random", which is over everything.
        levels: of each factor, for "grid" and `COVERING`; else empty.
        size: number of samples; of a covering plan see `count`.
        strength: how many factors a combination has, for `COVERING`.
        exclusion: what `never` forbids, for `COVERING`.
    """

    name: str
    method: str
    factors: tuple[Factor, ...] = ()
    levels: tuple[tuple[Level, ...], ...] = ()
    size: int = 0
    strength: int = 0
    exclusion: Exclusion | None = None

    @property
    def count(self) -> int:
        """Number of its samples."""
        return len(_covering_rows(self)) if self.method == COVERING else self.size

    def steered(self, seed: int, index: int) -> Steered:
        """What takes the place of keyed uniforms in sample `index` under a seed.

        Raises:
            UserError: the plan has fewer samples.
        """
        return Steered(self.uniforms(seed, index), final=self.method in ("grid", COVERING))

    def uniforms(self, seed: int, index: int) -> dict[str, float]:
        """By path, the uniforms in (0, 1) of sample `index` under a seed.

        Raises:
            UserError: the plan has fewer samples.
        """
        if not 0 <= index < self.count:
            raise UserError(
                f"the plan {self.name!r} has samples 0 to {self.count - 1}, {index} was asked for; "
                "ask for fewer scenes, or give the plan more"
            )
        if self.method == "random":
            return {}
        if self.method in ("sobol", "latin_hypercube"):
            values: tuple[float, ...] = _points(self.name, self.method, self.size, len(self.factors), seed)[index]
        elif self.method == "grid":
            values = tuple(level.inside(0.5) for level in _grid_row(self.levels, index))
        else:
            values = self._covering(seed, index)
        return {factor.name: value for factor, value in zip(self.factors, values, strict=True)}

    def _covering(self, seed: int, index: int) -> tuple[float, ...]:
        """Somewhere in the row's levels where nothing is forbidden: by chance, else where that is known to be so."""
        row = _covering_rows(self)[index]
        stream = Stream(seed, index, f"plan.{self.name}")
        chosen = [levels[k] for levels, k in zip(self.levels, row, strict=True)]
        for attempt in range(_TRIES if self.exclusion is not None else 1):
            key = f"~{attempt}" if attempt else ""
            values = tuple(
                level.inside(stream.uniform(factor.name + key))
                for factor, level in zip(self.factors, chosen, strict=True)
            )
            if self.exclusion is None or not self.exclusion.forbids(values):
                return values
        assert self.exclusion is not None  # else the first values were returned
        known = self.exclusion.known_good(row)
        return tuple(known.get(k, value) for k, value in enumerate(values))


def grid_size(levels: tuple[tuple[Level, ...], ...]) -> int:
    """Number of a grid's samples."""
    return math.prod(len(each) for each in levels)


def _grid_row(levels: tuple[tuple[Level, ...], ...], index: int) -> list[Level]:
    """The levels of a grid's sample; the last factor changes fastest."""
    out = []
    for each in reversed(levels):
        index, k = divmod(index, len(each))
        out.append(each[k])
    return out[::-1]


@lru_cache(maxsize=64)
def _covering_rows(plan: SamplingPlan) -> tuple[Levels, ...]:
    """The rows of a covering plan; they do not depend on the seed, which only says where in a band a value lies."""
    allowed = plan.exclusion.allowed() if plan.exclusion is not None else Allowed()
    return cover([len(each) for each in plan.levels], plan.strength, allowed)


@lru_cache(maxsize=64)
def _points(name: str, method: str, size: int, dimensions: int, seed: int) -> tuple[tuple[float, ...], ...]:
    """Points of a scrambled Sobol' sequence (Owen 1998) or a Latin hypercube, strictly inside the unit cube."""
    from scipy.stats import qmc  # takes a second to load, and only plans need it

    key = key64(seed, f"plan.{name}")
    if method == "sobol":
        engine = qmc.Sobol(dimensions, scramble=True, bits=_SOBOL_BITS, seed=key)
        points = engine.random(size) + 0.5 ** (_SOBOL_BITS + 1)  # multiples of 2^-30 to the middles between them
    else:
        points = qmc.LatinHypercube(dimensions, seed=key).random(size)
    tiny = 2.0**-54
    return tuple(tuple(min(max(v, tiny), 1.0 - 2.0**-53) for v in point) for point in points.tolist())
