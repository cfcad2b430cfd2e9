"""What happened in a world, worth a row in the events table."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("collision", "loss_of_traction", "left_road", "floating")


@dataclass(frozen=True)
class Event:
    """One occurrence.

    Attributes:
        time_s: simulated time.
        kind: one of `KINDS`. "collision": first contact of the ego with an actor or a wall.
            "loss_of_traction": half a driven vehicle's wheels or more at their friction limit or unloaded for
            0.1 s (hard braking into the anti-lock counts). "left_road": a driven vehicle's centre of mass
            crossed an edge of the region "road". "floating": water carries more than 95 % of a vehicle's weight.
        subject: name of the actor that it happened to.
        object: the other party: an actor's name or "site:PART"; "" when there is none.
        value: collision: impulse in N s, summed over the first 0.1 s of contact and growing until then;
            loss_of_traction: share of wheels; left_road: lateral distance from the lane in m, left positive;
            floating: submerged fraction.
    """

    time_s: float
    kind: str
    subject: str
    object: str
    value: float


class Latch:
    """Makes one event of a lasting condition: fires after `hold_s` of it, re-arms after `rearm_s` without."""

    def __init__(self, *, hold_s: float, rearm_s: float) -> None:
        self._hold_s = hold_s
        self._rearm_s = rearm_s
        self._held_s = 0.0
        self._clear_s = 0.0
        self._armed = True

    def update(self, active: bool, dt_s: float) -> bool:
        """Advance by one tick; True on the tick at which the event fires."""
        if active:
            self._held_s += dt_s
            self._clear_s = 0.0
        else:
            self._held_s = 0.0
            self._clear_s += dt_s
            if self._clear_s >= self._rearm_s:
                self._armed = True
        if self._armed and self._held_s >= self._hold_s - 1e-9 and active:
            self._armed = False
            return True
        return False
