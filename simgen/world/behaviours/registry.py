"""The registry of behaviours: functions from a declared behaviour's settings to orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simgen.errors import UserError
from simgen.models import Site
from simgen.scenario.behaviours import BEHAVIOURS, ActorName, Behaviour, Cue
from simgen.scenario.scene import Act, ActorSpec
from simgen.world.bodies import Body
from simgen.world.orders import CueOrder, Orders
from simgen.world.path import Path, path_of_lane, straight_path


@dataclass(frozen=True)
class Role:
    """An actor that is told to do something.

    Attributes:
        body: it.
        site: the place.
        cast: all actors of the scene by name.
        behaviour: what it is told.
        params: the settings by keyword, defaults filled in; optional ones that were not given are absent.
    """

    body: Body
    site: Site
    cast: Mapping[str, ActorSpec]
    behaviour: Behaviour
    params: Mapping[str, float | str | bool]

    @property
    def spec(self) -> ActorSpec:
        """The actor as the scene has it."""
        return self.body.spec

    def number(self, keyword: str) -> float:
        """A setting that is a number."""
        return float(self.params[keyword])

    def text(self, keyword: str) -> str:
        """A setting that is a text."""
        return str(self.params[keyword])

    def optional(self, keyword: str, default: float) -> float:
        """A number that may be absent."""
        return float(self.params.get(keyword, default))

    def cue(self, keyword: str = "trigger") -> CueOrder:
        """A cue; where one arrives is where the actor stands unless a point was given."""
        form = self.text(keyword)
        x, y, _ = self.spec.position_m
        return CueOrder(
            form,
            self.number(f"{keyword}.value"),
            "" if form == "time" else self.text(f"{keyword}.actor"),
            (self.optional(f"{keyword}.x_m", x), self.optional(f"{keyword}.y_m", y)),
        )

    def path_of(self, actor: str) -> Path | None:
        """The path along which another actor starts, or None for one that is not in the scene."""
        spec = self.cast.get(actor)
        if spec is None:
            return None
        against = spec.behaviour in BEHAVIOURS and BEHAVIOURS[spec.behaviour].against
        return start_path(spec, self.site, against=against)

    def refuse(self, why: str) -> UserError:
        """The error of an act that cannot be done."""
        return UserError(f"actor {self.spec.name!r} cannot {self.behaviour.name!r}: {why}")


def start_path(spec: ActorSpec, site: Site, *, against: bool = False) -> Path:
    """The path that an actor follows at first: its lane, or the line of its heading."""
    if spec.lane:
        return path_of_lane(site.lanes[spec.lane], against=against)
    return straight_path(spec.position_m[0], spec.position_m[1], spec.yaw_rad)


Director = Callable[[Role], Orders]
DIRECTORS: dict[str, Director] = {}
"""Behaviour name -> function that gives an actor its orders."""


def register_behaviour(name: str) -> Callable[[Director], Director]:
    """Make a function the one that carries out a behaviour of `simgen.scenario.behaviours.BEHAVIOURS`.

    Raises:
        UserError: no such behaviour is declared, or another function carries it out already.
    """
    if name not in BEHAVIOURS:
        raise UserError(f"behaviour {name!r} is not declared; declare it in simgen.scenario.behaviours first")
    if name in DIRECTORS:
        raise UserError(f"behaviour {name!r} is carried out by {DIRECTORS[name].__qualname__} already")

    def register(director: Director) -> Director:
        DIRECTORS[name] = director
        return director

    return register


def settings_of(behaviour: Behaviour, act: Act) -> dict[str, float | str | bool]:
    """The settings of an act with the declared defaults filled in.

    Raises:
        UserError: one is unknown, or one that must be given is missing.
    """
    out: dict[str, float | str | bool] = {}
    for setting in behaviour.settings:
        kind, default = setting.kind, setting.default
        if isinstance(kind, ActorName):
            default = kind.default
        if isinstance(kind, Cue):
            if kind.default is not None:
                default, out[f"{setting.keyword}.value"] = kind.default
            out[f"{setting.keyword}.actor"] = "ego"
        if default is not None:
            out[setting.keyword] = default
    keywords = [s.keyword for s in behaviour.settings]
    for key, value in act.params.items():
        keyword, _, rest = key.partition(".")
        if keyword not in keywords or rest not in ("", "value", "actor", "x_m", "y_m"):
            known = ", ".join(keywords) or "none"
            raise UserError(f"behaviour {behaviour.name!r} has no setting {key!r}; its settings: {known}")
        out[key] = value
    for setting in behaviour.settings:
        needed = [setting.keyword, *([f"{setting.keyword}.value"] if isinstance(setting.kind, Cue) else [])]
        for key in needed:
            if not setting.optional and key not in out:
                raise UserError(f"behaviour {behaviour.name!r} lacks {key!r}: {setting.about}, {setting.kind}")
            if key in out and isinstance(out[key], float) and math.isnan(float(out[key])):
                raise UserError(f"behaviour {behaviour.name!r}: {key!r} is not a number; expected {setting.kind}")
    return out
