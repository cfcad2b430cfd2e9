"""The impulses between two bodies that meet within one tick: restitution, friction and a bound on the force.

Sequential impulses over the contact points (Catto, Iterative Dynamics with Temporal Coherence, 2005), with
Newton's restitution and Coulomb friction; unlike there, the normal impulses together never exceed a bound. Points
that are still apart may close their gap within the tick and no more, so that bodies meet at their surfaces however
fast they are.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from simgen.compiled import inline, kernel
from simgen.world.frames import Array, fill_matrix

Triple = tuple[float, float, float]

MAX_POINTS = 12
_ROUNDS = 12
_PUSH_OUT_SHARE = 0.2  # of an overlap that goes within a tick
_PUSH_OUT_MPS = 1.0
_RESTING_MPS = 0.5  # slower impacts do not bounce
_TOUCH_M = 1e-3  # a gap below this is none


class Couple(NamedTuple):
    """Two bodies, A and B, and where they meet; world frame.

    Attributes:
        position_m, velocity_mps, angular_radps: (2, 3) of the centres of mass.
        inverse_mass_per_kg: (2,); inverse_inertia: (2, 3, 3) in 1/(kg m2).
        point_m, normal: (MAX_POINTS, 3), normals from B to A; depth_m: (MAX_POINTS,) overlap, negative for a gap.
        normal_ns: (MAX_POINTS,) impulses found.
        linear_ns: (3,) impulse on A, its negative is on B; angular_nms: (2, 3) about their centres.
        scratch: (6, 3).
    """

    position_m: Array
    velocity_mps: Array
    angular_radps: Array
    inverse_mass_per_kg: Array
    inverse_inertia: Array
    point_m: Array
    normal: Array
    depth_m: Array
    normal_ns: Array
    linear_ns: Array
    angular_nms: Array
    scratch: Array


def new_couple() -> Couple:
    """Room for one pair."""
    return Couple(
        np.zeros((2, 3)),
        np.zeros((2, 3)),
        np.zeros((2, 3)),
        np.zeros(2),
        np.zeros((2, 3, 3)),
        np.zeros((MAX_POINTS, 3)),
        np.zeros((MAX_POINTS, 3)),
        np.zeros(MAX_POINTS),
        np.zeros(MAX_POINTS),
        np.zeros(3),
        np.zeros((2, 3)),
        np.zeros((6, 3)),
    )


@kernel
def put_body(
    couple: Couple, side: int, mass_kg: float, inertia_kgm2: Array, quat_xyzw: tuple[float, float, float, float]
) -> None:
    """Set the inverse mass and the inverse inertia in the world of one body from its principal moments."""
    r = couple.scratch
    fill_matrix(quat_xyzw, r)
    couple.inverse_mass_per_kg[side] = 1.0 / mass_kg
    for i in range(3):
        for j in range(3):
            total = 0.0
            for k in range(3):
                total += r[i, k] * r[j, k] / inertia_kgm2[k]
            couple.inverse_inertia[side, i, j] = total


def put_motion(
    couple: Couple, side: int, position_m: Array | Triple, velocity_mps: Array | Triple, angular_radps: Array | Triple
) -> None:
    """Set where one body is and how it moves."""
    couple.position_m[side], couple.velocity_mps[side] = position_m, velocity_mps
    couple.angular_radps[side] = angular_radps


class Law(NamedTuple):
    """How a contact of two bodies behaves.

    Attributes:
        restitution: speed of parting over speed of closing.
        friction: coefficient.
        strength_n: most that the contact bears however slow it closes.
        shock_kgpm: what the force may have beyond that, over the square of the closing speed.
    """

    restitution: float
    friction: float
    strength_n: float
    shock_kgpm: float


@kernel
def resolve(couple: Couple, count: int, met_mps: float, law: Law, dt_s: float) -> float:
    """Find the impulses of one tick; `linear_ns`, `angular_nms` and `normal_ns` hold the result.

    Args:
        couple: the pair; velocities are advanced by the impulses.
        count: number of contact points.
        met_mps: closing speed of an impact that earlier ticks could not finish, else 0.
        law: of the contact.
        dt_s: tick.

    Returns:
        The closing speed of an impact that is not finished, because of its bound or of a gap, else 0.
    """
    along, other = couple.scratch[3], couple.scratch[4]
    couple.linear_ns[:] = 0.0
    couple.angular_nms[:] = 0.0
    closing = 0.0
    for n in range(count):
        couple.normal_ns[n] = 0.0
        speed = -_parting(couple, n, couple.normal[n])
        if speed * dt_s > -couple.depth_m[n] - _TOUCH_M:
            closing = max(closing, speed)
    met = max(met_mps, closing)
    bounce = law.restitution * met if met > _RESTING_MPS else 0.0
    for _ in range(_ROUNDS):
        for n in range(count):
            depth = couple.depth_m[n]
            wanted = max(bounce, min(_PUSH_OUT_SHARE * depth / dt_s, _PUSH_OUT_MPS))
            if depth < -_TOUCH_M:
                wanted = depth / dt_s
            more = (wanted - _parting(couple, n, couple.normal[n])) * _mass_along(couple, n, couple.normal[n])
            before = couple.normal_ns[n]
            couple.normal_ns[n] = max(0.0, before + more)
            _strike(couple, n, couple.normal[n], couple.normal_ns[n] - before)
    total = 0.0
    for n in range(count):
        total += couple.normal_ns[n]
    most_ns = (law.strength_n + law.shock_kgpm * closing * closing) * dt_s
    unfinished = total > most_ns
    for n in range(count):
        if total > most_ns:
            less = couple.normal_ns[n] * (1.0 - most_ns / total)
            couple.normal_ns[n] -= less
            _strike(couple, n, couple.normal[n], -less)
        if couple.normal_ns[n] > 0.0 and couple.depth_m[n] < -_TOUCH_M:
            unfinished = True
    for n in range(count):
        _slide(couple, n, along)
        size = math.sqrt(along[0] * along[0] + along[1] * along[1] + along[2] * along[2])
        if size < 1e-9:
            continue
        for k in range(3):
            other[k] = along[k] / size
        most = min(law.friction * couple.normal_ns[n], size * _mass_along(couple, n, other) / count)
        _strike(couple, n, other, -most)
    return met if unfinished else 0.0


@inline
def _velocity_at(couple: Couple, side: int, n: int, k: int) -> float:
    """Component k of a body's velocity at a contact point."""
    i, j = (k + 1) % 3, (k + 2) % 3
    om, p, x = couple.angular_radps[side], couple.point_m[n], couple.position_m[side]
    return float(couple.velocity_mps[side, k] + om[i] * (p[j] - x[j]) - om[j] * (p[i] - x[i]))


