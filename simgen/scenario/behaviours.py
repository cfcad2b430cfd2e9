"""What actors can be told to do: each behaviour and its settings, declared once.

Reading YAML, its errors, the defaults and the reference all follow from these declarations;
`simgen.world.behaviours` carries them out. A setting's keyword has its SI suffix, an author writes it without.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.models import Model
from simgen.models.robot_spec import ArmSpec
from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.units import ACCELERATION, ANGULAR_RATE, LENGTH, SPEED, TIME, split_suffix

VEHICLE, MOVER, ROBOT, ARM, THING = "vehicle", "mover", "robot", "arm", "thing"
WHO = {
    VEHICLE: "cars and trucks",
    MOVER: "people and animals",
    ROBOT: "mobile robots",
    ARM: "arms",
    THING: "loose things",
}
"""Sorts of models, and what messages call them."""
CUE_FORMS = {
    "time": Number(TIME, 0.0),
    "distance": Number(LENGTH, 0.0),
    "ttc": Number(TIME, 0.0),
    "arrival": Number(TIME, 0.0),
    "meet": Number(TIME, -60.0, 60.0),
}
"""Forms of cues and their numbers.

time: so long after the start. distance: `actor` is no further away, centre to centre. ttc: `actor`, at present
speeds and along its own heading, is bumper to bumper within that time. arrival: its front bumper reaches the
point `at` (by default where the acting one stands) within that time. meet: the acting one, setting off now,
reaches the crossing of its line with the path of `actor` that much earlier than the front bumper of `actor`.
"""
PLAIN_CUES = ("time", "distance", "ttc", "arrival")
LAMPS = {
    "head": "head",
    "tail": "tail",
    "brake": "brake",
    "indicator": "indicator",
    "hazard": "indicator",
    "beacon": "beacon",
}
"""Lamps as an author calls them -> lamp kind of `simgen.models.LAMP_KINDS`."""


@dataclass(frozen=True)
class Cue:
    """A kind of setting: what starts an act.

    Attributes:
        forms: those of `CUE_FORMS` that may stand here.
        default: (form, value) without one; None: it must be given.
    """

    forms: tuple[str, ...] = PLAIN_CUES
    default: tuple[str, float] | None = None

    def __str__(self) -> str:
        return f"{{{' | '.join(self.forms)}: ..., actor: ego}}"


@dataclass(frozen=True)
class Lane:
    """A kind of setting: a lane of the site by name, or the one to the left or right."""

    def __str__(self) -> str:
        return "left, right or a lane of the site"


@dataclass(frozen=True)
class ActorName:
    """A kind of setting: the name of another actor."""

    default: str

    def __str__(self) -> str:
        return "the name of an actor"


@dataclass(frozen=True)
class Setting:
    """One setting of a behaviour.

    Attributes:
        keyword: name with SI suffix, the key of the drawn value in `Act.params`.
        kind: what may stand there.
        about: what it means.
        default: value without one; None: it must be given, or is left out if `optional`.
        optional: whether it may be absent altogether.
    """

    keyword: str
    kind: Kind | Cue | Lane | ActorName
    about: str
    default: float | str | bool | None = None
    optional: bool = False

    @property
    def name(self) -> str:
        """As an author writes it."""
        return split_suffix(self.keyword)[0]


@dataclass(frozen=True)
class Behaviour:
    """One behaviour.

    Attributes:
        name: as an author writes it.
        who: sorts of models that can do it, keys of `WHO`.
        about: what it is.
        settings: by which it is told how.
        steers: whether it decides how the actor moves; an actor has at most one of these.
        against: it drives against its lane's direction.
        stands: the actor has no speed before its cue.
    """

    name: str
    who: tuple[str, ...]
    about: str
    settings: tuple[Setting, ...] = ()
    steers: bool = True
    against: bool = False
    stands: bool = False


def _pace(default_mps: float) -> Setting:
    return Setting("pace_mps", Number(SPEED, 0.0, 25.0, above=True), "speed that it takes up", default_mps)


def _acceleration(default_mps2: float) -> Setting:
    kind = Number(ACCELERATION, 0.0, 20.0, above=True)
    return Setting("acceleration_mps2", kind, "how fast its speed changes", default_mps2)


def _trigger(*forms: str, default: tuple[str, float] | None = None) -> Setting:
    return Setting("trigger", Cue((*PLAIN_CUES, *forms), default), "what starts it")


_START = ("time", 0.0)
_HARD = Number(ACCELERATION, 0.0, 12.0, above=True)
_GOING = Number(SPEED, 0.0, 60.0)
_TOOL = (
    Setting("x_m", Number(LENGTH, -1.5, 1.5), "of the tool, ahead of the arm's foot"),
    Setting("y_m", Number(LENGTH, -1.5, 1.5), "left of the foot"),
    Setting("z_m", Number(LENGTH, -0.5, 1.5), "above the foot"),
)


def _tool_speed(default_mps: float) -> Setting:
    return Setting("speed_mps", Number(SPEED, 0.01, 1.0), "mean speed of the tool", default_mps)


_ALL = (VEHICLE, MOVER, ROBOT, THING)
_DECLARED = (
    Behaviour("parked", (*_ALL, ARM), "Stands, free to be moved by what meets it."),
    Behaviour("static", (*_ALL, ARM), "Is fixed to the world.", stands=True),
    Behaviour(
        "keep_speed",
        _ALL,
        "Holds its speed along its lane or heading; a driver slows for slower drivers on the lane, for nothing else.",
    ),
    Behaviour(
        "follow_lane",
        (VEHICLE,),
        "An attentive driver (Intelligent Driver Model) who keeps a distance to any vehicle in the way, "
        "moving or standing.",
        (
            Setting("desired_speed_mps", Number(SPEED, 0.0, 60.0, above=True), "on a free road; by default its own "
                    "speed", optional=True),
            Setting("time_gap_s", Number(TIME, 0.2, 10.0), "to the vehicle ahead", 1.5),
            Setting("min_gap_m", Number(LENGTH, 0.3, 30.0), "bumper to bumper at a standstill", 2.0),
            Setting("acceleration_mps2", Number(ACCELERATION, 0.0, 6.0, above=True), "on a free road", 1.5),
            Setting("braking_mps2", _HARD, "comfortable braking; an emergency may ask for more", 2.0),
        ),
    ),
    Behaviour(
        "brake_on_cue",
        (VEHICLE,),
        "Holds its speed, and at the cue brakes.",
        (
            _trigger(),
            Setting("deceleration_mps2", _HARD, "as far as the tyres can", 6.0),
            Setting("to_mps", _GOING, "speed at which it ends", 0.0),
        ),
    ),
    Behaviour(
        "cut_in",
        (VEHICLE,),
        "Holds its speed, and at the cue changes lane.",
        (
            _trigger(),
            Setting("lane", Lane(), "lane to change to"),
            Setting("duration_s", Number(TIME, 0.5, 30.0), "from leaving its line to being on the new one", 3.0),
            Setting("pace_mps", _GOING, "speed that it takes up at the cue; by default it keeps its own",
                    optional=True),
        ),
    ),
    Behaviour(
        "oncoming",
        (VEHICLE,),
        "Holds its speed along its lane in the wrong direction; its place faces that way by itself.",
        against=True,
    ),
    Behaviour(
        "reverse",
        (VEHICLE,),
        "Stands, and at the cue drives backwards along its lane or line.",
        (
            _trigger(default=_START),
            Setting("pace_mps", Number(SPEED, 0.0, 6.0, above=True), "backwards", 1.5),
        ),
        stands=True,
    ),
    Behaviour(
        "stop_at",
        (VEHICLE,),
        "Holds its speed, stops with its front bumper at a point of its lane, and may go on later.",
        (
            Setting("s_m", Number(LENGTH, -1e5, 1e5), "where, along its lane; without a lane, from its start"),
            Setting("deceleration_mps2", _HARD, "on the way to the stop", 2.0),
            Setting("hold_s", Number(TIME, 0.0, infinite=True), "how long it stands", math.inf),
        ),
    ),
    Behaviour("walk", (MOVER,), "Stands until the cue, then walks along its heading.",
              (_trigger(default=_START), _pace(1.4), _acceleration(1.5))),
    Behaviour("run", (MOVER,), "Stands until the cue, then runs along its heading.",
              (_trigger(default=_START), _pace(3.5), _acceleration(3.0))),
    Behaviour(
        "cross",
        (MOVER,),
        "Stands until the cue, then crosses along its heading; by default so as to meet the ego's front bumper.",
        (
            _trigger("meet", default=("meet", 0.0)),
            _pace(1.4),
            _acceleration(2.0),
            Setting("length_m", Number(LENGTH, 0.0, above=True, infinite=True), "of its way; there it stands",
                    math.inf),
        ),
        stands=True,
    ),
    Behaviour(
        "freeze",
        (MOVER,),
        "Walks at its speed along its heading, and at the cue stops dead.",
        (
            _trigger(),
            Setting("for_s", Number(TIME, 0.0, infinite=True), "how long, before it goes on", math.inf),
            _acceleration(4.0),
        ),
    ),
    Behaviour(
        "flee",
        (MOVER,),
        "Walks at its speed along its heading, and from the cue on runs away from an actor.",
        (
            _trigger(),
            Setting("from", ActorName("ego"), "whom it runs away from"),
            _pace(5.0),
            _acceleration(4.0),
            Setting("turn_radps", Number(ANGULAR_RATE, 0.0, 20.0, above=True), "how fast it turns", 3.0),
        ),
    ),
    Behaviour(
        "roll",
        (THING,),
        "Lies still until the cue, then is set moving along its heading.",
        (
            _trigger(default=_START),
            Setting("pace_mps", Number(SPEED, 0.0, 40.0), "speed along its heading"),
            Setting("spin_radps", Number(ANGULAR_RATE, -200.0, 200.0),
                    "about its left axis; by default it rolls without slipping", optional=True),
        ),
        stands=True,
    ),
    Behaviour("fall", (THING,), "Is held where it was placed until the cue, then let go.", (_trigger(),), stands=True),
    Behaviour(
        "switch_lamp",
        (VEHICLE, ROBOT, THING),
        "Switches a kind of its lamps at the cue; goes with any other behaviour.",
        (
            _trigger(),
            Setting("lamp", Text("a lamp", tuple(LAMPS)), "which"),
            Setting("lit", Truth(), "whether it burns from then on", True),
        ),
        steers=False,
    ),
    Behaviour(
        "reach",
        (ARM,),
        "Moves its tool, which looks down, to a point, and back, for ever.",
        (
            *_TOOL,
            _tool_speed(0.3),
            Setting("dwell_s", Number(TIME, 0.0, 60.0), "how long it stays at either end", 0.5),
            Setting("back", Truth(), "whether it goes home and comes again; else it stays", True),
        ),
    ),
    Behaviour(
        "pick_place",
        (ARM,),
        "Takes a loose thing that stands within its reach between its fingers and sets it down elsewhere.",
        (
            Setting("object", Text("the name of an actor"), "what it takes"),
            Setting("to", Text("a region of the site or the name of an actor"), "where to, in the middle of it"),
            _tool_speed(0.25),
        ),
    ),
    Behaviour(
        "sweep",
        (ARM,),
        "Moves its tool, which looks down, from side to side, for ever.",
        (
            *_TOOL,
            Setting("width_m", Number(LENGTH, 0.01, 2.0), "of its strokes, about y"),
            Setting("rows", Number(low=1.0, high=20.0, whole=True), "strokes beside each other, about x", 1.0),
            Setting("step_m", Number(LENGTH, 0.0, 0.5), "from one stroke to the next", 0.06),
            _tool_speed(0.3),
        ),
    ),
)  # fmt: skip
BEHAVIOURS: dict[str, Behaviour] = {b.name: b for b in _DECLARED}
"""All behaviours by name."""
LANE_BEHAVIOURS = ("keep_speed", "follow_lane", "brake_on_cue", "cut_in", "oncoming", "reverse", "stop_at")
"""Those of drivers, who follow the lane that they stand in."""


def sort_of(model: Model) -> str:
    """The sort of a model: a key of `WHO`."""
    if model.kinematic:
        return MOVER
    if model.urdf:
        return ARM if isinstance(model.robot, ArmSpec) else ROBOT
    return VEHICLE if model.vehicle is not None else THING
