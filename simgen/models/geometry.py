"""Building blocks for meshes: boxes, prisms, cylinders, lathes, lofts, grids; merging and placing them.

Every builder returns a `Mesh` with outward counter-clockwise faces, unit normals and surface coordinates in
metres. Curved builders share normals along smooth directions; flat ones have split vertices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simgen.models.mesh import Material, Mesh

_Real = TypeVar("_Real", np.float32, np.float64)


_BOX_SIDES = np.array(
    [
        [(1, -1, -1), (1, 1, -1), (1, 1, 1), (1, -1, 1)],
        [(-1, 1, -1), (-1, -1, -1), (-1, -1, 1), (-1, 1, 1)],
        [(1, 1, -1), (-1, 1, -1), (-1, 1, 1), (1, 1, 1)],
        [(-1, -1, -1), (1, -1, -1), (1, -1, 1), (-1, -1, 1)],
        [(-1, -1, 1), (1, -1, 1), (1, 1, 1), (-1, 1, 1)],
        [(-1, 1, -1), (1, 1, -1), (1, -1, -1), (-1, -1, -1)],
    ],
    np.float64,
)
"""Corners of the sides of a box, in half extents, (6, 4, 3)."""


def mesh_of_quads(quads: ArrayLike, material: Material | Sequence[Material], uv: ArrayLike | None = None) -> Mesh:
    """Flat-shaded quads.

    Args:
        quads: (Q, 4, 3) corners, counter-clockwise seen from outside.
        material: of all of them, or of each.
        uv: (Q, 4, 2) surface coordinates; by default metres along the first edge and across it.
    """
    q = np.asarray(quads, dtype=np.float64)
    e1 = q[:, 1] - q[:, 0]
    n = _unit(np.cross(e1, q[:, 3] - q[:, 0]))
    if uv is None:
        t = _unit(e1)
        b = np.cross(n, t)
        rel = q - q[:, :1]
        uv = np.stack([(rel * t[:, None]).sum(-1), (rel * b[:, None]).sum(-1)], axis=-1)
    count = len(q)
    base = 4 * np.arange(count)[:, None]
    faces = np.concatenate([base + np.array([0, 1, 2]), base + np.array([0, 2, 3])], axis=1).reshape(-1, 3)
    materials, which = _numbered(material, count)
    return Mesh(
        q.reshape(-1, 3).astype(np.float32),
        np.repeat(n, 4, axis=0).astype(np.float32),
        np.asarray(uv, dtype=np.float32).reshape(-1, 2),
        faces.astype(np.int32),
        np.repeat(which, 2),
        materials,
    )


def _numbered(material: Material | Sequence[Material], count: int) -> tuple[tuple[Material, ...], NDArray[np.int16]]:
    """The different ones among the materials of quads, and which of them each quad has, (count,)."""
    if isinstance(material, Material):
        return (material,), np.zeros(count, np.int16)
    numbers: dict[Material, int] = {}
    which: list[int] = []
    last = None
    for one in material:
        if one is not last:  # hashing a material takes longer than the rest
            last, number = one, numbers.setdefault(one, len(numbers))
        which.append(number)
    return tuple(numbers), np.array(which, np.int16)


def box(size_m: Sequence[float], material: Material, center_m: Sequence[float] = (0.0, 0.0, 0.0)) -> Mesh:
    """An axis-aligned box with full extents `size_m`."""
    return mesh_of_quads(np.array(center_m) + 0.5 * np.asarray(size_m) * _BOX_SIDES, material)


def surface(points_m: NDArray[np.float64], material: Material, uv_m: NDArray[np.float64] | None = None) -> Mesh:
    """A smooth surface over an (M, N, 3) net of points; its front is where d/dM x d/dN points.

    Normals are area-weighted averages; rows or columns that meet (closed nets) are joined by position.
    """
    p = np.asarray(points_m, dtype=np.float64)
    m, n = p.shape[:2]
    idx = np.arange(m * n).reshape(m, n)
    a, b, c, d = idx[:-1, :-1], idx[1:, :-1], idx[1:, 1:], idx[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    flat = p.reshape(-1, 3)
    if uv_m is None:
        along = np.concatenate([np.zeros((1, n)), np.linalg.norm(np.diff(p, axis=0), axis=2).cumsum(0)])
        across = np.concatenate([np.zeros((m, 1)), np.linalg.norm(np.diff(p, axis=1), axis=2).cumsum(1)], axis=1)
        uv_m = np.stack([along, across], -1)
    normals = smooth_normals(flat, faces)
    area = np.linalg.norm(
        np.cross(flat[faces[:, 1]] - flat[faces[:, 0]], flat[faces[:, 2]] - flat[faces[:, 0]]), axis=1
    )
    faces = faces[area > 1e-10]
    return Mesh(
        flat.astype(np.float32),
        normals.astype(np.float32),
        np.asarray(uv_m, dtype=np.float32).reshape(-1, 2),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (material,),
    )


def joined(points_m: NDArray[_Real], decimals: int | None) -> tuple[NDArray[_Real], NDArray[np.int64]]:
    """The different places among points rounded to so many decimals of a metre.

    Args:
        points_m: (V, 3).
        decimals: points that round alike are one; None takes them as they are.

    Returns:
        (P, 3) rounded places by ascending x, y, z, and (V,) int64 the place of each point.
    """
    rounded = points_m if decimals is None else np.round(points_m, decimals)
    order = np.lexsort((rounded[:, 2], rounded[:, 1], rounded[:, 0]))
    ranked = rounded[order]
    new = np.ones(len(ranked), np.bool_)
    new[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    place = np.empty(len(ranked), np.int64)
    place[order] = np.cumsum(new) - 1
    return ranked[new], place


def smooth_normals(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """Area-weighted vertex normals, averaged over vertices at the same place; (V, 3) unit."""
    fn = np.cross(vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]])
    _, place = joined(vertices, 6)
    acc = np.zeros((place.max() + 1, 3))
    for k in range(3):
        np.add.at(acc, place[faces[:, k]], fn)
    acc /= np.maximum(np.linalg.norm(acc, axis=1, keepdims=True), 1e-12)
    out: NDArray[np.float64] = acc[place]
    return out


def lathe(profile_rz: ArrayLike, material: Material, segments: int = 24, axis: str = "z", caps: bool = True) -> Mesh:
    """A body of revolution: `profile_rz` is (N, 2) radius and height, from bottom to top, outside on the right.

    Args:
        profile_rz: the outline.
        material: of everything.
        segments: round the axis.
        axis: "z", "x" or "y": the axis of revolution (height runs along it).
        caps: close the ends that have radius above zero with flat discs.
    """
    rz = np.asarray(profile_rz, dtype=np.float64)
    ang = np.linspace(0.0, 2.0 * math.pi, segments + 1)
    net = np.stack(
        [
            np.outer(np.cos(ang), rz[:, 0]),
            np.outer(np.sin(ang), rz[:, 0]),
            np.broadcast_to(rz[:, 1], (segments + 1, len(rz))),
        ],
        axis=-1,
    )
    net[-1] = net[0]
    pieces = [surface(net, material)]
    if caps:
        for row, up in ((0, False), (-1, True)):
            r, z = rz[row]
            if r > 1e-9:
                ring = np.stack([r * np.cos(ang[:-1]), r * np.sin(ang[:-1]), np.full(segments, z)], -1)
                pieces.append(polygon(ring if up else ring[::-1], material))
    mesh = merge(pieces)
    if axis == "x":
        return transformed(mesh, rotation=np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]))
    if axis == "y":
        return transformed(mesh, rotation=np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]]))
    return mesh


def cylinder(radius_m: float, length_m: float, material: Material, segments: int = 24, axis: str = "z") -> Mesh:
    """A closed cylinder centred at the origin."""
    h = 0.5 * length_m
    return lathe([(radius_m, -h), (radius_m, h)], material, segments, axis)


def sphere(radius_m: float, material: Material, segments: int = 16) -> Mesh:
    """A UV sphere centred at the origin."""
    t = np.linspace(-0.5 * math.pi, 0.5 * math.pi, segments // 2 + 1)
    return lathe(np.stack([radius_m * np.cos(t), radius_m * np.sin(t)], -1), material, segments, caps=False)


def polygon(ring_m: ArrayLike, material: Material) -> Mesh:
    """A flat convex polygon from its (N, 3) corners, counter-clockwise seen from its front."""
    return polygons(np.asarray(ring_m, dtype=np.float64)[None], material)


def polygons(rings_m: ArrayLike, material: Material) -> Mesh:
    """Flat convex polygons of as many corners each, (P, N, 3), counter-clockwise seen from their fronts."""
    p = np.asarray(rings_m, dtype=np.float64)
    count, corners = p.shape[:2]
    n = _unit(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]))
    t = _unit(p[:, 1] - p[:, 0])
    rel = p - p[:, :1]
    uv = np.concatenate([rel @ t[:, :, None], rel @ np.cross(n, t)[:, :, None]], -1)
    k = np.arange(1, corners - 1)
    fan = np.stack([np.zeros_like(k), k, k + 1], -1)
    faces = (corners * np.arange(count)[:, None, None] + fan).reshape(-1, 3)
    return Mesh(
        p.reshape(-1, 3).astype(np.float32),
        np.repeat(n, corners, axis=0).astype(np.float32),
        uv.reshape(-1, 2).astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (material,),
    )


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of length 1; what is shorter than a picometre stays about 0."""
    out: NDArray[np.float64] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return out


