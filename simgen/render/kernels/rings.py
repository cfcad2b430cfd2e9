"""Rings that drops of rain make on water: the slope of the surface at a point, limited to what a pixel can show.

The ground is cut into squares and time into spans of a ring's life; each square's drops of each span follow from a hash
of both, so that a point and a moment decide what is there. `gather_rings` lists the rings near a square,
`ring_slope` adds up their slopes. A ring is a packet of waves of one length that spreads at the speed of their group:

    slope = a u sqrt(r0 / (r0 + c t)) (1 - t / life) (1 - (r - c t)^2 / width^2)^2 r^2 / (r^2 + core^2) cos(k r - w t)
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.conditions.ring_waves import group_speed_mps, wave_number_per_m
from simgen.render.kernels.maths import smooth
from simgen.render.kernels.resolve import DISTANCE, NX, NY, NZ, PX, PY, PZ, ROUGH
from simgen.render.kernels.snow import sheltered
from simgen.render.kernels.sources import EYE_X, EYE_Y, EYE_Z

FREQUENCY_HZ = 5.7
"""Of the waves: the peak of their spectrum, hardly moved by the rate of the rain."""
LIFE_S = 0.5
WIDTH_M = 0.04
"""Half the width of a packet, which is a wave and a half long."""
BEGIN_M = 0.02
"""r0, the radius at which a ring begins to lose height by growing."""
CORE_M = 8.0e-3
"""Radius about the middle within which the water has no cusp."""
SQUARE_M = 0.13
"""Side of a square: more than the greatest radius of a ring, so that it reaches its square's neighbours alone."""
NUMBER_PER_M = wave_number_per_m(FREQUENCY_HZ)
SPEED_MPS = group_speed_mps(FREQUENCY_HZ)

# Entries of the table of rings, float32; see `simgen.render.rings`.
SPAN, INTO, NONE, AMPLITUDE, SHOWN, WHOLE = 0, 1, 2, 3, 4, 5
"""Number of the present span, seconds into it, chance that no drop falls on a square in one (1 without rain); slope
of a new ring; mean square slope in one direction of the rings that are drawn, and of all waves."""
TABLE = 6

ROOM = 128
"""Rings near a square that there is room for."""
_X, _Y, _RADIUS, _PHASE, _HIGH = 0, 1, 2, 3, 4
_COLUMNS = 5
SCRATCH = ROOM * _COLUMNS
_MOST = 16  # drops of a square in a span
_TURNS_PER_M = np.float32(NUMBER_PER_M / (2.0 * math.pi))
_COARSEST = np.float32(0.5)  # waves a pixel from which nothing is left of them, and half as many at which all is
_LONGEST_M = np.float32(0.05)  # that a pixel covers along the sight and still shows a ring
_SHARE = np.float32(2.0**-16)
_SHALLOW_M, _DEEP_M = np.float32(0.5e-3), np.float32(2.5e-3)  # between them water holds rings back ever less


@inline
def _hash(x):
    """Scatter the bits of a uint32 (Wellons' lowbias32)."""
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@inline
def _cosine(turns):
    """Cosine of an angle in turns, float32, within 2e-5; no library call."""
    x = turns - np.floor(turns + np.float32(0.5))
    s = x * np.float32(math.pi)
    s2 = s * s
    p = np.float32(2.6e-6)
    p = p * s2 - np.float32(1.980661e-4)
    p = p * s2 + np.float32(8.3330255e-3)
    p = p * s2 - np.float32(0.16666657)
    sine = (p * s2 + np.float32(1.0)) * s
    return np.float32(1.0) - np.float32(2.0) * sine * sine


@inline
def square_of(x):
    """Number of the square along one axis that a place is in."""
    return np.int32(np.floor(x * np.float32(1.0 / SQUARE_M)))


@inline
def gather_rings(rings, i, j, near):
    """List the rings that may reach the square (i, j).

    Args:
        rings: (TABLE,) float32.
        i, j: of `square_of`, int32.
        near: (SCRATCH,) float32 output.

    Returns:
        How many there are.
    """
    one, life = np.float32(1.0), np.float32(LIFE_S)
    found = 0
    for di in range(-1, 2):
        for dj in range(-1, 2):
            for before in range(2):
                span = np.uint32(np.int32(rings[SPAN]) - np.int32(before))
                h = _hash(np.uint32(np.uint32(np.int32(i + di)) * np.uint32(0x9E3779B1) + span))
                h = _hash(np.uint32(h ^ np.uint32(np.uint32(np.int32(j + dj)) * np.uint32(0x85EBCA6B))))
                # As many as uniforms can be multiplied before they fall below exp(-mean): Poisson (Knuth).
                left = np.float32(h >> np.uint32(16)) * _SHARE
                drops = 0
                while left > rings[NONE] and drops < _MOST:
                    drops += 1
                    h = _hash(np.uint32(h + np.uint32(1)))
                    left *= np.float32(h >> np.uint32(16)) * _SHARE
                    a, b = h, _hash(np.uint32(h ^ np.uint32(0x68BC21EB)))
                    age = rings[INTO] + life * np.float32(before) - life * np.float32(a & np.uint32(0xFFFF)) * _SHARE
                    if age < np.float32(0.0) or age >= life or found >= ROOM:
                        continue
                    c = _hash(np.uint32(b + np.uint32(0x3C6EF372)))
                    at = found * _COLUMNS
                    radius = np.float32(SPEED_MPS) * age
                    fading = np.float32(BEGIN_M) / (np.float32(BEGIN_M) + radius)
                    near[at + _X] = (np.float32(i + di) + np.float32(b >> np.uint32(16)) * _SHARE) * np.float32(
                        SQUARE_M
                    )
                    near[at + _Y] = (np.float32(j + dj) + np.float32(b & np.uint32(0xFFFF)) * _SHARE) * np.float32(
                        SQUARE_M
                    )
                    near[at + _RADIUS] = radius
                    near[at + _PHASE] = np.float32(FREQUENCY_HZ) * age
                    varied = np.float32(0.5) + np.float32(c >> np.uint32(16)) * _SHARE
                    near[at + _HIGH] = rings[AMPLITUDE] * varied * np.float32(math.sqrt(fading)) * (one - age / life)
                    found += 1
    return found


