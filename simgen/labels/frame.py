"""Everything a camera measured at one tick, with its ground truth, as it goes into shards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLOW_SCALE = 32
"""Flow is stored as int16 in 1/32 px."""
FLOW_UNKNOWN = -32768
"""Stored flow where there is no previous frame or no correspondence."""


@dataclass(frozen=True, eq=False)
class CameraFrame:
    """One frame of one camera; labels that were not asked for are None.

    Attributes:
        name: the camera.
        tick: physics tick; time_s: simulated time.
        rgb: (H, W, 3) uint8 sRGB.
        depth_m: (H, W) float32 z-depth, inf where nothing.
        instance: (H, W) uint16; 0 nothing and scenery.
        semantic: (H, W) uint8.
        normal: (H, W, 3) int8, 127 x the unit normal in the camera frame; 0 where nothing.
        flow: (H, W, 2) int16, backward flow x 32 px; -32768 where unknown.
        transmittance: (H, W) uint8, 255 x transmittance of the air along the ray, rounded.
        glare: (H, W) uint8, 255 x share of the pixel's light that the lens scattered there, rounded.
        lens: (H, W) uint8, 255 x share of the pixel's light that comes through drops or dirt on the glass, rounded.
        wetness: (H, W) uint16 micrometres of water on the ground and on things in the rain (in what soaks), 0 elsewhere
            and under a flood.
        K: (3, 3) float64; T_world_camera: (4, 4) float64, OpenCV camera frame.
        distortion: (5,) float64 k1 k2 p1 p2 k3 of a Brown-Conrady lens or (4,) k1 k2 k3 k4 of a fisheye; None for a
            pinhole.
        exposure_s, gain: settings that the exposure control chose.
        objects: columns of the per-object table, one row per object whose silhouette meets the picture:
            instance u16 (R,), bbox_visible_px f32 (R, 4), bbox_amodal_px f32 (R, 4) as half-open x0 y0 x1 y1,
            visible_px u32, amodal_px u32, visibility f32, truncation f32, distance_m f32, transmittance f32,
            contrast f32, detectable u8, and the 3D box: box3d_center_camera_m f32 (R, 3),
            box3d_size_m f32 (R, 3), box3d_quat_camera_xyzw f32 (R, 4), velocity_mps f32 (R, 3) world frame.
    """

    name: str
    tick: int
    time_s: float
    rgb: NDArray[np.uint8]
    depth_m: NDArray[np.float32] | None
    instance: NDArray[np.uint16] | None
    semantic: NDArray[np.uint8] | None
    normal: NDArray[np.int8] | None
    flow: NDArray[np.int16] | None
    transmittance: NDArray[np.uint8] | None
    glare: NDArray[np.uint8] | None
    lens: NDArray[np.uint8] | None
    wetness: NDArray[np.uint16] | None
    K: NDArray[np.float64]
    T_world_camera: NDArray[np.float64]
    distortion: NDArray[np.float64] | None
    exposure_s: float
    gain: float
    objects: dict[str, NDArray[np.generic]] | None