@inline
def _parting(couple: Couple, n: int, axis: Array) -> float:
    """Speed of A away from B along an axis at a contact point."""
    out = 0.0
    for k in range(3):
        out += axis[k] * (_velocity_at(couple, 0, n, k) - _velocity_at(couple, 1, n, k))
    return out


@inline
def _slide(couple: Couple, n: int, out: Array) -> None:
    """Velocity of A against B at a contact point across its normal."""
    normal = couple.normal[n]
    away = _parting(couple, n, normal)
    for k in range(3):
        out[k] = _velocity_at(couple, 0, n, k) - _velocity_at(couple, 1, n, k) - away * normal[k]


@inline
def _mass_along(couple: Couple, n: int, axis: Array) -> float:
    """The mass that an impulse along an axis at a contact point meets."""
    inverse = 0.0
    for side in range(2):
        p, x, inertia = couple.point_m[n], couple.position_m[side], couple.inverse_inertia[side]
        inverse += couple.inverse_mass_per_kg[side]
        for i in range(3):
            a, b = (i + 1) % 3, (i + 2) % 3
            lever = (p[a] - x[a]) * axis[b] - (p[b] - x[b]) * axis[a]
            for j in range(3):
                c, d = (j + 1) % 3, (j + 2) % 3
                inverse += lever * inertia[i, j] * ((p[c] - x[c]) * axis[d] - (p[d] - x[d]) * axis[c])
    return 1.0 / inverse


@inline
def _strike(couple: Couple, n: int, axis: Array, impulse_ns: float) -> None:
    """Apply an impulse along an axis at a contact point: on A, and its negative on B."""
    p = couple.point_m[n]
    for k in range(3):
        couple.linear_ns[k] += impulse_ns * axis[k]
    for side in range(2):
        sign = impulse_ns if side == 0 else -impulse_ns
        x = couple.position_m[side]
        for k in range(3):
            couple.velocity_mps[side, k] += sign * axis[k] * couple.inverse_mass_per_kg[side]
        for j in range(3):
            c, d = (j + 1) % 3, (j + 2) % 3
            moment = sign * ((p[c] - x[c]) * axis[d] - (p[d] - x[d]) * axis[c])
            couple.angular_nms[side, j] += moment
            for i in range(3):
                couple.angular_radps[side, i] += couple.inverse_inertia[side, i, j] * moment
