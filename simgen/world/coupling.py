"""Semi-trailers on the hitches of their tractors.

The kingpin turns in the fifth wheel: a ball joint in Bullet holds it there. The plate tilts fore and aft with the
trailer, but not to the side, so that a trailer that leans is held by the tractor's springs too: a moment about the
tractor's length. Its air brakes and lamps are those that the tractor tells it; it drives and steers nothing.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.errors import UserError
from simgen.models import Model
from simgen.world.bodies import Body
from simgen.world.bullet import Client
from simgen.world.frames import Array
from simgen.world.state import Motion
from simgen.world.traffic import Commands

_MOST_N = 1.0e6
"""What kingpins of 50 mm bear before they break: ISO 337 tests them to several times their nominal 150 kN."""
_ROLL_NMPRAD, _ROLL_DAMPING_NMS = 1.0e6, 5.0e4
"""Of fifth wheel and frame in torsion: measured values lie about 1e6 N m/rad (Winkler and others, UMTRI-92-43)."""


def towers(bodies: list[Body]) -> dict[int, int]:
    """The rows of semi-trailers among vehicles, each with the row of its tractor.

    Raises:
        UserError: a trailer that can move has no tractor, or its tractor has no hitch.
    """
    row = {b.spec.name: n for n, b in enumerate(bodies)}
    out: dict[int, int] = {}
    for n, body in enumerate(bodies):
        v, name = body.model.vehicle, body.spec.towed_by
        assert v is not None  # all of these are vehicles
        if v.kingpin_m is None and not name:
            continue
        if v.kingpin_m is None:
            raise UserError(f"actor {body.spec.name!r}: a {body.spec.model!r} has no kingpin to be towed by")
        if not name:
            raise UserError(
                f"actor {body.spec.name!r}: a {body.spec.model!r} has no wheels in front; place it "
                "{towed_by: NAME}, or give it the behaviour static"
            )
        tower = bodies[row[name]] if name in row else None
        if tower is None or hitch_of(tower.model) is None:
            raise UserError(f"actor {body.spec.name!r}: {name!r} has no hitch that could tow it")
        out[n] = row[name]
    return out


def hitch_of(model: Model) -> tuple[float, float, float] | None:
    """Where a model takes a kingpin, in its own frame."""
    return model.vehicle.hitch_m if model.vehicle is not None else None


class Couplings:
    """The kingpins of a world.

    Attributes:
        towed_by: the rows of trailers in the fleet, each with that of its tractor.
    """

    def __init__(self, client: Client, bodies: list[Body]) -> None:
        """Join what is towed to what tows it.

        Args:
            client: that they are in.
            bodies: the vehicles; rows are theirs.

        Raises:
            UserError: as of `towers`.
        """
        self.towed_by = towers(bodies)
        self._index = [b.index for b in bodies]
        self._reach_m: dict[int, tuple[float, float]] = {}  # of each trailer: kingpin and axles ahead of its mass
        for trailer, tractor in self.towed_by.items():
            a, b = bodies[tractor], bodies[trailer]
            v, hitch = b.model.vehicle, hitch_of(a.model)
            assert v is not None
            assert v.kingpin_m is not None
            assert hitch is not None
            pin = np.array(v.kingpin_m) - np.array(b.model.center_of_mass_m)
            client.join(a.uid, b.uid, np.array(hitch) - np.array(a.model.center_of_mass_m), pin, _MOST_N)
            axles = v.front_axle_x_m - 0.5 * v.wheelbase_m - b.model.center_of_mass_m[0]
            self._reach_m[trailer] = float(pin[0]), axles

    def obey(self, commands: Commands) -> None:
        """Let trailers brake as their tractors do."""
        for trailer, tractor in self.towed_by.items():
            commands.accel_mps2[trailer] = min(float(commands.accel_mps2[tractor]), 0.0)
            for told in (commands.parked, commands.hand_brake, commands.braking):
                told[trailer] = told[tractor]

    def hold(self, motion: Motion, torque_nm: Array) -> None:
        """Add the moments of the fifth wheels to `torque_nm` (N, 3), world frame."""
        for trailer, tractor in self.towed_by.items():
            a, b = self._index[tractor], self._index[trailer]
            ahead, left, up = motion.rotation[a].T.tolist()
            leans = motion.rotation[b][:, 2].tolist()
            aside = sum(x * y for x, y in zip(leans, left, strict=True))
            upright = sum(x * y for x, y in zip(leans, up, strict=True))
            wa, wb = motion.angular_radps[a].tolist(), motion.angular_radps[b].tolist()
            rate = sum((q - p) * x for p, q, x in zip(wa, wb, ahead, strict=True))
            moment = -_ROLL_NMPRAD * math.atan2(-aside, upright) - _ROLL_DAMPING_NMS * rate
            for k in range(3):
                torque_nm[trailer, k] += moment * ahead[k]
                torque_nm[tractor, k] -= moment * ahead[k]

    def launch(self, trailer: int, speed_mps: float, motion: Motion) -> tuple[Array, Array]:
        """Velocity of a trailer's mass and its angular velocity, (3,) each, behind a tractor that goes straight on.

        Its axles roll without slipping: v cos(angle) along it, and it turns with v sin(angle) over the distance from
        kingpin to axles.
        """
        a, b = motion.rotation[self._index[self.towed_by[trailer]]], motion.rotation[self._index[trailer]]
        pin, axles = self._reach_m[trailer]
        along = speed_mps * float((a[:, 0] * b[:, 0]).sum())
        rate = speed_mps * float((a[:, 0] * b[:, 1]).sum()) / (pin - axles)
        return along * b[:, 0] - rate * axles * b[:, 1], rate * b[:, 2]
