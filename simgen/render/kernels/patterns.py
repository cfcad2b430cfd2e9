"""Procedural surface patterns in surface coordinates (metres), filtered to the pixel's footprint.

Noise comes from mip-mapped textures (level chosen by the footprint); lines and stripes are box-filtered in
closed form. So nothing shimmers when the camera moves.
"""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline
from simgen.render.kernels.maths import smooth

_SIZE = 512
_CRACK_MEAN = 0.02


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
    u = u * shrink - half
    v = v * shrink - half
    if not (abs(u) < np.float32(1e8) and abs(v) < np.float32(1e8)):
        return half
    fu = np.floor(u)
    fv = np.floor(v)
    a = u - fu
    b = v - fv
    size = _SIZE >> level
    mask = size - 1
    x0 = np.int64(fu) & mask
    y0 = np.int64(fv) & mask
    x1 = (x0 + 1) & mask
    y1 = (y0 + 1) & mask
    base = offsets[level]
    top_row = base + y0 * size
    low_row = base + y1 * size
    t00 = tex[channel, top_row + x0]
    t01 = tex[channel, low_row + x0]
    top = t00 + (tex[channel, top_row + x1] - t00) * a
    low = t01 + (tex[channel, low_row + x1] - t01) * a
    return top + (low - top) * b


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
def evaluate(m, tex, offsets, u, v, fu, fv):
    """Colour of a material at surface coordinates.

    Args:
        m: the material's row.
        tex, offsets: noise textures.
        u, v: surface coordinates in metres; fu, fv: the pixel's footprint along them in metres.

    Returns:
        (gain, mix, rough): the albedo is gain * lerp(albedo, albedo2, mix); roughness is scaled by `rough`.
    """
    pattern = int(m[10])
    k = m[11]
    one = np.float32(1.0)
    half = np.float32(0.5)
    gain = one
    mix = np.float32(0.0)
    rough = one
    f = np.float32(0.6) * max(fu, fv)  # between the long and the short side of the footprint
    fs = min(fu, fv)
    if pattern == 0:
        return gain, mix, rough
    if pattern == 1 or pattern == 2:  # asphalt, road
        patch = noise(tex, offsets, 1, u * np.float32(9.0), v * np.float32(9.0), f * np.float32(9.0))
        stone = noise(tex, offsets, 3, u * np.float32(60.0), v * np.float32(60.0), f * np.float32(60.0))
        crack = noise(tex, offsets, 2, u * np.float32(37.0), v * np.float32(37.0), f * np.float32(37.0))
        gain = (
            (one + k * np.float32(0.9) * (patch - half))
            * (one + k * np.float32(1.7) * (stone - half))
            * (one - k * np.float32(1.1) * crack)
        )
        if pattern == 2:
            lane = m[12]
            edge = lane * m[13]
            side = abs(v)
            # Tyres polish two darker tracks into every lane.
            w = side / lane
            w = (w - np.floor(w)) * lane - half * lane
            track = abs(abs(w) - np.float32(0.78))
            gain *= one - np.float32(0.16) * (one - smooth(np.float32(0.1), np.float32(0.55), track))
            inner = half * m[16]
            paint = band(side, edge - np.float32(0.25), inner, fv)
            for q in range(int(m[13])):
                dashed = band(side, lane * np.float32(q), inner, fv)
                if dashed > np.float32(0.0):
                    paint = max(paint, dashed * comb(u, m[14] + m[15], m[14], fu))
            if paint > np.float32(0.0):
                wear = m[17]
                worn = smooth(np.float32(0.75) - wear * half, np.float32(0.95) - wear * half, stone)
                mix = paint * (one - np.float32(0.75) * worn * wear)
                gain = gain * (one - mix) + mix * (np.float32(0.85) + np.float32(0.3) * (stone - half))
                rough = one - np.float32(0.25) * mix
        return max(gain, np.float32(0.1)), mix, rough
    if pattern == 3:  # grass
        # Blades stand up: foreshortening does not average them away, so the filter takes less than the footprint.
        fs *= np.float32(0.4)
        field = noise(tex, offsets, 1, u * np.float32(6.0), v * np.float32(6.0), f * np.float32(6.0))
        tuft = noise(tex, offsets, 1, u * np.float32(47.0), v * np.float32(47.0), fs * np.float32(47.0))
        blade = noise(tex, offsets, 3, u * np.float32(38.0), v * np.float32(24.0), fs * np.float32(38.0))
        gain = (one + k * np.float32(1.9) * (blade - half)) * (one + k * np.float32(1.6) * (tuft - half))
        mix = smooth(np.float32(0.40), np.float32(0.75), np.float32(0.65) * field + np.float32(0.35) * tuft)
        return max(gain, np.float32(0.15)), mix, rough
    if pattern == 4:  # soil
        field = noise(tex, offsets, 1, u * np.float32(13.0), v * np.float32(13.0), f * np.float32(13.0))
        clod = noise(tex, offsets, 1, u * np.float32(90.0), v * np.float32(90.0), fs * np.float32(90.0))
        gain = (one + k * (field - half)) * (one + k * np.float32(1.4) * (clod - half))
        return max(gain, np.float32(0.2)), mix, rough
    if pattern == 5 or pattern == 6:  # concrete, floor
        stain = noise(tex, offsets, 1, u * np.float32(14.0), v * np.float32(14.0), f * np.float32(14.0))
        wide = noise(tex, offsets, 1, u * np.float32(47.0), v * np.float32(47.0), f * np.float32(47.0))
        fine = noise(tex, offsets, 0, u * np.float32(120.0), v * np.float32(120.0), f * np.float32(120.0))
        gain = (
            (one + k * np.float32(0.9) * (stain - half))
            * (one + k * np.float32(0.5) * (wide - half))
            * (one + k * np.float32(0.35) * (fine - half))
        )
        pitch = np.float32(2.5) if pattern == 5 else np.float32(5.0)
        joint = max(comb(u, pitch, np.float32(0.012), fu), comb(v, pitch, np.float32(0.012), fv))
        gain *= one - np.float32(0.55) * joint
        if pattern == 6:
            scuff = noise(tex, offsets, 2, u * np.float32(23.0), v * np.float32(23.0), f * np.float32(23.0))
            gain *= one - np.float32(0.45) * k * scuff
            rough = np.float32(0.75) + np.float32(0.8) * stain
        return max(gain, np.float32(0.2)), mix, rough
    if pattern == 7:  # brick, running bond; albedo2 is the mortar
        row = np.floor(v / np.float32(0.075))
        odd = row - np.float32(2.0) * np.floor(row * half)
        shifted = u + odd * np.float32(0.12)
        mortar = max(
            comb(v, np.float32(0.075), np.float32(0.012), fv),
            comb(shifted, np.float32(0.24), np.float32(0.012), fu),
        )
        col = np.floor(shifted / np.float32(0.24))
        tone = noise(tex, offsets, 0, col * np.float32(7.3), row * np.float32(3.7), f / np.float32(0.1))
        wide = noise(tex, offsets, 1, u * np.float32(16.0), v * np.float32(16.0), f * np.float32(16.0))
        gain = (one + k * np.float32(0.8) * (tone - half)) * (one + k * np.float32(0.5) * (wide - half))
        return max(gain, np.float32(0.2)), mortar, rough
    if pattern == 8:  # facade: windows (albedo2) every 2.6 m by 2.8 m
        wu = comb(u - np.float32(0.75), np.float32(2.6), np.float32(1.1), fu)
        wv = comb(v - np.float32(0.9), np.float32(2.8), np.float32(1.35), fv)
        frame_u = comb(u - np.float32(0.67), np.float32(2.6), np.float32(1.26), fu)
        frame_v = comb(v - np.float32(0.82), np.float32(2.8), np.float32(1.51), fv)
        cross = comb(u - np.float32(1.28), np.float32(2.6), np.float32(0.05), fu)
        mix = wu * wv * (one - cross)
        wide = noise(tex, offsets, 1, u * np.float32(15.0), v * np.float32(15.0), f * np.float32(15.0))
        gain = one + k * np.float32(0.5) * (wide - half) + np.float32(0.45) * (frame_u * frame_v - mix)
        gain = gain * (one - mix) + mix
        return max(gain, np.float32(0.2)), mix, one - np.float32(0.85) * mix
    if pattern == 9:  # corrugated sheet: ridges along v
        ridge = comb(u, np.float32(0.25), np.float32(0.11), fu)
        shade = comb(u - np.float32(0.11), np.float32(0.25), np.float32(0.03), fu)
        wide = noise(tex, offsets, 1, u * np.float32(11.0), v * np.float32(11.0), f * np.float32(11.0))
        streak = noise(tex, offsets, 1, u * np.float32(60.0), v * np.float32(3.0), f * np.float32(60.0))
        gain = np.float32(0.92) + np.float32(0.14) * ridge - np.float32(0.4) * shade
        gain *= one + k * np.float32(0.4) * (wide - half) + k * np.float32(0.3) * (streak - half)
        return max(gain, np.float32(0.2)), mix, rough
    if pattern == 10:  # paint: a hint of dust towards the ground
        dust = noise(tex, offsets, 1, u * np.float32(30.0), v * np.float32(30.0), f * np.float32(30.0))
        return one + np.float32(0.08) * k * (dust - half), mix, rough
    if pattern == 11:  # cloth: folds and weave
        fold = noise(tex, offsets, 1, u * np.float32(55.0), v * np.float32(22.0), f * np.float32(55.0))
        weave = noise(tex, offsets, 0, u * np.float32(400.0), v * np.float32(400.0), fs * np.float32(400.0))
        gain = (one + k * np.float32(1.2) * (fold - half)) * (one + k * np.float32(0.4) * (weave - half))
        return max(gain, np.float32(0.3)), mix, rough
    if pattern == 12:  # rubber
        rib = comb(u, np.float32(0.03), np.float32(0.008), fu)
        dust = noise(tex, offsets, 1, u * np.float32(70.0), v * np.float32(70.0), f * np.float32(70.0))
        return (one - np.float32(0.5) * k * rib) * (np.float32(0.8) + np.float32(0.5) * dust), mix, rough
    if pattern == 13:  # wood: grain along u
        grain = noise(tex, offsets, 1, u * np.float32(20.0), v * np.float32(260.0), fv * np.float32(260.0))
        tone = noise(tex, offsets, 1, u * np.float32(9.0), v * np.float32(33.0), f * np.float32(33.0))
        mix = min(max(k * (np.float32(1.6) * grain - half), np.float32(0.0)), one)
        return np.float32(0.75) + half * tone, mix, rough
    if pattern == 14:  # cardboard: fibre, scuffs and a strip of tape (albedo2) along u
        fibre = noise(tex, offsets, 1, u * np.float32(120.0), v * np.float32(25.0), f * np.float32(120.0))
        stain = noise(tex, offsets, 1, u * np.float32(40.0), v * np.float32(40.0), f * np.float32(40.0))
        gain = (one + k * np.float32(0.3) * (fibre - half)) * (one + k * np.float32(0.6) * (stain - half))
        if m[12] > np.float32(0.0):
            mix = band(v, m[12], np.float32(0.03), fv)
        return max(gain, np.float32(0.3)), mix, rough
    if pattern == 15:  # fur: short hair
        hair = noise(tex, offsets, 1, u * np.float32(90.0), v * np.float32(300.0), fs * np.float32(300.0))
        tone = noise(tex, offsets, 1, u * np.float32(30.0), v * np.float32(30.0), f * np.float32(30.0))
        gain = (one + k * np.float32(0.9) * (hair - half)) * (one + k * np.float32(0.7) * (tone - half))
        return max(gain, np.float32(0.25)), mix, rough
    if pattern == 16:  # bark: ridges along v
        ridge = noise(tex, offsets, 1, u * np.float32(160.0), v * np.float32(22.0), f * np.float32(160.0))
        return max(one + k * np.float32(1.6) * (ridge - half), np.float32(0.2)), mix, rough
    if pattern == 17:  # leaves: clumps of light and shade
        clump = noise(tex, offsets, 1, u * np.float32(38.0), v * np.float32(38.0), fs * np.float32(38.0))
        leaf = noise(tex, offsets, 0, u * np.float32(19.0), v * np.float32(19.0), fs * np.float32(19.0))
        gain = (one + k * np.float32(1.2) * (leaf - half)) * (one + k * np.float32(1.8) * (clump - half))
        mix = smooth(np.float32(0.4), np.float32(0.8), clump)
        return max(gain, np.float32(0.12)), mix, rough
    if pattern == 18:  # stripes: albedo2 bands along u
        period = max(m[12], np.float32(1e-3))
        return gain, comb(u + m[13] * v, period, half * period, fu + abs(m[13]) * fv), rough
    return gain, mix, rough
