"""Quantities with units: the text an author writes, checked and turned into SI.

A quantity is a decimal number and a unit ("80 m", "40 km/h", "1 m/s^2", "12 mm/h"). Units combine with `/`,
`*` and `^`. The number is converted exactly (as a fraction) and rounded once, so that "36 km/h" is 10.0.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from simgen.errors import UserError

Exponents = tuple[int, int, int, int, int, int]
"""Powers of metre, second, kilogram, radian, lux and candela."""


class UnitError(UserError):
    """Raised when a text is not a quantity, or a quantity of another dimension."""


@dataclass(frozen=True)
class Dimension:
    """What a quantity measures.

    Attributes:
        name: for people: "length".
        exponents: powers of the base units.
        examples: units an author would write, the usual one first; empty for plain numbers.
    """

    name: str
    exponents: Exponents
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    @property
    def article(self) -> str:
        """The name with its article: "a length", "an angle"."""
        return ("an " if self.name[0] in "aeiou" else "a ") + self.name

    @property
    def expectation(self) -> str:
        """What to write: 'a length (m, km, cm, mm)'."""
        return f"{self.article} ({', '.join(self.examples)})" if self.examples else self.article


NUMBER = Dimension("plain number", (0, 0, 0, 0, 0, 0))
LENGTH = Dimension("length", (1, 0, 0, 0, 0, 0), ("m", "km", "cm", "mm"))
AREA = Dimension("area", (2, 0, 0, 0, 0, 0), ("m^2",))
TIME = Dimension("time", (0, 1, 0, 0, 0, 0), ("s", "ms", "min"))
FREQUENCY = Dimension("frequency", (0, -1, 0, 0, 0, 0), ("Hz", "kHz"))
SPEED = Dimension("speed", (1, -1, 0, 0, 0, 0), ("m/s", "km/h", "mm/h"))
ACCELERATION = Dimension("acceleration", (1, -2, 0, 0, 0, 0), ("m/s^2",))
MASS = Dimension("mass", (0, 0, 1, 0, 0, 0), ("kg", "g", "t"))
MASS_RATE = Dimension("mass rate", (0, -1, 1, 0, 0, 0), ("kg/s", "g/s"))
POWER = Dimension("power", (2, -3, 1, 0, 0, 0), ("W", "kW", "MW"))
DENSITY = Dimension("density", (-3, 0, 1, 0, 0, 0), ("kg/m^3",))
ANGLE = Dimension("angle", (0, 0, 0, 1, 0, 0), ("deg", "rad"))
ANGULAR_RATE = Dimension("angular rate", (0, -1, 0, 1, 0, 0), ("deg/s", "rad/s"))
ILLUMINANCE = Dimension("illuminance", (0, 0, 0, 0, 1, 0), ("lx", "klx", "mlx"))
INTENSITY = Dimension("luminous intensity", (0, 0, 0, 0, 0, 1), ("cd", "kcd"))
PER_LENGTH = Dimension("inverse length", (-1, 0, 0, 0, 0, 0), ("1/m", "1/km"))

DIMENSIONS = (
    NUMBER,
    LENGTH,
    AREA,
    TIME,
    FREQUENCY,
    SPEED,
    ACCELERATION,
    MASS,
    MASS_RATE,
    POWER,
    DENSITY,
    ANGLE,
    ANGULAR_RATE,
    ILLUMINANCE,
    INTENSITY,
    PER_LENGTH,
)
_NAMED = {d.exponents: d for d in DIMENSIONS}
_BASE_UNITS = ("m", "s", "kg", "rad", "lx", "cd")


def dimension_of(exponents: Exponents) -> Dimension:
    """The dimension of these powers: a named one, else "quantity in kg m s^-2"."""
    written = " ".join(u if e == 1 else f"{u}^{e}" for u, e in zip(_BASE_UNITS, exponents, strict=True) if e)
    return _NAMED.get(exponents) or Dimension(f"quantity in {written}", exponents)


_SUFFIXES = {
    "_per_m": PER_LENGTH,
    "_kgps": MASS_RATE,
    "_mps2": ACCELERATION,
    "_radps": ANGULAR_RATE,
    "_mps": SPEED,
    "_rad": ANGLE,
    "_m2": AREA,
    "_kg": MASS,
    "_w": POWER,
    "_hz": FREQUENCY,
    "_lx": ILLUMINANCE,
    "_cd": INTENSITY,
    "_m": LENGTH,
    "_s": TIME,
}


def split_suffix(name: str) -> tuple[str, Dimension]:
    """The plain name and dimension of an SI-suffixed one: "length_m" gives ("length", LENGTH)."""
    for suffix, dimension in _SUFFIXES.items():
        if name.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)], dimension
    return name, NUMBER


@dataclass(frozen=True)
class Quantity:
    """A value in SI units and what it measures; `dimension` None is an infinity, which fits any."""

    value: float
    dimension: Dimension | None


def _base(**powers: int) -> Exponents:
    m, s, kg, rad, lx, cd = (powers.get(k, 0) for k in ("m", "s", "kg", "rad", "lx", "cd"))
    return (m, s, kg, rad, lx, cd)


# symbol -> (exponents, factor to SI, whether the factor is in degrees and needs pi/180 besides)
_UNITS: Mapping[str, tuple[Exponents, Fraction, bool]] = {
    **{k: (_base(m=1), Fraction(f), False) for k, f in {"m": "1", "km": "1000", "dm": ".1", "cm": ".01"}.items()},
    **{k: (_base(m=1), Fraction(f), False) for k, f in {"mm": "1e-3", "um": "1e-6", "µm": "1e-6"}.items()},
    **{k: (_base(s=1), Fraction(f), False) for k, f in {"s": "1", "ms": "1e-3", "us": "1e-6", "µs": "1e-6"}.items()},
    **{k: (_base(s=1), Fraction(f), False) for k, f in {"min": "60", "h": "3600"}.items()},
    **{k: (_base(s=-1), Fraction(f), False) for k, f in {"Hz": "1", "kHz": "1000"}.items()},
    **{k: (_base(kg=1), Fraction(f), False) for k, f in {"kg": "1", "g": "1e-3", "t": "1000"}.items()},
    **{k: (_base(m=2, s=-3, kg=1), Fraction(f), False) for k, f in {"W": "1", "kW": "1000", "MW": "1e6"}.items()},
    **{k: (_base(rad=1), Fraction(f), False) for k, f in {"rad": "1", "mrad": "1e-3"}.items()},
    **{k: (_base(rad=1), Fraction(1), True) for k in ("deg", "°")},
    **{k: (_base(lx=1), Fraction(f), False) for k, f in {"lx": "1", "klx": "1000", "mlx": "1e-3"}.items()},
    **{k: (_base(cd=1), Fraction(f), False) for k, f in {"cd": "1", "kcd": "1000"}.items()},
    "%": (_base(), Fraction(1, 100), False),
}

_MEANT = {
    "meter": "m", "meters": "m", "metre": "m", "metres": "m", "M": "m", "kilometers": "km", "KM": "km",
    "second": "s", "seconds": "s", "sec": "s", "S": "s",
    "hour": "h", "hours": "h", "minute": "min", "minutes": "min",
    "degree": "deg", "degrees": "deg", "radian": "rad", "radians": "rad", "hz": "Hz", "HZ": "Hz", "fps": "Hz",
    "lux": "lx", "Lx": "lx", "kph": "km/h", "kmh": "km/h", "kmph": "km/h", "mps": "m/s", "percent": "%",
    "kilogram": "kg", "KG": "kg", "tonne": "t", "ton": "t", "candela": "cd",
}  # fmt: skip
_FOREIGN = {
    "mph": "1 mph = 1.609344 km/h",
    "ft": "1 ft = 0.3048 m",
    "feet": "1 ft = 0.3048 m",
    "in": "1 in = 25.4 mm",
    "inch": "1 in = 25.4 mm",
    "mi": "1 mi = 1.609344 km",
    "miles": "1 mi = 1.609344 km",
    "lb": "1 lb = 0.45359237 kg",
    "knots": "1 kn = 1.852 km/h",
}

_DECIMAL = r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_NUMBER = re.compile(_DECIMAL)
_INFINITY = re.compile(r"([+-]?)inf")
_LONGEST = 64


def is_unit(symbol: str) -> bool:
    """Whether a text is the symbol of one unit: "m", "Hz", not "m/s"."""
    return symbol in _UNITS


def is_number(text: str) -> bool:
    """Whether the text is a plain decimal number (no leading zeros, no `_`, no `nan`, no sexagesimals)."""
    return len(text) <= _LONGEST and _NUMBER.fullmatch(text) is not None


def parse_quantity(text: str) -> Quantity:
    """The quantity that a text means, in SI units.

    Raises:
        UnitError: it is not a number with known units; the message names the nearest unit.
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        raise UnitError(f"a quantity has at most {_LONGEST} characters, this one has {len(stripped)}")
    infinite = _INFINITY.fullmatch(stripped)
    if infinite:
        return Quantity(-math.inf if infinite[1] == "-" else math.inf, None)
    match = _NUMBER.match(stripped)
    if match is None:
        raise UnitError(f"{stripped!r} is not a number with a unit")
    rest = stripped[match.end() :]
    if rest[:1].isdigit() or rest[:1] in ("_", ",", ".", ":"):
        raise UnitError(f"{stripped!r} is not a decimal number: write it plainly, as in 1200 or 0.5")
    exponents, factor, degrees = _parse_units(rest.strip(), stripped) if rest.strip() else (_base(), Fraction(1), 0)
    value = _scaled(match[0], factor, degrees)
    if math.isinf(value):
        raise UnitError(f"{stripped!r} is too large for a number")
    return Quantity(value, dimension_of(exponents))


