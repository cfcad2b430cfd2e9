"""Maps of what puffs take of the light of the sun and of lamps: see `puff_shade`, which looks it up."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.lamps import LAMP_DIR, LAMP_POS, LAMP_REACH, LAMP_UP
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.puff_shade import (
    AXIS_X,
    AXIS_Y,
    AXIS_Z,
    DEPTH,
    FIRST,
    LAMP_TEXELS,
    LAYERS,
    SECOND,
    WIDEST,
)
from simgen.render.kernels.puffs import CX, CY, CZ, PEAK, REACH, REACH_SD, form, shape

_EDGE = np.float32(13.0)  # squared distance from the middle, in standard deviations, at which a puff's shade ends
_REACH_SD = math.sqrt(13.0)
BLUR = 1.0 / 6.0
"""Variance, in texels, by which bilinear look-ups blur a map in the mean: it is drawn as much sharper."""


@inline
def _level(a2, b2, w, p, q):
    """P' C q of a puff's covariance C = diag(a2, a2, b2) + w w'."""
    return (
        a2 * (p[0] * q[0] + p[1] * q[1]) + b2 * p[2] * q[2]
        + (w[0] * p[0] + w[1] * p[1] + w[2] * p[2]) * (w[0] * q[0] + w[1] * q[1] + w[2] * q[2])
    )  # fmt: skip


@kernel
def fill_sun(center, spread, streak, section, axes, place, sums):
    """Add up what puffs take along the rays of the sun.

    Args:
        center, spread, streak, section: arrays of `simgen.snapshot.Puffs`.
        axes: (3, 3) float64 rows: right, down and away of the sun's frame in the world.
        place: (4,) float32 where the map lies, see `puff_shade.shade_sun`.
        sums: (LAYERS, V, U) float32 output.
    """
    sums.fill(np.float32(0.0))
    depths, firsts, seconds = sums[DEPTH], sums[FIRST], sums[SECOND]
    rows, columns = depths.shape
    scale = float(place[0])
    right, down, away = axes[0], axes[1], axes[2]
    blur = BLUR / (scale * scale)
    for n in range(center.shape[0]):
        a2, b2, w, c = spread[n, 0] ** 2, spread[n, 1] ** 2, streak[n], center[n]
        uu, uv, vv = _level(a2, b2, w, right, right), _level(a2, b2, w, right, down), _level(a2, b2, w, down, down)
        uw, vw, ww = _level(a2, b2, w, right, away), _level(a2, b2, w, down, away), _level(a2, b2, w, away, away)
        uu, vv = uu - blur, vv - blur
        det = uu * vv - uv * uv
        pu, pv, pm = vv / det, uu / det, -uv / det  # inverse of the covariance across the rays
        au, av = uw * pu + vw * pm, uw * pm + vw * pv  # where along a ray the middle lies, a metre off the axis
        variance = np.float32(ww - (au * uw + av * vw))
        peak = np.float32(section[n] / (2.0 * math.pi * math.sqrt(det)))
        u0 = (right[0] * c[0] + right[1] * c[1] + right[2] * c[2]) * scale + place[1]
        v0 = (down[0] * c[0] + down[1] * c[1] + down[2] * c[2]) * scale + place[2]
        w0 = np.float32(away[0] * c[0] + away[1] * c[1] + away[2] * c[2] - place[3])
        tall = math.sqrt(_EDGE * vv) * scale
        for j in range(max(math.ceil(v0 - tall), 0), min(math.floor(v0 + tall), rows - 1) + 1):
            dv = (j - v0) / scale
            # Along the row the squared distance from the middle is pu (du - middle)^2 + least.
            middle = -pm * dv / pu
            least = pv * dv * dv - pu * middle * middle
            if least >= _EDGE:
                continue
            wide = math.sqrt((_EDGE - least) / pu)
            first = max(math.ceil(u0 + (middle - wide) * scale), 0)
            last = min(math.floor(u0 + (middle + wide) * scale), columns - 1)
            row_peak = peak * exp32(np.float32(-0.5 * least))
            step, off = np.float32(1.0 / scale), np.float32(-u0 / scale - middle)
            narrow = np.float32(-0.5 * pu)
            begin, slope = w0 + np.float32(av * dv + au * middle), np.float32(au)
            off += np.float32(first) * step
            if last < first:
                continue
            row, row1, row2 = depths[j, first : last + 1], firsts[j, first : last + 1], seconds[j, first : last + 1]
            for i in range(row.shape[0]):
                du = np.float32(i) * step + off
                depth = row_peak * exp32(narrow * du * du)
                at = begin + slope * du
                row[i] += depth
                row1[i] += depth * at
                row2[i] += depth * (at * at + variance)


