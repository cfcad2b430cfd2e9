"""Motorcycles kept upright by their riders, and how far they lean.

The body in Bullet stays upright: a rider who balances leans so that weight and the turn's centrifugal force pass
through the line on which the tyres stand, and then no moment about that line is left (Cossalter, Motorcycle Dynamics,
section 4.1). So the moment of the tyres' and the air's forces about the heading is taken away, and what is seen leans
about that line by atan(v * yaw rate / g).

Tyres that lean push sideways without slipping (camber thrust, as much as the lean asks for; Cossalter, section 2.5), so
how the loads of the two wheels shift when it brakes hardly turns it. Tyres of the fleet do not lean: those in front
would turn a braking motorcycle about. What camber makes up for is the moment by which their pushes differ from those
at the loads of standing, and one that leads the yaw rate to that of the front wheel's angle; both fade as the tyres
come to the limit of their grip.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.world.bodies import Body
from simgen.world.bullet import GRAVITY_MPS2
from simgen.world.frames import Array
from simgen.world.state import Fleet, Motion, Wheels

_LOST_RAD = 0.5
"""Roll beyond which nobody brings it up again."""
_SLIDE_RAD, _SLIDE_MPS = 0.30, 3.0
"""Angle of the way against the heading, and least speed, from which a slide throws it down.

Tyres of motorcycles in turns run at slip angles of a few degrees (Cossalter, section 2.5); beyond three or four times
that, grip that comes back throws the rider off.
"""
_MOST_LEAN_RAD = 0.9  # where pegs and exhausts touch down
_STIFFNESS, _DAMPING = 3.0, 1.0  # of holding upright: times m g h, and share of the critical
_YAW_S = 0.12  # time in which camber brings the yaw rate to that of the front wheel's angle
_STRENGTH = 0.7  # most moment against a shove, times m g h


class Balance:
    """The riders of the single-track ones among vehicles.

    Attributes:
        fallen: (S,) bool, those that were thrown down, for good.
    """

    def __init__(self, bodies: list[Body]) -> None:
        """Args: bodies: the vehicles; rows of arrays below are theirs."""
        single = [n for n, b in enumerate(bodies) if b.model.vehicle is not None and b.model.vehicle.single_track]
        self._fleet_rows = single
        self._rows = [bodies[n].index for n in single]
        self._weight_nm = [b.mass_kg * GRAVITY_MPS2 * b.model.center_of_mass_m[2] for b in (bodies[n] for n in single)]
        self._inertia_kgm2 = [bodies[n].inertia_kgm2.tolist() for n in single]
        self.fallen: NDArray[np.bool_] = np.zeros(len(single), np.bool_)

    def hold(self, motion: Motion, fleet: Fleet, wheels: Wheels, torque_nm: Array) -> None:
        """Replace the moment about the heading in `torque_nm` (N, 3), world frame, by what holds each one upright.

        Args:
            motion: the present motion of all actors.
            fleet, wheels: what the vehicles are, and the state of their wheels at this tick.
            torque_nm: of the wheels and the air; the moment of camber is added.
        """
        for k, (n, row) in enumerate(zip(self._fleet_rows, self._rows, strict=True)):
            if self.fallen[k]:
                continue
            r = motion.rotation[row].tolist()
            vx, vy, vz = motion.velocity_mps[row].tolist()
            ahead = r[0][0] * vx + r[1][0] * vy + r[2][0] * vz
            left = r[0][1] * vx + r[1][1] * vy + r[2][1] * vz
            roll = math.atan2(r[2][1], r[2][2])
            sliding = math.hypot(ahead, left) > _SLIDE_MPS and abs(left) > math.tan(_SLIDE_RAD) * abs(ahead)
            if abs(roll) > _LOST_RAD or sliding:
                self.fallen[k] = True
                continue
            wx, wy, wz = motion.angular_radps[row].tolist()
            rate = r[0][0] * wx + r[1][0] * wy + r[2][0] * wz
            stiff = _STIFFNESS * self._weight_nm[k]
            moment = -stiff * roll - 2.0 * _DAMPING * math.sqrt(stiff * self._inertia_kgm2[k][0]) * rate
            most = _STRENGTH * self._weight_nm[k]
            tx, ty, tz = torque_nm[n].tolist()
            more = min(max(moment, -most), most) - (r[0][0] * tx + r[1][0] * ty + r[2][0] * tz)
            grip = max(1.0 - max(wheels.demand[n].tolist()), 0.0)
            turn = r[0][2] * wx + r[1][2] * wy + r[2][2] * wz
            wanted = ahead * math.tan(float(wheels.rack_rad[n])) / float(fleet.wheelbase_m[n])
            yaw = grip * (self._inertia_kgm2[k][2] * (wanted - turn) / _YAW_S + _evened_nm(fleet, wheels, n, r))
            for j in range(3):
                torque_nm[n, j] += more * r[j][0] + yaw * r[j][2]

    def lean(self, motion: Motion, T_world_model: Array) -> None:
        """Lean the poses (A, 4, 4) of those that stand, in place, about the line of their tyres."""
        for k, row in enumerate(self._rows):
            if self.fallen[k]:
                continue
            T = T_world_model[row]
            ahead = float(sum(T[j, 0] * motion.velocity_mps[row, j] for j in range(3)))
            angle = -math.atan(ahead * float(motion.angular_radps[row, 2]) / GRAVITY_MPS2)
            angle = min(max(angle, -_MOST_LEAN_RAD), _MOST_LEAN_RAD)
            c, s = math.cos(angle), math.sin(angle)
            left, up = T[:3, 1].copy(), T[:3, 2].copy()
            T[:3, 1], T[:3, 2] = c * left + s * up, c * up - s * left


def _evened_nm(fleet: Fleet, wheels: Wheels, n: int, rotation: list[list[float]]) -> float:
    """Moment about the upward axis between the tyres' pushes at the loads of standing and those at their loads now."""
    moment = 0.0
    for first in (0, 2):
        push, load, standing = 0.0, 0.0, 0.0
        for w in (first, first + 1):
            f = wheels.force_n[n, w].tolist()
            push += rotation[0][1] * f[0] + rotation[1][1] * f[1] + rotation[2][1] * f[2]
            load += float(wheels.load_n[n, w])
            standing += float(fleet.load_n[n, w])
        if load > 0.0:
            moment += float(fleet.wheel_m[n, first, 0]) * push / load * (standing - load)
    return moment
