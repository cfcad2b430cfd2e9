"""Rain on things: what takes it up, and how much arrives from above and with the wind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Conditions
from simgen.conditions.rain import MM_PER_H
from simgen.models import PATTERNS, class_by_name
from simgen.render.geometry import Geometry
from simgen.render.kernels.damp import DRY, POROUS, SMOOTH
from simgen.render.snow import Roofs

_SOAK = ("concrete", "brick", "facade", "cloth", "wood", "cardboard", "fur", "bark", "soil", "gravel", "asphalt")
"""Patterns of what soaks up water; the rest carries it as a film."""
_MANY = ("leaves", "grass")
"""One plate stands for blades of every slant: together they darken, and mirror nothing."""
_AT_M = 2.0  # height whose wind drives rain against things
_STILL_MPS = 0.5  # eddies about things where there is no wind


@dataclass(frozen=True, eq=False)
class Downpour:
    """Rain on its way to things and water; see `kernels.damp.dampen`.

    Attributes:
        rain: (5,) float32.
        roofs: what keeps it off.
        rings: (TABLE,) float32 of those of its drops on water, see `kernels.rings`.
    """

    rain: NDArray[np.float32]
    roofs: Roofs
    rings: NDArray[np.float32]


def rain_of(conditions: Conditions) -> NDArray[np.float32]:
    """(5,) rates on faces and the wind's direction.

    Driving rain on a wall by ISO 15927-3: 2/9 v r^(8/9) in mm/h, of the speed in m/s across the wall; eddies of a
    fraction of that wet the walls that turn their backs.
    """
    wind, rate_mps = conditions.wind, conditions.rain.rate_mps
    speed_mps = wind.speed_mps * wind.profile(_AT_M)
    per_speed = 2.0 / 9.0 * (rate_mps / MM_PER_H) ** (8.0 / 9.0) * MM_PER_H
    eddies = _STILL_MPS * per_speed
    direction = (np.cos(wind.direction_rad), np.sin(wind.direction_rad))
    return np.array([rate_mps, speed_mps * per_speed + eddies, eddies, *direction], np.float32)


def takes_of(g: Geometry) -> NDArray[np.uint8]:
    """(T,) what each triangle is to rain; ground has its own films, and water is wet."""
    soaks = np.isin(g.materials[:, 10], [PATTERNS.index(name) for name in (*_SOAK, *_MANY)])
    ground = g.part_ground & (g.part_instance == 0) | (g.part_class == class_by_name("water").id)
    out = np.where(soaks, POROUS, SMOOTH)[g.face_material]
    return np.where(ground[g.face_part], DRY, out).astype(np.uint8)


def takes_of_parts(g: Geometry) -> NDArray[np.uint8]:
    """(P,) the same of each part of the cast: that of its first triangle."""
    first = np.zeros(len(g.part_instance), np.int64)
    first[g.face_part[::-1]] = np.arange(len(g.face_part) - 1, -1, -1)
    return takes_of(g)[first]
