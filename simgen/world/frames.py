"""Rigid frames: quaternions (xyzw), rotation matrices and poses, as plain numpy arrays."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simgen.compiled import inline, kernel

Array = NDArray[np.float64]


def matrix_from_quat(quat_xyzw: ArrayLike) -> Array:
    """(..., 3, 3) rotation matrices of (..., 4) unit quaternions."""
    q = np.asarray(quat_xyzw, dtype=np.float64)
    x, y, z, w = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    out = np.empty((*q.shape[:-1], 3, 3))
    out[..., 0, 0] = 1.0 - 2.0 * (y * y + z * z)
    out[..., 0, 1] = 2.0 * (x * y - z * w)
    out[..., 0, 2] = 2.0 * (x * z + y * w)
    out[..., 1, 0] = 2.0 * (x * y + z * w)
    out[..., 1, 1] = 1.0 - 2.0 * (x * x + z * z)
    out[..., 1, 2] = 2.0 * (y * z - x * w)
    out[..., 2, 0] = 2.0 * (x * z - y * w)
    out[..., 2, 1] = 2.0 * (y * z + x * w)
    out[..., 2, 2] = 1.0 - 2.0 * (x * x + y * y)
    return out


def quat_from_matrix(rotation: ArrayLike) -> Array:
    """(4,) unit quaternion xyzw of a (3, 3) rotation, with w >= 0 (Shepperd's method)."""
    m = np.asarray(rotation, dtype=np.float64)
    diagonal = np.array([m[0, 0], m[1, 1], m[2, 2], m.trace()])
    k = int(np.argmax(diagonal))
    q = np.empty(4)
    if k == 3:
        q[:] = (m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], 1.0 + m.trace())
    else:
        i, j, l_ = k, (k + 1) % 3, (k + 2) % 3
        q[i] = 1.0 - m.trace() + 2.0 * m[i, i]
        q[j] = m[j, i] + m[i, j]
        q[l_] = m[l_, i] + m[i, l_]
        q[3] = m[l_, j] - m[j, l_]
    q /= math.sqrt(float(q @ q))
    return q if q[3] >= 0.0 else -q


def matrix_from_angles(yaw_rad: float, pitch_rad: float = 0.0, roll_rad: float = 0.0) -> Array:
    """(3, 3) rotation Rz(yaw) Ry(pitch) Rx(roll): heading counter-clockwise, nose down positive, roll."""
    cy, sy = math.cos(yaw_rad), math.sin(yaw_rad)
    cp, sp = math.cos(pitch_rad), math.sin(pitch_rad)
    cr, sr = math.cos(roll_rad), math.sin(roll_rad)
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def pose(rotation: ArrayLike, position_m: ArrayLike) -> Array:
    """(4, 4) rigid transform."""
    out = np.eye(4)
    out[:3, :3] = rotation
    out[:3, 3] = position_m
    return out


def turn(rotation: Array, points_m: ArrayLike) -> Array:
    """(..., 3) points turned by a (3, 3) rotation; plain sums, so the bits do not depend on a BLAS."""
    p = np.asarray(points_m, dtype=np.float64)
    out: Array = p[..., 0:1] * rotation[:, 0] + p[..., 1:2] * rotation[:, 1] + p[..., 2:3] * rotation[:, 2]
    return out


def compose(first: Array, second: Array) -> Array:
    """(..., 4, 4) product of two stacks of rigid transforms: `second` applied first."""
    a, b = np.broadcast_arrays(first, second)
    out = np.zeros(a.shape)
    for k in range(4):
        out += a[..., :, k, None] * b[..., None, k, :]
    return out


@inline
def fill_matrix(quat_xyzw: tuple[float, float, float, float], out: Array) -> None:
    """Fill the first three rows of `out` (at least 3, 3) with the rotation matrix of a unit quaternion."""
    x, y, z, w = quat_xyzw
    out[0, 0], out[0, 1], out[0, 2] = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)
    out[1, 0], out[1, 1], out[1, 2] = 2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)
    out[2, 0], out[2, 1], out[2, 2] = 2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)


@inline
def multiply(first: Array, second: Array, out: Array) -> None:
    """Fill `out` (4, 4) with the product of two rigid transforms: `second` applied first. Not in place."""
    for i in range(3):
        for j in range(4):
            out[i, j] = first[i, 0] * second[0, j] + first[i, 1] * second[1, j] + first[i, 2] * second[2, j]
        out[i, 3] += first[i, 3]
        out[3, i] = 0.0
    out[3, 3] = 1.0


@kernel
def place(rotation: Array, position_m: Array, second: Array, out: Array) -> None:
    """Fill `out` (N, 4, 4) with the poses (N, 3, 3), (N, 3) times the transforms `second` (N, 4, 4)."""
    for n in range(out.shape[0]):
        r, b = rotation[n], second[n]
        for i in range(3):
            for j in range(4):
                out[n, i, j] = r[i, 0] * b[0, j] + r[i, 1] * b[1, j] + r[i, 2] * b[2, j]
            out[n, i, 3] += position_m[n, i]
            out[n, 3, i] = 0.0
        out[n, 3, 3] = 1.0


def inverse(transform: Array) -> Array:
    """Inverse of a (4, 4) rigid transform."""
    rt = transform[:3, :3].T
    return pose(rt, -turn(rt, transform[:3, 3]))


def principal_axes(tensor: Array) -> tuple[Array, Array]:
    """Principal moments (3,) and axes (3, 3; columns, right-handed) of a symmetric tensor, by Jacobi turns.

    Axes keep their order and stay as near x, y, z as the tensor allows; a diagonal one gives exactly those.
    """
    a = np.array(tensor, dtype=np.float64)
    axes = np.eye(3)
    small = 1e-9 * float(np.trace(a))
    for _ in range(30):
        i, j = max(((0, 1), (0, 2), (1, 2)), key=lambda ij: abs(float(a[ij])))
        if abs(float(a[i, j])) <= small:
            break
        theta = 0.5 * (a[j, j] - a[i, i]) / a[i, j]
        t = math.copysign(1.0, theta) / (abs(theta) + math.sqrt(theta * theta + 1.0))
        c = 1.0 / math.sqrt(t * t + 1.0)
        s = t * c
        for m, rows in ((a, True), (a, False), (axes, False)):
            v = m if rows else m.T
            v[i], v[j] = c * v[i] - s * v[j], s * v[i] + c * v[j]
    return np.diag(a).copy(), axes
