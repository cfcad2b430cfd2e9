"""The curved shells of a vehicle: a lower body and a greenhouse, each a stack of plan outlines with a lid.

    lower body  rings from sill to shoulder, nose to tail, closed by the deck (bonnet and boot) and the floor
    greenhouse  rings from the belt line to the cant rail, closed by the roof; it stands in the deck

Both are described for y >= 0. A ring runs from the middle of the nose round the corner, along the side, round
the rear corner to the middle of the tail. Its corners are superellipses: they round a nose as stylists do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simgen.models.mesh import Material

Array = NDArray[np.float64]
Points = tuple[tuple[float, float], ...]
Net = tuple[Array, Array, Material]

_FLAT = np.array([0.0, 0.22, 0.42, 0.58, 0.72, 0.83, 0.91])  # shares of the half width round a corner ...
_STEEP = (0.55, 0.38, 0.22, 0.10)  # ... and then shares of its depth


def smooth(points: Points, at: ArrayLike) -> Array:
    """Monotone cubic through (x, value) points in ascending x (Fritsch & Carlson 1980); flat beyond."""
    x, v = np.array(points, dtype=np.float64).T
    h, d = np.diff(x), np.diff(v) / np.diff(x)
    m = np.concatenate([d[:1], np.zeros(len(d) - 1), d[-1:]])
    for k in range(1, len(d)):
        if d[k - 1] * d[k] > 0.0:
            w1, w2 = 2.0 * h[k] + h[k - 1], h[k] + 2.0 * h[k - 1]
            m[k] = (w1 + w2) / (w1 / d[k - 1] + w2 / d[k])
    q = np.clip(np.asarray(at, dtype=np.float64), x[0], x[-1])
    k2 = np.clip(np.searchsorted(x, q, side="right") - 1, 0, len(d) - 1)
    t = (q - x[k2]) / h[k2]
    out: Array = (
        (1 + 2 * t) * (1 - t) ** 2 * v[k2]
        + t * (1 - t) ** 2 * h[k2] * m[k2]
        + t**2 * (3 - 2 * t) * v[k2 + 1]
        + t**2 * (t - 1) * h[k2] * m[k2 + 1]
    )
    return out


@dataclass(frozen=True)
class Corner:
    """A rounded corner of a ring: depth along x and exponent of its superellipse (2 round, 6 square)."""

    depth_m: float
    exponent: float

    def points(self) -> Array:
        """(N, 2): metres behind the foremost point and share of the half width, from the middle outwards."""
        n = self.exponent
        behind = 1.0 - (1.0 - _FLAT**n) ** (1.0 / n)
        steep = np.array([s for s in _STEEP if s < 0.8 * (1.0 - behind[-1])])
        width = (1.0 - steep**n) ** (1.0 / n)
        return np.stack([self.depth_m * np.concatenate([behind, 1.0 - steep]), np.concatenate([_FLAT, width])], axis=-1)


@dataclass(frozen=True)
class LowerBody:
    """The body below the windows.

    Attributes:
        nose_x_m, tail_x_m: foremost and rearmost point.
        half_width_m: at its widest.
        rows: one a ring from the sill up: (share of the height, then metres: inset of the side,
            setback of the nose, setback of the tail).
        bottom, shoulder, ridge: heights over x of the lowest edge, the upper edge and the deck's middle.
        taper: inset of the side over x.
        nose, tail: corners in plan.
        stations: how many along the side.
    """

    nose_x_m: float
    tail_x_m: float
    half_width_m: float
    rows: tuple[tuple[float, float, float, float], ...]
    bottom: Points
    shoulder: Points
    ridge: Points
    taper: Points
    nose: Corner
    tail: Corner
    stations: int = 13

    def deck_z(self, x_m: ArrayLike, y_m: ArrayLike) -> Array:
        """Height of the deck: a parabola across, from the ridge to the shoulder."""
        ridge = smooth(self.ridge, x_m)
        return ridge - (ridge - smooth(self.shoulder, x_m)) * (np.asarray(y_m) / self.half_width_m) ** 2

    def ring_length_m(self) -> float:
        """Length of the half ring at middle height: the unrolled coordinate of the middle of the tail."""
        return float(_along(self._side()[len(self.rows) // 2])[-1])

    def _side(self) -> Array:
        rings = []
        for v, inset, nose_back, tail_back in self.rows:
            ends = (self.nose_x_m - nose_back, self.tail_x_m + tail_back)
            ring = _ring(ends, self.half_width_m - inset, self.nose, self.tail, self.stations)
            ring[:, 1] -= np.minimum(smooth(self.taper, ring[:, 0]), ring[:, 1])
            low = smooth(self.bottom, ring[:, 0])
            high = self.deck_z(ring[:, 0], ring[:, 1])
            rings.append(np.column_stack([ring, low + (high - low) * v]))
        return np.stack(rings)

    def nets(self, paint: Material, floor: Material) -> list[Net]:
        """Side, deck and floor of the half body, sharing their edge points."""
        side = self._side()
        along = _along(side[len(side) // 2])
        uv = np.stack([np.broadcast_to(along, side.shape[:2]), side[..., 2]], axis=-1)
        deck = _lid(side[-1], self.deck_z, 4)
        ground = np.stack([side[0] * [1, 0, 1], side[0]])
        return [
            _outward(side, uv, paint),
            _outward(deck, deck[..., :2], paint),
            _outward(ground, ground[..., :2], floor),
        ]


@dataclass(frozen=True)
class Greenhouse:
    """The cabin above the belt line.

    Attributes:
        base_x_m, top_x_m: (windscreen, rear window) middle x at the foot and at the roof.
        roof: height of the roof's middle over x.
        base_half_m, top_half_m: half width at the foot and at the cant rail.
        drop_m: how far the roof falls from its middle to the cant rail.
        base_taper, top_taper: insets of the side over x.
        screen, rear: plan corners.
        bow: how much the side bows outwards, metres at half height.
        stations: how many along the side.
    """

    base_x_m: tuple[float, float]
    top_x_m: tuple[float, float]
    roof: Points
    base_half_m: float
    top_half_m: float
    drop_m: float
    base_taper: Points
    top_taper: Points
    screen: Corner
    rear: Corner
    bow_m: float = 0.02
    stations: int = 9

    def roof_z(self, x_m: ArrayLike, y_m: ArrayLike) -> Array:
        """Height of the roof: a quartic across, flat in the middle and turning down to the cant rail."""
        share = np.asarray(y_m) / self.top_half_m
        return smooth(self.roof, x_m) - self.drop_m * (0.45 * share**2 + 0.55 * share**4)

    def nets(self, paint: Material, deck_z: Callable[[Array, Array], Array]) -> list[Net]:
        """Sides with the screens, and the roof; the foot is sunk 3 cm into the deck that `deck_z` gives."""
        foot = _ring(self.base_x_m, self.base_half_m, self.screen, self.rear, self.stations)
        foot[:, 1] -= np.minimum(smooth(self.base_taper, foot[:, 0]), foot[:, 1])
        rail = _ring(self.top_x_m, self.top_half_m, self.screen, self.rear, self.stations)
        rail[:, 1] -= np.minimum(smooth(self.top_taper, rail[:, 0]), rail[:, 1])
        low, high = deck_z(foot[:, 0], foot[:, 1]) - 0.03, self.roof_z(rail[:, 0], rail[:, 1])
        rows = []
        for f, g in (
            (0.0, 0.0),
            (0.22, 0.23),
            (0.44, 0.46),
            (0.66, 0.69),
            (0.84, 0.87),
            (0.94, 0.965),
            (1.0, 1.0),
        ):
            plan = foot + (rail - foot) * f
            plan[:, 1] += self.bow_m * np.sin(np.pi * f) * foot[:, 1] / self.base_half_m
            rows.append(np.column_stack([plan, low + (high - low) * g]))
        side = np.stack(rows)
        along = _along(side[len(side) // 2])
        uv = np.stack([np.broadcast_to(along, side.shape[:2]), side[..., 2]], axis=-1)
        roof = _lid(side[-1], self.roof_z, 5)
        return [_outward(side, uv, paint), _outward(roof, roof[..., :2], paint)]


def _outward(points: Array, uv: Array, material: Material) -> Net:
    """A net given row by row, turned so that its front is outside."""
    return points.swapaxes(0, 1), uv.swapaxes(0, 1), material


def _ring(ends_m: tuple[float, float], half_m: float, front: Corner, rear: Corner, stations: int) -> Array:
    """(N, 2) plan outline from the middle of the nose to the middle of the tail, y >= 0."""
    nose, tail = front.points(), rear.points()
    ahead = np.column_stack([ends_m[0] - nose[:, 0], half_m * nose[:, 1]])
    behind = np.column_stack([ends_m[1] + tail[:, 0], half_m * tail[:, 1]])[::-1]
    x = np.linspace(ends_m[0] - front.depth_m, ends_m[1] + rear.depth_m, stations)
    return np.concatenate([ahead, np.column_stack([x, np.full(stations, half_m)]), behind])


def _along(ring: Array) -> Array:
    """Metres along a ring from the middle of the nose."""
    return np.concatenate([[0.0], np.linalg.norm(np.diff(ring, axis=0), axis=1).cumsum()])


def _lid(edge: Array, height: Callable[[Array, Array], Array], columns: int) -> Array:
    """A net (columns, N, 3) from an edge ring to the middle plane at constant x, at the given heights."""
    rows = [edge]
    for t in np.linspace(0.0, 1.0, columns)[1:]:
        y = edge[:, 1] * (1.0 - t)
        rows.append(np.column_stack([edge[:, 0], y, height(edge[:, 0], y)]))
    return np.stack(rows)
