"""What the rules of a scenario may ask about a scene: measures and names, declared once.

`simgen.scenario.opening` answers them for a scene as it is drawn, `simgen.world.course` for a running world. Of an
actor that a sample leaves out, distances, times to collision, place and speed are inf, and nothing ever happens to it:
`submerged`, `tilt` and `stopped` are 0, `collision` is false. Of an actor with a count, the nearest one counts.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from simgen.areas import distance_m
from simgen.conditions import Conditions, setting
from simgen.models import Region
from simgen.scenario.distributions import Plain
from simgen.scenario.document import Scalar, describe
from simgen.scenario.expressions import ActorArgument, Expression, Function, parse_expression
from simgen.scenario.fields import Fields
from simgen.scenario.kinds import Kind, Number, Text, Truth, called
from simgen.scenario.scene import Scene, Step
from simgen.scenario.settings import PREFIX, SETTING_KINDS
from simgen.scenario.source import Mark, Problems, SourceFile
from simgen.units import ANGLE, LENGTH, NUMBER, SPEED, TIME, parse_quantity

ALL = "all"
"""Where a measure takes another actor: all others but what it tows or is towed by, of which the nearest counts."""
TTC_HORIZON_S = 30.0
"""Times to collision beyond this are inf."""
STANDING_MPS = 0.05
"""Speed below which an actor stands."""

_ACTOR = ActorArgument("the name of an actor without a count", ())
_OTHER = ActorArgument(f"the name of another actor, or {ALL!r}", ())
_THERE = ActorArgument("the name of another actor or of a region of the site", ())
_CLOCK = "t"
_AWAY = Number(LENGTH, 0.0, infinite=True)

AT_START = (
    Function("clearance", (_ACTOR, _OTHER), _AWAY, "free distance between their boxes, 0 where they touch"),
    Function(
        "distance",
        (_ACTOR, _THERE),
        _AWAY,
        "distance between centres of mass; of a region, that over ground to its border, 0 inside",
    ),
    Function(
        "ttc",
        (_ACTOR, _OTHER),
        Number(TIME, 0.0, infinite=True),
        f"time until their boxes touch if both hold speed and course; inf beyond {TTC_HORIZON_S:g} s",
    ),
)
"""Measures that a scene has before it runs."""
RUNNING = (
    Function("submerged", (_ACTOR,), Number(NUMBER, 0.0, infinite=True), "share of its volume under water, 0 to 1"),
    Function("tilt", (_ACTOR,), Number(ANGLE, 0.0, infinite=True), "angle of its up axis from the vertical"),
    Function("collision", (_ACTOR,), Truth(), "whether it has collided with anything so far"),
    Function("stopped", (_ACTOR,), Number(TIME, 0.0, infinite=True), "how long it has been standing"),
)
"""Measures that take a running world."""
_LATE = {f.name for f in RUNNING}
_OF_ACTORS: Mapping[str, Kind] = {
    "speed": Number(SPEED, 0.0, infinite=True),
    "x": Number(LENGTH, infinite=True),
    "y": Number(LENGTH, infinite=True),
}


@dataclass(frozen=True)
class Cast:
    """Who and what a scenario's rules can name.

    Attributes:
        actors: every actor's name and whether it stands for one thing (it has no count).
        regions: of the site.
        units: parameters and what measures them: an SI unit, "text" or "truth".
    """

    actors: Mapping[str, bool]
    regions: tuple[str, ...]
    units: Mapping[str, str]


class RuleNames:
    """The names of an expression in a rule (see `simgen.scenario.expressions.Names`)."""

    def __init__(self, cast: Cast) -> None:
        everyone = tuple(cast.actors)
        singles = tuple(name for name, single in cast.actors.items() if single)
        options = {_ACTOR: singles, _OTHER: (*everyone, ALL), _THERE: (*everyone, *cast.regions)}
        self._functions = {
            f.name: replace(
                f, arguments=tuple(replace(a, options=options[a]) for a in f.arguments if isinstance(a, ActorArgument))
            )
            for f in AT_START + RUNNING
        }
        self._kinds: dict[str, Kind] = {name: kind_of_unit(unit) for name, unit in cast.units.items()}
        self._kinds |= {PREFIX + name: kind for name, kind in SETTING_KINDS.items()}
        for name, single in cast.actors.items():
            if single:
                self._kinds |= {f"{name}.{of}": kind for of, kind in _OF_ACTORS.items()}
        self._kinds[_CLOCK] = Number(TIME, 0.0)

    def kind_of(self, name: str) -> Kind | None:
        """The kind of a parameter, an actor's speed or place, a condition, or the time `t`."""
        return self._kinds.get(name)

    def known(self) -> Iterable[str]:
        """All names, those of measures too."""
        return (*self._kinds, *self._functions)

    def function(self, name: str) -> Function | None:
        """A measure."""
        return self._functions.get(name)


