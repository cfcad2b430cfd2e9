"""Light of the lamps: beam patterns, fog on the way, shadows of the strongest."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.light import EXTINCTION, EYE_X, EYE_Y, EYE_Z
from simgen.render.kernels.maths import exp32, smooth
from simgen.render.kernels.resolve import (
    AB,
    AG,
    AR,
    BLUE,
    COAT,
    F0,
    GREEN,
    METAL,
    NX,
    NY,
    NZ,
    PX,
    PY,
    PZ,
    RED,
    ROUGH,
    Z,
)  # fmt: skip

# Columns of the lamp table, float32.
LAMP_POS, LAMP_DIR, LAMP_UP, LAMP_RGB = 0, 3, 6, 9
LAMP_BEAM, LAMP_COS, LAMP_REACH, LAMP_SHADOW = 12, 13, 14, 15
LAMP_SIZE2 = 16  # squared radius of an extended source, m2: it keeps the light finite close by
LAMP_COLUMNS = 17

_PI = np.float32(math.pi)


@inline
def low_beam(right, up):
    """Relative intensity of a dipped beam for right-hand traffic, after the shape of UN R112 class B.

    Args:
        right, up: tangents of the angles to the right of and above the beam axis (the lamp's horizontal).
    """
    cut = np.float32(-0.010) + np.float32(0.20) * min(max(right, np.float32(0.0)), np.float32(0.06))
    y = cut - up  # below the cut-off is positive
    edge = smooth(np.float32(-0.006), np.float32(0.014), y)
    fall = np.float32(1.0) / (np.float32(1.0) + (max(y, np.float32(0.0)) / np.float32(0.055)) ** 2)
    wide = np.float32(1.0) / (np.float32(1.0) + (right / np.float32(0.20)) ** 2)
    spread = np.float32(1.0) / (np.float32(1.0) + (right / np.float32(0.65)) ** 4)
    hot = fall * wide
    broad = np.float32(0.16) * spread / (np.float32(1.0) + (max(y, np.float32(0.0)) / np.float32(0.35)) ** 2)
    stray = np.float32(0.012) * spread / (np.float32(1.0) + (up / np.float32(0.4)) ** 2)
    return edge * (np.float32(0.84) * hot + broad) + stray


@inline
def beam_gain(lamp, dx, dy, dz):
    """Relative intensity of a lamp towards the unit direction (dx, dy, dz) away from it."""
    c = lamp[LAMP_DIR] * dx + lamp[LAMP_DIR + 1] * dy + lamp[LAMP_DIR + 2] * dz
    if c <= np.float32(0.0):
        return np.float32(0.0)
    beam = int(lamp[LAMP_BEAM])
    if beam == 0:
        return c
    if beam == 1:
        edge = lamp[LAMP_COS]
        inner = smooth(edge, np.float32(0.2) * edge + np.float32(0.8), c)
        return inner * inner
    ux, uy, uz = lamp[LAMP_UP], lamp[LAMP_UP + 1], lamp[LAMP_UP + 2]
    rx = lamp[LAMP_DIR + 1] * uz - lamp[LAMP_DIR + 2] * uy
    ry = lamp[LAMP_DIR + 2] * ux - lamp[LAMP_DIR] * uz
    rz = lamp[LAMP_DIR] * uy - lamp[LAMP_DIR + 1] * ux
    inv = np.float32(1.0) / max(c, np.float32(0.05))
    return low_beam((rx * dx + ry * dy + rz * dz) * inv, (ux * dx + uy * dy + uz * dz) * inv)


@kernel
def lamps(rec, count, table, src, maps, map_matrix, out):
    """Light of the lamps, with fog on the way (Allard) and shadows of the lamps that have a map.

    Args:
        rec, count, src: as in `sun_and_sky`.
        table: (L, LAMP_COLUMNS) float32.
        maps: (S, R, R) float32 inverse depth seen from the shadowed lamps.
        map_matrix: (S, 3, 4) float64 world -> map: (u * w, v * w, w) in texels and metres of depth.
        out: (3 * BLOCK,) radiance to add to.
    """
    one = np.float32(1.0)
    zero = np.float32(0.0)
    inv_pi = one / _PI
    size = maps.shape[1]
    big = np.float32(1e9)
    x0, y0, z0, x1, y1, z1 = big, big, big, -big, -big, -big  # the box around the block's points
    for o in range(count):
        solid = rec[Z + o] < big
        x0 = min(x0, rec[PX + o] if solid else big)
        y0 = min(y0, rec[PY + o] if solid else big)
        z0 = min(z0, rec[PZ + o] if solid else big)
        x1 = max(x1, rec[PX + o] if solid else -big)
        y1 = max(y1, rec[PY + o] if solid else -big)
        z1 = max(z1, rec[PZ + o] if solid else -big)
    for k in range(table.shape[0]):
        lamp = table[k]
        px, py, pz = lamp[LAMP_POS], lamp[LAMP_POS + 1], lamp[LAMP_POS + 2]
        reach2 = lamp[LAMP_REACH] * lamp[LAMP_REACH]
        gx = max(max(x0 - px, px - x1), zero)
        gy = max(max(y0 - py, py - y1), zero)
        gz = max(max(z0 - pz, pz - z1), zero)
        if gx * gx + gy * gy + gz * gz > reach2:
            continue
        shadow = int(lamp[LAMP_SHADOW])
        for o in range(count):
            if not (rec[Z + o] < np.float32(1e9)):
                continue
            x, y, z = rec[PX + o], rec[PY + o], rec[PZ + o]
            lx, ly, lz = px - x, py - y, pz - z
            d2 = lx * lx + ly * ly + lz * lz
            if d2 > reach2:
                continue
            nx, ny, nz = rec[NX + o], rec[NY + o], rec[NZ + o]
            inv = one / np.float32(math.sqrt(max(d2, np.float32(0.01))))
            fall = one / max(d2 + lamp[LAMP_SIZE2], np.float32(0.01))
            lx, ly, lz = lx * inv, ly * inv, lz * inv
            ndl = nx * lx + ny * ly + nz * lz
            if ndl <= zero:
                continue
            gain = beam_gain(lamp, -lx, -ly, -lz)
            if gain <= zero:
                continue
            if shadow >= 0:
                gain *= _lit(
                    maps[shadow],
                    map_matrix[shadow],
                    size,
                    x + nx * np.float32(0.03),
                    y + ny * np.float32(0.03),
                    z + nz * np.float32(0.03),
                )
                if gain <= zero:
                    continue
            d = one / inv
            e = gain * fall * exp32(-src[EXTINCTION] * d)
            vx, vy, vz = src[EYE_X] - x, src[EYE_Y] - y, src[EYE_Z] - z
            vi = one / np.float32(math.sqrt(max(vx * vx + vy * vy + vz * vz, np.float32(1e-8))))
            vx, vy, vz = vx * vi, vy * vi, vz * vi
            hx, hy, hz = vx + lx, vy + ly, vz + lz
            hi = one / np.float32(math.sqrt(max(hx * hx + hy * hy + hz * hz, np.float32(1e-8))))
            ndv = max(nx * vx + ny * vy + nz * vz, np.float32(0.02))
            ndh = max((nx * hx + ny * hy + nz * hz) * hi, zero)
            f = one - max((vx * hx + vy * hy + vz * hz) * hi, zero)
            rough = max(rec[ROUGH + o], np.float32(0.12))  # a lamp is no point: it widens the highlight
            a = rough * rough
            a2 = a * a
            q = ndh * ndh * (a2 - one) + one
            kk = np.float32(0.5) * a
            spec = a2 / max(_PI * q * q, np.float32(1e-6)) * np.float32(0.25)
            spec /= max((ndl * (one - kk) + kk) * (ndv * (one - kk) + kk), np.float32(1e-4))
            metal = rec[METAL + o]
            f0 = max(rec[F0 + o], np.float32(0.04) * rec[COAT + o])
            f5 = f * f * f * f * f
            diff = (one - metal) * inv_pi
            e *= ndl
            ar, ag, ab = rec[AR + o], rec[AG + o], rec[AB + o]
            sr = f0 + (ar - f0) * metal
            sg = f0 + (ag - f0) * metal
            sb = f0 + (ab - f0) * metal
            out[RED + o] += lamp[LAMP_RGB] * e * (ar * diff + (sr + (one - sr) * f5) * spec)
            out[GREEN + o] += lamp[LAMP_RGB + 1] * e * (ag * diff + (sg + (one - sg) * f5) * spec)
            out[BLUE + o] += lamp[LAMP_RGB + 2] * e * (ab * diff + (sb + (one - sb) * f5) * spec)


@inline
def _lit(depth_map, m, size, x, y, z):
    """Share of four neighbouring texels of a lamp's shadow map that see the point."""
    w = np.float32(m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3])
    if not w > np.float32(0.05):
        return np.float32(1.0)
    u = np.float32((m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]) / w)
    v = np.float32((m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]) / w)
    edge = np.float32(size - 2)
    if not (u >= np.float32(0.0) and v >= np.float32(0.0) and u < edge and v < edge):
        return np.float32(1.0)
    i = int(u)
    j = int(v)
    a = u - np.float32(i)
    b = v - np.float32(j)
    # The map holds 1/depth of the nearest surface; a margin of 1 % plus a few centimetres hides its steps.
    ref = np.float32(1.0) / w * np.float32(1.01) + np.float32(0.04) / (w * w)
    one = np.float32(1.0)
    s00 = one if depth_map[j, i] <= ref else np.float32(0.0)
    s10 = one if depth_map[j, i + 1] <= ref else np.float32(0.0)
    s01 = one if depth_map[j + 1, i] <= ref else np.float32(0.0)
    s11 = one if depth_map[j + 1, i + 1] <= ref else np.float32(0.0)
    top = s00 + (s10 - s00) * a
    low = s01 + (s11 - s01) * a
    return top + (low - top) * b
