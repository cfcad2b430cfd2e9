"""What drops and flakes near the eye share: their way over the picture, what hangs over them, what lights them."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline
from simgen.render.kernels.distortion import project_from_face
from simgen.render.kernels.glow import pattern
from simgen.render.kernels.lamps import LAMP_CD, LAMP_POS, LAMP_REACH, LAMP_SIZE2, LAMP_TINT

_G = np.float32(0.6)  # asymmetry of the light that goes through a large drop or off it, without diffraction
_PI = np.float32(math.pi)


@inline
def crossing(bent, lens, turn, intrinsics, x, y, z, hx, hy, hz):
    """Where what moves from a point less (hx, hy, hz) to the point plus it, in the view's frame, crosses the picture.

    Returns:
        Whether it does, and the pixels x0, y0, x1, y1 of its ends. Nearer than 0.1 m it passes the lens, out of focus.
    """
    if min(z - hz, z + hz) < 0.1:
        return False, 0.0, 0.0, 0.0, 0.0
    if bent:
        x0, y0, begins = project_from_face(lens, turn, x - hx, y - hy, z - hz)
        x1, y1, ends = project_from_face(lens, turn, x + hx, y + hy, z + hz)
        return begins and ends, x0, y0, x1, y1
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    x0, y0 = fx * (x - hx) / (z - hz) + cx, fy * (y - hy) / (z - hz) + cy
    x1, y1 = fx * (x + hx) / (z + hz) + cx, fy * (y + hy) / (z + hz) + cy
    return True, x0, y0, x1, y1


@inline
def half_way(back, shutter, wx, wy, wz):
    """Half of the way, in the view's frame, that something goes while the shutter is open; (wx, wy, wz) world m/s."""
    h = 0.5 * shutter
    return (
        h * (back[0, 0] * wx + back[1, 0] * wy + back[2, 0] * wz),
        h * (back[0, 1] * wx + back[1, 1] * wy + back[2, 1] * wz),
        h * (back[0, 2] * wx + back[1, 2] * wy + back[2, 2] * wz),
    )


@inline
def in_world(back, x, y, z):
    """A point of the view's frame in the world."""
    return (
        back[0, 0] * x + back[0, 1] * y + back[0, 2] * z + back[0, 3],
        back[1, 0] * x + back[1, 1] * y + back[1, 2] * z + back[1, 3],
        back[2, 0] * x + back[2, 1] * y + back[2, 2] * z + back[2, 3],
    )


@inline
def beyond(x0, y0, x1, y1, margin, depth):
    """Whether a way is off the picture by more than a margin in pixels."""
    left, above = max(x0, x1) < -margin, max(y0, y1) < -margin
    return left or above or min(x0, x1) > depth.shape[1] + margin or min(y0, y1) > depth.shape[0] + margin


@inline
def phase(cosine):
    """Henyey and Greenstein's phase function in 1/sr; `cosine` of the angle by which light is turned."""
    one = np.float32(1.0)
    b = one + _G * _G - np.float32(2.0) * _G * cosine
    return (one - _G * _G) / (np.float32(4.0) * _PI * b * np.float32(math.sqrt(b)))


@inline
def sky_share(up):
    """Share of the light that `phase` sends to the eye that is the sky's; `up` is the sine of the line of sight.

    A drop before the sky shows more of it than one before the ground, mirrored and bent. The integral of the phase
    function over the upper half, within 0.005.
    """
    return np.float32(0.5) + np.float32(0.65) * up / np.float32(math.sqrt(np.float32(1.0) + np.float32(2.0) * up * up))


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
        tx, ty, tz = x - lamp[LAMP_POS], y - lamp[LAMP_POS + 1], z - lamp[LAMP_POS + 2]
        d2 = max(tx * tx + ty * ty + tz * tz, least2)
        if d2 > lamp[LAMP_REACH] * lamp[LAMP_REACH]:
            continue
        inv = one / np.float32(math.sqrt(d2))
        shape = pattern(lamp, tx, ty, tz, inv)
        if shape <= np.float32(0.0):
            continue
        e = lamp[LAMP_CD] / (d2 + lamp[LAMP_SIZE2]) * shape
        e *= scattered((tx * vx + ty * vy + tz * vz) * inv, matt)
        light[0] += lamp[LAMP_TINT] * e
        light[1] += lamp[LAMP_TINT + 1] * e
        light[2] += lamp[LAMP_TINT + 2] * e
