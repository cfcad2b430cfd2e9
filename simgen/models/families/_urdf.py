"""Reads what can be seen of a URDF robot: link poses at rest, masses and visual meshes. No physics client."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simgen.errors import SimgenError
from simgen.models import geometry as g
from simgen.models.mesh import Material
from simgen.models.urdf import mesh_file, origin_of, read_joints, urdf_file

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PLAIN = Material("plain", (0.5, 0.5, 0.5))


@dataclass(frozen=True)
class Paint:
    """A material of a mesh file.

    Attributes:
        name: as the file has it, "" where it has none.
        diffuse: its sRGB diffuse colour, 0 to 1.
    """

    name: str = ""
    diffuse: tuple[float, float, float] = (0.8, 0.8, 0.8)


@dataclass(frozen=True, eq=False)
class Link:
    """A link of a URDF with the joints at zero.

    Attributes:
        name: of the link.
        pose: (4, 4) float64 link frame in the root link's frame.
        mass_kg: as the file states it, 0 for a link without an inertia (a frame or a plate).
        center_m: (3,) centre of mass in the link frame.
        soup_m: (T, 3, 3) float64 triangle corners of its visual meshes in the link frame; T may be 0.
        paint_of: (T,) int64 index into `paints`.
        paints: what its files say about the colours, one a piece.
    """

    name: str
    pose: Floats
    mass_kg: float
    center_m: Floats
    soup_m: Floats
    paint_of: Ints
    paints: tuple[Paint, ...]


def read_links(path: str) -> tuple[Link, ...]:
    """The links of a URDF under `data_dir()`, in the order of the file.

    Raises:
        SimgenError: the file is missing, or a joint names a link that it does not define.
    """
    file = urdf_file(path)
    root = ET.parse(file).getroot()
    parent = {j.child: (j.parent, j.T_parent_child) for j in read_joints(path)}
    return tuple(_link(e, _pose(e.attrib["name"], parent), file) for e in root.findall("link"))


def _pose(name: str, parent: dict[str, tuple[str, Floats]]) -> Floats:
    pose = np.eye(4)
    while name in parent:
        name, joint = parent[name]
        pose = joint @ pose
    return pose


def _link(element: ET.Element, pose: Floats, urdf: Path) -> Link:
    mass, center = 0.0, np.zeros(3)
    inertial = element.find("inertial")
    if inertial is not None:
        stated = inertial.find("mass")
        mass = float(stated.attrib["value"]) if stated is not None else mass
        center = origin_of(inertial)[:3, 3]
    visuals = [piece for v in element.findall("visual") for piece in _visual(v, urdf)]
    soups = [soup for soup, _ in visuals]
    paints = tuple(paint for _, paint in visuals)
    of = np.repeat(np.arange(len(soups)), [len(s) for s in soups])
    soup = np.concatenate(soups) if soups else np.zeros((0, 3, 3))
    return Link(element.attrib["name"], pose, mass, center, soup, of, paints)


def _visual(visual: ET.Element, urdf: Path) -> list[tuple[Floats, Paint]]:
    """Triangle corners (T, 3, 3) in the link frame, one piece a material."""
    place = origin_of(visual)
    geometry = visual.find("geometry/*")
    if geometry is None:
        raise SimgenError(f"{urdf}: a visual has no geometry")
    material = visual.find("material")
    paint = Paint(material.attrib["name"] if material is not None else "")
    pieces = _mesh(geometry, urdf) if geometry.tag == "mesh" else [(_primitive(geometry, urdf), paint)]
    return [(soup @ place[:3, :3].T + place[:3, 3], paint) for soup, paint in pieces]


def _mesh(element: ET.Element, urdf: Path) -> list[tuple[Floats, Paint]]:
    file = mesh_file(element.attrib["filename"], urdf)
    scale = np.array([float(s) for s in element.attrib.get("scale", "1 1 1").split()])
    if file.suffix == ".obj":
        return [(soup * scale, paint) for soup, paint in read_obj(file)]
    import trimesh  # only when it is built: reading scenarios stays light

    loaded = trimesh.load(file, force="mesh", process=False)
    if not isinstance(loaded, trimesh.Trimesh):
        raise SimgenError(f"{file} holds no triangle mesh; reinstall pybullet")
    return [(np.asarray(loaded.vertices, np.float64)[np.asarray(loaded.faces)] * scale, Paint())]


def _primitive(element: ET.Element, urdf: Path) -> Floats:
    if element.tag == "box":
        mesh = g.box([float(v) for v in element.attrib["size"].split()], _PLAIN)
    elif element.tag == "cylinder":
        mesh = g.cylinder(float(element.attrib["radius"]), float(element.attrib["length"]), _PLAIN, 32)
    elif element.tag == "sphere":
        mesh = g.sphere(float(element.attrib["radius"]), _PLAIN, 20)
    else:
        raise SimgenError(f"{urdf}: a visual of the kind {element.tag!r} is not supported")
    return mesh.vertices_m[mesh.faces].astype(np.float64)


def read_obj(file: Path) -> list[tuple[Floats, Paint]]:
    """Triangle corners (T, 3, 3) of a Wavefront file by material, in the order of first use.

    Raises:
        SimgenError: the file is missing.
    """
    if not file.is_file():
        raise SimgenError(f"the mesh {file} is missing; reinstall pybullet")
    points: list[list[float]] = []
    faces: dict[str, list[tuple[int, int, int]]] = {}
    paints: dict[str, Paint] = {}
    current = faces.setdefault("", [])
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        head, _, rest = line.partition(" ")
        if head == "v":
            points.append([float(v) for v in rest.split()[:3]])
        elif head == "f":
            corner = [int(word.partition("/")[0]) for word in rest.split()]
            ring = [c - 1 if c > 0 else len(points) + c for c in corner]
            current.extend((ring[0], ring[k], ring[k + 1]) for k in range(1, len(ring) - 1))
        elif head == "usemtl":
            current = faces.setdefault(rest.strip(), [])
        elif head == "mtllib":
            paints.update(_read_mtl(file.parent / rest.strip()))
    table = np.array(points)
    return [(table[np.array(f)], paints.get(name, Paint(name))) for name, f in faces.items() if f]


def _read_mtl(file: Path) -> dict[str, Paint]:
    out: dict[str, Paint] = {}
    name = ""
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []:
        head, _, rest = line.strip().partition(" ")
        if head == "newmtl":
            name = rest.strip()
        elif head == "Kd":
            r, green, b = (float(v) for v in rest.split()[:3])
            out[name] = Paint(name, (r, green, b))
    return out


def creased(soup_m: Floats, angle_rad: float) -> tuple[Floats, Floats, Ints]:
    """Vertices, unit normals and faces of a soup, smooth where faces meet under `angle_rad`, hard elsewhere.

    Returns:
        (V, 3) and (V, 3) float64, (T, 3) int64; faces without area are dropped.
    """
    good, place, normals = smoothed(soup_m, angle_rad)
    corner = soup_m[good].reshape(-1, 3)
    _, first, index = np.unique(
        np.column_stack([place, np.round(normals * 1e4)]), axis=0, return_index=True, return_inverse=True
    )
    return corner[first], normals[first], index.reshape(-1, 3)


def smoothed(soup_m: Floats, angle_rad: float) -> tuple[NDArray[np.bool_], Ints, Floats]:
    """Which of the faces of a soup have area, (T,); the place of each corner of those, and its unit normal.

    Normals are those of `creased`; corners at one place have one number.
    """
    cross = np.cross(soup_m[:, 1] - soup_m[:, 0], soup_m[:, 2] - soup_m[:, 0])
    area = np.linalg.norm(cross, axis=1)
    longest = np.linalg.norm(soup_m - np.roll(soup_m, 1, axis=1), axis=2).max(axis=1)
    good = area > np.maximum(1e-10, 1e-3 * longest**2)
    soup, cross, area = soup_m[good], cross[good], area[good]
    unit = cross / area[:, None]
    corner = soup.reshape(-1, 3)
    _, place = g.joined(corner, 6)
    order = np.argsort(place, kind="stable")
    # Every corner with every corner at its place, itself included.
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    size = np.diff(np.append(first, len(order)))
    of = np.repeat(np.arange(len(order)), np.repeat(size, size))
    start = np.flatnonzero(np.diff(of, prepend=-1))
    other = np.arange(len(of)) - start[of] + np.repeat(first, size)[of]
    mine, theirs = order[of] // 3, order[other] // 3
    near = (unit[mine] * unit[theirs]).sum(axis=1) >= math.cos(angle_rad)
    normals = np.empty_like(corner)
    normals[order] = np.add.reduceat(np.where(near[:, None], cross[theirs], 0.0), start, axis=0)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return good, place, normals
