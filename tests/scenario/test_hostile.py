"""Hostile YAML: refused within bounds of time and memory, at its place, and nothing is ever executed."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simgen.errors import ScenarioError, UserError
from simgen.scenario import Scenario

Read = Callable[[str], Scenario]

BILLION_LAUGHS = "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]"] + [
    f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 12)
])  # fmt: skip
LADDER = "\n".join(["b0: &b0 [x]"] + [f"b{k}: &b{k} [*b{k - 1}]" for k in range(1, 400)])

HOSTILE = [
    ("!!python/object/apply:os.system ['touch {marker}']", "1:1", "the tag"),
    ("simgen: !!python/object/new:os.system ['touch {marker}']", "1:9", "the tag"),
    ("simgen: !!python/name:os.system", "1:9", "the tag"),
    (BILLION_LAUGHS, "5:", "more than 20000 values, aliases expanded"),
    (LADDER, "23:", "nested deeper than 24 levels, aliases expanded"),
    ("a: " + "[" * 100_000, "1:", "nested deeper than 24 levels"),
    ("a: " + "{b: " * 3000, "1:", "nested deeper than 24 levels"),
    ("a: &x [*x]", "1:8", "the alias *x contains itself"),
    ("a: *nowhere", "1:4", "no anchor &nowhere before this alias"),
    ("a: 1\n---\nb: 2", "2:1", "a second document begins here"),
    ("<<: {simgen: 1}", "1:1", "YAML merge keys are not supported"),
    ("? {a: 1}\n: 2", "1:3", "a key is plain text, this is a map"),
    ("simgen: 1\nsimgen: 1", "2:1", "duplicate key 'simgen'"),
    ("a: \x07", "1:4", "the character U+0007 is not allowed"),
    ("a: [1, 2\nb: 3", "2:2", "this is not valid YAML"),
    ("a: 'open", "1:9", "this is not valid YAML"),
    ("", "1:1", "the file holds no scenario"),
    ("# only a comment\n", "1:1", "the file holds no scenario"),
    ("just text", "1:1", "a scenario is a map, this is 'just text'"),
    ("- 1\n- 2", "1:1", "a scenario is a map, this is a list"),
]


@pytest.mark.parametrize(("text", "place", "message"), HOSTILE)
def test_hostile_text_is_refused_quickly(of: Read, tmp_path: Path, text: str, place: str, message: str) -> None:
    marker = tmp_path / "executed"
    start = time.perf_counter()
    with pytest.raises(ScenarioError) as caught:
        of(text.replace("{marker}", str(marker)))
    assert time.perf_counter() - start < 2.0
    assert any(p.startswith(f"t.yaml:{place}") and message in p.split("\n")[0] for p in caught.value.problems)
    assert not marker.exists()


def test_yaml_1_1_surprises_are_plain_text(of: Read, base: str) -> None:
    def complaint(value: str) -> str:
        with pytest.raises(ScenarioError) as caught:
            of(base + f"settle: {value}\n")
        return caught.value.problems[0].split("\n")[0]

    assert complaint("22:30") == "t.yaml:9:9: '22:30' is not a decimal number: write it plainly, as in 1200 or 0.5"
    assert complaint("012") == "t.yaml:9:9: '012' is not a decimal number: write it plainly, as in 1200 or 0.5"
    assert complaint("no") == "t.yaml:9:9: 'no' is not a number with a unit"
    assert (
        complaint("0x10") == "t.yaml:9:9: unknown unit 'x10' in '0x10'; known: " + complaint("0x10").split("known: ")[1]
    )
    assert complaint(".nan") == "t.yaml:9:9: '.nan' is not a number with a unit"
    assert (
        complaint("2001-01-01")
        == "t.yaml:9:9: unknown unit '-01-01' in '2001-01-01'; known: " + complaint("2001-01-01").split("known: ")[1]
    )


def test_quoted_words_are_text(of: Read, with_actor: Callable[[str], str]) -> None:
    text = with_actor("b: {model: toy.block, include: 'true', place: {at: [5 m, 0 m]}}")
    with pytest.raises(ScenarioError, match="'true' is not a truth value"):
        of(text)


def test_aliases_within_bounds_work(of: Read, with_actor: Callable[[str], str]) -> None:
    lines = "a: {model: toy.block, place: &p {in: verge, facing: 0 deg}}\nb: {model: toy.block, place: *p}"
    assert [a.name for a in of(with_actor(lines)).draw(0, 0).actors] == ["ego", "a", "b"]


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as f:
        f.truncate(1 << 32)  # sparse
    start = time.perf_counter()
    with pytest.raises(UserError, match="larger than 1 MiB"):
        Scenario.load(path)
    assert time.perf_counter() - start < 1.0


def test_a_text_that_is_not_utf8_is_placed(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"simgen: 1\nid: caf\xe9\n")
    with pytest.raises(UserError, match=r"latin.yaml:2:8: not UTF-8 text \(byte 0xe9\)"):
        Scenario.load(path)


def test_byte_order_marks_and_windows_line_ends_are_fine(tmp_path: Path, base: str) -> None:
    path = tmp_path / "dos.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + base.replace("\n", "\r\n").encode())
    assert Scenario.load(path).digest == Scenario.from_text(base, "x").digest


def test_a_scenario_survives_pickling(of: Read, base: str) -> None:
    scenario = of(base)
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.draw(3, 4) == scenario.draw(3, 4)
