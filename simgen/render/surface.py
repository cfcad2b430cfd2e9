"""What a view saw, and the points at which it is shaded: the seam between finding surfaces and lighting them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from simgen.render.geometry import Geometry
from simgen.render.kernels import reflectance, resolve, snow, through
from simgen.render.kernels.pattern_layers import LAYERS
from simgen.render.kernels.poses import relative_motion
from simgen.render.view import View
from simgen.snapshot import Snapshot

SETUPS = 32768
"""Triangles of a frame whose set-up is kept; more are set up anew for each of their runs."""


@dataclass(frozen=True, eq=False)
class Previous:
    """What backward flow needs of the camera's previous frame."""

    T_world_part: NDArray[np.float64]
    T_world_camera: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tread:
    """Where wheels have been, see `kernels.snow.tread`.

    Attributes:
        where: (T,) uint8 what each surface is.
        trodden, drawn: (BLOCK,) float32 results of a block.
    """

    where: NDArray[np.uint8]
    trodden: NDArray[np.float32]
    drawn: NDArray[np.float32]


class Surface(Protocol):
    """The opaque things of one view: which thing each shading point is on, and its record.

    Attributes:
        face: (H, W) int32 identity of the surface at the pixel centres, -1 for nothing.
    """

    @property
    def face(self) -> NDArray[np.int32]:
        """Identity of the surface at the pixel centres."""

    def normals_and_flow(
        self, to_previous: NDArray[np.float64], normal: NDArray[np.float32], flow: NDArray[np.float32]
    ) -> None:
        """Camera-frame normals and backward flow of every pixel (see `kernels.resolve.normals_and_flow`)."""

    def resolve(
        self, p: Points, begin: int, end: int, records: NDArray[np.float32], tread: Tread | None = None
    ) -> None:
        """Fill the records of a block of points (see `kernels.resolve.locate` and `kernels.reflectance.reflect`).

        With `tread`, also how far wheels have worked on the ground there.
        """

    @property
    def view(self) -> View:
        """Whose pixels `face` tells of."""

    def through(self, view: View, x: NDArray[np.float32], y: NDArray[np.float32], sample: NDArray[np.int32]) -> Met:
        """What single points see that look in between the pixels.

        Args:
            view: from the same place and the same way; its surface's points are told in its pixels.
            x, y: (N,) where in `view` the points are.
            sample: (N,) flat index in `face` of the pixel whose thing each point sees.
        """


@dataclass(frozen=True, eq=False)
class Met:
    """Single points of a view.

    Attributes:
        surface: of the points; its `face` is (N,), and it resolves them in their order.
        depth: (N,) float32 z-depth along each point's own ray, inf for nothing.
        normal: (N, 3) float32 camera frame, 0 for nothing.
        part: (N,) int32, -1 for nothing.
    """

    surface: Surface
    depth: NDArray[np.float32]
    normal: NDArray[np.float32]
    part: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Setups:
    """Set-ups of the triangles of one frame, see `kernels.resolve.locate`; the arrays serve frame after frame.

    Attributes:
        slot: (T,) int32 row of each triangle in the table, -1 where it has none.
        table: (SETUPS, resolve.SETUP) float64.
        used: (SETUPS + 1,) int64 number of rows in use, and the triangle of each.
    """

    slot: NDArray[np.int32]
    table: NDArray[np.float64]
    used: NDArray[np.int64]

    @staticmethod
    def of(triangles: int) -> Setups:
        """An empty table for so many triangles."""
        used = np.zeros(SETUPS + 1, np.int64)
        return Setups(np.full(triangles, -1, np.int32), np.empty((SETUPS, resolve.SETUP)), used)

    def clear(self) -> None:
        """Begin a frame."""
        resolve.forget(self.slot, self.used)


