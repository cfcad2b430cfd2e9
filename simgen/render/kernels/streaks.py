"""Falling drops near the eye as the streaks that they draw while the shutter is open."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.distortion import FX, MODEL, PINHOLE
from simgen.render.kernels.falling import (
    beyond,
    crossing,
    free_sky,
    half_way,
    in_world,
    phase,
    quantile,
    shine,
    sky_share,
)
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.sources import BOUNCE_R, SKY_R, SUN_R, SUN_X

DRAWS = 4
"""Uniform draws that place a drop and give its size."""
_THINNEST = 0.1  # pixels; thinner drops cover less than a hundredth of a pixel for as long as they are there
_ROUND = 1.5  # pixels; the round outline of wider drops is seen
_SEEN = np.float32(0.94)  # share of the light that falls on a drop that leaves it again towards the front
_PI = np.float32(math.pi)


@inline
def _swept(along, across, run, radius):
    """Share of the time for which a disc that moves from (0, 0) to (run, 0) is over a point."""
    chord = radius * radius - across * across
    if chord <= 0.0:
        return 0.0
    chord = math.sqrt(chord)
    if run < 1e-6:
        return 1.0 if abs(along) < chord else 0.0
    return max(min(along + chord, run) - max(along - chord, 0.0), 0.0) / run


@inline
def _blend(image, r, c, light, alpha):
    """Put so much of the light before a pixel."""
    a = np.float32(min(alpha, 1.0))
    for k in range(3):
        image[r, c, k] += (light[k] - image[r, c, k]) * a


@inline
def _draw_wide(image, depth, x0, y0, x1, y1, wide, far, light):
    """Blend the way of a disc that is wider than a pixel: a soft band with round ends, by 16 points of each pixel."""
    radius, run = 0.5 * wide, math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0))
    tx, ty = ((x1 - x0) / run, (y1 - y0) / run) if run >= 1e-6 else (1.0, 0.0)
    rows, columns = depth.shape
    left, right = math.floor(min(x0, x1) - radius), math.ceil(max(x0, x1) + radius)
    above, below = math.floor(min(y0, y1) - radius), math.ceil(max(y0, y1) + radius)
    for r in range(max(above, 0), min(below, rows - 1) + 1):
        for c in range(max(left, 0), min(right, columns - 1) + 1):
            if depth[r, c] < far:
                continue
            alpha = 0.0
            for k in range(16):
                x, y = c - x0 - 0.375 + 0.25 * (k & 3), r - y0 - 0.375 + 0.25 * (k >> 2)
                alpha += _swept(x * tx + y * ty, y * tx - x * ty, run, radius) / 16.0
            if alpha > 0.0:
                _blend(image, r, c, light, alpha)


@inline
def _draw_thin(image, depth, along0, across0, along1, across1, wide, steep, far, light):
    """Blend a streak into the picture: from one point to another, counted along its longer side and across it.

    A pixel sees the drop for the share of the time in which its disc, pi / 4 wide^2, is there.
    """
    if along1 < along0:
        along0, along1, across0, across1 = along1, along0, across1, across0
    run = along1 - along0
    slope = (across1 - across0) / max(run, 1e-6)
    if run < 1e-6:
        slope = 0.0
    length = math.sqrt(run * run + (across1 - across0) * (across1 - across0))
    share = 0.25 * math.pi * wide / (length + wide)
    half = 0.5 * wide * math.sqrt(1.0 + slope * slope)
    begin, end = along0 - 0.5 * wide, along1 + 0.5 * wide
    rows, columns = depth.shape
    most, widest = (rows, columns) if steep else (columns, rows)
    for m in range(max(math.floor(begin + 0.5), 0), min(math.floor(end + 0.5), most - 1) + 1):
        here = min(end, m + 0.5) - max(begin, m - 0.5)
        middle = across0 + slope * (m - along0)
        low, high = middle - half, middle + half
        for q in range(max(math.floor(low + 0.5), 0), min(math.floor(high + 0.5), widest - 1) + 1):
            alpha = (min(high, q + 0.5) - max(low, q - 0.5)) * here * share
            r, c = (m, q) if steep else (q, m)
            if alpha > 0.0 and depth[r, c] >= far:
                _blend(image, r, c, light, alpha)


@kernel
def streaks(
    image,
    depth,
    draws,
    distances,
    diameters,
    spread,
    velocity,
    shutter,
    back,
    intrinsics,
    lens,
    turn,
    src,
    table,
    cover,
    grid,
    light,
):
    """Draw the streaks of drops over a picture, in place.

    Args:
        image: (H, W, 3) float32 radiance; depth: (H, W) float32 z-depth.
        draws: (N, DRAWS) float64 in 0..1, one row a drop.
        distances, diameters: (Q,) quantiles of the drops' z-depth and size, metres.
        spread: (2,) tangents of half the angles that drops are drawn in.
        velocity: (3,) of the air against the camera, world frame.
        shutter: seconds.
        back, intrinsics: of the view.
        lens: of the picture, see `distortion`; under one that bends lines the view is one of its faces.
        turn: (3, 3) float64 frame of the picture's camera -> the view's.
        src, table: sources and lamps, see `light` and `lamps`.
        cover, grid: what hangs over the ground, see `shadow.sky_visibility`.
        light: (3,) float32 scratch.
    """
    fx = intrinsics[0]
    bent = lens[MODEL] != PINHOLE
    for n in range(draws.shape[0]):
        z = quantile(distances, draws[n, 0])
        x, y = (2.0 * draws[n, 1] - 1.0) * spread[0] * z, (2.0 * draws[n, 2] - 1.0) * spread[1] * z
        diameter = quantile(diameters, draws[n, 3])
        wide = fx * diameter / z
        if wide < _THINNEST and not bent:
            continue
        fall = max(9.65 - 10.3 * float(exp32(np.float32(-600.0 * diameter))), 0.0)
        hx, hy, hz = half_way(back, shutter, velocity[0], velocity[1], velocity[2] - fall)
        far = z
        if bent:
            wide = lens[FX] * diameter / math.sqrt(x * x + y * y + z * z)
            if wide < _THINNEST:
                continue
            far = turn[0, 2] * x + turn[1, 2] * y + turn[2, 2] * z
        seen, x0, y0, x1, y1 = crossing(bent, lens, turn, intrinsics, x, y, z, hx, hy, hz)
        if not seen or beyond(x0, y0, x1, y1, 1.0, depth):
            continue
        px, py, pz = in_world(back, x, y, z)
        if not free_sky(cover, grid, px, py, pz):
            continue
        d = math.sqrt(x * x + y * y + z * z)
        vx, vy, vz = (
            np.float32((back[0, 3] - px) / d),
            np.float32((back[1, 3] - py) / d),
            np.float32((back[2, 3] - pz) / d),
        )
        sun = phase(-(src[SUN_X] * vx + src[SUN_X + 1] * vy + src[SUN_X + 2] * vz))
        sky = sky_share(-vz)
        for k in range(3):
            around = src[BOUNCE_R + k] + sky * (src[SKY_R + k] - src[BOUNCE_R + k])
            light[k] = _SEEN * around / _PI + src[SUN_R + k] * sun
        shine(
            np.float32(px), np.float32(py), np.float32(pz), vx, vy, vz, table, np.float32(0.0), np.float32(0.01), light
        )
        if wide >= _ROUND:
            _draw_wide(image, depth, x0, y0, x1, y1, wide, far, light)
        elif abs(y1 - y0) >= abs(x1 - x0):
            _draw_thin(image, depth, y0, x0, y1, x1, wide, True, far, light)
        else:
            _draw_thin(image, depth, x0, y0, x1, y1, wide, False, far, light)
