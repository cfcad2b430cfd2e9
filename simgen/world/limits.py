"""Torques of a ragdoll's joints: slack muscle within their range, a stop at its end."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.world.frames import Array

_SLACK_PER_S = 5.0  # rate at which slack muscle brakes a joint
_STOP_SHARE = 0.40  # of the speed into a stop that is taken away in a tick
_RETURN_PER_S = 8.0  # rate at which a joint beyond its range comes back
_MOST_RADPS = 6.0


class Chain(NamedTuple):
    """The joints of N bodies; row k is the joint of body k to its parent.

    Attributes:
        parent: (N,) int64, -1 for none.
        rest: (N, 3, 3) orientation of the child in the parent when the body stands.
        low_rad, high_rad: (N, 3) range of the rotation vector from there, in the parent's axes.
        child_kgm2: (N, 3, 3) inertia of the child about its centre of mass, in its own axes; parent_kgm2: (N, 3)
            moments of the parent. About the joint they would be larger, but a torque sized by those outruns a solver
            that has not converged, and the body explodes.
        relative, away: (3, 3); vector, spin: (3,), work space of the kernel.
    """

    parent: NDArray[np.int64]
    rest: Array
    low_rad: Array
    high_rad: Array
    child_kgm2: Array
    parent_kgm2: Array
    relative: Array
    away: Array
    vector: Array
    spin: Array


@kernel
def joint_torques(chain: Chain, rotations: Array, spins_radps: Array, dt_s: float, torques_nm: Array) -> None:
    """Torques (N, 3) on bodies turned by (N, 3, 3) that spin (N, 3), world frame; equal and opposite on the parent.

    A torque changes the speed between two bodies, were they free, by no more than brakes it or brings a joint
    back into its range at a bounded speed.
    """
    count = chain.parent.shape[0]
    for n in range(count):
        for k in range(3):
            torques_nm[n, k] = 0.0
    rel, away, vec, spin = chain.relative, chain.away, chain.vector, chain.spin
    for n in range(count):
        p = chain.parent[n]
        if p < 0:
            continue
        for i in range(3):
            spin[i] = 0.0
            for j in range(3):
                rel[i, j] = 0.0
                for k in range(3):
                    rel[i, j] += rotations[p, k, i] * rotations[n, k, j]
        for i in range(3):
            for j in range(3):
                away[i, j] = 0.0
                for k in range(3):
                    away[i, j] += rel[i, k] * chain.rest[n, j, k]
            for k in range(3):
                spin[i] += rotations[p, k, i] * (spins_radps[n, k] - spins_radps[p, k])
        _rotation_vector(away, vec)
        for i in range(3):
            wanted = spin[i] * (1.0 - min(_SLACK_PER_S * dt_s, 0.5))
            over = max(vec[i] - chain.high_rad[n, i], 0.0) + min(vec[i] - chain.low_rad[n, i], 0.0)
            if over != 0.0:
                back = -min(max(_RETURN_PER_S * over, -_MOST_RADPS), _MOST_RADPS)
                if (back - spin[i]) * back > 0.0:
                    wanted = spin[i] + _STOP_SHARE * (back - spin[i])
            swung = 0.0
            for j in range(3):
                for k in range(3):
                    swung += rel[i, j] * rel[i, k] * chain.child_kgm2[n, j, k]
            inertia = swung * chain.parent_kgm2[n, i] / (swung + chain.parent_kgm2[n, i])
            torque = inertia * (wanted - spin[i]) / dt_s
            for k in range(3):
                torques_nm[n, k] += rotations[p, k, i] * torque
                torques_nm[p, k] -= rotations[p, k, i] * torque


@kernel
def _rotation_vector(m: Array, out: Array) -> None:
    """Axis times angle of a (3, 3) rotation."""
    x, y, z = 0.5 * (m[2, 1] - m[1, 2]), 0.5 * (m[0, 2] - m[2, 0]), 0.5 * (m[1, 0] - m[0, 1])
    sine = math.sqrt(x * x + y * y + z * z)
    cosine = 0.5 * (m[0, 0] + m[1, 1] + m[2, 2] - 1.0)
    if sine < 1e-6 and cosine < 0.0:  # half a turn: the axis is in the symmetric part
        k = 0
        for i in range(1, 3):
            if m[i, i] > m[k, k]:
                k = i
        norm = math.sqrt(max(2.0 * (m[k, k] + 1.0), 1e-12))
        for i in range(3):
            out[i] = 0.5 * math.pi * (norm if i == k else (m[i, k] + m[k, i]) / norm)
        return
    factor = math.atan2(sine, cosine) / sine if sine > 1e-9 else 1.0
    out[0], out[1], out[2] = factor * x, factor * y, factor * z
