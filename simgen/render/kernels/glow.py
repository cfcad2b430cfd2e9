"""Light of lamps that the air scatters towards the eye: halos, and beams that one sees.

Single scattering in air of extinction b, albedo w and phase function p. A lamp at distance h from a view ray sends

    L = w b / h * integral of I(t) p(t) exp(-b (s + r)) dt

towards the eye, where t is the angle at which it sees the point s of the ray, r = h / cos(t), and the 1 / r^2 of its
light has gone into ds = h / cos(t)^2 dt (Sun et al. 2005, equation 4). The integrand is smooth in t, however close the
ray passes: a few midpoints do for each of the slices that rays are cut into. The slices of coarse rays hold the sum up
to their far ends; points of the picture look theirs up.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.lamps import (
    AREA,
    LAMP_BEAM,
    LAMP_CD,
    LAMP_COS,
    LAMP_DIR,
    LAMP_MAP,
    LAMP_POS,
    LAMP_SHADOW,
    LAMP_SIDE,
    LAMP_SIZE2,
    LAMP_TINT,
    LAMP_UP,
    SPOT,
    low_beam,
)
from simgen.render.kernels.maths import exp32, smooth
from simgen.render.kernels.media import way
from simgen.render.kernels.resolve import BLUE, GREEN, RED, SPARE

CELL = 16
"""Pixels between neighbouring rays."""
SLICES = 14
_HALF_M = 10.0  # as many slices lie nearer as further
_NEAR = 6
NEAR_M = _HALF_M * _NEAR / (SLICES - _NEAR)
"""Distance at which the seventh slice begins."""
_STEP_RAD, _FINE_RAD = 0.3, 0.06  # of the angle at the lamp from midpoint to midpoint; where light is hardly turned
_CORE = 0.5  # of the distance between rays: nearer to one than that no lamp counts, lest halos flicker as it moves
_CHUNK = 64
# Scratch of a chunk of points.
_CELL, _DOWN, _ACROSS, _DEEP = SPARE, SPARE + _CHUNK, SPARE + 2 * _CHUNK, SPARE + 3 * _CHUNK
_RAY = (SLICES + 1) * 3  # numbers of a ray of the lattice
_LEFT, _RIGHT = SPARE + 4 * _CHUNK, SPARE + 4 * _CHUNK + _RAY


# Columns of where a lamp's own halo is shown, see `halos`.
HALO_X, HALO_Y, HALO_RADIUS = 0, 1, 2  # its place in the picture and the radius about it, pixels; radius 0 for nowhere
HALO = 10


@inline
def lattice_share(place, x, y):
    """Share of a lamp's light at a pixel that the lattice shows: none at a lamp with a halo, all from its radius on."""
    one = np.float32(1.0)
    if place[HALO_RADIUS] <= np.float32(0.0):
        return one
    dx, dy = np.float32(x) - place[HALO_X], np.float32(y) - place[HALO_Y]
    inside = max(one - (dx * dx + dy * dy) / (place[HALO_RADIUS] * place[HALO_RADIUS]), np.float32(0.0))
    return one - inside * inside


@inline
def phase(cosine, g):
    """Henyey-Greenstein phase function, 1/sr, of the cosine of the angle by which light is turned."""
    one = np.float32(1.0)
    inv = one / np.float32(math.sqrt(max(one + g * g - (g + g) * cosine, np.float32(1e-6))))
    return (one - g * g) * np.float32(0.25 / math.pi) * inv * inv * inv


@inline
def arctan(x):
    """The arc tangent of a float32 within 2e-6 rad (Hastings 1955, sheet 13; no library call)."""
    one = np.float32(1.0)
    swapped = abs(x) > one
    q = one / x if swapped else x
    q2 = q * q
    p = np.float32(0.0208351)
    p = p * q2 + np.float32(-0.0851330)
    p = p * q2 + np.float32(0.1801410)
    p = p * q2 + np.float32(-0.3302995)
    p = (p * q2 + np.float32(0.9998660)) * q
    if swapped:
        p = np.float32(math.copysign(0.5 * math.pi, x)) - p
    return p


@inline
def tangent(x):
    """The tangent of a float32 up to `_STEP_RAD`, within 1e-6."""
    x2 = x * x
    p = np.float32(17.0 / 315.0) * x2 + np.float32(2.0 / 15.0)
    return ((p * x2 + np.float32(1.0 / 3.0)) * x2 + np.float32(1.0)) * x


