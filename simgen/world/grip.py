"""How much a tyre grips at a place: the surface with its patches, the water on it and aquaplaning, for the kernels."""

from __future__ import annotations

import numpy as np

from simgen.areas import row_of
from simgen.compiled import inline, kernel
from simgen.conditions import Surface
from simgen.conditions.surface import AQUAPLANING_FRICTION
from simgen.world.state import Friction, on_area

_SPEED_STEP_MPS = 2.0
_SPEEDS = 31
_FILMS_M = (0.0, 0.1e-3, 0.2e-3, 0.5e-3, 1.0e-3, 2.0e-3)
_ONSET = 0.025  # share of the Horne speed over which the grip goes, to either side of it


def friction_table(surface: Surface) -> Friction:
    """The surface's friction over speed (0 to 60 m/s) and extra water film, for the tyre kernel.

    Row 0 is the surface away from its patches; row 1 + k is patch k.
    """
    places = [surface, *(surface.on(p) for p in surface.patches)]
    rows = [row_of(p) for p in surface.patches]
    return Friction(
        speed_step_mps=_SPEED_STEP_MPS,
        film_m=np.array(_FILMS_M),
        mu=np.array([s.frictions(_SPEED_STEP_MPS * np.arange(_SPEEDS), _FILMS_M) for s in places]),
        patch_m=np.array([v for row in rows for v in row], np.float64),
        patch_first=np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64),
        own_film_m=np.array([s.film_m for s in places], np.float64),
        sliding=np.array([s.sliding_share for s in places], np.float64),
        tread_m=surface.tread_m,
        snow_m=np.array([s.rolled_m for s in places], np.float64),
    )


@inline
def place_of(friction: Friction, x_m: float, y_m: float) -> int:
    """Row of the surface at a point: that of the last patch over it, else 0."""
    place = 0
    for k in range(friction.patch_first.shape[0] - 1):
        if on_area(friction.patch_m[friction.patch_first[k] : friction.patch_first[k + 1]], x_m, y_m):
            place = k + 1
    return place


@kernel
def friction_at(friction: Friction, place: int, speed_mps: float, film_m: float) -> float:
    """Friction of a row under extra water: bilinear in speed and film, clamped at the ends of the table."""
    last = friction.mu.shape[1] - 1
    u = min(max(speed_mps / friction.speed_step_mps, 0.0), float(last))
    i = min(int(u), last - 1)
    j = 0
    while j < friction.film_m.shape[0] - 2 and film_m > friction.film_m[j + 1]:
        j += 1
    f0, f1 = friction.film_m[j], friction.film_m[j + 1]
    a = u - i
    b = min(max((film_m - f0) / (f1 - f0), 0.0), 1.0)
    mu = friction.mu[place]
    low = mu[i, j] * (1.0 - a) + mu[i + 1, j] * a
    high = mu[i, j + 1] * (1.0 - a) + mu[i + 1, j + 1] * a
    return float(low * (1.0 - b) + high * b)


@inline
def aquaplanes(friction: Friction, place: int, speed_mps: float, film_m: float, horne_mps: float) -> bool:
    """Whether water deeper than the tread carries a tyre at this speed; `film_m` comes on top of the surface's own."""
    return bool(friction.own_film_m[place] + film_m > friction.tread_m and speed_mps >= horne_mps)


@inline
def wet_grip(friction: Friction, place: int, speed_mps: float, film_m: float, horne_mps: float) -> float:
    """As `friction_at`, gone at the Horne speed where the water is deeper than the tread."""
    mu = friction_at(friction, place, speed_mps, film_m)
    if friction.own_film_m[place] + film_m > friction.tread_m:
        carried = min(max((speed_mps / horne_mps - (1.0 - _ONSET)) / (2.0 * _ONSET), 0.0), 1.0)
        mu += carried * (min(mu, AQUAPLANING_FRICTION) - mu)
    return float(mu)
