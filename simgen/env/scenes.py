"""Where an environment's scenes come from: scenarios with weights, a schedule over parameters, a split."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simgen.errors import PlacementError, RequirementError, UserError
from simgen.rng import Stream
from simgen.scenario import Scenario, Scene
from simgen.units import UnitError, parse_quantity, si_unit

ScenarioLike = str | Path | Scenario
Params = Mapping[str, Any]
SPLITS = ("train", "test")
TEST_SHARE = 0.2
"""Share of the scene indices that are the test split's, under every seed."""
MAX_SKIPPED = 20
"""Scenes in a row that are passed over because their actors find no place, before a reset gives up."""


@dataclass(frozen=True)
class Schedule:
    """Values that change as training goes on: a curriculum.

    Steps are scene indices, which count the episodes since `reset(seed=...)`; so the same seed and scene are the same
    episode whatever ran before. Between two steps numbers and quantities change evenly; other values change at once.

    Attributes:
        steps: by path of the scenario ("severity", "conditions.fog.mor"), pairs of scene index and value, rising.
    """

    steps: Mapping[str, Sequence[tuple[int, Any]]]

    def __post_init__(self) -> None:
        if not isinstance(self.steps, Mapping):
            raise UserError(f"schedule is {self.steps!r}; expected {{path: [(scene index, value), ...]}}")
        given: Mapping[str, Any] = self.steps
        for path, pairs in given.items():
            if isinstance(pairs, str) or not all(isinstance(p, (list, tuple)) and len(p) == 2 for p in pairs):
                raise UserError(f"the schedule of {path!r} is {pairs!r}; expected pairs (scene index, value)")
            at = [k for k, _ in pairs]
            if not pairs or at != sorted(set(at)) or at[0] < 0:
                raise UserError(
                    f"the schedule of {path!r} needs pairs (scene index, value) with rising indices: {pairs}"
                )

    def at(self, index: int) -> dict[str, Any]:
        """The values for a scene."""
        return {path: _between(pairs, index) for path, pairs in self.steps.items()}


_KEPT = 16  # scenarios with other values that are kept: episode after episode asks for the same


@dataclass(frozen=True)
class Scenes:
    """Scenes by seed and index, a pure function of both.

    Attributes:
        scenarios: to choose from; weights: of each.
        schedule: of parameters, or None.
        split: "train", "test", or "" for all scenes.
    """

    scenarios: tuple[Scenario, ...]
    weights: tuple[float, ...]
    schedule: Schedule | None
    split: str
    _changed: dict[tuple[int, str], Scenario] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(scenario: Any, schedule: Schedule | Mapping[str, Any] | None = None, split: str | None = None) -> Scenes:
        """From one scenario, a list of them, or a list of pairs (scenario, weight).

        Raises:
            UserError: a weight is not positive, the list is empty, or there is no such split.
        """
        if split is not None and split not in SPLITS:
            raise UserError(f"split is {split!r}; expected one of {', '.join(SPLITS)}, or None for all scenes")
        one = not isinstance(scenario, (list, tuple)) or _is_pair(scenario)
        pairs = [s if _is_pair(s) else (s, 1.0) for s in ([scenario] if one else scenario)]
        known = all(isinstance(s, (str, Path, Scenario)) and 0.0 < w < math.inf for s, w in pairs)
        if not pairs or not known:
            raise UserError("scenario: expected one, a list, or a list of pairs (scenario, weight above 0)")
        if schedule is not None and not isinstance(schedule, Schedule):
            schedule = Schedule(schedule)
        loaded = tuple(s if isinstance(s, Scenario) else Scenario.load(s) for s, _ in pairs)
        return Scenes(loaded, tuple(float(w) for _, w in pairs), schedule, split or "")

    def holds(self, index: int) -> bool:
        """Whether a scene index is one of the split."""
        return not self.split or in_test(index) == (self.split == "test")

    def first(self, index: int) -> int:
        """The first scene index of the split from `index` on."""
        while not self.holds(index):
            index += 1
        return index

    def draw(self, seed: int, index: int, params: Params, *, tries: int) -> tuple[Scene, list[int]]:
        """A scene from `index` on, and the indices of those before it that could not be drawn.

        Args:
            seed, index: of the scene.
            params: values by path that override the scenario's and the schedule's.
            tries: how many scenes to try.

        Raises:
            PlacementError, RequirementError: none of them could be drawn.
            ScenarioError: the scenario is not valid with those values.
        """
        skipped: list[int] = []
        while True:
            changes = {**(self.schedule.at(index) if self.schedule else {}), **params}
            scenario = self._with(self._choose(seed, index), changes)
            try:
                return scenario.draw(seed, index), skipped
            except (PlacementError, RequirementError):
                skipped.append(index)
                if len(skipped) == tries:
                    raise
                index = self.first(index + 1)

    def _with(self, which: int, changes: Params) -> Scenario:
        if not changes:
            return self.scenarios[which]
        key = which, repr(sorted(changes.items()))
        if key not in self._changed:
            while len(self._changed) >= _KEPT:
                del self._changed[next(iter(self._changed))]
            self._changed[key] = self.scenarios[which].with_(changes)
        return self._changed[key]

    def _choose(self, seed: int, index: int) -> int:
        if len(self.scenarios) == 1:
            return 0
        at = Stream(seed, index, "env.scenario").uniform("choice") * sum(self.weights)
        for which, weight in enumerate(self.weights):
            at -= weight
            if at < 0.0:
                return which
        return len(self.weights) - 1


