"""Light of the lamps: beam patterns, fog and puffs on the way, shadows of the strongest.

Points are taken in chunks. A lamp that cannot reach the box around a chunk is passed over; for the others

arrive: illuminance -> beam -> fog -> shadow: place on the map, then look-up -> puffs
-> prepare, for the first such lamp -> scatter: towards the eye -> settle: times tint and material

Lamps of one tint that follow each other are summed before they settle. Every stage but the look-up runs in vectors.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.maths import exp32, smooth
from simgen.render.kernels.puff_shade import shade_lamp
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
    SKY,
    SPARE,
    Z,
)  # fmt: skip
from simgen.render.kernels.sources import EXTINCTION, EYE_X, EYE_Y, EYE_Z, INDOOR

# Columns of the lamp table, float32.
LAMP_POS, LAMP_DIR, LAMP_UP, LAMP_TINT = 0, 3, 6, 9
LAMP_CD = 12  # intensity along the axis; times the tint it is that of each channel
LAMP_BEAM, LAMP_COS, LAMP_REACH, LAMP_SHADOW = 13, 14, 15, 16
LAMP_SIZE2 = 17  # squared radius of an extended source, m2: it keeps the light finite close by
LAMP_MAP, LAMP_SIDE = 18, 19  # where its shadow map starts among the maps, and texels a side
LAMP_SLACK = 20  # metres by which a surface may stick out of its shadow map before it shades itself
LAMP_SMOKE = 21  # number of its map of puffs, from 1 on; 0 for none
LAMP_COLUMNS = 22
AREA, SPOT, LOW_BEAM = 0, 1, 2

HUNG = -0.9
"""Upward part of the axis of a lamp that hangs over what it lights."""

_PI = np.float32(math.pi)
_CHUNK = 64
"""Points that are looked at together: many enough for vectors, few enough that many lamps miss them all."""
_FADE = np.float32(4.0)  # over the last quarter of its squared reach a lamp fades out

# Scratch of a chunk. All lie in one array at constant distances, so that LLVM sees that none overlaps another.
_E, _INV, _NDL = SPARE, SPARE + _CHUNK, SPARE + 2 * _CHUNK  # illuminance, 1 / distance, cosine of incidence
_VX, _VY, _VZ, _NDV = SPARE + 3 * _CHUNK, SPARE + 4 * _CHUNK, SPARE + 5 * _CHUNK, SPARE + 6 * _CHUNK
_A2, _K, _GV = SPARE + 7 * _CHUNK, SPARE + 8 * _CHUNK, SPARE + 9 * _CHUNK  # of the lobe: see `_prepare`
_MATT, _BENT, _EDGE = SPARE + 10 * _CHUNK, SPARE + 11 * _CHUNK, SPARE + 12 * _CHUNK  # sums: see `_scatter`
_MAP_U, _MAP_V, _REF = SPARE + 13 * _CHUNK, SPARE + 14 * _CHUNK, SPARE + 15 * _CHUNK
_SLOPE_U, _SLOPE_V = SPARE + 17 * _CHUNK, SPARE + 18 * _CHUNK
_GRAIN = SPARE + 16 * _CHUNK  # how much a rough surface throws back towards its lamp
_SMOKE = _MAP_U, _MAP_V, _REF, SPARE + 19 * _CHUNK, SPARE + 20 * _CHUNK


@inline
def low_beam(right, up):
    """Relative intensity of a dipped beam for right-hand traffic, after the shape of UN R112 class B.

    At a peak of 21,000 cd it sends out 830 lm: those of an LED lamp. Only an eighth of them fall within 4 m in front
    of the lamp, where they light the road the most.

    Args:
        right, up: tangents of the angles to the right of and above the beam axis (the lamp's horizontal).
    """
    one = np.float32(1.0)
    cut = np.float32(-0.010) + np.float32(0.20) * min(max(right, np.float32(0.0)), np.float32(0.06))
    y = cut - up  # below the cut-off is positive
    edge = smooth(np.float32(-0.006), np.float32(0.014), y)
    below = max(y, np.float32(0.0))
    fall = below * np.float32(1.0 / 0.035)
    wide = right * np.float32(1.0 / 0.13)
    spread = right * np.float32(1.0 / 0.45)
    spread *= spread
    deep = below * np.float32(1.0 / 0.15)
    high = up * np.float32(1.0 / 0.2)
    hot = one / ((one + fall * fall) * (one + wide * wide))
    spread = one / (one + spread * spread)
    broad = np.float32(0.12) * spread / (one + deep * deep)
    stray = np.float32(0.012) * spread / (one + high * high)
    return edge * (np.float32(0.88) * hot + broad) + stray


@kernel
def lamps(rec, count, table, src, maps, map_matrix, smoke, smoke_frames, out):
    """Light of the lamps, with fog on the way (Allard) and shadows of the lamps that have a map.

    Args:
        rec, count, src: as in `sun_and_sky`.
        table: (L, LAMP_COLUMNS) float32.
        maps: flat float32 inverse depth seen from the shadowed lamps, one square map after the other.
        map_matrix: (S, 3, 4) float32 world -> map: (u * w, v * w, w) in texels and metres of depth.
        smoke, smoke_frames: maps of the puffs before lamps, and their frames, see `puff_shade.shade_lamp`.
        out: (3 * BLOCK,) radiance to add to.
    """
    zero = np.float32(0.0)
    for begin in range(0, count, _CHUNK):
        part, light = rec[begin:], out[begin:]
        points = min(count - begin, _CHUNK)
        x0, y0, z0, x1, y1, z1 = _bounds(part, points)
        if x0 > x1:
            continue
        ready = False
        tint_r, tint_g, tint_b = zero, zero, zero
        for k in range(table.shape[0]):
            lamp = table[k]
            px, py, pz = lamp[LAMP_POS], lamp[LAMP_POS + 1], lamp[LAMP_POS + 2]
            gx = max(max(x0 - px, px - x1), zero)
            gy = max(max(y0 - py, py - y1), zero)
            gz = max(max(z0 - pz, pz - z1), zero)
            if gx * gx + gy * gy + gz * gz > lamp[LAMP_REACH] * lamp[LAMP_REACH]:
                continue
            dx, dy, dz = lamp[LAMP_DIR], lamp[LAMP_DIR + 1], lamp[LAMP_DIR + 2]
            ahead = max((x0 - px) * dx, (x1 - px) * dx) + max((y0 - py) * dy, (y1 - py) * dy)
            if ahead + max((z0 - pz) * dz, (z1 - pz) * dz) <= zero:
                continue
            if _arrive(part, points, lamp) == 0:
                continue
            if lamp[LAMP_BEAM] != AREA:
                if lamp[LAMP_BEAM] == SPOT:
                    _spot(part, points, lamp)
                else:
                    _low_beam(part, points, lamp)
                if _any_lit(part, points) == 0:
                    continue
            if src[EXTINCTION] > zero:
                for o in range(points):
                    part[_E + o] *= exp32(-src[EXTINCTION] / part[_INV + o])
            shadow = int(lamp[LAMP_SHADOW])
            if shadow >= 0:
                _shade(part, points, lamp, maps, map_matrix[shadow])
            elif src[INDOOR] > zero and lamp[LAMP_BEAM] == AREA and dz < np.float32(HUNG):
                for o in range(points):  # one of many: together they light as an even ceiling does
                    part[_E + o] *= part[SKY + o]
            if lamp[LAMP_SMOKE] > zero:
                s = int(lamp[LAMP_SMOKE]) - 1
                shade_lamp(part, points, _E, _SMOKE, px, py, pz, smoke_frames[s], smoke[s])
            if not ready:
                _prepare(part, points, src)
                ready = True
            elif lamp[LAMP_TINT] != tint_r or lamp[LAMP_TINT + 1] != tint_g or lamp[LAMP_TINT + 2] != tint_b:
                _settle(part, points, tint_r, tint_g, tint_b, light)
            tint_r, tint_g, tint_b = lamp[LAMP_TINT], lamp[LAMP_TINT + 1], lamp[LAMP_TINT + 2]
            _scatter(part, points, px, py, pz)
        if ready:
            _settle(part, points, tint_r, tint_g, tint_b, light)


@inline
def _bounds(part, points):
    """The box around the solid points: least and greatest x, y, z; the former above the latter if there are none.

    Found as whole steps of 1/64 m, rounded outwards: unlike floats, integers are compared in vectors.
    """
    step, most = np.float32(64.0), np.float32(2e7)
    none = np.int32(1 << 30)
    x0, y0, z0, x1, y1, z1 = none, none, none, -none, -none, -none
    for o in range(points):
        solid = part[Z + o] < np.float32(1e9)
        x = np.int32(min(max(part[PX + o] * step, -most), most))
        y = np.int32(min(max(part[PY + o] * step, -most), most))
        z = np.int32(min(max(part[PZ + o] * step, -most), most))
        x0 = min(x0, x if solid else none)
        y0 = min(y0, y if solid else none)
        z0 = min(z0, z if solid else none)
        x1 = max(x1, x if solid else -none)
        y1 = max(y1, y if solid else -none)
        z1 = max(z1, z if solid else -none)
    one, metre = np.float32(1.0), np.float32(1.0 / 64.0)
    return (
        (np.float32(x0) - one) * metre,
        (np.float32(y0) - one) * metre,
        (np.float32(z0) - one) * metre,
        (np.float32(x1) + one) * metre,
        (np.float32(y1) + one) * metre,
        (np.float32(z1) + one) * metre,
    )


@inline
def _arrive(part, points, lamp):
    """Write _E, _INV and _NDL as if there were no beam pattern, fog or shadow; returns how many points are lit.

    The pattern of an area, the cosine at the lamp, is in already.
    """
    one, zero = np.float32(1.0), np.float32(0.0)
    px, py, pz = lamp[LAMP_POS], lamp[LAMP_POS + 1], lamp[LAMP_POS + 2]
    dx, dy, dz = lamp[LAMP_DIR], lamp[LAMP_DIR + 1], lamp[LAMP_DIR + 2]
    size2, cd = lamp[LAMP_SIZE2], lamp[LAMP_CD]
    fade = _FADE / (lamp[LAMP_REACH] * lamp[LAMP_REACH])
    slope = one if lamp[LAMP_BEAM] == AREA else zero
    level = one - slope
    lit = np.int32(0)
    for o in range(points):
        x, y, z = px - part[PX + o], py - part[PY + o], pz - part[PZ + o]
        d2 = x * x + y * y + z * z
        near2 = max(d2, np.float32(0.01))
        spread2 = max(d2 + size2, np.float32(0.01))
        d = np.float32(math.sqrt(near2))
        r = one / (d * spread2)  # both quotients at the price of one
        inv = r * spread2
        ndl = max((part[NX + o] * x + part[NY + o] * y + part[NZ + o] * z) * inv, zero)
        c = max(-(dx * x + dy * y + dz * z) * inv, zero)
        gain = c * slope + (level if c > zero else zero)
        window = min(max(_FADE - d2 * fade, zero), one)
        e = cd * (r * d) * ndl * gain * window
        e = e if part[Z + o] < np.float32(1e9) else zero
        part[_E + o] = e
        part[_INV + o] = inv
        part[_NDL + o] = ndl
        lit = np.int32(lit + np.int32(e > zero))  # a wider sum would halve the vectors
    return lit


@inline
def _any_lit(part, points):
    """How many points get light."""
    lit = np.int32(0)
    for o in range(points):
        lit = np.int32(lit + np.int32(part[_E + o] > np.float32(0.0)))
    return lit


@inline
def _spot(part, points, lamp):
    """Multiply _E by the pattern of a spot: full within its cone, dark outside of it."""
    px, py, pz = lamp[LAMP_POS], lamp[LAMP_POS + 1], lamp[LAMP_POS + 2]
    dx, dy, dz = lamp[LAMP_DIR], lamp[LAMP_DIR + 1], lamp[LAMP_DIR + 2]
    edge = lamp[LAMP_COS]
    full = np.float32(0.2) * edge + np.float32(0.8)
    for o in range(points):
        c = dx * (part[PX + o] - px) + dy * (part[PY + o] - py) + dz * (part[PZ + o] - pz)
        inner = smooth(edge, full, c * part[_INV + o])
        part[_E + o] *= inner * inner


@inline
def _low_beam(part, points, lamp):
    """Multiply _E by the pattern of a dipped beam."""
    px, py, pz = lamp[LAMP_POS], lamp[LAMP_POS + 1], lamp[LAMP_POS + 2]
    dx, dy, dz = lamp[LAMP_DIR], lamp[LAMP_DIR + 1], lamp[LAMP_DIR + 2]
    ux, uy, uz = lamp[LAMP_UP], lamp[LAMP_UP + 1], lamp[LAMP_UP + 2]
    rx, ry, rz = dy * uz - dz * uy, dz * ux - dx * uz, dx * uy - dy * ux
    for o in range(points):
        x, y, z = part[PX + o] - px, part[PY + o] - py, part[PZ + o] - pz
        c = (dx * x + dy * y + dz * z) * part[_INV + o]
        inv = part[_INV + o] / max(c, np.float32(0.05))
        part[_E + o] *= low_beam((rx * x + ry * y + rz * z) * inv, (ux * x + uy * y + uz * z) * inv)


@inline
def _shade(part, points, lamp, maps, m):
    """Multiply _E by the share of four neighbouring texels of the lamp's shadow map that see the point.

    Each is compared with the depth of the point's own plane at that texel, lest ground at a grazing angle, of which a
    texel spans metres, shades itself. One over the depth of a plane is linear across the map: with the map's axes x and
    y in texels at unit depth it grows by n.x / n.(p - lamp) a texel, and likewise in y.
    """
    one, zero, slack = np.float32(1.0), np.float32(0.0), lamp[LAMP_SLACK]
    off, margin = np.float32(0.75) * slack, one + np.float32(0.25) * slack
    edge = lamp[LAMP_SIDE] - np.float32(2.0)
    first, side = np.uint32(np.int32(lamp[LAMP_MAP])), np.uint32(np.int32(lamp[LAMP_SIDE]))
    m00, m01, m02, m03 = m[0, 0], m[0, 1], m[0, 2], m[0, 3]
    m10, m11, m12, m13 = m[1, 0], m[1, 1], m[1, 2], m[1, 3]
    m20, m21, m22, m23 = m[2, 0], m[2, 1], m[2, 2], m[2, 3]
    xx, xy, xz = _texel(m00, m01, m02, m20, m21, m22)
    yx, yy, yz = _texel(m10, m11, m12, m20, m21, m22)
    px, py, pz = lamp[LAMP_POS], lamp[LAMP_POS + 1], lamp[LAMP_POS + 2]
    for o in range(points):
        nx, ny, nz = part[NX + o], part[NY + o], part[NZ + o]
        away = nx * (part[PX + o] - px) + ny * (part[PY + o] - py) + nz * (part[PZ + o] - pz)
        slope = one / min(away, np.float32(-1e-4))  # lit points face the lamp
        part[_SLOPE_U + o] = (nx * xx + ny * xy + nz * xz) * slope
        part[_SLOPE_V + o] = (nx * yx + ny * yy + nz * yz) * slope
    for o in range(points):
        x = part[PX + o] + part[NX + o] * off
        y = part[PY + o] + part[NY + o] * off
        z = part[PZ + o] + part[NZ + o] * off
        w = m20 * x + m21 * y + m22 * z + m23
        before = w > np.float32(0.05)
        inv = one / (w if before else one)
        u = (m00 * x + m01 * y + m02 * z + m03) * inv
        v = (m10 * x + m11 * y + m12 * z + m13) * inv
        inside = before & (u >= zero) & (v >= zero) & (u < edge) & (v < edge) & (part[_E + o] > zero)
        part[_MAP_U + o] = u if inside else -one
        part[_MAP_V + o] = v
        # The map holds 1/depth of the nearest surface; a margin of some per mille plus the slack hides its steps.
        part[_REF + o] = inv * margin + slack * inv * inv
    for o in range(points):
        u, v, ref = part[_MAP_U + o], part[_MAP_V + o], part[_REF + o]
        if not u >= zero:
            continue
        i, j = np.int32(u), np.int32(v)
        a, b = u - np.float32(i), v - np.float32(j)
        k = first + np.uint32(j) * side + np.uint32(i)
        below, right = k + side, np.uint32(1)
        gu, gv = part[_SLOPE_U + o], part[_SLOPE_V + o]
        ref -= a * gu + b * gv
        s00 = one if maps[k] <= ref else zero
        s10 = one if maps[k + right] <= ref + gu else zero
        s01 = one if maps[below] <= ref + gv else zero
        s11 = one if maps[below + right] <= ref + gu + gv else zero
        top = s00 + (s10 - s00) * a
        low = s01 + (s11 - s01) * a
        part[_E + o] *= top + (low - top) * b


@inline
def _texel(x, y, z, dx, dy, dz):
    """A row of a map's matrix, f times its axis plus the middle times the depth's, as the axis over f."""
    middle = x * dx + y * dy + z * dz
    x, y, z = x - middle * dx, y - middle * dy, z - middle * dz
    inverse = np.float32(1.0) / max(x * x + y * y + z * z, np.float32(1e-6))
    return x * inverse, y * inverse, z * inverse


@inline
def _prepare(part, points, src):
    """Write what all lamps share: the direction to the eye, the lobes of the surface; clear the sums."""
    one, zero, half = np.float32(1.0), np.float32(0.0), np.float32(0.5)
    eye_x, eye_y, eye_z = src[EYE_X], src[EYE_Y], src[EYE_Z]
    for o in range(points):
        x, y, z = eye_x - part[PX + o], eye_y - part[PY + o], eye_z - part[PZ + o]
        inv = one / np.float32(math.sqrt(max(x * x + y * y + z * z, np.float32(1e-8))))
        x, y, z = x * inv, y * inv, z * inv
        ndv = part[NX + o] * x + part[NY + o] * y + part[NZ + o] * z
        rough = max(part[ROUGH + o], np.float32(0.12))  # a lamp is no point: it widens the highlight
        a = rough * rough
        k = np.float32(0.5) * a
        part[_VX + o] = x
        part[_VY + o] = y
        part[_VZ + o] = z
        part[_NDV + o] = ndv
        part[_A2 + o] = a * a
        part[_K + o] = k
        part[_GV + o] = max(ndv, np.float32(0.02)) * (one - k) + k
        slope2 = half * a * a  # mean square slope of facets after GGX
        part[_GRAIN + o] = np.float32(0.45) * slope2 / (slope2 + np.float32(0.09))
        part[_MATT + o] = zero
        part[_BENT + o] = zero
        part[_EDGE + o] = zero


@inline
def _scatter(part, points, px, py, pz):
    """Add a lamp to the sums: illuminance, and times the lobe without and with Schlick's rise towards the edge.

    A rough surface shows its lit slopes to whoever looks from where the lamp is, the more so the lower both stand
    (Oren and Nayar 1994: 1 + B s / t, s = l.v - n.l n.v, t = the greater cosine; their A is 1 here, as the albedo is
    that under light from above). Under dipped beams roads are bright because of it, 14 mcd/m2 a lux at 30 m (EN 1436).

    With h = l + v not normalised, m = h . h and s = n . h, the cosine n.h is s / sqrt(m), and v.h is sqrt(m) / 2:
    the distribution D = a2 / (pi q^2), q = s^2 / m (a2 - 1) + 1, needs no square root and shares its division.
    """
    one, zero, half = np.float32(1.0), np.float32(0.0), np.float32(0.5)
    for o in range(points):
        inv = part[_INV + o]
        hx = (px - part[PX + o]) * inv + part[_VX + o]
        hy = (py - part[PY + o]) * inv + part[_VY + o]
        hz = (pz - part[PZ + o]) * inv + part[_VZ + o]
        m = max(hx * hx + hy * hy + hz * hz, np.float32(1e-8))
        ndl, a2, k, e = part[_NDL + o], part[_A2 + o], part[_K + o], part[_E + o]
        s = max(part[_NDV + o] + ndl, zero)
        q = s * s * (a2 - one) + m
        m2 = m * m
        low = max(_PI * q * q, np.float32(1e-6) * m2)
        low *= max((ndl * (one - k) + k) * part[_GV + o], np.float32(1e-4))
        steep = max(max(ndl, part[_NDV + o]), np.float32(0.02))
        inverse = one / (low * steep)  # both quotients at the price of one
        lobe = np.float32(0.25) * a2 * m2 * steep * inverse
        back = max(half * m - one - ndl * part[_NDV + o], zero) * low * inverse
        f = max(one - half * np.float32(math.sqrt(m)), zero)
        f2 = f * f
        glossy = e * lobe
        edge = glossy * (f2 * f2 * f)
        part[_MATT + o] += e + e * part[_GRAIN + o] * back
        part[_BENT + o] += glossy - edge
        part[_EDGE + o] += edge


@inline
def _settle(part, points, tint_r, tint_g, tint_b, light):
    """Add what the surface makes of the sums to the radiance, and clear them."""
    one, zero = np.float32(1.0), np.float32(0.0)
    inv_pi = one / _PI
    for o in range(points):
        matt, bent, edge = part[_MATT + o], part[_BENT + o], part[_EDGE + o]
        metal = part[METAL + o]
        f0 = max(part[F0 + o], np.float32(0.04) * part[COAT + o])
        body = matt * ((one - metal) * inv_pi)
        ar, ag, ab = part[AR + o], part[AG + o], part[AB + o]
        light[RED + o] += tint_r * (ar * body + (f0 + (ar - f0) * metal) * bent + edge)
        light[GREEN + o] += tint_g * (ag * body + (f0 + (ag - f0) * metal) * bent + edge)
        light[BLUE + o] += tint_b * (ab * body + (f0 + (ab - f0) * metal) * bent + edge)
        part[_MATT + o] = zero
        part[_BENT + o] = zero
        part[_EDGE + o] = zero
