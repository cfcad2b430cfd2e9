"""Puffs of smoke, dust and steam along the rays of a view: what they take, and the light that they send.

The density of a puff along a ray is a Gaussian again, so its optical depth between two distances is a difference of
error functions. Rays of a lattice are cut into slices; each puff adds its share to the slices that it crosses, so that
no order has to be found, and points of the picture look up the sums before them. Puffs -> rows -> light on each
(`shine`) -> slices of the lattice (`fill`) -> sums from the eye on (`compose`) -> points (`add`, `fade`).
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.glow import pattern, phase
from simgen.render.kernels.lamps import LAMP_CD, LAMP_POS, LAMP_TINT
from simgen.render.kernels.light import (
    AIR_B,
    AIR_R,
    BOUNCE_R,
    EXTINCTION,
    SKY_R,
    SUN_R,
    SUN_X,
    SUN_Y,
    SUN_Z,
)
from simgen.render.kernels.maths import exp32, smooth
from simgen.render.kernels.resolve import BLUE, DISTANCE, GREEN, RED, Z

CELL = 6
"""Pixels between neighbouring rays."""
SLICES = 12
NOISE = 32
"""Nodes a side of the periodic noise that breaks the edges of puffs."""

# Columns of a puff's row, float64.
CX, CY, CZ = 0, 1, 2  # centre, from the eye
XX, XY, XZ, YY, YZ, ZZ = 3, 4, 5, 6, 7, 8  # inverse of the covariance, 1/m2
PEAK = 9  # extinction coefficient at the centre, 1/m
REACH = 10  # radius of a ball that holds it, m
FREQUENCY = 11  # nodes of the noise a metre
KEY = 12  # and 13, 14: where in the noise
ASYMMETRY = 15
ALBEDO = 16  # and 17, 18
EVEN = 19  # and 20, 21: radiance of a thick layer of it by sky, ground and lamps
DIRECT = 22  # and 23, 24: by sunlight that it turns once
SOFT = 25  # and 26, 27: by sunlight that it turns more often
RAGGED = 28  # share of the noise
ROW = 29

_EDGE = 20.0  # squared distance from the middle, in standard deviations, at which a puff ends
_REACH_SD = math.sqrt(_EDGE)
_SOFTER = np.float32(0.3)  # of the extinction that light meets which goes on being scattered
_LEAST = 5.0e-4  # optical depth of a puff along a ray that is left out; it fades away up to four times as much
_MOST = 9.0  # optical depth behind which nothing can be seen
_MARGIN = np.float32(1.02)
_TONE = 0.3
_OCTAVES = 5


@inline
def erf32(x):
    """The error function of a float32 within 5e-7 (Abramowitz and Stegun 7.1.26; no library call)."""
    one = np.float32(1.0)
    a = abs(x)
    t = one / (one + np.float32(0.3275911) * a)
    p = np.float32(1.061405429)
    p = p * t + np.float32(-1.453152027)
    p = p * t + np.float32(1.421413741)
    p = p * t + np.float32(-0.284496736)
    p = (p * t + np.float32(0.254829592)) * t
    y = one - p * exp32(-a * a)
    return -y if x < np.float32(0.0) else y


@inline
def _form(row, x, y, z, u, v, w):
    """The bilinear form of a row's inverse covariance between (x, y, z) and (u, v, w)."""
    return (
        row[XX] * x * u + row[YY] * y * v + row[ZZ] * z * w
        + row[XY] * (x * v + y * u) + row[XZ] * (x * w + z * u) + row[YZ] * (y * w + z * v)
    )  # fmt: skip


@inline
def _onwards(row, x, y, z, lx, ly, lz):
    """Optical depth of a puff from a point at (x, y, z) from its centre on along the unit vector l."""
    a = _form(row, lx, ly, lz, lx, ly, lz)
    b = -_form(row, x, y, z, lx, ly, lz)
    m = _form(row, x, y, z, x, y, z) - b * b / a
    if m > _EDGE:
        return np.float32(0.0)
    half = row[PEAK] * math.sqrt(0.5 * math.pi / a)
    return (
        np.float32(half) * exp32(np.float32(-0.5 * m)) * (np.float32(1.0) + erf32(np.float32(b * math.sqrt(0.5 / a))))
    )


