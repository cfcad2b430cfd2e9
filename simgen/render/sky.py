"""The sky dome as a map of radiance: clear, overcast, clouds, night, moonlight.

The map is stereographic: direction (x, y, z) with z >= 0 lies at (x, y) / (1 + z), the horizon on the unit
circle. It is scaled so that its integral over the horizontal equals the sky's share of the illuminance.
Clear sky, by sun or moon: `simgen.render.preetham`; overcast: CIE standard overcast sky, L(theta) = Lz (1 + 2 cos
theta) / 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simgen.conditions.light import Beam, Light
from simgen.render.kernels import sky as kernels
from simgen.render.noise import CLOUD, SIZE, field
from simgen.render.preetham import LUMA, above_all, clear_sky, fall_off

MAP = 512
_TELLING = 1e-3  # share of the sky's light below which the moon's has no dome of its own
# Moonlight is redder than sunlight: B-V 0.92 against 0.65 mag (C. W. Allen, Astrophysical Quantities, 3rd ed. 1973).
_MOON = np.array([1.12, 1.0, 0.78])

_WHITE = np.array([1.0, 1.0, 1.02])
_OVERCAST = np.array([0.98, 1.0, 1.04])


@dataclass(frozen=True, eq=False)
class _Grid:
    """The N directions of the map, and what of them no light changes.

    Attributes:
        toward: (3, N) the directions.
        weight: (N,) what each adds to the illuminance of the horizontal.
        density: (N,) of the clouds, 0 to 1.
        above: (3, N) see `preetham.above_all`.
        overcast_lx: illuminance that an overcast sky of luminance 1 overhead gives.
    """

    toward: NDArray[np.float64]
    weight: NDArray[np.float64]
    density: NDArray[np.float64]
    above: NDArray[np.float64]
    overcast_lx: float


@dataclass(frozen=True, eq=False)
class Sky:
    """A dome of light.

    Attributes:
        levels: `sharp` and its halves, means of two by two texels, down to a sixteenth of its side.
        irradiance: (3,) float64 of the dome on the horizontal, RGB.
        beam_rgb: (3,) float64 irradiance of the sun, or by night of the moon, on a surface that faces it.
    """

    levels: tuple[NDArray[np.float32], ...]
    irradiance: NDArray[np.float64]
    beam_rgb: NDArray[np.float64]

    def seen(self, pixel_rad: float) -> NDArray[np.float32]:
        """The sharp map (N, N, 3) with texels at most as wide as these pixels.

        So a small picture does not shimmer, and stays within the processor's caches.
        """
        finest_rad = 2.0 / (0.995 * (MAP - 1))  # at the horizon, where they are narrowest
        level = math.floor(math.log2(max(pixel_rad / finest_rad, 1.0)))
        return self.levels[min(level, len(self.levels) - 1)]

    @property
    def sharp(self) -> NDArray[np.float32]:
        """(MAP, MAP, 3) radiance with clouds."""
        return self.levels[0]

    @property
    def blurred(self) -> NDArray[np.float32]:
        """(MAP / 16, MAP / 16, 3) for glossy reflections."""
        return self.levels[-1]


def _halved(sharp: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """See `Sky.levels`."""
    out = [sharp]
    while len(out[-1]) > MAP // 16:
        fine = out[-1]
        rows = fine[::2] + fine[1::2]  # a sixth of the time of a mean over two axes
        out.append((rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25))
    return tuple(out)


def sun_color(elevation_rad: float) -> NDArray[np.float64]:
    """Linear RGB of sunlight with luminance 1: Rayleigh-like extinction over the Kasten-Young air mass."""
    e = max(math.degrees(elevation_rad), 0.0)
    airmass = 1.0 / (math.sin(math.radians(e)) + 0.50572 * (e + 6.07995) ** -1.6364)
    rgb = np.array([1.05, 1.0, 0.96]) * np.exp(-np.array([0.06, 0.11, 0.24]) * min(airmass, 15.0) * 0.75)
    out: NDArray[np.float64] = rgb / float(rgb @ LUMA)
    return out


def beam_color(beam: Beam) -> NDArray[np.float64]:
    """Linear RGB of the light of sun or moon, with luminance 1."""
    if not beam.moon:
        return sun_color(beam.elevation_rad)
    rgb = sun_color(beam.elevation_rad) * _MOON
    out: NDArray[np.float64] = rgb / float(rgb @ LUMA)
    return out


def build_sky(light: Light) -> Sky:
    """The dome for a state of light: that of the sun, and that of the moon where it can be told apart."""
    n = MAP
    grid = _grid()
    cover, tone = np.empty_like(grid.density), np.empty_like(grid.density)
    kernels.clouds(grid.density, 0.72 - 0.52 * light.clouds, min(light.clouds * 6.0, 1.0), cover, tone)
    moon_lx = light.moonlit_sky_lx if light.moonlit_sky_lx > _TELLING * light.sky_lx else 0.0
    dome = _dome(grid, cover, tone, light.clouds, light.sun_elevation_rad, light.sun_azimuth_rad)
    dome *= (light.sky_lx - moon_lx) / _horizontal(dome, grid.weight)
    if moon_lx > 0.0:
        moonlit = _by_day(grid, cover, tone, light.clouds, light.moon_elevation_rad, light.moon_azimuth_rad) * _MOON
        dome += moonlit * (moon_lx / _horizontal(moonlit, grid.weight))
    return Sky(
        levels=_halved(dome.astype(np.float32).reshape(n, n, 3)),
        irradiance=_irradiance(dome, grid.weight),
        beam_rgb=beam_color(light.beam) * light.beam.lx,
    )


@cache
def _grid() -> _Grid:
    p = (np.arange(MAP) / (MAP - 1) * 2.0 - 1.0) / 0.995
    px, py = (a.ravel() for a in np.meshgrid(p, p))
    r2 = np.minimum(px**2 + py**2, 1.0)
    scale = 2.0 / (1.0 + r2)
    over = np.sqrt(np.maximum(px**2 + py**2, 1e-12))
    inside = np.where(over > 1.0, 1.0 / over, 1.0)
    x, y, z = px * inside * scale, py * inside * scale, (1.0 - r2) / (1.0 + r2)
    # Solid angle of a stereographic cell is (2 / (1 + r^2))^2 dA; times cos theta; only inside the circle.
    weight = np.where(z > 0.0, scale**2 * z, 0.0) * (2.0 / (MAP - 1) / 0.995) ** 2
    overcast = ((1.0 + 2.0 * z) / 3.0)[:, None] * _OVERCAST
    return _Grid(np.array([x, y, z]), weight, _density(x, y, z), above_all(z), _horizontal(overcast, weight))


def _dome(
    grid: _Grid, cover: NDArray[np.float64], tone: NDArray[np.float64], clouds: float, e: float, a: float
) -> NDArray[np.float64]:
    """(N, 3) the sky of a sun at elevation `e` and azimuth `a`, rad: by day, by night, or in the twilight between."""
    day = min(max((math.degrees(e) + 8.0) / 10.0, 0.0), 1.0)
    if day == 1.0:
        return _by_day(grid, cover, tone, clouds, e, a)
    night = (0.75 + 0.5 * (1.0 - grid.toward[2]))[:, None] * np.array([0.95, 1.0, 1.12])
    night = night * (1.0 - day) * (0.8 + 0.4 * tone)[:, None]
    out: NDArray[np.float64] = _by_day(grid, cover, tone, clouds, e, a) * day + night if day > 0.0 else night
    return out


def _by_day(
    grid: _Grid, cover: NDArray[np.float64], tone: NDArray[np.float64], clouds: float, e: float, a: float
) -> NDArray[np.float64]:
    """(N, 3) clear sky, clouds and overcast around a body at elevation `e` and azimuth `a`, rad."""
    body = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    out = clear_sky(grid.toward, grid.above, body, e)
    dull = min(max((clouds - 0.7) / 0.3, 0.0), 1.0)
    kernels.cover_up(
        out, _horizontal(out, grid.weight), grid.toward, _OVERCAST, grid.overcast_lx, body, _through_clouds(), cover,
        tone, dull, _WHITE,
    )  # fmt: skip
    return out


@cache
def _through_clouds() -> NDArray[np.float64]:
    """How much of the sun shines through clouds before it, by angle; the law is ours."""
    return fall_off(-1.5)


def _density(x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) density of clouds, 0 to 1, from fractal noise on a layer overhead."""
    cloud = field(CLOUD).astype(np.float64) / 255.0

    def sample(scale: float, shift: float) -> NDArray[np.float64]:
        k = 1.0 / (z + 0.12)
        u = (x * k * scale + shift) % SIZE
        v = (y * k * scale + 0.37 * SIZE + shift) % SIZE
        i, j = u.astype(int) % SIZE, v.astype(int) % SIZE
        a, b = u - np.floor(u), v - np.floor(v)
        i1, j1 = (i + 1) % SIZE, (j + 1) % SIZE
        top = cloud[j, i] * (1 - a) + cloud[j, i1] * a
        low = cloud[j1, i] * (1 - a) + cloud[j1, i1] * a
        out: NDArray[np.float64] = top * (1 - b) + low * b
        return out

    return 0.65 * sample(33.0, 11.0) + 0.35 * sample(97.0, 200.0)


def _irradiance(dome: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) of a dome (N, 3) on the horizontal."""
    out = np.empty(3)
    kernels.irradiance(dome, weight, out)
    return out


def _horizontal(dome: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    return float(_irradiance(dome, weight) @ LUMA)
