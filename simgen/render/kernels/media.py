"""The air between surface and eye, as labels."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import kernel
from simgen.render.kernels.light import even_path
from simgen.render.kernels.maths import exp32


@kernel
def air_labels(depth, intrinsics, back, air, distance, transmittance):
    """Distance along the ray and transmittance of the air.

    Args:
        depth: (H, W) float32 z-depth, inf for nothing.
        intrinsics: (4,) float64.
        back: (3, 4) float64 camera -> world.
        air: (4,) float32 extinction at the eye in 1/m; depth in metres of the fog above the eye, crossed by rays that
            meet nothing; `thinning` and `per_height` of `light.even_path`, 0 for even air.
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
