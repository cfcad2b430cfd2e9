"""The language of expressions: values, units, bounds; every fault at its column; hostile ones refused at once."""

from __future__ import annotations

import math
import pickle
import re
import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simgen.errors import ScenarioError, UserError
from simgen.scenario.arithmetic import BUILT_IN
from simgen.scenario.distributions import Plain
from simgen.scenario.document import Mapping, Scalar, parse_document
from simgen.scenario.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    ActorArgument,
    Expression,
    Function,
    parse_expression,
)
from simgen.scenario.kinds import Kind, Number, Text, Truth
from simgen.scenario.source import Mark, Problems, SourceFile
from simgen.units import ACCELERATION, AREA, LENGTH, NUMBER, SPEED, TIME

KINDS: dict[str, Kind] = {
    "severity": Number(NUMBER, 0.0, 1.0),
    "rain": Number(SPEED, 0.0, 1e-4),
    "gap": Number(LENGTH, 5.0, 50.0),
    "slack": Number(LENGTH, -2.0, 3.0),
    "n": Number(NUMBER, 0.0, 9.0, whole=True),
    "sight": Number(LENGTH, 10.0, math.inf, infinite=True),
    "lamp_dead": Truth(),
    "hue": Text("a text", ("red", "blue")),
    "ego.speed": Number(SPEED, 0.0, 50.0),
    "debris[2].speed": Number(SPEED),
    "t": Number(TIME, 0.0),
}
VALUES: dict[str, Plain] = {
    "severity": 0.5, "rain": 50e-3 / 3600, "gap": 20.0, "slack": -1.0, "n": 4, "sight": math.inf,
    "lamp_dead": True, "hue": "red", "ego.speed": 24.0, "debris[2].speed": 2.0, "t": 3.0,
}  # fmt: skip
ACTOR = ActorArgument("an actor", ("ego", "stalled", "debris[2]"))
FUNCTIONS = {
    "ttc": Function("ttc", (ACTOR, ACTOR), Number(TIME, 0.0, infinite=True)),
    "within": Function("within", (ACTOR, Number(LENGTH)), Truth()),
}


class Words:
    """The names of these tests."""

    def kind_of(self, name: str) -> Kind | None:
        return KINDS.get(name)

    def known(self) -> Iterable[str]:
        return (*KINDS, *FUNCTIONS)

    def function(self, name: str) -> Function | None:
        return FUNCTIONS.get(name)


class Sample:
    """Their values."""

    def __init__(self, values: dict[str, Plain] = VALUES) -> None:
        self.values = values
        self.calls: list[tuple[str, tuple[Plain, ...]]] = []

    def value(self, name: str) -> Plain:
        return self.values[name]

    def call(self, name: str, arguments: tuple[Plain, ...]) -> Plain:
        self.calls.append((name, arguments))
        return 2.5 if name == "ttc" else True


def read(text: str) -> tuple[Expression | None, list[str]]:
    source = SourceFile("t.yaml", (f"x: {text}",))
    problems = Problems()
    found = parse_expression(Scalar(Mark(source, 1, 4, len(text)), text, True), Words(), problems)
    try:
        problems.raise_if_any()
    except ScenarioError as error:
        return found, error.problems
    return found, []


def good(text: str) -> Expression:
    found, problems = read(text)
    assert found is not None, problems
    assert problems == []
    return found


# -- values ------------------------------------------------------------------------------------------------------

