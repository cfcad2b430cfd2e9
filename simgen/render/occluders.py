"""Shadow maps and the height grid: what stands between surfaces and their sources.

Maps lie on a lattice, so that shadow edges stand still while the camera moves (see `parallel_maps`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.render.geometry import CLUSTER, Geometry
from simgen.render.kernels import lamps as lamp_columns
from simgen.render.kernels.poses import compose_poses
from simgen.render.kernels.raster import NEAR_M, raster
from simgen.render.kernels.shadow import TILE, box_tops, cover_grid, mark_shaded, occlusion_grid
from simgen.render.kernels.transform import choose_versions, cull, transform_and_project
from simgen.render.lighting import Sources
from simgen.render.parallel_maps import DETAIL_TEXELS, Bounds, ParallelMaps
from simgen.render.view import View, spot_view
from simgen.snapshot import Snapshot

NEAR_RADIUS_M, NEAR_SIZE = 51.0, 2304
NEAR_REACH_M = 35.0
"""How far from the eye the near map is used, in its plane: a snap less than it reaches."""
FAR_RADIUS_M, FAR_SIZE, FAR_LEAD_M = 110.0, 1024, 80.0
SUN_SNAP_M = 30.0
GRID_RADIUS_M, GRID_SIZE, GRID_SNAP_M = 32.0, 256, 8.0
_NO_KEYS = np.zeros((0, 0), np.int64)
_CENTER = np.zeros(1)  # one sample a texel, at its centre
LAMP_SIZE, LAMP_FOV_RAD, LAMP_MAPS = 512, math.radians(110.0), 3


def _rings() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Cells that the occlusion grid looks at, in eight directions, and their squared distances in m2."""
    cell = 2.0 * GRID_RADIUS_M / GRID_SIZE
    reach = np.array([0.0, 0.25, 0.5, 1.0, 1.75])
    d = math.sqrt(0.5)
    way = np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [d, d], [d, -d], [-d, d], [-d, -d]])
    cells = np.rint(way[:, None, :] * reach[None, :, None] / cell).astype(np.int64)
    return cells, (np.maximum(reach, 0.35 * cell) ** 2).astype(np.float32)


_RINGS, _REACH2 = _rings()


@dataclass(eq=False)
class Occluders:
    """Everything that the shadow stages look up for one frame.

    Attributes:
        near_map, far_map: sun shadow maps; axes: (3, 3) rows of the sun's frame; near, far: (7,) scale,
            offsets, and the window in which each is used: low u, v and high u, v.
        ground, cover, sky, roofed: the height grid; shaded: its tiles that are not open; grid: (3,) scale, offsets.
        lamp_maps: (S, R, R) float32; lamp_matrix: (S, 3, 4) float64.
    """

    near_map: NDArray[np.float32]
    far_map: NDArray[np.float32]
    axes: NDArray[np.float32]
    near: NDArray[np.float32]
    far: NDArray[np.float32]
    ground: NDArray[np.float32]
    cover: NDArray[np.float32]
    sky: NDArray[np.float32]
    roofed: NDArray[np.float32]
    shaded: NDArray[np.uint8]
    grid: NDArray[np.float64]
    lamp_maps: NDArray[np.float32]
    lamp_matrix: NDArray[np.float64]


