# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
"""Silhouettes: every object stamped alone into an image of bits, as if nothing else were there.

    part's sphere in the picture? -> project its vertices -> per triangle: between the pixel centres? -> next
        -> all in front of the near plane? yes -> turned away (one-sided parts)? -> fill
                                           no  -> turned away? -> clip -> fill

Silhouettes are stamped triangle by triangle. A row of a triangle is the half-open interval of pixel centres
between its two crossing edges, and its rows are half-open as well: in exact arithmetic the top-left fill rule,
so that neighbours share no pixel and leave no gap. Each pixel counts once an object. Like the renderer, faces
of one-sided parts that are turned away are left out (a camera inside a car body does not see it), open parts
are seen from both sides, and camera coordinates are rounded to float32 before projection, so that the
silhouette of an unhidden object is its mask to the pixel.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import inline, kernel
from simgen.held import taken
from simgen.labels.bits import set_run, stamp_visible, take
from simgen.render.kernels.raster import NEAR_M

MOST_PIXELS = 32767
"""Largest width and height of a stamp: a vertex keeps its row and its column in 15 bits each."""

_ROWS = np.int32(-65536)  # the upper half of a vertex's code
_COLUMNS = np.int32(65535)  # the lower half
_BEHIND = np.int32(-1)  # the code of a vertex before the near plane: unlike any other in both halves


class Solids(NamedTuple):
    """The geometry of objects: Q parts sorted by instance, their versions joined end to end; N objects.

    Attributes:
        vertices: (3, V) float32 in part frames, metres.
        faces: (T, 3) uint32 vertices, counted from the version's first.
        version_vertex, version_face: (versions of all parts + 1,) int64 ranges.
        part_version: (Q,) int64 first version of the part, its mesh itself.
        part_closed: (Q,) bool, whether the part is one-sided.
        part_sphere: (Q, 4) float64 bounding sphere x y z r in the part frame.
        part_pose: (Q,) int64 row of the part in a snapshot's `T_world_part`.
        object_part: (N + 1,) int64 ranges.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.uint32]
    version_vertex: NDArray[np.int64]
    version_face: NDArray[np.int64]
    part_version: NDArray[np.int64]
    part_closed: NDArray[np.bool_]
    part_sphere: NDArray[np.float64]
    part_pose: NDArray[np.int64]
    object_part: NDArray[np.int64]


class Scratch(NamedTuple):
    """What kernels write on the way. Its contents mean nothing between calls.

    Attributes:
        screen: (2, V_max) float64 picture positions of one version's vertices.
        code: (V_max,) int32 first pixel row (upper half) and column (lower half) at or beyond each vertex.
        pose: (3, 4) float64; box: (4,) int64.
    """

    screen: NDArray[np.float64]
    code: NDArray[np.int32]
    pose: NDArray[np.float64]
    box: NDArray[np.int64]

    @classmethod
    def of(cls, solids: Solids) -> Scratch:
        """Room for the largest part."""
        most = max(int(np.diff(solids.version_vertex).max(initial=0)), 1)
        return cls(np.empty((2, most)), np.empty(most, np.int32), np.empty((3, 4)), np.empty(4, np.int64))


class Labelled(NamedTuple):
    """What kernels that measure objects work with; they get it held, as one handle."""

    solids: Solids
    scratch: Scratch


@inline
def compose(a, b, out):
    """The rigid transform a (3, 4) after b (4, 4)."""
    for i in range(3):
        for j in range(4):
            s = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]
            out[i, j] = s + a[i, 3] if j == 3 else s


@inline
def place(pose, sphere):
    """Centre of a sphere (x y z r) after a (3, 4) pose."""
    return (
        pose[0, 0] * sphere[0] + pose[0, 1] * sphere[1] + pose[0, 2] * sphere[2] + pose[0, 3],
        pose[1, 0] * sphere[0] + pose[1, 1] * sphere[1] + pose[1, 2] * sphere[2] + pose[1, 3],
        pose[2, 0] * sphere[0] + pose[2, 1] * sphere[1] + pose[2, 2] * sphere[2] + pose[2, 3],
    )


