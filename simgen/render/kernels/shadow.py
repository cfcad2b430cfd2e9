"""Visibility of the sun through two shadow maps, and of the sky through a height grid."""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.resolve import NX, NY, NZ, PX, PY, PZ, SKY, SPARE, SUN, A, B, C, Z, solid_points
from simgen.render.kernels.tiles import STRIDE, texel_index

_CHUNK = 64
"""Points that are looked at together: many enough for vectors, few enough to skip what none of them needs."""
_INDEX = np.float32(2.0)  # more than any visibility
_LIFT = np.float32(0.6)  # texels
_GRAZING = np.float32(0.03)  # least cosine of incidence that the slope of a plane is followed to
_ACROSS, _DOWN = SPARE, SPARE + _CHUNK  # of a chunk: what the plane's -z changes by from texel to texel


@inline
def _lit(depth_map, k, ref):
    """1 where the texel does not stand before `ref` (values are -z: larger is nearer the sun)."""
    return np.float32(1.0) if depth_map[k] <= ref else np.float32(0.0)


@inline
def _lit4(depth_map, width, k, a, b, ref, across, down):
    """Bilinear share of four texels, `k` the first, that let the light through.

    `ref` is that of a plane at the first texel, `across` and `down` what it changes by from one texel to the next.
    """
    c = k + width
    e = np.uint32(1)
    low_ref = ref + down
    top = _lit(depth_map, k, ref) * (np.float32(1.0) - a) + _lit(depth_map, k + e, ref + across) * a
    low = _lit(depth_map, c, low_ref) * (np.float32(1.0) - a) + _lit(depth_map, c + e, low_ref + across) * a
    return top + (low - top) * b


@inline
def _lit9(depth_map, width, k, a, b, ref, across, down):
    """The same over nine texels with a tent-like weight two texels wide: a soft edge."""
    c = k + width
    d = c + width
    e, f = np.uint32(1), np.uint32(2)
    mid_ref = ref + down
    low_ref = mid_ref + down
    far = across + across
    k0, k2 = depth_map[k] <= ref, depth_map[k + f] <= ref + far
    d0, d2 = depth_map[d] <= low_ref, depth_map[d + f] <= low_ref + far
    middle = _lit(depth_map, c + e, mid_ref + across)
    five = np.int32(k0) + np.int32(k2) + np.int32(d0) + np.int32(d2) + np.int32(middle)
    if five == 0 or five == 5:  # well inside or outside of a shadow
        return middle
    a0 = np.float32(1.0) - a
    top = np.float32(k0) * a0 + _lit(depth_map, k + e, ref + across) + np.float32(k2) * a
    mid = _lit(depth_map, c, mid_ref) * a0 + middle
    mid += _lit(depth_map, c + f, mid_ref + far) * a
    low = np.float32(d0) * a0 + _lit(depth_map, d + e, low_ref + across) + np.float32(d2) * a
    return np.float32(0.25) * (top * (np.float32(1.0) - b) + mid + low * b)


