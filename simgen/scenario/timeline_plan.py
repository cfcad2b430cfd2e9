"""The `timeline` of a scenario: what happens while it runs, besides what its actors do.

A step is told by when it happens (`at` a time, or once `when` has held `for` so long) and by what happens (`set`,
`ramp` with `over`, `emit`); `stop` is both. Every step happens once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace

from simgen.scenario.distributions import Constant, Plain, Value
from simgen.scenario.document import Mapping, Node, Scalar, describe
from simgen.scenario.document import Sequence as List
from simgen.scenario.draws import Draws
from simgen.scenario.expressions import Expression
from simgen.scenario.fields import Fields
from simgen.scenario.kinds import Number
from simgen.scenario.language import Either, Section
from simgen.scenario.measures import Cast, RuleNames, read_test
from simgen.scenario.rules_table import PREFIX
from simgen.scenario.scene import Change, Step

_EVENT = re.compile(r"[a-z][a-z0-9_]*")
CHANGES = ("set", "ramp")
"""Keys of the maps of conditions that change."""
_DOES = (*CHANGES, "emit")


@dataclass(frozen=True)
class ChangePlan:
    """A condition that changes: to a value, or by one."""

    name: str
    value: Value
    relative: bool

    def draw(self, draws: Draws, path: str, over_s: float) -> Change:
        """The change of one sample."""
        key = f"{path}.{PREFIX}{self.name}"
        drawn: Plain = self.value.draw(draws, key)
        if self.value.random:
            draws.record[key] = drawn
        return Change(self.name, drawn if isinstance(drawn, str) else float(drawn), self.relative, over_s)


@dataclass(frozen=True)
class StepPlan:
    """A step as written.

    Attributes:
        at: its time, None for one that waits for `when`.
        when: its expression.
        hold: how long that has to hold.
        sets, ramps: the conditions that change at once, and over a while.
        over: how long the ramps take.
        units: of the parameters that the expression names.
    """

    at: Value | None
    when: Expression | None
    hold: Value
    sets: tuple[ChangePlan, ...]
    ramps: tuple[ChangePlan, ...]
    over: Value
    emit: str
    stop: bool
    why: str
    units: Map[str, str]

    def draw(self, draws: Draws, path: str) -> Step:
        """The step of one sample."""
        over_s = draws.number(self.over, f"{path}.over")
        sets = tuple(c.draw(draws, f"{path}.set", 0.0) for c in self.sets)
        return Step(
            at_s=math.inf if self.at is None else draws.number(self.at, f"{path}.at"),
            when="" if self.when is None else self.when.text,
            hold_s=draws.number(self.hold, f"{path}.for"),
            changes=sets + tuple(c.draw(draws, f"{path}.ramp", over_s) for c in self.ramps),
            emit=self.emit,
            stop=self.stop,
            why=self.why,
            units=dict(self.units),
        )


@dataclass(frozen=True)
class TimelinePlan:
    """All steps, in the order in which they are written; of two at one tick the later has the last word."""

    steps: tuple[StepPlan, ...] = ()

    @property
    def changes(self) -> tuple[ChangePlan, ...]:
        """Every change of a condition that a step may make."""
        return tuple(c for s in self.steps for c in s.sets + s.ramps)

    @property
    def floods(self) -> bool:
        """Whether there may be water later where there is none at the start."""
        return any(c.name == "water.depth" for c in self.changes)

    def draw(self, draws: Draws, flow_rad: Value | None) -> tuple[Step, ...]:
        """The steps of one sample.

        Args:
            draws: of the sample.
            flow_rad: where the scenario says that its water flows to; still water forgets it.
        """
        steps = [s.draw(draws, f"timeline[{k}]") for k, s in enumerate(self.steps)]
        if flow_rad is None or any(c.name == "water.direction" for c in self.changes):
            return tuple(steps)
        heading = Change("water.direction", draws.number(flow_rad, f"{PREFIX}water.direction"))
        flows = [any(c.name == "water.flow" for c in s.changes) for s in steps]
        return tuple(
            replace(s, changes=(heading, *s.changes)) if flow else s for s, flow in zip(steps, flows, strict=True)
        )


@dataclass(frozen=True)
class There:
    """What a scenario has of the conditions that it may do without, and that cannot begin in the middle.

    Attributes:
        water: whether it says where its water is.
        tornado: whether it has one.
        plumes: how many it has.
    """

    water: bool
    tornado: bool
    plumes: int

    def lack(self, name: str) -> tuple[str, str] | None:
        """What a setting would change that is not there, and what is expected; None if all is."""
        if name.startswith("water.") and not self.water:
            expected = "expected 'water' under 'conditions', with its region and a depth, which may be 0 m"
            return "the scenario does not say where its water is", expected
        if name.startswith("tornado.") and not self.tornado:
            expected = "expected 'tornado' under 'conditions', with a max_speed, which may be 0 m/s"
            return "the scenario has no tornado", expected
        if name.startswith("plumes[") and int(name[7 : name.index("]")]) >= self.plumes:
            expected = "expected it under 'conditions', with a rate, which may be 0 g/s; the first is plumes[0]"
            return f"the scenario has no {name.partition('.')[0]}", expected
        return None


def read_timeline(root: Fields, cast: Cast, duration_s: float, there: There) -> TimelinePlan:
    """The timeline of a scenario.

    Args:
        root: the scenario's top-level keys.
        cast: what expressions can name.
        duration_s: of the scene: steps after it would never happen.
        there: what the scenario has that may change.
    """
    node = root.get("timeline")
    if node is None:
        return TimelinePlan()
    if not isinstance(node, List):
        hint = "expected timeline: [{at: 3 s, set: {conditions.fog.mor: 50 m}}]"
        root.reader.problems.add(node.mark, f"{describe(node)} is not a list", hint)
        return TimelinePlan()
    reading = _Reading(root, cast, duration_s, there)
    return TimelinePlan(tuple(reading.step(item) for item in node.items))


class _Reading:
    """Reads the steps of one timeline."""

    def __init__(self, root: Fields, cast: Cast, duration_s: float, there: There) -> None:
        self._reader = root.reader
        self._section = root.section["timeline"].entries()
        self._cast = cast
        self._names = RuleNames(cast)
        self._duration_s = duration_s
        self._there = there

    def step(self, node: Node) -> StepPlan:
        """One step."""
        fields = Fields(self._reader, node, self._section)
        self._check_form(fields)
        test = "stop" if "stop" in fields else "when"
        when = read_test(fields, test, self._names, running=True)
        at = fields.optional("at") if test == "when" else None
        if at is not None and at.support()[0] >= self._duration_s:
            text = f"this step is at {at.support()[0]:g} s, the scene lasts {self._duration_s:g} s"
            fields.reader.problems.add(fields.key_mark("at"), text, "expected a time before the end of the scene")
        return StepPlan(
            at=at,
            when=when,
            hold=fields.value("for"),
            sets=self._changes(fields, "set"),
            ramps=self._changes(fields, "ramp"),
            over=self._over(fields),
            emit=self._event(fields),
            stop="stop" in fields,
            why=fields.name("why"),
            units={n: self._cast.units[n] for n in sorted(when.names()) if n in self._cast.units} if when else {},
        )

    def _check_form(self, fields: Fields) -> None:
        problems = fields.reader.problems
        begun = [k for k in ("at", "when", "stop") if k in fields]
        if len(begun) != 1:
            found = " and ".join(repr(k) for k in begun) or "none of them"
            hint = "expected {at: 3 s, ...}, {when: EXPRESSION, ...} or {stop: EXPRESSION}"
            problems.add(fields.mark, f"a step has one of 'at', 'when', 'stop'; here is {found}", hint)
        does = [k for k in _DOES if k in fields]
        if "stop" in fields:
            self._refuse(fields, does, "the scene ends here; leave it out")
        elif begun and not does:
            problems.add(fields.mark, "nothing happens in this step", "expected one of: set, ramp, emit")
        if "stop" not in fields:
            self._refuse(fields, ["why"], "'why' tells the reason of a 'stop'")
        if "at" in fields:
            self._refuse(fields, ["for"], "'for' says how long a 'when' has to hold")
        if "ramp" not in fields:
            self._refuse(fields, ["over"], "'over' says how long a 'ramp' takes")

    def _refuse(self, fields: Fields, keys: list[str], why: str) -> None:
        for key in keys:
            if key in fields:
                fields.reader.problems.add(fields.key_mark(key), f"{key!r} has no place in this step", why)

    def _event(self, fields: Fields) -> str:
        name = fields.name("emit")
        if name and not _EVENT.fullmatch(name):
            mark = fields.node.entries["emit"].mark
            hint = "expected lower-case letters, digits and _, beginning with a letter"
            fields.reader.problems.add(mark, f"{name!r} cannot name an event", hint)
        return name

    def _over(self, fields: Fields) -> Value:
        if "ramp" not in fields:
            return Constant(0.0)
        fields.need("over")
        return fields.optional("over") or Constant(math.nan)

    def _changes(self, fields: Fields, verb: str) -> tuple[ChangePlan, ...]:
        inner = fields.map(verb)
        if inner is None:
            return ()
        if not inner.node.entries and isinstance(fields.get(verb), Mapping):
            hint = f"expected {verb}: {{conditions.fog.mor: 50 m}}"
            inner.reader.problems.add(inner.mark, f"nothing stands under {verb!r}", hint)
        found = [self._change(inner, path) for path in inner.section.names() if path in inner]
        return tuple(c for c in found if c is not None)

    def _change(self, fields: Fields, path: str) -> ChangePlan | None:
        name = path.removeprefix(PREFIX)
        lack = self._there.lack(name)
        if lack is not None:
            self._reader.problems.add(fields.key_mark(path), *lack)
            return None
        takes, node = fields.section[path].takes, fields.node.entries[path]
        if not isinstance(takes, Either):
            return ChangePlan(name, fields.value(path), relative=False)
        kind, by = takes.options
        assert isinstance(kind, Number)
        assert isinstance(by, Section)
        if isinstance(node, Mapping) and "by" in node.entries:
            return ChangePlan(name, Fields(self._reader, node, by).value("by"), relative=True)
        relative = by_amount(node)
        value = self._reader.value(node, Number(kind.dimension) if relative else kind)
        return None if value is None else ChangePlan(name, value, relative)


def by_amount(node: Node) -> bool:
    """Whether a change is told by its amount, as in `+0.1 m`."""
    return isinstance(node, Scalar) and node.text.startswith("+")
