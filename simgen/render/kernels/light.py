"""Records + sources -> radiance: sun, sky, lamps and mirror-like reflections of the surroundings.

Luminance units throughout: a radiance triple (R, G, B) has luminance 0.2126 R + 0.7152 G + 0.0722 B cd/m2.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.maths import smooth
from simgen.render.kernels.resolve import (
    AB,
    AG,
    AR,
    BLUE,
    COAT,
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
    A,
    B,
    C,
    Z,
    solid_points,
)  # fmt: skip
from simgen.render.kernels.sources import (
    BOUNCE_B,
    BOUNCE_G,
    BOUNCE_R,
    EYE_X,
    EYE_Y,
    EYE_Z,
    INDOOR,
    SKY_B,
    SKY_G,
    SKY_R,
    SNOWED,
    SUN_B,
    SUN_G,
    SUN_R,
    SUN_X,
    SUN_Y,
    SUN_Z,
)

_PI = np.float32(math.pi)
COAT_INDEX = 1.5
"""Refractive index of clear coat, glass and glaze."""
_PEEL = np.float32(0.17)
"""Roughness of what is coated: orange peel and the waviness of panes, wider than the sun's disc."""


_CHUNK = 64
"""Points that are looked at together: many enough for vectors, few enough to skip what none of them needs."""


@inline
def _place(n, x, y, z):
    """Where a direction with z >= 0 is on the stereographic map of the dome, N texels a side: column and row."""
    inv = np.float32(1.0) / (np.float32(1.0) + max(z, np.float32(0.0)))
    h = np.float32(0.5) * (n - np.float32(1.0))
    u = h * (np.float32(1.0) + np.float32(0.995) * x * inv)
    v = h * (np.float32(1.0) + np.float32(0.995) * y * inv)
    edge = n - np.float32(1.001)
    return min(max(u, np.float32(0.0)), edge), min(max(v, np.float32(0.0)), edge)


@inline
def _look_up(part, points, column, row, blue, dome):
    """Replace the places on a map by its bilinear radiance there: (column, row, -) -> (R, G, B), unless negative."""
    one = np.float32(1.0)
    for o in range(points):
        u, v = part[column + o], part[row + o]
        if u < np.float32(0.0):
            continue
        a = u - np.float32(np.int32(u))
        b = v - np.float32(np.int32(v))
        i, j = np.uint32(np.int32(u)), np.uint32(np.int32(v))
        i1, j1 = i + np.uint32(1), j + np.uint32(1)
        w00 = (one - a) * (one - b)
        w10 = a * (one - b)
        w01 = (one - a) * b
        w11 = a * b
        part[column + o] = dome[j, i, 0] * w00 + dome[j, i1, 0] * w10 + dome[j1, i, 0] * w01 + dome[j1, i1, 0] * w11
        part[row + o] = dome[j, i, 1] * w00 + dome[j, i1, 1] * w10 + dome[j1, i, 1] * w01 + dome[j1, i1, 1] * w11
        part[blue + o] = dome[j, i, 2] * w00 + dome[j, i1, 2] * w10 + dome[j1, i, 2] * w01 + dome[j1, i1, 2] * w11


@inline
def _mirrored(part, o, src):
    """The direction in which a point mirrors the eye, and the cosine of incidence."""
    nx, ny, nz = part[NX + o], part[NY + o], part[NZ + o]
    vx, vy, vz = src[EYE_X] - part[PX + o], src[EYE_Y] - part[PY + o], src[EYE_Z] - part[PZ + o]
    vi = np.float32(1.0) / np.float32(math.sqrt(max(vx * vx + vy * vy + vz * vz, np.float32(1e-8))))
    vx, vy, vz = vx * vi, vy * vi, vz * vi
    ndv = max(nx * vx + ny * vy + nz * vz, np.float32(0.0))
    twice = np.float32(2.0) * ndv
    return twice * nx - vx, twice * ny - vy, twice * nz - vz, ndv


