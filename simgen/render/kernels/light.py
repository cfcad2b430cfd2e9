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
