"""Shading points -> where they are, and the layout of their records.

Along a picture row everything that a triangle's set-up gives (see `setups`) is linear.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.held import taken
from simgen.render.kernels.setups import DET, SURFACE_U, SURFACE_V, G, N, S, along

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

# Where each quantity of a chunk starts in the scratch of `normals_and_flow`.
_LANES = 16  # points of the widest vector
_LINE = _CHUNK + _LANES
_NX, _NY, _NZ, _TOP_X, _TOP_Y, _BELOW = 0 * _LINE, 1 * _LINE, 2 * _LINE, 3 * _LINE, 4 * _LINE, 5 * _LINE
LINE_SCRATCH = 6 * _LINE


@inline
def solid_points(part, points):
    """How many of the first points of some records are on a surface; the others are sky."""
    found = np.int32(0)
    for o in range(points):
        found = np.int32(found + np.int32(part[Z + o] < np.float32(1e9)))
    return found


@kernel
def locate(x, y, face, held, back, intrinsics, out):
    """Where the points of a block are: depth, position, normal, surface coordinates and footprint.

    Points on the same triangle and picture row form a run, along which 1 / depth, the normal over the depth, the
    surface coordinates over the depth and the footprint over the square of the depth are linear. They are found in
    double precision at the start of a run; from there on, and in what all points have in common, single suffices.

    Args:
        x, y, face: (B,) float32, float32, int32: position in pixels and triangle, -1 for sky.
        held: their runs, see `setups.find_runs`.
        back: (3, 4) float64 camera frame -> world (may mirror).
        intrinsics: (4,) float64 fx, fy, cx, cy.
        out: (ROWS * BLOCK,) float32 output; rows Z to NZ and U to FV. A sky point has Z = DISTANCE = inf and its unit
            direction in PX..PZ; its other rows are arbitrary.
    """
    setups = taken(held)
    ifx, ify, cx, cy = 1.0 / intrinsics[0], 1.0 / intrinsics[1], intrinsics[2], intrinsics[3]
    run = np.int64(0)
    for low in range(0, face.shape[0], _CHUNK):
        high = min(low + _CHUNK, face.shape[0])
        solid = False
        k = low
        while k < high:
            end = np.int64(setups.first[run + 1])
            stop = min(end, high)
            w = np.int64(setups.row[run])
            if w >= 0:
                dx, dy = (float(x[k]) - cx) * ifx, (float(y[k]) - cy) * ify
                _locate_run(setups.table, w, dx, dy, ifx, ify, x[k:stop], out[k:])
                solid = True
            run += np.int64(stop == end)
            k = stop
        _place_points(x[low:high], y[low:high], face[low:high], back, ifx, ify, cx, cy, solid, out[low:])


@inline
def _locate_run(table, w, dx, dy, ifx, ify, xs, rec):
    """Write what is linear along a run that starts in the direction (dx, dy, 1); for N to FV see `locate`.

    Z receives 1 / depth, and the other rows what they will be, over the depth (FU and FV: over its square).
    """
    sx, sy, sz, det = table[w, S], table[w, S + 1], table[w, S + 2], table[w, DET]
    scale = 1.0 / det if det != 0.0 else 0.0
    step = scale * ifx
    ux, uy, uz = table[w, SURFACE_U], table[w, SURFACE_U + 1], table[w, SURFACE_U + 2]
    vx, vy, vz = table[w, SURFACE_V], table[w, SURFACE_V + 1], table[w, SURFACE_V + 2]
    nx, ny, nz = along(table, w, N, dx, dy), along(table, w, N + 3, dx, dy), along(table, w, N + 6, dx, dy)
    mx, my, mz = table[w, N], table[w, N + 3], table[w, N + 6]
    gx, gy, gz = table[w, G], table[w, G + 1], table[w, G + 2]
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
def normals_and_flow(begin, end, width, held, back, intrinsics, to_previous, scratch, normal, flow):
    """Camera-frame normals and backward flow at the pixel centres, straight from the triangles.

    Along a run the unnormalised normal, and the previous camera's view of the point divided by its depth, are
    linear. They are found in double precision at its start; the runs write them to the scratch, from which all
    pixels are finished in one vectorised loop, however short the runs.

    Args:
        begin, end: the block of pixels, row by row; width: of a row.
        held, back, intrinsics: as in `locate`.
        to_previous: (P + 1, 3, 4) float64 camera frame now -> previous camera frame for points fixed to each
            part; the last row is for points fixed in the world.
        scratch: (LINE_SCRATCH,) float32.
        normal: (H * W * 3,) float32 output, unit, zero where nothing.
        flow: (H * W * 2,) float32 output, previous minus present position in pixels, NaN where unknown. The sky is
            infinitely distant: only the rotation acts on it.
    """
    ifx, ify, cx, cy = 1.0 / intrinsics[0], 1.0 / intrinsics[1], intrinsics[2], intrinsics[3]
    one, unknown = np.float32(1.0), np.float32(np.nan)
    b00, b01, b02 = np.float32(back[0, 0]), np.float32(back[0, 1]), np.float32(back[0, 2])
    b10, b11, b12 = np.float32(back[1, 0]), np.float32(back[1, 1]), np.float32(back[1, 2])
    b20, b21, b22 = np.float32(back[2, 0]), np.float32(back[2, 1]), np.float32(back[2, 2])
    world = to_previous.shape[0] - 1
    setups = taken(held)
    run = np.int64(0)
    for low in range(0, end - begin, _CHUNK):
        high = min(low + _CHUNK, end - begin)
        k = low
        while k < high:
            end_of_run = np.int64(setups.first[run + 1])
            stop = min(end_of_run, high)
            w = np.int64(setups.row[run])
            row = (begin + k) // width
            dx, dy = (begin + k - row * width - cx) * ifx, (row - cy) * ify
            line = scratch[k - low :]
            p = np.int64(setups.part[w]) if w >= 0 else world
            count = (stop - k + _LANES - 1) & -_LANES  # whole vectors; the next run writes over what is too much
            _turn_run(setups.table, w, dx, dy, ifx, count, line)
            _move_run(setups.table, w, dx, dy, intrinsics, to_previous[p], count, line)
            run += np.int64(stop == end_of_run)
            k = stop
        some_normal, some_flow = normal[3 * (begin + low) :], flow[2 * (begin + low) :]
        for o in range(high - low):
            nx, ny, nz = scratch[_NX + o], scratch[_NY + o], scratch[_NZ + o]
            unit = one / np.float32(math.sqrt(max(nx * nx + ny * ny + nz * nz, np.float32(1e-30))))
            nx, ny, nz = nx * unit, ny * unit, nz * unit
            some_normal[3 * o] = b00 * nx + b10 * ny + b20 * nz
            some_normal[3 * o + 1] = b01 * nx + b11 * ny + b21 * nz
            some_normal[3 * o + 2] = b02 * nx + b12 * ny + b22 * nz
        for o in range(high - low):
            z = scratch[_BELOW + o]
            inv = one / z if z > np.float32(1e-4) else unknown
            some_flow[2 * o] = scratch[_TOP_X + o] * inv
            some_flow[2 * o + 1] = scratch[_TOP_Y + o] * inv


@inline
def _turn_run(table, w, dx, dy, ifx, count, line):
    """Write the world normal of a run, not of unit length, turned to the side that is seen; 0 for row -1."""
    if w < 0:
        for o in range(count):
            line[_NX + o] = np.float32(0.0)
            line[_NY + o] = np.float32(0.0)
            line[_NZ + o] = np.float32(0.0)
        return
    s = along(table, w, S, dx, dy)
    scale = 1.0 / (max(s, 1e-30) if s > 0.0 else min(s, -1e-30))
    step = scale * ifx
    nx, ny, nz = along(table, w, N, dx, dy), along(table, w, N + 3, dx, dy), along(table, w, N + 6, dx, dy)
    mx, my, mz = table[w, N], table[w, N + 3], table[w, N + 6]
    gx, gy, gz = table[w, G] * abs(scale), table[w, G + 1] * abs(scale), table[w, G + 2] * abs(scale)
    f0, f1 = np.float32((nx * gx + ny * gy + nz * gz) * scale), np.float32((mx * gx + my * gy + mz * gz) * step)
    x0, y0, z0 = np.float32(nx * scale), np.float32(ny * scale), np.float32(nz * scale)
    x1, y1, z1 = np.float32(mx * step), np.float32(my * step), np.float32(mz * step)
    for o in range(count):
        i = np.float32(np.int32(o))
        side = np.float32(-1.0) if f0 + f1 * i < np.float32(0.0) else np.float32(1.0)
        line[_NX + o] = (x0 + x1 * i) * side
        line[_NY + o] = (y0 + y1 * i) * side
        line[_NZ + o] = (z0 + z1 * i) * side


@inline
def _move_run(table, w, dx, dy, intrinsics, motion, count, line):
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
        inverse = 1.0 / table[w, DET] if table[w, DET] != 0.0 else 0.0
        s = along(table, w, S, dx, dy) * inverse
        ds = table[w, S] * ifx * inverse
        h0, h1, h2 = h0 + motion[0, 3] * s, h1 + motion[1, 3] * s, h2 + motion[2, 3] * s
        k0, k1, k2 = k0 + motion[0, 3] * ds, k1 + motion[1, 3] * ds, k2 + motion[2, 3] * ds
    x0, x1, x2 = np.float32(fx * (h0 - dx * h2)), np.float32(fx * (k0 - dx * k2) - h2), np.float32(-k2)
    y0, y1 = np.float32(fy * (h1 - dy * h2)), np.float32(fy * (k1 - dy * k2))
    z0, z1 = np.float32(h2), np.float32(k2)
    for o in range(count):
        i = np.float32(np.int32(o))
        line[_TOP_X + o] = x0 + (x1 + x2 * i) * i
        line[_TOP_Y + o] = y0 + y1 * i
        line[_BELOW + o] = z0 + z1 * i


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
