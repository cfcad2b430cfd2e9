"""The shade that puffs throw on a frame's surfaces: see `kernels.puff_shade`.

The noise that breaks the edges of puffs in the picture is left out of it: its lumps are finer than what a shade shows
that is thrown from some height.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.render.kernels import lamps as lamp_columns
from simgen.render.kernels import puff_maps as maps
from simgen.render.kernels.puff_shade import FRAME, LAMP_TEXELS, LAYERS
from simgen.render.kernels.puffs import REACH_SD, ROW
from simgen.render.lighting import Sources
from simgen.snapshot import Puffs

REACH_M = 190.0
"""From the eye across the sunlight: as far as things throw shadows."""
_FINEST_M, _MOST_TEXELS = 0.25, 448
_TEXELS_A_SD = 3.0
_LEAST_SD = 0.6  # texels; what is smaller is spread out to it
_LEAST = 2.0e-3  # optical depth of a puff at the most that throws no shade
_LEAST_SHADE = 0.02  # optical depth of all puffs in the light of a lamp that is left out
_LOW_BEAM_RAD = math.radians(70.0)  # off its axis, beyond which a dipped beam is stray light


@dataclass(frozen=True, eq=False)
class PuffShade:
    """What `kernels.puff_shade` looks up.

    Attributes:
        place: (4,) float32 of the sun's map; sun: (LAYERS, V, U) float32, empty without one.
        frames: (S, FRAME) float32 of the lamps with a map, of which column LAMP_SMOKE counts from 1 on.
        lamps: (S, M * M * 4) float32, LAYERS of each texel.
    """

    place: NDArray[np.float32]
    sun: NDArray[np.float32]
    frames: NDArray[np.float32]
    lamps: NDArray[np.float32]


NO_SHADE = PuffShade(
    np.zeros(4, np.float32),
    np.zeros((LAYERS, 0, 0), np.float32),
    np.zeros((0, FRAME), np.float32),
    np.zeros((0, 0), np.float32),
)
"""Clear air."""


class PuffShades:
    """Makes the shades of a renderer; holds their arrays."""

    def __init__(self) -> None:
        self._sun = np.empty(LAYERS * _MOST_TEXELS**2, np.float32)
        self._lamps = np.empty((0, LAMP_TEXELS * LAMP_TEXELS * 4), np.float32)
        self._sums = np.empty((LAYERS, LAMP_TEXELS, LAMP_TEXELS), np.float32)

    def build(self, puffs: Puffs, sources: Sources, axes: NDArray[np.float64], eye: NDArray[np.float64]) -> PuffShade:
        """The shade of a frame, valid until the next call; writes which lamps have maps into their table.

        Args:
            puffs: what floats.
            sources: the light.
            axes: (3, 3) rows: right, down and away of the sun's frame in the world.
            eye: (3,) about which shade is seen.
        """
        thick = _thick(puffs)
        if not len(thick):
            return NO_SHADE
        place, sun = NO_SHADE.place, NO_SHADE.sun
        if sources.has_sun:
            place, sun = self._under_sun(thick, axes, eye)
        frames, lamps = self._under_lamps(thick, sources.lamps)
        return PuffShade(place, sun, frames, lamps)

    def _under_sun(
        self, puffs: Puffs, axes: NDArray[np.float64], eye: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The sun's map and its place: texels lie on a lattice that is fixed in the world."""
        across = (puffs.center_m[:, None, :] * axes[None, :2]).sum(axis=2)  # (N, 2)
        middle = (axes[:2] * eye).sum(axis=1)
        reach = _reach_m(puffs)[:, None]
        low = np.maximum((across - reach).min(axis=0), middle - REACH_M)
        high = np.minimum((across + reach).max(axis=0), middle + REACH_M)
        if (low >= high).any():
            return NO_SHADE.place, NO_SHADE.sun
        texel_m = max(float(puffs.spread_m.min()) / _TEXELS_A_SD, _FINEST_M)
        texel_m = max(texel_m, float((high - low).max()) / (_MOST_TEXELS - 4))
        texel_m = _FINEST_M * 2.0 ** (0.5 * math.ceil(2.0 * math.log2(texel_m / _FINEST_M)))
        begin = np.floor(low / texel_m)
        columns, rows = (np.ceil(high / texel_m) - begin + 1.0).astype(int).tolist()
        deep = (axes[2] * puffs.center_m).sum(axis=1)
        place = np.array([1.0 / texel_m, -begin[0], -begin[1], 0.5 * (deep.min() + deep.max())], np.float32)
        sums = self._sun[: LAYERS * rows * columns].reshape(LAYERS, rows, columns)
        spread = np.maximum(puffs.spread_m, _LEAST_SD * texel_m)
        maps.fill_sun(puffs.center_m, spread, puffs.streak_m, puffs.cross_section_m2, axes, place, sums)
        return place, sums

    def _under_lamps(self, puffs: Puffs, lamps: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Frames and maps of the lamps with puffs in their light.

        Light that a beam throws back off the ground comes from so wide a patch that puffs take it alike everywhere; it
        has no map.
        """
        reach, thickest, densest = _reach_m(puffs), _thickest(puffs), _densest_per_m(puffs)
        far, most = np.empty((2, len(lamps), len(puffs)))
        maps.depths_in_beams(lamps, puffs.center_m, reach, thickest, densest, far, most)
        lit = np.flatnonzero((most.sum(axis=1) >= _LEAST_SHADE) & (lamps[:, lamp_columns.LAMP_SIZE2] <= 0.0))
        if len(lit) > len(self._lamps):
            self._lamps = np.empty((2 * len(lit), self._lamps.shape[1]), np.float32)
        frames = np.empty((len(lit), FRAME), np.float32)
        rows = np.zeros((len(puffs), ROW))
        for n, k in enumerate(lit.tolist()):
            beam, cosine = lamps[k, [lamp_columns.LAMP_BEAM, lamp_columns.LAMP_COS]].tolist()
            maps.lamp_frame(lamps[k], _widest(int(beam), cosine), frames[n])
            count = maps.rows_in_beam(
                lamps[k], puffs.center_m, puffs.spread_m, puffs.streak_m, puffs.cross_section_m2, far[k], most[k],
                _LEAST, _LEAST_SD, frames[n], rows,
            )  # fmt: skip
            out = self._lamps[n].reshape(LAMP_TEXELS, LAMP_TEXELS, 4)
            maps.fill_lamp(rows[:count], frames[n], float(lamps[k, lamp_columns.LAMP_REACH]), self._sums, out)
        lamps[lit, lamp_columns.LAMP_SMOKE] = np.arange(1, len(lit) + 1)
        return frames, self._lamps[: len(lit)]


@lru_cache(maxsize=64)
def _widest(beam: int, cosine: float) -> float:
    """Half the side of the map of a lamp as wide as its light goes, in tangents of half the angle to its axis."""
    wide = {lamp_columns.AREA: 0.5 * math.pi, lamp_columns.LOW_BEAM: _LOW_BEAM_RAD}.get(
        beam, math.acos(min(max(cosine, 0.0), 0.999))
    )
    return math.tan(0.5 * wide)


def _thick(puffs: Puffs) -> Puffs:
    """The puffs that take enough along some ray to throw a shade."""
    return _only(puffs, _thickest(puffs) > _LEAST)


def _thickest(puffs: Puffs) -> NDArray[np.float64]:
    """(N,) optical depths that no ray through a puff exceeds."""
    a, b = puffs.spread_m.T
    most: NDArray[np.float64] = puffs.cross_section_m2 / (2.0 * math.pi * a * np.minimum(a, b))
    return most


def _densest_per_m(puffs: Puffs) -> NDArray[np.float64]:
    """(N,) extinction coefficients in the middle of puffs."""
    a, b = puffs.spread_m.T
    drawn = 1.0 + (puffs.streak_m[:, 0] ** 2 + puffs.streak_m[:, 1] ** 2) / a**2 + puffs.streak_m[:, 2] ** 2 / b**2
    most: NDArray[np.float64] = puffs.cross_section_m2 / ((2.0 * math.pi) ** 1.5 * a * a * b * np.sqrt(drawn))
    return most


def _only(puffs: Puffs, which: NDArray[np.bool_]) -> Puffs:
    return Puffs(
        puffs.center_m[which], puffs.spread_m[which], puffs.streak_m[which], puffs.cross_section_m2[which],
        puffs.albedo[which], puffs.asymmetry[which], puffs.key[which], puffs.raggedness[which],
    )  # fmt: skip


def _reach_m(puffs: Puffs) -> NDArray[np.float64]:
    """(N,) radii of balls that hold them."""
    reach: NDArray[np.float64] = REACH_SD * np.sqrt((puffs.spread_m**2).max(axis=1) + (puffs.streak_m**2).sum(axis=1))
    return reach
