"""One draw of a scenario: every number fixed, plain data, replayable alone."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from simgen.conditions import Conditions
from simgen.models.finish import Finish
from simgen.scenario.camera_spec import AutoExposureSpec, GlassSpec, SensorSpec
from simgen.scenario.distortion import Distortion

STANDARD_LABELS = (
    "depth",
    "instance",
    "semantic",
    "normal",
    "flow",
    "transmittance",
    "objects",
)
"""Ground truth that every camera has, besides its picture, intrinsics and pose."""
LABELS = (*STANDARD_LABELS, "glare", "lens", "wetness")
"""Ground truth a camera may be asked for; `glare` is worth it where the lens scatters light, `lens` where something
lies on the glass before it, `wetness` on wet ground."""


@dataclass(frozen=True)
class SiteSpec:
    """Which place, with its parameters: arguments of `simgen.models.build_site`."""

    name: str
    params: dict[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Act:
    """What an actor is told to do, with everything drawn.

    Attributes:
        name: of a behaviour of `simgen.scenario.behaviours.BEHAVIOURS`.
        params: its settings by keyword, SI units. A cue under the keyword "trigger" is told by "trigger" (its
            form), "trigger.value", "trigger.actor" and, for a point, "trigger.x_m" and "trigger.y_m".
    """

    name: str
    params: dict[str, float | str | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class ActorSpec:
    """One thing in the scene, before physics has settled it.

    Attributes:
        name: unique ("ego", "debris[2]").
        model: registered model family.
        params: arguments of `simgen.models.build_model`.
        position_m: of the model frame's origin; z is the ground (or the drop height) there.
        yaw_rad, pitch_rad, roll_rad: heading counter-clockwise from +x, then nose down positive, then roll.
        speed_mps: initial and target speed along the heading.
        behaviour: how it acts: "parked" (dynamic, no drive), "keep_speed" (driver or walker holds
            `speed_mps` along `lane` or its heading), "static" (fixed to the world), or another that steers, of
            `simgen.scenario.behaviours.BEHAVIOURS`.
        lane: lane that a driver follows; "" keeps the heading.
        lights: kinds of its lamps that are lit: members of `simgen.models.LAMP_KINDS`.
        colors: slot -> linear RGB.
        acts: settings of `behaviour`, where it has any, and of what goes along with it.
        towed_by: name of the actor on whose hitch it hangs; "" for none.
    """

    name: str
    model: str
    position_m: tuple[float, float, float]
    yaw_rad: float
    pitch_rad: float = 0.0
    roll_rad: float = 0.0
    params: dict[str, float | str] = field(default_factory=dict)
    speed_mps: float = 0.0
    behaviour: str = "parked"
    lane: str = ""
    lights: tuple[str, ...] = ()
    colors: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    towed_by: str = ""


@dataclass(frozen=True)
class CameraSpec:
    """A camera and how it is mounted.

    Attributes:
        name: unique.
        width, height: pixels.
        hfov_rad: horizontal field of view.
        actor: name of the actor that carries it; "" is fixed in the world.
        mount: name of a mount of that actor's model; "" uses offset and angles alone.
        offset_m: further shift in the carrier's frame (world frame when there is no actor).
        yaw_rad, pitch_rad: further rotation; positive pitch looks up.
        rate_hz: frames per second of simulated time.
        labels: members of `LABELS`.
        f_number: of the lens.
        exposure_s: exposure time, 0 for automatic.
        antialias: visibility samples a pixel: 1 or 4.
        white_balance_k: colour temperature in kelvin that pictures show as white.
        vignetting: share of the natural cos^4 fall-off that the lens has, 0 to 1.
        veiling_glare: share of the light that the lens scatters, 0 to 1.
        motion_blur: whether what moves during the exposure is smeared.
        sensor: what counts the light.
        auto_exposure: how it finds its exposure where `exposure_s` is 0.
        distortion: how its lens bends straight lines.
        glass: what lies on the glass before its lens.
    """

    name: str
    width: int
    height: int
    hfov_rad: float
    actor: str = ""
    mount: str = ""
    offset_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    yaw_rad: float = 0.0
    pitch_rad: float = 0.0
    rate_hz: float = 10.0
    labels: tuple[str, ...] = STANDARD_LABELS
    f_number: float = 2.0
    exposure_s: float = 0.0
    antialias: int = 4
    white_balance_k: float = 6504.0
    vignetting: float = 0.0
    veiling_glare: float = 0.0
    motion_blur: bool = False
    sensor: SensorSpec = field(default_factory=SensorSpec)
    auto_exposure: AutoExposureSpec = field(default_factory=AutoExposureSpec)
    distortion: Distortion = field(default_factory=Distortion)
    glass: GlassSpec = field(default_factory=GlassSpec)


@dataclass(frozen=True)
class Sampling:
    """How the scenes of a dataset were chosen.

    Attributes:
        plan: name of the scenario's sampling plan; "" is by chance.
        path: of the value that a ladder changes; "" is none.
        values: its rungs, as they were given.
    """

    plan: str = ""
    path: str = ""
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        chosen = f"by the plan {self.plan!r}" if self.plan else "by chance"
        return chosen + (f", varying {self.path} over {', '.join(self.values)}" if self.path else "")


@dataclass(frozen=True)
class Variant:
    """A scene of a counterfactual ladder: the same sample under several values of one key.

    Attributes:
        path: of the changed value in the scenario.
        value: what stands there, as it was given.
        base: index of the sample, which all rungs share.
    """

    path: str
    value: str
    base: int


@dataclass(frozen=True)
class Change:
    """A condition that the timeline changes.

    Attributes:
        name: which: a member of `simgen.conditions.SETTINGS`.
        value: what it becomes, SI units; with `relative` by how much it changes.
        relative: whether `value` is added to what it is at that moment.
        over_s: how long it takes; 0 is at once.
    """

    name: str
    value: float | str
    relative: bool = False
    over_s: float = 0.0


@dataclass(frozen=True)
class Step:
    """Something that happens once: at a time, or when an expression has held for a while.

    Attributes:
        at_s: when; inf for a step that waits for its expression.
        when: the expression, in the language of `simgen.scenario.expressions`; "" for a step at a time.
        hold_s: how long it has to hold without a break.
        changes: the conditions that change.
        emit: kind of the event that is noted, "" for none.
        stop: whether the scene ends here.
        why: the reason for that, for people.
        units: what measures the parameters that the expression names: their SI unit, "text" or "truth". Their
            values are in `Scene.params`.
    """

    at_s: float = math.inf
    when: str = ""
    hold_s: float = 0.0
    changes: tuple[Change, ...] = ()
    emit: str = ""
    stop: bool = False
    why: str = ""
    units: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Odd:
    """The operational design domain that a scene is judged against.

    Attributes:
        taxonomy: whose classes these are; a member of `simgen.scenario.odd_plan.TAXONOMIES`.
        inside: classes that lie inside, by attribute; an attribute that is not named is not restricted.
        outside_ok: classes ("surface.flooded") outside, into which the scenario goes on purpose.
    """

    taxonomy: str
    inside: dict[str, tuple[str, ...]] = field(default_factory=dict)
    outside_ok: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    """A fully determined scene.

    Attributes:
        scenario_id: id of the scenario it was drawn from.
        scenario_digest: digest of that scenario's resolved content.
        seed, index: what it was drawn with; every random stream downstream is keyed by them.
        site: the place.
        actors: the things, in declaration order; the instance id of actor k is k + 1.
        conditions: the physical state at the start.
        cameras: the rig.
        duration_s: simulated time.
        physics_hz: ticks per second; every camera period is a whole number of ticks.
        settle_s: time that physics runs before t = 0 with actors parked, so that things lie settled.
        params: drawn values by path in the scenario, SI units, for coverage and tables.
        plan: name of the sampling plan that it is sample `index` of; "" for none.
        variant: which rung of a ladder of one changed value it is; None for none.
        timeline: what happens while it runs, besides the actors' behaviours.
        absent: names of the scenario's actors that this sample leaves out.
        odd: the operational design domain, where the scenario declares one.
        materials: how materials look, by kind, where they are not as models and places have them.
    """

    scenario_id: str
    scenario_digest: str
    seed: int
    index: int
    site: SiteSpec
    actors: tuple[ActorSpec, ...]
    conditions: Conditions
    cameras: tuple[CameraSpec, ...]
    duration_s: float
    physics_hz: int = 240
    settle_s: float = 0.5
    params: dict[str, float | str | bool] = field(default_factory=dict)
    plan: str = ""
    variant: Variant | None = None
    timeline: tuple[Step, ...] = ()
    absent: tuple[str, ...] = ()
    odd: Odd | None = None
    materials: dict[str, Finish] = field(default_factory=dict)

    @property
    def sample(self) -> int:
        """What its streams of chance are keyed by, besides the seed: the same for all rungs of a ladder."""
        return self.index if self.variant is None else self.variant.base

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, shortest floats; infinities as the string "inf"."""
        data = asdict(self)
        for camera, spec in zip(data["cameras"], self.cameras, strict=True):
            if not spec.distortion:
                del camera["distortion"]
            if spec.glass == GlassSpec():
                del camera["glass"]
        data["conditions"] = self.conditions.to_dict()
        if not self.materials:
            del data["materials"]
        return json.dumps(_finite(data), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @staticmethod
    def from_json(text: str) -> Scene:
        """Inverse of `to_json`."""
        d = json.loads(text)
        return Scene(
            scenario_id=d["scenario_id"],
            scenario_digest=d["scenario_digest"],
            seed=d["seed"],
            index=d["index"],
            site=SiteSpec(**d["site"]),
            actors=tuple(ActorSpec(**_tuples(a)) for a in d["actors"]),
            conditions=Conditions.from_dict(d["conditions"]),
            cameras=tuple(_camera(c) for c in d["cameras"]),
            duration_s=d["duration_s"],
            physics_hz=d["physics_hz"],
            settle_s=d["settle_s"],
            params={k: _number(v) for k, v in d["params"].items()},
            plan=d.get("plan", ""),
            variant=Variant(**d["variant"]) if d.get("variant") else None,
            timeline=tuple(_step(s) for s in d.get("timeline", ())),
            absent=tuple(d.get("absent", ())),
            odd=None if d.get("odd") is None else _odd(d["odd"]),
            materials={kind: Finish(**_tuples(f)) for kind, f in d.get("materials", {}).items()},
        )


def _finite(value: Any) -> Any:
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return value


def _number(value: Any) -> Any:
    """What `_finite` has written."""
    return math.inf if value == "inf" else -math.inf if value == "-inf" else value


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    if "colors" in out:
        out["colors"] = {k: tuple(v) for k, v in out["colors"].items()}
    if "acts" in out:
        out["acts"] = tuple(Act(a["name"], {k: _number(v) for k, v in a["params"].items()}) for a in out["acts"])
    return out


def _camera(data: dict[str, Any]) -> CameraSpec:
    sensor = SensorSpec(**data.get("sensor", {}))
    auto_exposure = AutoExposureSpec(**data.get("auto_exposure", {}))
    distortion = Distortion(**_tuples(data.get("distortion", {})))
    glass = GlassSpec(**data.get("glass", {}))
    parts = {"sensor": sensor, "auto_exposure": auto_exposure, "distortion": distortion, "glass": glass}
    return CameraSpec(**{**_tuples(data), **parts})


def _step(data: dict[str, Any]) -> Step:
    changes = tuple(Change(**{**c, "value": _number(c["value"])}) for c in data["changes"])
    return Step(**{**data, "at_s": _number(data["at_s"]), "changes": changes})


def _odd(data: dict[str, Any]) -> Odd:
    inside = {attribute: tuple(names) for attribute, names in data["inside"].items()}
    return Odd(data["taxonomy"], inside, tuple(data["outside_ok"]))
