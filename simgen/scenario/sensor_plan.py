"""The `sensors` of a scenario: cameras, how they are mounted and what they are labelled with."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simgen.errors import UserError
from simgen.scenario.actor_plan import Carriers
from simgen.scenario.device_plan import DevicePlan, read_device
from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Mapping, Scalar
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields, text_list
from simgen.scenario.kinds import Text
from simgen.scenario.lens_plan import DistortionPlan, GlassPlan, read_distortion, read_glass
from simgen.scenario.scene import LABELS, STANDARD_LABELS, CameraSpec
from simgen.scenario.sensor_table import AUTO, MOUNT, SENSOR
from simgen.scenario.source import one_of


@dataclass(frozen=True)
class SensorPlan:
    """A camera whose fixed settings are given and whose others may be drawn."""

    name: str
    width: int
    height: int
    hfov: Value
    f_number: Value
    exposure: Value
    antialias: int
    white_balance: Value
    vignetting: Value
    veiling_glare: Value
    motion_blur: Value
    device: DevicePlan
    distortion: DistortionPlan
    glass: GlassPlan
    actor: str
    mount: str
    offset: tuple[Value, Value, Value]
    yaw: Value
    pitch: Value
    labels: tuple[str, ...]
    rate_hz: float
    where: str

    def draw(self, draws: Draws) -> CameraSpec:
        """The camera of one sample.

        Raises:
            UserError: its lens cannot make such a picture.
        """
        path = f"sensors.{self.name}"
        x, y, z = (draws.number(v, f"{path}.mount.at[{k}]") for k, v in enumerate(self.offset))
        camera = CameraSpec(
            name=self.name,
            width=self.width,
            height=self.height,
            hfov_rad=draws.number(self.hfov, f"{path}.camera.hfov"),
            actor=self.actor,
            mount=self.mount,
            offset_m=(x, y, z),
            yaw_rad=draws.number(self.yaw, f"{path}.mount.yaw"),
            pitch_rad=draws.number(self.pitch, f"{path}.mount.pitch"),
            rate_hz=self.rate_hz,
            labels=self.labels,
            f_number=draws.number(self.f_number, f"{path}.camera.f_number"),
            exposure_s=draws.number(self.exposure, f"{path}.camera.exposure"),
            antialias=self.antialias,
            white_balance_k=draws.number(self.white_balance, f"{path}.camera.white_balance_k"),
            vignetting=draws.number(self.vignetting, f"{path}.camera.vignetting"),
            veiling_glare=draws.number(self.veiling_glare, f"{path}.camera.veiling_glare"),
            motion_blur=draws.truth(self.motion_blur, f"{path}.camera.motion_blur"),
            sensor=self.device.draw_sensor(draws, f"{path}.camera"),
            auto_exposure=self.device.draw_auto_exposure(draws, f"{path}.camera"),
            distortion=self.distortion.draw(draws, f"{path}.camera"),
            glass=self.glass.draw(draws, f"{path}.camera"),
        )
        fault = camera.distortion.fault(camera.width, camera.height, camera.hfov_rad)
        if fault:
            raise UserError(f"{self.where}: the camera {self.name!r}: {fault}")
        return camera


def read_sensors(root: Fields, rate_hz: float, physics_hz: float, carriers: Carriers) -> tuple[SensorPlan, ...]:
    """The cameras of a scenario.

    Args:
        root: the scenario's top-level keys.
        rate_hz: of sensors that give none.
        physics_hz: ticks a second; a camera's period is a whole number of them.
        carriers: the actors that can carry a sensor.
    """
    node = root.need("sensors", "{name: {camera: ..., mount: ...}}")
    if not isinstance(node, Mapping):
        if node is not None:
            root.reader.problems.add(node.mark, "'sensors' is a map of named sensors", "expected {name: {camera: ...}}")
        return ()
    if not node.entries:
        root.reader.problems.add(root.key_mark("sensors"), "'sensors' is empty", "expected at least one camera")
    plans = []
    for name, body in node.entries.items():
        fields = Fields(root.reader, body, SENSOR, what=f"the sensor {name!r}", mark=node.key_marks[name])
        plans.append(_read_sensor(name, fields, rate_hz, physics_hz, carriers))
    return tuple(plans)


def _read_sensor(name: str, fields: Fields, rate_hz: float, physics_hz: float, carriers: Carriers) -> SensorPlan:
    fields.need("camera")
    camera = fields.sub("camera", f"the camera of {name!r}")
    width, height = camera.number("width"), camera.number("height")
    actor, mount, offset, yaw, pitch = _read_mount(name, fields, carriers)
    own_hz = fields.number("rate") if "rate" in fields else rate_hz
    if "rate" in fields:
        check_period(fields, own_hz, physics_hz)
    antialias = camera.name("antialias")
    glass = read_glass(camera)
    automatic = isinstance(e := camera.get("exposure"), Scalar) and e.text == AUTO
    return SensorPlan(
        name=name,
        width=int(width) if math.isfinite(width) else 0,
        height=int(height) if math.isfinite(height) else 0,
        hfov=camera.value("hfov"),
        f_number=camera.value("f_number"),
        exposure=Constant(0.0) if automatic else camera.optional("exposure") or Constant(0.0),
        antialias=int(antialias or 4),
        white_balance=camera.value("white_balance_k"),
        vignetting=camera.value("vignetting"),
        veiling_glare=camera.value("veiling_glare"),
        motion_blur=camera.value("motion_blur"),
        device=read_device(camera, name),
        distortion=read_distortion(camera),
        glass=glass,
        actor=actor,
        mount=mount,
        offset=offset,
        yaw=yaw,
        pitch=pitch,
        labels=_read_labels(fields, _everything(glare="veiling_glare" in camera, glass=bool(glass))),
        rate_hz=own_hz,
        where=str(camera.mark),
    )


def check_period(fields: Fields, rate_hz: float, physics_hz: float) -> None:
    """Note it when the period of the key `rate` is not a whole number of physics ticks."""
    if not rate_hz > 0.0 or not physics_hz > 0.0:
        return  # noted already
    ticks = physics_hz / rate_hz
    if abs(ticks - round(ticks)) > 1e-9 or round(ticks) < 1:
        rates = ", ".join(f"{physics_hz / n:g} Hz" for n in (48, 24, 16, 12, 8, 4) if (physics_hz / n).is_integer())
        message = f"a period of {ticks:.6g} physics ticks is not a whole number of them"
        fields.reader.problems.add(
            fields.key_mark("rate"), message, f"expected a divisor of {physics_hz:g} Hz: {rates}"
        )


def _everything(*, glare: bool, glass: bool) -> tuple[str, ...]:
    """What `labels: all` means for a camera whose lens scatters light, or has something on its glass."""
    return (*STANDARD_LABELS, *(["glare"] if glare else []), *(["lens"] if glass else []))


def _read_labels(fields: Fields, everything: tuple[str, ...]) -> tuple[str, ...]:
    """The labels that are asked for; `everything` is what `all` means."""
    node = fields.get("labels")
    if node is None or (isinstance(node, Scalar) and node.text == "all"):
        return everything
    if isinstance(node, Scalar):
        fields.reader.problems.add(
            node.mark, f"{node.text!r} is not a list", f"expected all, or a list of: {', '.join(LABELS)}"
        )
        return LABELS
    asked = text_list(fields.reader, node, Text("a label", LABELS), SENSOR["labels"].fixed)
    return tuple(name for name in LABELS if name in asked)


def _read_mount(
    name: str, fields: Fields, carriers: Carriers
) -> tuple[str, str, tuple[Value, Value, Value], Value, Value]:
    zero = Constant(0.0)
    node = fields.need("mount", "ACTOR.MOUNT, or {at: [x, y, z], yaw: ..., pitch: ...}")
    if node is None or isinstance(node, Scalar):
        actor, mount = _carrier(fields, node, carriers) if node is not None else ("", "")
        return actor, mount, (zero, zero, zero), zero, zero
    body = Fields(fields.reader, node, MOUNT, what=f"the mount of {name!r}", mark=fields.key_mark("mount"))
    on = body.get("on")
    actor, mount = _carrier(body, on, carriers) if isinstance(on, Scalar) else ("", "")
    if on is None:
        body.need("at")
    x, y, z = body.row("at") if "at" in body else (zero,) * 3
    return actor, mount, (x, y, z), body.value("yaw"), body.value("pitch")


def _carrier(fields: Fields, node: Scalar, carriers: Carriers) -> tuple[str, str]:
    """The actor and mount that "ego.windscreen" names; "ego" alone is its model frame."""
    actor, _, mount = node.text.partition(".")
    problems = fields.reader.problems
    if actor not in carriers.names:
        problems.add(
            node.mark,
            f"no actor {actor!r} can carry a sensor",
            f"{one_of(actor, carriers.names)} (always present, no count)",
        )
        return actor, mount
    mounts = carriers.mounts(actor) if mount else None
    if mounts is not None and mount not in mounts:
        options = [f"{actor}.{m}" for m in mounts]
        problems.add(node.mark, f"{actor!r} has no mount {mount!r}", one_of(node.text, options))
    return actor, mount
