"""Shading points -> where they are and how they reflect.

With the camera at the origin, a triangle v0 v1 v2 and a ray d = (x, y, 1): let c0 = v1 x v2, c1 = v2 x v0,
c2 = v0 x v1. The barycentric weights are (ci . d) / (C . d) with C = c0 + c1 + c2, the depth is
(v0 . c0) / (C . d), and any attribute a is (A . d) / (C . d) with A = sum of ci * ai. So a triangle is set up
once (nine-odd dot products) and each of its pixels costs one division; clipped triangles need nothing extra.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.patterns import evaluate

BLOCK = 8272
"""Points a block: its records stay in the processor's second-level cache. Not a power of two: the rows of a point
would then compete for the same lines of the first-level cache."""

# Where each quantity of the per-point record starts in a flat float32 array of ROWS x BLOCK. The stride is a
# constant, so that LLVM sees one array with known offsets and vectorises the loops over it.
Z, DISTANCE = 0 * BLOCK, 1 * BLOCK
PX, PY, PZ = 2 * BLOCK, 3 * BLOCK, 4 * BLOCK
NX, NY, NZ = 5 * BLOCK, 6 * BLOCK, 7 * BLOCK
AR, AG, AB = 8 * BLOCK, 9 * BLOCK, 10 * BLOCK
ROUGH, F0, METAL, COAT = 11 * BLOCK, 12 * BLOCK, 13 * BLOCK, 14 * BLOCK
ER, EG, EB = 15 * BLOCK, 16 * BLOCK, 17 * BLOCK
SUN, SKY = 18 * BLOCK, 19 * BLOCK
# Surface coordinates and footprints live where the later stage writes emission and visibility.
U, V, FU, FV = ER, EG, EB, SUN
A, B, C = 20 * BLOCK, 21 * BLOCK, 22 * BLOCK  # scratch of a stage
ROWS = 23

_COLUMNS = 22  # of the material table, see `geometry.MATERIAL_COLUMNS`

RED, GREEN, BLUE = 0 * BLOCK, 1 * BLOCK, 2 * BLOCK
"""The same for the radiance of a block."""


# Where each quantity of a triangle's set-up starts in its row of the table.
_C0, _C1, _S, _DET, _N0, _N1, _N2, _U, _V, _G = 0, 3, 6, 9, 10, 13, 16, 19, 22, 25
SETUP = 28


@inline
def _set_up(t, camera, faces, face_part, normals, uv, rotation, back, table, q):
    """Write the dot products of a triangle to row `q` of the table."""
    i, j, m = faces[t, 0], faces[t, 1], faces[t, 2]
    ax, ay, az = float(camera[0, i]), float(camera[1, i]), float(camera[2, i])
    bx, by, bz = float(camera[0, j]), float(camera[1, j]), float(camera[2, j])
    dx, dy, dz = float(camera[0, m]), float(camera[1, m]), float(camera[2, m])
    c0x, c0y, c0z = by * dz - bz * dy, bz * dx - bx * dz, bx * dy - by * dx
    c1x, c1y, c1z = dy * az - dz * ay, dz * ax - dx * az, dx * ay - dy * ax
    c2x, c2y, c2z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    sx, sy, sz = c0x + c1x + c2x, c0y + c1y + c2y, c0z + c1z + c2z
    det = ax * c0x + ay * c0y + az * c0z
    table[q, _C0], table[q, _C0 + 1], table[q, _C0 + 2] = c0x, c0y, c0z
    table[q, _C1], table[q, _C1 + 1], table[q, _C1 + 2] = c1x, c1y, c1z
    table[q, _S], table[q, _S + 1], table[q, _S + 2] = sx, sy, sz
    table[q, _DET] = det
    p = face_part[t]
    for corner in range(3):
        v = faces[t, corner]
        x, y, z = float(normals[v, 0]), float(normals[v, 1]), float(normals[v, 2])
        for r in range(3):
            table[q, _N0 + 3 * corner + r] = rotation[p, r, 0] * x + rotation[p, r, 1] * y + rotation[p, r, 2] * z
    for c in range(2):
        a0, a1, a2 = float(uv[i, c]), float(uv[j, c]), float(uv[m, c])
        table[q, _U + 3 * c] = c0x * a0 + c1x * a1 + c2x * a2
        table[q, _U + 3 * c + 1] = c0y * a0 + c1y * a1 + c2y * a2
        table[q, _U + 3 * c + 2] = c0z * a0 + c1z * a1 + c2z * a2
    # The plane's normal in the world, on the side of the eye (camera frame: against the ray).
    sign = -1.0 if det > 0.0 else 1.0
    for r in range(3):
        table[q, _G + r] = sign * (back[r, 0] * sx + back[r, 1] * sy + back[r, 2] * sz)


@kernel
def locate(
    x, y, face, begin, end, camera, faces, face_part, normals, uv, rotation, back, intrinsics, slot, table, used, out
):
    """Where the points `begin`..`end` are: depth, position, normal, surface coordinates and footprint.

    Points on the same triangle and picture row form a run; a run is one vectorised loop. A triangle is set up
    once a frame, however many runs it has.

    Args:
        x, y, face: (N,) float32, float32, int32: position in pixels and triangle, -1 for sky.
        begin, end: the block.
        camera: (3, V) float32 vertices in the camera frame.
        faces, face_part, normals, uv: geometry.
        rotation: (P, 3, 3) float64 part frame -> world.
        back: (3, 4) float64 camera frame -> world (may mirror).
        intrinsics: (4,) float64 fx, fy, cx, cy.
        slot: (T,) int32 row of each triangle in the table, -1 where it has none; table: (R, SETUP) float64;
            used: (1,) int64 rows in use; kept from block to block of a frame. The last row is never kept.
        out: (ROWS * BLOCK,) float32 output, end - begin <= BLOCK; rows Z to NZ and U to FV. A sky point has
            Z = DISTANCE = inf and its unit direction in PX..PZ; its other rows are left as they are.
    """
    ifx, ify, cx, cy = 1.0 / intrinsics[0], 1.0 / intrinsics[1], intrinsics[2], intrinsics[3]
    b00, b01, b02, b03 = back[0, 0], back[0, 1], back[0, 2], back[0, 3]
    b10, b11, b12, b13 = back[1, 0], back[1, 1], back[1, 2], back[1, 3]
    b20, b21, b22, b23 = back[2, 0], back[2, 1], back[2, 2], back[2, 3]
    infinity = np.float32(np.inf)
    capacity = table.shape[0] - 1
    k = begin
    while k < end:
        t = face[k]
        row = y[k]
        stop = k + 1
        while stop < end and face[stop] == t and y[stop] == row:
            stop += 1
        dy = (float(row) - cy) * ify
        if t < 0:
            xs, rec = x[k:stop], out[k - begin :]
            for o in range(xs.shape[0]):
                dx = (float(xs[o]) - cx) * ifx
                wx = b00 * dx + b01 * dy + b02
                wy = b10 * dx + b11 * dy + b12
                wz = b20 * dx + b21 * dy + b22
                inv = 1.0 / math.sqrt(wx * wx + wy * wy + wz * wz)
                rec[Z + o] = infinity
                rec[DISTANCE + o] = infinity
                rec[PX + o] = wx * inv
                rec[PY + o] = wy * inv
                rec[PZ + o] = wz * inv
            k = stop
            continue
        w = np.int64(slot[t])
        if w < 0:
            w = min(used[0], capacity)
            if w < capacity:
                slot[t] = w
                used[0] = w + 1
            _set_up(t, camera, faces, face_part, normals, uv, rotation, back, table, w)
        sx, sy, sz, det = table[w, _S], table[w, _S + 1], table[w, _S + 2], table[w, _DET]
        c0x, c1x = table[w, _C0], table[w, _C1]
        n0x, n0y, n0z = table[w, _N0], table[w, _N0 + 1], table[w, _N0 + 2]
        n1x, n1y, n1z = table[w, _N1], table[w, _N1 + 1], table[w, _N1 + 2]
        n2x, n2y, n2z = table[w, _N2], table[w, _N2 + 1], table[w, _N2 + 2]
        ux, uy, vx, vy = table[w, _U], table[w, _U + 1], table[w, _V], table[w, _V + 1]
        gx, gy, gz = table[w, _G], table[w, _G + 1], table[w, _G + 2]
        # Everything that is constant along the row.
        s_row = sy * dy + sz
        c0_row = table[w, _C0 + 1] * dy + table[w, _C0 + 2]
        c1_row = table[w, _C1 + 1] * dy + table[w, _C1 + 2]
        u_row = uy * dy + table[w, _U + 2]
        v_row = vy * dy + table[w, _V + 2]
        length2 = 1.0 + dy * dy
        # Slices indexed from zero: LLVM then knows that no index is negative, and vectorises.
        xs, rec = x[k:stop], out[k - begin :]
        for o in range(xs.shape[0]):
            dx = (float(xs[o]) - cx) * ifx
            s = sx * dx + s_row
            inv = 1.0 / s
            z = min(max(det * inv, 0.01), 1e6)  # a NaN (edge-on triangle) becomes 0.01
            b0 = (c0x * dx + c0_row) * inv
            b1 = (c1x * dx + c1_row) * inv
            b2 = 1.0 - b0 - b1
            nx = n0x * b0 + n1x * b1 + n2x * b2
            ny = n0y * b0 + n1y * b1 + n2y * b2
            nz = n0z * b0 + n1z * b1 + n2z * b2
            facing = nx * gx + ny * gy + nz * gz
            norm = 1.0 / math.sqrt(max(nx * nx + ny * ny + nz * nz, 1e-24))
            norm = -norm if facing < 0.0 else norm
            px = z * dx
            py = z * dy
            rec[Z + o] = z
            rec[DISTANCE + o] = z * math.sqrt(length2 + dx * dx)
            rec[PX + o] = b00 * px + b01 * py + b02 * z + b03
            rec[PY + o] = b10 * px + b11 * py + b12 * z + b13
            rec[PZ + o] = b20 * px + b21 * py + b22 * z + b23
            rec[NX + o] = nx * norm
            rec[NY + o] = ny * norm
            rec[NZ + o] = nz * norm
            u = (ux * dx + u_row) * inv
            v = (vx * dx + v_row) * inv
            rec[U + o] = u
            rec[V + o] = v
            rec[FU + o] = min((abs(ux - u * sx) * ifx + abs(uy - u * sy) * ify) * abs(inv), 1e3)
            rec[FV + o] = min((abs(vx - v * sx) * ifx + abs(vy - v * sy) * ify) * abs(inv), 1e3)
        k = stop


@kernel
def reflect(face, begin, end, face_part, face_material, materials, part_lit, layers, tex, tex_offsets, out):
    """How the located points reflect and emit: material and pattern at their surface coordinates.

    Args:
        face: (N,) int32 triangles.
        begin, end: the block.
        face_part, face_material, materials (flat), part_lit, layers, tex, tex_offsets: reflectance.
        out: (ROWS * BLOCK,) float32; reads U to FV, writes rows AR to SKY of every point that is not sky.
    """
    one = np.float32(1.0)
    zero = np.float32(0.0)
    for k in range(begin, end):
        o = k - begin
        t = face[k]
        if t < 0:
            continue
        at = face_material[t] * _COLUMNS
        gain, mix, rough = evaluate(
            materials, at, layers, tex, tex_offsets, out[U + o], out[V + o], out[FU + o], out[FV + o]
        )
        keep = one - mix
        out[AR + o] = min(gain * (materials[at + 0] * keep + materials[at + 3] * mix), np.float32(0.95))
        out[AG + o] = min(gain * (materials[at + 1] * keep + materials[at + 4] * mix), np.float32(0.95))
        out[AB + o] = min(gain * (materials[at + 2] * keep + materials[at + 5] * mix), np.float32(0.95))
        out[ROUGH + o] = min(max(materials[at + 6] * rough, np.float32(0.03)), one)
        out[F0 + o] = materials[at + 7]
        out[METAL + o] = materials[at + 8]
        coat = materials[at + 9]
        if int(materials[at + 10]) == 8:  # facade: only its panes are glazed
            coat = mix * np.float32(0.9)
        out[COAT + o] = coat
        bit = int(materials[at + 21])
        lit = bit == 0 or (int(part_lit[face_part[t]]) & bit) != 0
        out[ER + o] = materials[at + 18] if lit else zero
        out[EG + o] = materials[at + 19] if lit else zero
        out[EB + o] = materials[at + 20] if lit else zero
        out[SUN + o] = zero
        out[SKY + o] = one


@kernel
def normals_and_flow(
    face, camera, faces, face_part, normals, uv, rotation, back, intrinsics, slot, table, used, to_previous, normal,
    flow,
):  # fmt: skip
    """Camera-frame normals and backward flow at the pixel centres, straight from the triangles.

    Along a run the unnormalised normal, and the previous camera's view of the point divided by its depth, are
    linear: each pixel costs one square root and one division.

    Args:
        face: (H, W) int32 triangle of each pixel, -1 for nothing.
        camera, faces, face_part, normals, uv, rotation, back, intrinsics, slot, table, used: as in `locate`.
        to_previous: (P + 1, 3, 4) float64 camera frame now -> previous camera frame for points fixed to each
            part; the last row is for points fixed in the world.
        normal: (H, W, 3) float32 output, unit, zero where nothing.
        flow: (H, W, 2) float32 output, previous minus present position in pixels, NaN where unknown. The sky is
            infinitely distant: only the rotation acts on it.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    ifx, ify = 1.0 / fx, 1.0 / fy
    zero, one, unknown = np.float32(0.0), np.float32(1.0), np.float32(np.nan)
    capacity = table.shape[0] - 1
    width = face.shape[1]
    world = to_previous.shape[0] - 1
    for r in range(face.shape[0]):
        y = float(r)
        dy = (y - cy) * ify
        k = 0
        while k < width:
            t = face[r, k]
            stop = k + 1
            while stop < width and face[r, stop] == t:
                stop += 1
            dx0 = (k - cx) * ifx
            x0 = float(k)
            p = world if t < 0 else np.int64(face_part[t])
            h0 = to_previous[p, 0, 0] * dx0 + to_previous[p, 0, 1] * dy + to_previous[p, 0, 2]
            h1 = to_previous[p, 1, 0] * dx0 + to_previous[p, 1, 1] * dy + to_previous[p, 1, 2]
            h2 = to_previous[p, 2, 0] * dx0 + to_previous[p, 2, 1] * dy + to_previous[p, 2, 2]
            k0, k1, k2 = to_previous[p, 0, 0] * ifx, to_previous[p, 1, 0] * ifx, to_previous[p, 2, 0] * ifx
            row_normal, row_flow = normal[r, k:stop], flow[r, k:stop]
            if t < 0:
                for i in range(row_normal.shape[0]):
                    row_normal[i, 0], row_normal[i, 1], row_normal[i, 2] = zero, zero, zero
            else:
                w = np.int64(slot[t])
                if w < 0:
                    w = min(used[0], capacity)
                    if w < capacity:
                        slot[t] = w
                        used[0] = w + 1
                    _set_up(t, camera, faces, face_part, normals, uv, rotation, back, table, w)
                s = table[w, _S] * dx0 + table[w, _S + 1] * dy + table[w, _S + 2]
                ds = table[w, _S] * ifx
                # 1 / depth = s / det is linear along the row too.
                inverse = 1.0 / table[w, _DET] if table[w, _DET] != 0.0 else 0.0
                h0 += to_previous[p, 0, 3] * s * inverse
                h1 += to_previous[p, 1, 3] * s * inverse
                h2 += to_previous[p, 2, 3] * s * inverse
                k0 += to_previous[p, 0, 3] * ds * inverse
                k1 += to_previous[p, 1, 3] * ds * inverse
                k2 += to_previous[p, 2, 3] * ds * inverse
                w0 = table[w, _C0] * dx0 + table[w, _C0 + 1] * dy + table[w, _C0 + 2]
                w1 = table[w, _C1] * dx0 + table[w, _C1 + 1] * dy + table[w, _C1 + 2]
                w2 = s - w0 - w1
                d0, d1 = table[w, _C0] * ifx, table[w, _C1] * ifx
                d2 = ds - d0 - d1
                scale = 1.0 / max(abs(s), 1e-30)
                sign = scale if s > 0.0 else -scale
                ax, bx, gx = _to_camera(table, w, back, 0, w0, w1, w2, d0, d1, d2, sign, scale)
                ay, by, gy = _to_camera(table, w, back, 1, w0, w1, w2, d0, d1, d2, sign, scale)
                az, bz, gz = _to_camera(table, w, back, 2, w0, w1, w2, d0, d1, d2, sign, scale)
                for i in range(row_normal.shape[0]):
                    j = np.float32(np.int32(i))
                    nx, ny, nz = ax + bx * j, ay + by * j, az + bz * j
                    length = np.float32(math.sqrt(max(nx * nx + ny * ny + nz * nz, np.float32(1e-24))))
                    unit = (-one if nx * gx + ny * gy + nz * gz < zero else one) / length
                    row_normal[i, 0] = nx * unit
                    row_normal[i, 1] = ny * unit
                    row_normal[i, 2] = nz * unit
            for i in range(row_flow.shape[0]):
                on = float(np.int32(i))
                z = h2 + k2 * on
                inv = 1.0 / z
                row_flow[i, 0] = np.float32(fx * (h0 + k0 * on) * inv + cx - x0 - on) if z > 1e-4 else unknown
                row_flow[i, 1] = np.float32(fy * (h1 + k1 * on) * inv + cy - y) if z > 1e-4 else unknown
            k = stop