class Sighting(NamedTuple):
    """What a view sees at its pixel centres.

    Attributes:
        surface: the opaque things.
        depth_m: (H, W) float32 z-depth; instance: (H, W) uint16; semantic: (H, W) uint8.
        version: (P,) uint8 in which version each part is drawn.
    """

    surface: Surface
    depth_m: NDArray[np.float32]
    instance: NDArray[np.uint16]
    semantic: NDArray[np.uint8]
    version: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class TriangleSurface:
    """What our own rasterizer saw."""

    geometry: Geometry
    noise: NDArray[np.int32]
    view: View
    snapshot: Snapshot
    camera: NDArray[np.float32]
    face: NDArray[np.int32]
    setups: Setups

    @cached_property
    def rotation(self) -> NDArray[np.float64]:
        """(P, 3, 3) part frame -> world."""
        return np.ascontiguousarray(self.snapshot.T_world_part[:, :3, :3])

    def normals_and_flow(
        self, to_previous: NDArray[np.float64], normal: NDArray[np.float32], flow: NDArray[np.float32]
    ) -> None:
        """Camera-frame normals and backward flow of every pixel."""
        g, v, s = self.geometry, self.view, self.setups
        resolve.normals_and_flow(
            self.face, self.camera, g.faces, g.face_part, g.normals, g.uv_m, self.rotation, v.back, v.intrinsics,
            s.slot, s.table, s.used, to_previous, np.empty(resolve.ROW_SCRATCH, np.float32),
            normal.reshape(-1), flow.reshape(-1),
        )  # fmt: skip

    def resolve(
        self, p: Points, begin: int, end: int, records: NDArray[np.float32], tread: Tread | None = None
    ) -> None:
        """Fill the records of a block of points."""
        g, v, s = self.geometry, self.view, self.setups
        resolve.locate(
            p.x, p.y, p.face, begin, end, self.camera, g.faces, g.face_part, g.normals, g.uv_m, self.rotation, v.back,
            v.intrinsics, s.slot, s.table, s.used, records,
        )  # fmt: skip
        materials = g.materials.ravel()
        if tread is not None:
            snow.tread(
                p.face, begin, end, tread.where, g.face_material, materials, self.noise, records, tread.trodden,
                tread.drawn,
            )  # fmt: skip
        reflectance.reflect(
            p.face, begin, end, g.face_part, g.face_material, materials, self.snapshot.part_lit, LAYERS,
            self.noise, g.texels, records,
        )  # fmt: skip

    def through(self, view: View, x: NDArray[np.float32], y: NDArray[np.float32], sample: NDArray[np.int32]) -> Met:
        """See `Surface.through`."""
        g, s = self.geometry, self.setups
        face, part = np.empty((2, len(x)), np.int32)
        depth, normal = np.empty(len(x), np.float32), np.empty((len(x), 3), np.float32)
        through.meet_triangles(
            x, y, sample, self.face.reshape(-1), self.camera, g.faces, g.face_part, g.normals, g.uv_m, self.rotation,
            view.back, view.intrinsics, s.slot, s.table, s.used, face, part, depth, normal,
        )  # fmt: skip
        return Met(replace(self, view=view, face=face), depth, normal, part)


@lru_cache(maxsize=8)
def _pixel_grid(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]:
    """Column, row and index of every pixel of a picture, flat."""
    x = np.tile(np.arange(width, dtype=np.float32), height)
    y = np.repeat(np.arange(height, dtype=np.float32), width)
    return x, y, np.arange(width * height, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Points:
    """Shading points: position in pixels, triangle, the pixel that they belong to and their share of it."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    face: NDArray[np.int32]
    pixel: NDArray[np.int32]
    weight: NDArray[np.float32]
    extra: bool

    @staticmethod
    def centers(triangle: NDArray[np.int32]) -> Points:
        """One point at each pixel centre, of full weight."""
        x, y, pixel = _pixel_grid(*triangle.shape)
        return Points(x, y, triangle.ravel(), pixel, np.ones(triangle.size, np.float32), False)

    @staticmethod
    def room_for(count: int) -> Points:
        """Arrays for up to `count` extra points."""
        return Points(
            np.empty(count, np.float32), np.empty(count, np.float32), np.empty(count, np.int32),
            np.empty(count, np.int32), np.empty(count, np.float32), True,
        )  # fmt: skip

    def first(self, count: int) -> Points:
        """The first `count` points."""
        return Points(
            self.x[:count],
            self.y[:count],
            self.face[:count],
            self.pixel[:count],
            self.weight[:count],
            self.extra,
        )


def to_previous_camera(view: View, snapshot: Snapshot, previous: Previous | None) -> NDArray[np.float64]:
    """(P + 1, 3, 4) maps from this camera's frame to the previous one's; see `relative_motion`."""
    before = snapshot.T_world_part if previous is None else previous.T_world_part
    outer = view.to_camera
    if previous is not None:
        rotation = np.array(previous.T_world_camera[:3, :3])
        outer = np.empty((3, 4))
        outer[:, :3] = rotation.T
        outer[:, 3] = -(rotation.T * previous.T_world_camera[:3, 3]).sum(axis=1)
    out = np.empty((len(before) + 1, 3, 4))
    relative_motion(outer, before, snapshot.T_world_part, view.back, out)
    return out
