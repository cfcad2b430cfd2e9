"""Scenario: a validated document that draws scenes."""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from simgen.errors import UserError
from simgen.scenario.actor_plan import ActorPlan, Carriers, read_actors, singles
from simgen.scenario.casting import cast_actors
from simgen.scenario.condition_plan import ConditionPlan, read_conditions
from simgen.scenario.correlation import Correlation, read_correlation
from simgen.scenario.digest import digest_of
from simgen.scenario.distributions import Value
from simgen.scenario.document import Mapping as MapNode
from simgen.scenario.document import Scalar, parse_document
from simgen.scenario.draws import Draws
from simgen.scenario.edit import Data, as_yaml, full_path, replaced
from simgen.scenario.factors import Factor, find_factors
from simgen.scenario.fields import Fields
from simgen.scenario.inherit import resolve
from simgen.scenario.library import ID, Located, locate, read_source, shipped_ids
from simgen.scenario.measures import Cast, unit_of_kind
from simgen.scenario.odd_plan import Finding, OddPlan, extent_of, read_odd
from simgen.scenario.plan_section import read_plans
from simgen.scenario.reading import Reader
from simgen.scenario.require_plan import Requirement, accepted, failing, read_requirements
from simgen.scenario.sampling import SamplingPlan
from simgen.scenario.scene import Sampling, Scene
from simgen.scenario.sensor_plan import SensorPlan, check_period, read_sensors
from simgen.scenario.site_plan import SitePlan, read_site
from simgen.scenario.source import Problems, SourceFile, one_of
from simgen.scenario.table import SCENARIO
from simgen.scenario.timeline_plan import TimelinePlan, read_timeline

D = TypeVar("D", bound=Draws)


