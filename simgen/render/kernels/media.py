"""The air between surface and eye, as labels."""

from __future__ import annotations

import math

import numpy as np

from simgen.render.kernels import kernel
from simgen.render.kernels.maths import exp32


@kernel
def air_labels(depth, intrinsics, extinction, distance, transmittance):
    """Distance along the ray and transmittance of the air.

    Args:
        depth: (H, W) float32 z-depth, inf for nothing.
        intrinsics: (4,) float64.
        extinction: 1/m.
        distance, transmittance: (H, W) float32 outputs; an infinite path through clear air transmits all.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    ext = np.float32(-extinction)
    clear = extinction <= 0.0
    one = np.float32(1.0)
    for r in range(depth.shape[0]):
        dy = (r - cy) / fy
        for c in range(depth.shape[1]):
            dx = np.float32((c - cx) / fx)
            d = depth[r, c] * np.float32(math.sqrt(one + dx * dx + np.float32(dy * dy)))
            distance[r, c] = d
            transmittance[r, c] = one if clear else exp32(ext * d)
