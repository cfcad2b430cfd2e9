"""The sun's own disc, which the dome of the sky leaves out: its light is in `Light.sun_lx`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.render.buffers import Buffers
from simgen.render.camera_model import CameraModel
from simgen.render.sky import beam_color
from simgen.snapshot import Snapshot

SUN_RADIUS_RAD = math.radians(0.533 / 2.0)
_FINE = 30.0  # samples across the disc's radius


def with_sun(
    buffers: Buffers, snapshot: Snapshot, model: CameraModel, T_world_camera: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Radiance (H, W, 3) float32 in cd/m2 with the sun's disc where the sky is open towards it.

    The disc is as bright as makes its illuminance that of the direct sun, less what the air on the way takes.

    Args:
        buffers: of the camera; `radiance` and `transmittance` are needed and not changed.
        snapshot: the state that they show.
        model: the camera's pinhole.
        T_world_camera: (4, 4) its pose.
    """
    assert buffers.radiance is not None
    assert buffers.transmittance is not None
    beam = snapshot.conditions.light.beam
    e, a = beam.elevation_rad, beam.azimuth_rad
    toward = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    x, y, z = (float((T_world_camera[:3, k] * toward).sum()) for k in range(3))
    if snapshot.cast.indoor or beam.lx <= 0.0 or z <= 0.05:
        return buffers.radiance
    at_x, at_y = model.fx * x / z + model.cx, model.fy * y / z + model.cy
    reach = 2.0 + model.fx * SUN_RADIUS_RAD / z**2  # the disc is an ellipse, widest away from the axis
    left, right = max(math.floor(at_x - reach), 0), min(math.ceil(at_x + reach) + 1, model.width)
    top, bottom = max(math.floor(at_y - reach), 0), min(math.ceil(at_y + reach) + 1, model.height)
    if left >= right or top >= bottom:
        return buffers.radiance
    part = np.s_[top:bottom, left:right]
    samples = math.ceil(min(max(4.0, _FINE / (model.fx * SUN_RADIUS_RAD)), 64.0))  # a pixel, in each direction
    fine = (np.arange(samples) + 0.5) / samples - 0.5
    u = ((np.arange(left, right)[:, None] + fine).reshape(-1) - model.cx) / model.fx
    v = ((np.arange(top, bottom)[:, None] + fine).reshape(-1) - model.cy) / model.fy
    along = (u[None, :] * x + v[:, None] * y + z) / np.sqrt(u[None, :] ** 2 + v[:, None] ** 2 + 1.0)
    inside = (along > math.cos(SUN_RADIUS_RAD)).reshape(bottom - top, samples, right - left, samples)
    covered = inside.mean(axis=(1, 3)) * np.isinf(buffers.depth_m[part]) * buffers.transmittance[part]
    solid_angle_sr = 2.0 * math.pi * (1.0 - math.cos(SUN_RADIUS_RAD))
    disc = beam_color(beam) * beam.lx / solid_angle_sr
    out = buffers.radiance.copy()
    out[part] += (covered[..., None] * disc).astype(np.float32)
    return out
