"""Falling drops near the eye as the streaks that they draw while the shutter is open."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.distortion import FX, MODEL, PINHOLE, project_from_face
from simgen.render.kernels.lamps import (
    AREA,
    LAMP_BEAM,
    LAMP_CD,
    LAMP_COS,
    LAMP_DIR,
    LAMP_POS,
    LAMP_REACH,
    LAMP_SIZE2,
    LAMP_TINT,
    LAMP_UP,
    SPOT,
    low_beam,
)
from simgen.render.kernels.light import BOUNCE_R, SKY_R, SUN_R, SUN_X
from simgen.render.kernels.maths import exp32, smooth

DRAWS = 4
"""Uniform draws that place a drop and give its size."""
_G = np.float32(0.6)  # asymmetry of the light that goes through a large drop or off it, without diffraction
_THINNEST = 0.1  # pixels; thinner drops cover less than a hundredth of a pixel for as long as they are there
_SEEN = np.float32(0.94)  # share of the light that falls on a drop that leaves it again towards the front
_PI = np.float32(math.pi)


@inline
def phase(cosine):
    """Henyey and Greenstein's phase function in 1/sr; `cosine` of the angle by which light is turned."""
    one = np.float32(1.0)
    b = one + _G * _G - np.float32(2.0) * _G * cosine
    return (one - _G * _G) / (np.float32(4.0) * _PI * b * np.float32(math.sqrt(b)))


@inline
def scattered(cosine, matt):
    """As `phase`, but for the share `matt` of the light as a white ball scatters it: mostly back.

    The ball's phase function 8 / (3 pi) (sin t - t cos t) / 4 pi of the angle t, by a parabola within 3 % of its peak.
    """
    ball = np.float32(0.8488) - cosine * (np.float32(1.3333) - np.float32(0.4845) * cosine)
    return (np.float32(1.0) - matt) * phase(cosine) + matt * ball / (np.float32(4.0) * _PI)


@inline
def free_sky(cover, grid, x, y, z):
    """Whether nothing hangs over a point, see `shadow.sky_visibility` for the grid."""
    size = int(grid[3])
    i, j = math.floor(x * grid[0] + grid[1]), math.floor(grid[2] - y * grid[0])
    return not (0 <= i < size and 0 <= j < size and cover[j * size + i] > z)


@inline
def quantile(table, share):
    """A value from its quantiles at even shares from 0 to 1."""
    u = share * (table.shape[0] - 1)
    i = min(int(u), table.shape[0] - 2)
    return table[i] + (table[i + 1] - table[i]) * (u - i)


@inline
def shine(x, y, z, vx, vy, vz, table, matt, least2, light):
    """Add the radiance of what falls at a point, lit by the lamps, to `light`.

    (vx, vy, vz) is the way to the eye, `matt` as in `scattered`; nearer to a lamp than the root of `least2` metres it
    gets no brighter.
    """
    one = np.float32(1.0)
    for k in range(table.shape[0]):
        lamp = table[k]
        dx, dy, dz = lamp[LAMP_DIR], lamp[LAMP_DIR + 1], lamp[LAMP_DIR + 2]
        tx, ty, tz = x - lamp[LAMP_POS], y - lamp[LAMP_POS + 1], z - lamp[LAMP_POS + 2]
        d2 = max(tx * tx + ty * ty + tz * tz, least2)
        if d2 > lamp[LAMP_REACH] * lamp[LAMP_REACH]:
            continue
        inv = one / np.float32(math.sqrt(d2))
        c = (dx * tx + dy * ty + dz * tz) * inv
        if c <= np.float32(0.0):
            continue
        e = lamp[LAMP_CD] / (d2 + lamp[LAMP_SIZE2])
        if lamp[LAMP_BEAM] == AREA:
            e *= c
        elif lamp[LAMP_BEAM] == SPOT:
            inner = smooth(lamp[LAMP_COS], np.float32(0.2) * lamp[LAMP_COS] + np.float32(0.8), c)
            e *= inner * inner
        else:
            ux, uy, uz = lamp[LAMP_UP], lamp[LAMP_UP + 1], lamp[LAMP_UP + 2]
            rx, ry, rz = dy * uz - dz * uy, dz * ux - dx * uz, dx * uy - dy * ux
            flat = inv / max(c, np.float32(0.05))
            e *= low_beam((rx * tx + ry * ty + rz * tz) * flat, (ux * tx + uy * ty + uz * tz) * flat)
        e *= scattered((tx * vx + ty * vy + tz * vz) * inv, matt)
        light[0] += lamp[LAMP_TINT] * e
        light[1] += lamp[LAMP_TINT + 1] * e
        light[2] += lamp[LAMP_TINT + 2] * e


