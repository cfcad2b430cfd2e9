"""Shading points -> where they are, and the layout of their records.

With the camera at the origin, a triangle v0 v1 v2 and a ray d = (x, y, 1): let c0 = v1 x v2, c1 = v2 x v0,
c2 = v0 x v1. The barycentric weights are (ci . d) / (C . d) with C = c0 + c1 + c2, the depth is
(v0 . c0) / (C . d), and any attribute a is (A . d) / (C . d) with A = sum of ci * ai. So a triangle is set up
once (nine-odd dot products) and each of its pixels costs one division; clipped triangles need nothing extra.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel

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
SPARE = 23 * BLOCK  # scratch that a stage cuts up itself, up to the end of the records
ROWS = 25

RED, GREEN, BLUE = 0 * BLOCK, 1 * BLOCK, 2 * BLOCK
"""The same for the radiance of a block."""


_CHUNK = 512
"""Points that are worked on together, so that what passes between two loops stays in the first-level cache."""

# Where each quantity of a triangle's set-up starts in its row of the table. The rows of `N` and `M` give the
# normal's components in the world and in the camera frame, `G` and `H` are the plane's own normal in each.
_S, _DET, _U, _V, _N, _G, _M, _H = 0, 3, 4, 7, 10, 19, 22, 31
SETUP = 34

# Where each quantity along a row of pixels starts in the scratch of `normals_and_flow`.
_ROW = _CHUNK + 16
_NX, _NY, _NZ, _TOP_X, _TOP_Y, _BELOW = 0 * _ROW, 1 * _ROW, 2 * _ROW, 3 * _ROW, 4 * _ROW, 5 * _ROW
ROW_SCRATCH = 6 * _ROW


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
    table[q, _S], table[q, _S + 1], table[q, _S + 2] = sx, sy, sz
    table[q, _DET] = det
    for c in range(2):
        a0, a1, a2 = float(uv[i, c]), float(uv[j, c]), float(uv[m, c])
        table[q, _U + 3 * c] = c0x * a0 + c1x * a1 + c2x * a2
        table[q, _U + 3 * c + 1] = c0y * a0 + c1y * a1 + c2y * a2
        table[q, _U + 3 * c + 2] = c0z * a0 + c1z * a1 + c2z * a2
    p = face_part[t]
    x0, y0, z0 = float(normals[i, 0]), float(normals[i, 1]), float(normals[i, 2])
    x1, y1, z1 = float(normals[j, 0]), float(normals[j, 1]), float(normals[j, 2])
    x2, y2, z2 = float(normals[m, 0]), float(normals[m, 1]), float(normals[m, 2])
    # The plane's normal on the side of the eye (camera frame: against the ray).
    sign = -1.0 if det > 0.0 else 1.0
    for r in range(3):
        a, b, c = rotation[p, r, 0], rotation[p, r, 1], rotation[p, r, 2]
        n0, n1, n2 = a * x0 + b * y0 + c * z0, a * x1 + b * y1 + c * z1, a * x2 + b * y2 + c * z2
        table[q, _N + 3 * r] = n0 * c0x + n1 * c1x + n2 * c2x
        table[q, _N + 3 * r + 1] = n0 * c0y + n1 * c1y + n2 * c2y
        table[q, _N + 3 * r + 2] = n0 * c0z + n1 * c1z + n2 * c2z
        table[q, _G + r] = sign * (back[r, 0] * sx + back[r, 1] * sy + back[r, 2] * sz)
    table[q, _H], table[q, _H + 1], table[q, _H + 2] = sign * sx, sign * sy, sign * sz
    for r in range(3):
        b0, b1, b2 = back[0, r], back[1, r], back[2, r]
        for c in range(3):
            table[q, _M + 3 * r + c] = b0 * table[q, _N + c] + b1 * table[q, _N + 3 + c] + b2 * table[q, _N + 6 + c]


@inline
def _along(table, w, column, dx, dy):
    """The quantity at a column of a set-up, in the direction (dx, dy, 1)."""
    return table[w, column] * dx + (table[w, column + 1] * dy + table[w, column + 2])


@inline
def row_of(t, slot, table, used, camera, faces, face_part, normals, uv, rotation, back):
    """The row of a triangle's set-up in the table, made if missing."""
    w = np.int64(slot[t])
    if w < 0:
        capacity = table.shape[0] - 1
        w = min(used[0], capacity)
        if w < capacity:
            slot[t] = w
            used[0] = w + 1
            used[w + 1] = t
        _set_up(t, camera, faces, face_part, normals, uv, rotation, back, table, w)
    return w


