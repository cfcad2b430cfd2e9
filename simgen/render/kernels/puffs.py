"""One puff of smoke, dust or steam: its row, what it takes along a ray, and the light that it sends to the eye.

The density of a puff along a ray is a Gaussian again, so its optical depth between two distances is a difference of
error functions. All puffs of a frame -> rows (`pack`) -> light on each (`shine`) -> the picture (`puff_volume`) and the
shade that they throw (`puff_shade`).
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.glow import pattern, phase
from simgen.render.kernels.lamps import LAMP_CD, LAMP_POS, LAMP_TINT
from simgen.render.kernels.maths import erf32, exp32
from simgen.render.kernels.sources import BOUNCE_R, EXTINCTION, SKY_R, SUN_R, SUN_X, SUN_Y, SUN_Z

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
ENDS = 29  # squared distance from the middle, in standard deviations, where it is too thin to matter
NEARER = 30  # how far before its middle along a ray its light comes from, see `outwards`, in standard deviations
ROW = 31

EDGE = 20.0
"""Squared distance from the middle, in standard deviations, at which a puff ends."""
REACH_SD = math.sqrt(EDGE)
SOFTER = np.float32(0.3)
"""Share of the extinction that light meets which goes on being scattered."""
LEAST = 5.0e-4
"""Optical depth of a puff along a ray that is left out; it fades away up to four times as much."""


@inline
def form(row, x, y, z, u, v, w):
    """The bilinear form of a row's inverse covariance between (x, y, z) and (u, v, w)."""
    return (
        row[XX] * x * u + row[YY] * y * v + row[ZZ] * z * w
        + row[XY] * (x * v + y * u) + row[XZ] * (x * w + z * u) + row[YZ] * (y * w + z * v)
    )  # fmt: skip


@inline
def onwards(row, x, y, z, lx, ly, lz):
    """Optical depth of a puff from a point at (x, y, z) from its centre on along the unit vector l."""
    a = form(row, lx, ly, lz, lx, ly, lz)
    b = -form(row, x, y, z, lx, ly, lz)
    m = form(row, x, y, z, x, y, z) - b * b / a
    if m > EDGE:
        return np.float32(0.0)
    half = row[PEAK] * math.sqrt(0.5 * math.pi / a)
    return (
        np.float32(half) * exp32(np.float32(-0.5 * m)) * (np.float32(1.0) + erf32(np.float32(b * math.sqrt(0.5 / a))))
    )


@inline
def outwards(depth):
    """How far before the middle of a puff of some optical depth its light comes from, in standard deviations.

    What is seen of a thick puff is its near side, down to an optical depth of 0.7, where half of the light is left: lit
    from behind the eye a thick layer sends the same to it as one of half the light throughout would. A fit to the
    inverse of the normal distribution at 0.7 / depth, within 0.2 up to 100.
    """
    return max(0.9 * (depth - 1.4), 0.0) / (0.35 * depth + 1.4)


@inline
def shape(center, across, upwards, streak, section, eye, row):
    """Write into a row where a puff is and how it spreads: columns up to REACH, and ENDS.

    Args:
        center, streak: (3,).
        across, upwards: standard deviations along the level and the vertical.
        section: extinction cross-section.
        eye: (3,).
        row: (ROW,) float64 output.
    """
    for k in range(3):
        row[CX + k] = center[k] - eye[k]
    level, up = 1.0 / across**2, 1.0 / upwards**2
    x, y, z = streak[0], streak[1], streak[2]
    dx, dy, dz = level * x, level * y, up * z  # inverse of a diagonal matrix and w w^T by Sherman and Morrison
    drawn = 1.0 + dx * x + dy * y + dz * z
    row[XX], row[YY], row[ZZ] = level - dx * dx / drawn, level - dy * dy / drawn, up - dz * dz / drawn
    row[XY], row[XZ], row[YZ] = -dx * dy / drawn, -dx * dz / drawn, -dy * dz / drawn
    volume = (2.0 * math.pi) ** 1.5 * across**2 * upwards * math.sqrt(drawn)
    row[PEAK] = section / volume
    wide = max(across, upwards)
    longest = math.sqrt(wide * wide + x * x + y * y + z * z)
    thickest = row[PEAK] * longest * math.sqrt(2.0 * math.pi)
    ends = min(2.0 * math.log(max(thickest / LEAST, 1.0)), EDGE)  # as `fill` finds it thick enough
    row[ENDS] = ends
    row[REACH] = math.sqrt(ends) * longest


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
        shape(center[n], spread[n, 0], spread[n, 1], streak[n], section[n], eye, row)
        for k in range(3):
            row[KEY + k] = NOISE * key[n, k]
            row[ALBEDO + k] = albedo[n, k]
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
            before = onwards(row, -row[CX], -row[CY], -row[CZ], x, y, z)
            beyond = onwards(row, x * far - row[CX], y * far - row[CY], z * far - row[CZ], x, y, z)
            out[i] += before - beyond


