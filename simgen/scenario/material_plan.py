"""The `materials` of a scenario: how those of a kind look, where they are not as the models have them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.models.finish import KINDS, OF_ACTORS, WEARING, Finish
from simgen.scenario.colors import NAMED, RGB
from simgen.scenario.distributions import Value
from simgen.scenario.document import Node, Sequence
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields, read_several
from simgen.scenario.reading import Reader
from simgen.scenario.table import COLOR, SHARE

Color = Value | tuple[Value, ...]


def read_color(reader: Reader, node: Node) -> Color:
    """A named colour or three shares; an empty row after noting that it is neither."""
    if isinstance(node, Sequence):
        return read_several(reader, node, SHARE, 3)
    name = reader.value(node, COLOR)
    return name if name is not None else ()


def draw_color(draws: Draws, color: Color, path: str) -> RGB:
    """The linear RGB of one sample."""
    if isinstance(color, tuple):
        r, g, b = (draws.number(v, f"{path}[{k}]") for k, v in enumerate(color))
        return r, g, b
    return NAMED[draws.text(color, path)]


@dataclass(frozen=True)
class FinishPlan:
    """A kind of material as values that may be drawn; None where nothing is said."""

    kind: str
    color: Color | None
    brightness: Value
    roughness: Value | None
    contrast: Value | None
    state: Value | None
    wear: Value | None
    mended: Value | None

    def draw(self, draws: Draws) -> Finish:
        """The finish of one sample: a state gives wear and mended places, numbers of their own go before it."""
        path = f"materials.{self.kind}"

        def drawn(value: Value | None, key: str) -> float | None:
            return None if value is None else draws.number(value, f"{path}.{key}")

        wear, mended = math.nan, 0.0
        if self.state is not None:
            wear, mended = WEARING[self.kind][draws.text(self.state, f"{path}.state")]
        own_wear, own_mended = drawn(self.wear, "wear"), drawn(self.mended, "patches")
        wear = wear if own_wear is None else own_wear
        return Finish(
            color=None if self.color is None else draw_color(draws, self.color, f"{path}.color"),
            brightness=draws.number(self.brightness, f"{path}.brightness"),
            roughness=drawn(self.roughness, "roughness"),
            contrast=drawn(self.contrast, "contrast"),
            wear=None if math.isnan(wear) else wear,
            mended=mended if own_mended is None else own_mended,
        )


def read_materials(root: Fields) -> tuple[FinishPlan, ...]:
    """The materials of a scenario that are not as the models have them."""
    fields = root.sub("materials")
    return tuple(_read(kind, fields.sub(kind)) for kind in KINDS if kind in fields)


def _read(kind: str, fields: Fields) -> FinishPlan:
    color = None if kind in OF_ACTORS else fields.get("color")
    painted = kind == "markings"
    return FinishPlan(
        kind=kind,
        color=None if color is None else read_color(fields.reader, color),
        brightness=fields.value("brightness"),
        roughness=None if painted else fields.optional("roughness"),
        contrast=None if painted else fields.optional("contrast"),
        state=fields.optional("state") if kind in WEARING else None,
        wear=fields.optional("wear") if kind in WEARING else None,
        mended=fields.optional("patches") if kind == "asphalt" else None,
    )
