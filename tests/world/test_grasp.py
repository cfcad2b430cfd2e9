"""A Panda takes a can and a bottle from the workbench: held by friction, lifted, set down standing."""

from __future__ import annotations

import numpy as np
import pytest

from simgen.models import build_model
from simgen.models.robot_spec import ArmSpec
from simgen.scenario import Scenario
from simgen.world.robots import Arm
from simgen.world.robots.arm import _FINGER_FRICTION
from simgen.world.world import World

BENCH_M = 0.76
LIFT_M = 0.10
SLIP_M = 0.002
SCENE = """
simgen: 1
id: grasp
extends: lib/room/table.yaml
actors:
  ego:
    model: robot.panda
    place: {{at: [-0.62 m, 0 m], drop: 0.76 m}}
    behaviour: {{pick_place: {{object: thing, to: bin, speed: 0.3 m/s}}}}
  thing:
    model: {model}
    place: {{at: [{x} m, {y} m], facing: {facing} deg, drop: 0.76 m}}
sensors:
  front:
    camera: {{width: 64, height: 48, hfov: 60 deg}}
    mount: {{at: [1 m, 0 m, 1.5 m], yaw: 180 deg}}
    labels: all
duration: 14 s
rate: 5 Hz
"""
SPOT = (0.0, -0.302)  # the middle of the bin
THINGS = ("tabletop.can", "tabletop.bottle")


@pytest.mark.parametrize("model", THINGS)
def test_two_fingers_can_bear_what_they_are_to_lift(model: str) -> None:
    """Coulomb: two pads of friction mu pressed with F bear 2 mu F; twice the weight leaves room for accelerations."""
    arm, thing = build_model("robot.panda").robot, build_model(model)
    assert isinstance(arm, ArmSpec)
    assert 2.0 * _FINGER_FRICTION * thing.friction * arm.grip_n > 2.0 * 9.81 * thing.mass_kg
    assert min(thing.size_m[:2]) < 2.0 * arm.open_m


@pytest.mark.parametrize("model", THINGS)
@pytest.mark.parametrize(("x", "y", "facing"), [(-0.1, 0.2, 0), (-0.2, 0.05, 35)])
def test_a_can_and_a_bottle_are_lifted_10_cm_without_slipping_and_set_down_standing(
    model: str, x: float, y: float, facing: float
) -> None:
    scene = Scenario.from_text(SCENE.format(model=model, x=x, y=y, facing=facing), "grasp.yaml").draw(0, 0)
    hands, things = [], []
    with World(scene) as world:
        arm = world._mechanics.bodies[0].robot
        assert isinstance(arm, Arm)
        assert world._mechanics.track.model_poses()[1][2, 3] == pytest.approx(BENCH_M, abs=0.002)
        for _ in range(14 * world.scene.physics_hz):
            world.step()
            pose = world._mechanics.track.model_poses()[1]
            if arm.grip and pose[2, 3] > BENCH_M + 0.01:
                hands.append(arm.tool_pose())
                things.append(pose)
    hand, thing = np.array(hands), np.array(things)
    assert thing[:, 2, 3].max() > BENCH_M + LIFT_M
    mark = np.linalg.inv(thing[0]) @ hand[0][:, 3]  # the point of the thing that the tool's origin took hold of
    seen = (np.linalg.inv(hand) @ thing @ mark)[:, :3]
    assert np.linalg.norm(seen - seen[0], axis=1).max() < SLIP_M
    assert np.degrees(np.arccos(thing[:, 2, 2])).max() < 10.0  # it may swing about the pads, not fall over
    np.testing.assert_allclose(pose[:2, 3], SPOT, atol=0.01)
    assert pose[2, 3] == pytest.approx(BENCH_M, abs=0.002)
    assert pose[2, 2] > 0.9999
