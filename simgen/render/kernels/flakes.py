"""Falling flakes near the eye: soft, uneven blobs, drawn out as far as they move while the shutter is open."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.distortion import FX, MODEL, PINHOLE
from simgen.render.kernels.falling import beyond, crossing, free_sky, half_way, in_world, quantile, scattered, shine
from simgen.render.kernels.sources import BOUNCE_R, SKY_R, SUN_R, SUN_X

DRAWS = 8
"""Uniform draws that place a flake, and give its size, its shape, and how it flutters."""
MATT = np.float32(0.5)
"""Share of what a flake sends out that leaves it as from a white ball, not as from a drop: it is a heap of crystals.

An assumption of ours: no measurement of falling flakes with diffraction left out was found."""
FLUTTER_MPS = 0.35
"""Greatest speed of a flake sideways against the air, and share of its fall speed that comes and goes."""
_THINNEST = 0.16  # pixels; thinner flakes cover less than a fiftieth of a pixel
_LAMP_M2 = np.float32(0.25)  # the air goes around a car: no flake comes nearer to its lamps than half a metre
_SOFT_PX = 0.6  # how far the optics spread a point
_PI = np.float32(math.pi)


@inline
def _radius(dx, dy, lobe2, lobe3, uneven):
    """Share of its mean radius that a flake has in a direction, which is not of unit length."""
    r2 = dx * dx + dy * dy
    if uneven <= 0.0 or r2 < 1e-9:
        return 1.0
    c, s = dx / math.sqrt(r2), dy / math.sqrt(r2)
    # Two and three lobes, turned by the draws: cosine and sine of multiples of the angle.
    c2, s2, c3, s3 = c * c - s * s, 2.0 * c * s, 4.0 * c * c * c - 3.0 * c, 3.0 * s - 4.0 * s * s * s
    return 1.0 + uneven * (
        0.22 * (c2 * lobe2 + s2 * (1.0 - abs(lobe2))) + 0.16 * (c3 * lobe3 + s3 * (1.0 - abs(lobe3)))
    )


@inline
def _blend(image, depth, row, column, far, alpha, light):
    """Lay the share `alpha` of a flake's light over a pixel, unless something nearer is there."""
    if alpha > 0.0 and depth[row, column] >= far:
        a = np.float32(min(alpha, 0.95))
        for k in range(3):
            image[row, column, k] += (light[k] - image[row, column, k]) * a


@inline
def _blob(image, depth, x, y, wide, far, lobe2, lobe3, light):
    """Blend a flake that hardly moves into the picture.

    Its opacity falls from the middle as (1 - r^2)^2. In all it covers pi / 4 wide^2, as the disc that it stands for.
    """
    radius = 0.625 * wide + _SOFT_PX
    peak = 0.75 * wide * wide / (radius * radius)
    uneven = 1.0 if wide > 2.0 else 0.0
    reach = radius * (1.0 + 0.4 * uneven)
    rows, columns = depth.shape
    for i in range(max(math.ceil(y - reach), 0), min(math.floor(y + reach), rows - 1) + 1):
        for j in range(max(math.ceil(x - reach), 0), min(math.floor(x + reach), columns - 1) + 1):
            dx, dy = j - x, i - y
            r = radius * _radius(dx, dy, lobe2, lobe3, uneven)
            inside = max(1.0 - (dx * dx + dy * dy) / (r * r), 0.0)
            _blend(image, depth, i, j, far, peak * inside * inside, light)


