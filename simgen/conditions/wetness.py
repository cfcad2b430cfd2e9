"""How ground looks under a film of water: darker, because light is caught below the surface, and smoother.

Darkening after Lekner and Dorf, Why some things are darker when wet, Applied Optics 27, 1278 (1988): light that a
wetted material scatters back is partly turned back again by the surface of the water, and gets another chance to be
absorbed; and light enters the grains of the material more easily from water than from air.
"""

from __future__ import annotations

import math

from simgen.conditions.water import N_WATER, fresnel_unpolarised

N_GRAINS = 1.55
"""Refractive index of the grains: quartz and most minerals of soils, concrete and road stones."""


def diffuse_fresnel(n: float) -> float:
    """Reflectance of isotropic light that falls on a dielectric of relative index `n` > 1 from outside.

    The closed form of the integral of Fresnel's equations over the hemisphere (Walsh 1926).
    """
    n2 = n * n
    rational = 0.5 + (n - 1.0) * (3.0 * n + 1.0) / (6.0 * (n + 1.0) ** 2)
    log_n = n2 * (n2 - 1.0) ** 2 / (n2 + 1.0) ** 3 * math.log((n - 1.0) / (n + 1.0))
    return (
        rational
        + log_n
        - 2.0 * n2 * n * (n2 + 2.0 * n - 1.0) / ((n2 + 1.0) * (n2 * n2 - 1.0))
        + 8.0 * n2 * n2 * (n2 * n2 + 1.0) / ((n2 + 1.0) * (n2 * n2 - 1.0) ** 2) * math.log(n)
    )


def inner_reflectance(n: float = N_WATER) -> float:
    """Share of isotropic light inside a liquid of index `n` that its surface turns back: 1 - (1 - r(n)) / n^2."""
    return 1.0 - (1.0 - diffuse_fresnel(n)) / (n * n)


ENTERING = 1.0 - fresnel_unpolarised(1.0)
"""Share of light from above that gets into the water."""
TURNED_BACK = inner_reflectance()
"""Share of scattered light that the surface of the water turns back."""
EASIER = (1.0 - diffuse_fresnel(N_GRAINS / N_WATER)) / (1.0 - diffuse_fresnel(N_GRAINS))
"""How much more light enters the grains from water than from air."""


def wet_albedo(albedo: float) -> float:
    """Diffuse albedo of a wetted matt material, 0 to 1, of its dry one; what its water mirrors is not in it.

    The grains absorb a ((1 - a) EASIER + a) where dry ones absorb a; then light goes to and fro below the surface.
    """
    dry = 1.0 - albedo
    wet = dry * (albedo * EASIER + dry)
    back = 1.0 - wet
    return ENTERING * (1.0 - TURNED_BACK) * back / (1.0 - TURNED_BACK * back)
