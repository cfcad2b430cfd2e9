"""Scenario: a validated document that draws scenes."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from simgen.errors import UserError
from simgen.scenario.actor_plan import own_files
from simgen.scenario.casting import cast_actors
from simgen.scenario.content import Content, read_content
from simgen.scenario.digest import digest_of
from simgen.scenario.distributions import Value
from simgen.scenario.document import Mapping as MapNode
from simgen.scenario.draws import Draws
from simgen.scenario.edit import Data, as_yaml, full_path, replaced
from simgen.scenario.factors import Factor, find_factors
from simgen.scenario.fields import Fields
from simgen.scenario.inherit import resolve
from simgen.scenario.kinds import Number
from simgen.scenario.library import Located, locate, read_source
from simgen.scenario.odd_plan import Finding, extent_of
from simgen.scenario.plan_section import read_plans
from simgen.scenario.reading import Reader
from simgen.scenario.require_plan import Candidate, Requirement, accepted, failing
from simgen.scenario.sampling import SamplingPlan
from simgen.scenario.scene import Sampling, Scene
from simgen.scenario.source import Problems, SourceFile, one_of
from simgen.scenario.table import SCENARIO
from simgen.units import si_unit

D = TypeVar("D", bound=Draws)


@dataclass(frozen=True)
class Scenario:
    """A validated scenario. Immutable, picklable, and cheap to draw from.

    Attributes:
        digest: hex digest of the resolved content; the same for texts that mean the same.
    """

    digest: str
    _content: Content
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

    @staticmethod
    def from_dict(data: Map[str, Data], name: str = "scenario") -> Scenario:
        """The scenario of plain data in the shape of a file; quantities are texts with units ("30 m").

        Raises:
            ScenarioError: it is not valid; lines and columns are those of the data written as YAML.
        """
        return _read(as_yaml(data, name), None)

    @property
    def id(self) -> str:
        """Its name in the library, or the file's own."""
        return self._content.id

    @property
    def description(self) -> str:
        """What happens, and why it is an edge case."""
        return self._content.description

    @property
    def duration_s(self) -> float:
        """Simulated time of its scenes."""
        return self._content.duration_s

    @property
    def params(self) -> Map[str, Value]:
        """The parameters by name, as values that may be drawn."""
        return self._content.params

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What must hold in a scene, else it is drawn again."""
        return self._content.requirements

    def with_(self, changes: Map[str, Data]) -> Scenario:
        """This scenario with other values at some paths: `with_({"conditions.fog.mor": "30 m"})`.

        Names of parameters and actors may stand alone ("severity", "ego.speed"). Draws at other paths stay as
        they are: what is fixed keeps its place in sampling plans and correlations.

        Args:
            changes: by path, text of the language, numbers, truths, lists or maps; None removes.

        Raises:
            ScenarioError: it is not valid then; what is wrong with a value is told in words of its path.
        """
        problems = Problems()
        document = self._text.document
        changed = []
        for path, data in changes.items():
            changed.append(full_path(document, path))
            document = replaced(document, changed[-1], data, problems)
        problems.raise_if_any()
        return _build(replace(self._text, document=document, fixed=self._text.fixed.union(changed)), problems)

    def param_space(self) -> tuple[Factor, ...]:
        """Everything that is drawn once a sample, by path: kind, unit, bounds, options, distribution.

        What is drawn for each thing of an actor with a count is left out, and references are those of their
        parameter.
        """
        return tuple(f for f in self._factors.values() if f.random)

    @property
    def units(self) -> dict[str, str]:
        """SI unit by path of every parameter and of what else is drawn once a sample.

        "1" for plain numbers, "" for texts and truths.
        """
        params = {
            f"params.{name}": si_unit(kind.dimension) if isinstance(kind, Number) else ""
            for name, kind in self._content.kinds.items()
        }
        return {path: factor.unit for path, factor in self._factors.items()} | params

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
        return accepted([self.candidate(seed, index, plan)], seed, index)[0]

    def candidate(self, seed: int, index: int, plan: str = "", label: str = "") -> Candidate:
        """Sample `index` under a seed at any attempt, and what it has to meet; `label` tells it from others."""

        def attempt(k: int) -> Scene:
            return self.compose(self.begin(seed, index, Draws, plan, attempt=k), plan)

        return Candidate(self.requirements, attempt, label)

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
        return of(seed, index, self._content.params, self._content.correlation, steered, attempt)

    def compose(self, draws: Draws, plan: str = "") -> Scene:
        """The scene of some draws, which decide everything that is not fixed, whatever the scenario requires.

        Raises:
            PlacementError, UserError: as `draw` does.
        """
        content = self._content
        for name in content.params:
            draws.record[f"params.{name}"] = draws.param(name)
        site_spec = content.site.draw(draws)
        site = content.site.build(site_spec)
        water = content.conditions.water
        actors = cast_actors(content.actors, draws, site)
        present = {actor.name.partition("[")[0] for actor in actors}
        return Scene(
            scenario_id=content.id,
            scenario_digest=self.digest,
            seed=draws.seed,
            index=draws.index,
            site=site_spec,
            conditions=content.conditions.draw(draws, site, floods=content.timeline.floods),
            actors=actors,
            cameras=tuple(sensor.draw(draws) for sensor in content.sensors),
            duration_s=content.duration_s,
            physics_hz=content.physics_hz,
            settle_s=content.settle_s,
            params=draws.record,
            plan=plan,
            timeline=content.timeline.draw(draws, None if water is None else water.direction),
            absent=tuple(plan.name for plan in content.actors if plan.name not in present),
            odd=content.odd.odd if content.odd is not None else None,
            materials={plan.kind: plan.draw(draws) for plan in content.materials},
        )

    def failing(self, scene: Scene) -> list[int]:
        """Which of the requirements, by their numbers, a scene does not meet."""
        return failing(self.requirements, scene)

    def outside_odd(self) -> list[Finding]:
        """What samples can reach outside the declared operational design domain without saying so; none undeclared.

        Also what the scenario says to reach on purpose and never does. Judged by the ranges of what is drawn, not by
        samples, so that the rarest counts.
        """
        content = self._content
        if content.odd is None:
            return []
        return content.odd.outside(extent_of(content.conditions, content.timeline, indoor=content.indoor))


@dataclass(frozen=True, eq=False)
class _Text:
    """What a scenario is read from: the resolved document, its file, where that was found, and paths set since."""

    document: MapNode
    source: SourceFile
    located: Located | None
    fixed: frozenset[str] = frozenset()


def _read(source: SourceFile, located: Located | None) -> Scenario:
    problems = Problems()
    path = located.path if located is not None else None
    document = resolve(source, path, located.roots if located is not None else (), problems)
    return _build(_Text(document, source, located), problems)


def _build(text: _Text, problems: Problems) -> Scenario:
    document, located = text.document, text.located
    params = document.entries.get("params")
    if params is not None and not isinstance(params, MapNode):
        problems.add(params.mark, "'params' is a map of named values", "expected {name: value}")
    reader = Reader(problems, params if isinstance(params, MapNode) else None, text.fixed)
    root = Fields(reader, document, SCENARIO)
    values = reader.params()
    content = read_content(root, values, text.source, located.shipped_id if located is not None else "")
    factors = find_factors(document, reader.found, text.fixed)
    plans = read_plans(root, factors)
    problems.raise_if_any()
    assert content is not None  # else a problem was noted
    return Scenario(digest_of(document, own_files(content.actors)), content, factors, plans, text)
