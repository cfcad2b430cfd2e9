"""Puffs in the picture: rays of a lattice are cut into slices, and each puff adds its share to those that it crosses.

No order of puffs has to be found, and points of the picture look up the sums before them. Rows of `puffs` -> slices of
the lattice (`fill`) -> sums from the eye on (`compose`) -> points (`puff_points`).
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.maths import erf32, exp32, smooth
from simgen.render.kernels.puff_noise import broken_by
from simgen.render.kernels.puffs import (
    CX,
    CY,
    CZ,
    DIRECT,
    EDGE,
    ENDS,
    EVEN,
    LEAST,
    NEARER,
    PEAK,
    REACH,
    REACH_SD,
    SOFT,
    SOFTER,
    form,
    onwards,
)
from simgen.render.kernels.sources import AIR_B, AIR_R, EXTINCTION, SUN_R, SUN_X, SUN_Y, SUN_Z

CELL = 6
"""Pixels between neighbouring rays."""
SLICES = 12
WIDE = 16
"""Edges of slices that are looked at together: whole vectors."""
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
def fill(rows, back, intrinsics, src, far, near, half, field, scratch, volume):
    """Add to the slices of a lattice of rays what puffs are in them.

    Args:
        rows: of `pack`, with the light of `shine`, nearest first.
        back: (3, 4) float64 camera frame -> world.
        intrinsics: (4,) float64 fx, fy, cx, cy.
        src: (SOURCES,) float32.
        far: of `farthest`; near, half: of `edge`.
        field: (NOISE, NOISE, NOISE) float32 of mean 1.
        scratch: (2 * WIDE,) float32 work space.
        volume: (G, H, SLICES + 1, 4) float32, zeros; then, for the slice before each edge but the first, optical depth
            times radiance, and optical depth, along the ray through the corner of pixel (CELL h, CELL g); at the
            first 1 where there is anything.
    """
    lx, ly, lz = float(src[SUN_X]), float(src[SUN_Y]), float(src[SUN_Z])
    sunny = src[SUN_R] > np.float32(0.0)
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    for k in range(SLICES):
        scratch[k] = np.float32(edge(k, near, half))
    scratch[SLICES:WIDE] = np.float32(1e9)
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
        nearest = deep - row[REACH]
        for g in range(g0, g1 + 1):
            py = (g * CELL - 0.5 - cy) / fy
            left, right = _span(row, back, py, q, fx, cx, h0, h1)
            for h in range(left, right + 1):
                if nearest > far[g, h]:
                    continue
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
                    lit = max(at - sd * row[NEARER], 0.0)
                    x, y, z = wx * lit - ex, wy * lit - ey, wz * lit - ez
                    own = np.float32(broken) * onwards(row, x, y, z, lx, ly, lz)
                    once, often = exp32(-own), exp32(-SOFTER * own)
                tone = _TONE * min(broken, 2.0) + (1.0 - _TONE)  # gaps are in the shade of the lumps beside them
                red = np.float32(row[EVEN] * tone) + np.float32(row[DIRECT]) * once + np.float32(row[SOFT]) * often
                green = np.float32(row[EVEN + 1] * tone) + np.float32(row[DIRECT + 1]) * once
                green += np.float32(row[SOFT + 1]) * often
                blue = np.float32(row[EVEN + 2] * tone) + np.float32(row[DIRECT + 2]) * once
                blue += np.float32(row[SOFT + 2]) * often
                _spread(volume[g, h], scratch, np.float32(0.5 * whole), middle, sd, near, half, red, green, blue)


@inline
def _before(slices, distance, near, half):
    """Optical depth so far of the slices of a ray that end before a distance."""
    on = max(distance - near, 0.0)
    depth = np.float32(0.0)
    for k in range(int(SLICES * on / (on + half))):
        depth += slices[k + 1, 3]
    return depth


@inline
def _span(row, back, py, q, fx, cx, first, last):
    """First and last ray of a row of the lattice, of those from `first` to `last`, that a puff takes anything of.

    Along the row the least squared distance m from the middle of the puff is below a bound M where
    (q - M) d'Kd - (e'Kd)^2 < 0, with K the inverse covariance, e the way to the middle and d = a + px b a direction:
    between the roots of a square equation in px, if the eye is outside of the puff.
    """
    bound = min(row[ENDS], EDGE)
    if q <= bound:
        return first, last
    ex, ey, ez = row[CX], row[CY], row[CZ]
    ax, ay, az = (
        back[0, 1] * py + back[0, 2],
        back[1, 1] * py + back[1, 2],
        back[2, 1] * py + back[2, 2],
    )
    bx, by, bz = back[0, 0], back[1, 0], back[2, 0]
    ea, eb = form(row, ex, ey, ez, ax, ay, az), form(row, ex, ey, ez, bx, by, bz)
    c2 = (q - bound) * form(row, bx, by, bz, bx, by, bz) - eb * eb
    c1 = (q - bound) * form(row, ax, ay, az, bx, by, bz) - ea * eb
    c0 = (q - bound) * form(row, ax, ay, az, ax, ay, az) - ea * ea
    if c2 <= 1e-9:
        return first, last
    inside = c1 * c1 - c2 * c0
    if inside <= 0.0:
        return first, first - 1
    root = math.sqrt(inside) / c2
    middle = -c1 / c2
    low = math.floor((fx * (middle - root) + cx + 0.5) / CELL)
    high = math.ceil((fx * (middle + root) + cx + 0.5) / CELL)
    return int(max(low, first * 1.0)), int(min(high, last * 1.0))


@inline
def _spread(slices, scratch, whole, middle, sd, near, half, red, green, blue):
    """Add a puff of twice the optical depth `whole` to the slices of its ray; `scratch` begins with their edges."""
    low, high = middle - REACH_SD * sd, middle + REACH_SD * sd
    on = max(low - near, 0.0)
    first = int(SLICES * on / (on + half))
    on = max(high - near, 0.0)
    last = int(SLICES * on / (on + half))
    if first == last and low >= 0.0:
        _put(slices, first + 1, np.float32(2.0) * whole, red, green, blue)
        return
    scale, at = np.float32(math.sqrt(0.5) / sd), np.float32(middle)
    for k in range(scratch.shape[0] - WIDE):  # a length that is known would be unrolled, not run in vectors
        scratch[WIDE + k] = erf32((scratch[k] - at) * scale)
    for k in range(first, last + 1):
        part = whole * (scratch[WIDE + 1 + k] - scratch[WIDE + k])
        _put(slices, k + 1, part, red, green, blue)


@inline
def _put(slices, k, part, red, green, blue):
    """Add an optical depth of some radiance to a slice."""
    slices[k, 0] += part * red
    slices[k, 1] += part * green
    slices[k, 2] += part * blue
    slices[k, 3] += part


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
