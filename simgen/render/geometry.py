"""Packs a cast into flat arrays that the kernels walk through, once per scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from simgen.models import LAMP_KINDS, PATTERNS, Material, Mesh, Version, class_by_name
from simgen.models.finish import MARKED, Finish, shown
from simgen.models.texture import Texture
from simgen.render.detail import versions
from simgen.render.kernels.placing import Clusters
from simgen.render.noise import worn_share
from simgen.render.one_sided import is_one_sided
from simgen.snapshot import Cast, CastPart

Floats = NDArray[np.float64]

CLUSTER = 128
"""Triangles a cluster: the unit of culling."""

MATERIAL_COLUMNS = 25
"""albedo 0-2, albedo2 3-5, roughness 6, f0 7, metallic 8, coat 9, pattern 10, contrast 11, params 12-17 (of a
texture where it begins in blocks of `TEXEL_BLOCK`, width, height, levels; its factor is in 3-5),
emission 18-20, lamp bit 21 (0 always lit), cracks 22, share mended 23, mean share of markings that is worn 24."""

TEXEL_BLOCK = 256
"""Words by which textures begin, so that a float32 names every beginning exactly."""

_GROUND = ("road", "terrain", "floor", "sidewalk")


@dataclass(frozen=True, eq=False)
class Geometry:
    """All triangles of a cast, those of coarser versions included.

    V vertices, T triangles, P parts, C clusters, M material rows, D versions of the part that has most.

    Attributes:
        vertices_m: (3, V) float32 in part frames.
        looks: (V, 5) float32 of each vertex its normal, in part frames, and its surface coordinates in metres.
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
        texels: (N,) int32 words of all textures, see `simgen.models.texture`.
    """

    vertices_m: NDArray[np.float32]
    looks: NDArray[np.float32]
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
    texels: NDArray[np.int32]


def pack(cast: Cast) -> Geometry:
    """Flatten a cast. Meshes shared by several parts are stored once a part (they move separately).

    Things get their coarser versions here; scenery brings those that it has. The scenery by which casts begin is kept:
    one site serves many scenes.
    """
    ground_ids = {class_by_name(n).id for n in _GROUND}
    fixed = next((p for p, part in enumerate(cast.parts) if part.instance), len(cast.parts))
    scenery, table = _scenery(cast.parts[:fixed], cast.finishes)
    runs = [r for r in (scenery, _flatten(cast.parts[fixed:], fixed, table)) if r is not None]
    vertex_start = np.cumsum([0] + [r.vertices_m.shape[1] for r in runs])
    face_start = np.cumsum([0] + [len(r.faces) for r in runs])
    errors = [e for r in runs for e in r.errors_m]
    most = max(len(e) for e in errors)
    return Geometry(
        vertices_m=np.concatenate([r.vertices_m for r in runs], axis=1),
        looks=np.concatenate([r.looks for r in runs]),
        faces=np.concatenate([r.faces + np.int32(s) for r, s in zip(runs, vertex_start, strict=False)]),
        face_part=np.concatenate([r.face_part for r in runs]),
        face_material=np.concatenate([r.face_material for r in runs]),
        face_normal=np.concatenate([r.face_normal for r in runs]),
        part_instance=np.array([p.instance for p in cast.parts], np.uint16),
        part_class=np.array([p.class_id for p in cast.parts], np.uint8),
        part_roof=np.array([p.roof for p in cast.parts], np.bool_),
        part_ground=np.array([p.class_id in ground_ids for p in cast.parts], np.bool_),
        part_sphere=np.concatenate([r.spheres for r in runs]),
        part_error_m=np.array([e + [np.inf] * (most - len(e)) for e in errors]),
        cluster_faces=np.append(
            np.concatenate([r.cluster_first + s for r, s in zip(runs, face_start, strict=False)]), face_start[-1]
        ),
        cluster_part=np.concatenate([r.cluster_part for r in runs]),
        cluster_version=np.concatenate([r.cluster_version for r in runs]),
        cluster_vertices=np.concatenate([r.cluster_vertices + s for r, s in zip(runs, vertex_start, strict=False)]),
        cluster_center_m=np.concatenate([r.cluster_center_m for r in runs]),
        cluster_radius_m=np.concatenate([r.cluster_radius_m for r in runs]),
        cluster_closed=np.concatenate([r.cluster_closed for r in runs]),
        materials=np.array(table.rows, np.float32),
        texels=table.texels(),
    )


@dataclass(frozen=True, eq=False)
class _Run:
    """Parts one behind the other as `Geometry` has them, but for vertices and faces, which count from its own first.

    Attributes:
        spheres: (P, 4) of the parts; errors_m: of the versions of each part.
        cluster_first: (C,) int64 first face of each cluster.
    """

    vertices_m: NDArray[np.float32]
    looks: NDArray[np.float32]
    faces: NDArray[np.int32]
    face_part: NDArray[np.int32]
    face_material: NDArray[np.int32]
    face_normal: NDArray[np.float32]
    spheres: Floats
    errors_m: list[list[float]]
    cluster_first: NDArray[np.int64]
    cluster_part: NDArray[np.int32]
    cluster_version: NDArray[np.uint8]
    cluster_vertices: NDArray[np.int64]
    cluster_center_m: Floats
    cluster_radius_m: Floats
    cluster_closed: NDArray[np.bool_]


def _flatten(parts: Sequence[CastPart], first_part: int, table: _Table) -> _Run | None:
    """The run of parts from number `first_part` on, None without any; their materials go into the table."""
    if not parts:
        return None
    meshes: list[tuple[Mesh, int, int]] = []  # with part and version
    errors = []
    for p, part in enumerate(parts):
        made = versions(part.mesh) if part.instance else (Version(part.mesh, 0.0), *part.coarser)
        meshes += [(v.mesh, p, k) for k, v in enumerate(made)]
        errors.append([v.error_m for v in made])
    face_material = [table.rows_of(mesh, parts[p])[mesh.face_material] for mesh, p, _ in meshes]
    made_of = [_clusters(mesh) for mesh, _, _ in meshes]
    mesh_part = np.array([p for _, p, _ in meshes], np.int32)
    vertex_start = np.cumsum([0] + [len(m.vertices_m) for m, _, _ in meshes])
    face_start = np.cumsum([0] + [len(m.faces) for m, _, _ in meshes])
    of = np.repeat(np.arange(len(meshes)), [len(c.first) for c in made_of])
    leafy = class_by_name("vegetation").id  # shows its backs: no need to look
    closed = np.array([p.class_id != leafy and is_one_sided(p.mesh) for p in parts], np.bool_)
    return _Run(
        vertices_m=np.concatenate([c.vertices_m for c in made_of], axis=1),
        looks=np.concatenate([np.column_stack([m.normals, m.uv_m]) for m, _, _ in meshes]),
        faces=np.concatenate([m.faces + np.int32(s) for (m, _, _), s in zip(meshes, vertex_start, strict=False)]),
        face_part=np.repeat(mesh_part + np.int32(first_part), np.diff(face_start)),
        face_material=np.concatenate(face_material).astype(np.int32),
        face_normal=np.concatenate([c.face_normal for c in made_of]),
        spheres=np.array([_clusters(p.mesh).sphere for p in parts]),
        errors_m=errors,
        cluster_first=np.concatenate([c.first for c in made_of]) + face_start[:-1][of],
        cluster_part=(mesh_part + np.int32(first_part))[of],
        cluster_version=np.array([k for _, _, k in meshes], np.uint8)[of],
        cluster_vertices=np.concatenate([c.vertices for c in made_of]) + vertex_start[:-1][of][:, None],
        cluster_center_m=np.concatenate([c.center_m for c in made_of]),
        cluster_radius_m=np.concatenate([c.radius_m for c in made_of]),
        cluster_closed=closed[mesh_part[of]],
    )


_KEPT = 2  # sceneries: training goes to and fro between few sites
_sceneries: dict[object, tuple[Sequence[CastPart], _Run | None, _Table]] = {}


def _scenery(parts: Sequence[CastPart], finishes: Mapping[str, Finish]) -> tuple[_Run | None, _Table]:
    """The run of scenery, and a table of its materials to go on with."""
    key = (
        tuple((id(p.mesh), p.tint, p.roof, *((id(v.mesh), v.error_m) for v in p.coarser)) for p in parts),
        tuple(sorted(finishes.items())),
    )
    found = _sceneries.pop(key, None)
    if found is None:
        table = _Table(finishes)
        found = parts, _flatten(parts, 0, table), table  # the parts keep their meshes, whose ids are in the key
    while len(_sceneries) >= _KEPT:
        del _sceneries[next(iter(_sceneries))]
    _sceneries[key] = found
    return found[1], found[2].copy()


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


@dataclass(frozen=True, eq=False)
class _Clusters:
    """What of a mesh does not depend on the cast that it is in.

    Attributes:
        vertices_m: (3, V) float32.
        face_normal: (T, 3) float32.
        area_m2: of its faces.
        sphere: (4,) float64 bounding sphere x y z r.
        first: (C,) int64 first faces of its clusters; vertices: (C, 2) int64 ranges of theirs.
        center_m, radius_m: (C, 3), (C,) float64 bounding spheres.
    """

    vertices_m: NDArray[np.float32]
    face_normal: NDArray[np.float32]
    area_m2: float
    sphere: Floats
    first: NDArray[np.int64]
    vertices: NDArray[np.int64]
    center_m: Floats
    radius_m: Floats


_KNOWN: WeakKeyDictionary[Mesh, _Clusters] = WeakKeyDictionary()


def _clusters(mesh: Mesh) -> _Clusters:
    """The clusters of a mesh, made once: models and sites serve many scenes."""
    found = _KNOWN.get(mesh)
    if found is None:
        found = _KNOWN[mesh] = _cut(mesh)
    return found


def surface_m2(mesh: Mesh) -> float:
    """Area of all faces of a mesh."""
    return _clusters(mesh).area_m2


def _cut(mesh: Mesh) -> _Clusters:
    first = np.arange(0, len(mesh.faces), CLUSTER)
    vertices_m = np.ascontiguousarray(mesh.vertices_m.T)
    corner = vertices_m.astype(np.float64)[:, mesh.faces.T]
    center, radius = _spheres(corner, first)
    face_normal, twice_m2 = _face_normals(corner)
    return _Clusters(
        vertices_m,
        face_normal,
        0.5 * float(twice_m2.sum()),
        _bounding_sphere(vertices_m.astype(np.float64)),
        first,
        _ranges(mesh.faces, first, len(mesh.vertices_m)),
        center,
        radius,
    )


def _spheres(corner: Floats, first: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Centres (C, 3) and radii (C,) of spheres about runs of triangles, (3, 3, T) as x y z of corners."""
    low = np.minimum.reduceat(corner.min(axis=1), first, axis=1)
    high = np.maximum.reduceat(corner.max(axis=1), first, axis=1)
    center = 0.5 * (low + high)
    at = np.repeat(center, np.diff(np.append(first, corner.shape[2])), axis=1)
    x, y, z = corner - at[:, None]
    away2 = np.maximum.reduceat((x * x + y * y + z * z).max(axis=0), first)
    return np.ascontiguousarray(center.T), np.sqrt(away2)