@inline
def at_ray(table, w, dx, dy):
    """Where the ray (dx, dy, 1) meets the plane of a set-up: 1 / depth, and the camera-frame normal, unit."""
    s, det = _along(table, w, _S, dx, dy), table[w, _DET]
    nx, ny, nz = _along(table, w, _M, dx, dy), _along(table, w, _M + 3, dx, dy), _along(table, w, _M + 6, dx, dy)
    # The shading normal, of which `s` is the common divisor, is turned to the side of the plane that is seen.
    side = nx * table[w, _H] + ny * table[w, _H + 1] + nz * table[w, _H + 2]
    norm = math.sqrt(max(nx * nx + ny * ny + nz * nz, 1e-300))
    unit = -1.0 / norm if side < 0.0 else 1.0 / norm
    return s / det if det != 0.0 else 0.0, nx * unit, ny * unit, nz * unit


@kernel
def forget(slot, used):
    """Take all triangles out of the table of set-ups, see `locate`."""
    for w in range(used[0]):
        slot[used[w + 1]] = -1
    used[0] = 0


@kernel
def locate(
    x, y, face, begin, end, camera, faces, face_part, normals, uv, rotation, back, intrinsics, slot, table, used, out
):
    """Where the points `begin`..`end` are: depth, position, normal, surface coordinates and footprint.

    Points on the same triangle and picture row form a run, along which 1 / depth, the normal over the depth, the
    surface coordinates over the depth and the footprint over the square of the depth are linear. They are found in
    double precision at the start of a run; from there on, and in what all points have in common, single suffices.

    Args:
        x, y, face: (N,) float32, float32, int32: position in pixels and triangle, -1 for sky.
        begin, end: the block.
        camera: (3, V) float32 vertices in the camera frame.
        faces, face_part, normals, uv: geometry.
        rotation: (P, 3, 3) float64 part frame -> world.
        back: (3, 4) float64 camera frame -> world (may mirror).
        intrinsics: (4,) float64 fx, fy, cx, cy.
        slot: (T,) int32 row of each triangle in the table, -1 where it has none; table: (R, SETUP) float64;
            used: (R + 1,) int64 rows in use and the triangle of each; kept from block to block of a frame. The last
            row is never kept.
        out: (ROWS * BLOCK,) float32 output, end - begin <= BLOCK; rows Z to NZ and U to FV. A sky point has
            Z = DISTANCE = inf and its unit direction in PX..PZ; its other rows are arbitrary.
    """
    ifx, ify, cx, cy = 1.0 / intrinsics[0], 1.0 / intrinsics[1], intrinsics[2], intrinsics[3]
    for first in range(begin, end, _CHUNK):
        last = min(first + _CHUNK, end)
        rec = out[first - begin :]
        solid = 0
        k = first
        while k < last:
            t = face[k]
            row = y[k]
            stop = k + 1
            while stop < last and face[stop] == t and y[stop] == row:
                stop += 1
            if t >= 0:
                w = row_of(t, slot, table, used, camera, faces, face_part, normals, uv, rotation, back)
                dx, dy = (float(x[k]) - cx) * ifx, (float(row) - cy) * ify
                _locate_run(table, w, dx, dy, ifx, ify, x[k:stop], out[k - begin :])
                solid += stop - k
            k = stop
        _place_points(x[first:last], y[first:last], face[first:last], back, ifx, ify, cx, cy, solid > 0, rec)


