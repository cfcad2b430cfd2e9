"""Maps of what stands highest along parallel rays: seen from the sun, for shadows, or from above.

Fixed scenery is drawn once for each place of a map and kept; moving things are drawn over it for one frame and taken
off again before the next. Where a map lies depends on the frame alone, not on those before.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simgen.render.geometry import Geometry
from simgen.render.kernels.poses import compose_poses
from simgen.render.kernels.raster import raster_parallel
from simgen.render.kernels.transform import (
    choose_versions,
    cull,
    drop_inside,
    footprints,
    restore,
    save,
    transform,
)

DETAIL_TEXELS = 0.3
"""How far a caster's version may lie from its mesh, in texels: less than receivers step off their own surface."""
Bounds = tuple[float, float, float, float]
"""Low x, high x, low y, high y in metres."""
_KEPT = 4  # maps that are kept: a view each, for rigs that look several ways
_NO_KEYS = np.zeros((0, 0), np.int64)
_CENTER = np.zeros(1)  # one sample a texel, at its centre


@dataclass(eq=False)
class _Map:
    """A map with its scenery, and what the moving things of the last frame hide."""

    grid: NDArray[np.float32]
    boxes: NDArray[np.int64]
    count: int = 0
    store: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))


class ParallelMaps:
    """The maps of one cast.

    Args:
        geometry: what casts.
    """

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry
        self._camera = np.zeros((3, geometry.vertices_m.shape[1]), np.float32)
        self._visible = np.zeros(len(geometry.cluster_part), np.bool_)
        self._version = np.zeros(len(geometry.part_instance), np.uint8)
        self._matrix = np.zeros((len(geometry.part_instance), 3, 4))
        self._maps: dict[tuple[object, ...], _Map] = {}

    def draw(
        self,
        key: tuple[object, ...],
        axes: NDArray[np.float64],
        poses: NDArray[np.float64],
        place: NDArray[np.float64],
        size: int,
        fixed: NDArray[np.bool_],
        moving: NDArray[np.bool_],
        window: Bounds | None = None,
        hole: Bounds | None = None,
    ) -> NDArray[np.float32]:
        """The map for a frame, valid until the next of its kind.

        Args:
            key: kind and everything that decides what scenery the map shows.
            axes: (3, 3) float64 rows right, down, away of the rays' frame in the world.
            poses: (P, 4, 4) float64 parts in the world.
            place: (3,) float64 texels a metre, and texel coordinates of the world's origin.
            size: texels a side, R.
            fixed, moving: (P,) bool which parts to draw.
            window: low x, high x, low y, high y in the rays' frame that moving things are drawn in; all by default.
            hole: the same for where they need not be drawn.

        Returns:
            (R, R) float32 largest -z in the rays' frame, -inf where there is nothing.
        """
        low_x, low_y, extent = -place[1] / place[0], -place[2] / place[0], size / place[0]
        whole = (low_x, low_x + extent, low_y, low_y + extent)
        entry = self._maps.pop(key, None)
        if entry is None:
            entry = self._fresh(key[0], size)
            self._cull(axes, poses, place, whole, fixed)
            self._raster(place, entry.grid)
        else:
            restore(entry.grid, entry.boxes, entry.count, entry.store)
        self._maps[key] = entry  # the latest is the last to be given up
        entry.count = 0
        if not moving.any():
            return entry.grid
        g = self._geometry
        self._cull(axes, poses, place, window or whole, moving)
        if hole is not None:
            drop_inside(g.cluster_center_m, g.cluster_radius_m, g.cluster_part, self._matrix, *hole, self._visible)
        scale, left, top = place.tolist()
        entry.count = footprints(
            g.cluster_center_m, g.cluster_radius_m, g.cluster_part, self._matrix, self._visible, scale, left, top, size,
            entry.boxes,
        )  # fmt: skip
        boxes = entry.boxes[: entry.count]
        texels = int(((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).sum())
        if len(entry.store) < texels:
            entry.store = np.empty(2 * texels, np.float32)
        save(entry.grid, boxes, entry.count, entry.store)
        self._raster(place, entry.grid)
        return entry.grid

    def _fresh(self, kind: object, size: int) -> _Map:
        """An empty map, in the memory of the oldest of its kind if enough are kept."""
        same = [k for k in self._maps if k[0] == kind]
        if len(same) >= _KEPT:
            entry = self._maps.pop(same[0])
            entry.grid.fill(-np.inf)
            return entry
        boxes = np.empty((len(self._visible), 4), np.int64)
        return _Map(np.full((size, size), -np.inf, np.float32), boxes)

    def _cull(
        self,
        axes: NDArray[np.float64],
        poses: NDArray[np.float64],
        place: NDArray[np.float64],
        bounds: Bounds,
        wanted: NDArray[np.bool_],
    ) -> None:
        g = self._geometry
        outer = np.zeros((3, 4))
        outer[:, :3] = axes
        compose_poses(outer, poses, self._matrix)
        low_x, high_x, low_y, high_y = bounds
        planes = np.array([[1.0, 0, 0, -low_x], [-1.0, 0, 0, high_x], [0, 1.0, 0, -low_y], [0, -1.0, 0, high_y]])
        choose_versions(g.part_sphere, g.part_error_m, self._matrix, DETAIL_TEXELS / place[0], 0.0, self._version)
        cull(
            g.cluster_center_m, g.cluster_radius_m, g.cluster_part, g.cluster_version, self._matrix, planes, wanted,
            self._version, self._visible,
        )  # fmt: skip

    def _raster(self, place: NDArray[np.float64], grid: NDArray[np.float32]) -> None:
        g = self._geometry
        transform(g.vertices_m, g.cluster_vertices, g.cluster_part, self._visible, self._matrix, self._camera)
        raster_parallel(
            self._camera, g.faces, g.cluster_faces, g.cluster_closed, self._visible, float(place[0]), place[1:].copy(),
            _CENTER, grid, _NO_KEYS,
        )  # fmt: skip
