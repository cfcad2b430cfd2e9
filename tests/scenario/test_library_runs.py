"""The shipped scenarios at work: they begin as declared, everything in them is seen, and pictures differ."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from simgen.labels.capture import Rig
from simgen.models import build_model
from simgen.scenario import Scenario, Scene, list_scenarios
from simgen.snapshot import Snapshot
from simgen.world import World
from simgen.world.bodies import role_of

pytestmark = pytest.mark.soak

IDS = [name for name, _, _ in list_scenarios()]
SEED = 23
DRAWS = 12
"""Draws in one of which everything has to be seen."""
STEP_S = 0.75
STILL_MPS = 0.1
"""Less than a pixel from picture to picture at 5 m."""


@pytest.fixture(scope="module", params=IDS)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return Scenario.load(request.param)


def small(scene: Scene) -> Scene:
    """The scene in small pictures of one sample a pixel, of the same fields of view."""
    cameras = tuple(
        replace(c, width=160, height=120, antialias=1, labels=("instance",), rate_hz=scene.physics_hz)
        for c in scene.cameras
    )
    return replace(scene, cameras=cameras)


def declared(scene: Scene) -> set[str]:
    """Names of the actors as a scenario writes them."""
    return {a.name.partition("[")[0] for a in scene.actors} | set(scene.absent)


def follows(scene: Scene, name: str) -> bool:
    """Whether an actor drives behind the ego at the start: no camera that looks ahead need ever see it."""
    ego = next(a for a in scene.actors if a.name == "ego")
    them = [a for a in scene.actors if a.name.partition("[")[0] == name]
    ahead = [math.cos(ego.yaw_rad), math.sin(ego.yaw_rad)]
    return all(a.speed_mps > 0.0 and np.subtract(a.position_m[:2], ego.position_m[:2]) @ ahead < 0.0 for a in them)


def filmed(scene: Scene) -> Iterator[tuple[Snapshot, dict[str, tuple[NDArray[np.uint8], set[str]]]]]:
    """Snapshots and, by camera, pictures and the names of what is visible in them, until the scene's end."""
    with World(scene) as world, Rig(scene, world.cast) as rig:
        stride = round(STEP_S * scene.physics_hz)
        while world.time_s < scene.duration_s - 1e-9 and not world.ended:
            snapshot = world.snapshot()
            shown = {}
            for name in rig.cameras:
                frame = rig.capture(name, snapshot)
                assert frame.instance is not None
                seen = {world.cast.objects[i - 1].name.partition("[")[0] for i in np.unique(frame.instance) if i}
                shown[name] = (frame.rgb, seen)
            yield snapshot, shown
            for _ in range(stride):
                world.step()


def test_everything_declared_is_seen_in_some_draw_and_pictures_say_something(scenario: Scenario) -> None:
    scenes = [small(scenario.draw(SEED, k)) for k in range(DRAWS)]
    carriers = {c.actor for c in scenes[0].cameras}
    unseen = {n for n in declared(scenes[0]) - carriers if not all(follows(s, n) for s in scenes)}
    for k, scene in enumerate(scenes):
        if k and not unseen & {a.name.partition("[")[0] for a in scene.actors}:
            continue
        first: dict[str, NDArray[np.uint8]] = {}
        changes: dict[str, float] = {}
        for _, shown in filmed(scene):
            for name, (rgb, seen) in shown.items():
                assert rgb.std() > 4.0, (k, name, "the picture says nothing")
                change = float(np.abs(rgb.astype(np.int16) - first.setdefault(name, rgb)).mean())
                changes[name] = max(changes.get(name, 0.0), change)
                unseen -= seen
        assert max(changes.values()) > 1.0, (k, changes, "nothing happens in the pictures")
        if not unseen:
            break
    assert unseen == set(), f"never seen in {DRAWS} draws"


def test_everything_begins_as_it_is_declared(scenario: Scenario) -> None:
    for k in range(3):
        scene = scenario.draw(SEED, k)
        with World(scene) as world:
            start = world.poses()
        faults = []
        for actor, velocity, wet in zip(scene.actors, start.velocity_mps, start.submerged_fraction, strict=True):
            role = role_of(actor, build_model(actor.model, actor.params))
            falling = (
                role == "free" and wet == 0.0 and not velocity[:2].any() and velocity[2] < 0.0
            )  # touched by nothing
            if actor.speed_mps > 0.0 and role != "robot":  # robots take their first step at t = 0
                along = velocity @ [math.cos(actor.yaw_rad), math.sin(actor.yaw_rad), 0.0]
                if abs(along - actor.speed_mps) > 0.02 * actor.speed_mps:
                    faults.append((k, actor.name, f"{along:.2f} of {actor.speed_mps:.2f} m/s"))
            elif np.linalg.norm(velocity) > STILL_MPS and not falling:
                faults.append((k, actor.name, [round(float(v), 3) for v in velocity]))
        assert faults == []
