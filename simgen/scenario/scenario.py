"""Scenario: a validated document that draws scenes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from simgen.scenario.actor_plan import ActorPlan, Carriers, read_actors
from simgen.scenario.casting import cast_actors
from simgen.scenario.condition_plan import ConditionPlan, read_conditions
from simgen.scenario.correlation import Correlation, read_correlation
from simgen.scenario.distributions import Value
from simgen.scenario.document import Mapping, Node, Scalar, Sequence, parse_document
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.inherit import resolve
from simgen.scenario.library import ID, Located, locate, read_source, shipped_ids
from simgen.scenario.reading import Reader
from simgen.scenario.scene import Scene
from simgen.scenario.sensor_plan import SensorPlan, check_period, read_sensors
from simgen.scenario.site_plan import SitePlan, read_site
from simgen.scenario.source import Problems, SourceFile
from simgen.scenario.table import SCENARIO
from simgen.units import UnitError, parse_quantity

_ORDERED = ("actors", "sensors", "choice")  # maps whose order means something


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
    duration_s: float
    physics_hz: int
    settle_s: float

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

    def draw(self, seed: int, index: int) -> Scene:
        """Sample `index` under a seed: a pure function of both and of the scenario.

        Raises:
            PlacementError: a thing finds no free place.
            UserError: a model or site refuses the parameters that were drawn.
        """
        return self.compose(self.begin(seed, index, Draws))

    def begin(self, seed: int, index: int, of: type[D]) -> D:
        """The draws of sample `index` under a seed, of a class that may watch or change them."""
        return of(seed, index, self._params, self._correlation)

    def compose(self, draws: Draws) -> Scene:
        """The scene of some draws, which decide everything that is not fixed.

        Raises:
            PlacementError, UserError: as `draw` does.
        """
        for name in self._params:
            draws.record[f"params.{name}"] = draws.param(name)
        site_spec = self._site.draw(draws)
        site = self._site.build(site_spec)
        return Scene(
            scenario_id=self.id,
            scenario_digest=self.digest,
            seed=draws.seed,
            index=draws.index,
            site=site_spec,
            conditions=self._conditions.draw(draws, site),
            actors=cast_actors(self._actors, draws, site),
            cameras=tuple(sensor.draw(draws) for sensor in self._sensors),
            duration_s=self.duration_s,
            physics_hz=self.physics_hz,
            settle_s=self.settle_s,
            params=draws.record,
        )


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


def _read(source: SourceFile, located: Located | None) -> Scenario:
    problems = Problems()
    path = located.path if located is not None else None
    document = resolve(source, path, located.roots if located is not None else (), problems)
    params = document.entries.get("params")
    if params is not None and not isinstance(params, Mapping):
        problems.add(params.mark, "'params' is a map of named values", "expected {name: value}")
    reader = Reader(problems, params if isinstance(params, Mapping) else None)
    root = Fields(reader, document, SCENARIO)
    values = reader.params()
    build = _read_body(root, values, source, located)
    problems.raise_if_any()
    return build(_digest(document))


def _read_body(
    root: Fields, params: dict[str, Value], source: SourceFile, located: Located | None
) -> Callable[[str], Scenario]:
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

    def build(digest: str) -> Scenario:
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
            duration_s,
            physics_hz,
            settle_s,
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


def _digest(document: Mapping) -> str:
    """Digest of what a document means: quantities in SI, order where it matters, no id or description."""
    entries = {k: v for k, v in document.entries.items() if k not in ("id", "description", "extends")}
    data = _canonical(Mapping(document.mark, entries, document.key_marks), "")
    params = entries.get("params")
    if "correlate" in entries and isinstance(params, Mapping):
        data["correlate"]["order"] = list(params.entries)  # a copula is built in the order of its members
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _canonical(node: Node, key: str) -> Any:
    if isinstance(node, Sequence):
        return [_canonical(item, "") for item in node.items]
    if isinstance(node, Mapping):
        pairs = {k: _canonical(v, k) for k, v in node.entries.items()}
        return [[_quantity(k), v] for k, v in pairs.items()] if key in _ORDERED else pairs
    return _quantity(node.text)


def _quantity(text: str) -> str:
    try:
        found = parse_quantity(text)
    except UnitError:
        return text
    dimension = found.dimension.exponents if found.dimension is not None else ""
    return f"{found.value!r} {dimension}"
