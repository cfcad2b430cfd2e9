"""Wind with its gusts, and a tornado: what is stated about moving air, in SI units.

Mean profile: the logarithmic law u(z) = u_ref ln(1 + z / z0) / ln(1 + z_ref / z0) (Richards and Hoxey, Journal of
Wind Engineering 46, 1993, eq. 4) with z_ref = 10 m, the height at which weather services measure.
Gusts: the Kaimal spectrum of IEC 61400-1 (2005), annex B: f S(f) / sigma^2 = 4 n / (1 + 6 n)^(5/3), n = f L / u. A
share q of its variance lies below n = ((1 - q)^(-3/2) - 1) / 6, so that waves at even steps of q all have the same
amplitude. Across the wind sigma is 0.8 times and L a third of what they are along it (the same annex).
Tornado: the swirl of Burgers (1948) and Rott (1958), with an inflow and an updraft that stay bounded.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

REFERENCE_HEIGHT_M = 10.0
"""Height at which a wind's mean speed is stated."""
CROSS_INTENSITY = 0.8
"""Standard deviation of gusts across the wind as a share of that along it."""
CROSS_LENGTH = 1.0 / 3.0
"""Length scale of gusts across the wind as a share of that along it."""

_SWIRL, _DECAY = 1.397953, 1.256431
_G_MPS2 = 9.81
_BEAUFORT_MPS = (0.2, 1.5, 3.3, 5.4, 7.9, 10.7, 13.8, 17.1, 20.7, 24.4, 28.4, 32.6)
_EF_MPS = (29.1, 38.0, 49.2, 60.3, 73.8, 89.4)


def beaufort(speed_mps: float) -> int:
    """Beaufort number of a mean wind speed, 0 (calm) to 12 (hurricane); class edges as in ISO 34503."""
    return sum(speed_mps > edge for edge in _BEAUFORT_MPS)


def kaimal_quantile(share: float) -> float:
    """Reduced frequency n = f L / u below which a share (0 to below 1) of the Kaimal spectrum's variance lies."""
    return (math.pow(1.0 - share, -1.5) - 1.0) / 6.0


@dataclass(frozen=True)
class Wind:
    """A wind over the whole site; a speed of 0 is calm.

    Attributes:
        speed_mps: mean speed at `REFERENCE_HEIGHT_M` above z = 0.
        direction_rad: heading it blows towards, counter-clockwise from world x.
        roughness_m: roughness length of the land (open grass 0.03, suburb 0.3); 0 is the same speed at any height.
        gust_intensity: standard deviation of the gusts along the wind as a share of the mean speed.
        gust_length_m: length scale L of the gusts along the wind; IEC 61400-1 has 57 m at 10 m height.
        gust_seed: whole number that the gusts' phases are keyed by.
    """

    speed_mps: float = 0.0
    direction_rad: float = 0.0
    roughness_m: float = 0.03
    gust_intensity: float = 0.0
    gust_length_m: float = 56.7
    gust_seed: int = 0

    def profile(self, z_m: float) -> float:
        """Mean speed at a height above z = 0 as a share of `speed_mps`; 0 below z = 0 unless roughness is 0."""
        if self.roughness_m <= 0.0:
            return 1.0
        z0 = self.roughness_m
        return math.log1p(max(z_m, 0.0) / z0) / math.log1p(REFERENCE_HEIGHT_M / z0)

    @property
    def beaufort(self) -> int:
        """Beaufort number of the mean speed."""
        return beaufort(self.speed_mps)


@dataclass(frozen=True)
class Tornado:
    """A vortex that turns counter-clockwise seen from above and moves on in a straight line.

    With p = r / R: swirl 1.397953 V (1 - exp(-1.256431 p^2)) / p, inflow U 2 p / (1 + p^2) sech^2(z / H) and updraft
    4 U H / R tanh(z / H) / (1 + p^2)^2, where U is `inflow` V and H = R / 2. Near the axis and the ground inflow and
    updraft are those of Burgers' vortex, nowhere do they exceed U and 2 U, and together they conserve air exactly.
    The pressure deficit of the core and the slower air next to the ground are left out.

    Attributes:
        x_m, y_m: where its axis meets the ground at t = 0.
        core_radius_m: R, where the swirl is greatest.
        max_speed_mps: V, the greatest swirl relative to the axis.
        velocity_mps: (vx, vy) of the axis; the air is carried along with it.
        inflow: greatest inflow as a share of the greatest swirl.
        cloud_base_m: height above the ground of the cloud that its funnel hangs from; 0 for no funnel.
        dust_kgpm3: dust in the air about its foot; 0 for none.
    """

    x_m: float
    y_m: float
    core_radius_m: float
    max_speed_mps: float
    velocity_mps: tuple[float, float] = (0.0, 0.0)
    inflow: float = 0.4
    cloud_base_m: float = 0.0
    dust_kgpm3: float = 0.0

    @property
    def ground_speed_mps(self) -> float:
        """Greatest speed over ground: swirl and travel on the side where they add."""
        return self.max_speed_mps + math.hypot(*self.velocity_mps)

    @property
    def ef_class(self) -> int:
        """Class 0 to 5 of the enhanced Fujita scale of `ground_speed_mps`; -1 below its first class."""
        return bisect_right(_EF_MPS, self.ground_speed_mps) - 1


def tornado_swirl_mps(tornado: Tornado, radius_m: float) -> float:
    """Swirl at a distance from the axis (Burgers 1948, Rott 1958)."""
    p = radius_m / tornado.core_radius_m
    return _SWIRL * tornado.max_speed_mps * -math.expm1(-_DECAY * p * p) / p if p > 1e-6 else 0.0


def tornado_drop_m(tornado: Tornado, radius_m: float) -> float:
    """By how much surfaces of equal pressure are lower than far away: 1 / g int_r^inf v^2 / r' dr', in m.

    With a = 1.256431 and q = a (r / R)^2 it is (1.397953 V)^2 a / (2 g) int_q^inf ((1 - exp(-t)) / t)^2 dt; on the axis
    that integral is 2 ln 2.
    """
    q = _DECAY * (radius_m / tornado.core_radius_m) ** 2
    scale = (_SWIRL * tornado.max_speed_mps) ** 2 * _DECAY / (2.0 * _G_MPS2)
    # Simpson's rule over u = 1 / (1 + t), from the far end at u = 0, where the integrand is 1, to the radius.
    end, steps = 1.0 / (1.0 + q), 64
    total = 0.0
    for k in range(steps + 1):
        u = end * k / steps
        t = (1.0 - u) / u if u > 0.0 else math.inf
        value = 1.0 if u <= 0.0 else (1.0 if t < 1e-9 else (-math.expm1(-t) / t) ** 2) / (u * u)
        total += value * (1 if k in (0, steps) else 4 if k % 2 else 2)
    return scale * total * end / (3.0 * steps)


@lru_cache(maxsize=256)
def tornado_radius_m(tornado: Tornado, height_m: float) -> float:
    """Radius of the funnel at a height above the ground; 0 where it does not reach down to it."""
    wanted = tornado.cloud_base_m - height_m
    if wanted <= 0.0 or tornado_drop_m(tornado, 0.0) <= wanted:
        return 0.0
    low, high = 0.0, 50.0 * tornado.core_radius_m
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if tornado_drop_m(tornado, middle) > wanted else (low, middle)
    return 0.5 * (low + high)
