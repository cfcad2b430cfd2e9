"""Motorcycles kept upright by their riders, and how far they lean.

The body in Bullet stays upright: a rider who balances leans so that weight and the turn's centrifugal force pass
through the line on which the tyres stand, and then no moment about that line is left (Cossalter, Motorcycle Dynamics,
section 4.1). So the moment of the tyres' and the air's forces about the heading is taken away, and what is seen leans
about that line by atan(v * yaw rate / g).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.world.bodies import Body
from simgen.world.bullet import GRAVITY_MPS2
from simgen.world.frames import Array
from simgen.world.state import Motion

_LOST_RAD = 0.5
"""Roll beyond which nobody brings it up again."""
_SLIDE_RAD, _SLIDE_MPS = 0.30, 3.0
"""Angle of the way against the heading, and least speed, from which a slide throws it down.

Tyres of motorcycles in turns run at slip angles of a few degrees (Cossalter, section 2.5); beyond three or four times
that, grip that comes back throws the rider off.
"""
_MOST_LEAN_RAD = 0.9  # where pegs and exhausts touch down
_STIFFNESS, _DAMPING = 3.0, 1.0  # of holding upright: times m g h, and share of the critical
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
        self._inertia_kgm2 = [float(bodies[n].inertia_kgm2[0]) for n in single]
        self.fallen: NDArray[np.bool_] = np.zeros(len(single), np.bool_)

    def hold(self, motion: Motion, torque_nm: Array) -> None:
        """Replace the moment about the heading in `torque_nm` (N, 3), world frame, by what holds each one upright."""
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
            moment = -stiff * roll - 2.0 * _DAMPING * math.sqrt(stiff * self._inertia_kgm2[k]) * rate
            most = _STRENGTH * self._weight_nm[k]
            tx, ty, tz = torque_nm[n].tolist()
            more = min(max(moment, -most), most) - (r[0][0] * tx + r[1][0] * ty + r[2][0] * tz)
            for j in range(3):
                torque_nm[n, j] += more * r[j][0]

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
