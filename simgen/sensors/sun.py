"""The disc of the sun, or of the moon by night, which the dome of the sky leaves out: its light is in `Light.beam`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.conditions.light import Light
from simgen.render.buffers import Buffers
from simgen.render.camera_model import CameraModel
from simgen.render.sky import beam_color
from simgen.snapshot import Snapshot

SUN_RADIUS_RAD = math.radians(0.533 / 2.0)
"""Of the sun as it is seen, on average; the moon's is 0.527 degrees across and taken for as wide."""
_WIDEST = 4.0  # by which factor a distorting lens may widen the disc
_FINE = 30.0  # samples across the disc's radius
_LEAST_LIT = 1e-3

Window = tuple[slice, slice]


def disc_window(snapshot: Snapshot, model: CameraModel, T_world_camera: NDArray[np.float64]) -> Window | None:
    """Rows and columns of a picture that the disc may touch, None where it shines on none of them.

    Args:
        snapshot: the state.
        model: the camera's geometry.
        T_world_camera: (4, 4) its pose.
    """
    beam = snapshot.conditions.light.beam
    if snapshot.cast.indoor or beam.lx <= 0.0:
        return None
    x, y, z = _in_camera(_direction(beam.elevation_rad, beam.azimuth_rad), T_world_camera)
    if z <= 0.05 and not model.distortion:
        return None
    at_x, at_y = (float(v) for v in model.project(np.array([[x, y, z]]))[0])
    if math.isnan(at_x):
        return None
    # The disc is an ellipse, under a pinhole widest away from the axis.
    reach = 2.0 + model.fx * SUN_RADIUS_RAD * (_WIDEST if model.distortion else 1.0 / z**2)
    left, right = max(math.floor(at_x - reach), 0), min(math.ceil(at_x + reach) + 1, model.width)
    top, bottom = max(math.floor(at_y - reach), 0), min(math.ceil(at_y + reach) + 1, model.height)
    return None if left >= right or top >= bottom else (slice(top, bottom), slice(left, right))


def with_disc(
    buffers: Buffers, snapshot: Snapshot, model: CameraModel, T_world_camera: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Radiance (H, W, 3) float32 in cd/m2 with the disc where the sky is open towards it.

    The disc is as bright as makes its illuminance that of the direct light, less what the air on the way takes; of the
    moon the side that looks to the sun.

    Args:
        buffers: of the camera; `radiance` is needed, and `transmittance` where the disc is in the picture. Not changed.
        snapshot: the state that they show.
        model: the camera's geometry.
        T_world_camera: (4, 4) its pose.
    """
    assert buffers.radiance is not None
    part = disc_window(snapshot, model, T_world_camera)
    if part is None:
        return buffers.radiance
    assert buffers.transmittance is not None
    light = snapshot.conditions.light
    inside, share = _lit_samples(light, model, T_world_camera, part)
    covered = inside * np.isinf(buffers.depth_m[part]) * buffers.transmittance[part]
    solid_angle_sr = 2.0 * math.pi * (1.0 - math.cos(SUN_RADIUS_RAD)) * share
    disc = beam_color(light.beam) * light.beam.lx / solid_angle_sr
    out = buffers.radiance.copy()
    out[part] += (covered[..., None] * disc).astype(np.float32)
    return out


def _lit_samples(
    light: Light, model: CameraModel, T_world_camera: NDArray[np.float64], part: Window
) -> tuple[NDArray[np.float64], float]:
    """Share of each pixel of a window that the lit part of the disc covers, and which share of the disc is lit."""
    rows, columns = part
    samples = math.ceil(min(max(4.0, _FINE / (model.fx * SUN_RADIUS_RAD)), 64.0))  # a pixel, in each direction
    fine = (np.arange(samples) + 0.5) / samples - 0.5
    u = (np.arange(columns.start, columns.stop)[:, None] + fine).reshape(-1)
    v = (np.arange(rows.start, rows.stop)[:, None] + fine).reshape(-1)
    rays = model.rays(np.stack(np.broadcast_arrays(u[None, :], v[:, None]), axis=-1).reshape(-1, 2))

    def along(direction: NDArray[np.float64]) -> NDArray[np.float64]:
        toward = np.array(_in_camera(direction, T_world_camera))
        out: NDArray[np.float64] = (rays * toward).sum(axis=1).reshape(len(v), len(u))
        return out

    beam, share = light.beam, 1.0
    body = _direction(beam.elevation_rad, beam.azimuth_rad)
    cosine = along(body)
    inside = cosine > math.cos(SUN_RADIUS_RAD)
    if beam.moon:
        share = min(max(light.moon_lit, _LEAST_LIT), 1.0)
        sun = _direction(light.sun_elevation_rad, light.sun_azimuth_rad)
        limb = sun - body * float((sun * body).sum())
        across = along(limb / max(math.sqrt(float((limb * limb).sum())), 1e-9)) / math.sin(SUN_RADIUS_RAD)
        beside2 = (1.0 - cosine**2) / math.sin(SUN_RADIUS_RAD) ** 2 - across**2
        inside &= across > (1.0 - 2.0 * share) * np.sqrt(np.maximum(1.0 - beside2, 0.0))
    shape = (rows.stop - rows.start, samples, columns.stop - columns.start, samples)
    return inside.reshape(shape).mean(axis=(1, 3)), share


def _direction(elevation_rad: float, azimuth_rad: float) -> NDArray[np.float64]:
    e, a = elevation_rad, azimuth_rad
    return np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])


def _in_camera(direction: NDArray[np.float64], T_world_camera: NDArray[np.float64]) -> tuple[float, float, float]:
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = T_world_camera[:3, :3].tolist()
    x, y, z = direction.tolist()
    return ax * x + bx * y + cx * z, ay * x + by * y + cy * z, az * x + bz * y + cz * z
