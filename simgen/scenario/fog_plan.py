"""The `fog` of a scenario's conditions, as written and one draw of it."""

from __future__ import annotations

from dataclasses import dataclass

from simgen.conditions import Fog, FogBank
from simgen.scenario.distributions import Value
from simgen.scenario.document import Sequence, describe
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.table import FOG_BANK

_PATH = "conditions.fog"
_SEEDS = 1 << 31


@dataclass(frozen=True)
class BankPlan:
    """A bank of fog as values that may be drawn; its swathes are others in every sample."""

    at: tuple[Value, ...]
    length: Value
    width: Value
    depth: Value
    mor: Value

    def draw(self, draws: Draws, path: str) -> FogBank:
        """The bank of one sample."""
        x_m, y_m = (draws.number(v, f"{path}.at[{k}]") for k, v in enumerate(self.at))
        return FogBank(
            x_m=x_m,
            y_m=y_m,
            length_m=draws.number(self.length, f"{path}.length"),
            width_m=draws.number(self.width, f"{path}.width"),
            depth_m=draws.number(self.depth, f"{path}.depth"),
            mor_m=draws.number(self.mor, f"{path}.mor"),
            seed=int(draws.uniform(f"{path}.seed") * _SEEDS),
        )


@dataclass(frozen=True)
class FogPlan:
    """Fog as values that may be drawn."""

    mor: Value
    albedo: Value
    scale_height: Value
    banks: tuple[BankPlan, ...]

    def draw(self, draws: Draws) -> Fog:
        """The fog of one sample."""
        return Fog(
            mor_m=draws.number(self.mor, f"{_PATH}.mor"),
            albedo=draws.number(self.albedo, f"{_PATH}.albedo"),
            scale_height_m=draws.number(self.scale_height, f"{_PATH}.scale_height"),
            banks=tuple(bank.draw(draws, f"{_PATH}.banks[{k}]") for k, bank in enumerate(self.banks)),
        )


def read_fog(conditions: Fields) -> FogPlan:
    """The fog under `conditions`."""
    fields = conditions.sub("fog")
    return FogPlan(
        mor=fields.value("mor"),
        albedo=fields.value("albedo"),
        scale_height=fields.value("scale_height"),
        banks=_read_banks(fields),
    )


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
        plans.append(
            BankPlan(
                at=fields.row("at"),
                length=fields.value("length"),
                width=fields.value("width"),
                depth=fields.value("depth"),
                mor=fields.value("mor"),
            )
        )
    return tuple(plans)