@kernel
def depths_in_beams(lamps, center, reach, thickest, densest, far, most):
    """Find what puffs may take of the light of lamps.

    Args:
        lamps: (L, LAMP_COLUMNS) float32.
        center: (N, 3) of the puffs.
        reach: (N,) radii of balls that hold them.
        thickest: (N,) optical depths that no ray through them exceeds.
        densest: (N,) extinction coefficients in their middles, 1/m.
        far: (L, N) output, distances of their middles.
        most: (L, N) output, optical depths that no ray of the lamp through them exceeds.
    """
    for k in range(lamps.shape[0]):
        lamp = lamps[k]
        place, axis = lamp[LAMP_POS : LAMP_POS + 3], lamp[LAMP_DIR : LAMP_DIR + 3]
        lit = np.float64(lamp[LAMP_REACH])
        for n in range(center.shape[0]):
            x, y, z = center[n, 0] - place[0], center[n, 1] - place[1], center[n, 2] - place[2]
            away = math.sqrt(x * x + y * y + z * z)
            far[k, n] = away
            near = away - reach[n] < lit and x * axis[0] + y * axis[1] + z * axis[2] > -reach[n]
            most[k, n] = min(thickest[n], densest[n] * lit) if near else 0.0


@kernel
def lamp_frame(lamp, widest, frame):
    """Write the `frame` (FRAME,) float32 of a lamp's map, `widest` half its side."""
    x, y, z = np.float64(lamp[LAMP_DIR]), np.float64(lamp[LAMP_DIR + 1]), np.float64(lamp[LAMP_DIR + 2])
    a, b, c = np.float64(lamp[LAMP_UP]), np.float64(lamp[LAMP_UP + 1]), np.float64(lamp[LAMP_UP + 2])
    if a == 0.0 and b == 0.0 and c == 0.0:  # that of an area is alike all around
        lies = abs(z) > 0.7
        a, c = np.float64(lies), np.float64(not lies)
    along = a * x + b * y + c * z
    a, b, c = a - x * along, b - y * along, c - z * along
    size = math.sqrt(a * a + b * b + c * c)
    a, b, c = a / size, b / size, c / size
    frame[AXIS_X], frame[AXIS_X + 1], frame[AXIS_X + 2] = y * c - z * b, z * a - x * c, x * b - y * a
    frame[AXIS_Y], frame[AXIS_Y + 1], frame[AXIS_Y + 2] = a, b, c
    frame[AXIS_Z], frame[AXIS_Z + 1], frame[AXIS_Z + 2] = x, y, z
    frame[WIDEST] = widest


@kernel
def rows_in_beam(lamp, center, spread, streak, section, far, most, least, least_sd, frame, rows):
    """Write the rows of the puffs that take more than `least` of a lamp's light, as sharp as its map wants them.

    Args:
        lamp: (LAMP_COLUMNS,) float32.
        center, spread, streak, section: arrays of `simgen.snapshot.Puffs`.
        far, most: (N,) of `depths_in_beams`.
        least: optical depth.
        least_sd: texels; what is smaller is spread out to it.
        frame: (FRAME,) float32 of the lamp.
        rows: (N, ROW) float64 output.

    Returns:
        How many there are.
    """
    count = 0
    eye = lamp[LAMP_POS : LAMP_POS + 3]
    for n in range(center.shape[0]):
        if not most[n] > least:
            continue
        texel = 4.0 * far[n] * frame[WIDEST] / LAMP_TEXELS
        blur = BLUR * (texel * texel)
        across, up = max(spread[n, 0], least_sd * texel), max(spread[n, 1], least_sd * texel)
        shape(
            center[n], math.sqrt(across * across - blur), math.sqrt(up * up - blur), streak[n], section[n], eye,
            rows[count],
        )  # fmt: skip
        count += 1
    return count


