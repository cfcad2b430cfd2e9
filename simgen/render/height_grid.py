"""The height grid about a view: what the ground sees of the sky, beside things and under cover."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.render.clusters import surface_m2
from simgen.render.kernels.heights import TILE, cover_grid, shade
from simgen.render.parallel_maps import Caster
from simgen.render.view import View
from simgen.snapshot import Cast, Snapshot

_RADIUS_M, _SIZE, _SNAP_M, _LEAD_M = 32.0, 256, 8.0, 22.0
_SCALE = _SIZE / (2.0 * _RADIUS_M)
_KEPT = 8  # grids of past places: a rig may look several ways
_FILLED = 0.28  # of its box's area, seen from all sides on average, that a thing must cover to shade like a box
_AXES = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])  # rows right, down, away, seen from above


def _rings() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Cells that the occlusion grid looks at, in eight directions, and their squared distances in m2."""
    cell = 1.0 / _SCALE
    reach = np.array([0.0, 0.25, 0.5, 1.0, 1.75])
    d = math.sqrt(0.5)
    way = np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [d, d], [d, -d], [-d, d], [-d, -d]])
    cells = np.rint(way[:, None, :] * reach[None, :, None] / cell).astype(np.int64)
    return cells, (np.maximum(reach, 0.35 * cell) ** 2).astype(np.float32)


_RINGS, _REACH2 = _rings()


@dataclass(frozen=True, eq=False)
class Heights:
    """What `sky_visibility` looks up; G cells a side, flat.

    Attributes:
        ground, cover: (G * G,) float32 heights of the ground and of fixed geometry over it, -inf where there is none.
        sky: (G * G,) float32 share of the dome that the ground sees beside objects.
        roofed: (G * G,) float32 share of its surroundings that has cover.
        shaded: (G * G,) uint8 cells that do not see all of the sky.
        grid: (4,) float64 cells a metre, cell coordinates of the world's origin, and cells a row.
    """

    ground: NDArray[np.float32]
    cover: NDArray[np.float32]
    sky: NDArray[np.float32]
    roofed: NDArray[np.float32]
    shaded: NDArray[np.uint8]
    grid: NDArray[np.float64]


class _Scenery(NamedTuple):
    """What stands still: see `Heights`; `under_roof` is `shaded` without any object."""

    ground: NDArray[np.float32]
    cover: NDArray[np.float32]
    roofed: NDArray[np.float32]
    under_roof: NDArray[np.uint8]


class HeightGrid:
    """The grids of one cast.

    Args:
        caster: draws its scenery.
        fixed: (P,) bool parts that stand still and are no roof.
    """

    def __init__(self, caster: Caster, fixed: NDArray[np.bool_]) -> None:
        self._caster = caster
        self._ground_parts = caster.geometry.part_ground
        self._cover_parts = fixed & ~caster.geometry.part_ground
        self._fixed_heights: dict[tuple[float, float], _Scenery] = {}
        self._boxes: tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]] | None = None
        self._top = np.full((_SIZE, _SIZE), -np.inf, np.float32)
        self._foot = np.full((_SIZE, _SIZE), np.inf, np.float32)
        self._sky = np.ones((_SIZE, _SIZE), np.float32)
        tiles = _SIZE // TILE
        self._busy = np.zeros((tiles, tiles), np.uint8)
        self._listed = np.empty((tiles * tiles, 2), np.int64)
        self._about = 0
        self._hidden = np.empty((tiles * tiles, 8, 2, TILE * TILE), np.float32)
        self._shaded = np.empty((_SIZE, _SIZE), np.uint8)

    def build(self, snapshot: Snapshot, view: View) -> Heights:
        """The grid ahead of a view, valid until the next call."""
        heading = view.back[:2, 2]
        norm = max(math.hypot(float(heading[0]), float(heading[1])), 1e-6)
        x = round(float(view.eye[0] + heading[0] / norm * _LEAD_M) / _SNAP_M) * _SNAP_M
        y = round(float(view.eye[1] + heading[1] / norm * _LEAD_M) / _SNAP_M) * _SNAP_M
        grid = np.array([_SCALE, 0.5 * _SIZE - x * _SCALE, 0.5 * _SIZE + y * _SCALE, _SIZE])
        place = grid[:3]
        ground, cover, roofed, under_roof = self._scenery(x, y, place, snapshot.T_world_part)
        if self._boxes is None:
            self._boxes = _boxes(snapshot.cast)
        self._about = shade(
            ground, under_roof, snapshot.T_world_object, *self._boxes, place, _RINGS, _REACH2, self._listed,
            self._about, self._busy, self._top, self._foot, self._hidden, self._sky, self._shaded,
        )  # fmt: skip
        return Heights(
            ground.ravel(), cover.ravel(), self._sky.ravel(), roofed.ravel(), self._shaded.ravel(),
            grid,
        )  # fmt: skip

    def _scenery(self, x: float, y: float, place: NDArray[np.float64], poses: NDArray[np.float64]) -> _Scenery:
        """Of the surroundings of a place, (G, G) each; kept, as scenery stands still."""
        if (x, y) not in self._fixed_heights:
            while len(self._fixed_heights) >= _KEPT:
                self._fixed_heights.pop(next(iter(self._fixed_heights)))
            bounds = (x - _RADIUS_M, x + _RADIUS_M, -y - _RADIUS_M, -y + _RADIUS_M)
            ground, cover, roofed = np.full((3, _SIZE, _SIZE), -np.inf, np.float32)
            for wanted, heights in ((self._ground_parts, ground), (self._cover_parts, cover)):
                self._caster.place(_AXES, poses, _SCALE, bounds, wanted)
                self._caster.raster(_SCALE, place[1:].copy(), heights)
            cover_grid(ground, cover, 1.0 / _SCALE, np.empty_like(ground), roofed)
            under_roof = np.zeros((_SIZE, _SIZE), np.uint8)
            some = roofed > 0.0
            under_roof[:-1, :-1] = some[:-1, :-1] | some[1:, :-1] | some[:-1, 1:] | some[1:, 1:]
            under_roof[0, 0] = 0
            self._fixed_heights[x, y] = _Scenery(ground, cover, roofed, under_roof)
        return self._fixed_heights[x, y]


def _boxes(cast: Cast) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Rows, (K, 3) sizes and (K, 3) centres of the objects that fill their boxes: a branch shades less than its box."""
    covered = np.zeros(len(cast.objects) + 1)
    for part in cast.parts:
        # Seen from all sides on average, a closed surface covers a quarter of its area.
        covered[part.instance] += 0.25 * surface_m2(part.mesh)
    sizes = np.array([o.size_m for o in cast.objects], np.float64).reshape(-1, 3)
    centers = np.array([o.box_center_m for o in cast.objects], np.float64).reshape(-1, 3)
    x, y, z = sizes.T
    box = 0.5 * (x * y + y * z + z * x)  # a quarter of the box's own surface
    rows = np.flatnonzero(covered[1:] >= _FILLED * box)
    return rows, sizes[rows], centers[rows]