def extrude(outline_xz: ArrayLike, y0_m: float, y1_m: float, material: Material, smooth_deg: float = 30.0) -> Mesh:
    """A prism along y over a simple outline in the x-z plane, given counter-clockwise seen from -y.

    Side faces meet smoothly where they turn by less than `smooth_deg`. Concave outlines are triangulated by
    ear clipping.
    """
    xz = np.asarray(outline_xz, dtype=np.float64)
    n = len(xz)
    nxt = np.roll(xz, -1, axis=0)
    edge = nxt - xz
    edge /= np.maximum(np.linalg.norm(edge, axis=1, keepdims=True), 1e-12)
    side_n = np.stack([edge[:, 1], -edge[:, 0]], -1)  # outward for counter-clockwise
    cos_lim = math.cos(math.radians(smooth_deg))
    verts: list[tuple[float, float, float]] = []
    norms: list[tuple[float, float, float]] = []
    uvs: list[tuple[float, float]] = []
    faces: list[tuple[int, int, int]] = []
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(nxt - xz, axis=1))])
    for i in range(n):
        j = (i + 1) % n
        ends = []
        for k, other in ((i, i - 1), (j, j)):
            blend = side_n[i] + side_n[other] if side_n[i] @ side_n[other] > cos_lim else side_n[i]
            ends.append((xz[k], blend / np.linalg.norm(blend)))
        b = len(verts)
        for (pt, nn), s in zip(ends, (run[i], run[i + 1]), strict=True):
            for y in (y0_m, y1_m):
                verts.append((pt[0], y, pt[1]))
                norms.append((nn[0], 0.0, nn[1]))
                uvs.append((s, y))
        faces += [(b, b + 3, b + 2), (b, b + 1, b + 3)]
    tri = _ear_clip(xz)
    for y, ny, flip in ((y0_m, -1.0, False), (y1_m, 1.0, True)):
        b = len(verts)
        for pt in xz:
            verts.append((pt[0], y, pt[1]))
            norms.append((0.0, ny, 0.0))
            uvs.append((pt[0], pt[1]))
        faces += [(b + t[0], b + t[2], b + t[1]) if flip else (b + t[0], b + t[1], b + t[2]) for t in tri]
    return Mesh(
        np.array(verts, np.float32),
        np.array(norms, np.float32),
        np.array(uvs, np.float32),
        np.array(faces, np.int32),
        np.zeros(len(faces), np.int16),
        (material,),
    )


