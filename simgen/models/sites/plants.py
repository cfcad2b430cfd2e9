"""Trees and bushes: trunks, branches and crowns of leaf sprays round a dark inside, keyed by a stream.

Each comes in several versions, finest first, that share its draws: the same crown of fewer and larger sprays, and last
a few lumps. A version serves from where its sprays are about six pixels, see `BLUR`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simgen.models.geometry import lathe, merge, smooth_normals, surface, transformed
from simgen.models.icosphere import icosphere
from simgen.models.mesh import Material, Mesh, Version
from simgen.models.palette import BARK, LEAVES
from simgen.rng import Stream

Floats = NDArray[np.float64]

BLUR = 1.0 / 24.0
"""How far the eye takes a crown to be moved when its sprays are replaced, as a share of their size. A ragged surface
has no distance from another one: the sum of the leaves is the same, and no leaf is."""

_TINTS = ((0.045, 0.085, 0.020), (0.060, 0.100, 0.022), (0.035, 0.072, 0.022))
LEAF_TONES = tuple(replace(LEAVES, name=f"leaves {k}", albedo=rgb) for k, rgb in enumerate(_TINTS))
"""Foliage of broad-leaved plants, from fresh to dark."""
CORE = replace(LEAVES, name="shaded leaves", albedo=(0.022, 0.042, 0.012), albedo2=(0.04, 0.06, 0.02))
"""The inside of a crown."""
NEEDLES = replace(LEAVES, name="needles", albedo=(0.022, 0.048, 0.022), albedo2=(0.045, 0.07, 0.03))
DARK_NEEDLES = replace(LEAVES, name="shaded needles", albedo=(0.010, 0.022, 0.011), albedo2=(0.02, 0.032, 0.016))


@dataclass(frozen=True)
class _Crown:
    """How finely a version is made.

    Attributes:
        sprays: of the whole crown of a broad-leaved tree; 0 for plain lumps.
        core: subdivisions of the lumps inside.
        sides: of the trunk.
        whorls, boughs: of a spruce, and boughs in each of the whorls; 0 boughs for plain skirts.
    """

    sprays: int
    core: int
    sides: int
    whorls: int
    boughs: int


_CROWNS = (
    _Crown(2200, 1, 9, 24, 14),
    _Crown(900, 0, 7, 14, 10),
    _Crown(360, 0, 5, 10, 0),
    _Crown(120, 0, 4, 6, 0),
    _Crown(0, 0, 3, 4, 0),
)
_SKIRT = 1.2
"""Radius of plain skirts against the mean reach of the boughs that they stand for, so that both cover as much."""
NEAR, FAR = 0, 2
"""The finest version that a plant near a road needs, and one far from it."""


def _spray_m(crown: _Crown, height_m: float) -> float:
    """Reach of a spray: about half of the crown's surface is covered by all of them."""
    return height_m * (1.0 / math.sqrt(crown.sprays) if crown.sprays else 0.2)


def _mesh(
    points: Floats, normals: Floats, faces: NDArray[np.int64], uv: Floats, materials: Sequence[Material],
    face_material: NDArray[np.int64] | None = None,
) -> Mesh:  # fmt: skip
    return Mesh(
        points.astype(np.float32),
        normals.astype(np.float32),
        uv.astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16) if face_material is None else face_material.astype(np.int16),
        tuple(materials),
    )


def lump(center_m: Floats, radii_m: Floats, stream: Stream, material: Material, level: int = 1) -> Mesh:
    """A displaced icosphere: 20 x 4^level triangles round `center_m` with half axes `radii_m`."""
    unit, faces = icosphere(level)
    bump = 0.78 + 0.36 * stream.array("bump", len(unit))
    points = center_m + unit * radii_m * bump[:, None]
    uv = np.stack([np.arctan2(unit[:, 1], unit[:, 0]) * radii_m[0], points[:, 2]], axis=-1)
    return _mesh(points, smooth_normals(points, faces), faces, uv, [material])


