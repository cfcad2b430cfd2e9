"""`lint`: each check finds what was broken on purpose, at its place, and nothing in what is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from simgen.errors import ScenarioError, UserError
from simgen.scenario import Scenario
from simgen.scenario.linting import lint
from simgen.scenario.starter import KINDS, starter, write_starter

SOUND = """\
simgen: 1
id: test/sound
params:
  gap: {uniform: [20 m, 40 m]}
  far: $gap
  wet: {choice: {0 mm: 3, 1 mm: 1}}
site: {toy.road: {length: 200 m, dip: 1 m}}
conditions:
  surface: {film: $wet}
actors:
  ego: {model: toy.car, place: {lane: main.0, s: 40 m}, speed: {uniform: [5 m/s, 10 m/s]}}
  other: {model: {choice: [toy.car, toy.block]}, include: {bernoulli: 0.5}, place: {ahead_of: ego, by: $far}}
sensors:
  front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen}
duration: 2 s
"""

# what is replaced, by what, line and column of the finding, its check, a part of its message
BROKEN = [
    ("film: $wet", "film: 0 mm", "6:3", "parameter", "nothing refers to 'wet'"),
    ("by: $far", "by: 30 m", "4:3", "parameter", "'gap' changes no scene"),
    ("by: $far", "by: 30 m", "5:3", "parameter", "nothing refers to 'far'"),
    (
        "{0 mm: 3, 1 mm: 1}",
        "{0 mm: 3, 1 mm: 0}",
        "6:3",
        "branch",
        "params.wet is never 0.001 (in SI units): its weight is 0",
    ),
    ("[toy.car, toy.block]", "{toy.car: 1, toy.block: 0}", "12:11", "branch", "is never 'toy.block': its weight is 0"),
    ("bernoulli: 0.5", "bernoulli: 0", "12:50", "branch", "actors.other.include is never true: its weight is 0"),
    ("bernoulli: 0.5", "bernoulli: 1", "12:50", "branch", "actors.other.include is never false: its weight is 0"),
    ("{choice: {0 mm: 3, 1 mm: 1}}", "{given: 'gap > 50 m', then: 1 mm, else: {uniform: [0 mm, 1 mm]}}",
     "6:3", "branch", "params.wet: the condition 'gap > 50 m' never holds in 200 draws"),
    ("by: $far", "by: {uniform: [1 m, 40 m]}", "4:3", "parameter", "'gap' changes no scene"),
    ("{uniform: [20 m, 40 m]}", "{choice: [1 m, 30 m]}", "12:77", "room", "of 200 draws fail"),
    ("s: 40 m", "s: {choice: {40 m: 1, 900 m: 1}}", "11:47", "branch", "never 900 (in SI units) in 200 draws"),
    ("length: 200 m", "length: {uniform: [70 m, 200 m]}", "12:77", "room", "of 200 draws fail"),
]  # fmt: skip


def put(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_sound_one_has_no_findings(tmp_path: Path) -> None:
    report = lint(put(tmp_path, SOUND), 200)
    assert report.findings == ()
    assert (report.draws, report.drawn) == (200, 200)


@pytest.mark.parametrize(("old", "new", "place", "check", "message"), BROKEN)
def test_what_cannot_be_meant_is_found(
    tmp_path: Path, old: str, new: str, place: str, check: str, message: str
) -> None:
    assert SOUND.count(old) == 1
    path = put(tmp_path, SOUND.replace(old, new))
    found = [f for f in lint(path, 200).findings if f.check == check and f.where == f"{path}:{place}"]
    assert any(message in f.message for f in found), lint(path, 200).findings


def test_the_same_draws_give_the_same_findings(tmp_path: Path) -> None:
    path = put(tmp_path, SOUND.replace("bernoulli: 0.5", "bernoulli: 0"))
    assert lint(path, 50) == lint(path, 50)


def test_an_invalid_file_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="unknown key 'sped'"):
        lint(put(tmp_path, SOUND.replace("speed", "sped")))


@pytest.mark.parametrize("kind", KINDS)
def test_a_starter_file_is_sound_and_commented(tmp_path: Path, kind: str) -> None:
    path = write_starter("own/first", kind, tmp_path)
    assert path == tmp_path / "own" / "first.yaml"
    scenario = Scenario.load(path)
    assert scenario.id == "own/first"
    report = lint(path, 150)
    assert (report.findings, report.drawn) == ((), 150)
    text = path.read_text(encoding="utf-8")
    assert "#:" not in text
    assert text.count("  # ") > 10
    assert all(len(line) <= 120 for line in text.splitlines())


def test_a_starter_overwrites_nothing_and_has_a_proper_name(tmp_path: Path) -> None:
    write_starter("mine.yaml", "driving", tmp_path)
    with pytest.raises(UserError, match="is there already"):
        write_starter("mine", "robotics", tmp_path)
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == starter("mine", "driving")
    for name in ("My Scenario", "../out", ""):
        with pytest.raises(UserError, match="cannot name a scenario"):
            write_starter(name, "driving", tmp_path)


RULES = """\
odd: {taxonomy: iso34503, inside: {fog: [excellent_visibility]}}
require:
  - {that: "distance(ego, other) > 32 m or other.speed == inf", why: room}
  - {that: "ego.speed > 11 m/s", why: fast}
"""


def test_requirements_are_counted_and_what_leaves_the_domain_is_found(tmp_path: Path) -> None:
    """Of a gap from 20 m to 40 m, measured between centres, about two in five lie above 32 m; half are not there."""
    path = tmp_path / "ruled.yaml"
    path.write_text((SOUND + RULES).replace("conditions:\n", "conditions:\n  fog: {mor: {uniform: [30 km, 60 km]}}\n"))
    report = lint(path, 300)
    first, second = report.held.values()
    assert 0.6 < first / report.drawn < 0.9
    assert second == 0
    assert [(f.check, f.where.rpartition("ruled.yaml")[2]) for f in report.findings] == [
        ("require", ":20:5"),
        ("domain", ":17:1"),
    ]
    assert "'ego.speed > 11 m/s' (fast) held in none of 300 scenes" in report.findings[0].message
    assert "fog.good_visibility can be drawn and lies outside" in report.findings[1].message


def test_a_parameter_that_only_a_rule_names_acts(tmp_path: Path) -> None:
    path = tmp_path / "late.yaml"
    text = SOUND.replace("  gap:", "  late: {uniform: [0.5 s, 1.5 s]}\n  gap:")
    path.write_text(text + 'timeline: [{when: "t > late", emit: now}]\n')
    assert lint(path, 200).findings == ()
