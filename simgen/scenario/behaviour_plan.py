"""The `behaviour` of an actor: as written, and one draw of it."""

from __future__ import annotations

import math
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace

from simgen.errors import UserError
from simgen.models import Site
from simgen.scenario.behaviours import (
    BEHAVIOURS,
    LANE_BEHAVIOURS,
    WHO,
    ActorName,
    Behaviour,
    Cue,
    Lane,
    Setting,
)
from simgen.scenario.declared import behaviour_section
from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Mapping, Node, Scalar, Sequence, describe
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields, single_entry
from simgen.scenario.kinds import Text
from simgen.scenario.reading import Reader
from simgen.scenario.scene import Act
from simgen.scenario.source import Mark, one_of
from simgen.units import split_suffix

_SAME_WAY = math.cos(math.radians(45.0))


@dataclass(frozen=True)
class CuePlan:
    """A cue whose numbers may be drawn; `point` is given for an arrival elsewhere than where one stands."""

    form: str
    value: Value
    actor: str
    point: tuple[Value, Value] | None

    def draw(self, draws: Draws, path: str, keyword: str) -> dict[str, float | str | bool]:
        """The entries of `Act.params` that tell the cue of one sample."""
        out: dict[str, float | str | bool] = {
            keyword: self.form,
            f"{keyword}.value": draws.number(self.value, f"{path}.{self.form}"),
        }
        if self.form != "time":
            out[f"{keyword}.actor"] = self.actor
        if self.point is not None:
            for k, (axis, value) in enumerate(zip("xy", self.point, strict=True)):
                out[f"{keyword}.{axis}_m"] = draws.number(value, f"{path}.at[{k}]")
        return out


@dataclass(frozen=True)
class ActPlan:
    """One behaviour with its settings by keyword; `entry` is "[k]" where it is one of a list, else ""."""

    behaviour: Behaviour
    settings: Map[str, Value | CuePlan]
    entry: str = ""

    def draw(self, draws: Draws, path: str) -> Act:
        """The act of one sample."""
        params: dict[str, float | str | bool] = {}
        for keyword, value in self.settings.items():
            key = f"{path}.{split_suffix(keyword)[0]}"  # as an author writes it
            if isinstance(value, CuePlan):
                params |= value.draw(draws, key, keyword)
                continue
            drawn = value.draw(draws, key)
            params[keyword] = drawn
            if value.random:
                draws.record[key] = drawn
        return Act(self.behaviour.name, params)


@dataclass(frozen=True)
class BehaviourPlan:
    """All that an actor is told to do.

    Attributes:
        steering: name of the behaviour that moves it, "" where the author named none.
        acts: those with settings, that one first.
        where: its place in the source, for messages.
    """

    steering: str
    acts: tuple[ActPlan, ...]
    where: str

    @property
    def against(self) -> bool:
        """Whether it drives against its lane."""
        return self.steering != "" and BEHAVIOURS[self.steering].against

    def draw(self, draws: Draws, path: str, site: Site, lane: str, at_m: float) -> tuple[Act, ...]:
        """The acts of one sample of an actor that stands at arc length `at_m` of a lane ("": in none).

        Raises:
            UserError: there is no lane on the side to which it should change.
        """
        acts = []
        for plan in self.acts:
            act = plan.draw(draws, f"{path}{plan.entry}.{plan.behaviour.name}")
            side = act.params.get("lane")
            if isinstance(side, str):
                act.params["lane"] = self._lane(side, site, lane, at_m, path)
            acts.append(act)
        return tuple(acts)

    def follows(self, steering: str, lane: str, along: bool, opposed: bool, path: str) -> bool:
        """Whether the actor's driver follows the lane that it stands in.

        Raises:
            UserError: it is told to drive against a lane, and stands in none or does not face against it.
        """
        if self.against and not (lane and opposed):
            raise UserError(
                f"{self.where}: {path}: {steering!r} drives against a lane, and this one "
                + ("does not face against its lane" if lane else "stands in none")
                + "; expected a place {lane: ..., s: ...} without 'facing', or facing near 180 deg"
            )
        return steering in LANE_BEHAVIOURS and lane != "" and (opposed if self.against else along)

    def _lane(self, wanted: str, site: Site, lane: str, at_m: float, path: str) -> str:
        if wanted not in ("left", "right"):
            if wanted in site.lanes:
                return wanted
            names = ", ".join(sorted(site.lanes))
            raise UserError(f"{self.where}: {path}: the site has no lane {wanted!r}; expected one of: {names}")
        found = neighbour(site, lane, at_m, 1.0 if wanted == "left" else -1.0) if lane else ""
        if not found:
            here = f"no lane {wanted} of {lane!r} runs in its direction" if lane else "the actor stands in no lane"
            raise UserError(f"{self.where}: {path}: {here}; expected one of: {', '.join(sorted(site.lanes))}")
        return found


