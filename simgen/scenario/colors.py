"""Named colours, and the plausible ones of an actor whose author gives none. Linear RGB throughout."""

from __future__ import annotations

from collections.abc import Mapping

from simgen.scenario.distributions import Value, weighted

RGB = tuple[float, float, float]

NAMED: dict[str, RGB] = {
    "white": (0.72, 0.72, 0.70),
    "black": (0.012, 0.012, 0.013),
    "grey": (0.16, 0.165, 0.17),
    "dark_grey": (0.055, 0.057, 0.060),
    "light_grey": (0.42, 0.42, 0.42),
    "silver": (0.44, 0.45, 0.46),
    "blue": (0.020, 0.075, 0.28),
    "navy": (0.010, 0.020, 0.070),
    "light_blue": (0.20, 0.38, 0.58),
    "red": (0.38, 0.018, 0.016),
    "dark_red": (0.13, 0.012, 0.014),
    "green": (0.030, 0.16, 0.045),
    "olive": (0.085, 0.090, 0.028),
    "brown": (0.090, 0.045, 0.022),
    "beige": (0.50, 0.40, 0.27),
    "yellow": (0.68, 0.44, 0.020),
    "orange": (0.62, 0.16, 0.012),
    "hi_vis_yellow": (0.62, 0.80, 0.030),
    "hi_vis_orange": (0.90, 0.20, 0.020),
    "purple": (0.10, 0.025, 0.16),
    "pink": (0.62, 0.24, 0.30),
    "denim": (0.040, 0.070, 0.140),
    "khaki": (0.30, 0.24, 0.13),
    "kraft": (0.42, 0.29, 0.17),
    "light_kraft": (0.52, 0.40, 0.26),
    "skin_light": (0.56, 0.36, 0.27),
    "skin_medium": (0.40, 0.24, 0.16),
    "skin_tan": (0.26, 0.14, 0.085),
    "skin_dark": (0.085, 0.043, 0.027),
    "blond": (0.38, 0.25, 0.10),
}
"""Colours an author may name."""

# Shares of new cars by colour, rounded from the yearly surveys of paint makers (white, black, grey lead).
_PAINT = {"white": 35, "black": 20, "grey": 14, "dark_grey": 5, "silver": 9, "blue": 6, "navy": 3, "red": 4,
          "dark_red": 1, "green": 1, "brown": 1, "beige": 1}  # fmt: skip
_SKIN = {"skin_light": 4, "skin_medium": 3, "skin_tan": 2, "skin_dark": 2}
_HAIR = {"black": 5, "brown": 4, "dark_grey": 1, "light_grey": 1, "blond": 1}
_TOP = {"black": 4, "dark_grey": 3, "navy": 3, "white": 2, "light_grey": 2, "olive": 2, "red": 1, "blue": 2,
        "beige": 1, "green": 1, "yellow": 1, "pink": 1}  # fmt: skip
_TROUSERS = {"denim": 5, "black": 4, "dark_grey": 2, "navy": 2, "khaki": 2, "brown": 1}
_SHOES = {"black": 5, "brown": 3, "white": 2, "dark_grey": 2}
_HELMET = {"black": 5, "white": 3, "dark_grey": 2, "red": 1, "blue": 1, "hi_vis_yellow": 1}
_HAT = {"black": 4, "dark_grey": 2, "navy": 2, "grey": 2, "beige": 1, "red": 1, "white": 1}
_PACK = {"black": 5, "dark_grey": 2, "navy": 2, "olive": 1, "red": 1, "blue": 1, "pink": 0.5}
_VEST = {"hi_vis_yellow": 3, "hi_vis_orange": 2}
_BIN = {"dark_grey": 3, "green": 3, "black": 2, "orange": 1, "grey": 1}
_HYDRANT = {"red": 5, "yellow": 1, "blue": 0.5}
_POST_BOX = {"red": 3, "yellow": 3, "blue": 1}
_CARTON = {"kraft": 6, "light_kraft": 3, "white": 1}
_BAG = {"light_grey": 6, "white": 2, "yellow": 1, "light_blue": 1, "black": 1}
_ANY = {"grey": 3, "dark_grey": 2, "light_grey": 2, "blue": 1, "green": 1, "red": 1, "brown": 1, "beige": 1}
_BY_SLOT: dict[str, Mapping[str, float]] = {
    "paint": _PAINT,
    "skin": _SKIN,
    "hair": _HAIR,
    "top": _TOP,
    "trousers": _TROUSERS,
    "shoes": _SHOES,
    "helmet": _HELMET,
    "hat": _HAT,
    "pack": _PACK,
    "umbrella": _PACK,
    "vest": _VEST,
    "bin": _BIN,
    "hydrant": _HYDRANT,
    "post_box": _POST_BOX,
    "carton": _CARTON,
    "bag": _BAG,
}

_SPREAD = 0.15


def plausible(slot: str) -> Value:
    """The distribution of colour names for a slot."""
    return weighted(_BY_SLOT.get(slot, _ANY))


def shade(color: RGB, u: float) -> RGB:
    """A colour made up to 15 % darker or lighter by a draw `u` in (0, 1): no two paints are the same."""
    factor = 1.0 + _SPREAD * (2.0 * u - 1.0)
    r, g, b = (min(c * factor, 1.0) for c in color)
    return r, g, b
