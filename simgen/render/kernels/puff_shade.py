"""The shade of puffs: what they take of the light of the sun and of lamps on its way to surfaces.

A map of a source says for each of its rays how much the puffs take in all, and the mean and spread of where along the
ray they do: moments of depth weighted by optical depth (`puff_maps`). Up to a point of the ray it is the share of a
normal distribution of those moments that lies before it. That is exact for one puff, and behind all of them; among
several it is what a single puff of the same moments would take.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.maths import erf32, exp32
from simgen.render.kernels.resolve import PX, PY, PZ, SUN, A, B, C, Z

# Layers of a map.
DEPTH, FIRST, SECOND = 0, 1, 2  # optical depth, and the same times depth along the ray and its square
LAYERS = 3
AXIS_X, AXIS_Y, AXIS_Z = 0, 3, 6  # of a lamp's frame: right, up and along its axis
WIDEST = 9  # half the side of its map, as tangents of half the angle to the axis
FRAME = 10
LAMP_TEXELS = 80
"""A side of a lamp's map."""
LEAST = np.float32(1.0e-4)
"""Optical depth that is left out."""
_CHUNK = 64
_HALF_ROOT = np.float32(math.sqrt(0.5))


@inline
def _spreads(depth, first, second):
    """Mean of the depth along a ray, and the inverse of its standard deviation times the root of two."""
    inv = np.float32(1.0) / max(depth, np.float32(1e-9))
    mean = first * inv
    variance = max(second * inv - mean * mean, np.float32(1e-4))
    return mean, _HALF_ROOT / np.float32(math.sqrt(variance))


@kernel
def shade_sun(rec, count, axes, place, sums):
    """Lower the SUN row by what puffs take of the sunlight before points.

    Args:
        rec, count: records of the block, SUN written.
        axes: (3, 3) float32 rows: right, down and away of the sun's frame in the world.
        place: (4,) float32 texels a metre, texel of the world's origin across and down, and depth of the map's middle.
        sums: (LAYERS, V, U) float32, see `puff_maps.fill_sun`.
    """
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    rx, ry, rz = axes[0, 0], axes[0, 1], axes[0, 2]
    dx, dy, dz = axes[1, 0], axes[1, 1], axes[1, 2]
    ax, ay, az = axes[2, 0], axes[2, 1], axes[2, 2]
    scale, ou, ov, ow = place[0], place[1], place[2], place[3]
    wide, tall = np.float32(sums.shape[2] - 1), np.float32(sums.shape[1] - 1)
    for begin in range(0, count, _CHUNK):
        part = rec[begin:]
        points = min(count - begin, _CHUNK)
        found = np.int32(0)
        for o in range(points):
            x, y, z = part[PX + o], part[PY + o], part[PZ + o]
            u = (rx * x + ry * y + rz * z) * scale + ou
            v = (dx * x + dy * y + dz * z) * scale + ov
            inside = (u >= zero) & (v >= zero) & (u < wide) & (v < tall)
            lit = inside & (part[SUN + o] > zero) & (part[Z + o] < np.float32(1e9))
            part[A + o] = u if lit else -one
            part[B + o] = v
            part[C + o] = ax * x + ay * y + az * z - ow
            found = np.int32(found + np.int32(lit))
        if found == 0:
            continue
        for o in range(points):
            u = part[A + o]
            part[A + o] = zero
            if u < zero:
                continue
            depth, first, second = _at(sums, u, part[B + o])
            if depth < LEAST:
                continue
            mean, inv = _spreads(depth, first, second)
            part[A + o] = half * depth
            part[B + o] = (part[C + o] - mean) * inv
        for o in range(points):
            taken = part[A + o]
            before = part[B + o] if taken > zero else zero
            part[SUN + o] *= exp32(-taken * (one + erf32(before)))


