"""Puffs in the picture: rays of a lattice are cut into slices, and each puff adds its share to those that it crosses.

No order of puffs has to be found, and points of the picture look up the sums before them. Rows of `puffs` -> slices of
the lattice (`fill`) -> sums from the eye on (`compose`) -> points (`add`, `fade`).
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.light import AIR_B, AIR_R, EXTINCTION, SUN_R, SUN_X, SUN_Y, SUN_Z
from simgen.render.kernels.maths import erf32, exp32, smooth
from simgen.render.kernels.puff_noise import broken_by
from simgen.render.kernels.puffs import (
    CX,
    CY,
    CZ,
    DIRECT,
    EDGE,
    EVEN,
    LEAST,
    PEAK,
    REACH,
    REACH_SD,
    SOFT,
    SOFTER,
    form,
    onwards,
)
from simgen.render.kernels.resolve import BLUE, DISTANCE, GREEN, RED, Z

CELL = 6
"""Pixels between neighbouring rays."""
SLICES = 12
_MOST = 9.0  # optical depth behind which nothing can be seen
_MARGIN = np.float32(1.02)
_TONE = 0.3


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
        q = form(row, ex, ey, ez, ex, ey, ez)
        for g in range(g0, g1 + 1):
            py = (g * CELL - 0.5 - cy) / fy
            for h in range(h0, h1 + 1):
                px = (h * CELL - 0.5 - cx) / fx
                norm = 1.0 / math.sqrt(px * px + py * py + 1.0)
                wx = (back[0, 0] * px + back[0, 1] * py + back[0, 2]) * norm
                wy = (back[1, 0] * px + back[1, 1] * py + back[1, 2]) * norm
                wz = (back[2, 0] * px + back[2, 1] * py + back[2, 2]) * norm
                a = form(row, wx, wy, wz, wx, wy, wz)
                middle = form(row, ex, ey, ez, wx, wy, wz) / a
                m = q - middle * middle * a
                sd = 1.0 / math.sqrt(a)
                if m > EDGE or middle < -REACH_SD * sd or (middle - REACH_SD * sd) * norm > far[g, h]:
                    continue
                whole = row[PEAK] * sd * math.sqrt(2.0 * math.pi) * float(exp32(np.float32(-0.5 * m)))
                if whole <= LEAST:
                    continue
                if _before(volume[g, h], middle - REACH_SD * sd, near, half) > np.float32(_MOST):
                    continue
                whole *= float(smooth(np.float32(LEAST), np.float32(4.0 * LEAST), np.float32(whole)))
                at = max(middle, 0.3 * sd)
                x, y, z = wx * at - ex, wy * at - ey, wz * at - ez
                broken = broken_by(field, row, x, y, z, fx / (at * CELL))
                whole *= broken
                volume[g, h, 0, 3] = np.float32(1.0)
                once, often = np.float32(0.0), np.float32(0.0)
                if sunny:
                    own = np.float32(broken) * onwards(row, x, y, z, lx, ly, lz)
                    once, often = exp32(-own), exp32(-SOFTER * own)
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
    low, high = middle - REACH_SD * sd, middle + REACH_SD * sd
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
            busy[g, h] = 1 if most > np.float32(LEAST) else 0


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
