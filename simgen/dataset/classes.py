"""The class names that standards give to conditions, derived from the physical values."""

from __future__ import annotations

from collections.abc import Callable

from simgen.conditions import Conditions
from simgen.scenario.odd_plan import outside_of
from simgen.scenario.scales import SCALES, name_of
from simgen.scenario.scene import Odd
from simgen.scenario.taxonomy import Extent, reached

_BEYOND = "other"  # what a scale does not reach
_SCALES: dict[str, tuple[str, Callable[[Conditions], float]]] = {
    "iso34503_illumination": ("iso34503.illuminance", lambda c: c.light.ambient_lx),
    "osi_illumination": ("osi.illuminance", lambda c: c.light.ambient_lx),
    "osi_fog": ("osi.fog", lambda c: c.mor_m),
    "osi_rain": ("osi.rain", lambda c: c.rain.rate_mps),
    "beaufort_wind": ("beaufort.wind", lambda c: c.wind.speed_mps),
}  # column -> scale, and what is classed
CLASS_NAMES = {
    column: (() if SCALES[scale].edges[0] <= 0.0 else (_BEYOND,)) + SCALES[scale].names
    for column, (scale, _) in _SCALES.items()
}
"""All names that a column of `scale_classes` may have, from the least value upwards."""


def scale_classes(conditions: Conditions) -> dict[str, bytes]:
    """The class on each scale, ASCII, by column name: a state has exactly one."""
    return {
        column: (name_of(scale, of(conditions)) or _BEYOND).encode("ascii") for column, (scale, of) in _SCALES.items()
    }


def condition_classes(conditions: Conditions, odd: Odd | None) -> dict[str, bytes]:
    """Class names, ASCII, by column name of `layout.CONDITION_CLASSES`; several at once are told apart by spaces.

    Args:
        conditions: the state of a moment.
        odd: the operational design domain of the scene, where it declares one.
    """
    depth_m = conditions.water.depth_m if conditions.water is not None else 0.0
    flood = name_of("simgen.flood", depth_m) if depth_m > 0.0 else None
    iso = reached("iso34503", Extent.of(conditions))
    outside = outside_of(odd, conditions) if odd is not None else ()
    return {
        **scale_classes(conditions),
        "iso34503_surface": " ".join(iso["surface"]).encode("ascii"),
        "iso34503_snowfall": " ".join(iso["snowfall"]).encode("ascii"),
        "simgen_flood": (flood or "").encode("ascii"),
        "outside_odd": " ".join(outside).encode("ascii"),
    }
