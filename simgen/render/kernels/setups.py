# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
"""Set-ups of triangles: what all pixels of a triangle share.

With the camera at the origin, a triangle v0 v1 v2 and a ray d = (x, y, 1): let c0 = v1 x v2, c1 = v2 x v0,
c2 = v0 x v1. The barycentric weights are (ci . d) / (C . d) with C = c0 + c1 + c2, the depth is
(v0 . c0) / (C . d), and any attribute a is (A . d) / (C . d) with A = sum of ci * ai. So a triangle is set up
once (nine-odd dot products) and each of its pixels costs one division; clipped triangles need nothing extra.

    a block of points -> runs of one triangle in one row -> its triangles, each once -> gather a batch of them
    -> all products of the batch -> what points need is linear along runs: `resolve`

A triangle's numbers lie scattered through memory: gathering a batch at a time lets the processor wait for many of
them at once, and the arithmetic runs eight triangles at a time. Set-ups last for one block, so that they stay in the
second-level cache; few triangles are in two.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.held import taken

# Where each quantity of a triangle's set-up starts in its row of the table. The rows of `N` give the components of the
# normal in the world, and `G` is the plane's own normal there.
S, DET, SURFACE_U, SURFACE_V, N, G = 0, 3, 4, 7, 10, 19
SETUP = 22

_BATCH = 32
# Where each quantity of a batch starts in the scratch: the set-up, and behind it the triangle's camera-frame vertices,
# normals and surface coordinates, and the rotation of its part.
_CORNERS, _NORMALS, _UV, _TURN = SETUP * _BATCH, (SETUP + 9) * _BATCH, (SETUP + 18) * _BATCH, (SETUP + 24) * _BATCH
_ROOM = (SETUP + 33) * _BATCH


_PLACES = 32768  # of the table in which a block's triangles are looked up; some four times as many as it can have
_NOBODY = -1


class Setups(NamedTuple):
    """The runs of a block of points, and the set-ups of their triangles.

    Attributes:
        first: (B + 1,) int32 first point of each run, counted from the block's; behind the last run its end.
        row: (B,) int32 row of each run's triangle in the table, -1 for nothing.
        table: (B, SETUP) float64; triangle, part, material: (B,) int32 of each row.
        places: (_PLACES,) int64 room to work in, -1 between calls; place: (B,) int32 another.
        old_first: (B + 1,) int32 and old_row: (B,) int32 others, for runs that are put into another order.
        room: (_ROOM,) float64 another; change: (B + 7 and more,) uint8 another; words: the same memory as uint64.
    """

    first: NDArray[np.int32]
    row: NDArray[np.int32]
    table: NDArray[np.float64]
    triangle: NDArray[np.int32]
    part: NDArray[np.int32]
    material: NDArray[np.int32]
    places: NDArray[np.int64]
    place: NDArray[np.int32]
    old_first: NDArray[np.int32]
    old_row: NDArray[np.int32]
    room: NDArray[np.float64]
    change: NDArray[np.uint8]
    words: NDArray[np.uint64]

    @classmethod
    def of(cls, block: int) -> Setups:
        """Room for blocks of so many points. Kernels get it held: one handle instead of all arrays, block by block."""
        (first, old_first), words = np.empty((2, block + 1), np.int32), np.empty(block // 8 + 1, np.uint64)
        row, triangle, part, material, place, old_row = np.empty((6, block), np.int32)
        return cls(
            first, row, np.empty((block, SETUP)), triangle, part, material, np.full(_PLACES, _NOBODY), place,
            old_first, old_row, np.empty(_ROOM), words.view(np.uint8), words,
        )  # fmt: skip


@inline
def _gather(t, p, n, camera, faces, looks, rotation, room):
    """Bring the numbers of triangle `t` of part `p` together in column `n` of the scratch."""
    for c in range(3):
        i = faces[t, c]
        for a in range(3):
            room[_CORNERS + (3 * c + a) * _BATCH + n] = float(camera[a, i])
            room[_NORMALS + (3 * c + a) * _BATCH + n] = float(looks[i, a])
        for a in range(2):
            room[_UV + (2 * c + a) * _BATCH + n] = float(looks[i, 3 + a])
    for r in range(3):
        for c in range(3):
            room[_TURN + (3 * r + c) * _BATCH + n] = rotation[p, r, c]


@inline
def _multiply(count, back, room):
    """The set-ups of the first `count` triangles of the scratch."""
    corners, normals, uvs, turn = room[_CORNERS:], room[_NORMALS:], room[_UV:], room[_TURN:]
    b00, b01, b02 = back[0, 0], back[0, 1], back[0, 2]
    b10, b11, b12 = back[1, 0], back[1, 1], back[1, 2]
    b20, b21, b22 = back[2, 0], back[2, 1], back[2, 2]
    for n in range(count):
        ax, ay, az = corners[n], corners[_BATCH + n], corners[2 * _BATCH + n]
        bx, by, bz = corners[3 * _BATCH + n], corners[4 * _BATCH + n], corners[5 * _BATCH + n]
        dx, dy, dz = corners[6 * _BATCH + n], corners[7 * _BATCH + n], corners[8 * _BATCH + n]
        c0x, c0y, c0z = by * dz - bz * dy, bz * dx - bx * dz, bx * dy - by * dx
        c1x, c1y, c1z = dy * az - dz * ay, dz * ax - dx * az, dx * ay - dy * ax
        c2x, c2y, c2z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        sx, sy, sz = c0x + c1x + c2x, c0y + c1y + c2y, c0z + c1z + c2z
        det = ax * c0x + ay * c0y + az * c0z
        room[S * _BATCH + n], room[(S + 1) * _BATCH + n], room[(S + 2) * _BATCH + n] = sx, sy, sz
        room[DET * _BATCH + n] = det
        for c in range(2):
            a0, a1, a2 = uvs[c * _BATCH + n], uvs[(2 + c) * _BATCH + n], uvs[(4 + c) * _BATCH + n]
            room[(SURFACE_U + 3 * c) * _BATCH + n] = c0x * a0 + c1x * a1 + c2x * a2
            room[(SURFACE_U + 3 * c + 1) * _BATCH + n] = c0y * a0 + c1y * a1 + c2y * a2
            room[(SURFACE_U + 3 * c + 2) * _BATCH + n] = c0z * a0 + c1z * a1 + c2z * a2
        x0, y0, z0 = normals[n], normals[_BATCH + n], normals[2 * _BATCH + n]
        x1, y1, z1 = normals[3 * _BATCH + n], normals[4 * _BATCH + n], normals[5 * _BATCH + n]
        x2, y2, z2 = normals[6 * _BATCH + n], normals[7 * _BATCH + n], normals[8 * _BATCH + n]
        # The plane's normal on the side of the eye (camera frame: against the ray).
        sign = -1.0 if det > 0.0 else 1.0
        for r in range(3):
            a, b, c = turn[3 * r * _BATCH + n], turn[(3 * r + 1) * _BATCH + n], turn[(3 * r + 2) * _BATCH + n]
            n0, n1, n2 = a * x0 + b * y0 + c * z0, a * x1 + b * y1 + c * z1, a * x2 + b * y2 + c * z2
            room[(N + 3 * r) * _BATCH + n] = n0 * c0x + n1 * c1x + n2 * c2x
            room[(N + 3 * r + 1) * _BATCH + n] = n0 * c0y + n1 * c1y + n2 * c2y
            room[(N + 3 * r + 2) * _BATCH + n] = n0 * c0z + n1 * c1z + n2 * c2z
        room[G * _BATCH + n] = sign * (b00 * sx + b01 * sy + b02 * sz)
        room[(G + 1) * _BATCH + n] = sign * (b10 * sx + b11 * sy + b12 * sz)
        room[(G + 2) * _BATCH + n] = sign * (b20 * sx + b21 * sy + b22 * sz)


@inline
def _starts(face, y, first, change, words):
    """Where runs start: wherever the triangle or the row is another than before. Gives how many there are.

    Where they change is told in vectors, and what does not change is passed over by eights. What then is left has no
    branch in it, which would be guessed wrong at every run.
    """
    count = face.shape[0]
    change[0] = np.uint8(0)
    for k in range(1, count):
        change[k] = np.uint8((face[k] != face[k - 1]) | (y[k] != y[k - 1]))
    eights = (count + 7) // 8
    for k in range(count, 8 * eights):
        change[k] = np.uint8(0)
    runs = np.int64(1)
    first[0] = np.int32(0)
    for q in range(eights):
        if words[q] != 0:
            for k in range(8 * q, 8 * q + 8):
                first[runs] = k
                runs += np.int64(change[k])
    return runs


@inline
def _look_up(t, rows, places, place):
    """The row of a triangle; `rows` if it is new, which then is noted.

    The triangles of a thing follow each other, and so do their places.
    """
    q = np.int64(t) & (_PLACES - 1)
    while True:
        held = places[q]
        if held == _NOBODY:
            places[q] = (np.int64(t) << 32) | rows
            place[rows] = q
            return rows
        if held >> 32 == t:
            return held & 0x7FFFFFFF
        q = (q + 1) & (_PLACES - 1)


@kernel
def find_runs(face, y, camera, faces, face_part, face_material, looks, rotation, back, held):
    """Find the runs of a block of points, and set up its triangles.

    Args:
        face, y: (B,) int32 triangle of each point, -1 for nothing, and float32 row.
        camera: (3, V) float32 vertices in the camera frame.
        faces, face_part, face_material, looks: geometry.
        rotation: (P, 3, 3) float64 part frame -> world.
        back: (3, 4) float64 camera frame -> world (may mirror).
        held: `Setups` for as many points, held; output.

    Returns:
        The number of runs.
    """
    setups = taken(held)
    first, row, table, triangle = setups.first, setups.row, setups.table, setups.triangle
    runs = _starts(face, y, first, setups.change, setups.words)
    first[runs] = face.shape[0]
    rows = np.int64(0)
    for r in range(runs):
        t = face[first[r]]
        w = np.int64(-1)
        if t >= 0:
            w = _look_up(t, rows, setups.places, setups.place)
            if w == rows:
                triangle[w], setups.part[w], setups.material[w] = t, face_part[t], face_material[t]
                rows += 1
        row[r] = w
    room = setups.room
    for a in range(0, int(rows), _BATCH):
        count = min(int(rows) - a, _BATCH)
        for n in range(count):
            setups.places[setups.place[a + n]] = _NOBODY
            _gather(triangle[a + n], setups.part[a + n], n, camera, faces, looks, rotation, room)
        _multiply(count, back, room)
        for n in range(count):
            for q in range(SETUP):
                table[a + n, q] = room[q * _BATCH + n]
    return runs


@inline
def along(table, w, column, dx, dy):
    """The quantity at a column of a set-up, in the direction (dx, dy, 1)."""
    return table[w, column] * dx + (table[w, column + 1] * dy + table[w, column + 2])


@inline
def at_ray(table, w, dx, dy):
    """Where the ray (dx, dy, 1) meets the plane of a set-up: 1 / depth, and the world normal, unit."""
    s, det = along(table, w, S, dx, dy), table[w, DET]
    nx, ny, nz = along(table, w, N, dx, dy), along(table, w, N + 3, dx, dy), along(table, w, N + 6, dx, dy)
    # The shading normal, of which `s` is the common divisor, is turned to the side of the plane that is seen.
    side = nx * table[w, G] + ny * table[w, G + 1] + nz * table[w, G + 2]
    norm = math.sqrt(max(nx * nx + ny * ny + nz * nz, 1e-300))
    unit = -1.0 / norm if side < 0.0 else 1.0 / norm
    return s / det if det != 0.0 else 0.0, nx * unit, ny * unit, nz * unit
