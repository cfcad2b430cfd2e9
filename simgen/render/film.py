"""The films of water on the ground of a scene as the kernels take them, and how deep they stand in hollows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.areas import row_of
from simgen.conditions import Surface
from simgen.conditions.water import N_ICE, N_WATER
from simgen.models import PATTERNS
from simgen.render.geometry import Geometry
from simgen.render.kernels import film as kernels
from simgen.render.kernels.boxes import sum_areas
from simgen.render.noise import CLOUD, field
from simgen.render.view import View

UNEVEN_M, UNEVEN_FLOOR_M = 4.0e-3, 1.0e-3
"""Height between the hollows and the humps of roads (a 4 mm gap below a straight-edge passes) and of floors."""
GLAZE_M = 0.35e-3
"""Depth of black ice in the texture of the road: thin enough to show what lies below."""
_ICED_HOLLOWS = 0.3  # height, as a share of the unevenness, up to which hollows are filled with it
_RELIEF_M = 0.8e-3  # mean depth of the texture of a road of roughness 1
_SOAKS = ("grass", "soil", "gravel", "leaves")
_SMOOTH = 0.2  # roughness below which a material is a surface of water already
_STEP = 8  # pixels between the points that are asked for wet ground


@dataclass(frozen=True, eq=False)
class Films:
    """Where films lie and how deep; see `kernels.film.soak`.

    Attributes:
        areas: flat float32 rows of the places with films of their own; first: (P + 1,) int64 where each starts.
        films: (P + 1, 3) float32.
        uneven_m: height between hollows and humps.
    """

    areas: NDArray[np.float32]
    first: NDArray[np.int64]
    films: NDArray[np.float32]
    uneven_m: np.float32


@dataclass(frozen=True, eq=False)
class Mirror:
    """What wet ground mirrors: see `kernels.film.mirror`.

    Attributes:
        level_m: height of the plane.
        sums: (H + 1, W + 1, 3) float64.
    """

    level_m: float
    sums: NDArray[np.float64]


@lru_cache(maxsize=4)
def films_of(surface: Surface, indoor: bool) -> Films | None:
    """The films of a surface, water and the glaze of ice, None where there are none."""
    places = [(surface.kind, surface.film_m), *((p.kind, p.film_m) for p in surface.patches)]
    if not any(kind == "ice" or film_m > 0.0 for kind, film_m in places):
        return None
    uneven_m = UNEVEN_FLOOR_M if indoor else UNEVEN_M
    rows = [row_of(p) for p in surface.patches]
    return Films(
        areas=np.array([v for row in rows for v in row], np.float32),
        first=np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64),
        films=np.array([_film(kind, film_m, uneven_m) for kind, film_m in places], np.float32),
        uneven_m=np.float32(uneven_m),
    )


def _film(kind: str, film_m: float, uneven_m: float) -> tuple[float, float, float]:
    """Depth, level of the puddles and index of a place. Ice lies as evenly as dew froze, but for the lowest hollows."""
    if kind == "ice" and film_m <= 0.0:
        return GLAZE_M / (1.0 - float(kernels.PUDDLES)), _ICED_HOLLOWS * uneven_m, N_ICE
    if kind == "ice":  # water on ice closes it to one mirror
        film_m += GLAZE_M
    return film_m, puddle_level_m(film_m, uneven_m), N_WATER


def puddle_level_m(film_m: float, uneven_m: float) -> float:
    """Level of the puddles of a mean film above the lowest hollow, so that no water is lost or made.

    The heights of the ground are `uneven_m` times the values of the noise; the water that has run together is the
    share `kernels.film.PUDDLES` of the film: E[max(level - height, 0)] of it.
    """
    share, heights = _heights()
    heights = heights * uneven_m
    due = float(kernels.PUDDLES) * film_m
    low, high = 0.0, uneven_m + due
    for _ in range(50):
        level = 0.5 * (low + high)
        held = float((share * np.maximum(level - heights, 0.0)).sum())
        low, high = (level, high) if held < due else (low, level)
    return 0.5 * (low + high)


@cache
def _heights() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How often each value of the noise occurs, and the values, 0 to 1."""
    counts = np.bincount(field(CLOUD).ravel(), minlength=256)
    return counts / counts.sum(), np.arange(256) / 255.0


def relief_of(g: Geometry) -> NDArray[np.float32]:
    """(T,) depth of the relief of each triangle's ground in metres, see `kernels.film.soak`.

    The rougher a material looks, the deeper; the law is ours.
    """
    rough = g.materials[:, 6].astype(np.float64)
    soaks = np.isin(g.materials[:, 10], [PATTERNS.index(name) for name in _SOAKS])
    of_material = np.where(soaks, -1.0, np.where(rough < _SMOOTH, 0.0, _RELIEF_M * rough * rough)).astype(np.float32)
    ground = g.part_ground[g.face_part] & (g.part_instance[g.face_part] == 0)
    return np.where(ground, of_material[g.face_material], np.float32(0.0))


def relief_of_parts(g: Geometry) -> NDArray[np.float32]:
    """(P,) the same of each part of the cast: that of its first triangle."""
    first = np.zeros(len(g.part_instance), np.int64)
    first[g.face_part[::-1]] = np.arange(len(g.face_part) - 1, -1, -1)
    return relief_of(g)[first]


def summed(image: NDArray[np.float32]) -> NDArray[np.float64]:
    """(H + 1, W + 1, 3) summed-area table of a picture."""
    sums = np.empty((image.shape[0] + 1, image.shape[1] + 1, 3))
    sum_areas(image, sums)
    return sums


def mirror_level_m(
    films: Films, relief: NDArray[np.float32], view: View, depth_m: NDArray[np.float32], face: NDArray[np.int32]
) -> float | None:
    """Middle height of the wet ground in view, where it is mirrored; None if there is none below the eye."""
    heights = np.empty((depth_m.shape[0] // _STEP + 1) * (depth_m.shape[1] // _STEP + 1))
    found = kernels.wet_ground(
        depth_m, face, relief, view.back, view.intrinsics, films.areas, films.first, films.films, _STEP, heights
    )
    if found == 0:
        return None
    level_m = float(np.sort(heights[:found])[found // 2])
    return level_m if level_m < view.eye[2] else None