@dataclass(frozen=True)
class Scenario:
    """A validated scenario. Immutable, picklable, and cheap to draw from.

    Attributes:
        id: name in the library, or the file's own.
        description: what happens, and why it is an edge case.
        digest: hex digest of the resolved content; the same for texts that mean the same.
    """

    id: str
    description: str
    digest: str
    _params: dict[str, Value]
    _correlation: Correlation
    _site: SitePlan
    _conditions: ConditionPlan
    _actors: tuple[ActorPlan, ...]
    _sensors: tuple[SensorPlan, ...]
    _require: tuple[Requirement, ...]
    _timeline: TimelinePlan
    _odd: OddPlan | None
    _indoor: bool
    duration_s: float
    physics_hz: int
    settle_s: float
    _factors: dict[str, Factor]
    _plans: dict[str, SamplingPlan]
    _text: _Text = field(compare=False, repr=False)

    @staticmethod
    def load(id_or_path: str | Path) -> Scenario:
        """The scenario of a shipped id ("driving/lost_cargo") or of a .yaml file.

        Raises:
            UserError: there is none, or it cannot be read.
            ScenarioError: it is not valid; holds everything that is wrong with it.
        """
        located = locate(id_or_path)
        return _read(read_source(located.path), located)

    @staticmethod
    def from_text(text: str, name: str) -> Scenario:
        """The scenario of a text; `name` stands for its file in messages, and for its id where it gives none.

        Raises:
            ScenarioError: it is not valid; holds everything that is wrong with it.
        """
        return _read(SourceFile.from_text(name, text), None)

    @property
    def params(self) -> Map[str, Value]:
        """The parameters by name, as values that may be drawn."""
        return self._params

    @staticmethod
    def from_dict(data: Map[str, Data], name: str = "scenario") -> Scenario:
        """The scenario of plain data in the shape of a file; quantities are texts with units ("30 m").

        Raises:
            ScenarioError: it is not valid; lines and columns are those of the data written as YAML.
        """
        return _read(as_yaml(data, name), None)

    def with_(self, changes: Map[str, Data]) -> Scenario:
        """This scenario with other values at some paths: `with_({"conditions.fog.mor": "30 m"})`.

        Names of parameters and actors may stand alone ("severity", "ego.speed"). Draws at other paths stay as
        they are.

        Args:
            changes: by path, text of the language, numbers, truths, lists or maps; None removes.

        Raises:
            ScenarioError: it is not valid then; what is wrong with a value is told in words of its path.
        """
        problems = Problems()
        document = self._text.document
        for path, data in changes.items():
            document = replaced(document, full_path(document, path), data, problems)
        problems.raise_if_any()
        return _build(document, self._text.source, self._text.located, problems)

    def param_space(self) -> tuple[Factor, ...]:
        """Everything that is drawn once a sample, by path: kind, unit, bounds, options, distribution.

        What is drawn for each thing of an actor with a count is left out, and references are those of their
        parameter.
        """
        return tuple(self._factors.values())

    @property
    def plan_names(self) -> tuple[str, ...]:
        """Names of its sampling plans."""
        return tuple(self._plans)

    def plan(self, name: str) -> SamplingPlan:
        """A sampling plan by name.

        Raises:
            UserError: there is none of that name.
        """
        if name not in self._plans:
            known = one_of(name, self._plans) if self._plans else "it has no 'plan' section"
            raise UserError(f"the scenario {self.id} has no plan {name!r}: {known}")
        return self._plans[name]

    @property
    def sampling(self) -> Sampling:
        """How its own samples are chosen: by chance."""
        return Sampling()

    def path_of(self, name: str) -> str:
        """The path from the root of a value that is named like "severity" or "ego.speed"."""
        return full_path(self._text.document, name)

    def draw(self, seed: int, index: int, plan: str = "") -> Scene:
        """Sample `index` under a seed: a pure function of both, of the plan and of the scenario.

        Args:
            seed: of all draws.
            index: of the sample.
            plan: name of a sampling plan; "" draws everything by chance.

        Raises:
            PlacementError: a thing finds no free place.
            RequirementError: no draw of the sample meets what the scenario requires.
            UserError: a model or site refuses the parameters that were drawn; no such plan, or it is smaller.
        """

        def attempt(k: int) -> Scene:
            return self.compose(self.begin(seed, index, Draws, plan, attempt=k), plan)

        return accepted(self._require, seed, index, attempt)

    def begin(self, seed: int, index: int, of: type[D], plan: str = "", *, attempt: int = 0) -> D:
        """The draws of sample `index` under a seed, of a class that may watch or change them.

        Args:
            seed, index: of the sample.
            of: the class.
            plan: name of a sampling plan; "" draws everything by chance.
            attempt: how often the sample has been rejected before.

        Raises:
            UserError: no such plan, or it is smaller.
        """
        steered = self.plan(plan).steered(seed, index) if plan else None
        return of(seed, index, self._params, self._correlation, steered, attempt)

    def compose(self, draws: Draws, plan: str = "") -> Scene:
        """The scene of some draws, which decide everything that is not fixed, whatever the scenario requires.

        Raises:
            PlacementError, UserError: as `draw` does.
        """
        for name in self._params:
            draws.record[f"params.{name}"] = draws.param(name)
        site_spec = self._site.draw(draws)
        site = self._site.build(site_spec)
        conditions, water = self._conditions, self._conditions.water
        actors = cast_actors(self._actors, draws, site)
        present = {actor.name.partition("[")[0] for actor in actors}
        return Scene(
            scenario_id=self.id,
            scenario_digest=self.digest,
            seed=draws.seed,
            index=draws.index,
            site=site_spec,
            conditions=conditions.draw(draws, site, floods=self._timeline.floods),
            actors=actors,
            cameras=tuple(sensor.draw(draws) for sensor in self._sensors),
            duration_s=self.duration_s,
            physics_hz=self.physics_hz,
            settle_s=self.settle_s,
            params=draws.record,
            plan=plan,
            timeline=self._timeline.draw(draws, None if water is None else water.direction),
            absent=tuple(plan.name for plan in self._actors if plan.name not in present),
            odd=self._odd.odd if self._odd is not None else None,
        )

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What must hold in a scene, else it is drawn again."""
        return self._require

    def failing(self, scene: Scene) -> list[int]:
        """Which of the requirements, by their numbers, a scene does not meet."""
        return failing(self._require, scene)

    def outside_odd(self) -> list[Finding]:
        """What samples can reach outside the declared operational design domain without saying so; none undeclared.

        Also what the scenario says to reach on purpose and never does. Judged by the ranges of what is drawn, not by
        samples, so that the rarest counts.
        """
        if self._odd is None:
            return []
        return self._odd.outside(extent_of(self._conditions, self._timeline, indoor=self._indoor))


def list_scenarios() -> list[tuple[str, str, Path]]:
    """The shipped scenarios as (id, description, path), sorted by id.

    Raises:
        ScenarioError: a shipped file is not even YAML.
    """
    out = []
    for name in shipped_ids():
        path = locate(name).path
        entry = parse_document(read_source(path), Problems()).entries.get("description")
        out.append((name, " ".join(entry.text.split()) if isinstance(entry, Scalar) else "", path))
    return out


@dataclass(frozen=True, eq=False)
class _Text:
    """What a scenario was read from: the resolved document, its file and where that was found."""

    document: MapNode
    source: SourceFile
    located: Located | None


def _read(source: SourceFile, located: Located | None) -> Scenario:
    problems = Problems()
    path = located.path if located is not None else None
    document = resolve(source, path, located.roots if located is not None else (), problems)
    return _build(document, source, located, problems)


def _build(document: MapNode, source: SourceFile, located: Located | None, problems: Problems) -> Scenario:
    params = document.entries.get("params")
    if params is not None and not isinstance(params, MapNode):
        problems.add(params.mark, "'params' is a map of named values", "expected {name: value}")
    reader = Reader(problems, params if isinstance(params, MapNode) else None)
    root = Fields(reader, document, SCENARIO)
    values = reader.params()
    build = _read_body(root, values, source, located)
    factors = find_factors(document, reader.drawn)
    plans = read_plans(root, factors)
    problems.raise_if_any()
    return build(digest_of(document), factors, plans, _Text(document, source, located))


def _read_body(
    root: Fields, params: dict[str, Value], source: SourceFile, located: Located | None
) -> Callable[[str, dict[str, Factor], dict[str, SamplingPlan], _Text], Scenario]:
    shipped_id = located.shipped_id if located is not None else ""
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
    actors = read_actors(root, site)
    sensors = read_sensors(root, rate_hz, physics, Carriers(actors))
    known = {name: root.reader.param(name) for name in root.reader.param_names()}
    units = {name: unit_of_kind(entry[1]) for name, entry in known.items() if entry is not None}
    cast = Cast(singles(root), tuple(site.regions) if site is not None else (), units)
    requirements = read_requirements(root, cast)
    odd = read_odd(root)
    timeline = read_timeline(root, cast, duration_s, wet=conditions.water is not None)

    def build(digest: str, factors: dict[str, Factor], plans: dict[str, SamplingPlan], told: _Text) -> Scenario:
        assert site_plan is not None  # else a problem was noted
        text = " ".join(description.split())
        physics_hz = int(physics)
        return Scenario(
            identity,
            text,
            digest,
            params,
            correlation,
            site_plan,
            conditions,
            actors,
            sensors,
            requirements,
            timeline,
            odd,
            site is not None and site.indoor,
            duration_s,
            physics_hz,
            settle_s,
            factors,
            plans,
            told,
        )

    return build


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
