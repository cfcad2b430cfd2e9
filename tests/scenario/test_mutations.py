"""Random changes of the shipped files: refused with their places or read, never a traceback, a hang or silence."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simgen.errors import ScenarioError, UserError
from simgen.models import build_model, model_names
from simgen.resources import scenarios_dir
from simgen.scenario import Scenario, list_scenarios
from simgen.scenario.table import SCENARIO

HANG_S = 20.0
TEXTS = {name: path.read_text(encoding="utf-8") for name, _, path in list_scenarios()}
UNKNOWN = "zzyzx"
JUNK = [
    "", "null", "~", "true", "no", "22:30", "012", "0x10", ".nan", "-inf", "inf", "1e400", "-1", "0", "1e9 m", "5 s",
    "3 m", "40 km/h", "50 %", "$gap", "$", "$nothing", "[]", "{}", "[1, 2]", "[1 m, 2 m, 3 m]", "{uniform: [1 m, 2 m]}",
    "{uniform: [2, 1]}", "{choice: {a: 1}}", "{choice: []}", "{bernoulli: 2}", "{normal: {mean: 1 m, sd: 1 m}}",
    "{poisson: {mean: 3, max: 1e9}}", "{log_uniform: [0 m, 1 m]}", "ego", "all", "any", "'", '"', "[", "}", "!!str x",
    "&a [*a]", "*a", "? x", "- x", "\t", "\x00", "\U0001f600", "é" * 200, "x: y", "|", ">", "%", "@", "`", "# note",
]  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A text that was changed, and whether a key was put in that no map knows."""

    text: str
    unknown_key: bool = False


def replace_value(text: str, at: float, what: str) -> Change:
    """Another value after a colon or within a list."""
    spots = list(re.finditer(r"(?<=[:\[,] )[^\s{}\[\],]+(?: [a-z/%]+)?", text))
    spot = spots[int(at * len(spots))]
    return Change(text[: spot.start()] + what + text[spot.end() :])


def unknown_key(text: str, at: float, what: str) -> Change:
    """A key that no map of the language knows, in a map that is closed."""
    closed = r"(?:sun|sky|fog|water|surface|camera|place): \{|^conditions:\n(?= )|^(?=duration:)"
    spots = list(re.finditer(closed, text, re.MULTILINE))
    spot = spots[int(at * len(spots))]
    entry = f"{UNKNOWN}: 1, " if spot[0].endswith("{") else f"{'  ' if spot[0] else ''}{UNKNOWN}: 1\n"
    return Change(text[: spot.end()] + entry + text[spot.end() :], unknown_key=True)


def rename_key(text: str, at: float, what: str) -> Change:
    """A letter of a key is doubled."""
    spots = list(re.finditer(r"[a-z_]+(?=:[ \n])", text))
    spot = spots[int(at * len(spots))]
    return Change(text[: spot.end()] + text[spot.end() - 1] + text[spot.end() :])


def drop_line(text: str, at: float, what: str) -> Change:
    """A line is lost."""
    lines = text.splitlines(keepends=True)
    del lines[int(at * len(lines))]
    return Change("".join(lines))


def double_line(text: str, at: float, what: str) -> Change:
    """A line stands twice."""
    lines = text.splitlines(keepends=True)
    lines.insert(int(at * len(lines)), lines[int(at * len(lines))])
    return Change("".join(lines))


def indent_line(text: str, at: float, what: str) -> Change:
    """A line moves to the right."""
    lines = text.splitlines(keepends=True)
    lines[int(at * len(lines))] = "  " + lines[int(at * len(lines))]
    return Change("".join(lines))


def insert_anywhere(text: str, at: float, what: str) -> Change:
    """Junk between two characters."""
    k = int(at * len(text))
    return Change(text[:k] + what + text[k:])


def cut(text: str, at: float, what: str) -> Change:
    """The end is lost."""
    return Change(text[: int(at * len(text))])


def lose_character(text: str, at: float, what: str) -> Change:
    """A character is lost."""
    k = int(at * len(text))
    return Change(text[:k] + text[k + 1 :])


MUTATIONS: list[Callable[[str, float, str], Change]] = [
    replace_value, replace_value, unknown_key, rename_key, drop_line, double_line, indent_line, insert_anywhere, cut,
    lose_character,
]  # fmt: skip
changes = st.builds(
    lambda name, mutation, at, what: (name, mutation(TEXTS[name], at, what)),
    st.sampled_from(sorted(TEXTS)),
    st.sampled_from(MUTATIONS),
    st.floats(0.0, 1.0, exclude_max=True),
    st.sampled_from(JUNK),
)


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """Build the geometry that the files share once, so that times are those of reading."""
    for name in model_names():
        if name != "mesh":  # it is nothing without a file
            build_model(name)
    for name, text in TEXTS.items():
        Scenario.from_text(text, name)


def refusal(text: str, name: str) -> UserError | None:
    """The error of a text, None if it can be read; anything but a deliberate error goes on as a traceback."""
    try:
        Scenario.from_text(text, name)
    except UserError as error:
        return error
    return None


def check(case: tuple[str, Change]) -> None:
    name, change = case
    start = time.process_time()
    error = refusal(change.text, name)
    assert time.process_time() - start < HANG_S
    assert error is not None or not change.unknown_key
    if isinstance(error, ScenarioError):
        assert error.problems
        for problem in error.problems:
            assert re.match(r".+?:\d+:\d+: .+\n    .*\n {4,}\^+", problem), problem


_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@settings(max_examples=300, deadline=None, suppress_health_check=_QUIET, derandomize=True)
@given(changes)
def test_a_changed_file_is_read_or_refused_with_places(case: tuple[str, Change]) -> None:
    check(case)


@pytest.mark.soak
@settings(max_examples=10_000, deadline=None, suppress_health_check=_QUIET)
@given(changes)
def test_ten_thousand_changed_files_are_read_or_refused_with_places(case: tuple[str, Change]) -> None:
    check(case)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_an_unknown_key_is_refused_in_every_closed_map(name: str) -> None:
    spots = 12
    for k in range(spots):
        change = unknown_key(TEXTS[name], k / spots, "")
        with pytest.raises(ScenarioError, match=f"unknown key '{UNKNOWN}'"):
            Scenario.from_text(change.text, name)


def test_every_part_of_the_library_refuses_an_unknown_key_of_the_root() -> None:
    assert UNKNOWN not in SCENARIO.names()
    for path in sorted((scenarios_dir() / "lib").rglob("*.yaml")):
        text = path.read_text(encoding="utf-8") + f"{UNKNOWN}: 1\n"
        with pytest.raises(ScenarioError, match=f"unknown key '{UNKNOWN}' of a scenario"):
            Scenario.from_text(text, path.name)
