"""What a view saw, and the points at which it is shaded: the seam between finding surfaces and lighting them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from simgen.held import Held
from simgen.render.geometry import Geometry
from simgen.render.kernels import points, reflectance, resolve, snow, through
from simgen.render.kernels.grouping import group
from simgen.render.kernels.pattern_layers import LAYERS
from simgen.render.kernels.poses import relative_motion
from simgen.render.kernels.resolve import BLOCK
from simgen.render.kernels.setups import find_runs
from simgen.render.view import View
from simgen.snapshot import Snapshot

_LEAST_CHANGES = 100
"""Of material in a block, from which on bringing its points together costs less than it saves."""


@dataclass(frozen=True, eq=False)
class Previous:
    """What backward flow needs of the camera's previous frame."""

    T_world_part: NDArray[np.float64]
    T_world_camera: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Motion:
    """The labels of normals and flow, and what they are found from.

    Attributes:
        to_previous: (P + 1, 3, 4), see `to_previous_camera`.
        normal: (H, W, 3) float32 output; flow: (H, W, 2) float32 output, see `kernels.resolve.normals_and_flow`.
    """

    to_previous: NDArray[np.float64]
    normal: NDArray[np.float32]
    flow: NDArray[np.float32]


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
        view: whose pixels `face` tells of.
        face: (H, W) int32 identity of the surface at the pixel centres, -1 for nothing.
    """

    @property
    def view(self) -> View:
        """Whose pixels `face` tells of."""

    @property
    def face(self) -> NDArray[np.int32]:
        """Identity of the surface at the pixel centres."""

    def normals_and_flow(self, motion: Motion) -> None:
        """Camera-frame normals and backward flow of every pixel."""

    def resolve(
        self,
        p: Block,
        records: NDArray[np.float32],
        tread: Tread | None = None,
        motion: Motion | None = None,
    ) -> Block:
        """Fill the records of a block of points (see `kernels.resolve.locate` and `kernels.reflectance.reflect`).

        Gives the block as its records lie: its points may have been put into another order.

        With `tread`, also how far wheels have worked on the ground there; with `motion`, for which the points are to
        be the pixels' centres, also their normals and flow, which take the same set-ups.
        """

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
    setups: Held

    @cached_property
    def rotation(self) -> NDArray[np.float64]:
        """(P, 3, 3) part frame -> world."""
        return np.ascontiguousarray(self.snapshot.T_world_part[:, :3, :3])

    def normals_and_flow(self, motion: Motion) -> None:
        """Camera-frame normals and backward flow of every pixel."""
        p = Centers.of(self.face)
        for a in range(0, len(p.face), BLOCK):
            block = p.block(a, min(a + BLOCK, len(p.face)))
            self._runs(block.face, block.y)
            self._move(motion, block)

    def _runs(self, face: NDArray[np.int32], y: NDArray[np.float32]) -> int:
        """Set up a block of points; gives how many runs it has."""
        g = self.geometry
        runs: int = find_runs(
            face, y, self.camera, g.faces, g.face_part, g.face_material, g.looks, self.rotation, self.view.back,
            self.setups,
        )  # fmt: skip
        return runs

    def _move(self, motion: Motion, p: Block) -> None:
        v = self.view
        resolve.normals_and_flow(
            p.begin, p.end, v.width, self.setups, v.back, v.intrinsics, motion.to_previous,
            np.empty(resolve.LINE_SCRATCH, np.float32), motion.normal.reshape(-1), motion.flow.reshape(-1),
        )  # fmt: skip

    def resolve(
        self, p: Block, records: NDArray[np.float32], tread: Tread | None = None, motion: Motion | None = None
    ) -> Block:
        """See `Surface.resolve`."""
        g, v = self.geometry, self.view
        runs = self._runs(p.face, p.y)
        if motion is not None:
            self._move(motion, p)
        p = self._grouped(runs, p)
        resolve.locate(p.x, p.y, p.face, self.setups, v.back, v.intrinsics, records)
        materials = g.materials.ravel()
        if tread is not None:
            snow.tread(
                p.face, tread.where, g.face_material, materials, self.noise, records, tread.trodden,
                tread.drawn,
            )  # fmt: skip
        reflectance.reflect(runs, self.setups, materials, self.snapshot.part_lit, LAYERS, self.noise, g.texels, records)
        return p

    def _grouped(self, runs: int, p: Block) -> Block:
        """The block material by material, where that is worth it; its runs are put into that order."""
        if runs < _LEAST_CHANGES:
            return p
        tally = np.zeros(len(self.geometry.materials) + 1, np.int64)
        places, order_and_face = np.empty((2, len(p.face)), np.float32), np.empty((2, len(p.face)), np.int32)
        if not group(runs, p.x, p.y, p.face, self.setups, _LEAST_CHANGES, tally, places, order_and_face):
            return p
        return Block(p.begin, p.end, places[0], places[1], order_and_face[1], order_and_face[0])

    def through(self, view: View, x: NDArray[np.float32], y: NDArray[np.float32], sample: NDArray[np.int32]) -> Met:
        """See `Surface.through`."""
        face = self.face.reshape(-1)[sample]
        part, depth, normal = (
            np.empty(len(x), np.int32),
            np.empty(len(x), np.float32),
            np.empty((len(x), 3), np.float32),
        )
        for a in range(0, len(x), BLOCK):
            of = slice(a, a + BLOCK)
            through.meet_triangles(
                x[of], y[of], self._runs(face[of], y[of]), self.setups, self.camera, self.geometry.faces, view.back,
                view.intrinsics, part[of], depth[of], normal[of],
            )  # fmt: skip
        return Met(replace(self, view=view, face=face), depth, normal, part)


class Block(NamedTuple):
    """Points that are shaded together.

    Attributes:
        begin, end: which of all points they are.
        x, y: (B,) float32 position in pixels; face: (B,) int32 triangle.
        order: (B,) int32 which of them each is, from `begin` on, or None if they are in their own order.
    """

    begin: int
    end: int
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    face: NDArray[np.int32]
    order: NDArray[np.int32] | None = None

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """The block's own of the values (N,) of all points."""
        mine = values[self.begin : self.end]
        return mine if self.order is None else mine[self.order]


