"""`simgen coverage` as a person or a program runs it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from simgen.cli.main import app
from simgen.errors import UserError

TEXT = """\
simgen: 1
id: test/coverage
params: {gap: {uniform: [20 m, 40 m]}, dark: {bernoulli: 0.5}, hue: {choice: [red, blue]}}
site: {road.straight: {}}
actors: {ego: {model: car.sedan, place: {lane: main.0, s: 40 m}}}
sensors: {front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen}}
duration: 1 s
plan: {cover: {strength: 2, over: [gap, dark, hue], levels: {gap: 4}}}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "s.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


def test_a_covering_plan_covers_all_pairs(file: str) -> None:
    found = json.loads(CliRunner().invoke(app, ["coverage", file, "--plan", "cover", "--json"]).stdout)
    assert found["scenes"] < 16
    assert [(p["covered"], p["possible"]) for p in found["pairs"]] == [(8, 8), (8, 8), (4, 4)]
    assert [f["name"] for f in found["factors"]] == ["params.gap", "params.dark", "params.hue"]


def test_text_and_picture_show_every_factor(file: str, tmp_path: Path) -> None:
    png = tmp_path / "c.png"
    result = CliRunner().invoke(app, ["coverage", file, "-n", "30", "--png", str(png)])
    assert result.exit_code == 0, result.output
    assert all(f"params.{name}" in result.stdout for name in ("gap", "dark", "hue"))
    assert "pairs: " in result.stdout
    picture = cv2.imread(str(png))
    assert min(picture.shape[:2]) > 200
    assert len({tuple(c) for c in picture.reshape(-1, 3)[::7].tolist()}) > 4


def test_a_plan_of_a_dataset_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["coverage", str(tmp_path), "--plan", "cover"])
    assert isinstance(result.exception, UserError)
    assert "drawn already" in str(result.exception)
