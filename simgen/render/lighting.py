"""Conditions and lamps of a snapshot -> the arrays of sources that the light stages read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.areas import row_of
from simgen.conditions import Fog, Light, Rain, Snow, Water
from simgen.conditions.snow import covered_share
from simgen.render.kernels import lamps as lamp_columns
from simgen.render.kernels import sources as columns
from simgen.render.kernels import water as water_columns
from simgen.render.kernels.lamp_table import lamp_rows
from simgen.render.sky import Sky, build_sky
from simgen.snapshot import Lamps, Snapshot

ROOM_AIR_M = 1.0e4
"""Path of rays that leave a room through a gap: they see nothing but its haze."""
GROUND_REFLECTANCE = np.array([0.13, 0.14, 0.11])
"""Mean linear albedo of surroundings outdoors, for light bounced upwards."""
SNOW_REFLECTANCE = np.array([0.66, 0.68, 0.70])
"""The same of snowed surroundings: white land, with trees, walls and tracks in it."""
LAND_ROUGHNESS_M = 0.02
"""Roughness length of the surroundings, for the share of them that snow hides: short grass and fields."""
ROOM_INTERREFLECTION = 0.35
"""Share of a room's mean illuminance that arrives after bouncing off walls and ceiling."""
VISIBLE_SHARE, VISIBLE_LX = 0.004, 2.0e-3
"""A lamp is left out where it gives less than this share of the ambient light, or less than so many lux."""
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_LOW_RAD, _HIGH_RAD = math.radians(10.0), math.radians(20.0)


@lru_cache(maxsize=4)
def cached_sky(light: Light) -> Sky:
    """The dome of a state of light; a pure function, kept because several frames share it."""
    return build_sky(light)


@dataclass(frozen=True, eq=False)
class Sources:
    """All light of a scene at one tick.

    Attributes:
        table: (SOURCES,) float32 without the eye (see `with_eye`); the air is that at z = 0.
        sky: the dome.
        lamps: (L, LAMP_COLUMNS) float32; column LAMP_SHADOW is -1 until shadow maps are assigned.
        owners: (L,) uint16 instance id of each lamp's carrier.
        sun: (3,) float64 unit vector towards the sun, or the moon that shines by night.
        has_sun: whether there is any direct light of either.
    """

    table: NDArray[np.float32]
    sky: Sky
    lamps: NDArray[np.float32]
    owners: NDArray[np.uint16]
    sun: NDArray[np.float64]
    has_sun: bool

    def with_eye(self, eye: NDArray[np.float64]) -> NDArray[np.float32]:
        """The table for an eye at a world position."""
        out = self.table.copy()
        out[columns.EYE_X : columns.EYE_Z + 1] = eye
        if out[columns.PER_HEIGHT] > 0.0:
            even = out[columns.EXTINCTION] * (1.0 - out[columns.THINNING])
            thin = out[columns.EXTINCTION] - even
            thin *= math.exp(-float(eye[2]) * float(out[columns.PER_HEIGHT]))
            out[columns.EXTINCTION], out[columns.THINNING] = even + thin, thin / (even + thin)
        return out


def gather(snapshot: Snapshot, eye: NDArray[np.float64]) -> Sources:
    """Sources of a snapshot, lamps sorted by what they can do near the eye."""
    c = snapshot.conditions
    distant = _distant(c.light, c.fog, c.rain, c.snow, snapshot.cast.indoor, _place_color(snapshot.lamps))
    lamps, owners = _lamp_table(snapshot, eye, max(VISIBLE_SHARE * distant.ambient_lx, VISIBLE_LX))
    return Sources(distant.table, distant.sky, lamps, owners, distant.sun, distant.has_sun)


@dataclass(frozen=True, eq=False)
class _Distant:
    """What lights everything alike: `Sources` without its lamps, and the ambient illuminance."""

    table: NDArray[np.float32]
    sky: Sky
    sun: NDArray[np.float64]
    has_sun: bool
    ambient_lx: float


def _place_color(lamps: Lamps) -> tuple[float, float, float]:
    """Linear RGB of luminance 1 of the light of the place's own lamps together; white where none is lit."""
    total = lamps.intensity_cd[lamps.owner == 0].sum(axis=0)
    luminance = float(total @ _LUMA)
    if luminance <= 0.0:
        return 1.0, 1.0, 1.0
    red, green, blue = (float(v) / luminance for v in total)
    return red, green, blue


