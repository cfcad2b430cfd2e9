"""The sky dome as a map of radiance: clear, overcast, clouds, night, moonlight.

The map is stereographic: direction (x, y, z) with z >= 0 lies at (x, y) / (1 + z), the horizon on the unit
circle. It is scaled so that its integral over the horizontal equals the sky's share of the illuminance.
Clear sky, by sun or moon: `simgen.render.preetham`; overcast: CIE standard overcast sky, L(theta) = Lz (1 + 2 cos
theta) / 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simgen.conditions.light import Beam, Light
from simgen.render.noise import CLOUD, SIZE, field
from simgen.render.preetham import LUMA, clear_sky

MAP = 512
_TELLING = 1e-3  # share of the sky's light below which the moon's has no dome of its own
# Moonlight is redder than sunlight: B-V 0.92 against 0.65 mag (C. W. Allen, Astrophysical Quantities, 3rd ed. 1973).
_MOON = np.array([1.12, 1.0, 0.78])

_Grid = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Sky:
    """A dome of light.

    Attributes:
        sharp: (MAP, MAP, 3) float32 radiance with clouds.
        blurred: (MAP/16, MAP/16, 3) float32, for glossy reflections.
        irradiance: (3,) float64 of the dome on the horizontal, RGB.
        beam_rgb: (3,) float64 irradiance of the sun, or by night of the moon, on a surface that faces it.
    """

    sharp: NDArray[np.float32]
    blurred: NDArray[np.float32]
    irradiance: NDArray[np.float64]
    beam_rgb: NDArray[np.float64]

    def seen(self, pixel_rad: float) -> NDArray[np.float32]:
        """The sharp map (N, N, 3) with texels at most as wide as these pixels.

        So a small picture does not shimmer, and stays within the processor's caches.
        """
        finest_rad = 2.0 / (0.995 * (MAP - 1))  # at the horizon, where they are narrowest
        level = math.floor(math.log2(max(pixel_rad / finest_rad, 1.0)))
        return self._levels[min(level, len(self._levels) - 1)]

    @cached_property
    def _levels(self) -> tuple[NDArray[np.float32], ...]:
        """The sharp map and its halves: means of two by two texels."""
        out = [self.sharp]
        while len(out[-1]) > len(self.blurred):
            n = len(out[-1]) // 2
            out.append(np.ascontiguousarray(out[-1].reshape(n, 2, n, 2, 3).mean(axis=(1, 3))))
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
    x, y, z, scale = grid
    cover, tone = _clouds(x, y, z, light.clouds)
    moon_lx = light.moonlit_sky_lx if light.moonlit_sky_lx > _TELLING * light.sky_lx else 0.0
    dome = _dome(grid, cover, tone, light.clouds, light.sun_elevation_rad, light.sun_azimuth_rad)
    dome *= (light.sky_lx - moon_lx) / _horizontal(dome, z, scale)
    if moon_lx > 0.0:
        moonlit = _by_day(grid, cover, tone, light.clouds, light.moon_elevation_rad, light.moon_azimuth_rad) * _MOON
        dome += moonlit * (moon_lx / _horizontal(moonlit, z, scale))
    small = dome.reshape(n // 16, 16, n // 16, 16, 3).mean(axis=(1, 3))
    return Sky(
        sharp=np.ascontiguousarray(dome, np.float32),
        blurred=np.ascontiguousarray(small, np.float32),
        irradiance=_irradiance(dome, z, scale),
        beam_rgb=beam_color(light.beam) * light.beam.lx,
    )


def _grid() -> _Grid:
    """x, y, z of every direction of the map, and the scale of its projection there."""
    p = (np.arange(MAP) / (MAP - 1) * 2.0 - 1.0) / 0.995
    px, py = np.meshgrid(p, p)
    r2 = np.minimum(px**2 + py**2, 1.0)
    scale = 2.0 / (1.0 + r2)
    over = np.sqrt(np.maximum(px**2 + py**2, 1e-12))
    inside = np.where(over > 1.0, 1.0 / over, 1.0)
    return px * inside * scale, py * inside * scale, (1.0 - r2) / (1.0 + r2), scale


def _dome(
    grid: _Grid, cover: NDArray[np.float64], tone: NDArray[np.float64], clouds: float, e: float, a: float
) -> NDArray[np.float64]:
    """The sky of a sun at elevation `e` and azimuth `a`, rad: by day, by night, or in the twilight between."""
    z = grid[2]
    day = min(max((math.degrees(e) + 8.0) / 10.0, 0.0), 1.0)
    night = (0.75 + 0.5 * (1.0 - z))[..., None] * np.array([0.95, 1.0, 1.12])
    night = night * (1.0 - day) * (0.8 + 0.4 * tone)[..., None]
    out: NDArray[np.float64] = _by_day(grid, cover, tone, clouds, e, a) * day + night if day > 0.0 else night
    return out


def _by_day(
    grid: _Grid, cover: NDArray[np.float64], tone: NDArray[np.float64], clouds: float, e: float, a: float
) -> NDArray[np.float64]:
    """Clear sky, clouds and overcast around a body at elevation `e` and azimuth `a`, rad."""
    x, y, z, scale = grid
    body = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    gamma = np.arccos(np.clip(x * body[0] + y * body[1] + z * body[2], -1.0, 1.0))
    clear = clear_sky(z, gamma, e)
    overcast = ((1.0 + 2.0 * z) / 3.0)[..., None] * np.array([0.98, 1.0, 1.04])
    clear /= _horizontal(clear, z, scale)
    overcast = overcast / _horizontal(overcast, z, scale)
    dull = min(max((clouds - 0.7) / 0.3, 0.0), 1.0)
    base = clear * (1.0 - dull) + overcast * dull
    toward = np.exp(-gamma * 1.5)[..., None] * (1.0 - dull)
    white = (0.55 + 0.75 * tone)[..., None] * (1.0 + 0.9 * toward) * np.array([1.0, 1.0, 1.02]) * 0.42
    grey = base * (0.72 + 0.5 * tone)[..., None]
    cloud = white * (1.0 - dull) + grey * dull
    out: NDArray[np.float64] = base * (1.0 - cover[..., None]) + cloud * cover[..., None]
    return out


def _clouds(
    x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64], amount: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cloud opacity and brightness, 0 to 1, from fractal noise on a layer overhead."""
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

    density = 0.65 * sample(33.0, 11.0) + 0.35 * sample(97.0, 200.0)
    edge = 0.72 - 0.52 * amount
    cover = np.clip((density - edge) / 0.14, 0.0, 1.0)
    cover = cover * cover * (3.0 - 2.0 * cover) * min(amount * 6.0, 1.0)
    shade = np.clip(1.0 - (density - edge) * 1.6, 0.0, 1.0)
    return cover, shade


def _weights(z: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    # Solid angle of a stereographic cell is (2 / (1 + r^2))^2 dA; times cos theta; only inside the circle.
    cell = (2.0 / (MAP - 1) / 0.995) ** 2
    out: NDArray[np.float64] = np.where(z > 0.0, scale**2 * z, 0.0) * cell
    return out


def _irradiance(dome: NDArray[np.float64], z: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    w = _weights(z, scale)
    return np.array([float((dome[..., c] * w).sum()) for c in range(3)])


def _horizontal(dome: NDArray[np.float64], z: NDArray[np.float64], scale: NDArray[np.float64]) -> float:
    return float(_irradiance(dome, z, scale) @ LUMA)
