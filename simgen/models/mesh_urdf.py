"""Users' own URDF files, each as one rigid body with its joints at zero."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.mesh import Material
from simgen.models.mesh_pieces import FORMATS, GREY, Budget, Floats, Folder, Piece, linear_of, read_pieces
from simgen.models.urdf import PACKAGE, Joint, joint_of, origin_of

Body = tuple[list[Piece], list[Floats], float, Floats]
"""What is seen, corners (N, 3) of each collision piece, mass in kg (0 unless stated), centre of mass (3,) or NaN."""
NOWHERE = np.full(3, np.nan)


def read_urdf(name: str, folder: Folder) -> Body:
    """A description as one rigid body, its joints at zero; collision elements are its pieces where it has any."""
    try:
        return _read_body(name, _xml(name, folder.read(name)), folder)
    except (KeyError, ValueError) as error:
        raise UserError(f"{name!r} cannot be read as URDF: {type(error).__name__} {error}") from error


def _read_body(name: str, root: ET.Element, folder: Folder) -> Body:
    joints = {j.child: j for j in map(_joint, root.findall("joint"))}
    colors = {m.attrib.get("name", ""): c for m in root.findall("material") if (c := _rgba(m)) is not None}
    budget, pieces, solids = Budget(), list[Piece](), list[Floats]()
    mass, moment = 0.0, np.zeros(3)
    for link in root.findall("link"):
        pose = _pose_of(link.attrib.get("name", ""), joints, name)
        for visual in link.findall("visual"):
            material = visual.find("material")
            color = None
            if material is not None:
                own = _rgba(material)
                color = colors.get(material.attrib.get("name", "")) if own is None else own
            pieces += [_moved(p, pose, color) for p in _shape(visual, name, folder, budget)]
        for element in link.findall("collision"):
            solids += [_moved(p, pose, None).corners.reshape(-1, 3) for p in _shape(element, name, folder, budget)]
        inertial = link.find("inertial")
        stated = inertial.find("mass") if inertial is not None else None
        if inertial is not None and stated is not None:
            m = float(stated.attrib["value"])
            mass, moment = mass + m, moment + m * (pose @ origin_of(inertial))[:3, 3]
    return pieces, solids or [p.corners.reshape(-1, 3) for p in pieces], mass, moment / mass if mass > 0 else NOWHERE


def _joint(element: ET.Element) -> Joint:
    above, below = element.find("parent"), element.find("child")
    if above is None or below is None:
        raise ValueError(f"the joint {element.attrib.get('name')!r} joins no two links")
    return joint_of(element, above.attrib["link"], below.attrib["link"])


def _xml(name: str, data: bytes) -> ET.Element:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise UserError(f"{name!r} declares XML entities, which a robot description does not need; remove them")
    try:
        return ET.fromstring(data)
    except ET.ParseError as error:
        raise UserError(f"{name!r} cannot be read as URDF: {error}") from error


def _pose_of(link: str, joints: dict[str, Joint], name: str) -> Floats:
    pose, seen = np.eye(4), {link}
    while link in joints:
        pose, link = joints[link].T_parent_child @ pose, joints[link].parent
        if link in seen:
            raise UserError(f"{name!r} cannot be read as URDF: its joints run in a circle through {link!r}")
        seen.add(link)
    return pose


def _shape(element: ET.Element, name: str, folder: Folder, budget: Budget) -> list[Piece]:
    """The surface of a visual or a collision element in its link's frame."""
    place, shape = origin_of(element), element.find("geometry/*")
    if shape is None:
        raise UserError(f"{name!r} cannot be read as URDF: a {element.tag} has no geometry")
    grey = Material("plain", GREY)
    if shape.tag == "mesh":
        scale = np.array([float(s) for s in shape.attrib.get("scale", "1 1 1").split()])
        file = (PurePosixPath(name).parent / shape.attrib["filename"].removeprefix(PACKAGE)).as_posix()
        if PurePosixPath(file.lower()).suffix not in FORMATS:
            raise UserError(f"{name!r} names {file!r}, of no known format; expected {', '.join(FORMATS)}")
        pieces = read_pieces(file, folder, budget)
        return [_moved(replace(p, corners=p.corners * scale), place, None) for p in pieces]
    if shape.tag == "box":
        mesh = g.box([float(v) for v in shape.attrib["size"].split()], grey)
    elif shape.tag == "cylinder":
        mesh = g.cylinder(float(shape.attrib["radius"]), float(shape.attrib["length"]), grey, 32)
    elif shape.tag == "sphere":
        mesh = g.sphere(float(shape.attrib["radius"]), grey, 20)
    else:
        raise UserError(f"{name!r} has a {element.tag} of the kind {shape.tag!r}; expected mesh, box, cylinder, sphere")
    corners = mesh.vertices_m[mesh.faces].astype(np.float64)
    return [_moved(Piece(corners, np.tile(GREY, (len(corners), 1))), place, None)]


def _moved(piece: Piece, pose: Floats, color: Floats | None) -> Piece:
    corners = piece.corners @ pose[:3, :3].T + pose[:3, 3]
    if color is None:
        return replace(piece, corners=corners)
    return Piece(corners, np.tile(color, (len(corners), 1)), piece.roughness, piece.metallic)


def _rgba(material: ET.Element) -> Floats | None:
    color = material.find("color")
    return None if color is None else linear_of([float(v) for v in color.attrib["rgba"].split()[:3]])