@inline
def _thick(albedo):
    """Share of diffuse light that a thick layer sends back: (1 - s) / (1 + s), s = sqrt(1 - albedo) (Hapke 1981)."""
    s = math.sqrt(max(1.0 - albedo, 0.0))
    return (1.0 - s) / (1.0 + s)


@inline
def _before(rows, n, vx, vy, vz):
    """Optical depth of the other puffs between the eye and the middle of puff n, which lies in the direction v."""
    row = rows[n]
    depth = 0.0
    for j in range(rows.shape[0]):
        other = rows[j]
        x, y, z = row[CX] - other[CX], row[CY] - other[CY], row[CZ] - other[CZ]
        beyond = x * vx + y * vy + z * vz
        if j != n and beyond > -other[REACH] and x * x + y * y + z * z - beyond * beyond < other[REACH] ** 2:
            depth += onwards(other, x, y, z, -vx, -vy, -vz)
    return depth


@kernel
def shine(rows, src, lamps, eye):
    """Set what light each puff sends to the eye where one sees nothing else, EVEN, DIRECT and SOFT, and NEARER.

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
        far = max(math.sqrt(row[CX] ** 2 + row[CY] ** 2 + row[CZ] ** 2), 1e-6)
        vx, vy, vz = row[CX] / far, row[CY] / far, row[CZ] / far
        sd = 1.0 / math.sqrt(form(row, vx, vy, vz, vx, vy, vz))
        row[NEARER] = outwards(row[PEAK] * sd * math.sqrt(2.0 * math.pi) + 2.0 * _before(rows, n, vx, vy, vz))
        nearer = min(sd * row[NEARER], far)
        for j in range(rows.shape[0]):
            other = rows[j]
            x, y, z = row[CX] - other[CX], row[CY] - other[CY], row[CZ] - other[CZ]
            reach2 = other[REACH] ** 2
            if j == n:
                continue
            if x * x + y * y < reach2 and z < other[REACH]:
                up += onwards(other, x, y, z, 0.0, 0.0, 1.0)
                if top > row[CZ]:
                    over += onwards(other, x, y, top - other[CZ], 0.0, 0.0, 1.0)
            x, y, z = x - nearer * vx, y - nearer * vy, z - nearer * vz
            along = x * lx + y * ly + z * lz
            if sunny and along < other[REACH] and x * x + y * y + z * z - along * along < reach2:
                sunward += onwards(other, x, y, z, lx, ly, lz)
        own = np.float32(2.0) * onwards(row, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
        thick = float(np.float32(1.0) - exp32(-(own + up + sunward)))
        open_sky = float(np.float32(0.4) + np.float32(0.6) * exp32(np.float32(-0.6) * up))
        g = np.float32(row[ASYMMETRY])
        turned = float(phase(np.float32(vx * lx + vy * ly + vz * lz), g))
        once, often = float(exp32(-sunward)), float(exp32(-SOFTER * sunward))
        for c in range(3):
            albedo, layer = row[ALBEDO + c], _thick(row[ALBEDO + c])
            share = albedo + (layer - albedo) * thick
            around = src[SKY_R + c] * open_sky + src[BOUNCE_R + c] * 0.25
            row[EVEN + c] = share * around / math.pi
            row[DIRECT + c] = albedo * src[SUN_R + c] * turned * once
            row[SOFT + c] = layer * thick * 0.6 / math.pi * src[SUN_R + c] * often
        size2 = 0.5 * (row[REACH] / REACH_SD) ** 2
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
                lost *= exp32(-SOFTER * max(up - over, np.float32(0.0)) * np.float32(max(-z, 0.0)) * inv)
            lit = float(lamp[LAMP_CD] * shape * lost) / (away2 + size2)
            turned = float(phase(np.float32(-(x * vx + y * vy + z * vz)) * inv, g))
            for c in range(3):
                back = _thick(row[ALBEDO + c]) * thick * 0.25 / math.pi
                row[EVEN + c] += lit * lamp[LAMP_TINT + c] * (row[ALBEDO + c] * turned + back)
