"""Robots: the Clearpath Husky of pybullet_data with a camera mast."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._links import coarser, link_mesh, shell
from simgen.models.families._urdf import Link, read_links
from simgen.models.mesh import LampMount, Material, Mesh, Shape
from simgen.models.model import Model, ModelPart
from simgen.models.palette import GLASS, HEAD_LENS, RUBBER, TRIM
from simgen.models.robot_spec import SkidSpec

YELLOW = Material("husky yellow", (0.66, 0.44, 0.015), roughness=0.45, coat=0.3)
BLACK = Material("powder coat black", (0.028, 0.028, 0.030), roughness=0.55)
DARK_METAL = Material("dark steel", (0.085, 0.085, 0.09), roughness=0.5, metallic=0.5)
HUB = Material("wheel hub", (0.16, 0.16, 0.165), roughness=0.45, metallic=0.5)
ALUMINIUM = Material("mast", (0.55, 0.55, 0.56), roughness=0.4, metallic=0.8)

_URDF = "husky/husky.urdf"
_WITHIN_M = 0.001
"""How far the surfaces of the files may lie from the parts'."""
_MATERIALS = {"base_link": BLACK, "top_plate_link": YELLOW}
_HUB_RADIUS_M = 0.085
_CAMERA_Z = 0.60
_LAMP_Z = 0.525


@register_model("robot.husky")
def husky() -> Model:
    """A Husky A200 with a camera and a work lamp on a mast over its front bumper.

    Each part is named as its URDF link, in the link's own frame. The model frame is the URDF's root link,
    which lies on the ground between the wheels. The mast belongs to "top_plate_link". The mass is the sum of
    what the file states; links without an inertia count nothing.

    Raises:
        MissingDependencyError: pybullet_data is not installed.
    """
    links = read_links(_URDF)
    seen = sorted((k for k in links if len(k.soup_m)), key=lambda k: k.name != "base_link")
    wheel = _wheel_mesh(next(k for k in seen if _is_wheel(k)))  # all four load the same file
    parts = tuple(_part(k, wheel if _is_wheel(k) else _body_mesh(k)) for k in seen)
    corners = np.concatenate([_in_model(p) for p in parts])
    low, high = corners.min(axis=0), corners.max(axis=0)
    size, center = high - low, 0.5 * (low + high)
    mass = sum(k.mass_kg for k in links)
    com = sum((k.mass_kg * (k.pose[:3, 3] + k.pose[:3, :3] @ k.center_m) for k in links), np.zeros(3)) / mass
    return Model(
        name="robot.husky",
        class_name="robot",
        parts=parts,
        collision=_collision(),
        mass_kg=mass,
        size_m=(float(size[0]), float(size[1]), float(size[2])),
        box_center_m=(float(center[0]), float(center[1]), float(center[2])),
        center_of_mass_m=(float(com[0]), float(com[1]), float(com[2])),
        displaced_volume_fraction=0.45,
        friction=1.0,
        urdf=_URDF,
        robot=SkidSpec(),
        mounts={"front": ((0.560, 0.0, _CAMERA_Z), 0.0, 0.0)},
        lamps=(LampMount("head", (0.556, 0.0, _LAMP_Z), (1.0, 0.0, 0.0), 1500.0, beam="spot", half_angle_rad=0.42),),
    )


def _is_wheel(link: Link) -> bool:
    return link.name.endswith("wheel_link")


def _part(link: Link, mesh: Mesh) -> ModelPart:
    x, y, z = (float(v) for v in link.pose[:3, 3])
    return ModelPart(link.name, mesh, (x, y, z), _quaternion(link.pose[:3, :3]))