def to_si(text: str, dimension: Dimension) -> float:
    """The value in SI units of a text that must have the given dimension; "inf" fits any.

    Raises:
        UnitError: not a quantity, or of another dimension, or the unit is missing.
    """
    quantity = parse_quantity(text)
    if quantity.dimension is None or quantity.dimension.exponents == dimension.exponents:
        return quantity.value
    if is_number(text.strip()):
        example = f"{text.strip()} {dimension.examples[0]}" if dimension.examples else dimension.name
        raise UnitError(f"the unit is missing: expected {dimension.expectation}, as in '{example}'")
    raise UnitError(f"{text.strip()!r} is {quantity.dimension.article}; expected {dimension.expectation}")


def units_of(dimension: Dimension) -> tuple[str, ...]:
    """The units of a dimension as people write them: one symbol, a power, or one over another ("m/s^2", "1/km")."""
    above = _factors([(k, p) for k, p in enumerate(dimension.exponents) if p > 0])
    below = _factors([(k, -p) for k, p in enumerate(dimension.exponents) if p < 0])
    own = [symbol for symbol, (exponents, _, _) in _UNITS.items() if exponents == dimension.exponents and symbol != "%"]
    if dimension.exponents == NUMBER.exponents:
        return ("%",)
    several = sum(p > 0 for p in dimension.exponents) > 1  # "kg*m^2/s^3": nobody writes it
    built = [] if several else [f"{a}/{b}" for a in above or ["1"] for b in below] if below else above
    return tuple(dict.fromkeys([*dimension.examples, *own, *built]))


