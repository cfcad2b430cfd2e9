"""Whether the backs of a mesh's faces can be left out."""

from __future__ import annotations

import hashlib
import math
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.models import Mesh
from simgen.models.geometry import joined
from simgen.models.kept import kept
from simgen.models.sharing import digest_of
from simgen.render.kernels import raster

_SEEN_FROM_BEHIND = 0.002  # share of a silhouette that may show backs: hairline gaps between panels
_DIRECTIONS = 40
_PIXELS = 192
_SLOW_S = 0.002  # from which on a look takes longer than reading what it showed
_WORTH_A_LOOK = 128  # faces: drawing both sides of fewer costs less than the look, which each size of carton would need


@lru_cache(maxsize=512)  # models are built once and shared by many scenes
def is_one_sided(mesh: Mesh) -> bool:
    """Whether nobody outside sees a back: the mesh is watertight, or looking at it shows next to none.

    Such a mesh is drawn without the faces that are turned away. The look is from directions spread evenly over
    the sphere; small meshes that are not watertight are taken to show their backs without it.
    """
    if mesh.original is not None:
        return is_one_sided(mesh.original[0])
    if is_watertight(mesh):
        return True
    if len(mesh.faces) < _WORTH_A_LOOK:
        return False
    name = f"one-sided {digest_of(mesh).hex()} {_code()}"
    return kept(name, lambda: _backs_seen(mesh) < _SEEN_FROM_BEHIND, __file__, _SLOW_S)


@cache
def _code() -> str:
    """A digest of what looks at meshes, as far as it does not belong to the models."""
    sources = (Path(__file__), Path(raster.__file__))
    return hashlib.blake2b(b"".join(p.read_bytes() for p in sources), digest_size=8).hexdigest()


def is_watertight(mesh: Mesh) -> bool:
    """Whether every directed edge, its ends joined by position to 10 um, is matched by its opposite."""
    f = joined(mesh.vertices_m, 5)[1][mesh.faces]
    edges = np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]])
    edges = edges[edges[:, 0] != edges[:, 1]]
    count = len(mesh.vertices_m)
    forward = np.sort(edges[:, 0] * count + edges[:, 1])
    backward = np.sort(edges[:, 1] * count + edges[:, 0])
    return bool(np.array_equal(forward, backward))


def _backs_seen(mesh: Mesh) -> float:
    """Largest share of back faces among the nearest faces of a silhouette, over all directions."""
    vertices = mesh.vertices_m.astype(np.float64)
    vertices -= 0.5 * (vertices.min(axis=0) + vertices.max(axis=0))
    radius = max(math.sqrt(float((vertices**2).sum(axis=1).max())), 1e-6)
    corners = vertices[mesh.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    x, y, z = np.ascontiguousarray(vertices.T)
    order = np.empty(len(mesh.faces) + 1, np.int64)
    keys = np.empty((_PIXELS, _PIXELS), np.int64)
    scale = (0.5 * _PIXELS - 2.0) / radius
    one = np.array([0, len(mesh.faces)], np.int64)
    worst = 0.0
    for k in range(_DIRECTIONS):
        axes = _looking(k)
        camera = np.stack([x * a + y * b + z * c for a, b, c in axes])
        camera[2] -= 2.0 * radius  # values are -z: positive, as keys need them
        keys[...] = 0
        raster.raster_parallel(
            camera.astype(np.float32),
            mesh.faces,
            one,
            np.zeros(1, np.bool_),
            np.zeros(1, np.int64),
            scale,
            np.full(2, 0.5 * _PIXELS),
            np.zeros(1),
            order,
            np.zeros((0, 0), np.float32),
            keys,
        )
        worst = max(worst, _share_turned(keys, normal, axes[2]))
        if worst >= _SEEN_FROM_BEHIND:
            break
    return worst


@kernel
def _share_turned(keys: NDArray[np.int64], normal: NDArray[np.float64], away: NDArray[np.float64]) -> float:
    """Share of the pixels with a face on which it is turned away; `normal` (T, 3) has the faces' normals."""
    seen = 0
    turned = 0
    for j in range(keys.shape[0]):
        for i in range(keys.shape[1]):
            if keys[j, i] > 0:
                n = normal[(keys[j, i] & 0xFFFFFFFF) - 1]
                seen += 1
                if n[0] * away[0] + n[1] * away[1] + n[2] * away[2] > 0.0:
                    turned += 1
    return turned / seen if seen else 0.0


def _looking(k: int) -> NDArray[np.float64]:
    """Rows right, down, away of the k-th of the view directions, a Fibonacci spiral."""
    z = 1.0 - (2.0 * k + 1.0) / _DIRECTIONS
    turn = k * math.pi * (3.0 - math.sqrt(5.0))
    r = math.sqrt(1.0 - z * z)
    away = np.array([r * math.cos(turn), r * math.sin(turn), z])
    right = np.array([-math.sin(turn), math.cos(turn), 0.0])
    down = np.array(
        [
            away[1] * right[2] - away[2] * right[1],
            away[2] * right[0] - away[0] * right[2],
            away[0] * right[1] - away[1] * right[0],
        ]
    )
    return np.stack([right, down, away])