@inline
def _at(sums, u, v):
    """The layers of a map at a place in texels, bilinear."""
    i, j = np.uint32(np.int32(u)), np.uint32(np.int32(v))
    a, b = u - np.float32(i), v - np.float32(j)
    i1, j1 = i + np.uint32(1), j + np.uint32(1)
    one = np.float32(1.0)
    w00, w10, w01, w11 = (one - a) * (one - b), a * (one - b), (one - a) * b, a * b
    s = sums[DEPTH]
    depth = s[j, i] * w00 + s[j, i1] * w10 + s[j1, i] * w01 + s[j1, i1] * w11
    if depth < LEAST:
        return depth, np.float32(0.0), np.float32(0.0)
    s = sums[FIRST]
    first = s[j, i] * w00 + s[j, i1] * w10 + s[j1, i] * w01 + s[j1, i1] * w11
    s = sums[SECOND]
    return depth, first, s[j, i] * w00 + s[j, i1] * w10 + s[j1, i] * w01 + s[j1, i1] * w11


@inline
def shade_lamp(part, points, light, spare, px, py, pz, frame, sums):
    """Multiply the row `light` by what puffs between a lamp at (px, py, pz) and points leave of its light.

    Args:
        part, points: records of a chunk.
        light: row of the illuminance.
        spare: (5,) rows of scratch.
        frame: (FRAME,) float32 of the lamp's map: its axes and its width.
        sums: flat (M * M * 4,) float32, see `puff_maps.fill_lamp`.
    """
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    last = np.float32(LAMP_TEXELS - 1)
    scale = half * last / frame[WIDEST]
    middle, edge, side = half * last, last - np.float32(0.001), np.float32(LAMP_TEXELS)
    rx, ry, rz = frame[AXIS_X], frame[AXIS_X + 1], frame[AXIS_X + 2]
    ux, uy, uz = frame[AXIS_Y], frame[AXIS_Y + 1], frame[AXIS_Y + 2]
    ax, ay, az = frame[AXIS_Z], frame[AXIS_Z + 1], frame[AXIS_Z + 2]
    at, across, down, far_row, taken_row = spare
    for o in range(points):
        x, y, z = part[PX + o] - px, part[PY + o] - py, part[PZ + o] - pz
        far = np.float32(math.sqrt(max(x * x + y * y + z * z, np.float32(1e-6))))
        k = scale / max(far + ax * x + ay * y + az * z, np.float32(1e-3) * far)
        u = min(max(middle + (rx * x + ry * y + rz * z) * k, zero), edge)
        v = min(max(middle + (ux * x + uy * y + uz * z) * k, zero), edge)
        i, j = np.floor(u), np.floor(v)
        part[at + o] = (j * side + i) * np.float32(4.0)
        part[across + o] = u - i
        part[down + o] = v - j
        part[far_row + o] = far
    right, below = np.uint32(4), np.uint32(4 * LAMP_TEXELS)
    next_layer = np.uint32(1)
    for o in range(points):
        k = np.uint32(np.int32(part[at + o]))
        a, b = part[across + o], part[down + o]
        k10, k01 = k + right, k + below
        k11 = k01 + right
        w11 = a * b
        w10, w01 = a - w11, b - w11
        w00 = one - a - w01
        part[taken_row + o] = sums[k] * w00 + sums[k10] * w10 + sums[k01] * w01 + sums[k11] * w11
        k, k10, k01, k11 = k + next_layer, k10 + next_layer, k01 + next_layer, k11 + next_layer
        part[across + o] = sums[k] * w00 + sums[k10] * w10 + sums[k01] * w01 + sums[k11] * w11
        k, k10, k01, k11 = k + next_layer, k10 + next_layer, k01 + next_layer, k11 + next_layer
        part[down + o] = sums[k] * w00 + sums[k10] * w10 + sums[k01] * w01 + sums[k11] * w11
    for o in range(points):
        depth = part[taken_row + o]
        mean, inv = _spreads(depth, part[across + o], part[down + o])
        taken = half * depth * (erf32((part[far_row + o] - mean) * inv) - erf32(-mean * inv))
        part[light + o] *= exp32(-taken)
