"""What a view sees: the triangle at every pixel centre, or at several samples of every pixel.

pose -> choose each part's version -> cull clusters -> transform -> raster -> depth and ids straight from the keys
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simgen.errors import SimgenError
from simgen.held import Held
from simgen.render.clusters import CLUSTER
from simgen.render.geometry import Geometry, clusters_of, surfaces
from simgen.render.kernels import points, through
from simgen.render.kernels.placing import Seeing, project
from simgen.render.kernels.raster import NEAR_M, SPANS, raster
from simgen.render.kernels.resolve import BLOCK
from simgen.render.kernels.setups import Setups
from simgen.render.kernels.transform import MOST_SAMPLES, choose_versions_about
from simgen.render.lens_map import Face, Spots
from simgen.render.noise import textures
from simgen.render.surface import Centers, Scattered, TriangleSurface
from simgen.render.view import View
from simgen.snapshot import Snapshot

SAMPLE_OFFSETS = {1: np.zeros(1), 4: np.array([-0.125, 0.375, -0.375, 0.125])}
"""x offsets of the visibility samples in pixels; in y they are evenly spaced (a rotated grid)."""

DETAIL_PX = 0.25
"""How far the surface of a coarser version may lie from the thing's own, in pixels of the view."""

_NO_DEPTH = np.zeros((0, 0), np.float32)
_Number = TypeVar("_Number", np.int64, np.float32)


def _aligned(shape: tuple[int, ...], dtype: type[_Number]) -> NDArray[_Number]:
    """An empty array that starts with a line of the processor's caches, so that a vector never straddles two."""
    size = math.prod(shape)
    room = np.empty(size + 64, dtype)
    skip = -room.ctypes.data % 64 // room.itemsize
    return room[skip : skip + size].reshape(shape)


def _as_many(capacity: int, find: Callable[[Scattered], int]) -> Scattered:
    """The points that `find` writes, which says how many there are even if there is no room for them all."""
    while True:
        p = Scattered.room_for(capacity)
        found = find(p)
        if found <= capacity:
            return p.first(found)
        capacity = found


