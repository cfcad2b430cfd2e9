"""Shadow maps and the height grid: what stands between surfaces and their sources.

Maps lie on a lattice, so that shadow edges stand still while the camera moves (see `parallel_maps`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.held import Held
from simgen.render.clusters import CLUSTER
from simgen.render.geometry import Geometry, clusters_of
from simgen.render.height_grid import HeightGrid, Heights
from simgen.render.kernels import lamps as lamp_columns
from simgen.render.kernels.placing import Seeing, project
from simgen.render.kernels.poses import frustum_bounds
from simgen.render.kernels.raster import NEAR_M, SPANS, raster
from simgen.render.lighting import Sources
from simgen.render.parallel_maps import DETAIL_TEXELS, Bounds, Caster, TiledMap
from simgen.render.puff_shade import NO_SHADE, PuffShade, PuffShades
from simgen.render.view import View, spot_view
from simgen.snapshot import Snapshot

NEAR_TEXELS_PER_M, NEAR_REACH_M = 24.0, 35.0
FAR_TEXELS_PER_M, FAR_REACH_M = 4.8, 190.0
"""The near map shows shadows on what is within its reach of the eye, the far map on the rest."""
FINE_FOCAL_PX = 300.0
"""Pictures of shorter focal lengths would not show texels so fine: theirs are as much larger, in steps of the root of
two, so that a texel is always about as wide as a pixel's view at 12 m."""
_COARSEST = 2.0 * math.sqrt(2.0), 2.0
"""By how much at most, in the near and in the far map: one in which a person has no texel has no shadow of them."""
_COARSEST_BEAM = 2.0
_BEYOND_M = 1.0  # what is looked up lies off the surface by less
_NO_KEYS = np.zeros((0, 0), np.int64)
_CENTER = np.zeros(1)  # one sample a texel, at its centre
LAMP_SIZE, LAMP_FOV_RAD, LAMP_MAPS = 512, math.radians(110.0), 3
ROOM_MAPS = 4
"""Most lamps of a ceiling that each throw shadows of their own; more light as an even ceiling does. Their maps keep
what does not move from frame to frame."""
BEAM_SLACK_M, ROOM_SLACK_M = 0.04, 0.01
"""What a surface may stick out of a shadow map: in a room things are small and lamps near."""
_MARGIN = 4  # texels around the cone of a spot
_PLACE = [lamp_columns.LAMP_SHADOW, lamp_columns.LAMP_MAP, lamp_columns.LAMP_SIDE, lamp_columns.LAMP_SLACK]


@dataclass(eq=False)
class Occluders:
    """Everything that the shadow stages look up for one frame.

    Attributes:
        near_map, far_map: sun shadow maps, flat; near, far: (9,) where they lie (see `kernels.tiles`);
            axes: (3, 3) rows of the sun's frame.
        heights: the height grid.
        lamp_maps: flat float32, one square map after the other (see `kernels.lamps`); lamp_matrix: (S, 3, 4) float32.
        shade: what puffs take of the light.
    """

    near_map: NDArray[np.float32]
    far_map: NDArray[np.float32]
    axes: NDArray[np.float32]
    near: NDArray[np.float32]
    far: NDArray[np.float32]
    heights: Heights
    lamp_maps: NDArray[np.float32]
    lamp_matrix: NDArray[np.float32]
    shade: PuffShade