@inline
def _noise(field, x, y, z):
    """Smoothly interpolated periodic noise of mean 1 at a place in nodes."""
    fx, fy, fz = math.floor(x), math.floor(y), math.floor(z)
    a, b, c = x - fx, y - fy, z - fz
    a, b, c = a * a * (3.0 - 2.0 * a), b * b * (3.0 - 2.0 * b), c * c * (3.0 - 2.0 * c)
    mask = NOISE - 1
    i, j, k = int(fx) & mask, int(fy) & mask, int(fz) & mask
    i1, j1, k1 = (i + 1) & mask, (j + 1) & mask, (k + 1) & mask
    low = (field[i, j, k] * (1.0 - a) + field[i1, j, k] * a) * (1.0 - b)
    low += (field[i, j1, k] * (1.0 - a) + field[i1, j1, k] * a) * b
    high = (field[i, j, k1] * (1.0 - a) + field[i1, j, k1] * a) * (1.0 - b)
    high += (field[i, j1, k1] * (1.0 - a) + field[i1, j1, k1] * a) * b
    return low * (1.0 - c) + high * c


@inline
def _broken(field, row, x, y, z, rays_per_m):
    """Noise of mean 1 at a place from a puff's centre; octaves whose nodes are closer than the rays are left out."""
    scale = 0.45 * row[FREQUENCY]
    u, v, w = x * scale + row[KEY], y * scale + row[KEY + 1], z * scale + row[KEY + 2]
    out = 1.0
    for _ in range(_OCTAVES):
        keep = row[RAGGED] * float(smooth(np.float32(0.8), np.float32(2.0), np.float32(rays_per_m / scale)))
        if keep <= 0.0:
            break
        out *= 1.0 + (_noise(field, u, v, w) - 1.0) * keep
        u, v, w = 2.3 * (0.8 * v - 0.6 * w) + 7.7, 2.3 * (0.6 * v + 0.8 * w) + 3.1, 2.3 * u + 5.3
        scale *= 2.3
    return out


@kernel
def pack(center, spread, streak, section, albedo, asymmetry, key, raggedness, eye, rows):
    """Write the rows of puffs but for their light.

    Args:
        center, spread, streak, section, albedo, asymmetry, key, raggedness: arrays of `simgen.snapshot.Puffs`.
        eye: (3,) float64.
        rows: (N, ROW) float64 output.
    """
    for n in range(rows.shape[0]):
        row = rows[n]
        for k in range(3):
            row[CX + k] = center[n, k] - eye[k]
            row[KEY + k] = NOISE * key[n, k]
            row[ALBEDO + k] = albedo[n, k]
        level, up = 1.0 / spread[n, 0] ** 2, 1.0 / spread[n, 1] ** 2
        x, y, z = streak[n, 0], streak[n, 1], streak[n, 2]
        dx, dy, dz = level * x, level * y, up * z  # inverse of a diagonal matrix and w w^T by Sherman and Morrison
        drawn = 1.0 + dx * x + dy * y + dz * z
        row[XX], row[YY], row[ZZ] = level - dx * dx / drawn, level - dy * dy / drawn, up - dz * dz / drawn
        row[XY], row[XZ], row[YZ] = -dx * dy / drawn, -dx * dz / drawn, -dy * dz / drawn
        volume = (2.0 * math.pi) ** 1.5 * spread[n, 0] ** 2 * spread[n, 1] * math.sqrt(drawn)
        row[PEAK] = section[n] / volume
        wide = max(spread[n, 0], spread[n, 1])
        longest = math.sqrt(wide * wide + x * x + y * y + z * z)
        thickest = row[PEAK] * longest * math.sqrt(2.0 * math.pi)
        ends = min(2.0 * math.log(max(thickest / _LEAST, 1.0)), _EDGE)  # as `fill` finds it thick enough
        row[REACH] = math.sqrt(ends) * longest
        row[FREQUENCY] = 1.1 / (spread[n, 0] ** 2 * spread[n, 1]) ** (1.0 / 3.0)
        row[ASYMMETRY] = asymmetry[n]
        row[RAGGED] = raggedness[n]


