"""Shading points -> where they are and how they reflect.

With the camera at the origin, a triangle v0 v1 v2 and a ray d = (x, y, 1): let c0 = v1 x v2, c1 = v2 x v0,
c2 = v0 x v1. The barycentric weights are (ci . d) / (C . d) with C = c0 + c1 + c2, the depth is
(v0 . c0) / (C . d), and any attribute a is (A . d) / (C . d) with A = sum of ci * ai. So a triangle is set up
once (nine-odd dot products) and each of its pixels costs one division; clipped triangles need nothing extra.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.render.kernels import inline, kernel
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
ROWS = 20

RED, GREEN, BLUE = 0 * BLOCK, 1 * BLOCK, 2 * BLOCK
"""The same for the radiance of a block."""


@inline
def _numerator(c0x, c0y, c0z, c1x, c1y, c1z, c2x, c2y, c2z, a0, a1, a2):
    return (
        c0x * a0 + c1x * a1 + c2x * a2,
        c0y * a0 + c1y * a1 + c2y * a2,
        c0z * a0 + c1z * a1 + c2z * a2,
    )


@kernel
def resolve(
    x, y, face, begin, end, camera, faces, face_part, face_material, normals, uv, rotation, back, eye, intrinsics,
    materials, part_lit, tex, tex_offsets, full, out,
):  # fmt: skip
    """Fill the records of the points `begin`..`end`.

    Args:
        x, y, face: (N,) float32, float32, int32: position in pixels and triangle, -1 for sky.
        begin, end: the block.
        camera: (3, V) float32 vertices in the camera frame.
        faces, face_part, face_material, normals, uv: geometry.
        rotation: (P, 3, 3) float64 part frame -> world.
        back: (3, 4) float64 camera frame -> world (may mirror).
        eye: (3,) float64 position of the eye in the world.
        intrinsics: (4,) float64 fx, fy, cx, cy.
        materials, part_lit, tex, tex_offsets: reflectance.
        full: False stops after position and normal (labels alone).
        out: (ROWS * BLOCK,) float32 output, end - begin <= BLOCK; every row is written for every point. A sky point has
            Z = DISTANCE = inf and its unit direction in PX..PZ.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    last = -2
    one = np.float32(1.0)
    zero = np.float32(0.0)
    c0x = c0y = c0z = c1x = c1y = c1z = c2x = c2y = c2z = 0.0
    sx = sy = sz = det = 0.0
    ux = uy = uz = vx = vy = vz = 0.0
    n0x = n0y = n0z = n1x = n1y = n1z = n2x = n2y = n2z = 0.0
    gx = gy = gz = 0.0
    mat = 0
    part = 0
    for k in range(begin, end):
        o = k - begin
        dx = (float(x[k]) - cx) / fx
        dy = (float(y[k]) - cy) / fy
        t = face[k]
        if t < 0:
            wx = back[0, 0] * dx + back[0, 1] * dy + back[0, 2]
            wy = back[1, 0] * dx + back[1, 1] * dy + back[1, 2]
            wz = back[2, 0] * dx + back[2, 1] * dy + back[2, 2]
            inv = 1.0 / math.sqrt(wx * wx + wy * wy + wz * wz)
            for r in range(ROWS):
                out[r * BLOCK + o] = zero
            out[Z + o] = np.float32(np.inf)
            out[DISTANCE + o] = np.float32(np.inf)
            out[PX + o] = wx * inv
            out[PY + o] = wy * inv
            out[PZ + o] = wz * inv
            continue
        if t != last:
            last = t
            i, j, m = faces[t, 0], faces[t, 1], faces[t, 2]
            ax, ay, az = float(camera[0, i]), float(camera[1, i]), float(camera[2, i])
            bx, by, bz = float(camera[0, j]), float(camera[1, j]), float(camera[2, j])
            qx, qy, qz = float(camera[0, m]), float(camera[1, m]), float(camera[2, m])
            c0x, c0y, c0z = by * qz - bz * qy, bz * qx - bx * qz, bx * qy - by * qx
            c1x, c1y, c1z = qy * az - qz * ay, qz * ax - qx * az, qx * ay - qy * ax
            c2x, c2y, c2z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            sx, sy, sz = c0x + c1x + c2x, c0y + c1y + c2y, c0z + c1z + c2z
            det = ax * c0x + ay * c0y + az * c0z
            part = face_part[t]
            mat = face_material[t]
            r00, r01, r02 = rotation[part, 0, 0], rotation[part, 0, 1], rotation[part, 0, 2]
            r10, r11, r12 = rotation[part, 1, 0], rotation[part, 1, 1], rotation[part, 1, 2]
            r20, r21, r22 = rotation[part, 2, 0], rotation[part, 2, 1], rotation[part, 2, 2]
            lx, ly, lz = float(normals[i, 0]), float(normals[i, 1]), float(normals[i, 2])
            n0x, n0y, n0z = (
                r00 * lx + r01 * ly + r02 * lz, r10 * lx + r11 * ly + r12 * lz, r20 * lx + r21 * ly + r22 * lz,
            )  # fmt: skip
            lx, ly, lz = float(normals[j, 0]), float(normals[j, 1]), float(normals[j, 2])
            n1x, n1y, n1z = (
                r00 * lx + r01 * ly + r02 * lz, r10 * lx + r11 * ly + r12 * lz, r20 * lx + r21 * ly + r22 * lz,
            )  # fmt: skip
            lx, ly, lz = float(normals[m, 0]), float(normals[m, 1]), float(normals[m, 2])
            n2x, n2y, n2z = (
                r00 * lx + r01 * ly + r02 * lz, r10 * lx + r11 * ly + r12 * lz, r20 * lx + r21 * ly + r22 * lz,
            )  # fmt: skip
            ux, uy, uz = _numerator(
                c0x, c0y, c0z, c1x, c1y, c1z, c2x, c2y, c2z, float(uv[i, 0]), float(uv[j, 0]), float(uv[m, 0])
            )
            vx, vy, vz = _numerator(
                c0x, c0y, c0z, c1x, c1y, c1z, c2x, c2y, c2z, float(uv[i, 1]), float(uv[j, 1]), float(uv[m, 1])
            )
            # The plane's normal in the world, on the side of the eye (camera frame: against the ray).
            sign = -1.0 if det > 0.0 else 1.0
            gx = sign * (back[0, 0] * sx + back[0, 1] * sy + back[0, 2] * sz)
            gy = sign * (back[1, 0] * sx + back[1, 1] * sy + back[1, 2] * sz)
            gz = sign * (back[2, 0] * sx + back[2, 1] * sy + back[2, 2] * sz)
        s = sx * dx + sy * dy + sz
        inv = 1.0 / s if abs(s) > 1e-30 else 0.0
        z = det * inv
        if not (z > 0.01 and z < 1e6):
            z = 0.05
        b0 = (c0x * dx + c0y * dy + c0z) * inv
        b1 = (c1x * dx + c1y * dy + c1z) * inv
        b2 = 1.0 - b0 - b1
        nx = n0x * b0 + n1x * b1 + n2x * b2
        ny = n0y * b0 + n1y * b1 + n2y * b2
        nz = n0z * b0 + n1z * b1 + n2z * b2
        if nx * gx + ny * gy + nz * gz < 0.0:
            nx, ny, nz = -nx, -ny, -nz
        length = math.sqrt(nx * nx + ny * ny + nz * nz)
        norm = 1.0 / length if length > 1e-12 else 0.0
        px, py = z * dx, z * dy
        out[Z + o] = z
        out[DISTANCE + o] = z * math.sqrt(1.0 + dx * dx + dy * dy)
        out[PX + o] = back[0, 0] * px + back[0, 1] * py + back[0, 2] * z + back[0, 3]
        out[PY + o] = back[1, 0] * px + back[1, 1] * py + back[1, 2] * z + back[1, 3]
        out[PZ + o] = back[2, 0] * px + back[2, 1] * py + back[2, 2] * z + back[2, 3]
        out[NX + o] = nx * norm
        out[NY + o] = ny * norm
        out[NZ + o] = nz * norm
        if not full:
            continue
        u = (ux * dx + uy * dy + uz) * inv
        v = (vx * dx + vy * dy + vz) * inv
        step_x = inv / fx
        step_y = inv / fy
        fu = abs((ux - u * sx) * step_x) + abs((uy - u * sy) * step_y)
        fv = abs((vx - v * sx) * step_x) + abs((vy - v * sy) * step_y)
        row = materials[mat]
        gain, mix, rough = evaluate(
            row,
            tex,
            tex_offsets,
            np.float32(u),
            np.float32(v),
            np.float32(min(fu, 1e3)),
            np.float32(min(fv, 1e3)),
        )
        keep = one - mix
        out[AR + o] = min(gain * (row[0] * keep + row[3] * mix), np.float32(0.95))
        out[AG + o] = min(gain * (row[1] * keep + row[4] * mix), np.float32(0.95))
        out[AB + o] = min(gain * (row[2] * keep + row[5] * mix), np.float32(0.95))
        out[ROUGH + o] = min(max(row[6] * rough, np.float32(0.03)), one)
        out[F0 + o] = row[7]
        out[METAL + o] = row[8]
        coat = row[9]
        if int(row[10]) == 8:  # facade: only its panes are glazed
            coat = mix * np.float32(0.9)
        out[COAT + o] = coat
        bit = int(row[21])
        lit = bit == 0 or (int(part_lit[part]) & bit) != 0
        out[ER + o] = row[18] if lit else zero
        out[EG + o] = row[19] if lit else zero
        out[EB + o] = row[20] if lit else zero
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
