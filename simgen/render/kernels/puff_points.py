"""Points of a picture look up the puffs before them: see `puff_volume`.

Arithmetic runs in vectorised loops over chunks of points, look-ups in loops of their own.
"""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.puff_volume import CELL, SLICES
from simgen.render.kernels.resolve import BLUE, DISTANCE, GREEN, RED, SPARE, A, B, C, Z

CHUNK = 64
"""Points that are looked up together: many enough for vectors."""
SCRATCH = 7 * CHUNK
_CELL, _DOWN, _ACROSS, _DEEP = SPARE, SPARE + CHUNK, SPARE + 2 * CHUNK, SPARE + 3 * CHUNK  # scratch of a chunk


@inline
def _places(distances, px, py, volume, near, half, scratch, at):
    """Write where in the sums points look up: index, and how far on down, across and along to the next of each.

    Args:
        distances: (points,) float32 along the rays.
        px, py: pixels of the points.
        volume: of `compose`; near, half: of `edge`, float32.
        scratch, at: where the four rows of CHUNK begin.
    """
    zero, one, slices = np.float32(0.0), np.float32(1.0), np.float32(SLICES)
    last_row, last_column = np.float32(volume.shape[0] - 1.001), np.float32(volume.shape[1] - 1.001)
    columns = np.float32(volume.shape[1])
    for o in range(px.shape[0]):
        v = min(max((py[o] + np.float32(0.5)) * np.float32(1.0 / CELL), zero), last_row)
        u = min(max((px[o] + np.float32(0.5)) * np.float32(1.0 / CELL), zero), last_column)
        on = max(distances[o] - near, zero)
        f = min(on / (on + half), np.float32(0.99999)) * slices
        i, j, k = np.floor(v), np.floor(u), np.floor(f)
        # Even in distance, as even air is; the last slice has no end.
        behind = slices - k
        c = (on - half * k / behind) * behind * (behind - one) / (half * slices)
        scratch[at + o] = i * columns + j
        scratch[at + CHUNK + o] = v - i
        scratch[at + 2 * CHUNK + o] = u - j
        scratch[at + 3 * CHUNK + o] = k + min(max(c, zero), np.float32(0.99999)) if k < slices - one else f


@inline
def _corners(a, b):
    """Weights of the four rays about a point."""
    w11 = a * b
    w10, w01 = a - w11, b - w11
    return np.float32(1.0) - a - w01, w01, w10, w11


@inline
def _mixed(flat, m, across, down, c, w00, w01, w10, w11):
    """A value of the sums about a place, trilinear; the next edge is four values on."""
    n, e = np.uint32(4), m + across
    d = m + down
    g = d + across
    value = w00 * (flat[m] + c * (flat[m + n] - flat[m])) + w01 * (flat[e] + c * (flat[e + n] - flat[e]))
    return value + w10 * (flat[d] + c * (flat[d + n] - flat[d])) + w11 * (flat[g] + c * (flat[g + n] - flat[g]))


@kernel
def add(x, y, rec, count, near, half, volume, busy, out):
    """Put the puffs before points into their radiance.

    Args:
        x, y: (count,) float32 pixels.
        rec, count, out: as in `media.air`, which has run.
        near, half, volume, busy: of `compose`; `near` and `half` float32.
    """
    far, zero = np.float32(1e9), np.float32(0.0)
    flat, marks = volume.reshape(-1), busy.reshape(-1)
    across, down = np.uint32((SLICES + 1) * 4), np.uint32((SLICES + 1) * 4 * volume.shape[1])
    one = np.uint32(1)
    for begin in range(0, count, CHUNK):
        points = min(count - begin, CHUNK)
        part, light = rec[begin:], out[begin:]
        for o in range(points):
            part[A + o] = part[DISTANCE + o] if part[Z + o] < far else far
        px, py = x[begin : begin + points], y[begin : begin + points]
        _places(part[A : A + points], px, py, volume, near, half, part, SPARE)
        for o in range(points):
            cell = np.uint32(np.int32(part[_CELL + o]))
            part[A + o] = zero
            part[B + o] = zero
            part[C + o] = zero
            f = part[_DEEP + o]
            part[_DEEP + o] = zero
            if marks[cell] == 0:
                continue
            k = np.uint32(np.int32(f))
            c = f - np.float32(k)
            w00, w01, w10, w11 = _corners(part[_DOWN + o], part[_ACROSS + o])
            m = cell * across + k * np.uint32(4)
            part[A + o] = _mixed(flat, m, across, down, c, w00, w01, w10, w11)
            part[B + o] = _mixed(flat, m + one, across, down, c, w00, w01, w10, w11)
            part[C + o] = _mixed(flat, m + np.uint32(2), across, down, c, w00, w01, w10, w11)
            part[_DEEP + o] = _mixed(flat, m + np.uint32(3), across, down, c, w00, w01, w10, w11)
        for o in range(points):
            passed = exp32(-part[_DEEP + o])
            light[RED + o] = light[RED + o] * passed + part[A + o]
            light[GREEN + o] = light[GREEN + o] * passed + part[B + o]
            light[BLUE + o] = light[BLUE + o] * passed + part[C + o]


@kernel
def fade(distance, near, half, volume, busy, scratch, transmittance):
    """Lower the transmittance of the air by what puffs take.

    Args:
        distance: (H, W) float32 along the rays, inf where there is nothing.
        near, half, volume, busy: as in `add`.
        scratch: (SCRATCH,) float32 work space.
        transmittance: (H, W) float32, in place.
    """
    flat, marks = volume.reshape(-1), busy.reshape(-1)
    across, down = np.uint32((SLICES + 1) * 4), np.uint32((SLICES + 1) * 4 * volume.shape[1])
    far = np.float32(1e9)
    for r in range(distance.shape[0]):
        for begin in range(0, distance.shape[1], CHUNK):
            points = min(distance.shape[1] - begin, CHUNK)
            for o in range(points):
                scratch[4 * CHUNK + o] = min(distance[r, begin + o], far)
                scratch[5 * CHUNK + o] = np.float32(begin + o)
                scratch[6 * CHUNK + o] = np.float32(r)
            rays = scratch[4 * CHUNK : 4 * CHUNK + points]
            columns, rows = scratch[5 * CHUNK : 5 * CHUNK + points], scratch[6 * CHUNK : 6 * CHUNK + points]
            _places(rays, columns, rows, volume, near, half, scratch, 0)
            for o in range(points):
                cell = np.uint32(np.int32(scratch[o]))
                f = scratch[3 * CHUNK + o]
                scratch[o] = np.float32(0.0)
                if marks[cell] == 0:
                    continue
                k = np.uint32(np.int32(f))
                w00, w01, w10, w11 = _corners(scratch[CHUNK + o], scratch[2 * CHUNK + o])
                m = cell * across + k * np.uint32(4) + np.uint32(3)
                scratch[o] = _mixed(flat, m, across, down, f - np.float32(k), w00, w01, w10, w11)
            for o in range(points):
                transmittance[r, begin + o] *= exp32(-scratch[o])
