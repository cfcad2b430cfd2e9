"""Snowfall before the camera: the flakes that are near enough to be seen one by one.

What is further off is the extinction and the glow of the air. Flakes are drawn anew for every picture, as drops are.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Snow
from simgen.conditions.snow import fall_speed_mps, flake_diameter_m
from simgen.render.falling import distances_m, places, sizes_m, spread_of, volume_m3
from simgen.render.kernels.flakes import DRAWS, flakes
from simgen.render.kernels.glow import NEAR_M
from simgen.render.lighting import Sources
from simgen.render.occluders import Occluders
from simgen.render.view import View
from simgen.rng import Stream

NEAREST_M, FARTHEST_M = 0.5, NEAR_M
"""Depths between which flakes are drawn: from before a windscreen to where they are a glow of the air."""
LEAST_MELTED_M = 0.7e-3
"""Smaller flakes, by the drop that they melt to, are not seen one by one: this one is 1.4 mm wide."""
_MARGIN = 1.2  # flakes outside of the picture that may reach into it


def flake_count(snow: Snow, spread: tuple[float, float]) -> int:
    """How many flakes are in the pyramid with those tangents of half its angles, between the two depths."""
    return round(snow.flakes_per_m3(LEAST_MELTED_M) * volume_m3(spread, NEAREST_M, FARTHEST_M))


@lru_cache(maxsize=4)
def flake_sizes(snow: Snow) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(Q,) quantiles of the diameters of the flakes that are drawn, m, and of their fall speeds, m/s."""
    melted_m = sizes_m(LEAST_MELTED_M, snow.slope_per_m)
    return np.array([flake_diameter_m(d) for d in melted_m]), np.array([fall_speed_mps(d) for d in melted_m])


_DISTANCES_M = distances_m(NEAREST_M, FARTHEST_M)


def add_flakes(
    radiance: NDArray[np.float32],
    depth_m: NDArray[np.float32],
    view: View,
    lens: NDArray[np.float64],
    turn: NDArray[np.float64] | None,
    sources: Sources,
    occluders: Occluders,
    snow: Snow,
    air_mps: NDArray[np.float64],
    shutter_s: float,
    stream: Stream,
) -> None:
    """Draw snowfall into a picture, in place; arguments as of `rain.add_streaks`."""
    spread = spread_of(view, turn, _MARGIN)
    count = flake_count(snow, spread)
    diameters_m, speeds_mps = flake_sizes(snow)
    heights = occluders.heights
    flakes(
        radiance, depth_m, places(stream, "flakes", count, DRAWS), _DISTANCES_M, diameters_m,
        speeds_mps, np.array(spread), air_mps, shutter_s, view.back, view.intrinsics, lens,
        np.eye(3) if turn is None else turn, sources.with_eye(view.eye), sources.lamps, heights.cover, heights.grid,
        np.empty(3, np.float32),
    )  # fmt: skip
