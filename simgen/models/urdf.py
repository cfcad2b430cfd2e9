"""Where robot descriptions lie and how their links hang together. No physics client, no meshes."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simgen.errors import MissingDependencyError, SimgenError
from simgen.resources import assets_dir

Floats = NDArray[np.float64]

OWN = "assets/"
"""Descriptions whose path begins so ship with simgen; the others with pybullet_data."""
PACKAGE = "package://"


@dataclass(frozen=True, eq=False)
class Joint:
    """A joint of a URDF.

    Attributes:
        name, parent, child: of the joint and of the links that it joins.
        kind: "revolute", "continuous", "prismatic" or "fixed".
        T_parent_child: (4, 4) of the child link in the parent link with the joint at zero.
        axis: (3,) unit vector in the child link.
        low, high: limits in rad or m; infinite where the file gives none.
        max_effort: N m or N, infinite where the file gives none.
        max_rate: rad/s or m/s, infinite where the file gives none.
    """

    name: str
    parent: str
    child: str
    kind: str
    T_parent_child: Floats
    axis: Floats
    low: float
    high: float
    max_effort: float
    max_rate: float


@cache
def data_dir() -> Path:
    """The folder of pybullet_data, a package of plain files that ships with pybullet.

    Raises:
        MissingDependencyError: it is not installed.
    """
    try:
        import pybullet_data
    except ImportError as error:
        raise MissingDependencyError(
            "robot models need pybullet_data; install it with: pip install pybullet"
        ) from error
    return Path(pybullet_data.getDataPath())


def urdf_file(path: str) -> Path:
    """The file of a description: under simgen's own assets or under pybullet_data.

    Raises:
        SimgenError: it is missing.
    """
    file = assets_dir() / path.removeprefix(OWN) if path.startswith(OWN) else data_dir() / path
    if not file.is_file():
        owner = "simgen" if path.startswith(OWN) else "pybullet"
        raise SimgenError(f"the robot description {file} is missing; reinstall {owner}")
    return file


def mesh_file(reference: str, urdf: Path) -> Path:
    """The file that a description names: relative to itself, "package://" in our own relative to pybullet_data."""
    own = urdf.is_relative_to(assets_dir())
    return (data_dir() if own and reference.startswith(PACKAGE) else urdf.parent) / reference.removeprefix(PACKAGE)


@cache
def read_joints(path: str) -> tuple[Joint, ...]:
    """The joints of a description, in the order of the file.

    Raises:
        SimgenError: the file is missing, or a joint names a link that it does not define.
    """
    file = urdf_file(path)
    root = ET.parse(file).getroot()
    links = {e.attrib["name"] for e in root.findall("link")}
    out = []
    for element in root.findall("joint"):
        above, below = element.find("parent"), element.find("child")
        if above is None or below is None or {above.attrib["link"], below.attrib["link"]} - links:
            raise SimgenError(f"{file}: joint {element.attrib.get('name')!r} joins links that the file does not define")
        out.append(joint_of(element, above.attrib["link"], below.attrib["link"]))
    return tuple(out)


def chain_to(path: str, link: str) -> tuple[Joint, ...]:
    """The joints from the root link to a link, root first.

    Raises:
        SimgenError: the description has no such link, or it hangs on nothing.
    """
    by_child = {j.child: j for j in read_joints(path)}
    if link not in by_child:
        raise SimgenError(f"{path}: no joint leads to a link {link!r}; known: {', '.join(sorted(by_child))}")
    out = []
    while link in by_child:
        out.append(by_child[link])
        link = by_child[link].parent
    return tuple(reversed(out))


def link_poses(path: str, positions: dict[str, float]) -> dict[str, Floats]:
    """(4, 4) poses of all child links in the root link, with some joints (by name) off zero."""
    joints = read_joints(path)
    by_child = {j.child: j for j in joints}
    out: dict[str, Floats] = {}
    for joint in joints:
        pose, link = np.eye(4), joint.child
        while link in by_child:
            j = by_child[link]
            pose = j.T_parent_child @ joint_motion(j, positions.get(j.name, 0.0)) @ pose
            link = j.parent
        out[joint.child] = pose
    return out


def joint_motion(joint: Joint, position: float) -> Floats:
    """(4, 4) motion of the child link within its frame at zero."""
    out = np.eye(4)
    if joint.kind == "prismatic":
        out[:3, 3] = joint.axis * position
    elif joint.kind != "fixed":
        x, y, z = joint.axis
        c, s = math.cos(position), math.sin(position)
        k = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        out[:3, :3] = np.eye(3) + s * k + (1.0 - c) * (k @ k)
    return out


def origin_of(element: ET.Element) -> Floats:
    """The (4, 4) transform of an element's origin; an unexpanded macro in it reads as zero."""
    pose = np.eye(4)
    origin = element.find("origin")
    if origin is None:
        return pose
    pose[:3, 3] = _numbers(origin.attrib.get("xyz", "0 0 0"))
    r, p, y = _numbers(origin.attrib.get("rpy", "0 0 0"))
    cr, sr, cp, sp, cy, sy = math.cos(r), math.sin(r), math.cos(p), math.sin(p), math.cos(y), math.sin(y)
    pose[:3, :3] = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    return pose


def joint_of(element: ET.Element, parent: str, child: str) -> Joint:
    """A joint as its element says."""
    axis = element.find("axis")
    limit = element.find("limit")
    of = limit.attrib if limit is not None else {}
    kind = element.attrib["type"]
    bounded = kind in ("revolute", "prismatic")
    direction = np.array(_numbers(axis.attrib["xyz"]) if axis is not None else (1.0, 0.0, 0.0))
    return Joint(
        name=element.attrib["name"],
        parent=parent,
        child=child,
        kind=kind,
        T_parent_child=origin_of(element),
        axis=direction / max(float(np.linalg.norm(direction)), 1e-12),
        low=float(of.get("lower", 0.0)) if bounded else -math.inf,
        high=float(of.get("upper", 0.0)) if bounded else math.inf,
        max_effort=float(of.get("effort", math.inf)),
        max_rate=float(of.get("velocity", math.inf)),
    )


def _numbers(text: str) -> tuple[float, float, float]:
    if "$" in text:
        return 0.0, 0.0, 0.0
    x, y, z = (float(t) for t in text.split())
    return x, y, z
