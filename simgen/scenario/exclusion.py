"""`never`: conditions that no sample of a covering plan may meet, judged from the factors' own values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from simgen.scenario.covering import Allowed, Levels
from simgen.scenario.distributions import Plain
from simgen.scenario.expressions import Expression
from simgen.scenario.factors import Factor, Level

MAX_COMBINATIONS = 50_000
"""Most combinations of levels of the factors that conditions are about."""
_PROBES = (0.5, 1e-6, 1.0 - 1e-6)
"""Where in a band a condition is tried, besides by chance."""


@dataclass(frozen=True)
class Exclusion:
    """Conditions on a plan's factors.

    A band of values may be forbidden in part. It counts as allowed where the conditions leave its middle or one of
    its ends, together with those of the others; a sample then lies where none of them holds.

    Attributes:
        never: the conditions; none may be true in a sample.
        factors, levels: of the plan.
        names: what the conditions call each factor.
    """

    never: tuple[Expression, ...]
    factors: tuple[Factor, ...]
    levels: tuple[tuple[Level, ...], ...]
    names: tuple[str, ...]

    @property
    def concerned(self) -> tuple[int, ...]:
        """Numbers of the factors that some condition names, ascending."""
        named = frozenset().union(*(e.names() for e in self.never))
        return tuple(k for k, name in enumerate(self.names) if name in named)

    def forbids(self, uniforms: Sequence[float]) -> bool:
        """Whether a condition holds where the factors are drawn from these uniforms (one a factor)."""
        values = {self.names[k]: self.factors[k].at(uniforms[k]) for k in self.concerned}
        return self._holds(values)

    def allowed(self) -> Allowed:
        """Which combinations of levels leave room for a sample."""
        return Allowed(self.concerned, frozenset(_rooms(self)))

    def known_good(self, row: Levels) -> dict[int, float]:
        """Uniforms by number of factor, in a row's levels, at which no condition holds."""
        concerned = self.concerned
        return dict(zip(concerned, _rooms(self)[tuple(row[k] for k in concerned)], strict=True))

    def _holds(self, values: Map[str, Plain]) -> bool:
        scope = _Values(values)
        return any(bool(e.evaluate(scope)) for e in self.never)

    def room(self, row: Sequence[int]) -> tuple[float, ...] | None:
        """Uniforms of the concerned factors within the levels of a row at which no condition holds, if any."""
        chosen = [self.levels[f][k] for f, k in zip(self.concerned, row, strict=True)]
        for uniforms in _probes(chosen):
            values = {self.names[f]: self.factors[f].at(u) for f, u in zip(self.concerned, uniforms, strict=True)}
            if not self._holds(values):
                return uniforms
        return None


@lru_cache(maxsize=64)
def _rooms(exclusion: Exclusion) -> dict[Levels, tuple[float, ...]]:
    every = product(*(range(len(exclusion.levels[f])) for f in exclusion.concerned))
    found = ((row, exclusion.room(row)) for row in every)
    return {row: uniforms for row, uniforms in found if uniforms is not None}


def _probes(chosen: Sequence[Level]) -> Iterator[tuple[float, ...]]:
    """The middles of all levels first, then every combination of middles and ends."""
    yield from product(*([level.inside(share) for share in _PROBES] for level in chosen))


@dataclass(frozen=True)
class _Values:
    """A scope of the factors' values."""

    values: Map[str, Plain]

    def value(self, name: str) -> Plain:
        """The value of a factor."""
        return self.values[name]

    def call(self, name: str, arguments: tuple[Plain, ...]) -> Plain:
        """Conditions of plans call no measures."""
        raise LookupError(name)
