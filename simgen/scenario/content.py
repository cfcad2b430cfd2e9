"""What the sections of a scenario come to, each read by its own module."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from simgen.scenario.actor_plan import ActorPlan, Carriers, read_actors, singles
from simgen.scenario.condition_plan import ConditionPlan, read_conditions
from simgen.scenario.correlation import Correlation, read_correlation
from simgen.scenario.distributions import Value
from simgen.scenario.fields import Fields
from simgen.scenario.kinds import Kind
from simgen.scenario.library import ID
from simgen.scenario.material_plan import FinishPlan, read_materials
from simgen.scenario.measures import Cast, unit_of_kind
from simgen.scenario.odd_plan import OddPlan, read_odd
from simgen.scenario.require_plan import Requirement, read_requirements
from simgen.scenario.sensor_plan import SensorPlan, check_period, read_sensors
from simgen.scenario.site_plan import SitePlan, read_site
from simgen.scenario.source import SourceFile
from simgen.scenario.timeline_plan import There, TimelinePlan, read_timeline


@dataclass(frozen=True)
class Content:
    """A scenario, section by section.

    Attributes:
        id: name in the library, or the file's own.
        description: what happens, and why it is an edge case.
        params: the parameters by name, each after those that it follows from; kinds: what each may be.
        correlation: which of them are drawn together.
        site, conditions, materials, actors, sensors, requirements, timeline, odd: as their modules say; without an
            operational design domain None.
        indoor: whether the site is.
        duration_s, physics_hz, settle_s: as `Scene` has them.
    """

    id: str
    description: str
    params: dict[str, Value]
    kinds: dict[str, Kind]
    correlation: Correlation
    site: SitePlan
    conditions: ConditionPlan
    materials: tuple[FinishPlan, ...]
    actors: tuple[ActorPlan, ...]
    sensors: tuple[SensorPlan, ...]
    requirements: tuple[Requirement, ...]
    timeline: TimelinePlan
    odd: OddPlan | None
    indoor: bool
    duration_s: float
    physics_hz: int
    settle_s: float


def read_content(root: Fields, params: dict[str, Value], source: SourceFile, shipped_id: str) -> Content | None:
    """The content of a scenario, or None where too much is wrong with it; faults are noted.

    Args:
        root: the whole document.
        params: its parameters.
        source: its file.
        shipped_id: its id where it belongs to the shipped library, else "".
    """
    identity = _read_id(root, source, shipped_id)
    if shipped_id:
        root.need("description")
    description = root.name("description")
    duration_s = root.number("duration")
    physics = root.number("physics_rate")
    if not physics.is_integer() and math.isfinite(physics):
        message = f"{physics:g} Hz is not a whole number of ticks a second"
        root.reader.problems.add(root.key_mark("physics_rate"), message, "expected 240 Hz, 480 Hz, ...")
    rate_hz = root.number("rate")
    if "rate" in root:
        check_period(root, rate_hz, physics)
    settle_s = root.number("settle")
    correlation = read_correlation(root, params)
    site_plan, site = read_site(root)
    conditions = read_conditions(root, site)
    materials = read_materials(root)
    actors = read_actors(root, site)
    sensors = read_sensors(root, rate_hz, physics, Carriers(actors))
    known = {name: root.reader.param(name) for name in root.reader.param_names()}
    kinds = {name: entry[1] for name, entry in known.items() if entry is not None}
    units = {name: unit_of_kind(kind) for name, kind in kinds.items()}
    cast = Cast(singles(root), tuple(site.regions) if site is not None else (), units)
    requirements = read_requirements(root, cast)
    odd = read_odd(root)
    there = There(conditions.water is not None, conditions.tornado is not None, len(conditions.plumes))
    timeline = read_timeline(root, cast, duration_s, there)
    if site_plan is None or not physics.is_integer():
        return None
    return Content(
        id=identity,
        description=" ".join(description.split()),
        params=params,
        kinds=kinds,
        correlation=correlation,
        site=site_plan,
        conditions=conditions,
        materials=materials,
        actors=actors,
        sensors=sensors,
        requirements=requirements,
        timeline=timeline,
        odd=odd,
        indoor=site is not None and site.indoor,
        duration_s=duration_s,
        physics_hz=int(physics),
        settle_s=settle_s,
    )


def _read_id(root: Fields, source: SourceFile, shipped_id: str) -> str:
    own = shipped_id or (source.name if ID.fullmatch(source.name) else Path(source.name).stem)
    node = root.get("id")
    if node is None:
        return own
    given = root.name("id")
    expected = (
        f"expected {shipped_id!r}, as its file is called" if shipped_id else "expected lower-case names joined by /"
    )
    if given and ((shipped_id and given != shipped_id) or not ID.fullmatch(given)):
        root.reader.problems.add(
            node.mark,
            f"{given!r} is not the id of this scenario" if shipped_id else f"{given!r} is not an id",
            expected,
        )
    return given