@inline
def _locate_run(table, w, dx, dy, ifx, ify, xs, rec):
    """Write what is linear along a run that starts in the direction (dx, dy, 1); for N to FV see `locate`.

    Z receives 1 / depth, and the other rows what they will be, over the depth (FU and FV: over its square).
    """
    sx, sy, sz, det = table[w, _S], table[w, _S + 1], table[w, _S + 2], table[w, _DET]
    scale = 1.0 / det if det != 0.0 else 0.0
    step = scale * ifx
    ux, uy, uz = table[w, _U], table[w, _U + 1], table[w, _U + 2]
    vx, vy, vz = table[w, _V], table[w, _V + 1], table[w, _V + 2]
    nx, ny, nz = _along(table, w, _N, dx, dy), _along(table, w, _N + 3, dx, dy), _along(table, w, _N + 6, dx, dy)
    mx, my, mz = table[w, _N], table[w, _N + 3], table[w, _N + 6]
    gx, gy, gz = table[w, _G], table[w, _G + 1], table[w, _G + 2]
    s_row = sy * dy + sz
    # d(U / S) = (U' S - U S') / S^2: its part along x is constant along the row, its part along y linear.
    square = scale * scale
    fu_x = abs(ux * s_row - sx * (uy * dy + uz)) * ifx * square
    fv_x = abs(vx * s_row - sx * (vy * dy + vz)) * ifx * square
    u_turn, v_turn = (uy * sx - ux * sy) * square * ify, (vy * sx - vx * sy) * square * ify
    u_level, v_level = (uy * sz - uz * sy) * square * ify, (vy * sz - vz * sy) * square * ify
    t0, t1 = np.float32((sx * dx + s_row) * scale), np.float32(sx * step)
    u0, u1 = np.float32((ux * dx + uy * dy + uz) * scale), np.float32(ux * step)
    v0, v1 = np.float32((vx * dx + vy * dy + vz) * scale), np.float32(vx * step)
    # The shading normal is turned to the side of the plane that is seen.
    f0, f1 = np.float32((nx * gx + ny * gy + nz * gz) * scale), np.float32((mx * gx + my * gy + mz * gz) * step)
    nx0, ny0, nz0 = np.float32(nx * scale), np.float32(ny * scale), np.float32(nz * scale)
    nx1, ny1, nz1 = np.float32(mx * step), np.float32(my * step), np.float32(mz * step)
    fu0, fu1, fu2 = np.float32(u_level + u_turn * dx), np.float32(u_turn * ifx), np.float32(fu_x)
    fv0, fv1, fv2 = np.float32(v_level + v_turn * dx), np.float32(v_turn * ifx), np.float32(fv_x)
    x0 = xs[0]
    plus, minus = np.float32(1.0), np.float32(-1.0)
    for o in range(xs.shape[0]):
        i = xs[o] - x0
        side = minus if f0 + f1 * i < np.float32(0.0) else plus
        rec[Z + o] = t0 + t1 * i
        rec[NX + o] = (nx0 + nx1 * i) * side
        rec[NY + o] = (ny0 + ny1 * i) * side
        rec[NZ + o] = (nz0 + nz1 * i) * side
        rec[U + o] = u0 + u1 * i
        rec[V + o] = v0 + v1 * i
        rec[FU + o] = abs(fu0 + fu1 * i) + fu2
        rec[FV + o] = abs(fv0 + fv1 * i) + fv2


