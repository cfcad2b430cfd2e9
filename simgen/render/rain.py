"""Rain before the camera: which drops are near enough to be seen one by one, and their streaks.

What is further off is the extinction and the glow of the air. Drops are drawn anew for every picture: between two of
them each falls out of the view or past its neighbours.

After Garg and Nayar, Vision and rain, International Journal of Computer Vision 75 (2007): a drop shows a fish-eye view
of all that is around, most of what is behind it, so its radiance is a mean of sky and ground by its phase function:
before dark things more than they, before a bright sky a little less; and it is as bright, and the streak as faint, as
long as the shutter leaves it at a pixel.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Rain
from simgen.render.falling import distances_m, places, sizes_m, spread_of, volume_m3
from simgen.render.kernels.streaks import DRAWS, streaks
from simgen.render.lighting import Sources
from simgen.render.occluders import Occluders
from simgen.render.view import View
from simgen.rng import Stream

NEAREST_M, FARTHEST_M = 0.3, 6.0
"""Depths between which drops are drawn: a drop of 2 mm is about a sixth of a pixel wide at the far end."""
LEAST_M = 1.0e-3
"""Smaller drops are not seen one by one."""
_MARGIN = 1.15  # drops outside of the picture whose streaks may reach into it


def drop_count(rain: Rain, spread: tuple[float, float]) -> int:
    """How many drops are in the pyramid with those tangents of half its angles, between the two depths."""
    return round(rain.drops_per_m3(LEAST_M) * volume_m3(spread, NEAREST_M, FARTHEST_M))


@lru_cache(maxsize=4)
def drop_diameters_m(rain: Rain) -> NDArray[np.float64]:
    """(Q,) quantiles of the diameters of the drops of at least `LEAST_M`."""
    return np.array(sizes_m(LEAST_M, rain.slope_per_m))


_DISTANCES_M = distances_m(NEAREST_M, FARTHEST_M)


def add_streaks(
    radiance: NDArray[np.float32],
    depth_m: NDArray[np.float32],
    view: View,
    lens: NDArray[np.float64],
    turn: NDArray[np.float64] | None,
    sources: Sources,
    occluders: Occluders,
    rain: Rain,
    air_mps: NDArray[np.float64],
    shutter_s: float,
    stream: Stream,
) -> None:
    """Draw rain into a picture, in place.

    Args:
        radiance, depth_m: (H, W, 3) cd/m2 and (H, W) z-depth.
        view, sources, occluders: of the same picture, or of one face of it.
        lens, turn: of the picture, and of the face where it is one of several, see `kernels.streaks`.
        rain: how much.
        air_mps: (3,) velocity of the air against the camera, world frame.
        shutter_s: exposure time.
        stream: keyed by scene, camera and tick.
    """
    spread = spread_of(view, turn, _MARGIN)
    count = drop_count(rain, spread)
    heights = occluders.heights
    streaks(
        radiance, depth_m, places(stream, "drops", count, DRAWS), _DISTANCES_M,
        drop_diameters_m(rain), np.array(spread), air_mps, shutter_s, view.back, view.intrinsics,
        lens, np.eye(3) if turn is None else turn, sources.with_eye(view.eye), sources.lamps, heights.cover,
        heights.grid, np.empty(3, np.float32),
    )  # fmt: skip