EXPRESSIONS: list[tuple[str, Plain]] = [
    ("0.05 m + 0.40 m * severity", 0.25),
    ("0.05m+0.40m*severity", 0.25),
    ("1 - 2 - 3", -4.0),
    ("2 * 3 / 4 * 5", 7.5),
    ("2 + 3 * 4", 14.0),
    ("(2 + 3) * 4", 20.0),
    ("-2^2", -4.0),
    ("(-2)^2", 4.0),
    ("2^-2", 0.25),
    ("--2", 2.0),
    ("- severity", -0.5),
    ("36 km/h", 10.0),
    ("ego.speed / (12 m/s^2)", 2.0),
    ("12 m/s^2 * t", 36.0),
    ("0.3/m * gap", 6.0),
    ("0.3 1/m * gap", 6.0),
    ("50 % * gap", 10.0),
    ("180 deg", math.pi),
    ("sin(30 deg)", 0.5),
    ("sqrt(2 * 9 m/s^2 * 4 m)", math.sqrt(72.0)),
    ("gap^2 / 2 m", 200.0),
    ("1.5e2 m", 150.0),
    (".5", 0.5),
    ("min(gap, 3 m, 4 m)", 3.0),
    ("max(gap, 3 m)", 20.0),
    ("clip(gap, 1 m, 12 m)", 12.0),
    ("abs(slack)", 1.0),
    ("exp(log(7))", 7.0),
    ("floor(2.9) + ceil(2.1) + round(2.5)", 8.0),
    ("floor(-0.5)", -1.0),
    ("n * 2", 8),
    ("debris[2].speed * 3 s", 6.0),
    ("rain >= 50 mm/h", True),
    ("rain > 50 mm/h and lamp_dead", False),
    ("rain > 50 mm/h or lamp_dead", True),
    ("not lamp_dead or not not lamp_dead", True),
    ("not rain > 50 mm/h", True),
    ("lamp_dead or lamp_dead and false", True),
    ("1 < 2 < 3", True),
    ("1 < 3 < 2", False),
    ("0 m < gap <= 20 m != 3 m", True),
    ("0.5 lx if lamp_dead else 8 lx", 0.5),
    ("1 if false else 2 if false else 3", 3.0),
    ("hue == 'red'", True),
    ('hue != "red"', False),
    ("'red' if severity > 0.9 else 'blue'", "blue"),
    ("lamp_dead == true", True),
    ("ttc(ego, debris[2]) > ego.speed / (12 m/s^2) + 0.25 s", True),
    ("within(ego, gap + 3 m)", True),
    ("sight > 3 m and inf == sight", True),
    ("inf if lamp_dead else 3 m", math.inf),
    ("1 / (severity - 0.5)", math.inf),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), EXPRESSIONS)
def test_an_expression_has_its_value(text: str, value: Plain) -> None:
    found = good(text).evaluate(Sample())
    assert found == pytest.approx(value, rel=1e-15) if isinstance(value, float) else found == value
    assert isinstance(found, bool) == isinstance(value, bool)


def test_quantities_are_exact_and_whole_results_are_whole() -> None:
    assert good("0.1 m + 0.2 m").evaluate(Sample()) == 0.1 + 0.2
    assert isinstance(good("n + 2 * n").evaluate(Sample()), int)
    assert isinstance(good("n / 2").evaluate(Sample()), float)
    assert good("n / 2").kind != good("n * 2").kind


def test_arguments_reach_the_scope_as_names_and_si_numbers() -> None:
    scope = Sample()
    assert good("within(stalled, 2 km) and ttc(ego, stalled) < 3 s").evaluate(scope) is True
    assert scope.calls == [("within", ("stalled", 2000.0)), ("ttc", ("ego", "stalled"))]


def test_only_what_is_taken_is_evaluated() -> None:
    scope = Sample()
    assert good("true or within(ego, 1 m)").evaluate(scope) is True
    assert good("1 s if true else ttc(ego, ego)").evaluate(scope) == 1.0
    assert scope.calls == []


def test_names_and_functions_are_told() -> None:
    found = good("max(gap, slack) if ttc(ego, stalled) > t else gap")
    assert found.names() == {"gap", "slack", "t"}
    assert found.functions() == {"ttc"}