@inline
def _place_points(xs, ys, faces, back, ifx, ify, cx, cy, solid, rec):
    """Turn what is linear along runs into positions, unit normals, coordinates and footprints, see `locate`."""
    one = np.float32(1.0)
    infinity = np.float32(np.inf)
    kx, ky, ox, oy = np.float32(ifx), np.float32(ify), np.float32(cx), np.float32(cy)
    b00, b01, b02, b03 = np.float32(back[0, 0]), np.float32(back[0, 1]), np.float32(back[0, 2]), np.float32(back[0, 3])
    b10, b11, b12, b13 = np.float32(back[1, 0]), np.float32(back[1, 1]), np.float32(back[1, 2]), np.float32(back[1, 3])
    b20, b21, b22, b23 = np.float32(back[2, 0]), np.float32(back[2, 1]), np.float32(back[2, 2]), np.float32(back[2, 3])
    if not solid:
        for o in range(xs.shape[0]):
            dx, dy = (xs[o] - ox) * kx, (ys[o] - oy) * ky
            inv = one / np.float32(math.sqrt(one + dx * dx + dy * dy))
            rec[Z + o] = infinity
            rec[DISTANCE + o] = infinity
            rec[PX + o] = (b00 * dx + b01 * dy + b02) * inv
            rec[PY + o] = (b10 * dx + b11 * dy + b12) * inv
            rec[PZ + o] = (b20 * dx + b21 * dy + b22) * inv
        return
    for o in range(xs.shape[0]):
        sky = faces[o] < 0
        dx, dy = (xs[o] - ox) * kx, (ys[o] - oy) * ky
        length = np.float32(math.sqrt(one + dx * dx + dy * dy))
        z = min(max(one / rec[Z + o], np.float32(0.01)), np.float32(1e6))  # a NaN (edge-on triangle) becomes 0.01
        nx, ny, nz = rec[NX + o], rec[NY + o], rec[NZ + o]
        norm = one / np.float32(math.sqrt(max(nx * nx + ny * ny + nz * nz, np.float32(1e-30))))
        rec[NX + o] = nx * norm
        rec[NY + o] = ny * norm
        rec[NZ + o] = nz * norm
        rec[U + o] *= z
        rec[V + o] *= z
        rec[FU + o] = min(rec[FU + o] * (z * z), np.float32(1e3))
        rec[FV + o] = min(rec[FV + o] * (z * z), np.float32(1e3))
        reach = one / length if sky else z
        rec[Z + o] = infinity if sky else z
        rec[DISTANCE + o] = infinity if sky else z * length
        rec[PX + o] = (b00 * dx + b01 * dy + b02) * reach + (np.float32(0.0) if sky else b03)
        rec[PY + o] = (b10 * dx + b11 * dy + b12) * reach + (np.float32(0.0) if sky else b13)
        rec[PZ + o] = (b20 * dx + b21 * dy + b22) * reach + (np.float32(0.0) if sky else b23)


@kernel
def normals_and_flow(
    face, camera, faces, face_part, normals, uv, rotation, back, intrinsics, slot, table, used, to_previous, scratch,
    normal, flow,
):  # fmt: skip
    """Camera-frame normals and backward flow at the pixel centres, straight from the triangles.

    Along a run the unnormalised normal, and the previous camera's view of the point divided by its depth, are
    linear. They are found in double precision at its start; the runs write them to the scratch, from which all
    pixels are finished in one vectorised loop, however short the runs.

    Args:
        face: (H, W) int32 triangle of each pixel, -1 for nothing.
        camera, faces, face_part, normals, uv, rotation, back, intrinsics, slot, table, used: as in `locate`.
        to_previous: (P + 1, 3, 4) float64 camera frame now -> previous camera frame for points fixed to each
            part; the last row is for points fixed in the world.
        scratch: (ROW_SCRATCH,) float32.
        normal: (H * W * 3,) float32 output, unit, zero where nothing.
        flow: (H * W * 2,) float32 output, previous minus present position in pixels, NaN where unknown. The sky is
            infinitely distant: only the rotation acts on it.
    """
    ifx, ify, cx, cy = 1.0 / intrinsics[0], 1.0 / intrinsics[1], intrinsics[2], intrinsics[3]
    one, unknown = np.float32(1.0), np.float32(np.nan)
    height, width = face.shape
    world = to_previous.shape[0] - 1
    for r in range(height):
        for first in range(0, width, _CHUNK):
            last = min(first + _CHUNK, width)
            k = first
            while k < last:
                t = face[r, k]
                stop = k + 1
                while stop < last and face[r, stop] == t:
                    stop += 1
                dx, dy = (k - cx) * ifx, (r - cy) * ify
                run = scratch[k - first :]
                if t < 0:
                    w = np.int64(-1)
                    _turn_run(table, w, dx, dy, ifx, stop - k, run)
                    _move_run(table, w, dx, dy, intrinsics, to_previous[world], stop - k, run)
                else:
                    w = row_of(t, slot, table, used, camera, faces, face_part, normals, uv, rotation, back)
                    _turn_run(table, w, dx, dy, ifx, stop - k, run)
                    _move_run(table, w, dx, dy, intrinsics, to_previous[face_part[t]], stop - k, run)
                k = stop
            row_normal, row_flow = normal[3 * (r * width + first) :], flow[2 * (r * width + first) :]
            for o in range(last - first):
                nx, ny, nz = scratch[_NX + o], scratch[_NY + o], scratch[_NZ + o]
                unit = one / np.float32(math.sqrt(max(nx * nx + ny * ny + nz * nz, np.float32(1e-30))))
                row_normal[3 * o] = nx * unit
                row_normal[3 * o + 1] = ny * unit
                row_normal[3 * o + 2] = nz * unit
            for o in range(last - first):
                z = scratch[_BELOW + o]
                inv = one / z if z > np.float32(1e-4) else unknown
                row_flow[2 * o] = scratch[_TOP_X + o] * inv
                row_flow[2 * o + 1] = scratch[_TOP_Y + o] * inv


