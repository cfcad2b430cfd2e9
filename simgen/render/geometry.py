"""Packs a cast into flat arrays that the kernels walk through, once per scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.models import LAMP_KINDS, PATTERNS, Material
from simgen.render.one_sided import is_one_sided
from simgen.snapshot import Cast, CastPart

CLUSTER = 128
"""Triangles a cluster: the unit of culling."""

MATERIAL_COLUMNS = 22
"""albedo 0-2, albedo2 3-5, roughness 6, f0 7, metallic 8, coat 9, pattern 10, contrast 11, params 12-17,
emission 18-20, lamp bit 21 (0 always lit)."""

_GROUND = ("road", "terrain", "floor", "sidewalk")


@dataclass(frozen=True, eq=False)
class Geometry:
    """All triangles of a cast; V vertices, T triangles, P parts, C clusters, M material rows.

    Attributes:
        vertices_m, normals, uv_m: (V, 3), (V, 3), (V, 2) float32 in part frames.
        faces: (T, 3) int32 into the vertices.
        face_part, face_material: (T,) int32.
        face_normal: (T, 3) float32 unit geometric normal in the part frame.
        part_vertices: (P + 1,) int64 ranges.
        part_instance: (P,) uint16; part_class: (P,) uint8; part_roof, part_ground: (P,) bool.
        cluster_faces: (C + 1,) int64 ranges; cluster_part: (C,) int32.
        cluster_vertices: (C, 2) int64 ranges that hold the vertices of each cluster.
        cluster_center_m, cluster_radius_m: (C, 3), (C,) bounding spheres in the part frame.
        cluster_closed: (C,) bool: the part is one-sided: faces turned away are never seen.
        materials: (M, MATERIAL_COLUMNS) float32.
    """

    vertices_m: NDArray[np.float32]
    normals: NDArray[np.float32]
    uv_m: NDArray[np.float32]
    faces: NDArray[np.int32]
    face_part: NDArray[np.int32]
    face_material: NDArray[np.int32]
    face_normal: NDArray[np.float32]
    part_vertices: NDArray[np.int64]
    part_instance: NDArray[np.uint16]
    part_class: NDArray[np.uint8]
    part_roof: NDArray[np.bool_]
    part_ground: NDArray[np.bool_]
    cluster_faces: NDArray[np.int64]
    cluster_part: NDArray[np.int32]
    cluster_vertices: NDArray[np.int64]
    cluster_center_m: NDArray[np.float64]
    cluster_radius_m: NDArray[np.float64]
    cluster_closed: NDArray[np.bool_]
    materials: NDArray[np.float32]


def pack(cast: Cast) -> Geometry:
    """Flatten a cast. Meshes shared by several parts are stored once a part (they move separately)."""
    from simgen.models import class_by_name

    ground_ids = {class_by_name(n).id for n in _GROUND}
    rows: list[NDArray[np.float32]] = []
    row_of: dict[tuple[Material, tuple[float, ...] | None], int] = {}
    face_material, vertex_counts = [], []
    cluster_faces, cluster_part, cluster_center, cluster_radius, cluster_closed = [0], [], [], [], []
    faces = []
    cluster_vertices: list[tuple[int, int]] = []
    v0 = 0
    t0 = 0
    closed_of: dict[int, bool] = {}
    for p, part in enumerate(cast.parts):
        mesh = part.mesh
        lut = np.array([_material_row(m, part, rows, row_of) for m in mesh.materials], np.int32)
        face_material.append(lut[mesh.face_material])
        faces.append(mesh.faces + v0)
        closed = closed_of.setdefault(id(mesh), is_one_sided(mesh))
        count = len(mesh.faces)
        for a in range(0, count, CLUSTER):
            b = min(a + CLUSTER, count)
            corners = mesh.faces[a:b].ravel()
            c, r = _bounding_sphere(mesh.vertices_m[corners])
            cluster_vertices.append(_range(corners, v0, len(mesh.vertices_m)))
            cluster_faces.append(t0 + b)
            cluster_part.append(p)
            cluster_center.append(c)
            cluster_radius.append(r)
            cluster_closed.append(closed)
        vertex_counts.append(len(mesh.vertices_m))
        v0 += len(mesh.vertices_m)
        t0 += count
    vertices = np.concatenate([p.mesh.vertices_m for p in cast.parts])
    all_faces = np.concatenate(faces).astype(np.int32)
    corner = vertices[all_faces].astype(np.float64)
    fn = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    fn /= np.maximum(np.linalg.norm(fn, axis=1, keepdims=True), 1e-20)
    return Geometry(
        vertices_m=vertices,
        normals=np.concatenate([p.mesh.normals for p in cast.parts]),
        uv_m=np.concatenate([p.mesh.uv_m for p in cast.parts]),
        faces=all_faces,
        face_part=np.repeat(np.arange(len(cast.parts)), [len(p.mesh.faces) for p in cast.parts]).astype(np.int32),
        face_material=np.concatenate(face_material).astype(np.int32),
        face_normal=fn.astype(np.float32),
        part_vertices=np.concatenate([[0], np.cumsum(vertex_counts)]).astype(np.int64),
        part_instance=np.array([p.instance for p in cast.parts], np.uint16),
        part_class=np.array([p.class_id for p in cast.parts], np.uint8),
        part_roof=np.array([p.roof for p in cast.parts], np.bool_),
        part_ground=np.array([p.class_id in ground_ids for p in cast.parts], np.bool_),
        cluster_faces=np.array(cluster_faces, np.int64),
        cluster_part=np.array(cluster_part, np.int32),
        cluster_vertices=np.array(cluster_vertices, np.int64).reshape(-1, 2),
        cluster_center_m=np.array(cluster_center),
        cluster_radius_m=np.array(cluster_radius),
        cluster_closed=np.array(cluster_closed, np.bool_),
        materials=np.array(rows, np.float32),
    )


def _material_row(
    material: Material,
    part: CastPart,
    rows: list[NDArray[np.float32]],
    row_of: dict[tuple[Material, tuple[float, ...] | None], int],
) -> int:
    tint = dict(part.tint).get(material.slot) if material.slot else None
    key = (material, tint)
    if key not in row_of:
        row = np.zeros(MATERIAL_COLUMNS, np.float32)
        row[0:3] = tint if tint is not None else material.albedo
        row[3:6] = material.albedo2
        row[6:10] = (material.roughness, material.f0, material.metallic, material.coat)
        row[10:12] = (PATTERNS.index(material.pattern), material.contrast)
        row[12 : 12 + len(material.params)] = material.params
        row[18:21] = material.emission_cd_m2
        row[21] = 1 << LAMP_KINDS.index(material.lamp) if material.lamp else 0
        row_of[key] = len(rows)
        rows.append(row)
    return row_of[key]


def _range(corners: NDArray[np.int32], first: int, count: int) -> tuple[int, int]:
    """The range of vertices of a cluster; all of the part's where its vertices lie scattered."""
    low, high = int(corners.min()), int(corners.max()) + 1
    if high - low > 12 * CLUSTER:
        low, high = 0, count
    return first + low, first + high


def _bounding_sphere(points: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    p = points.astype(np.float64)
    center = 0.5 * (p.min(axis=0) + p.max(axis=0))
    return center, float(np.sqrt(((p - center) ** 2).sum(axis=1).max()))
