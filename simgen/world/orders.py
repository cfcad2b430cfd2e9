"""What a behaviour tells an actor to do, in the terms of the machinery that carries it out."""

from __future__ import annotations

import math
from dataclasses import dataclass

KEEP, FOLLOW = 0, 1
"""How a driver chooses its speed: hold one, or the Intelligent Driver Model."""
UNCHANGED = -1.0
"""Stands for a speed that a cue leaves as it is."""


@dataclass(frozen=True)
class CueOrder:
    """What starts an act; forms and numbers are those of `simgen.scenario.behaviours.CUE_FORMS`.

    Attributes:
        form: the key there; value: its number.
        actor: whom it watches, "" for the clock.
        point_m: where `actor` arrives or is met, world frame.
        lead_s: how long before it is at that point the acting one sets off, for "meet".
    """

    form: str
    value: float
    actor: str = ""
    point_m: tuple[float, float] = (math.nan, math.nan)
    lead_s: float = 0.0


@dataclass(frozen=True)
class DriverOrders:
    """What the driver of a vehicle does.

    Attributes:
        speed_mps: to hold until the cue.
        law: `KEEP` or `FOLLOW`; the next four are those of the latter.
        time_gap_s, min_gap_m, acceleration_mps2, braking_mps2: T, s0, a and b of the Intelligent Driver Model.
        against: it follows its lane in the wrong direction.
        backwards: it drives backwards.
        cue: what starts the rest; None: nothing does.
        held: it stands with locked wheels until the cue.
        cued_mps: speed from the cue on, or `UNCHANGED`.
        cued_brake_mps2: deceleration to that speed; 0 leaves it to the driver.
        cued_lane: lane to change to; "": none.
        duration_s: of the change.
        stop_s_m: where along its path its bumper stops, inf: nowhere.
        stop_mps2, stop_hold_s: deceleration on the way there, and how long it stands.
    """

    speed_mps: float
    law: int = KEEP
    time_gap_s: float = 1.5
    min_gap_m: float = 2.0
    acceleration_mps2: float = 1.5
    braking_mps2: float = 2.0
    against: bool = False
    backwards: bool = False
    cue: CueOrder | None = None
    held: bool = False
    cued_mps: float = UNCHANGED
    cued_brake_mps2: float = 0.0
    cued_lane: str = ""
    duration_s: float = 1.0
    stop_s_m: float = math.inf
    stop_mps2: float = 2.0
    stop_hold_s: float = math.inf


@dataclass(frozen=True)
class StepOrders:
    """How a person or animal moves along its heading.

    Attributes:
        speed_mps: until the cue.
        cue: what changes that; None: nothing does.
        cued_mps: speed that it takes up.
        acceleration_mps2: how fast its speed changes.
        length_m: of its way from the cue on; there it stands.
        for_s: after that time it has its first speed again.
        flee_from: actor that it runs away from; "": it keeps its heading.
        turn_radps: how fast it turns to do so.
    """

    speed_mps: float
    cue: CueOrder | None = None
    cued_mps: float = 0.0
    acceleration_mps2: float = 2.0
    length_m: float = math.inf
    for_s: float = math.inf
    flee_from: str = ""
    turn_radps: float = 0.0


@dataclass(frozen=True)
class PushOrders:
    """A loose thing is set moving along its heading at the cue, spinning about its left axis."""

    cue: CueOrder
    speed_mps: float
    spin_radps: float


@dataclass(frozen=True)
class HoldOrders:
    """A loose thing is held where it is until the cue."""

    cue: CueOrder


@dataclass(frozen=True)
class LampOrders:
    """Lamps of one kind of `simgen.models.LAMP_KINDS` are switched at the cue."""

    cue: CueOrder
    kind: str
    lit: bool


Orders = DriverOrders | StepOrders | PushOrders | HoldOrders | LampOrders
