"""Procedural surface patterns in surface coordinates (metres), filtered to the pixel's footprint.

Noise comes from mip-mapped textures (level chosen by the footprint); lines and stripes are box-filtered in
closed form. So nothing shimmers when the camera moves. Every pattern keeps the mean colour that its material states
(`simgen.models.appearance.mean_albedo`), near and far.

A pattern is evaluated on a run: consecutive records with the same material. Every step is one loop without
branches over the run, so that LLVM vectorises it:

    layers (at most three noise look-ups)  ->  rows N0, N1, N2 and the product of their gains in GAIN
    the pattern's own lines and mixtures   ->  GAIN, MIX, SCALE
"""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline
from simgen.models.appearance import (
    BAY_M,
    BRICK_COURSE_M,
    BRICK_JOINT_M,
    BRICK_LENGTH_M,
    FRAME_LIGHT,
    GRASS_SHARE,
    LEAF_SHARE,
    WOOD_SHARE,
)
from simgen.render.kernels.maths import smooth
from simgen.render.kernels.pattern_layers import GAIN, LAYER, PATTERN, add_layer
from simgen.render.kernels.resolve import AG, FU, FV, ROUGH, A, B, C, U, V

LANES = 16
"""Points of the widest vector: loops over whole vectors have no slow remainder."""

N0, N1, N2 = A, B, C
MIX, SCALE = AG, ROUGH
"""Rows of a run's pattern: the albedo is gain * lerp(albedo, albedo2, mix); the roughness is scaled. They end
where albedo and roughness will be."""

PATCH_CELL_M = (7.0, 3.5)
"""Along and across the road: no more than one mended place each."""
PATCH_FILL = 0.65 * 0.65
"""Mean share of such a cell that a mended place covers."""
PATCH_DARKER = 0.35
"""How much darker new asphalt is than old."""


@inline
def band(x, center, half_width, footprint):
    """Share of a pixel of width `footprint` at `x` covered by a band; box filter, 0 to 1."""
    f = max(footprint, np.float32(1e-4))
    lo = max(x - np.float32(0.5) * f, center - half_width)
    hi = min(x + np.float32(0.5) * f, center + half_width)
    return min(max((hi - lo) / f, np.float32(0.0)), np.float32(1.0))


@inline
def comb(x, period, width, footprint):
    """Share of a pixel covered by bands of `width` every `period`; box filter by the integral of the comb."""
    f = max(footprint, np.float32(1e-4))
    a = (x - np.float32(0.5) * f) / period
    b = (x + np.float32(0.5) * f) / period
    w = width / period
    fa = np.floor(a)
    fb = np.floor(b)
    ia = fa * w + min(a - fa, w)
    ib = fb * w + min(b - fb, w)
    return min(max((ib - ia) * period / f, np.float32(0.0)), np.float32(1.0))


@inline
def resolved(period, footprint):
    """How far pixels of that width can show something of this period, 0 to 1.

    Beyond half a cycle a pixel a box filter alone would leave a beat that shimmers.
    """
    return min(max(np.float32(1.9) - np.float32(2.9) * footprint / period, np.float32(0.0)), np.float32(1.0))