@inline
def between(u0, u1):
    """The angle from arctan u0 to arctan u1, for u0 <= u1."""
    below = np.float32(1.0) + u0 * u1
    if below > np.float32(0.0):
        return arctan((u1 - u0) / below)
    return arctan(u1) - arctan(u0)


@inline
def pattern(lamp, x, y, z, inv):
    """Share of its peak intensity that a lamp sends along (x, y, z), of length 1 / inv."""
    zero = np.float32(0.0)
    c = (lamp[LAMP_DIR] * x + lamp[LAMP_DIR + 1] * y + lamp[LAMP_DIR + 2] * z) * inv
    if lamp[LAMP_BEAM] == AREA:
        return max(c, zero)
    if lamp[LAMP_BEAM] == SPOT:
        edge = lamp[LAMP_COS]
        inner = smooth(edge, np.float32(0.2) * edge + np.float32(0.8), c)
        return inner * inner
    if c <= zero:
        return zero
    dx, dy, dz = lamp[LAMP_DIR], lamp[LAMP_DIR + 1], lamp[LAMP_DIR + 2]
    ux, uy, uz = lamp[LAMP_UP], lamp[LAMP_UP + 1], lamp[LAMP_UP + 2]
    rx, ry, rz = dy * uz - dz * uy, dz * ux - dx * uz, dx * uy - dy * ux
    k = inv / max(c, np.float32(0.05))
    return low_beam((rx * x + ry * y + rz * z) * k, (ux * x + uy * y + uz * z) * k)


@inline
def _lit(lamp, x, y, z, maps, matrices):
    """Whether a lamp's shadow map, if it has one, leaves a point in its light."""
    shadow = int(lamp[LAMP_SHADOW])
    if shadow < 0:
        return True
    m = matrices[shadow]
    w = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
    if w <= np.float32(0.05):
        return True
    inv = np.float32(1.0) / w
    u = (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]) * inv
    v = (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]) * inv
    side = int(lamp[LAMP_SIDE])
    if not (u >= np.float32(0.0) and v >= np.float32(0.0) and u < np.float32(side) and v < np.float32(side)):
        return True
    return maps[int(lamp[LAMP_MAP]) + int(v) * side + int(u)] <= inv


