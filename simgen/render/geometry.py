"""Packs a cast into flat arrays that the kernels walk through, once per scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.models import LAMP_KINDS, PATTERNS, Material, Mesh
from simgen.render.detail import Version, versions
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
    """All triangles of a cast, those of coarser versions included.

    V vertices, T triangles, P parts, C clusters, M material rows, D versions of the part that has most.

    Attributes:
        vertices_m: (3, V) float32; normals, uv_m: (V, 3), (V, 2) float32; in part frames.
        faces: (T, 3) int32 into the vertices.
        face_part, face_material: (T,) int32.
        face_normal: (T, 3) float32 unit geometric normal in the part frame.
        part_instance: (P,) uint16; part_class: (P,) uint8; part_roof, part_ground: (P,) bool.
        part_sphere: (P, 4) float64 bounding sphere x y z r in the part frame.
        part_error_m: (P, D) float64 how far each version may lie from the mesh; inf where there is none.
        cluster_faces: (C + 1,) int64 ranges; cluster_part: (C,) int32; cluster_version: (C,) uint8.
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
    part_instance: NDArray[np.uint16]
    part_class: NDArray[np.uint8]
    part_roof: NDArray[np.bool_]
    part_ground: NDArray[np.bool_]
    part_sphere: NDArray[np.float64]
    part_error_m: NDArray[np.float64]
    cluster_faces: NDArray[np.int64]
    cluster_part: NDArray[np.int32]
    cluster_version: NDArray[np.uint8]
    cluster_vertices: NDArray[np.int64]
    cluster_center_m: NDArray[np.float64]
    cluster_radius_m: NDArray[np.float64]
    cluster_closed: NDArray[np.bool_]
    materials: NDArray[np.float32]


def pack(cast: Cast) -> Geometry:
    """Flatten a cast. Meshes shared by several parts are stored once a part (they move separately).

    Things get their coarser versions too; scenery comes in chunks that reach from near to far and has none.
    """
    from simgen.models import class_by_name

    ground_ids = {class_by_name(n).id for n in _GROUND}
    rows: list[NDArray[np.float32]] = []
    row_of: dict[tuple[Material, tuple[float, ...] | None], int] = {}
    meshes: list[tuple[Mesh, int, int]] = []  # with part and version
    errors = []
    for p, part in enumerate(cast.parts):
        made = versions(part.mesh) if part.instance else (Version(part.mesh, 0.0),)
        meshes += [(v.mesh, p, k) for k, v in enumerate(made)]
        errors.append([v.error_m for v in made])
    face_material = []
    clusters = _Clusters()
    closed_of: dict[int, bool] = {}
    v0 = 0
    for mesh, p, version in meshes:
        part = cast.parts[p]
        lut = np.array([_material_row(m, part, rows, row_of) for m in mesh.materials], np.int32)
        face_material.append(lut[mesh.face_material])
        closed = closed_of.setdefault(id(part.mesh), is_one_sided(part.mesh))
        clusters.add(mesh, v0, p, version, closed)
        v0 += len(mesh.vertices_m)
    vertices = np.concatenate([m.vertices_m for m, _, _ in meshes])
    starts = np.cumsum([0] + [len(m.vertices_m) for m, _, _ in meshes])
    all_faces = np.concatenate([m.faces + s for (m, _, _), s in zip(meshes, starts, strict=False)]).astype(np.int32)
    corner = vertices[all_faces].astype(np.float64)
    fn = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    fn /= np.maximum(np.linalg.norm(fn, axis=1, keepdims=True), 1e-20)
    most = max(len(e) for e in errors)
    spheres = [_bounding_sphere(p.mesh.vertices_m) for p in cast.parts]
    return Geometry(
        vertices_m=np.ascontiguousarray(vertices.T),
        normals=np.concatenate([m.normals for m, _, _ in meshes]),
        uv_m=np.concatenate([m.uv_m for m, _, _ in meshes]),
        faces=all_faces,
        face_part=np.repeat([p for _, p, _ in meshes], [len(m.faces) for m, _, _ in meshes]).astype(np.int32),
        face_material=np.concatenate(face_material).astype(np.int32),
        face_normal=fn.astype(np.float32),
        part_instance=np.array([p.instance for p in cast.parts], np.uint16),
        part_class=np.array([p.class_id for p in cast.parts], np.uint8),
        part_roof=np.array([p.roof for p in cast.parts], np.bool_),
        part_ground=np.array([p.class_id in ground_ids for p in cast.parts], np.bool_),
        part_sphere=np.array([[*c, r] for c, r in spheres]),
        part_error_m=np.array([e + [np.inf] * (most - len(e)) for e in errors]),
        cluster_faces=np.array(clusters.faces, np.int64),
        cluster_part=np.array(clusters.part, np.int32),
        cluster_version=np.array(clusters.version, np.uint8),
        cluster_vertices=np.array(clusters.vertices, np.int64).reshape(-1, 2),
        cluster_center_m=np.array(clusters.center),
        cluster_radius_m=np.array(clusters.radius),
        cluster_closed=np.array(clusters.closed, np.bool_),
        materials=np.array(rows, np.float32),
    )


def surfaces(g: Geometry) -> NDArray[np.float32]:
    """(T + 1, 4) float32 for each triangle + 1: number of its pair of part and material, and its normal; row 0: sky."""
    materials = len(g.materials)
    pair = g.face_part.astype(np.int64) * materials + g.face_material
    used = np.zeros(len(g.part_instance) * materials, np.bool_)
    used[pair] = True
    out = np.full((len(pair) + 1, 4), -1.0, np.float32)
    out[1:, 0] = (np.cumsum(used) - 1)[pair]
    out[1:, 1:] = g.face_normal
    return out


class _Clusters:
    """The columns of the cluster table, as meshes come."""

    def __init__(self) -> None:
        self.faces = [0]
        self.part: list[int] = []
        self.version: list[int] = []
        self.vertices: list[tuple[int, int]] = []
        self.center: list[NDArray[np.float64]] = []
        self.radius: list[float] = []
        self.closed: list[bool] = []

    def add(self, mesh: Mesh, first_vertex: int, part: int, version: int, closed: bool) -> None:
        """Cut a mesh into clusters."""
        first_face = self.faces[-1]
        for a in range(0, len(mesh.faces), CLUSTER):
            b = min(a + CLUSTER, len(mesh.faces))
            corners = mesh.faces[a:b].ravel()
            center, radius = _bounding_sphere(mesh.vertices_m[corners])
            self.faces.append(first_face + b)
            self.part.append(part)
            self.version.append(version)
            self.vertices.append(_range(corners, first_vertex, len(mesh.vertices_m)))
            self.center.append(center)
            self.radius.append(radius)
            self.closed.append(closed)


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
