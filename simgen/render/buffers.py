"""What a renderer hands over for one camera at one tick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Buffers:
    """Per-pixel results at the pixel centres, H x W; labels are never blended.

    At water whose opacity exceeds 0.5 the labels describe the water surface (class water, instance 0).

    Attributes:
        radiance: (H, W, 3) float32 linear RGB luminance in cd/m2, fog included; None when not asked.
        depth_m: (H, W) float32 z-depth, inf where nothing (sky).
        distance_m: (H, W) float32 distance along the ray, inf where nothing; None when not asked.
        instance: (H, W) uint16, 0 scenery and nothing.
        semantic: (H, W) uint8 class ids, 0 sky.
        normal: (H, W, 3) float32 unit, camera frame (OpenCV); zero where nothing; None when not asked.
        flow_px: (H, W, 2) float32 backward flow: where this surface point was in the previous frame minus where it
            is now; NaN where unknown (first frame, behind the previous camera); None when not asked.
        transmittance: (H, W) float32 of the air along the ray; None when not asked.
        water_depth_m: (H, W) float32 vertical depth of the water seen at the pixel, 0 where none.
        part_version: (P,) uint8 which version of each part was drawn (see `detail.versions`); 0 is its mesh itself.
            Under a lens (faces, P), see `lens_map`.
        wetness_m: (H, W) float32 depth of the film of water on the ground as the picture shows it, puddles included,
            and on things that it rains on; on what soaks, of the water in it; 0 elsewhere and under a flood. None when
            not asked.
    """

    radiance: NDArray[np.float32] | None
    depth_m: NDArray[np.float32]
    distance_m: NDArray[np.float32] | None
    instance: NDArray[np.uint16]
    semantic: NDArray[np.uint8]
    normal: NDArray[np.float32] | None
    flow_px: NDArray[np.float32] | None
    transmittance: NDArray[np.float32] | None
    water_depth_m: NDArray[np.float32]
    part_version: NDArray[np.uint8]
    wetness_m: NDArray[np.float32] | None = None
