"""Maps of what stands highest along parallel rays: seen from the sun, for shadows, or from above, for the sky.

Fixed scenery is drawn once a tile and kept; moving things are drawn over it for one frame and taken off again before
the next. What a map shows depends on the frame alone, not on those before it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simgen.held import Held
from simgen.render.clusters import CLUSTER
from simgen.render.geometry import Geometry, clusters_of
from simgen.render.kernels.placing import Casting, place
from simgen.render.kernels.raster import raster_parallel
from simgen.render.kernels.tiles import ACROSS, BLOCK, SIZE, STRIDE, TILES, footprints, lay_over, next_stale, take_off

DETAIL_TEXELS = 0.5
"""How far a caster's version may lie from its mesh, in texels: less than receivers step off their own surface."""
Bounds = tuple[float, float, float, float]
"""Low x, high x, low y, high y in metres."""
_NOTHING: Bounds = (1.0, 0.0, 0.0, 0.0)
_NO_KEYS = np.zeros((0, 0), np.int64)
_CENTER = np.zeros(1)  # one sample a texel, at its centre
_NOWHERE = np.iinfo(np.int64).min


class Caster:
    """Draws the parts of one cast along parallel rays; holds the scratch arrays.

    Args:
        geometry: what casts.
    """

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        g, parts = geometry, len(geometry.part_instance)
        self.camera = np.empty((3, g.vertices_m.shape[1]), np.float32)
        self.visible = np.zeros(len(g.cluster_part), np.bool_)
        self.matrix = np.zeros((parts, 3, 4))
        self.todo = np.empty(CLUSTER + 1, np.int64)
        clusters = clusters_of(g, self.matrix, np.zeros(parts, np.uint8), self.visible)
        self._casting = Held(Casting(clusters, self.camera, np.empty((3, 4)), np.empty((4, 4))))

    def place(
        self,
        axes: NDArray[np.float64],
        poses: NDArray[np.float64],
        scale: float,
        bounds: Bounds,
        wanted: NDArray[np.bool_],
        hole: Bounds | None = None,
    ) -> None:
        """Choose the clusters within bounds and move their vertices into the rays' frame.

        Args:
            axes: (3, 3) float64 rows right, down, away of the rays' frame in the world.
            poses: (P, 4, 4) float64 parts in the world.
            scale: texels a metre.
            bounds, hole: in the rays' frame: where to draw, and where it is not needed.
            wanted: (P,) bool parts.
        """
        place(self._casting, axes, poses, DETAIL_TEXELS / scale, bounds, hole or _NOTHING, wanted)

    def raster(self, scale: float, origin: NDArray[np.float64], grid: NDArray[np.float32]) -> None:
        """Draw what was placed: largest -z a texel, with the frame's origin at texel `origin` (2,)."""
        g = self.geometry
        raster_parallel(
            self.camera,
            g.faces,
            g.cluster_faces,
            g.cluster_closed,
            np.flatnonzero(self.visible),
            scale,
            origin,
            _CENTER,
            self.todo,
            grid,
            _NO_KEYS,
        )