def read_test(fields: Fields, key: str, names: RuleNames, *, running: bool) -> Expression | None:
    """The truth that an expression under a key tells, or None after noting why it tells none.

    Args:
        fields: the map that it is in.
        key: its key.
        names: what it may name.
        running: whether it speaks of a running world, not of the scene as drawn.
    """
    node = fields.get(key)
    if node is None:
        return None
    problems = fields.reader.problems
    if not isinstance(node, Scalar):
        problems.add(node.mark, f"an expression is a text, this is {describe(node)}", f'expected {key}: "a > b"')
        return None
    found = parse_expression(node, names, problems)
    if found is not None and not isinstance(found.kind, Truth):
        message = f"'{found.text}' is {called(found.kind)}, not true or false"
        problems.add(node.mark, message, "expected a comparison, as in clearance(ego, all) > 1 m")
        return None
    late = set() if found is None or running else (found.functions() & _LATE) | (found.names() & {_CLOCK})
    for name in sorted(late):
        hint = f"expected it in the 'timeline', or one of: {', '.join(f.name for f in AT_START)}"
        problems.add(node.mark, f"{name!r} is not known before the scene runs", hint)
    return None if late else found


def unit_of_kind(kind: Kind) -> str:
    """What measures values of a kind: "m*s^-1", "" for plain numbers, "text" or "truth"."""
    if not isinstance(kind, Number):
        return "text" if isinstance(kind, Text) else "truth"
    powers = zip(("m", "s", "kg", "rad", "lx", "cd"), kind.dimension.exponents, strict=True)
    return "*".join(f"{unit}^{power}" for unit, power in powers if power)


def kind_of_unit(unit: str) -> Kind:
    """Inverse of `unit_of_kind`, without bounds."""
    if unit in ("text", "truth"):
        return Text("a text") if unit == "text" else Truth()
    dimension = parse_quantity(f"1 {unit}").dimension
    assert dimension is not None  # only an infinity has none
    return Number(dimension, infinite=True)


def expression_of(step: Step, scene: Scene, regions: tuple[str, ...]) -> Expression:
    """The expression that a step of a drawn scene waits for.

    Raises:
        UserError: it names what the scene does not have.
    """
    present = {a.name: True for a in scene.actors}
    counted = {name.partition("[")[0]: False for name in present if "[" in name}
    cast = Cast({**counted, **present, **dict.fromkeys(scene.absent, True)}, regions, step.units)
    problems = Problems()
    node = Scalar(Mark(SourceFile.from_text("timeline", step.when), 1, 1), step.when, plain=True)
    found = parse_expression(node, RuleNames(cast), problems)
    if found is None:
        problems.raise_if_any()
        raise AssertionError("unreachable: no expression without a problem")
    return found


class RuleScope(ABC):
    """Values of the names and measures of rules (see `simgen.scenario.expressions.Scope`) in one scene."""

    def __init__(self, scene: Scene, regions: Mapping[str, Region]) -> None:
        self._scene = scene
        self._regions = regions
        self._present = {a.name for a in scene.actors}
        self._coupled = {(a.name, a.towed_by) for a in scene.actors} | {(a.towed_by, a.name) for a in scene.actors}
        self._several: dict[str, list[str]] = {}
        for name in self._present:
            self._several.setdefault(name.partition("[")[0], []).append(name)

    @property
    @abstractmethod
    def conditions(self) -> Conditions:
        """The conditions now."""

    @abstractmethod
    def of_actor(self, name: str, what: str) -> float:
        """The speed, x or y of an actor that is there."""

    @abstractmethod
    def between(self, measure: str, first: str, second: str) -> float:
        """Clearance, distance or time to collision of two actors that are there."""

    @abstractmethod
    def alone(self, measure: str, actor: str) -> float | bool:
        """A measure of `RUNNING` of an actor that is there."""

    @abstractmethod
    def time_s(self) -> float:
        """The time."""

    def value(self, name: str) -> Plain:
        """A parameter, a condition, something of an actor, or the time."""
        if f"params.{name}" in self._scene.params:
            return self._scene.params[f"params.{name}"]
        if name == _CLOCK:
            return self.time_s()
        if name.startswith(PREFIX):
            return setting(self.conditions, name.removeprefix(PREFIX))
        actor, _, what = name.rpartition(".")
        return self.of_actor(actor, what) if actor in self._present else math.inf

    def call(self, name: str, arguments: tuple[Plain, ...]) -> Plain:
        """A measure of actors by their names."""
        first = str(arguments[0])
        if len(arguments) == 1:
            if first not in self._present:
                return False if name == "collision" else 0.0
            return self.alone(name, first)
        if first not in self._present:
            return math.inf
        second = str(arguments[1])
        if second in self._regions and second not in self._several and second not in self._scene.absent:
            x, y = self.of_actor(first, "x"), self.of_actor(first, "y")
            return distance_m(self._regions[second], x, y)
        if second == ALL:
            others = [other for other in self._present if (first, other) not in self._coupled]
        else:
            others = self._several.get(second, [second] if second in self._present else [])
        return min((self.between(name, first, other) for other in others if other != first), default=math.inf)