@inline
def _trail(image, depth, x0, y0, x1, y1, wide, far, light):
    """Blend a flake into the picture that goes from one point to another; it covers as much as at rest, in the mean.

    A pixel sees it for the share of the way on which it is there, and less towards the sides.
    """
    steep = abs(y1 - y0) >= abs(x1 - x0)
    if steep:
        x0, y0, x1, y1 = y0, x0, y1, x1
    if x1 < x0:
        x0, y0, x1, y1 = x1, y1, x0, y0
    run = x1 - x0
    slope = (y1 - y0) / run
    stretch = math.sqrt(1.0 + slope * slope)
    radius = 0.625 * wide + _SOFT_PX
    peak = 0.4 * wide * wide / (radius * radius)
    inv_stretch, inv_r2, inv_length = 1.0 / stretch, 1.0 / (radius * radius), 1.0 / (run * stretch)
    half_way, half = 0.5 * run * stretch, radius * stretch
    rows, columns = depth.shape
    most, widest = (rows, columns) if steep else (columns, rows)
    middle_x, middle_y = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
    for m in range(max(math.ceil(x0 - radius), 0), min(math.floor(x1 + radius), most - 1) + 1):
        dx = m - middle_x
        center = middle_y + slope * dx
        for q in range(max(math.ceil(center - half), 0), min(math.floor(center + half), widest - 1) + 1):
            dy = q - middle_y
            across, along = (dy - dx * slope) * inv_stretch, (dx + dy * slope) * inv_stretch
            inside = 1.0 - across * across * inv_r2
            if inside <= 0.0:
                continue
            chord = radius * math.sqrt(inside)
            share = (min(along + chord, half_way) - max(along - chord, -half_way)) * inv_length
            alpha = peak * inside * inside * share
            if steep:
                _blend(image, depth, m, q, far, alpha, light)
            else:
                _blend(image, depth, q, m, far, alpha, light)


@kernel
def flakes(
    image,
    depth,
    draws,
    distances,
    diameters,
    speeds,
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
    """Draw flakes over a picture, in place.

    Args:
        image: (H, W, 3) float32 radiance; depth: (H, W) float32 z-depth.
        draws: (N, DRAWS) float64 in 0..1, one row a flake.
        distances, diameters, speeds: (Q,) quantiles of the flakes' z-depth, size (metres) and fall speed (m/s).
        spread: (2,) tangents of half the angles that flakes are drawn in.
        velocity: (3,) of the air against the camera, world frame.
        shutter: seconds.
        back, intrinsics: of the view.
        lens, turn: of the picture and of the view in it, see `streaks.streaks`.
        src, table: sources and lamps, see `light` and `lamps`.
        cover, grid: what hangs over the ground, see `shadow.sky_visibility`.
        light: (3,) float32 scratch.
    """
    fx = intrinsics[0]
    bent = lens[MODEL] != PINHOLE
    for n in range(draws.shape[0]):
        z = quantile(distances, draws[n, 0])
        x, y = (2.0 * draws[n, 1] - 1.0) * spread[0] * z, (2.0 * draws[n, 2] - 1.0) * spread[1] * z
        far = z
        wide = fx * quantile(diameters, draws[n, 3]) / z
        if bent:
            far = turn[0, 2] * x + turn[1, 2] * y + turn[2, 2] * z
            wide = lens[FX] * quantile(diameters, draws[n, 3]) / math.sqrt(x * x + y * y + z * z)
        if wide < _THINNEST:
            continue
        fall = quantile(speeds, draws[n, 3]) * (1.0 + FLUTTER_MPS * (2.0 * draws[n, 6] - 1.0))
        wx = velocity[0] + FLUTTER_MPS * (2.0 * draws[n, 4] - 1.0)
        wy = velocity[1] + FLUTTER_MPS * (2.0 * draws[n, 5] - 1.0)
        hx, hy, hz = half_way(back, shutter, wx, wy, velocity[2] - fall)
        seen, x0, y0, x1, y1 = crossing(bent, lens, turn, intrinsics, x, y, z, hx, hy, hz)
        if not seen or beyond(x0, y0, x1, y1, wide, depth):
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
        sun = scattered(-(src[SUN_X] * vx + src[SUN_X + 1] * vy + src[SUN_X + 2] * vz), MATT)
        for k in range(3):
            around = (src[SKY_R + k] + src[BOUNCE_R + k]) / (np.float32(2.0) * _PI)
            light[k] = around + src[SUN_R + k] * sun
        shine(np.float32(px), np.float32(py), np.float32(pz), vx, vy, vz, table, MATT, _LAMP_M2, light)
        moved = math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0))
        if moved < 0.625 * wide + _SOFT_PX:
            lobe2, lobe3 = 2.0 * draws[n, 7] - 1.0, 2.0 * draws[n, 4] - 1.0
            _blob(image, depth, 0.5 * (x0 + x1), 0.5 * (y0 + y1), wide, far, lobe2, lobe3, light)
        else:
            _trail(image, depth, x0, y0, x1, y1, wide, far, light)
