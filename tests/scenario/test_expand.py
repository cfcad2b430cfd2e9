"""`expand`: the same meaning in one file, and the origin of every value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simgen.scenario import Scenario, list_scenarios
from simgen.scenario.document import Node, Scalar, Sequence, parse_document
from simgen.scenario.expanding import expand, expand_file
from simgen.scenario.source import Problems, SourceFile

IDS = [name for name, _, _ in list_scenarios()]
_ORIGIN = re.compile(r"^(?P<text>.*)  # (?P<file>[^#]+):(?P<line>\d+)$")


@pytest.mark.parametrize("scenario_id", IDS)
def test_a_shipped_scenario_means_the_same_expanded(scenario_id: str) -> None:
    text = expand_file(scenario_id)
    again = Scenario.from_text(text, "expanded.yaml")
    whole = Scenario.load(scenario_id)
    assert again.digest == whole.digest
    assert (again.id, again.description) == (whole.id, whole.description)
    assert again.draw(3, 1) == whole.draw(3, 1)
    assert "extends" not in parse_document(SourceFile.from_text("t", text), Problems()).entries
    for line in text.splitlines():
        match = _ORIGIN.match(line)
        if match is None:
            assert line.endswith((":", "-")), line  # only heads of maps and lists stand without an origin
            continue
        source = Path(match["file"]).read_text(encoding="utf-8").splitlines()[int(match["line"]) - 1]
        words = re.findall(r"[\w.$]+", match["text"].partition(": ")[2])
        assert all(w in source for w in words) or "description" in line, line


def test_values_of_several_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text(
        "simgen: 1\nextends: [lib/road/country.yaml, lib/rigs/front_camera.yaml]\n"
        "conditions: {sun: {elevation: 10 deg, azimuth: 5 deg}}\n"
        "actors: {ego: {model: car.sedan, place: {lane: main.0, s: 30 m}}}\nduration: 2 s\n",
        encoding="utf-8",
    )
    child = tmp_path / "child.yaml"
    child.write_text("simgen: 1\nextends: part.yaml\nconditions:\n  sun: {azimuth: 7 deg}\n", encoding="utf-8")
    lines = expand_file(child).splitlines()
    assert f"    elevation: 10 deg  # {tmp_path}/part.yaml:3" in lines
    assert f"    azimuth: 7 deg  # {child}:4" in lines
    assert lines[0].startswith("simgen: 1  # ")


@pytest.mark.parametrize(
    "value",
    ["'true'", "'null'", '"a # b"', "'x: y'", '"tab\\tand \\u2028 line"', "'- dash'", "-3 m", "50 %", '""', "'it''s'"],
)
def test_every_text_keeps_its_meaning(value: str) -> None:
    document = parse_document(SourceFile.from_text("t", f"params: {{a: {value}, b: [{value}]}}"), Problems())
    again = parse_document(SourceFile.from_text("u", expand(document)), Problems())

    def leaves(root: object) -> list[tuple[str, bool]]:
        a, b = root.entries["params"].entries.values()  # type: ignore[attr-defined]
        return [(leaf.text, leaf.is_null or (leaf.text == "true" and leaf.plain)) for leaf in (a, b.items[0])]

    assert leaves(again) == leaves(document)


def plain(node: Node) -> object:
    """A tree of nodes without marks."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(child) for key, child in node.entries.items()}


def test_lists_of_maps_and_of_lists_keep_their_shape() -> None:
    text = "params:\n  a:\n  - x: 1\n    y: {z: 2}\n  - [3,\n     4]\n  - {}\n  - [[5], [6,\n  7]]\n  - []\n"
    document = parse_document(SourceFile.from_text("t", text), Problems())
    again = parse_document(SourceFile.from_text("u", expand(document)), Problems())
    assert plain(again) == plain(document)
    assert plain(again) == {"params": {"a": [{"x": "1", "y": {"z": "2"}}, ["3", "4"], {}, [["5"], ["6", "7"]], []]}}
