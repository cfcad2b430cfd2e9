"""The `plumes` of a scenario's conditions: sources of smoke, dust and steam, as written and one draw of them."""

from __future__ import annotations

import math
from collections.abc import Mapping as ByKey
from dataclasses import dataclass

from simgen.conditions import Plume
from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Mapping, Sequence, describe
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.kinds import Text
from simgen.scenario.table import PLUME

_PATH = "conditions.plumes"


@dataclass(frozen=True)
class PlumePlan:
    """A source as values that may be drawn; its puffs have other shapes in every sample.

    Attributes:
        at, size: two values each; a source without a size is as large as its radius.
        values: the other numbers, by key.
        albedo: of the matter if not the usual one.
        actor: the name of the thing that it moves with, "" for none.
    """

    kind: Value
    at: tuple[Value, ...]
    size: tuple[Value, ...]
    values: ByKey[str, Value]
    albedo: Value | None
    actor: str

    def draw(self, draws: Draws, path: str) -> Plume:
        """The source of one sample."""
        x_m, y_m = (draws.number(v, f"{path}.at[{k}]") for k, v in enumerate(self.at))
        along_m, across_m = (draws.number(v, f"{path}.size[{k}]") for k, v in enumerate(self.size))
        kind, drawn = draws.text(self.kind, f"{path}.kind"), draws.numbers(self.values, path)
        return Plume(
            kind=kind,
            x_m=x_m,
            y_m=y_m,
            rate_kgps=drawn["rate"],
            height_m=drawn["height"],
            heat_w=drawn["heat"],
            radius_m=drawn["radius"],
            size_m=(along_m, across_m),
            start_s=drawn["start"],
            stop_s=drawn["stop"],
            actor=self.actor,
            albedo=-1.0 if self.albedo is None else draws.number(self.albedo, f"{path}.albedo"),
            seed=draws.seed_at(f"{path}.seed"),
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
                size=_pair(fields, "size"),
                values=fields.values("rate", "height", "heat", "radius", "start", "stop"),
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
