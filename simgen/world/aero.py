"""The air on a vehicle: drag along it and side force across it, at the centre of pressure.

The force follows the air's velocity relative to the centre of pressure, so that a gust pushes and turns a vehicle
and turning itself is damped. Along each horizontal axis of the body it is 0.5 rho |u| u_axis (C A)_axis: head-on
that is drag, square to the side the full side force. Lift is left out.
"""

from __future__ import annotations

import math

from simgen.compiled import inline
from simgen.world.frames import Array
from simgen.world.state import Fleet

RHO_AIR = 1.225


@inline
def air_force(
    fleet: Fleet, n: int, r: Array, v: Array, om: Array, air_mps: Array, force_n: Array, torque_nm: Array
) -> None:
    """Set force (3,) and torque (3,) about the centre of mass of vehicle n, in the world frame.

    Args:
        fleet: the vehicles.
        n: row.
        r: (3, 3) body to world.
        v: (3,) velocity of the centre of mass.
        om: (3,) angular velocity.
        air_mps: (3,) velocity of the air there.
        force_n: result.
        torque_nm: result.
    """
    p = fleet.pressure_m[n]
    ax = r[0, 0] * p[0] + r[0, 1] * p[1] + r[0, 2] * p[2]
    ay = r[1, 0] * p[0] + r[1, 1] * p[1] + r[1, 2] * p[2]
    az = r[2, 0] * p[0] + r[2, 1] * p[1] + r[2, 2] * p[2]
    ux = air_mps[0] - (v[0] + om[1] * az - om[2] * ay)
    uy = air_mps[1] - (v[1] + om[2] * ax - om[0] * az)
    uz = air_mps[2] - (v[2] + om[0] * ay - om[1] * ax)
    along = ux * r[0, 0] + uy * r[1, 0] + uz * r[2, 0]
    across = ux * r[0, 1] + uy * r[1, 1] + uz * r[2, 1]
    pressure = 0.5 * RHO_AIR * math.sqrt(along * along + across * across)
    drag = pressure * along * fleet.drag_area_m2[n]
    side = pressure * across * fleet.side_area_m2[n]
    for k in range(3):
        force_n[k] = drag * r[k, 0] + side * r[k, 1]
    torque_nm[0] = ay * force_n[2] - az * force_n[1]
    torque_nm[1] = az * force_n[0] - ax * force_n[2]
    torque_nm[2] = ax * force_n[1] - ay * force_n[0]
