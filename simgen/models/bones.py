"""Rigid frames as plain floats, and the two-bone chain: what limbs are posed with.

Plain Python sums, no arrays: a pose has a few dozen frames, and its bits must not depend on a BLAS.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vec = tuple[float, float, float]


class Frame(NamedTuple):
    """A rigid frame by its axes and origin, metres, in the frame of whoever made it."""

    x: Vec
    y: Vec
    z: Vec
    origin: Vec

    def at(self, p: Vec) -> Vec:
        """The place of a point given in this frame."""
        x, y, z, o = self
        return (
            o[0] + x[0] * p[0] + y[0] * p[1] + z[0] * p[2],
            o[1] + x[1] * p[0] + y[1] * p[1] + z[1] * p[2],
            o[2] + x[2] * p[0] + y[2] * p[1] + z[2] * p[2],
        )

    def along(self, v: Vec) -> Vec:
        """A direction given in this frame."""
        x, y, z, _ = self
        return (
            x[0] * v[0] + y[0] * v[1] + z[0] * v[2],
            x[1] * v[0] + y[1] * v[1] + z[1] * v[2],
            x[2] * v[0] + y[2] * v[1] + z[2] * v[2],
        )

    def child(self, origin: Vec, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Frame:
        """A frame at a point of this one, turned by Rz(yaw) Ry(pitch) Rx(roll), radians; nose down is positive."""
        a = turned(yaw, pitch, roll)
        return Frame(self.along(a.x), self.along(a.y), self.along(a.z), self.at(origin))

    def matrix(self) -> list[list[float]]:
        """The same as rows of a (4, 4) transform."""
        rows = [[self.x[k], self.y[k], self.z[k], self.origin[k]] for k in range(3)]
        return [*rows, [0.0, 0.0, 0.0, 1.0]]

    def quat_xyzw(self) -> tuple[float, float, float, float]:
        """The orientation as a unit quaternion with w >= 0 (Shepperd's method)."""
        (xx, xy, xz), (yx, yy, yz), (zx, zy, zz), _ = self
        trace = xx + yy + zz
        k = max(range(4), key=lambda i: (xx, yy, zz, trace)[i])
        q = (
            (1.0 + 2.0 * xx - trace, xy + yx, xz + zx, yz - zy),
            (xy + yx, 1.0 + 2.0 * yy - trace, yz + zy, zx - xz),
            (xz + zx, yz + zy, 1.0 + 2.0 * zz - trace, xy - yx),
            (yz - zy, zx - xz, xy - yx, 1.0 + trace),
        )[k]
        norm = math.copysign(math.sqrt(sum(c * c for c in q)), q[3])
        return q[0] / norm, q[1] / norm, q[2] / norm, q[3] / norm


UPRIGHT = Frame((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0))


def turned(yaw: float, pitch: float, roll: float) -> Frame:
    """Axes of Rz(yaw) Ry(pitch) Rx(roll) about the origin."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    return Frame(
        (cy * cp, sy * cp, -sp),
        (cy * sp * sr - sy * cr, sy * sp * sr + cy * cr, cp * sr),
        (cy * sp * cr + sy * sr, sy * sp * cr - cy * sr, cp * cr),
        (0.0, 0.0, 0.0),
    )


def cross(a: Vec, b: Vec) -> Vec:
    """The vector product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def unit(v: Vec) -> Vec:
    """The direction of a vector that is not zero."""
    n = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    return v[0] / n, v[1] / n, v[2] / n


def bone(start: Vec, end: Vec, side: Vec) -> Frame:
    """The frame of a bone: origin at its start, -z towards its end, y along `side`, which is square to it."""
    z = unit((start[0] - end[0], start[1] - end[1], start[2] - end[2]))
    return Frame(cross(side, z), side, z, start)


STRETCH = 0.991
"""Share of its bones' length to which a limb stretches; beyond it knees would snap straight within a blink."""


def two_bones(
    root: Vec, target: Vec, upper_m: float, lower_m: float, forward: Vec, bend: float
) -> tuple[Frame, Frame, Vec]:
    """The two bones of a limb from its root to a target.

    Args:
        root, target: the ends.
        upper_m, lower_m: lengths of the bones.
        forward: where the middle joint goes when `bend` is 1, and away from when it is -1; not along the limb.
        bend: 1 for a knee of people or a foreleg, -1 for elbows and hocks.

    Returns:
        The bones' frames and where the limb ends: at the target, or towards it where that is out of reach.
    """
    reach = math.dist(root, target)
    d = unit((target[0] - root[0], target[1] - root[1], target[2] - root[2]))
    n = unit(cross(forward, d))
    b = cross(d, n)
    span = min(max(reach, abs(upper_m - lower_m) + 1e-6), STRETCH * (upper_m + lower_m))
    along = (upper_m * upper_m - lower_m * lower_m + span * span) / (2.0 * span)
    out = bend * math.sqrt(max(upper_m * upper_m - along * along, 0.0))
    middle = tuple(root[k] + along * d[k] + out * b[k] for k in range(3))
    end = tuple(root[k] + span * d[k] for k in range(3))
    joint, tip = (middle[0], middle[1], middle[2]), (end[0], end[1], end[2])
    return bone(root, joint, n), bone(joint, tip, n), tip


def matrices(frames: list[Frame]) -> NDArray[np.float64]:
    """(N, 4, 4) float64 transforms of N frames."""
    return np.array([f.matrix() for f in frames], np.float64).reshape(-1, 4, 4)