def _ear_clip(p: NDArray[np.float64]) -> list[tuple[int, int, int]]:
    def cross(a: int, b: int, c: int) -> float:
        return float((p[b, 0] - p[a, 0]) * (p[c, 1] - p[a, 1]) - (p[b, 1] - p[a, 1]) * (p[c, 0] - p[a, 0]))

    left = list(range(len(p)))
    out: list[tuple[int, int, int]] = []
    while len(left) > 3:
        for k in range(len(left)):
            a, b, c = left[k - 1], left[k], left[(k + 1) % len(left)]
            if cross(a, b, c) <= 1e-12:
                continue
            inside = any(
                cross(a, b, q) >= 0 and cross(b, c, q) >= 0 and cross(c, a, q) >= 0 for q in left if q not in (a, b, c)
            )
            if not inside:
                out.append((a, b, c))
                left.pop(k)
                break
        else:  # degenerate outline: give up the rest as a fan
            out += [(left[0], left[k], left[k + 1]) for k in range(1, len(left) - 1)]
            return out
    out.append((left[0], left[1], left[2]))
    return out


def transformed(
    mesh: Mesh,
    rotation: NDArray[np.float64] | None = None,
    translation_m: Sequence[float] = (0.0, 0.0, 0.0),
    scale: Sequence[float] = (1.0, 1.0, 1.0),
) -> Mesh:
    """The mesh scaled (per axis), then rotated by a (3, 3) matrix, then moved. Mirrors keep faces outward."""
    s = np.asarray(scale, dtype=np.float64)
    r = np.eye(3) if rotation is None else np.asarray(rotation, dtype=np.float64)
    v = (mesh.vertices_m * s) @ r.T + np.asarray(translation_m, dtype=np.float64)
    n = (mesh.normals / s) @ r.T
    n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-12)
    faces = mesh.faces[:, ::-1].copy() if float(np.prod(s)) * float(np.linalg.det(r)) < 0 else mesh.faces
    return Mesh(v.astype(np.float32), n.astype(np.float32), mesh.uv_m, faces, mesh.face_material, mesh.materials)


def rotation_z(angle_rad: float) -> NDArray[np.float64]:
    """Rotation matrix about z, counter-clockwise."""
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def rotation_y(angle_rad: float) -> NDArray[np.float64]:
    """Rotation matrix about y; a positive angle turns +x down (nose down)."""
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def rotation_x(angle_rad: float) -> NDArray[np.float64]:
    """Rotation matrix about x."""
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def merge(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several; equal materials are shared."""
    materials: list[Material] = []
    verts, norms, uvs, faces, mats = [], [], [], [], []
    offset = 0
    for m in meshes:
        lut = []
        for mat in m.materials:
            if mat not in materials:
                materials.append(mat)
            lut.append(materials.index(mat))
        verts.append(m.vertices_m)
        norms.append(m.normals)
        uvs.append(m.uv_m)
        faces.append(m.faces + offset)
        mats.append(np.array(lut, np.int16)[m.face_material])
        offset += len(m.vertices_m)
    return Mesh(
        np.concatenate(verts),
        np.concatenate(norms),
        np.concatenate(uvs),
        np.concatenate(faces).astype(np.int32),
        np.concatenate(mats),
        tuple(materials),
    )