def _quaternion(r: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Quaternion xyzw of a rotation about z, the only one this robot's joints use at rest."""
    half = 0.5 * math.atan2(r[1, 0], r[0, 0])
    return 0.0, 0.0, math.sin(half), math.cos(half)


def _in_model(part: ModelPart) -> NDArray[np.float64]:
    turn = g.rotation_z(2.0 * math.atan2(part.quat_xyzw[2], part.quat_xyzw[3]))
    out: NDArray[np.float64] = part.mesh.vertices_m @ turn.T + np.asarray(part.position_m)
    return out


def _body_mesh(link: Link) -> Mesh:
    mesh = link_mesh(link, lambda name, _: _MATERIALS.get(name, DARK_METAL), _WITHIN_M)
    if link.name == "top_plate_link":
        down = -link.pose[:3, 3]
        return g.merge([mesh, g.transformed(_mast(), translation_m=down.tolist())])
    return mesh


def _wheel_mesh(link: Link) -> Mesh:
    """The wheel with its hub told from the tyre by the distance to the axle (y)."""
    soup, _ = coarser(link.soup_m, link.paint_of, _WITHIN_M)
    hub = np.hypot(soup[..., 0], soup[..., 2]).max(axis=1) < _HUB_RADIUS_M
    return g.merge([shell(soup[~hub], RUBBER), shell(soup[hub], HUB)])


def _mast() -> Mesh:
    """Deck, post, arm, camera housing with its lens looking along +x, and the work lamp; model frame."""
    lens = g.lathe([(0.024, 0.0), (0.024, 0.014), (0.019, 0.014)], TRIM, 20, "x", caps=False)
    glass = g.lathe([(0.019, 0.010), (0.012, 0.0125), (0.0, 0.0135)], GLASS, 20, "x", caps=False)
    inner = g.lathe([(0.019, 0.014), (0.019, 0.010)], TRIM, 20, "x", caps=False)
    reflector = g.lathe(
        [(0.0, -0.03), (0.024, -0.03), (0.037, 0.0), (0.037, 0.010), (0.031, 0.010)],
        BLACK,
        20,
        "x",
        caps=False,
    )
    lamp_face = g.lathe([(0.031, 0.010), (0.018, 0.013), (0.0, 0.0145)], HEAD_LENS, 20, "x", caps=False)
    return g.merge(
        [
            g.box((0.549, 0.424, 0.008), BLACK, (0.0, 0.0, 0.3955)),  # a deck on the rails closes the hold
            g.box((0.10, 0.10, 0.008), DARK_METAL, (0.215, 0.0, 0.4030)),
            g.box((0.036, 0.036, 0.185), ALUMINIUM, (0.215, 0.0, 0.4985)),
            g.box((0.260, 0.030, 0.026), ALUMINIUM, (0.335, 0.0, 0.568)),
            g.box((0.090, 0.110, 0.058), TRIM, (0.490, 0.0, _CAMERA_Z)),
            g.box((0.100, 0.118, 0.006), YELLOW, (0.492, 0.0, _CAMERA_Z + 0.033)),
            g.transformed(g.merge([lens, inner, glass]), translation_m=(0.535, 0.0, _CAMERA_Z)),
            g.box((0.020, 0.016, 0.060), DARK_METAL, (0.490, 0.0, 0.553)),
            g.transformed(g.merge([reflector, lamp_face]), translation_m=(0.505, 0.0, _LAMP_Z)),
        ]
    )


def _collision() -> tuple[Shape, ...]:
    """The URDF's own chassis box and wheels, and the mast; model frame (physics itself loads the URDF)."""
    turn = (math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5))
    wheels = tuple(
        Shape("cylinder", (x, y, 0.17775), turn, (0.17775, 0.17775, 0.1143))
        for x in (0.256, -0.256)
        for y in (0.2854, -0.2854)
    )
    return (
        Shape("box", (0.0, 0.0, 0.26991), size_m=(1.0074, 0.5709, 0.2675)),
        *wheels,
        Shape("box", (0.215, 0.0, 0.4985), size_m=(0.04, 0.04, 0.20)),
        Shape("box", (0.480, 0.0, 0.575), size_m=(0.15, 0.12, 0.13)),
    )