@inline
def _sphere_in_picture(pose, sphere, lens, near, width, height):
    """Whether the sphere (part frame; x y z r) may cover a pixel centre: conservative plane tests."""
    x, y, z = place(pose, sphere)
    r = sphere[3]
    if z < near - r:
        return False
    left, right = (-1.0 - lens[2]) / lens[0], (width - lens[2]) / lens[0]
    top, bottom = (-1.0 - lens[3]) / lens[1], (height - lens[3]) / lens[1]
    return (
        x - left * z > -r * math.sqrt(1.0 + left * left)
        and right * z - x > -r * math.sqrt(1.0 + right * right)
        and y - top * z > -r * math.sqrt(1.0 + top * top)
        and bottom * z - y > -r * math.sqrt(1.0 + bottom * bottom)
    )


@inline
def _project(vx, vy, vz, pose, lens, near, width, height, screen, code, box):
    """Project vertices; gives how many lie before the near plane or beyond the picture's outer edges.

    Grows `box` (x0 y0 x1 y1) around whatever their triangles may cover. Branch-free over flat arrays, so that
    it runs eight vertices at a time.
    """
    a0, a1, a2, a3 = pose[0, 0], pose[0, 1], pose[0, 2], pose[0, 3]
    b0, b1, b2, b3 = pose[1, 0], pose[1, 1], pose[1, 2], pose[1, 3]
    c0, c1, c2, c3 = pose[2, 0], pose[2, 1], pose[2, 2], pose[2, 3]
    fx, fy, cx, cy = lens[0], lens[1], lens[2], lens[3]
    columns, rows = float(width), float(height)
    right, bottom = columns - 0.5, rows - 0.5
    sx, sy = screen[0], screen[1]
    outside = np.int32(0)
    x0, y0, x1, y1 = np.int32(width), np.int32(height), np.int32(0), np.int32(0)
    for i in range(vx.shape[0]):
        px, py, pz = np.float64(vx[i]), np.float64(vy[i]), np.float64(vz[i])
        x = np.float64(np.float32(a0 * px + a1 * py + a2 * pz + a3))
        y = np.float64(np.float32(b0 * px + b1 * py + b2 * pz + b3))
        z = np.float64(np.float32(c0 * px + c1 * py + c2 * pz + c3))
        front = z >= near
        inverse = 1.0 / (z if front else 1.0)
        u = fx * x * inverse + cx
        v = fy * y * inverse + cy
        sx[i] = u
        sy[i] = v
        column = np.int32(math.ceil(min(max(u, 0.0), columns)))
        row = np.int32(math.ceil(min(max(v, 0.0), rows)))
        code[i] = (row << np.int32(16)) | column if front else _BEHIND
        x0, y0 = min(x0, column if front else np.int32(0)), min(y0, row if front else np.int32(0))
        x1 = max(x1, column if front else np.int32(width))
        y1 = max(y1, row if front else np.int32(height))
        outside += np.int32(not (front and u >= -0.5 and u <= right and v >= -0.5 and v <= bottom))
    # A crossing of a row and an edge may round to just beyond the edge's end.
    box[0], box[1] = min(box[0], max(x0 - 1, 0)), min(box[1], y0)
    box[2], box[3] = max(box[2], min(x1 + 1, width)), max(box[3], y1)
    return outside


