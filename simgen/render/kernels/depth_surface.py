"""Records from a depth map with parts and albedo, for cameras that give no triangles."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import kernel
from simgen.render.kernels.resolve import (
    AB,
    AG,
    AR,
    BLOCK,
    DISTANCE,
    F0,
    NX,
    NY,
    NZ,
    PX,
    PY,
    PZ,
    ROUGH,
    SKY,
    SPARE,
    Z,
)  # fmt: skip


@kernel
def normals_from_depth(depth, part, back, intrinsics, normal):
    """World normals, facing the eye, from the nearer of the neighbours on the same part in each direction.

    Args:
        depth: (H, W) float32 z-depth, inf for nothing; part: (H, W) int32, -1 for nothing.
        back: (3, 4) float64 camera -> world; intrinsics: (4,) float64.
        normal: (H, W, 3) float32 output, zero where nothing.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    height, width = depth.shape
    for r in range(height):
        for c in range(width):
            p = part[r, c]
            if p < 0:
                for q in range(3):
                    normal[r, c, q] = np.float32(0.0)
                continue
            z = float(depth[r, c])
            dzx = 1e30
            dzy = 1e30
            for s in (-1, 1):
                if 0 <= c + s < width and part[r, c + s] == p:
                    d = (float(depth[r, c + s]) - z) * s
                    if abs(d) < abs(dzx):
                        dzx = d
                if 0 <= r + s < height and part[r + s, c] == p:
                    d = (float(depth[r + s, c]) - z) * s
                    if abs(d) < abs(dzy):
                        dzy = d
            dzx = 0.0 if dzx > 1e29 else dzx
            dzy = 0.0 if dzy > 1e29 else dzy
            x, y = (c - cx) / fx, (r - cy) / fy
            # Tangents of the surface z(c, r) * (x, y, 1) by column and by row.
            ax, ay, az = z / fx + dzx * x, dzx * y, dzx
            bx, by, bz = dzy * x, z / fy + dzy * y, dzy
            nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            sign = -1.0 if nx * x + ny * y + nz > 0.0 else 1.0
            inv = sign / max(math.sqrt(nx * nx + ny * ny + nz * nz), 1e-30)
            for q in range(3):
                normal[r, c, q] = (back[q, 0] * nx + back[q, 1] * ny + back[q, 2] * nz) * inv


@kernel
def resolve_depth(x, y, begin, part, depth, normal, albedo, back, intrinsics, out):
    """Fill the records of the points from `begin` on; the layout is that of `resolve.locate`.

    Args:
        x, y: (B,) float32 places in pixels.
        part, depth, normal, albedo: of all points, (N,) and (N, 3).
        out: (ROWS * BLOCK,) float32 output.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    for o in range(x.shape[0]):
        k = begin + o
        for q in range(SPARE // BLOCK):
            out[q * BLOCK + o] = np.float32(0.0)
        dx, dy = (float(x[o]) - cx) / fx, (float(y[o]) - cy) / fy
        length = math.sqrt(1.0 + dx * dx + dy * dy)
        wx = back[0, 0] * dx + back[0, 1] * dy + back[0, 2]
        wy = back[1, 0] * dx + back[1, 1] * dy + back[1, 2]
        wz = back[2, 0] * dx + back[2, 1] * dy + back[2, 2]
        if part[k] < 0:
            out[Z + o] = np.float32(np.inf)
            out[DISTANCE + o] = np.float32(np.inf)
            out[PX + o] = wx / length
            out[PY + o] = wy / length
            out[PZ + o] = wz / length
            continue
        z = float(depth[k])
        out[Z + o] = z
        out[DISTANCE + o] = z * length
        out[PX + o] = wx * z + back[0, 3]
        out[PY + o] = wy * z + back[1, 3]
        out[PZ + o] = wz * z + back[2, 3]
        out[NX + o] = normal[k, 0]
        out[NY + o] = normal[k, 1]
        out[NZ + o] = normal[k, 2]
        out[AR + o] = albedo[k, 0]
        out[AG + o] = albedo[k, 1]
        out[AB + o] = albedo[k, 2]
        out[ROUGH + o] = np.float32(0.8)
        out[F0 + o] = np.float32(0.04)
        out[SKY + o] = np.float32(1.0)


@kernel
def normals_and_flow_from_depth(part, depth, normal_world, back, intrinsics, to_previous, normal, flow):
    """Camera-frame normals and backward flow of a depth map; outputs as in `resolve.normals_and_flow`.

    Args:
        part, depth, normal_world: (H, W), (H, W), (H, W, 3) maps.
        back: (3, 4) float64 camera -> world; intrinsics: (4,) float64.
        to_previous: (P + 1, 3, 4) float64 camera frame now -> previous camera frame.
        normal, flow: (H, W, 3), (H, W, 2) float32 outputs.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    world = to_previous.shape[0] - 1
    for r in range(depth.shape[0]):
        for c in range(depth.shape[1]):
            x, y = (c - cx) / fx, (r - cy) / fy
            p = world if part[r, c] < 0 else np.int64(part[r, c])
            near = 0.0 if part[r, c] < 0 else 1.0 / float(depth[r, c])  # the sky is infinitely distant
            m = to_previous[p]
            qx = m[0, 0] * x + m[0, 1] * y + m[0, 2] + m[0, 3] * near
            qy = m[1, 0] * x + m[1, 1] * y + m[1, 2] + m[1, 3] * near
            qz = m[2, 0] * x + m[2, 1] * y + m[2, 2] + m[2, 3] * near
            for k in range(3):
                normal[r, c, k] = (
                    back[0, k] * normal_world[r, c, 0]
                    + back[1, k] * normal_world[r, c, 1]
                    + back[2, k] * normal_world[r, c, 2]
                )
            flow[r, c, 0] = fx * qx / qz + cx - c if qz > 1e-4 else np.float32(np.nan)
            flow[r, c, 1] = fy * qy / qz + cy - r if qz > 1e-4 else np.float32(np.nan)