@kernel
def sun_visibility(rec, count, near_map, far_map, axes, near, far):
    """Write the SUN row.

    A point is compared with each texel about it on the plane of its surface, so that light at any angle neither
    speckles a surface with its own shadow nor parts a shadow from what casts it.

    Arithmetic runs in vectorised loops, look-ups in loops of their own. In between, the SUN row says what is
    left to do: the index of a texel on the map, exact in float32, raised by _INDEX; otherwise what is seen.

    Args:
        rec, count: records of the block.
        near_map, far_map: flat float32 largest -z a texel in the sun's frame, as tiles (see `tiles`).
        axes: (3, 3) float32 rows: right, down and away of the sun's frame in the world.
        near, far: (9,) float32 where each map lies (see `tiles.Place`).
    """
    one = np.float32(1.0)
    zero = np.float32(0.0)
    half = np.float32(0.5)
    far_off = np.float32(-1.0)
    rx, ry, rz = axes[0, 0], axes[0, 1], axes[0, 2]
    dx, dy, dz = axes[1, 0], axes[1, 1], axes[1, 2]
    ax, ay, az = axes[2, 0], axes[2, 1], axes[2, 2]
    texel, texel_far = one / near[0], one / far[0]
    near_scale, near_u, near_v, near_x, near_y = near[0], near[1], near[2], near[7], near[8]
    far_scale, far_u, far_v, far_x, far_y = far[0], far[1], far[2], far[7], far[8]
    low_u, low_v, high_u, high_v = near[3], near[4], near[5], near[6]
    far_low_u, far_low_v, far_high_u, far_high_v = far[3], far[4], far[5], far[6]
    width = np.uint32(STRIDE)
    for begin in range(0, count, _CHUNK):
        part = rec[begin:]
        points = min(count - begin, _CHUNK)
        if solid_points(part, points) == 0:
            for o in range(points):
                part[SUN + o] = zero
            continue
        on_near = np.int32(0)
        beyond = np.int32(0)
        for o in range(points):
            nx, ny, nz = part[NX + o], part[NY + o], part[NZ + o]
            ndl = -(nx * ax + ny * ay + nz * az)
            # Off the surface by as much as a coarser version of it may lie above it on the map.
            lift = _LIFT * texel
            x, y, z = part[PX + o] + nx * lift, part[PY + o] + ny * lift, part[PZ + o] + nz * lift
            u = (rx * x + ry * y + rz * z) * near_scale + near_u
            v = (dx * x + dy * y + dz * z) * near_scale + near_v
            faces = (part[Z + o] < np.float32(1e9)) & (ndl > zero)
            inside = (u > low_u) & (v > low_v) & (u < high_u) & (v < high_v)
            i, j = np.floor(u - half), np.floor(v - half)
            fall = -texel / max(ndl, _GRAZING)
            across, down = (nx * rx + ny * ry + nz * rz) * fall, (nx * dx + ny * dy + nz * dz) * fall
            part[A + o] = u - half - i
            part[B + o] = v - half - j
            part[C + o] = np.float32(0.01) - (ax * x + ay * y + az * z) - across * (u - i) - down * (v - j)
            rec[_ACROSS + o] = across
            rec[_DOWN + o] = down
            part[SUN + o] = (texel_index(i, j, near_x, near_y) + _INDEX if inside else far_off) if faces else zero
            on_near = np.int32(on_near + np.int32(faces & inside))
            beyond = np.int32(beyond + np.int32(faces & (not inside)))
        if on_near > 0:
            for o in range(points):
                seen = part[SUN + o]
                if seen >= _INDEX:
                    k = np.uint32(np.int32(seen - _INDEX))
                    part[SUN + o] = _lit9(
                        near_map, width, k, part[A + o], part[B + o], part[C + o], rec[_ACROSS + o], rec[_DOWN + o]
                    )
        if beyond == 0:
            continue
        for o in range(points):
            nx, ny, nz = part[NX + o], part[NY + o], part[NZ + o]
            ndl = -(nx * ax + ny * ay + nz * az)
            lift = _LIFT * texel_far
            x, y, z = part[PX + o] + nx * lift, part[PY + o] + ny * lift, part[PZ + o] + nz * lift
            u = (rx * x + ry * y + rz * z) * far_scale + far_u
            v = (dx * x + dy * y + dz * z) * far_scale + far_v
            inside = (u > far_low_u) & (v > far_low_v) & (u < far_high_u) & (v < far_high_v)
            i, j = np.floor(u), np.floor(v)
            fall = -texel_far / max(ndl, _GRAZING)
            across, down = (nx * rx + ny * ry + nz * rz) * fall, (nx * dx + ny * dy + nz * dz) * fall
            part[A + o] = u - i
            part[B + o] = v - j
            part[C + o] = np.float32(0.03) - (ax * x + ay * y + az * z) - across * (u - i) - down * (v - j)
            rec[_ACROSS + o] = across
            rec[_DOWN + o] = down
            seen = part[SUN + o]
            part[SUN + o] = (texel_index(i, j, far_x, far_y) + _INDEX if inside else one) if seen < zero else seen
        for o in range(points):
            seen = part[SUN + o]
            if seen >= _INDEX:
                k = np.uint32(np.int32(seen - _INDEX))
                part[SUN + o] = _lit4(
                    far_map, width, k, part[A + o], part[B + o], part[C + o], rec[_ACROSS + o], rec[_DOWN + o]
                )


@kernel
def sky_visibility(rec, count, ground, cover, sky, roofed, shaded, grid):
    """Write the SKY row: contact shade near the ground, gloom under bridges and trees.

    Args:
        rec, count: records of the block.
        ground, cover, sky, roofed: (G * G,) the height grid; shaded: (G * G,) its cells as marked by `mark_shaded`.
        grid: (4,) float64 cells a metre, cell coordinates of the world's origin, and cells a row.
    """
    one = np.float32(1.0)
    zero = np.float32(0.0)
    scale, ox, oy = np.float32(grid[0]), np.float32(grid[1]), np.float32(grid[2])
    width = np.uint32(grid[3])
    stride, limit = np.float32(grid[3]), np.float32(grid[3] - 2.0)
    # Arithmetic in vectorised loops, look-ups in one of their own. The index of a cell is exact in float32.
    for begin in range(0, count, _CHUNK):
        part = rec[begin:]
        points = min(count - begin, _CHUNK)
        if solid_points(part, points) == 0:
            for o in range(points):
                part[SKY + o] = one
            continue
        found = np.int32(0)
        for o in range(points):
            u = part[PX + o] * scale + ox
            v = oy - part[PY + o] * scale  # rows run towards -y
            inside = (u > one) & (v > one) & (u < limit) & (v < limit) & (part[Z + o] < np.float32(1e9))
            x, y = np.floor(u), np.floor(v)
            part[A + o] = y * stride + x if inside else zero
            part[B + o] = u - x
            part[C + o] = v - y
            part[SKY + o] = one
            found = np.int32(found + np.int32(inside))
        if found == 0:
            continue
        found = np.int32(0)
        for o in range(points):
            k = np.uint32(np.int32(part[A + o]))
            if shaded[k] == 0:
                part[A + o] = one
                part[B + o] = zero
                continue
            found = np.int32(1)
            a, b = part[B + o], part[C + o]
            right, below = k + np.uint32(1), k + width
            across = below + np.uint32(1)
            w11 = a * b
            w10 = a - w11
            w01 = b - w11
            w00 = one - a - w01
            near = sky[k] * w00 + sky[right] * w10 + sky[below] * w01 + sky[across] * w11
            dark = roofed[k] * w00 + roofed[right] * w10 + roofed[below] * w01 + roofed[across] * w11
            g = ground[k]
            z = part[PZ + o]
            h = max(z - g, zero) if g > np.float32(-1e6) else np.float32(10.0)
            under = (cover[k] > z + np.float32(0.3)) | (h < np.float32(2.0))
            part[A + o] = near
            part[B + o] = dark if under else zero
            part[C + o] = h
        if found == 0:
            continue
        for o in range(points):
            value = one - (one - part[A + o]) * exp32(-part[C + o] * np.float32(2.2))
            part[SKY + o] = max(value * (one - np.float32(0.75) * part[B + o]), np.float32(0.06))
