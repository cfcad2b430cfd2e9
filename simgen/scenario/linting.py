"""What is valid but cannot be meant: branches that no draw takes, parameters that change nothing, scenes without room.

Everything is found by drawing; no physics runs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from simgen.errors import PlacementError, ScenarioError, UserError
from simgen.scenario.computed import Given
from simgen.scenario.distributions import Bernoulli, Choice, Constant, Plain, Value
from simgen.scenario.document import Mapping, Node, Scalar, Sequence
from simgen.scenario.draws import Draws
from simgen.scenario.inherit import resolve_file
from simgen.scenario.scenario import Scenario
from simgen.scenario.scene import Scene

DRAWS = 1000
"""Scenes drawn of each scenario."""
_SEED = 0
_NUDGES = 40  # scenes in which a parameter must change something
_EXPECTED = 15.0  # as many times must a branch be expected before its absence means anything: exp(-15) is 3e-7
_OTHER = 1 << 20  # another sample, from which a nudged parameter is drawn


@dataclass(frozen=True)
class Finding:
    """One thing that cannot be meant.

    Attributes:
        where: `file:line:column`.
        check: name of the check: "room", "branch", "parameter", "require", "domain".
        message: what was found, and what to do.
    """

    where: str
    check: str
    message: str


@dataclass(frozen=True)
class Report:
    """What the draws of one scenario showed.

    Attributes:
        name: id or file as it was asked for.
        draws: scenes that were asked for.
        drawn: those that could be drawn.
        findings: in the order of the checks.
        held: in how many of the drawn ones each requirement held, by its text; before any is rejected.
    """

    name: str
    draws: int
    drawn: int
    findings: tuple[Finding, ...]
    held: dict[str, int]


def lint(name: str | Path, draws: int = DRAWS, progress: Callable[[int], None] = lambda done: None) -> Report:
    """Check a scenario, by id or file, over a number of draws; `progress` hears how many are done.

    Raises:
        UserError: there is none, or it cannot be read.
        ScenarioError: it is not valid.
    """
    scenario = Scenario.load(name)
    document = resolve_file(name)
    tally = _Tally()
    failures: Counter[str] = Counter()
    rejected: Counter[int] = Counter()
    for index in range(draws):
        watched = scenario.begin(_SEED, index, _Watched)
        try:
            rejected.update(scenario.failing(scenario.compose(watched)))
        except (PlacementError, UserError) as error:
            if isinstance(error, ScenarioError):
                raise
            failures[str(error)] += 1
        else:
            tally.add(watched)
        progress(index + 1)
    drawn = draws - sum(failures.values())
    findings = [*_room(failures, draws), *_branches(document, tally, drawn)]
    findings += _parameters(document, scenario, min(_NUDGES, draws))
    held = [drawn - rejected[k] for k in range(len(scenario.requirements))]
    findings += _requirements(scenario, held, drawn)
    findings += [Finding(f.where, "domain", f.text) for f in scenario.outside_odd()]
    texts = [r.that.text for r in scenario.requirements]
    return Report(str(name), draws, drawn, tuple(findings), dict(zip(texts, held, strict=True)))


# -- drawing and watching ------------------------------------------------------------------------------------------


class _Tally:
    """What was drawn, by path, over many samples."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.times: Counter[str] = Counter()
        self.seen: dict[str, Counter[Plain]] = {}

    def add(self, draws: _Watched) -> None:
        """Count the draws of a sample that became a scene."""
        for path, (value, drawn) in draws.watched.items():
            general = re.sub(r"\[\d+\]", "", path)  # things of a count are one
            self.values[general] = value
            self.times[general] += 1
            self.seen.setdefault(general, Counter())[drawn] += 1


class _Watched(Draws):
    """Draws that remember which choice each came from."""

    @cached_property
    def watched(self) -> dict[str, tuple[Value, Plain]]:
        """Values with branches and what was drawn of them, by path."""
        return {}

    def note(self, value: Value, path: str, drawn: Plain) -> None:
        """Remember a draw of a value with branches."""
        if isinstance(value, Given):
            drawn = value.condition.draw(self, path)
        if isinstance(value, Choice | Bernoulli | Given):
            self.watched[re.sub(r"~\d+", "", path)] = value, drawn  # the last try of a place is the one that stands

    def param(self, name: str) -> Plain:
        drawn = super().param(name)
        self.note(self._values[name], f"params.{name}", drawn)
        return drawn

    def number(self, value: Value, path: str, *, note: bool = True) -> float:
        drawn = super().number(value, path, note=note)
        self.note(value, path, drawn)
        return drawn

    def text(self, value: Value, path: str) -> str:
        drawn = super().text(value, path)
        self.note(value, path, drawn)
        return drawn

    def truth(self, value: Value, path: str) -> bool:
        drawn = super().truth(value, path)
        self.note(value, path, drawn)
        return drawn


class _Nudged(Draws):
    """Draws in which one parameter, and nothing else, is drawn as in another sample."""

    name = ""
    other: Draws

    def uniform(self, path: str) -> float:
        own = f"params.{self.name}"
        nudged = path == own or path.startswith((f"{own}.", f"{own}["))
        return self.other.uniform(path) if nudged else super().uniform(path)


