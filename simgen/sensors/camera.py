"""A camera as a device: where it is, how long it exposes, what its sensor counts and writes.

Chain (EMVA 1288, linear camera model): radiance L (cd/m2) -> illuminance on the sensor
E = pi L tau / (4 N^2) -> photons a pixel n = E t A q -> electrons eta n with photon noise -> read noise ->
saturation -> tone curve -> 8 bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.rng import key64
from simgen.scenario import CameraSpec
from simgen.sensors.kernels import develop, expose, meter
from simgen.snapshot import Cast, Snapshot

LENS_TRANSMITTANCE = 0.9
PIXEL_AREA_UM2 = 9.0
QUANTUM_EFFICIENCY = 0.6
READ_NOISE_E = 3.0
FULL_WELL_E = 10000.0
PHOTONS_PER_UM2_LX_S = 10851.0 / 3.0
"""Photons of D65 light in 400-700 nm, shared between three channels."""
EXPOSURE_MIN_S = 1.0e-5
TARGET = 0.24
"""Share of saturation at which automatic exposure places the metered luminance."""
HIGHLIGHT = 0.65
"""Share of saturation that the brightest large areas may reach under automatic exposure."""
_UNMOVED = np.eye(4).tolist()
_STRETCH = 4096  # values that are developed together


@dataclass(frozen=True)
class Exposure:
    """Settings of one frame.

    Attributes:
        time_s: exposure time.
        gain: amplification as a factor; it lowers the electrons that saturate the output.
    """

    time_s: float
    gain: float


def camera_pose(snapshot: Snapshot, cast: Cast, spec: CameraSpec) -> NDArray[np.float64]:
    """Pose (4, 4) of the OpenCV camera frame in the world for a camera on its carrier."""
    carrier: list[list[float]] = _UNMOVED
    x, y, z = spec.offset_m
    yaw, pitch = spec.yaw_rad, spec.pitch_rad
    if spec.actor:
        index = next(k for k, o in enumerate(cast.objects) if o.name == spec.actor)
        carrier = snapshot.T_world_object[index].tolist()
        if spec.mount:
            carrying = cast.objects[index]
            if spec.mount in carrying.mount_parts:
                carrier = snapshot.T_world_part[carrying.mount_parts[spec.mount]].tolist()
            (dx, dy, dz), mount_yaw, mount_pitch = carrying.mounts[spec.mount]
            x, y, z = x + dx, y + dy, z + dz
            yaw, pitch = yaw + mount_yaw, pitch + mount_pitch
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    right, down, forward = (sy, -cy, 0.0), (cy * sp, sy * sp, -cp), (cy * cp, sy * cp, sp)
    rows = [
        [a * u + b * v + c * w for u, v, w in (right, down, forward)] + [a * x + b * y + c * z + t]
        for a, b, c, t in carrier[:3]
    ]
    return np.array([*rows, _UNMOVED[3]])


def electrons_per_radiance(spec: CameraSpec, time_s: float) -> float:
    """Mean electrons a channel collects from 1 cd/m2 in `time_s`."""
    illuminance = math.pi * LENS_TRANSMITTANCE / (4.0 * spec.f_number**2)
    return illuminance * time_s * PIXEL_AREA_UM2 * PHOTONS_PER_UM2_LX_S * QUANTUM_EFFICIENCY


def automatic_exposure(radiance: NDArray[np.float32], spec: CameraSpec) -> Exposure:
    """Exposure from the picture itself: the mean of log and linear metering over a grid of pixels.

    Time is lengthened first, up to `exposure_max_s`; then gain rises up to `gain_max`; darker scenes stay dark.
    """
    step = max(1, radiance.shape[0] // 60)
    pixels = -(-radiance.shape[0] // step) * -(-radiance.shape[1] // step)
    floor = 1.0e-4
    logarithm, mean, bright = meter(radiance, step, floor, *np.empty((2, pixels)))
    metered = math.sqrt(math.exp(logarithm) * max(mean, floor))
    # Highlights are protected: what only a twelfth of the picture exceeds may reach `HIGHLIGHT` and no more.
    metered = max(metered, bright * TARGET / HIGHLIGHT)
    wanted = TARGET * FULL_WELL_E / (electrons_per_radiance(spec, 1.0) * metered)  # time at gain 1
    time_s = min(max(wanted, EXPOSURE_MIN_S), spec.exposure_max_s)
    gain = min(max(wanted / time_s, 1.0), spec.gain_max)
    return Exposure(time_s, gain)


def tone_table(size: int = 4096) -> NDArray[np.uint8]:
    """The camera's response: linear up to half of saturation, a soft shoulder above, then the sRGB curve.

    Returns:
        (size,) uint8 over 0..1 of saturation.
    """
    x = np.linspace(0.0, 1.0, size)
    knee = 0.5
    shoulder = knee + (1.0 - knee) * np.tanh((x - knee) / (1.0 - knee) * 1.15) / math.tanh(1.15)
    y = np.clip(np.where(x < knee, x, shoulder), 0.0, 1.0)
    srgb = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1.0 / 2.4) - 0.055)
    out: NDArray[np.uint8] = np.round(255.0 * srgb).astype(np.uint8)
    return out


_TONE = tone_table()


class CameraSensor:
    """Turns radiance into pictures; its noise is keyed by scene, camera and tick alone.

    Args:
        spec: the camera.
        seed, scene_index: of the scene.
    """

    def __init__(self, spec: CameraSpec, seed: int, scene_index: int) -> None:
        self.spec = spec
        self._seed = seed
        self._scene = scene_index
        self._share = np.empty(_STRETCH, np.float32)

    def expose(self, radiance: NDArray[np.float32], tick: int) -> tuple[NDArray[np.uint8], Exposure]:
        """A picture (H, W, 3) uint8 sRGB of radiance (H, W, 3) float32 in cd/m2, and the settings used."""
        spec = self.spec
        fixed = spec.exposure_s > 0.0
        exposure = Exposure(spec.exposure_s, 1.0) if fixed else automatic_exposure(radiance, spec)
        out = np.empty(radiance.shape, np.uint8)
        develop(radiance.reshape(-1), *self._settings(exposure, tick), _TONE, self._share, out.reshape(-1))
        return out, exposure

    def linear(self, radiance: NDArray[np.float32], exposure: Exposure, tick: int) -> NDArray[np.float32]:
        """The raw sensor signal (H, W, 3) float32 as a share of saturation, noise included, not clipped."""
        out = np.empty(radiance.shape, np.float32)
        expose(radiance.reshape(-1), *self._settings(exposure, tick), 0, out.reshape(-1))
        return out

    def _settings(self, exposure: Exposure, tick: int) -> tuple[np.float32, np.float32, np.float32, np.uint32]:
        """Electrons a cd/m2, read noise, full well and key of a frame, as `kernels.expose` takes them."""
        key = key64(self._seed, f"sensor.{self.spec.name}.{tick}", self._scene) & 0xFFFFFFFF
        return (
            np.float32(electrons_per_radiance(self.spec, exposure.time_s)),
            np.float32(READ_NOISE_E),
            np.float32(FULL_WELL_E / exposure.gain),
            np.uint32(key),
        )
