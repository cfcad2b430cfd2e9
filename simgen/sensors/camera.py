"""A camera as a device: where it is, how long it exposes, what its sensor counts and writes.

Chain (EMVA 1288, linear camera model): radiance L (cd/m2) -> illuminance on the sensor
E = pi L tau / (4 N^2) -> photons a pixel n = E t A q -> electrons eta n with photon noise -> dark current, read noise
and the sensor's fixed pattern -> saturation -> converter -> white balance and tone curve -> 8 bits.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.rng import key64
from simgen.scenario import CameraSpec
from simgen.sensors.exposure import Exposure, ExposureControl, electrons_per_radiance
from simgen.sensors.kernels import develop, deviates, expose
from simgen.sensors.tone import tone_tables
from simgen.snapshot import Cast, Snapshot

DARK_REFERENCE_C = 25.0
"""Temperature at which a camera's dark current is given."""
DARK_DOUBLING_K = 8.0
_UNMOVED = np.eye(4).tolist()
_STRETCH = 3 * 1365  # values that are developed together: whole pixels
_ALIKE = np.empty(0, np.float32)


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


class CameraSensor:
    """Turns radiance into pictures.

    Its noise is keyed by scene, camera and tick alone; its fixed pattern by its serial and the camera's name, so that
    it stays from frame to frame and from scene to scene.

    Args:
        spec: the camera.
        seed, scene_index: of the scene.
        serial: marks this sensor off from others of its kind: the scenario's id.
    """

    def __init__(self, spec: CameraSpec, seed: int, scene_index: int, serial: str = "") -> None:
        self.spec = spec
        self._seed = seed
        self._scene = scene_index
        self._serial = f"sensor.serial.{serial}.{spec.name}"
        self._control = ExposureControl(spec)
        self._tone = tone_tables(spec.sensor.bits, spec.white_balance_k)
        self._share = np.empty(_STRETCH, np.float32)
        self._steps = np.empty(_STRETCH, np.uint16)
        self._pattern: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    def expose(
        self, radiance: NDArray[np.float32], tick: int, time_s: float = 0.0
    ) -> tuple[NDArray[np.uint8], Exposure]:
        """A picture (H, W, 3) uint8 sRGB of radiance (H, W, 3) float32 in cd/m2, and the settings used.

        Args:
            radiance: what falls on the sensor.
            tick: keys the noise.
            time_s: simulated time, which the automatic exposure's lag goes by.
        """
        exposure = self.settle(radiance, time_s)
        return self.picture(radiance, exposure, tick), exposure

    def settle(self, radiance: NDArray[np.float32], time_s: float) -> Exposure:
        """The exposure of the next picture, of radiance (H, W, 3) in cd/m2 at the simulated time `time_s`."""
        fixed_s = self.spec.exposure_s
        return Exposure(fixed_s, 1.0) if fixed_s > 0.0 else self._control.follow(radiance, time_s)

    def picture(self, radiance: NDArray[np.float32], exposure: Exposure, tick: int) -> NDArray[np.uint8]:
        """The picture (H, W, 3) uint8 sRGB of radiance (H, W, 3) float32 in cd/m2 under an exposure."""
        out = np.empty(radiance.shape, np.uint8)
        flat = radiance.reshape(-1)
        develop(flat, *self._device(flat.size, exposure, tick), self._tone, self._share, self._steps, out.reshape(-1))
        return out

    def linear(self, radiance: NDArray[np.float32], exposure: Exposure, tick: int) -> NDArray[np.float32]:
        """The raw sensor signal (H, W, 3) float32 as a share of saturation, noise included, not clipped."""
        out = np.empty(radiance.shape, np.float32)
        flat = radiance.reshape(-1)
        expose(flat, *self._device(flat.size, exposure, tick), 0, out.reshape(-1))
        return out

    def _device(
        self, size: int, exposure: Exposure, tick: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], np.uint32]:
        """Response, offset, settings and key of a frame of `size` elements, as `kernels.expose` takes them."""
        sensor = self.spec.sensor
        dark_e = exposure.time_s * dark_current(sensor.dark_current_e_per_s, DARK_REFERENCE_C, sensor.temperature_c)
        per_radiance = electrons_per_radiance(self.spec, exposure.time_s)
        saturation = sensor.full_well_e / exposure.gain
        key = key64(self._seed, f"sensor.{self.spec.name}.{tick}", self._scene) & 0xFFFFFFFF
        settings = np.array([per_radiance, dark_e, sensor.read_noise_e, saturation], np.float32)
        return *self._fixed_pattern(size), settings, np.uint32(key)

    def _fixed_pattern(self, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Response and offset of every element; empty where all elements are alike."""
        sensor = self.spec.sensor
        if sensor.prnu == 0.0 and sensor.dsnu_e == 0.0:
            return _ALIKE, _ALIKE
        if self._pattern is None or len(self._pattern[0]) != size:
            response, offset = np.empty(size, np.float32), np.empty(size, np.float32)
            deviates(np.uint32(key64(0, f"{self._serial}.prnu") & 0xFFFFFFFF), response)
            deviates(np.uint32(key64(0, f"{self._serial}.dsnu") & 0xFFFFFFFF), offset)
            response = np.maximum(np.float32(1.0) + np.float32(sensor.prnu) * response, np.float32(0.0))
            self._pattern = response, np.float32(sensor.dsnu_e) * offset
        return self._pattern


def dark_current(reference_e_per_s: float, reference_c: float, temperature_c: float) -> float:
    """Dark current in electrons a second at a temperature, from that at another (EMVA 1288): doubles every 8 K."""
    return reference_e_per_s * math.pow(2.0, (temperature_c - reference_c) / DARK_DOUBLING_K)