@inline
def fresnel_of_coat(cosine):
    """Reflectance of unpolarised light by clear coat and glass of index 1.5 (Fresnel, exact).

    Args:
        cosine: float32 of the angle of incidence, 0 to 1.
    """
    one = np.float32(1.0)
    g = np.float32(math.sqrt(np.float32(COAT_INDEX * COAT_INDEX - 1.0) + cosine * cosine))
    across = (g - cosine) / (g + cosine)
    along = (cosine * (g + cosine) - one) / (cosine * (g - cosine) + one)
    return np.float32(0.5) * across * across * (one + along * along)


@inline
def _lobe(ndl, ndv, ndh, rough):
    """GGX distribution times visibility (Schlick's form of Smith's), for Fresnel's share of the light; 1/sr."""
    one = np.float32(1.0)
    a = rough * rough
    a2 = a * a
    q = ndh * ndh * (a2 - one) + one
    k = np.float32(0.5) * a
    vis = np.float32(0.25) / max((ndl * (one - k) + k) * (ndv * (one - k) + k), np.float32(1e-4))
    return a2 / max(_PI * q * q, np.float32(1e-9)) * vis


@inline
def _surroundings(indoor, z, dome, bounce):
    """What a mirror sees at height z of a direction, without tracing: sky, a dark band at the horizon, ground.

    One colour channel; `dome` is the sky's radiance in that direction, `bounce` the mean radiance of the ground.
    """
    room = np.float32(0.6) + np.float32(0.9) * max(z, np.float32(0.0))
    ground = np.float32(0.55) + np.float32(0.45) * smooth(np.float32(0.0), np.float32(0.4), -z)
    # Trees, hedges and houses stand along most horizons.
    t = smooth(np.float32(0.03), np.float32(0.16), z)
    low = bounce * np.float32(0.55)
    sky = low + (dome - low) * t
    return bounce * room if indoor else (sky if z > np.float32(0.0) else bounce * ground)


@kernel
def sun_and_sky(rec, count, src, out):
    """Diffuse and glossy light of sun and dome; branch-free so that it vectorises.

    Args:
        rec: (ROWS * BLOCK,) records; SUN and SKY already hold the visibilities.
        count: points in the block.
        src: (SOURCES,) float32, see `sources`.
        out: (3 * BLOCK,) float32 output radiance; nothing is written where there is nothing but sky.
    """
    for begin in range(0, count, _CHUNK):
        part, points = rec[begin:], min(count - begin, _CHUNK)
        if solid_points(part, points) > 0:
            _lit_by_sun_and_sky(part, points, src, out[begin:])