@lru_cache(maxsize=4)  # states follow each other slowly, and cameras share them
def _distant(
    light: Light, fog: Fog, rain: Rain, snow: Snow, indoor: bool, lamp_color: tuple[float, float, float]
) -> _Distant:
    extinction_per_m, albedo = fog.extinction_per_m, fog.albedo
    if rain.rate_mps > 0.0 or snow.rate_mps > 0.0:  # drops and flakes absorb nothing
        falling_per_m = rain.extinction_per_m + snow.extinction_per_m
        extinction_per_m += falling_per_m
        albedo = (fog.extinction_per_m * albedo + falling_per_m) / extinction_per_m
    sky = cached_sky(light)
    e, a = light.beam.elevation_rad, light.beam.azimuth_rad
    sun = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    sun_rgb, dome = _through_fog(light, fog, sky)
    reflectance = GROUND_REFLECTANCE
    artificial = light.room_lights_lx if indoor else 0.12 * light.street_lights_lx
    if indoor:
        sun_rgb = np.zeros(3)
        dome = ROOM_INTERREFLECTION * artificial * np.array(lamp_color)
        bounce = 0.6 * dome
        ambient_lx = artificial
    else:
        dome = dome + artificial * np.array(lamp_color)
        horizontal = dome + sun_rgb * max(math.sin(e), 0.0)
        snowed = covered_share(snow.depth_m, LAND_ROUGHNESS_M)
        reflectance = GROUND_REFLECTANCE + (SNOW_REFLECTANCE - GROUND_REFLECTANCE) * snowed
        bounce = horizontal * reflectance
        ambient_lx = float(horizontal @ _LUMA)
    table = np.zeros(columns.SOURCES, np.float32)
    table[columns.SUN_X : columns.SUN_Z + 1] = sun
    table[columns.SUN_R : columns.SUN_B + 1] = sun_rgb
    table[columns.SKY_R : columns.SKY_B + 1] = dome
    table[columns.BOUNCE_R : columns.BOUNCE_B + 1] = bounce
    table[columns.SNOWED] = 1.0 - float(GROUND_REFLECTANCE @ _LUMA) / float(reflectance @ _LUMA)
    # Deep inside a cloud of droplets the radiance is that of the light that falls on it, in every direction.
    # Outdoors it comes from all sides, blue and yellow, and mixes to near grey; in a room all of it is of one colour.
    air = (dome + sun_rgb * max(math.sin(e), 0.0)) / math.pi * albedo
    coloured = 1.0 if indoor else 0.35
    table[columns.AIR_R : columns.AIR_B + 1] = coloured * air + (1.0 - coloured) * float(air @ _LUMA)
    table[columns.EXTINCTION] = extinction_per_m
    if extinction_per_m > 0.0 and not light.beam.moon:
        table[columns.LOW_R : columns.LOW_B + 1] = sun_rgb * albedo * _lowness(e)
    if not math.isinf(fog.scale_height_m) and extinction_per_m > 0.0:
        table[columns.THINNING] = fog.extinction_per_m / extinction_per_m
        table[columns.PER_HEIGHT] = 1.0 / fog.scale_height_m
    table[columns.INDOOR] = 1.0 if indoor else 0.0
    table[columns.LAYER] = ROOM_AIR_M if indoor else fog.layer_top_m
    return _Distant(table, sky, sun, bool(sun_rgb.max() > 0.0), ambient_lx)


def _lowness(elevation_rad: float) -> float:
    """How much of the bright air about the sun counts: all of it up to 10 degrees above the horizon, none from 20 on.

    Under a higher sun it is lost in what the air scatters from everywhere.
    """
    return min(max((_HIGH_RAD - elevation_rad) / (_HIGH_RAD - _LOW_RAD), 0.0), 1.0)


def _through_fog(light: Light, fog: Fog, sky: Sky) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sun and dome below the fog: what the layer takes from the beam mostly arrives as diffuse light."""
    e = light.beam.elevation_rad
    if e <= 0.0 or fog.extinction_per_m == 0.0:
        return sky.beam_rgb, sky.irradiance
    slant = min(fog.layer_top_m, fog.scale_height_m, 1000.0) / max(math.sin(e), 0.05)
    direct = math.exp(-fog.extinction_per_m * slant)
    lost = sky.beam_rgb * math.sin(e) * (1.0 - direct)
    return sky.beam_rgb * direct, sky.irradiance + 0.6 * lost


def _lamp_table(
    snapshot: Snapshot, eye: NDArray[np.float64], threshold_lx: float
) -> tuple[NDArray[np.float32], NDArray[np.uint16]]:
    """Rows of the lamps that matter, nearest first: reach is where a lamp gives no more than the threshold."""
    lamps = snapshot.lamps
    most = 2 * len(lamps.position_m)
    table = np.empty((most, lamp_columns.LAMP_COLUMNS), np.float32)
    owners, gap = np.empty(most, np.uint16), np.empty(most)
    count = lamp_rows(
        lamps.position_m, lamps.direction, lamps.intensity_cd, lamps.beam, lamps.cos_half_angle, lamps.owner, eye,
        snapshot.conditions.extinction_per_m, threshold_lx, table, owners, gap,
    )  # fmt: skip
    order = gap[:count].argsort(kind="stable")
    return table[order], owners[order]


def water_table(water: Water, time_s: float) -> NDArray[np.float32]:
    """The array that the water stage reads. The body's albedo follows its turbidity: clear water is dark."""
    area = row_of(water)
    out = np.zeros(water_columns.AREA + len(area), np.float32)
    out[water_columns.LEVEL] = water.level_m
    out[water_columns.AREA :] = area
    out[water_columns.ATTENUATION] = water.attenuation_per_m
    mud = 1.0 / (1.0 + water.secchi_m / 0.4)
    out[water_columns.BODY_R : water_columns.BODY_B + 1] = (
        np.array([0.020, 0.035, 0.040]) * (1.0 - mud) + np.array([0.115, 0.088, 0.055]) * mud
    )
    vx, vy = water.current_mps
    out[water_columns.DRIFT_X] = vx * time_s + 0.05 * time_s
    out[water_columns.DRIFT_Y] = vy * time_s
    speed = math.hypot(vx, vy)
    out[water_columns.RIPPLE] = 0.8 + 1.0 * min(speed, 1.5)
    return out