def sprays(
    center_m: Floats, radii_m: Floats, stream: Stream, tones: Sequence[Material], count: int, size_m: float
) -> Mesh:
    """`count` triangles of foliage that stand out of an ellipsoid, tilted at random, shaded as it is.

    Args:
        center_m, radii_m: (3,) of the ellipsoid.
        stream: of their places.
        tones: of leaves in the light and in the shade of others; the deeper a spray, the more often the latter.
        count: how many.
        size_m: mean reach of a spray from its middle.
    """
    u = stream.array("spray", 10 * count).reshape(10, count)
    k = np.arange(count) + 0.5
    z = 1.0 - 2.0 * k / count
    az = k * math.pi * (3.0 - math.sqrt(5.0)) + 1.2 * u[0]
    ring = np.sqrt(1.0 - z * z)
    out = np.stack([ring * np.cos(az), ring * np.sin(az), z], axis=-1)
    depth = 0.74 + 0.36 * u[1]
    middle = center_m + out * radii_m * depth[:, None]
    tilt = out + 1.1 * (u[2:5].T - 0.5)
    tilt /= np.linalg.norm(tilt, axis=1, keepdims=True)
    side = np.cross(tilt, np.where(np.abs(tilt[:, 2:]) < 0.8, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]]))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(tilt, side)
    turn = 2.0 * math.pi * (u[5][:, None] + np.array([0.0, 0.29, 0.66]) + 0.14 * (u[6][:, None] - 0.5))
    reach = size_m * (0.6 + 0.8 * u[7])[:, None] * np.array([1.3, 0.8, 0.9])
    spoke = np.cos(turn)[..., None] * side[:, None] + np.sin(turn)[..., None] * up[:, None]
    corner = middle[:, None] + reach[..., None] * spoke
    normal = 0.95 * out + 0.25 * tilt
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    # A tilt of up to 50 degrees keeps every blend in front of its own face.
    normal = np.where((normal * tilt).sum(axis=1, keepdims=True) > 0.05, normal, tilt)
    points = corner.reshape(-1, 3)
    uv = np.stack([points[:, 0] + points[:, 1], points[:, 2]], axis=-1)
    faces = np.arange(3 * count).reshape(-1, 3)
    light = depth + 0.10 * out[:, 2] + 0.16 * (u[8] - 0.5)
    tone = np.clip(np.floor((0.98 - light) / 0.09) + 1, 0, len(tones) - 1)
    return _mesh(points, np.repeat(normal, 3, axis=0), faces, uv, tones, tone.astype(np.int64))


def _trunk(radius_m: float, height_m: float, segments: int = 7) -> Mesh:
    profile = [
        (1.35 * radius_m, -0.4),
        (radius_m, 0.05 * height_m),
        (0.75 * radius_m, 0.6 * height_m),
        (0.15 * radius_m, height_m),
    ]
    return lathe(profile, BARK, segments=segments, caps=False)


def _branch(foot_m: Floats, tip_m: Floats, radius_m: float, sides: int) -> Mesh:
    """A tapering limb from a point to another."""
    axis = tip_m - foot_m
    length = float(np.linalg.norm(axis))
    w = axis / length
    u = np.cross(w, [0.0, 0.0, 1.0])
    u /= max(float(np.linalg.norm(u)), 1e-9)
    rod = lathe([(radius_m, 0.0), (0.4 * radius_m, length)], BARK, segments=sides, caps=False)
    return transformed(rod, np.stack([u, np.cross(w, u), w], axis=1), tuple(float(v) for v in foot_m))


def _shaded(tone: Material) -> tuple[Material, Material, Material]:
    """Leaves at the outside of a crown, among others, and deep in it."""
    r, g, b = tone.albedo
    sunny = replace(tone, name=f"{tone.name} outside", albedo=(1.28 * r, 1.22 * g, 1.2 * b))
    deep = replace(tone, name=f"{tone.name} inside", albedo=(0.6 * r, 0.62 * g, 0.62 * b))
    return sunny, tone, deep


