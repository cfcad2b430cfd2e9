"""The state of the ground surface and the tyre friction that follows from it.

Friction against water film and speed on paving: the new/worn tyre table of the Bosch Automotive Handbook (dry,
0.2, 1 and 2 mm; 50, 90, 130 km/h). The other kinds have one value each, within the published ranges: packed snow
0.25-0.35 and ice 0.05-0.15 (a tyre vendor's table), gravel 0.6 and wet earth 0.35-0.55 (Taborek, Mechanics of
Vehicles, 1957, as tabulated by Wong, Theory of Ground Vehicles, ch. 1). A locked or spinning tyre grips less than
a rolling one: the ratios of sliding to peak friction are that table's.

Snow on paving: wheels roll where wheels have rolled before, on what is left there; by the share of the paving that
this covers (`simgen.conditions.snow.covered_share`) the grip is that of packed snow.

Aquaplaning: a film deeper than the tread cannot drain through it and carries the tyre at and above the speed of
Horne and Dreher (NASA TN D-2056, 1963), V [mph] = 10.35 sqrt(p [psi]).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simgen.areas import Corners, covers
from simgen.conditions.snow import ROAD_ROUGHNESS_M, covered_share

KINDS = ("paved", "snow", "ice", "gravel", "mud")
TYRES = ("new", "worn")

AQUAPLANING_FRICTION = 0.02
"""What is left between tyre and ground when water carries the tyre; also the least friction of any surface."""

_SPEED_MPS = np.array([50.0, 90.0, 130.0]) / 3.6
_FILM_M = np.array([0.0, 0.2e-3, 1.0e-3, 2.0e-3])
_NEW = np.array([[0.85, 0.65, 0.55, 0.50], [0.80, 0.60, 0.30, 0.05], [0.75, 0.55, 0.20, 0.0]])
_WORN = np.array([[1.00, 0.50, 0.40, 0.25], [0.95, 0.20, 0.10, 0.05], [0.90, 0.20, 0.10, 0.0]])
_SPEEDS, _FILMS = _SPEED_MPS.tolist(), _FILM_M.tolist()
_ROWS = (_WORN.tolist(), _NEW.tolist())
_FIXED = {"snow": 0.28, "ice": 0.08, "gravel": 0.60, "mud": 0.35}
_SLIDING = {"paved": 0.75 / 0.85, "snow": 0.15 / 0.20, "ice": 0.07 / 0.10, "gravel": 0.55 / 0.60, "mud": 0.45 / 0.55}
_TREAD_M = {"new": 8.0e-3, "worn": 1.6e-3}  # the legal minimum of UN and EU rules is 1.6 mm
_HORNE_MPS_PER_SQRT_PA = 6.3435 / 3.6 / math.sqrt(1000.0)


def _between(x: float, known: Sequence[float], values: Sequence[float]) -> float:
    """The value at x by straight lines between known ones, with the bits of `np.interp`, which takes 5 us to call."""
    if not known[0] < x < known[-1]:
        return values[0] if x <= known[0] else values[-1]
    k = bisect_right(known, x) - 1
    if known[k] == x:
        return values[k]
    return (values[k + 1] - values[k]) / (known[k + 1] - known[k]) * (x - known[k]) + values[k]


def horne_speed_mps(tyre_pressure_pa: float) -> float:
    """Speed at which water deeper than the tread carries a tyre of this inflation pressure, in m/s."""
    return _HORNE_MPS_PER_SQRT_PA * math.sqrt(tyre_pressure_pa)


@dataclass(frozen=True)
class Patch:
    """A piece of ground that differs from what is around it.

    Attributes:
        kind: one of `KINDS`.
        film_m: depth of the water film on it.
        x_min_m, x_max_m, y_min_m, y_max_m: its bounds in the world frame.
        outline_m: corners of the polygon inside these bounds that it really is; () is all of the rectangle.
        snow_m: depth of the snow on it.
    """

    kind: str
    film_m: float
    x_min_m: float
    x_max_m: float
    y_min_m: float
    y_max_m: float
    outline_m: Corners = ()
    snow_m: float = 0.0


@dataclass(frozen=True)
class Surface:
    """What the wheels roll on.

    Attributes:
        kind: one of `KINDS`.
        film_m: depth of the water film on it in metres (rain, puddles; not a flood).
        tyres: one of `TYRES`: tread of 8 mm or of 1.6 mm.
        patches: where the ground is otherwise; a later one lies on top of an earlier.
        snow_m: depth of the snow on roads and floors, beside the wheel tracks.
        tracks: share of it that wheels have taken out of the tracks in which they roll.
    """

    kind: str = "paved"
    film_m: float = 0.0
    tyres: str = "new"
    patches: tuple[Patch, ...] = ()
    snow_m: float = 0.0
    tracks: float = 0.7

    @property
    def tread_m(self) -> float:
        """Depth of the tyres' tread."""
        return _TREAD_M[self.tyres]

    @property
    def sliding_share(self) -> float:
        """Friction of a fully sliding tyre as a share of the peak friction, away from the patches."""
        share = self.snowed_share
        return _SLIDING[self.kind] * (1.0 - share) + _SLIDING["snow"] * share

    @property
    def snowed_share(self) -> float:
        """Share of the paving below the wheels that snow covers; 0 on other ground, which is no better without it."""
        return covered_share(self.rolled_m, ROAD_ROUGHNESS_M) if self.kind == "paved" and self.snow_m > 0.0 else 0.0

    @property
    def rolled_m(self) -> float:
        """Depth of the snow that is left where wheels roll."""
        return self.snow_m * (1.0 - self.tracks)

    def friction(self, speed_mps: float, extra_film_m: float = 0.0) -> float:
        """Peak tyre friction coefficient at a speed, with any further water film (a flood) on top.

        Away from the patches, and as long as the tyre does not aquaplane.
        """
        if self.kind != "paved":
            return _FIXED[self.kind]
        film = self.film_m + extra_film_m
        known = [_between(film, _FILMS, row) for row in _ROWS[self.tyres == "new"]]
        mu = _between(speed_mps, _SPEEDS, known)
        return max(mu + (_FIXED["snow"] - mu) * self.snowed_share, AQUAPLANING_FRICTION)

    def frictions(self, speeds_mps: ArrayLike, extra_films_m: ArrayLike) -> NDArray[np.float64]:
        """As `friction`, at each of (S,) speeds with each of (F,) films on top: (S, F)."""
        speeds, films = np.asarray(speeds_mps, np.float64), self.film_m + np.asarray(extra_films_m, np.float64)
        if self.kind != "paved":
            return np.full((len(speeds), len(films)), _FIXED[self.kind])
        known = [np.interp(films, _FILM_M, row) for row in (_NEW if self.tyres == "new" else _WORN)]
        out: NDArray[np.float64] = np.array([np.interp(speeds, _SPEED_MPS, row) for row in np.array(known).T]).T
        out += (_FIXED["snow"] - out) * self.snowed_share
        return np.maximum(out, AQUAPLANING_FRICTION, out=out)

    def on(self, patch: Patch) -> Surface:
        """The surface of a patch, without patches of its own."""
        return replace(self, kind=patch.kind, film_m=patch.film_m, snow_m=patch.snow_m, patches=())

    def at(self, x_m: float, y_m: float) -> Surface:
        """The surface at a point, without patches of its own."""
        for patch in reversed(self.patches):
            if covers(patch, x_m, y_m):
                return self.on(patch)
        return replace(self, patches=()) if self.patches else self
