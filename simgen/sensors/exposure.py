"""How long a camera exposes and how far it amplifies: the light it gathers and the automatic exposure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.scenario import CameraSpec
from simgen.sensors.kernels import meter
from simgen.sensors.tone import white_balance_gains

LENS_TRANSMITTANCE = 0.9
PHOTONS_PER_UM2_LX_S = 10851.0 / 3.0
"""Photons of D65 light in 400-700 nm, shared between three channels."""
EXPOSURE_MIN_S = 1.0e-5
TARGET = 0.24
"""Share of saturation at which automatic exposure places the metered luminance."""
HIGHLIGHT = 0.65
"""Share of saturation that the brightest large areas may reach under automatic exposure."""
_WINDOW = {"average": 1.0, "centre": 0.5, "spot": 0.1}
# Share of the picture's width and height that each metering measures.


@dataclass(frozen=True)
class Exposure:
    """Settings of one frame.

    Attributes:
        time_s: exposure time.
        gain: amplification as a factor; it lowers the electrons that saturate the output.
    """

    time_s: float
    gain: float


def electrons_per_radiance(spec: CameraSpec, time_s: float) -> float:
    """Mean electrons a channel collects from 1 cd/m2 in `time_s`."""
    illuminance = math.pi * LENS_TRANSMITTANCE / (4.0 * spec.f_number**2)
    pixel_um2 = (spec.sensor.pixel_m * 1.0e6) ** 2
    return illuminance * time_s * pixel_um2 * PHOTONS_PER_UM2_LX_S * spec.sensor.quantum_efficiency


def automatic_exposure(radiance: NDArray[np.float32], spec: CameraSpec) -> Exposure:
    """Exposure from the picture itself: the mean of log and linear metering over a grid of pixels.

    Time is lengthened first, up to `longest_s`; then gain rises up to `gain_max`; darker scenes stay dark.
    """
    return shared_out(wanted_exposure_s(radiance, spec), spec)


def wanted_exposure_s(radiance: NDArray[np.float32], spec: CameraSpec) -> float:
    """The exposure time at gain 1 that a picture asks for, whatever the camera's bounds."""
    measured = _window(radiance, _WINDOW[spec.auto_exposure.metering])
    step = max(1, measured.shape[0] // 60)
    pixels = -(-measured.shape[0] // step) * -(-measured.shape[1] // step)
    floor = 1.0e-4
    logarithm, mean, bright, brightest = meter(
        measured, _weights(spec.white_balance_k), step, floor, *np.empty((2, pixels))
    )
    metered = math.sqrt(math.exp(logarithm) * max(mean, floor))
    # Highlights are protected: what only a twelfth of the picture exceeds may reach `HIGHLIGHT` and no more, and what
    # only a twenty-fifth exceeds may saturate.
    metered = max(metered, bright * TARGET / HIGHLIGHT, brightest * TARGET)
    wanted_s: float = TARGET * spec.sensor.full_well_e / (electrons_per_radiance(spec, 1.0) * metered)
    return wanted_s * math.pow(2.0, spec.auto_exposure.compensation)


@lru_cache(maxsize=64)
def _weights(white_balance_k: float) -> tuple[float, float, float]:
    """Of red, green and blue in the luminance of the picture: white is balanced before it is metered."""
    red, green, blue = white_balance_gains(white_balance_k)
    return 0.2126 * red, 0.7152 * green, 0.0722 * blue


def shared_out(wanted_s: float, spec: CameraSpec) -> Exposure:
    """An exposure time at gain 1 as time and gain within the camera's bounds."""
    time_s = min(max(wanted_s, EXPOSURE_MIN_S), spec.auto_exposure.longest_s)
    gain = min(max(wanted_s / time_s, 1.0), spec.auto_exposure.gain_max)
    return Exposure(time_s, gain)


class ExposureControl:
    """The automatic exposure of one scene, frame after frame.

    It follows the logarithm of what each picture asks for with the first-order lag `lag_s`; the first picture of a
    scene finds it settled. What a frame is exposed with depends on this camera's frames of this scene alone.

    Args:
        spec: the camera.
    """

    def __init__(self, spec: CameraSpec) -> None:
        self._spec = spec
        self._settled_s = 0.0
        self._time_s = 0.0

    def follow(self, radiance: NDArray[np.float32], time_s: float) -> Exposure:
        """The exposure of the picture of `radiance` (H, W, 3) cd/m2 at the simulated time `time_s`."""
        wanted_s = wanted_exposure_s(radiance, self._spec)
        lag_s = self._spec.auto_exposure.lag_s
        if lag_s > 0.0 and self._settled_s > 0.0:
            behind = math.exp(-max(time_s - self._time_s, 0.0) / lag_s)
            wanted_s *= (self._settled_s / wanted_s) ** behind
        self._settled_s, self._time_s = wanted_s, time_s
        return shared_out(wanted_s, self._spec)


def _window(radiance: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """The middle of a picture: `share` of its width and height, at least one pixel."""
    if share == 1.0:
        return radiance
    height, width = radiance.shape[:2]
    h, w = max(1, round(height * share)), max(1, round(width * share))
    y, x = (height - h) // 2, (width - w) // 2
    return np.ascontiguousarray(radiance[y : y + h, x : x + w])
