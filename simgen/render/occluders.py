"""Shadow maps and the height grid: what stands between surfaces and their sources.

Fixed scenery is rasterised once for each snapped position of a map and kept; moving things are added anew.
The snapping keeps shadow edges still while the camera moves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simgen.render.geometry import Geometry
from simgen.render.kernels import lamps as lamp_columns
from simgen.render.kernels.poses import compose_poses
from simgen.render.kernels.raster import NEAR_M, raster, raster_parallel
from simgen.render.kernels.shadow import TILE, box_tops, cover_grid, mark_shaded, occlusion_grid
from simgen.render.kernels.transform import cull, drop_inside, transform, transform_and_project
from simgen.render.lighting import Sources
from simgen.render.view import View, spot_view
from simgen.snapshot import Snapshot

NEAR_RADIUS_M, NEAR_SIZE, NEAR_SNAP_M = 20.0, 1024, 4.0
FAR_RADIUS_M, FAR_SIZE, FAR_SNAP_M = 110.0, 1024, 16.0
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
        near_map, far_map: (R * R,) sun shadow maps; axes: (3, 3) rows of the sun's frame;
            near, far: (4,) scale, offsets and texels a row.
        ground, cover, sky, roofed: (G * G,) the height grid; shaded: its cells that are not open;
            grid: (4,) scale, offsets and cells a row.
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
    _static: dict[tuple[object, ...], NDArray[np.float32]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        g = self.geometry
        self._camera = np.zeros((3, len(g.vertices_m)), np.float32)
        self._scratch = np.empty((2, 8, 3))
        self._screen = np.zeros((len(g.vertices_m), 3))
        self._visible = np.zeros(len(g.cluster_part), np.bool_)
        self._matrix = np.zeros((len(g.part_instance), 3, 4))
        self._moving = g.part_instance > 0
        self._fixed = ~self._moving & ~g.part_roof
        self._dummy = np.zeros((4, 4), np.float32)

    def build(self, sources: Sources, snapshot: Snapshot, view: View) -> Occluders:
        """All maps for a frame seen from `view`."""
        while len(self._static) > 12:
            self._static.pop(next(iter(self._static)))
        T_world_part = snapshot.T_world_part
        heading = view.back[:2, 2]
        norm = max(math.hypot(float(heading[0]), float(heading[1])), 1e-6)
        ahead = heading / norm
        axes = _sun_axes(sources.sun)
        near_map = far_map = self._dummy
        near = far = np.zeros(3)
        if sources.has_sun:
            near_map, near = self._sun_map(
                axes, T_world_part, view.eye, ahead, 15.0, NEAR_RADIUS_M, NEAR_SIZE, NEAR_SNAP_M
            )
            far_map, far = self._sun_map(
                axes, T_world_part, view.eye, ahead, 80.0, FAR_RADIUS_M, FAR_SIZE, FAR_SNAP_M, inner=near
            )
        ground, cover, sky, roofed, grid = self._height_grid(snapshot, view.eye, ahead)
        shaded = np.empty((GRID_SIZE, GRID_SIZE), np.uint8)
        mark_shaded(sky, roofed, shaded)
        lamp_maps, lamp_matrix = self._lamp_maps(sources, T_world_part)
        return Occluders(
            near_map=near_map.ravel(),
            far_map=far_map.ravel(),
            axes=axes.astype(np.float32),
            near=np.append(near, NEAR_SIZE).astype(np.float32),
            far=np.append(far, FAR_SIZE).astype(np.float32),
            ground=ground.ravel(),
            cover=cover.ravel(),
            sky=sky.ravel(),
            roofed=roofed.ravel(),
            shaded=shaded.ravel(),
            grid=np.append(grid, GRID_SIZE),
            lamp_maps=lamp_maps,
            lamp_matrix=lamp_matrix,
        )

    def _sun_map(
        self,
        axes: NDArray[np.float64],
        poses: NDArray[np.float64],
        eye: NDArray[np.float64],
        ahead: NDArray[np.float64],
        lead_m: float,
        radius_m: float,
        size: int,
        snap_m: float,
        inner: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        center = np.array([eye[0] + ahead[0] * lead_m, eye[1] + ahead[1] * lead_m, eye[2] - 1.5])
        a = round(float((axes[0] * center).sum()) / snap_m) * snap_m
        b = round(float((axes[1] * center).sum()) / snap_m) * snap_m
        scale = size / (2.0 * radius_m)
        place = np.array([scale, 0.5 * size - a * scale, 0.5 * size - b * scale])
        key = ("sun", radius_m, a, b, axes.tobytes())
        hole = None
        if inner is not None:
            # A shadow falls on the same texels as its caster: what is seen through the near map needs no far one.
            margin = 6.0 / inner[0]
            low_x, low_y = -inner[1] / inner[0] + margin, -inner[2] / inner[0] + margin
            extent = 2.0 * NEAR_RADIUS_M - 2.0 * margin
            hole = (low_x, low_x + extent, low_y, low_y + extent)
        return self._parallel(key, axes, poses, place, size, self._fixed, self._moving, hole), place

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
        ground = self._parallel(("ground", x, y), axes, poses, place, GRID_SIZE, is_ground, none)
        cover = self._parallel(("cover", x, y), axes, poses, place, GRID_SIZE, self._fixed & ~is_ground, none)
        top = np.full((GRID_SIZE, GRID_SIZE), -np.inf, np.float32)
        objects = snapshot.cast.objects
        sizes = np.array([o.size_m for o in objects], np.float64).reshape(-1, 3)
        centers = np.array([o.box_center_m for o in objects], np.float64).reshape(-1, 3)
        box_tops(snapshot.T_world_object, sizes, centers, place, top)
        sky = np.empty_like(ground)
        busy = np.empty((GRID_SIZE // TILE, GRID_SIZE // TILE), np.uint8)
        occlusion_grid(ground, top, _RINGS, _REACH2, busy, sky)
        key = ("roofed", x, y)
        if key not in self._static:
            self._static[key] = np.empty_like(ground)
            cover_grid(ground, cover, 1.0 / scale, self._static[key])
        roofed = self._static[key]
        return ground, cover, sky, roofed, place

    def _parallel(
        self,
        key: tuple[object, ...],
        axes: NDArray[np.float64],
        poses: NDArray[np.float64],
        place: NDArray[np.float64],
        size: int,
        fixed: NDArray[np.bool_],
        moving: NDArray[np.bool_],
        hole: tuple[float, float, float, float] | None = None,
    ) -> NDArray[np.float32]:
        """Largest -z a texel over the fixed parts (kept under `key`) and the moving parts."""
        if key not in self._static:
            fresh = np.full((size, size), -np.inf, np.float32)
            if fixed.any():
                self._draw(axes, poses, place, fixed, fresh)
            self._static[key] = fresh
        base = self._static[key]
        if not moving.any():
            return base
        out = base.copy()
        self._draw(axes, poses, place, moving, out, hole)
        return out

    def _draw(
        self,
        axes: NDArray[np.float64],
        poses: NDArray[np.float64],
        place: NDArray[np.float64],
        wanted: NDArray[np.bool_],
        depth: NDArray[np.float32],
        hole: tuple[float, float, float, float] | None = None,
    ) -> None:
        g = self.geometry
        size = depth.shape[0]
        outer = np.zeros((3, 4))
        outer[:, :3] = axes
        compose_poses(outer, poses, self._matrix)
        lo_x, lo_y = -place[1] / place[0], -place[2] / place[0]
        extent = size / place[0]
        planes = np.array(
            [[1.0, 0, 0, -lo_x], [-1.0, 0, 0, lo_x + extent], [0, 1.0, 0, -lo_y], [0, -1.0, 0, lo_y + extent]]
        )
        cull(
            g.cluster_center_m,
            g.cluster_radius_m,
            g.cluster_part,
            self._matrix,
            planes,
            wanted,
            self._visible,
        )
        if hole is not None:
            drop_inside(g.cluster_center_m, g.cluster_radius_m, g.cluster_part, self._matrix, *hole, self._visible)
        transform(g.vertices_m, g.part_vertices, _used(g, self._visible), self._matrix, self._camera)
        raster_parallel(
            self._camera,
            g.faces,
            g.cluster_faces,
            g.cluster_closed,
            self._visible,
            float(place[0]),
            place[1:].copy(),
            _CENTER,
            depth,
            _NO_KEYS,
        )

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
        cull(
            g.cluster_center_m,
            g.cluster_radius_m,
            g.cluster_part,
            self._matrix,
            view.planes,
            wanted,
            self._visible,
        )
        transform_and_project(
            g.vertices_m, g.cluster_vertices, g.cluster_part, self._visible, self._matrix, view.intrinsics, NEAR_M,
            self._camera, self._screen,
        )  # fmt: skip
        raster(
            self._camera,
            self._screen,
            g.faces,
            g.cluster_faces,
            g.cluster_closed,
            self._visible,
            view.intrinsics,
            view.mirror,
            view.clip,
            _CENTER,
            self._scratch,
            inverse_depth,
            _NO_KEYS,
        )


def _used(geometry: Geometry, visible: NDArray[np.bool_]) -> NDArray[np.bool_]:
    used = np.zeros(len(geometry.part_instance), np.bool_)
    used[geometry.cluster_part[visible]] = True
    return used


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
