"""Colours of lamps against Planck's law and the CIE 1931 standard observer."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.models.sites.lighting import NEUTRAL_WHITE, WARM_WHITE

# Colour-matching functions of the CIE 1931 2-degree observer at 380, 390 .. 700 nm (CIE 015:2018, table 1).
X_BAR = (
    0.001368, 0.004243, 0.01431, 0.04351, 0.13438, 0.2839, 0.34828, 0.3362, 0.2908, 0.19536, 0.09564, 0.03201, 0.0049,
    0.0093, 0.06327, 0.1655, 0.2904, 0.43345, 0.5945, 0.7621, 0.9163, 1.0263, 1.0622, 1.0026, 0.85445, 0.6424, 0.4479,
    0.2835, 0.1649, 0.0874, 0.04677, 0.0227, 0.011359,
)  # fmt: skip
Y_BAR = (
    0.000039, 0.00012, 0.000396, 0.00121, 0.004, 0.0116, 0.023, 0.038, 0.06, 0.09098, 0.13902, 0.20802, 0.323, 0.503,
    0.71, 0.862, 0.954, 0.99495, 0.995, 0.952, 0.87, 0.757, 0.631, 0.503, 0.381, 0.265, 0.175, 0.107, 0.061, 0.032,
    0.017, 0.00821, 0.004102,
)  # fmt: skip
Z_BAR = (
    0.00645, 0.02005, 0.06785, 0.2074, 0.6456, 1.3856, 1.74706, 1.77211, 1.6692, 1.28764, 0.81295, 0.46518, 0.272,
    0.1582, 0.07825, 0.04216, 0.0203, 0.00875, 0.0039, 0.0021, 0.00165, 0.0011, 0.0008, 0.00034, 0.00019, 0.00005,
    0.00002, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
)  # fmt: skip
# XYZ -> linear RGB of the primaries and white point of sRGB (IEC 61966-2-1).
TO_RGB = ((3.2406, -1.5372, -0.4986), (-0.9689, 1.8758, 0.0415), (0.0557, -0.2040, 1.0570))
C2_M_K = 1.438776877e-2


def black_body(kelvin: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Chromaticity (x, y) of a black body, and its linear RGB of luminance 1."""
    wave_m = np.arange(380, 701, 10) * 1e-9
    spectrum = wave_m**-5.0 / np.expm1(C2_M_K / (wave_m * kelvin))
    xyz = np.array([(spectrum * np.array(bar)).sum() for bar in (X_BAR, Y_BAR, Z_BAR)])
    return xyz[:2] / xyz.sum(), np.array([(row * xyz).sum() for row in np.array(TO_RGB)]) / xyz[1]


@pytest.mark.parametrize(("kelvin", "xy"), [(3000.0, (0.4369, 0.4041)), (4000.0, (0.3805, 0.3768))])
def test_the_observer_has_the_published_places_on_the_planckian_locus(kelvin: float, xy: tuple[float, float]) -> None:
    # Wyszecki and Stiles, Color Science, table 1(3.11)
    np.testing.assert_allclose(black_body(kelvin)[0], xy, atol=3e-4)


@pytest.mark.parametrize(("color", "kelvin"), [(WARM_WHITE, 3000.0), (NEUTRAL_WHITE, 4000.0)])
def test_lamps_have_the_color_of_the_black_body_that_they_are_named_after(
    color: tuple[float, float, float], kelvin: float
) -> None:
    np.testing.assert_allclose(color, black_body(kelvin)[1], atol=0.006)
    assert np.dot(color, (0.2126, 0.7152, 0.0722)) == pytest.approx(1.0, abs=1e-3)