@dataclass(eq=False)
class TiledMap:
    """A map that follows a window through the world, tile by tile.

    Attributes:
        caster: draws.
        scale: texels a metre.
        tiles: (TILES * TILES, STRIDE, STRIDE) float32 largest -z in the rays' frame, -inf where there is nothing.
    """

    caster: Caster
    scale: float
    tiles: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self.tiles = np.empty((TILES * TILES, STRIDE, STRIDE), np.float32)
        self._owner = np.full((TILES * TILES, 2), _NOWHERE)
        self._axes = b""
        self._hidden = np.empty((512, 2), np.int64)
        self._store = np.empty((512, BLOCK, BLOCK), np.float32)
        self._blocks = 0
        self._marks = np.empty((ACROSS, ACROSS), np.uint8)
        clusters = len(self.caster.visible)
        self._boxes = np.empty((clusters, 4), np.int64)
        self._clusters = np.empty(clusters, np.int64)
        self._in_tile = np.empty(clusters, np.int64)
        self._center = np.empty(2)

    @property
    def reach_m(self) -> float:
        """How far a window may reach from its middle."""
        return (TILES - 1.1) * SIZE / (2.0 * self.scale)

    def draw(
        self,
        axes: NDArray[np.float64],
        poses: NDArray[np.float64],
        window: Bounds,
        fixed: NDArray[np.bool_],
        moving: NDArray[np.bool_],
        hole: Bounds | None = None,
    ) -> NDArray[np.float32]:
        """Bring the map up to a frame.

        Args:
            axes, poses: see `Caster.place`.
            window: what will be looked up, at most `reach_m` from its middle.
            fixed, moving: (P,) bool which parts to draw.
            hole: where moving things need not be drawn.

        Returns:
            (9,) float32 place of the map, see `kernels.tiles`.
        """
        take_off(self.tiles, self._hidden, self._blocks, self._store)
        self._blocks = 0
        if axes.tobytes() != self._axes:
            self._axes = axes.tobytes()
            self._owner.fill(_NOWHERE)
        low_x, high_x, low_y, high_y = (b * self.scale for b in window)
        first_x, last_x = math.floor((low_x - 2.0) / SIZE), math.floor((high_x + 2.0) / SIZE)
        first_y, last_y = math.floor((low_y - 2.0) / SIZE), math.floor((high_y + 2.0) / SIZE)
        across = last_x - first_x + 1
        k = next_stale(self._owner, 0, first_x, first_y, last_x, last_y)
        while k >= 0:
            self._draw_tile(axes, poses, first_x + k % across, first_y + k // across, fixed)
            k = next_stale(self._owner, k + 1, first_x, first_y, last_x, last_y)
        self._lay_over(axes, poses, window, moving, hole, (first_x, first_y, last_x, last_y))
        origin_u, origin_v = -first_x * SIZE, -first_y * SIZE
        return np.array(
            [
                self.scale, origin_u, origin_v,
                low_x + origin_u, low_y + origin_v, high_x + origin_u, high_y + origin_v,
                first_x % TILES, first_y % TILES,
            ],
            np.float32,
        )  # fmt: skip

    def _draw_tile(
        self,
        axes: NDArray[np.float64],
        poses: NDArray[np.float64],
        x: int,
        y: int,
        fixed: NDArray[np.bool_],
    ) -> None:
        tile = self.tiles[(y % TILES) * TILES + x % TILES]
        tile.fill(-np.inf)
        low_x, low_y, side = x * SIZE / self.scale, y * SIZE / self.scale, STRIDE / self.scale
        self.caster.place(axes, poses, self.scale, (low_x, low_x + side, low_y, low_y + side), fixed)
        self.caster.raster(self.scale, np.array([-x * SIZE, -y * SIZE], np.float64), tile)

    def _lay_over(
        self,
        axes: NDArray[np.float64],
        poses: NDArray[np.float64],
        window: Bounds,
        moving: NDArray[np.bool_],
        hole: Bounds | None,
        tiles: tuple[int, int, int, int],
    ) -> None:
        c = self.caster
        g = c.geometry
        c.place(axes, poses, self.scale, window, moving, hole)
        count = footprints(
            g.cluster_center_m, g.cluster_radius_m, g.cluster_part, c.matrix, c.visible, self.scale, self._clusters,
            self._boxes,
        )  # fmt: skip
        while True:
            blocks = lay_over(
                self.tiles, c.camera, g.faces, g.cluster_faces, g.cluster_closed, self._clusters[:count],
                self._boxes[:count], self.scale, *tiles, self._in_tile, self._marks, _NO_KEYS, _CENTER, c.todo,
                self._center, self._hidden, self._store,
            )  # fmt: skip
            if blocks <= len(self._hidden):
                break
            take_off(self.tiles, self._hidden, len(self._hidden), self._store)
            self._hidden = np.empty((2 * blocks, 2), np.int64)
            self._store = np.empty((2 * blocks, BLOCK, BLOCK), np.float32)
        self._blocks = blocks
