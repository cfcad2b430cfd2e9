"""Elementary functions that keep a float32 loop vectorised, with the same bits on every processor."""

from __future__ import annotations

import numpy as np

from simgen.compiled import inline


@inline
def exp32(x):
    """Exp of a float32, within 1e-7 relative over -87 to 88 (Cephes polynomial; no library call)."""
    x = min(max(x, np.float32(-87.0)), np.float32(88.0))
    n = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    r = x - n * np.float32(0.693359375) + n * np.float32(2.12194440e-4)
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1.0)
    return p * np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)


@inline
def cube_root(x):
    """Cube root of a float32 from 1e-30 to 1e30, within 1e-6 relative (Halley's steps from the exponent)."""
    three, two = np.int32(3), np.float32(2.0)
    y = np.int32(np.float32(x).view(np.int32) // three + np.int32(709921077)).view(np.float32)
    for _ in range(2):
        cube = y * y * y
        y = np.float32(y * (cube + two * x) / (two * cube + x))
    return y


@inline
def smooth(lo, hi, x):
    """Hermite step from 0 at `lo` to 1 at `hi`, float32."""
    t = min(max((x - lo) / (hi - lo), np.float32(0.0)), np.float32(1.0))
    return t * t * (np.float32(3.0) - np.float32(2.0) * t)


@inline
def erf32(x):
    """The error function of a float32 within 5e-7 (Abramowitz and Stegun 7.1.26; no library call)."""
    one = np.float32(1.0)
    a = abs(x)
    t = one / (one + np.float32(0.3275911) * a)
    p = np.float32(1.061405429)
    p = p * t + np.float32(-1.453152027)
    p = p * t + np.float32(1.421413741)
    p = p * t + np.float32(-0.284496736)
    p = (p * t + np.float32(0.254829592)) * t
    y = one - p * exp32(-a * a)
    return -y if x < np.float32(0.0) else y