@kernel
def depths(rows, points, eye, out):
    """Optical depth of all puffs from the eye to points.

    Args:
        rows: of `pack`.
        points: (M, 3) float64; eye: (3,) float64.
        out: (M,) float64 output.
    """
    for i in range(points.shape[0]):
        x, y, z = points[i, 0] - eye[0], points[i, 1] - eye[1], points[i, 2] - eye[2]
        far = math.sqrt(x * x + y * y + z * z)
        out[i] = 0.0
        if far <= 0.0:
            continue
        x, y, z = x / far, y / far, z / far
        for n in range(rows.shape[0]):
            row = rows[n]
            before = _onwards(row, -row[CX], -row[CY], -row[CZ], x, y, z)
            beyond = _onwards(row, x * far - row[CX], y * far - row[CY], z * far - row[CZ], x, y, z)
            out[i] += before - beyond


@inline
def _thick(albedo):
    """Share of diffuse light that a thick layer sends back: (1 - s) / (1 + s), s = sqrt(1 - albedo) (Hapke 1981)."""
    s = math.sqrt(max(1.0 - albedo, 0.0))
    return (1.0 - s) / (1.0 + s)


@kernel
def shine(rows, src, lamps, eye):
    """Set what light each puff sends to the eye where one sees nothing else: EVEN, DIRECT and SOFT.

    Args:
        rows: of `pack`.
        src: (SOURCES,) float32.
        lamps: (L, LAMP_COLUMNS) float32.
        eye: (3,) float64.
    """
    lx, ly, lz = float(src[SUN_X]), float(src[SUN_Y]), float(src[SUN_Z])
    sunny = src[SUN_R] > np.float32(0.0)
    top = -1e9  # of the lamps, from the eye
    for q in range(lamps.shape[0]):
        top = max(top, lamps[q, LAMP_POS + 2] - eye[2])
    for n in range(rows.shape[0]):
        row = rows[n]
        sunward, up, over = np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for j in range(rows.shape[0]):
            other = rows[j]
            x, y, z = row[CX] - other[CX], row[CY] - other[CY], row[CZ] - other[CZ]
            reach2 = other[REACH] ** 2
            if j == n:
                continue
            if x * x + y * y < reach2 and z < other[REACH]:
                up += _onwards(other, x, y, z, 0.0, 0.0, 1.0)
                if top > row[CZ]:
                    over += _onwards(other, x, y, top - other[CZ], 0.0, 0.0, 1.0)
            along = x * lx + y * ly + z * lz
            if sunny and along < other[REACH] and x * x + y * y + z * z - along * along < reach2:
                sunward += _onwards(other, x, y, z, lx, ly, lz)
        own = np.float32(2.0) * _onwards(row, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
        thick = float(np.float32(1.0) - exp32(-(own + up + sunward)))
        open_sky = float(np.float32(0.4) + np.float32(0.6) * exp32(np.float32(-0.6) * up))
        far = max(math.sqrt(row[CX] ** 2 + row[CY] ** 2 + row[CZ] ** 2), 1e-6)
        vx, vy, vz = row[CX] / far, row[CY] / far, row[CZ] / far
        g = np.float32(row[ASYMMETRY])
        turned = float(phase(np.float32(vx * lx + vy * ly + vz * lz), g))
        once, often = float(exp32(-sunward)), float(exp32(-_SOFTER * sunward))
        for c in range(3):
            albedo, layer = row[ALBEDO + c], _thick(row[ALBEDO + c])
            share = albedo + (layer - albedo) * thick
            around = src[SKY_R + c] * open_sky + src[BOUNCE_R + c] * 0.25
            row[EVEN + c] = share * around / math.pi
            row[DIRECT + c] = albedo * src[SUN_R + c] * turned * once
            row[SOFT + c] = layer * thick * 0.6 / math.pi * src[SUN_R + c] * often
        size2 = 0.5 * (row[REACH] / _REACH_SD) ** 2
        px, py, pz = row[CX] + eye[0], row[CY] + eye[1], row[CZ] + eye[2]
        for q in range(lamps.shape[0]):
            lamp = lamps[q]
            x, y, z = px - lamp[LAMP_POS], py - lamp[LAMP_POS + 1], pz - lamp[LAMP_POS + 2]
            away2 = x * x + y * y + z * z
            inv = np.float32(1.0 / math.sqrt(away2 + 1e-6))
            shape = pattern(lamp, np.float32(x), np.float32(y), np.float32(z), inv)
            if shape <= np.float32(0.0):
                continue
            lost = exp32(-src[EXTINCTION] / inv)
            if top > row[CZ]:  # by what hangs between, for lamps above
                lost *= exp32(-_SOFTER * max(up - over, np.float32(0.0)) * np.float32(max(-z, 0.0)) * inv)
            lit = float(lamp[LAMP_CD] * shape * lost) / (away2 + size2)
            turned = float(phase(np.float32(-(x * vx + y * vy + z * vz)) * inv, g))
            for c in range(3):
                back = _thick(row[ALBEDO + c]) * thick * 0.25 / math.pi
                row[EVEN + c] += lit * lamp[LAMP_TINT + c] * (row[ALBEDO + c] * turned + back)


@kernel
def farthest(depth, cells, far):
    """Depth beyond which no pixel about a ray of the lattice sees anything.

    Args:
        depth: (H, W) float32 z-depth, inf for nothing.
        cells: (G - 1, H - 1) float32 work space.
        far: (G, H) float32 output.
    """
    cells.fill(np.float32(0.0))
    for r in range(depth.shape[0]):
        row = cells[r // CELL]
        for c in range(depth.shape[1]):
            row[c // CELL] = max(row[c // CELL], depth[r, c])
    last_row, last_column = cells.shape[0] - 1, cells.shape[1] - 1
    for g in range(far.shape[0]):
        above, below = max(g - 1, 0), min(g, last_row)
        for h in range(far.shape[1]):
            left, right = max(h - 1, 0), min(h, last_column)
            most = max(max(cells[above, left], cells[above, right]), max(cells[below, left], cells[below, right]))
            far[g, h] = most * _MARGIN


@inline
def _bounds(center, reach, deep, focal, middle, last):
    """First and last ray of a lattice along one axis of the picture that may meet a ball."""
    near = deep - reach
    if near <= 0.05:
        return 0, last
    far = deep + reach
    low = min((center - reach) / near, (center - reach) / far)
    high = max((center + reach) / near, (center + reach) / far)
    first = math.floor((focal * low + middle + 0.5) / CELL)
    final = math.ceil((focal * high + middle + 0.5) / CELL)
    return int(min(max(first, 0.0), last + 1.0)), int(max(min(final, last), -1.0))


@inline
def edge(k, near, half):
    """Distance in metres at which slice k begins, for k below SLICES; those of half of them lie before near + half."""
    share = k / SLICES
    return near + half * share / (1.0 - share)


@kernel
def fill(rows, back, intrinsics, src, far, near, half, field, volume):
    """Add to the slices of a lattice of rays what puffs are in them.

    Args:
        rows: of `pack`, with the light of `shine`, nearest first.
        back: (3, 4) float64 camera frame -> world.
        intrinsics: (4,) float64 fx, fy, cx, cy.
        src: (SOURCES,) float32.
        far: of `farthest`; near, half: of `edge`.
        field: (NOISE, NOISE, NOISE) float32 of mean 1.
        volume: (G, H, SLICES + 1, 4) float32, zeros; then, for the slice before each edge but the first, optical depth
            times radiance, and optical depth, along the ray through the corner of pixel (CELL h, CELL g); at the
            first 1 where there is anything.
    """
    lx, ly, lz = float(src[SUN_X]), float(src[SUN_Y]), float(src[SUN_Z])
    sunny = src[SUN_R] > np.float32(0.0)
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    for n in range(rows.shape[0]):
        row = rows[n]
        ex, ey, ez = row[CX], row[CY], row[CZ]
        deep = back[0, 2] * ex + back[1, 2] * ey + back[2, 2] * ez
        if deep < -row[REACH]:
            continue
        across = back[0, 0] * ex + back[1, 0] * ey + back[2, 0] * ez
        down = back[0, 1] * ex + back[1, 1] * ey + back[2, 1] * ez
        h0, h1 = _bounds(across, row[REACH], deep, fx, cx, volume.shape[1] - 1)
        g0, g1 = _bounds(down, row[REACH], deep, fy, cy, volume.shape[0] - 1)
        q = _form(row, ex, ey, ez, ex, ey, ez)
        for g in range(g0, g1 + 1):
            py = (g * CELL - 0.5 - cy) / fy
            for h in range(h0, h1 + 1):
                px = (h * CELL - 0.5 - cx) / fx
                norm = 1.0 / math.sqrt(px * px + py * py + 1.0)
                wx = (back[0, 0] * px + back[0, 1] * py + back[0, 2]) * norm
                wy = (back[1, 0] * px + back[1, 1] * py + back[1, 2]) * norm
                wz = (back[2, 0] * px + back[2, 1] * py + back[2, 2]) * norm
                a = _form(row, wx, wy, wz, wx, wy, wz)
                middle = _form(row, ex, ey, ez, wx, wy, wz) / a
                m = q - middle * middle * a
                sd = 1.0 / math.sqrt(a)
                if m > _EDGE or middle < -_REACH_SD * sd or (middle - _REACH_SD * sd) * norm > far[g, h]:
                    continue
                whole = row[PEAK] * sd * math.sqrt(2.0 * math.pi) * float(exp32(np.float32(-0.5 * m)))
                if whole <= _LEAST:
                    continue
                if _before(volume[g, h], middle - _REACH_SD * sd, near, half) > np.float32(_MOST):
                    continue
                whole *= float(smooth(np.float32(_LEAST), np.float32(4.0 * _LEAST), np.float32(whole)))
                at = max(middle, 0.3 * sd)
                x, y, z = wx * at - ex, wy * at - ey, wz * at - ez
                broken = _broken(field, row, x, y, z, fx / (at * CELL))
                whole *= broken
                volume[g, h, 0, 3] = np.float32(1.0)
                once, often = np.float32(0.0), np.float32(0.0)
                if sunny:
                    own = np.float32(broken) * _onwards(row, x, y, z, lx, ly, lz)
                    once, often = exp32(-own), exp32(-_SOFTER * own)
                tone = _TONE * min(broken, 2.0) + (1.0 - _TONE)  # gaps are in the shade of the lumps beside them
                red = np.float32(row[EVEN] * tone) + np.float32(row[DIRECT]) * once + np.float32(row[SOFT]) * often
                green = np.float32(row[EVEN + 1] * tone) + np.float32(row[DIRECT + 1]) * once
                green += np.float32(row[SOFT + 1]) * often
                blue = np.float32(row[EVEN + 2] * tone) + np.float32(row[DIRECT + 2]) * once
                blue += np.float32(row[SOFT + 2]) * often
                _spread(volume[g, h], np.float32(0.5 * whole), middle, sd, near, half, red, green, blue)


@inline
def _before(slices, distance, near, half):
    """Optical depth so far of the slices of a ray that end before a distance."""
    on = max(distance - near, 0.0)
    depth = np.float32(0.0)
    for k in range(int(SLICES * on / (on + half))):
        depth += slices[k + 1, 3]
    return depth


@inline
def _spread(slices, whole, middle, sd, near, half, red, green, blue):
    """Add a puff of twice the optical depth `whole` to the slices of its ray."""
    scale = math.sqrt(0.5) / sd
    low, high = middle - _REACH_SD * sd, middle + _REACH_SD * sd
    first = max(low - near, 0.0)
    k = int(SLICES * first / (first + half))
    start = max(low, 0.0)
    before = erf32(np.float32((start - middle) * scale))
    while k < SLICES:
        end = edge(k + 1.0, near, half) if k < SLICES - 1 else high
        after = erf32(np.float32((min(end, high) - middle) * scale))
        part = whole * (after - before)
        slices[k + 1, 0] += part * red
        slices[k + 1, 1] += part * green
        slices[k + 1, 2] += part * blue
        slices[k + 1, 3] += part
        if end >= high:
            break
        before = after
        k += 1


@kernel
def compose(volume, src, near, half, busy):
    """Turn the slices of `fill` into sums from the eye on.

    Args:
        volume: of `fill`; then, at each edge, the radiance that puffs before it send to the eye, in place of the air
            and what is behind them, and their optical depth.
        src: (SOURCES,) float32: the air before a puff takes its light and sends its own, as before anything else.
        near, half: of `edge`.
        busy: (G, H) uint8 output: 1 for cells at one of whose corners there are puffs that matter.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    rows, columns = busy.shape
    for g in range(rows):
        for h in range(columns):
            slices = volume[g, h]
            if slices[0, 3] == zero:
                continue
            slices[0, 3] = zero
            passed, total = one, zero
            red, green, blue = zero, zero, zero
            for k in range(SLICES):
                depth = slices[k + 1, 3]
                if depth > zero:
                    share = passed * (one - exp32(-depth))
                    middle = edge(k + 0.5, near, half)
                    clear = exp32(-src[EXTINCTION] * np.float32(middle))
                    bright, hazy = share * clear / depth, share * (one - clear)
                    red += slices[k + 1, 0] * bright + src[AIR_R] * hazy
                    green += slices[k + 1, 1] * bright + src[AIR_R + 1] * hazy
                    blue += slices[k + 1, 2] * bright + src[AIR_B] * hazy
                    total += depth
                    passed = exp32(-total)
                slices[k + 1, 0], slices[k + 1, 1], slices[k + 1, 2] = red, green, blue
                slices[k + 1, 3] = total
    for g in range(rows):
        for h in range(columns):
            below, right = min(g + 1, rows - 1), min(h + 1, columns - 1)
            most = max(volume[g, h, SLICES, 3], volume[below, h, SLICES, 3])
            most = max(most, max(volume[g, right, SLICES, 3], volume[below, right, SLICES, 3]))
            busy[g, h] = 1 if most > np.float32(_LEAST) else 0


@inline
def _at(volume, x, y, distance, near, half):
    """Cell and weights of the look-up of a point: row, column, slice, and how far on towards the next of each."""
    v = min(max((y + np.float32(0.5)) * np.float32(1.0 / CELL), np.float32(0.0)), np.float32(volume.shape[0] - 1.001))
    u = min(max((x + np.float32(0.5)) * np.float32(1.0 / CELL), np.float32(0.0)), np.float32(volume.shape[1] - 1.001))
    on = max(distance - near, np.float32(0.0))
    slices = np.float32(SLICES)
    f = min(on / (on + half), np.float32(0.99999)) * slices
    i, j, k = int(v), int(u), int(f)
    c = f - np.float32(k)
    if k < SLICES - 1:  # even in distance, as even air is; the last slice has no end
        behind = slices - np.float32(k)
        c = (on - half * np.float32(k) / behind) * behind * (behind - np.float32(1.0)) / (half * slices)
        c = min(max(c, np.float32(0.0)), np.float32(1.0))
    return i, j, k, v - np.float32(i), u - np.float32(j), c


@inline
def _mixed(volume, i, j, k, a, b, c, q):
    """A value of the sums about a place, trilinear."""
    one = np.float32(1.0)
    left, right = volume[i, j], volume[i, j + 1]
    above = (left[k, q] + c * (left[k + 1, q] - left[k, q])) * (one - b)
    above += (right[k, q] + c * (right[k + 1, q] - right[k, q])) * b
    left, right = volume[i + 1, j], volume[i + 1, j + 1]
    below = (left[k, q] + c * (left[k + 1, q] - left[k, q])) * (one - b)
    below += (right[k, q] + c * (right[k + 1, q] - right[k, q])) * b
    return above + a * (below - above)


@kernel
def add(x, y, rec, count, near, half, volume, busy, out):
    """Put the puffs before points into their radiance.

    Args:
        x, y: (count,) float32 pixels.
        rec, count, out: as in `light.air`, which has run.
        near, half, volume, busy: of `compose`; `near` and `half` float32.
    """
    far = np.float32(1e9)
    for o in range(count):
        d = rec[DISTANCE + o] if rec[Z + o] < far else far
        i, j, k, a, b, c = _at(volume, x[o], y[o], d, near, half)
        if busy[i, j] == 0:
            continue
        passed = exp32(-_mixed(volume, i, j, k, a, b, c, 3))
        out[RED + o] = out[RED + o] * passed + _mixed(volume, i, j, k, a, b, c, 0)
        out[GREEN + o] = out[GREEN + o] * passed + _mixed(volume, i, j, k, a, b, c, 1)
        out[BLUE + o] = out[BLUE + o] * passed + _mixed(volume, i, j, k, a, b, c, 2)


@kernel
def fade(distance, near, half, volume, busy, transmittance):
    """Lower the transmittance of the air by what puffs take.

    Args:
        distance: (H, W) float32 along the rays, inf where there is nothing.
        near, half, volume, busy: as in `add`.
        transmittance: (H, W) float32, in place.
    """
    for r in range(distance.shape[0]):
        for s in range(distance.shape[1]):
            d = min(distance[r, s], np.float32(1e9))
            i, j, k, a, b, c = _at(volume, np.float32(s), np.float32(r), d, near, half)
            if busy[i, j] == 0:
                continue
            transmittance[r, s] *= exp32(-_mixed(volume, i, j, k, a, b, c, 3))