BOUNDS = [
    ("0.05 m + 0.40 m * severity", LENGTH, 0.05, 0.45),
    ("-gap", LENGTH, -50.0, -5.0),
    ("gap - slack", LENGTH, 2.0, 52.0),
    ("gap * slack", AREA, -100.0, 150.0),
    ("slack^2", AREA, 0.0, 9.0),
    ("gap^2", AREA, 25.0, 2500.0),
    ("(slack / 1 m)^3", NUMBER, -8.0, 27.0),
    ("gap^-2 * 100 m^3/s^2", ACCELERATION, 0.04, 4.0),
    ("100 m / gap", NUMBER, 2.0, 20.0),
    ("1 m / slack", NUMBER, -math.inf, math.inf),
    ("abs(slack)", LENGTH, 0.0, 3.0),
    ("clip(slack, 0 m, 1 m)", LENGTH, 0.0, 1.0),
    ("min(slack, gap)", LENGTH, -2.0, 3.0),
    ("gap if lamp_dead else 60 m", LENGTH, 5.0, 60.0),
    ("ttc(ego, ego)", TIME, 0.0, math.inf),
    ("t * 0", TIME, 0.0, 0.0),
]


@pytest.mark.parametrize(("text", "dimension", "low", "high"), BOUNDS)
def test_bounds_hold_every_value(text: str, dimension: object, low: float, high: float) -> None:
    kind = good(text).kind
    assert isinstance(kind, Number)
    assert (kind.dimension, kind.low, kind.high) == (dimension, pytest.approx(low), pytest.approx(high))


def test_bounds_are_sound_over_many_values() -> None:
    texts = ("gap * slack - slack^3 / 1 m", "slack / (gap - 4 m)", "abs(slack - gap)^2", "(gap / 1 m)^-2 - severity",
             "max(slack, -gap) * severity", "sqrt(gap^2 + slack^2)")  # fmt: skip
    for text in texts:
        found = good(text)
        assert isinstance(found.kind, Number)
        for i in range(6):
            for j in range(6):
                for k in range(3):
                    values = {**VALUES, "gap": 5.0 + 9.0 * i, "slack": -2.0 + j, "severity": 0.5 * k}
                    assert found.kind.low <= float(found.evaluate(Sample(values))) <= found.kind.high, text


# -- faults ------------------------------------------------------------------------------------------------------

