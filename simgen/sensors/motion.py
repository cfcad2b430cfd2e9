"""Motion blur: a picture gathers light for the whole exposure, in which things and the camera move on."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from simgen.sensors.blur_kernels import PATH_COLUMNS, SIDE, TILE_COLUMNS, blur, choose, streaks, survey
from simgen.snapshot import Snapshot


def motion_blurred(
    radiance: NDArray[np.float32],
    depth_m: NDArray[np.float32],
    flow_px: NDArray[np.float32],
    exposure_share: float,
) -> NDArray[np.float32]:
    """Radiance (H, W, 3) float32 averaged over an exposure that is centred on the frame.

    Things move on straight lines in the picture, by `exposure_share` of their flow; streaks end at 80 px.

    Args:
        radiance: (H, W, 3) float32 of the moment of the frame.
        depth_m: (H, W) float32 z-depth, inf for the sky.
        flow_px: (H, W, 2) float32 backward flow, NaN where unknown (no blur there).
        exposure_share: exposure time over the interval of the flow.
    """
    streak = np.empty_like(flow_px)
    streaks(flow_px, np.float32(exposure_share), streak)
    shape = -(-streak.shape[0] // SIDE), -(-streak.shape[1] // SIDE)
    tiles, paths = np.empty((*shape, TILE_COLUMNS), np.float32), np.empty((*shape, PATH_COLUMNS), np.float32)
    choose(tiles, survey(streak, tiles), paths)
    out = np.empty_like(radiance)
    blur(radiance, depth_m, streak, paths, out)
    return out


def moved_back(snapshot: Snapshot, interval_s: float) -> Snapshot:
    """Where everything was `interval_s` before if it moved then as it does now, rigidly about the middle of its box.

    Stands in for the frame before the first, of which only poses are used.
    """
    objects, parts = snapshot.T_world_object.copy(), snapshot.T_world_part.copy()
    for k, thing in enumerate(snapshot.cast.objects):
        now = snapshot.T_world_object[k]
        middle = (now[:3, :3] * np.array(thing.box_center_m)).sum(axis=1) + now[:3, 3]
        turn = _rotation(-interval_s * snapshot.angular_velocity_radps[k])
        back = np.eye(4)
        back[:3, :3] = turn
        back[:3, 3] = middle - (turn * middle).sum(axis=1) - interval_s * snapshot.velocity_mps[k]
        objects[k] = _product(back, now)
        for part, cast_part in enumerate(snapshot.cast.parts):
            if cast_part.instance == k + 1:
                parts[part] = _product(back, snapshot.T_world_part[part])
    return dataclasses.replace(snapshot, T_world_object=objects, T_world_part=parts)


def _rotation(vector_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) rotation by a rotation vector (Rodrigues)."""
    x, y, z = (float(v) for v in vector_rad)
    angle = math.sqrt(x * x + y * y + z * z)
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = x / angle, y / angle, z / angle
    c, s = math.cos(angle), math.sin(angle)
    k = 1.0 - c
    return np.array(
        [
            [c + x * x * k, x * y * k - z * s, x * z * k + y * s],
            [y * x * k + z * s, c + y * y * k, y * z * k - x * s],
            [z * x * k - y * s, z * y * k + x * s, c + z * z * k],
        ]
    )


def _product(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """The product of two (4, 4) matrices without a library whose bits depend on the processor."""
    out: NDArray[np.float64] = (a[:, :, None] * b[None, :, :]).sum(axis=1)
    return out