@inline
def _fill(ax, ay, bx, by, cx, cy, width, stamp):
    """Set the pixel centres inside a triangle."""
    height = stamp.shape[0]
    if by < ay:
        ax, ay, bx, by = bx, by, ax, ay
    if cy < ay:
        ax, ay, cx, cy = cx, cy, ax, ay
    if cy < by:
        bx, by, cx, cy = cx, cy, bx, by
    y0 = np.int64(math.ceil(min(max(ay, 0.0), np.float64(height))))
    y1 = np.int64(math.ceil(min(max(cy, 0.0), np.float64(height))))
    if y0 >= y1:
        return
    # Every edge runs from its upper end, so both triangles that share it cross a row at the same float.
    slope_long = (cx - ax) / (cy - ay)
    slope_top = (bx - ax) / (by - ay) if by > ay else 0.0
    slope_low = (cx - bx) / (cy - by) if cy > by else 0.0
    limit = np.float64(width)
    for y in range(y0, y1):
        p = ax + (y - ay) * slope_long
        q = ax + (y - ay) * slope_top if y < by else bx + (y - by) * slope_low
        left = np.int64(math.ceil(min(max(min(p, q), 0.0), limit)))
        right = np.int64(math.ceil(min(max(max(p, q), 0.0), limit)))
        set_run(stamp[y], left, right, width)


@inline
def _camera_point(vx, vy, vz, i, pose):
    """A vertex in the camera frame, rounded as the renderer rounds it."""
    x, y, z = np.float64(vx[i]), np.float64(vy[i]), np.float64(vz[i])
    return (
        np.float64(np.float32(pose[0, 0] * x + pose[0, 1] * y + pose[0, 2] * z + pose[0, 3])),
        np.float64(np.float32(pose[1, 0] * x + pose[1, 1] * y + pose[1, 2] * z + pose[1, 3])),
        np.float64(np.float32(pose[2, 0] * x + pose[2, 1] * y + pose[2, 2] * z + pose[2, 3])),
    )


@inline
def _cut(front, back, near, lens):
    """Picture position of the point where the edge from the point `front` to `back` meets the near plane."""
    t = (front[2] - near) / (front[2] - back[2])
    x = front[0] + t * (back[0] - front[0])
    y = front[1] + t * (back[1] - front[1])
    return lens[0] * x / near + lens[2], lens[1] * y / near + lens[3]


@kernel
def _fill_clipped(vx, vy, vz, a, b, c, closed, pose, lens, near, screen, width, stamp):
    """Fill what lies in front of the near plane of a triangle that crosses it."""
    pa, pb, pc = (
        _camera_point(vx, vy, vz, a, pose),
        _camera_point(vx, vy, vz, b, pose),
        _camera_point(vx, vy, vz, c, pose),
    )
    if closed:
        # Volume of the tetrahedron eye-triangle: not negative means turned away.
        volume = pa[0] * (pb[1] * pc[2] - pb[2] * pc[1])
        volume -= pa[1] * (pb[0] * pc[2] - pb[2] * pc[0])
        volume += pa[2] * (pb[0] * pc[1] - pb[1] * pc[0])
        if volume >= 0.0:
            return
    for _ in range(2):  # rotate until `a` is alone on its side
        if (pb[2] >= near) == (pc[2] >= near):
            break
        a, b, c = b, c, a
        pa, pb, pc = pb, pc, pa
    if pa[2] >= near:
        px, py = _cut(pa, pb, near, lens)
        qx, qy = _cut(pa, pc, near, lens)
        _fill(screen[0, a], screen[1, a], px, py, qx, qy, width, stamp)
    else:
        px, py = _cut(pb, pa, near, lens)
        qx, qy = _cut(pc, pa, near, lens)
        _fill(screen[0, b], screen[1, b], screen[0, c], screen[1, c], px, py, width, stamp)
        _fill(screen[0, c], screen[1, c], qx, qy, px, py, width, stamp)


