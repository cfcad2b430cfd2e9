"""Records + sources -> radiance: sun, sky, lamps and mirror-like reflections of the surroundings.

Luminance units throughout: a radiance triple (R, G, B) has luminance 0.2126 R + 0.7152 G + 0.0722 B cd/m2.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.maths import exp32, smooth
from simgen.render.kernels.resolve import (
    AB,
    AG,
    AR,
    BLUE,
    COAT,
    DISTANCE,
    EB,
    EG,
    ER,
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
    SUN,
    Z,
)  # fmt: skip

# Columns of the array of global sources, float32.
SUN_X, SUN_Y, SUN_Z = 0, 1, 2
SUN_R, SUN_G, SUN_B = 3, 4, 5  # irradiance on a surface that faces the sun
SKY_R, SKY_G, SKY_B = 6, 7, 8  # irradiance of the dome on the horizontal
BOUNCE_R, BOUNCE_G, BOUNCE_B = 9, 10, 11  # irradiance from the ground on a surface that faces down
AIR_R, AIR_G, AIR_B = 12, 13, 14  # radiance of an infinite path through the fog
EXTINCTION = 15
INDOOR = 16
EYE_X, EYE_Y, EYE_Z = 17, 18, 19
LAYER = 20  # depth of the fog layer above the eye, metres
SOURCES = 21

# Columns of the lamp table, float32.
LAMP_POS, LAMP_DIR, LAMP_UP, LAMP_RGB = 0, 3, 6, 9
LAMP_BEAM, LAMP_COS, LAMP_REACH, LAMP_SHADOW = 12, 13, 14, 15
LAMP_SIZE2 = 16  # squared radius of an extended source, m2: it keeps the light finite close by
LAMP_COLUMNS = 17

_PI = np.float32(math.pi)


@inline
def sky_lookup(sky, x, y, z):
    """Radiance of the dome in a direction with z >= 0: stereographic map, bilinear; (R, G, B)."""
    n = sky.shape[0]
    inv = np.float32(1.0) / (np.float32(1.0) + max(z, np.float32(0.0)))
    h = np.float32(0.5) * np.float32(n - 1)
    u = min(
        max(h * (np.float32(1.0) + np.float32(0.995) * x * inv), np.float32(0.0)),
        np.float32(n) - np.float32(1.001),
    )
    v = min(
        max(h * (np.float32(1.0) + np.float32(0.995) * y * inv), np.float32(0.0)),
        np.float32(n) - np.float32(1.001),
    )
    i = int(u)
    j = int(v)
    a = u - np.float32(i)
    b = v - np.float32(j)
    w00 = (np.float32(1.0) - a) * (np.float32(1.0) - b)
    w10 = a * (np.float32(1.0) - b)
    w01 = (np.float32(1.0) - a) * b
    w11 = a * b
    r = sky[j, i, 0] * w00 + sky[j, i + 1, 0] * w10 + sky[j + 1, i, 0] * w01 + sky[j + 1, i + 1, 0] * w11
    g = sky[j, i, 1] * w00 + sky[j, i + 1, 1] * w10 + sky[j + 1, i, 1] * w01 + sky[j + 1, i + 1, 1] * w11
    bl = sky[j, i, 2] * w00 + sky[j, i + 1, 2] * w10 + sky[j + 1, i, 2] * w01 + sky[j + 1, i + 1, 2] * w11
    return r, g, bl


@inline
def surroundings(src, sky, x, y, z):
    """What a mirror sees in a direction, without tracing: sky, a dark band at the horizon, ground; (R, G, B)."""
    br = src[BOUNCE_R] / _PI
    bg = src[BOUNCE_G] / _PI
    bb = src[BOUNCE_B] / _PI
    if src[INDOOR] > np.float32(0.5):
        up = np.float32(0.6) + np.float32(0.9) * max(z, np.float32(0.0))
        return br * up, bg * up, bb * up
    if z <= np.float32(0.0):
        t = np.float32(0.55) + np.float32(0.45) * smooth(np.float32(0.0), np.float32(0.4), -z)
        return br * t, bg * t, bb * t
    r, g, b = sky_lookup(sky, x, y, z)
    # Trees, hedges and houses stand along most horizons.
    t = smooth(np.float32(0.03), np.float32(0.16), z)
    k = np.float32(0.55)
    return br * k + (r - br * k) * t, bg * k + (g - bg * k) * t, bb * k + (b - bb * k) * t


@kernel
def sun_and_sky(rec, count, src, out):
    """Diffuse and glossy light of sun and dome; branch-free so that it vectorises.

    Args:
        rec: (ROWS * BLOCK,) records; SUN and SKY already hold the visibilities.
        count: points in the block.
        src: (SOURCES,) float32.
        out: (3 * BLOCK,) float32 output radiance.
    """
    lx, ly, lz = src[SUN_X], src[SUN_Y], src[SUN_Z]
    one = np.float32(1.0)
    half = np.float32(0.5)
    zero = np.float32(0.0)
    inv_pi = one / _PI
    for o in range(count):
        nx, ny, nz = rec[NX + o], rec[NY + o], rec[NZ + o]
        vx, vy, vz = src[EYE_X] - rec[PX + o], src[EYE_Y] - rec[PY + o], src[EYE_Z] - rec[PZ + o]
        vi = one / np.float32(math.sqrt(max(vx * vx + vy * vy + vz * vz, np.float32(1e-8))))
        vx, vy, vz = vx * vi, vy * vi, vz * vi
        hx, hy, hz = vx + lx, vy + ly, vz + lz
        hi = one / np.float32(math.sqrt(max(hx * hx + hy * hy + hz * hz, np.float32(1e-8))))
        ndl = max(nx * lx + ny * ly + nz * lz, zero)
        ndv = max(nx * vx + ny * vy + nz * vz, np.float32(0.02))
        ndh = max((nx * hx + ny * hy + nz * hz) * hi, zero)
        vdh = max((vx * hx + vy * hy + vz * hz) * hi, zero)
        rough = rec[ROUGH + o]
        a = rough * rough
        a2 = a * a
        q = ndh * ndh * (a2 - one) + one
        d = a2 / max(_PI * q * q, np.float32(1e-6))
        k = half * a
        vis = np.float32(0.25) / max((ndl * (one - k) + k) * (ndv * (one - k) + k), np.float32(1e-4))
        f = one - vdh
        f5 = f * f * f * f * f
        metal = rec[METAL + o]
        f0 = rec[F0 + o]
        spec = d * vis
        direct = ndl * rec[SUN + o]
        up = half + half * nz
        open_sky = rec[SKY + o]
        e_sky = up * open_sky
        e_low = (one - up) * (half + half * open_sky)
        diff = (one - metal) * inv_pi
        er = src[SUN_R] * direct
        eg = src[SUN_G] * direct
        eb = src[SUN_B] * direct
        ar, ag, ab = rec[AR + o], rec[AG + o], rec[AB + o]
        sr = f0 + (ar - f0) * metal
        sg = f0 + (ag - f0) * metal
        sb = f0 + (ab - f0) * metal
        out[RED + o] = (
            ar * diff * (er + src[SKY_R] * e_sky + src[BOUNCE_R] * e_low)
            + (sr + (one - sr) * f5) * spec * er
            + rec[ER + o]
        )
        out[GREEN + o] = (
            ag * diff * (eg + src[SKY_G] * e_sky + src[BOUNCE_G] * e_low)
            + (sg + (one - sg) * f5) * spec * eg
            + rec[EG + o]
        )
        out[BLUE + o] = (
            ab * diff * (eb + src[SKY_B] * e_sky + src[BOUNCE_B] * e_low)
            + (sb + (one - sb) * f5) * spec * eb
            + rec[EB + o]
        )


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


@kernel
def reflections_and_sky(rec, count, src, sky, sky_blur, out):
    """Mirror reflections on coated and smooth surfaces, and the dome itself where nothing stands before it.

    Args:
        sky, sky_blur: (N, N, 3) sharp and blurred stereographic maps.
        Others as in `sun_and_sky`.
    """
    one = np.float32(1.0)
    zero = np.float32(0.0)
    for o in range(count):
        if not (rec[Z + o] < np.float32(1e9)):
            if src[INDOOR] > np.float32(0.5):
                r, g, b = zero, zero, zero
            elif rec[PZ + o] > zero:
                r, g, b = sky_lookup(sky, rec[PX + o], rec[PY + o], rec[PZ + o])
            else:  # below the horizon and beyond the modelled ground
                r, g, b = sky_lookup(sky, rec[PX + o], rec[PY + o], zero)
                t = smooth(zero, np.float32(0.01), -rec[PZ + o])
                r += (src[BOUNCE_R] / _PI - r) * t
                g += (src[BOUNCE_G] / _PI - g) * t
                b += (src[BOUNCE_B] / _PI - b) * t
            out[RED + o] = r
            out[GREEN + o] = g
            out[BLUE + o] = b
            continue
        coat = rec[COAT + o]
        rough = rec[ROUGH + o]
        gloss = max(one - rough * np.float32(1.7), zero)
        if coat <= zero and gloss <= zero:
            continue
        nx, ny, nz = rec[NX + o], rec[NY + o], rec[NZ + o]
        vx, vy, vz = src[EYE_X] - rec[PX + o], src[EYE_Y] - rec[PY + o], src[EYE_Z] - rec[PZ + o]
        vi = one / np.float32(math.sqrt(max(vx * vx + vy * vy + vz * vz, np.float32(1e-8))))
        vx, vy, vz = vx * vi, vy * vi, vz * vi
        ndv = max(nx * vx + ny * vy + nz * vz, zero)
        rx = np.float32(2.0) * ndv * nx - vx
        ry = np.float32(2.0) * ndv * ny - vy
        rz = np.float32(2.0) * ndv * nz - vz
        f = one - ndv
        f5 = f * f * f * f * f
        open_sky = rec[SKY + o]
        if gloss > zero:
            # What is mirrored at a dielectric's surface does not reach the matt body below it.
            metal = rec[METAL + o]
            r, g, b = surroundings(src, sky_blur, rx, ry, rz)
            f0 = rec[F0 + o]
            rest = gloss * open_sky
            kr = f0 + (rec[AR + o] - f0) * metal
            kg = f0 + (rec[AG + o] - f0) * metal
            kb = f0 + (rec[AB + o] - f0) * metal
            kr = (kr + (one - kr) * f5) * rest
            kg = (kg + (one - kg) * f5) * rest
            kb = (kb + (one - kb) * f5) * rest
            body = one - metal
            out[RED + o] = out[RED + o] * (one - body * kr) + r * kr
            out[GREEN + o] = out[GREEN + o] * (one - body * kg) + g * kg
            out[BLUE + o] = out[BLUE + o] * (one - body * kb) + b * kb
        if coat > zero:
            r, g, b = surroundings(src, sky, rx, ry, rz)
            k = coat * (np.float32(0.04) + np.float32(0.96) * f5) * open_sky
            keep = one - k
            out[RED + o] = out[RED + o] * keep + r * k
            out[GREEN + o] = out[GREEN + o] * keep + g * k
            out[BLUE + o] = out[BLUE + o] * keep + b * k
            # The sun's own mirror image: a disc widened by the paint's orange peel.
            s = rx * src[SUN_X] + ry * src[SUN_Y] + rz * src[SUN_Z]
            if s > np.float32(0.9985) and rec[SUN + o] > zero:
                glint = smooth(np.float32(0.9985), np.float32(0.99995), s) * k * np.float32(180.0) * rec[SUN + o]
                out[RED + o] += src[SUN_R] * glint
                out[GREEN + o] += src[SUN_G] * glint
                out[BLUE + o] += src[SUN_B] * glint


@kernel
def air(rec, count, src, out):
    """Fog between surface and eye (Koschmieder along the ray), in place.

    The airlight brightens towards the zenith, where a finite layer lets more of the dome through.
    """
    one = np.float32(1.0)
    ext = src[EXTINCTION]
    if ext <= np.float32(0.0):
        return
    for o in range(count):
        if rec[Z + o] < np.float32(1e9):
            d = rec[DISTANCE + o]
            rise = (rec[PZ + o] - src[EYE_Z]) / max(d, np.float32(1e-3))
        else:
            rise = rec[PZ + o]
            d = src[LAYER] / max(rise, np.float32(1e-6))
        t = exp32(-ext * d)
        a = (one - t) * (one + np.float32(0.35) * min(max(rise, np.float32(-0.5)), one))
        out[RED + o] = out[RED + o] * t + src[AIR_R] * a
        out[GREEN + o] = out[GREEN + o] * t + src[AIR_G] * a
        out[BLUE + o] = out[BLUE + o] * t + src[AIR_B] * a