MISTAKES = [
    ("1 s + 2 m", 8, "cannot add a length to a time", "'1 s' is a time, '2 m' is a length"),
    ("gap - t", 8, "cannot subtract a time from a length", "'gap' is a length, 't' is a time"),
    ("rain > 50", 9, "cannot compare a plain number with a speed", "with its unit: 50 m/s"),
    ("gap > lamp_dead", 8, "cannot compare true or false with a length", ""),
    ("gap if lamp_dead else t", 26, "cannot choose between a length and a time", ""),
    ("gap if severity else gap", 11, "'severity' is a plain number, not true or false", "expected a comparison"),
    ("lamp_dead and gap", 18, "'gap' is a length, not true or false", ""),
    ("not gap", 8, "'gap' is a length, not true or false", ""),
    ("-lamp_dead", 5, "'lamp_dead' is true or false", "expected a number"),
    ("severty * 2 m", 4, "nothing is called 'severty'", "did you mean 'severity'?"),
    ("12 m / s", 11, "nothing is called 's'", "a unit follows its number, without spaces"),
    ("2 * ttc", 8, "nothing is called 'ttc'", "a function is called: ttc(...)"),
    ("tcc(ego, ego)", 4, "no function is called 'tcc'", "did you mean 'ttc'?"),
    ("ttc(ego, stale)", 13, "'stale' is not an actor", "did you mean 'stalled'?"),
    ("ttc(ego)", 4, "ttc takes 2 arguments, here are 1", "expected ttc(an actor, an actor)"),
    ("ttc(ego, 3 m)", 13, "'3 m' is not an actor", "expected one of: ego"),
    ("within(ego, 3 s)", 16, "'3 s' is a time", "expected a length"),
    ("max(gap)", 4, "max takes 2 to 8 arguments", ""),
    ("max(gap, t)", 13, "cannot take the max of a length and a time", ""),
    ("exp(gap)", 8, "'gap' is a length", "expected a plain number"),
    ("sin(2)", 8, "'2' is a plain number", "expected an angle"),
    ("sqrt(gap)", 4, "the square root of a length has no unit", ""),
    ("sqrt(slack * 1 m)", 9, "may be below 0", "max(0"),
    ("log(severity - 1)", 8, "may be below 0", ""),
    ("hue == 'rde'", 11, "this is never 'rde'", "did you mean 'red'?"),
    ("hue < 'red'", 8, "a text has no order", "expected == or !="),
    ("hue + 1", 4, "'hue' is a text", "expected a number"),
    ("1 m / 0", 10, "this divides by 0", ""),
    ("inf * gap", 4, "inf has no unit", ""),
    ("2 +", 6, "the expression ends too early", ""),
    ("(1 + 2", 9, "')' is missing", "'(' stands at character 1"),
    ("1 + 2)", 9, "')' does not belong here", ""),
    ("gap gap", 8, "'gap' does not belong here", ""),
    ("1 if true", 12, "'else' is missing", ""),
    ("gap = 3 m", 8, "'=' has no meaning", "a comparison is written =="),
    ("gap ** 2", 8, "'**' has no meaning", "a power is written ^"),
    ("$gap + 1 m", 4, "'$' has no meaning", "named without $"),
    ("lamp_dead && true", 14, "'&' has no meaning", "write 'and'"),
    ("'red", 4, "this text has no closing quote", ""),
    ("5 feet", 4, "unknown unit 'feet'", "expected a number with its unit"),
    ("012 m", 4, "is not a decimal number", ""),
    ("1_000 m", 4, "is not a decimal number", ""),
    ("gap.__class__", 4, "nothing is called 'gap.__class__'", ""),
    ("__import__('os')", 4, "no function is called '__import__'", ""),
    ("gap[0]", 4, "nothing is called 'gap[0]'", "did you mean 'gap'?"),
    ("lambda: 1", 10, "':' has no meaning", ""),
    ("2^0.5", 6, "a power is a whole number", ""),
    ("2^severity", 6, "a power is a whole number", ""),
    ("2^2^2", 7, "a power of a power needs parentheses", ""),
    ("(gap^8)^8", 4, "this is too high a power of a unit", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "message", "expected"), MISTAKES)
def test_a_mistake_is_named_at_its_column(text: str, column: int, message: str, expected: str) -> None:
    found, problems = read(text)
    assert found is None
    first = next((p for p in problems if p.startswith(f"t.yaml:1:{column}: ")), None)
    assert first is not None, "\n".join(problems)
    assert message in first.split("\n")[0]
    assert expected in first


def test_every_fault_of_one_expression_is_said_at_once() -> None:
    found, problems = read("severty + 1 s > gap * (2 m + 3 s) or lamp_ded")
    assert found is None
    assert [p.split(":")[2] for p in problems] == ["4", "31", "41"]


@pytest.mark.parametrize("text", ["", " ", "~", "null"])
def test_nothing_is_no_expression(text: str) -> None:
    found, problems = read(text)
    assert found is None
    assert "an expression is missing" in problems[0]


def test_columns_are_right_in_quotes_and_safe_where_text_is_folded() -> None:
    text = "a: 'gap + 1 s'\nb: \"gap + 1 s\"\nc: gap +\n  1 s\nd: >-\n  gap\n  + 1 s\ne: 'hue == ''rde'''\n"
    document = parse_document(SourceFile.from_text("t.yaml", text), Problems())
    assert isinstance(document, Mapping)
    places = []
    for node in document.entries.values():
        problems = Problems()
        assert isinstance(node, Scalar)
        assert parse_expression(node, Words(), problems) is None
        with pytest.raises(ScenarioError) as caught:
            problems.raise_if_any()
        places += [p.split(": ")[0] for p in caught.value.problems]
    assert places == ["t.yaml:1:9", "t.yaml:2:9", "t.yaml:3:4", "t.yaml:5:4", "t.yaml:8:4"]


