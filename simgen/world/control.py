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


@dataclass(frozen=True)
class ArmAction:
    """A command to an arm, held for one physics tick.

    Attributes:
        move: share of its top speed at which its tool moves along x, y and z of the world, -1 to 1 each.
        turn: share of its top turning rate about x, y and z of the world, -1 to 1 each.
        grip: -1 opens the fingers, 1 closes them.
    """

    move: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    grip: float = -1.0

    def __post_init__(self) -> None:
        if not all(abs(v) <= 1.0 for v in (*self.move, *self.turn, self.grip)):  # also false for NaN
            raise UserError(
                f"arm action (move={self.move}, turn={self.turn}, grip={self.grip}) is out of range: all in [-1, 1]"
            )
