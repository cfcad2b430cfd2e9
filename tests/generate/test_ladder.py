"""Counterfactual ladders, rendered: scenes pair up, and only what follows from the value differs."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from simgen.dataset import Dataset, verify
from simgen.errors import PlanMismatchError, RequirementError
from simgen.generate import bulk
from simgen.scenario import Scenario, Selection

TEXT = """\
simgen: 1
id: test/ladder
extends: lib/road/country.yaml
conditions: {sun: {elevation: 30 deg}, fog: {mor: {log_uniform: [30 m, 300 m]}}}
actors:
  ego: {model: car.sedan, place: {lane: main.0, s: 20 m}, speed: {uniform: [8 m/s, 12 m/s]}}
  ahead: {model: car.hatchback, place: {ahead_of: ego, by: {uniform: [9 m, 14 m]}}}
sensors:
  front: {camera: {width: 96, height: 64, hfov: 70 deg}, mount: ego.windscreen, labels: all}
duration: 0.4 s
rate: 5 Hz
settle: 0 s
plan:
  spread: {method: latin_hypercube, n: 2, over: [ego.speed, ahead.place.by]}
"""
GEOMETRY = ("depth_m", "instance", "semantic", "normal", "flow")


def test_the_rungs_of_a_sample_differ_only_in_what_follows_from_the_value(tmp_path: Path) -> None:
    scenario = Scenario.from_text(TEXT, "ladder.yaml")
    ladder = Selection.of(scenario, "spread", "conditions.fog.mor=inf,100m,30m")
    report = bulk.render(ladder, tmp_path / "d", ladder.count(), seed=3, workers=1, scenes_per_shard=4)
    assert (report.exit_code, len(report.manifest.scenes)) == (0, 6)
    assert verify(tmp_path / "d") == []
    assert report.manifest.plan.sampling == ladder.sampling
    shards = [tmp_path / "d" / s.name for s in report.manifest.shards]
    rows = []
    for path in shards:
        with h5py.File(path) as shard:
            s = shard["scenes"]
            texts = [s[n].asstr()[:] for n in ("plan", "variant_path", "variant_value")]
            rows += list(zip(s["scene_index"][:].tolist(), s["base_scene"][:].tolist(), *texts, strict=True))
    path = "conditions.fog.mor"
    assert rows == [
        (0, 0, "spread", path, "inf"), (1, 0, "spread", path, "100m"), (2, 0, "spread", path, "30m"),
        (3, 1, "spread", path, "inf"), (4, 1, "spread", path, "100m"), (5, 1, "spread", path, "30m"),
    ]  # fmt: skip
    with Dataset(tmp_path / "d") as dataset:
        by_scene: dict[int, list[dict[str, object]]] = {}
        for k in range(len(dataset)):
            by_scene.setdefault(dataset[k]["scene"], []).append(dataset[k])
        tracks = {view.index: view.tables.tracks for view in dataset.scenes()}
    for base in (0, 3):
        clear = by_scene[base]
        for other in (base + 1, base + 2):
            for name, column in tracks[base].items():
                assert np.array_equal(column, tracks[other][name])
            for before, after in zip(clear, by_scene[other], strict=True):
                for label in GEOMETRY:
                    assert np.array_equal(before[label], after[label]), label
                for column in ("instance", "bbox_visible_px", "bbox_amodal_px", "visible_px", "distance_m"):
                    assert np.array_equal(before["objects"][column], after["objects"][column])
                assert after["transmittance"].mean() < before["transmittance"].mean()
                assert not np.array_equal(before["rgb"], after["rgb"])
    assert not np.array_equal(by_scene[0][0]["depth_m"], by_scene[3][0]["depth_m"])


RULED = (
    TEXT
    + """\
require:
  - {that: "distance(ego, ahead) > 11.5 m if ego.speed > 10 m/s else true", at: start, why: room to brake}
"""
)


def test_all_rungs_come_from_one_draw_that_all_of_them_may_be() -> None:
    """A rung that has to be drawn again takes the others with it: they stay pairs."""
    scenario = Scenario.from_text(RULED, "ruled.yaml")
    ladder = Selection.of(scenario, vary="ego.speed=9 m/s,11 m/s")
    by = "actors.ahead.place.by"
    gaps = np.array([[ladder.draw(3, 2 * k + r).params[by] for r in (0, 1)] for k in range(40)])
    assert np.array_equal(gaps[:, 0], gaps[:, 1])
    free = np.array([scenario.with_({"ego.speed": "9 m/s"}).draw(3, k).params[by] for k in range(40)])
    again = gaps[:, 0] != free  # the other rung had refused these
    assert 10 < again.sum() < 30
    assert free[again].max() < gaps.min()


def test_a_plan_keeps_its_samples_when_one_of_its_factors_is_varied() -> None:
    """What is fixed stays a factor, of one level: the others' uniforms do not move."""
    scenario = Scenario.from_text(TEXT, "ladder.yaml")
    ladder = Selection.of(scenario, "spread", "ego.speed=9 m/s,11 m/s")
    by = "actors.ahead.place.by"
    assert ladder.count() == 4
    for k in range(4):
        scene = ladder.draw(3, k)
        assert scene.params[by] == scenario.draw(3, k // 2, "spread").params[by]
        assert next(a for a in scene.actors if a.name == "ego").speed_mps == (9.0, 11.0)[k % 2]


def test_a_ladder_with_a_value_that_is_never_allowed_says_which() -> None:
    text = TEXT + 'require:\n  - {that: "ego.speed < 10.5 m/s", at: start}\n'
    ladder = Selection.of(Scenario.from_text(text, "never.yaml"), vary="ego.speed=9 m/s,11 m/s")
    with pytest.raises(RequirementError, match=r"under actors\.ego\.speed=11 m/s failed 200 of 200"):
        ladder.draw(3, 0)


def test_another_ladder_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    scenario = Scenario.from_text(TEXT, "ladder.yaml")
    first = Selection.of(scenario, "", "conditions.fog.mor=inf,30m")
    bulk.render(first, tmp_path, first.count(1), workers=1)
    second = Selection.of(scenario, "spread", "conditions.fog.mor=inf,30m")
    with pytest.raises(PlanMismatchError, match=r"sampling is by chance, varying .* not by the plan 'spread', varying"):
        bulk.render(second, tmp_path, second.count(1), workers=1)