# -- hostile -----------------------------------------------------------------------------------------------------

LONGEST = "1" + " + 1" * ((MAX_LENGTH - 1) // 4)
DEEPEST = "(" * (MAX_DEPTH - 1) + "1" + ")" * (MAX_DEPTH - 1)
HOSTILE = [
    "1" * 100_000,
    LONGEST + " + 1",
    "(" * 10_000,
    "(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
    "max(1," * 60 + "1" + ")" * 60,
    "1 if true else " * 30 + "1",
    "9^9^9^9^9",
    "9^999999999999999999",
    "9^-99999",
    "1e999999999999",
    "1e400",
    "9" * 400,
    "((((9^8)^8)^8)^8)^8" + " m" * 9,
    "(((1e100^8)^8)^8)^-8 * gap^8 * gap^8 * gap^8",
    "\x00" * 50,
    "not " * 5000 + "true",
    "'" * 499,
    "a." * 249 + "a",
    "m/" * 240,
    "1 " + "m*" * 240,
    "1 " + "m/" * 240 + "m",
    "eval('1')",
    "(lambda: 0)()",
    "[].__class__",
    "gap.__class__.__mro__",
    "{}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_expressions_are_refused_at_once(text: str) -> None:
    start = time.process_time()
    found, problems = read(text)
    assert time.process_time() - start < 2.0  # it may not hang
    assert found is None
    assert problems


def test_the_longest_and_the_deepest_work_and_pickle() -> None:
    steep = "1"
    while len(grown := f"-(2^2*2+{steep} if not (1<{steep}) and true or false else 3)") <= MAX_LENGTH:
        steep = grown
        if len(steep) > MAX_LENGTH // 2:
            break
    for text in (LONGEST, DEEPEST, "not " * 100 + "true", "-" * 400 + "1", steep, "1 if true else " * 20 + "1"):
        found = good(text)
        again = pickle.loads(pickle.dumps(found))
        assert again == found
        assert again.evaluate(Sample()) == found.evaluate(Sample())
    assert good(LONGEST).evaluate(Sample()) == LONGEST.count("1")


SIGNS = ["and", "or", "not", "if", "else", "inf", "true", *"(())++-*/^<$[=,,", ">=", "=="]
QUANTITIES = ["2", "0", "0.5", "3 m", "2 s", "1/m", "9 m/s^2", "5 deg", "1e308", "'red'"]
WORDS = [*KINDS, *FUNCTIONS, *BUILT_IN, "ego", "stalled", *SIGNS, *QUANTITIES]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(WORDS), max_size=24).map(" ".join) | st.text(max_size=40))
def test_whatever_is_written_is_refused_with_a_place_or_has_a_value_within_its_bounds(text: str) -> None:
    found, problems = read(text)
    assert (found is None) == bool(problems)
    if found is None:
        assert all(re.match(r"t\.yaml:1:[0-9]+: ", p) for p in problems)
        return
    try:
        value = found.evaluate(Sample())
    except UserError:  # 0 / 0, or too large: tested below
        return
    if isinstance(found.kind, Number):
        assert not isinstance(value, str)
        slack = 1e-9 * max(abs(float(value)), 1.0) if math.isfinite(value) else 0.0
        assert found.kind.low - slack <= float(value) <= found.kind.high + slack or found.kind.infinite
        assert not found.kind.whole or isinstance(value, int) or math.isinf(value)


def test_arithmetic_without_a_result_is_an_error_that_says_where() -> None:
    for text in ("(severity - 0.5) / (severity - 0.5)", "sight - sight > 3 m", "0 * (sight / 1 m) == 1"):
        with pytest.raises(UserError, match=r"t\.yaml:1:4: '.*' has no value here"):
            good(text).evaluate(Sample())
    with pytest.raises(UserError, match="too large"):
        good("((t / 1 s)^8)^8").evaluate(Sample({**VALUES, "t": 1e200}))
