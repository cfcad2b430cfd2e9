"""What may be asked of a world between its steps: the pose of a tool, where links are, how far a way is free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simgen.errors import UserError
from simgen.world.bodies import Body
from simgen.world.bullet import Client
from simgen.world.frames import Array
from simgen.world.robots import Arm
from simgen.world.robots.articulation import JointState


@dataclass(frozen=True, eq=False)
class ArmState:
    """An arm at one tick.

    Attributes:
        T_world_foot: (4, 4) where it stands.
        T_world_tool: (4, 4) of its tool, as physics has it.
        joints: those of the arm, then of the fingers.
    """

    T_world_foot: Array
    T_world_tool: Array
    joints: JointState


def arm_state(body: Body) -> ArmState:
    """The state of an arm.

    Raises:
        UserError: the body is none.
    """
    arm = body.robot
    if not isinstance(arm, Arm):
        raise UserError(f"actor {body.spec.name!r} is a {body.spec.model!r}, which is no arm")
    return ArmState(arm.T_world_foot.copy(), arm.tool_pose(), arm.joints())


def link_places_m(client: Client, body: Body) -> Array:
    """(N, 3) origins of the links of a robot, base left out; (0, 3) of what is none."""
    if body.robot is None:
        return np.zeros((0, 3))
    links = [j for j in body.robot.body.links.values() if j >= 0]
    seen = client.api.getLinkStates(body.uid, links, physicsClientId=client.id)
    return np.array([s[4] for s in seen], np.float64).reshape(-1, 3)


def free_shares(client: Client, start_m: Array, end_m: Array) -> Array:
    """(N,) share of each way that is free of anything that collides."""
    hits = client.api.rayTestBatch(start_m.tolist(), end_m.tolist(), physicsClientId=client.id)
    return np.array([h[2] for h in hits])
