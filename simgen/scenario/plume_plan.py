"""The `plumes` of a scenario's conditions: sources of smoke, dust and steam, as written and one draw of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.conditions import Plume
from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Mapping, Sequence, describe
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.kinds import Text
from simgen.scenario.table import PLUME

_PATH = "conditions.plumes"
_SEEDS = 1 << 31


@dataclass(frozen=True)
class PlumePlan:
    """A source as values that may be drawn; its puffs have other shapes in every sample.

    Attributes:
        at, size: two values each; a source without a size is as large as its radius.
        albedo: of the matter if not the usual one.
        actor: the name of the thing that it moves with, "" for none.
    """

    kind: Value
    at: tuple[Value, ...]
    height: Value
    rate: Value
    heat: Value
    radius: Value
    size: tuple[Value, ...]
    start: Value
    stop: Value
    albedo: Value | None
    actor: str

    def draw(self, draws: Draws, path: str) -> Plume:
        """The source of one sample."""
        x_m, y_m = (draws.number(v, f"{path}.at[{k}]") for k, v in enumerate(self.at))
        along_m, across_m = (draws.number(v, f"{path}.size[{k}]") for k, v in enumerate(self.size))
        return Plume(
            kind=draws.text(self.kind, f"{path}.kind"),
            x_m=x_m,
            y_m=y_m,
            rate_kgps=draws.number(self.rate, f"{path}.rate"),
            height_m=draws.number(self.height, f"{path}.height"),
            heat_w=draws.number(self.heat, f"{path}.heat"),
            radius_m=draws.number(self.radius, f"{path}.radius"),
            size_m=(along_m, across_m),
            start_s=draws.number(self.start, f"{path}.start"),
            stop_s=draws.number(self.stop, f"{path}.stop"),
            actor=self.actor,
            albedo=-1.0 if self.albedo is None else draws.number(self.albedo, f"{path}.albedo"),
            seed=int(draws.uniform(f"{path}.seed") * _SEEDS),
        )


def draw_plumes(plans: tuple[PlumePlan, ...], draws: Draws) -> tuple[Plume, ...]:
    """The sources of one sample."""
    return tuple(plan.draw(draws, f"{_PATH}[{k}]") for k, plan in enumerate(plans))


def read_plumes(root: Fields, conditions: Fields) -> tuple[PlumePlan, ...]:
    """The list under `plumes`, empty without it.

    Args:
        root: the scenario's top-level keys, for the names of its actors.
        conditions: the keys under `conditions`.
    """
    node = conditions.get("plumes")
    if node is None:
        return ()
    problems = conditions.reader.problems
    if not isinstance(node, Sequence):
        problems.add(
            node.mark, f"{describe(node)} is not a list", "expected plumes: [{kind: smoke, at: ..., rate: ...}]"
        )
        return ()
    actors = root.get("actors")
    names = tuple(actors.entries) if isinstance(actors, Mapping) else ()
    plans = []
    for item in node.items:
        fields = Fields(conditions.reader, item, PLUME)
        plans.append(
            PlumePlan(
                kind=fields.value("kind"),
                at=_pair(fields, "at"),
                height=fields.value("height"),
                rate=fields.value("rate"),
                heat=fields.value("heat"),
                radius=fields.value("radius"),
                size=_pair(fields, "size"),
                start=fields.value("start"),
                stop=fields.value("stop"),
                albedo=fields.optional("albedo"),
                actor=fields.name("actor", Text("the name of an actor", names)),
            )
        )
    return tuple(plans)


def _pair(fields: Fields, key: str) -> tuple[Value, ...]:
    """The two values of a list; zeros where it may be left out, and is."""
    if fields.section[key].required:
        fields.need(key)
    elif key not in fields:
        return Constant(0.0), Constant(0.0)
    pair = fields.row(key)
    return pair if len(pair) == 2 else (Constant(math.nan),) * 2
