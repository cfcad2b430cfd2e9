"""What drives a robot: which joints of its description move it, and how far and hard they may."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SkidSpec:
    """Wheels that steer by skidding; continuous joints named "...left..." and "...right..."."""


@dataclass(frozen=True)
class Leg:
    """A leg of three joints: abduction about x, then thigh and shank about y.

    Attributes:
        joints: hip, thigh and shank joint.
        toe: link whose frame is the middle of the foot.
    """

    joints: tuple[str, str, str]
    toe: str


@dataclass(frozen=True)
class LegsSpec:
    """Four legs.

    Attributes:
        legs: front right, front left, rear right, rear left.
        stand_m: height of the hips above the ground on which it stands and walks.
        foot_radius_m: of the ball that touches the ground.
        torque_nm: most that a joint's motor gives.
    """

    legs: tuple[Leg, Leg, Leg, Leg]
    stand_m: float
    foot_radius_m: float
    torque_nm: float


@dataclass(frozen=True)
class ArmSpec:
    """A serial arm with a two-finger gripper.

    Attributes:
        joints: of the arm, base first.
        tool: link between the finger tips; z points out of the hand, the fingers close along y.
        fingers: prismatic joints, 0 closed.
        open_m: travel of each finger when open.
        grip_n: force of each finger when closing.
        home_rad: joint angles in which it waits.
        depth_m: from the tool's origin to the finger tips.
    """

    joints: tuple[str, ...]
    tool: str
    fingers: tuple[str, ...]
    open_m: float
    grip_n: float
    home_rad: tuple[float, ...]
    depth_m: float


RobotSpec = SkidSpec | LegsSpec | ArmSpec
