# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
"""Truncation: the share of each object's solid angle outside the picture, all directions counted.

The silhouette is stamped into gnomonic views: pinholes, in which edges stay straight. An object that spans less
than 100 degrees gets one view that looks at it and just holds its bounding sphere; around others, and where the
camera is inside the sphere, six faces of a cube stand. What carries the camera is around it in every frame and lies
as it lay before: what a part stamps into the cube is kept by its pose in the camera's frame, rounded to a micrometre,
so that a frame's numbers do not depend on those before. The views are turned against the picture, so that no
picture edge runs along a row of cells. Within a row the solid angle of a run of cells has a closed form, and the
picture is an interval, because its edges too are straight in the view. Under a lens that bends them each cell is in
the picture or not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.held import taken
from simgen.labels.bits import zeros_below
from simgen.labels.silhouettes import compose, place, stamp_part
from simgen.render.kernels.distortion import CY, FX, MODEL, PINHOLE, project

_FINE, _COARSE = 128, 64  # cells across a view; what spans much of the sphere needs fewer
_MUCH_SR = 1.5  # solid angle from which on 64 cells a cube face give the accuracy that 128 give below it
_NEAR_VIEW_M = 1e-4  # clipping depth of the views, which may surround the camera
_WIDEST_SINE = 0.766  # of half the angle that one view may span: 50 degrees
_ROLL = 0.5  # by which views are turned about their axis, radians
_PER_UNIT = float(1 << 20)  # to which poses around the camera are rounded, a metre and the entries of rotations
_SLOTS = 32  # parts whose stamps are kept
_KEY = 15  # numbers that tell one such stamp from another


class Views(NamedTuple):
    """The views of truncation, and what kernels write on the way.

    Attributes:
        cube: (6, 3, 3) float64 rotations camera -> face of a cube that is askew to the picture.
        fine, coarse: (S, S / 64) uint64 stamps of S x S cells, a bit a cell, zeros between calls.
        own: (3, 3) float64 rotation camera -> the view of one object; forward: (3,) its axis.
        turned: (3, 4) float64 world -> view; pinhole: (4,) fx fy cx cy of the view.
        edges: (4, 3) float64 half-planes of the picture in the view.
        placed: (3, 4) float64 rounded pose of a part in the camera frame.
        key: (_KEY,) int64 part, version, cells across a face, and the pose of a stamp.
        kept_key: (_SLOTS, _KEY) int64 those that are kept; kept: (_SLOTS, 6, W) uint64 their words, face by face, of
            which a coarse stamp uses the first.
        joined: (6, W) uint64 the words of all parts of an object.
    """

    cube: NDArray[np.float64]
    fine: NDArray[np.uint64]
    coarse: NDArray[np.uint64]
    own: NDArray[np.float64]
    forward: NDArray[np.float64]
    turned: NDArray[np.float64]
    pinhole: NDArray[np.float64]
    edges: NDArray[np.float64]
    placed: NDArray[np.float64]
    key: NDArray[np.int64]
    kept_key: NDArray[np.int64]
    kept: NDArray[np.uint64]
    joined: NDArray[np.uint64]

    @classmethod
    def make(cls) -> Views:
        """All views, and room to work in."""
        frame, cube = np.empty((3, 3)), np.empty((6, 3, 3))
        look(np.array([0.36, 0.48, 0.8]), frame)
        for face in range(6):
            axis, sign = face // 2, 1.0 if face % 2 == 0 else -1.0
            cube[face] = sign * frame[(axis + 1) % 3], frame[(axis + 2) % 3], sign * frame[axis]
        fine, coarse = (np.zeros((cells, cells // 64), np.uint64) for cells in (_FINE, _COARSE))
        own, forward, turned = np.empty((3, 3)), np.empty(3), np.empty((3, 4))
        kept_key = np.full((_SLOTS, _KEY), -1, np.int64)
        kept, joined = np.empty((_SLOTS, 6, fine.size), np.uint64), np.empty((6, fine.size), np.uint64)
        return cls(
            cube, fine, coarse, own, forward, turned, np.empty(4), np.empty((4, 3)), np.empty((3, 4)),
            np.empty(_KEY, np.int64), kept_key, kept, joined,
        )  # fmt: skip


@kernel
def look(forward, out):
    """Rotation camera -> view, (3, 3) `out`, whose z axis is `forward` (a unit vector), turned by `_ROLL`."""
    i = 0 if abs(forward[0]) < abs(forward[1]) else 1
    side = out[0]
    for j in range(3):
        side[j] = (1.0 if i == j else 0.0) - forward[j] * forward[i]
    norm = math.sqrt(side[0] ** 2 + side[1] ** 2 + side[2] ** 2)
    x, y, z = side[0] / norm, side[1] / norm, side[2] / norm
    up_x = forward[1] * z - forward[2] * y
    up_y = forward[2] * x - forward[0] * z
    up_z = forward[0] * y - forward[1] * x
    c, s = math.cos(_ROLL), math.sin(_ROLL)
    out[0, 0], out[0, 1], out[0, 2] = c * x + s * up_x, c * y + s * up_y, c * z + s * up_z
    out[1, 0], out[1, 1], out[1, 2] = c * up_x - s * x, c * up_y - s * y, c * up_z - s * z
    out[2, 0], out[2, 1], out[2, 2] = forward[0], forward[1], forward[2]


@inline
def _bounding_sphere(solids, camera_world, world_part, k, pose):
    """Centre x y z and radius, camera frame, of a sphere around object k.

    Its centre is the middle of the box around the spheres of the parts.
    """
    low_x, low_y, low_z = math.inf, math.inf, math.inf
    high_x, high_y, high_z = -math.inf, -math.inf, -math.inf
    for q in range(solids.object_part[k], solids.object_part[k + 1]):
        compose(camera_world, world_part[solids.part_pose[q]], pose)
        x, y, z = place(pose, solids.part_sphere[q])
        r = solids.part_sphere[q, 3]
        low_x, low_y, low_z = min(low_x, x - r), min(low_y, y - r), min(low_z, z - r)
        high_x, high_y, high_z = max(high_x, x + r), max(high_y, y + r), max(high_z, z + r)
    cx, cy, cz = 0.5 * (low_x + high_x), 0.5 * (low_y + high_y), 0.5 * (low_z + high_z)
    radius = 0.0
    for q in range(solids.object_part[k], solids.object_part[k + 1]):
        compose(camera_world, world_part[solids.part_pose[q]], pose)
        x, y, z = place(pose, solids.part_sphere[q])
        gap = math.sqrt((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2)
        radius = max(radius, gap + solids.part_sphere[q, 3])
    return cx, cy, cz, radius


@inline
def _edges_in_view(lens, width, height, view, edges):
    """The picture as half-planes of a view: inside where a * x + b * y + c >= 0 in all four rows of `edges`.

    They are the planes through the eye and the picture's outer edges; together they leave out what is behind.
    """
    for e in range(4):
        if e == 0:
            x, y, z = lens[0], 0.0, lens[2] + 0.5
        elif e == 1:
            x, y, z = -lens[0], 0.0, width - 0.5 - lens[2]
        elif e == 2:
            x, y, z = 0.0, lens[1], lens[3] + 0.5
        else:
            x, y, z = 0.0, -lens[1], height - 0.5 - lens[3]
        for i in range(3):
            edges[e, i] = view[i, 0] * x + view[i, 1] * y + view[i, 2] * z


@inline
def _picture_interval(edges, b):
    """The interval of a in which (a, b, 1) of the view is in the picture; empty if the first is larger."""
    low, high = -math.inf, math.inf
    for e in range(4):
        slope, rest = edges[e, 0], edges[e, 1] * b + edges[e, 2]
        if slope > 0.0:
            low = max(low, -rest / slope)
        elif slope < 0.0:
            high = min(high, -rest / slope)
        elif rest < 0.0:
            high = -math.inf
    return low, high


@inline
def _strip(a, b):
    """Solid angle density, per unit of b, of the strip from 0 to a: the integral of (1 + a^2 + b^2)^(-3/2) da."""
    square = 1.0 + b * b
    return a / (square * math.sqrt(square + a * a))


@inline
def _measure(stamp, box, focal, edges):
    """Solid angle that is stamped, and the share of it in the picture, both in sr; zeroes the stamp.

    Takes:
        stamp: (S, S / 64) uint64, a bit a cell; box: (4,) int64 around whatever is set.
        focal: cells a unit of the view; edges: see `_edges_in_view`.
    """
    corner, step = 0.5 * stamp.shape[0], 1.0 / focal
    total, inside = 0.0, 0.0
    for j in range(box[1], box[3]):
        b = (j + 0.5 - corner) * step
        low, high = _picture_interval(edges, b)
        for k in range(stamp.shape[1]):
            word = stamp[j, k]
            stamp[j, k] = np.uint64(0)
            column = (k << 6) - corner
            while word != 0:  # a run of cells a turn
                skip = zeros_below(word)
                word >>= np.uint64(skip)
                run = zeros_below(~word)
                word = word >> np.uint64(run) if run < 64 else np.uint64(0)
                a0 = (column + skip) * step
                a1 = (column + skip + run) * step
                column += skip + run
                whole = (_strip(a1, b) - _strip(a0, b)) * step
                total += whole
                seen0, seen1 = max(a0, low), min(a1, high)
                if seen0 == a0 and seen1 == a1:
                    inside += whole
                elif seen0 < seen1:
                    inside += (_strip(seen1, b) - _strip(seen0, b)) * step
    return total, inside


@inline
def _measure_bent(stamp, box, focal, view, lens, width, height):
    """The same for a lens that bends lines, see `render.kernels.distortion`; `view` is the rotation camera -> view."""
    corner, step = 0.5 * stamp.shape[0], 1.0 / focal
    total, inside = 0.0, 0.0
    for j in range(box[1], box[3]):
        b = (j + 0.5 - corner) * step
        for k in range(stamp.shape[1]):
            word = stamp[j, k]
            stamp[j, k] = np.uint64(0)
            column = k << 6
            while word != 0:  # a cell a turn
                skip = zeros_below(word)
                column += skip
                word = (word >> np.uint64(skip)) >> np.uint64(1)
                a = (column + 0.5 - corner) * step
                column += 1
                square = 1.0 + a * a + b * b
                cell = step * step / (square * math.sqrt(square))
                total += cell
                u, v, followed = project(
                    lens,
                    view[0, 0] * a + view[1, 0] * b + view[2, 0],
                    view[0, 1] * a + view[1, 1] * b + view[2, 1],
                    view[0, 2] * a + view[1, 2] * b + view[2, 2],
                )
                if followed and u >= -0.5 and u <= width - 0.5 and v >= -0.5 and v <= height - 0.5:
                    inside += cell
    return total, inside


@inline
def _sector(stamp, box, focal, view, lens, width, height, edges):
    """The same for any lens; `edges` is room to work in."""
    if lens[MODEL] != PINHOLE:
        return _measure_bent(stamp, box, focal, view, lens, width, height)
    _edges_in_view(lens[FX : CY + 1], width, height, view, edges)
    return _measure(stamp, box, focal, edges)


@kernel
def _in_view(solids, camera_world, world_part, drawn, k, view, focal, lens, width, height, scratch, views, stamp):
    """Solid angle of object k within one view, and the share of it inside the picture, both in sr.

    Takes:
        view: (3, 3) rotation camera -> view; focal: cells a unit of the view.
        stamp: one of those of `views`; for the others see `truncations`.
    """
    turned, pinhole = views.turned, views.pinhole
    size = stamp.shape[0]
    for i in range(3):
        for j in range(4):
            turned[i, j] = (
                view[i, 0] * camera_world[0, j] + view[i, 1] * camera_world[1, j] + view[i, 2] * camera_world[2, j]
            )
    pinhole[0], pinhole[1] = focal, focal
    pinhole[2], pinhole[3] = 0.5 * (size - 1), 0.5 * (size - 1)
    box, pose = scratch.box, scratch.pose
    box[0], box[1], box[2], box[3] = size, size, 0, 0
    for q in range(solids.object_part[k], solids.object_part[k + 1]):
        p = solids.part_pose[q]
        compose(turned, world_part[p], pose)
        stamp_part(solids, q, np.int64(drawn[p]), pose, pinhole, _NEAR_VIEW_M, size, scratch, stamp, box)
    return _sector(stamp, box, focal, view, lens, width, height, views.edges)


@inline
def _round(pose, key, placed):
    """Round a pose (3, 4) into `placed`; its numbers follow the first three of `key`."""
    for i in range(3):
        for j in range(4):
            number = np.int64(np.rint(pose[i, j] * _PER_UNIT))
            key[3 + 4 * i + j] = number
            placed[i, j] = number / _PER_UNIT


@inline
def _slot(key, kept_key):
    """Where the stamp of a key is kept if it is: (slot, whether it is)."""
    mixed = np.uint64(14695981039346656037)  # FNV-1a, a word a turn
    for i in range(_KEY):
        mixed = (mixed ^ np.uint64(key[i])) * np.uint64(1099511628211)
    slot = np.int64((mixed >> np.uint64(32)) % np.uint64(_SLOTS))
    known = True
    for i in range(_KEY):
        known = known and kept_key[slot, i] == key[i]
    return slot, known


@kernel
def _keep(solids, q, version, scratch, views, stamp, kept):
    """Stamp a part that lies at `views.placed` into all faces of the cube and keep what they show."""
    turned, pinhole, placed = views.turned, views.pinhole, views.placed
    size, across = stamp.shape
    pinhole[0], pinhole[1] = 0.5 * size, 0.5 * size
    pinhole[2], pinhole[3] = 0.5 * (size - 1), 0.5 * (size - 1)
    for face in range(6):
        view = views.cube[face]
        for i in range(3):
            for j in range(4):
                turned[i, j] = view[i, 0] * placed[0, j] + view[i, 1] * placed[1, j] + view[i, 2] * placed[2, j]
        stamp_part(solids, q, version, turned, pinhole, _NEAR_VIEW_M, size, scratch, stamp, scratch.box)
        for j in range(size):
            for k in range(across):
                kept[face, j * across + k] = stamp[j, k]
                stamp[j, k] = np.uint64(0)


@kernel
def _around(solids, camera_world, world_part, drawn, k, lens, width, height, scratch, views, stamp):
    """Solid angle of object k in all directions, and the share of it inside the picture, both in sr."""
    size, across = stamp.shape
    words = size * across
    views.joined[:, :words] = np.uint64(0)
    for q in range(solids.object_part[k], solids.object_part[k + 1]):
        p = solids.part_pose[q]
        version = np.int64(drawn[p])
        compose(camera_world, world_part[p], scratch.pose)
        views.key[0], views.key[1], views.key[2] = q, version, size
        _round(scratch.pose, views.key, views.placed)
        slot, known = _slot(views.key, views.kept_key)
        kept = views.kept[slot]
        if not known:
            for i in range(_KEY):
                views.kept_key[slot, i] = views.key[i]
            _keep(solids, q, version, scratch, views, stamp, kept)
        for face in range(6):
            for w in range(words):
                views.joined[face, w] |= kept[face, w]
    box, focal, total, inside = scratch.box, 0.5 * size, 0.0, 0.0
    box[0], box[1], box[2], box[3] = 0, 0, size, size
    for face in range(6):
        for j in range(size):
            for w in range(across):
                stamp[j, w] = views.joined[face, j * across + w]
        sector = _sector(stamp, box, focal, views.cube[face], lens, width, height, views.edges)
        total += sector[0]
        inside += sector[1]
    return total, inside


@kernel
def truncations(labelled, camera_world, world_part, drawn, lens, width, height, count, whole, held_views, out):
    """Share of each object's solid angle that lies outside the picture.

    Takes:
        labelled, camera_world, world_part, drawn: see `silhouettes`.
        lens: see `render.kernels.distortion`.
        width, height: of the picture.
        count, whole: (N,) outputs of `silhouettes`; objects without a pixel get 0, whole ones exactly 0.
        held_views: `Views`, held.
        out: (N,) float64 output.
    """
    solids, scratch, views = taken(labelled).solids, taken(labelled).scratch, taken(held_views)
    for k in range(count.shape[0]):
        out[k] = 0.0
        if count[k] == 0 or whole[k] != 0:
            continue
        x, y, z, radius = _bounding_sphere(solids, camera_world, world_part, k, scratch.pose)
        distance = math.sqrt(x * x + y * y + z * z)
        if radius < _WIDEST_SINE * distance:
            forward, fine = views.forward, views.fine
            forward[0], forward[1], forward[2] = x / distance, y / distance, z / distance
            look(forward, views.own)
            focal = 0.5 * fine.shape[0] * math.sqrt(distance * distance - radius * radius) / radius
            total, inside = _in_view(
                solids, camera_world, world_part, drawn, k, views.own, focal, lens, width, height, scratch, views, fine
            )
        else:
            total, inside = _around(
                solids, camera_world, world_part, drawn, k, lens, width, height, scratch, views, views.coarse
            )
            if total < _MUCH_SR:
                total, inside = _around(
                    solids, camera_world, world_part, drawn, k, lens, width, height, scratch, views, views.fine
                )
        if total > 0.0:
            out[k] = 1.0 - inside / total
