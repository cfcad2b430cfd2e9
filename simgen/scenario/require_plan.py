"""The `require` of a scenario: what must hold in every scene that is drawn, else it is drawn again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simgen.errors import RequirementError
from simgen.rng import Stream
from simgen.scenario.document import Sequence as List
from simgen.scenario.document import describe
from simgen.scenario.expressions import Expression
from simgen.scenario.fields import Fields
from simgen.scenario.measures import Cast, RuleNames, read_test
from simgen.scenario.opening import Opening
from simgen.scenario.scene import Scene

TRIES = 200
"""Draws of one sample before giving up."""
STREAM = "require"
"""Name of the stream that decides which requirements a sample has to meet."""

Sample = Callable[[int], Scene]
"""Draws a scene at an attempt counted from 0."""


@dataclass(frozen=True)
class Requirement:
    """Something that must hold in a scene as it is drawn.

    Attributes:
        that: the truth.
        why: the reason, for people.
        probability: share of the samples that have to meet it.
        where: its place in the source, for messages.
    """

    that: Expression
    why: str
    probability: float
    where: str

    def __str__(self) -> str:
        return f"'{self.that.text}'" + (f" ({self.why})" if self.why else "")

    def enforced(self, seed: int, index: int) -> bool:
        """Whether a sample has to meet it; keyed by its text, so that other requirements do not matter."""
        return self.probability >= 1.0 or Stream(seed, index, STREAM).uniform(self.that.text) < self.probability


@dataclass(frozen=True)
class Candidate:
    """What one of the scenes that are drawn together has to meet.

    Attributes:
        requirements: all of them.
        sample: draws the scene.
        label: what tells it from the others, for messages; "" where it stands alone.
    """

    requirements: Sequence[Requirement]
    sample: Sample
    label: str = ""


def accepted(candidates: Sequence[Candidate], seed: int, index: int) -> tuple[Scene, ...]:
    """A scene of each candidate: those of the first attempt at which all meet what their sample has to meet.

    Raises:
        RequirementError: at none of `TRIES` attempts they do; tells which requirement failed how often.
    """
    judged = [[r for r in c.requirements if r.enforced(seed, index)] for c in candidates]
    failed: Counter[tuple[int, int]] = Counter()
    for attempt in range(TRIES):
        scenes = []
        for n, candidate in enumerate(candidates):
            scene = candidate.sample(attempt)
            found = failing(judged[n], scene)
            if found:
                failed.update((n, k) for k in found)
                break
            scenes.append(scene)
        else:
            return tuple(scenes)
    counts = []
    for (n, k), times in failed.most_common():
        under = f" under {candidates[n].label}" if candidates[n].label else ""
        counts.append(f"{judged[n][k].where}: {judged[n][k]}{under} failed {times} of {TRIES}")
    raise RequirementError(
        f"sample {index} under seed {seed} was drawn {TRIES} times and never met its requirements: "
        f"{'; '.join(counts)}. Widen what they speak of, or give the hardest a 'p' below 1"
    )


def failing(requirements: Sequence[Requirement], scene: Scene) -> list[int]:
    """Which of the requirements, by their numbers, a scene does not meet."""
    if not requirements:
        return []
    opening = Opening(scene)
    return [k for k, r in enumerate(requirements) if not r.that.evaluate(opening)]


def read_requirements(root: Fields, cast: Cast) -> tuple[Requirement, ...]:
    """The requirements of a scenario.

    Args:
        root: the scenario's top-level keys.
        cast: what expressions can name.
    """
    node = root.get("require")
    if node is None:
        return ()
    if not isinstance(node, List):
        root.reader.problems.add(
            node.mark, f"{describe(node)} is not a list", "expected require: [{that: ..., why: ...}]"
        )
        return ()
    names = RuleNames(cast)
    found = [_read(Fields(root.reader, item, root.section["require"].entries()), names) for item in node.items]
    return tuple(r for r in found if r is not None)


def _read(fields: Fields, names: RuleNames) -> Requirement | None:
    fields.need("that")
    that = read_test(fields, "that", names, running=False)
    fields.name("at")  # there is only the start
    why, p = fields.name("why"), fields.number("p")
    return Requirement(that, why, p, str(fields.mark)) if that is not None else None
