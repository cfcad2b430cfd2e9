"""The puffs of a frame, as the picture and the labels see them: see `kernels.puffs`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.render.kernels import puff_points
from simgen.render.kernels import puff_volume as slices
from simgen.render.kernels import puffs as kernels
from simgen.render.kernels import sources as columns
from simgen.render.lighting import Sources
from simgen.render.view import View
from simgen.rng import Stream
from simgen.snapshot import Puffs

_CONTRAST = 0.6  # standard deviation of the logarithm of the noise at its nodes
_LEAST_NEAR_M = 2.0  # slices are as fine there as anywhere


@dataclass(frozen=True, eq=False)
class PuffVolume:
    """What `kernels.puff_points.add` and `fade` look up; see `kernels.puff_volume.compose`.

    Attributes:
        near_m, half_m: where the slices lie, see `kernels.puff_volume.edge`.
        sums: (G, H, SLICES + 1, 4) float32.
        busy: (G, H) uint8.
    """

    near_m: np.float32
    half_m: np.float32
    sums: NDArray[np.float32]
    busy: NDArray[np.uint8]

    def fade(self, distance_m: NDArray[np.float32], transmittance: NDArray[np.float32]) -> None:
        """Lower the transmittance (H, W) before what is so far along the rays, in place, by what puffs take."""
        scratch = np.empty(puff_points.SCRATCH, np.float32)
        puff_points.fade(distance_m, self.near_m, self.half_m, self.sums, self.busy, scratch, transmittance)


class _Arrays(NamedTuple):
    """What is kept for pictures of one size."""

    sums: NDArray[np.float32]
    busy: NDArray[np.uint8]
    far: NDArray[np.float32]
    cells: NDArray[np.float32]
    scratch: NDArray[np.float32]


def rows_of(puffs: Puffs, eye: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, ROW) rows of the puffs for an eye, without their light."""
    rows = np.zeros((len(puffs), kernels.ROW))
    kernels.pack(
        puffs.center_m, puffs.spread_m, puffs.streak_m, puffs.cross_section_m2, puffs.albedo, puffs.asymmetry,
        puffs.key, puffs.raggedness, eye, rows,
    )  # fmt: skip
    return rows


def optical_depths(puffs: Puffs, eye: NDArray[np.float64], points_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M,) optical depth of all puffs between an eye (3,) and points (M, 3), world frame; their edges unbroken."""
    out = np.zeros(len(points_m))
    if len(puffs):
        kernels.depths(rows_of(puffs, eye), points_m, eye, out)
    return out


class PuffVolumes:
    """Makes the volumes of a renderer; holds their arrays."""

    def __init__(self) -> None:
        self._arrays: dict[tuple[int, int], _Arrays] = {}

    def build(
        self, puffs: Puffs, view: View, depth_m: NDArray[np.float32] | None, sources: Sources | None
    ) -> PuffVolume | None:
        """The volume of a view, valid until the next call; None where the air is clear.

        Args:
            puffs: what floats.
            view: where from.
            depth_m: (H, W) z-depth of what stands behind them; without it nothing does.
            sources: the light; without it there is only what the puffs take.
        """
        if not len(puffs):
            return None
        rows = rows_of(puffs, view.eye)
        deep = (rows[:, kernels.CX : kernels.CZ + 1] * view.back[:, 2]).sum(axis=1)
        rows = rows[deep > -rows[:, kernels.REACH]]
        if not len(rows):
            return None
        away = np.sqrt((rows[:, kernels.CX : kernels.CZ + 1] ** 2).sum(axis=1))
        order = away.argsort(kind="stable")
        rows, away = rows[order], away[order]
        near = max(float((away - rows[:, kernels.REACH]).min()), 0.0)
        far = float((away + rows[:, kernels.REACH]).max())
        base = max(near, _LEAST_NEAR_M)
        half = max(math.sqrt(base * max(far, base)) - base, 0.5)
        table = np.zeros(columns.SOURCES, np.float32) if sources is None else sources.with_eye(view.eye)
        if sources is not None:
            kernels.shine(rows, table, sources.lamps, view.eye)
        arrays = self._room(view)
        sums, busy = arrays.sums, arrays.busy
        sums.fill(0.0)
        if depth_m is None:
            arrays.far.fill(np.inf)
        else:
            slices.farthest(depth_m, arrays.cells, arrays.far)
        near32, half32 = np.float32(near), np.float32(half)
        slices.fill(
            rows, view.back, view.intrinsics, table, arrays.far, float(near32), float(half32), _noise(), arrays.scratch,
            sums,
        )  # fmt: skip
        slices.compose(sums, table, float(near32), float(half32), busy)
        return PuffVolume(near32, half32, sums, busy)

    def _room(self, view: View) -> _Arrays:
        g, h = -(-view.height // slices.CELL) + 1, -(-view.width // slices.CELL) + 1
        if (g, h) not in self._arrays:
            self._arrays[g, h] = _Arrays(
                np.empty((g, h, slices.SLICES + 1, 4), np.float32),
                np.empty((g, h), np.uint8),
                np.empty((g, h), np.float32),
                np.empty((g - 1, h - 1), np.float32),
                np.empty(2 * slices.WIDE, np.float32),
            )
        return self._arrays[g, h]


@cache
def _noise() -> NDArray[np.float32]:
    """Log-normal noise at the nodes of a periodic cube, of mean 1: where it is interpolated its mean is the same.

    A sum of twelve uniforms stands for a normal value: additions only, so that the bits are the same everywhere.
    """
    side = kernels.NOISE
    uniforms = Stream(0, 0, "render.puffs").array("noise", 12 * side**3).reshape(12, -1)
    normal = uniforms.sum(axis=0) - 6.0
    values = np.array([math.exp(_CONTRAST * v) for v in normal.tolist()])
    noise: NDArray[np.float32] = (values / values.mean()).astype(np.float32).reshape(side, side, side)
    return noise
