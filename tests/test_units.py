"""Quantities: every unit against its definition, exact rounding, and refusals that say what to write."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simgen import units
from simgen.units import UnitError, parse_quantity, split_suffix, to_si


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("80 m", 80.0, units.LENGTH),
        ("2 mm", 0.002, units.LENGTH),
        ("1.5 km", 1500.0, units.LENGTH),
        ("40 km/h", 40.0 / 3.6, units.SPEED),
        ("36 km/h", 10.0, units.SPEED),
        ("12 mm/h", 12e-3 / 3600.0, units.SPEED),
        ("0.3 lx", 0.3, units.ILLUMINANCE),
        ("1.2 klx", 1200.0, units.ILLUMINANCE),
        ("-20 deg", math.radians(-20.0), units.ANGLE),
        ("90°", math.radians(90.0), units.ANGLE),
        ("10 Hz", 10.0, units.FREQUENCY),
        ("10 1/s", 10.0, units.FREQUENCY),
        ("6 s", 6.0, units.TIME),
        ("20 ms", 0.02, units.TIME),
        ("1 m/s^2", 1.0, units.ACCELERATION),
        ("1 m/s²", 1.0, units.ACCELERATION),
        ("1 m/s/s", 1.0, units.ACCELERATION),
        ("45 deg/s", math.radians(45.0), units.ANGULAR_RATE),
        ("2 t", 2000.0, units.MASS),
        ("1 g/cm^3", 1000.0, units.DENSITY),
        ("3 1/km", 0.003, units.PER_LENGTH),
        ("50 %", 0.5, units.NUMBER),
        ("  7m ", 7.0, units.LENGTH),
        ("1e-3 m", 0.001, units.LENGTH),
        (".5 m", 0.5, units.LENGTH),
    ],
)
def test_quantities_become_si(text: str, value: float, dimension: units.Dimension) -> None:
    assert to_si(text, dimension) == pytest.approx(value, rel=1e-15, abs=0.0)
    assert parse_quantity(text).dimension is dimension


def test_conversion_rounds_once() -> None:
    # 0.1 km is 100 m exactly although 0.1 * 1000.0 is only nearly so; 3 * 0.001 is not 0.003 in floats.
    assert to_si("0.1 km", units.LENGTH) == 100.0
    assert to_si("3 mm", units.LENGTH) == 0.003
    assert to_si("7.2 km/h", units.SPEED) == 2.0


@given(st.floats(min_value=-1e12, max_value=1e12, allow_nan=False))
def test_any_float_survives_its_text(x: float) -> None:
    assert to_si(f"{x!r} m", units.LENGTH) == x


@given(st.text(max_size=80))
def test_any_text_is_a_finite_quantity_an_infinity_or_refused(text: str) -> None:
    try:
        quantity = parse_quantity(text)
    except UnitError:
        return
    assert not math.isnan(quantity.value)
    assert math.isinf(quantity.value) == (quantity.dimension is None)


@pytest.mark.parametrize("sign", [1, -1])
def test_infinities_need_no_unit(sign: int) -> None:
    text = "inf" if sign > 0 else "-inf"
    assert to_si(text, units.LENGTH) == sign * math.inf
    assert to_si(text, units.TIME) == sign * math.inf


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("80", "the unit is missing: expected a length (m, km, cm, mm), as in '80 m'"),
        ("80 s", "'80 s' is a time; expected a length (m, km, cm, mm)"),
        ("5 %", "'5 %' is a plain number; expected a length (m, km, cm, mm)"),
        ("80 meters", "unknown unit 'meters' in '80 meters'; did you mean 'm'?"),
        ("80 ft", "unknown unit 'ft' in '80 ft': units are SI (1 ft = 0.3048 m)"),
        ("3 degg", "unknown unit 'degg' in '3 degg'; did you mean 'deg'?"),
        ("5 m/", "'5 m/' ends where a unit should stand"),
        ("5 m^9", "'m^9' in '5 m^9' is not a unit: powers are whole numbers from -4 to 4"),
        ("012 m", "'012 m' is not a decimal number: write it plainly, as in 1200 or 0.5"),
        ("1_000 m", "'1_000 m' is not a decimal number: write it plainly, as in 1200 or 0.5"),
        ("1,000 m", "'1,000 m' is not a decimal number: write it plainly, as in 1200 or 0.5"),
        ("22:30", "'22:30' is not a decimal number: write it plainly, as in 1200 or 0.5"),
        ("nan", "'nan' is not a number with a unit"),
        (".nan m", "'.nan m' is not a number with a unit"),
        ("0x10 m", "unknown unit 'x10 m' in '0x10 m'; known: "),
        ("1e999 m", "'1e999 m' is too large for a number"),
        ("", "'' is not a number with a unit"),
        ("9" * 99, "a quantity has at most 64 characters, this one has 99"),
    ],
)
def test_refusals_say_what_to_write(text: str, message: str) -> None:
    with pytest.raises(UnitError) as caught:
        to_si(text, units.LENGTH)
    assert str(caught.value).startswith(message)


def test_infinitesimal_exponents_do_not_take_forever() -> None:
    assert to_si("1e-999 m", units.LENGTH) == 0.0


@pytest.mark.parametrize(
    ("name", "plain", "dimension"),
    [
        ("length_m", "length", units.LENGTH),
        ("speed_mps", "speed", units.SPEED),
        ("grip_mps2", "grip", units.ACCELERATION),
        ("stride_rad", "stride", units.ANGLE),
        ("turn_radps", "turn", units.ANGULAR_RATE),
        ("extinction_per_m", "extinction", units.PER_LENGTH),
        ("mass_kg", "mass", units.MASS),
        ("lanes", "lanes", units.NUMBER),
        ("_m", "_m", units.NUMBER),
    ],
)
def test_suffixes_name_dimensions(name: str, plain: str, dimension: units.Dimension) -> None:
    assert split_suffix(name) == (plain, dimension)


@pytest.mark.parametrize("dimension", [d for d in units.DIMENSIONS if d.examples])
def test_formatted_values_read_back(dimension: units.Dimension) -> None:
    assert to_si(units.format_si(0.25, dimension), dimension) == pytest.approx(0.25, rel=1e-5)
    for unit in dimension.examples:
        assert parse_quantity(f"1 {unit}").dimension is dimension
