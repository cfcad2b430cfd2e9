"""Trees and bushes: trunks and crowns of displaced lumps covered with sprays of leaves, keyed by a stream."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simgen.models.geometry import lathe, merge, rotation_z, smooth_normals, surface, transformed
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import BARK, LEAVES
from simgen.rng import Stream

Floats = NDArray[np.float64]

_TINTS = ((0.045, 0.085, 0.020), (0.060, 0.100, 0.022), (0.035, 0.072, 0.022))
LEAF_TONES = tuple(replace(LEAVES, name=f"leaves {k}", albedo=rgb) for k, rgb in enumerate(_TINTS))
"""Foliage of broad-leaved plants, from fresh to dark."""
CORE = replace(LEAVES, name="shaded leaves", albedo=(0.022, 0.042, 0.012), albedo2=(0.04, 0.06, 0.02))
"""The inside of a crown."""
NEEDLES = replace(LEAVES, name="needles", albedo=(0.022, 0.048, 0.022), albedo2=(0.045, 0.07, 0.03))


@cache
def _icosphere(level: int) -> tuple[Floats, NDArray[np.int64]]:
    g = (1.0 + math.sqrt(5.0)) / 2.0
    v = [[-1, g, 0], [1, g, 0], [-1, -g, 0], [1, -g, 0], [0, -1, g], [0, 1, g]]
    v += [[0, -1, -g], [0, 1, -g], [g, 0, -1], [g, 0, 1], [-g, 0, -1], [-g, 0, 1]]
    f = [[0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4], [11, 10, 2]]
    f += [[10, 7, 6], [7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8], [3, 8, 9], [4, 9, 5]]
    f += [[2, 4, 11], [6, 2, 10], [8, 6, 7], [9, 8, 1]]
    points = [np.array(p, dtype=np.float64) / math.hypot(*p) for p in v]
    faces = f
    for _ in range(level):
        middle: dict[tuple[int, int], int] = {}

        def between(a: int, b: int, middle: dict[tuple[int, int], int] = middle) -> int:
            edge = (min(a, b), max(a, b))
            if edge not in middle:
                p = points[a] + points[b]
                middle[edge] = len(points)
                points.append(p / np.linalg.norm(p))
            return middle[edge]

        split = []
        for a, b, c in faces:
            ab, bc, ca = between(a, b), between(b, c), between(c, a)
            split += [[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]
        faces = split
    return np.stack(points), np.array(faces, dtype=np.int64)


def _mesh(points: Floats, normals: Floats, faces: NDArray[np.int64], uv: Floats, material: Material) -> Mesh:
    return Mesh(
        points.astype(np.float32),
        normals.astype(np.float32),
        uv.astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (material,),
    )


def lump(center_m: Floats, radii_m: Floats, stream: Stream, material: Material, level: int = 1) -> Mesh:
    """A displaced icosphere: 20 x 4^level triangles round `center_m` with half axes `radii_m`."""
    unit, faces = _icosphere(level)
    bump = 0.78 + 0.36 * stream.array("bump", len(unit))
    points = center_m + unit * radii_m * bump[:, None]
    uv = np.stack([np.arctan2(unit[:, 1], unit[:, 0]) * radii_m[0], points[:, 2]], axis=-1)
    return _mesh(points, smooth_normals(points, faces), faces, uv, material)


def sprays(center_m: Floats, radii_m: Floats, stream: Stream, material: Material, count: int, size_m: float) -> Mesh:
    """`count` triangles of foliage that stand out of an ellipsoid, tilted at random, shaded as it is."""
    u = stream.array("spray", 8 * count).reshape(8, count)
    k = np.arange(count) + 0.5
    z = 1.0 - 2.0 * k / count
    az = k * math.pi * (3.0 - math.sqrt(5.0)) + 1.2 * u[0]
    ring = np.sqrt(1.0 - z * z)
    out = np.stack([ring * np.cos(az), ring * np.sin(az), z], axis=-1)
    middle = center_m + out * radii_m * (0.80 + 0.34 * u[1])[:, None]
    tilt = out + 1.1 * (u[2:5].T - 0.5)
    tilt /= np.linalg.norm(tilt, axis=1, keepdims=True)
    side = np.cross(tilt, np.where(np.abs(tilt[:, 2:]) < 0.8, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]]))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(tilt, side)
    turn = 2.0 * math.pi * (u[5][:, None] + np.array([0.0, 0.29, 0.66]) + 0.12 * (u[6][:, None] - 0.5))
    reach = size_m * (0.65 + 0.7 * u[7])[:, None]
    spoke = np.cos(turn)[..., None] * side[:, None] + np.sin(turn)[..., None] * up[:, None]
    corner = middle[:, None] + reach[..., None] * spoke
    normal = 0.95 * out + 0.25 * tilt
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    # A tilt of up to 50 degrees keeps every blend in front of its own face.
    normal = np.where((normal * tilt).sum(axis=1, keepdims=True) > 0.05, normal, tilt)
    points = corner.reshape(-1, 3)
    uv = np.stack([points[:, 0] + points[:, 1], points[:, 2]], axis=-1)
    faces = np.arange(3 * count).reshape(-1, 3)
    return _mesh(points, np.repeat(normal, 3, axis=0), faces, uv, material)


def _trunk(radius_m: float, height_m: float, segments: int = 7) -> Mesh:
    profile = [
        (1.35 * radius_m, -0.4),
        (radius_m, 0.05 * height_m),
        (0.75 * radius_m, 0.6 * height_m),
        (0.15 * radius_m, height_m),
    ]
    return lathe(profile, BARK, segments=segments, caps=False)


def broadleaf(stream: Stream, height_m: float, near: bool = True) -> Mesh:
    """A deciduous tree at the origin; about 750 triangles when `near`, else about 180.

    Args:
        stream: of its shape.
        height_m: from the ground to the top.
        near: with the detail that a picture from 15 m shows.
    """
    tone = LEAF_TONES[int(3.0 * stream.uniform("tone"))]
    spread = height_m * (0.24 + 0.08 * stream.uniform("spread"))
    lumps = 5 if near else 2
    u = stream.array("lumps", 4 * lumps).reshape(4, lumps)
    pieces = [_trunk(0.022 * height_m, 0.72 * height_m, 7 if near else 5)]
    for k in range(lumps):
        top = k == lumps - 1
        az = 2.0 * math.pi * (k / max(lumps - 1, 1) + 0.12 * u[0, k])
        away = spread * ((0.08 if top else 0.55) + 0.18 * u[1, k])
        rise = height_m * (0.76 if top else 0.50 + 0.16 * u[2, k])
        center = np.array([away * math.cos(az), away * math.sin(az), rise])
        r = spread * ((0.62 if near else 0.85) + 0.16 * u[3, k])
        radii = np.array([r, r, min(0.92 * r, height_m - rise)])
        part = stream.child(f"lump{k}")
        pieces.append(lump(center, 0.92 * radii, part, CORE if near else tone, level=0))
        pieces.append(sprays(center, radii, part, tone, 120 if near else 60, (0.044 if near else 0.075) * height_m))
    return merge(pieces)


def conifer(stream: Stream, height_m: float, near: bool = True) -> Mesh:
    """A spruce at the origin, its boughs ragged skirts; about 330 triangles when `near`, else about 140."""
    layers, points = (9, 15) if near else (5, 11)
    base = height_m * (0.17 + 0.04 * stream.uniform("base"))
    t = np.arange(layers) / layers
    low = height_m * (0.10 + 0.88 * t)
    high = np.minimum(height_m, low + height_m * (0.26 if near else 0.34) * (1.0 - 0.55 * t))
    u = np.stack([stream.child(f"layer{k}").array("ring", 3 * points).reshape(3, points) for k in range(layers)])
    skirts = _skirts(u, base * (1.0 - t) ** 0.85 + 0.12, low, high)
    return merge([_trunk(0.016 * height_m, 0.6 * height_m, 5), skirts])


def _skirts(u: Floats, radius_m: Floats, low_m: Floats, high_m: Floats) -> Mesh:
    """Ragged cones from their radii (L,) and lowest and highest points (L,), and draws (L, 3, N) for N corners."""
    count = u.shape[2]
    even = np.arange(count) % 2 == 0
    az = 2.0 * math.pi * (np.arange(count) + 0.7 * u[:, 0]) / count
    r = radius_m[:, None] * np.where(even, 1.0, 0.66) * (0.85 + 0.3 * u[:, 1])
    z = low_m[:, None] + (high_m - low_m)[:, None] * (0.16 * (u[:, 2] - 0.5) + np.where(even, 0.0, 0.16))
    ring = np.stack([r * np.cos(az), r * np.sin(az), z], axis=-1)
    nxt = np.roll(ring, -1, axis=1)
    apex, under = np.zeros(ring.shape), np.zeros(ring.shape)
    apex[..., 2] = high_m[:, None]
    under[..., 2] = (low_m + 0.3 * (high_m - low_m))[:, None]
    tri = np.concatenate([np.stack([ring, nxt, apex], axis=2), np.stack([nxt, ring, under], axis=2)], axis=1)
    tri = tri.reshape(-1, 3, 3)
    normal = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    points = tri.reshape(-1, 3)
    round_m = np.arctan2(points[:, 1], points[:, 0]) * np.repeat(radius_m, 6 * count)
    faces = np.arange(len(points)).reshape(-1, 3)
    return _mesh(points, np.repeat(normal, 3, axis=0), faces, np.stack([round_m, points[:, 2]], axis=-1), NEEDLES)


def bush(stream: Stream, height_m: float) -> Mesh:
    """A bush at the origin of two lumps, about 130 triangles."""
    tone = LEAF_TONES[int(3.0 * stream.uniform("tone"))]
    pieces = []
    for k in range(2):
        part = stream.child(f"lump{k}")
        away = (0.5 * k) * height_m
        az = 2.0 * math.pi * part.uniform("turn")
        r = height_m * (0.5 - 0.1 * k)
        center = np.array([away * math.cos(az), away * math.sin(az), 0.85 * r])
        radii = np.array([1.15 * r, 1.15 * r, r])
        pieces.append(lump(center, 0.9 * radii, part, CORE, level=0))
        pieces.append(sprays(center, radii, part, tone, 60, 0.14 * height_m))
    return merge(pieces)


def tree_line(x_m: Floats, y_m: Floats, z_m: Floats, depth_m: float, height_m: float, stream: Stream) -> Mesh:
    """The edge of a wood as one surface of crowns shoulder to shoulder, for the far distance.

    Args:
        x_m: (N,) positions along the edge, ascending.
        y_m: (N,) of the edge's foot.
        z_m: (N,) ground there.
        depth_m: of the strip of crowns; its sign points away from the viewer.
        height_m: of the tallest crowns; both ends taper.
        stream: of the crowns.
    """
    count = max(2, int((x_m[-1] - x_m[0]) / 6.0))
    u = stream.array("crowns", 3 * count).reshape(3, count)
    middle = x_m[0] + (x_m[-1] - x_m[0]) * (np.arange(count) + u[0]) / count
    half = 4.0 + 3.0 * u[1]
    dome = np.sqrt(np.clip(1.0 - ((x_m[:, None] - middle) / half) ** 2, 0.0, None))
    top = height_m * np.maximum(0.55, (dome * (0.72 + 0.28 * u[2])).max(axis=1))
    # Spires of spruces: every other point of the ridge falls back.
    spire = 1.0 - np.where(np.arange(len(x_m)) % 2 == 1, 0.34, 0.14) * stream.array("spire", len(x_m))
    top = top * spire
    ends = np.clip(np.minimum(x_m - x_m[0], x_m[-1] - x_m) / 12.0, 0.15, 1.0)
    top = top * np.sqrt(ends)
    bulge = 0.3 * dome.max(axis=1)
    rows = []
    for away, up in ((0.0, -0.05), (-0.12, 0.35), (0.04, 0.72), (0.35, 1.0), (0.75, 0.9), (1.0, -0.05)):
        jag = 0.17 * (stream.array(f"jag{up}{away}", len(x_m)) - 0.5) if up > 0.0 else 0.0
        y = y_m + depth_m * (away - (bulge if 0.0 < up < 0.8 else 0.0) + jag)
        rows.append(np.stack([x_m, y, z_m + top * (up + jag)], axis=-1))
    net = np.stack(rows, axis=1)
    return surface(net if depth_m > 0.0 else net[:, ::-1], NEEDLES)


def planted(mesh: Mesh, x_m: float, y_m: float, z_m: float, turn_rad: float) -> Mesh:
    """The plant turned about its stem and put at a place."""
    return transformed(mesh, rotation_z(turn_rad), (x_m, y_m, z_m))
