"""Part frames -> camera frame and screen; culling of clusters."""

from __future__ import annotations

import numpy as np

from simgen.compiled import kernel


@kernel
def cull(center, radius, part, matrix, planes, wanted, visible):
    """Mark clusters whose bounding sphere meets all half-spaces.

    Args:
        center, radius: (C, 3), (C,) float64 spheres in part frames.
        part: (C,) int32 part of each cluster.
        matrix: (P, 3, 4) float64 part frame -> camera frame (may mirror, never scales).
        planes: (K, 4) float64 unit planes in the camera frame, positive inside.
        wanted: (P,) bool parts to consider.
        visible: (C,) bool output.
    """
    for c in range(center.shape[0]):
        p = part[c]
        ok = wanted[p]
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


@kernel
def transform(vertices, part_vertices, part_used, matrix, camera):
    """Vertices of the used parts into the camera frame: `camera` (3, V) float32 output."""
    for p in range(part_vertices.shape[0] - 1):
        if not part_used[p]:
            continue
        m = matrix[p]
        a0, a1, a2, a3 = m[0, 0], m[0, 1], m[0, 2], m[0, 3]
        b0, b1, b2, b3 = m[1, 0], m[1, 1], m[1, 2], m[1, 3]
        c0, c1, c2, c3 = m[2, 0], m[2, 1], m[2, 2], m[2, 3]
        for i in range(part_vertices[p], part_vertices[p + 1]):
            x = np.float64(vertices[i, 0])
            y = np.float64(vertices[i, 1])
            z = np.float64(vertices[i, 2])
            camera[0, i] = a0 * x + a1 * y + a2 * z + a3
            camera[1, i] = b0 * x + b1 * y + b2 * z + b3
            camera[2, i] = c0 * x + c1 * y + c2 * z + c3


@kernel
def transform_and_project(vertices, cluster_vertices, cluster_part, visible, matrix, intrinsics, near, camera, screen):
    """Vertices of the visible clusters into the camera frame and onto the screen, once for all their triangles.

    Args:
        vertices: (V, 3) float32 in part frames.
        cluster_vertices: (C, 2) int64 range of the vertices of each cluster; cluster_part: (C,) int32.
        visible: (C,) bool.
        matrix: (P, 3, 4) float64 part frame -> camera frame.
        intrinsics: (4,) float64 fx, fy, cx, cy; near: metres.
        camera: (3, V) float32 output.
        screen: (V, 3) float64 output: x, y in pixels and inverse depth, which is 0 before the near plane.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    first = 0  # vertices first..done have their places: neighbouring clusters share some
    done = 0
    for k in range(visible.shape[0]):
        if not visible[k]:
            continue
        low, high = cluster_vertices[k, 0], cluster_vertices[k, 1]
        if low < first or low > done:
            first = low
        else:
            low = max(low, done)
        if low >= high:
            continue
        done = high
        p = cluster_part[k]
        a0, a1, a2, a3 = matrix[p, 0, 0], matrix[p, 0, 1], matrix[p, 0, 2], matrix[p, 0, 3]
        b0, b1, b2, b3 = matrix[p, 1, 0], matrix[p, 1, 1], matrix[p, 1, 2], matrix[p, 1, 3]
        c0, c1, c2, c3 = matrix[p, 2, 0], matrix[p, 2, 1], matrix[p, 2, 2], matrix[p, 2, 3]
        rows, places = vertices[low:high], screen[low:high]
        xs, ys, zs = camera[0, low:high], camera[1, low:high], camera[2, low:high]
        for i in range(rows.shape[0]):
            x = np.float64(rows[i, 0])
            y = np.float64(rows[i, 1])
            z = np.float64(rows[i, 2])
            # Rounded as stored: every stage sees the same camera-frame vertex.
            px = np.float32(a0 * x + a1 * y + a2 * z + a3)
            py = np.float32(b0 * x + b1 * y + b2 * z + b3)
            pz = np.float32(c0 * x + c1 * y + c2 * z + c3)
            xs[i] = px
            ys[i] = py
            zs[i] = pz
            w = 1.0 / np.float64(pz)
            places[i, 0] = fx * np.float64(px) * w + cx
            places[i, 1] = fy * np.float64(py) * w + cy
            places[i, 2] = w if np.float64(pz) >= near else 0.0


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
