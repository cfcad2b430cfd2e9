"""The normal distribution without scipy: its CDF and the inverse of it."""

from __future__ import annotations

import math

_SQRT2 = math.sqrt(2.0)

# Coefficients of algorithm AS 241 (PPND16), numerators and denominators from the constant term upwards.
_A = (
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
    1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
    3.3430575583588128105e4, 2.5090809287301226727e3,
)  # fmt: skip
_B = (
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
    5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
    2.8729085735721942674e4, 5.2264952788528545610e3,
)  # fmt: skip
_C = (
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4,
)  # fmt: skip
_D = (
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
    6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
    5.47593808499534494600e-4, 1.05075007164441684324e-9,
)  # fmt: skip
_E = (
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7,
)  # fmt: skip
_F = (
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
    1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
    1.42151175831644588870e-7, 2.04426310338993978564e-15,
)  # fmt: skip


def _ratio(top: tuple[float, ...], bottom: tuple[float, ...], x: float) -> float:
    p = q = 0.0
    for a, b in zip(reversed(top), reversed(bottom), strict=True):
        p, q = p * x + a, q * x + b
    return p / q


def normal_ppf(p: float) -> float:
    """The standard normal quantile of `p` in (0, 1), to about 1e-16.

    Source: M. J. Wichura, Algorithm AS 241: The percentage points of the normal distribution, Applied
    Statistics 37 (1988) 477-484, routine PPND16.
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(_A, _B, 0.180625 - q * q)
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    z = _ratio(_C, _D, r - 1.6) if r <= 5.0 else _ratio(_E, _F, r - 5.0)
    return -z if q < 0.0 else z


def normal_cdf(x: float) -> float:
    """The standard normal CDF; accurate in the lower tail."""
    return 0.5 * math.erfc(-x / _SQRT2)


def truncated_normal_ppf(p: float, low: float, high: float) -> float:
    """The quantile of a standard normal that is truncated to [low, high] (either may be infinite)."""
    if low > 0.0:  # work in the lower tail, where the CDF keeps its digits
        return -truncated_normal_ppf(1.0 - p, -high, -low)
    below, above = normal_cdf(low), normal_cdf(high)
    share = min(below + p * (above - below), 1.0 - 2.0**-53)
    if share <= 0.0:  # the interval lies beyond the range of the CDF: its edge nearer the mean
        return high
    return min(max(normal_ppf(share), low), high)
