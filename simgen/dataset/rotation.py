"""Rotation matrices to quaternions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quat_xyzw_from_matrix(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit quaternions of rotation matrices, with w >= 0.

    Args:
        rotation: (N, 3, 3) float64.

    Returns:
        (N, 4) float64, x y z w. Each is built from its largest component, which keeps every rotation accurate
        (Shepperd, J. Guidance and Control 1(3), 1978).
    """
    m = rotation
    diagonal = np.diagonal(m, axis1=1, axis2=2)
    trace = diagonal.sum(axis=1)
    # Row k of `outer` is 4 q_k (x, y, z, w): the symmetric matrix 4 q q^T read off the rotation.
    outer = np.empty((len(m), 4, 4))
    for k in range(3):
        outer[:, k, k] = 1.0 + 2.0 * diagonal[:, k] - trace
    outer[:, 3, 3] = 1.0 + trace
    for a, b in ((0, 1), (0, 2), (1, 2)):
        outer[:, a, b] = outer[:, b, a] = m[:, a, b] + m[:, b, a]
    for k, (a, b) in enumerate(((2, 1), (0, 2), (1, 0))):
        outer[:, k, 3] = outer[:, 3, k] = m[:, a, b] - m[:, b, a]
    largest = np.argmax(np.diagonal(outer, axis1=1, axis2=2), axis=1)
    quat: NDArray[np.float64] = outer[np.arange(len(m)), largest]
    quat /= np.sqrt((quat * quat).sum(axis=1, keepdims=True))
    return np.where(quat[:, 3:] < 0.0, -quat, quat)