def _is_pair(scenario: Any) -> bool:
    """Whether it is a scenario with its weight."""
    if not isinstance(scenario, (list, tuple)) or len(scenario) != 2:
        return False
    return isinstance(scenario[1], (int, float)) and not isinstance(scenario[1], bool)


def in_test(index: int) -> bool:
    """Whether scenes of an index are the test split's, whatever their seed: no scene is in both splits."""
    return Stream(0, index, "env.split").uniform("test") < TEST_SHARE


def split_scenarios(
    scenarios: Sequence[ScenarioLike], test_share: float = TEST_SHARE, seed: int = 0
) -> tuple[list[ScenarioLike], list[ScenarioLike]]:
    """Scenarios to train on and others to test on, for generalisation to situations never seen.

    A scenario's side depends on its id and the seed alone; files that share all but their parameters may still be
    alike: hold them apart by hand.

    Raises:
        UserError: one of the sides would be empty.
    """
    ids = [s.id if isinstance(s, Scenario) else str(s) for s in scenarios]
    order = sorted(range(len(ids)), key=lambda k: Stream(seed, 0, f"env.scenarios.{ids[k]}").uniform("order"))
    count = round(test_share * len(ids))
    if not 0 < count < len(ids):
        raise UserError(f"{len(ids)} scenarios with a test share of {test_share:g} leave one side empty")
    held = set(order[:count])
    return [s for k, s in enumerate(scenarios) if k not in held], [scenarios[k] for k in sorted(held)]


def _between(pairs: Sequence[tuple[int, Any]], index: int) -> Any:
    """The value of a schedule at a scene index."""
    at = [k for k, _ in pairs]
    n = bisect.bisect_right(at, index)
    if n == 0:
        return pairs[0][1]
    if n == len(pairs):
        return pairs[-1][1]
    (first, low), (last, high) = pairs[n - 1], pairs[n]
    share = (index - first) / (last - first)
    if isinstance(low, bool) or isinstance(high, bool):
        return low
    if isinstance(low, int) and isinstance(high, int):
        return round(low + share * (high - low))
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        return low + share * (high - low)
    return _quantity_between(low, high, share)


def _quantity_between(low: Any, high: Any, share: float) -> Any:
    """Between two texts with units, in SI units; the lower where they are no quantities of one kind."""
    try:
        a, b = parse_quantity(str(low)), parse_quantity(str(high))
    except UnitError:
        return low
    if a.dimension is None or b.dimension is None or a.dimension.exponents != b.dimension.exponents:
        return low
    unit = si_unit(a.dimension)
    value = f"{a.value + share * (b.value - a.value):.9g}"
    return value if unit == "1" else f"{value} {unit}"