@inline
def shown(waves):
    """Share of the slope of waves that is shown where a pixel covers so many of them."""
    return np.float32(1.0) - smooth(np.float32(0.5) * _COARSEST, _COARSEST, waves)


@inline
def bent(along):
    """Share that is shown of a ring that bends away within a pixel, whichever way its waves run."""
    return np.float32(1.0) - smooth(np.float32(0.5) * _LONGEST_M, _LONGEST_M, along)


@inline
def ring_slope(near, count, x, y, ex, ey, across, along):
    """Slope of the water in x and y by the rings of `gather_rings`.

    Each ring fades out as its waves get shorter than two pixels in their own direction.

    Args:
        near, count: of `gather_rings`.
        x, y: the point, m.
        ex, ey: unit vector along the line of sight on the water.
        across, along: metres that a pixel covers across it and along it.
    """
    one, zero = np.float32(1.0), np.float32(0.0)
    sx, sy = zero, zero
    core2 = np.float32(CORE_M * CORE_M)
    wide, inverse, straight = np.float32(WIDTH_M), np.float32(1.0 / WIDTH_M), bent(along)
    for n in range(count):
        at = n * _COLUMNS
        dx, dy = x - near[at + _X], y - near[at + _Y]
        r2 = dx * dx + dy * dy
        radius = near[at + _RADIUS]
        most, least = radius + wide, max(radius - wide, zero)
        if r2 >= most * most or r2 <= least * least or r2 < np.float32(1e-8):
            continue
        r = np.float32(math.sqrt(r2))
        off = (r - radius) * inverse
        shape = one - off * off
        inv = one / r
        ux, uy = dx * inv, dy * inv
        sight = ux * ex + uy * ey
        q = sight * sight
        kept = shown(np.float32(math.sqrt(q * along * along + (one - q) * across * across)) * _TURNS_PER_M)
        shape *= shape * r2 / (r2 + core2)
        slope = near[at + _HIGH] * shape * kept * straight * _cosine(r * _TURNS_PER_M - near[at + _PHASE])
        sx += slope * ux
        sy += slope * uy
    return sx, sy


@kernel
def pucker(rec, count, shine, depth, rings, roofs, grid, src, focal, near, slope_x, slope_y):
    """Raise rings on water: tilt its normals where pixels show them, and roughen it by the waves that they do not show.

    The mean square slope of both together is that of all waves; GGX of roughness r has half r^4 in each direction.

    Args:
        rec, count: records of the block.
        shine: (BLOCK,) float32 above 0 where there is a surface of water.
        depth: (BLOCK,) float32 its depth in metres; how far thin water holds rings back is ours.
        rings: (TABLE,) float32.
        roofs, grid: see `snow.lie`.
        src: (SOURCES,) float32; focal: pixels.
        near: (SCRATCH,) float32 work space.
        slope_x, slope_y: (BLOCK,) float32 output: slope of the rings that are shown.
    """
    zero, one, two = np.float32(0.0), np.float32(1.0), np.float32(2.0)
    found, last_i, last_j = 0, np.int32(0), np.int32(0)
    listed = False
    for o in range(count):
        slope_x[o] = zero
        slope_y[o] = zero
        if shine[o] <= zero or depth[o] <= _SHALLOW_M or rings[WHOLE] <= zero:
            continue
        x, y = rec[PX + o], rec[PY + o]
        if sheltered(roofs, grid, x, y, rec[PZ + o]):
            continue
        free = smooth(_SHALLOW_M, _DEEP_M, depth[o])
        distance = max(rec[DISTANCE + o], np.float32(1e-3))
        across = distance / np.float32(focal)
        along = across * distance / max(src[EYE_Z] - rec[PZ + o], np.float32(0.01) * distance)
        if along < _LONGEST_M:
            i, j = square_of(x), square_of(y)
            if not listed or i != last_i or j != last_j:
                found = gather_rings(rings, i, j, near)
                last_i, last_j, listed = i, j, True
            ex, ey = x - src[EYE_X], y - src[EYE_Y]
            inv = one / max(np.float32(math.sqrt(ex * ex + ey * ey)), np.float32(1e-4))
            sx, sy = ring_slope(near, found, x, y, ex * inv, ey * inv, across, along)
            sx, sy = sx * free, sy * free
            slope_x[o] = sx
            slope_y[o] = sy
            nz = rec[NZ + o]
            nx, ny = rec[NX + o] - sx * nz, rec[NY + o] - sy * nz
            inv = one / np.float32(math.sqrt(nx * nx + ny * ny + nz * nz))
            rec[NX + o] = nx * inv
            rec[NY + o] = ny * inv
            rec[NZ + o] = nz * inv
        kept = shown(np.float32(math.sqrt(np.float32(0.5) * (across * across + along * along))) * _TURNS_PER_M)
        kept *= bent(along)
        rest = (rings[WHOLE] - kept * kept * rings[SHOWN]) * free * free
        alpha = rec[ROUGH + o] * rec[ROUGH + o]
        rec[ROUGH + o] = np.float32(math.sqrt(math.sqrt(alpha * alpha + two * rest)))