def neighbour(site: Site, lane: str, at_m: float, side: float) -> str:
    """Name of the nearest lane beside another at an arc length that runs the same way, "" for none.

    Args:
        site: the place.
        lane: the lane from which to look.
        at_m: where along it.
        side: 1 to look left, -1 to look right.
    """
    own = site.lanes[lane]
    x, y, _, yaw = own.at(at_m)
    best, nearest_m = "", 1.6 * own.width_m
    for name, other in site.lanes.items():
        if name == lane:
            continue
        s_m, _ = other.project(x, y)
        ox, oy, _, other_yaw = other.at(s_m)
        away_m = side * (math.cos(yaw) * (oy - y) - math.sin(yaw) * (ox - x))
        if 0.4 * own.width_m < away_m < nearest_m and math.cos(other_yaw - yaw) > _SAME_WAY:
            best, nearest_m = name, away_m
    return best


def read_behaviour(
    fields: Fields, site: Site | None, actors: Map[str, bool], own_name: str, sorts: frozenset[str]
) -> BehaviourPlan:
    """The behaviour of an actor: a name, {name: settings}, or a list of these.

    Args:
        fields: the actor's keys.
        site: an example of the site, for the names of lanes; None when it is at fault.
        actors: every actor's name and whether it can be referred to (it has no count).
        own_name: this actor's.
        sorts: what its models are, keys of `simgen.scenario.behaviours.WHO`.
    """
    node = fields.get("behaviour")
    if node is None:
        return BehaviourPlan("", (), str(fields.mark))
    reading = _Reading(fields.reader, site, actors, own_name, sorts)
    plans: list[ActPlan] = []
    steering = ""
    for k, item in enumerate(node.items if isinstance(node, Sequence) else (node,)):
        found = reading.act(item)
        if found is None:
            continue
        plan, mark = found
        if isinstance(node, Sequence):
            plan = replace(plan, entry=f"[{k}]")
        name = plan.behaviour.name
        if plan.behaviour.steers and steering:
            text = f"{name!r} cannot go together with {steering!r}"
            fields.reader.problems.add(mark, text, "one behaviour moves an actor; 'switch_lamp' goes with any")
            continue
        if plan.behaviour.steers:
            steering = name
            plans.insert(0, plan)
        else:
            plans.append(plan)
        if plan.behaviour.stands and "speed" in fields:
            hint = "leave out 'speed'" + (" and give a 'pace'" if _has(plan.behaviour, "pace_mps") else "")
            fields.reader.problems.add(fields.key_mark("speed"), f"{name!r} begins at a standstill", hint)
    if steering == "reverse" and own_name == "ego":
        hint = "an action cannot tell the ego to drive backwards; let another actor do it"
        fields.reader.problems.add(node.mark, "the ego cannot 'reverse'", hint)
    acts = tuple(p for p in plans if p.behaviour.settings)
    return BehaviourPlan(steering, acts, str(fields.key_mark("behaviour")))


def _has(behaviour: Behaviour, keyword: str) -> bool:
    return any(s.keyword == keyword for s in behaviour.settings)


