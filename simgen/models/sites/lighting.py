"""Fixed lamps of places, scaled so that conditions can ask for a mean illuminance in lux."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simgen.models.mesh import LampMount

WARM_WHITE = (1.770, 0.845, 0.272)
"""Linear sRGB of a black body of 3000 K, as street lamps are, of luminance 1."""
NEUTRAL_WHITE = (1.414, 0.924, 0.534)
"""Linear sRGB of a black body of 4000 K, as lamps of halls and tunnels are, of luminance 1."""


def illuminance_lx(points_m: NDArray[np.float64], lamps: Sequence[LampMount]) -> NDArray[np.float64]:
    """Horizontal illuminance at (N, 3) points under "area" lamps, (N,) lux, without occlusion.

    E = sum I0 cos(beam angle) cos(incidence) / d^2, which is I0 cos^4 / h^2 for a lamp that looks down.
    """
    total = np.zeros(len(points_m))
    for lamp in lamps:
        ray = points_m - np.asarray(lamp.position_m)
        d2 = (ray**2).sum(axis=1)
        d = np.sqrt(d2)
        beam = np.maximum(ray @ np.asarray(lamp.direction) / d, 0.0)
        incidence = np.maximum(-ray[:, 2] / d, 0.0)
        total += lamp.intensity_cd * beam * incidence / d2
    return total


def scaled_to_one_lux(
    groups: Sequence[tuple[Sequence[LampMount], NDArray[np.float64]]],
) -> tuple[LampMount, ...]:
    """All lamps of all groups, each group scaled so that the mean over its own (N, 3) points is 1 lx.

    Light of every group counts on the points of every other.
    """
    share = np.array([[illuminance_lx(points, lamps).mean() for lamps, _ in groups] for _, points in groups])
    factor = np.linalg.solve(share, np.ones(len(groups)))
    return tuple(
        replace(lamp, intensity_cd=lamp.intensity_cd * float(f))
        for (lamps, _), f in zip(groups, factor, strict=True)
        for lamp in lamps
    )
