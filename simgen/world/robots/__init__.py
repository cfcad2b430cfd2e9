"""Robots: one class a way of moving, behind one protocol."""

from __future__ import annotations

from typing import Protocol

from simgen.conditions import Conditions
from simgen.models import Model
from simgen.models.robot_spec import ArmSpec, LegsSpec
from simgen.scenario.scene import ActorSpec
from simgen.world.bullet import Client
from simgen.world.control import Action, ArmAction
from simgen.world.frames import Array
from simgen.world.robots.arm import Arm
from simgen.world.robots.articulation import Articulation, BaseState, JointState
from simgen.world.robots.footing import Footing
from simgen.world.robots.legs import Quadruped
from simgen.world.robots.skid import SkidSteer

__all__ = ["Arm", "Articulation", "BaseState", "JointState", "Quadruped", "Robot", "SkidSteer", "build_robot"]


class Robot(Protocol):
    """A robot in a world.

    Attributes:
        body: its links and joints in Bullet.
    """

    body: Articulation

    @property
    def footing(self) -> Footing | None:
        """What its wheels or feet stand on; None for what is bolted down."""

    def hold(self) -> None:
        """Stop and stay; the motors are locked until the next command."""

    def act(self, command: Action | ArmAction, base: BaseState, dt_s: float) -> None:
        """One tick of a caller's command.

        Raises:
            UserError: the command is for another kind of robot.
        """

    def follow(self, base: BaseState, dt_s: float) -> None:
        """One tick of its own behaviour."""

    def joints(self) -> JointState:
        """Its driven joints."""


def build_robot(
    client: Client, spec: ActorSpec, model: Model, T_world_model: Array, conditions: Conditions, dt_s: float
) -> Robot:
    """A robot at its initial pose; wheels and feet have the friction of tyres on the ground under them."""
    if isinstance(model.robot, ArmSpec):
        return Arm(client, spec, model, model.robot, T_world_model, dt_s)
    if isinstance(model.robot, LegsSpec):
        return Quadruped(client, spec, model, model.robot, T_world_model, conditions.surface)
    return SkidSteer(client, spec, model, T_world_model, conditions.surface)