def _factors(powers: list[tuple[int, int]]) -> list[str]:
    """Symbols of one base unit to its power; none where there are several bases."""
    if len(powers) != 1:
        return []
    base, power = powers[0]
    unit = tuple(int(k == base) for k in range(6))
    symbols = [symbol for symbol, (exponents, _, _) in _UNITS.items() if exponents == unit]
    return [symbol if power == 1 else f"{symbol}^{power}" for symbol in symbols]


def format_si(value: float, dimension: Dimension) -> str:
    """A short text that means `value` (SI), in the unit an author would use: "40 m", "-20 deg"."""
    if math.isinf(value):
        return "-inf" if value < 0 else "inf"
    if dimension.exponents == ANGLE.exponents:
        return f"{math.degrees(value):.6g} deg"
    if dimension.exponents == ANGULAR_RATE.exponents:
        return f"{math.degrees(value):.6g} deg/s"
    return f"{value:.6g} {dimension.examples[0]}" if dimension.examples else f"{value:.6g}"


def si_unit(dimension: Dimension) -> str:
    """The SI unit of a dimension as text that `parse_quantity` reads: "m/s", "rad"; "1" for plain numbers."""
    parts = [
        (symbol, power)
        for symbol, power in zip(("m", "s", "kg", "rad", "lx", "cd"), dimension.exponents, strict=True)
        if power
    ]
    if dimension.exponents == FREQUENCY.exponents:
        return "Hz"
    above = "*".join(s if p == 1 else f"{s}^{p}" for s, p in parts if p > 0)
    below = "".join(f"/{s}" if p == -1 else f"/{s}^{-p}" for s, p in parts if p < 0)
    return f"{above or '1'}{below}"


