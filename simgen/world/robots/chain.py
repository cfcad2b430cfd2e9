"""Forward and inverse kinematics of a serial arm, without a physics client.

The inverse is damped least squares (Wampler 1986; Nakamura & Hanafusa 1986): each step solves
dq = J^T (J J^T + lambda^2 I)^-1 e for the pose error e, and turns what joint motion is left over (the null space)
towards a home posture. All sums are spelled out, so the bits depend on no library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simgen.compiled import inline, kernel
from simgen.models.urdf import Joint
from simgen.world.frames import Array, multiply

_DAMPING = 0.03  # lambda, m or rad
_HOMING = 0.02  # share of the way home a step, in the null space
_STEP = 0.3  # most of pose error that one step takes on, m or rad
LIMIT_MARGIN_RAD = 0.06
"""Kept clear of the joint limits: a motor's joint overshoots a little."""


class Chain(NamedTuple):
    """A serial arm of J revolute joints.

    Attributes:
        before: (J, 4, 4) transform from each joint's parent joint frame to it with the joint at zero.
        axis: (J, 3) unit axes in the joints' own frames.
        tool: (4, 4) from the last joint's frame to the tool.
        low, high, home: (J,) rad.
        joint_poses: (J, 4, 4), turned: (3, 4, 4), jacobian: (6, J), normal: (6, 6), error: (6,), step, start: (J,):
            work space.
    """

    before: Array
    axis: Array
    tool: Array
    low: Array
    high: Array
    home: Array
    joint_poses: Array
    turned: Array
    jacobian: Array
    normal: Array
    error: Array
    step: Array
    start: Array


def chain_of(joints: Sequence[Joint], moving: Sequence[str], home_rad: Sequence[float]) -> Chain:
    """The chain through `joints`, base first, of which those named in `moving` turn."""
    before, axis, low, high = [], [], [], []
    T = np.eye(4)
    for joint in joints:
        T = T @ joint.T_parent_child
        if joint.name in moving:
            before.append(T)
            axis.append(joint.axis)
            low.append(joint.low + LIMIT_MARGIN_RAD)
            high.append(joint.high - LIMIT_MARGIN_RAD)
            T = np.eye(4)
    n = len(before)
    return Chain(
        np.array(before), np.array(axis), T, np.array(low), np.array(high), np.array(home_rad, np.float64),
        np.zeros((n, 4, 4)), np.zeros((3, 4, 4)), np.zeros((6, n)), np.zeros((6, 6)), np.zeros(6), np.zeros(n),
        np.zeros(n),
    )  # fmt: skip


@kernel
def tool_pose(chain: Chain, q_rad: Array, out: Array) -> None:
    """Fill `out` (4, 4) with the tool's pose in the base link for joint angles (J,)."""
    _forward(chain, q_rad, out)


@kernel
def approach(chain: Chain, q_rad: Array, target: Array, most_rad: Array, nearing: float, steps: int) -> float:
    """Move joint angles towards a tool pose, in place, and return the error that is left.

    Args:
        chain: the arm.
        q_rad: (J,) angles; kept within the limits.
        target: (4, 4) tool pose in the base link.
        most_rad: (J,) how far each joint may go in this call.
        nearing: share of its distance to a limit that a joint may go in this call, so that it brakes before it.
        steps: damped steps, 1 or more.

    Returns:
        The larger of position error in m and angle in rad before the last step.
    """
    count = q_rad.shape[0]
    start = chain.start
    for k in range(count):
        start[k] = q_rad[k]
    left = 0.0
    for _ in range(steps):
        left = _damped_step(chain, q_rad, target)
        for k in range(count):
            low = start[k] - min(most_rad[k], nearing * (start[k] - chain.low[k]))
            high = start[k] + min(most_rad[k], nearing * (chain.high[k] - start[k]))
            q_rad[k] = min(max(q_rad[k] + chain.step[k], low), high)
    return left


