"""What a camera is as a device: its sensor, its automatic exposure, and what lies on the glass before its lens."""

from __future__ import annotations

from dataclasses import dataclass

METERINGS = ("average", "centre", "spot")
"""Parts of the picture that automatic exposure may measure: all of it, the middle quarter, the middle hundredth."""
DEPTHS = (8, 10, 12, 14)
"""Bits that an analogue-to-digital converter may have."""


@dataclass(frozen=True)
class SensorSpec:
    """A sensor by the quantities of EMVA 1288.

    Attributes:
        quantum_efficiency: electrons a photon.
        full_well_e: electrons at which a pixel saturates.
        read_noise_e: standard deviation of the dark noise in electrons.
        pixel_m: side of a pixel.
        dark_current_e_per_s: electrons a second without light at 25 degrees Celsius.
        temperature_c: of the sensor in degrees Celsius; its dark current doubles every 8 K.
        dsnu_e: standard deviation of the pixels' dark signals in electrons (DSNU1288).
        prnu: standard deviation of the pixels' sensitivities as a share of their mean (PRNU1288).
        bits: of the converter; stored pictures have 8 whatever it has.
    """

    quantum_efficiency: float = 0.6
    full_well_e: float = 10000.0
    read_noise_e: float = 3.0
    pixel_m: float = 3.0e-6
    dark_current_e_per_s: float = 0.0
    temperature_c: float = 25.0
    dsnu_e: float = 0.0
    prnu: float = 0.0
    bits: int = 12


@dataclass(frozen=True)
class AutoExposureSpec:
    """How a camera without a fixed exposure time finds its own.

    Attributes:
        lag_s: time in which all but 1/e of a change of light is followed; 0 follows at once.
        metering: member of `METERINGS`.
        longest_s: bound of the time; beyond it gain rises.
        gain_max: bound of the gain, as a factor.
        compensation: stops by which it exposes longer than it measures; snow is brighter than what meters expect.
    """

    lag_s: float = 0.0
    metering: str = "average"
    longest_s: float = 1.0 / 60.0
    gain_max: float = 32.0
    compensation: float = 0.0


@dataclass(frozen=True)
class GlassSpec:
    """What lies on the glass before a lens: its own, or a windscreen.

    Attributes:
        distance_m: from the pupil of the lens to the glass.
        dirt: share of the glass that it covers, 0 to 1.
        drops: mean number of drops of water in the picture; below 0 as the rain and the camera's speed bring them.
        wiper_s: time from one wipe of the drops to the next; 0 never.
    """

    distance_m: float = 0.03
    dirt: float = 0.0
    drops: float = 0.0
    wiper_s: float = 0.0

    def __bool__(self) -> bool:
        return self.dirt > 0.0 or self.drops != 0.0
