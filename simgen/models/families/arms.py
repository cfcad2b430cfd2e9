"""Robot arms: the Franka Panda of pybullet_data, and its KUKA LBR iiwa with a gripper of our own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from simgen.models.catalogue import register_model
from simgen.models.families._links import Painter, linear, link_parts, outer_bounds
from simgen.models.families._urdf import Link, Paint, read_links
from simgen.models.mesh import Material, Shape
from simgen.models.model import Model
from simgen.models.palette import TRIM
from simgen.models.robot_spec import ArmSpec
from simgen.models.urdf import OWN, Floats, link_poses

PANDA_WHITE = Material("panda white", (0.72, 0.73, 0.74), roughness=0.38, coat=0.25)
PANDA_GREY = Material("panda grey", (0.052, 0.052, 0.055), roughness=0.5)
IIWA_SILVER = Material("iiwa silver", (0.55, 0.56, 0.57), roughness=0.36, metallic=0.25, coat=0.2)
IIWA_ORANGE = Material("iiwa orange", (0.72, 0.19, 0.008), roughness=0.4, coat=0.3)
IIWA_BASE = Material("iiwa base", (0.12, 0.12, 0.125), roughness=0.5, metallic=0.3)
BRUSHED = Material("brushed steel", (0.50, 0.50, 0.51), roughness=0.34, metallic=0.9)
HOUSING = Material("gripper housing", (0.045, 0.047, 0.052), roughness=0.42, coat=0.15)
PAD = Material("finger pad", (0.03, 0.03, 0.03), roughness=0.95)

_LIGHT_SRGB, _DARK_SRGB = 0.6, 0.35
_WRIST_X_M = 0.075
_WRIST_PITCH_RAD = math.radians(73.0)
"""The wrist camera looks out of the hand, beside the fingers and inclined to them, which enter it from below."""
_WITHIN_M = 0.0006
"""How far the surfaces of the files may lie from the parts'."""


@register_model("robot.panda")
def panda() -> Model:
    """A Franka Emika Panda on its foot, ready over the space before it, fingers open.

    Raises:
        MissingDependencyError: pybullet_data is not installed.
    """
    home = (0.0, -0.75, 0.0, -2.45, 0.0, 1.70, 0.25 * math.pi)
    spec = ArmSpec(
        joints=tuple(f"panda_joint{k}" for k in range(1, 8)),
        tool="panda_grasptarget",
        fingers=("panda_finger_joint1", "panda_finger_joint2"),
        open_m=0.04,
        grip_n=20.0,
        home_rad=home,
        depth_m=0.007,
    )
    base = Shape("box", (-0.045, 0.0, 0.07), size_m=(0.20, 0.19, 0.14))
    return _arm("robot.panda", "franka_panda/panda.urdf", spec, _paint_panda, base, ("panda_hand", -0.02))


@register_model("robot.iiwa")
def iiwa() -> Model:
    """A KUKA LBR iiwa with a two-finger gripper, ready over the space before it, fingers open.

    Raises:
        MissingDependencyError: pybullet_data is not installed.
    """
    home = (0.0, 0.25, 0.0, -1.75, 0.0, 1.14, 0.0)
    spec = ArmSpec(
        joints=tuple(f"lbr_iiwa_joint_{k}" for k in range(1, 8)),
        tool="gripper_tool",
        fingers=("gripper_left_joint", "gripper_right_joint"),
        open_m=0.05,
        grip_n=20.0,
        home_rad=home,
        depth_m=0.012,
    )
    base = Shape("cylinder", (0.0, 0.0, 0.08), size_m=(0.105, 0.105, 0.16))
    return _arm("robot.iiwa", f"{OWN}robots/iiwa_gripper.urdf", spec, _paint_iiwa, base, ("gripper_body", 0.025))


def _arm(name: str, urdf: str, spec: ArmSpec, painter: Painter, base: Shape, hand: tuple[str, float]) -> Model:
    """An arm from its description.

    Args:
        name: of the model.
        urdf: its description.
        spec: what drives it.
        painter: gives every piece its material.
        base: collision shape of its foot.
        hand: link that carries the fingers, and where along its z the wrist camera sits, in metres.
    """
    rest = dict(zip(spec.joints, spec.home_rad, strict=True)) | dict.fromkeys(spec.fingers, spec.open_m)
    links, poses = read_links(urdf), link_poses(urdf, rest)
    parts = link_parts(links, poses, painter, within_m=_WITHIN_M)
    low, high = outer_bounds(parts)
    size, center = high - low, 0.5 * (low + high)
    mass, com = mass_center(links, poses)
    over = poses[spec.tool][:3, 3]
    palm, wrist_z = hand
    return Model(
        name=name,
        class_name="robot",
        parts=parts,
        collision=(base,),
        mass_kg=mass,
        size_m=(float(size[0]), float(size[1]), float(size[2])),
        box_center_m=(float(center[0]), float(center[1]), float(center[2])),
        center_of_mass_m=com,
        friction=0.6,
        urdf=urdf,
        mounts={
            "front": ((0.12, 0.0, 0.45), 0.0, math.radians(-30.0)),
            "over": ((float(over[0]), 0.0, 1.3), 0.0, math.radians(-89.0)),
            "wrist": ((_WRIST_X_M, 0.0, wrist_z), math.pi, _WRIST_PITCH_RAD),
        },
        mount_parts={"wrist": palm},
        robot=spec,
    )


def mass_center(links: Sequence[Link], poses: Mapping[str, Floats]) -> tuple[float, tuple[float, float, float]]:
    """Total mass in kg and centre of mass (x, y, z) in the root link of links at `poses` (by name)."""
    mass, moment = 0.0, [0.0, 0.0, 0.0]
    for link in links:
        T = poses.get(link.name)
        at = link.center_m if T is None else T[:3, :3] @ link.center_m + T[:3, 3]
        mass += link.mass_kg
        moment = [m + link.mass_kg * float(v) for m, v in zip(moment, at, strict=True)]
    return mass, (moment[0] / mass, moment[1] / mass, moment[2] / mass)


def _paint_panda(link: str, paint: Paint) -> Material:
    """The file's colours are sRGB: a white, a dark grey, and small lights."""
    r, green, b = paint.diffuse
    if link in ("panda_leftfinger", "panda_rightfinger"):
        return PANDA_GREY if max(paint.diffuse) < _LIGHT_SRGB else BRUSHED
    if max(paint.diffuse) - min(paint.diffuse) > 0.3:
        return Material(f"panda {paint.name}", linear((r, green, b)), roughness=0.3)
    return PANDA_WHITE if max(paint.diffuse) > _DARK_SRGB else PANDA_GREY


def _paint_iiwa(link: str, paint: Paint) -> Material:
    """The arm's file has one grey; the real one is silver with orange joints' covers."""
    if link.startswith("gripper"):
        return {"steel": BRUSHED, "housing": HOUSING, "pad": PAD}.get(paint.name, TRIM)
    number = int(link[-1])
    if number == 0:
        return IIWA_BASE
    return IIWA_ORANGE if number in (2, 4, 6) else IIWA_SILVER
