"""The sky dome as a map of radiance: clear-sky luminance, overcast, clouds, night.

The map is stereographic: direction (x, y, z) with z >= 0 lies at (x, y) / (1 + z), the horizon on the unit
circle. It is scaled so that its integral over the horizontal equals the sky's share of the illuminance.
Clear distribution: Perez et al. 1993 with Preetham et al. 1999 coefficients at turbidity 3; overcast: CIE
standard overcast sky, L(theta) = Lz (1 + 2 cos theta) / 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Light
from simgen.render.noise import CLOUD, SIZE, field

MAP = 512
_LUMA = np.array([0.2126, 0.7152, 0.0722])


def perez_coefficients(turbidity: float) -> tuple[float, float, float, float, float]:
    """Luminance coefficients A-E of the Perez formula against turbidity (Preetham et al. 1999, appendix A.2)."""
    t = turbidity
    return (
        0.1787 * t - 1.4630,
        -0.3554 * t + 0.4275,
        -0.0227 * t + 5.3251,
        0.1206 * t - 2.5771,
        -0.0670 * t + 0.3703,
    )


def perez(
    cos_zenith: NDArray[np.float64], gamma: NDArray[np.float64], coefficients: tuple[float, ...]
) -> NDArray[np.float64]:
    """The Perez function F(theta, gamma); arrays of cosine of zenith angle and angle to the sun in radians."""
    a, b, c, d, e = coefficients
    out: NDArray[np.float64] = (1 + a * np.exp(b / np.maximum(cos_zenith, 0.02))) * (
        1 + c * np.exp(d * gamma) + e * np.cos(gamma) ** 2
    )
    return out


@dataclass(frozen=True, eq=False)
class Sky:
    """A dome of light.

    Attributes:
        sharp: (MAP, MAP, 3) float32 radiance with clouds.
        blurred: (MAP/16, MAP/16, 3) float32, for glossy reflections.
        irradiance: (3,) float64 of the dome on the horizontal, RGB.
        sun_rgb: (3,) float64 irradiance of the sun on a surface that faces it.
    """

    sharp: NDArray[np.float32]
    blurred: NDArray[np.float32]
    irradiance: NDArray[np.float64]
    sun_rgb: NDArray[np.float64]


def sun_color(elevation_rad: float) -> NDArray[np.float64]:
    """Linear RGB of sunlight with luminance 1: Rayleigh-like extinction over the Kasten-Young air mass."""
    e = max(math.degrees(elevation_rad), 0.0)
    airmass = 1.0 / (math.sin(math.radians(e)) + 0.50572 * (e + 6.07995) ** -1.6364)
    rgb = np.array([1.05, 1.0, 0.96]) * np.exp(-np.array([0.06, 0.11, 0.24]) * min(airmass, 15.0) * 0.75)
    out: NDArray[np.float64] = rgb / float(rgb @ _LUMA)
    return out


def build_sky(light: Light) -> Sky:
    """The dome for a state of light."""
    n = MAP
    p = (np.arange(n) / (n - 1) * 2.0 - 1.0) / 0.995
    px, py = np.meshgrid(p, p)
    r2 = np.minimum(px**2 + py**2, 1.0)
    scale = 2.0 / (1.0 + r2)
    over = np.sqrt(np.maximum(px**2 + py**2, 1e-12))
    inside = np.where(over > 1.0, 1.0 / over, 1.0)
    x, y, z = px * inside * scale, py * inside * scale, (1.0 - r2) / (1.0 + r2)
    e, a = light.sun_elevation_rad, light.sun_azimuth_rad
    sun = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    gamma = np.arccos(np.clip(x * sun[0] + y * sun[1] + z * sun[2], -1.0, 1.0))
    clear = _clear(z, gamma, e)
    overcast = ((1.0 + 2.0 * z) / 3.0)[..., None] * np.array([0.98, 1.0, 1.04])
    clear /= _horizontal(clear, z, scale)
    overcast = overcast / _horizontal(overcast, z, scale)
    cover, tone = _clouds(x, y, z, light.clouds)
    dull = min(max((light.clouds - 0.7) / 0.3, 0.0), 1.0)
    base = clear * (1.0 - dull) + overcast * dull
    toward_sun = np.exp(-gamma * 1.5)[..., None] * (1.0 - dull)
    white = (0.55 + 0.75 * tone)[..., None] * (1.0 + 0.9 * toward_sun) * np.array([1.0, 1.0, 1.02]) * 0.42
    grey = base * (0.72 + 0.5 * tone)[..., None]
    cloud = white * (1.0 - dull) + grey * dull
    dome = base * (1.0 - cover[..., None]) + cloud * cover[..., None]
    day = min(max((math.degrees(e) + 8.0) / 10.0, 0.0), 1.0)
    night = (0.75 + 0.5 * (1.0 - z))[..., None] * np.array([0.95, 1.0, 1.12])
    dome = dome * day + night * (1.0 - day) * (0.8 + 0.4 * tone)[..., None]
    dome *= light.sky_lx / _horizontal(dome, z, scale)
    irradiance = _irradiance(dome, z, scale)
    small = dome.reshape(n // 16, 16, n // 16, 16, 3).mean(axis=(1, 3))
    return Sky(
        sharp=np.ascontiguousarray(dome, np.float32),
        blurred=np.ascontiguousarray(small, np.float32),
        irradiance=irradiance,
        sun_rgb=sun_color(e) * light.sun_lx,
    )


def _clear(z: NDArray[np.float64], gamma: NDArray[np.float64], elevation_rad: float) -> NDArray[np.float64]:
    luminance = perez(z, gamma, perez_coefficients(3.0))
    # Chromaticity: blue overhead, pale at the horizon, warm around a low sun.
    low = min(max(1.0 - math.degrees(elevation_rad) / 18.0, 0.0), 1.0)
    blue = np.array([0.44, 0.93, 2.20])
    pale = np.array([0.86, 1.02, 1.25])
    warm = np.array([1.9, 0.85, 0.35])
    t = np.sqrt(np.clip(z, 0.0, 1.0))[..., None]
    rgb = pale * (1.0 - t) + blue * t
    glow = (np.exp(-gamma * 2.2) * (1.0 - np.clip(z * 2.0, 0.0, 1.0)))[..., None] * low
    rgb = rgb * (1.0 - glow) + warm * glow
    rgb /= (rgb @ _LUMA)[..., None]
    out: NDArray[np.float64] = rgb * luminance[..., None]
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
    return float(_irradiance(dome, z, scale) @ _LUMA)
