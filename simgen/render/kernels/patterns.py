"""Procedural surface patterns in surface coordinates (metres), filtered to the pixel's footprint.

Noise comes from mip-mapped textures (level chosen by the footprint); lines and stripes are box-filtered in
closed form. So nothing shimmers when the camera moves.
"""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline
from simgen.models import PATTERNS
from simgen.render.kernels.maths import smooth

_SIZE = 512
_CHANNEL = sum((512 >> k) ** 2 for k in range(10))  # texels of a channel with all its levels
_CRACK_MEAN = 0.02
_UNIT = np.float32(1.0 / 255.0)


@inline
def noise(tex, offsets, channel, u, v, footprint):
    """Bilinear value of a noise channel at texel position (u, v) whose pixel covers `footprint` texels.

    Where the filter has averaged the noise away (far mip levels) its mean is returned at once.
    """
    half = np.float32(0.5)
    exponent = np.int32(np.float32(footprint * np.float32(0.714)).view(np.int32)) >> np.int32(23)
    level = max(np.int32(exponent) - np.int32(126), np.int32(0))
    if level > np.int32(7) or (channel == 0 and level > np.int32(4)) or (channel == 3 and level > np.int32(5)):
        return half
    if channel == 2 and level > np.int32(5):
        return np.float32(_CRACK_MEAN)
    shrink = np.int32((np.int32(127) - level) << np.int32(23)).view(np.float32)
    u *= shrink
    v *= shrink
    if not (abs(u) < np.float32(1e8) and abs(v) < np.float32(1e8)):
        return half
    size = _SIZE >> level
    mask = size - 1
    base = offsets[level]
    u -= half
    v -= half
    fu = np.floor(u)
    fv = np.floor(v)
    a = u - fu
    b = v - fv
    x0 = np.int64(fu) & mask
    y0 = np.int64(fv) & mask
    x1 = (x0 + 1) & mask
    y1 = (y0 + 1) & mask
    top_row = base + y0 * size
    low_row = base + y1 * size
    t00 = np.float32(tex[channel * _CHANNEL + top_row + x0])
    t01 = np.float32(tex[channel * _CHANNEL + low_row + x0])
    top = t00 + (np.float32(tex[channel * _CHANNEL + top_row + x1]) - t00) * a
    low = t01 + (np.float32(tex[channel * _CHANNEL + low_row + x1]) - t01) * a
    return (top + (low - top) * b) * _UNIT


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


# Noise layers of each pattern: channel (-1 none), texels a metre along u and v, and how many texels the filter
# takes per metre of the footprint's mean and of its short side. One table, so that the lookup is compiled once.
_NONE = (-1.0, 0.0, 0.0, 0.0, 0.0)
_LAYERS = {
    "asphalt": ((1, 9, 9, 9, 0), (3, 60, 60, 60, 0), (2, 37, 37, 37, 0)),
    "road": ((1, 9, 9, 9, 0), (3, 60, 60, 60, 0), (2, 37, 37, 37, 0)),
    # Blades stand up: foreshortening does not average them away, so the filter takes less than the footprint.
    "grass": ((1, 6, 6, 6, 0), (1, 47, 47, 0, 19), (3, 38, 24, 0, 15)),
    "soil": ((1, 13, 13, 13, 0), (1, 90, 90, 0, 90), _NONE),
    "concrete": ((1, 14, 14, 14, 0), (1, 47, 47, 47, 0), (0, 120, 120, 120, 0)),
    "floor": ((1, 14, 14, 14, 0), (3, 60, 60, 60, 0), (2, 23, 23, 23, 0)),
    "brick": ((1, 16, 16, 16, 0), _NONE, _NONE),
    "facade": ((1, 15, 15, 15, 0), _NONE, _NONE),
    "corrugated": ((1, 11, 11, 11, 0), (1, 60, 3, 60, 0), _NONE),
    "paint": ((1, 30, 30, 30, 0), _NONE, _NONE),
    "cloth": ((1, 55, 22, 55, 0), (0, 400, 400, 0, 400), _NONE),
    "rubber": ((1, 70, 70, 70, 0), _NONE, _NONE),
    "wood": ((1, 20, 260, 100, 60), (1, 9, 33, 33, 0), _NONE),
    "cardboard": ((1, 120, 25, 120, 0), (1, 40, 40, 40, 0), _NONE),
    "fur": ((1, 90, 300, 0, 300), (1, 30, 30, 30, 0), _NONE),
    "bark": ((1, 160, 22, 160, 0), _NONE, _NONE),
    "leaves": ((1, 38, 38, 0, 38), (0, 19, 19, 0, 19), _NONE),
}
LAYERS = np.array([_LAYERS.get(name, (_NONE, _NONE, _NONE)) for name in PATTERNS], np.float32).ravel()


