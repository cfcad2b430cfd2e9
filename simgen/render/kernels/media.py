"""The air between surface and eye, as labels."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import kernel
from simgen.render.kernels.maths import exp32


@kernel
def air_labels(depth, intrinsics, back, extinction, layer, distance, transmittance):
    """Distance along the ray and transmittance of the air.

    Args:
        depth: (H, W) float32 z-depth, inf for nothing.
        intrinsics: (4,) float64.
        back: (3, 4) float64 camera -> world.
        extinction: 1/m; layer: depth of the fog above the eye, metres, crossed by rays that meet nothing.
        distance, transmittance: (H, W) float32 outputs; distance is inf where nothing.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    ext = np.float32(-extinction)
    for r in range(depth.shape[0]):
        dy = (r - cy) / fy
        for c in range(depth.shape[1]):
            dx = (c - cx) / fx
            length = math.sqrt(1.0 + dx * dx + dy * dy)
            d = depth[r, c] * np.float32(length)
            distance[r, c] = d
            if not depth[r, c] < np.float32(1e9):
                rise = (back[2, 0] * dx + back[2, 1] * dy + back[2, 2]) / length
                d = np.float32(layer / max(rise, 1e-6))
            transmittance[r, c] = exp32(ext * d)
