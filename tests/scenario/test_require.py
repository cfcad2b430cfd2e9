"""Requirements: what is drawn meets them, how often, and what is said where nothing can."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from simgen.errors import RequirementError, ScenarioError
from simgen.scenario import Scenario, Scene

Of = Callable[[str], Scenario]
AHEAD = "block: {model: toy.block, place: {ahead_of: ego, by: {uniform: [20 m, 60 m]}}}"
GAP_M = 2.0 - 0.2 + 0.5  # front of the ego, whose box is 0.2 m ahead of its origin, and half a block
SAMPLES = 120


def by_m(scene: Scene) -> float:
    ego, block = scene.actors
    return block.position_m[0] - ego.position_m[0]


def test_every_sample_meets_its_requirements_and_the_rest_is_as_ever(of: Of, with_actor: Callable[[str], str]) -> None:
    plain = of(with_actor(AHEAD))
    ruled = of(with_actor(AHEAD) + 'require: [{that: "distance(ego, block) > 40 m", why: far}]\n')
    kept = 0
    for k in range(SAMPLES):
        free, scene = plain.draw(3, k), ruled.draw(3, k)
        assert 40.0 < by_m(scene) <= 60.5
        if by_m(free) > 40.5:  # the first draw is the one without requirements, bit for bit
            assert scene.actors == free.actors
            kept += 1
    assert 0.3 * SAMPLES < kept < 0.7 * SAMPLES
    accepted = [by_m(ruled.draw(3, k)) for k in range(SAMPLES)]
    assert sum(accepted) / SAMPLES == pytest.approx(50.0, abs=1.5)  # uniform on what is left of the range


def test_a_sample_replays_alone(of: Of, with_actor: Callable[[str], str]) -> None:
    text = with_actor(AHEAD) + 'require: [{that: "distance(ego, block) > 55 m"}]\n'
    forwards = [of(text).draw(9, k).to_json() for k in range(8)]
    assert of(text).draw(9, 5).to_json() == forwards[5]
    assert [of(text).draw(9, k).to_json() for k in reversed(range(8))] == forwards[::-1]
    assert Scene.from_json(forwards[2]).to_json() == forwards[2]


def test_clearance_speed_and_time_to_collision_are_those_of_the_placement(
    of: Of, with_actor: Callable[[str], str]
) -> None:
    """The block stands 30 m ahead, bumper to bumper as `ahead_of` counts or not: the closed form is on its position."""
    text = with_actor("block: {model: toy.block, place: {ahead_of: ego, by: 30 m, facing: 0 deg}}")
    gap_m = by_m(of(text).draw(0, 0)) - 2.2 - 0.5
    for that, holds in (
        (f"clearance(ego, block) > {gap_m - 1e-6} m and clearance(ego, block) < {gap_m + 1e-6} m", True),
        (f"abs(ttc(ego, all) - {gap_m / 10.0} s) < 1 us", True),
        ("ttc(block, ego) == ttc(ego, block) and ego.speed == 36 km/h", True),
        ("block.speed > 0 m/s", False),
        ("distance(ego, dip) > 1000 m", False),
        ("conditions.fog.mor < 1 km", False),
    ):
        ruled = of(text + f'require: [{{that: "{that}"}}]\n')
        assert ruled.failing(of(text).draw(0, 0)) == ([] if holds else [0]), that


def test_an_absent_actor_is_infinitely_far(of: Of, with_actor: Callable[[str], str]) -> None:
    here = "block: {include: false, model: toy.block, place: {ahead_of: ego, by: 30 m}}"
    scenario = of(with_actor(here) + 'require: [{that: "clearance(ego, block) > 1 km and ttc(ego, block) == inf"}]\n')
    scene = scenario.draw(0, 0)
    assert scene.absent == ("block",)
    assert scene.params.get("actors.block.include", False) is False


def test_an_actor_with_a_count_is_the_nearest_of_them(of: Of, with_actor: Callable[[str], str]) -> None:
    row = "row: {count: 3, model: toy.block, place: {at: [30 m, -1.75 m], step: [10 m, 0 m]}}"
    scenario = of(with_actor(row) + 'require: [{that: "distance(ego, row) < 40 m"}]\n')
    scene = scenario.draw(0, 0)
    distances = [math.dist(scene.actors[0].position_m, a.position_m) for a in scene.actors[1:]]
    assert min(distances) < 40.0 < max(distances)
    none = row.replace("count: 3", "count: 0")
    assert of(with_actor(none) + 'require: [{that: "distance(ego, row) == inf"}]\n').draw(0, 0).absent == ("row",)


def test_a_probability_is_the_share_of_samples_that_must_meet_it(of: Of, with_actor: Callable[[str], str]) -> None:
    text = with_actor(AHEAD) + 'require: [{that: "distance(ego, block) > 40 m", p: 0.6}]\n'
    far = sum(by_m(of(text).draw(1, k)) > 40.0 for k in range(300)) / 300
    assert far == pytest.approx(0.6 + 0.4 * 0.5, abs=0.07)  # those that must, and half of the others by chance


def test_what_cannot_be_met_is_told_with_its_reason(of: Of, with_actor: Callable[[str], str]) -> None:
    far = '{that: "distance(ego, block) > 1 km", why: far away}'
    text = with_actor(AHEAD) + f'require:\n  - {{that: "distance(ego, block) > 30 m"}}\n  - {far}\n'
    with pytest.raises(RequirementError) as caught:
        of(text).draw(0, 4)
    message = str(caught.value)
    assert "sample 4 under seed 0 was drawn 200 times" in message
    assert "t.yaml:12:5: 'distance(ego, block) > 1 km' (far away) failed 200 of 200" in message
    assert message.index("1 km") < message.index("30 m")  # the hardest first


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{that: "clearance(ego, al) > 1 m"}', ["'al' is not the name of another actor", "did you mean 'all'?"]),
        ('{that: "clearance(ego, all)"}', ["is a length, not true or false"]),
        ('{that: "clearance(ego, all) > 1 s"}', ["a length", "a time"]),
        ('{that: "t > 1 s"}', ["'t' is not known before the scene runs"]),
        ('{that: "submerged(ego) > 0.1"}', ["'submerged' is not known before the scene runs", "'timeline'"]),
        ("{why: because}", ["lacks the key 'that'"]),
        ('{that: "ego.speed > 1 m/s", p: 2}', ["out of range"]),
        ('{that: "ego.speed > 1 m/s", at: end}', ["'end' is not a moment"]),
    ],
)
def test_a_fault_is_told_where_it_stands(of: Of, base: str, line: str, expected: list[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        of(base + f"require: [{line}]\n")
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith("t.yaml:9:")
    for text in expected:
        assert text in caught.value.problems[0]


def test_what_a_plan_gives_stays_while_the_rest_is_drawn_again(of: Of, with_actor: Callable[[str], str]) -> None:
    plan = "params: {v: {uniform: [5 m/s, 15 m/s]}}\nplan: {explore: {method: sobol, n: 16, over: [v]}}\n"
    plain = with_actor(AHEAD).replace("speed: 10 m/s", "speed: $v") + plan
    ruled = plain + 'require: [{that: "distance(ego, block) > 50 m"}]\n'
    redrawn = 0
    for k in range(16):
        free, scene = of(plain).draw(2, k, "explore"), of(ruled).draw(2, k, "explore")
        assert scene.actors[0].speed_mps == free.actors[0].speed_mps
        assert by_m(scene) > 49.5
        redrawn += by_m(scene) != by_m(free)
    assert redrawn > 4
