"""From the links of a URDF to the parts of a model: coarser, creased, one material a piece of the file."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simgen.models import geometry as g
from simgen.models.families._urdf import Ints, Link, Paint, creased
from simgen.models.mesh import Material, Mesh
from simgen.models.model import ModelPart
from simgen.models.urdf import Floats

Painter = Callable[[str, Paint], Material]
"""Material for a link's name and a paint of its file."""

_CREASE_RAD = math.radians(32.0)


def link_parts(
    links: Sequence[Link], poses: Mapping[str, Floats], painter: Painter, *, within_m: float
) -> tuple[ModelPart, ...]:
    """The visible links as parts in their own frames, in the order of the file.

    Args:
        links: of the description.
        poses: (4, 4) of the links in the model frame by name; at the origin where it has none.
        painter: gives every piece its material.
        within_m: how far the file's surfaces may lie from the parts'.
    """
    out = []
    for link in links:
        if not len(link.soup_m):
            continue
        T = poses.get(link.name, np.eye(4))
        x, y, z = (float(v) for v in T[:3, 3])
        out.append(ModelPart(link.name, link_mesh(link, painter, within_m), (x, y, z), quaternion(T[:3, :3])))
    return tuple(out)


def link_mesh(link: Link, painter: Painter, within_m: float) -> Mesh:
    """The mesh of a link, made coarser, with the pieces of one material as one."""
    painted = [painter(link.name, paint) for paint in link.paints]
    materials = list(dict.fromkeys(painted))
    of = np.array([materials.index(m) for m in painted])[link.paint_of]
    soup, of = coarser(link.soup_m, of, within_m)
    return g.merge([shell(soup[of == k], m) for k, m in enumerate(materials) if (of == k).any()])


def shell(soup_m: Floats, material: Material) -> Mesh:
    """A mesh of (T, 3, 3) triangles with normals smooth across blunt edges."""
    vertices, normals, faces = creased(soup_m, _CREASE_RAD)
    return Mesh(
        vertices.astype(np.float32),
        normals.astype(np.float32),
        vertices[:, :2].astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (material,),
    )


def coarser(soup_m: Floats, of: Ints, within_m: float) -> tuple[Floats, Ints]:
    """Fewer triangles, with the lines between pieces kept.

    Args:
        soup_m: (T, 3, 3) triangle corners.
        of: (T,) the piece of each.
        within_m: how far the surface may lie from what is left.

    Returns:
        (T', 3, 3) triangle corners and (T',) their pieces.
    """
    from simgen.models.coarsening import Coarsening  # loads the compiler

    points, place = g.joined(soup_m.reshape(-1, 3), 6)
    normals, uv = np.zeros((len(points), 3), np.float32), np.zeros((len(points), 2), np.float32)  # made afterwards
    faces = place.reshape(-1, 3).astype(np.int32)
    fine = Mesh(points.astype(np.float32), normals, uv, faces, of.astype(np.int16), ())
    work = Coarsening(fine, least_steps=1)  # the triangles of files are small
    work.to(within_m)
    left = work.mesh()
    return left.vertices_m[left.faces].astype(np.float64), left.face_material.astype(np.int64)


def linear(srgb: Sequence[float]) -> tuple[float, float, float]:
    """Linear reflectance of an sRGB colour of a mesh file, kept below that of white paint."""
    r, green, b = (0.85 * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in srgb)
    return r, green, b


def quaternion(rotation: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Unit quaternion xyzw of a (3, 3) rotation, by its largest component."""
    m = rotation
    trace = float(m[0, 0] + m[1, 1] + m[2, 2])
    table = [1.0 + 2.0 * float(m[k, k]) - trace for k in range(3)] + [1.0 + trace]
    k = int(np.argmax(table))
    q = [0.0, 0.0, 0.0, 0.0]
    q[k] = table[k]
    if k == 3:
        q[:3] = [float(m[2, 1] - m[1, 2]), float(m[0, 2] - m[2, 0]), float(m[1, 0] - m[0, 1])]
    else:
        i, j = (k + 1) % 3, (k + 2) % 3
        q[i], q[j], q[3] = float(m[i, k] + m[k, i]), float(m[j, k] + m[k, j]), float(m[j, i] - m[i, j])
    length = math.sqrt(sum(v * v for v in q))
    x, y, z, w = (v / length for v in q)
    return x, y, z, w


def outer_bounds(parts: Sequence[ModelPart]) -> tuple[Floats, Floats]:
    """Lowest and highest corner (3,) of all parts in their rest poses, in the model frame."""
    low, high = [], []
    for part in parts:
        x, y, z, w = part.quat_xyzw
        r = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        points = part.mesh.vertices_m.astype(np.float64) @ r.T + np.asarray(part.position_m)
        low.append(points.min(axis=0))
        high.append(points.max(axis=0))
    return np.min(low, axis=0), np.max(high, axis=0)