@dataclass(eq=False)
class OccluderCache:
    """Builds `Occluders`; holds the scenery's share of the maps for one cast."""

    geometry: Geometry

    def __post_init__(self) -> None:
        g = self.geometry
        self._maps = ParallelMaps(g)
        self._roofed: dict[tuple[float, float], NDArray[np.float32]] = {}
        self._camera = np.zeros((3, g.vertices_m.shape[1]), np.float32)
        self._scratch = np.empty((2, 8, 3))
        self._todo = np.empty(CLUSTER + 1, np.int64)
        self._screen = np.zeros((3, g.vertices_m.shape[1]))
        self._place = np.zeros(g.vertices_m.shape[1], np.int32)
        self._visible = np.zeros(len(g.cluster_part), np.bool_)
        self._version = np.zeros(len(g.part_instance), np.uint8)
        self._matrix = np.zeros((len(g.part_instance), 3, 4))
        self._moving = g.part_instance > 0
        self._fixed = ~self._moving & ~g.part_roof
        self._dummy = np.zeros((4, 4), np.float32)

    def build(self, sources: Sources, snapshot: Snapshot, view: View) -> Occluders:
        """All maps for a frame seen from `view`."""
        T_world_part = snapshot.T_world_part
        heading = view.back[:2, 2]
        norm = max(math.hypot(float(heading[0]), float(heading[1])), 1e-6)
        ahead = heading / norm
        axes = _sun_axes(sources.sun)
        near_map = far_map = self._dummy
        near = far = np.zeros(7)
        if sources.has_sun:
            near_map, near, far_map, far = self._sun_maps(axes, T_world_part, view.eye, ahead)
        ground, cover, sky, roofed, grid = self._height_grid(snapshot, view.eye, ahead)
        shaded = np.empty((GRID_SIZE // TILE, GRID_SIZE // TILE), np.uint8)
        mark_shaded(sky, roofed, shaded)
        lamp_maps, lamp_matrix = self._lamp_maps(sources, T_world_part)
        return Occluders(
            near_map=near_map,
            far_map=far_map,
            axes=axes.astype(np.float32),
            near=near.astype(np.float32),
            far=far.astype(np.float32),
            ground=ground,
            cover=cover,
            sky=sky,
            roofed=roofed,
            shaded=shaded,
            grid=grid,
            lamp_maps=lamp_maps,
            lamp_matrix=lamp_matrix,
        )

    def _sun_maps(
        self,
        axes: NDArray[np.float64],
        poses: NDArray[np.float64],
        eye: NDArray[np.float64],
        ahead: NDArray[np.float64],
    ) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float32], NDArray[np.float64]]:
        """The near map around the eye and the far map ahead of it, each with its (7,) place and window."""
        key, place, center = _map_place("near", axes, eye, NEAR_RADIUS_M, NEAR_SIZE)
        reach = NEAR_REACH_M * place[0]
        near = np.concatenate([place, center - reach, center + reach])
        # A shadow falls on the same texels as its caster: what is seen through the near map needs no far one.
        window, hole = _bounds(near, 4.0), _bounds(near, -4.0)
        near_map = self._maps.draw(key, axes, poses, place, NEAR_SIZE, self._fixed, self._moving, window)
        lead = np.array([eye[0] + ahead[0] * FAR_LEAD_M, eye[1] + ahead[1] * FAR_LEAD_M, eye[2]])
        key, place, _ = _map_place("far", axes, lead, FAR_RADIUS_M, FAR_SIZE)
        far_map = self._maps.draw(key, axes, poses, place, FAR_SIZE, self._fixed, self._moving, hole=hole)
        far = np.concatenate([place, np.full(2, 3.0), np.full(2, FAR_SIZE - 4.0)])
        return near_map, near, far_map, far

    def _height_grid(
        self, snapshot: Snapshot, eye: NDArray[np.float64], ahead: NDArray[np.float64]
    ) -> tuple[
        NDArray[np.float32],
        NDArray[np.float32],
        NDArray[np.float32],
        NDArray[np.float32],
        NDArray[np.float64],
    ]:
        axes = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
        poses = snapshot.T_world_part
        x = round(float(eye[0] + ahead[0] * 22.0) / GRID_SNAP_M) * GRID_SNAP_M
        y = round(float(eye[1] + ahead[1] * 22.0) / GRID_SNAP_M) * GRID_SNAP_M
        scale = GRID_SIZE / (2.0 * GRID_RADIUS_M)
        place = np.array([scale, 0.5 * GRID_SIZE - x * scale, 0.5 * GRID_SIZE + y * scale])
        none = np.zeros_like(self._moving)
        is_ground = self.geometry.part_ground
        ground = self._maps.draw(("ground", x, y), axes, poses, place, GRID_SIZE, is_ground, none)
        cover = self._maps.draw(("cover", x, y), axes, poses, place, GRID_SIZE, self._fixed & ~is_ground, none)
        top = np.full((GRID_SIZE, GRID_SIZE), -np.inf, np.float32)
        objects = snapshot.cast.objects
        sizes = np.array([o.size_m for o in objects], np.float64).reshape(-1, 3)
        centers = np.array([o.box_center_m for o in objects], np.float64).reshape(-1, 3)
        box_tops(snapshot.T_world_object, sizes, centers, place, top)
        sky = np.empty_like(ground)
        busy = np.empty((GRID_SIZE // TILE, GRID_SIZE // TILE), np.uint8)
        occlusion_grid(ground, top, _RINGS, _REACH2, busy, sky)
        key = (x, y)
        if key not in self._roofed:
            self._roofed = {key: np.empty_like(ground)}
            cover_grid(ground, cover, 1.0 / scale, self._roofed[key])
        roofed = self._roofed[key]
        return ground, cover, sky, roofed, place

    def _lamp_maps(
        self, sources: Sources, poses: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Shadow maps for the nearest beams (head lamps, spots); writes their numbers into the lamp table."""
        lamps = sources.lamps
        chosen = [
            k
            for k in range(len(lamps))
            if lamps[k, lamp_columns.LAMP_BEAM] > 0.5 and lamps[k, lamp_columns.LAMP_REACH] > 12
        ]
        chosen = chosen[:LAMP_MAPS]
        maps = np.zeros((max(len(chosen), 1), LAMP_SIZE, LAMP_SIZE), np.float32)
        matrices = np.zeros((max(len(chosen), 1), 3, 4))
        for q, k in enumerate(chosen):
            lamps[k, lamp_columns.LAMP_SHADOW] = q
            view = spot_view(
                lamps[k, lamp_columns.LAMP_POS : lamp_columns.LAMP_POS + 3].astype(np.float64),
                lamps[k, lamp_columns.LAMP_DIR : lamp_columns.LAMP_DIR + 3].astype(np.float64),
                lamps[k, lamp_columns.LAMP_UP : lamp_columns.LAMP_UP + 3].astype(np.float64),
                LAMP_SIZE,
                LAMP_FOV_RAD,
            )
            # The lamp sits inside its carrier's body, which must not shade it.
            wanted = self.geometry.part_instance != sources.owners[k] if sources.owners[k] else ~self.geometry.part_roof
            self._draw_perspective(view, poses, wanted, maps[q])
            fx, fy, cx, cy = view.intrinsics
            matrices[q, 0] = fx * view.to_camera[0] + cx * view.to_camera[2]
            matrices[q, 1] = fy * view.to_camera[1] + cy * view.to_camera[2]
            matrices[q, 2] = view.to_camera[2]
        return maps, matrices

    def _draw_perspective(
        self,
        view: View,
        poses: NDArray[np.float64],
        wanted: NDArray[np.bool_],
        inverse_depth: NDArray[np.float32],
    ) -> None:
        g = self.geometry
        compose_poses(view.to_camera, poses, self._matrix)
        choose_versions(
            g.part_sphere, g.part_error_m, self._matrix, 0.0, DETAIL_TEXELS / float(view.intrinsics[0]), self._version
        )
        cull(
            g.cluster_center_m, g.cluster_radius_m, g.cluster_part, g.cluster_version, self._matrix, view.planes,
            wanted, self._version, self._visible,
        )  # fmt: skip
        transform_and_project(
            g.vertices_m, g.cluster_vertices, g.cluster_part, self._visible, self._matrix, view.intrinsics, NEAR_M,
            1, np.array([LAMP_SIZE, LAMP_SIZE]), self._camera, self._screen, self._place,
        )  # fmt: skip
        raster(
            self._camera, self._screen, self._place, g.faces, g.cluster_faces, g.cluster_closed, self._visible,
            view.intrinsics, view.mirror, view.clip, _CENTER, self._scratch, self._todo, inverse_depth, _NO_KEYS,
        )  # fmt: skip


def _map_place(
    kind: str, axes: NDArray[np.float64], center_m: NDArray[np.float64], radius_m: float, size: int
) -> tuple[tuple[object, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Key, (3,) place and (2,) texel coordinates of the point that a snapped map is meant to be around."""
    a, b = (float((axes[k] * center_m).sum()) for k in range(2))
    snapped = (round(a / SUN_SNAP_M) * SUN_SNAP_M, round(b / SUN_SNAP_M) * SUN_SNAP_M)
    scale = size / (2.0 * radius_m)
    place = np.array([scale, 0.5 * size - snapped[0] * scale, 0.5 * size - snapped[1] * scale])
    return (kind, *snapped, axes.tobytes()), place, np.array([a * scale + place[1], b * scale + place[2]])


def _bounds(place: NDArray[np.float64], margin: float) -> Bounds:
    """The window of a (7,) place in metres, grown by some texels."""
    low, high = (place[3:5] - margin - place[1:3]) / place[0], (place[5:7] + margin - place[1:3]) / place[0]
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def _sun_axes(sun: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows right, down, away of a frame that looks along the sunlight."""
    away = -sun
    ref = np.array([0.0, 0.0, 1.0]) if abs(float(sun[2])) < 0.95 else np.array([1.0, 0.0, 0.0])
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
