"""Coarser versions of meshes, for things whose details lie between the pixels.

Each version comes with a bound on how far its surface may lie from the mesh's own. A view takes the coarsest version
whose bound is a small share of its pixels; picture and labels take the same one.
"""

from __future__ import annotations

from functools import lru_cache

from simgen.models import Mesh, Version
from simgen.models.coarsening import Coarsening

_BOUNDS_M = tuple(0.001 * 2.0 ** (k / 2.0) for k in range(15))  # 1 mm to 128 mm
_FEWEST_FACES = 48  # a mesh of fewer costs next to nothing
_WORTH = 0.8  # a version that keeps more of the faces of the one before is left out


@lru_cache(maxsize=512)  # models are built once and shared by many scenes
def versions(mesh: Mesh) -> tuple[Version, ...]:
    """The mesh and its coarser versions, finest first; of an enlarged copy those of its original, enlarged."""
    if mesh.original is not None:
        original, factor = mesh.original
        coarser = versions(original)[1:]
        return Version(mesh, 0.0), *(Version(v.mesh.enlarged(factor), v.error_m * factor) for v in coarser)
    found = [Version(mesh, 0.0)]
    if len(mesh.faces) < _FEWEST_FACES:
        return tuple(found)
    work = Coarsening(mesh)
    for bound in _BOUNDS_M:
        work.to(bound)
        if work.count <= _WORTH * len(found[-1].mesh.faces):
            found.append(Version(work.mesh(), bound))
        if work.count < _FEWEST_FACES:
            break
    return tuple(found)