@inline
def _draw(image, depth, along0, across0, along1, across1, wide, steep, far, light):
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
            if alpha <= 0.0 or depth[r, c] < far:
                continue
            a = np.float32(min(alpha, 1.0))
            for k in range(3):
                image[r, c, k] += (light[k] - image[r, c, k]) * a


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
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    bent = lens[MODEL] != PINHOLE
    for n in range(draws.shape[0]):
        z = quantile(distances, draws[n, 0])
        x, y = (2.0 * draws[n, 1] - 1.0) * spread[0] * z, (2.0 * draws[n, 2] - 1.0) * spread[1] * z
        diameter = quantile(diameters, draws[n, 3])
        wide = fx * diameter / z
        if wide < _THINNEST and not bent:
            continue
        fall = max(9.65 - 10.3 * float(exp32(np.float32(-600.0 * diameter))), 0.0)
        wx, wy, wz = velocity[0], velocity[1], velocity[2] - fall
        hx = 0.5 * shutter * (back[0, 0] * wx + back[1, 0] * wy + back[2, 0] * wz)
        hy = 0.5 * shutter * (back[0, 1] * wx + back[1, 1] * wy + back[2, 1] * wz)
        hz = 0.5 * shutter * (back[0, 2] * wx + back[1, 2] * wy + back[2, 2] * wz)
        if min(z - hz, z + hz) < 0.1:  # it passes the lens, out of focus
            continue
        far = z
        if bent:
            d = math.sqrt(x * x + y * y + z * z)
            wide = lens[FX] * diameter / d
            if wide < _THINNEST:
                continue
            x0, y0, begins = project_from_face(lens, turn, x - hx, y - hy, z - hz)
            x1, y1, ends = project_from_face(lens, turn, x + hx, y + hy, z + hz)
            if not (begins and ends):
                continue
            far = turn[0, 2] * x + turn[1, 2] * y + turn[2, 2] * z
        else:
            x0, y0 = fx * (x - hx) / (z - hz) + cx, fy * (y - hy) / (z - hz) + cy
            x1, y1 = fx * (x + hx) / (z + hz) + cx, fy * (y + hy) / (z + hz) + cy
        if max(x0, x1) < -1.0 or max(y0, y1) < -1.0 or min(x0, x1) > depth.shape[1] or min(y0, y1) > depth.shape[0]:
            continue
        px = back[0, 0] * x + back[0, 1] * y + back[0, 2] * z + back[0, 3]
        py = back[1, 0] * x + back[1, 1] * y + back[1, 2] * z + back[1, 3]
        pz = back[2, 0] * x + back[2, 1] * y + back[2, 2] * z + back[2, 3]
        if not free_sky(cover, grid, px, py, pz):
            continue
        d = math.sqrt(x * x + y * y + z * z)
        vx, vy, vz = (
            np.float32((back[0, 3] - px) / d),
            np.float32((back[1, 3] - py) / d),
            np.float32((back[2, 3] - pz) / d),
        )
        sun = phase(-(src[SUN_X] * vx + src[SUN_X + 1] * vy + src[SUN_X + 2] * vz))
        for k in range(3):
            around = (src[SKY_R + k] + src[BOUNCE_R + k]) / (np.float32(2.0) * _PI)
            light[k] = _SEEN * around + src[SUN_R + k] * sun
        shine(
            np.float32(px), np.float32(py), np.float32(pz), vx, vy, vz, table, np.float32(0.0), np.float32(0.01), light
        )
        if abs(y1 - y0) >= abs(x1 - x0):
            _draw(image, depth, y0, x0, y1, x1, wide, True, far, light)
        else:
            _draw(image, depth, x0, y0, x1, y1, wide, False, far, light)