class Points(Protocol):
    """Shading points.

    Attributes:
        face: (N,) int32 triangle of each, -1 for nothing.
    """

    @property
    def face(self) -> NDArray[np.int32]:
        """Triangle of each."""

    def block(self, begin: int, end: int) -> Block:
        """Some of them, valid until the next call."""

    def pixels(self, p: Block) -> slice | NDArray[np.int32]:
        """Which pixels a block belongs to."""

    def put(self, p: Block, radiance: NDArray[np.float32], image: NDArray[np.float32]) -> None:
        """Bring the radiance of a block (3 * BLOCK,) into the image (pixels, 3)."""


@dataclass(frozen=True, eq=False)
class Centers:
    """A point at each pixel centre of a picture of some width, row by row; of full weight where `weight` is (0,)."""

    face: NDArray[np.int32]
    weight: NDArray[np.float32]
    width: int
    places: NDArray[np.float32]

    @staticmethod
    def of(triangle: NDArray[np.int32], *, weighted: bool = False) -> Centers:
        """Of full weight, which can be lowered if they are to be `weighted`; `triangle` (H, W) is what they see."""
        places = np.empty((2, min(triangle.size, BLOCK)), np.float32)
        weight = np.ones(triangle.size if weighted else 0, np.float32)
        return Centers(triangle.reshape(-1), weight, triangle.shape[1], places)

    def block(self, begin: int, end: int) -> Block:
        """See `Points`. Places that are found anew are nearer than any that are kept."""
        x, y = self.places[0, : end - begin], self.places[1, : end - begin]
        points.centers(begin, self.width, x, y)
        return Block(begin, end, x, y, self.face[begin:end])

    def pixels(self, p: Block) -> slice | NDArray[np.int32]:
        """See `Points`."""
        return slice(p.begin, p.end) if p.order is None else p.order + np.int32(p.begin)

    def put(self, p: Block, radiance: NDArray[np.float32], image: NDArray[np.float32]) -> None:
        """See `Points`."""
        weight, pixels = self.weight[p.begin : p.end], image[p.begin : p.end]
        if p.order is None:
            points.fill(radiance, weight, pixels)
        else:
            points.scatter(radiance, weight, p.order, pixels)


@dataclass(frozen=True, eq=False)
class Scattered:
    """Points anywhere: position in pixels, triangle, the pixel that they belong to and their share of it.

    `extra` ones are added to what is in the picture.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    face: NDArray[np.int32]
    pixel: NDArray[np.int32]
    weight: NDArray[np.float32]
    extra: bool

    @staticmethod
    def room_for(count: int) -> Scattered:
        """Arrays for up to `count` extra points."""
        return Scattered(
            np.empty(count, np.float32), np.empty(count, np.float32), np.empty(count, np.int32),
            np.empty(count, np.int32), np.empty(count, np.float32), True,
        )  # fmt: skip

    def first(self, count: int) -> Scattered:
        """The first `count` points."""
        return Scattered(
            self.x[:count], self.y[:count], self.face[:count], self.pixel[:count], self.weight[:count], self.extra
        )

    def block(self, begin: int, end: int) -> Block:
        """See `Points`."""
        return Block(begin, end, self.x[begin:end], self.y[begin:end], self.face[begin:end])

    def pixels(self, p: Block) -> NDArray[np.int32]:
        """See `Points`."""
        return p.of(self.pixel)

    def put(self, p: Block, radiance: NDArray[np.float32], image: NDArray[np.float32]) -> None:
        """See `Points`."""
        put = points.add if self.extra else points.store
        put(radiance, p.end - p.begin, p.of(self.weight), self.pixels(p), image)


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