@inline
def scatter(lamp, u0, u1, angle, finer, along, h, lx, ly, lz, wx, wy, wz, ex, ey, ez, air, maps, matrices):
    """The integral over the angle at which a lamp sees points of a ray, for a lamp of 1 cd in air of extinction 1.

    Args:
        lamp: its row; (lx, ly, lz) its place from the eye (ex, ey, ez).
        u0, u1, angle: tangents of the angles between which, and their difference.
        finer: size of its steps, 1 for the usual.
        along, h: how far along the ray w it passes the lamp, and at what distance.
        air, maps, matrices: as in `fill`.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    extinction, g = air[0], air[2]
    # Light that reaches the near end is turned by about -1 / u0: the phase function peaks at 0.
    turned = np.float32(-1.0) / u0 if u0 < np.float32(-1.0) else one
    fine = min(np.float32(_FINE_RAD) + np.float32(_STEP_RAD) * turned, np.float32(_STEP_RAD))
    steps = int(angle / (fine * finer)) + 1
    part = angle / np.float32(steps)
    turn = tangent(part)
    got = zero
    a = u0
    for i in range(steps):
        b = u1 if i == steps - 1 else (a + turn) / max(one - a * turn, np.float32(1e-6))
        root = np.float32(math.sqrt((one + a * a) * (one + b * b)))
        middle = (a + b) / max(one - a * b + root, np.float32(1e-9))
        s, r = along + h * middle, h * np.float32(math.sqrt(one + middle * middle))
        x, y, z = wx * s - lx, wy * s - ly, wz * s - lz
        inv = one / np.float32(math.sqrt(max(x * x + y * y + z * z, np.float32(1e-6))))
        shape = pattern(lamp, x, y, z, inv)
        if shape > zero and _lit(lamp, ex + wx * s, ey + wy * s, ez + wz * s, maps, matrices):
            cosine = -(x * wx + y * wy + z * wz) * inv
            near_by = air[3] if s < np.float32(NEAR_M) else one
            got += near_by * shape * phase(cosine, g) * exp32(-extinction * (s + r))
        a = b
    return got * part


@inline
def _most(lamp, ex, ey, ez, spacing, air):
    """More than a lamp gives along any ray from the eye, cd/m2: see the bound on a ray in `fill`."""
    lx, ly, lz = lamp[LAMP_POS] - ex, lamp[LAMP_POS + 1] - ey, lamp[LAMP_POS + 2] - ez
    away2 = lx * lx + ly * ly + lz * lz
    core = np.float32(_CORE * _CORE) * spacing * spacing * away2 + lamp[LAMP_SIZE2]
    h = np.float32(math.sqrt(max(core, np.float32(1e-4))))
    ahead = phase(np.float32(1.0), air[2]) * exp32(-air[0] * np.float32(math.sqrt(away2)))
    return np.float32(1.01 * math.pi) * air[1] * air[0] * lamp[LAMP_CD] / h * ahead


@kernel
def fill(back, intrinsics, table, air, least, maps, matrices, places, volume, busy):
    """Sum up the light that the lamps' surroundings send along a lattice of rays.

    Args:
        back: (3, 4) float64 camera frame -> world.
        intrinsics: (4,) float64 fx, fy, cx, cy.
        table: (L, LAMP_COLUMNS) float32, with shadow maps assigned.
        air: (4,) float32 extinction in 1/m, albedo, asymmetry of the phase function, and the share of the scattering
            that counts nearer than `NEAR_M`, where flakes are drawn one by one.
        least: cd/m2 below which the light of a lamp along a ray is left out.
        maps, matrices: as in `lamps.lamps`.
        places: (L, HALO) float32 in which window each lamp is shown by a halo of its own, see `halos`.
        volume: (G, H, SLICES + 1, 3) float32 output, cd/m2 from the eye to the end of each slice along the ray through
            the corner of pixel (CELL h, CELL g).

    Returns:
        Whether there is any.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    extinction, albedo, g = air[0], air[1], air[2]
    ex, ey, ez = np.float32(back[0, 3]), np.float32(back[1, 3]), np.float32(back[2, 3])
    spacing = np.float32(CELL / intrinsics[0])
    least_slice = np.float32(least / SLICES)
    found = False
    shining = False
    for n in range(table.shape[0]):
        shining = shining or _most(table[n], ex, ey, ez, spacing, air) >= least
    if not shining:
        volume[:] = zero
        busy[:] = np.uint8(0)
        return found
    for row in range(volume.shape[0]):
        for column in range(volume.shape[1]):
            sums = volume[row, column]
            for k in range(SLICES + 1):
                for c in range(3):
                    sums[k, c] = zero
            px = (column * CELL - 0.5 - intrinsics[2]) / intrinsics[0]
            py = (row * CELL - 0.5 - intrinsics[3]) / intrinsics[1]
            norm = 1.0 / math.sqrt(px * px + py * py + 1.0)
            wx = np.float32((back[0, 0] * px + back[0, 1] * py + back[0, 2]) * norm)
            wy = np.float32((back[1, 0] * px + back[1, 1] * py + back[1, 2]) * norm)
            wz = np.float32((back[2, 0] * px + back[2, 1] * py + back[2, 2]) * norm)
            for n in range(table.shape[0]):
                lamp = table[n]
                lx, ly, lz = lamp[LAMP_POS] - ex, lamp[LAMP_POS + 1] - ey, lamp[LAMP_POS + 2] - ez
                away2 = lx * lx + ly * ly + lz * lz
                along = lx * wx + ly * wy + lz * wz
                core = np.float32(_CORE * _CORE) * spacing * spacing * away2 + lamp[LAMP_SIZE2]
                h = np.float32(math.sqrt(max(max(away2 - along * along, core), np.float32(1e-4))))
                away = np.float32(math.sqrt(away2))
                strength = albedo * extinction * lamp[LAMP_CD] / h
                strength *= lattice_share(places[n], column * CELL - 0.5, row * CELL - 0.5)
                # No way is shorter than straight to the lamp, and light that reaches the eye itself is turned least.
                most = phase(min(along / max(away, np.float32(1e-3)), one), g) * exp32(-extinction * away)
                if strength * most * np.float32(math.pi) < least:
                    continue
                for k in range(SLICES):
                    u0 = (_edge(k) - along) / h
                    u1 = (_edge(k + 1) - along) / h
                    angle = between(u0, u1)
                    least_turned = phase(-u0 / np.float32(math.sqrt(one + u0 * u0)), g)
                    if strength * least_turned * exp32(-extinction * max(away, _edge(k))) * angle < least_slice:
                        continue
                    got = scatter(
                        lamp, u0, u1, angle, one, along, h, lx, ly, lz, wx, wy, wz, ex, ey, ez, air, maps, matrices
                    )
                    got *= strength
                    if got > zero:
                        found = True
                        for c in range(3):
                            sums[k + 1, c] += got * lamp[LAMP_TINT + c]
            for k in range(SLICES):
                for c in range(3):
                    sums[k + 1, c] += sums[k, c]
    _mark(volume, busy)
    return found


