"""Reading what a scenario says of a camera as a device: its chip and its automatic exposure."""

from __future__ import annotations

from dataclasses import dataclass

from simgen.scenario.camera_spec import AutoExposureSpec, SensorSpec
from simgen.scenario.distributions import Value
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields

_CHIP = {
    "quantum_efficiency": "quantum_efficiency",
    "full_well": "full_well_e",
    "read_noise": "read_noise_e",
    "pixel": "pixel_m",
    "dark_current": "dark_current_e_per_s",
    "temperature_c": "temperature_c",
    "dsnu": "dsnu_e",
    "prnu": "prnu",
}
_AUTOMATIC = {"lag": "lag_s", "longest": "longest_s", "gain": "gain_max", "compensation": "compensation"}
# Keys of the language and the attributes that their drawn numbers become.


@dataclass(frozen=True)
class DevicePlan:
    """A chip and an automatic exposure whose numbers may be drawn.

    Attributes:
        chip, automatic: values by key of the language.
        bits: of the converter.
        metering: member of `METERINGS`.
    """

    chip: dict[str, Value]
    bits: int
    automatic: dict[str, Value]
    metering: str

    def draw_sensor(self, draws: Draws, path: str) -> SensorSpec:
        """The chip of one sample; `path` is that of the camera."""
        numbers = {_CHIP[k]: draws.number(v, f"{path}.sensor.{k}") for k, v in self.chip.items()}
        return SensorSpec(**numbers, bits=self.bits)

    def draw_auto_exposure(self, draws: Draws, path: str) -> AutoExposureSpec:
        """The automatic exposure of one sample; `path` is that of the camera."""
        numbers = {_AUTOMATIC[k]: draws.number(v, f"{path}.auto_exposure.{k}") for k, v in self.automatic.items()}
        return AutoExposureSpec(**numbers, metering=self.metering)


def read_device(camera: Fields, name: str) -> DevicePlan:
    """The device of the camera `name`, of which `camera` are the keys."""
    chip = camera.sub("sensor", f"the sensor chip of {name!r}")
    automatic = camera.sub("auto_exposure", f"the automatic exposure of {name!r}")
    return DevicePlan(
        chip={key: chip.value(key) for key in _CHIP},
        bits=int(chip.name("bits") or SensorSpec.bits),
        automatic={key: automatic.value(key) for key in _AUTOMATIC},
        metering=automatic.name("metering"),
    )