@kernel
def fill_lamp(rows, frame, reach, sums, out):
    """Add up what puffs take along the rays of a lamp.

    Texels are places on the stereographic map of the directions about its axis: tangents of half the angle to it.

    Args:
        rows: of `puffs.pack`, seen from the lamp.
        frame: (FRAME,) float32, see `puff_shade.shade_lamp`.
        reach: metres to which its light matters.
        sums: (LAYERS, M, M) float32 work space.
        out: (M, M, 4) float32 output, LAYERS of each texel.
    """
    sums.fill(np.float32(0.0))
    depths, firsts, seconds = sums[DEPTH], sums[FIRST], sums[SECOND]
    side = depths.shape[0]
    half = 0.5 * (side - 1)
    scale = half / frame[WIDEST]
    right, up, axis = frame[AXIS_X : AXIS_X + 3], frame[AXIS_Y : AXIS_Y + 3], frame[AXIS_Z : AXIS_Z + 3]
    one, two, step = np.float32(1.0), np.float32(2.0), np.float32(1.0 / scale)
    for n in range(rows.shape[0]):
        row = rows[n]
        x, y, z = row[CX], row[CY], row[CZ]
        far = math.sqrt(x * x + y * y + z * z)
        radius = row[REACH] * (_REACH_SD / REACH_SD)
        if far - radius > reach:
            continue
        q = np.float32(form(row, x, y, z, x, y, z))
        left, after, top, below = _bounds(frame, x, y, z, far, radius, scale, half)
        if left >= after:
            continue
        # The inverse covariance, and its product with the way to the middle, in the lamp's frame.
        xx, yy, zz = _turned(row, right, right), _turned(row, up, up), _turned(row, axis, axis)
        xy, xz, yz = two * _turned(row, right, up), two * _turned(row, right, axis), two * _turned(row, up, axis)
        gx = np.float32(form(row, x, y, z, right[0], right[1], right[2]))
        gy = np.float32(form(row, x, y, z, up[0], up[1], up[2]))
        gz = np.float32(form(row, x, y, z, axis[0], axis[1], axis[2]))
        peak = np.float32(row[PEAK] * math.sqrt(2.0 * math.pi))
        for j in range(top, below):
            v = np.float32((j - half) / scale)
            begin = np.float32((left - half) / scale)
            over = one + v * v
            row0, row1, row2 = depths[j, left:after], firsts[j, left:after], seconds[j, left:after]
            for i in range(row0.shape[0]):
                u = np.float32(i) * step + begin
                c = two / (over + u * u)
                dx, dy, dz = u * c, v * c, c - one
                tight = dx * (xx * dx + xy * dy + xz * dz) + dy * (yy * dy + yz * dz) + zz * dz * dz
                middle = gx * dx + gy * dy + gz * dz
                sd2 = one / tight
                m = q - middle * middle * sd2
                middle *= sd2
                kept = (m < _EDGE) & ((middle > np.float32(0.0)) | (middle * middle < _EDGE * sd2))
                depth = peak * np.float32(math.sqrt(sd2)) * exp32(np.float32(-0.5) * m)
                depth = depth if kept else np.float32(0.0)
                row0[i] += depth
                row1[i] += depth * middle
                row2[i] += depth * (middle * middle + sd2)
    for j in range(side):
        for i in range(side):
            for k in range(LAYERS):
                out[j, i, k] = sums[k, j, i]


@inline
def _turned(row, p, q):
    """The inverse covariance of a row between two axes, float32."""
    return np.float32(form(row, p[0], p[1], p[2], q[0], q[1], q[2]))


@inline
def _bounds(frame, x, y, z, far, radius, scale, half):
    """First texel across, the one after the last, and the same down, that a ball at (x, y, z) from a lamp may lie in.

    The stereographic map of a cap of the sphere is a disc.
    """
    side = int(2.0 * half) + 1
    if far <= radius:
        return 0, side, 0, side
    along = x * frame[AXIS_Z] + y * frame[AXIS_Z + 1] + z * frame[AXIS_Z + 2]
    a = x * frame[AXIS_X] + y * frame[AXIS_X + 1] + z * frame[AXIS_X + 2]
    b = x * frame[AXIS_Y] + y * frame[AXIS_Y + 1] + z * frame[AXIS_Y + 2]
    # With d the unit vector to the ball and c, s of the cap's half angle: middle d_across / (d_along + c), radius
    # s / (d_along + c); where the cap holds the point behind the lamp the disc is turned inside out.
    sine = radius / far
    below = along / far + math.sqrt(1.0 - sine * sine)
    if below <= 1e-3:
        return 0, side, 0, side
    u, v, r = a / far / below, b / far / below, sine / below
    return (
        int(max(math.ceil((u - r) * scale + half), 0.0)),
        int(min(math.floor((u + r) * scale + half) + 1.0, 2.0 * half + 1.0)),
        int(max(math.ceil((v - r) * scale + half), 0.0)),
        int(min(math.floor((v + r) * scale + half) + 1.0, 2.0 * half + 1.0)),
    )