@inline
def _mark(volume, busy):
    """Find the cells of the lattice with light, see `fill`."""
    rows, columns = busy.shape
    for i in range(rows):
        for j in range(columns):
            below, right = min(i + 1, rows - 1), min(j + 1, columns - 1)
            total = np.float32(0.0)
            for c in range(3):
                total += volume[i, j, SLICES, c] + volume[below, j, SLICES, c]
                total += volume[i, right, SLICES, c] + volume[below, right, SLICES, c]
            busy[i, j] = 1 if total > np.float32(0.0) else 0


@inline
def _edge(k):
    """Distance in metres at which slice k begins."""
    share = np.float32(k) / np.float32(SLICES)
    return np.float32(_HALF_M) * share / max(np.float32(1.0) - share, np.float32(1e-3))


@kernel
def add(x, y, rec, count, src, volume, busy, out):
    """Add to the radiance of points what lamps light up before them.

    Args:
        x, y: (count,) float32 pixels.
        rec, count, src, out: as in `media.air`.
        volume, busy: of `fill`.
    """
    zero = np.float32(0.0)
    inv_cell, offset = np.float32(1.0 / CELL), np.float32(0.5)
    columns = volume.shape[1]
    last_row, last_column = np.float32(volume.shape[0] - 1.001), np.float32(columns - 1.001)
    flat, marks = volume.reshape(-1), busy.reshape(-1)
    for begin in range(0, count, _CHUNK):
        points = min(count - begin, _CHUNK)
        part, light, px, py = rec[begin:], out[begin:], x[begin : begin + points], y[begin : begin + points]
        for o in range(points):
            v = min(max((py[o] + offset) * inv_cell, zero), last_row)
            u = min(max((px[o] + offset) * inv_cell, zero), last_column)
            i, j = np.floor(v), np.floor(u)
            part[_CELL + o] = i * np.float32(columns) + j
            part[_DOWN + o] = v - i
            part[_ACROSS + o] = u - j
            d, _ = way(part, o, src)
            part[_DEEP + o] = min(d / (d + np.float32(_HALF_M)), np.float32(0.9999)) * np.float32(SLICES)
        first = np.int64(0)
        while first < points:
            # Points of one row and cell share what lies between the rays above and below them.
            cell, down = part[_CELL + first], part[_DOWN + first]
            stop = first + 1
            while stop < points and (part[_CELL + stop] == cell) & (part[_DOWN + stop] == down):
                stop += 1
            if marks[np.uint64(np.int32(cell))] != 0:
                above = np.int64(cell) * _RAY
                _between(flat[above:], flat[above + columns * _RAY :], down, part[_LEFT:])
                _look_up(part, first, stop, light)
            first = stop


@inline
def _between(above, below, down, rays):
    """Write the rays to the left and to the right of a cell at a height between its rows."""
    for q in range(2 * _RAY):  # they lie side by side
        rays[q] = above[q] + down * (below[q] - above[q])


@inline
def _look_up(part, first, stop, light):
    """Add the light before points between two rays, bilinear across and in depth."""
    one, channel, slice_ = np.float32(1.0), np.uint64(1), np.uint64(3)
    left, right = part[_LEFT:], part[_RIGHT:]
    for o in range(first, stop):
        f = part[_DEEP + o]
        i = np.int32(f)
        b, c = part[_ACROSS + o], f - np.float32(i)
        w11 = b * c
        w10, w01 = b - w11, c - w11
        w00 = one - b - w01
        k = np.uint64(i) * slice_
        n = k + slice_
        light[RED + o] += w00 * left[k] + w01 * left[n] + w10 * right[k] + w11 * right[n]
        k, n = k + channel, n + channel
        light[GREEN + o] += w00 * left[k] + w01 * left[n] + w10 * right[k] + w11 * right[n]
        k, n = k + channel, n + channel
        light[BLUE + o] += w00 * left[k] + w01 * left[n] + w10 * right[k] + w11 * right[n]
