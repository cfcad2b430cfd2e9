"""What lamps add to the air of a frame: see `kernels.glow`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Conditions
from simgen.render.kernels import glow
from simgen.render.kernels import sources as columns
from simgen.render.kernels.halos import TABLE, halos
from simgen.render.lighting import Sources
from simgen.render.occluders import Occluders
from simgen.render.view import View

ASYMMETRY = 0.85
"""Mean cosine of the angle by which droplets turn light: 0.86 by Mie's theory for fog at 550 nm."""
FLAKES_ASYMMETRY = 0.1
"""The same of flakes, see `kernels.falling.scattered`: an assumption of ours."""
LEAST_SHARE, LEAST_CD_M2 = 0.005, 3.0e-3
"""A lamp is left out along a ray where it gives less than this share of the airlight, or less than this."""
_LUMA = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, eq=False)
class Volume:
    """What `kernels.glow.add` and `kernels.halos.add_halos` look up."""

    light: NDArray[np.float32]
    busy: NDArray[np.uint8]
    places: NDArray[np.float32]
    tables: NDArray[np.float32]


class Glow:
    """The volumes of a renderer; holds their arrays."""

    def __init__(self) -> None:
        self._lattices: dict[tuple[int, int], tuple[NDArray[np.float32], NDArray[np.uint8]]] = {}
        self._tables = np.empty((0, TABLE), np.float32)

    def build(self, sources: Sources, occluders: Occluders, view: View, conditions: Conditions) -> Volume | None:
        """The volume of a view, valid until the next call; None where there is nothing to see.

        All air scatters, that of rain and snow like that of fog, and as much everywhere as at the eye.
        """
        if conditions.extinction_per_m <= 0.0 or not len(sources.lamps):
            return None
        rows, across = (-(-side // glow.CELL) + 1 for side in (view.height, view.width))
        if (rows, across) not in self._lattices:
            self._lattices[rows, across] = (
                np.empty((rows, across, glow.SLICES + 1, 3), np.float32), np.empty((rows, across), np.uint8)
            )  # fmt: skip
        light, busy = self._lattices[rows, across]
        lamps, maps, matrices = sources.lamps, occluders.lamp_maps, occluders.lamp_matrix
        if len(self._tables) < len(lamps):
            self._tables = np.empty((len(lamps), TABLE), np.float32)
        places = np.empty((len(lamps), glow.HALO), np.float32)
        airlight = float(sources.table[columns.AIR_R : columns.AIR_B + 1] @ _LUMA)
        least, air = max(LEAST_SHARE * airlight, LEAST_CD_M2), _air(conditions, float(view.eye[2]))
        shape = np.array([view.height, view.width])
        near = halos(view.back, view.intrinsics, shape, lamps, air, least, maps, matrices, places, self._tables)
        found = glow.fill(view.back, view.intrinsics, lamps, air, least, maps, matrices, places, light, busy)
        return Volume(light, busy, places, self._tables) if found or near else None


def _air(conditions: Conditions, eye_z_m: float) -> NDArray[np.float32]:
    """What the air at a height scatters, see `kernels.glow.fill`; drops and flakes absorb nothing."""
    fog, rain_per_m, snow_per_m = conditions.fog, conditions.rain.extinction_per_m, conditions.snow.extinction_per_m
    fog_per_m = fog.extinction_per_m * math.exp(-eye_z_m / fog.scale_height_m)
    if rain_per_m + snow_per_m <= 0.0:
        return np.array([fog_per_m, fog.albedo, ASYMMETRY, 1.0], np.float32)
    extinction_per_m = fog_per_m + rain_per_m + snow_per_m
    by_drops = fog_per_m * fog.albedo + rain_per_m
    scattering_per_m = by_drops + snow_per_m
    asymmetry = (by_drops * ASYMMETRY + snow_per_m * FLAKES_ASYMMETRY) / scattering_per_m
    return np.array(
        [extinction_per_m, scattering_per_m / extinction_per_m, asymmetry, by_drops / scattering_per_m], np.float32
    )