@inline
def evaluate(rec, count, m, at, layers, quads):
    """Pattern of a run of records with the same material.

    Args:
        rec: records from the run's first on, flat with the stride of a block; reads rows U to FV, writes
            GAIN, MIX, SCALE and the noise rows; count: how many.
        m: (M * MATERIAL_COLUMNS,) all materials, flat: views of arrays would count references; at: where the
            material starts.
        layers: `LAYERS`; quads: noise textures.

    Returns:
        Which rows were written: (GAIN, MIX, SCALE). The others are one, zero and one.
    """
    pattern = np.int64(m[at + 10])
    k = m[at + 11]
    number = layers[pattern * PATTERN + 1]
    start = pattern * PATTERN + 2
    if number > 0:
        add_layer(rec, count, N0, True, start, k, layers, quads)
    if number > 1:
        add_layer(rec, count, N1, False, start + LAYER, k, layers, quads)
    if number > 2:
        add_layer(rec, count, N2, False, start + 2 * LAYER, k * m[at + 22], layers, quads)
    gained, mixed, scaled = number > 0, False, False
    if (pattern == 1 or pattern == 2 or pattern == 23) and m[at + 23] > np.float32(0.0):
        _patches(rec, count, m[at + 23])
    if pattern == 2:
        _markings(rec, count, m, at)
        mixed = scaled = True
    elif pattern == 3:
        _fields(rec, count, np.float32(GRASS_SHARE))
        mixed = True
    elif pattern == 5:
        _joints(rec, count, np.float32(2.5))
    elif pattern == 6:
        _joints(rec, count, np.float32(5.0))
        for i in range(count):  # polish
            rec[SCALE + i] = np.float32(0.75) + np.float32(0.8) * rec[N0 + i]
        scaled = True
    elif pattern == 7:
        _brick(rec, count, k)
        mixed = True
    elif pattern == 8:
        _facade(rec, count)
        mixed = scaled = True
    elif pattern == 9:
        _corrugated(rec, count, k)
    elif pattern == 12:
        _rubber(rec, count, k)
    elif pattern == 13:
        _wood(rec, count, k, m[at + 12])
        mixed = True
    elif pattern == 14 and m[at + 12] > np.float32(0.0):  # a strip of tape (albedo2) along u
        for i in range(count):
            rec[MIX + i] = band(rec[V + i], m[at + 12], np.float32(0.03), rec[FV + i])
        mixed = True
    elif pattern == 17:
        _clumps(rec, count, np.float32(LEAF_SHARE))
        mixed = True
    elif pattern == 18:
        _stripes(rec, count, m[at + 12], m[at + 13])
        mixed = True
    elif pattern == 23:
        _crossing(rec, count, m, at)
        mixed = scaled = True
    return gained, mixed, scaled


@inline
def _share_of(i, j, k):
    """A number from 0 to 1 for a cell of a grid."""
    h = (np.int64(i) * 374761393 + np.int64(j) * 668265263 + k * 2147483647) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 2246822519) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 3266489917) & 0xFFFFFFFF
    return np.float32((h ^ (h >> 16)) >> 8) * np.float32(1.0 / 16777216.0)


@inline
def _patches(rec, count, share):
    """Mended places: darker rectangles with sealed seams, at most one a cell, that cover `share` of the road."""
    one, half, quarter = np.float32(1.0), np.float32(0.5), np.float32(0.25)
    long, wide = np.float32(PATCH_CELL_M[0]), np.float32(PATCH_CELL_M[1])
    deep, seal, seam = np.float32(PATCH_DARKER), np.float32(0.25), np.float32(0.04)
    often = share / np.float32(PATCH_FILL)
    mean = one / (one - deep * share)
    for i in range(count):
        u, v, fu, fv = rec[U + i], rec[V + i], rec[FU + i], rec[FV + i]
        a, b = np.floor(u / long), np.floor(v / wide)
        there = one if _share_of(a, b, 1) < often else np.float32(0.0)
        hu = half * long * (np.float32(0.4) + half * _share_of(a, b, 2))
        hv = half * wide * (np.float32(0.4) + half * _share_of(a, b, 3))
        cu = (a + half) * long + (half * long - hu - np.float32(0.1)) * (np.float32(2.0) * _share_of(a, b, 4) - one)
        cv = (b + half) * wide + (half * wide - hv - np.float32(0.1)) * (np.float32(2.0) * _share_of(a, b, 5) - one)
        inner = band(u, cu, hu, fu) * band(v, cv, hv, fv)
        outer = band(u, cu, hu + seam, fu) * band(v, cv, hv + seam, fv)
        near = min(quarter * wide / max(half * (fu + fv), np.float32(1e-4)), one)
        dark = there * (deep * inner + seal * (outer - inner))
        rec[GAIN + i] *= mean * (one - deep * share - near * (dark - deep * share))


@inline
def _markings(rec, count, m, at):
    """Tracks and painted lines of a road."""
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    lane, lanes = m[at + 12], np.floor(m[at + 13])
    dash, gap, inner = m[at + 14], m[at + 15], half * m[at + 16]
    wear, mean_worn = m[at + 17], m[at + 24]
    edge = lane * m[at + 13] - np.float32(0.25)
    dashes = one if lanes > zero else zero
    # Tyres polish two darker tracks into every lane: 0.16 darker over 1.3 m in all.
    deep = np.float32(0.16)
    even = deep * np.float32(1.3) / lane
    for i in range(count):
        u, fu, fv = rec[U + i], rec[FU + i], rec[FV + i]
        side = abs(rec[V + i])
        across = side / lane
        w = (across - np.floor(across)) * lane - half * lane
        track = abs(abs(w) - np.float32(0.78))
        near = min(max(np.float32(1.5) - fv, zero), one)
        dark = deep * (one - smooth(np.float32(0.1), np.float32(0.55), track))
        gain = rec[GAIN + i] * (one + near * (even - dark))
        # The nearest of the lines between lanes covers most of the pixel.
        line = lane * max(min(np.floor(across + half), lanes - one), zero)
        dashed = dashes * band(side, line, inner, fv) * comb(u, dash + gap, dash, fu)
        paint = max(band(side, edge, inner, fv), dashed)
        paint = paint if paint > zero else zero  # nor a NaN
        _wear_off(rec, i, paint, gain, wear, mean_worn)


