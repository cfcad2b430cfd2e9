"""The timeline of a running world: its conditions from tick to tick, the events it emits, and the end of the scene."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simgen.conditions import Conditions, between, setting, with_settings
from simgen.models import Site
from simgen.scenario.expressions import Expression
from simgen.scenario.kinds import Number
from simgen.scenario.measures import STANDING_MPS, TTC_HORIZON_S, RuleScope, expression_of
from simgen.scenario.scene import Change, Scene, Step
from simgen.scenario.settings import SETTING_KINDS
from simgen.world.bodies import Track
from simgen.world.events import Event
from simgen.world.measures import Measures

_SLACK_S = 1e-9
_ABOVE_ZERO = 1e-3  # where a change by an amount ends that would reach a zero which the condition cannot have


@dataclass
class _Waiting:
    """A step that has not happened yet; `since_s` is from when on its expression has held, inf while it does not."""

    step: Step
    when: Expression | None
    since_s: float = math.inf


@dataclass(frozen=True)
class _Ramp:
    """A condition on its way."""

    first: float | str
    last: float | str
    start_s: float
    over_s: float

    def at(self, name: str, time_s: float) -> float | str:
        """Its value at a time."""
        share = 1.0 if self.over_s <= 0.0 else min(max((time_s - self.start_s) / self.over_s, 0.0), 1.0)
        return between(name, self.first, self.last, share)

    def rate(self, time_s: float) -> float:
        """How fast its value changes at a time; 0 for names."""
        if isinstance(self.first, str) or isinstance(self.last, str) or not self.over_s > 0.0:
            return 0.0
        return (self.last - self.first) / self.over_s if time_s < self.start_s + self.over_s - _SLACK_S else 0.0


class Course:
    """What the timeline has made of a scene so far.

    Attributes:
        conditions: those of now.
        rise_mps: how fast the water rises now.
        ended: why the scene is over; "" while it goes on.
    """

    def __init__(self, scene: Scene, site: Site, live: Live) -> None:
        """Take a scene before its first tick.

        Raises:
            UserError: an expression of its timeline names what the scene does not have.
        """
        self._scene = scene
        self._live = live
        regions = tuple(site.regions)
        self._waiting = [_Waiting(s, expression_of(s, scene, regions) if s.when else None) for s in scene.timeline]
        self._ramps: dict[str, _Ramp] = {}
        self.ended = ""
        self._settle_at(0.0)

    def advance(self, time_s: float) -> list[Event]:
        """Take the world to a time: conditions as they are then, and what happens at it."""
        self._settle_at(time_s)
        if not self._waiting:
            return []
        self._live.look(self.conditions, time_s)
        events: list[Event] = []
        waiting = []
        for item in self._waiting:
            if not self._fires(item, time_s):
                waiting.append(item)
                continue
            events += self._happen(item.step, time_s)
        if len(waiting) < len(self._waiting):
            self._settle_at(time_s)
        self._waiting = waiting
        return events

    def _fires(self, item: _Waiting, time_s: float) -> bool:
        if item.when is None:
            return time_s >= item.step.at_s - _SLACK_S
        if not item.when.evaluate(self._live):
            item.since_s = math.inf
            return False
        item.since_s = min(item.since_s, time_s)
        return time_s - item.since_s >= item.step.hold_s - _SLACK_S

    def _happen(self, step: Step, time_s: float) -> list[Event]:
        start_s = step.at_s if step.when == "" else time_s
        for change in step.changes:
            self._ramps[change.name] = self._ramp(change, start_s)
        events = [Event(time_s, step.emit, "", "", 0.0)] if step.emit else []
        if step.stop and not self.ended:
            self.ended = step.why or step.when
            events.append(Event(time_s, "stop", "", self.ended, 0.0))
        return events

    def _ramp(self, change: Change, start_s: float) -> _Ramp:
        earlier = self._ramps.get(change.name)
        first = setting(self.conditions, change.name) if earlier is None else earlier.at(change.name, start_s)
        last = change.value
        if change.relative:
            last = _within(change.name, float(first) + float(change.value))
        return _Ramp(first, last, start_s, change.over_s)

    def _settle_at(self, time_s: float) -> None:
        scene, ramps = self._scene, self._ramps
        settings = {name: ramp.at(name, time_s) for name, ramp in ramps.items()}
        self.conditions = with_settings(scene.conditions, settings).at(time_s)
        if "water.depth" in ramps:
            self.rise_mps = ramps["water.depth"].rate(time_s)
        else:
            self.rise_mps = scene.conditions.water.rise_at(time_s) if scene.conditions.water is not None else 0.0


def _within(name: str, value: float) -> float:
    """A value taken back into the bounds of its condition."""
    kind = SETTING_KINDS[name]
    if not isinstance(kind, Number):
        return value
    return min(max(value, kind.low + _ABOVE_ZERO if kind.above else kind.low), kind.high)


class Live(RuleScope):
    """The names and measures of a running world."""

    def __init__(self, scene: Scene, site: Site, measures: Measures, track: Track, events: list[Event]) -> None:
        super().__init__(scene, site.regions)
        self._measures = measures
        self._track = track
        self._events = events
        self._rows = {a.name: k for k, a in enumerate(scene.actors)}
        self._now = scene.conditions
        self._time_s = 0.0
        self._stands = np.zeros(len(scene.actors), np.bool_)
        self._since_s = np.zeros(len(scene.actors))

    @property
    def conditions(self) -> Conditions:
        """Those of now."""
        return self._now

    def look(self, conditions: Conditions, time_s: float) -> None:
        """Take the state of a tick; what stands is followed from tick to tick."""
        self._now, self._time_s = conditions, time_s
        velocity = self._track.motion.velocity_mps
        stands = (velocity * velocity).sum(axis=1) < STANDING_MPS**2
        self._since_s[stands & ~self._stands] = time_s
        self._stands = stands

    def time_s(self) -> float:
        """The time."""
        return self._time_s

    def of_actor(self, name: str, what: str) -> float:
        """Its speed, or a coordinate of its centre of mass."""
        if what == "speed":
            return self._measures.speed_mps(name)
        return float(self._track.motion.position_m[self._rows[name], "xy".index(what)])

    def between(self, measure: str, first: str, second: str) -> float:
        """Clearance, distance or time to collision of two actors."""
        if measure == "clearance":
            return self._measures.clearance_m(first, second)
        if measure == "distance":
            return self._measures.distance_m(first, second)
        return self._measures.ttc_s(first, second, TTC_HORIZON_S)

    def alone(self, measure: str, actor: str) -> float | bool:
        """How deep it is in the water, how tilted, how long it has stood, or whether it has collided."""
        if measure == "submerged":
            return self._measures.submerged(actor)
        if measure == "tilt":
            return self._measures.tilt_rad(actor)
        if measure == "collision":
            return any(e.kind == "collision" and actor in (e.subject, e.object) for e in self._events)
        k = self._rows[actor]
        return self._time_s - float(self._since_s[k]) if self._stands[k] else 0.0
