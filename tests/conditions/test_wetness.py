"""Wet materials against numerical integrals and published values."""

from __future__ import annotations

import pytest
from scipy.integrate import quad

from simgen.conditions.water import fresnel_unpolarised
from simgen.conditions.wetness import TURNED_BACK, diffuse_fresnel, wet_albedo


@pytest.mark.parametrize("n", [1.05, 1.163, 1.333, 1.55, 2.0])
def test_the_closed_form_is_the_integral_of_fresnel_over_the_hemisphere(n):
    integral, _ = quad(lambda c: 2.0 * c * fresnel_unpolarised(c, n), 0.0, 1.0)
    assert diffuse_fresnel(n) == pytest.approx(integral, rel=1e-9)


def test_water_turns_back_what_it_does_not_let_out():
    """Beyond the critical angle all, before it what Fresnel says: 0.47 for water, as limnology has it."""
    n = 1.333
    least = (1.0 - 1.0 / n**2) ** 0.5  # cosine of the critical angle

    def inside(c):
        return fresnel_unpolarised((1.0 - n**2 * (1.0 - c * c)) ** 0.5, n)  # the same both ways

    beyond, _ = quad(lambda c: 2.0 * c, 0.0, least)
    before, _ = quad(lambda c: 2.0 * c * inside(c), least, 1.0)
    assert pytest.approx(beyond + before, rel=1e-6) == TURNED_BACK
    assert pytest.approx(0.47, abs=0.01) == TURNED_BACK


def test_wet_albedo_is_the_sum_of_all_ways_to_and_fro():
    """Followed bounce by bounce: in, scattered, partly out, the rest back down."""
    for albedo in (0.05, 0.2, 0.5, 0.9):
        dry = 1.0 - albedo
        eases = (1.0 - diffuse_fresnel(1.55 / 1.333)) / (1.0 - diffuse_fresnel(1.55))
        scatters = 1.0 - dry * (albedo * eases + dry)
        inside, out = 1.0 - fresnel_unpolarised(1.0), 0.0
        for _ in range(200):
            inside *= scatters
            out += inside * (1.0 - TURNED_BACK)
            inside *= TURNED_BACK
        assert wet_albedo(albedo) == pytest.approx(out, rel=1e-9)


def test_dark_ground_loses_half_of_its_albedo_and_white_little():
    assert 0.45 < wet_albedo(0.10) / 0.10 < 0.60  # asphalt
    assert 0.50 < wet_albedo(0.34) / 0.34 < 0.70  # concrete
    assert wet_albedo(0.0) == 0.0
    assert 0.95 < wet_albedo(1.0) < 1.0