@inline
def _to_camera(table, w, back, axis, w0, w1, w2, d0, d1, d2, sign, scale):
    """One camera-frame component of a run's normal: at its start, its step, and of the plane's own normal."""
    b0, b1, b2 = back[0, axis], back[1, axis], back[2, axis]
    n0 = table[w, _N0] * b0 + table[w, _N0 + 1] * b1 + table[w, _N0 + 2] * b2
    n1 = table[w, _N1] * b0 + table[w, _N1 + 1] * b1 + table[w, _N1 + 2] * b2
    n2 = table[w, _N2] * b0 + table[w, _N2 + 1] * b1 + table[w, _N2 + 2] * b2
    g = table[w, _G] * b0 + table[w, _G + 1] * b1 + table[w, _G + 2] * b2
    start = (n0 * w0 + n1 * w1 + n2 * w2) * sign
    step = (n0 * d0 + n1 * d1 + n2 * d2) * sign
    return np.float32(start), np.float32(step), np.float32(g * scale)


@kernel
def water_normals_and_flow(is_water, depth, up, to_previous, intrinsics, normal, flow):
    """Where labels describe the water surface: its normal is world up, and it is fixed in the world.

    Args:
        is_water, depth: (H, W) uint8 and float32.
        up: (3,) float64 world up in the camera frame.
        to_previous: (3, 4) float64 camera frame now -> previous camera frame for points fixed in the world.
        intrinsics: (4,) float64.
        normal, flow: (H, W, 3) and (H, W, 2) float32, in and out.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    m = to_previous
    for r in range(depth.shape[0]):
        for c in range(depth.shape[1]):
            if is_water[r, c] == 0:
                continue
            z = float(depth[r, c])
            x, y = (c - cx) / fx * z, (r - cy) / fy * z
            qx = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
            qy = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
            qz = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
            for k in range(3):
                normal[r, c, k] = up[k]
            flow[r, c, 0] = fx * qx / qz + cx - c if qz > 1e-3 else np.float32(np.nan)
            flow[r, c, 1] = fy * qy / qz + cy - r if qz > 1e-3 else np.float32(np.nan)