@inline
def _wear_off(rec, i, paint, gain, wear, mean_worn):
    """Finish a record that paint covers to a share: worn paint comes off the stones of the road below.

    Args:
        rec: as in `evaluate`; i: which record; paint: share; gain: of the road.
        wear, mean_worn: columns of the material.
    """
    half, one = np.float32(0.5), np.float32(1.0)
    n1 = rec[N1 + i]
    low = np.float32(0.75) - wear * half
    # Where the stones of the road are averaged away, so is the paint that is worn off them.
    fine = min(max(np.float32(1.2) - np.float32(5.0) * (rec[FU + i] + rec[FV + i]), np.float32(0.0)), one)
    worn = mean_worn + fine * (smooth(low, low + np.float32(0.2), n1) - mean_worn)
    mix = paint * (one - np.float32(0.75) * wear * worn)
    rec[GAIN + i] = gain * (one - mix) + mix * (one + np.float32(0.35) * (n1 - half))
    rec[MIX + i] = mix
    rec[SCALE + i] = one - np.float32(0.25) * mix


@inline
def _crossing(rec, count, m, at):
    """Stripes across a road, or paint all over."""
    one, wear, mean_worn = np.float32(1.0), m[at + 17], m[at + 24]
    striped = m[at + 12] > np.float32(0.0)
    if striped:
        _stripes(rec, count, m[at + 12], np.float32(0.0))
    for i in range(count):
        _wear_off(rec, i, rec[MIX + i] if striped else one, rec[GAIN + i], wear, mean_worn)


@inline
def _fields(rec, count, share):
    """Two colours by the first layer, which leaves the gain alone; the second has `share` of the surface.

    The ramp is even about the noise's mean, so that the share is the same where the noise is averaged away.
    """
    steep = np.float32(4.0) * share
    for i in range(count):
        rec[MIX + i] = min(max(share + steep * (rec[N0 + i] - np.float32(0.5)), np.float32(0.0)), share + share)


@inline
def _clumps(rec, count, share):
    """Two colours by the first layer, and taken of the gain, which the same noise changes."""
    one, steep = np.float32(1.0), np.float32(3.33) * share
    for i in range(count):
        second = min(max(share + steep * (rec[N0 + i] - np.float32(0.5)), np.float32(0.0)), share + share)
        rec[MIX + i] = min(second / max(rec[GAIN + i], np.float32(0.1)), one)


@inline
def _joints(rec, count, pitch):
    """Joints of slabs, `pitch` metres apart both ways."""
    gap, depth = np.float32(0.012), np.float32(0.55)
    share = gap / pitch
    mean = np.float32(1.0) / (np.float32(1.0) - depth * (np.float32(2.0) - share) * share)
    for i in range(count):
        a, b = comb(rec[U + i], pitch, gap, rec[FU + i]), comb(rec[V + i], pitch, gap, rec[FV + i])
        rec[GAIN + i] *= mean * (np.float32(1.0) - depth * (a + b - a * b))


@inline
def _brick(rec, count, k):
    """Running bond; albedo2 is the mortar."""
    half, one = np.float32(0.5), np.float32(1.0)
    course, joint, length = np.float32(BRICK_COURSE_M), np.float32(BRICK_JOINT_M), np.float32(BRICK_LENGTH_M)
    flat, upright = joint / course, joint / length
    for i in range(count):
        v, fu, fv = rec[V + i], rec[FU + i], rec[FV + i]
        row = np.floor(v / course)
        odd = row - np.float32(2.0) * np.floor(row * half)
        shifted = rec[U + i] + odd * half * length
        # Where a pixel holds more than one course, neither their joints nor their tones can be told apart.
        high = resolved(course, fv)
        near = high * resolved(length, fu)
        bed = flat + high * (comb(v, course, joint, fv) - flat)
        butt = upright + near * (comb(shifted, length, joint, fu) - upright)
        rec[MIX + i] = bed + butt - bed * butt
        tone = np.floor(shifted / length) * np.float32(0.618034) + row * np.float32(0.414214)
        tone -= np.floor(tone)  # a value of its own for every brick
        rec[GAIN + i] *= one + k * np.float32(0.6) * near * (tone - half)