def broadleaf(stream: Stream, height_m: float, finest: int = NEAR) -> tuple[Version, ...]:
    """A deciduous tree at the origin; 2,800 triangles in the finest version, 130 in the coarsest.

    Args:
        stream: of its shape.
        height_m: from the ground to the top.
        finest: `NEAR` or `FAR`.
    """
    tone = LEAF_TONES[int(3.0 * stream.uniform("tone"))]
    spread = height_m * (0.24 + 0.08 * stream.uniform("spread"))
    habit = stream.uniform("habit")  # from a broad crown to a tall one
    lumps = 6
    u = stream.array("lumps", 4 * lumps).reshape(4, lumps)
    places = []
    for k in range(lumps):
        top = k == lumps - 1
        az = 2.0 * math.pi * (k / (lumps - 1) + 0.12 * u[0, k])
        away = spread * ((0.08 if top else 0.72 - 0.26 * habit) + 0.18 * u[1, k])
        low = 0.47 + 0.19 * u[2, k] + (0.12 * habit * (k % 2))
        rise = height_m * (0.77 if top else low)
        r = spread * (0.60 + 0.16 * u[3, k])
        tall = 0.82 + 0.26 * habit
        center = np.array([away * math.cos(az), away * math.sin(az), rise])
        places.append((center, np.array([r, r, min(tall * r, height_m - rise)])))
    out = []
    for crown in _CROWNS[finest:]:
        pieces = [_trunk(0.022 * height_m, 0.72 * height_m, crown.sides)]
        if crown.sprays > 500:
            foot = np.array([0.0, 0.0, 0.34 * height_m])
            pieces += [_branch(foot, c, 0.010 * height_m, max(3, crown.sides - 4)) for c, _ in places[:-1]]
        area = np.array([r[0] * (r[0] + 2.0 * r[2]) for _, r in places])
        share = np.round(crown.sprays * area / area.sum()).astype(int)
        for k, (center, radii) in enumerate(places):
            part = stream.child(f"lump{k}")
            if crown.sprays:
                pieces.append(lump(center, 0.74 * radii, part, CORE, crown.core))
                pieces.append(
                    sprays(center, radii, part, _shaded(tone), int(share[k]), _spray_m(crown, height_m))
                )  # fmt: skip
            else:
                pieces.append(lump(center, 1.05 * radii, part, tone, 0))
        out.append(Version(merge(pieces), BLUR * _spray_m(crown, height_m)))
    return _finest_first(out)


def _finest_first(made: list[Version]) -> tuple[Version, ...]:
    """Versions of a plant; the first stands for itself."""
    return (Version(made[0].mesh, 0.0), *made[1:])


def conifer(stream: Stream, height_m: float, finest: int = NEAR) -> tuple[Version, ...]:
    """A spruce at the origin: whorls of drooping boughs, far away ragged skirts; 2,700 triangles to 70.

    Args:
        stream: of its shape.
        height_m: from the ground to the top.
        finest: `NEAR` or `FAR`.
    """
    base = height_m * (0.17 + 0.04 * stream.uniform("base"))
    out = []
    for crown in _CROWNS[finest:]:
        layers = crown.whorls
        t = np.arange(layers) / layers
        low = height_m * (0.10 + 0.88 * t)
        radius = base * (1.0 - t) ** 0.85 + 0.12
        pieces = [_trunk(0.016 * height_m, (0.92 if crown.boughs else 0.6) * height_m, max(3, crown.sides - 2))]
        if crown.boughs:
            cone = [(0.30 * base, 0.13 * height_m), (0.22 * base, 0.5 * height_m), (0.02 * base, 0.97 * height_m)]
            pieces.append(lathe(cone, DARK_NEEDLES, segments=7, caps=False))
            pieces += [
                _whorl(stream.child(f"whorl{k}"), float(radius[k]), float(low[k]), height_m, crown)
                for k in range(layers)
            ]
        else:
            points = 11 if layers > 4 else 7
            high = np.minimum(height_m, low + height_m * (1.7 / layers + 0.02) * (1.0 - 0.55 * t))
            u = np.stack(
                [stream.child(f"layer{k}").array("ring", 3 * points).reshape(3, points) for k in range(layers)]
            )
            pieces.append(_skirts(u, _SKIRT * radius, low, high))
        size = 1.3 * base / max(crown.boughs, 2) if crown.boughs else 1.1 * base * 4.0 / layers
        out.append(Version(merge(pieces), BLUR * size))
    return _finest_first(out)


