"""Reads what can be seen of a URDF robot: link poses at rest, masses and visual meshes. No physics client."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray

from simgen.errors import MissingDependencyError, SimgenError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Link:
    """A link of a URDF with the joints at zero.

    Attributes:
        name: of the link.
        pose: (4, 4) float64 link frame in the root link's frame.
        mass_kg: as the file states it, 0 for a link without an inertia (a frame or a plate).
        center_m: (3,) centre of mass in the link frame.
        soup_m: (T, 3, 3) float64 triangle corners of its visual meshes in the link frame; T may be 0.
    """

    name: str
    pose: Floats
    mass_kg: float
    center_m: Floats
    soup_m: Floats


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


def read_links(path: str) -> tuple[Link, ...]:
    """The links of a URDF under `data_dir()`, in the order of the file.

    Raises:
        SimgenError: the file is missing, or a joint names a link that it does not define.
    """
    file = data_dir() / path
    if not file.is_file():
        raise SimgenError(f"the robot description {file} is missing; reinstall pybullet")
    root = ET.parse(file).getroot()
    elements = {e.attrib["name"]: e for e in root.findall("link")}
    parent: dict[str, tuple[str, Floats]] = {}
    for joint in root.findall("joint"):
        above, below = joint.find("parent"), joint.find("child")
        if above is None or below is None or {above.attrib["link"], below.attrib["link"]} - elements.keys():
            raise SimgenError(f"{file}: joint {joint.attrib.get('name')!r} joins links that the file does not define")
        parent[below.attrib["link"]] = (above.attrib["link"], _origin(joint))
    return tuple(_link(name, e, _pose(name, parent), file.parent) for name, e in elements.items())


def _pose(name: str, parent: dict[str, tuple[str, Floats]]) -> Floats:
    pose = np.eye(4)
    while name in parent:
        name, joint = parent[name]
        pose = joint @ pose
    return pose


def _link(name: str, element: ET.Element, pose: Floats, folder: Path) -> Link:
    mass, center = 0.0, np.zeros(3)
    inertial = element.find("inertial")
    if inertial is not None:
        stated = inertial.find("mass")
        mass = float(stated.attrib["value"]) if stated is not None else mass
        center = _origin(inertial)[:3, 3]
    soups = [_visual(v, folder) for v in element.findall("visual")]
    return Link(name, pose, mass, center, np.concatenate(soups) if soups else np.zeros((0, 3, 3)))


def _visual(visual: ET.Element, folder: Path) -> Floats:
    mesh = visual.find("geometry/mesh")
    if mesh is None:
        raise SimgenError(f"{folder}: a visual without a mesh is not supported")
    loaded = trimesh.load(folder / mesh.attrib["filename"], force="mesh", process=False)
    if not isinstance(loaded, trimesh.Trimesh):
        raise SimgenError(f"{folder / mesh.attrib['filename']} holds no triangle mesh; reinstall pybullet")
    scale = np.array([float(s) for s in mesh.attrib.get("scale", "1 1 1").split()])
    corners = np.asarray(loaded.vertices, np.float64)[np.asarray(loaded.faces)] * scale
    place = _origin(visual)
    out: Floats = corners @ place[:3, :3].T + place[:3, 3]
    return out


def _origin(element: ET.Element) -> Floats:
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


def _numbers(text: str) -> tuple[float, float, float]:
    if "$" in text:
        return 0.0, 0.0, 0.0
    x, y, z = (float(t) for t in text.split())
    return x, y, z


def creased(soup_m: Floats, angle_rad: float) -> tuple[Floats, Floats, Ints]:
    """Vertices, unit normals and faces of a soup, smooth where faces meet under `angle_rad`, hard elsewhere.

    Returns:
        (V, 3) and (V, 3) float64, (T, 3) int64; faces without area are dropped.
    """
    cross = np.cross(soup_m[:, 1] - soup_m[:, 0], soup_m[:, 2] - soup_m[:, 0])
    area = np.linalg.norm(cross, axis=1)
    longest = np.linalg.norm(soup_m - np.roll(soup_m, 1, axis=1), axis=2).max(axis=1)
    good = area > np.maximum(1e-10, 1e-3 * longest**2)
    soup, cross, area = soup_m[good], cross[good], area[good]
    unit = cross / area[:, None]
    corner = soup.reshape(-1, 3)
    _, place = np.unique(np.round(corner, 6), axis=0, return_inverse=True)
    place = place.reshape(-1)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    limit = math.cos(angle_rad)
    normals = np.empty_like(corner)
    for members in np.split(order, starts[1:]):
        face = members // 3
        near = unit[face] @ unit[face].T >= limit
        normals[members] = near @ cross[face]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    _, first, index = np.unique(
        np.column_stack([place, np.round(normals * 1e4)]), axis=0, return_index=True, return_inverse=True
    )
    return corner[first], normals[first], index.reshape(-1, 3)