@inline
def _facade(rec, count):
    """Windows (albedo2) every 2.6 m by 2.8 m, in light frames."""
    one = np.float32(1.0)
    wide, high = np.float32(BAY_M), np.float32(2.8)
    for i in range(count):
        u, v, fu, fv = rec[U + i], rec[V + i], rec[FU + i], rec[FV + i]
        pane_u = comb(u - np.float32(0.75), wide, np.float32(1.1), fu)
        pane_v = comb(v - np.float32(0.9), high, np.float32(1.35), fv)
        frame_u = comb(u - np.float32(0.67), wide, np.float32(1.26), fu)
        frame_v = comb(v - np.float32(0.82), high, np.float32(1.51), fv)
        cross = comb(u - np.float32(1.28), wide, np.float32(0.05), fu)
        mix = (pane_u - cross) * pane_v
        # The panes keep their own colour, whatever wall and frames have of the pixel.
        gain = rec[GAIN + i] * (one - mix) + np.float32(FRAME_LIGHT) * (frame_u * frame_v - mix) + mix
        rec[GAIN + i] = gain
        mix /= gain
        rec[MIX + i] = mix
        rec[SCALE + i] = one - np.float32(0.85) * mix


@inline
def _corrugated(rec, count, k):
    """Ridges along v, stains and streaks."""
    half = np.float32(0.5)
    mean = np.float32(1.0 / (0.92 + (0.14 * 0.11 - 0.4 * 0.03) / 0.25))
    for i in range(count):
        u, fu = rec[U + i], rec[FU + i]
        ridge = comb(u, np.float32(0.25), np.float32(0.11), fu)
        shade = comb(u - np.float32(0.11), np.float32(0.25), np.float32(0.03), fu)
        near = resolved(np.float32(0.25), fu)
        stain = k * np.float32(0.4) * (rec[N0 + i] - half) + k * np.float32(0.3) * (rec[N1 + i] - half)
        gain = mean * (np.float32(0.92) + np.float32(0.14) * ridge - np.float32(0.4) * shade)
        rec[GAIN + i] = (np.float32(1.0) + near * (gain - np.float32(1.0))) * (np.float32(1.0) + stain)


@inline
def _rubber(rec, count, k):
    """Ribs and dust."""
    half = np.float32(0.5)
    mean = np.float32(1.0) / ((np.float32(1.0) - half * k * np.float32(0.008 / 0.03)) * np.float32(1.05))
    for i in range(count):
        rib = comb(rec[U + i], np.float32(0.03), np.float32(0.008), rec[FU + i])
        rec[GAIN + i] = mean * (np.float32(1.0) - half * k * rib) * (np.float32(0.8) + half * rec[N0 + i])


@inline
def _wood(rec, count, k, board):
    """Grain along u, and boards of that width, each of its own tone, with dark gaps."""
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    for i in range(count):
        grain = k * (np.float32(WOOD_SHARE) + (rec[N0 + i] - half))
        rec[MIX + i] = min(max(grain, zero), one)
    if board <= zero:
        return
    gap, depth = np.float32(0.006), np.float32(0.7)
    mean = one / (one - depth * gap / board)
    for i in range(count):
        v, fv = rec[V + i], rec[FV + i]
        number = np.floor(v / board)
        tone = number * np.float32(0.618034)
        tone -= np.floor(tone)
        near = resolved(board, fv)
        shade = one + near * (mean * (one - depth * comb(v, board, gap, fv)) - one)
        rec[GAIN + i] *= shade * (one + k * half * near * (tone - half))


@inline
def _stripes(rec, count, period, slant):
    """Bands of albedo2 along u."""
    period = max(period, np.float32(1e-3))
    half = np.float32(0.5) * period
    for i in range(count):
        footprint = rec[FU + i] + abs(slant) * rec[FV + i]
        share = comb(rec[U + i] + slant * rec[V + i], period, half, footprint)
        rec[MIX + i] = np.float32(0.5) + resolved(period, footprint) * (share - np.float32(0.5))
