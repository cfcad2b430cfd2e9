"""Reading what a scenario says of a camera's lens."""

from __future__ import annotations

from dataclasses import dataclass

from simgen.scenario.distortion import COEFFICIENTS, Distortion
from simgen.scenario.distributions import Value
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields


@dataclass(frozen=True)
class DistortionPlan:
    """A model whose coefficients may be drawn: values by key."""

    model: str = ""
    values: tuple[tuple[str, Value], ...] = ()

    def draw(self, draws: Draws, path: str) -> Distortion:
        """The lens of one sample; `path` is that of the camera."""
        numbers = {key: draws.number(v, f"{path}.distortion.{self.model}.{key}") for key, v in self.values}
        return Distortion(self.model, tuple(numbers[key] for key in COEFFICIENTS.get(self.model, ())))


def read_distortion(camera: Fields) -> DistortionPlan:
    """The distortion among the keys of a camera."""
    fields = camera.map("distortion")
    if fields is None:
        return DistortionPlan()
    given = [name for name in COEFFICIENTS if name in fields]
    if len(given) != 1:
        found = "both" if given else "neither"
        fields.reader.problems.add(
            fields.mark, f"a distortion is one of {', '.join(COEFFICIENTS)}; here is {found}",
            "expected distortion: {brown_conrady: {k1: -0.3}}, or {fisheye: {k1: -0.01}}",
        )  # fmt: skip
        return DistortionPlan()
    model = given[0]
    lens = fields.sub(model)
    return DistortionPlan(model, tuple((key, lens.value(key)) for key in COEFFICIENTS[model]))
