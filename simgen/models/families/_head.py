"""A human head: skull, face, ears and hair, with the chin-to-crown height as its only measure."""

from __future__ import annotations

import math

import numpy as np

from simgen.models import geometry as g
from simgen.models.families._lofts import Floats, curve, ellipsoid, mirrored_y
from simgen.models.mesh import Material, Mesh

EYE_WHITE = Material("eye", (0.70, 0.68, 0.65), roughness=0.3)
IRIS = Material("iris", (0.02, 0.015, 0.012), roughness=0.2)
LIPS = Material("lips", (0.33, 0.14, 0.115), roughness=0.6)

# Rows from under the chin to the crown, in head heights: z, front reach, back reach, half width.
_SKULL = np.array(
    [
        (0.02, 0.280, -0.10, 0.060),
        (0.045, 0.350, -0.06, 0.150),
        (0.10, 0.395, 0.04, 0.205),
        (0.18, 0.405, 0.20, 0.250),
        (0.28, 0.400, 0.30, 0.275),
        (0.40, 0.395, 0.37, 0.295),
        (0.52, 0.392, 0.42, 0.310),
        (0.64, 0.400, 0.445, 0.322),
        (0.76, 0.385, 0.435, 0.320),
        (0.86, 0.320, 0.385, 0.282),
        (0.94, 0.215, 0.280, 0.205),
        (0.985, 0.110, 0.160, 0.110),
    ]
)


def head(height_m: float, skin: Material, hair: Material) -> Mesh:
    """A head that looks along +x: chin at z = 0, crown at z = `height_m`, x = 0 above the neck."""
    h = height_m
    eyes = [
        ellipsoid((0.338 * h, 0.125 * h, 0.505 * h), (0.034 * h, 0.060 * h, 0.027 * h), EYE_WHITE, 8),
        ellipsoid((0.3645 * h, 0.124 * h, 0.505 * h), (0.0125 * h, 0.024 * h, 0.024 * h), IRIS, 6),
        ellipsoid((0.370 * h, 0.130 * h, 0.585 * h), (0.022 * h, 0.085 * h, 0.016 * h), hair, 6),
    ]
    ear = g.transformed(
        ellipsoid((0, 0, 0), (0.070 * h, 0.030 * h, 0.125 * h), skin, 8),
        rotation=g.rotation_z(0.45) @ g.rotation_y(-0.15),
        translation_m=(-0.030 * h, 0.325 * h, 0.46 * h),
    )
    mouth = ellipsoid((0.396 * h, 0.0, 0.208 * h), (0.022 * h, 0.092 * h, 0.022 * h), LIPS, 8)
    return g.merge([_face(h, skin), _hair(h, hair), mirrored_y(g.merge([*eyes, ear])), mouth])


def _skull_point(rows: Floats, angle: Floats) -> Floats:
    """(A, R, 3) points of the skull at azimuths `angle` (A,) for rows (R, 4) of the table."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    front, back = rows[:, 1], rows[:, 2]
    # Rows under the jaw end ahead of the neck: their widest place moves forward with them.
    widest = np.clip((0.2 - back) / 0.2, 0.0, 1.0) * 0.5 * (front - back)
    reach = np.where(cos > 0.0, front - widest, back + widest)
    squash = (np.abs(cos) ** 2.2 + np.abs(sin) ** 2.2) ** (-1.0 / 2.2)
    x = widest + cos * squash * reach
    y = sin * squash * rows[:, 3]
    return np.stack([x, y, np.broadcast_to(rows[:, 0], x.shape)], axis=-1)


def _bump(x: Floats, middle: float, width: float) -> Floats:
    out: Floats = np.exp(-(((x - middle) / width) ** 2))
    return out


def _face(h: float, skin: Material) -> Mesh:
    rows = _dense_rows(13)
    front = np.array([0.0, 0.09, 0.20, 0.34, 0.52, 0.74, 1.0, 1.35, 1.75, 2.2, 2.7])
    angle = np.concatenate([front, [math.pi], 2 * math.pi - front[:0:-1], [2 * math.pi]])
    net = _skull_point(rows, angle)
    y, z = net[..., 1], net[..., 2]
    ahead = np.where(net[..., 0] > 0.15, 1.0, 0.0)
    nose = (
        0.115
        * _bump(y, 0.0, 0.052)
        * np.where(z < 0.315, _bump(z, 0.315, 0.045), np.clip(1.0 - (z - 0.315) / 0.27, 0.0, 1.0))
    )
    sockets = -0.045 * (_bump(y, 0.125, 0.085) + _bump(y, -0.125, 0.085)) * _bump(z, 0.50, 0.055)
    chin = 0.018 * _bump(y, 0.0, 0.10) * _bump(z, 0.075, 0.05) - 0.02 * _bump(y, 0.0, 0.16) * _bump(z, 0.14, 0.03)
    net[..., 0] += ahead * (nose + sockets + chin)
    return g.surface(_closed(net, rows) * h, skin)


def _hair(h: float, hair: Material) -> Mesh:
    """A shell over the skull: down to the nape behind, over the ears at the sides, up at the forehead."""
    angle = np.linspace(0.0, 2.0 * math.pi, 19)
    azimuth = np.minimum(angle, 2.0 * math.pi - angle)
    hairline = np.interp(
        azimuth, [0.0, 0.75, 1.15, 1.5, 1.75, 2.2, math.pi], [0.80, 0.77, 0.62, 0.50, 0.56, 0.22, 0.18]
    )
    rows = _dense_rows(33)
    columns = []
    for a, low in zip(angle, hairline, strict=True):
        z = np.concatenate([[low, low], np.linspace(low + 0.02, 0.985, 6)])
        at = np.stack([z] + [np.interp(z, rows[:, 0], rows[:, k]) for k in (1, 2, 3)], axis=-1)
        point = _skull_point(at, np.array([a]))[0]
        grow = np.concatenate([[0.985, 1.045], np.linspace(1.07, 1.10, 6)])
        point[:, :2] *= grow[:, None]
        point[1:, 2] += np.linspace(0.0, 0.035, 7)
        columns.append(point)
    net = np.stack(columns)
    crown = np.broadcast_to([-0.02, 0.0, 1.045], (len(angle), 1, 3))
    net = np.concatenate([net, crown], axis=1)
    net[-1] = net[0]
    return g.surface(net * h, hair)


def _dense_rows(count: int) -> Floats:
    return curve(_SKULL, count)


def _closed(net: Floats, rows: Floats) -> Floats:
    """The net with poles under the chin and at the crown, and its seam joined exactly."""
    n = len(net)
    low = np.broadcast_to([0.19, 0.0, 0.018], (n, 1, 3))
    top = np.broadcast_to([-0.02, 0.0, 1.0], (n, 1, 3))
    out = np.concatenate([low, net, top], axis=1)
    out[-1] = out[0]
    return out
