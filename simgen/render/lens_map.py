"""Where the pixels of a distorted picture look: at samples of one or several pinholes, its faces.

A picture whose corners lie within 63 degrees of the axis has one face that looks the same way. Others have up to five,
the forward ones of a cube. Each face is seen on a grid of FINE x FINE samples a pixel; a pixel takes the thing at the
sample nearest to its own ray, and from then on its own ray.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.render.camera_model import CameraModel

FINE = 2
"""Samples a pixel of a face, in each direction: the nearest is at most a quarter of a pixel off, in each."""
NOWHERE = 255
"""The face of pixels that see nothing: beyond the circle of a fisheye."""

_STEEPEST = 2.0  # tangent of the angle from the axis up to which one face will do
_MARGIN_PX = 2  # of a face, around the rays that it holds
_AROUND = 20.0  # tangent of the angle to which the pinhole around several faces sees
_FINEST = 2.0  # by which factor the pixels of a face may be finer than those of the picture at most
_TURNS = np.array([
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    [[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
    [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]],
    [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]],
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]],
])  # fmt: skip
"""(5, 3, 3) camera frame -> face: ahead, right, left, down, up."""


@dataclass(frozen=True, eq=False)
class Face:
    """A pinhole through which part of the picture is seen.

    Attributes:
        pinhole: its pixels are about as fine as the picture's; points are told in them.
        fine: its pixel centres are the samples.
        turn: (3, 3) float64 camera frame -> this face's.
        pixel: (N,) int32 flat indices of the picture's pixels that look through it, ascending.
        x, y: (N,) float32 where they look, in pixels of `pinhole`.
        sample: (N,) int32 flat index of the nearest sample.
    """

    pinhole: CameraModel
    fine: CameraModel
    turn: NDArray[np.float64]
    pixel: NDArray[np.int32]
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    sample: NDArray[np.int32]

    def places(self, rays: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where rays (N, 3) of the camera frame meet the face: (N, 2) in pixels of `pinhole`."""
        x, y, z = ((rays * row).sum(axis=1) for row in self.turn)
        p = self.pinhole
        return np.stack([p.fx * x / z + p.cx, p.fy * y / z + p.cy], axis=1)

    def nearest(self, places: NDArray[np.float64]) -> NDArray[np.int32]:
        """Flat index of the sample nearest to each of (N, 2) places."""
        at = np.rint(FINE * places + 0.5 * (FINE - 1)).astype(np.int32)
        column = np.clip(at[:, 0], 0, self.fine.width - 1)
        row = np.clip(at[:, 1], 0, self.fine.height - 1)
        return row * np.int32(self.fine.width) + column


@dataclass(frozen=True, eq=False)
class LensMap:
    """A camera with a lens as faces.

    Attributes:
        camera: whose picture.
        faces: its faces.
        face: (H * W,) uint8 which of them each pixel looks through, or NOWHERE.
    """

    camera: CameraModel
    faces: tuple[Face, ...]
    face: NDArray[np.uint8]

    @cached_property
    def around(self) -> CameraModel:
        """A pinhole that sees all that the faces see, and has pixels as fine: for what is built once for all faces."""
        first = self.faces[0].pinhole
        if len(self.faces) == 1:
            return first
        side = math.ceil(2.0 * _AROUND * first.fx)
        return CameraModel(side, side, first.fx, first.fy, 0.5 * (side - 1), 0.5 * (side - 1))

    @cached_property
    def sample(self) -> NDArray[np.int32]:
        """(H * W,) the sample that each pixel looks at, in its own face; 0 where a pixel sees nothing."""
        out = np.zeros(len(self.face), np.int32)
        for face in self.faces:
            out[face.pixel] = face.sample
        return out

    def samples(self, offsets: tuple[float, ...]) -> tuple[Spots, ...]:
        """S places in each pixel, of each face.

        Args:
            offsets: x offsets of the places in pixels; in y they are evenly spaced.
        """
        return _samples(self, offsets)


@dataclass(frozen=True, eq=False)
class Spots:
    """Places within the pixels of a face, S of each pixel.

    Attributes:
        nearest: (N, S) int32 flat indices of the nearest samples.
        x, y: (N, S) float32 where they are, in pixels of `Face.pinhole`.
    """

    nearest: NDArray[np.int32]
    x: NDArray[np.float32]
    y: NDArray[np.float32]


