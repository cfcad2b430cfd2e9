"""Traffic signs: plates with rings, triangles and digits, on their posts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simgen.models.geometry import cylinder, merge, mesh_of_quads, polygon, transformed
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.palette import GALVANISED
from simgen.models.sites.assembly import Fixture

Floats = NDArray[np.float64]

SIGN_WHITE = Material("sign white", (0.78, 0.78, 0.76), roughness=0.35)
SIGN_RED = Material("sign red", (0.52, 0.015, 0.02), roughness=0.35)
SIGN_BLACK = Material("sign black", (0.015, 0.015, 0.015), roughness=0.4)
HAZARD = Material(
    "hazard stripes",
    (0.75, 0.50, 0.02),
    (0.015, 0.015, 0.015),
    roughness=0.5,
    pattern="stripes",
    contrast=1.0,
    params=(0.5,),
)
"""Yellow and black, period 0.5 m along u."""
SIGN_BACK = Material("sign back", (0.35, 0.36, 0.37), roughness=0.5, metallic=0.3)

# The seven strokes of a digit in a 0.5 x 1 cell: (left, right, bottom, top).
_STROKES = {
    "a": (0.0, 0.5, 0.86, 1.0),
    "b": (0.36, 0.5, 0.5, 1.0),
    "c": (0.36, 0.5, 0.0, 0.5),
    "d": (0.0, 0.5, 0.0, 0.14),
    "e": (0.0, 0.14, 0.0, 0.5),
    "f": (0.0, 0.14, 0.5, 1.0),
    "g": (0.0, 0.5, 0.43, 0.57),
    ".": (-0.08, 0.06, 0.0, 0.14),
}
_DIGITS = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc",
    "5": "afgcd", "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg", ".": ".",
}  # fmt: skip


def _facing_back(yz: Floats, x_m: float, material: Material) -> Mesh:
    """A flat convex polygon at x that faces -x; its (right, up) outline counter-clockwise to a reader."""
    # The reader looks along +x: right is -y.
    return polygon(np.stack([np.full(len(yz), x_m), -yz[:, 0], yz[:, 1]], axis=-1), material)


def digits(text: str, height_m: float, z_m: float, x_m: float, material: Material = SIGN_BLACK) -> list[Mesh]:
    """Text of digits and points, centred at height `z_m`, painted on the plane x = `x_m`, facing -x."""
    advance = [0.30 if ch == "." else 0.66 for ch in text]
    left = -0.5 * (sum(advance) - 0.16)
    pieces = []
    for ch, step in zip(text, advance, strict=True):
        for stroke in _DIGITS[ch]:
            u0, u1, v0, v1 = _STROKES[stroke]
            cell = np.array([[u0, v0], [u1, v0], [u1, v1], [u0, v1]]) + np.array([left, -0.5])
            pieces.append(_facing_back(cell * height_m + [0.0, z_m], x_m, material))
        left += step
    return pieces


def round_sign(text: str, radius_m: float, z_m: float) -> Mesh:
    """A prohibition disc: red ring, white field, black digits; faces -x with its face at x = 0."""
    az = np.linspace(0.0, 2.0 * math.pi, 28, endpoint=False)
    rim = np.stack([np.cos(az), np.sin(az)], axis=-1)
    field = 0.78 * rim
    at = np.array([0.0, z_m])
    pieces = [_facing_back(field * radius_m + at, 0.0, SIGN_WHITE)]
    pieces += _frame(rim * radius_m + at, field * radius_m + at, SIGN_RED)
    pieces.append(_back(rim * radius_m + at))
    return merge(pieces + digits(text, 0.78 * radius_m, z_m, -0.004))


def warning_sign(side_m: float, z_m: float) -> Mesh:
    """A warning triangle, point up, with an exclamation mark; faces -x with its face at x = 0."""
    r = side_m / math.sqrt(3.0)
    az = np.radians([90.0, 210.0, 330.0])
    rim = np.stack([np.cos(az), np.sin(az)], axis=-1) * r
    at = np.array([0.0, z_m])
    pieces = [_facing_back(0.70 * rim + at, 0.0, SIGN_WHITE), *_frame(rim + at, 0.70 * rim + at, SIGN_RED)]
    bar = np.array([[-0.025, -0.04], [0.025, -0.04], [0.045, 0.24], [-0.045, 0.24]]) * r / 0.5
    dot = np.array([[-0.035, -0.145], [0.035, -0.145], [0.035, -0.085], [-0.035, -0.085]]) * r / 0.5
    pieces += [_facing_back(m + at, -0.004, SIGN_BLACK) for m in (bar, dot)]
    return merge([*pieces, _back(rim + at)])


def _frame(outer: Floats, inner: Floats, material: Material) -> list[Mesh]:
    nxt = np.arange(1, len(outer) + 1) % len(outer)
    return [_facing_back(np.stack([outer[k], outer[n], inner[n], inner[k]]), 0.0, material) for k, n in enumerate(nxt)]


def _back(rim: Floats) -> Mesh:
    """The grey rear of a plate, 2 cm behind its face, and its edge."""
    rear = np.stack([np.full(len(rim), 0.02), -rim[:, 0], rim[:, 1]], axis=-1)
    front = rear - [0.02, 0.0, 0.0]
    nxt = np.roll(np.arange(len(rim)), -1)
    edge = np.stack([front, rear, rear[nxt], front[nxt]], axis=1)
    return merge([polygon(rear[::-1], SIGN_BACK), mesh_of_quads(edge, SIGN_BACK)])


def on_post(plates: Sequence[Mesh], height_m: float) -> Fixture:
    """Sign plates on a tube that ends at `height_m`."""
    post = transformed(cylinder(0.035, height_m + 0.4, GALVANISED, 8), translation_m=(0.06, 0.0, 0.5 * height_m - 0.2))
    shape = Shape("cylinder", (0.06, 0.0, 0.5 * height_m), size_m=(0.035, 0.035, height_m))
    return Fixture((("traffic_sign", merge(plates)), ("pole", post)), (shape,))


def speed_limit(kmh: int) -> Fixture:
    """A speed limit on a post."""
    return on_post([round_sign(str(kmh), 0.375, 2.3)], 2.65)


def warning() -> Fixture:
    """A general warning on a post."""
    return on_post([warning_sign(0.95, 2.25)], 2.6)


def give_way() -> Fixture:
    """A give-way triangle, point down, on a post."""
    side, z = 0.95, 2.3
    high = side * math.sqrt(0.75)
    outer = np.array([[0.0, z - 0.5 * high], [0.5 * side, z + 0.5 * high], [-0.5 * side, z + 0.5 * high]])
    center = outer.mean(axis=0)
    inner = center + 0.68 * (outer - center)
    plates = [*_frame(outer, inner, SIGN_RED), _facing_back(inner, 0.0, SIGN_WHITE), _back(outer)]
    return on_post(plates, 2.75)