class _Reading:
    """Reads the behaviours of one actor."""

    def __init__(
        self, reader: Reader, site: Site | None, actors: Map[str, bool], own_name: str, sorts: frozenset[str]
    ) -> None:
        self.reader = reader
        self.lanes = tuple(site.lanes) if site is not None else ()
        self.others = [name for name, single in actors.items() if single and name != own_name]
        self.sorts = sorts

    def act(self, node: Node) -> tuple[ActPlan, Mark] | None:
        """One behaviour and where its name stands, or None after noting why it is none."""
        if isinstance(node, Scalar):
            found = self.reader.constant(node, Text("a behaviour", tuple(BEHAVIOURS)), "what an actor does is fixed")
            if not isinstance(found, str):
                return None
            name, mark, body = found, node.mark, Mapping(node.mark, {}, {})
        else:
            entry = single_entry(self.reader, node, "a behaviour", "a name, or {name: {setting: value}}")
            if entry is None:
                return None
            name, given, mark = entry
            if name not in BEHAVIOURS:
                self.reader.problems.add(mark, f"{name!r} is not a behaviour", one_of(name, BEHAVIOURS))
                return None
            if not isinstance(given, Mapping):
                text = f"the settings of {name!r} are a map, this is {describe(given)}"
                self.reader.problems.add(given.mark, text, f"expected {_form(BEHAVIOURS[name])}")
                return None
            body = given
        behaviour = BEHAVIOURS[name]
        unable = sorted(self.sorts - set(behaviour.who))
        if unable:
            who = ", ".join(WHO[w] for w in behaviour.who)
            able = [b.name for b in BEHAVIOURS.values() if self.sorts <= set(b.who)]
            self.reader.problems.add(mark, f"{name!r} is for {who}", f"expected one of: {', '.join(sorted(able))}")
            return None
        fields = Fields(self.reader, body, behaviour_section(behaviour), mark=mark)
        settings: dict[str, Value | CuePlan] = {}
        for setting in behaviour.settings:
            value = self._setting(fields, setting)
            if value is not None:
                settings[setting.keyword] = value
        return ActPlan(behaviour, settings), mark

    def _setting(self, fields: Fields, setting: Setting) -> Value | CuePlan | None:
        kind, name = setting.kind, setting.name
        if isinstance(kind, Cue):
            return self._cue(fields, name, kind)
        if isinstance(kind, Lane):
            return fields.value(name, Text("a lane to change to", ("left", "right", *self.lanes)))
        if isinstance(kind, ActorName):
            return Constant(self._actor(fields, name))
        return fields.optional(name) if setting.optional else fields.value(name)

    def _actor(self, fields: Fields, key: str) -> str:
        found = fields.name(key)
        if found in self.others or key not in fields:
            return found
        mark = fields.node.entries[key].mark
        self.reader.problems.add(mark, f"{found!r} is not another single actor", one_of(found, self.others))
        return found

    def _cue(self, fields: Fields, name: str, kind: Cue) -> CuePlan | None:
        if name not in fields and kind.default is not None:
            form, value = kind.default
            return CuePlan(form, Constant(value), "ego", None)
        if fields.need(name, str(kind)) is None:
            return None
        cue = fields.sub(name)
        forms = [f for f in kind.forms if f in cue]
        if len(forms) != 1:
            found = " and ".join(repr(f) for f in forms) or "none of them"
            self.reader.problems.add(
                fields.key_mark(name),
                f"a {name} has one of {', '.join(kind.forms)}; here is {found}",
                f"expected {kind}",
            )
            return None
        form = forms[0]
        for key in ("actor", "at"):
            if key in cue and form not in cue.section[key].forms:
                self.reader.problems.add(cue.key_mark(key), f"{key!r} does not go with {form!r}", "leave it out")
        actor = self._actor(cue, "actor") if form != "time" else ""
        point = None
        if "at" in cue and form == "arrival":
            x, y = cue.row("at")
            point = (x, y)
        return CuePlan(form, cue.value(form), actor, point)


def _form(behaviour: Behaviour) -> str:
    return "{" + ", ".join(f"{s.name}: {s.kind}" for s in behaviour.settings) + "}"
