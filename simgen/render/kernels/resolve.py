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

BLOCK = 8192
"""Points a block: its records stay in the processor's second-level cache."""

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
ROWS = 20

_COLUMNS = 22  # of the material table, see `geometry.MATERIAL_COLUMNS`

RED, GREEN, BLUE = 0 * BLOCK, 1 * BLOCK, 2 * BLOCK
"""The same for the radiance of a block."""


@inline
def _numerator(c0x, c0y, c0z, c1x, c1y, c1z, c2x, c2y, c2z, a0, a1, a2):
    return (
        c0x * a0 + c1x * a1 + c2x * a2,
        c0y * a0 + c1y * a1 + c2y * a2,
        c0z * a0 + c1z * a1 + c2z * a2,
    )


@inline
def _rotated(r, n):
    """Rows of a (3, 3) rotation times a float32 vector, as float64."""
    x, y, z = float(n[0]), float(n[1]), float(n[2])
    return (
        r[0, 0] * x + r[0, 1] * y + r[0, 2] * z,
        r[1, 0] * x + r[1, 1] * y + r[1, 2] * z,
        r[2, 0] * x + r[2, 1] * y + r[2, 2] * z,
    )


@kernel
def locate(x, y, face, begin, end, camera, faces, face_part, normals, uv, rotation, back, intrinsics, out):
    """Where the points `begin`..`end` are: depth, position, normal, surface coordinates and footprint.

    Points on the same triangle and picture row form a run; a run is one vectorised loop.

    Args:
        x, y, face: (N,) float32, float32, int32: position in pixels and triangle, -1 for sky.
        begin, end: the block.
        camera: (3, V) float32 vertices in the camera frame.
        faces, face_part, normals, uv: geometry.
        rotation: (P, 3, 3) float64 part frame -> world.
        back: (3, 4) float64 camera frame -> world (may mirror).
        intrinsics: (4,) float64 fx, fy, cx, cy.
        out: (ROWS * BLOCK,) float32 output, end - begin <= BLOCK; rows Z to NZ and U to FV. A sky point has
            Z = DISTANCE = inf and its unit direction in PX..PZ; its other rows are left as they are.
    """
    ifx, ify, cx, cy = 1.0 / intrinsics[0], 1.0 / intrinsics[1], intrinsics[2], intrinsics[3]
    b00, b01, b02, b03 = back[0, 0], back[0, 1], back[0, 2], back[0, 3]
    b10, b11, b12, b13 = back[1, 0], back[1, 1], back[1, 2], back[1, 3]
    b20, b21, b22, b23 = back[2, 0], back[2, 1], back[2, 2], back[2, 3]
    infinity = np.float32(np.inf)
    k = begin
    while k < end:
        t = face[k]
        row = y[k]
        stop = k + 1
        while stop < end and face[stop] == t and y[stop] == row:
            stop += 1
        dy = (float(row) - cy) * ify
        if t < 0:
            for q in range(k, stop):
                o = q - begin
                dx = (float(x[q]) - cx) * ifx
                wx = b00 * dx + b01 * dy + b02
                wy = b10 * dx + b11 * dy + b12
                wz = b20 * dx + b21 * dy + b22
                inv = 1.0 / math.sqrt(wx * wx + wy * wy + wz * wz)
                out[Z + o] = infinity
                out[DISTANCE + o] = infinity
                out[PX + o] = wx * inv
                out[PY + o] = wy * inv
                out[PZ + o] = wz * inv
            k = stop
            continue
        i, j, m = faces[t, 0], faces[t, 1], faces[t, 2]
        ax, ay, az = float(camera[0, i]), float(camera[1, i]), float(camera[2, i])
        bx, by, bz = float(camera[0, j]), float(camera[1, j]), float(camera[2, j])
        qx, qy, qz = float(camera[0, m]), float(camera[1, m]), float(camera[2, m])
        c0x, c0y, c0z = by * qz - bz * qy, bz * qx - bx * qz, bx * qy - by * qx
        c1x, c1y, c1z = qy * az - qz * ay, qz * ax - qx * az, qx * ay - qy * ax
        c2x, c2y, c2z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        sx, sy, sz = c0x + c1x + c2x, c0y + c1y + c2y, c0z + c1z + c2z
        det = ax * c0x + ay * c0y + az * c0z
        r = rotation[face_part[t]]
        n0x, n0y, n0z = _rotated(r, normals[i])
        n1x, n1y, n1z = _rotated(r, normals[j])
        n2x, n2y, n2z = _rotated(r, normals[m])
        ux, uy, uz = _numerator(
            c0x, c0y, c0z, c1x, c1y, c1z, c2x, c2y, c2z, float(uv[i, 0]), float(uv[j, 0]), float(uv[m, 0])
        )
        vx, vy, vz = _numerator(
            c0x, c0y, c0z, c1x, c1y, c1z, c2x, c2y, c2z, float(uv[i, 1]), float(uv[j, 1]), float(uv[m, 1])
        )
        # The plane's normal in the world, on the side of the eye (camera frame: against the ray).
        sign = -1.0 if det > 0.0 else 1.0
        gx = sign * (b00 * sx + b01 * sy + b02 * sz)
        gy = sign * (b10 * sx + b11 * sy + b12 * sz)
        gz = sign * (b20 * sx + b21 * sy + b22 * sz)
        # Everything that is constant along the row.
        s_row = sy * dy + sz
        c0_row = c0y * dy + c0z
        c1_row = c1y * dy + c1z
        u_row = uy * dy + uz
        v_row = vy * dy + vz
        length2 = 1.0 + dy * dy
        for q in range(k, stop):
            o = q - begin
            dx = (float(x[q]) - cx) * ifx
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
            out[Z + o] = z
            out[DISTANCE + o] = z * math.sqrt(length2 + dx * dx)
            out[PX + o] = b00 * px + b01 * py + b02 * z + b03
            out[PY + o] = b10 * px + b11 * py + b12 * z + b13
            out[PZ + o] = b20 * px + b21 * py + b22 * z + b23
            out[NX + o] = nx * norm
            out[NY + o] = ny * norm
            out[NZ + o] = nz * norm
            u = (ux * dx + u_row) * inv
            v = (vx * dx + v_row) * inv
            out[U + o] = u
            out[V + o] = v
            out[FU + o] = min((abs(ux - u * sx) * ifx + abs(uy - u * sy) * ify) * abs(inv), 1e3)
            out[FV + o] = min((abs(vx - v * sx) * ifx + abs(vy - v * sy) * ify) * abs(inv), 1e3)
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
def motion(
    rec, begin, end, face, face_part, depth, is_water, back, up, to_previous, world_to_camera, intrinsics, width,
    camera_normal, flow,
):  # fmt: skip
    """Camera-frame normals and backward flow at the pixel centres.

    Args:
        rec: (ROWS * BLOCK,) records of the pixels `begin`..`end`.
        face, face_part: triangle a pixel and part a triangle.
        depth, is_water: (N,) the depth label and whether it is that of the water surface.
        back: (3, 4) float64 camera -> world.
        up: (3,) float64 world up in the camera frame: the normal of water.
        to_previous: (P + 1, 3, 4) float64 world now -> previous camera frame for points fixed to each part; the
            last row is for points fixed in the world.
        world_to_camera: (3, 3) float64 rotation.
        intrinsics, width: of the camera.
        camera_normal: (N, 3) float32 output, zero where nothing.
        flow: (N, 2) float32 output, previous minus present position in pixels, NaN where unknown.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    world = to_previous.shape[0] - 1
    for k in range(begin, end):
        o = k - begin
        x = float(k % width)
        y = float(k // width)
        t = face[k]
        wx, wy, wz = float(rec[PX + o]), float(rec[PY + o]), float(rec[PZ + o])
        p = world
        far = 0.0
        if is_water[k] != 0:
            z = float(depth[k])
            qx, qy = (x - cx) / fx * z, (y - cy) / fy * z
            wx = back[0, 0] * qx + back[0, 1] * qy + back[0, 2] * z + back[0, 3]
            wy = back[1, 0] * qx + back[1, 1] * qy + back[1, 2] * z + back[1, 3]
            wz = back[2, 0] * qx + back[2, 1] * qy + back[2, 2] * z + back[2, 3]
            for r in range(3):
                camera_normal[k, r] = up[r]
            far = 1.0
        elif t >= 0:
            nx, ny, nz = float(rec[NX + o]), float(rec[NY + o]), float(rec[NZ + o])
            for r in range(3):
                camera_normal[k, r] = (
                    world_to_camera[r, 0] * nx + world_to_camera[r, 1] * ny + world_to_camera[r, 2] * nz
                )
            p = face_part[t]
            far = 1.0
        else:
            for r in range(3):
                camera_normal[k, r] = np.float32(0.0)
        m = to_previous[p]
        # The sky (far = 0) is infinitely distant: only the rotation acts on its direction.
        qx = m[0, 0] * wx + m[0, 1] * wy + m[0, 2] * wz + m[0, 3] * far
        qy = m[1, 0] * wx + m[1, 1] * wy + m[1, 2] * wz + m[1, 3] * far
        qz = m[2, 0] * wx + m[2, 1] * wy + m[2, 2] * wz + m[2, 3] * far
        if qz > 0.01:
            flow[k, 0] = fx * qx / qz + cx - x
            flow[k, 1] = fy * qy / qz + cy - y
        else:
            flow[k, 0] = np.float32(np.nan)
            flow[k, 1] = np.float32(np.nan)
