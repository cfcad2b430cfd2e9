"""The state of the ground surface and the tyre friction that follows from it.

Friction against water film and speed: the new/worn tyre table of the Bosch Automotive Handbook (dry, 0.2, 1
and 2 mm; 50, 90, 130 km/h). Ice and packed snow: mid values of the ranges in vehicle-dynamics texts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KINDS = ("paved", "snow", "ice", "gravel", "mud")

_SPEED_MPS = np.array([50.0, 90.0, 130.0]) / 3.6
_FILM_M = np.array([0.0, 0.2e-3, 1.0e-3, 2.0e-3])
_NEW = np.array([[0.85, 0.65, 0.55, 0.50], [0.80, 0.60, 0.30, 0.05], [0.75, 0.55, 0.20, 0.0]])
_WORN = np.array([[1.00, 0.50, 0.40, 0.25], [0.95, 0.20, 0.10, 0.05], [0.90, 0.20, 0.10, 0.0]])
_FIXED = {"snow": 0.28, "ice": 0.08, "gravel": 0.60, "mud": 0.35}


@dataclass(frozen=True)
class Surface:
    """What the wheels roll on.

    Attributes:
        kind: one of `KINDS`.
        film_m: depth of the water film on it in metres (rain, puddles; not a flood).
        tyres: "new" or "worn".
    """

    kind: str = "paved"
    film_m: float = 0.0
    tyres: str = "new"

    def friction(self, speed_mps: float, extra_film_m: float = 0.0) -> float:
        """Peak tyre friction coefficient at a speed, with any further water film (a flood) on top."""
        if self.kind != "paved":
            return _FIXED[self.kind]
        table = _NEW if self.tyres == "new" else _WORN
        film = self.film_m + extra_film_m
        by_speed = [float(np.interp(film, _FILM_M, row)) for row in table]
        return max(0.02, float(np.interp(speed_mps, _SPEED_MPS, by_speed)))
