"""What drives an actor for one tick."""

from __future__ import annotations

from dataclasses import dataclass

from simgen.errors import UserError


@dataclass(frozen=True)
class Action:
    """A command to the ego, held for one physics tick.

    Attributes:
        steer: -1 full right to 1 full left.
        accel: -1 full braking to 1 full drive; on robots the rate of change of the commanded speed.
        hand_brake: lock a vehicle's rear wheels; robots have none.
    """

    steer: float
    accel: float
    hand_brake: bool = False

    def __post_init__(self) -> None:
        if not (abs(self.steer) <= 1.0 and abs(self.accel) <= 1.0):  # also false for NaN
            raise UserError(
                f"action (steer={self.steer}, accel={self.accel}) is out of range: both must lie in [-1, 1]"
            )