@inline
def _turn_run(table, w, dx, dy, ifx, count, run):
    """Write the camera-frame normal of a run, not of unit length, turned to the side that is seen; 0 for row -1."""
    if w < 0:
        for o in range(count):
            run[_NX + o] = np.float32(0.0)
            run[_NY + o] = np.float32(0.0)
            run[_NZ + o] = np.float32(0.0)
        return
    s = _along(table, w, _S, dx, dy)
    scale = 1.0 / (max(s, 1e-30) if s > 0.0 else min(s, -1e-30))
    step = scale * ifx
    nx, ny, nz = _along(table, w, _M, dx, dy), _along(table, w, _M + 3, dx, dy), _along(table, w, _M + 6, dx, dy)
    mx, my, mz = table[w, _M], table[w, _M + 3], table[w, _M + 6]
    hx, hy, hz = table[w, _H] * abs(scale), table[w, _H + 1] * abs(scale), table[w, _H + 2] * abs(scale)
    f0, f1 = np.float32((nx * hx + ny * hy + nz * hz) * scale), np.float32((mx * hx + my * hy + mz * hz) * step)
    x0, y0, z0 = np.float32(nx * scale), np.float32(ny * scale), np.float32(nz * scale)
    x1, y1, z1 = np.float32(mx * step), np.float32(my * step), np.float32(mz * step)
    for o in range(count):
        i = np.float32(np.int32(o))
        side = np.float32(-1.0) if f0 + f1 * i < np.float32(0.0) else np.float32(1.0)
        run[_NX + o] = (x0 + x1 * i) * side
        run[_NY + o] = (y0 + y1 * i) * side
        run[_NZ + o] = (z0 + z1 * i) * side


@inline
def _move_run(table, w, dx, dy, intrinsics, motion, count, run):
    """Write the flow of a run as fractions: their tops, and below them the previous depth over the present one.

    With the view h + k i of pixel i of the run at column x, the flow is (fx (h0 + k0 i) + (cx - x - i) (h2 + k2 i))
    over (h2 + k2 i), and likewise in y. What cancels, cancels in double precision.
    """
    fx, fy = intrinsics[0], intrinsics[1]
    ifx = 1.0 / fx
    h0 = motion[0, 0] * dx + motion[0, 1] * dy + motion[0, 2]
    h1 = motion[1, 0] * dx + motion[1, 1] * dy + motion[1, 2]
    h2 = motion[2, 0] * dx + motion[2, 1] * dy + motion[2, 2]
    k0, k1, k2 = motion[0, 0] * ifx, motion[1, 0] * ifx, motion[2, 0] * ifx
    if w >= 0:
        # 1 / depth is linear along the row too.
        inverse = 1.0 / table[w, _DET] if table[w, _DET] != 0.0 else 0.0
        s = _along(table, w, _S, dx, dy) * inverse
        ds = table[w, _S] * ifx * inverse
        h0, h1, h2 = h0 + motion[0, 3] * s, h1 + motion[1, 3] * s, h2 + motion[2, 3] * s
        k0, k1, k2 = k0 + motion[0, 3] * ds, k1 + motion[1, 3] * ds, k2 + motion[2, 3] * ds
    x0, x1, x2 = np.float32(fx * (h0 - dx * h2)), np.float32(fx * (k0 - dx * k2) - h2), np.float32(-k2)
    y0, y1 = np.float32(fy * (h1 - dy * h2)), np.float32(fy * (k1 - dy * k2))
    z0, z1 = np.float32(h2), np.float32(k2)
    for o in range(count):
        i = np.float32(np.int32(o))
        run[_TOP_X + o] = x0 + (x1 + x2 * i) * i
        run[_TOP_Y + o] = y0 + y1 * i
        run[_BELOW + o] = z0 + z1 * i


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