@inline
def _forward(chain: Chain, q_rad: Array, out: Array) -> None:
    count = q_rad.shape[0]
    turned, at = chain.turned[0], chain.turned[1]
    for k in range(count):
        if k == 0:
            for i in range(4):
                for j in range(4):
                    at[i, j] = chain.before[0, i, j]
        else:
            multiply(chain.joint_poses[k - 1], chain.before[k], at)
        x, y, z = chain.axis[k, 0], chain.axis[k, 1], chain.axis[k, 2]
        c, s = math.cos(q_rad[k]), math.sin(q_rad[k])
        v = 1.0 - c
        turned[0, 0], turned[0, 1], turned[0, 2] = c + x * x * v, x * y * v - z * s, x * z * v + y * s
        turned[1, 0], turned[1, 1], turned[1, 2] = y * x * v + z * s, c + y * y * v, y * z * v - x * s
        turned[2, 0], turned[2, 1], turned[2, 2] = z * x * v - y * s, z * y * v + x * s, c + z * z * v
        turned[0, 3], turned[1, 3], turned[2, 3], turned[3, 3] = 0.0, 0.0, 0.0, 1.0
        multiply(at, turned, chain.joint_poses[k])
    multiply(chain.joint_poses[count - 1], chain.tool, out)


@inline
def _damped_step(chain: Chain, q_rad: Array, target: Array) -> float:
    """Fill `chain.step` (J,) with one step towards a pose; returns the error before it."""
    count = q_rad.shape[0]
    tool = chain.turned[2]
    _forward(chain, q_rad, tool)
    e, jac, a = chain.error, chain.jacobian, chain.normal
    # Rotation error as the sum of cross products of the axes: sin(angle) times the axis; beyond a quarter turn
    # it shrinks again, but still points the right way.
    for i in range(3):
        e[i] = target[i, 3] - tool[i, 3]
        e[3 + i] = 0.0
    trace = 0.0
    for k in range(3):
        for i in range(3):
            trace += tool[i, k] * target[i, k]
        e[3] += 0.5 * (tool[1, k] * target[2, k] - tool[2, k] * target[1, k])
        e[4] += 0.5 * (tool[2, k] * target[0, k] - tool[0, k] * target[2, k])
        e[5] += 0.5 * (tool[0, k] * target[1, k] - tool[1, k] * target[0, k])
    sine = math.sqrt(e[3] * e[3] + e[4] * e[4] + e[5] * e[5])
    angle = math.atan2(sine, 0.5 * (trace - 1.0))
    away = math.sqrt(e[0] * e[0] + e[1] * e[1] + e[2] * e[2])
    if sine > 1e-9:
        turn = min(angle, _STEP) / sine
        for i in range(3):
            e[3 + i] *= turn
    if away > _STEP:
        for i in range(3):
            e[i] *= _STEP / away
    for k in range(count):
        pose = chain.joint_poses[k]
        wx = pose[0, 0] * chain.axis[k, 0] + pose[0, 1] * chain.axis[k, 1] + pose[0, 2] * chain.axis[k, 2]
        wy = pose[1, 0] * chain.axis[k, 0] + pose[1, 1] * chain.axis[k, 1] + pose[1, 2] * chain.axis[k, 2]
        wz = pose[2, 0] * chain.axis[k, 0] + pose[2, 1] * chain.axis[k, 1] + pose[2, 2] * chain.axis[k, 2]
        rx, ry, rz = tool[0, 3] - pose[0, 3], tool[1, 3] - pose[1, 3], tool[2, 3] - pose[2, 3]
        jac[0, k], jac[1, k], jac[2, k] = wy * rz - wz * ry, wz * rx - wx * rz, wx * ry - wy * rx
        jac[3, k], jac[4, k], jac[5, k] = wx, wy, wz
    for i in range(6):
        for k in range(count):  # the null-space wish counts against the error: e - J h
            e[i] -= jac[i, k] * _HOMING * (chain.home[k] - q_rad[k])
        for j in range(6):
            total = _DAMPING * _DAMPING if i == j else 0.0
            for k in range(count):
                total += jac[i, k] * jac[j, k]
            a[i, j] = total
    _solve(a, e)
    for k in range(count):
        total = _HOMING * (chain.home[k] - q_rad[k])
        for i in range(6):
            total += jac[i, k] * e[i]
        chain.step[k] = total
    return max(away, angle)


@inline
def _solve(a: Array, b: Array) -> None:
    """Solve a x = b for a positive definite a (6, 6) by Cholesky, in place; x is left in b (6,)."""
    for j in range(6):
        for k in range(j):
            a[j, j] -= a[j, k] * a[j, k]
        a[j, j] = math.sqrt(a[j, j])
        for i in range(j + 1, 6):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
    for i in range(6):
        for k in range(i):
            b[i] -= a[i, k] * b[k]
        b[i] /= a[i, i]
    for m in range(6):
        i = 5 - m
        for k in range(i + 1, 6):
            b[i] -= a[k, i] * b[k]
        b[i] /= a[i, i]
