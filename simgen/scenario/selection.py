"""Which scenes of a scenario a dataset is made of: samples of a plan, and each under every value of a ladder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from simgen.errors import UserError
from simgen.scenario.require_plan import accepted
from simgen.scenario.scenario import Scenario
from simgen.scenario.scene import Sampling, Scene, Variant

DEFAULT_SAMPLES = 10
"""Samples where neither the user nor a plan says how many."""
_OPEN, _CLOSE = "[{(", "]})"


@dataclass(frozen=True)
class Selection:
    """Scenes of a scenario, numbered from 0; it renders wherever a scenario does.

    With a ladder of V values, scene k is sample k // V under value k % V: the rungs of a sample stand together, and
    a larger number of samples extends the dataset. All rungs share their sample's streams of chance, so that only
    what follows from the value differs; a sample that one of them may not be is drawn again for all.

    Attributes:
        scenario: what is drawn from.
        sampling: the plan and the ladder.
    """

    scenario: Scenario
    sampling: Sampling
    _rungs: tuple[Scenario, ...] = field(repr=False)

    @staticmethod
    def of(scenario: Scenario, plan: str = "", vary: str = "") -> Selection:
        """Scenes of a scenario.

        Args:
            scenario: what to draw from.
            plan: name of a sampling plan; "" draws by chance.
            vary: "KEY=V,V,..": the ladder; "" is none. Names of parameters and actors may stand alone in KEY.

        Raises:
            UserError: there is no such plan, or `vary` is not of that form.
            ScenarioError: the scenario is not valid with one of the values.
        """
        if plan:
            scenario.plan(plan)
        if not vary:
            return Selection(scenario, Sampling(plan), (scenario,))
        name, values = parse_ladder(vary)
        path = scenario.path_of(name)
        rungs = tuple(scenario.with_({path: value}) for value in values)
        return Selection(scenario, Sampling(plan, path, values), rungs)

    @property
    def id(self) -> str:
        """Id of the scenario."""
        return self.scenario.id

    @property
    def digest(self) -> str:
        """Digest of the scenario."""
        return self.scenario.digest

    def count(self, samples: int | None = None) -> int:
        """Number of scenes of so many samples; by default of all that the plan has."""
        if samples is None:
            samples = self.scenario.plan(self.sampling.plan).count if self.sampling.plan else DEFAULT_SAMPLES
        return samples * len(self._rungs)

    def draw(self, seed: int, index: int) -> Scene:
        """Scene `index` under a seed.

        Raises:
            PlacementError: a thing finds no free place.
            UserError: as `Scenario.draw`.
        """
        if not self.sampling.path:
            return self.scenario.draw(seed, index, self.sampling.plan)
        base, rung = divmod(index, len(self._rungs))
        candidates = [
            s.candidate(seed, base, self.sampling.plan, f"{self.sampling.path}={value}")
            for s, value in zip(self._rungs, self.sampling.values, strict=True)
        ]
        # Without requirements any attempt will do: there is no need to draw the others.
        scene = accepted(candidates, seed, base)[rung] if self.scenario.requirements else candidates[rung].sample(0)
        return replace(scene, index=index, variant=Variant(self.sampling.path, self.sampling.values[rung], base))


def parse_ladder(text: str) -> tuple[str, tuple[str, ...]]:
    """Path and values of "KEY=V,V,.."; commas within brackets do not part.

    Raises:
        UserError: it is not of that form, or says a value twice.
    """
    path, equals, rest = text.partition("=")
    values = tuple(v.strip() for v in _parts(rest))
    if not equals or not path.strip() or len(values) < 2 or not all(values):
        raise UserError(
            f"cannot vary {text!r}; expected KEY=V,V,.. with two values or more, as in conditions.fog.mor=inf,100m"
        )
    twice = sorted({v for v in values if values.count(v) > 1})
    if twice:
        raise UserError(f"the ladder {text!r} has the value {twice[0]!r} twice; keep one")
    return path.strip(), values


def _parts(text: str) -> Sequence[str]:
    parts, depth = [""], 0
    for c in text:
        depth += (c in _OPEN) - (c in _CLOSE)
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts
