"""Part frames -> camera frame and screen; culling of clusters."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel

MOST_SAMPLES = 32767
"""Largest number of columns, and of rows, of samples: a vertex keeps its place in 15 bits each."""
BEHIND = np.int32(-1)
"""The place of a vertex before the near plane: unlike any other in both halves."""


@kernel
def choose_versions(sphere, error, matrix, share, depth_share, version):
    """The coarsest version of each part whose distance from the original is small enough.

    Args:
        sphere: (P, 4) float64 bounding spheres in part frames; error: (P, D) float64 metres, ascending.
        matrix: (P, 3, 4) float64 part frame -> camera frame.
        share: metres that are allowed anywhere; depth_share: and for each metre of the sphere's least z-depth.
        version: (P,) uint8 output.
    """
    for p in range(version.shape[0]):
        m = matrix[p]
        z = m[2, 0] * sphere[p, 0] + m[2, 1] * sphere[p, 1] + m[2, 2] * sphere[p, 2] + m[2, 3] - sphere[p, 3]
        version[p] = _coarsest(error[p], share + depth_share * max(z, 0.0))


@kernel
def choose_versions_about(sphere, error, pose, eye, share, version):
    """The same for an eye that looks all round.

    Args:
        sphere, error, version: as in `choose_versions`.
        pose: (P, 4, 4) float64 part frame -> world; eye: (3,) float64 world.
        share: metres that are allowed for each metre from the eye to the sphere.
    """
    for p in range(version.shape[0]):
        m, x, y, z = pose[p], sphere[p, 0], sphere[p, 1], sphere[p, 2]
        dx = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3] - eye[0]
        dy = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3] - eye[1]
        dz = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3] - eye[2]
        away = math.sqrt(dx * dx + dy * dy + dz * dz) - sphere[p, 3]
        version[p] = _coarsest(error[p], share * max(away, 0.0))


@inline
def _coarsest(error, allowed):
    """The last version whose error, of an ascending row, is allowed."""
    chosen = 0
    for k in range(1, error.shape[0]):
        if error[k] <= allowed:
            chosen = k
    return chosen


@kernel
def cull(center, radius, part, cluster_version, matrix, planes, wanted, version, visible):
    """Mark clusters of the chosen versions whose bounding sphere meets all half-spaces.

    Args:
        center, radius: (C, 3), (C,) float64 spheres in part frames.
        part, cluster_version: (C,) int32, uint8 part of each cluster and version of it.
        matrix: (P, 3, 4) float64 part frame -> camera frame (may mirror, never scales).
        planes: (K, 4) float64 unit planes in the camera frame, positive inside.
        wanted: (P,) bool parts to consider; version: (P,) uint8 which version of each.
        visible: (C,) bool output.
    """
    for c in range(center.shape[0]):
        p = part[c]
        ok = wanted[p] and cluster_version[c] == version[p]
        if ok:
            m = matrix[p]
            x, y, z = center[c, 0], center[c, 1], center[c, 2]
            cx = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
            cy = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
            cz = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
            for k in range(planes.shape[0]):
                q = planes[k]
                if q[0] * cx + q[1] * cy + q[2] * cz + q[3] < -radius[c]:
                    ok = False
                    break
        visible[c] = ok


@inline
def _unmoved(cluster_vertices, k, first, done):
    """Range of a cluster's vertices, start and end of what has its places then: neighbouring clusters share some."""
    low, high = cluster_vertices[k, 0], cluster_vertices[k, 1]
    if low < first or low > done:
        first = low
    else:
        low = max(low, done)
    return low, high, first, max(high, done) if low < high else done


@inline
def _move(vertices, low, high, m, camera):
    """Vertices low..high by a (3, 4) matrix; flat arrays indexed from zero and no branch: eight at a time."""
    a0, a1, a2, a3 = m[0, 0], m[0, 1], m[0, 2], m[0, 3]
    b0, b1, b2, b3 = m[1, 0], m[1, 1], m[1, 2], m[1, 3]
    c0, c1, c2, c3 = m[2, 0], m[2, 1], m[2, 2], m[2, 3]
    vx, vy, vz = vertices[0, low:high], vertices[1, low:high], vertices[2, low:high]
    xs, ys, zs = camera[0, low:high], camera[1, low:high], camera[2, low:high]
    for i in range(vx.shape[0]):
        x, y, z = np.float64(vx[i]), np.float64(vy[i]), np.float64(vz[i])
        xs[i] = a0 * x + a1 * y + a2 * z + a3
        ys[i] = b0 * x + b1 * y + b2 * z + b3
        zs[i] = c0 * x + c1 * y + c2 * z + c3