def _whorl(stream: Stream, radius_m: float, z_m: float, height_m: float, crown: _Crown) -> Mesh:
    """The boughs of one height: fronds of twigs that droop to their tips, seen from above and below."""
    fewer = max(5, round(crown.boughs * min(1.0, 0.45 + 0.75 * radius_m / (0.19 * height_m))))
    u = stream.array("boughs", 5 * fewer).reshape(5, fewer)
    az = 2.0 * math.pi * (np.arange(fewer) + 0.8 * u[0] + 3.0 * stream.uniform("turn")) / fewer
    reach = radius_m * (0.72 + 0.5 * u[1])
    lift = (0.055 * height_m + 0.25 * radius_m) * (0.4 + 0.6 * u[2])
    foot_z = z_m + lift + 0.02 * height_m * (u[3] - 0.5)
    tip_z = z_m + 0.015 * height_m * (u[4] - 0.5)
    out = np.stack([np.cos(az), np.sin(az), np.zeros(fewer)], axis=-1)
    across = np.stack([-np.sin(az), np.cos(az), np.zeros(fewer)], axis=-1)
    foot = out * 0.0
    foot[:, 2] = foot_z
    tip = out * reach[:, None]
    tip[:, 2] = tip_z
    wide = 1.05 * math.pi * radius_m / fewer
    twigs = ((0.22, 0.7), (0.42, 1.0), (0.60, 0.9), (0.77, 0.6)) if crown.sides > 8 else ((0.34, 1.0), (0.66, 0.9))
    slim = 0.5 / len(twigs)
    tri = []
    for along, width in twigs:
        root, end = foot + (along - slim) * (tip - foot), foot + (along + slim) * (tip - foot)
        for hand in (-1.0, 1.0):
            twig = foot + (along + 0.16) * (tip - foot) + hand * width * 0.6 * wide * across
            twig[:, 2] -= 0.8 * width * wide * (0.6 + 0.8 * u[4])
            tri.append(np.stack([root, twig, end] if hand < 0.0 else [root, end, twig], axis=1))
    spear = foot + 0.62 * (tip - foot)
    tri.append(np.stack([spear - 0.2 * wide * across, tip, spear + 0.2 * wide * across], axis=1))
    corner = np.concatenate(tri)
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    bent = 0.55 * normal + 0.75 * np.tile(out, (len(tri), 1)) + np.array([0.0, 0.0, 0.25])
    bent /= np.linalg.norm(bent, axis=1, keepdims=True)
    bent = np.where((bent * normal).sum(axis=1, keepdims=True) > 0.05, bent, normal)
    points = corner.reshape(-1, 3)
    faces = np.arange(len(points)).reshape(-1, 3)
    uv = np.stack([points[:, 0] + points[:, 1], points[:, 2]], axis=-1)
    return _mesh(points, np.repeat(bent, 3, axis=0), faces, uv, [NEEDLES])


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
    return _mesh(points, np.repeat(normal, 3, axis=0), faces, np.stack([round_m, points[:, 2]], axis=-1), [NEEDLES])


def bush(stream: Stream, height_m: float) -> tuple[Version, ...]:
    """A bush at the origin of three lumps; 700 triangles in the finest version, 60 in the coarsest."""
    tone = LEAF_TONES[int(3.0 * stream.uniform("tone"))]
    out = []
    for count, size in ((220, 0.075), (60, 0.14), (0, 0.5)):
        pieces = []
        for k in range(3):
            part = stream.child(f"lump{k}")
            away = (0.0, 0.55, 0.5)[k] * height_m
            az = 2.0 * math.pi * (part.uniform("turn") * 0.35 + 0.5 * k)
            r = height_m * (0.5 - 0.09 * k)
            center = np.array([away * math.cos(az), away * math.sin(az), 0.85 * r])
            radii = np.array([1.15 * r, 1.15 * r, r])
            pieces.append(lump(center, (0.74 if count else 1.0) * radii, part, CORE if count else tone, level=0))
            if count:
                pieces.append(sprays(center, radii, part, _shaded(tone), count, size * height_m))
        out.append(Version(merge(pieces), BLUR * size * height_m))
    return _finest_first(out)


def tree_line(
    x_m: Floats, y_m: Floats, z_m: Floats, depth_m: float, height_m: float, stream: Stream
) -> tuple[Version, ...]:
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
    every = np.unique(np.append(np.arange(0, len(x_m), 2), len(x_m) - 1))
    out = []
    for points, size in ((net, 0.0), (net[every][:, [0, 2, 3, 5]], 4.0)):
        out.append(Version(surface(points if depth_m > 0.0 else points[:, ::-1], NEEDLES), BLUR * size))
    return tuple(out)
