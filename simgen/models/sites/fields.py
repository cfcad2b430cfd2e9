"""What the land is covered with: gravel, grass and a patchwork of fields."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simgen.models.palette import GRASS, GRAVEL, SOIL
from simgen.models.sites.terrain import Floats, Paint
from simgen.rng import Stream

MEADOW = replace(GRASS, name="meadow", albedo=(0.085, 0.125, 0.032))
STUBBLE = replace(GRASS, name="stubble", albedo=(0.27, 0.21, 0.09), albedo2=(0.20, 0.16, 0.07), contrast=0.4)
CROP = replace(GRASS, name="young crop", albedo=(0.065, 0.125, 0.03), albedo2=(0.09, 0.13, 0.04), contrast=0.4)
PLOUGHED = replace(SOIL, name="ploughed", albedo=(0.125, 0.085, 0.055))
BALLAST = replace(GRAVEL, name="ballast", albedo=(0.17, 0.155, 0.145), contrast=0.8)
LAND = (GRASS, MEADOW, STUBBLE, CROP, PLOUGHED, GRAVEL, BALLAST)
"""Materials by the indices that `patchwork` returns; gravel and ballast are for the sites to place."""
GRAVEL_INDEX, BALLAST_INDEX = 5, 6
_KINDS = 4
_EDGES = (3, 6, 8)
"""Strips of a country's lines at which a new row of fields begins; before the first is grass."""


def patchwork(x0_m: float, near_strips: int, stream: Stream) -> Paint:
    """Paints grass near the road, two rows of fields behind it, and meadow on the ridges.

    Args:
        x0_m: where the fields' borders are counted from; a border falls on points of every line.
        near_strips: strips before the first of the country.
        stream: of what grows where.
    """
    grown = stream.array("kind", 4096)

    def paint(k: int, x_m: Floats) -> NDArray[np.int64]:
        row = int(np.searchsorted(_EDGES, k - near_strips, side="right"))
        if row == 0 or row == len(_EDGES):
            return np.full(len(x_m), 0 if row == 0 else 1, np.int64)
        block = ((x_m - x0_m) // (64.0 * row)).astype(np.int64)
        kind: NDArray[np.int64] = 1 + (_KINDS * grown[(block + 1024 * row) % 4096]).astype(np.int64)
        return kind

    return paint
