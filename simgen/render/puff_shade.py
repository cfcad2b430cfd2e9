"""The shade that puffs throw on a frame's surfaces: see `kernels.puff_shade`.

The noise that breaks the edges of puffs in the picture is left out of it: its lumps are finer than what a shade shows
that is thrown from some height.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simgen.render.kernels import lamps as lamp_columns
from simgen.render.kernels import puff_maps as maps
from simgen.render.kernels.puff_shade import AXIS_X, AXIS_Y, AXIS_Z, FRAME, LAMP_TEXELS, LAYERS, WIDEST
from simgen.render.kernels.puffs import REACH_SD
from simgen.render.lighting import Sources
from simgen.render.puffs import rows_of
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
        reach = _reach_m(puffs)
        thickest, densest = _thickest(puffs), _densest_per_m(puffs)
        frames: list[NDArray[np.float32]] = []
        for lamp in lamps:
            if lamp[lamp_columns.LAMP_SIZE2] > 0.0:
                continue
            place = lamp[lamp_columns.LAMP_POS : lamp_columns.LAMP_POS + 3].astype(np.float64)
            axis = lamp[lamp_columns.LAMP_DIR : lamp_columns.LAMP_DIR + 3].astype(np.float64)
            away, reach_m = puffs.center_m - place, float(lamp[lamp_columns.LAMP_REACH])
            far = np.sqrt((away**2).sum(axis=1))
            near = (far - reach < reach_m) & ((away * axis).sum(axis=1) > -reach)
            most = np.minimum(thickest, densest * reach_m) * near
            if most.sum() < _LEAST_SHADE:
                continue
            near = most > _LEAST
            frame = _frame(lamp, axis)
            some, texel_m = _only(puffs, near), (4.0 * far[near, None] * frame[WIDEST]) / LAMP_TEXELS
            sharper = np.maximum(some.spread_m, _LEAST_SD * texel_m) ** 2 - maps.BLUR * texel_m**2
            some = replace(some, spread_m=np.sqrt(sharper))
            k = len(frames)
            if k >= len(self._lamps):
                more = np.empty((2 * k + 4, self._lamps.shape[1]), np.float32)
                more[:k] = self._lamps
                self._lamps = more
            out = self._lamps[k].reshape(LAMP_TEXELS, LAMP_TEXELS, 4)
            maps.fill_lamp(rows_of(some, place), frame, reach_m, self._sums, out)
            frames.append(frame)
            lamp[lamp_columns.LAMP_SMOKE] = len(frames)
        return np.array(frames, np.float32).reshape(-1, FRAME), self._lamps[: len(frames)]


def _frame(lamp: NDArray[np.float32], axis: NDArray[np.float64]) -> NDArray[np.float32]:
    """The frame of a lamp's map, as wide as its light goes."""
    up = lamp[lamp_columns.LAMP_UP : lamp_columns.LAMP_UP + 3].astype(np.float64)
    if not up.any():  # that of an area is alike all around
        up = np.array([1.0, 0.0, 0.0]) if abs(axis[2]) > 0.7 else np.array([0.0, 0.0, 1.0])
    up = up - axis * float((up * axis).sum())
    up /= math.sqrt(float((up**2).sum()))
    wide = {lamp_columns.AREA: 0.5 * math.pi, lamp_columns.LOW_BEAM: _LOW_BEAM_RAD}.get(
        int(lamp[lamp_columns.LAMP_BEAM]), math.acos(min(max(float(lamp[lamp_columns.LAMP_COS]), 0.0), 0.999))
    )
    frame = np.empty(FRAME, np.float32)
    frame[AXIS_X : AXIS_X + 3] = [
        axis[1] * up[2] - axis[2] * up[1],
        axis[2] * up[0] - axis[0] * up[2],
        axis[0] * up[1] - axis[1] * up[0],
    ]
    frame[AXIS_Y : AXIS_Y + 3] = up
    frame[AXIS_Z : AXIS_Z + 3] = axis
    frame[WIDEST] = math.tan(0.5 * wide)
    return frame


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