@kernel
def stamp_part(solids, q, version, pose, lens, near, width, scratch, stamp, box):
    """Stamp one part seen through a pinhole.

    Takes:
        solids, q, version: the part, and which version of it.
        pose: (3, 4) part -> camera; lens: (4,) fx fy cx cy; near: clipping z-depth.
        width: of the picture, W; scratch: its `screen` and `code` are used.
        stamp: (H, W / 64 rounded up) uint64, a bit a pixel from the lowest on, set where covered.
        box: (4,) int64, grown around whatever may be covered.

    Gives:
        Whether every vertex lies in front of the near plane and within the picture's outer edges.
    """
    height = stamp.shape[0]
    if not _sphere_in_picture(pose, solids.part_sphere[q], lens, near, width, height):
        return False
    k = solids.part_version[q] + version
    v0, v1 = solids.version_vertex[k], solids.version_vertex[k + 1]
    vx, vy, vz = solids.vertices[0, v0:v1], solids.vertices[1, v0:v1], solids.vertices[2, v0:v1]
    screen, code, faces, closed = scratch.screen, scratch.code, solids.faces, solids.part_closed[q]
    outside = _project(vx, vy, vz, pose, lens, near, width, height, screen, code, box)
    sx, sy = screen[0], screen[1]
    for f in range(solids.version_face[k], solids.version_face[k + 1]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        # Most triangles lie between pixel centres, beyond one edge of the picture, or behind: they end here.
        code_a, code_b, code_c = code[a], code[b], code[c]
        change = (code_a ^ code_b) | (code_a ^ code_c)
        if (change & _ROWS) == 0 or (change & _COLUMNS) == 0:
            continue
        if (code_a | code_b | code_c) < 0:
            _fill_clipped(vx, vy, vz, a, b, c, closed, pose, lens, near, screen, width, stamp)
            continue
        ax, ay, bx, by, cx, cy = sx[a], sy[a], sx[b], sy[b], sx[c], sy[c]
        # On the screen (y down) a face that looks at the eye turns against the clock: negative area.
        if closed and (bx - ax) * (cy - ay) - (cx - ax) * (by - ay) >= 0.0:
            continue
        _fill(ax, ay, bx, by, cx, cy, width, stamp)
    return outside == 0


@kernel
def silhouettes(labelled, camera_world, world_part, drawn, lens, instance, visible, stamp, box, count, whole):
    """Amodal boxes and pixel counts of all objects.

    The object's visible pixels belong to its silhouette by definition: where the renderer's rounding covers
    an edge pixel that ours does not, the pixel is added, so that visible is always a part of amodal.

    Takes:
        labelled: `Labelled`, held.
        camera_world: (3, 4) float64 world -> camera.
        world_part: (P, 4, 4) float64; drawn: (P,) uint8 version of each part.
        lens: (4,) fx fy cx cy.
        instance: (H, W) map; visible: (N, 4) int64 boxes of it.
        stamp: (H, W / 64 rounded up) uint64 zeros, left as zeros.
        box: (N, 4) int64 output; count: (N,) int64 output; whole: (N,) uint8 output, 1 where every vertex
            projects into the picture.
    """
    solids, scratch = taken(labelled).solids, taken(labelled).scratch
    height, width = instance.shape
    pose, grown = scratch.pose, scratch.box
    for k in range(count.shape[0]):
        grown[0], grown[1], grown[2], grown[3] = width, height, 0, 0
        inside = True
        for q in range(solids.object_part[k], solids.object_part[k + 1]):
            p = solids.part_pose[q]
            compose(camera_world, world_part[p], pose)
            part_inside = stamp_part(solids, q, np.int64(drawn[p]), pose, lens, NEAR_M, width, scratch, stamp, grown)
            inside = inside and part_inside
        whole[k] = inside
        if visible[k, 2] > visible[k, 0]:
            grown[0], grown[1] = min(grown[0], visible[k, 0]), min(grown[1], visible[k, 1])
            grown[2], grown[3] = max(grown[2], visible[k, 2]), max(grown[3], visible[k, 3])
            stamp_visible(stamp, instance, np.uint16(k + 1), visible[k])
        count[k] = take(stamp, grown, box[k])