@kernel
def transform(vertices, cluster_vertices, cluster_part, visible, matrix, camera):
    """Vertices of the visible clusters into a frame: `camera` (3, V) float32 output; see `transform_and_project`."""
    first, done = 0, 0
    for k in range(visible.shape[0]):
        if visible[k]:
            low, high, first, done = _unmoved(cluster_vertices, k, first, done)
            if low < high:
                _move(vertices, low, high, matrix[cluster_part[k]], camera)


@kernel
def transform_and_project(
    vertices, cluster_vertices, cluster_part, visible, matrix, intrinsics, near, samples, extent, camera, screen, place
):  # fmt: skip
    """Vertices of the visible clusters into the camera frame and onto the screen, once for all their triangles.

    Args:
        vertices: (3, V) float32 in part frames.
        cluster_vertices: (C, 2) int64 range of the vertices of each cluster; cluster_part: (C,) int32.
        visible: (C,) bool.
        matrix: (P, 3, 4) float64 part frame -> camera frame.
        intrinsics: (4,) float64 fx, fy, cx, cy; near: metres.
        samples: rows and columns of samples a pixel; extent: (2,) int64 rows and columns of samples, each at most
            MOST_SAMPLES.
        camera: (3, V) float32 output.
        screen: (3, V) float64 output: x in pixels, y in rows of samples and inverse depth, which is 0 before the
            near plane.
        place: (V,) int32 output: the first row (upper half) and column (lower half) of samples at or beyond the vertex,
            or BEHIND. A triangle whose corners share one of both holds no sample.
    """
    s = float(samples)
    shift = 0.5 * s - 0.5
    bottom, right = float(extent[0]), float(extent[1])
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    first, done = 0, 0
    for k in range(visible.shape[0]):
        if not visible[k]:
            continue
        low, high, first, done = _unmoved(cluster_vertices, k, first, done)
        if low >= high:
            continue
        _move(vertices, low, high, matrix[cluster_part[k]], camera)
        xs, ys, zs = camera[0, low:high], camera[1, low:high], camera[2, low:high]
        us, vs, ws, codes = screen[0, low:high], screen[1, low:high], screen[2, low:high], place[low:high]
        for i in range(xs.shape[0]):
            # As stored, in single precision: every stage sees the same camera-frame vertex.
            x, y, z = np.float64(xs[i]), np.float64(ys[i]), np.float64(zs[i])
            front = z >= near
            w = 1.0 / (z if front else 1.0)
            u = fx * x * w + cx
            v = (fy * y * w + cy) * s + shift
            us[i] = u
            vs[i] = v
            ws[i] = w if front else 0.0
            column = np.int32(math.ceil(min(max(u * s + shift, 0.0), right)))
            row = np.int32(math.ceil(min(max(v, 0.0), bottom)))
            codes[i] = (row << np.int32(16)) | column if front else BEHIND


@kernel
def drop_inside(center, radius, part, matrix, low_x, high_x, low_y, high_y, visible):
    """Unmark clusters whose bounding sphere lies wholly inside a column of the frame; arguments as in `cull`."""
    for c in range(center.shape[0]):
        if not visible[c]:
            continue
        p = part[c]
        x, y, z = center[c, 0], center[c, 1], center[c, 2]
        cx = matrix[p, 0, 0] * x + matrix[p, 0, 1] * y + matrix[p, 0, 2] * z + matrix[p, 0, 3]
        cy = matrix[p, 1, 0] * x + matrix[p, 1, 1] * y + matrix[p, 1, 2] * z + matrix[p, 1, 3]
        r = radius[c]
        if cx - r > low_x and cx + r < high_x and cy - r > low_y and cy + r < high_y:
            visible[c] = False