def _scaled(number: str, factor: Fraction, degrees: int) -> float:
    # Exact while the exponents are modest; a fraction of 1e-999 would be a needlessly long integer.
    approximate = float(number)
    if approximate != 0.0 and 1e-60 < abs(approximate) < 1e60:
        value = float(Fraction(number) * factor)
    else:
        value = approximate * float(factor)
    for _ in range(abs(degrees)):
        value = math.radians(value) if degrees > 0 else math.degrees(value)
    return value


def _parse_units(text: str, whole: str) -> tuple[Exponents, Fraction, int]:
    total = [0] * 6
    factor = Fraction(1)
    degrees = 0
    sign = 1
    plain = text.replace("²", "^2").replace("³", "^3")
    parts = re.split(r"([/*·])", plain)
    if parts[0].strip() == "1" and len(parts) > 1:  # "0.3 1/m"
        parts = parts[1:]
    for part in parts:
        if part in ("/", "*", "·"):
            sign = -1 if part == "/" else 1
            continue
        symbol, _, power_text = part.strip().partition("^")
        if power_text and not re.fullmatch(r"-?[1-4]", power_text.strip()):
            raise UnitError(f"{part.strip()!r} in {whole!r} is not a unit: powers are whole numbers from -4 to 4")
        power = sign * int(power_text or "1")
        if symbol.strip() not in _UNITS:
            raise UnitError(_unknown_unit(symbol.strip(), whole))
        exponents, scale, in_degrees = _UNITS[symbol.strip()]
        total = [t + power * e for t, e in zip(total, exponents, strict=True)]
        factor *= scale**power
        degrees += power * in_degrees
    m, s, kg, rad, lx, cd = total
    return (m, s, kg, rad, lx, cd), factor, degrees


def _unknown_unit(symbol: str, whole: str) -> str:
    if not symbol:
        return f"{whole!r} ends where a unit should stand"
    if symbol in _FOREIGN:
        return f"unknown unit {symbol!r} in {whole!r}: units are SI ({_FOREIGN[symbol]})"
    near = _MEANT.get(symbol) or next(iter(difflib.get_close_matches(symbol, list(_UNITS), n=1, cutoff=0.5)), "")
    hint = f"; did you mean {near!r}?" if near else f"; known: {', '.join(_UNITS)}"
    return f"unknown unit {symbol!r} in {whole!r}{hint}"