@inline
def _lit_by_sun_and_sky(rec, count, src, out):
    """See `sun_and_sky`."""
    lx, ly, lz = src[SUN_X], src[SUN_Y], src[SUN_Z]
    one = np.float32(1.0)
    half = np.float32(0.5)
    zero = np.float32(0.0)
    inv_pi = one / _PI
    snowed = src[SNOWED]
    dark = half - half * snowed  # share of the ground's light that is left where no sky is seen
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
        spec = _lobe(ndl, ndv, ndh, rec[ROUGH + o])
        f = one - vdh
        f5 = f * f * f * f * f
        metal = rec[METAL + o]
        f0 = rec[F0 + o]
        direct = ndl * rec[SUN + o]
        up = half + half * nz
        open_sky = rec[SKY + o]
        e_sky = up * open_sky
        e_low = (one - up) * (dark + (one - dark) * (open_sky * (one - snowed + snowed * open_sky)))
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

    Arithmetic runs in vectorised loops, the look-ups on the dome in loops of their own. Rows A to C hold places on
    the sharp map, then radiance; rows ER to EB, whose emission has been added already, the same of the blurred one.

    Args:
        sky, sky_blur: (N, N, 3) sharp and blurred stereographic maps.
        Others as in `sun_and_sky`.
    """
    zero = np.float32(0.0)
    nowhere = np.float32(-1.0)
    indoor = src[INDOOR] > np.float32(0.5)
    size, size_blur = np.float32(np.int32(sky.shape[0])), np.float32(np.int32(sky_blur.shape[0]))
    for begin in range(0, count, _CHUNK):
        part, light = rec[begin:], out[begin:]
        points = min(count - begin, _CHUNK)
        skies, glossy, coated = np.int32(0), np.int32(0), np.int32(0)
        for o in range(points):
            solid = part[Z + o] < np.float32(1e9)
            skies += np.int32(not solid)
            glossy += np.int32(solid & ((_gloss(part[ROUGH + o]) > zero) | (part[METAL + o] > zero)))
            coated += np.int32(solid & (part[COAT + o] > zero))
        if skies + glossy + coated == 0:
            continue
        if not indoor:
            if glossy > 0:
                for o in range(points):
                    x, y, z, _ = _mirrored(part, o, src)
                    u, v = _place(size_blur, x, y, z)
                    solid = part[Z + o] < np.float32(1e9)
                    part[ER + o] = u if solid & (z > zero) & (_gloss(part[ROUGH + o]) > zero) else nowhere
                    part[EG + o] = v
                    part[EB + o] = zero
            if coated > 0:  # then what is seen past it too: a place kept as it was would be a masked store
                for o in range(points):
                    solid = part[Z + o] < np.float32(1e9)
                    x, y, z, _ = _mirrored(part, o, src)
                    px, py, pz = part[PX + o], part[PY + o], part[PZ + o]
                    x, y, z = x if solid else px, y if solid else py, z if solid else pz
                    u, v = _place(size, x, y, z)
                    mirrors = (z > zero) & (part[COAT + o] > zero)
                    part[A + o] = u if mirrors | (not solid) else nowhere
                    part[B + o] = v
                    part[C + o] = zero
            elif skies > 0:
                for o in range(points):
                    u, v = _place(size, part[PX + o], part[PY + o], part[PZ + o])
                    part[A + o] = nowhere if part[Z + o] < np.float32(1e9) else u
                    part[B + o] = v
            if skies + coated > 0:
                _look_up(part, points, A, B, C, sky)
            if glossy > 0:
                _look_up(part, points, ER, EG, EB, sky_blur)
        if glossy > 0:
            _reflect(part, points, src, indoor, light)
        if coated > 0:
            _coat(part, points, src, indoor, light)
        if skies > 0:
            _paint_sky(part, points, src, indoor, light)


@inline
def _gloss(rough):
    """How mirror-like a surface is."""
    return max(np.float32(1.0) - rough * np.float32(1.7), np.float32(0.0))


@inline
def _reflect(part, points, src, indoor, light):
    """Add what gloss and metal reflect; what has none stays as it is, and sky comes to nothing meaningful."""
    one, half = np.float32(1.0), np.float32(0.5)
    br, bg, bb = src[BOUNCE_R] / _PI, src[BOUNCE_G] / _PI, src[BOUNCE_B] / _PI
    sr, sg, sb = src[SKY_R] / _PI, src[SKY_G] / _PI, src[SKY_B] / _PI
    dark = half - half * src[SNOWED]
    for o in range(points):
        _, _, z, ndv = _mirrored(part, o, src)
        f = one - ndv
        f5 = f * f * f * f * f
        open_sky = part[SKY + o]
        # What is mirrored at a dielectric's surface does not reach the matt body below it.
        metal = part[METAL + o]
        body = one - metal
        f0 = part[F0 + o]
        gloss = _gloss(part[ROUGH + o])
        rest = gloss * open_sky
        ar, ag, ab = part[AR + o], part[AG + o], part[AB + o]
        kr = f0 + (ar - f0) * metal
        kg = f0 + (ag - f0) * metal
        kb = f0 + (ab - f0) * metal
        kr = (kr + (one - kr) * f5) * rest
        kg = (kg + (one - kg) * f5) * rest
        kb = (kb + (one - kb) * f5) * rest
        # Rough metal mirrors all that it faces at once.
        up = half + half * part[NZ + o]
        high, low = up * open_sky, (one - up) * (dark + (one - dark) * open_sky)
        matt = metal * (one - gloss)
        r = light[RED + o] + ar * matt * (sr * high + br * low)
        g = light[GREEN + o] + ag * matt * (sg * high + bg * low)
        b = light[BLUE + o] + ab * matt * (sb * high + bb * low)
        light[RED + o] = r * (one - body * kr) + _surroundings(indoor, z, part[ER + o], br) * kr
        light[GREEN + o] = g * (one - body * kg) + _surroundings(indoor, z, part[EG + o], bg) * kg
        light[BLUE + o] = b * (one - body * kb) + _surroundings(indoor, z, part[EB + o], bb) * kb


@inline
def _coat(part, points, src, indoor, light):
    """Lay clear coat and panes over what is lit; what has none stays as it is."""
    one, half, zero = np.float32(1.0), np.float32(0.5), np.float32(0.0)
    br, bg, bb = src[BOUNCE_R] / _PI, src[BOUNCE_G] / _PI, src[BOUNCE_B] / _PI
    for o in range(points):
        x, y, z, ndv = _mirrored(part, o, src)
        coat = max(part[COAT + o], zero)
        # Sunlight that the coat mirrors, as a lobe, is lost to what lies below.
        s = x * src[SUN_X] + y * src[SUN_Y] + z * src[SUN_Z]
        ndl = max(part[NX + o] * src[SUN_X] + part[NY + o] * src[SUN_Y] + part[NZ + o] * src[SUN_Z], zero)
        twice = np.float32(2.0) * (one + np.float32(2.0) * ndv * ndl - s)
        between = np.float32(math.sqrt(max(twice, np.float32(1e-6))))  # of the sun and the eye, their sum's length
        beam = part[SUN + o] * ndl * coat
        glint = beam * fresnel_of_coat(min(half * between, one))
        glint *= _lobe(ndl, max(ndv, np.float32(0.02)), min((ndv + ndl) / between, one), _PEEL)
        lost = beam * fresnel_of_coat(ndl) * (one - part[METAL + o]) / _PI
        r, g, b = light[RED + o], light[GREEN + o], light[BLUE + o]
        r -= min(lost * part[AR + o] * src[SUN_R], r)
        g -= min(lost * part[AG + o] * src[SUN_G], g)
        b -= min(lost * part[AB + o] * src[SUN_B], b)
        k = coat * fresnel_of_coat(ndv) * part[SKY + o]
        keep = one - k
        light[RED + o] = r * keep + _surroundings(indoor, z, part[A + o], br) * k + src[SUN_R] * glint
        light[GREEN + o] = g * keep + _surroundings(indoor, z, part[B + o], bg) * k + src[SUN_G] * glint
        light[BLUE + o] = b * keep + _surroundings(indoor, z, part[C + o], bb) * k + src[SUN_B] * glint


@inline
def _paint_sky(part, points, src, indoor, light):
    """Set the points where nothing stands to the dome's radiance; below the horizon to the far ground's."""
    zero = np.float32(0.0)
    br, bg, bb = src[BOUNCE_R] / _PI, src[BOUNCE_G] / _PI, src[BOUNCE_B] / _PI
    for o in range(points):
        solid = part[Z + o] < np.float32(1e9)
        t = smooth(zero, np.float32(0.01), -part[PZ + o])
        r, g, b = part[A + o], part[B + o], part[C + o]
        r, g, b = r + (br - r) * t, g + (bg - g) * t, b + (bb - b) * t
        light[RED + o] = light[RED + o] if solid else (zero if indoor else r)
        light[GREEN + o] = light[GREEN + o] if solid else (zero if indoor else g)
        light[BLUE + o] = light[BLUE + o] if solid else (zero if indoor else b)