# -- checks --------------------------------------------------------------------------------------------------------


def _room(failures: Counter[str], draws: int) -> Iterator[Finding]:
    """Scenes that could not be drawn, by reason."""
    places: Counter[str] = Counter()
    example: dict[str, str] = {}
    for text, count in failures.items():
        where, message = _split(text)
        places[where] += count
        example.setdefault(where, message)
    for where, count in places.most_common():
        yield Finding(where, "room", f"{count} of {draws} draws fail, for example: {example[where]}")


def _split(text: str) -> tuple[str, str]:
    """The place and the rest of a message."""
    match = re.match(r"(.+?:\d+:\d+): (.*)", text, re.DOTALL)
    return (match[1], match[2]) if match else ("", text)


def _branches(document: Mapping, tally: _Tally, drawn: int) -> Iterator[Finding]:
    """Branches of choices that no draw takes."""
    for path, value in tally.values.items():
        times, seen = tally.times[path], tally.seen[path]
        if isinstance(value, Given) and len(seen) == 1 and times >= _EXPECTED:
            only = "always" if True in seen else "never"
            text = f"{path}: the condition '{value.condition.expression.text}' {only} holds in {times} draws"
            yield Finding(place_of(document, path), "branch", text)
        for name, share, hit in _chances(value, seen):
            if hit:
                continue
            if share <= 0.0:
                yield Finding(place_of(document, path), "branch", f"{path} is never {name}: its weight is 0")
            elif share * times >= _EXPECTED:
                text = f"{path} is never {name} in {times} draws, though its weight asks for {share:.0%}"
                yield Finding(place_of(document, path), "branch", text)


def _chances(value: Value, seen: Counter[Plain]) -> Iterator[tuple[str, float, bool]]:
    """Each branch that can be told from what was drawn: its name, its share, and whether it was drawn."""
    if isinstance(value, Choice):
        total = sum(value.weights)
        for option, weight in zip(value.options, value.weights, strict=True):
            if isinstance(option, Constant):
                yield _name(option.value), weight / total, option.value in seen
            elif weight == 0.0:
                yield "its other branch", 0.0, False
    elif isinstance(value, Bernoulli) and isinstance(value.probability, Constant):
        p = float(value.probability.value)
        yield "true", p, True in seen
        yield "false", 1.0 - p, False in seen


def _name(value: Plain) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, str) else f"{value:g} (in SI units)"


def _parameters(document: Mapping, scenario: Scenario, draws: int) -> Iterator[Finding]:
    """Parameters that nothing refers to, or whose draws change no scene."""
    params = document.entries.get("params")
    if not isinstance(params, Mapping):
        return
    used = set(_references(document))
    for name in params.entries:
        where = place_of(document, f"params.{name}")
        value = scenario.params[name]
        if name not in used:
            text = f"nothing refers to {name!r}; write ${name} where it is meant, or remove it"
        elif not value.redrawable or any(_changes(scenario, index, name) for index in range(draws)):
            continue
        else:
            text = f"{name!r} changes no scene of {draws}, though it is referred to; what does it act on?"
        yield Finding(where, "parameter", text)


def _references(node: Node) -> Iterator[str]:
    """Every name that some text of the document may refer to: `$name`, or a word of an expression."""
    if isinstance(node, Scalar):
        yield from re.findall(r"[A-Za-z_][A-Za-z0-9_]*", node.text)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _references(item)
    else:
        for key, child in node.entries.items():
            if key.startswith("$"):
                yield key[1:]
            if key not in ("id", "description"):
                yield from _references(child)


def _requirements(scenario: Scenario, held: list[int], drawn: int) -> Iterator[Finding]:
    """Requirements that never hold."""
    for requirement, count in zip(scenario.requirements, held, strict=True):
        if drawn and count == 0:
            text = f"{requirement} held in none of {drawn} scenes; widen what it speaks of"
            yield Finding(requirement.where, "require", text)


def _changes(scenario: Scenario, index: int, name: str) -> bool:
    """Whether another draw of a parameter makes another scene of a sample."""
    nudged = scenario.begin(_SEED, index, _Nudged)
    nudged.name = name
    nudged.other = scenario.begin(_SEED, index + _OTHER, Draws)
    return _scene(scenario, scenario.begin(_SEED, index, Draws)) != _scene(scenario, nudged)


def _scene(scenario: Scenario, draws: Draws) -> tuple[Scene, list[int]] | None:
    """The scene, of the record of its draws only what its timeline asks for, and which requirements it fails.

    None where there is none.
    """
    try:
        scene = scenario.compose(draws)
        asked = {f"params.{name}" for step in scene.timeline for name in step.units}
        return replace(scene, params={k: v for k, v in scene.params.items() if k in asked}), scenario.failing(scene)
    except UserError:
        return None


def place_of(document: Mapping, path: str) -> str:
    """Where the text of a path stands, as `file:line:column`; that of the nearest part which stands there."""
    mark = document.mark
    node: Node = document
    while isinstance(node, Mapping) and path:
        key = next((k for k in node.entries if path == k or path.startswith(f"{k}.")), None)
        if key is None:
            break
        mark = node.key_marks[key]
        path = path[len(key) + 1 :]
        node = node.entries[key]
    return str(mark)