class Visibility:
    """Finds what views of one geometry see. Not thread-safe: its arrays serve view after view.

    Views have names: what is kept of one (its surface) is overwritten by the next of the same name.

    Args:
        geometry: what can be seen.

    Attributes:
        version: (P,) uint8 version in which each part was drawn last.
        visible: (C,) bool the clusters that were drawn last.
        face_instance: (T,) uint16 of each triangle; face_class: (T,) uint8.
    """

    def __init__(self, geometry: Geometry) -> None:
        g = geometry
        self.geometry = g
        self.version = np.zeros(len(g.part_instance), np.uint8)
        self.visible = np.zeros(len(g.cluster_part), np.bool_)
        self.face_instance = g.part_instance[g.face_part]
        self.face_class = g.part_class[g.face_part]
        self._noise = textures()
        self._surfaces = surfaces(g)
        self._all_parts = np.ones(len(g.part_instance), np.bool_)
        self._scratch = np.empty((2, 8, 3))
        self._spans = _aligned((SPANS,), np.float32)
        self._todo = np.empty(CLUSTER + 1, np.int64)
        self._screen = np.empty((3, g.vertices_m.shape[1]))
        self._place = np.empty(g.vertices_m.shape[1], np.int32)
        clusters = clusters_of(g, np.zeros((len(g.part_instance), 3, 4)), self.version, self.visible)
        self._seeing = Held(Seeing(clusters, self._screen, self._place))
        self._triangles: dict[tuple[str, tuple[int, ...]], NDArray[np.int32]] = {}
        self._keys: dict[tuple[int, ...], NDArray[np.int64]] = {}
        self._setups = Held(Setups.of(BLOCK))
        self._vertices: dict[str, NDArray[np.float32]] = {}

    def see(
        self,
        view: View,
        snapshot: Snapshot,
        name: str,
        parts: NDArray[np.bool_] | None = None,
        *,
        maps: bool = True,
        version: NDArray[np.uint8] | None = None,
    ) -> tuple[TriangleSurface, NDArray[np.float32], NDArray[np.uint16], NDArray[np.uint8]]:
        """The surface, z-depth, instance and semantic at the pixel centres of a view, (H, W) each.

        Args:
            view: where from.
            snapshot: where everything is.
            name: of the view.
            parts: (P,) which parts can be seen; all without.
            maps: whether depth, instance and semantic are wanted; else they are (0, 0).
            version: (P,) in which version each part is drawn; by default the view chooses.
        """
        g = self.geometry
        cam = self._project(view, snapshot, name, 1, parts, version)
        keys = self._raster(view, cam, SAMPLE_OFFSETS[1])
        if (name, keys.shape) not in self._triangles:
            self._triangles[name, keys.shape] = np.empty(keys.shape, np.int32)
        triangle = self._triangles[name, keys.shape]
        shape = keys.shape if maps else (0, 0)
        depth, instance, semantic = np.empty(shape, np.float32), np.empty(shape, np.uint16), np.empty(shape, np.uint8)
        if maps:
            points.unpack(keys, self.face_instance, self.face_class, triangle, depth, instance, semantic)
        else:
            points.triangles(keys.reshape(-1), triangle.reshape(-1))
        surface = TriangleSurface(g, self._noise, view, snapshot, cam, triangle, self._setups)
        return surface, depth, instance, semantic

    def versions_about(self, eye: NDArray[np.float64], snapshot: Snapshot, focal_px: float) -> NDArray[np.uint8]:
        """(P,) the version of each part for all views from one place, the finest with pixels of 1 / `focal_px` rad."""
        g, out = self.geometry, np.empty_like(self.version)
        choose_versions_about(g.part_sphere, g.part_error_m, snapshot.T_world_part, eye, DETAIL_PX / focal_px, out)
        return out

    def edges(self, surface: TriangleSurface, snapshot: Snapshot, centers: Centers, antialias: int) -> Scattered:
        """The further points of edge pixels; lowers the weights of the centres by their shares."""
        offsets = SAMPLE_OFFSETS[antialias]
        self._project(surface.view, snapshot, "main", antialias)
        samples = self._raster(surface.view, surface.camera, offsets).reshape(surface.view.height, -1, antialias)
        center = surface.face
        differing = np.empty(center.shape[1] + 1 + antialias, np.int64)
        return _as_many(center.size // 2, lambda p: points.extra_points(
            center, samples, offsets, self._surfaces, differing, centers.weight, p.pixel, p.x, p.y, p.face, p.weight
        ))  # fmt: skip

    def edges_through(
        self,
        surface: TriangleSurface,
        face: Face,
        triangle: NDArray[np.int32],
        spots: Spots,
        weight: NDArray[np.float32],
    ) -> Scattered:
        """The further points of the pixels of a lens that look through one face.

        Args:
            surface: of the samples of the face.
            face: of the lens.
            triangle: (N,) of its pixels.
            spots: where in them their samples are.
            weight: (H * W,) ones on entry; lowered to the share of the surface in the middle of the pixel.
        """
        scratch = np.empty(2 * spots.nearest.shape[1] + through.FURTHER_SCRATCH, np.int64)
        return _as_many(len(face.pixel) // 2, lambda p: through.further_points(
            face.pixel, triangle, spots.nearest, spots.x, spots.y, surface.face.reshape(-1), self._surfaces, scratch,
            weight, p.pixel, p.x, p.y, p.face, p.weight,
        ))  # fmt: skip

    def _project(
        self,
        view: View,
        snapshot: Snapshot,
        name: str,
        samples: int,
        parts: NDArray[np.bool_] | None = None,
        version: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.float32]:
        g = self.geometry
        extent = np.array([view.height, view.width]) * samples
        if extent.max() > MOST_SAMPLES:
            raise SimgenError(
                f"a picture of {view.width}x{view.height} with {samples} samples a pixel is too large: at most "
                f"{MOST_SAMPLES} columns and as many rows of samples"
            )
        if version is not None:
            self.version[:] = version
        if name not in self._vertices:
            self._vertices[name] = np.empty((3, g.vertices_m.shape[1]), np.float32)
        out = self._vertices[name]
        project(
            self._seeing, view.to_camera, snapshot.T_world_part,
            DETAIL_PX / float(view.intrinsics[0]) if version is None else -1.0, view.planes,
            self._all_parts if parts is None else parts, view.intrinsics, NEAR_M, samples, extent, out,
        )  # fmt: skip
        return out

    def _raster(self, view: View, cam: NDArray[np.float32], offsets: NDArray[np.float64]) -> NDArray[np.int64]:
        g = self.geometry
        shape = (view.height, view.width) if len(offsets) == 1 else (view.height, (view.width + 1) // 2, 8)
        if shape not in self._keys:
            self._keys[shape] = _aligned(shape, np.int64)
        keys = self._keys[shape]  # kept: fresh pages would cost more than the rasterizer's own writes
        keys.fill(0)
        raster(
            cam, self._screen, self._place, g.faces, g.cluster_faces, g.cluster_closed, self.visible, view.intrinsics,
            view.mirror, view.clip, offsets, self._scratch, self._spans, self._todo, _NO_DEPTH, keys,
        )  # fmt: skip
        return keys
