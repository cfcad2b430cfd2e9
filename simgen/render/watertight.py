"""Whether a mesh encloses a volume."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simgen.models import Mesh


@lru_cache(maxsize=512)  # models are built once and shared by many scenes
def is_watertight(mesh: Mesh) -> bool:
    """Whether every directed edge, its ends joined by position to 10 um, is matched by its opposite.

    Faces of such a mesh that are turned away are always hidden by others, so nobody needs to draw them.
    """
    _, place = np.unique(np.round(mesh.vertices_m, 5), axis=0, return_inverse=True)
    f = place.reshape(-1)[mesh.faces].astype(np.int64)
    edges = np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]])
    edges = edges[edges[:, 0] != edges[:, 1]]
    count = len(mesh.vertices_m)
    forward = np.sort(edges[:, 0] * count + edges[:, 1])
    backward = np.sort(edges[:, 1] * count + edges[:, 0])
    return bool(np.array_equal(forward, backward))
