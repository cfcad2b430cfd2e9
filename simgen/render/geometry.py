"""Packs a cast into flat arrays that the kernels walk through, once per scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simgen.models import Version, class_by_name
from simgen.models.finish import Finish
from simgen.render.clusters import run_of, run_of_versions
from simgen.render.kernels.placing import Clusters
from simgen.render.kernels.points import number_surfaces
from simgen.render.material_table import MaterialTable
from simgen.render.one_sided import is_one_sided
from simgen.snapshot import Cast, CastPart

Floats = NDArray[np.float64]

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


def _flatten(parts: Sequence[CastPart], first_part: int, table: MaterialTable) -> _Run | None:
    """The run of parts from number `first_part` on, None without any; their materials go into the table."""
    if not parts:
        return None
    made = [run_of(p.mesh) if p.instance else run_of_versions((Version(p.mesh, 0.0), *p.coarser)) for p in parts]
    number = np.arange(first_part, first_part + len(parts), dtype=np.int32)
    vertex_start = np.cumsum([0] + [r.vertices_m.shape[1] for r in made])[:-1]
    faces_each, clusters_each = [len(r.faces) for r in made], [len(r.first) for r in made]
    face_start = np.cumsum([0, *faces_each])[:-1]
    leafy = class_by_name("vegetation").id  # shows its backs: no need to look
    closed = np.array([p.class_id != leafy and is_one_sided(p.mesh) for p in parts], np.bool_)
    return _Run(
        vertices_m=np.concatenate([r.vertices_m for r in made], axis=1),
        looks=np.concatenate([r.looks for r in made]),
        faces=np.concatenate([r.faces + np.int32(s) for r, s in zip(made, vertex_start, strict=True)]),
        face_part=np.repeat(number, faces_each),
        face_material=np.concatenate(
            [table.rows_of(r.materials, p)[r.face_material] for r, p in zip(made, parts, strict=True)]
        ),
        face_normal=np.concatenate([r.face_normal for r in made]),
        spheres=np.array([r.sphere for r in made]),
        errors_m=[r.errors_m for r in made],
        cluster_first=np.concatenate([r.first + s for r, s in zip(made, face_start, strict=True)]),
        cluster_part=np.repeat(number, clusters_each),
        cluster_version=np.concatenate([r.version for r in made]),
        cluster_vertices=np.concatenate([r.vertices + s for r, s in zip(made, vertex_start, strict=True)]),
        cluster_center_m=np.concatenate([r.center_m for r in made]),
        cluster_radius_m=np.concatenate([r.radius_m for r in made]),
        cluster_closed=np.repeat(closed, clusters_each),
    )


_KEPT = 2  # sceneries: training goes to and fro between few sites
_sceneries: dict[object, tuple[Sequence[CastPart], _Run | None, MaterialTable]] = {}


def _scenery(parts: Sequence[CastPart], finishes: Mapping[str, Finish]) -> tuple[_Run | None, MaterialTable]:
    """The run of scenery, and a table of its materials to go on with."""
    key = (
        tuple((id(p.mesh), p.tint, p.roof, *((id(v.mesh), v.error_m) for v in p.coarser)) for p in parts),
        tuple(sorted(finishes.items())),
    )
    found = _sceneries.pop(key, None)
    if found is None:
        table = MaterialTable(finishes)
        found = parts, _flatten(parts, 0, table), table  # the parts keep their meshes, whose ids are in the key
    while len(_sceneries) >= _KEPT:
        del _sceneries[next(iter(_sceneries))]
    _sceneries[key] = found
    return found[1], found[2].copy()


def surfaces(g: Geometry) -> NDArray[np.float32]:
    """(T + 1, 4) float32 for each triangle + 1: number of its pair of part and material, and its normal; row 0: sky."""
    out = np.empty((len(g.faces) + 1, 4), np.float32)
    used = np.empty(len(g.part_instance) * len(g.materials), np.int32)
    number_surfaces(g.face_part, g.face_material, g.face_normal, len(g.materials), used, out)
    return out


def clusters_of(
    g: Geometry, matrix: NDArray[np.float64], version: NDArray[np.uint8], visible: NDArray[np.bool_]
) -> Clusters:
    """The clusters of a geometry, with the arrays of whoever chooses among them."""
    return Clusters(
        g.part_sphere, g.part_error_m, g.cluster_center_m, g.cluster_radius_m, g.cluster_part, g.cluster_version,
        g.cluster_vertices, g.vertices_m, matrix, version, visible,
    )  # fmt: skip
