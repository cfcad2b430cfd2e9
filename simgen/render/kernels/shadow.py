"""Visibility of the sun through two shadow maps, and of the sky through a height grid."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.resolve import NX, NY, NZ, PX, PY, PZ, SKY, SUN, A, B, C, Z


@inline
def _before(depth_map, j, i, ref):
    """1 where the texel does not stand before `ref` (values are -z: larger is nearer the sun)."""
    return np.float32(1.0) if depth_map[j, i] <= ref else np.float32(0.0)


@inline
def _compare4(depth_map, u, v, ref):
    """Bilinear share of four texels that let the light through."""
    i = int(u)
    j = int(v)
    a = u - np.float32(i)
    b = v - np.float32(j)
    top = _before(depth_map, j, i, ref) * (np.float32(1.0) - a) + _before(depth_map, j, i + 1, ref) * a
    low = _before(depth_map, j + 1, i, ref) * (np.float32(1.0) - a) + _before(depth_map, j + 1, i + 1, ref) * a
    return top + (low - top) * b


@inline
def _compare9(depth_map, u, v, ref):
    """The same over nine texels with a tent-like weight two texels wide: a soft edge."""
    i = int(u - np.float32(0.5))
    j = int(v - np.float32(0.5))
    a = u - np.float32(0.5) - np.float32(i)
    b = v - np.float32(0.5) - np.float32(j)
    corners = _before(depth_map, j, i, ref) + _before(depth_map, j, i + 2, ref)
    corners += _before(depth_map, j + 2, i, ref) + _before(depth_map, j + 2, i + 2, ref)
    if corners == np.float32(0.0) or corners == np.float32(4.0):  # well inside or outside of a shadow
        return np.float32(0.25) * corners
    a0 = np.float32(1.0) - a
    top = _before(depth_map, j, i, ref) * a0 + _before(depth_map, j, i + 1, ref)
    top += _before(depth_map, j, i + 2, ref) * a
    mid = _before(depth_map, j + 1, i, ref) * a0 + _before(depth_map, j + 1, i + 1, ref)
    mid += _before(depth_map, j + 1, i + 2, ref) * a
    low = _before(depth_map, j + 2, i, ref) * a0 + _before(depth_map, j + 2, i + 1, ref)
    low += _before(depth_map, j + 2, i + 2, ref) * a
    return np.float32(0.25) * (top * (np.float32(1.0) - b) + mid + low * b)


@kernel
def sun_visibility(rec, count, near_map, far_map, axes, near, far):
    """Write the SUN row.

    Args:
        rec, count: records of the block.
        near_map, far_map: (R, R) float32 largest -z a texel in the sun's frame.
        axes: (3, 3) float32 rows: right, down and away of the sun's frame in the world.
        near, far: (7,) float32 of each map: texels a metre, texel coordinates of the world's origin, and the
            window in which it is used, at least three texels from its edges: low u, v and high u, v.
    """
    one = np.float32(1.0)
    rx, ry, rz = axes[0, 0], axes[0, 1], axes[0, 2]
    dx, dy, dz = axes[1, 0], axes[1, 1], axes[1, 2]
    ax, ay, az = axes[2, 0], axes[2, 1], axes[2, 2]
    texel = one / near[0]
    texel_far = one / far[0]
    near_scale, near_u, near_v = near[0], near[1], near[2]
    # First a vectorised loop for the places on the near map, then the look-ups.
    for o in range(count):
        nx, ny, nz = rec[NX + o], rec[NY + o], rec[NZ + o]
        ndl = -(nx * ax + ny * ay + nz * az)
        # Step off the surface along the normal by about a texel, more at grazing light: no acne, no gap.
        lift = (np.float32(0.4) + np.float32(1.6) * (one - ndl)) * texel
        x, y, z = rec[PX + o] + nx * lift, rec[PY + o] + ny * lift, rec[PZ + o] + nz * lift
        rec[A + o] = (rx * x + ry * y + rz * z) * near_scale + near_u
        rec[B + o] = (dx * x + dy * y + dz * z) * near_scale + near_v
        rec[C + o] = np.float32(0.01) - (ax * x + ay * y + az * z)
        rec[SUN + o] = ndl
    for o in range(count):
        ndl = rec[SUN + o]
        if not (rec[Z + o] < np.float32(1e9)) or ndl <= np.float32(0.0):
            rec[SUN + o] = np.float32(0.0)
            continue
        u, v = rec[A + o], rec[B + o]
        if u > near[3] and v > near[4] and u < near[5] and v < near[6]:
            rec[SUN + o] = _compare9(near_map, u, v, rec[C + o])
            continue
        lift = (np.float32(0.4) + np.float32(1.6) * (one - ndl)) * texel_far
        nx, ny, nz = rec[NX + o], rec[NY + o], rec[NZ + o]
        x, y, z = rec[PX + o] + nx * lift, rec[PY + o] + ny * lift, rec[PZ + o] + nz * lift
        u = (rx * x + ry * y + rz * z) * far[0] + far[1]
        v = (dx * x + dy * y + dz * z) * far[0] + far[2]
        if u > far[3] and v > far[4] and u < far[5] and v < far[6]:
            ref = np.float32(0.03) - (ax * x + ay * y + az * z)
            rec[SUN + o] = _compare4(far_map, u, v, ref)
        else:
            rec[SUN + o] = one


@kernel
def cover_grid(ground, cover, cell, roofed):
    """How much fixed geometry hangs over the surroundings of each cell.

    Args:
        ground: (G, G) float32 ground height, -inf where there is none.
        cover: (G, G) float32 height of fixed geometry overhead, -inf where there is none.
        cell: metres a cell.
        roofed: (G, G) float32 output: share of the ground within 1.6 m that has cover well above it.
    """
    n = ground.shape[0]
    for i in range(n):
        for j in range(n):
            g = float(ground[i, j])
            count = 0.0
            hidden = 0.0
            for a in range(-2, 3):
                for b in range(-2, 3):
                    ii = i + int(a * 0.8 / cell)
                    jj = j + int(b * 0.8 / cell)
                    if ii < 0 or jj < 0 or ii >= n or jj >= n:
                        continue
                    count += 1.0
                    if float(cover[ii, jj]) > g + 2.2:
                        hidden += 1.0
            roofed[i, j] = hidden / max(count, 1.0)


@kernel
def box_tops(poses, sizes, centers, grid, top):
    """Heights of the tops of the objects' boxes over the cells that they cover.

    Args:
        poses: (O, 4, 4) float64 model frames in the world.
        sizes, centers: (O, 3) float64 boxes in the model frame.
        grid: (3,) float64 cells a metre, and cell coordinates of the world's origin.
        top: (G, G) float32, filled with -inf on entry; output.
    """
    n = top.shape[0]
    scale, ox, oy = grid[0], grid[1], grid[2]
    for k in range(poses.shape[0]):
        hx, hy, hz = 0.5 * sizes[k, 0], 0.5 * sizes[k, 1], 0.5 * sizes[k, 2]
        a, b, c = centers[k, 0], centers[k, 1], centers[k, 2]
        x = poses[k, 0, 0] * a + poses[k, 0, 1] * b + poses[k, 0, 2] * c + poses[k, 0, 3]
        y = poses[k, 1, 0] * a + poses[k, 1, 1] * b + poses[k, 1, 2] * c + poses[k, 1, 3]
        z = poses[k, 2, 0] * a + poses[k, 2, 1] * b + poses[k, 2, 2] * c + poses[k, 2, 3]
        ex = abs(poses[k, 0, 0]) * hx + abs(poses[k, 0, 1]) * hy + abs(poses[k, 0, 2]) * hz
        ey = abs(poses[k, 1, 0]) * hx + abs(poses[k, 1, 1]) * hy + abs(poses[k, 1, 2]) * hz
        z += abs(poses[k, 2, 0]) * hx + abs(poses[k, 2, 1]) * hy + abs(poses[k, 2, 2]) * hz
        # The box as it stands on its most upright face: a rectangle turned by the heading of its longest axis.
        cx, sx = poses[k, 0, 0], poses[k, 1, 0]
        length = math.sqrt(cx * cx + sx * sx)
        upright = length > 0.8 and poses[k, 2, 2] * poses[k, 2, 2] > 0.64
        j0, j1 = max(int((x - ex) * scale + ox), 0), min(int((x + ex) * scale + ox) + 1, n)
        i0, i1 = max(int(oy - (y + ey) * scale), 0), min(int(oy - (y - ey) * scale) + 1, n)
        for i in range(i0, i1):
            for j in range(j0, j1):
                dx, dy = (j - ox) / scale - x, (oy - i) / scale - y
                if upright:
                    along = (dx * cx + dy * sx) / length
                    across = (dy * cx - dx * sx) / length
                    if abs(along) > hx or abs(across) > hy:
                        continue
                top[i, j] = max(top[i, j], np.float32(z))


TILE = 8
"""Cells a side of the tiles by which the occlusion grid skips empty ground."""


@kernel
def occlusion_grid(ground, top, rings, reach2, busy, sky):
    """How much of the dome the ground still sees beside the things that stand on it.

    Args:
        ground: (G, G) float32 ground height, -inf where there is none.
        top: (G, G) float32 height of the top of objects, -inf where there is none.
        rings: (8, R, 2) int64 cells to look at: eight directions, nearest first.
        reach2: (R,) float32 their squared distances in m2.
        busy: (G / TILE, G / TILE) uint8 scratch.
        sky: (G, G) float32 output: sky view factor at ground level due to objects, 0 to 1.
    """
    n = ground.shape[0]
    tiles = busy.shape[0]
    none = np.float32(-1e6)
    for a in range(tiles):
        for b in range(tiles):
            found = 0
            for i in range(a * TILE, a * TILE + TILE):
                for j in range(b * TILE, b * TILE + TILE):
                    if top[i, j] > none:
                        found = 1
            busy[a, b] = found
    for a in range(tiles):
        for b in range(tiles):
            near = 0
            for p in range(max(a - 1, 0), min(a + 2, tiles)):
                for q in range(max(b - 1, 0), min(b + 2, tiles)):
                    near |= busy[p, q]
            for i in range(a * TILE, a * TILE + TILE):
                for j in range(b * TILE, b * TILE + TILE):
                    g = ground[i, j]
                    if near == 0 or g < none:
                        sky[i, j] = np.float32(1.0)
                        continue
                    blocked = np.float32(0.0)
                    for d in range(8):
                        worst = np.float32(0.0)
                        for ring in range(reach2.shape[0]):
                            ii = i + rings[d, ring, 0]
                            jj = j + rings[d, ring, 1]
                            if ii < 0 or jj < 0 or ii >= n or jj >= n:
                                break
                            h = top[ii, jj] - g
                            if h > np.float32(0.02):
                                # Sine squared of the horizon's elevation: its share of a cosine-weighted slice.
                                h2 = h * h
                                worst = max(worst, h2 / (h2 + reach2[ring]))
                        blocked += worst
                    sky[i, j] = np.float32(1.0) - np.float32(0.125) * blocked


@kernel
def mark_shaded(sky, roofed, shaded):
    """Mark the tiles whose cells, or their neighbours to the right and below, do not see the whole dome."""
    n = sky.shape[0]
    for a in range(shaded.shape[0]):
        for b in range(shaded.shape[1]):
            found = 0
            for i in range(a * TILE, min(a * TILE + TILE + 1, n)):
                for j in range(b * TILE, min(b * TILE + TILE + 1, n)):
                    if sky[i, j] < np.float32(1.0) or roofed[i, j] > np.float32(0.0):
                        found = 1
            shaded[a, b] = found


@kernel
def sky_visibility(rec, count, ground, cover, sky, roofed, shaded, grid):
    """Write the SKY row: contact shade near the ground, gloom under bridges and trees.

    Args:
        ground, cover, sky, roofed: the height grid; shaded: its tiles as marked by `mark_shaded`.
        grid: (3,) float64 cells a metre, and cell coordinates of the world's origin.
    """
    n = ground.shape[0]
    one = np.float32(1.0)
    limit = np.float32(n - 2)
    scale, ox, oy = np.float32(grid[0]), np.float32(grid[1]), np.float32(grid[2])
    for o in range(count):
        if not (rec[Z + o] < np.float32(1e9)):
            continue
        u = rec[PX + o] * scale + ox
        v = oy - rec[PY + o] * scale  # rows run towards -y
        if not (u > one and v > one and u < limit and v < limit):
            rec[SKY + o] = one
            continue
        j = int(u)
        i = int(v)
        if shaded[i // TILE, j // TILE] == 0:
            rec[SKY + o] = one
            continue
        a = u - np.float32(j)
        b = v - np.float32(i)
        w00 = (one - a) * (one - b)
        w10 = a * (one - b)
        w01 = (one - a) * b
        w11 = a * b
        near = sky[i, j] * w00 + sky[i, j + 1] * w10 + sky[i + 1, j] * w01 + sky[i + 1, j + 1] * w11
        dark = roofed[i, j] * w00 + roofed[i, j + 1] * w10 + roofed[i + 1, j] * w01 + roofed[i + 1, j + 1] * w11
        g = ground[i, j]
        z = rec[PZ + o]
        h = max(z - g, np.float32(0.0)) if g > np.float32(-1e6) else np.float32(10.0)
        k = exp32(-h * np.float32(2.2))
        value = one - (one - near) * k
        if cover[i, j] > z + np.float32(0.3) or h < np.float32(2.0):
            value *= one - np.float32(0.75) * dark
        rec[SKY + o] = max(value, np.float32(0.06))
