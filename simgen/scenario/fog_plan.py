"""The `fog` of a scenario's conditions, as written and one draw of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simgen.conditions import Fog, FogBank
from simgen.scenario.distributions import Value
from simgen.scenario.document import Sequence, describe
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.table import FOG_BANK

_PATH = "conditions.fog"


@dataclass(frozen=True)
class BankPlan:
    """A bank of fog as values that may be drawn, by key; its swathes are others in every sample."""

    at: tuple[Value, ...]
    values: Mapping[str, Value]

    def draw(self, draws: Draws, path: str) -> FogBank:
        """The bank of one sample."""
        x_m, y_m = (draws.number(v, f"{path}.at[{k}]") for k, v in enumerate(self.at))
        drawn = draws.numbers(self.values, path)
        return FogBank(
            x_m=x_m,
            y_m=y_m,
            length_m=drawn["length"],
            width_m=drawn["width"],
            depth_m=drawn["depth"],
            mor_m=drawn["mor"],
            seed=draws.seed_at(f"{path}.seed"),
        )


@dataclass(frozen=True)
class FogPlan:
    """Fog as values that may be drawn, by key, and its banks."""

    values: Mapping[str, Value]
    banks: tuple[BankPlan, ...]

    def draw(self, draws: Draws) -> Fog:
        """The fog of one sample."""
        drawn = draws.numbers(self.values, _PATH)
        return Fog(
            mor_m=drawn["mor"],
            albedo=drawn["albedo"],
            scale_height_m=drawn["scale_height"],
            banks=tuple(bank.draw(draws, f"{_PATH}.banks[{k}]") for k, bank in enumerate(self.banks)),
        )


def read_fog(conditions: Fields) -> FogPlan:
    """The fog under `conditions`."""
    fields = conditions.sub("fog")
    return FogPlan(fields.values("mor", "albedo", "scale_height"), _read_banks(fields))


def _read_banks(fog: Fields) -> tuple[BankPlan, ...]:
    node = fog.get("banks")
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        message = f"{describe(node)} is not a list"
        fog.reader.problems.add(node.mark, message, "expected banks: [{at: [120 m, 0 m], length: 60 m, ...}]")
        return ()
    plans = []
    for item in node.items:
        fields = Fields(fog.reader, item, FOG_BANK)
        fields.need("at")
        plans.append(BankPlan(fields.row("at"), fields.values("length", "width", "depth", "mor")))
    return tuple(plans)
