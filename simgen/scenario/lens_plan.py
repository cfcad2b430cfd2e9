"""Reading what a scenario says of a camera's lens and of the glass before it."""

from __future__ import annotations

from dataclasses import dataclass

from simgen.scenario.camera_spec import GlassSpec
from simgen.scenario.distortion import COEFFICIENTS, Distortion
from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Scalar
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.sensor_table import AUTO


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


@dataclass(frozen=True)
class GlassPlan:
    """What lies on the glass, where the numbers may be drawn; `drops` below 0 are those that the rain brings."""

    distance: Value
    dirt: Value
    drops: Value
    wiper: Value

    def draw(self, draws: Draws, path: str) -> GlassSpec:
        """The glass of one sample; `path` is that of the camera."""
        return GlassSpec(
            distance_m=draws.number(self.distance, f"{path}.glass"),
            dirt=draws.number(self.dirt, f"{path}.dirt"),
            drops=draws.number(self.drops, f"{path}.drops"),
            wiper_s=draws.number(self.wiper, f"{path}.wiper"),
        )

    def __bool__(self) -> bool:
        return any(not isinstance(v, Constant) or v.value != 0.0 for v in (self.dirt, self.drops))


def read_glass(camera: Fields) -> GlassPlan:
    """The glass among the keys of a camera."""
    drops = camera.get("drops")
    rain = isinstance(drops, Scalar) and drops.text == AUTO
    return GlassPlan(
        distance=camera.value("glass"),
        dirt=camera.value("dirt"),
        drops=Constant(-1.0) if rain else camera.optional("drops") or Constant(GlassSpec.drops),
        wiper=camera.value("wiper"),
    )
