"""The air between surface and eye: what it takes and adds, and as labels."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.resolve import BLUE, DISTANCE, GREEN, PZ, RED, Z
from simgen.render.kernels.sources import AIR_B, AIR_G, AIR_R, EXTINCTION, EYE_Z, LAYER, PER_HEIGHT, THINNING


@inline
def even_path(distance, rise, solid, thinning, per_height):
    """Path through air as dense as at the eye that takes as much light as a path through air that thins out.

    With b(z) = b exp(-(z - eye) / H) over a part of the air: H / rise (1 - exp(-rise d / H)), to the end of all air for
    rays that meet nothing.

    Args:
        distance: along the ray, m, of even air; rise: sine of its angle above the horizon.
        solid: whether it ends at a surface.
        thinning: share of the air at the eye that thins out; per_height: 1 / H in 1/m.
    """
    # Every case is worked out and one is taken: with branches, loops over this do not become vectors everywhere.
    one = np.float32(1.0)
    x = rise * distance * per_height
    small = one - x * (np.float32(0.5) - x * np.float32(1.0 / 6.0))
    share = (one - exp32(-x)) / x
    to_end = one / (max(rise, np.float32(1e-6)) * per_height)
    thin = distance * (small if abs(x) < np.float32(0.02) else share) if solid else to_end
    return distance + thinning * (thin - distance)


@inline
def way(rec, o, src):
    """Length of the way through even air to a point, or through its layer to the sky, and the sine of its rise."""
    # Both are worked out and one is taken, see `even_path`.
    solid = rec[Z + o] < np.float32(1e9)
    z, distance = rec[PZ + o], rec[DISTANCE + o]
    to_sky = src[LAYER] / max(z, np.float32(1e-6))
    rise = (z - src[EYE_Z]) / max(distance, np.float32(1e-3))
    return distance if solid else to_sky, rise if solid else z


@inline
def _haze(d, rise, src, o, out):
    """Dim what is seen through so much air and add its light, in place."""
    one = np.float32(1.0)
    t = exp32(-src[EXTINCTION] * d)
    a = (one - t) * (one + np.float32(0.35) * min(max(rise, np.float32(-0.5)), one))
    out[RED + o] = out[RED + o] * t + src[AIR_R] * a
    out[GREEN + o] = out[GREEN + o] * t + src[AIR_G] * a
    out[BLUE + o] = out[BLUE + o] * t + src[AIR_B] * a


@kernel
def air(rec, count, src, out):
    """Fog between surface and eye (Koschmieder along the ray), in place.

    The airlight brightens towards the zenith, where a finite layer lets more of the dome through.

    Args:
        rec: (ROWS * BLOCK,) records of the block; count: points in it.
        src: (SOURCES,) float32, see `sources`.
        out: (3 * BLOCK,) float32 radiance, in and out.
    """
    if src[EXTINCTION] <= np.float32(0.0):
        return
    # Two loops: that of even air has no branch and runs eight at a time.
    if src[PER_HEIGHT] > np.float32(0.0):
        for o in range(count):
            d, rise = way(rec, o, src)
            d = even_path(d, rise, rec[Z + o] < np.float32(1e9), src[THINNING], src[PER_HEIGHT])
            _haze(d, rise, src, o, out)
    else:
        for o in range(count):
            d, rise = way(rec, o, src)
            _haze(d, rise, src, o, out)


@kernel
def air_labels(depth, intrinsics, back, air, distance, transmittance):
    """Distance along the ray and transmittance of the air.

    Args:
        depth: (H, W) float32 z-depth, inf for nothing.
        intrinsics: (4,) float64.
        back: (3, 4) float64 camera -> world.
        air: (4,) float32 extinction at the eye in 1/m; depth in metres of the fog above the eye, crossed by rays that
            meet nothing; `thinning` and `per_height` of `even_path`, 0 for even air.
        distance, transmittance: (H, W) float32 outputs; distance is inf where nothing.
    """
    one = np.float32(1.0)
    ifx, ify = np.float32(1.0 / intrinsics[0]), np.float32(1.0 / intrinsics[1])
    cx, cy = np.float32(intrinsics[2]), np.float32(intrinsics[3])
    ux, uy, uz = np.float32(back[2, 0]), np.float32(back[2, 1]), np.float32(back[2, 2])
    ext, top, share, steep = -air[0], air[1], air[2], air[3]
    for r in range(depth.shape[0]):
        dy = (np.float32(r) - cy) * ify
        for c in range(depth.shape[1]):
            dx = (np.float32(c) - cx) * ifx
            length = np.float32(math.sqrt(one + dx * dx + dy * dy))
            z = depth[r, c]
            distance[r, c] = z * length
            rise = (ux * dx + uy * dy + uz) / length
            path = z * length if z < np.float32(1e9) else top / max(rise, np.float32(1e-6))
            if steep > np.float32(0.0):
                path = even_path(path, rise, z < np.float32(1e9), share, steep)
            transmittance[r, c] = exp32(ext * path)
