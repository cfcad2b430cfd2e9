"""`correlate`: rank correlations between parameters, by a Gaussian copula over their keyed uniforms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from simgen.scenario.distributions import Constant, Value
from simgen.scenario.document import Node, Scalar, describe
from simgen.scenario.document import Sequence as List
from simgen.scenario.fields import Fields
from simgen.scenario.kinds import Number
from simgen.scenario.normal import normal_cdf, normal_ppf
from simgen.scenario.source import Problems, one_of
from simgen.scenario.table import CORRELATE

_LEAST_PIVOT = 1e-9  # of a unit variance; below it one member all but follows from the others
_FIRST, _LAST = 2.0**-54, 1.0 - 2.0**-53  # a uniform is within (0, 1)


@dataclass(frozen=True)
class Correlation:
    """A Gaussian copula.

    Attributes:
        rows: path of a member -> (path, weight) of the independent normals that its own is made of. A member
            that depends on no earlier one has no row and keeps its keyed uniform, bit for bit.
    """

    rows: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)

    def uniform(self, path: str, own: Callable[[str], float]) -> float:
        """The uniform in (0, 1) of a path.

        Args:
            path: of the draw.
            own: the independent keyed uniform of a path.
        """
        row = self.rows.get(path)
        if row is None:
            return own(path)
        z = math.fsum(weight * normal_ppf(own(member)) for member, weight in row)
        return min(max(normal_cdf(z), _FIRST), _LAST)

    def independent(self, path: str, final: float, own: Callable[[str], float]) -> float:
        """The independent uniform of a path whose correlated one is `final`: the inverse of `uniform`.

        Args:
            path: of the draw.
            final: in (0, 1).
            own: the independent uniform of an earlier path.
        """
        row = self.rows.get(path)
        if row is None:
            return final
        (_, weight), earlier = row[-1], row[:-1]
        z = (normal_ppf(final) - math.fsum(w * normal_ppf(own(member)) for member, w in earlier)) / weight
        return min(max(normal_cdf(z), _FIRST), _LAST)


def linear_correlation(rank: float) -> float:
    """The correlation of two normals whose ranks correlate by `rank` (Spearman).

    Source: K. Pearson, On further methods of determining correlation (1907): r = 2 sin(pi rho / 6).
    """
    return 2.0 * math.sin(math.pi * rank / 6.0)


def correlate(members: Sequence[str], ranks: Mapping[frozenset[str], float]) -> Correlation | None:
    """The copula of some members in order, or None where no joint distribution has such correlations.

    The Cholesky factor is made row by row, so that a further member, or a pair with 0, changes no earlier row.

    Args:
        members: paths.
        ranks: rank correlation of each pair; 0 where it is absent.
    """
    factor: list[list[float]] = []
    for i, member in enumerate(members):
        row: list[float] = []
        for j in range(i):
            r = linear_correlation(ranks.get(frozenset((member, members[j])), 0.0))
            row.append((r - math.fsum(row[k] * factor[j][k] for k in range(j))) / factor[j][j])
        pivot = 1.0 - math.fsum(w * w for w in row)
        if pivot < _LEAST_PIVOT:
            return None
        factor.append([*row, math.sqrt(pivot)])
    rows = {
        member: tuple((members[k], w) for k, w in enumerate(row) if w != 0.0)
        for member, row in zip(members, factor, strict=True)
        if any(row[:-1])
    }
    return Correlation(rows)


def read_correlation(root: Fields, params: Mapping[str, Value]) -> Correlation:
    """The copula under `correlate`; members are ordered as in the document.

    Args:
        root: the scenario's top-level keys.
        params: its parameters.
    """
    fields = root.map("correlate")
    node = fields.need("gaussian_copula") if fields is not None else None
    if node is None:
        return Correlation()
    problems = root.reader.problems
    if not isinstance(node, List):
        form = CORRELATE["gaussian_copula"].example
        problems.add(node.mark, f"{describe(node)} is not a list of correlations", f"expected {form}")
        return Correlation()
    ranks: dict[frozenset[str], float] = {}
    for item in node.items:
        _read_pair(root, item, params, ranks)
    members = [name for name in root.reader.param_names() if any(name in pair for pair in ranks)]
    paths = {frozenset(f"params.{name}" for name in pair): rank for pair, rank in ranks.items()}
    found = correlate([f"params.{name}" for name in members], paths)
    if found is None:
        _explain(problems, node, members, ranks)
    return found or Correlation()


def _read_pair(root: Fields, node: Node, params: Mapping[str, Value], ranks: dict[frozenset[str], float]) -> None:
    problems = root.reader.problems
    if not isinstance(node, List) or len(node.items) != 3:
        problems.add(node.mark, f"{describe(node)} is not a correlation", "expected [param, param, rank correlation]")
        return
    first, second = (_read_member(root, item, params) for item in node.items[:2])
    rank = root.reader.constant(node.items[2], Number(low=-0.99, high=0.99), "a correlation is fixed")
    if first is None or second is None or not isinstance(rank, (int, float)):
        return
    pair = frozenset((first, second))
    if len(pair) == 1:
        problems.add(node.items[1].mark, f"{first!r} is paired with itself", "expected two parameters")
    elif pair in ranks:
        problems.add(node.mark, f"the pair {first}, {second} stands twice", "keep one")
    else:
        ranks[pair] = float(rank)


def _read_member(root: Fields, node: Node, params: Mapping[str, Value]) -> str | None:
    problems = root.reader.problems
    name = node.text if isinstance(node, Scalar) else ""
    if name not in params:
        if name not in root.reader.param_names():  # one at fault has been reported
            hint = one_of(name, params) if params else "there is no 'params' here"
            problems.add(node.mark, f"no parameter is called {name!r}", hint)
        return None
    set_since = isinstance(params[name], Constant) and f"params.{name}" in root.reader.fixed
    if not (params[name].ranked or set_since):
        problems.add(
            node.mark,
            f"{name!r} cannot be correlated",
            "expected a parameter that is a continuous distribution with fixed settings (uniform, log_uniform, normal, "
            "lognormal, triangular, beta, class); others may follow it by an expression or 'given'",
        )
        return None
    return name


def _explain(problems: Problems, node: Node, members: Sequence[str], ranks: Mapping[frozenset[str], float]) -> None:
    """Say that the correlations contradict each other, and how much weaker ones do not."""
    percent = next(
        p for p in range(99, -1, -1) if correlate(members, {pair: rank * p / 100.0 for pair, rank in ranks.items()})
    )
    problems.add(
        node.mark,
        f"no {len(members)} quantities have these correlations at once: their matrix is not positive definite",
        f"expected weaker ones: {percent} % of each would do ({', '.join(members)})",
    )