@inline
def layer(tex, offsets, layers, at, u, v, mean, short):
    """Value of the noise layer at index `at` in surface coordinates (u, v); one half where there is none."""
    channel = layers[at]
    if channel < np.float32(0.0):
        return np.float32(0.5)
    footprint = mean * layers[at + 3] + short * layers[at + 4]
    return noise(tex, offsets, np.int64(channel), u * layers[at + 1], v * layers[at + 2], footprint)


@inline
def evaluate(m, at, layers, tex, offsets, u, v, fu, fv):
    """Colour of a material at surface coordinates.

    Args:
        m: (M * MATERIAL_COLUMNS,) all materials, flat: views of arrays would count references; at: where the
            material starts.
        layers: `LAYERS`; tex, offsets: noise textures.
        u, v: surface coordinates in metres; fu, fv: the pixel's footprint along them in metres.

    Returns:
        (gain, mix, rough): the albedo is gain * lerp(albedo, albedo2, mix); roughness is scaled by `rough`.
    """
    pattern = int(m[at + 10])
    k = m[at + 11]
    one = np.float32(1.0)
    half = np.float32(0.5)
    gain = one
    mix = np.float32(0.0)
    rough = one
    if pattern == 0:
        return gain, mix, rough
    mean = np.float32(0.6) * max(fu, fv)  # between the long and the short side of the footprint
    short = min(fu, fv)
    n0 = layer(tex, offsets, layers, 15 * pattern, u, v, mean, short)
    n1 = layer(tex, offsets, layers, 15 * pattern + 5, u, v, mean, short)
    n2 = layer(tex, offsets, layers, 15 * pattern + 10, u, v, mean, short)
    low = np.float32(0.1)
    if pattern == 1 or pattern == 2:  # asphalt, road: patches, stones, cracks
        gain = (
            (one + k * np.float32(0.9) * (n0 - half))
            * (one + k * np.float32(1.7) * (n1 - half))
            * (one - k * np.float32(1.1) * n2)
        )
        if pattern == 2:
            lane = m[at + 12]
            edge = lane * m[at + 13]
            side = abs(v)
            # Tyres polish two darker tracks into every lane.
            w = side / lane
            w = (w - np.floor(w)) * lane - half * lane
            track = abs(abs(w) - np.float32(0.78))
            gain *= one - np.float32(0.16) * (one - smooth(np.float32(0.1), np.float32(0.55), track))
            inner = half * m[at + 16]
            paint = band(side, edge - np.float32(0.25), inner, fv)
            for q in range(int(m[at + 13])):
                dashed = band(side, lane * np.float32(q), inner, fv)
                if dashed > np.float32(0.0):
                    paint = max(paint, dashed * comb(u, m[at + 14] + m[at + 15], m[at + 14], fu))
            if paint > np.float32(0.0):
                wear = m[at + 17]
                worn = smooth(np.float32(0.75) - wear * half, np.float32(0.95) - wear * half, n1)
                mix = paint * (one - np.float32(0.75) * worn * wear)
                gain = gain * (one - mix) + mix * (np.float32(0.85) + np.float32(0.3) * (n1 - half))
                rough = one - np.float32(0.25) * mix
    elif pattern == 3:  # grass: fields of colour, tufts, blades
        gain = (one + k * np.float32(1.9) * (n2 - half)) * (one + k * np.float32(1.6) * (n1 - half))
        mix = smooth(np.float32(0.40), np.float32(0.75), np.float32(0.65) * n0 + np.float32(0.35) * n1)
    elif pattern == 4:  # soil: fields, clods
        gain = (one + k * (n0 - half)) * (one + k * np.float32(1.4) * (n1 - half))
    elif pattern == 5:  # concrete: stains, clouds, grain, joints
        gain = (
            (one + k * np.float32(0.9) * (n0 - half))
            * (one + k * np.float32(0.5) * (n1 - half))
            * (one + k * np.float32(0.35) * (n2 - half))
        )
        pitch, gap = np.float32(2.5), np.float32(0.012)
        gain *= one - np.float32(0.55) * max(comb(u, pitch, gap, fu), comb(v, pitch, gap, fv))
    elif pattern == 6:  # floor: stains, grain, scuffs, wide joints, polish
        gain = (
            (one + k * np.float32(0.9) * (n0 - half))
            * (one + k * np.float32(0.6) * (n1 - half))
            * (one - np.float32(0.45) * k * n2)
        )
        pitch, gap = np.float32(5.0), np.float32(0.012)
        gain *= one - np.float32(0.55) * max(comb(u, pitch, gap, fu), comb(v, pitch, gap, fv))
        rough = np.float32(0.75) + np.float32(0.8) * n0
    elif pattern == 7:  # brick, running bond; albedo2 is the mortar
        course, joint = np.float32(0.075), np.float32(0.012)
        row = np.floor(v / course)
        odd = row - np.float32(2.0) * np.floor(row * half)
        shifted = u + odd * np.float32(0.12)
        mix = max(comb(v, course, joint, fv), comb(shifted, np.float32(0.24), joint, fu))
        tone = np.floor(shifted / np.float32(0.24)) * np.float32(0.618034) + row * np.float32(0.414214)
        tone -= np.floor(tone)  # a value of its own for every brick
        near = min(np.float32(0.1) / max(mean, np.float32(1e-4)), one)
        gain = (one + k * np.float32(0.6) * near * (tone - half)) * (one + k * np.float32(0.5) * (n0 - half))
    elif pattern == 8:  # facade: windows (albedo2) every 2.6 m by 2.8 m
        wu = comb(u - np.float32(0.75), np.float32(2.6), np.float32(1.1), fu)
        wv = comb(v - np.float32(0.9), np.float32(2.8), np.float32(1.35), fv)
        frame_u = comb(u - np.float32(0.67), np.float32(2.6), np.float32(1.26), fu)
        frame_v = comb(v - np.float32(0.82), np.float32(2.8), np.float32(1.51), fv)
        cross = comb(u - np.float32(1.28), np.float32(2.6), np.float32(0.05), fu)
        mix = wu * wv * (one - cross)
        gain = one + k * half * (n0 - half) + np.float32(0.45) * (frame_u * frame_v - mix)
        gain = gain * (one - mix) + mix
        rough = one - np.float32(0.85) * mix
    elif pattern == 9:  # corrugated sheet: ridges along v, streaks
        ridge = comb(u, np.float32(0.25), np.float32(0.11), fu)
        shade = comb(u - np.float32(0.11), np.float32(0.25), np.float32(0.03), fu)
        gain = np.float32(0.92) + np.float32(0.14) * ridge - np.float32(0.4) * shade
        gain *= one + k * np.float32(0.4) * (n0 - half) + k * np.float32(0.3) * (n1 - half)
    elif pattern == 10:  # paint: a hint of dust
        gain = one + np.float32(0.08) * k * (n0 - half)
    elif pattern == 11:  # cloth: folds, weave
        gain = (one + k * np.float32(1.2) * (n0 - half)) * (one + k * np.float32(0.4) * (n1 - half))
        low = np.float32(0.3)
    elif pattern == 12:  # rubber: ribs, dust
        rib = comb(u, np.float32(0.03), np.float32(0.008), fu)
        gain = (one - half * k * rib) * (np.float32(0.8) + half * n0)
    elif pattern == 13:  # wood: grain along u
        mix = min(max(k * (np.float32(1.6) * n0 - half), np.float32(0.0)), one)
        gain = np.float32(0.75) + half * n1
    elif pattern == 14:  # cardboard: fibre, scuffs and a strip of tape (albedo2) along u
        gain = (one + k * np.float32(0.3) * (n0 - half)) * (one + k * np.float32(0.6) * (n1 - half))
        if m[at + 12] > np.float32(0.0):
            mix = band(v, m[at + 12], np.float32(0.03), fv)
        low = np.float32(0.3)
    elif pattern == 15:  # fur: short hair
        gain = (one + k * np.float32(0.9) * (n0 - half)) * (one + k * np.float32(0.7) * (n1 - half))
        low = np.float32(0.25)
    elif pattern == 16:  # bark: ridges along v
        gain = one + k * np.float32(1.6) * (n0 - half)
        low = np.float32(0.2)
    elif pattern == 17:  # leaves: clumps of light and shade
        gain = (one + k * np.float32(1.2) * (n1 - half)) * (one + k * np.float32(1.8) * (n0 - half))
        mix = smooth(np.float32(0.4), np.float32(0.8), n0)
    elif pattern == 18:  # stripes: albedo2 bands along u
        period = max(m[at + 12], np.float32(1e-3))
        mix = comb(u + m[at + 13] * v, period, half * period, fu + abs(m[at + 13]) * fv)
    return max(gain, low), mix, rough