def _face_normals(corner: Floats) -> tuple[NDArray[np.float32], Floats]:
    """Unit normals (T, 3) of triangles, (3, 3, T) as x y z of corners, and twice their areas (T,)."""
    (ax, ay, az), (bx, by, bz) = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    size = np.maximum(np.sqrt(x * x + y * y + z * z), 1e-20)
    return np.stack([x / size, y / size, z / size], axis=1).astype(np.float32), size


def _ranges(faces: NDArray[np.int32], first: NDArray[np.int64], vertices: int) -> NDArray[np.int64]:
    """(C, 2) ranges of the vertices of clusters; all of the mesh's where they lie scattered."""
    low = np.minimum.reduceat(faces.min(axis=1), first).astype(np.int64)
    high = np.maximum.reduceat(faces.max(axis=1), first).astype(np.int64) + 1
    scattered = high - low > 12 * CLUSTER
    return np.stack([np.where(scattered, 0, low), np.where(scattered, vertices, high)], axis=1)


class _Table:
    """The rows of materials of a cast, each once, and their textures.

    Attributes:
        rows: (MATERIAL_COLUMNS,) float32 each.
    """

    def __init__(self, finishes: Mapping[str, Finish]) -> None:
        self._finishes = finishes
        self._row_of: dict[tuple[Material, tuple[float, ...] | None], int] = {}
        self._rows_of: dict[tuple[int, tuple[object, ...]], NDArray[np.int32]] = {}
        self._pictured: dict[bytes, int] = {}
        self._blocks: dict[Texture, int] = {}
        self._words: list[NDArray[np.int32]] = []
        self._used = 0
        self.rows: list[NDArray[np.float32]] = []

    def copy(self) -> _Table:
        """A table that begins as this one is."""
        out = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, (dict, list)):
                setattr(out, name, copy(value))
        return out

    def rows_of(self, mesh: Mesh, part: CastPart) -> NDArray[np.int32]:
        """(M,) numbers of the rows of a part's mesh's materials.

        Versions and copies of a mesh share their list of materials; the cast keeps it while the table is made.
        """
        key = (id(mesh.materials), part.tint)
        if key not in self._rows_of:
            self._rows_of[key] = np.array([self.row(m, part) for m in mesh.materials], np.int32)
        return self._rows_of[key]

    def row(self, material: Material, part: CastPart) -> int:
        """Number of the row of a material on a part."""
        key = (material, dict(part.tint).get(material.slot) if material.slot else None)
        if key not in self._row_of:
            row = _row(material, shown(material, dict(part.tint), self._finishes))
            same = None
            if material.texture is not None:
                row[0:3] = 0.0  # of one picture, however many colours stand for it elsewhere
                row[12] = self._block(material.texture)
                same = self._pictured.setdefault(row.tobytes(), len(self.rows))
            if same is None or same == len(self.rows):
                self.rows.append(row)
            self._row_of[key] = len(self.rows) - 1 if same is None else same
        return self._row_of[key]

    def _block(self, texture: Texture) -> int:
        """Where a texture begins, in blocks."""
        if texture not in self._blocks:
            self._blocks[texture] = self._used
            count = -(-len(texture.words) // TEXEL_BLOCK)
            self._words.append(np.pad(texture.words, (0, count * TEXEL_BLOCK - len(texture.words))))
            self._used += count
        return self._blocks[texture]

    def texels(self) -> NDArray[np.int32]:
        """All textures."""
        return np.concatenate([np.zeros(0, np.int32), *self._words])


def _row(own: Material, material: Material) -> NDArray[np.float32]:
    """The row of a material: `own` as its model has it, `material` as it is shown."""
    row = np.zeros(MATERIAL_COLUMNS, np.float32)
    row[0:3] = material.albedo
    row[3:6] = material.albedo2
    row[6:10] = (material.roughness, material.f0, material.metallic, material.coat)
    row[10:12] = (PATTERNS.index(material.pattern), material.contrast)
    row[12 : 12 + len(material.params)] = material.params
    if material.texture is not None:
        t = material.texture
        row[3:6] = [a / b if b > 0.0 else 1.0 for a, b in zip(material.albedo, own.albedo, strict=True)]
        row[11], row[13:16] = 0.0, (t.width, t.height, t.levels)
    row[18:21] = material.emission_cd_m2
    row[21] = 1 << LAMP_KINDS.index(material.lamp) if material.lamp else 0
    row[22:24] = (material.cracks, material.mended)
    row[24] = worn_share(material.params[5]) if material.pattern in MARKED else 0.0
    return row


def _bounding_sphere(points: Floats) -> Floats:
    """X y z r of a sphere about points, (3, V)."""
    center = 0.5 * (points.min(axis=1) + points.max(axis=1))
    x, y, z = points - center[:, None]
    return np.array([*center, np.sqrt((x * x + y * y + z * z).max())])


def clusters_of(
    g: Geometry, matrix: NDArray[np.float64], version: NDArray[np.uint8], visible: NDArray[np.bool_]
) -> Clusters:
    """The clusters of a geometry, with the arrays of whoever chooses among them."""
    return Clusters(
        g.part_sphere, g.part_error_m, g.cluster_center_m, g.cluster_radius_m, g.cluster_part, g.cluster_version,
        g.cluster_vertices, g.vertices_m, matrix, version, visible,
    )  # fmt: skip