@lru_cache(maxsize=4)
def _samples(lens: LensMap, offsets: tuple[float, ...]) -> tuple[Spots, ...]:
    out = []
    for face in lens.faces:
        row, column = np.divmod(face.pixel, lens.camera.width)
        shape = len(face.pixel), len(offsets)
        spots = Spots(np.empty(shape, np.int32), np.empty(shape, np.float32), np.empty(shape, np.float32))
        for s, offset in enumerate(offsets):
            y = row + (s + 0.5) / len(offsets) - 0.5
            rays = lens.camera.rays(np.stack([column + offset, y], axis=1))
            seen = rays[:, 2] > 0.0  # a place in the last pixels of a fisheye's circle may lie beyond it
            places = face.places(np.where(seen[:, None], rays, 1.0))
            spots.nearest[:, s] = np.where(seen, face.nearest(places), face.sample)
            spots.x[:, s], spots.y[:, s] = (
                np.where(seen, p, q) for p, q in zip(places.T, (face.x, face.y), strict=True)
            )
        out.append(spots)
    return tuple(out)


@lru_cache(maxsize=8)
def lens_map(camera: CameraModel) -> LensMap:
    """The faces of a camera with a lens."""
    v, u = np.mgrid[0 : camera.height, 0 : camera.width].reshape(2, -1).astype(np.float64)
    rays = camera.rays(np.stack([u, v], axis=1))
    x, y, z = rays.T
    seen = z > 0.0
    side = np.maximum(np.abs(x), np.abs(y))
    which = np.full(len(rays), NOWHERE, np.uint8)
    which[seen] = 0
    if not seen.all() or (side * side + np.minimum(np.abs(x), np.abs(y)) ** 2 > (_STEEPEST * z) ** 2).any():
        aside = seen & (side > z)
        across = np.abs(x) >= np.abs(y)
        for k, here in enumerate((across & (x > 0.0), across & (x <= 0.0), ~across & (y > 0.0), ~across & (y <= 0.0))):
            which[aside & here] = k + 1
    used = [k for k in range(5) if (which == k).any()]
    faces = tuple(_face(camera, _TURNS[k], which == k, rays) for k in used)
    number = np.full(256, NOWHERE, np.uint8)
    number[used] = np.arange(len(used))
    return LensMap(camera, faces, number[which])


def _face(camera: CameraModel, turn: NDArray[np.float64], mine: NDArray[np.bool_], rays: NDArray[np.float64]) -> Face:
    """The face that holds the rays (H * W, 3) of the pixels `mine` (H * W,)."""
    x, y, z = ((rays * row).sum(axis=1) for row in turn)
    depth = np.where(mine, z, np.nan)
    a, b = (x / depth).reshape(camera.height, -1), (y / depth).reshape(camera.height, -1)
    steps = [np.sqrt(np.diff(a, axis=k) ** 2 + np.diff(b, axis=k) ** 2) for k in (0, 1)]
    least = min((float(np.nanmin(s)) for s in steps if np.isfinite(s).any()), default=1.0 / camera.fx)
    f = min(1.0 / least, _FINEST * camera.fx)
    left, right = math.floor(np.nanmin(a) * f) - _MARGIN_PX, math.ceil(np.nanmax(a) * f) + _MARGIN_PX
    top, bottom = math.floor(np.nanmin(b) * f) - _MARGIN_PX, math.ceil(np.nanmax(b) * f) + _MARGIN_PX
    width, height = right - left + 1, bottom - top + 1
    pinhole = CameraModel(width, height, f, f, -left, -top)
    shift = 0.5 * (FINE - 1)
    fine = CameraModel(FINE * width, FINE * height, FINE * f, FINE * f, shift - FINE * left, shift - FINE * top)
    pixel = np.flatnonzero(mine).astype(np.int32)
    nothing = np.zeros(0, np.float32)
    empty = Face(pinhole, fine, turn, pixel, nothing, nothing, np.zeros(0, np.int32))
    places = empty.places(rays[pixel])
    u, v = (np.ascontiguousarray(places[:, k], np.float32) for k in (0, 1))
    return replace(empty, x=u, y=v, sample=empty.nearest(places))
