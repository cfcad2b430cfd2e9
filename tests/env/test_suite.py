"""Every shipped scenario under every task that it fits: twins, byte by byte, with a picture."""

from __future__ import annotations

from functools import cache

import pytest

from simgen.env import SceneEnv
from simgen.env.scenes import MAX_SKIPPED, Scenes
from simgen.models import build_model
from simgen.scenario import list_scenarios
from tests.env.rollouts import assert_same, rollout, task_of

SHIPPED = [identity for identity, _, _ in list_scenarios()]
QUICK = ["driving/low_sun_crossing", "robotics/wet_floor_slip", "robotics/tabletop_clutter_low_light"]


@cache
def tasks_of(scenario: str) -> tuple[str, ...]:
    """The tasks that the scenario's ego fits."""
    scene = Scenes.of(scenario).draw(0, 0, {}, tries=MAX_SKIPPED + 1)[0]
    ego = next((a for a in scene.actors if a.name == "ego"), None)
    if ego is None:
        return ()
    if build_model(ego.model, ego.params).vehicle is not None:
        return ("Drive",)
    if any(act.name in ("reach", "pick_place") for act in ego.acts):
        return ("Reach",)
    return ("Drive", "Navigate") if ego.lane else ()


def check(scenario: str) -> None:
    for task in tasks_of(scenario):
        first, second = (
            SceneEnv(scenario, task=task_of(task), observation=["state", "camera"], image_size=(84, 84))
            for _ in range(2)
        )
        told = rollout(first, 5, seed=11)
        rollout(second, 2, seed=12)
        assert_same(told, rollout(second, 5, seed=11))
        assert len(told) > 4 * 3, "it ends at once"
        first.close()
        second.close()


def test_every_shipped_ego_has_a_task() -> None:
    assert [name for name in SHIPPED if not tasks_of(name)] == []


@pytest.mark.parametrize("scenario", QUICK)
def test_twins(scenario: str) -> None:
    check(scenario)


@pytest.mark.soak
@pytest.mark.parametrize("scenario", [name for name in SHIPPED if name not in QUICK])
def test_twins_of_every_shipped_scenario(scenario: str) -> None:
    check(scenario)
