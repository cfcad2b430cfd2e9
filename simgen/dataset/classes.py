"""The class names that standards give to conditions, derived from the physical values."""

from __future__ import annotations

import math
from bisect import bisect_right

from simgen.conditions import Conditions

# ISO 34503:2023 natural illumination: night up to 1 lx, low ambient to 2,000 lx, day above.
_ISO_LIGHT = ((math.nextafter(1.0, 2.0), 2000.0), ("night", "low_ambient", "day"))
# ASAM OSI EnvironmentalConditions.AmbientIllumination, upper edges in lux.
_OSI_LIGHT = (
    (0.001, 0.01, 1.0, 3.0, 10.0, 20.0, 400.0, 1000.0, 10000.0),
    ("other", "level1", "level2", "level3", "level4", "level5", "level6", "level7", "level8", "level9"),
)
# ASAM OSI EnvironmentalConditions.Fog, upper edges of the meteorological optical range in metres.
_OSI_FOG = (
    (50.0, 200.0, 1000.0, 2000.0, 4000.0, 10000.0, 40000.0),
    ("dense", "thick", "light", "mist", "poor_visibility", "moderate_visibility", "good_visibility",
     "excellent_visibility"),
)  # fmt: skip

CLASS_NAMES = {"iso34503_illumination": _ISO_LIGHT[1], "osi_illumination": _OSI_LIGHT[1], "osi_fog": _OSI_FOG[1]}
"""All names that a column of `condition_classes` may have, from the least value upwards."""


def condition_classes(conditions: Conditions) -> dict[str, bytes]:
    """ISO 34503 and OSI class names, ASCII, by column name of `layout.CONDITION_CLASSES`."""
    return {
        "iso34503_illumination": _name(_ISO_LIGHT, conditions.light.ambient_lx),
        "osi_illumination": _name(_OSI_LIGHT, conditions.light.ambient_lx),
        "osi_fog": _name(_OSI_FOG, conditions.fog.mor_m),
    }


def _name(scale: tuple[tuple[float, ...], tuple[str, ...]], value: float) -> bytes:
    edges, names = scale
    return names[bisect_right(edges, value)].encode("ascii")
