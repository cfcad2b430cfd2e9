"""What drops and flakes before a camera share: the pyramid in which they are drawn, and quantiles of their draws."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.render.view import View
from simgen.rng import Stream

_QUANTILES = 512

Spread = tuple[float, float]
"""Tangents of half the angles of a pyramid."""


def spread_of(view: View, turn: NDArray[np.float64] | None, margin: float) -> Spread:
    """The pyramid of a picture, wider by a factor for what reaches into it; faces of a cube (`turn`) share it out."""
    if turn is not None:
        return 1.0, 1.0
    fx, fy, cx, cy = view.intrinsics.tolist()
    return margin * max(cx, view.width - cx) / fx, margin * max(cy, view.height - cy) / fy


def volume_m3(spread: Spread, near_m: float, far_m: float) -> float:
    """Of the pyramid between two depths."""
    return 4.0 * spread[0] * spread[1] * (far_m**3 - near_m**3) / 3.0


def distances_m(near_m: float, far_m: float) -> NDArray[np.float64]:
    """(Q,) quantiles of the depth of what fills the pyramid evenly between two depths."""
    near, far = near_m**3, far_m**3
    return np.array([math.pow(near + (far - near) * k / (_QUANTILES - 1), 1.0 / 3.0) for k in range(_QUANTILES)])


def places(stream: Stream, name: str, count: int, draws: int) -> NDArray[np.float64]:
    """(count, draws) uniform draws, a row each, of which the second says where across the picture it is.

    Each has an upright slice of the picture to itself, from left to right: neighbours in the table are drawn at the
    same columns, whose pixels are still at hand.
    """
    rows = stream.array(name, draws * count).reshape(count, draws)
    rows[:, 1] = (np.arange(count) + rows[:, 1]) / max(count, 1)
    return rows


def sizes_m(least_m: float, slope_per_m: float) -> list[float]:
    """Q quantiles of sizes whose number falls exponentially, from a least one on."""
    shares = [k / (_QUANTILES - 1) for k in range(_QUANTILES)]
    shares[-1] = 1.0 - 0.5 / (_QUANTILES - 1)
    return [least_m - math.log(1.0 - u) / slope_per_m for u in shares]
