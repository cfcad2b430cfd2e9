"""Directions spread evenly over the sphere."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray


@cache
def icosphere(level: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Unit vectors and triangles of an icosahedron whose faces are divided `level` times into four.

    The vertices of each level come first among those of the next.
    """
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
