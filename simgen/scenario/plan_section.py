"""Reading the `plan` of a scenario: named sampling plans over its factors."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from collections.abc import Mapping as Map
from dataclasses import dataclass

from simgen.scenario.covering import MAX_TUPLES, count_tuples
from simgen.scenario.document import Mapping, Scalar, Sequence, describe
from simgen.scenario.exclusion import MAX_COMBINATIONS, Exclusion
from simgen.scenario.expressions import Expression, Function, parse_expression
from simgen.scenario.factors import Factor, Level
from simgen.scenario.fields import Fields
from simgen.scenario.kinds import Kind, Truth
from simgen.scenario.language import Section
from simgen.scenario.sampling import COVERING, SamplingPlan, grid_size
from simgen.scenario.source import Problems, one_of
from simgen.scenario.table import MAX_SAMPLES, METHODS, PLAN, level_keys

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TAKES = {
    "random": ("method", "n"),
    "grid": ("method", "over", "levels"),
    "latin_hypercube": ("method", "n", "over"),
    "sobol": ("method", "n", "over"),
    COVERING: ("strength", "over", "levels", "never"),
}


def find_factor(name: str, factors: Map[str, Factor]) -> Factor | None:
    """The factor that a name means: its path, or the path less `params.` or `actors.`."""
    paths = (name, f"params.{name}", f"actors.{name}")
    return next((factors[p] for p in paths if p in factors), None)


def short_names(factors: Iterable[str]) -> tuple[str, ...]:
    """How authors call these factors."""
    return tuple(path.removeprefix("params.").removeprefix("actors.") for path in factors)


def read_plans(root: Fields, factors: Map[str, Factor]) -> dict[str, SamplingPlan]:
    """The sampling plans of a scenario by name.

    Args:
        root: the scenario's top-level keys.
        factors: everything that a plan may be over, by path.
    """
    node = root.get("plan")
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        expected = "expected {name: {method: sobol, n: 256, over: [...]}}"
        root.reader.problems.add(node.mark, "'plan' is a map of named plans", expected)
        return {}
    plans = {}
    for name, body in node.entries.items():
        mark = node.key_marks[name]
        if not _NAME.fullmatch(name):
            hint = "expected lower-case letters, digits and _, beginning with a letter"
            root.reader.problems.add(mark, f"{name!r} cannot name a plan", hint)
        plans[name] = _PlanReader(
            name, Fields(root.reader, body, PLAN, what=f"the plan {name!r}", mark=mark), factors
        ).read()
    return plans


class _PlanReader:
    """Reads one plan. After a fault that was noted it returns a plan that is never used."""

    def __init__(self, name: str, fields: Fields, factors: Map[str, Factor]) -> None:
        self.name = name
        self.fields = fields
        self.factors = factors
        self.problems: Problems = fields.reader.problems

    def read(self) -> SamplingPlan:
        before = len(self.problems)
        method = self._method()
        if method is None:
            return SamplingPlan(self.name, "random")
        over = self._over() if "over" in _TAKES[method] else {}
        levels = self._levels(over) if "levels" in _TAKES[method] and over else ()
        size = self._size(method) if "n" in _TAKES[method] else 0
        if len(self.problems) > before:
            return SamplingPlan(self.name, "random")
        factors = tuple(over.values())
        if method == COVERING:
            return self._covering(over, levels)
        if method == "grid":
            size = grid_size(levels)
            if size > MAX_SAMPLES:
                self._fault("over", f"this grid has {size} samples", f"expected at most {MAX_SAMPLES}: fewer levels")
        return SamplingPlan(self.name, method, factors, levels, size)

    def _method(self) -> str | None:
        covering = "strength" in self.fields
        method = COVERING
        if not covering:
            hint = "one of: " + ", ".join(METHODS) + "; or strength: 2 to 4, to cover combinations of levels"
            if self.fields.need("method", hint) is None:
                return None
            method = self.fields.name("method")
            if method not in METHODS:
                return None
        for key in self.fields.node.entries:
            if key in PLAN.names() and key not in _TAKES[method]:
                what = "a plan with a strength" if covering else f"a {method} plan"
                why = {
                    ("random", "over"): "it draws every factor by chance",
                    ("grid", "n"): "its samples follow from the levels",
                    (COVERING, "n"): "its samples are as many as the combinations need",
                }.get((method, key), "only others do")
                expected = f"expected {', '.join(_TAKES[method])}"
                self.problems.add(self.fields.key_mark(key), f"{what} takes no {key!r}: {why}", expected)
        return method

    def _size(self, method: str) -> int:
        size = self.fields.number("n")
        if not math.isfinite(size):
            return 0
        n = int(size)
        if method == "sobol" and n & (n - 1):
            near = 1 << (n.bit_length() - 1), 1 << n.bit_length()
            message = f"a sobol plan is balanced only for powers of two, not {n}"
            self._fault("n", message, f"expected {near[0]} or {near[1]}")
        return n

    def _over(self) -> dict[str, Factor]:
        """The factors by the names that the author gave them."""
        node = self.fields.need("over", "[factor, ...], as in [severity, ego.speed]")
        if node is None:
            return {}
        if not isinstance(node, Sequence) or not node.items:
            self.problems.add(node.mark, f"{describe(node)} lists no factors", "expected [severity, ego.speed]")
            return {}
        over: dict[str, Factor] = {}
        before = len(self.problems)
        for item in node.items:
            if not isinstance(item, Scalar):
                self.problems.add(item.mark, f"{describe(item)} is not the name of a factor", self._known(""))
                continue
            factor = find_factor(item.text, self.factors)
            if factor is None:
                self.problems.add(item.mark, f"{item.text!r} is no factor", self._known(item.text))
            elif factor in over.values():
                self.problems.add(item.mark, f"{item.text!r} stands twice in the list", "keep one")
            else:
                over[item.text] = factor
        return over if len(self.problems) == before else {}

    def _known(self, name: str) -> str:
        why = "a factor is drawn once a sample, not fixed and not drawn for each thing of a count; "
        return why + one_of(name, (*short_names(self.factors), *(p for p in self.factors if p.startswith(name[:8]))))

    def _levels(self, over: Map[str, Factor]) -> tuple[tuple[Level, ...], ...]:
        """Levels of every factor: its options, or the stated number of bands."""
        node = self.fields.get("levels")
        bands: dict[str, int] = {}
        body = None
        if node is not None:
            section = Section(f"the levels of the plan {self.name!r}", "Bands by factor.", level_keys(over))
            body = Fields(self.fields.reader, node, section, mark=self.fields.key_mark("levels"))
            for name in over:
                if name in body:
                    count = body.number(name)
                    bands[name] = int(count) if math.isfinite(count) else 2
        found = []
        for name, factor in over.items():
            if name in bands and factor.random and factor.options and not factor.whole:
                options = ", ".join(str(o) for o in factor.options)
                assert body is not None  # bands were read from it
                self.problems.add(body.key_mark(name), f"{name!r} has options and no bands: {options}", "leave it out")
            levels = factor.levels(bands.get(name))
            if not levels:
                expected = f"expected levels: {{{name}: 4}}, bands of equal probability"
                self._fault("over", f"{name!r} is continuous and its number of levels is not given", expected)
            found.append(levels)
        return tuple(found)

    def _covering(self, over: Map[str, Factor], levels: tuple[tuple[Level, ...], ...]) -> SamplingPlan:
        factors = tuple(over.values())
        given = self.fields.number("strength")
        strength = int(given) if math.isfinite(given) else 2
        if strength > len(factors):
            expected = f"expected at least {strength} under 'over'"
            message = f"combinations of {strength} need as many factors, here are {len(factors)}"
            self._fault("strength", message, expected)
            return SamplingPlan(self.name, "random")
        tuples = count_tuples([len(each) for each in levels], strength)
        if tuples > MAX_TUPLES:
            expected = f"expected at most {MAX_TUPLES}: fewer levels or factors, or a smaller strength"
            self._fault("strength", f"there are {tuples} combinations to cover", expected)
        exclusion = self._exclusion(over, levels)
        return SamplingPlan(self.name, COVERING, factors, levels, strength=strength, exclusion=exclusion)

    def _exclusion(self, over: Map[str, Factor], levels: tuple[tuple[Level, ...], ...]) -> Exclusion | None:
        node = self.fields.get("never")
        if node is None:
            return None
        before = len(self.problems)
        conditions = []
        for item in node.items if isinstance(node, Sequence) else (node,):
            condition = self._condition(item, over, levels) if isinstance(item, Scalar) else None
            if not isinstance(item, Scalar):
                expected = 'expected never: ["rain > 50 mm/h and lamp_dead"]'
                self.problems.add(item.mark, f"{describe(item)} is not a condition", expected)
            elif condition is not None:
                conditions.append(condition)
        if len(self.problems) > before or not conditions:
            return None
        exclusion = Exclusion(tuple(conditions), tuple(over.values()), levels, tuple(over))
        combinations = math.prod(len(levels[k]) for k in exclusion.concerned)
        if combinations > MAX_COMBINATIONS:
            expected = f"expected at most {MAX_COMBINATIONS}: fewer levels"
            self._fault("never", f"the factors it names have {combinations} combinations of levels", expected)
        elif not exclusion.allowed().rows:
            self._fault("never", "it leaves no combination of levels", "expected conditions that some sample escapes")
        return exclusion if len(self.problems) == before else None

    def _condition(
        self, item: Scalar, over: Map[str, Factor], levels: tuple[tuple[Level, ...], ...]
    ) -> Expression | None:
        condition = parse_expression(item, _FactorNames(over), self.problems)
        if condition is None:
            return None
        if not isinstance(condition.kind, Truth):
            expected = "expected a comparison, as in 'rain > 50 mm/h'"
            self.problems.add(item.mark, "a condition is true or false", expected)
            return None
        levels_of = dict(zip(over, levels, strict=True))
        for name in sorted(condition.names()):
            try:
                for level in levels_of[name]:
                    over[name].at(level.inside(0.5))
            except LookupError as other:
                message = f"{name!r} cannot be judged alone: it also depends on {other.args[0]!r}"
                self.problems.add(item.mark, message, "expected factors of fixed distributions")
                return None
        return condition

    def _fault(self, key: str, message: str, expected: str) -> None:
        self.problems.add(self.fields.node.entries[key].mark, message, expected)


@dataclass(frozen=True)
class _FactorNames:
    """The names of a plan's factors, for its conditions."""

    over: Map[str, Factor]

    def kind_of(self, name: str) -> Kind | None:
        """The kind of a factor."""
        return self.over[name].kind_of_value if name in self.over else None

    def known(self) -> Iterable[str]:
        """All of them."""
        return self.over

    def function(self, name: str) -> Function | None:
        """Measures need a scene; a plan has none yet."""
        return None
