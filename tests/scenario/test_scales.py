"""Named classes against the numbers that are published for them."""

from __future__ import annotations

import math

import pytest

from simgen.errors import UserError
from simgen.scenario.scales import SCALES, bounds, name_of

MM_H = 1e-3 / 3600.0

# scale, unit in SI, value in it, class: a value well inside each class and on its edges
PUBLISHED = [
    ("iso34503.rain", MM_H, [(2.4, "light_rain"), (2.6, "moderate_rain"), (7.5, "moderate_rain"), (7.7, "heavy_rain"),
                             (49.0, "heavy_rain"), (51.0, "violent_rain"), (99.0, "violent_rain"),
                             (101.0, "cloudburst"), (1e4, "cloudburst")]),
    ("osi.rain", MM_H, [(0.0, "none"), (0.09, "none"), (0.2, "very_light"), (1.0, "light"), (2.0, "moderate"),
                        (8.0, "moderate"), (8.2, "heavy"), (33.0, "heavy"), (35.0, "very_heavy"), (150.0, "extreme")]),
    ("osi.fog", 1.0, [(0.0, "dense"), (49.9, "dense"), (50.0, "thick"), (199.0, "thick"), (200.0, "fog"),
                      (1000.0, "mist"), (2000.0, "poor_visibility"), (4000.0, "moderate_visibility"),
                      (10e3, "good_visibility"), (40e3, "excellent_visibility"), (math.inf, "excellent_visibility")]),
    ("iso34503.snow_visibility", 1000.0, [(0.4, "heavy_snow"), (0.7, "moderate_snow"), (1.2, "light_snow")]),
    ("fmh1.snow_visibility", 1609.344, [(0.2, "heavy_snow"), (0.5, "moderate_snow"), (0.76, "light_snow")]),
    ("faa.snow", MM_H, [(0.3, "very_light_snow"), (0.5, "light_snow"), (1.1, "moderate_snow"), (2.4, "moderate_snow"),
                        (2.6, "heavy_snow")]),
    ("iso34503.illuminance", 1.0, [(0.5, "night"), (1.5, "low_ambient"), (1999.0, "low_ambient"), (2000.0, "day")]),
    ("osi.illuminance", 1.0, [(0.005, "level1"), (0.5, "level2"), (2.0, "level3"), (5.0, "level4"), (15.0, "level5"),
                              (100.0, "level6"), (500.0, "level7"), (5000.0, "level8"), (5e4, "level9"),
                              (1e-4, None)]),
    ("beaufort.wind", 1.0, [(0.1, "calm"), (1.0, "light_air"), (3.0, "light_breeze"), (5.0, "gentle_breeze"),
                            (7.0, "moderate_breeze"), (10.0, "fresh_breeze"), (13.0, "strong_breeze"),
                            (17.0, "near_gale"), (20.0, "gale"), (24.0, "strong_gale"), (28.0, "storm"),
                            (32.0, "violent_storm"), (32.7, "hurricane")]),
    ("ef.tornado", 1.0, [(28.0, None), (30.0, "ef0"), (37.0, "ef0"), (40.0, "ef1"), (48.0, "ef1"), (51.0, "ef2"),
                         (60.0, "ef2"), (62.0, "ef3"), (73.0, "ef3"), (75.0, "ef4"), (89.0, "ef4"), (91.0, "ef5")]),
    ("simgen.flood", 1.0, [(0.10, "all_stand"), (0.20, "small_car_moves"), (0.40, "car_moves"),
                           (0.50, "off_roader_moves"), (0.70, "small_car_floats"), (1.0, "off_roader_floats")]),
]  # fmt: skip


@pytest.mark.parametrize(("scale", "unit", "values"), PUBLISHED)
def test_values_have_the_published_names(scale: str, unit: float, values: list[tuple[float, str | None]]) -> None:
    assert [name_of(scale, v * unit) for v, _ in values] == [name for _, name in values]
    assert {name for _, name in values if name} == set(SCALES[scale].names)


def test_every_scale_is_tested() -> None:
    assert {scale for scale, *_ in PUBLISHED} == set(SCALES)


@pytest.mark.parametrize("name", SCALES)
def test_classes_follow_each_other_and_hold_what_is_drawn_of_them(name: str) -> None:
    scale = SCALES[name]
    assert list(scale.edges) == sorted(set(scale.edges))
    for class_name, following in zip(scale.names, [*scale.names[1:], None], strict=True):
        low, high = bounds(name, class_name)
        assert name_of(name, low) == class_name
        assert name_of(name, math.nextafter(high, 0.0)) == class_name
        if following is not None:
            assert name_of(name, high) == following
        least, greatest = scale.range_of(class_name)
        assert max(low, 1e-12) <= least < greatest <= min(high, 1e6)
    assert len(scale.source) > 20


def test_the_same_word_means_different_ranges() -> None:
    assert bounds("iso34503.rain", "heavy_rain") == (7.6 * MM_H, 50.0 * MM_H)
    assert bounds("osi.rain", "heavy") == (8.1 * MM_H, 34.0 * MM_H)


def test_unknown_names_are_told_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"no scale is called 'iso34503.rian': did you mean 'iso34503.rain'"):
        name_of("iso34503.rian", 1.0)
    with pytest.raises(UserError, match=r"osi.rain has no class 'hevy': did you mean 'heavy'"):
        bounds("osi.rain", "hevy")
    with pytest.raises(UserError, match="nan belongs to no class"):
        name_of("osi.rain", math.nan)
