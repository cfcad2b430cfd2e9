"""Four-legged robots: the Unitree A1 of pybullet_data."""

from __future__ import annotations

import math

import numpy as np

from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._links import linear, link_parts, outer_bounds
from simgen.models.families._urdf import Paint, read_links
from simgen.models.families.arms import mass_center
from simgen.models.mesh import LampMount, Material, Shape
from simgen.models.model import Model, ModelPart
from simgen.models.palette import HEAD_LENS, RUBBER
from simgen.models.robot_spec import Leg, LegsSpec
from simgen.models.urdf import link_poses

SHELL = Material("a1 shell", (0.42, 0.43, 0.44), roughness=0.36, metallic=0.35, coat=0.2)
LIMB = Material("a1 limb", (0.035, 0.036, 0.039), roughness=0.45, coat=0.1)
MOTOR = Material("a1 motor", linear((0.40, 0.41, 0.43)), roughness=0.4, metallic=0.5)

_URDF = "a1/a1.urdf"
_WITHIN_M = 0.001
"""How far the surfaces of the files may lie from the parts'."""
_STAND_M = 0.29
_THIGH_M, _SHANK_M, _FOOT_M = 0.2, 0.2, 0.02


@register_model("robot.a1")
def a1() -> Model:
    """A Unitree A1, 12 kg, standing on four legs, with a camera and two lamps in its head.

    Raises:
        MissingDependencyError: pybullet_data is not installed.
    """
    sides = ("FR", "FL", "RR", "RL")
    legs = tuple(Leg((f"{s}_hip_joint", f"{s}_upper_joint", f"{s}_lower_joint"), f"{s}_toe") for s in sides)
    spec = LegsSpec((legs[0], legs[1], legs[2], legs[3]), _STAND_M, _FOOT_M, 33.5)
    rest = _standing()
    links, poses = read_links(_URDF), link_poses(_URDF, rest)
    seen = link_parts(links, poses, _paint, within_m=_WITHIN_M)
    parts = tuple(_raised(_with_lamps(p) if p.name == "trunk" else p) for p in seen if p.name != "imu_link")
    low, high = outer_bounds(parts)
    size, center = high - low, 0.5 * (low + high)
    mass, com = mass_center(links, poses)
    lamps = tuple(
        LampMount("head", (0.284, y, _STAND_M + 0.002), (1.0, 0.0, 0.0), 400.0, beam="spot", half_angle_rad=0.5)
        for y in (0.055, -0.055)
    )
    return Model(
        name="robot.a1",
        class_name="robot",
        parts=parts,
        collision=(
            Shape("box", (0.0, 0.0, _STAND_M), size_m=(0.267, 0.194, 0.114)),
            *(Shape("box", (x, y, 0.15), size_m=(0.10, 0.05, 0.30)) for x in (0.18, -0.18) for y in (0.13, -0.13)),
        ),
        mass_kg=mass,
        size_m=(float(size[0]), float(size[1]), float(size[2])),
        box_center_m=(float(center[0]), float(center[1]), float(center[2])),
        center_of_mass_m=(com[0], com[1], com[2] + _STAND_M),
        displaced_volume_fraction=0.45,
        friction=1.0,
        urdf=_URDF,
        mounts={"front": ((0.292, 0.0, _STAND_M + 0.03), 0.0, 0.0)},
        lamps=lamps,
        robot=spec,
    )


def _standing() -> dict[str, float]:
    """Joint angles with the feet straight under the hips' legs at the standing height."""
    down = _STAND_M - _FOOT_M
    half = math.acos(down / (_THIGH_M + _SHANK_M))
    angles = {"hip": 0.0, "upper": half, "lower": -2.0 * half}
    return {f"{s}_{j}_joint": a for s in ("FR", "FL", "RR", "RL") for j, a in angles.items()}


def _raised(part: ModelPart) -> ModelPart:
    """From the trunk's frame to the model's, which lies on the ground."""
    x, y, z = part.position_m
    return ModelPart(part.name, part.mesh, (x, y, z + _STAND_M), part.quat_xyzw)


def _with_lamps(trunk: ModelPart) -> ModelPart:
    """Two lenses in the head, which the file's mesh has no faces for."""
    dome = [(0.010 * math.cos(t), 0.004 * math.sin(t)) for t in np.linspace(0.0, 0.5 * math.pi, 5)]
    lens = g.lathe(dome, HEAD_LENS, 20, "x", caps=False)
    pieces = [g.transformed(lens, translation_m=(0.279, y, 0.002)) for y in (0.055, -0.055)]
    return ModelPart(trunk.name, g.merge([trunk.mesh, *pieces]), trunk.position_m, trunk.quat_xyzw)


def _paint(link: str, paint: Paint) -> Material:
    if link == "trunk":
        return SHELL
    if link.endswith("toe"):
        return RUBBER
    return MOTOR if link.endswith("hip") else LIMB