@dataclass(eq=False)
class OccluderCache:
    """Builds `Occluders`; holds the scenery's share of the maps for one cast."""

    geometry: Geometry

    def __post_init__(self) -> None:
        g = self.geometry
        self._caster = Caster(g)
        self._sun_map: dict[float, TiledMap] = {}  # by texels a metre; made when the sun first shines
        self._lamps = np.empty(LAMP_MAPS * LAMP_SIZE * LAMP_SIZE, np.float32)
        self._under_lamps: dict[tuple[float, ...], NDArray[np.float32]] = {}  # scenery below each lamp of a room
        self._camera = np.empty((3, g.vertices_m.shape[1]), np.float32)
        self._scratch = np.empty((2, 8, 3))
        self._spans = np.empty(SPANS, np.float32)
        self._todo = np.empty(CLUSTER + 1, np.int64)
        self._screen = np.empty((3, g.vertices_m.shape[1]))
        self._place = np.empty(g.vertices_m.shape[1], np.int32)
        self._visible = np.zeros(len(g.cluster_part), np.bool_)
        parts = len(g.part_instance)
        clusters = clusters_of(g, np.zeros((parts, 3, 4)), np.zeros(parts, np.uint8), self._visible)
        self._seeing = Held(Seeing(clusters, self._screen, self._place))
        self._moving = g.part_instance > 0
        self._fixed = ~self._moving & ~g.part_roof
        self._heights = HeightGrid(self._caster, self._fixed)
        self._shades = PuffShades()

    def build(self, sources: Sources, snapshot: Snapshot, view: View) -> Occluders:
        """All maps for a frame seen from `view`."""
        T_world_part = snapshot.T_world_part
        axes = _sun_axes(*sources.sun.tolist())
        near_map = far_map = np.zeros(0, np.float32)
        near = far = np.zeros(9, np.float32)
        if sources.has_sun:
            near_map, near, far_map, far = self._sun_maps(axes, T_world_part, view)
        heights = self._heights.build(snapshot, view)
        fine = 1.0 / min(_coarseness(view), _COARSEST_BEAM)
        lamp_maps, lamp_matrix = self._lamp_maps(sources, T_world_part, fine, indoor=snapshot.cast.indoor)
        return Occluders(
            near_map=near_map,
            far_map=far_map,
            axes=axes.astype(np.float32),
            near=near,
            far=far,
            heights=heights,
            lamp_maps=lamp_maps,
            lamp_matrix=lamp_matrix,
            shade=self._shades.build(snapshot.puffs, sources, axes, view.eye) if len(snapshot.puffs) else NO_SHADE,
        )

    def _sun_maps(
        self, axes: NDArray[np.float64], poses: NDArray[np.float64], view: View
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """The near and the far map, each with its (9,) place."""
        coarse = _coarseness(view)
        scales = NEAR_TEXELS_PER_M, FAR_TEXELS_PER_M
        near_map, far_map = (self._tiles(s / min(coarse, c)) for s, c in zip(scales, _COARSEST, strict=True))
        window = _seen_within(view, axes, NEAR_REACH_M, near_map.reach_m)
        near = near_map.draw(axes, poses, window, self._fixed, self._moving)
        # A shadow falls on the same texels as its caster: what is seen through the near map needs no far one.
        edge = 4.0 / far_map.scale
        hole = (window[0] + edge, window[1] - edge, window[2] + edge, window[3] - edge)
        window = _seen_within(view, axes, FAR_REACH_M, far_map.reach_m)
        far = far_map.draw(axes, poses, window, self._fixed, self._moving, hole)
        return near_map.tiles.ravel(), near, far_map.tiles.ravel(), far

    def _tiles(self, scale: float) -> TiledMap:
        if scale not in self._sun_map:
            self._sun_map[scale] = TiledMap(self._caster, scale)
        return self._sun_map[scale]

    def _lamp_maps(
        self, sources: Sources, poses: NDArray[np.float64], fine: float, *, indoor: bool
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Shadow maps for the nearest beams (head lamps, spots) and, in a room, for the lamps of its ceiling.

        Writes where they are into the lamp table. Those of beams have `fine` times as many texels a side as they might.
        """
        lamps = sources.lamps
        hung = self._hung(sources) if indoor else []
        room = (LAMP_MAPS + len(hung)) * LAMP_SIZE * LAMP_SIZE
        if len(self._lamps) < room:
            self._lamps = np.empty(room, np.float32)
        chosen = [
            k
            for k in range(len(lamps))
            if lamps[k, lamp_columns.LAMP_BEAM] > 0.5 and lamps[k, lamp_columns.LAMP_REACH] > 12
        ]
        chosen = chosen[:LAMP_MAPS]
        matrices = np.zeros((max(len(chosen) + len(hung), 1), 3, 4), np.float32)
        start = 0
        for q, k in enumerate(chosen):
            full = _map_side(lamps[k])
            side = 2 * math.ceil(0.5 * fine * full)
            lamps[k, _PLACE] = q, start, side, BEAM_SLACK_M
            view = spot_view(
                lamps[k, lamp_columns.LAMP_POS : lamp_columns.LAMP_POS + 3].astype(np.float64),
                lamps[k, lamp_columns.LAMP_DIR : lamp_columns.LAMP_DIR + 3].astype(np.float64),
                lamps[k, lamp_columns.LAMP_UP : lamp_columns.LAMP_UP + 3].astype(np.float64),
                side,
                2.0 * math.atan(math.tan(0.5 * LAMP_FOV_RAD) * full / LAMP_SIZE),
            )
            beyond = np.array([[0.0, 0.0, -1.0, float(lamps[k, lamp_columns.LAMP_REACH])]])
            # The lamp sits inside its carrier's body, which must not shade it.
            wanted = self.geometry.part_instance != sources.owners[k] if sources.owners[k] else ~self.geometry.part_roof
            depth = self._lamps[start : start + side * side].reshape(side, side)
            depth.fill(0.0)
            self._draw_perspective(view, np.concatenate([view.planes, beyond]), poses, wanted, depth)
            matrices[q] = _onto_map(view)
            start += side * side
        for q, k in enumerate(hung, len(chosen)):
            lamps[k, _PLACE] = q, start, LAMP_SIZE, ROOM_SLACK_M
            matrices[q] = self._draw_below(lamps[k], poses, self._lamps[start : start + LAMP_SIZE * LAMP_SIZE])
            start += LAMP_SIZE * LAMP_SIZE
        return self._lamps, matrices

    def _hung(self, sources: Sources) -> list[int]:
        """Rows of the lamps of a room's ceiling, where they are few."""
        lamps = sources.lamps
        hung = lamps[:, lamp_columns.LAMP_DIR + 2] < lamp_columns.HUNG
        over = np.flatnonzero((lamps[:, lamp_columns.LAMP_BEAM] == lamp_columns.AREA) & hung & (sources.owners == 0))
        return [int(k) for k in over] if len(over) <= ROOM_MAPS else []

    def _draw_below(
        self, lamp: NDArray[np.float32], poses: NDArray[np.float64], flat: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Draw what is below a lamp of the ceiling into its map; gives the (3, 4) matrix onto it."""
        position = lamp[lamp_columns.LAMP_POS : lamp_columns.LAMP_POS + 3].astype(np.float64)
        axis = lamp[lamp_columns.LAMP_DIR : lamp_columns.LAMP_DIR + 3].astype(np.float64)
        view = spot_view(position, axis, np.array([1.0, 0.0, 0.0]), LAMP_SIZE, LAMP_FOV_RAD)
        key, depth = (*position.tolist(), *axis.tolist()), flat.reshape(LAMP_SIZE, LAMP_SIZE)
        if key not in self._under_lamps:
            scenery = np.zeros((LAMP_SIZE, LAMP_SIZE), np.float32)
            self._draw_perspective(view, view.planes, poses, self._fixed, scenery)
            self._under_lamps[key] = scenery
        depth[:] = self._under_lamps[key]
        self._draw_perspective(view, view.planes, poses, self._moving, depth)
        return _onto_map(view)

    def _draw_perspective(
        self,
        view: View,
        planes: NDArray[np.float64],
        poses: NDArray[np.float64],
        wanted: NDArray[np.bool_],
        inverse_depth: NDArray[np.float32],
    ) -> None:
        g = self.geometry
        project(
            self._seeing, view.to_camera, poses, DETAIL_TEXELS / float(view.intrinsics[0]), planes, wanted,
            view.intrinsics, NEAR_M, 1, np.array(inverse_depth.shape), self._camera,
        )  # fmt: skip
        raster(
            self._camera, self._screen, self._place, g.faces, g.cluster_faces, g.cluster_closed, self._visible,
            view.intrinsics, view.mirror, view.clip, _CENTER, self._scratch, self._spans, self._todo,
            inverse_depth, _NO_KEYS,
        )  # fmt: skip


def _coarseness(view: View) -> float:
    """By how much texels may be larger in a picture of this focal length, see `FINE_FOCAL_PX`."""
    return float(2.0 ** (0.5 * math.floor(2.0 * math.log2(max(FINE_FOCAL_PX / float(view.intrinsics[0]), 1.0)))))


def _onto_map(view: View) -> NDArray[np.float64]:
    """(3, 4) world -> map: (u * w, v * w, w) in texels and metres of depth."""
    fx, fy, cx, cy = view.intrinsics
    x, y, z = view.to_camera
    return np.stack([fx * x + cx * z, fy * y + cy * z, z])


def _map_side(lamp: NDArray[np.float32]) -> int:
    """Texels a side of a lamp's shadow map. That of a spot is as wide as its cone; texels are equally fine in all."""
    if lamp[lamp_columns.LAMP_BEAM] != lamp_columns.SPOT:
        return LAMP_SIZE
    cosine = max(float(lamp[lamp_columns.LAMP_COS]), 0.01)
    share = math.sqrt(max(1.0 - cosine * cosine, 0.0)) / cosine / math.tan(0.5 * LAMP_FOV_RAD)
    return min(2 * (math.ceil(0.5 * LAMP_SIZE * share) + _MARGIN), LAMP_SIZE)


def _seen_within(view: View, axes: NDArray[np.float64], depth_m: float, reach_m: float) -> Bounds:
    """Bounds, in the frame of the rays, of the frustum down to a depth; cut at `reach_m` from the eye."""
    bounds: Bounds = frustum_bounds(
        view.width, view.height, view.intrinsics, view.back, axes, depth_m, reach_m - _BEYOND_M, _BEYOND_M
    )
    return bounds


@lru_cache(maxsize=4)
def _sun_axes(x: float, y: float, z: float) -> NDArray[np.float64]:
    """Rows right, down, away of a frame that looks along the sunlight; (x, y, z) points at the sun."""
    away = np.array([-x, -y, -z])
    ref = np.array([0.0, 0.0, 1.0]) if abs(z) < 0.95 else np.array([1.0, 0.0, 0.0])
    right = np.array(
        [
            away[1] * ref[2] - away[2] * ref[1],
            away[2] * ref[0] - away[0] * ref[2],
            away[0] * ref[1] - away[1] * ref[0],
        ]
    )
    right /= math.sqrt(float((right**2).sum()))
    down = np.array(
        [
            away[1] * right[2] - away[2] * right[1],
            away[2] * right[0] - away[0] * right[2],
            away[0] * right[1] - away[1] * right[0],
        ]
    )
    return np.stack([right, down, away])
